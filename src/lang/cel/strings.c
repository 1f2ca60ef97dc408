/* cel-go's string functions (ext/strings.go): version 2 for Kubernetes, the newest for plain CEL. */
#include "lang/cel/standard.h"

#define VERSION_2 \
	{ .name = "charAt", .signature = "string.(int) -> string" }, \
	{ .name = "indexOf", .signature = "string.(string) -> int" }, \
	{ .name = "indexOf", .signature = "string.(string, int) -> int" }, \
	{ .name = "lastIndexOf", .signature = "string.(string) -> int" }, \
	{ .name = "lastIndexOf", .signature = "string.(string, int) -> int" }, \
	{ .name = "lowerAscii", .signature = "string.() -> string" }, \
	{ .name = "replace", .signature = "string.(string, string) -> string" }, \
	{ .name = "replace", .signature = "string.(string, string, int) -> string" }, \
	{ .name = "split", .signature = "string.(string) -> list(string)" }, \
	{ .name = "split", .signature = "string.(string, int) -> list(string)" }, \
	{ .name = "substring", .signature = "string.(int) -> string" }, \
	{ .name = "substring", .signature = "string.(int, int) -> string" }, \
	{ .name = "trim", .signature = "string.() -> string" }, \
	{ .name = "upperAscii", .signature = "string.() -> string" }, \
	{ .name = "strings.quote", .signature = "(string) -> string" }, \
	{ .name = "join", .signature = "list(string).() -> string" }, \
	{ .name = "join", .signature = "list(string).(string) -> string" }

static const struct cel_function version_2[] = {
	VERSION_2,
	{ .name = "format", .signature = "string.(list(dyn)) -> string" },
	{ .name = NULL },
};

static const struct cel_function newest[] = {
	VERSION_2,
	{ .name = "format", .signature = "string.(list(dyn)) -> string" },
	{ .name = "reverse", .signature = "string.() -> string" },
	{ .name = NULL },
};

const struct cel_library cel_strings_library = { .name = "cel.lib.ext.strings", .functions = version_2 };
const struct cel_library cel_strings_plain_library = { .name = "cel.lib.ext.strings", .functions = newest };
