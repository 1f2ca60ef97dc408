#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/utf8.h"
#include "lang/cel/ast.h"

#define EVERYTHING (CEL_MACRO_OPTIONAL | CEL_MACRO_TWO_VARIABLES | CEL_MACRO_BIND | CEL_MACRO_BLOCK | CEL_MACRO_MATH | \
		    CEL_MACRO_SORT_BY | CEL_MACRO_PROTO | CEL_SYNTAX_ESCAPED)

/* -- trees as text ------------------------------------------------------------------------------------------------- */

struct dump {
	struct buf out;
	struct str source;
};

static void dump_expr(struct dump *dump, const struct cel_expr *expr);

/* "@" and the offset in characters. */
static void dump_place(struct dump *dump, uint32_t offset)
{
	size_t count = 0;

	assert_true(offset <= dump->source.n);
	for (size_t i = 0, width; i < offset; i += width, count++)
		utf8_decode(dump->source.p + i, dump->source.n - i, &width);
	buf_printf(&dump->out, "@%zu", count);
}

static void dump_string(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] < 0x20 || p[i] > 0x7E || p[i] == '"' || p[i] == '\\')
			buf_printf(out, "\\x%02x", (unsigned char)p[i]);
		else
			buf_add_char(out, p[i]);
	}
}

static void dump_literal(struct dump *dump, const struct cel_expr *expr)
{
	const struct cel_value *v = &expr->u.literal;
	struct buf *out = &dump->out;

	switch (v->kind) {
	case CEL_INT:
		buf_printf(out, "%lld", (long long)v->u.integer);
		break;
	case CEL_UINT:
		buf_printf(out, "%lluu", (unsigned long long)v->u.uinteger);
		break;
	case CEL_DOUBLE:
		buf_printf(out, "%.17gd", v->u.number);
		break;
	case CEL_BOOL:
		buf_printf(out, "%s", v->u.boolean ? "true" : "false");
		break;
	case CEL_NULL:
		buf_printf(out, "null");
		break;
	case CEL_STRING:
	case CEL_BYTES:
		buf_printf(out, v->kind == CEL_BYTES ? "b\"" : "\"");
		dump_string(out, v->u.text, v->length);
		buf_add_char(out, '"');
		break;
	default:
		fail_msg("a literal of kind %d", v->kind);
	}
	dump_place(dump, expr->offset);
}

static void dump_call(struct dump *dump, const struct cel_expr *expr)
{
	buf_printf(&dump->out, "(" STR_FMT, STR_ARG(expr->u.call.function));
	dump_place(dump, expr->offset);
	if (expr->u.call.target) {
		buf_printf(&dump->out, " on:");
		dump_expr(dump, expr->u.call.target);
	}
	for (size_t i = 0; i < expr->u.call.count; i++) {
		buf_add_char(&dump->out, ' ');
		dump_expr(dump, expr->u.call.arguments[i]);
	}
	buf_add_char(&dump->out, ')');
}

static void dump_list(struct dump *dump, const struct cel_expr *expr)
{
	buf_printf(&dump->out, "(list");
	dump_place(dump, expr->offset);
	for (size_t i = 0; i < expr->u.list.count; i++) {
		buf_printf(&dump->out, expr->u.list.optional && expr->u.list.optional[i] ? " ?" : " ");
		dump_expr(dump, expr->u.list.items[i]);
	}
	buf_add_char(&dump->out, ')');
}

static void dump_map(struct dump *dump, const struct cel_expr *expr)
{
	buf_printf(&dump->out, expr->kind == CEL_EXPR_MAP ? "(map" : "(struct");
	dump_place(dump, expr->offset);
	if (expr->kind == CEL_EXPR_STRUCT)
		buf_printf(&dump->out, " " STR_FMT, STR_ARG(expr->u.map.type_name));
	for (size_t i = 0; i < expr->u.map.count; i++) {
		const struct cel_expr_entry *entry = &expr->u.map.entries[i];

		buf_printf(&dump->out, entry->optional ? " ?" : " ");
		if (entry->key)
			dump_expr(dump, entry->key);
		buf_printf(&dump->out, STR_FMT ":", STR_ARG(entry->field));
		dump_place(dump, entry->offset);
		dump_expr(dump, entry->value);
	}
	buf_add_char(&dump->out, ')');
}

static void dump_fold(struct dump *dump, const struct cel_expr *expr)
{
	const struct cel_expr *const parts[] = {
		expr->u.fold.range, expr->u.fold.start, expr->u.fold.condition, expr->u.fold.step, expr->u.fold.result,
	};

	buf_printf(&dump->out, "(fold");
	dump_place(dump, expr->offset);
	buf_printf(&dump->out, " " STR_FMT "%s" STR_FMT " " STR_FMT, STR_ARG(expr->u.fold.variable),
		   expr->u.fold.variable2.n ? "," : "", STR_ARG(expr->u.fold.variable2), STR_ARG(expr->u.fold.accumulator));
	for (size_t i = 0; i < 5; i++) {
		buf_add_char(&dump->out, ' ');
		dump_expr(dump, parts[i]);
	}
	buf_add_char(&dump->out, ')');
}

static void dump_expr(struct dump *dump, const struct cel_expr *expr)
{
	assert_non_null(expr);
	assert_null(expr->type);
	switch (expr->kind) {
	case CEL_EXPR_LITERAL:
		dump_literal(dump, expr);
		break;
	case CEL_EXPR_IDENT:
		buf_add(&dump->out, expr->u.ident.name);
		dump_place(dump, expr->offset);
		break;
	case CEL_EXPR_SELECT:
		buf_printf(&dump->out, expr->u.select.test_only ? "(has" : "(select");
		dump_place(dump, expr->offset);
		buf_add_char(&dump->out, ' ');
		dump_expr(dump, expr->u.select.operand);
		buf_printf(&dump->out, " " STR_FMT ")", STR_ARG(expr->u.select.field));
		break;
	case CEL_EXPR_CALL:
		dump_call(dump, expr);
		break;
	case CEL_EXPR_LIST:
		dump_list(dump, expr);
		break;
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		dump_map(dump, expr);
		break;
	case CEL_EXPR_COMPREHENSION:
		dump_fold(dump, expr);
		break;
	default:
		fail_msg("a node of kind %d", expr->kind);
	}
}

/* The tree of an expression, or its error blocks. */
static struct str outcome(struct arena *arena, struct str source, uint32_t macros)
{
	struct cel_issues issues = { .arena = arena, .source = source };
	struct cel_expr *expr = cel_parse(arena, source, macros, false, &issues);
	_cleanup_(error_freep) struct error *err = NULL;
	struct dump dump = { .source = source };
	struct str text;

	if (!expr) {
		assert_true(issues.count > 0);
		assert_int_equal(cel_issues_report(&issues, &err), -1);
		return str_dup(arena, str_of(err->message));
	}
	assert_int_equal(issues.count, 0);
	dump_expr(&dump, expr);
	text = str_dup(arena, buf_str(&dump.out));
	buf_free(&dump.out);
	return text;
}

/* -- tests/lang/cel-parse.test --------------------------------------------------------------------------------------- */

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

/* The lines of an expression are those that begin with "> ", what must come of it is the rest up to an empty line. */
static size_t run_case(struct str block, size_t line, uint32_t macros)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str source = STR(""), rest = block, got, head;

	while (str_starts_with(rest, STR("> "))) {
		if (source.n)
			source = str_concat(arena, source, STR("\n"));
		str_cut(rest, '\n', &head, &rest);
		source = str_concat(arena, source, str_skip(head, 2));
	}
	got = outcome(arena, source, macros);
	if (str_equal(got, rest))
		return 0;
	print_error("cel-parse.test:%zu: " STR_FMT "\nwanted\n" STR_FMT "\ngot\n" STR_FMT "\n\n", line, STR_ARG(source),
		    STR_ARG(rest), STR_ARG(got));
	return 1;
}

static size_t count_lines(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += s.p[i] == '\n';
	return count;
}

static void language(void **state)
{
	struct buf text = read_source("tests/lang/cel-parse.test");
	struct str all = buf_str(&text), rest = all;
	size_t failed = 0, run = 0;
	uint32_t macros = EVERYTHING;

	(void)state;
	while (rest.n) {
		size_t end = str_find(rest, STR("\n\n"), 0), line = 1 + count_lines(str_slice(all, 0, all.n - rest.n));
		struct str block = str_slice(rest, 0, end);

		if (end == STR_NOT_FOUND && str_ends_with(block, STR("\n")))
			block.n--;
		rest = end == STR_NOT_FOUND ? STR("") : str_skip(rest, end + 2);
		if (str_starts_with(block, STR("%% kubernetes")))
			macros = CEL_MACRO_OPTIONAL | CEL_MACRO_TWO_VARIABLES;
		else if (str_starts_with(block, STR("%% least")))
			macros = 0;
		else if (str_starts_with(block, STR("%% everything")))
			macros = EVERYTHING;
		else if (block.n && block.p[0] == '>')
			failed += run_case(block, line, macros), run++;
	}
	buf_free(&text);
	assert_int_equal(failed, 0);
	assert_true(run > 100);
}

/* -- by hand ------------------------------------------------------------------------------------------------------- */

static struct str repeated(struct arena *arena, const char *head, const char *part, const char *middle, const char *tail,
			   size_t times)
{
	struct buf out = { 0 };
	struct str copy;

	buf_printf(&out, "%s", head);
	for (size_t i = 0; i < times; i++)
		buf_printf(&out, "%s", part);
	buf_printf(&out, "%s", middle);
	for (size_t i = 0; i < times; i++)
		buf_printf(&out, "%s", tail);
	copy = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return copy;
}

static const char nested[] = "ERROR: <input>:-1:0: expression recursion limit exceeded: 250";
static const char high[] = "ERROR: <input>:-1:0: max recursion depth exceeded";

static void depth(void **state)
{
	static const struct {
		const char *head, *part, *middle, *tail;
		size_t most;
		const char *error;
	} cases[] = {
		{ "", "(", "1", ")", 249, nested },
		{ "", "[", "1", "]", 249, nested },
		{ "", "{'a':", "1", "}", 249, nested },
		{ "", "f(", "1", ")", 249, nested },
		{ "", "1 + (", "1", ")", 124, nested },
		{ "", "a[", "1", "]", 249, nested },
		{ "", "a < (", "1", ")", 124, nested },
		{ "", "a ? b : ", "c", "", 249, nested },
		{ "a", ".b", "", "", 250, high },
		{ "a", ".f()", "", "", 250, high },
		{ "1", " + 1", "", "", 250, high },
		{ "a", "[0]", "", "", 250, high },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const size_t more[] = { 1, 2, 1000, 20000 };
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct str text = repeated(arena, cases[i].head, cases[i].part, cases[i].middle, cases[i].tail,
					   cases[i].most);

		if (str_starts_with(outcome(arena, text, EVERYTHING), STR("ERROR")))
			fail_msg("%s%s: %zu are too many", cases[i].head, cases[i].part, cases[i].most);
		for (size_t k = 0; k < 4; k++) {
			text = repeated(arena, cases[i].head, cases[i].part, cases[i].middle, cases[i].tail,
					k < 2 ? cases[i].most + more[k] : more[k]);
			if (text.n < 100000)
				assert_string_equal(str_cstr(arena, outcome(arena, text, EVERYTHING)), cases[i].error);
		}
	}
}

/* Chains of && and signs are no nesting. */
static void chains(void **state)
{
	static const struct {
		const char *head, *part;
	} cases[] = { { "a", " && a" }, { "a", " || a" }, { "a", " && a || a" } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();

		assert_int_equal(outcome(arena, repeated(arena, cases[i].head, cases[i].part, "", "", 5000), 0).p[0], '(');
	}
}

static void size(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str fits = repeated(arena, "'", "\xC3\xA4", "'", "", 99998);
	struct str over = repeated(arena, "'", "\xC3\xA4", "'", "", 99999);

	(void)state;
	assert_int_equal(outcome(arena, fits, 0).p[0], '"');
	assert_string_equal(str_cstr(arena, outcome(arena, over, 0)),
			    "ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000");
}

/* optMap copies its target: 60 in a row would be 2^60 nodes. */
static void doubling(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str text = repeated(arena, "a", ".optMap(x, x)", "", "", 60);

	(void)state;
	assert_string_equal(str_cstr(arena, outcome(arena, text, EVERYTHING)),
			    "ERROR: <input>:-1:0: expression count exceeds limit of 100000 while expanding a macro");
}

static void without_macros(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str source = STR("a.all(b, c)");
	struct cel_issues issues = { .arena = arena, .source = source };
	struct cel_expr *expr = cel_parse(arena, source, EVERYTHING, true, &issues);

	(void)state;
	assert_non_null(expr);
	assert_int_equal(expr->kind, CEL_EXPR_CALL);
	assert_int_equal(expr->u.call.count, 2);
	assert_string_equal(str_cstr(arena, expr->u.call.function), "all");
}

static void report(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_issues issues = { .arena = arena, .source = STR("ab\n\tc + \xE4\xBD\xA0 x") };
	_cleanup_(error_freep) struct error *err = NULL;

	(void)state;
	cel_issue_add(&issues, 12, "third %d", 3);
	cel_issue_add(&issues, 4, "first");
	cel_issue_add(&issues, 8, "second");
	cel_issue_add(&issues, 4, "and the same place");
	assert_int_equal(cel_issues_report(&issues, &err), -1);
	assert_int_equal(err->line, 2);
	assert_int_equal(err->column, 2);
	assert_string_equal(err->message,
			    "ERROR: <input>:2:2: first\n |  c + \xE4\xBD\xA0 x\n | .^\n"
			    "ERROR: <input>:2:2: and the same place\n |  c + \xE4\xBD\xA0 x\n | .^\n"
			    "ERROR: <input>:2:6: second\n |  c + \xE4\xBD\xA0 x\n | .....\xEF\xBC\xBE\n"
			    "ERROR: <input>:2:8: third 3\n |  c + \xE4\xBD\xA0 x\n | .....\xEF\xBC\x8E.^");
	for (int i = 0; i < 100; i++)
		cel_issue_add(&issues, 20, "more");
	error_free(err);
	err = NULL;
	cel_issues_report(&issues, &err);
	assert_true(str_ends_with(str_of(err->message), STR("\n4 more errors were truncated")));
}

static void caret(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	uint32_t line, column;

	(void)state;
	assert_string_equal(str_cstr(arena, cel_caret(arena, STR("1 / 0"), 2, &line, &column)), " | 1 / 0\n | ..^");
	assert_int_equal(line, 1);
	assert_int_equal(column, 3);
	assert_string_equal(str_cstr(arena, cel_caret(arena, STR("a\nb / c\n"), 400, &line, &column)), " | \n | ^");
	assert_int_equal(line, 3);
	assert_string_equal(str_cstr(arena, cel_caret(arena, STR(""), 0, NULL, NULL)), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(language),
		cmocka_unit_test(depth),
		cmocka_unit_test(chains),
		cmocka_unit_test(size),
		cmocka_unit_test(doubling),
		cmocka_unit_test(without_macros),
		cmocka_unit_test(report),
		cmocka_unit_test(caret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
