/* The type checker: a walk over the tree that fills in types, variables and overloads. */
#include "lang/cel/check.h"

void check_undeclared(struct checker *c, uint32_t offset, struct str name, bool is_function)
{
	if (c->undeclared && !c->undeclared->name.p)
		*c->undeclared = (struct undeclared){ name, is_function };
	cel_issue_add(c->issues, offset, "undeclared reference to '" STR_FMT "' (in container '" STR_FMT "')",
		      STR_ARG(name), STR_ARG(cel_env_container(c->env)));
}

void check_mismatch(struct checker *c, uint32_t offset, const struct cel_type *expected, const struct cel_type *found)
{
	cel_issue_add(c->issues, offset, "expected type '" STR_FMT "' but found '" STR_FMT "'",
		      STR_ARG(cel_type_text(c->arena, expected)), STR_ARG(cel_type_text(c->arena, found)));
}

static void check_literal(struct checker *c, struct cel_expr *e)
{
	static const struct cel_type *const types[] = {
		[CEL_NULL] = &cel_null, [CEL_BOOL] = &cel_bool, [CEL_INT] = &cel_int, [CEL_UINT] = &cel_uint,
		[CEL_DOUBLE] = &cel_double, [CEL_STRING] = &cel_string, [CEL_BYTES] = &cel_bytes,
	};

	(void)c;
	e->type = types[e->u.literal.kind];
}

static void become_identifier(struct cel_expr *e, const struct resolved *found)
{
	e->kind = CEL_EXPR_IDENT;
	e->type = found->type;
	e->u.ident.name = found->name;
	e->u.ident.variable = found->variable;
}

static void check_identifier(struct checker *c, struct cel_expr *e)
{
	struct resolved found = check_resolve(c, e->u.ident.name);

	if (found.name.p) {
		become_identifier(e, &found);
		return;
	}
	e->type = &cel_error;
	check_undeclared(c, e->offset, e->u.ident.name, false);
}

const struct cel_type *check_field(struct checker *c, uint32_t offset, const struct cel_type *type, struct str field)
{
	const struct cel_type *declared = type, *found;

	if (!type->fields && !type->find_field && !(declared = cel_env_type(c->env, type->name))) {
		cel_issue_add(c->issues, offset, "unexpected failed resolution of '" STR_FMT "'", STR_ARG(type->name));
		return NULL;
	}
	found = cel_type_field(declared, field);
	if (!found)
		cel_issue_add(c->issues, offset, "undefined field '" STR_FMT "'", STR_ARG(field));
	return found;
}

static const struct cel_type *check_selected(struct checker *c, struct cel_expr *e, struct cel_expr *operand,
					     struct str field, bool optional)
{
	const struct cel_type *target, *result = NULL;

	check_expression(c, operand);
	target = check_substitute(c, operand->type, false);
	if (cel_type_is_optional(target)) {
		optional = true;
		target = target->parameters[0];
	}
	switch (target->kind) {
	case CEL_TYPE_MAP:
		result = target->parameters[1];
		break;
	case CEL_TYPE_STRUCT:
		result = check_field(c, e->offset, target, field);
		if (!result)
			result = &cel_error;
		break;
	case CEL_TYPE_PARAMETER:
		/* Nothing may be inferred from it any more. */
		check_assignable(c, &cel_dyn, target);
		result = &cel_dyn;
		break;
	default:
		result = &cel_dyn;
		if (target->kind != CEL_TYPE_ERROR && !check_is_dyn(target))
			cel_issue_add(c->issues, e->offset, "type '" STR_FMT "' does not support field selection",
				      STR_ARG(cel_type_text(c->arena, target)));
	}
	return optional ? cel_optional_of(c->arena, result) : result;
}

static void check_select(struct checker *c, struct cel_expr *e)
{
	struct resolved found = { 0 };
	const struct cel_type *type;

	if (!e->u.select.test_only)
		found = check_resolve_chain(c, e);
	if (found.name.p) {
		become_identifier(e, &found);
		return;
	}
	type = check_selected(c, e, e->u.select.operand, e->u.select.field, false);
	e->type = e->u.select.test_only ? &cel_bool : check_substitute(c, type, false);
}

/* a.?b */
static void check_optional_select(struct checker *c, struct cel_expr *e)
{
	const struct cel_overload_set *set = cel_env_function(c->env, e->u.call.function);
	static const struct cel_overload *const none;
	struct cel_expr *field;

	if (e->u.call.target || e->u.call.count != 2) {
		cel_issue_add(c->issues, e->offset,
			      "unsupported optional field selection: incorrect signature.%s argument count: %zu",
			      e->u.call.target ? " member call with" : "", e->u.call.count);
		e->type = &cel_error;
		return;
	}
	field = e->u.call.arguments[1];
	if (field->kind != CEL_EXPR_LITERAL || field->u.literal.kind != CEL_STRING) {
		cel_issue_add(c->issues, field->offset, "unsupported optional field selection: the field is not a name");
		e->type = &cel_error;
		return;
	}
	e->type = check_substitute(c, check_selected(c, e, e->u.call.arguments[0], cel_str(&field->u.literal), true), false);
	field->type = &cel_string;
	e->u.call.overloads = set ? set->overloads : &none;
	e->u.call.overload_count = set ? set->count : 0;
}

/* The type that both have, or dyn. Where lists must be of one type, that is found out later (literal_check.c). */
static const struct cel_type *join(struct checker *c, const struct cel_type *previous, const struct cel_type *current)
{
	if (!previous)
		return current;
	if (check_assignable(c, previous, current)) {
		/* The specification lets null stand for a value of such a type; cel-go calls the whole null. */
		if (cel_env_flavour(c->env) == CEL_PLAIN && current->kind == CEL_TYPE_NULL)
			return previous;
		return check_most_general(previous, current);
	}
	return &cel_dyn;
}

/* The type of [?x], {?k: x}, T{?f: x}: that of what is in x. */
static const struct cel_type *unwrap(struct checker *c, const struct cel_expr *e, bool optional)
{
	if (!optional)
		return e->type;
	if (cel_type_is_optional(e->type))
		return e->type->parameters[0];
	if (!check_is_dyn(e->type))
		check_mismatch(c, e->offset, cel_optional_of(c->arena, e->type), e->type);
	return e->type;
}

static void check_list(struct checker *c, struct cel_expr *e)
{
	const struct cel_type *items = NULL;

	for (size_t i = 0; i < e->u.list.count; i++) {
		struct cel_expr *item = e->u.list.items[i];

		check_expression(c, item);
		items = join(c, items, unwrap(c, item, e->u.list.optional && e->u.list.optional[i]));
	}
	e->type = cel_list_of(c->arena, items ? items : check_new_variable(c));
}

static void check_map(struct checker *c, struct cel_expr *e)
{
	const struct cel_type *keys = NULL, *values = NULL;

	for (size_t i = 0; i < e->u.map.count; i++) {
		struct cel_expr_entry *entry = &e->u.map.entries[i];

		check_expression(c, entry->key);
		keys = join(c, keys, entry->key->type);
		check_expression(c, entry->value);
		values = join(c, values, unwrap(c, entry->value, entry->optional));
	}
	if (!keys) {
		keys = check_new_variable(c);
		values = check_new_variable(c);
	}
	e->type = cel_map_of(c->arena, keys, values);
}

static void check_struct(struct checker *c, struct cel_expr *e)
{
	struct resolved found = check_resolve_type(c, e->u.map.type_name);
	const struct cel_type *type = &cel_error;
	bool known = false;

	if (!found.name.p) {
		check_undeclared(c, e->offset, e->u.map.type_name, false);
		e->type = &cel_error;
		return;
	}
	e->u.map.type_name = found.name;
	if (found.type->kind != CEL_TYPE_TYPE) {
		if (found.type->kind != CEL_TYPE_ERROR)
			cel_issue_add(c->issues, e->offset, "'" STR_FMT "' is not a type", STR_ARG(found.type->name));
	} else {
		type = found.type->parameter_count ? found.type->parameters[0] : &cel_type_type;
		known = cel_well_known_message(type);
		if (!known && type->kind != CEL_TYPE_STRUCT) {
			cel_issue_add(c->issues, e->offset, "'" STR_FMT "' is not a message type", STR_ARG(type->name));
			type = &cel_error;
		}
	}
	e->type = type;
	e->u.map.struct_type = type;
	for (size_t i = 0; i < e->u.map.count; i++) {
		struct cel_expr_entry *entry = &e->u.map.entries[i];
		const struct cel_type *field = NULL, *value;

		check_expression(c, entry->value);
		if (!known && type->kind == CEL_TYPE_STRUCT)
			field = check_field(c, entry->offset, type, entry->field);
		else if (known && !(field = cel_well_known_field(type, entry->field)))
			cel_issue_add(c->issues, entry->offset, "undefined field '" STR_FMT "'", STR_ARG(entry->field));
		else if (!known)
			cel_issue_add(c->issues, entry->offset, "unexpected failed resolution of '" STR_FMT "'",
				      STR_ARG(found.name));
		value = unwrap(c, entry->value, entry->optional);
		if (!field)
			field = &cel_error;
		if (!check_assignable(c, field, value))
			cel_issue_add(c->issues, entry->offset,
				      "expected type of field '" STR_FMT "' is '" STR_FMT "' but provided type is '" STR_FMT "'",
				      STR_ARG(entry->field), STR_ARG(cel_type_text(c->arena, field)),
				      STR_ARG(cel_type_text(c->arena, value)));
	}
}

/* What a comprehension goes over: the types of its one or two variables. */
static void iterate(struct checker *c, const struct cel_expr *e, const struct cel_type *range,
		    const struct cel_type **first, const struct cel_type **second)
{
	bool two = e->u.fold.variable2.n;

	switch (range->kind) {
	case CEL_TYPE_LIST:
		*first = two ? &cel_int : range->parameters[0];
		*second = range->parameters[0];
		return;
	case CEL_TYPE_MAP:
		*first = range->parameters[0];
		*second = range->parameters[1];
		return;
	case CEL_TYPE_DYN:
	case CEL_TYPE_ERROR:
	case CEL_TYPE_PARAMETER:
		check_assignable(c, &cel_dyn, range);
		*first = *second = &cel_dyn;
		return;
	default:
		cel_issue_add(c->issues, e->u.fold.range->offset,
			      "expression of type '" STR_FMT "' cannot be range of a comprehension (must be list, map, or dynamic)",
			      STR_ARG(cel_type_text(c->arena, range)));
		*first = *second = &cel_error;
	}
}

static void check_asserted(struct checker *c, struct cel_expr *e, const struct cel_type *type)
{
	check_expression(c, e);
	if (!check_assignable(c, type, e->type))
		check_mismatch(c, e->offset, type, e->type);
}

static void check_comprehension(struct checker *c, struct cel_expr *e)
{
	const struct local *outer = c->locals;
	struct local accumulator, first, second;
	const struct cel_type *range, *first_type, *second_type;

	check_expression(c, e->u.fold.range);
	check_expression(c, e->u.fold.start);
	range = check_substitute(c, e->u.fold.range->type, false);
	accumulator = (struct local){ e->u.fold.accumulator, e->u.fold.start->type, outer };
	iterate(c, e, range, &first_type, &second_type);
	first = (struct local){ e->u.fold.variable, first_type, &accumulator };
	second = (struct local){ e->u.fold.variable2, second_type, &first };
	c->locals = e->u.fold.variable2.n ? &second : &first;
	check_asserted(c, e->u.fold.condition, &cel_bool);
	check_asserted(c, e->u.fold.step, accumulator.type);
	c->locals = &accumulator;
	check_expression(c, e->u.fold.result);
	c->locals = outer;
	e->type = check_substitute(c, e->u.fold.result->type, false);
}

void check_expression(struct checker *c, struct cel_expr *e)
{
	static void (*const checks[])(struct checker *c, struct cel_expr *e) = {
		[CEL_EXPR_LITERAL] = check_literal, [CEL_EXPR_IDENT] = check_identifier,
		[CEL_EXPR_SELECT] = check_select, [CEL_EXPR_CALL] = check_call,
		[CEL_EXPR_LIST] = check_list, [CEL_EXPR_MAP] = check_map, [CEL_EXPR_STRUCT] = check_struct,
		[CEL_EXPR_COMPREHENSION] = check_comprehension,
	};

	if (c->depth == CHECK_DEPTH_MAX) {
		cel_issue_add(c->issues, e->offset, "the expression nests too deeply");
		e->type = &cel_error;
		return;
	}
	c->depth++;
	if (e->kind == CEL_EXPR_CALL && str_is(e->u.call.function, "_?._"))
		check_optional_select(c, e);
	else
		checks[e->kind](c, e);
	c->depth--;
}

/* What was not found out is dyn. */
static void finish(struct checker *c, struct cel_expr *e)
{
	if (!e)
		return;
	e->type = check_substitute(c, e->type, true);
	switch (e->kind) {
	case CEL_EXPR_SELECT:
		finish(c, e->u.select.operand);
		break;
	case CEL_EXPR_CALL:
		finish(c, e->u.call.target);
		for (size_t i = 0; i < e->u.call.count; i++)
			finish(c, e->u.call.arguments[i]);
		break;
	case CEL_EXPR_LIST:
		for (size_t i = 0; i < e->u.list.count; i++)
			finish(c, e->u.list.items[i]);
		break;
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		for (size_t i = 0; i < e->u.map.count; i++) {
			finish(c, e->u.map.entries[i].key);
			finish(c, e->u.map.entries[i].value);
		}
		break;
	case CEL_EXPR_COMPREHENSION:
		finish(c, e->u.fold.range);
		finish(c, e->u.fold.start);
		finish(c, e->u.fold.condition);
		finish(c, e->u.fold.step);
		finish(c, e->u.fold.result);
		break;
	default:
		break;
	}
}

bool check_tree(struct arena *arena, const struct cel_env *env, struct cel_expr *root, struct cel_issues *issues,
		struct undeclared *undeclared)
{
	struct checker c = {
		.arena = arena, .env = env, .issues = issues, .undeclared = undeclared,
		.locals_first = cel_env_flavour(env) != CEL_KUBERNETES,
	};
	size_t before = issues->count;

	check_expression(&c, root);
	if (issues->count != before)
		return false;
	finish(&c, root);
	return true;
}

bool cel_check(struct arena *arena, const struct cel_env *env, struct cel_expr *root, struct cel_issues *issues)
{
	if (!check_tree(arena, env, root, issues, NULL))
		return false;
	cel_check_literals(arena, env, root, issues);
	return issues->count == 0;
}
