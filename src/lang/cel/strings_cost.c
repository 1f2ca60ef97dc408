/* What the string functions cost, and are estimated at (apiserver/pkg/cel/library/cost.go, cel-go checker/cost.go). */
#include "lang/cel/strings.h"

static struct cel_call_estimate sized(struct cel_range cost, struct cel_range size)
{
	return (struct cel_call_estimate){ .cost = cost, .size_known = true, .size = size };
}

CEL_COST(cel_cost_join)
{
	return cel_round_up((double)cel_size(result) * 2 * CEL_STRING_FACTOR);
}

CEL_ESTIMATE(cel_estimate_same_size)
{
	return sized(cel_range_scale(arguments[0].size, CEL_STRING_FACTOR), arguments[0].size);
}

static uint64_t times(uint64_t size, uint64_t part)
{
	double count = (double)size / (double)part;

	return count < 0x1p64 ? cel_round_up(count) : UINT64_MAX;
}

CEL_ESTIMATE(cel_estimate_replace)
{
	struct cel_range text = arguments[0].size, old = arguments[1].size, with = arguments[2].size;
	struct cel_range hits = { 0, 0 }, kept = { 0, 0 };

	/* At most: the shortest text is replaced by the longest as often as it can stand there. */
	if (old.minimum == 0) {
		hits.maximum = text.maximum < UINT64_MAX ? text.maximum + 1 : text.maximum;
		kept.maximum = text.maximum;
	} else if (with.maximum <= old.minimum) {
		kept.maximum = text.maximum;
	} else {
		hits.maximum = times(text.maximum, old.minimum);
	}
	/* At least: the other way round. */
	if (old.maximum == 0) {
		hits.minimum = text.minimum < UINT64_MAX ? text.minimum + 1 : text.minimum;
		kept.minimum = text.minimum;
	} else if (old.maximum <= with.minimum) {
		kept.minimum = text.minimum;
	} else {
		hits.minimum = times(text.minimum, old.maximum);
	}
	return sized(cel_range_scale(text, 2 * CEL_STRING_FACTOR), cel_range_add(cel_range_multiply(hits, with), kept));
}

/* Each character may become an item, unless a literal says how many there may be. */
CEL_ESTIMATE(cel_estimate_split)
{
	struct cel_range size = { 0, arguments[0].size.maximum };

	if (count > 2 && arguments[2].literal && arguments[2].literal->kind == CEL_INT)
		size.maximum = arguments[2].literal->u.uinteger;
	return sized(cel_range_scale(arguments[0].size, 2 * CEL_STRING_FACTOR), size);
}

CEL_ESTIMATE(cel_estimate_join)
{
	struct cel_range items = arguments[0].size, size = { 0, 0 };

	/* Of what may be any type, the items are nothing. */
	if (arguments[0].type && arguments[0].type->parameter_count)
		size = cel_range_multiply(items, arguments[0].item_size);
	if (count > 1) {
		struct cel_range gaps = { items.minimum - (items.minimum > 0), items.maximum - (items.maximum > 0) };

		size = cel_range_add(size, cel_range_multiply(arguments[1].size, gaps));
	}
	return sized(cel_range_scale(size, CEL_STRING_FACTOR), size);
}

/* Each character may need an escape, and there are two quotes. */
CEL_ESTIMATE(cel_estimate_quote)
{
	struct cel_range size = arguments[0].size;

	return sized(cel_range_scale(size, CEL_STRING_FACTOR),
		     cel_range_of(size.minimum + 2, size.maximum * 2 + 2));
}
