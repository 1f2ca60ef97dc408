/*
 * policy/kyverno/functions_util.h: what the files of functions share. Private to them.
 */
#ifndef POLICY_KYVERNO_FUNCTIONS_UTIL_H
#define POLICY_KYVERNO_FUNCTIONS_UTIL_H

#include "policy/kyverno/functions.h"

/* What one call may produce. */
#define FUNCTION_RESULT_MAX ((size_t)64 * 1024 * 1024)

#define NUMBER_OR_STRING (JMESPATH_NUMBER | JMESPATH_STRING)

static inline struct str argument_str(const struct jmespath_call *call, size_t i)
{
	return value_str(call->arguments[i]);
}

static inline const struct value *str_result(struct jmespath_call *call, struct str s)
{
	return value_of_str(call->context->arena, s);
}

/* "JMESPath function 'split': …" */
const struct value *function_fail(struct jmespath_call *call, const char *format, ...) PRINTF_LIKE(2, 3);
/* The error that a parser left: its message alone, or behind "JMESPath function 'split': ". */
const struct value *function_pass_error(struct jmespath_call *call, struct error *error, bool prefixed);
const struct value *function_too_large(struct jmespath_call *call);

/*
 * A string as it is, a number as strconv.FormatFloat(x, 'f', -1, 32) prints it, a boolean as its name; false for the
 * rest.
 */
bool function_text(struct arena *arena, const struct value *v, struct str *out);

/* A whole number within int64; false with the reason as Kyverno words it in `why` (which may be NULL). */
bool function_integer(double number, int64_t *out, char why[96]);

/* Hexadecimal digest by OpenSSL's name of the algorithm. */
const struct value *function_digest(struct jmespath_call *call, const char *algorithm);

/* Each in a file of its own. */
const struct value *function_random(struct jmespath_call *call);
const struct value *function_x509_decode(struct jmespath_call *call);
const struct value *function_is_external_url(struct jmespath_call *call);

#endif
