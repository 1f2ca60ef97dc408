/*
 * String and bytes literals: quotes, prefixes, escapes (CEL specification, "String and Bytes Values").
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

bool cel_unescape(struct arena *arena, struct str token, bool bytes, struct str *out, const char **why)
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
