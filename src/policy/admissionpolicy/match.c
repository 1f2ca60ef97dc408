/*
 * Which requests a policy or binding is about.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/policy/matching and plugin/webhook/predicates.
 */
#include "kube/selector.h"
#include "policy/admissionpolicy/engine.h"

enum scope { SCOPE_ALL, SCOPE_CLUSTER, SCOPE_NAMESPACED };
#define OPERATION_ALL 15u

struct resource_pattern {
	struct str resource, subresource;
};

struct resource_rule {
	const struct value *groups, *versions, *names;
	struct resource_pattern *resources;
	size_t resource_count;
	unsigned operations;
	enum scope scope;
};

struct resource_rules {
	struct resource_rule *items;
	size_t count, capacity;
};

struct admission_match {
	struct resource_rules rules, excluded;
	const struct selector *namespace_selector, *object_selector; /* NULL: everything */
	bool equivalent;
};

/* Versions of one resource that a default API server 1.36 serves side by side. */
static const struct {
	const char *group, *version, *resource, *kind;
	int family;
} equivalents[] = {
	{ "autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", 1 },
	{ "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", 1 },
	{ "", "v1", "events", "Event", 2 },
	{ "events.k8s.io", "v1", "events", "Event", 2 },
};

/* -- compiling ----------------------------------------------------------------------------------------------------- */

static int compile_operations(const struct value *list, unsigned *out, struct error **err)
{
	for (VALUE_EACH(item, list)) {
		enum operation operation;

		if (str_is(value_str(item), "*"))
			*out |= OPERATION_ALL;
		else if (operation_parse(value_str(item), &operation))
			*out |= 1u << operation;
		else
			return error_set_at(err, ERROR_INVALID, value_place(item),
					    "operation \"" STR_FMT "\" is none of *, CREATE, UPDATE, DELETE, CONNECT",
					    STR_ARG(value_str(item)));
	}
	return 0;
}

static int compile_scope(const struct value *v, enum scope *out, struct error **err)
{
	struct str scope = value_str(v);

	if (value_is_null(v) || str_is(scope, "*"))
		*out = SCOPE_ALL;
	else if (str_is(scope, "Cluster"))
		*out = SCOPE_CLUSTER;
	else if (str_is(scope, "Namespaced"))
		*out = SCOPE_NAMESPACED;
	else
		return error_set_at(err, ERROR_INVALID, value_place(v),
				    "scope \"" STR_FMT "\" is none of *, Cluster, Namespaced", STR_ARG(scope));
	return 0;
}

static int compile_rules(struct arena *arena, const struct value *list, struct resource_rules *rules,
			 struct error **err)
{
	for (VALUE_EACH(item, list)) {
		const struct value *resources = value_field(item, "resources");
		struct resource_rule *rule = ARENA_PUSH(arena, rules->items, rules->count, rules->capacity);

		*rule = (struct resource_rule){
			.groups = value_field(item, "apiGroups"),
			.versions = value_field(item, "apiVersions"),
			.names = value_field(item, "resourceNames"),
			.resources = arena_array(arena, value_count(resources), sizeof(struct resource_pattern)),
		};
		for (VALUE_EACH(resource, resources)) {
			struct resource_pattern *pattern = &rule->resources[rule->resource_count++];

			pattern->subresource = STR("");
			str_cut(value_str(resource), '/', &pattern->resource, &pattern->subresource);
		}
		if (compile_operations(value_field(item, "operations"), &rule->operations, err) < 0 ||
		    compile_scope(value_field(item, "scope"), &rule->scope, err) < 0)
			return -1;
	}
	return 0;
}

static int compile_selector(struct arena *arena, const struct value *match, struct str name,
			    const struct selector **out, struct error **err)
{
	const struct value *v = value_get(match, name);

	if (value_count(value_field(v, "matchLabels")) == 0 && value_count(value_field(v, "matchExpressions")) == 0)
		return 0;
	*out = selector_compile(arena, v, err);
	return *out ? 0 : error_wrap(err, STR_FMT, STR_ARG(name));
}

const struct admission_match *admission_match_compile(struct arena *arena, const struct value *match,
						      struct error **err)
{
	struct admission_match *out = ARENA_NEW(arena, struct admission_match);

	out->equivalent = !str_is(value_str(value_field(match, "matchPolicy")), "Exact");
	if (compile_rules(arena, value_field(match, "resourceRules"), &out->rules, err) < 0 ||
	    compile_rules(arena, value_field(match, "excludeResourceRules"), &out->excluded, err) < 0 ||
	    compile_selector(arena, match, STR("namespaceSelector"), &out->namespace_selector, err) < 0 ||
	    compile_selector(arena, match, STR("objectSelector"), &out->object_selector, err) < 0)
		return NULL;
	return out;
}

/* -- the index ----------------------------------------------------------------------------------------------------- */

struct kinds {
	struct arena *arena;
	struct kind_pattern *items;
	size_t count, capacity;
};

static bool lists(const struct value *list, struct str wanted)
{
	for (VALUE_EACH(item, list))
		if (str_is(value_str(item), "*") || str_equal(value_str(item), wanted))
			return true;
	return false;
}

/* False when other kinds than those found may be meant, too. */
static bool add_kinds(struct kinds *kinds, const struct resource_rule *rule, const struct resource_pattern *pattern)
{
	const struct known_kind *known;
	bool found = false;

	/* Requests for most subresources are of kinds of their own (PodExecOptions, Eviction, Scale). */
	if (str_is(pattern->resource, "*") || (pattern->subresource.n && !str_is(pattern->subresource, "status")))
		return false;
	for (size_t i = 0; (known = known_kind_at(i)); i++) {
		if (!str_equal(pattern->resource, str_of(known->resource)) ||
		    !lists(rule->groups, str_of(known->group)))
			continue;
		*ARENA_PUSH(kinds->arena, kinds->items, kinds->count, kinds->capacity) =
			(struct kind_pattern){ str_of(known->group), STR("*"), str_of(known->kind), STR("*") };
		found = true;
	}
	return found;
}

const struct kind_pattern *admission_match_kinds(struct arena *arena, const struct admission_match *match,
						 size_t *count)
{
	struct kinds kinds = { .arena = arena };

	*count = 0;
	for (size_t i = 0; match && i < match->rules.count; i++)
		for (size_t j = 0; j < match->rules.items[i].resource_count; j++)
			if (!add_kinds(&kinds, &match->rules.items[i], &match->rules.items[i].resources[j]))
				return NULL;
	*count = kinds.count;
	return kinds.items;
}

/* -- matching ------------------------------------------------------------------------------------------------------ */

struct str admission_namespace(const struct review *review)
{
	const struct known_kind *known;

	if (str_is(review->resource.resource, "namespaces") && !review->resource.group.n)
		return review->name;
	known = known_kind_find(review->kind.group, review->kind.kind);
	return known && !known->namespaced ? STR("") : review->namespace;
}

static const struct value *named_labels(const struct value *values, struct str namespace)
{
	for (VALUE_EACH(entry, value_field(values, "namespaceSelector")))
		if (str_equal(value_str(value_field(entry, "name")), namespace))
			return value_field(entry, "labels") ? value_field(entry, "labels") : &value_empty_object;
	for (VALUE_EACH(entry, value_field(values, "namespaces")))
		if (str_equal(object_name(entry), namespace))
			return object_labels(entry) ? object_labels(entry) : &value_empty_object;
	return NULL;
}

/* Every Namespace has the label with its name: the API server sets it. */
static const struct value *with_name_label(struct arena *arena, const struct value *labels, struct str namespace)
{
	struct object_builder builder = { 0 };
	struct value *name;

	if (value_field(labels, "kubernetes.io/metadata.name"))
		return labels;
	name = arena_alloc(arena, sizeof(*name));
	*name = value_make_str(namespace);
	object_start_from(arena, &builder, labels);
	object_put(arena, &builder, STR("kubernetes.io/metadata.name"), name);
	return object_finish(arena, &builder);
}

static const struct value *find_namespace_labels(struct review *review)
{
	struct str namespace = admission_namespace(review);
	const struct lookup *lookup = review->lookup;
	const struct value *labels, *object = NULL;

	if (str_is(review->resource.resource, "namespaces") && !review->subresource.n &&
	    review->operation != OPERATION_DELETE)
		return with_name_label(review->arena, object_labels(review->object), namespace);
	labels = lookup ? named_labels(lookup->values, namespace) : NULL;
	if (labels)
		return labels;
	if (lookup)
		object = store_get(lookup->store, STR(""), STR("Namespace"), STR(""), namespace);
	if (!object && review->only_object)
		return &value_empty_object;
	if (!object && str_is(review->kind.kind, "Namespace"))
		object = review->old_object;
	return with_name_label(review->arena, object_labels(object), namespace);
}

const struct value *admission_namespace_labels(struct review *review)
{
	struct admission_shared *shared = admission_shared_of(review);

	if (!shared->has_namespace_labels) {
		shared->namespace_labels = find_namespace_labels(review);
		shared->has_namespace_labels = true;
	}
	return shared->namespace_labels;
}

static bool namespace_selected(const struct admission_match *match, struct review *review)
{
	if (!match->namespace_selector)
		return true;
	/* Cluster-scoped objects are never left out by it. */
	if (!admission_namespace(review).n && !str_is(review->resource.resource, "namespaces"))
		return true;
	return selector_matches(match->namespace_selector, admission_namespace_labels(review));
}

static bool object_selected(const struct admission_match *match, const struct review *review)
{
	if (!match->object_selector)
		return true;
	return (review->object && selector_matches(match->object_selector, object_labels(review->object))) ||
	       (review->old_object && selector_matches(match->object_selector, object_labels(review->old_object)));
}

static bool scope_fits(const struct resource_rule *rule, const struct review *review, const struct gvr *resource)
{
	bool cluster;

	if (rule->scope == SCOPE_ALL)
		return true;
	cluster = !admission_namespace(review).n || (str_is(resource->resource, "namespaces") && !resource->group.n);
	return (rule->scope == SCOPE_CLUSTER) == cluster;
}

static bool name_fits(const struct resource_rule *rule, const struct review *review)
{
	if (value_count(rule->names) == 0)
		return true;
	for (VALUE_EACH(item, rule->names))
		if (str_equal(value_str(item), review->name))
			return true;
	return false;
}

static bool rule_fits(const struct resource_rule *rule, const struct review *review, const struct gvr *resource)
{
	if (!(rule->operations & 1u << review->operation) || !scope_fits(rule, review, resource) ||
	    !lists(rule->groups, resource->group) || !lists(rule->versions, resource->version))
		return false;
	for (size_t i = 0; i < rule->resource_count; i++) {
		const struct resource_pattern *pattern = &rule->resources[i];

		if ((str_is(pattern->resource, "*") || str_equal(pattern->resource, resource->resource)) &&
		    (str_is(pattern->subresource, "*") || str_equal(pattern->subresource, review->subresource)))
			return name_fits(rule, review);
	}
	return false;
}

static bool rules_fit(const struct resource_rules *rules, const struct review *review, const struct gvr *resource)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rule_fits(&rules->items[i], review, resource))
			return true;
	return false;
}

/* The rules in order, each against the other versions of the resource. */
static bool equivalent_fits(const struct resource_rules *rules, struct review *review,
			    const struct admission_matched *others, size_t count, struct admission_matched *as)
{
	for (size_t i = 0; i < rules->count; i++)
		for (size_t j = 0; j < count; j++)
			if (rule_fits(&rules->items[i], review, &others[j].resource)) {
				*as = others[j];
				return true;
			}
	return false;
}

static void add_versions_of_crd(struct review *review, struct admission_matched *others, size_t *count, size_t capacity)
{
	struct str name = str_format(review->arena, STR_FMT "." STR_FMT, STR_ARG(review->resource.resource),
				     STR_ARG(review->resource.group));
	const struct value *crd = store_get(review->lookup->store, STR("apiextensions.k8s.io"),
					    STR("CustomResourceDefinition"), STR(""), name);

	for (VALUE_EACH(item, value_path(crd, "spec", "versions"))) {
		struct str version = value_str(value_field(item, "name"));

		if (*count < capacity && value_bool(value_field(item, "served"), false) &&
		    !str_equal(version, review->resource.version))
			others[(*count)++] = (struct admission_matched){
				.kind = { review->kind.group, version, review->kind.kind },
				.resource = { review->resource.group, version, review->resource.resource },
			};
	}
}

#define VERSIONS_MAX 16

static size_t find_equivalents(struct review *review, struct admission_matched *others)
{
	const struct gvr *own = &review->resource;
	size_t count = 0;
	int family = 0;

	for (size_t i = 0; i < sizeof(equivalents) / sizeof(*equivalents); i++)
		if (str_equal(own->resource, str_of(equivalents[i].resource)) &&
		    str_equal(own->group, str_of(equivalents[i].group)) &&
		    str_equal(own->version, str_of(equivalents[i].version)))
			family = equivalents[i].family;
	for (size_t i = 0; family && i < sizeof(equivalents) / sizeof(*equivalents); i++)
		if (equivalents[i].family == family && !(str_equal(own->group, str_of(equivalents[i].group)) &&
							 str_equal(own->version, str_of(equivalents[i].version))))
			others[count++] = (struct admission_matched){
				.kind = { str_of(equivalents[i].group), str_of(equivalents[i].version),
					  str_of(equivalents[i].kind) },
				.resource = { str_of(equivalents[i].group), str_of(equivalents[i].version),
					      str_of(equivalents[i].resource) },
			};
	if (!family && own->group.n && review->lookup && review->lookup->store &&
	    !known_kind_find(own->group, review->kind.kind))
		add_versions_of_crd(review, others, &count, VERSIONS_MAX);
	return count;
}

bool admission_match_find(const struct admission_match *match, struct review *review, struct admission_matched *as)
{
	struct admission_matched others[VERSIONS_MAX], own = { review->kind, review->resource };
	size_t count;

	if (as)
		*as = own;
	if (!match)
		return true;
	if (!object_selected(match, review) || rules_fit(&match->excluded, review, &review->resource))
		return false;
	if (match->rules.count == 0 || rules_fit(&match->rules, review, &review->resource)) {
		if (match->equivalent && match->excluded.count) {
			count = find_equivalents(review, others);
			if (equivalent_fits(&match->excluded, review, others, count, &own))
				return false;
		}
		return namespace_selected(match, review);
	}
	if (!match->equivalent)
		return false;
	count = find_equivalents(review, others);
	if (equivalent_fits(&match->excluded, review, others, count, &own) ||
	    !equivalent_fits(&match->rules, review, others, count, as ? as : &own))
		return false;
	return namespace_selected(match, review);
}

bool admission_match_review(const struct admission_match *match, struct review *review)
{
	return admission_match_find(match, review, NULL);
}
