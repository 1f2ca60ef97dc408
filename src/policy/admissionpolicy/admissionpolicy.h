/*
 * policy/admissionpolicy/admissionpolicy.h: Kubernetes' own CEL policies, and their parts for other dialects.
 *
 * The dialect takes ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings (admissionregistration.k8s.io v1, v1beta1,
 * v1alpha1). What Kyverno's CEL kinds share with them (matching, the environment, variables, conditions) is here, too.
 * Semantics: k8s.io/apiserver v0.36 (pkg/admission/plugin/policy, pkg/admission/plugin/cel, plugin/webhook/matchconditions).
 * Everything compiled lives in the arena it was compiled in and is read-only; answers live in the review's arena.
 */
#ifndef POLICY_ADMISSIONPOLICY_ADMISSIONPOLICY_H
#define POLICY_ADMISSIONPOLICY_ADMISSIONPOLICY_H

#include "lang/cel/cel.h"
#include "policy/policy.h"

extern const struct policy_dialect admissionpolicy_dialect;

/* -- which requests: matchConstraints, matchResources ------------------------------------------------------------- */

struct admission_match;
/* NULL and *err when it is broken (a selector, an operation). A NULL or absent `match` matches everything. */
const struct admission_match *admission_match_compile(struct arena *arena, const struct value *match,
						      struct error **err);
bool admission_match_review(const struct admission_match *match, struct review *review);
/* For the index: kinds that its resourceRules can match; by resource names, so only where the kind of a resource is known. */
const struct kind_pattern *admission_match_kinds(struct arena *arena, const struct admission_match *match, size_t *count);

/* -- the environment ----------------------------------------------------------------------------------------------- */

enum admission_declares {
	ADMISSION_PARAMS = 1,           /* params */
	ADMISSION_AUTHORIZER = 2,       /* authorizer, authorizer.requestResource */
	ADMISSION_VARIABLES = 4,        /* variables */
	ADMISSION_PATCHES = 8,          /* Object{}, JSONPatch{}, jsonpatch.escapeKey */
};
#define ADMISSION_ABSENT UINT32_MAX     /* the slot of what is not declared */

/* object, oldObject, request, namespaceObject and what else is asked for, declared over a base environment. */
struct admission_env {
	struct cel_env *cel;
	uint32_t object, old_object, request, namespace_object, params, authorizer, request_resource, variables;
};
void admission_env_create(struct arena *arena, const struct cel_env *base, unsigned declares, struct admission_env *out);
/* Fills the slots of these (of `count` in all) from the review; params may be NULL. `defaulted`: the object as the API server's
 * admission sees it (schema_admitted), made once per review. */
void admission_bind(const struct admission_env *env, struct review *review, const struct value *params, bool defaulted,
		    struct cel_value *slots, size_t count);

/* -- variables: evaluated when first read, once per evaluation ------------------------------------------------------ */

struct admission_variables;
struct admission_variables *admission_variables_create(struct arena *arena, const struct admission_env *env);
/* Declares variables.NAME; later expressions see it with its type. -1 and *err when it does not compile. */
int admission_variables_add(struct admission_variables *variables, struct str name, struct str expression,
			    struct error **err);
/* The value for env->variables in slots that cel_run.variables points to; programs are evaluated in the same run. */
struct cel_value admission_variables_start(const struct admission_variables *variables, struct arena *arena);

/* -- the rules of a spec: matchConditions, variables, validations, auditAnnotations, failurePolicy ------------------- */

struct admission_rules;
/* Messages as the API server refuses a policy: spec.validations[0].expression: Invalid value: "…": compilation failed: … */
const struct admission_rules *admission_rules_compile(struct arena *arena, const struct admission_env *env,
						      const struct value *spec, struct error **err);

enum admission_verdict { ADMISSION_ADMIT, ADMISSION_DENY, ADMISSION_ERROR };
struct admission_decision {
	enum admission_verdict verdict;         /* after failurePolicy: an ignored error is ADMIT with `message` set */
	bool failed;                            /* an expression failed (rather than being false) */
	struct str message, reason;             /* reason: "Invalid", "Forbidden" … */
	uint16_t code;                          /* 422, 403 … */
	size_t validation;                      /* index */
	const struct value *policy_at;          /* the validation in its policy */
};
struct admission_decisions {
	bool matched;                           /* false: a matchCondition was false; nothing was judged */
	struct admission_decision *items;
	size_t count;
	const struct property *annotations;     /* auditAnnotations */
	size_t annotation_count;
};
void admission_rules_judge(const struct admission_rules *rules, struct review *review, const struct value *params,
			   bool defaulted, struct admission_decisions *out);

#endif
