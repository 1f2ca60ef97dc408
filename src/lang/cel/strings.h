/*
 * lang/cel/strings.h: what strings.c's tables refer to. Private to the room.
 */
#ifndef LANG_CEL_STRINGS_H
#define LANG_CEL_STRINGS_H

#include "lang/cel/library.h"

/* strings_cost.c */
cel_function_cost cel_cost_join;
cel_function_estimate cel_estimate_same_size, cel_estimate_replace, cel_estimate_split, cel_estimate_join,
	cel_estimate_quote;

/* format.c: string.format of the specification, and of cel-go before version 4 of its library, which Kubernetes has. */
cel_function_body cel_do_format, cel_do_format_old;

#endif
