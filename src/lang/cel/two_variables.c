/* Comprehensions of two variables (cel-go ext/comprehensions.go): macros, and what transformMap builds its map with. */
#include "lang/cel/standard.h"

static const struct cel_function functions[] = {
	{ .name = "cel.@mapInsert", .signature = "(map(K, V), K, V) -> map(K, V)" },
	{ .name = "cel.@mapInsert", .signature = "(map(K, V), map(K, V)) -> map(K, V)" },
	{ .name = NULL },
};

const struct cel_library cel_two_variables_library = {
	.name = "cel.lib.ext.comprev2",
	.functions = functions,
	.macros = CEL_MACRO_TWO_VARIABLES,
};
