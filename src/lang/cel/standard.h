/*
 * lang/cel/standard.h: the bodies and costs that the tables of CEL's own functions refer to. Private to the room.
 *
 * One body serves all overloads of a name where they differ in types only. It looks at the kinds of its arguments
 * and answers "no such overload" for others, so nothing goes wrong where nobody has looked before; the evaluator
 * does, and says more.
 */
#ifndef LANG_CEL_STANDARD_H
#define LANG_CEL_STANDARD_H

#include "lang/cel/env.h"


/*
 * Whether an evaluation may take as many more bytes: results can grow without costing (list + list, replace). What it
 * fails with otherwise.
 */
bool cel_can_hold(const struct cel_run *run, uint64_t bytes);
struct cel_value cel_fail_memory(struct cel_run *run);

/* arithmetic.c */
cel_function_body cel_do_add, cel_do_subtract, cel_do_multiply, cel_do_divide, cel_do_modulo, cel_do_negate, cel_do_not,
	cel_do_less, cel_do_less_equals, cel_do_greater, cel_do_greater_equals;

/* standard_lists.c */
cel_function_body cel_do_in, cel_do_size;
struct cel_value cel_add_lists(struct cel_run *run, const struct cel_value *a, const struct cel_value *b);

/* convert.c */
cel_function_body cel_do_identity, cel_do_type, cel_do_bool, cel_do_bytes, cel_do_double, cel_do_int, cel_do_uint,
	cel_do_string, cel_do_timestamp, cel_do_duration;
/* What string() makes of a scalar; STR_NULL for kinds that it does not take. */
struct str cel_scalar_text(struct arena *arena, const struct cel_value *v);

/* time.c */
#define CEL_TIME_FIRST INT64_C(-62135596800)    /* 0001-01-01T00:00:00Z */
#define CEL_TIME_LAST INT64_C(253402300799)     /* 9999-12-31T23:59:59Z */
cel_function_body cel_do_full_year, cel_do_month, cel_do_day_of_year, cel_do_day_of_month, cel_do_date,
	cel_do_day_of_week, cel_do_hours, cel_do_minutes, cel_do_seconds, cel_do_milliseconds;
/* RFC 3339 with as many digits of a second as there are; in the zone that the timestamp came with, or in UTC. */
struct str cel_timestamp_text(struct arena *arena, const struct cel_value *timestamp, bool utc);

/* standard_strings.c */
cel_function_body cel_do_contains, cel_do_starts_with, cel_do_ends_with, cel_do_matches;

/* The pattern of a call: made ready with the program, taken from the run's cache, or compiled for this call alone. */
struct cel_pattern {
	const struct regex *regex;
	struct regex *own;
};
/* False and *err when the pattern is wrong. */
bool cel_pattern_open(struct cel_run *run, struct str pattern, struct cel_pattern *out, struct error **err);
void cel_pattern_close(struct cel_pattern *pattern);
/* Compiles arguments[1] when it is constant. */
cel_function_prepare cel_prepare_pattern;

/* standard_cost.c */
cel_function_cost cel_cost_contains, cel_cost_matches, cel_cost_in_list, cel_cost_shorter,
	cel_cost_both;
cel_function_estimate cel_estimate_affix, cel_estimate_contains, cel_estimate_matches, cel_estimate_in_list,
	cel_estimate_equals, cel_estimate_shorter, cel_estimate_add_text, cel_estimate_add_list,
	cel_estimate_string_to_bytes, cel_estimate_bytes_to_string;

#endif
