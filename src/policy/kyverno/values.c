/*
 * What a values file says: variables, labels of namespaces, subresources, answers to API calls.
 *
 * Semantics: Kyverno v1.19 cmd/cli/kubectl-kyverno/{variables,store,apis/v1alpha1}.
 */
#include "policy/kyverno/context.h"

#include "policy/kyverno/functions.h"

#define MERGE_DEPTH_MAX 512

static void put_all(struct arena *arena, struct object_builder *builder, const struct value *from)
{
	for (MEMBER_EACH(m, from))
		object_put(arena, builder, value_str(&m->key), &m->value);
}

static bool named(const struct value *entry, struct str name)
{
	return str_equal(value_str(value_field(entry, "name")), name);
}

bool values_are_per_policy(const struct value *values)
{
	for (VALUE_EACH(policy, value_field(values, "policies")))
		if (value_count(value_field(policy, "resources")))
			return true;
	return false;
}

const struct value *values_for_policy(struct arena *arena, const struct value *values, const struct value *set,
				      struct str policy, struct str resource)
{
	struct object_builder builder = { 0 };

	put_all(arena, &builder, value_field(values, "globalValues"));
	for (VALUE_EACH(entry, value_field(values, "policies"))) {
		if (!named(entry, policy))
			continue;
		for (VALUE_EACH(item, value_field(entry, "resources")))
			if (named(item, resource))
				put_all(arena, &builder, value_field(item, "values"));
	}
	put_all(arena, &builder, set);
	return builder.count ? object_finish(arena, &builder) : NULL;
}

const struct value *values_for_rule(const struct value *values, struct str policy, struct str rule)
{
	struct str bare = rule, cron_job = STR_NULL;

	if (str_starts_with(rule, STR("autogen-")))
		bare = str_skip(rule, 8);
	if (str_starts_with(rule, STR("autogen-cronjob-")))
		cron_job = str_skip(rule, 16);
	for (VALUE_EACH(entry, value_field(values, "policies"))) {
		if (!named(entry, policy))
			continue;
		for (VALUE_EACH(item, value_field(entry, "rules")))
			if (named(item, rule) || named(item, bare) || (cron_job.n && named(item, cron_job)))
				return item;
	}
	return NULL;
}

const struct value *values_namespace_labels(const struct lookup *lookup, struct str namespace)
{
	const struct value *labels = NULL, *object;
	bool found = false;

	if (!lookup)
		return NULL;
	for (VALUE_EACH(entry, value_field(lookup->values, "namespaceSelector")))
		if (named(entry, namespace)) {
			labels = value_field(entry, "labels");
			found = true;
		}
	for (VALUE_EACH(entry, value_field(lookup->values, "namespaces")))
		if (str_equal(object_name(entry), namespace)) {
			labels = object_labels(entry);
			found = true;
		}
	if (found || !lookup->store || !namespace.n)
		return labels;
	object = store_get(lookup->store, STR(""), STR("Namespace"), STR(""), namespace);
	return object ? object_labels(object) : NULL;
}

const struct value *value_merge(struct arena *arena, const struct value *into, const struct value *from, int depth)
{
	struct object_builder builder = { 0 };

	if (!value_is(into, VALUE_OBJECT) || !value_is(from, VALUE_OBJECT) || depth > MERGE_DEPTH_MAX)
		return from;
	object_start_from(arena, &builder, into);
	for (MEMBER_EACH(m, from)) {
		const struct value *old = value_get(into, value_str(&m->key));

		object_put(arena, &builder, value_str(&m->key), value_merge(arena, old, &m->value, depth + 1));
	}
	return object_finish(arena, &builder);
}

/* The last part of a dotted name, which may be quoted: a."b.c".d. Cuts it off *name. */
static struct str last_field(struct str *name)
{
	struct str field;
	size_t at;

	if (name->n > 1 && name->p[name->n - 1] == '"') {
		at = str_rfind_char(str_slice(*name, 0, name->n - 1), '"');
		if (at != STR_NOT_FOUND && (at == 0 || name->p[at - 1] == '.')) {
			field = str_slice(*name, at + 1, name->n - 1);
			*name = str_slice(*name, 0, at ? at - 1 : 0);
			return field;
		}
	}
	at = str_rfind_char(*name, '.');
	if (at == STR_NOT_FOUND) {
		field = *name;
		*name = STR_NULL;
		return field;
	}
	field = str_skip(*name, at + 1);
	*name = str_slice(*name, 0, at);
	return field;
}

const struct value *values_set(struct arena *arena, const struct value *into, struct str name,
			       const struct value *value)
{
	int depth = 0;

	do {
		struct object_builder builder = { 0 };

		object_put(arena, &builder, last_field(&name), value);
		value = object_finish(arena, &builder);
	} while (name.n && ++depth < MERGE_DEPTH_MAX);
	return value_merge(arena, into, value, 0);
}


static bool method_is(struct str given, struct str method)
{
	given = str_trim(given);
	return str_equal_fold(given, method);
}

/* The later of two entries for the same call wins; one with the method before one for any. */
const struct value *values_call_response(const struct value *values, struct str method, struct str url)
{
	const struct value *exact = NULL, *any = NULL;

	for (VALUE_EACH(entry, value_field(values, "apiCallResponses"))) {
		struct str address = str_trim(value_str(value_field(entry, "url")));
		struct str wanted = str_trim(value_str(value_field(entry, "method")));

		if (!address.n)
			address = str_trim(value_str(value_field(entry, "urlPath")));
		if (!str_equal(address, url))
			continue;
		if (!wanted.n)
			any = value_field(entry, "response");
		else if (method_is(wanted, method))
			exact = value_field(entry, "response");
	}
	return exact ? exact : any;
}

const struct value *values_global_entry(const struct value *values, struct str name)
{
	const struct value *found = NULL;

	for (VALUE_EACH(entry, value_field(values, "globalContextEntries")))
		if (named(entry, name))
			found = entry;
	return found;
}

static bool is_resource(const struct value *api_resource, struct gvk kind)
{
	return str_equal(value_str(value_field(api_resource, "group")), kind.group) &&
	       str_equal(value_str(value_field(api_resource, "version")), kind.version) &&
	       str_equal(value_str(value_field(api_resource, "kind")), kind.kind);
}

void values_map_subresource(struct review *review)
{
	const struct value *values = review->lookup ? review->lookup->values : NULL;

	for (VALUE_EACH(entry, value_field(values, "subresources"))) {
		const struct value *parent = value_field(entry, "parentResource"),
				   *sub = value_field(entry, "subresource");
		struct str head, rest;

		if (!is_resource(sub, review->kind))
			continue;
		review->kind = (struct gvk){ value_str(value_field(parent, "group")),
					     value_str(value_field(parent, "version")),
					     value_str(value_field(parent, "kind")) };
		if (str_cut(value_str(value_field(sub, "name")), '/', &head, &rest))
			review->subresource = rest;
	}
}
