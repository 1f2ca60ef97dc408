/* cel-go's base64 functions (ext/encoders.go). */
#include "lang/cel/standard.h"

static const struct cel_function functions[] = {
	{ .name = "base64.decode", .signature = "(string) -> bytes" },
	{ .name = "base64.encode", .signature = "(bytes) -> string" },
	{ .name = NULL },
};

const struct cel_library cel_encoders_library = { .name = "cel.lib.ext.encoders", .functions = functions };
