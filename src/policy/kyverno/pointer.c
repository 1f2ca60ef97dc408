/* What "@" stands for: the path of the pattern's leaf as an expression on the resource. */
#include "base/buf.h"
#include "policy/kyverno/variable.h"

#include <ctype.h>

struct parts {
	struct str *items;
	size_t count, capacity;
};

static void flush(struct arena *arena, struct buf *part, struct parts *parts)
{
	if (part->n > 0)
		*ARENA_PUSH(arena, parts->items, parts->count, parts->capacity) = str_dup(arena, buf_str(part));
	buf_clear(part);
}

/* Cuts at slashes; a backslash takes the next character as it is, and quotes hold slashes. */
static struct parts cut(struct arena *arena, struct str path)
{
	struct parts parts = { 0 };
	struct buf part = { 0 };
	bool escaped = false, quoted = false;

	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];

		if (escaped) {
			buf_add_char(&part, c);
			escaped = false;
		} else if (c == '\\') {
			escaped = true;
		} else if (c == '"') {
			quoted = !quoted;
		} else if (c == '/' && !quoted) {
			flush(arena, &part, &parts);
		} else {
			buf_add_char(&part, c);
		}
	}
	flush(arena, &part, &parts);
	buf_free(&part);
	return parts;
}

/* A number that fits 64 bits. */
static bool is_index(struct str s)
{
	uint64_t value = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned)(s.p[i] - '0');

		if (!isdigit((unsigned char)s.p[i]) || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	return s.n > 0;
}

/* May it go unquoted? The ')' is a peculiarity of Kyverno's. */
static bool is_identifier(struct str s)
{
	if (s.n == 0 || (!isalpha((unsigned char)s.p[0]) && s.p[0] != '_'))
		return false;
	for (size_t i = 1; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_' && s.p[i] != ')')
			return false;
	return true;
}

static void add_quoted(struct buf *out, struct str s)
{
	static const char escapes[256] = { ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n',
					   ['\r'] = 'r', ['\t'] = 't' };

	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (escapes[c])
			buf_printf(out, "\\%c", escapes[c]);
		else if (c < 0x20)
			buf_printf(out, "\\u%04x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

static void add_part(struct buf *out, struct str part)
{
	if (is_index(part)) {
		buf_printf(out, "[" STR_FMT "]", STR_ARG(part));
		return;
	}
	if (out->n > 0)
		buf_add_char(out, '.');
	if (is_identifier(part))
		buf_add(out, part);
	else
		add_quoted(out, part);
}

struct str pointer_expression(struct arena *arena, struct str path, bool has_target)
{
	struct parts parts = cut(arena, path);
	struct buf out = { 0 };
	struct str text;
	size_t skip = 0;

	/* Kyverno drops two parts, from when it took rules whole ("validate", "pattern"), and "foreach" before. */
	for (size_t i = 0; i < parts.count && skip == 0; i++)
		if (str_is(parts.items[i], "foreach"))
			skip = i + 1;
	skip = parts.count - skip < 3 ? parts.count : skip + 2;
	buf_add(&out, has_target ? STR("target") : STR("request.object"));
	for (size_t i = skip; i < parts.count; i++)
		add_part(&out, parts.items[i]);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}
