/* cel-go's set functions on lists (ext/sets.go). */
#include "lang/cel/library.h"

static bool holds(const struct cel_value *list, const struct cel_value *wanted)
{
	for (size_t i = 0; i < cel_count(list); i++) {
		struct cel_value item = cel_item(list, i);

		if (cel_equal(wanted, &item))
			return true;
	}
	return false;
}

static bool holds_all(const struct cel_value *list, const struct cel_value *wanted)
{
	for (size_t i = 0; i < cel_count(wanted); i++) {
		struct cel_value item = cel_item(wanted, i);

		if (!holds(list, &item))
			return false;
	}
	return true;
}

static uint64_t cost(const struct cel_value *arguments, uint64_t factor)
{
	return cel_size(&arguments[0]) * cel_size(&arguments[1]) * factor + 1;
}

/* True when the call may go on. */
static bool check(struct cel_run *run, const struct cel_value *arguments, struct cel_value *failure)
{
	if (arguments[0].kind != CEL_LIST || arguments[1].kind != CEL_LIST)
		*failure = cel_no_overload(run);
	else if (!cel_can_afford(run, cost(arguments, 1)))
		*failure = cel_fail_cost(run);
	else
		return true;
	return false;
}

static CEL_BODY(contains)
{
	struct cel_value failure;

	if (!check(run, arguments, &failure))
		return failure;
	return cel_of_bool(holds_all(&arguments[0], &arguments[1]));
}

static CEL_BODY(equivalent)
{
	struct cel_value failure;

	if (!check(run, arguments, &failure))
		return failure;
	return cel_of_bool(holds_all(&arguments[0], &arguments[1]) && holds_all(&arguments[1], &arguments[0]));
}

static CEL_BODY(intersects)
{
	struct cel_value failure;

	if (!check(run, arguments, &failure))
		return failure;
	for (size_t i = 0; i < cel_count(&arguments[0]); i++) {
		struct cel_value item = cel_item(&arguments[0], i);

		if (holds(&arguments[1], &item))
			return cel_of_bool(true);
	}
	return cel_of_bool(false);
}

static CEL_COST(cost_once)
{
	return cost(arguments, 1);
}

static CEL_COST(cost_twice)
{
	return cost(arguments, 2);
}

static struct cel_call_estimate estimate(const struct cel_estimate_argument *arguments, double factor)
{
	struct cel_range pairs = cel_range_multiply(arguments[0].size, arguments[1].size);

	return cel_estimate_of(cel_range_add(cel_range_scale(pairs, factor), cel_range_of(1, 1)));
}

static CEL_ESTIMATE(estimate_once)
{
	return estimate(arguments, 1);
}

static CEL_ESTIMATE(estimate_twice)
{
	return estimate(arguments, 2);
}

#define SET(function, body, measure, estimation, text) \
	{ .name = "sets." function, .signature = "(list(T), list(T)) -> bool", .evaluate = body, \
	  .flags = CEL_TRACKED, .cost = measure, .estimate = estimation, .note = text }

static const struct cel_function functions[] = {
	SET("contains", contains, cost_once, estimate_once, "whether all items of the second list are in the first"),
	SET("equivalent", equivalent, cost_twice, estimate_twice, "whether each list has all items of the other"),
	SET("intersects", intersects, cost_once, estimate_once, "whether some item is in both lists"),
	{ .name = NULL },
};

const struct cel_library cel_sets_library = {
	.name = "cel.lib.ext.sets",
	.functions = functions,
};
