/*
 * The standard functions, as jmespath.org specifies them and as go-jmespath (functions.go) words their errors. Where
 * the two differ, the mode of the evaluation decides.
 */
#include <math.h>

#include "data/json.h"
#include "lang/jmespath/program.h"

static const struct value *number(struct jmespath_call *call, double d)
{
	return value_of_double(call->context->arena, d);
}

/* Room for `count` items; NULL when the evaluation's memory is used up. */
static struct value *items_alloc(struct jmespath_call *call, size_t count)
{
	if (call->run && !run_memory(call->run, count * sizeof(struct value)))
		return NULL;
	return arena_array(call->context->arena, count, sizeof(struct value));
}

/* Bytes of the UTF-8 character that starts at s.p[i]; 1 for a byte that starts none. */
static size_t rune_length(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];
	size_t length = c < 0xc2 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;

	if (length > s.n - i)
		return 1;
	for (size_t k = 1; k < length; k++) {
		if (((unsigned char)s.p[i + k] & 0xc0) != 0x80)
			return 1;
	}
	return length;
}

/* -- numbers ------------------------------------------------------------------------------------------------------ */

static const struct value *f_abs(struct jmespath_call *call)
{
	return number(call, fabs(value_number(call->arguments[0])));
}

static const struct value *f_ceil(struct jmespath_call *call)
{
	return call->arguments[0]->type == VALUE_INT ? call->arguments[0]
						     : number(call, ceil(call->arguments[0]->u.number));
}

static const struct value *f_floor(struct jmespath_call *call)
{
	return call->arguments[0]->type == VALUE_INT ? call->arguments[0]
						     : number(call, floor(call->arguments[0]->u.number));
}

static double total(const struct value *array)
{
	double sum = 0;

	for (VALUE_EACH(item, array))
		sum += value_number(item);
	return sum;
}

static const struct value *f_sum(struct jmespath_call *call)
{
	return number(call, total(call->arguments[0]));
}

static const struct value *f_avg(struct jmespath_call *call)
{
	const struct value *array = call->arguments[0];

	return array->length ? number(call, total(array) / array->length) : &value_null;
}

static bool all_digits(struct str s, size_t *at)
{
	size_t from = *at;

	while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9')
		++*at;
	return *at > from;
}

/* Whether s is a number as JSON writes it, or (`lax`) a decimal floating-point number as Go's strconv reads it. */
static bool is_decimal(struct str s, bool lax)
{
	size_t at = 0, whole;
	bool before, after = false;

	if (at < s.n && (s.p[at] == '-' || (lax && s.p[at] == '+')))
		at++;
	whole = at;
	before = all_digits(s, &at);
	if (!lax && (!before || (s.p[whole] == '0' && at > whole + 1)))
		return false;
	if (at < s.n && s.p[at] == '.') {
		at++;
		after = all_digits(s, &at);
		if (!lax && !after)
			return false;
	}
	if (!before && !after)
		return false;
	if (at < s.n && (s.p[at] == 'e' || s.p[at] == 'E')) {
		at++;
		if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
			at++;
		if (!all_digits(s, &at))
			return false;
	}
	return at == s.n;
}

static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* A hexadecimal floating-point number as Go reads it: 0x1.8p3, with a 'p' and without '_'. */
static bool is_hexadecimal(struct str s)
{
	size_t at = s.n && (s.p[0] == '-' || s.p[0] == '+'), digits = 0;

	if (s.n - at < 2 || s.p[at] != '0' || (s.p[at + 1] | 0x20) != 'x')
		return false;
	for (at += 2; at < s.n && is_hex_digit(s.p[at]); at++)
		digits++;
	if (at < s.n && s.p[at] == '.') {
		for (at++; at < s.n && is_hex_digit(s.p[at]); at++)
			digits++;
	}
	if (!digits || at == s.n || (s.p[at] | 0x20) != 'p')
		return false;
	at++;
	if (at < s.n && (s.p[at] == '-' || s.p[at] == '+'))
		at++;
	return all_digits(s, &at) && at == s.n;
}

static const struct value *f_to_number(struct jmespath_call *call)
{
	const struct value *v = call->arguments[0];
	bool lax = call->context->mode == JMESPATH_STRICT;
	struct str s = value_str(v);
	int64_t whole;

	if (value_is_number(v))
		return v;
	if (v->type != VALUE_STRING || (!is_decimal(s, lax) && !(lax && is_hexadecimal(s))))
		return &value_null;
	if (str_to_int64(s, &whole) && !(whole == 0 && s.p[0] == '-'))
		return value_of_int(call->context->arena, whole);
	return number(call, strtod(str_cstr(call->context->arena, s), NULL));
}

/* -- strings ------------------------------------------------------------------------------------------------------ */

static const struct value *f_starts_with(struct jmespath_call *call)
{
	return value_of_bool(str_starts_with(value_str(call->arguments[0]), value_str(call->arguments[1])));
}

static const struct value *f_ends_with(struct jmespath_call *call)
{
	return value_of_bool(str_ends_with(value_str(call->arguments[0]), value_str(call->arguments[1])));
}

static const struct value *too_long(struct jmespath_call *call, const char *function)
{
	error_set(call->err, ERROR_LIMIT, "%s() makes a string longer than %zu bytes", function, JMESPATH_MAX_STRING);
	return NULL;
}

static const struct value *f_join(struct jmespath_call *call)
{
	struct str glue = value_str(call->arguments[0]);
	const struct value *array = call->arguments[1];
	size_t length = 0;
	char *text, *to;

	for (VALUE_EACH(item, array)) {
		length += item->length + glue.n;
		if (length > JMESPATH_MAX_STRING + glue.n)
			return too_long(call, "join");
	}
	if (array->length == 0)
		return &value_empty_string;
	length -= glue.n;
	to = text = arena_alloc(call->context->arena, length);
	for (uint32_t i = 0; i < array->length; i++) {
		const struct value *item = &array->u.items[i];

		if (i && glue.n)
			to = (char *)memcpy(to, glue.p, glue.n) + glue.n;
		if (item->length)
			to = (char *)memcpy(to, item->u.text, item->length) + item->length;
	}
	return value_of_str(call->context->arena, str_make(text, length));
}

static const struct value *f_to_string(struct jmespath_call *call)
{
	const struct value *v = call->arguments[0];
	uint64_t budget = JMESPATH_MAX_WEIGHT;
	int style = call->context->mode == JMESPATH_STRICT ? JSON_SORTED | JSON_HTML_SAFE : JSON_COMPACT;

	if (v->type == VALUE_STRING)
		return v;
	if (!value_weigh(v, &budget))
		return too_long(call, "to_string");
	return value_of_str(call->context->arena, json_text(call->context->arena, v, style));
}

/* -- strings and arrays ------------------------------------------------------------------------------------------- */

const struct value *jmespath_length(struct jmespath_call *call)
{
	const struct value *v = call->arguments[0];
	int64_t count = 0;

	if (v->type == VALUE_STRING) {
		for (size_t i = 0; i < v->length; i += rune_length(value_str(v), i))
			count++;
	} else {
		count = v->length;
	}
	return value_of_int(call->context->arena, count);
}

static const struct value *f_contains(struct jmespath_call *call)
{
	const struct value *in = call->arguments[0], *what = call->arguments[1];

	if (in->type == VALUE_STRING)
		return value_of_bool(what->type == VALUE_STRING && str_contains(value_str(in), value_str(what)));
	for (VALUE_EACH(item, in)) {
		if (value_equal(item, what))
			return &value_true;
	}
	return &value_false;
}

static const struct value *reverse_string(struct jmespath_call *call, struct str s)
{
	char *text = arena_alloc(call->context->arena, s.n);
	size_t to = s.n;

	for (size_t i = 0, length; i < s.n; i += length) {
		length = rune_length(s, i);
		to -= length;
		memcpy(text + to, s.p + i, length);
	}
	return value_of_str(call->context->arena, str_make(text, s.n));
}

static const struct value *f_reverse(struct jmespath_call *call)
{
	const struct value *v = call->arguments[0];
	struct value *items;

	if (v->type == VALUE_STRING)
		return reverse_string(call, value_str(v));
	items = items_alloc(call, v->length);
	if (!items)
		return NULL;
	for (uint32_t i = 0; i < v->length; i++)
		items[v->length - 1 - i] = v->u.items[i];
	return value_of_items(call->context->arena, items, v->length);
}

/* -- any value ---------------------------------------------------------------------------------------------------- */

static const struct value *f_type(struct jmespath_call *call)
{
	const struct value *v = call->arguments[0];

	return value_of_str(call->context->arena, v->type == VALUE_BOOL ? STR("boolean") : str_of(value_type_name(v)));
}

static const struct value *f_to_array(struct jmespath_call *call)
{
	const struct value *v = call->arguments[0];
	struct value *items;

	if (v->type == VALUE_ARRAY)
		return v;
	items = items_alloc(call, 1);
	if (!items)
		return NULL;
	items[0] = *v;
	return value_of_items(call->context->arena, items, 1);
}

static const struct value *f_not_null(struct jmespath_call *call)
{
	for (size_t i = 0; i < call->count; i++) {
		if (call->arguments[i]->type != VALUE_NULL)
			return call->arguments[i];
	}
	return &value_null;
}

/* -- objects ------------------------------------------------------------------------------------------------------ */

static const struct value *f_keys(struct jmespath_call *call)
{
	const struct value *object = call->arguments[0];
	struct value *items = items_alloc(call, object->length);

	if (!items)
		return NULL;
	for (uint32_t i = 0; i < object->length; i++)
		items[i] = object->u.members[i].key;
	return value_of_items(call->context->arena, items, object->length);
}

static const struct value *f_values(struct jmespath_call *call)
{
	const struct value *object = call->arguments[0];
	struct value *items = items_alloc(call, object->length);

	if (!items)
		return NULL;
	for (uint32_t i = 0; i < object->length; i++)
		items[i] = object->u.members[i].value;
	return value_of_items(call->context->arena, items, object->length);
}

static const struct value *f_merge(struct jmespath_call *call)
{
	struct object_builder merged = { 0 };

	if (call->count == 1)
		return call->arguments[0];
	object_start_from(call->context->arena, &merged, call->arguments[0]);
	for (size_t i = 1; i < call->count; i++) {
		for (MEMBER_EACH(member, call->arguments[i]))
			object_put_member(call->context->arena, &merged, &member->key, &member->value);
		if (call->run && !run_memory(call->run, 0))
			return NULL;
	}
	return object_finish(call->context->arena, &merged);
}

/* -- order -------------------------------------------------------------------------------------------------------- */

static int compare(const struct value *a, const struct value *b)
{
	double x, y;

	if (a->type == VALUE_STRING)
		return str_compare(value_str(a), value_str(b));
	if (a->type == VALUE_INT && b->type == VALUE_INT)
		return (a->u.integer > b->u.integer) - (a->u.integer < b->u.integer);
	x = value_number(a);
	y = value_number(b);
	return (x > y) - (x < y);
}

/* The first of the items that no other goes before; `sign` 1 for the largest, -1 for the smallest. */
static const struct value *extreme(const struct value *array, int sign)
{
	const struct value *best = NULL;

	for (VALUE_EACH(item, array)) {
		if (!best || compare(item, best) * sign > 0)
			best = item;
	}
	return best ? best : &value_null;
}

static const struct value *f_max(struct jmespath_call *call)
{
	return extreme(call->arguments[0], 1);
}

static const struct value *f_min(struct jmespath_call *call)
{
	return extreme(call->arguments[0], -1);
}

struct sortable {
	const struct value *key, *item;
};

/* A stable merge sort; `room` has place for count elements. */
static void sort_by_key(struct sortable *array, struct sortable *room, size_t count)
{
	size_t half = count / 2, left = 0, right = half, to = 0;

	if (count < 2)
		return;
	sort_by_key(array, room, half);
	sort_by_key(array + half, room, count - half);
	if (compare(array[half - 1].key, array[half].key) <= 0)
		return;
	memcpy(room, array, half * sizeof(*room));
	while (left < half && right < count) {
		if (compare(room[left].key, array[right].key) <= 0)
			array[to++] = room[left++];
		else
			array[to++] = array[right++];
	}
	memcpy(array + to, room + left, (half - left) * sizeof(*room));
}

static const struct value *sorted(struct jmespath_call *call, struct sortable *array, size_t count)
{
	struct value *items = items_alloc(call, count);

	if (!items)
		return NULL;
	sort_by_key(array, arena_array(call->context->arena, count, sizeof(*array)), count);
	for (size_t i = 0; i < count; i++)
		items[i] = *array[i].item;
	return value_of_items(call->context->arena, items, count);
}

static const struct value *f_sort(struct jmespath_call *call)
{
	const struct value *array = call->arguments[0];
	struct sortable *sortable = arena_array(call->context->arena, array->length, sizeof(*sortable));

	for (uint32_t i = 0; i < array->length; i++)
		sortable[i] = (struct sortable){ &array->u.items[i], &array->u.items[i] };
	return sorted(call, sortable, array->length);
}

static bool same_kind(const struct value *a, const struct value *b)
{
	return value_is_number(a) ? value_is_number(b) : a->type == b->type;
}

static const struct value *f_sort_by(struct jmespath_call *call)
{
	const struct value *array = call->arguments[0];
	struct sortable *sortable;

	if (array->length < 2)
		return array;
	sortable = arena_array(call->context->arena, array->length, sizeof(*sortable));
	for (uint32_t i = 0; i < array->length; i++) {
		const struct value *key = jmespath_apply(call, 1, &array->u.items[i]);

		if (!key)
			return NULL;
		sortable[i] = (struct sortable){ key, &array->u.items[i] };
		if (!value_is_number(sortable[0].key) && sortable[0].key->type != VALUE_STRING)
			return jmespath_fail(call, "invalid type, must be number of string");
		if (!same_kind(sortable[0].key, key))
			return jmespath_fail(call, "error in sort_by comparison");
	}
	return sorted(call, sortable, array->length);
}

static const struct value *extreme_by(struct jmespath_call *call, int sign)
{
	const struct value *array = call->arguments[0], *best, *best_key;

	if (array->length == 0)
		return &value_null;
	best = &array->u.items[0];
	if (array->length == 1)
		return best;
	best_key = jmespath_apply(call, 1, best);
	if (!best_key)
		return NULL;
	if (!value_is_number(best_key) && best_key->type != VALUE_STRING)
		return jmespath_fail(call, "invalid type, must be number of string");
	for (uint32_t i = 1; i < array->length; i++) {
		const struct value *key = jmespath_apply(call, 1, &array->u.items[i]);

		if (!key)
			return NULL;
		if (!same_kind(best_key, key))
			return jmespath_fail(call, "invalid type, must be %s",
					     best_key->type == VALUE_STRING ? "string" : "number");
		if (compare(key, best_key) * sign > 0) {
			best = &array->u.items[i];
			best_key = key;
		}
	}
	return best;
}

static const struct value *f_max_by(struct jmespath_call *call)
{
	return extreme_by(call, 1);
}

static const struct value *f_min_by(struct jmespath_call *call)
{
	return extreme_by(call, -1);
}

static const struct value *f_map(struct jmespath_call *call)
{
	const struct value *array = call->arguments[1];
	struct value *items = items_alloc(call, array->length);

	if (!items)
		return NULL;
	for (uint32_t i = 0; i < array->length; i++) {
		const struct value *v = jmespath_apply(call, 0, &array->u.items[i]);

		if (!v)
			return NULL;
		items[i] = *v;
	}
	return value_of_items(call->context->arena, items, array->length);
}

#define NUMBER JMESPATH_NUMBER
#define STRING JMESPATH_STRING
#define ARRAY JMESPATH_ARRAY
#define OBJECT JMESPATH_OBJECT
#define ANY JMESPATH_ANY
#define EXPRESSION JMESPATH_EXPRESSION
#define NUMBERS JMESPATH_ARRAY_OF_NUMBERS
#define STRINGS JMESPATH_ARRAY_OF_STRINGS

const struct jmespath_function jmespath_standard_functions[] = {
	{ "abs", 1, 1, { NUMBER }, f_abs, "abs(number) → number", "the absolute value", true },
	{ "avg", 1, 1, { NUMBERS }, f_avg, "avg(array of numbers) → number or null",
	  "the average; null for none", true },
	{ "ceil", 1, 1, { NUMBER }, f_ceil, "ceil(number) → number", "rounds up", true },
	{ "contains", 2, 2, { ARRAY | STRING, ANY }, f_contains, "contains(array or string, any) → boolean",
	  "whether an array has the element or a string the substring", true },
	{ "ends_with", 2, 2, { STRING, STRING }, f_ends_with, "ends_with(string, string) → boolean",
	  "whether the first string ends with the second", true },
	{ "floor", 1, 1, { NUMBER }, f_floor, "floor(number) → number", "rounds down", true },
	{ "join", 2, 2, { STRING, STRINGS }, f_join, "join(string, array of strings) → string",
	  "the strings with the first argument between them", true },
	{ "keys", 1, 1, { OBJECT }, f_keys, "keys(object) → array of strings",
	  "the keys, in the order of the source", true },
	{ "length", 1, 1, { STRING | ARRAY | OBJECT }, jmespath_length, "length(string, array or object) → number",
	  "how many characters, elements or members", true },
	{ "map", 2, 2, { EXPRESSION, ARRAY }, f_map, "map(&expression, array) → array",
	  "the expression applied to each element; nulls are kept", true },
	{ "max", 1, 1, { NUMBERS | STRINGS }, f_max, "max(array of numbers or strings) → number, string or null",
	  "the largest element; null for none", true },
	{ "max_by", 2, 2, { ARRAY, EXPRESSION }, f_max_by, "max_by(array, &expression) → any",
	  "the element for which the expression is largest", true },
	{ "merge", 1, 255, { OBJECT }, f_merge, "merge(object, …) → object",
	  "all members; later objects win", true },
	{ "min", 1, 1, { NUMBERS | STRINGS }, f_min, "min(array of numbers or strings) → number, string or null",
	  "the smallest element; null for none", true },
	{ "min_by", 2, 2, { ARRAY, EXPRESSION }, f_min_by, "min_by(array, &expression) → any",
	  "the element for which the expression is smallest", true },
	{ "not_null", 1, 255, { ANY }, f_not_null, "not_null(any, …) → any",
	  "the first argument that is not null", true },
	{ "reverse", 1, 1, { ARRAY | STRING }, f_reverse, "reverse(array or string) → array or string",
	  "elements or characters from last to first", true },
	{ "sort", 1, 1, { NUMBERS | STRINGS }, f_sort, "sort(array of numbers or strings) → array",
	  "from smallest to largest; strings bytewise", true },
	{ "sort_by", 2, 2, { ARRAY, EXPRESSION }, f_sort_by, "sort_by(array, &expression) → array",
	  "sorted by what the expression gives for each element; stable", true },
	{ "starts_with", 2, 2, { STRING, STRING }, f_starts_with, "starts_with(string, string) → boolean",
	  "whether the first string starts with the second", true },
	{ "sum", 1, 1, { NUMBERS }, f_sum, "sum(array of numbers) → number", "the sum; 0 for none", true },
	{ "to_array", 1, 1, { ANY }, f_to_array, "to_array(any) → array",
	  "an array as it is, anything else in an array of one", true },
	{ "to_number", 1, 1, { ANY }, f_to_number, "to_number(any) → number or null",
	  "a number as it is, a string parsed; null for anything else", true },
	{ "to_string", 1, 1, { ANY }, f_to_string, "to_string(any) → string",
	  "a string as it is, anything else as JSON", true },
	{ "type", 1, 1, { ANY }, f_type, "type(any) → string",
	  "number, string, boolean, array, object or null", true },
	{ "values", 1, 1, { OBJECT }, f_values, "values(object) → array",
	  "the values, in the order of the source", true },
	{ 0 },
};

static const struct jmespath_function *const standard_tables[] = { jmespath_standard_functions, NULL };
const struct jmespath_library jmespath_standard_library = { standard_tables };
