/* A schema, an object and an old one, cut at "---": compiled, completed, validated, and its rules judged. */
#include <stdint.h>

#include "data/yaml.h"
#include "policy/crd/crd.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RULES_MAX 24

static size_t count_rules(const struct crd_schema *schema)
{
	size_t count = value_count(schema->rules);

	if (schema->items)
		count += count_rules(schema->items);
	if (schema->additional)
		count += count_rules(schema->additional);
	for (size_t i = 0; i < schema->property_count; i++)
		count += count_rules(schema->properties[i].schema);
	for (size_t i = 0; i < schema->all_of.count; i++)
		count += count_rules(schema->all_of.items[i]);
	return count;
}

static const struct value *next_document(struct arena *arena, struct str *text)
{
	struct decode_limits limits = decode_limits_default;
	struct source *source = ARENA_NEW(arena, struct source);
	size_t end = str_find(*text, STR("\n---"), 0);

	limits.nodes = 2000;
	if (end == STR_NOT_FOUND)
		end = text->n;
	*source = (struct source){ STR("fuzz"), str_slice(*text, 0, end), 1 };
	*text = str_skip(*text, end + 4);
	return yaml_decode(arena, source, &limits, NULL, NULL);
}

static void judge(struct arena *arena, const struct crd_schema *schema, const struct value *object,
		  const struct value *old)
{
	const struct crd_rules *rules = crd_rules_compile(arena, schema, true);
	struct crd_rules_run run = {
		.arena = arena,
		.ratcheting = true,
		.call_limit = 10000,
		.budget = 100000,
	};
	struct crd_errors errors = { 0 };
	const struct value *done = crd_defaulted(arena, schema, object);

	crd_unknown_fields(arena, schema, object, &errors);
	crd_validate(arena, NULL, schema, done, &errors);
	crd_rules_check(arena, rules, STR("schema"), &errors);
	crd_rules_judge(&run, rules, done, old, &errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	struct str text = str_make((const char *)data, size);

	if (size <= 16 * 1024) {
		const struct value *source = next_document(arena, &text);
		const struct crd_schema *schema = source ? crd_compile(arena, source, NULL) : NULL;
		const struct value *object = next_document(arena, &text), *old = next_document(arena, &text);

		if (schema && object && count_rules(schema) <= RULES_MAX)
			judge(arena, schema, object, old);
	}
	arena_destroy(arena);
	return 0;
}
