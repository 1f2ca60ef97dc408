#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kyverno_table.h"
#include "policy/kyverno/substitute.h"

#define TABLE "tests/lang/kyverno-substitute.test"

/* A context that is just a document. */
struct context {
	struct arena *arena;
	const struct value *root;
	size_t queries, compiled;
};

static enum jmespath_status query(void *user, const struct jmespath *program, const struct value **out,
				  struct error **err)
{
	struct context *context = user;
	struct jmespath_context jmespath = { .arena = context->arena, .mode = JMESPATH_STRICT };
	enum jmespath_status status = jmespath_evaluate(program, &jmespath, context->root, out, err);

	context->queries++;
	if (status != JMESPATH_OK)
		error_wrap(err, "JMESPath query failed");
	return status;
}

static const struct jmespath *compile(void *user, struct str expression, struct error **err)
{
	struct context *context = user;
	struct place nowhere = { 0 };
	const struct jmespath *program =
		jmespath_compile(context->arena, expression, &jmespath_standard_library, nowhere, err);

	context->compiled++;
	if (!program)
		error_wrap(err, "incorrect query " STR_FMT, STR_ARG(expression));
	return program;
}

static struct substitution substitution_of(struct context *context)
{
	return (struct substitution){ .arena = context->arena, .query = query, .compile = compile, .user = context };
}

/* Rendered as a template, or (`late`) as a tree that is only known now. */
static struct str rendered(struct context *context, const struct substitution *substitution, const struct value *tree,
			   bool late)
{
	_cleanup_(error_freep) struct error *err = NULL;
	const struct template *template;
	const struct value *out;
	enum jmespath_status status;

	if (late) {
		status = template_substitute(tree, STR(""), substitution, &out, &err);
	} else {
		template = template_compile(context->arena, tree, STR(""), &jmespath_standard_library, &err);
		if (!template) {
			assert_non_null(err);
			return STR("load");
		}
		status = template_render(template, substitution, &out, &err);
	}
	if (status == JMESPATH_OK)
		return json_text(context->arena, out, JSON_SORTED);
	assert_non_null(err);
	return str_format(context->arena, "error %s", err->message);
}

static size_t check_row(struct arena *arena, struct str root, const struct row *row)
{
	struct context context = { .arena = arena, .root = parse(arena, root) };
	struct substitution substitution = substitution_of(&context);
	const struct value *tree = parse(arena, row->lines[1]);
	struct str want = row->lines[2], got;

	substitution.is_delete = str_is(row->lines[0], "delete");
	substitution.has_target = str_is(row->lines[0], "target");
	if (want.p[0] != 'e' && want.p[0] != 'l')
		want = json_text(arena, parse(arena, want), JSON_SORTED);
	got = rendered(&context, &substitution, tree, false);
	if (!str_equal(got, want))
		return row_failed(TABLE, row, got);
	if (str_is(want, "load"))
		return 0;
	got = rendered(&context, &substitution, tree, true);
	return str_equal(got, want) ? 0 : row_failed(TABLE, row, got);
}

static void test_table(void **state)
{
	struct arena *arena = arena_create();
	size_t failed = 0, rows = 0;
	struct table table;
	struct row row;

	table_open(&table, TABLE);
	for (; table_next(&table, &row); rows++) {
		struct str root = table.context;

		if (str_is(row.lines[0], "target"))
			root = str_replace(arena, root, STR("{\"a\""),
					   STR("{\"target\": {\"spec\": {\"r\": 9}}, \"a\""), 1);
		failed += check_row(arena, root, &row);
		arena_reset(arena);
	}
	assert_int_equal(failed, 0);
	assert_true(rows > 100);
	buf_free(&table.text);
	arena_destroy(arena);
}

static const struct template *template_of(struct arena *arena, const char *json)
{
	_cleanup_(error_freep) struct error *err = NULL;
	const struct template *template =
		template_compile(arena, parse_text(arena, json), STR(""), &jmespath_standard_library, &err);

	if (!template)
		fail_msg("%s: %s", json, err->message);
	return template;
}

static void test_static(void **state)
{
	static const char *const constant[] = { "{}", "\"a\"", "5", "{\"a\":[\"b\",{\"c\":null}]}", "\"\\\\{{ a }}\"",
						"{\"x\":\"$(../y)\",\"y\":\"v\"}" };
	static const char *const variable[] = { "\"{{ a }}\"", "{\"a\":[{\"b\":\"x{{ a }}\"}]}", "{\"{{ a }}\":1}",
						"{\"x\":\"$(../z)\"}" };
	struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(constant) / sizeof(*constant); i++)
		assert_true(template_is_static(template_of(arena, constant[i])));
	for (size_t i = 0; i < sizeof(variable) / sizeof(*variable); i++)
		assert_false(template_is_static(template_of(arena, variable[i])));
	assert_true(str_is(value_str(value_field(template_tree(template_of(arena, constant[5])), "x")), "v"));
	assert_true(value_is(template_tree(template_compile(arena, NULL, STR(""), &jmespath_standard_library, NULL)),
			     VALUE_NULL));
	arena_destroy(arena);
}

static void test_load_errors(void **state)
{
	static const char *const broken[] = { "\"{{ a b }}\"", "{\"x\":\"y {{ }}\"}", "{\"{{ a. }}\":1}",
					      "\"\u00e9{{ a }}\"" };
	struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct error *err = NULL;

		assert_null(template_compile(arena, parse_text(arena, broken[i]), STR(""), &jmespath_standard_library,
					     &err));
		assert_non_null(err);
		error_free(err);
	}
	arena_destroy(arena);
}

static void test_place_of_errors(void **state)
{
	struct arena *arena = arena_create();
	struct source source = { .name = STR("p.json"), .first_line = 1, .text = STR("{\n \"x\": \"{{ a b }}\"}") };
	struct error *err = NULL;

	assert_null(template_compile(arena, json_decode(arena, &source, &decode_limits_default, NULL, NULL), STR(""),
				     &jmespath_standard_library, &err));
	assert_int_equal(err->line, 2);
	error_free(err);
	arena_destroy(arena);
}

static void test_values_keep_the_policys_places(void **state)
{
	struct arena *arena = arena_create();
	struct source source = { .name = STR("p.json"), .first_line = 1 };
	struct context context = { .arena = arena,
				   .root = parse_text(arena, "{\"a\":\"A\",\"l\":[1],\"m\":{\"x\":1}}") };
	struct substitution substitution = substitution_of(&context);
	const struct value *tree, *out;

	source.text =
		STR("{\"k\":[\n\"{{ a }}\",\n\"x{{ a }}\",\n\"{{ l }}\",\n\"y\"],\n\"{{ a }}\":\n{\"z\":\"{{ m }}\"}}");
	tree = json_decode(arena, &source, &decode_limits_default, NULL, NULL);
	assert_int_equal(template_render(template_compile(arena, tree, STR(""), &jmespath_standard_library, NULL),
					 &substitution, &out, NULL),
			 JMESPATH_OK);
	for (uint32_t i = 0; i < 4; i++) {
		const struct value *item = value_at(value_field(out, "k"), i);

		assert_int_equal(item->line, 2 + i);
		assert_ptr_equal(item->source, tree->source);
	}
	assert_int_equal(value_member(out, STR("A"))->key.line, 6);
	assert_int_equal(value_field(out, "A")->line, 7);
	assert_int_equal(value_path(out, "A", "z")->line, 7);
	arena_destroy(arena);
}

static void test_static_parts_are_shared(void **state)
{
	struct arena *arena = arena_create();
	struct context context = { .arena = arena, .root = parse_text(arena, "{\"a\":\"A\"}") };
	struct substitution substitution = substitution_of(&context);
	const struct value *tree = parse_text(arena, "{\"s\":{\"t\":[1,2]},\"d\":\"{{ a }}{{ a }}\"}"), *out;
	const struct template *template = template_compile(arena, tree, STR(""), &jmespath_standard_library, NULL);

	assert_int_equal(template_render(template, &substitution, &out, NULL), JMESPATH_OK);
	assert_ptr_equal(value_field(out, "s")->u.members, value_field(tree, "s")->u.members);
	assert_true(str_is(value_str(value_field(out, "d")), "AA"));
	/* All expressions were compiled with the template. */
	assert_int_equal(context.compiled, 0);
	assert_int_equal(context.queries, 2);
	arena_destroy(arena);
}

static void test_roots(void **state)
{
	struct arena *arena = arena_create();
	const struct str *roots;
	size_t count;
	bool all;

	roots = template_roots(template_of(arena, "{\"a\":\"{{ x.y }} {{ z }}\",\"{{ x.q }}\":\"{{ x }}\"}"), &count,
			       &all);
	assert_int_equal(count, 2);
	assert_false(all);
	assert_true(str_is(roots[0], "x") || str_is(roots[1], "x"));
	assert_true(str_is(roots[0], "z") || str_is(roots[1], "z"));
	template_roots(template_of(arena, "\"{{ a.{{ b }} }}\""), &count, &all);
	assert_true(all);
	template_roots(template_of(arena, "\"none\""), &count, &all);
	assert_int_equal(count, 0);
	assert_false(all);
	arena_destroy(arena);
}

static void test_messages(void **state)
{
	struct arena *arena = arena_create();
	struct context context = { .arena = arena, .root = parse_text(arena, "{\"a\":\"A\",\"l\":[1]}") };
	struct substitution substitution = substitution_of(&context);
	struct error *err = NULL;
	struct str text;

	assert_int_equal(template_render_str(template_of(arena, "\"is {{ a }} {{ l }}\""), &substitution, &text, &err),
			 JMESPATH_OK);
	assert_true(str_is(text, "is A [1]"));
	assert_int_equal(template_render_str(template_of(arena, "\"{{ l }}\""), &substitution, &text, &err),
			 JMESPATH_FAILED);
	assert_string_equal(err->message,
			    "the produced message didn't resolve to a string, check your policy definition.");
	error_free(err);
	arena_destroy(arena);
}

static void test_missing(void **state)
{
	struct arena *arena = arena_create();
	struct context context = { .arena = arena, .root = parse_text(arena, "{\"m\":{}}") };
	struct substitution substitution = substitution_of(&context);
	const struct template *template = template_of(arena, "{\"x\":\"{{ m.k }}\"}");
	const struct value *out;

	/* Without a place for the reason, there is none, but the status tells. */
	assert_int_equal(template_render(template, &substitution, &out, NULL), JMESPATH_MISSING);
	substitution.missing_is_null = true;
	assert_int_equal(template_render(template, &substitution, &out, NULL), JMESPATH_OK);
	assert_true(value_is(value_field(out, "x"), VALUE_NULL));
	arena_destroy(arena);
}

/* What Kyverno would never come back from. */
static void test_endless(void **state)
{
	static const char *const endless[] = { "\"x{{ a }}\"", "\"{{ m }}\"", "\"x{{ grow }}\"", "\"{{ wide }}\"",
					       "[\"x{{ wide }}\"]" };
	struct arena *arena = arena_create();
	struct context context = { .arena = arena };
	struct substitution substitution = substitution_of(&context);

	context.root =
		parse_text(arena, "{\"a\":\"y{{ a }}\",\"m\":{\"x\":\"{{ m }}\"},\"grow\":\"z{{ grow }}z{{ grow }}\","
				  "\"wide\":[\"{{ wide }}\",\"{{ wide }}\"]}");
	for (size_t i = 0; i < sizeof(endless) / sizeof(*endless); i++) {
		struct error *err = NULL;
		const struct value *out;

		assert_int_equal(template_render(template_of(arena, endless[i]), &substitution, &out, &err),
				 JMESPATH_FAILED);
		assert_int_equal(err->code, ERROR_LIMIT);
		error_free(err);
	}
	arena_destroy(arena);
}

static void test_path_prefix(void **state)
{
	struct arena *arena = arena_create();
	struct context context = { .arena = arena, .root = parse_text(arena, "{\"request\":{\"object\":{\"x\":7}}}") };
	struct substitution substitution = substitution_of(&context);
	const struct value *tree = parse_text(arena, "{\"x\":\"{{ @ }}\",\"y\":\"{{ request.nope }}\"}"), *out;
	const struct template *template =
		template_compile(arena, tree, STR("/validate/pattern"), &jmespath_standard_library, NULL);
	struct error *err = NULL;

	assert_int_equal(template_render(template, &substitution, &out, &err), JMESPATH_MISSING);
	assert_string_equal(err->message, "failed to resolve request.nope at path /validate/pattern/y: "
			    "JMESPath query failed: Unknown key \"nope\" in path");
	error_free(err);
	substitution.missing_is_null = true;
	assert_int_equal(template_render(template, &substitution, &out, NULL), JMESPATH_OK);
	/* Kyverno's context knows no integers. */
	assert_int_equal(value_field(out, "x")->type, VALUE_FLOAT);
	assert_int_equal((int)value_number(value_field(out, "x")), 7);
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_load_errors),
		cmocka_unit_test(test_place_of_errors),
		cmocka_unit_test(test_values_keep_the_policys_places),
		cmocka_unit_test(test_static_parts_are_shared),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_path_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
