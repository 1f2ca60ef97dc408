/*
 * data/json_patch.h: JSON Patch (RFC 6902) on values. Semantics where the RFC is silent: github.com/evanphx/json-patch v4,
 * which Kubernetes uses (negative indexes allowed, missing path on remove is an error). Messages are that library's.
 */
#ifndef DATA_JSON_PATCH_H
#define DATA_JSON_PATCH_H

#include "data/value.h"

/* `patch` is an array of {op, path, value, from}. NULL and *err when an operation does not apply. Shares what is not changed. */
const struct value *json_patch_apply(struct arena *arena, const struct value *document, const struct value *patch,
				     struct error **err);
/* Did json_patch_apply() stop at a `test` operation that does not hold? (Callers may take that for "nothing to do".) */
bool json_patch_test_failed(const struct error *err);
/* The operations that turn `from` into `to`, in a fixed order. */
const struct value *json_patch_make(struct arena *arena, const struct value *from, const struct value *to);

#endif
