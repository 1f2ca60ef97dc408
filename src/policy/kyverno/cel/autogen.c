/*
 * Policies about Pods, rewritten for what makes Pods.
 *
 * Semantics: Kyverno v1.19 pkg/cel/autogen and pkg/cel/policies/{vpol,mpol,ivpol}/autogen. Validating policies are
 * rewritten as text, wherever it stands: in expressions and messages alike; mutating ones only in matchConditions and
 * in what is applied. Custom workloads are not rewritten: their pod templates are judged as Pods (autogen_extract.c).
 */
#include "policy/kyverno/cel/policy.h"

#define REWRITE_DEPTH_MAX 600

/* -- which controllers --------------------------------------------------------------------------------------------- */

struct controller {
	struct str resource, group, version;
	enum rewriting rewriting;
};

static const struct controller controllers[] = {
	{ STR("daemonsets"), STR("apps"), STR("v1"), REWRITE_TEMPLATE },
	{ STR("deployments"), STR("apps"), STR("v1"), REWRITE_TEMPLATE },
	{ STR("replicasets"), STR("apps"), STR("v1"), REWRITE_TEMPLATE },
	{ STR("statefulsets"), STR("apps"), STR("v1"), REWRITE_TEMPLATE },
	{ STR("jobs"), STR("batch"), STR("v1"), REWRITE_TEMPLATE },
	{ STR("cronjobs"), STR("batch"), STR("v1"), REWRITE_CRON_JOB },
};
#define CONTROLLERS (sizeof(controllers) / sizeof(*controllers))

/* "deployments", or "jobsets.v1alpha2.jobset.x-k8s.io" for any other; false when it is neither. */
static bool controller_resolve(struct str name, struct controller *out)
{
	struct str rest;

	for (size_t i = 0; i < CONTROLLERS; i++)
		if (str_equal(controllers[i].resource, name)) {
			*out = controllers[i];
			return true;
		}
	*out = (struct controller){ .rewriting = REWRITE_EXTRACT };
	return str_cut(name, '.', &out->resource, &rest) && str_cut(rest, '.', &out->version, &out->group) &&
	       out->resource.n && out->version.n && out->group.n;
}

static bool is_only(const struct value *list, struct str text)
{
	return value_is(list, VALUE_ARRAY) && list->length == 1 && str_equal(value_str(value_at(list, 0)), text);
}

/* Rules are written for other kinds only when a policy is about Pods and nothing else, all of them. */
static bool is_about_pods(const struct value *constraints)
{
	const struct value *selector = value_field(constraints, "objectSelector");
	const struct value *rules = value_field(constraints, "resourceRules"), *rule;

	if (value_count(value_field(selector, "matchLabels")) ||
	    value_count(value_field(selector, "matchExpressions")) ||
	    value_count(value_field(constraints, "excludeResourceRules")) || value_count(rules) != 1)
		return false;
	rule = value_at(rules, 0);
	return value_count(value_field(rule, "resourceNames")) == 0 &&
	       is_only(value_field(rule, "apiGroups"), STR("")) &&
	       is_only(value_field(rule, "apiVersions"), STR("v1")) &&
	       is_only(value_field(rule, "resources"), STR("pods"));
}

static size_t controllers_of(const struct value *spec, enum rewriting rewriting, struct controller *out)
{
	const struct value *chosen = value_path(spec, "autogen", "podControllers", "controllers");
	size_t count = 0;

	if (!value_is(chosen, VALUE_ARRAY)) {
		for (size_t i = 0; i < CONTROLLERS; i++)
			if (controllers[i].rewriting == rewriting)
				out[count++] = controllers[i];
		return count;
	}
	for (VALUE_EACH(item, chosen))
		if (controller_resolve(value_str(item), &out[count]) && out[count].rewriting == rewriting)
			count++;
	return count;
}

static const struct value *one_of(struct arena *arena, struct str text)
{
	struct array_builder list = { 0 };

	array_add(arena, &list, value_of_str(arena, text));
	return array_finish(arena, &list);
}

static bool is_same_version(const struct controller *a, const struct controller *b)
{
	return str_equal(a->group, b->group) && str_equal(a->version, b->version);
}

static const struct value *constraints_for(struct arena *arena, const struct value *constraints,
					   const struct controller *chosen, size_t count)
{
	const struct value *operations =
		value_field(value_at(value_field(constraints, "resourceRules"), 0), "operations");
	const struct value *selector = value_field(constraints, "namespaceSelector");
	struct object_builder out = { 0 };
	struct array_builder rules = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct object_builder rule = { 0 };
		struct array_builder resources = { 0 };
		size_t first = 0;

		/* One rule for each group and version. */
		while (!is_same_version(&chosen[first], &chosen[i]))
			first++;
		if (first < i)
			continue;
		for (size_t j = i; j < count; j++)
			if (is_same_version(&chosen[i], &chosen[j]))
				array_add(arena, &resources, value_of_str(arena, chosen[j].resource));
		object_put(arena, &rule, STR("apiGroups"), one_of(arena, chosen[i].group));
		object_put(arena, &rule, STR("apiVersions"), one_of(arena, chosen[i].version));
		object_put(arena, &rule, STR("operations"), operations);
		object_put(arena, &rule, STR("resources"), array_finish(arena, &resources));
		array_add(arena, &rules, object_finish(arena, &rule));
	}
	object_put(arena, &out, STR("resourceRules"), array_finish(arena, &rules));
	if (selector)
		object_put(arena, &out, STR("namespaceSelector"), selector);
	return object_finish(arena, &out);
}

/* -- rewriting text ------------------------------------------------------------------------------------------------ */

static bool is_word(char c)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool word_ends(struct str text, size_t at)
{
	return at >= text.n || !is_word(text.p[at]);
}

/* A namespace is the workload's own: templates have none. */
static bool stays(struct str text, size_t end)
{
	return str_starts_with(str_skip(text, end), STR(".namespace")) && word_ends(text, end + STR(".namespace").n);
}

/* ROOT.from becomes ROOT.to wherever it stands, as bytes: also in the middle of a word. */
static struct str path_replace(struct arena *arena, struct str text, struct str from, struct str to)
{
	struct buf out = { 0 };
	struct str result;
	size_t at = 0, found;

	if (!str_contains(text, from))
		return text;
	while ((found = str_find(text, from, at)) != STR_NOT_FOUND) {
		buf_add(&out, str_slice(text, at, found));
		at = found + from.n;
		buf_add(&out, stays(text, at) ? from : to);
	}
	buf_add(&out, str_skip(text, at));
	result = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return result;
}

static const struct {
	struct str from, to[2]; /* by enum rewriting: template, cron job */
} paths[] = {
	{ STR("object.spec"), { STR("object.spec.template.spec"), STR("object.spec.jobTemplate.spec.template.spec") } },
	{ STR("oldObject.spec"),
	  { STR("oldObject.spec.template.spec"), STR("oldObject.spec.jobTemplate.spec.template.spec") } },
	{ STR("object.metadata"),
	  { STR("object.spec.template.metadata"), STR("object.spec.jobTemplate.spec.template.metadata") } },
	{ STR("oldObject.metadata"),
	  { STR("oldObject.spec.template.metadata"), STR("oldObject.spec.jobTemplate.spec.template.metadata") } },
};

static struct str text_rewrite(struct arena *arena, struct str text, enum rewriting rewriting)
{
	if (!str_contains(text, STR("bject.")))
		return text;
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		text = path_replace(arena, text, paths[i].from, paths[i].to[rewriting]);
	return text;
}

/* Another text at the same place. */
static struct value with_text(const struct value *v, struct str text)
{
	struct value copy = *v;

	copy.u.text = text.p;
	copy.length = (uint32_t)text.n;
	return copy;
}

static struct value tree_rewrite(struct arena *arena, const struct value *v, enum rewriting rewriting, int depth)
{
	struct value copy = *v;

	if (depth > REWRITE_DEPTH_MAX)
		return copy;
	if (v->type == VALUE_STRING)
		return with_text(v, text_rewrite(arena, value_str(v), rewriting));
	if (v->type == VALUE_ARRAY) {
		struct value *items = arena_array(arena, v->length, sizeof(*items));

		for (size_t i = 0; i < v->length; i++)
			items[i] = tree_rewrite(arena, &v->u.items[i], rewriting, depth + 1);
		copy.u.items = items;
	} else if (v->type == VALUE_OBJECT) {
		struct member *members = arena_array(arena, v->length, sizeof(*members));

		for (size_t i = 0; i < v->length; i++) {
			members[i].key = v->u.members[i].key;
			members[i].value = tree_rewrite(arena, &v->u.members[i].value, rewriting, depth + 1);
		}
		copy.u.members = members;
		copy.flags &= (uint8_t)~VALUE_INDEXED;
	}
	return copy;
}

/* -- rewriting mutations ------------------------------------------------------------------------------------------- */

static const struct {
	struct str template, metadata, wrapper, closing;
} shapes[] = {
	[REWRITE_TEMPLATE] = { STR("spec.template.spec"), STR("spec.template.metadata"),
			       STR("Object{spec: Object.spec{template: Object.spec.template{"), STR("}}}") },
	[REWRITE_CRON_JOB] = { STR("spec.jobTemplate.spec.template.spec"),
			       STR("spec.jobTemplate.spec.template.metadata"),
			       STR("Object{spec: Object.spec{jobTemplate: Object.spec.jobTemplate{spec: "
				   "Object.spec.jobTemplate.spec{template: Object.spec.jobTemplate.spec.template{"),
			       STR("}}}}}") },
};

/* "object", "oldObject" or "Object" as a whole word at `at`: its length; 0 when there is none. */
static size_t root_at(struct str text, size_t at)
{
	static const struct str roots[] = { STR("object"), STR("oldObject"), STR("Object") };

	if (at > 0 && is_word(text.p[at - 1]))
		return 0;
	for (size_t i = 0; i < 3; i++)
		if (str_starts_with(str_skip(text, at), roots[i]))
			return roots[i].n;
	return 0;
}

/* ROOT.`what` becomes ROOT.`with`, where ROOT is a whole word. */
static struct str root_replace(struct arena *arena, struct str text, struct str what, struct str with)
{
	struct buf out = { 0 };
	struct str result;
	size_t from = 0;

	for (size_t i = 0; i < text.n; i++) {
		size_t n = root_at(text, i);

		if (!n || i + n >= text.n || text.p[i + n] != '.' || !str_starts_with(str_skip(text, i + n + 1), what))
			continue;
		buf_add(&out, str_slice(text, from, i + n + 1));
		buf_add(&out, with);
		from = i + n + 1 + what.n;
		i = from - 1;
	}
	buf_add(&out, str_skip(text, from));
	result = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return result;
}

/* What stands in the braces of a leading Object{…}, wrapped for the template. */
static struct str object_wrap(struct arena *arena, struct str text, enum rewriting rewriting)
{
	struct str trimmed = str_trim(text), content;
	size_t depth = 1, i;

	if (!str_starts_with(trimmed, STR("Object")))
		return text;
	content = str_skip(trimmed, STR("Object").n);
	while (content.n && strchr(" \t\r\n", content.p[0]))
		content = str_skip(content, 1);
	if (!content.n || content.p[0] != '{')
		return text;
	content = str_skip(content, 1);
	for (i = 0; i < content.n; i++) {
		depth += content.p[i] == '{';
		depth -= content.p[i] == '}';
		if (depth == 0)
			break;
	}
	if (i == 0 || i == content.n)
		return text;
	return str_format(arena, STR_FMT STR_FMT STR_FMT STR_FMT, STR_ARG(shapes[rewriting].wrapper),
			  STR_ARG(str_slice(content, 0, i)), STR_ARG(shapes[rewriting].closing),
			  STR_ARG(str_skip(content, i + 1)));
}

static struct str mutation_rewrite(struct arena *arena, struct str text, enum rewriting rewriting)
{
	struct str metadata = shapes[rewriting].metadata;

	text = root_replace(arena, text, STR("spec"), shapes[rewriting].template);
	text = root_replace(arena, text, STR("metadata.labels"), str_concat(arena, metadata, STR(".labels")));
	text = root_replace(arena, text, STR("metadata.annotations"), str_concat(arena, metadata, STR(".annotations")));
	return object_wrap(arena, text, rewriting);
}

/* The object with the text of one field rewritten. */
static const struct value *field_rewrite(struct arena *arena, const struct value *object, const char *field,
					 enum rewriting rewriting)
{
	const struct value *text = value_get(object, str_of(field));
	struct object_builder out = { 0 };
	struct value moved;

	if (!value_is(text, VALUE_STRING))
		return object;
	moved = with_text(text, mutation_rewrite(arena, value_str(text), rewriting));
	object_start_from(arena, &out, object);
	object_put(arena, &out, str_of(field), &moved);
	return object_finish(arena, &out);
}

static const struct value *mutations_rewrite(struct arena *arena, const struct value *list, enum rewriting rewriting)
{
	struct array_builder out = { 0 };

	for (VALUE_EACH(item, list)) {
		const struct value *apply = value_field(item, "applyConfiguration");
		struct object_builder mutation = { 0 };

		object_start_from(arena, &mutation, item);
		if (apply)
			object_put(arena, &mutation, STR("applyConfiguration"),
				   field_rewrite(arena, apply, "expression", rewriting));
		array_add(arena, &out, object_finish(arena, &mutation));
	}
	return array_finish(arena, &out);
}

static const struct value *conditions_rewrite(struct arena *arena, const struct value *list, enum rewriting rewriting)
{
	struct array_builder out = { 0 };

	for (VALUE_EACH(item, list))
		array_add(arena, &out, field_rewrite(arena, item, "expression", rewriting));
	return array_finish(arena, &out);
}

static const struct value *mutating_spec(struct arena *arena, const struct value *spec, enum rewriting rewriting)
{
	const struct value *conditions = value_field(spec, "matchConditions");
	struct object_builder out = { 0 };

	object_start_from(arena, &out, spec);
	if (conditions)
		object_put(arena, &out, STR("matchConditions"), conditions_rewrite(arena, conditions, rewriting));
	object_put(arena, &out, STR("mutations"), mutations_rewrite(arena, value_field(spec, "mutations"), rewriting));
	return object_finish(arena, &out);
}

/* -- all of it ----------------------------------------------------------------------------------------------------- */

const struct value *autogen_spec(struct arena *arena, enum policy_class class, const struct value *spec,
				 enum rewriting rewriting)
{
	const struct value *constraints = value_field(spec, "matchConstraints");
	size_t most = value_count(value_path(spec, "autogen", "podControllers", "controllers")) + CONTROLLERS, count;
	struct object_builder out = { 0 };
	struct controller *chosen;
	struct value *result;

	if (class == POLICY_GENERATING || class == POLICY_DELETING || !is_about_pods(constraints))
		return NULL;
	chosen = arena_array(arena, most + 1, sizeof(*chosen));
	count = controllers_of(spec, rewriting, chosen);
	if (!count)
		return NULL;
	object_start_from(arena, &out, spec);
	object_put(arena, &out, STR("matchConstraints"), constraints_for(arena, constraints, chosen, count));
	spec = object_finish(arena, &out);
	if (rewriting == REWRITE_EXTRACT)
		return spec;
	if (class == POLICY_MUTATING)
		return mutating_spec(arena, spec, rewriting);
	result = arena_alloc(arena, sizeof(*result));
	*result = tree_rewrite(arena, spec, rewriting, 0);
	return result;
}
