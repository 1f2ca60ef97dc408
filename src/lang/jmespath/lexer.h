/*
 * lang/jmespath/lexer.h: the tokens of an expression, one at a time.
 *
 * Private to this folder. Token texts live in the program's arena or borrow from the source, which lives there too.
 */
#ifndef LANG_JMESPATH_LEXER_H
#define LANG_JMESPATH_LEXER_H

#include "data/value.h"

enum token_type {
	TOKEN_END,
	TOKEN_IDENTIFIER,       /* name */
	TOKEN_QUOTED,           /* "name" */
	TOKEN_NUMBER,           /* -1; only between brackets */
	TOKEN_LITERAL,          /* `json` or 'raw' */
	TOKEN_STAR,
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_COLON,
	TOKEN_CURRENT,          /* @ */
	TOKEN_EXPRESSION,       /* & */
	TOKEN_PIPE,
	TOKEN_OR,
	TOKEN_AND,
	TOKEN_NOT,
	TOKEN_EQ,
	TOKEN_NE,
	TOKEN_LT,
	TOKEN_LE,
	TOKEN_GT,
	TOKEN_GE,
	TOKEN_FILTER,           /* [? */
	TOKEN_FLATTEN,          /* [] */
	TOKEN_LBRACKET,
	TOKEN_RBRACKET,
	TOKEN_LBRACE,
	TOKEN_RBRACE,
	TOKEN_LPAREN,
	TOKEN_RPAREN,
	TOKEN_TYPES
};

struct token {
	enum token_type type;
	uint32_t offset, length;        /* where it stands in the source, in bytes */
	struct str text;                /* decoded name */
	int64_t number;
	const struct value *literal;
};

struct lexer {
	struct arena *arena;
	struct str source;
	size_t at;
	struct place place;
	struct error **err;
};

/* -1 and the error set when the text at this point is no token. After the end it keeps giving TOKEN_END. */
int lexer_next(struct lexer *lexer, struct token *token);

/* How a message names a token type: 'a name', '"["'. */
const char *token_type_name(enum token_type type);
/* How a message names this very token: '"foo"', 'the end of the expression'. In the arena. */
struct str token_describe(const struct lexer *lexer, const struct token *token);

/* Sets the error "syntax error at offset N: …" with the line of the expression and a caret below it. Returns -1. */
int syntax_error(const struct lexer *lexer, size_t offset, const char *format, ...) PRINTF_LIKE(3, 4);
/* The same with another first word and code. */
int expression_error(const struct lexer *lexer, enum error_code code, const char *what, size_t offset,
		     const char *format, ...) PRINTF_LIKE(5, 6);

#endif
