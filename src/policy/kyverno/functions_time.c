/* Functions on points in time, given and shown as RFC 3339 unless said otherwise. Local time is UTC. */
#include "data/duration.h"
#include "data/instant.h"
#include "policy/kyverno/functions_util.h"

static bool read_time(struct jmespath_call *call, size_t i, struct instant *out)
{
	struct error *error = NULL;

	if (instant_parse_rfc3339(argument_str(call, i), out, &error) == 0)
		return true;
	function_pass_error(call, error, false);
	return false;
}

static bool read_duration(struct jmespath_call *call, size_t i, int64_t *out)
{
	struct error *error = NULL;

	if (duration_parse(argument_str(call, i), out, &error) == 0)
		return true;
	function_pass_error(call, error, false);
	return false;
}

/* By a layout; none is RFC 3339. */
static bool read_time_by(struct jmespath_call *call, struct str layout, size_t i, struct instant *out)
{
	struct error *error = NULL;

	if (layout.n == 0)
		return read_time(call, i, out);
	if (instant_parse(layout, argument_str(call, i), out, &error) == 0)
		return true;
	function_pass_error(call, error, false);
	return false;
}

static const struct value *time_result(struct jmespath_call *call, const struct instant *t)
{
	return str_result(call, instant_rfc3339(call->context->arena, t));
}

static const struct value *difference_result(struct jmespath_call *call, const struct instant *from,
					     const struct instant *to)
{
	return str_result(call, duration_text(call->context->arena, instant_difference(to, from)));
}

static const struct value *f_time_since(struct jmespath_call *call)
{
	struct str layout = argument_str(call, 0);
	struct instant from, to = instant_now();

	if (!read_time_by(call, layout, 1, &from))
		return NULL;
	if (argument_str(call, 2).n > 0 && !read_time_by(call, layout, 2, &to))
		return NULL;
	return difference_result(call, &from, &to);
}

static const struct value *f_time_now(struct jmespath_call *call)
{
	struct instant now = instant_now();

	return time_result(call, &now);
}

static const struct value *f_time_to_cron(struct jmespath_call *call)
{
	struct instant t;
	struct calendar c;

	if (!read_time(call, 0, &t))
		return NULL;
	c = instant_calendar(&t);
	return str_result(
		call, str_format(call->context->arena, "%d %d %d %d %d", c.minute, c.hour, c.day, c.month, c.weekday));
}

static const struct value *f_time_add(struct jmespath_call *call)
{
	struct instant t;
	int64_t duration;

	if (!read_time(call, 0, &t) || !read_duration(call, 1, &duration))
		return NULL;
	t = instant_add(&t, duration);
	return time_result(call, &t);
}

/* A whole decimal number as strconv.ParseInt takes it: 0, or what is wrong. */
static const char *read_integer(struct str text, int64_t *out)
{
	size_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'), start = i;

	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
		i++;
	if (i == start || i < text.n)
		return "invalid syntax";
	return str_to_int64(text, out) ? NULL : "value out of range";
}

static const struct value *f_time_parse(struct jmespath_call *call)
{
	struct str layout = argument_str(call, 0), text = argument_str(call, 1);
	struct error *error = NULL;
	struct instant t;
	int64_t seconds;

	/* A number as layout means that the time is in seconds since 1970. */
	if (!read_integer(layout, &seconds)) {
		const char *wrong = read_integer(text, &seconds);

		if (wrong)
			return jmespath_fail(call, "strconv.ParseInt: parsing \"" STR_FMT "\": %s", STR_ARG(text),
					     wrong);
		t = instant_from_unix(seconds);
		return time_result(call, &t);
	}
	if (instant_parse(layout, text, &t, &error))
		return function_pass_error(call, error, false);
	return time_result(call, &t);
}

static const struct value *f_time_utc(struct jmespath_call *call)
{
	struct instant t;

	if (!read_time(call, 0, &t))
		return NULL;
	t = instant_utc(&t);
	return time_result(call, &t);
}

static const struct value *f_time_diff(struct jmespath_call *call)
{
	struct instant from, to;

	return read_time(call, 0, &from) && read_time(call, 1, &to) ? difference_result(call, &from, &to) : NULL;
}

static const struct value *f_time_before(struct jmespath_call *call)
{
	struct instant a, b;

	return read_time(call, 0, &a) && read_time(call, 1, &b) ? value_of_bool(instant_compare(&a, &b) < 0) : NULL;
}

static const struct value *f_time_after(struct jmespath_call *call)
{
	struct instant a, b;

	return read_time(call, 0, &a) && read_time(call, 1, &b) ? value_of_bool(instant_compare(&a, &b) > 0) : NULL;
}

static const struct value *f_time_between(struct jmespath_call *call)
{
	struct instant t, start, end;

	if (!read_time(call, 0, &t) || !read_time(call, 1, &start) || !read_time(call, 2, &end))
		return NULL;
	return value_of_bool(instant_compare(&t, &start) > 0 && instant_compare(&t, &end) < 0);
}

static const struct value *f_time_truncate(struct jmespath_call *call)
{
	struct instant t;
	int64_t duration;

	if (!read_time(call, 0, &t) || !read_duration(call, 1, &duration))
		return NULL;
	t = instant_truncate(&t, duration);
	return time_result(call, &t);
}

#define S JMESPATH_STRING
/* Kyverno declares no arguments for these, and then takes any. */
#define ANYTHING (JMESPATH_ANY | JMESPATH_EXPRESSION)

const struct jmespath_function kyverno_time_functions[] = {
	{ "time_since", 3, 3, { S, S, S }, f_time_since,
	  "time_since(layout string, start string, end string) → string",
	  "the duration from start to end, or to now when end is empty; an empty layout is RFC 3339", false },
	{ "time_now", 0, 255, { ANYTHING }, f_time_now,
	  "time_now() → string",
	  "the time of the evaluation", false },
	{ "time_now_utc", 0, 255, { ANYTHING }, f_time_now,
	  "time_now_utc() → string",
	  "the time of the evaluation in UTC", false },
	{ "time_to_cron", 1, 1, { S }, f_time_to_cron,
	  "time_to_cron(string) → string",
	  "as a cron expression", true },
	{ "time_add", 2, 2, { S, S }, f_time_add,
	  "time_add(time string, duration string) → string",
	  "a duration later", true },
	{ "time_parse", 2, 2, { S, S }, f_time_parse,
	  "time_parse(layout string, time string) → string",
	  "a time of any Go layout (a number: seconds since 1970) as RFC 3339", true },
	{ "time_utc", 1, 1, { S }, f_time_utc,
	  "time_utc(string) → string",
	  "the same time in UTC", true },
	{ "time_diff", 2, 2, { S, S }, f_time_diff,
	  "time_diff(start string, end string) → string",
	  "the duration between two times", true },
	{ "time_before", 2, 2, { S, S }, f_time_before,
	  "time_before(string, string) → boolean",
	  "whether the first is earlier", true },
	{ "time_after", 2, 2, { S, S }, f_time_after,
	  "time_after(string, string) → boolean",
	  "whether the first is later", true },
	{ "time_between", 3, 3, { S, S, S }, f_time_between,
	  "time_between(string, start string, end string) → boolean",
	  "whether the first is later than start and earlier than end", true },
	{ "time_truncate", 2, 2, { S, S }, f_time_truncate,
	  "time_truncate(time string, duration string) → string",
	  "down to a multiple of the duration", true },
	{ NULL },
};
