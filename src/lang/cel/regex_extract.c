/* cel-go's regular expressions (ext/regex.go): regex.extract, regex.extractAll, regex.replace. */
#include "data/quote.h"
#include "lang/cel/library.h"

/* What was found so far; matches in turn, as FindAll gives them: an empty one right behind another does not count. */
struct search {
	const struct regex *regex;
	struct str text;
	size_t from, last_end;
};

static size_t place_in(struct str text, struct str part)
{
	return (size_t)(part.p - text.p);
}

static bool next_match(struct search *search, struct str *groups, size_t count)
{
	while (search->from <= search->text.n && regex_find(search->regex, search->text, search->from, groups, count)) {
		size_t start = place_in(search->text, groups[0]), end = start + groups[0].n, width = 1;
		bool counts = groups[0].n > 0 || start != search->last_end;

		if (!groups[0].n && end < search->text.n)
			utf8_decode(search->text.p + end, search->text.n - end, &width);
		search->from = groups[0].n ? end : end + width;
		search->last_end = end;
		if (counts)
			return true;
	}
	return false;
}

static struct search search_in(const struct cel_pattern *pattern, struct str text)
{
	return (struct search){ .regex = pattern->regex, .text = text, .last_end = SIZE_MAX };
}

static struct cel_value too_many_groups(struct cel_run *run, struct str pattern)
{
	return cel_fail(run, "regular expression has more than one capturing group: " STR_FMT,
			STR_ARG(quote(run->arena, pattern)));
}

/* The one group if the pattern has one, else all of it. */
static CEL_BODY(extract)
{
	struct cel_pattern pattern;
	struct error *error = NULL;
	struct cel_value result;
	struct str groups[2];
	size_t group;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!cel_pattern_open(run, cel_str(&arguments[1]), &pattern, &error))
		return cel_fail_error(run, error);
	group = regex_group_count(pattern.regex);
	if (group > 1) {
		result = too_many_groups(run, cel_str(&arguments[1]));
	} else if (!regex_find(pattern.regex, cel_str(&arguments[0]), 0, groups, group + 1) || (group && !groups[1].n)) {
		result = cel_of_optional(run->arena, NULL);
	} else {
		struct cel_value match = cel_of_str(groups[group]);

		result = cel_of_optional(run->arena, &match);
	}
	cel_pattern_close(&pattern);
	return result;
}

static CEL_BODY(extract_all)
{
	struct cel_value *items = NULL, result;
	size_t found = 0, capacity = 0, group;
	struct cel_pattern pattern;
	struct error *error = NULL;
	struct search search;
	struct str groups[2];

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!cel_pattern_open(run, cel_str(&arguments[1]), &pattern, &error))
		return cel_fail_error(run, error);
	group = regex_group_count(pattern.regex);
	search = search_in(&pattern, cel_str(&arguments[0]));
	while (group < 2 && next_match(&search, groups, group + 1))
		if (!group || groups[1].n)
			*ARENA_PUSH(run->arena, items, found, capacity) = cel_of_str(groups[group]);
	result = group < 2 ? cel_of_items(items, found) : too_many_groups(run, cel_str(&arguments[1]));
	cel_pattern_close(&pattern);
	return result;
}

/* -- replace ------------------------------------------------------------------------------------------------------- */

#define DIGITS 10       /* \0 … \9 */

/* What a match is replaced by. False and *failure. */
static bool expand(struct cel_run *run, struct buf *out, struct str with, const struct str *groups, size_t group_count,
		   struct cel_value *failure)
{
	for (size_t i = 0; i < with.n; i++) {
		size_t group;

		if (with.p[i] != '\\') {
			buf_add_char(out, with.p[i]);
			continue;
		}
		if (++i == with.n) {
			*failure = cel_fail(run, "invalid replacement string: '" STR_FMT "' \\ not allowed at end",
					    STR_ARG(with));
			return false;
		}
		if (with.p[i] == '\\') {
			buf_add_char(out, '\\');
			continue;
		}
		if (with.p[i] < '0' || with.p[i] > '9') {
			*failure = cel_fail(run, "invalid replacement string: '" STR_FMT
					    "' \\ must be followed by a digit or \\", STR_ARG(with));
			return false;
		}
		group = (size_t)(with.p[i] - '0');
		if (group > group_count) {
			*failure = cel_fail(run, "replacement string references group %zu but regex has only %zu group(s)",
					    group, group_count);
			return false;
		}
		if (groups[group].p)
			buf_add(out, groups[group]);
	}
	return true;
}

static struct cel_value replaced(struct cel_run *run, const struct cel_pattern *pattern, struct str text,
				 struct str with, int64_t limit)
{
	size_t group_count = regex_group_count(pattern->regex), last = 0;
	struct search search = search_in(pattern, text);
	struct str groups[DIGITS] = { { 0 } };
	struct cel_value result = { .kind = CEL_NULL };
	struct buf out = { 0 };
	bool complete = true;

	for (int64_t n = 0; limit < 0 || n < limit; n++) {
		if (!next_match(&search, groups, group_count < DIGITS ? group_count + 1 : DIGITS))
			break;
		buf_add(&out, str_slice(text, last, place_in(text, groups[0])));
		complete = expand(run, &out, with, groups, group_count, &result);
		if (complete && !cel_can_hold(run, out.n)) {
			result = cel_fail_memory(run);
			complete = false;
		}
		if (!complete)
			break;
		last = place_in(text, groups[0]) + groups[0].n;
	}
	if (complete) {
		buf_add(&out, str_skip(text, last));
		result = cel_of_str(str_dup(run->arena, buf_str(&out)));
	}
	buf_free(&out);
	return result;
}

static CEL_BODY(replace)
{
	int64_t limit = count == 4 ? arguments[3].u.integer : -1;
	struct cel_pattern pattern;
	struct error *error = NULL;
	struct cel_value result;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING || arguments[2].kind != CEL_STRING ||
	    (count == 4 && arguments[3].kind != CEL_INT))
		return cel_no_overload(run);
	if (limit == 0)
		return arguments[0];
	if (!cel_pattern_open(run, cel_str(&arguments[1]), &pattern, &error))
		return cel_fail_error(run, error);
	result = replaced(run, &pattern, cel_str(&arguments[0]), cel_str(&arguments[2]), limit);
	cel_pattern_close(&pattern);
	return result;
}

/* Unlike other libraries this one does not refuse a wrong pattern before it is used. */
static const void *prepare_pattern(struct arena *arena, const struct cel_value *const *constants, size_t count,
				   struct error **err)
{
	(void)err;
	return cel_prepare_pattern(arena, constants, count, NULL);
}

/* -- costs --------------------------------------------------------------------------------------------------------- */

static double search_cost(const struct cel_value *arguments)
{
	return ((double)cel_size(&arguments[0]) + 1) * CEL_STRING_FACTOR *
	       (((double)cel_size(&arguments[1]) + 1) * CEL_REGEX_FACTOR);
}

/* The result is optional, so its size is 1. */
static CEL_COST(cost_extract)
{
	return cel_round_up(1 + search_cost(arguments) + 1);
}

static CEL_COST(cost_extract_all)
{
	return cel_round_up(1 + search_cost(arguments) + (double)cel_size(result) + CEL_LIST_COST);
}

static CEL_COST(cost_replace)
{
	return (uint64_t)(1 + search_cost(arguments) + (double)cel_size(result));
}

static struct cel_call_estimate estimate_search(const struct cel_estimate_argument *arguments, struct cel_range size,
						uint64_t more)
{
	struct cel_range one = cel_range_of(1, 1);
	struct cel_range text = cel_range_scale(cel_range_add(arguments[0].size, one), CEL_STRING_FACTOR);
	struct cel_range pattern = cel_range_scale(cel_range_add(arguments[1].size, one), CEL_REGEX_FACTOR);
	struct cel_range made = cel_range_add(size, cel_range_of(more, more));

	return (struct cel_call_estimate){
		.cost = cel_range_add(cel_range_multiply(text, pattern), made), .size_known = true, .size = size,
	};
}

static CEL_ESTIMATE(estimate_extract)
{
	return estimate_search(arguments, cel_range_of(0, arguments[0].size.maximum), 0);
}

static CEL_ESTIMATE(estimate_extract_all)
{
	return estimate_search(arguments, cel_range_of(0, arguments[0].size.maximum), CEL_LIST_COST);
}

static CEL_ESTIMATE(estimate_replace)
{
	uint64_t none = arguments[0].size.maximum;
	struct cel_range all = cel_range_multiply(cel_range_of(none, none), arguments[2].size);

	return estimate_search(arguments, arguments[2].size.maximum ? cel_range_of(none, all.maximum) : cel_range_of(0, none),
			       0);
}

static const struct cel_function functions[] = {
	{ .name = "regex.extract", .signature = "(string, string) -> optional_type(string)", .evaluate = extract,
	  .cost = cost_extract, .estimate = estimate_extract, .prepare = prepare_pattern,
	  .note = "the first match of a regular expression, or of the group in it" },
	{ .name = "regex.extractAll", .signature = "(string, string) -> list(string)", .evaluate = extract_all,
	  .cost = cost_extract_all, .estimate = estimate_extract_all, .prepare = prepare_pattern,
	  .note = "all matches of a regular expression, or of the group in it" },
	{ .name = "regex.replace", .signature = "(string, string, string) -> string", .evaluate = replace,
	  .cost = cost_replace, .estimate = estimate_replace, .prepare = prepare_pattern,
	  .note = "a text with every match of a regular expression replaced; \\1 is its first group" },
	{ .name = "regex.replace", .signature = "(string, string, string, int) -> string", .evaluate = replace,
	  .cost = cost_replace, .estimate = estimate_replace, .prepare = prepare_pattern,
	  .note = "a text with the first matches of a regular expression replaced" },
	{ .name = NULL },
};

const struct cel_library cel_regex_extract_library = { .name = "cel.lib.ext.regex", .functions = functions };
