/*
 * lang/cel/plan.h: a compiled program: a tree of nodes, each with the function that evaluates it. Shared by the
 * planner (plan*.c), the evaluator (evaluate*.c) and cel_compile(). Private to the room.
 *
 * Costs are counted as cel-go's interpreter/runtimecost.go observes its own tree, whose nodes differ: what is one chain
 * here is an attribute with qualifiers there (1 each), so each node knows what it counts for.
 */
#ifndef LANG_CEL_PLAN_H
#define LANG_CEL_PLAN_H

#include "lang/cel/env.h"

struct cel_node;

struct cel_program {
	/* by cel_plan() */
	const struct cel_env *env;
	struct str source;
	const struct cel_expr *root;
	const struct cel_node *node;
	uint32_t local_count;           /* stack slots of its comprehensions */
	uint32_t slot_count;
	uint32_t depth;                 /* nested nodes at most */
	bool newest;                    /* see struct cel_run */
	const uint64_t *reads;          /* a bit for each slot of run->variables */
	/* by cel_compile() */
	const struct cel_type *type;
	bool (*size_of)(void *data, struct str path, struct cel_range *out);
	void *size_data;
};

/* -- nodes ----------------------------------------------------------------------------------------------------- */

typedef void cel_node_evaluate(const struct cel_node *node, struct cel_run *run, struct cel_value *out);

/* What the planner wants to know of a node that is part of another. */
enum node_kind {
	NODE_OTHER,
	NODE_CONSTANT,
	NODE_KNOWN,             /* a call whose value is known already; its cost is not nothing */
	NODE_CHAIN,
	NODE_CONDITIONAL,
};

struct cel_node {
	cel_node_evaluate *evaluate;
	uint32_t offset;
	uint8_t kind;           /* enum node_kind */
};

struct node_constant {
	struct cel_node node;
	struct cel_value value;
	uint64_t cost;          /* of a NODE_KNOWN */
};

enum qualifier_kind { QUALIFIER_FIELD, QUALIFIER_INDEX, QUALIFIER_KEY, QUALIFIER_NODE };

/* One step of a chain: .field, [0], ["key"], [expression]. */
struct qualifier {
	uint8_t kind;                   /* enum qualifier_kind; FIELD and INDEX are the KEYs that documents have */
	bool optional;
	uint32_t offset;
	struct cel_value key;           /* a constant */
	const struct cel_node *node;    /* QUALIFIER_NODE */
};

enum chain_base { BASE_VARIABLE, BASE_LOCAL, BASE_LAZY, BASE_NODE };

struct node_chain {
	struct cel_node node;
	uint8_t base;                   /* enum chain_base */
	int8_t cost;                    /* of the base itself: 1; 0 in a branch of ?:, and for has() where that is free */
	bool test_only;                 /* has(): whether the last step is there */
	bool any_optional;
	bool strict_test;               /* a presence test of what can have no fields is an error: the plain flavour */
	uint32_t slot;                  /* VARIABLE, LOCAL, LAZY */
	const struct cel_node *operand; /* NODE; LAZY: what makes the local when it is first read */
	size_t count, capacity;
	struct qualifier *qualifiers;
};

struct node_conditional {
	struct cel_node node;
	const struct cel_node *condition;
	struct cel_node *truthy, *falsy;
	int8_t cost;                    /* -1 for has() of one where that is free */
};

/* && and ||, with those directly below them that are of the same kind. */
struct node_logic {
	struct cel_node node;
	bool decides;                   /* false for &&, true for || */
	size_t count;
	const struct cel_node **terms;
};

/* A function's parameters as sets of run-time kinds. */
struct guard {
	const struct cel_overload *overload;
	uint32_t *kinds;                /* 1 << enum cel_kind, for each parameter */
};

struct node_call {
	struct cel_node node;
	struct str name;
	cel_function_body *body;        /* NULL: one of the guards' */
	cel_function_cost *cost;        /* NULL: 1 */
	bool declared;                  /* there is a function of the name, perhaps with other arguments */
	bool stops;                     /* at the first argument that fails, and then costs nothing */
	bool prepares;                  /* whether `prepared` must be shown to the body */
	bool cost_by_guard;             /* the cost is that of the overload that takes the arguments */
	bool unguarded;                 /* there is one overload, and its body is called whatever it is given */
	bool strict_text;               /* the operator itself refuses: "no such overload" without types */
	uint32_t first_kinds;           /* what the first argument must be for the function to be tried; 0: anything */
	const void *prepared;
	size_t guard_count;
	const struct guard *guards;
	size_t count;
	const struct cel_node *arguments[];
};

struct node_unary {
	struct cel_node node;
	const struct cel_node *operand;
	const struct node_call *call;   /* for what is not done here */
};

enum order { ORDER_LESS = 1, ORDER_LESS_EQUALS, ORDER_GREATER, ORDER_GREATER_EQUALS };

struct node_binary {
	struct cel_node node;
	const struct cel_node *left, *right;
	const struct node_call *call;   /* for what is not done here */
	cel_function_cost *cost;
	bool negate;                    /* != */
	bool cost_by_size;              /* an order of texts */
	uint8_t order;
};

/* `in` a constant list. */
struct node_member_of {
	struct cel_node node;
	const struct cel_node *operand;
	struct cel_value set;           /* a map of the items */
};

struct node_list {
	struct cel_node node;
	size_t count;
	const bool *optional;           /* may be NULL */
	const struct cel_node **items;
};

struct node_entry {
	const struct cel_node *key;     /* of a map */
	struct str field;               /* of a struct */
	const struct cel_node *value;
	bool optional;
};

struct node_map {
	struct cel_node node;
	const struct cel_type *type;    /* of a struct; NULL: a map */
	bool strict;                    /* keys must be of the specification's types and differ */
	size_t count;
	struct node_entry *entries;
};

enum fold_shape { FOLD_GENERIC, FOLD_ALL, FOLD_EXISTS, FOLD_BIND };

struct node_fold {
	struct cel_node node;
	bool two;                       /* variables: index or key, and value */
	bool always;                    /* the condition is the constant true */
	bool lazy;                      /* the start is made when it is first read */
	bool grows;                     /* the start is [] or {}, to which the step adds in place */
	uint32_t variable, variable2, accumulator;      /* slots */
	const struct cel_node *range, *start, *condition, *step, *result;
	const struct cel_node *predicate;               /* FOLD_ALL, FOLD_EXISTS */
};

/* @result + [item], in place. */
struct node_append {
	struct cel_node node;
	uint32_t accumulator;
	uint8_t cost;
	const struct cel_node *item;
	const struct cel_node *plain;   /* for accumulators that are no growing lists */
};

/* cel.@mapInsert(@result, key, value), in place. */
struct node_insert {
	struct cel_node node;
	uint32_t accumulator;
	const struct cel_node *key, *value;
	const struct cel_node *plain;
};

/* optional.or, optional.orValue */
struct node_or {
	struct cel_node node;
	const struct cel_node *left, *right;
	bool unwraps;
};

/* cel.@block: slots that are filled when they are first read. */
struct node_block {
	struct cel_node node;
	uint32_t *slots;
	size_t count;
	const struct cel_node *result;
};

/* In a local: nothing yet. Not an enum cel_kind. */
#define LOCAL_UNSET 200

/* -- the planner ----------------------------------------------------------------------------------------------- */

struct plan_local {
	const struct plan_local *outer;
	struct str name;
	uint32_t slot;
	const struct cel_node *start;   /* of a lazy one */
	bool growing;                   /* an accumulator that starts as [] or {} and only its step can see */
};

struct planner {
	struct arena *arena;
	const struct cel_env *env;
	const struct cel_expr *root;
	bool checked;
	bool refuses;                   /* bad constants are errors of the program: not in the plain flavour */
	bool presence_is_free;
	const struct plan_local *locals;
	uint32_t local_count, local_most, depth, depth_most;
	uint64_t *reads;
	struct error **err;
	struct cel_run run;             /* for folding */
};

/* Each gives NULL with planner->err set. plan.c */
struct cel_node *plan_expression(struct planner *p, const struct cel_expr *e);
void *plan_node(struct planner *p, size_t size, const struct cel_expr *e, cel_node_evaluate *evaluate);
struct cel_node *plan_constant(struct planner *p, uint32_t offset, struct cel_value value);
/* What is known already but counts for something. */
struct cel_node *plan_known(struct planner *p, uint32_t offset, struct cel_value value, uint64_t cost);
/* The value of a constant or known node; NULL for others. */
const struct cel_value *plan_value(const struct cel_node *node);
bool plan_is_constant(const struct cel_node *node);
/* A node that fails whenever it is evaluated. */
struct cel_node *plan_failure(struct planner *p, const struct cel_expr *e, uint64_t cost, struct str message);
/* "a.b.c" of identifiers and fields; false when it is none. */
bool plan_dotted(struct planner *p, const struct cel_expr *e, struct str *out);
/* The i-th name that a name may stand for in the environment's container; false when there are no more. */
bool plan_candidate(struct planner *p, struct str name, size_t i, struct str *out);
const struct plan_local *plan_find_local(const struct planner *p, struct str name);
uint32_t plan_push_local(struct planner *p, struct plan_local *local, struct str name);
void plan_pop_local(struct planner *p, const struct plan_local *local);

/* plan_chain.c */
struct cel_node *plan_identifier(struct planner *p, const struct cel_expr *e);
struct cel_node *plan_select(struct planner *p, const struct cel_expr *e);
struct cel_node *plan_index(struct planner *p, const struct cel_expr *e, bool optional);
struct cel_node *plan_conditional(struct planner *p, const struct cel_expr *e);

/* plan_call.c */
struct cel_node *plan_call(struct planner *p, const struct cel_expr *e);
/* plan_operator.c: faster nodes for calls that have them; the call itself for others. */
struct cel_node *plan_operator(struct planner *p, struct node_call *call, const struct cel_expr *e, bool single);
bool plan_fold_call(struct planner *p, struct node_call *call, struct cel_node **out);

/* plan_make.c */
struct cel_node *plan_list(struct planner *p, const struct cel_expr *e);
struct cel_node *plan_map(struct planner *p, const struct cel_expr *e);
struct cel_node *plan_fold(struct planner *p, const struct cel_expr *e);
struct cel_node *plan_block(struct planner *p, const struct cel_expr *e);

/* -- the evaluator --------------------------------------------------------------------------------------------- */

cel_node_evaluate evaluate_constant, evaluate_known, evaluate_failure;
cel_node_evaluate evaluate_chain, evaluate_fields, evaluate_local, evaluate_variable, evaluate_conditional;
cel_node_evaluate evaluate_call, evaluate_call_1, evaluate_call_2;
cel_node_evaluate evaluate_logic, evaluate_not, evaluate_not_strictly_false, evaluate_equals, evaluate_order,
	evaluate_add, evaluate_subtract, evaluate_multiply, evaluate_size, evaluate_member_of;
cel_node_evaluate evaluate_list, evaluate_map, evaluate_struct, evaluate_or, evaluate_block;
/* A message of protocol buffers as the value that CEL makes of it; false when it is no such type. */
bool evaluate_well_known(struct cel_run *run, const struct cel_message *message, struct cel_value *out);
cel_node_evaluate evaluate_fold, evaluate_all, evaluate_exists, evaluate_bind, evaluate_append, evaluate_insert;

/* Whether the run may go on; else *out is the error. */
bool run_within_limits(struct cel_run *run, struct cel_value *out);
/* Fails with the place of the node. */
struct cel_value fail_at(struct cel_run *run, uint32_t offset, struct str message);
/* As Go's %v prints a key. */
struct str key_text(struct arena *arena, const struct cel_value *key);
/* As Go's %T prints a value. */
const char *go_type(const struct cel_value *v);
/* "no such overload: name(int, string)" */
struct cel_value fail_overload(struct cel_run *run, struct str name, const struct cel_value *arguments, size_t count);
/* ceil(min(sizes) * 0.1) as for == and <. */
uint64_t cost_of_pair(const struct cel_value *a, const struct cel_value *b);
/* What a call costs when an argument is an error: errors have size 1. */
uint64_t cost_with_errors(cel_function_cost *cost, const struct cel_value *arguments, size_t count);

static inline void node_run(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	node->evaluate(node, run, out);
}

static inline void put_bool(struct cel_value *out, bool b)
{
	out->head = CEL_HEAD(CEL_BOOL, 0);
	out->u.uinteger = CEL_BOOL_WORD(b);
}

static inline void put_int(struct cel_value *out, int64_t i)
{
	out->head = CEL_HEAD(CEL_INT, 0);
	out->u.integer = i;
}

/* Errors that nothing absorbs: a limit was hit. */
static inline bool is_fatal(const struct cel_value *v)
{
	return v->kind == CEL_ERROR && v->u.error->code == ERROR_LIMIT;
}

/* Lists and maps that grow (map.c): CEL_GROWING values point to one of these instead of items and entries. */
struct growing {
	struct cel_value *items;
	struct cel_entry *entries;
	size_t count, capacity;
	uint32_t *index;                /* of entries */
	size_t index_capacity;
};
struct cel_value growing_start(struct arena *arena, uint8_t kind);
void growing_append(struct arena *arena, struct cel_value *list, const struct cel_value *item);
/* False when the key is there already. */
bool growing_insert(struct arena *arena, struct cel_value *map, const struct cel_value *key,
		    const struct cel_value *value);
/* Where a key is, or SIZE_MAX; `exact`: of the same kind, too. */
size_t growing_find(const struct growing *growing, const struct cel_value *key, bool exact);
/* An entry whose key is not there yet. */
void growing_put(struct arena *arena, struct growing *growing, const struct cel_entry *entry);
void growing_remove(struct arena *arena, struct growing *growing, size_t at);
/* As an ordinary value. */
struct cel_value growing_finish(struct arena *arena, struct cel_value v);

#endif
