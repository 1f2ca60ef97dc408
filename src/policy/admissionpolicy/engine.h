/*
 * policy/admissionpolicy/engine.h: what the files of this folder share.
 */
#ifndef POLICY_ADMISSIONPOLICY_ENGINE_H
#define POLICY_ADMISSIONPOLICY_ENGINE_H

#include "base/map.h"
#include "policy/admissionpolicy/admissionpolicy.h"
#include "policy/admissionpolicy/problems.h"

/* The caps of k8s.io/apiserver/pkg/apis/cel. */
#define COST_PER_CALL 1000000
#define COST_PER_POLICY 10000000
#define COST_MATCH_CONDITIONS (COST_PER_POLICY / 4)
#define MESSAGE_MAX (5 * 1024)
#define ANNOTATION_MAX (10 * 1024)

/* -- work shared by all policies of one review: review->scratch ---------------------------------------------------- */

struct admission_shared {
	const struct value *object, *admitted; /* what was admitted last, and what became of it */
	const struct value *old_object, *old_admitted;
	const struct value *request;	      /* for the request's own kind */
	const struct value *namespace_object; /* as expressions see it */
	const struct value *namespace_labels;
	bool has_namespace_object, has_namespace_labels;
	bool mutated; /* the mutating policies have been here */
};
struct admission_shared *admission_shared_of(struct review *review);

/* The namespace that the request has for the API server: of a Namespace its own name, of other cluster-scoped objects
 * none. */
struct str admission_namespace(const struct review *review);

/* As admission_bind(), with the kind that the rules matched. */
void admission_bind_as(const struct admission_env *env, struct review *review, const struct admission_matched *as,
		       const struct value *params, bool defaulted, struct cel_value *slots, size_t count);
const struct value *admission_old_object(struct review *review);
struct cel_value admission_authorizer(struct review *review);
struct cel_value admission_request_resource(struct review *review);
extern const struct cel_library admission_authorizer_library;
extern const struct cel_type admission_authorizer_type, admission_resource_check_type;

/* -- patch types --------------------------------------------------------------------------------------------------- */

extern const struct cel_type admission_object_type, admission_json_patches_type; /* Object, list(JSONPatch) */
/* Object, Object.spec …, JSONPatch and jsonpatch.escapeKey; types are made in the arena. */
void admission_patches_declare(struct cel_env *env, struct arena *arena);

/* -- rules --------------------------------------------------------------------------------------------------------- */

enum rules_kind { RULES_VALIDATING, RULES_MUTATING };

/* Compiles everything of a spec that is an expression, in the API server's order, and tells all that is wrong with it.
 */
const struct admission_rules *rules_compile(struct arena *arena, const struct admission_env *env,
					    const struct value *spec, enum rules_kind kind, struct str policy_name,
					    struct problems *problems);
bool rules_fail_policy_is_ignore(const struct admission_rules *rules);
/* Whether any expression asks what a user may do. */
bool rules_ask_authorizer(const struct admission_rules *rules);
bool admission_variables_read(const struct admission_variables *variables, uint32_t slot);

/* One evaluation's inputs: a phase (conditions, validations, messages …) with its own budget. */
struct rules_run {
	struct cel_run run;
	const struct admission_rules *rules;
	struct cel_value *slots;
	uint64_t budget;
	bool exhausted; /* the budget ran out: nothing more is evaluated */
};
void rules_run_start(struct rules_run *run, const struct admission_rules *rules, struct review *review,
		     struct cel_value *slots, uint64_t budget);
/*
 * CEL_ERROR when it fails; *error then gets "expression '…' resulted in error: …", or the text for an exhausted budget.
 * `text` is the expression as it is written.
 */
struct cel_value rules_run_evaluate(struct rules_run *run, const struct cel_program *program, struct str text,
				    struct str *error);

enum conditions_answer { CONDITIONS_HOLD, CONDITIONS_FALSE, CONDITIONS_ERROR };
/* *text: the name of the condition that is false, or the error. */
enum conditions_answer rules_match(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
				   struct str *text);
/* Validations and annotations, with the slots filled. */
void rules_validate(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
		    struct admission_decisions *out);

struct rules_mutation {
	const struct cel_program *program;
	struct str text;
	bool json_patch;
	const struct value *policy_at;
};
const struct rules_mutation *rules_mutations(const struct admission_rules *rules, size_t *count);

/* -- policies and bindings ----------------------------------------------------------------------------------------- */

enum validation_action { ACTION_DENY = 1, ACTION_WARN = 2, ACTION_AUDIT = 4 };

struct admission_binding {
	struct str name, policy_name;
	const struct admission_match *match; /* NULL: everything that the policy matches */
	const struct value *param_ref;	     /* NULL: none */
	const struct selector *param_selector;
	unsigned actions;
	const struct value *object;
	bool mutating;
};

struct admission_policy {
	struct policy head;
	struct arena *arena;
	const struct admission_match *match;
	const struct admission_rules *rules;
	struct admission_env env;
	struct str param_api_version;
	struct gvk param_kind; /* kind empty: none */
	bool ignore;	       /* failurePolicy */
	bool mutating, reinvoke;
	const struct admission_state *state;
	struct str refused; /* not empty: why the API server would not take it */
	const struct admission_binding **bindings;
	size_t binding_count, binding_capacity;
};

/*
 * Checks a whole policy and compiles it; `env` gets the environment of its expressions. Of use only when there are no
 * problems. `base` was prepared with the authorizer.
 */
const struct admission_rules *admission_spec_compile(struct arena *arena, const struct cel_env *base,
						     const struct value *object, bool mutating,
						     struct admission_env *env, struct problems *problems);

/* Per set: policy_set_state(). */
struct admission_state {
	struct cel_env *base;
	struct admission_policy **all;
	size_t count, capacity;
	struct admission_policy **mutating;
	size_t mutating_count, mutating_capacity;
	struct map policies[2]; /* by name; of each kind, [1] mutating */
	struct map broken[2];	/* names of those that do not compile: their bindings are fine */
	struct admission_binding **bindings;
	size_t binding_count, binding_capacity;
};

/* NULL and *err when the API server would refuse it. */
struct admission_binding *admission_binding_compile(struct arena *arena, const struct value *object,
						    struct error **err);

/* Params of one binding. */
struct admission_params {
	const struct value **items; /* one NULL when there is no paramRef */
	size_t count;
	struct str error; /* not empty: how the API server says that it cannot be done */
	bool of_policy;	  /* the error is the policy's, not the binding's */
};
void admission_params_collect(const struct admission_policy *policy, const struct admission_binding *binding,
			      struct review *review, struct admission_params *out);
/* The policy cannot work: its paramKind is not known. Empty when it can. */
struct str admission_params_problem(const struct admission_policy *policy, struct review *review);

void admission_judge_validating(const struct admission_policy *policy, struct review *review,
				struct result_list *results);
void admission_judge_mutating(const struct admission_state *state, struct review *review, struct result_list *results);
/* A result of this policy and (if not NULL) binding. */
struct result *admission_result_add(const struct admission_policy *policy, const struct admission_binding *binding,
				    struct review *review, struct result_list *results);

/* A property more. */
void admission_result_note(struct review *review, struct result *result, struct str name, struct str value);

#endif
