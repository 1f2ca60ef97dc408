/*
 * policy/kyverno/operator.h: the operators of conditions (preconditions, deny).
 *
 * Semantics: Kyverno v1.19 pkg/engine/variables/operator. Names are case-insensitive.
 */
#ifndef POLICY_KYVERNO_OPERATOR_H
#define POLICY_KYVERNO_OPERATOR_H

#include "data/value.h"

enum condition_operator {
	CONDITION_EQUALS,               /* Equal, Equals */
	CONDITION_NOT_EQUALS,           /* NotEqual, NotEquals */
	CONDITION_IN, CONDITION_NOT_IN, /* deprecated */
	CONDITION_ANY_IN, CONDITION_ALL_IN, CONDITION_ANY_NOT_IN, CONDITION_ALL_NOT_IN,
	CONDITION_GREATER_THAN, CONDITION_GREATER_THAN_OR_EQUALS, CONDITION_LESS_THAN, CONDITION_LESS_THAN_OR_EQUALS,
	CONDITION_DURATION_GREATER_THAN, CONDITION_DURATION_GREATER_THAN_OR_EQUALS, /* deprecated */
	CONDITION_DURATION_LESS_THAN, CONDITION_DURATION_LESS_THAN_OR_EQUALS,
	/*
	 * One of the eight above in another case ("greaterthan"): Kyverno takes the name, but then compares it exactly,
	 * and so the condition never holds.
	 */
	CONDITION_NEVER,
};

/* False for an unknown name; *suggestion (if not NULL) is then the closest known one or NULL. */
bool condition_operator_parse(struct str name, enum condition_operator *out, const char **suggestion);
extern const char *const condition_operator_names[];

/* key OPERATOR value, both already substituted; NULL is null. */
bool condition_holds(struct arena *arena, enum condition_operator op, const struct value *key,
		     const struct value *value);

#endif
