/*
 * PolicyExceptions: loading, and which of them are in force.
 *
 * Semantics: Kyverno v1.19 api/kyverno/v2 (PolicyException), pkg/engine/utils/exceptions.go, pkg/exceptions.
 */
#include "policy/kyverno/context.h"

#include "data/glob.h"
#include "policy/trace.h"

int exception_load(struct kyverno_state *state, const struct value *object, struct error **err)
{
	struct loader_context load = { .arena = state->arena, .err = err };
	struct exception *exception = ARENA_NEW(state->arena, struct exception);
	const struct value *spec = value_field(object, "spec"), *match = value_field(spec, "match");
	struct str name = object_name(object), namespace = object_namespace(object);

	exception->object = object;
	exception->key =
		namespace.n ? str_format(state->arena, STR_FMT "/" STR_FMT, STR_ARG(namespace), STR_ARG(name)) : name;
	exception->exceptions = value_field(spec, "exceptions");
	if (value_count(value_field(spec, "podSecurity")))
		exception->pod_security = value_field(spec, "podSecurity");
	if (!value_is(match, VALUE_OBJECT)) {
		error_set_at(err, ERROR_INVALID, value_place(object), "spec.match is missing");
		return error_wrap(err, "policy exception " STR_FMT, STR_ARG(exception->key));
	}
	if (match_load(&load, match, &exception->match) < 0 ||
	    conditions_load(&load, value_field(spec, "conditions"), true, &exception->conditions) < 0)
		return error_wrap(err, "policy exception " STR_FMT, STR_ARG(exception->key));
	*ARENA_PUSH(state->arena, state->exceptions, state->exception_count, state->exception_capacity) = exception;
	return 0;
}

static bool names_rule(const struct exception *exception, struct str policy, struct str rule)
{
	for (VALUE_EACH(entry, exception->exceptions)) {
		if (!str_equal(value_str(value_field(entry, "policyName")), policy))
			continue;
		for (VALUE_EACH(name, value_field(entry, "ruleNames")))
			if (glob_match(value_str(name), rule))
				return true;
	}
	return false;
}

static void rule_link(struct kyverno_state *state, struct rule *rule)
{
	rule->exception_count = 0;
	for (size_t i = 0; i < state->exception_count; i++)
		if (names_rule(state->exceptions[i], rule->policy->key, rule->name))
			*ARENA_PUSH(state->arena, rule->exceptions, rule->exception_count, rule->exception_capacity) =
				state->exceptions[i];
}

void exceptions_link(struct kyverno_state *state)
{
	for (size_t i = 0; i < state->policy_count; i++)
		for (size_t j = 0; j < state->policies[i]->rule_count; j++)
			rule_link(state, &state->policies[i]->rules[j]);
}

static bool is_in_force(struct context *context, const struct exception *exception, const struct match_subject *subject)
{
	_cleanup_(error_freep) struct error *ignored = NULL;

	if (!match_holds_for_exception(exception->match, subject))
		return false;
	/* Conditions that cannot be evaluated except nothing. */
	return !exception->conditions ||
	       conditions_hold_for_exception(context, exception->conditions, &ignored) == TRUTH_YES;
}

const struct exception **exceptions_matching(struct context *context, size_t *count)
{
	const struct rule *rule = context->rule;
	const struct match_subject *subject =
		context->base->object ? &context->base->subject : &context->base->old_subject;
	const struct exception **matching = NULL;

	*count = 0;
	if (!rule->exception_count || !subject->object)
		return NULL;
	matching = arena_array(context->arena, rule->exception_count, sizeof(*matching));
	for (size_t i = 0; i < rule->exception_count; i++) {
		bool holds = is_in_force(context, rule->exceptions[i], subject);

		TRACE(context->review, TRACE_MATCH, holds, subject->object, rule->exceptions[i]->object,
		      "exception " STR_FMT ": %s", STR_ARG(rule->exceptions[i]->key), holds ? "yes" : "no");
		if (holds)
			matching[(*count)++] = rule->exceptions[i];
	}
	return matching;
}
