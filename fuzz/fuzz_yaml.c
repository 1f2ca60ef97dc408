/*
 * YAML: any bytes are decoded or refused; what was decoded can be written as YAML and JSON, and reads back as the same
 * values.
 */
#include <stdint.h>
#include <stdlib.h>

#include "data/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct decode_limits limits = { .depth = 64, .nodes = 20000, .document = 1 << 20, .key = 1000 };
	struct source source = { .name = STR("input"), .text = { (const char *)data, size }, .first_line = 1 };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct decode_warnings warnings = { 0 };
	const struct value *v = yaml_decode(arena, &source, &limits, &warnings, &err), *back;
	struct buf out = { 0 };

	if (!v != (err != NULL))
		abort();
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
