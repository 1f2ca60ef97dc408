/*
 * resource and generator: objects of the cluster, and objects to make. Objects come from a test's context file, where
 * namespaces and labels are taken as Kyverno's command line takes them, and then from the inputs.
 */
#include "kube/kind.h"
#include "kube/store.h"
#include "policy/kyverno/cel/library.h"

/* -- types -------------------------------------------------------------------------------------------------------- */

static const struct cel_type resource_type = { .kind = CEL_TYPE_OPAQUE, .name = { "resource.Context", 16 } };
const struct cel_class resource_class = { .type = &resource_type };
static const struct cel_type generator_type = { .kind = CEL_TYPE_OPAQUE, .name = { "generator.Context", 17 } };
const struct cel_class generator_class = { .type = &generator_type };

static const struct cel_type gvr_type = { .kind = CEL_TYPE_OPAQUE, .name = { "schema.GroupVersionResource", 27 } };

static bool gvr_equal(const struct cel_value *a, const struct cel_value *b)
{
	const struct gvr *x = a->u.object, *y = b->u.object;

	return str_equal(x->group, y->group) && str_equal(x->version, y->version) &&
	       str_equal(x->resource, y->resource);
}

static const struct cel_class gvr_class = { .type = &gvr_type, .equal = gvr_equal };

/* -- what is asked for -------------------------------------------------------------------------------------------- */

struct query {
	struct gvr resource;
	struct str api_version, namespace, name;        /* name is empty for a list */
	const struct cel_value *labels;                 /* a map; NULL: any */
};

static bool read_text(const struct cel_value *v, struct str *out)
{
	*out = v->kind == CEL_STRING ? cel_str(v) : STR_NULL;
	return v->kind == CEL_STRING;
}

/* apiVersion and resource, or a GVR: the number of arguments taken; 0: neither. */
static size_t read_resource(struct cel_run *run, const struct cel_value *arguments, struct query *query)
{
	if (arguments[0].kind == CEL_OBJECT && arguments[0].of.class == &gvr_class) {
		query->resource = *(const struct gvr *)arguments[0].u.object;
		query->api_version = gvk_api_version(
			run->arena, (struct gvk){ query->resource.group, query->resource.version, STR_NULL });
		return 1;
	}
	if (!read_text(&arguments[0], &query->api_version) || !read_text(&arguments[1], &query->resource.resource))
		return 0;
	gvk_split_api_version(query->api_version, &query->resource.group, &query->resource.version);
	return 2;
}

/* Behind the receiver: the resource, the namespace unless the policy has one, and what else the function takes. */
static size_t read_query(struct cel_run *run, const struct cel_value *arguments, bool namespaced, struct query *query)
{
	size_t n;

	*query = (struct query){ 0 };
	n = read_resource(run, arguments + 1, query);
	if (n == 0)
		return 0;
	if (!namespaced)
		return read_text(&arguments[n + 1], &query->namespace) ? n + 2 : 0;
	query->namespace = context_of(run) ? context_of(run)->policy_namespace : STR_NULL;
	return n + 1;
}

static struct str group_resource(struct cel_run *run, const struct query *query)
{
	struct gvr resource = query->resource;

	if (resource.group.n == 0)
		return resource.resource;
	return str_format(run->arena, STR_FMT "." STR_FMT, STR_ARG(resource.resource), STR_ARG(resource.group));
}

/* -- a test's context file ---------------------------------------------------------------------------------------- */

static const struct value *mocked_objects(struct cel_run *run)
{
	return value_path(context_values(run, STR("context")), "spec", "resources");
}

static bool is_of_resource(struct cel_run *run, const struct value *object, const struct query *query)
{
	struct gvk kind = gvk_of(object);

	return str_equal(kind.group, query->resource.group) && str_equal(kind.version, query->resource.version) &&
	       str_equal(resource_of_kind(run->arena, kind.group, kind.kind), query->resource.resource);
}

static const struct value *mocked_object(struct cel_run *run, const struct query *query)
{
	const struct value *found = NULL;

	for (VALUE_EACH(object, mocked_objects(run)))
		if (is_of_resource(run, object, query) && str_equal(object_namespace(object), query->namespace) &&
		    str_equal(object_name(object), query->name))
			found = object;
	return found;
}

/* True when the file has objects of this resource at all; labels are not looked at. */
static bool mocked_list(struct cel_run *run, const struct query *query, struct array_builder *items)
{
	bool known = false;

	for (VALUE_EACH(object, mocked_objects(run))) {
		if (!is_of_resource(run, object, query))
			continue;
		known = true;
		if (str_equal(object_namespace(object), query->namespace))
			array_add(run->arena, items, object);
	}
	return known;
}

/* -- the inputs --------------------------------------------------------------------------------------------------- */

static const struct store *store_of(struct cel_run *run)
{
	const struct kyverno_cel_context *context = context_of(run);

	return context && context->lookup ? context->lookup->store : NULL;
}

static struct str kind_of(struct cel_run *run, const struct query *query)
{
	const struct known_kind *known = known_resource_find(query->resource.group, query->resource.resource);

	if (known)
		return str_of(known->kind);
	return store_kind_of(store_of(run), run->arena, query->resource.group, query->resource.resource);
}

static bool has_labels(const struct value *object, const struct cel_value *wanted)
{
	const struct value *labels = object_labels(object);

	for (size_t i = 0; wanted && i < cel_map_count(wanted); i++) {
		struct cel_value key, value;

		cel_entry_at(wanted, i, &key, &value);
		if (!str_equal(value_str(value_get(labels, cel_str(&key))), cel_str(&value)) ||
		    !value_get(labels, cel_str(&key)))
			return false;
	}
	return true;
}

static bool stored_list(struct cel_run *run, const struct query *query, struct array_builder *items)
{
	const struct store *store = store_of(run);
	const struct value **objects;
	size_t count, found = 0;

	if (!store)
		return false;
	objects = store_list(store, run->arena, query->resource.group, kind_of(run, query), query->namespace, &count);
	for (size_t i = 0; i < count; i++) {
		if (!has_labels(objects[i], query->labels))
			continue;
		array_add(run->arena, items, objects[i]);
		found++;
	}
	return found > 0 || count > 0;
}

/* -- resource ----------------------------------------------------------------------------------------------------- */

static struct cel_value get(struct cel_run *run, const struct query *query)
{
	const struct value *object = mocked_object(run, query);
	const struct store *store = store_of(run);

	if (!object && store)
		object = store_get(store, query->resource.group, kind_of(run, query), query->namespace, query->name);
	if (object)
		return cel_of_data(object);
	if (context_is_whole(run))
		return cel_of_null();
	return cel_fail(run, "failed to get resource: " STR_FMT " \"" STR_FMT "\" is not among the inputs",
			STR_ARG(group_resource(run, query)), STR_ARG(query->name));
}

static struct cel_value list(struct cel_run *run, const struct query *query)
{
	struct array_builder items = { 0 };
	struct object_builder object = { 0 };
	bool known = mocked_list(run, query, &items);

	known |= stored_list(run, query, &items);
	if (!known && !context_is_whole(run))
		return cel_fail(run, "failed to list resource: no " STR_FMT " are among the inputs",
				STR_ARG(group_resource(run, query)));
	/* Kyverno's command line refuses to list what it has not heard of. */
	if (!known && !store_of(run))
		return cel_fail(run, "failed to list resource: " STR_FMT " resource not found",
				STR_ARG(group_resource(run, query)));
	object_put(run->arena, &object, STR("items"), array_finish(run->arena, &items));
	return cel_of_data(object_finish(run->arena, &object));
}

static struct cel_value do_list(struct cel_run *run, const struct cel_value *arguments, size_t count, bool namespaced)
{
	struct query query;
	size_t n = read_query(run, arguments, namespaced, &query);

	if (n == 0 || n > count)
		return cel_no_overload(run);
	if (n < count)
		query.labels = &arguments[n];
	return list(run, &query);
}

static struct cel_value do_get(struct cel_run *run, const struct cel_value *arguments, size_t count, bool namespaced)
{
	struct query query;
	size_t n = read_query(run, arguments, namespaced, &query);

	if (n == 0 || n >= count || !read_text(&arguments[n], &query.name))
		return cel_no_overload(run);
	return get(run, &query);
}

static BODY(resource_list)
{
	return do_list(run, arguments, count, false);
}

static BODY(resource_get)
{
	return do_get(run, arguments, count, false);
}

static BODY(namespaced_list)
{
	return do_list(run, arguments, count, true);
}

static BODY(namespaced_get)
{
	return do_get(run, arguments, count, true);
}

static BODY(resource_post)
{
	struct query query;

	if (!read_resource(run, arguments + 1, &query))
		return cel_no_overload(run);
	return cel_fail(run, "failed to create resource: nothing is made in a cluster here (" STR_FMT ")",
			STR_ARG(group_resource(run, &query)));
}

static BODY(resource_gvr)
{
	struct gvr *gvr = ARENA_NEW(run->arena, struct gvr);
	struct str api_version, kind;

	if (!read_text(&arguments[1], &api_version) || !read_text(&arguments[2], &kind))
		return cel_no_overload(run);
	gvk_split_api_version(api_version, &gvr->group, &gvr->version);
	gvr->resource = resource_of_kind(run->arena, gvr->group, kind);
	return cel_of_object(&gvr_class, gvr);
}

#define RECEIVER "resource.Context"
#define GVR "schema.GroupVersionResource"
#define LABELS "map(string, string)"
#define OBJECT "map(string, any)"
#define LIST(parameters, body) \
	BOTH("List", "list", .signature = RECEIVER ".(" parameters ") -> " OBJECT, .evaluate = body, \
	     .flags = CEL_IMPURE, .note = "objects of a resource, under items")
#define GET(parameters, body) \
	BOTH("Get", "get", .signature = RECEIVER ".(" parameters ") -> " OBJECT, .evaluate = body, \
	     .flags = CEL_IMPURE, .note = "one object; null when there is none")
#define POST(parameters) \
	BOTH("Post", "post", .signature = RECEIVER ".(" parameters ") -> " OBJECT, .evaluate = resource_post, \
	     .flags = CEL_IMPURE, .note = "makes an object and gives what became of it")
#define TO_GVR \
	BOTH("ToGVR", "toGVR", .signature = RECEIVER ".(string, string) -> " GVR, .evaluate = resource_gvr, \
	     .note = "the resource of an apiVersion and kind")

static const struct cel_function resource_functions[] = {
	LIST("string, string, string", resource_list),
	LIST("string, string, string, " LABELS, resource_list),
	LIST(GVR ", string", resource_list),
	LIST(GVR ", string, " LABELS, resource_list),
	GET("string, string, string, string", resource_get),
	GET(GVR ", string, string", resource_get),
	POST("string, string, string, " OBJECT),
	POST("string, string, " OBJECT),
	TO_GVR,
	{ .name = NULL },
};
static const struct cel_function namespaced_resource_functions[] = {
	LIST("string, string", namespaced_list),
	LIST("string, string, " LABELS, namespaced_list),
	LIST(GVR, namespaced_list),
	LIST(GVR ", " LABELS, namespaced_list),
	GET("string, string, string", namespaced_get),
	GET(GVR ", string", namespaced_get),
	POST("string, string, " OBJECT),
	TO_GVR,
	{ .name = NULL },
};

const struct cel_library kyverno_resource_library = { .name = "kyverno.resource", .functions = resource_functions };
const struct cel_library kyverno_namespaced_resource_library = {
	.name = "kyverno.resource", .functions = namespaced_resource_functions,
};

/* -- generator ---------------------------------------------------------------------------------------------------- */

/* With metadata.namespace set, or without when it is empty. */
static const struct value *in_namespace(struct arena *arena, const struct value *object, struct str namespace)
{
	struct object_builder whole = { 0 }, metadata = { 0 };

	object_start_from(arena, &metadata, value_field(object, "metadata"));
	if (namespace.n)
		object_put(arena, &metadata, STR("namespace"), value_of_str(arena, namespace));
	else
		object_remove(&metadata, STR("namespace"));
	object_start_from(arena, &whole, object);
	object_put(arena, &whole, STR("metadata"), object_finish(arena, &metadata));
	return object_finish(arena, &whole);
}

static struct cel_value generate(struct cel_run *run, struct str namespace, const struct cel_value *objects)
{
	struct kyverno_cel_context *context = context_of(run);
	struct error *error = NULL;
	const struct value *data;

	if (objects->kind != CEL_LIST)
		return cel_no_overload(run);
	if (!context)
		return cel_fail(run, "failed to generate resources: there is nothing to generate for");
	data = cel_to_data(run->arena, objects, &error);
	if (!data)
		return fail_with(run, "invalid arg: ", error);
	for (VALUE_EACH(object, data)) {
		const struct value *items = value_field(object, "items");

		if (!value_is(object, VALUE_OBJECT))
			return cel_fail(run, "failed to generate resources: an object is a map, not %s",
					value_type_name(object));
		if (!value_is(items, VALUE_ARRAY))
			array_add(run->arena, &context->generated, in_namespace(run->arena, object, namespace));
		for (VALUE_EACH(item, items))
			array_add(run->arena, &context->generated, in_namespace(run->arena, item, namespace));
	}
	return cel_of_bool(true);
}

static BODY(generator_apply)
{
	if (arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	return generate(run, cel_str(&arguments[1]), &arguments[2]);
}

static BODY(namespaced_apply)
{
	return generate(run, context_of(run) ? context_of(run)->policy_namespace : STR_NULL, &arguments[1]);
}

static const struct cel_function generator_functions[] = {
	BOTH("Apply", "apply", .signature = "generator.Context.(string, list(map(string, any))) -> bool",
	     .evaluate = generator_apply, .flags = CEL_IMPURE, .note = "makes objects in a namespace"),
	{ .name = NULL },
};
static const struct cel_function namespaced_generator_functions[] = {
	BOTH("Apply", "apply", .signature = "generator.Context.(list(map(string, any))) -> bool",
	     .evaluate = namespaced_apply, .flags = CEL_IMPURE, .note = "makes objects in the policy's namespace"),
	{ .name = NULL },
};

const struct cel_library kyverno_generator_library = { .name = "kyverno.generator", .functions = generator_functions };
const struct cel_library kyverno_namespaced_generator_library = {
	.name = "kyverno.generator", .functions = namespaced_generator_functions,
};
