/*
 * lang/cel/lexer.h: the tokens of an expression. Private to the room.
 *
 * The whole text is cut at once, so that the parser may look ahead as far as it likes. Tokens are the grammar's (cel-go,
 * CEL.g4); what is none is reported and skipped, as the lexer there does.
 */
#ifndef LANG_CEL_LEXER_H
#define LANG_CEL_LEXER_H

#include "lang/cel/ast.h"

/* In the order of the grammar: messages list what is expected in this order. */
enum cel_token_type {
	TOKEN_EQUALS,
	TOKEN_NOT_EQUALS,
	TOKEN_IN,
	TOKEN_LESS,
	TOKEN_LESS_EQUALS,
	TOKEN_GREATER_EQUALS,
	TOKEN_GREATER,
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_LBRACKET,
	TOKEN_RBRACKET,
	TOKEN_LBRACE,
	TOKEN_RBRACE,
	TOKEN_LPAREN,
	TOKEN_RPAREN,
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_MINUS,
	TOKEN_EXCLAM,
	TOKEN_QUESTION,
	TOKEN_COLON,
	TOKEN_PLUS,
	TOKEN_STAR,
	TOKEN_SLASH,
	TOKEN_PERCENT,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_NULL,
	TOKEN_FLOAT,
	TOKEN_INT,
	TOKEN_UINT,
	TOKEN_STRING,
	TOKEN_BYTES,
	TOKEN_IDENT,
	TOKEN_ESCAPED_IDENT,
	TOKEN_EOF,
	TOKEN_TYPES,
	TOKEN_NONE = TOKEN_TYPES,       /* no token begins here */
};

struct cel_token {
	uint8_t type;
	uint32_t offset, length;        /* bytes */
};

/* All tokens, TOKEN_EOF last. */
struct cel_token *cel_lex(struct arena *arena, struct str source, struct cel_issues *issues);

/* Past the blanks and comments at an offset. */
size_t cel_skip_blanks(struct str source, size_t offset);

static inline struct str cel_token_text(struct str source, const struct cel_token *token)
{
	return str_make(source.p + token->offset, token->length);
}

#endif
