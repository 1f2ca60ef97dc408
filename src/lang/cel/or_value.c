/*
 * Kyverno's x.orValue(y) (pkg/cel/compiler/env.go, OrValueCompatEnvOptions): of any x, not only of optional values;
 * what is no optional value is itself. The result is dyn.
 */
#include "lang/cel/library.h"

static CEL_BODY(or_value)
{
	if (arguments[0].kind != CEL_OPTIONAL)
		return arguments[0];
	return arguments[0].u.optional ? *arguments[0].u.optional : arguments[1];
}

static const struct cel_function functions[] = {
	{ .name = "__orValueCompat__", .signature = "(dyn, dyn) -> dyn", .evaluate = or_value },
	{ .name = NULL },
};

const struct cel_library cel_or_value_library = {
	.name = "kyverno.orvalue", .functions = functions, .macros = CEL_MACRO_OR_VALUE,
};
