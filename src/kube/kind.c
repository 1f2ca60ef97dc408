/*
 * Kinds that Kubernetes serves or served, and the parts of an object that name it.
 */
#include "kube/kind.h"

/* Kubernetes 1.36 and what older releases had; ordered by kind, then group, for the binary search. */
static const struct known_kind known_kinds[] = {
	{ "apiregistration.k8s.io", "APIService", "apiservices", false },
	{ "auditregistration.k8s.io", "AuditSink", "auditsinks", false },
	{ "", "Binding", "bindings", true },
	{ "storage.k8s.io", "CSIDriver", "csidrivers", false },
	{ "storage.k8s.io", "CSINode", "csinodes", false },
	{ "storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", true },
	{ "certificates.k8s.io", "CertificateSigningRequest", "certificatesigningrequests", false },
	{ "networking.k8s.io", "ClusterCIDR", "clustercidrs", false },
	{ "rbac.authorization.k8s.io", "ClusterRole", "clusterroles", false },
	{ "rbac.authorization.k8s.io", "ClusterRoleBinding", "clusterrolebindings", false },
	{ "certificates.k8s.io", "ClusterTrustBundle", "clustertrustbundles", false },
	{ "", "ComponentStatus", "componentstatuses", false },
	{ "", "ConfigMap", "configmaps", true },
	{ "apps", "ControllerRevision", "controllerrevisions", true },
	{ "batch", "CronJob", "cronjobs", true },
	{ "apiextensions.k8s.io", "CustomResourceDefinition", "customresourcedefinitions", false },
	{ "apps", "DaemonSet", "daemonsets", true },
	{ "extensions", "DaemonSet", "daemonsets", true },
	{ "apps", "Deployment", "deployments", true },
	{ "extensions", "Deployment", "deployments", true },
	{ "resource.k8s.io", "DeviceClass", "deviceclasses", false },
	{ "resource.k8s.io", "DeviceTaintRule", "devicetaintrules", false },
	{ "discovery.k8s.io", "EndpointSlice", "endpointslices", true },
	{ "", "Endpoints", "endpoints", true },
	{ "", "Event", "events", true },
	{ "events.k8s.io", "Event", "events", true },
	{ "policy", "Eviction", "evictions", true },
	{ "flowcontrol.apiserver.k8s.io", "FlowSchema", "flowschemas", false },
	{ "autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true },
	{ "networking.k8s.io", "IPAddress", "ipaddresses", false },
	{ "imagepolicy.k8s.io", "ImageReview", "imagereviews", false },
	{ "extensions", "Ingress", "ingresses", true },
	{ "networking.k8s.io", "Ingress", "ingresses", true },
	{ "networking.k8s.io", "IngressClass", "ingressclasses", false },
	{ "batch", "Job", "jobs", true },
	{ "coordination.k8s.io", "Lease", "leases", true },
	{ "coordination.k8s.io", "LeaseCandidate", "leasecandidates", true },
	{ "", "LimitRange", "limitranges", true },
	{ "authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", true },
	{ "admissionregistration.k8s.io", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", false },
	{ "admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", false },
	{ "admissionregistration.k8s.io", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false },
	{ "", "Namespace", "namespaces", false },
	{ "extensions", "NetworkPolicy", "networkpolicies", true },
	{ "networking.k8s.io", "NetworkPolicy", "networkpolicies", true },
	{ "", "Node", "nodes", false },
	{ "", "PersistentVolume", "persistentvolumes", false },
	{ "", "PersistentVolumeClaim", "persistentvolumeclaims", true },
	{ "", "Pod", "pods", true },
	{ "certificates.k8s.io", "PodCertificateRequest", "podcertificaterequests", true },
	{ "policy", "PodDisruptionBudget", "poddisruptionbudgets", true },
	{ "scheduling.k8s.io", "PodGroup", "podgroups", true },
	{ "settings.k8s.io", "PodPreset", "podpresets", true },
	{ "resource.k8s.io", "PodScheduling", "podschedulings", true },
	{ "resource.k8s.io", "PodSchedulingContext", "podschedulingcontexts", true },
	{ "extensions", "PodSecurityPolicy", "podsecuritypolicies", false },
	{ "policy", "PodSecurityPolicy", "podsecuritypolicies", false },
	{ "", "PodTemplate", "podtemplates", true },
	{ "scheduling.k8s.io", "PriorityClass", "priorityclasses", false },
	{ "flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", "prioritylevelconfigurations", false },
	{ "apps", "ReplicaSet", "replicasets", true },
	{ "extensions", "ReplicaSet", "replicasets", true },
	{ "", "ReplicationController", "replicationcontrollers", true },
	{ "resource.k8s.io", "ResourceClaim", "resourceclaims", true },
	{ "resource.k8s.io", "ResourceClaimParameters", "resourceclaimparameters", true },
	{ "resource.k8s.io", "ResourceClaimTemplate", "resourceclaimtemplates", true },
	{ "resource.k8s.io", "ResourceClass", "resourceclasses", false },
	{ "resource.k8s.io", "ResourceClassParameters", "resourceclassparameters", true },
	{ "resource.k8s.io", "ResourcePoolStatusRequest", "resourcepoolstatusrequests", false },
	{ "", "ResourceQuota", "resourcequotas", true },
	{ "resource.k8s.io", "ResourceSlice", "resourceslices", false },
	{ "rbac.authorization.k8s.io", "Role", "roles", true },
	{ "rbac.authorization.k8s.io", "RoleBinding", "rolebindings", true },
	{ "node.k8s.io", "RuntimeClass", "runtimeclasses", false },
	{ "", "Secret", "secrets", true },
	{ "authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false },
	{ "authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews", false },
	{ "authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews", false },
	{ "", "Service", "services", true },
	{ "", "ServiceAccount", "serviceaccounts", true },
	{ "networking.k8s.io", "ServiceCIDR", "servicecidrs", false },
	{ "apps", "StatefulSet", "statefulsets", true },
	{ "storage.k8s.io", "StorageClass", "storageclasses", false },
	{ "internal.apiserver.k8s.io", "StorageVersion", "storageversions", false },
	{ "storagemigration.k8s.io", "StorageVersionMigration", "storageversionmigrations", false },
	{ "authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews", false },
	{ "authentication.k8s.io", "TokenReview", "tokenreviews", false },
	{ "admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", false },
	{ "admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings",
	  false },
	{ "admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false },
	{ "storage.k8s.io", "VolumeAttachment", "volumeattachments", false },
	{ "storage.k8s.io", "VolumeAttributesClass", "volumeattributesclasses", false },
	{ "scheduling.k8s.io", "Workload", "workloads", true },
};

#define KNOWN_KINDS (sizeof(known_kinds) / sizeof(known_kinds[0]))

/* As str_compare(), without a call: the first bytes settle most steps of the search. */
static int compare_to_text(struct str s, const char *text)
{
	size_t i = 0;

	while (i < s.n && text[i] && s.p[i] == text[i])
		i++;
	if (!text[i])
		return i < s.n;
	return i < s.n ? (unsigned char)s.p[i] - (unsigned char)text[i] : -1;
}

const struct known_kind *known_kind_at(size_t i)
{
	return i < KNOWN_KINDS ? &known_kinds[i] : NULL;
}

const struct known_kind *known_kind_find(struct str group, struct str kind)
{
	size_t low = 0, high = KNOWN_KINDS;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct known_kind *known = &known_kinds[middle];
		int order = compare_to_text(kind, known->kind);

		if (order == 0)
			order = compare_to_text(group, known->group);
		if (order == 0)
			return known;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct known_kind *known_resource_find(struct str group, struct str resource)
{
	for (size_t i = 0; i < KNOWN_KINDS; i++)
		if (str_equal(resource, str_of(known_kinds[i].resource)) && str_equal(group, str_of(known_kinds[i].group)))
			return &known_kinds[i];
	return NULL;
}

/* The rules of meta.UnsafeGuessKindToResource, which clients without a discovery document go by. */
static struct str guess_plural(struct arena *arena, struct str kind)
{
	struct str lower = str_lower(arena, kind);

	if (lower.n == 0 || str_ends_with(lower, STR("endpoints")))
		return lower;
	switch (lower.p[lower.n - 1]) {
	case 's':
		return str_concat(arena, lower, STR("es"));
	case 'y':
		return str_concat(arena, str_slice(lower, 0, lower.n - 1), STR("ies"));
	default:
		return str_concat(arena, lower, STR("s"));
	}
}

struct str resource_of_kind(struct arena *arena, struct str group, struct str kind)
{
	const struct known_kind *known = known_kind_find(group, kind);

	return known ? str_of(known->resource) : guess_plural(arena, kind);
}

void gvk_split_api_version(struct str api_version, struct str *group, struct str *version)
{
	if (str_cut(api_version, '/', group, version))
		return;
	*version = *group;
	*group = STR("");
}

struct gvk gvk_of(const struct value *object)
{
	struct gvk gvk = { .kind = value_str(value_field(object, "kind")) };

	gvk_split_api_version(value_str(value_field(object, "apiVersion")), &gvk.group, &gvk.version);
	return gvk;
}

struct str gvk_api_version(struct arena *arena, struct gvk gvk)
{
	if (gvk.group.n == 0)
		return gvk.version;
	return str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(gvk.group), STR_ARG(gvk.version));
}

static const struct value *metadata_field(const struct value *object, struct str name)
{
	return value_get(value_field(object, "metadata"), name);
}

struct str object_name(const struct value *object)
{
	return value_str(metadata_field(object, STR("name")));
}

struct str object_generate_name(const struct value *object)
{
	return value_str(metadata_field(object, STR("generateName")));
}

struct str object_namespace(const struct value *object)
{
	return value_str(metadata_field(object, STR("namespace")));
}

/* One value of another type and a client of the API sees none of the map: so do we. */
static const struct value *string_map(const struct value *map)
{
	if (!value_is(map, VALUE_OBJECT))
		return NULL;
	for (MEMBER_EACH(member, map))
		if (member->value.type != VALUE_STRING && member->value.type != VALUE_NULL)
			return NULL;
	return map;
}

const struct value *object_labels(const struct value *object)
{
	return string_map(metadata_field(object, STR("labels")));
}

const struct value *object_annotations(const struct value *object)
{
	return string_map(metadata_field(object, STR("annotations")));
}
