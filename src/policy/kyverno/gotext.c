#include "policy/kyverno/gotext.h"

#include <inttypes.h>

#include "data/double_text.h"

/* Nothing that is decoded nests deeper; what is built from it stays below it as well. */
#define DEPTH_MAX 2048

static struct str int_text(int64_t i, char *space)
{
	return str_make(space, (size_t)snprintf(space, GO_NUMBER_MAX, "%" PRId64, i));
}

struct str go_number_text(const struct value *number, char space[GO_NUMBER_MAX])
{
	if (number->type == VALUE_INT)
		return int_text(number->u.integer, space);
	return str_make(space, double_text_general(number->u.number, space));
}

struct str go_number_text_e(const struct value *number, char space[GO_NUMBER_MAX])
{
	if (number->type == VALUE_INT)
		return int_text(number->u.integer, space);
	return str_make(space, double_text_exponent(number->u.number, 'E', space));
}

struct str go_number_text_f(const struct value *number, char space[GO_NUMBER_MAX])
{
	if (number->type == VALUE_INT)
		return int_text(number->u.integer, space);
	return str_make(space, double_text_places(number->u.number, 6, space));
}

const char *go_type_name(const struct value *v)
{
	static const char *const names[] = {
		[VALUE_NULL] = "<nil>", [VALUE_BOOL] = "bool", [VALUE_INT] = "int64", [VALUE_FLOAT] = "float64",
		[VALUE_STRING] = "string", [VALUE_ARRAY] = "[]interface {}", [VALUE_OBJECT] = "map[string]interface {}",
	};

	return v ? names[v->type] : names[VALUE_NULL];
}

static int by_key(const void *a, const void *b)
{
	const struct member *const *one = a, *const *other = b;

	return str_compare(value_str(&(*one)->key), value_str(&(*other)->key));
}

static void print(struct buf *out, const struct value *v, unsigned depth);

static void print_object(struct buf *out, const struct value *object, unsigned depth)
{
	const struct member **sorted = calloc(object->length + 1u, sizeof(*sorted));

	if (!sorted)
		abort();
	for (uint32_t i = 0; i < object->length; i++)
		sorted[i] = &object->u.members[i];
	qsort(sorted, object->length, sizeof(*sorted), by_key);
	buf_add(out, STR("map["));
	for (uint32_t i = 0; i < object->length; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add(out, value_str(&sorted[i]->key));
		buf_add_char(out, ':');
		print(out, &sorted[i]->value, depth + 1);
	}
	buf_add_char(out, ']');
	free(sorted);
}

static void print_array(struct buf *out, const struct value *array, unsigned depth)
{
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < array->length; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		print(out, &array->u.items[i], depth + 1);
	}
	buf_add_char(out, ']');
}

static void print(struct buf *out, const struct value *v, unsigned depth)
{
	char space[GO_NUMBER_MAX];

	if (value_is_null(v) || depth > DEPTH_MAX) {
		buf_add(out, STR("<nil>"));
		return;
	}
	switch ((enum value_type)v->type) {
	case VALUE_BOOL:
		buf_add(out, v->u.boolean ? STR("true") : STR("false"));
		break;
	case VALUE_INT:
	case VALUE_FLOAT:
		buf_add(out, go_number_text(v, space));
		break;
	case VALUE_STRING:
		buf_add(out, value_str(v));
		break;
	case VALUE_ARRAY:
		print_array(out, v, depth);
		break;
	case VALUE_OBJECT:
		print_object(out, v, depth);
		break;
	case VALUE_NULL:
		break;
	}
}

void go_print(struct buf *out, const struct value *v)
{
	print(out, v, 0);
}

struct str go_text(struct arena *arena, const struct value *v)
{
	struct buf out = { 0 };
	struct str text;

	if (value_is(v, VALUE_STRING))
		return value_str(v);
	if (value_is(v, VALUE_BOOL))
		return v->u.boolean ? STR("true") : STR("false");
	go_print(&out, v);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

int64_t go_int64_of(double d)
{
	return d >= -0x1p63 && d < 0x1p63 ? (int64_t)d : INT64_MIN;
}

int64_t go_multiply(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}
