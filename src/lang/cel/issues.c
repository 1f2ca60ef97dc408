/*
 * Errors as cel-go prints them: the message with its place, the line, and a caret under the column.
 */
#include "lang/cel/ast.h"

#include "base/buf.h"
#include "data/utf8.h"

#define SNIPPET_LIMIT 16384             /* longer lines are not shown */
#define REPORT_LIMIT 100

struct position {
	uint32_t line, column;          /* from 1 */
	struct str text;                /* the line */
	size_t before;                  /* bytes of it before the place */
};

void cel_issue_add(struct cel_issues *issues, uint32_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*ARENA_PUSH(issues->arena, issues->items, issues->count, issues->capacity) = (struct cel_issue){
		.offset = offset,
		.message = str_vformat(issues->arena, format, args),
	};
	va_end(args);
}

static uint32_t count_characters(struct str s)
{
	uint32_t count = 0;

	for (size_t i = 0, width; i < s.n; i += width, count++)
		utf8_decode(s.p + i, s.n - i, &width);
	return count;
}

static struct position locate(struct str source, size_t offset)
{
	struct position at = { .line = 1 };
	size_t start = 0, end;

	if (offset > source.n)
		offset = source.n;
	for (size_t i = 0; i < offset; i++) {
		if (source.p[i] != '\n')
			continue;
		at.line++;
		start = i + 1;
	}
	end = str_find_char(source, '\n', start);
	at.text = str_slice(source, start, end);
	at.before = offset - start;
	at.column = 1 + count_characters(str_slice(at.text, 0, at.before));
	return at;
}

static void add_marks(struct buf *out, const struct position *at)
{
	static const struct {
		const char *dot, *caret;
	} narrow = { ".", "^" }, wide = { "\xEF\xBC\x8E", "\xEF\xBC\xBE" };
	size_t width;

	for (size_t i = 0; i < at->before; i += width) {
		utf8_decode(at->text.p + i, at->text.n - i, &width);
		buf_add(out, str_of(width > 1 ? wide.dot : narrow.dot));
	}
	width = 1;
	if (at->before < at->text.n)
		utf8_decode(at->text.p + at->before, at->text.n - at->before, &width);
	buf_add(out, str_of(width > 1 ? wide.caret : narrow.caret));
}

/* " | the line\n | ....^"; nothing when there is none to show. */
static void add_caret(struct buf *out, const struct position *at)
{
	buf_add(out, STR(" | "));
	for (size_t i = 0; i < at->text.n; i++)
		buf_add_char(out, at->text.p[i] == '\t' ? ' ' : at->text.p[i]);
	buf_add(out, STR("\n | "));
	add_marks(out, at);
}

struct str cel_caret(struct arena *arena, struct str source, uint32_t offset, uint32_t *line, uint32_t *column)
{
	struct position at = locate(source, offset);
	struct buf out = { 0 };
	struct str copy;

	if (line)
		*line = at.line;
	if (column)
		*column = at.column;
	if (source.n && at.text.n <= SNIPPET_LIMIT)
		add_caret(&out, &at);
	copy = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return copy;
}

/* What has no place comes first. */
static bool is_before(const struct cel_issue *a, const struct cel_issue *b)
{
	return b->offset != CEL_NO_PLACE && (a->offset == CEL_NO_PLACE || a->offset < b->offset);
}

/* By place; those of one place in the order found. */
static const struct cel_issue **sorted(const struct cel_issues *issues, size_t count)
{
	const struct cel_issue **list = arena_array(issues->arena, count, sizeof(list[0]));

	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && is_before(&issues->items[i], list[at - 1]); at--)
			list[at] = list[at - 1];
		list[at] = &issues->items[i];
	}
	return list;
}

static void add_block(struct buf *out, struct str source, const struct cel_issue *issue)
{
	struct position at;

	if (issue->offset == CEL_NO_PLACE) {
		buf_add(out, STR("ERROR: <input>:-1:0: "));
		buf_add(out, issue->message);
		return;
	}
	at = locate(source, issue->offset);
	/* An empty text has no column: the end of it stands before the first. */
	buf_printf(out, "ERROR: <input>:%u:%u: ", at.line, source.n ? at.column : 0);
	buf_add(out, issue->message);
	if (!source.n || at.text.n > SNIPPET_LIMIT)
		return;
	buf_add_char(out, '\n');
	add_caret(out, &at);
}

int cel_issues_report(const struct cel_issues *issues, struct error **err)
{
	size_t count = issues->count < REPORT_LIMIT ? issues->count : REPORT_LIMIT;
	const struct cel_issue **list = sorted(issues, count);
	struct place place = { 0 };
	struct buf out = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_add_char(&out, '\n');
		add_block(&out, issues->source, list[i]);
	}
	if (issues->count > REPORT_LIMIT)
		buf_printf(&out, "\n%zu more errors were truncated", issues->count - REPORT_LIMIT);
	if (count && list[0]->offset != CEL_NO_PLACE) {
		struct position at = locate(issues->source, list[0]->offset);

		place.line = at.line;
		place.column = at.column;
	}
	error_set_at(err, ERROR_INVALID, place, STR_FMT, STR_ARG(buf_str(&out)));
	buf_free(&out);
	return -1;
}
