/*
 * policy/podsecurity/check.h: how a check is run. Private to the room.
 *
 * A check returns whether the Pod passes; when it does not, it has filled the failure's reason, detail and offences.
 */
#ifndef POLICY_PODSECURITY_CHECK_H
#define POLICY_PODSECURITY_CHECK_H

#include "policy/podsecurity/finding.h"

/* Pods that a revision lets pass unseen. */
enum ps_exempt { PS_EXEMPT_WINDOWS = 1, PS_EXEMPT_USER_NAMESPACE = 2 };

struct ps_revision;
typedef bool ps_check_function(const struct ps_pod *pod, const struct ps_revision *revision,
			       struct ps_failure *failure);

/* A check as it stands from a minor version on. */
struct ps_revision {
	int since;
	ps_check_function *passes;
	unsigned exempt;                /* enum ps_exempt */
	size_t allowed;                 /* of a list that grew over the versions: how many of its first entries count */
};

ps_check_function ps_check_host_namespaces, ps_check_host_path_volumes, ps_check_host_ports, ps_check_host_probes,
	ps_check_windows_host_process, ps_check_sysctls, ps_check_restricted_volumes;           /* check_host.c */
ps_check_function ps_check_privileged, ps_check_privilege_escalation, ps_check_capabilities_baseline,
	ps_check_capabilities_restricted, ps_check_run_as_non_root, ps_check_run_as_user;       /* check_privilege.c */
ps_check_function ps_check_app_armor, ps_check_se_linux, ps_check_seccomp_annotations, ps_check_seccomp_baseline,
	ps_check_seccomp_restricted, ps_check_proc_mount;                                       /* check_profile.c */

#endif
