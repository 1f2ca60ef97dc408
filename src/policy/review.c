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

void review_init(struct review *review, struct arena *arena, const struct value *object)
{
	const struct known_kind *known;

	*review = (struct review){ .operation = OPERATION_CREATE, .arena = arena, .object = object };
	review->kind = gvk_of(object);
	known = known_kind_find(review->kind.group, review->kind.kind);
	review->resource = (struct gvr){ review->kind.group, review->kind.version,
					 resource_of_kind(arena, review->kind.group, review->kind.kind) };
	review->name = object_name(object);
	if (!known || known->namespaced) {
		review->namespace = object_namespace(object);
		if (review->namespace.n == 0)
			review->namespace = STR("default");
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
