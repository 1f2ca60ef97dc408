/* What calendar and clock show at a timestamp, and the parts of durations (cel-go common/stdlib). */
#include "data/double_text.h"
#include "data/instant.h"
#include "data/quote.h"
#include "lang/cel/library.h"

#define HOUR INT64_C(3600000000000)
#define MINUTE INT64_C(60000000000)
#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

static char *put_digits(char *out, int64_t number, int width)
{
	for (int i = width - 1; i >= 0; i--, number /= 10)
		out[i] = (char)('0' + number % 10);
	return out + width;
}

struct str cel_timestamp_text(struct arena *arena, const struct cel_value *timestamp, bool utc)
{
	int zone = utc ? 0 : timestamp->zone;
	struct instant time = { .seconds = timestamp->u.integer, .offset = zone * 60 };
	struct calendar c = instant_calendar(&time);
	char text[40], *end = text;

	/* A zone may take a time at the ends of the range into the year 0 or 10000, as Go prints them. */
	end = put_digits(end, c.year, c.year > 9999 ? 5 : 4);
	*end++ = '-';
	end = put_digits(end, c.month, 2);
	*end++ = '-';
	end = put_digits(end, c.day, 2);
	*end++ = 'T';
	end = put_digits(end, c.hour, 2);
	*end++ = ':';
	end = put_digits(end, c.minute, 2);
	*end++ = ':';
	end = put_digits(end, c.second, 2);
	if (timestamp->length) {
		*end++ = '.';
		end = put_digits(end, timestamp->length, 9);
		while (end[-1] == '0')
			end--;
	}
	if (zone == 0) {
		*end++ = 'Z';
	} else {
		*end++ = zone < 0 ? '-' : '+';
		zone = zone < 0 ? -zone : zone;
		end = put_digits(end, zone / 60, 2);
		*end++ = ':';
		end = put_digits(end, zone % 60, 2);
	}
	return str_dup(arena, str_make(text, (size_t)(end - text)));
}

/* -- zones ------------------------------------------------------------------------------------------------------- */

/* strconv.Atoi; false and *failure. */
static bool parse_number(struct cel_run *run, struct str text, int64_t *out, struct cel_value *failure)
{
	size_t digits = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+') ? 1 : 0;
	bool all_digits = text.n > digits;
	struct str quoted;

	if (str_to_int64(text, out))
		return true;
	for (size_t i = digits; i < text.n; i++)
		all_digits = all_digits && text.p[i] >= '0' && text.p[i] <= '9';
	quoted = quote(run->arena, text);
	*failure = cel_fail(run, "strconv.Atoi: parsing " STR_FMT ": %s", STR_ARG(quoted),
			    all_digits ? "value out of range" : "invalid syntax");
	return false;
}

/* "-08:00", "02:00": the minutes count in the direction of a '-' that stands in front. */
static bool fixed_offset(struct cel_run *run, struct str zone, size_t colon, int64_t *seconds,
			 struct cel_value *failure)
{
	int64_t hours, minutes;
	uint64_t offset;

	if (!parse_number(run, str_slice(zone, 0, colon), &hours, failure) ||
	    !parse_number(run, str_skip(zone, colon + 1), &minutes, failure))
		return false;
	/* Wraps where Go's does. */
	offset = (uint64_t)hours * 60 + (zone.p[0] == '-' ? -(uint64_t)minutes : (uint64_t)minutes);
	*seconds = (int64_t)(offset * (uint64_t)MINUTE) / SECOND;
	return true;
}

static bool named_offset(struct cel_run *run, const struct cel_value *timestamp, struct str zone, int64_t *seconds,
			 struct cel_value *failure)
{
	struct arena_point mark = arena_mark(run->arena);
	struct instant time = instant_from_unix(timestamp->u.integer), local;
	struct error *err = NULL;

	if (instant_in_zone(run->arena, &time, zone, &local, &err)) {
		*failure = cel_fail(run, "%s", err->message);
		error_free(err);
		return false;
	}
	*seconds = local.offset;
	arena_rewind(run->arena, mark);
	return true;
}

/* What calendar and clock show in a zone (arguments[1], else UTC). False: *failure. */
static bool local_calendar(struct cel_run *run, const struct cel_value *arguments, size_t count,
			   struct calendar *out, struct cel_value *failure)
{
	struct instant time = { .seconds = arguments[0].u.integer };
	int64_t offset = 0;
	struct str zone;
	size_t colon;

	if (arguments[0].kind != CEL_TIMESTAMP || (count > 1 && arguments[1].kind != CEL_STRING)) {
		*failure = cel_no_overload(run);
		return false;
	}
	if (count > 1) {
		zone = cel_str(&arguments[1]);
		colon = str_find_char(zone, ':', 0);
		if (colon == STR_NOT_FOUND ? !named_offset(run, &arguments[0], zone, &offset, failure)
					   : !fixed_offset(run, zone, colon, &offset, failure))
			return false;
	}
	time.seconds += offset;
	*out = instant_calendar(&time);
	return true;
}

/* -- getters ----------------------------------------------------------------------------------------------------- */

#define GETTER(body, expression) \
	CEL_BODY(body) \
	{ \
		struct cel_value failure; \
		struct calendar c; \
 \
		if (!local_calendar(run, arguments, count, &c, &failure)) \
			return failure; \
		return cel_of_int(expression); \
	}

GETTER(cel_do_full_year, c.year)
GETTER(cel_do_month, c.month - 1)
GETTER(cel_do_day_of_year, c.year_day - 1)
GETTER(cel_do_day_of_month, c.day - 1)
GETTER(cel_do_date, c.day)
GETTER(cel_do_day_of_week, c.weekday)

/* A duration as a number of hours, minutes or seconds goes through a double in Go. */
#define GETTER_OF_BOTH(body, expression, whole) \
	CEL_BODY(body) \
	{ \
		struct cel_value failure; \
		struct calendar c; \
 \
		if (arguments[0].kind == CEL_DURATION && count == 1) \
			return cel_of_int(whole(arguments[0].u.integer)); \
		if (!local_calendar(run, arguments, count, &c, &failure)) \
			return failure; \
		return cel_of_int(expression); \
	}

static int64_t through_double(int64_t duration, int64_t unit, double parts)
{
	int64_t whole_units = duration / unit, rest = duration % unit;

	return (int64_t)((double)whole_units + (double)rest / parts);
}

static int64_t whole_hours(int64_t duration)
{
	return through_double(duration, HOUR, 60 * 60 * 1e9);
}

static int64_t whole_minutes(int64_t duration)
{
	return through_double(duration, MINUTE, 60 * 1e9);
}

static int64_t whole_seconds(int64_t duration)
{
	return through_double(duration, SECOND, 1e9);
}

static int64_t whole_milliseconds(int64_t duration)
{
	return duration / MILLISECOND;
}

GETTER_OF_BOTH(cel_do_hours, c.hour, whole_hours)
GETTER_OF_BOTH(cel_do_minutes, c.minute, whole_minutes)
GETTER_OF_BOTH(cel_do_seconds, c.second, whole_seconds)
GETTER_OF_BOTH(cel_do_milliseconds, arguments[0].length / MILLISECOND, whole_milliseconds)
