/* Planning of names, fields, indexes and ?:, which cel-go calls attributes with qualifiers. */
#include "lang/cel/plan.h"

static struct node_chain *new_chain(struct planner *p, const struct cel_expr *e, enum chain_base base)
{
	struct node_chain *chain = plan_node(p, sizeof(*chain), e, evaluate_chain);

	chain->node.kind = NODE_CHAIN;
	chain->base = (uint8_t)base;
	chain->cost = 1;
	chain->strict_test = !p->refuses;
	return chain;
}

/* The function that is made for chains like this one. */
static void specialise(struct node_chain *chain)
{
	chain->node.evaluate = evaluate_chain;
	if (chain->count == 0 && chain->base == BASE_VARIABLE)
		chain->node.evaluate = evaluate_variable;
	if (chain->count == 0 && chain->base == BASE_LOCAL)
		chain->node.evaluate = evaluate_local;
	if (chain->count == 0 || chain->any_optional || chain->base == BASE_LAZY || chain->base == BASE_NODE)
		return;
	for (size_t i = 0; i < chain->count; i++)
		if (chain->qualifiers[i].kind > QUALIFIER_INDEX)
			return;
	chain->node.evaluate = evaluate_fields;
}

/* -- names ----------------------------------------------------------------------------------------------------- */

/* A type or the like; without the checker a name like any other, to be looked up. */
static struct cel_node *constant_name(struct planner *p, const struct cel_expr *e, struct cel_value value)
{
	return p->checked ? plan_constant(p, e->offset, value) : plan_known(p, e->offset, value, 1);
}

static struct cel_node *variable_node(struct planner *p, const struct cel_expr *e, const struct cel_variable *variable)
{
	struct node_chain *chain;

	if (variable->is_constant)
		return constant_name(p, e, variable->constant);
	chain = new_chain(p, e, BASE_VARIABLE);
	chain->slot = variable->slot;
	p->reads[variable->slot / 64] |= UINT64_C(1) << variable->slot % 64;
	specialise(chain);
	return &chain->node;
}

static struct cel_node *local_node(struct planner *p, const struct cel_expr *e, const struct plan_local *local)
{
	struct node_chain *chain = new_chain(p, e, local->start ? BASE_LAZY : BASE_LOCAL);

	chain->slot = local->slot;
	chain->operand = local->start;
	specialise(chain);
	return &chain->node;
}

/* What the names that `name` stands for give; NULL: none is declared. */
static struct cel_node *find_name(struct planner *p, const struct cel_expr *e, struct str name, bool types)
{
	struct str candidate;

	for (size_t i = 0; plan_candidate(p, name, i, &candidate); i++) {
		const struct cel_variable *variable = cel_env_variable(p->env, candidate);
		const struct cel_type *type = types ? cel_env_type(p->env, candidate) : NULL;

		if (variable)
			return variable_node(p, e, variable);
		if (type)
			return constant_name(p, e, cel_of_type(type));
	}
	return NULL;
}

/*
 * cel-go 0.26, unlike later ones, lets a variable of the container hide the variable of a comprehension. The last
 * candidate is the name itself.
 */
static struct cel_node *find_in_container(struct planner *p, const struct cel_expr *e, struct str name)
{
	struct str candidate;

	for (size_t i = 0; plan_candidate(p, name, i, &candidate) && !str_equal(candidate, name); i++) {
		const struct cel_variable *variable = cel_env_variable(p->env, candidate);

		if (variable)
			return variable_node(p, e, variable);
	}
	return NULL;
}

static struct cel_node *unknown_name(struct planner *p, const struct cel_expr *e, struct str name)
{
	struct str names = STR(""), candidate;

	for (size_t i = 0; plan_candidate(p, name, i, &candidate); i++)
		names = str_format(p->arena, STR_FMT "%s" STR_FMT, STR_ARG(names), i ? ", " : "", STR_ARG(candidate));
	return plan_failure(p, e, 1, str_format(p->arena, "no such attribute(s): " STR_FMT, STR_ARG(names)));
}

struct cel_node *plan_identifier(struct planner *p, const struct cel_expr *e)
{
	const struct plan_local *local;
	struct cel_node *node;

	if (e->u.ident.variable)
		return variable_node(p, e, e->u.ident.variable);
	local = plan_find_local(p, e->u.ident.name);
	node = local && p->refuses && !p->checked ? find_in_container(p, e, e->u.ident.name) : NULL;
	if (node)
		return node;
	if (local)
		return local_node(p, e, local);
	node = find_name(p, e, e->u.ident.name, true);
	return node ? node : unknown_name(p, e, e->u.ident.name);
}

/* -- qualifiers ------------------------------------------------------------------------------------------------ */

static void add_to_chain(struct planner *p, struct node_chain *chain, const struct qualifier *qualifier, bool test_only)
{
	*ARENA_PUSH(p->arena, chain->qualifiers, chain->count, chain->capacity) = *qualifier;
	chain->any_optional |= qualifier->optional;
	chain->node.offset = qualifier->offset;
	chain->test_only = test_only;
	specialise(chain);
}

/* has() gives back what its operand, as an attribute, counts for. */
static void discount(struct planner *p, struct node_chain *chain)
{
	if (chain->test_only && chain->cost > 0)
		chain->cost = (int8_t)(chain->cost - p->presence_is_free);
}

static struct cel_node *add_qualifier(struct planner *p, const struct cel_expr *e, struct cel_node *operand,
				      const struct qualifier *qualifier, bool test_only, int8_t base_cost)
{
	struct node_conditional *conditional;
	struct node_chain *chain;

	if (operand->kind == NODE_CONDITIONAL) {
		/* (c ? a : b).x is c ? a.x : b.x. */
		conditional = (struct node_conditional *)operand;
		conditional->cost = (int8_t) - (test_only && p->presence_is_free);
		conditional->truthy = add_qualifier(p, e, conditional->truthy, qualifier, test_only, 0);
		conditional->falsy = add_qualifier(p, e, conditional->falsy, qualifier, test_only, 0);
		return operand;
	}
	if (operand->kind == NODE_CHAIN && !((struct node_chain *)operand)->test_only) {
		add_to_chain(p, (struct node_chain *)operand, qualifier, test_only);
		discount(p, (struct node_chain *)operand);
		return operand;
	}
	chain = new_chain(p, e, BASE_NODE);
	chain->operand = operand;
	chain->cost = base_cost;
	add_to_chain(p, chain, qualifier, test_only);
	discount(p, chain);
	return &chain->node;
}

static struct qualifier field_qualifier(const struct cel_expr *e, struct str field)
{
	return (struct qualifier){ .kind = QUALIFIER_FIELD, .offset = e->offset, .key = cel_of_str(field) };
}

/* a.b.c that is not checked: the longest part of it that is a variable, and the rest as fields. */
static struct cel_node *select_unchecked(struct planner *p, const struct cel_expr *e)
{
	const struct cel_expr *root = e;
	struct cel_node *node;
	struct str name;
	bool local;

	while (root->kind == CEL_EXPR_SELECT)
		root = root->u.select.operand;
	if (!plan_dotted(p, e, &name))
		return NULL;
	local = plan_find_local(p, root->u.ident.name) != NULL;
	if (local && !p->refuses)
		return NULL;
	node = find_name(p, e, name, true);
	if (node || local)
		return node;
	/* The name of the whole chain is in the message when no part of it is known. */
	for (const struct cel_expr *part = e->u.select.operand;; part = part->u.select.operand) {
		struct str shorter;

		if (!plan_dotted(p, part, &shorter) || find_name(p, part, shorter, part->kind == CEL_EXPR_IDENT))
			return NULL;
		if (part->kind != CEL_EXPR_SELECT)
			break;
	}
	return unknown_name(p, e, name);
}

struct cel_node *plan_select(struct planner *p, const struct cel_expr *e)
{
	struct qualifier qualifier = field_qualifier(e, e->u.select.field);
	struct cel_node *operand = NULL;

	if (!p->checked && !e->u.select.test_only)
		operand = select_unchecked(p, e);
	if (operand)
		return operand;
	operand = plan_expression(p, e->u.select.operand);
	if (!operand)
		return NULL;
	return add_qualifier(p, e, operand, &qualifier, e->u.select.test_only, 1);
}

static bool is_key(const struct cel_value *v)
{
	return v->kind == CEL_STRING || v->kind == CEL_BOOL || (v->kind >= CEL_INT && v->kind <= CEL_DOUBLE);
}

/* Constants of other types are no keys; false with the error set where that refuses the program. */
static bool constant_key(struct planner *p, struct qualifier *qualifier, const struct cel_value *key)
{
	if (!is_key(key) && !p->refuses)
		return true;
	if (!is_key(key)) {
		error_set(p->err, ERROR_INVALID, "invalid qualifier type: %s", go_type(key));
		return false;
	}
	qualifier->key = *key;
	qualifier->kind = key->kind == CEL_STRING ? QUALIFIER_FIELD
			  : key->kind == CEL_INT  ? QUALIFIER_INDEX
						  : QUALIFIER_KEY;
	return true;
}

/* Branches of ?: and indexes are resolved without being observed themselves. */
static struct cel_node *unobserved(struct cel_node *node)
{
	if (node->kind == NODE_CHAIN)
		((struct node_chain *)node)->cost = 0;
	if (node->evaluate == evaluate_failure)
		((struct node_constant *)node)->cost = 0;
	return node;
}

struct cel_node *plan_index(struct planner *p, const struct cel_expr *e, bool optional)
{
	struct qualifier qualifier = { .kind = QUALIFIER_NODE, .optional = optional, .offset = e->offset };
	struct cel_node *operand = plan_expression(p, e->u.call.arguments[0]), *index;

	if (!operand)
		return NULL;
	index = plan_expression(p, e->u.call.arguments[1]);
	if (!index)
		return NULL;
	if (plan_is_constant(index) && !constant_key(p, &qualifier, plan_value(index)))
		return NULL;
	if (qualifier.kind == QUALIFIER_NODE)
		qualifier.node = unobserved(index);
	return add_qualifier(p, e, operand, &qualifier, false, 1);
}

struct cel_node *plan_conditional(struct planner *p, const struct cel_expr *e)
{
	struct node_conditional *node = plan_node(p, sizeof(*node), e, evaluate_conditional);
	struct cel_node *truthy, *falsy;

	node->node.kind = NODE_CONDITIONAL;
	node->condition = plan_expression(p, e->u.call.arguments[0]);
	truthy = node->condition ? plan_expression(p, e->u.call.arguments[1]) : NULL;
	falsy = truthy ? plan_expression(p, e->u.call.arguments[2]) : NULL;
	if (!falsy)
		return NULL;
	node->truthy = unobserved(truthy);
	node->falsy = unobserved(falsy);
	return &node->node;
}
