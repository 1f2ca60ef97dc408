#include "base/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/format.h"

#define SHORT_TEXT 256

int str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	if (order)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_equal_fold(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

size_t str_find(struct str s, struct str needle, size_t from)
{
	const char *at;

	if (from > s.n)
		return STR_NOT_FOUND;
	if (needle.n == 0)
		return from;
	if (s.n - from < needle.n)
		return STR_NOT_FOUND;
	/* In short texts, setting up memmem costs more than it saves. */
	if (s.n - from <= SHORT_TEXT) {
		for (size_t i = from; (i = str_find_char(str_slice(s, 0, s.n - needle.n + 1), needle.p[0], i)) != STR_NOT_FOUND; i++)
			if (memcmp(s.p + i, needle.p, needle.n) == 0)
				return i;
		return STR_NOT_FOUND;
	}
	at = memmem(s.p + from, s.n - from, needle.p, needle.n);
	return at ? (size_t)(at - s.p) : STR_NOT_FOUND;
}

size_t str_find_char(struct str s, char c, size_t from)
{
	const char *at;

	if (from >= s.n)
		return STR_NOT_FOUND;
	at = memchr(s.p + from, c, s.n - from);
	return at ? (size_t)(at - s.p) : STR_NOT_FOUND;
}

size_t str_rfind_char(struct str s, char c)
{
	const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : STR_NOT_FOUND;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
	while (s.n && is_space(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_cut(struct str s, char c, struct str *head, struct str *rest)
{
	size_t at = str_find_char(s, c, 0);

	if (at == STR_NOT_FOUND) {
		*head = s;
		*rest = STR_NULL;
		return false;
	}
	*head = str_slice(s, 0, at);
	*rest = str_skip(s, at + 1);
	return true;
}

struct str str_dup(struct arena *arena, struct str s)
{
	return (struct str){ arena_copy(arena, s.p, s.n), s.n };
}

const char *str_cstr(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct str str_vformat(struct arena *arena, const char *format, va_list args)
{
	va_list again;
	char small[512];
	size_t length = format_fast(small, sizeof(small), format, args);
	char *p;
	int n;

	if (length != FORMAT_SLOW)
		return str_dup(arena, str_make(small, length));
	va_copy(again, args);
	n = vsnprintf(small, sizeof(small), format, again);
	va_end(again);
	if (n < 0)
		return STR_NULL;
	p = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, format, args);
	return (struct str){ p, (size_t)n };
}

struct str str_format(struct arena *arena, const char *format, ...)
{
	struct str s;
	va_list args;

	va_start(args, format);
	s = str_vformat(arena, format, args);
	va_end(args);
	return s;
}

struct str str_concat(struct arena *arena, struct str a, struct str b)
{
	char *p = arena_alloc(arena, a.n + b.n);

	if (a.n)
		memcpy(p, a.p, a.n);
	if (b.n)
		memcpy(p + a.n, b.p, b.n);
	return (struct str){ p, a.n + b.n };
}

struct str str_replace(struct arena *arena, struct str s, struct str old, struct str with, size_t limit)
{
	size_t count = 0, at = 0, n;
	char *p, *out;

	if (old.n == 0)
		return s;
	while (count < limit && (at = str_find(s, old, at)) != STR_NOT_FOUND) {
		count++;
		at += old.n;
	}
	if (count == 0)
		return s;
	n = s.n - count * old.n + count * with.n;
	p = out = arena_alloc(arena, n);
	at = 0;
	while (count--) {
		size_t hit = str_find(s, old, at);

		memcpy(out, s.p + at, hit - at);
		out += hit - at;
		if (with.n)
			memcpy(out, with.p, with.n);
		out += with.n;
		at = hit + old.n;
	}
	memcpy(out, s.p + at, s.n - at);
	return (struct str){ p, n };
}

struct str str_lower(struct arena *arena, struct str s)
{
	char *p = arena_alloc(arena, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = lower(s.p[i]);
	return (struct str){ p, s.n };
}

size_t str_distance(struct str a, struct str b, size_t limit)
{
	size_t row[64];

	if (b.n >= 64 || a.n >= 64)
		return limit + 1;
	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0], best = i;

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t cost = diagonal + (lower(a.p[i - 1]) != lower(b.p[j - 1]));

			diagonal = row[j];
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			if (diagonal + 1 < cost)
				cost = diagonal + 1;
			row[j] = cost;
			if (cost < best)
				best = cost;
		}
		if (best > limit)
			return limit + 1;
	}
	return row[b.n];
}

bool str_to_int64(struct str s, int64_t *out)
{
	bool negative = false;
	uint64_t number = 0;
	size_t i = 0;

	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		negative = s.p[i++] == '-';
	if (i == s.n)
		return false;
	for (; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(s.p[i] - '0'), &number))
			return false;
	}
	if (number > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)(0 - number) : (int64_t)number;
	return true;
}

/* FNV-1a in 8-byte steps: good enough for hash maps of names, and short. */
uint64_t str_hash(struct str s)
{
	uint64_t hash = 0xcbf29ce484222325u ^ s.n;
	size_t i = 0;

	for (; i + 8 <= s.n; i += 8) {
		uint64_t word;

		memcpy(&word, s.p + i, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	for (; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return hash ^ (hash >> 29);
}
