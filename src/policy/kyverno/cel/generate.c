/*
 * GeneratingPolicy: what would be made because of the object.
 *
 * Semantics: Kyverno v1.19 pkg/cel/policies/gpol. Expressions call generator.Apply, which leaves what it makes in the
 * evaluation.
 */
#include "policy/kyverno/cel/policy.h"

int generations_compile(struct compiling *compiling)
{
	static const struct cel_type *const types[] = { &cel_bool };
	struct expressions *out = &compiling->variant->generations;
	const struct value *list = value_field(compiling->variant->spec, "generate");

	out->items = arena_array(compiling->arena, value_count(list), sizeof(*out->items));
	for (VALUE_EACH(item, list)) {
		const struct value *text = value_field(item, "expression");
		struct str where = str_format(compiling->arena, "spec.generate[%zu].expression", out->count);
		struct expression *generation = &out->items[out->count];

		if (value_field(item, "template"))
			return error_set_at(compiling->err, ERROR_UNSUPPORTED, value_place(item),
					    "spec.generate[%zu].template is not supported yet", out->count);
		*generation = (struct expression){ .at = item };
		generation->program = expression_compile(compiling, text ? text : &value_empty_string, where, types, 1);
		if (!generation->program)
			return -1;
		out->count++;
	}
	return 0;
}

static bool all_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct expressions *generations = &evaluation->variant->generations;

	for (size_t i = 0; i < generations->count; i++) {
		struct cel_value value = evaluation_run(evaluation, generations->items[i].program);

		if (!cel_is_error(value))
			continue;
		verdict->conclusion = CONCLUSION_BROKEN;
		verdict->message = value.u.error->message;
		verdict->at = generations->items[i].at;
		return false;
	}
	return true;
}

void generate_run(struct evaluation *evaluation, struct verdict *verdict)
{
	int holds;

	if (!exceptions_pass(evaluation, verdict))
		return;
	holds = clauses_hold(evaluation, &evaluation->variant->conditions, &verdict->message);
	if (holds <= 0) {
		verdict->conclusion = holds < 0 ? CONCLUSION_BROKEN : CONCLUSION_SILENT;
		return;
	}
	if (!all_run(evaluation, verdict))
		return;
	if (!annotations_run(evaluation, verdict)) {
		verdict->conclusion = CONCLUSION_BROKEN;
		return;
	}
	verdict->conclusion = CONCLUSION_PASS;
	verdict->generated = array_finish(evaluation->review->arena, &evaluation->functions.generated);
}
