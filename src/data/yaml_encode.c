/* Values to YAML text in block style, so that reading it back gives the same values. */
#include "data/utf8.h"
#include "data/yaml.h"
#include "data/yaml_scalar.h"

#define DEPTH_MAX 4096
/* Longer keys cannot be found by a YAML parser without a leading "?" (it looks 1,024 characters ahead). */
#define SIMPLE_KEY_MAX 1000


/* -- what must be quoted ------------------------------------------------------------------------------------------ */

/* Characters that a YAML stream holds as they are; ends of line are not among them. */
static bool is_printable(uint32_t c)
{
	if (c < 0x80)
		return c >= 0x20 && c < 0x7f;
	return c >= 0xa0 && c != 0x2028 && c != 0x2029 && c != 0xfeff && c != 0xfffe && c != 0xffff;
}

static bool all_printable(struct str s, bool lines)
{
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t c = utf8_decode(s.p + i, s.n - i, &n);

		if ((c == UTF8_REPLACEMENT && n == 1) || (!is_printable(c) && !(lines && (c == '\n' || c == '\t'))))
			return false;
	}
	return true;
}

static bool is_marker(struct str s)
{
	return str_starts_with(s, STR("---")) || str_starts_with(s, STR("..."));
}

/* Reads back as the same string when written without quotes. */
static bool can_be_plain(struct str s)
{
	char first = s.n ? s.p[0] : '\0';

	if (scalar_resolve(s).kind != SCALAR_STRING || str_is(s, "<<") || str_is(s, "=") || is_marker(s))
		return false;
	if (strchr(",[]{}#&*!|>'\"%@` ", first) || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == ':')
		return false;
	if ((first == '-' || first == '?' || first == ':') && (s.n == 1 || s.p[1] == ' '))
		return false;
	if (str_contains(s, STR(": ")) || str_contains(s, STR(" #")))
		return false;
	return all_printable(s, false);
}

/* Several lines, none of which a literal block would change. */
static bool can_be_block(struct str s)
{
	return str_find_char(s, '\n', 0) != STR_NOT_FOUND && s.p[0] != '\n' && s.p[0] != ' ' && s.p[0] != '\t' &&
	       all_printable(s, true);
}

static void encode_quoted(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0, n; i < s.n; i += n) {
		uint32_t c = utf8_decode(s.p + i, s.n - i, &n);

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", (int)c);
		else if (c == '\n')
			buf_add(out, STR("\\n"));
		else if (c == '\t')
			buf_add(out, STR("\\t"));
		else if (c == '\r')
			buf_add(out, STR("\\r"));
		else if (is_printable(c) && !(c == UTF8_REPLACEMENT && n == 1))
			buf_add_bytes(out, s.p + i, n);
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_add_char(out, '"');
}

static void encode_inline(struct buf *out, struct str s)
{
	if (can_be_plain(s))
		buf_add(out, s);
	else
		encode_quoted(out, s);
}

/* -- trees -------------------------------------------------------------------------------------------------------- */

static void encode(struct buf *out, const struct value *v, int indent, unsigned depth, bool in_line);

static void add_indent(struct buf *out, int indent)
{
	for (int i = 0; i < indent; i++)
		buf_add_char(out, ' ');
}

static void encode_block(struct buf *out, struct str s, int indent)
{
	bool ends = s.p[s.n - 1] == '\n', keeps = ends && (s.n == 1 || s.p[s.n - 2] == '\n');
	struct str line, rest = s;

	buf_add(out, !ends ? STR("|-\n") : keeps ? STR("|+\n") : STR("|\n"));
	for (bool more = true; more && rest.n;) {
		more = str_cut(rest, '\n', &line, &rest);
		if (line.n)
			add_indent(out, indent);
		buf_add(out, line);
		buf_add_char(out, '\n');
	}
}

static bool is_scalar(const struct value *v)
{
	return value_count(v) == 0;
}

/* Behind "key:" or "-": a scalar follows on the line, a collection below. */
static void encode_key(struct buf *out, struct str key, int indent)
{
	size_t from = out->n;

	encode_inline(out, key);
	if (out->n - from <= SIMPLE_KEY_MAX) {
		buf_add_char(out, ':');
		return;
	}
	out->n = from;
	buf_add(out, STR("? "));
	encode_inline(out, key);
	buf_add_char(out, '\n');
	add_indent(out, indent);
	buf_add_char(out, ':');
}

static void encode_object(struct buf *out, const struct value *v, int indent, unsigned depth, bool in_line)
{
	for (MEMBER_EACH(m, v)) {
		if (!in_line)
			add_indent(out, indent);
		in_line = false;
		encode_key(out, value_str(&m->key), indent);
		if (is_scalar(&m->value)) {
			buf_add_char(out, ' ');
			encode(out, &m->value, indent + 2, depth, true);
		} else {
			buf_add_char(out, '\n');
			encode(out, &m->value, m->value.type == VALUE_ARRAY ? indent : indent + 2, depth, false);
		}
	}
}

static void encode_array(struct buf *out, const struct value *v, int indent, unsigned depth, bool in_line)
{
	for (VALUE_EACH(item, v)) {
		if (!in_line)
			add_indent(out, indent);
		in_line = false;
		buf_add(out, STR("- "));
		encode(out, item, indent + 2, depth, true);
	}
}

static void encode_string(struct buf *out, struct str s, int indent)
{
	if (indent > 0 && can_be_block(s)) {
		encode_block(out, s, indent);
		return;
	}
	encode_inline(out, s);
	buf_add_char(out, '\n');
}

/* `in_line`: the cursor stands where the value may begin; else at the start of a line. */
static void encode(struct buf *out, const struct value *v, int indent, unsigned depth, bool in_line)
{
	if (!v || depth >= DEPTH_MAX) {
		buf_add(out, STR("null\n"));
	} else if (v->type == VALUE_STRING) {
		encode_string(out, value_str(v), indent);
	} else if (v->type == VALUE_OBJECT && v->length) {
		encode_object(out, v, indent, depth + 1, in_line);
	} else if (v->type == VALUE_ARRAY && v->length) {
		encode_array(out, v, indent, depth + 1, in_line);
	} else {
		json_encode(out, v, JSON_COMPACT);
		buf_add_char(out, '\n');
	}
}

void yaml_encode(struct buf *out, const struct value *v, int indent)
{
	bool scalar = is_scalar(v);

	if (scalar)
		add_indent(out, indent);
	encode(out, v, indent, 0, scalar);
}
