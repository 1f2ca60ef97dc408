/*
 * YAML: any bytes are decoded or refused; the fast scanner gives what libyaml gives, to the column; what was decoded
 * can be written as YAML and JSON, and reads back as the same values.
 */
#include <stdint.h>
#include <stdlib.h>

#include "data/yaml_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct decode_limits limits = { .depth = 64, .nodes = 20000, .document = 1 << 20, .key = 1000 };

static void check_same(const struct value *a, const struct value *b)
{
	if (a->type != b->type || a->line != b->line || a->column != b->column || a->length != b->length ||
	    (a->flags ^ b->flags) & VALUE_QUOTED)
		abort();
	for (size_t i = 0; i < value_count(a); i++) {
		if (a->type == VALUE_OBJECT)
			check_same(&a->u.members[i].key, &b->u.members[i].key);
		check_same(value_at(a, i), value_at(b, i));
	}
}

static void check_fast(struct arena *arena, const struct source *source)
{
	struct decode_warnings fast_warnings = { 0 }, warnings = { 0 };
	const struct value *fast = yaml_decode_by_lines(arena, source, &limits, &fast_warnings), *v;

	if (!fast)
		return;
	v = yaml_decode_by_libyaml(arena, source, &limits, &warnings, NULL);
	if (!v || !value_equal(fast, v) || fast_warnings.count != warnings.count)
		abort();
	check_same(fast, v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct source source = { .name = STR("input"), .text = { (const char *)data, size }, .first_line = 1 };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct decode_warnings warnings = { 0 };
	const struct value *v = yaml_decode(arena, &source, &limits, &warnings, &err), *back;
	struct buf out = { 0 };

	if (!v != (err != NULL))
		abort();
	check_fast(arena, &source);
	if (v) {
		yaml_encode(&out, v, 0);
		back = yaml_parse(arena, buf_str(&out), NULL);
		if (!back || !value_equal(v, back))
			abort();
		back = json_parse(arena, json_text(arena, v, JSON_SORTED), NULL);
		if (!back || !value_equal(v, back) || !value_equal(back, value_copy(arena, v)))
			abort();
	}
	buf_free(&out);
	return 0;
}
