/*
 * Kyverno's classic policies as a policy language of biro.
 */
#include "policy/kyverno/context.h"

extern const struct policy_dialect kyverno_dialect;

static const char *const policy_kinds[] = { "ClusterPolicy", "Policy" };

/* Kinds of the group that are known but not judged yet. */
static const char *const later_kinds[] = { "CleanupPolicy", "ClusterCleanupPolicy" };

/* Objects of the group that are no policies: an input like any other. */
static const char *const other_kinds[] = { "GlobalContextEntry", "UpdateRequest" };

static const char *const policy_versions[] = { "v1", "v2beta1" };
static const char *const exception_versions[] = { "v2", "v2beta1", "v2alpha1" };

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool is_one_of(struct str text, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(text, str_of(names[i])))
			return true;
	return false;
}

static bool kyverno_claims(const struct value *object)
{
	struct gvk kind = gvk_of(object);

	if (str_is(kind.group, "kyverno.io"))
		return !is_one_of(kind.kind, other_kinds, COUNT(other_kinds));
	return false;
}

static const char *closest(struct str name, const char *const *names, size_t count, size_t *distance)
{
	const char *best = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t d = str_distance(name, str_of(names[i]), 3);

		if (d <= 3 && d < *distance) {
			*distance = d;
			best = names[i];
		}
	}
	return best;
}

static int unknown_kind(struct gvk kind, const struct value *object, struct error **err)
{
	static const char *const ours[] = { "ClusterPolicy", "Policy", "PolicyException" };
	size_t distance = 4;
	const char *best = closest(kind.kind, ours, COUNT(ours), &distance), *later;
	const struct value *at = value_field(object, "kind");

	later = closest(kind.kind, later_kinds, COUNT(later_kinds), &distance);
	if (later)
		best = later;
	if (best)
		return error_set_at(err, ERROR_INVALID, value_place(at),
				    "unknown kind \"" STR_FMT "\" of " STR_FMT " (did you mean \"%s\"?)",
				    STR_ARG(kind.kind), STR_ARG(kind.group), best);
	return error_set_at(err, ERROR_INVALID, value_place(at ? at : object),
			    "unknown kind \"" STR_FMT "\" of " STR_FMT, STR_ARG(kind.kind), STR_ARG(kind.group));
}

static int unknown_version(struct gvk kind, const struct value *object, const char *known, struct error **err)
{
	return error_set_at(err, ERROR_UNSUPPORTED, value_place(value_field(object, "apiVersion")),
			    "version \"" STR_FMT "\" of " STR_FMT " is not known (biro knows %s)",
			    STR_ARG(kind.version), STR_ARG(kind.kind), known);
}

static struct kyverno_state *state_of(struct policy_set *set)
{
	void **slot = policy_set_state(set, &kyverno_dialect);
	struct kyverno_state *state = *slot;

	if (!state) {
		state = ARENA_NEW(policy_set_arena(set), struct kyverno_state);
		state->arena = policy_set_arena(set);
		while (policy_dialects[state->index] != &kyverno_dialect)
			state->index++;
		*slot = state;
	}
	return state;
}

static int kyverno_compile(struct policy_set *set, const struct value *object, struct error **err)
{
	struct gvk kind = gvk_of(object);
	struct kyverno_state *state = state_of(set);

	/* A policy goes through JSON, where 1.0 is written 1. */
	object = value_as_ints(state->arena, object);

	if (is_one_of(kind.kind, policy_kinds, COUNT(policy_kinds))) {
		if (!is_one_of(kind.version, policy_versions, COUNT(policy_versions)))
			return unknown_version(kind, object, "kyverno.io/v1 and kyverno.io/v2beta1", err);
		return policy_load(set, state, object, err);
	}
	if (str_is(kind.kind, "PolicyException")) {
		if (!is_one_of(kind.version, exception_versions, COUNT(exception_versions)))
			return unknown_version(kind, object,
					       "kyverno.io/v2, kyverno.io/v2beta1 and kyverno.io/v2alpha1", err);
		return exception_load(state, object, err);
	}
	if (is_one_of(kind.kind, later_kinds, COUNT(later_kinds)))
		return error_set_at(err, ERROR_UNSUPPORTED, value_place(value_field(object, "kind")),
				    STR_FMT " of " STR_FMT " is not supported yet", STR_ARG(kind.kind),
				    STR_ARG(kind.group));
	return unknown_kind(kind, object, err);
}

static int kyverno_seal(struct policy_set *set, struct error **err)
{
	exceptions_link(state_of(set));
	return 0;
}

const struct policy_dialect kyverno_dialect = {
	.name = "kyverno",
	.claims = kyverno_claims,
	.compile = kyverno_compile,
	.seal = kyverno_seal,
	.prepare = values_map_subresource,
	.judge = policy_judge,
};
