/*
 * kube/crd.h: the schemas of custom resources, as their CustomResourceDefinitions give them.
 *
 * A node is compiled once from an openAPIV3Schema and lives in the arena that it was compiled in; `head` makes it a
 * struct schema for kube/schema.h. Semantics: k8s.io/apiextensions-apiserver v0.36 (pkg/apiserver/schema).
 */
#ifndef KUBE_CRD_H
#define KUBE_CRD_H

#include "data/regex.h"
#include "kube/schema_table.h"

struct crd_property {
	struct str name;
	const struct crd_schema *schema;
	bool required;
};

struct crd_schema {
	struct schema head;                             /* type and flags; NODE_CUSTOM is set */
	struct str type;                                /* as written: "string"; empty when there is none */
	struct str format;
	struct crd_property *properties;                /* ordered by name */
	size_t property_count;
	const struct crd_schema *items, *additional;    /* of an array; of a map's values (NULL: none) */
	bool additional_allowed;                        /* additionalProperties: true */
	bool nullable, preserves, embedded, int_or_string;
	const struct str *keys;                         /* of a list map */
	size_t key_count;
	const struct value *source;                     /* the schema as written */
};

const struct crd_property *crd_property_find(const struct crd_schema *schema, struct str name);
const struct schema *crd_field(const struct schema *schema, struct str name);
bool crd_field_at(const struct schema *schema, size_t i, struct str *name, const struct schema **field);
bool crd_field_required(const struct schema *schema, struct str name);
const struct schema *crd_items(const struct schema *schema);
const struct str *crd_list_keys(const struct schema *schema, size_t *count);

static inline const struct crd_schema *crd_of(const struct schema *schema)
{
	return (const struct crd_schema *)(const void *)schema;
}

#endif
