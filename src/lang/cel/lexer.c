/*
 * Where several tokens could begin, the longest wins: "1e" is the number 1 and the name e, b'x the name b and a broken
 * string.
 */
#include "lang/cel/lexer.h"

#include "data/utf8.h"

enum {
	LETTER = 1,             /* and the underscore */
	DIGIT = 2,
	HEX = 4,
	SPACE = 8,
	IN_ESCAPED_NAME = 16,   /* besides letters and digits */
	SIMPLE_ESCAPE = 32,     /* what may follow a backslash by itself */
};

static const uint8_t classes[256] = {
	['0' ... '9'] = DIGIT | HEX,
	['A'] = LETTER | HEX, ['B'] = LETTER | HEX, ['C' ... 'F'] = LETTER | HEX,
	['G' ... 'Z'] = LETTER,
	['a'] = LETTER | HEX | SIMPLE_ESCAPE, ['b'] = LETTER | HEX | SIMPLE_ESCAPE,
	['c' ... 'e'] = LETTER | HEX, ['f'] = LETTER | HEX | SIMPLE_ESCAPE,
	['g' ... 'm'] = LETTER, ['n'] = LETTER | SIMPLE_ESCAPE,
	['o' ... 'q'] = LETTER, ['r'] = LETTER | SIMPLE_ESCAPE, ['s'] = LETTER,
	['t'] = LETTER | SIMPLE_ESCAPE, ['u'] = LETTER, ['v'] = LETTER | SIMPLE_ESCAPE,
	['w' ... 'z'] = LETTER,
	['_'] = LETTER,
	['"'] = SIMPLE_ESCAPE, ['\''] = SIMPLE_ESCAPE, ['\\'] = SIMPLE_ESCAPE, ['?'] = SIMPLE_ESCAPE,
	['`'] = SIMPLE_ESCAPE,
	['\t'] = SPACE, ['\r'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE, [' '] = SPACE | IN_ESCAPED_NAME,
	['.'] = IN_ESCAPED_NAME, ['-'] = IN_ESCAPED_NAME, ['/'] = IN_ESCAPED_NAME,
};

struct lexer {
	const char *p, *end;
	const char *stopped;    /* where the longest attempt at a token broke off */
};

static bool is(const struct lexer *lexer, const char *p, unsigned class)
{
	return p < lexer->end && (classes[(unsigned char)*p] & class);
}

static const char *skip(const struct lexer *lexer, const char *p, unsigned class)
{
	while (is(lexer, p, class))
		p++;
	return p;
}

static void stop(struct lexer *lexer, const char *p)
{
	if (p > lexer->stopped)
		lexer->stopped = p;
}

/* How many characters of `class` an escape like \x, \u or \1 takes after its letter; 0: it is complete. */
static size_t escape_digits(char c)
{
	switch (c) {
	case 'x':
	case 'X':
	case '0' ... '3':
		return 2;
	case 'u':
		return 4;
	case 'U':
		return 8;
	default:
		return 0;
	}
}

/* Past an escape sequence whose backslash is at p; NULL when it is none. */
static const char *escape(struct lexer *lexer, const char *p)
{
	size_t digits;
	bool octal;

	p++;
	if (is(lexer, p, SIMPLE_ESCAPE))
		return p + 1;
	digits = p < lexer->end ? escape_digits(*p) : 0;
	octal = is(lexer, p, DIGIT);
	if (digits)
		p++;
	for (size_t i = 0; i < digits; i++, p++) {
		if (!is(lexer, p, HEX) || (octal && (*p < '0' || *p > '7'))) {
			digits = 0;
			break;
		}
	}
	if (digits)
		return p;
	stop(lexer, p);
	return NULL;
}

/* Past a string whose opening quote is at p; NULL when there is none that is complete. */
static const char *quoted(struct lexer *lexer, const char *p, bool raw)
{
	char quote = *p;
	bool triple = lexer->end - p >= 3 && p[1] == quote && p[2] == quote;
	const char *open = p;

	for (p += triple ? 3 : 1; p < lexer->end; ) {
		if (*p == quote && !triple)
			return p + 1;
		if (*p == quote && lexer->end - p >= 3 && p[1] == quote && p[2] == quote)
			return p + 3;
		if (!triple && (*p == '\n' || *p == '\r'))
			break;
		if (*p != '\\' || raw) {
			p++;
			continue;
		}
		p = escape(lexer, p);
		if (!p)
			break;
	}
	if (p)
		stop(lexer, p);
	return triple ? open + 2 : NULL;        /* the empty string, then */
}

static enum cel_token_type number(struct lexer *lexer, const char *start)
{
	const char *p = skip(lexer, start, DIGIT), *fraction, *exponent;
	enum cel_token_type type = TOKEN_INT;

	if (p - start == 1 && *start == '0' && p < lexer->end && *p == 'x') {
		stop(lexer, p + 1);
		if (is(lexer, p + 1, HEX))
			p = skip(lexer, p + 1, HEX);
	}
	if (p < lexer->end && (*p == 'u' || *p == 'U')) {
		lexer->p = p + 1;
		return TOKEN_UINT;
	}
	if (p > start + 1 && start[1] == 'x') {
		lexer->p = p;
		return TOKEN_INT;
	}
	fraction = p < lexer->end && *p == '.' ? skip(lexer, p + 1, DIGIT) : p;
	if (fraction > p + 1) {
		p = fraction;
		type = TOKEN_FLOAT;
	}
	if (p > start && p < lexer->end && (*p == 'e' || *p == 'E')) {
		exponent = p + 1;
		if (exponent < lexer->end && (*exponent == '+' || *exponent == '-'))
			exponent++;
		if (is(lexer, exponent, DIGIT)) {
			p = skip(lexer, exponent, DIGIT);
			type = TOKEN_FLOAT;
		}
	}
	lexer->p = p;
	return type;
}

static bool is_quote(const struct lexer *lexer, const char *p)
{
	return p < lexer->end && (*p == '"' || *p == '\'');
}

/* A string with prefixes: r'', b'', br''. TOKEN_NONE when there is none that is complete. */
static enum cel_token_type prefixed(struct lexer *lexer, const char *start)
{
	const char *p = start;
	bool bytes = (*p | 0x20) == 'b', raw;

	p += bytes;
	raw = p < lexer->end && (*p | 0x20) == 'r';
	p += raw;
	if (!is_quote(lexer, p))
		return TOKEN_NONE;
	p = quoted(lexer, p, raw);
	if (!p)
		return TOKEN_NONE;
	lexer->p = p;
	return bytes ? TOKEN_BYTES : TOKEN_STRING;
}

static enum cel_token_type name(struct lexer *lexer, const char *start)
{
	static const struct {
		struct str word;
		enum cel_token_type type;
	} words[] = {
		{ { "in", 2 }, TOKEN_IN },
		{ { "true", 4 }, TOKEN_TRUE },
		{ { "false", 5 }, TOKEN_FALSE },
		{ { "null", 4 }, TOKEN_NULL },
	};
	struct str text;

	lexer->p = skip(lexer, start, LETTER | DIGIT);
	text = str_make(start, (size_t)(lexer->p - start));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal(text, words[i].word))
			return words[i].type;
	return TOKEN_IDENT;
}

static enum cel_token_type escaped_name(struct lexer *lexer, const char *start)
{
	const char *p = skip(lexer, start + 1, LETTER | DIGIT | IN_ESCAPED_NAME);

	if (p == lexer->end || *p != '`' || p == start + 1) {
		stop(lexer, p);
		return TOKEN_NONE;
	}
	lexer->p = p + 1;
	return TOKEN_ESCAPED_IDENT;
}

/* One or two characters: the second, if it follows, makes another token; with `alone` TOKEN_NONE it must follow. */
struct sign {
	uint8_t alone, second, both;
};
#define SIGN(alone) { alone, 0, TOKEN_NONE }

static const struct sign signs[128] = {
	['='] = { TOKEN_NONE, '=', TOKEN_EQUALS },
	['!'] = { TOKEN_EXCLAM, '=', TOKEN_NOT_EQUALS },
	['<'] = { TOKEN_LESS, '=', TOKEN_LESS_EQUALS },
	['>'] = { TOKEN_GREATER, '=', TOKEN_GREATER_EQUALS },
	['&'] = { TOKEN_NONE, '&', TOKEN_AND },
	['|'] = { TOKEN_NONE, '|', TOKEN_OR },
	['['] = SIGN(TOKEN_LBRACKET),
	[']'] = SIGN(TOKEN_RBRACKET),
	['{'] = SIGN(TOKEN_LBRACE),
	['}'] = SIGN(TOKEN_RBRACE),
	['('] = SIGN(TOKEN_LPAREN),
	[')'] = SIGN(TOKEN_RPAREN),
	['.'] = SIGN(TOKEN_DOT),
	[','] = SIGN(TOKEN_COMMA),
	['-'] = SIGN(TOKEN_MINUS),
	['?'] = SIGN(TOKEN_QUESTION),
	[':'] = SIGN(TOKEN_COLON),
	['+'] = SIGN(TOKEN_PLUS),
	['*'] = SIGN(TOKEN_STAR),
	['/'] = SIGN(TOKEN_SLASH),
	['%'] = SIGN(TOKEN_PERCENT),
};

static enum cel_token_type sign(struct lexer *lexer, const char *start)
{
	unsigned char c = (unsigned char)*start;
	const struct sign *found = c < 128 ? &signs[c] : NULL;

	if (!found || (!found->both && !found->alone))
		return TOKEN_NONE;
	stop(lexer, start + 1);
	if (found->second && start + 1 < lexer->end && start[1] == (char)found->second) {
		lexer->p = start + 2;
		return found->both;
	}
	lexer->p = start + 1;
	return found->alone;
}

static enum cel_token_type next(struct lexer *lexer)
{
	const char *start = lexer->p;
	enum cel_token_type type;
	char c = *start;

	lexer->stopped = start;
	if (is(lexer, start, LETTER)) {
		type = (c | 0x20) == 'b' || (c | 0x20) == 'r' ? prefixed(lexer, start) : TOKEN_NONE;
		/* An empty string's '' is all that is left of a broken b'''…, and no longer than any name. */
		return type != TOKEN_NONE ? type : name(lexer, start);
	}
	if (is(lexer, start, DIGIT) || (c == '.' && is(lexer, start + 1, DIGIT)))
		return number(lexer, start);
	if (is_quote(lexer, start)) {
		const char *past = quoted(lexer, start, false);

		if (!past)
			return TOKEN_NONE;
		lexer->p = past;
		return TOKEN_STRING;
	}
	if (c == '`')
		return escaped_name(lexer, start);
	return sign(lexer, start);
}

/* Reports what is no token, with the character at which that became clear, and goes on behind that. */
static void unknown(struct lexer *lexer, const char *start, struct str source, struct cel_issues *issues)
{
	const char *p = lexer->stopped;
	size_t width = 0;

	if (p < lexer->end)
		utf8_decode(p, (size_t)(lexer->end - p), &width);
	p += width;
	cel_issue_add(issues, (uint32_t)(start - source.p), "Syntax error: token recognition error at: '" STR_FMT "'",
		      STR_ARG(str_make(start, (size_t)(p - start))));
	lexer->p = p;
}

static const char *blanks(const struct lexer *lexer, const char *p)
{
	for (;;) {
		p = skip(lexer, p, SPACE);
		if (lexer->end - p < 2 || p[0] != '/' || p[1] != '/')
			return p;
		while (p < lexer->end && *p != '\n')
			p++;
	}
}

size_t cel_skip_blanks(struct str source, size_t offset)
{
	struct lexer lexer = { .p = source.p, .end = source.p + source.n };

	return (size_t)(blanks(&lexer, source.p + offset) - source.p);
}

struct cel_token *cel_lex(struct arena *arena, struct str source, struct cel_issues *issues)
{
	struct lexer lexer = { .p = source.p, .end = source.p + source.n };
	struct cel_token *tokens = NULL;
	size_t count = 0, capacity = 0;

	for (;;) {
		const char *start = blanks(&lexer, lexer.p);
		enum cel_token_type type = TOKEN_EOF;

		lexer.p = start;
		if (start < lexer.end)
			type = next(&lexer);
		if (type == TOKEN_NONE) {
			unknown(&lexer, start, source, issues);
			continue;
		}
		*ARENA_PUSH(arena, tokens, count, capacity) = (struct cel_token){
			.type = type,
			.offset = (uint32_t)(start - source.p),
			.length = (uint32_t)(lexer.p - start),
		};
		if (type == TOKEN_EOF)
			return tokens;
	}
}
