/*
 * PolicyExceptions of policies.kyverno.io: loading, and which are in force.
 *
 * Semantics: Kyverno v1.19 api/policies.kyverno.io (PolicyException) and evaluateWithData of
 * pkg/cel/policies/vpol/compiler. One that names images or values does not let a resource pass: policies read these as
 * `exceptions`.
 */
#include "data/instant.h"
#include "policy/kyverno/cel/policy.h"
#include "policy/trace.h"

#define PRIORITY_LABEL "polex.kyverno.io/priority"

/* -- loading ------------------------------------------------------------------------------------------------------- */

static int expiry_load(const struct value *expires, int64_t *out, struct error **err)
{
	struct instant instant;

	*out = INT64_MAX;
	if (value_is_null(expires))
		return 0;
	if (instant_parse_rfc3339(value_str(expires), &instant, NULL) < 0)
		return error_set_at(err, ERROR_INVALID, value_place(expires),
				    "spec.expiresAt is no time like 2026-01-02T15:04:05Z");
	*out = instant.seconds;
	return 0;
}

int cel_exception_load(struct cel_state *state, const struct value *object, struct error **err)
{
	struct policy_exception *exception = ARENA_NEW(state->arena, struct policy_exception);
	const struct value *spec = value_field(object, "spec"), *refs = value_field(spec, "policyRefs");
	struct str name = object_name(object), namespace = object_namespace(object);

	exception->object = object;
	exception->key =
		namespace.n ? str_format(state->arena, STR_FMT "/" STR_FMT, STR_ARG(namespace), STR_ARG(name)) : name;
	exception->conditions = value_field(spec, "matchConditions");
	exception->images = value_field(spec, "images");
	exception->allowed_values = value_field(spec, "allowedValues");
	exception->full = !value_count(exception->images) && !value_count(exception->allowed_values);
	exception->reports_pass = str_is(value_str(value_field(spec, "reportResult")), "pass");
	str_to_int64(value_str(value_field(object_labels(object), PRIORITY_LABEL)), &exception->priority);
	if (!value_count(refs)) {
		error_set_at(err, ERROR_INVALID, value_place(object), "spec.policyRefs names no policy");
		return error_wrap(err, "policy exception " STR_FMT, STR_ARG(exception->key));
	}
	if (expiry_load(value_field(spec, "expiresAt"), &exception->expires, err) < 0)
		return error_wrap(err, "policy exception " STR_FMT, STR_ARG(exception->key));
	*ARENA_PUSH(state->arena, state->exceptions, state->exception_count, state->exception_capacity) = exception;
	return 0;
}

static bool names_policy(const struct policy_exception *exception, const struct policy *policy)
{
	for (VALUE_EACH(ref, value_path(exception->object, "spec", "policyRefs")))
		if (str_equal(value_str(value_field(ref, "name")), policy->name) &&
		    str_equal(value_str(value_field(ref, "kind")), policy->kind))
			return true;
	return false;
}

/* A condition that does not compile breaks the policy that it is for, as in Kyverno. */
static void exception_link(struct cel_state *state, struct variant *variant, const struct policy_exception *exception)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct compiling compiling = {
		.state = state,
		.arena = state->arena,
		.variant = variant,
		.err = &err,
		.environment = environment_of(state, variant->policy, NULL),
	};
	struct linked_exception linked = { .exception = exception };

	if (conditions_compile(&compiling, exception->conditions, "spec.matchConditions", &linked.conditions) < 0) {
		variant->broken = str_format(state->arena, "policy exception " STR_FMT ": %s", STR_ARG(exception->key),
					     err ? err->message : "it does not compile");
		return;
	}
	*ARENA_PUSH(state->arena, variant->exceptions, variant->exception_count, variant->exception_capacity) = linked;
}

void cel_exceptions_link(struct cel_state *state)
{
	for (size_t i = 0; i < state->policy_count; i++) {
		struct cel_policy *policy = state->policies[i];

		for (size_t j = 0; j < policy->variant_count; j++) {
			policy->variants[j].exception_count = 0;
			policy->variants[j].broken = STR_NULL;
			for (size_t k = 0; k < state->exception_count; k++)
				if (names_policy(state->exceptions[k], &policy->head))
					exception_link(state, &policy->variants[j], state->exceptions[k]);
		}
	}
}

/* -- in force ------------------------------------------------------------------------------------------------------ */

struct lists {
	struct array_builder images, values;
};

static void lists_add(struct arena *arena, struct lists *lists, const struct policy_exception *exception)
{
	for (VALUE_EACH(image, exception->images))
		array_add(arena, &lists->images, image);
	for (VALUE_EACH(value, exception->allowed_values))
		array_add(arena, &lists->values, value);
}

static void lists_bind(struct evaluation *evaluation, struct lists *lists)
{
	uint32_t slot = evaluation->variant->policy->environment->exceptions;
	struct arena *arena = evaluation->review->arena;
	struct object_builder object = { 0 };

	if (slot == CEL_ABSENT)
		return;
	object_put(arena, &object, STR("allowedImages"), array_finish(arena, &lists->images));
	object_put(arena, &object, STR("allowedValues"), array_finish(arena, &lists->values));
	evaluation->slots[slot] = cel_of_data(object_finish(arena, &object));
}

/* No exception at all: what `exceptions` is nearly always. */
static const struct member no_lists[] = {
	{ { .type = VALUE_STRING, .length = 13, .u.text = "allowedImages" }, { .type = VALUE_ARRAY } },
	{ { .type = VALUE_STRING, .length = 13, .u.text = "allowedValues" }, { .type = VALUE_ARRAY } },
};
static const struct value no_exceptions = { .type = VALUE_OBJECT, .length = 2, .u.members = no_lists };

static bool expired(const struct policy_exception *exception)
{
	return exception->expires != INT64_MAX && exception->expires < instant_now().seconds;
}

static bool exceptions_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct variant *variant = evaluation->variant;
	struct arena *arena = evaluation->review->arena;
	struct lists lists = { { 0 }, { 0 } };
	bool deletes = variant->policy->class == POLICY_DELETING, full = false;

	verdict->exceptions = arena_array(arena, variant->exception_count, sizeof(*verdict->exceptions));
	for (size_t i = 0; i < variant->exception_count; i++) {
		const struct policy_exception *exception = variant->exceptions[i].exception;
		struct str message;
		int holds;

		if (expired(exception))
			continue;
		holds = clauses_hold(evaluation, &variant->exceptions[i].conditions, &message);
		TRACE(evaluation->review, TRACE_MATCH, holds > 0, NULL, exception->object, "exception " STR_FMT ": %s",
		      STR_ARG(exception->key), holds > 0 ? "yes" : "no");
		if (holds < 0 && !full) {
			verdict->conclusion = CONCLUSION_BROKEN;
			verdict->message = message;
			return false;
		}
		if (holds <= 0)
			continue;
		verdict->exceptions[verdict->exception_count++] = exception;
		if (exception->full || deletes)
			full = true;
		else if (!full)
			lists_add(arena, &lists, exception);
	}
	if (full) {
		verdict->conclusion = CONCLUSION_EXCEPTED;
		return false;
	}
	lists_bind(evaluation, &lists);
	return true;
}

bool exceptions_pass(struct evaluation *evaluation, struct verdict *verdict)
{
	uint32_t slot = evaluation->variant->policy->environment->exceptions;

	if (evaluation->variant->exception_count)
		return exceptions_run(evaluation, verdict);
	if (slot != CEL_ABSENT)
		evaluation->slots[slot] = cel_of_data(&no_exceptions);
	return true;
}
