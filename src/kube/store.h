/*
 * kube/store.h: objects at hand for look-ups: Namespaces, ConfigMaps and others found among the inputs.
 *
 * Filled by one thread, then read by many. Objects are borrowed and must outlive the store.
 */
#ifndef KUBE_STORE_H
#define KUBE_STORE_H

#include "kube/kind.h"

struct store;

struct store *store_create(struct arena *arena);
/* A later object of the same group, kind, namespace and name replaces the earlier one. */
void store_put(struct store *store, const struct value *object);
/* NULL when absent. An empty namespace for namespaced kinds means "default". */
const struct value *store_get(const struct store *store, struct str group, struct str kind, struct str namespace,
			      struct str name);
/* All objects of a kind in put order; namespace NULL-empty ("") for all. The array lives in the arena. */
const struct value **store_list(const struct store *store, struct arena *arena, struct str group, struct str kind,
				struct str namespace, size_t *count);
/* The kind that the resource ("deployments") stands for: one in the store, else the singular with a capital. */
struct str store_kind_of(const struct store *store, struct arena *arena, struct str group, struct str resource);

#endif
