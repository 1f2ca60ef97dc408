#include "policy/builtin/builtin.h"

#include "kube/podspec.h"
#include "kube/schema.h"

struct checking {
	struct arena *arena;
	struct result_list *results;
	bool strict;
};

static struct result *add(struct checking *checking, enum outcome outcome, const char *rule, const char *severity)
{
	struct result *result = result_add(checking->arena, checking->results);

	result->policy = STR("biro");
	result->policy_kind = STR("biro");
	result->rule = str_of(rule);
	result->outcome = outcome;
	result->category = STR("Schema");
	result->severity = str_of(severity);
	return result;
}

/* What the API server takes is a warning, and a failure for those who want no surprises. */
static enum outcome doubtful(const struct checking *checking)
{
	return checking->strict ? OUTCOME_FAIL : OUTCOME_WARN;
}

/* -- fields ------------------------------------------------------------------------------------------------------- */

static const char *const rules[] = {
	[SCHEMA_UNKNOWN_FIELD] = "unknown-field",
	[SCHEMA_WRONG_TYPE] = "wrong-type",
	[SCHEMA_MISSING_FIELD] = "required-field",
	[SCHEMA_DUPLICATE_ITEM] = "duplicate-item",
};

/* `prefix` is where in the object the part that was checked stands: "/spec/template". */
static void report(struct checking *checking, const struct schema_findings *findings, struct str prefix)
{
	for (size_t i = 0; i < findings->count; i++) {
		const struct schema_finding *finding = &findings->items[i];
		struct result *result = add(checking, finding->refused ? OUTCOME_ERROR : doubtful(checking),
					    rules[finding->problem], finding->refused ? "high" : "medium");

		result->path = str_concat(checking->arena, prefix, finding->path);
		result->at = finding->at;
		result->message = finding->message;
		result->fix = finding->fix;
	}
}

static void check_fields(struct checking *checking, const struct value *object, struct gvk gvk,
			 const struct pod_view *view)
{
	static const struct gvk pod_template = { { "", 0 }, { "v1", 2 }, { "PodTemplate", 11 } };
	const struct schema *schema = schema_of_kind(gvk);
	struct schema_findings findings = { 0 };
	struct str prefix = STR("");

	/* A version that is gone had the same template. */
	if (!schema && view) {
		schema = schema_field(schema_of_kind(pod_template), STR("template"));
		prefix = str_of(view->path);
		object = value_at_pointer(object, prefix, NULL);
	}
	if (!schema || !object)
		return;
	schema_check(checking->arena, schema, object, &findings);
	report(checking, &findings, prefix);
}

/* -- versions ----------------------------------------------------------------------------------------------------- */

static void check_version(struct checking *checking, const struct value *object, struct gvk gvk)
{
	const struct removed_kind *removed = removed_kind_find(gvk);
	struct arena *arena = checking->arena;
	struct str api_version = gvk_api_version(arena, gvk);
	struct result *result;

	if (!removed)
		return;
	result = add(checking, doubtful(checking), removed->removed_in ? "removed-api" : "deprecated-api",
		     removed->removed_in ? "high" : "low");
	result->path = STR("/apiVersion");
	result->at = value_field(object, "apiVersion");
	if (removed->removed_in)
		result->message = str_format(
			arena, STR_FMT " " STR_FMT " is not served since Kubernetes %s (deprecated in %s)",
			STR_ARG(api_version), STR_ARG(gvk.kind), removed->removed_in, removed->deprecated_in);
	else
		result->message = str_format(arena, STR_FMT " " STR_FMT " is deprecated since Kubernetes %s",
					     STR_ARG(api_version), STR_ARG(gvk.kind), removed->deprecated_in);
	result->fix = removed->replacement ? str_format(arena, "use %s", removed->replacement) : STR("");
}

/* -- what Kubernetes refuses -------------------------------------------------------------------------------------- */

static void check_containers(struct checking *checking, const struct value *object, const struct pod_view *view)
{
	const struct member *member = value_member(view ? view->spec : NULL, STR("containers"));
	struct result *result;
	struct str dotted;

	if (member && (value_count(&member->value) > 0 || member->value.type == VALUE_OBJECT))
		return;
	/* Of another type: said already. */
	if (member && member->value.type != VALUE_NULL && member->value.type != VALUE_ARRAY)
		return;
	result = add(checking, OUTCOME_ERROR, "required-field", "high");
	result->path = str_format(checking->arena, "%s/spec/containers", view ? view->path : "");
	result->at = member ? &member->key : view ? view->spec : object;
	dotted = str_replace(checking->arena, str_skip(result->path, 1), STR("/"), STR("."), SIZE_MAX);
	result->message = str_format(checking->arena, STR_FMT ": Required value: a Pod without containers is refused",
				     STR_ARG(dotted));
	result->fix = STR("give at least one container with name and image");
}

void fields_check(struct arena *arena, const struct value *object, bool strict, struct result_list *results)
{
	struct checking checking = { .arena = arena, .results = results, .strict = strict };
	struct gvk gvk = gvk_of(object);
	struct pod_view view;
	bool has_spec = pod_view_of(object, &view);

	check_version(&checking, object, gvk);
	check_fields(&checking, object, gvk, has_spec ? &view : NULL);
	if (has_spec || (gvk.group.n == 0 && str_is(gvk.kind, "Pod")))
		check_containers(&checking, object, has_spec ? &view : NULL);
}
