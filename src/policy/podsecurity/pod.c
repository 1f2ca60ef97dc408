#include "policy/podsecurity/pod.h"

const char *const ps_probe_names[PS_PROBES] = { "livenessProbe", "readinessProbe", "startupProbe" };

/* A member that is wanted, its only possible type, and where its pointer goes. */
struct wanted {
	struct str key;
	enum value_type type;
	size_t offset;
};

static const struct wanted security_fields[] = {
	{ STR("privileged"), VALUE_BOOL, offsetof(struct ps_security, privileged) },
	{ STR("allowPrivilegeEscalation"), VALUE_BOOL, offsetof(struct ps_security, allow_privilege_escalation) },
	{ STR("runAsNonRoot"), VALUE_BOOL, offsetof(struct ps_security, run_as_non_root) },
	{ STR("runAsUser"), VALUE_INT, offsetof(struct ps_security, run_as_user) },
	{ STR("capabilities"), VALUE_OBJECT, offsetof(struct ps_security, capabilities) },
	{ STR("procMount"), VALUE_STRING, offsetof(struct ps_security, proc_mount) },
	{ STR("seccompProfile"), VALUE_OBJECT, offsetof(struct ps_security, seccomp) },
	{ STR("seLinuxOptions"), VALUE_OBJECT, offsetof(struct ps_security, se_linux) },
	{ STR("appArmorProfile"), VALUE_OBJECT, offsetof(struct ps_security, app_armor) },
	{ STR("windowsOptions"), VALUE_OBJECT, offsetof(struct ps_security, windows) },
	{ STR("sysctls"), VALUE_ARRAY, offsetof(struct ps_security, sysctls) },
};

static const struct wanted container_fields[] = {
	{ STR("name"), VALUE_STRING, offsetof(struct ps_container, name) },
	{ STR("image"), VALUE_STRING, offsetof(struct ps_container, image) },
	{ STR("ports"), VALUE_ARRAY, offsetof(struct ps_container, ports) },
	{ STR("lifecycle"), VALUE_OBJECT, offsetof(struct ps_container, lifecycle) },
	{ STR("securityContext"), VALUE_OBJECT, offsetof(struct ps_container, security_context) },
	{ STR("livenessProbe"), VALUE_OBJECT, offsetof(struct ps_container, probes[PS_LIVENESS]) },
	{ STR("readinessProbe"), VALUE_OBJECT, offsetof(struct ps_container, probes[PS_READINESS]) },
	{ STR("startupProbe"), VALUE_OBJECT, offsetof(struct ps_container, probes[PS_STARTUP]) },
};

static const struct wanted pod_fields[] = {
	{ STR("containers"), VALUE_ARRAY, offsetof(struct ps_pod, lists[CONTAINERS]) },
	{ STR("initContainers"), VALUE_ARRAY, offsetof(struct ps_pod, lists[INIT_CONTAINERS]) },
	{ STR("ephemeralContainers"), VALUE_ARRAY, offsetof(struct ps_pod, lists[EPHEMERAL_CONTAINERS]) },
	{ STR("hostNetwork"), VALUE_BOOL, offsetof(struct ps_pod, host_network) },
	{ STR("hostPID"), VALUE_BOOL, offsetof(struct ps_pod, host_pid) },
	{ STR("hostIPC"), VALUE_BOOL, offsetof(struct ps_pod, host_ipc) },
	{ STR("hostUsers"), VALUE_BOOL, offsetof(struct ps_pod, host_users) },
	{ STR("os"), VALUE_OBJECT, offsetof(struct ps_pod, os) },
	{ STR("volumes"), VALUE_ARRAY, offsetof(struct ps_pod, volumes) },
	{ STR("securityContext"), VALUE_OBJECT, offsetof(struct ps_pod, security_context) },
};

/* One pass over the members, whatever their order; what is wanted and there is found, the rest stays NULL. */
static void take(void *into, const struct value *object, const struct wanted *fields, size_t count)
{
	for (MEMBER_EACH(member, object)) {
		struct str key = value_str(&member->key);

		for (size_t i = 0; i < count; i++) {
			if (!str_equal(key, fields[i].key))
				continue;
			/* Some callers know numbers as doubles only. */
			if (member->value.type == fields[i].type ||
			    (fields[i].type == VALUE_INT && member->value.type == VALUE_FLOAT))
				*(const struct value **)((char *)into + fields[i].offset) = &member->value;
			break;
		}
	}
}

#define TAKE(into, object, fields) take((into), (object), (fields), sizeof(fields) / sizeof((fields)[0]))

static void read_security(struct ps_security *security, const struct value *context)
{
	*security = (struct ps_security){ .self = context };
	TAKE(security, context, security_fields);
}

static void read_containers(struct ps_pod *pod)
{
	static const enum container_list order[] = { INIT_CONTAINERS, CONTAINERS, EPHEMERAL_CONTAINERS };
	size_t total = 0;

	for (size_t i = 0; i < CONTAINER_LISTS; i++)
		total += value_count(pod->lists[i]);
	pod->containers =
		total <= PS_FEW_CONTAINERS ? pod->few : arena_array(pod->arena, total, sizeof(*pod->containers));
	for (size_t i = 0; i < CONTAINER_LISTS; i++) {
		size_t index = 0;

		for (VALUE_EACH(item, pod->lists[order[i]])) {
			struct ps_container *container = &pod->containers[pod->container_count++];

			*container = (struct ps_container){ .self = item, .list = order[i], .index = index };
			index++;
			TAKE(container, item, container_fields);
			read_security(&container->security, container->security_context);
		}
	}
}

void ps_pod_read(struct ps_pod *pod, struct arena *arena, const struct value *metadata, const struct value *spec)
{
	memset(pod, 0, offsetof(struct ps_pod, few));
	pod->arena = arena;
	pod->spec = spec;
	pod->annotations = ps_object(metadata, STR("annotations"));
	TAKE(pod, spec, pod_fields);
	read_security(&pod->security, pod->security_context);
	read_containers(pod);
}

static const struct value *typed(const struct value *parent, struct str key, enum value_type type)
{
	const struct value *v = value_get(parent, key);

	return value_is(v, type) ? v : NULL;
}

const struct value *ps_object(const struct value *parent, struct str key)
{
	return typed(parent, key, VALUE_OBJECT);
}

const struct value *ps_array(const struct value *parent, struct str key)
{
	return typed(parent, key, VALUE_ARRAY);
}

struct str ps_string(const struct value *parent, struct str key)
{
	return value_str(value_get(parent, key));
}
