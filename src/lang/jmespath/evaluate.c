/* Runs compiled programs. Where a missing key is absorbed and where it goes on: go-jmespath's interpreter.go. */
#include "lang/jmespath/program.h"

#define TICKS 1024

const struct value jmespath_missing = { .type = VALUE_NULL };

/* -- limits ------------------------------------------------------------------------------------------------------- */

static uint32_t quota(const struct jmespath_context *context)
{
	uint64_t left;

	if (context->step_limit == 0)
		return TICKS;
	left = context->step_limit > context->steps ? context->step_limit - context->steps : 0;
	return left < TICKS ? (uint32_t)left : TICKS;
}

void run_start(struct jmespath_run *run, const struct jmespath *program, struct jmespath_context *context,
	       struct error **err)
{
	*run = (struct jmespath_run){
		.context = context,
		.arena = context->arena,
		.err = err,
		.strict = context->mode == JMESPATH_STRICT,
		.heavy = program->heavy,
		.memory_limit = arena_used(context->arena) + JMESPATH_MAX_MEMORY,
	};
	run->ticks_given = quota(context);
	run->ticks = run->ticks_given + 1;
}

void run_finish(struct jmespath_run *run)
{
	run->context->steps += run->ticks_given + 1 - run->ticks;
	run->ticks_given = 0;
	run->ticks = 1;
}

const struct value *run_limit(struct jmespath_run *run, const char *what)
{
	if (!run->limit)
		run->limit = what;
	return NULL;
}

bool run_memory(struct jmespath_run *run, size_t more)
{
	if (run->limit)
		return false;
	if (arena_used(run->arena) <= run->memory_limit && more <= run->memory_limit - arena_used(run->arena))
		return true;
	run_limit(run, "the evaluation takes too much memory");
	return false;
}

bool run_tick(struct jmespath_run *run)
{
	run->context->steps += run->ticks_given;
	run->ticks_given = quota(run->context);
	if (run->ticks_given == 0) {
		run->ticks = 1;
		run_limit(run, "the evaluation takes too many steps");
		return false;
	}
	run->ticks = run->ticks_given;
	return run_memory(run, 0);
}

bool value_weigh(const struct value *v, uint64_t *budget)
{
	uint64_t own = 1 + (v->type == VALUE_STRING ? v->length / 16 : 0);

	if (own > *budget)
		return false;
	*budget -= own;
	if (v->type == VALUE_ARRAY) {
		for (uint32_t i = 0; i < v->length; i++) {
			if (!value_weigh(&v->u.items[i], budget))
				return false;
		}
	} else if (v->type == VALUE_OBJECT) {
		for (uint32_t i = 0; i < v->length; i++) {
			if (!value_weigh(&v->u.members[i].key, budget) ||
			    !value_weigh(&v->u.members[i].value, budget))
				return false;
		}
	}
	return true;
}

/* -- nodes -------------------------------------------------------------------------------------------------------- */

/* The member named by the step, or NULL. Small objects are searched in place; large ones know an index. */
static inline const struct value *find_member(const struct value *object, const struct step *step)
{
	const struct member *member = object->u.members, *end = member + object->length;

	if (object->flags & VALUE_INDEXED)
		return value_get(object, str_make(step->text, step->length));
	for (; member != end; member++) {
		if (member->key.length == step->length && bytes_equal(member->key.u.text, step->text, step->length))
			return &member->value;
	}
	return NULL;
}

static const struct value *run_path(struct jmespath_run *run, const struct node *node, const struct value *v)
{
	const struct step *step = node->u.steps, *end = step + node->count;

	for (; step != end; step++) {
		if (step->text) {
			if (v->type != VALUE_OBJECT)
				return &value_null;
			v = find_member(v, step);
			if (!v) {
				if (!run->strict)
					return &value_null;
				run->missing = str_make(step->text, step->length);
				return &jmespath_missing;
			}
		} else {
			int64_t index = step->index;

			if (v->type != VALUE_ARRAY)
				return &value_null;
			if (index < 0)
				index += v->length;
			if (index < 0 || index >= v->length)
				return &value_null;
			v = &v->u.items[index];
		}
	}
	return v;
}

static const struct value *run_list(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	struct value *items;

	if (input->type == VALUE_NULL)
		return &value_null;
	if (node->ready)
		return node->ready;
	items = arena_array(run->arena, node->count, sizeof(*items));
	for (uint32_t i = 0; i < node->count; i++) {
		const struct value *v = run_node(run, node->u.nodes[i], input);

		if (!v)
			return NULL;
		items[i] = *v;
	}
	return value_of_items(run->arena, items, node->count);
}

static const struct value *run_hash(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	struct member *members;

	if (input->type == VALUE_NULL)
		return &value_null;
	if (node->ready)
		return node->ready;
	members = arena_array(run->arena, node->members, sizeof(*members));
	for (uint32_t i = 0; i < node->count; i++) {
		const struct hash_entry *entry = &node->u.entries[i];
		const struct value *v = run_node(run, entry->node, input);

		if (!v)
			return NULL;
		members[entry->slot].key = entry->key;
		members[entry->slot].value = *v;
	}
	return value_of_members(run->arena, members, node->members);
}

static bool weigh_pair(struct jmespath_run *run, const struct value *left, const struct value *right)
{
	uint64_t budget = JMESPATH_MAX_WEIGHT;

	if (value_weigh(left, &budget) && value_weigh(right, &budget))
		return true;
	run_limit(run, "a value grows too large to compare");
	return false;
}

static inline bool equal(const struct value *left, const struct value *right)
{
	if (left->type == VALUE_STRING && right->type == VALUE_STRING)
		return left->length == right->length &&
		       bytes_equal(left->u.text, right->u.text, left->length);
	return value_equal(left, right);
}

/* <0, 0, >0. */
static inline int order(const struct value *left, const struct value *right)
{
	double a, b;

	if (left->type == VALUE_INT && right->type == VALUE_INT)
		return (left->u.integer > right->u.integer) - (left->u.integer < right->u.integer);
	a = value_number(left);
	b = value_number(right);
	return (a > b) - (a < b);
}

static const struct value *run_comparison(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	const struct value *left, *right;

	left = run_node(run, node->left, input);
	if (!left)
		return NULL;
	right = run_node(run, node->right, input);
	if (!right)
		return NULL;
	if (node->op == OP_EQ || node->op == OP_NE) {
		if (run->heavy && !weigh_pair(run, left, right))
			return NULL;
		return value_of_bool(equal(left, right) == (node->op == OP_EQ));
	}
	if (!value_is_number(left) || !value_is_number(right))
		return &value_null;
	switch (node->op) {
	case OP_LT:
		return value_of_bool(order(left, right) < 0);
	case OP_LE:
		return value_of_bool(order(left, right) <= 0);
	case OP_GT:
		return value_of_bool(order(left, right) > 0);
	default:
		return value_of_bool(order(left, right) >= 0);
	}
}

static inline const struct value *null_if_missing(const struct value *v)
{
	return v == &jmespath_missing ? &value_null : v;
}

static const struct value *run_logic(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	const struct value *left = run_node(run, node->left, input);

	if (!left)
		return NULL;
	switch (node->op) {
	case OP_NOT:
		return value_of_bool(value_is_falsy(left));
	case OP_OR:
		return value_is_falsy(left) ? null_if_missing(run_node(run, node->right, input)) : left;
	case OP_AND:
		return value_is_falsy(left) ? null_if_missing(left) : run_node(run, node->right, input);
	case OP_PIPE:
		return null_if_missing(run_node(run, node->right, null_if_missing(left)));
	default:
		return left == &jmespath_missing ? left : run_node(run, node->right, left);
	}
}

const struct value *run_node(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	if (!run_step(run))
		return NULL;
	switch ((enum op)node->op) {
	case OP_IDENTITY:
		return input;
	case OP_LITERAL:
		return node->u.literal;
	case OP_PATH:
		if (node->left) {
			input = run_node(run, node->left, input);
			if (!input || input == &jmespath_missing)
				return input;
		}
		return run_path(run, node, input);
	case OP_SUB:
	case OP_PIPE:
	case OP_OR:
	case OP_AND:
	case OP_NOT:
		return run_logic(run, node, input);
	case OP_EQ:
	case OP_NE:
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return run_comparison(run, node, input);
	case OP_PROJECT:
	case OP_FLATTEN:
	case OP_SLICE:
	case OP_FILTER:
	case OP_VALUES:
		return run_projection(run, node, input);
	case OP_LIST:
		return run_list(run, node, input);
	case OP_HASH:
		return run_hash(run, node, input);
	case OP_CALL:
	case OP_COUNT:
		return run_call(run, node, input);
	}
	return &value_null;
}

const struct value *run_absorb(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	struct error **err = run->err;
	const struct value *v;

	if (!run->strict)
		return run_node(run, node, input);
	run->err = NULL;
	v = run_node(run, node, input);
	run->err = err;
	return v || run->limit ? v : &value_null;
}

/* -- entry -------------------------------------------------------------------------------------------------------- */

enum jmespath_status jmespath_evaluate(const struct jmespath *program, struct jmespath_context *context,
				       const struct value *input, const struct value **out, struct error **err)
{
	const struct value *v;
	struct jmespath_run run;
	uint64_t budget = JMESPATH_MAX_WEIGHT;

	run_start(&run, program, context, err);
	v = run_node(&run, program->root, input ? input : &value_null);
	run_finish(&run);
	if (v && program->heavy && !value_weigh(v, &budget))
		v = run_limit(&run, "the result grows too large");
	*out = v ? null_if_missing(v) : &value_null;
	if (!v) {
		if (run.limit && err) {
			error_free(*err);
			*err = NULL;
			error_set(err, ERROR_LIMIT, "%s", run.limit);
		}
		return JMESPATH_FAILED;
	}
	if (v == &jmespath_missing) {
		if (err)
			error_set(err, ERROR_NOT_FOUND, "Unknown key \"" STR_FMT "\" in path", STR_ARG(run.missing));
		return JMESPATH_MISSING;
	}
	return JMESPATH_OK;
}

const struct value *jmespath_apply(struct jmespath_call *call, size_t argument, const struct value *input)
{
	const struct jmespath *program = argument < call->count ? call->expressions[argument] : NULL;
	const struct value *v;

	if (!program)
		return jmespath_fail(call, "argument %zu is not an expression", argument + 1);
	if (!input)
		input = &value_null;
	if (!call->run) {
		struct error *why = NULL;
		enum jmespath_status status = jmespath_evaluate(program, call->context, input, &v, &why);

		if (status == JMESPATH_FAILED) {
			if (why)
				error_set(call->err, why->code, "%s", why->message);
			v = NULL;
		}
		error_free(why);
		return v;
	}
	v = run_node(call->run, program->root, input);
	return v ? null_if_missing(v) : NULL;
}
