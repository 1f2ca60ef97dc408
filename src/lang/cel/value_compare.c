/* == and <: CEL's equality (cel-spec "Equality", cel-go common/types) and order. */
#include <math.h>

#include "lang/cel/value.h"

#include "data/yaml_scalar.h"

/* Deeper values than documents and expressions can be are not compared. */
#define DEPTH_MAX 4096

static bool equal(const struct cel_value *a, const struct cel_value *b, unsigned depth);

static bool is_number(const struct cel_value *v)
{
	return v->kind >= CEL_INT && v->kind <= CEL_DOUBLE;
}

static int compare_doubles(double a, double b)
{
	if (isnan(a) || isnan(b))
		return CEL_NOT_A_NUMBER;
	return (a > b) - (a < b);
}

static int compare_double_int(double d, int64_t i)
{
	if (d < -9223372036854775808.0)
		return -1;
	if (d > 9223372036854775807.0)
		return 1;
	return compare_doubles(d, (double)i);
}

static int compare_double_uint(double d, uint64_t u)
{
	if (d < 0)
		return -1;
	if (d > 18446744073709551615.0)
		return 1;
	return compare_doubles(d, (double)u);
}

static int reversed(int order)
{
	return order < CEL_NO_ORDER ? -order : order;
}

static int compare_numbers(const struct cel_value *a, const struct cel_value *b)
{
	if (a->kind == CEL_INT && b->kind == CEL_INT)
		return (a->u.integer > b->u.integer) - (a->u.integer < b->u.integer);
	if (a->kind == CEL_UINT && b->kind == CEL_UINT)
		return (a->u.uinteger > b->u.uinteger) - (a->u.uinteger < b->u.uinteger);
	if (a->kind == CEL_DOUBLE) {
		if (b->kind == CEL_DOUBLE)
			return compare_doubles(a->u.number, b->u.number);
		return b->kind == CEL_INT ? compare_double_int(a->u.number, b->u.integer)
					  : compare_double_uint(a->u.number, b->u.uinteger);
	}
	if (b->kind == CEL_DOUBLE)
		return reversed(compare_numbers(b, a));
	if (a->kind == CEL_INT)
		return a->u.integer < 0 || (uint64_t)a->u.integer < b->u.uinteger
			       ? -1
			       : (uint64_t)a->u.integer > b->u.uinteger;
	return reversed(compare_numbers(b, a));
}

int cel_compare(const struct cel_value *a, const struct cel_value *b)
{
	int order;

	if (is_number(a) && is_number(b))
		return compare_numbers(a, b);
	if (a->kind != b->kind)
		return CEL_NO_ORDER;
	switch (a->kind) {
	case CEL_STRING:
	case CEL_BYTES:
		order = str_compare(cel_str(a), cel_str(b));
		return (order > 0) - (order < 0);
	case CEL_BOOL:
		return a->u.boolean - b->u.boolean;
	case CEL_TIMESTAMP:
		if (a->u.integer == b->u.integer)
			return (a->length > b->length) - (a->length < b->length);
		return a->u.integer < b->u.integer ? -1 : 1;
	case CEL_DURATION:
		return (a->u.integer > b->u.integer) - (a->u.integer < b->u.integer);
	default:
		return CEL_NO_ORDER;
	}
}

/* -- equality -------------------------------------------------------------------------------------------------- */

static bool contains(const struct cel_value *list, const struct cel_value *item, unsigned depth)
{
	for (size_t i = 0; i < list->length; i++) {
		struct cel_value other = cel_item(list, i);

		if (equal(&other, item, depth))
			return true;
	}
	return false;
}

/* Whether two items of a list of type "map" have the same keys. */
static bool same_keys(const struct cel_view *view, const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	for (size_t i = 0; i < view->key_count; i++) {
		struct cel_value x, y;
		bool has_x = a->kind == CEL_MAP && cel_map_find_str(a, view->keys[i], &x);
		bool has_y = b->kind == CEL_MAP && cel_map_find_str(b, view->keys[i], &y);

		if (has_x != has_y || (has_x && !equal(&x, &y, depth)))
			return false;
	}
	return true;
}

/* Lists of type "set" and "map" are equal in any order. */
static bool lists_equal_unordered(const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	const struct cel_view *view = a->of.view;

	for (size_t i = 0; i < b->length; i++) {
		struct cel_value item = cel_item(b, i);
		bool found = false;

		if (view->list == CEL_LIST_SET) {
			if (!contains(a, &item, depth))
				return false;
			continue;
		}
		for (size_t k = 0; k < a->length && !found; k++) {
			struct cel_value mine = cel_item(a, k);

			if (!same_keys(view, &mine, &item, depth))
				continue;
			if (!equal(&mine, &item, depth))
				return false;
			found = true;
		}
		if (!found)
			return false;
	}
	return true;
}

static bool lists_equal(const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	if (a->length != b->length)
		return false;
	if (a->flags & CEL_DATA && a->of.view && a->of.view->list != CEL_LIST_ATOMIC)
		return lists_equal_unordered(a, b, depth);
	for (size_t i = 0; i < a->length; i++) {
		struct cel_value x = cel_item(a, i), y = cel_item(b, i);

		if (!equal(&x, &y, depth))
			return false;
	}
	return true;
}

/*
 * Objects with fields: what the schema does not know is compared as it stands in the documents, and only where both
 * have it (unstructuredMap.Equal).
 */
static bool objects_equal(const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	const struct cel_view *view = a->of.view;
	const struct value *other = b->flags & CEL_DATA ? b->u.data : NULL;

	for (size_t i = 0; i < view->field_count; i++) {
		struct cel_value x, y;
		bool has_x = cel_map_find_str(a, view->fields[i].name, &x);
		bool has_y = cel_map_find_str(b, view->fields[i].name, &y);

		if (has_x != has_y || (has_x && !equal(&x, &y, depth)))
			return false;
	}
	for (MEMBER_EACH(m, a->u.data)) {
		const struct value *theirs = value_get(other, value_str(&m->key));
		bool known = false;

		for (size_t i = 0; i < view->field_count && !known; i++)
			known = str_equal(view->fields[i].key, value_str(&m->key));
		if (!known && theirs && !value_equal(&m->value, theirs))
			return false;
	}
	return true;
}

static bool maps_equal(const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	if (a->length != b->length)
		return false;
	if (a->flags & CEL_DATA && a->of.view && a->of.view->shape == CEL_VIEW_OBJECT)
		return objects_equal(a, b, depth);
	for (size_t i = 0; i < a->length; i++) {
		struct cel_value key, mine, other;

		cel_entry_at(a, i, &key, &mine);
		if (!cel_map_find(b, &key, &other) || !equal(&mine, &other, depth))
			return false;
	}
	return true;
}

static bool messages_equal(const struct cel_message *a, const struct cel_message *b, unsigned depth)
{
	if (a->count != b->count || !str_equal(a->type->name, b->type->name))
		return false;
	for (size_t i = 0; i < a->count; i++) {
		size_t k = 0;

		while (k < b->count && !str_equal(a->fields[i].name, b->fields[k].name))
			k++;
		if (k == b->count || !equal(&a->fields[i].value, &b->fields[k].value, depth))
			return false;
	}
	return true;
}

static struct str decoded(const struct cel_value *v, char *room, size_t size)
{
	size_t n = 0;

	if (!(v->flags & CEL_ENCODED) || v->length > size || !scalar_decode_base64(cel_str(v), room, &n))
		return cel_str(v);
	return str_make(room, n);
}

/* Bytes of views may still be base64; equal texts of it are equal bytes, others of moderate size are decoded. */
static bool bytes_of_values_equal(const struct cel_value *a, const struct cel_value *b)
{
	char room_a[4096], room_b[4096];

	if (!((a->flags | b->flags) & CEL_ENCODED) || (a->flags & b->flags & CEL_ENCODED))
		return str_equal(cel_str(a), cel_str(b));
	return str_equal(decoded(a, room_a, sizeof(room_a)), decoded(b, room_b, sizeof(room_b)));
}

static bool optionals_equal(const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	if (!a->u.optional || !b->u.optional)
		return a->u.optional == b->u.optional;
	return equal(a->u.optional, b->u.optional, depth);
}

static bool equal(const struct cel_value *a, const struct cel_value *b, unsigned depth)
{
	if (is_number(a) && is_number(b))
		return compare_numbers(a, b) == 0;
	if (a->kind != b->kind || depth >= DEPTH_MAX)
		return false;
	switch ((enum cel_kind)a->kind) {
	case CEL_NULL:
		return true;
	case CEL_BOOL:
		return a->u.boolean == b->u.boolean;
	case CEL_STRING:
		return str_equal(cel_str(a), cel_str(b));
	case CEL_BYTES:
		return bytes_of_values_equal(a, b);
	case CEL_TIMESTAMP:
		return a->u.integer == b->u.integer && a->length == b->length;
	case CEL_DURATION:
		return a->u.integer == b->u.integer;
	case CEL_LIST:
	case CEL_MAP:
		if (a->flags & b->flags & CEL_DATA && !a->of.view && !b->of.view)
			return value_equal(a->u.data, b->u.data);
		return a->kind == CEL_LIST ? lists_equal(a, b, depth + 1) : maps_equal(a, b, depth + 1);
	case CEL_TYPE:
		return str_equal(a->u.type->name, b->u.type->name);
	case CEL_OPTIONAL:
		return optionals_equal(a, b, depth + 1);
	case CEL_STRUCT:
		return messages_equal(a->u.message, b->u.message, depth + 1);
	case CEL_OBJECT:
		return a->of.class == b->of.class &&
		       (a->u.object == b->u.object || (a->of.class->equal && a->of.class->equal(a, b)));
	case CEL_INT:
	case CEL_UINT:
	case CEL_DOUBLE:
	case CEL_ERROR:
		break;
	}
	return false;
}

bool cel_equal(const struct cel_value *a, const struct cel_value *b)
{
	return equal(a, b, 0);
}
