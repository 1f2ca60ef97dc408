/*
 * base/arena.h: memory of one document, request or program.
 *
 * Everything allocated lives until arena_reset() or arena_destroy(); nothing is freed one by one. Allocation never
 * returns NULL: out of memory aborts (caps on input are checked by the callers before they allocate). An arena belongs
 * to one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_create(void);
void arena_destroy(struct arena *arena);
/* For _cleanup_(arena_destroyp). */
void arena_destroyp(struct arena **arena);
/* Forgets all allocations and keeps the memory for the next user (a bounded part of it). */
void arena_reset(struct arena *arena);
/* Bytes handed out since the last reset; for budgets. */
size_t arena_used(const struct arena *arena);

/* Aligned to 16 bytes. Contents are undefined (arena_alloc) or zero (arena_zalloc). A size of 0 gives a valid pointer. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zalloc(struct arena *arena, size_t size);
/* count * size with overflow check. */
void *arena_array(struct arena *arena, size_t count, size_t size);
void *arena_copy(struct arena *arena, const void *bytes, size_t size);
/* Makes *array (of `count` used and *capacity elements of `size` bytes) hold at least one more. */
void arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size);

/* Gives back everything allocated after the mark. */
struct arena_point {
	void *chunk;
	size_t used;
	size_t total;
};
struct arena_point arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_point mark);

/*
 * Calls release(object) when the arena forgets (reset, rewind to before this call, destroy); last first. For what is
 * not an arena's memory.
 */
void arena_defer(struct arena *arena, void (*release)(void *object), void *object);

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), sizeof(type)))

/*
 * Appends to a growing array kept as three fields or variables:
 *     struct thing *things; size_t thing_count, thing_capacity;
 *     *ARENA_PUSH(arena, things, thing_count, thing_capacity) = (struct thing){ … };
 */
#define ARENA_PUSH(arena, array, count, capacity) \
	((count) == (capacity) ? arena_grow((arena), (void *)&(array), (count), &(capacity), sizeof(*(array))) : (void)0, \
	 &(array)[(count)++])

#endif
