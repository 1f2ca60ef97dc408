#include "policy/kyverno/operator.h"

#include <ctype.h>

#include "data/double_text.h"
#include "data/duration.h"
#include "data/glob.h"
#include "data/quantity.h"
#include "data/semver.h"
#include "policy/kyverno/gotext.h"
#include "policy/kyverno/leaf.h"
#include "policy/kyverno/operator_list.h"

#define SECOND 1000000000

/* -- names ----------------------------------------------------------------------------------------------------- */

const char *const condition_operator_names[] = {
	[CONDITION_EQUALS] = "Equals",
	[CONDITION_NOT_EQUALS] = "NotEquals",
	[CONDITION_IN] = "In",
	[CONDITION_NOT_IN] = "NotIn",
	[CONDITION_ANY_IN] = "AnyIn",
	[CONDITION_ALL_IN] = "AllIn",
	[CONDITION_ANY_NOT_IN] = "AnyNotIn",
	[CONDITION_ALL_NOT_IN] = "AllNotIn",
	[CONDITION_GREATER_THAN] = "GreaterThan",
	[CONDITION_GREATER_THAN_OR_EQUALS] = "GreaterThanOrEquals",
	[CONDITION_LESS_THAN] = "LessThan",
	[CONDITION_LESS_THAN_OR_EQUALS] = "LessThanOrEquals",
	[CONDITION_DURATION_GREATER_THAN] = "DurationGreaterThan",
	[CONDITION_DURATION_GREATER_THAN_OR_EQUALS] = "DurationGreaterThanOrEquals",
	[CONDITION_DURATION_LESS_THAN] = "DurationLessThan",
	[CONDITION_DURATION_LESS_THAN_OR_EQUALS] = "DurationLessThanOrEquals",
	[CONDITION_NEVER] = "",
};

static const char *closest_name(struct str name)
{
	const char *best = NULL;
	size_t nearest = 4;

	for (size_t i = 0; i < CONDITION_NEVER; i++) {
		size_t distance = str_distance(name, str_of(condition_operator_names[i]), nearest);

		if (distance < nearest) {
			nearest = distance;
			best = condition_operator_names[i];
		}
	}
	return best;
}

bool condition_operator_parse(struct str name, enum condition_operator *out, const char **suggestion)
{
	if (suggestion)
		*suggestion = NULL;
	if (str_equal_fold(name, STR("Equal"))) {
		*out = CONDITION_EQUALS;
		return true;
	}
	if (str_equal_fold(name, STR("NotEqual"))) {
		*out = CONDITION_NOT_EQUALS;
		return true;
	}
	for (size_t i = 0; i < CONDITION_NEVER; i++) {
		struct str known = str_of(condition_operator_names[i]);

		if (!str_equal_fold(name, known))
			continue;
		*out = (enum condition_operator)i;
		if (i >= CONDITION_GREATER_THAN && !str_equal(name, known))
			*out = CONDITION_NEVER;
		return true;
	}
	if (suggestion)
		*suggestion = closest_name(name);
	return false;
}

/* -- durations ------------------------------------------------------------------------------------------------- */

/* Durations and quantities start with a sign, a digit or a point: saves trying to parse every name. */
static bool may_be_number(struct str s)
{
	return s.n > 0 && (isdigit((unsigned char)s.p[0]) || s.p[0] == '-' || s.p[0] == '+' || s.p[0] == '.');
}

static bool string_duration(const struct value *v, int64_t *out)
{
	return may_be_number(value_str(v)) && duration_parse(value_str(v), out, NULL) == 0;
}

/* A number as whole seconds. */
static bool number_duration(const struct value *v, int64_t *out)
{
	if (!value_is_number(v))
		return false;
	*out = go_multiply(v->type == VALUE_INT ? v->u.integer : go_int64_of(v->u.number), SECOND);
	return true;
}

/* Both as durations, of which at least one is written as one; "0" does not count as that. */
static bool durations(const struct value *key, const struct value *value, int64_t *key_out, int64_t *value_out)
{
	bool has_key = value_is(key, VALUE_STRING) && !str_is(value_str(key), "0") && string_duration(key, key_out);
	bool has_value =
		value_is(value, VALUE_STRING) && !str_is(value_str(value), "0") && string_duration(value, value_out);

	if (!has_key && !has_value)
		return false;
	return (has_key || number_duration(key, key_out)) && (has_value || number_duration(value, value_out));
}

/* -- Equals ---------------------------------------------------------------------------------------------------- */

/* The value is a pattern with wildcards, unless the key is a number or a duration. */
static bool string_equals(struct arena *arena, const struct value *key, const struct value *value)
{
	struct quantity key_quantity, value_quantity;
	int64_t key_duration, value_duration;

	if (durations(key, value, &key_duration, &value_duration))
		return duration_seconds(key_duration) == duration_seconds(value_duration);
	if (!value_is(value, VALUE_STRING))
		return false;
	if (may_be_number(value_str(key)) && quantity_parse(arena, value_str(key), &key_quantity, NULL) == 0)
		return quantity_parse(arena, value_str(value), &value_quantity, NULL) == 0 &&
		       quantity_compare(&key_quantity, &value_quantity) == 0;
	return glob_match(value_str(value), value_str(key));
}

/* Within lists and maps that are equal Kyverno tells integers (of the policy) from floats (of its context). */
static bool same_numbers(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == VALUE_ARRAY)
		for (uint32_t i = 0; i < a->length; i++)
			if (!same_numbers(&a->u.items[i], &b->u.items[i]))
				return false;
	for (MEMBER_EACH(m, a))
		if (!same_numbers(&m->value, value_get(b, value_str(&m->key))))
			return false;
	return true;
}

static bool equals(struct arena *arena, const struct value *key, const struct value *value)
{
	switch ((enum value_type)key->type) {
	case VALUE_BOOL:
		return value_is(value, VALUE_BOOL) && value->u.boolean == key->u.boolean;
	case VALUE_INT:
		return leaf_int_matches(key->u.integer, value);
	case VALUE_FLOAT:
		return leaf_float_matches(key->u.number, value);
	case VALUE_STRING:
		return string_equals(arena, key, value);
	case VALUE_ARRAY:
	case VALUE_OBJECT:
		return value_is(value, (enum value_type)key->type) && value_equal(key, value) && same_numbers(key, value);
	case VALUE_NULL:
		break;
	}
	return false;
}

/* -- order ----------------------------------------------------------------------------------------------------- */

static bool order_holds(enum condition_operator op, bool less, bool equal, bool greater)
{
	switch (op) {
	case CONDITION_GREATER_THAN:
	case CONDITION_DURATION_GREATER_THAN:
		return greater;
	case CONDITION_GREATER_THAN_OR_EQUALS:
	case CONDITION_DURATION_GREATER_THAN_OR_EQUALS:
		return greater || equal;
	case CONDITION_LESS_THAN:
	case CONDITION_DURATION_LESS_THAN:
		return less;
	case CONDITION_LESS_THAN_OR_EQUALS:
	case CONDITION_DURATION_LESS_THAN_OR_EQUALS:
		return less || equal;
	default:
		return false;
	}
}

/* Not a number is neither. */
static bool order_of_doubles(enum condition_operator op, double key, double value)
{
	return order_holds(op, key < value, key == value, key > value);
}

static bool order_of_ints(enum condition_operator op, int64_t key, int64_t value)
{
	return order_holds(op, key < value, key == value, key > value);
}

static bool number_order(enum condition_operator op, double key, const struct value *value)
{
	double parsed;

	if (value_is_number(value))
		return order_of_doubles(op, key, value_number(value));
	return value_is(value, VALUE_STRING) && double_parse(value_str(value), &parsed) &&
	       order_of_doubles(op, key, parsed);
}

static bool version_order(enum condition_operator op, struct str key, const struct value *value)
{
	struct semver key_version, value_version;

	return semver_parse(key, &key_version, NULL) == 0 && value_is(value, VALUE_STRING) &&
	       semver_parse(value_str(value), &value_version, NULL) == 0 &&
	       order_of_ints(op, semver_compare(&key_version, &value_version), 0);
}

static bool string_order(struct arena *arena, enum condition_operator op, const struct value *key,
			 const struct value *value)
{
	struct quantity key_quantity, value_quantity;
	struct value number;
	int64_t key_duration, value_duration;
	double parsed;

	if (value_is(value, VALUE_STRING) && may_be_number(value_str(key)) &&
	    quantity_parse(arena, value_str(key), &key_quantity, NULL) == 0 &&
	    quantity_parse(arena, value_str(value), &value_quantity, NULL) == 0)
		return order_of_ints(op, quantity_compare(&key_quantity, &value_quantity), 0);
	if (!double_parse(value_str(key), &parsed))
		return version_order(op, value_str(key), value);
	/* As a number it gets another chance against a duration. */
	number = (struct value){ .type = VALUE_FLOAT, .u.number = parsed };
	if (value_is(value, VALUE_STRING) && durations(&number, value, &key_duration, &value_duration))
		return order_of_doubles(op, duration_seconds(key_duration), duration_seconds(value_duration));
	return number_order(op, parsed, value);
}

static bool compare_numbers(struct arena *arena, enum condition_operator op, const struct value *key,
			    const struct value *value)
{
	int64_t key_duration, value_duration;

	if (!value_is_number(key) && !value_is(key, VALUE_STRING))
		return false;
	if (durations(key, value, &key_duration, &value_duration))
		return order_of_doubles(op, duration_seconds(key_duration), duration_seconds(value_duration));
	if (key->type == VALUE_STRING)
		return string_order(arena, op, key, value);
	return number_order(op, value_number(key), value);
}

static bool any_duration(const struct value *v, int64_t *out)
{
	return value_is(v, VALUE_STRING) ? string_duration(v, out) : number_duration(v, out);
}

static bool compare_durations(enum condition_operator op, const struct value *key, const struct value *value)
{
	int64_t key_duration, value_duration;

	return any_duration(key, &key_duration) && any_duration(value, &value_duration) &&
	       order_of_ints(op, key_duration, value_duration);
}

bool condition_holds(struct arena *arena, enum condition_operator op, const struct value *key,
		     const struct value *value)
{
	switch (op) {
	case CONDITION_EQUALS:
	case CONDITION_NOT_EQUALS:
		/* A null key is neither equal nor unequal to anything. */
		return !value_is_null(key) && equals(arena, key, value) == (op == CONDITION_EQUALS);
	case CONDITION_IN:
	case CONDITION_NOT_IN:
		return condition_in(arena, op == CONDITION_NOT_IN, key, value);
	case CONDITION_ANY_IN:
	case CONDITION_ALL_IN:
	case CONDITION_ANY_NOT_IN:
	case CONDITION_ALL_NOT_IN:
		return condition_any_all_in(arena, op, key, value);
	case CONDITION_GREATER_THAN:
	case CONDITION_GREATER_THAN_OR_EQUALS:
	case CONDITION_LESS_THAN:
	case CONDITION_LESS_THAN_OR_EQUALS:
		return compare_numbers(arena, op, key, value);
	case CONDITION_DURATION_GREATER_THAN:
	case CONDITION_DURATION_GREATER_THAN_OR_EQUALS:
	case CONDITION_DURATION_LESS_THAN:
	case CONDITION_DURATION_LESS_THAN_OR_EQUALS:
		return compare_durations(op, key, value);
	case CONDITION_NEVER:
		break;
	}
	return false;
}
