#include <sys/stat.h>

#include "cmd/test_case.h"

#include "base/map.h"
#include "cmd/load.h"

/* A document that is no Kubernetes object. */
struct payload_file {
	enum payload kind;
	struct str name;                /* as the test names it */
	const struct value *document;
};

/* What a test works on. Everything lives in `arena`, which goes when the test is done; rows are made in `results`. */
struct test_case {
	struct arena *arena, *results;
	struct str directory;
	const struct value *test;
	struct policy_set *set;
	struct store *store;
	struct lookup lookup;
	const struct value *user_info;
	enum operation operation;               /* when a result names none */
	const struct value **resources;
	size_t resource_count, resource_capacity;
	struct payload_file *payloads;
	size_t payload_count, payload_capacity;
	struct map unusable;                    /* policy name → struct str: why it could not be loaded */
	bool strict;
	struct test_rows *rows;
};

/* The judged resource: its name in rows, and what came out for one operation. */
struct verdict {
	const struct value *resource;
	struct str api_version, kind, namespace, name;
	enum payload payload;           /* then `name` is the file's, and there is nothing else */
	struct result_list results;
};

struct verdicts {
	struct verdict *items;
	size_t count;
};

/* -- reading what the test refers to ------------------------------------------------------------------------------ */

typedef int (*object_function)(const struct value *object, void *context);

static const char *path_in(struct test_case *test, struct str name)
{
	if (name.n && name.p[0] == '/')
		return str_cstr(test->arena, name);
	return str_cstr(test->arena, str_format(test->arena, STR_FMT "/" STR_FMT, STR_ARG(test->directory), STR_ARG(name)));
}

/* Kyverno finds nothing in an empty file, and nothing wrong with it. */
static bool is_empty_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

/* Calls `each` with the test for every object in the files that the list `names` holds. */
static int each_object(struct test_case *test, const struct value *names, object_function each, struct error **err)
{
	const char **paths = arena_array(test->arena, value_count(names) + 1, sizeof(*paths));
	size_t count = 0;

	for (VALUE_EACH(name, names)) {
		paths[count] = path_in(test, value_str(name));
		count += !is_empty_file(paths[count]);
	}
	return load_objects(test->arena, paths, count, each, test, err);
}

static const struct value *with_member(struct arena *arena, const struct value *object, const char *key, const struct value *value)
{
	struct object_builder out = { 0 };

	object_start_from(arena, &out, object);
	object_put(arena, &out, str_of(key), value);
	return object_finish(arena, &out);
}

/* Kyverno's tests take admission policies whose rules name no operations, which the API server refuses. */
static const struct value *with_operations(struct arena *arena, const struct value *policy)
{
	const struct value *spec = value_field(policy, "spec"), *constraints = value_field(spec, "matchConstraints"), *all;
	struct array_builder rules = { 0 }, any = { 0 };
	bool changed = false;

	array_add(arena, &any, value_of_str(arena, STR("*")));
	all = array_finish(arena, &any);
	for (VALUE_EACH(rule, value_field(constraints, "resourceRules"))) {
		bool lacks = !value_field(rule, "operations");

		array_add(arena, &rules, lacks ? with_member(arena, rule, "operations", all) : rule);
		changed |= lacks;
	}
	if (!changed)
		return policy;
	constraints = with_member(arena, constraints, "resourceRules", array_finish(arena, &rules));
	return with_member(arena, policy, "spec", with_member(arena, spec, "matchConstraints", constraints));
}

static int add_policy(const struct value *object, void *context)
{
	struct test_case *test = context;
	_cleanup_(error_freep) struct error *err = NULL;
	struct str *why;
	int status;

	if (str_is(gvk_of(object).kind, "ValidatingAdmissionPolicy"))
		object = with_operations(test->arena, object);
	status = policy_set_add(test->set, object, &err);

	if (status > 0)
		return 0;
	why = ARENA_NEW(test->arena, struct str);
	*why = status < 0 ? error_text(test->results, err) :
			    str_format(test->results, "kind " STR_FMT " of " STR_FMT " is not supported yet",
				       STR_ARG(value_str(value_field(object, "kind"))),
				       STR_ARG(value_str(value_field(object, "apiVersion"))));
	map_put(&test->unusable, object_name(object), why);
	return 0;
}

/* Exceptions among the policies do not count: a test names its own. */
static int add_policy_only(const struct value *object, void *context)
{
	return str_is(value_str(value_field(object, "kind")), "PolicyException") ? 0 : add_policy(object, context);
}

/* What `kyverno test` takes for namespaced, as its list of kinds has only what is stable. */
static bool is_unlisted(struct gvk kind)
{
	static const struct {
		const char *group, *kind;
	} unlisted[] = {
		{ "policy", "PodSecurityPolicy" },
		{ "extensions", "PodSecurityPolicy" },
		{ "admissionregistration.k8s.io", "MutatingAdmissionPolicy" },
		{ "admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding" },
		{ "certificates.k8s.io", "ClusterTrustBundle" },
	};

	for (size_t i = 0; i < sizeof(unlisted) / sizeof(*unlisted); i++)
		if (str_equal(kind.group, str_of(unlisted[i].group)) && str_equal(kind.kind, str_of(unlisted[i].kind)))
			return true;
	return false;
}

static struct str namespace_of(const struct value *object)
{
	struct gvk kind = gvk_of(object);
	const struct known_kind *known = known_kind_find(kind.group, kind.kind);
	struct str namespace = object_namespace(object);

	if (namespace.n || (known && !known->namespaced && !is_unlisted(kind)))
		return namespace;
	return STR("default");
}

static const struct value *in_namespace(struct arena *arena, const struct value *object, struct str namespace)
{
	struct object_builder metadata = { 0 }, root = { 0 };

	object_start_from(arena, &metadata, value_field(object, "metadata"));
	object_put(arena, &metadata, STR("namespace"), value_of_str(arena, namespace));
	object_start_from(arena, &root, object);
	object_put(arena, &root, STR("metadata"), object_finish(arena, &metadata));
	return object_finish(arena, &root);
}

/* As resource.RemoveDuplicates: the first of a group, kind, namespace and name stays. */
static int add_resource(const struct value *object, void *context)
{
	struct test_case *test = context;
	struct gvk kind = gvk_of(object);
	struct str namespace = namespace_of(object), name = object_name(object);

	for (size_t i = 0; i < test->resource_count; i++) {
		struct gvk other = gvk_of(test->resources[i]);

		if (str_equal(kind.group, other.group) && str_equal(kind.kind, other.kind) &&
		    str_equal(name, object_name(test->resources[i])) &&
		    str_equal(namespace, object_namespace(test->resources[i])))
			return 0;
	}
	if (!str_equal(namespace, object_namespace(object)))
		object = in_namespace(test->arena, object, namespace);
	/* Kyverno's tests know no integers. */
	*ARENA_PUSH(test->arena, test->resources, test->resource_count, test->resource_capacity) =
		value_as_floats(test->arena, object);
	return 0;
}

static int add_to_store(const struct value *object, void *context)
{
	struct test_case *test = context;

	store_put(test->store, object);
	return 0;
}

/* Of what policies look up (params), all that is among the resources is at hand. */
static int add_wanted(const struct value *object, void *context)
{
	struct test_case *test = context;

	if (policy_set_wants(test->set, gvk_of(object)))
		store_put(test->store, object);
	return 0;
}

static int load_params(struct test_case *test, struct error **err)
{
	static const char *const lists[] = { "paramResources", "targetResources", "resources" };

	if (!policy_set_want_count(test->set))
		return 0;
	if (!test->store) {
		test->store = store_create(test->arena);
		test->lookup.store = test->store;
	}
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (each_object(test, value_get(test->test, str_of(lists[i])), add_wanted, err) < 0)
			return error_wrap(err, "%s", lists[i]);
	return 0;
}

static const struct {
	const char *list;
	enum payload kind;
} payload_lists[] = {
	{ "jsonPayloads", PAYLOAD_JSON }, { "httpPayloads", PAYLOAD_HTTP }, { "envoyPayloads", PAYLOAD_ENVOY },
};

static int load_payloads(struct test_case *test, struct error **err)
{
	for (size_t i = 0; i < sizeof(payload_lists) / sizeof(*payload_lists); i++)
		for (VALUE_EACH(name, value_get(test->test, str_of(payload_lists[i].list)))) {
			const struct value *document = load_document(test->arena, path_in(test, value_str(name)), err);

			if (!document)
				return error_wrap(err, "%s", payload_lists[i].list);
			if (document->type != VALUE_OBJECT)
				return error_set_at(err, ERROR_INVALID, value_place(document),
						    "%s: a payload must be an object", payload_lists[i].list);
			if (payload_lists[i].kind == PAYLOAD_JSON)
				document = value_as_floats(test->arena, document);
			*ARENA_PUSH(test->arena, test->payloads, test->payload_count, test->payload_capacity) =
				(struct payload_file){ payload_lists[i].kind, value_str(name), document };
		}
	return 0;
}

static int add_cluster_resource(const struct value *object, void *context)
{
	for (VALUE_EACH(item, value_path(object, "spec", "resources")))
		add_to_store(item, context);
	return 0;
}

struct listing {
	struct arena *arena;
	struct array_builder objects;
};

static int add_to_list(const struct value *object, void *context)
{
	struct listing *listing = context;

	array_add(listing->arena, &listing->objects, object);
	return 0;
}

/* Global context entries whose resources stand in files of their own. NULL and *err. */
static const struct value *global_entries(struct test_case *test, const struct value *list, struct error **err)
{
	struct array_builder entries = { 0 };

	for (VALUE_EACH(entry, list)) {
		struct listing listing = { .arena = test->arena };
		struct object_builder out = { 0 };

		if (!value_is(value_field(entry, "resourceFiles"), VALUE_ARRAY)) {
			array_add(test->arena, &entries, entry);
			continue;
		}
		for (VALUE_EACH(name, value_field(entry, "resourceFiles"))) {
			const char *path = path_in(test, value_str(name));

			if (load_objects(test->arena, &path, 1, add_to_list, &listing, err) < 0)
				return NULL;
		}
		object_start_from(test->arena, &out, entry);
		object_put(test->arena, &out, STR("resources"), array_finish(test->arena, &listing.objects));
		array_add(test->arena, &entries, object_finish(test->arena, &out));
	}
	return array_finish(test->arena, &entries);
}

/*
 * Values come from a file or stand in the test itself; mocks of API calls and global context entries stand in the test.
 * The engine reads all of them from one object.
 */
static int load_values(struct test_case *test, struct error **err)
{
	const struct value *values = value_field(test->test, "values");
	struct str file = value_str(value_field(test->test, "variables"));
	struct object_builder all = { 0 };
	const struct value *calls = value_field(test->test, "apiCallResponses");
	const struct value *entries = value_field(test->test, "globalContextEntries"), *context;
	struct str context_file = value_str(value_field(test->test, "context"));

	if (!value_is(values, VALUE_OBJECT) && file.n) {
		values = load_document(test->arena, path_in(test, file), err);
		if (!values)
			return -1;
	}
	object_start_from(test->arena, &all, values);
	if (calls)
		object_put(test->arena, &all, STR("apiCallResponses"), calls);
	if (context_file.n) {
		context = load_document(test->arena, path_in(test, context_file), err);
		if (!context)
			return error_wrap(err, "context");
		object_put(test->arena, &all, STR("context"), context);
	}
	if (entries) {
		entries = global_entries(test, entries, err);
		if (!entries)
			return error_wrap(err, "globalContextEntries");
		object_put(test->arena, &all, STR("globalContextEntries"), entries);
	}
	test->lookup.values = object_finish(test->arena, &all);
	test->lookup.assume_bound = true;
	test->operation = OPERATION_CREATE;
	operation_parse(value_str(value_get(value_field(test->lookup.values, "globalValues"), STR("request.operation"))),
			&test->operation);
	return 0;
}

static int load(struct test_case *test, struct error **err)
{
	struct str user_info = value_str(value_field(test->test, "userinfo"));
	const struct value *cluster = value_field(test->test, "clusterResources");

	if (load_values(test, err) < 0)
		return error_wrap(err, "values");
	if (user_info.n && !(test->user_info = load_document(test->arena, path_in(test, user_info), err)))
		return error_wrap(err, "userinfo");
	if (each_object(test, value_field(test->test, "policies"), add_policy_only, err) < 0)
		return error_wrap(err, "policies");
	if (each_object(test, value_field(test->test, "exceptions"), add_policy, err) < 0)
		return error_wrap(err, "exceptions");
	if (each_object(test, value_field(test->test, "resources"), add_resource, err) < 0)
		return error_wrap(err, "resources");
	if (value_count(cluster)) {
		test->store = store_create(test->arena);
		test->lookup.store = test->store;
		test->lookup.whole = true;
		for (size_t i = 0; i < test->resource_count; i++)
			store_put(test->store, test->resources[i]);
		if (each_object(test, cluster, add_cluster_resource, err) < 0)
			return error_wrap(err, "clusterResources");
	}
	if (load_params(test, err) < 0 || load_payloads(test, err) < 0)
		return -1;
	return policy_set_seal(test->set, err);
}

/* -- judging ------------------------------------------------------------------------------------------------------ */

static struct str binding_of(const struct result *result)
{
	for (size_t i = 0; i < result->property_count; i++)
		if (str_is(result->properties[i].name, "binding"))
			return result->properties[i].value;
	return STR("");
}

/* Kyverno's wording for one validation of an admission policy. */
static struct result as_kyverno(const struct result *result)
{
	struct result out = *result;

	out.rule = result->policy;
	if (result->outcome == OUTCOME_WARN)
		out.outcome = OUTCOME_FAIL;
	if (result->outcome == OUTCOME_PASS)
		out.message = STR("");
	if (result->outcome == OUTCOME_SKIP)
		out.message = STR("match conditions aren't met");
	return out;
}

/*
 * Of an admission policy Kyverno reports one result: of the last binding that is about the resource, the first validation that does
 * not hold.
 */
static void fold_admission(struct result_list *results)
{
	size_t kept = 0;

	for (size_t i = 0; i < results->count; i++) {
		struct result *result = &results->items[i], *last = kept ? &results->items[kept - 1] : NULL;

		if (!str_is(result->policy_kind, "ValidatingAdmissionPolicy")) {
			results->items[kept++] = *result;
			continue;
		}
		if (!last || !str_is(last->policy_kind, "ValidatingAdmissionPolicy") || !str_equal(last->policy, result->policy))
			results->items[kept++] = as_kyverno(result);
		else if (!str_equal(binding_of(last), binding_of(result)) || last->outcome == OUTCOME_PASS)
			*last = as_kyverno(result);
	}
	results->count = kept;
}

static void judge(struct test_case *test, const struct value *resource, enum operation operation, bool given,
		  struct verdict *verdict)
{
	struct review review;
	const struct value *user = value_field(test->user_info, "userInfo");

	review_init(&review, test->arena, resource);
	review.only_object = true;
	review.operation = operation;
	review.operation_given = given;
	if (operation != OPERATION_CREATE)
		review.old_object = review.object;
	if (operation == OPERATION_DELETE)
		review.object = NULL;
	review.lookup = &test->lookup;
	if (test->user_info) {
		review.user = user;
		review.roles = value_field(test->user_info, "roles");
		review.cluster_roles = value_field(test->user_info, "clusterRoles");
	}
	*verdict = (struct verdict){
		.resource = resource,
		.api_version = gvk_api_version(test->arena, review.kind),
		.kind = review.kind.kind,
		.namespace = review.namespace,
		.name = review.name,
	};
	policy_set_judge(test->set, &review, &verdict->results);
	fold_admission(&verdict->results);
}

static void judge_payload(struct test_case *test, const struct payload_file *payload, struct verdict *verdict)
{
	struct review review = {
		.operation = test->operation, .payload = payload->kind, .object = payload->document, .only_object = true,
		.kind = gvk_of(payload->document), .lookup = &test->lookup, .arena = test->arena,
	};

	*verdict = (struct verdict){ .resource = payload->document, .name = payload->name, .payload = payload->kind };
	policy_set_judge(test->set, &review, &verdict->results);
}

/* Payloads have no operation: they are judged once only. */
static struct verdicts judge_all(struct test_case *test, enum operation operation, bool given)
{
	size_t most = test->resource_count + test->payload_count + 1;
	struct verdicts verdicts = { arena_array(test->arena, most, sizeof(struct verdict)), 0 };

	for (size_t i = 0; i < test->resource_count; i++)
		judge(test, test->resources[i], operation, given, &verdicts.items[verdicts.count++]);
	for (size_t i = 0; i < test->payload_count && !given; i++)
		judge_payload(test, &test->payloads[i], &verdicts.items[verdicts.count++]);
	return verdicts;
}

/* -- comparing ---------------------------------------------------------------------------------------------------- */

/* "name" or "namespace/name", as a result's `resources` give it. */
static bool is_named(const struct verdict *verdict, struct str wanted)
{
	struct str namespace, name;

	if (verdict->payload || !str_cut(wanted, '/', &namespace, &name))
		return str_equal(wanted, verdict->name);
	return str_equal(namespace, verdict->namespace) && str_equal(name, verdict->name);
}

static bool is_specified(struct test_case *test, const struct verdict *verdict, const struct value *spec)
{
	struct gvk kind = { value_str(value_field(spec, "group")), value_str(value_field(spec, "version")), STR_NULL };

	return str_equal(gvk_api_version(test->arena, kind), verdict->api_version) &&
	       str_equal(value_str(value_field(spec, "namespace")), verdict->namespace) &&
	       str_equal(value_str(value_field(spec, "name")), verdict->name);
}

/* The resources that an expected result speaks of; all of them when it names none that is there. */
static struct verdicts choose(struct test_case *test, const struct value *expected, struct verdicts all)
{
	const struct value *names = value_field(expected, "resources");
	struct verdicts chosen = { NULL, 0 };
	size_t capacity = 0;

	if (!names)
		return all;
	for (VALUE_EACH(name, names))
		for (size_t i = 0; i < all.count; i++)
			if (is_named(&all.items[i], value_str(name)))
				*ARENA_PUSH(test->arena, chosen.items, chosen.count, capacity) = all.items[i];
	for (VALUE_EACH(spec, value_field(expected, "resourceSpecs")))
		for (size_t i = 0; i < all.count; i++)
			if (is_specified(test, &all.items[i], spec))
				*ARENA_PUSH(test->arena, chosen.items, chosen.count, capacity) = all.items[i];
	return chosen.count ? chosen : all;
}

static bool is_rule(struct str wanted, struct str rule)
{
	static const struct str prefixes[] = { { "autogen-cronjob-", 16 }, { "autogen-", 8 } };

	if (wanted.n == 0 || str_equal(wanted, rule))
		return true;
	for (size_t i = 0; i < 2; i++)
		if (str_starts_with(rule, prefixes[i]) && str_equal(str_skip(rule, prefixes[i].n), wanted))
			return true;
	return false;
}

/* "apps/v1/Deployment/default/web"; of a payload the file: "/payload.json", or (as they are found by path) its base name. */
static struct str resource_text(struct test_case *test, const struct verdict *verdict)
{
	size_t slash = str_rfind_char(verdict->name, '/');

	if (verdict->payload == PAYLOAD_NONE)
		return str_format(test->results, STR_FMT "/" STR_FMT "/" STR_FMT "/" STR_FMT, STR_ARG(verdict->api_version),
				  STR_ARG(verdict->kind), STR_ARG(verdict->namespace), STR_ARG(verdict->name));
	if (verdict->payload == PAYLOAD_JSON)
		return str_format(test->results, "%s" STR_FMT, slash == STR_NOT_FOUND ? "/" : "", STR_ARG(verdict->name));
	return str_dup(test->results, slash == STR_NOT_FOUND ? verdict->name : str_skip(verdict->name, slash + 1));
}

static void add_row(struct test_case *test, const struct value *expected, const struct verdict *verdict, struct str rule,
		    bool pass, struct str reason, struct str message)
{
	*ARENA_PUSH(test->results, test->rows->items, test->rows->count, test->rows->capacity) = (struct test_row){
		.directory = test->directory,
		.policy = str_dup(test->results, value_str(value_field(expected, "policy"))),
		.rule = str_dup(test->results, rule),
		.resource = resource_text(test, verdict),
		.pass = pass,
		.reason = str_dup(test->results, reason),
		.message = str_dup(test->results, message),
	};
}

/* Only Kyverno's classic policies have rules that a test can name. */
static bool is_ruleless(struct str policy_kind)
{
	return policy_kind.n && !str_is(policy_kind, "ClusterPolicy") && !str_is(policy_kind, "Policy");
}

/* Does a policy that matches nothing still respond? Kyverno tells what is excluded from what it knows nothing of. */
static bool responds(const struct policy *policy, const struct verdict *verdict)
{
	return !policy->silent && (verdict->payload == PAYLOAD_NONE || (policy->payloads >> verdict->payload & 1));
}

static void compare(struct test_case *test, const struct value *expected, struct str policy, const struct verdict *verdict)
{
	struct str rule = value_str(value_field(expected, "rule")), want = value_str(value_field(expected, "result"));
	const struct str *unusable = map_get(&test->unusable, policy);
	size_t before = test->rows->count;
	bool excluded = false;

	for (size_t i = 0; i < verdict->results.count; i++) {
		const struct result *result = &verdict->results.items[i];
		bool warns = result->unscored && result->outcome == OUTCOME_FAIL;
		struct str got = str_of(outcome_names[warns ? OUTCOME_WARN : result->outcome]);
		bool same = str_equal(got, want);

		if (!str_equal(result->policy, policy) ||
		    !(is_ruleless(result->policy_kind) || is_rule(rule, result->rule)))
			continue;
		add_row(test, expected, verdict, result->rule, same,
			same ? STR("Ok") : str_format(test->arena, "Want " STR_FMT ", got " STR_FMT, STR_ARG(want), STR_ARG(got)),
			result->message);
	}
	if (test->rows->count > before)
		return;
	for (size_t i = 0; i < policy_set_count(test->set); i++)
		excluded |= str_equal(policy_set_at(test->set, i)->name, policy) &&
			    responds(policy_set_at(test->set, i), verdict);
	if (excluded)
		add_row(test, expected, verdict, rule, !test->strict, STR("Excluded"), STR("Excluded"));
	else if (unusable)
		add_row(test, expected, verdict, rule, false, STR("Policy error"), *unusable);
	else
		add_row(test, expected, verdict, rule, false, STR("Not found"), STR("Not found"));
}

/* What biro cannot compare yet must fail, not pass unseen. */
static const char *unsupported(const struct value *expected)
{
	static const char *const keys[] = { "patchedResources", "generatedResource", "generatedResources", "cloneSourceResource" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (value_get(expected, str_of(keys[i])))
			return keys[i];
	return NULL;
}

static int compare_all(struct test_case *test, struct error **err)
{
	struct verdicts by_operation[5] = { 0 };        /* the last without one */
	bool judged[5] = { false };

	for (VALUE_EACH(expected, value_field(test->test, "results"))) {
		struct str policy = value_str(value_field(expected, "policy")), namespace, name;
		struct str wanted = value_str(value_field(expected, "operation"));
		enum operation operation = test->operation;
		const char *key = unsupported(expected);
		struct verdicts chosen;
		size_t run = 4;

		if (wanted.n && !operation_parse(wanted, &operation))
			return error_set_at(err, ERROR_INVALID, value_place(value_field(expected, "operation")),
					    "operation must be CREATE, UPDATE or DELETE, not \"" STR_FMT "\"", STR_ARG(wanted));
		if (str_cut(policy, '/', &namespace, &name))
			policy = name;
		if (wanted.n)
			run = operation;
		if (!judged[run]) {
			by_operation[run] = judge_all(test, operation, wanted.n > 0);
			judged[run] = true;
		}
		chosen = choose(test, expected, by_operation[run]);
		for (size_t i = 0; i < chosen.count; i++) {
			if (key)
				add_row(test, expected, &chosen.items[i], value_str(value_field(expected, "rule")), false,
					STR("Not supported yet"), str_format(test->arena, "%s cannot be compared yet", key));
			else
				compare(test, expected, policy, &chosen.items[i]);
		}
	}
	return 0;
}

/* -- a file ------------------------------------------------------------------------------------------------------- */

static int run(struct arena *results, struct str directory, const struct value *root, bool strict, struct test_rows *rows,
	       struct error **err)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct test_case test = {
		.arena = arena, .results = results, .directory = directory, .test = root, .strict = strict, .rows = rows,
		.set = policy_set_create(),
	};
	int status;

	map_init(&test.unusable, arena);
	status = load(&test, err);
	if (status >= 0)
		status = compare_all(&test, err);
	policy_set_destroy(test.set);
	return status;
}

int test_file_run(struct arena *arena, const char *path, bool strict, struct test_rows *rows, struct error **err)
{
	_cleanup_(arena_destroyp) struct arena *file_arena = arena_create();
	struct documents *documents = documents_open(&path, 1, &decode_limits_default);
	struct document document;
	struct str name = str_of(path);
	size_t slash = str_rfind_char(name, '/');
	struct str directory = slash == STR_NOT_FOUND ? STR(".") : str_dup(arena, str_slice(name, 0, slash));
	int status;

	while ((status = documents_next(documents, &document, err)) > 0) {
		const struct value *root = document_decode(file_arena, &document, &decode_limits_default, NULL, err);

		if (!root || run(arena, directory, root, strict, rows, err) < 0) {
			status = -1;
			break;
		}
	}
	documents_close(documents);
	return status < 0 ? -1 : 0;
}
