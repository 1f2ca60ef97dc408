/* cel-go's set functions on lists (ext/sets.go). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "sets.contains", .signature = "(list(T), list(T)) -> bool" },
	{ .name = "sets.equivalent", .signature = "(list(T), list(T)) -> bool" },
	{ .name = "sets.intersects", .signature = "(list(T), list(T)) -> bool" },
	{ .name = NULL },
};

const struct cel_library cel_sets_library = {
	.name = "cel.lib.ext.sets",
	.functions = functions,
};
