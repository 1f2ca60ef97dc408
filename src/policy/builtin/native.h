/*
 * policy/builtin/native.h: policies of the catalogue that compare an object with others, which an API server's policies cannot.
 */
#ifndef POLICY_BUILTIN_NATIVE_H
#define POLICY_BUILTIN_NATIVE_H

#include "policy/builtin/builtin.h"

struct native_policy {
	struct catalogue_entry about;
	const char *kinds[4];           /* that it judges; NULL-terminated */
	const char *group, *wanted;     /* the kind that it looks up */
	/* NULL when all is well, else the message. */
	struct str (*judge)(const struct review *review, struct arena *arena);
};

/* In order of id; ends with an empty id. */
extern const struct native_policy native_policies[];
int native_add(struct policy_set *set, const struct native_policy *native);

#endif
