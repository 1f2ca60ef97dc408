/*
 * kube/schema.h: what Kubernetes knows of the shape of objects: built-in kinds by an embedded table (made from the
 * OpenAPI document of a kube-apiserver 1.36 by tools/make-schema) and custom resources by the CRDs at hand.
 *
 * A node is the schema of one value; nodes are immutable and live as long as the program (built-in) or the arena of the
 * CRD.
 */
#ifndef KUBE_SCHEMA_H
#define KUBE_SCHEMA_H

#include "kube/kind.h"

struct schema;

enum schema_type {
	SCHEMA_ANY,             /* preserves what is there */
	SCHEMA_STRING,
	SCHEMA_INTEGER,
	SCHEMA_NUMBER,
	SCHEMA_BOOLEAN,
	SCHEMA_OBJECT,          /* named fields */
	SCHEMA_MAP,             /* any key, one kind of value */
	SCHEMA_ARRAY,
	SCHEMA_INT_OR_STRING,
	SCHEMA_QUANTITY,
	SCHEMA_TIME,            /* metav1.Time, MicroTime: string of format date-time */
};
enum schema_list { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP };

/* NULL when the kind is not built in. */
const struct schema *schema_of_kind(struct gvk gvk);
enum schema_type schema_type(const struct schema *schema);
/* A named field of an object; NULL when it has none of the name. */
const struct schema *schema_field(const struct schema *schema, struct str name);
/* The i-th field, in order of name; false past the end. */
bool schema_field_at(const struct schema *schema, size_t i, struct str *name, const struct schema **field);
bool schema_field_required(const struct schema *schema, struct str name);
/* Of array items, or map values; NULL otherwise. */
const struct schema *schema_items(const struct schema *schema);
enum schema_list schema_list_type(const struct schema *schema);
/* Of SCHEMA_LIST_MAP. */
const struct str *schema_list_keys(const struct schema *schema, size_t *count);
/* The key that strategic merge patch merges this list by; empty: it replaces. */
struct str schema_merge_key(const struct schema *schema);
/* An object or map that is applied and merged as one value. */
bool schema_is_atomic(const struct schema *schema);

/* A kind that was removed from or deprecated in Kubernetes. */
struct removed_kind {
	const char *group, *version, *kind;
	const char *deprecated_in, *removed_in; /* "1.22"; removed_in NULL: still served */
	const char *replacement;                /* "networking.k8s.io/v1 Ingress"; NULL: none */
};
const struct removed_kind *removed_kind_find(struct gvk gvk);

/* -- defaults ---------------------------------------------------------------------------------------------------- */

/*
 * The object as admission sees it: the API server's defaults set, quantities canonical, empty structs kept. Built-in
 * kinds only; anything else comes back as it is. Values that were there keep their places. When `applied` is not NULL
 * it is filled with the paths that were added or changed ("/spec/dnsPolicy"), in the arena.
 */
struct schema_paths {
	struct str *items;
	size_t count, capacity;
};
const struct value *schema_admitted(struct arena *arena, const struct value *object, struct schema_paths *applied);
/*
 * The same as mutating admission sees it: without what creation adds before validating admission (creationTimestamp,
 * generation, a Pod's first status).
 */
const struct value *schema_defaulted(struct arena *arena, const struct value *object, struct schema_paths *applied);

/* -- findings ---------------------------------------------------------------------------------------------------- */

enum schema_problem { SCHEMA_UNKNOWN_FIELD, SCHEMA_WRONG_TYPE, SCHEMA_MISSING_FIELD, SCHEMA_DUPLICATE_ITEM };
struct schema_finding {
	enum schema_problem problem;
	struct str path;                        /* "/spec/containers/0/imagee" */
	struct str field;                       /* "spec.containers[0].imagee" */
	struct str message;                     /* one line, with "did you mean" */
	struct str fix;                         /* may be empty */
	const struct value *at;
	bool refused;                           /* the API server takes no such object, whatever field validation asks */
};
struct schema_findings {
	struct schema_finding *items;
	size_t count, capacity;
};
/*
 * Unknown and misplaced fields, wrong types, missing required fields, items of a list that have the same key. The
 * schema is that of the whole object, or of a part of it that stands alone.
 */
void schema_check(struct arena *arena, const struct schema *schema, const struct value *object,
		  struct schema_findings *findings);
/* The field with a name close to this one, letter case apart; empty when none is close. */
struct str schema_nearest_field(const struct schema *schema, struct str name);

#endif
