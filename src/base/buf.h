/*
 * base/buf.h: a growing byte buffer on the heap, for output.
 *
 * The buffer owns its bytes until buf_free(). Zero-initialise to make an empty one.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

struct buf {
	char *p;
	size_t n, capacity;
};

void buf_reserve(struct buf *buf, size_t more);
void buf_add_bytes(struct buf *buf, const void *bytes, size_t n);
void buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *buf, const char *format, va_list args) PRINTF_LIKE(2, 0);
void buf_free(struct buf *buf);

static inline void buf_add(struct buf *buf, struct str s)
{
	buf_add_bytes(buf, s.p, s.n);
}

static inline void buf_add_char(struct buf *buf, char c)
{
	if (buf->n == buf->capacity)
		buf_reserve(buf, 1);
	buf->p[buf->n++] = c;
}

static inline struct str buf_str(const struct buf *buf)
{
	return (struct str){ buf->p, buf->n };
}

static inline void buf_clear(struct buf *buf)
{
	buf->n = 0;
}

#endif
