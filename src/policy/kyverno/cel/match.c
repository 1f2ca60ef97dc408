/*
 * matchConstraints: which requests a policy is about.
 *
 * Semantics: Kyverno v1.19 pkg/cel/matching, which is Kubernetes' matching of admission policies without matchPolicy: a
 * rule means the versions that it names, no others.
 */
#include "kube/selector.h"
#include "policy/kyverno/cel/policy.h"

struct resource_rule {
	const struct value *groups, *versions, *resources, *operations, *names;
	struct str scope;
};

struct resource_match {
	struct resource_rule *rules, *excluded;
	size_t rule_count, excluded_count;
	const struct selector *namespaces, *objects; /* NULL: everything */
};

/* -- compiling ----------------------------------------------------------------------------------------------------- */

static int selector_load(struct arena *arena, const struct value *constraints, const char *field,
			 const struct selector **out, struct error **err)
{
	const struct value *selector = value_get(constraints, str_of(field));

	if (!value_count(value_field(selector, "matchLabels")) &&
	    !value_count(value_field(selector, "matchExpressions")))
		return 0;
	*out = selector_compile(arena, selector, err);
	if (*out)
		return 0;
	if (err && *err)
		error_locate(*err, value_place(selector));
	return error_wrap(err, "spec.matchConstraints.%s", field);
}

static struct resource_rule *rules_load(struct arena *arena, const struct value *list, size_t *count)
{
	struct resource_rule *rules = arena_array(arena, value_count(list), sizeof(*rules));

	for (VALUE_EACH(item, list))
		rules[(*count)++] = (struct resource_rule){
			.groups = value_field(item, "apiGroups"),
			.versions = value_field(item, "apiVersions"),
			.resources = value_field(item, "resources"),
			.operations = value_field(item, "operations"),
			.names = value_field(item, "resourceNames"),
			.scope = value_str(value_field(item, "scope")),
		};
	return rules;
}

const struct resource_match *resource_match_compile(struct arena *arena, const struct value *constraints,
						    struct error **err)
{
	struct resource_match *match = ARENA_NEW(arena, struct resource_match);

	if (selector_load(arena, constraints, "namespaceSelector", &match->namespaces, err) < 0 ||
	    selector_load(arena, constraints, "objectSelector", &match->objects, err) < 0)
		return NULL;
	match->rules = rules_load(arena, value_field(constraints, "resourceRules"), &match->rule_count);
	match->excluded = rules_load(arena, value_field(constraints, "excludeResourceRules"), &match->excluded_count);
	return match;
}

bool resource_match_is_simple(const struct resource_match *match)
{
	return match && !match->namespaces && !match->objects && !match->excluded_count && match->rule_count == 1 &&
	       value_count(match->rules[0].names) == 0;
}

/* -- matching ------------------------------------------------------------------------------------------------------ */

static bool lists(const struct value *list, struct str wanted)
{
	for (VALUE_EACH(item, list))
		if (str_is(value_str(item), "*") || str_equal(value_str(item), wanted))
			return true;
	return false;
}

static bool lists_resource(const struct value *list, struct str resource, struct str subresource)
{
	for (VALUE_EACH(item, list)) {
		struct str head, rest = STR("");

		if (!str_cut(value_str(item), '/', &head, &rest))
			rest = STR("");
		if ((str_is(head, "*") || str_equal(head, resource)) &&
		    (str_is(rest, "*") || str_equal(rest, subresource)))
			return true;
	}
	return false;
}

static bool scope_holds(struct str scope, const struct admitted *admitted)
{
	bool cluster = !admitted->namespace.n || str_is(admitted->resource.resource, "namespaces");

	if (!scope.n || str_is(scope, "*"))
		return true;
	return str_is(scope, "Cluster") ? cluster : str_is(scope, "Namespaced") && !cluster;
}

/* An object that will get its name from the API server is known by the beginning of it. */
static bool name_holds(const struct value *names, const struct admitted *admitted)
{
	struct str generated = object_generate_name(admitted->object);

	for (VALUE_EACH(item, names)) {
		if (admitted->name.n ? str_equal(value_str(item), admitted->name)
				     : str_starts_with(generated, value_str(item)))
			return true;
	}
	return value_count(names) == 0;
}

static bool rules_hold(const struct resource_rule *rules, size_t count, const struct admitted *admitted,
		       struct str subresource, bool any_operation)
{
	for (size_t i = 0; i < count; i++) {
		const struct resource_rule *rule = &rules[i];

		if (lists_resource(rule->resources, admitted->resource.resource, subresource) &&
		    lists(rule->groups, admitted->resource.group) &&
		    lists(rule->versions, admitted->resource.version) &&
		    (any_operation || lists(rule->operations, str_of(operation_names[admitted->operation]))) &&
		    scope_holds(rule->scope, admitted) && name_holds(rule->names, admitted))
			return true;
	}
	return false;
}

static bool namespace_holds(const struct resource_match *match, const struct admitted *admitted, struct shared *shared,
			    struct review *review)
{
	if (!match->namespaces || (!admitted->namespace.n && !str_is(admitted->resource.resource, "namespaces")))
		return true;
	return selector_matches(match->namespaces, namespace_labels_of(shared, review));
}

bool resource_match_holds(const struct resource_match *match, const struct admitted *admitted, struct shared *shared,
			  struct review *review, bool any_operation)
{
	if (match->rule_count &&
	    !rules_hold(match->rules, match->rule_count, admitted, review->subresource, any_operation))
		return false;
	if (match->excluded_count &&
	    rules_hold(match->excluded, match->excluded_count, admitted, review->subresource, false))
		return false;
	/* An object that is not there counts as one without labels. */
	if (match->objects && !selector_matches(match->objects, object_labels(admitted->object)) &&
	    !selector_matches(match->objects, object_labels(admitted->old_object)))
		return false;
	return namespace_holds(match, admitted, shared, review);
}

/* -- the index ----------------------------------------------------------------------------------------------------- */

static bool has_pattern(const struct value *list)
{
	for (VALUE_EACH(item, list))
		if (str_contains(value_str(item), STR("*")))
			return true;
	return false;
}

/* The kind that a built-in resource is of; NULL when it is not known: also for what has a kind of its own
 * ("deployments/scale"). */
static const char *kind_of_resource(struct str group, struct str resource)
{
	const struct known_kind *known;
	struct str name, rest;

	if (str_cut(resource, '/', &name, &rest) && !str_is(rest, "status") && !str_is(rest, "ephemeralcontainers"))
		return NULL;
	known = known_resource_find(group, name);
	return known ? known->kind : NULL;
}

bool resource_match_kinds(struct arena *arena, const struct resource_match *match, struct kind_pattern **kinds,
			  size_t *count, size_t *capacity)
{
	if (!match->rule_count)
		return false;
	for (size_t i = 0; i < match->rule_count; i++) {
		const struct resource_rule *rule = &match->rules[i];

		if (has_pattern(rule->groups) || has_pattern(rule->resources))
			return false;
		for (VALUE_EACH(group, rule->groups))
			for (VALUE_EACH(resource, rule->resources)) {
				const char *kind = kind_of_resource(value_str(group), value_str(resource));

				if (!kind)
					return false;
				*ARENA_PUSH(arena, *kinds, *count, *capacity) = (struct kind_pattern){
					value_str(group),
					STR("*"),
					str_of(kind),
					STR("*"),
				};
			}
	}
	return true;
}
