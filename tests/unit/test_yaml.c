#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/yaml.h"
#include "data/yaml_builder.h"

/* \n, \t, \r and \\ of a line in the table. */
static struct str unescape(struct arena *arena, struct str line)
{
	char *out = arena_alloc(arena, line.n);
	size_t n = 0;

	for (size_t i = 0; i < line.n; i++) {
		char next = i + 1 < line.n ? line.p[i + 1] : '\0';

		if (line.p[i] == '\\' && next && strchr("ntr\\", next)) {
			out[n++] = next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : '\\';
			i++;
		} else {
			out[n++] = line.p[i];
		}
	}
	return str_make(out, n);
}

static struct str read_file(struct arena *arena, const char *name)
{
	const char *root = getenv("SOURCE_ROOT");
	struct str path = str_format(arena, "%s/%s", root ? root : ".", name);
	FILE *file = fopen(str_cstr(arena, path), "rb");
	char *text = arena_alloc(arena, 1 << 20);
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, 1 << 20, file);
	fclose(file);
	return str_make(text, n);
}

static void assert_same(const struct value *a, const struct value *b)
{
	assert_int_equal(a->type, b->type);
	assert_int_equal(a->line, b->line);
	assert_int_equal(a->column, b->column);
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->flags & VALUE_QUOTED, b->flags & VALUE_QUOTED);
	for (size_t i = 0; i < value_count(a); i++) {
		if (a->type == VALUE_OBJECT)
			assert_same(&a->u.members[i].key, &b->u.members[i].key);
		assert_same(value_at(a, i), value_at(b, i));
	}
}

/* What the fast scanner takes must be what libyaml makes of it, to the column. False when it gives up. */
static bool is_fast(struct arena *arena, struct str text)
{
	struct source source = { .text = text, .first_line = 1 };
	struct decode_warnings fast_warnings = { 0 }, warnings = { 0 };
	const struct value *fast = yaml_decode_by_lines(arena, &source, &decode_limits_default, &fast_warnings), *v;

	if (!fast)
		return false;
	v = yaml_decode_by_libyaml(arena, &source, &decode_limits_default, &warnings, NULL);
	if (!v || !value_equal(fast, v))
		fail_msg("by lines " STR_FMT ", by libyaml " STR_FMT ": " STR_FMT, STR_ARG(json_text(arena, fast, 0)),
			 STR_ARG(v ? json_text(arena, v, 0) : STR("an error")), STR_ARG(text));
	assert_same(fast, v);
	assert_int_equal(fast_warnings.count, warnings.count);
	return true;
}

static bool check_line(struct arena *arena, struct str line)
{
	_cleanup_(error_freep) struct error *err = NULL;
	size_t arrow = STR_NOT_FOUND;
	struct str expected, got;
	const struct value *v;

	for (size_t at = 0; (at = str_find(line, STR(" => "), at)) != STR_NOT_FOUND; at++)
		arrow = at;
	assert_int_not_equal(arrow, STR_NOT_FOUND);
	expected = str_skip(line, arrow + 4);
	v = yaml_parse(arena, unescape(arena, str_slice(line, 0, arrow)), &err);
	got = v ? json_text(arena, v, JSON_SORTED) : STR("error");
	assert_true((v == NULL) == (err != NULL));
	is_fast(arena, unescape(arena, str_slice(line, 0, arrow)));
	if (str_equal(got, expected))
		return true;
	print_error(STR_FMT ", but got " STR_FMT " %s\n", STR_ARG(line), STR_ARG(got), err ? err->message : "");
	return false;
}

/* The table was made with sigs.k8s.io/yaml v1.6.0. */
static void as_kubernetes_reads(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str rest = read_file(arena, "tests/lang/yaml-scalars.test"), line;
	size_t lines = 0, failed = 0;

	while (str_cut(rest, '\n', &line, &rest)) {
		if (line.n == 0 || str_starts_with(line, STR("##")))
			continue;
		lines++;
		failed += !check_line(arena, line);
	}
	assert_true(lines > 500);
	assert_int_equal(failed, 0);
}

static void fast_scanner_takes(void **state)
{
	static const char *const texts[] = {
		"a: 1",
		"a: 1\n",
		"---\na: 1\n",
		"# c\n\n--- # c\n\n# c\na: 1 # c\n# c\n",
		"  a: 1\n  b: 2\n",
		"a:\nb:\n",
		"a:",
		"- a\n- b",
		"- - a\n  - b\n- - - c\n",
		"-\n- a\n-",
		"- a: 1\n  b:\n  - c\n  - d: e\n    f: g\n  h: i\n- j\n",
		"a:\n- b\n- c\nd:\n  - e\n  -\n   - f\n",
		"a:\n- b:\n  - c\n-   d: e\n    f:\n",
		"a:\n  b:\n    c: d\n  e: f\ng: h\n",
		"a: b c  d   # e\nf: g#h\ni: j:k://l\n",
		"a: -1\nb: --x\nc: -\\\n",
		"a: 'b # c'\nd: \"e: f\"   # g\n\"h\": i\n'j k': l\n",
		"a: \"b\\n\\t\\\"\\\\c\"\nd: \"\"\ne: ''\n",
		"- 'a': 1\n- \"b: c\"\n- 'd'\n",
		"a: []\nb: {}\nc: [ ]\nd: { }\n",
		"a: [b, 'c', \"d\", 1, {e: f, g: [h]}, -1, i j]\nk: {l: m:n, o: http://p/q , \"r\": s}  # t\n- ",
		"a: {<<: {b: c}}\n",
		"a: {<<: {b: c}, d: 'e'}\n",
		"a: &x\n  b: 1\nc: *x\nd: &y e\nf: [g]\nh: *y # i\n",
		"a: &x\n- b\nc: &y [d]\ne: &z {f: g}\n"
		"h: &w |\n  i\nj: *w\n",
		"a: &x {b: 1}\nc:\n  <<: *x\n  d: 2\n",
		"- &a b\n- *a\n- &c\n  d: e\n- *c\n",
		"a: |\n  b\n  c\n",
		"a: |-\n  b\n\n\n",
		"a: |+\n  b\n\n\nc: d\n",
		"a: |\n\n\n  b\n   c\n\n    \n  d\n# e\nf: g\n",
		"a: |\n  b",
		"a: |\n  b\n  ",
		"a: |\n  b\n   ",
		"- |\n b\n- a: |\n    b: c\n    - d\n  e: f\n",
		"a: |\n  # b\n # c\nd: e\n",
		"a: |-\n  b\n\n  ",
		"a: 1\na: 2\nb: {c: 1, c: 2}\n",
		"1: a\ntrue: b\n1.5: c\n",
		"a: ~\nb: null\nc: 0777\nd: yes\ne: =\nf: <<\n",
		"a/b.c_d-e: f\n",
		"a: b\n\n\n",
		"a:   \n  b: c   \n",
		"a: x\n    # deeper comment\nb: y\n",
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	size_t given_up = 0;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!is_fast(arena, str_of(texts[i])) && ++given_up > 1)
			fail_msg("given up: %s", texts[i]);
	/* The one that ends in a stray "- ". */
	assert_int_equal(given_up, 1);
}

static void fast_scanner_gives_up(void **state)
{
	static const char *const texts[] = {
		"",
		"# c\n",
		"---\n",
		"a",
		"- a\nb: c\n",
		"a: b\n  c\n",
		"a: b\n c: d\n",
		"a:\n  b: 1\n c: 2\n",
		"a: 1\n b: 2\n",
		"a: b: c\n",
		"a: - b\n",
		"a: [b\n",
		"a: [b]: c\n",
		"a: 'b\n",
		"a: 'b''c'\n",
		"a: \"\\x41\"\n",
		"a: 'b' c\n",
		"a: \"b\"#c\n",
		"? a\n",
		"!!str a: b\n",
		"a: !b c\n",
		"a: >\n  b\n",
		"a: |2\n  b\n",
		"a: |\nb: c\n",
		"a: |\n   \n  b\n",
		"a: *b\n",
		"a: &b *c\n",
		"a: &b\nc: d\n",
		"- &a b: c\n",
		"a: @b\n",
		"a: `b`\n",
		"a: %b\n",
		"%YAML 1.1\n---\na: b\n",
		"a: b\n---\nc: d\n",
		"a: b\n...\n",
		"--- a\n",
		"a:\tb\n",
		"a: b\r\n",
		"a: \xc3\xa9\n",
		"a: {b}\n",
		"a: [b: c]\n",
		"a: {b: c,}\n",
		"a: {b:c}\n",
		"a: [,]\n",
		"a: [b,,c]\n",
		"a: {b: }\n",
		"a : b\n",
		"a b: c\n",
		"null: a\n",
		"a: .inf\n",
		"[a]",
		"{a: b}",
		"'a'",
		"a:\n'b'\n",
		"a: {b: c}}\n",
		"a: [b]]\n",
		"a: #b",
		"a: # b\n- c: d\ne\n",
		"-a: b\n",
		"a: [- b]\n",
		"a: {b: c: d}\n",
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		/* What is no more than a key without value is fine. */
		if (is_fast(arena, str_of(texts[i])) && strcmp(texts[i], "a: #b") != 0)
			fail_msg("taken: %s", texts[i]);
	}
}

static const struct value *decode(struct arena *arena, const char *text, struct decode_warnings *warnings)
{
	struct source source = { .name = STR("x.yaml"), .text = str_of(text), .first_line = 1 };
	struct error *err = NULL;
	const struct value *v = yaml_decode(arena, &source, NULL, warnings, &err);

	if (!v)
		print_error("%u:%u: %s\n", err->line, err->column, err->message);
	assert_non_null(v);
	return v;
}

#define assert_place(v, at_line, at_column) \
	do { \
		const struct value *v_ = (v); \
		assert_non_null(v_); \
		assert_int_equal(v_->line, at_line); \
		assert_int_equal(v_->column, at_column); \
	} while (0)

static void places(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *root = decode(arena, "# c\n---\na: 1\nbb:\n  - x\n  -   w: 'q'\n      z: &n {k: v}\nl: *n\n"
						 "m: |\n  t\ne:\n", NULL), *v;

	assert_place(root, 3, 1);
	assert_place(value_field(root, "a"), 3, 4);
	assert_place(&root->u.members[1].key, 4, 1);
	v = value_field(root, "bb");
	assert_place(v, 5, 3);
	assert_place(value_at(v, 0), 5, 5);
	assert_place(value_at(v, 1), 6, 7);
	assert_place(value_field(value_at(v, 1), "w"), 6, 10);
	assert_int_equal(value_field(value_at(v, 1), "w")->flags, VALUE_QUOTED);
	assert_place(value_field(value_at(v, 1), "z"), 7, 10);
	/* The alias where it stands, what is in it where that was written. */
	v = value_field(root, "l");
	assert_place(v, 8, 4);
	assert_place(value_field(v, "k"), 7, 17);
	assert_place(value_field(root, "m"), 9, 4);
	assert_int_equal(value_field(root, "m")->flags, VALUE_QUOTED);
	assert_true(value_is_null(value_field(root, "e")));
	assert_int_equal(value_field(root, "e")->line, 11);
	assert_true(str_is(value_place(v).file, "x.yaml"));
}

/* Columns are bytes, lines are what an editor shows, also where libyaml counts otherwise. */
static void places_beyond_ascii(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *root = decode(
		arena,
		"\xef\xbb\xbf\xc3\xa9: {\xe6\x97\xa5: \xf0\x9f\x98\x80, b: 2}\nc: \"\xc2\x85\xe2\x80\xa8\"\nd: 4\n",
		NULL);
	struct source source = { .text = STR("a: 1\rb: 2\r\nc: 3"), .first_line = 100 };

	assert_place(value_field(root, "\xc3\xa9"), 1, 5);
	assert_place(value_path(root, "\xc3\xa9", "\xe6\x97\xa5"), 1, 11);
	assert_place(value_path(root, "\xc3\xa9", "b"), 1, 20);
	assert_place(value_field(root, "d"), 3, 4);
	root = yaml_decode(arena, &source, NULL, NULL, NULL);
	assert_place(value_field(root, "b"), 100, 9);
	assert_place(value_field(root, "c"), 101, 4);
}

static void duplicates(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct decode_warnings warnings = { 0 };
	const struct value *root = decode(arena, "a: 1\nb: 2\nc: {x: 1}\na: 3\nd: {<<: {a: 1}, a: 2, <<: {a: 3}}\n"
						 "e: {1: x,\n \"1\": y}\n", &warnings);

	assert_int_equal(value_field(root, "a")->u.integer, 3);
	assert_int_equal(warnings.count, 2);
	assert_int_equal(warnings.items[0].place.line, 7);
	assert_int_equal(warnings.items[0].earlier.line, 6);
	assert_int_equal(warnings.items[1].place.line, 4);
	assert_int_equal(warnings.items[1].earlier.line, 1);
	assert_true(str_is(warnings.items[1].place.file, "x.yaml"));
	assert_true(str_is(warnings.items[1].message, "key \"a\" is given twice; the one on line 1 is ignored"));
	/* The first place in the order, the last value. */
	assert_true(str_is(value_str(&root->u.members[0].key), "a"));
	assert_int_equal(root->u.members[0].key.line, 4);
	assert_int_equal(value_path(root, "d", "a")->u.integer, 3);
	assert_int_equal(value_field(root, "d")->u.members[0].key.flags, 0);
}

static void documents(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct source source = { .name = STR("x.yaml"), .text = STR("a: 1\n---\nb: 2\n"), .first_line = 5 };

	assert_ptr_equal(decode(arena, "", NULL), &value_null);
	assert_ptr_equal(decode(arena, "# nothing\n\n", NULL), &value_null);
	assert_true(value_is_null(decode(arena, "---\n...\n", NULL)));
	assert_int_equal(value_count(decode(arena, "%YAML 1.2\n---\na: 1\n...\n", NULL)), 1);
	assert_true(str_is(value_str(decode(arena, "--- text\n", NULL)), "text"));
	assert_null(yaml_decode(arena, &source, NULL, NULL, &err));
	assert_int_equal(err->line, 6);
	assert_int_equal(value_field(yaml_parse(arena, source.text, NULL), "a")->u.integer, 1);
	assert_null(value_field(yaml_parse(arena, source.text, NULL), "a")->source);
}

static void assert_failure(struct str text, const struct decode_limits *limits, enum error_code code, uint32_t line,
			   uint32_t column, const char *part)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct source source = { .name = STR("x.yaml"), .text = text, .first_line = 1 };

	assert_null(yaml_decode(arena, &source, limits, NULL, &err));
	assert_non_null(err);
	if (!strstr(err->message, part) || err->line != line || err->column != column)
		fail_msg("%u:%u: %s (expected %u:%u, %s)", err->line, err->column, err->message, line, column, part);
	assert_int_equal(err->code, code);
	assert_string_equal(err->file, "x.yaml");
}

static void failures(void **state)
{
	static const struct {
		struct str text;
		uint32_t line, column;
		const char *part;
	} cases[] = {
		{ STR("a: 1\nb: [1\nc: 2\n"), 3, 2, "while parsing a flow sequence that begins on line 2" },
		{ STR("a:\n\t- b\n"), 2, 1, "this is a tab" },
		{ STR("a: 1\n b: 2\n"), 2, 3, "mapping values are not allowed" },
		{ STR("a: 'x\n"), 2, 1, "begins on line 1" },
		{ STR("a: \xff\n"), 1, 4, "invalid leading UTF-8 octet (#xFF)" },
		{ STR("a: b\nc: \x01\n"), 2, 4, "control characters" },
		{ STR("a: .inf\n"), 1, 4, "infinity" },
		{ STR("\n- !!int x\n"), 2, 3, "\"x\" is not a !!int" },
		{ STR("a: {? : x}\n"), 1, 7, "a key is null" },
		{ STR("a: {{ x }}\n"), 1, 5, "put it in quotes" },
		{ STR("a: *b\n"), 1, 4, "alias *b has no anchor &b before it" },
		{ STR("x:\n  a: &a\n    b:\n    - *a\n"), 4, 7, "&a on line 2" },
		{ STR("a: 1\nb: {<<: 1}\n"), 2, 9, "\"<<\" needs a mapping" },
		{ STR("a: !!binary x\n"), 1, 4, "base64" },
		{ STR("\xfe\xff" "a"), 1, 1, "UTF-8" },
		{ STR("a: 1\n%YAML 1.1\n"), 3, 1, "not valid YAML" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_failure(cases[i].text, NULL, ERROR_INVALID, cases[i].line, cases[i].column, cases[i].part);
}

static struct str repeat(struct arena *arena, struct str part, size_t count)
{
	char *text = arena_alloc(arena, part.n * count);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * part.n, part.p, part.n);
	return str_make(text, part.n * count);
}

static void hostile(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct decode_limits limits = decode_limits_default;
	struct buf text = { 0 };

	assert_failure(repeat(arena, STR("["), 100000), NULL, ERROR_LIMIT, 1, 513, "nested deeper than 512");
	assert_failure(repeat(arena, STR("{a: "), 100000), NULL, ERROR_LIMIT, 1, 2049, "nested deeper than 512");
	assert_failure(repeat(arena, STR("- "), 100000), NULL, ERROR_LIMIT, 1, 1025, "nested deeper than 512");
	assert_failure(repeat(arena, STR("? "), 100000), NULL, ERROR_INVALID, 1, 3, "a key must be");

	/* Each line ten times the one before. */
	buf_add(&text, STR("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"));
	for (int i = 1; i < 30; i++)
		buf_printf(&text, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1, i - 1,
			   i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	assert_failure(buf_str(&text), NULL, ERROR_LIMIT, 7, 10, "more than 2000000 values");

	/* One long text many times: few values, but gigabytes when written out. */
	buf_clear(&text);
	buf_printf(&text, "- &a " STR_FMT "\n", STR_ARG(repeat(arena, STR("x"), 100000)));
	for (int i = 0; i < 100000; i++)
		buf_add(&text, STR("- *a\n"));
	assert_failure(buf_str(&text), NULL, ERROR_LIMIT, 1281, 3, "more than 2000000 values");

	/* Merging the same large mapping over and over. */
	buf_clear(&text);
	buf_add(&text, STR("a: &a\n"));
	for (int i = 0; i < 10000; i++)
		buf_printf(&text, "  k%d: 1\n", i);
	buf_add(&text, STR("b:\n"));
	for (int i = 0; i < 10000; i++)
		buf_add(&text, STR("  <<: *a\n"));
	assert_failure(buf_str(&text), NULL, ERROR_LIMIT, 10187, 7, "more than 2000000 values");

	/* Deep by aliases. */
	buf_clear(&text);
	buf_add(&text, STR("- &a0 x\n"));
	for (int i = 1; i < 1000; i++)
		buf_printf(&text, "- &a%d [*a%d]\n", i, i - 1);
	assert_failure(buf_str(&text), NULL, ERROR_LIMIT, 513, 10, "nested deeper than 512");
	buf_free(&text);

	assert_failure(repeat(arena, STR("%TAG !x! tag:x\n"), 1000), NULL, ERROR_LIMIT, 65, 1, "more than 64 %TAG");

	limits.nodes = 3;
	assert_failure(STR("[1,\n2,3]"), &limits, ERROR_LIMIT, 2, 3, "more than 3 values");
	limits.key = 3;
	assert_failure(STR("long: 1"), &limits, ERROR_LIMIT, 1, 1, "a key of 4 bytes");
	limits.document = 3;
	assert_failure(STR("long: 1"), &limits, ERROR_LIMIT, 1, 1, "7 bytes, more than the 3 allowed");
}

static void many_keys(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *root;
	struct buf text = { 0 };

	for (int i = 0; i < 60000; i++)
		buf_printf(&text, "k%d: %d\n", i % 50000, i);
	root = yaml_parse(arena, buf_str(&text), NULL);
	assert_int_equal(value_count(root), 50000);
	assert_int_equal(value_field(root, "k9999")->u.integer, 59999);
	assert_int_equal(value_field(root, "k10000")->u.integer, 10000);
	buf_free(&text);
}

static void encoding(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const char *text =
		"apiVersion: v1\nempty: {}\nitems:\n- a: 1\n  b:\n  - x\n  - - w\n    - z\n  c: {}\nlist: []\n"
		"none: null\ntexts:\n  block: |\n    one\n\n      two\n  open: |-\n    one\n    two\n"
		"  plain: a b-c:d#e\n  quoted: \"true\"\n  colon: \"a: b\"\n  more: |+\n    x\n\n  number: \"1e3\"\n"
		"float: 1.5\n\"no\": \"\"\n";
	struct buf out = { 0 };

	yaml_encode(&out, decode(arena, text, NULL), 0);
	buf_add_char(&out, '\0');
	assert_string_equal(out.p, text);
	buf_clear(&out);
	yaml_encode(&out, decode(arena, "a: [1, {b: c}]\nd: |\n x\n", NULL), 4);
	buf_add_char(&out, '\0');
	assert_string_equal(out.p, "    a:\n    - 1\n    - b: c\n    d: |\n      x\n");
	buf_clear(&out);
	yaml_encode(&out, decode(arena, "'~'", NULL), 0);
	assert_true(str_is(buf_str(&out), "\"~\"\n"));
	buf_free(&out);
}

static struct str random_text(struct arena *arena, uint32_t *seed)
{
	static const char *const parts[] = {
		"a",
		" ",
		"  ",
		"\n",
		"\n\n",
		"\t",
		":",
		": ",
		"#",
		" #",
		"-",
		"- ",
		"---",
		"...",
		"?",
		"? ",
		"'",
		"\"",
		"\\",
		"1",
		"0x",
		"true",
		"~",
		"{",
		"}",
		"[",
		"]",
		",",
		"&",
		"*",
		"!",
		"|",
		">",
		"%",
		"@",
		"`",
		"\xc3\xa9",
		"\r",
		"\x01",
		"\xc2\x85",
		"\xe2\x80\xa8",
		"\xef\xbb\xbf",
		"\x7f",
		"<<",
		"=",
		"\xf0\x9f\x98\x80",
		"\xef\xbf\xbf",
	};
	struct str text = STR("");

	for (uint32_t i = 0, n = (*seed >> 8) % 6; i < n; i++) {
		*seed = *seed * 1664525 + 1013904223;
		text = str_concat(arena, text, str_of(parts[(*seed >> 16) % (sizeof(parts) / sizeof(*parts))]));
	}
	*seed = *seed * 1664525 + 1013904223;
	return text;
}

static void encoding_round_trips(void **state)
{
	uint32_t seed = 1;

	for (int round = 0; round < 3000; round++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		const struct value *text = value_of_str(arena, random_text(arena, &seed));
		struct object_builder object = { 0 }, inner = { 0 };
		struct array_builder array = { 0 }, nested = { 0 };
		const struct value *v, *back;
		struct buf out = { 0 };

		array_add(arena, &nested, text);
		array_add(arena, &array, text);
		array_add(arena, &array, array_finish(arena, &nested));
		object_put(arena, &inner, value_str(text), text);
		array_add(arena, &array, object_finish(arena, &inner));
		object_put(arena, &object, STR("text"), text);
		object_put(arena, &object, STR("list"), array_finish(arena, &array));
		object_put(arena, &object, random_text(arena, &seed), text);
		v = object_finish(arena, &object);
		yaml_encode(&out, v, 0);
		back = yaml_parse(arena, buf_str(&out), NULL);
		if (!back || !value_equal(v, back))
			fail_msg("%.*s\nwritten as\n%.*s", STR_ARG(json_text(arena, v, 0)), STR_ARG(buf_str(&out)));
		buf_free(&out);
	}
}

static void long_keys(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct object_builder object = { 0 };
	struct buf out = { 0 };
	const struct value *v;

	object_put(arena, &object, repeat(arena, STR("k"), 5000), &value_true);
	object_put(arena, &object, STR("x"), decode(arena, "{a: [1]}", NULL));
	v = object_finish(arena, &object);
	yaml_encode(&out, v, 0);
	assert_true(value_equal(yaml_parse(arena, buf_str(&out), NULL), v));
	buf_free(&out);
}

static void plain_scalars(void **state)
{
	struct error *err = NULL;
	struct value v = { .type = VALUE_OBJECT };

	assert_false(yaml_resolve_plain(STR("text"), &v, &err));
	assert_int_equal(v.type, VALUE_OBJECT);
	assert_null(err);
	assert_true(yaml_resolve_plain(STR("0x10"), &v, &err));
	assert_int_equal(v.u.integer, 16);
	assert_true(yaml_resolve_plain(STR("1.5"), &v, &err));
	assert_int_equal(v.type, VALUE_FLOAT);
	assert_true(yaml_resolve_plain(STR(""), &v, &err));
	assert_int_equal(v.type, VALUE_NULL);
	assert_false(yaml_resolve_plain(STR(".inf"), &v, &err));
	assert_non_null(err);
	error_free(err);
}

/* Digits beyond what the resolver keeps on its stack. */
static void long_numbers(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str zeros = repeat(arena, STR("0"), 5000), ones = repeat(arena, STR("1"), 5000);

	assert_int_equal(yaml_parse(arena, str_concat(arena, zeros, STR("17")), NULL)->u.integer, 15);
	assert_int_equal(yaml_parse(arena, str_concat(arena, STR("1."), ones), NULL)->type, VALUE_FLOAT);
	assert_int_equal(yaml_parse(arena, ones, NULL)->type, VALUE_STRING);
}

#define PICK(list, few) (list)[next_random(seed, next_random(seed, 20) ? (few) : sizeof(list) / sizeof(*(list)))]

static uint32_t next_random(uint64_t *seed, size_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)((*seed >> 20) % below);
}

/* A line of parts that mostly fit together. */
static void add_random_line(struct buf *text, uint64_t *seed)
{
	static const char *const indents[] = { "", "", "  ", "  ", "    ", "      ", " ", "   " };
	static const char *const dashes[] = { "", "", "", "- ", "- ", "-", "- - ", "-   " };
	static const char *const keys[] = { "",	     "a:",   "b: ", "c:  ",	 "k1: ", "\"q\": ",
					    "'s': ", "<<: ", "1: ", "a.b/c-d: ", "x :",	 "y: " };
	static const char *const values[] = {
		"",
		"",
		"x",
		"x y",
		"1",
		"'q'",
		"\"d\"",
		"\"e\\n\"",
		"[]",
		"{}",
		"[a, b]",
		"{a: b, c: [d]}",
		"{\"a\": 'b'}",
		"|",
		"|-",
		"|+",
		"&n",
		"&n x",
		"&m [a]",
		"*n",
		"*m",
		"-",
		"- x",
		"-x",
		"x: y",
		"x:",
		"a:b",
		"x # c",
		"x#c",
		"# c",
		"~",
		"'a''b'",
		"[a]:",
		"[a] x",
		"{a: b} # c",
		"[ a , -1 ]",
		"{a: -b}",
		"--- x",
		"...",
		"@",
		"!t x",
		">",
		"{a: }",
		"[- a]",
		"[a: b]",
		"[-- a]",
		"&n |",
		"|2",
		"| # c",
		"? x",
		": x",
		"x\\",
		"a}",
		"{{x}}",
		"%d",
		"[a?b]",
		"[a:,b]",
		"{a: b,}",
		"{'a':b}",
		"*n ",
	};

	if (next_random(seed, 20) == 0)
		buf_add(text, next_random(seed, 2) ? STR("\n") : STR("  # c\n"));
	buf_printf(text, "%s%s%s%s", PICK(indents, 6), PICK(dashes, 5), PICK(keys, 5), PICK(values, 22));
	if (next_random(seed, 30))
		buf_add_char(text, '\n');
}

static void scanners_agree(void **state)
{
	uint64_t seed = 88172645463325252u;
	size_t fast = 0;

	for (int round = 0; round < 20000; round++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct buf text = { 0 };

		for (size_t lines = 1 + next_random(&seed, 8); lines > 0; lines--)
			add_random_line(&text, &seed);
		fast += is_fast(arena, buf_str(&text));
		buf_free(&text);
	}
	assert_true(fast > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_kubernetes_reads), cmocka_unit_test(places), cmocka_unit_test(places_beyond_ascii),
		cmocka_unit_test(duplicates), cmocka_unit_test(documents), cmocka_unit_test(failures),
		cmocka_unit_test(hostile), cmocka_unit_test(many_keys), cmocka_unit_test(encoding),
		cmocka_unit_test(encoding_round_trips), cmocka_unit_test(long_keys), cmocka_unit_test(plain_scalars),
		cmocka_unit_test(long_numbers), cmocka_unit_test(fast_scanner_takes),
		cmocka_unit_test(fast_scanner_gives_up), cmocka_unit_test(scanners_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
