/*
 * lang/jmespath/jmespath.h: JMESPath, compiled once and evaluated many times.
 *
 * In: an expression (and a library of functions); a document. Out: a value or an error. A program lives in the arena
 * it was compiled in, is immutable and may be shared by threads; results live in the evaluation's arena and share parts
 * of the document and the program.
 *
 * Two dialects of one language: JMESPATH_STANDARD is jmespath.org (a missing key is null). JMESPATH_STRICT is Kyverno's
 * fork (github.com/kyverno/go-jmespath v0.4.1-0.20231124160150): a missing key is an error "Unknown key "x" in path",
 * which `||`, the left of `&&`, `!`, comparisons, function arguments, multi-selects, pipes and projections absorb as
 * that code does. Also as there, in strict mode: `[]`, `[?…]` and `.*` take any error of their left side for null, and
 * `.*` applies its right side to as many nulls first as the object has members. Unlike there, an unknown function or a
 * wrong number of arguments is an error of compilation, not of the evaluation that comes across it.
 */
#ifndef LANG_JMESPATH_JMESPATH_H
#define LANG_JMESPATH_JMESPATH_H

#include "data/regex.h"
#include "data/value.h"

struct jmespath;                /* a compiled program */
struct jmespath_call;
struct jmespath_run;

/* What a function argument may be; a mask. */
enum jmespath_type {
	JMESPATH_NUMBER = 1,
	JMESPATH_STRING = 2,
	JMESPATH_BOOL = 4,
	JMESPATH_ARRAY = 8,
	JMESPATH_OBJECT = 16,
	JMESPATH_NULL = 32,
	JMESPATH_EXPRESSION = 64,       /* &expr */
	JMESPATH_ARRAY_OF_NUMBERS = 128,
	JMESPATH_ARRAY_OF_STRINGS = 256,
	JMESPATH_ANY = 63,
};

#define JMESPATH_MAX_ARGUMENTS 4

/*
 * A built-in function. `evaluate` gets checked arguments (count and types) in call->arguments and returns a value
 * (never NULL for success; &value_null for null) or NULL with call->err set.
 */
struct jmespath_function {
	const char *name;
	uint8_t minimum, maximum;       /* arguments; maximum 255: any number, the last type repeats */
	uint16_t types[JMESPATH_MAX_ARGUMENTS];
	const struct value *(*evaluate)(struct jmespath_call *call);
	const char *signature;          /* for docs: "split(string, string) → array of strings" */
	const char *note;               /* for docs: one line */
	bool pure;                      /* same arguments, same answer: may be folded at compile time */
};

/* Functions in force: tables are searched in order. */
struct jmespath_library {
	const struct jmespath_function *const *tables;  /* each ends with name == NULL; the list ends with NULL */
};
extern const struct jmespath_function jmespath_standard_functions[];
extern const struct jmespath_library jmespath_standard_library;

enum jmespath_mode { JMESPATH_STANDARD, JMESPATH_STRICT };

/* One evaluation's surroundings. One thread at a time; reusable. */
struct jmespath_context {
	struct arena *arena;
	enum jmespath_mode mode;
	struct regex_cache *regexes;    /* for patterns known only at run time; may be NULL (then compiled each time) */
	void *user;                     /* for functions registered from above */
	/* Steps taken so far, over all evaluations. At step_limit (0: none) an evaluation fails with ERROR_LIMIT. */
	uint64_t steps, step_limit;
};

struct jmespath_call {
	struct jmespath_context *context;
	const struct jmespath_function *function;
	size_t count;
	const struct value **arguments;
	const struct jmespath *const *expressions;      /* for &expr arguments, else NULL at that index */
	struct error **err;
	struct jmespath_run *run;       /* private to the evaluator; may be NULL */
};

/* Applies an &expr argument to a value. NULL and *err on failure; a missing key gives &value_null. */
const struct value *jmespath_apply(struct jmespath_call *call, size_t argument, const struct value *input);

/*
 * NULL and *err on a syntax error, an unknown function ("did you mean") or a wrong number of arguments. `place` is
 * where the expression stands; messages give the offset in it and show its line with a caret below.
 */
const struct jmespath *jmespath_compile(struct arena *arena, struct str expression,
					const struct jmespath_library *library, struct place place, struct error **err);

enum jmespath_status {
	JMESPATH_OK = 0,
	JMESPATH_MISSING = 1,           /* strict mode only: *err says Unknown key "x" in path */
	JMESPATH_FAILED = -1,           /* *err says why */
};
/* *out is never NULL on JMESPATH_OK. err may be NULL: then no message is made (cheap). */
enum jmespath_status jmespath_evaluate(const struct jmespath *program, struct jmespath_context *context,
				       const struct value *input, const struct value **out, struct error **err);

struct str jmespath_source(const struct jmespath *program);

/*
 * The names that the program may read directly from its root document ("request", "element0"), each once. Also true of
 * `all` when it may read the whole root (a bare `@` at root level, keys(@), *).
 */
const struct str *jmespath_roots(const struct jmespath *program, size_t *count, bool *all);

/* Whether the program is nothing but a chain of keys and constant indexes: a.b[0]."c" */
bool jmespath_is_path(const struct jmespath *program);

/* Messages that functions share, as go-jmespath and Kyverno word them. */
const struct value *jmespath_fail(struct jmespath_call *call, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
