/*
 * DeletingPolicy: would the object be deleted?
 *
 * Semantics: Kyverno v1.19 pkg/cel/policies/dpol. Its schedule says when the question is asked; the answer is the same
 * at all times.
 */
#include "policy/kyverno/cel/policy.h"

/* There is no request: nobody asked for anything. */
static void request_hide(struct evaluation *evaluation)
{
	const struct environment *environment = evaluation->variant->policy->environment;

	if (evaluation->variant->reads_request)
		evaluation->slots[environment->request] = cel_fail(&evaluation->run, "no such attribute(s): request");
	evaluation->slots[environment->old_object] = cel_fail(&evaluation->run, "no such attribute(s): oldObject");
}

void delete_run(struct evaluation *evaluation, struct verdict *verdict)
{
	int holds;

	request_hide(evaluation);
	if (!exceptions_pass(evaluation, verdict))
		return;
	holds = clauses_hold(evaluation, &evaluation->variant->conditions, &verdict->message);
	if (holds < 0) {
		verdict->conclusion = CONCLUSION_BROKEN;
		return;
	}
	verdict->conclusion = holds ? CONCLUSION_PASS : CONCLUSION_FAIL;
	verdict->message = holds ? STR_NULL : STR("resource did not match");
}
