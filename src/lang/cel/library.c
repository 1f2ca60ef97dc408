#include "lang/cel/library.h"

CEL_COST(cel_cost_read)
{
	return cel_round_up((double)cel_size(&arguments[0]) * CEL_STRING_FACTOR);
}

CEL_COST(cel_cost_read_twice)
{
	return cel_round_up((double)cel_size(&arguments[0]) * 2 * CEL_STRING_FACTOR);
}

CEL_ESTIMATE(cel_estimate_read)
{
	return cel_estimate_of(cel_range_scale(arguments[0].size, CEL_STRING_FACTOR));
}

CEL_ESTIMATE(cel_estimate_read_twice)
{
	return cel_estimate_of(cel_range_scale(arguments[0].size, 2 * CEL_STRING_FACTOR));
}

struct cel_value cel_fail_error(struct cel_run *run, struct error *err)
{
	struct cel_value failure = cel_fail(run, "%s", err->message);

	error_free(err);
	return failure;
}

bool cel_can_afford(const struct cel_run *run, uint64_t cost)
{
	return run->cost_limit == 0 || (run->cost <= run->cost_limit && cost <= run->cost_limit - run->cost);
}

struct cel_value cel_fail_cost(struct cel_run *run)
{
	return cel_fail_code(run, ERROR_LIMIT, "operation cancelled: actual cost limit exceeded");
}
