/*
 * policy/admissionpolicy/admissionpolicy.h: Kubernetes' own CEL policies, and their parts for other dialects.
 *
 * The dialect takes ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings (admissionregistration.k8s.io
 * v1, v1beta1, v1alpha1). What Kyverno's CEL kinds share with them (matching, the environment, variables, conditions)
 * is here, too. Semantics: k8s.io/apiserver v0.36 (pkg/admission/plugin/policy, pkg/admission/plugin/cel,
 * plugin/webhook/matchconditions). Everything compiled lives in the arena it was compiled in and is read-only; answers
 * live in the review's arena.
 */
#ifndef POLICY_ADMISSIONPOLICY_ADMISSIONPOLICY_H
#define POLICY_ADMISSIONPOLICY_ADMISSIONPOLICY_H

#include "lang/cel/cel.h"
#include "policy/policy.h"

extern const struct policy_dialect admissionpolicy_dialect;

/* -- which requests: matchConstraints, matchResources -------------------------------------------------------------- */

struct admission_match;
/* NULL and *err when it is broken (a selector, an operation). A NULL or absent `match` matches everything. */
const struct admission_match *admission_match_compile(struct arena *arena, const struct value *match,
						      struct error **err);
bool admission_match_review(const struct admission_match *match, struct review *review);
/* The same, and as what: with matchPolicy Equivalent the resource that the rules name, else the request's own. `as` may
 * be NULL. */
struct admission_matched {
	struct gvk kind;
	struct gvr resource;
};
bool admission_match_find(const struct admission_match *match, struct review *review, struct admission_matched *as);
/* For the index: kinds that its resourceRules can match; by resource names, so only where the kind of a resource is
 * known. */
const struct kind_pattern *admission_match_kinds(struct arena *arena, const struct admission_match *match,
						 size_t *count);
/*
 * The labels of the request's namespace, or of the Namespace judged: from the Namespace at hand, the values'
 * namespaceSelector, or the label kubernetes.io/metadata.name that every namespace has.
 */
const struct value *admission_namespace_labels(struct review *review);

/* -- the environment ----------------------------------------------------------------------------------------------- */

enum admission_declares {
	ADMISSION_PARAMS = 1,	  /* params */
	ADMISSION_AUTHORIZER = 2, /* authorizer, authorizer.requestResource */
	ADMISSION_VARIABLES = 4,  /* variables */
	ADMISSION_PATCHES = 8,	  /* Object{}, JSONPatch{}, jsonpatch.escapeKey: in `patches` only */
	ADMISSION_PREPARED = 16,  /* admission_base_prepare() was called for `base` */
};
#define ADMISSION_ABSENT UINT32_MAX /* the slot of what is not declared */

extern const struct cel_type admission_request_type;   /* kubernetes.AdmissionRequest, of `request` */
extern const struct cel_type admission_namespace_type; /* kubernetes.Namespace, of `namespaceObject` */

/* object, oldObject, request, namespaceObject and what else is asked for, declared over a base environment. */
struct admission_env {
	struct cel_env *cel;
	uint32_t object, old_object, request, namespace_object, params, authorizer, request_resource, variables;
	size_t slots; /* how many values a run needs */
	/* The same slots: without `variables` (matchConditions); without the authorizer (messages); with patch types.
	 */
	struct cel_env *conditions, *messages, *patches;
	struct cel_type *variables_type; /* of `variables`; filled by admission_variables_add() */
};
/*
 * The types that requests have and (if asked for) the authorizer's functions, for many environments over one base: made
 * once instead of for each of them.
 */
void admission_base_prepare(struct cel_env *base, unsigned declares);
void admission_env_create(struct arena *arena, const struct cel_env *base, unsigned declares,
			  struct admission_env *out);
/* Fills the slots of these (of `count` in all) from the review; params may be NULL. `defaulted`: the object as the API
 * server's admission sees it (schema_admitted), made once per review. */
void admission_bind(const struct admission_env *env, struct review *review, const struct value *params, bool defaulted,
		    struct cel_value *slots, size_t count);
/* The object as admission sees it: defaults set, and what the API server itself writes into metadata. Made once per
 * review and object. */
const struct value *admission_object(struct review *review);

/* -- variables: evaluated when first read, once per evaluation ----------------------------------------------------- */

struct admission_variables;
struct admission_variables *admission_variables_create(struct arena *arena, const struct admission_env *env);
/* As Kyverno has them: expressions keep the exact types, and an error is not wrapped in 'composited variable "x" fails
 * to evaluate'. */
void admission_variables_plain(struct admission_variables *variables);
/*
 * Declares variables.NAME; later expressions see it with its type. -1 and *err when it does not compile; then it is
 * declared as dyn and fails when it is read.
 */
int admission_variables_add(struct admission_variables *variables, struct str name, struct str expression,
			    struct error **err);
/*
 * The value for env->variables in slots that cel_run.variables points to; programs are evaluated in the same run. What
 * variables cost is not added to run->cost but kept apart, as the API server counts it.
 */
struct cel_value admission_variables_start(const struct admission_variables *variables, struct arena *arena);
/* What the variables of a started value cost since it was last asked. */
uint64_t admission_variables_cost(const struct cel_value *started);

/* -- the rules of a spec: matchConditions, variables, validations, auditAnnotations, failurePolicy ----------------- */

struct admission_rules;
/* Messages as the API server refuses a policy: spec.validations[0].expression: Invalid value: "…": compilation failed:
 * … */
const struct admission_rules *admission_rules_compile(struct arena *arena, const struct admission_env *env,
						      const struct value *spec, struct error **err);

enum admission_verdict { ADMISSION_ADMIT, ADMISSION_DENY, ADMISSION_ERROR };
struct admission_decision {
	enum admission_verdict verdict; /* after failurePolicy: an ignored error is ADMIT with `message` set */
	bool failed;			/* an expression failed (rather than being false) */
	struct str message, reason;	/* reason: "Invalid", "Forbidden" … */
	uint16_t code;			/* 422, 403 … */
	size_t validation; /* index; SIZE_MAX: of no validation (a matchCondition, the cost budget, an annotation) */
	struct str annotation; /* key of the auditAnnotation that failed: it denies whatever a binding's actions are */
	const struct value *policy_at; /* the validation in its policy */
};
struct admission_decisions {
	bool matched;	      /* false: a matchCondition was false; nothing was judged */
	struct str unmatched; /* the name of that matchCondition */
	struct admission_decision *items;
	size_t count;
	const struct property *annotations; /* auditAnnotations */
	size_t annotation_count;
};
void admission_rules_judge(const struct admission_rules *rules, struct review *review, const struct value *params,
			   bool defaulted, struct admission_decisions *out);

/* -- patches ------------------------------------------------------------------------------------------------------- */

extern const struct cel_type admission_object_type, admission_json_patches_type; /* Object, list(JSONPatch) */
/*
 * The object with what a mutation's expression gave: a configuration (Object{…}) or JSON Patch operations. NULL and
 * *err in the API server's words; the object itself when a `test` of the patch fails.
 */
const struct value *admission_patch(struct arena *arena, const struct value *object, struct cel_value patch,
				    bool json_patch, struct error **err);

/* -- the API server's words ---------------------------------------------------------------------------------------- */

/*
 * The text of the response to a denied request: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: MESSAGE.
 * An empty binding: the policy itself is not usable.
 */
struct str admission_denial_text(struct arena *arena, struct str policy, struct str binding, struct str message);
/* What a MutatingAdmissionPolicy that failed refuses with: policy 'p' with binding 'b' denied request: MESSAGE. */
struct str admission_mutation_error_text(struct arena *arena, struct str policy, struct str binding,
					 struct str message);
/* The same with what every refusal begins with: pods "p" is forbidden: … */
struct str admission_forbidden_text(struct arena *arena, const struct review *review, struct str text);
uint16_t admission_reason_code(struct str reason);

/*
 * Everything for which the API server refuses to create this policy or binding, in its words, without "KIND \"name\" is
 * invalid: ": one problem, or "[first, second]". 0, or -1 and *err.
 */
int admission_validate(const struct value *object, struct error **err);

/* The functions of `authorizer`: every environment of the API server declares them, those without the variable, too. */
extern const struct cel_library admission_authorizer_library;

/* -- what a policy that compiles may still be wrong about ---------------------------------------------------------- */

struct admission_warning {
	struct str field;   /* "spec.validations[0].expression" */
	struct str message; /* "apps/v1, Kind=Deployment: ERROR: <input>:1:12: undefined field 'spce' …" */
	const struct value *at;
};
struct admission_warnings {
	struct admission_warning *items;
	size_t count, capacity;
};
/* The type of a kind's objects; NULL when it is not known. */
typedef const struct cel_type *admission_type_source(void *data, struct arena *arena, struct gvk gvk);
/* Built-in kinds, by the schema table; `data` is not used. */
admission_type_source admission_type_of_kind;
/*
 * Checks the expressions with object and params of the types that the rules name, as the API server does for
 * status.typeChecking, and says which resource rules can match nothing.
 */
void admission_typecheck(struct arena *arena, const struct value *policy, admission_type_source *type_of, void *data,
			 struct admission_warnings *warnings);

#endif
