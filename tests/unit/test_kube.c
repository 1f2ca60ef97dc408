#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/json.h"
#include "data/quote.h"
#include "kube/image.h"
#include "kube/kind.h"
#include "kube/label.h"
#include "kube/podspec.h"
#include "kube/selector.h"
#include "kube/store.h"

#define assert_str(got, want) assert_str_equal(__LINE__, (got), (want))

static void assert_str_equal(int line, struct str got, const char *want)
{
	if (!str_equal(got, str_of(want)))
		fail_msg("line %d: got \"" STR_FMT "\", want \"%s\"", line, STR_ARG(got), want);
}

static const struct value *parse(struct arena *arena, const char *text)
{
	struct error *err = NULL;
	const struct value *v = json_parse(arena, str_of(text), &err);

	if (!v)
		fail_msg("%s: %s", text, err->message);
	return v;
}

static void kinds(void **state)
{
	static const struct {
		const char *group, *kind, *resource;
		int namespaced; /* -1: not a kind of Kubernetes */
	} cases[] = {
		{ "", "Pod", "pods", 1 },
		{ "", "Namespace", "namespaces", 0 },
		{ "", "Endpoints", "endpoints", 1 },
		{ "", "ComponentStatus", "componentstatuses", 0 },
		{ "apps", "Deployment", "deployments", 1 },
		{ "extensions", "Ingress", "ingresses", 1 },
		{ "networking.k8s.io", "Ingress", "ingresses", 1 },
		{ "networking.k8s.io", "NetworkPolicy", "networkpolicies", 1 },
		{ "networking.k8s.io", "IPAddress", "ipaddresses", 0 },
		{ "policy", "PodSecurityPolicy", "podsecuritypolicies", 0 },
		{ "storage.k8s.io", "CSIStorageCapacity", "csistoragecapacities", 1 },
		{ "storage.k8s.io", "CSIDriver", "csidrivers", 0 },
		{ "admissionregistration.k8s.io", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", 0 },
		{ "settings.k8s.io", "PodPreset", "podpresets", 1 },
		{ "storagemigration.k8s.io", "StorageVersionMigration", "storageversionmigrations", 0 },
		{ "apps", "Pod", "pods", -1 },
		{ "example.com", "Policy", "policies", -1 },
		{ "example.com", "Class", "classes", -1 },
		{ "example.com", "MyEndpoints", "myendpoints", -1 },
		{ "example.com", "Widget", "widgets", -1 },
		{ "example.com", "", "", -1 },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct known_kind *known = known_kind_find(str_of(cases[i].group), str_of(cases[i].kind));

		assert_str(resource_of_kind(arena, str_of(cases[i].group), str_of(cases[i].kind)), cases[i].resource);
		assert_int_equal(known ? known->namespaced : -1, cases[i].namespaced);
	}
}

static void api_versions(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct gvk gvk = gvk_of(parse(arena, "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"}"));

	assert_str(gvk.group, "apps");
	assert_str(gvk.version, "v1");
	assert_str(gvk.kind, "Deployment");
	assert_str(gvk_api_version(arena, gvk), "apps/v1");
	gvk = gvk_of(parse(arena, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}"));
	assert_str(gvk.group, "");
	assert_str(gvk.version, "v1");
	assert_str(gvk_api_version(arena, gvk), "v1");
	gvk = gvk_of(parse(arena, "{\"apiVersion\":1,\"kind\":[]}"));
	assert_str(gvk.version, "");
	assert_str(gvk.kind, "");
}

static void metadata(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *object =
		parse(arena, "{\"metadata\":{\"name\":\"n\",\"generateName\":\"g-\",\"namespace\":\"s\","
			     "\"labels\":{\"a\":\"b\",\"c\":null},\"annotations\":{\"a\":1}}}");

	assert_str(object_name(object), "n");
	assert_str(object_generate_name(object), "g-");
	assert_str(object_namespace(object), "s");
	assert_int_equal(value_count(object_labels(object)), 2);
	assert_null(object_annotations(object));
	assert_str(object_name(parse(arena, "{\"metadata\":[]}")), "");
	assert_str(object_name(NULL), "");
}

static void pods(void **state)
{
	static const struct {
		const char *object, *path, *metadata; /* path NULL: no Pod */
	} cases[] = {
		{ "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{}}", "", "a" },
		{ "{\"apiVersion\":\"v1\",\"kind\":\"PodTemplate\",\"template\":{\"metadata\":{\"name\":\"a\"},"
		  "\"spec\":{}}}",
		  "/template", "a" },
		{ "{\"apiVersion\":\"extensions/"
		  "v1beta1\",\"kind\":\"DaemonSet\",\"spec\":{\"template\":{\"spec\":{}}}}",
		  "/spec/template", "" },
		{ "{\"apiVersion\":\"v1\",\"kind\":\"ReplicationController\",\"spec\":{\"template\":{\"spec\":{}}}}",
		  "/spec/template", "" },
		{ "{\"apiVersion\":\"batch/"
		  "v1beta1\",\"kind\":\"CronJob\",\"metadata\":{\"name\":\"no\"},\"spec\":{\"jobTemplate\":{"
		  "\"metadata\":{\"name\":\"no\"},\"spec\":{\"template\":{\"metadata\":{\"name\":\"t\"},\"spec\":{}}}}}"
		  "}",
		  "/spec/jobTemplate/spec/template", "t" },
		{ "{\"apiVersion\":\"serving.knative.dev/"
		  "v1\",\"kind\":\"Deployment\",\"spec\":{\"template\":{\"spec\":{}}}}",
		  NULL, "" },
		{ "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"spec\":{\"template\":{}}}", NULL, "" },
		{ "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":\"x\"}", NULL, "" },
		{ "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"spec\":{}}", NULL, "" },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pod_view view;
		const struct value *object = parse(arena, cases[i].object);
		bool found = pod_view_of(object, &view);

		assert_int_equal(found, cases[i].path != NULL);
		if (!found)
			continue;
		assert_string_equal(view.path, cases[i].path);
		assert_int_equal(view.template, cases[i].path[0] != '\0');
		assert_str(value_str(value_field(view.metadata, "name")), cases[i].metadata);
		assert_non_null(view.spec);
	}
}

static void selectors(void **state)
{
	static const struct {
		const char *selector, *labels;
		int matches;
	} cases[] = {
		{ "{}", "{}", 1 },
		{ "{\"matchLabels\":{\"a\":\"b\"}}", "{\"a\":\"b\",\"c\":\"d\"}", 1 },
		{ "{\"matchLabels\":{\"a\":\"b\"}}", "{\"a\":\"x\"}", 0 },
		{ "{\"matchLabels\":{\"a\":\"\"}}", "{\"a\":null}", 1 },
		{ "{\"matchLabels\":{\"a\":\"\"}}", "{}", 0 },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\",\"y\"]}]}",
		  "{\"a\":\"y\"}", 1 },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\",\"values\":[\"x\"]}]}", "{}", 0 },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"x\"]}]}", "{}", 1 },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"NotIn\",\"values\":[\"x\"]}]}", "{\"a\":\"x\"}",
		  0 },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}", "{\"a\":\"\"}", 1 },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"DoesNotExist\"}]}", "{\"a\":\"\"}", 0 },
		{ "{\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"Exists\"}]}",
		  "{\"a\":\"b\"}", 0 },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct selector *selector = selector_compile(arena, parse(arena, cases[i].selector), NULL);

		assert_non_null(selector);
		assert_int_equal(selector_matches(selector, parse(arena, cases[i].labels)), cases[i].matches);
	}
	assert_true(selector_matches(selector_compile(arena, NULL, NULL), NULL));
	assert_false(selector_matches(NULL, NULL));
}

static void broken_selectors(void **state)
{
	static const struct {
		const char *selector, *message;
	} cases[] = {
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Foo\"}]}",
		  "\"Foo\" is not a valid label selector operator" },
		{ "{\"matchExpressions\":[{\"key\":\"a\"}]}", "\"\" is not a valid label selector operator" },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"In\"}]}",
		  "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty" },
		{ "{\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"x\",\"y\"]}]}",
		  "values: Invalid value: [\"x\",\"y\"]: values set must be empty for exists and does not exist" },
		{ "{\"matchLabels\":{\"-a\":\"b\"}}",
		  "key: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and "
		  "must start and end "
		  "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
		  "validation is "
		  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
		{ "{\"matchLabels\":{\"\":\"b\"},\"x\":1}",
		  "key: Invalid value: \"\": name part must be non-empty; name part must consist of alphanumeric "
		  "characters, '-', '_' or "
		  "'.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or "
		  "'123-abc', regex used "
		  "for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')" },
		{ "{\"matchLabels\":{\"a\":1}}",
		  "label selector: a value of matchLabels must be a string, not number" },
		{ "{\"matchLabels\":[]}", "label selector: matchLabels must be an object of strings, not array" },
		{ "{\"matchExpressions\":{}}", "label selector: matchExpressions must be an array, not object" },
		{ "\"x\"", "label selector: it must be an object, not string" },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		_cleanup_(error_freep) struct error *err = NULL;

		assert_null(selector_compile(arena, parse(arena, cases[i].selector), &err));
		assert_string_equal(err->message, cases[i].message);
	}
}

static void labels(void **state)
{
	static const char *const good_keys[] = { "a", "A.b_c-d", "example.com/name", "x.y-z.1/N" };
	static const char *const bad_keys[] = { "",	  "a/",	    "/a",   "a/b/c", "Foo.com/a", "a..b/c",
						"a.-b/c", "a-.b/c", "-a/b", "a_",    "é" };
	char long_name[65];

	for (size_t i = 0; i < sizeof(good_keys) / sizeof(*good_keys); i++)
		assert_true(label_key_is_valid(str_of(good_keys[i]), NULL));
	for (size_t i = 0; i < sizeof(bad_keys) / sizeof(*bad_keys); i++)
		assert_false(label_key_is_valid(str_of(bad_keys[i]), NULL));
	memset(long_name, 'a', sizeof(long_name));
	assert_true(label_key_is_valid(str_make(long_name, 63), NULL));
	assert_false(label_key_is_valid(str_make(long_name, 64), NULL));
	assert_true(label_value_is_valid(str_make(long_name, 63), NULL));
	assert_false(label_value_is_valid(str_make(long_name, 64), NULL));
	assert_true(label_value_is_valid(STR(""), NULL));
	assert_false(label_value_is_valid(STR("a b"), NULL));
}

static void quotes(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	assert_str(quote(arena, STR("a \"b\" \\")), "\"a \\\"b\\\" \\\\\"");
	assert_str(quote(arena, STR("\a\b\t\n\v\f\r\x01\x7f")), "\"\\a\\b\\t\\n\\v\\f\\r\\x01\\x7f\"");
	assert_str(quote(arena, STR("é€😀")), "\"é€😀\"");
	assert_str(quote(arena, STR("\xff\xc3(\xe2\x82\xed\xa0\x80")), "\"\\xff\\xc3(\\xe2\\x82\\xed\\xa0\\x80\"");
	assert_str(quote(arena, STR("\xc2\xa0\xe2\x80\xa8\xef\xbb\xbf")), "\"\\u00a0\\u2028\\ufeff\"");
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void images(void **state)
{
	static const struct {
		const char *reference, *registry, *path, *name, *tag, *digest, *text;
	} cases[] = {
		{ "nginx", "docker.io", "nginx", "nginx", "latest", "", "docker.io/nginx:latest" },
		{ "nginx:1.25", "docker.io", "nginx", "nginx", "1.25", "", "docker.io/nginx:1.25" },
		{ "bitnami/nginx", "docker.io", "bitnami/nginx", "nginx", "latest", "",
		  "docker.io/bitnami/nginx:latest" },
		{ "ghcr.io/a/b/c:v1", "ghcr.io", "a/b/c", "c", "v1", "", "ghcr.io/a/b/c:v1" },
		{ "localhost/a", "localhost", "a", "a", "latest", "", "localhost/a:latest" },
		{ "Registry/a", "Registry", "a", "a", "latest", "", "Registry/a:latest" },
		{ "localhost:5000/a:b", "localhost:5000", "a", "a", "b", "", "localhost:5000/a:b" },
		{ "[::1]:5000/a", "[::1]:5000", "a", "a", "latest", "", "[::1]:5000/a:latest" },
		{ "a@sha256:" HEX64, "docker.io", "a", "a", "", "sha256:" HEX64, "docker.io/a@sha256:" HEX64 },
		{ "a:b@sha256:" HEX64, "docker.io", "a", "a", "b", "sha256:" HEX64, "docker.io/a@sha256:" HEX64 },
		{ "a__b/c--d/e.f_g", "docker.io", "a__b/c--d/e.f_g", "e.f_g", "latest", "",
		  "docker.io/a__b/c--d/e.f_g:latest" },
		{ "my_registry.io/a/b", "my_registry.io", "a/b", "b", "latest", "", "my_registry.io/a/b:latest" },
	};
	static const struct {
		const char *reference, *message;
	} broken[] = {
		{ "", "bad image: docker.io/, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid "
		      "reference format" },
		{ "++", "bad image: docker.io/++, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: "
			"invalid reference format" },
		{ "a/B", "bad image: docker.io/a/B, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: "
			 "repository name must be "
			 "lowercase" },
		{ "x.io/a b", "bad image: x.io/a b, defaultRegistry: docker.io, enableDefaultRegistryMutation: true: "
			      "invalid reference "
			      "format" },
		{ "a@sha256:0123456789abcdef0123456789abcdef",
		  "bad image: docker.io/a@sha256:0123456789abcdef0123456789abcdef, "
		  "defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid checksum digest length" },
		{ "a@md5:0123456789abcdef0123456789abcdef",
		  "bad image: docker.io/a@md5:0123456789abcdef0123456789abcdef, "
		  "defaultRegistry: docker.io, enableDefaultRegistryMutation: true: unsupported digest algorithm" },
		{ "a@MD5:0123456789abcdef0123456789abcdef",
		  "bad image: docker.io/a@MD5:0123456789abcdef0123456789abcdef, "
		  "defaultRegistry: docker.io, enableDefaultRegistryMutation: true: invalid checksum digest format" },
	};
	static const char *const invalid[] = { "/",
					       "a:",
					       "a@",
					       "a//b",
					       "a___b",
					       "-a",
					       "a-",
					       "a.-b",
					       "a:.b",
					       ":b",
					       "a@sha256:12",
					       "x.io:/a",
					       "x.io:b/a",
					       "[g]/a",
					       "-x.io/a b",
					       "a@1sha:0123456789abcdef0123456789abcdef",
					       "a@sha-:0123456789abcdef0123456789abcdef" };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct image image;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(image_parse(arena, str_of(cases[i].reference), &image, NULL), 0);
		assert_str(image.registry, cases[i].registry);
		assert_str(image.path, cases[i].path);
		assert_str(image.name, cases[i].name);
		assert_str(image.tag, cases[i].tag);
		assert_str(image.digest, cases[i].digest);
		assert_str(image_text(arena, &image), cases[i].text);
	}
	assert_int_equal(image_parse(arena, STR("a@sha256:" HEX64), &image, NULL), 0);
	assert_str(image_text_with_tag(arena, &image), "docker.io/a:");
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		_cleanup_(error_freep) struct error *err = NULL;

		assert_int_equal(image_parse(arena, str_of(broken[i].reference), &image, &err), -1);
		assert_string_equal(err->message, broken[i].message);
	}
	for (size_t i = 0; i < sizeof(invalid) / sizeof(*invalid); i++)
		if (image_parse(arena, str_of(invalid[i]), &image, NULL) == 0)
			fail_msg("%s is taken", invalid[i]);
}

static void image_limits(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	char text[300];
	struct image image;

	memset(text, 'a', sizeof(text));
	assert_int_equal(image_parse(arena, str_make(text, 255), &image, NULL), 0);
	assert_int_equal(image_parse(arena, str_make(text, 256), &image, NULL), -1);
	text[1] = ':';
	assert_int_equal(image_parse(arena, str_make(text, 2 + 128), &image, NULL), 0);
	assert_int_equal(image_parse(arena, str_make(text, 2 + 129), &image, NULL), -1);
}

static void store(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct store *objects = store_create(arena);
	const struct value **list;
	size_t count;

	assert_null(store_get(objects, STR(""), STR("Pod"), STR(""), STR("a")));
	assert_null(store_get(NULL, STR(""), STR("Pod"), STR(""), STR("a")));
	store_put(objects, parse(arena, "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"n\","
					"\"namespace\":\"odd\"}}"));
	store_put(objects,
		  parse(arena, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"x\":1}"));
	store_put(objects, parse(arena, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\","
					"\"namespace\":\"n\"}}"));
	store_put(objects, parse(arena, "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\","
					"\"namespace\":\"default\"},"
					"\"x\":2}"));
	assert_non_null(store_get(objects, STR(""), STR("Namespace"), STR(""), STR("n")));
	assert_non_null(store_get(objects, STR(""), STR("ConfigMap"), STR("n"), STR("a")));
	assert_null(store_get(objects, STR("x"), STR("ConfigMap"), STR("n"), STR("a")));
	assert_int_equal(value_field(store_get(objects, STR(""), STR("ConfigMap"), STR(""), STR("a")), "x")->u.integer,
			 2);
	list = store_list(objects, arena, STR(""), STR("ConfigMap"), STR(""), &count);
	assert_int_equal(count, 2);
	assert_int_equal(value_field(list[0], "x")->u.integer, 2);
	store_list(objects, arena, STR(""), STR("ConfigMap"), STR("n"), &count);
	assert_int_equal(count, 1);
	store_list(objects, arena, STR(""), STR("Secret"), STR(""), &count);
	assert_int_equal(count, 0);
	assert_true(str_is(store_kind_of(objects, arena, STR(""), STR("configmaps")), "ConfigMap"));
	assert_true(str_is(store_kind_of(objects, arena, STR("x"), STR("configmaps")), "Configmap"));
	assert_true(str_is(store_kind_of(objects, arena, STR("x"), STR("policies")), "Policy"));
	assert_true(str_is(store_kind_of(objects, arena, STR("x"), STR("ingresses")), "Ingress"));
	assert_int_equal(store_kind_of(NULL, arena, STR("x"), STR("s")).n, 0);
}

static void store_grows(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct store *objects = store_create(arena);
	size_t count;

	for (int i = 0; i < 1000; i++)
		store_put(objects,
			  parse(arena,
				str_cstr(arena, str_format(arena,
							   "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{"
							   "\"name\":\"s%d\"}}",
							   i))));
	for (int i = 0; i < 1000; i++)
		assert_non_null(
			store_get(objects, STR(""), STR("Secret"), STR("default"), str_format(arena, "s%d", i)));
	assert_null(store_get(objects, STR(""), STR("Secret"), STR("default"), STR("s1000")));
	store_list(objects, arena, STR(""), STR("Secret"), STR("default"), &count);
	assert_int_equal(count, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),	cmocka_unit_test(api_versions), cmocka_unit_test(metadata),
		cmocka_unit_test(pods),		cmocka_unit_test(selectors),	cmocka_unit_test(broken_selectors),
		cmocka_unit_test(labels),	cmocka_unit_test(quotes),	cmocka_unit_test(images),
		cmocka_unit_test(image_limits), cmocka_unit_test(store),	cmocka_unit_test(store_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
