#include "data/value.h"

#include "data/key_index.h"

/* Deeper than any decoder lets through; what programs build on top of that stays below it too. */
#define DEPTH_MAX 4096

static const char empty_text[] = "";

const struct value value_null = { .type = VALUE_NULL };
const struct value value_true = { .type = VALUE_BOOL, .u.boolean = true };
const struct value value_false = { .type = VALUE_BOOL, .u.boolean = false };
const struct value value_empty_array = { .type = VALUE_ARRAY };
const struct value value_empty_object = { .type = VALUE_OBJECT };
const struct value value_empty_string = { .type = VALUE_STRING, .u.text = empty_text };

const struct member *value_member(const struct value *v, struct str key)
{
	if (!value_is(v, VALUE_OBJECT))
		return NULL;
	if (v->flags & VALUE_INDEXED) {
		struct key_index index = key_index_of(v);
		size_t i = key_index_find(&index, v->u.members, key);

		return i == KEY_INDEX_NONE ? NULL : &v->u.members[i];
	}
	for (const struct member *m = v->u.members, *end = m + v->length; m != end; m++)
		if (m->key.length == key.n && bytes_equal(m->key.u.text, key.p, key.n))
			return m;
	return NULL;
}

const struct value *value_path_(const struct value *v, const char *first, ...)
{
	va_list keys;

	va_start(keys, first);
	for (const char *key = first; key && v; key = va_arg(keys, const char *))
		v = value_get(v, str_of(key));
	va_end(keys);
	return v;
}

/* Two integers by all their digits; with a double among them, as JSON readers that know only doubles compare. */
static bool numbers_equal(const struct value *a, const struct value *b)
{
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		return a->u.integer == b->u.integer;
	return value_number(a) == value_number(b);
}

static bool equal(const struct value *a, const struct value *b, unsigned depth);

static bool objects_equal(const struct value *a, const struct value *b, unsigned depth)
{
	/* Keys are unique, so equal counts and every key of `a` found in `b` is enough. */
	for (uint32_t i = 0; i < a->length; i++) {
		const struct member *mine = &a->u.members[i], *other = &b->u.members[i];

		if (!str_equal(value_str(&mine->key), value_str(&other->key)))
			other = value_member(b, value_str(&mine->key));
		if (!other || !equal(&mine->value, &other->value, depth))
			return false;
	}
	return true;
}

static bool arrays_equal(const struct value *a, const struct value *b, unsigned depth)
{
	for (uint32_t i = 0; i < a->length; i++)
		if (!equal(&a->u.items[i], &b->u.items[i], depth))
			return false;
	return true;
}

static bool equal(const struct value *a, const struct value *b, unsigned depth)
{
	if (a == b)
		return true;
	if (value_is_number(a) && value_is_number(b))
		return numbers_equal(a, b);
	if (a->type != b->type)
		return false;
	switch ((enum value_type)a->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return a->u.boolean == b->u.boolean;
	case VALUE_STRING:
		return str_equal(value_str(a), value_str(b));
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		if (a->length != b->length || depth >= DEPTH_MAX)
			return false;
		/* Shared by an alias, or by a builder. */
		if (a->u.items == b->u.items)
			return true;
		return a->type == VALUE_ARRAY ? arrays_equal(a, b, depth + 1) : objects_equal(a, b, depth + 1);
	case VALUE_INT:
	case VALUE_FLOAT:
		break;
	}
	return false;
}

bool value_equal(const struct value *a, const struct value *b)
{
	return equal(a ? a : &value_null, b ? b : &value_null, 0);
}

const char *value_type_name(const struct value *v)
{
	static const char *const names[] = {
		[VALUE_NULL] = "null", [VALUE_BOOL] = "bool", [VALUE_INT] = "number", [VALUE_FLOAT] = "number",
		[VALUE_STRING] = "string", [VALUE_ARRAY] = "array", [VALUE_OBJECT] = "object",
	};

	return v ? names[v->type] : names[VALUE_NULL];
}

struct place value_place(const struct value *v)
{
	if (!v)
		return (struct place){ 0 };
	return (struct place){ v->source ? v->source->name : STR_NULL, v->line, v->column };
}

/* A step of a pointer without "~0" and "~1"; those are rare, and a key that needs them is short. */
static struct str unescape_step(struct str step, char *room, size_t size)
{
	size_t n = 0;

	if (str_find_char(step, '~', 0) == STR_NOT_FOUND || step.n > size)
		return step;
	for (size_t i = 0; i < step.n; i++) {
		char next = i + 1 < step.n ? step.p[i + 1] : '\0';

		if (step.p[i] == '~' && (next == '0' || next == '1')) {
			room[n++] = next == '0' ? '~' : '/';
			i++;
		} else {
			room[n++] = step.p[i];
		}
	}
	return str_make(room, n);
}

static const struct value *take_step(const struct value *v, struct str step)
{
	char room[512];
	size_t i = 0;

	if (v->type == VALUE_OBJECT)
		return value_get(v, unescape_step(step, room, sizeof(room)));
	if (v->type != VALUE_ARRAY || step.n == 0 || step.n > 9)
		return NULL;
	for (size_t k = 0; k < step.n; k++) {
		if (step.p[k] < '0' || step.p[k] > '9')
			return NULL;
		i = i * 10 + (size_t)(step.p[k] - '0');
	}
	return i < v->length ? &v->u.items[i] : NULL;
}

const struct value *value_at_pointer(const struct value *root, struct str pointer, const struct value **deepest)
{
	const struct value *v = root;
	struct str step, rest = pointer;

	if (rest.n && rest.p[rest.n - 1] == '/')
		rest.n--;
	if (rest.n && rest.p[0] == '/')
		rest = str_skip(rest, 1);
	else if (rest.n == 0)
		rest = STR_NULL;
	while (v && rest.p) {
		const struct value *next;

		if (!str_cut(rest, '/', &step, &rest))
			rest = STR_NULL;
		next = take_step(v, step);
		if (!next) {
			if (deepest)
				*deepest = v;
			return NULL;
		}
		v = next;
	}
	if (deepest)
		*deepest = v;
	return v;
}
