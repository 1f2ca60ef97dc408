#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/json.h"
#include "lang/cel/plan.h"

/* -- tests/lang/cel-evaluate.test ------------------------------------------------------------------------------ */

struct table {
	struct arena *arena;
	struct cel_env *env;
	struct cel_value variables[16];
	struct regex_cache *regexes;
	size_t line, failed;
};

static void read_file(const char *path, struct buf *text)
{
	FILE *file = fopen(path, "rb");
	char block[65536];
	size_t n;

	assert_non_null(file);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add_bytes(text, block, n);
	fclose(file);
}

static void declare(struct table *table, struct str line)
{
	struct str name;
	uint32_t slot;
	const struct value *data;

	str_cut(line, ' ', &name, &line);
	data = json_parse(table->arena, line, NULL);
	assert_non_null(data);
	slot = cel_env_add_variable(table->env, name, &cel_dyn);
	assert_true(slot < 16);
	table->variables[slot] = cel_of_data(data);
}

/* The answer in the words of the table: a value or "! error" and what it cost, or "!compile" or "!program" and why. */
static struct str answer(struct table *table, struct arena *arena, struct str source, bool checked)
{
	enum cel_stage stage = CEL_STAGE_PARSE;
	struct cel_compile_options options = { .no_check = !checked, .stage = &stage };
	struct cel_run run = {
		.arena = arena,
		.variables = table->variables,
		.cost_limit = 1000000,
		.regexes = table->regexes,
	};
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_program *program = cel_compile(arena, table->env, source, &options, &err);
	struct cel_value v;

	if (!program)
		return str_format(arena, "!%s %s\n", stage == CEL_STAGE_PROGRAM ? "program" : "compile", err->message);
	v = cel_evaluate(program, &run);
	assert_int_equal(run.depth, 0);
	assert_null(run.locals);
	if (cel_is_error(v))
		return str_format(arena, "! " STR_FMT "\ncost %llu\n", STR_ARG(v.u.error->message),
				  (unsigned long long)run.cost);
	return str_format(arena, STR_FMT "\ncost %llu\n", STR_ARG(cel_text(arena, &v)), (unsigned long long)run.cost);
}

static void run_case(struct table *table, struct str expression, struct str wanted)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str got = answer(table, arena, str_skip(expression, 2), expression.p[0] == '?');

	if (str_equal(got, wanted))
		return;
	table->failed++;
	print_error("line %zu: " STR_FMT "\nwanted " STR_FMT "got    " STR_FMT, table->line, STR_ARG(expression),
		    STR_ARG(wanted), STR_ARG(got));
}

static void run_table(struct table *table, struct str text)
{
	while (text.n) {
		struct str line, rest;
		size_t lines = 1;

		str_cut(text, '\n', &line, &text);
		table->line++;
		if (str_starts_with(line, STR("@ ")))
			declare(table, str_skip(line, 2));
		if (!str_starts_with(line, STR("? ")) && !str_starts_with(line, STR("! ")))
			continue;
		rest = text;
		/* A second line is the cost. */
		str_cut(rest, '\n', &(struct str){ 0 }, &rest);
		if (str_starts_with(rest, STR("cost "))) {
			str_cut(rest, '\n', &(struct str){ 0 }, &rest);
			lines++;
		}
		run_case(table, line, str_make(text.p, (size_t)(rest.p - text.p)));
		table->line += lines;
		text = rest;
	}
}

static void evaluates_as_cel_go(void **state)
{
	const char *root = getenv("SOURCE_ROOT");
	struct table table = { .arena = arena_create() };
	struct buf text = { 0 };
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/tests/lang/cel-evaluate.test", root ? root : ".");
	read_file(path, &text);
	table.env = cel_env_create(table.arena, CEL_KUBERNETES);
	table.regexes = regex_cache_create(8);
	run_table(&table, buf_str(&text));
	regex_cache_destroy(table.regexes);
	arena_destroy(table.arena);
	buf_free(&text);
	assert_int_equal(table.failed, 0);
}

/* -- values ---------------------------------------------------------------------------------------------------- */

static struct cel_value parsed(struct arena *arena, const char *text)
{
	const struct value *data = json_parse(arena, str_of(text), NULL);

	assert_non_null(data);
	return cel_of_data(data);
}

static bool equal(struct cel_value a, struct cel_value b)
{
	assert_int_equal(cel_equal(&a, &b), cel_equal(&b, &a));
	return cel_equal(&a, &b);
}

static int compare(struct cel_value a, struct cel_value b)
{
	return cel_compare(&a, &b);
}

static void numbers_are_equal_across_types(void **state)
{
	(void)state;
	assert_true(equal(cel_of_int(1), cel_of_uint(1)));
	assert_true(equal(cel_of_int(1), cel_of_double(1)));
	assert_false(equal(cel_of_int(-1), cel_of_uint(UINT64_MAX)));
	assert_false(equal(cel_of_int(INT64_MAX), cel_of_double(1e300)));
	assert_false(equal(cel_of_uint(0), cel_of_double(-1)));
	assert_false(equal(cel_of_double(__builtin_nan("")), cel_of_double(__builtin_nan(""))));
	assert_int_equal(compare(cel_of_int(-1), cel_of_uint(0)), -1);
	assert_int_equal(compare(cel_of_uint(UINT64_MAX), cel_of_int(INT64_MAX)), 1);
	assert_int_equal(compare(cel_of_double(2e19), cel_of_uint(UINT64_MAX)), 1);
	assert_int_equal(compare(cel_of_double(1), cel_of_double(__builtin_nan(""))), CEL_NOT_A_NUMBER);
	assert_int_equal(compare(cel_of_int(1), cel_of_bool(true)), CEL_NO_ORDER);
	assert_int_equal(compare(cel_of_timestamp(5, 1), cel_of_timestamp(5, 2)), -1);
	assert_int_equal(compare(cel_of_timestamp(6, 1), cel_of_timestamp(5, 2)), 1);
}

static void large_maps_are_searched_by_table(void **state)
{
	struct arena *arena = arena_create();
	struct cel_entry entries[100];
	struct cel_value map, found, key;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		entries[i].key = i % 2 ? cel_of_uint(i) : cel_of_str(str_format(arena, "key-%zu", i));
		entries[i].value = cel_of_int((int64_t)i);
	}
	map = cel_of_entries(arena, entries, 100);
	for (size_t i = 0; i < 100; i++) {
		assert_true(cel_map_find(&map, &entries[i].key, &found));
		assert_int_equal(found.u.integer, i);
	}
	key = cel_of_double(51.0);
	assert_true(cel_map_find(&map, &key, &found));
	assert_int_equal(found.u.integer, 51);
	key = cel_of_double(51.5);
	assert_false(cel_map_find(&map, &key, &found));
	key = cel_of_int(52);
	assert_false(cel_map_find(&map, &key, &found));
	assert_false(cel_map_find_str(&map, STR("key-51"), &found));
	arena_destroy(arena);
}

static const struct cel_view time_view = { .shape = CEL_VIEW_TIMESTAMP };
static const struct cel_view span_view = { .shape = CEL_VIEW_DURATION };
static const struct cel_view bytes_view = { .shape = CEL_VIEW_BYTES };
static const struct cel_view double_view = { .shape = CEL_VIEW_DOUBLE };
static const struct cel_view numbers_view = { .shape = CEL_VIEW_LIST, .items = &double_view };
static const struct cel_view set_view = { .shape = CEL_VIEW_LIST, .list = CEL_LIST_SET };
static const struct str map_keys[] = { { "id", 2 } };
static const struct cel_view list_map_view = {
	.shape = CEL_VIEW_LIST,
	.list = CEL_LIST_MAP,
	.keys = map_keys,
	.key_count = 1,
};
/* Sorted by name. */
static const struct cel_view_field fields[] = {
	{ { "__namespace__", 13 }, { "namespace", 9 }, NULL },
	{ { "at", 2 }, { "at", 2 }, &time_view },
	{ { "entries", 7 }, { "entries", 7 }, &list_map_view },
	{ { "numbers", 7 }, { "numbers", 7 }, &numbers_view },
	{ { "raw", 3 }, { "raw", 3 }, &bytes_view },
	{ { "set", 3 }, { "set", 3 }, &set_view },
	{ { "span", 4 }, { "span", 4 }, &span_view },
};
static const struct cel_view object_view = { .shape = CEL_VIEW_OBJECT, .fields = fields, .field_count = 7 };

static void check(struct cel_env *env, const struct cel_value *variables, const char *source, const char *wanted)
{
	struct arena *arena = arena_create();
	struct cel_run run = { .arena = arena, .variables = variables };
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_program *program = cel_compile(arena, env, str_of(source), NULL, &err);
	struct cel_value v;
	struct str text;

	assert_non_null(program);
	v = cel_evaluate(program, &run);
	text = cel_text(arena, &v);
	if (!str_equal(text, str_of(wanted)))
		fail_msg("%s: wanted %s, got " STR_FMT, source, wanted, STR_ARG(text));
	arena_destroy(arena);
}

static void views_make_typed_values(void **state)
{
	struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);
	struct cel_value variables[2];

	(void)state;
	cel_env_add_variable(env, STR("o"), &cel_dyn);
	cel_env_add_variable(env, STR("p"), &cel_dyn);
	variables[0] = cel_of_view(json_parse(arena,
					      STR("{\"at\": \"2024-02-29T01:02:03Z\", \"span\": \"1h30m\", \"raw\": "
						  "\"aGk=\", \"numbers\": [1, 2.5],"
						  "\"namespace\": \"x\", \"hidden\": 1, \"set\": [1, 2], \"entries\": "
						  "[{\"id\": 1}, {\"id\": 2, \"x\": 3}]}"),
					      NULL),
				   &object_view);
	variables[1] = cel_of_view(
		json_parse(arena,
			   STR("{\"at\": \"2024-02-29\", \"span\": \"2 days\", \"set\": [2, 1], \"namespace\": null,"
			       "\"entries\": [{\"id\": 2, \"x\": 3}, {\"id\": 1}]}"),
			   NULL),
		&object_view);
	check(env, variables, "o.at.getFullYear()", "2024");
	check(env, variables, "o.at.getSeconds()", "3");
	check(env, variables, "p.at.getDate()", "29");
	check(env, variables, "o.span == duration('90m')", "true");
	check(env, variables, "p.span == duration('48h')", "true");
	check(env, variables, "o.raw == b'hi'", "true");
	check(env, variables, "size(o.raw)", "2");
	check(env, variables, "o.numbers", "[1.0, 2.5]");
	check(env, variables, "o.numbers.map(n, n + 1.0)", "[2.0, 3.5]");
	check(env, variables, "o.numbers[0] + 1.0", "2.0");
	check(env, variables, "o.__namespace__", "\"x\"");
	check(env, variables, "has(o.hidden)", "false");
	check(env, variables, "has(o.__namespace__) && !has(p.__namespace__)", "true");
	check(env, variables, "o.set == p.set && p.set == [1, 2] && o.set != [1, 3]", "true");
	check(env, variables, "o.entries == p.entries", "true");
	check(env, variables, "o.entries[0] == p.entries[0]", "false");
	arena_destroy(arena);
}

static void text_and_data_of_values(void **state)
{
	struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_PLAIN);
	_cleanup_(error_freep) struct error *err = NULL;
	struct cel_value v;

	(void)state;
	check(env, NULL, "[1, 2u, 1.5, 1e300, 'a\"b\\n', b'a\\x00', true, null]",
	      "[1, 2u, 1.5, 1e+300, \"a\\\"b\\n\", b\"a\\x00\", true, null]");
	check(env, NULL, "{'a': duration('90s'), 'b': timestamp('2024-01-01T00:00:00Z')}",
	      "{\"a\": duration(\"1m30s\"), \"b\": timestamp(\"2024-01-01T00:00:00Z\")}");
	check(env, NULL, "[optional.none(), optional.of(1)]", "[optional.none(), optional.of(1)]");
	check(env, NULL, "[type(1), type('')]", "[int, string]");
	v = cel_of_duration(INT64_C(-1500000000));
	assert_string_equal(str_cstr(arena, value_str(cel_to_data(arena, &v, &err))), "-1.5s");
	v = cel_of_bytes(STR("hello"));
	assert_true(str_is(value_str(cel_to_data(arena, &v, &err)), "aGVsbG8="));
	v = cel_of_type(&cel_int);
	assert_null(cel_to_data(arena, &v, &err));
	assert_non_null(err);
	v = parsed(arena, "{\"a\": [1, 2]}");
	assert_ptr_equal(cel_to_data(arena, &v, NULL), v.u.data);
	arena_destroy(arena);
}

/* -- limits ---------------------------------------------------------------------------------------------------- */

static struct cel_value run_limited(struct arena *arena, const char *source, uint64_t limit)
{
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);
	struct cel_run run = { .arena = arena, .cost_limit = limit };
	const struct cel_program *program = cel_compile(arena, env, str_of(source), NULL, NULL);

	assert_non_null(program);
	return cel_evaluate(program, &run);
}

static void cost_limit_is_not_absorbed(void **state)
{
	struct arena *arena = arena_create();
	struct cel_value v;

	(void)state;
	v = run_limited(arena, "lists.range(1000).all(x, lists.range(1000).all(y, x + y >= 0)) || true", 10000);
	assert_true(cel_is_error(v));
	assert_int_equal(v.u.error->code, ERROR_LIMIT);
	assert_true(str_is(v.u.error->message, "operation cancelled: actual cost limit exceeded"));
	v = run_limited(arena, "lists.range(10).all(x, x >= 0)", 10000);
	assert_int_equal(v.kind, CEL_BOOL);
	/* Exactly as much as is allowed is allowed. */
	v = run_limited(arena, "[1, 2].all(x, x > 0)", 11);
	assert_int_equal(v.kind, CEL_BOOL);
	v = run_limited(arena, "[1, 2].all(x, x > 0)", 10);
	assert_true(cel_is_error(v));
	arena_destroy(arena);
}

static void memory_is_bounded(void **state)
{
	struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_PLAIN);
	struct cel_run run = { .arena = arena };
	const struct cel_program *program;
	struct cel_value v;

	(void)state;
	/* Some 24 GB. */
	program = cel_compile(arena, env,
			      STR("lists.range(1000).map(a, lists.range(1000).map(b, lists.range(1000).map(c, c)))"),
			      NULL, NULL);
	assert_non_null(program);
	v = cel_evaluate(program, &run);
	assert_true(cel_is_error(v));
	assert_int_equal(v.u.error->code, ERROR_LIMIT);
	arena_destroy(arena);
}

/* -- lazy variables -------------------------------------------------------------------------------------------- */

/* variables.x is evaluated when it is first read, by another program in the same run. */
struct lazy {
	const struct cel_program *programs[3];
	unsigned evaluated;
};

static struct cel_value lazy_get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	struct lazy *lazy = (struct lazy *)self->u.object;
	size_t i = (size_t)(field.p[0] - 'a');

	if (field.n != 1 || i > 2 || !lazy->programs[i])
		return cel_fail(run, "no such key: " STR_FMT, STR_ARG(field));
	lazy->evaluated++;
	return cel_evaluate(lazy->programs[i], run);
}

static int lazy_has(struct cel_run *run, const struct cel_value *self, struct str field)
{
	const struct lazy *lazy = self->u.object;

	(void)run;
	return field.n == 1 && field.p[0] >= 'a' && field.p[0] <= 'c' && lazy->programs[field.p[0] - 'a'] != NULL;
}

static const struct cel_type lazy_type = { .kind = CEL_TYPE_DYN, .name = { "variables", 9 } };
static const struct cel_class lazy_class = { .type = &lazy_type, .get = lazy_get, .has = lazy_has };

static void programs_evaluate_inside_programs(void **state)
{
	struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);
	struct lazy lazy = { { 0 } };
	struct cel_value variables[1] = { cel_of_object(&lazy_class, &lazy) };

	(void)state;
	cel_env_add_variable(env, STR("variables"), &cel_dyn);
	lazy.programs[0] = cel_compile(arena, env, STR("[1, 2].map(x, x + 1)"), NULL, NULL);
	lazy.programs[1] = cel_compile(arena, env, STR("variables.a.map(y, y * 10)"), NULL, NULL);
	/* Its own loops are untouched by those of the variables. */
	check(env, variables, "[1, 2].map(x, [3, 4].map(y, variables.b.map(z, x + y + z)))",
	      "[[[24, 34], [25, 35]], [[25, 35], [26, 36]]]");
	assert_int_equal(lazy.evaluated, 8);
	check(env, variables, "has(variables.a) && !has(variables.c)", "true");
	check(env, variables, "variables.c", "error: no such key: c");
	/* One that reads itself ends. */
	lazy.programs[2] = cel_compile(arena, env, STR("[1].map(x, variables.c)"), NULL, NULL);
	check(env, variables, "variables.c", "error: operation cancelled: nested too deeply");
	arena_destroy(arena);
}

static void programs_know_what_they_read(void **state)
{
	struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);
	const struct cel_program *program;
	uint32_t a = cel_env_add_variable(env, STR("a"), &cel_dyn), b = cel_env_add_variable(env, STR("b"), &cel_dyn),
		 c = cel_env_add_variable(env, STR("c"), &cel_dyn);

	(void)state;
	program = cel_compile(arena, env, STR("[1].all(b, a.x == b) || has(c.y)"), NULL, NULL);
	assert_non_null(program);
	assert_true(cel_program_reads(program, a));
	assert_false(cel_program_reads(program, b));
	assert_true(cel_program_reads(program, c));
	assert_false(cel_program_reads(program, 1000));
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evaluates_as_cel_go),
		cmocka_unit_test(numbers_are_equal_across_types),
		cmocka_unit_test(large_maps_are_searched_by_table),
		cmocka_unit_test(views_make_typed_values),
		cmocka_unit_test(text_and_data_of_values),
		cmocka_unit_test(cost_limit_is_not_absorbed),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(programs_evaluate_inside_programs),
		cmocka_unit_test(programs_know_what_they_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
