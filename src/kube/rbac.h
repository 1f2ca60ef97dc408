/*
 * kube/rbac.h: who may do what, by the RBAC objects at hand. Semantics: Kubernetes' RBAC authorizer
 * (plugin/pkg/auth/authorizer/rbac, pkg/registry/rbac/validation).
 */
#ifndef KUBE_RBAC_H
#define KUBE_RBAC_H

#include "kube/store.h"

struct rbac_request {
	struct str user;
	const struct str *groups;
	size_t group_count;
	struct str verb;
	bool is_resource;                       /* else `path` */
	struct str group, resource, subresource, namespace, name;
	struct str path;
};

enum rbac_answer { RBAC_ALLOWED, RBAC_NO_OPINION, RBAC_UNKNOWN /* no RBAC objects are at hand */ };
/* *reason: as the API server words it (RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to User "z"). */
enum rbac_answer rbac_authorize(const struct store *store, struct arena *arena, const struct rbac_request *request,
				struct str *reason);

#endif
