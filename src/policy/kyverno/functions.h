/*
 * policy/kyverno/functions.h: the JMESPath functions that Kyverno adds to the language, and the library with
 * all of them.
 *
 * Semantics: Kyverno v1.19 pkg/engine/jmespath (functions.go, arithmetic.go, time.go). jmespath_context.user is
 * not used.
 */
#ifndef POLICY_KYVERNO_FUNCTIONS_H
#define POLICY_KYVERNO_FUNCTIONS_H

#include "lang/jmespath/jmespath.h"

/* Tables end with name == NULL. */
extern const struct jmespath_function kyverno_string_functions[];       /* functions_string.c: text, regex, encodings */
extern const struct jmespath_function
	kyverno_arithmetic_functions[]; /* functions_arithmetic.c: numbers, quantities, durations */
extern const struct jmespath_function kyverno_time_functions[];         /* functions_time.c */
extern const struct jmespath_function
	kyverno_object_functions[]; /* functions_object.c: lookup, items, parse_*, x509, hashes, images */

/* Standard functions, as Kyverno's fork has them, and the four tables. */
extern const struct jmespath_library kyverno_library;

#endif
