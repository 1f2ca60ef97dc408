/*
 * The authorizer of expressions: may this user do that? Answered from the RBAC objects at hand.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/cel/library/authz.go; costs: cost.go beside it. Members of system:masters may
 * do everything, as in every API server. Without any RBAC object a check cannot be answered: an error says so.
 */
#include "data/name.h"
#include "data/utf8.h"
#include "kube/rbac.h"
#include "policy/admissionpolicy/engine.h"

#define S(literal)                                                                                                     \
	{                                                                                                              \
		"" literal, sizeof(literal) - 1                                                                        \
	}
#define CHECK_COST 350000

struct user {
	const struct review *review;
	struct str name;
	const struct str *groups;
	size_t group_count;
	bool known; /* the review says who asks */
};

/* A path, a group or a resource to ask about; what was said so far. */
struct check {
	const struct user *user;
	struct str path, group, resource, subresource, namespace, name;
};

struct decision {
	bool allowed;
	struct str reason, error;
};

/* -- types --------------------------------------------------------------------------------------------------------- */

static struct cel_value no_field(struct cel_run *run, const struct cel_value *self, struct str field)
{
	return cel_fail(run, "no such key: " STR_FMT, STR_ARG(field));
}

const struct cel_type admission_authorizer_type = { .kind = CEL_TYPE_STRUCT,
						    .name = S("kubernetes.authorization.Authorizer") };
const struct cel_type admission_resource_check_type = { .kind = CEL_TYPE_STRUCT,
							.name = S("kubernetes.authorization.ResourceCheck") };
static const struct cel_type path_check_type = { .kind = CEL_TYPE_STRUCT,
						 .name = S("kubernetes.authorization.PathCheck") };
static const struct cel_type group_check_type = { .kind = CEL_TYPE_STRUCT,
						  .name = S("kubernetes.authorization.GroupCheck") };
static const struct cel_type decision_type = { .kind = CEL_TYPE_STRUCT,
					       .name = S("kubernetes.authorization.Decision") };

static const struct cel_class authorizer_class = { .type = &admission_authorizer_type, .get = no_field };
static const struct cel_class resource_check_class = { .type = &admission_resource_check_type, .get = no_field };
static const struct cel_class path_check_class = { .type = &path_check_type, .get = no_field };
static const struct cel_class group_check_class = { .type = &group_check_type, .get = no_field };
static const struct cel_class decision_class = { .type = &decision_type, .get = no_field };

/* The object behind a value of the class; NULL when it is something else. */
static const void *object_of(const struct cel_value *v, const struct cel_class *class)
{
	return v->kind == CEL_OBJECT && v->of.class == class ? v->u.object : NULL;
}

/* -- building a question ------------------------------------------------------------------------------------------- */

static struct cel_value with_check(struct cel_run *run, const struct cel_class *class, struct check check)
{
	return cel_of_object(class, arena_copy(run->arena, &check, sizeof(check)));
}

static struct cel_value authorizer_path(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct user *user = object_of(&arguments[0], &authorizer_class);

	if (!user || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!str_trim(cel_str(&arguments[1])).n)
		return cel_fail(run, "path must not be empty");
	return with_check(run, &path_check_class, (struct check){ .user = user, .path = cel_str(&arguments[1]) });
}

static struct cel_value authorizer_group(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct user *user = object_of(&arguments[0], &authorizer_class);

	if (!user || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	return with_check(run, &group_check_class, (struct check){ .user = user, .group = cel_str(&arguments[1]) });
}

static struct cel_value authorizer_service_account(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct user *user = object_of(&arguments[0], &authorizer_class);
	struct str namespace, name, *groups;
	struct user *account;

	if (!user || arguments[1].kind != CEL_STRING || arguments[2].kind != CEL_STRING)
		return cel_no_overload(run);
	namespace = cel_str(&arguments[1]);
	name = cel_str(&arguments[2]);
	if (name_faults(NAME_DNS1123_SUBDOMAIN, name, NULL))
		return cel_fail(run, "Invalid service account name");
	if (name_faults(NAME_DNS1123_LABEL, namespace, NULL))
		return cel_fail(run, "Invalid service account namespace");
	groups = arena_array(run->arena, 2, sizeof(*groups));
	groups[0] = STR("system:serviceaccounts");
	groups[1] = str_format(run->arena, "system:serviceaccounts:" STR_FMT, STR_ARG(namespace));
	account = arena_alloc(run->arena, sizeof(*account));
	*account = (struct user){
		.review = user->review,
		.name = str_format(run->arena, "system:serviceaccount:" STR_FMT ":" STR_FMT, STR_ARG(namespace),
				   STR_ARG(name)),
		.groups = groups,
		.group_count = 2,
		.known = true,
	};
	return cel_of_object(&authorizer_class, account);
}

static struct cel_value group_resource(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct check *check = object_of(&arguments[0], &group_check_class);
	struct check more;

	if (!check || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!str_trim(cel_str(&arguments[1])).n)
		return cel_fail(run, "resource must not be empty");
	more = *check;
	more.resource = cel_str(&arguments[1]);
	return with_check(run, &resource_check_class, more);
}

static struct cel_value set_resource_part(struct cel_run *run, const struct cel_value *arguments, size_t offset)
{
	const struct check *check = object_of(&arguments[0], &resource_check_class);
	struct check more;
	struct str text;

	if (!check || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	more = *check;
	text = cel_str(&arguments[1]);
	memcpy((char *)&more + offset, &text, sizeof(text));
	return with_check(run, &resource_check_class, more);
}

static struct cel_value resource_subresource(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	return set_resource_part(run, arguments, offsetof(struct check, subresource));
}

static struct cel_value resource_namespace(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	return set_resource_part(run, arguments, offsetof(struct check, namespace));
}

static struct cel_value resource_name(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	return set_resource_part(run, arguments, offsetof(struct check, name));
}

/* RBAC knows no selectors: a request with one is a request for all. */
static struct cel_value resource_selector(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	if (!object_of(&arguments[0], &resource_check_class) || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	return arguments[0];
}

/* -- asking -------------------------------------------------------------------------------------------------------- */

static bool is_master(const struct user *user)
{
	for (size_t i = 0; i < user->group_count; i++)
		if (str_is(user->groups[i], "system:masters"))
			return true;
	return false;
}

static struct cel_value decide(struct cel_run *run, const struct check *check, struct str verb)
{
	const struct user *user = check->user;
	const struct lookup *lookup = user->review->lookup;
	struct rbac_request request = {
		.user = user->name,
		.groups = user->groups,
		.group_count = user->group_count,
		.verb = verb,
		.is_resource = check->resource.n > 0,
		.group = check->group,
		.resource = check->resource,
		.subresource = check->subresource,
		.namespace = check->namespace,
		.name = check->name,
		.path = check->path,
	};
	struct decision *decision = ARENA_NEW(run->arena, struct decision);

	if (!user->known)
		return cel_fail(run,
				"authorizer: nobody said who asks: the request has no user (give it with --userinfo)");
	if (is_master(user)) {
		decision->allowed = true;
		return cel_of_object(&decision_class, decision);
	}
	switch (rbac_authorize(lookup ? lookup->store : NULL, run->arena, &request, &decision->reason)) {
	case RBAC_UNKNOWN:
		return cel_fail(
			run,
			"authorizer: there are no RBAC objects (roles and bindings) among the inputs to answer from");
	case RBAC_ALLOWED:
		decision->allowed = true;
		break;
	case RBAC_NO_OPINION:
		break;
	}
	return cel_of_object(&decision_class, decision);
}

static struct cel_value path_check(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct check *check = object_of(&arguments[0], &path_check_class);

	if (!check || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	return decide(run, check, cel_str(&arguments[1]));
}

static struct cel_value resource_check(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct check *check = object_of(&arguments[0], &resource_check_class);

	if (!check || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	return decide(run, check, cel_str(&arguments[1]));
}

static struct cel_value decision_allowed(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct decision *decision = object_of(&arguments[0], &decision_class);

	return decision ? cel_of_bool(decision->allowed) : cel_no_overload(run);
}

static struct cel_value decision_reason(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct decision *decision = object_of(&arguments[0], &decision_class);

	return decision ? cel_of_str(decision->reason) : cel_no_overload(run);
}

static struct cel_value decision_errored(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct decision *decision = object_of(&arguments[0], &decision_class);

	return decision ? cel_of_bool(decision->error.n > 0) : cel_no_overload(run);
}

static struct cel_value decision_error(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	const struct decision *decision = object_of(&arguments[0], &decision_class);

	return decision ? cel_of_str(decision->error) : cel_no_overload(run);
}

/* -- the table ----------------------------------------------------------------------------------------------------- */

static uint64_t cost_check(const struct cel_value *arguments, size_t count, const struct cel_value *result)
{
	return CHECK_COST;
}

/* A list and one struct for each requirement that so long a selector can hold, and reading it. */
static struct cel_range selector_cost(struct cel_range length)
{
	const struct cel_range list = { 10, 10 };

	return cel_range_add(cel_range_add(list, cel_range_scale(length, 0.1)),
			     cel_range_scale(cel_range_scale(length, 0.5), 50));
}

static uint64_t cost_selector(const struct cel_value *arguments, size_t count, const struct cel_value *result)
{
	struct str text = arguments[1].kind == CEL_STRING ? cel_str(&arguments[1]) : STR("");
	uint64_t length = 0;

	for (size_t i = 0; i < text.n; i += utf8_length(text.p + i, text.n - i))
		length++;

	return selector_cost((struct cel_range){ length, length }).maximum;
}

static struct cel_call_estimate estimate_selector(const struct cel_estimate_argument *arguments, size_t count)
{
	return (struct cel_call_estimate){ .cost = selector_cost(arguments[1].size) };
}

static struct cel_call_estimate estimate_check(const struct cel_estimate_argument *arguments, size_t count)
{
	return (struct cel_call_estimate){ .cost = { CHECK_COST, CHECK_COST } };
}

#define AUTHORIZATION(type) "kubernetes.authorization." type
#define MEMBER(member, of, parameters, result, body, hint)                                                             \
	{                                                                                                              \
		.name = member, .signature = AUTHORIZATION(of) ".(" parameters ") -> " result, .evaluate = body,       \
		.note = hint, .flags = CEL_IMPURE                                                                      \
	}
#define SELECTOR(member, hint)                                                                                         \
	{                                                                                                              \
		.name = member,                                                                                        \
		.signature = AUTHORIZATION("ResourceCheck") ".(string) -> " AUTHORIZATION("ResourceCheck"),            \
		.evaluate = resource_selector, .cost = cost_selector, .estimate = estimate_selector, .note = hint,     \
		.flags = CEL_IMPURE                                                                                    \
	}
#define CHECK(of, body)                                                                                                \
	{                                                                                                              \
		.name = "check", .signature = AUTHORIZATION(of) ".(string) -> " AUTHORIZATION("Decision"),             \
		.evaluate = body, .cost = cost_check, .estimate = estimate_check,                                      \
		.note = "asks whether the verb is allowed", .flags = CEL_IMPURE                                        \
	}

static const struct cel_function functions[] = {
	MEMBER("path", "Authorizer", "string", AUTHORIZATION("PathCheck"), authorizer_path,
	       "asks about a path that is no resource"),
	MEMBER("group", "Authorizer", "string", AUTHORIZATION("GroupCheck"), authorizer_group,
	       "asks about an API group"),
	MEMBER("serviceAccount", "Authorizer", "string, string", AUTHORIZATION("Authorizer"),
	       authorizer_service_account, "asks for a service account instead of the user"),
	MEMBER("resource", "GroupCheck", "string", AUTHORIZATION("ResourceCheck"), group_resource,
	       "the resource asked about"),
	MEMBER("subresource", "ResourceCheck", "string", AUTHORIZATION("ResourceCheck"), resource_subresource,
	       "its subresource"),
	MEMBER("namespace", "ResourceCheck", "string", AUTHORIZATION("ResourceCheck"), resource_namespace,
	       "its namespace"),
	MEMBER("name", "ResourceCheck", "string", AUTHORIZATION("ResourceCheck"), resource_name, "its name"),
	SELECTOR("fieldSelector", "a field selector"),
	SELECTOR("labelSelector", "a label selector"),
	CHECK("PathCheck", path_check),
	CHECK("ResourceCheck", resource_check),
	MEMBER("allowed", "Decision", "", "bool", decision_allowed, "whether it is allowed"),
	MEMBER("reason", "Decision", "", "string", decision_reason, "why"),
	MEMBER("errored", "Decision", "", "bool", decision_errored, "whether asking failed"),
	MEMBER("error", "Decision", "", "string", decision_error, "how asking failed"),
	{ .name = NULL },
};

const struct cel_library admission_authorizer_library = {
	.name = "kubernetes.authz",
	.functions = functions,
};

/* -- values -------------------------------------------------------------------------------------------------------- */

static const struct user *user_of(struct review *review)
{
	const struct value *names = value_field(review->user, "groups");
	struct str *groups = arena_array(review->arena, value_count(names), sizeof(*groups));
	struct user *user = arena_alloc(review->arena, sizeof(*user));

	*user = (struct user){
		.review = review,
		.name = value_str(value_field(review->user, "username")),
		.groups = groups,
		.known = review->user != NULL,
	};
	for (VALUE_EACH(item, names))
		groups[user->group_count++] = value_str(item);
	return user;
}

struct cel_value admission_authorizer(struct review *review)
{
	return cel_of_object(&authorizer_class, user_of(review));
}

struct cel_value admission_request_resource(struct review *review)
{
	struct check check = {
		.user = user_of(review),
		.group = review->resource.group,
		.resource = review->resource.resource,
		.subresource = review->subresource,
		.namespace = admission_namespace(review),
		.name = review->name,
	};

	return cel_of_object(&resource_check_class, arena_copy(review->arena, &check, sizeof(check)));
}
