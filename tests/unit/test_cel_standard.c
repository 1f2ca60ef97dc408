#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/double_text.h"
#include "kyverno_table.h"
#include "lang/cel/env.h"
#include "lang/cel/standard.h"

#define TABLE "tests/lang/cel-standard.test"

/* -- the environments of the table ------------------------------------------------------------------------------- */

struct fixture {
	struct arena *arena;
	struct cel_env *kubernetes, *plain;
	struct cel_value variables[2];
};

static struct cel_env *declare(struct arena *arena, enum cel_flavour flavour)
{
	struct cel_env *env = cel_env_create(arena, flavour);

	assert_int_equal(cel_env_add_variable(env, STR("x"), &cel_dyn), 0);
	assert_int_equal(cel_env_add_variable(env, STR("o"), &cel_dyn), 1);
	return env;
}

static void open_fixture(struct fixture *f)
{
	f->arena = arena_create();
	f->kubernetes = declare(f->arena, CEL_KUBERNETES);
	f->plain = declare(f->arena, CEL_PLAIN);
	f->variables[0] = cel_of_int(1);
	f->variables[1] = cel_of_data(parse_text(f->arena, "{\"a\": 1, \"s\": \"str\", \"l\": [1, \"a\"]}"));
}

/* -- answers as the table has them ------------------------------------------------------------------------------- */

static struct str first_line(struct arena *arena, enum cel_stage stage, struct error *err)
{
	struct str line, rest;

	str_cut(str_of(err->message), '\n', &line, &rest);
	line = str_concat(arena, stage == CEL_STAGE_PROGRAM ? STR("!program ") : STR("!compile "), line);
	error_free(err);
	return line;
}

static struct str bound(struct arena *arena, uint64_t n)
{
	return n == UINT64_MAX ? STR("max") : str_format(arena, "%llu", (unsigned long long)n);
}

/* The value in *answer, "cost … estimate …" in *costs. */
static void ask(struct fixture *f, struct cel_env *env, struct arena *arena, struct str source, struct str *answer,
		struct str *costs)
{
	enum cel_stage stage = CEL_STAGE_PARSE;
	struct cel_compile_options options = { .stage = &stage };
	struct cel_run run = { .arena = arena, .variables = f->variables };
	struct error *err = NULL;
	const struct cel_program *program = cel_compile(arena, env, source, &options, &err);
	struct cel_range estimate;
	struct cel_value value;
	struct str low, high;

	*costs = STR("-");
	if (!program) {
		*answer = first_line(arena, stage, err);
		return;
	}
	value = cel_evaluate(program, &run);
	*answer = cel_is_error(value) ? str_concat(arena, STR("!"), value.u.error->message) : cel_text(arena, &value);
	if (env == f->plain) {
		*costs = STR("plain");
		return;
	}
	estimate = cel_program_estimate(program);
	low = bound(arena, estimate.minimum);
	high = bound(arena, estimate.maximum);
	*costs = str_format(arena, "cost %llu, estimate " STR_FMT " to " STR_FMT, (unsigned long long)run.cost,
			    STR_ARG(low), STR_ARG(high));
}

static void test_table(void **state)
{
	struct arena *arena = arena_create();
	size_t count = 0, failed = 0;
	struct fixture fixture;
	struct table table;
	struct row row;

	(void)state;
	open_fixture(&fixture);
	table_open(&table, TABLE);
	while (table_next(&table, &row)) {
		bool plain = str_is(row.lines[2], "plain");
		struct str answer, costs;

		count++;
		ask(&fixture, plain ? fixture.plain : fixture.kubernetes, arena, row.lines[0], &answer, &costs);
		if (!str_equal(answer, row.lines[1]) || !str_equal(costs, row.lines[2])) {
			print_error("%s:%zu: %.*s\n  want %.*s\n       %.*s\n  got  %.*s\n       %.*s\n", TABLE,
				    row.line, STR_ARG(row.lines[0]), STR_ARG(row.lines[1]), STR_ARG(row.lines[2]),
				    STR_ARG(answer), STR_ARG(costs));
			failed++;
		}
		arena_reset(arena);
	}
	assert_true(count > 300);
	assert_int_equal(failed, 0);
	buf_free(&table.text);
	arena_destroy(fixture.arena);
	arena_destroy(arena);
}

/* -- what a table cannot say ------------------------------------------------------------------------------------- */

static struct cel_value evaluate(struct fixture *f, struct arena *arena, const char *source)
{
	static const struct cel_compile_options options;
	struct cel_run run = { .arena = arena, .variables = f->variables };
	struct error *err = NULL;
	const struct cel_program *program = cel_compile(arena, f->plain, str_of(source), &options, &err);

	if (!program)
		fail_msg("%s: %s", source, err->message);
	return cel_evaluate(program, &run);
}

/* Results that would take all memory end in an error, however little they cost. */
static void test_memory(void **state)
{
	static const char *const rows[] = {
		"[o.s].map(s, s + s).map(s, s.replace('', s)).map(s, s.replace('', s)).map(s, s.replace('', s))"
		".map(s, s.replace('', s)).map(s, s.replace('', s))",
		"cel.bind(a, [x], cel.bind(b, a+a+a+a+a+a+a+a, cel.bind(c, b+b+b+b+b+b+b+b,"
		" cel.bind(d, c+c+c+c+c+c+c+c, cel.bind(e, d+d+d+d+d+d+d+d, cel.bind(f, e+e+e+e+e+e+e+e,"
		" cel.bind(g, f+f+f+f+f+f+f+f,"
		" cel.bind(h, g+g+g+g+g+g+g+g, h+h+h+h+h+h+h+h))))))))",
		"cel.bind(a, o.s.replace('', o.s), cel.bind(b, a.replace('', a), cel.bind(c, b.replace('', b),"
		" cel.bind(d, c.replace('', c), [d, d, d, d].join(d).split('').size()))))",
	};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *arena = arena_create();
		struct cel_value v = evaluate(&fixture, arena, rows[i]);

		assert_true(cel_is_error(v));
		assert_int_equal(v.u.error->code, ERROR_LIMIT);
		arena_destroy(arena);
	}
	arena_destroy(fixture.arena);
}

/* Lists that a schema makes sets or maps keep what they are when they are added to. */
static void test_add_by_schema(void **state)
{
	static const struct str keys[] = { STR("k") };
	const struct cel_view set = { .shape = CEL_VIEW_LIST, .list = CEL_LIST_SET };
	const struct cel_view map = { .shape = CEL_VIEW_LIST, .list = CEL_LIST_MAP, .keys = keys, .key_count = 1 };
	struct arena *arena = arena_create();
	struct cel_run run = { .arena = arena };
	struct cel_value pair[2], sum;

	(void)state;
	pair[0] = cel_of_view(parse_text(arena, "[1, 2]"), &set);
	pair[1] = cel_of_data(parse_text(arena, "[2, 3, 3]"));
	sum = cel_do_add(&run, pair, 2);
	assert_true(value_equal(sum.u.data, parse_text(arena, "[1, 2, 3]")));
	assert_ptr_equal(sum.of.view, &set);
	pair[0] = cel_of_view(parse_text(arena, "[{\"k\": 1, \"v\": 1}, {\"k\": 2}]"), &map);
	pair[1] = cel_of_data(parse_text(arena, "[{\"k\": 1, \"v\": 9}, {\"k\": 3}]"));
	sum = cel_do_add(&run, pair, 2);
	assert_true(value_equal(sum.u.data, parse_text(arena, "[{\"k\": 1, \"v\": 9}, {\"k\": 2}, {\"k\": 3}]")));
	arena_destroy(arena);
}

/* Numbers of all sizes: rounded as the C library rounds them, and read back as they were. */
static void test_doubles(void **state)
{
	uint64_t random = 88172645463325252;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		char text[DOUBLE_TEXT_MAX + 16], want[DOUBLE_TEXT_MAX + 16];
		int places = i % 12;
		double d, back;
		size_t n;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		memcpy(&d, &random, sizeof(d));
		if (i % 3)
			d = (double)(int64_t)(random >> 20) / (double)(1 << i % 31);
		if (!isfinite(d))
			continue;
		n = double_text_places(d, places, text);
		snprintf(want, sizeof(want), "%.*f", places, d);
		assert_true(str_equal(str_make(text, n), str_of(want)));
		n = double_text_general(d, text);
		assert_true(double_parse(str_make(text, n), &back));
		assert_true(back == d);
		n = double_text_exponent(d, 'E', text);
		assert_true(double_parse(str_make(text, n), &back));
		assert_true(back == d);
		n = double_text_plain(d, text);
		assert_true(double_parse(str_make(text, n), &back));
		assert_true(back == d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_add_by_schema),
		cmocka_unit_test(test_doubles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
