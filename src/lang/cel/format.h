/*
 * lang/cel/format.h: what the files of string.format share. Private to the room.
 */
#ifndef LANG_CEL_FORMAT_H
#define LANG_CEL_FORMAT_H

#include "lang/cel/strings.h"

/* The text as it grows, in the arena of the run; once `failed` is set, nothing more is written. */
struct format {
	struct cel_run *run;
	char *p;
	size_t n, capacity;
	bool newest;            /* as the specification says; else as cel-go did before, which Kubernetes has */
	bool failed;
	struct cel_value failure;
};

void format_put(struct format *out, struct str text);
/* Room for n bytes, to be counted in out->n by the caller; NULL when there is too little memory. */
char *format_room(struct format *out, size_t n);
/* An error that reads "error during formatting: …". */
void format_fail(struct format *out, const char *format, ...) PRINTF_LIKE(2, 3);

/* format_number.c: %d %b %o %x %X of integers, %f and %e. `places` is -1 where none are asked for. */
void format_integer(struct format *out, const struct cel_value *v, unsigned base, bool upper);
void format_fixed(struct format *out, const struct cel_value *v, int64_t places);
void format_scientific(struct format *out, const struct cel_value *v, int64_t places);
/* NaN and Infinity by the specification's names; others without exponent. */
void format_double(struct format *out, double d);

/* format_value.c: %s */
void format_value(struct format *out, const struct cel_value *v);

#endif
