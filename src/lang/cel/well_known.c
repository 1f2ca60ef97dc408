/* Names that every environment knows: the types of the language and of protocol buffers' well-known messages. */
#include "lang/cel/env.h"

#define NAME(text) { "" text, sizeof(text) - 1 }

static const struct cel_type parameter_a = { .kind = CEL_TYPE_PARAMETER, .name = NAME("A") },
			     parameter_b = { .kind = CEL_TYPE_PARAMETER, .name = NAME("B") };
static const struct cel_type list_type = {
	.kind = CEL_TYPE_LIST, .name = NAME("list"), .parameter_count = 1, .parameters = { &parameter_a },
};
static const struct cel_type map_type = {
	.kind = CEL_TYPE_MAP, .name = NAME("map"), .parameter_count = 2, .parameters = { &parameter_a, &parameter_b },
};

#define WRAPPER(identifier, inner, text) \
	static const struct cel_type identifier = { \
		.kind = CEL_TYPE_WRAPPER, .name = NAME(text), .parameter_count = 1, .parameters = { &(inner) }, \
	}
WRAPPER(bool_value, cel_bool, "bool");
WRAPPER(bytes_value, cel_bytes, "bytes");
WRAPPER(double_value, cel_double, "double");
WRAPPER(int_value, cel_int, "int");
WRAPPER(uint_value, cel_uint, "uint");
WRAPPER(string_value, cel_string, "string");

static const struct cel_type optional = { .kind = CEL_TYPE_OPAQUE, .name = NAME("optional_type") };
static const struct cel_type empty = { .kind = CEL_TYPE_STRUCT, .name = NAME("google.protobuf.Empty") };

/* Each type as a value: the variable's type is type(T). */
#define TYPE_NAME(identifier, type_, text) \
	static const struct cel_type identifier##_type = { \
		.kind = CEL_TYPE_TYPE, .name = NAME("type"), .parameter_count = 1, .parameters = { &(type_) }, \
	}; \
	static const struct cel_variable identifier##_name = { \
		.name = NAME(text), .type = &identifier##_type, .is_constant = true, \
		.constant = { .kind = CEL_TYPE, .u.type = &(type_) }, \
	}

TYPE_NAME(a_bool, cel_bool, "bool");
TYPE_NAME(a_bytes, cel_bytes, "bytes");
TYPE_NAME(a_double, cel_double, "double");
TYPE_NAME(a_duration, cel_duration, "google.protobuf.Duration");
TYPE_NAME(a_int, cel_int, "int");
TYPE_NAME(a_list, list_type, "list");
TYPE_NAME(a_map, map_type, "map");
TYPE_NAME(a_null, cel_null, "null_type");
TYPE_NAME(a_string, cel_string, "string");
TYPE_NAME(a_timestamp, cel_timestamp, "google.protobuf.Timestamp");
TYPE_NAME(a_type, cel_type_type, "type");
TYPE_NAME(a_uint, cel_uint, "uint");
TYPE_NAME(an_optional, optional, "optional_type");
TYPE_NAME(an_any, cel_any, "google.protobuf.Any");
TYPE_NAME(an_empty, empty, "google.protobuf.Empty");
TYPE_NAME(a_struct, cel_map_string_dyn, "google.protobuf.Struct");
TYPE_NAME(a_value, cel_dyn, "google.protobuf.Value");
TYPE_NAME(a_list_value, cel_list_dyn, "google.protobuf.ListValue");
TYPE_NAME(a_bool_value, bool_value, "google.protobuf.BoolValue");
TYPE_NAME(a_bytes_value, bytes_value, "google.protobuf.BytesValue");
TYPE_NAME(a_double_value, double_value, "google.protobuf.DoubleValue");
TYPE_NAME(a_float_value, double_value, "google.protobuf.FloatValue");
TYPE_NAME(an_int32_value, int_value, "google.protobuf.Int32Value");
TYPE_NAME(an_int64_value, int_value, "google.protobuf.Int64Value");
TYPE_NAME(a_uint32_value, uint_value, "google.protobuf.UInt32Value");
TYPE_NAME(a_uint64_value, uint_value, "google.protobuf.UInt64Value");
TYPE_NAME(a_string_value, string_value, "google.protobuf.StringValue");

/* The one value of an enumeration that messages here have. */
static const struct cel_variable null_value_name = {
	.name = NAME("google.protobuf.NullValue.NULL_VALUE"), .type = &cel_int, .is_constant = true,
	.constant = { .kind = CEL_INT },
};

static const struct cel_variable *const names[] = {
	&a_int_name, &a_string_name, &a_bool_name, &a_list_name, &a_map_name, &a_double_name, &a_uint_name, &a_bytes_name,
	&a_null_name, &a_type_name, &an_optional_name,
	/* from here on: google.protobuf */
	&a_timestamp_name, &a_duration_name, &an_any_name, &an_empty_name, &a_struct_name, &a_value_name, &a_list_value_name,
	&a_bool_value_name, &a_bytes_value_name, &a_double_value_name, &a_float_value_name, &an_int32_value_name,
	&an_int64_value_name, &a_uint32_value_name, &a_uint64_value_name, &a_string_value_name, &null_value_name,
};
#define FIRST_MESSAGE 11

const struct cel_variable *cel_well_known(struct str name)
{
	bool message = name.n > 16 && str_starts_with(name, STR("google.protobuf."));
	size_t end = message ? sizeof(names) / sizeof(names[0]) : FIRST_MESSAGE;

	if (!message && name.n > 13)
		return NULL;
	for (size_t i = message ? FIRST_MESSAGE : 0; i < end; i++)
		if (str_equal(names[i]->name, name))
			return names[i];
	return NULL;
}

#define FIELD(text, type) { NAME(text), &(type) }

/* The fields of the messages, by what they are in CEL. */
static const struct cel_field *message_fields(const struct cel_type *type)
{
	static const struct cel_field any[] = {
		FIELD("type_url", cel_string), FIELD("value", cel_bytes), { .type = NULL },
	}, instant[] = {
		FIELD("seconds", cel_int), FIELD("nanos", cel_int), { .type = NULL },
	}, value[] = {
		FIELD("null_value", cel_int), FIELD("number_value", cel_double), FIELD("string_value", cel_string),
		FIELD("bool_value", cel_bool), FIELD("struct_value", cel_map_string_dyn),
		FIELD("list_value", cel_list_dyn), { .type = NULL },
	}, list[] = {
		FIELD("values", cel_list_dyn), { .type = NULL },
	}, map[] = {
		FIELD("fields", cel_map_string_dyn), { .type = NULL },
	}, none[] = {
		{ .type = NULL },
	};

	switch (type->kind) {
	case CEL_TYPE_ANY:
		return any;
	case CEL_TYPE_TIMESTAMP:
	case CEL_TYPE_DURATION:
		return instant;
	case CEL_TYPE_DYN:
		return value;
	case CEL_TYPE_NULL:
		return none;
	case CEL_TYPE_LIST:
		return type->parameters[0] == &cel_dyn ? list : NULL;
	case CEL_TYPE_MAP:
		return type->parameters[0] == &cel_string && type->parameters[1] == &cel_dyn ? map : NULL;
	default:
		return NULL;
	}
}

bool cel_well_known_message(const struct cel_type *type)
{
	return type->kind == CEL_TYPE_WRAPPER || message_fields(type);
}

const struct cel_type *cel_well_known_field(const struct cel_type *type, struct str field)
{
	if (type->kind == CEL_TYPE_WRAPPER)
		return str_is(field, "value") ? type->parameters[0] : NULL;
	for (const struct cel_field *f = message_fields(type); f && f->type; f++)
		if (str_equal(f->name, field))
			return f->type;
	return NULL;
}
