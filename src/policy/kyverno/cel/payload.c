/*
 * Requests that a proxy asks about: policies of evaluation.mode Envoy and HTTP.
 *
 * Semantics: Kyverno v1.19 cmd/cli/kubectl-kyverno/processor/authz_processor.go and github.com/kyverno/kyverno-authz. The first validation
 * that gives a response decides; one that gives null has nothing to say.
 */
#include "policy/kyverno/cel/policy.h"

void authorize_run(struct evaluation *evaluation, struct verdict *verdict)
{
	(void)evaluation;
	verdict->conclusion = CONCLUSION_BROKEN;
	verdict->message = STR("Envoy and HTTP requests are not supported yet");
}
