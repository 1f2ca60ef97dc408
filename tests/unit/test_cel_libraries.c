#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel_table.h"
#include "lang/cel/env.h"

#define TABLE "tests/lang/cel-libraries.test"

/* -- the environment of the table --------------------------------------------------------------------------------- */

struct fixture {
	struct arena *arena;
	struct cel_env *env;
	struct cel_value variables[4];
};

static void declare(struct fixture *f, const char *name, const struct cel_type *type, const char *json)
{
	uint32_t slot = cel_env_add_variable(f->env, str_of(name), type);

	assert_true(slot < sizeof(f->variables) / sizeof(f->variables[0]));
	f->variables[slot] = cel_of_data(parse(f->arena, str_of(json)));
}

static void open_fixture(struct fixture *f)
{
	struct error *err = NULL;

	f->arena = arena_create();
	f->env = cel_env_create(f->arena, CEL_KUBERNETES);
	assert_int_equal(cel_env_add_library(f->env, &cel_jsonpatch_library, &err), 0);
	declare(f, "x", &cel_dyn, "[3, 1, 2]");
	declare(f, "s", &cel_string, "\"b\"");
	declare(f, "ls", cel_list_of(f->arena, &cel_string), "[\"b\", \"a\"]");
	declare(f, "li", cel_list_of(f->arena, &cel_int), "[2, 1]");
}

/* -- answers as the table has them -------------------------------------------------------------------------------- */

static struct str bound(struct arena *arena, uint64_t n)
{
	return n == UINT64_MAX ? STR("max") : str_format(arena, "%llu", (unsigned long long)n);
}

/* The value in *answer, costs in *costs. */
static void ask(struct fixture *f, struct arena *arena, struct str source, struct str *answer, struct str *costs)
{
	enum cel_stage stage = CEL_STAGE_PARSE;
	struct cel_compile_options options = { .stage = &stage };
	struct cel_run run = { .arena = arena, .variables = f->variables };
	struct error *err = NULL;
	const struct cel_program *program = cel_compile(arena, f->env, source, &options, &err);
	struct cel_range estimate;
	struct cel_value value;
	struct str low, high;

	*costs = STR("-");
	if (!program) {
		*answer = cel_quoted(arena, stage == CEL_STAGE_PROGRAM ? "!program " : "!compile ",
				     str_of(err->message));
		error_free(err);
		return;
	}
	value = cel_evaluate(program, &run);
	*answer = cel_answer(arena, &value);
	estimate = cel_program_estimate(program);
	low = bound(arena, estimate.minimum);
	high = bound(arena, estimate.maximum);
	*costs = str_format(arena, "cost %llu, estimate " STR_FMT " to " STR_FMT, (unsigned long long)run.cost,
			    STR_ARG(low), STR_ARG(high));
}

/* -- tests -------------------------------------------------------------------------------------------------------- */

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
		struct str answer, costs;

		count++;
		ask(&fixture, arena, row.lines[0], &answer, &costs);
		if (!cel_same(arena, answer, row.lines[1]) || !str_equal(costs, row.lines[2])) {
			print_error("%s:%zu: %.*s\n", TABLE, row.line, STR_ARG(row.lines[0]));
			print_error("  want %.*s, %.*s\n", STR_ARG(row.lines[1]), STR_ARG(row.lines[2]));
			print_error("  got  %.*s, %.*s\n", STR_ARG(answer), STR_ARG(costs));
			failed++;
		}
		arena_reset(arena);
	}
	assert_true(count > 150);
	assert_int_equal(failed, 0);
	buf_free(&table.text);
	arena_destroy(fixture.arena);
	arena_destroy(arena);
}

static struct cel_value evaluate(struct fixture *f, struct cel_run *run, const char *source)
{
	static const struct cel_compile_options options;
	struct error *err = NULL;
	const struct cel_program *program = cel_compile(f->arena, f->env, str_of(source), &options, &err);

	if (!program)
		fail_msg("%s: %s", source, err->message);
	return cel_evaluate(program, run);
}

/* What is quadratic, or as long as a number says, is not even begun when it costs too much. */
static void test_limits(void **state)
{
	static const char *const sources[] = {
		"lists.range(li[0] * 1000000000)",
		"lists.range(600000 + li[0] - 2).distinct()",
		"lists.range(600000 + li[0] - 2).sort()",
		"sets.contains(lists.range(10000 + li[0] - 2), lists.range(90000 + li[0] - 2))",
	};
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct cel_run run = { .arena = fixture.arena, .variables = fixture.variables, .cost_limit = 1000000 };
		struct cel_value value = evaluate(&fixture, &run, sources[i]);

		assert_true(cel_is_error(value));
		assert_int_equal(value.u.error->code, ERROR_LIMIT);
	}
	arena_destroy(fixture.arena);
}

/* Newer versions of cel-go's own libraries differ: how addresses are read, what lists.range() takes. */
static void test_plain(void **state)
{
	static const struct {
		const char *source, *answer;
	} rows[] = {
		{ "ip('::ffff:c0a8:1') == ip('192.168.0.1')", "true" },
		{ "ip('::ffff:192.168.0.1')",
		  "! \"IPv4-mapped IPv6 address \\\"::ffff:192.168.0.1\\\" is not allowed\"" },
		{ "isIP('::ffff:192.168.0.1')", "false" },
		{ "cidr('10.0.0.0/8').containsIP('x')",
		  "! \"IP Address \\\"x\\\" parse error during conversion from string: ParseAddr(\\\"x\\\"): unable to "
		  "parse IP\"" },
		{ "cidr('x')",
		  "! \"CIDR \\\"x\\\" parse error during conversion from string: netip.ParsePrefix(\\\"x\\\"): "
		  "no '/'\"" },
		{ "cidr('10.0.0.0/8').isMask()", "true" },
		{ "cidr('10.0.0.1/8').isMask()", "false" },
		{ "string(cidr('10.0.0.1/8').masked())", "\"10.0.0.0/8\"" },
		{ "cidr('10.0.0.0/8').containsCIDR('10.0.0.0/7')", "false" },
		{ "lists.range(-1)", "! \"lists.range: size must be non-negative, got -1\"" },
		{ "lists.range(2)", "[0,1]" },
	};
	struct fixture fixture = { .arena = arena_create() };

	(void)state;
	fixture.env = cel_env_create(fixture.arena, CEL_PLAIN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str answer, costs;

		ask(&fixture, fixture.arena, str_of(rows[i].source), &answer, &costs);
		if (!str_equal(answer, str_of(rows[i].answer)))
			fail_msg("%s: want %s, got %.*s", rows[i].source, rows[i].answer, STR_ARG(answer));
	}
	arena_destroy(fixture.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
