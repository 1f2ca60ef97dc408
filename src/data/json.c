/*
 * JSON to values. yyjson parses; its tree is then walked together with the text, which it does not keep positions of,
 * so that every value and key gets its line and column.
 */
#include "data/json.h"

#include <yyjson.h>

#include "data/decode.h"
#include "data/key_index.h"

struct reader {
	struct arena *arena;
	struct text_pool pool;
	const struct source *source;    /* of the values; NULL when nobody wants places */
	const struct decode_limits *limits;
	struct decode_warnings *warnings;
	struct error **err;
	yyjson_val *next;               /* yyjson keeps the tree flat, in the order of the text */
	const char *p, *end;            /* the text that is left */
	const char *line_start;
	uint32_t line;
};

/* -- before parsing ----------------------------------------------------------------------------------------------- */

enum { PLAIN, BLANK, QUOTE, OPEN, CLOSE, COMMA };

static const uint8_t classes[256] = {
	[' '] = BLANK, ['\t'] = BLANK, ['\n'] = BLANK, ['\r'] = BLANK, ['"'] = QUOTE, ['['] = OPEN, ['{'] = OPEN,
	[']'] = CLOSE, ['}'] = CLOSE, [','] = COMMA,
};

/* Behind the closing quote of a string whose first character is at p. */
static const char *skip_string(const char *p, const char *end)
{
	while (p < end && *p != '"')
		p += *p == '\\' ? 2 : 1;
	return p < end ? p + 1 : end;
}

/*
 * Refuses what is nested too deep or has too many values before anything is allocated for it. Nothing else is checked:
 * yyjson judges the syntax.
 */
static int check_shape(const struct source *source, size_t from, const struct decode_limits *limits, struct error **err)
{
	const char *start = source->text.p, *p = start + from, *end = start + source->text.n;
	size_t depth = 0, nodes = 1, depth_max = limits->depth < DECODE_DEPTH_MAX ? limits->depth : DECODE_DEPTH_MAX;
	bool just_opened = false;

	while (p < end) {
		uint8_t class = classes[(unsigned char)*p++];

		if (class == BLANK)
			continue;
		if (class == QUOTE) {
			p = skip_string(p, end);
		} else if (class == OPEN) {
			nodes++;
			if (++depth > depth_max)
				return error_set_at(err, ERROR_LIMIT, decode_place(source, (size_t)(p - start) - 1),
						    "nested deeper than %zu levels", depth_max);
		} else if (class == CLOSE) {
			nodes -= just_opened;
			if (depth == 0)
				break;
			depth--;
		} else if (class == COMMA && ++nodes > limits->nodes) {
			return error_set_at(err, ERROR_LIMIT, decode_place(source, (size_t)(p - start) - 1),
					    "more than %zu values in one document", limits->nodes);
		}
		just_opened = class == OPEN;
	}
	return 0;
}

/* -- places ------------------------------------------------------------------------------------------------------- */

/* Goes to the next token: the text is known to be valid, so what stands between two tokens needs no judgement. */
static void mark(struct reader *reader, struct value *v)
{
	const char *p = reader->p;

	for (; p < reader->end; p++) {
		if (*p == '\n') {
			reader->line++;
			reader->line_start = p + 1;
		} else if (*p != ' ' && *p != ',' && *p != ':' && *p != '\r' && *p != '\t' && *p != ']' && *p != '}') {
			break;
		}
	}
	v->line = reader->line;
	v->column = decode_column((size_t)(p - reader->line_start) + 1);
	v->source = reader->source;
	reader->p = p;
}

static void pass_string(struct reader *reader, const char *text, size_t n)
{
	const char *p = reader->p + 1;

	/* Without escapes the text stands there as it is. */
	if ((size_t)(reader->end - p) > n && p[n] == '"' && memcmp(p, text, n) == 0 && !memchr(p, '\\', n))
		reader->p = p + n + 1;
	else
		reader->p = skip_string(p, reader->end);
}

static void pass_word(struct reader *reader)
{
	const char *p = reader->p;

	while (p < reader->end && !classes[(unsigned char)*p])
		p++;
	reader->p = p;
}

/* -- the tree ----------------------------------------------------------------------------------------------------- */

static int read_value(struct reader *reader, struct value *out);

static void read_string(struct reader *reader, yyjson_val *val, struct value *out)
{
	size_t n = unsafe_yyjson_get_len(val);
	const char *text = unsafe_yyjson_get_str(val);

	out->type = VALUE_STRING;
	out->length = (uint32_t)n;
	out->u.text = text_pool_copy(&reader->pool, text, n);
	if (reader->source)
		pass_string(reader, text, n);
}

static int read_array(struct reader *reader, size_t count, struct value *out)
{
	struct value *items = arena_array(reader->arena, count, sizeof(*items));

	out->type = VALUE_ARRAY;
	out->length = (uint32_t)count;
	out->u.items = items;
	for (size_t i = 0; i < count; i++)
		if (read_value(reader, &items[i]) < 0)
			return -1;
	return 0;
}

static int read_object(struct reader *reader, size_t count, struct value *out)
{
	struct duplicate_context duplicate = { .arena = reader->arena, .warnings = reader->warnings };
	struct member *members = members_alloc(reader->arena, count);

	for (size_t i = 0; i < count; i++) {
		struct value *key = &members[i].key;

		if (read_value(reader, key) < 0)
			return -1;
		if (key->length > reader->limits->key)
			return error_set_at(reader->err, ERROR_LIMIT, value_place(key),
					    "a key of %u bytes, more than the %zu allowed", key->length,
					    reader->limits->key);
		if (read_value(reader, &members[i].value) < 0)
			return -1;
	}
	out->type = VALUE_OBJECT;
	out->length = (uint32_t)members_settle(members, count, &out->flags, decode_duplicate, &duplicate);
	out->u.members = members;
	return 0;
}

static void read_number(yyjson_val *val, struct value *out)
{
	uint64_t integer = val->uni.u64;

	out->type = VALUE_INT;
	switch (unsafe_yyjson_get_subtype(val)) {
	case YYJSON_SUBTYPE_SINT:
		out->u.integer = val->uni.i64;
		return;
	case YYJSON_SUBTYPE_UINT:
		if (integer <= INT64_MAX) {
			out->u.integer = (int64_t)integer;
			return;
		}
		out->type = VALUE_FLOAT;
		out->u.number = (double)integer;
		return;
	default:
		out->type = VALUE_FLOAT;
		out->u.number = val->uni.f64;
	}
}

static int read_value(struct reader *reader, struct value *out)
{
	yyjson_val *val = reader->next++;
	yyjson_type type = unsafe_yyjson_get_type(val);

	*out = value_null;
	if (reader->source)
		mark(reader, out);
	if (type == YYJSON_TYPE_STR) {
		read_string(reader, val, out);
		return 0;
	}
	if (type == YYJSON_TYPE_ARR || type == YYJSON_TYPE_OBJ) {
		size_t count = unsafe_yyjson_get_len(val);

		if (reader->source)
			reader->p++;
		return type == YYJSON_TYPE_ARR ? read_array(reader, count, out) : read_object(reader, count, out);
	}
	if (type == YYJSON_TYPE_NUM) {
		read_number(val, out);
	} else if (type == YYJSON_TYPE_BOOL) {
		out->type = VALUE_BOOL;
		out->u.boolean = unsafe_yyjson_get_bool(val);
	}
	if (reader->source)
		pass_word(reader);
	return 0;
}

static int syntax_error(const struct source *source, size_t from, const yyjson_read_err *why, struct error **err)
{
	if (why->code == YYJSON_READ_ERROR_EMPTY_CONTENT)
		return error_set_at(err, ERROR_INVALID, decode_place(source, from), "the JSON text is empty");
	return error_set_at(err, ERROR_INVALID, decode_place(source, from + why->pos), "not valid JSON: %s",
			    why->msg ? why->msg : "unknown reason");
}

static const struct value *decode(struct arena *arena, const struct source *source, bool places,
				  const struct decode_limits *limits, struct decode_warnings *warnings,
				  struct error **err)
{
	size_t from = decode_skip_bom(source->text);
	struct str text = str_skip(source->text, from);
	yyjson_read_err why = { 0 };
	yyjson_doc *doc;
	struct value *root = NULL;

	if (decode_check_size(source, limits, err) < 0 || check_shape(source, from, limits, err) < 0)
		return NULL;
	/* Without the in-situ flag yyjson copies the text and leaves it alone. */
	doc = yyjson_read_opts((char *)(uintptr_t)(text.n ? text.p : ""), text.n, YYJSON_READ_NOFLAG, NULL, &why);
	if (!doc && text.n == 0)
		why.code = YYJSON_READ_ERROR_EMPTY_CONTENT;
	if (!doc) {
		syntax_error(source, from, &why, err);
		return NULL;
	}
	struct reader reader = {
		.arena = arena, .pool = { .arena = arena }, .limits = limits, .warnings = warnings, .err = err,
		.next = yyjson_doc_get_root(doc), .p = text.p, .end = text.p + text.n, .line_start = text.p,
	};
	if (places) {
		reader.source = decode_source(arena, source);
		reader.line = reader.source->first_line;
	}
	root = arena_alloc(arena, sizeof(*root));
	if (read_value(&reader, root) < 0)
		root = NULL;
	yyjson_doc_free(doc);
	return root;
}

const struct value *json_decode(struct arena *arena, const struct source *source, const struct decode_limits *limits,
				struct decode_warnings *warnings, struct error **err)
{
	return decode(arena, source, true, limits ? limits : &decode_limits_default, warnings, err);
}

const struct value *json_parse(struct arena *arena, struct str text, struct error **err)
{
	struct source source = { .text = text, .first_line = 1 };

	return decode(arena, &source, false, &decode_limits_default, NULL, err);
}
