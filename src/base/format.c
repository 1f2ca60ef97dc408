#include "base/format.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Where the text goes; it stops when it does not fit. */
struct sink {
	char *p;
	size_t n, capacity;
};

static bool sink_add(struct sink *sink, const char *p, size_t n)
{
	if (n > sink->capacity - sink->n)
		return false;
	if (n)
		memcpy(sink->p + sink->n, p, n);
	sink->n += n;
	return true;
}

static bool sink_number(struct sink *sink, uint64_t number, bool negative)
{
	char digits[24], *p = digits + sizeof(digits);

	do {
		*--p = (char)('0' + number % 10);
	} while (number /= 10);
	if (negative)
		*--p = '-';
	return sink_add(sink, p, (size_t)(digits + sizeof(digits) - p));
}

static bool sink_signed(struct sink *sink, int64_t number)
{
	return sink_number(sink, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0);
}

/* One conversion without flags and widths; NULL when it is none of those that messages are made of. */
static const char *convert(struct sink *sink, const char *format, va_list *args)
{
	const char *text;
	int length;

	switch (*format) {
	case '%':
		return sink_add(sink, "%", 1) ? format + 1 : NULL;
	case 's':
		text = va_arg(*args, const char *);
		return text && sink_add(sink, text, strlen(text)) ? format + 1 : NULL;
	case 'd':
		return sink_signed(sink, va_arg(*args, int)) ? format + 1 : NULL;
	case 'u':
		return sink_number(sink, va_arg(*args, unsigned), false) ? format + 1 : NULL;
	case 'z':
		if (format[1] != 'u')
			return NULL;
		return sink_number(sink, va_arg(*args, size_t), false) ? format + 2 : NULL;
	case '.':
		if (format[1] != '*' || format[2] != 's')
			return NULL;
		length = va_arg(*args, int);
		text = va_arg(*args, const char *);
		/* As printf: at most so many bytes, and none after a NUL. */
		return length >= 0 && sink_add(sink, text, strnlen(text, (size_t)length)) ? format + 3 : NULL;
	default:
		return NULL;
	}
}

static bool run(struct sink *sink, const char *format, va_list *args)
{
	while (*format) {
		const char *percent = strchrnul(format, '%');

		if (!sink_add(sink, format, (size_t)(percent - format)))
			return false;
		if (!*percent)
			return true;
		format = convert(sink, percent + 1, args);
		if (!format)
			return false;
	}
	return true;
}

size_t format_fast(char *out, size_t capacity, const char *format, va_list args)
{
	struct sink sink = { out, 0, capacity };
	va_list own;
	bool done;

	va_copy(own, args);
	done = run(&sink, format, &own);
	va_end(own);
	return done ? sink.n : FORMAT_SLOW;
}
