/*
 * Go's messages about broken JSON. Go reads byte by byte and complains about the first byte that does not fit; what was
 * expected there depends on what was read before. Behind the end it tries a blank.
 */
#include "policy/kyverno/functions_json.h"

#include <math.h>

#include "data/utf8.h"

#define DEPTH_MAX 10000

struct scanner {
	struct arena *arena;
	struct str text;
	size_t at;
	char *open;             /* the containers around this place: '{' or '[' */
	size_t depth, capacity;
	struct str message;     /* once set, the end */
	struct str too_large;   /* the first number beyond a double: told only when all else is well */
};

/* The byte here; a blank behind the end. */
static unsigned char peek(const struct scanner *s)
{
	return s->at < s->text.n ? (unsigned char)s->text.p[s->at] : ' ';
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/*
 * -- messages
 * ----------------------------------------------------------------------------------------------------
 */

/* Go quotes the byte as if it were a character of Latin-1. */
static struct str quote_byte(struct arena *arena, unsigned char c)
{
	static const char named[] = "\aa\bb\ff\nn\rr\tt\vv\\\\''";
	char character[4];

	for (size_t i = 0; i + 1 < sizeof(named); i += 2)
		if ((unsigned char)named[i] == c)
			return str_format(arena, "'\\%c'", named[i + 1]);
	if (c < ' ' || c == 0x7f)
		return str_format(arena, "'\\x%02x'", c);
	if ((c >= 0x80 && c <= 0xa0) || c == 0xad)
		return str_format(arena, "'\\u%04x'", c);
	return str_format(arena, "'%.*s'", (int)utf8_encode(c, character), character);
}

static bool fail(struct scanner *s, const char *context)
{
	struct str quoted = quote_byte(s->arena, peek(s));

	s->message = str_format(s->arena, "invalid character " STR_FMT " %s", STR_ARG(quoted), context);
	return false;
}

/* To the next byte that is no white space; false at the end. */
static bool skip_space(struct scanner *s)
{
	while (s->at < s->text.n && strchr(" \t\r\n", s->text.p[s->at]) && s->text.p[s->at])
		s->at++;
	if (s->at < s->text.n)
		return true;
	s->message = STR("unexpected end of JSON input");
	return false;
}

/*
 * -- literals
 * ----------------------------------------------------------------------------------------------------
 */

static bool scan_word(struct scanner *s, const char *word)
{
	char context[40];

	for (const char *p = word; *p; p++, s->at++) {
		if (peek(s) == (unsigned char)*p)
			continue;
		snprintf(context, sizeof(context), "in literal %s (expecting '%c')", word, *p);
		return fail(s, context);
	}
	return true;
}

static void skip_digits(struct scanner *s)
{
	while (is_digit(peek(s)))
		s->at++;
}

static bool scan_number(struct scanner *s)
{
	size_t start = s->at;

	if (peek(s) == '-')
		s->at++;
	if (!is_digit(peek(s)))
		return fail(s, "in numeric literal");
	if (peek(s) == '0')
		s->at++;
	else
		skip_digits(s);
	if (peek(s) == '.') {
		s->at++;
		if (!is_digit(peek(s)))
			return fail(s, "after decimal point in numeric literal");
		skip_digits(s);
	}
	if (peek(s) == 'e' || peek(s) == 'E') {
		s->at++;
		if (peek(s) == '+' || peek(s) == '-')
			s->at++;
		if (!is_digit(peek(s)))
			return fail(s, "in exponent of numeric literal");
		skip_digits(s);
	}

	struct str number = str_slice(s->text, start, s->at);

	if (s->too_large.n == 0 && isinf(strtod(str_cstr(s->arena, number), NULL)))
		s->too_large = number;
	return true;
}

static bool scan_escape(struct scanner *s)
{
	unsigned char c = peek(s);

	if (c != 'u') {
		if (!c || !strchr("bfnrt\\/\"", c))
			return fail(s, "in string escape code");
		s->at++;
		return true;
	}
	s->at++;
	for (int i = 0; i < 4; i++, s->at++) {
		c = peek(s);
		if (!is_digit(c) && !((c | 32) >= 'a' && (c | 32) <= 'f'))
			return fail(s, "in \\u hexadecimal character escape");
	}
	return true;
}

static bool scan_string(struct scanner *s)
{
	s->at++;
	while (s->at < s->text.n) {
		unsigned char c = peek(s);

		if (c < ' ')
			return fail(s, "in string literal");
		s->at++;
		if (c == '"')
			return true;
		if (c == '\\' && !scan_escape(s))
			return false;
	}
	s->message = STR("unexpected end of JSON input");
	return false;
}

/*
 * -- structure
 * ---------------------------------------------------------------------------------------------------
 */

static bool push(struct scanner *s)
{
	if (s->depth == DEPTH_MAX)
		return fail(s, "exceeded max depth");
	*ARENA_PUSH(s->arena, s->open, s->depth, s->capacity) = (char)peek(s);
	s->at++;
	return true;
}

/* A key and its colon. */
static bool scan_key(struct scanner *s)
{
	if (!skip_space(s))
		return false;
	if (peek(s) != '"')
		return fail(s, "looking for beginning of object key string");
	if (!scan_string(s) || !skip_space(s))
		return false;
	if (peek(s) != ':')
		return fail(s, "after object key");
	s->at++;
	return true;
}

/* Behind a container's first byte: true when it closes at once. */
static bool closes_at_once(struct scanner *s)
{
	size_t at = s->at;

	if (!skip_space(s))
		return false;
	if (peek(s) != (s->open[s->depth - 1] == '{' ? '}' : ']')) {
		s->at = at;
		return false;
	}
	s->at++;
	s->depth--;
	return true;
}

/* Scalars whole; of containers the beginning, up to their first value. *complete: a value has ended. */
static bool scan_value(struct scanner *s, bool *complete)
{
	unsigned char c;

	*complete = true;
	if (!skip_space(s))
		return false;
	c = peek(s);
	switch (c) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	case '{':
	case '[':
		if (!push(s))
			return false;
		if (closes_at_once(s))
			return true;
		*complete = false;
		return s->message.n == 0 && (c == '[' || scan_key(s));
	default:
		return c == '-' || is_digit(c) ? scan_number(s) : fail(s, "looking for beginning of value");
	}
}

/* Behind a value: closes what closes, up to the place of the next value. False at the end of all, too. */
static bool scan_behind(struct scanner *s)
{
	while (s->depth > 0) {
		bool object = s->open[s->depth - 1] == '{';

		if (!skip_space(s))
			return false;
		if (peek(s) == ',') {
			s->at++;
			return object ? scan_key(s) : true;
		}
		if (peek(s) != (object ? '}' : ']'))
			return fail(s, object ? "after object key:value pair" : "after array element");
		s->at++;
		s->depth--;
	}
	if (skip_space(s))
		return fail(s, "after top-level value");
	s->message = STR_NULL;
	return false;
}

struct str function_json_error(struct arena *arena, struct str text)
{
	struct scanner s = { .arena = arena, .text = text };
	bool complete;

	while (scan_value(&s, &complete) && (!complete || scan_behind(&s)))
		;
	if (s.message.n == 0 && s.too_large.n > 0)
		return str_format(arena, "json: cannot unmarshal number " STR_FMT " into Go value of type float64",
				  STR_ARG(s.too_large));
	return s.message;
}

/*
 * -- repair
 * ------------------------------------------------------------------------------------------------------
 */

/* The code unit that "\uXXXX" at `at` stands for; -1 when there is no such escape. */
static int32_t escaped_unit(struct str s, size_t at)
{
	int32_t unit = 0;

	if (at + 6 > s.n || s.p[at] != '\\' || s.p[at + 1] != 'u')
		return -1;
	for (size_t i = at + 2; i < at + 6; i++) {
		char c = s.p[i];
		int digit = c >= '0' && c <= '9'		 ? c - '0'
			    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
								 : -1;

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static bool is_high(int32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(int32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

struct str function_json_repair(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, 3 * text.n + 1);
	size_t n = 0;

	for (size_t i = 0, length; i < text.n; i += length) {
		int32_t unit = escaped_unit(text, i);
		struct str part;

		length = utf8_length(text.p + i, text.n - i);
		if (unit >= 0)
			length = is_high(unit) && is_low(escaped_unit(text, i + 6)) ? 12 : 6;
		else if (text.p[i] == '\\' && i + 1 < text.n)
			length = 2;
		part = str_slice(text, i, i + length);
		if (length == 0) {
			part = STR("\xef\xbf\xbd");
			length = 1;
		} else if (length == 6 && (is_high(unit) || is_low(unit))) {
			part = STR("\\ufffd");
		}
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return n == text.n && memcmp(out, text.p, n) == 0 ? text : str_make(out, n);
}
