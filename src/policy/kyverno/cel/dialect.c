/*
 * Kyverno's CEL policies (policies.kyverno.io) as a policy language of biro.
 */
#include "policy/kyverno/cel/policy.h"

extern const struct policy_dialect kyverno_cel_dialect;

static const struct policy_kind {
	const char *kind;
	enum policy_class class;
	bool early; /* served in v1alpha1, too */
} policy_kinds[] = {
	{ "ValidatingPolicy", POLICY_VALIDATING, true },
	{ "NamespacedValidatingPolicy", POLICY_VALIDATING, false },
	{ "MutatingPolicy", POLICY_MUTATING, true },
	{ "NamespacedMutatingPolicy", POLICY_MUTATING, false },
	{ "GeneratingPolicy", POLICY_GENERATING, true },
	{ "NamespacedGeneratingPolicy", POLICY_GENERATING, false },
	{ "DeletingPolicy", POLICY_DELETING, true },
	{ "NamespacedDeletingPolicy", POLICY_DELETING, false },
	{ "ImageValidatingPolicy", POLICY_IMAGE_VALIDATING, true },
	{ "NamespacedImageValidatingPolicy", POLICY_IMAGE_VALIDATING, false },
};
#define KINDS (sizeof(policy_kinds) / sizeof(*policy_kinds))
#define EXCEPTION_KIND "PolicyException"

static bool kyverno_cel_claims(const struct value *object)
{
	return str_is(gvk_of(object).group, "policies.kyverno.io");
}

static int unknown_kind(struct gvk kind, const struct value *object, struct error **err)
{
	const struct value *at = value_field(object, "kind");
	const char *best = NULL;
	size_t least = 4;

	for (size_t i = 0; i <= KINDS; i++) {
		const char *name = i < KINDS ? policy_kinds[i].kind : EXCEPTION_KIND;
		size_t distance = str_distance(kind.kind, str_of(name), 3);

		if (distance < least) {
			least = distance;
			best = name;
		}
	}
	if (best)
		return error_set_at(err, ERROR_INVALID, value_place(at),
				    "unknown kind \"" STR_FMT "\" of " STR_FMT " (did you mean \"%s\"?)",
				    STR_ARG(kind.kind), STR_ARG(kind.group), best);
	return error_set_at(err, ERROR_INVALID, value_place(at ? at : object),
			    "unknown kind \"" STR_FMT "\" of " STR_FMT, STR_ARG(kind.kind), STR_ARG(kind.group));
}

static bool version_known(struct str version, bool early)
{
	return str_is(version, "v1") || str_is(version, "v1beta1") || (early && str_is(version, "v1alpha1"));
}

static int unknown_version(struct gvk kind, const struct value *object, bool early, struct error **err)
{
	return error_set_at(err, ERROR_UNSUPPORTED, value_place(value_field(object, "apiVersion")),
			    "version \"" STR_FMT "\" of " STR_FMT
			    " is not known (biro knows policies.kyverno.io/v1, v1beta1%s)",
			    STR_ARG(kind.version), STR_ARG(kind.kind), early ? " and v1alpha1" : "");
}

static struct cel_state *state_of(struct policy_set *set)
{
	void **slot = policy_set_state(set, &kyverno_cel_dialect);
	struct cel_state *state = *slot;

	if (state)
		return state;
	*slot = state = ARENA_NEW(policy_set_arena(set), struct cel_state);
	state->arena = policy_set_arena(set);
	while (policy_dialects[state->index] != &kyverno_cel_dialect)
		state->index++;
	return state;
}

static int kyverno_cel_compile(struct policy_set *set, const struct value *object, struct error **err)
{
	struct gvk kind = gvk_of(object);
	struct cel_state *state = state_of(set);

	if (str_is(kind.kind, EXCEPTION_KIND))
		return version_known(kind.version, true) ? cel_exception_load(state, object, err)
							 : unknown_version(kind, object, true, err);
	for (size_t i = 0; i < KINDS; i++) {
		if (!str_equal(kind.kind, str_of(policy_kinds[i].kind)))
			continue;
		if (!version_known(kind.version, policy_kinds[i].early))
			return unknown_version(kind, object, policy_kinds[i].early, err);
		return cel_policy_load(set, state, object, policy_kinds[i].class, err);
	}
	return unknown_kind(kind, object, err);
}

static int kyverno_cel_seal(struct policy_set *set, struct error **err)
{
	(void)err;
	cel_exceptions_link(state_of(set));
	return 0;
}

const struct policy_dialect kyverno_cel_dialect = {
	.name = "kyverno-cel",
	.claims = kyverno_cel_claims,
	.compile = kyverno_cel_compile,
	.seal = kyverno_cel_seal,
	.judge = cel_policy_judge,
};
