/*
 * API calls to a cluster that is at hand as a store, for `biro test` with clusterResources.
 *
 * Semantics: Kyverno v1.19 pkg/engine/apicall and pkg/clients/dclient (RawAbsPath of the fake client).
 */
#include <stdlib.h>

#include "policy/kyverno/context.h"
#include "policy/kyverno/functions.h"

/* /api/VERSION[/namespaces/NAMESPACE]/RESOURCE[/NAME] or /apis/GROUP/… */
struct api_path {
	struct str group, version, namespace, resource, name;
};

#define PARTS_MAX 8

static bool path_parse(struct str path, struct api_path *out)
{
	struct str parts[PARTS_MAX] = { 0 }, rest = str_starts_with(path, STR("/")) ? str_skip(path, 1) : path;
	size_t count = 0, at;
	bool more = true;

	*out = (struct api_path){ 0 };
	while (more && count < PARTS_MAX)
		more = str_cut(rest, '/', &parts[count++], &rest);
	if (count >= 2 && str_is(parts[0], "api"))
		at = 1;
	else if (count >= 3 && str_is(parts[0], "apis"))
		at = 2;
	else
		return false;
	out->group = at == 2 ? parts[1] : STR("");
	out->version = parts[at++];
	/* Kyverno's: a lone namespace is not an object. */
	if (at + 1 < count && str_is(parts[at], "namespaces")) {
		out->namespace = parts[at + 1];
		at += 2;
	}
	out->resource = at < count ? parts[at] : STR("");
	out->name = at + 1 < count ? parts[at + 1] : STR("");
	return out->resource.n > 0;
}

static int by_name(const void *a, const void *b)
{
	const struct value *x = *(const struct value *const *)a, *y = *(const struct value *const *)b;
	int order = str_compare(object_namespace(x), object_namespace(y));

	return order ? order : str_compare(object_name(x), object_name(y));
}

static const struct value *list_of(const struct store *store, struct arena *arena, const struct api_path *path,
				   struct str kind)
{
	struct str api_version = gvk_api_version(arena, (struct gvk){ path->group, path->version, kind });
	struct object_builder list = { 0 }, metadata = { 0 };
	struct array_builder items = { 0 };
	size_t count, all;
	const struct value **objects = store_list(store, arena, path->group, kind, path->namespace, &count);

	store_list(store, arena, path->group, kind, STR(""), &all);
	if (count)
		qsort(objects, count, sizeof(*objects), by_name);
	for (size_t i = 0; i < count; i++)
		array_add(arena, &items, objects[i]);
	object_put(arena, &metadata, STR("continue"), value_of_str(arena, STR("")));
	object_put(arena, &metadata, STR("resourceVersion"), value_of_str(arena, str_format(arena, "%zu", all + 1)));
	object_put(arena, &list, STR("apiVersion"), value_of_str(arena, api_version));
	object_put(arena, &list, STR("kind"), value_of_str(arena, str_concat(arena, kind, STR("List"))));
	object_put(arena, &list, STR("metadata"), object_finish(arena, &metadata));
	object_put(arena, &list, STR("items"), array_finish(arena, &items));
	return object_finish(arena, &list);
}

static int not_found(const struct store *store, struct arena *arena, const struct api_path *path, struct str kind,
		     struct error **err)
{
	static const char *const known[] = { "configmaps", "endpoints", "namespaces", "resourcequotas", "secrets",
					     "serviceaccounts", "daemonsets", "deployments", "statefulsets" };
	struct str api_version = gvk_api_version(arena, (struct gvk){ path->group, path->version, kind });
	bool named = false;
	size_t count;

	/* Kyverno's fake client has no name for a resource of which it has seen none. */
	store_list(store, arena, path->group, kind, STR(""), &count);
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		named |= str_equal(path->resource, str_of(known[i]));
	named |= count > 0;
	return error_set(err, ERROR_NOT_FOUND,
			 "failed to get resource " STR_FMT "/" STR_FMT "/" STR_FMT ": " STR_FMT "%s" STR_FMT " \"" STR_FMT
			 "\" not found",
			 STR_ARG(api_version), STR_ARG(kind), STR_ARG(path->name), STR_ARG(named ? path->resource : STR("")),
			 named && path->group.n ? "." : "", STR_ARG(named ? path->group : STR("")), STR_ARG(path->name));
}

/* What the API server would answer; NULL and *err. */
static const struct value *ask(struct context *context, struct str method, struct str url, struct error **err)
{
	const struct store *store = context->review->lookup->store;
	struct arena *arena = context->arena;
	const struct value *object;
	struct api_path path;
	struct str kind;

	if (!str_is(method, "GET")) {
		error_set(err, ERROR_UNSUPPORTED, "method " STR_FMT " is not supported without a cluster", STR_ARG(method));
		return NULL;
	}
	if (!path_parse(url, &path)) {
		error_set(err, ERROR_INVALID, "failed to parse path: " STR_FMT,
			  STR_ARG(str_starts_with(url, STR("/")) ? str_skip(url, 1) : url));
		return NULL;
	}
	kind = store_kind_of(store, arena, path.group, path.resource);
	if (!path.name.n)
		return list_of(store, arena, &path, kind);
	object = store_get(store, path.group, kind, path.namespace, path.name);
	if (!object)
		not_found(store, arena, &path, kind, err);
	return object;
}

/* A namespaced policy may look into its own namespace only. */
static int namespace_check(struct context *context, struct str url, struct error **err)
{
	const struct kyverno_policy *policy = context->rule->policy;
	size_t at = str_find(url, STR("/namespaces/"), 4);
	struct str namespace, rest;

	if (!policy->namespaced)
		return 0;
	if ((!str_starts_with(url, STR("/api/")) && !str_starts_with(url, STR("/apis/"))) || at == STR_NOT_FOUND)
		return error_set(err, ERROR_INVALID,
				 "path " STR_FMT " does not contain a namespace segment, which is required for namespaced "
				 "policies", STR_ARG(url));
	str_cut(str_skip(url, at + strlen("/namespaces/")), '/', &namespace, &rest);
	if (str_equal(namespace, policy->namespace))
		return 0;
	return error_set(err, ERROR_INVALID,
			 "path " STR_FMT " refers to namespace " STR_FMT
			 ", which is different from the policy namespace " STR_FMT,
			 STR_ARG(url), STR_ARG(namespace), STR_ARG(policy->namespace));
}

/* The answer, or (with *is_default) what stands for it when there is none; NULL and *err. */
static const struct value *fetch(struct context *context, const struct context_entry *entry, const struct value *call,
				 bool *is_default, struct error **err)
{
	const struct value *fallback = value_field(template_tree(entry->call), "default"), *answer = NULL;
	struct str url = value_str(value_field(call, "urlPath")), method = value_str(value_field(call, "method"));

	if (!method.n)
		method = STR("GET");
	if (namespace_check(context, url, err) < 0)
		return NULL;
	if (url.n)
		answer = ask(context, method, url, err);
	else
		error_set(err, ERROR_UNSUPPORTED, "services cannot be called");
	if (answer)
		return answer;
	*is_default = !value_is_null(fallback);
	if (!*is_default) {
		error_wrap(err, "failed to " STR_FMT " resource with raw url: " STR_FMT, STR_ARG(method), STR_ARG(url));
		return NULL;
	}
	if (err && *err) {
		error_free(*err);
		*err = NULL;
	}
	return fallback;
}

static int apply(struct context *context, const struct context_entry *entry, struct str text, const struct value **value,
		 struct error **err)
{
	const struct jmespath *program =
		jmespath_compile(context->arena, text, &kyverno_library, (struct place){ 0 }, err);

	if (program && jmespath_evaluate(program, &context->shared->jmespath, *value, value, err) == JMESPATH_OK)
		return 0;
	error_wrap(err, "failed to apply JMESPath " STR_FMT " for context entry " STR_FMT, STR_ARG(text), STR_ARG(entry->name));
	return error_wrap(err, "failed to store data for APICall");
}

int context_call_cluster(struct context *context, struct loader *loader, struct error **err)
{
	const struct context_entry *entry = loader->entry;
	const struct value *call, *value;
	bool is_default = false;
	struct str path;

	if (context_render(context, entry->call, &call, err) != JMESPATH_OK) {
		error_wrap(err, "failed to substitute variables in context entry " STR_FMT " " STR_FMT, STR_ARG(entry->name),
			   STR_ARG(value_str(value_field(template_tree(entry->call), "urlPath"))));
		return error_wrap(err, "failed to fetch data for APICall");
	}
	value = fetch(context, entry, call, &is_default, err);
	if (!value)
		return error_wrap(err, "failed to fetch data for APICall");
	path = value_str(value_field(call, "jmesPath"));
	if (path.n && !is_default && apply(context, entry, path, &value, err) < 0)
		return -1;
	context_merge(context, entry->name, value_as_floats(context->arena, value));
	loader->loaded = true;
	return 0;
}
