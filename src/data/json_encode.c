/* Values to JSON text. Semantics of escapes and numbers: Go's encoding/json, which the outputs are compared with. */
#include <stdlib.h>

#include <yyjson.h>

#include "data/double_text.h"
#include "data/json.h"
#include "data/key_index.h"
#include "data/utf8.h"

/* No decoder lets through what is deeper; programs that nest values stay far below it too. */
#define DEPTH_MAX 4096
/* Objects up to this size are sorted without an allocation. */
#define SORT_ON_STACK 32

struct writer {
	struct buf *out;
	int style;
};

/* -- strings ------------------------------------------------------------------------------------------------------ */

static bool is_plain(unsigned char c, bool html)
{
	if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
		return false;
	return !html || (c != '<' && c != '>' && c != '&');
}

/* One character that does not stand for itself, or starts a sequence; returns its length in the input. */
static size_t encode_special(struct buf *out, const unsigned char *p, size_t left)
{
	static const char letters[128] = {
		['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};
	static const char digits[] = "0123456789abcdef";
	size_t n = utf8_length((const char *)p, left);

	if (n == 0) {
		buf_add(out, STR("\\ufffd"));
		return 1;
	}
	if (n == 1) {
		buf_add_char(out, '\\');
		if (letters[p[0]]) {
			buf_add_char(out, letters[p[0]]);
		} else {
			buf_add(out, STR("u00"));
			buf_add_char(out, digits[p[0] >> 4]);
			buf_add_char(out, digits[p[0] & 15]);
		}
	} else if (n == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
		/* Line and paragraph separator: ends of line for JavaScript, so Go always escapes them. */
		buf_add(out, p[2] == 0xa8 ? STR("\\u2028") : STR("\\u2029"));
	} else {
		buf_add_bytes(out, p, n);
	}
	return n;
}

static void encode_str(struct buf *out, struct str s, bool html)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;

	buf_reserve(out, s.n + 2);
	buf_add_char(out, '"');
	while (i < s.n) {
		size_t from = i;

		while (i < s.n && is_plain(p[i], html))
			i++;
		buf_add_bytes(out, p + from, i - from);
		if (i < s.n)
			i += encode_special(out, p + i, s.n - i);
	}
	buf_add_char(out, '"');
}

void json_encode_str(struct buf *out, struct str s)
{
	encode_str(out, s, false);
}

/* -- numbers ------------------------------------------------------------------------------------------------------ */

static void encode_int(struct buf *out, int64_t i)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t rest = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (i < 0)
		digits[--at] = '-';
	buf_add_bytes(out, digits + at, sizeof(digits) - at);
}

void json_encode_double(struct buf *out, double d)
{
	double size = d < 0 ? -d : d;
	char text[DOUBLE_TEXT_MAX];
	size_t n;

	if (d != d || size > 1.7976931348623157e308) {
		buf_add(out, STR("null"));
		return;
	}
	if (size < 0x1p53 && size == (double)(int64_t)size) {
		if (d == 0 && 1 / d < 0)
			buf_add_char(out, '-');
		encode_int(out, (int64_t)d);
		return;
	}
	if (size >= 1e-6 && size < 1e21) {
		buf_add_bytes(out, text, double_text_plain(d, text));
		return;
	}
	n = double_text_exponent(d, 'e', text);
	/* encoding/json writes e-7, not e-07. */
	if (text[n - 2] == '0' && !(text[n - 3] >= '0' && text[n - 3] <= '9')) {
		text[n - 2] = text[n - 1];
		n--;
	}
	buf_add_bytes(out, text, n);
}

/* -- trees -------------------------------------------------------------------------------------------------------- */

static void encode(struct writer *writer, const struct value *v, unsigned depth);

static void new_line(struct writer *writer, unsigned depth)
{
	if (!(writer->style & JSON_PRETTY))
		return;
	buf_reserve(writer->out, 1 + 2 * (size_t)depth);
	buf_add_char(writer->out, '\n');
	for (unsigned i = 0; i < depth; i++)
		buf_add(writer->out, STR("  "));
}

static void encode_array(struct writer *writer, const struct value *v, unsigned depth)
{
	buf_add_char(writer->out, '[');
	for (uint32_t i = 0; i < v->length; i++) {
		if (i)
			buf_add_char(writer->out, ',');
		new_line(writer, depth + 1);
		encode(writer, &v->u.items[i], depth + 1);
	}
	if (v->length)
		new_line(writer, depth);
	buf_add_char(writer->out, ']');
}

static void encode_member(struct writer *writer, const struct member *member, bool first, unsigned depth)
{
	if (!first)
		buf_add_char(writer->out, ',');
	new_line(writer, depth);
	encode_str(writer->out, value_str(&member->key), writer->style & JSON_HTML_SAFE);
	buf_add_char(writer->out, ':');
	if (writer->style & JSON_PRETTY)
		buf_add_char(writer->out, ' ');
	encode(writer, &member->value, depth);
}

static void encode_sorted(struct writer *writer, const struct value *v, unsigned depth)
{
	const struct member *few[SORT_ON_STACK], **sorted = few;

	if (v->length > SORT_ON_STACK) {
		sorted = malloc(v->length * sizeof(struct member *));
		if (!sorted)
			abort();
	}
	for (uint32_t i = 0; i < v->length; i++)
		sorted[i] = &v->u.members[i];
	qsort(sorted, v->length, sizeof(struct member *), members_compare);
	for (uint32_t i = 0; i < v->length; i++)
		encode_member(writer, sorted[i], i == 0, depth + 1);
	if (sorted != few)
		free(sorted);
}

static void encode_object(struct writer *writer, const struct value *v, unsigned depth)
{
	buf_add_char(writer->out, '{');
	if ((writer->style & JSON_SORTED) && v->length > 1)
		encode_sorted(writer, v, depth);
	else
		for (uint32_t i = 0; i < v->length; i++)
			encode_member(writer, &v->u.members[i], i == 0, depth + 1);
	if (v->length)
		new_line(writer, depth);
	buf_add_char(writer->out, '}');
}

static void encode(struct writer *writer, const struct value *v, unsigned depth)
{
	if (!v || depth > DEPTH_MAX) {
		buf_add(writer->out, STR("null"));
		return;
	}
	switch ((enum value_type)v->type) {
	case VALUE_NULL:
		buf_add(writer->out, STR("null"));
		break;
	case VALUE_BOOL:
		buf_add(writer->out, v->u.boolean ? STR("true") : STR("false"));
		break;
	case VALUE_INT:
		encode_int(writer->out, v->u.integer);
		break;
	case VALUE_FLOAT:
		json_encode_double(writer->out, v->u.number);
		break;
	case VALUE_STRING:
		encode_str(writer->out, value_str(v), writer->style & JSON_HTML_SAFE);
		break;
	case VALUE_ARRAY:
		encode_array(writer, v, depth);
		break;
	case VALUE_OBJECT:
		encode_object(writer, v, depth);
		break;
	}
}

void json_encode(struct buf *out, const struct value *v, int style)
{
	struct writer writer = { out, style };

	encode(&writer, v, 0);
}

struct str json_text(struct arena *arena, const struct value *v, int style)
{
	struct buf out = { 0 };
	struct str text;

	json_encode(&out, v, style);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}
