/* Estimated costs of calls. */
#include "lang/cel/estimate.h"
#include "lang/cel/plan.h"

#define ARGUMENTS_MAX 16

struct call {
	const struct cel_expr *node;
	const struct cel_expr *operands[ARGUMENTS_MAX];         /* the receiver first, if there is one */
	struct cel_range costs[ARGUMENTS_MAX];                  /* of the arguments; not of the receiver */
	struct cel_estimate_argument arguments[ARGUMENTS_MAX];
	size_t count, first;                                    /* first: where the arguments begin */
};

/* A path that expressions cannot name is none: an accumulator's. */
static struct str public_path(struct str path)
{
	struct str root = str_slice(path, 0, str_find_char(path, '.', 0));

	return str_is(root, "@result") || str_is(root, "__result__") ? STR_NULL : path;
}

static struct cel_range item_size(struct estimator *e, const struct cel_expr *node)
{
	struct size size;
	struct str path;

	if (!node->type->parameter_count)
		return (struct cel_range){ 0, UINT64_MAX };
	path = public_path(estimate_path(e, node));
	size = estimate_declared_size(e, path.p ? estimate_subpath(e, path, STR("@items")) : STR_NULL,
				      node->type->parameters[0]);
	return size.known ? size.range : (struct cel_range){ 0, UINT64_MAX };
}

static void add_operand(struct estimator *e, struct call *call, const struct cel_expr *node)
{
	call->operands[call->count] = node;
	call->arguments[call->count++] = (struct cel_estimate_argument){
		.type = node->type,
		.size = estimate_size_or_unknown(e, node),
		.item_size = item_size(e, node),
		.literal = node->kind == CEL_EXPR_LITERAL ? &node->u.literal : NULL,
	};
}

static struct cel_range sum_of_costs(const struct call *call)
{
	struct cel_range sum = { 0, 0 };

	for (size_t i = call->first; i < call->count; i++)
		sum = cel_range_add(sum, call->costs[i]);
	return sum;
}

/* && and ||: at least the first argument. */
static struct cel_call_estimate estimate_logical(struct estimator *e, const struct call *call)
{
	struct cel_range both = cel_range_add(call->costs[0], call->costs[1]);

	(void)e;
	return (struct cel_call_estimate){ .cost = { call->costs[0].minimum, both.maximum } };
}

static struct cel_call_estimate estimate_conditional(struct estimator *e, const struct call *call)
{
	const struct cel_expr *const *operands = call->operands;
	struct cel_range size = cel_range_union(call->arguments[1].size, call->arguments[2].size);

	estimate_set_entry(e, call->node,
			   estimate_entry_union(estimate_entry(e, operands[1]), estimate_entry(e, operands[2])));
	return (struct cel_call_estimate){
		.cost = cel_range_add(call->costs[0], cel_range_union(call->costs[1], call->costs[2])),
		.size_known = true,
		.size = size,
	};
}

/* What an overload does to its own arguments is asked of the function; that it joins lists is known here. */
static struct cel_call_estimate estimate_overload(struct estimator *e, const struct call *call,
						  const struct cel_overload *overload)
{
	struct cel_call_estimate estimate = { .cost = estimate_exactly(1) };

	if (overload->function->estimate)
		estimate = overload->function->estimate(call->arguments, call->count);
	if (str_is(call->node->u.call.function, "_+_") && call->count == 2 && estimate.size_known)
		estimate_set_entry(e, call->node, estimate_entry_union(estimate_entry(e, call->operands[0]),
								       estimate_entry(e, call->operands[1])));
	estimate.cost = cel_range_add(estimate.cost, sum_of_costs(call));
	return estimate;
}

static struct cel_call_estimate estimate_one(struct estimator *e, const struct call *call,
					     const struct cel_overload *overload)
{
	static const struct {
		struct str function;
		size_t count;
		struct cel_call_estimate (*estimate)(struct estimator *e, const struct call *call);
	} special[] = {
		{ { "_&&_", 4 }, 2, estimate_logical },
		{ { "_||_", 4 }, 2, estimate_logical },
		{ { "_?_:_", 5 }, 3, estimate_conditional },
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (call->count == special[i].count && str_equal(call->node->u.call.function, special[i].function))
			return special[i].estimate(e, call);
	return estimate_overload(e, call, overload);
}

/* x[i]: its size and path are those of x's items. */
static bool estimate_index(struct estimator *e, const struct call *call, const struct cel_overload *overload,
			   struct size *size)
{
	struct entry_size entry;
	enum cel_type_kind kind;

	if (!str_is(call->node->u.call.function, "_[_]"))
		return false;
	kind = overload->parameters[0]->kind;
	if (kind != CEL_TYPE_LIST && kind != CEL_TYPE_MAP)
		return false;
	entry = estimate_entry(e, call->operands[0]);
	*size = (struct size){ entry.known, entry.value };
	estimate_set_path(e, call->node, estimate_subpath(e, estimate_path(e, call->operands[0]),
							  kind == CEL_TYPE_LIST ? STR("@items") : STR("@values")));
	return true;
}

static struct cel_range estimate_dyn(struct estimator *e, const struct cel_expr *node)
{
	const struct cel_expr *argument = node->u.call.arguments[0];
	struct cel_range cost = estimate_cost(e, argument);

	estimate_set_size(e, node, estimate_size(e, argument));
	estimate_set_entry(e, node, estimate_entry(e, argument));
	return cel_range_add(cost, estimate_exactly(1));
}

/* The arguments first, then the receiver, as cel-go goes about it; paths are found on the way. */
static struct cel_range collect(struct estimator *e, struct call *call)
{
	const struct cel_expr *node = call->node;
	struct cel_range receiver = { 0, 0 };

	call->first = node->u.call.target != NULL;
	call->count = call->first;
	for (size_t i = 0; i < node->u.call.count; i++) {
		call->costs[call->count] = estimate_cost(e, node->u.call.arguments[i]);
		add_operand(e, call, node->u.call.arguments[i]);
	}
	if (node->u.call.target && node->u.call.overload_count) {
		size_t count = call->count;

		receiver = estimate_cost(e, node->u.call.target);
		call->count = 0;
		add_operand(e, call, node->u.call.target);
		call->count = count;
	}
	return receiver;
}

/* cel.block([…], x) is not among what cel-go estimates; each item is taken to be computed once. */
static struct cel_range estimate_block(struct estimator *e, const struct cel_expr *node)
{
	return cel_range_add(estimate_cost(e, node->u.call.arguments[0]), estimate_cost(e, node->u.call.arguments[1]));
}

struct cel_range estimate_call(struct estimator *e, const struct cel_expr *node)
{
	struct call call = { .node = node };
	struct cel_range cost = { UINT64_MAX, 0 }, receiver;
	struct size size = { .known = false };

	if (str_is(node->u.call.function, "dyn") && node->u.call.count)
		return estimate_dyn(e, node);
	if (str_is(node->u.call.function, "cel.@block") && node->u.call.count == 2)
		return estimate_block(e, node);
	if (node->u.call.count + 1 > ARGUMENTS_MAX)
		return (struct cel_range){ 0, UINT64_MAX };
	receiver = collect(e, &call);
	if (!node->u.call.overload_count)
		return (struct cel_range){ 0, 0 };
	for (size_t i = 0; i < node->u.call.overload_count; i++) {
		struct cel_call_estimate one = estimate_one(e, &call, node->u.call.overloads[i]);

		cost = cel_range_union(cost, one.cost);
		if (one.size_known)
			size = (struct size){ true, size.known ? cel_range_union(size.range, one.size) : one.size };
		estimate_index(e, &call, node->u.call.overloads[i], &size);
		if (!size.known)
			size = estimate_size(e, node);
	}
	estimate_set_size(e, node, size);
	return cel_range_add(receiver, cost);
}
