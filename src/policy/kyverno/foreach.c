/*
 * validate.foreach: one check for every element of lists.
 *
 * Semantics: Kyverno v1.19 validateForEach and validateElements (handlers/validation/validate_resource.go),
 * EvaluateList and AddElementToContext (engine/utils/foreach.go).
 */
#include "policy/kyverno/rule.h"

#include "policy/trace.h"

/* %T of decoded JSON. */
static const char *go_type(const struct value *v)
{
	static const char *const names[] = {
		[VALUE_NULL] = "<nil>", [VALUE_BOOL] = "bool", [VALUE_INT] = "float64", [VALUE_FLOAT] = "float64",
		[VALUE_STRING] = "string", [VALUE_ARRAY] = "[]interface {}", [VALUE_OBJECT] = "map[string]interface {}",
	};

	return names[v->type];
}

static enum jmespath_status list_evaluate(struct context *context, const struct foreach *foreach,
					  const struct value **out, struct error **err)
{
	if (foreach->list)
		return context_query(context, foreach->list, out, err);
	error_set(err, ERROR_INVALID, "invalid query (nil)");
	return JMESPATH_FAILED;
}

static bool over_limits(struct context *context, struct verdict *verdict)
{
	size_t memory = context->review->budget.memory;

	if (++context->elements > FOREACH_ELEMENTS_MAX)
		return verdict_text(
			verdict, OUTCOME_ERROR,
			str_format(context->arena, "foreach visits more than %d elements", FOREACH_ELEMENTS_MAX));
	if (memory && arena_used(context->arena) > memory)
		return verdict_text(
			verdict, OUTCOME_ERROR,
			str_format(context->arena, "evaluation needs more than %zu bytes of memory", memory));
	return false;
}

/* Patterns are matched against the element when it is an object, unless elementScope says otherwise. */
static bool element_enter(struct context *context, const struct foreach *foreach, const struct value *element,
			  size_t index, int nesting, struct verdict *verdict)
{
	bool is_object = element->type == VALUE_OBJECT;

	context_add_element(context, element, index, nesting);
	if (foreach->scope == SCOPE_ELEMENT && !is_object) {
		verdict_text(verdict, OUTCOME_ERROR,
			     str_format(context->arena,
					"failed to process foreach: cannot use elementScope=true "
					"foreach rules for elements that are not maps, expected type=map got type=%s",
					go_type(element)));
		return false;
	}
	if (foreach->scope == SCOPE_ELEMENT || (foreach->scope == SCOPE_AUTOMATIC && is_object))
		context->element = element;
	return true;
}

static void element_failed(struct context *context, const struct value *element, struct verdict *verdict)
{
	const struct value *object = context->object ? context->object : context->old_object;
	const struct value *at = verdict->at ? verdict->at : place_of(object, element);

	*verdict = (struct verdict){
		.outcome = verdict->outcome, .at = at,
		.message = str_concat(context->arena, STR("validation failure: "), verdict->message),
	};
}

enum element_result { ELEMENT_PASSED, ELEMENT_IGNORED, ELEMENT_DECIDES };

static enum element_result element_run(struct validator *outer, const struct foreach *foreach,
				       const struct value *element, size_t index, struct verdict *verdict)
{
	struct context *context = outer->context;
	const struct value *outer_element = context->element;
	struct validator validator = {
		.context = context, .check = &foreach->check, .entries = &foreach->context,
		.preconditions = foreach->preconditions, .nesting = outer->nesting + 1,
	};
	bool responded;

	if (!element_enter(context, foreach, element, index, outer->nesting, verdict)) {
		context->element = outer_element;
		return ELEMENT_DECIDES;
	}
	TRACE(context->review, TRACE_NOTE, true, place_of(context->object, element), foreach->at,
	      "element %zu of " STR_FMT, index, STR_ARG(foreach->list_text));
	responded = validator_run(&validator, verdict);
	context->element = outer_element;
	if (!responded || verdict->outcome == OUTCOME_SKIP)
		return ELEMENT_IGNORED;
	if (verdict->outcome == OUTCOME_PASS)
		return ELEMENT_PASSED;
	if (verdict->outcome == OUTCOME_ERROR &&
	    str_contains(verdict->message, STR("failed to evaluate preconditions")))
		return ELEMENT_IGNORED;
	element_failed(context, element, verdict);
	return ELEMENT_DECIDES;
}

/* False when an element has decided (*verdict). */
static bool elements_run(struct validator *outer, const struct foreach *foreach, const struct value *list,
			 size_t *applied, struct verdict *verdict)
{
	struct context *context = outer->context;
	/* Anything but a list is one element. */
	bool is_list = list->type == VALUE_ARRAY;
	size_t count = is_list ? list->length : 1;

	for (size_t i = 0; i < count; i++) {
		const struct value *element = is_list ? &list->u.items[i] : list;
		enum element_result result;

		if (value_is_null(element))
			continue;
		if (over_limits(context, verdict))
			return false;
		context_reset(context);
		result = element_run(outer, foreach, element, i, verdict);
		if (result == ELEMENT_DECIDES)
			return false;
		*applied += result == ELEMENT_PASSED;
	}
	return true;
}

bool foreach_run(struct validator *validator, struct verdict *verdict)
{
	struct context *context = validator->context;
	struct error *list_error = NULL;
	size_t applied = 0;

	for (size_t i = 0; i < validator->check->foreach_count; i++) {
		const struct foreach *foreach = &validator->check->foreach[i];
		const struct value *list;
		struct error *err = NULL;
		bool undecided;

		if (list_evaluate(context, foreach, &list, &err) != JMESPATH_OK) {
			/* An optional field that is not there has no elements. */
			bool missing = err && str_contains(str_of(err->message), STR("Unknown key"));

			error_free(missing ? err : list_error);
			if (!missing)
				list_error = err;
			continue;
		}
		context_checkpoint(context);
		undecided = elements_run(validator, foreach, list, &applied, verdict);
		context_restore(context);
		if (!undecided) {
			error_free(list_error);
			return true;
		}
	}
	if (applied) {
		error_free(list_error);
		return verdict_text(verdict, OUTCOME_PASS, STR("rule passed"));
	}
	return list_error && verdict_error(context, verdict, "failed to evaluate list", list_error);
}
