/*
 * data/utf8.h: one character of UTF-8 at a time, with Go's view of broken bytes: each byte that does not begin a valid
 * sequence counts as one character, U+FFFD.
 */
#ifndef DATA_UTF8_H
#define DATA_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UTF8_REPLACEMENT 0xFFFDu

/* The character at p, where n >= 1 bytes are left; *width is 1 to 4. */
static inline uint32_t utf8_decode(const char *p, size_t n, size_t *width)
{
	const unsigned char *s = (const unsigned char *)p;

	*width = 1;
	if (s[0] < 0x80)
		return s[0];
	if (s[0] < 0xC2 || s[0] > 0xF4)
		return UTF8_REPLACEMENT;
	if (n < 2 || (s[1] & 0xC0) != 0x80)
		return UTF8_REPLACEMENT;
	if (s[0] < 0xE0) {
		*width = 2;
		return (uint32_t)(s[0] & 0x1F) << 6 | (s[1] & 0x3F);
	}
	if (n < 3 || (s[2] & 0xC0) != 0x80)
		return UTF8_REPLACEMENT;
	if (s[0] < 0xF0) {
		uint32_t c = (uint32_t)(s[0] & 0x0F) << 12 | (uint32_t)(s[1] & 0x3F) << 6 | (s[2] & 0x3F);

		if (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))
			return UTF8_REPLACEMENT;
		*width = 3;
		return c;
	}
	if (n < 4 || (s[3] & 0xC0) != 0x80)
		return UTF8_REPLACEMENT;

	uint32_t c = (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3F) << 12 |
		     (uint32_t)(s[2] & 0x3F) << 6 | (s[3] & 0x3F);

	if (c < 0x10000 || c > 0x10FFFF)
		return UTF8_REPLACEMENT;
	*width = 4;
	return c;
}

/* How many bytes from p on (left > 0) are one well-formed character; 0 when they are not. */
static inline size_t utf8_length(const char *p, size_t left)
{
	size_t width;

	/* U+FFFD itself is well formed and three bytes long; the stand-in for a broken byte is one. */
	return utf8_decode(p, left, &width) == UTF8_REPLACEMENT && width == 1 ? 0 : width;
}

static inline bool ascii_only(const char *p, size_t n)
{
	uint64_t all = 0, word;
	size_t i = 0;

	for (; n - i >= 32; i += 32) {
		memcpy(&word, p + i, 8);
		all |= word;
		memcpy(&word, p + i + 8, 8);
		all |= word;
		memcpy(&word, p + i + 16, 8);
		all |= word;
		memcpy(&word, p + i + 24, 8);
		all |= word;
	}
	for (; i < n; i++)
		all |= (unsigned char)p[i];
	return !(all & UINT64_C(0x8080808080808080));
}

/* Writes c to out (4 bytes of room) and returns the bytes written; what is no character becomes U+FFFD. */
static inline size_t utf8_encode(uint32_t c, char *out)
{
	if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		c = UTF8_REPLACEMENT;
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3F));
	out[2] = (char)(0x80 | (c >> 6 & 0x3F));
	out[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

#endif
