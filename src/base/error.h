/*
 * base/error.h: why something failed.
 *
 * A fallible function returns < 0 (or NULL) and takes `struct error **err` last. The caller of the outermost function
 * owns the error and frees it (_cleanup_(error_freep)). `err` may be NULL when the reason is of no interest. A message
 * says what, where and what to do, and starts in lower case: callers prepend context on the way up.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/str.h"

enum error_code {
	ERROR_INVALID = 1,   /* the input is not what it should be (syntax, type, schema) */
	ERROR_LIMIT,         /* a cap on size, depth, count, cost or time was hit */
	ERROR_NOT_FOUND,     /* a file, key or object does not exist */
	ERROR_IO,            /* reading or writing failed */
	ERROR_UNSUPPORTED,   /* understood, but biro cannot do it (yet) */
	ERROR_USAGE,         /* the command line is wrong */
};

/* A place in a source text; line and column count from 1, 0 is unknown. `file` may be empty. */
struct place {
	struct str file;
	uint32_t line, column;
};

struct error {
	enum error_code code;
	char *message;       /* without place */
	char *file;          /* NULL when no place is known */
	uint32_t line, column;
};

/* Sets *err (if err is not NULL, and if nothing is set yet); always returns -1 so that callers can return it. */
int error_set(struct error **err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
int error_set_at(struct error **err, enum error_code code, struct place place, const char *format, ...) PRINTF_LIKE(4, 5);
/* Puts "context: " before the message that is there. */
int error_wrap(struct error **err, const char *format, ...) PRINTF_LIKE(2, 3);
/* Gives a place to an error that has none yet. */
void error_locate(struct error *err, struct place place);
/* "file:line:column: message", in the arena. */
struct str error_text(struct arena *arena, const struct error *err);
void error_free(struct error *err);
void error_freep(struct error **err);

#define _cleanup_(function) __attribute__((cleanup(function)))

#endif
