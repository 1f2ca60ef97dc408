/*
 * Finding where a value stands in the judged object.
 */
#include "policy/kyverno/engine.h"

#include "base/buf.h"

#define PATH_DEPTH_MAX 64

/* One step of the way down: a key or an index. */
struct step {
	struct str key;
	size_t index;
};

static bool is_same(const struct value *a, const struct value *b)
{
	return a == b || (a->line && a->line == b->line && a->column == b->column && a->source == b->source && a->type == b->type &&
			  a->length == b->length);
}

static int steps_find(const struct value *from, const struct value *wanted, struct step *steps, int depth)
{
	if (is_same(from, wanted))
		return depth;
	if (depth == PATH_DEPTH_MAX)
		return -1;
	for (MEMBER_EACH(m, from)) {
		int found = steps_find(&m->value, wanted, steps, depth + 1);

		if (found >= 0) {
			steps[depth] = (struct step){ value_str(&m->key), 0 };
			return found;
		}
	}
	for (VALUE_EACH(item, from)) {
		int found = steps_find(item, wanted, steps, depth + 1);

		if (found >= 0) {
			steps[depth] = (struct step){ STR_NULL, (size_t)(item - from->u.items) };
			return found;
		}
	}
	return -1;
}

struct str path_of(struct arena *arena, const struct value *object, const struct value *value)
{
	struct step steps[PATH_DEPTH_MAX];
	_cleanup_(buf_free) struct buf text = { 0 };
	int count = object && value ? steps_find(object, value, steps, 0) : -1;

	for (int i = 0; i < count; i++) {
		if (!steps[i].key.p) {
			buf_printf(&text, "/%zu", steps[i].index);
			continue;
		}
		buf_add_char(&text, '/');
		for (size_t j = 0; j < steps[i].key.n; j++) {
			char c = steps[i].key.p[j];

			if (c == '~' || c == '/')
				buf_add(&text, c == '~' ? STR("~0") : STR("~1"));
			else
				buf_add_char(&text, c);
		}
	}
	return count > 0 ? str_dup(arena, buf_str(&text)) : STR_NULL;
}

static const struct value *place_find(const struct value *object, const struct value *value, int depth)
{
	if (value->line && value->source == object->source)
		return value;
	if (depth == 4)
		return NULL;
	for (VALUE_EACH(item, value)) {
		const struct value *found = place_find(object, item, depth + 1);

		if (found)
			return found;
	}
	for (MEMBER_EACH(m, value)) {
		const struct value *found = place_find(object, &m->value, depth + 1);

		if (found)
			return found;
	}
	return NULL;
}

const struct value *place_of(const struct value *object, const struct value *value)
{
	return object && value && object->source ? place_find(object, value, 0) : NULL;
}
