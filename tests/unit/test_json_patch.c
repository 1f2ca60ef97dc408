#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/json.h"
#include "data/json_patch.h"

static const struct value *parse(struct arena *arena, const char *text)
{
	const struct value *v = json_parse(arena, str_of(text), NULL);

	assert_non_null(v);
	return v;
}

/* What github.com/evanphx/json-patch v4.12 answers. */
static const struct {
	const char *document, *patch, *want, *error;
} cases[] = {
	/* objects */
	{ "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":2}]", "{\"a\":1,\"b\":2}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{\"x\":[]}}]", "{\"a\":{\"x\":[]}}", NULL },
	{ "{\"a\":{\"b\":{\"c\":1}}}", "[{\"op\":\"add\",\"path\":\"/a/b/d\",\"value\":2}]",
	  "{\"a\":{\"b\":{\"c\":1,\"d\":2}}}", NULL },
	{ "{\"a\":1,\"b\":2}", "[{\"op\":\"remove\",\"path\":\"/a\"}]", "{\"b\":2}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":2}]", "{\"a\":2}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":2}]", "{\"a\":1,\"b\":2}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":null}", NULL },
	{ "{\"a/b\":{\"m~n\":1}}", "[{\"op\":\"replace\",\"path\":\"/a~1b/m~0n\",\"value\":2}]",
	  "{\"a/b\":{\"m~n\":2}}", NULL },
	{ "{\"~1\":1}", "[{\"op\":\"remove\",\"path\":\"/~01\"}]", "{}", NULL },
	{ "{\"\":1}", "[{\"op\":\"remove\",\"path\":\"/\"}]", "{}", NULL },
	/* arrays */
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-\",\"value\":3}]", "{\"a\":[1,2,3]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/0\",\"value\":0}]", "{\"a\":[0,1,2]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":3}]", "{\"a\":[1,2,3]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-1\",\"value\":3}]", "{\"a\":[1,2,3]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-3\",\"value\":0}]", "{\"a\":[0,1,2]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/-1\"}]", "{\"a\":[1]}", NULL },
	{ "{\"a\":[1,2,3]}", "[{\"op\":\"remove\",\"path\":\"/a/1\"}]", "{\"a\":[1,3]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"replace\",\"path\":\"/a/1\",\"value\":5}]", "{\"a\":[1,5]}", NULL },
	{ "{\"a\":[{\"b\":1},{\"b\":2}]}", "[{\"op\":\"add\",\"path\":\"/a/1/c\",\"value\":5}]",
	  "{\"a\":[{\"b\":1},{\"b\":2,\"c\":5}]}", NULL },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/3\",\"value\":3}]", NULL,
	  "error in add for path: '/a/3': Unable to access invalid index: 3: invalid index referenced" },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/-4\",\"value\":3}]", NULL,
	  "error in add for path: '/a/-4': Unable to access invalid index: -4: invalid index referenced" },
	{ "{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/x\",\"value\":3}]", NULL,
	  "error in add for path: '/a/x': value was not a proper array index: 'x': strconv.Atoi: parsing \"x\": "
	  "invalid syntax" },
	{ "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/2\"}]", NULL,
	  "error in remove for path: '/a/2': Unable to access invalid index: 2: invalid index referenced" },
	{ "{\"a\":[1,2]}", "[{\"op\":\"remove\",\"path\":\"/a/99999999999999999999\"}]", NULL,
	  "error in remove for path: '/a/99999999999999999999': strconv.Atoi: parsing \"99999999999999999999\": value "
	  "out of range" },
	/* moving, copying, testing */
	{ "{\"a\":1,\"b\":{}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b/c\"}]", "{\"b\":{\"c\":1}}", NULL },
	{ "{\"a\":[1],\"b\":{}}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b/c\"}]",
	  "{\"a\":[1],\"b\":{\"c\":[1]}}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":null}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/x\",\"path\":\"/b\"}]", NULL,
	  "error in move for path: 'x': Unable to remove nonexistent key: x: missing value" },
	{ "{\"a\":{\"b\":[1,2.0]}}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":{\"b\":[1,2]}}]",
	  "{\"a\":{\"b\":[1,2.0]}}", NULL },
	{ "{\"a\":null}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}", NULL },
	{ "{}", "[{\"op\":\"test\",\"path\":\"/a\"}]", "{}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", NULL,
	  "testing value /a failed: test failed" },
	/* the whole document */
	{ "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":[1]}]", "[1]", NULL },
	{ "{\"a\":1}", "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"a\":1}}]", "{\"a\":1}", NULL },
	{ "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":1}]", NULL,
	  "replace operation value must be object or array" },
	{ "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":{}}]", NULL,
	  "add operation does not apply: doc is missing path: \"\": missing value" },
	/* paths that lead nowhere */
	{ "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/x/y\",\"value\":2}]", NULL,
	  "add operation does not apply: doc is missing path: \"/x/y\": missing value" },
	{ "{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/y\",\"value\":2}]", NULL,
	  "add operation does not apply: doc is missing path: \"/a/y\": missing value" },
	{ "{\"a\":null}", "[{\"op\":\"add\",\"path\":\"/a/y\",\"value\":2}]", NULL,
	  "add operation does not apply: doc is missing path: \"/a/y\": missing value" },
	{ "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/x\"}]", NULL,
	  "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value" },
	{ "{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/x/y\"}]", NULL,
	  "remove operation does not apply: doc is missing path: \"/x/y\": missing value" },
	{ "{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/x/y\",\"value\":1}]", NULL,
	  "replace operation does not apply: doc is missing path: /x/y: missing value" },
	/* what is no patch */
	{ "{}", "[{\"op\":\"frob\",\"path\":\"/a\"}]", NULL, "Unexpected kind: frob" },
	{ "{}", "[{\"path\":\"/a\"}]", NULL, "Unexpected kind: unknown" },
	{ "{}", "[1]", NULL, "Unexpected kind: unknown" },
	{ "{}", "[{\"op\":\"add\"}]", NULL, "add operation failed to decode path: missing value" },
	{ "{}", "[{\"op\":\"move\",\"path\":\"/a\"}]", NULL,
	  "move operation failed to decode from: operation, missing from field: missing value" },
	/* one after the other */
	{ "{}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":{}},{\"op\":\"add\",\"path\":\"/a/b\",\"value\":1}]",
	  "{\"a\":{\"b\":1}}", NULL },
};

static void applies(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		_cleanup_(error_freep) struct error *err = NULL;
		const struct value *document = parse(arena, cases[i].document);
		const struct value *got = json_patch_apply(arena, document, parse(arena, cases[i].patch), &err);

		if (cases[i].error) {
			assert_null(got);
			assert_string_equal(err->message, cases[i].error);
			assert_int_equal(json_patch_test_failed(err), strstr(cases[i].error, "test failed") != NULL);
		} else {
			if (!got)
				fail_msg("%s: %s", cases[i].patch, err->message);
			assert_string_equal(
				str_cstr(arena, json_text(arena, got, JSON_COMPACT)),
				str_cstr(arena, json_text(arena, parse(arena, cases[i].want), JSON_COMPACT)));
		}
		assert_true(value_equal(document, parse(arena, cases[i].document)));
	}
}

static void large_objects_stay_searchable(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct object_builder object = { 0 }, root = { 0 };
	const struct value *got;

	for (size_t i = 0; i < 100; i++)
		object_put(arena, &object, str_format(arena, "key%zu", i), value_of_int(arena, (int64_t)i));
	object_put(arena, &root, STR("data"), object_finish(arena, &object));
	got = json_patch_apply(arena, object_finish(arena, &root),
			       parse(arena, "[{\"op\":\"remove\",\"path\":\"/data/key7\"},"
					    "{\"op\":\"add\",\"path\":\"/data/new\",\"value\":true}]"),
			       NULL);
	got = value_field(got, "data");
	assert_null(value_field(got, "key7"));
	assert_int_equal(value_field(got, "key99")->u.integer, 99);
	assert_true(value_field(got, "new")->u.boolean);
	assert_int_equal(value_count(got), 100);
}

static void deep_paths_end(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct str path = STR("");
	const struct value *document = &value_empty_object;
	struct object_builder patch = { 0 };
	struct value op = value_make_str(STR("add")), text;

	for (size_t i = 0; i < 1000; i++) {
		struct object_builder outer = { 0 };

		object_put(arena, &outer, STR("a"), document);
		document = object_finish(arena, &outer);
		path = str_concat(arena, path, STR("/a"));
	}
	text = value_make_str(path);
	object_put(arena, &patch, STR("op"), &op);
	object_put(arena, &patch, STR("path"), &text);
	assert_null(json_patch_apply(arena, document, value_of_items(arena, object_finish(arena, &patch), 1), &err));
	assert_non_null(err);
	assert_non_null(json_patch_make(arena, document, &value_empty_object));
}

/* from, to, and the patch between them. */
static const char *const differences[][3] = {
	{ "{\"a\":1}", "{\"a\":1}", "[]" },
	{ "{\"a\":1}", "{\"a\":1.0}", "[]" },
	{ "{\"a\":1,\"b\":2}", "{\"b\":3,\"c\":4}",
	  "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"replace\",\"path\":\"/b\",\"value\":3},"
	  "{\"op\":\"add\",\"path\":\"/c\",\"value\":4}]" },
	{ "{\"a/b\":{\"~\":1}}", "{\"a/b\":{\"~\":2}}", "[{\"op\":\"replace\",\"path\":\"/a~1b/~0\",\"value\":2}]" },
	{ "[1,2,3]", "[1,3]", "[{\"op\":\"remove\",\"path\":\"/1\"}]" },
	{ "[1,3]", "[1,2,3]", "[{\"op\":\"add\",\"path\":\"/1\",\"value\":2}]" },
	{ "[1,2,3,4]", "[1,9,4]",
	  "[{\"op\":\"replace\",\"path\":\"/1\",\"value\":9},{\"op\":\"remove\",\"path\":\"/2\"}]" },
	{ "[{\"n\":\"a\"}]", "[{\"n\":\"a\",\"x\":1},{\"n\":\"b\"}]",
	  "[{\"op\":\"add\",\"path\":\"/0/x\",\"value\":1},{\"op\":\"add\",\"path\":\"/1\",\"value\":{\"n\":\"b\"}}]" },
	{ "{\"a\":[1]}", "{\"a\":{}}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":{}}]" },
	{ "1", "\"x\"", "[{\"op\":\"replace\",\"path\":\"\",\"value\":\"x\"}]" },
};

static void makes(void **state)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(*differences); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		const struct value *from = parse(arena, differences[i][0]), *to = parse(arena, differences[i][1]);
		const struct value *patch = json_patch_make(arena, from, to);

		assert_string_equal(str_cstr(arena, json_text(arena, patch, JSON_COMPACT)), differences[i][2]);
		if (from->type >= VALUE_ARRAY)
			assert_true(value_equal(json_patch_apply(arena, from, patch, NULL), to));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(applies),
		cmocka_unit_test(large_objects_stay_searchable),
		cmocka_unit_test(deep_paths_end),
		cmocka_unit_test(makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
