/*
 * ValidatingAdmissionPolicy and MutatingAdmissionPolicy as a policy language of biro.
 */
#include "policy/admissionpolicy/engine.h"

static const char *const kinds[] = {
	"ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding",
	"MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding",
};
static const char *const versions[] = { "v1", "v1beta1", "v1alpha1" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_one_of(struct str text, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(text, str_of(names[i])))
			return true;
	return false;
}

static bool claims(const struct value *object)
{
	struct gvk kind = gvk_of(object);

	return str_is(kind.group, "admissionregistration.k8s.io") && is_one_of(kind.kind, kinds, COUNT(kinds));
}

static struct admission_state *state_of(struct policy_set *set)
{
	void **slot = policy_set_state(set, &admissionpolicy_dialect);
	struct arena *arena = policy_set_arena(set);
	struct admission_state *state = *slot;

	if (state)
		return state;
	*slot = state = ARENA_NEW(arena, struct admission_state);
	for (size_t i = 0; i < 2; i++) {
		map_init(&state->policies[i], arena);
		map_init(&state->broken[i], arena);
	}
	state->base = cel_env_create(arena, CEL_KUBERNETES);
	admission_base_prepare(state->base, ADMISSION_AUTHORIZER);
	return state;
}

/* -- compiling ----------------------------------------------------------------------------------------------------- */

static struct str note_of(const struct value *object, struct str key, struct str other)
{
	const struct value *notes = object_annotations(object);
	struct str text = value_str(value_get(notes, key));

	return text.n ? text : value_str(value_get(notes, other));
}

static void fill_head(struct policy *head, const struct value *object)
{
	head->dialect = &admissionpolicy_dialect;
	head->name = object_name(object);
	head->kind = gvk_of(object).kind;
	head->object = object;
	head->title = note_of(object, STR("biro/title"), STR("policies.kyverno.io/title"));
	head->category = note_of(object, STR("biro/category"), STR("policies.kyverno.io/category"));
	head->severity = note_of(object, STR("biro/severity"), STR("policies.kyverno.io/severity"));
}

/* What its judges will look up. */
static void want_objects(struct policy_set *set, const struct admission_policy *policy)
{
	static const char *const rbac[] = { "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding" };

	policy_set_want(set, STR(""), STR("Namespace"));
	if (policy->head.kind_count == 0 ||
	    (policy->param_kind.kind.n && !known_kind_find(policy->param_kind.group, policy->param_kind.kind)))
		policy_set_want(set, STR("apiextensions.k8s.io"), STR("CustomResourceDefinition"));
	if (policy->param_kind.kind.n)
		policy_set_want(set, policy->param_kind.group, policy->param_kind.kind);
	for (size_t i = 0; rules_ask_authorizer(policy->rules) && i < COUNT(rbac); i++)
		policy_set_want(set, STR("rbac.authorization.k8s.io"), str_of(rbac[i]));
}

/* What the API server would refuse but can be judged by is told later, and judged by. */
static int take_problems(struct admission_policy *policy, const struct problems *problems, struct error **err)
{
	struct error *why = NULL;

	if (problems_report(problems, &why) == 0)
		return 0;
	error_wrap(&why, STR_FMT " " STR_FMT, STR_ARG(policy->head.kind), STR_ARG(policy->head.name));
	if (!problems->fatal_count) {
		policy->refused = str_format(policy->arena, "%s (the API server refuses it)", why->message);
		error_free(why);
		return 0;
	}
	if (err)
		*err = why;
	else
		error_free(why);
	return -1;
}

static int compile_policy(struct policy_set *set, const struct value *object, bool mutating, struct error **err)
{
	struct arena *arena = policy_set_arena(set);
	struct admission_state *state = state_of(set);
	struct admission_policy *policy = ARENA_NEW(arena, struct admission_policy);
	const struct value *spec = value_field(object, "spec"), *param_kind = value_field(spec, "paramKind");
	struct problems problems = { .arena = arena };

	fill_head(&policy->head, object);
	policy->arena = arena;
	policy->state = state;
	policy->mutating = policy->head.mutates = mutating;
	policy->rules = admission_spec_compile(arena, state->base, object, mutating, &policy->env, &problems);
	map_put(&state->broken[mutating], policy->head.name, policy);
	if (take_problems(policy, &problems, err) < 0)
		return -1;
	policy->match = admission_match_compile(arena, value_field(spec, "matchConstraints"), err);
	if (!policy->match)
		return -1;
	policy->head.kinds = admission_match_kinds(arena, policy->match, &policy->head.kind_count);
	policy->ignore = rules_fail_policy_is_ignore(policy->rules);
	policy->reinvoke = str_is(value_str(value_field(spec, "reinvocationPolicy")), "IfNeeded");
	if (!value_is_null(param_kind))
		policy->param_kind = gvk_of(param_kind);
	want_objects(set, policy);
	map_put(&state->policies[mutating], policy->head.name, policy);
	*ARENA_PUSH(arena, state->all, state->count, state->capacity) = policy;
	if (mutating)
		*ARENA_PUSH(arena, state->mutating, state->mutating_count, state->mutating_capacity) = policy;
	policy_set_add_policy(set, &policy->head);
	return 0;
}

static int compile_binding(struct policy_set *set, const struct value *object, struct error **err)
{
	struct arena *arena = policy_set_arena(set);
	struct admission_state *state = state_of(set);
	struct admission_binding *binding = admission_binding_compile(arena, object, err);

	if (!binding)
		return error_wrap(err, STR_FMT " " STR_FMT, STR_ARG(gvk_of(object).kind), STR_ARG(object_name(object)));
	*ARENA_PUSH(arena, state->bindings, state->binding_count, state->binding_capacity) = binding;
	return 0;
}

static int compile(struct policy_set *set, const struct value *object, struct error **err)
{
	struct gvk kind = gvk_of(object);
	bool mutating = str_starts_with(kind.kind, STR("Mutating"));

	if (!is_one_of(kind.version, versions, COUNT(versions)))
		return error_set(err, ERROR_UNSUPPORTED,
				 "admissionregistration.k8s.io has no version \"" STR_FMT
				 "\" that biro knows (v1, v1beta1, v1alpha1)",
				 STR_ARG(kind.version));
	if (str_ends_with(kind.kind, STR("Binding")))
		return compile_binding(set, object, err);
	return compile_policy(set, object, mutating, err);
}

static void link_binding(struct policy_set *set, struct admission_state *state, struct admission_binding *binding)
{
	struct admission_policy *policy = map_get(&state->policies[binding->mutating], binding->policy_name);
	struct arena *arena = policy_set_arena(set);

	if (!policy && map_has(&state->broken[binding->mutating], binding->policy_name))
		return;
	if (!policy) {
		policy_set_complain(
			set, OUTCOME_ERROR, binding->object,
			str_format(arena,
				   "%sAdmissionPolicyBinding " STR_FMT " binds nothing: there is no %sAdmissionPolicy "
				   "\"" STR_FMT "\"",
				   binding->mutating ? "Mutating" : "Validating", STR_ARG(binding->name),
				   binding->mutating ? "Mutating" : "Validating", STR_ARG(binding->policy_name)));
		return;
	}
	for (size_t i = 0; i < policy->binding_count; i++)
		if (policy->bindings[i] == binding)
			return;
	*ARENA_PUSH(arena, policy->bindings, policy->binding_count, policy->binding_capacity) = binding;
}

static void complain_of_unbound(struct policy_set *set, const struct admission_policy *policy)
{
	policy_set_complain(
		set, OUTCOME_WARN, policy->head.object,
		str_format(policy->arena, STR_FMT " " STR_FMT " is not in force: no " STR_FMT "Binding names it",
			   STR_ARG(policy->head.kind), STR_ARG(policy->head.name), STR_ARG(policy->head.kind)));
}

static int seal(struct policy_set *set, struct error **err)
{
	struct admission_state *state = *policy_set_state(set, &admissionpolicy_dialect);

	if (!state)
		return 0;
	for (size_t i = 0; i < state->binding_count; i++)
		link_binding(set, state, state->bindings[i]);
	for (size_t i = 0; i < state->count; i++) {
		if (state->all[i]->refused.n)
			policy_set_complain(set, OUTCOME_ERROR, state->all[i]->head.object, state->all[i]->refused);
		if (!state->all[i]->binding_count)
			complain_of_unbound(set, state->all[i]);
	}
	return 0;
}

/* -- judging ------------------------------------------------------------------------------------------------------- */

/* The API server does not ask policies about policies, nor about who may do what, so that nobody can lock himself out.
 */
static bool is_exempt(const struct review *review)
{
	static const struct {
		const char *group, *resource;
	} exempt[] = {
		{ "admissionregistration.k8s.io", "validatingadmissionpolicies" },
		{ "admissionregistration.k8s.io", "validatingadmissionpolicybindings" },
		{ "admissionregistration.k8s.io", "mutatingadmissionpolicies" },
		{ "admissionregistration.k8s.io", "mutatingadmissionpolicybindings" },
		{ "authentication.k8s.io", "selfsubjectreviews" },
		{ "authentication.k8s.io", "tokenreviews" },
		{ "authorization.k8s.io", "localsubjectaccessreviews" },
		{ "authorization.k8s.io", "selfsubjectaccessreviews" },
		{ "authorization.k8s.io", "selfsubjectrulesreviews" },
		{ "authorization.k8s.io", "subjectaccessreviews" },
	};

	if (!str_ends_with(review->resource.group, STR(".k8s.io")))
		return false;
	for (size_t i = 0; i < COUNT(exempt); i++)
		if (str_equal(review->resource.resource, str_of(exempt[i].resource)) &&
		    str_equal(review->resource.group, str_of(exempt[i].group)))
			return true;
	return false;
}

static void judge(const struct policy *head, struct review *review, struct result_list *results)
{
	const struct admission_policy *policy = (const struct admission_policy *)head;

	if (is_exempt(review))
		return;
	if (policy->mutating)
		admission_judge_mutating(policy->state, review, results);
	else
		admission_judge_validating(policy, review, results);
}

const struct policy_dialect admissionpolicy_dialect = {
	.name = "admissionpolicy",
	.claims = claims,
	.compile = compile,
	.seal = seal,
	.judge = judge,
};
