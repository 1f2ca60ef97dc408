/* JSON: any bytes are decoded or refused; what was decoded reads back as the same values, and has places in the text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "data/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The byte at a value's place is one that such a value can begin with. */
static void check_places(const struct value *v, const char *const *lines, size_t count)
{
	static const char *const begins[] = {
		[VALUE_NULL] = "n", [VALUE_BOOL] = "tf", [VALUE_INT] = "-0123456789", [VALUE_FLOAT] = "-0123456789",
		[VALUE_STRING] = "\"", [VALUE_ARRAY] = "[", [VALUE_OBJECT] = "{",
	};

	if (v->line < 1 || v->line > count || v->column < 1)
		abort();
	if (v->column < UINT16_MAX && !strchr(begins[v->type], lines[v->line - 1][v->column - 1]))
		abort();
	for (VALUE_EACH(item, v))
		check_places(item, lines, count);
	for (MEMBER_EACH(m, v)) {
		check_places(&m->key, lines, count);
		check_places(&m->value, lines, count);
	}
}

static void check(struct arena *arena, const struct value *v, struct str text)
{
	const char **lines = NULL;
	size_t count = 0, capacity = 0;
	const struct value *back;

	text = str_skip(text, str_starts_with(text, STR("\xef\xbb\xbf")) ? 3 : 0);
	*ARENA_PUSH(arena, lines, count, capacity) = text.p;
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\n')
			*ARENA_PUSH(arena, lines, count, capacity) = text.p + i + 1;
	check_places(v, lines, count);
	back = json_parse(arena, json_text(arena, v, JSON_PRETTY | JSON_HTML_SAFE), NULL);
	if (!back || !value_equal(v, back))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct decode_limits limits = { .depth = 64, .nodes = 20000, .document = 1 << 20, .key = 1000 };
	struct source source = { .name = STR("input"), .text = { (const char *)data, size }, .first_line = 1 };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct decode_warnings warnings = { 0 };
	const struct value *v = json_decode(arena, &source, &limits, &warnings, &err);

	if (!v != (err != NULL))
		abort();
	if (v)
		check(arena, v, source.text);
	return 0;
}
