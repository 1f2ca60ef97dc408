/* Helpers of the functions, and the library with all of them. */
#include "policy/kyverno/functions_util.h"

#include <math.h>

#include "base/buf.h"
#include "policy/kyverno/gotext.h"

static const struct jmespath_function *const tables[] = {
	kyverno_string_functions, kyverno_arithmetic_functions, kyverno_time_functions, kyverno_object_functions,
	jmespath_standard_functions, NULL,
};

const struct jmespath_library kyverno_library = { .tables = tables };

/* -- errors ------------------------------------------------------------------------------------------------------ */

const struct value *function_fail(struct jmespath_call *call, const char *format, ...)
{
	struct buf message = { 0 };
	va_list args;

	if (!call->err)
		return NULL;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	jmespath_fail(call, "JMESPath function '%s': " STR_FMT, call->function->name, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return NULL;
}

const struct value *function_pass_error(struct jmespath_call *call, struct error *error, bool prefixed)
{
	const char *message = error ? error->message : "failed";

	if (prefixed)
		function_fail(call, "%s", message);
	else
		jmespath_fail(call, "%s", message);
	error_free(error);
	return NULL;
}

const struct value *function_too_large(struct jmespath_call *call)
{
	return function_fail(call, "the result is larger than %zu MiB", FUNCTION_RESULT_MAX >> 20);
}

/* -- numbers ----------------------------------------------------------------------------------------------------- */

/* The fewest digits that read back as the same float, without exponent. */
static struct str float_text(struct arena *arena, double d)
{
	float f = (float)d;
	char digits[32];
	int exponent, precision = 0;

	if (!isfinite(f))
		return isnan(f) ? STR("NaN") : f > 0 ? STR("+Inf") : STR("-Inf");
	do
		snprintf(digits, sizeof(digits), "%.*e", precision, (double)f);
	while (strtof(digits, NULL) != f && ++precision < 9);
	exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
	if (exponent <= precision)
		return str_format(arena, "%.*f", precision - exponent, (double)f);

	/*
	 * More places before the point than there are digits: the rest are zeros, not the digits of the
	 * exact value.
	 */
	size_t negative = digits[0] == '-', n = 0, length = (size_t)exponent + 1 + negative;
	char *out = arena_alloc(arena, length);

	for (const char *p = digits; *p != 'e'; p++)
		if (*p != '.')
			out[n++] = *p;
	memset(out + n, '0', length - n);
	return str_make(out, length);
}

bool function_text(struct arena *arena, const struct value *v, struct str *out)
{
	switch (v->type) {
	case VALUE_STRING:
		*out = value_str(v);
		return true;
	case VALUE_INT:
	case VALUE_FLOAT:
		*out = float_text(arena, value_number(v));
		return true;
	case VALUE_BOOL:
		*out = v->u.boolean ? STR("true") : STR("false");
		return true;
	default:
		return false;
	}
}

bool function_integer(double number, int64_t *out, char why[96])
{
	const struct value v = { .type = VALUE_FLOAT, .u.number = number };
	char space[GO_NUMBER_MAX];
	const char *reason;

	if (isfinite(number) && trunc(number) == number) {
		*out = go_int64_of(number);
		if ((double)*out == number)
			return true;
		reason = "number is outside the range of integer numbers";
	} else {
		reason = "expected an integer number but got";
	}
	if (why) {
		struct str text = go_number_text(&v, space);

		snprintf(why, 96, "%s: " STR_FMT, reason, STR_ARG(text));
	}
	return false;
}
