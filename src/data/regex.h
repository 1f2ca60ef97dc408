/*
 * data/regex.h: regular expressions with Go's syntax in linear time (RE2 behind a C shim).
 *
 * A compiled regex is immutable and may be used by many threads. It is owned by whoever compiled it and is freed with
 * regex_free().
 */
#ifndef DATA_REGEX_H
#define DATA_REGEX_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

struct regex;

/*
 * Messages as Go's regexp package words them: error parsing regexp: missing closing ]: `[a`. Patterns over
 * 16 KiB are ERROR_LIMIT.
 */
struct regex *regex_compile(struct str pattern, struct error **err);
void regex_free(struct regex *regex);
/* Unanchored, as MatchString. */
bool regex_match(const struct regex *regex, struct str text);
/*
 * First match from offset `from`: groups[0] is the whole, up to `count` groups; an unset group has p ==
 * NULL. False when none.
 */
bool regex_find(const struct regex *regex, struct str text, size_t from, struct str *groups, size_t count);
size_t regex_group_count(const struct regex *regex);
/*
 * ReplaceAllString: $1, ${1}, ${name}, $$ are expanded as Go does. `literal`: not expanded (ReplaceAllLiteralString).
 * The text itself when nothing matches; p == NULL when the result would exceed REGEX_RESULT_MAX bytes.
 */
#define REGEX_RESULT_MAX ((size_t)64 * 1024 * 1024)
struct str regex_replace_all(struct arena *arena, const struct regex *regex, struct str text, struct str replacement,
			     bool literal);

/* A small cache for patterns that are only known at run time; one per thread. */
struct regex_cache;
struct regex_cache *regex_cache_create(size_t capacity);
void regex_cache_destroy(struct regex_cache *cache);
/* Owned by the cache and valid until the next `capacity` distinct gets. NULL and *err when the pattern is wrong. */
const struct regex *regex_cache_get(struct regex_cache *cache, struct str pattern, struct error **err);

#ifdef __cplusplus
}
#endif

#endif
