/* Instants read by a layout. */
#include <stdio.h>

#include "base/buf.h"
#include "data/duration.h"
#include "data/instant.h"
#include "data/instant_layout.h"

/* What has been read so far. -1 where the layout has not said. */
struct fields {
	int year, month, day, year_day;
	int hour, minute, second, nanoseconds;
	bool am, pm, utc, has_offset;
	int offset;
	struct str zone;
	const char *out_of_range;       /* the name of a field that is */
};

/* -- small parts ------------------------------------------------------------------------------------------------- */

static bool is_digit_at(struct str s, size_t i)
{
	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* One or two digits (`fixed`: two), taken off the value. */
static bool take_number(struct str *value, bool fixed, int *out)
{
	size_t n = is_digit_at(*value, 0) ? 1 + is_digit_at(*value, 1) : 0;

	*out = 0;
	if (n == 0 || (fixed && n == 1))
		return false;
	for (size_t i = 0; i < n; i++)
		*out = *out * 10 + (value->p[i] - '0');
	*value = str_skip(*value, n);
	return true;
}

static bool take_year_day(struct str *value, bool fixed, int *out)
{
	size_t n = 0;

	*out = 0;
	for (; n < 3 && is_digit_at(*value, n); n++)
		*out = *out * 10 + (value->p[n] - '0');
	if (n == 0 || (fixed && n != 3))
		return false;
	*value = str_skip(*value, n);
	return true;
}

/* The whole text as a number; a sign is allowed, as Go does. */
static bool to_number(struct str text, int *out)
{
	int64_t number;

	if (text.n == 0) {
		*out = 0;
		return true;
	}
	if (!str_to_int64(text, &number) || number > INT32_MAX || number < INT32_MIN)
		return false;
	*out = (int)number;
	return true;
}

static bool take_name(struct str *value, const struct str *names, size_t count, size_t length, int *index)
{
	for (size_t i = 0; i < count; i++) {
		struct str name = str_slice(names[i], 0, length);

		if (value->n >= name.n && str_equal_fold(str_slice(*value, 0, name.n), name)) {
			*value = str_skip(*value, name.n);
			*index = (int)i;
			return true;
		}
	}
	return false;
}

/* The separator and n - 1 digits at the front of the value (which stays). */
static bool read_fraction(struct str value, size_t n, struct fields *f)
{
	if (value.p[0] != '.' && value.p[0] != ',')
		return false;
	if (n > 10)
		n = 10;
	if (!to_number(str_slice(value, 1, n), &f->nanoseconds))
		return false;
	if (f->nanoseconds < 0) {
		f->out_of_range = "fractional second";
		return true;
	}
	for (; n < 10; n++)
		f->nanoseconds *= 10;
	return true;
}

/* The separator and all digits behind it; 0 when there is none. */
static size_t fraction_length(struct str value)
{
	size_t n = 1;

	if (value.n < 2 || (value.p[0] != '.' && value.p[0] != ',') || !is_digit_at(value, 1))
		return 0;
	while (is_digit_at(value, n))
		n++;
	return n;
}

/* -- zones ------------------------------------------------------------------------------------------------------- */

static bool take_offset(struct str *value, const struct layout_chunk *chunk, struct fields *f)
{
	static const char *const names[] = { "time zone offset hour", "time zone offset minute",
					     "time zone offset second" };
	static const int limits[] = { 24, 60, 60 };
	size_t step = chunk->colon ? 3 : 2, n = 3 + step * (chunk->parts - 1u);
	struct str text = str_slice(*value, 0, n);
	int parts[3] = { 0 };
	bool good = true;

	if (chunk->zulu && value->n > 0 && value->p[0] == 'Z') {
		*value = str_skip(*value, 1);
		f->utc = true;
		return true;
	}
	if (text.n < n)
		return false;
	for (size_t i = 1; chunk->colon && i < chunk->parts; i++)
		if (text.p[3 * i] != ':')
			return false;
	for (size_t i = 0; good && i < chunk->parts; i++) {
		struct str digits = str_slice(text, 1 + step * i, 3 + step * i);

		good = take_number(&digits, true, &parts[i]);
	}
	for (size_t i = 0; i < 3; i++)
		if (parts[i] > limits[i])
			f->out_of_range = names[i];
	f->has_offset = true;
	f->offset = (parts[0] * 60 + parts[1]) * 60 + parts[2];
	if (text.p[0] == '-')
		f->offset = -f->offset;
	/* Go marks "no offset yet" by -1 and would take this one for it. */
	if (f->offset == -1)
		f->has_offset = false;
	*value = str_skip(*value, n);
	return good && (text.p[0] == '-' || text.p[0] == '+');
}

/* The length of "+5", "-11" at the front; 0 when there is none or it is beyond 23. */
static size_t signed_hours_length(struct str value)
{
	size_t n = 1;
	int64_t hours;

	if (value.n == 0 || (value.p[0] != '+' && value.p[0] != '-'))
		return 0;
	while (is_digit_at(value, n))
		n++;
	if (n == 1 || !str_to_int64(str_slice(value, 1, n), &hours) || hours > 23)
		return 0;
	return n;
}

/* The length of what looks like a zone's abbreviation; 0 when nothing does. */
static size_t zone_name_length(struct str value)
{
	size_t upper = 0;

	if (value.n < 3)
		return 0;
	if (str_starts_with(value, STR("ChST")) || str_starts_with(value, STR("MeST")))
		return 4;
	if (str_starts_with(value, STR("GMT")))
		return 3 + signed_hours_length(str_skip(value, 3));
	if (value.p[0] == '+' || value.p[0] == '-')
		return signed_hours_length(value);
	while (upper < 6 && upper < value.n && value.p[upper] >= 'A' && value.p[upper] <= 'Z')
		upper++;
	if (upper == 3)
		return 3;
	if (upper == 4 && (value.p[3] == 'T' || str_starts_with(value, STR("WITA"))))
		return 4;
	return upper == 5 && value.p[4] == 'T' ? 5 : 0;
}

static bool take_zone_name(struct str *value, struct fields *f)
{
	size_t n;

	if (str_starts_with(*value, STR("UTC"))) {
		f->utc = true;
		*value = str_skip(*value, 3);
		return true;
	}
	n = zone_name_length(*value);
	f->zone = str_slice(*value, 0, n);
	*value = str_skip(*value, n);
	return n > 0;
}

/* -- elements ---------------------------------------------------------------------------------------------------- */

static void check_range(struct fields *f, int number, int limit, const char *name)
{
	if (number >= limit)
		f->out_of_range = name;
}

static bool take_year(struct str *value, bool two_digits, struct fields *f)
{
	size_t n = two_digits ? 2 : 4;
	struct str digits = str_slice(*value, 0, n);

	if (value->n < n || (!two_digits && !is_digit_at(*value, 0)))
		return false;
	*value = str_skip(*value, n);
	if (!to_number(digits, &f->year))
		return false;
	if (two_digits)
		f->year += f->year >= 69 ? 1900 : 2000;
	return true;
}

static bool take_month(struct str *value, const struct layout_chunk *chunk, struct fields *f)
{
	int number = 0;

	if (chunk->element == LAYOUT_MONTH || chunk->element == LAYOUT_LONG_MONTH) {
		if (!take_name(value, layout_months, 12, chunk->element == LAYOUT_MONTH ? 3 : SIZE_MAX, &number))
			return false;
		f->month = number + 1;
		return true;
	}
	if (!take_number(value, chunk->element == LAYOUT_ZERO_MONTH, &f->month))
		return false;
	if (f->month < 1 || f->month > 12)
		f->out_of_range = "month";
	return true;
}

static bool take_second(struct str *value, bool fixed, struct str layout_behind, struct fields *f)
{
	size_t n;

	if (!take_number(value, fixed, &f->second))
		return false;
	check_range(f, f->second, 60, "second");
	if (f->out_of_range)
		return true;
	/* A fraction is welcome even where the layout has none. */
	n = fraction_length(*value);
	if (n == 0 || layout_next(layout_behind).element == LAYOUT_FRACTION)
		return true;
	if (!read_fraction(*value, n, f))
		return false;
	*value = str_skip(*value, n);
	return true;
}

static bool take_noon(struct str *value, bool lower, struct fields *f)
{
	struct str text = str_slice(*value, 0, 2);

	if (text.n < 2)
		return false;
	*value = str_skip(*value, 2);
	if (str_equal(text, lower ? STR("pm") : STR("PM")))
		f->pm = true;
	else if (str_equal(text, lower ? STR("am") : STR("AM")))
		f->am = true;
	else
		return false;
	return true;
}

static bool take_fraction(struct str *value, const struct layout_chunk *chunk, struct fields *f)
{
	size_t n = chunk->trim ? fraction_length(*value) : 1 + chunk->digits;

	if (chunk->trim && n == 0)
		return true;
	if (value->n < n || !read_fraction(*value, n, f))
		return false;
	*value = str_skip(*value, n);
	return true;
}

static void skip_blanks(struct str *value, size_t most)
{
	for (; most > 0 && value->n > 0 && value->p[0] == ' '; most--)
		*value = str_skip(*value, 1);
}

static bool take_element(struct str *value, const struct layout_chunk *chunk, struct fields *f)
{
	enum layout_element element = chunk->element;
	int ignored;
	bool good;

	switch (element) {
	case LAYOUT_YEAR:
	case LAYOUT_LONG_YEAR:
		return take_year(value, element == LAYOUT_YEAR, f);
	case LAYOUT_MONTH:
	case LAYOUT_LONG_MONTH:
	case LAYOUT_NUM_MONTH:
	case LAYOUT_ZERO_MONTH:
		return take_month(value, chunk, f);
	case LAYOUT_WEEKDAY:
		return take_name(value, layout_weekdays, 7, 3, &ignored);
	case LAYOUT_LONG_WEEKDAY:
		return take_name(value, layout_weekdays, 7, SIZE_MAX, &ignored);
	case LAYOUT_DAY:
	case LAYOUT_UNDER_DAY:
	case LAYOUT_ZERO_DAY:
		skip_blanks(value, element == LAYOUT_UNDER_DAY ? 1 : 0);
		return take_number(value, element == LAYOUT_ZERO_DAY, &f->day);
	case LAYOUT_UNDER_YEAR_DAY:
	case LAYOUT_ZERO_YEAR_DAY:
		skip_blanks(value, element == LAYOUT_UNDER_YEAR_DAY ? 2 : 0);
		return take_year_day(value, element == LAYOUT_ZERO_YEAR_DAY, &f->year_day);
	case LAYOUT_HOUR:
		good = take_number(value, false, &f->hour);
		check_range(f, f->hour, 24, "hour");
		return good;
	case LAYOUT_HOUR12:
	case LAYOUT_ZERO_HOUR12:
		good = take_number(value, element == LAYOUT_ZERO_HOUR12, &f->hour);
		check_range(f, f->hour, 13, "hour");
		return good;
	case LAYOUT_MINUTE:
	case LAYOUT_ZERO_MINUTE:
		good = take_number(value, element == LAYOUT_ZERO_MINUTE, &f->minute);
		check_range(f, f->minute, 60, "minute");
		return good;
	case LAYOUT_SECOND:
	case LAYOUT_ZERO_SECOND:
		return take_second(value, element == LAYOUT_ZERO_SECOND, chunk->rest, f);
	case LAYOUT_PM:
	case LAYOUT_LOWER_PM:
		return take_noon(value, element == LAYOUT_LOWER_PM, f);
	case LAYOUT_ZONE_OFFSET:
		return take_offset(value, chunk, f);
	case LAYOUT_ZONE_NAME:
		return take_zone_name(value, f);
	case LAYOUT_FRACTION:
		return take_fraction(value, chunk, f);
	case LAYOUT_END:
		break;
	}
	return true;
}

/*
 * The fixed text between two elements. A run of blanks stands for any number of them, none at the end of
 * the value.
 */
static bool take_prefix(struct str *value, struct str prefix)
{
	while (prefix.n > 0) {
		if (prefix.p[0] == ' ') {
			if (value->n > 0 && value->p[0] != ' ')
				return false;
			skip_blanks(&prefix, SIZE_MAX);
			skip_blanks(value, SIZE_MAX);
			continue;
		}
		if (value->n == 0 || value->p[0] != prefix.p[0])
			return false;
		prefix = str_skip(prefix, 1);
		*value = str_skip(*value, 1);
	}
	return true;
}

/* -- the whole --------------------------------------------------------------------------------------------------- */

/* "parsing time "X"" and what is wrong with it. */
static int fail(struct str text, const char *what, struct error **err)
{
	struct buf quoted = { 0 };

	if (!err)
		return -1;
	duration_quote(&quoted, text);
	error_set(err, ERROR_INVALID, "parsing time " STR_FMT "%s", STR_ARG(buf_str(&quoted)), what);
	buf_free(&quoted);
	return -1;
}

static int fail_element(struct str layout, struct str text, struct str element, struct str at, struct error **err)
{
	struct buf what = { 0 };

	if (!err)
		return -1;
	buf_add(&what, STR(" as "));
	duration_quote(&what, layout);
	buf_add(&what, STR(": cannot parse "));
	duration_quote(&what, at);
	buf_add(&what, STR(" as "));
	duration_quote(&what, element);
	buf_add_char(&what, '\0');
	fail(text, what.p, err);
	buf_free(&what);
	return -1;
}

static int fail_range(struct str text, const char *name, struct error **err)
{
	char what[64];

	snprintf(what, sizeof(what), ": %s out of range", name);
	return fail(text, what, err);
}

static int fail_extra(struct str text, struct str extra, struct error **err)
{
	struct buf what = { 0 };

	if (!err)
		return -1;
	buf_add(&what, STR(": extra text: "));
	duration_quote(&what, extra);
	buf_add_char(&what, '\0');
	fail(text, what.p, err);
	buf_free(&what);
	return -1;
}

static int read_fields(struct str layout, struct str text, struct fields *f, struct error **err)
{
	struct str rest = layout, value = text, hold;

	for (;;) {
		struct layout_chunk chunk = layout_next(rest);

		if (!take_prefix(&value, chunk.prefix))
			return fail_element(layout, text, chunk.prefix, value, err);
		if (chunk.element == LAYOUT_END)
			return value.n ? fail_extra(text, value, err) : 0;
		rest = chunk.rest;
		hold = value;

		bool good = take_element(&value, &chunk, f);

		if (f->out_of_range)
			return fail_range(text, f->out_of_range, err);
		if (!good)
			return fail_element(layout, text, chunk.text, hold, err);
	}
}

/* Month and day of the year's n-th day, checked against those that were given. */
static int settle_year_day(struct fields *f, struct str text, struct error **err)
{
	int month = 1, day = f->year_day;

	if (day < 1 || day > 365 + instant_is_leap(f->year))
		return fail_range(text, "day-of-year", err);
	for (; day > instant_days_in(month, f->year); month++)
		day -= instant_days_in(month, f->year);
	if (f->month >= 0 && f->month != month)
		return fail(text, ": day-of-year does not match month", err);
	if (f->day >= 0 && f->day != day)
		return fail(text, ": day-of-year does not match day", err);
	f->month = month;
	f->day = day;
	return 0;
}

static int settle_date(struct fields *f, struct str text, struct error **err)
{
	if (f->year_day >= 0 && settle_year_day(f, text, err))
		return -1;
	if (f->month < 0)
		f->month = 1;
	if (f->day < 0)
		f->day = 1;
	if (f->day < 1 || f->day > instant_days_in(f->month, f->year))
		return fail_range(text, "day", err);
	if (f->pm && f->hour < 12)
		f->hour += 12;
	else if (f->am && f->hour == 12)
		f->hour = 0;
	return 0;
}

int instant_parse(struct str layout, struct str text, struct instant *out, struct error **err)
{
	struct fields f = { .month = -1, .day = -1, .year_day = -1 };
	struct instant t = { 0 };

	if (read_fields(layout, text, &f, err) || settle_date(&f, text, err))
		return -1;
	t.seconds = instant_of_date(f.year, f.month, f.day) + (f.hour * 60 + f.minute) * 60 + f.second;
	t.nanoseconds = f.nanoseconds;
	t.zone = STR("UTC");
	if (!f.utc && f.has_offset) {
		t.seconds -= f.offset;
		t.offset = f.offset;
		if (f.offset != 0 || f.zone.n > 0)
			t.zone = f.zone;
	} else if (!f.utc && f.zone.n > 0) {
		/*
		 * An abbreviation alone says nothing about the offset, except GMT+N; the time is taken as
		 * it stands.
		 */
		t.zone = f.zone;
		if (f.zone.n > 3 && str_starts_with(f.zone, STR("GMT")) && to_number(str_skip(f.zone, 3), &t.offset))
			t.offset *= 3600;
	}
	*out = t;
	return 0;
}

/* -- RFC 3339 ---------------------------------------------------------------------------------------------------- */

/* Two digits at a place that must hold them. */
static bool two_digits(struct str s, size_t at, int least, int most, int *out)
{
	if (!is_digit_at(s, at) || !is_digit_at(s, at + 1))
		return false;
	*out = (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
	return *out >= least && *out <= most;
}

/* The well-formed cases, at a fraction of the cost of a layout. */
static bool parse_strict(struct str s, struct instant *out)
{
	int century, year, month, day, hour, minute, second, zone_hour, zone_minute;
	struct fields f = { 0 };
	size_t n;

	if (s.n < 20 || s.p[4] != '-' || s.p[7] != '-' || s.p[10] != 'T' || s.p[13] != ':' || s.p[16] != ':' ||
	    !two_digits(s, 0, 0, 99, &century) || !two_digits(s, 2, 0, 99, &year) || !two_digits(s, 5, 1, 12, &month) ||
	    !two_digits(s, 8, 1, 31, &day) || !two_digits(s, 11, 0, 23, &hour) || !two_digits(s, 14, 0, 59, &minute) ||
	    !two_digits(s, 17, 0, 59, &second))
		return false;
	year += century * 100;
	if (day > instant_days_in(month, year))
		return false;
	s = str_skip(s, 19);
	n = s.p[0] == '.' ? fraction_length(s) : 0;
	if (n > 0 && !read_fraction(s, n, &f))
		return false;
	s = str_skip(s, n);
	*out = instant_from_unix(instant_of_date(year, month, day) + (hour * 60 + minute) * 60 + second);
	out->nanoseconds = f.nanoseconds;
	if (str_is(s, "Z"))
		return true;
	if (s.n != 6 || (s.p[0] != '+' && s.p[0] != '-') || s.p[3] != ':' || !two_digits(s, 1, 0, 23, &zone_hour) ||
	    !two_digits(s, 4, 0, 59, &zone_minute))
		return false;
	out->offset = (zone_hour * 60 + zone_minute) * (s.p[0] == '-' ? -60 : 60);
	out->seconds -= out->offset;
	if (out->offset != 0)
		out->zone = STR_NULL;
	return true;
}

int instant_parse_rfc3339(struct str text, struct instant *out, struct error **err)
{
	return parse_strict(text, out) ? 0 : instant_parse(STR("2006-01-02T15:04:05Z07:00"), text, out, err);
}
