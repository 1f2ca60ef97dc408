/*
 * What types default, as far as it is more than a constant (defaults_constants.c).
 */
#include "kube/defaults.h"

#include "data/base64.h"
#include "kube/image.h"

/* -- Pods --------------------------------------------------------------------------------------------------------- */

static bool text_at(const struct draft *draft, const char *name, const char *text)
{
	return str_equal(value_str(draft_get(draft, str_of(name))), str_of(text));
}

static void put_missing_text(struct draft *draft, const char *name, const char *text)
{
	if (defaults_is_unset(draft_get(draft, str_of(name))))
		draft_put_text(draft, name, text);
}

/* Always for :latest, said or not; what is no reference at all is left to validation. */
static void pull_policy(struct draft *draft, const char *image_field, const char *policy_field)
{
	struct str reference = value_str(draft_get(draft, str_of(image_field)));
	struct image image;
	bool latest =
		image_parse(draft->defaulting->arena, reference, &image, NULL) == 0 && str_is(image.tag, "latest");

	put_missing_text(draft, policy_field, latest ? "Always" : "IfNotPresent");
}

/* Puts what `from` has and the map under the name lacks. */
static const struct value *with_missing(struct arena *arena, const struct value *map, const struct value *from)
{
	struct object_builder builder;
	bool changed = false;

	object_start_from(arena, &builder, map);
	for (MEMBER_EACH(m, from)) {
		if (value_get(map, value_str(&m->key)))
			continue;
		object_put(arena, &builder, value_str(&m->key), &m->value);
		changed = true;
	}
	return changed ? object_finish(arena, &builder) : map;
}

static void container(struct draft *draft)
{
	const struct value *resources = draft_get(draft, STR("resources"));
	const struct value *limits = value_field(resources, "limits"), *requests = value_field(resources, "requests");
	const struct value *completed;
	struct object_builder builder;

	pull_policy(draft, "image", "imagePullPolicy");
	if (!draft->defaulting->is_pod || value_count(limits) == 0)
		return;
	completed = with_missing(draft->defaulting->arena, requests, limits);
	if (completed == requests)
		return;
	object_start_from(draft->defaulting->arena, &builder, resources);
	object_put(draft->defaulting->arena, &builder, STR("requests"), completed);
	draft_put(draft, STR("resources"), object_finish(draft->defaulting->arena, &builder));
}

static void ephemeral_container(struct draft *draft)
{
	pull_policy(draft, "image", "imagePullPolicy");
}

static void image_volume(struct draft *draft)
{
	pull_policy(draft, "reference", "pullPolicy");
}

static void container_port(struct draft *draft)
{
	const struct value *port = draft_get(draft, STR("containerPort"));

	if (draft->defaulting->host_network && port && defaults_is_unset(draft_get(draft, STR("hostPort"))))
		draft_put(draft, STR("hostPort"), port);
}

static void volume(struct draft *draft)
{
	const struct value *object = draft->object;

	for (MEMBER_EACH(m, object)) {
		struct str name = value_str(&m->key);

		if (!str_is(name, "name") && m->value.type != VALUE_NULL && schema_member_find(draft->schema, name))
			return;
	}
	draft_put(draft, STR("emptyDir"), &value_empty_object);
}

/* The older name of the field always mirrors the newer one. */
static void service_account(struct draft *draft)
{
	const struct value *name = draft_get(draft, STR("serviceAccountName"));
	const struct value *older = draft_get(draft, STR("serviceAccount"));

	if (defaults_is_unset(name) && !defaults_is_unset(older))
		draft_put(draft, STR("serviceAccountName"), older);
	else if (!defaults_is_unset(name) && !(older && value_equal(name, older)))
		draft_put(draft, STR("serviceAccount"), name);
}

static bool tolerates(const struct value *tolerations, struct str key)
{
	for (VALUE_EACH(toleration, tolerations)) {
		struct str effect = value_str(value_field(toleration, "effect"));
		struct str its = value_str(value_field(toleration, "key"));

		if ((its.n == 0 || str_equal(its, key)) && (effect.n == 0 || str_is(effect, "NoExecute")))
			return true;
	}
	return false;
}

/* The admission plugin DefaultTolerationSeconds. */
static void tolerations(struct draft *draft)
{
	static const char *const keys[] = { "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable" };
	const struct value *given = draft_get(draft, STR("tolerations"));
	struct arena *arena = draft->defaulting->arena;
	struct array_builder list = { 0 };

	for (VALUE_EACH(toleration, given))
		array_add(arena, &list, toleration);
	for (size_t i = 0; i < 2; i++) {
		struct object_builder item = { 0 };

		if (tolerates(given, str_of(keys[i])))
			continue;
		object_put(arena, &item, STR("key"), value_of_str(arena, str_of(keys[i])));
		object_put(arena, &item, STR("operator"), value_of_str(arena, STR("Exists")));
		object_put(arena, &item, STR("effect"), value_of_str(arena, STR("NoExecute")));
		object_put(arena, &item, STR("tolerationSeconds"), value_of_int(arena, 300));
		array_add(arena, &list, object_finish(arena, &item));
	}
	if (list.count > value_count(given))
		draft_put(draft, STR("tolerations"), array_finish(arena, &list));
}

/* The admission plugin Priority, as far as it needs no PriorityClass but the built-in ones. */
static void priority(struct draft *draft)
{
	struct str class = value_str(draft_get(draft, STR("priorityClassName")));
	int64_t number = 0;

	if (str_is(class, "system-node-critical"))
		number = 2000001000;
	else if (str_is(class, "system-cluster-critical"))
		number = 2000000000;
	else if (class.n > 0)
		return;
	if (!draft_get(draft, STR("priority")))
		draft_put_int(draft, "priority", number);
	put_missing_text(draft, "preemptionPolicy", "PreemptLowerPriority");
}

static void pod_spec(struct draft *draft)
{
	service_account(draft);
	if (!draft->defaulting->is_pod)
		return;
	if (!draft_get(draft, STR("enableServiceLinks")))
		draft_put(draft, STR("enableServiceLinks"), &value_true);
	defaults_pod_resources(draft);
	priority(draft);
	tolerations(draft);
}

/* -- other kinds -------------------------------------------------------------------------------------------------- */

static void finalizer(struct draft *draft, const char *name)
{
	const struct value *metadata = draft_get(draft, STR("metadata"));
	struct arena *arena = draft->defaulting->arena;
	struct object_builder builder;
	struct array_builder list = { 0 };

	for (VALUE_EACH(item, value_field(metadata, "finalizers"))) {
		if (str_equal(value_str(item), str_of(name)))
			return;
		array_add(arena, &list, item);
	}
	array_add(arena, &list, value_of_str(arena, str_of(name)));
	object_start_from(arena, &builder, metadata);
	object_put(arena, &builder, STR("finalizers"), array_finish(arena, &list));
	draft_put(draft, STR("metadata"), object_finish(arena, &builder));
}

static void persistent_volume(struct draft *draft)
{
	finalizer(draft, "kubernetes.io/pv-protection");
}

/* Claims in a StatefulSet's templates are no objects of their own. */
static void persistent_volume_claim(struct draft *draft)
{
	if (!draft->step->parent)
		finalizer(draft, "kubernetes.io/pvc-protection");
	else
		put_missing_text(draft, "kind", "PersistentVolumeClaim");
	put_missing_text(draft, "apiVersion", "v1");
}

static bool reachable_from_outside(struct draft *draft)
{
	return text_at(draft, "type", "LoadBalancer") || text_at(draft, "type", "NodePort") ||
	       (text_at(draft, "type", "ClusterIP") && value_count(draft_get(draft, STR("externalIPs"))) > 0);
}

static void service_spec(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;

	if (text_at(draft, "sessionAffinity", "None"))
		draft_remove(draft, STR("sessionAffinityConfig"));
	if (text_at(draft, "sessionAffinity", "ClientIP") &&
	    !value_path(draft_get(draft, STR("sessionAffinityConfig")), "clientIP", "timeoutSeconds")) {
		struct object_builder config = { 0 }, client = { 0 };

		object_put(arena, &client, STR("timeoutSeconds"), value_of_int(arena, 10800));
		object_put(arena, &config, STR("clientIP"), object_finish(arena, &client));
		draft_put(draft, STR("sessionAffinityConfig"), object_finish(arena, &config));
	}
	if (reachable_from_outside(draft))
		put_missing_text(draft, "externalTrafficPolicy", "Cluster");
	if (!text_at(draft, "type", "ExternalName"))
		put_missing_text(draft, "internalTrafficPolicy", "Cluster");
	if (text_at(draft, "type", "LoadBalancer") && !draft_get(draft, STR("allocateLoadBalancerNodePorts")))
		draft_put(draft, STR("allocateLoadBalancerNodePorts"), &value_true);
}

static void service_port(struct draft *draft)
{
	const struct value *port = draft_get(draft, STR("port"));

	if (port && defaults_is_unset(draft_get(draft, STR("targetPort"))))
		draft_put(draft, STR("targetPort"), port);
}

static void secret(struct draft *draft)
{
	const struct value *strings = draft_get(draft, STR("stringData"));
	struct arena *arena = draft->defaulting->arena;
	struct object_builder data;

	if (!strings)
		return;
	object_start_from(arena, &data, draft_get(draft, STR("data")));
	for (MEMBER_EACH(m, strings))
		object_put(arena, &data, value_str(&m->key),
			   value_of_str(arena, base64_text(arena, value_str(&m->value))));
	draft_put(draft, STR("data"), object_finish(arena, &data));
	draft_remove(draft, STR("stringData"));
}

static void namespace_object(struct draft *draft)
{
	static const struct str label = STR_INIT("kubernetes.io/metadata.name");
	const struct value *metadata = draft_get(draft, STR("metadata"));
	const struct value *name = value_field(metadata, "name"), *labels = value_field(metadata, "labels");
	struct arena *arena = draft->defaulting->arena;
	struct object_builder meta, builder;
	struct array_builder finalizers = { 0 };

	if (!defaults_is_unset(name) && !(value_get(labels, label) && value_equal(value_get(labels, label), name))) {
		object_start_from(arena, &builder, labels);
		object_put(arena, &builder, label, name);
		object_start_from(arena, &meta, metadata);
		object_put(arena, &meta, STR("labels"), object_finish(arena, &builder));
		draft_put(draft, STR("metadata"), object_finish(arena, &meta));
	}
	if (!draft->defaulting->creating || value_path(draft->object, "spec", "finalizers"))
		return;
	array_add(arena, &finalizers, value_of_str(arena, STR("kubernetes")));
	object_start_from(arena, &builder, draft_get(draft, STR("spec")));
	object_put(arena, &builder, STR("finalizers"), array_finish(arena, &finalizers));
	draft_put(draft, STR("spec"), object_finish(arena, &builder));
}

static void limit_range_item(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;
	const struct value *limit = draft_get(draft, STR("default")),
			   *request = draft_get(draft, STR("defaultRequest"));
	const struct value *now;

	if (!text_at(draft, "type", "Container"))
		return;
	now = with_missing(arena, limit, draft_get(draft, STR("max")));
	if (now != limit)
		draft_put(draft, STR("default"), now);
	now = with_missing(arena, with_missing(arena, request, now), draft_get(draft, STR("min")));
	if (now != request)
		draft_put(draft, STR("defaultRequest"), now);
}

/* Labels of the template become those of the object when it has none. */
static void labels_of_template(struct draft *draft)
{
	const struct value *metadata = draft_get(draft, STR("metadata"));
	const struct value *labels = value_path(draft_get(draft, STR("spec")), "template", "metadata", "labels");
	struct arena *arena = draft->defaulting->arena;
	struct object_builder builder;

	if (value_count(labels) == 0 || value_count(value_field(metadata, "labels")) > 0)
		return;
	object_start_from(arena, &builder, metadata);
	object_put(arena, &builder, STR("labels"), labels);
	draft_put(draft, STR("metadata"), object_finish(arena, &builder));
}

static void replication_controller_spec(struct draft *draft)
{
	const struct value *labels = value_path(draft->object, "template", "metadata", "labels");

	if (value_count(labels) > 0 && value_count(draft_get(draft, STR("selector"))) == 0)
		draft_put(draft, STR("selector"), labels);
}

static void rolling_update(struct draft *draft)
{
	if (text_at(draft, "type", "RollingUpdate"))
		draft_touch(draft, "rollingUpdate");
}

/* A type that was given alone brings no rollingUpdate. */
static void stateful_set_strategy(struct draft *draft)
{
	if (!defaults_is_unset(draft_get(draft, STR("type"))))
		return;
	draft_put_text(draft, "type", "RollingUpdate");
	draft_touch(draft, "rollingUpdate");
}

static void put_missing_int(struct draft *draft, const char *name, int64_t number)
{
	if (!draft_get(draft, str_of(name)))
		draft_put_int(draft, name, number);
}

static void job_spec(struct draft *draft)
{
	if (!draft->defaulting->is_job)
		return;
	if (!draft_get(draft, STR("completions")) && !draft_get(draft, STR("parallelism")))
		draft_put_int(draft, "completions", 1);
	put_missing_int(draft, "parallelism", 1);
	put_missing_int(draft, "backoffLimit", draft_get(draft, STR("backoffLimitPerIndex")) ? INT32_MAX : 6);
	put_missing_text(draft, "completionMode", "NonIndexed");
	if (!draft_get(draft, STR("suspend")))
		draft_put(draft, STR("suspend"), &value_false);
	put_missing_text(draft, "podReplacementPolicy",
			 draft_get(draft, STR("podFailurePolicy")) ? "Failed" : "TerminatingOrFailed");
	if (!draft_get(draft, STR("manualSelector")))
		draft_put(draft, STR("manualSelector"), &value_false);
}

static void network_policy_spec(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;
	struct array_builder types = { 0 };

	if (value_count(draft_get(draft, STR("policyTypes"))) > 0)
		return;
	array_add(arena, &types, value_of_str(arena, STR("Ingress")));
	if (value_count(draft_get(draft, STR("egress"))) > 0)
		array_add(arena, &types, value_of_str(arena, STR("Egress")));
	draft_put(draft, STR("policyTypes"), array_finish(arena, &types));
}

static void csi_driver(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;
	struct array_builder modes = { 0 };

	if (value_count(draft_get(draft, STR("volumeLifecycleModes"))) > 0)
		return;
	array_add(arena, &modes, value_of_str(arena, STR("Persistent")));
	draft_put(draft, STR("volumeLifecycleModes"), array_finish(arena, &modes));
}

static void subject(struct draft *draft)
{
	if (text_at(draft, "kind", "User") || text_at(draft, "kind", "Group"))
		put_missing_text(draft, "apiGroup", "rbac.authorization.k8s.io");
}

static void device_request(struct draft *draft)
{
	if (text_at(draft, "allocationMode", "ExactCount") && defaults_is_unset(draft_get(draft, STR("count"))))
		draft_put_int(draft, "count", 1);
}

static void custom_resource_definition(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;
	struct object_builder conversion = { 0 };

	if (draft_get(draft, STR("conversion")))
		return;
	object_put(arena, &conversion, STR("strategy"), value_of_str(arena, STR("None")));
	draft_put(draft, STR("conversion"), object_finish(arena, &conversion));
}

static void custom_resource_names(struct draft *draft)
{
	struct str kind = value_str(draft_get(draft, STR("kind")));
	struct arena *arena = draft->defaulting->arena;

	/* Those in the status are what was accepted. */
	if (!draft->step->parent || !str_is(draft->step->parent->key, "spec") || kind.n == 0)
		return;
	if (defaults_is_unset(draft_get(draft, STR("singular"))))
		draft_put(draft, STR("singular"), value_of_str(arena, str_lower(arena, kind)));
	if (defaults_is_unset(draft_get(draft, STR("listKind"))))
		draft_put(draft, STR("listKind"), value_of_str(arena, str_concat(arena, kind, STR("List"))));
}

/* -- autoscaling -------------------------------------------------------------------------------------------------- */

static const struct value *object_of(struct arena *arena, const char *first, const struct value *a, const char *second,
				     const struct value *b, const char *third, const struct value *c)
{
	struct object_builder builder = { 0 };

	object_put(arena, &builder, str_of(first), a);
	object_put(arena, &builder, str_of(second), b);
	if (third)
		object_put(arena, &builder, str_of(third), c);
	return object_finish(arena, &builder);
}

static const struct value *text_of(struct arena *arena, const char *text)
{
	return value_of_str(arena, str_of(text));
}

static void autoscaler_spec(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;
	const struct value *behavior = draft_get(draft, STR("behavior")), *target, *resource;
	struct array_builder metrics = { 0 };
	struct object_builder builder;

	if (value_count(draft_get(draft, STR("metrics"))) == 0) {
		target = object_of(arena, "type", text_of(arena, "Utilization"), "averageUtilization",
				   value_of_int(arena, 80), NULL, NULL);
		resource = object_of(arena, "name", text_of(arena, "cpu"), "target", target, NULL, NULL);
		array_add(arena, &metrics,
			  object_of(arena, "type", text_of(arena, "Resource"), "resource", resource, NULL, NULL));
		draft_put(draft, STR("metrics"), array_finish(arena, &metrics));
	}
	if (!behavior || (value_field(behavior, "scaleUp") && value_field(behavior, "scaleDown")))
		return;
	object_start_from(arena, &builder, behavior);
	if (!value_field(behavior, "scaleUp"))
		object_put(arena, &builder, STR("scaleUp"), &value_empty_object);
	if (!value_field(behavior, "scaleDown"))
		object_put(arena, &builder, STR("scaleDown"), &value_empty_object);
	draft_put(draft, STR("behavior"), object_finish(arena, &builder));
}

static const struct value *scaling_policy(struct arena *arena, const char *type, int number)
{
	return object_of(arena, "type", text_of(arena, type), "value", value_of_int(arena, number), "periodSeconds",
			 value_of_int(arena, 15));
}

static void scaling_rules(struct draft *draft)
{
	struct arena *arena = draft->defaulting->arena;
	bool up = str_is(draft->step->key, "scaleUp");
	struct array_builder policies = { 0 };

	put_missing_text(draft, "selectPolicy", "Max");
	if (up)
		put_missing_int(draft, "stabilizationWindowSeconds", 0);
	if (draft_get(draft, STR("policies")))
		return;
	if (up)
		array_add(arena, &policies, scaling_policy(arena, "Pods", 4));
	array_add(arena, &policies, scaling_policy(arena, "Percent", 100));
	draft_put(draft, STR("policies"), array_finish(arena, &policies));
}

/* -- all ---------------------------------------------------------------------------------------------------------- */

static void (*const functions[RULES])(struct draft *draft) = {
	[RULE_POD_SPEC] = pod_spec,
	[RULE_CONTAINER] = container,
	[RULE_EPHEMERAL_CONTAINER] = ephemeral_container,
	[RULE_IMAGE_VOLUME_SOURCE] = image_volume,
	[RULE_CONTAINER_PORT] = container_port,
	[RULE_VOLUME] = volume,
	[RULE_PERSISTENT_VOLUME] = persistent_volume,
	[RULE_PERSISTENT_VOLUME_CLAIM] = persistent_volume_claim,
	[RULE_SERVICE_SPEC] = service_spec,
	[RULE_SERVICE_PORT] = service_port,
	[RULE_SECRET] = secret,
	[RULE_NAMESPACE] = namespace_object,
	[RULE_LIMIT_RANGE_ITEM] = limit_range_item,
	[RULE_REPLICATION_CONTROLLER] = labels_of_template,
	[RULE_REPLICATION_CONTROLLER_SPEC] = replication_controller_spec,
	[RULE_DEPLOYMENT_STRATEGY] = rolling_update,
	[RULE_DAEMON_SET_UPDATE_STRATEGY] = rolling_update,
	[RULE_STATEFUL_SET_UPDATE_STRATEGY] = stateful_set_strategy,
	[RULE_JOB] = labels_of_template,
	[RULE_JOB_SPEC] = job_spec,
	[RULE_NETWORK_POLICY_SPEC] = network_policy_spec,
	[RULE_HORIZONTAL_POD_AUTOSCALER_SPEC] = autoscaler_spec,
	[RULE_HPA_SCALING_RULES] = scaling_rules,
	[RULE_SUBJECT] = subject,
	[RULE_CSI_DRIVER_SPEC] = csi_driver,
	[RULE_EXACT_DEVICE_REQUEST] = device_request,
	[RULE_DEVICE_SUB_REQUEST] = device_request,
	[RULE_CUSTOM_RESOURCE_DEFINITION_SPEC] = custom_resource_definition,
	[RULE_CUSTOM_RESOURCE_DEFINITION_NAMES] = custom_resource_names,
};

void defaults_apply(struct draft *draft, enum schema_rule rule)
{
	if (rule == RULE_NONE)
		return;
	defaults_put_constants(draft, rule);
	if (functions[rule])
		functions[rule](draft);
}
