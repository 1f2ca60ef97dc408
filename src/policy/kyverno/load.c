/*
 * ClusterPolicy and Policy of kyverno.io, compiled.
 *
 * Semantics: Kyverno v1.19 api/kyverno/v1 and v2beta1. What biro cannot judge yet compiles to a rule that says so for
 * every resource that it matches; what Kyverno itself would refuse is an error with its place.
 */
#include "policy/kyverno/engine.h"

#include "policy/kyverno/functions.h"

extern const struct policy_dialect kyverno_dialect;

/* -- what a rule checks -------------------------------------------------------------------------------------------- */

static int pattern_load(struct loader_context *load, const struct value *tree, struct pattern_source *out)
{
	out->template = template_compile(load->arena, tree, STR(""), &kyverno_library, load->err);
	if (!out->template)
		return -1;
	if (template_is_static(out->template))
		out->compiled = pattern_compile(load->arena, template_tree(out->template));
	return 0;
}

static int any_pattern_load(struct loader_context *load, const struct value *list, struct check *out)
{
	const struct value *tree;

	/* Kyverno decodes these once more, without integers. */
	list = value_as_floats(load->arena, list);
	out->any_pattern = template_compile(load->arena, list, STR(""), &kyverno_library, load->err);
	if (!out->any_pattern)
		return -1;
	out->any_pattern_is_list = value_is(list, VALUE_ARRAY);
	if (!template_is_static(out->any_pattern) || !out->any_pattern_is_list)
		return 0;
	tree = template_tree(out->any_pattern);
	out->any_patterns = arena_array(load->arena, tree->length, sizeof(*out->any_patterns));
	for (VALUE_EACH(item, tree))
		out->any_patterns[out->any_pattern_count++] = pattern_compile(load->arena, item);
	return 0;
}

static int deny_load(struct loader_context *load, const struct value *deny, struct check *out)
{
	out->deny = true;
	if (!value_is(deny, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(deny),
				    "deny must be an object with conditions, not %s", value_type_name(deny));
	return conditions_load(load, value_field(deny, "conditions"), false, &out->deny_conditions);
}

static int foreach_load(struct loader_context *load, const struct value *object, int depth, struct foreach *out)
{
	const struct value *list = value_field(object, "list"), *scope = value_field(object, "elementScope");

	*out = (struct foreach){ .at = object, .list_text = str_trim(value_str(list)) };
	if (!value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object), "foreach must hold objects, not %s",
				    value_type_name(object));
	if (out->list_text.n) {
		out->list =
			jmespath_compile(load->arena, out->list_text, &kyverno_library, value_place(list), load->err);
		if (!out->list)
			return -1;
	}
	if (value_is(scope, VALUE_BOOL))
		out->scope = scope->u.boolean ? SCOPE_ELEMENT : SCOPE_OBJECT;
	if (context_entries_load(load, value_field(object, "context"), &out->context) < 0 ||
	    conditions_load(load, value_field(object, "preconditions"), true, &out->preconditions) < 0)
		return -1;
	return check_load(load, object, depth + 1, &out->check);
}

static int foreach_list_load(struct loader_context *load, const struct value *list, int depth, struct check *out)
{
	if (!value_is(list, VALUE_ARRAY))
		return error_set_at(load->err, ERROR_INVALID, value_place(list), "foreach must be a list, not %s",
				    value_type_name(list));
	if (depth >= FOREACH_DEPTH_MAX)
		return error_set_at(load->err, ERROR_LIMIT, value_place(list), "foreach is nested more than %d deep",
				    FOREACH_DEPTH_MAX);
	out->has_foreach = true;
	out->foreach = arena_array(load->arena, list->length, sizeof(*out->foreach));
	for (VALUE_EACH(item, list))
		if (foreach_load(load, item, depth, &out->foreach[out->foreach_count++]) < 0)
			return -1;
	return 0;
}

int check_load(struct loader_context *load, const struct value *object, int depth, struct check *out)
{
	const struct value *deny = value_field(object, "deny"), *pattern = value_field(object, "pattern");
	const struct value *any_pattern = value_field(object, "anyPattern"), *foreach = value_field(object, "foreach");

	*out = (struct check){ 0 };
	if (!value_is_null(deny) && deny_load(load, deny, out) < 0)
		return -1;
	if (!value_is_null(pattern)) {
		out->has_pattern = true;
		if (pattern_load(load, pattern, &out->pattern) < 0)
			return -1;
	}
	if (!value_is_null(any_pattern)) {
		out->has_any_pattern = true;
		if (any_pattern_load(load, any_pattern, out) < 0)
			return -1;
	}
	if (!value_is_null(foreach))
		return foreach_list_load(load, foreach, depth, out);
	/* An entry of foreach always has a list of inner loops, maybe an empty one. */
	out->has_foreach = depth > 0;
	return 0;
}

static bool check_is_static(const struct check *check)
{
	if (check->deny)
		return conditions_are_static(check->deny_conditions);
	if (check->has_pattern)
		return check->pattern.compiled != NULL;
	if (check->has_any_pattern)
		return template_is_static(check->any_pattern);
	return false;
}

/* -- rules --------------------------------------------------------------------------------------------------------- */

static bool is_enforce(struct str action)
{
	return str_is(action, "Enforce") || str_is(action, "enforce");
}

static int overrides_load(struct loader_context *load, const struct value *list, struct rule *rule)
{
	struct action_override *items;

	if (!value_count(list) || list->type != VALUE_ARRAY)
		return 0;
	items = arena_array(load->arena, list->length, sizeof(*items));
	for (VALUE_EACH(item, list))
		items[rule->override_count++] = (struct action_override){
			is_enforce(value_str(value_field(item, "action"))), value_field(item, "namespaces"),
			value_field(item, "namespaceSelector"),
		};
	rule->overrides = items;
	return 0;
}

static int action_load(struct loader_context *load, const struct value *validate, struct rule *rule)
{
	const struct value *spec = value_field(load->policy->head.object, "spec");
	const struct value *action = value_field(validate, "failureAction");
	const struct value *overrides = value_field(validate, "failureActionOverrides");

	rule->enforce = action ? is_enforce(value_str(action)) : load->policy->enforce;
	rule->keeps_violations = value_bool(value_field(validate, "allowExistingViolations"), true);
	return overrides_load(
		load, value_count(overrides) ? overrides : value_field(spec, "validationFailureActionOverrides"), rule);
}

static int properties_load(struct loader_context *load, const struct value *given, struct rule *rule)
{
	struct property *fixed = arena_array(load->arena, value_count(given) + 1, sizeof(*fixed));
	struct rule_property *dynamic = arena_array(load->arena, value_count(given), sizeof(*dynamic));

	fixed[rule->property_count++] =
		(struct property){ STR("failureAction"), rule->enforce ? STR("Enforce") : STR("Audit") };
	for (MEMBER_EACH(m, given)) {
		const struct template *template =
			template_compile(load->arena, &m->value, STR(""), &kyverno_library, load->err);

		if (!template)
			return -1;
		if (template_is_static(template))
			fixed[rule->property_count++] = (struct property){ value_str(&m->key), value_str(&m->value) };
		else
			dynamic[rule->dynamic_property_count++] =
				(struct rule_property){ value_str(&m->key), template };
	}
	rule->properties = fixed;
	rule->dynamic_properties = dynamic;
	return 0;
}

static int pod_security_load(struct loader_context *load, const struct value *object, struct rule *rule)
{
	const struct value *level = value_field(object, "level"), *version = value_field(object, "version");

	rule->handler = HANDLER_POD_SECURITY;
	rule->pod_security = object;
	rule->passed = str_format(load->arena, "Validation rule '" STR_FMT "' passed.", STR_ARG(rule->name));
	if (!ps_level_parse(value_str(level), &rule->level))
		return error_set_at(load->err, ERROR_INVALID, value_place(level ? level : object),
				    "podSecurity.level \"" STR_FMT "\" is none of privileged, baseline, restricted",
				    STR_ARG(value_str(level)));
	if (!ps_version_parse(value_str(version).n ? value_str(version) : STR("latest"), &rule->version))
		return error_set_at(load->err, ERROR_INVALID, value_place(version),
				    "podSecurity.version \"" STR_FMT "\" is neither \"latest\" nor like \"v1.24\"",
				    STR_ARG(value_str(version)));
	return 0;
}

static const struct { const char *field, *why; } unsupported_validations[] = {
	{ "assert", "validate.assert is not supported yet" },
}, unsupported_rules[] = {
	{ "mutate", "mutate is not supported yet" },
	{ "generate", "generate is not supported yet" },
	{ "verifyImages", "verifyImages is not supported yet" },
};

static int message_load(struct loader_context *load, const struct value *message, struct rule *rule)
{
	if (!value_is_null(message) && !value_is(message, VALUE_STRING))
		return error_set_at(load->err, ERROR_INVALID, value_place(message), "message must be a string, not %s",
				    value_type_name(message));
	rule->message = value_str(message);
	rule->passed = str_format(load->arena, "validation rule '" STR_FMT "' passed.", STR_ARG(rule->name));
	if (rule->message.n) {
		rule->message_template = template_compile(load->arena, message, STR(""), &kyverno_library, load->err);
		if (!rule->message_template)
			return -1;
		if (!template_is_static(rule->message_template))
			return 0;
		rule->message = value_str(template_tree(rule->message_template));
		rule->message_template = NULL;
		rule->failed_at = str_format(
			load->arena, "validation error: " STR_FMT "%s rule " STR_FMT " failed at path ",
			STR_ARG(rule->message), str_ends_with(rule->message, STR(".")) ? "" : ".", STR_ARG(rule->name));
		return 0;
	}
	rule->failed_at =
		str_format(load->arena, "validation error: rule " STR_FMT " failed at path ", STR_ARG(rule->name));
	return 0;
}

static int validate_load(struct loader_context *load, const struct value *validate, struct rule *rule)
{
	if (!value_is(validate, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(validate),
				    "validate must be an object, not %s", value_type_name(validate));
	rule->handler = HANDLER_VALIDATE;
	if (message_load(load, value_field(validate, "message"), rule) < 0)
		return -1;
	if (value_count(value_path(validate, "manifests", "attestors"))) {
		rule->handler = HANDLER_UNSUPPORTED;
		rule->unsupported = STR("validate.manifests is not supported yet");
		return 0;
	}
	if (value_count(value_field(validate, "podSecurity")))
		return pod_security_load(load, value_field(validate, "podSecurity"), rule);
	if (value_count(value_field(validate, "cel")))
		return cel_rule_load(load, rule->at, rule);
	for (size_t i = 0; i < sizeof(unsupported_validations) / sizeof(*unsupported_validations); i++)
		if (value_count(value_get(validate, str_of(unsupported_validations[i].field)))) {
			rule->handler = HANDLER_UNSUPPORTED;
			rule->unsupported = str_of(unsupported_validations[i].why);
			return 0;
		}
	return check_load(load, validate, 0, &rule->check);
}

static int body_load(struct loader_context *load, const struct value *object, struct rule *rule)
{
	const struct value *validate = value_field(object, "validate");

	if (value_count(validate) || (validate && validate->type != VALUE_OBJECT && validate->type != VALUE_NULL))
		return validate_load(load, validate, rule);
	for (size_t i = 0; i < sizeof(unsupported_rules) / sizeof(*unsupported_rules); i++)
		if (value_count(value_get(object, str_of(unsupported_rules[i].field)))) {
			rule->handler = HANDLER_UNSUPPORTED;
			rule->unsupported = str_of(unsupported_rules[i].why);
			return 0;
		}
	return error_set_at(load->err, ERROR_INVALID, value_place(object),
			    "the rule does nothing: it needs one of validate, mutate, generate, verifyImages");
}

static int rule_parts_load(struct loader_context *load, const struct value *object, struct rule *rule)
{
	const struct value *match = value_field(object, "match"), *exclude = value_field(object, "exclude");
	bool fixed;

	if (!value_is(match, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(match ? match : object),
				    "the rule has no match block");
	if (match_load(load, match, &rule->match) < 0 ||
	    (!value_is_null(exclude) && match_load(load, exclude, &rule->exclude) < 0) ||
	    body_load(load, object, rule) < 0 || action_load(load, value_field(object, "validate"), rule) < 0 ||
	    properties_load(load, value_field(object, "reportProperties"), rule) < 0)
		return -1;
	if (value_count(value_field(object, "celPreconditions")) && rule->handler != HANDLER_CEL)
		return error_set_at(load->err, ERROR_INVALID, value_place(value_field(object, "celPreconditions")),
				    "celPreconditions can only be used with validate.cel");
	/* What gets no verdict needs no variables either: they may use what biro does not have. */
	if (rule->handler == HANDLER_UNSUPPORTED)
		return 0;
	if (context_entries_load(load, value_field(object, "context"), &rule->context) < 0 ||
	    conditions_load(load, value_field(object, "preconditions"), false, &rule->preconditions) < 0)
		return -1;
	fixed = rule->handler == HANDLER_POD_SECURITY || rule->handler == HANDLER_CEL || (check_is_static(&rule->check) && !rule->message_template);
	rule->needs_context = !fixed || !conditions_are_static(rule->preconditions) || rule->dynamic_property_count;
	return 0;
}

int rule_load(struct loader_context *load, const struct value *object, enum gate gate, struct rule *rule)
{
	load->generated = gate == GATE_TEMPLATE || gate == GATE_CRON_JOB;
	*rule = (struct rule){
		.policy = load->policy, .gate = gate, .at = object, .name = value_str(value_field(object, "name"))
	};
	if (!value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object), "a rule must be an object, not %s",
				    value_type_name(object));
	if (!rule->name.n)
		return error_set_at(load->err, ERROR_INVALID, value_place(object), "rule without name");
	if (rule_parts_load(load, object, rule) < 0)
		return error_wrap(load->err, "rule " STR_FMT, STR_ARG(rule->name));
	return 0;
}

/* -- policies ------------------------------------------------------------------------------------------------------ */

static int rules_load(struct loader_context *load, const struct value *rules)
{
	struct kyverno_policy *policy = load->policy;

	for (VALUE_EACH(object, rules)) {
		struct rule *rule = ARENA_PUSH(load->arena, policy->rules, policy->rule_count, policy->rule_capacity);
		bool generated = autogen_is_generated_name(value_str(value_field(object, "name")));

		if (rule_load(load, object, generated ? GATE_NOT_GENERATED : GATE_ALWAYS, rule) < 0)
			return -1;
	}
	return 0;
}

static int generated_load(struct loader_context *load, const struct value *rule, bool cron_job)
{
	struct kyverno_policy *policy = load->policy;
	struct str *kinds = arena_array(load->arena, policy->controller_count, sizeof(*kinds));
	const struct value *generated;
	size_t count = 0;

	for (size_t i = 0; i < policy->controller_count; i++)
		if (str_is(policy->controllers[i], "CronJob") == cron_job)
			kinds[count++] = policy->controllers[i];
	generated = autogen_rule(load->arena, rule, kinds, count, cron_job);
	if (!generated)
		return 0;
	if (cron_job)
		policy->generates_cron_job = true;
	else
		policy->generates_template = true;
	return rule_load(load, generated, cron_job ? GATE_CRON_JOB : GATE_TEMPLATE,
			 ARENA_PUSH(load->arena, policy->rules, policy->rule_count, policy->rule_capacity));
}

static int autogen_load(struct loader_context *load, const struct value *rules)
{
	struct kyverno_policy *policy = load->policy;

	if (!autogen_controllers(load->arena, policy->head.object, &policy->controllers, &policy->controller_count))
		return 0;
	for (VALUE_EACH(rule, rules))
		if (generated_load(load, rule, false) < 0 || generated_load(load, rule, true) < 0)
			return -1;
	return 0;
}

static void kinds_collect(struct arena *arena, struct kyverno_policy *policy)
{
	struct kind_pattern *kinds = NULL;
	size_t count = 0, capacity = 0;

	for (size_t i = 0; i < policy->rule_count; i++)
		if (!match_kinds(arena, policy->rules[i].match, &kinds, &count, &capacity))
			return;
	policy->head.kinds = kinds;
	policy->head.kind_count = count;
}

static void head_load(struct loader_context *load, const struct value *object)
{
	struct kyverno_policy *policy = load->policy;
	const struct value *annotations = object_annotations(object), *spec = value_field(object, "spec");
	struct policy *head = &policy->head;

	head->object = object;
	head->name = object_name(object);
	head->kind = value_str(value_field(object, "kind"));
	head->title = value_str(value_field(annotations, "policies.kyverno.io/title"));
	head->category = value_str(value_field(annotations, "policies.kyverno.io/category"));
	head->severity = value_str(value_field(annotations, "policies.kyverno.io/severity"));
	head->unscored = str_is(value_str(value_field(annotations, "policies.kyverno.io/scored")), "false");
	policy->namespaced = str_is(head->kind, "Policy");
	policy->key = head->name;
	if (policy->namespaced) {
		head->namespace = object_namespace(object);
		if (head->namespace.n)
			policy->key = str_format(load->arena, STR_FMT "/" STR_FMT, STR_ARG(head->namespace),
						 STR_ARG(head->name));
		policy->namespace = head->namespace.n ? head->namespace : STR("default");
	}
	policy->apply_one = str_is(value_str(value_field(spec, "applyRules")), "One");
	policy->enforce = is_enforce(value_str(value_field(spec, "validationFailureAction")));
	policy->match_conditions = value_count(value_path(spec, "webhookConfiguration", "matchConditions")) > 0;
}

static int parts_load(struct loader_context *load, const struct value *object)
{
	const struct value *rules = value_path(object, "spec", "rules");

	head_load(load, object);
	if (!load->policy->head.name.n)
		return error_set_at(load->err, ERROR_INVALID, value_place(object), "policy without metadata.name");
	if (!value_is(rules, VALUE_ARRAY) || rules->length == 0)
		return error_set_at(load->err, ERROR_INVALID, value_place(rules ? rules : object),
				    "the policy has no rules (spec.rules)");
	if (rules_load(load, rules) < 0)
		return -1;
	return autogen_load(load, rules);
}

int policy_load(struct policy_set *set, struct kyverno_state *state, const struct value *object, struct error **err)
{
	struct kyverno_policy *policy = ARENA_NEW(state->arena, struct kyverno_policy);
	struct loader_context load = { .arena = state->arena, .policy = policy, .err = err, .state = state, .set = set };

	policy->scratch = state->index;
	policy->head.dialect = &kyverno_dialect;
	if (parts_load(&load, object) < 0)
		return error_wrap(err, "policy " STR_FMT, STR_ARG(policy->head.name));
	/* Rules are final now, nothing moves any more. */
	kinds_collect(state->arena, policy);
	*ARENA_PUSH(state->arena, state->policies, state->policy_count, state->policy_capacity) = policy;
	policy_set_add_policy(set, &policy->head);
	return 0;
}
