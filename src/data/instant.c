/* Instants as numbers: clock, calendar, arithmetic. */
#include "data/instant.h"

#include <time.h>

#define SECOND INT64_C(1000000000)
#define DAY 86400
/* Seconds from 0001-01-01, from which Go counts multiples, to 1970-01-01. */
#define YEAR_ONE INT64_C(62135596800)

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t floor_rest(int64_t a, int64_t b)
{
	int64_t rest = a % b;

	return rest < 0 ? rest + b : rest;
}

struct instant instant_from_unix(int64_t seconds)
{
	return (struct instant){ .seconds = seconds, .zone = STR("UTC") };
}

struct instant instant_now(void)
{
	struct timespec now;
	struct instant t;

	clock_gettime(CLOCK_REALTIME, &now);
	t = instant_from_unix(now.tv_sec);
	t.nanoseconds = (int32_t)now.tv_nsec;
	return t;
}

/* -- calendar ---------------------------------------------------------------------------------------------------- */

bool instant_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of a common year before each month. */
static const int days_before[13] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

int instant_days_in(int month, int64_t year)
{
	return days_before[month] - days_before[month - 1] + (month == 2 && instant_is_leap(year));
}

/* Days from 1970-01-01 to January 1st of a year. */
static int64_t days_to_year(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + floor_divide(y, 4) - floor_divide(y, 100) + floor_divide(y, 400) - (492 - 19 + 4);
}

int64_t instant_of_date(int64_t year, int month, int day)
{
	return (days_to_year(year) + days_before[month - 1] + (month > 2 && instant_is_leap(year)) + day - 1) * DAY;
}

struct calendar instant_calendar(const struct instant *t)
{
	struct calendar c;
	int64_t local, days, year;
	int second;

	/* The ends of int64 are further out than any calendar goes; there the offset no longer matters. */
	if (__builtin_add_overflow(t->seconds, t->offset, &local))
		local = t->seconds;
	days = floor_divide(local, DAY);
	second = (int)floor_rest(local, DAY);
	/* The mean length of a year gets within one of the right one. */
	year = 1970 + floor_divide(days * 400, 146097);
	while (days_to_year(year) > days)
		year--;
	while (days_to_year(year + 1) <= days)
		year++;
	c.year = year;
	c.year_day = (int)(days - days_to_year(year)) + 1;
	c.day = c.year_day;
	for (c.month = 1; c.day > instant_days_in(c.month, year); c.month++)
		c.day -= instant_days_in(c.month, year);
	c.weekday = (int)floor_rest(days + 4, 7);
	c.hour = second / 3600;
	c.minute = second / 60 % 60;
	c.second = second % 60;
	return c;
}

/* -- arithmetic -------------------------------------------------------------------------------------------------- */

struct instant instant_add(const struct instant *t, int64_t nanoseconds)
{
	int64_t seconds = floor_divide(nanoseconds, SECOND);
	int64_t rest = t->nanoseconds + floor_rest(nanoseconds, SECOND);
	struct instant sum = *t;

	seconds += rest >= SECOND;
	sum.nanoseconds = (int32_t)(rest >= SECOND ? rest - SECOND : rest);
	if (__builtin_add_overflow(t->seconds, seconds, &sum.seconds))
		sum.seconds = seconds < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}

static __int128 in_nanoseconds(const struct instant *t)
{
	return (__int128)t->seconds * SECOND + t->nanoseconds;
}

int64_t instant_difference(const struct instant *a, const struct instant *b)
{
	__int128 difference = in_nanoseconds(a) - in_nanoseconds(b);

	return (int64_t)(difference > INT64_MAX ? INT64_MAX : difference < INT64_MIN ? INT64_MIN : difference);
}

int instant_compare(const struct instant *a, const struct instant *b)
{
	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return (a->nanoseconds > b->nanoseconds) - (a->nanoseconds < b->nanoseconds);
}

struct instant instant_truncate(const struct instant *t, int64_t nanoseconds)
{
	__int128 rest;

	if (nanoseconds <= 0)
		return *t;
	rest = (in_nanoseconds(t) + (__int128)YEAR_ONE * SECOND) % nanoseconds;
	if (rest < 0)
		rest += nanoseconds;
	return instant_add(t, -(int64_t)rest);
}

struct instant instant_utc(const struct instant *t)
{
	struct instant utc = *t;

	utc.offset = 0;
	utc.zone = STR("UTC");
	return utc;
}
