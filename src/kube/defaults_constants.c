/*
 * What types default to constants.
 */
#include "kube/defaults.h"

enum { NUMBER, TEXT, TRUE, FALSE, STRUCT };

struct constant {
	uint8_t rule, kind;
	const char *field, *text;
	int number;
};

/* clang-format off */
/* Ordered by rule. */
static const struct constant constants[] = {
	{ RULE_POD_SPEC, TEXT, "dnsPolicy", "ClusterFirst" },
	{ RULE_POD_SPEC, TEXT, "restartPolicy", "Always" },
	{ RULE_POD_SPEC, STRUCT, "securityContext" },
	{ RULE_POD_SPEC, NUMBER, "terminationGracePeriodSeconds", NULL, 30 },
	{ RULE_POD_SPEC, TEXT, "schedulerName", "default-scheduler" },
	{ RULE_CONTAINER, TEXT, "terminationMessagePath", "/dev/termination-log" },
	{ RULE_CONTAINER, TEXT, "terminationMessagePolicy", "File" },
	{ RULE_EPHEMERAL_CONTAINER, TEXT, "terminationMessagePath", "/dev/termination-log" },
	{ RULE_EPHEMERAL_CONTAINER, TEXT, "terminationMessagePolicy", "File" },
	{ RULE_PROBE, NUMBER, "timeoutSeconds", NULL, 1 },
	{ RULE_PROBE, NUMBER, "periodSeconds", NULL, 10 },
	{ RULE_PROBE, NUMBER, "successThreshold", NULL, 1 },
	{ RULE_PROBE, NUMBER, "failureThreshold", NULL, 3 },
	{ RULE_HTTP_GET_ACTION, TEXT, "path", "/" },
	{ RULE_HTTP_GET_ACTION, TEXT, "scheme", "HTTP" },
	{ RULE_SECRET_VOLUME_SOURCE, NUMBER, "defaultMode", NULL, 0644 },
	{ RULE_CONFIG_MAP_VOLUME_SOURCE, NUMBER, "defaultMode", NULL, 0644 },
	{ RULE_DOWNWARD_API_VOLUME_SOURCE, NUMBER, "defaultMode", NULL, 0644 },
	{ RULE_PROJECTED_VOLUME_SOURCE, NUMBER, "defaultMode", NULL, 0644 },
	{ RULE_SERVICE_ACCOUNT_TOKEN_PROJECTION, NUMBER, "expirationSeconds", NULL, 3600 },
	{ RULE_HOST_PATH_VOLUME_SOURCE, TEXT, "type", "" },
	{ RULE_OBJECT_FIELD_SELECTOR, TEXT, "apiVersion", "v1" },
	{ RULE_SERVICE_SPEC, TEXT, "sessionAffinity", "None" },
	{ RULE_SERVICE_SPEC, TEXT, "type", "ClusterIP" },
	{ RULE_SERVICE_PORT, TEXT, "protocol", "TCP" },
	{ RULE_SECRET, TEXT, "type", "Opaque" },
	{ RULE_PERSISTENT_VOLUME_SPEC, TEXT, "persistentVolumeReclaimPolicy", "Retain" },
	{ RULE_PERSISTENT_VOLUME_SPEC, TEXT, "volumeMode", "Filesystem" },
	{ RULE_PERSISTENT_VOLUME_STATUS, TEXT, "phase", "Pending" },
	{ RULE_PERSISTENT_VOLUME_CLAIM_SPEC, TEXT, "volumeMode", "Filesystem" },
	{ RULE_PERSISTENT_VOLUME_CLAIM_STATUS, TEXT, "phase", "Pending" },
	{ RULE_ENDPOINT_PORT, TEXT, "protocol", "TCP" },
	{ RULE_NAMESPACE_STATUS, TEXT, "phase", "Active" },
	{ RULE_DEPLOYMENT_SPEC, NUMBER, "replicas", NULL, 1 },
	{ RULE_DEPLOYMENT_SPEC, NUMBER, "revisionHistoryLimit", NULL, 10 },
	{ RULE_DEPLOYMENT_SPEC, NUMBER, "progressDeadlineSeconds", NULL, 600 },
	{ RULE_DEPLOYMENT_STRATEGY, TEXT, "type", "RollingUpdate" },
	{ RULE_ROLLING_UPDATE_DEPLOYMENT, TEXT, "maxUnavailable", "25%" },
	{ RULE_ROLLING_UPDATE_DEPLOYMENT, TEXT, "maxSurge", "25%" },
	{ RULE_DAEMON_SET_SPEC, NUMBER, "revisionHistoryLimit", NULL, 10 },
	{ RULE_DAEMON_SET_UPDATE_STRATEGY, TEXT, "type", "RollingUpdate" },
	{ RULE_ROLLING_UPDATE_DAEMON_SET, NUMBER, "maxUnavailable", NULL, 1 },
	{ RULE_ROLLING_UPDATE_DAEMON_SET, NUMBER, "maxSurge", NULL, 0 },
	{ RULE_STATEFUL_SET_SPEC, TEXT, "podManagementPolicy", "OrderedReady" },
	{ RULE_STATEFUL_SET_SPEC, STRUCT, "persistentVolumeClaimRetentionPolicy" },
	{ RULE_STATEFUL_SET_SPEC, NUMBER, "replicas", NULL, 1 },
	{ RULE_STATEFUL_SET_SPEC, NUMBER, "revisionHistoryLimit", NULL, 10 },
	{ RULE_ROLLING_UPDATE_STATEFUL_SET_STRATEGY, NUMBER, "partition", NULL, 0 },
	{ RULE_STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY, TEXT, "whenDeleted", "Retain" },
	{ RULE_STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY, TEXT, "whenScaled", "Retain" },
	{ RULE_REPLICA_SET_SPEC, NUMBER, "replicas", NULL, 1 },
	{ RULE_CRON_JOB_SPEC, TEXT, "concurrencyPolicy", "Allow" },
	{ RULE_CRON_JOB_SPEC, FALSE, "suspend" },
	{ RULE_CRON_JOB_SPEC, NUMBER, "successfulJobsHistoryLimit", NULL, 3 },
	{ RULE_CRON_JOB_SPEC, NUMBER, "failedJobsHistoryLimit", NULL, 1 },
	{ RULE_POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN, TEXT, "status", "True" },
	{ RULE_NETWORK_POLICY_PORT, TEXT, "protocol", "TCP" },
	{ RULE_INGRESS_CLASS_PARAMETERS_REFERENCE, TEXT, "scope", "Cluster" },
	{ RULE_HORIZONTAL_POD_AUTOSCALER_SPEC, NUMBER, "minReplicas", NULL, 1 },
	{ RULE_HORIZONTAL_POD_AUTOSCALER_SPEC_V1, NUMBER, "minReplicas", NULL, 1 },
	{ RULE_HORIZONTAL_POD_AUTOSCALER_SPEC_V1, NUMBER, "targetCPUUtilizationPercentage", NULL, 80 },
	{ RULE_ROLE_REF, TEXT, "apiGroup", "rbac.authorization.k8s.io" },
	{ RULE_STORAGE_CLASS, TEXT, "reclaimPolicy", "Delete" },
	{ RULE_STORAGE_CLASS, TEXT, "volumeBindingMode", "Immediate" },
	{ RULE_CSI_DRIVER_SPEC, TRUE, "attachRequired" },
	{ RULE_CSI_DRIVER_SPEC, FALSE, "podInfoOnMount" },
	{ RULE_CSI_DRIVER_SPEC, FALSE, "storageCapacity" },
	{ RULE_CSI_DRIVER_SPEC, TEXT, "fsGroupPolicy", "ReadWriteOnceWithFSType" },
	{ RULE_CSI_DRIVER_SPEC, FALSE, "requiresRepublish" },
	{ RULE_CSI_DRIVER_SPEC, FALSE, "seLinuxMount" },
	{ RULE_VALIDATING_WEBHOOK, TEXT, "failurePolicy", "Fail" },
	{ RULE_VALIDATING_WEBHOOK, TEXT, "matchPolicy", "Equivalent" },
	{ RULE_VALIDATING_WEBHOOK, STRUCT, "namespaceSelector" },
	{ RULE_VALIDATING_WEBHOOK, STRUCT, "objectSelector" },
	{ RULE_VALIDATING_WEBHOOK, NUMBER, "timeoutSeconds", NULL, 10 },
	{ RULE_MUTATING_WEBHOOK, TEXT, "failurePolicy", "Fail" },
	{ RULE_MUTATING_WEBHOOK, TEXT, "matchPolicy", "Equivalent" },
	{ RULE_MUTATING_WEBHOOK, STRUCT, "namespaceSelector" },
	{ RULE_MUTATING_WEBHOOK, STRUCT, "objectSelector" },
	{ RULE_MUTATING_WEBHOOK, NUMBER, "timeoutSeconds", NULL, 10 },
	{ RULE_MUTATING_WEBHOOK, TEXT, "reinvocationPolicy", "Never" },
	{ RULE_RULE_WITH_OPERATIONS, TEXT, "scope", "*" },
	{ RULE_NAMED_RULE_WITH_OPERATIONS, TEXT, "scope", "*" },
	{ RULE_SERVICE_REFERENCE, NUMBER, "port", NULL, 443 },
	{ RULE_VALIDATING_ADMISSION_POLICY_SPEC, TEXT, "failurePolicy", "Fail" },
	{ RULE_MUTATING_ADMISSION_POLICY_SPEC, TEXT, "failurePolicy", "Fail" },
	{ RULE_MATCH_RESOURCES, TEXT, "matchPolicy", "Equivalent" },
	{ RULE_MATCH_RESOURCES, STRUCT, "namespaceSelector" },
	{ RULE_MATCH_RESOURCES, STRUCT, "objectSelector" },
	{ RULE_SLICE_ENDPOINT_PORT, TEXT, "name", "" },
	{ RULE_SLICE_ENDPOINT_PORT, TEXT, "protocol", "TCP" },
	{ RULE_PRIORITY_CLASS, TEXT, "preemptionPolicy", "PreemptLowerPriority" },
	{ RULE_FLOW_SCHEMA_SPEC, NUMBER, "matchingPrecedence", NULL, 1000 },
	{ RULE_EXEMPT_PRIORITY_LEVEL_CONFIGURATION, NUMBER, "nominalConcurrencyShares", NULL, 0 },
	{ RULE_EXEMPT_PRIORITY_LEVEL_CONFIGURATION, NUMBER, "lendablePercent", NULL, 0 },
	{ RULE_LIMITED_PRIORITY_LEVEL_CONFIGURATION, NUMBER, "nominalConcurrencyShares", NULL, 30 },
	{ RULE_LIMITED_PRIORITY_LEVEL_CONFIGURATION, NUMBER, "lendablePercent", NULL, 0 },
	{ RULE_QUEUING_CONFIGURATION, NUMBER, "handSize", NULL, 8 },
	{ RULE_QUEUING_CONFIGURATION, NUMBER, "queues", NULL, 64 },
	{ RULE_QUEUING_CONFIGURATION, NUMBER, "queueLengthLimit", NULL, 50 },
	{ RULE_EXACT_DEVICE_REQUEST, TEXT, "allocationMode", "ExactCount" },
	{ RULE_DEVICE_SUB_REQUEST, TEXT, "allocationMode", "ExactCount" },
	{ RULES },
};
/* clang-format on */

bool defaults_is_unset(const struct value *value)
{
	return !value || value->type == VALUE_NULL || (value->type == VALUE_STRING && value->length == 0) ||
	       (value->type == VALUE_INT && value->u.integer == 0);
}

static void put_constant(struct draft *draft, const struct constant *constant)
{
	const struct schema_member *member = schema_member_find(draft->schema, str_of(constant->field));
	const struct value *there = draft_get(draft, str_of(constant->field));

	if (!member || (member->flags & MEMBER_POINTER ? !value_is_null(there) : !defaults_is_unset(there)))
		return;
	switch (constant->kind) {
	case NUMBER:
		draft_put_int(draft, constant->field, constant->number);
		break;
	case TEXT:
		draft_put_text(draft, constant->field, constant->text);
		break;
	case STRUCT:
		draft_put(draft, str_of(constant->field), &value_empty_object);
		break;
	default:
		draft_put(draft, str_of(constant->field), value_of_bool(constant->kind == TRUE));
	}
}

static const struct constant *constants_of(enum schema_rule rule)
{
	size_t low = 0, high = sizeof(constants) / sizeof(constants[0]) - 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (constants[middle].rule < rule)
			low = middle + 1;
		else
			high = middle;
	}
	return &constants[low];
}

void defaults_put_constants(struct draft *draft, enum schema_rule rule)
{
	for (const struct constant *constant = constants_of(rule); constant->rule == rule; constant++)
		put_constant(draft, constant);
}

bool defaults_has_constant(enum schema_rule rule, struct str field)
{
	for (const struct constant *constant = constants_of(rule); constant->rule == rule; constant++)
		if (str_equal(field, str_of(constant->field)))
			return true;
	return false;
}
