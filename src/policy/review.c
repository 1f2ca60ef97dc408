#include "policy/policy.h"

#define DEPTH_MAX 512

const char *const operation_names[] = { "CREATE", "UPDATE", "DELETE", "CONNECT" };
const char *const outcome_names[] = { "pass", "fail", "warn", "error", "skip" };

bool operation_parse(struct str name, enum operation *out)
{
	for (int i = 0; i < 4; i++)
		if (str_equal(name, str_of(operation_names[i]))) {
			*out = i;
			return true;
		}
	return false;
}

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

/* A copy of the containers with {} for null maps; scalars are shared. Only called when there is one. */
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

static const struct value *with_namespace(struct arena *arena, const struct value *object, struct str namespace)
{
	struct object_builder root = { 0 }, metadata = { 0 };
	const struct value *old = value_field(object, "metadata"), *metadata_value;
	const struct value text = value_make_str(namespace);
	struct value *placed;

	object_start_from(arena, &metadata, old);
	object_put(arena, &metadata, STR("namespace"), &text);
	metadata_value = object_finish(arena, &metadata);
	placed = arena_copy(arena, metadata_value, sizeof(*metadata_value));
	if (old) {
		placed->line = old->line;
		placed->column = old->column;
		placed->source = old->source;
	}
	object_start_from(arena, &root, object);
	object_put(arena, &root, STR("metadata"), placed);
	placed = arena_copy(arena, object_finish(arena, &root), sizeof(*placed));
	placed->line = object->line;
	placed->column = object->column;
	placed->source = object->source;
	return placed;
}

void review_init(struct review *review, struct arena *arena, const struct value *object)
{
	const struct known_kind *known;

	*review = (struct review){ .operation = OPERATION_CREATE, .arena = arena, .object = object };
	if (has_null_map(object, 0)) {
		struct value *copy = arena_alloc(arena, sizeof(*copy));

		*copy = without_null_maps(arena, object);
		review->object = copy;
	}
	review->kind = gvk_of(object);
	known = known_kind_find(review->kind.group, review->kind.kind);
	review->resource = (struct gvr){ review->kind.group, review->kind.version,
					 resource_of_kind(arena, review->kind.group, review->kind.kind) };
	review->name = object_name(object);
	/* Who gives a cluster-scoped object a namespace sees it in results, as with Kyverno. */
	review->namespace = object_namespace(object);
	if (review->namespace.n == 0 && (!known || known->namespaced)) {
		review->namespace = STR("default");
		if (value_is(object, VALUE_OBJECT))
			review->object = with_namespace(arena, review->object, review->namespace);
	}
}

const struct value *review_subject(const struct review *review)
{
	return review->object ? review->object : review->old_object;
}

struct result *result_add(struct arena *arena, struct result_list *list)
{
	struct result *result = ARENA_PUSH(arena, list->items, list->count, list->capacity);

	*result = (struct result){ 0 };
	return result;
}
