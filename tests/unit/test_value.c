#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>

#include <cmocka.h>

#include "data/value.h"

static const struct value *numbered_object(struct arena *arena, size_t count, bool backwards)
{
	struct object_builder object = { 0 };

	for (size_t i = 0; i < count; i++) {
		size_t n = backwards ? count - 1 - i : i;

		object_put(arena, &object, str_format(arena, "key%zu", n), value_of_int(arena, (int64_t)n));
	}
	return object_finish(arena, &object);
}

static void lookups(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const size_t sizes[] = { 0, 1, 5, 23, 24, 25, 100, 5000 };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
		const struct value *object = numbered_object(arena, sizes[s], false);

		assert_int_equal(value_count(object), sizes[s]);
		for (size_t i = 0; i < sizes[s]; i++) {
			const struct value *found = value_get(object, str_format(arena, "key%zu", i));

			assert_non_null(found);
			assert_int_equal(found->u.integer, i);
		}
		assert_null(value_get(object, STR("key")));
		assert_null(value_get(object, STR("")));
		assert_null(value_get(object, str_format(arena, "key%zu", sizes[s])));
	}
	assert_null(value_get(&value_true, STR("x")));
	assert_null(value_get(NULL, STR("x")));
}

static void builders(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct object_builder object = { 0 };
	struct array_builder array = { 0 };
	const struct member *earlier;
	const struct value *v, *changed;
	struct value key = value_make_str(STR("a"));

	object_put(arena, &object, STR("a"), value_of_int(arena, 1));
	object_put(arena, &object, STR("b"), NULL);
	object_put(arena, &object, STR("c"), &value_true);
	key.line = 7;
	earlier = object_put_member(arena, &object, &key, value_of_int(arena, 2));
	assert_non_null(earlier);
	assert_int_equal(earlier->value.u.integer, 1);
	object_remove(&object, STR("b"));
	object_remove(&object, STR("no such key"));
	v = object_finish(arena, &object);
	assert_int_equal(v->length, 2);
	assert_true(str_is(value_str(&v->u.members[0].key), "a"));
	assert_int_equal(v->u.members[0].key.line, 7);
	assert_int_equal(value_field(v, "a")->u.integer, 2);
	assert_null(value_field(v, "b"));

	object_start_from(arena, &object, v);
	object_put(arena, &object, STR("d"), value_of_str(arena, STR("x")));
	changed = object_finish(arena, &object);
	assert_int_equal(value_count(changed), 3);
	assert_int_equal(value_count(v), 2);

	array_add(arena, &array, NULL);
	array_add(arena, &array, changed);
	v = array_finish(arena, &array);
	assert_int_equal(value_count(v), 2);
	assert_true(value_is_null(value_at(v, 0)));
	assert_true(str_is(value_str(value_field(value_at(v, 1), "d")), "x"));
	assert_ptr_equal(array_finish(arena, &(struct array_builder){ 0 }), &value_empty_array);
}

/* Replacing, removing and adding while the builder switches from searching to its table. */
static void large_builders(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct object_builder object = { 0 };
	const struct value *v;

	for (int round = 0; round < 3; round++)
		for (size_t i = 0; i < 1000; i++)
			object_put(arena, &object, str_format(arena, "key%zu", i), value_of_int(arena, round));
	assert_int_equal(object.count, 1000);
	for (size_t i = 0; i < 990; i += 2)
		object_remove(&object, str_format(arena, "key%zu", i));
	object_put(arena, &object, STR("key0"), &value_true);
	v = object_finish(arena, &object);
	assert_int_equal(value_count(v), 1000 - 495 + 1);
	assert_true(value_bool(value_field(v, "key0"), false));
	assert_null(value_field(v, "key2"));
	assert_int_equal(value_field(v, "key999")->u.integer, 2);
}

static void equality(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *one = value_of_int(arena, 1);
	const struct value one_float = { .type = VALUE_FLOAT, .u.number = 1.0 };
	const struct value big = { .type = VALUE_INT, .u.integer = (INT64_C(1) << 53) + 1 };
	const struct value less = { .type = VALUE_INT, .u.integer = INT64_C(1) << 53 };
	const struct value half = { .type = VALUE_FLOAT, .u.number = 1.5 };
	const struct value *different;
	struct object_builder object = { 0 };

	assert_true(value_equal(one, &one_float));
	assert_false(value_equal(&big, &less));
	assert_false(value_equal(one, &half));
	assert_false(value_equal(one, &value_true));
	assert_true(value_equal(NULL, &value_null));
	assert_true(value_equal(value_of_str(arena, STR("x")), value_of_str(arena, STR("x"))));
	assert_false(value_equal(value_of_str(arena, STR("1")), one));
	for (size_t count = 0; count < 100; count += 11)
		assert_true(value_equal(numbered_object(arena, count, false), numbered_object(arena, count, true)));
	/* Backwards, every lookup is in the worst place: must not take quadratic time. */
	assert_true(value_equal(numbered_object(arena, 100000, false), numbered_object(arena, 100000, true)));
	object_start_from(arena, &object, numbered_object(arena, 50, true));
	object_put(arena, &object, STR("key7"), &value_null);
	different = object_finish(arena, &object);
	assert_false(value_equal(numbered_object(arena, 50, false), different));
	assert_false(value_equal(&value_empty_array, &value_empty_object));
}

static void doubles(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	assert_int_equal(value_of_double(arena, 3)->type, VALUE_INT);
	assert_int_equal(value_of_double(arena, -0x1p53)->u.integer, -(INT64_C(1) << 53));
	assert_int_equal(value_of_double(arena, 0x1p54)->type, VALUE_FLOAT);
	assert_int_equal(value_of_double(arena, 0.5)->type, VALUE_FLOAT);
	assert_int_equal(value_of_double(arena, (double)NAN)->type, VALUE_NULL);
	assert_int_equal(value_of_double(arena, (double)-INFINITY)->type, VALUE_NULL);
}

static void pointers(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct object_builder object = { 0 }, inner = { 0 };
	struct array_builder array = { 0 };
	const struct value *root, *deepest;

	object_put(arena, &inner, STR("image"), value_of_str(arena, STR("nginx")));
	object_put(arena, &inner, STR("a/b~c"), value_of_int(arena, 5));
	array_add(arena, &array, object_finish(arena, &inner));
	object_put(arena, &object, STR("containers"), array_finish(arena, &array));
	root = object_finish(arena, &object);

	assert_true(str_is(value_str(value_at_pointer(root, STR("/containers/0/image"), NULL)), "nginx"));
	assert_true(str_is(value_str(value_at_pointer(root, STR("/containers/0/image/"), &deepest)), "nginx"));
	assert_true(str_is(value_str(deepest), "nginx"));
	assert_int_equal(value_at_pointer(root, STR("/containers/0/a~1b~0c"), NULL)->u.integer, 5);
	assert_ptr_equal(value_at_pointer(root, STR(""), NULL), root);
	assert_ptr_equal(value_at_pointer(root, STR("/"), NULL), root);
	assert_null(value_at_pointer(root, STR("/containers/1/image"), &deepest));
	assert_int_equal(deepest->type, VALUE_ARRAY);
	assert_null(value_at_pointer(root, STR("/containers/x"), NULL));
	assert_null(value_at_pointer(root, STR("/containers/99999999999999999999"), NULL));
	assert_null(value_at_pointer(root, STR("/containers/0/image/more"), &deepest));
	assert_true(str_is(value_str(deepest), "nginx"));
	assert_non_null(value_path(root, "containers"));
	assert_null(value_path(root, "containers", "image"));
}

static void copies(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct arena *temporary = arena_create();
	struct array_builder array = { 0 };
	const struct value *copy;

	array_add(temporary, &array, numbered_object(temporary, 100, false));
	array_add(temporary, &array, value_of_str(temporary, str_dup(temporary, STR("text"))));
	copy = value_copy(arena, array_finish(temporary, &array));
	arena_destroy(temporary);
	assert_int_equal(value_field(value_at(copy, 0), "key77")->u.integer, 77);
	assert_null(value_field(value_at(copy, 0), "key100"));
	assert_true(str_is(value_str(value_at(copy, 1)), "text"));
	assert_true(value_is_null(value_copy(arena, NULL)));
}

static void numbers(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *plain = value_of_str(arena, STR("text")), *out;
	const struct value items[] = {
		*value_of_int(arena, 5), { .type = VALUE_FLOAT, .line = 7, .u.number = 1.5 }, *numbered_object(arena, 100, false),
		{ .type = VALUE_FLOAT, .u.number = -2 }, { .type = VALUE_FLOAT, .u.number = 0x1p63 },
	};
	const struct value *array = value_of_items(arena, items, sizeof(items) / sizeof(*items));

	out = value_as_floats(arena, array);
	assert_int_equal(value_at(out, 0)->type, VALUE_FLOAT);
	assert_true(value_number(value_at(out, 0)) == 5);
	assert_int_equal(value_at(out, 1)->line, 7);
	assert_int_equal(value_field(value_at(out, 2), "key77")->type, VALUE_FLOAT);
	assert_true(value_number(value_field(value_at(out, 2), "key77")) == 77);
	assert_int_equal(items[0].type, VALUE_INT);
	assert_ptr_equal(value_as_floats(arena, out), out);
	out = value_as_ints(arena, array);
	assert_int_equal(value_at(out, 1)->type, VALUE_FLOAT);
	assert_int_equal(value_at(out, 3)->type, VALUE_INT);
	assert_int_equal(value_at(out, 3)->u.integer, -2);
	assert_int_equal(value_at(out, 4)->type, VALUE_FLOAT);
	assert_ptr_equal(value_as_ints(arena, plain), plain);
	assert_ptr_equal(value_as_floats(arena, plain), plain);
	assert_null(value_as_floats(arena, NULL));
}

static void names(void **state)
{
	static const char *const expected[] = { "null", "bool", "number", "number", "string", "array", "object" };

	for (uint8_t type = VALUE_NULL; type <= VALUE_OBJECT; type++)
		assert_string_equal(value_type_name(&(struct value){ .type = type }), expected[type]);
	assert_string_equal(value_type_name(NULL), "null");
	assert_ptr_equal(value_of_bool(true), &value_true);
	assert_ptr_equal(value_of_bool(false), &value_false);
	assert_int_equal(value_place(NULL).line, 0);
}

static void sorting(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *object = numbered_object(arena, 12, true);
	const struct member **sorted = value_sorted(arena, object);

	assert_true(str_is(value_str(&sorted[0]->key), "key0"));
	assert_true(str_is(value_str(&sorted[2]->key), "key10"));
	assert_true(str_is(value_str(&sorted[11]->key), "key9"));
	value_sorted(arena, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups), cmocka_unit_test(builders), cmocka_unit_test(large_builders),
		cmocka_unit_test(equality), cmocka_unit_test(doubles), cmocka_unit_test(pointers),
		cmocka_unit_test(copies), cmocka_unit_test(sorting), cmocka_unit_test(names),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
