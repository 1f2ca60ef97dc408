#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/json.h"
#include "data/yaml.h"

static struct str again(struct arena *arena, const char *text, int style)
{
	struct error *err = NULL;
	const struct value *v = json_parse(arena, str_of(text), &err);

	if (!v)
		print_error("%s: %s\n", text, err->message);
	assert_non_null(v);
	return json_text(arena, v, style);
}

#define assert_again(text, style, expected) \
	do { \
		struct str result_ = again(arena, text, style); \
		assert_string_equal(str_cstr(arena, result_), expected); \
	} while (0)

static void round_trips(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	assert_again(" null ", 0, "null");
	assert_again("[]", JSON_PRETTY, "[]");
	assert_again("{ }", JSON_PRETTY, "{}");
	assert_again("{\"b\":[1, -2,true ,false,null],\"a\":{}}", 0, "{\"b\":[1,-2,true,false,null],\"a\":{}}");
	assert_again("{\"b\":1,\"a\":2,\"aa\":3}", JSON_SORTED, "{\"a\":2,\"aa\":3,\"b\":1}");
	assert_again("{\"b\":[1,{\"c\":2}]}", JSON_PRETTY,
		     "{\n  \"b\": [\n    1,\n    {\n      \"c\": 2\n    }\n  ]\n}");
	assert_again("\xef\xbb\xbf[1]", 0, "[1]");
	assert_again("{\"a\":1,\"b\":2,\"a\":3}", 0, "{\"a\":3,\"b\":2}");
}

static void strings(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct buf out = { 0 };

	assert_again("\"\\u0041\\n\\t\\\"\\\\\\/\\u001f\\b\\f\\r\"", 0, "\"A\\n\\t\\\"\\\\/\\u001f\\b\\f\\r\"");
	assert_again("\"<a & b>\"", 0, "\"<a & b>\"");
	assert_again("\"<a & b>\"", JSON_HTML_SAFE, "\"\\u003ca \\u0026 b\\u003e\"");
	assert_again("\"\\ud83d\\ude00 \\u2028 \xc3\xa9\"", 0, "\"\xf0\x9f\x98\x80 \\u2028 \xc3\xa9\"");
	json_encode_str(&out, STR("a\xff" "b\xc3(\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf\xe2\x82"));
	buf_add_char(&out, '\0');
	assert_string_equal(out.p, "\"a\\ufffdb\\ufffd(\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd"
			    "\\ufffd\\ufffd\"");
	buf_clear(&out);
	json_encode_str(&out, STR_NULL);
	assert_true(str_is(buf_str(&out), "\"\""));
	buf_free(&out);
}

static void numbers(void **state)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ -0.0, "-0" },
		{ 1, "1" },
		{ 0.1, "0.1" },
		{ 1.5, "1.5" },
		{ -123.456, "-123.456" },
		{ 1e20, "100000000000000000000" },
		{ 1e21, "1e+21" },
		{ 1.5e300, "1.5e+300" },
		{ 0.000001, "0.000001" },
		{ 1e-7, "1e-7" },
		{ 1.25e-10, "1.25e-10" },
		{ 5e-324, "5e-324" },
		{ 0x1p-44, "5.684341886080802e-14" },
		{ 9007199254740993.0, "9007199254740992" },
		{ 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 123456789012345680000.0, "123456789012345680000" },
		{ 1e100, "1e+100" },
		{ 0.30000000000000004, "0.30000000000000004" },
		{ 12345.678, "12345.678" },
		{ (double)NAN, "null" },
		{ (double)INFINITY, "null" },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct buf out = { 0 };

		json_encode_double(&out, cases[i].number);
		buf_add_char(&out, '\0');
		assert_string_equal(out.p, cases[i].text);
		buf_free(&out);
	}
	assert_again("[9223372036854775807,-9223372036854775808,9223372036854775808,1.0,1e3,-0]", 0,
		     "[9223372036854775807,-9223372036854775808,9223372036854776000,1,1000,0]");
	assert_int_equal(json_parse(arena, STR("9223372036854775808"), NULL)->type, VALUE_FLOAT);
	assert_int_equal(json_parse(arena, STR("18446744073709551616"), NULL)->type, VALUE_FLOAT);
	assert_int_equal(json_parse(arena, STR("1.0"), NULL)->type, VALUE_FLOAT);
	assert_int_equal(json_parse(arena, STR("-9223372036854775808"), NULL)->u.integer, INT64_MIN);
}

static void places(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct source source = {
		.name = STR("x.json"),
		.first_line = 10,
		.text = STR("{\n  \"a\": [1, \"t\\\"]x\" ,true],\r\n\t\"b\\u0041\" : {\"c\":\n-1.5}, \"d\":\"\\\\\", "
			    "\"e\":[[],{}, null]}"),
	};
	const struct value *root = json_decode(arena, &source, NULL, NULL, NULL), *v;

	assert_non_null(root);
	assert_int_equal(root->line, 10);
	assert_int_equal(root->column, 1);
	v = value_field(root, "a");
	assert_int_equal(v->line, 11);
	assert_int_equal(v->column, 8);
	assert_int_equal(value_at(v, 0)->column, 9);
	assert_int_equal(value_at(v, 1)->column, 12);
	assert_int_equal(value_at(v, 2)->column, 21);
	assert_int_equal(root->u.members[1].key.line, 12);
	assert_int_equal(root->u.members[1].key.column, 2);
	v = value_path(root, "bA", "c");
	assert_int_equal(v->line, 13);
	assert_int_equal(v->column, 1);
	assert_int_equal(value_field(root, "d")->column, 12);
	v = value_field(root, "e");
	assert_int_equal(value_at(v, 0)->column, 23);
	assert_int_equal(value_at(v, 1)->column, 26);
	assert_int_equal(value_at(v, 2)->column, 30);
	assert_true(str_equal(value_place(v).file, STR("x.json")));
}

static void duplicates(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct source source = { .name = STR("x.json"), .text = STR("{\"a\":1,\n\"b\":2,\n\"a\":3}"), .first_line = 1 };
	struct decode_warnings warnings = { 0 };
	const struct value *root = json_decode(arena, &source, NULL, &warnings, NULL);
	struct buf large = { 0 };

	assert_int_equal(value_count(root), 2);
	assert_int_equal(value_field(root, "a")->u.integer, 3);
	assert_int_equal(warnings.count, 1);
	assert_int_equal(warnings.items[0].place.line, 3);
	assert_int_equal(warnings.items[0].earlier.line, 1);
	assert_true(str_is(warnings.items[0].message, "key \"a\" is given twice; the one on line 1 is ignored"));

	buf_add(&large, STR("{"));
	for (int i = 0; i < 200000; i++)
		buf_printf(&large, "%s\"k%d\":%d", i ? "," : "", i % 150000, i);
	buf_add(&large, STR("}"));
	root = json_parse(arena, buf_str(&large), NULL);
	assert_int_equal(value_count(root), 150000);
	assert_int_equal(value_field(root, "k49999")->u.integer, 199999);
	assert_int_equal(value_field(root, "k50000")->u.integer, 50000);
	assert_null(value_field(root, "k150000"));
	buf_clear(&large);
	json_encode(&large, root, JSON_SORTED);
	assert_true(
		str_starts_with(buf_str(&large), STR("{\"k0\":150000,\"k1\":150001,\"k10\":150010,\"k100\":150100,")));
	buf_free(&large);
}

static enum error_code failure(struct str text, const struct decode_limits *limits, uint32_t *line, uint32_t *column)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct source source = { .name = STR("x.json"), .text = text, .first_line = 1 };

	assert_null(json_decode(arena, &source, limits, NULL, &err));
	assert_non_null(err);
	assert_string_equal(err->file, "x.json");
	*line = err->line;
	*column = err->column;
	return err->code;
}

static void failures(void **state)
{
	struct decode_limits limits = decode_limits_default;
	uint32_t line, column;
	size_t n = 100000;
	char *deep = malloc(n);

	memset(deep, '[', n);
	assert_int_equal(failure(str_make(deep, n), NULL, &line, &column), ERROR_LIMIT);
	assert_int_equal(column, 513);
	free(deep);
	assert_int_equal(failure(STR("{\"a\": 1,\n \"b\" 2}"), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(line, 2);
	assert_int_equal(column, 6);
	assert_int_equal(failure(STR("{} x"), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(failure(STR(""), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(failure(STR("  "), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(failure(STR("[1,]"), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(failure(STR("\"\xff\""), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(failure(STR("[1e999]"), NULL, &line, &column), ERROR_INVALID);
	assert_int_equal(failure(STR("\"\\"), NULL, &line, &column), ERROR_INVALID);

	limits.nodes = 5;
	assert_int_equal(failure(STR("[1,2,3,4,5]"), &limits, &line, &column), ERROR_LIMIT);
	limits.key = 3;
	assert_int_equal(failure(STR("{\"long\":1}"), &limits, &line, &column), ERROR_LIMIT);
	limits.document = 4;
	assert_int_equal(failure(STR("[1,2]"), &limits, &line, &column), ERROR_LIMIT);
}

static void limits_reached(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct decode_limits limits = { .depth = 2, .nodes = 5, .document = 18, .key = 1 };
	struct source source = { .text = STR("[1,{\"a\":2},[],\"]\"]"), .first_line = 1 };

	limits.document = source.text.n;
	limits.nodes = 6;
	assert_non_null(json_decode(arena, &source, &limits, NULL, NULL));
	limits.nodes = 4;
	assert_null(json_decode(arena, &source, &limits, NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips), cmocka_unit_test(strings), cmocka_unit_test(numbers),
		cmocka_unit_test(places), cmocka_unit_test(duplicates), cmocka_unit_test(failures),
		cmocka_unit_test(limits_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
