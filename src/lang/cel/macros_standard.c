/*
 * The macros of the specification, and those with two variables (cel-go, ext/comprehensions.go).
 */
#include "lang/cel/macros.h"

/* The name that an argument declares; false after reporting why it cannot, `complaint` when it is none. */
static bool variable(const struct macro_call *call, size_t i, const char *complaint, struct str *name)
{
	const struct cel_expr *argument = call->arguments[i];

	if (argument->kind != CEL_EXPR_IDENT) {
		cel_broken(call->parser, argument->offset, "%s", complaint);
		return false;
	}
	*name = argument->u.ident.name;
	return true;
}

static bool is_usable(const struct macro_call *call, size_t i, struct str name)
{
	if (!str_equal(name, MACRO_RESULT) && !str_equal(name, MACRO_OLD_RESULT))
		return true;
	cel_broken(call->parser, call->arguments[i]->offset, "iteration variable overwrites accumulator variable");
	return false;
}

static struct cel_expr *broken(const struct macro_call *call)
{
	return cel_node(call->parser, CEL_EXPR_BROKEN, call->offset);
}

static bool one_variable(const struct macro_call *call, const char *complaint, struct str *name)
{
	return variable(call, 0, complaint, name) && is_usable(call, 0, *name);
}

static bool two_variables(const struct macro_call *call, struct str *first, struct str *second)
{
	if (!variable(call, 0, "argument must be a simple name", first) ||
	    !variable(call, 1, "argument must be a simple name", second))
		return false;
	if (str_equal(*first, *second)) {
		cel_broken(call->parser, call->arguments[1]->offset, "duplicate variable name: " STR_FMT, STR_ARG(*first));
		return false;
	}
	return is_usable(call, 0, *first) && is_usable(call, 1, *second);
}

/* has(operand.field) */
static struct cel_expr *expand_has(const struct macro_call *call)
{
	const struct cel_expr *argument = call->arguments[0];
	struct cel_expr *test;

	if (argument->kind != CEL_EXPR_SELECT)
		return cel_broken(call->parser, argument->offset, "invalid argument to has() macro");
	test = cel_node(call->parser, CEL_EXPR_SELECT, call->offset);
	test->u.select = argument->u.select;
	test->u.select.test_only = true;
	return test;
}

static void fill_all(const struct macro_call *call, struct macro_fold *fold, struct cel_expr *predicate)
{
	fold->start = macro_bool(call, true);
	fold->condition = macro_apply(call, STR("@not_strictly_false"), macro_result(call), NULL, NULL);
	fold->step = macro_apply(call, STR("_&&_"), macro_result(call), predicate, NULL);
}

static void fill_exists(const struct macro_call *call, struct macro_fold *fold, struct cel_expr *predicate)
{
	struct cel_expr *not_yet = macro_apply(call, STR("!_"), macro_result(call), NULL, NULL);

	fold->start = macro_bool(call, false);
	fold->condition = macro_apply(call, STR("@not_strictly_false"), not_yet, NULL, NULL);
	fold->step = macro_apply(call, STR("_||_"), macro_result(call), predicate, NULL);
}

static void fill_exists_one(const struct macro_call *call, struct macro_fold *fold, struct cel_expr *predicate)
{
	struct cel_expr *more = macro_apply(call, STR("_+_"), macro_result(call), macro_int(call, 1), NULL);

	fold->start = macro_int(call, 0);
	fold->step = macro_filtered(call, predicate, more);
	fold->result = macro_apply(call, STR("_==_"), macro_result(call), macro_int(call, 1), NULL);
}

struct cel_expr *macro_quantify(const struct macro_call *call, enum macro_quantifier quantifier, struct str name,
				struct str name2, struct cel_expr *predicate)
{
	static void (*const fill[])(const struct macro_call *, struct macro_fold *, struct cel_expr *) = {
		[MACRO_ALL] = fill_all,
		[MACRO_EXISTS] = fill_exists,
		[MACRO_EXISTS_ONE] = fill_exists_one,
	};
	struct macro_fold fold = { .range = call->target, .variable = name, .variable2 = name2 };

	fill[quantifier](call, &fold, predicate);
	return macro_fold(call, &fold);
}

static struct cel_expr *quantify(const struct macro_call *call, enum macro_quantifier quantifier)
{
	struct str name;

	if (!one_variable(call, "argument must be a simple name", &name))
		return broken(call);
	return macro_quantify(call, quantifier, name, STR(""), call->arguments[1]);
}

static struct cel_expr *expand_all(const struct macro_call *call)
{
	return quantify(call, MACRO_ALL);
}

static struct cel_expr *expand_exists(const struct macro_call *call)
{
	return quantify(call, MACRO_EXISTS);
}

static struct cel_expr *expand_exists_one(const struct macro_call *call)
{
	return quantify(call, MACRO_EXISTS_ONE);
}

/* @result + [item] */
static struct cel_expr *append(const struct macro_call *call, struct cel_expr *item)
{
	return macro_apply(call, STR("_+_"), macro_result(call), macro_list(call, item), NULL);
}

struct cel_expr *macro_map(const struct macro_call *call, struct cel_expr *range)
{
	struct macro_fold fold = { .range = range };
	struct cel_expr *filter = call->count == 3 ? call->arguments[1] : NULL;

	if (!one_variable(call, "argument is not an identifier", &fold.variable))
		return broken(call);
	fold.start = macro_list(call, NULL);
	fold.step = macro_filtered(call, filter, append(call, call->arguments[call->count - 1]));
	return macro_fold(call, &fold);
}

static struct cel_expr *expand_map(const struct macro_call *call)
{
	return macro_map(call, call->target);
}

static struct cel_expr *expand_filter(const struct macro_call *call)
{
	struct macro_fold fold = { .range = call->target };

	if (!one_variable(call, "argument is not an identifier", &fold.variable))
		return broken(call);
	fold.start = macro_list(call, NULL);
	fold.step = macro_filtered(call, call->arguments[1], append(call, call->arguments[0]));
	return macro_fold(call, &fold);
}

const struct macro cel_standard_macros[] = {
	{ "has", 1, false, 0, expand_has },
	{ "all", 2, true, 0, expand_all },
	{ "exists", 2, true, 0, expand_exists },
	{ "exists_one", 2, true, 0, expand_exists_one },
	{ "map", 2, true, 0, expand_map },
	{ "map", 3, true, 0, expand_map },
	{ "filter", 2, true, 0, expand_filter },
	{ 0 },
};

/* -- two variables ------------------------------------------------------------------------------------------------- */

static struct cel_expr *quantify_pair(const struct macro_call *call, enum macro_quantifier quantifier)
{
	struct str first, second;

	if (!two_variables(call, &first, &second))
		return broken(call);
	return macro_quantify(call, quantifier, first, second, call->arguments[2]);
}

static struct cel_expr *expand_pair_all(const struct macro_call *call)
{
	return quantify_pair(call, MACRO_ALL);
}

static struct cel_expr *expand_pair_exists(const struct macro_call *call)
{
	return quantify_pair(call, MACRO_EXISTS);
}

static struct cel_expr *expand_pair_exists_one(const struct macro_call *call)
{
	return quantify_pair(call, MACRO_EXISTS_ONE);
}

static struct cel_expr *empty_map(const struct macro_call *call)
{
	return cel_node(call->parser, CEL_EXPR_MAP, call->offset);
}

static struct cel_expr *step_list(const struct macro_call *call, struct str key, struct cel_expr *transform)
{
	(void)key;
	return append(call, transform);
}

static struct cel_expr *step_map(const struct macro_call *call, struct str key, struct cel_expr *transform)
{
	return macro_apply(call, STR("cel.@mapInsert"), macro_result(call), macro_ident(call, key), transform);
}

static struct cel_expr *step_entry(const struct macro_call *call, struct str key, struct cel_expr *transform)
{
	(void)key;
	return macro_apply(call, STR("cel.@mapInsert"), macro_result(call), transform, NULL);
}

static struct cel_expr *transform(const struct macro_call *call, bool to_list,
				  struct cel_expr *(*step)(const struct macro_call *, struct str, struct cel_expr *))
{
	struct cel_expr *filter = call->count == 4 ? call->arguments[2] : NULL;
	struct macro_fold fold = { .range = call->target };

	if (!two_variables(call, &fold.variable, &fold.variable2))
		return broken(call);
	fold.start = to_list ? macro_list(call, NULL) : empty_map(call);
	fold.step = macro_filtered(call, filter, step(call, fold.variable, call->arguments[call->count - 1]));
	return macro_fold(call, &fold);
}

static struct cel_expr *expand_transform_list(const struct macro_call *call)
{
	return transform(call, true, step_list);
}

static struct cel_expr *expand_transform_map(const struct macro_call *call)
{
	return transform(call, false, step_map);
}

static struct cel_expr *expand_transform_entry(const struct macro_call *call)
{
	return transform(call, false, step_entry);
}

#define PAIR CEL_MACRO_TWO_VARIABLES

const struct macro cel_pair_macros[] = {
	{ "all", 3, true, PAIR, expand_pair_all },
	{ "exists", 3, true, PAIR, expand_pair_exists },
	{ "existsOne", 3, true, PAIR, expand_pair_exists_one },
	{ "exists_one", 3, true, PAIR, expand_pair_exists_one },
	{ "transformList", 3, true, PAIR, expand_transform_list },
	{ "transformList", 4, true, PAIR, expand_transform_list },
	{ "transformMap", 3, true, PAIR, expand_transform_map },
	{ "transformMap", 4, true, PAIR, expand_transform_map },
	{ "transformMapEntry", 3, true, PAIR, expand_transform_entry },
	{ "transformMapEntry", 4, true, PAIR, expand_transform_entry },
	{ 0 },
};
