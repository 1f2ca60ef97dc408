/*
 * Judges a request by one ValidatingAdmissionPolicy: every binding that is about it, with each of its params.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/policy/validating/dispatcher.go. The API server reports the
 * first denial only; here each validation has its result.
 */
#include "policy/admissionpolicy/engine.h"
#include "policy/trace.h"

/* -- texts --------------------------------------------------------------------------------------------------------- */

struct str admission_denial_text(struct arena *arena, struct str policy, struct str binding, struct str message)
{
	if (!binding.n)
		return str_format(arena, "ValidatingAdmissionPolicy '" STR_FMT "' denied request: " STR_FMT,
				  STR_ARG(policy), STR_ARG(message));
	return str_format(arena,
			  "ValidatingAdmissionPolicy '" STR_FMT "' with binding '" STR_FMT "' denied request: " STR_FMT,
			  STR_ARG(policy), STR_ARG(binding), STR_ARG(message));
}

struct str admission_forbidden_text(struct arena *arena, const struct review *review, struct str text)
{
	struct str name = review->name.n ? review->name : object_generate_name(review->object);

	return str_format(arena, STR_FMT "%s" STR_FMT " \"" STR_FMT "\" is forbidden: " STR_FMT,
			  STR_ARG(review->resource.resource), review->resource.group.n ? "." : "",
			  STR_ARG(review->resource.group), STR_ARG(name.n ? name : STR("Unknown/errors")),
			  STR_ARG(text));
}

/* -- results ------------------------------------------------------------------------------------------------------- */

static struct str note_of(const struct value *object, struct str key)
{
	return value_str(value_get(object_annotations(object), key));
}

struct result *admission_result_add(const struct admission_policy *policy, const struct admission_binding *binding,
				    struct review *review, struct result_list *results)
{
	struct result *result = result_add(review->arena, results);
	struct property *properties;

	result->policy = policy->head.name;
	result->policy_kind = policy->head.kind;
	result->severity = policy->head.severity;
	result->category = policy->head.category;
	result->fix = note_of(policy->head.object, STR("biro/fix"));
	result->policy_at = policy->head.object;
	if (binding && binding->name.n) {
		properties = arena_array(review->arena, 1, sizeof(*properties));
		properties[0] = (struct property){ STR("binding"), binding->name };
		result->properties = properties;
		result->property_count = 1;
	}
	return result;
}

void admission_result_note(struct review *review, struct result *result, struct str name, struct str value)
{
	struct property *properties = arena_array(review->arena, result->property_count + 1, sizeof(*properties));

	if (result->property_count)
		memcpy(properties, result->properties, result->property_count * sizeof(*properties));
	properties[result->property_count++] = (struct property){ name, value };
	result->properties = properties;
}

/* The policy or binding itself does not work for this request. */
static void report_unusable(const struct admission_policy *policy, const struct admission_binding *binding,
			    struct review *review, struct str error, struct result_list *results)
{
	struct result *result = admission_result_add(policy, binding, review, results);

	result->rule = binding ? STR("binding") : STR("policy");
	result->message = str_format(review->arena, "failed to configure %s: " STR_FMT, binding ? "binding" : "policy",
				     STR_ARG(error));
	result->outcome = policy->ignore ? OUTCOME_SKIP : OUTCOME_ERROR;
	if (binding)
		result->policy_at = binding->object;
	if (policy->ignore)
		result->message =
			str_concat(review->arena, result->message, STR(" (ignored: failurePolicy is Ignore)"));
}

static void report_skip(const struct admission_policy *policy, const struct admission_binding *binding,
			struct review *review, struct str rule, struct str message, struct result_list *results)
{
	struct result *result = admission_result_add(policy, binding, review, results);

	result->rule = rule;
	result->outcome = OUTCOME_SKIP;
	result->message = message;
}

/* An only validation goes by the policy's name, as a validation of Kyverno's does: its index tells nobody anything. */
static struct str rule_of(const struct admission_policy *policy, struct review *review,
			  const struct admission_decision *decision)
{
	if (decision->annotation.n)
		return str_format(review->arena, "auditAnnotations." STR_FMT, STR_ARG(decision->annotation));
	if (decision->validation == SIZE_MAX)
		return STR("policy");
	if (value_count(value_path(policy->head.object, "spec", "validations")) == 1)
		return policy->head.name;
	return str_format(review->arena, "validations[%zu]", decision->validation);
}

/*
 * What a denial comes to for whoever reads results: a binding that only warns or audits lets the request through, so
 * that is a warning; an expression that failed is an error.
 */
static enum outcome outcome_of(const struct admission_binding *binding, const struct admission_decision *decision)
{
	if (decision->verdict == ADMISSION_ADMIT)
		return OUTCOME_PASS;
	if (!decision->annotation.n && !(binding->actions & ACTION_DENY))
		return OUTCOME_WARN;
	return decision->verdict == ADMISSION_ERROR ? OUTCOME_ERROR : OUTCOME_FAIL;
}

/* Who asks is not known offline; say so where that is why an expression failed. */
static bool lacks_user(const struct review *review, const struct admission_decision *decision)
{
	return decision->failed && !review->user && str_contains(decision->message, STR("request.userInfo"));
}

static void report_decision(const struct admission_policy *policy, const struct admission_binding *binding,
			    struct review *review, const struct admission_decision *decision,
			    struct result_list *results)
{
	struct result *result = admission_result_add(policy, binding, review, results);

	result->rule = rule_of(policy, review, decision);
	result->outcome = outcome_of(binding, decision);
	result->message = decision->message;
	if (decision->policy_at)
		result->policy_at = decision->policy_at;
	if (lacks_user(review, decision))
		result->fix = STR("say who asks with --userinfo");
	if (decision->verdict == ADMISSION_ADMIT) {
		if (decision->failed)
			result->message = str_concat(review->arena, decision->message,
						     STR(" (ignored: failurePolicy is Ignore)"));
		return;
	}
	if (binding->actions & ACTION_AUDIT)
		admission_result_note(review, result, STR("audit"), STR("true"));
	if (decision->verdict == ADMISSION_DENY && !str_is(decision->reason, "Invalid"))
		admission_result_note(review, result, STR("reason"), decision->reason);
}

static void report_annotations(const struct admission_policy *policy, const struct admission_binding *binding,
			       struct review *review, const struct admission_decisions *decisions, size_t first,
			       struct result_list *results)
{
	struct result *result;

	if (!decisions->annotation_count)
		return;
	if (results->count == first) {
		result = admission_result_add(policy, binding, review, results);
		result->rule = STR("auditAnnotations");
		result->outcome = OUTCOME_PASS;
	}
	result = &results->items[first];
	for (size_t i = 0; i < decisions->annotation_count; i++)
		admission_result_note(review, result,
				      str_format(review->arena, STR_FMT "/" STR_FMT, STR_ARG(policy->head.name),
						 STR_ARG(decisions->annotations[i].name)),
				      decisions->annotations[i].value);
}

static void report(const struct admission_policy *policy, const struct admission_binding *binding,
		   struct review *review, const struct admission_decisions *decisions, struct result_list *results)
{
	size_t first = results->count;

	if (!decisions->matched) {
		report_skip(policy, binding, review, STR("matchConditions"),
			    str_format(review->arena, "matchCondition \"" STR_FMT "\" is not met",
				       STR_ARG(decisions->unmatched)),
			    results);
		return;
	}
	for (size_t i = 0; i < decisions->count; i++)
		report_decision(policy, binding, review, &decisions->items[i], results);
	report_annotations(policy, binding, review, decisions, first, results);
}

/* -- judging ------------------------------------------------------------------------------------------------------- */

static void judge_with(const struct admission_policy *policy, const struct admission_binding *binding,
		       const struct admission_matched *as, struct review *review, const struct value *param,
		       struct result_list *results)
{
	struct cel_value *slots = arena_array(review->arena, policy->env.slots, sizeof(*slots));
	struct admission_decisions decisions;

	/* Kyverno's tests judge objects as they are written. */
	admission_bind_as(&policy->env, review, as, param, !review->only_object, slots, policy->env.slots);
	if (param)
		TRACE(review, TRACE_NOTE, true, param, binding ? binding->object : NULL, "params: " STR_FMT,
		      STR_ARG(object_name(param)));
	rules_validate(policy->rules, review, slots, &decisions);
	report(policy, binding, review, &decisions, results);
}

static void judge_binding(const struct admission_policy *policy, const struct admission_binding *binding,
			  const struct admission_matched *as, struct review *review, struct result_list *results)
{
	struct admission_params params;
	bool matched = !binding->match || admission_match_review(binding->match, review);

	TRACE(review, TRACE_MATCH, matched, NULL, binding->object, "binding " STR_FMT, STR_ARG(binding->name));
	if (!matched)
		return;
	admission_params_collect(policy, binding, review, &params);
	if (params.error.n) {
		report_unusable(policy, binding, review, params.error, results);
		return;
	}
	if (params.count == 0)
		report_skip(policy, binding, review, STR("paramRef"),
			    STR("no params found, which the binding allows (parameterNotFoundAction: Allow)"), results);
	for (size_t i = 0; i < params.count; i++)
		judge_with(policy, binding, as, review, params.items[i], results);
}

/* Judged as if it were bound everywhere, to every param of its kind at hand. */
static void judge_unbound(const struct admission_policy *policy, const struct admission_matched *as,
			  struct review *review, struct result_list *results)
{
	static const struct admission_binding assumed = { .name = { "", 0 }, .actions = ACTION_DENY };
	const struct store *store = review->lookup ? review->lookup->store : NULL;
	size_t count = 0;
	const struct value **params = NULL;

	if (!review->lookup || !review->lookup->assume_bound) {
		report_skip(policy, NULL, review, STR("policy"),
			    STR("not in force: no ValidatingAdmissionPolicyBinding names this policy (--assume-bound "
				"judges by it "
				"all the same)"),
			    results);
		return;
	}
	if (policy->param_kind.kind.n)
		params = store_list(store, review->arena, policy->param_kind.group, policy->param_kind.kind, STR(""),
				    &count);
	if (!count)
		judge_with(policy, &assumed, as, review, NULL, results);
	for (size_t i = 0; i < count; i++)
		judge_with(policy, &assumed, as, review, params[i], results);
}

void admission_judge_validating(const struct admission_policy *policy, struct review *review,
				struct result_list *results)
{
	struct admission_matched as;
	bool matched = admission_match_find(policy->match, review, &as);
	struct str problem;

	/* Kyverno's command line goes by the bindings alone, where there are any. */
	if (review->only_object && policy->binding_count)
		matched = true;
	TRACE(review, TRACE_MATCH, matched, NULL, policy->head.object, "matchConstraints of " STR_FMT,
	      STR_ARG(policy->head.name));
	if (!matched)
		return;
	if (policy->binding_count == 0) {
		judge_unbound(policy, &as, review, results);
		return;
	}
	problem = admission_params_problem(policy, review);
	if (problem.n) {
		report_unusable(policy, NULL, review, problem, results);
		return;
	}
	for (size_t i = 0; i < policy->binding_count; i++)
		judge_binding(policy, policy->bindings[i], &as, review, results);
}
