/*
 * kube/apply.h: merging an apply configuration into an object.
 *
 * Semantics: sigs.k8s.io/structured-merge-diff v6 (typed.Merge) with the schemas that the API server publishes; what a
 * mutating admission policy may not set: k8s.io/apiserver v0.36 pkg/admission/plugin/policy/mutating/patch/smd.go.
 * Fields are not owned by anybody: what the patch says is set, what it leaves out stays.
 */
#ifndef KUBE_APPLY_H
#define KUBE_APPLY_H

#include "kube/schema.h"

/*
 * The object with the patch merged in; shares what did not change. `schema` NULL: nothing is known of the kind; then
 * maps are merged and lists replaced. NULL and *err, worded as the API server's ("failed to convert patch object to
 * typed object: .spec.x: field not declared in schema").
 */
const struct value *apply_merge(struct arena *arena, const struct schema *schema, const struct value *object,
				const struct value *patch, struct error **err);

#endif
