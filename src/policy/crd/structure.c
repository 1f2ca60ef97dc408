/*
 * What the API server does to a custom resource before it validates it, and the lists that know their keys. Semantics:
 * k8s.io/apiextensions-apiserver v0.36 pkg/apiserver/schema/{pruning,defaulting,listtype}.
 */
#include "data/json.h"
#include "data/quote.h"
#include "policy/crd/crd.h"

#define DEPTH_MAX 100

/* The schema of a member: of a named field, else of a map's values; NULL: none. */
static const struct crd_schema *schema_of_member(const struct crd_schema *schema, struct str key)
{
	const struct crd_property *property = schema ? crd_property_find(schema, key) : NULL;

	return property ? property->schema : schema ? schema->additional : NULL;
}

static void add(struct arena *arena, struct crd_errors *errors, const struct schema_step *step, const struct value *at,
		struct str body)
{
	struct str field = schema_step_field(arena, step);

	*ARENA_PUSH(arena, errors->items, errors->count, errors->capacity) = (struct crd_error){
		.field = field.n ? field : STR("<nil>"),
		.pointer = schema_step_pointer(arena, step),
		.body = body,
		.at = at,
	};
}

/* -- defaults ----------------------------------------------------------------------------------------------------- */

static const struct value *complete(struct arena *arena, const struct crd_schema *schema, const struct value *value,
				    int depth);

/* What a null that may not be one becomes: its default, or nothing (NULL). */
static const struct value *settle_null(const struct crd_schema *schema, const struct value *value)
{
	if (value->type != VALUE_NULL || !schema || schema->nullable)
		return value;
	return value_is_null(schema->default_value) ? NULL : schema->default_value;
}

static const struct value *complete_object(struct arena *arena, const struct crd_schema *schema,
					   const struct value *object, int depth)
{
	struct object_builder builder = { 0 };
	bool changed = false;

	for (MEMBER_EACH(m, object)) {
		const struct crd_schema *below = schema_of_member(schema, value_str(&m->key));
		const struct value *value = settle_null(below, &m->value);
		const struct value *done = value ? complete(arena, below, value, depth + 1) : NULL;

		changed = changed || done != &m->value;
		if (done)
			object_put_member(arena, &builder, &m->key, done);
	}
	for (size_t i = 0; schema && i < schema->property_count; i++) {
		const struct crd_property *property = &schema->properties[i];

		if (value_is_null(property->schema->default_value) || value_get(object, property->name))
			continue;
		changed = true;
		object_put(arena, &builder, property->name,
			   complete(arena, property->schema, property->schema->default_value, depth + 1));
	}
	return changed ? object_finish(arena, &builder) : object;
}

static const struct value *complete_array(struct arena *arena, const struct crd_schema *schema,
					  const struct value *list, int depth)
{
	const struct crd_schema *items = schema ? schema->items : NULL;
	struct array_builder builder = { 0 };
	bool changed = false;

	for (VALUE_EACH(item, list)) {
		const struct value *value = settle_null(items, item);
		const struct value *done = complete(arena, items, value ? value : item, depth + 1);

		changed = changed || done != item;
		array_add(arena, &builder, done);
	}
	return changed ? array_finish(arena, &builder) : list;
}

static const struct value *complete(struct arena *arena, const struct crd_schema *schema, const struct value *value,
				    int depth)
{
	const struct value *done = value;
	struct value *out;

	if (depth > DEPTH_MAX || !schema)
		return value;
	if (value->type == VALUE_OBJECT)
		done = complete_object(arena, schema, value, depth);
	else if (value->type == VALUE_ARRAY)
		done = complete_array(arena, schema, value, depth);
	if (done == value)
		return value;
	out = arena_copy(arena, done, sizeof(*out));
	out->line = value->line;
	out->column = value->column;
	out->source = value->source;
	return out;
}

const struct value *crd_defaulted(struct arena *arena, const struct crd_schema *schema, const struct value *object)
{
	return complete(arena, schema, object, 0);
}

/* -- unknown fields ----------------------------------------------------------------------------------------------- */

struct pruning {
	struct arena *arena;
	struct crd_errors *errors;
};

static void prune(struct pruning *pruning, const struct crd_schema *schema, bool resource, const struct value *value,
		  const struct schema_step *step, int depth);

static bool is_of_every_object(struct str key)
{
	return str_is(key, "apiVersion") || str_is(key, "kind") || str_is(key, "metadata");
}

static void unknown(struct pruning *pruning, const struct crd_schema *schema, const struct schema_step *step,
		    const struct value *key)
{
	struct str near = schema ? schema_nearest_field(&schema->head, value_str(key)) : STR_NULL;
	struct str body = str_format(pruning->arena, "unknown field \"" STR_FMT "\"",
				     STR_ARG(schema_step_field(pruning->arena, step)));

	if (near.n)
		body = str_format(pruning->arena, STR_FMT " (did you mean \"" STR_FMT "\"?)", STR_ARG(body),
				  STR_ARG(near));
	add(pruning->arena, pruning->errors, step, key, body);
}

static void prune_member(struct pruning *pruning, const struct crd_schema *schema, bool resource,
			 const struct member *member, const struct schema_step *parent, int depth)
{
	struct str key = value_str(&member->key);
	const struct crd_property *property = schema ? crd_property_find(schema, key) : NULL;
	struct schema_step step = { .parent = parent, .key = key };

	if (resource && is_of_every_object(key))
		return;
	if (property)
		prune(pruning, property->schema, property->schema->embedded, &member->value, &step, depth + 1);
	else if (schema && schema->additional_given)
		prune(pruning, schema->additional, schema->additional && schema->additional->embedded, &member->value,
		      &step, depth + 1);
	else if (!(schema && schema->preserves))
		unknown(pruning, schema, &step, &member->key);
}

/* Below what preserves its fields only those that the schema names are looked at. */
static void prune(struct pruning *pruning, const struct crd_schema *schema, bool resource, const struct value *value,
		  const struct schema_step *step, int depth)
{
	size_t index = 0;

	if (depth > DEPTH_MAX)
		return;
	for (MEMBER_EACH(m, value))
		prune_member(pruning, schema, resource, m, step, depth);
	for (VALUE_EACH(item, value)) {
		struct schema_step below = { .parent = step, .index = index };

		if (schema && schema->preserves && !schema->items)
			return;
		prune(pruning, schema ? schema->items : NULL, schema && schema->items && schema->items->embedded, item,
		      &below, depth + 1);
		index++;
	}
}

void crd_unknown_fields(struct arena *arena, const struct crd_schema *schema, const struct value *object,
			struct crd_errors *errors)
{
	struct pruning pruning = { .arena = arena, .errors = errors };
	struct schema_step root = { 0 };

	prune(&pruning, schema, true, object, &root, 0);
}

/* -- lists -------------------------------------------------------------------------------------------------------- */

struct listing {
	struct arena *arena;
	struct crd_errors *errors;
};

static void check_lists(struct listing *listing, const struct crd_schema *schema, const struct value *value,
			const struct schema_step *step, int depth);

static void duplicate(struct listing *listing, const struct schema_step *parent, size_t index, const struct value *item,
		      const struct value *key)
{
	struct schema_step step = { .parent = parent, .index = index };
	struct str text = key->type == VALUE_STRING ? quote(listing->arena, value_str(key))
						    : json_text(listing->arena, key, JSON_COMPACT | JSON_SORTED);

	add(listing->arena, listing->errors, &step, item, str_concat(listing->arena, STR("Duplicate value: "), text));
}

/* The members that are keys; of what is no object there are none. */
static const struct value *keys_of(struct arena *arena, const struct crd_schema *schema, const struct value *item)
{
	struct object_builder builder = { 0 };

	for (size_t i = 0; i < schema->key_count; i++) {
		const struct value *key = value_get(item, schema->keys[i]);

		if (key)
			object_put(arena, &builder, schema->keys[i], key);
	}
	return object_finish(arena, &builder);
}

/* Said of the second appearance only. */
static void check_unique(struct listing *listing, const struct value *list, const struct value **keys,
			 const struct schema_step *step)
{
	size_t count = value_count(list);

	for (size_t i = 1; i < count; i++) {
		size_t same = 0;

		for (size_t j = 0; j < i; j++)
			same += value_equal(keys[i], keys[j]);
		if (same == 1)
			duplicate(listing, step, i, value_at(list, i), keys[i]);
	}
}

/* Lists beyond this many items are left to the API server. */
#define ITEMS_MAX 2000

static void check_list(struct listing *listing, const struct crd_schema *schema, const struct value *list,
		       const struct schema_step *step)
{
	size_t count = value_count(list);
	bool is_map = schema->head.flags & NODE_MAP_LIST;
	const struct value **keys;

	if (!(schema->head.flags & (NODE_SET | NODE_MAP_LIST)) || count > ITEMS_MAX)
		return;
	keys = arena_array(listing->arena, count, sizeof(const struct value *));
	for (size_t i = 0; i < count; i++) {
		const struct value *item = value_at(list, i);
		struct schema_step below = { .parent = step, .index = i };

		if (is_map && item->type != VALUE_OBJECT && item->type != VALUE_NULL) {
			add(listing->arena, listing->errors, &below, item,
			    str_format(listing->arena,
				       "Invalid value: " STR_FMT ": must be an object for an array of list-type map",
				       STR_ARG(json_text(listing->arena, item, JSON_COMPACT))));
			return;
		}
		keys[i] = is_map ? keys_of(listing->arena, schema, item) : item;
	}
	check_unique(listing, list, keys, step);
}

static void check_lists(struct listing *listing, const struct crd_schema *schema, const struct value *value,
			const struct schema_step *step, int depth)
{
	size_t index = 0;

	if (!schema || depth > DEPTH_MAX)
		return;
	if (value->type == VALUE_ARRAY)
		check_list(listing, schema, value, step);
	for (VALUE_EACH(item, value)) {
		struct schema_step below = { .parent = step, .index = index };

		check_lists(listing, schema->items, item, &below, depth + 1);
		index++;
	}
	for (MEMBER_EACH(m, value)) {
		struct str key = value_str(&m->key);
		const struct crd_property *property = crd_property_find(schema, key);
		struct schema_step below = { .parent = step, .key = key, .of_map = !property };

		check_lists(listing, property ? property->schema : schema->additional, &m->value, &below, depth + 1);
	}
}

void crd_validate_lists(struct arena *arena, const struct crd_schema *schema, const struct value *object,
			struct crd_errors *errors)
{
	struct listing listing = { .arena = arena, .errors = errors };
	struct schema_step root = { 0 };

	check_lists(&listing, schema, object, &root, 0);
}
