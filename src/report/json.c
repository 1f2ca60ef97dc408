/*
 * JSON for programs: {"results": […], "summary": {…}}, one result a line.
 *
 * A thousand resources under forty policies make forty thousand lines, so what repeats is escaped once per object and
 * then copied: the resource, and the file. Nothing here goes through printf.
 */
#include "report/outputs.h"

/* A piece of the output buffer, by offsets because the buffer moves when it grows. */
struct piece {
	size_t from, n;
};

static void put_piece(struct buf *out, struct piece piece)
{
	buf_reserve(out, piece.n);
	memcpy(out->p + out->n, out->p + piece.from, piece.n);
	out->n += piece.n;
}

static inline void put_member(struct buf *out, const char *prefix, size_t prefix_size, struct str value)
{
	escape_put_bytes(out, prefix, prefix_size);
	put_json(out, value);
	buf_add_char(out, '"');
}

/* prefix is a literal such as ",\"rule\":\"". */
#define PUT_MEMBER(out, prefix, value) put_member((out), "" prefix, sizeof(prefix) - 1, (value))

static void put_properties(struct buf *out, const struct result *result)
{
	PUT(out, ",\"properties\":{");
	for (size_t i = 0; i < result->property_count; i++) {
		PUT_MEMBER(out, "\"", result->properties[i].name);
		PUT_MEMBER(out, ":\"", result->properties[i].value);
		buf_add_char(out, ',');
	}
	out->p[out->n - 1] = '}';
}

static void put_resource(struct buf *out, const struct reported *reported)
{
	PUT_MEMBER(out, ",\"resource\":{\"apiVersion\":\"", reported->api_version);
	PUT_MEMBER(out, ",\"kind\":\"", reported->kind);
	PUT_MEMBER(out, ",\"namespace\":\"", reported->namespace);
	PUT_MEMBER(out, ",\"name\":\"", reported->name);
	PUT(out, "},\"source\":{\"file\":\"");
	put_json(out, reported->source ? reported->source->name : STR_NULL);
	PUT(out, "\",\"line\":");
}

static void put_outcome(struct buf *out, enum outcome outcome)
{
	/* In one copy each: the quote that ends the rule, too. */
#define RESULT(name)                                                                                                   \
	{                                                                                                              \
		"\",\"result\":\"" name "\"", sizeof("\",\"result\":\"" name "\"") - 1                                 \
	}
	static const struct str texts[OUTCOMES] = {
		[OUTCOME_PASS] = RESULT("pass"),   [OUTCOME_FAIL] = RESULT("fail"), [OUTCOME_WARN] = RESULT("warn"),
		[OUTCOME_ERROR] = RESULT("error"), [OUTCOME_SKIP] = RESULT("skip"),
	};
#undef RESULT

	escape_put(out, texts[outcome]);
}

static void put_head(struct buf *out, const struct result *result)
{
	PUT(out, "{\"policy\":\"");
	put_policy_name(out, result->policy_namespace, result->policy, put_json);
	PUT(out, "\",\"rule\":\"");
	put_json(out, result->rule);
	put_outcome(out, result->outcome);
	if (result->severity.n)
		PUT_MEMBER(out, ",\"severity\":\"", result->severity);
	if (result->category.n)
		PUT_MEMBER(out, ",\"category\":\"", result->category);
	PUT_MEMBER(out, ",\"message\":\"", result->message);
	if (result->unscored)
		PUT(out, ",\"scored\":false");
	else
		PUT(out, ",\"scored\":true");
	if (result->property_count)
		put_properties(out, result);
	if (result->fix.n)
		PUT_MEMBER(out, ",\"fix\":\"", result->fix);
}

static bool same_file(const struct reported *reported, struct str file)
{
	return reported->source && (reported->source->name.p == file.p || str_equal(reported->source->name, file));
}

static void put_source(struct buf *out, const struct result *result, struct place place)
{
	put_uint(out, place.line);
	PUT(out, ",\"column\":");
	put_uint(out, place.column);
	PUT(out, ",\"path\":\"");
	put_json(out, result->path);
	PUT(out, "\"}}");
}

static void json_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	struct piece shared = { 0, 0 };

	for (size_t i = 0; i < reported->count; i++) {
		const struct result *result = &reported->results[i];
		struct place place = report_place(reported, result);
		struct reported elsewhere;
		struct source source;

		PUT(out, ",\n");
		put_head(out, result);
		if (!place.file.p || same_file(reported, place.file)) {
			if (shared.n == 0) {
				shared.from = out->n;
				put_resource(out, reported);
				shared.n = out->n - shared.from;
			} else {
				put_piece(out, shared);
			}
		} else {
			elsewhere = *reported;
			source = (struct source){ .name = place.file };
			elsewhere.source = &source;
			put_resource(out, &elsewhere);
		}
		put_source(out, result, place);
	}
}

static void json_start(const struct report *report, struct buf *out)
{
	PUT(out, "{\"results\": [\n");
}

static void put_amount(struct buf *out, const char *name, size_t n)
{
	PUT(out, ", \"");
	escape_put(out, str_of(name));
	PUT(out, "\": ");
	put_uint(out, n);
}

static void json_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
	PUT(out, "\n],\n\"summary\": {\"pass\": ");
	put_uint(out, summary->counts[OUTCOME_PASS]);
	for (size_t i = OUTCOME_PASS + 1; i < OUTCOMES; i++)
		put_amount(out, outcome_names[i], summary->counts[i]);
	put_amount(out, "ignored", summary->ignored);
	put_amount(out, "resources", summary->objects);
	put_amount(out, "files", summary->files);
	put_amount(out, "unreadable", summary->unreadable);
	if (summary->seconds > 0) {
		PUT(out, ", \"seconds\": ");
		put_seconds(out, summary->seconds);
	}
	PUT(out, "}}\n");
}

const struct report_output output_json = {
	.name = "json",
	.help = "for programs: every result, one a line, and a summary",
	.start = json_start,
	.object = json_object,
	.finish = json_finish,
	.separator = ",\n",
	.all_results = true,
};
