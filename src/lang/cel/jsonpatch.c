/* Kubernetes' jsonpatch.escapeKey (apiserver/pkg/cel/library/jsonpatch.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "jsonpatch.escapeKey", .signature = "(string) -> string" },
	{ .name = NULL },
};

const struct cel_library cel_jsonpatch_library = {
	.name = "kubernetes.jsonpatch",
	.functions = functions,
};
