/* What can be told of a program without running it: its roots, and how large its values may become. */
#include <math.h>

#include "lang/jmespath/program.h"

/* -- size --------------------------------------------------------------------------------------------------------- */

/*
 * Values share their parts, so [@, @] | [@, @] | … is small in memory and has exponentially many parts when someone
 * walks it. `in` is how often the current node may hold the document, and how much deeper it may nest; the answer is
 * the same for the result. *worst keeps the largest seen anywhere, as comparisons and functions walk what they get.
 */
static struct cost cost_of(const struct node *node, struct cost in, struct cost *worst);

static struct cost larger(struct cost a, struct cost b)
{
	return (struct cost){ fmax(a.copies, b.copies), a.depth > b.depth ? a.depth : b.depth };
}

static struct cost cost_of_items(const struct node *node, struct cost in, struct cost *worst)
{
	struct cost out = { 0 };

	if (node->ready)
		return (struct cost){ .copies = 1 };
	for (uint32_t i = 0; i < node->count; i++) {
		const struct node *item = node->op == OP_LIST ? node->u.nodes[i] : node->u.entries[i].node;
		struct cost cost = cost_of(item, in, worst);

		out.copies += cost.copies;
		if (cost.depth > out.depth)
			out.depth = cost.depth;
	}
	out.depth++;
	return out;
}

/* Functions of plain arguments do not share. */
static bool takes_scalars(const struct jmespath_function *function)
{
	for (size_t i = 0; i < JMESPATH_MAX_ARGUMENTS; i++) {
		if (function->types[i] & ~(JMESPATH_STRING | JMESPATH_NUMBER | JMESPATH_BOOL | JMESPATH_NULL))
			return false;
	}
	return true;
}

static struct cost cost_of_call(const struct node *node, struct cost in, struct cost *worst)
{
	const struct call_site *site = node->u.call;
	struct cost out = { 0 };

	for (size_t i = 0; i < site->count; i++) {
		struct cost cost;

		if (!site->arguments[i])
			continue;
		cost = cost_of(site->arguments[i], in, worst);
		out.copies += cost.copies;
		if (cost.depth > out.depth)
			out.depth = cost.depth;
	}
	for (size_t i = 0; i < site->count; i++) {
		if (site->expressions[i])
			out = larger(out, cost_of(site->expressions[i]->root, out, worst));
	}
	if (!takes_scalars(site->function)) {
		/* A function may wrap each element ({key: …, value: …}). */
		out.copies *= site->has_expressions ? 1 : 3;
		out.depth += 2;
	}
	return out;
}

static struct cost cost_of(const struct node *node, struct cost in, struct cost *worst)
{
	const struct cost scalar = { .copies = 1 };
	struct cost out = in, left = in;

	if (node->left)
		left = cost_of(node->left, in, worst);
	switch ((enum op)node->op) {
	case OP_IDENTITY:
		break;
	case OP_LITERAL:
	case OP_COUNT:
		out = scalar;
		break;
	case OP_PATH:
		out = left;
		break;
	case OP_SUB:
	case OP_PIPE:
		out = cost_of(node->right, left, worst);
		break;
	case OP_FILTER:
		cost_of(node->u.condition, left, worst);
		/* fall through */
	case OP_PROJECT:
	case OP_FLATTEN:
	case OP_SLICE:
		out = larger(left, cost_of(node->right, left, worst));
		out.depth++;
		break;
	case OP_VALUES:
		out = larger(left, cost_of(node->right, left, worst));
		out.copies *= 2;
		out.depth++;
		break;
	case OP_LIST:
	case OP_HASH:
		out = cost_of_items(node, in, worst);
		break;
	case OP_OR:
	case OP_AND:
		out = larger(left, cost_of(node->right, in, worst));
		break;
	case OP_NOT:
		out = scalar;
		break;
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		cost_of(node->right, in, worst);
		out = scalar;
		break;
	case OP_CALL:
		out = cost_of_call(node, in, worst);
		break;
	}
	*worst = larger(*worst, out);
	return out;
}

struct cost node_cost(const struct node *node)
{
	struct cost worst = { .copies = 1 };

	cost_of(node, worst, &worst);
	return worst;
}

/* -- roots -------------------------------------------------------------------------------------------------------- */

struct finder {
	struct arena *arena;
	struct str *roots;
	size_t count, capacity;
	bool all;
};

static void add_root(struct finder *finder, const struct step *step)
{
	if (!step->text) {
		finder->all = true;
		return;
	}
	for (size_t i = 0; i < finder->count; i++) {
		if (str_equal(finder->roots[i], str_make(step->text, step->length)))
			return;
	}
	*ARENA_PUSH(finder->arena, finder->roots, finder->count, finder->capacity) = str_make(step->text, step->length);
}

/* `node` has the root document as its current node. */
static void find_in(struct finder *finder, const struct node *node)
{
	switch ((enum op)node->op) {
	case OP_IDENTITY:
		finder->all = true;
		break;
	case OP_LITERAL:
		break;
	case OP_PATH:
		if (node->left)
			find_in(finder, node->left);
		else
			add_root(finder, node->u.steps);
		break;
	case OP_SUB:
	case OP_PIPE:
		/* To the right of "@" the current node is the root still. */
		find_in(finder, node->left->op == OP_IDENTITY ? node->right : node->left);
		break;
	case OP_PROJECT:
	case OP_FLATTEN:
	case OP_SLICE:
	case OP_FILTER:
	case OP_VALUES:
	case OP_NOT:
	case OP_COUNT:
		find_in(finder, node->left);
		break;
	case OP_LIST:
		for (uint32_t i = 0; i < node->count; i++)
			find_in(finder, node->u.nodes[i]);
		break;
	case OP_HASH:
		for (uint32_t i = 0; i < node->count; i++)
			find_in(finder, node->u.entries[i].node);
		break;
	case OP_OR:
	case OP_AND:
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		find_in(finder, node->left);
		find_in(finder, node->right);
		break;
	case OP_CALL:
		for (size_t i = 0; i < node->u.call->count; i++) {
			if (node->u.call->arguments[i])
				find_in(finder, node->u.call->arguments[i]);
		}
		break;
	}
}

void find_roots(struct arena *arena, struct jmespath *program)
{
	struct finder finder = { .arena = arena };

	find_in(&finder, program->root);
	program->roots = finder.roots;
	program->root_count = finder.count;
	program->reads_all = finder.all;
}

const struct str *jmespath_roots(const struct jmespath *program, size_t *count, bool *all)
{
	*count = program->root_count;
	*all = program->reads_all;
	return program->roots;
}

bool jmespath_is_path(const struct jmespath *program)
{
	return program->root->op == OP_PATH && !program->root->left;
}
