#include "data/double_text.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <yyjson.h>

/* -- digits ------------------------------------------------------------------------------------------------------ */

size_t double_digits(double d, char digits[static 32], int *point)
{
	char text[64], memory[1024];
	size_t length = 0, n = 0, fraction = 0;
	bool dot = false;
	yyjson_alc alc;
	yyjson_val val = { 0 };
	char *written;

	unsafe_yyjson_set_real(&val, d);
	yyjson_alc_pool_init(&alc, memory, sizeof(memory));
	written = yyjson_val_write_opts(&val, YYJSON_WRITE_NOFLAG, &alc, &length, NULL);
	if (!written || length >= sizeof(text))
		return 0;
	memcpy(text, written, length);
	text[length] = '\0';
	*point = 0;
	for (char *p = text; *p; p++) {
		if (*p == '.') {
			dot = true;
		} else if (*p == 'e' || *p == 'E') {
			*point += atoi(p + 1);
			break;
		} else if (*p >= '0' && *p <= '9' && n < 31) {
			fraction += dot;
			if (n || *p != '0')
				digits[n++] = *p;
		}
	}
	*point += (int)n - (int)fraction;
	while (n && digits[n - 1] == '0')
		n--;
	return n;
}

static size_t special(double d, char *out)
{
	struct str name = isnan(d) ? STR("NaN") : d > 0 ? STR("+Inf") : STR("-Inf");

	memcpy(out, name.p, name.n);
	return name.n;
}

/* Writes the sign and gives the size. */
static double take_sign(double d, char *out, size_t *n)
{
	*n = 0;
	if (signbit(d))
		out[(*n)++] = '-';
	return fabs(d);
}

static size_t put_plain(const char *digits, size_t count, int point, char *out)
{
	size_t n = 0;

	if (point <= 0)
		out[n++] = '0';
	for (int i = 0; i < point; i++)
		out[n++] = i < (int)count ? digits[i] : '0';
	if ((int)count <= point)
		return n;
	out[n++] = '.';
	for (int i = point; i < 0; i++)
		out[n++] = '0';
	for (size_t i = point > 0 ? (size_t)point : 0; i < count; i++)
		out[n++] = digits[i];
	return n;
}

static size_t put_exponent(const char *digits, size_t count, int point, char letter, char *out)
{
	int exponent = count ? point - 1 : 0, size = abs(exponent);
	size_t n = 0;

	out[n++] = count ? digits[0] : '0';
	if (count > 1) {
		out[n++] = '.';
		memcpy(out + n, digits + 1, count - 1);
		n += count - 1;
	}
	out[n++] = letter;
	out[n++] = exponent < 0 ? '-' : '+';
	if (size >= 100)
		out[n++] = (char)('0' + size / 100);
	out[n++] = (char)('0' + size / 10 % 10);
	out[n++] = (char)('0' + size % 10);
	return n;
}

/* The digits of |d|, its sign written already. False when d is not finite, and then written as a whole. */
struct digits {
	char digits[32];
	size_t count;
	int point;
};

static bool take_digits_of(double d, struct digits *digits, char *out, size_t *n)
{
	if (!isfinite(d)) {
		*n = special(d, out);
		return false;
	}
	d = take_sign(d, out, n);
	digits->point = 0;
	digits->count = double_digits(d, digits->digits, &digits->point);
	/* A zero has no digits, and its point stands before them. */
	if (digits->count == 0)
		digits->point = 0;
	return true;
}

size_t double_text_plain(double d, char out[static DOUBLE_TEXT_MAX])
{
	struct digits digits;
	size_t n;

	if (take_digits_of(d, &digits, out, &n))
		n += put_plain(digits.digits, digits.count, digits.point, out + n);
	return n;
}

size_t double_text_exponent(double d, char letter, char out[static DOUBLE_TEXT_MAX])
{
	struct digits digits;
	size_t n;

	if (take_digits_of(d, &digits, out, &n))
		n += put_exponent(digits.digits, digits.count, digits.point, letter, out + n);
	return n;
}

size_t double_text_general(double d, char out[static DOUBLE_TEXT_MAX])
{
	struct digits digits;
	size_t n;

	if (!take_digits_of(d, &digits, out, &n))
		return n;
	/* Go decides on the exponent as if six digits were wanted. */
	if (digits.point < -3 || digits.point > 6)
		return n + put_exponent(digits.digits, digits.count, digits.point, 'e', out + n);
	return n + put_plain(digits.digits, digits.count, digits.point, out + n);
}

/* -- a number of places ------------------------------------------------------------------------------------------ */

static const uint64_t powers_of_ten[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
};
#define FEW_PLACES 9

static size_t put_natural(uint64_t i, char *out)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + i % 10);
		i /= 10;
	} while (i);
	for (size_t k = 0; k < n; k++)
		out[k] = digits[n - 1 - k];
	return n;
}

/*
 * d = mantissa / 2^shift exactly, so d * 10^places is rounded (half to even) in 128 bits. False when it does not fit.
 */
static bool scale_exactly(double d, int places, uint64_t *out)
{
	unsigned __int128 product, rest, half;
	int exponent, shift;
	uint64_t mantissa;

	if (places > FEW_PLACES || d >= 1e9)
		return false;
	mantissa = (uint64_t)ldexp(frexp(d, &exponent), 53);
	shift = 53 - exponent;
	if (mantissa == 0 || shift >= 120) {
		/* Less than 2^53 * 10^9 / 2^120: nothing. */
		*out = 0;
		return true;
	}
	product = (unsigned __int128)mantissa * powers_of_ten[places];
	half = (unsigned __int128)1 << (shift - 1);
	rest = product & ((half << 1) - 1);
	*out = (uint64_t)(product >> shift);
	if (rest > half || (rest == half && *out & 1))
		++*out;
	return true;
}

size_t double_text_places(double d, int places, char *out)
{
	uint64_t scaled;
	size_t n;

	if (!isfinite(d))
		return special(d, out);
	if (!scale_exactly(fabs(d), places, &scaled))
		return (size_t)snprintf(out, (size_t)(DOUBLE_TEXT_MAX + places), "%.*f", places, d);
	take_sign(d, out, &n);
	n += put_natural(scaled / powers_of_ten[places], out + n);
	if (places == 0)
		return n;
	out[n] = '.';
	scaled %= powers_of_ten[places];
	for (int i = places; i > 0; i--, scaled /= 10)
		out[n + (size_t)i] = (char)('0' + scaled % 10);
	return n + 1 + (size_t)places;
}

/* -- reading ----------------------------------------------------------------------------------------------------- */

/* Takes digits from *p; returns how many. */
static size_t take_digits(const char **p, const char *end, bool hexadecimal)
{
	size_t count = 0;

	for (; *p < end; (*p)++) {
		if (hexadecimal ? isxdigit((unsigned char)**p) : isdigit((unsigned char)**p))
			count++;
		else
			break;
	}
	return count;
}

/* Is it a decimal or hexadecimal floating-point number as Go writes them, without sign? */
static bool is_go_float(const char *p, const char *end)
{
	bool hexadecimal = end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x';
	size_t digits;

	if (hexadecimal)
		p += 2;
	digits = take_digits(&p, end, hexadecimal);
	if (p < end && *p == '.') {
		p++;
		digits += take_digits(&p, end, hexadecimal);
	}
	if (digits == 0)
		return false;
	if (p < end && (*p | 0x20) == (hexadecimal ? 'p' : 'e')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (take_digits(&p, end, false) == 0)
			return false;
	} else if (hexadecimal) {
		return false;
	}
	return p == end;
}

/* Copies a number without the '_' between its digits; 0 when one stands elsewhere or the number is too long. */
static size_t without_underscores(struct str text, char *space, size_t size)
{
	bool hexadecimal = false;
	char last = '^';
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool digit = hexadecimal ? isxdigit((unsigned char)c) : isdigit((unsigned char)c);

		if (c == '_' ? last != '0' : last == '_' && !digit)
			return 0;
		hexadecimal |= (c | 0x20) == 'x';
		last = c == '_' ? '_' : digit || (c | 0x20) == 'x' ? '0' : '!';
		if (c == '_')
			continue;
		if (n + 1 >= size)
			return 0;
		space[n++] = c;
	}
	space[n] = '\0';
	return last == '_' ? 0 : n;
}

bool double_parse(struct str text, double *out)
{
	char space[512];
	struct str bare = text;
	bool negative = text.n > 0 && text.p[0] == '-';
	size_t n;

	if (text.n > 0 && (text.p[0] == '+' || negative))
		bare = str_skip(text, 1);
	if (str_equal_fold(bare, STR("inf")) || str_equal_fold(bare, STR("infinity"))) {
		*out = negative ? -INFINITY : INFINITY;
		return true;
	}
	if (str_equal_fold(text, STR("nan"))) {
		*out = NAN;
		return true;
	}
	/* Longer numbers than the buffer are not what anybody compares with. */
	n = without_underscores(bare, space + 1, sizeof(space) - 1);
	if (n == 0 || !is_go_float(space + 1, space + 1 + n))
		return false;
	space[0] = negative ? '-' : '+';
	*out = strtod(space, NULL);
	return isfinite(*out);
}
