/*
 * policy/kyverno/gotext.h: values as Go prints them: Kyverno compares and reports those.
 *
 * Semantics: Go's fmt (%v, %T, %f), strconv. A VALUE_INT stands for an int64, a VALUE_FLOAT for a float64; NULL is nil.
 */
#ifndef POLICY_KYVERNO_GOTEXT_H
#define POLICY_KYVERNO_GOTEXT_H

#include "base/buf.h"
#include "data/double_text.h"
#include "data/value.h"

#define GO_NUMBER_MAX (DOUBLE_TEXT_MAX + 8)     /* "%f" of the largest double, with sign and fraction */

/* fmt.Sprint(v): the text of a string itself, else a text in the arena. */
struct str go_text(struct arena *arena, const struct value *v);
/* Appends '%v'. */
void go_print(struct buf *out, const struct value *v);
/* '%T' of what Kubernetes' JSON decoder makes of the value. */
const char *go_type_name(const struct value *v);

/* A number of either type as '%v' prints it, or as strconv.FormatFloat(v, 'E', -1, 64) and FormatInt do. */
struct str go_number_text(const struct value *number, char space[GO_NUMBER_MAX]);
struct str go_number_text_e(const struct value *number, char space[GO_NUMBER_MAX]);
/* A number of either type as Kyverno gives it to parsers: '%f' or '%d'. */
struct str go_number_text_f(const struct value *number, char space[GO_NUMBER_MAX]);

/* int64(d) as amd64 does it: what does not fit is the smallest int64. */
int64_t go_int64_of(double d);
/* a * b, wrapping. */
int64_t go_multiply(int64_t a, int64_t b);

#endif
