/* Building values: constants, growing arrays and objects, copies. */
#include <math.h>
#include <stdlib.h>

#include "data/key_index.h"
#include "data/value.h"

#define DEPTH_MAX 4096

const struct value *value_of_bool(bool b)
{
	return b ? &value_true : &value_false;
}

static struct value *new_value(struct arena *arena, enum value_type type, size_t length)
{
	struct value *v = arena_alloc(arena, sizeof(*v));

	/* Decoders cap their input far below this. */
	if (length > UINT32_MAX)
		length = UINT32_MAX;
	*v = (struct value){ .type = (uint8_t)type, .length = (uint32_t)length };
	return v;
}

const struct value *value_of_int(struct arena *arena, int64_t i)
{
	struct value *v = new_value(arena, VALUE_INT, 0);

	v->u.integer = i;
	return v;
}

const struct value *value_of_double(struct arena *arena, double d)
{
	struct value *v;

	if (!isfinite(d))
		return &value_null;
	if (fabs(d) <= 0x1p53 && d == (double)(int64_t)d && !(d == 0 && signbit(d)))
		return value_of_int(arena, (int64_t)d);
	v = new_value(arena, VALUE_FLOAT, 0);
	v->u.number = d;
	return v;
}

const struct value *value_of_str(struct arena *arena, struct str s)
{
	struct value *v;

	if (s.n == 0)
		return &value_empty_string;
	v = new_value(arena, VALUE_STRING, s.n);
	v->u.text = s.p;
	return v;
}

const struct value *value_of_items(struct arena *arena, const struct value *items, size_t count)
{
	struct value *v;

	if (count == 0)
		return &value_empty_array;
	v = new_value(arena, VALUE_ARRAY, count);
	v->u.items = items;
	return v;
}

const struct value *value_of_members(struct arena *arena, const struct member *members, size_t count)
{
	struct value *v;

	if (count == 0)
		return &value_empty_object;
	v = new_value(arena, VALUE_OBJECT, count);
	v->u.members = count < KEY_INDEX_FROM ? members : members_seal(arena, members, count, &v->flags);
	return v;
}

void array_add(struct arena *arena, struct array_builder *array, const struct value *item)
{
	*ARENA_PUSH(arena, array->items, array->count, array->capacity) = item ? *item : value_null;
}

const struct value *array_finish(struct arena *arena, struct array_builder *array)
{
	return value_of_items(arena, array->items, array->count);
}

/* -- objects ------------------------------------------------------------------------------------------------------ */

static void build_index(struct arena *arena, struct object_builder *object)
{
	/* Room to double before the table must be made again. */
	size_t capacity = key_index_capacity(object->count * 2);
	uint32_t *slots = arena_array(arena, capacity, sizeof(*slots));

	if (!object->index)
		object->index = ARENA_NEW(arena, struct key_index);
	key_index_init(object->index, slots, capacity, slots);
	for (size_t i = 0; i < object->count; i++)
		key_index_add(object->index, object->members, value_str(&object->members[i].key), i);
}

static struct member *find_member(struct arena *arena, struct object_builder *object, struct str key)
{
	size_t i;

	if (object->count < KEY_INDEX_FROM) {
		for (i = 0; i < object->count; i++)
			if (str_equal(value_str(&object->members[i].key), key))
				return &object->members[i];
		return NULL;
	}
	if (!object->index || object->count * 2 > object->index->mask)
		build_index(arena, object);
	i = key_index_add(object->index, object->members, key, object->count);
	return i == KEY_INDEX_NONE ? NULL : &object->members[i];
}

const struct member *object_put_member(struct arena *arena, struct object_builder *object, const struct value *key,
				       const struct value *value)
{
	struct member put = { .key = *key, .value = value ? *value : value_null };
	struct member *member = find_member(arena, object, value_str(key)), *earlier;

	if (!member) {
		*ARENA_PUSH(arena, object->members, object->count, object->capacity) = put;
		return NULL;
	}
	earlier = arena_copy(arena, member, sizeof(*member));
	*member = put;
	return earlier;
}

void object_put(struct arena *arena, struct object_builder *object, struct str key, const struct value *value)
{
	struct member *member = find_member(arena, object, key);

	if (member)
		member->value = value ? *value : value_null;
	else
		*ARENA_PUSH(arena, object->members, object->count, object->capacity) =
			(struct member){ .key = value_make_str(key), .value = value ? *value : value_null };
}

void object_remove(struct object_builder *object, struct str key)
{
	for (size_t i = 0; i < object->count; i++) {
		if (!str_equal(value_str(&object->members[i].key), key))
			continue;
		memmove(&object->members[i], &object->members[i + 1],
			(object->count - i - 1) * sizeof(*object->members));
		object->count--;
		object->index = NULL;
		return;
	}
}

const struct value *object_finish(struct arena *arena, struct object_builder *object)
{
	return value_of_members(arena, object->members, object->count);
}

void object_start_from(struct arena *arena, struct object_builder *builder, const struct value *object)
{
	size_t count = value_is(object, VALUE_OBJECT) ? object->length : 0;

	*builder = (struct object_builder){ .count = count, .capacity = count + 4 };
	builder->members = arena_array(arena, builder->capacity, sizeof(*builder->members));
	if (count)
		memcpy(builder->members, object->u.members, count * sizeof(*builder->members));
}

/* -- copies ------------------------------------------------------------------------------------------------------- */

static struct value copy(struct arena *arena, const struct value *v, unsigned depth)
{
	struct value result = *v;

	if (depth >= DEPTH_MAX)
		return value_null;
	if (v->type == VALUE_STRING) {
		result.u.text = str_dup(arena, value_str(v)).p;
	} else if (v->type == VALUE_ARRAY && v->length) {
		struct value *items = arena_array(arena, v->length, sizeof(*items));

		for (uint32_t i = 0; i < v->length; i++)
			items[i] = copy(arena, &v->u.items[i], depth + 1);
		result.u.items = items;
	} else if (v->type == VALUE_OBJECT && v->length) {
		/* The table behind the members holds positions and is seeded by their address: it is made anew. */
		struct member *members = members_seal(arena, v->u.members, v->length, &result.flags);

		for (uint32_t i = 0; i < v->length; i++) {
			members[i].key = copy(arena, &v->u.members[i].key, depth + 1);
			members[i].value = copy(arena, &v->u.members[i].value, depth + 1);
		}
		result.u.members = members;
	}
	return result;
}

const struct value *value_copy(struct arena *arena, const struct value *v)
{
	struct value *result = arena_alloc(arena, sizeof(*result));

	*result = v ? copy(arena, v, 0) : value_null;
	return result;
}

const struct member **value_sorted(struct arena *arena, const struct value *object)
{
	size_t count = value_is(object, VALUE_OBJECT) ? object->length : 0;
	const struct member **sorted = arena_array(arena, count, sizeof(struct member *));

	for (size_t i = 0; i < count; i++)
		sorted[i] = &object->u.members[i];
	if (count > 1)
		qsort(sorted, count, sizeof(struct member *), members_compare);
	return sorted;
}

/* Makes another number of one, or says (without `out`) whether it would. */
typedef bool (*number_function)(const struct value *v, struct value *out);

static bool float_of(const struct value *v, struct value *out)
{
	if (v->type != VALUE_INT)
		return false;
	if (out) {
		out->type = VALUE_FLOAT;
		out->u.number = (double)v->u.integer;
	}
	return true;
}

static bool int_of(const struct value *v, struct value *out)
{
	if (v->type != VALUE_FLOAT || fabs(v->u.number) >= 0x1p63 || v->u.number != trunc(v->u.number))
		return false;
	if (out) {
		out->type = VALUE_INT;
		out->u.integer = (int64_t)v->u.number;
	}
	return true;
}

static bool has_such(const struct value *v, number_function convert, int depth)
{
	if (depth > DEPTH_MAX)
		return false;
	for (VALUE_EACH(item, v))
		if (has_such(item, convert, depth + 1))
			return true;
	for (MEMBER_EACH(m, v))
		if (has_such(&m->value, convert, depth + 1))
			return true;
	return convert(v, NULL);
}

static struct value converted(struct arena *arena, const struct value *v, number_function convert, int depth)
{
	struct value copy = *v;

	if (depth > DEPTH_MAX || convert(v, &copy))
		return copy;
	if (v->type == VALUE_ARRAY) {
		struct value *items = arena_array(arena, v->length, sizeof(*items));

		for (uint32_t i = 0; i < v->length; i++)
			items[i] = converted(arena, &v->u.items[i], convert, depth + 1);
		copy.u.items = items;
	} else if (v->type == VALUE_OBJECT) {
		struct member *members = arena_array(arena, v->length, sizeof(*members));

		for (uint32_t i = 0; i < v->length; i++)
			members[i] = (struct member){ v->u.members[i].key,
						      converted(arena, &v->u.members[i].value, convert, depth + 1) };
		copy.u.members = members;
		copy.flags &= (uint8_t)~VALUE_INDEXED;
	}
	return copy;
}

static const struct value *with_numbers(struct arena *arena, const struct value *v, number_function convert)
{
	struct value copy;

	if (!v || !has_such(v, convert, 0))
		return v;
	copy = converted(arena, v, convert, 0);
	return arena_copy(arena, &copy, sizeof(copy));
}

const struct value *value_as_floats(struct arena *arena, const struct value *v)
{
	return with_numbers(arena, v, float_of);
}

const struct value *value_as_ints(struct arena *arena, const struct value *v)
{
	return with_numbers(arena, v, int_of);
}
