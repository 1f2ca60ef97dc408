#include "kube/kind.h"

#define DEPTH_MAX 512

/* Maps that clients often leave empty ("annotations:"); the API server reads null there as no entry. */
static bool is_map_field(struct str key)
{
	static const struct str names[] = {
		{ "annotations", 11 }, { "labels", 6 },	    { "matchLabels", 11 },
		{ "nodeSelector", 12 }, { "data", 4 },	    { "stringData", 10 },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_equal(key, names[i]))
			return true;
	return false;
}

static bool has_null_map(const struct value *v, int depth)
{
	if (depth > DEPTH_MAX)
		return false;
	for (VALUE_EACH(item, v))
		if (item->type >= VALUE_ARRAY && has_null_map(item, depth + 1))
			return true;
	for (MEMBER_EACH(m, v)) {
		if (m->value.type == VALUE_NULL && is_map_field(value_str(&m->key)))
			return true;
		if (m->value.type >= VALUE_ARRAY && has_null_map(&m->value, depth + 1))
			return true;
	}
	return false;
}

/* A copy of the containers with {} for null maps; scalars are shared. */
static struct value without_null_maps(struct arena *arena, const struct value *v)
{
	struct value copy = *v;

	if (v->type == VALUE_ARRAY) {
		struct value *items = arena_array(arena, v->length, sizeof(*items));

		for (size_t i = 0; i < v->length; i++)
			items[i] = without_null_maps(arena, &v->u.items[i]);
		copy.u.items = items;
	} else if (v->type == VALUE_OBJECT) {
		struct member *members = arena_array(arena, v->length, sizeof(*members));

		for (size_t i = 0; i < v->length; i++) {
			members[i].key = v->u.members[i].key;
			members[i].value = without_null_maps(arena, &v->u.members[i].value);
			if (members[i].value.type == VALUE_NULL && is_map_field(value_str(&members[i].key))) {
				members[i].value.type = VALUE_OBJECT;
				members[i].value.length = 0;
				members[i].value.u.members = NULL;
			}
		}
		copy.u.members = members;
	}
	return copy;
}

const struct value *object_without_null_maps(struct arena *arena, const struct value *object)
{
	struct value *copy;

	if (!has_null_map(object, 0))
		return object;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = without_null_maps(arena, object);
	return copy;
}
