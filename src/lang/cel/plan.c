/* The planner: trees of the parser become nodes that evaluate themselves. */
#include "lang/cel/plan.h"

/* Trees are no deeper than the parser lets them be; macros multiply that by a few. */
#define DEPTH_MAX 4000

void *plan_node(struct planner *p, size_t size, const struct cel_expr *e, cel_node_evaluate *evaluate)
{
	struct cel_node *node = arena_zalloc(p->arena, size);

	node->evaluate = evaluate;
	node->offset = e->offset;
	return node;
}

struct cel_node *plan_constant(struct planner *p, uint32_t offset, struct cel_value value)
{
	struct node_constant *node = ARENA_NEW(p->arena, struct node_constant);

	node->node = (struct cel_node){ .evaluate = evaluate_constant, .offset = offset, .kind = NODE_CONSTANT };
	node->value = value;
	return &node->node;
}

struct cel_node *plan_known(struct planner *p, uint32_t offset, struct cel_value value, uint64_t cost)
{
	struct node_constant *node = ARENA_NEW(p->arena, struct node_constant);

	node->node = (struct cel_node){ .evaluate = evaluate_known, .offset = offset, .kind = NODE_KNOWN };
	node->value = value;
	node->cost = cost;
	return &node->node;
}

const struct cel_value *plan_value(const struct cel_node *node)
{
	if (node->kind != NODE_CONSTANT && node->kind != NODE_KNOWN)
		return NULL;
	return &((const struct node_constant *)node)->value;
}

bool plan_is_constant(const struct cel_node *node)
{
	return node->kind == NODE_CONSTANT;
}

struct cel_node *plan_failure(struct planner *p, const struct cel_expr *e, uint64_t cost, struct str message)
{
	struct node_constant *node = plan_node(p, sizeof(*node), e, evaluate_failure);

	node->value = cel_of_str(message);
	node->cost = cost;
	return &node->node;
}

/* -- names ----------------------------------------------------------------------------------------------------- */

bool plan_dotted(struct planner *p, const struct cel_expr *e, struct str *out)
{
	struct str operand;

	if (e->kind == CEL_EXPR_IDENT) {
		*out = e->u.ident.name;
		return true;
	}
	if (e->kind != CEL_EXPR_SELECT || e->u.select.test_only || !plan_dotted(p, e->u.select.operand, &operand))
		return false;
	*out = str_format(p->arena, STR_FMT "." STR_FMT, STR_ARG(operand), STR_ARG(e->u.select.field));
	return true;
}

bool plan_candidate(struct planner *p, struct str name, size_t i, struct str *out)
{
	struct str container = cel_env_container(p->env);

	if (name.n && name.p[0] == '.') {
		*out = str_skip(name, 1);
		return i == 0;
	}
	while (i-- > 0) {
		size_t dot;

		if (!container.n)
			return false;
		dot = str_rfind_char(container, '.');
		container = str_slice(container, 0, dot == STR_NOT_FOUND ? 0 : dot);
	}
	*out = container.n ? str_format(p->arena, STR_FMT "." STR_FMT, STR_ARG(container), STR_ARG(name)) : name;
	return true;
}

const struct plan_local *plan_find_local(const struct planner *p, struct str name)
{
	for (const struct plan_local *local = p->locals; local; local = local->outer)
		if (str_equal(local->name, name))
			return local;
	return NULL;
}

uint32_t plan_push_local(struct planner *p, struct plan_local *local, struct str name)
{
	local->outer = p->locals;
	local->name = name;
	local->slot = p->local_count++;
	p->locals = local;
	if (p->local_count > p->local_most)
		p->local_most = p->local_count;
	return local->slot;
}

void plan_pop_local(struct planner *p, const struct plan_local *local)
{
	p->locals = local->outer;
	p->local_count = local->slot;
}

/* -- expressions ----------------------------------------------------------------------------------------------- */

static struct cel_node *plan_kind(struct planner *p, const struct cel_expr *e)
{
	switch ((enum cel_expr_kind)e->kind) {
	case CEL_EXPR_LITERAL:
		return plan_constant(p, e->offset, e->u.literal);
	case CEL_EXPR_IDENT:
		return plan_identifier(p, e);
	case CEL_EXPR_SELECT:
		return plan_select(p, e);
	case CEL_EXPR_CALL:
		return plan_call(p, e);
	case CEL_EXPR_LIST:
		return plan_list(p, e);
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		return plan_map(p, e);
	case CEL_EXPR_COMPREHENSION:
		return plan_fold(p, e);
	}
	return NULL;
}

struct cel_node *plan_expression(struct planner *p, const struct cel_expr *e)
{
	struct cel_node *node;

	if (p->depth >= DEPTH_MAX) {
		error_set(p->err, ERROR_LIMIT, "the expression is nested too deeply");
		return NULL;
	}
	p->depth++;
	if (p->depth > p->depth_most)
		p->depth_most = p->depth;
	node = plan_kind(p, e);
	p->depth--;
	return node;
}

struct cel_program *cel_plan(struct arena *arena, const struct cel_env *env, const struct cel_expr *root,
			     struct str source, struct error **err)
{
	struct cel_program *program = ARENA_NEW(arena, struct cel_program);
	size_t slots = cel_env_slots(env);
	struct planner p = {
		.arena = arena,
		.env = env,
		.root = root,
		.checked = root->type != NULL,
		.refuses = cel_env_flavour(env) != CEL_PLAIN,
		.presence_is_free = cel_env_flavour(env) != CEL_PLAIN,
		.err = err,
		.run = { .arena = arena, .newest = cel_env_flavour(env) != CEL_KUBERNETES },
	};

	p.reads = arena_zalloc(arena, (slots / 64 + 1) * sizeof(*p.reads));
	program->env = env;
	program->source = source;
	program->root = root;
	program->slot_count = (uint32_t)slots;
	program->reads = p.reads;
	program->node = plan_expression(&p, root);
	program->local_count = p.local_most;
	program->depth = p.depth_most;
	program->newest = p.run.newest;
	return program->node ? program : NULL;
}

bool cel_program_reads(const struct cel_program *program, uint32_t slot)
{
	return slot < program->slot_count && program->reads[slot / 64] >> slot % 64 & 1;
}
