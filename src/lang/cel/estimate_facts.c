/* Paths and sizes of nodes. */
#include "data/utf8.h"
#include "lang/cel/estimate.h"

static size_t slot_of(const struct cel_expr *node, size_t capacity)
{
	return (size_t)(((uintptr_t)node >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (capacity - 1);
}

static struct node_facts *find(struct node_facts *facts, size_t capacity, const struct cel_expr *node)
{
	size_t i = slot_of(node, capacity);

	while (facts[i].node && facts[i].node != node)
		i = (i + 1) & (capacity - 1);
	return &facts[i];
}

struct node_facts *estimate_facts(struct estimator *e, const struct cel_expr *node)
{
	struct node_facts *found;

	if (e->fact_count * 2 >= e->fact_capacity) {
		size_t capacity = e->fact_capacity ? e->fact_capacity * 2 : 64;
		struct node_facts *grown = arena_array(e->arena, capacity, sizeof(*grown));

		memset(grown, 0, capacity * sizeof(*grown));
		for (size_t i = 0; i < e->fact_capacity; i++)
			if (e->facts[i].node)
				*find(grown, capacity, e->facts[i].node) = e->facts[i];
		e->facts = grown;
		e->fact_capacity = capacity;
	}
	found = find(e->facts, e->fact_capacity, node);
	if (!found->node) {
		found->node = node;
		e->fact_count++;
	}
	return found;
}

const struct estimate_local *estimate_local(const struct estimator *e, struct str name)
{
	for (const struct estimate_local *local = e->locals; local; local = local->outer)
		if (str_equal(local->name, name))
			return local;
	return NULL;
}

static const struct estimate_local *local_of(const struct estimator *e, const struct cel_expr *node)
{
	return node->kind == CEL_EXPR_IDENT ? estimate_local(e, node->u.ident.name) : NULL;
}

struct str estimate_path(struct estimator *e, const struct cel_expr *node)
{
	const struct estimate_local *local = local_of(e, node);

	return local ? local->path : estimate_facts(e, node)->path;
}

void estimate_set_path(struct estimator *e, const struct cel_expr *node, struct str path)
{
	estimate_facts(e, node)->path = path;
}

struct str estimate_subpath(struct estimator *e, struct str path, struct str part)
{
	if (!path.p)
		return part;
	return str_format(e->arena, STR_FMT "." STR_FMT, STR_ARG(path), STR_ARG(part));
}

static uint64_t count_characters(struct str text)
{
	uint64_t count = 0;

	for (size_t i = 0, width; i < text.n; i += width, count++)
		utf8_decode(text.p + i, text.n - i, &width);
	return count;
}

/* What the expression itself says. */
static bool written_size(const struct cel_expr *node, uint64_t *size)
{
	switch (node->kind) {
	case CEL_EXPR_LITERAL:
		if (node->u.literal.kind == CEL_STRING)
			*size = count_characters(cel_str(&node->u.literal));
		else
			*size = node->u.literal.kind == CEL_BYTES ? node->u.literal.length : 1;
		return true;
	case CEL_EXPR_LIST:
		*size = node->u.list.count;
		return true;
	case CEL_EXPR_MAP:
		*size = node->u.map.count;
		return true;
	default:
		return false;
	}
}

static bool is_scalar(const struct cel_type *type)
{
	switch (type->kind) {
	case CEL_TYPE_BOOL:
	case CEL_TYPE_DOUBLE:
	case CEL_TYPE_DURATION:
	case CEL_TYPE_INT:
	case CEL_TYPE_TIMESTAMP:
	case CEL_TYPE_UINT:
		return true;
	case CEL_TYPE_WRAPPER:
		return is_scalar(type->parameters[0]);
	case CEL_TYPE_OPAQUE:
		return cel_type_is_optional(type) && is_scalar(type->parameters[0]);
	default:
		return false;
	}
}

struct size estimate_declared_size(struct estimator *e, struct str path, const struct cel_type *type)
{
	struct size size = { .known = false };

	if (e->size_of)
		size.known = path.p && e->size_of(e->data, path, &size.range);
	else if (type->max_size)
		size = (struct size){ true, { 0, type->max_size } };
	return size;
}

struct size estimate_size(struct estimator *e, const struct cel_expr *node)
{
	struct node_facts *facts = estimate_facts(e, node);
	const struct estimate_local *local;
	uint64_t written;
	struct size size;

	if (facts->size.known)
		return facts->size;
	if (written_size(node, &written))
		return (struct size){ true, estimate_exactly(written) };
	size = estimate_declared_size(e, estimate_path(e, node), node->type);
	if (size.known) {
		estimate_set_size(e, node, size);
		return size;
	}
	if (is_scalar(node->type))
		return (struct size){ true, estimate_exactly(1) };
	local = local_of(e, node);
	return local ? local->size : size;
}

struct cel_range estimate_size_or_unknown(struct estimator *e, const struct cel_expr *node)
{
	struct size size = estimate_size(e, node);

	return size.known ? size.range : (struct cel_range){ 0, UINT64_MAX };
}

void estimate_set_size(struct estimator *e, const struct cel_expr *node, struct size size)
{
	if (size.known)
		estimate_facts(e, node)->size = size;
}

struct entry_size estimate_entry(struct estimator *e, const struct cel_expr *node)
{
	const struct node_facts *facts = estimate_facts(e, node);
	const struct estimate_local *local;

	if (facts->entry.known)
		return facts->entry;
	local = local_of(e, node);
	return local ? local->entry : (struct entry_size){ .known = false };
}

void estimate_set_entry(struct estimator *e, const struct cel_expr *node, struct entry_size entry)
{
	if (entry.known)
		estimate_facts(e, node)->entry = entry;
}

struct entry_size estimate_entry_union(struct entry_size a, struct entry_size b)
{
	if (!a.known || !b.known)
		return (struct entry_size){ .known = false };
	return (struct entry_size){
		true, a.is_list, cel_range_union(a.key, b.key), cel_range_union(a.value, b.value),
	};
}
