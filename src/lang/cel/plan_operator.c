/* Faster nodes for operators and for what the macros write. */
#include "lang/cel/plan.h"

static struct cel_node *unary(struct planner *p, struct node_call *call, const struct cel_expr *e,
			      cel_node_evaluate *evaluate)
{
	struct node_unary *node = plan_node(p, sizeof(*node), e, evaluate);

	node->operand = call->arguments[0];
	node->call = call;
	return &node->node;
}

static struct node_binary *binary(struct planner *p, struct node_call *call, const struct cel_expr *e,
				  cel_node_evaluate *evaluate)
{
	struct node_binary *node = plan_node(p, sizeof(*node), e, evaluate);

	node->left = call->arguments[0];
	node->right = call->arguments[1];
	node->call = call;
	node->cost = call->cost;
	return node;
}

static struct cel_node *equals(struct planner *p, struct node_call *call, const struct cel_expr *e, bool negate)
{
	struct node_binary *node = binary(p, call, e, evaluate_equals);

	/* The overload of == is always known to cel-go. */
	node->negate = negate;
	node->cost = call->guard_count ? call->guards[0].overload->function->cost : NULL;
	return &node->node;
}

static struct cel_node *order(struct planner *p, struct node_call *call, const struct cel_expr *e, enum order which)
{
	struct node_binary *node = binary(p, call, e, evaluate_order);

	node->order = (uint8_t)which;
	node->cost_by_size = call->cost != NULL;
	return &node->node;
}

/* @result + [item] when @result is a list that grows. */
static struct cel_node *append(struct planner *p, struct node_call *call, const struct cel_expr *e)
{
	const struct cel_expr *left = e->u.call.arguments[0], *right = e->u.call.arguments[1];
	const struct plan_local *local;
	struct node_append *node;

	if (e->u.call.target || left->kind != CEL_EXPR_IDENT || right->kind != CEL_EXPR_LIST ||
	    right->u.list.count != 1 || right->u.list.optional)
		return NULL;
	local = plan_find_local(p, left->u.ident.name);
	if (!local || !local->growing)
		return NULL;
	node = plan_node(p, sizeof(*node), e, evaluate_append);
	node->accumulator = local->slot;
	node->plain = &call->node;
	if (plan_is_constant(call->arguments[1])) {
		/* The call and the name. */
		node->cost = 2;
		node->item = plan_constant(p, e->offset, plan_value(call->arguments[1])->u.items[0]);
	} else {
		/* And a new list. */
		node->cost = 12;
		node->item = ((const struct node_list *)call->arguments[1])->items[0];
	}
	return &node->node;
}

static struct cel_node *insert(struct planner *p, struct node_call *call, const struct cel_expr *e)
{
	const struct cel_expr *left = e->u.call.arguments[0];
	const struct plan_local *local;
	struct node_insert *node;

	if (e->u.call.target || call->count < 2 || call->count > 3 || left->kind != CEL_EXPR_IDENT)
		return NULL;
	local = plan_find_local(p, left->u.ident.name);
	if (!local || !local->growing)
		return NULL;
	node = plan_node(p, sizeof(*node), e, evaluate_insert);
	node->accumulator = local->slot;
	node->key = call->count == 3 ? call->arguments[1] : NULL;
	node->value = call->arguments[call->count - 1];
	node->plain = &call->node;
	return &node->node;
}

/* `in` a constant list of scalars is looked up, and costs nothing (interpreter/decorators.go). */
static struct cel_node *member_of(struct planner *p, struct node_call *call, const struct cel_expr *e, bool single)
{
	const struct cel_value *list = plan_is_constant(call->arguments[1]) ? plan_value(call->arguments[1]) : NULL;
	struct node_member_of *node;
	struct cel_entry *entries;
	size_t count = 0;

	if (!single || !p->refuses || !list || list->kind != CEL_LIST)
		return NULL;
	if (list->length == 0)
		return plan_constant(p, e->offset, cel_of_bool(false));
	entries = arena_zalloc(p->arena, list->length * sizeof(*entries));
	for (size_t i = 0; i < list->length; i++) {
		struct cel_value item = cel_item(list, i);

		if (item.kind < CEL_BOOL || item.kind > CEL_STRING)
			return NULL;
		entries[count].value = cel_of_bool(true);
		entries[count++].key = item;
	}
	node = plan_node(p, sizeof(*node), e, evaluate_member_of);
	node->operand = call->arguments[0];
	node->set = cel_of_entries(p->arena, entries, count);
	return &node->node;
}

struct cel_node *plan_operator(struct planner *p, struct node_call *call, const struct cel_expr *e, bool single)
{
	static const char *const orders[] = { "", "_<_", "_<=_", "_>_", "_>=_" };
	struct cel_node *node = NULL;

	if (str_is(call->name, "cel.@mapInsert"))
		node = insert(p, call, e);
	else if (call->count == 1 && str_is(call->name, "!_"))
		node = unary(p, call, e, evaluate_not);
	else if (call->count == 1 && str_is(call->name, "@not_strictly_false"))
		node = unary(p, call, e, evaluate_not_strictly_false);
	else if (call->count == 1 && call->strict_text && str_is(call->name, "size"))
		node = unary(p, call, e, evaluate_size);
	if (node || call->count != 2)
		return node ? node : &call->node;
	if (str_is(call->name, "_==_") || str_is(call->name, "_!=_"))
		node = equals(p, call, e, str_is(call->name, "_!=_"));
	else if (str_is(call->name, "@in"))
		node = member_of(p, call, e, single);
	else if (str_is(call->name, "_+_"))
		node = append(p, call, e);
	if (!node && call->strict_text) {
		if (str_is(call->name, "_+_"))
			node = &binary(p, call, e, evaluate_add)->node;
		else if (str_is(call->name, "_-_"))
			node = &binary(p, call, e, evaluate_subtract)->node;
		else if (str_is(call->name, "_*_"))
			node = &binary(p, call, e, evaluate_multiply)->node;
		for (size_t i = 1; !node && i < sizeof(orders) / sizeof(*orders); i++)
			if (str_equal(call->name, str_of(orders[i])))
				node = order(p, call, e, (enum order)i);
	}
	return node ? node : &call->node;
}
