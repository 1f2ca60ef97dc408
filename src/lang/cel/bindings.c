/* cel.bind (cel-go ext/bindings.go): the parser makes a comprehension of it, so there is no function. */
#include "lang/cel/standard.h"

const struct cel_library cel_bindings_library = { .name = "cel.lib.ext.cel.bindings", .macros = CEL_MACRO_BIND };
