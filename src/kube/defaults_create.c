/*
 * What creation adds to a whole object: its namespace, and what the registry's strategies set before validating
 * admission.
 */
#include "kube/defaults.h"

#include "data/instant.h"
#include "data/quantity.h"

/* Kinds that count their generations. Ordered. */
static const char *const counting[] = {
	"CronJob",
	"CustomResourceDefinition",
	"DaemonSet",
	"Deployment",
	"DeviceClass",
	"DeviceTaintRule",
	"EndpointSlice",
	"FlowSchema",
	"Ingress",
	"IngressClass",
	"Job",
	"MutatingAdmissionPolicy",
	"MutatingAdmissionPolicyBinding",
	"MutatingWebhookConfiguration",
	"NetworkPolicy",
	"Pod",
	"PodDisruptionBudget",
	"PodTemplate",
	"PriorityClass",
	"PriorityLevelConfiguration",
	"ReplicaSet",
	"ReplicationController",
	"ResourceSlice",
	"StatefulSet",
	"ValidatingAdmissionPolicy",
	"ValidatingAdmissionPolicyBinding",
	"ValidatingWebhookConfiguration",
};

static bool counts_generations(struct str kind)
{
	for (size_t i = 0; i < sizeof(counting) / sizeof(counting[0]); i++)
		if (str_equal(kind, str_of(counting[i])))
			return true;
	return false;
}

/* -- quality of service ------------------------------------------------------------------------------------------- */

enum { CPU, MEMORY, COMPUTE };
static const char *const compute[COMPUTE] = { "cpu", "memory" };

struct sums {
	struct quantity requests[COMPUTE], limits[COMPUTE];
	bool has_request[COMPUTE], has_limit[COMPUTE];
	bool all_limited;
};

static bool quantity_at(struct arena *arena, const struct value *map, const char *name, struct quantity *out)
{
	const struct value *value = value_get(map, str_of(name));

	return value && quantity_parse(arena, value_str(value), out, NULL) == 0 && quantity_sign(out) > 0;
}

static void add_resources(struct arena *arena, struct sums *sums, const struct value *resources)
{
	const struct value *requests = value_field(resources, "requests"), *limits = value_field(resources, "limits");
	struct quantity quantity;

	for (int i = 0; i < COMPUTE; i++) {
		if (quantity_at(arena, requests, compute[i], &quantity)) {
			sums->requests[i] =
				sums->has_request[i] ? quantity_add(arena, &sums->requests[i], &quantity) : quantity;
			sums->has_request[i] = true;
		}
		if (quantity_at(arena, limits, compute[i], &quantity)) {
			sums->limits[i] =
				sums->has_limit[i] ? quantity_add(arena, &sums->limits[i], &quantity) : quantity;
			sums->has_limit[i] = true;
		} else {
			sums->all_limited = false;
		}
	}
}

/* Kubernetes 1.36 pkg/apis/core/helper/qos: by the Pod's own resources, else by its containers'. */
static const char *qos_class(struct arena *arena, const struct value *spec)
{
	const struct value *own = value_field(spec, "resources");
	struct sums sums = { .all_limited = true };
	bool any = false;

	if (own) {
		add_resources(arena, &sums, own);
	} else {
		for (VALUE_EACH(container, value_field(spec, "containers")))
			add_resources(arena, &sums, value_field(container, "resources"));
		for (VALUE_EACH(container, value_field(spec, "initContainers")))
			add_resources(arena, &sums, value_field(container, "resources"));
	}
	for (int i = 0; i < COMPUTE; i++) {
		any = any || sums.has_request[i] || sums.has_limit[i];
		if (sums.has_request[i] != sums.has_limit[i] ||
		    (sums.has_request[i] && quantity_compare(&sums.requests[i], &sums.limits[i]) != 0))
			sums.all_limited = false;
	}
	return !any ? "BestEffort" : sums.all_limited ? "Guaranteed" : "Burstable";
}

/* -- metadata and status ------------------------------------------------------------------------------------------ */

/* What was a field of apps/v1beta1 lives on as an annotation. */
static void count_templates(struct draft *metadata)
{
	static const struct str name = STR_INIT("deprecated.daemonset.template.generation");
	const struct value *annotations = draft_get(metadata, STR("annotations"));
	struct arena *arena = metadata->defaulting->arena;
	struct object_builder builder;

	if (!metadata->defaulting->creating && value_get(annotations, name))
		return;
	object_start_from(arena, &builder, annotations);
	object_put(arena, &builder, name, value_of_str(arena, metadata->defaulting->creating ? STR("1") : STR("0")));
	draft_put(metadata, STR("annotations"), object_finish(arena, &builder));
}

static void complete_metadata(struct draft *metadata, struct gvk gvk)
{
	const struct known_kind *known = known_kind_find(gvk.group, gvk.kind);
	struct arena *arena = metadata->defaulting->arena;
	struct instant now;

	if (draft_get(metadata, STR("selfLink")))
		draft_remove(metadata, STR("selfLink"));
	if (str_is(gvk.kind, "DaemonSet"))
		count_templates(metadata);
	if (known && known->namespaced && value_str(draft_get(metadata, STR("namespace"))).n == 0)
		draft_put_text(metadata, "namespace", "default");
	if (!metadata->defaulting->creating)
		return;
	if (!draft_get(metadata, STR("creationTimestamp"))) {
		now = instant_from_unix(instant_now().seconds);
		draft_put(metadata, STR("creationTimestamp"), value_of_str(arena, instant_rfc3339(arena, &now)));
	}
	if (counts_generations(gvk.kind) && !draft_get(metadata, STR("generation")))
		draft_put_int(metadata, "generation", 1);
}

static void complete_status(struct draft *pod)
{
	struct schema_step step = { .parent = pod->step, .key = STR("status") };
	struct draft status = { .defaulting = pod->defaulting, .step = &step, .object = draft_get(pod, STR("status")) };

	if (value_field(status.object, "phase"))
		return;
	draft_put_text(&status, "phase", "Pending");
	draft_put_text(&status, "qosClass", qos_class(pod->defaulting->arena, draft_get(pod, STR("spec"))));
	object_put(pod->defaulting->arena, &pod->builder, STR("status"),
		   object_finish(pod->defaulting->arena, &status.builder));
}

/* A claim starts without a phase, whatever its defaults say; a headless Service knows its addresses: none. */
static void complete_rest(struct draft *draft, struct gvk gvk)
{
	struct arena *arena = draft->defaulting->arena;
	const struct value *spec = draft_get(draft, STR("spec")), *address = value_field(spec, "clusterIP");
	struct array_builder addresses = { 0 };
	struct object_builder builder;

	if (str_is(gvk.kind, "PersistentVolumeClaim") && !value_field(draft->defaulting->root, "status"))
		draft_put(draft, STR("status"), &value_empty_object);
	if (!str_is(gvk.kind, "Service") || gvk.group.n > 0 || !address || value_field(spec, "clusterIPs"))
		return;
	array_add(arena, &addresses, address);
	object_start_from(arena, &builder, spec);
	object_put(arena, &builder, STR("clusterIPs"), array_finish(arena, &addresses));
	draft_put(draft, STR("spec"), object_finish(arena, &builder));
}

const struct value *defaults_finish(struct defaulting *defaulting, const struct value *object)
{
	struct schema_step root = { 0 }, step = { .parent = &root, .key = STR("metadata") };
	struct draft draft = { .defaulting = defaulting, .step = &root };
	struct draft metadata = { .defaulting = defaulting, .step = &step, .object = value_field(object, "metadata") };
	struct value *out;

	object_start_from(defaulting->arena, &draft.builder, object);
	draft.open = true;
	if (value_is(metadata.object, VALUE_OBJECT))
		complete_metadata(&metadata, gvk_of(object));
	if (metadata.open)
		object_put(defaulting->arena, &draft.builder, step.key,
			   object_finish(defaulting->arena, &metadata.builder));
	if (defaulting->creating && defaulting->is_pod)
		complete_status(&draft);
	else if (defaulting->creating)
		complete_rest(&draft, gvk_of(object));
	out = arena_copy(defaulting->arena, object_finish(defaulting->arena, &draft.builder), sizeof(*out));
	out->line = object->line;
	out->column = object->column;
	out->source = object->source;
	return out;
}
