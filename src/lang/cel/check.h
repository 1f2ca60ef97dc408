/*
 * lang/cel/check.h: the type checker's state and its parts. Private to the checker.
 *
 * Semantics: cel-go's checker (0.26 for Kubernetes; names of comprehensions' variables as 0.30 has it for the other
 * flavours).
 */
#ifndef LANG_CEL_CHECK_H
#define LANG_CEL_CHECK_H

#include "lang/cel/env.h"

/* Deeper trees are refused. The parser's own cap is far below; macros multiply it by little. */
#define CHECK_DEPTH_MAX 4500

/* A type that is to be found out: an empty list's items, a T of a signature. `type.data` points to the whole. */
struct type_variable {
	struct cel_type type;
	const struct cel_type *bound;
	char name[16];
};

/* A binding to be taken back when an attempt fails. */
struct rebinding {
	struct type_variable *variable;
	const struct cel_type *before;
};

/* A comprehension's variable. */
struct local {
	struct str name;
	const struct cel_type *type;
	const struct local *outer;
};

/* The first name that is not declared. */
struct undeclared {
	struct str name;
	bool is_function;
};

struct checker {
	struct arena *arena;
	const struct cel_env *env;
	struct cel_issues *issues;
	struct undeclared *undeclared;
	const struct local *locals;
	struct rebinding *trail;
	size_t trail_count, trail_capacity;
	uint32_t variable_count;
	unsigned depth;
	bool locals_first;              /* x.y is the field of a comprehension's x, not a variable "x.y": cel-go 0.30 */
};

/* -- check_types.c: unification ---------------------------------------------------------------------------------- */

bool check_is_dyn(const struct cel_type *type);
const struct cel_type *check_new_variable(struct checker *c);
/* Whether `from` may be used as `to`; binds type variables if so. */
bool check_assignable(struct checker *c, const struct cel_type *from, const struct cel_type *to);
bool check_assignable_list(struct checker *c, const struct cel_type *const *from, const struct cel_type *const *to,
			   size_t count);
/* The type with its bound variables replaced; `to_dyn`: the others become dyn. */
const struct cel_type *check_substitute(struct checker *c, const struct cel_type *type, bool to_dyn);
const struct cel_type *check_most_general(const struct cel_type *a, const struct cel_type *b);
/* An overload's parameters and result with fresh variables for its letters; the parameters go to `parameters`. */
const struct cel_type *check_instantiate(struct checker *c, const struct cel_overload *overload,
					 const struct cel_type **parameters);

/* -- check_names.c: what names mean ------------------------------------------------------------------------------- */

struct resolved {
	struct str name;                        /* without container or leading dot; p == NULL: not declared */
	const struct cel_type *type;
	const struct cel_variable *variable;    /* NULL: a comprehension's */
};
struct resolved check_resolve(struct checker *c, struct str name);
/* A chain of selects as one name ("a.b.c") if that is declared. */
struct resolved check_resolve_chain(struct checker *c, const struct cel_expr *select);
/* The name of a struct literal's type. */
struct resolved check_resolve_type(struct checker *c, struct str name);
const struct cel_overload_set *check_resolve_function(struct checker *c, struct str name);
/* target.name() as a function with a dotted name; NULL when there is none. */
const struct cel_overload_set *check_resolve_qualified_function(struct checker *c, const struct cel_expr *target,
								struct str name);

/* target.name as one name when the first part of target is not declared; else empty. */
struct str check_qualified_name(struct checker *c, const struct cel_expr *target, struct str name);

/* -- check.c ------------------------------------------------------------------------------------------------------ */

void check_expression(struct checker *c, struct cel_expr *e);
void check_undeclared(struct checker *c, uint32_t offset, struct str name, bool is_function);
/* "expected type 'a' but found 'b'" */
void check_mismatch(struct checker *c, uint32_t offset, const struct cel_type *expected, const struct cel_type *found);
/* cel_check() that also says what was not declared first; `undeclared` may be NULL. */
bool check_tree(struct arena *arena, const struct cel_env *env, struct cel_expr *root, struct cel_issues *issues,
		struct undeclared *undeclared);

/* -- check_call.c ------------------------------------------------------------------------------------------------- */
void check_call(struct checker *c, struct cel_expr *e);
/* A field of a struct type; reports and returns NULL when there is none. */
const struct cel_type *check_field(struct checker *c, uint32_t offset, const struct cel_type *type, struct str field);

/* literal_check.c: what Kubernetes demands of literals; after a check without issues. */
void cel_check_literals(struct arena *arena, const struct cel_env *env, const struct cel_expr *root,
			struct cel_issues *issues);

#endif
