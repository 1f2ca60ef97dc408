/*
 * What the API server refuses when a policy or binding is created.
 *
 * Semantics: k8s.io/kubernetes v1.36 pkg/apis/admissionregistration/validation/validation.go, after defaulting
 * (failurePolicy, matchPolicy, selectors).
 */
#include "data/name.h"
#include "policy/admissionpolicy/engine.h"

struct validation {
	struct arena *arena;
	struct problems *problems;
};

static struct field child(const struct validation *validation, struct field parent, const char *name)
{
	return field_child(validation->arena, parent, name);
}

static struct field item(const struct validation *validation, struct field parent, size_t i)
{
	return field_index(validation->arena, parent, i);
}

static size_t items_of(struct field list)
{
	return value_is(list.value, VALUE_ARRAY) ? list.value->length : 0;
}

static bool is_one_of(struct str text, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (str_equal(text, str_of(names[i])))
			return true;
	return false;
}

static void check_name(const struct validation *validation, struct field field, enum name_rule rule)
{
	const char *faults[NAME_FAULTS_MAX];
	size_t count = name_faults(rule, value_str(field.value), faults);

	for (size_t i = 0; i < count; i++)
		problem_invalid(validation->problems, field, str_of(faults[i]));
}

static void check_path_segment(const struct validation *validation, struct field field)
{
	static const char *const forbidden[] = { "/", "%" };
	struct str name = value_str(field.value);

	if (str_is(name, ".") || str_is(name, "..")) {
		problem_invalid(validation->problems, field,
				str_format(validation->arena, "may not be '" STR_FMT "'", STR_ARG(name)));
		return;
	}
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(*forbidden); i++)
		if (str_contains(name, str_of(forbidden[i])))
			problem_invalid(validation->problems, field,
					str_format(validation->arena, "may not contain '%s'", forbidden[i]));
}

/* -- selectors ----------------------------------------------------------------------------------------------------- */

static void check_requirement(const struct validation *validation, struct field field)
{
	static const char *const with_values[] = { "In", "NotIn", NULL }, *const without[] = { "Exists", "DoesNotExist",
											       NULL };
	struct field op = child(validation, field, "operator"), values = child(validation, field, "values");

	if (is_one_of(value_str(op.value), with_values)) {
		if (!items_of(values))
			problem_required(validation->problems, values,
					 "must be specified when `operator` is 'In' or 'NotIn'");
	} else if (is_one_of(value_str(op.value), without)) {
		if (items_of(values))
			problem_forbidden(validation->problems, values,
					  "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
	} else {
		problem_invalid(validation->problems, op, STR("not a valid selector operator"));
	}
	check_name(validation, child(validation, field, "key"), NAME_QUALIFIED);
	for (size_t i = 0; i < items_of(values); i++)
		check_name(validation, item(validation, values, i), NAME_LABEL_VALUE);
}

static void check_selector(const struct validation *validation, struct field selector)
{
	struct field labels = child(validation, selector, "matchLabels");
	struct field expressions = child(validation, selector, "matchExpressions");

	for (MEMBER_EACH(m, labels.value)) {
		check_name(validation, (struct field){ labels.path, &m->key }, NAME_QUALIFIED);
		check_name(validation, (struct field){ labels.path, &m->value }, NAME_LABEL_VALUE);
	}
	for (size_t i = 0; i < items_of(expressions); i++)
		check_requirement(validation, item(validation, expressions, i));
}

/* -- resource rules ------------------------------------------------------------------------------------------------ */

static bool has_wildcard(struct field list)
{
	for (VALUE_EACH(v, list.value))
		if (str_is(value_str(v), "*"))
			return true;
	return false;
}

/* Is there an earlier entry like `pattern` in the list? */
static bool has_before(struct field list, size_t i, struct str pattern)
{
	for (size_t j = 0; j < i; j++)
		if (str_equal(value_str(value_at(list.value, j)), pattern))
			return true;
	return false;
}

static void check_resource(const struct validation *validation, struct field list, size_t i)
{
	struct field field = item(validation, list, i);
	struct str text = value_str(field.value), resource, subresource, pattern;

	if (!text.n) {
		problem_required(validation->problems, field, "");
		return;
	}
	if (!str_cut(text, '/', &resource, &subresource))
		return;
	pattern = str_format(validation->arena, STR_FMT "/*", STR_ARG(resource));
	if (has_before(list, i, pattern))
		problem_invalid(validation->problems, field,
				str_format(validation->arena, "if '" STR_FMT "' is present, must not specify " STR_FMT,
					   STR_ARG(pattern), STR_ARG(text)));
	pattern = str_format(validation->arena, "*/" STR_FMT, STR_ARG(subresource));
	if (has_before(list, i, pattern))
		problem_invalid(validation->problems, field,
				str_format(validation->arena, "if '" STR_FMT "' is present, must not specify " STR_FMT,
					   STR_ARG(pattern), STR_ARG(text)));
}

static void check_resources(const struct validation *validation, struct field list)
{
	bool all = false, every = false, plain = false;

	if (!items_of(list))
		problem_required(validation->problems, list, "");
	for (size_t i = 0; i < items_of(list); i++) {
		struct str text = value_str(value_at(list.value, i));

		check_resource(validation, list, i);
		every |= str_is(text, "*/*");
		all |= str_is(text, "*");
		/* The last one without a subresource decides. */
		if (text.n && str_find_char(text, '/', 0) == STR_NOT_FOUND)
			plain = !str_is(text, "*");
	}
	if (items_of(list) > 1 && every)
		problem_invalid(validation->problems, list,
				STR("if '*/*' is present, must not specify other resources"));
	if (all && plain)
		problem_invalid(validation->problems, list,
				STR("if '*' is present, must not specify other resources without subresources"));
}

/* A list that may hold "*" only alone. */
static void check_wildcard_list(const struct validation *validation, struct field list, const char *message)
{
	if (!items_of(list))
		problem_required(validation->problems, list, "");
	if (items_of(list) > 1 && has_wildcard(list))
		problem_invalid(validation->problems, list, str_of(message));
}

static void check_rule(const struct validation *validation, struct field rule)
{
	static const char *const operations[] = { "*", "CONNECT", "CREATE", "DELETE", "UPDATE", NULL };
	static const char *const scopes[] = { "*", "Cluster", "Namespaced", NULL };
	struct field names = child(validation, rule, "resourceNames"), list = child(validation, rule, "operations"),
		     scope;

	for (size_t i = 0; i < items_of(names); i++) {
		struct field name = item(validation, names, i);

		check_path_segment(validation, name);
		if (has_before(names, i, value_str(name.value)))
			problem_duplicate(validation->problems, name);
	}
	check_wildcard_list(validation, list, "if '*' is present, must not specify other operations");
	for (size_t i = 0; i < items_of(list); i++)
		if (!is_one_of(value_str(value_at(list.value, i)), operations))
			problem_unsupported(validation->problems, item(validation, list, i), operations);
	check_wildcard_list(validation, child(validation, rule, "apiGroups"),
			    "if '*' is present, must not specify other API groups");
	list = child(validation, rule, "apiVersions");
	check_wildcard_list(validation, list, "if '*' is present, must not specify other API versions");
	for (size_t i = 0; i < items_of(list); i++)
		if (!value_str(value_at(list.value, i)).n)
			problem_required(validation->problems, item(validation, list, i), "");
	check_resources(validation, child(validation, rule, "resources"));
	scope = child(validation, rule, "scope");
	if (!value_is_null(scope.value) && !is_one_of(value_str(scope.value), scopes))
		problem_unsupported(validation->problems, scope, scopes);
}

static void check_match(const struct validation *validation, struct field match)
{
	static const char *const policies[] = { "Equivalent", "Exact", NULL };
	struct field policy = child(validation, match, "matchPolicy"),
		     rules = child(validation, match, "resourceRules");
	struct field excluded = child(validation, match, "excludeResourceRules");

	if (!value_is_null(policy.value) && !is_one_of(value_str(policy.value), policies))
		problem_unsupported(validation->problems, policy, policies);
	check_selector(validation, child(validation, match, "namespaceSelector"));
	check_selector(validation, child(validation, match, "objectSelector"));
	for (size_t i = 0; i < items_of(rules); i++)
		check_rule(validation, item(validation, rules, i));
	for (size_t i = 0; i < items_of(excluded); i++)
		check_rule(validation, item(validation, excluded, i));
}

/* Mutations are not for deletions. */
static void check_mutating_operations(const struct validation *validation, struct field match)
{
	static const char *const operations[] = { "*", "CONNECT", "CREATE", "UPDATE", NULL };
	struct field rules = child(validation, match, "resourceRules");
	struct field shown = { str_format(validation->arena, STR_FMT ".operations", STR_ARG(rules.path)), NULL };

	for (VALUE_EACH(rule, rules.value))
		for (VALUE_EACH(operation, value_field(rule, "operations")))
			if (!is_one_of(value_str(operation), operations)) {
				shown.value = operation;
				problem_unsupported(validation->problems, shown, operations);
			}
}

/* -- params -------------------------------------------------------------------------------------------------------- */

static void check_dns(const struct validation *validation, struct field field, struct str text, enum name_rule rule,
		      const char *before)
{
	const char *faults[NAME_FAULTS_MAX];
	size_t count = name_faults(rule, text, faults);
	struct str joined = str_of(before);

	for (size_t i = 0; i < count; i++)
		joined = str_format(validation->arena, STR_FMT "%s%s", STR_ARG(joined), i ? "," : "", faults[i]);
	if (count)
		problem_invalid_text(validation->problems, field,
				     rule == NAME_DNS1035_LABEL && *before ? value_str(field.value) : text, joined);
}

static void check_api_version(const struct validation *validation, struct field field)
{
	struct str text = value_str(field.value), group, version, rest;

	if (!text.n) {
		problem_required(validation->problems, field, "");
		return;
	}
	if (str_is(text, "/")) {
		group = version = STR("");
	} else {
		gvk_split_api_version(text, &group, &version);
		if (str_cut(version, '/', &version, &rest)) {
			problem_invalid(validation->problems, field,
					str_format(validation->arena, "unexpected GroupVersion string: " STR_FMT,
						   STR_ARG(text)));
			return;
		}
	}
	if (group.n)
		check_dns(validation, field, group, NAME_DNS1123_SUBDOMAIN, "");
	if (!version.n)
		problem_invalid(validation->problems, field, STR("version must be specified"));
	else
		check_dns(validation, field, version, NAME_DNS1035_LABEL, "");
}

static void check_param_kind(const struct validation *validation, struct field field)
{
	struct field kind = child(validation, field, "kind");

	check_api_version(validation, child(validation, field, "apiVersion"));
	if (!value_str(kind.value).n)
		problem_required(validation->problems, kind, "");
	else
		check_dns(validation, kind, str_lower(validation->arena, value_str(kind.value)), NAME_DNS1035_LABEL,
			  "may have mixed case, but should otherwise match: ");
}

static void check_param_ref(const struct validation *validation, struct field reference)
{
	static const char *const actions[] = { "Deny", "Allow", NULL };
	struct field name = child(validation, reference, "name"), selector = child(validation, reference, "selector");
	struct field action = child(validation, reference, "parameterNotFoundAction");
	bool named = value_str(name.value).n > 0, selected = !value_is_null(selector.value);

	if (value_is_null(reference.value))
		return;
	if (named) {
		check_path_segment(validation, name);
		if (selected)
			problem_forbidden(validation->problems, name, "name and selector are mutually exclusive");
	}
	if (selected) {
		check_selector(validation, selector);
		if (named)
			problem_forbidden(validation->problems, selector, "name and selector are mutually exclusive");
	}
	if (!named && !selected)
		problem_required(validation->problems, reference, "one of name or selector must be specified");
	if (!value_str(action.value).n)
		problem_required(validation->problems, action, "");
	else if (!is_one_of(value_str(action.value), actions))
		problem_unsupported(validation->problems, action, actions);
}

/* -- policies ------------------------------------------------------------------------------------------------------ */

static void check_metadata(const struct validation *validation, const struct value *object)
{
	struct field metadata = field_child(validation->arena, (struct field){ STR(""), object }, "metadata");
	struct field name = child(validation, metadata, "name");

	if (!value_str(name.value).n)
		problem_required(validation->problems, name, "name or generateName is required");
	else
		check_name(validation, name, NAME_DNS1123_SUBDOMAIN);
}

static void check_choice(const struct validation *validation, struct field field, const char *const *choices)
{
	if (!value_is_null(field.value) && !is_one_of(value_str(field.value), choices))
		problem_unsupported(validation->problems, field, choices);
}

static void check_spec(const struct validation *validation, struct field spec, bool mutating)
{
	static const char *const failure_policies[] = { "Fail", "Ignore", NULL };
	struct field kind = child(validation, spec, "paramKind"), match = child(validation, spec, "matchConstraints");
	struct field rules = child(validation, match, "resourceRules");

	check_choice(validation, child(validation, spec, "failurePolicy"), failure_policies);
	if (!value_is_null(kind.value))
		check_param_kind(validation, kind);
	if (value_is_null(match.value)) {
		problem_required(validation->problems, match, "");
		return;
	}
	check_match(validation, match);
	if (!items_of(rules))
		problem_required(validation->problems, rules, "");
	if (mutating)
		check_mutating_operations(validation, match);
}

static void check_reinvocation(const struct validation *validation, struct field spec)
{
	static const char *const policies[] = { "IfNeeded", "Never", NULL };
	struct field field = child(validation, spec, "reinvocationPolicy");

	if (!value_str(field.value).n)
		problem_required(validation->problems, field, "");
	else
		check_choice(validation, field, policies);
}

const struct admission_rules *admission_spec_compile(struct arena *arena, const struct cel_env *base,
						     const struct value *object, bool mutating,
						     struct admission_env *env, struct problems *problems)
{
	struct validation validation = { arena, problems };
	struct field spec = field_child(arena, (struct field){ STR(""), object }, "spec");
	const struct admission_rules *rules;
	unsigned declares = ADMISSION_AUTHORIZER | ADMISSION_PREPARED;

	check_metadata(&validation, object);
	check_spec(&validation, spec, mutating);
	if (!value_is_null(value_field(spec.value, "paramKind")))
		declares |= ADMISSION_PARAMS;
	/* Without variables the name is not known at all. */
	if (mutating || value_count(value_field(spec.value, "variables")))
		declares |= ADMISSION_VARIABLES;
	if (mutating)
		declares |= ADMISSION_PATCHES;
	admission_env_create(arena, base, declares, env);
	problems->fatal = true;
	rules = rules_compile(arena, env, spec.value, mutating ? RULES_MUTATING : RULES_VALIDATING, object_name(object),
			      problems);
	problems->fatal = false;
	if (mutating)
		check_reinvocation(&validation, spec);
	return rules;
}

/* -- bindings ------------------------------------------------------------------------------------------------------ */

static void check_actions(const struct validation *validation, struct field list)
{
	static const char *const actions[] = { "Audit", "Deny", "Warn", NULL };
	bool deny = false, warn = false;

	for (size_t i = 0; i < items_of(list); i++) {
		struct field field = item(validation, list, i);
		struct str action = value_str(field.value);

		if (!is_one_of(action, actions))
			problem_unsupported(validation->problems, field, actions);
		if (has_before(list, i, action))
			problem_duplicate(validation->problems, field);
		deny |= str_is(action, "Deny");
		warn |= str_is(action, "Warn");
	}
	if (deny && warn)
		problem_invalid(
			validation->problems, list,
			STR("must not contain both Deny and Warn (repeating the same validation failure information in "
			    "the API response and headers serves no purpose)"));
	if (!items_of(list))
		problem_required(validation->problems, list, "at least one validation action is required");
}

static void check_binding(const struct validation *validation, const struct value *object, bool mutating)
{
	struct field spec = field_child(validation->arena, (struct field){ STR(""), object }, "spec");
	struct field name = child(validation, spec, "policyName"), match = child(validation, spec, "matchResources");

	check_metadata(validation, object);
	if (!value_str(name.value).n)
		problem_required(validation->problems, name, "");
	else
		check_name(validation, name, NAME_DNS1123_SUBDOMAIN);
	check_param_ref(validation, child(validation, spec, "paramRef"));
	if (!value_is_null(match.value))
		check_match(validation, match);
	if (mutating)
		check_mutating_operations(validation, match);
	else
		check_actions(validation, child(validation, spec, "validationActions"));
}

int admission_validate(const struct value *object, struct error **err)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct problems problems = { .arena = arena };
	struct validation validation = { arena, &problems };
	struct str kind = gvk_of(object).kind;
	bool mutating = str_starts_with(kind, STR("Mutating"));

	if (str_ends_with(kind, STR("Binding"))) {
		check_binding(&validation, object, mutating);
	} else {
		struct admission_env env;
		struct cel_env *base = cel_env_create(arena, CEL_KUBERNETES);

		admission_base_prepare(base, ADMISSION_AUTHORIZER);
		admission_spec_compile(arena, base, object, mutating, &env, &problems);
	}
	return problems_report(&problems, err);
}
