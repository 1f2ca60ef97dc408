/* Lists and maps: +, in, size. */
#include "base/buf.h"
#include "base/map.h"
#include "data/json.h"
#include "lang/cel/library.h"

/* -- lists whose schema makes them sets or maps (apiserver/pkg/cel/common) --------------------------------------- */

/* A text that is the same for items that stand for the same. */
static struct str identity(struct arena *arena, const struct cel_view *view, const struct value *item)
{
	struct buf text = { 0 };
	struct str result;

	if (view->list == CEL_LIST_SET)
		json_encode(&text, item, JSON_SORTED);
	for (size_t i = 0; view->list == CEL_LIST_MAP && i < view->key_count; i++) {
		const struct value *key = value_get(item, view->keys[i]);

		json_encode(&text, key ? key : &value_null, JSON_SORTED);
		buf_add_char(&text, ',');
	}
	result = str_dup(arena, buf_str(&text));
	buf_free(&text);
	return result;
}

/* A set takes what it does not have; in a map of items later ones replace earlier ones. NULL: b's items are no data. */
static const struct value *merge_lists(struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	const struct cel_view *view = a->of.view;
	struct value merged = { .type = VALUE_ARRAY, .length = a->length };
	struct value *items = arena_array(run->arena, (size_t)a->length + b->length, sizeof(*items));
	struct map places;

	map_init(&places, run->arena);
	memcpy(items, a->u.data->u.items, a->length * sizeof(*items));
	for (size_t i = 0; i < a->length; i++)
		map_put(&places, identity(run->arena, view, &items[i]), &items[i]);
	for (size_t i = 0; i < b->length; i++) {
		struct cel_value item = cel_item(b, i);
		const struct value *data = cel_to_data(run->arena, &item, NULL);
		void **place;

		if (!data)
			return NULL;
		place = map_slot(&places, identity(run->arena, view, data));
		if (!*place)
			*place = &items[merged.length++];
		else if (view->list == CEL_LIST_SET)
			continue;
		*(struct value *)*place = *data;
	}
	merged.u.items = items;
	return arena_copy(run->arena, &merged, sizeof(merged));
}

struct cel_value cel_add_lists(struct cel_run *run, const struct cel_value *a, const struct cel_value *b)
{
	struct cel_value *items;
	uint32_t length;

	if (a->flags & CEL_DATA && a->of.view && a->of.view->list != CEL_LIST_ATOMIC) {
		const struct value *merged = merge_lists(run, a, b);

		if (merged)
			return cel_of_view(merged, a->of.view);
	}
	if (b->length == 0)
		return *a;
	if (a->length == 0)
		return *b;
	if (__builtin_add_overflow(a->length, b->length, &length) ||
	    !cel_can_hold(run, (uint64_t)length * sizeof(*items)))
		return cel_fail_memory(run);
	items = arena_array(run->arena, length, sizeof(*items));
	for (size_t i = 0; i < a->length; i++)
		items[i] = cel_item(a, i);
	for (size_t i = 0; i < b->length; i++)
		items[a->length + i] = cel_item(b, i);
	return cel_of_items(items, length);
}

/* -- in, size ---------------------------------------------------------------------------------------------------- */

CEL_BODY(cel_do_in)
{
	const struct cel_value *item = &arguments[0], *container = &arguments[1];
	struct cel_value other;

	if (container->kind == CEL_MAP)
		return cel_of_bool(cel_map_find(container, item, &other));
	if (container->kind != CEL_LIST)
		return cel_no_overload(run);
	for (size_t i = 0; i < container->length; i++) {
		other = cel_item(container, i);
		if (cel_equal(&other, item))
			return cel_of_bool(true);
	}
	return cel_of_bool(false);
}

CEL_BODY(cel_do_size)
{
	const struct cel_value *v = &arguments[0];

	switch (v->kind) {
	case CEL_STRING:
	case CEL_BYTES:
	case CEL_LIST:
	case CEL_MAP:
		return cel_of_int((int64_t)cel_size(v));
	default:
		/* cel-go says so of what has member functions but this one. */
		return v->kind == CEL_TIMESTAMP || v->kind == CEL_DURATION ? cel_no_overload(run)
									   : cel_fail(run, "no such overload: size");
	}
}
