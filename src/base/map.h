/*
 * base/map.h: a hash map from string to pointer in an arena. Keys are borrowed; there is no removal.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"
#include "base/str.h"

struct map_entry {
	struct str key;
	uint64_t hash;
	void *value;
};

struct map {
	struct arena *arena;
	struct map_entry *entries; /* open addressing; capacity is a power of two; value NULL and key.p NULL is free */
	size_t count, capacity;
};

void map_init(struct map *map, struct arena *arena);
void *map_get(const struct map *map, struct str key);
bool map_has(const struct map *map, struct str key);
/* Puts or replaces. */
void map_put(struct map *map, struct str key, void *value);
/* The slot of a key, made with value NULL when it is new; valid until the next call that adds. */
void **map_slot(struct map *map, struct str key);

#endif
