/*
 * base/str.h: byte strings as (pointer, length).
 *
 * A struct str borrows its bytes; whoever made the bytes (an arena, a literal, an input buffer) owns them and must
 * outlive the string. Bytes are UTF-8 unless a caller says otherwise and are not NUL-terminated; use str_cstr() at a
 * libc edge.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct arena;

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_NULL ((struct str){ NULL, 0 })

/* printf("%.*s", STR_ARG(s)) */
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

#define PRINTF_LIKE(format_index, first) __attribute__((format(printf, format_index, first)))

static inline struct str str_of(const char *text)
{
	return (struct str){ text, text ? strlen(text) : 0 };
}

static inline struct str str_make(const char *p, size_t n)
{
	return (struct str){ p, n };
}

/* memcmp(a, b, n) == 0, without a call for the lengths that names have. */
static inline bool bytes_equal(const char *a, const char *b, size_t n)
{
	if (n >= 8 && n <= 16) {
		uint64_t x, y, z, w;

		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		memcpy(&z, a + n - 8, 8);
		memcpy(&w, b + n - 8, 8);
		return ((x ^ y) | (z ^ w)) == 0;
	}
	if (n >= 4 && n < 8) {
		uint32_t x, y, z, w;

		memcpy(&x, a, 4);
		memcpy(&y, b, 4);
		memcpy(&z, a + n - 4, 4);
		memcpy(&w, b + n - 4, 4);
		return ((x ^ y) | (z ^ w)) == 0;
	}
	if (n < 4) {
		for (size_t i = 0; i < n; i++)
			if (a[i] != b[i])
				return false;
		return true;
	}
	return a[0] == b[0] && memcmp(a, b, n) == 0;
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && bytes_equal(a.p, b.p, a.n);
}

/* s == "literal" without a strlen at run time. */
#define str_is(s, literal) str_equal((s), STR(literal))

static inline bool str_starts_with(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool str_ends_with(struct str s, struct str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* The part of s from offset `from` (clamped) up to but excluding `to` (clamped). */
static inline struct str str_slice(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){ s.p ? s.p + from : NULL, to - from };
}

static inline struct str str_skip(struct str s, size_t n)
{
	return str_slice(s, n, s.n);
}

#define STR_NOT_FOUND ((size_t)-1)

/* <0, 0, >0 by bytes, as memcmp; a prefix sorts first. */
int str_compare(struct str a, struct str b);
/* ASCII only. */
bool str_equal_fold(struct str a, struct str b);
/* Offset of the first occurrence at or after `from`, or STR_NOT_FOUND. An empty needle is found at `from`. */
size_t str_find(struct str s, struct str needle, size_t from);
size_t str_find_char(struct str s, char c, size_t from);
size_t str_rfind_char(struct str s, char c);
static inline bool str_contains(struct str s, struct str needle)
{
	return str_find(s, needle, 0) != STR_NOT_FOUND;
}
/* Without leading and trailing ASCII white space. */
struct str str_trim(struct str s);
/* Cuts s at the first `c`: *head gets what is before it, *rest what is after; false (all in *head) when there is none. */
bool str_cut(struct str s, char c, struct str *head, struct str *rest);

/* Copies live as long as the arena. */
struct str str_dup(struct arena *arena, struct str s);
const char *str_cstr(struct arena *arena, struct str s);
struct str str_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);
struct str str_vformat(struct arena *arena, const char *format, va_list args) PRINTF_LIKE(2, 0);
struct str str_concat(struct arena *arena, struct str a, struct str b);
/* Every occurrence of `old` replaced (at most `limit` of them; SIZE_MAX for all); s itself when there is none. */
struct str str_replace(struct arena *arena, struct str s, struct str old, struct str with, size_t limit);
/* ASCII only. */
struct str str_lower(struct arena *arena, struct str s);

/* Levenshtein distance, for "did you mean"; gives up with a value > limit once it must exceed `limit`. */
size_t str_distance(struct str a, struct str b, size_t limit);

/* A decimal integer that is the whole string, with an optional sign. False on anything else or on overflow. */
bool str_to_int64(struct str s, int64_t *out);

uint64_t str_hash(struct str s);

#endif
