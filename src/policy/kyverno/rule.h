/*
 * policy/kyverno/rule.h: what a rule comes to for one resource; private to the folder.
 */
#ifndef POLICY_KYVERNO_RULE_H
#define POLICY_KYVERNO_RULE_H

#include "policy/kyverno/context.h"

/* Kyverno's RuleResponse, with the place that it is about. */
struct verdict {
	enum outcome outcome;
	struct str message;
	struct str path;                /* in the judged object; may be empty */
	const struct value *at;         /* may be NULL */
};

/* One level of checking: the rule itself, or one element of a foreach. */
struct validator {
	struct context *context;
	const struct check *check;
	const struct context_entries *entries;  /* of a foreach; NULL for the rule: they are loaded already */
	const struct conditions *preconditions;
	int nesting;                            /* 0: the rule; inside n loops: n */
	/* What variables have become; kept, so that an old object is checked against the same pattern. */
	const struct value *pattern, *any_pattern;
};

/* Each returns false for no response at all. */
bool validator_run(struct validator *validator, struct verdict *verdict);
bool foreach_run(struct validator *validator, struct verdict *verdict);
bool cel_run(struct context *context, struct verdict *verdict);
bool pod_security_run(struct context *context, const struct exception **exceptions, size_t exception_count,
		      struct verdict *verdict);

/*
 * allowExistingViolations: a failed update of an object that violated the rule before is skipped. `run` judges again,
 * with the old object in the place of the new one.
 */
void forgive_old_violation(struct context *context, bool (*run)(void *user, struct verdict *verdict), void *user,
			   struct verdict *verdict);

/* "what: why" as an error; frees err. */
bool verdict_error(struct context *context, struct verdict *verdict, const char *what, struct error *err);
bool verdict_text(struct verdict *verdict, enum outcome outcome, struct str message);
/* "preconditions not met", with the messages of the conditions. */
struct str unmet_text(struct arena *arena, struct str message);

#endif
