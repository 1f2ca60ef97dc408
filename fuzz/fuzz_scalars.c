/*
 * Quantities, durations, versions, wildcards, regular expressions and times. The first line of the input is one
 * operand, the second another, the rest a third; each parser gets what it likes. Besides not crashing, what was
 * printed must read back as the same.
 */
#include <stdint.h>

#include "base/arena.h"
#include "data/duration.h"
#include "data/glob.h"
#include "data/instant.h"
#include "data/letter_case.h"
#include "data/quantity.h"
#include "data/regex.h"
#include "data/semver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void try_quantities(struct arena *arena, struct str a, struct str b)
{
	struct error *err = NULL;
	struct quantity x, y, sum, back;

	if (quantity_parse(arena, a, &x, &err)) {
		error_free(err);
		return;
	}
	check(quantity_compare(&x, &x) == 0);
	quantity_decimal(arena, &x);
	quantity_to_double(&x);
	quantity_value(&x);
	/* Beyond exa and below nano Kubernetes drops the exponent; only "1e30" keeps it. */
	if (x.format == QUANTITY_DECIMAL_EXPONENT && x.exponent < 100000 && x.exponent >= -9)
		check(quantity_parse(arena, quantity_text(arena, &x), &back, NULL) == 0 &&
		      quantity_compare(&x, &back) == 0);
	else
		quantity_text(arena, &x);
	if (quantity_parse(arena, b, &y, NULL))
		return;
	check(quantity_compare(&x, &y) == -quantity_compare(&y, &x));
	sum = quantity_add(arena, &x, &y);
	quantity_text(arena, &sum);
	sum = quantity_subtract(arena, &x, &y);
	quantity_text(arena, &sum);
	sum = quantity_multiply(arena, &x, &y);
	quantity_text(arena, &sum);
	if (quantity_sign(&y) != 0)
		quantity_divide(arena, &x, &y);
}

static void try_durations(struct arena *arena, struct str a)
{
	struct error *err = NULL;
	int64_t duration, back;

	if (duration_parse(a, &duration, &err) == 0)
		check(duration_parse(duration_text(arena, duration), &back, NULL) == 0 && back == duration);
	error_free(err);
}

static void try_versions(struct arena *arena, struct str a, struct str b)
{
	struct error *err = NULL;
	const struct semver_range *range = semver_range_parse(arena, b, &err);
	struct semver x = { 0 }, y = { 0 };

	error_free(err);
	semver_parse(a, &x, NULL);
	semver_parse(b, &y, NULL);
	check(semver_compare(&x, &y) == -semver_compare(&y, &x));
	if (range)
		semver_range_holds(range, &x);
}

static void try_regex(struct arena *arena, struct str pattern, struct str text, struct str replacement)
{
	struct error *err = NULL;
	struct regex *regex = regex_compile(pattern, &err);
	struct str groups[4];

	if (regex) {
		check(regex_match(regex, text) == regex_find(regex, text, 0, groups, 4));
		regex_replace_all(arena, regex, text, replacement, false);
		regex_replace_all(arena, regex, text, replacement, true);
	}
	error_free(err);
	regex_free(regex);
}

static void try_times(struct arena *arena, struct str layout, struct str text, struct str other)
{
	struct error *err = NULL;
	struct instant t, u, back;
	int64_t duration;

	if (instant_parse(layout, text, &t, &err))
		error_free(err);
	else
		instant_format(arena, &t, layout);
	if (instant_parse_rfc3339(text, &t, NULL))
		return;
	/* Offsets have no seconds in RFC 3339, fractions are left out. */
	t.nanoseconds = 0;
	if (t.offset % 60 == 0 && t.offset > -86400 && t.offset < 86400 && instant_calendar(&t).year >= 0)
		check(instant_parse_rfc3339(instant_rfc3339(arena, &t), &back, NULL) == 0 &&
		      instant_compare(&t, &back) == 0);
	if (instant_parse_rfc3339(other, &u, NULL) == 0)
		check(instant_compare(&t, &u) == -instant_compare(&u, &t));
	if (duration_parse(other, &duration, NULL) == 0) {
		u = instant_truncate(&t, duration);
		check(instant_compare(&u, &t) <= 0);
		u = instant_add(&t, duration);
		instant_rfc3339(arena, &u);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str first, second, third, rest = str_make((const char *)data, size);
	struct arena *arena = arena_create();

	str_cut(rest, '\n', &first, &rest);
	str_cut(rest, '\n', &second, &third);
	try_quantities(arena, first, second);
	try_durations(arena, first);
	try_versions(arena, first, second);
	/* The time that a match takes is the product of both lengths. */
	if (first.n < 4096 && second.n < 4096)
		glob_match(first, second);
	if (first.n < 256)
		try_regex(arena, first, second, third);
	try_times(arena, first, second, third);
	text_upper(arena, first);
	text_equal_fold(first, second);
	arena_destroy(arena);
	return 0;
}
