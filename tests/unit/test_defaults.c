#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/json.h"
#include "data/yaml.h"
#include "kube/schema.h"

/* The value at a place of the completed object, as JSON with sorted keys; "" when it is not there. */
static void expect(const char *text, bool creating, const char *const *pairs)
{
	struct arena *arena = arena_create();
	struct error *err = NULL;
	const struct value *object = yaml_parse(arena, str_of(text), &err);
	const struct value *admitted;

	assert_non_null(object);
	admitted = (creating ? schema_admitted : schema_defaulted)(arena, object, NULL);
	for (; *pairs; pairs += 2) {
		const struct value *at = value_at_pointer(admitted, str_of(pairs[0]), NULL);
		struct str json = at ? json_text(arena, at, JSON_COMPACT | JSON_SORTED) : STR("");

		if (!str_equal(json, str_of(pairs[1])))
			fail_msg("%s: %.*s is not %s", pairs[0], STR_ARG(json), pairs[1]);
	}
	arena_destroy(arena);
}

#define PAIRS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_pod(void **state)
{
	static const char pod[] =
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {}, selfLink: x}\nspec:\n  hostNetwork: true\n "
		" hostPID: false\n"
		"  serviceAccount: sa\n  frobnicate: 1\n  volumes: [{name: v}, {name: w, hostPath: {path: /}}]\n"
		"  containers:\n  - {name: c, image: 'a:latest', ports: [{containerPort: 80}], resources: {limits: "
		"{cpu: 0.5, memory: 1024Mi}},"
		" env: [], livenessProbe: {httpGet: {port: 80}}}\n  - {name: d, image: 'a@sha256:"
		"0123456789012345678901234567890123456789012345678901234567890123', securityContext: {}}\n";

	expect(pod, false,
	       PAIRS("/metadata", "{\"name\":\"a\",\"namespace\":\"default\"}", "/spec/hostPID", "",
		     "/spec/hostNetwork", "true", "/spec/frobnicate", "", "/spec/serviceAccountName", "\"sa\"",
		     "/spec/dnsPolicy", "\"ClusterFirst\"", "/spec/containers/0/resources",
		     "{\"limits\":{\"cpu\":\"500m\",\"memory\":\"1Gi\"},\"requests\":{\"cpu\":\"500m\",\"memory\":"
		     "\"1Gi\"}}",
		     "/spec/containers/0/ports/0", "{\"containerPort\":80,\"hostPort\":80,\"protocol\":\"TCP\"}",
		     "/spec/containers/0/env", "", "/spec/containers/0/imagePullPolicy", "\"Always\"",
		     "/spec/containers/1/imagePullPolicy", "\"IfNotPresent\"", "/spec/containers/1/securityContext",
		     "{}", "/spec/containers/1/resources", "{}", "/spec/containers/0/livenessProbe",
		     "{\"failureThreshold\":3,\"httpGet\":{\"path\":\"/"
		     "\",\"port\":80,\"scheme\":\"HTTP\"},\"periodSeconds\":10,"
		     "\"successThreshold\":1,\"timeoutSeconds\":1}",
		     "/spec/volumes/0/emptyDir", "{}", "/spec/volumes/1/hostPath", "{\"path\":\"/\",\"type\":\"\"}",
		     "/spec/priority", "0", "/spec/tolerations/1/key", "\"node.kubernetes.io/unreachable\"", "/status",
		     "{}"));
	expect(pod, true,
	       PAIRS("/metadata/generation", "1", "/metadata/selfLink", "", "/status",
		     "{\"phase\":\"Pending\",\"qosClass\":\"Burstable\"}"));
}

static void test_pod_resources(void **state)
{
	expect("apiVersion: v1\nkind: Pod\nspec:\n  resources: {limits: {cpu: 2, memory: 1Gi}}\n  containers:\n"
	       "  - {name: a, image: a, resources: {limits: {cpu: 1}}}\n  - {name: b, image: a, resources: {requests: "
	       "{cpu: 100m}}}\n"
	       "  initContainers:\n  - {name: s, image: a, restartPolicy: Always, resources: {requests: {cpu: 1}}}\n"
	       "  - {name: i, image: a, resources: {requests: {cpu: 2}}}\n",
	       true,
	       PAIRS("/spec/resources/requests", "{\"cpu\":\"3\",\"memory\":\"1Gi\"}", "/status/qosClass",
		     "\"Burstable\""));
}

static void test_workloads(void **state)
{
	expect("apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {hostNetwork: true, containers: [{name: "
	       "a, image: a,"
	       " ports: [{containerPort: 1}], resources: {limits: {cpu: 1}}}]}}}\n",
	       false,
	       PAIRS("/spec/replicas", "1", "/spec/strategy",
		     "{\"rollingUpdate\":{\"maxSurge\":\"25%\",\"maxUnavailable\":\"25%\"},\"type\":\"RollingUpdate\"}",
		     /* These are for Pods, not for what they are made from. */
		     "/spec/template/spec/containers/0/ports/0/hostPort", "",
		     "/spec/template/spec/containers/0/resources", "{\"limits\":{\"cpu\":\"1\"}}",
		     "/spec/template/spec/priority", "", "/spec/template/spec/enableServiceLinks", "", "/spec/selector",
		     "null", "/status", "{}"));
	expect("apiVersion: apps/v1\nkind: Deployment\nspec: {strategy: {type: Recreate}, replicas: 0}\n", false,
	       PAIRS("/spec/strategy", "{\"type\":\"Recreate\"}", "/spec/replicas", "0"));
	expect("apiVersion: apps/v1\nkind: StatefulSet\nspec: {updateStrategy: {type: RollingUpdate}, "
	       "volumeClaimTemplates: [{spec: {}}]}\n",
	       false,
	       PAIRS("/spec/updateStrategy", "{\"type\":\"RollingUpdate\"}",
		     "/spec/volumeClaimTemplates/0/spec/volumeMode", "\"Filesystem\"",
		     "/spec/volumeClaimTemplates/0/status/phase", "\"Pending\""));
	expect("apiVersion: batch/v1\nkind: CronJob\nspec: {jobTemplate: {spec: {}}}\n", false,
	       PAIRS("/spec/suspend", "false", "/spec/jobTemplate/spec/backoffLimit", ""));
	expect("apiVersion: batch/v1\nkind: Job\nspec: {parallelism: 2, template: {metadata: {labels: {a: b}}}}\n",
	       false, PAIRS("/spec/completions", "", "/spec/backoffLimit", "6", "/metadata/labels", "{\"a\":\"b\"}"));
}

static void test_others(void **state)
{
	expect("apiVersion: v1\nkind: Service\nspec: {type: NodePort, ports: [{port: 80}]}\n", false,
	       PAIRS("/spec/ports/0", "{\"port\":80,\"protocol\":\"TCP\",\"targetPort\":80}",
		     "/spec/externalTrafficPolicy", "\"Cluster\"", "/status", "{\"loadBalancer\":{}}"));
	expect("apiVersion: v1\nkind: Secret\nstringData: {a: b}\ndata: {c: eA==}\n", false,
	       PAIRS("/data", "{\"a\":\"Yg==\",\"c\":\"eA==\"}", "/stringData", "", "/type", "\"Opaque\""));
	expect("apiVersion: v1\nkind: ConfigMap\ndata: {}\n", false, PAIRS("/data", ""));
	expect("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", false,
	       PAIRS("/metadata/labels", "{\"kubernetes.io/metadata.name\":\"a\"}", "/status/phase", "\"Active\""));
	expect("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nroleRef: {kind: Role, name: a}\nsubjects: "
	       "[{kind: User, "
	       "name: a}, {kind: ServiceAccount, name: b}]\n",
	       false,
	       PAIRS("/roleRef/apiGroup", "\"rbac.authorization.k8s.io\"", "/subjects/0/apiGroup",
		     "\"rbac.authorization.k8s.io\"", "/subjects/1/apiGroup", ""));
	expect("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n", false, PAIRS("/rules", "null"));
	expect("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {egress: [{ports: [{port: 1}]}]}\n", false,
	       PAIRS("/spec/policyTypes", "[\"Ingress\",\"Egress\"]", "/spec/egress/0/ports/0/protocol", "\"TCP\"",
		     "/spec/podSelector", "{}"));
	expect("apiVersion: v1\nkind: LimitRange\nspec: {limits: [{type: Container, max: {cpu: 1000m}, min: {memory: "
	       "1Mi}}]}\n",
	       false,
	       PAIRS("/spec/limits/0",
		     "{\"default\":{\"cpu\":\"1\"},\"defaultRequest\":{\"cpu\":\"1\",\"memory\":\"1Mi\"},"
		     "\"max\":{\"cpu\":\"1\"},\"min\":{\"memory\":\"1Mi\"},\"type\":\"Container\"}"));
}

/* Only what was added or changed is told; what biro does not know comes back as it is. */
static void test_paths(void **state)
{
	struct arena *arena = arena_create();
	struct schema_paths paths = { 0 };
	const struct value *object = yaml_parse(
		arena,
		STR("apiVersion: v1\nkind: ResourceQuota\nmetadata: {namespace: a}\nspec: {hard: {requests.cpu: "
		    "1000m, a/b: 2000m}}\n"),
		NULL);
	const struct value *custom =
		yaml_parse(arena, STR("apiVersion: example.com/v1\nkind: Widget\nspec: {a: null}\n"), NULL);
	const struct value *broken =
		yaml_parse(arena, STR("apiVersion: v1\nkind: Pod\nspec: [1]\nmetadata: 3\n"), NULL);

	schema_defaulted(arena, object, &paths);
	assert_int_equal(paths.count, 3);
	assert_true(str_is(paths.items[0], "/status"));
	assert_true(str_is(paths.items[1], "/spec/hard/requests.cpu"));
	assert_true(str_is(paths.items[2], "/spec/hard/a~1b"));
	assert_ptr_equal(schema_admitted(arena, custom, NULL), custom);
	assert_true(value_is(value_field(schema_admitted(arena, broken, NULL), "spec"), VALUE_ARRAY));
	arena_destroy(arena);
}

/* What was there keeps its place. */
static void test_places(void **state)
{
	struct arena *arena = arena_create();
	struct source source = { .name = STR("x.yaml"), .first_line = 1 };
	const struct value *object;

	source.text = STR("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    resources: {limits: {cpu: "
			  "1000m}}\n");
	object = schema_admitted(arena, yaml_decode(arena, &source, &decode_limits_default, NULL, NULL), NULL);
	assert_int_equal(value_at_pointer(object, STR("/spec/containers/0"), NULL)->line, 5);
	assert_int_equal(value_at_pointer(object, STR("/spec/containers/0/resources/limits/cpu"), NULL)->line, 6);
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pod),    cmocka_unit_test(test_pod_resources), cmocka_unit_test(test_workloads),
		cmocka_unit_test(test_others), cmocka_unit_test(test_paths),	     cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
