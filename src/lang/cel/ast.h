/*
 * lang/cel/ast.h: expressions as parsed, macros expanded. Private to the room.
 *
 * The parser makes the tree; the checker fills in types, variables and overloads in place; the planner reads it. All
 * of it lives in the arena of the compilation.
 */
#ifndef LANG_CEL_AST_H
#define LANG_CEL_AST_H

#include "lang/cel/cel.h"

enum cel_expr_kind {
	CEL_EXPR_LITERAL,
	CEL_EXPR_IDENT,
	CEL_EXPR_SELECT,
	CEL_EXPR_CALL,          /* operators too: "_+_", "_?_:_", "_[_]", "_[?_]", "_?._", "!_", "-_", "@in", "_&&_" … as cel-go names them */
	CEL_EXPR_LIST,
	CEL_EXPR_MAP,
	CEL_EXPR_STRUCT,
	CEL_EXPR_COMPREHENSION,
};

struct cel_overload;
struct cel_variable;

struct cel_expr_entry {         /* of a map: key and value; of a struct: field and value */
	struct cel_expr *key;
	struct str field;
	struct cel_expr *value;
	bool optional;          /* ?k: v */
	uint32_t offset;        /* where cel-go places it: the colon */
};

struct cel_expr {
	uint8_t kind;
	uint32_t offset;        /* where cel-go reports errors: an operator, an opening parenthesis, a dot, the start of an atom */
	const struct cel_type *type;            /* by the checker; NULL before */
	union {
		struct cel_value literal;
		struct {
			struct str name;        /* with a leading '.' when it was written so */
			const struct cel_variable *variable;    /* by the checker; NULL: a comprehension's variable, by name */
		} ident;
		struct {
			struct cel_expr *operand;
			struct str field;
			bool test_only; /* has(operand.field) */
		} select;
		struct {
			struct str function;
			struct cel_expr *target;        /* NULL: not a member call */
			struct cel_expr **arguments;
			size_t count;
			const struct cel_overload *const *overloads;    /* candidates that the checker left; NULL: not checked */
			size_t overload_count;
		} call;
		struct {
			struct cel_expr **items;
			bool *optional;         /* [?x]; NULL: none */
			size_t count;
		} list;
		struct {
			struct str type_name;   /* of a struct */
			const struct cel_type *struct_type;     /* by the checker */
			struct cel_expr_entry *entries;
			size_t count;
		} map;
		struct {
			struct str variable, variable2;         /* variable2 empty: one variable */
			struct str accumulator;                 /* "@result", or a macro's own */
			struct cel_expr *range, *start, *condition, *step, *result;
		} fold;
	} u;
};

/* Errors of one compilation, in the order found; printed sorted by place, as cel-go does. */
#define CEL_NO_PLACE UINT32_MAX         /* an offset: concerns the whole */
struct cel_issue {
	uint32_t offset;
	struct str message;
};
struct cel_issues {
	struct arena *arena;
	struct str source;
	struct cel_issue *items;
	size_t count, capacity;
};
void cel_issue_add(struct cel_issues *issues, uint32_t offset, const char *format, ...) PRINTF_LIKE(3, 4);
/* Makes the error that cel_compile() returns; -1. issues.c */
int cel_issues_report(const struct cel_issues *issues, struct error **err);

/*
 * NULL when there are issues. `macros`: enum cel_macros; 0 with no_macros: none at all. Depth is capped as cel-go
 * caps it (250), the text at 100,000 code points.
 */
struct cel_expr *cel_parse(struct arena *arena, struct str source, uint32_t macros, bool no_macros,
			   struct cel_issues *issues);

#endif
