/*
 * data/quantity.h: Kubernetes resource quantities ("100m", "1.5Gi", "1e3").
 *
 * Semantics: k8s.io/apimachinery/pkg/api/resource v0.36 (ParseQuantity, Cmp, canonical String). Exact: a quantity is
 * coefficient * 10^exponent with an arbitrary-precision coefficient when int64 does not do (GMP, in the arena).
 * A text may be 64 KiB long; exponents far outside what anything can hold are kept as they are and never multiplied
 * out, so hostile ones ("1e2147483647") cost nothing.
 */
#ifndef DATA_QUANTITY_H
#define DATA_QUANTITY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum quantity_format { QUANTITY_DECIMAL_SI, QUANTITY_BINARY_SI, QUANTITY_DECIMAL_EXPONENT };

struct quantity {
	int64_t coefficient;            /* used when big is NULL */
	int32_t exponent;               /* power of ten, <= 0 for fractions */
	uint8_t format;                 /* enum quantity_format */
	const struct quantity_big *big; /* value beyond int64 at this exponent; lives in the arena */
};

/*
 * 0, or -1 with Kubernetes' own message ("quantities must match the regular expression …"). Rounds up to nano, caps as
 * Kubernetes does. `err` may be NULL (cheap). The common forms allocate nothing.
 */
int quantity_parse(struct arena *arena, struct str text, struct quantity *out, struct error **err);
int quantity_compare(const struct quantity *a, const struct quantity *b);
/* -1, 0, 1 */
int quantity_sign(const struct quantity *q);
struct quantity quantity_add(struct arena *arena, const struct quantity *a, const struct quantity *b);
struct quantity quantity_subtract(struct arena *arena, const struct quantity *a, const struct quantity *b);
/* The exact product, in a's format (inf.Dec.Mul). */
struct quantity quantity_multiply(struct arena *arena, const struct quantity *a, const struct quantity *b);
/*
 * a / b cut off (towards zero) at the finer of the two exponents, in a's format (inf.Dec.QuoRound). b is
 * not zero.
 */
struct quantity quantity_divide(struct arena *arena, const struct quantity *a, const struct quantity *b);
struct quantity quantity_from_int(int64_t value, enum quantity_format format);
/* Canonical text, as Quantity.String(). */
struct str quantity_text(struct arena *arena, const struct quantity *q);
/* AsApproximateFloat64 and AsInt64 (false when it does not fit or is a fraction); rounded up like Value(). */
double quantity_to_double(const struct quantity *q);
bool quantity_to_int64(const struct quantity *q, int64_t *out);
int64_t quantity_value(const struct quantity *q);
/* The number as a decimal text without suffix ("0.1"), as inf.Dec prints it. */
struct str quantity_decimal(struct arena *arena, const struct quantity *q);
/* From such a decimal text. */
int quantity_from_decimal(struct arena *arena, struct str text, enum quantity_format format, struct quantity *out);

#endif
