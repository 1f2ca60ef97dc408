/* Comprehensions. Ranges are read in place, lists and maps that a step adds to grow in place. */
#include "lang/cel/plan.h"

/* Where a loop is: over items, entries, or an array or object of a document. */
struct range {
	struct cel_value v;
	size_t i, count;
	bool plain; /* a document without a view */
};

/* False: *out is why the value is no range. */
static bool start_range(const struct node_fold *fold, struct cel_run *run, struct range *range, struct cel_value *out)
{
	node_run(fold->range, run, &range->v);
	range->i = 0;
	if (range->v.kind == CEL_LIST) {
		range->count = range->v.length;
	} else if (range->v.kind == CEL_MAP) {
		range->count = cel_map_count(&range->v);
	} else {
		*out = range->v;
		run->offset = fold->node.offset;
		if (!cel_is_error(*out) && fold->two)
			*out = cel_fail(run, "unsupported comprehension range type: %s", go_type(&range->v));
		else if (!cel_is_error(*out))
			*out = cel_fail(run, "got '%s', expected iterable type", go_type(&range->v));
		return false;
	}
	range->plain = range->v.flags & CEL_DATA && !range->v.of.view;
	return true;
}

static inline bool next(const struct node_fold *fold, struct cel_run *run, struct range *range)
{
	struct cel_value *first = &run->locals[fold->variable];
	size_t i = range->i++;

	if (i >= range->count)
		return false;
	if (range->v.kind == CEL_LIST) {
		struct cel_value *item = first;

		if (fold->two) {
			*first = cel_of_int((int64_t)i);
			item = &run->locals[fold->variable2];
		}
		if (range->plain)
			cel_put_data(item, &range->v.u.data->u.items[i]);
		else
			*item = cel_settle(run, cel_item(&range->v, i));
	} else {
		struct cel_value value;

		cel_entry_at(&range->v, i, first, &value);
		if (fold->two)
			run->locals[fold->variable2] = cel_settle(run, value);
	}
	return true;
}

/*
 * all() and exists(): the result so far is a bool or the first error. What the macro writes costs, for each item, its
 * condition (2 or 3) and the reading of the result (1); the condition once more when it ends the loop; and the result's
 * reading.
 */
static inline void quantify(const struct node_fold *fold, struct cel_run *run, bool decides, unsigned condition_cost,
			    struct cel_value *out)
{
	struct cel_value failure = { .kind = CEL_NULL };
	struct range range;

	if (!start_range(fold, run, &range, out))
		return;
	while (next(fold, run, &range)) {
		run->cost += condition_cost + 1;
		node_run(fold->predicate, run, out);
		if (__builtin_expect(out->kind == CEL_BOOL, 1)) {
			if (out->u.boolean == decides) {
				run->cost += 1 + (range.i < range.count ? condition_cost : 0);
				return;
			}
		} else if (is_fatal(out)) {
			return;
		} else if (failure.kind != CEL_ERROR) {
			failure = cel_is_error(*out) ? *out : fail_at(run, fold->node.offset, STR("no such overload"));
		}
		if (__builtin_expect(!run_within_limits(run, out), 0))
			return;
	}
	run->cost++;
	*out = failure.kind == CEL_ERROR ? failure : cel_of_bool(!decides);
}

void evaluate_all(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	quantify((const struct node_fold *)node, run, false, 2, out);
}

void evaluate_exists(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	quantify((const struct node_fold *)node, run, true, 3, out);
}

void evaluate_bind(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_fold *fold = (const struct node_fold *)node;
	struct cel_value *local = &run->locals[fold->accumulator];

	if (fold->lazy)
		local->kind = LOCAL_UNSET;
	else
		node_run(fold->start, run, local);
	node_run(fold->result, run, out);
}

static void start_accumulator(const struct node_fold *fold, struct cel_run *run)
{
	struct cel_value *local = &run->locals[fold->accumulator];

	if (fold->lazy)
		local->kind = LOCAL_UNSET;
	else
		node_run(fold->start, run, local);
	if (fold->grows)
		*local = growing_start(run->arena, local->kind);
}

void evaluate_fold(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_fold *fold = (const struct node_fold *)node;
	struct range range;

	if (!start_range(fold, run, &range, out))
		return;
	start_accumulator(fold, run);
	while (next(fold, run, &range)) {
		struct cel_value v;

		if (!fold->always) {
			node_run(fold->condition, run, &v);
			if (v.kind == CEL_BOOL && !v.u.boolean)
				break;
		}
		node_run(fold->step, run, &v);
		if (is_fatal(&v)) {
			*out = v;
			return;
		}
		cel_copy(&run->locals[fold->accumulator], &v);
		if (!run_within_limits(run, out))
			return;
	}
	if (fold->grows)
		run->locals[fold->accumulator] = growing_finish(run->arena, run->locals[fold->accumulator]);
	node_run(fold->result, run, out);
}

void evaluate_append(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_append *append = (const struct node_append *)node;
	struct cel_value *list = &run->locals[append->accumulator], item;

	if (list->kind != CEL_LIST || !(list->flags & CEL_GROWING)) {
		node_run(append->plain, run, out);
		return;
	}
	run->cost += append->cost;
	node_run(append->item, run, &item);
	if (cel_is_error(item)) {
		*out = item;
		return;
	}
	growing_append(run->arena, list, &item);
	cel_copy(out, list);
}

static bool insert_all(struct cel_run *run, struct cel_value *map, const struct cel_value *from, struct cel_value *key)
{
	size_t count = cel_map_count(from);

	for (size_t i = 0; i < count; i++) {
		struct cel_value value;

		cel_entry_at(from, i, key, &value);
		if (!growing_insert(run->arena, map, key, &value))
			return false;
	}
	return true;
}

void evaluate_insert(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_insert *insert = (const struct node_insert *)node;
	struct cel_value *map = &run->locals[insert->accumulator], key, value;
	bool inserted;

	if (map->kind != CEL_MAP || !(map->flags & CEL_GROWING)) {
		node_run(insert->plain, run, out);
		return;
	}
	run->cost++;
	if (insert->key) {
		node_run(insert->key, run, &key);
		if (cel_is_error(key)) {
			*out = key;
			return;
		}
	}
	node_run(insert->value, run, &value);
	run->cost++;
	if (cel_is_error(value)) {
		*out = value;
		return;
	}
	run->offset = node->offset;
	if (insert->key) {
		inserted = growing_insert(run->arena, map, &key, &value);
	} else if (value.kind == CEL_MAP) {
		inserted = insert_all(run, map, &value, &key);
	} else {
		*out = fail_overload(run, STR("cel.@mapInsert"), (struct cel_value[]){ *map, value }, 2);
		return;
	}
	if (inserted)
		*out = *map;
	else
		*out = cel_fail(run, "insert failed: key " STR_FMT " already exists",
				STR_ARG(key_text(run->arena, &key)));
}
