/* Maps that expressions make: search tables of the large ones. */
#include "lang/cel/plan.h"

/* From this many entries on a table is faster than looking at each. */
#define INDEX_FROM 9

/*
 * Equal for keys that are equal: a number that an int can hold has that int's hash, whatever its type. The seed makes
 * collisions unforeseeable for who writes the keys.
 */
static uint64_t hash_key(const struct cel_value *key, uint64_t seed)
{
	uint64_t h;

	switch (key->kind) {
	case CEL_STRING:
	case CEL_BYTES:
		h = str_hash(cel_str(key));
		break;
	case CEL_DOUBLE:
		/* Doubles beyond what both ints hold have no int that equals them; any hash will do. */
		if (key->u.number >= -9223372036854775808.0 && key->u.number < 9223372036854775808.0)
			h = (uint64_t)(int64_t)key->u.number;
		else
			h = 1;
		break;
	case CEL_UINT:
		/* A large uint may equal a double beyond int64. */
		h = key->u.uinteger > INT64_MAX ? 1 : key->u.uinteger;
		break;
	case CEL_BOOL:
		h = key->u.boolean;
		break;
	default:
		h = (uint64_t)key->u.integer;
		break;
	}
	h = (h ^ seed) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ h >> 29;
}

static size_t index_capacity(size_t count)
{
	size_t capacity = 16;

	while (capacity < count * 2)
		capacity *= 2;
	return capacity;
}

/* The position of the key, or SIZE_MAX. */
static size_t find_entry(const struct cel_map *map, const struct cel_value *key)
{
	size_t mask, slot;

	if (!map->index) {
		for (size_t i = 0; i < map->count; i++)
			if (cel_equal(&map->entries[i].key, key))
				return i;
		return SIZE_MAX;
	}
	mask = index_capacity(map->count) - 1;
	for (slot = hash_key(key, (uintptr_t)map->index) & mask; map->index[slot]; slot = (slot + 1) & mask)
		if (cel_equal(&map->entries[map->index[slot] - 1].key, key))
			return map->index[slot] - 1;
	return SIZE_MAX;
}

struct cel_value cel_of_entries(struct arena *arena, const struct cel_entry *entries, size_t count)
{
	struct cel_map *map = ARENA_NEW(arena, struct cel_map);

	map->entries = entries;
	map->count = count;
	if (count >= INDEX_FROM && count < UINT32_MAX / 4) {
		size_t capacity = index_capacity(count);
		uint32_t *index = arena_zalloc(arena, capacity * sizeof(*index));

		for (size_t i = 0; i < count; i++) {
			size_t slot = hash_key(&entries[i].key, (uintptr_t)index) & (capacity - 1);

			while (index[slot])
				slot = (slot + 1) & (capacity - 1);
			index[slot] = (uint32_t)i + 1;
		}
		map->index = index;
	}
	return (struct cel_value){ .kind = CEL_MAP, .length = (uint32_t)count, .u.map = map };
}

bool cel_map_find(const struct cel_value *map, const struct cel_value *key, struct cel_value *out)
{
	size_t i;

	if (map->flags & CEL_DATA)
		return key->kind == CEL_STRING && cel_map_find_str(map, cel_str(key), out);
	i = find_entry(map->u.map, key);
	if (i == SIZE_MAX)
		return false;
	*out = map->u.map->entries[i].value;
	return true;
}

/* -- lists and maps that grow in place ------------------------------------------------------------------------- */

struct cel_value growing_start(struct arena *arena, uint8_t kind)
{
	struct growing *growing = ARENA_NEW(arena, struct growing);

	return (struct cel_value){ .kind = kind, .flags = CEL_GROWING, .u.object = growing };
}

void growing_append(struct arena *arena, struct cel_value *list, const struct cel_value *item)
{
	struct growing *growing = (struct growing *)list->u.object;

	*ARENA_PUSH(arena, growing->items, growing->count, growing->capacity) = *item;
	list->length = (uint32_t)growing->count;
}

static void index_entries(struct arena *arena, struct growing *growing)
{
	size_t capacity = index_capacity(growing->count * 2);

	growing->index = arena_zalloc(arena, capacity * sizeof(*growing->index));
	growing->index_capacity = capacity;
	for (size_t i = 0; i < growing->count; i++) {
		size_t slot = hash_key(&growing->entries[i].key, (uintptr_t)growing->index) & (capacity - 1);

		while (growing->index[slot])
			slot = (slot + 1) & (capacity - 1);
		growing->index[slot] = (uint32_t)i + 1;
	}
}

static bool same_key(const struct cel_value *a, const struct cel_value *b, bool exact)
{
	return (!exact || a->kind == b->kind) && cel_equal(a, b);
}

size_t growing_find(const struct growing *growing, const struct cel_value *key, bool exact)
{
	size_t slot;

	if (!growing->index) {
		for (size_t i = 0; i < growing->count; i++)
			if (same_key(&growing->entries[i].key, key, exact))
				return i;
		return SIZE_MAX;
	}
	slot = hash_key(key, (uintptr_t)growing->index) & (growing->index_capacity - 1);
	for (; growing->index[slot]; slot = (slot + 1) & (growing->index_capacity - 1))
		if (same_key(&growing->entries[growing->index[slot] - 1].key, key, exact))
			return growing->index[slot] - 1;
	return SIZE_MAX;
}

void growing_put(struct arena *arena, struct growing *growing, const struct cel_entry *entry)
{
	size_t slot;

	*ARENA_PUSH(arena, growing->entries, growing->count, growing->capacity) = *entry;
	if (growing->count < INDEX_FROM)
		return;
	if (growing->count * 2 > growing->index_capacity) {
		index_entries(arena, growing);
		return;
	}
	slot = hash_key(&entry->key, (uintptr_t)growing->index) & (growing->index_capacity - 1);
	while (growing->index[slot])
		slot = (slot + 1) & (growing->index_capacity - 1);
	growing->index[slot] = (uint32_t)growing->count;
}

void growing_remove(struct arena *arena, struct growing *growing, size_t at)
{
	memmove(&growing->entries[at], &growing->entries[at + 1],
		(growing->count - at - 1) * sizeof(*growing->entries));
	growing->count--;
	if (growing->index)
		index_entries(arena, growing);
}

bool growing_insert(struct arena *arena, struct cel_value *map, const struct cel_value *key,
		    const struct cel_value *value)
{
	struct growing *growing = (struct growing *)map->u.object;

	if (growing_find(growing, key, false) != SIZE_MAX)
		return false;
	growing_put(arena, growing, &(struct cel_entry){ *key, *value });
	map->length = (uint32_t)growing->count;
	return true;
}

struct cel_value growing_finish(struct arena *arena, struct cel_value v)
{
	const struct growing *growing = v.u.object;

	if (!(v.flags & CEL_GROWING))
		return v;
	if (v.kind == CEL_LIST)
		return cel_of_items(growing->items, growing->count);
	return cel_of_entries(arena, growing->entries, growing->count);
}
