/*
 * lang/cel/standard.h: the bodies and costs that the tables of CEL's own functions refer to. Private to the room.
 *
 * One body serves all overloads of a name where they differ in types only: it looks at the kinds of its arguments and
 * answers "no such overload" for others, so that it is right for arguments of which nothing was known before.
 */
#ifndef LANG_CEL_STANDARD_H
#define LANG_CEL_STANDARD_H

#include "lang/cel/env.h"

#define CEL_BODY(name) struct cel_value name(struct cel_run *run, const struct cel_value *arguments, size_t count)
#define CEL_COST(name) uint64_t name(const struct cel_value *arguments, size_t count, const struct cel_value *result)
#define CEL_ESTIMATE(name) \
	struct cel_call_estimate name(const struct cel_estimate_argument *arguments, size_t count)

/* arithmetic.c */
cel_function_body cel_do_add, cel_do_subtract, cel_do_multiply, cel_do_divide, cel_do_modulo, cel_do_negate, cel_do_not,
	cel_do_less, cel_do_less_equals, cel_do_greater, cel_do_greater_equals, cel_do_in, cel_do_size;
bool cel_int_add(int64_t a, int64_t b, int64_t *out);

/* convert.c */
cel_function_body cel_do_identity, cel_do_bool, cel_do_bytes, cel_do_double, cel_do_int, cel_do_uint, cel_do_string,
	cel_do_timestamp, cel_do_duration, cel_do_type;

/* time.c */
cel_function_body cel_do_full_year, cel_do_month, cel_do_day_of_year, cel_do_day_of_month, cel_do_date,
	cel_do_day_of_week, cel_do_hours, cel_do_minutes, cel_do_seconds, cel_do_milliseconds;

/* standard_strings.c */
cel_function_body cel_do_contains, cel_do_starts_with, cel_do_ends_with, cel_do_matches;

/* standard_cost.c */
cel_function_cost cel_cost_affix, cel_cost_contains, cel_cost_matches, cel_cost_in_list, cel_cost_equals,
	cel_cost_order, cel_cost_add, cel_cost_traverse;
cel_function_estimate cel_estimate_affix, cel_estimate_contains, cel_estimate_matches, cel_estimate_in_list,
	cel_estimate_equals, cel_estimate_order, cel_estimate_add_text, cel_estimate_add_list,
	cel_estimate_string_to_bytes, cel_estimate_bytes_to_string, cel_estimate_traverse;

#endif
