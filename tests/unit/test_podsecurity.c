#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/json.h"
#include "policy/podsecurity/podsecurity.h"

/* The test's own set knows this dialect alone. */
const struct policy_dialect *const policy_dialects[] = { &podsecurity_dialect, NULL };

#define assert_str(got, want) assert_str_equal(__LINE__, (got), (want))

static void assert_str_equal(int line, struct str got, const char *want)
{
	if (!str_equal(got, str_of(want)))
		fail_msg("line %d:\n got \"" STR_FMT "\"\nwant \"%s\"", line, STR_ARG(got), want);
}

static const struct value *parse(struct arena *arena, const char *text)
{
	struct error *err = NULL;
	const struct value *v = json_parse(arena, str_of(text), &err);

	if (!v)
		fail_msg("%s: %s", text, err->message);
	return v;
}

#define GOOD_CONTAINER(name)                                                                                           \
	"{\"name\":\"" name                                                                                            \
	"\",\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}}"
#define GOOD_SECURITY "\"securityContext\":{\"runAsNonRoot\":true,\"seccompProfile\":{\"type\":\"RuntimeDefault\"}}"
/* A Pod that meets the restricted level but for what `more` adds to its spec. */
#define POD(more) "{\"spec\":{" GOOD_SECURITY ",\"containers\":[" GOOD_CONTAINER("a") "]" more "}}"
/* A Pod whose only container is `container`. */
#define POD_WITH(container) "{\"spec\":{" GOOD_SECURITY ",\"containers\":[" container "]}}"
#define LATEST 99

static struct ps_verdict judge(struct arena *arena, const char *pod, enum ps_level level, int minor)
{
	const struct value *v = parse(arena, pod);
	struct ps_version version = minor == LATEST ? PS_VERSION_LATEST : (struct ps_version){ .minor = minor };
	struct ps_verdict verdict;

	ps_evaluate(arena, value_field(v, "metadata"), value_field(v, "spec"), level, version, &verdict);
	return verdict;
}

static void versions(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	static const char *const broken[] = { "",     "v1.",  "v1.01",	"v1.+1",  "v1.x",
					      "1.24", "v2.0", "Latest", "v1.24 ", "v1.99999999999999999999" };
	struct ps_version version;
	enum ps_level level;

	assert_true(ps_version_parse(STR("latest"), &version) && version.latest);
	assert_true(ps_version_parse(STR("v1.0"), &version) && version.minor == 0 && !version.latest);
	assert_true(ps_version_parse(STR("v1.24"), &version) && version.minor == 24);
	assert_str(ps_version_text(arena, version), "v1.24");
	assert_str(ps_version_text(arena, PS_VERSION_LATEST), "latest");
	assert_true(ps_version_parse(STR("v1.9999999999"), &version));
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		assert_false(ps_version_parse(str_of(broken[i]), &version));
	assert_true(ps_level_parse(STR("baseline"), &level) && level == PS_BASELINE);
	assert_false(ps_level_parse(STR("Baseline"), &level));
}

/* From which version to which a Pod is refused at a level, and how. */
static const struct verdict_case {
	const char *pod;
	enum ps_level level;
	int from, to;	    /* refused from..to (inclusive), allowed at all other versions; from > to: never */
	const char *detail; /* at `from` */
} verdict_cases[] = {
	{ POD(""), PS_RESTRICTED, 1, 0, NULL },
	{ POD(",\"hostNetwork\":true,\"hostIPC\":true,\"hostPID\":false"), PS_BASELINE, 0, 36,
	  "host namespaces (hostNetwork=true, hostIPC=true)" },
	{ POD(",\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/\"}}]"), PS_BASELINE, 0, 36,
	  "hostPath volumes (volume \"v\")" },
	{ POD(",\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/"
	      "\"}},{\"name\":\"w\"},{\"name\":\"x\",\"nfs\":{}},"
	      "{\"name\":\"ok\",\"secret\":{}}]"),
	  PS_RESTRICTED, 0, 36,
	  "restricted volume types (volumes \"v\", \"w\", \"x\" use restricted volume types \"hostPath\", \"nfs\", "
	  "\"unknown\")" },
	{ POD_WITH("{\"name\":\"a\",\"securityContext\":{\"privileged\":true}},{\"name\":\"b\",\"securityContext\":{"
		   "\"privileged\":false}}"),
	  PS_BASELINE, 0, 36, "privileged (container \"a\" must not set securityContext.privileged=true)" },
	{ POD_WITH("{\"name\":\"a\",\"securityContext\":{\"capabilities\":{\"add\":[\"NET_RAW\",\"CHOWN\",\"BPF\","
		   "\"BPF\"]}}}"),
	  PS_BASELINE, 0, 36,
	  "non-default capabilities (container \"a\" must not include \"BPF\", \"NET_RAW\" in "
	  "securityContext.capabilities.add)" },
	{ POD_WITH("{\"name\":\"a\",\"ports\":[{\"hostPort\":80},{\"hostPort\":0},{\"hostPort\":9}]},{\"name\":\"b\","
		   "\"ports\":[{\"hostPort\":80}]}"),
	  PS_BASELINE, 0, 36, "hostPort (containers \"a\", \"b\" use hostPorts 80, 9)" },
	{ POD_WITH("{\"name\":\"a\",\"livenessProbe\":{\"httpGet\":{\"host\":\"h\"}},\"lifecycle\":{\"preStop\":{"
		   "\"tcpSocket\":{\"host\":\"g\"}}}}"),
	  PS_BASELINE, 34, 36, "probe or lifecycle host (container \"a\" uses probe or lifecycle hosts \"g\", \"h\")" },
	{ POD_WITH("{\"name\":\"a\",\"securityContext\":{\"procMount\":\"Unmasked\"}}"), PS_BASELINE, 0, 36,
	  "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")" },
	{ "{\"spec\":{\"hostUsers\":false,\"containers\":[{\"name\":\"a\",\"securityContext\":{\"procMount\":"
	  "\"Unmasked\"}}]}}",
	  PS_BASELINE, 0, 34, "procMount (container \"a\" must not set securityContext.procMount to \"Unmasked\")" },
	{ "{\"spec\":{\"securityContext\":{\"seLinuxOptions\":{\"type\":\"container_engine_t\"}},\"containers\":[]}}",
	  PS_BASELINE, 0, 30,
	  "seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type \"container_engine_t\")" },
	{ "{\"spec\":{\"securityContext\":{\"seLinuxOptions\":{\"user\":\"u\",\"role\":\"r\"}},\"containers\":[{"
	  "\"name\":\"a\","
	  "\"securityContext\":{\"seLinuxOptions\":{\"type\":\"x\"}}}]}}",
	  PS_BASELINE, 0, 36,
	  "seLinuxOptions (pod and container \"a\" set forbidden securityContext.seLinuxOptions: type \"x\"; user may "
	  "not be set; role may "
	  "not be set)" },
	{ "{\"spec\":{\"securityContext\":{\"sysctls\":[{\"name\":\"net.ipv4.tcp_rmem\"}]},\"containers\":[]}}",
	  PS_BASELINE, 0, 31, "forbidden sysctls (net.ipv4.tcp_rmem)" },
	{ "{\"spec\":{\"securityContext\":{\"sysctls\":[{\"name\":\"net.ipv4.tcp_fin_timeout\"}]},\"containers\":[]}}",
	  PS_BASELINE, 0, 28, "forbidden sysctls (net.ipv4.tcp_fin_timeout)" },
	{ "{\"spec\":{\"securityContext\":{\"sysctls\":[{\"name\":\"net.ipv4.ip_local_reserved_ports\"}]},"
	  "\"containers\":[]}}",
	  PS_BASELINE, 0, 26, "forbidden sysctls (net.ipv4.ip_local_reserved_ports)" },
	{ "{\"spec\":{\"securityContext\":{\"windowsOptions\":{\"hostProcess\":true}},\"containers\":[]}}", PS_BASELINE,
	  0, 36, "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)" },
	{ "{\"metadata\":{\"annotations\":{\"container.apparmor.security.beta.kubernetes.io/"
	  "a\":\"x\\\"y\"}},\"spec\":{\"containers\":[{"
	  "\"name\":\"a\",\"securityContext\":{\"appArmorProfile\":{\"type\":\"Unconfined\"}}}]}}",
	  PS_BASELINE, 0, 36,
	  "forbidden AppArmor profiles (container \"a\" and annotation must not set AppArmor profile type to "
	  "\"Unconfined\", "
	  "\"container.apparmor.security.beta.kubernetes.io/a=\"x\\\"y\"\")" },
	{ "{\"metadata\":{\"annotations\":{\"seccomp.security.alpha.kubernetes.io/pod\":\"unconfined\","
	  "\"container.seccomp.security.alpha.kubernetes.io/a\":\"\",\"container.seccomp.security.alpha.kubernetes.io/"
	  "b\":\"x\"}},"
	  "\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
	  PS_BASELINE, 0, 18,
	  "seccompProfile (forbidden annotations container.seccomp.security.alpha.kubernetes.io/a=\"\", "
	  "seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")" },
	{ POD_WITH("{\"name\":\"a\",\"securityContext\":{\"seccompProfile\":{}}}"), PS_BASELINE, 19, 36,
	  "seccompProfile (container \"a\" must not set securityContext.seccompProfile.type to \"\")" },
	{ "{\"spec\":{" GOOD_SECURITY
	  ",\"initContainers\":[{\"name\":\"i\",\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\"]},"
	  "\"allowPrivilegeEscalation\":true}}],\"ephemeralContainers\":[" GOOD_CONTAINER("e") "]}}",
	  PS_RESTRICTED, 8, 36,
	  "allowPrivilegeEscalation != false (container \"i\" must set "
	  "securityContext.allowPrivilegeEscalation=false)" },
	{ "{\"spec\":{\"os\":{\"name\":\"windows\"},\"securityContext\":{\"runAsNonRoot\":true},\"containers\":[{"
	  "\"name\":\"a\"}]}}",
	  PS_RESTRICTED, 8, 24,
	  "allowPrivilegeEscalation != false (container \"a\" must set "
	  "securityContext.allowPrivilegeEscalation=false)" },
	{ POD_WITH("{\"name\":\"a\",\"securityContext\":{\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":"
		   "[\"KILL\"],\"add\":[\"CHOWN\","
		   "\"NET_BIND_SERVICE\"]}}}"),
	  PS_RESTRICTED, 22, 36,
	  "unrestricted capabilities (container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]; container "
	  "\"a\" must not include "
	  "\"CHOWN\" in securityContext.capabilities.add)" },
	{ POD(",\"hostUsers\":true,\"ephemeralContainers\":[{\"name\":\"e\",\"securityContext\":{\"runAsUser\":0,"
	      "\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}}]"),
	  PS_RESTRICTED, 23, 36, "runAsUser=0 (container \"e\" must not set runAsUser=0)" },
	{ POD(",\"hostUsers\":false,\"ephemeralContainers\":[{\"name\":\"e\",\"securityContext\":{\"runAsUser\":0,"
	      "\"allowPrivilegeEscalation\":false,\"capabilities\":{\"drop\":[\"ALL\"]}}}]"),
	  PS_RESTRICTED, 23, 34, "runAsUser=0 (container \"e\" must not set runAsUser=0)" },
	{ "{\"spec\":{\"hostUsers\":false,\"securityContext\":{\"seccompProfile\":{\"type\":\"Localhost\"}},"
	  "\"containers\":[" GOOD_CONTAINER("a") "]}}",
	  PS_RESTRICTED, 0, 34,
	  "runAsNonRoot != true (pod or container \"a\" must set securityContext.runAsNonRoot=true)" },
	{ "{\"spec\":{\"securityContext\":{\"runAsNonRoot\":false,\"seccompProfile\":{\"type\":\"Localhost\"}},"
	  "\"containers\":[" GOOD_CONTAINER("a") "]}}",
	  PS_RESTRICTED, 0, 36, "runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)" },
	{ "{\"spec\":{\"securityContext\":{\"runAsNonRoot\":true},\"containers\":[" GOOD_CONTAINER("a") "]}}",
	  PS_RESTRICTED, 19, 36,
	  "seccompProfile (pod or container \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" "
	  "or \"Localhost\")" },
};

static void verdicts(void **state)
{
	for (size_t i = 0; i < sizeof(verdict_cases) / sizeof(*verdict_cases); i++) {
		const struct verdict_case *c = &verdict_cases[i];
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();

		for (int minor = 0; minor <= PS_LATEST; minor++) {
			struct ps_verdict verdict = judge(arena, c->pod, c->level, minor);
			bool refused = minor >= c->from && minor <= c->to;

			if (verdict.allowed == refused)
				fail_msg("case %zu (%s) at v1.%d: %s", i, c->pod, minor,
					 refused ? "allowed" : "refused");
			if (minor == c->from)
				assert_str(verdict.detail, c->detail ? c->detail : "");
		}
		assert_int_equal(judge(arena, c->pod, c->level, LATEST).allowed, c->to < PS_LATEST);
		assert_int_equal(judge(arena, c->pod, c->level, PS_LATEST + 5).allowed, c->to < PS_LATEST);
		assert_true(judge(arena, c->pod, PS_PRIVILEGED, LATEST).allowed);
	}
}

/* At the restricted level a stricter check takes the place of its baseline sibling, and baseline checks come first. */
static void order_and_overrides(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const char *pod = POD(
		",\"hostPID\":true,\"volumes\":[{\"name\":\"v\",\"hostPath\":{}}],\"initContainers\":[{\"name\":\"i\","
		"\"securityContext\":{\"privileged\":true,\"capabilities\":{\"add\":[\"BPF\"]}}}]");
	struct ps_verdict verdict = judge(arena, pod, PS_RESTRICTED, LATEST);

	assert_str(verdict.reasons,
		   "host namespaces, privileged, allowPrivilegeEscalation != false, unrestricted capabilities, "
		   "restricted volume types");
	assert_string_equal(verdict.failures[3].check->id, "capabilities_restricted");
	verdict = judge(arena, pod, PS_RESTRICTED, 21);
	assert_str(verdict.reasons,
		   "non-default capabilities, host namespaces, privileged, allowPrivilegeEscalation != false, "
		   "restricted volume types");
}

static void wrong_types(void **state)
{
	static const char *const pods[] = {
		"{\"spec\":[]}",
		"{\"spec\":{\"containers\":{}}}",
		"{\"spec\":{\"containers\":\"x\",\"hostPID\":\"true\",\"volumes\":{}}}",
		"{\"metadata\":[],\"spec\":{\"securityContext\":[],\"os\":\"windows\"}}",
		"{\"metadata\":{\"annotations\":[1]},\"spec\":{}}",
		"{\"spec\":{" GOOD_SECURITY
		",\"containers\":[{\"name\":1,\"ports\":[1,null,{\"hostPort\":\"80\"}],\"livenessProbe\":[],"
		"\"lifecycle\":{\"preStop\":1},\"securityContext\":{\"privileged\":\"true\","
		"\"allowPrivilegeEscalation\":false,"
		"\"capabilities\":{\"drop\":[\"ALL\"],\"add\":\"BPF\"},\"procMount\":3,\"seLinuxOptions\":\"x\","
		"\"runAsUser\":\"0\","
		"\"windowsOptions\":{\"hostProcess\":1}}}]}}",
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct ps_verdict verdict;

	for (size_t i = 0; i < sizeof(pods) / sizeof(*pods); i++)
		assert_true(judge(arena, pods[i], PS_RESTRICTED, LATEST).allowed);
	/* Null and mistyped items are there, with nothing in them. */
	verdict = judge(arena, "{\"spec\":{\"containers\":[null,7],\"volumes\":[null]}}", PS_RESTRICTED, LATEST);
	assert_str(verdict.failures[0].detail,
		   "containers \"\", \"\" must set securityContext.allowPrivilegeEscalation=false");
	ps_evaluate(arena, NULL, NULL, PS_RESTRICTED, PS_VERSION_LATEST, &verdict);
	assert_true(verdict.allowed);
}

static void many_containers(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct array_builder containers = { 0 };
	struct object_builder spec = { 0 };
	struct ps_verdict verdict;

	for (int i = 0; i < 500; i++)
		array_add(arena, &containers, parse(arena, i % 2 ? GOOD_CONTAINER("good") : "{\"name\":\"bad\"}"));
	object_put(arena, &spec, STR("containers"), array_finish(arena, &containers));
	ps_evaluate(arena, NULL, object_finish(arena, &spec), PS_RESTRICTED, PS_VERSION_LATEST, &verdict);
	assert_int_equal(verdict.failure_count, 4);
	assert_int_equal(verdict.failures[0].offence_count, 250);
	assert_str(verdict.failures[0].offences[249].path,
		   "spec.containers[498].securityContext.allowPrivilegeEscalation");
}

static void offences(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct ps_verdict verdict =
		judge(arena,
		      "{\"spec\":{\"hostPID\":true,\"containers\":[{\"name\":\"a\",\"ports\":[{},{\"hostPort\":80}]}],"
		      "\"volumes\":[{\"name\":\"v\"}],\"securityContext\":{\"seccompProfile\":{}}}}",
		      PS_RESTRICTED, LATEST);
	const struct ps_offence *offence = verdict.failures[0].offences;

	assert_str(offence->path, "spec.hostPID");
	assert_true(offence->at->type == VALUE_BOOL && !offence->container);
	assert_str(offence->values[0], "true");
	offence = verdict.failures[1].offences;
	assert_str(offence->path, "spec.containers[0].ports[1].hostPort");
	assert_int_equal(offence->at->u.integer, 80);
	assert_str(value_str(value_field(offence->container, "name")), "a");
	/* What is missing is shown where it belongs. */
	offence = verdict.failures[2].offences;
	assert_str(offence->path, "spec.containers[0].securityContext.allowPrivilegeEscalation");
	assert_true(offence->required && offence->value_count == 0 && offence->at == offence->container);
	assert_str(verdict.failures[4].offences->path, "spec.volumes[0]");
	assert_string_equal(verdict.failures[6].check->control, "Seccomp");
	assert_int_equal(verdict.failures[6].offences->at->type, VALUE_OBJECT);
}

static void labels(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct ps_policy none = { 0 };
	struct ps_label_error errors[PS_LABELS];
	struct ps_policy policy;
	size_t count;

	policy = ps_policy_of_labels(parse(arena, "{\"pod-security.kubernetes.io/enforce\":\"baseline\","
						  "\"pod-security.kubernetes.io/enforce-version\":\"v1.20\"}"),
				     none, errors, &count);
	assert_int_equal(count, 0);
	assert_int_equal(policy.enforce.level, PS_BASELINE);
	assert_int_equal(policy.enforce.version.minor, 20);
	/* Warnings follow an enforced level. */
	assert_int_equal(policy.warn.level, PS_BASELINE);
	assert_int_equal(policy.warn.version.minor, 20);
	assert_int_equal(policy.audit.level, PS_PRIVILEGED);
	policy = ps_policy_of_labels(parse(arena, "{\"pod-security.kubernetes.io/enforce\":\"restricted\","
						  "\"pod-security.kubernetes.io/warn\":\"baseline\"}"),
				     none, errors, &count);
	assert_int_equal(policy.warn.level, PS_BASELINE);
	policy = ps_policy_of_labels(
		parse(arena, "{\"pod-security.kubernetes.io/enforce\":\"x\",\"pod-security.kubernetes.io/warn\":\"y\","
			     "\"pod-security.kubernetes.io/audit\":null,"
			     "\"pod-security.kubernetes.io/warn-version\":\"1.2\"}"),
		none, errors, &count);
	assert_int_equal(count, 4);
	assert_int_equal(policy.enforce.level, PS_RESTRICTED);
	assert_int_equal(policy.warn.level, PS_PRIVILEGED);
	assert_int_equal(policy.audit.level, PS_PRIVILEGED);
	assert_true(policy.warn.version.latest);
	assert_str(errors[0].label, "pod-security.kubernetes.io/enforce");
	assert_string_equal(errors[3].expected, "must be \"latest\" or \"v1.x\"");
	assert_true(ps_labels_present(parse(arena, "{\"pod-security.kubernetes.io/audit-version\":\"\"}")));
	assert_false(ps_labels_present(parse(arena, "{\"pod-security.kubernetes.io/other\":\"\"}")));
	assert_false(ps_labels_present(NULL));
}

/* -- Kyverno --------------------------------------------------------------------------------------------------------
 */

static struct str kyverno(struct arena *arena, const char *pod, enum ps_level level, const char *excludes)
{
	const struct value *v = parse(arena, pod);
	struct ps_kyverno_result result;

	assert_int_equal(ps_evaluate_kyverno(arena, value_field(v, "metadata"), value_field(v, "spec"), level,
					     PS_VERSION_LATEST, excludes ? parse(arena, excludes) : NULL, &result,
					     NULL),
			 0);
	assert_int_equal(result.allowed, result.failure_count == 0);
	if (result.allowed)
		return STR("");
	return str_skip(ps_kyverno_message(arena, STR("r"), STR("l"), STR("v"), STR("Pod"), &result),
			strlen("Validation rule 'r' failed. It violates PodSecurity \"l:v\": "));
}

#define CAPS_POD                                                                                                       \
	POD_WITH(                                                                                                      \
		"{\"name\":\"a\",\"image\":\"ghcr.io/x/y:1\",\"securityContext\":{\"allowPrivilegeEscalation\":false," \
		"\"capabilities\":{\"drop\":[\"ALL\"],\"add\":[\"BPF\",\"SYS_TIME\"]}}}")
#define CAPS_ERRORS                                                                                                    \
	"field error list: [spec.containers[0].securityContext.capabilities.add is forbidden, forbidden values "       \
	"found: [BPF SYS_TIME]])"

static void kyverno_excludes(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	static const char both[] = "(Forbidden reason: non-default capabilities, " CAPS_ERRORS
				   "(Forbidden reason: unrestricted capabilities, " CAPS_ERRORS;
	static const char field[] = "\"restrictedField\":\"spec.containers[*].securityContext.capabilities.add\"";

	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED, NULL), both);
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED,
			   "[{\"controlName\":\"Capabilities\",\"images\":[\"ghcr.io/*\"]}]"),
		   "");
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED,
			   "[{\"controlName\":\"Capabilities\",\"images\":[\"docker.io/*\"]}]"),
		   both);
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED, "[{\"controlName\":\"Capabilities\"}]"), both);
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED, "[{\"controlName\":\"Seccomp\",\"images\":[\"*\"]}]"), both);
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED,
			   str_cstr(arena,
				    str_format(arena,
					       "[{\"controlName\":\"Capabilities\",\"images\":[\"*\"],%s,\"values\":["
					       "\"BPF\",\"SYS_*\"]}]",
					       field))),
		   "");
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED,
			   str_cstr(arena,
				    str_format(arena,
					       "[{\"controlName\":\"Capabilities\",\"images\":[\"*\"],%s,\"values\":["
					       "\"BPF\"]}]",
					       field))),
		   both);
	assert_str(kyverno(arena, CAPS_POD, PS_RESTRICTED,
			   "[{\"controlName\":\"Capabilities\",\"images\":[\"*\"],\"restrictedField\":"
			   "\"spec.initContainers[*].securityContext.capabilities.add\",\"values\":[\"*\"]}]"),
		   both);
	/* Without images a field of the Pod is meant. */
	assert_str(kyverno(arena, POD(",\"hostPID\":true,\"hostIPC\":true"), PS_BASELINE,
			   "[{\"controlName\":\"Host "
			   "Namespaces\",\"restrictedField\":\"spec.hostPID\",\"values\":[\"true\"]}]"),
		   "(Forbidden reason: host namespaces, field error list: [spec.hostIPC is forbidden, forbidden values "
		   "found: true])");
}

/* Where Kyverno's evaluation is not Kubernetes'. */
static void kyverno_differs(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	static const char not_root[] =
		"{\"spec\":{\"hostUsers\":false,\"securityContext\":{\"runAsNonRoot\":false,\"seccompProfile\":{"
		"\"type\":\"RuntimeDefault\"}},\"containers\":[" GOOD_CONTAINER("a") "]}}";

	assert_str(kyverno(arena, not_root, PS_RESTRICTED, NULL),
		   "(Forbidden reason: runAsNonRoot != true, field error list: [spec.securityContext.runAsNonRoot is "
		   "forbidden, forbidden "
		   "values found: false, spec.containers[0].securityContext.runAsNonRoot: Required value])");
	assert_str(
		kyverno(arena, POD(",\"volumes\":[{\"name\":\"v\"}]"), PS_PRIVILEGED, NULL),
		"(Forbidden reason: restricted volume types, field error list: [spec.volumes[0].unknown: Forbidden])");
	/* No field errors, so that nothing excludes it. */
	assert_str(kyverno(arena, POD_WITH("{\"name\":\"a\",\"livenessProbe\":{\"httpGet\":{\"host\":\"h\"}}}"),
			   PS_BASELINE, "[{\"controlName\":\"Host Probes / Lifecycle Hooks\",\"images\":[\"*\"]}]"),
		   "(Forbidden reason: probe or lifecycle host, field error list: [])");
	assert_str(kyverno(arena,
			   POD_WITH("{\"name\":\"a\",\"securityContext\":{\"capabilities\":{\"drop\":[\"ALL\"]}}}"),
			   PS_RESTRICTED, NULL),
		   "(Forbidden reason: allowPrivilegeEscalation != false, field error list: "
		   "[spec.containers[0].securityContext.allowPrivilegeEscalation is forbidden, forbidden values found: "
		   "nil])");
}

static void kyverno_texts(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *job = parse(arena, "{\"kind\":\"CronJob\",\"spec\":{\"jobTemplate\":{\"metadata\":{"
					       "\"name\":\"j\"},\"spec\":{\"template\":{"
					       "\"metadata\":{\"name\":\"t\"},\"spec\":{\"hostPID\":true,"
					       "\"containers\":[{\"name\":\"a\",\"image\":\"n\","
					       "\"securityContext\":{\"privileged\":true}}]}}}}}}");
	const struct value *metadata, *spec;
	const struct property *properties;
	struct ps_kyverno_result result;
	size_t count;

	assert_true(ps_kyverno_pod(job, &metadata, &spec));
	assert_str(value_str(value_field(metadata, "name")), "j");
	assert_int_equal(
		ps_evaluate_kyverno(arena, metadata, spec, PS_BASELINE, PS_VERSION_LATEST, NULL, &result, NULL), 0);
	assert_str(ps_kyverno_message(arena, STR("x"), STR("baseline"), STR("v1.30"), STR("CronJob"), &result),
		   "Validation rule 'x' failed. It violates PodSecurity \"baseline:v1.30\": (Forbidden reason: host "
		   "namespaces, field error "
		   "list: [spec.jobTemplate.spec.template.spec.hostPID is forbidden, forbidden values found: "
		   "true])(Forbidden reason: "
		   "privileged, field error list: "
		   "[spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged is forbidden, "
		   "forbidden values found: true])");
	properties = ps_kyverno_properties(arena, STR("baseline"), STR("v1.30"), spec, &result, &count);
	assert_int_equal(count, 4);
	assert_str(properties[0].value, "baseline");
	assert_str(properties[2].value, "hostNamespaces,privileged");
	assert_str(properties[3].value, "[{\"ID\":\"hostNamespaces\",\"Name\":\"Host "
					"Namespaces\",\"Images\":null},{\"ID\":\"privileged\",\"Name\":"
					"\"Privileged Containers\",\"Images\":[\"docker.io/n:latest\"]}]");
	/* A PolicyException's excludes come on top. */
	assert_int_equal(
		ps_exclude_kyverno(arena, metadata, spec, PS_BASELINE, PS_VERSION_LATEST,
				   parse(arena, "[{\"controlName\":\"Host Namespaces\"},{\"controlName\":\"Privileged "
						"Containers\",\"images\":["
						"\"n*\"]}]"),
				   &result, NULL),
		0);
	assert_true(result.allowed);
	assert_false(ps_kyverno_pod(parse(arena, "{\"kind\":\"Service\"}"), &metadata, &spec));
	assert_true(ps_kyverno_pod(parse(arena, "{\"kind\":\"Deployment\"}"), &metadata, &spec));
	assert_null(spec);
}

static void kyverno_broken_excludes(void **state)
{
	static const char *const broken[] = { "{}", "[1]", "[{\"controlName\":1}]", "[{\"images\":\"*\"}]",
					      "[{\"values\":[1]}]" };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		_cleanup_(error_freep) struct error *err = NULL;
		struct ps_kyverno_result result;

		assert_int_equal(ps_evaluate_kyverno(arena, NULL, NULL, PS_BASELINE, PS_VERSION_LATEST,
						     parse(arena, broken[i]), &result, &err),
				 -1);
		assert_non_null(err);
	}
}

/* -- the built-in policy ---------------------------------------------------------------------------------------------
 */

/* "rule=outcome path" of each result, joined with "; ". */
static struct str outcomes(struct arena *arena, const struct ps_configuration *configuration, const char *object,
			   const struct store *store)
{
	struct policy_set *set = policy_set_create();
	const struct lookup lookup = { .store = store };
	struct result_list results = { 0 };
	struct review review;
	struct str all = STR("");

	assert_int_equal(configuration ? podsecurity_add(set, configuration, NULL) : podsecurity_add_default(set, NULL),
			 0);
	assert_int_equal(policy_set_seal(set, NULL), 0);
	review_init(&review, arena, parse(arena, object));
	review.lookup = &lookup;
	review.user = parse(arena, "{\"username\":\"alice\"}");
	policy_set_judge(set, &review, &results);
	for (size_t i = 0; i < results.count; i++) {
		const struct result *result = &results.items[i];

		assert_str(result->policy, "pod-security");
		assert_str(result->policy_kind, "PodSecurity");
		all = str_format(arena, STR_FMT "%s" STR_FMT "=%s" STR_FMT, STR_ARG(all), i ? "; " : "",
				 STR_ARG(result->rule), outcome_names[result->outcome], STR_ARG(result->path));
	}
	policy_set_destroy(set);
	return all;
}

#define OBJECT_POD(namespace, spec)                                                                                    \
	"{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"namespace\":\"" namespace "\"},"       \
													  "\"spec\":"  \
													  "{" spec     \
													  "}}"

static void built_in(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	assert_str(
		outcomes(arena, NULL, OBJECT_POD("n", GOOD_SECURITY ",\"containers\":[" GOOD_CONTAINER("a") "]"), NULL),
		"baseline=pass; restricted=pass");
	assert_str(outcomes(arena, NULL,
			    OBJECT_POD("n", GOOD_SECURITY
				       ",\"containers\":[{\"name\":\"a\",\"securityContext\":{\"capabilities\":{"
				       "\"drop\":[\"ALL\"]}}}]"),
			    NULL),
		   "baseline=pass; "
		   "allowPrivilegeEscalation=warn/spec/containers/0/securityContext/allowPrivilegeEscalation");
	/* The hostPath is not told of twice, the volume without a source is. */
	assert_str(outcomes(arena, NULL,
			    OBJECT_POD("n", GOOD_SECURITY
				       ",\"containers\":[],\"volumes\":[{\"name\":\"v\",\"hostPath\":{}}]"),
			    NULL),
		   "hostPathVolumes=fail/spec/volumes/0/hostPath");
	assert_str(outcomes(arena, NULL,
			    OBJECT_POD("n",
				       GOOD_SECURITY ",\"containers\":[],\"volumes\":[{\"name\":\"w\"},{\"name\":\"v\","
						     "\"hostPath\":{}}]"),
			    NULL),
		   "hostPathVolumes=fail/spec/volumes/1/hostPath; restrictedVolumes=warn/spec/volumes/0");
	assert_str(outcomes(arena, NULL,
			    "{\"apiVersion\":\"apps/"
			    "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\"},\"spec\":{\"template\":{"
			    "\"metadata\":{\"annotations\":{\"container.apparmor.security.beta.kubernetes.io/"
			    "a\":\"x\"}},\"spec\":{" GOOD_SECURITY ",\"containers\":[" GOOD_CONTAINER("a") "]}}}}",
			    NULL),
		   "appArmorProfile=fail/spec/template/metadata/annotations/"
		   "container.apparmor.security.beta.kubernetes.io~1a");
	assert_str(outcomes(arena, NULL, "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"spec\":{}}", NULL), "");
}

static const struct store *store_with_namespace(struct arena *arena, const char *labels)
{
	struct store *store = store_create(arena);

	store_put(store,
		  parse(arena, str_cstr(arena, str_format(arena,
							  "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{"
							  "\"name\":\"n\",\"labels\":{%s}}}",
							  labels))));
	return store;
}

static void namespaces_choose(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	static const char bad[] = OBJECT_POD("n", "\"hostPID\":true,\"containers\":[" GOOD_CONTAINER("a") "]");
	static const char elsewhere[] = OBJECT_POD("m", "\"hostPID\":true");
	const struct store *store =
		store_with_namespace(arena, "\"pod-security.kubernetes.io/enforce\":\"privileged\"");

	assert_str(outcomes(arena, NULL, bad, store), "");
	assert_str(outcomes(arena, NULL, elsewhere, store), "hostNamespaces=fail/spec/hostPID");
	store = store_with_namespace(arena, "\"pod-security.kubernetes.io/audit\":\"baseline\"");
	assert_str(outcomes(arena, NULL, bad, store), "hostNamespaces=warn/spec/hostPID");
	store = store_with_namespace(arena, "\"pod-security.kubernetes.io/enforce\":\"restricted\","
					    "\"pod-security.kubernetes.io/enforce-version\":\"v1.18\"");
	assert_str(
		outcomes(arena, NULL, bad, store),
		"hostNamespaces=fail/spec/hostPID; runAsNonRoot=fail/spec/containers/0/securityContext/runAsNonRoot");
	store = store_with_namespace(arena, "\"app\":\"x\"");
	assert_str(outcomes(arena, NULL, OBJECT_POD("n", GOOD_SECURITY), store), "baseline=pass; restricted=pass");
	assert_str(outcomes(arena, NULL,
			    "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\",\"labels\":{"
			    "\"pod-security.kubernetes.io/enforce\":\"strict\"}}}",
			    NULL),
		   "namespace-labels=error/metadata/labels/pod-security.kubernetes.io~1enforce");
	assert_str(outcomes(arena, NULL, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\"}}",
			    NULL),
		   "");
}

static void exemptions(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct str names[] = { STR("alice"), STR("kube-system"), STR("gvisor") };
	struct ps_configuration configuration = ps_configuration_default;

	configuration.exemptions = (struct ps_exemptions){ .namespaces = &names[1], .namespace_count = 1 };
	assert_str(outcomes(arena, &configuration, OBJECT_POD("kube-system", "\"hostPID\":true"), NULL), "exempt=skip");
	assert_str(outcomes(arena, &configuration, OBJECT_POD("n", "\"hostPID\":true"), NULL),
		   "hostNamespaces=fail/spec/hostPID");
	configuration.exemptions = (struct ps_exemptions){ .runtime_classes = &names[2], .runtime_class_count = 1 };
	assert_str(outcomes(arena, &configuration, OBJECT_POD("n", "\"hostPID\":true,\"runtimeClassName\":\"gvisor\""),
			    NULL),
		   "exempt=skip");
	configuration.exemptions = (struct ps_exemptions){ .usernames = names, .username_count = 1 };
	assert_str(outcomes(arena, &configuration, OBJECT_POD("n", "\"hostPID\":true"), NULL), "exempt=skip");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(order_and_overrides),
		cmocka_unit_test(wrong_types),
		cmocka_unit_test(many_containers),
		cmocka_unit_test(offences),
		cmocka_unit_test(labels),
		cmocka_unit_test(kyverno_excludes),
		cmocka_unit_test(kyverno_differs),
		cmocka_unit_test(kyverno_texts),
		cmocka_unit_test(kyverno_broken_excludes),
		cmocka_unit_test(built_in),
		cmocka_unit_test(namespaces_choose),
		cmocka_unit_test(exemptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
