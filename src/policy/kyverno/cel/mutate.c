/*
 * MutatingPolicy: what becomes of the object.
 *
 * Semantics: Kyverno v1.19 pkg/cel/policies/mpol. Each mutation sees what the one before made. How patches apply is
 * Kubernetes' business: policy/admissionpolicy.
 */
#include "policy/kyverno/cel/policy.h"
#include "policy/trace.h"

int mutations_compile(struct compiling *compiling)
{
	struct variant *variant = compiling->variant;
	const struct value *list = value_field(variant->spec, "mutations");

	variant->mutations = arena_array(compiling->arena, value_count(list), sizeof(*variant->mutations));
	for (VALUE_EACH(item, list)) {
		struct mutation *mutation = &variant->mutations[variant->mutation_count];
		size_t i = (size_t)(item - list->u.items);
		bool json_patch = str_is(value_str(value_field(item, "patchType")), "JSONPatch");
		const char *field = json_patch ? "jsonPatch" : "applyConfiguration";
		const struct value *patch = value_get(item, str_of(field)), *text = value_field(patch, "expression");
		struct str where = str_format(compiling->arena, "spec.mutations[%zu].%s.expression", i, field);
		const struct cel_type *types[1] = { json_patch ? &admission_json_patches_type
							       : &admission_object_type };

		if (!patch)
			continue;
		*mutation = (struct mutation){ .json_patch = json_patch, .at = item };
		mutation->program = expression_compile(compiling, text ? text : &value_empty_string, where, types, 1);
		if (!mutation->program)
			return -1;
		variant->mutation_count++;
	}
	return 0;
}

static bool mutation_run(struct evaluation *evaluation, const struct mutation *mutation, const struct value **object,
			 struct verdict *verdict)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct arena *arena = evaluation->review->arena;
	struct cel_value value = evaluation_run(evaluation, mutation->program);

	verdict->conclusion = CONCLUSION_BROKEN;
	verdict->at = mutation->at;
	if (cel_is_error(value)) {
		verdict->message = value.u.error->message;
		return false;
	}
	*object = admission_patch(arena, *object, value, mutation->json_patch, &err);
	if (!*object) {
		verdict->message = str_dup(arena, str_of(err ? err->message : "the patch does not apply"));
		return false;
	}
	evaluation->slots[evaluation->variant->policy->environment->object] = cel_of_data(*object);
	return true;
}

void mutate_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct variant *variant = evaluation->variant;
	const struct value *object = evaluation->admitted->object;
	int holds;

	if (!exceptions_pass(evaluation, verdict))
		return;
	holds = clauses_hold(evaluation, &variant->conditions, &verdict->message);
	if (holds <= 0 || !object) {
		verdict->conclusion = holds < 0 ? CONCLUSION_BROKEN : CONCLUSION_SKIP;
		if (holds >= 0)
			verdict->message = STR_NULL;
		return;
	}
	for (size_t i = 0; i < variant->mutation_count; i++)
		if (!mutation_run(evaluation, &variant->mutations[i], &object, verdict))
			return;
	if (!annotations_run(evaluation, verdict)) {
		verdict->conclusion = CONCLUSION_BROKEN;
		return;
	}
	*verdict = (struct verdict){
		.conclusion = CONCLUSION_PASS,
		.annotations = verdict->annotations,
		.annotation_count = verdict->annotation_count,
	};
	if (object == evaluation->admitted->object)
		return;
	verdict->patched = object;
	evaluation->review->object = object;
}
