/* Reading and comparing quantities. */
#include "data/quantity.h"

#include "data/quantity_big.h"

#define TEXT_MAX (64 * 1024)
/* So many decimal digits always fit int64. */
#define DIGITS_MAX 18
#define NANO (-9)

static int wrong_format(struct error **err)
{
	return error_set(err, ERROR_INVALID, "quantities must match the regular expression "
			 "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

static int wrong_number(struct error **err)
{
	return error_set(err, ERROR_INVALID, "unable to parse numeric part of quantity");
}

/*
 * -- the parts of a text
 * -----------------------------------------------------------------------------------------
 */

struct parts {
	bool negative;
	struct str number;      /* sign, digits and point */
	struct str whole;       /* without leading zeros */
	struct str fraction;
	struct str suffix;
};

static size_t skip_digits(struct str text, size_t at)
{
	while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9')
		at++;
	return at;
}

static bool is_suffix_letter(char c)
{
	return c != '\0' && strchr("eEinumkKMGTP", c);
}

static int split(struct str text, struct parts *parts, struct error **err)
{
	size_t at = 0, start;

	*parts = (struct parts){ 0 };
	if (text.p[0] == '-' || text.p[0] == '+')
		parts->negative = text.p[at++] == '-';
	while (at < text.n && text.p[at] == '0')
		at++;
	start = at;
	at = skip_digits(text, at);
	parts->whole = str_slice(text, start, at);
	if (at < text.n && text.p[at] == '.') {
		start = ++at;
		at = skip_digits(text, at);
		parts->fraction = str_slice(text, start, at);
	}
	parts->number = str_slice(text, 0, at);
	start = at;
	while (at < text.n && is_suffix_letter(text.p[at]))
		at++;
	/* A number alone may follow nothing: "1-5" is no exponent, but then the suffix is not known either. */
	if (at < text.n && (text.p[at] == '-' || text.p[at] == '+'))
		at++;
	at = skip_digits(text, at);
	if (at < text.n)
		return wrong_format(err);
	parts->suffix = str_skip(text, start);
	return 0;
}

struct unit {
	int base;
	int32_t exponent;
	enum quantity_format format;
};

static const struct {
	char letter;
	int32_t exponent;
} decimal_units[] = {
	{ 'm', -3 }, { 'k', 3 }, { 'M', 6 }, { 'G', 9 }, { 'T', 12 }, { 'P', 15 }, { 'E', 18 },
	{ 'u', -6 }, { 'n', NANO },
}, binary_units[] = {
	{ 'K', 10 }, { 'M', 20 }, { 'G', 30 }, { 'T', 40 }, { 'P', 50 }, { 'E', 60 },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool read_suffix(struct str suffix, struct unit *unit)
{
	int64_t exponent;

	*unit = (struct unit){ 10, 0, QUANTITY_DECIMAL_SI };
	if (suffix.n == 0)
		return true;
	if (suffix.n == 1) {
		for (size_t i = 0; i < COUNT(decimal_units); i++) {
			if (decimal_units[i].letter == suffix.p[0]) {
				unit->exponent = decimal_units[i].exponent;
				return true;
			}
		}
		return false;
	}
	if (suffix.n == 2 && suffix.p[1] == 'i') {
		for (size_t i = 0; i < COUNT(binary_units); i++) {
			if (binary_units[i].letter == suffix.p[0]) {
				*unit = (struct unit){ 2, binary_units[i].exponent, QUANTITY_BINARY_SI };
				return true;
			}
		}
		return false;
	}
	if ((suffix.p[0] != 'e' && suffix.p[0] != 'E') || !str_to_int64(str_skip(suffix, 1), &exponent))
		return false;
	/* Kubernetes keeps the low 32 bits. */
	*unit = (struct unit){ 10, (int32_t)(uint32_t)(uint64_t)exponent, QUANTITY_DECIMAL_EXPONENT };
	return true;
}

/*
 * -- parsing
 * -----------------------------------------------------------------------------------------------------
 */

static int64_t add_digits(int64_t value, struct str digits)
{
	for (size_t i = 0; i < digits.n; i++)
		value = value * 10 + (digits.p[i] - '0');
	return value;
}

/* The quantities that Kubernetes keeps in an int64: nearly all. False for the others. */
static bool parse_small(const struct parts *parts, const struct unit *unit, struct quantity *out)
{
	size_t digits = (parts->whole.n ? parts->whole.n : 1) + parts->fraction.n;
	int64_t exponent = 0, value;

	if (digits > DIGITS_MAX)
		return false;
	if (unit->base == 2) {
		/*
		 * Its estimate of the digits that the factor adds, to the letter: it decides about rounding
		 * later.
		 */
		int room = 15 - (int)digits - unit->exponent * 3 / 10 - 1;

		if (parts->fraction.n > 0 || room < 0)
			return false;
	} else {
		exponent = (int64_t)unit->exponent - (int64_t)parts->fraction.n;
		if (exponent < NANO)
			return false;
	}
	value = add_digits(add_digits(0, parts->whole), parts->fraction);
	if (unit->base == 2 && __builtin_mul_overflow(value, INT64_C(1) << unit->exponent, &value))
		return false;
	*out = (struct quantity){
		.coefficient = parts->negative ? -value : value,
		.exponent = (int32_t)exponent,
		.format = (uint8_t)unit->format,
	};
	return true;
}

/* Digits with at most one point and a sign, as inf.Dec reads them: *z and the digits after the point. */
static bool read_decimal(struct arena *arena, struct str text, mpz_t z, size_t *places)
{
	char *digits = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	bool point = false, any = false;

	*places = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c >= '0' && c <= '9') {
			digits[n++] = c;
			any = true;
			*places += point;
		} else if (c == '.' && !point) {
			point = true;
		} else if (i == 0 && c == '-') {
			digits[n++] = c;
		} else if (i != 0 || c != '+') {
			return false;
		}
	}
	digits[n] = '\0';
	return any && mpz_set_str(z, digits, 10) == 0;
}

/* z * 10^-*scale becomes a whole number of nanos, rounded up; z > 0. Out of reach, *scale stays what it is. */
static void round_to_nano(mpz_t z, int64_t *scale)
{
	if (*scale <= -NANO) {
		if (-NANO - *scale > QUANTITY_SHIFT_MAX)
			return;
		quantity_shift(z, (uint64_t)(-NANO - *scale));
	} else if ((uint64_t)(*scale + NANO) > mpz_sizeinbase(z, 10)) {
		mpz_set_ui(z, 1);
	} else {
		mpz_t divisor;

		mpz_init_set_ui(divisor, 1);
		quantity_shift(divisor, (uint64_t)(*scale + NANO));
		mpz_cdiv_q(z, z, divisor);
		mpz_clear(divisor);
	}
	*scale = -NANO;
}

/* Caps a binary quantity (z * 10^-scale > 0) at the largest int64; what is less than one is shown in decimal. */
static enum quantity_format cap_binary(mpz_t z, int64_t *scale)
{
	mpz_t bound;
	enum quantity_format format = QUANTITY_BINARY_SI;

	/* round_to_nano() has always reached its goal here: a binary unit has no negative scale to speak of. */
	mpz_init_set_ui(bound, 1);
	quantity_shift(bound, (uint64_t)*scale);
	if (mpz_cmp(z, bound) < 0)
		format = QUANTITY_DECIMAL_SI;
	mpz_mul_si(bound, bound, INT64_MAX);
	if (mpz_cmp(z, bound) > 0) {
		mpz_set_si(z, INT64_MAX);
		*scale = 0;
	}
	mpz_clear(bound);
	return format;
}

static int parse_big(struct arena *arena, const struct parts *parts, const struct unit *unit, struct quantity *out,
		     struct error **err)
{
	enum quantity_format format = unit->format;
	int64_t scale;
	size_t places;
	mpz_t z;

	mpz_init(z);
	if (!read_decimal(arena, parts->number, z, &places)) {
		mpz_clear(z);
		return wrong_number(err);
	}
	mpz_abs(z, z);
	scale = (int64_t)places;
	if (unit->base == 2)
		mpz_mul_2exp(z, z, (mp_bitcnt_t)unit->exponent);
	else
		scale -= unit->exponent;
	if (mpz_sgn(z) != 0) {
		round_to_nano(z, &scale);
		if (format == QUANTITY_BINARY_SI)
			format = cap_binary(z, &scale);
	}
	if (parts->negative)
		mpz_neg(z, z);
	*out = quantity_store(arena, z, -scale, format);
	mpz_clear(z);
	return 0;
}

int quantity_parse(struct arena *arena, struct str text, struct quantity *out, struct error **err)
{
	struct parts parts;
	struct unit unit;

	if (text.n == 0)
		return wrong_format(err);
	if (text.n > TEXT_MAX)
		return error_set(err, ERROR_LIMIT, "a quantity may have at most %d characters", TEXT_MAX);
	if (split(text, &parts, err))
		return -1;
	if (!read_suffix(parts.suffix, &unit))
		return error_set(err, ERROR_INVALID, "unable to parse quantity's suffix");
	if (parse_small(&parts, &unit, out))
		return 0;
	return parse_big(arena, &parts, &unit, out, err);
}

int quantity_from_decimal(struct arena *arena, struct str text, enum quantity_format format, struct quantity *out)
{
	size_t places;
	bool good;
	mpz_t z;

	if (text.n > TEXT_MAX)
		return -1;
	mpz_init(z);
	good = read_decimal(arena, text, z, &places);
	if (good)
		*out = quantity_store(arena, z, -(int64_t)places, format);
	mpz_clear(z);
	return good ? 0 : -1;
}

struct quantity quantity_from_int(int64_t value, enum quantity_format format)
{
	return (struct quantity){ .coefficient = value, .format = (uint8_t)format };
}

/*
 * -- comparing
 * ---------------------------------------------------------------------------------------------------
 */

int quantity_sign(const struct quantity *q)
{
	if (q->big)
		return q->big->size < 0 ? -1 : 1;
	return (q->coefficient > 0) - (q->coefficient < 0);
}

static int sign_of(int x)
{
	return (x > 0) - (x < 0);
}

static int compare_big(const struct quantity *a, const struct quantity *b)
{
	struct quantity_view view_a, view_b;
	mpz_srcptr x = quantity_view(&view_a, a), y = quantity_view(&view_b, b);
	int64_t shift = (int64_t)a->exponent - b->exponent;
	/* Where the leading digits stand; each may be one too high. */
	int64_t top_a = (int64_t)mpz_sizeinbase(x, 10) + a->exponent;
	int64_t top_b = (int64_t)mpz_sizeinbase(y, 10) + b->exponent;
	int result, sign = mpz_sgn(x);
	mpz_t scaled;

	if (top_a - 1 > top_b)
		return sign;
	if (top_b - 1 > top_a)
		return -sign;
	/* The tops are near each other, so the shift is no larger than the numbers are long. */
	mpz_init_set(scaled, shift >= 0 ? x : y);
	quantity_shift(scaled, (uint64_t)(shift >= 0 ? shift : -shift));
	result = shift >= 0 ? mpz_cmp(scaled, y) : mpz_cmp(x, scaled);
	mpz_clear(scaled);
	return sign_of(result);
}

static const int64_t powers_of_ten[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
	1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
	1000000000000000000,
};

int quantity_compare(const struct quantity *a, const struct quantity *b)
{
	int sign_a = quantity_sign(a), sign_b = quantity_sign(b);
	int64_t shift = (int64_t)a->exponent - b->exponent;
	__int128 x = a->coefficient, y = b->coefficient;

	if (sign_a != sign_b || sign_a == 0)
		return sign_of(sign_a - sign_b);
	if (a->big || b->big || shift > DIGITS_MAX || shift < -DIGITS_MAX)
		return compare_big(a, b);
	if (shift >= 0)
		x *= powers_of_ten[shift];
	else
		y *= powers_of_ten[-shift];
	return (x > y) - (x < y);
}
