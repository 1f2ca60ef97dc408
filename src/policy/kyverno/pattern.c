/* Compiling patterns: what every key and leaf means is found out once. */
#include "policy/kyverno/pattern_node.h"

#include "base/map.h"
#include "data/glob.h"

struct compiler {
	struct arena *arena;
	struct map slots;               /* the raw key of an anchor → its slot plus one */
	uint32_t slot_count;
};

static const struct pattern null_pattern = { .kind = NODE_NULL, .at = &value_null };

enum anchor anchor_parse(struct str key, struct str *inner)
{
	static const enum anchor modifiers[256] = {
		['<'] = ANCHOR_GLOBAL, ['X'] = ANCHOR_NEGATION, ['+'] = ANCHOR_ADD, ['='] = ANCHOR_EQUALITY,
		['^'] = ANCHOR_EXISTENCE,
	};
	enum anchor anchor = ANCHOR_CONDITION;
	struct str s = key;

	*inner = key;
	/* Most keys are not anchors: they do not end in ')' even with white space behind. */
	if (s.n < 3 || (s.p[s.n - 1] != ')' && (unsigned char)s.p[s.n - 1] > ' '))
		return ANCHOR_NONE;
	s = str_trim(s);
	if (s.n > 0 && modifiers[(unsigned char)s.p[0]] != ANCHOR_NONE) {
		anchor = modifiers[(unsigned char)s.p[0]];
		s = str_skip(s, 1);
	}
	if (s.n < 3 || s.p[0] != '(' || s.p[s.n - 1] != ')')
		return ANCHOR_NONE;
	s = str_slice(s, 1, s.n - 1);
	if (str_find_char(s, '\n', 0) != STR_NOT_FOUND)
		return ANCHOR_NONE;
	*inner = s;
	return anchor;
}

static bool comes_first(enum anchor anchor)
{
	return anchor == ANCHOR_CONDITION || anchor == ANCHOR_EXISTENCE || anchor == ANCHOR_EQUALITY ||
	       anchor == ANCHOR_NEGATION;
}

static bool goes_front(const struct entry *entry)
{
	return entry->anchor == ANCHOR_GLOBAL || entry->child->anchored;
}

static int by_raw_key(const void *a, const void *b)
{
	return str_compare(((const struct entry *)a)->raw, ((const struct entry *)b)->raw);
}

/*
 * Anchors by key. Of the rest, those that are or hold anchors come first, and Kyverno puts each of them in front of
 * what is there already: they end up in descending order; the others follow in ascending order.
 */
void pattern_order(struct entry *entries, struct pattern *node)
{
	struct entry few[32], *sorted = few, *many = NULL;
	uint32_t n = node->count, front = 0, back, done;

	node->u.entries = entries;
	node->anchors = 0;
	node->has_slots = false;
	node->anchored = false;
	if (n > 1)
		qsort(entries, n, sizeof(*entries), by_raw_key);
	if (n > 32) {
		many = calloc(n, sizeof(*many));
		if (!many)
			abort();
		sorted = many;
	}
	if (n > 0)
		memcpy(sorted, entries, n * sizeof(*sorted));
	for (uint32_t i = 0; i < n; i++) {
		bool first = comes_first((enum anchor)sorted[i].anchor);

		node->anchors += first;
		node->anchored |= first || goes_front(&sorted[i]);
		node->has_slots |= sorted[i].slot != NO_SLOT;
		if (!first && goes_front(&sorted[i]))
			front++;
	}
	done = 0;
	back = node->anchors + front;
	front = back;
	for (uint32_t i = 0; i < n; i++) {
		if (comes_first((enum anchor)sorted[i].anchor))
			entries[done++] = sorted[i];
		else if (goes_front(&sorted[i]))
			entries[--front] = sorted[i];
		else
			entries[back++] = sorted[i];
	}
	free(many);
}

/* Equal keys share a slot: Kyverno asks only whether the key was found in any of their places. */
static uint32_t slot_of(struct compiler *compiler, enum anchor anchor, struct str raw)
{
	void **slot;

	if (anchor != ANCHOR_CONDITION && anchor != ANCHOR_EXISTENCE)
		return NO_SLOT;
	if (!compiler->slots.arena)
		map_init(&compiler->slots, compiler->arena);
	slot = map_slot(&compiler->slots, raw);
	if (!*slot)
		*slot = (void *)(uintptr_t)++compiler->slot_count;
	return (uint32_t)(uintptr_t)*slot - 1;
}

static const struct pattern *compile(struct compiler *compiler, const struct value *v, int depth);

static void compile_object(struct compiler *compiler, const struct value *v, struct pattern *node, int depth)
{
	struct entry *entries = arena_array(compiler->arena, v->length, sizeof(*entries)), *entry = entries;

	node->count = v->length;
	for (MEMBER_EACH(m, v)) {
		memset(entry, 0, sizeof(*entry));
		entry->raw = value_str(&m->key);
		entry->anchor = (uint8_t)anchor_parse(entry->raw, &entry->key);
		if (entry->anchor == ANCHOR_ADD)
			entry->key = entry->raw;
		entry->slot = slot_of(compiler, (enum anchor)entry->anchor, entry->raw);
		entry->star = (entry->anchor == ANCHOR_NONE || entry->anchor == ANCHOR_ADD) &&
			      str_is(value_str(&m->value), "*");
		entry->child = compile(compiler, &m->value, depth + 1);
		entry++;
	}
	pattern_order(entries, node);
}

static const struct pattern *compile(struct compiler *compiler, const struct value *v, int depth)
{
	static const uint8_t kinds[] = {
		[VALUE_NULL] = NODE_NULL, [VALUE_BOOL] = NODE_BOOL, [VALUE_INT] = NODE_INT, [VALUE_FLOAT] = NODE_FLOAT,
		[VALUE_STRING] = NODE_STRING, [VALUE_ARRAY] = NODE_ARRAY, [VALUE_OBJECT] = NODE_OBJECT,
	};
	struct pattern *node;

	if (!v)
		return &null_pattern;
	node = ARENA_NEW(compiler->arena, struct pattern);
	node->kind = depth > PATTERN_DEPTH_MAX ? NODE_TOO_DEEP : kinds[v->type];
	node->at = v;
	if (node->kind == NODE_STRING) {
		leaf_compile(compiler->arena, value_str(v), &node->u.leaf);
	} else if (node->kind == NODE_OBJECT) {
		compile_object(compiler, v, node, depth);
	} else if (node->kind == NODE_ARRAY) {
		const struct pattern **items = arena_array(compiler->arena, v->length, sizeof(*items));

		node->count = v->length;
		for (uint32_t i = 0; i < v->length; i++) {
			items[i] = compile(compiler, &v->u.items[i], depth + 1);
			node->anchored |= items[i]->anchored;
		}
		node->u.items = items;
	}
	return node;
}

/* Keys with wildcards are to be replaced by the resource's; entries that are no strings fall away then. */
static bool needs_expansion(const struct pattern *tag)
{
	for (uint32_t i = 0; i < tag->count; i++)
		if (tag->u.entries[i].child->kind != NODE_STRING || glob_is_pattern(tag->u.entries[i].raw))
			return true;
	return false;
}

/* The nodes were made a moment ago by this file and nobody else has seen them yet. */
static struct pattern *writable(const struct pattern *node)
{
	return (struct pattern *)(uintptr_t)node;
}

static void mark_tags(const struct pattern *metadata)
{
	for (uint32_t i = 0; i < metadata->count; i++) {
		const struct entry *entry = &metadata->u.entries[i];

		if (entry->child->kind == NODE_OBJECT &&
		    (str_is(entry->key, "labels") || str_is(entry->key, "annotations")))
			writable(entry->child)->expands = needs_expansion(entry->child);
	}
}

/* Wildcards in keys work below every "metadata" of the pattern, wherever it stands. */
static void mark_metadata(const struct pattern *node)
{
	if (node->kind == NODE_OBJECT) {
		for (uint32_t i = 0; i < node->count; i++) {
			const struct entry *entry = &node->u.entries[i];

			if (entry->child->kind == NODE_OBJECT && str_is(entry->key, "metadata"))
				mark_tags(entry->child);
			mark_metadata(entry->child);
		}
	} else if (node->kind == NODE_ARRAY) {
		for (uint32_t i = 0; i < node->count; i++)
			mark_metadata(node->u.items[i]);
	}
}

const struct pattern *pattern_compile(struct arena *arena, const struct value *pattern)
{
	struct compiler compiler = { .arena = arena };
	const struct pattern *root = compile(&compiler, pattern, 0);

	if (root != &null_pattern) {
		mark_metadata(root);
		writable(root)->slots = compiler.slot_count;
	}
	return root;
}
