/* The policy languages that biro speaks: one line each. */
#include "policy/policy.h"

extern const struct policy_dialect kyverno_dialect, podsecurity_dialect;

const struct policy_dialect *const policy_dialects[] = {
	&kyverno_dialect,
	&podsecurity_dialect,
	NULL,
};
