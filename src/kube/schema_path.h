/*
 * kube/schema_path.h: the way down to a value, put into words only when there is something to say. Private.
 */
#ifndef KUBE_SCHEMA_PATH_H
#define KUBE_SCHEMA_PATH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct schema_step {
	const struct schema_step *parent; /* NULL: the root, whose key is not printed */
	struct str key;			  /* of a member; p NULL: an item */
	size_t index;
	bool of_map; /* the key is data ("labels[a/b]"), not a field's name */
};

/* "/spec/containers/0/image"; empty for the root. */
struct str schema_step_pointer(struct arena *arena, const struct schema_step *step);
/* "spec.containers[0].image", "spec.selector[app]"; empty for the root. */
struct str schema_step_field(struct arena *arena, const struct schema_step *step);

#endif
