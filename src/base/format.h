/*
 * base/format.h: the conversions that messages are made of (%s %.*s %d %u %zu %%), several times faster than vsnprintf.
 * For str.h and buf.h, which fall back on vsnprintf.
 */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#define FORMAT_SLOW ((size_t)-1)

/* The length of what was written, without a NUL; FORMAT_SLOW when there are other conversions or it does not fit. */
size_t format_fast(char *out, size_t capacity, const char *format, va_list args) __attribute__((format(printf, 3, 0)));

#endif
