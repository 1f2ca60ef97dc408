/* Ranges of sizes and costs. Arithmetic saturates; semantics: cel-go checker/cost.go. */
#include <math.h>

#include "lang/cel/function.h"

static uint64_t add(uint64_t a, uint64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
	return __builtin_mul_overflow(a, b, &a) ? UINT64_MAX : a;
}

static uint64_t scale(uint64_t a, double factor)
{
	double product = ceil((double)a * factor);

	return product >= 0x1p64 ? UINT64_MAX : product > 0 ? (uint64_t)product : 0;
}

struct cel_range cel_range_add(struct cel_range a, struct cel_range b)
{
	return (struct cel_range){ add(a.minimum, b.minimum), add(a.maximum, b.maximum) };
}

struct cel_range cel_range_multiply(struct cel_range a, struct cel_range b)
{
	return (struct cel_range){ multiply(a.minimum, b.minimum), multiply(a.maximum, b.maximum) };
}

struct cel_range cel_range_scale(struct cel_range a, double factor)
{
	return (struct cel_range){ scale(a.minimum, factor), scale(a.maximum, factor) };
}

struct cel_range cel_range_union(struct cel_range a, struct cel_range b)
{
	return (struct cel_range){
		a.minimum < b.minimum ? a.minimum : b.minimum, a.maximum > b.maximum ? a.maximum : b.maximum,
	};
}
