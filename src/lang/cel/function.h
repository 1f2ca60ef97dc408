/*
 * lang/cel/function.h: CEL's functions are tables. Floors above register their own.
 *
 * An entry is one overload. Its signature is text, parsed when an environment is made:
 *     "string.(int) -> string"                     a receiver: s.charAt(0)
 *     "(int) -> list(int)"                         a global function, also with a dotted name: lists.range(3)
 *     "list(T).(T) -> int", "map(K, V)", "optional_type(T)", "type(T)", "dyn"
 *     "(kubernetes.Quantity, int) -> bool"         any other name is the opaque or struct type of that name
 */
#ifndef LANG_CEL_FUNCTION_H
#define LANG_CEL_FUNCTION_H

#include "data/regex.h"
#include "lang/cel/value.h"

/* One evaluation's surroundings. Zero-initialise, set the public part; one thread at a time; reusable. */
struct cel_run {
	struct arena *arena;
	const struct cel_value *variables;      /* by slot; see cel_env_add_variable() */
	struct regex_cache *regexes;            /* for patterns known only at run time; may be NULL */
	void *user;                             /* for functions registered from above */
	int64_t now;                            /* seconds since 1970; 0: the clock is asked when needed */
	uint64_t cost;                          /* grows; over all evaluations until the caller sets it to 0 */
	uint64_t cost_limit;                    /* 0: none. Beyond it every evaluation fails with ERROR_LIMIT */
	const void *prepared;                   /* for a body: what its `prepare` made of this call's constants, or NULL */
	/* private to the evaluator */
	struct cel_value *locals;
	uint32_t depth;
	uint32_t offset;
	size_t memory;                          /* of the arena when the outermost evaluation began */
	bool newest;                            /* where cel-go 0.30 answers otherwise than Kubernetes' 0.26: as 0.30 */
};
/* What one evaluation may take from the arena; more is ERROR_LIMIT. */
#define CEL_MEMORY_MAX ((size_t)256 * 1024 * 1024)

/* A range of sizes or costs; UINT64_MAX is "no bound known"; arithmetic saturates (cel_range_add …). */
struct cel_range {
	uint64_t minimum, maximum;
};
struct cel_range cel_range_add(struct cel_range a, struct cel_range b);
struct cel_range cel_range_multiply(struct cel_range a, struct cel_range b);
/* Each bound times a factor, rounded up: cel-go's MultiplyByCostFactor. */
struct cel_range cel_range_scale(struct cel_range a, double factor);
struct cel_range cel_range_union(struct cel_range a, struct cel_range b);

struct cel_estimate_argument {
	const struct cel_type *type;
	struct cel_range size;                  /* bytes or items; 0 … UINT64_MAX when not known */
	struct cel_range item_size;             /* of a list's items */
	const struct cel_value *literal;        /* what it is, when a literal; else NULL */
};
struct cel_call_estimate {
	struct cel_range cost;
	bool size_known;
	struct cel_range size;                  /* of the result */
};

/* arguments[0] is the receiver of a member function. Arguments are never errors. */
typedef struct cel_value cel_function_body(struct cel_run *run, const struct cel_value *arguments, size_t count);
/* Run-time cost of one call, itself included. Kubernetes: apiserver/pkg/cel/library/cost.go CallCost; cel-go runtimecost.go. */
typedef uint64_t cel_function_cost(const struct cel_value *arguments, size_t count, const struct cel_value *result);
/*
 * What a call can do once and for all when a program is made, as some of its arguments are constant: compile a
 * pattern, parse a quantity. constants[i] is NULL where the argument is not known (not called when all are). The body
 * finds the result in run->prepared, which is NULL when nothing could be prepared. With *err set the program is
 * refused (where the flavour refuses bad constants; elsewhere the call fails when it is made, as without this).
 */
typedef const void *cel_function_prepare(struct arena *arena, const struct cel_value *const *constants, size_t count,
					 struct error **err);
/* Estimate at compile time, itself included. */
typedef struct cel_call_estimate cel_function_estimate(const struct cel_estimate_argument *arguments, size_t count);

struct cel_function {
	const char *name;                       /* "charAt", "lists.range", "_+_" */
	const char *signature;
	cel_function_body *evaluate;
	cel_function_cost *cost;                /* NULL: 1 */
	cel_function_estimate *estimate;        /* NULL: 1 */
	const char *note;                       /* for docs: one line; may be NULL */
	uint8_t flags;                          /* CEL_IMPURE … */
	cel_function_prepare *prepare;          /* may be NULL */
};
#define CEL_IMPURE 1                            /* not folded at compile time although its arguments are constant */
#define CEL_PLANNED 2                           /* evaluated by the planner (&&, ||, ?:, optional.or): `evaluate` is NULL */
#define CEL_UNGUARDED 4                         /* called whatever the arguments are: the body says what is wrong with them */
#define CEL_TRACKED 8                           /* `cost` counts only where the checker left this overload alone; else 1 */

/* A set of functions and types under a name. */
struct cel_library {
	const char *name;
	const struct cel_function *functions;   /* ends with name == NULL; may be NULL */
	const struct cel_type *const *types;    /* opaque and struct types that expressions may name; ends with NULL; may be NULL */
	uint32_t macros;                        /* enum cel_macros that it brings */
};

/* Macros beyond the standard ones (has, all, exists, exists_one, map, filter). */
enum cel_macros {
	CEL_MACRO_OPTIONAL = 1,         /* optMap, optFlatMap; also the syntax `.?`, `[?]`, `[?x]`, `{?k: v}` */
	CEL_MACRO_TWO_VARIABLES = 2,    /* all, exists, existsOne, transformList, transformMap, transformMapEntry */
	CEL_MACRO_BIND = 4,             /* cel.bind */
	CEL_MACRO_BLOCK = 8,            /* cel.block, cel.index, cel.iterVar, cel.accuVar */
	CEL_MACRO_MATH = 16,            /* math.greatest, math.least */
	CEL_MACRO_SORT_BY = 32,         /* sortBy */
	CEL_MACRO_PROTO = 64,           /* proto.getExt, proto.hasExt (parsed only) */
	CEL_MACRO_OR_VALUE = 256,       /* x.orValue(y) of any x: __orValueCompat__(x, y); by the checker */
	CEL_SYNTAX_ESCAPED = 128,       /* no macro: a.`b-c`; cel-go 0.30 (Kyverno) and plain, not in Kubernetes 1.36 */
};

#endif
