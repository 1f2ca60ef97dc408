/*
 * API versions that Kubernetes removed or deprecated, with what replaces them. Facts from the deprecation guide and the
 * life cycles that the types of k8s.io/api declare, up to 1.36.
 */
#include "kube/schema.h"

/* clang-format off */
/* Ordered by kind, group, version. */
static const struct removed_kind removed[] = {
	{ "apiregistration.k8s.io", "v1beta1", "APIService", "1.19", "1.22", "apiregistration.k8s.io/v1 APIService" },
	{ "auditregistration.k8s.io", "v1alpha1", "AuditSink", "1.18", "1.19", NULL },
	{ "storage.k8s.io", "v1beta1", "CSIDriver", "1.19", "1.22", "storage.k8s.io/v1 CSIDriver" },
	{ "storage.k8s.io", "v1beta1", "CSINode", "1.17", "1.22", "storage.k8s.io/v1 CSINode" },
	{ "storage.k8s.io", "v1alpha1", "CSIStorageCapacity",
	  "1.21", "1.24", "storage.k8s.io/v1 CSIStorageCapacity" },
	{ "storage.k8s.io", "v1beta1", "CSIStorageCapacity", "1.24", "1.27", "storage.k8s.io/v1 CSIStorageCapacity" },
	{ "certificates.k8s.io", "v1beta1", "CertificateSigningRequest",
	  "1.19", "1.22", "certificates.k8s.io/v1 CertificateSigningRequest" },
	{ "rbac.authorization.k8s.io", "v1alpha1", "ClusterRole",
	  "1.17", "1.22", "rbac.authorization.k8s.io/v1 ClusterRole" },
	{ "rbac.authorization.k8s.io", "v1beta1", "ClusterRole",
	  "1.17", "1.22", "rbac.authorization.k8s.io/v1 ClusterRole" },
	{ "rbac.authorization.k8s.io", "v1alpha1", "ClusterRoleBinding",
	  "1.17", "1.22", "rbac.authorization.k8s.io/v1 ClusterRoleBinding" },
	{ "rbac.authorization.k8s.io", "v1beta1", "ClusterRoleBinding",
	  "1.17", "1.22", "rbac.authorization.k8s.io/v1 ClusterRoleBinding" },
	{ "certificates.k8s.io", "v1alpha1", "ClusterTrustBundle",
	  "1.34", NULL, "certificates.k8s.io/v1beta1 ClusterTrustBundle" },
	{ "", "v1", "ComponentStatus", "1.19", NULL, NULL },
	{ "apps", "v1beta1", "ControllerRevision", "1.8", "1.16", "apps/v1 ControllerRevision" },
	{ "apps", "v1beta2", "ControllerRevision", "1.9", "1.16", "apps/v1 ControllerRevision" },
	{ "batch", "v1beta1", "CronJob", "1.21", "1.25", "batch/v1 CronJob" },
	{ "batch", "v2alpha1", "CronJob", "1.8", "1.21", "batch/v1 CronJob" },
	{ "apiextensions.k8s.io", "v1beta1", "CustomResourceDefinition",
	  "1.16", "1.22", "apiextensions.k8s.io/v1 CustomResourceDefinition" },
	{ "apps", "v1beta2", "DaemonSet", "1.9", "1.16", "apps/v1 DaemonSet" },
	{ "extensions", "v1beta1", "DaemonSet", "1.8", "1.16", "apps/v1 DaemonSet" },
	{ "apps", "v1beta1", "Deployment", "1.8", "1.16", "apps/v1 Deployment" },
	{ "apps", "v1beta2", "Deployment", "1.9", "1.16", "apps/v1 Deployment" },
	{ "extensions", "v1beta1", "Deployment", "1.8", "1.16", "apps/v1 Deployment" },
	{ "resource.k8s.io", "v1beta1", "DeviceClass", "1.35", NULL, "resource.k8s.io/v1 DeviceClass" },
	{ "resource.k8s.io", "v1beta2", "DeviceClass", "1.36", NULL, "resource.k8s.io/v1 DeviceClass" },
	{ "resource.k8s.io", "v1alpha3", "DeviceTaintRule", "1.36", NULL, "resource.k8s.io/v1beta2 DeviceTaintRule" },
	{ "discovery.k8s.io", "v1beta1", "EndpointSlice", "1.21", "1.25", "discovery.k8s.io/v1 EndpointSlice" },
	{ "", "v1", "Endpoints", "1.33", NULL, "discovery.k8s.io/v1 EndpointSlice" },
	{ "events.k8s.io", "v1beta1", "Event", "1.22", "1.25", "events.k8s.io/v1 Event" },
	{ "policy", "v1beta1", "Eviction", "1.22", "1.25", "policy/v1 Eviction" },
	{ "flowcontrol.apiserver.k8s.io", "v1beta1", "FlowSchema",
	  "1.23", "1.26", "flowcontrol.apiserver.k8s.io/v1 FlowSchema" },
	{ "flowcontrol.apiserver.k8s.io", "v1beta2", "FlowSchema",
	  "1.26", "1.29", "flowcontrol.apiserver.k8s.io/v1 FlowSchema" },
	{ "flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema",
	  "1.29", "1.32", "flowcontrol.apiserver.k8s.io/v1 FlowSchema" },
	{ "autoscaling", "v2beta1", "HorizontalPodAutoscaler",
	  "1.22", "1.25", "autoscaling/v2 HorizontalPodAutoscaler" },
	{ "autoscaling", "v2beta2", "HorizontalPodAutoscaler",
	  "1.23", "1.26", "autoscaling/v2 HorizontalPodAutoscaler" },
	{ "networking.k8s.io", "v1beta1", "IPAddress", "1.34", NULL, "networking.k8s.io/v1 IPAddress" },
	{ "extensions", "v1beta1", "Ingress", "1.14", "1.22", "networking.k8s.io/v1 Ingress" },
	{ "networking.k8s.io", "v1beta1", "Ingress", "1.19", "1.22", "networking.k8s.io/v1 Ingress" },
	{ "networking.k8s.io", "v1beta1", "IngressClass", "1.19", "1.22", "networking.k8s.io/v1 IngressClass" },
	{ "coordination.k8s.io", "v1beta1", "Lease", "1.19", "1.22", "coordination.k8s.io/v1 Lease" },
	{ "coordination.k8s.io", "v1alpha2", "LeaseCandidate",
	  "1.35", NULL, "coordination.k8s.io/v1beta1 LeaseCandidate" },
	{ "coordination.k8s.io", "v1beta1", "LeaseCandidate", "1.36", NULL, NULL },
	{ "authorization.k8s.io", "v1beta1", "LocalSubjectAccessReview",
	  "1.19", "1.22", "authorization.k8s.io/v1 LocalSubjectAccessReview" },
	{ "admissionregistration.k8s.io", "v1alpha1", "MutatingAdmissionPolicy",
	  "1.35", NULL, "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy" },
	{ "admissionregistration.k8s.io", "v1alpha1", "MutatingAdmissionPolicyBinding",
	  "1.35", NULL, "admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding" },
	{ "admissionregistration.k8s.io", "v1beta1", "MutatingWebhookConfiguration",
	  "1.16", "1.22", "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration" },
	{ "extensions", "v1beta1", "NetworkPolicy", "1.9", "1.16", "networking.k8s.io/v1 NetworkPolicy" },
	{ "policy", "v1beta1", "PodDisruptionBudget", "1.21", "1.25", "policy/v1 PodDisruptionBudget" },
	{ "settings.k8s.io", "v1alpha1", "PodPreset", "1.19", "1.20", NULL },
	{ "extensions", "v1beta1", "PodSecurityPolicy", "1.10", "1.16", NULL },
	{ "policy", "v1beta1", "PodSecurityPolicy", "1.21", "1.25", NULL },
	{ "scheduling.k8s.io", "v1alpha1", "PriorityClass", "1.14", "1.22", "scheduling.k8s.io/v1 PriorityClass" },
	{ "scheduling.k8s.io", "v1beta1", "PriorityClass", "1.14", "1.22", "scheduling.k8s.io/v1 PriorityClass" },
	{ "flowcontrol.apiserver.k8s.io", "v1beta1", "PriorityLevelConfiguration",
	  "1.23", "1.26", "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration" },
	{ "flowcontrol.apiserver.k8s.io", "v1beta2", "PriorityLevelConfiguration",
	  "1.26", "1.29", "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration" },
	{ "flowcontrol.apiserver.k8s.io", "v1beta3", "PriorityLevelConfiguration",
	  "1.29", "1.32", "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration" },
	{ "apps", "v1beta2", "ReplicaSet", "1.9", "1.16", "apps/v1 ReplicaSet" },
	{ "extensions", "v1beta1", "ReplicaSet", "1.8", "1.16", "apps/v1 ReplicaSet" },
	{ "resource.k8s.io", "v1beta1", "ResourceClaim", "1.35", NULL, "resource.k8s.io/v1 ResourceClaim" },
	{ "resource.k8s.io", "v1beta2", "ResourceClaim", "1.36", NULL, "resource.k8s.io/v1 ResourceClaim" },
	{ "resource.k8s.io", "v1beta1", "ResourceClaimTemplate",
	  "1.35", NULL, "resource.k8s.io/v1 ResourceClaimTemplate" },
	{ "resource.k8s.io", "v1beta2", "ResourceClaimTemplate",
	  "1.36", NULL, "resource.k8s.io/v1 ResourceClaimTemplate" },
	{ "resource.k8s.io", "v1beta1", "ResourceSlice", "1.35", NULL, "resource.k8s.io/v1 ResourceSlice" },
	{ "resource.k8s.io", "v1beta2", "ResourceSlice", "1.36", NULL, "resource.k8s.io/v1 ResourceSlice" },
	{ "rbac.authorization.k8s.io", "v1alpha1", "Role", "1.17", "1.22", "rbac.authorization.k8s.io/v1 Role" },
	{ "rbac.authorization.k8s.io", "v1beta1", "Role", "1.17", "1.22", "rbac.authorization.k8s.io/v1 Role" },
	{ "rbac.authorization.k8s.io", "v1alpha1", "RoleBinding",
	  "1.17", "1.22", "rbac.authorization.k8s.io/v1 RoleBinding" },
	{ "rbac.authorization.k8s.io", "v1beta1", "RoleBinding",
	  "1.17", "1.22", "rbac.authorization.k8s.io/v1 RoleBinding" },
	{ "node.k8s.io", "v1alpha1", "RuntimeClass", "1.20", "1.22", "node.k8s.io/v1 RuntimeClass" },
	{ "node.k8s.io", "v1beta1", "RuntimeClass", "1.22", "1.25", "node.k8s.io/v1 RuntimeClass" },
	{ "authorization.k8s.io", "v1beta1", "SelfSubjectAccessReview",
	  "1.19", "1.22", "authorization.k8s.io/v1 SelfSubjectAccessReview" },
	{ "authentication.k8s.io", "v1alpha1", "SelfSubjectReview",
	  "1.29", "1.32", "authentication.k8s.io/v1 SelfSubjectReview" },
	{ "authentication.k8s.io", "v1beta1", "SelfSubjectReview",
	  "1.30", "1.33", "authentication.k8s.io/v1 SelfSubjectReview" },
	{ "authorization.k8s.io", "v1beta1", "SelfSubjectRulesReview",
	  "1.19", "1.22", "authorization.k8s.io/v1 SelfSubjectRulesReview" },
	{ "networking.k8s.io", "v1beta1", "ServiceCIDR", "1.34", NULL, "networking.k8s.io/v1 ServiceCIDR" },
	{ "apps", "v1beta1", "StatefulSet", "1.8", "1.16", "apps/v1 StatefulSet" },
	{ "apps", "v1beta2", "StatefulSet", "1.9", "1.16", "apps/v1 StatefulSet" },
	{ "storage.k8s.io", "v1beta1", "StorageClass", "1.19", "1.22", "storage.k8s.io/v1 StorageClass" },
	{ "authorization.k8s.io", "v1beta1", "SubjectAccessReview",
	  "1.19", "1.22", "authorization.k8s.io/v1 SubjectAccessReview" },
	{ "authentication.k8s.io", "v1beta1", "TokenReview", "1.19", "1.22", "authentication.k8s.io/v1 TokenReview" },
	{ "admissionregistration.k8s.io", "v1alpha1", "ValidatingAdmissionPolicy",
	  "1.29", "1.32", "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy" },
	{ "admissionregistration.k8s.io", "v1beta1", "ValidatingAdmissionPolicy",
	  "1.31", "1.34", "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy" },
	{ "admissionregistration.k8s.io", "v1alpha1", "ValidatingAdmissionPolicyBinding",
	  "1.29", "1.32", "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding" },
	{ "admissionregistration.k8s.io", "v1beta1", "ValidatingAdmissionPolicyBinding",
	  "1.31", "1.34", "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding" },
	{ "admissionregistration.k8s.io", "v1beta1", "ValidatingWebhookConfiguration",
	  "1.16", "1.22", "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration" },
	{ "storage.k8s.io", "v1alpha1", "VolumeAttachment", "1.21", "1.24", "storage.k8s.io/v1 VolumeAttachment" },
	{ "storage.k8s.io", "v1beta1", "VolumeAttachment", "1.19", "1.22", "storage.k8s.io/v1 VolumeAttachment" },
	{ "storage.k8s.io", "v1alpha1", "VolumeAttributesClass",
	  "1.32", "1.35", "storage.k8s.io/v1 VolumeAttributesClass" },
	{ "storage.k8s.io", "v1beta1", "VolumeAttributesClass",
	  "1.34", NULL, "storage.k8s.io/v1 VolumeAttributesClass" },
};
/* clang-format on */

const struct removed_kind *removed_kind_find(struct gvk gvk)
{
	size_t low = 0, high = sizeof(removed) / sizeof(removed[0]);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct removed_kind *at = &removed[middle];
		int order = str_compare(gvk.kind, str_of(at->kind));

		if (order == 0)
			order = str_compare(gvk.group, str_of(at->group));
		if (order == 0)
			order = str_compare(gvk.version, str_of(at->version));
		if (order == 0)
			return at;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
