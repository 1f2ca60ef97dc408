/*
 * kube/schema_find.h: where a name that is not here may have been meant, and what to call the place. Private.
 */
#ifndef KUBE_SCHEMA_FIND_H
#define KUBE_SCHEMA_FIND_H

#include "kube/defaults.h"

/* A value on the way down, with its schema. */
struct schema_place {
	const struct schema_place *parent;
	const struct schema *schema;
	struct schema_step step;
};

/* "a container", "the spec of the Pod", "spec.strategy". */
struct str schema_place_text(struct arena *arena, const struct schema_place *place);
/* The field that differs in letter case alone; empty when there is none. */
struct str schema_same_but_case(const struct schema *schema, struct str name);
/* Where in the same object a field of this name exists, nearest first: "the securityContext of a container"; empty:
 * nowhere. */
struct str schema_home_of(struct arena *arena, const struct schema_place *place, struct str name);
/* A required field that may be absent all the same, for it has a default or is not for users to give. */
bool schema_may_lack(const struct schema *schema, const struct schema_member *member);
/* Whether the API server refuses two items with one key in this list; in most it takes the last. */
bool schema_refuses_duplicates(const struct schema_place *place);

#endif
