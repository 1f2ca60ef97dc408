/*
 * Evaluates the expressions of a policy for one request: conditions, validations, messages, annotations, and what they
 * cost.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/policy/validating/validator.go,
 * pkg/admission/plugin/cel/activation.go, pkg/admission/plugin/webhook/matchconditions/matcher.go. Variables are
 * evaluated anew for conditions, validations, messages and annotations, since each of these has a budget of its own
 * (messages go on with what validations left).
 */
#include "policy/admissionpolicy/rules.h"
#include "policy/trace.h"

#define EXHAUSTED STR("validation failed due to running out of cost budget, no further validation rules will be run")

void rules_run_start(struct rules_run *run, const struct admission_rules *rules, struct review *review,
		     struct cel_value *slots, uint64_t budget)
{
	*run = (struct rules_run){
		.run = { .arena = review->arena,
			 .variables = slots,
			 .regexes = review->regexes,
			 .cost_limit = COST_PER_CALL },
		.rules = rules,
		.slots = slots,
		.budget = budget,
	};
	if (rules->variables)
		slots[rules->env.variables] = admission_variables_start(rules->variables, review->arena);
}

static bool spend(struct rules_run *run, uint64_t cost)
{
	if (cost > run->budget)
		run->exhausted = true;
	else
		run->budget -= cost;
	return !run->exhausted;
}

struct cel_value rules_run_evaluate(struct rules_run *run, const struct cel_program *program, struct str text,
				    struct str *error)
{
	struct cel_value value;

	run->run.cost = 0;
	value = cel_evaluate(program, &run->run);
	if ((run->rules->variables && !spend(run, admission_variables_cost(&run->slots[run->rules->env.variables]))) ||
	    !spend(run, run->run.cost)) {
		*error = EXHAUSTED;
		return cel_fail(&run->run, STR_FMT, STR_ARG(EXHAUSTED));
	}
	if (cel_is_error(value))
		*error = str_format(run->run.arena, "expression '" STR_FMT "' resulted in error: " STR_FMT,
				    STR_ARG(text), STR_ARG(value.u.error->message));
	return value;
}

/*
 * The API server evaluates expressions of which nothing comes but costs; here they are left out when the budget
 * suffices for them whatever they cost.
 */
static bool can_afford(const struct rules_run *run, size_t expressions)
{
	return (expressions + run->rules->variable_count) * (uint64_t)COST_PER_CALL <= run->budget;
}

/* -- matchConditions ----------------------------------------------------------------------------------------------- */

struct errors {
	struct arena *arena;
	struct str *items;
	size_t count, capacity;
};

static void add_error(struct errors *errors, struct str text)
{
	for (size_t i = 0; i < errors->count; i++)
		if (str_equal(errors->items[i], text))
			return;
	*ARENA_PUSH(errors->arena, errors->items, errors->count, errors->capacity) = text;
}

static struct str join_errors(const struct errors *errors)
{
	struct str text = STR("[");

	if (errors->count == 1)
		return errors->items[0];
	for (size_t i = 0; i < errors->count; i++)
		text = str_format(errors->arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? ", " : "",
				  STR_ARG(errors->items[i]));
	return str_concat(errors->arena, text, STR("]"));
}

static enum conditions_answer match(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
				    struct str *text)
{
	struct errors errors = { .arena = review->arena };
	const struct rules_condition *failed = NULL;
	struct rules_run run;

	rules_run_start(&run, rules, review, slots, COST_MATCH_CONDITIONS);
	for (size_t i = 0; i < rules->condition_count; i++) {
		const struct rules_condition *condition = &rules->conditions[i];
		struct cel_value value = rules_run_evaluate(&run, condition->program, condition->text, text);

		if (run.exhausted)
			return CONDITIONS_ERROR;
		TRACE(review, TRACE_CONDITION, value.kind == CEL_BOOL && value.u.boolean, NULL, NULL,
		      "matchCondition " STR_FMT ": " STR_FMT, STR_ARG(condition->name),
		      STR_ARG(cel_text(review->arena, &value)));
		if (cel_is_error(value))
			add_error(&errors, *text);
		else if (!failed && value.kind == CEL_BOOL && !value.u.boolean)
			failed = condition;
		if (failed && can_afford(&run, rules->condition_count - i - 1))
			break;
	}
	if (failed) {
		*text = failed->name;
		return CONDITIONS_FALSE;
	}
	if (!errors.count)
		return CONDITIONS_HOLD;
	*text = join_errors(&errors);
	return CONDITIONS_ERROR;
}

enum conditions_answer rules_match(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
				   struct str *text)
{
	struct cel_value namespace_object = slots[rules->env.namespace_object];
	enum conditions_answer answer;

	*text = STR("");
	if (rules->condition_count == 0)
		return CONDITIONS_HOLD;
	/* The API server has no namespace for its matcher. */
	slots[rules->env.namespace_object] = cel_of_null();
	answer = match(rules, review, slots, text);
	slots[rules->env.namespace_object] = namespace_object;
	if (answer == CONDITIONS_ERROR && rules->ignore)
		return CONDITIONS_FALSE;
	return answer;
}

bool rules_fail_policy_is_ignore(const struct admission_rules *rules)
{
	return rules->ignore;
}

bool rules_ask_authorizer(const struct admission_rules *rules)
{
	return rules->asks_authorizer;
}

/* -- validations --------------------------------------------------------------------------------------------------- */

static struct admission_decision error_decision(const struct admission_rules *rules, struct str message)
{
	return (struct admission_decision){
		.verdict = rules->ignore ? ADMISSION_ADMIT : ADMISSION_ERROR,
		.failed = true,
		.message = message,
		.reason = STR("Invalid"),
		.code = 422,
		.validation = SIZE_MAX,
	};
}

static void set_single(struct review *review, struct admission_decisions *out, struct admission_decision decision)
{
	out->items = arena_copy(review->arena, &decision, sizeof(decision));
	out->count = 1;
}

/* What stands in decision->message before messages are found. */
static void judge_validation(const struct admission_rules *rules, size_t i, struct rules_run *run,
			     struct review *review, struct admission_decision *decision)
{
	const struct rules_validation *validation = &rules->validations[i];
	struct str error;
	struct cel_value value = rules_run_evaluate(run, validation->program, validation->text, &error);

	*decision = (struct admission_decision){
		.verdict = ADMISSION_ADMIT,
		.reason = validation->reason,
		.code = validation->code,
		.validation = i,
		.policy_at = validation->at,
	};
	if (cel_is_error(value)) {
		*decision = error_decision(rules, error);
		decision->validation = i;
		decision->policy_at = validation->at;
	} else if (!value.u.boolean) {
		decision->verdict = ADMISSION_DENY;
	}
	TRACE(review, TRACE_CONDITION, !cel_is_error(value) && value.u.boolean, NULL, validation->at,
	      "validations[%zu]: " STR_FMT, i, STR_ARG(cel_is_error(value) ? error : cel_text(review->arena, &value)));
}

/* An evaluated message, if it will do: one line, not blank, not too long. */
static struct str usable_message(struct cel_value value)
{
	struct str text = value.kind == CEL_STRING ? str_trim(cel_str(&value)) : STR("");

	return text.n > MESSAGE_MAX || str_find_char(text, '\n', 0) != STR_NOT_FOUND ? STR("") : text;
}

/*
 * Messages of denials. The API server evaluates those of validations that hold as well; that is only done here when the
 * budget might not suffice.
 */
static bool find_messages(const struct admission_rules *rules, struct rules_run *run, struct review *review,
			  struct admission_decision *decisions)
{
	bool all = !can_afford(run, rules->message_count);

	if (rules->variables)
		run->slots[rules->env.variables] = admission_variables_start(rules->variables, review->arena);
	for (size_t i = 0; i < rules->validation_count; i++) {
		const struct rules_validation *validation = &rules->validations[i];
		struct str error, message = STR("");

		if (validation->message_program && (all || decisions[i].verdict == ADMISSION_DENY)) {
			message = usable_message(
				rules_run_evaluate(run, validation->message_program, validation->message_text, &error));
			if (run->exhausted)
				return false;
		}
		if (decisions[i].verdict != ADMISSION_DENY)
			continue;
		if (!message.n)
			message = validation->message;
		if (!message.n)
			message = str_format(review->arena, "failed expression: " STR_FMT,
					     STR_ARG(str_trim(validation->text)));
		decisions[i].message = message;
	}
	return true;
}

static bool judge_validations(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
			      struct admission_decisions *out)
{
	struct rules_run run;
	bool denied = false;

	out->items = arena_array(review->arena, rules->validation_count + rules->annotation_count, sizeof(*out->items));
	rules_run_start(&run, rules, review, slots, COST_PER_POLICY);
	for (size_t i = 0; i < rules->validation_count; i++) {
		judge_validation(rules, i, &run, review, &out->items[i]);
		if (run.exhausted) {
			set_single(review, out, error_decision(rules, EXHAUSTED));
			return false;
		}
		denied |= out->items[i].verdict == ADMISSION_DENY;
	}
	out->count = rules->validation_count;
	if ((denied || (rules->message_count && !can_afford(&run, rules->message_count))) &&
	    !find_messages(rules, &run, review, out->items))
		for (size_t i = 0; i < out->count; i++)
			if (!out->items[i].failed) {
				const struct value *at = out->items[i].policy_at;

				out->items[i] = error_decision(
					rules, str_concat(review->arena, STR("failed messageExpression: "), EXHAUSTED));
				out->items[i].validation = i;
				out->items[i].policy_at = at;
			}
	return true;
}

/* -- auditAnnotations ---------------------------------------------------------------------------------------------- */

static struct str cut_annotation(struct str text)
{
	return str_slice(text, 0, ANNOTATION_MAX);
}

static void add_annotation_error(const struct admission_rules *rules, struct admission_decisions *out, struct str key,
				 struct str error)
{
	struct admission_decision decision = error_decision(rules, error);

	decision.annotation = key;
	out->items[out->count++] = decision;
}

static void judge_annotations(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
			      struct admission_decisions *out)
{
	struct property *properties = arena_array(review->arena, rules->annotation_count, sizeof(*properties));
	struct rules_run run;

	out->annotations = properties;
	rules_run_start(&run, rules, review, slots, COST_PER_POLICY);
	for (size_t i = 0; i < rules->annotation_count; i++) {
		const struct rules_annotation *annotation = &rules->annotations[i];
		struct str error, text;
		struct cel_value value = rules_run_evaluate(&run, annotation->program, annotation->text, &error);

		if (run.exhausted) {
			out->annotation_count = 0;
			set_single(review, out, error_decision(rules, EXHAUSTED));
			return;
		}
		if (cel_is_error(value)) {
			add_annotation_error(rules, out, annotation->key, error);
			continue;
		}
		text = value.kind == CEL_STRING ? str_trim(cel_str(&value)) : STR("");
		if (text.n)
			properties[out->annotation_count++] =
				(struct property){ annotation->key, cut_annotation(text) };
	}
}

void rules_validate(const struct admission_rules *rules, struct review *review, struct cel_value *slots,
		    struct admission_decisions *out)
{
	struct str text;

	*out = (struct admission_decisions){ .matched = true };
	switch (rules_match(rules, review, slots, &text)) {
	case CONDITIONS_FALSE:
		out->matched = false;
		out->unmatched = text;
		return;
	case CONDITIONS_ERROR:
		set_single(review, out, error_decision(rules, text));
		return;
	case CONDITIONS_HOLD:
		break;
	}
	if (judge_validations(rules, review, slots, out) && rules->annotation_count)
		judge_annotations(rules, review, slots, out);
}

void admission_rules_judge(const struct admission_rules *rules, struct review *review, const struct value *params,
			   bool defaulted, struct admission_decisions *out)
{
	struct cel_value *slots = arena_array(review->arena, rules->env.slots, sizeof(*slots));

	admission_bind(&rules->env, review, params, defaulted, slots, rules->env.slots);
	rules_validate(rules, review, slots, out);
}
