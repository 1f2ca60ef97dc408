#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/json.h"
#include "kube/rbac.h"

#define ROLE(kind, meta, rules)                                                                                        \
	"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"" kind "\",\"metadata\":{" meta                   \
	"},\"rules\":[" rules "]}"
#define BINDING(kind, meta, role_kind, role, subjects)                                                                 \
	"{\"apiVersion\":\"rbac.authorization.k8s.io/v1\",\"kind\":\"" kind "\",\"metadata\":{" meta                   \
	"},\"roleRef\":{\"kind\":\"" role_kind "\",\"name\":\"" role "\"},\"subjects\":[" subjects "]}"

static const char *const objects[] = {
	ROLE("ClusterRole", "\"name\":\"view\"",
	     "{\"verbs\":[\"get\",\"list\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\",\"*/status\"]},"
	     "{\"verbs\":[\"get\"],\"nonResourceURLs\":[\"/healthz\",\"/logs/*\"]}"),
	ROLE("ClusterRole", "\"name\":\"all\"", "{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],\"resources\":[\"*\"]}"),
	ROLE("Role", "\"name\":\"one\",\"namespace\":\"apps\"",
	     "{\"verbs\":[\"update\"],\"apiGroups\":[\"apps\"],\"resources\":[\"deployments\"],\"resourceNames\":["
	     "\"web\"]}"),
	BINDING("ClusterRoleBinding", "\"name\":\"viewers\"", "ClusterRole", "view",
		"{\"kind\":\"User\",\"name\":\"alice\"},{\"kind\":\"Group\",\"name\":\"dev\"}"),
	BINDING("RoleBinding", "\"name\":\"ones\",\"namespace\":\"apps\"", "Role", "one",
		"{\"kind\":\"ServiceAccount\",\"name\":\"robot\"},{\"kind\":\"User\",\"name\":\"bob\"}"),
	BINDING("RoleBinding", "\"name\":\"boss\",\"namespace\":\"apps\"", "ClusterRole", "all",
		"{\"kind\":\"ServiceAccount\",\"name\":\"root\",\"namespace\":\"kube-system\"}"),
	BINDING("RoleBinding", "\"name\":\"lost\",\"namespace\":\"apps\"", "Role", "gone",
		"{\"kind\":\"User\",\"name\":\"carol\"}"),
	BINDING("ClusterRoleBinding", "\"name\":\"lost\"", "ClusterRole", "gone",
		"{\"kind\":\"User\",\"name\":\"carol\"}"),
};

static const struct {
	const char *user, *group, *verb, *api_group, *resource, *subresource, *namespace, *name, *path;
	enum rbac_answer want;
	const char *reason;
} cases[] = {
	{ "alice", "", "get", "", "pods", "", "x", "", NULL, RBAC_ALLOWED,
	  "RBAC: allowed by ClusterRoleBinding \"viewers\" of ClusterRole \"view\" to User \"alice\"" },
	{ "dave", "dev", "list", "", "pods", "", "", "", NULL, RBAC_ALLOWED,
	  "RBAC: allowed by ClusterRoleBinding \"viewers\" of ClusterRole \"view\" to Group \"dev\"" },
	{ "alice", "", "get", "", "pods", "log", "x", "", NULL, RBAC_NO_OPINION, "" },
	{ "alice", "", "get", "", "pods", "status", "x", "", NULL, RBAC_ALLOWED, NULL },
	{ "alice", "", "get", "apps", "pods", "", "x", "", NULL, RBAC_NO_OPINION, "" },
	{ "alice", "", "delete", "", "pods", "", "x", "", NULL, RBAC_NO_OPINION, "" },
	{ "alice", "", "get", "", "", "", "", "", "/healthz", RBAC_ALLOWED, NULL },
	{ "alice", "", "get", "", "", "", "", "", "/healthz/x", RBAC_NO_OPINION, "" },
	{ "alice", "", "get", "", "", "", "", "", "/logs/a/b", RBAC_ALLOWED, NULL },
	{ "bob", "", "update", "apps", "deployments", "", "apps", "web", NULL, RBAC_ALLOWED,
	  "RBAC: allowed by RoleBinding \"ones/apps\" of Role \"one\" to User \"bob\"" },
	{ "bob", "", "update", "apps", "deployments", "", "apps", "db", NULL, RBAC_NO_OPINION, "" },
	{ "bob", "", "update", "apps", "deployments", "", "other", "web", NULL, RBAC_NO_OPINION, "" },
	{ "bob", "", "update", "apps", "deployments", "", "", "web", NULL, RBAC_NO_OPINION, "" },
	{ "system:serviceaccount:apps:robot", "", "update", "apps", "deployments", "", "apps", "web", NULL,
	  RBAC_ALLOWED, "RBAC: allowed by RoleBinding \"ones/apps\" of Role \"one\" to ServiceAccount \"robot/apps\"" },
	{ "system:serviceaccount:kube-system:root", "", "delete", "batch", "jobs", "status", "apps", "x", NULL,
	  RBAC_ALLOWED,
	  "RBAC: allowed by RoleBinding \"boss/apps\" of ClusterRole \"all\" to ServiceAccount \"root/kube-system\"" },
	{ "system:serviceaccount:apps:root", "", "delete", "batch", "jobs", "", "apps", "x", NULL, RBAC_NO_OPINION,
	  "" },
	{ "carol", "", "get", "", "pods", "", "apps", "", NULL, RBAC_NO_OPINION,
	  "RBAC: [clusterrole.rbac.authorization.k8s.io \"gone\" not found, role.rbac.authorization.k8s.io \"gone\" "
	  "not found]" },
	{ "carol", "", "get", "", "pods", "", "", "", NULL, RBAC_NO_OPINION,
	  "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found" },
};

static void answers(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct store *store = store_create(arena);

	for (size_t i = 0; i < sizeof(objects) / sizeof(*objects); i++) {
		const struct value *object = json_parse(arena, str_of(objects[i]), NULL);

		assert_non_null(object);
		store_put(store, object);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str group = str_of(cases[i].group), reason;
		struct rbac_request request = {
			.user = str_of(cases[i].user),
			.groups = &group,
			.group_count = group.n > 0,
			.verb = str_of(cases[i].verb),
			.is_resource = cases[i].path == NULL,
			.group = str_of(cases[i].api_group),
			.resource = str_of(cases[i].resource),
			.subresource = str_of(cases[i].subresource),
			.namespace = str_of(cases[i].namespace),
			.name = str_of(cases[i].name),
			.path = str_of(cases[i].path),
		};

		assert_int_equal(rbac_authorize(store, arena, &request, &reason), cases[i].want);
		if (cases[i].reason)
			assert_string_equal(str_cstr(arena, reason), cases[i].reason);
	}
}

static void without_objects(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct rbac_request request = { .user = STR("alice"), .verb = STR("get"), .path = STR("/") };
	struct str reason;

	assert_int_equal(rbac_authorize(NULL, arena, &request, &reason), RBAC_UNKNOWN);
	assert_int_equal(rbac_authorize(store_create(arena), arena, &request, &reason), RBAC_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(without_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
