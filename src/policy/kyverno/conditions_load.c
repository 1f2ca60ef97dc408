/*
 * Preconditions, deny conditions and context entries, compiled.
 *
 * Semantics: Kyverno v1.19 api/kyverno/v1 (Condition, AnyAllConditions, ConditionsWrapper, ContextEntry).
 */
#include "policy/kyverno/engine.h"

#include "policy/kyverno/functions.h"

static int operand_load(struct loader_context *load, const struct value *tree, struct operand *out)
{
	out->constant = tree ? tree : &value_null;
	out->template = template_compile(load->arena, out->constant, STR(""), &kyverno_library, load->err);
	if (!out->template)
		return -1;
	if (!template_is_static(out->template))
		out->constant = NULL;
	else
		out->constant = template_tree(out->template);
	/* Kyverno decodes a lone number as a float, and those in a list as what they are. */
	if (value_is(out->constant, VALUE_INT))
		out->constant = value_as_floats(load->arena, out->constant);
	return 0;
}

static int operator_load(struct loader_context *load, const struct value *object, enum condition_operator *op)
{
	const struct value *name = value_field(object, "operator");
	const char *suggestion = NULL;

	if (!value_is(name, VALUE_STRING))
		return error_set_at(load->err, ERROR_INVALID, value_place(name ? name : object),
				    "condition without operator");
	if (condition_operator_parse(value_str(name), op, &suggestion))
		return 0;
	if (suggestion)
		return error_set_at(load->err, ERROR_INVALID, value_place(name),
				    "unknown operator \"" STR_FMT "\" (did you mean \"%s\"?)", STR_ARG(value_str(name)),
				    suggestion);
	return error_set_at(load->err, ERROR_INVALID, value_place(name), "unknown operator \"" STR_FMT "\"",
			    STR_ARG(value_str(name)));
}

static int condition_load(struct loader_context *load, const struct value *object, struct condition *condition)
{
	const struct value *message = value_field(object, "message");

	*condition = (struct condition){ .at = object, .message = value_str(message) };
	if (!value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object),
				    "a condition must be an object with key, operator and value, not %s",
				    value_type_name(object));
	if (operator_load(load, object, &condition->op) < 0 ||
	    operand_load(load, value_field(object, "key"), &condition->key) < 0 ||
	    operand_load(load, value_field(object, "value"), &condition->value) < 0)
		return -1;
	if (condition->message.n) {
		condition->message_template =
			template_compile(load->arena, message, STR(""), &kyverno_library, load->err);
		if (!condition->message_template)
			return -1;
		if (template_is_static(condition->message_template))
			condition->message_template = NULL;
	}
	return 0;
}

static int list_load(struct loader_context *load, const struct value *list, struct condition_list *out)
{
	*out = (struct condition_list){ 0 };
	if (value_is_null(list))
		return 0;
	if (!value_is(list, VALUE_ARRAY))
		return error_set_at(load->err, ERROR_INVALID, value_place(list), "conditions must be a list, not %s",
				    value_type_name(list));
	out->present = list->length > 0 || !load->generated;
	out->items = arena_array(load->arena, list->length, sizeof(*out->items));
	for (VALUE_EACH(item, list))
		if (condition_load(load, item, &out->items[out->count++]) < 0)
			return -1;
	return 0;
}

int conditions_load(struct loader_context *load, const struct value *object, bool any_all_only,
		    const struct conditions **out)
{
	struct conditions *conditions;

	*out = NULL;
	if (value_is_null(object))
		return 0;
	conditions = ARENA_NEW(load->arena, struct conditions);
	*out = conditions;
	if (value_is(object, VALUE_ARRAY) && !any_all_only) {
		conditions->old = true;
		return list_load(load, object, &conditions->all);
	}
	if (!value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object),
				    "conditions must be an object with any and all, not %s", value_type_name(object));
	if (list_load(load, value_field(object, "any"), &conditions->any) < 0)
		return -1;
	return list_load(load, value_field(object, "all"), &conditions->all);
}

static bool list_is_static(const struct condition_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!list->items[i].key.constant || !list->items[i].value.constant || list->items[i].message_template)
			return false;
	return true;
}

bool conditions_are_static(const struct conditions *conditions)
{
	return !conditions || (list_is_static(&conditions->any) && list_is_static(&conditions->all));
}

/* -- context entries ----------------------------------------------------------------------------------------------- */

static int template_load(struct loader_context *load, const struct value *tree, const struct template **out)
{
	*out = NULL;
	if (value_is_null(tree))
		return 0;
	*out = template_compile(load->arena, tree, STR(""), &kyverno_library, load->err);
	return *out ? 0 : -1;
}

static int variable_load(struct loader_context *load, const struct value *object, struct context_entry *entry)
{
	const struct value *path = value_field(object, "jmesPath");

	if (template_load(load, value_field(object, "value"), &entry->value) < 0 ||
	    template_load(load, value_field(object, "default"), &entry->fallback) < 0)
		return -1;
	if (!value_is_null(path) && !value_is(path, VALUE_STRING))
		return error_set_at(load->err, ERROR_INVALID, value_place(path), "jmesPath must be a string, not %s",
				    value_type_name(path));
	entry->jmespath = value_str(path);
	if (!entry->jmespath.n)
		return 0;
	if (template_load(load, path, &entry->jmespath_template) < 0)
		return -1;
	if (!template_is_static(entry->jmespath_template))
		return 0;
	entry->program = jmespath_compile(load->arena, str_trim(value_str(template_tree(entry->jmespath_template))),
					  &kyverno_library, value_place(path), load->err);
	return entry->program ? 0 : -1;
}

static const struct { const char *field; enum context_kind kind; } entry_kinds[] = {
	{ "configMap", CONTEXT_CONFIG_MAP },
	{ "apiCall", CONTEXT_API_CALL },
	{ "globalReference", CONTEXT_GLOBAL },
	{ "imageRegistry", CONTEXT_IMAGE_REGISTRY },
	{ "variable", CONTEXT_VARIABLE },
};

static int entry_load(struct loader_context *load, const struct value *object, struct context_entry *entry)
{
	*entry = (struct context_entry){ .at = object, .name = value_str(value_field(object, "name")) };
	if (!entry->name.n)
		return error_set_at(load->err, ERROR_INVALID, value_place(object), "context entry without name");
	for (size_t i = 0; i < sizeof(entry_kinds) / sizeof(*entry_kinds); i++) {
		const struct value *body = value_get(object, str_of(entry_kinds[i].field));

		if (value_is_null(body))
			continue;
		entry->kind = entry_kinds[i].kind;
		if (!value_is(body, VALUE_OBJECT))
			return error_set_at(load->err, ERROR_INVALID, value_place(body),
					    "context entry " STR_FMT ": %s must be an object, not %s",
					    STR_ARG(entry->name), entry_kinds[i].field, value_type_name(body));
		if (entry->kind == CONTEXT_VARIABLE)
			return variable_load(load, body, entry);
		return template_load(load, body, &entry->call);
	}
	return error_set_at(load->err, ERROR_INVALID, value_place(object),
			    "context entry " STR_FMT
			    " needs one of variable, configMap, apiCall, globalReference, imageRegistry",
			    STR_ARG(entry->name));
}

int context_entries_load(struct loader_context *load, const struct value *list, struct context_entries *out)
{
	*out = (struct context_entries){ 0 };
	if (value_is_null(list))
		return 0;
	if (!value_is(list, VALUE_ARRAY))
		return error_set_at(load->err, ERROR_INVALID, value_place(list), "context must be a list, not %s",
				    value_type_name(list));
	out->items = arena_array(load->arena, list->length, sizeof(*out->items));
	for (VALUE_EACH(item, list))
		if (entry_load(load, item, &out->items[out->count++]) < 0)
			return -1;
	return 0;
}
