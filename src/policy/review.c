#include "policy/policy.h"

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

	*review = (struct review){ .operation = OPERATION_CREATE, .arena = arena };
	review->object = object_without_null_maps(arena, object);
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
