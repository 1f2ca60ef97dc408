/*
 * The registry of checks: which exist at which level and version, and running them.
 */
#include "policy/podsecurity/evaluate.h"

const char *const ps_level_names[] = { "privileged", "baseline", "restricted" };

#define NEVER (PS_LATEST + 1)
#define REVISIONS_MAX 4

/* Ordered as evaluated: baseline, then restricted, each by id (bytewise). */
const struct ps_check ps_checks[] = {
	{ "appArmorProfile", "AppArmor", PS_BASELINE, "medium",
	  "set appArmorProfile.type to RuntimeDefault or Localhost, or leave it out" },
	{ "capabilities_baseline", "Capabilities", PS_BASELINE, "high",
	  "add no capability beyond the container runtime's default set" },
	{ "hostNamespaces", "Host Namespaces", PS_BASELINE, "high",
	  "remove hostNetwork, hostPID and hostIPC, or set them to false" },
	{ "hostPathVolumes", "HostPath Volumes", PS_BASELINE, "high",
	  "mount a persistentVolumeClaim, configMap, emptyDir or projected volume instead of a hostPath" },
	{ "hostPorts", "Host Ports", PS_BASELINE, "medium", "remove hostPort and expose the port with a Service" },
	{ "hostProbesAndHostLifecycle", "Host Probes / Lifecycle Hooks", PS_BASELINE, "medium",
	  "remove host from probes and lifecycle handlers: the Pod's own address is the default" },
	{ "privileged", "Privileged Containers", PS_BASELINE, "critical",
	  "remove privileged: true; add the single capability that is needed instead" },
	{ "procMount", "/proc Mount Type", PS_BASELINE, "high", "remove procMount or set it to Default" },
	{ "seLinuxOptions", "SELinux", PS_BASELINE, "medium",
	  "use the type container_t, container_init_t or container_kvm_t, and set neither user nor role" },
	{ "seccompProfile_baseline", "Seccomp", PS_BASELINE, "high",
	  "set seccompProfile.type to RuntimeDefault or Localhost" },
	{ "sysctls", "Sysctls", PS_BASELINE, "medium",
	  "set only sysctls that are safe, that is isolated from other Pods of the node" },
	{ "windowsHostProcess", "HostProcess", PS_BASELINE, "critical",
	  "remove windowsOptions.hostProcess or set it to false" },
	{ "allowPrivilegeEscalation", "Privilege Escalation", PS_RESTRICTED, "medium",
	  "set securityContext.allowPrivilegeEscalation: false in every container" },
	{ "capabilities_restricted", "Capabilities", PS_RESTRICTED, "medium",
	  "set securityContext.capabilities.drop: [ALL] in every container, and add at most NET_BIND_SERVICE" },
	{ "procMount_restricted", "/proc Mount Type", PS_RESTRICTED, "medium",
	  "remove procMount or set it to Default" },
	{ "restrictedVolumes", "Volume Types", PS_RESTRICTED, "medium",
	  "use configMap, csi, downwardAPI, emptyDir, ephemeral, image, persistentVolumeClaim, projected or secret "
	  "volumes" },
	{ "runAsNonRoot", "Running as Non-root", PS_RESTRICTED, "medium",
	  "set securityContext.runAsNonRoot: true for the Pod or for every container" },
	{ "runAsUser", "Running as Non-root user", PS_RESTRICTED, "medium",
	  "set runAsUser to another user than 0, or leave it out" },
	{ "seccompProfile_restricted", "Seccomp", PS_RESTRICTED, "medium",
	  "set securityContext.seccompProfile.type: RuntimeDefault for the Pod or for every container" },
};
const size_t ps_check_count = sizeof(ps_checks) / sizeof(ps_checks[0]);
_Static_assert(sizeof(ps_checks) / sizeof(ps_checks[0]) == PS_CHECKS, "PS_CHECKS counts the table");

/* How each of ps_checks is run. */
struct check_rules {
	/* The last one with `since` <= version counts; ends with a NULL function. */
	struct ps_revision revisions[REVISIONS_MAX];
	/* From this version on, the restricted level has a check of its own in its place. */
	int overridden_since;
	bool not_in_kyverno;
};

static const struct check_rules rules[PS_CHECKS] = {
	{ { { 0, ps_check_app_armor } }, NEVER },
	{ { { 0, ps_check_capabilities_baseline } }, 22 },
	{ { { 0, ps_check_host_namespaces } }, NEVER },
	{ { { 0, ps_check_host_path_volumes } }, 0 },
	{ { { 0, ps_check_host_ports } }, NEVER },
	{ { { 34, ps_check_host_probes } }, NEVER },
	{ { { 0, ps_check_privileged } }, NEVER },
	{ { { 0, ps_check_proc_mount }, { 35, ps_check_proc_mount, PS_EXEMPT_USER_NAMESPACE } }, 35 },
	{ { { 0, ps_check_se_linux, 0, 4 }, { 31, ps_check_se_linux, 0, 5 } }, NEVER },
	{ { { 0, ps_check_seccomp_annotations }, { 19, ps_check_seccomp_baseline } }, 19 },
	{ { { 0, ps_check_sysctls, 0, 5 }, { 27, ps_check_sysctls, 0, 6 },
	    { 29, ps_check_sysctls, 0, 10 }, { 32, ps_check_sysctls, 0, 12 } }, NEVER },
	{ { { 0, ps_check_windows_host_process } }, NEVER },
	{ { { 8, ps_check_privilege_escalation }, { 25, ps_check_privilege_escalation, PS_EXEMPT_WINDOWS } }, NEVER },
	{ { { 22, ps_check_capabilities_restricted }, { 25, ps_check_capabilities_restricted, PS_EXEMPT_WINDOWS } },
	  NEVER },
	{ { { 35, ps_check_proc_mount } }, NEVER, .not_in_kyverno = true },
	{ { { 0, ps_check_restricted_volumes } }, NEVER },
	{ { { 0, ps_check_run_as_non_root }, { 35, ps_check_run_as_non_root, PS_EXEMPT_USER_NAMESPACE } }, NEVER },
	{ { { 23, ps_check_run_as_user }, { 35, ps_check_run_as_user, PS_EXEMPT_USER_NAMESPACE } }, NEVER },
	{ { { 19, ps_check_seccomp_restricted }, { 25, ps_check_seccomp_restricted, PS_EXEMPT_WINDOWS } }, NEVER },
};

/* Kyverno goes through the checks in the order of upstream's file names. */
static const uint8_t kyverno_order[] = { 12, 0, 1, 13, 2, 3, 4, 5, 6, 7, 15, 16, 17, 8, 9, 18, 10, 11 };

static int effective_minor(struct ps_version version)
{
	return version.latest || version.minor > PS_LATEST ? PS_LATEST : version.minor;
}

/* NULL when the check does not exist yet. */
static const struct ps_revision *revision_at(const struct check_rules *check, int minor)
{
	const struct ps_revision *found = NULL;

	for (size_t i = 0; i < REVISIONS_MAX && check->revisions[i].passes && check->revisions[i].since <= minor; i++)
		found = &check->revisions[i];
	return found;
}

static unsigned exemptions_of(const struct ps_pod *pod)
{
	unsigned exemptions = 0;

	if (pod->os && str_is(ps_string(pod->os, STR("name")), "windows"))
		exemptions |= PS_EXEMPT_WINDOWS;
	if (!value_bool(pod->host_users, true))
		exemptions |= PS_EXEMPT_USER_NAMESPACE;
	return exemptions;
}

static size_t run_one(const struct ps_pod *pod, size_t check, const struct ps_revision *revision, unsigned exemptions,
		      struct ps_failure *failure)
{
	if (revision->exempt & exemptions)
		return 0;
	failure->check = &ps_checks[check];
	return revision->passes(pod, revision, failure) ? 0 : 1;
}

size_t ps_run(const struct ps_pod *pod, enum ps_level level, struct ps_version version, struct ps_failure *failures)
{
	int minor = effective_minor(version);
	unsigned exemptions = exemptions_of(pod);
	size_t count = 0;

	for (size_t i = 0; i < PS_CHECKS; i++) {
		const struct ps_revision *revision = revision_at(&rules[i], minor);

		if (!revision || ps_checks[i].level > level ||
		    (level == PS_RESTRICTED && minor >= rules[i].overridden_since))
			continue;
		count += run_one(pod, i, revision, exemptions, &failures[count]);
	}
	return count;
}

size_t ps_run_kyverno(const struct ps_pod *pod, enum ps_level level, struct ps_version version,
		      const struct str *control, struct ps_failure *failures)
{
	unsigned exemptions = exemptions_of(pod) & ~(unsigned)PS_EXEMPT_USER_NAMESPACE;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(kyverno_order); i++) {
		size_t check = kyverno_order[i];
		const struct ps_revision *revision;

		if (control && !str_equal(*control, str_of(ps_checks[check].control)))
			continue;
		revision = revision_at(&rules[check], effective_minor(version));
		if (rules[check].not_in_kyverno || (level == PS_BASELINE && ps_checks[check].level != PS_BASELINE))
			continue;
		count += run_one(pod, check, revision ? revision : &rules[check].revisions[0], exemptions,
				 &failures[count]);
	}
	return count;
}

static struct str reasons_text(struct arena *arena, const struct ps_verdict *verdict, bool with_detail)
{
	struct ps_names texts = { 0 };

	for (size_t i = 0; i < verdict->failure_count; i++) {
		const struct ps_failure *failure = &verdict->failures[i];
		struct str text = failure->reason;

		if (with_detail && failure->detail.n)
			text = str_format(arena, STR_FMT " (" STR_FMT ")", STR_ARG(failure->reason),
					  STR_ARG(failure->detail));
		names_add(arena, &texts, text);
	}
	return names_joined(arena, &texts, STR(", "));
}

void ps_evaluate(struct arena *arena, const struct value *metadata, const struct value *spec, enum ps_level level,
		 struct ps_version version, struct ps_verdict *verdict)
{
	struct ps_failure failures[PS_CHECKS];
	struct ps_pod pod;

	*verdict = (struct ps_verdict){ .allowed = true };
	if (level == PS_PRIVILEGED)
		return;
	ps_pod_read(&pod, arena, metadata, spec);
	verdict->failure_count = ps_run(&pod, level, version, failures);
	if (!verdict->failure_count)
		return;
	verdict->allowed = false;
	verdict->failures = arena_copy(arena, failures, verdict->failure_count * sizeof(*failures));
	verdict->reasons = reasons_text(arena, verdict, false);
	verdict->detail = reasons_text(arena, verdict, true);
}
