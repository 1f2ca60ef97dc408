/* Values as an expression would write them, for people. */
#include <math.h>

#include "base/buf.h"
#include "data/duration.h"
#include "data/instant.h"
#include "data/json.h"
#include "data/utf8.h"
#include "lang/cel/value.h"

#define DEPTH_MAX 256

static void write_value(struct buf *out, struct arena *arena, const struct cel_value *v, unsigned depth);

static void write_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)c);
		} else if (c == '\n') {
			buf_add(out, STR("\\n"));
		} else if (c == '\t') {
			buf_add(out, STR("\\t"));
		} else if (c == '\r') {
			buf_add(out, STR("\\r"));
		} else if (c < 0x20 || c == 0x7f) {
			buf_printf(out, "\\x%02x", c);
		} else {
			buf_add_char(out, (char)c);
		}
	}
	buf_add_char(out, '"');
}

static void write_bytes(struct buf *out, struct str s)
{
	buf_add(out, STR("b\""));
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\' || c < 0x20 || c >= 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void write_double(struct buf *out, double d)
{
	char text[40];

	if (isnan(d) || isinf(d)) {
		buf_printf(out, "double(\"%s\")", isnan(d) ? "NaN" : d < 0 ? "-Infinity" : "Infinity");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	buf_add(out, str_of(text));
	if (!strpbrk(text, ".e"))
		buf_add(out, STR(".0"));
}

static void write_list(struct buf *out, struct arena *arena, const struct cel_value *v, unsigned depth)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < v->length; i++) {
		struct cel_value item = cel_item(v, i);

		if (i)
			buf_add(out, STR(", "));
		write_value(out, arena, &item, depth);
	}
	buf_add_char(out, ']');
}

static void write_map(struct buf *out, struct arena *arena, const struct cel_value *v, unsigned depth)
{
	size_t count = cel_map_count(v);

	buf_add_char(out, '{');
	for (size_t i = 0; i < count; i++) {
		struct cel_value key, value;

		cel_entry_at(v, i, &key, &value);
		if (i)
			buf_add(out, STR(", "));
		write_value(out, arena, &key, depth);
		buf_add(out, STR(": "));
		write_value(out, arena, &value, depth);
	}
	buf_add_char(out, '}');
}

static void write_message(struct buf *out, struct arena *arena, const struct cel_message *message, unsigned depth)
{
	buf_add(out, message->type->name);
	buf_add_char(out, '{');
	for (size_t i = 0; i < message->count; i++) {
		buf_printf(out, "%s" STR_FMT ": ", i ? ", " : "", STR_ARG(message->fields[i].name));
		write_value(out, arena, &message->fields[i].value, depth);
	}
	buf_add_char(out, '}');
}

static void write_object(struct buf *out, struct arena *arena, const struct cel_value *v)
{
	const struct value *data = v->of.class->to_data ? v->of.class->to_data(arena, v) : NULL;

	buf_add(out, v->of.class->type->name);
	buf_add_char(out, '(');
	if (data)
		buf_add(out, json_text(arena, data, JSON_COMPACT));
	buf_add_char(out, ')');
}

static void write_value(struct buf *out, struct arena *arena, const struct cel_value *v, unsigned depth)
{
	struct instant t;

	if (depth > DEPTH_MAX) {
		buf_add(out, STR("…"));
		return;
	}
	switch ((enum cel_kind)v->kind) {
	case CEL_NULL:
		buf_add(out, STR("null"));
		break;
	case CEL_BOOL:
		buf_add(out, v->u.boolean ? STR("true") : STR("false"));
		break;
	case CEL_INT:
		buf_printf(out, "%lld", (long long)v->u.integer);
		break;
	case CEL_UINT:
		buf_printf(out, "%lluu", (unsigned long long)v->u.uinteger);
		break;
	case CEL_DOUBLE:
		write_double(out, v->u.number);
		break;
	case CEL_STRING:
		write_quoted(out, cel_str(v));
		break;
	case CEL_BYTES:
		write_bytes(out, cel_str(v));
		break;
	case CEL_TIMESTAMP:
		t = instant_from_unix(v->u.integer);
		t.nanoseconds = (int32_t)v->length;
		buf_printf(out, "timestamp(\"" STR_FMT "\")",
			   STR_ARG(instant_format(arena, &t, STR("2006-01-02T15:04:05.999999999Z07:00"))));
		break;
	case CEL_DURATION:
		buf_printf(out, "duration(\"" STR_FMT "\")", STR_ARG(duration_text(arena, v->u.integer)));
		break;
	case CEL_LIST:
		write_list(out, arena, v, depth + 1);
		break;
	case CEL_MAP:
		write_map(out, arena, v, depth + 1);
		break;
	case CEL_TYPE:
		buf_add(out, v->u.type->name);
		break;
	case CEL_OPTIONAL:
		if (!v->u.optional) {
			buf_add(out, STR("optional.none()"));
			break;
		}
		buf_add(out, STR("optional.of("));
		write_value(out, arena, v->u.optional, depth + 1);
		buf_add_char(out, ')');
		break;
	case CEL_STRUCT:
		write_message(out, arena, v->u.message, depth + 1);
		break;
	case CEL_OBJECT:
		write_object(out, arena, v);
		break;
	case CEL_ERROR:
		buf_printf(out, "error: " STR_FMT, STR_ARG(v->u.error->message));
		break;
	}
}

struct str cel_text(struct arena *arena, const struct cel_value *v)
{
	struct buf out = { 0 };
	struct str text;

	write_value(&out, arena, v, 0);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}
