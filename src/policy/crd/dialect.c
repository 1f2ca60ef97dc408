/*
 * CustomResourceDefinitions as a policy language of biro: they judge the resources that they define, and themselves.
 */
#include "policy/crd/crd.h"
#include "policy/policy.h"

#define RULE_SCHEMA "schema"
#define RULE_RULES "x-kubernetes-validations"
#define RULE_UNKNOWN "unknown-field"

struct crd_version {
	struct str name;
	bool served;
	struct str path;		     /* of the schema, as the API server names it */
	const struct crd_schema *schema;     /* NULL: none */
	const struct crd_rules *rules, *all; /* those that are judged; NULL: none; and those that the CRD has */
};

struct crd_policy {
	struct policy head;
	struct str group, kind;
	struct crd_version *versions;
	size_t count;
};

extern const struct policy_dialect crd_dialect;

static bool claims(const struct value *object)
{
	struct gvk gvk = gvk_of(object);

	return str_is(gvk.group, "apiextensions.k8s.io") && str_is(gvk.version, "v1") &&
	       str_is(gvk.kind, "CustomResourceDefinition");
}

/* -- compiling ---------------------------------------------------------------------------------------------------- */

/* One schema for all versions is kept once, and named so. */
static bool share_schema(const struct value *versions)
{
	const struct value *first = NULL;

	for (VALUE_EACH(version, versions)) {
		const struct value *schema = value_field(version, "schema");

		if (first && !(schema && value_equal(first, schema)))
			return false;
		first = first ? first : schema;
	}
	return first != NULL;
}

static int compile_version(struct arena *arena, const struct value *source, struct str path,
			   struct crd_version *version, struct error **err)
{
	const struct value *schema = value_path(source, "schema", "openAPIV3Schema");

	*version = (struct crd_version){
		.name = value_str(value_field(source, "name")),
		.served = value_bool(value_field(source, "served"), false),
		.path = path,
	};
	if (!schema)
		return 0;
	version->schema = crd_compile(arena, schema, err);
	if (!version->schema)
		return -1;
	version->all = crd_rules_compile(arena, version->schema, true);
	if (crd_has_rules(version->schema))
		version->rules = version->all;
	return 0;
}

static int compile(struct policy_set *set, const struct value *object, struct error **err)
{
	struct arena *arena = policy_set_arena(set);
	struct crd_policy *policy = ARENA_NEW(arena, struct crd_policy);
	struct kind_pattern *kinds = arena_array(arena, 2, sizeof(*kinds));
	const struct value *spec = value_field(object, "spec"), *versions = value_field(spec, "versions");
	bool shared = share_schema(versions);
	size_t i = 0;

	policy->head = (struct policy){
		.dialect = &crd_dialect,
		.name = object_name(object),
		.kind = STR("CustomResourceDefinition"),
		.object = object,
		.kinds = kinds,
		.kind_count = 2,
		.category = STR("Schema"),
	};
	policy->group = value_str(value_field(spec, "group"));
	policy->kind = value_str(value_path(spec, "names", "kind"));
	if (policy->group.n == 0 || policy->kind.n == 0 || !value_is(versions, VALUE_ARRAY))
		return error_set_at(err, ERROR_INVALID, value_place(object),
				    "CustomResourceDefinition " STR_FMT
				    ": spec.group, spec.names.kind and spec.versions have to "
				    "be there",
				    STR_ARG(policy->head.name));
	kinds[0] = (struct kind_pattern){ .group = policy->group, .version = STR("*"), .kind = policy->kind };
	kinds[1] = (struct kind_pattern){
		.group = STR("apiextensions.k8s.io"),
		.version = STR("*"),
		.kind = STR("CustomResourceDefinition"),
	};
	policy->versions = arena_array(arena, versions->length, sizeof(*policy->versions));
	for (VALUE_EACH(version, versions)) {
		struct str path = shared ? STR("spec.validation.openAPIV3Schema")
					 : str_format(arena, "spec.versions[%zu].schema.openAPIV3Schema", i);

		if (compile_version(arena, version, path, &policy->versions[i++], err) < 0)
			return error_wrap(err, "CustomResourceDefinition " STR_FMT, STR_ARG(policy->head.name));
	}
	policy->count = i;
	policy_set_add_policy(set, &policy->head);
	return 0;
}

/* -- results ------------------------------------------------------------------------------------------------------ */

struct judging {
	const struct crd_policy *policy;
	struct review *review;
	struct result_list *results;
};

static struct result *add(struct judging *judging, const char *rule, enum outcome outcome)
{
	struct result *result = result_add(judging->review->arena, judging->results);

	result->policy = judging->policy->head.name;
	result->policy_kind = judging->policy->head.kind;
	result->policy_at = judging->policy->head.object;
	result->rule = str_of(rule);
	result->category = STR("Schema");
	result->severity = outcome == OUTCOME_WARN ? STR("medium") : STR("high");
	result->outcome = outcome;
	return result;
}

static void add_errors(struct judging *judging, const char *rule, enum outcome outcome, const struct crd_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++) {
		const struct crd_error *error = &errors->items[i];
		struct result *result = add(judging, rule, error->ratcheted ? OUTCOME_WARN : outcome);
		const struct value *deepest = NULL;
		const struct value *at = value_at_pointer(judging->review->object, error->pointer, &deepest);

		result->path = error->pointer;
		/* What a default brought stands nowhere. */
		result->at = error->at && error->at->line ? error->at : at ? at : deepest;
		result->message = strcmp(rule, RULE_UNKNOWN) == 0
					  ? error->body
					  : str_format(judging->review->arena, STR_FMT ": " STR_FMT,
						       STR_ARG(error->field), STR_ARG(error->body));
	}
}

static void settle(struct judging *judging, const char *rule, const char *passed, const struct crd_errors *errors)
{
	if (errors->count == 0)
		add(judging, rule, OUTCOME_PASS)->message = str_of(passed);
	else
		add_errors(judging, rule, OUTCOME_FAIL, errors);
}

/* -- judging ------------------------------------------------------------------------------------------------------ */

/* Values that were so before and were not touched stay as they are. */
static void ratchet(struct review *review, struct crd_errors *errors)
{
	size_t kept = 0;

	for (size_t i = 0; i < errors->count; i++) {
		struct str pointer = errors->items[i].pointer;
		const struct value *now = value_at_pointer(review->object, pointer, NULL);
		const struct value *old = value_at_pointer(review->old_object, pointer, NULL);

		if (!now && pointer.n) {
			pointer = str_slice(pointer, 0, str_rfind_char(pointer, '/'));
			now = value_at_pointer(review->object, pointer, NULL);
			old = value_at_pointer(review->old_object, pointer, NULL);
		}
		if (now && old && pointer.n && value_equal(now, old))
			continue;
		errors->items[kept++] = errors->items[i];
	}
	errors->count = kept;
}

/* With these the API server judges no rules: they could not rely on anything. */
static bool blocks_rules(const struct crd_error *error)
{
	return str_starts_with(error->body, STR("Unsupported value")) ||
	       str_starts_with(error->body, STR("Required value")) || str_starts_with(error->body, STR("Too ")) ||
	       str_contains(error->body, STR(" in body must be of type "));
}

static bool any_blocks(const struct crd_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		if (blocks_rules(&errors->items[i]))
			return true;
	return false;
}

static void judge_rules(struct judging *judging, const struct crd_version *version, const struct value *object)
{
	struct review *review = judging->review;
	struct crd_rules_run run = {
		.arena = review->arena,
		.regexes = review->regexes,
		.ratcheting = true,
		.call_limit = CRD_CALL_LIMIT,
		.budget = CRD_BUDGET,
	};
	const struct value *old = review->old_object;
	struct crd_errors errors = { 0 };

	if (old)
		old = crd_defaulted(review->arena, version->schema, old);
	crd_rules_judge(&run, version->rules, object, old, &errors);
	settle(judging, RULE_RULES, "all rules hold", &errors);
}

static void judge_version(struct judging *judging, const struct crd_version *version)
{
	struct review *review = judging->review;
	const struct value *object = crd_defaulted(review->arena, version->schema, review->object);
	struct crd_errors unknown = { 0 }, errors = { 0 };

	crd_unknown_fields(review->arena, version->schema, review->object, &unknown);
	add_errors(judging, RULE_UNKNOWN, OUTCOME_WARN, &unknown);
	crd_validate(review->arena, review->regexes, version->schema, object, &errors);
	if (review->old_object)
		ratchet(review, &errors);
	settle(judging, RULE_SCHEMA, "the resource is as its schema asks", &errors);
	if (!version->rules)
		return;
	if (any_blocks(&errors))
		add(judging, RULE_RULES, OUTCOME_SKIP)->message =
			STR("some validation rules were not checked because the object was invalid; correct the "
			    "existing errors to "
			    "complete validation");
	else
		judge_rules(judging, version, object);
}

static struct str served_versions(struct arena *arena, const struct crd_policy *policy)
{
	struct str text = STR("");

	for (size_t i = 0; i < policy->count; i++)
		if (policy->versions[i].served)
			text = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(text), text.n ? ", " : "",
					  STR_ARG(policy->versions[i].name));
	return text;
}

static void judge_resource(struct judging *judging)
{
	const struct crd_policy *policy = judging->policy;
	struct review *review = judging->review;
	struct result *result;
	struct str served;

	for (size_t i = 0; i < policy->count; i++) {
		if (!policy->versions[i].served || !str_equal(policy->versions[i].name, review->kind.version))
			continue;
		if (policy->versions[i].schema)
			judge_version(judging, &policy->versions[i]);
		return;
	}
	served = served_versions(review->arena, policy);
	result = add(judging, RULE_SCHEMA, OUTCOME_FAIL);
	result->path = STR("/apiVersion");
	result->at = value_field(review->object, "apiVersion");
	result->message = str_format(review->arena, "version " STR_FMT " of " STR_FMT " is not served",
				     STR_ARG(review->kind.version), STR_ARG(policy->head.name));
	if (served.n)
		result->fix = str_format(review->arena, "use one of: " STR_FMT, STR_ARG(served));
}

static void judge_definition(struct judging *judging)
{
	const struct crd_policy *policy = judging->policy;
	struct crd_errors errors = { 0 };

	for (size_t i = 0; i < policy->count; i++) {
		bool same = i > 0 && str_equal(policy->versions[i].path, policy->versions[0].path);

		if (!same)
			crd_rules_check(judging->review->arena, policy->versions[i].all, policy->versions[i].path,
					&errors);
	}
	add_errors(judging, RULE_RULES, OUTCOME_FAIL, &errors);
}

static void judge(const struct policy *policy, struct review *review, struct result_list *results)
{
	struct judging judging = { .policy = (const struct crd_policy *)(const void *)policy,
				   .review = review,
				   .results = results };

	if (!review->object || review->subresource.n)
		return;
	if (str_equal(review->kind.kind, judging.policy->kind) && str_equal(review->kind.group, judging.policy->group))
		judge_resource(&judging);
	else if (claims(review->object) && str_equal(review->name, policy->name))
		judge_definition(&judging);
}

const struct policy_dialect crd_dialect = {
	.name = "crd",
	.claims = claims,
	.compile = compile,
	.judge = judge,
};
