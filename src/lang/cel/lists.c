/* cel-go's list functions (ext/lists.go, version 3). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "slice", .signature = "list(T).(int, int) -> list(T)" },
	{ .name = "flatten", .signature = "list(list(T)).() -> list(T)" },
	{ .name = "flatten", .signature = "list(dyn).(int) -> list(dyn)" },
	{ .name = "sort", .signature = "list(int).() -> list(int)" },
	{ .name = "sort", .signature = "list(uint).() -> list(uint)" },
	{ .name = "sort", .signature = "list(double).() -> list(double)" },
	{ .name = "sort", .signature = "list(bool).() -> list(bool)" },
	{ .name = "sort", .signature = "list(duration).() -> list(duration)" },
	{ .name = "sort", .signature = "list(timestamp).() -> list(timestamp)" },
	{ .name = "sort", .signature = "list(string).() -> list(string)" },
	{ .name = "sort", .signature = "list(bytes).() -> list(bytes)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(int)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(uint)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(double)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(bool)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(duration)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(timestamp)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(string)) -> list(T)" },
	{ .name = "@sortByAssociatedKeys", .signature = "list(T).(list(bytes)) -> list(T)" },
	{ .name = "lists.range", .signature = "(int) -> list(int)" },
	{ .name = "reverse", .signature = "list(T).() -> list(T)" },
	{ .name = "distinct", .signature = "list(T).() -> list(T)" },
	{ .name = NULL },
};

const struct cel_library cel_lists_library = {
	.name = "cel.lib.ext.lists",
	.functions = functions,
	.macros = CEL_MACRO_SORT_BY,
};
