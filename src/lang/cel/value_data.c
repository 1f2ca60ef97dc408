/* Values as documents, for answers, patches and JSON. */
#include "data/instant.h"
#include "data/quantity.h"
#include "lang/cel/value.h"

#define DEPTH_MAX 512

static const struct value *convert(struct arena *arena, const struct cel_value *v, unsigned depth, struct error **err);

static const struct value *base64_of(struct arena *arena, struct str bytes)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = arena_alloc(arena, bytes.n / 3 * 4 + 5);
	size_t n = 0;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t word = (uint32_t)(unsigned char)bytes.p[i] << 16;

		if (left > 1)
			word |= (uint32_t)(unsigned char)bytes.p[i + 1] << 8;
		if (left > 2)
			word |= (unsigned char)bytes.p[i + 2];
		out[n++] = digits[word >> 18];
		out[n++] = digits[word >> 12 & 63];
		out[n++] = left > 1 ? digits[word >> 6 & 63] : '=';
		out[n++] = left > 2 ? digits[word & 63] : '=';
	}
	return value_of_str(arena, str_make(out, n));
}

/* "3.5s", as protobuf's JSON has it: 0, 3, 6 or 9 digits. */
static const struct value *duration_of(struct arena *arena, int64_t nanoseconds)
{
	uint64_t size = nanoseconds < 0 ? 0 - (uint64_t)nanoseconds : (uint64_t)nanoseconds;
	const char *sign = nanoseconds < 0 ? "-" : "";
	unsigned long long seconds = size / 1000000000, rest = size % 1000000000;
	struct str text;

	if (rest == 0)
		text = str_format(arena, "%s%llus", sign, seconds);
	else if (rest % 1000000 == 0)
		text = str_format(arena, "%s%llu.%03llus", sign, seconds, rest / 1000000);
	else if (rest % 1000 == 0)
		text = str_format(arena, "%s%llu.%06llus", sign, seconds, rest / 1000);
	else
		text = str_format(arena, "%s%llu.%09llus", sign, seconds, rest);
	return value_of_str(arena, text);
}

static const struct value *timestamp_of(struct arena *arena, const struct cel_value *v)
{
	struct instant t = instant_from_unix(v->u.integer);

	t.nanoseconds = (int32_t)v->length;
	return value_of_str(arena, instant_format(arena, &t, STR("2006-01-02T15:04:05.999999999Z07:00")));
}

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
		return v->flags & CEL_ENCODED ? value_of_str(arena, cel_str(v)) : base64_of(arena, cel_str(v));
	case CEL_TIMESTAMP:
		return timestamp_of(arena, v);
	case CEL_DURATION:
		return duration_of(arena, v->u.integer);
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
