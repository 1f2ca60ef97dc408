#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kyverno_table.h"
#include "policy/kyverno/functions.h"

#define TABLE "tests/lang/kyverno-functions.test"

struct harness {
	struct arena *arena;
	struct regex_cache *regexes;
};

/* The result, or NULL with "error: …" or "syntax: …" in *failure. */
static const struct value *evaluate(struct harness *h, struct str program, const struct value *input,
				    struct str *failure)
{
	struct error *err = NULL;
	const struct jmespath *compiled =
		jmespath_compile(h->arena, program, &kyverno_library, (struct place){ 0 }, &err);
	struct jmespath_context context = { .arena = h->arena, .mode = JMESPATH_STRICT, .regexes = h->regexes };
	const struct value *out = NULL;

	if (!compiled) {
		*failure = str_format(h->arena, "syntax: %s", err->message);
	} else if (jmespath_evaluate(compiled, &context, input, &out, &err) != JMESPATH_OK) {
		*failure = str_format(h->arena, "error: %s", err->message);
		out = NULL;
	}
	error_free(err);
	return out;
}

static size_t check_row(struct harness *h, const struct row *row)
{
	struct str failure = STR_NULL, want = row->lines[2];
	const struct value *got = evaluate(h, row->lines[0], parse(h->arena, row->lines[1]), &failure);
	bool good;

	if (str_starts_with(want, STR("syntax: ")))
		good = str_starts_with(failure, STR("syntax: ")) && str_contains(failure, str_skip(want, 8));
	else if (str_starts_with(want, STR("error: ")))
		good = str_equal(failure, want);
	else
		good = got && value_equal(got, parse(h->arena, want));
	return good ? 0 : row_failed(TABLE, row, got ? json_text(h->arena, got, JSON_SORTED) : failure);
}

static void answers(void **state)
{
	struct harness h = { arena_create(), regex_cache_create(8) };
	size_t failed = 0, rows = 0;
	struct table table;
	struct row row;

	table_open(&table, TABLE);
	for (; table_next(&table, &row); rows++) {
		failed += check_row(&h, &row);
		arena_reset(h.arena);
	}
	assert_int_equal(failed, 0);
	assert_true(rows > 1000);
	buf_free(&table.text);
	regex_cache_destroy(h.regexes);
	arena_destroy(h.arena);
}

/* Each function is described, and has at least eight cases. */
static void coverage(void **state)
{
	struct buf text = { 0 };
	struct table table;

	table_open(&table, TABLE);
	buf_add(&text, buf_str(&table.text));
	/* The last table is the standard library's. */
	for (size_t t = 0; kyverno_library.tables[t + 1]; t++) {
		for (const struct jmespath_function *f = kyverno_library.tables[t]; f->name; f++) {
			struct buf call = { 0 };
			size_t count = 0;

			buf_printf(&call, "%s(", f->name);
			for (size_t at = 0; (at = str_find(buf_str(&text), buf_str(&call), at)) != STR_NOT_FOUND; at++)
				count++;
			if (count < 8)
				fail_msg("%s has %zu cases", f->name, count);
			assert_true(strncmp(f->signature, call.p, call.n) == 0);
			assert_non_null(f->note);
			buf_free(&call);
		}
	}
	buf_free(&text);
	buf_free(&table.text);
}

/* What a hostile policy may ask for is refused, not tried. */
static void limits(void **state)
{
	static const char *const programs[] = {
		"random('((a{1000}){1000}){1000}')", "random('(((.*)*)*)*')", "replace_all(@, '', @)",
		"regex_replace_all('', @, @)", "x509_decode(@)", "random(@)",
	};
	struct harness h = { arena_create(), NULL };
	struct buf text = { 0 };
	struct str failure;

	for (int i = 0; i < 2 * 1024 * 1024; i++)
		buf_add_char(&text, "(["[i % 2]);
	for (size_t i = 0; i < sizeof(programs) / sizeof(*programs); i++) {
		struct arena_point mark = arena_mark(h.arena);

		assert_null(evaluate(&h, str_of(programs[i]), value_of_str(h.arena, buf_str(&text)), &failure));
		assert_true(str_starts_with(failure, STR("error: ")));
		arena_rewind(h.arena, mark);
	}
	/* Groups in groups, and broken JSON that is all depth. */
	buf_clear(&text);
	for (int i = 0; i < 4000; i++)
		buf_add_char(&text, '(');
	assert_null(evaluate(&h, STR("random(@)"), value_of_str(h.arena, buf_str(&text)), &failure));
	buf_clear(&text);
	for (int i = 0; i < 100000; i++)
		buf_add_char(&text, '[');
	assert_null(evaluate(&h, STR("parse_json(@)"), value_of_str(h.arena, buf_str(&text)), &failure));
	assert_true(str_is(failure, "error: invalid character '[' exceeded max depth"));
	buf_free(&text);
	arena_destroy(h.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(coverage),
		cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
