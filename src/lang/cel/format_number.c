/*
 * Numbers in string.format. Those with a fraction come in two manners: as Go prints them, and, before, as
 * golang.org/x/text does in American English ("1,234.500000", "1.234500×10⁰³"), whose bounds on precision and width
 * are 8 and 16 bits.
 */
#include <stdio.h>

#include "data/double_text.h"
#include "lang/cel/format.h"

#define DEFAULT_PLACES 6
#define PLACES_MAX 255

void format_integer(struct format *out, const struct cel_value *v, unsigned base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	bool negative = v->kind == CEL_INT && v->u.integer < 0;
	uint64_t number = negative ? -v->u.uinteger : v->u.uinteger;
	char text[65];
	size_t at = sizeof(text);

	do {
		text[--at] = digits[number % base];
		number /= base;
	} while (number);
	if (negative)
		text[--at] = '-';
	format_put(out, str_make(text + at, sizeof(text) - at));
}

static bool put_name(struct format *out, double d)
{
	if (__builtin_isfinite(d))
		return false;
	format_put(out, __builtin_isnan(d) ? STR("NaN") : d < 0 ? STR("-Infinity") : STR("Infinity"));
	return true;
}

void format_double(struct format *out, double d)
{
	char text[DOUBLE_TEXT_MAX];

	if (!put_name(out, d))
		format_put(out, str_make(text, double_text_plain(d, text)));
}

static double to_double(const struct cel_value *v)
{
	return v->kind == CEL_INT ? (double)v->u.integer : v->kind == CEL_UINT ? (double)v->u.uinteger : v->u.number;
}

/* -- American English -------------------------------------------------------------------------------------------- */

/* What is no finite number, at the right of `width` columns. */
static bool put_sign_of_infinity(struct format *out, double d, size_t width)
{
	size_t columns = __builtin_isnan(d) ? 3 : d < 0 ? 2 : 1;

	if (__builtin_isfinite(d))
		return false;
	for (; columns < width; columns++)
		format_put(out, STR(" "));
	format_put(out, __builtin_isnan(d) ? STR("NaN") : d < 0 ? STR("-∞") : STR("∞"));
	return true;
}

/* Commas between groups of three digits. A zero has no sign. */
static void put_grouped(struct format *out, double d, int places)
{
	char text[DOUBLE_TEXT_MAX + PLACES_MAX];
	struct str digits = str_make(text, double_text_places(d < 0 ? -d : d, places, text));
	size_t whole = str_find_char(digits, '.', 0);

	if (d == 0 && text[0] == '-')
		digits = str_skip(digits, 1);
	if (d < 0)
		format_put(out, STR("-"));
	if (whole == STR_NOT_FOUND || whole > digits.n)
		whole = digits.n;
	for (size_t i = 0, n; i < whole; i += n) {
		n = (whole - i - 1) % 3 + 1;
		if (i)
			format_put(out, STR(","));
		format_put(out, str_slice(digits, i, i + n));
	}
	format_put(out, str_skip(digits, whole));
}

static void put_superscript(struct format *out, int exponent)
{
	static const struct str digits[] = {
		STR("⁰"), STR("¹"), STR("²"), STR("³"), STR("⁴"), STR("⁵"), STR("⁶"), STR("⁷"), STR("⁸"), STR("⁹"),
	};
	int size = exponent < 0 ? -exponent : exponent;

	if (exponent < 0)
		format_put(out, STR("⁻"));
	if (size >= 100)
		format_put(out, digits[size / 100]);
	format_put(out, digits[size / 10 % 10]);
	format_put(out, digits[size % 10]);
}

/* "3.140000×10⁰⁰": always six places, for what stands as precision in the clause goes as a width. */
static void put_power(struct format *out, double d, size_t width)
{
	char text[32];
	size_t mantissa, columns;
	int length = snprintf(text, sizeof(text), "%.*e", DEFAULT_PLACES, d == 0 ? 0 : d);
	int exponent, size;

	mantissa = str_find_char(str_make(text, (size_t)length), 'e', 0);
	exponent = (int)strtol(text + mantissa + 1, NULL, 10);
	size = exponent < 0 ? -exponent : exponent;
	columns = mantissa + 3 + (exponent < 0) + (size >= 100 ? 3 : 2);
	for (; columns < width; columns++)
		format_put(out, STR(" "));
	format_put(out, str_make(text, mantissa));
	format_put(out, STR("×10"));
	put_superscript(out, exponent);
}

/* -- %f, %e ------------------------------------------------------------------------------------------------------ */

void format_fixed(struct format *out, const struct cel_value *v, int64_t places)
{
	double d = to_double(v);
	char text[DOUBLE_TEXT_MAX + PLACES_MAX];

	if (places < 0)
		places = DEFAULT_PLACES;
	if (!out->newest) {
		if (!put_sign_of_infinity(out, d, 0))
			put_grouped(out, d, (int)(places & 0xff));
		return;
	}
	if (!put_name(out, d))
		format_put(out, str_make(text, double_text_places(d, (int)places, text)));
}

void format_scientific(struct format *out, const struct cel_value *v, int64_t places)
{
	double d = to_double(v);
	char text[PLACES_MAX + 16];

	if (places < 0)
		places = DEFAULT_PLACES;
	if (!out->newest) {
		if (!put_sign_of_infinity(out, d, (size_t)(places & 0xffff)))
			put_power(out, d, (size_t)(places & 0xffff));
		return;
	}
	if (!put_name(out, d))
		format_put(out, str_make(text, (size_t)snprintf(text, sizeof(text), "%.*e", (int)places, d)));
}
