/* Costs before anything runs: the least and the most that an expression may cost. */
#include "lang/cel/estimate.h"
#include "lang/cel/plan.h"

#define SELECT_COST 1
#define LIST_COST 10
#define MAP_COST 30
#define STRUCT_COST 40

static struct cel_range plus(struct cel_range cost, uint64_t more)
{
	return cel_range_add(cost, estimate_exactly(more));
}

static struct cel_range estimate_identifier(struct estimator *e, const struct cel_expr *node)
{
	const struct estimate_local *local = estimate_local(e, node->u.ident.name);

	estimate_set_path(e, node, local ? local->path : node->u.ident.name);
	return estimate_exactly(SELECT_COST);
}

static struct cel_range estimate_select(struct estimator *e, const struct cel_expr *node)
{
	const struct cel_expr *operand = node->u.select.operand;
	struct cel_range cost = estimate_cost(e, operand);

	if (node->u.select.test_only)
		return cel_range_add(cost, e->presence);
	if (operand->type->kind == CEL_TYPE_MAP || operand->type->kind == CEL_TYPE_STRUCT)
		cost = plus(cost, SELECT_COST);
	estimate_set_path(e, node, estimate_subpath(e, estimate_path(e, operand), node->u.select.field));
	return cost;
}

static struct cel_range none_yet(size_t count)
{
	return (struct cel_range){ count ? UINT64_MAX : 0, 0 };
}

static struct cel_range estimate_list(struct estimator *e, const struct cel_expr *node)
{
	struct cel_range sum = { 0, 0 }, size = none_yet(node->u.list.count);

	for (size_t i = 0; i < node->u.list.count; i++) {
		sum = cel_range_add(sum, estimate_cost(e, node->u.list.items[i]));
		size = cel_range_union(size, estimate_size_or_unknown(e, node->u.list.items[i]));
	}
	estimate_set_entry(e, node, (struct entry_size){ true, true, estimate_exactly(1), size });
	return plus(sum, LIST_COST);
}

static struct cel_range estimate_map(struct estimator *e, const struct cel_expr *node)
{
	struct cel_range sum = { 0, 0 }, keys = none_yet(node->u.map.count), values = keys;

	for (size_t i = 0; i < node->u.map.count; i++) {
		const struct cel_expr_entry *entry = &node->u.map.entries[i];

		sum = cel_range_add(sum, estimate_cost(e, entry->key));
		sum = cel_range_add(sum, estimate_cost(e, entry->value));
		keys = cel_range_union(keys, estimate_size_or_unknown(e, entry->key));
		values = cel_range_union(values, estimate_size_or_unknown(e, entry->value));
	}
	estimate_set_entry(e, node, (struct entry_size){ true, false, keys, values });
	return plus(sum, MAP_COST);
}

static struct cel_range estimate_struct(struct estimator *e, const struct cel_expr *node)
{
	struct cel_range sum = { 0, 0 };

	for (size_t i = 0; i < node->u.map.count; i++)
		sum = cel_range_add(sum, estimate_cost(e, node->u.map.entries[i].value));
	return plus(sum, STRUCT_COST);
}

/* A name for what an expression gives: an accumulator, cel.bind()'s variable. */
static struct estimate_local bound_local(struct estimator *e, struct str name, const struct cel_expr *node)
{
	return (struct estimate_local){
		.name = name, .path = estimate_path(e, node), .size = estimate_size(e, node),
		.entry = estimate_entry(e, node), .outer = e->locals,
	};
}

/* cel.bind(): a comprehension over nothing. */
static bool is_bind(const struct cel_expr *node)
{
	const struct cel_expr *range = node->u.fold.range, *condition = node->u.fold.condition;

	return range->kind == CEL_EXPR_LIST && range->u.list.count == 0 && condition->kind == CEL_EXPR_LITERAL &&
	       condition->u.literal.kind == CEL_BOOL && !condition->u.literal.u.boolean &&
	       !str_is(node->u.fold.accumulator, "__result__");
}

static struct cel_range estimate_bind(struct estimator *e, const struct cel_expr *node)
{
	const struct cel_expr *result = node->u.fold.result;
	struct cel_range sum = cel_range_add(estimate_cost(e, node->u.fold.range), estimate_cost(e, node->u.fold.start));
	const struct estimate_local *outer = e->locals;
	struct estimate_local local = bound_local(e, node->u.fold.accumulator, node->u.fold.start);

	e->locals = &local;
	sum = cel_range_add(sum, estimate_cost(e, result));
	e->locals = outer;
	estimate_set_size(e, node, estimate_size(e, result));
	estimate_set_entry(e, node, estimate_entry(e, result));
	return sum;
}

/* A comprehension's variable over the keys or the values of a range. */
static struct estimate_local iterated(struct estimator *e, const struct cel_expr *range, struct str name, bool keys)
{
	struct entry_size entry = estimate_entry(e, range);
	bool is_list = entry.known ? entry.is_list : range->type->kind == CEL_TYPE_LIST;
	struct str part;

	if (keys)
		part = is_list ? STR("@indices") : STR("@keys");
	else
		part = is_list ? STR("@items") : STR("@values");
	return (struct estimate_local){
		.name = name, .path = estimate_subpath(e, estimate_path(e, range), part),
		.size = { entry.known, keys ? entry.key : entry.value }, .outer = e->locals,
	};
}

static struct cel_range estimate_comprehension(struct estimator *e, const struct cel_expr *node)
{
	const struct cel_expr *range = node->u.fold.range, *start = node->u.fold.start;
	const struct estimate_local *outer = e->locals;
	struct estimate_local accumulator, first, second;
	struct cel_range sum, step, count;
	struct entry_size entry;
	bool two = node->u.fold.variable2.n, is_list;

	if (is_bind(node))
		return estimate_bind(e, node);
	sum = cel_range_add(estimate_cost(e, range), estimate_cost(e, start));
	accumulator = bound_local(e, node->u.fold.accumulator, start);
	e->locals = &accumulator;
	entry = estimate_entry(e, range);
	is_list = entry.known ? entry.is_list : range->type->kind == CEL_TYPE_LIST;
	first = iterated(e, range, node->u.fold.variable, two || !is_list);
	e->locals = &first;
	if (two) {
		second = iterated(e, range, node->u.fold.variable2, false);
		e->locals = &second;
	}
	step = estimate_cost(e, node->u.fold.condition);
	step = cel_range_add(step, estimate_cost(e, node->u.fold.step));
	e->locals = &accumulator;
	sum = cel_range_add(sum, estimate_cost(e, node->u.fold.result));
	e->locals = outer;
	count = estimate_size_or_unknown(e, range);
	sum = cel_range_add(sum, cel_range_multiply(count, step));
	if (start->kind == CEL_EXPR_LITERAL) {
		estimate_set_size(e, node, estimate_size(e, start));
	} else if (start->kind == CEL_EXPR_LIST || start->kind == CEL_EXPR_MAP) {
		estimate_set_size(e, node, (struct size){ true, count });
		estimate_set_entry(e, node, estimate_entry(e, node->u.fold.step));
	}
	return sum;
}

static struct cel_range estimate_literal(struct estimator *e, const struct cel_expr *node)
{
	(void)e;
	(void)node;
	return (struct cel_range){ 0, 0 };
}

struct cel_range estimate_cost(struct estimator *e, const struct cel_expr *node)
{
	static struct cel_range (*const estimates[])(struct estimator *e, const struct cel_expr *node) = {
		[CEL_EXPR_LITERAL] = estimate_literal, [CEL_EXPR_IDENT] = estimate_identifier,
		[CEL_EXPR_SELECT] = estimate_select, [CEL_EXPR_CALL] = estimate_call,
		[CEL_EXPR_LIST] = estimate_list, [CEL_EXPR_MAP] = estimate_map,
		[CEL_EXPR_STRUCT] = estimate_struct, [CEL_EXPR_COMPREHENSION] = estimate_comprehension,
	};

	return estimates[node->kind](e, node);
}

struct cel_range cel_estimate(struct arena *arena, const struct cel_env *env, const struct cel_expr *root,
			      bool (*size_of)(void *data, struct str path, struct cel_range *out), void *data)
{
	struct estimator e = {
		.arena = arena, .size_of = size_of, .data = data,
		.presence = estimate_exactly(cel_env_flavour(env) == CEL_KUBERNETES ? 0 : SELECT_COST),
	};

	/* Without types nothing is known. */
	if (!root->type)
		return (struct cel_range){ 0, UINT64_MAX };
	return estimate_cost(&e, root);
}

struct cel_range cel_program_estimate(const struct cel_program *program)
{
	struct arena *arena = arena_create();
	struct cel_range estimate = cel_estimate(arena, program->env, program->root, program->size_of, program->size_data);

	arena_destroy(arena);
	return estimate;
}
