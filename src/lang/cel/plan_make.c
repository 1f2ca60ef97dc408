/* Planning of lists, maps, structs and comprehensions. */
#include "lang/cel/plan.h"

/* A constant list or map is made once; false when it is none, or when making it fails. */
static bool fold_literal(struct planner *p, struct cel_node **node)
{
	struct cel_value value;

	(*node)->evaluate(*node, &p->run, &value);
	p->run.cost = 0;
	if (cel_is_error(value))
		return false;
	*node = plan_constant(p, (*node)->offset, value);
	return true;
}

struct cel_node *plan_list(struct planner *p, const struct cel_expr *e)
{
	struct node_list *list = plan_node(p, sizeof(*list), e, evaluate_list);
	struct cel_node *node = &list->node;
	bool constant = true;

	list->count = e->u.list.count;
	list->optional = e->u.list.optional;
	list->items = arena_array(p->arena, list->count, sizeof(*list->items));
	for (size_t i = 0; i < list->count; i++) {
		list->items[i] = plan_expression(p, e->u.list.items[i]);
		if (!list->items[i])
			return NULL;
		constant &= plan_is_constant(list->items[i]);
	}
	if (constant)
		fold_literal(p, &node);
	return node;
}

/* The type that a struct literal names in the environment's container. */
static const struct cel_type *struct_type(struct planner *p, const struct cel_expr *e)
{
	struct str candidate;

	if (e->u.map.struct_type)
		return e->u.map.struct_type;
	for (size_t i = 0; plan_candidate(p, e->u.map.type_name, i, &candidate); i++) {
		const struct cel_type *type = cel_env_type(p->env, candidate);

		if (type && (type->kind == CEL_TYPE_STRUCT || cel_well_known_message(type)))
			return type;
	}
	error_set(p->err, ERROR_INVALID, "unknown type: " STR_FMT, STR_ARG(e->u.map.type_name));
	return NULL;
}

struct cel_node *plan_map(struct planner *p, const struct cel_expr *e)
{
	bool is_struct = e->kind == CEL_EXPR_STRUCT, constant = !is_struct;
	struct node_map *map = plan_node(p, sizeof(*map), e, is_struct ? evaluate_struct : evaluate_map);
	struct cel_node *node = &map->node;

	if (is_struct && !(map->type = struct_type(p, e)))
		return NULL;
	map->strict = !p->refuses;
	map->count = e->u.map.count;
	map->entries = arena_zalloc(p->arena, map->count * sizeof(*map->entries));
	for (size_t i = 0; i < map->count; i++) {
		const struct cel_expr_entry *from = &e->u.map.entries[i];
		struct node_entry *entry = &map->entries[i];

		entry->field = from->field;
		entry->optional = from->optional;
		if (!is_struct && !(entry->key = plan_expression(p, from->key)))
			return NULL;
		entry->value = plan_expression(p, from->value);
		if (!entry->value)
			return NULL;
		constant = constant && plan_is_constant(entry->key) && plan_is_constant(entry->value);
	}
	if (constant)
		fold_literal(p, &node);
	return node;
}

/* -- comprehensions -------------------------------------------------------------------------------------------- */

static bool is_name(const struct cel_expr *e, struct str name)
{
	return e->kind == CEL_EXPR_IDENT && str_equal(e->u.ident.name, name);
}

static bool is_call(const struct cel_expr *e, const char *function, size_t count)
{
	return e->kind == CEL_EXPR_CALL && !e->u.call.target && e->u.call.count == count &&
	       str_equal(e->u.call.function, str_of(function));
}

static bool is_bool(const struct cel_expr *e, bool value)
{
	return e->kind == CEL_EXPR_LITERAL && e->u.literal.kind == CEL_BOOL && e->u.literal.u.boolean == value;
}

/* all() and exists() as the macros write them. */
static enum fold_shape shape_of(const struct cel_expr *e)
{
	const struct cel_expr *condition = e->u.fold.condition, *step = e->u.fold.step;
	struct str result = e->u.fold.accumulator;

	if (e->u.fold.range->kind == CEL_EXPR_LIST && e->u.fold.range->u.list.count == 0)
		return FOLD_BIND;
	if (!is_name(e->u.fold.result, result) || !is_call(condition, "@not_strictly_false", 1))
		return FOLD_GENERIC;
	condition = condition->u.call.arguments[0];
	if (is_bool(e->u.fold.start, true) && is_name(condition, result) && is_call(step, "_&&_", 2) &&
	    is_name(step->u.call.arguments[0], result))
		return FOLD_ALL;
	if (is_bool(e->u.fold.start, false) && is_call(condition, "!_", 1) &&
	    is_name(condition->u.call.arguments[0], result) && is_call(step, "_||_", 2) &&
	    is_name(step->u.call.arguments[0], result))
		return FOLD_EXISTS;
	return FOLD_GENERIC;
}

/*
 * What is evaluated when a local is first read, possibly inside loops that were planned later: its own locals are not
 * given to others. The caller sets p->local_count back.
 */
static struct cel_node *plan_lazy(struct planner *p, const struct cel_expr *e)
{
	uint32_t most = p->local_most;
	struct cel_node *node;

	p->local_most = p->local_count;
	node = plan_expression(p, e);
	if (node && !plan_is_constant(node))
		p->local_count = p->local_most;
	if (p->local_most < most)
		p->local_most = most;
	return node;
}

static bool is_growing_start(const struct cel_node *start)
{
	const struct cel_value *value = plan_is_constant(start) ? plan_value(start) : NULL;

	return value && (value->kind == CEL_LIST || value->kind == CEL_MAP) && value->length == 0;
}

static bool plan_loop(struct planner *p, const struct cel_expr *e, struct node_fold *fold, enum fold_shape shape,
		      struct plan_local *accumulator)
{
	struct plan_local variable = { 0 }, variable2 = { 0 };
	const struct cel_node *condition;

	fold->variable = plan_push_local(p, &variable, e->u.fold.variable);
	if (fold->two)
		fold->variable2 = plan_push_local(p, &variable2, e->u.fold.variable2);
	/* The accumulator is found before variables of the same name. */
	accumulator->outer = p->locals;
	p->locals = accumulator;
	if (shape == FOLD_ALL || shape == FOLD_EXISTS) {
		fold->predicate = plan_expression(p, e->u.fold.step->u.call.arguments[1]);
		condition = fold->predicate;
	} else {
		condition = fold->condition = plan_expression(p, e->u.fold.condition);
		fold->step = condition ? plan_expression(p, e->u.fold.step) : NULL;
		condition = fold->step;
	}
	p->locals = accumulator->outer;
	if (fold->two)
		plan_pop_local(p, &variable2);
	plan_pop_local(p, &variable);
	return condition != NULL;
}

struct cel_node *plan_fold(struct planner *p, const struct cel_expr *e)
{
	static cel_node_evaluate *const functions[] = {
		[FOLD_GENERIC] = evaluate_fold,
		[FOLD_ALL] = evaluate_all,
		[FOLD_EXISTS] = evaluate_exists,
		[FOLD_BIND] = evaluate_bind,
	};
	enum fold_shape shape = shape_of(e);
	struct node_fold *fold = plan_node(p, sizeof(*fold), e, functions[shape]);
	struct plan_local accumulator = { 0 };
	const struct plan_local *outer = p->locals;
	uint32_t local_count = p->local_count;

	fold->two = e->u.fold.variable2.n > 0;
	fold->range = plan_expression(p, e->u.fold.range);
	fold->start = fold->range ? plan_lazy(p, e->u.fold.start) : NULL;
	if (!fold->start)
		return NULL;
	fold->lazy = !plan_is_constant(fold->start);
	fold->accumulator = plan_push_local(p, &accumulator, e->u.fold.accumulator);
	p->locals = outer;
	accumulator.start = fold->lazy ? fold->start : NULL;
	accumulator.growing = fold->grows = shape == FOLD_GENERIC && is_growing_start(fold->start);
	if (shape != FOLD_BIND && !plan_loop(p, e, fold, shape, &accumulator))
		return NULL;
	fold->always = fold->condition && plan_is_constant(fold->condition) &&
		       plan_value(fold->condition)->kind == CEL_BOOL && plan_value(fold->condition)->u.boolean;
	accumulator.outer = outer;
	accumulator.growing = false;
	p->locals = &accumulator;
	fold->result = plan_expression(p, e->u.fold.result);
	p->locals = outer;
	p->local_count = local_count;
	return fold->result ? &fold->node : NULL;
}

/* cel.@block([a, b], result): @index0 is a, and so on; each is evaluated at most once, when it is first needed. */
struct cel_node *plan_block(struct planner *p, const struct cel_expr *e)
{
	struct node_block *block = plan_node(p, sizeof(*block), e, evaluate_block);
	const struct cel_expr *list = e->u.call.arguments[0];
	const struct plan_local *outer = p->locals;
	uint32_t first = p->local_count;

	if (list->kind != CEL_EXPR_LIST) {
		error_set(p->err, ERROR_INVALID, "cel.@block expects a list constructor as the first argument");
		return NULL;
	}
	block->count = list->u.list.count;
	block->slots = arena_array(p->arena, block->count, sizeof(*block->slots));
	for (size_t i = 0; i < list->u.list.count; i++) {
		struct plan_local *local = ARENA_NEW(p->arena, struct plan_local);

		local->start = plan_lazy(p, list->u.list.items[i]);
		if (!local->start)
			return NULL;
		block->slots[i] = plan_push_local(p, local, str_format(p->arena, "@index%zu", i));
	}
	block->result = plan_expression(p, e->u.call.arguments[1]);
	p->locals = outer;
	p->local_count = first;
	return block->result ? &block->node : NULL;
}
