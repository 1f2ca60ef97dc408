/*
 * What a verdict says, as Kyverno words it.
 *
 * Semantics: Kyverno v1.19 engine.go of pkg/cel/policies/{vpol,mpol,gpol,ivpol} and, for deleting policies and what
 * authorizes requests, its command line.
 */
#include "policy/kyverno/cel/policy.h"
#include "policy/trace.h"

/* What results of a class are called. */
static const struct wording {
	const char *pass;	 /* the message */
	const char *broken;	 /* "…: why" */
	const char *broken_rule; /* NULL: the policy's name */
	bool named;		 /* its rule has the policy's name */
	bool indexed;		 /* says which validation it was */
} wordings[POLICY_CLASSES] = {
	[POLICY_VALIDATING] = { "success", "failed to load context", "evaluation", false, true },
	[POLICY_MUTATING] = { "success", "failed to evaluate policy", "evaluation", false, false },
	[POLICY_GENERATING] = { "policy evaluated successfully", "failed to evaluate policy", NULL, true, false },
	[POLICY_DELETING] = { "resource matched", NULL, NULL, true, false },
	[POLICY_IMAGE_VALIDATING] = { "success", "failed to evaluate policy", "evaluation", true, false },
};

static struct str exception_text(struct arena *arena, const struct cel_policy *policy, const struct verdict *verdict,
				 bool passed)
{
	bool is_image = policy->class == POLICY_IMAGE_VALIDATING;
	struct buf out = { 0 };
	struct str text;

	buf_printf(&out, "rule is %s due to policy exception: ", passed && !is_image ? "passed" : "skipped");
	for (size_t i = 0; i < verdict->exception_count; i++) {
		buf_add(&out, i ? STR(", ") : STR(""));
		buf_add(&out, verdict->exceptions[i]->key);
	}
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

/* Of several exceptions the one of the highest priority says what is reported. */
static bool reports_pass(const struct verdict *verdict)
{
	const struct policy_exception *chosen = verdict->exceptions[0];
	int64_t highest = 0;

	for (size_t i = 0; i < verdict->exception_count; i++)
		if (verdict->exceptions[i]->priority > highest) {
			highest = verdict->exceptions[i]->priority;
			chosen = verdict->exceptions[i];
		}
	return chosen->reports_pass;
}

static void excepted(const struct cel_policy *policy, struct arena *arena, const struct verdict *verdict,
		     struct result *result)
{
	bool passed = reports_pass(verdict);

	if (policy->class == POLICY_DELETING) {
		result->outcome = OUTCOME_FAIL;
		result->message = STR("resource did not match");
		return;
	}
	result->rule = STR("exception");
	result->outcome = passed && policy->class != POLICY_IMAGE_VALIDATING ? OUTCOME_PASS : OUTCOME_SKIP;
	result->message = exception_text(arena, policy, verdict, passed);
}

static void conclude(const struct cel_policy *policy, struct arena *arena, const struct verdict *verdict,
		     struct result *result)
{
	const struct wording *wording = &wordings[policy->class];

	switch (verdict->conclusion) {
	case CONCLUSION_EXCEPTED:
		excepted(policy, arena, verdict, result);
		return;
	case CONCLUSION_SKIP:
		result->outcome = OUTCOME_SKIP;
		result->message = verdict->message.n ? verdict->message : STR("skip");
		return;
	case CONCLUSION_PASS:
		result->outcome = OUTCOME_PASS;
		result->message = verdict->message.n ? verdict->message : str_of(wording->pass);
		return;
	case CONCLUSION_FAIL:
		result->outcome = OUTCOME_FAIL;
		result->message = verdict->message;
		return;
	case CONCLUSION_ERROR:
		result->outcome = OUTCOME_ERROR;
		result->message = policy->mode >= MODE_ENVOY ? verdict->message
							     : str_concat(arena, STR("error: "), verdict->message);
		return;
	default:
		result->outcome = OUTCOME_ERROR;
		result->message =
			wording->broken ? str_format(arena, "%s: " STR_FMT, wording->broken, STR_ARG(verdict->message))
					: verdict->message;
		if (wording->broken_rule)
			result->rule = str_of(wording->broken_rule);
	}
}

/* auditAnnotations, and which validation it was. */
static void properties_fill(const struct cel_policy *policy, struct arena *arena, const struct verdict *verdict,
			    struct result *result)
{
	bool judged = verdict->conclusion == CONCLUSION_FAIL || verdict->conclusion == CONCLUSION_ERROR;
	struct property *properties;

	result->properties = verdict->annotations;
	result->property_count = verdict->annotation_count;
	if (!judged || !wordings[policy->class].indexed || policy->mode >= MODE_ENVOY)
		return;
	properties = arena_array(arena, verdict->annotation_count + 1, sizeof(*properties));
	if (verdict->annotation_count)
		memcpy(properties, verdict->annotations, verdict->annotation_count * sizeof(*properties));
	properties[result->property_count++] = (struct property){
		STR("cel.validationIndex"),
		str_format(arena, "%zu", verdict->validation),
	};
	result->properties = properties;
}

void verdict_report(const struct variant *variant, struct review *review, const struct verdict *verdict,
		    struct result_list *results)
{
	const struct cel_policy *policy = variant->policy;
	const struct policy *head = &policy->head;
	struct result *result;

	if (verdict->conclusion == CONCLUSION_SILENT) {
		TRACE(review, TRACE_VERDICT, false, NULL, NULL,
		      "no response: the policy does not apply to this resource");
		return;
	}
	result = result_add(review->arena, results);
	result->policy = head->name;
	result->policy_namespace = head->namespace;
	result->policy_kind = head->kind;
	result->severity = head->severity;
	result->category = head->category;
	result->unscored = head->unscored;
	if (wordings[policy->class].named || policy->mode >= MODE_ENVOY)
		result->rule = head->name;
	conclude(policy, review->arena, verdict, result);
	properties_fill(policy, review->arena, verdict, result);
	result->policy_at = verdict->at ? verdict->at : head->object;
	result->patched = verdict->patched;
	if (result->outcome != OUTCOME_PASS && result->outcome != OUTCOME_SKIP)
		result->at = review_subject(review);
	TRACE(review, TRACE_VERDICT, result->outcome == OUTCOME_PASS, result->at, result->policy_at, "%s: " STR_FMT,
	      outcome_names[result->outcome], STR_ARG(result->message));
}
