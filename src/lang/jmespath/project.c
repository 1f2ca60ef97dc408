/*
 * Projections: each walks the elements of its left side, applies its right side and keeps what is not null. An array
 * that a projection would only copy is shared instead.
 */
#include "lang/jmespath/program.h"

/* Room for this many results is taken at once; beyond that it grows as it fills. */
#define ROOM_AT_ONCE 64

struct collector {
	struct value *items;
	uint32_t count, capacity;
	uint32_t bound;                 /* there will not be more; UINT32_MAX: unknown */
	bool count_only;
	const struct value *shared;     /* the result is this array */
};

/* Outcome of a projection: failed, not applicable (null), done. */
enum outcome { FAILED = -1, NOT_APPLICABLE = 0, DONE = 1 };

static bool collector_grow(struct jmespath_run *run, struct collector *to)
{
	size_t capacity = to->capacity ? (size_t)to->capacity * 2 : ROOM_AT_ONCE;
	struct value *items;

	if (capacity > to->bound)
		capacity = to->bound;
	if (capacity <= to->count || capacity > UINT32_MAX) {
		run_limit(run, "an array grows too long");
		return false;
	}
	if (!run_memory(run, capacity * sizeof(*items)))
		return false;
	items = arena_array(run->arena, capacity, sizeof(*items));
	if (to->count)
		memcpy(items, to->items, to->count * sizeof(*items));
	to->items = items;
	to->capacity = (uint32_t)capacity;
	return true;
}

static inline bool collect(struct jmespath_run *run, struct collector *to, const struct value *v)
{
	if (v->type == VALUE_NULL)
		return true;
	if (!to->count_only) {
		if (to->count == to->capacity && !collector_grow(run, to))
			return false;
		to->items[to->count] = *v;
	}
	to->count++;
	return true;
}

static inline bool apply(struct jmespath_run *run, const struct node *right, const struct value *element,
			 struct collector *to)
{
	const struct value *v = run_node(run, right, element);

	return v && collect(run, to, v);
}

static bool has_null(const struct value *array)
{
	for (uint32_t i = 0; i < array->length; i++) {
		if (array->u.items[i].type == VALUE_NULL)
			return true;
	}
	return false;
}

static bool has_array_or_null(const struct value *array)
{
	for (uint32_t i = 0; i < array->length; i++) {
		if (array->u.items[i].type == VALUE_NULL || array->u.items[i].type == VALUE_ARRAY)
			return true;
	}
	return false;
}

static enum outcome share(struct collector *to, const struct value *array)
{
	to->shared = array;
	to->count = array->length;
	return DONE;
}

/* left[*] */
static enum outcome project(struct jmespath_run *run, const struct node *node, const struct value *input,
			    struct collector *to)
{
	const struct value *left = run_node(run, node->left, input);

	if (!left)
		return FAILED;
	if (left->type != VALUE_ARRAY)
		return NOT_APPLICABLE;
	if (node->right->op == OP_IDENTITY && !has_null(left))
		return share(to, left);
	to->bound = left->length;
	for (uint32_t i = 0; i < left->length; i++) {
		if (!apply(run, node->right, &left->u.items[i], to))
			return FAILED;
	}
	return DONE;
}

/* How many elements the array has once the arrays in it are replaced by their elements. */
static uint32_t flat_length(const struct value *array)
{
	uint64_t length = 0;

	for (uint32_t i = 0; i < array->length; i++)
		length += array->u.items[i].type == VALUE_ARRAY ? array->u.items[i].length : 1;
	return length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

/* left[] */
static enum outcome flatten(struct jmespath_run *run, const struct node *node, const struct value *input,
			    struct collector *to)
{
	const struct value *left = run_absorb(run, node->left, input);

	if (!left)
		return FAILED;
	if (left->type != VALUE_ARRAY)
		return NOT_APPLICABLE;
	if (node->right->op == OP_IDENTITY && !has_array_or_null(left))
		return share(to, left);
	to->bound = flat_length(left);
	for (uint32_t i = 0; i < left->length; i++) {
		const struct value *element = &left->u.items[i];

		if (element->type != VALUE_ARRAY) {
			if (!apply(run, node->right, element, to))
				return FAILED;
			continue;
		}
		for (uint32_t k = 0; k < element->length; k++) {
			if (!apply(run, node->right, &element->u.items[k], to))
				return FAILED;
		}
	}
	return DONE;
}

/* left[?condition] */
static enum outcome filter(struct jmespath_run *run, const struct node *node, const struct value *input,
			   struct collector *to)
{
	const struct value *left = run_absorb(run, node->left, input);

	if (!left)
		return FAILED;
	if (left->type != VALUE_ARRAY)
		return NOT_APPLICABLE;
	to->bound = left->length;
	for (uint32_t i = 0; i < left->length; i++) {
		const struct value *element = &left->u.items[i];
		const struct value *met = run_node(run, node->u.condition, element);

		if (!met)
			return FAILED;
		if (value_is_falsy(met))
			continue;
		if (node->right->op == OP_IDENTITY ? !collect(run, to, element) : !apply(run, node->right, element, to))
			return FAILED;
	}
	return DONE;
}

/* left.* */
static enum outcome project_values(struct jmespath_run *run, const struct node *node, const struct value *input,
				   struct collector *to)
{
	const struct value *left = run_absorb(run, node->left, input);

	if (!left)
		return FAILED;
	if (left->type != VALUE_OBJECT)
		return NOT_APPLICABLE;
	/* The fork puts as many nulls before the values as there are members, and projects those too. */
	to->bound = run->strict && !node->right->null_on_null ? UINT32_MAX : left->length;
	for (uint32_t i = 0; run->strict && !node->right->null_on_null && i < left->length; i++) {
		if (!apply(run, node->right, &value_null, to))
			return FAILED;
	}
	for (uint32_t i = 0; i < left->length; i++) {
		if (!apply(run, node->right, &left->u.members[i].value, to))
			return FAILED;
	}
	return DONE;
}

/* Where a slice of `length` elements begins or ends when it was written as `at`. */
static int64_t clamp(int64_t length, int64_t at, bool backwards)
{
	if (at < 0) {
		at += length;
		return at >= 0 ? at : backwards ? -1 : 0;
	}
	if (at >= length)
		return backwards ? length - 1 : length;
	return at;
}

/* left[start:stop:step] */
static enum outcome project_slice(struct jmespath_run *run, const struct node *node, const struct value *input,
				  struct collector *to)
{
	const struct value *left = run_node(run, node->left, input);
	const struct slice *slice = node->u.slice;
	int64_t length, start, stop, step = slice->given[2] ? slice->part[2] : 1;

	if (!left)
		return FAILED;
	if (left->type != VALUE_ARRAY)
		return NOT_APPLICABLE;
	length = left->length;
	if (step == 0) {
		if (run->err)
			error_set(run->err, ERROR_INVALID, "Invalid slice, step cannot be 0");
		return FAILED;
	}
	start = step < 0 ? length - 1 : 0;
	stop = step < 0 ? -1 : length;
	if (slice->given[0])
		start = clamp(length, slice->part[0], step < 0);
	if (slice->given[1])
		stop = clamp(length, slice->part[1], step < 0);
	to->bound = left->length;
	while (step > 0 ? start < stop : start > stop) {
		if (!apply(run, node->right, &left->u.items[start], to))
			return FAILED;
		if (__builtin_add_overflow(start, step, &start))
			break;
	}
	return DONE;
}

static enum outcome run_any(struct jmespath_run *run, const struct node *node, const struct value *input,
			    struct collector *to)
{
	switch (node->op) {
	case OP_PROJECT:
		return project(run, node, input, to);
	case OP_FLATTEN:
		return flatten(run, node, input, to);
	case OP_FILTER:
		return filter(run, node, input, to);
	case OP_VALUES:
		return project_values(run, node, input, to);
	default:
		return project_slice(run, node, input, to);
	}
}

const struct value *run_projection(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	struct collector to = { 0 };

	switch (run_any(run, node, input, &to)) {
	case FAILED:
		return NULL;
	case NOT_APPLICABLE:
		return &value_null;
	default:
		return to.shared ? to.shared : value_of_items(run->arena, to.items, to.count);
	}
}

int run_count(struct jmespath_run *run, const struct node *node, const struct value *input, uint32_t *count)
{
	struct collector to = { .count_only = true };
	enum outcome outcome = run_any(run, node, input, &to);

	*count = to.count;
	return outcome;
}
