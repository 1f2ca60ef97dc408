/*
 * Kyverno's CEL policies, compiled: the parts that all kinds have.
 *
 * Semantics: Kyverno v1.19 api/policies.kyverno.io (v1alpha1, v1beta1, v1) and the compilers of pkg/cel/policies. A
 * policy that Kyverno would refuse is an error with its place.
 */
#include "policy/kyverno/cel/authorize.h"

extern const struct policy_dialect kyverno_cel_dialect;

/* -- parts --------------------------------------------------------------------------------------------------------- */

static int variables_compile(struct compiling *compiling)
{
	struct variant *variant = compiling->variant;
	const struct value *list = value_field(variant->spec, "variables");

	variant->variables.items = arena_array(compiling->arena, value_count(list), sizeof(*variant->variables.items));
	for (VALUE_EACH(item, list)) {
		struct expression *variable = &variant->variables.items[variant->variables.count];
		struct str where =
			str_format(compiling->arena, "spec.variables[%zu].expression", variant->variables.count);
		const struct value *text = value_field(item, "expression");

		*variable = (struct expression){ .name = value_str(value_field(item, "name")), .at = item };
		variable->program = expression_compile(compiling, text ? text : &value_empty_string, where, NULL, 0);
		if (!variable->program)
			return -1;
		/* Seen by the expressions after it. */
		variant->variables.count++;
	}
	return 0;
}

static int validation_compile(struct compiling *compiling, const struct value *item, size_t i, struct validation *out)
{
	static const struct cel_type *const bools[] = { &cel_bool }, *const strings[] = { &cel_string };
	const struct value *text = value_field(item, "expression"), *message = value_field(item, "messageExpression");
	struct str where = str_format(compiling->arena, "spec.validations[%zu].expression", i);
	/* What authorizes requests gives a response instead. */
	enum evaluation_mode mode = compiling->variant->policy->mode;
	const struct cel_type *const responses[] = {
		mode == MODE_HTTP ? http_response_class.type : envoy_response_class.type,
		&cel_null,
	};

	*out = (struct validation){ .message = value_str(value_field(item, "message")), .at = item };
	out->program = expression_compile(compiling, text ? text : &value_empty_string, where,
					  mode >= MODE_ENVOY ? responses : bools, mode >= MODE_ENVOY ? 2 : 1);
	if (!out->program)
		return -1;
	if (!value_str(message).n)
		return 0;
	where = str_format(compiling->arena, "spec.validations[%zu].messageExpression", i);
	out->message_program = expression_compile(compiling, message, where, strings, 1);
	return out->message_program ? 0 : -1;
}

static int validations_compile(struct compiling *compiling)
{
	struct variant *variant = compiling->variant;
	const struct value *list = value_field(variant->spec, "validations");

	variant->validations = arena_array(compiling->arena, value_count(list), sizeof(*variant->validations));
	for (VALUE_EACH(item, list)) {
		if (validation_compile(compiling, item, variant->validation_count,
				       &variant->validations[variant->validation_count]) < 0)
			return -1;
		variant->validation_count++;
	}
	return 0;
}

static int annotations_compile(struct compiling *compiling)
{
	static const struct cel_type *const types[] = { &cel_string, &cel_null };
	struct expressions *out = &compiling->variant->annotations;
	const struct value *list = value_field(compiling->variant->spec, "auditAnnotations");

	out->items = arena_array(compiling->arena, value_count(list), sizeof(*out->items));
	for (VALUE_EACH(item, list)) {
		struct expression *annotation = &out->items[out->count];
		struct str where =
			str_format(compiling->arena, "spec.auditAnnotations[%zu].valueExpression", out->count);
		const struct value *text = value_field(item, "valueExpression");

		*annotation = (struct expression){ .name = value_str(value_field(item, "key")), .at = item };
		annotation->program = expression_compile(compiling, text ? text : &value_empty_string, where, types, 2);
		if (!annotation->program)
			return -1;
		out->count++;
	}
	return 0;
}

static int match_compile(struct compiling *compiling)
{
	struct variant *variant = compiling->variant;
	const struct value *constraints = value_field(variant->spec, "matchConstraints");

	if (!value_is(constraints, VALUE_OBJECT))
		return 0;
	variant->match = resource_match_compile(compiling->arena, constraints, compiling->err);
	return variant->match ? 0 : -1;
}

/* What sees what: in Kyverno, variables that are compiled later are not known to what comes before. */
static int variant_parts(struct compiling *compiling, enum policy_class class)
{
	struct variant *variant = compiling->variant;
	const struct value *spec = variant->spec;
	bool late = class == POLICY_MUTATING || class == POLICY_DELETING;
	bool deletes = class == POLICY_DELETING;

	if (match_compile(compiling) < 0 || (late && variables_compile(compiling) < 0) ||
	    conditions_compile(compiling, value_get(spec, deletes ? STR("conditions") : STR("matchConditions")),
			       deletes ? "spec.conditions" : "spec.matchConditions", &variant->conditions) < 0)
		return -1;
	if (class == POLICY_IMAGE_VALIDATING && images_compile(compiling) < 0)
		return -1;
	if (!late && variables_compile(compiling) < 0)
		return -1;
	if (class == POLICY_GENERATING && generations_compile(compiling) < 0)
		return -1;
	if ((class == POLICY_VALIDATING || class == POLICY_IMAGE_VALIDATING) && validations_compile(compiling) < 0)
		return -1;
	if (!deletes && annotations_compile(compiling) < 0)
		return -1;
	return class == POLICY_MUTATING ? mutations_compile(compiling) : 0;
}

static int variant_add(struct compiling *compiling, struct cel_policy *policy, const struct value *spec,
		       size_t rewriting)
{
	struct variant *variant =
		ARENA_PUSH(compiling->arena, policy->variants, policy->variant_count, policy->variant_capacity);

	*variant = (struct variant){
		.policy = policy,
		.spec = spec,
		.rewriting = rewriting,
		.extracts = rewriting == REWRITE_EXTRACT + 1,
	};
	compiling->variant = variant;
	environment_for_variant(compiling);
	return variant_parts(compiling, policy->class);
}

/* -- policies ------------------------------------------------------------------------------------------------------ */

static const char *const mode_names[MODES] = {
	[MODE_KUBERNETES] = "Kubernetes",
	[MODE_JSON] = "JSON",
	[MODE_ENVOY] = "Envoy",
	[MODE_HTTP] = "HTTP",
};

static int mode_load(struct cel_policy *policy, const struct value *spec, struct error **err)
{
	const struct value *mode = value_path(spec, "evaluation", "mode");

	if (!value_str(mode).n)
		return 0;
	for (size_t i = 0; i < MODES; i++)
		if (str_equal(value_str(mode), str_of(mode_names[i]))) {
			policy->mode = i;
			return 0;
		}
	return error_set_at(err, ERROR_INVALID, value_place(mode),
			    "spec.evaluation.mode \"" STR_FMT "\" is none of Kubernetes, JSON, Envoy, HTTP",
			    STR_ARG(value_str(mode)));
}

static const enum payload payload_of_mode[MODES] = {
	[MODE_KUBERNETES] = PAYLOAD_JSON,
	[MODE_JSON] = PAYLOAD_JSON,
	[MODE_ENVOY] = PAYLOAD_ENVOY,
	[MODE_HTTP] = PAYLOAD_HTTP,
};

static void head_load(struct cel_policy *policy, const struct value *object)
{
	const struct value *annotations = object_annotations(object), *spec = value_field(object, "spec");
	struct policy *head = &policy->head;

	head->dialect = &kyverno_cel_dialect;
	head->object = object;
	head->name = object_name(object);
	head->kind = value_str(value_field(object, "kind"));
	head->title = value_str(value_field(annotations, "policies.kyverno.io/title"));
	head->category = value_str(value_field(annotations, "policies.kyverno.io/category"));
	head->severity = value_str(value_field(annotations, "policies.kyverno.io/severity"));
	head->unscored = str_is(value_str(value_field(annotations, "policies.kyverno.io/scored")), "false");
	head->mutates = policy->class == POLICY_MUTATING;
	policy->namespaced = str_starts_with(head->kind, STR("Namespaced"));
	if (policy->namespaced) {
		head->namespace = object_namespace(object);
		policy->namespace = head->namespace.n ? head->namespace : STR("default");
	}
	if (policy->mode != MODE_KUBERNETES || policy->class == POLICY_DELETING)
		head->payloads = 1u << payload_of_mode[policy->mode];
	policy->ignores_failures = str_is(value_str(value_field(spec, "failurePolicy")), "Ignore");
}

/* A JSON document has no kind, and nothing but Kubernetes has rules for kinds. */
static void kinds_collect(struct arena *arena, struct cel_policy *policy)
{
	struct kind_pattern *kinds = NULL;
	size_t count = 0, capacity = 0;

	if (policy->mode != MODE_KUBERNETES)
		return;
	for (size_t i = 0; i < policy->variant_count; i++)
		if (!policy->variants[i].match ||
		    !resource_match_kinds(arena, policy->variants[i].match, &kinds, &count, &capacity))
			return;
	policy->head.kinds = kinds;
	policy->head.kind_count = count;
}

/* An empty response is what validating and mutating policies give for what one of their variants selects more closely.
 */
static bool is_silent(const struct cel_policy *policy)
{
	bool selects = policy->class == POLICY_VALIDATING || policy->class == POLICY_MUTATING;

	for (size_t i = 0; selects && i < policy->variant_count; i++)
		if (!resource_match_is_simple(policy->variants[i].match))
			return false;
	return true;
}

static int variants_load(struct compiling *compiling, struct cel_policy *policy, const struct value *spec)
{
	const struct value *specs[REWRITINGS];

	for (size_t i = 0; i < REWRITINGS; i++)
		specs[i] =
			policy->mode == MODE_KUBERNETES ? autogen_spec(compiling->arena, policy->class, spec, i) : NULL;
	/* All at once: the types of variables point to their variants. */
	policy->variants = arena_array(compiling->arena, REWRITINGS + 1, sizeof(*policy->variants));
	policy->variant_capacity = REWRITINGS + 1;
	if (variant_add(compiling, policy, spec, 0) < 0)
		return -1;
	for (size_t i = 0; i < REWRITINGS; i++)
		if (specs[i] && variant_add(compiling, policy, specs[i], i + 1) < 0)
			return error_wrap(compiling->err, "as rewritten for the controllers of Pods");
	return 0;
}

static int parts_load(struct compiling *compiling, struct cel_policy *policy, const struct value *object)
{
	const struct value *spec = value_field(object, "spec");

	if (mode_load(policy, spec, compiling->err) < 0)
		return -1;
	head_load(policy, object);
	if (!policy->head.name.n)
		return error_set_at(compiling->err, ERROR_INVALID, value_place(object), "policy without metadata.name");
	if (!value_is(spec, VALUE_OBJECT))
		return error_set_at(compiling->err, ERROR_INVALID, value_place(spec ? spec : object),
				    "the policy has no spec");
	compiling->environment = environment_of(compiling->state, policy, compiling->err);
	policy->environment = compiling->environment;
	return compiling->environment ? variants_load(compiling, policy, spec) : -1;
}

int cel_policy_load(struct policy_set *set, struct cel_state *state, const struct value *object,
		    enum policy_class class, struct error **err)
{
	struct cel_policy *policy = ARENA_NEW(state->arena, struct cel_policy);
	struct compiling compiling = { .state = state, .arena = state->arena, .err = err };

	policy->class = class;
	policy->scratch = state->index;
	if (parts_load(&compiling, policy, object) < 0)
		return error_wrap(err, "policy " STR_FMT, STR_ARG(policy->head.name));
	kinds_collect(state->arena, policy);
	policy->head.silent = is_silent(policy);
	*ARENA_PUSH(state->arena, state->policies, state->policy_count, state->policy_capacity) = policy;
	policy_set_add_policy(set, &policy->head);
	return 0;
}
