/* cel-go's mathematical functions (ext/math.go, version 2). math.least and math.greatest are macros: @min and @max. */
#include <math.h>

#include "lang/cel/library.h"

static bool is_number(const struct cel_value *v)
{
	return v->kind >= CEL_INT && v->kind <= CEL_DOUBLE;
}

/* -- least and greatest ------------------------------------------------------------------------------------------ */

/* The first one unless `order` of it to the second is `worse`. */
static struct cel_value better(struct cel_run *run, const struct cel_value *a, const struct cel_value *b, int worse,
			       const char *name)
{
	int order = cel_compare(a, b);

	if (order == CEL_NOT_A_NUMBER)
		return cel_fail(run, "NaN values cannot be ordered: %s", name);
	if (order == CEL_NO_ORDER)
		return cel_fail(run, "no such overload: %s", name);
	return order == worse ? *b : *a;
}

static struct cel_value best_of_list(struct cel_run *run, const struct cel_value *list, int worse, const char *name)
{
	struct cel_value best;

	if (cel_count(list) == 0)
		return cel_fail(run, "%s(list) argument must not be empty", name);
	best = cel_item(list, 0);
	if (!is_number(&best))
		return cel_fail(run, "no such overload: %s(list)", name);
	for (size_t i = 1; i < cel_count(list) && !cel_is_error(best); i++) {
		struct cel_value item = cel_item(list, i);

		best = better(run, &best, &item, worse, name);
	}
	return best;
}

static struct cel_value best_of(struct cel_run *run, const struct cel_value *arguments, size_t count, int worse,
				const char *name)
{
	if (count == 1 && arguments[0].kind == CEL_LIST)
		return best_of_list(run, &arguments[0], worse, name);
	if (!is_number(&arguments[0]) || (count > 1 && !is_number(&arguments[1])))
		return cel_no_overload(run);
	return count == 1 ? arguments[0] : better(run, &arguments[0], &arguments[1], worse, name);
}

static CEL_BODY(least)
{
	return best_of(run, arguments, count, 1, "math.@min");
}

static CEL_BODY(greatest)
{
	return best_of(run, arguments, count, -1, "math.@max");
}

/* -- one number -------------------------------------------------------------------------------------------------- */

#define OF_DOUBLE(body, result, expression) \
	static CEL_BODY(body) \
	{ \
		double d = arguments[0].u.number; \
 \
		return arguments[0].kind == CEL_DOUBLE ? result(expression) : cel_no_overload(run); \
	}

OF_DOUBLE(do_ceil, cel_of_double, ceil(d))
OF_DOUBLE(do_floor, cel_of_double, floor(d))
OF_DOUBLE(do_round, cel_of_double, round(d))
OF_DOUBLE(do_trunc, cel_of_double, trunc(d))
OF_DOUBLE(is_inf, cel_of_bool, isinf(d) != 0)
OF_DOUBLE(is_nan, cel_of_bool, isnan(d) != 0)
OF_DOUBLE(is_finite, cel_of_bool, isfinite(d) != 0)

static CEL_BODY(magnitude)
{
	const struct cel_value *v = &arguments[0];

	if (!is_number(v))
		return cel_no_overload(run);
	if (v->kind == CEL_DOUBLE)
		return cel_of_double(fabs(v->u.number));
	if (v->kind == CEL_UINT || v->u.integer >= 0)
		return *v;
	return v->u.integer == INT64_MIN ? cel_fail(run, "integer overflow") : cel_of_int(-v->u.integer);
}

static CEL_BODY(sign)
{
	const struct cel_value *v = &arguments[0];

	switch (v->kind) {
	case CEL_INT:
		return cel_of_int((v->u.integer > 0) - (v->u.integer < 0));
	case CEL_UINT:
		return cel_of_uint(v->u.uinteger > 0);
	case CEL_DOUBLE:
		return isnan(v->u.number) ? *v : cel_of_double((v->u.number > 0) - (v->u.number < 0));
	default:
		return cel_no_overload(run);
	}
}

static CEL_BODY(root)
{
	struct cel_value number = is_number(&arguments[0]) ? cel_do_double(run, arguments, 1) : cel_no_overload(run);

	return number.kind == CEL_DOUBLE ? cel_of_double(sqrt(number.u.number)) : number;
}

/* -- bits -------------------------------------------------------------------------------------------------------- */

static bool is_integer(const struct cel_value *v)
{
	return v->kind == CEL_INT || v->kind == CEL_UINT;
}

/* Of the kind of the first argument, which both ints share with uints bit by bit. */
#define OF_BITS(body, expression) \
	static CEL_BODY(body) \
	{ \
		struct cel_value result = { .kind = arguments[0].kind }; \
		uint64_t a = arguments[0].u.uinteger, b = arguments[1].u.uinteger; \
 \
		if (!is_integer(&arguments[0]) || arguments[1].kind != arguments[0].kind) \
			return cel_no_overload(run); \
		result.u.uinteger = (expression); \
		return result; \
	}

OF_BITS(bit_and, a & b)
OF_BITS(bit_or, a | b)
OF_BITS(bit_xor, a ^ b)

static CEL_BODY(bit_not)
{
	struct cel_value result = { .kind = arguments[0].kind, .u.uinteger = ~arguments[0].u.uinteger };

	return is_integer(&arguments[0]) ? result : cel_no_overload(run);
}

#define OF_SHIFT(body, function, expression) \
	static CEL_BODY(body) \
	{ \
		struct cel_value result = { .kind = arguments[0].kind }; \
		uint64_t a = arguments[0].u.uinteger; \
		int64_t by = arguments[1].u.integer; \
 \
		if (!is_integer(&arguments[0]) || arguments[1].kind != CEL_INT) \
			return cel_no_overload(run); \
		if (by < 0) \
			return cel_fail(run, function "() negative offset: %lld", (long long)by); \
		result.u.uinteger = by < 64 ? (expression) : 0; \
		return result; \
	}

OF_SHIFT(shift_left, "math.bitShiftLeft", a << by)
/* Without regard to the sign of an int. */
OF_SHIFT(shift_right, "math.bitShiftRight", a >> by)

/* -- table ------------------------------------------------------------------------------------------------------- */

#define ENTRY(symbol, type, body) { .name = (symbol), .signature = (type), .evaluate = (body) }

#define BEST(symbol, body) \
	ENTRY(symbol, "(double) -> double", body), \
	ENTRY(symbol, "(int) -> int", body), \
	ENTRY(symbol, "(uint) -> uint", body), \
	ENTRY(symbol, "(double, double) -> double", body), \
	ENTRY(symbol, "(int, int) -> int", body), \
	ENTRY(symbol, "(uint, uint) -> uint", body), \
	ENTRY(symbol, "(int, uint) -> dyn", body), \
	ENTRY(symbol, "(int, double) -> dyn", body), \
	ENTRY(symbol, "(double, int) -> dyn", body), \
	ENTRY(symbol, "(double, uint) -> dyn", body), \
	ENTRY(symbol, "(uint, int) -> dyn", body), \
	ENTRY(symbol, "(uint, double) -> dyn", body), \
	ENTRY(symbol, "(list(double)) -> double", body), \
	ENTRY(symbol, "(list(int)) -> int", body), \
	ENTRY(symbol, "(list(uint)) -> uint", body)

#define BITS(symbol, body) \
	ENTRY(symbol, "(int, int) -> int", body), \
	ENTRY(symbol, "(uint, uint) -> uint", body)

#define SHIFT(symbol, body) \
	ENTRY(symbol, "(int, int) -> int", body), \
	ENTRY(symbol, "(uint, int) -> uint", body)

static const struct cel_function functions[] = {
	BEST("math.@min", least),
	BEST("math.@max", greatest),
	ENTRY("math.ceil", "(double) -> double", do_ceil),
	ENTRY("math.floor", "(double) -> double", do_floor),
	ENTRY("math.round", "(double) -> double", do_round),
	ENTRY("math.trunc", "(double) -> double", do_trunc),
	ENTRY("math.isInf", "(double) -> bool", is_inf),
	ENTRY("math.isNaN", "(double) -> bool", is_nan),
	ENTRY("math.isFinite", "(double) -> bool", is_finite),
	ENTRY("math.abs", "(double) -> double", magnitude),
	ENTRY("math.abs", "(int) -> int", magnitude),
	ENTRY("math.abs", "(uint) -> uint", magnitude),
	ENTRY("math.sign", "(double) -> double", sign),
	ENTRY("math.sign", "(int) -> int", sign),
	ENTRY("math.sign", "(uint) -> uint", sign),
	BITS("math.bitAnd", bit_and),
	BITS("math.bitOr", bit_or),
	BITS("math.bitXor", bit_xor),
	ENTRY("math.bitNot", "(int) -> int", bit_not),
	ENTRY("math.bitNot", "(uint) -> uint", bit_not),
	SHIFT("math.bitShiftLeft", shift_left),
	SHIFT("math.bitShiftRight", shift_right),
	ENTRY("math.sqrt", "(double) -> double", root),
	ENTRY("math.sqrt", "(int) -> double", root),
	ENTRY("math.sqrt", "(uint) -> double", root),
	{ .name = NULL },
};

const struct cel_library cel_math_library = {
	.name = "cel.lib.ext.math",
	.functions = functions,
	.macros = CEL_MACRO_MATH,
};
