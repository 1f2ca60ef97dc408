/*
 * What expansions are made of, and which macros there are.
 */
#include "lang/cel/macros.h"

static struct cel_expr **few(const struct macro_call *call, struct cel_expr *a, struct cel_expr *b, struct cel_expr *c,
			     size_t *count)
{
	struct cel_expr *const all[] = { a, b, c };

	*count = a ? b ? c ? 3 : 2 : 1 : 0;
	return arena_copy(call->parser->arena, all, *count * sizeof(all[0]));
}

struct cel_expr *macro_bool(const struct macro_call *call, bool value)
{
	return cel_node_literal(call->parser, call->offset, cel_of_bool(value));
}

struct cel_expr *macro_int(const struct macro_call *call, int64_t value)
{
	return cel_node_literal(call->parser, call->offset, cel_of_int(value));
}

struct cel_expr *macro_ident(const struct macro_call *call, struct str name)
{
	return cel_node_ident(call->parser, call->offset, name);
}

struct cel_expr *macro_result(const struct macro_call *call)
{
	return macro_ident(call, MACRO_RESULT);
}

struct cel_expr *macro_list(const struct macro_call *call, struct cel_expr *item)
{
	struct cel_expr *list = cel_node(call->parser, CEL_EXPR_LIST, call->offset);

	list->u.list.items = few(call, item, NULL, NULL, &list->u.list.count);
	return list;
}

struct cel_expr *macro_apply(const struct macro_call *call, struct str function, struct cel_expr *a, struct cel_expr *b,
			     struct cel_expr *c)
{
	size_t count;
	struct cel_expr **arguments = few(call, a, b, c, &count);

	return cel_node_call(call->parser, call->offset, function, NULL, arguments, count);
}

struct cel_expr *macro_member(const struct macro_call *call, struct str function, struct cel_expr *target,
			      struct cel_expr *argument)
{
	size_t count;
	struct cel_expr **arguments = few(call, argument, NULL, NULL, &count);

	return cel_node_call(call->parser, call->offset, function, target, arguments, count);
}

struct cel_expr *macro_filtered(const struct macro_call *call, struct cel_expr *filter, struct cel_expr *step)
{
	return filter ? macro_apply(call, STR("_?_:_"), filter, step, macro_result(call)) : step;
}

struct cel_expr *macro_fold(const struct macro_call *call, const struct macro_fold *fold)
{
	struct cel_expr *expr = cel_node(call->parser, CEL_EXPR_COMPREHENSION, call->offset);

	expr->u.fold.variable = fold->variable;
	expr->u.fold.variable2 = fold->variable2;
	expr->u.fold.accumulator = fold->accumulator.n ? fold->accumulator : MACRO_RESULT;
	expr->u.fold.range = fold->range;
	expr->u.fold.start = fold->start;
	expr->u.fold.condition = fold->condition ? fold->condition : macro_bool(call, true);
	expr->u.fold.step = fold->step;
	expr->u.fold.result = fold->result ? fold->result : macro_result(call);
	return expr;
}

struct cel_expr *macro_bind(const struct macro_call *call, struct str name, struct cel_expr *value,
			    struct cel_expr *result)
{
	struct macro_fold fold = {
		.range = macro_list(call, NULL),
		.variable = MACRO_UNUSED,
		.accumulator = name,
		.start = value,
		.condition = macro_bool(call, false),
		.step = macro_ident(call, name),
		.result = result,
	};

	return macro_fold(call, &fold);
}

bool macro_target_is(const struct macro_call *call, struct str name)
{
	return call->target->kind == CEL_EXPR_IDENT && str_equal(call->target->u.ident.name, name);
}

/* -- copies -------------------------------------------------------------------------------------------------------- */

static struct cel_expr **copy_all(const struct macro_call *call, struct cel_expr *const *items, size_t count)
{
	struct cel_expr **copies = arena_array(call->parser->arena, count, sizeof(items[0]));

	for (size_t i = 0; i < count; i++)
		copies[i] = macro_copy(call, items[i]);
	return copies;
}

static void copy_entries(const struct macro_call *call, struct cel_expr *copy)
{
	size_t count = copy->u.map.count;
	struct cel_expr_entry *entries = arena_array(call->parser->arena, count, sizeof(entries[0]));

	for (size_t i = 0; i < count; i++) {
		entries[i] = copy->u.map.entries[i];
		entries[i].key = macro_copy(call, entries[i].key);
		entries[i].value = macro_copy(call, entries[i].value);
		entries[i].offset = call->offset;
	}
	copy->u.map.entries = entries;
}

/* The depth is that of the parsed tree, which is capped; the size is watched here, for copies of copies double it. */
struct cel_expr *macro_copy(const struct macro_call *call, const struct cel_expr *expr)
{
	struct parser *parser = call->parser;
	struct cel_expr *copy;

	if (!expr)
		return NULL;
	if (parser->nodes >= CEL_NODE_LIMIT) {
		parser->fatal = "expression count exceeds limit of 100000 while expanding a macro";
		return cel_node_literal(parser, expr->offset, cel_of_null());
	}
	parser->nodes++;
	copy = arena_copy(parser->arena, expr, sizeof(*expr));
	switch (expr->kind) {
	case CEL_EXPR_SELECT:
		copy->u.select.operand = macro_copy(call, expr->u.select.operand);
		break;
	case CEL_EXPR_CALL:
		copy->u.call.target = macro_copy(call, expr->u.call.target);
		copy->u.call.arguments = copy_all(call, expr->u.call.arguments, expr->u.call.count);
		break;
	case CEL_EXPR_LIST:
		copy->u.list.items = copy_all(call, expr->u.list.items, expr->u.list.count);
		break;
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		copy_entries(call, copy);
		break;
	case CEL_EXPR_COMPREHENSION:
		copy->u.fold.range = macro_copy(call, expr->u.fold.range);
		copy->u.fold.start = macro_copy(call, expr->u.fold.start);
		copy->u.fold.condition = macro_copy(call, expr->u.fold.condition);
		copy->u.fold.step = macro_copy(call, expr->u.fold.step);
		copy->u.fold.result = macro_copy(call, expr->u.fold.result);
		break;
	}
	return copy;
}

/* -- which there are ----------------------------------------------------------------------------------------------- */

static const struct macro *find(const struct macro_call *call, struct str function)
{
	static const struct macro *const tables[] = { cel_standard_macros, cel_pair_macros, cel_extension_macros };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct macro *macro = tables[i]; macro->name; macro++) {
			if (macro->member != (call->target != NULL) || macro->name[0] != function.p[0] ||
			    (macro->count >= 0 && (size_t)macro->count != call->count))
				continue;
			if (str_equal(str_of(macro->name), function) &&
			    (!macro->brought_by || (macro->brought_by & call->parser->macros)))
				return macro;
		}
	}
	return NULL;
}

struct cel_expr *cel_expand(struct parser *parser, uint32_t offset, struct str function, struct cel_expr *target,
			    struct cel_expr **arguments, size_t count)
{
	struct macro_call call = {
		.parser = parser,
		.offset = offset,
		.target = target,
		.arguments = arguments,
		.count = count,
	};
	const struct macro *macro = parser->no_macros || parser->too_high ? NULL : find(&call, function);

	return macro ? macro->expand(&call) : NULL;
}
