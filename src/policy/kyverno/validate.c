/*
 * validate: deny, pattern and anyPattern, of a rule or of one element of a foreach.
 *
 * Semantics: Kyverno v1.19 pkg/engine/handlers/validation/validate_resource.go; messages are worded as there.
 */
#include "policy/kyverno/rule.h"

#include "data/json.h"
#include "policy/trace.h"

bool verdict_text(struct verdict *verdict, enum outcome outcome, struct str message)
{
	*verdict = (struct verdict){ .outcome = outcome, .message = message };
	return true;
}

bool verdict_error(struct context *context, struct verdict *verdict, const char *what, struct error *err)
{
	verdict_text(verdict, OUTCOME_ERROR,
		     str_format(context->arena, "%s: %s", what, err ? err->message : "unknown error"));
	error_free(err);
	return true;
}

struct str unmet_text(struct arena *arena, struct str message)
{
	if (!message.n)
		return STR("preconditions not met");
	return str_concat(arena, STR("preconditions not met; "), message);
}

/* All of the texts behind one another. */
static struct str joined(struct arena *arena, const struct str *parts, size_t count)
{
	size_t n = 0, at = 0;
	char *p;

	for (size_t i = 0; i < count; i++)
		n += parts[i].n;
	p = arena_alloc(arena, n);
	for (size_t i = 0; i < count; i++) {
		memcpy(p + at, parts[i].p ? parts[i].p : "", parts[i].n);
		at += parts[i].n;
	}
	return str_make(p, n);
}

/* -- messages ------------------------------------------------------------------------------------------------------ */

/* The rule's message with its variables. False when they do not resolve. */
static bool rule_message(struct context *context, struct str *out)
{
	const struct rule *rule = context->rule;
	_cleanup_(error_freep) struct error *err = NULL;

	*out = rule->message;
	return !rule->message_template ||
	       template_render_str(rule->message_template, &context->substitution, out, &err) == JMESPATH_OK;
}

static struct str unresolved(struct context *context, struct str error)
{
	return str_format(context->arena,
			  "validation error: variables substitution error in rule " STR_FMT " execution error: " STR_FMT,
			  STR_ARG(context->rule->name), STR_ARG(error));
}

static struct str execution_error(struct context *context, struct str error)
{
	const struct rule *rule = context->rule;
	struct arena *arena = context->arena;
	struct str text;

	if (!rule->message.n)
		return str_format(arena, "validation error: rule " STR_FMT " execution error: " STR_FMT,
				  STR_ARG(rule->name), STR_ARG(error));
	if (!rule_message(context, &text))
		return unresolved(context, error);
	return str_format(arena, "validation error: " STR_FMT "%s rule " STR_FMT " execution error: " STR_FMT,
			  STR_ARG(text), str_ends_with(text, STR(".")) ? "" : ".", STR_ARG(rule->name), STR_ARG(error));
}

static struct str failed_at(struct context *context, struct str path, const struct pattern *pattern,
			    const struct value *resource)
{
	const struct rule *rule = context->rule;
	struct str text;

	if (rule->failed_at.n)
		return str_concat(context->arena, rule->failed_at, path);
	if (!rule_message(context, &text))
		return unresolved(context, pattern_mismatch(pattern, context->arena, resource));
	return joined(context->arena,
		      (const struct str[]){ STR("validation error: "), text,
					    str_ends_with(text, STR(".")) ? STR(" rule ") : STR(". rule "), rule->name,
					    STR(" failed at path "), path },
		      6);
}

static struct str any_failed(struct context *context, struct str errors)
{
	const struct rule *rule = context->rule;
	struct str text;

	if (!rule->message.n)
		return str_concat(context->arena, STR("validation error: "), errors);
	if (!rule_message(context, &text))
		return unresolved(context, errors);
	return joined(context->arena, (const struct str[]){ STR("validation error: "), text,
		      str_ends_with(text, STR(".")) ? STR(" ") : STR(". "), errors }, 4);
}

/* -- deny ---------------------------------------------------------------------------------------------------------- */

static bool is_dynamic(struct str text)
{
	return str_contains(text, STR("{{")) || str_contains(text, STR("$("));
}

/* Message of the rule and of the conditions, with variables; when these do not resolve, the conditions' as it is. */
static struct str denied_text(struct context *context, struct str conditions)
{
	const struct rule *rule = context->rule;
	_cleanup_(error_freep) struct error *err = NULL;
	struct str text = rule->message;
	const struct value *out;
	enum jmespath_status status;

	if (!text.n && !conditions.n)
		return str_format(context->arena, "validation error: rule " STR_FMT " failed", STR_ARG(rule->name));
	if (conditions.n)
		text = text.n ? str_concat(context->arena, text, str_concat(context->arena, STR("; "), conditions))
			      : conditions;
	if (!rule->message_template && !is_dynamic(conditions))
		return text;
	if (conditions.n)
		status = template_substitute(value_of_str(context->arena, text), STR(""), &context->substitution, &out,
					     &err);
	else
		status = context_render(context, rule->message_template, &out, &err);
	if (status != JMESPATH_OK)
		return conditions;
	if (!value_is(out, VALUE_STRING))
		return STR("the produced message didn't resolve to a string, check your policy definition.");
	return value_str(out);
}

static bool deny_run(struct validator *validator, struct verdict *verdict)
{
	struct context *context = validator->context;
	const struct value *at = NULL;
	struct error *err = NULL;
	struct str message;

	switch (conditions_hold(context, validator->check->deny_conditions, &message, &at, &err)) {
	case TRUTH_ERROR:
		return verdict_error(context, verdict, "failed to check deny conditions", err);
	case TRUTH_NO:
		return verdict_text(verdict, OUTCOME_PASS, context->rule->passed);
	default:
		verdict_text(verdict, OUTCOME_FAIL, denied_text(context, message));
		verdict->at = place_of(context->object ? context->object : context->old_object, at);
		return true;
	}
}

/* -- patterns ------------------------------------------------------------------------------------------------------ */

static void verdict_place(struct context *context, struct verdict *verdict, const struct pattern_outcome *outcome)
{
	verdict->at = outcome->at;
	if (!context->element)
		verdict->path = str_ends_with(outcome->path, STR("/"))
					? str_slice(outcome->path, 0, outcome->path.n - 1)
					: outcome->path;
}

static bool pattern_run(struct validator *validator, const struct value *resource, struct verdict *verdict)
{
	struct context *context = validator->context;
	const struct pattern *pattern = validator->check->pattern.compiled;
	struct pattern_outcome outcome = { 0 };

	if (!pattern)
		pattern = pattern_compile(context->arena, validator->pattern);
	pattern_match(pattern, context->arena, resource, context->review->trace, &outcome);
	switch (outcome.status) {
	case PATTERN_PASS:
		return verdict_text(verdict, OUTCOME_PASS, context->rule->passed);
	case PATTERN_SKIP:
		return verdict_text(verdict, OUTCOME_SKIP, outcome.message);
	case PATTERN_FAIL:
		if (outcome.path.n) {
			verdict_text(verdict, OUTCOME_FAIL, failed_at(context, outcome.path, pattern, resource));
			verdict_place(context, verdict, &outcome);
			return true;
		}
		/* fallthrough */
	default:
		return verdict_text(verdict, OUTCOME_ERROR, execution_error(context, outcome.message));
	}
}

/* What the patterns of an anyPattern came to, as long as none passed. */
struct any_outcome {
	struct str failed, skipped;     /* joined with a blank */
	struct pattern_outcome first;   /* that failed */
};

/* "rule x[0] failed at path /spec/": such texts are made for most failures, so without printf. */
static void any_note(struct context *context, struct any_outcome *any, size_t index,
		     const struct pattern_outcome *outcome)
{
	bool skipped = outcome->status == PATTERN_SKIP, placed = outcome->status == PATTERN_FAIL && outcome->path.n;
	struct str *list = skipped ? &any->skipped : &any->failed;
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "[%zu]", index);
	struct str how = skipped ? STR(" skipped: ") : placed ? STR(" failed at path ") : STR(" failed: ");
	const struct str parts[] = {
		*list,
		list->n ? STR(" ") : STR(""),
		STR("rule "),
		context->rule->name,
		str_make(digits, (size_t)length),
		how,
		placed ? outcome->path : outcome->message,
	};

	if (!skipped && !any->failed.n)
		any->first = *outcome;
	*list = joined(context->arena, parts, sizeof(parts) / sizeof(*parts));
}

static bool any_verdict(struct context *context, const struct any_outcome *any, struct verdict *verdict)
{
	if (any->skipped.n && !any->failed.n)
		return verdict_text(verdict, OUTCOME_SKIP, any->skipped);
	if (!any->failed.n)
		return verdict_text(verdict, OUTCOME_PASS, context->rule->message);
	verdict_text(verdict, OUTCOME_FAIL, any_failed(context, any->failed));
	verdict_place(context, verdict, &any->first);
	return true;
}

static bool any_pattern_run(struct validator *validator, const struct value *resource, struct verdict *verdict)
{
	struct context *context = validator->context;
	const struct check *check = validator->check;
	const struct value *list = validator->any_pattern;
	size_t count = check->any_patterns ? check->any_pattern_count : value_count(list);
	struct any_outcome any = { 0 };

	if (!check->any_patterns && !value_is(list, VALUE_ARRAY))
		return verdict_text(verdict, OUTCOME_ERROR,
				    str_format(context->arena,
					       "failed to deserialize anyPattern, expected type array: json: cannot "
					       "unmarshal %s into Go value of type []interface {}",
					       value_type_name(list)));
	for (size_t i = 0; i < count; i++) {
		const struct pattern *pattern = check->any_patterns ? check->any_patterns[i] :
							 pattern_compile(context->arena, value_at(list, i));
		struct pattern_outcome outcome = { 0 };

		pattern_match(pattern, context->arena, resource, context->review->trace, &outcome);
		if (outcome.status == PATTERN_PASS)
			return verdict_text(verdict, OUTCOME_PASS,
					    str_format(context->arena,
						       "validation rule '" STR_FMT "' anyPattern[%zu] passed.",
						       STR_ARG(context->rule->name), i));
		any_note(context, &any, i, &outcome);
	}
	return any_verdict(context, &any, verdict);
}

/* Variables of the pattern; once per validator. */
static int patterns_render(struct validator *validator, struct error **err)
{
	const struct check *check = validator->check;

	if (check->has_pattern) {
		if (check->pattern.compiled || validator->pattern)
			return 0;
		return context_render(validator->context, check->pattern.template, &validator->pattern, err) ==
				       JMESPATH_OK
			       ? 0
			       : -1;
	}
	if (check->any_patterns || validator->any_pattern)
		return 0;
	return context_render(validator->context, check->any_pattern, &validator->any_pattern, err) == JMESPATH_OK ? 0
														   : -1;
}

static bool patterns_run(struct validator *validator, struct verdict *verdict)
{
	struct context *context = validator->context;
	const struct value *resource = context->element;
	struct error *err = NULL;

	if (patterns_render(validator, &err) < 0)
		return verdict_error(context, verdict, "variable substitution failed", err);
	if (!resource) {
		if (context->operation == OPERATION_DELETE)
			return false;
		resource = context->object ? context->object : &value_null;
	}
	if (validator->check->has_pattern)
		return pattern_run(validator, resource, verdict);
	return any_pattern_run(validator, resource, verdict);
}

/* -- an update that fails as the old object did -------------------------------------------------------------------- */

/* No one in particular: rules that ask who it is do not apply to an old object. */
static const struct value *nobody(struct arena *arena)
{
	struct object_builder user = { 0 };
	struct array_builder groups = { 0 };

	array_add(arena, &groups, value_of_str(arena, STR("kyverno:invalidgroup")));
	object_put(arena, &user, STR("username"), value_of_str(arena, STR("kyverno:kyverno-invalid-controller")));
	object_put(arena, &user, STR("groups"), array_finish(arena, &groups));
	return object_finish(arena, &user);
}

static bool old_object_matches(struct context *context)
{
	const struct rule *rule = context->rule;
	struct match_subject subject = context->base->old_subject;
	_cleanup_(error_freep) struct error *ignored = NULL;
	struct str message;

	if (conditions_hold(context, rule->preconditions, &message, NULL, &ignored) != TRUTH_YES)
		return false;
	subject.object = context->object;
	subject.kind = gvk_of(context->object);
	subject.subresource = STR("");
	subject.operation = OPERATION_CREATE;
	subject.user = nobody(context->arena);
	subject.roles = subject.cluster_roles = NULL;
	subject.has_user = true;
	return match_holds(rule->match, &subject) && !(rule->exclude && match_excludes(rule->exclude, &subject));
}

void forgive_old_violation(struct context *context, bool (*run)(void *user, struct verdict *verdict), void *user,
			   struct verdict *verdict)
{
	const struct value *object = context->object, *old = context->old_object;
	struct verdict before;
	bool failed;

	if (!context->rule->enforce || !context->rule->keeps_violations || context->operation != OPERATION_UPDATE ||
	    !object || !old || verdict->outcome != OUTCOME_FAIL)
		return;
	context_swap_objects(context, old, NULL, OPERATION_CREATE);
	failed = old_object_matches(context) && run(user, &before) && before.outcome == OUTCOME_FAIL;
	context_swap_objects(context, object, old, OPERATION_UPDATE);
	if (failed)
		verdict_text(verdict, OUTCOME_SKIP,
			     STR("skipping the rule evaluation as pre-existing violations are allowed"));
}

static bool rerun(void *user, struct verdict *verdict)
{
	return validator_run(user, verdict);
}

/* -- all together -------------------------------------------------------------------------------------------------- */

static bool check_run(struct validator *validator, struct verdict *verdict)
{
	const struct check *check = validator->check;

	if (check->deny)
		return deny_run(validator, verdict);
	if (check->has_pattern || check->has_any_pattern)
		return patterns_run(validator, verdict);
	if (check->has_foreach)
		return foreach_run(validator, verdict);
	return false;
}

/* The context of a foreach, and values that a rule is given: these are set anew for each validator. */
static int entries_add(struct validator *validator, struct error **err)
{
	static const struct context_entries none = { 0 };
	struct context *context = validator->context;

	if (!validator->entries && !context->rule_values && !context->foreach_values)
		return 0;
	return context_add_entries(context, validator->entries ? validator->entries : &none, err);
}

bool validator_run(struct validator *validator, struct verdict *verdict)
{
	struct context *context = validator->context;
	struct error *err = NULL;
	struct str message;

	if (entries_add(validator, &err) < 0)
		return verdict_error(context, verdict, "failed to load context", err);
	/* The rule's own were judged before, on what values had not touched. */
	if (validator->preconditions && (validator->nesting || context->rule_values || context->foreach_values)) {
		enum truth truth = conditions_hold(context, validator->preconditions, &message, NULL, &err);

		if (truth == TRUTH_ERROR)
			return verdict_error(context, verdict, "failed to evaluate preconditions", err);
		if (truth == TRUTH_NO)
			return verdict_text(verdict, OUTCOME_SKIP, unmet_text(context->arena, message));
	}
	if (!check_run(validator, verdict))
		return false;
	if (!validator->nesting)
		forgive_old_violation(context, rerun, validator, verdict);
	return true;
}
