/*
 * report/excerpt.h: the place in a source that a result points at, and the text that stands there.
 *
 * Texts borrow the source. Nothing here allocates.
 */
#ifndef REPORT_EXCERPT_H
#define REPORT_EXCERPT_H

#include "report/report.h"

/* A place in a text that moves cheaply to lines nearby. Zero-initialise. */
struct line_cursor {
	const struct source *source;
	uint32_t line;
	size_t offset, end;     /* of that line; end is 0 when not looked for yet */
};

/* The line without its line break; p is NULL when the text is not at hand or has no such line. */
struct str source_line(struct line_cursor *cursor, const struct source *source, uint32_t line);

struct excerpt {
	const struct source *source;    /* NULL: unknown */
	uint32_t line, column;          /* of what is pointed at; 0: unknown */
	struct str text;                /* that line, p NULL when it is not at hand */
	size_t from, to;                /* the bytes of `text` to underline; from == to: unknown */
	uint32_t item_line;             /* of the list item (a container) that it lies in, if earlier; else 0 */
	struct str item_text;
	struct str missing;             /* the rest of the path, when there is no such field there; else empty */
};

/* Where the result points, without looking at the text. */
void excerpt_locate(const struct reported *reported, const struct result *result, struct excerpt *excerpt);
/* The same, with text. */
void excerpt_find(const struct reported *reported, const struct result *result, struct line_cursor *cursor,
		  struct excerpt *excerpt);

/* Cuts the next step off a JSON-pointer-like path; a trailing '/' leaves an empty step. */
struct str path_next(struct str *path);
/*
 * Takes one step ("~1" is '/', "~0" is '~'); *member is the member taken, NULL for an item. NULL when it leads
 * nowhere.
 */
const struct value *path_step(const struct value *v, struct str step, const struct member **member);

#endif
