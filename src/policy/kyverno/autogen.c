/*
 * Rules for Pods, rewritten for the controllers that make Pods.
 *
 * Semantics: Kyverno v1.19 pkg/autogen/v1. Kyverno generates rules per kind of resource; here one rule serves all
 * controllers with a template and one CronJobs, and the gate of a rule (engine.h) says which resources see it.
 */
#include "policy/kyverno/engine.h"

#define RULE_NAME_MAX 63
#define REWRITE_DEPTH_MAX 600

static const char *const default_controllers[] = {
	"DaemonSet", "Deployment", "Job", "StatefulSet", "ReplicaSet", "ReplicationController", "CronJob",
};

static const struct { const char *kind, *full; } full_kinds[] = {
	{ "DaemonSet", "apps/v1/DaemonSet" },
	{ "Deployment", "apps/v1/Deployment" },
	{ "Job", "batch/v1/Job" },
	{ "StatefulSet", "apps/v1/StatefulSet" },
	{ "ReplicaSet", "apps/v1/ReplicaSet" },
	{ "ReplicationController", "v1/ReplicationController" },
	{ "CronJob", "batch/v1/CronJob" },
	{ "Pod", "v1/Pod" },
};

bool autogen_is_generated_name(struct str name)
{
	return str_starts_with(name, STR("autogen-"));
}

/* -- may rules be generated? --------------------------------------------------------------------------------------- */

/* The kind part of "group/version/Kind/subresource", as ContainsKind reads it. */
static bool contains_kind(const struct value *kinds, struct str wanted)
{
	for (VALUE_EACH(item, kinds)) {
		struct str text = value_str(item);
		struct kind_pattern kind = kind_pattern_parse(NULL, text);

		if (str_equal(kind.kind, wanted) && !str_is(text, "*/*"))
			return true;
	}
	return false;
}

static bool is_pod_kind(struct str kind)
{
	for (size_t i = 0; i < sizeof(full_kinds) / sizeof(*full_kinds); i++)
		if (str_equal(kind, str_of(full_kinds[i].kind)))
			return true;
	return false;
}

static bool description_allows(const struct value *resources, bool *needed)
{
	const struct value *kinds = value_field(resources, "kinds");

	if (value_str(value_field(resources, "name")).n || value_count(value_field(resources, "names")) ||
	    !value_is_null(value_field(resources, "selector")) || !value_is_null(value_field(resources, "annotations")))
		return false;
	if (value_count(kinds) > 1 && contains_kind(kinds, STR("Pod")))
		return false;
	for (VALUE_EACH(kind, kinds))
		*needed |= is_pod_kind(value_str(kind));
	return true;
}

static bool block_allows(const struct value *block, bool *needed)
{
	if (!description_allows(value_field(block, "resources"), needed))
		return false;
	for (VALUE_EACH(filter, value_field(block, "any")))
		if (!description_allows(value_field(filter, "resources"), needed))
			return false;
	for (VALUE_EACH(filter, value_field(block, "all")))
		if (!description_allows(value_field(filter, "resources"), needed))
			return false;
	return true;
}

static bool rule_allows(const struct value *rule, bool *needed)
{
	const struct value *mutate = value_field(rule, "mutate");

	if (value_count(value_field(rule, "generate")))
		return false;
	if (value_str(value_field(mutate, "patchesJson6902")).n)
		return false;
	for (VALUE_EACH(foreach, value_field(mutate, "foreach")))
		if (value_str(value_field(foreach, "patchesJson6902")).n)
			return false;
	return block_allows(value_field(rule, "match"), needed) && block_allows(value_field(rule, "exclude"), needed);
}

static bool policy_allows(const struct value *policy)
{
	bool needed = false;

	for (VALUE_EACH(rule, value_path(policy, "spec", "rules")))
		if (!rule_allows(rule, &needed))
			return false;
	return needed;
}

bool autogen_controllers(struct arena *arena, const struct value *policy, const struct str **controllers, size_t *count)
{
	const struct value *chosen =
		value_field(object_annotations(policy), "pod-policies.kyverno.io/autogen-controllers");
	struct str *names = NULL, head, rest;
	size_t n = 0, capacity = 0;

	*count = 0;
	if (!policy_allows(policy))
		return false;
	if (chosen) {
		rest = value_str(chosen);
		for (bool more = true; more;) {
			more = str_cut(rest, ',', &head, &rest);
			if (!str_is(head, "none"))
				*ARENA_PUSH(arena, names, n, capacity) = head;
		}
	} else {
		for (size_t i = 0; i < sizeof(default_controllers) / sizeof(*default_controllers); i++)
			*ARENA_PUSH(arena, names, n, capacity) = str_of(default_controllers[i]);
	}
	*controllers = names;
	*count = n;
	return n > 0;
}

/* -- rewriting ----------------------------------------------------------------------------------------------------- */

struct replacement {
	struct str from, to;
};

static const struct replacement template_texts[] = {
	{ STR("request.object.spec"), STR("request.object.spec.template.spec") },
	{ STR("request.oldObject.spec"), STR("request.oldObject.spec.template.spec") },
	{ STR("request.object.metadata"), STR("request.object.spec.template.metadata") },
	{ STR("request.oldObject.metadata"), STR("request.oldObject.spec.template.metadata") },
};
static const struct replacement cron_job_texts[] = {
	{ STR("request.object.spec"), STR("request.object.spec.jobTemplate.spec.template.spec") },
	{ STR("request.oldObject.spec"), STR("request.oldObject.spec.jobTemplate.spec.template.spec") },
	{ STR("request.object.metadata"), STR("request.object.spec.jobTemplate.spec.template.metadata") },
	{ STR("request.oldObject.metadata"), STR("request.oldObject.spec.jobTemplate.spec.template.metadata") },
};

/* CEL names objects without `request.`, too. */
static const struct replacement cel_template_texts[] = {
	{ STR("object.spec"), STR("object.spec.template.spec") },
	{ STR("oldObject.spec"), STR("oldObject.spec.template.spec") },
	{ STR("object.metadata"), STR("object.spec.template.metadata") },
	{ STR("oldObject.metadata"), STR("oldObject.spec.template.metadata") },
};
static const struct replacement cel_cron_job_texts[] = {
	{ STR("object.spec"), STR("object.spec.jobTemplate.spec.template.spec") },
	{ STR("oldObject.spec"), STR("oldObject.spec.jobTemplate.spec.template.spec") },
	{ STR("object.metadata"), STR("object.spec.jobTemplate.spec.template.metadata") },
	{ STR("oldObject.metadata"), STR("oldObject.spec.jobTemplate.spec.template.metadata") },
};

/* By whether the rule is one of CEL, and whether it is for CronJobs; four texts each. */
static const struct replacement *const replacements[2][2] = {
	{ template_texts, cron_job_texts },
	{ cel_template_texts, cel_cron_job_texts },
};

static struct str text_rewrite(struct arena *arena, struct str text, const struct replacement *texts)
{
	if (!str_contains(text, STR("bject.")))
		return text;
	for (size_t i = 0; i < 4; i++)
		text = str_replace(arena, text, texts[i].from, texts[i].to, SIZE_MAX);
	return text;
}

/* A string with another text that keeps its place. */
static struct value with_text(const struct value *v, struct str text)
{
	struct value copy = *v;

	copy.u.text = text.p;
	copy.length = (uint32_t)text.n;
	return copy;
}

/* The policy's own text is replaced, wherever it stands: keys, messages and patterns alike. */
static struct value tree_rewrite(struct arena *arena, const struct value *v, const struct replacement *texts, int depth)
{
	struct value copy = *v;

	if (depth > REWRITE_DEPTH_MAX)
		return copy;
	if (v->type == VALUE_STRING)
		return with_text(v, text_rewrite(arena, value_str(v), texts));
	if (v->type == VALUE_ARRAY) {
		struct value *items = arena_array(arena, v->length, sizeof(*items));

		for (size_t i = 0; i < v->length; i++)
			items[i] = tree_rewrite(arena, &v->u.items[i], texts, depth + 1);
		copy.u.items = items;
	} else if (v->type == VALUE_OBJECT) {
		struct member *members = arena_array(arena, v->length, sizeof(*members));

		for (size_t i = 0; i < v->length; i++) {
			members[i].key = with_text(&v->u.members[i].key,
						   text_rewrite(arena, value_str(&v->u.members[i].key), texts));
			members[i].value = tree_rewrite(arena, &v->u.members[i].value, texts, depth + 1);
		}
		copy.u.members = members;
	}
	return copy;
}

/* An object that keeps the place of `from`. */
static const struct value *finish_at(struct arena *arena, struct object_builder *builder, const struct value *from)
{
	struct value *v = arena_copy(arena, object_finish(arena, builder), sizeof(*v));

	if (from) {
		v->line = from->line;
		v->column = from->column;
		v->source = from->source;
	}
	return v;
}

static const struct value *wrap(struct arena *arena, const char *key, const struct value *inner)
{
	struct object_builder builder = { 0 };

	object_put(arena, &builder, str_of(key), inner);
	return finish_at(arena, &builder, inner);
}

/* {"spec": {"template": pattern}}, for CronJobs {"spec": {"jobTemplate": {"spec": {"template": pattern}}}}. */
static const struct value *pattern_wrap(struct arena *arena, const struct value *pattern, bool cron_job)
{
	pattern = wrap(arena, "spec", wrap(arena, "template", pattern));
	return cron_job ? wrap(arena, "spec", wrap(arena, "jobTemplate", pattern)) : pattern;
}

static const struct value *any_pattern_wrap(struct arena *arena, const struct value *list, bool cron_job)
{
	struct array_builder array = { 0 };
	struct value *v;

	if (!value_is(list, VALUE_ARRAY))
		return list;
	/* An empty list is lost on Kyverno's way through JSON: the rule then checks nothing. */
	if (!list->length)
		return &value_null;
	for (VALUE_EACH(pattern, list))
		array_add(arena, &array, pattern_wrap(arena, pattern, cron_job));
	v = arena_copy(arena, array_finish(arena, &array), sizeof(*v));
	v->line = list->line;
	v->column = list->column;
	v->source = list->source;
	return v;
}

/* `$(…)` in a message stands under `pivot`, which has moved down. */
static struct str references_shift(struct arena *arena, struct str message, const char *pivot, const char *shift)
{
	struct str result = message, with = str_format(arena, "%s/%s", pivot, shift);
	size_t from = 0, start, end;

	while ((start = str_find(result, STR("$("), from)) != STR_NOT_FOUND) {
		struct str reference, shifted;

		end = str_find_char(result, ')', start);
		if (end == STR_NOT_FOUND)
			break;
		reference = str_slice(result, start, end + 1);
		shifted = str_replace(arena, reference, str_of(pivot), with, SIZE_MAX);
		result = str_concat(arena, str_slice(result, 0, start),
				    str_concat(arena, shifted, str_skip(result, end + 1)));
		from = start + shifted.n;
	}
	return result;
}

static const struct { const char *field, *pivot; bool wrapped; } validate_fields[] = {
	{ "pattern", "pattern", true },
	{ "deny", "deny", false },
	{ "podSecurity", "podSecurity", false },
	{ "anyPattern", "anyPattern", true },
	{ "foreach", "pattern", false },
	{ "cel", NULL, false },
};

static const char *const kept_fields[] = { "failureAction", "failureActionOverrides", "allowExistingViolations" };

/* Only the first kind of check that is there goes on, with what belongs to it. NULL: none. */
static const struct value *validate_rewrite(struct arena *arena, const struct value *validate, bool cron_job)
{
	struct object_builder out = { 0 };
	const struct value *body = NULL, *message = value_field(validate, "message");
	size_t which;

	for (which = 0; which < sizeof(validate_fields) / sizeof(*validate_fields); which++) {
		body = value_get(validate, str_of(validate_fields[which].field));
		if (!value_is_null(body) && (validate_fields[which].wrapped || value_count(body) || which == 1))
			break;
	}
	if (which == sizeof(validate_fields) / sizeof(*validate_fields))
		return NULL;
	if (!validate_fields[which].pivot)
		return validate;
	if (value_is(message, VALUE_STRING)) {
		struct str text =
			references_shift(arena, value_str(message), validate_fields[which].pivot, "spec/template");
		struct value *moved = arena_alloc(arena, sizeof(*moved));

		if (cron_job)
			text = references_shift(arena, text, validate_fields[which].pivot,
						"spec/jobTemplate/spec/template");
		*moved = with_text(message, text);
		object_put(arena, &out, STR("message"), moved);
	}
	for (size_t i = 0; i < sizeof(kept_fields) / sizeof(*kept_fields); i++)
		if (value_get(validate, str_of(kept_fields[i])))
			object_put(arena, &out, str_of(kept_fields[i]), value_get(validate, str_of(kept_fields[i])));
	if (which == 0)
		body = pattern_wrap(arena, body, cron_job);
	else if (which == 3)
		body = any_pattern_wrap(arena, body, cron_job);
	object_put(arena, &out, str_of(validate_fields[which].field), body);
	return finish_at(arena, &out, validate);
}

/* -- match and exclude --------------------------------------------------------------------------------------------- */

static const struct value *kinds_value(struct arena *arena, const struct str *controllers, size_t count)
{
	struct array_builder array = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct str kind = controllers[i];

		for (size_t j = 0; j < sizeof(full_kinds) / sizeof(*full_kinds); j++)
			if (str_equal(kind, str_of(full_kinds[j].kind)))
				kind = str_of(full_kinds[j].full);
		array_add(arena, &array, value_of_str(arena, kind));
	}
	return array_finish(arena, &array);
}

static const struct value *with_kinds(struct arena *arena, const struct value *filter, const struct value *kinds)
{
	const struct value *resources = value_field(filter, "resources");
	struct object_builder out = { 0 }, inner = { 0 };

	object_start_from(arena, &inner, value_is(resources, VALUE_OBJECT) ? resources : &value_empty_object);
	object_put(arena, &inner, STR("kinds"), kinds);
	object_start_from(arena, &out, value_is(filter, VALUE_OBJECT) ? filter : &value_empty_object);
	object_put(arena, &out, STR("resources"), finish_at(arena, &inner, resources));
	return finish_at(arena, &out, filter);
}

static const struct value *filters_rewrite(struct arena *arena, const struct value *list, const struct value *kinds,
					   bool cron_job)
{
	struct array_builder out = { 0 };

	for (VALUE_EACH(filter, list)) {
		/* For CronJobs Kyverno names the kind in every filter, otherwise only in those for Pods. */
		if (cron_job || contains_kind(value_path(filter, "resources", "kinds"), STR("Pod")))
			array_add(arena, &out, with_kinds(arena, filter, kinds));
		else
			array_add(arena, &out, filter);
	}
	return array_finish(arena, &out);
}

static const struct value *block_rewrite(struct arena *arena, const struct value *block, const struct value *kinds,
					 bool cron_job, bool exclude)
{
	struct object_builder out = { 0 };
	const char *which = value_count(value_field(block, "any")) ? "any" : "all";

	if (!value_count(value_get(block, str_of(which)))) {
		if (exclude && !value_count(value_path(block, "resources", "kinds")))
			return block;
		return with_kinds(arena, block, kinds);
	}
	object_start_from(arena, &out, block);
	object_put(arena, &out, str_of(which),
		   filters_rewrite(arena, value_get(block, str_of(which)), kinds, cron_job));
	return finish_at(arena, &out, block);
}

/* Any kinds at all, and whether Pod is among them; over the description and all filters. */
static bool block_kinds(const struct value *block, bool *some)
{
	const struct value *kinds = value_path(block, "resources", "kinds");
	bool pod = contains_kind(kinds, STR("Pod"));

	*some = value_count(kinds) > 0;
	for (int i = 0; i < 2; i++)
		for (VALUE_EACH(filter, i ? value_field(block, "any") : value_field(block, "all"))) {
			kinds = value_path(filter, "resources", "kinds");
			*some |= value_count(kinds) > 0;
			pod |= contains_kind(kinds, STR("Pod"));
		}
	return pod;
}

static const struct value *rule_body(struct arena *arena, const struct value *rule, bool cron_job, bool *found)
{
	const struct value *validate = value_field(rule, "validate");

	*found = value_count(value_field(rule, "mutate")) || value_count(value_field(rule, "verifyImages"));
	if (!value_count(validate))
		return NULL;
	validate = validate_rewrite(arena, validate, cron_job);
	*found |= validate != NULL;
	return validate;
}

const struct value *autogen_rule(struct arena *arena, const struct value *rule, const struct str *controllers,
				 size_t count, bool cron_job)
{
	const struct value *match = value_field(rule, "match"), *exclude = value_field(rule, "exclude");
	const struct value *kinds, *validate;
	struct str name = value_str(value_field(rule, "name"));
	struct object_builder out = { 0 };
	struct value *result;
	bool some, found;

	if (autogen_is_generated_name(name) || !count || !block_kinds(match, &some))
		return NULL;
	if (!block_kinds(exclude, &some) && some)
		return NULL;
	validate = rule_body(arena, rule, cron_job, &found);
	if (!found)
		return NULL;
	kinds = kinds_value(arena, controllers, count);
	name = str_concat(arena, cron_job ? STR("autogen-cronjob-") : STR("autogen-"), name);
	object_start_from(arena, &out, rule);
	object_put(arena, &out, STR("name"), value_of_str(arena, str_slice(name, 0, RULE_NAME_MAX)));
	object_put(arena, &out, STR("match"), block_rewrite(arena, match, kinds, cron_job, false));
	if (value_is(exclude, VALUE_OBJECT))
		object_put(arena, &out, STR("exclude"), block_rewrite(arena, exclude, kinds, cron_job, true));
	if (validate)
		object_put(arena, &out, STR("validate"), validate);
	result = arena_alloc(arena, sizeof(*result));
	*result = tree_rewrite(arena, finish_at(arena, &out, rule),
			       replacements[value_is(value_path(rule, "validate", "cel"), VALUE_OBJECT)][cron_job], 0);
	return result;
}
