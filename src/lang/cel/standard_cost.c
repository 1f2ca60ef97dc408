/*
 * What the operators and functions of the standard library cost when they run (cel-go interpreter/runtimecost.go)
 * and what they are estimated at (checker/cost.go; for == of Kubernetes' types apiserver/pkg/cel/library/cost.go).
 */
#include "lang/cel/library.h"

static uint64_t read_cost(uint64_t size)
{
	return cel_round_up((double)size * CEL_STRING_FACTOR);
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* -- run time ---------------------------------------------------------------------------------------------------- */

CEL_COST(cel_cost_contains)
{
	return read_cost(cel_size(&arguments[0])) * read_cost(cel_size(&arguments[1]));
}

CEL_COST(cel_cost_matches)
{
	return read_cost(cel_size(&arguments[0]) + 1) *
	       cel_round_up((double)cel_size(&arguments[1]) * CEL_REGEX_FACTOR);
}

CEL_COST(cel_cost_in_list)
{
	return cel_size(&arguments[1]);
}

CEL_COST(cel_cost_shorter)
{
	return read_cost(shorter(cel_size(&arguments[0]), cel_size(&arguments[1])));
}

CEL_COST(cel_cost_both)
{
	return read_cost(cel_size(&arguments[0]) + cel_size(&arguments[1]));
}

/* -- estimates --------------------------------------------------------------------------------------------------- */

static struct cel_range read_range(struct cel_range size)
{
	return cel_range_scale(size, CEL_STRING_FACTOR);
}

CEL_ESTIMATE(cel_estimate_affix)
{
	return cel_estimate_of(read_range(arguments[1].size));
}

CEL_ESTIMATE(cel_estimate_contains)
{
	return cel_estimate_of(cel_range_multiply(read_range(arguments[0].size), read_range(arguments[1].size)));
}

CEL_ESTIMATE(cel_estimate_matches)
{
	struct cel_range text = read_range(cel_range_add(arguments[0].size, cel_range_of(1, 1)));

	return cel_estimate_of(cel_range_multiply(text, cel_range_scale(arguments[1].size, CEL_REGEX_FACTOR)));
}

CEL_ESTIMATE(cel_estimate_in_list)
{
	return cel_estimate_of(cel_range_scale(arguments[1].size, 1));
}

CEL_ESTIMATE(cel_estimate_shorter)
{
	uint64_t longest = shorter(arguments[0].size.maximum, arguments[1].size.maximum);

	return cel_estimate_of(read_range(cel_range_of(longest > 0, longest)));
}

/* Kubernetes' own types are equal at a price of their own. */
static bool costs_one_to_compare(struct str type)
{
	static const char *const names[] = {
		"net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver", "kubernetes.authorization.Authorizer",
		"kubernetes.authorization.PathCheck", "kubernetes.authorization.GroupCheck",
		"kubernetes.authorization.ResourceCheck", "kubernetes.authorization.Decision",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_equal(type, str_of(names[i])))
			return true;
	return false;
}

/* apiserver/pkg/cel/format.go: MaxFormatSize */
#define LONGEST_FORMAT 64

CEL_ESTIMATE(cel_estimate_equals)
{
	const struct cel_type *a = arguments[0].type, *b = arguments[1].type;
	uint64_t size = arguments[1].size.maximum;

	if (a && b && cel_type_equal(a, b) && (a->kind == CEL_TYPE_OPAQUE || a->kind == CEL_TYPE_STRUCT)) {
		if (costs_one_to_compare(a->name))
			return cel_estimate_of(cel_range_of(1, 1));
		if (str_is(a->name, "kubernetes.NamedFormat"))
			return cel_estimate_of(read_range(cel_range_of(1, LONGEST_FORMAT)));
		if (str_is(a->name, "kubernetes.URL"))
			return cel_estimate_of(read_range(cel_range_of(1, size)));
	}
	return cel_estimate_shorter(arguments, count);
}

static struct cel_call_estimate sized(struct cel_range cost, struct cel_range size)
{
	return (struct cel_call_estimate){ .cost = cost, .size_known = true, .size = size };
}

CEL_ESTIMATE(cel_estimate_add_text)
{
	struct cel_range size = cel_range_add(arguments[0].size, arguments[1].size);

	return sized(read_range(size), size);
}

CEL_ESTIMATE(cel_estimate_add_list)
{
	return sized(cel_range_of(1, 1), cel_range_add(arguments[0].size, arguments[1].size));
}

/* A character takes up to four bytes. */
CEL_ESTIMATE(cel_estimate_string_to_bytes)
{
	struct cel_range size = arguments[0].size;

	return sized(read_range(size), cel_range_of(size.minimum, size.maximum * 4));
}

CEL_ESTIMATE(cel_estimate_bytes_to_string)
{
	struct cel_range size = arguments[0].size;

	return sized(read_range(size), cel_range_of(size.minimum / 4, size.maximum));
}
