/* YAML for programs and people: the same content as JSON, member by member. */
#include "report/outputs.h"

static void put_field(struct buf *out, const char *name, struct str value)
{
	escape_put(out, str_of(name));
	PUT(out, ": ");
	put_yaml(out, value);
}

static void put_number(struct buf *out, const char *name, size_t n)
{
	escape_put(out, str_of(name));
	PUT(out, ": ");
	put_uint(out, n);
}

static void put_policy(struct buf *out, const struct result *result)
{
	if (result->policy_namespace.n == 0) {
		put_yaml(out, result->policy);
		return;
	}
	buf_add_char(out, '"');
	put_policy_name(out, result->policy_namespace, result->policy, put_json);
	buf_add_char(out, '"');
}

static void put_properties(struct buf *out, const struct result *result)
{
	PUT(out, "\n  properties:");
	for (size_t i = 0; i < result->property_count; i++) {
		PUT(out, "\n    ");
		put_yaml(out, result->properties[i].name);
		PUT(out, ": ");
		put_yaml(out, result->properties[i].value);
	}
}

static void put_result(struct buf *out, const struct reported *reported, const struct result *result)
{
	struct place place = report_place(reported, result);

	PUT(out, "\n- policy: ");
	put_policy(out, result);
	put_field(out, "\n  rule", result->rule);
	put_field(out, "\n  result", str_of(outcome_names[result->outcome]));
	if (result->severity.n)
		put_field(out, "\n  severity", result->severity);
	if (result->category.n)
		put_field(out, "\n  category", result->category);
	put_field(out, "\n  message", result->message);
	escape_put(out, result->unscored ? STR("\n  scored: false") : STR("\n  scored: true"));
	if (result->property_count)
		put_properties(out, result);
	if (result->fix.n)
		put_field(out, "\n  fix", result->fix);
	put_field(out, "\n  resource:\n    apiVersion", reported->api_version);
	put_field(out, "\n    kind", reported->kind);
	put_field(out, "\n    namespace", reported->namespace);
	put_field(out, "\n    name", reported->name);
	put_field(out, "\n  source:\n    file", place.file);
	put_number(out, "\n    line", place.line);
	put_number(out, "\n    column", place.column);
	put_field(out, "\n    path", result->path);
}

static void yaml_start(const struct report *report, struct buf *out)
{
	PUT(out, "results:");
}

static void yaml_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	for (size_t i = 0; i < reported->count; i++)
		put_result(out, reported, &reported->results[i]);
}

static void yaml_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
	size_t results = 0;

	for (size_t i = 0; i < OUTCOMES; i++)
		results += summary->counts[i];
	if (results == 0)
		PUT(out, " []");
	PUT(out, "\nsummary:");
	for (size_t i = 0; i < OUTCOMES; i++) {
		PUT(out, "\n  ");
		put_number(out, outcome_names[i], summary->counts[i]);
	}
	put_number(out, "\n  ignored", summary->ignored);
	put_number(out, "\n  resources", summary->objects);
	put_number(out, "\n  files", summary->files);
	put_number(out, "\n  unreadable", summary->unreadable);
	if (summary->seconds > 0) {
		PUT(out, "\n  seconds: ");
		put_seconds(out, summary->seconds);
	}
	buf_add_char(out, '\n');
}

const struct report_output output_yaml = {
	.name = "yaml",
	.help = "the same as json, as YAML",
	.start = yaml_start,
	.object = yaml_object,
	.finish = yaml_finish,
	.separator = "",
	.all_results = true,
};
