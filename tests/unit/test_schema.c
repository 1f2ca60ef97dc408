#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/yaml.h"
#include "kube/crd.h"
#include "kube/schema.h"

static const struct schema *kind(const char *group, const char *version, const char *name)
{
	return schema_of_kind((struct gvk){ str_of(group), str_of(version), str_of(name) });
}

static const struct schema *down(const struct schema *schema, const char *path)
{
	struct str rest = str_of(path), step;

	while (schema && rest.n > 0) {
		str_cut(rest, '.', &step, &rest);
		schema = str_is(step, "[]") ? schema_items(schema) : schema_field(schema, step);
	}
	return schema;
}

static void test_kinds(void **state)
{
	assert_non_null(kind("", "v1", "Pod"));
	assert_non_null(kind("apps", "v1", "Deployment"));
	assert_non_null(kind("autoscaling", "v1", "HorizontalPodAutoscaler"));
	assert_non_null(kind("autoscaling", "v2", "HorizontalPodAutoscaler"));
	assert_ptr_not_equal(kind("autoscaling", "v1", "HorizontalPodAutoscaler"),
			     kind("autoscaling", "v2", "HorizontalPodAutoscaler"));
	assert_null(kind("apps", "v1", "Pod"));
	assert_null(kind("", "v2", "Pod"));
	assert_null(kind("", "v1", ""));
	assert_null(kind("extensions", "v1beta1", "Deployment"));
}

static void test_fields(void **state)
{
	const struct schema *pod = kind("", "v1", "Pod"), *spec = down(pod, "spec"), *field;
	struct str name, last = STR("");
	size_t count = 0;

	assert_int_equal(schema_type(pod), SCHEMA_OBJECT);
	assert_int_equal(schema_type(down(spec, "hostNetwork")), SCHEMA_BOOLEAN);
	assert_int_equal(schema_type(down(spec, "containers.[].image")), SCHEMA_STRING);
	assert_int_equal(schema_type(down(spec, "containers.[].resources.limits.[]")), SCHEMA_QUANTITY);
	assert_int_equal(schema_type(down(spec, "containers.[].livenessProbe.httpGet.port")), SCHEMA_INT_OR_STRING);
	assert_int_equal(schema_type(down(pod, "metadata.creationTimestamp")), SCHEMA_TIME);
	assert_int_equal(schema_type(down(pod, "metadata.labels")), SCHEMA_MAP);
	assert_null(down(spec, "hostnetwork"));
	assert_null(down(spec, "containers.image"));
	assert_null(schema_items(spec));
	assert_true(schema_field_required(spec, STR("containers")));
	assert_false(schema_field_required(spec, STR("volumes")));
	assert_false(schema_field_required(spec, STR("nothing")));
	for (size_t i = 0; schema_field_at(spec, i, &name, &field); i++, count++) {
		assert_true(str_compare(last, name) < 0);
		assert_ptr_equal(schema_field(spec, name), field);
		last = name;
	}
	assert_true(count > 30);
	/* What has no shape takes anything. */
	assert_int_equal(schema_type(down(kind("apps", "v1", "ControllerRevision"), "data")), SCHEMA_ANY);
}

static void test_lists(void **state)
{
	const struct schema *container = down(kind("", "v1", "Pod"), "spec.containers.[]");
	const struct schema *ports = down(container, "ports"), *command = down(container, "command");
	const struct str *keys;
	size_t count;

	assert_int_equal(schema_list_type(ports), SCHEMA_LIST_MAP);
	keys = schema_list_keys(ports, &count);
	assert_int_equal(count, 2);
	assert_true(str_is(keys[0], "containerPort") && str_is(keys[1], "protocol"));
	assert_true(str_is(schema_merge_key(ports), "containerPort"));
	assert_int_equal(schema_list_type(command), SCHEMA_LIST_ATOMIC);
	assert_int_equal(schema_merge_key(command).n, 0);
	assert_int_equal(schema_list_type(down(kind("", "v1", "Pod"), "metadata.finalizers")), SCHEMA_LIST_SET);
	assert_true(schema_is_atomic(down(kind("apps", "v1", "Deployment"), "spec.selector")));
	assert_false(schema_is_atomic(down(kind("", "v1", "Pod"), "spec")));
}

static void test_removed(void **state)
{
	const struct removed_kind *removed =
		removed_kind_find((struct gvk){ STR("policy"), STR("v1beta1"), STR("PodSecurityPolicy") });

	assert_non_null(removed);
	assert_string_equal(removed->removed_in, "1.25");
	assert_null(removed->replacement);
	removed = removed_kind_find((struct gvk){ STR("extensions"), STR("v1beta1"), STR("Ingress") });
	assert_string_equal(removed->replacement, "networking.k8s.io/v1 Ingress");
	assert_null(removed_kind_find((struct gvk){ STR("policy"), STR("v1"), STR("PodDisruptionBudget") }));
	removed = removed_kind_find((struct gvk){ STR(""), STR("v1"), STR("Endpoints") });
	assert_null(removed->removed_in);
	/* Nothing that is served is said to be gone. */
	for (const char *const *v = (const char *const[]){ "v1", "v1beta1", "v1alpha1", NULL }; *v; v++) {
		removed = removed_kind_find((struct gvk){ STR("admissionregistration.k8s.io"), str_of(*v),
							  STR("MutatingAdmissionPolicy") });
		assert_true(!removed || !removed->removed_in);
	}
}

/* A custom schema answers as a built-in one does. */
static void test_custom(void **state)
{
	struct arena *arena = arena_create();
	const struct value *source = yaml_parse(
		arena,
		STR("type: object\nrequired: [b]\nproperties:\n  b: {type: string}\n  a: {type: array, "
		    "x-kubernetes-list-type: map,"
		    " x-kubernetes-list-map-keys: [k], items: {type: object, properties: {k: {type: string}}}}\n"
		    "  m: {type: object, additionalProperties: {type: integer}}\n  i: {x-kubernetes-int-or-string: "
		    "true}\n"
		    "  p: {type: object, x-kubernetes-preserve-unknown-fields: true}\n"),
		NULL);
	const struct schema *schema = &crd_compile(arena, source, NULL)->head, *field;
	const struct str *keys;
	struct str name;
	size_t count;

	assert_int_equal(schema_type(schema), SCHEMA_OBJECT);
	assert_true(schema_field_required(schema, STR("b")) && !schema_field_required(schema, STR("a")));
	assert_true(schema_field_at(schema, 0, &name, &field) && str_is(name, "a"));
	assert_false(schema_field_at(schema, 5, &name, &field));
	keys = schema_list_keys(down(schema, "a"), &count);
	assert_true(count == 1 && str_is(keys[0], "k"));
	assert_int_equal(schema_list_type(down(schema, "a")), SCHEMA_LIST_MAP);
	assert_int_equal(schema_type(down(schema, "a.[].k")), SCHEMA_STRING);
	assert_int_equal(schema_type(down(schema, "m.[]")), SCHEMA_INTEGER);
	assert_int_equal(schema_type(down(schema, "i")), SCHEMA_INT_OR_STRING);
	assert_int_equal(schema_type(down(schema, "p")), SCHEMA_ANY);
	assert_null(down(schema, "zzz"));
	assert_int_equal(schema_merge_key(down(schema, "a")).n, 0);
	arena_destroy(arena);
}

static void test_broken_custom(void **state)
{
	struct arena *arena = arena_create();
	struct error *err = NULL;
	struct buf deep = { 0 };

	assert_null(crd_compile(arena, yaml_parse(arena, STR("properties: {a: 1}"), NULL), &err));
	assert_string_equal(err->message, "a schema has to be an object");
	error_free(err);
	err = NULL;
	for (int i = 0; i < 120; i++)
		buf_add(&deep, STR("{\"items\": "));
	buf_add(&deep, STR("{}"));
	for (int i = 0; i < 120; i++)
		buf_add(&deep, STR("}"));
	assert_null(crd_compile(arena, yaml_parse(arena, buf_str(&deep), NULL), &err));
	assert_int_equal(err->code, ERROR_LIMIT);
	error_free(err);
	buf_free(&deep);
	arena_destroy(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),	cmocka_unit_test(test_fields), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_removed), cmocka_unit_test(test_custom), cmocka_unit_test(test_broken_custom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
