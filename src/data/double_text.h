/*
 * data/double_text.h: doubles as text and back, as Go's strconv has it.
 */
#ifndef DATA_DOUBLE_TEXT_H
#define DATA_DOUBLE_TEXT_H

#include "base/str.h"

#define DOUBLE_TEXT_MAX 352     /* the longest of the texts below but for double_text_places() */

/*
 * The shortest decimal that reads back as d (finite, not negative): its digits without leading and trailing zeros;
 * d = 0.DIGITS * 10^*point. Returns their number, 0 for zero.
 */
size_t double_digits(double d, char digits[static 32], int *point);

/*
 * FormatFloat(d, FORMAT, -1, 64): shortest, without, with or with an exponent when it is shorter so ("1e+06"). NaN,
 * +Inf, -Inf. Return the length; there is no NUL.
 */
size_t double_text_plain(double d, char out[static DOUBLE_TEXT_MAX]);               /* 'f' */
size_t double_text_exponent(double d, char letter, char out[static DOUBLE_TEXT_MAX]);       /* 'e', 'E' */
size_t double_text_general(double d, char out[static DOUBLE_TEXT_MAX]);             /* 'g', and so %v */

/*
 * FormatFloat(d, 'f', places, 64), correctly rounded; 0 <= places <= DOUBLE_PLACES_MAX. `out` holds
 * DOUBLE_TEXT_MAX + places.
 */
#define DOUBLE_PLACES_MAX 100000
size_t double_text_places(double d, int places, char *out);

/* ParseFloat(text, 64); false on a syntax error and on overflow. */
bool double_parse(struct str text, double *out);

#endif
