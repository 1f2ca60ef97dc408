#include "kube/selector.h"

#include "data/quote.h"
#include "kube/label.h"

enum selector_operator { SELECTOR_IN, SELECTOR_NOT_IN, SELECTOR_EXISTS, SELECTOR_DOES_NOT_EXIST };
static const char *const operator_names[] = { "In", "NotIn", "Exists", "DoesNotExist" };

struct requirement {
	struct str key;
	enum selector_operator op;
	const struct str *values;
	size_t value_count;
};

struct selector {
	struct requirement *requirements;
	size_t count, capacity;
};

/* What is wrong with one requirement: all of it, each thing once, as the API machinery lists field errors. */
struct complaints {
	struct buf text;
	size_t count;
};

static struct buf *complain_begin(struct complaints *complaints)
{
	if (complaints->count++)
		buf_add(&complaints->text, STR(", "));
	return &complaints->text;
}

static void check_key(struct complaints *complaints, struct str key)
{
	struct buf why = { 0 };

	if (!label_key_is_valid(key, &why)) {
		struct buf *out = complain_begin(complaints);

		buf_add(out, STR("key: Invalid value: "));
		quote_add(out, key);
		buf_printf(out, ": " STR_FMT, STR_ARG(buf_str(&why)));
	}
	buf_free(&why);
}

static void check_values(struct complaints *complaints, const struct requirement *requirement)
{
	for (size_t i = 0; i < requirement->value_count; i++) {
		struct buf why = { 0 };

		if (!label_value_is_valid(requirement->values[i], &why)) {
			struct buf *out = complain_begin(complaints);

			buf_printf(out, "values[%zu][" STR_FMT "]: Invalid value: ", i, STR_ARG(requirement->key));
			quote_add(out, requirement->values[i]);
			buf_printf(out, ": " STR_FMT, STR_ARG(buf_str(&why)));
		}
		buf_free(&why);
	}
}

static void check_value_count(struct complaints *complaints, const struct requirement *requirement)
{
	bool wants_values = requirement->op == SELECTOR_IN || requirement->op == SELECTOR_NOT_IN;
	struct buf *out;

	if (wants_values == (requirement->value_count > 0))
		return;
	out = complain_begin(complaints);
	buf_add(out, STR("values: Invalid value: "));
	if (wants_values) {
		buf_add(out, STR("null: for 'in', 'notin' operators, values set can't be empty"));
		return;
	}
	for (size_t i = 0; i < requirement->value_count; i++) {
		buf_add_char(out, i ? ',' : '[');
		quote_add(out, requirement->values[i]);
	}
	buf_add(out, STR("]: values set must be empty for exists and does not exist"));
}

static int add_requirement(struct arena *arena, struct selector *selector, const struct requirement *requirement,
			   const struct value *at, struct error **err)
{
	struct complaints complaints = { 0 };
	int status = 0;

	check_key(&complaints, requirement->key);
	check_value_count(&complaints, requirement);
	check_values(&complaints, requirement);
	if (complaints.count)
		status = error_set_at(err, ERROR_INVALID, value_place(at),
				      complaints.count > 1 ? "[" STR_FMT "]" : STR_FMT,
				      STR_ARG(buf_str(&complaints.text)));
	else
		*ARENA_PUSH(arena, selector->requirements, selector->count, selector->capacity) = *requirement;
	buf_free(&complaints.text);
	return status;
}

static int wrong_type(const struct value *v, const char *field, const char *expected, struct error **err)
{
	return error_set_at(err, ERROR_INVALID, value_place(v), "label selector: %s must be %s, not %s", field,
			    expected, value_type_name(v));
}

static int compile_labels(struct arena *arena, struct selector *selector, const struct value *labels,
			  struct error **err)
{
	if (value_is_null(labels))
		return 0;
	if (labels->type != VALUE_OBJECT)
		return wrong_type(labels, "matchLabels", "an object of strings", err);
	for (MEMBER_EACH(label, labels)) {
		struct str *value = arena_alloc(arena, sizeof(*value));

		if (label->value.type != VALUE_STRING && label->value.type != VALUE_NULL)
			return wrong_type(&label->value, "a value of matchLabels", "a string", err);
		*value = value_str(&label->value);
		if (add_requirement(arena, selector,
				    &(struct requirement){ value_str(&label->key), SELECTOR_IN, value, 1 }, &label->key,
				    err) < 0)
			return -1;
	}
	return 0;
}

static int parse_operator(const struct value *v, enum selector_operator *out, const struct value *at,
			  struct error **err)
{
	struct buf name = { 0 };

	if (!value_is_null(v) && v->type != VALUE_STRING)
		return wrong_type(v, "operator", "a string", err);
	for (size_t i = 0; i < sizeof(operator_names) / sizeof(operator_names[0]); i++)
		if (str_equal(value_str(v), str_of(operator_names[i]))) {
			*out = (enum selector_operator)i;
			return 0;
		}
	quote_add(&name, value_str(v));
	error_set_at(err, ERROR_INVALID, value_place(v ? v : at), STR_FMT " is not a valid label selector operator",
		     STR_ARG(buf_str(&name)));
	buf_free(&name);
	return -1;
}

static int parse_values(struct arena *arena, const struct value *v, struct requirement *requirement, struct error **err)
{
	struct str *values;

	if (value_is_null(v))
		return 0;
	if (v->type != VALUE_ARRAY)
		return wrong_type(v, "values", "an array of strings", err);
	values = arena_array(arena, v->length, sizeof(*values));
	for (size_t i = 0; i < v->length; i++) {
		const struct value *item = value_at(v, i);

		if (item->type != VALUE_STRING && item->type != VALUE_NULL)
			return wrong_type(item, "an item of values", "a string", err);
		values[i] = value_str(item);
	}
	requirement->values = values;
	requirement->value_count = v->length;
	return 0;
}

static int compile_expressions(struct arena *arena, struct selector *selector, const struct value *expressions,
			       struct error **err)
{
	if (value_is_null(expressions))
		return 0;
	if (expressions->type != VALUE_ARRAY)
		return wrong_type(expressions, "matchExpressions", "an array", err);
	for (VALUE_EACH(expression, expressions)) {
		const struct value *key = value_field(expression, "key");
		struct requirement requirement = { .key = value_str(key) };

		if (expression->type != VALUE_OBJECT && expression->type != VALUE_NULL)
			return wrong_type(expression, "an item of matchExpressions", "an object", err);
		if (!value_is_null(key) && key->type != VALUE_STRING)
			return wrong_type(key, "key", "a string", err);
		if (parse_operator(value_field(expression, "operator"), &requirement.op, expression, err) < 0 ||
		    parse_values(arena, value_field(expression, "values"), &requirement, err) < 0 ||
		    add_requirement(arena, selector, &requirement, expression, err) < 0)
			return -1;
	}
	return 0;
}

const struct selector *selector_compile(struct arena *arena, const struct value *value, struct error **err)
{
	struct selector *selector = ARENA_NEW(arena, struct selector);

	if (!value_is_null(value) && value->type != VALUE_OBJECT) {
		wrong_type(value, "it", "an object", err);
		return NULL;
	}
	if (compile_labels(arena, selector, value_field(value, "matchLabels"), err) < 0 ||
	    compile_expressions(arena, selector, value_field(value, "matchExpressions"), err) < 0)
		return NULL;
	return selector;
}

static bool is_among(const struct requirement *requirement, struct str value)
{
	for (size_t i = 0; i < requirement->value_count; i++)
		if (str_equal(requirement->values[i], value))
			return true;
	return false;
}

static bool requirement_holds(const struct requirement *requirement, const struct value *label)
{
	switch (requirement->op) {
	case SELECTOR_IN:
		return label && is_among(requirement, value_str(label));
	case SELECTOR_NOT_IN:
		return !label || !is_among(requirement, value_str(label));
	case SELECTOR_EXISTS:
		return label;
	case SELECTOR_DOES_NOT_EXIST:
		return !label;
	}
	return false;
}

bool selector_matches(const struct selector *selector, const struct value *labels)
{
	if (!selector)
		return false;
	for (size_t i = 0; i < selector->count; i++)
		if (!requirement_holds(&selector->requirements[i], value_get(labels, selector->requirements[i].key)))
			return false;
	return true;
}
