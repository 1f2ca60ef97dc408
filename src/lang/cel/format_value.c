/* %s in string.format: values of all types, lists and maps with them. */
#include <stdlib.h>

#include "data/double_text.h"
#include "data/quote.h"
#include "lang/cel/format.h"

/* Deeper values than documents and expressions can be. */
#define DEPTH_MAX 1024

static void put_value(struct format *out, const struct cel_value *v, bool inside, unsigned depth);

static struct str type_name(const struct cel_value *v)
{
	return cel_type_of(v)->name;
}

/* -- scalars ----------------------------------------------------------------------------------------------------- */

/* Whether a text in quotes is the text as it stands. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			return false;
	}
	return true;
}

/* As Go's %q. */
static void put_quotes(struct format *out, struct str text)
{
	char *room = is_plain(text) ? format_room(out, text.n + 2) : NULL;

	if (!room) {
		format_put(out, quote(out->run->arena, text));
		return;
	}
	*room = '"';
	if (text.n)
		memcpy(room + 1, text.p, text.n);
	room[1 + text.n] = '"';
	out->n += text.n + 2;
}

/* Bytes must be text, but not to the specification. */
static bool put_text(struct format *out, const struct cel_value *v)
{
	struct cel_value text = out->newest ? *v : cel_do_string(out->run, v, 1);

	if (cel_is_error(text)) {
		struct str reason = quote(out->run->arena, text.u.error->message);

		format_fail(out, "could not convert argument " STR_FMT " to string", STR_ARG(reason));
		return false;
	}
	format_put(out, cel_str(&text));
	return true;
}

static void put_quoted(struct format *out, const struct cel_value *v, struct str before, struct str behind)
{
	struct cel_value text = cel_do_string(out->run, v, 1);

	if (cel_is_error(text)) {
		put_text(out, v);
		return;
	}
	format_put(out, before);
	put_quotes(out, cel_str(&text));
	format_put(out, behind);
}

/* Six places inside lists and maps. */
static void put_double(struct format *out, double d, bool inside)
{
	char text[DOUBLE_TEXT_MAX + 6];
	bool finite = __builtin_isfinite(d);

	if (out->newest) {
		format_double(out, d);
		return;
	}
	if (inside && !finite)
		format_put(out, STR("\""));
	format_put(out, str_make(text, inside ? double_text_places(d, 6, text) : double_text_general(d, text)));
	if (inside && !finite)
		format_put(out, STR("\""));
}

static void put_scalar(struct format *out, const struct cel_value *v, bool inside)
{
	bool literal = inside && !out->newest;

	switch (v->kind) {
	case CEL_NULL:
		format_put(out, STR("null"));
		break;
	case CEL_BOOL:
		format_put(out, v->u.boolean ? STR("true") : STR("false"));
		break;
	case CEL_INT:
	case CEL_UINT:
		format_integer(out, v, 10, false);
		break;
	case CEL_DOUBLE:
		put_double(out, v->u.number, inside);
		break;
	case CEL_STRING:
		if (literal)
			put_quoted(out, v, STR(""), STR(""));
		else
			format_put(out, cel_str(v));
		break;
	case CEL_BYTES:
		if (literal)
			put_quoted(out, v, STR("b"), STR(""));
		else
			put_text(out, v);
		break;
	case CEL_TIMESTAMP:
		if (literal)
			put_quoted(out, v, STR("timestamp("), STR(")"));
		else
			format_put(out, cel_timestamp_text(out->run->arena, v, out->newest));
		break;
	case CEL_DURATION:
		if (literal)
			put_quoted(out, v, STR("duration("), STR(")"));
		else
			format_put(out, cel_scalar_text(out->run->arena, v));
		break;
	case CEL_TYPE:
		format_put(out, v->u.type->name);
		break;
	default:
		if (literal)
			format_fail(out, "no formatting function for " STR_FMT, STR_ARG(type_name(v)));
		else
			format_fail(out, "string clause can only be used on strings, bools, bytes, ints, doubles, "
				    "maps, lists, types, durations, and timestamps, was given " STR_FMT,
				    STR_ARG(type_name(v)));
		break;
	}
}

/* -- lists and maps ---------------------------------------------------------------------------------------------- */

static void put_list(struct format *out, const struct cel_value *list, unsigned depth)
{
	format_put(out, STR("["));
	for (size_t i = 0; i < cel_count(list) && !out->failed; i++) {
		struct cel_value item = cel_settle(out->run, cel_item(list, i));

		if (i)
			format_put(out, STR(", "));
		put_value(out, &item, true, depth + 1);
	}
	format_put(out, STR("]"));
}

struct pair {
	struct str key;
	struct cel_value value;
};

static int by_key(const void *a, const void *b)
{
	const struct pair *one = a, *other = b;

	return str_compare(one->key, other->key);
}

/* The key's own text: written behind what is there, and taken away again. */
static struct str key_text(struct format *out, const struct cel_value *key)
{
	size_t start = out->n;
	struct str text;

	if (out->newest && key->kind == CEL_STRING)
		return cel_str(key);
	if (!out->newest && key->kind != CEL_STRING && key->kind != CEL_BOOL && key->kind != CEL_INT &&
	    key->kind != CEL_UINT) {
		format_fail(out, "no formatting function for map key of type " STR_FMT, STR_ARG(type_name(key)));
		return STR_NULL;
	}
	put_value(out, key, true, 0);
	text = str_dup(out->run->arena, str_make(out->p + start, out->n - start));
	out->n = start;
	return text;
}

static void put_map(struct format *out, const struct cel_value *map, unsigned depth)
{
	size_t count = cel_map_count(map);
	struct pair *pairs = arena_array(out->run->arena, count, sizeof(*pairs));

	for (size_t i = 0; i < count && !out->failed; i++) {
		struct cel_value key;

		cel_entry_at(map, i, &key, &pairs[i].value);
		pairs[i].key = key_text(out, &key);
	}
	if (out->failed)
		return;
	for (size_t i = 1; i < count; i++) {
		if (by_key(&pairs[i - 1], &pairs[i]) > 0) {
			qsort(pairs, count, sizeof(*pairs), by_key);
			break;
		}
	}
	format_put(out, STR("{"));
	for (size_t i = 0; i < count && !out->failed; i++) {
		struct cel_value value = cel_settle(out->run, pairs[i].value);

		if (i)
			format_put(out, STR(", "));
		format_put(out, pairs[i].key);
		format_put(out, out->newest ? STR(": ") : STR(":"));
		put_value(out, &value, true, depth + 1);
	}
	format_put(out, STR("}"));
}

static void put_value(struct format *out, const struct cel_value *v, bool inside, unsigned depth)
{
	if (cel_is_error(*v)) {
		out->failed = true;
		out->failure = *v;
	} else if (depth > DEPTH_MAX) {
		format_fail(out, "a value nested more than %d levels", DEPTH_MAX);
	} else if (v->kind == CEL_LIST) {
		put_list(out, v, depth);
	} else if (v->kind == CEL_MAP) {
		put_map(out, v, depth);
	} else {
		put_scalar(out, v, inside);
	}
}

void format_value(struct format *out, const struct cel_value *v)
{
	put_value(out, v, false, 0);
}
