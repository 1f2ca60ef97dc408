#include "data/key_index.h"

static uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_key(struct str key, uint64_t seed)
{
	uint64_t hash = mix(seed ^ 0x9e3779b97f4a7c15u, key.n ^ 0xd6e8feb86659fd93u);
	uint64_t word = 0;
	size_t i = 0;

	for (; key.n - i >= 8; i += 8) {
		memcpy(&word, key.p + i, 8);
		hash = mix(hash ^ word, 0xa0761d6478bd642fu ^ seed);
	}
	word = 0;
	if (key.n > i)
		memcpy(&word, key.p + i, key.n - i);
	return mix(hash ^ word, 0xe7037ed1a0b428dbu);
}

size_t key_index_capacity(size_t count)
{
	size_t capacity = 16;

	while (capacity < count * 2)
		capacity *= 2;
	return capacity;
}

void key_index_init(struct key_index *index, uint32_t *slots, size_t capacity, const void *seed)
{
	memset(slots, 0, capacity * sizeof(*slots));
	*index = (struct key_index){ slots, capacity - 1, (uint64_t)(uintptr_t)seed };
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find_slot(const struct key_index *index, const struct member *members, struct str key)
{
	size_t slot = hash_key(key, index->seed) & index->mask;

	while (index->slots[slot] && !str_equal(value_str(&members[index->slots[slot] - 1].key), key))
		slot = (slot + 1) & index->mask;
	return slot;
}

size_t key_index_find(const struct key_index *index, const struct member *members, struct str key)
{
	uint32_t found = index->slots[find_slot(index, members, key)];

	return found ? found - 1 : KEY_INDEX_NONE;
}

size_t key_index_add(struct key_index *index, const struct member *members, struct str key, size_t position)
{
	uint32_t *slot = &index->slots[find_slot(index, members, key)];

	if (*slot)
		return *slot - 1;
	*slot = (uint32_t)position + 1;
	return KEY_INDEX_NONE;
}

struct key_index key_index_of(const struct value *object)
{
	const struct member *members = object->u.members;

	return (struct key_index){ (uint32_t *)(uintptr_t)(members + object->length),
				   key_index_capacity(object->length) - 1, (uint64_t)(uintptr_t)members };
}

struct member *members_alloc(struct arena *arena, size_t count)
{
	size_t slots = count < KEY_INDEX_FROM ? 0 : key_index_capacity(count);
	size_t size;

	/* Decoders count nodes before they come here. */
	if (__builtin_mul_overflow(count, sizeof(struct member), &size))
		size = SIZE_MAX / 8;
	return arena_alloc(arena, size + slots * sizeof(uint32_t));
}

/* One of 64 bits that says "a key like this was seen": spares most comparisons in a small object. */
static uint64_t likeness(const struct value *key)
{
	const unsigned char *text = (const unsigned char *)key->u.text;

	return key->length ? UINT64_C(1) << ((key->length * 5 + text[0] * 3u + text[key->length - 1] * 7u) & 63) : 1;
}

static size_t find_small(const struct member *members, size_t count, const struct value *key)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(value_str(&members[i].key), value_str(key)))
			return i;
	return KEY_INDEX_NONE;
}

size_t members_settle(struct member *members, size_t count, uint8_t *flags,
		      void (*duplicate)(void *context, const struct member *earlier, const struct member *later),
		      void *context)
{
	bool large = count >= KEY_INDEX_FROM;
	struct key_index index;
	uint64_t seen = 0;
	size_t kept = 0;

	*flags = 0;
	if (large)
		key_index_init(&index, (uint32_t *)(members + count), key_index_capacity(count), members);
	for (size_t i = 0; i < count; i++) {
		const struct value *key = &members[i].key;
		size_t same = KEY_INDEX_NONE;

		if (large) {
			same = key_index_add(&index, members, value_str(key), kept);
		} else {
			uint64_t bit = likeness(key);

			if (seen & bit)
				same = find_small(members, kept, key);
			seen |= bit;
		}
		if (same != KEY_INDEX_NONE) {
			if (duplicate)
				duplicate(context, &members[same], &members[i]);
			members[same] = members[i];
		} else if (kept++ != i) {
			members[kept - 1] = members[i];
		}
	}
	if (kept < KEY_INDEX_FROM)
		return kept;
	if (kept < count) {
		key_index_init(&index, (uint32_t *)(members + kept), key_index_capacity(kept), members);
		for (size_t i = 0; i < kept; i++)
			key_index_add(&index, members, value_str(&members[i].key), i);
	}
	*flags = VALUE_INDEXED;
	return kept;
}

struct member *members_seal(struct arena *arena, const struct member *members, size_t count, uint8_t *flags)
{
	struct member *copy = members_alloc(arena, count);

	*flags = 0;
	if (count)
		memcpy(copy, members, count * sizeof(*copy));
	if (count >= KEY_INDEX_FROM)
		members_settle(copy, count, flags, NULL, NULL);
	return copy;
}

int members_compare(const void *a, const void *b)
{
	const struct member *const *x = a, *const *y = b;

	return str_compare(value_str(&(*x)->key), value_str(&(*y)->key));
}
