/* Operators on numbers, times and text (cel-go common/types: overflow.go and the Add, Subtract … of each type). */
#include "lang/cel/library.h"

#define SECOND INT64_C(1000000000)

static struct cel_value int_overflow(struct cel_run *run)
{
	return cel_fail(run, "integer overflow");
}

static struct cel_value uint_overflow(struct cel_run *run)
{
	return cel_fail(run, "unsigned integer overflow");
}

/*
 * "no such overload", with the operator's name where cel-go stops at a first operand that has neither such an
 * operator nor member functions of its own.
 */
static struct cel_value mismatch(struct cel_run *run, const char *operator, const struct cel_value *a,
				 bool has_operator)
{
	if (has_operator || a->kind == CEL_STRING || a->kind == CEL_TIMESTAMP || a->kind == CEL_DURATION)
		return cel_no_overload(run);
	return cel_fail(run, "no such overload: %s", operator);
}

/* -- times ------------------------------------------------------------------------------------------------------- */

/* `sign`: 1, -1 */
static struct cel_value shift_timestamp(struct cel_run *run, const struct cel_value *t, int64_t duration, int sign)
{
	struct cel_value sum = *t;
	int64_t seconds, rest;

	if (sign < 0 && __builtin_sub_overflow(0, duration, &duration))
		return int_overflow(run);
	seconds = duration / SECOND;
	rest = duration % SECOND + (int64_t)t->length;
	if (rest < 0) {
		rest += SECOND;
		seconds--;
	} else if (rest >= SECOND) {
		rest -= SECOND;
		seconds++;
	}
	if (__builtin_add_overflow(t->u.integer, seconds, &sum.u.integer))
		return int_overflow(run);
	if (sum.u.integer < CEL_TIME_FIRST || sum.u.integer > CEL_TIME_LAST)
		return cel_fail(run, "timestamp overflow");
	sum.length = (uint32_t)rest;
	return sum;
}

static struct cel_value between_timestamps(struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	int64_t difference;

	if (__builtin_sub_overflow(a->u.integer, b->u.integer, &difference) ||
	    __builtin_mul_overflow(difference, SECOND, &difference) ||
	    __builtin_add_overflow(difference, (int64_t)a->length - (int64_t)b->length, &difference))
		return int_overflow(run);
	return cel_of_duration(difference);
}

/* -- + ----------------------------------------------------------------------------------------------------------- */

static struct cel_value add_text(struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	struct cel_value sum = { .kind = a->kind };
	char *bytes;

	if (a->length == 0)
		return *b;
	if (b->length == 0)
		return *a;
	if (__builtin_add_overflow(a->length, b->length, &sum.length) || !cel_can_hold(run, sum.length))
		return cel_fail_memory(run);
	bytes = arena_alloc(run->arena, sum.length);
	memcpy(bytes, a->u.text, a->length);
	memcpy(bytes + a->length, b->u.text, b->length);
	sum.u.text = bytes;
	return sum;
}

CEL_BODY(cel_do_add)
{
	const struct cel_value *a = &arguments[0], *b = &arguments[1];
	struct cel_value sum = { .kind = a->kind };

	if (a->kind != b->kind) {
		if (a->kind == CEL_TIMESTAMP && b->kind == CEL_DURATION)
			return shift_timestamp(run, a, b->u.integer, 1);
		if (a->kind == CEL_DURATION && b->kind == CEL_TIMESTAMP)
			return shift_timestamp(run, b, a->u.integer, 1);
		return mismatch(run, "_+_", a, a->kind >= CEL_INT && a->kind <= CEL_LIST);
	}
	switch (a->kind) {
	case CEL_INT:
	case CEL_DURATION:
		if (__builtin_add_overflow(a->u.integer, b->u.integer, &sum.u.integer))
			return int_overflow(run);
		return sum;
	case CEL_UINT:
		if (__builtin_add_overflow(a->u.uinteger, b->u.uinteger, &sum.u.uinteger))
			return uint_overflow(run);
		return sum;
	case CEL_DOUBLE:
		return cel_of_double(a->u.number + b->u.number);
	case CEL_STRING:
	case CEL_BYTES:
		return add_text(run, a, b);
	case CEL_LIST:
		return cel_add_lists(run, a, b);
	default:
		return mismatch(run, "_+_", a, false);
	}
}

/* -- - * / % ----------------------------------------------------------------------------------------------------- */

static struct cel_value not_numbers(struct cel_run *run, const char *operator, const struct cel_value *a)
{
	return mismatch(run, operator, a, a->kind >= CEL_INT && a->kind <= CEL_DOUBLE);
}

CEL_BODY(cel_do_subtract)
{
	const struct cel_value *a = &arguments[0], *b = &arguments[1];
	struct cel_value difference = { .kind = a->kind };

	if (a->kind == CEL_TIMESTAMP && b->kind == CEL_DURATION)
		return shift_timestamp(run, a, b->u.integer, -1);
	if (a->kind == CEL_TIMESTAMP && b->kind == CEL_TIMESTAMP)
		return between_timestamps(run, a, b);
	switch (a->kind == b->kind ? a->kind : CEL_ERROR) {
	case CEL_INT:
	case CEL_DURATION:
		if (__builtin_sub_overflow(a->u.integer, b->u.integer, &difference.u.integer))
			return int_overflow(run);
		return difference;
	case CEL_UINT:
		if (__builtin_sub_overflow(a->u.uinteger, b->u.uinteger, &difference.u.uinteger))
			return uint_overflow(run);
		return difference;
	case CEL_DOUBLE:
		return cel_of_double(a->u.number - b->u.number);
	default:
		return not_numbers(run, "_-_", a);
	}
}

CEL_BODY(cel_do_multiply)
{
	const struct cel_value *a = &arguments[0], *b = &arguments[1];
	struct cel_value product = { .kind = a->kind };

	switch (a->kind == b->kind ? a->kind : CEL_ERROR) {
	case CEL_INT:
		if (__builtin_mul_overflow(a->u.integer, b->u.integer, &product.u.integer))
			return int_overflow(run);
		return product;
	case CEL_UINT:
		if (__builtin_mul_overflow(a->u.uinteger, b->u.uinteger, &product.u.uinteger))
			return uint_overflow(run);
		return product;
	case CEL_DOUBLE:
		return cel_of_double(a->u.number * b->u.number);
	default:
		return not_numbers(run, "_*_", a);
	}
}

CEL_BODY(cel_do_divide)
{
	const struct cel_value *a = &arguments[0], *b = &arguments[1];

	switch (a->kind == b->kind ? a->kind : CEL_ERROR) {
	case CEL_INT:
		if (b->u.integer == 0)
			return cel_fail(run, "division by zero");
		if (a->u.integer == INT64_MIN && b->u.integer == -1)
			return int_overflow(run);
		return cel_of_int(a->u.integer / b->u.integer);
	case CEL_UINT:
		if (b->u.uinteger == 0)
			return cel_fail(run, "division by zero");
		return cel_of_uint(a->u.uinteger / b->u.uinteger);
	case CEL_DOUBLE:
		return cel_of_double(a->u.number / b->u.number);
	default:
		return not_numbers(run, "_/_", a);
	}
}

CEL_BODY(cel_do_modulo)
{
	const struct cel_value *a = &arguments[0], *b = &arguments[1];

	switch (a->kind == b->kind ? a->kind : CEL_ERROR) {
	case CEL_INT:
		if (b->u.integer == 0)
			return cel_fail(run, "modulus by zero");
		if (a->u.integer == INT64_MIN && b->u.integer == -1)
			return int_overflow(run);
		return cel_of_int(a->u.integer % b->u.integer);
	case CEL_UINT:
		if (b->u.uinteger == 0)
			return cel_fail(run, "modulus by zero");
		return cel_of_uint(a->u.uinteger % b->u.uinteger);
	default:
		return mismatch(run, "_%_", a, a->kind == CEL_INT || a->kind == CEL_UINT);
	}
}

/* -- one operand ------------------------------------------------------------------------------------------------- */

CEL_BODY(cel_do_negate)
{
	const struct cel_value *v = &arguments[0];

	switch (v->kind) {
	case CEL_INT:
	case CEL_DURATION:
		if (v->u.integer == INT64_MIN)
			return int_overflow(run);
		return (struct cel_value){ .kind = v->kind, .u.integer = -v->u.integer };
	case CEL_DOUBLE:
		return cel_of_double(-v->u.number);
	default:
		return mismatch(run, "-_", v, v->kind == CEL_BOOL);
	}
}

CEL_BODY(cel_do_not)
{
	return arguments[0].kind == CEL_BOOL ? cel_of_bool(!arguments[0].u.boolean) : cel_no_overload(run);
}

/* -- order ------------------------------------------------------------------------------------------------------- */

static bool has_order(const struct cel_value *v)
{
	return v->kind >= CEL_BOOL && v->kind <= CEL_DURATION;
}

/* -1, 0, 1; else the answer is *failure. */
static int order_of(struct cel_run *run, const struct cel_value *arguments, const char *operator,
		    struct cel_value *failure)
{
	int order = cel_compare(&arguments[0], &arguments[1]);

	if (order == CEL_NOT_A_NUMBER)
		*failure = run->newest ? cel_of_bool(false) : cel_fail(run, "NaN values cannot be ordered");
	else if (order == CEL_NO_ORDER)
		*failure = mismatch(run, operator, &arguments[0], has_order(&arguments[0]));
	return order;
}

CEL_BODY(cel_do_less)
{
	struct cel_value failure;
	int order = order_of(run, arguments, "_<_", &failure);

	return order >= CEL_NO_ORDER ? failure : cel_of_bool(order < 0);
}

CEL_BODY(cel_do_less_equals)
{
	struct cel_value failure;
	int order = order_of(run, arguments, "_<=_", &failure);

	return order >= CEL_NO_ORDER ? failure : cel_of_bool(order <= 0);
}

CEL_BODY(cel_do_greater)
{
	struct cel_value failure;
	int order = order_of(run, arguments, "_>_", &failure);

	return order >= CEL_NO_ORDER ? failure : cel_of_bool(order > 0);
}

CEL_BODY(cel_do_greater_equals)
{
	struct cel_value failure;
	int order = order_of(run, arguments, "_>=_", &failure);

	return order >= CEL_NO_ORDER ? failure : cel_of_bool(order >= 0);
}
