#include "data/quote.h"

/* Bytes of the UTF-8 sequence at s[i] and its code point; 0 when it is not one. */
static size_t decode(struct str s, size_t i, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char c = (unsigned char)s.p[i];
	size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
	uint32_t point;

	if (n == 0 || n > s.n - i)
		return 0;
	point = n == 1 ? c : c & (0xffu >> (n + 1));
	for (size_t j = 1; j < n; j++) {
		if (((unsigned char)s.p[i + j] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)s.p[i + j] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*out = point;
	return n;
}

static bool is_printable(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} hidden[] = {
		{ 0x00, 0x1f }, { 0x7f, 0xa0 }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x1680, 0x1680 },
		{ 0x180e, 0x180e }, { 0x2000, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f }, { 0x3000, 0x3000 },
		{ 0xe000, 0xf8ff }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff },
		{ 0xe0000, 0xe007f }, { 0xf0000, 0x10ffff },
	};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (point >= hidden[i].first && point <= hidden[i].last)
			return false;
	return true;
}

static void add_escaped(struct buf *out, uint32_t point)
{
	static const char letters[] = "abtnvfr";

	if (point >= 7 && point <= 13)
		buf_printf(out, "\\%c", letters[point - 7]);
	else if (point < 0x80)
		buf_printf(out, "\\x%02x", point);
	else
		buf_printf(out, point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
}

void quote_add(struct buf *out, struct str s)
{
	size_t n;

	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i += n) {
		uint32_t point = 0;

		n = decode(s, i, &point);
		if (n == 0) {
			buf_printf(out, "\\x%02x", (unsigned char)s.p[i]);
			n = 1;
		} else if (point == '"' || point == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)point);
		} else if (is_printable(point)) {
			buf_add_bytes(out, s.p + i, n);
		} else {
			add_escaped(out, point);
		}
	}
	buf_add_char(out, '"');
}

struct str quote(struct arena *arena, struct str s)
{
	struct buf out = { 0 };
	struct str result;

	quote_add(&out, s);
	result = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return result;
}
