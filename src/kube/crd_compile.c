/*
 * openAPIV3Schema → struct crd_schema.
 */
#include "kube/crd.h"

#define DEPTH_MAX 100

struct compiling {
	struct arena *arena;
	struct error **err;
};

static struct crd_schema *compile(struct compiling *compiling, const struct value *source, int depth);

static bool flag(const struct value *source, const char *name)
{
	return value_bool(value_get(source, str_of(name)), false);
}

static struct crd_bound bound(const struct value *source, const char *name)
{
	const struct value *value = value_get(source, str_of(name));

	if (!value_is_number(value))
		return (struct crd_bound){ 0 };
	return (struct crd_bound){ .given = true,
				   .limit = value->type == VALUE_INT ? value->u.integer : (int64_t)value->u.number };
}

static const struct value *number(const struct value *source, const char *name)
{
	const struct value *value = value_get(source, str_of(name));

	return value_is_number(value) ? value : NULL;
}

static const struct value *array(const struct value *source, const char *name)
{
	const struct value *value = value_get(source, str_of(name));

	return value_is(value, VALUE_ARRAY) && value->length > 0 ? value : NULL;
}

static int compare_properties(const void *a, const void *b)
{
	return str_compare(((const struct crd_property *)a)->name, ((const struct crd_property *)b)->name);
}

static bool is_required(const struct crd_schema *schema, struct str name)
{
	for (VALUE_EACH(item, schema->required))
		if (str_equal(value_str(item), name))
			return true;
	return false;
}

static int compile_properties(struct compiling *compiling, struct crd_schema *schema, int depth)
{
	const struct value *properties = value_field(schema->source, "properties");

	schema->has_properties = value_is(properties, VALUE_OBJECT) && properties->length > 0;
	if (!schema->has_properties)
		return 0;
	schema->properties = arena_array(compiling->arena, properties->length, sizeof(*schema->properties));
	for (MEMBER_EACH(m, properties)) {
		struct crd_schema *below = compile(compiling, &m->value, depth + 1);
		struct str name = value_str(&m->key);

		if (!below)
			return -1;
		schema->properties[schema->property_count++] =
			(struct crd_property){ .name = name, .schema = below, .required = is_required(schema, name) };
	}
	qsort(schema->properties, schema->property_count, sizeof(*schema->properties), compare_properties);
	return 0;
}

static int compile_list(struct compiling *compiling, struct crd_list *list, const struct value *source,
			const char *name, int depth)
{
	const struct value *values = array(source, name);

	if (!values)
		return 0;
	list->items = arena_array(compiling->arena, values->length, sizeof(*list->items));
	for (VALUE_EACH(value, values)) {
		const struct crd_schema *below = compile(compiling, value, depth + 1);

		if (!below)
			return -1;
		list->items[list->count++] = below;
	}
	return 0;
}

static int compile_below(struct compiling *compiling, struct crd_schema *schema, int depth)
{
	const struct value *source = schema->source, *additional = value_field(source, "additionalProperties");
	const struct value *items = value_field(source, "items"), *none_of = value_field(source, "not");

	if (compile_properties(compiling, schema, depth) < 0)
		return -1;
	if (value_is(items, VALUE_OBJECT) && !(schema->items = compile(compiling, items, depth + 1)))
		return -1;
	schema->additional_given = !value_is_null(additional);
	schema->additional_allowed = value_is(additional, VALUE_OBJECT) || value_bool(additional, false);
	if (value_is(additional, VALUE_OBJECT) && !(schema->additional = compile(compiling, additional, depth + 1)))
		return -1;
	if (value_is(none_of, VALUE_OBJECT) && !(schema->none_of = compile(compiling, none_of, depth + 1)))
		return -1;
	if (compile_list(compiling, &schema->all_of, source, "allOf", depth) < 0 ||
	    compile_list(compiling, &schema->any_of, source, "anyOf", depth) < 0)
		return -1;
	return compile_list(compiling, &schema->one_of, source, "oneOf", depth);
}

static enum schema_type type_of(const struct crd_schema *schema)
{
	if (schema->int_or_string)
		return SCHEMA_INT_OR_STRING;
	if (str_is(schema->type, "string"))
		return SCHEMA_STRING;
	if (str_is(schema->type, "integer"))
		return SCHEMA_INTEGER;
	if (str_is(schema->type, "number"))
		return SCHEMA_NUMBER;
	if (str_is(schema->type, "boolean"))
		return SCHEMA_BOOLEAN;
	if (str_is(schema->type, "array"))
		return schema->items ? SCHEMA_ARRAY : SCHEMA_ANY;
	if (!str_is(schema->type, "object"))
		return SCHEMA_ANY;
	if (schema->has_properties || schema->embedded)
		return SCHEMA_OBJECT;
	return schema->additional ? SCHEMA_MAP : SCHEMA_ANY;
}

static void take_list_type(struct compiling *compiling, struct crd_schema *schema)
{
	const struct value *keys = array(schema->source, "x-kubernetes-list-map-keys");
	struct str type = value_str(value_field(schema->source, "x-kubernetes-list-type"));
	struct str *names;

	schema->list_given = type.n > 0;
	if (str_is(type, "set"))
		schema->head.flags |= NODE_SET;
	if (str_is(type, "map"))
		schema->head.flags |= NODE_MAP_LIST;
	if (!keys)
		return;
	schema->keys = names = arena_array(compiling->arena, keys->length, sizeof(*names));
	for (VALUE_EACH(key, keys))
		names[schema->key_count++] = value_str(key);
}

static void take_values(struct crd_schema *schema)
{
	const struct value *source = schema->source;

	schema->default_value = value_field(source, "default");
	schema->enumeration = array(source, "enum");
	schema->required = array(source, "required");
	schema->minimum = number(source, "minimum");
	schema->maximum = number(source, "maximum");
	schema->multiple_of = number(source, "multipleOf");
	schema->exclusive_minimum = flag(source, "exclusiveMinimum");
	schema->exclusive_maximum = flag(source, "exclusiveMaximum");
	schema->min_length = bound(source, "minLength");
	schema->max_length = bound(source, "maxLength");
	schema->min_items = bound(source, "minItems");
	schema->max_items = bound(source, "maxItems");
	schema->min_properties = bound(source, "minProperties");
	schema->max_properties = bound(source, "maxProperties");
	schema->pattern = value_str(value_field(source, "pattern"));
	schema->rules = array(source, "x-kubernetes-validations");
}

static struct crd_schema *compile(struct compiling *compiling, const struct value *source, int depth)
{
	struct crd_schema *schema;

	if (depth > DEPTH_MAX) {
		error_set(compiling->err, ERROR_LIMIT, "the schema is nested more than %d deep", DEPTH_MAX);
		return NULL;
	}
	if (!value_is(source, VALUE_OBJECT)) {
		error_set_at(compiling->err, ERROR_INVALID, source ? value_place(source) : (struct place){ 0 },
			     "a schema has to be an object");
		return NULL;
	}
	schema = ARENA_NEW(compiling->arena, struct crd_schema);
	schema->source = source;
	schema->head.flags = NODE_CUSTOM;
	schema->type = value_str(value_field(source, "type"));
	schema->format = value_str(value_field(source, "format"));
	schema->nullable = flag(source, "nullable");
	schema->preserves = flag(source, "x-kubernetes-preserve-unknown-fields");
	schema->embedded = flag(source, "x-kubernetes-embedded-resource");
	schema->int_or_string = flag(source, "x-kubernetes-int-or-string");
	take_values(schema);
	take_list_type(compiling, schema);
	if (str_is(value_str(value_field(source, "x-kubernetes-map-type")), "atomic"))
		schema->head.flags |= NODE_ATOMIC;
	if (compile_below(compiling, schema, depth) < 0)
		return NULL;
	schema->head.type = (uint8_t)type_of(schema);
	return schema;
}

const struct crd_schema *crd_compile(struct arena *arena, const struct value *schema, struct error **err)
{
	struct compiling compiling = { .arena = arena, .err = err };

	return compile(&compiling, schema, 0);
}

/* -- what every resource has -------------------------------------------------------------------------------------- */

static bool has_type(const struct crd_schema *schema, const char *name, const char *type)
{
	const struct crd_property *property = schema ? crd_property_find(schema, str_of(name)) : NULL;

	return property && str_equal(property->schema->type, str_of(type));
}

static const struct crd_schema *string_schema(struct arena *arena)
{
	struct crd_schema *schema = ARENA_NEW(arena, struct crd_schema);

	schema->source = &value_empty_object;
	schema->head = (struct schema){ .type = SCHEMA_STRING, .flags = NODE_CUSTOM };
	schema->type = STR("string");
	return schema;
}

/* There is room for one more. */
static void put_property(struct crd_schema *schema, const char *name, const struct crd_schema *below)
{
	struct crd_property *property;
	size_t i = 0;

	while (i < schema->property_count && !str_equal(schema->properties[i].name, str_of(name)))
		i++;
	property = &schema->properties[i];
	if (i == schema->property_count) {
		schema->property_count++;
		*property = (struct crd_property){ .name = str_of(name) };
	}
	property->schema = below;
}

const struct crd_schema *crd_with_metadata(struct arena *arena, const struct crd_schema *schema)
{
	const struct crd_property *metadata = crd_property_find(schema, STR("metadata"));
	const struct crd_schema *inner = metadata ? metadata->schema : NULL, *text;
	struct crd_schema *out, *meta;

	if (has_type(schema, "kind", "string") && has_type(schema, "apiVersion", "string") &&
	    has_type(schema, "metadata", "object") && has_type(inner, "name", "string") &&
	    has_type(inner, "generateName", "string"))
		return schema;
	out = arena_copy(arena, schema, sizeof(*out));
	out->properties = arena_array(arena, schema->property_count + 3, sizeof(*out->properties));
	if (schema->property_count)
		memcpy(out->properties, schema->properties, schema->property_count * sizeof(*out->properties));
	text = string_schema(arena);
	meta = ARENA_NEW(arena, struct crd_schema);
	meta->source = &value_empty_object;
	meta->head = (struct schema){ .type = SCHEMA_OBJECT, .flags = NODE_CUSTOM };
	meta->type = STR("object");
	meta->has_properties = true;
	meta->properties = arena_array(arena, 2, sizeof(*meta->properties));
	put_property(meta, "generateName", text);
	put_property(meta, "name", text);
	put_property(out, "apiVersion", text);
	put_property(out, "kind", text);
	put_property(out, "metadata", meta);
	qsort(out->properties, out->property_count, sizeof(*out->properties), compare_properties);
	out->has_properties = true;
	out->head.type = SCHEMA_OBJECT;
	return out;
}
