/*
 * Schemas of custom resources, seen as struct schema.
 */
#include "kube/crd.h"

const struct crd_property *crd_property_find(const struct crd_schema *schema, struct str name)
{
	size_t low = 0, high = schema->property_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_compare(name, schema->properties[middle].name);

		if (order == 0)
			return &schema->properties[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct schema *crd_field(const struct schema *schema, struct str name)
{
	const struct crd_property *property = crd_property_find(crd_of(schema), name);

	return property ? &property->schema->head : NULL;
}

bool crd_field_at(const struct schema *schema, size_t i, struct str *name, const struct schema **field)
{
	const struct crd_schema *custom = crd_of(schema);

	if (i >= custom->property_count)
		return false;
	*name = custom->properties[i].name;
	*field = &custom->properties[i].schema->head;
	return true;
}

bool crd_field_required(const struct schema *schema, struct str name)
{
	const struct crd_property *property = crd_property_find(crd_of(schema), name);

	return property && property->required;
}

const struct schema *crd_items(const struct schema *schema)
{
	const struct crd_schema *custom = crd_of(schema);
	const struct crd_schema *below = custom->items ? custom->items : custom->additional;

	return below ? &below->head : NULL;
}

const struct str *crd_list_keys(const struct schema *schema, size_t *count)
{
	*count = crd_of(schema)->key_count;
	return crd_of(schema)->keys;
}
