#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/map.h"
#include "base/str.h"

static void strings(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str head, rest;
	int64_t number;

	assert_true(str_is(str_replace(arena, STR("a-b-c"), STR("-"), STR("::"), SIZE_MAX), "a::b::c"));
	assert_true(str_is(str_replace(arena, STR("a-b-c"), STR("-"), STR(""), 1), "ab-c"));
	assert_true(str_cut(STR("a/b/c"), '/', &head, &rest));
	assert_true(str_is(head, "a") && str_is(rest, "b/c"));
	assert_false(str_cut(STR("abc"), '/', &head, &rest));
	assert_int_equal(str_distance(STR("Equal"), STR("Equals"), 3), 1);
	assert_int_equal(str_distance(STR("kitten"), STR("sitting"), 5), 3);
	assert_true(str_to_int64(STR("-9223372036854775808"), &number) && number == INT64_MIN);
	assert_false(str_to_int64(STR("9223372036854775808"), &number));
	assert_false(str_to_int64(STR("-"), &number));
	assert_true(str_is(str_trim(STR(" \t x y\n")), "x y"));
	assert_true(str_compare(STR("ab"), STR("abc")) < 0);
	assert_int_equal(str_find(STR("hello"), STR("l"), 3), 3);
	assert_int_equal(str_find(STR("aab"), STR("ab"), 0), 1);
	assert_int_equal(str_find(STR("aab"), STR("abc"), 0), STR_NOT_FOUND);
	assert_int_equal(str_find(STR("ab"), STR("b"), 2), STR_NOT_FOUND);
}

static void formats(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct buf buf = { 0 };
	char large[2000];

	assert_true(str_is(str_format(arena, "%s=" STR_FMT ", %d%% of %zu, %u", "a", STR_ARG(STR("bc")), -7, (size_t)9, 3u),
			   "a=bc, -7% of 9, 3"));
	assert_true(str_is(str_format(arena, "%d %d", INT32_MIN, 0), "-2147483648 0"));
	assert_true(str_is(str_format(arena, "%5.2f|%-4s|%04x", 1.5, "ab", 255), " 1.50|ab  |00ff"));
	assert_true(str_is(str_format(arena, STR_FMT "|", STR_ARG(STR_NULL)), "|"));
	buf_printf(&buf, "%s-%d", "a", 1);
	buf_printf(&buf, "-%c", 'z');
	assert_true(str_is(buf_str(&buf), "a-1-z"));
	buf_free(&buf);
	memset(large, 'x', sizeof(large));
	assert_int_equal(str_format(arena, "[" STR_FMT "]", STR_ARG(str_make(large, sizeof(large)))).n, sizeof(large) + 2);
}

static void arenas(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	int *numbers = NULL;
	size_t count = 0, capacity = 0;

	for (int i = 0; i < 100000; i++)
		*ARENA_PUSH(arena, numbers, count, capacity) = i;
	for (int i = 0; i < 100000; i++)
		assert_int_equal(numbers[i], i);
	arena_reset(arena);
	assert_int_equal(arena_used(arena), 0);

	struct arena_point mark = arena_mark(arena);
	memset(arena_alloc(arena, 10 * 1024 * 1024), 1, 10 * 1024 * 1024);
	arena_rewind(arena, mark);
	assert_int_equal(arena_used(arena), 0);
	memset(arena_alloc(arena, 100), 1, 100);
}

static void maps(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct map map;

	map_init(&map, arena);
	assert_null(map_get(&map, STR("x")));
	for (intptr_t i = 1; i <= 10000; i++)
		map_put(&map, str_format(arena, "key%ld", (long)i), (void *)i);
	for (intptr_t i = 1; i <= 10000; i++)
		assert_int_equal((intptr_t)map_get(&map, str_format(arena, "key%ld", (long)i)), i);
	assert_false(map_has(&map, STR("key0")));
}

static void errors(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;

	assert_int_equal(error_set_at(&err, ERROR_INVALID, (struct place){ STR("a.yaml"), 3, 9 }, "unknown key %s", "x"), -1);
	error_wrap(&err, "policy %s", "p");
	assert_true(str_is(error_text(arena, err), "a.yaml:3:9: policy p: unknown key x"));
}

static void count_release(void *object)
{
	int **order = object;

	**order = *(*order - 1) + 1;
	(*order)++;
}

/* Last first, and only what was asked for since the mark. */
static void deferred(void **state)
{
	struct arena *arena = arena_create();
	int released[8] = { 0 }, *next = released + 1;
	struct arena_point mark;

	(void)state;
	arena_defer(arena, count_release, &next);
	mark = arena_mark(arena);
	arena_defer(arena, count_release, &next);
	arena_defer(arena, count_release, &next);
	arena_rewind(arena, mark);
	assert_ptr_equal(next, released + 3);
	arena_reset(arena);
	assert_ptr_equal(next, released + 4);
	arena_reset(arena);
	assert_ptr_equal(next, released + 4);
	arena_defer(arena, count_release, &next);
	arena_destroy(arena);
	assert_int_equal(released[4], 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(formats),
		cmocka_unit_test(arenas),
		cmocka_unit_test(deferred),
		cmocka_unit_test(maps),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
