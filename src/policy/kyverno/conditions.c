/*
 * Evaluating preconditions and deny conditions.
 *
 * Semantics: Kyverno v1.19 pkg/engine/variables/evaluate.go; for exceptions pkg/utils/conditions.
 */
#include "policy/kyverno/context.h"

#include "base/buf.h"
#include "data/json.h"
#include "policy/trace.h"

/* Messages of conditions, joined when there is more than one; most conditions have none. */
struct messages {
	struct str text;
	const char *separator;
};

static void messages_add(struct context *context, struct messages *messages, const struct condition *condition)
{
	if (!condition->message.n)
		return;
	if (messages->text.n)
		messages->text = str_concat(context->arena, messages->text, str_of(messages->separator));
	messages->text =
		messages->text.n ? str_concat(context->arena, messages->text, condition->message) : condition->message;
}

static int operand_value(struct context *context, const struct operand *operand, const char *what,
			 const struct value **out, struct error **err)
{
	if (operand->constant) {
		*out = operand->constant;
		return 0;
	}
	if (context_render(context, operand->template, out, err) == JMESPATH_OK)
		return 0;
	return error_wrap(err, "failed to substitute variables in condition %s", what);
}

static struct str short_text(struct arena *arena, const struct value *v)
{
	return str_slice(json_text(arena, v, JSON_COMPACT), 0, 200);
}

static enum truth condition_evaluate(struct context *context, const struct condition *condition,
				     const struct value **at, struct error **err)
{
	const struct value *key, *value, *looked_at;
	struct trace *trace = context->review->trace;
	bool holds;

	context->queried = NULL;
	if (operand_value(context, &condition->key, "key", &key, err) < 0)
		return TRUTH_ERROR;
	looked_at = context->queried;
	if (operand_value(context, &condition->value, "value", &value, err) < 0)
		return TRUTH_ERROR;
	holds = condition_holds(context->arena, condition->op, key, value);
	if (at && looked_at)
		*at = looked_at;
	if (trace)
		trace_step(trace, TRACE_CONDITION, holds, place_of(context->object, looked_at), condition->at,
			   STR_FMT " %s " STR_FMT ": %s", STR_ARG(short_text(trace->arena, key)),
			   condition_operator_names[condition->op], STR_ARG(short_text(trace->arena, value)),
			   holds ? "holds" : "does not hold");
	return holds ? TRUTH_YES : TRUTH_NO;
}

/* The deprecated list: the first that does not hold decides, with its message alone. */
static enum truth old_hold(struct context *context, const struct condition_list *list, struct str *message,
			   const struct value **at, struct error **err)
{
	struct messages met = { STR_NULL, ";" };

	for (size_t i = 0; i < list->count; i++) {
		enum truth truth = condition_evaluate(context, &list->items[i], at, err);

		if (truth == TRUTH_YES)
			messages_add(context, &met, &list->items[i]);
		else if (truth == TRUTH_NO)
			*message = list->items[i].message;
		if (truth != TRUTH_YES)
			return truth;
	}
	*message = met.text;
	return TRUTH_YES;
}

struct outcome_messages {
	struct messages met, unmet;
};

static enum truth any_hold(struct context *context, const struct condition_list *list,
			   struct outcome_messages *messages, const struct value **at, struct error **err)
{
	if (!list->present)
		return TRUTH_YES;
	for (size_t i = 0; i < list->count; i++) {
		enum truth truth = condition_evaluate(context, &list->items[i], at, err);

		if (truth == TRUTH_YES)
			messages_add(context, &messages->met, &list->items[i]);
		else if (truth == TRUTH_NO)
			messages_add(context, &messages->unmet, &list->items[i]);
		if (truth != TRUTH_NO)
			return truth;
	}
	return TRUTH_NO;
}

static enum truth all_hold(struct context *context, const struct condition_list *list,
			   struct outcome_messages *messages, const struct value **at, struct error **err)
{
	for (size_t i = 0; i < list->count; i++) {
		enum truth truth = condition_evaluate(context, &list->items[i], at, err);

		if (truth == TRUTH_YES)
			messages_add(context, &messages->met, &list->items[i]);
		else if (truth == TRUTH_NO)
			messages_add(context, &messages->unmet, &list->items[i]);
		if (truth != TRUTH_YES)
			return truth;
	}
	return TRUTH_YES;
}

enum truth conditions_hold(struct context *context, const struct conditions *conditions, struct str *message,
			   const struct value **at, struct error **err)
{
	struct outcome_messages messages = { { STR_NULL, "; " }, { STR_NULL, "; " } };
	enum truth any, all;

	*message = STR_NULL;
	if (!conditions)
		return TRUTH_YES;
	if (conditions->old)
		return old_hold(context, &conditions->all, message, at, err);
	any = any_hold(context, &conditions->any, &messages, at, err);
	if (any == TRUTH_ERROR)
		return any;
	/* Both blocks are always looked at: an error in `all` counts even when `any` has failed already. */
	all = all_hold(context, &conditions->all, &messages, at, err);
	if (all == TRUTH_ERROR)
		return all;
	if (any == TRUTH_YES && all == TRUTH_YES) {
		*message = messages.met.text;
		return TRUTH_YES;
	}
	*message = messages.unmet.text;
	return TRUTH_NO;
}

enum truth conditions_hold_for_exception(struct context *context, const struct conditions *conditions,
					 struct error **err)
{
	struct outcome_messages messages = { { STR_NULL, "; " }, { STR_NULL, "; " } };
	enum truth truth = all_hold(context, &conditions->all, &messages, NULL, err);

	if (truth != TRUTH_YES || !conditions->any.count)
		return truth;
	return any_hold(context, &conditions->any, &messages, NULL, err);
}
