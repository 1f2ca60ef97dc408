/*
 * SARIF 2.1.0, for code scanning: exact regions, stable fingerprints, the rules with their texts.
 *
 * Columns are UTF-16 code units, SARIF's default. A policy whose rules are not known by name when the run ends has one
 * descriptor, "policy", and its results are "policy/rule": a hierarchical id (SARIF 2.1.0, 3.27.5).
 */
#include "policy/podsecurity/podsecurity.h"
#include "report/baseline.h"
#include "report/excerpt.h"
#include "report/outputs.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* A fail is what stops a run, so it is an error whatever its severity; that is told apart by security-severity. */
static const char *const levels[OUTCOMES] = {
	[OUTCOME_PASS] = "none",   [OUTCOME_FAIL] = "error", [OUTCOME_WARN] = "warning",
	[OUTCOME_ERROR] = "error", [OUTCOME_SKIP] = "none",
};

static const char *const kinds[OUTCOMES] = {
	[OUTCOME_PASS] = "pass",  [OUTCOME_FAIL] = "fail",	    [OUTCOME_WARN] = "fail",
	[OUTCOME_ERROR] = "fail", [OUTCOME_SKIP] = "notApplicable",
};

/* The bands in which GitHub shows a score. */
static const struct {
	const char *severity, *score;
} scores[] = {
	{ "critical", "9.5" }, { "high", "8.0" }, { "medium", "5.5" }, { "low", "2.5" }, { "info", "0.1" },
};

static void put_string(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	put_json(out, s);
	buf_add_char(out, '"');
}

static void put_text_object(struct buf *out, const char *name, struct str text)
{
	PUT(out, ",\"");
	escape_put(out, str_of(name));
	PUT(out, "\":{\"text\":");
	put_string(out, text);
	buf_add_char(out, '}');
}

/* -- results -- */

static void put_rule_id(struct buf *out, struct str namespace, struct str policy, struct str rule)
{
	buf_add_char(out, '"');
	put_policy_name(out, namespace, policy, put_json);
	if (policy.n && rule.n)
		buf_add_char(out, '/');
	put_json(out, rule);
	if (policy.n + rule.n == 0)
		PUT(out, "biro");
	buf_add_char(out, '"');
}

/* UTF-16 code units before byte `to`. */
static size_t utf16_length(struct str line, size_t to)
{
	size_t units = 0;

	for (size_t i = 0; i < to && i < line.n;)
		units += utf8_next(line, &i) > 0xFFFF ? 2 : 1;
	return units;
}

static void put_region(struct buf *out, const struct excerpt *at)
{
	PUT(out, ",\"region\":{\"startLine\":");
	put_uint(out, at->line);
	if (at->column) {
		PUT(out, ",\"startColumn\":");
		put_uint(out, at->text.p ? utf16_length(at->text, at->column - 1) + 1 : at->column);
		if (at->to > at->from) {
			PUT(out, ",\"endLine\":");
			put_uint(out, at->line);
			PUT(out, ",\"endColumn\":");
			put_uint(out, utf16_length(at->text, at->to) + 1);
			PUT(out, ",\"snippet\":{\"text\":");
			put_string(out, str_slice(at->text, at->from, at->to));
			buf_add_char(out, '}');
		}
	}
	buf_add_char(out, '}');
}

static void put_location(struct buf *out, const struct reported *reported, const struct result *result,
			 const struct excerpt *at)
{
	PUT(out, ",\"locations\":[{");
	if (at->source && at->source->name.n) {
		PUT(out, "\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
		put_uri(out, at->source->name);
		PUT(out, "\"}");
		if (at->line)
			put_region(out, at);
		PUT(out, "},");
	}
	PUT(out, "\"logicalLocations\":[{\"name\":");
	put_string(out, reported->name);
	PUT(out, ",\"kind\":\"resource\",\"fullyQualifiedName\":\"");
	put_json(out, reported->api_version);
	buf_add_char(out, '/');
	put_json(out, reported->kind);
	buf_add_char(out, '/');
	if (reported->namespace.n) {
		put_json(out, reported->namespace);
		buf_add_char(out, '/');
	}
	put_json(out, reported->name);
	put_json(out, result->path);
	PUT(out, "\"}]}]");
}

static struct str property_of(const struct result *result, struct str name)
{
	for (size_t i = 0; i < result->property_count; i++)
		if (str_equal(result->properties[i].name, name))
			return result->properties[i].value;
	return STR_NULL;
}

/* What was ignored stays a finding in SARIF's eyes, with the reason why nobody need look at it. */
static void put_suppression(struct buf *out, struct str by, struct str reason)
{
	bool in_source = str_starts_with(by, STR("annotation")) || str_starts_with(by, STR("comment"));

	PUT(out, ",\"suppressions\":[{\"kind\":");
	put_string(out, in_source ? STR("inSource") : STR("external"));
	PUT(out, ",\"justification\":");
	put_string(out, reason.n ? reason : by);
	PUT(out, "}]");
}

static void put_properties(struct buf *out, const struct result *result)
{
	PUT(out, ",\"properties\":{\"rule\":");
	put_string(out, result->rule);
	if (result->severity.n) {
		PUT(out, ",\"severity\":");
		put_string(out, result->severity);
	}
	if (result->path.n) {
		PUT(out, ",\"path\":");
		put_string(out, result->path);
	}
	if (result->fix.n) {
		PUT(out, ",\"fix\":");
		put_string(out, result->fix);
	}
	buf_add_char(out, '}');
}

static void put_message(struct buf *out, const struct reported *reported, const struct result *result)
{
	PUT(out, ",\"message\":{\"text\":\"");
	if (reported->kind.n) {
		put_json(out, reported->kind);
		buf_add_char(out, ' ');
		put_json(out, reported->name);
		PUT(out, ": ");
	}
	put_json(out, result->message.n ? result->message : str_of(outcome_names[result->outcome]));
	if (result->fix.n) {
		PUT(out, "\\nFix: ");
		put_json(out, result->fix);
	}
	PUT(out, "\"}");
}

static void put_result(struct buf *out, const struct reported *reported, const struct result *result,
		       struct line_cursor *cursor)
{
	struct str ignored_by = property_of(result, STR("ignored-by"));
	enum outcome outcome = ignored_by.n ? OUTCOME_WARN : result->outcome;
	char fingerprint[32];
	struct excerpt at;

	excerpt_find(reported, result, cursor, &at);
	fingerprint_make(reported, result, fingerprint);
	PUT(out, ",\n{\"ruleId\":");
	put_rule_id(out, result->policy_namespace, result->policy, written_rule(result));
	PUT(out, ",\"kind\":\"");
	escape_put(out, str_of(kinds[outcome]));
	PUT(out, "\",\"level\":\"");
	escape_put(out, str_of(levels[outcome]));
	buf_add_char(out, '"');
	put_message(out, reported, result);
	put_location(out, reported, result, &at);
	PUT(out, ",\"partialFingerprints\":{\"biroFinding/v1\":\"");
	escape_put(out, str_make(fingerprint, sizeof(fingerprint)));
	PUT(out, "\"}");
	if (ignored_by.n)
		put_suppression(out, ignored_by, property_of(result, STR("reason")));
	put_properties(out, result);
	buf_add_char(out, '}');
}

static void sarif_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	struct line_cursor cursor = { 0 };

	for (size_t i = 0; i < reported->count; i++)
		if (report_shows(report, &output_sarif, &reported->results[i]))
			put_result(out, reported, &reported->results[i], &cursor);
}

/* -- rules -- */

/* Rules of biro's own, which no policy holds. */
static const struct {
	const char *rule, *text;
} own_rules[] = {
	{ "expired-ignore", "An ignore is past its date and hides nothing any more." },
	{ "invalid-ignore", "An ignore cannot be understood and hides nothing." },
};

static struct str annotation_of(const struct policy *policy, struct str name)
{
	return value_str(value_get(object_annotations(policy->object), name));
}

static void put_tags(struct buf *out, struct str category, struct str severity)
{
	PUT(out, ",\"properties\":{\"tags\":[\"kubernetes\"");
	if (category.n) {
		buf_add_char(out, ',');
		put_string(out, category);
	}
	for (size_t i = 0; i < sizeof(scores) / sizeof(scores[0]); i++)
		if (str_equal(severity, str_of(scores[i].severity))) {
			PUT(out, ",\"security\"],\"security-severity\":");
			put_string(out, str_of(scores[i].score));
			buf_add_char(out, '}');
			return;
		}
	PUT(out, "]}");
}

/* What a rule is called and described by; `help_uri` may be empty. */
struct texts {
	struct str title, description, help_uri;
};

static void put_rule(struct buf *out, const struct policy *policy, struct str rule, struct texts texts, bool *first)
{
	struct str description = texts.description.n ? texts.description : texts.title;

	escape_put(out, *first ? STR("\n{\"id\":") : STR(",\n{\"id\":"));
	*first = false;
	put_rule_id(out, policy->namespace, policy->name, rule);
	PUT(out, ",\"name\":");
	put_string(out, rule.n ? rule : policy->name);
	put_text_object(out, "shortDescription", texts.title);
	put_text_object(out, "fullDescription", description);
	put_text_object(out, "help", description);
	if (texts.help_uri.n) {
		PUT(out, ",\"helpUri\":");
		put_string(out, texts.help_uri);
	}
	PUT(out, ",\"defaultConfiguration\":{\"level\":");
	put_string(out, policy->unscored ? STR("warning") : STR("error"));
	buf_add_char(out, '}');
	put_tags(out, policy->category, policy->severity);
	buf_add_char(out, '}');
}

/* The built-in default has no object: its rules are the checks of the Pod Security Standards. */
static void put_pod_security(struct buf *out, const struct policy *policy, bool *first)
{
	struct texts texts = { .help_uri =
				       STR("https://kubernetes.io/docs/concepts/security/pod-security-standards/") };

	for (size_t i = 0; i < ps_check_count; i++) {
		texts.title = str_of(ps_checks[i].control);
		put_rule(out, policy, str_of(ps_checks[i].id), texts, first);
	}
}

static void put_policy_rules(struct buf *out, const struct policy *policy, bool *first)
{
	const struct value *rules = value_path(policy->object, "spec", "rules");
	struct texts texts = { .title = policy->title.n ? policy->title : policy->name };

	texts.description = str_trim(annotation_of(policy, STR("policies.kyverno.io/description")));
	if (!policy->object && policy->dialect == &podsecurity_dialect)
		put_pod_security(out, policy, first);
	else if (value_count(rules) == 0 || rules->type != VALUE_ARRAY)
		put_rule(out, policy, STR_NULL, texts, first);
	else
		for (VALUE_EACH(rule, rules))
			put_rule(out, policy, value_str(value_field(rule, "name")), texts, first);
}

static void sarif_start(const struct report *report, struct buf *out)
{
	PUT(out, "{\"$schema\":\"" SCHEMA
		 "\",\"version\":\"2.1.0\",\"runs\":[{\"columnKind\":\"utf16CodeUnits\",\"results\":[\n");
}

static void sarif_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
	bool first = true;

	PUT(out, "\n],\"invocations\":[{\"executionSuccessful\":");
	escape_put(out, summary->unreadable ? STR("false") : STR("true"));
	if (report->started.n) {
		PUT(out, ",\"startTimeUtc\":");
		put_string(out, report->started);
	}
	PUT(out, "}],\"tool\":{\"driver\":{\"name\":\"biro\"");
	if (report->version.n) {
		PUT(out, ",\"version\":");
		put_string(out, report->version);
	}
	PUT(out, ",\"rules\":[");
	for (size_t i = 0; report->policies && i < policy_set_count(report->policies); i++)
		put_policy_rules(out, policy_set_at(report->policies, i), &first);
	for (size_t i = 0; i < sizeof(own_rules) / sizeof(own_rules[0]); i++) {
		escape_put(out, first ? STR("\n{\"id\":\"biro/") : STR(",\n{\"id\":\"biro/"));
		first = false;
		escape_put(out, str_of(own_rules[i].rule));
		PUT(out, "\",\"name\":");
		put_string(out, str_of(own_rules[i].rule));
		put_text_object(out, "shortDescription", str_of(own_rules[i].text));
		put_text_object(out, "fullDescription", str_of(own_rules[i].text));
		put_text_object(out, "help", str_of(own_rules[i].text));
		PUT(out,
		    ",\"defaultConfiguration\":{\"level\":\"warning\"},\"properties\":{\"tags\":[\"kubernetes\"]}}");
	}
	PUT(out, "]}}}]}\n");
}

const struct report_output output_sarif = {
	.name = "sarif",
	.help = "SARIF 2.1.0 for code scanning",
	.start = sarif_start,
	.object = sarif_object,
	.finish = sarif_finish,
	.separator = ",\n",
};
