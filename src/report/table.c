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
#include <stdlib.h>

#include "report/outputs.h"
#include "report/table.h"
#include "report/text.h"

#define WIDTH_UNKNOWN 100
#define WIDTH_MIN 40
#define WIDTH_MAX 120 /* longer lines do not read well */

static const enum style outcome_style[OUTCOMES] = {
	[OUTCOME_PASS] = GREEN_BOLD,	[OUTCOME_FAIL] = RED_BOLD, [OUTCOME_WARN] = YELLOW_BOLD,
	[OUTCOME_ERROR] = MAGENTA_BOLD, [OUTCOME_SKIP] = DIM,
};

/* What needs a person most comes first. */
static const int outcome_rank[OUTCOMES] = {
	[OUTCOME_ERROR] = 0, [OUTCOME_FAIL] = 1, [OUTCOME_WARN] = 2, [OUTCOME_SKIP] = 3, [OUTCOME_PASS] = 4,
};

static size_t width_of(const struct report *report)
{
	size_t width = report->width ? report->width : WIDTH_UNKNOWN;

	return width < WIDTH_MIN ? WIDTH_MIN : width > WIDTH_MAX ? WIDTH_MAX : width;
}

/* -- one result -- */

static void put_place(struct printer *printer, const struct excerpt *at)
{
	struct buf *out = printer->out;
	bool linked;

	pad(out, TABLE_MARGIN + printer->gutter);
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

static enum style severity_style(struct str severity)
{
	if (str_is(severity, "critical") || str_is(severity, "high"))
		return RED;
	return str_is(severity, "medium") ? YELLOW : DIM;
}

/* "fail  policy/rule  high"; a rule that is called as its policy is not named twice. */
static void put_title(struct printer *printer, const struct result *result)
{
	const struct report *report = printer->report;
	struct buf *out = printer->out;
	const char *name = outcome_names[result->outcome];
	bool linked;

	pad(out, TABLE_MARGIN);
	put_styled(report, out, outcome_style[result->outcome], str_of(name));
	pad(out, sizeof("error") - 1 - strlen(name));
	if (result->policy.n || result->rule.n) {
		pad(out, TABLE_MARGIN);
		linked = link_help(report, out, result->help_uri);
		paint(report, out, BOLD);
		put_policy_name(out, result->policy_namespace, result->policy, text_put);
		if (!str_equal(result->policy, result->rule)) {
			if (result->policy.n && result->rule.n)
				buf_add_char(out, '/');
			text_put(out, result->rule);
		}
		paint(report, out, PLAIN);
		if (linked)
			link_close(out);
	}
	if (result->severity.n) {
		pad(out, TABLE_MARGIN);
		put_styled(report, out, severity_style(result->severity), result->severity);
	}
	buf_add_char(out, '\n');
}

static void put_labelled(struct printer *printer, const char *label, enum style how, struct str text)
{
	pad(printer->out, TABLE_MARGIN);
	put_styled(printer->report, printer->out, how, str_of(label));
	text_put_wrapped(printer->out, text, TABLE_MARGIN + strlen(label), printer->width);
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

static struct str without_slashes(struct str path)
{
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

/* The offset of " rule NAME failed at path PATH", which ends the message, if the path is (the end of) the result's. */
static size_t find_tail(const struct result *result, struct str message)
{
	static const struct str before = { " rule ", 6 }, between = { " failed at path ", 16 };
	struct str path = without_slashes(result->path), rest;
	size_t at = 0;

	while ((at = str_find(message, before, at)) != STR_NOT_FOUND) {
		rest = str_skip(message, at + before.n);
		if (str_starts_with(rest, result->rule) && str_starts_with(str_skip(rest, result->rule.n), between) &&
		    str_ends_with(path, without_slashes(str_skip(rest, result->rule.n + between.n))))
			return at;
		at += before.n;
	}
	return message.n;
}

/*
 * Kyverno's messages begin with a formula and end with "rule NAME failed at path PATH"; next to the rule's name and a
 * caret at that very path these only cost the reader time.
 */
static struct str message_of(const struct result *result, const struct excerpt *at)
{
	static const struct str formulas[] = { { "validation failure: ", 20 }, { "validation error: ", 18 } };
	struct str message = str_trim(result->message);

	if (!message.p)
		return message;
	if (at->text.p && at->to > at->from && result->path.n && result->rule.n)
		message = str_slice(message, 0, find_tail(result, message));
	for (size_t i = 0; i < 2; i++)
		if (str_starts_with(message, formulas[i]))
			message = str_skip(message, formulas[i].n);
	return message;
}

/* Such a finding has no line of its own: the heading has named the file and the line where the object begins. */
static bool is_of_whole_object(const struct reported *reported, const struct result *result)
{
	return reported->object && result->path.n == 0 && (!result->at || result->at == reported->object);
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
	if (is_of_whole_object(printer->reported, result)) {
		at.source = NULL;
		at.text.p = NULL;
	}
	if (at.source && at.source->name.n)
		put_place(printer, &at);
	if (at.text.p)
		put_excerpt(printer, &at, outcome_style[result->outcome]);
	if (result->fix.n)
		put_labelled(printer, "fix: ", GREEN_BOLD, result->fix);
	buf_add_char(printer->out, '\n');
}

/* -- one resource -- */

static void put_head(struct printer *printer)
{
	const struct reported *reported = printer->reported;
	const struct report *report = printer->report;
	struct buf *out = printer->out;
	bool linked;

	paint(report, out, BOLD);
	if (reported->kind.n || reported->name.n) {
		text_put(out, reported->kind);
		buf_add_char(out, ' ');
		if (reported->namespace.n) {
			text_put(out, reported->namespace);
			buf_add_char(out, '/');
		}
		text_put(out, reported->name.n ? reported->name : STR("(no name)"));
		paint(report, out, PLAIN);
		paint(report, out, DIM);
		pad(out, TABLE_MARGIN);
		text_put(out, reported->api_version);
		pad(out, reported->source ? TABLE_MARGIN : 0);
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
	paint(report, out, PLAIN);
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
static size_t collect(const struct report *report, const struct reported *reported, struct row *rows,
		      uint32_t *last_line)
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

/* -- the end
 * ----------------------------------------------------------------------------------------------------------- */

static void put_count(const struct report *report, struct buf *out, size_t n, const char *noun, enum style how,
		      bool *first)
{
	if (!*first)
		PUT(out, ", ");
	*first = false;
	paint(report, out, n ? how : DIM);
	put_grouped(out, n);
	buf_add_char(out, ' ');
	escape_put(out, str_of(noun));
	paint(report, out, PLAIN);
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
		{ OUTCOME_FAIL, "failed", "failed", true },    { OUTCOME_WARN, "warning", "warnings", false },
		{ OUTCOME_ERROR, "error", "errors", false },   { OUTCOME_PASS, "passed", "passed", true },
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
	paint(report, out, DIM);
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
	paint(report, out, PLAIN);
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
