/*
 * lang/cel/macros.h: how macros expand. Private to the room.
 *
 * Every node that an expansion adds stands where the macro's opening parenthesis stands. The calls that it consists of
 * are cel-go's, one by one, for the cost of an evaluation is counted on them.
 */
#ifndef LANG_CEL_MACROS_H
#define LANG_CEL_MACROS_H

#include "lang/cel/parser.h"

#define MACRO_RESULT STR("@result")             /* the accumulator */
#define MACRO_OLD_RESULT STR("__result__")      /* what it was called once; still not to be used */
#define MACRO_UNUSED STR("#unused")

struct macro_call {
	struct parser *parser;
	uint32_t offset;
	struct cel_expr *target;                /* NULL: a global macro */
	struct cel_expr **arguments;
	size_t count;
};

/* The expansion; NULL: not a macro after all. */
typedef struct cel_expr *macro_expander(const struct macro_call *call);

struct macro {
	const char *name;
	int8_t count;                           /* of arguments; -1: any */
	bool member;
	uint32_t brought_by;                    /* enum cel_macros; 0: always there */
	macro_expander *expand;
};

/* Tables that end with name == NULL. */
extern const struct macro cel_standard_macros[], cel_pair_macros[], cel_extension_macros[];

/* Nodes at the macro's place. */
struct cel_expr *macro_bool(const struct macro_call *call, bool value);
struct cel_expr *macro_int(const struct macro_call *call, int64_t value);
struct cel_expr *macro_ident(const struct macro_call *call, struct str name);
struct cel_expr *macro_result(const struct macro_call *call);
/* Of up to three items or arguments; those from the first NULL on are none. */
struct cel_expr *macro_list(const struct macro_call *call, struct cel_expr *item);
struct cel_expr *macro_apply(const struct macro_call *call, struct str function, struct cel_expr *a, struct cel_expr *b,
			     struct cel_expr *c);
struct cel_expr *macro_member(const struct macro_call *call, struct str function, struct cel_expr *target,
			      struct cel_expr *argument);
/* @result ? … : the accumulator goes on as it is unless the filter holds; no filter: `step`. */
struct cel_expr *macro_filtered(const struct macro_call *call, struct cel_expr *filter, struct cel_expr *step);

/* A fold over `range`; the accumulator is @result, and so is its result, unless changed by the caller. */
struct macro_fold {
	struct cel_expr *range;
	struct str variable, variable2, accumulator;
	struct cel_expr *start, *condition, *step, *result;
};
struct cel_expr *macro_fold(const struct macro_call *call, const struct macro_fold *fold);
/* What cel.bind() is: a fold over nothing. */
struct cel_expr *macro_bind(const struct macro_call *call, struct str name, struct cel_expr *value,
			    struct cel_expr *result);

/* A copy of a tree, for what stands twice in an expansion. */
struct cel_expr *macro_copy(const struct macro_call *call, const struct cel_expr *expr);

bool macro_target_is(const struct macro_call *call, struct str name);

enum macro_quantifier { MACRO_ALL, MACRO_EXISTS, MACRO_EXISTS_ONE };
struct cel_expr *macro_quantify(const struct macro_call *call, enum macro_quantifier quantifier, struct str variable,
				struct str variable2, struct cel_expr *predicate);
/* target.map(variable, [filter,] transform) over `range`; NULL filter: none. */
struct cel_expr *macro_map(const struct macro_call *call, struct cel_expr *range);

#endif
