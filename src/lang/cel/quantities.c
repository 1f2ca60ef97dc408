/* Kubernetes' quantities (apiserver/pkg/cel/library/quantity.go, apiserver/pkg/cel/quantity.go). */
#include "data/quantity.h"

#include "lang/cel/library.h"

/* -- values ------------------------------------------------------------------------------------------------------- */

static const struct cel_type quantity_type = { .kind = CEL_TYPE_STRUCT, .name = { "kubernetes.Quantity", 19 } };

static bool quantities_equal(const struct cel_value *a, const struct cel_value *b)
{
	return quantity_compare(a->u.object, b->u.object) == 0;
}

static const struct value *quantity_data(struct arena *arena, const struct cel_value *v)
{
	return value_of_str(arena, quantity_text(arena, v->u.object));
}

static const struct cel_class quantity_class = {
	.type = &quantity_type,
	.equal = quantities_equal,
	.to_data = quantity_data,
};

static const struct quantity *as_quantity(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &quantity_class ? v->u.object : NULL;
}

static struct cel_value of_quantity(struct cel_run *run, struct quantity quantity)
{
	return cel_of_object(&quantity_class, arena_copy(run->arena, &quantity, sizeof(quantity)));
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static CEL_BODY(make)
{
	struct error *error = NULL;
	struct quantity quantity;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (quantity_parse(run->arena, cel_str(&arguments[0]), &quantity, &error))
		return cel_fail_error(run, error);
	return of_quantity(run, quantity);
}

static CEL_BODY(is_quantity)
{
	struct quantity quantity;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	return cel_of_bool(quantity_parse(run->arena, cel_str(&arguments[0]), &quantity, NULL) == 0);
}

static CEL_BODY(sign)
{
	const struct quantity *q = as_quantity(&arguments[0]);

	return q ? cel_of_int(quantity_sign(q)) : cel_no_overload(run);
}

static CEL_BODY(is_greater)
{
	const struct quantity *a = as_quantity(&arguments[0]), *b = as_quantity(&arguments[1]);

	return a && b ? cel_of_bool(quantity_compare(a, b) > 0) : cel_no_overload(run);
}

static CEL_BODY(is_less)
{
	const struct quantity *a = as_quantity(&arguments[0]), *b = as_quantity(&arguments[1]);

	return a && b ? cel_of_bool(quantity_compare(a, b) < 0) : cel_no_overload(run);
}

static CEL_BODY(compare)
{
	const struct quantity *a = as_quantity(&arguments[0]), *b = as_quantity(&arguments[1]);

	return a && b ? cel_of_int(quantity_compare(a, b)) : cel_no_overload(run);
}

static CEL_BODY(as_float)
{
	const struct quantity *q = as_quantity(&arguments[0]);

	return q ? cel_of_double(quantity_to_double(q)) : cel_no_overload(run);
}

static CEL_BODY(as_integer)
{
	const struct quantity *q = as_quantity(&arguments[0]);
	int64_t number;

	if (!q)
		return cel_no_overload(run);
	return quantity_to_int64(q, &number) ? cel_of_int(number) : cel_fail(run, "cannot convert value to integer");
}

static CEL_BODY(is_integer)
{
	const struct quantity *q = as_quantity(&arguments[0]);
	int64_t number;

	return q ? cel_of_bool(quantity_to_int64(q, &number)) : cel_no_overload(run);
}

/* The second operand of add and sub, which may be an int. */
static bool read_operand(const struct cel_value *v, struct quantity *out)
{
	const struct quantity *q = as_quantity(v);

	if (v->kind == CEL_INT)
		*out = quantity_from_int(v->u.integer, QUANTITY_DECIMAL_EXPONENT);
	else if (q)
		*out = *q;
	else
		return false;
	return true;
}

static CEL_BODY(add)
{
	const struct quantity *a = as_quantity(&arguments[0]);
	struct quantity b;

	if (!a || !read_operand(&arguments[1], &b))
		return cel_no_overload(run);
	return of_quantity(run, quantity_add(run->arena, a, &b));
}

static CEL_BODY(subtract)
{
	const struct quantity *a = as_quantity(&arguments[0]);
	struct quantity b;

	if (!a || !read_operand(&arguments[1], &b))
		return cel_no_overload(run);
	return of_quantity(run, quantity_subtract(run->arena, a, &b));
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

#define QUANTITY "kubernetes.Quantity"

static const struct cel_function functions[] = {
	{ .name = "quantity", .signature = "(string) -> " QUANTITY, .evaluate = make, .cost = cel_cost_read,
	  .estimate = cel_estimate_read, .note = "a resource quantity from its text" },
	{ .name = "isQuantity", .signature = "(string) -> bool", .evaluate = is_quantity, .cost = cel_cost_read,
	  .estimate = cel_estimate_read, .note = "whether a text is a resource quantity" },
	{ .name = "sign", .signature = "(" QUANTITY ") -> int", .evaluate = sign, .note = "-1, 0 or 1" },
	{ .name = "isGreaterThan", .signature = QUANTITY ".(" QUANTITY ") -> bool", .evaluate = is_greater,
	  .note = "whether one quantity is greater than another" },
	{ .name = "isLessThan", .signature = QUANTITY ".(" QUANTITY ") -> bool", .evaluate = is_less,
	  .note = "whether one quantity is less than another" },
	{ .name = "compareTo", .signature = QUANTITY ".(" QUANTITY ") -> int", .evaluate = compare,
	  .note = "-1, 0 or 1 as one quantity is less than, equal to or greater than another" },
	{ .name = "asApproximateFloat", .signature = QUANTITY ".() -> double", .evaluate = as_float,
	  .note = "a quantity as a double, perhaps rounded" },
	{ .name = "asInteger", .signature = QUANTITY ".() -> int", .evaluate = as_integer,
	  .note = "a quantity as an int; fails when it is none" },
	{ .name = "isInteger", .signature = QUANTITY ".() -> bool", .evaluate = is_integer,
	  .note = "whether asInteger works" },
	{ .name = "add", .signature = QUANTITY ".(" QUANTITY ") -> " QUANTITY, .evaluate = add,
	  .note = "the sum of two quantities" },
	{ .name = "add", .signature = QUANTITY ".(int) -> " QUANTITY, .evaluate = add,
	  .note = "a quantity and a number added" },
	{ .name = "sub", .signature = QUANTITY ".(" QUANTITY ") -> " QUANTITY, .evaluate = subtract,
	  .note = "the difference of two quantities" },
	{ .name = "sub", .signature = QUANTITY ".(int) -> " QUANTITY, .evaluate = subtract,
	  .note = "a quantity less a number" },
	{ .name = NULL },
};

const struct cel_library cel_quantity_library = {
	.name = "kubernetes.quantity",
	.functions = functions,
};
