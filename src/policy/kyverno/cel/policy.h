/*
 * policy/kyverno/cel/policy.h: Kyverno's CEL policies, compiled; shared by the files of this room and private to it.
 *
 * Semantics: Kyverno v1.19 pkg/cel (compiler, autogen, matching, policies/{vpol,mpol,gpol,dpol}),
 * pkg/image/verification and, for what its results say, cmd/cli/kubectl-kyverno. Everything compiled lives in the
 * policy set's arena and is immutable once the set is sealed; what judging makes lives in the review's arena.
 */
#ifndef POLICY_KYVERNO_CEL_POLICY_H
#define POLICY_KYVERNO_CEL_POLICY_H

#include "base/map.h"
#include "policy/admissionpolicy/admissionpolicy.h"
#include "policy/kyverno/cel/functions.h"

/* What a kind of policy does; each has its own environment. */
enum policy_class {
	POLICY_VALIDATING,
	POLICY_MUTATING,
	POLICY_GENERATING,
	POLICY_DELETING,
	POLICY_IMAGE_VALIDATING,
	POLICY_CLASSES,
};

enum evaluation_mode { MODE_KUBERNETES, MODE_JSON, MODE_ENVOY, MODE_HTTP, MODES };

/* -- environments -------------------------------------------------------------------------------------------------- */

/* Slots of variables; CEL_ABSENT for what the class does not declare. */
#define CEL_ABSENT UINT32_MAX

struct environment {
	struct cel_env *cel; /* all but `variables`, which each policy declares for itself; NULL: not made yet */
	uint32_t namespace_object, object, old_object, request, exceptions, images, attestors, attestations;
	struct kyverno_cel_slots functions;
	uint32_t variables;  /* comes next in a policy's own environment */
	size_t slots;	     /* with `variables` */
	uint64_t cost_limit; /* of one expression; 0: none */
	struct map programs; /* text → program: policies repeat expressions that read no variables */
};

/* -- parts of a policy --------------------------------------------------------------------------------------------- */

struct expression {
	struct str name; /* of a matchCondition, an image extractor …; may be empty */
	const struct cel_program *program;
	const struct value *at; /* in the policy */
};

struct expressions {
	struct expression *items;
	size_t count;
};

struct validation {
	const struct cel_program *program, *message_program; /* message_program: NULL for none */
	struct str message;
	const struct value *at;
};

struct policy_exception {
	struct str key; /* "namespace/name" */
	const struct value *object, *conditions;
	const struct value *images, *allowed_values; /* lists; NULL or empty for none */
	bool full;				     /* lets everything pass: it names neither images nor values */
	bool reports_pass;			     /* reportResult: pass */
	int64_t priority;
	int64_t expires; /* seconds since 1970; INT64_MAX: never */
};

/* An exception as one variant of a policy sees it: its conditions are compiled in the policy's environment. */
struct linked_exception {
	const struct policy_exception *exception;
	struct expressions conditions;
};

struct resource_match;

/* A mutation: what it makes of one object. */
struct mutation {
	bool json_patch;
	const struct cel_program *program;
	const struct value *at;
};

/* matchImageReferences: one glob or expression. */
struct image_reference {
	struct str glob; /* empty: the program */
	const struct cel_program *program;
	uint32_t slot; /* of `ref` */
};

/* What a resource sees of a policy: the policy as written, or as it is rewritten for the controllers of Pods. */
struct variant {
	struct cel_policy *policy;
	const struct value *spec;
	const struct resource_match *match; /* NULL: there are no matchConstraints */
	size_t rewriting;		    /* 0: as written; else enum rewriting + 1 */
	bool extracts;			    /* the pod templates inside are judged as Pods */
	struct cel_env *cel;		    /* the environment with `variables` */
	struct cel_type variables_type;
	struct expressions conditions, variables;
	struct validation *validations;
	size_t validation_count;
	struct expressions annotations;
	struct mutation *mutations;
	size_t mutation_count;
	struct expressions generations;
	struct image_reference *references;
	size_t reference_count;
	struct expressions images; /* extractors */
	struct linked_exception *exceptions;
	size_t exception_count, exception_capacity;
	struct str broken; /* why an exception does not compile in it: then every result is this error */
	bool reads_request, reads_namespace;
};

struct cel_policy {
	struct policy head;
	enum policy_class class;
	enum evaluation_mode mode;
	const struct environment *environment;
	size_t scratch;	      /* index of the dialect in review->scratch */
	struct str namespace; /* that a namespaced policy is for; empty: all */
	bool namespaced;
	bool ignores_failures;			     /* failurePolicy: Ignore */
	bool verifies_digest, requires_verification; /* validationConfigurations of ImageValidatingPolicy */
	struct variant *variants;
	size_t variant_count, variant_capacity;
	const struct value *attestors, *attestations; /* as declared; NULL: none */
};

/* Kept by the policy set for this dialect. */
struct cel_state {
	struct arena *arena;
	size_t index;						   /* of the dialect in review->scratch */
	struct environment environments[POLICY_CLASSES][MODES][2]; /* [1]: of namespaced policies */
	struct cel_policy **policies;
	size_t policy_count, policy_capacity;
	struct policy_exception **exceptions;
	size_t exception_count, exception_capacity;
};

/* -- compiling ----------------------------------------------------------------------------------------------------- */

/* What compile functions share. */
struct compiling {
	struct cel_state *state;
	struct arena *arena;
	struct environment *environment;
	struct variant *variant;
	struct error **err;
};

/* environment.c: made on first use. NULL and *err. */
struct environment *environment_of(struct cel_state *state, const struct cel_policy *policy, struct error **err);
/* Starts variant->cel: `variables` of the variant's own type. */
void environment_for_variant(struct compiling *compiling);
/*
 * The text at `at` (path is for messages: "spec.validations[0].expression"), which must be of one of the types; none:
 * any. NULL and *err.
 */
const struct cel_program *expression_compile(struct compiling *compiling, const struct value *at, struct str path,
					     const struct cel_type *const *types, size_t type_count);
/* [{name, expression}] of type bool: matchConditions, conditions, conditions of exceptions. */
int conditions_compile(struct compiling *compiling, const struct value *list, const char *path,
		       struct expressions *out);

/* policy.c */
int cel_policy_load(struct policy_set *set, struct cel_state *state, const struct value *object,
		    enum policy_class class, struct error **err);
/* exception.c */
int cel_exception_load(struct cel_state *state, const struct value *object, struct error **err);
void cel_exceptions_link(struct cel_state *state);
/* mutate.c, generate.c, image.c: the parts that only they have. */
int mutations_compile(struct compiling *compiling);
int generations_compile(struct compiling *compiling);
int images_compile(struct compiling *compiling);

/* autogen.c */
enum rewriting { REWRITE_TEMPLATE, REWRITE_CRON_JOB, REWRITE_EXTRACT, REWRITINGS };
/* The spec rewritten for the controllers that have it so; NULL when there are none. */
const struct value *autogen_spec(struct arena *arena, enum policy_class class, const struct value *spec,
				 enum rewriting rewriting);

/* match.c */
/* NULL and *err when a selector or an operation is broken. */
const struct resource_match *resource_match_compile(struct arena *arena, const struct value *constraints,
						    struct error **err);
/* One rule and nothing else: then Kyverno's command line says nothing of what does not match. */
bool resource_match_is_simple(const struct resource_match *match);
/* Adds the kinds that it can match; false when any kind may. */
bool resource_match_kinds(struct arena *arena, const struct resource_match *match, struct kind_pattern **kinds,
			  size_t *count, size_t *capacity);

/* -- judging ------------------------------------------------------------------------------------------------------- */

/* The request of a review as these policies see it: CREATE, UPDATE and DELETE have the objects that go with them. */
struct admitted {
	enum operation operation;
	const struct value *object, *old_object; /* NULL for none */
	const struct value *absent;		 /* what expressions see instead of none */
	struct gvk kind;
	struct gvr resource;
	struct str name, namespace;
	const struct value *request; /* made when an expression reads it */
};

/* Work shared by the policies of one review: review->scratch. */
struct shared {
	struct admitted admitted;
	const struct value *subject; /* review->object when this was made: mutations change it */
	bool namespace_made;
	const struct value *namespace_object; /* NULL: none known */
	const struct value *namespace_labels;
	struct cel_value *slots; /* large enough for any policy */
	size_t slot_count;
};

/* One variant at work on one request. */
struct evaluation {
	struct kyverno_cel_context functions; /* first: functions find it in run->user */
	struct review *review;
	const struct variant *variant;
	struct shared *shared;
	struct admitted *admitted;
	struct cel_run run;
	struct cel_value *slots;
	struct cel_value *values; /* of variables, by number */
	uint8_t *done;		  /* 0 not yet, 1 at it, 2 done */
};

/* What a policy comes to; as Kyverno's EvaluationResult. */
enum conclusion {
	CONCLUSION_SILENT, /* no result at all */
	CONCLUSION_SKIP,   /* a matchCondition was false */
	CONCLUSION_EXCEPTED,
	CONCLUSION_PASS,
	CONCLUSION_FAIL,
	CONCLUSION_ERROR,  /* of an expression of the policy */
	CONCLUSION_BROKEN, /* of a matchCondition or the like: before anything was judged */
};
struct verdict {
	enum conclusion conclusion;
	struct str message;
	size_t validation;	/* index, for FAIL and ERROR */
	const struct value *at; /* in the policy */
	const struct property *annotations;
	size_t annotation_count;
	const struct policy_exception **exceptions;
	size_t exception_count;
	const struct value *patched;   /* NULL: not changed */
	const struct value *generated; /* a list; NULL: none */
};

bool resource_match_holds(const struct resource_match *match, const struct admitted *admitted, struct shared *shared,
			  struct review *review, bool any_operation);
/* request.c; each is made once per review. */
const struct value *namespace_labels_of(struct shared *shared, struct review *review);
const struct value *namespace_object_of(struct shared *shared, struct review *review);
const struct value *request_of(struct admitted *admitted, struct review *review);
struct shared *shared_of_review(struct review *review, size_t index);

void evaluation_start(struct evaluation *evaluation, struct review *review, const struct variant *variant,
		      struct shared *shared, struct admitted *admitted);
/* One expression with a cost limit of its own, as Kyverno's programs have it. */
struct cel_value evaluation_run(struct evaluation *evaluation, const struct cel_program *program);
struct cel_value evaluation_variable(struct evaluation *evaluation, size_t i);
/* All hold: 1. One is false: 0. Otherwise an error, -1 and *message; with failurePolicy Ignore that is 0, too. */
int clauses_hold(struct evaluation *evaluation, const struct expressions *conditions, struct str *message);
/*
 * Which exceptions are in force. False: *verdict says why nothing is judged (a full exception, or a condition that
 * fails). Else `exceptions` is set for expressions to read.
 */
bool exceptions_pass(struct evaluation *evaluation, struct verdict *verdict);
/* auditAnnotations into the verdict. False and verdict->message when one cannot be evaluated. */
bool annotations_run(struct evaluation *evaluation, struct verdict *verdict);
/* The validations in order, up to the first that does not hold. */
void validations_run(struct evaluation *evaluation, struct verdict *verdict);

/* What is particular to a class. */
void validate_run(struct evaluation *evaluation, struct verdict *verdict);
void mutate_run(struct evaluation *evaluation, struct verdict *verdict);
void generate_run(struct evaluation *evaluation, struct verdict *verdict);
void delete_run(struct evaluation *evaluation, struct verdict *verdict);
void image_run(struct evaluation *evaluation, struct verdict *verdict);
/* authorize.c: Envoy and HTTP requests. */
void authorize_run(struct evaluation *evaluation, struct verdict *verdict);
/* autogen_extract.c: each pod template in the object, judged as a Pod. */
void extracted_run(struct evaluation *evaluation, struct verdict *verdict);

void cel_policy_judge(const struct policy *policy, struct review *review, struct result_list *results);
/* results.c: as Kyverno words it. */
void verdict_report(const struct variant *variant, struct review *review, const struct verdict *verdict,
		    struct result_list *results);

#endif
