/* Operators on what is common: bools, numbers, strings; the functions of the library do the rest. */
#include "lang/cel/plan.h"

/* -- logic ----------------------------------------------------------------------------------------------------- */

void evaluate_logic(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_logic *logic = (const struct node_logic *)node;
	struct cel_value failure = { .kind = CEL_NULL };

	for (size_t i = 0; i < logic->count; i++) {
		node_run(logic->terms[i], run, out);
		if (__builtin_expect(out->kind == CEL_BOOL, 1)) {
			if (out->u.boolean == logic->decides)
				return;
			continue;
		}
		if (is_fatal(out))
			return;
		if (failure.kind == CEL_ERROR)
			continue;
		failure = cel_is_error(*out) ? *out : fail_at(run, node->offset, STR("no such overload"));
	}
	*out = failure.kind == CEL_ERROR ? failure : cel_of_bool(!logic->decides);
}

void evaluate_not(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_unary *unary = (const struct node_unary *)node;

	node_run(unary->operand, run, out);
	run->cost++;
	if (out->kind == CEL_BOOL)
		out->u.boolean = !out->u.boolean;
	else if (!cel_is_error(*out))
		*out = fail_at(run, node->offset, STR("no such overload"));
}

void evaluate_not_strictly_false(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_unary *unary = (const struct node_unary *)node;

	node_run(unary->operand, run, out);
	run->cost++;
	if (out->kind != CEL_BOOL && !is_fatal(out))
		*out = cel_of_bool(true);
}

/* -- pairs ----------------------------------------------------------------------------------------------------- */

/* Both operands; false: *out is the error of the first that failed, and the call is counted. */
static inline bool read_pair(const struct node_binary *binary, struct cel_run *run, struct cel_value *pair,
			     struct cel_value *out)
{
	node_run(binary->left, run, &pair[0]);
	node_run(binary->right, run, &pair[1]);
	if (__builtin_expect(!cel_is_error(pair[0]) && !cel_is_error(pair[1]), 1))
		return true;
	*out = pair[!cel_is_error(pair[0])];
	if (!is_fatal(out))
		run->cost += cost_with_errors(binary->cost, pair, 2);
	return false;
}

/* What the library's function makes of operands that are evaluated already. */
static void apply_library(const struct node_binary *binary, struct cel_run *run, const struct cel_value *pair,
			  struct cel_value *out)
{
	const struct node_call *call = binary->call;
	static const struct cel_value no_result = { .kind = CEL_NULL };

	run->offset = binary->node.offset;
	if (!(call->first_kinds >> pair[0].kind & 1))
		*out = cel_fail(run, "no such overload: " STR_FMT, STR_ARG(call->name));
	else
		*out = call->body(run, pair, 2);
	run->cost += call->cost ? call->cost(pair, 2, cel_is_error(*out) ? &no_result : out) : 1;
}

void evaluate_equals(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_binary *binary = (const struct node_binary *)node;
	struct cel_value pair[2];
	bool equal;

	if (!read_pair(binary, run, pair, out))
		return;
	if (pair[0].kind == CEL_STRING && pair[1].kind == CEL_STRING) {
		run->cost += cost_of_pair(&pair[0], &pair[1]);
		equal = str_equal(cel_str(&pair[0]), cel_str(&pair[1]));
	} else if (pair[0].kind <= CEL_DOUBLE || pair[1].kind <= CEL_DOUBLE) {
		/* The smaller size is 1 when one has none, unless the other is empty. */
		run->cost += cost_of_pair(&pair[0], &pair[1]);
		equal = cel_equal(&pair[0], &pair[1]);
	} else {
		struct cel_value result = cel_of_bool(false);

		run->cost += binary->cost ? binary->cost(pair, 2, &result) : 1;
		equal = cel_equal(&pair[0], &pair[1]);
	}
	put_bool(out, equal != binary->negate);
}

static bool in_order(int compared, enum order order)
{
	switch (order) {
	case ORDER_LESS:
		return compared < 0;
	case ORDER_LESS_EQUALS:
		return compared <= 0;
	case ORDER_GREATER:
		return compared > 0;
	case ORDER_GREATER_EQUALS:
		return compared >= 0;
	}
	return false;
}

void evaluate_order(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_binary *binary = (const struct node_binary *)node;
	struct cel_value pair[2];
	int compared;

	if (!read_pair(binary, run, pair, out))
		return;
	if (pair[0].kind == CEL_INT && pair[1].kind == CEL_INT) {
		run->cost++;
		compared = (pair[0].u.integer > pair[1].u.integer) - (pair[0].u.integer < pair[1].u.integer);
	} else {
		compared = cel_compare(&pair[0], &pair[1]);
		if (compared >= CEL_NO_ORDER) {
			apply_library(binary, run, pair, out);
			return;
		}
		run->cost += binary->cost_by_size ? cost_of_pair(&pair[0], &pair[1]) : 1;
	}
	put_bool(out, in_order(compared, binary->order));
}

/* -- arithmetic ------------------------------------------------------------------------------------------------ */

void evaluate_add(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_binary *binary = (const struct node_binary *)node;
	struct cel_value pair[2];
	int64_t sum;

	if (!read_pair(binary, run, pair, out))
		return;
	if (pair[0].kind != CEL_INT || pair[1].kind != CEL_INT ||
	    __builtin_add_overflow(pair[0].u.integer, pair[1].u.integer, &sum)) {
		apply_library(binary, run, pair, out);
		return;
	}
	run->cost++;
	put_int(out, sum);
}

void evaluate_subtract(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_binary *binary = (const struct node_binary *)node;
	struct cel_value pair[2];
	int64_t difference;

	if (!read_pair(binary, run, pair, out))
		return;
	if (pair[0].kind != CEL_INT || pair[1].kind != CEL_INT ||
	    __builtin_sub_overflow(pair[0].u.integer, pair[1].u.integer, &difference)) {
		apply_library(binary, run, pair, out);
		return;
	}
	run->cost++;
	put_int(out, difference);
}

void evaluate_multiply(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_binary *binary = (const struct node_binary *)node;
	struct cel_value pair[2];
	int64_t product;

	if (!read_pair(binary, run, pair, out))
		return;
	if (pair[0].kind != CEL_INT || pair[1].kind != CEL_INT ||
	    __builtin_mul_overflow(pair[0].u.integer, pair[1].u.integer, &product)) {
		apply_library(binary, run, pair, out);
		return;
	}
	run->cost++;
	put_int(out, product);
}

void evaluate_size(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_unary *unary = (const struct node_unary *)node;
	struct cel_value v;

	node_run(unary->operand, run, &v);
	run->cost++;
	if (unary->call->first_kinds >> v.kind & 1)
		put_int(out, (int64_t)cel_size(&v));
	else if (cel_is_error(v))
		*out = v;
	else
		*out = fail_at(run, node->offset,
			       v.kind == CEL_TIMESTAMP || v.kind == CEL_DURATION ? STR("no such overload")
										 : STR("no such overload: size"));
}

static bool is_among(const struct cel_value *set, const struct cel_value *v)
{
	const struct cel_map *map = set->u.map;
	struct cel_value found;

	if (map->index || v->kind != CEL_STRING)
		return cel_map_find(set, v, &found);
	for (size_t i = 0; i < map->count; i++)
		if (map->entries[i].key.kind == CEL_STRING && str_equal(cel_str(&map->entries[i].key), cel_str(v)))
			return true;
	return false;
}

void evaluate_member_of(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_member_of *member = (const struct node_member_of *)node;
	struct cel_value v;

	node_run(member->operand, run, &v);
	if (__builtin_expect(cel_is_error(v), 0))
		*out = v;
	else
		put_bool(out, is_among(&member->set, &v));
}
