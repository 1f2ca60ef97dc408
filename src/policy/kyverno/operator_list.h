/*
 * policy/kyverno/operator_list.h: In, AnyIn and their kin; private to operator.c.
 */
#ifndef POLICY_KYVERNO_OPERATOR_LIST_H
#define POLICY_KYVERNO_OPERATOR_LIST_H

#include "policy/kyverno/operator.h"

/* The deprecated In and NotIn. */
bool condition_in(struct arena *arena, bool negated, const struct value *key, const struct value *value);
/* AnyIn, AllIn, AnyNotIn and AllNotIn. */
bool condition_any_all_in(struct arena *arena, enum condition_operator op, const struct value *key,
			  const struct value *value);

#endif
