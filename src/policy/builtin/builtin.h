/*
 * policy/builtin/builtin.h: what biro itself has to say of objects: their fields and versions, and the catalogue.
 *
 * fields_check(): in, an API object; out, results of policy "biro" on objects of built-in kinds, by the table of
 * kube/schema.h. Rule "unknown-field" (Kubernetes drops it: "strict decoding: unknown field", with the name or place that
 * was probably meant), "duplicate-item", "deprecated-api" and "removed-api" are a `warn`, and a `fail` when `strict`; what
 * the API server refuses whatever it is asked is an `error`: "wrong-type", "required-field", and items that may not
 * stand twice.
 */
#ifndef POLICY_BUILTIN_BUILTIN_H
#define POLICY_BUILTIN_BUILTIN_H

#include "policy/policy.h"

/* Strings of the results live in the arena or in the object. */
void fields_check(struct arena *arena, const struct value *object, bool strict, struct result_list *results);

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
/* Adds what is on by default to a set; what reads parameters only when these are in the store (which may be NULL). */
int catalogue_add_default(struct policy_set *set, const struct store *store, struct error **err);

#endif
