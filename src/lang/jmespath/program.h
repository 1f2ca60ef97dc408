/*
 * lang/jmespath/program.h: what an expression is compiled to, and one run of it.
 *
 * Private to this folder. Nodes point to each other and lie in one block of the program's arena; nothing changes them
 * after jmespath_compile(), so threads share them.
 */
#ifndef LANG_JMESPATH_PROGRAM_H
#define LANG_JMESPATH_PROGRAM_H

#include "lang/jmespath/ast.h"
#include "lang/jmespath/jmespath.h"

enum op {
	OP_IDENTITY,
	OP_LITERAL,
	OP_PATH,        /* keys and indexes, one after the other, from `left` or the current node */
	OP_SUB,         /* right applied to left; a missing key goes through */
	OP_PIPE,        /* right applied to left; a missing key becomes null */
	OP_PROJECT,
	OP_FLATTEN,
	OP_SLICE,
	OP_FILTER,
	OP_VALUES,
	OP_LIST,
	OP_HASH,
	OP_OR,
	OP_AND,
	OP_NOT,
	OP_EQ,
	OP_NE,
	OP_LT,
	OP_LE,
	OP_GT,
	OP_GE,
	OP_CALL,
	OP_COUNT,       /* length() of the projection `left`: the array is not built */
};

/* One step of a path. `text` NULL: an index. */
struct step {
	const char *text;
	uint32_t length;
	int64_t index;
};

struct hash_entry {
	struct value key;
	const struct node *node;
	uint32_t slot;          /* which member it gives; a key that is repeated gives the same one again */
};

struct call_site {
	const struct jmespath_function *function;
	const struct node **arguments;
	const struct jmespath **expressions;    /* NULL where the argument is no &expression */
	size_t count;
	bool has_expressions;
};

struct node {
	uint8_t op;
	bool constant;                  /* the same value whatever the current node is */
	bool pure;                      /* calls pure functions only */
	bool null_on_null;              /* gives null (or a missing key) for null */
	uint32_t count;                 /* of steps, nodes, entries */
	uint32_t members;               /* OP_HASH: distinct keys */
	const struct node *left, *right;
	union {
		const struct value *literal;    /* OP_LITERAL */
		const struct step *steps;
		const struct slice *slice;
		const struct node *condition;   /* OP_FILTER */
		const struct node **nodes;      /* OP_LIST */
		const struct hash_entry *entries;
		const struct call_site *call;   /* OP_CALL, OP_COUNT */
	} u;
	const struct value *ready;      /* OP_LIST and OP_HASH of literals: the value for all but null */
};

struct jmespath {
	const struct node *root;
	struct str source;
	const struct str *roots;
	size_t root_count;
	bool reads_all;
	bool heavy;                     /* can repeat its input so often that the result must be weighed */
};

/* Where a strict evaluation met a missing key. As a value it is null: whoever absorbs it need not ask. */
extern const struct value jmespath_missing;

/* One evaluation, nested ones through jmespath_apply() included. */
struct jmespath_run {
	struct jmespath_context *context;
	struct arena *arena;
	struct error **err;             /* NULL where an error will be absorbed */
	bool strict, heavy;
	uint32_t ticks;                 /* steps until check_limits() looks again */
	uint32_t ticks_given;
	size_t memory_limit;            /* arena_used() may come to this */
	const char *limit;              /* the limit that was hit: the run fails whatever absorbs errors */
	struct str missing;             /* the key, when the value is jmespath_missing */
};

/* Bytes that one evaluation may take from its arena, and that one string may have. */
#define JMESPATH_MAX_MEMORY ((size_t)256 * 1024 * 1024)
#define JMESPATH_MAX_STRING ((size_t)64 * 1024 * 1024)
/* Values and blocks of 16 bytes of text that a result of a heavy program may have when written out. */
#define JMESPATH_MAX_WEIGHT ((uint64_t)4 * 1024 * 1024)

/* `program` stays; the run starts with the context's steps. */
void run_start(struct jmespath_run *run, const struct jmespath *program, struct jmespath_context *context,
	       struct error **err);
/* Gives the steps back to the context. */
void run_finish(struct jmespath_run *run);
/* The value, &jmespath_missing, or NULL with *run->err (unless run->limit). */
const struct value *run_node(struct jmespath_run *run, const struct node *node, const struct value *input);
/* The same, where a missing key and, in strict mode, any error but a limit count as null. */
const struct value *run_absorb(struct jmespath_run *run, const struct node *node, const struct value *input);
/* Hits a limit; returns NULL. */
const struct value *run_limit(struct jmespath_run *run, const char *what);
/* Memory: false (and the limit is hit) when the run has taken too much, or would with `more`. */
bool run_memory(struct jmespath_run *run, size_t more);
bool run_tick(struct jmespath_run *run);

static inline bool run_step(struct jmespath_run *run)
{
	return __builtin_expect(run->ticks-- > 1, 1) || run_tick(run);
}

/* False when v, written out, weighs more than *budget, which is counted down. */
bool value_weigh(const struct value *v, uint64_t *budget);

static inline bool value_is_falsy(const struct value *v)
{
	switch ((enum value_type)v->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return !v->u.boolean;
	case VALUE_STRING:
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		return v->length == 0;
	default:
		return false;
	}
}

/* project.c: the projections, and how many values one would give. NULL as run_node(). */
const struct value *run_projection(struct jmespath_run *run, const struct node *node, const struct value *input);
/* 1 and *count; 0 when the left side is not what the projection works on (the result is null); -1 on failure. */
int run_count(struct jmespath_run *run, const struct node *node, const struct value *input, uint32_t *count);

/* call.c */
const struct value *run_call(struct jmespath_run *run, const struct node *node, const struct value *input);
/* NULL after the error that argument `index` (from 0) of the call has the wrong type. */
const struct value *call_type_error(struct jmespath_run *run, const struct call_site *site, size_t index,
				    const struct value *argument);

/* functions.c: to know length() when the compiler meets it. */
const struct value *jmespath_length(struct jmespath_call *call);

/* analyse.c */
struct cost {
	double copies;          /* how often the result may hold the input, at most */
	uint32_t depth;         /* by how much it may nest deeper than the input */
};
struct cost node_cost(const struct node *node);
void find_roots(struct arena *arena, struct jmespath *program);

#endif
