/* Optional values (cel-go cel/library.go, OptionalTypes of version 2). */
#include "lang/cel/standard.h"

static const struct cel_function functions[] = {
	{ .name = "optional.of", .signature = "(V) -> optional_type(V)" },
	{ .name = "optional.ofNonZeroValue", .signature = "(V) -> optional_type(V)" },
	{ .name = "optional.none", .signature = "() -> optional_type(V)" },
	{ .name = "value", .signature = "optional_type(V).() -> V" },
	{ .name = "hasValue", .signature = "optional_type(V).() -> bool" },
	{ .name = "or", .signature = "optional_type(V).(optional_type(V)) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "orValue", .signature = "optional_type(V).(V) -> V", .flags = CEL_PLANNED },
	{ .name = "_?._", .signature = "(dyn, string) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "_[?_]", .signature = "(list(V), int) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "_[?_]", .signature = "(optional_type(list(V)), int) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "_[?_]", .signature = "(map(K, V), K) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "_[?_]", .signature = "(optional_type(map(K, V)), K) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "_[_]", .signature = "(optional_type(list(V)), int) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "_[_]", .signature = "(optional_type(map(K, V)), K) -> optional_type(V)", .flags = CEL_PLANNED },
	{ .name = "last", .signature = "list(V).() -> optional_type(V)" },
	{ .name = "first", .signature = "list(V).() -> optional_type(V)" },
	{ .name = "optional.unwrap", .signature = "(list(optional_type(V))) -> list(V)" },
	{ .name = "unwrapOpt", .signature = "list(optional_type(V)).() -> list(V)" },
	{ .name = NULL },
};

const struct cel_library cel_optional_library = {
	.name = "cel.lib.optional",
	.functions = functions,
	.macros = CEL_MACRO_OPTIONAL,
};
