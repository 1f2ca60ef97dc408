/*
 * lang/cel/cel.h: CEL, the Common Expression Language: compiled once, evaluated many times.
 *
 * In: an environment (variables, functions, types) and an expression. Out: a program; then, with the values of the
 * variables, a value or an error, and the cost of getting there. Environments and programs live in the arenas they were made
 * in, are immutable once made and may be shared by threads; results live in the run's arena and share parts of the
 * documents and the program.
 *
 * Semantics: the CEL specification (cel-spec) as cel-go does it; the Kubernetes environment is that of Kubernetes 1.36
 * (k8s.io/apiserver/pkg/cel/environment), run-time and estimated costs included. Errors read as cel-go prints them.
 */
#ifndef LANG_CEL_CEL_H
#define LANG_CEL_CEL_H

#include "lang/cel/function.h"

/* -- environments ----------------------------------------------------------------------------------------------- */

struct cel_env;

enum cel_flavour {
	CEL_PLAIN,              /* the specification, with cel-go's extension libraries of the newest versions */
	CEL_KUBERNETES,         /* Kubernetes 1.36: homogeneous literals, literals checked, no presence cost */
	CEL_KYVERNO,            /* Kyverno 1.19's base: as Kubernetes, with bind, base64, math …; more is added from above */
};

/* The environment of a flavour, with its libraries; nothing declared. Made in some 100 µs: keep it. */
struct cel_env *cel_env_create(struct arena *arena, enum cel_flavour flavour);
/* One that adds to another, which must outlive it and is not changed. Slots go on where the parent's end. */
struct cel_env *cel_env_extend(struct arena *arena, const struct cel_env *parent);
/* -1 and *err: a signature that does not parse or an overload that collides. */
int cel_env_add_library(struct cel_env *env, const struct cel_library *library, struct error **err);
/* Returns its slot in run->variables. A name may have dots ("a.b"). An inner declaration hides an outer one. */
uint32_t cel_env_add_variable(struct cel_env *env, struct str name, const struct cel_type *type);
size_t cel_env_slots(const struct cel_env *env);
/* Not part of a flavour: jsonpatch.escapeKey, for Kubernetes' mutations. */
extern const struct cel_library cel_jsonpatch_library;
/* Nor this: x.orValue(y) of any x, as Kyverno's policies but for its image validating ones may call it. */
extern const struct cel_library cel_or_value_library;
/* A type that expressions may name (Object{…}, type comparisons). */
void cel_env_add_type(struct cel_env *env, const struct cel_type *type);
/* Types by name that are not listed one by one ("Object.spec.containers"); NULL when there is none. */
void cel_env_set_provider(struct cel_env *env, const struct cel_type *(*find)(void *data, struct str name), void *data);
void cel_env_set_container(struct cel_env *env, struct str container);
/* Whether lists and maps that are written out must be of one type; at first as the flavour has it. */
void cel_env_set_homogeneous(struct cel_env *env, bool homogeneous);
/* All functions in force, for docs and "did you mean"; calls back in the order of registration. */
void cel_env_each_function(const struct cel_env *env, void (*visit)(void *data, const struct cel_function *function), void *data);

/* -- programs --------------------------------------------------------------------------------------------------- */

struct cel_program;

/* What stopped a compilation; for conformance and messages. */
enum cel_stage { CEL_STAGE_PARSE, CEL_STAGE_CHECK, CEL_STAGE_PROGRAM };

struct cel_compile_options {
	bool no_check;                  /* parse only: everything is dyn, overloads are found at run time */
	bool no_macros;
	/*
	 * Types that the expression may have; none: any. dyn is accepted only when listed; with `any` everything is. The message
	 * on a mismatch is "must evaluate to bool but got int" (or "… to one of [string null_type] but got …"), as Kubernetes
	 * words it.
	 */
	const struct cel_type *const *accept;
	size_t accept_count;
	/*
	 * Sizes of what the program reads, for the estimate (path "self.spec.names", then "@items", "@values", "@keys" or
	 * "@indices"). As in Kubernetes the first part is to be passed over, whatever it is. NULL: the types' max_size is taken.
	 */
	bool (*size_of)(void *data, struct str path, struct cel_range *out);
	void *size_data;
	enum cel_stage *stage;          /* set on failure; may be NULL */
	const struct cel_type **checked;        /* set to the expression's type when it checked, also when not accepted; may be NULL */
};

/*
 * NULL and *err. The message is cel-go's, a block for each error:
 *     ERROR: <input>:1:10: undefined field 'a'
 *      | variables.a + 'x'
 *      | .........^
 * without the "compilation failed: " that Kubernetes puts before it. err->line and column are of the first error, in the expression.
 */
const struct cel_program *cel_compile(struct arena *arena, const struct cel_env *env, struct str source,
				      const struct cel_compile_options *options, struct error **err);
/*
 * After a failed compilation: "did you mean 'object'?" for the first name that is not declared; empty when there is
 * none or none is close. For people; the message itself stays as cel-go's.
 */
struct str cel_compile_hint(struct arena *arena, const struct cel_env *env, struct str source);
/* The type of an expression; NULL and *err (as of cel_compile()) when it does not check. Makes no program. */
const struct cel_type *cel_type_of_expression(struct arena *arena, const struct cel_env *env, struct str source,
					      struct error **err);
const struct cel_type *cel_program_type(const struct cel_program *program);
struct str cel_program_source(const struct cel_program *program);
/* The estimated cost (checker/cost.go with Kubernetes' estimator). Computed when asked. */
struct cel_range cel_program_estimate(const struct cel_program *program);
/* Whether the program reads the variable in this slot (so that what is costly to make need not be made). */
bool cel_program_reads(const struct cel_program *program, uint32_t slot);

/*
 * CEL_ERROR with u.error on failure; the place in the expression is u.error->offset. Adds to run->cost. `program` may
 * be evaluated inside an evaluation of the same run (lazy variables): the run's private part is saved and restored.
 */
struct cel_value cel_evaluate(const struct cel_program *program, struct cel_run *run);

/*
 * The lines of a text with a caret below one, as in compile errors: " | 1 / 0\n | ..^". Columns count code points.
 */
struct str cel_caret(struct arena *arena, struct str source, uint32_t offset, uint32_t *line, uint32_t *column);

#endif
