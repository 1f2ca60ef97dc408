/*
 * lang/cel/parser.h: what the parser, its macros and the diagnosis of syntax errors share. Private to the room.
 */
#ifndef LANG_CEL_PARSER_H
#define LANG_CEL_PARSER_H

#include "lang/cel/lexer.h"

#define CEL_EXPR_BROKEN 0xFF            /* stands for what was reported; never leaves the parser */
#define CEL_DEPTH_LIMIT 250             /* cel-go's, for nesting and for the height of the tree */
#define CEL_NODE_LIMIT 100000           /* what macros may copy */

struct parser {
	struct arena *arena;
	struct str source;
	struct cel_issues *issues;
	uint32_t macros;
	bool no_macros;
	const struct cel_token *tokens, *now;
	const char *fatal;                      /* why the parser gave up, whatever comes */
	bool broken;                            /* a syntax error; syntax_error.c says which */
	bool too_high;                          /* the tree; nothing recursive is done with it from then on */
	size_t nodes;
	uint32_t expr_depth, relation_depth, calc_depth;
};

struct cel_expr *cel_node(struct parser *parser, enum cel_expr_kind kind, uint32_t offset);
struct cel_expr *cel_node_literal(struct parser *parser, uint32_t offset, struct cel_value value);
struct cel_expr *cel_node_ident(struct parser *parser, uint32_t offset, struct str name);
/* `arguments` is kept. */
struct cel_expr *cel_node_call(struct parser *parser, uint32_t offset, struct str function, struct cel_expr *target,
			       struct cel_expr **arguments, size_t count);

/* Adds an issue; a node that stands for the broken one. */
struct cel_expr *cel_broken(struct parser *parser, uint32_t offset, const char *format, ...) PRINTF_LIKE(3, 4);

/* The expansion of a call, or NULL when it is no macro. A broken one was reported. */
struct cel_expr *cel_expand(struct parser *parser, uint32_t offset, struct str function, struct cel_expr *target,
			    struct cel_expr **arguments, size_t count);

/* The token is a literal's; `start` is where it begins, a minus sign before it included. Or a broken one, reported. */
struct cel_expr *cel_literal(struct parser *parser, const struct cel_token *token, uint32_t start, bool negative);

/* Reports what is wrong with tokens that are no expression, as the generated parser of cel-go words it. */
void cel_syntax_errors(struct arena *arena, struct str source, const struct cel_token *tokens, struct cel_issues *issues);

#endif
