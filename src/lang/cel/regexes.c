/* Kubernetes' regular expressions: find, findAll (apiserver/pkg/cel/library/regex.go). */
#include "lang/cel/library.h"

static struct cel_value illegal(struct cel_run *run, struct error *err)
{
	struct cel_value failure = cel_fail(run, "Illegal regex: %s", err->message);

	error_free(err);
	return failure;
}

static CEL_BODY(find)
{
	struct error *error = NULL;
	struct cel_pattern pattern;
	struct str match;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!cel_pattern_open(run, cel_str(&arguments[1]), &pattern, &error))
		return illegal(run, error);
	if (!regex_find(pattern.regex, cel_str(&arguments[0]), 0, &match, 1))
		match = STR("");
	cel_pattern_close(&pattern);
	return cel_of_str(match);
}

struct matches {
	struct cel_value *items;
	size_t count, capacity;
};

/* FindAllString: an empty match right behind another match does not count. */
static void find_each(struct arena *arena, const struct regex *regex, struct str text, int64_t limit,
		      struct matches *matches)
{
	size_t from = 0, last_end = SIZE_MAX;

	while (from <= text.n && (limit < 0 || (int64_t)matches->count < limit)) {
		size_t start, end, width = 1;
		struct str match;

		if (!regex_find(regex, text, from, &match, 1))
			break;
		start = (size_t)(match.p - text.p);
		end = start + match.n;
		if (match.n > 0 || start != last_end)
			*ARENA_PUSH(arena, matches->items, matches->count, matches->capacity) = cel_of_str(match);
		last_end = end;
		if (match.n == 0 && end < text.n)
			utf8_decode(text.p + end, text.n - end, &width);
		from = match.n > 0 ? end : end + width;
	}
}

static CEL_BODY(find_all)
{
	struct matches matches = { 0 };
	struct error *error = NULL;
	struct cel_pattern pattern;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING ||
	    (count == 3 && arguments[2].kind != CEL_INT))
		return cel_no_overload(run);
	if (!cel_pattern_open(run, cel_str(&arguments[1]), &pattern, &error))
		return illegal(run, error);
	find_each(run->arena, pattern.regex, cel_str(&arguments[0]), count == 3 ? arguments[2].u.integer : -1,
		  &matches);
	cel_pattern_close(&pattern);
	return cel_of_items(matches.items, matches.count);
}

static CEL_COST(cost_find)
{
	return cel_round_up((1.0 + (double)cel_size(&arguments[0])) * CEL_STRING_FACTOR) *
	       cel_round_up((double)cel_size(&arguments[1]) * CEL_REGEX_FACTOR);
}

static CEL_ESTIMATE(estimate_find)
{
	struct cel_range size = cel_range_add(arguments[0].size, cel_range_of(1, 1));
	struct cel_range text = cel_range_scale(size, CEL_STRING_FACTOR);
	struct cel_range pattern = cel_range_scale(arguments[1].size, CEL_REGEX_FACTOR);

	return (struct cel_call_estimate){
		.cost = cel_range_multiply(text, pattern),
		.size_known = true,
		.size = cel_range_of(0, arguments[0].size.maximum),
	};
}

#define FIND .cost = cost_find, .estimate = estimate_find, .prepare = cel_prepare_pattern

static const struct cel_function functions[] = {
	{ .name = "find", .signature = "string.(string) -> string", .evaluate = find, FIND,
	  .note = "the first match of a regular expression; empty when there is none" },
	{ .name = "findAll", .signature = "string.(string) -> list(string)", .evaluate = find_all, FIND,
	  .note = "all matches of a regular expression" },
	{ .name = "findAll", .signature = "string.(string, int) -> list(string)", .evaluate = find_all, FIND,
	  .note = "the first matches of a regular expression, at most as many as asked for" },
	{ .name = NULL },
};

const struct cel_library cel_regex_library = {
	.name = "kubernetes.regex",
	.functions = functions,
};
