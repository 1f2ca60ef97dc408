/*
 * cel-go's list functions (ext/lists.go, version 3): as Kubernetes 1.36 has them (v0.26), and as Kyverno has them
 * (v0.30).
 */
#include "lang/cel/library.h"

/* What lists.range() makes at most: cel-go's own bound since 0.30; without it a short text takes all memory. */
#define RANGE_MAX 1000000
#define DEPTH_MAX 512

static struct cel_value *new_items(struct cel_run *run, size_t count)
{
	return arena_array(run->arena, count, sizeof(struct cel_value));
}

/* -- parts of lists ----------------------------------------------------------------------------------------------- */

static CEL_BODY(slice)
{
	const struct cel_value *list = &arguments[0];
	struct cel_value *items;
	int64_t from, to;

	if (list->kind != CEL_LIST || arguments[1].kind != CEL_INT || arguments[2].kind != CEL_INT)
		return cel_no_overload(run);
	from = arguments[1].u.integer;
	to = arguments[2].u.integer;
	if (from < 0 || to < 0)
		return cel_fail(run, "cannot slice(%lld, %lld), negative indexes not supported", (long long)from,
				(long long)to);
	if (from > to)
		return cel_fail(run, "cannot slice(%lld, %lld), start index must be less than or equal to end index",
				(long long)from, (long long)to);
	if (to > (int64_t)cel_count(list))
		return cel_fail(run, "cannot slice(%lld, %lld), list is length %zu", (long long)from, (long long)to,
				cel_count(list));
	if (!(list->flags & CEL_DATA))
		return cel_of_items(list->u.items + from, (size_t)(to - from));
	items = new_items(run, (size_t)(to - from));
	for (int64_t i = from; i < to; i++)
		items[i - from] = cel_item(list, (size_t)i);
	return cel_of_items(items, (size_t)(to - from));
}

static CEL_BODY(reverse)
{
	size_t n = cel_count(&arguments[0]);
	struct cel_value *items;

	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	items = new_items(run, n);
	for (size_t i = 0; i < n; i++)
		items[i] = cel_item(&arguments[0], n - 1 - i);
	return cel_of_items(items, n);
}

static CEL_BODY(range)
{
	struct cel_value *items;
	int64_t n;

	if (arguments[0].kind != CEL_INT)
		return cel_no_overload(run);
	n = arguments[0].u.integer > 0 ? arguments[0].u.integer : 0;
	if (!cel_can_afford(run, (uint64_t)n))
		return cel_fail_cost(run);
	if (n > RANGE_MAX)
		return cel_fail(run, "lists.range: size %lld exceeds maximum allowed (%d)", (long long)n, RANGE_MAX);
	items = new_items(run, (size_t)n);
	for (int64_t i = 0; i < n; i++)
		items[i] = cel_of_int(i);
	return cel_of_items(items, (size_t)n);
}

/* Since 0.30. */
static CEL_BODY(checked_range)
{
	if (arguments[0].kind == CEL_INT && arguments[0].u.integer < 0)
		return cel_fail(run, "lists.range: size must be non-negative, got %lld",
				(long long)arguments[0].u.integer);
	return range(run, arguments, count);
}

/* -- flatten ------------------------------------------------------------------------------------------------------ */

struct items {
	struct cel_value *items;
	size_t count, capacity;
};

static bool flatten_into(struct arena *arena, const struct cel_value *list, int64_t levels, unsigned depth,
			 struct items *out)
{
	if (depth > DEPTH_MAX)
		return false;
	for (size_t i = 0; i < cel_count(list); i++) {
		struct cel_value item = cel_item(list, i);

		if (item.kind != CEL_LIST || levels == 0)
			*ARENA_PUSH(arena, out->items, out->count, out->capacity) = item;
		else if (!flatten_into(arena, &item, levels - 1, depth + 1, out))
			return false;
	}
	return true;
}

/* cel-go's cost tracker stumbles over a depth that is no int before anything else is said about it. */
static struct cel_value wrong_depth(struct cel_run *run, const struct cel_value *depth)
{
	static const char *const names[] = {
		[CEL_NULL] = "types.Null", [CEL_BOOL] = "types.Bool", [CEL_UINT] = "types.Uint",
		[CEL_DOUBLE] = "types.Double", [CEL_STRING] = "types.String", [CEL_BYTES] = "types.Bytes",
		[CEL_TIMESTAMP] = "types.Timestamp", [CEL_DURATION] = "types.Duration",
	};
	const char *name = depth->kind < sizeof(names) / sizeof(names[0]) ? names[depth->kind] : NULL;

	return cel_fail(run, "internal error: interface conversion: ref.Val is %s, not types.Int",
			name ? name : "of another type");
}

static CEL_BODY(flatten)
{
	int64_t levels = count == 2 ? arguments[1].u.integer : 1;
	struct items out = { 0 };

	if (count == 2 && arguments[1].kind != CEL_INT)
		return wrong_depth(run, &arguments[1]);
	if (arguments[0].kind != CEL_LIST) {
		struct str list = cel_type_text(run->arena, cel_type_of(&arguments[0]));

		return cel_fail(run, "no such overload: " STR_FMT ".flatten(%s)", STR_ARG(list),
				count == 2 ? "int" : "");
	}
	if (levels < 0)
		return cel_fail(run, "level must be non-negative");
	if (!flatten_into(run->arena, &arguments[0], levels, 0, &out))
		return cel_fail_code(run, ERROR_LIMIT, "lists nested more than %d levels cannot be flattened",
				     DEPTH_MAX);
	return cel_of_items(out.items, out.count);
}

/* -- sorting and equal items -------------------------------------------------------------------------------------- */

/* Twice the square of the length, and a tenth more of it for strings and bytes. */
static uint64_t self_compare_cost(const struct cel_value *list)
{
	double n = (double)cel_size(list), factor = 2;
	struct cel_value first;

	if (n > 0) {
		first = cel_item(list, 0);
		if (first.kind == CEL_STRING || first.kind == CEL_BYTES)
			factor += CEL_STRING_FACTOR;
	}
	return (uint64_t)(n * n * factor) + 1 + CEL_LIST_COST;
}

/*
 * Orders the first n places by their keys, with room for n more behind: a merge sort, for equal keys keep their
 * order.
 */
static void sort_places(uint32_t *places, uint32_t *room, size_t n, const struct cel_value *keys)
{
	size_t half = n / 2, i = 0, j = half;

	if (n < 2)
		return;
	sort_places(places, room, half, keys);
	sort_places(places + half, room, n - half, keys);
	memcpy(room, places, half * sizeof(*places));
	for (size_t k = 0; i < half; k++) {
		if (j < n && cel_compare(&keys[places[j]], &keys[room[i]]) == -1)
			places[k] = places[j++];
		else
			places[k] = room[i++];
	}
}

/* The keys in an array, checked; NULL and *failure when they cannot be ordered. */
static const struct cel_value *read_keys(struct cel_run *run, const struct cel_value *list, struct cel_value *failure)
{
	size_t n = cel_count(list);
	struct cel_value *keys = new_items(run, n);

	for (size_t i = 0; i < n; i++) {
		keys[i] = cel_settle(run, cel_item(list, i));
		if (cel_is_error(keys[i])) {
			*failure = keys[i];
			return NULL;
		}
		if (!cel_has_order(&keys[0])) {
			*failure = cel_fail(run, "list elements must be comparable");
			return NULL;
		}
		if (keys[i].kind != keys[0].kind) {
			*failure = cel_fail(run, "list elements must have the same type");
			return NULL;
		}
	}
	return keys;
}

static struct cel_value sort_by(struct cel_run *run, const struct cel_value *list, const struct cel_value *by)
{
	size_t n = cel_count(list);
	const struct cel_value *keys;
	struct cel_value failure, *items;
	uint32_t *places;

	if (list->kind != CEL_LIST || by->kind != CEL_LIST)
		return cel_no_overload(run);
	if (n != cel_count(by))
		return cel_fail(run,
				"@sortByAssociatedKeys() expected a list of the same size as the associated keys list, "
				"but got %zu and %zu elements respectively",
				n, cel_count(by));
	if (n == 0)
		return *list;
	if (!cel_can_afford(run, self_compare_cost(by)))
		return cel_fail_cost(run);
	keys = read_keys(run, by, &failure);
	if (!keys)
		return failure;
	places = arena_array(run->arena, n * 2, sizeof(*places));
	for (size_t i = 0; i < n; i++)
		places[i] = (uint32_t)i;
	sort_places(places, places + n, n, keys);
	items = new_items(run, n);
	for (size_t i = 0; i < n; i++)
		items[i] = cel_item(list, places[i]);
	return cel_of_items(items, n);
}

static CEL_BODY(sort)
{
	return sort_by(run, &arguments[0], &arguments[0]);
}

static CEL_BODY(sort_by_keys)
{
	return sort_by(run, &arguments[0], &arguments[1]);
}

static CEL_BODY(distinct)
{
	const struct cel_value *list = &arguments[0];
	struct cel_value *items;
	size_t n = 0;

	if (list->kind != CEL_LIST)
		return cel_no_overload(run);
	if (!cel_can_afford(run, self_compare_cost(list)))
		return cel_fail_cost(run);
	items = new_items(run, cel_count(list));
	for (size_t i = 0; i < cel_count(list); i++) {
		size_t seen = 0;

		items[n] = cel_item(list, i);
		while (seen < n && !cel_equal(&items[seen], &items[n]))
			seen++;
		n += seen == n;
	}
	return cel_of_items(items, n);
}

/* -- costs -------------------------------------------------------------------------------------------------------- */

/* A negative depth makes the sum wrap around, as cel-go's does. */
static uint64_t allocating(double size, double factor)
{
	double items = size * factor;

	if (items < 0)
		return (uint64_t)(int64_t)(items > -1e18 ? items : -1e18) + 1 + CEL_LIST_COST;
	return (items < 1e19 ? (uint64_t)items : UINT64_MAX / 2) + 1 + CEL_LIST_COST;
}

static CEL_COST(cost_result)
{
	return allocating((double)cel_size(result), 1);
}

static CEL_COST(cost_flatten)
{
	double levels = count == 2 ? (double)arguments[1].u.integer : 1;

	if (count == 2 && arguments[1].kind != CEL_INT)
		return 0;
	return allocating((double)cel_size(&arguments[0]), levels);
}

static CEL_COST(cost_self_compare)
{
	return arguments[count - 1].kind == CEL_LIST ? self_compare_cost(&arguments[count - 1]) : 1 + CEL_LIST_COST;
}

static struct cel_call_estimate estimate_allocating(double factor, struct cel_range size)
{
	struct cel_range cost = cel_range_add(cel_range_scale(size, factor), cel_range_of(1, 1));

	return (struct cel_call_estimate){
		.cost = cel_range_add(cost, cel_range_of(CEL_LIST_COST, CEL_LIST_COST)),
		.size_known = true,
		.size = size,
	};
}

/* An int that is written out, not below 0. */
static uint64_t literal_or(const struct cel_estimate_argument *argument, uint64_t otherwise)
{
	if (!argument->literal || argument->literal->kind != CEL_INT)
		return otherwise;
	return argument->literal->u.integer > 0 ? (uint64_t)argument->literal->u.integer : 0;
}

static CEL_ESTIMATE(estimate_slice)
{
	uint64_t size = literal_or(&arguments[2], arguments[0].size.maximum) - literal_or(&arguments[1], 0);

	return estimate_allocating(1, cel_range_of(size, size));
}

static CEL_ESTIMATE(estimate_range)
{
	uint64_t size = literal_or(&arguments[0], UINT64_MAX);

	return estimate_allocating(1, cel_range_of(size, size));
}

static CEL_ESTIMATE(estimate_reverse)
{
	return estimate_allocating(1, arguments[0].size);
}

static CEL_ESTIMATE(estimate_flatten)
{
	return estimate_allocating(count == 2 ? (double)literal_or(&arguments[1], UINT64_MAX) : 1, arguments[0].size);
}

static CEL_ESTIMATE(estimate_distinct)
{
	return estimate_allocating(2, cel_range_multiply(arguments[0].size, arguments[0].size));
}

/* Sorted by strings, and by anything else: the overload decides, not the list. */
static CEL_ESTIMATE(estimate_sort)
{
	struct cel_range size = arguments[count - 1].size;

	return estimate_allocating(2, cel_range_multiply(size, size));
}

static CEL_ESTIMATE(estimate_sort_text)
{
	struct cel_range size = arguments[count - 1].size;

	return estimate_allocating(2 + CEL_STRING_FACTOR, cel_range_multiply(size, size));
}

#define COSTS(measure, estimation) .flags = CEL_TRACKED, .cost = measure, .estimate = estimation
#define SORT(type, estimation) \
	{ .name = "sort", .signature = "list(" type ").() -> list(" type ")", .evaluate = sort, \
	  COSTS(cost_self_compare, estimation), .note = "the items in ascending order" }
#define SORT_BY(type, estimation) \
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(" type ")) -> list(T)", \
	  .evaluate = sort_by_keys, COSTS(cost_self_compare, estimation) }
#define EACH_ORDERED(of) \
	of("int", estimate_sort), of("uint", estimate_sort), of("double", estimate_sort), \
	of("bool", estimate_sort), of("duration", estimate_sort), of("timestamp", estimate_sort), \
	of("string", estimate_sort_text), of("bytes", estimate_sort_text)
#define FLATTEN .evaluate = flatten, .flags = CEL_TRACKED | CEL_UNGUARDED, .cost = cost_flatten, \
	.estimate = estimate_flatten

#define RANGE(body) \
	{ .name = "lists.range", .signature = "(int) -> list(int)", .evaluate = body, \
	  COSTS(cost_result, estimate_range), .note = "the numbers from 0 up to but excluding this one" }
#define LISTS \
	{ .name = "slice", .signature = "list(T).(int, int) -> list(T)", .evaluate = slice, \
	  COSTS(cost_result, estimate_slice), .note = "the items from one index up to but excluding another" }, \
	{ .name = "flatten", .signature = "list(list(T)).() -> list(T)", FLATTEN, \
	  .note = "the items of the lists in a list" }, \
	{ .name = "flatten", .signature = "list(dyn).(int) -> list(dyn)", FLATTEN, \
	  .note = "the items of nested lists, so many levels deep" }, \
	EACH_ORDERED(SORT), \
	EACH_ORDERED(SORT_BY), \
	{ .name = "reverse", .signature = "list(T).() -> list(T)", .evaluate = reverse, \
	  COSTS(cost_result, estimate_reverse), .note = "the items from last to first" }, \
	{ .name = "distinct", .signature = "list(T).() -> list(T)", .evaluate = distinct, \
	  COSTS(cost_self_compare, estimate_distinct), .note = "the items, each once" }

static const struct cel_function functions[] = { LISTS, RANGE(range), { .name = NULL } };
static const struct cel_function newer_functions[] = { LISTS, RANGE(checked_range), { .name = NULL } };

const struct cel_library cel_lists_library = {
	.name = "cel.lib.ext.lists",
	.functions = functions,
	.macros = CEL_MACRO_SORT_BY,
};
const struct cel_library cel_lists_newer_library = {
	.name = "cel.lib.ext.lists",
	.functions = newer_functions,
	.macros = CEL_MACRO_SORT_BY,
};
