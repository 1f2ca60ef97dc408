#include "policy/builtin/builtin.h"

#include "kube/podspec.h"

#define DEPTH_MAX 12
#define KIN_MAX 4

struct type;

struct field {
	struct str name;
	const struct type *type; /* NULL: what is in it is not looked at */
};

/* An object, or the items of a list of them. */
struct type {
	const char *where; /* "a container" */
	const struct field *fields;
	size_t count;
	const struct type *kin[KIN_MAX]; /* where a field that is not here may belong */
};

/* -- Kubernetes 1.36, core/v1 ------------------------------------------------------------------------------------- */

static const struct type capabilities, selinux_options, profile, windows_options, security_context,
	pod_security_context, resources, exec_action, http_get, tcp_socket, probe, port, env_source, env, env_from,
	volume_mount, container, host_path, volume, toleration, pod_spec, metadata, pod, template;

/* clang-format off */
#define N(name) { #name, sizeof(#name) - 1 }

static const struct field capabilities_fields[] = {
	{ N(add) }, { N(drop) },
};

static const struct field selinux_options_fields[] = {
	{ N(user) }, { N(role) }, { N(type) }, { N(level) },
};

static const struct field profile_fields[] = {
	{ N(type) }, { N(localhostProfile) },
};

static const struct field windows_options_fields[] = {
	{ N(gmsaCredentialSpecName) }, { N(gmsaCredentialSpec) }, { N(runAsUserName) },
	{ N(hostProcess) },
};

static const struct field security_context_fields[] = {
	{ N(capabilities), &capabilities }, { N(privileged) },
	{ N(seLinuxOptions), &selinux_options }, { N(windowsOptions), &windows_options },
	{ N(runAsUser) }, { N(runAsGroup) }, { N(runAsNonRoot) }, { N(readOnlyRootFilesystem) },
	{ N(allowPrivilegeEscalation) }, { N(procMount) }, { N(seccompProfile), &profile },
	{ N(appArmorProfile), &profile },
};

static const struct field pod_security_context_fields[] = {
	{ N(seLinuxOptions), &selinux_options }, { N(windowsOptions), &windows_options },
	{ N(runAsUser) }, { N(runAsGroup) }, { N(runAsNonRoot) }, { N(supplementalGroups) },
	{ N(supplementalGroupsPolicy) }, { N(fsGroup) }, { N(sysctls) },
	{ N(fsGroupChangePolicy) }, { N(seccompProfile), &profile },
	{ N(appArmorProfile), &profile }, { N(seLinuxChangePolicy) },
};

static const struct field resources_fields[] = {
	{ N(limits) }, { N(requests) }, { N(claims) },
};

static const struct field exec_action_fields[] = {
	{ N(command) },
};

static const struct field http_get_fields[] = {
	{ N(path) }, { N(port) }, { N(host) }, { N(scheme) }, { N(httpHeaders) },
};

static const struct field tcp_socket_fields[] = {
	{ N(port) }, { N(host) },
};

static const struct field probe_fields[] = {
	{ N(httpGet), &http_get }, { N(exec), &exec_action }, { N(tcpSocket), &tcp_socket },
	{ N(grpc) }, { N(initialDelaySeconds) }, { N(timeoutSeconds) }, { N(periodSeconds) },
	{ N(successThreshold) }, { N(failureThreshold) }, { N(terminationGracePeriodSeconds) },
};

static const struct field port_fields[] = {
	{ N(containerPort) }, { N(name) }, { N(protocol) }, { N(hostPort) }, { N(hostIP) },
};

static const struct field env_source_fields[] = {
	{ N(fieldRef) }, { N(resourceFieldRef) }, { N(configMapKeyRef) }, { N(secretKeyRef) },
	{ N(fileKeyRef) },
};

static const struct field env_fields[] = {
	{ N(name) }, { N(value) }, { N(valueFrom), &env_source },
};

static const struct field env_from_fields[] = {
	{ N(configMapRef) }, { N(secretRef) }, { N(prefix) },
};

static const struct field volume_mount_fields[] = {
	{ N(name) }, { N(mountPath) }, { N(readOnly) }, { N(subPath) }, { N(subPathExpr) },
	{ N(mountPropagation) }, { N(recursiveReadOnly) },
};

static const struct field container_fields[] = {
	{ N(name) }, { N(image) }, { N(command) }, { N(args) }, { N(ports), &port },
	{ N(env), &env }, { N(envFrom), &env_from }, { N(resources), &resources },
	{ N(volumeMounts), &volume_mount }, { N(volumeDevices) },
	{ N(securityContext), &security_context }, { N(livenessProbe), &probe },
	{ N(readinessProbe), &probe }, { N(startupProbe), &probe }, { N(imagePullPolicy) },
	{ N(lifecycle) }, { N(workingDir) }, { N(restartPolicy) }, { N(restartPolicyRules) },
	{ N(resizePolicy) }, { N(terminationMessagePath) }, { N(terminationMessagePolicy) },
	{ N(stdin) }, { N(stdinOnce) }, { N(tty) }, { N(targetContainerName) },
};

static const struct field host_path_fields[] = {
	{ N(path) }, { N(type) },
};

static const struct field volume_fields[] = {
	{ N(name) }, { N(configMap) }, { N(secret) }, { N(emptyDir) },
	{ N(persistentVolumeClaim) }, { N(hostPath), &host_path }, { N(projected) },
	{ N(downwardAPI) }, { N(csi) }, { N(ephemeral) }, { N(image) }, { N(nfs) }, { N(iscsi) },
	{ N(fc) }, { N(gcePersistentDisk) }, { N(awsElasticBlockStore) }, { N(gitRepo) },
	{ N(glusterfs) }, { N(rbd) }, { N(flexVolume) }, { N(cinder) }, { N(cephfs) },
	{ N(flocker) }, { N(azureFile) }, { N(vsphereVolume) }, { N(quobyte) }, { N(azureDisk) },
	{ N(photonPersistentDisk) }, { N(portworxVolume) }, { N(scaleIO) }, { N(storageos) },
};

static const struct field toleration_fields[] = {
	{ N(key) }, { N(operator) }, { N(value) }, { N(effect) }, { N(tolerationSeconds) },
};

static const struct field pod_spec_fields[] = {
	{ N(containers), &container }, { N(initContainers), &container },
	{ N(ephemeralContainers), &container }, { N(volumes), &volume }, { N(restartPolicy) },
	{ N(serviceAccountName) }, { N(serviceAccount) },
	{ N(securityContext), &pod_security_context }, { N(automountServiceAccountToken) },
	{ N(nodeSelector) }, { N(affinity) }, { N(tolerations), &toleration }, { N(hostNetwork) },
	{ N(hostPID) }, { N(hostIPC) }, { N(hostUsers) }, { N(nodeName) }, { N(imagePullSecrets) },
	{ N(terminationGracePeriodSeconds) }, { N(activeDeadlineSeconds) }, { N(dnsPolicy) },
	{ N(dnsConfig) }, { N(shareProcessNamespace) }, { N(hostname) }, { N(hostnameOverride) },
	{ N(subdomain) }, { N(setHostnameAsFQDN) }, { N(schedulerName) }, { N(hostAliases) },
	{ N(priorityClassName) }, { N(priority) }, { N(preemptionPolicy) }, { N(readinessGates) },
	{ N(runtimeClassName) }, { N(enableServiceLinks) }, { N(overhead) },
	{ N(topologySpreadConstraints) }, { N(os) }, { N(schedulingGates) }, { N(resourceClaims) },
	{ N(resources), &resources }, { N(workloadRef) }, { N(schedulingGroup) },
};

static const struct field metadata_fields[] = {
	{ N(name) }, { N(namespace) }, { N(labels) }, { N(annotations) }, { N(generateName) },
	{ N(ownerReferences) }, { N(finalizers) }, { N(uid) }, { N(resourceVersion) },
	{ N(generation) }, { N(creationTimestamp) }, { N(deletionTimestamp) },
	{ N(deletionGracePeriodSeconds) }, { N(selfLink) }, { N(managedFields) },
};

static const struct field pod_fields[] = {
	{ N(apiVersion) }, { N(kind) }, { N(metadata), &metadata }, { N(spec), &pod_spec },
	{ N(status) },
};

static const struct field template_fields[] = {
	{ N(metadata), &metadata }, { N(spec), &pod_spec },
};
/* clang-format on */

#define TYPE(name, text, ...)                                                                                          \
	static const struct type name = { .where = text,                                                               \
					  .fields = name##_fields,                                                     \
					  .count = sizeof(name##_fields) / sizeof(name##_fields[0]),                   \
					  .kin = { __VA_ARGS__ } }

TYPE(capabilities, "capabilities", &security_context);
TYPE(selinux_options, "seLinuxOptions", NULL);
TYPE(profile, "a profile", NULL);
TYPE(windows_options, "windowsOptions", NULL);
TYPE(security_context, "the securityContext of a container", &pod_security_context, &capabilities, &container,
     &pod_spec);
TYPE(pod_security_context, "the securityContext of the Pod", &security_context, &capabilities, &pod_spec);
TYPE(resources, "resources", NULL);
TYPE(exec_action, "exec", &probe);
TYPE(http_get, "httpGet", &probe);
TYPE(tcp_socket, "tcpSocket", &probe);
TYPE(probe, "a probe", &http_get);
TYPE(port, "a port", NULL);
TYPE(env_source, "valueFrom", NULL);
TYPE(env, "a variable of env", &env_source);
TYPE(env_from, "envFrom", NULL);
TYPE(volume_mount, "a volumeMount", NULL);
TYPE(container, "a container", &security_context, &pod_spec, &resources, &probe);
TYPE(host_path, "hostPath", NULL);
TYPE(volume, "a volume", NULL);
TYPE(toleration, "a toleration", NULL);
TYPE(pod_spec, "the spec of the Pod", &container, &pod_security_context, &security_context, &metadata);
TYPE(metadata, "metadata", NULL);
TYPE(pod, "a Pod", &pod_spec, &metadata);
TYPE(template, "the template", &pod_spec, &metadata);

/* -- looking ------------------------------------------------------------------------------------------------------ */

struct checking {
	struct arena *arena;
	struct result_list *results;
};

/* The way down to a value, for its path; only walked when there is something to say. */
struct step {
	const struct step *parent;
	struct str key; /* of a member */
	size_t index;	/* of an item when key.p is NULL */
};

static const struct field *field_find(const struct type *type, struct str name)
{
	for (size_t i = 0; i < type->count; i++)
		if (str_equal(type->fields[i].name, name))
			return &type->fields[i];
	return NULL;
}

static struct str path_of(struct arena *arena, const struct step *step, int depth)
{
	struct str parent;

	if (!step || depth > DEPTH_MAX * 2)
		return STR_NULL;
	parent = path_of(arena, step->parent, depth + 1);
	if (!step->key.p)
		return str_format(arena, STR_FMT "/%zu", STR_ARG(parent), step->index);
	/* The first step is a whole path: "/spec/template". */
	return str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(parent), step->parent ? "/" : "", STR_ARG(step->key));
}

static struct result *add(struct checking *checking, enum outcome outcome, const char *rule, const struct step *step,
			  const struct value *at)
{
	struct result *result = result_add(checking->arena, checking->results);

	result->policy = STR("biro");
	result->policy_kind = STR("biro");
	result->rule = str_of(rule);
	result->outcome = outcome;
	result->category = STR("Schema");
	result->severity = STR("medium");
	result->path = path_of(checking->arena, step, 0);
	result->at = at;
	return result;
}

static const struct field *nearest_field(const struct type *type, struct str name)
{
	size_t limit = name.n <= 4 ? 1 : name.n <= 8 ? 2 : 3, best = limit + 1;
	const struct field *nearest = NULL;

	for (size_t i = 0; i < type->count; i++) {
		size_t distance = str_distance(type->fields[i].name, name, limit);

		if (distance < best) {
			best = distance;
			nearest = &type->fields[i];
		}
	}
	return nearest;
}

static void say_unknown(struct checking *checking, const struct type *type, const struct step *step,
			const struct value *key)
{
	struct result *result = add(checking, OUTCOME_WARN, "unknown-field", step, key);
	struct arena *arena = checking->arena;
	const struct field *nearest;
	struct str name = value_str(key);

	for (size_t i = 0; i < KIN_MAX && type->kin[i]; i++) {
		if (!field_find(type->kin[i], name))
			continue;
		result->message = str_format(
			arena, "unknown field \"" STR_FMT "\" in %s: it belongs to %s, and has no effect here",
			STR_ARG(name), type->where, type->kin[i]->where);
		result->fix = str_format(arena, "move it to %s", type->kin[i]->where);
		return;
	}
	nearest = nearest_field(type, name);
	if (nearest) {
		result->message =
			str_format(arena, "unknown field \"" STR_FMT "\" in %s (did you mean \"" STR_FMT "\"?)",
				   STR_ARG(name), type->where, STR_ARG(nearest->name));
		result->fix = str_format(arena, "write " STR_FMT, STR_ARG(nearest->name));
	} else {
		result->message = str_format(arena, "unknown field \"" STR_FMT "\" in %s: Kubernetes drops it",
					     STR_ARG(name), type->where);
	}
}

static void check_type(struct checking *checking, const struct type *type, const struct value *value,
		       const struct step *parent, int depth)
{
	size_t index = 0;

	if (depth > DEPTH_MAX)
		return;
	for (VALUE_EACH(item, value)) {
		struct step step = { .parent = parent, .index = index };

		if (item->type == VALUE_OBJECT)
			check_type(checking, type, item, &step, depth + 1);
		index++;
	}
	for (MEMBER_EACH(member, value)) {
		struct step step = { .parent = parent, .key = value_str(&member->key) };
		const struct field *field = field_find(type, step.key);

		if (!field)
			say_unknown(checking, type, &step, &member->key);
		else if (field->type && member->value.type >= VALUE_ARRAY)
			check_type(checking, field->type, &member->value, &step, depth + 1);
	}
}

/* -- what Kubernetes refuses -------------------------------------------------------------------------------------- */

static void check_containers(struct checking *checking, const struct value *object, const struct pod_view *view)
{
	struct step root = { .key = str_of(view ? view->path : "") }, spec = { .parent = &root, .key = STR("spec") };
	struct step step = { .parent = &spec, .key = STR("containers") };
	const struct member *member = value_member(view ? view->spec : NULL, step.key);
	struct result *result;
	struct str dotted;

	if (member && value_count(&member->value) > 0)
		return;
	result = add(checking, OUTCOME_ERROR, "required-field", &step,
		     member ? &member->key
		     : view ? view->spec
			    : object);
	result->severity = STR("high");
	dotted = str_replace(checking->arena, str_skip(result->path, 1), STR("/"), STR("."), SIZE_MAX);
	result->message = str_format(checking->arena, STR_FMT ": Required value: a Pod without containers is refused",
				     STR_ARG(dotted));
	result->fix = STR("give at least one container with name and image");
}

void fields_check(struct arena *arena, const struct value *object, struct result_list *results)
{
	struct checking checking = { .arena = arena, .results = results };
	struct gvk gvk = gvk_of(object);
	bool is_pod = gvk.group.n == 0 && str_is(gvk.kind, "Pod");
	struct step root = { .key = STR("") }, step = { .parent = &root, .key = STR("metadata") };
	struct pod_view view;
	bool has_spec = pod_view_of(object, &view);

	if (is_pod)
		check_type(&checking, &pod, object, &root, 0);
	else
		check_type(&checking, &metadata, value_field(object, "metadata"), &step, 0);
	if (has_spec && !is_pod) {
		const struct value *whole = value_at_pointer(object, str_of(view.path), NULL);

		root.key = str_of(view.path);
		check_type(&checking, &template, whole, &root, 0);
	}
	if (has_spec || is_pod)
		check_containers(&checking, object, has_spec ? &view : NULL);
}
