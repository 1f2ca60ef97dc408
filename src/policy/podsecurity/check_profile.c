/*
 * Checks of the profiles that confine a process: AppArmor, SELinux, seccomp, and the mask over /proc.
 */
#include "policy/podsecurity/check.h"

#include "data/quote.h"

/* `key="value"` as messages name an annotation; also the offence. */
static struct str find_annotation(const struct ps_pod *pod, const struct member *annotation, struct ps_finding *finding)
{
	struct str key = value_str(&annotation->key), value = value_str(&annotation->value);
	struct str path = str_format(pod->arena, "metadata.annotations[" STR_FMT "]", STR_ARG(key));

	offence_value(pod->arena, finding_in_pod(finding, path, &annotation->value), value);
	return str_format(pod->arena, STR_FMT "=" STR_FMT, STR_ARG(key), STR_ARG(quote(pod->arena, value)));
}

/* The `type` of a profile that is none of the allowed ones: an offence in the Pod (c NULL) or a container. */
static void find_type(const struct ps_pod *pod, const struct ps_container *c, const struct value *profile,
		      const char *field, struct ps_finding *finding)
{
	const struct value *type = value_field(profile, "type");
	const struct value *at = deepest(type, profile, NULL);
	struct ps_offence *offence;

	if (c) {
		finding_name(finding, c);
		offence = finding_in_container(finding, c, field, at);
	} else {
		finding->pod = true;
		offence = finding_in_pod(finding, str_format(pod->arena, "spec.%s", field), at);
	}
	names_insert(pod->arena, &finding->values, value_str(type));
	offence_value(pod->arena, offence, value_str(type));
}

/* RuntimeDefault and Localhost are what AppArmor and seccomp profiles may be. */
static bool is_confined(const struct value *profile)
{
	struct str type = ps_string(profile, STR("type"));

	return str_is(type, "RuntimeDefault") || str_is(type, "Localhost");
}

#define APP_ARMOR_PREFIX "container.apparmor.security.beta.kubernetes.io/"
#define APP_ARMOR_FIELD "securityContext.appArmorProfile.type"

static bool is_allowed_app_armor_annotation(struct str value)
{
	return value.n == 0 || str_is(value, "runtime/default") || str_starts_with(value, STR("localhost/"));
}

bool ps_check_app_armor(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };
	struct ps_names annotations = { 0 };

	if (pod->security.app_armor && !is_confined(pod->security.app_armor))
		find_type(pod, NULL, pod->security.app_armor, APP_ARMOR_FIELD, &finding);
	for (PS_EACH_CONTAINER(c, pod))
		if (c->security.app_armor && !is_confined(c->security.app_armor))
			find_type(pod, c, c->security.app_armor, APP_ARMOR_FIELD, &finding);
	for (MEMBER_EACH(annotation, pod->annotations))
		if (str_starts_with(value_str(&annotation->key), STR(APP_ARMOR_PREFIX)) &&
		    !is_allowed_app_armor_annotation(value_str(&annotation->value)))
			names_insert(pod->arena, &annotations, find_annotation(pod, annotation, &finding));
	if (!finding.count)
		return true;
	names_settle(&finding.values);
	names_settle(&annotations);
	/* Annotations come after the types, each group ordered by itself. */
	for (size_t i = 0; i < annotations.count; i++)
		names_add(pod->arena, &finding.values, annotations.items[i]);
	return finding_fail(&finding, failure,
			    plural("forbidden AppArmor profile", "forbidden AppArmor profiles", finding.values.count),
			    str_format(pod->arena, STR_FMT " must not set AppArmor profile type to " STR_FMT,
				       STR_ARG(finding_setters(&finding, annotations.count == 0
										 ? NULL
										 : plural("annotation", "annotations",
											  annotations.count))),
				       STR_ARG(names_quoted(pod->arena, &finding.values))));
}

/* The first four, later five, SELinux types that may be set. */
static bool is_allowed_se_linux_type(struct str type, size_t allowed)
{
	static const struct str types[] = {
		STR(""), STR("container_t"), STR("container_init_t"), STR("container_kvm_t"), STR("container_engine_t"),
	};

	for (size_t i = 0; i < allowed; i++)
		if (str_equal(type, types[i]))
			return true;
	return false;
}

struct se_linux_found {
	struct ps_finding finding;
	bool user, role;
};

static void find_se_linux_field(const struct ps_container *c, const struct value *options, const char *field,
				struct ps_finding *finding)
{
	const struct value *set = value_get(options, str_of(field));
	char path[64];
	struct ps_offence *offence;

	snprintf(path, sizeof(path), "%ssecurityContext.seLinuxOptions.%s", c ? "" : "spec.", field);
	offence = c ? finding_in_container(finding, c, path, set)
		    : finding_in_pod(finding, str_dup(finding->arena, str_of(path)), set);
	offence_value(finding->arena, offence, value_str(set));
}

/* Whether the options pass; what does not is found. */
static bool check_se_linux_options(const struct ps_container *c, const struct value *options, size_t allowed,
				   struct se_linux_found *found)
{
	size_t before = found->finding.count;
	struct str type = ps_string(options, STR("type"));

	if (!is_allowed_se_linux_type(type, allowed)) {
		names_insert(found->finding.arena, &found->finding.values, type);
		find_se_linux_field(c, options, "type", &found->finding);
	}
	if (ps_string(options, STR("user")).n) {
		found->user = true;
		find_se_linux_field(c, options, "user", &found->finding);
	}
	if (ps_string(options, STR("role")).n) {
		found->role = true;
		find_se_linux_field(c, options, "role", &found->finding);
	}
	return found->finding.count == before;
}

bool ps_check_se_linux(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct se_linux_found found = { .finding.arena = pod->arena };
	struct ps_finding *finding = &found.finding;
	struct ps_names data = { 0 };

	if (pod->security.se_linux)
		finding->pod = !check_se_linux_options(NULL, pod->security.se_linux, revision->allowed, &found);
	for (PS_EACH_CONTAINER(c, pod))
		if (c->security.se_linux && !check_se_linux_options(c, c->security.se_linux, revision->allowed, &found))
			finding_name(finding, c);
	if (!finding->count)
		return true;
	names_settle(&finding->values);
	if (finding->values.count)
		names_add(pod->arena, &data,
			  str_format(pod->arena, "%s " STR_FMT, plural("type", "types", finding->values.count),
				     STR_ARG(names_quoted(pod->arena, &finding->values))));
	if (found.user)
		names_add(pod->arena, &data, STR("user may not be set"));
	if (found.role)
		names_add(pod->arena, &data, STR("role may not be set"));
	return finding_fail(finding, failure, "seLinuxOptions",
			    str_format(pod->arena, STR_FMT " set forbidden securityContext.seLinuxOptions: " STR_FMT,
				       STR_ARG(finding_setters(finding, NULL)),
				       STR_ARG(names_joined(pod->arena, &data, STR("; ")))));
}

#define SECCOMP_POD_ANNOTATION "seccomp.security.alpha.kubernetes.io/pod"
#define SECCOMP_CONTAINER_PREFIX "container.seccomp.security.alpha.kubernetes.io/"
#define SECCOMP_FIELD "securityContext.seccompProfile.type"

static bool is_allowed_seccomp_annotation(struct str value)
{
	return str_is(value, "runtime/default") || str_is(value, "docker/default") ||
	       str_starts_with(value, STR("localhost/"));
}

static void find_seccomp_annotation(const struct ps_pod *pod, struct str key, struct ps_finding *finding)
{
	const struct member *annotation = value_member(pod->annotations, key);

	if (annotation && !is_allowed_seccomp_annotation(value_str(&annotation->value)))
		names_insert(pod->arena, &finding->values, find_annotation(pod, annotation, finding));
}

bool ps_check_seccomp_annotations(const struct ps_pod *pod, const struct ps_revision *revision,
				  struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	if (!pod->annotations)
		return true;
	find_seccomp_annotation(pod, STR(SECCOMP_POD_ANNOTATION), &finding);
	for (PS_EACH_CONTAINER(c, pod))
		find_seccomp_annotation(pod, str_concat(pod->arena, STR(SECCOMP_CONTAINER_PREFIX), value_str(c->name)),
					&finding);
	if (!finding.count)
		return true;
	names_settle(&finding.values);
	return finding_fail(&finding, failure, "seccompProfile",
			    str_format(pod->arena, "forbidden %s " STR_FMT,
				       plural("annotation", "annotations", finding.values.count),
				       STR_ARG(names_joined(pod->arena, &finding.values, STR(", ")))));
}

/* Profiles that are set to what is not allowed. */
static void find_seccomp(const struct ps_pod *pod, struct ps_finding *finding)
{
	if (pod->security.seccomp && !is_confined(pod->security.seccomp))
		find_type(pod, NULL, pod->security.seccomp, SECCOMP_FIELD, finding);
	for (PS_EACH_CONTAINER(c, pod))
		if (c->security.seccomp && !is_confined(c->security.seccomp))
			find_type(pod, c, c->security.seccomp, SECCOMP_FIELD, finding);
}

static bool fail_seccomp(struct ps_finding *finding, struct ps_failure *failure)
{
	names_settle(&finding->values);
	return finding_fail(finding, failure, "seccompProfile",
			    str_format(finding->arena,
				       STR_FMT " must not set securityContext.seccompProfile.type to " STR_FMT,
				       STR_ARG(finding_setters(finding, NULL)),
				       STR_ARG(names_quoted(finding->arena, &finding->values))));
}

bool ps_check_seccomp_baseline(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	find_seccomp(pod, &finding);
	return finding.count ? fail_seccomp(&finding, failure) : true;
}

bool ps_check_seccomp_restricted(const struct ps_pod *pod, const struct ps_revision *revision,
				 struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	find_seccomp(pod, &finding);
	if (finding.count)
		return fail_seccomp(&finding, failure);
	if (pod->security.seccomp)
		return true;
	for (PS_EACH_CONTAINER(c, pod)) {
		if (c->security.seccomp)
			continue;
		finding_name(&finding, c);
		finding_in_container(&finding, c, SECCOMP_FIELD, NULL)->required = true;
	}
	if (!finding.count)
		return true;
	return finding_fail(
		&finding, failure, "seccompProfile",
		str_format(pod->arena,
			   "pod or " STR_FMT
			   " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
			   STR_ARG(finding_containers(&finding))));
}

bool ps_check_proc_mount(const struct ps_pod *pod, const struct ps_revision *revision, struct ps_failure *failure)
{
	struct ps_finding finding = { .arena = pod->arena };

	for (PS_EACH_CONTAINER(c, pod)) {
		const struct value *set = c->security.proc_mount;

		if (!set || str_is(value_str(set), "Default"))
			continue;
		finding_name(&finding, c);
		names_insert(pod->arena, &finding.values, value_str(set));
		offence_value(pod->arena, finding_in_container(&finding, c, "securityContext.procMount", set),
			      value_str(set));
	}
	if (!finding.count)
		return true;
	names_settle(&finding.values);
	return finding_fail(&finding, failure, "procMount",
			    str_format(pod->arena, STR_FMT " must not set securityContext.procMount to " STR_FMT,
				       STR_ARG(finding_containers(&finding)),
				       STR_ARG(names_quoted(pod->arena, &finding.values))));
}
