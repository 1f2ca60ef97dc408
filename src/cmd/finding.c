#include "cmd/finding.h"

void reported_init(struct reported *reported, const struct value *object, const struct source *source)
{
	*reported = (struct reported){ .object = object, .source = source };
	if (!object)
		return;
	reported->api_version = value_str(value_field(object, "apiVersion"));
	reported->kind = value_str(value_field(object, "kind"));
	reported->name = object_name(object);
	if (reported->name.n == 0)
		reported->name = object_generate_name(object);
	reported->namespace = object_namespace(object);
	reported->line = object->line;
	reported->column = object->column;
	if (object->source)
		reported->source = object->source;
}

struct result *finding_add(struct arena *arena, struct result_list *results, enum outcome outcome, const char *rule,
			   struct place place, const struct source *source, struct str message)
{
	struct result *result = result_add(arena, results);

	result->policy = STR("biro");
	result->policy_kind = STR("biro");
	result->rule = str_of(rule);
	result->outcome = outcome;
	result->category = STR("Input");
	result->severity = outcome == OUTCOME_ERROR ? STR("high") : STR("medium");
	result->message = message;
	if (source && place.line > 0) {
		struct value *at = ARENA_NEW(arena, struct value);

		at->line = place.line;
		at->column = place.column > UINT16_MAX ? UINT16_MAX : (uint16_t)place.column;
		at->source = source;
		result->at = at;
	}
	return result;
}

void findings_put(struct findings *findings, enum outcome outcome, const char *rule, const struct value *object,
		  const struct source *source, const struct error *err)
{
	struct result_list results = { 0 };
	struct reported *reported = ARENA_PUSH(findings->arena, findings->items, findings->count, findings->capacity);
	struct str file = str_of(err->file);

	/* An error may speak of another text than the one at hand: of a file that could not be opened. */
	if (file.n > 0 && (!source || !str_equal(source->name, file))) {
		struct source *unread = ARENA_NEW(findings->arena, struct source);

		unread->name = str_dup(findings->arena, file);
		unread->first_line = 1;
		source = unread;
	}
	finding_add(findings->arena, &results, outcome, rule,
		    (struct place){ .line = err->line, .column = err->column }, source,
		    str_dup(findings->arena, str_of(err->message)));
	reported_init(reported, object, source);
	if (!reported->line) {
		reported->line = err->line;
		reported->column = err->column;
	}
	reported->results = results.items;
	reported->count = results.count;
}
