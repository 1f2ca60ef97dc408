/*
 * report/text.h: text for terminals: neutralised, measured and wrapped.
 *
 * Messages and manifests come from strangers. Nothing here passes on a byte that a terminal would obey or that would
 * make text look like something else: control characters become visible pictures (U+2400…), bidirectional controls
 * and invisible characters become \u{…}, bytes that are not UTF-8 become U+FFFD.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include "base/buf.h"

#define TEXT_TAB 4      /* columns; a tab is shown as so many blanks */

/* Columns of the character at *i as text_put_char() shows it; moves on. */
size_t text_width_next(struct str s, size_t *i);
/* Columns of the whole string. */
size_t text_width(struct str s);
/* Whether the string needs more columns than that; looks no further than it must. */
bool text_wider_than(struct str s, size_t columns);
/* Shows the character at *i; moves on. */
void text_put_char(struct buf *out, struct str s, size_t *i);
/* Shows the whole string in one line. */
void text_put(struct buf *out, struct str s);
/*
 * Shows a text of one or more lines, wrapped at `width` columns between words. The first line goes where the cursor
 * is, in column `indent`; the others begin with so many blanks (and those that the line had itself). No newline at
 * the end.
 */
void text_put_wrapped(struct buf *out, struct str s, size_t indent, size_t width);

#endif
