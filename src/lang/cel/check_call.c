/* Calls: which overloads may be meant, and what they give. */
#include "lang/cel/check.h"

#define ARGUMENTS_MAX 16        /* as many as signatures can have */

static bool is_logical(struct str function)
{
	return str_is(function, "_&&_") || str_is(function, "_||_");
}

/* && and ||: every argument that is not a bool is reported. */
static bool check_logical(struct checker *c, struct cel_expr *e, const struct cel_overload_set *set)
{
	bool valid = true;

	for (size_t i = 0; i < e->u.call.count; i++) {
		struct cel_expr *argument = e->u.call.arguments[i];

		if (check_assignable(c, argument->type, &cel_bool))
			continue;
		check_mismatch(c, argument->offset, &cel_bool, argument->type);
		valid = false;
	}
	e->type = valid ? &cel_bool : &cel_error;
	e->u.call.overloads = set->overloads;
	e->u.call.overload_count = 1;
	return valid;
}

static void report_no_overload(struct checker *c, const struct cel_expr *e, const struct cel_overload_set *set)
{
	struct buf text = { 0 };

	if (e->u.call.target) {
		cel_type_print(&text, check_substitute(c, e->u.call.target->type, true));
		buf_add_char(&text, '.');
	}
	buf_add_char(&text, '(');
	for (size_t i = 0; i < e->u.call.count; i++) {
		if (i)
			buf_add(&text, STR(", "));
		cel_type_print(&text, check_substitute(c, e->u.call.arguments[i]->type, true));
	}
	buf_add_char(&text, ')');
	cel_issue_add(c->issues, e->offset, "found no matching overload for '" STR_FMT "' applied to '" STR_FMT "'",
		      STR_ARG(set->name), STR_ARG(buf_str(&text)));
	buf_free(&text);
}

/* The overloads that take the arguments; their common result, or dyn. NULL: there is none. */
static const struct cel_type *match(struct checker *c, struct cel_expr *e, const struct cel_overload_set *set,
				    const struct cel_type *const *arguments, size_t count)
{
	const struct cel_overload **matches = NULL;
	const struct cel_type *result = NULL;
	size_t found = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct cel_overload *overload = set->overloads[i];
		const struct cel_type *fresh[ARGUMENTS_MAX], *overload_result = overload->result;
		const struct cel_type *const *parameters = overload->parameters;

		if (overload->member != (e->u.call.target != NULL))
			continue;
		if (overload->parameter_count != count) {
			c->variable_count += overload->generic;
			continue;
		}
		if (overload->generic) {
			overload_result = check_instantiate(c, overload, fresh);
			parameters = fresh;
		}
		if (!check_assignable_list(c, arguments, parameters, count))
			continue;
		if (!matches)
			matches = arena_array(c->arena, set->count - i, sizeof(*matches));
		matches[found++] = overload;
		overload_result = check_substitute(c, overload_result, false);
		if (!result)
			result = overload_result;
		else if (!check_is_dyn(result) && !cel_type_equal(overload_result, result))
			result = &cel_dyn;
	}
	e->u.call.overloads = matches;
	e->u.call.overload_count = found;
	return result;
}

static void resolve(struct checker *c, struct cel_expr *e, const struct cel_overload_set *set)
{
	const struct cel_type *arguments[ARGUMENTS_MAX];
	size_t count = 0;

	e->type = &cel_error;
	if (!e->u.call.target && is_logical(set->name)) {
		check_logical(c, e, set);
		return;
	}
	if (e->u.call.count < ARGUMENTS_MAX) {
		const struct cel_type *result;

		if (e->u.call.target)
			arguments[count++] = e->u.call.target->type;
		for (size_t i = 0; i < e->u.call.count; i++)
			arguments[count++] = e->u.call.arguments[i]->type;
		result = match(c, e, set, arguments, count);
		if (result) {
			e->type = result;
			return;
		}
	}
	report_no_overload(c, e, set);
}

/* For hints: what math.greatst() means is a function's name, not a variable "math". */
static void note_qualified_function(struct checker *c, const struct cel_expr *target, struct str function)
{
	struct str name;

	if (!c->undeclared || c->undeclared->name.p)
		return;
	name = check_qualified_name(c, target, function);
	if (name.n && cel_env_closest_function(c->env, name).n)
		*c->undeclared = (struct undeclared){ name, true };
}

/* cel.block([a, b], x): in b and x the items before are variables "@index0" … */
static bool check_block(struct checker *c, struct cel_expr *e)
{
	static const struct cel_overload *const none;
	const struct local *outer = c->locals;
	struct cel_expr *list;

	if (!(cel_env_macros(c->env) & CEL_MACRO_BLOCK) || !str_is(e->u.call.function, "cel.@block") ||
	    e->u.call.count != 2 || e->u.call.arguments[0]->kind != CEL_EXPR_LIST)
		return false;
	list = e->u.call.arguments[0];
	for (size_t i = 0; i < list->u.list.count; i++) {
		struct local *local = ARENA_NEW(c->arena, struct local);

		check_expression(c, list->u.list.items[i]);
		*local = (struct local){ str_format(c->arena, "@index%zu", i), list->u.list.items[i]->type, c->locals };
		c->locals = local;
	}
	list->type = &cel_list_dyn;
	check_expression(c, e->u.call.arguments[1]);
	c->locals = outer;
	e->type = e->u.call.arguments[1]->type;
	e->u.call.overloads = &none;
	e->u.call.overload_count = 0;
	return true;
}

/* x.orValue(y) → __orValueCompat__(x, y), where that is declared. */
static void rewrite_or_value(struct checker *c, struct cel_expr *e)
{
	struct cel_expr **arguments;

	if (!(cel_env_macros(c->env) & CEL_MACRO_OR_VALUE) || !e->u.call.target || e->u.call.count != 1 ||
	    !str_is(e->u.call.function, "orValue"))
		return;
	arguments = arena_array(c->arena, 2, sizeof(*arguments));
	arguments[0] = e->u.call.target;
	arguments[1] = e->u.call.arguments[0];
	e->u.call.function = STR("__orValueCompat__");
	e->u.call.target = NULL;
	e->u.call.arguments = arguments;
	e->u.call.count = 2;
}

void check_call(struct checker *c, struct cel_expr *e)
{
	const struct cel_overload_set *set;
	struct str function;

	if (check_block(c, e))
		return;
	rewrite_or_value(c, e);
	function = e->u.call.function;
	for (size_t i = 0; i < e->u.call.count; i++)
		check_expression(c, e->u.call.arguments[i]);
	if (e->u.call.target) {
		/* a.b.c(): a function with that name, or c of a.b */
		set = check_resolve_qualified_function(c, e->u.call.target, function);
		if (set) {
			e->u.call.target = NULL;
		} else {
			note_qualified_function(c, e->u.call.target, function);
			check_expression(c, e->u.call.target);
		}
	} else {
		set = NULL;
	}
	if (!set)
		set = check_resolve_function(c, function);
	if (!set) {
		e->type = &cel_error;
		check_undeclared(c, e->offset, function, true);
		return;
	}
	if (!e->u.call.target)
		e->u.call.function = set->name;
	resolve(c, e, set);
}
