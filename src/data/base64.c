#include "data/base64.h"

static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str base64_text(struct arena *arena, struct str bytes)
{
	char *out = arena_alloc(arena, (bytes.n + 2) / 3 * 4);
	const unsigned char *p = (const unsigned char *)bytes.p;
	size_t n = 0;

	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t left = bytes.n - i;
		uint32_t group =
			(uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0);

		out[n++] = alphabet[group >> 18];
		out[n++] = alphabet[group >> 12 & 63];
		out[n++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
		out[n++] = left > 2 ? alphabet[group & 63] : '=';
	}
	return str_make(out, n);
}

static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static size_t skip_line_ends(struct str text, size_t i)
{
	while (i < text.n && (text.p[i] == '\n' || text.p[i] == '\r'))
		i++;
	return i;
}

/* The padding whose first '=' stands before `i`, behind `have` digits of the last group. */
static size_t check_padding(struct str text, size_t i, int have)
{
	if (have < 2)
		return i - 1;
	if (have == 2) {
		i = skip_line_ends(text, i);
		if (i == text.n)
			return text.n;
		if (text.p[i] != '=')
			return i - 1;
		i++;
	}
	i = skip_line_ends(text, i);
	return i < text.n ? i : SIZE_MAX;
}

size_t base64_bytes(struct arena *arena, struct str text, struct str *out)
{
	char *bytes = arena_alloc(arena, text.n / 4 * 3 + 3);
	size_t n = 0, i = 0, wrong = SIZE_MAX;
	uint32_t group = 0;
	bool padded = false;
	int have = 0;

	while (i < text.n) {
		char c = text.p[i++];
		int digit = sextet(c);

		if (c == '\n' || c == '\r')
			continue;
		if (digit < 0) {
			padded = c == '=';
			wrong = padded ? check_padding(text, i, have) : i - 1;
			break;
		}
		group = group << 6 | (uint32_t)digit;
		if (++have < 4)
			continue;
		bytes[n++] = (char)(group >> 16);
		bytes[n++] = (char)(group >> 8);
		bytes[n++] = (char)group;
		have = 0;
		group = 0;
	}
	if (wrong != SIZE_MAX)
		return wrong;
	/* Text that ends within a group without padding. */
	if (have > 0 && !padded)
		return text.n - (size_t)have;
	if (have >= 2)
		bytes[n++] = (char)(have == 2 ? group >> 4 : group >> 10);
	if (have == 3)
		bytes[n++] = (char)(group >> 2);
	*out = str_make(bytes, n);
	return SIZE_MAX;
}
