/*
 * validate.podSecurity.
 *
 * Semantics: Kyverno v1.19 pkg/engine/handlers/validation/validate_pss.go; the checks are podsecurity.h's.
 */
#include "policy/kyverno/rule.h"

static struct str joined_keys(struct arena *arena, const struct exception **exceptions, size_t count)
{
	struct str keys = STR("");

	for (size_t i = 0; i < count; i++)
		keys = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(keys), i ? ", " : "",
				  STR_ARG(exceptions[i]->key));
	return keys;
}

/* An exception without podSecurity controls excepts the whole rule. */
static const struct exception *whole_exception(const struct exception **exceptions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!exceptions[i]->pod_security)
			return exceptions[i];
	return NULL;
}

struct pod {
	const struct value *resource, *metadata, *spec;
};

/* Rules often ask the same and then exclude this or that: the checks are run once for a level and version. */
struct pod_judgement {
	struct pod_judgement *next;
	const struct value *resource;
	enum ps_level level;
	int minor;
	struct ps_kyverno_result result;
};

static struct ps_kyverno_result result_copy(struct arena *arena, const struct ps_kyverno_result *result)
{
	struct ps_kyverno_result copy = *result;

	copy.failures = arena_copy(arena, result->failures, result->failure_count * sizeof(*copy.failures));
	for (size_t i = 0; i < copy.failure_count; i++)
		copy.failures[i].offences =
			arena_copy(arena, copy.failures[i].offences,
				   copy.failures[i].offence_count * sizeof(*copy.failures[i].offences));
	return copy;
}

static int pod_evaluate(struct context *context, const struct pod *pod, struct ps_kyverno_result *result,
			struct error **err)
{
	const struct rule *rule = context->rule;
	const struct value *excludes = value_field(rule->pod_security, "exclude");
	struct pod_judgement *seen = context->shared->pods;

	while (seen &&
	       (seen->resource != pod->resource || seen->level != rule->level || seen->minor != rule->version.minor))
		seen = seen->next;
	if (!seen) {
		seen = ARENA_NEW(context->arena, struct pod_judgement);
		*seen = (struct pod_judgement){ context->shared->pods, pod->resource, rule->level,
						rule->version.minor };
		if (ps_evaluate_kyverno(context->arena, pod->metadata, pod->spec, rule->level, rule->version, NULL,
					&seen->result, err) < 0)
			return -1;
		context->shared->pods = seen;
	}
	*result = seen->result;
	if (result->allowed)
		return 0;
	/* Excluding works in place. */
	*result = result_copy(context->arena, result);
	return ps_exclude_kyverno(context->arena, pod->metadata, pod->spec, rule->level, rule->version, excludes,
				  result, err);
}

static int pod_exclude(struct context *context, const struct pod *pod, const struct exception **exceptions,
		       size_t count, struct ps_kyverno_result *result, struct error **err)
{
	const struct rule *rule = context->rule;

	for (size_t i = 0; i < count; i++)
		if (ps_exclude_kyverno(context->arena, pod->metadata, pod->spec, rule->level, rule->version,
				       exceptions[i]->pod_security, result, err) < 0)
			return -1;
	return 0;
}

static bool pod_failed(struct context *context, const struct pod *pod, const struct ps_kyverno_result *result,
		       struct verdict *verdict)
{
	const struct rule *rule = context->rule;
	struct str level = value_str(value_field(rule->pod_security, "level"));
	struct str version = value_str(value_field(rule->pod_security, "version"));

	verdict_text(verdict, OUTCOME_FAIL, ps_kyverno_message(context->arena, rule->name, level, version,
							      value_str(value_field(pod->resource, "kind")), result));
	for (size_t i = 0; i < result->failure_count && !verdict->at; i++)
		if (result->failures[i].offence_count)
			verdict->at = result->failures[i].offences[0].at;
	return true;
}

static bool pod_judge(struct context *context, const struct pod *pod, const struct exception **exceptions, size_t count,
		      struct verdict *verdict)
{
	struct ps_kyverno_result result;
	struct error *err = NULL;

	if (pod_evaluate(context, pod, &result, &err) < 0)
		return verdict_error(context, verdict, "failed to evaluate podSecurity", err);
	if (result.allowed)
		return verdict_text(verdict, OUTCOME_PASS, context->rule->passed);
	if (pod_exclude(context, pod, exceptions, count, &result, &err) < 0)
		return verdict_error(context, verdict, "failed to apply podSecurity exceptions", err);
	if (count && !result.failure_count)
		return verdict_text(verdict, OUTCOME_SKIP,
				    str_concat(context->arena, STR("rule is skipped due to policy exceptions "),
					       joined_keys(context->arena, exceptions, count)));
	return pod_failed(context, pod, &result, verdict);
}

/* The rule with its exceptions, to be run again for an old object. */
struct pod_security {
	struct context *context;
	const struct exception **exceptions;
	size_t count;
};

static bool resource_judge(void *user, struct verdict *verdict)
{
	struct pod_security *security = user;
	struct pod pod = { .resource = security->context->object };

	if (!pod.resource || !ps_kyverno_pod(pod.resource, &pod.metadata, &pod.spec))
		return verdict_text(verdict, OUTCOME_ERROR,
				    STR("Error while getting new resource: could not find correct resource type"));
	return pod_judge(security->context, &pod, security->exceptions, security->count, verdict);
}

bool pod_security_run(struct context *context, const struct exception **exceptions, size_t count,
		      struct verdict *verdict)
{
	struct pod_security security = { context, exceptions, count };
	const struct exception *whole;

	if (context->operation == OPERATION_DELETE)
		return false;
	whole = whole_exception(exceptions, count);
	if (whole)
		return verdict_text(
			verdict, OUTCOME_SKIP,
			str_concat(context->arena, STR("rule is skipped due to policy exception "), whole->key));
	resource_judge(&security, verdict);
	forgive_old_violation(context, resource_judge, &security, verdict);
	return true;
}
