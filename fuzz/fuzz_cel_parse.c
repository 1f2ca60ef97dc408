/*
 * Parses the input as a CEL expression, with all macros and with none. A tree is walked to its end and stays within the
 * depth that recursion over it may rely on; anything else is an error that can be printed.
 */
#include "lang/cel/ast.h"

#include <stdlib.h>

#define ALL_MACROS 0xFF
#define DEEPEST 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct cel_expr *expr, struct str source, size_t depth)
{
	if (!expr || depth > DEEPEST || expr->kind > CEL_EXPR_COMPREHENSION || expr->offset > source.n)
		abort();
	switch (expr->kind) {
	case CEL_EXPR_SELECT:
		walk(expr->u.select.operand, source, depth + 1);
		break;
	case CEL_EXPR_CALL:
		if (expr->u.call.target)
			walk(expr->u.call.target, source, depth + 1);
		for (size_t i = 0; i < expr->u.call.count; i++)
			walk(expr->u.call.arguments[i], source, depth + 1);
		break;
	case CEL_EXPR_LIST:
		for (size_t i = 0; i < expr->u.list.count; i++)
			walk(expr->u.list.items[i], source, depth + 1);
		break;
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		for (size_t i = 0; i < expr->u.map.count; i++) {
			if (expr->kind == CEL_EXPR_MAP)
				walk(expr->u.map.entries[i].key, source, depth + 1);
			walk(expr->u.map.entries[i].value, source, depth + 1);
		}
		break;
	case CEL_EXPR_COMPREHENSION:
		walk(expr->u.fold.range, source, depth + 1);
		walk(expr->u.fold.start, source, depth + 1);
		walk(expr->u.fold.condition, source, depth + 1);
		walk(expr->u.fold.step, source, depth + 1);
		walk(expr->u.fold.result, source, depth + 1);
		break;
	default:
		break;
	}
}

static void parse(struct str source, uint32_t macros, bool no_macros)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct cel_issues issues = { .arena = arena, .source = source };
	const struct cel_expr *expr = cel_parse(arena, source, macros, no_macros, &issues);

	if (!expr != (issues.count > 0))
		abort();
	if (expr)
		walk(expr, source, 0);
	else if (cel_issues_report(&issues, &err) != -1 || !err || !err->message[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str source = str_make((const char *)data, size);

	parse(source, ALL_MACROS, false);
	parse(source, 0, true);
	return 0;
}
