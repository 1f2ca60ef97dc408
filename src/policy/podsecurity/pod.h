/*
 * policy/podsecurity/pod.h: what the checks look at, found in one pass over a Pod. Private to the room.
 *
 * A field is NULL when it is absent, null or of a type that it cannot have. Nothing is copied: all borrows from the
 * Pod.
 */
#ifndef POLICY_PODSECURITY_POD_H
#define POLICY_PODSECURITY_POD_H

#include "kube/podspec.h"

/* A securityContext: the Pod's and a container's share most fields. */
struct ps_security {
	const struct value *self;
	const struct value *privileged, *allow_privilege_escalation, *run_as_non_root, *run_as_user, *capabilities,
		*proc_mount, *seccomp, *se_linux, *app_armor, *windows, *sysctls;
};

enum ps_probe { PS_LIVENESS, PS_READINESS, PS_STARTUP, PS_PROBES };
extern const char *const ps_probe_names[PS_PROBES];

struct ps_container {
	const struct value *self;       /* never NULL */
	enum container_list list;
	size_t index;
	const struct value *name, *image, *ports, *lifecycle, *security_context;
	const struct value *probes[PS_PROBES];
	struct ps_security security;
};

#define PS_FEW_CONTAINERS 6

struct ps_pod {
	struct arena *arena;
	bool for_kyverno;               /* report as Kyverno's fork does */
	const struct value *spec, *annotations;
	const struct value *host_network, *host_pid, *host_ipc, *host_users, *os, *volumes, *security_context;
	const struct value *lists[CONTAINER_LISTS];
	struct ps_security security;
	struct ps_container *containers;        /* init, regular, ephemeral: the order of Kubernetes' messages */
	size_t container_count;
	struct ps_container few[PS_FEW_CONTAINERS];
};

void ps_pod_read(struct ps_pod *pod, struct arena *arena, const struct value *metadata, const struct value *spec);

/* A field of an object when it is an object, array or string; else NULL. */
const struct value *ps_object(const struct value *parent, struct str key);
const struct value *ps_array(const struct value *parent, struct str key);
struct str ps_string(const struct value *parent, struct str key);

#define PS_EACH_CONTAINER(c, pod) \
	const struct ps_container *c = (pod)->containers, *c##_end = c + (pod)->container_count; c != c##_end; c++

#endif
