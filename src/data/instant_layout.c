/* Layouts, and instants printed by them. */
#include "data/instant_layout.h"

#include <stdio.h>

#include "base/buf.h"
#include "data/instant.h"

const struct str layout_months[12] = {
	STR("January"), STR("February"), STR("March"),	   STR("April"),   STR("May"),	    STR("June"),
	STR("July"),	STR("August"),	 STR("September"), STR("October"), STR("November"), STR("December"),
};

const struct str layout_weekdays[7] = {
	STR("Sunday"), STR("Monday"), STR("Tuesday"), STR("Wednesday"), STR("Thursday"), STR("Friday"), STR("Saturday"),
};

/* -- cutting ----------------------------------------------------------------------------------------------------- */

/* In order: the first that fits is taken. */
static const struct {
	struct str text;
	uint8_t element;
	bool zulu, colon;
	uint8_t parts;
	bool no_lower_behind;   /* "Jan" is no element in "Janitor" */
} elements[] = {
	{ STR("January"), LAYOUT_LONG_MONTH },
	{ STR("Jan"), LAYOUT_MONTH, .no_lower_behind = true },
	{ STR("Monday"), LAYOUT_LONG_WEEKDAY },
	{ STR("Mon"), LAYOUT_WEEKDAY, .no_lower_behind = true },
	{ STR("MST"), LAYOUT_ZONE_NAME },
	{ STR("01"), LAYOUT_ZERO_MONTH },
	{ STR("02"), LAYOUT_ZERO_DAY },
	{ STR("03"), LAYOUT_ZERO_HOUR12 },
	{ STR("04"), LAYOUT_ZERO_MINUTE },
	{ STR("05"), LAYOUT_ZERO_SECOND },
	{ STR("06"), LAYOUT_YEAR },
	{ STR("002"), LAYOUT_ZERO_YEAR_DAY },
	{ STR("15"), LAYOUT_HOUR },
	{ STR("1"), LAYOUT_NUM_MONTH },
	{ STR("2006"), LAYOUT_LONG_YEAR },
	{ STR("2"), LAYOUT_DAY },
	{ STR("_2"), LAYOUT_UNDER_DAY },
	{ STR("__2"), LAYOUT_UNDER_YEAR_DAY },
	{ STR("3"), LAYOUT_HOUR12 },
	{ STR("4"), LAYOUT_MINUTE },
	{ STR("5"), LAYOUT_SECOND },
	{ STR("PM"), LAYOUT_PM },
	{ STR("pm"), LAYOUT_LOWER_PM },
	{ STR("-070000"), LAYOUT_ZONE_OFFSET, .parts = 3 },
	{ STR("-07:00:00"), LAYOUT_ZONE_OFFSET, .parts = 3, .colon = true },
	{ STR("-0700"), LAYOUT_ZONE_OFFSET, .parts = 2 },
	{ STR("-07:00"), LAYOUT_ZONE_OFFSET, .parts = 2, .colon = true },
	{ STR("-07"), LAYOUT_ZONE_OFFSET, .parts = 1 },
	{ STR("Z070000"), LAYOUT_ZONE_OFFSET, .parts = 3, .zulu = true },
	{ STR("Z07:00:00"), LAYOUT_ZONE_OFFSET, .parts = 3, .colon = true, .zulu = true },
	{ STR("Z0700"), LAYOUT_ZONE_OFFSET, .parts = 2, .zulu = true },
	{ STR("Z07:00"), LAYOUT_ZONE_OFFSET, .parts = 2, .colon = true, .zulu = true },
	{ STR("Z07"), LAYOUT_ZONE_OFFSET, .parts = 1, .zulu = true },
};

static bool is_digit_at(struct str s, size_t i)
{
	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

/* A fraction is '.' or ',' and a run of one digit, 0 or 9, that no other digit follows. */
static size_t fraction_length(struct str layout, size_t at)
{
	size_t end = at + 1;

	if (end >= layout.n || (layout.p[end] != '0' && layout.p[end] != '9'))
		return 0;
	while (end < layout.n && layout.p[end] == layout.p[at + 1])
		end++;
	return is_digit_at(layout, end) ? 0 : end - at;
}

static bool element_at(struct str layout, size_t at, struct layout_chunk *chunk)
{
	struct str rest = str_skip(layout, at);
	size_t length;

	if (rest.p[0] == '.' || rest.p[0] == ',') {
		length = fraction_length(layout, at);
		chunk->element = LAYOUT_FRACTION;
		chunk->separator = rest.p[0];
		chunk->digits = length - 1;
		chunk->trim = length && rest.p[1] == '9';
		chunk->text = str_slice(rest, 0, length);
		return length > 0;
	}
	for (size_t i = 0; i < sizeof(elements) / sizeof(*elements); i++) {
		length = elements[i].text.n;
		if (elements[i].text.p[0] != rest.p[0] || !str_starts_with(rest, elements[i].text))
			continue;
		if (elements[i].no_lower_behind && rest.n > length && rest.p[length] >= 'a' && rest.p[length] <= 'z')
			continue;
		chunk->element = elements[i].element;
		chunk->zulu = elements[i].zulu;
		chunk->colon = elements[i].colon;
		chunk->parts = elements[i].parts;
		chunk->text = str_slice(rest, 0, length);
		return true;
	}
	return false;
}

struct layout_chunk layout_next(struct str layout)
{
	struct layout_chunk chunk = { 0 };

	for (size_t at = 0; at < layout.n; at++) {
		/* "_2006" is an underscore and a year, not "_2" and "006". */
		if (str_starts_with(str_skip(layout, at), STR("_2006")))
			continue;
		if (element_at(layout, at, &chunk)) {
			chunk.prefix = str_slice(layout, 0, at);
			chunk.rest = str_skip(layout, at + chunk.text.n);
			return chunk;
		}
	}
	return (struct layout_chunk){ .prefix = layout };
}

/* -- printing ---------------------------------------------------------------------------------------------------- */

/* Where the year has more digits than `width`, all of them; a minus before the zeros. */
static void put_number(struct buf *out, int64_t value, int width)
{
	uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;

	buf_printf(out, "%s%0*llu", value < 0 ? "-" : "", width, (unsigned long long)magnitude);
}

static void put_offset(struct buf *out, const struct layout_chunk *chunk, int32_t offset)
{
	int minutes = offset / 60, magnitude = minutes < 0 ? -minutes : minutes;
	const char *colon = chunk->colon ? ":" : "";

	if (chunk->zulu && offset == 0) {
		buf_add_char(out, 'Z');
		return;
	}
	buf_printf(out, "%c%02d", minutes < 0 ? '-' : '+', magnitude / 60);
	if (chunk->parts >= 2)
		buf_printf(out, "%s%02d", colon, magnitude % 60);
	/* Go negates the seconds only where it negates the minutes. */
	if (chunk->parts >= 3)
		buf_printf(out, "%s%02d", colon, minutes < 0 ? -offset % 60 : offset % 60);
}

static void put_zone_name(struct buf *out, const struct instant *t)
{
	static const struct layout_chunk numeric = { .parts = 2 };

	if (t->zone.n > 0)
		buf_add(out, t->zone);
	else
		put_offset(out, &numeric, t->offset);
}

static void put_fraction(struct buf *out, const struct layout_chunk *chunk, int32_t nanoseconds)
{
	char digits[16];
	size_t n = chunk->digits;

	if (chunk->trim && (n == 0 || nanoseconds == 0))
		return;
	snprintf(digits, sizeof(digits), "%09d", nanoseconds);
	if (n > 9)
		n = 9;
	while (chunk->trim && n > 0 && digits[n - 1] == '0')
		n--;
	if (chunk->trim && n == 0)
		return;
	buf_add_char(out, chunk->separator);
	buf_add_bytes(out, digits, n);
}

static void put_element(struct buf *out, const struct layout_chunk *chunk, const struct calendar *c,
			const struct instant *t)
{
	int hour12 = c->hour % 12 ? c->hour % 12 : 12;

	switch (chunk->element) {
	case LAYOUT_LONG_MONTH:
		buf_add(out, layout_months[c->month - 1]);
		break;
	case LAYOUT_MONTH:
		buf_add(out, str_slice(layout_months[c->month - 1], 0, 3));
		break;
	case LAYOUT_NUM_MONTH:
	case LAYOUT_ZERO_MONTH:
		put_number(out, c->month, chunk->element == LAYOUT_ZERO_MONTH ? 2 : 1);
		break;
	case LAYOUT_LONG_WEEKDAY:
		buf_add(out, layout_weekdays[c->weekday]);
		break;
	case LAYOUT_WEEKDAY:
		buf_add(out, str_slice(layout_weekdays[c->weekday], 0, 3));
		break;
	case LAYOUT_DAY:
	case LAYOUT_ZERO_DAY:
		put_number(out, c->day, chunk->element == LAYOUT_ZERO_DAY ? 2 : 1);
		break;
	case LAYOUT_UNDER_DAY:
		buf_printf(out, "%2d", c->day);
		break;
	case LAYOUT_UNDER_YEAR_DAY:
		buf_printf(out, "%3d", c->year_day);
		break;
	case LAYOUT_ZERO_YEAR_DAY:
		put_number(out, c->year_day, 3);
		break;
	case LAYOUT_HOUR:
		put_number(out, c->hour, 2);
		break;
	case LAYOUT_HOUR12:
	case LAYOUT_ZERO_HOUR12:
		put_number(out, hour12, chunk->element == LAYOUT_ZERO_HOUR12 ? 2 : 1);
		break;
	case LAYOUT_MINUTE:
	case LAYOUT_ZERO_MINUTE:
		put_number(out, c->minute, chunk->element == LAYOUT_ZERO_MINUTE ? 2 : 1);
		break;
	case LAYOUT_SECOND:
	case LAYOUT_ZERO_SECOND:
		put_number(out, c->second, chunk->element == LAYOUT_ZERO_SECOND ? 2 : 1);
		break;
	case LAYOUT_LONG_YEAR:
		put_number(out, c->year, 4);
		break;
	case LAYOUT_YEAR:
		put_number(out, (c->year < 0 ? -c->year : c->year) % 100, 2);
		break;
	case LAYOUT_PM:
		buf_add(out, c->hour >= 12 ? STR("PM") : STR("AM"));
		break;
	case LAYOUT_LOWER_PM:
		buf_add(out, c->hour >= 12 ? STR("pm") : STR("am"));
		break;
	case LAYOUT_ZONE_NAME:
		put_zone_name(out, t);
		break;
	case LAYOUT_ZONE_OFFSET:
		put_offset(out, chunk, t->offset);
		break;
	case LAYOUT_FRACTION:
		put_fraction(out, chunk, t->nanoseconds);
		break;
	case LAYOUT_END:
		break;
	}
}

struct str instant_format(struct arena *arena, const struct instant *t, struct str layout)
{
	struct calendar calendar = instant_calendar(t);
	struct layout_chunk chunk;
	struct buf out = { 0 };
	struct str text;

	do {
		chunk = layout_next(layout);
		buf_add(&out, chunk.prefix);
		put_element(&out, &chunk, &calendar, t);
		layout = chunk.rest;
	} while (chunk.element != LAYOUT_END);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

static char *put_digits(char *out, int number, int digits)
{
	for (int i = digits - 1; i >= 0; i--, number /= 10)
		out[i] = (char)('0' + number % 10);
	return out + digits;
}

/* What the layout below comes to for most instants: UTC, with a year of four digits. */
static struct str utc_text(struct arena *arena, const struct calendar *c)
{
	struct str text = { arena_alloc(arena, sizeof("2006-01-02T15:04:05Z")), sizeof("2006-01-02T15:04:05Z") - 1 };
	char *out = put_digits((char *)text.p, (int)c->year, 4);

	*out++ = '-';
	out = put_digits(out, c->month, 2);
	*out++ = '-';
	out = put_digits(out, c->day, 2);
	*out++ = 'T';
	out = put_digits(out, c->hour, 2);
	*out++ = ':';
	out = put_digits(out, c->minute, 2);
	*out++ = ':';
	out = put_digits(out, c->second, 2);
	*out = 'Z';
	return text;
}

struct str instant_rfc3339(struct arena *arena, const struct instant *t)
{
	struct calendar calendar;

	if (t->offset == 0) {
		calendar = instant_calendar(t);
		if (calendar.year >= 0 && calendar.year <= 9999)
			return utc_text(arena, &calendar);
	}
	return instant_format(arena, t, STR("2006-01-02T15:04:05Z07:00"));
}
