/*
 * validate.cel: a rule as Kubernetes' own admission policies judge it.
 *
 * Semantics: Kyverno v1.19 pkg/engine/handlers/validation/validate_cel.go and CollectParams of pkg/admissionpolicy.
 * Expressions are those of a ValidatingAdmissionPolicy that always fails closed; objects are judged as they are given.
 */
#include "kube/selector.h"
#include "policy/kyverno/rule.h"
#include "policy/trace.h"

struct cel_rule {
	struct admission_env env;
	const struct admission_rules *rules;
	struct gvk param_kind; /* kind empty: no params */
	const struct value *param_ref;
	const struct selector *selector; /* of param_ref; NULL: none */
	struct str passed;
	const struct str *messages; /* of several lines, by validation; empty for the others */
};

/* -- loading ------------------------------------------------------------------------------------------------------- */

static struct cel_env *base_of(struct kyverno_state *state)
{
	if (!state->cel_base) {
		state->cel_base = cel_env_create(state->arena, CEL_KUBERNETES);
		admission_base_prepare(state->cel_base, ADMISSION_AUTHORIZER);
	}
	return state->cel_base;
}

static bool has_line_break(struct str text)
{
	return str_contains(text, STR("\n")) || str_contains(text, STR("\r"));
}

/*
 * The rule's message is that of the expressions without one. Messages of several lines, which Kubernetes does not
 * allow, are kept aside: *messages gets them by number.
 */
static const struct value *validations_of(struct arena *arena, const struct value *expressions,
					  const struct value *message, struct str *messages)
{
	struct array_builder out = { 0 };

	for (VALUE_EACH(item, expressions)) {
		struct object_builder validation = { 0 };
		struct str text = str_trim(value_str(value_field(item, "message")));

		if (!text.n)
			text = str_trim(value_str(message));
		object_start_from(arena, &validation, item);
		object_remove(&validation, STR("message"));
		if (has_line_break(text))
			messages[out.count] = text;
		else if (text.n)
			object_put(arena, &validation, STR("message"), value_of_str(arena, text));
		array_add(arena, &out, object_finish(arena, &validation));
	}
	return array_finish(arena, &out);
}

/* Kyverno does not mind how they are named, Kubernetes does. */
static const struct value *conditions_of(struct arena *arena, const struct value *list)
{
	struct array_builder out = { 0 };

	for (VALUE_EACH(item, list)) {
		struct object_builder condition = { 0 };

		object_start_from(arena, &condition, item);
		object_put(arena, &condition, STR("name"),
			   value_of_str(arena, str_format(arena, "condition-%zu", out.count)));
		array_add(arena, &out, object_finish(arena, &condition));
	}
	return array_finish(arena, &out);
}

/* The rule as the spec of a ValidatingAdmissionPolicy. */
static const struct value *spec_of(struct arena *arena, const struct value *rule, struct str *messages)
{
	const struct value *validate = value_field(rule, "validate"), *cel = value_field(validate, "cel");
	const struct value *message = value_field(validate, "message"),
			   *conditions = value_field(rule, "celPreconditions");
	static const char *const same[] = { "variables", "auditAnnotations", "paramKind" };
	struct object_builder spec = { 0 };

	object_put(arena, &spec, STR("failurePolicy"), value_of_str(arena, STR("Fail")));
	if (conditions)
		object_put(arena, &spec, STR("matchConditions"), conditions_of(arena, conditions));
	for (size_t i = 0; i < sizeof(same) / sizeof(*same); i++)
		if (value_get(cel, str_of(same[i])))
			object_put(arena, &spec, str_of(same[i]), value_get(cel, str_of(same[i])));
	object_put(arena, &spec, STR("validations"),
		   validations_of(arena, value_field(cel, "expressions"), message, messages));
	return object_finish(arena, &spec);
}

static int params_load(struct loader_context *load, const struct value *cel, struct cel_rule *out)
{
	const struct value *kind = value_field(cel, "paramKind"), *selector;

	out->param_ref = value_field(cel, "paramRef");
	if (!value_is(kind, VALUE_OBJECT) || !value_is(out->param_ref, VALUE_OBJECT))
		return 0;
	out->param_kind = gvk_of(kind);
	policy_set_want(load->set, out->param_kind.group, out->param_kind.kind);
	selector = value_field(out->param_ref, "selector");
	if (!value_is(selector, VALUE_OBJECT))
		return 0;
	out->selector = selector_compile(load->arena, selector, load->err);
	return out->selector ? 0 : error_wrap(load->err, "validate.cel.paramRef.selector");
}

int cel_rule_load(struct loader_context *load, const struct value *object, struct rule *rule)
{
	const struct value *cel = value_path(object, "validate", "cel");
	struct cel_rule *out = ARENA_NEW(load->arena, struct cel_rule);
	unsigned declares = ADMISSION_PREPARED | ADMISSION_AUTHORIZER | ADMISSION_VARIABLES;
	struct str *messages =
		arena_zalloc(load->arena, value_count(value_field(cel, "expressions")) * sizeof(*messages));

	rule->handler = HANDLER_CEL;
	rule->cel = out;
	out->messages = messages;
	out->passed = str_format(load->arena, "Validation rule '" STR_FMT "' passed.", STR_ARG(rule->name));
	if (params_load(load, cel, out) < 0)
		return -1;
	if (out->param_kind.kind.n)
		declares |= ADMISSION_PARAMS;
	admission_env_create(load->arena, base_of(load->state), declares, &out->env);
	out->rules = admission_rules_compile(load->arena, &out->env, spec_of(load->arena, object, messages), load->err);
	if (out->rules)
		return 0;
	if (load->err && *load->err)
		error_locate(*load->err, value_place(cel));
	return error_wrap(load->err, "validate.cel");
}

/* -- params -------------------------------------------------------------------------------------------------------- */

struct params {
	const struct value **items;
	size_t count;
	struct str error;
};

/* Where they are looked for; false when there is no such place. */
static bool params_namespace(const struct cel_rule *rule, struct str namespace, struct str *out, struct params *params)
{
	const struct known_kind *known = known_kind_find(rule->param_kind.group, rule->param_kind.kind);
	struct str given = value_str(value_field(rule->param_ref, "namespace"));

	*out = given.n ? given : namespace;
	if (known && !known->namespaced) {
		*out = STR("");
		params->error =
			given.n ? STR("paramRef.namespace must not be provided for a cluster-scoped `paramKind`")
				: STR_NULL;
	} else if (known && !out->n) {
		params->error = STR("can't use namespaced paramRef to match cluster-scoped resources");
	}
	return !params->error.n;
}

static void params_select(const struct cel_rule *rule, const struct store *store, struct arena *arena,
			  struct str namespace, struct params *out)
{
	size_t count = 0;
	const struct value **all =
		store_list(store, arena, rule->param_kind.group, rule->param_kind.kind, namespace, &count);

	out->items = arena_array(arena, count, sizeof(*out->items));
	for (size_t i = 0; i < count; i++)
		if (selector_matches(rule->selector, object_labels(all[i])))
			out->items[out->count++] = all[i];
}

static void params_find(const struct cel_rule *rule, struct review *review, struct str namespace, struct params *out)
{
	const struct store *store = review->lookup ? review->lookup->store : NULL;
	struct str name = value_str(value_field(rule->param_ref, "name"));
	struct arena *arena = review->arena;
	const struct value *found;

	if (!params_namespace(rule, namespace, &namespace, out))
		return;
	if (name.n) {
		found = store_get(store, rule->param_kind.group, rule->param_kind.kind, namespace, name);
		if (!found)
			out->error = str_format(
				arena, STR_FMT "%s" STR_FMT " \"" STR_FMT "\" not found",
				STR_ARG(resource_of_kind(arena, rule->param_kind.group, rule->param_kind.kind)),
				rule->param_kind.group.n ? "." : "", STR_ARG(rule->param_kind.group), STR_ARG(name));
		out->items = arena_copy(arena, &found, sizeof(found));
		out->count = found != NULL;
		return;
	}
	if (rule->selector)
		params_select(rule, store, arena, namespace, out);
	if (!out->count && str_is(value_str(value_field(rule->param_ref, "parameterNotFoundAction")), "Deny"))
		out->error = STR("no params found");
}

/* -- judging ------------------------------------------------------------------------------------------------------- */

/* Values may give a policy another request than the review's own; what was made for that one does not count then. */
static void review_for(struct context *context, struct review *out)
{
	const struct review *review = context->review;

	*out = *review;
	out->object = context->object;
	out->old_object = context->old_object;
	out->operation = context->operation;
	if (out->object != review->object || out->old_object != review->old_object ||
	    out->operation != review->operation)
		memset(out->scratch, 0, sizeof(out->scratch));
}

/* A message of several lines stands for the text that Kubernetes makes when there is none. */
static struct str denial_text(const struct cel_rule *rule, const struct admission_decision *decision)
{
	if (decision->failed || decision->validation == SIZE_MAX || !rule->messages[decision->validation].n ||
	    !str_starts_with(decision->message, STR("failed expression: ")))
		return decision->message;
	return rule->messages[decision->validation];
}

/* True when these params settle it. */
static bool decisions_settle(const struct cel_rule *rule, const struct admission_decisions *decisions,
			     struct verdict *verdict)
{
	if (!decisions->matched && !decisions->count)
		return verdict_text(verdict, OUTCOME_SKIP, STR("cel preconditions not met"));
	for (size_t i = 0; i < decisions->count; i++) {
		const struct admission_decision *decision = &decisions->items[i];

		if (decision->verdict == ADMISSION_ADMIT && decision->failed)
			return verdict_text(verdict, OUTCOME_ERROR, decision->message);
		if (decision->verdict != ADMISSION_ADMIT)
			return verdict_text(verdict, OUTCOME_FAIL, denial_text(rule, decision));
	}
	return false;
}

bool cel_run(struct context *context, struct verdict *verdict)
{
	const struct cel_rule *rule = context->rule->cel;
	const struct value *none = NULL;
	struct params params = { &none, 1, STR_NULL };
	struct review review;

	review_for(context, &review);
	if (rule->param_kind.kind.n) {
		params = (struct params){ 0 };
		params_find(rule, &review, object_namespace(context->object ? context->object : context->old_object),
			    &params);
	}
	if (params.error.n)
		return verdict_text(
			verdict, OUTCOME_ERROR,
			str_format(context->arena, "error in parameterized resource: " STR_FMT, STR_ARG(params.error)));
	for (size_t i = 0; i < params.count; i++) {
		struct admission_decisions decisions = { 0 };

		admission_rules_judge(rule->rules, &review, params.items[i], false, &decisions);
		if (decisions_settle(rule, &decisions, verdict))
			return true;
	}
	return verdict_text(verdict, OUTCOME_PASS, rule->passed);
}
