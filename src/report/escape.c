#include "report/escape.h"

#include "data/utf8.h"

/* -- numbers -- */

void put_uint(struct buf *out, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	escape_put_bytes(out, digits + i, sizeof(digits) - i);
}

void put_grouped(struct buf *out, uint64_t n)
{
	char digits[27];
	size_t i = sizeof(digits), count = 0;

	do {
		if (count && count % 3 == 0)
			digits[--i] = ',';
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
		count++;
	} while (n);
	escape_put_bytes(out, digits + i, sizeof(digits) - i);
}

void put_seconds(struct buf *out, double seconds)
{
	uint64_t thousandths = seconds > 0 && seconds < 1e12 ? (uint64_t)(seconds * 1000 + 0.5) : 0;

	put_uint(out, thousandths / 1000);
	buf_add_char(out, '.');
	buf_add_char(out, (char)('0' + thousandths / 100 % 10));
	buf_add_char(out, (char)('0' + thousandths / 10 % 10));
	buf_add_char(out, (char)('0' + thousandths % 10));
}

/* -- UTF-8 -- */

uint32_t utf8_next(struct str s, size_t *i)
{
	size_t width;
	uint32_t c = utf8_decode(s.p + *i, s.n - *i, &width);

	*i += width;
	return c;
}

void put_utf8(struct buf *out, uint32_t c)
{
	char bytes[4];
	size_t n = utf8_encode(c, bytes);

	escape_put_bytes(out, bytes, n);
}

/* -- JSON -- */

static void put_json_escape(struct buf *out, uint32_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char names[0x80] = {
		['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\t'] = 't', ['\r'] = 'r', ['\b'] = 'b', ['\f'] = 'f',
	};

	if (c < 0x80 && names[c]) {
		escape_put_bytes(out, (char[]){ '\\', names[c] }, 2);
		return;
	}
	escape_put_bytes(out, (char[]){ '\\', 'u', '0', '0', hex[c >> 4 & 15], hex[c & 15] }, 6);
}

/* One character that the fast loop stopped at: below 0x20, a quote, a backslash, DEL or the begin of a longer one. */
static size_t put_json_special(struct buf *out, struct str s, size_t i)
{
	uint32_t c = utf8_next(s, &i);

	if (c < 0xA0)
		put_json_escape(out, c);
	else
		put_utf8(out, c);
	return i;
}

#define ONES 0x0101010101010101ull
#define HIGHS 0x8080808080808080ull

/*
 * High bits mark bytes that may not be copied. The subtractions can also mark a byte above a marked one, but never
 * below: so the lowest mark is always right, and no mark means none.
 */
static inline uint64_t json_marks(uint64_t w)
{
	uint64_t control = w - ONES * 0x20;
	uint64_t quote = (w ^ ONES * '"') - ONES;
	uint64_t backslash = (w ^ ONES * '\\') - ONES;
	uint64_t delete = (w ^ ONES * 0x7F) - ONES;

	return (control | quote | backslash | delete | w) & HIGHS;
}

/* Bytes that can be copied as they are; any larger subset of ASCII works too, only slower. */
static inline bool json_plain(char c)
{
	return (uint8_t)c >= 0x20 && (uint8_t)c < 0x7F && c != '"' && c != '\\';
}

void put_json(struct buf *out, struct str s)
{
	size_t i = 0;

	buf_reserve(out, s.n + 8);
	while (i < s.n) {
		if (s.n - i >= 8) {
			uint64_t word, marks;

			memcpy(&word, s.p + i, 8);
			marks = json_marks(word);
			/* The bytes before the first mark stay; those after it are written over. */
			if (out->capacity - out->n < 8)
				buf_reserve(out, s.n - i + 8);
			memcpy(out->p + out->n, &word, 8);
			if (!marks) {
				out->n += 8;
				i += 8;
				continue;
			}
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			out->n += (size_t)__builtin_ctzll(marks) / 8;
			i += (size_t)__builtin_ctzll(marks) / 8;
#endif
		}
		while (i < s.n && json_plain(s.p[i]))
			buf_add_char(out, s.p[i++]);
		if (i < s.n)
			i = put_json_special(out, s, i);
	}
}

void put_json_html(struct buf *out, struct str s)
{
	size_t at;

	while ((at = str_find_char(s, '<', 0)) != STR_NOT_FOUND) {
		put_json(out, str_slice(s, 0, at));
		PUT(out, "\\u003c");
		s = str_skip(s, at + 1);
	}
	put_json(out, s);
}

/* -- YAML -- */

/* Plain scalars that are no strings in YAML 1.1, as far as they consist of letters. */
static bool yaml_is_keyword(struct str s)
{
	static const char *const words[] = {
		"y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal_fold(s, str_of(words[i])))
			return true;
	return false;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Deliberately narrower than YAML: begins with a letter or '/', holds nothing that ever means something. */
static bool yaml_is_plain(struct str s)
{
	if (s.n == 0 || s.n > 120 || (!is_letter(s.p[0]) && s.p[0] != '/') || s.p[s.n - 1] == ' ')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && !char_is_in(s.p[i], " ./_-+()"))
			return false;
	return !yaml_is_keyword(s);
}

void put_yaml(struct buf *out, struct str s)
{
	if (yaml_is_plain(s)) {
		escape_put(out, s);
		return;
	}
	buf_add_char(out, '"');
	put_json(out, s);
	buf_add_char(out, '"');
}

/* -- XML, URI, workflow commands -- */

static const char *xml_entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case '\n':
		return "&#10;";
	case '\t':
		return "&#9;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

void put_xml(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t c = utf8_next(s, &i);
		const char *entity = xml_entity(c);

		if (entity)
			escape_put(out, str_of(entity));
		else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xFFFE || c == 0xFFFF)
			put_utf8(out, UTF8_REPLACEMENT);
		else
			put_utf8(out, c);
	}
}

void put_uri(struct buf *out, struct str path)
{
	static const char hex[] = "0123456789ABCDEF";

	if (path.n && path.p[0] == '/')
		PUT(out, "file://");
	while (str_starts_with(path, STR("./")))
		path = str_skip(path, 2);
	for (size_t i = 0; i < path.n; i++) {
		char c = path.p[i];

		if (is_letter(c) || is_digit(c) || char_is_in(c, "-._~/")) {
			buf_add_char(out, c);
		} else {
			buf_add_char(out, '%');
			buf_add_char(out, hex[(uint8_t)c >> 4]);
			buf_add_char(out, hex[(uint8_t)c & 15]);
		}
	}
}

void put_github(struct buf *out, struct str s, bool property)
{
	for (size_t i = 0; i < s.n;) {
		uint32_t c = utf8_next(s, &i);

		if (c == '%')
			PUT(out, "%25");
		else if (c == '\r')
			PUT(out, "%0D");
		else if (c == '\n')
			PUT(out, "%0A");
		else if (property && c == ':')
			PUT(out, "%3A");
		else if (property && c == ',')
			PUT(out, "%2C");
		else if ((c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0))
			put_utf8(out, UTF8_REPLACEMENT);
		else
			put_utf8(out, c);
	}
}
