/*
 * Built-in kinds: looking things up in the embedded table.
 */
#include "kube/crd.h"
#include "kube/schema_table.h"

static const struct str no_name = { "", 0 };

const struct schema *schema_of_kind(struct gvk gvk)
{
	size_t low = 0, high = schema_kind_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct schema_kind *known = &schema_kinds[middle];
		int order = str_compare(gvk.kind, schema_name(known->kind));

		if (order == 0)
			order = str_compare(gvk.group, schema_name(known->group));
		if (order == 0)
			order = str_compare(gvk.version, schema_name(known->version));
		if (order == 0)
			return &schema_nodes[known->node];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

enum schema_type schema_type(const struct schema *schema)
{
	return schema->type;
}

const struct schema_member *schema_member_find(const struct schema *schema, struct str name)
{
	size_t low = 0, high = schema->count;

	if (schema->type != SCHEMA_OBJECT)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct schema_member *member = &schema_members[schema->first + middle];
		int order = str_compare(name, schema_name(member->name));

		if (order == 0)
			return member;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct schema *schema_field(const struct schema *schema, struct str name)
{
	const struct schema_member *member;

	if (schema->flags & NODE_CUSTOM)
		return crd_field(schema, name);
	member = schema_member_find(schema, name);
	return member ? &schema_nodes[member->node] : NULL;
}

bool schema_field_at(const struct schema *schema, size_t i, struct str *name, const struct schema **field)
{
	const struct schema_member *member;

	if (schema->flags & NODE_CUSTOM)
		return crd_field_at(schema, i, name, field);
	if (schema->type != SCHEMA_OBJECT || i >= schema->count)
		return false;
	member = &schema_members[schema->first + i];
	*name = schema_name(member->name);
	*field = &schema_nodes[member->node];
	return true;
}

bool schema_field_required(const struct schema *schema, struct str name)
{
	const struct schema_member *member;

	if (schema->flags & NODE_CUSTOM)
		return crd_field_required(schema, name);
	member = schema_member_find(schema, name);
	return member && member->flags & MEMBER_REQUIRED;
}

const struct schema *schema_items(const struct schema *schema)
{
	if (schema->flags & NODE_CUSTOM)
		return crd_items(schema);
	return schema->type == SCHEMA_ARRAY || schema->type == SCHEMA_MAP ? &schema_nodes[schema->first] : NULL;
}

enum schema_list schema_list_type(const struct schema *schema)
{
	return schema->flags & NODE_MAP_LIST ? SCHEMA_LIST_MAP
	       : schema->flags & NODE_SET    ? SCHEMA_LIST_SET
					     : SCHEMA_LIST_ATOMIC;
}

const struct str *schema_list_keys(const struct schema *schema, size_t *count)
{
	const struct schema_key_set *set;

	if (schema->flags & NODE_CUSTOM)
		return crd_list_keys(schema, count);
	set = &schema_key_sets[schema->keys];
	*count = set->count;
	return &schema_keys[set->first];
}

struct str schema_merge_key(const struct schema *schema)
{
	return schema->flags & NODE_CUSTOM ? no_name : schema_name(schema->merge_key);
}

bool schema_is_atomic(const struct schema *schema)
{
	return schema->flags & NODE_ATOMIC;
}
