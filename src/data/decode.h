/*
 * data/decode.h: what the decoders of JSON and YAML share. Private to data/.
 */
#ifndef DATA_DECODE_H
#define DATA_DECODE_H

#include "data/yaml.h"

/* Whatever limits say, no decoder goes deeper: the walks over values rely on it. */
#define DECODE_DEPTH_MAX 2048
/* More warnings than this about one document help nobody. */
#define DECODE_WARNINGS_MAX 1000

/* Small strings packed behind each other: most are shorter than what an allocation of their own would round up to. */
struct text_pool {
	struct arena *arena;
	char *p;
	size_t left;
};

#define TEXT_POOL_CHUNK 4000

static inline const char *text_pool_copy(struct text_pool *pool, const char *text, size_t n)
{
	char *copy;

	if (n == 0)
		return "";
	if (n > pool->left) {
		if (n > TEXT_POOL_CHUNK / 4)
			return arena_copy(pool->arena, text, n);
		pool->p = arena_alloc(pool->arena, TEXT_POOL_CHUNK);
		pool->left = TEXT_POOL_CHUNK;
	}
	copy = memcpy(pool->p, text, n);
	pool->p += n;
	pool->left -= n;
	return copy;
}

static inline uint16_t decode_column(size_t column)
{
	return column > UINT16_MAX ? UINT16_MAX : (uint16_t)column;
}

/* The caller's source with its line counted from 1, kept as long as the values; NULL stays NULL. */
const struct source *decode_source(struct arena *arena, const struct source *source);
/* Line and column of a byte of the text. */
struct place decode_place(const struct source *source, size_t offset);
/* 0, or -1 with *err when the text is over the cap. */
int decode_check_size(const struct source *source, const struct decode_limits *limits, struct error **err);
/* Offset of the text behind a byte order mark. */
size_t decode_skip_bom(struct str text);

struct duplicate_context {
	struct arena *arena;
	struct decode_warnings *warnings;       /* may be NULL */
	uint8_t ignore;                         /* members whose key has this flag are merged ones, not duplicates */
};
/* For members_settle(). */
void decode_duplicate(void *context, const struct member *earlier, const struct member *later);

#endif
