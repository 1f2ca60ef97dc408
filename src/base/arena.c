#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define RED_ZONE 16
#else
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#define RED_ZONE 0
#endif

#define ALIGNMENT 16
#define FIRST_CHUNK (64 * 1024 - 64)
#define LARGEST_CHUNK (4 * 1024 * 1024)
/* What a reset keeps for the next user. */
#define KEEP (1024 * 1024)

struct chunk {
	struct chunk *previous;
	size_t size, used;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

/* Lies in the arena itself. */
struct deferred {
	struct deferred *previous;
	void (*release)(void *object);
	void *object;
	size_t total;           /* of the arena when it was asked for */
};

struct arena {
	struct chunk *chunk;
	struct deferred *deferred;
	size_t total;
};

static void out_of_memory(size_t size)
{
	fprintf(stderr, "biro: out of memory (%zu bytes wanted)\n", size);
	abort();
}

static struct chunk *chunk_new(struct chunk *previous, size_t size)
{
	struct chunk *chunk;

	if (size > SIZE_MAX / 2)
		out_of_memory(size);
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		out_of_memory(size);
	chunk->previous = previous;
	chunk->size = size;
	chunk->used = 0;
	POISON(chunk->bytes, size);
	return chunk;
}

static void chunk_free(struct chunk *chunk)
{
	UNPOISON(chunk->bytes, chunk->size);
	free(chunk);
}

struct arena *arena_create(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		out_of_memory(sizeof(*arena));
	arena->chunk = chunk_new(NULL, FIRST_CHUNK);
	return arena;
}

/* What was asked for when more than `total` bytes had been handed out. */
static void release_deferred(struct arena *arena, size_t total)
{
	struct deferred *deferred = arena->deferred;

	while (deferred && deferred->total > total) {
		deferred->release(deferred->object);
		deferred = deferred->previous;
	}
	arena->deferred = deferred;
}

void arena_defer(struct arena *arena, void (*release)(void *object), void *object)
{
	struct deferred *deferred = arena_alloc(arena, sizeof(*deferred));

	*deferred = (struct deferred){ arena->deferred, release, object, arena->total };
	arena->deferred = deferred;
}

void arena_destroy(struct arena *arena)
{
	if (!arena)
		return;
	release_deferred(arena, 0);
	for (struct chunk *chunk = arena->chunk; chunk;) {
		struct chunk *previous = chunk->previous;

		chunk_free(chunk);
		chunk = previous;
	}
	free(arena);
}

void arena_destroyp(struct arena **arena)
{
	arena_destroy(*arena);
}

void arena_reset(struct arena *arena)
{
	struct chunk *keep = NULL;

	release_deferred(arena, 0);
	for (struct chunk *chunk = arena->chunk; chunk;) {
		struct chunk *previous = chunk->previous;

		if (chunk->size <= KEEP && (!keep || chunk->size > keep->size)) {
			if (keep)
				chunk_free(keep);
			keep = chunk;
		} else {
			chunk_free(chunk);
		}
		chunk = previous;
	}
	if (!keep)
		keep = chunk_new(NULL, FIRST_CHUNK);
	keep->previous = NULL;
	keep->used = 0;
	POISON(keep->bytes, keep->size);
	arena->chunk = keep;
	arena->total = 0;
}

size_t arena_used(const struct arena *arena)
{
	return arena->total;
}

static void *alloc_slow(struct arena *arena, size_t need)
{
	size_t size = arena->chunk->size * 2;

	if (size > LARGEST_CHUNK)
		size = LARGEST_CHUNK;
	if (size < need)
		size = need;
	arena->chunk = chunk_new(arena->chunk, size);
	arena->chunk->used = need;
	return arena->chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct chunk *chunk = arena->chunk;
	size_t need;
	void *p;

	if (size > SIZE_MAX / 4)
		out_of_memory(size);
	need = (size + RED_ZONE + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (chunk->size - chunk->used >= need) {
		p = chunk->bytes + chunk->used;
		chunk->used += need;
	} else {
		p = alloc_slow(arena, need);
	}
	arena->total += need;
	UNPOISON(p, size);
	return p;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory(SIZE_MAX);
	return arena_alloc(arena, bytes);
}

void *arena_copy(struct arena *arena, const void *bytes, size_t size)
{
	void *p = arena_alloc(arena, size);

	if (size)
		memcpy(p, bytes, size);
	return p;
}

void arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t size)
{
	void *old, *grown;
	size_t more = *capacity ? *capacity * 2 : 8;

	memcpy(&old, array, sizeof(old));
	grown = arena_array(arena, more, size);
	if (count)
		memcpy(grown, old, count * size);
	memcpy(array, &grown, sizeof(grown));
	*capacity = more;
}

struct arena_point arena_mark(const struct arena *arena)
{
	return (struct arena_point){ arena->chunk, arena->chunk->used, arena->total };
}

void arena_rewind(struct arena *arena, struct arena_point mark)
{
	release_deferred(arena, mark.total);
	while (arena->chunk != mark.chunk) {
		struct chunk *previous = arena->chunk->previous;

		chunk_free(arena->chunk);
		arena->chunk = previous;
	}
	arena->chunk->used = mark.used;
	arena->total = mark.total;
	POISON(arena->chunk->bytes + mark.used, arena->chunk->size - mark.used);
}
