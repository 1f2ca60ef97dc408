/*
 * The macros of cel-go's extension libraries: optional types, bindings, math, lists, protos, and the blocks of
 * common subexpressions.
 */
#include "lang/cel/macros.h"

/* -- optional types ------------------------------------------------------------------------------------------------ */

/* target.hasValue() ? wrap(let name = target.value() in body) : optional.none() */
static struct cel_expr *optional_map(const struct macro_call *call, const char *macro, bool wrap)
{
	const struct cel_expr *name = call->arguments[0];
	struct cel_expr *has_value, *value, *body;

	if (name->kind != CEL_EXPR_IDENT)
		return cel_broken(call->parser, name->offset, "%s() variable name must be a simple identifier", macro);
	has_value = macro_member(call, STR("hasValue"), call->target, NULL);
	value = macro_member(call, STR("value"), macro_copy(call, call->target), NULL);
	body = macro_bind(call, name->u.ident.name, value, call->arguments[1]);
	if (wrap)
		body = macro_apply(call, STR("optional.of"), body, NULL, NULL);
	return macro_apply(call, STR("_?_:_"), has_value, body,
			   macro_apply(call, STR("optional.none"), NULL, NULL, NULL));
}

static struct cel_expr *expand_opt_map(const struct macro_call *call)
{
	return optional_map(call, "optMap", true);
}

static struct cel_expr *expand_opt_flat_map(const struct macro_call *call)
{
	return optional_map(call, "optFlatMap", false);
}

/* -- cel.bind, cel.block ------------------------------------------------------------------------------------------- */

static struct cel_expr *expand_bind(const struct macro_call *call)
{
	const struct cel_expr *name = call->arguments[0];

	if (!macro_target_is(call, STR("cel")))
		return NULL;
	if (name->kind != CEL_EXPR_IDENT)
		return cel_broken(call->parser, name->offset, "cel.bind() variable names must be simple identifiers");
	return macro_bind(call, name->u.ident.name, call->arguments[1], call->arguments[2]);
}

static struct cel_expr *expand_block(const struct macro_call *call)
{
	const struct cel_expr *bindings = call->arguments[0];

	if (!macro_target_is(call, STR("cel")))
		return NULL;
	if (bindings->kind != CEL_EXPR_LIST)
		return cel_broken(call->parser, bindings->offset, "cel.block requires the first arg to be a list literal");
	return macro_apply(call, STR("cel.@block"), call->arguments[0], call->arguments[1], NULL);
}

static bool is_index(const struct cel_expr *expr)
{
	return expr->kind == CEL_EXPR_LITERAL && expr->u.literal.kind == CEL_INT && expr->u.literal.u.integer >= 0;
}

static struct cel_expr *expand_index(const struct macro_call *call)
{
	const struct cel_expr *index = call->arguments[0];

	if (!macro_target_is(call, STR("cel")))
		return NULL;
	if (!is_index(index))
		return cel_broken(call->parser, index->offset, "cel.index requires a single non-negative int constant arg");
	return macro_ident(call, str_format(call->parser->arena, "@index%lld", (long long)index->u.literal.u.integer));
}

static struct cel_expr *fold_variable(const struct macro_call *call, const char *macro, const char *prefix)
{
	if (!macro_target_is(call, STR("cel")))
		return NULL;
	for (size_t i = 0; i < 2; i++)
		if (!is_index(call->arguments[i]))
			return cel_broken(call->parser, call->arguments[i]->offset,
					  "%s requires two non-negative int constant args", macro);
	return macro_ident(call, str_format(call->parser->arena, "%s:%lld:%lld", prefix,
					    (long long)call->arguments[0]->u.literal.u.integer,
					    (long long)call->arguments[1]->u.literal.u.integer));
}

static struct cel_expr *expand_iter_var(const struct macro_call *call)
{
	return fold_variable(call, "cel.iterVar", "@it");
}

static struct cel_expr *expand_accu_var(const struct macro_call *call)
{
	return fold_variable(call, "cel.accuVar", "@ac");
}

/* -- math ---------------------------------------------------------------------------------------------------------- */

/* Literals must be numbers; of anything else the type is not known yet. */
static bool may_be_number(const struct cel_expr *expr)
{
	switch (expr->kind) {
	case CEL_EXPR_LITERAL:
		return expr->u.literal.kind == CEL_INT || expr->u.literal.kind == CEL_UINT ||
		       expr->u.literal.kind == CEL_DOUBLE;
	case CEL_EXPR_LIST:
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		return false;
	default:
		return true;
	}
}

static bool may_be_numbers(const struct cel_expr *list)
{
	if (list->kind != CEL_EXPR_LIST || list->u.list.count == 0)
		return false;
	for (size_t i = 0; i < list->u.list.count; i++)
		if (!may_be_number(list->u.list.items[i]))
			return false;
	return true;
}

static struct cel_expr *extreme(const struct macro_call *call, const char *macro, struct str function)
{
	struct parser *parser = call->parser;
	struct cel_expr *list;

	if (!macro_target_is(call, STR("math")))
		return NULL;
	if (call->count == 0)
		return cel_broken(parser, call->target->offset, "%s requires at least one argument", macro);
	if (call->count == 1) {
		if (!may_be_numbers(call->arguments[0]) && !may_be_number(call->arguments[0]))
			return cel_broken(parser, call->arguments[0]->offset, "%s invalid single argument value", macro);
		return macro_apply(call, function, call->arguments[0], NULL, NULL);
	}
	for (size_t i = 0; i < call->count; i++)
		if (!may_be_number(call->arguments[i]))
			return cel_broken(parser, call->arguments[i]->offset,
					  "%s simple literal arguments must be numeric", macro);
	if (call->count == 2)
		return macro_apply(call, function, call->arguments[0], call->arguments[1], NULL);
	list = macro_list(call, NULL);
	list->u.list.items = call->arguments;
	list->u.list.count = call->count;
	return macro_apply(call, function, list, NULL, NULL);
}

static struct cel_expr *expand_least(const struct macro_call *call)
{
	return extreme(call, "math.least()", STR("math.@min"));
}

static struct cel_expr *expand_greatest(const struct macro_call *call)
{
	return extreme(call, "math.greatest()", STR("math.@max"));
}

/* -- sortBy -------------------------------------------------------------------------------------------------------- */

/* let input = target in input.@sortByAssociatedKeys(input.map(variable, key)) */
static struct cel_expr *expand_sort_by(const struct macro_call *call)
{
	const struct str input = STR("@__sortBy_input__");
	struct cel_expr *keys;

	switch (call->target->kind) {
	case CEL_EXPR_LIST:
	case CEL_EXPR_SELECT:
	case CEL_EXPR_IDENT:
	case CEL_EXPR_COMPREHENSION:
	case CEL_EXPR_CALL:
		break;
	default:
		return cel_broken(call->parser, call->target->offset,
				  "sortBy can only be applied to a list, identifier, comprehension, call or select expression");
	}
	keys = macro_map(call, macro_ident(call, input));
	return macro_bind(call, input, call->target,
			  macro_member(call, STR("@sortByAssociatedKeys"), macro_ident(call, input), keys));
}

/* -- proto --------------------------------------------------------------------------------------------------------- */

/* The dotted name that names and selections make; false when there is anything else in it. */
static bool dotted_name(struct arena *arena, const struct cel_expr *expr, struct str *out)
{
	struct str head;

	if (expr->kind == CEL_EXPR_IDENT) {
		*out = expr->u.ident.name;
		return true;
	}
	if (expr->kind != CEL_EXPR_SELECT || expr->u.select.test_only ||
	    !dotted_name(arena, expr->u.select.operand, &head))
		return false;
	*out = str_format(arena, STR_FMT "." STR_FMT, STR_ARG(head), STR_ARG(expr->u.select.field));
	return true;
}

static struct cel_expr *extension(const struct macro_call *call, bool test_only)
{
	const struct cel_expr *field = call->arguments[1];
	struct cel_expr *select;
	struct str name;

	if (!macro_target_is(call, STR("proto")))
		return NULL;
	if (field->kind != CEL_EXPR_SELECT || !dotted_name(call->parser->arena, field, &name))
		return cel_broken(call->parser, field->offset, "invalid extension field");
	select = cel_node(call->parser, CEL_EXPR_SELECT, call->offset);
	select->u.select.operand = call->arguments[0];
	select->u.select.field = name;
	select->u.select.test_only = test_only;
	return select;
}

static struct cel_expr *expand_get_ext(const struct macro_call *call)
{
	return extension(call, false);
}

static struct cel_expr *expand_has_ext(const struct macro_call *call)
{
	return extension(call, true);
}

const struct macro cel_extension_macros[] = {
	{ "optMap", 2, true, CEL_MACRO_OPTIONAL, expand_opt_map },
	{ "optFlatMap", 2, true, CEL_MACRO_OPTIONAL, expand_opt_flat_map },
	{ "bind", 3, true, CEL_MACRO_BIND, expand_bind },
	{ "block", 2, true, CEL_MACRO_BLOCK, expand_block },
	{ "index", 1, true, CEL_MACRO_BLOCK, expand_index },
	{ "iterVar", 2, true, CEL_MACRO_BLOCK, expand_iter_var },
	{ "accuVar", 2, true, CEL_MACRO_BLOCK, expand_accu_var },
	{ "least", -1, true, CEL_MACRO_MATH, expand_least },
	{ "greatest", -1, true, CEL_MACRO_MATH, expand_greatest },
	{ "sortBy", 2, true, CEL_MACRO_SORT_BY, expand_sort_by },
	{ "getExt", 2, true, CEL_MACRO_PROTO, expand_get_ext },
	{ "hasExt", 2, true, CEL_MACRO_PROTO, expand_has_ext },
	{ 0 },
};
