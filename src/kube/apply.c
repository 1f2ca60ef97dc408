#include "kube/apply.h"

#include "base/map.h"
#include "data/json.h"
#include "data/quote.h"

#define DEPTH_MAX 256

struct merging {
	struct arena *arena;
	const struct schema *root;
	struct str *errors;
	size_t error_count, error_capacity;
	struct str atomics; /* ".spec.selector, .spec.x" */
};

static void complain(struct merging *merging, struct str path, struct str message)
{
	*ARENA_PUSH(merging->arena, merging->errors, merging->error_count, merging->error_capacity) =
		path.n ? str_format(merging->arena, STR_FMT ": " STR_FMT, STR_ARG(path), STR_ARG(message)) : message;
}

static int report(struct merging *merging, const char *what, struct error **err)
{
	struct str text = STR("errors:");

	if (merging->error_count == 0)
		return 0;
	if (merging->error_count == 1)
		return error_set(err, ERROR_INVALID, "%s" STR_FMT, what, STR_ARG(merging->errors[0]));
	for (size_t i = 0; i < merging->error_count; i++)
		text = str_format(merging->arena, STR_FMT "\n  " STR_FMT, STR_ARG(text), STR_ARG(merging->errors[i]));
	return error_set(err, ERROR_INVALID, "%s" STR_FMT, what, STR_ARG(text));
}

/* -- what the schema makes of a value ------------------------------------------------------------------------------ */

enum shape { SHAPE_SCALAR, SHAPE_LIST, SHAPE_MAP };

static bool is_untyped(const struct schema *schema)
{
	return !schema || schema_type(schema) == SCHEMA_ANY;
}

/* By the schema; of what has none, by the value. */
static enum shape shape_of(const struct schema *schema, const struct value *value)
{
	if (is_untyped(schema))
		return value_is(value, VALUE_OBJECT)  ? SHAPE_MAP
		       : value_is(value, VALUE_ARRAY) ? SHAPE_LIST
						      : SHAPE_SCALAR;
	switch (schema_type(schema)) {
	case SCHEMA_OBJECT:
	case SCHEMA_MAP:
		return SHAPE_MAP;
	case SCHEMA_ARRAY:
		return SHAPE_LIST;
	default:
		return SHAPE_SCALAR;
	}
}

static bool is_atomic_list(const struct schema *schema)
{
	return is_untyped(schema) || schema_list_type(schema) == SCHEMA_LIST_ATOMIC;
}

/* A named field; metadata is the same for all kinds, whatever the schema of a custom resource says of it. */
static const struct schema *field_schema(const struct merging *merging, const struct schema *schema, struct str key)
{
	if (is_untyped(schema) || schema_type(schema) != SCHEMA_OBJECT)
		return NULL;
	if (schema == merging->root && str_is(key, "metadata"))
		schema = schema_of_kind((struct gvk){ STR(""), STR("v1"), STR("ConfigMap") });
	return schema_field(schema, key);
}

/* The schema of a member; false when the schema does not know it. */
static bool member_schema(const struct merging *merging, const struct schema *schema, struct str key,
			  const struct schema **out)
{
	*out = field_schema(merging, schema, key);
	if (is_untyped(schema))
		return true;
	if (!*out && schema_items(schema))
		*out = schema_items(schema);
	return *out != NULL;
}

/* -- items of associative lists ------------------------------------------------------------------------------------ */

static struct str shown(struct arena *arena, const struct value *v)
{
	return value_is(v, VALUE_STRING) ? quote(arena, value_str(v)) : json_text(arena, v, JSON_COMPACT);
}

/* What an item that leaves a key out has there. */
static const struct value *key_default(const struct schema *item, struct str key)
{
	static const struct value tcp = { .type = VALUE_STRING, .length = 3, .u.text = "TCP" },
				  zero = { .type = VALUE_INT };
	const struct schema *field = schema_field(item, key);

	if (!field)
		return NULL;
	if (str_is(key, "protocol"))
		return &tcp;
	if (!schema_field_required(item, key))
		return NULL;
	switch (schema_type(field)) {
	case SCHEMA_INTEGER:
	case SCHEMA_NUMBER:
		return &zero;
	case SCHEMA_STRING:
		return &value_empty_string;
	default:
		return NULL;
	}
}

/* "[containerPort=80,protocol="TCP"]": which item it is. False: it cannot be told, and why. */
static bool key_of_map_item(struct merging *merging, const struct schema *list, const struct value *item,
			    struct str *out)
{
	struct arena *arena = merging->arena;
	size_t count, found = 0;
	const struct str *keys = schema_list_keys(list, &count);
	struct object_builder fields = { 0 };
	const struct member **sorted;
	const struct value *object;

	if (value_is_null(item)) {
		*out = STR("associative list with keys may not have a null element");
		return false;
	}
	if (item->type != VALUE_OBJECT) {
		*out = STR("associative list with keys may not have non-map elements");
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		const struct value *value = value_get(item, keys[i]);

		if (!value)
			value = key_default(schema_items(list), keys[i]);
		if (!value)
			continue;
		object_put(arena, &fields, keys[i], value);
		found++;
	}
	if (!found) {
		struct str names = STR("");

		for (size_t i = 0; i < count; i++)
			names = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(names), i ? " " : "",
					   STR_ARG(quote(arena, keys[i])));
		*out = str_format(arena,
				  "associative list with keys has an element that omits all key fields [" STR_FMT
				  "] (and doesn't have default values for any key fields)",
				  STR_ARG(names));
		return false;
	}
	object = object_finish(arena, &fields);
	sorted = value_sorted(arena, object);
	*out = STR("[");
	for (size_t i = 0; i < found; i++)
		*out = str_format(arena, STR_FMT "%s" STR_FMT "=" STR_FMT, STR_ARG(*out), i ? "," : "",
				  STR_ARG(value_str(&sorted[i]->key)), STR_ARG(shown(arena, &sorted[i]->value)));
	*out = str_concat(arena, *out, STR("]"));
	return true;
}

static bool key_of_item(struct merging *merging, const struct schema *list, const struct value *item, struct str *out)
{
	if (schema_list_type(list) == SCHEMA_LIST_MAP)
		return key_of_map_item(merging, list, item, out);
	if (value_is_null(item)) {
		*out = STR("associative list without keys has an element that's an explicit null");
		return false;
	}
	if (item->type == VALUE_OBJECT) {
		*out = STR("associative list without keys has an element that's a map type");
		return false;
	}
	if (item->type == VALUE_ARRAY) {
		*out = STR("not supported: associative list with lists as elements");
		return false;
	}
	*out = str_format(merging->arena, "[=" STR_FMT "]", STR_ARG(shown(merging->arena, item)));
	return true;
}

/* -- does the patch fit its schema? -------------------------------------------------------------------------------- */

static const char *go_type(const struct value *v)
{
	switch (v->type) {
	case VALUE_STRING:
		return "string";
	case VALUE_BOOL:
		return "bool";
	case VALUE_INT:
		return "int64";
	case VALUE_FLOAT:
		return "float64";
	case VALUE_ARRAY:
		return "[]interface {}";
	case VALUE_OBJECT:
		return "map[string]interface {}";
	default:
		return "structpb.NullValue";
	}
}

/* In messages that show a value: CEL's null is a number with a name for the API server, and fits nowhere. */
static struct str bare(struct arena *arena, const struct value *v)
{
	if (v->type == VALUE_NULL)
		return STR("NULL_VALUE");
	return v->type == VALUE_STRING ? value_str(v) : json_text(arena, v, JSON_COMPACT);
}

static void complain_kind(struct merging *merging, struct str path, const char *expected, const struct value *value)
{
	complain(merging, path,
		 str_format(merging->arena, "expected %s, got &{" STR_FMT "}", expected,
			    STR_ARG(bare(merging->arena, value))));
}

static void check_scalar(struct merging *merging, const struct schema *schema, struct str path,
			 const struct value *value)
{
	switch (schema ? schema_type(schema) : SCHEMA_ANY) {
	case SCHEMA_INTEGER:
	case SCHEMA_NUMBER:
		if (!value_is_number(value))
			complain(merging, path,
				 str_format(merging->arena, "expected numeric (int or float), got %s", go_type(value)));
		return;
	case SCHEMA_STRING:
	case SCHEMA_TIME:
		if (value->type != VALUE_STRING)
			complain(merging, path,
				 str_format(
					 merging->arena,
					 "expected string, got &value.valueUnstructured{Value:" STR_FMT "}",
					 STR_ARG(value->type == VALUE_NULL ? STR("0") : shown(merging->arena, value))));
		return;
	case SCHEMA_BOOLEAN:
		if (value->type != VALUE_BOOL)
			complain_kind(merging, path, "boolean", value);
		return;
	default:
		if (value->type == VALUE_NULL || value->type >= VALUE_ARRAY)
			complain_kind(merging, path, is_untyped(schema) ? "map" : "any scalar", value);
	}
}

static void check(struct merging *merging, const struct schema *schema, struct str path, const struct value *value,
		  int depth);

static void check_list(struct merging *merging, const struct schema *schema, struct str path, const struct value *list,
		       int depth)
{
	const struct schema *items = is_untyped(schema) ? NULL : schema_items(schema);
	bool associative = !is_atomic_list(schema);
	struct map seen;

	map_init(&seen, merging->arena);
	for (size_t i = 0; i < list->length; i++) {
		struct str key = str_format(merging->arena, "[%zu]", i), where;

		if (associative && !key_of_item(merging, schema, &list->u.items[i], &key)) {
			complain(merging, path, str_format(merging->arena, "element %zu: " STR_FMT, i, STR_ARG(key)));
			return;
		}
		where = str_concat(merging->arena, path, key);
		if (associative && map_has(&seen, key))
			complain(merging, path, str_concat(merging->arena, STR("duplicate entries for key "), key));
		map_put(&seen, key, merging);
		check(merging, items, where, &list->u.items[i], depth + 1);
	}
}

static void check_map(struct merging *merging, const struct schema *schema, struct str path, const struct value *map,
		      int depth)
{
	for (MEMBER_EACH(m, map)) {
		struct str key = value_str(&m->key);
		struct str where = str_format(merging->arena, STR_FMT "." STR_FMT, STR_ARG(path), STR_ARG(key));
		const struct schema *field;

		if (!member_schema(merging, schema, key, &field)) {
			complain(merging, where, STR("field not declared in schema"));
			return;
		}
		check(merging, field, where, &m->value, depth + 1);
	}
}

static void check(struct merging *merging, const struct schema *schema, struct str path, const struct value *value,
		  int depth)
{
	if (depth > DEPTH_MAX) {
		complain(merging, path, STR("nested too deeply"));
		return;
	}
	switch (shape_of(schema, value)) {
	case SHAPE_MAP:
		if (value->type == VALUE_OBJECT)
			check_map(merging, schema, path, value, depth);
		else
			complain_kind(merging, path, "map", value);
		break;
	case SHAPE_LIST:
		if (value->type == VALUE_ARRAY)
			check_list(merging, schema, path, value, depth);
		else
			complain_kind(merging, path, "list", value);
		break;
	case SHAPE_SCALAR:
		check_scalar(merging, schema, path, value);
		break;
	}
}

/* -- what would be replaced as a whole ----------------------------------------------------------------------------- */

static void add_atomic(struct merging *merging, struct str path)
{
	merging->atomics = str_format(merging->arena, STR_FMT "%s" STR_FMT, STR_ARG(merging->atomics),
				      merging->atomics.n ? ", " : "", STR_ARG(path));
}

static void find_atomics(struct merging *merging, const struct schema *schema, struct str path,
			 const struct value *value, int depth)
{
	if (depth > DEPTH_MAX)
		return;
	if (value_is(value, VALUE_OBJECT)) {
		if (!is_untyped(schema) && schema_is_atomic(schema))
			add_atomic(merging, path);
		for (MEMBER_EACH(m, value)) {
			struct str key = value_str(&m->key);
			const struct schema *field = field_schema(merging, schema, key);

			if (field)
				find_atomics(
					merging, field,
					str_format(merging->arena, STR_FMT "." STR_FMT, STR_ARG(path), STR_ARG(key)),
					&m->value, depth + 1);
		}
	} else if (value_is(value, VALUE_ARRAY)) {
		if (is_atomic_list(schema))
			add_atomic(merging, path);
		for (size_t i = 0; i < value->length && !is_untyped(schema); i++)
			find_atomics(merging, schema_items(schema),
				     str_format(merging->arena, STR_FMT "[%zu]", STR_ARG(path), i), &value->u.items[i],
				     depth + 1);
	}
}

/* -- merging ------------------------------------------------------------------------------------------------------- */

static const struct value *merge(struct merging *merging, const struct schema *schema, const struct value *left,
				 const struct value *right, int depth);

/* Items of a list by their keys; an item that stands twice is NULL. */
struct keyed {
	const struct value *list;
	struct str *keys;
	struct map items; /* → struct value or &twice */
};
static const struct value twice;

static void index_list(struct merging *merging, const struct schema *schema, const struct value *list,
		       struct keyed *out)
{
	out->list = list;
	out->keys = arena_array(merging->arena, value_count(list), sizeof(*out->keys));
	map_init(&out->items, merging->arena);
	for (size_t i = 0; i < value_count(list); i++) {
		/* An object at hand may have items without a key: each is one of its own. */
		if (!key_of_item(merging, schema, &list->u.items[i], &out->keys[i]))
			out->keys[i] = str_format(merging->arena, "#%zu", i);
		map_put(&out->items, out->keys[i],
			(void *)(map_has(&out->items, out->keys[i]) ? &twice : &list->u.items[i]));
	}
}

static const struct value *item_of(const struct keyed *keyed, struct str key)
{
	const struct value *item = map_get(&keyed->items, key);

	return item == &twice ? NULL : item;
}

/* Items that both have keep the order of the patch; the object's own stay where they are between them. */
static const struct value *merge_items(struct merging *merging, const struct schema *schema, const struct value *left,
				       const struct value *right, int depth)
{
	const struct schema *items = schema_items(schema);
	struct array_builder out = { 0 };
	struct keyed l, r;
	struct map merged;
	size_t i = 0, j = 0, next = 0;

	index_list(merging, schema, left, &l);
	index_list(merging, schema, right, &r);
	map_init(&merged, merging->arena);
	while (i < value_count(left) || j < value_count(right)) {
		/* The next item of the patch that the object has, too. */
		while (next < value_count(right) && (!map_has(&l.items, r.keys[next]) || next < j))
			next++;
		if (i < value_count(left) && j < value_count(right)) {
			if (str_equal(l.keys[i], r.keys[j])) {
				map_put(&merged, l.keys[i], merging);
				array_add(merging->arena, &out,
					  merge(merging, items, item_of(&l, l.keys[i]), item_of(&r, r.keys[j]),
						depth + 1));
				i++;
				j++;
				continue;
			}
			if (map_has(&r.items, l.keys[i]) && next < value_count(right) &&
			    !str_equal(r.keys[next], l.keys[i])) {
				i++;
				continue;
			}
		}
		if (i < value_count(left)) {
			if (!map_has(&r.items, l.keys[i])) {
				array_add(merging->arena, &out, &left->u.items[i++]);
				continue;
			}
			if (map_has(&merged, l.keys[i]))
				i++;
		}
		if (j < value_count(right)) {
			map_put(&merged, r.keys[j], merging);
			array_add(merging->arena, &out,
				  merge(merging, items, item_of(&l, r.keys[j]), item_of(&r, r.keys[j]), depth + 1));
			j++;
		}
	}
	return array_finish(merging->arena, &out);
}

static const struct value *merge_members(struct merging *merging, const struct schema *schema, const struct value *left,
					 const struct value *right, int depth)
{
	struct object_builder out = { 0 };
	const struct schema *field;

	object_start_from(merging->arena, &out, left);
	for (MEMBER_EACH(m, right)) {
		struct str key = value_str(&m->key);

		member_schema(merging, schema, key, &field);
		object_put(merging->arena, &out, key,
			   merge(merging, field, value_get(left, key), &m->value, depth + 1));
	}
	return object_finish(merging->arena, &out);
}

/* `left` or `right` may be NULL: not there, which is not the same as null. */
static const struct value *merge(struct merging *merging, const struct schema *schema, const struct value *left,
				 const struct value *right, int depth)
{
	enum shape shape = shape_of(schema, value_is_null(right) ? left : right);

	if (!right || depth > DEPTH_MAX)
		return left;
	if (shape == SHAPE_SCALAR || value_count(left) + value_count(right) == 0)
		return right;
	if (shape == SHAPE_LIST) {
		if (is_atomic_list(schema))
			return right;
		return merge_items(merging, schema, value_is(left, VALUE_ARRAY) ? left : NULL,
				   value_is(right, VALUE_ARRAY) ? right : NULL, depth);
	}
	if (!is_untyped(schema) && schema_is_atomic(schema))
		return right;
	return merge_members(merging, schema, value_is(left, VALUE_OBJECT) ? left : NULL,
			     value_is(right, VALUE_OBJECT) ? right : NULL, depth);
}

const struct value *apply_merge(struct arena *arena, const struct schema *schema, const struct value *object,
				const struct value *patch, struct error **err)
{
	struct merging merging = { .arena = arena, .root = schema };

	check(&merging, schema, STR(""), patch, 0);
	if (report(&merging, "failed to convert patch object to typed object: ", err) < 0)
		return NULL;
	find_atomics(&merging, schema, STR(""), patch, 0);
	if (merging.atomics.n) {
		error_set(err, ERROR_INVALID,
			  "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: " STR_FMT,
			  STR_ARG(merging.atomics));
		return NULL;
	}
	return merge(&merging, schema, object, patch, 0);
}
