/*
 * cmd/policies.h: the first pass: policies, exceptions and the objects that serve look-ups, from -p and from the
 * inputs.
 */
#ifndef CMD_POLICIES_H
#define CMD_POLICIES_H

#include "base/map.h"
#include "cmd/finding.h"
#include "cmd/inputs.h"

struct policies {
	struct arena *arena; /* texts and objects; lasts as long as the set */
	struct policy_set *set;
	struct store *store;	  /* Namespaces, ConfigMaps and what else judges look up, among the inputs */
	struct findings findings; /* what was wrong with policies */
	size_t count;		  /* policies met, usable or not */
	uint64_t compile;	  /* CPU time of compiling, in nanoseconds */
	bool assume_bound;	  /* do not tell of policies that no binding puts in force */
	const struct decode_limits *limits;
	struct map known;    /* identity → the object */
	struct map gathered; /* documents of the inputs that the first pass decoded */
};

/* CPU time of this thread, in nanoseconds. */
uint64_t cpu_now(void);

void policies_init(struct policies *policies, struct arena *arena, const struct decode_limits *limits);
/*
 * Everything in the files and folders that -p names: policies, and objects that they look up. A path without any policy
 * is a finding.
 */
void policies_load(struct policies *policies, const char *const *paths, size_t count);
/*
 * Looks through the inputs for policies and look-up objects; decodes only documents that may hold one. What cannot be
 * read or decoded is left to the second pass. Adds the default policies when there is none, and seals the set.
 */
int policies_gather(struct policies *policies, struct inputs *inputs, struct error **err);
/* The Pod Security Standards and the catalogue: what is judged by when no policy is given. */
int policies_add_default(struct policy_set *set, const struct store *store, struct error **err);

/* A policy (exception, constraint, …) of a language that biro knows or at least knows of: not judged as a resource. */
bool policies_is_policy(const struct value *object);
/* Whether the first pass has seen this document; a policy in a document that it has not seen was not applied. */
bool policies_gathered(const struct policies *policies, const struct document *document);

#endif
