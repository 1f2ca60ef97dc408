/*
 * kube/crd.h: the schemas of custom resources, as their CustomResourceDefinitions give them.
 *
 * A node is compiled once from an openAPIV3Schema and lives in the arena that it was compiled in (parts of the document
 * are borrowed); `head` makes it a struct schema for kube/schema.h. Semantics: k8s.io/apiextensions-apiserver v0.36
 * (pkg/apiserver/schema).
 */
#ifndef KUBE_CRD_H
#define KUBE_CRD_H

#include "kube/schema_table.h"

struct crd_property {
	struct str name;
	const struct crd_schema *schema;
	bool required;
};

struct crd_list { /* of schemas: allOf … */
	const struct crd_schema **items;
	size_t count;
};

struct crd_bound {
	bool given;
	int64_t limit;
};

struct crd_schema {
	struct schema head;	    /* type and flags; NODE_CUSTOM is set */
	const struct value *source; /* the schema as written */
	struct str type;	    /* "string"; empty when there is none */
	struct str format;
	struct crd_property *properties; /* ordered by name */
	size_t property_count;
	const struct crd_schema *items;
	const struct crd_schema *additional;	   /* of a map's values */
	bool additional_given, additional_allowed; /* additionalProperties: true, false or a schema */
	bool nullable, preserves, embedded, int_or_string, has_properties;
	bool list_given;	/* x-kubernetes-list-type stands there */
	const struct str *keys; /* of a list map */
	size_t key_count;
	const struct value *default_value;		     /* NULL: none */
	const struct value *enumeration, *required;	     /* arrays; NULL: none */
	const struct value *minimum, *maximum, *multiple_of; /* numbers; NULL: none */
	bool exclusive_minimum, exclusive_maximum;
	struct crd_bound min_length, max_length, min_items, max_items, min_properties, max_properties;
	struct str pattern;
	struct crd_list all_of, any_of, one_of;
	const struct crd_schema *none_of; /* not */
	const struct value *rules;	  /* x-kubernetes-validations; NULL: none */
};

/* NULL and *err when it is no schema at all or too deep. */
const struct crd_schema *crd_compile(struct arena *arena, const struct value *schema, struct error **err);
/*
 * With the fields that every resource has: apiVersion, kind, metadata.name and metadata.generateName. Itself when they
 * are there.
 */
const struct crd_schema *crd_with_metadata(struct arena *arena, const struct crd_schema *schema);
const struct crd_property *crd_property_find(const struct crd_schema *schema, struct str name);

/* For kube/schema.c. */
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
