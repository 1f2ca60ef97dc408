/* Making lists, maps, structs; optionals; comprehensions. */
#include "lang/cel/plan.h"

/* An optional element: false when it is none and left out, or when *out is the error that it is no optional. */
static bool unwrap(struct cel_run *run, const struct cel_node *node, const char *what, const struct cel_value *key,
		   struct cel_value *v, struct cel_value *out)
{
	out->kind = CEL_NULL;
	if (v->kind == CEL_OPTIONAL) {
		if (!v->u.optional)
			return false;
		*v = *v->u.optional;
		return true;
	}
	run->offset = node->offset;
	if (key)
		*out = cel_fail(run, "cannot initialize optional entry '" STR_FMT "' from non-optional value " STR_FMT,
				STR_ARG(key_text(run->arena, key)), STR_ARG(key_text(run->arena, v)));
	else
		*out = cel_fail(run, "%s " STR_FMT, what, STR_ARG(key_text(run->arena, v)));
	return false;
}

#define COST_OF_LIST 10
#define COST_OF_MAP 30
#define COST_OF_STRUCT 40

void evaluate_list(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_list *list = (const struct node_list *)node;
	struct cel_value *items = arena_array(run->arena, list->count, sizeof(*items));
	size_t count = 0;

	run->cost += COST_OF_LIST;
	for (size_t i = 0; i < list->count; i++) {
		struct cel_value *item = &items[count];

		node_run(list->items[i], run, item);
		if (cel_is_error(*item)) {
			*out = *item;
			return;
		}
		if (list->optional && list->optional[i] &&
		    !unwrap(run, node, "cannot initialize optional list element from non-optional value", NULL, item,
			    out)) {
			if (cel_is_error(*out))
				return;
			continue;
		}
		count++;
	}
	*out = cel_of_items(items, count);
}

/* In cel-go a key may be anything and the last of equal ones wins; the specification is stricter. */
static bool refuse_key(struct cel_run *run, const struct cel_node *node, const struct growing *entries,
		       const struct cel_value *key, struct cel_value *out)
{
	run->offset = node->offset;
	if (key->kind != CEL_STRING && key->kind != CEL_BOOL && key->kind != CEL_INT && key->kind != CEL_UINT)
		*out = cel_fail(run, "unsupported key type");
	else if (growing_find(entries, key, false) != SIZE_MAX)
		*out = cel_fail(run, "Failed with repeated key");
	else
		return false;
	return true;
}

/* The last of equal keys wins; an optional none takes an earlier one away. False: *out is an error. */
static bool add_entry(struct cel_run *run, const struct cel_node *node, const struct node_entry *entry,
		      struct growing *entries, struct cel_entry *pair, struct cel_value *out)
{
	size_t at = growing_find(entries, &pair->key, true);

	if (entry->optional && !unwrap(run, node, NULL, &pair->key, &pair->value, out)) {
		if (cel_is_error(*out))
			return false;
		if (at != SIZE_MAX)
			growing_remove(run->arena, entries, at);
	} else if (at != SIZE_MAX) {
		entries->entries[at] = *pair;
	} else {
		growing_put(run->arena, entries, pair);
	}
	return true;
}

void evaluate_map(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_map *map = (const struct node_map *)node;
	struct growing entries = { .capacity = map->count };

	entries.entries = arena_array(run->arena, map->count, sizeof(*entries.entries));
	run->cost += COST_OF_MAP;
	for (size_t i = 0; i < map->count; i++) {
		const struct node_entry *entry = &map->entries[i];
		struct cel_entry pair;

		node_run(entry->key, run, &pair.key);
		if (cel_is_error(pair.key)) {
			*out = pair.key;
			return;
		}
		if (map->strict && refuse_key(run, node, &entries, &pair.key, out))
			return;
		node_run(entry->value, run, &pair.value);
		if (cel_is_error(pair.value)) {
			*out = pair.value;
			return;
		}
		if (!add_entry(run, node, entry, &entries, &pair, out))
			return;
	}
	*out = cel_of_entries(run->arena, entries.entries, entries.count);
}

void evaluate_struct(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_map *map = (const struct node_map *)node;
	struct cel_message *message = ARENA_NEW(run->arena, struct cel_message);
	struct cel_message_field *fields = arena_array(run->arena, map->count, sizeof(*fields));

	run->cost += COST_OF_STRUCT;
	for (size_t i = 0; i < map->count; i++) {
		const struct node_entry *entry = &map->entries[i];
		struct cel_value value, key = cel_of_str(entry->field);

		node_run(entry->value, run, &value);
		if (cel_is_error(value)) {
			*out = value;
			return;
		}
		if (entry->optional && !unwrap(run, node, NULL, &key, &value, out)) {
			if (cel_is_error(*out))
				return;
			continue;
		}
		fields[message->count++] = (struct cel_message_field){ entry->field, value };
	}
	message->type = map->type;
	message->fields = fields;
	run->offset = node->offset;
	if (!evaluate_well_known(run, message, out))
		*out = (struct cel_value){ .kind = CEL_STRUCT, .u.message = message };
}

void evaluate_or(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_or * or = (const struct node_or *)node;

	node_run(or->left, run, out);
	if (out->kind != CEL_OPTIONAL)
		return;
	if (!out->u.optional)
		node_run(or->right, run, out);
	else if (or->unwraps)
		cel_copy(out, out->u.optional);
}

void evaluate_block(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_block *block = (const struct node_block *)node;

	for (size_t i = 0; i < block->count; i++)
		run->locals[block->slots[i]].kind = LOCAL_UNSET;
	node_run(block->result, run, out);
}
