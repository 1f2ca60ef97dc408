/*
 * Checks of what a Pod gets from its host: namespaces, paths, ports, sysctls; and of the volumes that it mounts.
 */
#include "policy/podsecurity/check.h"

bool ps_check_host_namespaces(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	const struct {
		struct str name, path;
		const struct value *set;
	} namespaces[] = {
		{ STR("hostNetwork=true"), STR("spec.hostNetwork"), pod->host_network },
		{ STR("hostPID=true"), STR("spec.hostPID"), pod->host_pid },
		{ STR("hostIPC=true"), STR("spec.hostIPC"), pod->host_ipc },
	};
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names names = { 0 };

	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		if (!value_bool(namespaces[i].set, false))
			continue;
		names_add(pod->arena, &names, namespaces[i].name);
		offence_value(pod->arena, finding_in_pod(&finding, namespaces[i].path, namespaces[i].set), STR("true"));
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "host namespaces", names_joined(pod->arena, &names, STR(", ")));
}

static struct ps_offence *find_volume(const struct ps_pod *pod, size_t index, const char *field, const struct value *at,
				      struct ps_finding *finding)
{
	return finding_in_pod(finding, str_format(pod->arena, "spec.volumes[%zu]%s%s", index, *field ? "." : "", field),
			      at);
}

bool ps_check_host_path_volumes(const struct ps_pod *pod, const struct ps_revision *revision,
				struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names names = { 0 };

	for (size_t i = 0; i < value_count(pod->volumes); i++) {
		const struct value *volume = value_at(pod->volumes, i);
		const struct value *host_path = ps_object(volume, STR("hostPath"));

		if (!host_path)
			continue;
		names_add(pod->arena, &names, ps_string(volume, STR("name")));
		offence_value(pod->arena, find_volume(pod, i, "hostPath", host_path, &finding),
			      ps_string(host_path, STR("path")));
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "hostPath volumes",
			    str_format(pod->arena, "%s " STR_FMT, plural("volume", "volumes", names.count),
				       STR_ARG(names_quoted(pod->arena, &names))));
}

/* What a volume's source may be; then the others, in the order in which the first counts when there are several. */
static const struct str allowed_sources[] = {
	STR("configMap"), STR("csi"), STR("downwardAPI"), STR("emptyDir"), STR("ephemeral"), STR("image"),
	STR("persistentVolumeClaim"), STR("projected"), STR("secret"),
};
static const struct str restricted_sources[] = {
	STR("hostPath"), STR("gcePersistentDisk"), STR("awsElasticBlockStore"), STR("gitRepo"), STR("nfs"),
	STR("iscsi"), STR("glusterfs"), STR("rbd"), STR("flexVolume"), STR("cinder"), STR("cephfs"), STR("flocker"),
	STR("fc"), STR("azureFile"), STR("vsphereVolume"), STR("quobyte"), STR("azureDisk"), STR("photonPersistentDisk"),
	STR("portworxVolume"), STR("scaleIO"), STR("storageos"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct str *source_of(const struct value *volume, const struct str *sources, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ps_object(volume, sources[i]))
			return &sources[i];
	return NULL;
}

/* A volume mostly has a name and one source: looking its few members up is faster than looking for 30 sources. */
static bool has_allowed_source(const struct value *volume)
{
	for (MEMBER_EACH(member, volume)) {
		if (member->value.type != VALUE_OBJECT)
			continue;
		for (size_t i = 0; i < COUNT(allowed_sources); i++)
			if (str_equal(value_str(&member->key), allowed_sources[i]))
				return true;
	}
	return false;
}

bool ps_check_restricted_volumes(const struct ps_pod *pod, const struct ps_revision *revision,
				 struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names names = { 0 };

	for (size_t i = 0; i < value_count(pod->volumes); i++) {
		const struct value *volume = value_at(pod->volumes, i);
		const struct str *source;

		if (has_allowed_source(volume))
			continue;
		source = source_of(volume, restricted_sources, COUNT(restricted_sources));
		names_add(pod->arena, &names, ps_string(volume, STR("name")));
		names_insert(pod->arena, &finding.values, source ? *source : STR("unknown"));
		if (source)
			find_volume(pod, i, source->p, ps_object(volume, *source), &finding);
		else
			find_volume(pod, i, pod->for_kyverno ? "unknown" : "", volume, &finding);
	}
	if (!finding.count)
		return true;
	names_settle(&finding.values);
	return finding_fail(
		&finding, failure, "restricted volume types",
		str_format(pod->arena, "%s " STR_FMT " %s %s " STR_FMT, plural("volume", "volumes", names.count),
			   STR_ARG(names_quoted(pod->arena, &names)), plural("uses", "use", names.count),
			   plural("restricted volume type", "restricted volume types", finding.values.count),
			   STR_ARG(names_quoted(pod->arena, &finding.values))));
}

/* Whether the container has none. */
static bool check_container_ports(const struct ps_container *c, struct ps_finding *finding)
{
	bool passes = true;

	for (size_t i = 0; i < value_count(c->ports); i++) {
		const struct value *host_port = value_field(value_at(c->ports, i), "hostPort");
		char field[64];
		struct str number;

		if (!value_is_number(host_port) || value_number(host_port) == 0)
			continue;
		passes = false;
		snprintf(field, sizeof(field), "ports[%zu].hostPort", i);
		number = str_format(finding->arena, "%.0f", value_number(host_port));
		names_insert(finding->arena, &finding->values, number);
		offence_value(finding->arena, finding_in_container(finding, c, field, host_port), number);
	}
	return passes;
}

bool ps_check_host_ports(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	for (PS_EACH_CONTAINER(c, pod))
		if (!check_container_ports(c, &finding))
			finding_name(&finding, c);
	if (!finding.count)
		return true;
	names_settle(&finding.values);
	return finding_fail(&finding, failure, "hostPort",
			    str_format(pod->arena, STR_FMT " %s %s " STR_FMT, STR_ARG(finding_containers(&finding)),
				       plural("uses", "use", finding.containers.count),
				       plural("hostPort", "hostPorts", finding.values.count),
				       STR_ARG(names_joined(pod->arena, &finding.values, STR(", ")))));
}

/* `handler` is a probe or a lifecycle handler; `name` is where it stands in the container. */
static void find_handler_hosts(const struct ps_container *c, const struct value *handler, const char *name,
			       struct ps_finding *finding)
{
	static const char *const actions[] = { "httpGet", "tcpSocket" };

	for (size_t i = 0; handler && i < COUNT(actions); i++) {
		const struct value *host = value_field(value_get(handler, str_of(actions[i])), "host");
		char field[64];

		if (value_str(host).n == 0)
			continue;
		snprintf(field, sizeof(field), "%s.%s.host", name, actions[i]);
		names_insert(finding->arena, &finding->containers, value_str(c->name));
		names_insert(finding->arena, &finding->values, value_str(host));
		offence_value(finding->arena, finding_in_container(finding, c, field, host), value_str(host));
	}
}

bool ps_check_host_probes(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	for (PS_EACH_CONTAINER(c, pod)) {
		for (size_t i = 0; i < PS_PROBES; i++)
			find_handler_hosts(c, c->probes[i], ps_probe_names[i], &finding);
		if (c->lifecycle) {
			find_handler_hosts(c, value_field(c->lifecycle, "postStart"), "lifecycle.postStart", &finding);
			find_handler_hosts(c, value_field(c->lifecycle, "preStop"), "lifecycle.preStop", &finding);
		}
	}
	if (!finding.count)
		return true;
	names_settle(&finding.containers);
	names_settle(&finding.values);
	/* The fork has no field errors for this one, so that nothing can exclude it. */
	if (pod->for_kyverno)
		finding.count = 0;
	return finding_fail(
		&finding, failure, "probe or lifecycle host",
		str_format(pod->arena, STR_FMT " %s %s " STR_FMT, STR_ARG(finding_containers(&finding)),
			   plural("uses", "use", finding.containers.count),
			   plural("probe or lifecycle host", "probe or lifecycle hosts", finding.values.count),
			   STR_ARG(names_quoted(pod->arena, &finding.values))));
}

bool ps_check_windows_host_process(const struct ps_pod *pod, const struct ps_revision *revision,
				   struct ps_failure *failure)
{
	static const char field[] = "securityContext.windowsOptions.hostProcess";
	struct ps_finding finding = { .arena = pod->arena };
	const struct value *set = value_field(pod->security.windows, "hostProcess");

	if (value_bool(set, false)) {
		finding.pod = true;
		offence_value(pod->arena, finding_in_pod(&finding, str_format(pod->arena, "spec.%s", field), set),
			      STR("true"));
	}
	for (PS_EACH_CONTAINER(c, pod)) {
		set = value_field(c->security.windows, "hostProcess");
		if (!value_bool(set, false))
			continue;
		finding_name(&finding, c);
		offence_value(pod->arena, finding_in_container(&finding, c, field, set), STR("true"));
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "hostProcess",
			    str_format(pod->arena, STR_FMT " must not set %s=true",
				       STR_ARG(finding_setters(&finding, NULL)), field));
}

/* In the order in which they came to be allowed; a revision counts the first so many. */
static bool is_allowed_sysctl(struct str name, size_t allowed)
{
	static const struct str sysctls[] = {
		STR("kernel.shm_rmid_forced"), STR("net.ipv4.ip_local_port_range"), STR("net.ipv4.tcp_syncookies"),
		STR("net.ipv4.ping_group_range"), STR("net.ipv4.ip_unprivileged_port_start"),
		STR("net.ipv4.ip_local_reserved_ports"),
		STR("net.ipv4.tcp_keepalive_time"), STR("net.ipv4.tcp_fin_timeout"),
		STR("net.ipv4.tcp_keepalive_intvl"), STR("net.ipv4.tcp_keepalive_probes"),
		STR("net.ipv4.tcp_rmem"), STR("net.ipv4.tcp_wmem"),
	};

	for (size_t i = 0; i < allowed; i++)
		if (str_equal(name, sysctls[i]))
			return true;
	return false;
}

bool ps_check_sysctls(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names names = { 0 };

	for (size_t i = 0; i < value_count(pod->security.sysctls); i++) {
		const struct value *sysctl = value_at(pod->security.sysctls, i);
		const struct value *name = value_field(sysctl, "name");

		if (is_allowed_sysctl(value_str(name), revision->allowed))
			continue;
		names_add(pod->arena, &names, value_str(name));
		offence_value(pod->arena,
			      finding_in_pod(&finding,
					     str_format(pod->arena, "spec.securityContext.sysctls[%zu].name", i),
					     deepest(name, sysctl, NULL)),
			      value_str(name));
	}
	if (!finding.count)
		return true;
	return finding_fail(&finding, failure, "forbidden sysctls", names_joined(pod->arena, &names, STR(", ")));
}
