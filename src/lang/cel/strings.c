/*
 * cel-go's string functions (ext/strings.go): version 2 for Kubernetes, the newest for plain CEL. Indexes count code
 * points.
 */
#include "base/buf.h"
#include "lang/cel/strings.h"

/* -- places ------------------------------------------------------------------------------------------------------ */

static bool kinds_are(const struct cel_value *arguments, size_t count, const uint8_t *kinds)
{
	for (size_t i = 0; i < count; i++)
		if (arguments[i].kind != kinds[i])
			return false;
	return true;
}

static const uint8_t texts[] = { CEL_STRING, CEL_STRING, CEL_STRING, CEL_INT };
static const uint8_t text_and_ints[] = { CEL_STRING, CEL_INT, CEL_INT };
static const uint8_t texts_and_int[] = { CEL_STRING, CEL_STRING, CEL_INT };

/* The byte at which a character begins; index <= cel_size(). */
static size_t byte_of(struct str s, uint64_t index)
{
	size_t at = 0;

	if (ascii_only(s.p, s.n))
		return index;
	for (size_t width; index > 0; index--, at += width)
		utf8_decode(s.p + at, s.n - at, &width);
	return at;
}

static int64_t index_of_byte(struct str s, size_t at)
{
	struct cel_value head = cel_of_str(str_slice(s, 0, at));

	return (int64_t)cel_size(&head);
}

static struct cel_value out_of_range(struct cel_run *run, int64_t index)
{
	return cel_fail(run, "index out of range: %lld", (long long)index);
}

static CEL_BODY(char_at)
{
	struct str s = cel_str(&arguments[0]);
	uint64_t size, index;
	size_t at, width;

	if (!kinds_are(arguments, count, text_and_ints))
		return cel_no_overload(run);
	index = arguments[1].u.uinteger;
	size = cel_size(&arguments[0]);
	if (index > size)
		return out_of_range(run, arguments[1].u.integer);
	if (index == size)
		return cel_of_str(STR(""));
	at = byte_of(s, index);
	utf8_decode(s.p + at, s.n - at, &width);
	return cel_of_str(str_make(s.p + at, width));
}

/*
 * Where an empty text stands, or what is wrong with the offset. The specification (`strict`) has none behind the end;
 * cel-go 0.30 takes the end for it, and before the empty text stood wherever one asked for it.
 */
static struct cel_value place_of_nothing(struct cel_run *run, int64_t from, int64_t size, bool strict)
{
	if (!run->newest)
		return cel_of_int(from);
	if (from < 0 || (strict && from > size))
		return out_of_range(run, from);
	return cel_of_int(from < size ? from : size);
}

static struct cel_value find_forward(struct cel_run *run, const struct cel_value *arguments, size_t count, bool strict)
{
	struct str s = cel_str(&arguments[0]), wanted = cel_str(&arguments[1]);
	int64_t from = count > 2 ? arguments[2].u.integer : 0, size;
	size_t at;

	if (!kinds_are(arguments, count, texts_and_int))
		return cel_no_overload(run);
	size = (int64_t)cel_size(&arguments[0]);
	if (wanted.n == 0)
		return place_of_nothing(run, from, size, strict);
	if (from < 0 || (strict && from > size))
		return out_of_range(run, from);
	if (from >= size)
		return cel_of_int(-1);
	at = str_find(s, wanted, byte_of(s, (uint64_t)from));
	return cel_of_int(at == STR_NOT_FOUND ? -1 : index_of_byte(s, at));
}

static CEL_BODY(index_of)
{
	return find_forward(run, arguments, count, false);
}

static CEL_BODY(index_of_strict)
{
	return find_forward(run, arguments, count, true);
}

/* The last place at or before the character at byte `at`, or STR_NOT_FOUND. */
static size_t rfind(struct str s, struct str wanted, size_t at)
{
	if (wanted.n > s.n)
		return STR_NOT_FOUND;
	if (at > s.n - wanted.n)
		at = s.n - wanted.n;
	for (;; at--) {
		if (s.p[at] == wanted.p[0] && memcmp(s.p + at, wanted.p, wanted.n) == 0)
			return at;
		if (at == 0)
			return STR_NOT_FOUND;
	}
}

static struct cel_value find_backward(struct cel_run *run, const struct cel_value *arguments, size_t count, bool strict)
{
	struct str s = cel_str(&arguments[0]), wanted = cel_str(&arguments[1]);
	int64_t size, from;
	size_t at;

	if (!kinds_are(arguments, count, texts_and_int))
		return cel_no_overload(run);
	size = (int64_t)cel_size(&arguments[0]);
	from = count > 2 ? arguments[2].u.integer : size;
	if (wanted.n == 0)
		return place_of_nothing(run, from, size, strict);
	if (from < 0 || (strict && from > size))
		return out_of_range(run, from);
	if (from >= size && count > 2)
		return cel_of_int(-1);
	at = rfind(s, wanted, byte_of(s, (uint64_t)from));
	return cel_of_int(at == STR_NOT_FOUND ? -1 : index_of_byte(s, at));
}

static CEL_BODY(last_index_of)
{
	return find_backward(run, arguments, count, false);
}

static CEL_BODY(last_index_of_strict)
{
	return find_backward(run, arguments, count, true);
}

static CEL_BODY(substring)
{
	struct str s = cel_str(&arguments[0]);
	int64_t start, end;
	uint64_t size;
	size_t from;

	if (!kinds_are(arguments, count, text_and_ints))
		return cel_no_overload(run);
	size = cel_size(&arguments[0]);
	start = arguments[1].u.integer;
	end = count > 2 ? arguments[2].u.integer : (int64_t)size;
	if (count > 2 && start > end)
		return cel_fail(run, "invalid substring range. start: %lld, end: %lld", (long long)start,
				(long long)end);
	if ((uint64_t)start > size)
		return out_of_range(run, start);
	if ((uint64_t)end > size)
		return out_of_range(run, end);
	from = byte_of(s, (uint64_t)start);
	s = str_skip(s, from);
	return cel_of_str(str_slice(s, 0, byte_of(s, (uint64_t)(end - start))));
}

/* -- letters ----------------------------------------------------------------------------------------------------- */

/* ASCII letters from `first` on to the other case; the text itself when it has none. */
static struct cel_value change_case(struct cel_run *run, const struct cel_value *v, char first)
{
	char *changed = NULL;

	for (size_t i = 0; i < v->length; i++) {
		char c = v->u.text[i];

		if (c < first || c > first + 25)
			continue;
		if (!changed)
			changed = arena_copy(run->arena, v->u.text, v->length);
		changed[i] = (char)(c ^ 32);
	}
	return changed ? cel_of_str(str_make(changed, v->length)) : *v;
}

static CEL_BODY(lower_ascii)
{
	return arguments[0].kind == CEL_STRING ? change_case(run, &arguments[0], 'A')
					       : cel_no_overload(run);
}

static CEL_BODY(upper_ascii)
{
	return arguments[0].kind == CEL_STRING ? change_case(run, &arguments[0], 'a')
					       : cel_no_overload(run);
}

/* Unicode's White_Space. */
static bool is_space(uint32_t c)
{
	if (c < 0x80)
		return c == ' ' || (c >= '\t' && c <= '\r');
	return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
	       c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Where the character that ends before byte `end` begins. */
static size_t previous(struct str s, size_t end)
{
	size_t start = end - 1;

	while (start > 0 && end - start < 4 && ((unsigned char)s.p[start] & 0xc0) == 0x80)
		start--;
	return start;
}

static CEL_BODY(trim)
{
	struct str s = cel_str(&arguments[0]);
	size_t start = 0, end = s.n, width;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	while (start < end && is_space(utf8_decode(s.p + start, end - start, &width)))
		start += width;
	while (end > start) {
		size_t last = previous(s, end);

		if (!is_space(utf8_decode(s.p + last, end - last, &width)))
			break;
		end = last;
	}
	return cel_of_str(str_slice(s, start, end));
}

static CEL_BODY(reverse)
{
	struct str s = cel_str(&arguments[0]);
	char *out, *end;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	out = arena_alloc(run->arena, s.n);
	end = out + s.n;
	for (size_t i = 0, width; i < s.n; i += width) {
		utf8_decode(s.p + i, s.n - i, &width);
		end -= width;
		memcpy(end, s.p + i, width);
	}
	return cel_of_str(str_make(out, s.n));
}

/* In double quotes, with CEL's escapes; bytes that are not UTF-8 become U+FFFD. */
static CEL_BODY(quote_text)
{
	static const char letters[128] = {
		['\a'] = 'a', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r',
		['\t'] = 't', ['\v'] = 'v', ['\\'] = '\\', ['"'] = '"',
	};
	struct str s = cel_str(&arguments[0]);
	char *out, *p;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!cel_can_hold(run, 3 * s.n))
		return cel_fail_memory(run);
	p = out = arena_alloc(run->arena, 3 * s.n + 2);
	*p++ = '"';
	for (size_t i = 0, width; i < s.n; i += width) {
		uint32_t c = utf8_decode(s.p + i, s.n - i, &width);

		if (c < 128 && letters[c]) {
			*p++ = '\\';
			*p++ = letters[c];
		} else {
			p += utf8_encode(c, p);
		}
	}
	*p++ = '"';
	return cel_of_str(str_make(out, (size_t)(p - out)));
}

/* -- parts ------------------------------------------------------------------------------------------------------- */

/* Replacements of a text, or of nothing: before each character and at the end. */
static uint64_t count_hits(struct str s, struct str old, uint64_t limit)
{
	uint64_t hits = 0;
	size_t at = 0;

	if (old.n == 0) {
		struct cel_value text = cel_of_str(s);
		uint64_t places = cel_size(&text) + 1;

		return places < limit ? places : limit;
	}
	while (hits < limit && (at = str_find(s, old, at)) != STR_NOT_FOUND) {
		hits++;
		at += old.n;
	}
	return hits;
}

static char *put(char *out, const char *p, size_t n)
{
	if (n)
		memcpy(out, p, n);
	return out + n;
}

static struct str insert_everywhere(struct arena *arena, struct str s, struct str with, uint64_t hits)
{
	char *out = arena_alloc(arena, s.n + hits * with.n), *p = out;
	size_t at = 0;

	for (uint64_t i = 0; i < hits; i++) {
		size_t width = 0;

		p = put(p, with.p, with.n);
		if (at < s.n)
			utf8_decode(s.p + at, s.n - at, &width);
		if (i + 1 == hits)
			width = s.n - at;
		p = put(p, s.p + at, width);
		at += width;
	}
	return str_make(out, (size_t)(p - out));
}

static CEL_BODY(replace)
{
	struct str s = cel_str(&arguments[0]), old = cel_str(&arguments[1]), with = cel_str(&arguments[2]);
	uint64_t limit = UINT64_MAX, hits, added;

	if (!kinds_are(arguments, count, texts))
		return cel_no_overload(run);
	if (count > 3 && arguments[3].u.integer >= 0)
		limit = arguments[3].u.uinteger;
	hits = count_hits(s, old, limit);
	if (hits == 0 || (old.n == 0 && with.n == 0))
		return arguments[0];
	if (__builtin_mul_overflow(hits, with.n, &added) || !cel_can_hold(run, added))
		return cel_fail_memory(run);
	return cel_of_str(old.n ? str_replace(run->arena, s, old, with, hits)
				: insert_everywhere(run->arena, s, with, hits));
}

static size_t part_length(struct str s, size_t at, struct str separator, size_t *next)
{
	size_t width, end;

	if (separator.n == 0) {
		utf8_decode(s.p + at, s.n - at, &width);
		*next = at + width;
		return width;
	}
	end = str_find(s, separator, at);
	*next = end + separator.n;
	return end - at;
}

static CEL_BODY(split)
{
	struct str s = cel_str(&arguments[0]), separator = cel_str(&arguments[1]);
	uint64_t limit = UINT64_MAX, parts;
	struct cel_value *items;
	size_t at = 0;

	if (!kinds_are(arguments, count, texts_and_int))
		return cel_no_overload(run);
	if (count > 2 && arguments[2].u.integer >= 0)
		limit = arguments[2].u.uinteger;
	if (limit == 0 || (s.n == 0 && separator.n == 0))
		return cel_of_items(NULL, 0);
	parts = separator.n ? count_hits(s, separator, limit - 1) + 1 : cel_size(&arguments[0]);
	if (parts > limit)
		parts = limit;
	if (!cel_can_hold(run, parts * sizeof(*items)))
		return cel_fail_memory(run);
	items = arena_array(run->arena, parts, sizeof(*items));
	for (uint64_t i = 0; i < parts; i++) {
		size_t next = s.n, length = i + 1 < parts ? part_length(s, at, separator, &next) : s.n - at;

		items[i] = cel_of_str(str_make(s.p + at, length));
		at = next;
	}
	return cel_of_items(items, parts);
}

static CEL_BODY(join)
{
	struct str separator = count > 1 ? cel_str(&arguments[1]) : STR("");
	size_t items = cel_count(&arguments[0]), size = 0;
	char *out, *p;

	if (arguments[0].kind != CEL_LIST || (count > 1 && arguments[1].kind != CEL_STRING))
		return cel_no_overload(run);
	for (size_t i = 0; i < items; i++) {
		struct cel_value item = cel_item(&arguments[0], i);

		/* cel-go looks at the first item when it chooses the function. */
		if (item.kind != CEL_STRING && i == 0)
			return cel_fail(run, "no such overload: join(%s)", count > 1 ? "list, string" : "list");
		if (item.kind != CEL_STRING) {
			struct str text = cel_text(run->arena, &item);

			return cel_fail(run, "join: invalid input: " STR_FMT, STR_ARG(text));
		}
		size += item.length + (i ? separator.n : 0);
		if (!cel_can_hold(run, size))
			return cel_fail_memory(run);
	}
	p = out = arena_alloc(run->arena, size);
	for (size_t i = 0; i < items; i++) {
		struct cel_value item = cel_item(&arguments[0], i);

		if (i)
			p = put(p, separator.p, separator.n);
		p = put(p, item.u.text, item.length);
	}
	return cel_of_str(str_make(out, size));
}

/* -- tables ------------------------------------------------------------------------------------------------------ */

#define READ .cost = cel_cost_read, .estimate = cel_estimate_same_size
#define FIND .cost = cel_cost_walk, .estimate = cel_estimate_read
#define REPLACE .cost = cel_cost_read_twice, .estimate = cel_estimate_replace
#define SPLIT .cost = cel_cost_read_twice, .estimate = cel_estimate_split
#define JOIN .cost = cel_cost_join, .estimate = cel_estimate_join

#define COMMON \
	{ .name = "charAt", .signature = "string.(int) -> string", .evaluate = char_at }, \
	{ .name = "lowerAscii", .signature = "string.() -> string", .evaluate = lower_ascii, READ }, \
	{ .name = "replace", .signature = "string.(string, string) -> string", .evaluate = replace, REPLACE }, \
	{ .name = "replace", .signature = "string.(string, string, int) -> string", .evaluate = replace, REPLACE }, \
	{ .name = "split", .signature = "string.(string) -> list(string)", .evaluate = split, SPLIT }, \
	{ .name = "split", .signature = "string.(string, int) -> list(string)", .evaluate = split, SPLIT }, \
	{ .name = "substring", .signature = "string.(int) -> string", .evaluate = substring, READ }, \
	{ .name = "substring", .signature = "string.(int, int) -> string", .evaluate = substring, READ }, \
	{ .name = "trim", .signature = "string.() -> string", .evaluate = trim, READ }, \
	{ .name = "upperAscii", .signature = "string.() -> string", .evaluate = upper_ascii, READ }, \
	{ .name = "strings.quote", .signature = "(string) -> string", .evaluate = quote_text, \
	  .cost = cel_cost_read, .estimate = cel_estimate_quote, .flags = CEL_TRACKED }, \
	{ .name = "join", .signature = "list(string).() -> string", .evaluate = join, JOIN }, \
	{ .name = "join", .signature = "list(string).(string) -> string", .evaluate = join, JOIN }

static const struct cel_function version_2[] = {
	COMMON,
	{ .name = "indexOf", .signature = "string.(string) -> int", .evaluate = index_of, FIND },
	{ .name = "indexOf", .signature = "string.(string, int) -> int", .evaluate = index_of, FIND },
	{ .name = "lastIndexOf", .signature = "string.(string) -> int", .evaluate = last_index_of, FIND },
	{ .name = "lastIndexOf", .signature = "string.(string, int) -> int", .evaluate = last_index_of, FIND },
	{ .name = "format", .signature = "string.(list(dyn)) -> string", .evaluate = cel_do_format_old,
	  .cost = cel_cost_read, .estimate = cel_estimate_read, .flags = CEL_TRACKED },
	{ .name = NULL },
};

static const struct cel_function newest[] = {
	COMMON,
	{ .name = "indexOf", .signature = "string.(string) -> int", .evaluate = index_of_strict, FIND },
	{ .name = "indexOf", .signature = "string.(string, int) -> int", .evaluate = index_of_strict, FIND },
	{ .name = "lastIndexOf", .signature = "string.(string) -> int", .evaluate = last_index_of_strict, FIND },
	{ .name = "lastIndexOf", .signature = "string.(string, int) -> int", .evaluate = last_index_of_strict, FIND },
	{ .name = "format", .signature = "string.(list(dyn)) -> string", .evaluate = cel_do_format,
	  .cost = cel_cost_read, .estimate = cel_estimate_read, .flags = CEL_TRACKED },
	{ .name = "reverse", .signature = "string.() -> string", .evaluate = reverse },
	{ .name = NULL },
};

const struct cel_library cel_strings_library = { .name = "cel.lib.ext.strings", .functions = version_2 };
const struct cel_library cel_strings_plain_library = { .name = "cel.lib.ext.strings", .functions = newest };
