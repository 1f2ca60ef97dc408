/*
 * Judging one review by one policy: as it is written, and as it is rewritten for the controllers of Pods.
 *
 * Semantics: Kyverno v1.19 pkg/cel/policies/{vpol,mpol,gpol,dpol,ivpol}/engine.
 */
#include "policy/kyverno/cel/policy.h"
#include "policy/trace.h"

static const struct class_judging {
	void (*run)(struct evaluation *evaluation, struct verdict *verdict);
	bool unmatched;	 /* without matchConstraints it is about everything, else about nothing */
	bool no_request; /* nobody asked: any operation will do */
} judgings[POLICY_CLASSES] = {
	[POLICY_VALIDATING] = { validate_run, false, false },	[POLICY_MUTATING] = { mutate_run, true, false },
	[POLICY_GENERATING] = { generate_run, false, false },	[POLICY_DELETING] = { delete_run, false, true },
	[POLICY_IMAGE_VALIDATING] = { image_run, true, false },
};

static bool variant_matches(const struct variant *variant, struct admitted *admitted, struct shared *shared,
			    struct review *review)
{
	const struct class_judging *judging = &judgings[variant->policy->class];
	bool holds = variant->match
			     ? resource_match_holds(variant->match, admitted, shared, review, judging->no_request)
			     : judging->unmatched;

	TRACE(review, TRACE_MATCH, holds, review_subject(review), value_field(variant->spec, "matchConstraints"),
	      "matchConstraints: %s", holds ? "yes" : "no");
	return holds;
}

/* Mutating a custom workload is not what Kyverno does yet either. */
static void not_mutated(struct verdict *verdict)
{
	verdict->conclusion = CONCLUSION_SKIP;
	verdict->message = STR("extraction mode: mutation for custom workload CRDs is not yet supported");
}

static void variant_run(const struct variant *variant, struct review *review, struct shared *shared,
			struct admitted *admitted, struct verdict *verdict)
{
	const struct cel_policy *policy = variant->policy;
	struct evaluation evaluation;

	if (variant->broken.n) {
		verdict->conclusion = CONCLUSION_BROKEN;
		verdict->message = variant->broken;
		return;
	}
	if (variant->extracts && policy->class == POLICY_MUTATING) {
		not_mutated(verdict);
		return;
	}
	evaluation_start(&evaluation, review, variant, shared, admitted);
	if (policy->mode >= MODE_ENVOY)
		authorize_run(&evaluation, verdict);
	else if (variant->extracts)
		extracted_run(&evaluation, verdict);
	else
		judgings[policy->class].run(&evaluation, verdict);
}

static void variant_judge(const struct variant *variant, struct review *review, struct shared *shared,
			  struct result_list *results)
{
	const struct cel_policy *policy = variant->policy;
	struct admitted admitted = shared->admitted;
	struct verdict verdict = { 0 };
	/* A document without a kind is whatever the policy takes it for. */
	bool kubernetes = policy->mode == MODE_KUBERNETES && review->kind.kind.n && review->kind.version.n;

	if (policy->class == POLICY_DELETING) {
		admitted.object = review_subject(review);
		admitted.old_object = admitted.object;
	}
	if (policy->mode != MODE_KUBERNETES)
		admitted.object = review_subject(review);
	admitted.absent = kubernetes ? &value_empty_object : &value_null;
	if (review->trace)
		review->trace->depth++;
	if (!kubernetes || variant_matches(variant, &admitted, shared, review)) {
		variant_run(variant, review, shared, &admitted, &verdict);
		verdict_report(variant, review, &verdict, results);
		shared->admitted.request = shared->subject == review_subject(review) ? admitted.request : NULL;
	}
	if (review->trace)
		review->trace->depth--;
}

/* Which kinds of documents a policy judges that are not in Kubernetes. */
static bool takes(const struct cel_policy *policy, const struct review *review)
{
	if (review->payload == PAYLOAD_NONE)
		return policy->mode < MODE_ENVOY;
	return policy->head.payloads >> review->payload & 1;
}

static const char *const variant_names[] = { "as written", "for controllers with a pod template", "for CronJobs",
					     "for custom workloads" };

void cel_policy_judge(const struct policy *head, struct review *review, struct result_list *results)
{
	const struct cel_policy *policy = (const struct cel_policy *)head;

	if (!takes(policy, review))
		return;
	/* Kyverno's tests take the policies of a namespace for all of them. */
	if (policy->namespaced && policy->mode == MODE_KUBERNETES && !review->only_object &&
	    !str_equal(policy->namespace, review->namespace))
		return;
	for (size_t i = 0; i < policy->variant_count; i++) {
		const struct variant *variant = &policy->variants[i];

		TRACE(review, TRACE_NOTE, true, NULL, variant->spec, "policy " STR_FMT " %s", STR_ARG(head->name),
		      variant_names[variant->rewriting]);
		/* A mutation before may have changed the object. */
		variant_judge(variant, review, shared_of_review(review, policy->scratch), results);
	}
}
