#include "policy/builtin/native.h"

#include "kube/podspec.h"
#include "kube/selector.h"
#include "policy/trace.h"

extern const struct policy_dialect builtin_dialect;

/* -- looking up --------------------------------------------------------------------------------------------------- */

struct objects {
	const struct value **items;
	size_t count;
};

static struct objects list(const struct review *review, struct arena *arena, const char *group, const char *kind,
			   struct str namespace)
{
	struct objects found = { 0 };

	if (review->lookup && review->lookup->store)
		found.items = store_list(review->lookup->store, arena, str_of(group), str_of(kind), namespace,
					 &found.count);
	return found;
}

/* Namespaces of the cluster itself, which a team does not fill. */
static bool is_system(struct str namespace)
{
	return str_starts_with(namespace, STR("kube-")) || str_is(namespace, "default");
}

static struct str missing_in_namespace(const struct review *review, struct arena *arena, const char *group,
				       const char *kind)
{
	if (is_system(review->name) || list(review, arena, group, kind, review->name).count > 0)
		return STR_NULL;
	return str_format(arena, "namespace " STR_FMT " has no %s", STR_ARG(review->name), kind);
}

/* -- the checks --------------------------------------------------------------------------------------------------- */

static struct str judge_quota(const struct review *review, struct arena *arena)
{
	return missing_in_namespace(review, arena, "", "ResourceQuota");
}

static struct str judge_limit_range(const struct review *review, struct arena *arena)
{
	return missing_in_namespace(review, arena, "", "LimitRange");
}

/* Selects every Pod, is about ingress, and lets nothing in. */
static bool denies_ingress(const struct value *network_policy)
{
	const struct value *spec = value_field(network_policy, "spec"), *selector = value_field(spec, "podSelector");
	const struct value *types = value_field(spec, "policyTypes");
	bool about_ingress = value_count(types) == 0;

	for (VALUE_EACH(type, types))
		about_ingress |= str_is(value_str(type), "Ingress");
	return about_ingress && value_count(value_field(selector, "matchLabels")) == 0 &&
	       value_count(value_field(selector, "matchExpressions")) == 0 &&
	       value_count(value_field(spec, "ingress")) == 0;
}

static struct str judge_default_deny(const struct review *review, struct arena *arena)
{
	struct objects policies;

	if (is_system(review->name))
		return STR_NULL;
	policies = list(review, arena, "networking.k8s.io", "NetworkPolicy", review->name);
	for (size_t i = 0; i < policies.count; i++)
		if (denies_ingress(policies.items[i]))
			return STR_NULL;
	return str_format(arena, "namespace " STR_FMT " has no NetworkPolicy that denies ingress to all Pods by default",
			  STR_ARG(review->name));
}

static int64_t replicas_of(const struct value *object)
{
	const struct value *replicas = value_path(object, "spec", "replicas");

	return value_is(replicas, VALUE_INT) ? replicas->u.integer : 1;
}

static bool selects(struct arena *arena, const struct value *budget, const struct value *labels)
{
	const struct value *selector = value_path(budget, "spec", "selector");
	const struct selector *compiled = selector ? selector_compile(arena, selector, NULL) : NULL;

	return compiled && selector_matches(compiled, labels);
}

/* A single replica cannot be kept up by a budget. */
static struct str judge_disruption_budget(const struct review *review, struct arena *arena)
{
	struct objects budgets;
	struct pod_view pod;

	if (replicas_of(review->object) < 2 || !pod_view_of(review->object, &pod))
		return STR_NULL;
	budgets = list(review, arena, "policy", "PodDisruptionBudget", review->namespace);
	for (size_t i = 0; i < budgets.count; i++)
		if (selects(arena, budgets.items[i], value_field(pod.metadata, "labels")))
			return STR_NULL;
	return STR("no PodDisruptionBudget selects these Pods");
}

/* clang-format off */
#define TEXT(text) { text, sizeof(text) - 1 }

const struct native_policy native_policies[] = {
	{ .about = {
		.id = TEXT("biro-default-deny"), .title = TEXT("Namespaces deny ingress by default"),
		.severity = TEXT("medium"), .category = TEXT("Network"), .cis = TEXT("5.3.2"),
		.why = TEXT("Without a NetworkPolicy every Pod of the cluster reaches every Pod of the namespace."),
		.fix = TEXT("add a NetworkPolicy with an empty podSelector, policyTypes: [Ingress] and no ingress rules"),
	  },
	  .kinds = { "Namespace" }, .group = "networking.k8s.io", .wanted = "NetworkPolicy", .judge = judge_default_deny },
	{ .about = {
		.id = TEXT("biro-disruption-budget"), .title = TEXT("Replicated workloads have a disruption budget"),
		.severity = TEXT("low"), .category = TEXT("Reliability"),
		.why = TEXT("Without a budget, draining nodes may take down all replicas at once."),
		.fix = TEXT("add a PodDisruptionBudget whose selector matches the Pods' labels"),
	  },
	  .kinds = { "Deployment", "StatefulSet" }, .group = "policy", .wanted = "PodDisruptionBudget",
	  .judge = judge_disruption_budget },
	{ .about = {
		.id = TEXT("biro-limit-range"), .title = TEXT("Namespaces have a LimitRange"),
		.severity = TEXT("low"), .category = TEXT("Resources"),
		.why = TEXT("A LimitRange gives requests and limits to containers that say nothing, and bounds those that ask for much."),
		.fix = TEXT("add a LimitRange to the namespace"),
	  },
	  .kinds = { "Namespace" }, .group = "", .wanted = "LimitRange", .judge = judge_limit_range },
	{ .about = {
		.id = TEXT("biro-quota"), .title = TEXT("Namespaces have a ResourceQuota"),
		.severity = TEXT("low"), .category = TEXT("Resources"),
		.why = TEXT("Without a quota one namespace can fill the cluster."),
		.fix = TEXT("add a ResourceQuota to the namespace"),
	  },
	  .kinds = { "Namespace" }, .group = "", .wanted = "ResourceQuota", .judge = judge_quota },
	{ .judge = NULL },
};
/* clang-format on */

/* -- the dialect -------------------------------------------------------------------------------------------------- */

struct native_compiled {
	struct policy head;
	const struct native_policy *native;
};

static void judge(const struct policy *policy, struct review *review, struct result_list *results)
{
	const struct native_policy *native = ((const struct native_compiled *)policy)->native;
	struct result *result;
	struct str message;

	if (!review->object)
		return;
	message = native->judge(review, review->arena);
	TRACE(review, TRACE_CONDITION, message.n == 0, NULL, NULL, "looked for a %s", native->wanted);
	result = result_add(review->arena, results);
	result->policy = policy->name;
	result->policy_kind = policy->kind;
	result->rule = policy->name;
	result->severity = policy->severity;
	result->category = policy->category;
	result->outcome = message.n == 0 ? OUTCOME_PASS : OUTCOME_WARN;
	result->message = message.n == 0 ? policy->title : message;
	result->at = review->object;
	if (message.n > 0)
		result->fix = native->about.fix;
}

static bool claims(const struct value *object)
{
	return false;
}

const struct policy_dialect builtin_dialect = {
	.name = "builtin",
	.claims = claims,
	.judge = judge,
};

int native_add(struct policy_set *set, const struct native_policy *native)
{
	struct arena *arena = policy_set_arena(set);
	struct native_compiled *compiled = ARENA_NEW(arena, struct native_compiled);
	struct kind_pattern *kinds = arena_array(arena, 4, sizeof(*kinds));

	compiled->native = native;
	compiled->head = (struct policy){
		.dialect = &builtin_dialect,
		.name = native->about.id,
		.kind = STR("Builtin"),
		.title = native->about.title,
		.category = native->about.category,
		.severity = native->about.severity,
		.kinds = kinds,
	};
	for (size_t i = 0; native->kinds[i]; i++)
		kinds[compiled->head.kind_count++] =
			(struct kind_pattern){ STR("*"), STR("*"), str_of(native->kinds[i]), STR("*") };
	policy_set_want(set, str_of(native->group), str_of(native->wanted));
	policy_set_add_policy(set, &compiled->head);
	return 0;
}
