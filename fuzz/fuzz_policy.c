/* YAML documents from the bytes: policies are compiled, all other objects are judged by them. */
#include <stdint.h>

#include "data/yaml.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DOCUMENTS_MAX 8

struct documents_seen {
	const struct value *values[DOCUMENTS_MAX];
	size_t count;
};

/* Cuts at "---" in column 0, as streams are cut. */
static void decode_all(struct arena *arena, struct str text, struct documents_seen *seen)
{
	struct decode_limits limits = decode_limits_default;

	limits.nodes = 20000;
	while (text.n && seen->count < DOCUMENTS_MAX) {
		size_t end = str_find(text, STR("\n---"), 0);
		struct source *source = ARENA_NEW(arena, struct source);
		const struct value *v;

		if (end == STR_NOT_FOUND)
			end = text.n;
		*source = (struct source){ STR("fuzz"), str_slice(text, 0, end), 1 };
		v = yaml_decode(arena, source, &limits, NULL, NULL);
		if (v)
			seen->values[seen->count++] = v;
		text = str_skip(text, end + 4);
	}
}

static void judge(struct policy_set *set, const struct value *object, enum operation operation, struct arena *arena)
{
	struct result_list results = { 0 };
	struct review review;

	if (!value_is(object, VALUE_OBJECT))
		return;
	review_init(&review, arena, object);
	review.operation = operation;
	if (operation != OPERATION_CREATE)
		review.old_object = object;
	if (operation == OPERATION_DELETE)
		review.object = NULL;
	review.budget.steps = 20000;
	policy_set_judge(set, &review, &results);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	struct policy_set *set = policy_set_create();
	struct documents_seen seen = { 0 };

	if (size <= 64 * 1024)
		decode_all(arena, str_make((const char *)data, size), &seen);
	for (size_t i = 0; i < seen.count; i++)
		if (policy_set_add(set, seen.values[i], NULL) != 0)
			seen.values[i] = &value_null;
	if (policy_set_seal(set, NULL) == 0)
		for (size_t i = 0; i < seen.count; i++)
			for (int operation = OPERATION_CREATE; operation <= OPERATION_DELETE; operation++)
				judge(set, seen.values[i], operation, arena);
	policy_set_destroy(set);
	arena_destroy(arena);
	return 0;
}
