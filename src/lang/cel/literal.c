/*
 * Literals: numbers; strings and bytes with their quotes, prefixes and escapes (CEL specification, "String and Bytes
 * Values").
 */
#include "lang/cel/parser.h"

#include "data/utf8.h"

struct unescaper {
	const char *p, *end;
	char *out;
	bool bytes;
	const char *why;
};

static const char simple[128] = {
	['a'] = '\a', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t', ['v'] = '\v',
	['\\'] = '\\', ['\''] = '\'', ['"'] = '"', ['`'] = '`', ['?'] = '?',
};

static uint32_t digit_value(char c)
{
	return c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 0x20) - 'a' + 10);
}

/* The lexer saw to it that the digits are there. */
static uint32_t read_code(struct unescaper *u, size_t digits, unsigned bits)
{
	uint32_t code = 0;

	for (size_t i = 0; i < digits && u->p < u->end; i++)
		code = code << bits | digit_value(*u->p++);
	return code;
}

static bool put_code(struct unescaper *u, uint32_t code, bool as_byte)
{
	if (as_byte) {
		*u->out++ = (char)code;
		return true;
	}
	if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
		u->why = "invalid unicode code point";
		return false;
	}
	u->out += utf8_encode(code, u->out);
	return true;
}

static bool unescape_one(struct unescaper *u)
{
	char c = *u->p++;

	if ((unsigned char)c < 128 && simple[(unsigned char)c]) {
		*u->out++ = simple[(unsigned char)c];
		return true;
	}
	if (c == 'x' || c == 'X')
		return put_code(u, read_code(u, 2, 4), u->bytes);
	if (c >= '0' && c <= '3') {
		u->p--;
		return put_code(u, read_code(u, 3, 3), u->bytes);
	}
	if (u->bytes) {         /* \u and \U have no meaning in bytes */
		u->why = "unable to unescape string";
		return false;
	}
	return put_code(u, read_code(u, c == 'u' ? 4 : 8, 4), false);
}

/* Line ends become \n; bytes that are no UTF-8 become U+FFFD. */
static bool unescape_all(struct unescaper *u, bool raw)
{
	while (u->p < u->end) {
		size_t width;
		uint32_t c;

		if (*u->p == '\\' && !raw) {
			u->p++;
			if (u->p == u->end || !unescape_one(u))
				return false;
			continue;
		}
		if (*u->p == '\r') {
			u->p += u->end - u->p > 1 && u->p[1] == '\n' ? 2 : 1;
			*u->out++ = '\n';
			continue;
		}
		c = utf8_decode(u->p, (size_t)(u->end - u->p), &width);
		u->p += width;
		u->out += utf8_encode(c, u->out);
	}
	return true;
}

static bool is_plain(struct str text, bool raw)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.p[i] == '\\' && !raw) || text.p[i] == '\r' || (text.p[i] & 0x80))
			return false;
	return true;
}

/* A string or bytes token → its bytes. False and *why: what is wrong with it. */
static bool unescape(struct arena *arena, struct str token, bool bytes, struct str *out, const char **why)
{
	struct str text = str_skip(token, bytes);
	struct unescaper u = { .bytes = bytes, .why = "unable to unescape string" };
	bool raw = text.n && (text.p[0] | 0x20) == 'r';
	size_t quotes;
	char *start;

	text = str_skip(text, raw);
	quotes = text.n >= 6 && text.p[1] == text.p[0] && text.p[2] == text.p[0] ? 3 : 1;
	text = str_slice(text, quotes, text.n - quotes);
	*out = text;
	if (is_plain(text, raw))
		return true;
	/* A broken byte grows to three; escapes only shrink. */
	start = arena_array(arena, text.n, 3);
	u.p = text.p;
	u.end = text.p + text.n;
	u.out = start;
	if (!unescape_all(&u, raw)) {
		*why = u.why;
		return false;
	}
	*out = str_make(start, (size_t)(u.out - start));
	return true;
}

/* -- nodes -------------------------------------------------------------------------------------------------------- */

static bool parse_digits(struct str text, uint64_t *out)
{
	bool hex = str_starts_with(text, STR("0x"));
	unsigned base = hex ? 16 : 10;
	uint64_t value = 0;

	for (size_t i = hex ? 2 : 0; i < text.n; i++) {
		char c = text.p[i];
		unsigned digit = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);

		if (__builtin_mul_overflow(value, base, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

static struct cel_expr *int_literal(struct parser *parser, uint32_t offset, struct str text, bool negative)
{
	uint64_t value;

	if (!parse_digits(text, &value) || value > (uint64_t)INT64_MAX + negative)
		return cel_broken(parser, offset, "invalid int literal");
	return cel_node_literal(parser, offset, cel_of_int((int64_t)(negative ? 0 - value : value)));
}

static struct cel_expr *uint_literal(struct parser *parser, uint32_t offset, struct str text)
{
	uint64_t value;

	if (!parse_digits(str_slice(text, 0, text.n - 1), &value))
		return cel_broken(parser, offset, "invalid uint literal");
	return cel_node_literal(parser, offset, cel_of_uint(value));
}

static struct cel_expr *double_literal(struct parser *parser, uint32_t offset, struct str text, bool negative)
{
	double value = strtod(str_cstr(parser->arena, text), NULL);

	if (value > __DBL_MAX__)
		return cel_broken(parser, offset, "invalid double literal");
	return cel_node_literal(parser, offset, cel_of_double(negative ? -value : value));
}

static struct cel_expr *text_literal(struct parser *parser, const struct cel_token *token)
{
	bool bytes = token->type == TOKEN_BYTES;
	const char *why;
	struct str text;

	if (!unescape(parser->arena, cel_token_text(parser->source, token), bytes, &text, &why))
		return cel_broken(parser, token->offset, "%s", why);
	return cel_node_literal(parser, token->offset, bytes ? cel_of_bytes(text) : cel_of_str(text));
}

struct cel_expr *cel_literal(struct parser *parser, const struct cel_token *token, uint32_t start, bool negative)
{
	struct str text = cel_token_text(parser->source, token);

	switch (token->type) {
	case TOKEN_INT:
		return int_literal(parser, start, text, negative);
	case TOKEN_UINT:
		return uint_literal(parser, start, text);
	case TOKEN_FLOAT:
		return double_literal(parser, start, text, negative);
	case TOKEN_STRING:
	case TOKEN_BYTES:
		return text_literal(parser, token);
	case TOKEN_NULL:
		return cel_node_literal(parser, start, cel_of_null());
	default:
		return cel_node_literal(parser, start, cel_of_bool(token->type == TOKEN_TRUE));
	}
}
