#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>

#include "data/duration.h"
#include "data/glob.h"
#include "data/instant.h"
#include "data/letter_case.h"
#include "data/quantity.h"
#include "data/regex.h"
#include "data/semver.h"
#include "kyverno_table.h"

#define TABLE "tests/lang/scalars.test"
#define RFC3339_NANO STR("2006-01-02T15:04:05.999999999Z07:00")

/*
 * -- the table: each line's answer as a text
 * ---------------------------------------------------------------------
 */

static struct str answer_error(struct arena *arena, struct error *err)
{
	struct str text = str_dup(arena, str_of(err->message));

	error_free(err);
	return text;
}

static struct str answer_glob(struct arena *arena, const struct str *a)
{
	return glob_match(a[0], a[1]) ? STR("true") : STR("false");
}

static struct str answer_duration(struct arena *arena, const struct str *a)
{
	struct error *err = NULL;
	int64_t nanoseconds;

	if (duration_parse(a[0], &nanoseconds, &err)) {
		assert_int_equal(duration_parse(a[0], &nanoseconds, NULL), -1);
		return answer_error(arena, err);
	}
	return str_format(arena, "%" PRId64 " " STR_FMT, nanoseconds, STR_ARG(duration_text(arena, nanoseconds)));
}

static struct str answer_quantity(struct arena *arena, const struct str *a)
{
	struct error *err = NULL;
	struct quantity q;
	struct str text, decimal;

	if (quantity_parse(arena, a[0], &q, &err)) {
		assert_int_equal(quantity_parse(arena, a[0], &q, NULL), -1);
		return answer_error(arena, err);
	}
	text = quantity_text(arena, &q);
	decimal = quantity_decimal(arena, &q);
	return str_format(arena, STR_FMT " %.17g " STR_FMT, STR_ARG(text), quantity_to_double(&q), STR_ARG(decimal));
}

static struct str answer_quantities(struct arena *arena, const struct str *a)
{
	struct quantity x, y, sum, difference;
	struct str sum_text, difference_text;

	assert_int_equal(quantity_parse(arena, a[0], &x, NULL), 0);
	assert_int_equal(quantity_parse(arena, a[1], &y, NULL), 0);
	assert_int_equal(quantity_compare(&x, &y), -quantity_compare(&y, &x));
	sum = quantity_add(arena, &x, &y);
	difference = quantity_subtract(arena, &x, &y);
	sum_text = quantity_text(arena, &sum);
	difference_text = quantity_text(arena, &difference);
	return str_format(arena, "%d " STR_FMT " " STR_FMT, quantity_compare(&x, &y), STR_ARG(sum_text),
			  STR_ARG(difference_text));
}

static void add_hex(struct buf *out, struct str s)
{
	buf_add_char(out, ' ');
	for (size_t i = 0; i < s.n; i++)
		buf_printf(out, "%02x", (unsigned char)s.p[i]);
}

static struct str answer_regex(struct arena *arena, const struct str *a)
{
	struct error *err = NULL;
	struct regex *regex = regex_compile(a[0], &err);
	struct str groups[20], text;
	struct buf out = { 0 };
	size_t count;

	if (!regex)
		return answer_error(arena, err);
	count = regex_group_count(regex) + 1;
	assert_true(count <= 20);
	assert_true(regex_match(regex, a[1]));
	assert_true(regex_find(regex, a[1], 0, groups, count));
	for (size_t i = 0; i < count; i++) {
		long start = groups[i].p ? groups[i].p - a[1].p : -1;

		buf_printf(&out, "%s%ld,%ld", i ? "," : "", start, groups[i].p ? start + (long)groups[i].n : -1);
	}
	add_hex(&out, regex_replace_all(arena, regex, a[1], a[2], false));
	add_hex(&out, regex_replace_all(arena, regex, a[1], a[2], true));
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	regex_free(regex);
	return text;
}

static struct str answer_version(struct arena *arena, const struct str *a)
{
	struct error *err = NULL;
	struct semver v;

	if (semver_parse(a[0], &v, &err))
		return answer_error(arena, err);
	return str_format(arena, "%" PRIu64 ".%" PRIu64 ".%" PRIu64 "%s" STR_FMT "%s" STR_FMT, v.major, v.minor,
			  v.patch, v.prerelease.n ? "-" : "", STR_ARG(v.prerelease), v.build.n ? "+" : "",
			  STR_ARG(v.build));
}

static struct str answer_versions(struct arena *arena, const struct str *a)
{
	struct semver v, w;

	assert_int_equal(semver_parse(a[0], &v, NULL), 0);
	assert_int_equal(semver_parse(a[1], &w, NULL), 0);
	assert_int_equal(semver_compare(&v, &w), -semver_compare(&w, &v));
	return str_format(arena, "%d", semver_compare(&v, &w));
}

static struct str answer_range(struct arena *arena, const struct str *a)
{
	struct error *err = NULL;
	const struct semver_range *range = semver_range_parse(arena, a[1], &err);
	struct semver v;

	if (!range)
		return answer_error(arena, err);
	assert_int_equal(semver_parse(a[0], &v, NULL), 0);
	return semver_range_holds(range, &v) ? STR("true") : STR("false");
}

static struct instant instant_of(struct str text)
{
	struct instant t;

	assert_int_equal(instant_parse_rfc3339(text, &t, NULL), 0);
	return t;
}

static struct str answer_time_parse(struct arena *arena, const struct str *a)
{
	struct error *err = NULL;
	struct instant t;

	if (instant_parse(a[0], a[1], &t, &err)) {
		assert_int_equal(instant_parse(a[0], a[1], &t, NULL), -1);
		return answer_error(arena, err);
	}
	return str_format(arena, "%" PRId64 " %d %d", t.seconds, t.nanoseconds, t.offset);
}

static struct str answer_time_format(struct arena *arena, const struct str *a)
{
	struct instant t = instant_of(a[0]);

	return instant_format(arena, &t, a[1]);
}

static struct str answer_time_truncate(struct arena *arena, const struct str *a)
{
	struct instant t = instant_of(a[0]), truncated, later, utc;
	struct str one, two, three;
	int64_t duration;

	assert_int_equal(duration_parse(a[1], &duration, NULL), 0);
	truncated = instant_truncate(&t, duration);
	later = instant_add(&t, duration);
	utc = instant_utc(&t);
	one = instant_format(arena, &truncated, RFC3339_NANO);
	two = instant_format(arena, &later, RFC3339_NANO);
	three = instant_format(arena, &utc, RFC3339_NANO);
	return str_format(arena, STR_FMT " " STR_FMT " " STR_FMT, STR_ARG(one), STR_ARG(two), STR_ARG(three));
}

static struct str answer_times(struct arena *arena, const struct str *a)
{
	struct instant t = instant_of(a[0]), u = instant_of(a[1]);

	return str_format(arena, "%" PRId64 " %d", instant_difference(&t, &u), instant_compare(&t, &u));
}

static const struct {
	const char *name;
	struct str (*answer)(struct arena *arena, const struct str *arguments);
} kinds[] = {
	{ "glob", answer_glob },
	{ "duration", answer_duration },
	{ "quantity", answer_quantity },
	{ "quantities", answer_quantities },
	{ "regex", answer_regex },
	{ "version", answer_version },
	{ "versions", answer_versions },
	{ "range", answer_range },
	{ "time-parse", answer_time_parse },
	{ "time-format", answer_time_format },
	{ "time-truncate", answer_time_truncate },
	{ "times", answer_times },
};

static size_t check_row(struct arena *arena, const struct row *row)
{
	const struct value *list = parse(arena, row->lines[1]);
	struct str arguments[4] = { { NULL, 0 } }, got = STR("no such kind");

	assert_true(value_count(list) <= 4);
	for (size_t i = 0; i < value_count(list); i++)
		arguments[i] = value_str(value_at(list, i));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (str_equal(row->lines[0], str_of(kinds[i].name)))
			got = kinds[i].answer(arena, arguments);
	return str_equal(got, row->lines[2]) ? 0 : row_failed(TABLE, row, got);
}

static void table(void **state)
{
	struct arena *arena = arena_create();
	size_t failed = 0, rows = 0;
	struct table table;
	struct row row;

	table_open(&table, TABLE);
	for (; table_next(&table, &row); rows++) {
		failed += check_row(arena, &row);
		arena_reset(arena);
	}
	assert_int_equal(failed, 0);
	assert_true(rows > 250);
	buf_free(&table.text);
	arena_destroy(arena);
}

/*
 * -- what does not fit a table
 * -----------------------------------------------------------------------------------
 */

static struct str repeat(struct arena *arena, char c, size_t n)
{
	char *p = arena_alloc(arena, n);

	memset(p, c, n);
	return str_make(p, n);
}

static void globs(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct buf pattern = { 0 };

	/* A star for each of 200 characters: a matcher that tries all ways would not come back. */
	for (int i = 0; i < 200; i++)
		buf_add(&pattern, STR("a*"));
	buf_add_char(&pattern, 'b');
	assert_false(glob_match(buf_str(&pattern), repeat(arena, 'a', 2000)));
	buf_free(&pattern);

	/* Bytes that are no UTF-8 are one character each, and the same one. */
	assert_true(glob_match(STR("?"), STR("\xff")));
	assert_true(glob_match(STR("\xfe"), STR("\xff")));
	assert_false(glob_match(STR("?"), STR("\xff\xfe")));
	assert_true(glob_match(STR("\xef\xbf\xbd"), STR("\xc3")));
	assert_true(glob_match(STR(""), STR_NULL));
	assert_true(glob_match(STR("*"), STR_NULL));
	assert_true(glob_is_pattern(STR("a?")) && glob_is_pattern(STR("*")) && !glob_is_pattern(STR("a[b]")));
}

static void quantity_extremes(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	static const char *const sorted[] = {
		"-1e2147483647", "-1e100000", "-1", "-1e-2147483647", "0e2147483647", "1e-2147483640", "1", "1e99999",
		"1e100000", "10e100000", "1e2147483646", "1e2147483647",
	};
	const size_t count = sizeof(sorted) / sizeof(*sorted);
	struct quantity q[sizeof(sorted) / sizeof(*sorted)], sum;

	/* None of these is multiplied out. */
	for (size_t i = 0; i < count; i++)
		assert_int_equal(quantity_parse(arena, str_of(sorted[i]), &q[i], NULL), 0);
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < count; k++) {
			assert_int_equal(quantity_compare(&q[i], &q[k]), (i > k) - (i < k));
			sum = quantity_add(arena, &q[i], &q[k]);
			assert_true(quantity_sign(&sum) == 0 || quantity_text(arena, &sum).n > 0);
			sum = quantity_subtract(arena, &q[i], &q[k]);
			quantity_value(&sum);
			quantity_to_double(&sum);
			sum = quantity_multiply(arena, &q[i], &q[k]);
			quantity_decimal(arena, &sum);
			if (quantity_sign(&q[k]) != 0)
				sum = quantity_divide(arena, &q[i], &q[k]);
		}
	}
	assert_int_equal(quantity_parse(arena, repeat(arena, '9', 64 * 1024), &q[0], NULL), 0);
	assert_int_equal(quantity_compare(&q[0], &q[7]), -1);
	assert_int_equal(quantity_parse(arena, repeat(arena, '9', 64 * 1024 + 1), &q[0], NULL), -1);
}

static void quantity_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t value;          /* rounded up, away from zero */
		bool whole;
	} cases[] = {
		{ "0", 0, true }, { "5", 5, true }, { "5k", 5000, true }, { "1Gi", 1073741824, true },
		{ "1500m", 2, false },
		{ "-1500m", -2, false }, { "1n", 1, false }, { "-1n", -1, false }, { "1000m", 1, false },
		{ "9223372036854775807", INT64_MAX, false }, { "1e30", 0, false },
		{ "123456789012345678901234", INT64_MAX, false },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct quantity a, b, q;
	int64_t whole;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(quantity_parse(arena, str_of(cases[i].text), &q, NULL), 0);
		assert_int_equal(quantity_value(&q), cases[i].value);
		assert_int_equal(quantity_to_int64(&q, &whole), cases[i].whole);
		if (cases[i].whole)
			assert_int_equal(whole, cases[i].value);
	}
	q = quantity_from_int(-2048, QUANTITY_BINARY_SI);
	assert_true(str_is(quantity_text(arena, &q), "-2Ki"));
	assert_int_equal(quantity_from_decimal(arena, STR("-12.50"), QUANTITY_DECIMAL_SI, &q), 0);
	assert_true(str_is(quantity_text(arena, &q), "-12500m"));
	assert_true(str_is(quantity_decimal(arena, &q), "-12.50"));
	assert_int_equal(quantity_from_decimal(arena, STR("1e3"), QUANTITY_DECIMAL_SI, &q), -1);
	assert_int_equal(quantity_from_decimal(arena, STR("."), QUANTITY_DECIMAL_SI, &q), -1);

	/* A quotient is cut off at the finer exponent of the two. */
	quantity_parse(arena, STR("1Gi"), &a, NULL);
	quantity_parse(arena, STR("3"), &b, NULL);
	q = quantity_divide(arena, &a, &b);
	assert_true(str_is(quantity_text(arena, &q), "357913941"));
	quantity_parse(arena, STR("3G"), &a, NULL);
	quantity_parse(arena, STR("2e+06"), &b, NULL);
	q = quantity_divide(arena, &a, &b);
	assert_true(str_is(quantity_text(arena, &q), "0"));
	q = quantity_multiply(arena, &a, &b);
	assert_true(str_is(quantity_text(arena, &q), "6P"));
}

static void regex_limits(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct regex *regex;
	struct str group;

	assert_null(regex_compile(repeat(arena, 'a', 16 * 1024 + 1), &err));
	assert_int_equal(err->code, ERROR_LIMIT);

	/* Would take for ever by backtracking. */
	regex = regex_compile(STR("^(a+)+$"), NULL);
	assert_false(regex_match(regex, str_concat(arena, repeat(arena, 'a', 10000), STR("b"))));
	regex_free(regex);

	regex = regex_compile(STR("a"), NULL);
	assert_true(regex_find(regex, STR("banana"), 2, &group, 1));
	assert_int_equal(group.n, 1);
	assert_false(regex_find(regex, STR("banana"), 6, &group, 1));
	assert_false(regex_find(regex, STR("banana"), 7, &group, 1));
	/* 100,000 matches of 1,000 bytes are more than a result may have. */
	assert_null(regex_replace_all(arena, regex, repeat(arena, 'a', 100000), repeat(arena, 'x', 1000), true).p);
	regex_free(regex);

	regex = regex_compile(STR(""), NULL);
	assert_true(regex_match(regex, STR_NULL));
	assert_true(str_is(regex_replace_all(arena, regex, STR_NULL, STR("x"), false), "x"));
	regex_free(regex);
}

static void regex_caches(void **state)
{
	struct regex_cache *cache = regex_cache_create(2);
	_cleanup_(error_freep) struct error *err = NULL;
	const struct regex *a = regex_cache_get(cache, STR("a"), NULL), *b = regex_cache_get(cache, STR("b"), NULL);

	assert_ptr_equal(regex_cache_get(cache, STR("a"), NULL), a);
	assert_true(regex_match(b, STR("xbx")));
	/* "b" is the one not used for longest. */
	assert_non_null(regex_cache_get(cache, STR("c"), NULL));
	assert_ptr_equal(regex_cache_get(cache, STR("a"), NULL), a);
	assert_true(regex_match(a, STR("xax")));
	assert_null(regex_cache_get(cache, STR("("), &err));
	assert_string_equal(err->message, "error parsing regexp: missing closing ): `(`");
	assert_ptr_equal(regex_cache_get(cache, STR("a"), NULL), a);
	regex_cache_destroy(cache);
}

static void letters(void **state)
{
	static const char *const cases[][3] = {
		{ "", "", "" }, { "abc1", "ABC1", "abc1" }, { "Árvíztűrő", "ÁRVÍZTŰRŐ", "árvíztűrő" },
		{ "ß", "ß", "ß" },
		{ "ǆ", "Ǆ", "ǆ" }, { "ΑΣς", "ΑΣΣ", "ασς" }, { "Ⱥ", "Ⱥ", "ⱥ" }, { "ſ", "S", "ſ" },
		{ "\xff", "\xef\xbf\xbd", "\xef\xbf\xbd" },
	};
	static const struct {
		const char *a, *b;
		bool equal;
	} folds[] = {
		{ "", "", true }, { "Go", "gO", true }, { "a", "ab", false }, { "Ÿ", "ÿ", true },
		{ "K", "\u212a", true },
		{ "σ", "ς", true }, { "ſ", "S", true }, { "İ", "i", false }, { "ı", "I", false }, { "ß", "SS", false },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_true(str_equal(text_upper(arena, str_of(cases[i][0])), str_of(cases[i][1])));
		assert_true(str_equal(text_lower(arena, str_of(cases[i][0])), str_of(cases[i][2])));
	}
	for (size_t i = 0; i < sizeof(folds) / sizeof(*folds); i++) {
		assert_int_equal(text_equal_fold(str_of(folds[i].a), str_of(folds[i].b)), folds[i].equal);
		assert_int_equal(text_equal_fold(str_of(folds[i].b), str_of(folds[i].a)), folds[i].equal);
	}
}

static void instants(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct instant now = instant_now(), t, first = instant_from_unix(INT64_MIN),
		       last = instant_from_unix(INT64_MAX);
	struct calendar c;

	assert_true(now.seconds > 1700000000 && str_is(now.zone, "UTC"));

	/* Each day of 800 years round a leap century, there and back. */
	for (int64_t day = -150000; day < 150000; day++) {
		t = instant_from_unix(day * 86400 + 3661);
		c = instant_calendar(&t);
		assert_int_equal(instant_of_date(c.year, c.month, c.day), day * 86400);
		assert_int_equal(c.hour * 10000 + c.minute * 100 + c.second, 10101);
	}
	t = instant_from_unix(0);
	assert_int_equal(instant_calendar(&t).weekday, 4);

	/* The ends of time are formatted, added to and compared without overflow. */
	assert_true(instant_rfc3339(arena, &first).n > 0 && instant_rfc3339(arena, &last).n > 0);
	assert_int_equal(instant_add(&last, INT64_MAX).seconds, INT64_MAX);
	assert_int_equal(instant_add(&first, INT64_MIN).seconds, INT64_MIN);
	assert_int_equal(instant_difference(&first, &last), INT64_MIN);
	instant_truncate(&first, INT64_MAX);

	assert_int_equal(instant_parse_rfc3339(STR("2024-01-01"), &t, &err), -1);
	assert_string_equal(err->message,
			    "parsing time \"2024-01-01\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"T\"");
}

static void zones(void **state)
{
	static const char *const cases[][3] = {
		{ "2024-07-01T12:00:00Z", "Europe/Budapest", "2024-07-01 14:00:00 +0200 CEST" },
		{ "2024-03-31T00:59:59Z", "Europe/Budapest", "2024-03-31 01:59:59 +0100 CET" },
		{ "2024-03-31T01:00:00Z", "Europe/Budapest", "2024-03-31 03:00:00 +0200 CEST" },
		{ "2099-10-25T00:59:59Z", "Europe/Budapest", "2099-10-25 02:59:59 +0200 CEST" },
		{ "2099-10-25T01:00:00Z", "Europe/Budapest", "2099-10-25 02:00:00 +0100 CET" },
		{ "1850-01-01T00:00:00Z", "America/New_York", "1849-12-31 19:03:58 -0456 LMT" },
		{ "2150-01-01T00:00:00Z", "Australia/Lord_Howe", "2150-01-01 11:00:00 +1100 +11" },
		{ "2150-06-01T00:00:00Z", "Australia/Lord_Howe", "2150-06-01 10:30:00 +1030 +1030" },
		{ "2024-01-01T00:00:00+05:00", "UTC", "2023-12-31 19:00:00 +0000 UTC" },
	};
	static const char *const unknown[] = { "Nope/Zone", "../etc/passwd", "/etc/passwd", "Europe",
					       "tzdata.zi", "Europe/..",     "zone.tab" };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct instant t = instant_from_unix(0), there;
	FILE *zoneinfo = fopen("/usr/share/zoneinfo/Europe/Budapest", "r");

	if (!zoneinfo)
		skip();
	fclose(zoneinfo);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		assert_int_equal(instant_in_zone(arena, &t, str_of(unknown[i]), &there, NULL), -1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		t = instant_of(str_of(cases[i][0]));
		assert_int_equal(instant_in_zone(arena, &t, str_of(cases[i][1]), &there, NULL), 0);
		assert_string_equal(
			str_cstr(arena, instant_format(arena, &there, STR("2006-01-02 15:04:05 -0700 MST"))),
			cases[i][2]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),          cmocka_unit_test(globs),        cmocka_unit_test(quantity_extremes),
		cmocka_unit_test(quantity_numbers), cmocka_unit_test(regex_limits), cmocka_unit_test(regex_caches),
		cmocka_unit_test(letters),        cmocka_unit_test(instants),     cmocka_unit_test(zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
