#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "block_table.h"
#include "lang/cel/env.h"

/* -- tests/lang/cel-check.test ------------------------------------------------------------------------------------- */

struct declared_size {
	struct str path;
	struct cel_range size;
};

/* What the "@" lines of a section declare. */
struct section {
	struct arena *arena;
	struct cel_env *env;
	struct declared_size sizes[32];
	size_t size_count;
	bool costs;
};

static enum cel_flavour flavour_of(struct str name)
{
	static const char *const names[] = {
		[CEL_PLAIN] = "plain", [CEL_KUBERNETES] = "kubernetes", [CEL_KYVERNO] = "kyverno",
	};

	for (size_t i = 0; i < 3; i++)
		if (str_equal(name, str_of(names[i])))
			return (enum cel_flavour)i;
	fail_msg("no flavour " STR_FMT, STR_ARG(name));
	return CEL_PLAIN;
}

static struct str next_word(struct str *rest)
{
	struct str word;

	str_cut(*rest, ' ', &word, rest);
	return word;
}

static void declare(struct section *section, struct str line)
{
	struct cel_signature context = { .arena = section->arena };
	struct str name = next_word(&line);
	const struct cel_type *type = cel_type_parse(&context, line, NULL);

	assert_non_null(type);
	cel_env_add_variable(section->env, name, type);
}

static void declare_size(struct section *section, struct str line)
{
	struct declared_size *size = &section->sizes[section->size_count++];
	int64_t least = 0, most = 0;

	assert_true(section->size_count < 32);
	size->path = next_word(&line);
	assert_true(str_to_int64(next_word(&line), &least) && str_to_int64(line, &most));
	size->size = (struct cel_range){ (uint64_t)least, (uint64_t)most };
	section->costs = true;
}

static void open_section(struct section *section, struct str block)
{
	struct str line, container;

	section->size_count = 0;
	section->costs = false;
	str_cut(block, '\n', &line, &block);
	container = str_skip(line, 3);
	section->env = cel_env_create(section->arena, flavour_of(next_word(&container)));
	cel_env_set_container(section->env, container);
	while (str_cut(block, '\n', &line, &block) || line.n) {
		if (str_starts_with(line, STR("@size ")))
			declare_size(section, str_skip(line, 6));
		else if (str_starts_with(line, STR("@ ")))
			declare(section, str_skip(line, 2));
		if (!block.n)
			break;
	}
	if (str_starts_with(block, STR("@ ")))
		declare(section, str_skip(block, 2));
}

static bool size_of(void *data, struct str path, struct cel_range *out)
{
	const struct section *section = data;

	for (size_t i = 0; i < section->size_count; i++) {
		if (!str_equal(section->sizes[i].path, path))
			continue;
		*out = section->sizes[i].size;
		return true;
	}
	return false;
}

static struct str outcome(struct arena *arena, struct section *section, struct str source)
{
	struct cel_issues issues = { .arena = arena, .source = source };
	struct cel_expr *root = cel_parse(arena, source, cel_env_macros(section->env), false, &issues);
	_cleanup_(error_freep) struct error *err = NULL;
	struct cel_range cost;
	struct str text;

	if (!root || !cel_check(arena, section->env, root, &issues)) {
		cel_issues_report(&issues, &err);
		return str_dup(arena, str_of(err->message));
	}
	text = cel_type_text(arena, root->type);
	if (!section->costs)
		return text;
	cost = cel_estimate(arena, section->env, root, size_of, section);
	if (cost.maximum == UINT64_MAX)
		return str_format(arena, STR_FMT " ~ %llu -", STR_ARG(text), (unsigned long long)cost.minimum);
	return str_format(arena, STR_FMT " ~ %llu %llu", STR_ARG(text), (unsigned long long)cost.minimum,
			  (unsigned long long)cost.maximum);
}

static size_t run_case(struct section *section, struct str block, size_t line)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str source = STR(""), rest = block, got, head;

	while (str_starts_with(rest, STR("> "))) {
		if (source.n)
			source = str_concat(arena, source, STR("\n"));
		str_cut(rest, '\n', &head, &rest);
		source = str_concat(arena, source, str_skip(head, 2));
	}
	got = outcome(arena, section, source);
	if (str_equal(got, rest))
		return 0;
	print_error("cel-check.test:%zu: " STR_FMT "\nwanted\n" STR_FMT "\ngot\n" STR_FMT "\n\n", line, STR_ARG(source),
		    STR_ARG(rest), STR_ARG(got));
	return 1;
}

static void language(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct section section = { .arena = arena };
	size_t failed = 0, run = 0;
	struct block_table table;
	struct str block;

	(void)state;
	block_table_open(&table, "tests/lang/cel-check.test");
	while (block_next(&table, &block)) {
		if (str_starts_with(block, STR("%% ")))
			open_section(&section, block);
		else if (str_starts_with(block, STR("> ")))
			failed += run_case(&section, block, table.line), run++;
	}
	block_table_close(&table);
	assert_int_equal(failed, 0);
	assert_true(run > 300);
}

/* -- environments -------------------------------------------------------------------------------------------------- */

static struct cel_value body(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	(void)run;
	(void)arguments;
	(void)count;
	return cel_of_null();
}

static int add(struct arena *arena, struct cel_env *env, const char *name, const char *signature, struct error **err)
{
	struct cel_function *functions = arena_zalloc(arena, 2 * sizeof(*functions));
	struct cel_library *library = ARENA_NEW(arena, struct cel_library);

	functions[0] = (struct cel_function){ .name = name, .signature = signature, .evaluate = body };
	library->functions = functions;
	return cel_env_add_library(env, library, err);
}

static void check_type(struct arena *arena, const struct cel_env *env, const char *source, const char *want)
{
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_type *type = cel_type_of_expression(arena, env, str_of(source), &err);

	if (!type)
		assert_string_equal(err->message, want);
	else
		assert_string_equal(str_cstr(arena, cel_type_text(arena, type)), want);
}

static void signatures(void **state)
{
	static const char *const wrong[] = {
		"", "()", "() ->", "(int", "(int) - > int", "(int,) -> int", "(,int) -> int", "int(int) -> int", "(int) -> ",
		"(int) -> int int", "(list(int) -> int", "(map(int)) -> int", "(list(int, int)) -> int", "(int).(int) -> int",
		"(list(list(list(list(list(list(list(list(list(int)))))))))) -> int", "(t(a, b, c, d)) -> int", "(%) -> int",
		"(A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A,A) -> int",
	};
	static const char *const right[] = {
		"() -> int", "string.() -> dyn", "( int , map( string,list(T) ) )->type(T)", "a.b.c.(d.e) -> optional_type(V)",
		"(t(a, b, c)) -> wrapper(int)", "type(T).(null, any, timestamp, google.protobuf.Duration) -> null_type",
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		_cleanup_(error_freep) struct error *err = NULL;
		struct cel_env *env = cel_env_create(arena, CEL_PLAIN);

		if (add(arena, env, "f", wrong[i], &err) != -1)
			fail_msg("%s is a signature", wrong[i]);
		assert_true(str_starts_with(str_of(err->message), STR("function f: the signature \"")));
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(add(arena, cel_env_create(arena, CEL_PLAIN), "f", right[i], NULL), 0);
}

/* The overloads of a flavour's libraries must not take each other's arguments. */
static void libraries(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	(void)state;
	for (int flavour = CEL_PLAIN; flavour <= CEL_KYVERNO; flavour++) {
		struct cel_env *env = cel_env_create(arena, (enum cel_flavour)flavour);

		for (size_t i = 0; i < cel_flavour_library_count; i++) {
			_cleanup_(error_freep) struct error *err = NULL;

			if (!(cel_flavour_libraries[i].flavours & 1u << flavour))
				continue;
			if (cel_env_add_library(env, cel_flavour_libraries[i].library, &err) < 0)
				fail_msg("%s: %s", cel_flavour_libraries[i].library->name, err->message);
		}
	}
}

static void collisions(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);
	const struct cel_overload_set *set;

	(void)state;
	assert_int_equal(add(arena, env, "f", "(int, string) -> int", NULL), 0);
	assert_int_equal(add(arena, env, "f", "(int) -> int", NULL), 0);
	assert_int_equal(add(arena, env, "f", "int.(string) -> int", NULL), 0);
	assert_int_equal(add(arena, env, "f", "(string, string) -> int", NULL), 0);
	assert_int_equal(add(arena, env, "f", "(int, dyn) -> int", &err), -1);
	assert_string_equal(err->message,
			    "function f: the overloads \"(int, string) -> int\" and \"(int, dyn) -> int\" collide");
	/* The same once more takes the place of the first. */
	assert_int_equal(add(arena, env, "f", "(int, string) -> bool", NULL), 0);
	set = cel_env_function(env, STR("f"));
	assert_int_equal(set->count, 4);
	assert_ptr_equal(set->overloads[0]->result, &cel_bool);
}

static void layers(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *base = cel_env_create(arena, CEL_KUBERNETES), *first, *second;
	size_t before;

	(void)state;
	assert_int_equal(cel_env_add_variable(base, STR("a"), &cel_int), 0);
	first = cel_env_extend(arena, base);
	second = cel_env_extend(arena, base);
	assert_int_equal(cel_env_add_variable(first, STR("b"), &cel_string), 1);
	assert_int_equal(cel_env_add_variable(second, STR("a"), &cel_string), 1);
	assert_int_equal(cel_env_slots(base), 1);
	assert_int_equal(cel_env_slots(first), 2);
	before = cel_env_function(base, STR("size"))->count;
	assert_int_equal(add(arena, first, "size", "(null) -> string", NULL), 0);
	assert_int_equal(add(arena, first, "here.only", "() -> string", NULL), 0);
	assert_int_equal(cel_env_function(base, STR("size"))->count, before);
	assert_int_equal(cel_env_function(first, STR("size"))->count, before + 1);
	check_type(arena, first, "[size(null), b, here.only()]", "list(string)");
	check_type(arena, first, "a + size('x')", "int");
	check_type(arena, second, "a", "string");
	check_type(arena, second, "size(null)",
		   "ERROR: <input>:1:5: found no matching overload for 'size' applied to '(null)'\n"
		   " | size(null)\n | ....^");
	check_type(arena, second, "b", "ERROR: <input>:1:1: undeclared reference to 'b' (in container '')\n | b\n | ^");
}

static void count_function(void *data, const struct cel_function *function)
{
	size_t *counts = data;

	counts[0]++;
	counts[1] += strcmp(function->name, "here") == 0;
	counts[2] += strcmp(function->name, "math.greatest") == 0;
}

static void each_function(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_extend(arena, cel_env_create(arena, CEL_KUBERNETES));
	size_t counts[3] = { 0 };

	(void)state;
	add(arena, env, "here", "() -> int", NULL);
	cel_env_each_function(env, count_function, counts);
	assert_true(counts[0] > 200);
	assert_int_equal(counts[1], 1);
	assert_int_equal(counts[2], 0);
}

/* -- types of documents -------------------------------------------------------------------------------------------- */

static const struct cel_field inner_fields[] = { { { "n", 1 }, &cel_int }, { { "open", 4 }, &cel_dyn } };
static const struct cel_type inner = {
	.kind = CEL_TYPE_STRUCT, .name = { "outer.inner", 11 }, .fields = inner_fields, .field_count = 2,
};

static const struct cel_type *outer_field(const struct cel_type *type, struct str field)
{
	(void)type;
	return str_is(field, "inner") ? &inner : str_starts_with(field, STR("any_")) ? &cel_string : NULL;
}

static const struct cel_type outer = { .kind = CEL_TYPE_STRUCT, .name = { "outer", 5 }, .find_field = outer_field };

static const struct cel_type *find_type(void *data, struct str name)
{
	(void)data;
	return str_is(name, "Object.spec") ? &inner : NULL;
}

static void structs(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);

	(void)state;
	cel_env_add_type(env, &outer);
	cel_env_set_provider(env, find_type, NULL);
	cel_env_add_variable(env, STR("self"), &outer);
	cel_env_add_variable(env, STR("opaque"), cel_opaque(arena, STR("outer")));
	cel_env_add_variable(env, STR("stranger"), cel_type_new(arena, CEL_TYPE_STRUCT, STR("stranger"), NULL, NULL));
	check_type(arena, env, "self.inner.n", "int");
	check_type(arena, env, "self.inner.open.x.y", "dyn");
	check_type(arena, env, "self.any_thing", "string");
	check_type(arena, env, "self == opaque", "bool");
	check_type(arena, env, "outer{inner: self.inner}", "outer");
	check_type(arena, env, "Object.spec{n: 1}.n", "int");
	check_type(arena, env, "[Object.spec{}, self.inner]", "list(outer.inner)");
	check_type(arena, env, "type(self.inner) == Object.spec", "bool");
	check_type(arena, env, "self == null", "bool");
	check_type(arena, env, "has(self.inner.n) && !has(self.inner)", "bool");
	check_type(arena, env, "self.inner.m", "ERROR: <input>:1:11: undefined field 'm'\n | self.inner.m\n | ..........^");
	check_type(arena, env, "has(self.nothing)",
		   "ERROR: <input>:1:4: undefined field 'nothing'\n | has(self.nothing)\n | ...^");
	check_type(arena, env, "stranger.x", "ERROR: <input>:1:9: unexpected failed resolution of 'stranger'\n"
					     " | stranger.x\n | ........^");
	check_type(arena, env, "outer{inner: 1}",
		   "ERROR: <input>:1:12: expected type of field 'inner' is 'outer.inner' but provided type is 'int'\n"
		   " | outer{inner: 1}\n | ...........^");
	check_type(arena, env, "outer{no: 1}", "ERROR: <input>:1:9: undefined field 'no'\n | outer{no: 1}\n | ........^");
	check_type(arena, env, "Object.none{}",
		   "ERROR: <input>:1:12: undeclared reference to 'Object.none' (in container '')\n"
		   " | Object.none{}\n | ...........^");
}

/* -- programs ----------------------------------------------------------------------------------------------------- */

static void accepted(void **state)
{
	static const struct cel_type *const one[] = { &cel_bool }, *const two[] = { &cel_string, &cel_null },
				    *const all[] = { &cel_any };
	static const struct {
		const char *source;
		const struct cel_type *const *accept;
		size_t count;
		const char *error;
	} cases[] = {
		{ "true", one, 1, NULL },
		{ "dyn(true)", one, 1, "must evaluate to bool but got dyn" },
		{ "object.x", one, 1, "must evaluate to bool but got dyn" },
		{ "null", two, 2, NULL },
		{ "timestamp(0)", two, 2, "must evaluate to one of [string null_type] but got google.protobuf.Timestamp" },
		{ "[1]", two, 2, "must evaluate to one of [string null_type] but got list(int)" },
		{ "object.x", all, 1, NULL },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);

	(void)state;
	cel_env_add_variable(env, STR("object"), &cel_dyn);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(error_freep) struct error *err = NULL;
		const struct cel_type *checked = NULL;
		enum cel_stage stage = CEL_STAGE_PARSE;
		struct cel_compile_options options = {
			.accept = cases[i].accept, .accept_count = cases[i].count, .checked = &checked, .stage = &stage,
		};
		const struct cel_program *program = cel_compile(arena, env, str_of(cases[i].source), &options, &err);

		assert_non_null(checked);
		assert_int_equal(program != NULL, cases[i].error == NULL);
		if (program)
			assert_ptr_equal(cel_program_type(program), checked);
		else
			assert_string_equal(err->message, cases[i].error);
		assert_int_equal(stage, program ? CEL_STAGE_PROGRAM : CEL_STAGE_CHECK);
	}
}

static void stages(void **state)
{
	static const struct {
		const char *source;
		bool no_check;
		enum cel_stage stage;
		uint32_t line, column;
	} cases[] = {
		{ "1 +", false, CEL_STAGE_PARSE, 1, 4 },
		{ "1 +\n x", false, CEL_STAGE_CHECK, 2, 2 },
		{ "1 +\n 'x'", false, CEL_STAGE_CHECK, 1, 3 },
		{ "1 + 'x'", true, CEL_STAGE_PROGRAM, 0, 0 },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_PLAIN);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(error_freep) struct error *err = NULL;
		enum cel_stage stage;
		struct cel_compile_options options = { .no_check = cases[i].no_check, .stage = &stage };
		const struct cel_program *program = cel_compile(arena, env, str_of(cases[i].source), &options, &err);

		assert_int_equal(stage, cases[i].stage);
		if (program)
			continue;
		assert_int_equal(err->line, cases[i].line);
		assert_int_equal(err->column, cases[i].column);
	}
}

static void hints(void **state)
{
	static const struct {
		const char *source, *hint;
	} cases[] = {
		{ "objct.spec", "did you mean 'object'?" },
		{ "object.spec.startWith('x') && startWith('x')", "did you mean 'startsWith'?" },
		{ "object.spec.containers.al(c, c)", "" },
		{ "sets.containts([1], [2])", "did you mean 'sets.contains'?" },
		{ "completelyElse", "" },
		{ "object", "" },
		{ "1 +", "" },
		{ "1 + 'x'", "" },
		{ "quantitiy('1')", "did you mean 'quantity'?" },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);

	(void)state;
	cel_env_add_variable(env, STR("object"), &cel_dyn);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(str_cstr(arena, cel_compile_hint(arena, env, str_of(cases[i].source))), cases[i].hint);
}

/* -- libraries that only Kyverno and plain CEL have ---------------------------------------------------------------- */

static void check_value(const struct cel_env *env, const char *source, const char *want, uint64_t cost)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_value variables[] = { cel_of_str(STR("abcabc")) };
	struct cel_run run = { .arena = arena, .variables = variables };
	const struct cel_program *program = cel_compile(arena, env, str_of(source), NULL, &err);
	struct cel_value result;
	struct str text;

	if (!program)
		fail_msg("%s: %s", source, err->message);
	result = cel_evaluate(program, &run);
	text = result.kind == CEL_ERROR ? result.u.error->message : cel_text(arena, &result);
	assert_string_equal(str_cstr(arena, text), want);
	if (cost && run.cost != cost)
		fail_msg("%s costs %llu, not %llu", source, (unsigned long long)run.cost, (unsigned long long)cost);
}

/* Answers and costs: cel-go 0.30. */
static void regex_extension(void **state)
{
	static const struct {
		const char *source, *want;
		uint64_t cost;
	} cases[] = {
		{ "regex.extract('item-A, item-B', 'item-(\\\\w+)')", "optional.of(\"A\")", 7 },
		{ "regex.extract('HELLO', 'hello')", "optional.none()", 3 },
		{ "regex.extract('HELLO', 'L+')", "optional.of(\"LL\")", 3 },
		{ "regex.extract('ab', '(c)?a')", "optional.none()", 3 },
		{ "regex.extract('a@b', '(.*)@(.*)')", "regular expression has more than one capturing group: \"(.*)@(.*)\"", 0 },
		{ "regex.extract('a', '(')", "error parsing regexp: missing closing ): `(`", 0 },
		{ "regex.extractAll('id:123, id:456', 'id:\\\\d+')", "[\"id:123\", \"id:456\"]", 16 },
		{ "regex.extractAll('id:123, id:456', 'id:(\\\\d+)')", "[\"123\", \"456\"]", 17 },
		{ "regex.extractAll('abc', 'x*')", "[\"\", \"\", \"\", \"\"]", 16 },
		{ "regex.extractAll('aXbX', '(a)?X')", "[\"a\"]", 13 },
		{ "regex.extractAll('a@b', '(.*)@(.*)')", "regular expression has more than one capturing group: \"(.*)@(.*)\"", 0 },
		{ "regex.replace('foobar foo', 'o+', '0')", "\"f0bar f0\"", 9 },
		{ "regex.replace('foobar foo', 'o+', '0', 1)", "\"f0bar foo\"", 10 },
		{ "regex.replace('foobar foo', 'o+', '0', 0)", "\"foobar foo\"", 11 },
		{ "regex.replace('John Smith', '(\\\\w+) (\\\\w+)', '\\\\2, \\\\1')", "\"Smith, John\"", 15 },
		{ "regex.replace('abc', '(x)?b', '[\\\\1]')", "\"a[]c\"", 5 },
		{ "regex.replace('abc', 'b', '\\\\1')", "replacement string references group 1 but regex has only 0 group(s)", 0 },
		{ "regex.replace('abc', 'b', '\\\\x')", "invalid replacement string: '\\x' \\ must be followed by a digit or \\", 0 },
		{ "regex.replace('abc', 'b', '\\\\')", "invalid replacement string: '\\' \\ not allowed at end", 0 },
		{ "regex.replace('abc', '', '-')", "\"-a-b-c-\"", 8 },
		{ "regex.replace('', '^', '-')", "\"-\"", 2 },
		{ "regex.replace('abc', '(', '-')", "error parsing regexp: missing closing ): `(`", 0 },
		{ "regex.replace(s, 'b', s)", "\"aabcabccaabcabcc\"", 19 },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KYVERNO);

	(void)state;
	cel_env_add_variable(env, STR("s"), &cel_string);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_value(env, cases[i].source, cases[i].want, cases[i].cost);
	check_type(arena, cel_env_create(arena, CEL_KUBERNETES), "regex.extract('', '')",
		   "ERROR: <input>:1:1: undeclared reference to 'regex' (in container '')\n | regex.extract('', '')\n | ^\n"
		   "ERROR: <input>:1:14: undeclared reference to 'extract' (in container '')\n"
		   " | regex.extract('', '')\n | .............^");
}

static void json_encode_values(void **state)
{
	static const struct {
		const char *source, *want;
	} cases[] = {
		{ "json.encode({'b': 1, 'a': 2})", "\"{\\\"a\\\":2,\\\"b\\\":1}\"" },
		{ "json.encode([1.0, 1.5, 1e21])", "\"[1,1.5,1e+21]\"" },
		{ "json.encode('<a>')", "\"\\\"\\\\u003ca\\\\u003e\\\"\"" },
		{ "json.encode(b'abc')", "\"\\\"YWJj\\\"\"" },
		{ "json.encode([9007199254740992])", "\"[\\\"9007199254740992\\\"]\"" },
		{ "json.encode(-9007199254740991)", "\"-9007199254740991\"" },
		{ "json.encode(18446744073709551615u)", "\"\\\"18446744073709551615\\\"\"" },
		{ "json.encode(duration('90.5s'))", "\"\\\"90.5s\\\"\"" },
		{ "json.encode(null)", "\"null\"" },
		{ "json.encode(optional.of(s))", "\"\\\"abcabc\\\"\"" },
		{ "json.encode(optional.none())", "optional.none() dereference" },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KYVERNO);

	(void)state;
	cel_env_add_variable(env, STR("s"), &cel_string);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_value(env, cases[i].source, cases[i].want, 0);
}

static void or_value(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *strict = cel_env_create(arena, CEL_KYVERNO), *env = cel_env_extend(arena, strict);

	(void)state;
	cel_env_add_variable(strict, STR("s"), &cel_string);
	assert_int_equal(cel_env_add_library(env, &cel_or_value_library, NULL), 0);
	check_type(arena, strict, "optional.of(1).orValue(2)", "int");
	check_type(arena, env, "optional.of(1).orValue(2)", "dyn");
	check_value(env, "optional.of(1).orValue(2)", "1", 0);
	check_value(env, "optional.none().orValue(2)", "2", 0);
	check_value(env, "'x'.orValue(2)", "\"x\"", 0);
	check_value(env, "{'a': 1}.b.orValue(2)", "no such key: b", 0);
	check_value(env, "{'a': [1]}.?b.orValue([]).size()", "0", 0);
}

/* Without a callback the bounds are those of the types. */
static void bounds_of_types(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *env = cel_env_create(arena, CEL_KUBERNETES);
	struct cel_type *text = cel_type_new(arena, CEL_TYPE_STRING, cel_string.name, NULL, NULL);
	struct cel_type *list = cel_type_new(arena, CEL_TYPE_LIST, cel_list_dyn.name, text, NULL);
	const struct cel_program *program;
	struct cel_range cost;

	(void)state;
	text->max_size = 100;
	list->max_size = 7;
	cel_env_add_variable(env, STR("self"), list);
	program = cel_compile(arena, env, STR("self.all(x, x.contains('0123456789'))"), NULL, NULL);
	assert_non_null(program);
	cost = cel_program_estimate(program);
	assert_int_equal(cost.minimum, 2);
	/* for each: the condition 2, the step 1 + 1 + 10 */
	assert_int_equal(cost.maximum, 2 + 7 * (2 + 12));
}

static void ranges(void **state)
{
	const uint64_t most = UINT64_MAX;
	struct cel_range r = cel_range_add((struct cel_range){ 1, most - 1 }, (struct cel_range){ 2, 2 });

	(void)state;
	assert_true(r.minimum == 3 && r.maximum == most);
	r = cel_range_multiply((struct cel_range){ 3, most / 2 }, (struct cel_range){ 4, 3 });
	assert_true(r.minimum == 12 && r.maximum == most);
	r = cel_range_multiply((struct cel_range){ 0, most }, (struct cel_range){ 4, 0 });
	assert_true(r.minimum == 0 && r.maximum == 0);
	r = cel_range_scale((struct cel_range){ 1, 11 }, 0.1);
	assert_true(r.minimum == 1 && r.maximum == 2);
	r = cel_range_scale((struct cel_range){ 0, most }, 1);
	assert_true(r.minimum == 0 && r.maximum == most);
	r = cel_range_union((struct cel_range){ 3, 4 }, (struct cel_range){ 1, 2 });
	assert_true(r.minimum == 1 && r.maximum == 4);
}

static void type_texts(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct cel_type *type = cel_map_of(arena, &cel_string, cel_optional_of(arena, &cel_timestamp));

	(void)state;
	assert_string_equal(str_cstr(arena, cel_type_text(arena, type)), "map(string, optional_type(timestamp))");
	assert_string_equal(str_cstr(arena, cel_type_full_text(arena, type)),
			    "map(string, optional_type(google.protobuf.Timestamp))");
	assert_true(cel_type_equal(type, cel_map_of(arena, &cel_string, cel_optional_of(arena, &cel_timestamp))));
	assert_false(cel_type_equal(type, cel_map_of(arena, &cel_string, cel_optional_of(arena, &cel_duration))));
	assert_true(cel_type_equal(cel_opaque(arena, STR("a")), cel_opaque(arena, STR("a"))));
	assert_false(cel_type_equal(cel_opaque(arena, STR("a")), cel_opaque(arena, STR("b"))));
	assert_true(cel_type_is_optional(cel_optional_of(arena, &cel_dyn)));
	assert_false(cel_type_is_optional(type));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(language),
		cmocka_unit_test(signatures),
		cmocka_unit_test(libraries),
		cmocka_unit_test(collisions),
		cmocka_unit_test(layers),
		cmocka_unit_test(each_function),
		cmocka_unit_test(structs),
		cmocka_unit_test(accepted),
		cmocka_unit_test(stages),
		cmocka_unit_test(hints),
		cmocka_unit_test(regex_extension),
		cmocka_unit_test(json_encode_values),
		cmocka_unit_test(or_value),
		cmocka_unit_test(bounds_of_types),
		cmocka_unit_test(ranges),
		cmocka_unit_test(type_texts),
	};

	return cmocka_run_group_tests_name("cel_check", tests, NULL, NULL);
}
