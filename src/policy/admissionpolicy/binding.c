/*
 * Bindings: which policy is in force where, with which params, and what comes of a denial.
 */
#include "kube/selector.h"
#include "policy/admissionpolicy/engine.h"

static unsigned actions_of(const struct value *list)
{
	static const struct {
		const char *name;
		unsigned action;
	} names[] = { { "Deny", ACTION_DENY }, { "Warn", ACTION_WARN }, { "Audit", ACTION_AUDIT } };
	unsigned actions = 0;

	for (VALUE_EACH(item, list))
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			if (str_equal(value_str(item), str_of(names[i].name)))
				actions |= names[i].action;
	return actions;
}

struct admission_binding *admission_binding_compile(struct arena *arena, const struct value *object, struct error **err)
{
	const struct value *spec = value_field(object, "spec"), *match = value_field(spec, "matchResources");
	const struct value *reference = value_field(spec, "paramRef"), *selector = value_field(reference, "selector");
	struct admission_binding *binding = ARENA_NEW(arena, struct admission_binding);

	if (admission_validate(object, err) < 0)
		return NULL;
	*binding = (struct admission_binding){
		.name = object_name(object),
		.policy_name = value_str(value_field(spec, "policyName")),
		.param_ref = value_is_null(reference) ? NULL : reference,
		.actions = actions_of(value_field(spec, "validationActions")),
		.object = object,
		.mutating = str_starts_with(gvk_of(object).kind, STR("Mutating")),
	};
	if (!value_is_null(match)) {
		binding->match = admission_match_compile(arena, match, err);
		if (!binding->match)
			return NULL;
	}
	if (!value_is_null(selector)) {
		binding->param_selector = selector_compile(arena, selector, err);
		if (!binding->param_selector)
			return NULL;
	}
	return binding;
}
