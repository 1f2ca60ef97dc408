/* Evaluating CEL for biro eval: the environments, their variables, and the answer with its type and cost. */
#include "cmd/eval.h"
#include "lang/cel/cel.h"
#include "policy/admissionpolicy/admissionpolicy.h"
#include "policy/kyverno/kyverno.h"

/* Kubernetes' limit for one expression; elsewhere there is one, too, so that every evaluation ends. */
#define COST_LIMIT 1000000
#define COST_LIMIT_PLAIN 100000000

struct evaluation {
	struct eval_input *input;
	struct cel_env *env;
	struct cel_value *slots;
	struct cel_run run;
	struct admission_env admission;
	struct admission_variables *variables;
	uint32_t kyverno_request;               /* slot of `request` with the objects in it */
	struct kyverno_cel_slots kyverno_slots;
	struct kyverno_cel_context kyverno;
};

/* -- variables ----------------------------------------------------------------------------------------------------- */

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] | 0x20) >= 'a' && (s.p[i] | 0x20) <= 'z') && s.p[i] != '_' &&
		    (i == 0 || s.p[i] < '0' || s.p[i] > '9'))
			return false;
	return s.n > 0;
}

/* Plain: each member of the document is a variable; the document itself is self, and object, unless members are. */
static void declare_members(struct evaluation *evaluation)
{
	static const struct str whole[] = { { "self", 4 }, { "object", 6 } };
	const struct value *document = evaluation->input->document;
	size_t count = 2 + (value_is(document, VALUE_OBJECT) ? value_count(document) : 0);

	evaluation->slots = arena_zalloc(evaluation->input->arena, count * sizeof(*evaluation->slots));
	for (size_t i = 0; i < 2; i++) {
		if (value_get(document, whole[i]))
			continue;
		evaluation->slots[cel_env_add_variable(evaluation->env, whole[i], &cel_dyn)] = cel_of_data(document);
	}
	if (!value_is(document, VALUE_OBJECT))
		return;
	for (MEMBER_EACH(member, document))
		if (is_name(value_str(&member->key)))
			evaluation->slots[cel_env_add_variable(evaluation->env, value_str(&member->key), &cel_dyn)] =
				cel_of_data(&member->value);
}

/* --variable NAME=EXPRESSION: variables.NAME. */
static int declare_variables(struct evaluation *evaluation, struct error **err)
{
	const struct string_list *list = &evaluation->input->options->variables;

	evaluation->variables = admission_variables_create(evaluation->input->arena, &evaluation->admission);
	for (size_t i = 0; i < list->count; i++) {
		struct str name, expression;

		if (!str_cut(str_of(list->items[i]), '=', &name, &expression) || !is_name(name))
			return error_set(err, ERROR_USAGE, "--variable needs NAME=EXPRESSION, not \"%s\"", list->items[i]);
		if (admission_variables_add(evaluation->variables, name, expression, err) < 0)
			return error_wrap(err, "--variable " STR_FMT, STR_ARG(name));
	}
	return 0;
}

/* Everything that Kyverno adds for any of its kinds. */
static int declare_kyverno(struct evaluation *evaluation, struct cel_env *base, struct error **err)
{
	return kyverno_cel_add_functions(base, KYVERNO_CEL_USER | KYVERNO_CEL_X509 | KYVERNO_CEL_GENERATOR,
					 &evaluation->kyverno_slots, err);
}

static const struct value *data_of(const struct cel_value *v)
{
	return v->flags & CEL_DATA ? v->u.data : &value_null;
}

/* Kyverno's request has the objects in it. */
static void bind_kyverno(struct evaluation *evaluation)
{
	const struct admission_env *env = &evaluation->admission;
	struct arena *arena = evaluation->input->arena;
	struct object_builder builder = { 0 };

	object_start_from(arena, &builder, data_of(&evaluation->slots[env->request]));
	object_put(arena, &builder, STR("object"), data_of(&evaluation->slots[env->object]));
	object_put(arena, &builder, STR("oldObject"), data_of(&evaluation->slots[env->old_object]));
	evaluation->slots[evaluation->kyverno_request] = cel_of_data(object_finish(arena, &builder));
	kyverno_cel_bind(&evaluation->kyverno_slots, evaluation->slots);
	evaluation->kyverno.lookup = &evaluation->input->request.lookup;
	evaluation->run.user = &evaluation->kyverno;
}

/* What policies see: object, oldObject, request, namespaceObject, params, authorizer, variables. */
static int declare_admission(struct evaluation *evaluation, struct error **err)
{
	struct eval_input *input = evaluation->input;
	bool kyverno = input->environment == EVAL_KYVERNO;
	struct cel_env *base = cel_env_create(input->arena, kyverno ? CEL_KYVERNO : CEL_KUBERNETES);

	if (kyverno && declare_kyverno(evaluation, base, err) < 0)
		return -1;
	admission_env_create(input->arena, base,
			     ADMISSION_PARAMS | ADMISSION_AUTHORIZER | ADMISSION_VARIABLES | ADMISSION_PATCHES,
			     &evaluation->admission);
	if (declare_variables(evaluation, err) < 0)
		return -1;
	evaluation->env = evaluation->admission.patches;
	if (kyverno)
		evaluation->kyverno_request = cel_env_add_variable(evaluation->env, STR("request"), &cel_dyn);
	evaluation->slots = arena_zalloc(input->arena, cel_env_slots(evaluation->env) * sizeof(*evaluation->slots));
	return 0;
}

static void bind_admission(struct evaluation *evaluation)
{
	struct eval_input *input = evaluation->input;
	bool defaulted = !input->admitted && !input->options->as_written;

	input->review.arena = input->arena;
	admission_bind(&evaluation->admission, &input->review, input->params, defaulted, evaluation->slots,
		       evaluation->admission.slots);
	evaluation->slots[evaluation->admission.variables] =
		admission_variables_start(evaluation->variables, input->arena);
	if (input->environment == EVAL_KYVERNO)
		bind_kyverno(evaluation);
}

/* -- answers ------------------------------------------------------------------------------------------------------- */

static const char *const stages[] = {
	[CEL_STAGE_PARSE] = "parse",
	[CEL_STAGE_CHECK] = "check",
	[CEL_STAGE_PROGRAM] = "program",
};

static void answer_value(struct evaluation *evaluation, const struct cel_value *value, struct eval_answer *answer)
{
	_cleanup_(error_freep) struct error *err = NULL;

	answer->value = cel_to_data(evaluation->input->arena, value, &err);
	if (!answer->value)
		answer->text = cel_text(evaluation->input->arena, value);
}

static void answer_failure(struct evaluation *evaluation, const struct cel_failure *failure, struct str expression,
			   struct eval_answer *answer)
{
	answer->stage = "evaluate";
	answer->message = failure->message;
	if (failure->code == ERROR_LIMIT)       /* the whole costs too much, not what it was at */
		return;
	answer->lines = cel_caret(evaluation->input->arena, expression, failure->offset, &answer->line, &answer->column);
}

static void answer_estimate(const struct cel_program *program, struct eval_answer *answer)
{
	struct cel_range estimate = cel_program_estimate(program);

	/* What it multiplies when nothing bounds a size is no more than that. */
	if (estimate.maximum > UINT64_MAX / 1000)
		estimate.maximum = UINT64_MAX;
	answer->counted = true;
	answer->estimate_minimum = estimate.minimum;
	answer->estimate_maximum = estimate.maximum;
}

int eval_cel(struct eval_input *input, struct str expression, struct eval_answer *answer, struct error **err)
{
	_cleanup_(error_freep) struct error *wrong = NULL;
	struct evaluation evaluation = { .input = input };
	enum cel_stage stage = CEL_STAGE_PARSE;
	struct cel_compile_options options = { .stage = &stage };
	const struct cel_program *program;
	struct cel_value value;

	if (input->environment == EVAL_PLAIN) {
		evaluation.env = cel_env_create(input->arena, CEL_PLAIN);
		declare_members(&evaluation);
	} else if (declare_admission(&evaluation, err) < 0) {
		return -1;
	}
	program = cel_compile(input->arena, evaluation.env, expression, &options, &wrong);
	if (!program) {
		answer->stage = stages[stage];
		answer->message = str_dup(input->arena, str_of(wrong->message));
		answer->hint = cel_compile_hint(input->arena, evaluation.env, expression);
		answer->line = wrong->line;
		answer->column = wrong->column;
		return 0;
	}
	if (input->environment != EVAL_PLAIN)
		bind_admission(&evaluation);
	evaluation.run.arena = input->arena;
	evaluation.run.variables = evaluation.slots;
	evaluation.run.cost_limit = input->environment == EVAL_PLAIN ? COST_LIMIT_PLAIN : COST_LIMIT;
	value = cel_evaluate(program, &evaluation.run);
	answer_estimate(program, answer);
	answer->cost = evaluation.run.cost;
	answer->type = cel_type_text(input->arena, cel_program_type(program));
	if (cel_is_error(value))
		answer_failure(&evaluation, value.u.error, expression, answer);
	else
		answer_value(&evaluation, &value, answer);
	return 0;
}
