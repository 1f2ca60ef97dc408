/*
 * policy/crd/types.h: a schema in the terms of CEL: types for the checker, sizes for estimates, views for values.
 * Private.
 */
#ifndef POLICY_CRD_TYPES_H
#define POLICY_CRD_TYPES_H

#include "policy/crd/crd.h"

struct crd_declaration;

struct crd_declared_field {
	struct str name; /* escaped */
	struct str key;
	const struct crd_declaration *declaration;
};

/* What k8s.io/apiserver/pkg/cel calls a DeclType. */
struct crd_declaration {
	const struct cel_type *type; /* of scalars; NULL for lists, maps and objects, which are named by their place */
	enum { DECLARED_SCALAR, DECLARED_LIST, DECLARED_MAP, DECLARED_OBJECT } kind;
	const struct crd_declaration *items;
	const struct crd_declared_field *fields; /* ordered by name */
	size_t field_count;
	uint64_t max_elements, min_size;
};

/* "a.b" → "a__dot__b", "namespace" → "__namespace__"; empty when the name cannot be written in CEL at all. */
struct str crd_escape(struct arena *arena, struct str name);
/* NULL for what CEL does not see. */
const struct crd_declaration *crd_declare(struct arena *arena, const struct crd_schema *schema, bool root);
const struct crd_declaration *crd_declared_field(const struct crd_declaration *declaration, struct str name);
/* The type of a value when the outermost object is called `name`. */
const struct cel_type *crd_type(struct arena *arena, const struct crd_declaration *declaration, struct str name);
const struct cel_view *crd_view(struct arena *arena, const struct crd_schema *schema);
/* For cel_compile_options.size_of; data is the declaration of self. */
bool crd_size_of(void *data, struct str path, struct cel_range *out);

#endif
