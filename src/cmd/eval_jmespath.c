/* Evaluating JMESPath for biro eval: in Kyverno's dialect and with its functions, or as jmespath.org has it. */
#include "cmd/eval.h"
#include "lang/jmespath/jmespath.h"
#include "policy/kyverno/kyverno.h"

#define STEP_LIMIT 10000000

int eval_jmespath(struct eval_input *input, struct str expression, struct eval_answer *answer, struct error **err)
{
	bool kyverno = input->environment == EVAL_KYVERNO;
	struct jmespath_context context = {
		.arena = input->arena,
		.mode = kyverno ? JMESPATH_STRICT : JMESPATH_STANDARD,
		.step_limit = STEP_LIMIT,
	};
	_cleanup_(error_freep) struct error *wrong = NULL;
	const struct jmespath *program;

	if (input->environment == EVAL_KUBERNETES)
		return error_set(err, ERROR_USAGE, "JMESPath has the environments kyverno and plain");
	program = jmespath_compile(input->arena, expression, kyverno ? &kyverno_library : &jmespath_standard_library,
				   (struct place){ 0 }, &wrong);
	if (!program)
		answer->stage = "parse";
	else if (jmespath_evaluate(program, &context, input->document ? input->document : &value_null, &answer->value,
				   &wrong) != JMESPATH_OK)
		answer->stage = "evaluate";
	if (answer->stage) {
		answer->value = NULL;
		answer->message = str_dup(input->arena, str_of(wrong->message));
		answer->line = wrong->line;
		answer->column = wrong->column;
	}
	return 0;
}
