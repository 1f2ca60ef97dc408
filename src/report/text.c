#include "report/text.h"

#include "report/escape.h"

struct range {
	uint32_t first, last;
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t c)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

#define IN(ranges, c) in_ranges((ranges), sizeof(ranges) / sizeof((ranges)[0]), (c))

/* East Asian wide and fullwidth characters and emoji: two columns. */
static const struct range wide[] = {
	{ 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x23E9, 0x23EC },	  { 0x25FD, 0x25FE },	{ 0x2614, 0x2615 },
	{ 0x2648, 0x2653 },   { 0x26A1, 0x26A1 },   { 0x26C4, 0x26C5 },	  { 0x26D4, 0x26D4 },	{ 0x2705, 0x2705 },
	{ 0x270A, 0x270B },   { 0x2728, 0x2728 },   { 0x274C, 0x274C },	  { 0x2753, 0x2755 },	{ 0x2795, 0x2797 },
	{ 0x2E80, 0x303E },   { 0x3041, 0x33FF },   { 0x3400, 0x4DBF },	  { 0x4E00, 0xA4CF },	{ 0xA960, 0xA97F },
	{ 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },   { 0xFE10, 0xFE19 },	  { 0xFE30, 0xFE6F },	{ 0xFF00, 0xFF60 },
	{ 0xFFE0, 0xFFE6 },   { 0x16FE0, 0x18CFF }, { 0x1B000, 0x1B2FF }, { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF },
	{ 0x1F18E, 0x1F19A }, { 0x1F200, 0x1F320 }, { 0x1F32D, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F7E0, 0x1F7EB },
	{ 0x1F900, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

/* Combining marks and variation selectors: no column of their own. */
static const struct range combining[] = {
	{ 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A },	  { 0x064B, 0x065F },
	{ 0x0900, 0x0902 }, { 0x093C, 0x093C }, { 0x0941, 0x0948 }, { 0x0E31, 0x0E31 },	  { 0x0E34, 0x0E3A },
	{ 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x20D0, 0x20F0 },	  { 0x302A, 0x302D },
	{ 0x3099, 0x309A }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xE0100, 0xE01EF },
};

/* Characters that reorder or hide text: shown by number. */
static const struct range deceptive[] = {
	{ 0x00AD, 0x00AD }, { 0x061C, 0x061C }, { 0x115F, 0x1160 },   { 0x180E, 0x180E },
	{ 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F },   { 0x3164, 0x3164 },
	{ 0xFEFF, 0xFEFF }, { 0xFFF9, 0xFFFB }, { 0xE0000, 0xE007F },
};

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

static size_t hex_digits(uint32_t c)
{
	size_t n = 1;

	while (c >>= 4)
		n++;
	return n;
}

size_t text_width_next(struct str s, size_t *i)
{
	uint32_t c = utf8_next(s, i);

	if (c >= 0x20 && c < 0x7F)
		return 1;
	if (c == '\t')
		return TEXT_TAB;
	if (is_control(c))
		return 1;
	if (IN(deceptive, c))
		return hex_digits(c) + sizeof("\\u{}") - 1;
	return IN(combining, c) ? 0 : IN(wide, c) ? 2 : 1;
}

/* How many bytes from i on are printable ASCII: most of most texts. */
static size_t plain_run(struct str s, size_t i)
{
	size_t start = i;

	while (i < s.n && s.p[i] >= 0x20 && s.p[i] < 0x7F)
		i++;
	return i - start;
}

size_t text_width(struct str s)
{
	size_t width = 0;

	for (size_t i = 0; i < s.n;) {
		size_t run = plain_run(s, i);

		width += run;
		i += run;
		if (i < s.n)
			width += text_width_next(s, &i);
	}
	return width;
}

bool text_wider_than(struct str s, size_t columns)
{
	size_t width = 0;

	for (size_t i = 0; i < s.n && width <= columns;)
		width += text_width_next(s, &i);
	return width > columns;
}

static void put_number(struct buf *out, uint32_t c)
{
	PUT(out, "\\u{");
	for (size_t n = hex_digits(c); n > 0; n--)
		buf_add_char(out, "0123456789abcdef"[c >> 4 * (n - 1) & 15]);
	buf_add_char(out, '}');
}

void text_put_char(struct buf *out, struct str s, size_t *i)
{
	uint32_t c = utf8_next(s, i);

	if (c >= 0x20 && c < 0x7F)
		buf_add_char(out, (char)c);
	else if (c == '\t')
		buf_add_bytes(out, "                ", TEXT_TAB);
	else if (c < 0x20)
		put_utf8(out, 0x2400 + c);
	else if (c == 0x7F)
		put_utf8(out, 0x2421);
	else if (is_control(c))
		put_utf8(out, 0xFFFD);
	else if (IN(deceptive, c))
		put_number(out, c);
	else
		put_utf8(out, c);
}

void text_put(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		size_t run = plain_run(s, i);

		buf_add_bytes(out, s.p + i, run);
		i += run;
		if (i < s.n)
			text_put_char(out, s, &i);
	}
}

static void put_break(struct buf *out, size_t indent)
{
	buf_add_char(out, '\n');
	for (size_t i = 0; i < indent; i++)
		buf_add_char(out, ' ');
}

/* A word that is wider than a whole line is cut anywhere. */
static size_t put_long_word(struct buf *out, struct str word, size_t column, size_t indent, size_t width)
{
	for (size_t i = 0; i < word.n;) {
		size_t end = i, columns = text_width_next(word, &end);

		if (column + columns > width && column > indent) {
			put_break(out, indent);
			column = indent;
		}
		text_put_char(out, word, &i);
		column += columns;
	}
	return column;
}

/* Where the word that begins at i ends, and whether it is printable ASCII. */
static size_t word_end(struct str line, size_t i, bool *plain)
{
	size_t end;

	while (i < line.n && line.p[i] > ' ' && line.p[i] < 0x7F)
		i++;
	*plain = i == line.n || line.p[i] == ' ';
	end = *plain ? i : str_find_char(line, ' ', i);
	return end == STR_NOT_FOUND ? line.n : end;
}

static void put_line(struct buf *out, struct str line, size_t indent, size_t width)
{
	size_t column = indent, i = 0;
	bool plain;

	/* Leading blanks of a line are the writer's layout; what is wrapped stays under it. */
	while (i < line.n && line.p[i] == ' ' && column + 20 < width) {
		buf_add_char(out, ' ');
		column++;
		i++;
	}
	indent = column;
	for (bool first = true; i < line.n; first = false) {
		size_t end = word_end(line, i, &plain);
		struct str word = str_slice(line, i, end);
		size_t columns = plain ? word.n : text_width(word);

		if (!first && column + 1 + columns > width) {
			put_break(out, indent);
			column = indent;
		} else if (!first) {
			buf_add_char(out, ' ');
			column++;
		}
		if (column + columns > width) {
			column = put_long_word(out, word, column, indent, width);
		} else {
			if (plain)
				buf_add(out, word);
			else
				text_put(out, word);
			column += columns;
		}
		i = end;
		while (i < line.n && line.p[i] == ' ')
			i++;
	}
}

void text_put_wrapped(struct buf *out, struct str s, size_t indent, size_t width)
{
	struct str line;
	bool more, first = true;

	if (width < indent + 20)
		width = indent + 20;
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\r'))
		s.n--;
	do {
		more = str_cut(s, '\n', &line, &s);
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!first)
			put_break(out, line.n ? indent : 0);
		put_line(out, line, indent, width);
		first = false;
	} while (more);
}
