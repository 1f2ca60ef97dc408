/*
 * policy/podsecurity/finding.h: what one check found wrong, and the sentences made of it. Private to the room.
 *
 * A finding starts zeroed and allocates nothing until something is added.
 */
#ifndef POLICY_PODSECURITY_FINDING_H
#define POLICY_PODSECURITY_FINDING_H

#include "policy/podsecurity/pod.h"
#include "policy/podsecurity/podsecurity.h"

/* A list in order of addition, or a set: what is inserted is ordered and made unique by names_settle(). */
struct ps_names {
	struct str *items;
	size_t count, capacity;
	bool unsettled;
};

void names_add(struct arena *arena, struct ps_names *names, struct str name);
void names_insert(struct arena *arena, struct ps_names *names, struct str name);
/* Orders a set bytewise; its count means something only after this. */
void names_settle(struct ps_names *names);
/* "a", "b" */
struct str names_quoted(struct arena *arena, const struct ps_names *names);
struct str names_joined(struct arena *arena, const struct ps_names *names, struct str separator);

struct ps_finding {
	struct arena *arena;
	bool pod;                       /* the Pod itself offends */
	struct ps_names containers;     /* these offend */
	struct ps_names values;         /* with these; a set */
	struct ps_offence *offences;
	size_t count, capacity;
};

/* `path` is relative to the Pod ("spec.hostPID"). Returns the offence, for its values. */
struct ps_offence *finding_in_pod(struct ps_finding *finding, struct str path, const struct value *at);
/* `field` is relative to the container ("securityContext.privileged"). Does not name the container: see below. */
struct ps_offence *finding_in_container(struct ps_finding *finding, const struct ps_container *container,
					const char *field, const struct value *at);
/* Adds the container's name to those that offend. */
void finding_name(struct ps_finding *finding, const struct ps_container *container);

void offence_value(struct arena *arena, struct ps_offence *offence, struct str value);
/* Settles the set. */
void offence_values(struct arena *arena, struct ps_offence *offence, struct ps_names *values);

/* container "a", containers "a", "b" */
struct str finding_containers(const struct ps_finding *finding);
/* pod and containers "a", "b", annotation: whichever there are, then `more` when it is not NULL */
struct str finding_setters(const struct ps_finding *finding, const char *more);

/* The deepest that is there, for a caret. */
const struct value *deepest(const struct value *a, const struct value *b, const struct value *c);

static inline const char *plural(const char *one, const char *many, size_t count)
{
	return count == 1 ? one : many;
}

/*
 * Fills the failure; always returns false: a check returns whether the Pod passes. `reason` is a literal, `detail` is
 * in the arena.
 */
bool finding_fail(struct ps_finding *finding, struct ps_failure *failure, const char *reason, struct str detail);

#endif
