/*
 * data/instant.h: points in time. Semantics: Go's time package (RFC 3339, layouts, truncation), as Kyverno's time_*
 * functions and Kubernetes' objects use it; "local" is UTC everywhere. Zones are UTC and fixed offsets; named zones by
 * the system's zoneinfo.
 *
 * An instant borrows its zone's name: from the text it was parsed from, or from the arena.
 */
#ifndef DATA_INSTANT_H
#define DATA_INSTANT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct instant {
	int64_t seconds;        /* since 1970-01-01T00:00:00Z */
	int32_t nanoseconds;    /* 0 … 999,999,999 */
	int32_t offset;         /* of the zone it is shown in, seconds east of UTC */
	struct str zone;        /* its abbreviation, "UTC" or empty */
};

struct instant instant_now(void);
struct instant instant_from_unix(int64_t seconds);
int instant_parse_rfc3339(struct str text, struct instant *out, struct error **err);
/* time.Parse(layout, text). */
int instant_parse(struct str layout, struct str text, struct instant *out, struct error **err);
/* time.Format(layout). */
struct str instant_format(struct arena *arena, const struct instant *t, struct str layout);
struct str instant_rfc3339(struct arena *arena, const struct instant *t);
struct instant instant_add(const struct instant *t, int64_t nanoseconds);
/* a - b, saturating like Go's Sub. */
int64_t instant_difference(const struct instant *a, const struct instant *b);
/* -1, 0, 1 */
int instant_compare(const struct instant *a, const struct instant *b);
/* Down to a multiple of the duration since the year 1; unchanged for durations <= 0. */
struct instant instant_truncate(const struct instant *t, int64_t nanoseconds);
struct instant instant_utc(const struct instant *t);
/* Shown in another zone ("America/New_York", "UTC"). */
int instant_in_zone(struct arena *arena, const struct instant *t, struct str zone, struct instant *out,
		    struct error **err);

/* What a calendar and a clock in the instant's zone show. */
struct calendar {
	int64_t year;
	int month, day;         /* from 1 */
	int weekday;            /* 0 is Sunday */
	int year_day;           /* from 1 */
	int hour, minute, second;
};
struct calendar instant_calendar(const struct instant *t);
/* Seconds since 1970 of a UTC date (month and day from 1). */
int64_t instant_of_date(int64_t year, int month, int day);
bool instant_is_leap(int64_t year);
int instant_days_in(int month, int64_t year);

#endif
