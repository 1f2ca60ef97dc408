/*
 * Judging by validations: ValidatingPolicy, and the last part of ImageValidatingPolicy.
 *
 * Semantics: Kyverno v1.19 pkg/cel/policies/vpol/compiler/policy.go. Conditions first; then the validations in order,
 * up to the first that is false or fails; auditAnnotations last.
 */
#include "policy/kyverno/cel/policy.h"
#include "policy/trace.h"

static struct str failure_text(struct cel_value value)
{
	return value.u.error->message;
}

int clauses_hold(struct evaluation *evaluation, const struct expressions *conditions, struct str *message)
{
	struct arena *arena = evaluation->review->arena;

	*message = STR_NULL;
	for (size_t i = 0; i < conditions->count; i++) {
		const struct expression *condition = &conditions->items[i];
		struct cel_value value = evaluation_run(evaluation, condition->program);
		bool failed = cel_is_error(value), holds = !failed && value.kind == CEL_BOOL && value.u.boolean;

		TRACE(evaluation->review, TRACE_CONDITION, holds, NULL, condition->at,
		      "condition " STR_FMT ": " STR_FMT, STR_ARG(condition->name),
		      STR_ARG(failed ? failure_text(value) : cel_text(arena, &value)));
		if (failed)
			*message = message->n ? str_format(arena, STR_FMT "; " STR_FMT, STR_ARG(*message),
							   STR_ARG(failure_text(value)))
					      : failure_text(value);
		else if (!holds)
			return 0;
	}
	if (!message->n)
		return 1;
	/* Only validating policies have a failurePolicy that matters here. */
	return evaluation->variant->policy->ignores_failures ? 0 : -1;
}

bool annotations_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct expressions *annotations = &evaluation->variant->annotations;
	struct arena *arena = evaluation->review->arena;
	struct property *properties = arena_array(arena, annotations->count, sizeof(*properties));

	verdict->annotations = properties;
	for (size_t i = 0; i < annotations->count; i++) {
		const struct expression *annotation = &annotations->items[i];
		struct cel_value value = evaluation_run(evaluation, annotation->program);

		if (cel_is_error(value)) {
			verdict->message =
				str_format(arena, "failed to evaluate auditAnnotation '" STR_FMT "': " STR_FMT,
					   STR_ARG(annotation->name), STR_ARG(failure_text(value)));
			return false;
		}
		if (value.kind != CEL_STRING) {
			verdict->message =
				str_format(arena,
					   "failed to convert auditAnnotation '" STR_FMT
					   "' expression: type conversion error from '" STR_FMT "' to 'string'",
					   STR_ARG(annotation->name), STR_ARG(cel_type_of(&value)->name));
			return false;
		}
		if (value.length)
			properties[verdict->annotation_count++] =
				(struct property){ annotation->name, cel_str(&value) };
	}
	return true;
}

static struct str denial_text(struct evaluation *evaluation, const struct validation *validation, size_t i)
{
	struct arena *arena = evaluation->review->arena;
	struct cel_value value;

	if (validation->message_program) {
		value = evaluation_run(evaluation, validation->message_program);
		if (cel_is_error(value))
			return str_format(arena, "failed to evaluate message expression: " STR_FMT,
					  STR_ARG(failure_text(value)));
		if (value.kind == CEL_STRING && value.length)
			return cel_str(&value);
	} else if (validation->message.n) {
		return validation->message;
	}
	return str_format(arena, "CEL expression validation failed at index %zu", i);
}

/* False when it is not true, and the verdict says so. */
static bool validation_run(struct evaluation *evaluation, size_t i, struct verdict *verdict)
{
	const struct validation *validation = &evaluation->variant->validations[i];
	struct cel_value value = evaluation_run(evaluation, validation->program);
	bool failed = cel_is_error(value);

	TRACE(evaluation->review, TRACE_CONDITION, !failed && value.u.boolean, NULL, validation->at,
	      "validation %zu: " STR_FMT, i,
	      STR_ARG(failed ? failure_text(value) : cel_text(evaluation->review->arena, &value)));
	if (!failed && value.u.boolean)
		return true;
	verdict->validation = i;
	verdict->at = validation->at;
	if (failed) {
		verdict->conclusion = CONCLUSION_ERROR;
		verdict->message = failure_text(value);
		return false;
	}
	verdict->conclusion = CONCLUSION_FAIL;
	verdict->message = denial_text(evaluation, validation, i);
	return false;
}

void validations_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct variant *variant = evaluation->variant;
	struct str message;

	verdict->conclusion = CONCLUSION_PASS;
	for (size_t i = 0; i < variant->validation_count; i++)
		if (!validation_run(evaluation, i, verdict))
			break;
	if (verdict->conclusion == CONCLUSION_ERROR || !variant->annotations.count)
		return;
	message = verdict->message;
	if (!annotations_run(evaluation, verdict))
		verdict->conclusion = verdict->conclusion == CONCLUSION_FAIL ? CONCLUSION_ERROR : CONCLUSION_BROKEN;
	else
		verdict->message = message;
}

void validate_run(struct evaluation *evaluation, struct verdict *verdict)
{
	int holds;

	if (!exceptions_pass(evaluation, verdict))
		return;
	holds = clauses_hold(evaluation, &evaluation->variant->conditions, &verdict->message);
	if (holds <= 0) {
		verdict->conclusion = holds < 0 ? CONCLUSION_BROKEN : CONCLUSION_SKIP;
		if (holds == 0)
			verdict->message = STR_NULL;
		return;
	}
	validations_run(evaluation, verdict);
}
