/* Kubernetes' list functions (apiserver/pkg/cel/library/lists.go). */
#include "lang/cel/library.h"

/* -- order -------------------------------------------------------------------------------------------------------- */

/* cel-go looks at the first item to see whether it has such a function at all. */
static struct cel_value refuse(struct cel_run *run, size_t i, const char *function)
{
	return i == 0 ? cel_fail(run, "no such overload: %s(list)", function) : cel_no_overload(run);
}

static struct cel_value item_at(struct cel_run *run, const struct cel_value *list, size_t i)
{
	return cel_settle(run, cel_item(list, i));
}

static CEL_BODY(is_sorted)
{
	struct cel_value before = { 0 };

	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	for (size_t i = 0; i < cel_count(&arguments[0]); i++) {
		struct cel_value item = item_at(run, &arguments[0], i);

		if (cel_is_error(item))
			return item;
		if (!cel_has_order(&item))
			return refuse(run, i, "isSorted");
		/* What cannot be compared is not out of order. */
		if (i > 0 && cel_compare(&before, &item) == 1)
			return cel_of_bool(false);
		before = item;
	}
	return cel_of_bool(true);
}

/* The item that none comes before (order -1) or behind (order 1); the first of equal ones. */
static struct cel_value outermost(struct cel_run *run, const struct cel_value *list, int order, const char *name)
{
	struct cel_value best = { 0 };

	if (list->kind != CEL_LIST)
		return cel_no_overload(run);
	for (size_t i = 0; i < cel_count(list); i++) {
		struct cel_value item = item_at(run, list, i);

		if (cel_is_error(item))
			return item;
		if (!cel_has_order(&item))
			return refuse(run, i, name);
		if (i == 0 || cel_compare(&best, &item) == -order)
			best = item;
	}
	return cel_count(list) ? best : cel_fail(run, "%s called on empty list", name);
}

static CEL_BODY(min)
{
	return outermost(run, &arguments[0], -1, "min");
}

static CEL_BODY(max)
{
	return outermost(run, &arguments[0], 1, "max");
}

/* -- sums --------------------------------------------------------------------------------------------------------- */

/* `zero` is what an empty list comes to; otherwise the first item says what is added. */
static struct cel_value sum(struct cel_run *run, const struct cel_value *list, struct cel_value zero)
{
	struct cel_value total = zero;

	if (list->kind != CEL_LIST)
		return cel_no_overload(run);
	for (size_t i = 0; i < cel_count(list) && !cel_is_error(total); i++) {
		struct cel_value pair[2] = { total, item_at(run, list, i) };
		uint8_t kind = pair[1].kind;

		if (i == 0 && kind != CEL_INT && kind != CEL_UINT && kind != CEL_DOUBLE && kind != CEL_DURATION)
			return refuse(run, i, "sum");
		total = i == 0 ? pair[1] : cel_do_add(run, pair, 2);
	}
	return total;
}

static CEL_BODY(sum_int)
{
	return sum(run, &arguments[0], cel_of_int(0));
}

static CEL_BODY(sum_uint)
{
	return sum(run, &arguments[0], cel_of_uint(0));
}

static CEL_BODY(sum_double)
{
	return sum(run, &arguments[0], cel_of_double(0));
}

static CEL_BODY(sum_duration)
{
	return sum(run, &arguments[0], cel_of_duration(0));
}

/* -- places ------------------------------------------------------------------------------------------------------- */

static CEL_BODY(index_of)
{
	size_t n = cel_count(&arguments[0]);

	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	for (size_t i = 0; i < n; i++) {
		struct cel_value item = cel_item(&arguments[0], i);

		if (cel_equal(&item, &arguments[1]))
			return cel_of_int((int64_t)i);
	}
	return cel_of_int(-1);
}

static CEL_BODY(last_index_of)
{
	size_t n = cel_count(&arguments[0]);

	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	for (size_t i = n; i-- > 0;) {
		struct cel_value item = cel_item(&arguments[0], i);

		if (cel_equal(&item, &arguments[1]))
			return cel_of_int((int64_t)i);
	}
	return cel_of_int(-1);
}

/* -- costs -------------------------------------------------------------------------------------------------------- */

#define DEPTH_MAX 512

/*
 * Strings and bytes cost a tenth of their bytes, rounded down for each; everything else that is no container costs
 * one.
 */
static uint64_t walk(const struct cel_value *v, unsigned depth)
{
	uint64_t cost = 0;
	size_t n;

	if (v->kind == CEL_STRING || v->kind == CEL_BYTES)
		return (uint64_t)((double)v->length * CEL_STRING_FACTOR);
	if (depth > DEPTH_MAX || (v->kind != CEL_LIST && v->kind != CEL_MAP))
		return 1;
	n = v->kind == CEL_LIST ? cel_count(v) : cel_map_count(v);
	for (size_t i = 0; i < n; i++) {
		struct cel_value key, item;

		if (v->kind == CEL_LIST) {
			item = cel_item(v, i);
		} else {
			cel_entry_at(v, i, &key, &item);
			cost += walk(&key, depth + 1);
		}
		cost += walk(&item, depth + 1);
	}
	return cost;
}

CEL_COST(cel_cost_walk)
{
	return walk(&arguments[0], 0);
}

static CEL_ESTIMATE(estimate_walk)
{
	const struct cel_type *item = arguments[0].type->parameter_count ? arguments[0].type->parameters[0] : NULL;
	struct cel_range cost = cel_range_of(1, 1);

	if (!item)
		return cel_estimate_of(cel_range_scale(arguments[0].size, CEL_STRING_FACTOR));
	if (item->kind == CEL_TYPE_STRING || item->kind == CEL_TYPE_BYTES)
		cost = cel_range_add(cost, cel_range_scale(arguments[0].item_size, CEL_STRING_FACTOR));
	return cel_estimate_of(cel_range_multiply(arguments[0].size, cost));
}

#define WALK .cost = cel_cost_walk, .estimate = estimate_walk
#define ORDERED(function, body, type, result, text) \
	{ .name = function, .signature = "list(" type ").() -> " result, .evaluate = body, WALK, .note = text }
#define SORTED(type) ORDERED("isSorted", is_sorted, type, "bool", "whether each item is at least the one before it")
#define MIN(type) ORDERED("min", min, type, type, "the smallest item")
#define MAX(type) ORDERED("max", max, type, type, "the largest item")
#define SUM(type) ORDERED("sum", sum_##type, #type, #type, "all items added")
#define EACH_ORDERED(of) \
	of("int"), of("uint"), of("double"), of("bool"), of("duration"), of("timestamp"), of("string"), of("bytes")

static const struct cel_function functions[] = {
	EACH_ORDERED(SORTED),
	EACH_ORDERED(MAX),
	EACH_ORDERED(MIN),
	SUM(int),
	SUM(uint),
	SUM(double),
	SUM(duration),
	{ .name = "indexOf", .signature = "list(A).(A) -> int", .evaluate = index_of, WALK,
	  .note = "where the first such item stands; -1 when there is none" },
	{ .name = "lastIndexOf", .signature = "list(A).(A) -> int", .evaluate = last_index_of, WALK,
	  .note = "where the last such item stands; -1 when there is none" },
	{ .name = NULL },
};

const struct cel_library cel_kubernetes_lists_library = {
	.name = "kubernetes.lists",
	.functions = functions,
};
