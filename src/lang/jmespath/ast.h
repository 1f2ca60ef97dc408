/*
 * lang/jmespath/ast.h: what the parser makes of an expression, before it is compiled.
 *
 * Private to this folder. Nodes live in the scratch arena of the compilation; names and literals in the program's.
 * The shapes (what is the left side of what) are those of go-jmespath's parser: in strict mode they decide which
 * missing key is absorbed where.
 */
#ifndef LANG_JMESPATH_AST_H
#define LANG_JMESPATH_AST_H

#include "lang/jmespath/lexer.h"

/* How deeply an expression may nest, and thereby how deeply its evaluation may recurse. */
#define JMESPATH_MAX_DEPTH 512
/* Bytes of an expression. */
#define JMESPATH_MAX_SOURCE (1024 * 1024)

enum ast_type {
	AST_IDENTITY,           /* the current node */
	AST_FIELD,              /* name */
	AST_INDEX,              /* index */
	AST_LITERAL,            /* literal */
	AST_SUB,                /* left.right, left[right]: right applied to left */
	AST_PIPE,               /* left | right */
	AST_PROJECT,            /* left[*] right */
	AST_FLATTEN,            /* left[] right */
	AST_SLICE,              /* left[a:b:c] right */
	AST_FILTER,             /* left[?condition] right */
	AST_VALUES,             /* left.* right */
	AST_LIST,               /* [items] */
	AST_HASH,               /* {items} */
	AST_OR,
	AST_AND,
	AST_NOT,                /* !left */
	AST_COMPARE,            /* left token right */
	AST_CALL,               /* name(items) */
	AST_EXPRESSION,         /* &left */
};

struct slice {
	int64_t part[3];        /* start, stop, step */
	bool given[3];
};

struct ast_item {
	struct str key;         /* of AST_HASH */
	struct ast *value;
};

struct ast {
	enum ast_type type;
	enum token_type comparator;
	uint32_t offset;        /* in the source, for messages */
	uint32_t depth;         /* of the tree below, from 1 */
	struct str name;
	int64_t index;
	struct slice slice;
	const struct value *literal;
	struct ast *left, *right, *condition;
	struct ast_item *items;
	size_t count, capacity;
};

/* How many nodes and how many fields and indexes a tree has; what the compiler reserves. */
struct ast_size {
	size_t nodes, steps;
};

/* NULL and the lexer's error on a syntax error. The lexer stands at the start of its source. */
struct ast *jmespath_parse(struct lexer *lexer, struct arena *scratch, struct ast_size *size);

#endif
