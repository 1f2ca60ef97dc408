/*
 * data/quantity_big.h: what the two files of quantity share: coefficients as GMP integers. Private.
 */
#ifndef DATA_QUANTITY_BIG_H
#define DATA_QUANTITY_BIG_H

#include <gmp.h>

#include "data/quantity.h"

_Static_assert(GMP_NUMB_BITS == 64, "an int64 coefficient must fit one limb");

struct quantity_big {
	int size;               /* limbs; negative for a negative number, as GMP counts */
	mp_limb_t limbs[];
};

/* Numbers are multiplied out to a power of ten no larger than this; beyond, quantities stay unnormalised. */
#define QUANTITY_SHIFT_MAX 100000

/* The coefficient, read only; nothing to clear. */
struct quantity_view {
	mpz_t z;
	mp_limb_t limb;
};
mpz_srcptr quantity_view(struct quantity_view *view, const struct quantity *q);

/* The quantity z * 10^exponent. z is copied; an exponent beyond int32 saturates. */
struct quantity quantity_store(struct arena *arena, mpz_srcptr z, int64_t exponent, enum quantity_format format);

/* z *= 10^n */
void quantity_shift(mpz_t z, uint64_t n);

#endif
