/*
 * kube/defaults.h: what the walk through an object (defaults.c) and the rules of its types (defaults_rules.c) share.
 * Private.
 *
 * Semantics: k8s.io/kubernetes v1.36 pkg/apis/<group>/<version>/defaults.go, the conversions beside it, and the
 * admission plugins that change Pods, as a kube-apiserver with its default settings runs them.
 */
#ifndef KUBE_DEFAULTS_H
#define KUBE_DEFAULTS_H

#include "kube/schema_path.h"
#include "kube/schema_table.h"

/* Types with defaults of their own. tools/make-schema knows which node has which rule. */
enum schema_rule {
	RULE_NONE,
	RULE_POD,
	RULE_POD_SPEC,
	RULE_CONTAINER,
	RULE_EPHEMERAL_CONTAINER,
	RULE_PROBE,
	RULE_HTTP_GET_ACTION,
	RULE_CONTAINER_PORT,
	RULE_VOLUME,
	RULE_SECRET_VOLUME_SOURCE,
	RULE_CONFIG_MAP_VOLUME_SOURCE,
	RULE_DOWNWARD_API_VOLUME_SOURCE,
	RULE_PROJECTED_VOLUME_SOURCE,
	RULE_SERVICE_ACCOUNT_TOKEN_PROJECTION,
	RULE_HOST_PATH_VOLUME_SOURCE,
	RULE_IMAGE_VOLUME_SOURCE,
	RULE_OBJECT_FIELD_SELECTOR,
	RULE_SERVICE_SPEC,
	RULE_SERVICE_PORT,
	RULE_SECRET,
	RULE_PERSISTENT_VOLUME,
	RULE_PERSISTENT_VOLUME_SPEC,
	RULE_PERSISTENT_VOLUME_STATUS,
	RULE_PERSISTENT_VOLUME_CLAIM,
	RULE_PERSISTENT_VOLUME_CLAIM_SPEC,
	RULE_PERSISTENT_VOLUME_CLAIM_STATUS,
	RULE_ENDPOINT_PORT,
	RULE_NAMESPACE,
	RULE_NAMESPACE_STATUS,
	RULE_LIMIT_RANGE_ITEM,
	RULE_REPLICATION_CONTROLLER,
	RULE_REPLICATION_CONTROLLER_SPEC,
	RULE_DEPLOYMENT_SPEC,
	RULE_DEPLOYMENT_STRATEGY,
	RULE_ROLLING_UPDATE_DEPLOYMENT,
	RULE_DAEMON_SET_SPEC,
	RULE_DAEMON_SET_UPDATE_STRATEGY,
	RULE_ROLLING_UPDATE_DAEMON_SET,
	RULE_STATEFUL_SET_SPEC,
	RULE_STATEFUL_SET_UPDATE_STRATEGY,
	RULE_ROLLING_UPDATE_STATEFUL_SET_STRATEGY,
	RULE_STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY,
	RULE_REPLICA_SET_SPEC,
	RULE_JOB,
	RULE_JOB_SPEC,
	RULE_CRON_JOB_SPEC,
	RULE_POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN,
	RULE_NETWORK_POLICY_PORT,
	RULE_NETWORK_POLICY_SPEC,
	RULE_INGRESS_CLASS_PARAMETERS_REFERENCE,
	RULE_HORIZONTAL_POD_AUTOSCALER_SPEC,
	RULE_HORIZONTAL_POD_AUTOSCALER_SPEC_V1,
	RULE_HPA_SCALING_RULES,
	RULE_ROLE_REF,
	RULE_SUBJECT,
	RULE_STORAGE_CLASS,
	RULE_CSI_DRIVER_SPEC,
	RULE_VALIDATING_WEBHOOK,
	RULE_MUTATING_WEBHOOK,
	RULE_RULE_WITH_OPERATIONS,
	RULE_NAMED_RULE_WITH_OPERATIONS,
	RULE_SERVICE_REFERENCE,
	RULE_VALIDATING_ADMISSION_POLICY_SPEC,
	RULE_MUTATING_ADMISSION_POLICY_SPEC,
	RULE_MATCH_RESOURCES,
	RULE_CUSTOM_RESOURCE_DEFINITION_SPEC,
	RULE_CUSTOM_RESOURCE_DEFINITION_NAMES,
	RULE_SLICE_ENDPOINT_PORT,
	RULE_PRIORITY_CLASS,
	RULE_FLOW_SCHEMA_SPEC,
	RULE_EXEMPT_PRIORITY_LEVEL_CONFIGURATION,
	RULE_LIMITED_PRIORITY_LEVEL_CONFIGURATION,
	RULE_QUEUING_CONFIGURATION,
	RULE_EXACT_DEVICE_REQUEST,
	RULE_DEVICE_SUB_REQUEST,
	/* no defaults, but a name in messages */
	RULE_POD_TEMPLATE_SPEC,
	RULE_SECURITY_CONTEXT,
	RULE_POD_SECURITY_CONTEXT,
	RULE_CAPABILITIES,
	RULE_SE_LINUX_OPTIONS,
	RULE_SECCOMP_PROFILE,
	RULE_APP_ARMOR_PROFILE,
	RULE_WINDOWS_SECURITY_CONTEXT_OPTIONS,
	RULE_RESOURCE_REQUIREMENTS,
	RULE_EXEC_ACTION,
	RULE_TCP_SOCKET_ACTION,
	RULE_ENV_VAR,
	RULE_ENV_VAR_SOURCE,
	RULE_ENV_FROM_SOURCE,
	RULE_VOLUME_MOUNT,
	RULE_TOLERATION,
	RULE_OBJECT_META,
	RULE_LABEL_SELECTOR,
	RULES
};
extern const uint8_t schema_rules[]; /* by node */

/* One object on its way through. */
struct defaulting {
	struct arena *arena;
	struct schema_paths *applied; /* may be NULL */
	const struct value *root;     /* as it came */
	bool creating;		      /* what creation adds before validating admission, too */
	bool is_pod, is_job;	      /* the root is one: some defaults are not for templates */
	bool host_network;	      /* of that Pod */
};

/* A struct of the object that is being completed: what is not changed is not copied. */
struct draft {
	struct defaulting *defaulting;
	const struct schema *schema;
	const struct schema_step *step;
	const struct value *object;
	struct object_builder builder;
	bool open; /* the builder has taken over from `object` */
};

/* NULL when absent. */
const struct value *draft_get(const struct draft *draft, struct str name);
/* Puts a value and notes its path as applied. */
void draft_put(struct draft *draft, struct str name, const struct value *value);
void draft_put_text(struct draft *draft, const char *name, const char *text);
void draft_put_int(struct draft *draft, const char *name, int64_t number);
void draft_remove(struct draft *draft, struct str name);
/* An empty object under the name when there is nothing. */
void draft_touch(struct draft *draft, const char *name);

/* Absent, null, "" or 0. */
bool defaults_is_unset(const struct value *value);
void defaults_put_constants(struct draft *draft, enum schema_rule rule);
/* Constants and functions of the draft's rule. */
void defaults_apply(struct draft *draft, enum schema_rule rule);
/* Requests of the spec of a Pod as a whole, where it has limits: what its containers ask for, else the limits. */
void defaults_pod_resources(struct draft *spec);
/* Whether a field that is missing gets a constant. */
bool defaults_has_constant(enum schema_rule rule, struct str field);
/* After the whole object is complete: status of a Pod, generation … */
const struct value *defaults_finish(struct defaulting *defaulting, const struct value *object);

#endif
