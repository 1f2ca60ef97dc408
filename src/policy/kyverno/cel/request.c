/*
 * The request of a review as expressions see it, made once for all policies.
 *
 * Semantics: Kyverno v1.19 pkg/cel/engine/request.go, pkg/cel/policies/vpol/compiler/eval.go and what its command line
 * takes for the request (cmd/cli/kubectl-kyverno/processor/operation.go). There, an object that the operation does not
 * have is an empty object, not null; only in `request` it is null.
 */
#include "policy/kyverno/cel/policy.h"

static enum operation operation_of(const struct review *review)
{
	const struct value *values = review->lookup ? review->lookup->values : NULL;
	enum operation operation = review->operation;

	if (!review->operation_given && !review->old_object)
		operation_parse(value_str(value_get(value_field(values, "globalValues"), STR("request.operation"))),
				&operation);
	return operation == OPERATION_CONNECT && !review->operation_given ? OPERATION_CREATE : operation;
}

static void admitted_init(struct admitted *admitted, const struct review *review)
{
	const struct value *subject = review_subject(review);

	*admitted = (struct admitted){
		.operation = operation_of(review),
		.kind = review->kind,
		.resource = review->resource,
		.name = review->name,
		.namespace = review->namespace,
		.object = review->object,
		.old_object = review->old_object,
	};
	if (admitted->operation == review->operation)
		return;
	/* A values file wants another operation than the one that the review was made for. */
	admitted->object = admitted->operation == OPERATION_DELETE ? NULL : subject;
	admitted->old_object = admitted->operation == OPERATION_CREATE ? NULL : subject;
}

struct shared *shared_of_review(struct review *review, size_t index)
{
	struct shared *shared = review->scratch[index];

	if (shared && shared->subject == review_subject(review))
		return shared;
	if (!shared)
		review->scratch[index] = shared = ARENA_NEW(review->arena, struct shared);
	shared->subject = review_subject(review);
	admitted_init(&shared->admitted, review);
	return shared;
}

/* -- the namespace ------------------------------------------------------------------------------------------------- */

static const struct value *named(const struct value *list, struct str name, bool is_object)
{
	for (VALUE_EACH(item, list))
		if (str_equal(is_object ? object_name(item) : value_str(value_field(item, "name")), name))
			return item;
	return NULL;
}

static const struct value *namespace_make(struct arena *arena, struct str name, const struct value *labels)
{
	struct object_builder root = { 0 }, metadata = { 0 };

	object_put(arena, &metadata, STR("name"), value_of_str(arena, name));
	if (labels)
		object_put(arena, &metadata, STR("labels"), labels);
	object_put(arena, &root, STR("apiVersion"), value_of_str(arena, STR("v1")));
	object_put(arena, &root, STR("kind"), value_of_str(arena, STR("Namespace")));
	object_put(arena, &root, STR("metadata"), object_finish(arena, &metadata));
	object_put(arena, &root, STR("spec"), &value_empty_object);
	object_put(arena, &root, STR("status"), &value_empty_object);
	return object_finish(arena, &root);
}

/* Nothing is known of it but its name, and the label that the API server gives to every namespace. */
static const struct value *namespace_by_name(struct arena *arena, struct str name)
{
	struct object_builder labels = { 0 };

	object_put(arena, &labels, STR("kubernetes.io/metadata.name"), value_of_str(arena, name));
	return namespace_make(arena, name, object_finish(arena, &labels));
}

static const struct value *namespace_find(struct review *review, struct str name)
{
	const struct lookup *lookup = review->lookup;
	const struct value *values = lookup ? lookup->values : NULL, *found;

	found = named(value_field(values, "namespaces"), name, true);
	if (found)
		return found;
	found = named(value_field(values, "namespaceSelector"), name, false);
	if (found)
		return namespace_make(review->arena, name, value_field(found, "labels"));
	found = lookup ? store_get(lookup->store, STR(""), STR("Namespace"), STR(""), name) : NULL;
	return found ? found : namespace_by_name(review->arena, name);
}

const struct value *namespace_object_of(struct shared *shared, struct review *review)
{
	if (!shared->namespace_made) {
		shared->namespace_made = true;
		if (shared->admitted.namespace.n)
			shared->namespace_object = namespace_find(review, shared->admitted.namespace);
	}
	return shared->namespace_object;
}

const struct value *namespace_labels_of(struct shared *shared, struct review *review)
{
	const struct admitted *admitted = &shared->admitted;

	/* A Namespace that is made or changed is known best from the request. */
	if (str_is(admitted->resource.resource, "namespaces") && admitted->operation != OPERATION_DELETE)
		return object_labels(admitted->object);
	return object_labels(namespace_object_of(shared, review));
}

/* -- request ------------------------------------------------------------------------------------------------------- */

static void put_str(struct arena *arena, struct object_builder *builder, const char *key, struct str text)
{
	object_put(arena, builder, str_of(key), value_of_str(arena, text));
}

static const struct value *kind_of(struct arena *arena, struct gvk kind)
{
	struct object_builder builder = { 0 };

	put_str(arena, &builder, "group", kind.group);
	put_str(arena, &builder, "version", kind.version);
	put_str(arena, &builder, "kind", kind.kind);
	return object_finish(arena, &builder);
}

static const struct value *resource_of(struct arena *arena, struct gvr resource)
{
	struct object_builder builder = { 0 };

	put_str(arena, &builder, "group", resource.group);
	put_str(arena, &builder, "version", resource.version);
	put_str(arena, &builder, "resource", resource.resource);
	return object_finish(arena, &builder);
}

/* Objects go through JSON here, where a whole number is an integer. NULL puts null. */
static void put_object(struct arena *arena, struct object_builder *builder, const char *key, const struct value *object)
{
	object_put(arena, builder, str_of(key), object ? value_as_ints(arena, object) : NULL);
}

const struct value *request_of(struct admitted *admitted, struct review *review)
{
	struct object_builder builder = { 0 };
	struct arena *arena = review->arena;
	const struct value *kind, *resource;

	if (admitted->request)
		return admitted->request;
	kind = kind_of(arena, admitted->kind);
	resource = resource_of(arena, admitted->resource);
	put_str(arena, &builder, "uid", STR(""));
	object_put(arena, &builder, STR("kind"), kind);
	object_put(arena, &builder, STR("resource"), resource);
	if (review->subresource.n)
		put_str(arena, &builder, "subResource", review->subresource);
	object_put(arena, &builder, STR("requestKind"), kind);
	object_put(arena, &builder, STR("requestResource"), resource);
	if (review->subresource.n)
		put_str(arena, &builder, "requestSubResource", review->subresource);
	if (admitted->name.n)
		put_str(arena, &builder, "name", admitted->name);
	if (admitted->namespace.n)
		put_str(arena, &builder, "namespace", admitted->namespace);
	put_str(arena, &builder, "operation", str_of(operation_names[admitted->operation]));
	object_put(arena, &builder, STR("userInfo"), review->user ? review->user : &value_empty_object);
	put_object(arena, &builder, "object", admitted->object);
	put_object(arena, &builder, "oldObject", admitted->old_object);
	object_put(arena, &builder, STR("dryRun"), value_of_bool(review->dry_run));
	object_put(arena, &builder, STR("options"), review->options);
	admitted->request = object_finish(arena, &builder);
	return admitted->request;
}
