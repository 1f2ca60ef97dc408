/*
 * kube/kind.h: group, version, kind and resource of Kubernetes objects.
 */
#ifndef KUBE_KIND_H
#define KUBE_KIND_H

#include "data/value.h"

struct gvk {
	struct str group, version, kind;        /* group is empty for core */
};

struct gvr {
	struct str group, version, resource;
};

/* "apps/v1" → group apps, version v1; "v1" → group "", version v1. */
void gvk_split_api_version(struct str api_version, struct str *group, struct str *version);
/* From apiVersion and kind; empty strings when absent. */
struct gvk gvk_of(const struct value *object);
struct str gvk_api_version(struct arena *arena, struct gvk gvk);

/* What biro knows of a built-in kind; NULL when it is not one. */
struct known_kind {
	const char *group, *kind, *resource;
	bool namespaced;
};
const struct known_kind *known_kind_find(struct str group, struct str kind);
/* By the plural ("deployments"); for compilers: it looks at every kind. */
const struct known_kind *known_resource_find(struct str group, struct str resource);
/* All of them, in order of group and kind; NULL past the end. */
const struct known_kind *known_kind_at(size_t i);
/* The plural: from the table, else by the API machinery's guess (policy → policies, ingress → ingresses). */
struct str resource_of_kind(struct arena *arena, struct str group, struct str kind);

/*
 * Metadata of an object; empty or NULL when absent or of the wrong type. Labels and annotations are objects whose
 * values are strings or null (read as ""); with any other value in it the whole map counts as absent, as for
 * clients of the API.
 */
struct str object_name(const struct value *object);
struct str object_generate_name(const struct value *object);
struct str object_namespace(const struct value *object);
const struct value *object_labels(const struct value *object);
const struct value *object_annotations(const struct value *object);

/* With {} for null where a map of labels, annotations or data belongs, as the API server reads it; itself without any. */
const struct value *object_without_null_maps(struct arena *arena, const struct value *object);

#endif
