/* The policy languages that biro speaks: one line each. */
#include "policy/policy.h"

extern const struct policy_dialect admissionpolicy_dialect, kyverno_dialect, kyverno_cel_dialect, podsecurity_dialect, builtin_dialect,
	crd_dialect;

const struct policy_dialect *const policy_dialects[] = {
	&kyverno_dialect,
	&kyverno_cel_dialect,
	&admissionpolicy_dialect,
	&podsecurity_dialect,
	&builtin_dialect,
	&crd_dialect,
	NULL,
};
