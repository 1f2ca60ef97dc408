/*
 * The params of a binding, from the objects at hand.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/policy/generic/policy_dispatcher.go (CollectParams).
 */
#include "kube/selector.h"
#include "policy/admissionpolicy/engine.h"

enum scope { SCOPE_UNKNOWN, SCOPE_CLUSTER, SCOPE_NAMESPACED };

static const struct store *store_of(const struct review *review)
{
	return review->lookup ? review->lookup->store : NULL;
}

/* The CustomResourceDefinition of a kind, when it is at hand. */
static const struct value *crd_of(struct review *review, struct gvk kind)
{
	size_t count;
	const struct value **crds = store_list(store_of(review), review->arena, STR("apiextensions.k8s.io"),
					       STR("CustomResourceDefinition"), STR(""), &count);

	for (size_t i = 0; i < count; i++)
		if (str_equal(value_str(value_path(crds[i], "spec", "group")), kind.group) &&
		    str_equal(value_str(value_path(crds[i], "spec", "names", "kind")), kind.kind))
			return crds[i];
	return NULL;
}

static enum scope scope_of(struct review *review, struct gvk kind)
{
	const struct known_kind *known = known_kind_find(kind.group, kind.kind);
	const struct value *crd, **objects;
	size_t count;

	if (known)
		return known->namespaced ? SCOPE_NAMESPACED : SCOPE_CLUSTER;
	crd = crd_of(review, kind);
	if (crd)
		return str_is(value_str(value_path(crd, "spec", "scope")), "Cluster") ? SCOPE_CLUSTER
										      : SCOPE_NAMESPACED;
	objects = store_list(store_of(review), review->arena, kind.group, kind.kind, STR(""), &count);
	for (size_t i = 0; i < count; i++)
		if (object_namespace(objects[i]).n)
			return SCOPE_NAMESPACED;
	return count ? SCOPE_CLUSTER : SCOPE_UNKNOWN;
}

static void fail(struct admission_params *out, struct str error)
{
	out->count = 0;
	out->error = error;
}

struct str admission_params_problem(const struct admission_policy *policy, struct review *review)
{
	const struct gvk *kind = &policy->param_kind;

	if (!kind->kind.n || review->only_object || scope_of(review, *kind) != SCOPE_UNKNOWN)
		return STR("");
	return str_format(review->arena,
			  "failed to find resource referenced by paramKind: '" STR_FMT "/" STR_FMT ", Kind=" STR_FMT
			  "'",
			  STR_ARG(kind->group), STR_ARG(kind->version), STR_ARG(kind->kind));
}

/* All objects of the kind in the namespace that the selector (if any) selects. */
static void select_params(const struct admission_policy *policy, const struct selector *selector, struct review *review,
			  struct str namespace, struct admission_params *out)
{
	size_t count;

	out->items = store_list(store_of(review), review->arena, policy->param_kind.group, policy->param_kind.kind,
				namespace, &count);
	out->count = 0;
	for (size_t i = 0; i < count; i++)
		if (!selector || selector_matches(selector, object_labels(out->items[i])))
			out->items[out->count++] = out->items[i];
}

static void no_params(struct review *review, struct admission_params *out)
{
	out->items = arena_zalloc(review->arena, sizeof(*out->items));
	out->count = 1;
}

/* Where params are looked for; false: that is an error. */
static bool find_namespace(const struct value *reference, enum scope scope, struct review *review,
			   struct str *namespace, struct admission_params *out)
{
	*namespace = value_str(value_field(reference, "namespace"));
	if (scope == SCOPE_CLUSTER) {
		if (namespace->n)
			fail(out, STR("paramRef.namespace must not be provided for a cluster-scoped `paramKind`"));
		return !namespace->n;
	}
	if (!namespace->n)
		*namespace = admission_namespace(review);
	if (!namespace->n)
		fail(out,
		     STR("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources"));
	return namespace->n > 0;
}

/*
 * As Kyverno's command line has them: of any namespace unless one is given and no name; those selected together, as one
 * list; none is null.
 *
 * Semantics: Kyverno v1.19 pkg/admissionpolicy (processVAPWithoutClient, matchesSelector).
 */
static void collect_for_test(const struct admission_policy *policy, const struct admission_binding *binding,
			     struct review *review, struct admission_params *out)
{
	struct str name = value_str(value_field(binding->param_ref, "name"));
	struct str namespace = value_str(value_field(binding->param_ref, "namespace"));
	struct array_builder items = { 0 };
	struct object_builder list = { 0 };
	const struct value *found = NULL;

	select_params(policy, binding->param_selector, review, STR(""), out);
	for (size_t i = 0; i < out->count; i++) {
		const struct value *object = out->items[i];

		if (binding->param_selector)
			array_add(review->arena, &items, object);
		else if (!found && (name.n ? str_equal(object_name(object), name)
					   : namespace.n && str_equal(object_namespace(object), namespace)))
			found = object;
	}
	no_params(review, out);
	if (items.count) {
		object_put(review->arena, &list, STR("items"), array_finish(review->arena, &items));
		found = object_finish(review->arena, &list);
	}
	out->items[0] = found;
}

void admission_params_collect(const struct admission_policy *policy, const struct admission_binding *binding,
			      struct review *review, struct admission_params *out)
{
	const struct value *reference = binding ? binding->param_ref : NULL, *object;
	struct str namespace, name = value_str(value_field(reference, "name"));

	*out = (struct admission_params){ 0 };
	if (!policy->param_kind.kind.n || !reference) {
		no_params(review, out);
		return;
	}
	if (review->only_object) {
		collect_for_test(policy, binding, review, out);
		return;
	}
	if (!find_namespace(reference, scope_of(review, policy->param_kind), review, &namespace, out))
		return;
	if (name.n) {
		object =
			store_get(store_of(review), policy->param_kind.group, policy->param_kind.kind, namespace, name);
		out->items = arena_copy(review->arena, &object, sizeof(object));
		out->count = object != NULL;
	} else {
		select_params(policy, binding->param_selector, review, namespace, out);
	}
	if (out->count == 0 && str_is(value_str(value_field(reference, "parameterNotFoundAction")), "Deny"))
		fail(out, STR("no params found for policy binding with `Deny` parameterNotFoundAction"));
}
