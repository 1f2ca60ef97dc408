/*
 * Arithmetic on numbers, quantities ("1Gi") and durations ("1h30m"). Which of these may meet decides the
 * operator.
 */
#include <math.h>

#include "data/duration.h"
#include "data/quantity.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/gotext.h"

#define SECOND 1e9

enum operand_kind { SCALAR, QUANTITY, DURATION };

struct operand {
	enum operand_kind kind;
	double scalar;
	struct quantity quantity;
	int64_t duration;       /* nanoseconds */
};

/* -- operands ---------------------------------------------------------------------------------------------------- */

static bool read_operand(struct jmespath_call *call, const struct value *v, struct operand *out)
{
	if (value_is_number(v)) {
		*out = (struct operand){ .kind = SCALAR, .scalar = value_number(v) };
		return true;
	}
	if (value_is(v, VALUE_STRING)) {
		*out = (struct operand){ .kind = QUANTITY };
		if (quantity_parse(call->context->arena, value_str(v), &out->quantity, NULL) == 0)
			return true;
		out->kind = DURATION;
		if (duration_parse(value_str(v), &out->duration, NULL) == 0)
			return true;
	}
	function_fail(call, "invalid operand");
	return false;
}

static bool read_operands(struct jmespath_call *call, struct operand *a, struct operand *b)
{
	return read_operand(call, call->arguments[0], a) && read_operand(call, call->arguments[1], b);
}

static const struct value *mismatch(struct jmespath_call *call)
{
	return function_fail(call, "Types mismatch");
}

static const struct value *division_by_zero(struct jmespath_call *call)
{
	return function_fail(call, "Zero divisor passed");
}

static const struct value *number_result(struct jmespath_call *call, double d)
{
	return value_of_double(call->context->arena, d);
}

static const struct value *quantity_result(struct jmespath_call *call, const struct quantity *q)
{
	return str_result(call, quantity_text(call->context->arena, q));
}

static const struct value *duration_result(struct jmespath_call *call, int64_t nanoseconds)
{
	return str_result(call, duration_text(call->context->arena, nanoseconds));
}

/*
 * A scalar as a quantity, by way of the text that Go prints for it: its exponent decides how a quotient is
 * rounded.
 */
static bool scalar_quantity(struct jmespath_call *call, double scalar, struct quantity *out)
{
	const struct value v = { .type = VALUE_FLOAT, .u.number = scalar };
	struct error *error = NULL;
	char space[GO_NUMBER_MAX];

	if (quantity_parse(call->context->arena, go_number_text(&v, space), out, &error) == 0)
		return true;
	function_pass_error(call, error, false);
	return false;
}

/* a % b; the one quotient that does not fit has no rest either. */
static int64_t modulo(int64_t a, int64_t b)
{
	return b == -1 ? 0 : a % b;
}

/* -- addition and subtraction ------------------------------------------------------------------------------------ */

static const struct value *add_operands(struct jmespath_call *call, const struct operand *a, const struct operand *b,
					bool subtract)
{
	struct arena *arena = call->context->arena;
	struct quantity sum;

	if (a->kind != b->kind)
		return mismatch(call);
	switch (a->kind) {
	case SCALAR:
		return number_result(call, subtract ? a->scalar - b->scalar : a->scalar + b->scalar);
	case QUANTITY:
		sum = (subtract ? quantity_subtract : quantity_add)(arena, &a->quantity, &b->quantity);
		return quantity_result(call, &sum);
	case DURATION:
		/* Durations wrap, as int64 does in Go. */
		return duration_result(call, (int64_t)(subtract ? (uint64_t)a->duration - (uint64_t)b->duration
								: (uint64_t)a->duration + (uint64_t)b->duration));
	}
	return NULL;
}

static const struct value *f_add(struct jmespath_call *call)
{
	struct operand a, b;

	return read_operands(call, &a, &b) ? add_operands(call, &a, &b, false) : NULL;
}

static const struct value *f_subtract(struct jmespath_call *call)
{
	struct operand a, b;

	return read_operands(call, &a, &b) ? add_operands(call, &a, &b, true) : NULL;
}

static const struct value *f_sum(struct jmespath_call *call)
{
	const struct value *array = call->arguments[0], *total;

	if (value_count(array) == 0)
		return function_fail(call, "at least one element in the array is required");
	/* A single element is returned whatever it is. */
	total = value_at(array, 0);
	for (size_t i = 1; total && i < value_count(array); i++) {
		struct operand a, b;

		if (!read_operand(call, total, &a) || !read_operand(call, value_at(array, i), &b))
			return NULL;
		total = add_operands(call, &a, &b, false);
	}
	return total;
}

/* -- multiplication and division --------------------------------------------------------------------------------- */

static const struct value *scale_duration(struct jmespath_call *call, double seconds)
{
	return duration_result(call, go_int64_of(seconds * SECOND));
}

static const struct value *multiply_operands(struct jmespath_call *call, const struct operand *a,
					     const struct operand *b)
{
	struct quantity factor, product;

	if (a->kind == SCALAR && b->kind != SCALAR)
		return multiply_operands(call, b, a);
	if (b->kind != SCALAR)
		return mismatch(call);
	switch (a->kind) {
	case SCALAR:
		return number_result(call, a->scalar * b->scalar);
	case QUANTITY:
		if (!scalar_quantity(call, b->scalar, &factor))
			return NULL;
		product = quantity_multiply(call->context->arena, &a->quantity, &factor);
		return quantity_result(call, &product);
	case DURATION:
		return scale_duration(call, duration_seconds(a->duration) * b->scalar);
	}
	return NULL;
}

static const struct value *f_multiply(struct jmespath_call *call)
{
	struct operand a, b;

	return read_operands(call, &a, &b) ? multiply_operands(call, &a, &b) : NULL;
}

static const struct value *divide_quantity(struct jmespath_call *call, const struct operand *a, const struct operand *b)
{
	struct quantity divisor, quotient;

	if (b->kind == QUANTITY) {
		double d = quantity_to_double(&b->quantity);

		return d == 0 ? division_by_zero(call) : number_result(call, quantity_to_double(&a->quantity) / d);
	}
	if (b->kind == DURATION)
		return mismatch(call);
	if (b->scalar == 0)
		return division_by_zero(call);
	if (!scalar_quantity(call, b->scalar, &divisor))
		return NULL;
	quotient = quantity_divide(call->context->arena, &a->quantity, &divisor);
	return quantity_result(call, &quotient);
}

static const struct value *divide_duration(struct jmespath_call *call, const struct operand *a, const struct operand *b)
{
	switch (b->kind) {
	case SCALAR:
		return b->scalar == 0 ? division_by_zero(call)
				      : scale_duration(call, duration_seconds(a->duration) / b->scalar);
	case QUANTITY:
		return mismatch(call);
	case DURATION:
		if (b->duration == 0)
			return division_by_zero(call);
		return number_result(call, duration_seconds(a->duration) / duration_seconds(b->duration));
	}
	return NULL;
}

static const struct value *f_divide(struct jmespath_call *call)
{
	struct operand a, b;

	if (!read_operands(call, &a, &b))
		return NULL;
	if (a.kind == QUANTITY)
		return divide_quantity(call, &a, &b);
	if (a.kind == DURATION)
		return divide_duration(call, &a, &b);
	if (b.kind != SCALAR)
		return mismatch(call);
	return b.scalar == 0 ? division_by_zero(call) : number_result(call, a.scalar / b.scalar);
}

/* Both as whole numbers, the second not zero. */
static bool whole_operands(struct jmespath_call *call, double a, double b, int64_t *x, int64_t *y)
{
	*x = go_int64_of(a);
	*y = go_int64_of(b);
	if ((double)*x != a || (double)*y != b) {
		function_fail(call, "Non-integer argument(s) passed for modulo");
		return false;
	}
	if (*y == 0)
		division_by_zero(call);
	return *y != 0;
}

static const struct value *f_modulo(struct jmespath_call *call)
{
	struct quantity rest;
	struct operand a, b;
	int64_t x, y;

	if (!read_operands(call, &a, &b))
		return NULL;
	if (a.kind != b.kind)
		return mismatch(call);
	switch (a.kind) {
	case SCALAR:
		return whole_operands(call, a.scalar, b.scalar, &x, &y) ? number_result(call, (double)modulo(x, y))
									: NULL;
	case QUANTITY:
		if (!whole_operands(call, quantity_to_double(&a.quantity), quantity_to_double(&b.quantity), &x, &y))
			return NULL;
		rest = quantity_from_int(modulo(x, y), a.quantity.format);
		return quantity_result(call, &rest);
	case DURATION:
		return b.duration == 0 ? division_by_zero(call) : duration_result(call, modulo(a.duration, b.duration));
	}
	return NULL;
}

/* -- rounding ---------------------------------------------------------------------------------------------------- */

/* math.Pow(10, n): squares in turn, whose last digit is not always the nearest one. */
static double power_of_ten(int64_t n)
{
	double result = 1, square;
	int result_exponent = 0, exponent;

	square = frexp(10, &exponent);
	for (; n != 0; n >>= 1) {
		if (exponent > 1 << 12)
			return INFINITY;
		if (n & 1) {
			result *= square;
			result_exponent += exponent;
		}
		square *= square;
		exponent *= 2;
		if (square < 0.5) {
			square += square;
			exponent--;
		}
	}
	return ldexp(result, result_exponent);
}

static const struct value *f_round(struct jmespath_call *call)
{
	int64_t places;
	double shift;

	if (!function_integer(value_number(call->arguments[1]), &places, NULL))
		return function_fail(call, "Non-integer argument(s) passed for round off");
	/* Kyverno gives its format no numbers here, and Go says so. */
	if (places < 0)
		return function_fail(call, "%%!d(MISSING) argument is out of bounds (%%!d(MISSING))");
	shift = power_of_ten(places);
	return number_result(call, round(value_number(call->arguments[0]) * shift) / shift);
}

#define ANY JMESPATH_ANY

const struct jmespath_function kyverno_arithmetic_functions[] = {
	{ "add", 2, 2, { ANY, ANY }, f_add,
	  "add(any, any) → number|string",
	  "the sum of two numbers, two quantities or two durations", true },
	{ "sum", 1, 1, { JMESPATH_ARRAY }, f_sum,
	  "sum(array) → number|string",
	  "the sum of all: numbers, quantities or durations", true },
	{ "subtract", 2, 2, { ANY, ANY }, f_subtract,
	  "subtract(any, any) → number|string",
	  "the difference of two numbers, two quantities or two durations", true },
	{ "multiply", 2, 2, { ANY, ANY }, f_multiply,
	  "multiply(any, any) → number|string",
	  "the product of two numbers, or of a number and a quantity or duration", true },
	{ "divide", 2, 2, { ANY, ANY }, f_divide,
	  "divide(any, any) → number|string",
	  "the quotient; of two quantities or durations a number", true },
	{ "modulo", 2, 2, { ANY, ANY }, f_modulo,
	  "modulo(any, any) → number|string",
	  "the rest of a division of whole numbers, quantities or durations", true },
	{ "round", 2, 2, { JMESPATH_NUMBER, JMESPATH_NUMBER }, f_round,
	  "round(number, number) → number",
	  "rounded to so many decimal places", true },
	{ NULL },
};
