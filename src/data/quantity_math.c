/* Arithmetic on quantities, and their texts. */
#include <stdlib.h>

#include "data/quantity_big.h"

mpz_srcptr quantity_view(struct quantity_view *view, const struct quantity *q)
{
	if (q->big)
		return mpz_roinit_n(view->z, q->big->limbs, q->big->size);
	view->limb = q->coefficient < 0 ? -(mp_limb_t)q->coefficient : (mp_limb_t)q->coefficient;
	return mpz_roinit_n(view->z, &view->limb, quantity_sign(q));
}

struct quantity quantity_store(struct arena *arena, mpz_srcptr z, int64_t exponent, enum quantity_format format)
{
	struct quantity q = { .format = (uint8_t)format };
	struct quantity_big *big;
	size_t limbs = mpz_size(z);

	q.exponent = (int32_t)(exponent > INT32_MAX ? INT32_MAX : exponent < INT32_MIN ? INT32_MIN : exponent);
	if (mpz_fits_slong_p(z)) {
		q.coefficient = mpz_get_si(z);
		return q;
	}
	big = arena_alloc(arena, sizeof(*big) + limbs * sizeof(mp_limb_t));
	big->size = mpz_sgn(z) < 0 ? -(int)limbs : (int)limbs;
	memcpy(big->limbs, mpz_limbs_read(z), limbs * sizeof(mp_limb_t));
	q.big = big;
	return q;
}

void quantity_shift(mpz_t z, uint64_t n)
{
	mpz_t power;

	if (n == 0)
		return;
	mpz_init(power);
	mpz_ui_pow_ui(power, 10, n);
	mpz_mul(z, z, power);
	mpz_clear(power);
}

/* -- arithmetic -------------------------------------------------------------------------------------------------- */

static struct quantity sum(struct arena *arena, const struct quantity *a, const struct quantity *b, bool subtract)
{
	enum quantity_format format = quantity_sign(a) ? a->format : b->format;
	const struct quantity *high = a->exponent >= b->exponent ? a : b, *low = high == a ? b : a;
	uint64_t shift = (uint64_t)((int64_t)high->exponent - low->exponent);
	struct quantity_view view;
	struct quantity result;
	mpz_t z;

	if (quantity_sign(b) == 0 || shift > QUANTITY_SHIFT_MAX) {
		/* Too far apart to add up: the larger one is the sum, to more digits than anybody reads. */
		bool keep_a = quantity_sign(b) == 0 || (quantity_sign(a) != 0 && high == a);

		result = keep_a ? *a : *b;
		result.format = (uint8_t)format;
		if (keep_a || !subtract)
			return result;
		mpz_init_set(z, quantity_view(&view, &result));
		mpz_neg(z, z);
		result = quantity_store(arena, z, result.exponent, format);
		mpz_clear(z);
		return result;
	}
	mpz_init_set(z, quantity_view(&view, high));
	quantity_shift(z, shift);
	if (subtract && high == b)
		mpz_neg(z, z);
	(subtract && low == b ? mpz_sub : mpz_add)(z, z, quantity_view(&view, low));
	result = quantity_store(arena, z, low->exponent, format);
	mpz_clear(z);
	return result;
}

struct quantity quantity_add(struct arena *arena, const struct quantity *a, const struct quantity *b)
{
	return sum(arena, a, b, false);
}

struct quantity quantity_subtract(struct arena *arena, const struct quantity *a, const struct quantity *b)
{
	return sum(arena, a, b, true);
}

struct quantity quantity_multiply(struct arena *arena, const struct quantity *a, const struct quantity *b)
{
	struct quantity_view view_a, view_b;
	struct quantity result;
	mpz_t z;

	mpz_init(z);
	mpz_mul(z, quantity_view(&view_a, a), quantity_view(&view_b, b));
	result = quantity_store(arena, z, (int64_t)a->exponent + b->exponent, a->format);
	mpz_clear(z);
	return result;
}

struct quantity quantity_divide(struct arena *arena, const struct quantity *a, const struct quantity *b)
{
	int64_t exponent = a->exponent < b->exponent ? a->exponent : b->exponent;
	/* a / b = x / y * 10^(exponent of a - exponent of b); in units of 10^exponent that is shifted by: */
	int64_t shift = (int64_t)a->exponent - b->exponent - exponent;
	struct quantity_view view_a, view_b;
	struct quantity result;
	mpz_t x, y;

	mpz_init_set(x, quantity_view(&view_a, a));
	mpz_init_set(y, quantity_view(&view_b, b));
	if (shift > QUANTITY_SHIFT_MAX) {
		exponent += shift - QUANTITY_SHIFT_MAX;
		shift = QUANTITY_SHIFT_MAX;
	}
	if (shift >= 0)
		quantity_shift(x, (uint64_t)shift);
	else if (-shift <= QUANTITY_SHIFT_MAX)
		quantity_shift(y, (uint64_t)-shift);
	else
		mpz_set_ui(x, 0);
	if (mpz_sgn(y) != 0)
		mpz_tdiv_q(x, x, y);
	result = quantity_store(arena, x, exponent, a->format);
	mpz_clear(x);
	mpz_clear(y);
	return result;
}

/* -- as other numbers -------------------------------------------------------------------------------------------- */

static char *digits(struct arena *arena, mpz_srcptr z)
{
	return mpz_get_str(arena_alloc(arena, mpz_sizeinbase(z, 10) + 2), 10, z);
}

/* Go's math.Pow10: products of two table entries, which is not always the nearest double. */
static double power_of_ten(int32_t n)
{
	static const double low[32] = {
		1e0,  1e1,  1e2,  1e3,	1e4,  1e5,  1e6,  1e7,	1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
		1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31,
	};
	static const double high[10] = { 1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288 };
	static const double negative[11] = {
		1e-0, 1e-32, 1e-64, 1e-96, 1e-128, 1e-160, 1e-192, 1e-224, 1e-256, 1e-288, 1e-320,
	};

	if (n < -323)
		return 0;
	if (n > 308)
		return __builtin_inf();
	return n >= 0 ? high[n / 32] * low[n % 32] : negative[-n / 32] / low[-n % 32];
}

double quantity_to_double(const struct quantity *q)
{
	double base = (double)q->coefficient;

	if (q->big) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct quantity_view view;

		/* GMP's own conversion cuts off; this one rounds to the nearest. */
		base = strtod(digits(arena, quantity_view(&view, q)), NULL);
	}
	return q->exponent == 0 ? base : base * power_of_ten(q->exponent);
}

static bool times_ten(int64_t value, int32_t times, int64_t *out)
{
	if (value == 0)
		times = 0;
	for (; times > 0; times--)
		if (__builtin_mul_overflow(value, 10, &value))
			return false;
	*out = value;
	return true;
}

bool quantity_to_int64(const struct quantity *q, int64_t *out)
{
	return !q->big && q->exponent >= 0 && times_ten(q->coefficient, q->exponent, out);
}

int64_t quantity_value(const struct quantity *q)
{
	struct quantity_view view;
	int64_t value = q->coefficient;
	mpz_t z;

	if (!q->big && q->exponent >= 0)
		return times_ten(value, q->exponent, &value) ? value : 0;
	if (!q->big) {
		bool fraction = false;

		for (int32_t e = q->exponent; e < 0 && value != 0; e++) {
			fraction = fraction || value % 10 != 0;
			value /= 10;
		}
		return value + (fraction ? quantity_sign(q) : 0);
	}
	mpz_init_set(z, quantity_view(&view, q));
	if (q->exponent < -QUANTITY_SHIFT_MAX) {
		mpz_set_si(z, quantity_sign(q));
	} else if (q->exponent < 0) {
		mpz_t divisor;

		mpz_init_set_ui(divisor, 1);
		quantity_shift(divisor, (uint64_t)-q->exponent);
		(quantity_sign(q) > 0 ? mpz_cdiv_q : mpz_fdiv_q)(z, z, divisor);
		mpz_clear(divisor);
	}
	value = mpz_fits_slong_p(z) && q->exponent <= 0 ? mpz_get_si(z) : quantity_sign(q) > 0 ? INT64_MAX : INT64_MIN;
	mpz_clear(z);
	return value;
}

/* -- as text ----------------------------------------------------------------------------------------------------- */

/* Divides z by `factor` while that leaves no rest, and counts. z is not zero. */
static int64_t remove_factors(mpz_t z, unsigned long factor)
{
	mpz_t f;
	int64_t times;

	mpz_init_set_ui(f, factor);
	times = (int64_t)mpz_remove(z, z, f);
	mpz_clear(f);
	return times;
}

static struct str decimal_text(struct arena *arena, mpz_t z, int64_t exponent, enum quantity_format format)
{
	static const char *const suffixes[] = { "n", "u", "m", "", "k", "M", "G", "T", "P", "E" };
	const char *suffix = "";

	exponent += remove_factors(z, 10);
	while (exponent % 3 != 0) {
		mpz_mul_ui(z, z, 10);
		exponent--;
	}
	if (format == QUANTITY_DECIMAL_EXPONENT)
		return exponent == 0 ? str_of(digits(arena, z)) :
				       str_format(arena, "%se%lld", digits(arena, z), (long long)exponent);
	/* Kubernetes has no suffix beyond these either and drops the exponent. */
	if (exponent >= -9 && exponent <= 18)
		suffix = suffixes[exponent / 3 + 3];
	return str_format(arena, "%s%s", digits(arena, z), suffix);
}

static struct str binary_text(struct arena *arena, mpz_t z)
{
	static const char *const suffixes[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei" };
	int64_t times = 0;

	/* 1024 is no prime, which mpz_remove() does not mind: it divides by the number as a whole. */
	times = remove_factors(z, 1024);
	return str_format(arena, "%s%s", digits(arena, z), times <= 6 ? suffixes[times] : "");
}

/* Makes z * 10^exponent a whole number if it is one and within reach. */
static bool make_whole(mpz_t z, int32_t exponent)
{
	bool whole = false;
	mpz_t divisor;

	if (exponent >= 0) {
		if (exponent > QUANTITY_SHIFT_MAX)
			return false;
		quantity_shift(z, (uint64_t)exponent);
		return true;
	}
	if ((uint64_t)-(int64_t)exponent > mpz_sizeinbase(z, 10))
		return false;
	mpz_init_set_ui(divisor, 1);
	quantity_shift(divisor, (uint64_t)-exponent);
	whole = mpz_divisible_p(z, divisor);
	if (whole)
		mpz_divexact(z, z, divisor);
	mpz_clear(divisor);
	return whole;
}

struct str quantity_text(struct arena *arena, const struct quantity *q)
{
	const struct quantity limit = quantity_from_int(1024, QUANTITY_BINARY_SI);
	const struct quantity lower = quantity_from_int(-1024, QUANTITY_BINARY_SI);
	enum quantity_format format = q->format;
	struct quantity_view view;
	struct str text;
	mpz_t z;

	if (quantity_sign(q) == 0)
		return STR("0");
	mpz_init_set(z, quantity_view(&view, q));
	if (format == QUANTITY_BINARY_SI &&
	    ((quantity_compare(q, &lower) > 0 && quantity_compare(q, &limit) < 0) || !make_whole(z, q->exponent)))
		format = QUANTITY_DECIMAL_SI;
	if (format == QUANTITY_BINARY_SI)
		text = binary_text(arena, z);
	else
		text = decimal_text(arena, z, q->exponent, format);
	mpz_clear(z);
	return text;
}

struct str quantity_decimal(struct arena *arena, const struct quantity *q)
{
	struct quantity_view view;
	struct str text = str_of(digits(arena, quantity_view(&view, q)));
	size_t sign = quantity_sign(q) < 0, places = q->exponent < 0 ? (size_t)-(int64_t)q->exponent : 0;
	size_t zeros = q->exponent > 0 && quantity_sign(q) ? (size_t)q->exponent : 0;
	size_t lead = places && text.n - sign <= places ? places - (text.n - sign) + 1 : 0;
	size_t n = 0;
	char *out;

	if (places > QUANTITY_SHIFT_MAX || zeros > QUANTITY_SHIFT_MAX)
		return str_format(arena, STR_FMT "e%d", STR_ARG(text), q->exponent);
	out = arena_alloc(arena, text.n + lead + zeros + 2);
	if (sign)
		out[n++] = '-';
	memset(out + n, '0', lead);
	n += lead;
	memcpy(out + n, text.p + sign, text.n - sign);
	n += text.n - sign;
	memset(out + n, '0', zeros);
	n += zeros;
	if (places) {
		memmove(out + n - places + 1, out + n - places, places);
		out[n - places] = '.';
		n++;
	}
	return str_make(out, n);
}
