#include "data/decode.h"

const struct decode_limits decode_limits_default = {
	.depth = 512,
	.nodes = 2000000,
	.document = 64u << 20,
	.key = 64u << 10,
};

const struct source *decode_source(struct arena *arena, const struct source *source)
{
	struct source *copy;

	if (!source)
		return NULL;
	copy = arena_copy(arena, source, sizeof(*source));
	if (copy->first_line == 0)
		copy->first_line = 1;
	return copy;
}

struct place decode_place(const struct source *source, size_t offset)
{
	struct place place = { source->name, source->first_line ? source->first_line : 1, 0 };
	const char *line = source->text.p, *at, *next;

	if (offset > source->text.n)
		offset = source->text.n;
	at = line + offset;
	while (line < at && (next = memchr(line, '\n', (size_t)(at - line)))) {
		line = next + 1;
		place.line++;
	}
	place.column = (uint32_t)(at - line) + 1;
	return place;
}

int decode_check_size(const struct source *source, const struct decode_limits *limits, struct error **err)
{
	size_t cap = limits->document < UINT32_MAX ? limits->document : UINT32_MAX - 1;

	if (source->text.n <= cap)
		return 0;
	return error_set_at(err, ERROR_LIMIT, (struct place){ source->name, source->first_line, 1 },
			    "the document has %zu bytes, more than the %zu allowed", source->text.n, cap);
}

size_t decode_skip_bom(struct str text)
{
	return str_starts_with(text, STR("\xef\xbb\xbf")) ? 3 : 0;
}

void decode_duplicate(void *context, const struct member *earlier, const struct member *later)
{
	struct duplicate_context *duplicate = context;
	struct decode_warnings *warnings = duplicate->warnings;
	struct str key = str_slice(value_str(&later->key), 0, 200);

	if (!warnings || warnings->count >= DECODE_WARNINGS_MAX)
		return;
	if ((earlier->key.flags | later->key.flags) & duplicate->ignore)
		return;
	*ARENA_PUSH(duplicate->arena, warnings->items, warnings->count, warnings->capacity) = (struct decode_warning){
		.place = value_place(&later->key),
		.earlier = value_place(&earlier->key),
		.message = str_format(duplicate->arena,
				      "key \"" STR_FMT "\" is given twice; the one on line %u is ignored", STR_ARG(key),
				      earlier->key.line),
	};
}
