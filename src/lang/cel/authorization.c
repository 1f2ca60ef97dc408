/*
 * The functions of Kubernetes' authorizer (apiserver/pkg/cel/library/authz.go) as its base environment declares them
 * everywhere: `x.name('y')` compiles for a dyn x. Who has an authorizer to give adds a library with their bodies.
 */
#include "lang/cel/library.h"

static CEL_BODY(unknown)
{
	return cel_no_overload(run);
}

#define TYPE(name) "kubernetes.authorization." name
#define DECLARE(function, of, parameters, result) \
	{ .name = (function), .signature = TYPE(of) ".(" parameters ") -> " result, .evaluate = unknown, .flags = CEL_IMPURE }

static const struct cel_function functions[] = {
	DECLARE("path", "Authorizer", "string", TYPE("PathCheck")),
	DECLARE("group", "Authorizer", "string", TYPE("GroupCheck")),
	DECLARE("serviceAccount", "Authorizer", "string, string", TYPE("Authorizer")),
	DECLARE("resource", "GroupCheck", "string", TYPE("ResourceCheck")),
	DECLARE("subresource", "ResourceCheck", "string", TYPE("ResourceCheck")),
	DECLARE("namespace", "ResourceCheck", "string", TYPE("ResourceCheck")),
	DECLARE("name", "ResourceCheck", "string", TYPE("ResourceCheck")),
	DECLARE("fieldSelector", "ResourceCheck", "string", TYPE("ResourceCheck")),
	DECLARE("labelSelector", "ResourceCheck", "string", TYPE("ResourceCheck")),
	DECLARE("check", "PathCheck", "string", TYPE("Decision")),
	DECLARE("check", "ResourceCheck", "string", TYPE("Decision")),
	DECLARE("allowed", "Decision", "", "bool"),
	DECLARE("reason", "Decision", "", "string"),
	DECLARE("errored", "Decision", "", "bool"),
	DECLARE("error", "Decision", "", "string"),
	{ .name = NULL },
};

const struct cel_library cel_authorization_library = { .name = "kubernetes.authz", .functions = functions };
