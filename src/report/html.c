/*
 * HTML: one self-contained page. The results are data in it (JSON in script elements that do not run); html/ holds the
 * template, the style and the program that shows them.
 *
 * One line of data per resource:
 *     {"a":apiVersion,"k":kind,"s":namespace,"n":name,"f":file,"l":line,
 *      "t":[[first line, text], …],            the source, or parts of it, when there are findings
 *      "r":[[outcome, policy, rule], …]}       passes; what needs a person goes on with
 *                                              severity, category, message, fix, line, from, to, path, {more}
 */
#include "report/excerpt.h"
#include "report/html_assets.h"
#include "report/outputs.h"

#define SOURCE_MAX (24 * 1024) /* a larger source is shown in parts */
#define LINE_MAX_BYTES 2000
#define CONTEXT 4 /* lines above and below a finding */
#define SEARCH_DEPTH 64

static void put_string(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	put_json_html(out, s);
	buf_add_char(out, '"');
}

static void put_member(struct buf *out, const char *prefix, struct str value)
{
	escape_put(out, str_of(prefix));
	put_string(out, value);
}

static bool is_finding(const struct result *result)
{
	return result->outcome != OUTCOME_PASS && result->outcome != OUTCOME_SKIP;
}

/* -- sources -- */

static uint32_t last_line_of(const struct value *v, int depth)
{
	uint32_t last = v->line;

	for (size_t i = 0; depth > 0 && i < value_count(v); i++) {
		uint32_t line = last_line_of(value_at(v, i), depth - 1);

		if (line > last)
			last = line;
	}
	return last;
}

static uint32_t count_lines(struct str text)
{
	uint32_t lines = 0;
	size_t at = 0;

	while (at < text.n) {
		size_t end = str_find_char(text, '\n', at);

		lines++;
		at = end == STR_NOT_FOUND ? text.n : end + 1;
	}
	return lines;
}

struct span {
	uint32_t first, last;
};

/* Lines first … last, each cut to what a page can show; ends with a line break for each but the last. */
static void put_lines(struct buf *out, struct line_cursor *cursor, const struct source *source, struct span span,
		      bool *any)
{
	bool begun = false;

	for (uint32_t n = span.first; n <= span.last; n++) {
		struct str line = source_line(cursor, source, n);

		if (!line.p)
			break;
		if (!begun) {
			escape_put(out, *any ? STR(",[") : STR("["));
			put_uint(out, n);
			PUT(out, ",\"");
		} else {
			PUT(out, "\\n");
		}
		begun = *any = true;
		put_json_html(out, str_slice(line, 0, LINE_MAX_BYTES));
	}
	if (begun)
		PUT(out, "\"]");
}

static int compare_lines(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Only what is around the findings. */
static void put_parts(struct buf *out, struct line_cursor *cursor, const struct reported *reported, struct span whole,
		      uint32_t context)
{
	struct arena *arena = arena_create();
	uint32_t *lines = arena_array(arena, reported->count, sizeof(*lines));
	size_t count = 0;
	bool any = false;

	for (size_t i = 0; i < reported->count; i++) {
		uint32_t line =
			is_finding(&reported->results[i]) ? report_place(reported, &reported->results[i]).line : 0;

		if (line >= whole.first && line <= whole.last)
			lines[count++] = line;
	}
	qsort(lines, count, sizeof(*lines), compare_lines);
	for (size_t i = 0, next; i < count; i = next) {
		struct span span = { lines[i] - whole.first > context ? lines[i] - context : whole.first, 0 };

		for (next = i + 1; next < count && lines[next] <= lines[next - 1] + 2 * context + 1; next++)
			;
		span.last = lines[next - 1] + context;
		if (span.last > whole.last)
			span.last = whole.last;
		put_lines(out, cursor, reported->source, span, &any);
	}
	arena_destroy(arena);
}

static bool is_secret(const struct reported *reported)
{
	return str_is(reported->kind, "Secret") && str_is(reported->api_version, "v1");
}

/* The source of the object, in one part if it is small; of a Secret no line more than the findings need. */
static void put_source(struct buf *out, const struct reported *reported, struct line_cursor *cursor)
{
	const struct source *source = reported->source;
	struct span whole;
	bool any = false;

	if (!source || source->text.n == 0)
		return;
	whole.first = reported->line > source->first_line ? reported->line : source->first_line;
	/* An object of a List ends before its text does. */
	if (reported->object && source->text.n > SOURCE_MAX)
		whole.last = last_line_of(reported->object, SEARCH_DEPTH);
	else
		whole.last = source->first_line + count_lines(source->text) - 1;
	PUT(out, ",\"t\":[");
	if (is_secret(reported))
		put_parts(out, cursor, reported, whole, 0);
	else if (source->text.n <= SOURCE_MAX)
		put_lines(out, cursor, source, whole, &any);
	else
		put_parts(out, cursor, reported, whole, CONTEXT);
	buf_add_char(out, ']');
}

/* -- results -- */

/* Offsets in UTF-16 code units, as the page's program counts. */
static size_t utf16_offset(struct str line, size_t to)
{
	size_t units = 0;

	for (size_t i = 0; i < to && i < line.n;)
		units += utf8_next(line, &i) > 0xFFFF ? 2 : 1;
	return units;
}

/* What few results have; 0 when there is nothing. */
static void put_more(struct buf *out, const struct reported *reported, const struct result *result,
		     const struct excerpt *at)
{
	size_t begin = out->n;

	if (at->source && !(reported->source && str_equal(at->source->name, reported->source->name)))
		put_member(out, ",\"f\":", at->source->name);
	if (str_starts_with(result->help_uri, STR("https://")))
		put_member(out, ",\"u\":", result->help_uri);
	if (at->missing.n)
		PUT(out, ",\"m\":1");
	for (size_t i = 0; i < result->property_count; i++) {
		put_member(out, i ? ",[" : ",\"p\":[[", result->properties[i].name);
		put_member(out, ",", result->properties[i].value);
		buf_add_char(out, ']');
	}
	if (result->property_count)
		buf_add_char(out, ']');
	if (out->n == begin) {
		buf_add_char(out, '0');
		return;
	}
	out->p[begin] = '{';
	buf_add_char(out, '}');
}

static void put_detail(struct buf *out, const struct reported *reported, const struct result *result,
		       struct line_cursor *cursor)
{
	struct excerpt at;

	excerpt_find(reported, result, cursor, &at);
	put_member(out, ",", result->severity);
	put_member(out, ",", result->category);
	put_member(out, ",", result->message);
	put_member(out, ",", result->fix);
	buf_add_char(out, ',');
	put_uint(out, at.line);
	buf_add_char(out, ',');
	put_uint(out, at.column ? utf16_offset(at.text, at.from) : 0);
	buf_add_char(out, ',');
	put_uint(out, at.column ? utf16_offset(at.text, at.to) : 0);
	put_member(out, ",", result->path);
	buf_add_char(out, ',');
	put_more(out, reported, result, &at);
}

static void put_result(struct buf *out, const struct reported *reported, const struct result *result,
		       struct line_cursor *cursor)
{
	buf_add_char(out, '[');
	put_uint(out, result->outcome);
	PUT(out, ",\"");
	put_policy_name(out, result->policy_namespace, result->policy, put_json_html);
	buf_add_char(out, '"');
	put_member(out, ",", result->rule);
	if (result->outcome != OUTCOME_PASS)
		put_detail(out, reported, result, cursor);
	buf_add_char(out, ']');
}

static void html_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	struct line_cursor cursor = { 0 };
	bool has_findings = false;

	if (reported->count == 0)
		return;
	for (size_t i = 0; i < reported->count; i++)
		has_findings |= is_finding(&reported->results[i]);
	PUT(out, ",\n");
	put_member(out, "{\"a\":", reported->api_version);
	put_member(out, ",\"k\":", reported->kind);
	put_member(out, ",\"s\":", reported->namespace);
	put_member(out, ",\"n\":", reported->name);
	put_member(out, ",\"f\":", reported->source ? reported->source->name : STR_NULL);
	PUT(out, ",\"l\":");
	put_uint(out, reported->line);
	if (has_findings)
		put_source(out, reported, &cursor);
	PUT(out, ",\"r\":[");
	for (size_t i = 0; i < reported->count; i++) {
		if (i)
			buf_add_char(out, ',');
		put_result(out, reported, &reported->results[i], &cursor);
	}
	PUT(out, "]}");
}

/* -- the page around them
 * ----------------------------------------------------------------------------------------------- */

#define ASSET(array) str_make((array), sizeof(array))

/* The template, cut at {{style}}, {{results}}, {{summary}} and {{script}}. */
static struct str template_part(struct str from, struct str to)
{
	struct str page = ASSET(page_html);
	size_t begin = from.n ? str_find(page, from, 0) + from.n : 0;
	size_t end = to.n ? str_find(page, to, begin) : page.n;

	return str_slice(page, begin, end);
}

#define STYLE STR("{{style}}")
#define RESULTS STR("{{results}}")
#define SUMMARY STR("{{summary}}")
#define SCRIPT STR("{{script}}")

static void html_start(const struct report *report, struct buf *out)
{
	escape_put(out, template_part(STR_NULL, STYLE));
	escape_put(out, ASSET(page_css));
	escape_put(out, template_part(STYLE, RESULTS));
}

static void put_policy(struct buf *out, const struct policy *policy)
{
	const struct value *annotations = object_annotations(policy->object);

	PUT(out, "{\"n\":\"");
	put_policy_name(out, policy->namespace, policy->name, put_json_html);
	buf_add_char(out, '"');
	put_member(out, ",\"k\":", policy->kind);
	put_member(out, ",\"t\":", policy->title);
	put_member(out, ",\"c\":", policy->category);
	put_member(out, ",\"s\":", policy->severity);
	put_member(out, ",\"d\":", value_str(value_field(annotations, "policies.kyverno.io/description")));
	buf_add_char(out, '}');
}

static void put_count(struct buf *out, const char *prefix, size_t n)
{
	escape_put(out, str_of(prefix));
	put_uint(out, n);
}

static void put_summary(const struct report *report, struct buf *out, const struct summary *summary)
{
	PUT(out, "{\"counts\":[");
	for (size_t i = 0; i < OUTCOMES; i++)
		put_count(out, i ? "," : "", summary->counts[i]);
	put_count(out, "],\"objects\":", summary->objects);
	put_count(out, ",\"files\":", summary->files);
	put_count(out, ",\"ignored\":", summary->ignored);
	put_count(out, ",\"unreadable\":", summary->unreadable);
	PUT(out, ",\"seconds\":");
	put_seconds(out, summary->seconds);
	put_member(out, ",\"version\":", report->version);
	put_member(out, ",\"started\":", report->started);
	PUT(out, ",\"policies\":[");
	for (size_t i = 0; report->policies && i < policy_set_count(report->policies); i++) {
		escape_put(out, i ? STR(",\n") : STR("\n"));
		put_policy(out, policy_set_at(report->policies, i));
	}
	PUT(out, "]}");
}

static void html_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
	escape_put(out, template_part(RESULTS, SUMMARY));
	put_summary(report, out, summary);
	escape_put(out, template_part(SUMMARY, SCRIPT));
	escape_put(out, ASSET(model_js));
	escape_put(out, ASSET(parts_js));
	escape_put(out, ASSET(lists_js));
	escape_put(out, ASSET(pages_js));
	escape_put(out, ASSET(page_js));
	escape_put(out, template_part(SCRIPT, STR_NULL));
}

const struct report_output output_html = {
	.name = "html",
	.help = "one page for people: summary, filters, every resource with its source; needs no network",
	.start = html_start,
	.object = html_object,
	.finish = html_finish,
	.separator = ",\n",
	.all_results = true,
};
