#include "lang/jmespath/lexer.h"

#include "base/buf.h"
#include "data/json.h"

/* What one sees of a long line around the caret, in bytes. */
#define CARET_BEFORE 60
#define CARET_AFTER 40

static const char *const names[TOKEN_TYPES] = {
	[TOKEN_END] = "the end of the expression",
	[TOKEN_IDENTIFIER] = "a name",
	[TOKEN_QUOTED] = "a quoted name",
	[TOKEN_NUMBER] = "a number",
	[TOKEN_LITERAL] = "a literal",
	[TOKEN_STAR] = "\"*\"",
	[TOKEN_DOT] = "\".\"",
	[TOKEN_COMMA] = "\",\"",
	[TOKEN_COLON] = "\":\"",
	[TOKEN_CURRENT] = "\"@\"",
	[TOKEN_EXPRESSION] = "\"&\"",
	[TOKEN_PIPE] = "\"|\"",
	[TOKEN_OR] = "\"||\"",
	[TOKEN_AND] = "\"&&\"",
	[TOKEN_NOT] = "\"!\"",
	[TOKEN_EQ] = "\"==\"",
	[TOKEN_NE] = "\"!=\"",
	[TOKEN_LT] = "\"<\"",
	[TOKEN_LE] = "\"<=\"",
	[TOKEN_GT] = "\">\"",
	[TOKEN_GE] = "\">=\"",
	[TOKEN_FILTER] = "\"[?\"",
	[TOKEN_FLATTEN] = "\"[]\"",
	[TOKEN_LBRACKET] = "\"[\"",
	[TOKEN_RBRACKET] = "\"]\"",
	[TOKEN_LBRACE] = "\"{\"",
	[TOKEN_RBRACE] = "\"}\"",
	[TOKEN_LPAREN] = "\"(\"",
	[TOKEN_RPAREN] = "\")\"",
};

/* Tokens that are two bytes long come before those that are their first byte. */
static const struct {
	char text[3];
	uint8_t type;
} operators[] = {
	{ "||", TOKEN_OR },	 { "|", TOKEN_PIPE },	  { "&&", TOKEN_AND },	   { "&", TOKEN_EXPRESSION },
	{ "==", TOKEN_EQ },	 { "!=", TOKEN_NE },	  { "!", TOKEN_NOT },	   { "<=", TOKEN_LE },
	{ "<", TOKEN_LT },	 { ">=", TOKEN_GE },	  { ">", TOKEN_GT },	   { "[?", TOKEN_FILTER },
	{ "[]", TOKEN_FLATTEN }, { "[", TOKEN_LBRACKET }, { "]", TOKEN_RBRACKET }, { ".", TOKEN_DOT },
	{ "*", TOKEN_STAR },	 { ",", TOKEN_COMMA },	  { ":", TOKEN_COLON },	   { "{", TOKEN_LBRACE },
	{ "}", TOKEN_RBRACE },	 { "(", TOKEN_LPAREN },	  { ")", TOKEN_RPAREN },   { "@", TOKEN_CURRENT },
};

const char *token_type_name(enum token_type type)
{
	return names[type];
}

struct str token_describe(const struct lexer *lexer, const struct token *token)
{
	struct str text = str_slice(lexer->source, token->offset, (size_t)token->offset + token->length);

	if (token->type == TOKEN_END)
		return str_of(names[TOKEN_END]);
	if (text.n > 40)
		return str_format(lexer->arena, "%.*s…", 40, text.p);
	return str_format(lexer->arena, token->type == TOKEN_LITERAL ? STR_FMT : "\"" STR_FMT "\"", STR_ARG(text));
}

/* The line of the source around `offset`, cut to a handy length, and a caret under the offset. */
static void add_caret(struct buf *out, struct str source, size_t offset)
{
	size_t from = offset, to = offset;

	while (from > 0 && source.p[from - 1] != '\n' && offset - from < CARET_BEFORE)
		from--;
	while (to < source.n && source.p[to] != '\n' && to - offset < CARET_AFTER)
		to++;
	/* Cut between characters, not inside one. */
	while (from < offset && ((unsigned char)source.p[from] & 0xc0) == 0x80)
		from++;
	while (to < source.n && ((unsigned char)source.p[to] & 0xc0) == 0x80)
		to++;
	buf_printf(out, "\n    ");
	for (size_t i = from; i < to; i++)
		buf_add_char(out, (unsigned char)source.p[i] < ' ' ? ' ' : source.p[i]);
	buf_printf(out, "\n    ");
	for (size_t i = from; i < offset; i++) {
		if (((unsigned char)source.p[i] & 0xc0) != 0x80)
			buf_add_char(out, ' ');
	}
	buf_add_char(out, '^');
}

static int PRINTF_LIKE(5, 0)
fail_at(const struct lexer *lexer, enum error_code code, const char *what, size_t offset, const char *format,
	va_list args)
{
	struct buf message = { 0 };

	if (!lexer->err)
		return -1;
	if (offset > lexer->source.n)
		offset = lexer->source.n;
	buf_printf(&message, "%s at offset %zu: ", what, offset);
	buf_vprintf(&message, format, args);
	add_caret(&message, lexer->source, offset);
	error_set_at(lexer->err, code, lexer->place, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return -1;
}

int syntax_error(const struct lexer *lexer, size_t offset, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_at(lexer, ERROR_INVALID, "syntax error", offset, format, args);
	va_end(args);
	return -1;
}

int expression_error(const struct lexer *lexer, enum error_code code, const char *what, size_t offset,
		     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_at(lexer, code, what, offset, format, args);
	va_end(args);
	return -1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int finish(struct lexer *lexer, struct token *token, enum token_type type, size_t end)
{
	token->type = type;
	token->length = (uint32_t)(end - token->offset);
	lexer->at = end;
	return 0;
}

static int read_name(struct lexer *lexer, struct token *token)
{
	size_t end = lexer->at + 1;

	while (end < lexer->source.n && (is_name_start(lexer->source.p[end]) || is_digit(lexer->source.p[end])))
		end++;
	token->text = str_slice(lexer->source, lexer->at, end);
	return finish(lexer, token, TOKEN_IDENTIFIER, end);
}

static int read_number(struct lexer *lexer, struct token *token)
{
	size_t end = lexer->at + 1;

	while (end < lexer->source.n && is_digit(lexer->source.p[end]))
		end++;
	if (!str_to_int64(str_slice(lexer->source, lexer->at, end), &token->number))
		return syntax_error(lexer, lexer->at, STR_FMT " is not a 64-bit integer",
				    STR_ARG(str_slice(lexer->source, lexer->at, end)));
	return finish(lexer, token, TOKEN_NUMBER, end);
}

/* Offset of the delimiter that closes what opens at lexer->at; a backslash hides the character after it. */
static int find_close(struct lexer *lexer, char delimiter, size_t *end, bool *escaped)
{
	*escaped = false;
	*end = lexer->source.n;
	for (size_t i = lexer->at + 1; i < lexer->source.n; i++) {
		if (lexer->source.p[i] == delimiter) {
			*end = i;
			return 0;
		}
		if (lexer->source.p[i] == '\\') {
			*escaped = true;
			i++;
		}
	}
	return syntax_error(lexer, lexer->at, "%c is never closed", delimiter);
}

static int read_quoted(struct lexer *lexer, struct token *token)
{
	const struct value *name;
	struct error *why = NULL;
	struct str text;
	size_t end;
	bool escaped, plain;

	if (find_close(lexer, '"', &end, &escaped))
		return -1;
	text = str_slice(lexer->source, lexer->at + 1, end);
	plain = !escaped;
	for (size_t i = 0; plain && i < text.n; i++)
		plain = (unsigned char)text.p[i] >= ' ';
	if (!plain) {
		name = json_parse(lexer->arena, str_slice(lexer->source, lexer->at, end + 1), &why);
		if (!value_is(name, VALUE_STRING)) {
			syntax_error(lexer, lexer->at, "the quoted name is not a JSON string: %s",
				     why ? why->message : "");
			error_free(why);
			return -1;
		}
		text = value_str(name);
	}
	token->text = text;
	return finish(lexer, token, TOKEN_QUOTED, end + 1);
}

static int read_raw_string(struct lexer *lexer, struct token *token)
{
	struct str text;
	size_t end;
	bool escaped;

	if (find_close(lexer, '\'', &end, &escaped))
		return -1;
	text = str_slice(lexer->source, lexer->at + 1, end);
	if (escaped)
		text = str_replace(lexer->arena, text, STR("\\'"), STR("'"), SIZE_MAX);
	token->literal = value_of_str(lexer->arena, text);
	return finish(lexer, token, TOKEN_LITERAL, end + 1);
}

static int read_json(struct lexer *lexer, struct token *token)
{
	struct error *why = NULL;
	struct str text;
	size_t end;
	bool escaped;

	if (find_close(lexer, '`', &end, &escaped))
		return -1;
	text = str_slice(lexer->source, lexer->at + 1, end);
	if (escaped)
		text = str_replace(lexer->arena, text, STR("\\`"), STR("`"), SIZE_MAX);
	token->literal = json_parse(lexer->arena, text, &why);
	if (!token->literal) {
		syntax_error(lexer, lexer->at, "the literal between ` and ` is not JSON: %s", why ? why->message : "");
		error_free(why);
		return -1;
	}
	return finish(lexer, token, TOKEN_LITERAL, end + 1);
}

static int read_operator(struct lexer *lexer, struct token *token)
{
	struct str rest = str_skip(lexer->source, lexer->at);
	size_t n = 1;

	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		struct str text = str_of(operators[i].text);

		if (str_starts_with(rest, text))
			return finish(lexer, token, operators[i].type, lexer->at + text.n);
	}
	if (rest.p[0] == '=')
		return syntax_error(lexer, lexer->at, "\"=\" is no operator (did you mean \"==\"?)");
	if ((unsigned char)rest.p[0] < ' ' || rest.p[0] == 0x7f)
		return syntax_error(lexer, lexer->at, "unexpected control character 0x%02x", rest.p[0]);
	while (n < rest.n && n < 4 && ((unsigned char)rest.p[n] & 0xc0) == 0x80)
		n++;
	return syntax_error(lexer, lexer->at, "unexpected character \"" STR_FMT "\"", STR_ARG(str_slice(rest, 0, n)));
}

int lexer_next(struct lexer *lexer, struct token *token)
{
	static const char blanks[] = " \t\n\r";
	char c;

	while (lexer->at < lexer->source.n && memchr(blanks, lexer->source.p[lexer->at], sizeof(blanks) - 1))
		lexer->at++;
	*token = (struct token){ .type = TOKEN_END, .offset = (uint32_t)lexer->at };
	if (lexer->at == lexer->source.n)
		return 0;
	c = lexer->source.p[lexer->at];
	if (is_name_start(c))
		return read_name(lexer, token);
	if (is_digit(c) || c == '-')
		return read_number(lexer, token);
	if (c == '"')
		return read_quoted(lexer, token);
	if (c == '\'')
		return read_raw_string(lexer, token);
	if (c == '`')
		return read_json(lexer, token);
	return read_operator(lexer, token);
}
