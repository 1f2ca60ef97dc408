/* biro check: one document to results to output. */
#include "cmd/check.h"

#include "cmd/config.h"
#include "data/regex.h"
#include "policy/builtin/builtin.h"

#define REGEXES 256
#define MEMORY_MAX ((size_t)512 << 20)

void worker_init(struct worker *worker, const struct check *check, struct arena *kept)
{
	*worker = (struct worker){
		.check = check,
		.arena = arena_create(),
		.regexes = regex_cache_create(REGEXES),
		.baseline.arena = kept,
	};
}

void worker_free(struct worker *worker)
{
	regex_cache_destroy(worker->regexes);
	arena_destroy(worker->arena);
	buf_free(&worker->out);
}

/* The CPU time of this thread since *last, which becomes now; 0 unless --statistics asks. */
static uint64_t lap(const struct worker *worker, uint64_t *last)
{
	uint64_t nanoseconds, since;

	if (!worker->check->options->statistics)
		return 0;
	nanoseconds = cpu_now();
	since = nanoseconds - *last;
	*last = nanoseconds;
	return since;
}

/* -- printing ----------------------------------------------------------------------------------------------------- */

static void count_and_print(struct worker *worker, const struct reported *reported)
{
	const struct check *check = worker->check;

	for (size_t i = 0; i < reported->count; i++)
		worker->summary.counts[reported->results[i].outcome]++;
	if (reported->count > 0)
		check->output->object(&check->report, &worker->out, reported);
}

/* Ignores, then the baseline, then out. */
static void settle(struct worker *worker, struct reported *reported, struct result_list *results)
{
	const struct check *check = worker->check;

	for (size_t i = 0; i < results->count; i++)
		if (results->items[i].unscored && results->items[i].outcome == OUTCOME_FAIL)
			results->items[i].outcome = OUTCOME_WARN;
	worker->summary.ignored += ignore_apply(&check->ignoring, &worker->memo, worker->arena, reported, results);
	reported->results = results->items;
	reported->count = results->count;
	if (check->write_baseline)
		baseline_add(&worker->baseline, reported);
	if (check->baseline)
		worker->summary.ignored += baseline_apply(check->baseline, worker->arena, reported, results);
	reported->results = results->items;
	reported->count = results->count;
	count_and_print(worker, reported);
}

/* -- what is not judged ------------------------------------------------------------------------------------------- */

void judge_findings(struct worker *worker, const struct findings *findings)
{
	worker->summary.unreadable += findings->unreadable;
	for (size_t i = 0; i < findings->count; i++)
		count_and_print(worker, &findings->items[i]);
}

void judge_expired_ignores(struct worker *worker)
{
	struct result_list results = { 0 };
	struct reported reported;

	if (!worker->check->ignoring.entries)
		return;
	ignore_entries_report(&worker->check->ignoring, worker->arena, &results);
	for (size_t i = 0; i < results.count; i++) {
		reported_init(&reported, NULL, results.items[i].at ? results.items[i].at->source : NULL);
		reported.results = &results.items[i];
		reported.count = 1;
		count_and_print(worker, &reported);
	}
}

static void trouble(struct worker *worker, const char *rule, const struct source *source, const struct error *err)
{
	struct findings findings = { .arena = worker->arena, .unreadable = 1 };

	findings_put(&findings, OUTCOME_ERROR, rule, NULL, source, err);
	judge_findings(worker, &findings);
}

void judge_unreadable(struct worker *worker, const struct error *err)
{
	arena_reset(worker->arena);
	worker->memo = (struct ignore_memo){ 0 };
	trouble(worker, RULE_READ, NULL, err);
}

/* -- objects ------------------------------------------------------------------------------------------------------ */

struct judging {
	struct worker *worker;
	const struct document *document;
	const struct decode_warnings *warnings; /* taken by the first object that is printed */
};

static void add_warnings(struct judging *judging, struct result_list *results)
{
	const struct decode_warnings *warnings = judging->warnings;
	bool strict = judging->worker->check->options->strict;

	for (size_t i = 0; warnings && i < warnings->count; i++) {
		struct result *result = finding_add(
			judging->worker->arena, results, strict ? OUTCOME_ERROR : OUTCOME_WARN, RULE_DUPLICATE_KEY,
			warnings->items[i].place, &judging->document->source, warnings->items[i].message);

		result->fix = STR("keep one of the two");
	}
	judging->warnings = NULL;
}

/* Files of tools that live beside manifests: nothing that an API server would get. */
static bool is_tool_file(const struct judging *judging, const struct value *object, struct gvk gvk)
{
	struct str name = judging->document->source.name;
	size_t slash = str_rfind_char(name, '/');

	if (slash != STR_NOT_FOUND)
		name = str_make(name.p + slash + 1, name.n - slash - 1);
	if (str_is(gvk.group, "cli.kyverno.io") || str_is(gvk.group, "kustomize.config.k8s.io"))
		return true;
	if (gvk.kind.n > 0)
		return false;
	return str_is(name, CONFIG_NAME) || str_is(name, "kyverno-test.yaml") || value_field(object, "biro-baseline");
}

/* Says what an object lacks to be one; NULL when it lacks nothing. */
static const char *what_is_missing(const struct value *object)
{
	const struct value *api_version = value_field(object, "apiVersion"), *kind = value_field(object, "kind");

	if (!value_is(object, VALUE_OBJECT))
		return "not a Kubernetes object: it is no object at all";
	if (!api_version && !kind)
		return "not a Kubernetes object: apiVersion and kind are missing";
	if (!api_version)
		return "not a Kubernetes object: apiVersion is missing";
	if (!kind)
		return "not a Kubernetes object: kind is missing";
	if (!value_is(api_version, VALUE_STRING) || value_str(api_version).n == 0)
		return "not a Kubernetes object: apiVersion has to be a text like apps/v1";
	if (!value_is(kind, VALUE_STRING) || value_str(kind).n == 0)
		return "not a Kubernetes object: kind has to be a text like Deployment";
	return NULL;
}

/* Of what a document that is no Kubernetes object is: by its members. */
static enum payload payload_of(const struct value *object)
{
	const struct value *attributes = value_field(object, "attributes");

	if (value_is(value_path(attributes, "request", "http"), VALUE_OBJECT))
		return PAYLOAD_ENVOY;
	if (value_is(value_field(attributes, "method"), VALUE_STRING) && value_field(attributes, "path"))
		return PAYLOAD_HTTP;
	return PAYLOAD_JSON;
}

/* Policies that are about any document; false when there are none. */
static bool judge_payload(struct judging *judging, const struct value *object)
{
	struct worker *worker = judging->worker;
	const struct check *check = worker->check;
	enum payload payload = payload_of(object);
	struct result_list results = { 0 };
	struct reported reported;
	struct review review;

	if (!value_is(object, VALUE_OBJECT) || !policy_set_takes(check->policies.set, payload))
		return false;
	request_review(&check->request, &review, worker->arena, object);
	review.payload = payload;
	review.operation = OPERATION_CREATE;
	review.old_object = NULL;
	review.object = payload == PAYLOAD_JSON ? value_as_floats(worker->arena, object) : object;
	review.name = review.namespace = STR("");
	review.regexes = worker->regexes;
	review.budget.memory = MEMORY_MAX;
	add_warnings(judging, &results);
	policy_set_judge(check->policies.set, &review, &results);
	reported_init(&reported, object, &judging->document->source);
	worker->summary.objects++;
	settle(worker, &reported, &results);
	return true;
}

/*
 * A folder may hold other YAML (a values file, a pipeline): what has neither apiVersion nor kind is worth a warning
 * there, and an error only when the command line names the file.
 */
static void judge_stranger(struct judging *judging, const struct value *object, const char *missing)
{
	struct worker *worker = judging->worker;
	const struct check *check = worker->check;
	bool named = inputs_names(check->inputs, judging->document->source.name);
	bool other =
		value_is(object, VALUE_OBJECT) && !value_field(object, "apiVersion") && !value_field(object, "kind");
	struct result_list results = { 0 };
	struct reported reported;

	finding_add(worker->arena, &results, other && !named ? OUTCOME_WARN : OUTCOME_ERROR, RULE_OBJECT,
		    value_place(object), &judging->document->source, str_of(missing));
	add_warnings(judging, &results);
	reported_init(&reported, NULL, &judging->document->source);
	reported.line = object->line;
	reported.column = object->column;
	settle(worker, &reported, &results);
}

/* The first pass has dealt with policies, unless it could not see that this is one. */
static void judge_policy(struct judging *judging, const struct value *object)
{
	struct worker *worker = judging->worker;
	struct result_list results = { 0 };
	struct reported reported;

	reported_init(&reported, object, &judging->document->source);
	if (!policies_gathered(&worker->check->policies, judging->document))
		finding_add(worker->arena, &results, OUTCOME_ERROR, RULE_POLICY, value_place(object),
			    &judging->document->source,
			    STR("this policy was not applied: its kind is written with an escape; write it plainly"));
	add_warnings(judging, &results);
	if (results.count > 0)
		settle(worker, &reported, &results);
}

/* What the API server drops is a warning, but a failure for those who want no surprises: of custom resources, too. */
static void be_strict(struct result_list *results)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->items[i].outcome == OUTCOME_WARN && str_is(results->items[i].rule, "unknown-field"))
			results->items[i].outcome = OUTCOME_FAIL;
}

static void judge_resource(struct judging *judging, const struct value *object)
{
	struct worker *worker = judging->worker;
	const struct check *check = worker->check;
	struct result_list results = { 0 };
	struct reported reported;
	struct review review;
	uint64_t clock = 0;

	request_review(&check->request, &review, worker->arena, object);
	review.regexes = worker->regexes;
	review.budget.memory = MEMORY_MAX;
	add_warnings(judging, &results);
	fields_check(worker->arena, object, check->options->strict, &results);
	lap(worker, &clock);
	policy_set_judge(check->policies.set, &review, &results);
	if (check->options->strict)
		be_strict(&results);
	worker->times.judge += lap(worker, &clock);
	reported_init(&reported, review_subject(&review), &judging->document->source);
	reported.namespace = review.namespace;
	worker->summary.objects++;
	settle(worker, &reported, &results);
	worker->times.print += lap(worker, &clock);
}

static int judge_object(const struct value *object, void *context)
{
	struct judging *judging = context;
	struct gvk gvk = gvk_of(object);
	const char *missing;

	if (is_tool_file(judging, object, gvk))
		return 0;
	missing = what_is_missing(object);
	if (missing && judge_payload(judging, object))
		return 0;
	if (missing)
		judge_stranger(judging, object, missing);
	else if (policies_is_policy(object))
		judge_policy(judging, object);
	else
		judge_resource(judging, object);
	return 0;
}

void judge_document(struct worker *worker, const struct document *document)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct decode_warnings warnings = { 0 };
	struct judging judging = { .worker = worker, .document = document, .warnings = &warnings };
	const struct value *root;
	uint64_t clock = 0;

	arena_reset(worker->arena);
	worker->memo = (struct ignore_memo){ 0 };
	lap(worker, &clock);
	root = document_decode(worker->arena, document, worker->check->policies.limits, &warnings, &err);
	worker->times.decode += lap(worker, &clock);
	if (!root)
		trouble(worker, RULE_PARSE, &document->source, err);
	else
		document_each_object(worker->arena, root, judge_object, &judging);
}
