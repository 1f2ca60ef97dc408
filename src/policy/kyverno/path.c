/*
 * Finding where a value stands in the judged object.
 */
#include "policy/kyverno/engine.h"

#define PATH_DEPTH_MAX 64

/* One step of the way down: a key or an index. */
struct step {
	struct str key;
	size_t index;
};

static bool is_same(const struct value *a, const struct value *b)
{
	return a == b || (a->line && a->line == b->line && a->column == b->column && a->source == b->source &&
			  a->type == b->type && a->length == b->length);
}

/* In the same text, what begins after the wanted value cannot hold it. */
static bool begins_after(const struct value *v, const struct value *wanted)
{
	return v->line > wanted->line && wanted->line && v->source == wanted->source;
}

static int steps_find(const struct value *from, const struct value *wanted, struct step *steps, int depth)
{
	if (is_same(from, wanted))
		return depth;
	if (depth == PATH_DEPTH_MAX || (from->type != VALUE_OBJECT && from->type != VALUE_ARRAY))
		return -1;
	/* From the end: the last child that begins early enough is nearly always the one. */
	for (size_t i = from->length; i-- > 0;) {
		const struct value *child = value_at(from, i);
		int found = begins_after(child, wanted) ? -1 : steps_find(child, wanted, steps, depth + 1);

		if (found < 0)
			continue;
		steps[depth] = (struct step){ .index = i };
		if (from->type == VALUE_OBJECT)
			steps[depth].key = value_str(&from->u.members[i].key);
		return found;
	}
	return -1;
}

/* Bytes that a step takes in the path, at most. */
static size_t step_room(const struct step *step)
{
	return step->key.p ? 1 + 2 * step->key.n : 1 + 20;
}

static char *key_write(char *p, struct str key)
{
	for (size_t i = 0; i < key.n; i++) {
		char c = key.p[i];

		if (c == '~' || c == '/') {
			*p++ = '~';
			c = c == '~' ? '0' : '1';
		}
		*p++ = c;
	}
	return p;
}

static char *index_write(char *p, size_t index)
{
	char digits[20];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + index % 10);
		index /= 10;
	} while (index);
	while (n)
		*p++ = digits[--n];
	return p;
}

struct str path_of(struct arena *arena, const struct value *object, const struct value *value)
{
	struct step steps[PATH_DEPTH_MAX];
	int count = object && value ? steps_find(object, value, steps, 0) : -1;
	size_t room = 0;
	char *text, *p;

	if (count <= 0)
		return STR_NULL;
	for (int i = 0; i < count; i++)
		room += step_room(&steps[i]);
	text = p = arena_alloc(arena, room);
	for (int i = 0; i < count; i++) {
		*p++ = '/';
		p = steps[i].key.p ? key_write(p, steps[i].key) : index_write(p, steps[i].index);
	}
	return str_make(text, (size_t)(p - text));
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
