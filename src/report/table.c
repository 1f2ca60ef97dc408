/*
 * The table: results for people at a terminal, grouped by resource, each with the line it is about.
 *
 *     Deployment web/shop  apps/v1  deploy.yaml:1
 *
 *       fail  require-limits/check-limits  medium
 *       CPU and memory limits are required for every container.
 *        --> deploy.yaml:18:9
 *          |
 *       18 |       - name: shop
 *          |         ^^^^^^^^^^
 *       fix: add `resources.limits`
 */
#include <stdio.h>
#include <stdlib.h>

#include "report/excerpt.h"
#include "report/outputs.h"
#include "report/text.h"

#define WIDTH_UNKNOWN 100
#define WIDTH_MIN 40
#define WIDTH_MAX 120           /* longer lines do not read well */
#define MARGIN 2                /* columns left of everything below a resource's head */

enum style { PLAIN, BOLD, DIM, RED, YELLOW, GREEN, CYAN, MAGENTA, BLUE, RED_BOLD, YELLOW_BOLD, GREEN_BOLD, MAGENTA_BOLD };

static const char *const escapes[] = {
	[PLAIN] = "0", [BOLD] = "1", [DIM] = "2", [RED] = "31", [YELLOW] = "33", [GREEN] = "32", [CYAN] = "36",
	[MAGENTA] = "35", [BLUE] = "34", [RED_BOLD] = "1;31", [YELLOW_BOLD] = "1;33", [GREEN_BOLD] = "1;32",
	[MAGENTA_BOLD] = "1;35",
};

static const enum style outcome_style[OUTCOMES] = {
	[OUTCOME_PASS] = GREEN_BOLD, [OUTCOME_FAIL] = RED_BOLD, [OUTCOME_WARN] = YELLOW_BOLD,
	[OUTCOME_ERROR] = MAGENTA_BOLD, [OUTCOME_SKIP] = DIM,
};

/* What needs a person most comes first. */
static const int outcome_rank[OUTCOMES] = {
	[OUTCOME_ERROR] = 0, [OUTCOME_FAIL] = 1, [OUTCOME_WARN] = 2, [OUTCOME_SKIP] = 3, [OUTCOME_PASS] = 4,
};

static void style(const struct report *report, struct buf *out, enum style style)
{
	if (!report->color)
		return;
	PUT(out, "\033[");
	escape_put(out, str_of(escapes[style]));
	buf_add_char(out, 'm');
}

static void put_styled(const struct report *report, struct buf *out, enum style how, struct str s)
{
	if (s.n == 0)
		return;
	style(report, out, how);
	text_put(out, s);
	style(report, out, PLAIN);
}

static void pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, ' ');
}

static size_t width_of(const struct report *report)
{
	size_t width = report->width ? report->width : WIDTH_UNKNOWN;

	return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

/* -- links: OSC 8, so that a click on a place opens the file --------------------------------------------------------- */

static void link_open(struct buf *out, const char *scheme, struct str target)
{
	PUT(out, "\033]8;;");
	escape_put(out, str_of(scheme));
	/* put_uri() leaves nothing in it that could end the sequence. */
	put_uri(out, target);
	PUT(out, "\033\\");
}

static void link_close(struct buf *out)
{
	PUT(out, "\033]8;;\033\\");
}

static bool link_file(const struct report *report, struct buf *out, struct str file)
{
	char name[4096], *full;

	if (!report->hyperlinks || file.n == 0 || file.n >= sizeof(name) || memchr(file.p, '\0', file.n))
		return false;
	memcpy(name, file.p, file.n);
	name[file.n] = '\0';
	full = realpath(name, NULL);
	if (!full)
		return false;
	link_open(out, "", str_of(full));
	free(full);
	return true;
}

/* The rule's page, when it has one on the web. */
static bool link_help(const struct report *report, struct buf *out, struct str uri)
{
	if (!report->hyperlinks || !str_starts_with(uri, STR("https://")))
		return false;
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~')
			return false;
	PUT(out, "\033]8;;");
	escape_put(out, uri);
	PUT(out, "\033\\");
	return true;
}

/* -- one result ------------------------------------------------------------------------------------------------------- */

struct printer {
	const struct report *report;
	struct buf *out;
	const struct reported *reported;
	size_t width;
	size_t gutter;                  /* digits of the greatest line number shown in this group */
	struct line_cursor cursor;
};

static void put_place(struct printer *printer, const struct excerpt *at)
{
	struct buf *out = printer->out;
	bool linked;

	pad(out, MARGIN + printer->gutter);
	put_styled(printer->report, out, CYAN, STR("--> "));
	linked = link_file(printer->report, out, at->source->name);
	text_put(out, at->source->name);
	if (at->line) {
		buf_add_char(out, ':');
		put_uint(out, at->line);
		if (at->column) {
			buf_add_char(out, ':');
			put_uint(out, at->column);
		}
	}
	if (linked)
		link_close(out);
	buf_add_char(out, '\n');
}

static size_t digits_of(uint32_t n)
{
	size_t digits = 1;

	while (n /= 10)
		digits++;
	return digits;
}

/* "  18 | " or, without a number, the same width with only the bar. */
static void put_gutter(struct printer *printer, uint32_t line, const char *bar)
{
	struct buf *out = printer->out;

	pad(out, MARGIN + (line ? printer->gutter - digits_of(line) : printer->gutter));
	style(printer->report, out, CYAN);
	if (line)
		put_uint(out, line);
	buf_add_char(out, ' ');
	escape_put(out, str_of(bar));
	style(printer->report, out, PLAIN);
}

/* Margin, number, " | ". */
static size_t gutter_width(const struct printer *printer)
{
	return MARGIN + printer->gutter + 3;
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

	if (text_width(line) <= columns)
		return window;
	if (text_width(str_slice(line, 0, mark)) > columns * 2 / 3) {
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
		style(printer->report, printer->out, how);
	if (window.cut_left)
		escape_put(printer->out, CUT);
	text_put(printer->out, str_slice(line, window.from, window.to));
	if (window.cut_right)
		escape_put(printer->out, CUT);
	if (how != PLAIN)
		style(printer->report, printer->out, PLAIN);
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
		style(printer->report, printer->out, how);
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
	style(printer->report, out, how);
	for (size_t i = 0; i < marked; i++)
		buf_add_char(out, '^');
	if (at->missing.n && at->to > at->from)
		put_missing(printer, at->missing, gutter_width(printer) + before + marked, how);
	style(printer->report, out, PLAIN);
	buf_add_char(out, '\n');
}

static void put_excerpt(struct printer *printer, const struct excerpt *at, enum style how)
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

static enum style severity_style(struct str severity)
{
	if (str_is(severity, "critical") || str_is(severity, "high"))
		return RED;
	return str_is(severity, "medium") ? YELLOW : DIM;
}

/* "fail  policy/rule  high" */
static void put_title(struct printer *printer, const struct result *result)
{
	const struct report *report = printer->report;
	struct buf *out = printer->out;
	const char *name = outcome_names[result->outcome];
	bool linked;

	pad(out, MARGIN);
	put_styled(report, out, outcome_style[result->outcome], str_of(name));
	pad(out, sizeof("error") - 1 - strlen(name));
	if (result->policy.n || result->rule.n) {
		pad(out, MARGIN);
		linked = link_help(report, out, result->help_uri);
		style(report, out, BOLD);
		put_policy_name(out, result->policy_namespace, result->policy, text_put);
		if (result->policy.n && result->rule.n)
			buf_add_char(out, '/');
		text_put(out, result->rule);
		style(report, out, PLAIN);
		if (linked)
			link_close(out);
	}
	if (result->severity.n) {
		pad(out, MARGIN);
		put_styled(report, out, severity_style(result->severity), result->severity);
	}
	buf_add_char(out, '\n');
}

static void put_labelled(struct printer *printer, const char *label, enum style how, struct str text)
{
	pad(printer->out, MARGIN);
	put_styled(printer->report, printer->out, how, str_of(label));
	text_put_wrapped(printer->out, text, MARGIN + strlen(label), printer->width);
	buf_add_char(printer->out, '\n');
}

/* Passes and skips take one line and, if somebody gave a reason, another. */
static void put_brief(struct printer *printer, const struct result *result)
{
	put_title(printer, result);
	if (result->outcome == OUTCOME_SKIP && result->message.n)
		put_labelled(printer, "       ", DIM, result->message);
	for (size_t i = 0; i < result->property_count; i++) {
		const struct property *property = &result->properties[i];

		if (str_is(property->name, "ignored-by"))
			put_labelled(printer, "       ignored by ", DIM, property->value);
		else if (str_is(property->name, "reason"))
			put_labelled(printer, "       reason: ", DIM, property->value);
	}
}

static bool strip_end(struct str *s, struct str end)
{
	if (!str_ends_with(*s, end))
		return false;
	s->n -= end.n;
	return true;
}

static struct str without_slashes(struct str path)
{
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

/*
 * Kyverno's messages begin with a formula and end with "rule NAME failed at path PATH"; next to the rule's name and a
 * caret at that very path these only cost the reader time.
 */
static struct str message_of(const struct result *result, const struct excerpt *at)
{
	struct str message = str_trim(result->message), rest = without_slashes(message);

	if (at->text.p && at->to > at->from && result->path.n && strip_end(&rest, without_slashes(result->path)) &&
	    strip_end(&rest, STR(" failed at path ")) && strip_end(&rest, result->rule) && strip_end(&rest, STR(" rule ")))
		message = rest;
	if (str_starts_with(message, STR("validation error: ")))
		message = str_skip(message, sizeof("validation error: ") - 1);
	return message;
}

static void put_finding(struct printer *printer, const struct result *result)
{
	struct excerpt at;
	struct str message;

	excerpt_find(printer->reported, result, &printer->cursor, &at);
	put_title(printer, result);
	message = message_of(result, &at);
	if (message.n)
		put_labelled(printer, "", PLAIN, message);
	if (at.source && at.source->name.n)
		put_place(printer, &at);
	if (at.text.p)
		put_excerpt(printer, &at, outcome_style[result->outcome]);
	if (result->fix.n)
		put_labelled(printer, "fix: ", GREEN_BOLD, result->fix);
	buf_add_char(printer->out, '\n');
}

/* -- one resource ----------------------------------------------------------------------------------------------------- */

static void put_head(struct printer *printer)
{
	const struct reported *reported = printer->reported;
	const struct report *report = printer->report;
	struct buf *out = printer->out;
	bool linked;

	style(report, out, BOLD);
	if (reported->kind.n || reported->name.n) {
		text_put(out, reported->kind);
		buf_add_char(out, ' ');
		if (reported->namespace.n) {
			text_put(out, reported->namespace);
			buf_add_char(out, '/');
		}
		text_put(out, reported->name.n ? reported->name : STR("(no name)"));
		style(report, out, PLAIN);
		style(report, out, DIM);
		pad(out, MARGIN);
		text_put(out, reported->api_version);
		pad(out, reported->source ? MARGIN : 0);
	}
	if (reported->source) {
		linked = link_file(report, out, reported->source->name);
		text_put(out, reported->source->name);
		if (reported->line && reported->object) {
			buf_add_char(out, ':');
			put_uint(out, reported->line);
		}
		if (linked)
			link_close(out);
	}
	style(report, out, PLAIN);
	buf_add_char(out, '\n');
}

struct row {
	const struct result *result;
	uint32_t line, column;
	size_t order;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int rank = outcome_rank[x->result->outcome] - outcome_rank[y->result->outcome];

	if (rank)
		return rank;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

/* The rows to show, most urgent first and then as they stand in the file. */
static size_t collect(const struct report *report, const struct reported *reported, struct row *rows, uint32_t *last_line)
{
	size_t count = 0;

	for (size_t i = 0; i < reported->count; i++) {
		const struct result *result = &reported->results[i];
		struct place place;

		if (!report_shows(report, &output_table, result))
			continue;
		place = report_place(reported, result);
		if (place.line > *last_line)
			*last_line = place.line;
		rows[count++] = (struct row){ result, place.line, place.column, i };
	}
	qsort(rows, count, sizeof(*rows), compare_rows);
	return count;
}

static void table_start(const struct report *report, struct buf *out)
{
}

static void table_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	struct printer printer = { report, out, reported, width_of(report), 1, { 0 } };
	struct arena *arena;
	struct row *rows;
	size_t count;
	uint32_t last_line = 1;

	if (reported->count == 0)
		return;
	arena = arena_create();
	rows = arena_array(arena, reported->count, sizeof(*rows));
	count = collect(report, reported, rows, &last_line);
	printer.gutter = digits_of(last_line);
	if (count) {
		put_head(&printer);
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < count; i++) {
		bool brief = rows[i].result->outcome == OUTCOME_PASS || rows[i].result->outcome == OUTCOME_SKIP;

		(brief ? put_brief : put_finding)(&printer, rows[i].result);
		if (brief && i + 1 == count)
			buf_add_char(out, '\n');
	}
	arena_destroy(arena);
}

/* -- the end ----------------------------------------------------------------------------------------------------------- */

static void put_count(const struct report *report, struct buf *out, size_t n, const char *noun, enum style how, bool *first)
{
	if (!*first)
		PUT(out, ", ");
	*first = false;
	style(report, out, n ? how : DIM);
	put_grouped(out, n);
	buf_add_char(out, ' ');
	escape_put(out, str_of(noun));
	style(report, out, PLAIN);
}

static void put_amount(struct buf *out, size_t n, const char *one, const char *many)
{
	put_grouped(out, n);
	buf_add_char(out, ' ');
	escape_put(out, str_of(n == 1 ? one : many));
}

static void put_counts(const struct report *report, struct buf *out, const struct summary *summary)
{
	static const struct {
		enum outcome outcome;
		const char *one, *many;
		bool always;
	} columns[] = {
		{ OUTCOME_FAIL, "failed", "failed", true },
		{ OUTCOME_WARN, "warning", "warnings", false },
		{ OUTCOME_ERROR, "error", "errors", false },
		{ OUTCOME_PASS, "passed", "passed", true },
		{ OUTCOME_SKIP, "skipped", "skipped", false },
	};
	bool first = true;

	for (size_t i = 0; i < OUTCOMES; i++) {
		size_t n = summary->counts[columns[i].outcome];

		if (n || columns[i].always)
			put_count(report, out, n, n == 1 ? columns[i].one : columns[i].many,
				  outcome_style[columns[i].outcome], &first);
	}
	if (summary->ignored) {
		PUT(out, " (");
		put_grouped(out, summary->ignored);
		PUT(out, " of them ignored)");
	}
}

static void table_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
	put_counts(report, out, summary);
	buf_add_char(out, '\n');
	style(report, out, DIM);
	put_amount(out, summary->objects, "resource", "resources");
	PUT(out, " in ");
	put_amount(out, summary->files, "file", "files");
	if (report->policies) {
		PUT(out, ", ");
		put_amount(out, policy_set_count(report->policies), "policy", "policies");
	}
	if (summary->unreadable) {
		PUT(out, ", ");
		put_amount(out, summary->unreadable, "input", "inputs");
		PUT(out, " could not be read");
	}
	if (summary->seconds > 0) {
		PUT(out, ", ");
		put_seconds(out, summary->seconds);
		PUT(out, " s");
	}
	style(report, out, PLAIN);
	buf_add_char(out, '\n');
}

const struct report_output output_table = {
	.name = "table",
	.help = "for people: findings by resource, with the line each is about",
	.start = table_start,
	.object = table_object,
	.finish = table_finish,
	.separator = "",
};
