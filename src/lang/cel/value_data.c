/* Values as documents, for answers, patches and JSON. */
#include "data/base64.h"
#include "data/quantity.h"
#include "lang/cel/standard.h"

#define DEPTH_MAX 512

static const struct value *convert(struct arena *arena, const struct cel_value *v, unsigned depth, struct error **err);

static const struct value *list_of(struct arena *arena, const struct cel_value *v, unsigned depth, struct error **err)
{
	struct value *items = arena_array(arena, v->length, sizeof(*items));

	for (size_t i = 0; i < v->length; i++) {
		struct cel_value item = cel_item(v, i);
		const struct value *data = convert(arena, &item, depth, err);

		if (!data)
			return NULL;
		items[i] = *data;
	}
	return value_of_items(arena, items, v->length);
}

/* Keys of protobuf's JSON: bools and numbers as text. */
static bool key_text(struct arena *arena, const struct cel_value *key, struct str *out)
{
	switch (key->kind) {
	case CEL_STRING:
		*out = cel_str(key);
		return true;
	case CEL_BOOL:
		*out = key->u.boolean ? STR("true") : STR("false");
		return true;
	case CEL_INT:
		*out = str_format(arena, "%lld", (long long)key->u.integer);
		return true;
	case CEL_UINT:
		*out = str_format(arena, "%llu", (unsigned long long)key->u.uinteger);
		return true;
	default:
		return false;
	}
}

static const struct value *map_of(struct arena *arena, const struct cel_value *v, unsigned depth, struct error **err)
{
	struct object_builder object = { 0 };
	size_t count = cel_map_count(v);

	for (size_t i = 0; i < count; i++) {
		struct cel_value key, value;
		const struct value *data;
		struct str text;

		cel_entry_at(v, i, &key, &value);
		if (!key_text(arena, &key, &text)) {
			error_set(err, ERROR_INVALID, "a map with keys of type " STR_FMT " has no JSON",
				  STR_ARG(cel_type_of(&key)->name));
			return NULL;
		}
		data = convert(arena, &value, depth, err);
		if (!data)
			return NULL;
		object_put(arena, &object, text, data);
	}
	return object_finish(arena, &object);
}

static const struct value *message_of(struct arena *arena, const struct cel_message *message, unsigned depth,
				      struct error **err)
{
	struct object_builder object = { 0 };

	for (size_t i = 0; i < message->count; i++) {
		const struct value *data = convert(arena, &message->fields[i].value, depth, err);

		if (!data)
			return NULL;
		object_put(arena, &object, message->fields[i].name, data);
	}
	return object_finish(arena, &object);
}

static const struct value *refuse(const struct cel_value *v, struct error **err)
{
	error_set(err, ERROR_INVALID, "a value of type " STR_FMT " has no JSON", STR_ARG(cel_type_of(v)->name));
	return NULL;
}

static const struct value *double_of(struct arena *arena, const struct cel_value *v, struct error **err)
{
	struct value number = { .type = VALUE_FLOAT, .u.number = v->u.number };

	if (!__builtin_isfinite(v->u.number)) {
		error_set(err, ERROR_INVALID, "a number that is not finite has no JSON");
		return NULL;
	}
	return arena_copy(arena, &number, sizeof(number));
}

static const struct value *uint_of(struct arena *arena, uint64_t number)
{
	return number <= INT64_MAX ? value_of_int(arena, (int64_t)number) : value_of_double(arena, (double)number);
}

static const struct value *convert(struct arena *arena, const struct cel_value *v, unsigned depth, struct error **err)
{
	if (depth > DEPTH_MAX) {
		error_set(err, ERROR_LIMIT, "a value nested more than %d levels has no JSON", DEPTH_MAX);
		return NULL;
	}
	switch ((enum cel_kind)v->kind) {
	case CEL_NULL:
		return &value_null;
	case CEL_BOOL:
		return value_of_bool(v->u.boolean);
	case CEL_INT:
		return value_of_int(arena, v->u.integer);
	case CEL_UINT:
		return uint_of(arena, v->u.uinteger);
	case CEL_DOUBLE:
		return double_of(arena, v, err);
	case CEL_STRING:
		return value_of_str(arena, cel_str(v));
	case CEL_BYTES:
		return v->flags & CEL_ENCODED ? value_of_str(arena, cel_str(v))
					      : value_of_str(arena, base64_text(arena, cel_str(v)));
	case CEL_TIMESTAMP:
	case CEL_DURATION:
		return value_of_str(arena, cel_scalar_text(arena, v));
	case CEL_LIST:
	case CEL_MAP:
		if (v->flags & CEL_DATA)
			return v->u.data;
		return v->kind == CEL_LIST ? list_of(arena, v, depth + 1, err) : map_of(arena, v, depth + 1, err);
	case CEL_OPTIONAL:
		return v->u.optional ? convert(arena, v->u.optional, depth + 1, err) : &value_null;
	case CEL_STRUCT:
		return message_of(arena, v->u.message, depth + 1, err);
	case CEL_OBJECT: {
		const struct value *data = v->of.class->to_data ? v->of.class->to_data(arena, v) : NULL;

		return data ? data : refuse(v, err);
	}
	case CEL_TYPE:
	case CEL_ERROR:
		break;
	}
	return refuse(v, err);
}

const struct value *cel_to_data(struct arena *arena, const struct cel_value *v, struct error **err)
{
	return convert(arena, v, 0, err);
}
