/*
 * Comprehensions of two variables (cel-go ext/comprehensions.go): macros, and what transformMap builds its map with.
 * The evaluator adds to the map of a loop in place; these are for maps from elsewhere.
 */
#include "lang/cel/library.h"

static struct cel_value insert(struct cel_run *run, const struct cel_value *map, const struct cel_value *update)
{
	size_t before = cel_map_count(map), more = cel_map_count(update);
	struct cel_entry *entries = arena_array(run->arena, before + more, sizeof(*entries));

	for (size_t i = 0; i < before; i++)
		cel_entry_at(map, i, &entries[i].key, &entries[i].value);
	for (size_t i = 0; i < more; i++) {
		struct cel_entry *entry = &entries[before + i];
		struct cel_value found;

		cel_entry_at(update, i, &entry->key, &entry->value);
		if (cel_map_find(map, &entry->key, &found)) {
			struct str key = entry->key.kind == CEL_STRING ? cel_str(&entry->key)
								       : cel_text(run->arena, &entry->key);

			return cel_fail(run, "insert failed: key " STR_FMT " already exists", STR_ARG(key));
		}
	}
	return cel_of_entries(run->arena, entries, before + more);
}

static CEL_BODY(insert_entry)
{
	const struct cel_entry entry = { arguments[1], arguments[2] };
	struct cel_value update = cel_of_entries(run->arena, &entry, 1);

	return arguments[0].kind == CEL_MAP ? insert(run, &arguments[0], &update) : cel_no_overload(run);
}

static CEL_BODY(insert_map)
{
	return arguments[0].kind == CEL_MAP && arguments[1].kind == CEL_MAP ? insert(run, &arguments[0], &arguments[1])
									    : cel_no_overload(run);
}

static const struct cel_function functions[] = {
	{ .name = "cel.@mapInsert", .signature = "(map(K, V), K, V) -> map(K, V)", .evaluate = insert_entry },
	{ .name = "cel.@mapInsert", .signature = "(map(K, V), map(K, V)) -> map(K, V)", .evaluate = insert_map },
	{ .name = NULL },
};

const struct cel_library cel_two_variables_library = {
	.name = "cel.lib.ext.comprev2",
	.functions = functions,
	.macros = CEL_MACRO_TWO_VARIABLES,
};
