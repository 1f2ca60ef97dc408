/*
 * report/escape.h: text into JSON, YAML, XML, URI and workflow-command syntax.
 *
 * Each function appends to a buffer. What comes out is valid whatever bytes go in: bytes that are not UTF-8 become
 * U+FFFD, and no control character is passed on raw.
 */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H

#include "base/buf.h"

/* Appends a literal; the size is known to the compiler. */
#define PUT(out, literal) escape_put_bytes((out), "" literal, sizeof(literal) - 1)

static inline void escape_put_bytes(struct buf *out, const char *p, size_t n)
{
	if (out->capacity - out->n < n)
		buf_reserve(out, n);
	memcpy(out->p + out->n, p, n);
	out->n += n;
}

static inline void escape_put(struct buf *out, struct str s)
{
	if (s.n)
		escape_put_bytes(out, s.p, s.n);
}

/* Whether c is one of the characters of a C string. */
static inline bool char_is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

void put_uint(struct buf *out, uint64_t n);
/* 1234567 as 1,234,567: for people. */
void put_grouped(struct buf *out, uint64_t n);
/* Seconds with three digits: 0.042. */
void put_seconds(struct buf *out, double seconds);

/* The inside of a JSON string, without the quotes. Also escapes DEL and U+0080…U+009F, which terminals obey. */
void put_json(struct buf *out, struct str s);
/* The same, safe inside an HTML script element: '<' is \u003c. */
void put_json_html(struct buf *out, struct str s);
/* A YAML scalar that reads back as this string: plain when that is safe, else in double quotes. */
void put_yaml(struct buf *out, struct str s);
/* Text or attribute value; characters that XML 1.0 cannot hold become U+FFFD. */
void put_xml(struct buf *out, struct str s);
/* A path as a URI reference: percent-encoded; an absolute path gets file://. */
void put_uri(struct buf *out, struct str path);
/* Data of a GitHub workflow command, or (property) the value of one of its properties. */
void put_github(struct buf *out, struct str s, bool property);

/* The next character of s at *i < s.n, which moves on; see data/utf8.h for what is not valid. */
uint32_t utf8_next(struct str s, size_t *i);
void put_utf8(struct buf *out, uint32_t c);

#endif
