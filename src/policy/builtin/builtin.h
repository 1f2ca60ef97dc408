/*
 * policy/builtin/builtin.h: names of fields in Pods and in the templates of workloads.
 *
 * In: an API object. Out: a `warn` of policy "biro", rule "unknown-field", for each field that Kubernetes 1.36 would
 * drop
 * ("strict decoding: unknown field") with the name or the place that was probably meant, and an `error`, rule
 * "required-field", for a Pod without containers, which Kubernetes refuses. A short, hand-written schema for the
 * mistakes that weaken a Pod silently: what is below fields that it does not list is not looked at.
 */
#ifndef POLICY_BUILTIN_BUILTIN_H
#define POLICY_BUILTIN_BUILTIN_H

#include "policy/policy.h"

/* Strings of the results live in the arena or in the object. */
void fields_check(struct arena *arena, const struct value *object, struct result_list *results);

/* -- the catalogue: best practices that Kubernetes teams agree on ------------------------------------------------- */

/*
 * A policy that comes with biro. Most are ValidatingAdmissionPolicies (policies/ in the sources) that apply in an API server
 * unchanged; what needs other objects is judged here (native.c) and has no text.
 */
struct catalogue_entry {
	struct str id;                  /* "biro-image-tag": the policy's name */
	struct str title, severity, category, why, fix;
	struct str pss, cis;            /* the Pod Security level and the CIS item that ask for it; may be empty */
	struct str off;                 /* why it is not in the default; empty: it is */
	struct str name, text;          /* its file, as YAML; empty: native */
	const struct value *const *objects;     /* what the text holds: the policy, then its binding */
	size_t object_count;
};

struct catalogue {
	const struct catalogue_entry *entries;  /* in order of id */
	size_t count;
	struct str parameters;          /* the YAML of the ConfigMap that policies with parameters read */
};

/* The entries and all they point to live in the arena. NULL and *err only when the build is broken. */
const struct catalogue *catalogue_load(struct arena *arena, struct error **err);
/* By id, with or without "biro-"; NULL when there is none. *closest (may be NULL) gets the nearest one then. */
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, struct str id, struct str *closest);
/* Adds what is on by default to a set. */
int catalogue_add_default(struct policy_set *set, struct error **err);

#endif
