/*
 * Judging one review by one policy: rule by rule.
 *
 * Semantics: Kyverno v1.19 pkg/engine (engine.go: invokeRuleHandler, validation.go: validate).
 */
#include "policy/kyverno/rule.h"

#include "data/glob.h"
#include "policy/trace.h"

/* -- which rules --------------------------------------------------------------------------------------------------- */

/* Were rules generated for this kind of resource? */
static bool is_generated_for(const struct kyverno_policy *policy, struct str kind)
{
	if (!(str_is(kind, "CronJob") ? policy->generates_cron_job : policy->generates_template))
		return false;
	for (size_t i = 0; i < policy->controller_count; i++)
		if (str_equal(policy->controllers[i], kind))
			return true;
	return false;
}

static bool gate_opens(enum gate gate, bool generated, bool cron_job)
{
	switch (gate) {
	case GATE_NOT_GENERATED:
		return !generated;
	case GATE_TEMPLATE:
		return generated && !cron_job;
	case GATE_CRON_JOB:
		return generated && cron_job;
	default:
		return true;
	}
}

static bool rule_matches(const struct rule *rule, const struct request_base *base)
{
	const struct match_subject *subject = base->object ? &base->subject : &base->old_subject;

	return subject->object && match_holds(rule->match, subject) &&
	       !(rule->exclude && match_excludes(rule->exclude, subject));
}

/* A Policy is about its own namespace. */
static bool in_namespace(const struct kyverno_policy *policy, const struct request_base *base)
{
	if (!policy->namespaced)
		return true;
	if (base->object && !str_equal(base->subject.namespace, policy->namespace))
		return false;
	return !base->old_object || str_equal(base->old_subject.namespace, policy->namespace);
}

/* -- results ------------------------------------------------------------------------------------------------------- */

static bool override_applies(const struct action_override *override, const struct match_subject *subject,
			     struct arena *arena)
{
	bool listed = false;

	if (value_count(override->namespaces)) {
		for (VALUE_EACH(namespace, override->namespaces))
			listed = listed || glob_match(value_str(namespace), subject->namespace);
		if (!listed)
			return false;
	}
	return value_is_null(override->selector) ||
	       match_selector(arena, override->selector, subject->namespace_labels);
}

static bool is_enforced(const struct rule *rule, const struct match_subject *subject, struct arena *arena)
{
	for (size_t i = 0; i < rule->override_count; i++)
		if (override_applies(&rule->overrides[i], subject, arena))
			return rule->overrides[i].enforce;
	return rule->enforce;
}

/* failureAction comes first, then reportProperties. */
static void properties_fill(struct context *context, struct result *result)
{
	const struct rule *rule = context->rule;
	const struct match_subject *subject =
		context->base->object ? &context->base->subject : &context->base->old_subject;
	bool enforced = rule->override_count ? is_enforced(rule, subject, context->arena) : rule->enforce;
	struct property *properties;

	result->properties = rule->properties;
	result->property_count = rule->property_count;
	if (enforced == rule->enforce && !rule->dynamic_property_count)
		return;
	properties =
		arena_array(context->arena, rule->property_count + rule->dynamic_property_count, sizeof(*properties));
	memcpy(properties, rule->properties, rule->property_count * sizeof(*properties));
	properties[0].value = enforced ? STR("Enforce") : STR("Audit");
	for (size_t i = 0; i < rule->dynamic_property_count; i++) {
		_cleanup_(error_freep) struct error *ignored = NULL;
		struct property *property = &properties[result->property_count++];

		property->name = rule->dynamic_properties[i].name;
		property->value = value_str(template_tree(rule->dynamic_properties[i].template));
		template_render_str(rule->dynamic_properties[i].template, &context->substitution, &property->value,
				    &ignored);
	}
	result->properties = properties;
}

static const char *const missing_sources[] = {
	[CONTEXT_CONFIG_MAP] = "ConfigMap that is not among the inputs",
	[CONTEXT_API_CALL] = "cluster",
	[CONTEXT_GLOBAL] = "cluster",
	[CONTEXT_IMAGE_REGISTRY] = "registry (imageRegistry is not supported yet)",
};

/* Entries that only a cluster or a registry could have answered, when that is why there is no verdict. */
static struct str fix_of(struct context *context, const struct verdict *verdict)
{
	const struct context_entries *entries = &context->rule->context;

	if (verdict->outcome != OUTCOME_ERROR || !str_contains(verdict->message, STR("Unknown key")))
		return STR_NULL;
	for (size_t i = 0; i < entries->count; i++) {
		const struct context_entry *entry = &entries->items[i];
		struct str key = str_format(context->arena, "Unknown key \"" STR_FMT "\"", STR_ARG(entry->name));

		if (entry->kind != CONTEXT_VARIABLE && str_contains(verdict->message, key))
			return str_format(context->arena,
					  "context entry " STR_FMT " needs a %s: give its value with --values",
					  STR_ARG(entry->name), missing_sources[entry->kind]);
	}
	return STR_NULL;
}

static void result_fill(struct context *context, const struct verdict *verdict, struct result *result)
{
	const struct rule *rule = context->rule;
	const struct policy *head = &rule->policy->head;
	const struct value *subject = context->object ? context->object : context->old_object;

	result->policy = head->name;
	result->policy_namespace = head->namespace;
	result->policy_kind = head->kind;
	result->rule = rule->name;
	result->outcome = verdict->outcome;
	result->severity = head->severity;
	result->category = head->category;
	result->unscored = head->unscored;
	result->message = verdict->message;
	result->policy_at = rule->at;
	properties_fill(context, result);
	if (verdict->outcome == OUTCOME_PASS || verdict->outcome == OUTCOME_SKIP)
		return;
	result->at = verdict->at ? verdict->at : subject;
	result->path = verdict->path;
	if (!result->path.n && verdict->at)
		result->path = path_of(context->arena, subject, verdict->at);
	result->fix = fix_of(context, verdict);
}

/* -- one rule ------------------------------------------------------------------------------------------------------ */

static bool excepted(struct context *context, const struct exception **exceptions, size_t count,
		     struct verdict *verdict)
{
	struct str text = STR("rule is skipped due to policy exceptions");

	if (!count)
		return false;
	for (size_t i = 0; i < count; i++)
		text = str_format(context->arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? ", " : "",
				  STR_ARG(exceptions[i]->key));
	return verdict_text(verdict, OUTCOME_SKIP, text);
}

static bool handler_run(struct context *context, struct verdict *verdict)
{
	const struct rule *rule = context->rule;
	struct validator validator = { context, &rule->check, .preconditions = rule->preconditions };
	size_t count;
	const struct exception **exceptions = exceptions_matching(context, &count);

	if (rule->handler == HANDLER_POD_SECURITY)
		return pod_security_run(context, exceptions, count, verdict);
	if (rule->handler == HANDLER_CEL)
		return excepted(context, exceptions, count, verdict) || cel_run(context, verdict);
	return excepted(context, exceptions, count, verdict) || validator_run(&validator, verdict);
}

static bool rule_run(struct context *context, struct verdict *verdict)
{
	const struct rule *rule = context->rule;
	struct error *err = NULL;
	struct str message;

	if (rule->policy->match_conditions)
		return verdict_text(verdict, OUTCOME_ERROR,
				    STR("webhookConfiguration.matchConditions is not supported yet"));
	if (rule->handler == HANDLER_UNSUPPORTED)
		return verdict_text(verdict, OUTCOME_ERROR, rule->unsupported);
	if (rule->needs_context) {
		/* Kyverno counts the checkpoints of the policy and of the rule. */
		context->level = 0;
		if (context_add_entries(context, &rule->context, &err) < 0)
			return verdict_error(context, verdict, "failed to load context", err);
	}
	if (rule->preconditions) {
		enum truth truth = conditions_hold(context, rule->preconditions, &message, NULL, &err);

		if (truth == TRUTH_ERROR)
			return verdict_error(context, verdict, "failed to evaluate preconditions", err);
		if (truth == TRUTH_NO)
			return verdict_text(verdict, OUTCOME_SKIP, unmet_text(context->arena, message));
	}
	return handler_run(context, verdict);
}

/* A cap that was hit on the way makes an error, whatever absorbed it. */
static bool limits_check(struct context *context, struct verdict *verdict)
{
	const struct jmespath_context *jmespath = &context->shared->jmespath;

	if (jmespath->steps < jmespath->step_limit)
		return false;
	return verdict_text(verdict, OUTCOME_ERROR, str_format(context->arena, "evaluation took more than %llu steps",
							       (unsigned long long)jmespath->step_limit));
}

/* True when the rule was applied: it passed or failed. */
static bool rule_judge(const struct rule *rule, struct shared *shared, struct request_base *base,
		       struct result_list *results)
{
	struct review *review = shared->review;
	struct context context;
	struct verdict verdict;
	bool responded;

	TRACE(review, TRACE_NOTE, true, NULL, rule->at, "rule " STR_FMT, STR_ARG(rule->name));
	if (!rule_matches(rule, base))
		return false;
	if (review->trace)
		review->trace->depth++;
	context_start(&context, shared, base, rule);
	responded = rule_run(&context, &verdict);
	responded |= limits_check(&context, &verdict);
	if (responded) {
		result_fill(&context, &verdict, result_add(review->arena, results));
		TRACE(review, TRACE_VERDICT, verdict.outcome == OUTCOME_PASS, verdict.at, rule->at, "%s: " STR_FMT,
		      outcome_names[verdict.outcome], STR_ARG(verdict.message));
	} else {
		TRACE(review, TRACE_VERDICT, false, NULL, rule->at,
		      "no response: the rule does not apply to this resource");
	}
	if (review->trace)
		review->trace->depth--;
	return responded && (verdict.outcome == OUTCOME_PASS || verdict.outcome == OUTCOME_FAIL);
}

/* -- the policy ---------------------------------------------------------------------------------------------------- */

static void values_failed(const struct kyverno_policy *policy, struct review *review, struct error *err,
			  struct result_list *results)
{
	struct result *result = result_add(review->arena, results);

	result->policy = policy->head.name;
	result->policy_namespace = policy->head.namespace;
	result->policy_kind = policy->head.kind;
	result->outcome = OUTCOME_ERROR;
	result->message = str_dup(review->arena, str_of(err ? err->message : "unusable values"));
	error_free(err);
}

void policy_judge(const struct policy *head, struct review *review, struct result_list *results)
{
	const struct kyverno_policy *policy = (const struct kyverno_policy *)head;
	struct shared *shared = shared_of(review, policy->scratch);
	bool cron_job = str_is(review->kind.kind, "CronJob");
	bool generated = is_generated_for(policy, review->kind.kind);
	struct error *err = NULL;
	struct request_base *base = request_base_for(shared, policy, &err);

	if (!base) {
		values_failed(policy, review, err, results);
		return;
	}
	if (!in_namespace(policy, base))
		return;
	shared->jmespath.steps = 0;
	shared->jmespath.step_limit = review->budget.steps ? review->budget.steps : STEPS_DEFAULT;
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct rule *rule = &policy->rules[i];

		if (gate_opens(rule->gate, generated, cron_job) && rule_judge(rule, shared, base, results) &&
		    policy->apply_one)
			break;
	}
}
