/*
 * policy/builtin/builtin.h: names of fields in Pods and in the templates of workloads.
 *
 * In: an API object. Out: a `warn` of policy "biro", rule "unknown-field", for each field that Kubernetes 1.36 would
 * drop
 * ("strict decoding: unknown field") with the name or the place that was probably meant, and an `error`, rule
 * "required-field", for a Pod without containers, which Kubernetes refuses. A short, hand-written schema for the
 * mistakes that weaken a Pod silently: what is below fields that it does not list is not looked at.
 */
#ifndef POLICY_BUILTIN_BUILTIN_H
#define POLICY_BUILTIN_BUILTIN_H

#include "policy/policy.h"

/* Strings of the results live in the arena or in the object. */
void fields_check(struct arena *arena, const struct value *object, struct result_list *results);

#endif
