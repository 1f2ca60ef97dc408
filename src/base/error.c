#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/buf.h"

static char *take_cstr(struct buf *buf)
{
	buf_add_char(buf, '\0');
	return buf->p;
}

static char *copy_cstr(struct str s)
{
	struct buf buf = { 0 };

	buf_add(&buf, s);
	return take_cstr(&buf);
}

static int set(struct error **err, enum error_code code, struct place place, const char *format, va_list args)
{
	struct buf message = { 0 };

	if (!err || *err)
		return -1;
	*err = calloc(1, sizeof(**err));
	if (!*err)
		abort();
	buf_vprintf(&message, format, args);
	(*err)->code = code;
	(*err)->message = take_cstr(&message);
	error_locate(*err, place);
	return -1;
}

int error_set(struct error **err, enum error_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(err, code, (struct place){ 0 }, format, args);
	va_end(args);
	return -1;
}

int error_set_at(struct error **err, enum error_code code, struct place place, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set(err, code, place, format, args);
	va_end(args);
	return -1;
}

int error_wrap(struct error **err, const char *format, ...)
{
	struct buf message = { 0 };
	va_list args;

	if (!err || !*err)
		return -1;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	buf_printf(&message, ": %s", (*err)->message);
	free((*err)->message);
	(*err)->message = take_cstr(&message);
	return -1;
}

void error_locate(struct error *err, struct place place)
{
	if (!err || err->line || (place.line == 0 && place.file.n == 0))
		return;
	if (place.file.n) {
		free(err->file);
		err->file = copy_cstr(place.file);
	}
	err->line = place.line;
	err->column = place.column;
}

struct str error_text(struct arena *arena, const struct error *err)
{
	if (!err->file && !err->line)
		return str_format(arena, "%s", err->message);
	if (!err->line)
		return str_format(arena, "%s: %s", err->file, err->message);
	return str_format(arena, "%s:%u:%u: %s", err->file ? err->file : "", err->line, err->column, err->message);
}

void error_free(struct error *err)
{
	if (!err)
		return;
	free(err->message);
	free(err->file);
	free(err);
}

void error_freep(struct error **err)
{
	error_free(*err);
}
