/* Kubernetes' regular expressions: find, findAll (apiserver/pkg/cel/library/regex.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "find", .signature = "string.(string) -> string" },
	{ .name = "findAll", .signature = "string.(string) -> list(string)" },
	{ .name = "findAll", .signature = "string.(string, int) -> list(string)" },
	{ .name = NULL },
};

const struct cel_library cel_regex_library = {
	.name = "kubernetes.regex",
	.functions = functions,
};
