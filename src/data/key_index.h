/*
 * data/key_index.h: finding keys in large objects. Private to data/.
 *
 * A table of member positions, open addressing, sized a power of two and at most half full. The hash is seeded with an
 * address, so that a document cannot be made to collide on purpose.
 */
#ifndef DATA_KEY_INDEX_H
#define DATA_KEY_INDEX_H

#include "data/value.h"

/* Below this many members a linear search is faster than a table. */
#define KEY_INDEX_FROM 24

struct key_index {
	uint32_t *slots;        /* position + 1; 0 is free */
	size_t mask;
	uint64_t seed;
};

#define KEY_INDEX_NONE ((size_t)-1)

/* Slots for `count` members. */
size_t key_index_capacity(size_t count);
/* Zeroes `slots` (of key_index_capacity() elements). */
void key_index_init(struct key_index *index, uint32_t *slots, size_t capacity, const void *seed);
/* The position of the key among the members, or KEY_INDEX_NONE. */
size_t key_index_find(const struct key_index *index, const struct member *members, struct str key);
/* The position of a member that has the key already; else KEY_INDEX_NONE, and the key is put there as `position`. */
size_t key_index_add(struct key_index *index, const struct member *members, struct str key, size_t position);

/* The index that lies behind the members of an object with VALUE_INDEXED. */
struct key_index key_index_of(const struct value *object);
/* Room for `count` members and the index behind them. */
struct member *members_alloc(struct arena *arena, size_t count);
/*
 * Makes the keys of members_alloc()ed members unique (the last one wins and takes the place of the first) and builds
 * the index when they are many; *flags gets VALUE_INDEXED or 0. Returns how many are left. `duplicate` (may be NULL) is
 * told of every member that is dropped.
 */
size_t members_settle(struct member *members, size_t count, uint8_t *flags,
		      void (*duplicate)(void *context, const struct member *earlier, const struct member *later),
		      void *context);
/* Both at once for a copy of members that are known to be unique. */
struct member *members_seal(struct arena *arena, const struct member *members, size_t count, uint8_t *flags);

/* For qsort() of pointers to members: by key, bytewise. */
int members_compare(const void *a, const void *b);

#endif
