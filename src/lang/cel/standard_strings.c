/* contains, startsWith, endsWith, matches. */
#include "lang/cel/library.h"

static bool both_strings(const struct cel_value *arguments)
{
	return arguments[0].kind == CEL_STRING && arguments[1].kind == CEL_STRING;
}

CEL_BODY(cel_do_contains)
{
	if (!both_strings(arguments))
		return cel_no_overload(run);
	return cel_of_bool(str_contains(cel_str(&arguments[0]), cel_str(&arguments[1])));
}

CEL_BODY(cel_do_starts_with)
{
	if (!both_strings(arguments))
		return cel_no_overload(run);
	return cel_of_bool(str_starts_with(cel_str(&arguments[0]), cel_str(&arguments[1])));
}

CEL_BODY(cel_do_ends_with)
{
	if (!both_strings(arguments))
		return cel_no_overload(run);
	return cel_of_bool(str_ends_with(cel_str(&arguments[0]), cel_str(&arguments[1])));
}

/* -- patterns ---------------------------------------------------------------------------------------------------- */

bool cel_pattern_open(struct cel_run *run, struct str pattern, struct cel_pattern *out, struct error **err)
{
	*out = (struct cel_pattern){ .regex = run->prepared };
	if (out->regex)
		return true;
	if (run->regexes)
		out->regex = regex_cache_get(run->regexes, pattern, err);
	else
		out->regex = out->own = regex_compile(pattern, err);
	return out->regex != NULL;
}

void cel_pattern_close(struct cel_pattern *pattern)
{
	regex_free(pattern->own);
}

static void release_regex(void *regex)
{
	regex_free(regex);
}

const void *cel_prepare_pattern(struct arena *arena, const struct cel_value *const *constants, size_t count,
				struct error **err)
{
	struct regex *regex;

	if (count < 2 || !constants[1] || constants[1]->kind != CEL_STRING)
		return NULL;
	regex = regex_compile(cel_str(constants[1]), err);
	if (regex)
		arena_defer(arena, release_regex, regex);
	return regex;
}

CEL_BODY(cel_do_matches)
{
	struct error *err = NULL;
	struct cel_pattern pattern;
	bool matches;

	/* cel-go says less when the pattern is compiled already, or when the first argument has member functions. */
	if (arguments[0].kind != CEL_STRING)
		return (run->prepared && !run->newest) || arguments[0].kind == CEL_TIMESTAMP ||
				       arguments[0].kind == CEL_DURATION
			       ? cel_no_overload(run)
			       : cel_fail(run, "no such overload: matches");
	if (arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!cel_pattern_open(run, cel_str(&arguments[1]), &pattern, &err))
		return cel_fail_error(run, err);
	matches = regex_match(pattern.regex, cel_str(&arguments[0]));
	cel_pattern_close(&pattern);
	return cel_of_bool(matches);
}
