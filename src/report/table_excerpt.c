#include "report/escape.h"
#include "report/table.h"
#include "report/text.h"

/* "  18 | " or, without a number, the same width with only the bar. */
static void put_gutter(struct printer *printer, uint32_t line, const char *bar)
{
	struct buf *out = printer->out;

	pad(out, TABLE_MARGIN + (line ? printer->gutter - digits_of(line) : printer->gutter));
	paint(printer->report, out, CYAN);
	if (line)
		put_uint(out, line);
	buf_add_char(out, ' ');
	escape_put(out, str_of(bar));
	paint(printer->report, out, PLAIN);
}

/* Margin, number, " | ". */
static size_t gutter_width(const struct printer *printer)
{
	return TABLE_MARGIN + printer->gutter + 3;
}

/* The part of a long line that is shown: begins at byte `from`, `columns` wide. */
struct window {
	size_t from, to;
	bool cut_left, cut_right;
};

#define CUT STR("...")

/* Keeps the marked bytes in view, with what stands before them when there is room. */
static struct window window_of(struct str line, size_t mark, size_t columns)
{
	struct window window = { 0, line.n, false, false };
	size_t used = 0, i = 0;

	if (!text_wider_than(line, columns))
		return window;
	if (text_wider_than(str_slice(line, 0, mark), columns * 2 / 3)) {
		size_t room = columns / 3;

		/* Back from the mark, character by character, as far as there is room. */
		window.from = mark;
		while (window.from > 0) {
			size_t previous = window.from - 1, next, step;

			while (previous > 0 && ((uint8_t)line.p[previous] & 0xC0) == 0x80)
				previous--;
			next = previous;
			step = text_width_next(line, &next);
			if (step > room)
				break;
			room -= step;
			window.from = previous;
		}
		window.cut_left = window.from > 0;
	}
	columns -= 2 * CUT.n < columns ? 2 * CUT.n : 0;
	for (i = window.from; i < line.n;) {
		size_t next = i;

		used += text_width_next(line, &next);
		if (used > columns)
			break;
		i = next;
	}
	window.to = i;
	window.cut_right = i < line.n;
	return window;
}

static void put_source_text(struct printer *printer, struct str line, struct window window, enum style how)
{
	if (how != PLAIN)
		paint(printer->report, printer->out, how);
	if (window.cut_left)
		escape_put(printer->out, CUT);
	text_put(printer->out, str_slice(line, window.from, window.to));
	if (window.cut_right)
		escape_put(printer->out, CUT);
	if (how != PLAIN)
		paint(printer->report, printer->out, PLAIN);
	buf_add_char(printer->out, '\n');
}

static bool is_index(struct str step)
{
	for (size_t i = 0; i < step.n; i++)
		if (step.p[i] < '0' || step.p[i] > '9')
			return false;
	return step.n > 0;
}

/* "containers/0/image" as containers[0].image. */
static void put_field_name(struct buf *out, struct str path)
{
	for (bool first = true; path.n; first = false) {
		struct str step = path_next(&path);
		bool index = is_index(step);

		escape_put(out, index ? STR("[") : first ? STR("") : STR("."));
		text_put(out, step);
		if (index)
			buf_add_char(out, ']');
	}
}

/* What is not there, beside the carets or, when there is no room, below them. */
static void put_missing(struct printer *printer, struct str path, size_t column, enum style how)
{
	struct buf name = { 0 };

	put_field_name(&name, path);
	PUT(&name, " is missing");
	if (column + 1 + text_width(buf_str(&name)) > printer->width) {
		buf_add_char(printer->out, '\n');
		put_gutter(printer, 0, "| ");
		paint(printer->report, printer->out, how);
	} else {
		buf_add_char(printer->out, ' ');
	}
	escape_put(printer->out, buf_str(&name));
	buf_free(&name);
}

static void put_carets(struct printer *printer, const struct excerpt *at, struct window window, enum style how)
{
	struct buf *out = printer->out;
	size_t before, marked, to = at->to < window.to ? at->to : window.to;

	if (at->column == 0 || at->from > window.to)
		return;
	before = (window.cut_left ? CUT.n : 0) + text_width(str_slice(at->text, window.from, at->from));
	marked = to > at->from ? text_width(str_slice(at->text, at->from, to)) : 1;
	if (marked == 0)
		marked = 1;
	put_gutter(printer, 0, "| ");
	pad(out, before);
	paint(printer->report, out, how);
	for (size_t i = 0; i < marked; i++)
		buf_add_char(out, '^');
	if (at->missing.n && at->to > at->from)
		put_missing(printer, at->missing, gutter_width(printer) + before + marked, how);
	paint(printer->report, out, PLAIN);
	buf_add_char(out, '\n');
}

void put_excerpt(struct printer *printer, const struct excerpt *at, enum style how)
{
	size_t room = printer->width - gutter_width(printer);
	struct window window;

	put_gutter(printer, 0, "|");
	buf_add_char(printer->out, '\n');
	if (at->item_line) {
		put_gutter(printer, at->item_line, "| ");
		put_source_text(printer, at->item_text, window_of(at->item_text, 0, room), DIM);
		if (at->item_line + 1 < at->line) {
			put_gutter(printer, 0, ":");
			buf_add_char(printer->out, '\n');
		}
	}
	window = window_of(at->text, at->from, room);
	put_gutter(printer, at->line, "| ");
	put_source_text(printer, at->text, window, PLAIN);
	put_carets(printer, at, window, how);
}
