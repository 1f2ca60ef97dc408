/*
 * Named zones from the system's zoneinfo: TZif files (RFC 8536), version 2 and later, and the rule at their end for the
 * years behind their tables (POSIX TZ with the extension of hours beyond 24).
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/instant.h"

#define FOLDER "/usr/share/zoneinfo/"
#define FILE_MAX (256 * 1024)
#define HEADER 44
#define DAY 86400

/*
 * -- the file
 * ----------------------------------------------------------------------------------------------------
 */

static int read_zone_file(struct arena *arena, struct str zone, struct str *out)
{
	const char *path = str_cstr(arena, str_concat(arena, STR(FOLDER), zone));
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	ssize_t n = -1;
	char *bytes;

	if (file < 0)
		return -1;
	if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX) {
		bytes = arena_alloc(arena, (size_t)status.st_size);
		n = read(file, bytes, (size_t)status.st_size);
		*out = str_make(bytes, n < 0 ? 0 : (size_t)n);
	}
	close(file);
	return n < 0 ? -1 : 0;
}

static int64_t big_endian(const char *p, size_t n)
{
	uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | (unsigned char)p[i];
	return (int64_t)value;
}

/* One of the two tables of a file: with times of 4 bytes, then again with 8. */
struct zone_table {
	size_t times, types, names;     /* counts; names in bytes */
	const char *time, *index, *type, *name;
	struct str rest;                /* behind the table */
};

static bool read_table(struct str data, size_t time_size, struct zone_table *table)
{
	size_t counts[6], at = HEADER;

	if (data.n < HEADER || !str_starts_with(data, STR("TZif")))
		return false;
	for (size_t i = 0; i < 6; i++) {
		counts[i] = (size_t)big_endian(data.p + 20 + 4 * i, 4);
		if (counts[i] > FILE_MAX)
			return false;
	}
	/* UT and standard indicators, leap seconds, times, types, names. */
	*table = (struct zone_table){ .times = counts[3], .types = counts[4], .names = counts[5] };
	table->time = data.p + at;
	at += table->times * time_size;
	table->index = data.p + at;
	at += table->times;
	table->type = data.p + at;
	at += table->types * 6;
	table->name = data.p + at;
	at += table->names + counts[2] * (time_size + 4) + counts[1] + counts[0];
	if (at > data.n || table->types == 0)
		return false;
	table->rest = str_skip(data, at);
	return true;
}

static bool use_type(const struct zone_table *table, size_t type, struct instant *out)
{
	const char *p = table->type + 6 * type;
	size_t name;

	if (type >= table->types)
		return false;
	name = (unsigned char)p[5];
	if (name >= table->names)
		return false;
	out->offset = (int32_t)big_endian(p, 4);
	out->zone = str_make(table->name + name, strnlen(table->name + name, table->names - name));
	return out->offset > -2 * DAY && out->offset < 2 * DAY;
}

/*
 * -- the rule at the end
 * -----------------------------------------------------------------------------------------
 */

/* "CET" or "<+03>". */
static bool take_name(struct str *in, struct str *name)
{
	size_t n = 0;

	if (in->n > 0 && in->p[0] == '<') {
		n = str_find_char(*in, '>', 0);
		if (n == STR_NOT_FOUND)
			return false;
		*name = str_slice(*in, 1, n);
		*in = str_skip(*in, n + 1);
		return name->n > 0;
	}
	while (n < in->n && ((in->p[n] | 32) >= 'a' && (in->p[n] | 32) <= 'z'))
		n++;
	*name = str_slice(*in, 0, n);
	*in = str_skip(*in, n);
	return n >= 3;
}

static bool take_number(struct str *in, int most, int *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < in->n && in->p[n] >= '0' && in->p[n] <= '9' && *out <= most; n++)
		*out = *out * 10 + (in->p[n] - '0');
	*in = str_skip(*in, n);
	return n > 0 && *out <= most;
}

static bool take_char(struct str *in, char c)
{
	if (in->n == 0 || in->p[0] != c)
		return false;
	*in = str_skip(*in, 1);
	return true;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(struct str *in, int *seconds)
{
	int sign = take_char(in, '-') ? -1 : 1, hours, minutes = 0, rest = 0;

	if (sign == 1)
		take_char(in, '+');
	if (!take_number(in, 167, &hours))
		return false;
	if (take_char(in, ':') && !take_number(in, 59, &minutes))
		return false;
	if (take_char(in, ':') && !take_number(in, 59, &rest))
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60 + rest);
	return true;
}

/* When in a year the clocks change: "M3.5.0/2", "J60", "59"; seconds from the year's beginning. */
static bool take_change(struct str *in, int64_t year, int64_t *seconds)
{
	int month, week, weekday, day, time = 7200;

	if (take_char(in, 'M')) {
		struct calendar first;
		struct instant t;

		if (!take_number(in, 12, &month) || month < 1 || !take_char(in, '.') || !take_number(in, 5, &week) ||
		    week < 1 || !take_char(in, '.') || !take_number(in, 6, &weekday))
			return false;
		t = instant_from_unix(instant_of_date(year, month, 1));
		first = instant_calendar(&t);
		day = (weekday - first.weekday + 7) % 7 + 7 * (week - 1);
		/* The fifth is the last one. */
		if (day >= instant_days_in(month, year))
			day -= 7;
		day += first.year_day - 1;
	} else if (take_char(in, 'J')) {
		if (!take_number(in, 365, &day) || day < 1)
			return false;
		day -= !(instant_is_leap(year) && day >= 60);
	} else if (!take_number(in, 365, &day)) {
		return false;
	}
	if (take_char(in, '/') && !take_time(in, &time))
		return false;
	*seconds = (int64_t)day * DAY + time;
	return true;
}

static bool use_rule(struct str rule, struct instant *out)
{
	int standard, summer;
	struct str standard_name, summer_name;
	int64_t year, begin, end, now;
	struct instant local = *out;
	bool is_summer;

	if (!take_name(&rule, &standard_name) || !take_time(&rule, &standard))
		return false;
	/* POSIX counts westwards. */
	standard = -standard;
	out->offset = standard;
	out->zone = standard_name;
	if (rule.n == 0)
		return true;
	if (!take_name(&rule, &summer_name))
		return false;
	summer = standard + 3600;
	if (rule.n > 0 && rule.p[0] != ',') {
		if (!take_time(&rule, &summer))
			return false;
		summer = -summer;
	}
	local.offset = standard;
	year = instant_calendar(&local).year;
	if (!take_char(&rule, ',') || !take_change(&rule, year, &begin) || !take_char(&rule, ',') ||
	    !take_change(&rule, year, &end) || rule.n > 0)
		return false;
	now = out->seconds - instant_of_date(year, 1, 1);
	begin -= standard;
	end -= summer;
	is_summer = begin < end ? now >= begin && now < end : now >= begin || now < end;
	if (is_summer) {
		out->offset = summer;
		out->zone = summer_name;
	}
	return true;
}

/*
 * -- the whole
 * ---------------------------------------------------------------------------------------------------
 */

/* The first type that is no daylight saving time, for what comes before the table. */
static size_t first_type(const struct zone_table *table)
{
	for (size_t i = 0; i < table->types; i++)
		if (table->type[6 * i + 4] == 0)
			return i;
	return 0;
}

static bool find_offset(struct str data, struct instant *out)
{
	struct zone_table table;
	struct str rule;
	size_t low = 0, high;

	/* The first table serves readers of the first version only. */
	if (!read_table(data, 4, &table) || !read_table(table.rest, 8, &table))
		return false;
	high = table.times;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (big_endian(table.time + 8 * middle, 8) <= out->seconds)
			low = middle + 1;
		else
			high = middle;
	}
	rule = str_trim(table.rest);
	if (low == table.times && rule.n > 0 && use_rule(rule, out))
		return true;
	return use_type(&table, low > 0 ? (unsigned char)table.index[low - 1] : first_type(&table), out);
}

int instant_in_zone(struct arena *arena, const struct instant *t, struct str zone, struct instant *out,
		    struct error **err)
{
	struct str data;

	if (zone.n == 0 || str_is(zone, "UTC") || str_is(zone, "Local")) {
		*out = instant_utc(t);
		return 0;
	}
	/* A name is a path below the folder, and must stay there. */
	if (str_contains(zone, STR("..")) || zone.p[0] == '/' || zone.p[0] == '\\' || memchr(zone.p, '\0', zone.n))
		return error_set(err, ERROR_INVALID, "time: invalid location name");
	*out = *t;
	if (zone.n > 255 || read_zone_file(arena, zone, &data) || !find_offset(data, out))
		return error_set(err, ERROR_NOT_FOUND, "unknown time zone " STR_FMT, STR_ARG(zone));
	return 0;
}
