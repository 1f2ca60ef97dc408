#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/json.h"
#include "lang/jmespath/jmespath.h"

static const struct place nowhere;

/* -- tests/lang/jmespath.test ------------------------------------------------------------------------------------- */

struct text_case {
	struct str lines[3];
	size_t number;
};

static struct buf read_source(const char *path)
{
	struct buf name = { 0 }, text = { 0 };
	char block[4096];
	FILE *file;
	size_t n;

	buf_printf(&name, "%s/%s", getenv("SOURCE_ROOT"), path);
	buf_add_char(&name, '\0');
	file = fopen(name.p, "rb");
	assert_non_null(file);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add_bytes(&text, block, n);
	fclose(file);
	buf_free(&name);
	return text;
}

/* "= JSON", "missing: KEY", "error: PART" or "syntax: PART", for what a program came to. */
static struct str outcome(struct arena *arena, struct str expression, const struct value *input,
			  enum jmespath_mode mode)
{
	struct jmespath_context context = { .arena = arena, .mode = mode };
	const struct jmespath *program;
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *out;

	program = jmespath_compile(arena, expression, &jmespath_standard_library, nowhere, &err);
	if (!program)
		return str_format(arena, "syntax: %s", err->message);
	switch (jmespath_evaluate(program, &context, input, &out, &err)) {
	case JMESPATH_OK:
		return str_format(arena, "= " STR_FMT, STR_ARG(json_text(arena, out, JSON_COMPACT)));
	case JMESPATH_MISSING:
		return str_format(arena, "missing: %s", err->message);
	default:
		return str_format(arena, "error: %s", err ? err->message : "no reason");
	}
}

static bool matches(struct arena *arena, struct str got, struct str wanted)
{
	struct str want_word, want_rest, got_word, got_rest;

	if (!str_starts_with(wanted, STR("missing:")) && !str_starts_with(wanted, STR("error:")) &&
	    !str_starts_with(wanted, STR("syntax:")))
		return str_equal(got, str_concat(arena, STR("= "), wanted));
	str_cut(wanted, ':', &want_word, &want_rest);
	str_cut(got, ':', &got_word, &got_rest);
	if (str_is(want_word, "missing"))
		want_rest = str_format(arena, "Unknown key \"" STR_FMT "\" in path", STR_ARG(str_trim(want_rest)));
	return str_equal(want_word, got_word) && str_contains(got_rest, str_trim(want_rest));
}

static size_t run_text_case(const struct text_case *text, struct str mode)
{
	static const char *const names[] = { "standard", "strict" };
	size_t failed = 0;

	for (int i = 0; i < 2; i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		const struct value *input = json_parse(arena, text->lines[1], NULL);
		struct str got;

		if (!str_is(mode, "both") && !str_equal(mode, str_of(names[i])))
			continue;
		assert_non_null(input);
		got = outcome(arena, text->lines[0], input, i ? JMESPATH_STRICT : JMESPATH_STANDARD);
		if (matches(arena, got, text->lines[2]))
			continue;
		print_error("jmespath.test:%zu (%s): " STR_FMT "\n  wanted " STR_FMT "\n  got    " STR_FMT "\n",
			    text->number, names[i], STR_ARG(text->lines[0]), STR_ARG(text->lines[2]), STR_ARG(got));
		failed++;
	}
	return failed;
}

static void language(void **state)
{
	struct buf text = read_source("tests/lang/jmespath.test");
	struct str rest = buf_str(&text), line, mode = STR("both");
	struct text_case current = { 0 };
	size_t filled = 0, failed = 0, run = 0, number = 0;

	while (rest.n) {
		str_cut(rest, '\n', &line, &rest);
		number++;
		if (line.n == 0 || line.p[0] == '#') {
			assert_int_equal(filled, 0);
			continue;
		}
		if (str_starts_with(line, STR("%% "))) {
			mode = str_skip(line, 3);
			continue;
		}
		if (filled == 0)
			current.number = number;
		current.lines[filled++] = line;
		if (filled == 3) {
			failed += run_text_case(&current, mode);
			run++;
			filled = 0;
		}
	}
	assert_int_equal(filled, 0);
	assert_true(run > 100);
	assert_int_equal(failed, 0);
	buf_free(&text);
}

/* -- the API ------------------------------------------------------------------------------------------------------ */

static const struct jmespath *compile(struct arena *arena, const char *expression)
{
	struct error *err = NULL;
	const struct jmespath *program =
		jmespath_compile(arena, str_of(expression), &jmespath_standard_library, nowhere, &err);

	if (err)
		print_error("%s: %s\n", expression, err->message);
	assert_non_null(program);
	return program;
}

static void roots(void **state)
{
	static const struct {
		const char *expression, *roots;
	} cases[] = {
		{ "request.object.spec", "request" },
		{ "a.b || c.d && !e", "a c e" },
		{ "a | b", "a" },
		{ "@ | b", "b" },
		{ "@.b", "b" },
		{ "[a, {x: b.c, y: d}]", "a b d" },
		{ "length(a[?b == c].d) > e", "a e" },
		{ "map(&x, a[].b)", "a" },
		{ "sort_by(a, &b)[0].c", "a" },
		{ "a.{x: b, y: c}", "a" },
		{ "a.to_string(b)", "a" },
		{ "a.a.a == a", "a" },
		{ "`{\"a\": 1}`.a", "" },
		{ "\"a b\".c", "a b" },
		{ "@", "*" },
		{ "keys(@)", "*" },
		{ "*", "*" },
		{ "*.a", "*" },
		{ "[0]", "*" },
		{ "[?a]", "*" },
		{ "a || @", "a *" },
		{ "[]", "*" },
		{ "(a | @) || b[*].@.c", NULL },
		{ "contains(['x', 'y'], a)", "a" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct buf got = { 0 };
		const struct str *names;
		size_t count;
		bool all;

		if (!cases[i].roots) {
			assert_null(jmespath_compile(arena, str_of(cases[i].expression), &jmespath_standard_library,
						     nowhere, NULL));
			continue;
		}
		names = jmespath_roots(compile(arena, cases[i].expression), &count, &all);
		for (size_t k = 0; k < count; k++)
			buf_printf(&got, "%s" STR_FMT, got.n ? " " : "", STR_ARG(names[k]));
		if (all)
			buf_printf(&got, "%s*", got.n ? " " : "");
		buf_add_char(&got, '\0');
		assert_string_equal(got.p, cases[i].roots);
		buf_free(&got);
	}
}

static void paths(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	assert_true(jmespath_is_path(compile(arena, "a")));
	assert_true(jmespath_is_path(compile(arena, "a.b[0].\"c d\"[-1]")));
	assert_true(jmespath_is_path(compile(arena, "@.a")));
	assert_false(jmespath_is_path(compile(arena, "@")));
	assert_false(jmespath_is_path(compile(arena, "a[*]")));
	assert_false(jmespath_is_path(compile(arena, "a[0:1]")));
	assert_false(jmespath_is_path(compile(arena, "a | b")));
	assert_false(jmespath_is_path(compile(arena, "to_string(a).b")));
	assert_false(jmespath_is_path(compile(arena, "`{}`.a")));
	assert_true(str_is(jmespath_source(compile(arena, "a . b")), "a . b"));
}

static void syntax_errors(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct place place = { STR("policy.yaml"), 14, 9 };
	_cleanup_(error_freep) struct error *err = NULL, *second = NULL;

	assert_null(jmespath_compile(arena, STR("request.object[?name='x']"), &jmespath_standard_library, place, &err));
	assert_int_equal(err->code, ERROR_INVALID);
	assert_string_equal(err->file, "policy.yaml");
	assert_int_equal(err->line, 14);
	assert_int_equal(err->column, 9);
	assert_string_equal(err->message, "syntax error at offset 20: \"=\" is no operator (did you mean \"==\"?)\n"
					  "    request.object[?name='x']\n"
					  "                        ^");
	assert_null(jmespath_compile(arena, STR("a ||\n  lenght(b)"), &jmespath_standard_library, place, &second));
	assert_string_equal(second->message, "unknown function at offset 7: lenght() (did you mean length()?)\n"
					     "      lenght(b)\n"
					     "      ^");
}

static void runtime_errors(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct jmespath_context context = { .arena = arena, .mode = JMESPATH_STRICT };
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *out;

	assert_int_equal(jmespath_evaluate(compile(arena, "a.b"), &context, &value_empty_object, &out, &err),
			 JMESPATH_MISSING);
	assert_int_equal(err->code, ERROR_NOT_FOUND);
	assert_string_equal(err->message, "Unknown key \"a\" in path");
	assert_ptr_equal(out, &value_null);
	assert_int_equal(jmespath_evaluate(compile(arena, "a.b"), &context, &value_empty_object, &out, NULL),
			 JMESPATH_MISSING);
	assert_int_equal(jmespath_evaluate(compile(arena, "abs(a)"), &context, &value_empty_object, &out, NULL),
			 JMESPATH_FAILED);
	assert_int_equal(jmespath_evaluate(compile(arena, "a.b"), &context, NULL, &out, NULL), JMESPATH_OK);
	assert_true(value_is_null(out));
}

/* A result shares what it selects: where it stands in the source is still known. */
static void sharing(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct source source = { STR("pod.json"), STR("{\n \"a\": [{\"b\": 1},\n  {\"b\": 2}]}"), 1 };
	struct jmespath_context context = { .arena = arena };
	const struct value *document = json_decode(arena, &source, &decode_limits_default, NULL, NULL), *out;

	assert_non_null(document);
	assert_int_equal(jmespath_evaluate(compile(arena, "a[1].b"), &context, document, &out, NULL), JMESPATH_OK);
	assert_ptr_equal(out, value_field(value_at(value_field(document, "a"), 1), "b"));
	assert_int_equal(jmespath_evaluate(compile(arena, "a[].b"), &context, document, &out, NULL), JMESPATH_OK);
	assert_int_equal(value_count(out), 2);
	assert_int_equal(value_at(out, 1)->line, 3);
	assert_int_equal(value_at(out, 1)->column, 9);
	assert_int_equal(jmespath_evaluate(compile(arena, "a[*]"), &context, document, &out, NULL), JMESPATH_OK);
	assert_ptr_equal(out, value_field(document, "a"));
}

/* -- limits ------------------------------------------------------------------------------------------------------- */

static struct str repeat(struct arena *arena, const char *before, const char *part, const char *after, size_t times)
{
	struct buf text = { 0 };
	struct str copy;

	buf_printf(&text, "%s", before);
	for (size_t i = 0; i < times; i++)
		buf_printf(&text, "%s", part);
	buf_printf(&text, "%s", after);
	copy = str_dup(arena, buf_str(&text));
	buf_free(&text);
	return copy;
}

static void assert_limit_at_compile(struct str expression)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;

	assert_null(jmespath_compile(arena, expression, &jmespath_standard_library, nowhere, &err));
	assert_int_equal(err->code, ERROR_LIMIT);
}

static void assert_limit_at_run(struct str expression, const char *document, enum jmespath_mode mode)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct jmespath_context context = { .arena = arena, .mode = mode };
	const struct jmespath *program;
	const struct value *out;

	program = jmespath_compile(arena, expression, &jmespath_standard_library, nowhere, &err);
	assert_non_null(program);
	assert_int_equal(jmespath_evaluate(program, &context, json_parse(arena, str_of(document), NULL), &out, &err),
			 JMESPATH_FAILED);
	assert_int_equal(err->code, ERROR_LIMIT);
}

static void depth_limits(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct jmespath_context context = { .arena = arena };
	const struct value *out;
	const struct jmespath *program;

	assert_limit_at_compile(repeat(arena, "a", "[?a", "", 100000));
	assert_limit_at_compile(repeat(arena, "", "(", "a", 100000));
	assert_limit_at_compile(repeat(arena, "", "!", "a", 100000));
	assert_limit_at_compile(repeat(arena, "a", ".a", "", 100000));
	assert_limit_at_compile(repeat(arena, "a", "||a", "", 100000));
	assert_limit_at_compile(repeat(arena, "a", "|a", "", 100000));
	assert_limit_at_compile(repeat(arena, "'", "x", "'", 2 * 1024 * 1024));
	/* Each stage nests its result some more: few levels of syntax, many of the value. */
	assert_limit_at_compile(repeat(arena, "@", "|[[[[[[@]]]]]]", "", 250));
	program = jmespath_compile(arena, repeat(arena, "@", ".a", "", 400), &jmespath_standard_library, nowhere, NULL);
	assert_non_null(program);
	assert_int_equal(jmespath_evaluate(program, &context, &value_empty_object, &out, NULL), JMESPATH_OK);
}

static void size_limits(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	/* Small in memory, exponential when it is walked. */
	assert_limit_at_run(repeat(arena, "@", "|[@,@]", "", 60), "1", JMESPATH_STANDARD);
	assert_limit_at_run(repeat(arena, "@", "|[@,@]", "|to_string(@)", 60), "1", JMESPATH_STANDARD);
	assert_limit_at_run(repeat(arena, "@", "|[@,@]", "|@ == [@]", 60), "1", JMESPATH_STRICT);
	assert_limit_at_run(repeat(arena, "@", "|[@,@][]", "", 40), "[1]", JMESPATH_STANDARD);
	assert_limit_at_run(repeat(arena, "@", "|join(@,[@,@])", "", 40), "\"ab\"", JMESPATH_STANDARD);
	/* What absorbs errors does not absorb a limit. */
	assert_limit_at_run(repeat(arena, "((@", "|[@,@][]", ")[?@] || 'x')", 40), "[1]", JMESPATH_STRICT);
}

static void step_limit(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *out, *document = json_parse(arena, STR("{\"a\": [1, 2, 3, 4, 5, 6, 7, 8]}"), NULL);
	const struct jmespath *program = compile(arena, "a[?@ > `3`]");
	struct jmespath_context context = { .arena = arena, .step_limit = 1000 };
	uint64_t once;

	assert_int_equal(jmespath_evaluate(program, &context, document, &out, &err), JMESPATH_OK);
	once = context.steps;
	assert_in_range(once, 17, 40);
	context = (struct jmespath_context){ .arena = arena, .step_limit = 2 * once };
	assert_int_equal(jmespath_evaluate(program, &context, document, &out, &err), JMESPATH_OK);
	assert_int_equal(jmespath_evaluate(program, &context, document, &out, &err), JMESPATH_OK);
	assert_int_equal(context.steps, 2 * once);
	assert_int_equal(jmespath_evaluate(program, &context, document, &out, &err), JMESPATH_FAILED);
	assert_int_equal(err->code, ERROR_LIMIT);
	assert_int_equal(context.steps, 2 * once);
}

/* -- functions registered from above ------------------------------------------------------------------------------ */

static int calls;

static const struct value *twice(struct jmespath_call *call)
{
	calls++;
	return value_of_double(call->context->arena, value_number(call->arguments[0]) * 2);
}

static const struct value *each(struct jmespath_call *call)
{
	struct array_builder out = { 0 };

	for (VALUE_EACH(item, call->arguments[0])) {
		const struct value *v = jmespath_apply(call, 1, item);

		if (!v)
			return NULL;
		array_add(call->context->arena, &out, v);
	}
	return call->context->user ? jmespath_fail(call, "user says %d", *(int *)call->context->user)
				   : array_finish(call->context->arena, &out);
}

static const struct jmespath_function own_functions[] = {
	{ "twice", 1, 1, { JMESPATH_NUMBER }, twice, "twice(number) → number", "", true },
	{ "thrice", 1, 1, { JMESPATH_NUMBER }, twice, "thrice(number) → number", "", false },
	{ "each", 2, 2, { JMESPATH_ARRAY, JMESPATH_EXPRESSION }, each, "each(array, &expression) → array", "", false },
	{ 0 },
};

static void own_library(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	static const struct jmespath_function *const tables[] = { own_functions, jmespath_standard_functions, NULL };
	const struct jmespath_library library = { tables };
	_cleanup_(error_freep) struct error *err = NULL;
	struct jmespath_context context = { .arena = arena, .mode = JMESPATH_STRICT };
	const struct jmespath *program;
	const struct value *input, *out;
	int number = 7;

	/* A pure function of constants is called by the compiler; one that is not, never. */
	program = jmespath_compile(arena, STR("twice(twice(`4`))"), &library, nowhere, &err);
	calls = 0;
	assert_int_equal(jmespath_evaluate(program, &context, &value_null, &out, &err), JMESPATH_OK);
	assert_int_equal(out->u.integer, 16);
	assert_int_equal(calls, 0);
	program = jmespath_compile(arena, STR("thrice(`4`)"), &library, nowhere, &err);
	assert_int_equal(calls, 0);
	assert_int_equal(jmespath_evaluate(program, &context, &value_null, &out, &err), JMESPATH_OK);
	assert_int_equal(calls, 1);

	program = jmespath_compile(arena, STR("each(@, &a.b)"), &library, nowhere, &err);
	input = json_parse(arena, STR("[{\"a\":{\"b\":1}},{\"a\":{}},{}]"), NULL);
	assert_int_equal(jmespath_evaluate(program, &context, input, &out, &err), JMESPATH_OK);
	assert_true(str_is(json_text(arena, out, JSON_COMPACT), "[1,null,null]"));
	context.user = &number;
	assert_int_equal(jmespath_evaluate(program, &context, &value_empty_array, &out, &err), JMESPATH_FAILED);
	assert_string_equal(err->message, "user says 7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(language),	 cmocka_unit_test(roots),	cmocka_unit_test(paths),
		cmocka_unit_test(syntax_errors), cmocka_unit_test(runtime_errors), cmocka_unit_test(sharing),
		cmocka_unit_test(depth_limits),	 cmocka_unit_test(size_limits), cmocka_unit_test(step_limit),
		cmocka_unit_test(own_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
