/*
 * Checks of what a process may become: privileged, escalated, with capabilities, root.
 */
#include "policy/podsecurity/check.h"

bool ps_check_privileged(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	for (PS_EACH_CONTAINER(c, pod)) {
		if (!value_bool(c->security.privileged, false))
			continue;
		finding_name(&finding, c);
		offence_value(pod->arena,
			      finding_in_container(&finding, c, "securityContext.privileged", c->security.privileged),
			      STR("true"));
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "privileged",
			    str_format(pod->arena, STR_FMT " must not set securityContext.privileged=true",
				       STR_ARG(finding_containers(&finding))));
}

bool ps_check_privilege_escalation(const struct ps_pod *pod, const struct ps_revision *revision,
				   struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	for (PS_EACH_CONTAINER(c, pod)) {
		const struct value *set = c->security.allow_privilege_escalation;
		struct ps_offence *offence;

		if (set && !set->u.boolean)
			continue;
		finding_name(&finding, c);
		offence = finding_in_container(&finding, c, "securityContext.allowPrivilegeEscalation", set);
		/* "nil" is how Kyverno's policies name a field that is not set. */
		if (c->security.self)
			offence_value(pod->arena, offence, set ? STR("true") : STR("nil"));
		else
			offence->required = true;
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "allowPrivilegeEscalation != false",
			    str_format(pod->arena, STR_FMT " must set securityContext.allowPrivilegeEscalation=false",
				       STR_ARG(finding_containers(&finding))));
}

static bool is_default_capability(struct str name)
{
	static const struct str defaults[] = {
		STR("AUDIT_WRITE"), STR("CHOWN"), STR("DAC_OVERRIDE"), STR("FOWNER"), STR("FSETID"), STR("KILL"),
		STR("MKNOD"), STR("NET_BIND_SERVICE"), STR("SETFCAP"), STR("SETGID"), STR("SETPCAP"), STR("SETUID"),
		STR("SYS_CHROOT"),
	};

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (str_equal(name, defaults[i]))
			return true;
	return false;
}

static bool is_net_bind_service(struct str name)
{
	return str_is(name, "NET_BIND_SERVICE");
}

/* The first added capability that is not allowed, for the caret, and all of them as a set. */
static const struct value *added_beyond(const struct ps_pod *pod, const struct ps_container *c,
					bool (*allowed)(struct str), struct ps_names *beyond)
{
	const struct value *first = NULL;

	for (VALUE_EACH(name, ps_array(c->security.capabilities, STR("add")))) {
		if (allowed(value_str(name)))
			continue;
		if (!first)
			first = name;
		names_insert(pod->arena, beyond, value_str(name));
	}
	return first;
}

/* Offences of capabilities.add; the containers and values are collected in the finding. */
static void find_added(const struct ps_pod *pod, bool (*allowed)(struct str), struct ps_finding *finding)
{
	for (PS_EACH_CONTAINER(c, pod)) {
		struct ps_names beyond = { 0 };
		const struct value *first = added_beyond(pod, c, allowed, &beyond);

		if (!first)
			continue;
		finding_name(finding, c);
		offence_values(pod->arena, finding_in_container(finding, c, "securityContext.capabilities.add", first),
			       &beyond);
		for (size_t i = 0; i < beyond.count; i++)
			names_insert(pod->arena, &finding->values, beyond.items[i]);
	}
}

static struct str added_detail(struct ps_finding *finding)
{
	names_settle(&finding->values);
	return str_format(finding->arena, STR_FMT " must not include " STR_FMT " in securityContext.capabilities.add",
			  STR_ARG(finding_containers(finding)),
			  STR_ARG(names_quoted(finding->arena, &finding->values)));
}

bool ps_check_capabilities_baseline(const struct ps_pod *pod, const struct ps_revision *revision,
				    struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	find_added(pod, is_default_capability, &finding);
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "non-default capabilities", added_detail(&finding));
}

/* Containers that do not drop ALL. */
static void find_kept(const struct ps_pod *pod, struct ps_finding *finding)
{
	for (PS_EACH_CONTAINER(c, pod)) {
		const struct value *drop = ps_array(c->security.capabilities, STR("drop"));
		struct ps_names dropped = { 0 };
		struct ps_offence *offence;
		bool all = false;

		for (VALUE_EACH(name, drop))
			all = all || str_is(value_str(name), "ALL");
		if (all)
			continue;
		finding_name(finding, c);
		offence = finding_in_container(finding, c, "securityContext.capabilities.drop",
					       deepest(drop, c->security.capabilities, NULL));
		for (VALUE_EACH(name, drop))
			names_insert(pod->arena, &dropped, value_str(name));
		if (dropped.count)
			offence_values(pod->arena, offence, &dropped);
		else
			offence->required = true;
	}
}

bool ps_check_capabilities_restricted(const struct ps_pod *pod, const struct ps_revision *revision,
				      struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names details = { 0 };

	find_kept(pod, &finding);
	if (finding.count)
		names_add(pod->arena, &details,
			  str_format(pod->arena, STR_FMT " must set securityContext.capabilities.drop=[\"ALL\"]",
				     STR_ARG(finding_containers(&finding))));
	finding.containers = (struct ps_names){ 0 };
	find_added(pod, is_net_bind_service, &finding);
	if (finding.containers.count)
		names_add(pod->arena, &details, added_detail(&finding));
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "unrestricted capabilities",
			    names_joined(pod->arena, &details, STR("; ")));
}

#define RUN_AS_NON_ROOT "securityContext.runAsNonRoot"

/* Containers that say runAsNonRoot=false (`explicitly`), or that say nothing while the Pod does not say true. */
static void find_root(const struct ps_pod *pod, bool explicitly, struct ps_finding *finding)
{
	bool pod_says = value_bool(pod->security.run_as_non_root, false);

	for (PS_EACH_CONTAINER(c, pod)) {
		const struct value *set = c->security.run_as_non_root;
		struct ps_offence *offence;

		if (explicitly ? !set || set->u.boolean : set || pod_says)
			continue;
		finding_name(finding, c);
		offence = finding_in_container(finding, c, RUN_AS_NON_ROOT, set);
		if (explicitly)
			offence_value(pod->arena, offence, STR("false"));
		else
			offence->required = true;
	}
}

/* Kyverno's fork tells what is set wrongly and what is not set; Kubernetes the second only without the first. */
bool ps_check_run_as_non_root(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names details = { 0 };
	size_t explicit_count;

	if (!value_bool(pod->security.run_as_non_root, true)) {
		finding.pod = true;
		offence_value(pod->arena,
			      finding_in_pod(&finding, STR("spec." RUN_AS_NON_ROOT), pod->security.run_as_non_root),
			      STR("false"));
	}
	find_root(pod, true, &finding);
	explicit_count = finding.count;
	if (explicit_count)
		names_add(pod->arena, &details,
			  str_format(pod->arena, STR_FMT " must not set " RUN_AS_NON_ROOT "=false",
				     STR_ARG(finding_setters(&finding, NULL))));
	if (!explicit_count || pod->for_kyverno) {
		finding.containers = (struct ps_names){ 0 };
		find_root(pod, false, &finding);
		if (finding.containers.count)
			names_add(pod->arena, &details,
				  str_format(pod->arena, "pod or " STR_FMT " must set " RUN_AS_NON_ROOT "=true",
					     STR_ARG(finding_containers(&finding))));
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "runAsNonRoot != true", names_joined(pod->arena, &details, STR("\n")));
}

static bool is_zero(const struct value *v)
{
	return v && value_number(v) == 0;
}

bool ps_check_run_as_user(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	if (is_zero(pod->security.run_as_user)) {
		finding.pod = true;
		offence_value(
			pod->arena,
			finding_in_pod(&finding, STR("spec.securityContext.runAsUser"), pod->security.run_as_user),
			STR("0"));
	}
	for (PS_EACH_CONTAINER(c, pod)) {
		if (!is_zero(c->security.run_as_user))
			continue;
		finding_name(&finding, c);
		offence_value(pod->arena,
			      finding_in_container(&finding, c, "securityContext.runAsUser", c->security.run_as_user),
			      STR("0"));
	}
	if (!finding.count)
		return true;
	return finding_fail(
		&finding, failure, "runAsUser=0",
		str_format(pod->arena, STR_FMT " must not set runAsUser=0", STR_ARG(finding_setters(&finding, NULL))));
}
