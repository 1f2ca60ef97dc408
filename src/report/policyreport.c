/*
 * PolicyReports (wgpolicyk8s.io/v1alpha2), one per resource, as a YAML stream for `kubectl apply`: a PolicyReport in
 * the resource's namespace, a ClusterPolicyReport for what has none. The schema is the Policy Working Group's CRD.
 */
#include "data/instant.h"
#include "report/outputs.h"

#define NAME_MAX_LENGTH 253 /* of a DNS-1123 subdomain */

static void put_field(struct buf *out, const char *name, struct str value)
{
	escape_put(out, str_of(name));
	PUT(out, ": ");
	put_yaml(out, value);
}

static bool is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* What a name may hold; anything else becomes '-'. Never puts '-' or '.' first or twice in a row. */
static void put_name_part(struct buf *name, struct str s)
{
	for (size_t i = 0; i < s.n && name->n < NAME_MAX_LENGTH - 20; i++) {
		char c = s.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (is_label_char(c))
			buf_add_char(name, c);
		else if (name->n && is_label_char(name->p[name->n - 1]))
			buf_add_char(name, c == '.' ? '.' : '-');
	}
}

/*
 * "deployment-shop-1f8a9c02": readable, and unique by a hash of kind and name where cutting or replacing characters
 * could make two names one.
 */
static void put_report_name(struct buf *out, const struct reported *reported)
{
	static const char hex[] = "0123456789abcdef";
	struct buf name = { 0 };
	uint64_t hash = 14695981039346656037u;
	const struct str parts[] = { reported->api_version, reported->kind, reported->namespace, reported->name };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		for (size_t k = 0; k < parts[i].n; k++)
			hash = (hash ^ (uint8_t)parts[i].p[k]) * 1099511628211u;
		hash = (hash ^ 0xFF) * 1099511628211u;
	}
	put_name_part(&name, reported->kind);
	if (name.n)
		buf_add_char(&name, '-');
	put_name_part(&name, reported->name);
	while (name.n && !is_label_char(name.p[name.n - 1]))
		name.n--;
	if (name.n)
		buf_add_char(&name, '-');
	for (int shift = 60; shift >= 32; shift -= 4)
		buf_add_char(&name, hex[hash >> shift & 15]);
	put_yaml(out, buf_str(&name));
	buf_free(&name);
}

static void put_reference(struct buf *out, const struct reported *reported)
{
	PUT(out, "scope:\n");
	put_field(out, "  apiVersion", reported->api_version);
	put_field(out, "\n  kind", reported->kind);
	if (reported->namespace.n)
		put_field(out, "\n  namespace", reported->namespace);
	put_field(out, "\n  name", reported->name);
	buf_add_char(out, '\n');
}

static void put_summary(struct buf *out, const struct reported *reported)
{
	size_t counts[OUTCOMES];

	count_outcomes(reported, counts);
	PUT(out, "summary:\n");
	for (size_t i = 0; i < OUTCOMES; i++) {
		PUT(out, "  ");
		escape_put(out, str_of(outcome_names[i]));
		PUT(out, ": ");
		put_uint(out, counts[i]);
		buf_add_char(out, '\n');
	}
}

/* Property values are strings there, whatever they look like. */
static void put_property(struct buf *out, struct str name, struct str value)
{
	PUT(out, "\n    ");
	put_yaml(out, name);
	PUT(out, ": ");
	put_yaml(out, value);
}

static void put_properties(struct buf *out, const struct reported *reported, const struct result *result)
{
	struct place place = report_place(reported, result);
	struct buf where = { 0 };

	PUT(out, "\n  properties:");
	for (size_t i = 0; i < result->property_count; i++)
		put_property(out, result->properties[i].name, result->properties[i].value);
	escape_put(&where, place.file);
	if (place.line) {
		buf_add_char(&where, ':');
		put_uint(&where, place.line);
		buf_add_char(&where, ':');
		put_uint(&where, place.column);
	}
	if (where.n)
		put_property(out, STR("biro.dev/source"), buf_str(&where));
	if (result->path.n)
		put_property(out, STR("biro.dev/path"), result->path);
	if (result->fix.n)
		put_property(out, STR("biro.dev/fix"), result->fix);
	buf_free(&where);
	if (result->property_count == 0 && place.file.n == 0 && place.line == 0 && result->path.n == 0 &&
	    result->fix.n == 0)
		PUT(out, " {}");
}

/* The schema knows five severities; anything else would make the API server refuse the report. */
static bool is_severity(struct str s)
{
	static const char *const names[] = { "critical", "high", "medium", "low", "info" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(s, str_of(names[i])))
			return true;
	return false;
}

static void put_result(struct buf *out, const struct reported *reported, const struct result *result, int64_t seconds)
{
	PUT(out, "- source: biro\n  policy: \"");
	put_policy_name(out, result->policy_namespace, result->policy, put_json);
	buf_add_char(out, '"');
	put_field(out, "\n  rule", result->rule);
	put_field(out, "\n  result", str_of(outcome_names[result->outcome]));
	if (is_severity(result->severity))
		put_field(out, "\n  severity", result->severity);
	if (result->category.n)
		put_field(out, "\n  category", result->category);
	put_field(out, "\n  message", result->message);
	escape_put(out, result->unscored ? STR("\n  scored: false") : STR("\n  scored: true"));
	if (seconds > 0) {
		PUT(out, "\n  timestamp:\n    seconds: ");
		put_uint(out, (uint64_t)seconds);
		PUT(out, "\n    nanos: 0");
	}
	put_properties(out, reported, result);
	buf_add_char(out, '\n');
}

static void policyreport_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	struct instant started = { 0 };

	/* A report is about a resource; what could not be read is none. */
	if (reported->count == 0 || !reported->object)
		return;
	if (report->started.n)
		instant_parse_rfc3339(report->started, &started, NULL);
	PUT(out, "---\napiVersion: wgpolicyk8s.io/v1alpha2\n");
	if (reported->namespace.n)
		PUT(out, "kind: PolicyReport\n");
	else
		PUT(out, "kind: ClusterPolicyReport\n");
	PUT(out, "metadata:\n  name: ");
	put_report_name(out, reported);
	if (reported->namespace.n)
		put_field(out, "\n  namespace", reported->namespace);
	PUT(out, "\n  labels:\n    app.kubernetes.io/managed-by: biro\n");
	put_reference(out, reported);
	put_summary(out, reported);
	PUT(out, "results:\n");
	for (size_t i = 0; i < reported->count; i++)
		put_result(out, reported, &reported->results[i], started.seconds);
}

static void policyreport_start(const struct report *report, struct buf *out)
{
}

static void policyreport_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
}

const struct report_output output_policyreport = {
	.name = "policyreport",
	.help = "PolicyReport objects (wgpolicyk8s.io/v1alpha2), one per resource, for kubectl apply",
	.start = policyreport_start,
	.object = policyreport_object,
	.finish = policyreport_finish,
	.separator = "",
	.all_results = true,
};
