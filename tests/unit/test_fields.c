#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/yaml.h"
#include "policy/builtin/builtin.h"

/* The messages for a manifest, one a line: "line path outcome rule message". */
static struct str judge(struct arena *arena, const char *text, bool strict)
{
	struct source source = { .name = STR("x.yaml"), .text = str_of(text), .first_line = 1 };
	struct error *err = NULL;
	const struct value *object = yaml_decode(arena, &source, &decode_limits_default, NULL, &err);
	struct result_list results = { 0 };
	struct str all = STR("");

	assert_non_null(object);
	fields_check(arena, object, strict, &results);
	for (size_t i = 0; i < results.count; i++) {
		const struct result *result = &results.items[i];

		all = str_format(arena, STR_FMT "%u " STR_FMT " %s " STR_FMT ": " STR_FMT "\n", STR_ARG(all),
				 result->at ? result->at->line : 0, STR_ARG(result->path),
				 outcome_names[result->outcome], STR_ARG(result->rule), STR_ARG(result->message));
	}
	return all;
}

static void expect(const char *text, const char *expected)
{
	struct arena *arena = arena_create();

	assert_string_equal(str_cstr(arena, judge(arena, text, false)), expected);
	arena_destroy(arena);
}

static void test_fine(void **state)
{
	expect("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: z}}\n"
	       "spec:\n  securityContext: {fsGroup: 1}\n  containers:\n  - {name: a, image: b, securityContext: "
	       "{privileged: true}}\n",
	       "");
	expect("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 1\n  selector: {}\n"
	       "  template:\n    spec:\n      containers: [{name: a, resources: {limits: {cpu: 1, memory: null}}}]\n",
	       "");
	/* Not ours: another group's Pod, and what a custom resource holds. */
	expect("apiVersion: example.com/v1\nkind: Pod\nspec: {anything: 1}\n", "");
	expect("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n", "");
}

static void test_misplaced(void **state)
{
	expect("apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a}]\n  securityContext:\n    privileged: "
	       "true\n",
	       "6 /spec/securityContext/privileged warn unknown-field: unknown field \"privileged\" in the "
	       "securityContext of the Pod:"
	       " it belongs to the securityContext of a container, and has no effect here\n");
	expect("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    hostPID: true\n",
	       "6 /spec/containers/0/hostPID warn unknown-field: unknown field \"hostPID\" in a container: it belongs "
	       "to the spec of"
	       " the Pod, and has no effect here\n");
}

static void test_typos(void **state)
{
	expect("apiVersion: apps/v1\nkind: Deployment\nspec: {selector: {},\n  template:\n    {spec:\n      {containers: [\n"
	       "       {name: a, imagePullpolicy: x}\n]}}}\n",
	       "7 /spec/template/spec/containers/0/imagePullpolicy warn unknown-field: unknown field "
	       "\"imagePullpolicy\" in a"
	       " container (did you mean \"imagePullPolicy\"?)\n");
	expect("apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: a}]\n  zzzzzz: 1\n",
	       "5 /spec/zzzzzz warn unknown-field: unknown field \"zzzzzz\" in the spec of the Pod: Kubernetes drops "
	       "it\n");
}

static void test_required(void **state)
{
	const char *refused = ": Required value: a Pod without containers is refused\n";
	struct arena *arena = arena_create();
	static const struct {
		const char *text, *start;
	} cases[] = {
		{ "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n",
		  "4 /spec/containers error required-field: spec.containers" },
		{ "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n",
		  "3 /spec/containers error required-field: spec.containers" },
		{ "apiVersion: v1\nkind: Pod\n", "1 /spec/containers error required-field: spec.containers" },
		{ "apiVersion: batch/v1\nkind: Job\nspec: {template: {spec: {restartPolicy: Never}}}\n",
		  "3 /spec/template/spec/containers error required-field: spec.template.spec.containers" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cases[i].text, str_cstr(arena, str_concat(arena, str_of(cases[i].start), str_of(refused))));
	arena_destroy(arena);
}

#define POD "apiVersion: v1\nkind: Pod\n"
#define CONTAINERS "  containers: [{name: a, image: b}]\n"

static void test_types(void **state)
{
	expect(POD "spec:\n  priority: '3'\n" CONTAINERS,
	       "4 /spec/priority error wrong-type: spec.priority: expected an integer, got a string (\"3\")\n");
	expect(POD "metadata:\n  labels: {a: 1}\nspec:\n" CONTAINERS,
	       "4 /metadata/labels/a error wrong-type: metadata.labels[a]: expected a string, got a number (1)\n");
	expect(POD "spec:\n  containers: {name: a}\n",
	       "4 /spec/containers error wrong-type: spec.containers: expected a list, got an object\n");
	expect(POD "spec:\n  hostNetwork: 'true'\n" CONTAINERS,
	       "4 /spec/hostNetwork error wrong-type: spec.hostNetwork: expected true or false, got a string (\"true\")\n");
	expect(POD "spec:\n  containers: [{name: a, resources: {limits: {cpu: 1 core}}}]\n",
	       "4 /spec/containers/0/resources/limits/cpu error wrong-type: spec.containers[0].resources.limits[cpu]: expected "
	       "a quantity like 500m or 1Gi, got a string (\"1 core\")\n");
	expect(POD "metadata: {creationTimestamp: null}\nspec:\n  terminationGracePeriodSeconds: 1.5\n" CONTAINERS,
	       "5 /spec/terminationGracePeriodSeconds error wrong-type: spec.terminationGracePeriodSeconds: expected an "
	       "integer, got a number (1.5)\n");
	/* An int32 ends where it ends; ports may be names. */
	expect("apiVersion: v1\nkind: Service\nspec: {ports: [{port: 3000000000, targetPort: http}]}\n",
	       "3 /spec/ports/0/port error wrong-type: spec.ports[0].port: expected an integer of 32 bits, got a number "
	       "(3000000000)\n");
}

static void test_duplicates(void **state)
{
	expect(POD "spec:\n  containers:\n  - {name: a}\n  - {name: a}\n",
	       "6 /spec/containers/1 error duplicate-item: spec.containers[1]: the same name \"a\" as in "
	       "spec.containers[0]\n");
	expect(POD "spec:\n  containers:\n  - {name: a, env: [{name: X, value: '1'},\n   {name: X, value: '2'}]}\n",
	       "6 /spec/containers/0/env/1 warn duplicate-item: spec.containers[0].env[1]: the same name \"X\" as in "
	       "spec.containers[0].env[0]\n");
}

static void test_versions(void **state)
{
	expect("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nspec: {}\n",
	       "1 /apiVersion warn removed-api: policy/v1beta1 PodDisruptionBudget is not served since Kubernetes 1.25 "
	       "(deprecated in 1.21)\n");
	expect("apiVersion: v1\nkind: Endpoints\n",
	       "1 /apiVersion warn deprecated-api: v1 Endpoints is deprecated since Kubernetes 1.33\n");
	/* The template of a version that is gone is looked at all the same. */
	expect("apiVersion: extensions/v1beta1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers: [{name: a,\n"
	       "        runAsUser: 1}]\n",
	       "1 /apiVersion warn removed-api: extensions/v1beta1 Deployment is not served since Kubernetes 1.16 (deprecated in "
	       "1.8)\n"
	       "7 /spec/template/spec/containers/0/runAsUser warn unknown-field: unknown field \"runAsUser\" in a container: it "
	       "belongs to the securityContext of a container, and has no effect here\n");
}

static void test_missing(void **state)
{
	expect("apiVersion: apps/v1\nkind: Deployment\n",
	       "1 /spec/selector error required-field: spec.selector: Required value: Kubernetes refuses the object without it\n"
	       "1 /spec/template error required-field: spec.template: Required value: Kubernetes refuses the object without "
	       "it\n");
	/* What has a default may be absent, and a status is not the user's. */
	expect("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nroleRef: {kind: Role, name: a}\n", "");
	expect("apiVersion: policy/v1\nkind: PodDisruptionBudget\nstatus: {}\n", "");
}

static void test_strict(void **state)
{
	struct arena *arena = arena_create();

	assert_string_equal(str_cstr(arena, judge(arena, POD "spec:\n  Containers: []\n" CONTAINERS, true)),
			    "4 /spec/Containers fail unknown-field: unknown field \"Containers\" in the spec of the Pod (did "
			    "you mean \"containers\"?)\n");
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fine),
		cmocka_unit_test(test_misplaced),
		cmocka_unit_test(test_typos),
		cmocka_unit_test(test_required),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
