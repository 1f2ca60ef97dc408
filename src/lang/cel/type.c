#include "lang/cel/env.h"

/* Types nest as deeply as expressions do; beyond this nobody reads a message. */
#define TEXT_DEPTH 300

#define SIMPLE(identifier, kind_, text) \
	const struct cel_type identifier = { .kind = (kind_), .name = { "" text, sizeof(text) - 1 } }

SIMPLE(cel_dyn, CEL_TYPE_DYN, "dyn");
SIMPLE(cel_null, CEL_TYPE_NULL, "null_type");
SIMPLE(cel_bool, CEL_TYPE_BOOL, "bool");
SIMPLE(cel_int, CEL_TYPE_INT, "int");
SIMPLE(cel_uint, CEL_TYPE_UINT, "uint");
SIMPLE(cel_double, CEL_TYPE_DOUBLE, "double");
SIMPLE(cel_string, CEL_TYPE_STRING, "string");
SIMPLE(cel_bytes, CEL_TYPE_BYTES, "bytes");
SIMPLE(cel_timestamp, CEL_TYPE_TIMESTAMP, "google.protobuf.Timestamp");
SIMPLE(cel_duration, CEL_TYPE_DURATION, "google.protobuf.Duration");
SIMPLE(cel_type_type, CEL_TYPE_TYPE, "type");
SIMPLE(cel_any, CEL_TYPE_ANY, "google.protobuf.Any");
SIMPLE(cel_error, CEL_TYPE_ERROR, "error");

const struct cel_type cel_list_dyn = {
	.kind = CEL_TYPE_LIST, .name = { "list", 4 }, .parameter_count = 1, .parameters = { &cel_dyn },
};
const struct cel_type cel_map_dyn = {
	.kind = CEL_TYPE_MAP, .name = { "map", 3 }, .parameter_count = 2, .parameters = { &cel_dyn, &cel_dyn },
};
const struct cel_type cel_map_string_dyn = {
	.kind = CEL_TYPE_MAP, .name = { "map", 3 }, .parameter_count = 2, .parameters = { &cel_string, &cel_dyn },
};
const struct cel_type cel_optional_dyn = {
	.kind = CEL_TYPE_OPAQUE, .name = { "optional_type", 13 }, .parameter_count = 1, .parameters = { &cel_dyn },
};

struct cel_type *cel_type_new(struct arena *arena, enum cel_type_kind kind, struct str name,
			      const struct cel_type *first, const struct cel_type *second)
{
	struct cel_type *type = ARENA_NEW(arena, struct cel_type);

	type->kind = kind;
	type->name = name;
	type->parameters[0] = first;
	type->parameters[1] = second;
	type->parameter_count = (uint8_t)((first != NULL) + (second != NULL));
	return type;
}

const struct cel_type *cel_list_of(struct arena *arena, const struct cel_type *item)
{
	return item == &cel_dyn ? &cel_list_dyn : cel_type_new(arena, CEL_TYPE_LIST, cel_list_dyn.name, item, NULL);
}

const struct cel_type *cel_map_of(struct arena *arena, const struct cel_type *key, const struct cel_type *value)
{
	if (value == &cel_dyn && key == &cel_dyn)
		return &cel_map_dyn;
	if (value == &cel_dyn && key == &cel_string)
		return &cel_map_string_dyn;
	return cel_type_new(arena, CEL_TYPE_MAP, cel_map_dyn.name, key, value);
}

const struct cel_type *cel_optional_of(struct arena *arena, const struct cel_type *item)
{
	if (item == &cel_dyn)
		return &cel_optional_dyn;
	return cel_type_new(arena, CEL_TYPE_OPAQUE, cel_optional_dyn.name, item, NULL);
}

const struct cel_type *cel_type_of_type(struct arena *arena, const struct cel_type *type)
{
	return cel_type_new(arena, CEL_TYPE_TYPE, cel_type_type.name, type, NULL);
}

const struct cel_type *cel_opaque(struct arena *arena, struct str name)
{
	return cel_type_new(arena, CEL_TYPE_OPAQUE, name, NULL, NULL);
}

bool cel_type_is_optional(const struct cel_type *type)
{
	return type->kind == CEL_TYPE_OPAQUE && type->parameter_count == 1 && str_is(type->name, "optional_type");
}

const struct cel_type *cel_type_field(const struct cel_type *type, struct str field)
{
	for (size_t i = 0; i < type->field_count; i++)
		if (str_equal(type->fields[i].name, field))
			return type->fields[i].type;
	return type->find_field ? type->find_field(type, field) : NULL;
}

/* A type without parameters is the same by its name, whether its fields are known or not. */
static bool same_kind(const struct cel_type *a, const struct cel_type *b)
{
	return a->kind == b->kind ||
	       ((a->kind == CEL_TYPE_OPAQUE || a->kind == CEL_TYPE_STRUCT) &&
		(b->kind == CEL_TYPE_OPAQUE || b->kind == CEL_TYPE_STRUCT));
}

bool cel_type_equal(const struct cel_type *a, const struct cel_type *b)
{
	if (a->kind == CEL_TYPE_WRAPPER)
		a = a->parameters[0];
	if (b->kind == CEL_TYPE_WRAPPER)
		b = b->parameters[0];
	if (a == b)
		return true;
	if (!same_kind(a, b) || a->parameter_count != b->parameter_count)
		return false;
	if (!str_equal(a->name, b->name))
		return false;
	for (size_t i = 0; i < a->parameter_count; i++)
		if (!cel_type_equal(a->parameters[i], b->parameters[i]))
			return false;
	return true;
}

/* The names that messages use where they are not the types' own. */
static struct str short_name(const struct cel_type *type)
{
	switch (type->kind) {
	case CEL_TYPE_TIMESTAMP:
		return STR("timestamp");
	case CEL_TYPE_DURATION:
		return STR("duration");
	case CEL_TYPE_NULL:
		return STR("null");
	case CEL_TYPE_ANY:
		return STR("any");
	case CEL_TYPE_ERROR:
		return STR("!error!");
	default:
		return type->name;
	}
}

static void add_text(struct buf *out, const struct cel_type *type, bool full, unsigned depth)
{
	if (depth > TEXT_DEPTH) {
		buf_add(out, STR("…"));
		return;
	}
	if (full && type->kind == CEL_TYPE_PARAMETER) {
		buf_printf(out, "<" STR_FMT ">", STR_ARG(type->name));
		return;
	}
	buf_add(out, type->kind == CEL_TYPE_WRAPPER ? STR("wrapper") : full ? type->name : short_name(type));
	if (!type->parameter_count)
		return;
	buf_add_char(out, '(');
	for (size_t i = 0; i < type->parameter_count; i++) {
		if (i)
			buf_add(out, STR(", "));
		add_text(out, type->parameters[i], full, depth + 1);
	}
	buf_add_char(out, ')');
}

void cel_type_print(struct buf *out, const struct cel_type *type)
{
	add_text(out, type, false, 0);
}

static struct str text(struct arena *arena, const struct cel_type *type, bool full)
{
	struct buf out = { 0 };
	struct str result;

	if (!type->parameter_count && !full)
		return short_name(type);
	add_text(&out, type, full, 0);
	result = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return result;
}

struct str cel_type_text(struct arena *arena, const struct cel_type *type)
{
	return text(arena, type, false);
}

struct str cel_type_full_text(struct arena *arena, const struct cel_type *type)
{
	return text(arena, type, true);
}

/* cel-go's IsAssignableType: without type variables being bound. */
bool cel_type_accepts(const struct cel_type *to, const struct cel_type *from)
{
	if (to == from || to->kind == CEL_TYPE_DYN || to->kind == CEL_TYPE_ANY || to->kind == CEL_TYPE_PARAMETER)
		return true;
	if (to->kind == CEL_TYPE_WRAPPER && from->kind == CEL_TYPE_NULL)
		return true;
	if (to->kind == CEL_TYPE_WRAPPER)
		to = to->parameters[0];
	if (from->kind == CEL_TYPE_WRAPPER)
		from = from->parameters[0];
	if (!same_kind(to, from) || to->parameter_count != from->parameter_count || !str_equal(to->name, from->name))
		return false;
	for (size_t i = 0; i < to->parameter_count; i++)
		if (!cel_type_accepts(to->parameters[i], from->parameters[i]))
			return false;
	return true;
}
