#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/yaml.h"
#include "policy/builtin/builtin.h"

/* The messages for a manifest, one a line: "line path outcome rule message". */
static struct str judge(struct arena *arena, const char *text)
{
	struct source source = { .name = STR("x.yaml"), .text = str_of(text), .first_line = 1 };
	struct error *err = NULL;
	const struct value *object = yaml_decode(arena, &source, &decode_limits_default, NULL, &err);
	struct result_list results = { 0 };
	struct str all = STR("");

	assert_non_null(object);
	fields_check(arena, object, &results);
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

	assert_string_equal(str_cstr(arena, judge(arena, text)), expected);
	arena_destroy(arena);
}

static void test_fine(void **state)
{
	expect("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {x: y}}\n"
	       "spec:\n  securityContext: {fsGroup: 1}\n  containers:\n  - {name: a, image: b, securityContext: "
	       "{privileged: true}}\n",
	       "");
	expect("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  replicas: 1\n  template:\n"
	       "    spec:\n      containers: [{name: a}]\n",
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
	expect("apiVersion: apps/v1\nkind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n"
	       "      - {name: a, imagePullpolicy: x}\n",
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fine),
		cmocka_unit_test(test_misplaced),
		cmocka_unit_test(test_typos),
		cmocka_unit_test(test_required),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
