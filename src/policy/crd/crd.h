/*
 * policy/crd/crd.h: custom resources judged as the API server judges them: by the structural schemas and the
 * x-kubernetes-validations of their CustomResourceDefinitions.
 *
 * In: a schema (kube/crd.h) and objects. Out: errors with the API server's field paths and messages. What is compiled
 * lives in the arena given and is immutable; several threads may use it at once. Semantics:
 * k8s.io/apiextensions-apiserver v0.36 (pkg/apiserver/schema/cel, /defaulting, /pruning, pkg/apiserver/validation).
 */
#ifndef POLICY_CRD_CRD_H
#define POLICY_CRD_CRD_H

#include "data/regex.h"
#include "kube/crd.h"
#include "kube/schema_path.h"
#include "lang/cel/cel.h"

/* One thing that is wrong. */
struct crd_error {
	struct str field;	/* "spec.names[0]"; "<nil>" for the resource itself, as the API server prints it */
	struct str pointer;	/* "/spec/names/0" */
	struct str body;	/* "Invalid value: \"object\": failed rule: …" */
	const struct value *at; /* the value; may be NULL */
	bool ratcheted;		/* a warning only: the value was so before */
};
struct crd_errors {
	struct crd_error *items;
	size_t count, capacity;
};

/* -- rules -------------------------------------------------------------------------------------------------------- */

struct crd_rules;

/* Whether the API server judges rules of this schema: those in allOf alone do not count. */
bool crd_has_rules(const struct crd_schema *schema);
/*
 * NULL when there are no rules at all. `root`: the schema of a whole resource. Rules that do not compile are errors
 * whenever they are judged.
 */
const struct crd_rules *crd_rules_compile(struct arena *arena, const struct crd_schema *schema, bool root);

struct crd_rules_run {
	struct arena *arena;
	struct regex_cache *regexes; /* may be NULL */
	struct str root;	     /* the name of the object in paths; empty for a resource */
	bool ratcheting;	     /* what failed before and was not changed is a warning */
	uint64_t call_limit;	     /* run-time cost of one rule: 1,000,000 */
	int64_t budget;		     /* what is left for the object: 10,000,000; negative when it was exceeded */
};
#define CRD_CALL_LIMIT 1000000
#define CRD_BUDGET 10000000

/* Judges all rules; `old` is NULL on CREATE. Adds to `errors`. */
void crd_rules_judge(struct crd_rules_run *run, const struct crd_rules *rules, const struct value *object,
		     const struct value *old, struct crd_errors *errors);

/*
 * What the API server would refuse in the CRD itself: rules that do not compile, and estimated costs beyond 10,000,000
 * for a rule or 100,000,000 for a schema. `path` is that of the schema in the CRD. `rules` may be NULL.
 */
void crd_rules_check(struct arena *arena, const struct crd_rules *rules, struct str path, struct crd_errors *errors);

/* -- structure ---------------------------------------------------------------------------------------------------- */

/* The object with the schema's defaults set; itself when there is nothing to set. */
const struct value *crd_defaulted(struct arena *arena, const struct crd_schema *schema, const struct value *object);
/* What the schema does not know and the API server drops: one error each, whose body says so. */
void crd_unknown_fields(struct arena *arena, const struct crd_schema *schema, const struct value *object,
			struct crd_errors *errors);
/* Keys of lists that are maps, items of lists that are sets: each once. */
void crd_validate_lists(struct arena *arena, const struct crd_schema *schema, const struct value *object,
			struct crd_errors *errors);
/* Types, required fields, bounds, patterns, formats, enumerations, allOf …, and the lists. */
void crd_validate(struct arena *arena, struct regex_cache *regexes, const struct crd_schema *schema,
		  const struct value *object, struct crd_errors *errors);

#endif
