#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kyverno_table.h"
#include "policy/kyverno/operator.h"

#define TABLE "tests/lang/kyverno-operator.test"

static size_t check_row(struct arena *arena, const struct row *row)
{
	const struct value *operands = parse(arena, row->lines[1]);
	enum condition_operator operator;
	struct str name = str_is(row->lines[0], "-") ? STR("") : row->lines[0], got = STR("unknown");

	if (condition_operator_parse(name, &operator, NULL))
		got = condition_holds(arena, operator, value_at(operands, 0), value_at(operands, 1)) ? STR("true")
												     : STR("false");
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
	assert_true(rows > 600);
	buf_free(&table.text);
	arena_destroy(arena);
}

static void test_names(void **state)
{
	enum condition_operator operator;
	const char *suggestion;

	assert_true(condition_operator_parse(STR("Equals"), &operator, &suggestion));
	assert_int_equal(operator, CONDITION_EQUALS);
	assert_null(suggestion);
	assert_true(condition_operator_parse(STR("equal"), &operator, &suggestion));
	assert_int_equal(operator, CONDITION_EQUALS);
	assert_true(condition_operator_parse(STR("allnotin"), &operator, NULL));
	assert_int_equal(operator, CONDITION_ALL_NOT_IN);
	assert_true(condition_operator_parse(STR("greaterthan"), &operator, NULL));
	assert_int_equal(operator, CONDITION_NEVER);
	assert_false(condition_operator_parse(STR("NotEqualz"), &operator, &suggestion));
	assert_string_equal(suggestion, "NotEquals");
	assert_false(condition_operator_parse(STR("Contains"), &operator, &suggestion));
	assert_null(suggestion);
	for (int i = 0; i < CONDITION_NEVER; i++) {
		assert_true(condition_operator_parse(str_of(condition_operator_names[i]), &operator, NULL));
		assert_int_equal(operator, i);
	}
}

/* Missing operands are null ones, and Go would panic over some of these. */
static void test_odd_operands(void **state)
{
	struct arena *arena = arena_create();
	const struct value *mixed = parse_text(arena, "[1,\"a\"]"), *list = parse_text(arena, "[\"a\"]");

	for (int i = 0; i <= CONDITION_NEVER; i++) {
		assert_false(condition_holds(arena, (enum condition_operator)i, NULL, NULL));
		condition_holds(arena, (enum condition_operator)i, list, NULL);
		assert_false(condition_holds(arena, (enum condition_operator)i, NULL, list));
	}
	assert_false(condition_holds(arena, CONDITION_IN, mixed, list));
	assert_false(condition_holds(arena, CONDITION_NOT_IN, mixed, list));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_odd_operands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
