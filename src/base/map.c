#include "base/map.h"

void map_init(struct map *map, struct arena *arena)
{
	*map = (struct map){ .arena = arena };
}

static struct map_entry *find(const struct map *map, struct str key, uint64_t hash)
{
	size_t mask = map->capacity - 1;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct map_entry *entry = &map->entries[i];

		if (!entry->key.p || (entry->hash == hash && str_equal(entry->key, key)))
			return entry;
	}
}

static void grow(struct map *map)
{
	struct map bigger = { .arena = map->arena, .count = map->count };

	bigger.capacity = map->capacity ? map->capacity * 2 : 16;
	bigger.entries = arena_array(map->arena, bigger.capacity, sizeof(*bigger.entries));
	memset(bigger.entries, 0, bigger.capacity * sizeof(*bigger.entries));
	for (size_t i = 0; i < map->capacity; i++)
		if (map->entries[i].key.p)
			*find(&bigger, map->entries[i].key, map->entries[i].hash) = map->entries[i];
	*map = bigger;
}

void *map_get(const struct map *map, struct str key)
{
	return map->count ? find(map, key, str_hash(key))->value : NULL;
}

bool map_has(const struct map *map, struct str key)
{
	return map->count && find(map, key, str_hash(key))->key.p;
}

void **map_slot(struct map *map, struct str key)
{
	uint64_t hash = str_hash(key);
	struct map_entry *entry;

	if (map->count * 4 >= map->capacity * 3)
		grow(map);
	entry = find(map, key, hash);
	if (!entry->key.p) {
		entry->key = key.p ? key : STR("");
		entry->hash = hash;
		map->count++;
	}
	return &entry->value;
}

void map_put(struct map *map, struct str key, void *value)
{
	*map_slot(map, key) = value;
}
