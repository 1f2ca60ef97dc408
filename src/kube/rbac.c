#include "kube/rbac.h"

#include "data/quote.h"

#define RBAC_GROUP STR("rbac.authorization.k8s.io")

/* One question on its way through the bindings; errors are told when nothing allows. */
struct visit {
	const struct store *store;
	struct arena *arena;
	const struct rbac_request *request;
	struct str resource; /* with its subresource: "pods/log" */
	struct str *errors;
	size_t error_count, error_capacity;
};

static bool lists(const struct value *list, struct str any, struct str wanted)
{
	for (VALUE_EACH(item, list))
		if (str_equal(value_str(item), any) || str_equal(value_str(item), wanted))
			return true;
	return false;
}

static bool resource_fits(const struct visit *visit, const struct value *resources)
{
	struct str subresource = visit->request->subresource;

	for (VALUE_EACH(item, resources)) {
		struct str resource = value_str(item);

		if (str_is(resource, "*") || str_equal(resource, visit->resource))
			return true;
		if (subresource.n && str_starts_with(resource, STR("*/")) &&
		    str_equal(str_skip(resource, 2), subresource))
			return true;
	}
	return false;
}

static bool path_fits(struct str path, const struct value *urls)
{
	for (VALUE_EACH(item, urls)) {
		struct str url = value_str(item), stem = url;

		if (str_is(url, "*") || str_equal(url, path))
			return true;
		while (str_ends_with(stem, STR("*")))
			stem.n--;
		if (stem.n < url.n && str_starts_with(path, stem))
			return true;
	}
	return false;
}

static bool rule_allows(const struct visit *visit, const struct value *rule)
{
	const struct rbac_request *request = visit->request;
	const struct value *names = value_field(rule, "resourceNames");

	if (!lists(value_field(rule, "verbs"), STR("*"), request->verb))
		return false;
	if (!request->is_resource)
		return path_fits(request->path, value_field(rule, "nonResourceURLs"));
	return lists(value_field(rule, "apiGroups"), STR("*"), request->group) &&
	       resource_fits(visit, value_field(rule, "resources")) &&
	       (value_count(names) == 0 || lists(names, request->name, request->name));
}

static bool is_service_account(struct visit *visit, struct str namespace, struct str name)
{
	struct str user = visit->request->user, prefix = STR("system:serviceaccount:");

	return str_starts_with(user, prefix) &&
	       str_equal(str_skip(user, prefix.n),
			 str_format(visit->arena, STR_FMT ":" STR_FMT, STR_ARG(namespace), STR_ARG(name)));
}

static bool subject_is_user(struct visit *visit, const struct value *subject, struct str namespace)
{
	struct str kind = value_str(value_field(subject, "kind")), name = value_str(value_field(subject, "name"));

	if (str_is(kind, "User"))
		return str_equal(visit->request->user, name);
	if (str_is(kind, "Group")) {
		for (size_t i = 0; i < visit->request->group_count; i++)
			if (str_equal(visit->request->groups[i], name))
				return true;
		return false;
	}
	if (!str_is(kind, "ServiceAccount"))
		return false;
	if (value_str(value_field(subject, "namespace")).n)
	namespace = value_str(value_field(subject, "namespace"));
	return namespace.n && is_service_account(visit, namespace, name);
}

/* The first subject of the binding that stands for the user; NULL: none. */
static const struct value *subject_of(struct visit *visit, const struct value *binding, struct str namespace)
{
	for (VALUE_EACH(subject, value_field(binding, "subjects")))
		if (subject_is_user(visit, subject, namespace))
			return subject;
	return NULL;
}

static void add_error(struct visit *visit, struct str message)
{
	for (size_t i = 0; i < visit->error_count; i++)
		if (str_equal(visit->errors[i], message))
			return;
	*ARENA_PUSH(visit->arena, visit->errors, visit->error_count, visit->error_capacity) = message;
}

/* NULL (and an error kept) when the role is not there. */
static const struct value *role_of(struct visit *visit, const struct value *binding, struct str namespace)
{
	const struct value *reference = value_field(binding, "roleRef");
	struct str kind = value_str(value_field(reference, "kind")), name = value_str(value_field(reference, "name"));
	const struct value *role;
	bool cluster = str_is(kind, "ClusterRole");

	if (!cluster && !str_is(kind, "Role")) {
		add_error(visit, str_format(visit->arena, "unsupported role reference kind: " STR_FMT,
					    STR_ARG(quote(visit->arena, kind))));
		return NULL;
	}
	role = store_get(visit->store, RBAC_GROUP, kind, cluster ? STR("") : namespace, name);
	if (!role)
		add_error(visit, str_format(visit->arena, "%s.rbac.authorization.k8s.io " STR_FMT " not found",
					    cluster ? "clusterrole" : "role", STR_ARG(quote(visit->arena, name))));
	return role;
}

static struct str describe_subject(struct arena *arena, const struct value *subject, struct str namespace)
{
	struct str kind = value_str(value_field(subject, "kind")), name = value_str(value_field(subject, "name"));

	if (str_is(kind, "ServiceAccount")) {
		if (value_str(value_field(subject, "namespace")).n)
		namespace = value_str(value_field(subject, "namespace"));
		name = str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(name), STR_ARG(namespace));
	}
	return str_format(arena, STR_FMT " " STR_FMT, STR_ARG(kind), STR_ARG(quote(arena, name)));
}

static struct str describe(struct arena *arena, const struct value *binding, const struct value *subject,
			   struct str namespace)
{
	const struct value *reference = value_field(binding, "roleRef");
	struct str name = object_name(binding);

	if (namespace.n)
		name = str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(name), STR_ARG(namespace));
	return str_format(arena, "RBAC: allowed by %s " STR_FMT " of " STR_FMT " " STR_FMT " to " STR_FMT,
			  namespace.n ? "RoleBinding" : "ClusterRoleBinding", STR_ARG(quote(arena, name)),
			  STR_ARG(value_str(value_field(reference, "kind"))),
			  STR_ARG(quote(arena, value_str(value_field(reference, "name")))),
			  STR_ARG(describe_subject(arena, subject, namespace)));
}

/* Cluster role bindings when the namespace is empty, else the role bindings in it. */
static bool bindings_allow(struct visit *visit, struct str namespace, struct str *reason)
{
	size_t count;
	const struct value **bindings =
		store_list(visit->store, visit->arena, RBAC_GROUP,
			   namespace.n ? STR("RoleBinding") : STR("ClusterRoleBinding"), namespace, &count);

	for (size_t i = 0; i < count; i++) {
		const struct value *subject = subject_of(visit, bindings[i], namespace);
		const struct value *role = subject ? role_of(visit, bindings[i], namespace) : NULL;

		for (VALUE_EACH(rule, value_field(role, "rules")))
			if (rule_allows(visit, rule)) {
				*reason = describe(visit->arena, bindings[i], subject, namespace);
				return true;
			}
	}
	return false;
}

static bool knows_rbac(const struct store *store, struct arena *arena)
{
	static const struct str kinds[] = {
		{ "ClusterRoleBinding", 18 },
		{ "RoleBinding", 11 },
		{ "ClusterRole", 11 },
		{ "Role", 4 },
	};
	size_t count;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (store_list(store, arena, RBAC_GROUP, kinds[i], STR(""), &count) && count)
			return true;
	return false;
}

/* "RBAC: x not found" or "RBAC: [x, y]"; empty when nothing went wrong. */
static struct str errors_text(const struct visit *visit)
{
	struct str text = STR("");

	for (size_t i = 0; i < visit->error_count; i++)
		text = str_format(visit->arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? ", " : "",
				  STR_ARG(visit->errors[i]));
	if (visit->error_count == 0)
		return text;
	return str_format(visit->arena, visit->error_count > 1 ? "RBAC: [" STR_FMT "]" : "RBAC: " STR_FMT,
			  STR_ARG(text));
}

enum rbac_answer rbac_authorize(const struct store *store, struct arena *arena, const struct rbac_request *request,
				struct str *reason)
{
	struct visit visit = { .store = store, .arena = arena, .request = request, .resource = request->resource };

	*reason = STR("");
	if (!knows_rbac(store, arena))
		return RBAC_UNKNOWN;
	if (request->subresource.n)
		visit.resource = str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(request->resource),
					    STR_ARG(request->subresource));
	if (bindings_allow(&visit, STR(""), reason))
		return RBAC_ALLOWED;
	if (request->namespace.n && bindings_allow(&visit, request->namespace, reason))
		return RBAC_ALLOWED;
	*reason = errors_text(&visit);
	return RBAC_NO_OPINION;
}
