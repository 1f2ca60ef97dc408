#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/format.h"

void buf_reserve(struct buf *buf, size_t more)
{
	size_t need, capacity = buf->capacity ? buf->capacity : 256;
	char *p;

	if (__builtin_add_overflow(buf->n, more, &need) || need > SIZE_MAX / 2)
		abort();
	if (need <= buf->capacity)
		return;
	while (capacity < need)
		capacity *= 2;
	p = realloc(buf->p, capacity);
	if (!p) {
		fprintf(stderr, "biro: out of memory (%zu bytes wanted)\n", capacity);
		abort();
	}
	buf->p = p;
	buf->capacity = capacity;
}

void buf_add_bytes(struct buf *buf, const void *bytes, size_t n)
{
	if (n == 0)
		return;
	if (buf->capacity - buf->n < n)
		buf_reserve(buf, n);
	memcpy(buf->p + buf->n, bytes, n);
	buf->n += n;
}

void buf_vprintf(struct buf *buf, const char *format, va_list args)
{
	va_list again;
	size_t length;
	int n;

	buf_reserve(buf, 128);
	length = format_fast(buf->p + buf->n, buf->capacity - buf->n, format, args);
	if (length != FORMAT_SLOW) {
		buf->n += length;
		return;
	}
	va_copy(again, args);
	n = vsnprintf(buf->p + buf->n, buf->capacity - buf->n, format, args);
	if (n > 0) {
		if ((size_t)n >= buf->capacity - buf->n) {
			buf_reserve(buf, (size_t)n + 1);
			vsnprintf(buf->p + buf->n, buf->capacity - buf->n, format, again);
		}
		buf->n += (size_t)n;
	}
	va_end(again);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(buf, format, args);
	va_end(args);
}

void buf_free(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){ 0 };
}
