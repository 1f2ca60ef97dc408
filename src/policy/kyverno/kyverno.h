/*
 * policy/kyverno/kyverno.h: the expressions of Kyverno's policies, for those who evaluate one outside a policy: its JMESPath functions
 * (kyverno_library) and what it adds to CEL (kyverno_cel_add_functions).
 */
#ifndef POLICY_KYVERNO_KYVERNO_H
#define POLICY_KYVERNO_KYVERNO_H

#include "policy/kyverno/cel/functions.h"
#include "policy/kyverno/functions.h"

#endif
