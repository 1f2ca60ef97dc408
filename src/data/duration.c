#include "data/duration.h"

#include "base/arena.h"
#include "data/utf8.h"

#define NANOSECOND UINT64_C(1)
#define MICROSECOND (1000 * NANOSECOND)
#define MILLISECOND (1000 * MICROSECOND)
#define SECOND (1000 * MILLISECOND)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* The magnitude of the smallest duration. */
#define LIMIT (UINT64_C(1) << 63)

static const struct {
	struct str name;
	uint64_t length;
} units[] = {
	{ STR("s"), SECOND }, { STR("m"), MINUTE }, { STR("h"), HOUR }, { STR("ms"), MILLISECOND },
	{ STR("us"), MICROSECOND }, { STR("ns"), NANOSECOND },
	{ STR("\u00b5s"), MICROSECOND }, { STR("\u03bcs"), MICROSECOND },
};

static uint64_t unit_length(struct str name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (str_equal(name, units[i].name))
			return units[i].length;
	return 0;
}

void duration_quote(struct buf *out, struct str text)
{
	static const char digits[] = "0123456789abcdef";

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 0x80 || c < ' ') {
			char hex[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

			buf_add_bytes(out, hex, sizeof(hex));
			continue;
		}
		if (c == '"' || c == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static int invalid(struct str text, const struct str *unit, const char *what, struct error **err)
{
	struct buf message = { 0 };

	/* Trying whether a text is a duration is the common use: then nobody reads the reason. */
	if (!err)
		return -1;
	if (unit) {
		buf_add(&message, STR("unknown unit "));
		duration_quote(&message, *unit);
		buf_add(&message, STR(" in duration "));
	} else {
		buf_printf(&message, "%s ", what);
	}
	duration_quote(&message, text);
	error_set(err, ERROR_INVALID, "time: " STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return -1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *at as a number up to LIMIT; false when it is larger. */
static bool whole_part(struct str text, size_t *at, uint64_t *value)
{
	*value = 0;
	for (; *at < text.n && is_digit(text.p[*at]); (*at)++) {
		if (*value > LIMIT / 10)
			return false;
		*value = *value * 10 + (uint64_t)(text.p[*at] - '0');
		if (*value > LIMIT)
			return false;
	}
	return true;
}

/* The digits at *at as fraction / scale; digits beyond what fits are dropped. */
static void fraction_part(struct str text, size_t *at, uint64_t *fraction, double *scale)
{
	bool full = false;

	*fraction = 0;
	*scale = 1;
	for (; *at < text.n && is_digit(text.p[*at]); (*at)++) {
		uint64_t next;

		if (full || *fraction > (LIMIT - 1) / 10) {
			full = true;
			continue;
		}
		next = *fraction * 10 + (uint64_t)(text.p[*at] - '0');
		if (next > LIMIT) {
			full = true;
			continue;
		}
		*fraction = next;
		*scale *= 10;
	}
}

/* One "1.5h" of the text. */
static int parse_term(struct str text, size_t *at, uint64_t *total, struct error **err)
{
	uint64_t whole, fraction = 0, length;
	double scale = 1;
	size_t start = *at, digits, unit_start;
	struct str unit;

	if (!is_digit(text.p[*at]) && text.p[*at] != '.')
		return invalid(text, NULL, "invalid duration", err);
	if (!whole_part(text, at, &whole))
		return invalid(text, NULL, "invalid duration", err);
	digits = *at - start;
	if (*at < text.n && text.p[*at] == '.') {
		size_t from = ++*at;

		fraction_part(text, at, &fraction, &scale);
		digits += *at - from;
	}
	if (digits == 0)
		return invalid(text, NULL, "invalid duration", err);
	unit_start = *at;
	while (*at < text.n && text.p[*at] != '.' && !is_digit(text.p[*at]))
		(*at)++;
	unit = str_slice(text, unit_start, *at);
	if (unit.n == 0)
		return invalid(text, NULL, "missing unit in duration", err);
	length = unit_length(unit);
	if (length == 0)
		return invalid(text, &unit, NULL, err);
	if (whole > LIMIT / length)
		return invalid(text, NULL, "invalid duration", err);
	whole *= length;
	/* As Go does it, in doubles: the last digit of a long fraction must come out the same. */
	if (fraction > 0)
		whole += (uint64_t)((double)fraction * ((double)length / scale));
	if (whole > LIMIT)
		return invalid(text, NULL, "invalid duration", err);
	*total += whole;
	if (*total > LIMIT)
		return invalid(text, NULL, "invalid duration", err);
	return 0;
}

int duration_parse(struct str text, int64_t *nanoseconds, struct error **err)
{
	bool negative = false;
	uint64_t total = 0;
	size_t at = 0;

	if (text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'))
		negative = text.p[at++] == '-';
	if (text.n - at == 1 && text.p[at] == '0') {
		*nanoseconds = 0;
		return 0;
	}
	if (at == text.n)
		return invalid(text, NULL, "invalid duration", err);
	while (at < text.n)
		if (parse_term(text, &at, &total, err))
			return -1;
	if (!negative && total > LIMIT - 1)
		return invalid(text, NULL, "invalid duration", err);
	*nanoseconds = (int64_t)(negative ? -total : total);
	return 0;
}

/*
 * Writes value / 10^precision before `end` without trailing zeros and without a lonely point; returns the
 * whole part.
 */
static uint64_t put_fraction(char **end, uint64_t value, int precision)
{
	bool seen = false;

	for (int i = 0; i < precision; i++) {
		seen = seen || value % 10 != 0;
		if (seen)
			*--*end = (char)('0' + value % 10);
		value /= 10;
	}
	if (seen)
		*--*end = '.';
	return value;
}

static void put_integer(char **end, uint64_t value)
{
	do {
		*--*end = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
}

static void put_short(char **end, uint64_t value)
{
	int precision = 0;

	*--*end = 's';
	if (value == 0) {
		*--*end = '0';
		return;
	}
	if (value < MICROSECOND) {
		*--*end = 'n';
	} else if (value < MILLISECOND) {
		precision = 3;
		*--*end = '\xb5';
		*--*end = '\xc2';
	} else {
		precision = 6;
		*--*end = 'm';
	}
	put_integer(end, put_fraction(end, value, precision));
}

static void put_long(char **end, uint64_t value)
{
	*--*end = 's';
	value = put_fraction(end, value, 9);
	put_integer(end, value % 60);
	value /= 60;
	if (value == 0)
		return;
	*--*end = 'm';
	put_integer(end, value % 60);
	value /= 60;
	if (value == 0)
		return;
	*--*end = 'h';
	put_integer(end, value);
}

struct str duration_text(struct arena *arena, int64_t nanoseconds)
{
	char text[40], *start = text + sizeof(text);
	uint64_t value = nanoseconds < 0 ? -(uint64_t)nanoseconds : (uint64_t)nanoseconds;

	(value < SECOND ? put_short : put_long)(&start, value);
	if (nanoseconds < 0)
		*--start = '-';
	return str_dup(arena, str_make(start, (size_t)(text + sizeof(text) - start)));
}

double duration_seconds(int64_t nanoseconds)
{
	/* Whole seconds apart from the rest, as Go adds them. */
	int64_t seconds = nanoseconds / (int64_t)SECOND, rest = nanoseconds % (int64_t)SECOND;

	return (double)seconds + (double)rest / 1e9;
}
