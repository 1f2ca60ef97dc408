#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kyverno_table.h"
#include "policy/kyverno/gotext.h"
#include "policy/kyverno/leaf.h"
#include "policy/kyverno/pattern.h"

#define TABLE "tests/lang/kyverno-pattern.test"

static struct str outcome_text(struct arena *arena, const struct pattern_outcome *outcome)
{
	switch (outcome->status) {
	case PATTERN_PASS:
		return STR("pass");
	case PATTERN_FAIL:
		return str_format(arena, "fail " STR_FMT, STR_ARG(outcome->path));
	case PATTERN_SKIP:
		return str_format(arena, "skip " STR_FMT, STR_ARG(outcome->message));
	case PATTERN_ERROR:
		break;
	}
	return str_format(arena, "error " STR_FMT, STR_ARG(outcome->message));
}

/* Both with and without a trace, which must not change anything. */
static size_t check_row(struct arena *arena, const struct row *row)
{
	const struct value *pattern = parse(arena, row->lines[0]), *value = parse(arena, row->lines[1]);
	struct trace trace = { .arena = arena };
	struct pattern_outcome outcome;
	struct str got;

	if (str_is(row->lines[2], "true") || str_is(row->lines[2], "false")) {
		got = pattern_leaf_matches(arena, value, pattern) ? STR("true") : STR("false");
		return str_equal(got, row->lines[2]) ? 0 : row_failed(TABLE, row, got);
	}
	pattern_match(pattern_compile(arena, pattern), arena, value, NULL, &outcome);
	got = outcome_text(arena, &outcome);
	if (!str_equal(got, row->lines[2]))
		return row_failed(TABLE, row, got);
	pattern_match(pattern_compile(arena, pattern), arena, value, &trace, &outcome);
	got = outcome_text(arena, &outcome);
	return str_equal(got, row->lines[2]) ? 0 : row_failed(TABLE, row, got);
}

static void test_table(void **state)
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
	assert_true(rows > 400);
	buf_free(&table.text);
	arena_destroy(arena);
}

/* A leaf of a compiled pattern and pattern_leaf_matches() answer alike. */
static void test_leaf_in_map(void **state)
{
	struct arena *arena = arena_create();
	struct table table;
	struct row row;

	table_open(&table, TABLE);
	while (table_next(&table, &row)) {
		struct pattern_outcome outcome;
		const struct value *value = parse(arena, row.lines[1]), *pattern = parse(arena, row.lines[0]);
		struct str wrapped, got;
		bool scalar =
			pattern->type != VALUE_OBJECT && pattern->type != VALUE_ARRAY && value->type != VALUE_ARRAY;

		if (scalar && (str_is(row.lines[2], "true") || str_is(row.lines[2], "false"))) {
			wrapped = str_format(arena, "[" STR_FMT "]", STR_ARG(row.lines[0]));
			value = parse(arena, str_format(arena, "[" STR_FMT "]", STR_ARG(row.lines[1])));
			pattern_match(pattern_compile(arena, parse(arena, wrapped)), arena, value, NULL, &outcome);
			got = outcome.status == PATTERN_PASS ? STR("true") : STR("false");
			if (!str_equal(got, row.lines[2]))
				fail_msg("line %zu: %.*s", row.line, STR_ARG(got));
		}
		arena_reset(arena);
	}
	buf_free(&table.text);
	arena_destroy(arena);
}

static const char pod[] =
	"{\"metadata\":{\"name\":\"p\",\"labels\":{\"app\":\"x\"}},\"spec\":{\"hostNetwork\":false,\"containers\":["
	"{\"name\":\"a\",\"image\":\"r/a:1\",\"resources\":{\"requests\":{\"memory\":\"64Mi\"}}},"
	"{\"name\":\"b\",\"image\":\"r/b:1\",\"resources\":{\"requests\":{\"memory\":\"128Mi\"}}}]}}";

static void test_passing_allocates_nothing(void **state)
{
	static const char *const patterns[] = {
		"{\"metadata\":{\"labels\":{\"app\":\"?*\"}}}",
		"{\"spec\":{\"=(hostNetwork)\":\"false\",\"containers\":[{\"image\":\"!*:latest & "
		"*:*\",\"name\":\"*\"}]}}",
		"{\"spec\":{\"containers\":[{\"resources\":{\"requests\":{\"memory\":\"<=256Mi & 1Mi-1Gi\"}}}]}}",
		"{\"spec\":{\"containers\":[{\"(name)\":\"a\",\"image\":\"r/"
		"a*\",\"=(securityContext)\":{\"X(x)\":null}}]}}",
		"{\"spec\":{\"^(containers)\":[{\"name\":\"b\"}]}}",
	};
	struct arena *arena = arena_create();
	const struct value *resource = parse_text(arena, pod);

	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		const struct pattern *pattern = pattern_compile(arena, parse_text(arena, patterns[i]));
		size_t before = arena_used(arena);
		struct pattern_outcome outcome;

		pattern_match(pattern, arena, resource, NULL, &outcome);
		assert_int_equal(outcome.status, PATTERN_PASS);
		assert_int_equal(arena_used(arena), before);
	}
	arena_destroy(arena);
}

static void test_places(void **state)
{
	struct arena *arena = arena_create();
	struct source source = { .name = STR("pod.json"), .first_line = 1 },
		      policy = { .name = STR("p.json"), .first_line = 1 };
	const struct value *resource, *tree;
	struct pattern_outcome outcome;

	source.text = STR("{\"spec\":\n {\"c\":[{\"n\":1},\n  {\"n\":2}]}}");
	policy.text = STR("{\"spec\":{\"c\":[\n{\"n\":\"1\",\n\"m\":\"?*\"}]}}");
	resource = json_decode(arena, &source, &decode_limits_default, NULL, NULL);
	tree = json_decode(arena, &policy, &decode_limits_default, NULL, NULL);
	pattern_match(pattern_compile(arena, tree), arena, resource, NULL, &outcome);
	assert_int_equal(outcome.status, PATTERN_FAIL);
	/* Nothing stands at /spec/c/0/m: the item is the closest. */
	assert_true(str_is(outcome.path, "/spec/c/0/m/"));
	assert_ptr_equal(outcome.at, value_at_pointer(resource, STR("/spec/c/0"), NULL));
	assert_int_equal(outcome.at->line, 2);
	assert_int_equal(outcome.pattern_at->line, 3);
	arena_destroy(arena);
}

static void test_trace(void **state)
{
	struct arena *arena = arena_create();
	struct trace trace = { .arena = arena };
	struct pattern_outcome outcome;
	const struct value *resource = parse_text(arena, pod);
	const struct value *tree =
		parse_text(arena, "{\"spec\":{\"containers\":[{\"(name)\":\"b\",\"image\":\"x*\"}]}}");

	pattern_match(pattern_compile(arena, tree), arena, resource, &trace, &outcome);
	assert_int_equal(outcome.status, PATTERN_FAIL);
	assert_int_equal(trace.count, 5);
	assert_true(str_is(trace.entries[0].text, "/spec/containers/0/name/: a does not match b"));
	assert_false(trace.entries[0].holds);
	assert_true(str_is(trace.entries[1].text, "/spec/containers/0/name/: anchor (name) does not apply"));
	assert_true(str_is(trace.entries[3].text, "/spec/containers/1/name/: anchor (name) applies"));
	assert_true(str_is(trace.entries[4].text, "/spec/containers/1/image/: r/b:1 does not match x*"));
	assert_non_null(trace.entries[4].at);
	assert_non_null(trace.entries[4].policy_at);
	arena_destroy(arena);
}

/* More anchors than fit the words on the stack. */
static void test_many_anchors(void **state)
{
	struct arena *arena = arena_create();
	struct object_builder pattern = { 0 }, resource = { 0 };
	const struct value *one = value_of_int(arena, 1), *text = parse_text(arena, "\"1\"");
	struct pattern_outcome outcome;

	for (int i = 0; i < 600; i++) {
		object_put(arena, &pattern, str_format(arena, "(k%d)", i), text);
		object_put(arena, &resource, str_format(arena, "k%d", i), one);
	}
	object_put(arena, &pattern, STR("z"), text);
	pattern_match(pattern_compile(arena, object_finish(arena, &pattern)), arena, object_finish(arena, &resource),
		      NULL, &outcome);
	assert_int_equal(outcome.status, PATTERN_FAIL);
	assert_true(str_is(outcome.path, "/z/"));
	arena_destroy(arena);
}

static const struct value *nested(struct arena *arena, int depth)
{
	const struct value *v = value_of_str(arena, STR("x"));

	for (int i = 0; i < depth; i++) {
		struct object_builder object = { 0 };

		object_put(arena, &object, STR("a"), v);
		v = object_finish(arena, &object);
	}
	return v;
}

static void test_depth(void **state)
{
	struct arena *arena = arena_create();
	struct pattern_outcome outcome;

	pattern_match(pattern_compile(arena, nested(arena, 900)), arena, nested(arena, 900), NULL, &outcome);
	assert_int_equal(outcome.status, PATTERN_PASS);
	pattern_match(pattern_compile(arena, nested(arena, 3000)), arena, nested(arena, 3000), NULL, &outcome);
	assert_int_equal(outcome.status, PATTERN_ERROR);
	assert_true(str_contains(outcome.message, STR("nested more than")));
	pattern_match(pattern_compile(arena, NULL), arena, NULL, NULL, &outcome);
	assert_int_equal(outcome.status, PATTERN_PASS);
	arena_destroy(arena);
}

static void test_operator_of_a_pattern(void **state)
{
	static const struct {
		const char *text;
		enum leaf_operator operator;
	} cases[] = {
		{ "", LEAF_EQUAL },	    { ">", LEAF_EQUAL },	{ ">5", LEAF_MORE },
		{ ">=5", LEAF_MORE_EQUAL }, { "<5", LEAF_LESS },	{ "<=", LEAF_LESS_EQUAL },
		{ "!a", LEAF_NOT_EQUAL },   { "1-5", LEAF_IN_RANGE },	{ "1!-5", LEAF_NOT_IN_RANGE },
		{ "1-", LEAF_EQUAL },	    { "a-b", LEAF_EQUAL },	{ "1.5Mi-2.5Gi", LEAF_IN_RANGE },
		{ "1.-2", LEAF_EQUAL },	    { "-1--2", LEAF_IN_RANGE }, { "|1-2", LEAF_IN_RANGE },
		{ "1-2x3", LEAF_EQUAL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(leaf_operator_of(str_of(cases[i].text)), cases[i].operator);
}

static void test_go_floats(void **state)
{
	static const char *const good[] = { "1",     "-1.5",   "+2",  ".5",	   "5.",  "1e3",   "1E-3",
					    "0x1p4", "0x.8p1", "inf", "-Infinity", "NaN", "1_000", "0x_1p0" };
	static const char *const bad[] = { "",	   "-",	 ".",  "e3",   "1e",	"1e+", "0x1", "1 ", " 1",
					   "1__0", "_1", "1_", "1_.5", "1e400", "0xg", "--1", "1f" };
	double d;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!double_parse(str_of(good[i]), &d))
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (double_parse(str_of(bad[i]), &d))
			fail_msg("%s", bad[i]);
	assert_true(double_parse(STR("-0x1p4"), &d));
	assert_true(d == -16);
	assert_true(double_parse(STR("-1_0.5"), &d));
	assert_true(d == -10.5);
}

static void test_go_texts(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{ "null", "<nil>" },
		{ "true", "true" },
		{ "5", "5" },
		{ "\"a b\"", "a b" },
		{ "[]", "[]" },
		{ "{}", "map[]" },
		{ "{\"b\":1,\"a\":[null,\"x\",{}]}", "map[a:[<nil> x map[]] b:1]" },
		{ "1.5", "1.5" },
		{ "100000.5", "100000.5" },
		{ "1234567.5", "1.2345675e+06" },
		{ "0.0001", "0.0001" },
		{ "0.00001", "1e-05" },
		{ "-2.5e-9", "-2.5e-09" },
		{ "1e300", "1e+300" },
	};
	struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str got = go_text(arena, parse_text(arena, cases[i].json));

		if (!str_equal(got, str_of(cases[i].text)))
			fail_msg("%s: %.*s", cases[i].json, STR_ARG(got));
	}
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_leaf_in_map),
		cmocka_unit_test(test_passing_allocates_nothing),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_trace),
		cmocka_unit_test(test_many_anchors),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_operator_of_a_pattern),
		cmocka_unit_test(test_go_floats),
		cmocka_unit_test(test_go_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
