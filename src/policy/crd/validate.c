/*
 * Values against the schema of a custom resource. Semantics and words: k8s.io/kube-openapi/pkg/validation/validate, and
 * k8s.io/apiextensions-apiserver v0.36 pkg/apiserver/validation, which turns its errors into those of fields.
 */
#include "policy/crd/crd.h"

#include "data/double_text.h"
#include "data/json.h"
#include "data/quote.h"
#include "data/utf8.h"
#include "policy/crd/formats.h"

#define DEPTH_MAX 100

/* One schema against one value. Of alternatives that all fail, the one with the most matches is the one that was meant.
 */
struct verdict {
	struct crd_errors errors;
	size_t matches;
};

struct validating {
	struct arena *arena;
	struct regex_cache *regexes;
};

/* A value on the way down: its name is what the messages begin with (".key" below a root without properties). */
struct spot {
	struct str name;
	const struct schema_step *step;
	int depth;
};

static void validate(struct validating *v, const struct crd_schema *schema, const struct value *value,
		     const struct spot *spot, struct verdict *verdict);

/* -- errors ------------------------------------------------------------------------------------------------------- */

/* Each once. */
static void put(struct validating *v, struct verdict *verdict, const struct crd_error *error)
{
	struct crd_errors *errors = &verdict->errors;

	for (size_t i = 0; i < errors->count; i++)
		if (str_equal(errors->items[i].body, error->body) && str_equal(errors->items[i].field, error->field))
			return;
	*ARENA_PUSH(v->arena, errors->items, errors->count, errors->capacity) = *error;
}

static void add(struct validating *v, struct verdict *verdict, const struct spot *spot, const struct value *at,
		struct str body)
{
	struct str name = spot->name.n && spot->name.p[0] == '.' ? str_skip(spot->name, 1) : spot->name;
	struct crd_error error = {
		.field = name.n ? name : STR("<nil>"),
		.pointer = schema_step_pointer(v->arena, spot->step),
		.body = body,
		.at = at,
	};

	put(v, verdict, &error);
}

/* Without a place: what has to do with several schemas. */
static void add_nowhere(struct validating *v, struct verdict *verdict, const struct spot *spot, const struct value *at,
			struct str text)
{
	struct crd_error error = {
		.field = STR("<nil>"),
		.pointer = schema_step_pointer(v->arena, spot->step),
		.body = str_concat(v->arena, STR("Invalid value: \"\": "), text),
		.at = at,
	};

	put(v, verdict, &error);
}

static void merge(struct validating *v, struct verdict *into, const struct verdict *from)
{
	for (size_t i = 0; i < from->errors.count; i++)
		put(v, into, &from->errors.items[i]);
	into->matches += from->matches;
}

/* A value as field errors show it. */
static struct str shown(struct arena *arena, const struct value *value)
{
	char room[DOUBLE_TEXT_MAX];

	if (value->type == VALUE_STRING)
		return quote(arena, value_str(value));
	if (value->type == VALUE_FLOAT)
		return str_dup(arena, str_make(room, double_text_general(value->u.number, room)));
	return json_text(arena, value, JSON_COMPACT | JSON_SORTED);
}

/* -- types -------------------------------------------------------------------------------------------------------- */

static const char *const type_names[] = {
	[VALUE_NULL] = "null",	   [VALUE_BOOL] = "boolean", [VALUE_INT] = "integer",	[VALUE_FLOAT] = "number",
	[VALUE_STRING] = "string", [VALUE_ARRAY] = "array",  [VALUE_OBJECT] = "object",
};

static bool has_type(const struct crd_schema *schema, const char *name)
{
	if (schema->int_or_string)
		return strcmp(name, "integer") == 0 || strcmp(name, "string") == 0;
	return str_equal(schema->type, str_of(name));
}

static bool is_whole(double d)
{
	return d >= -9007199254740991.0 && d <= 9007199254740991.0 && d == (double)(int64_t)d;
}

static void wrong_type(struct validating *v, struct verdict *verdict, const struct spot *spot,
		       const struct value *value, struct str wanted, struct str got)
{
	struct str quoted = quote(v->arena, got);

	add(v, verdict, spot, value,
	    str_format(v->arena,
		       "Invalid value: " STR_FMT ": " STR_FMT " in body must be of type " STR_FMT ": " STR_FMT,
		       STR_ARG(quoted), STR_ARG(spot->name), STR_ARG(wanted), STR_ARG(quoted)));
}

static void check_type(struct validating *v, const struct crd_schema *schema, const struct value *value,
		       const struct spot *spot, struct verdict *verdict)
{
	struct str type = schema->int_or_string ? STR("integer,string") : schema->type;
	struct str format = crd_format(schema->int_or_string ? STR("int-or-string") : type, schema->format);
	bool text = value->type == VALUE_STRING || value->type == VALUE_ARRAY;
	bool numeric = has_type(schema, "number") || has_type(schema, "integer"), fits;

	if (type.n == 0 && format.n == 0)
		return;
	if (value->type == VALUE_NULL) {
		if (type.n && !schema->nullable)
			wrong_type(v, verdict, spot, value, type, STR("null"));
		else
			verdict->matches++;
		return;
	}
	fits = has_type(schema, type_names[value->type]) ||
	       (value->type == VALUE_FLOAT && is_whole(value->u.number) && has_type(schema, "integer")) ||
	       (value->type == VALUE_INT && has_type(schema, "number"));
	if (!text && format.n && !fits) {
		wrong_type(v, verdict, spot, value, format,
			   value->type == VALUE_INT	? STR("int64")
			   : value->type == VALUE_FLOAT ? STR("float64")
							: STR(""));
		return;
	}
	/* A format stands for its type. */
	if (!fits && !(!numeric && format.n && text))
		wrong_type(v, verdict, spot, value, type, str_of(type_names[value->type]));
	else
		verdict->matches++;
}

/* -- numbers and strings ------------------------------------------------------------------------------------------ */

static struct str number_text(struct arena *arena, const struct value *limit, bool whole)
{
	char room[DOUBLE_TEXT_MAX];

	if (whole)
		return str_format(arena, "%lld",
				  (long long)(limit->type == VALUE_INT ? limit->u.integer : (int64_t)limit->u.number));
	return str_dup(arena, str_make(room, double_text_general(value_number(limit), room)));
}

static void out_of_range(struct validating *v, struct verdict *verdict, const struct spot *spot,
			 const struct value *value, const char *what, const struct value *limit)
{
	add(v, verdict, spot, value,
	    str_format(v->arena, "Invalid value: " STR_FMT ": " STR_FMT " in body should be %s " STR_FMT,
		       STR_ARG(shown(v->arena, value)), STR_ARG(spot->name), what,
		       STR_ARG(number_text(v->arena, limit, value->type == VALUE_INT))));
}

/* Limits of integers are cut to integers. */
static int compare_to_limit(const struct value *value, const struct value *limit)
{
	if (value->type == VALUE_INT) {
		int64_t bound = limit->type == VALUE_INT ? limit->u.integer : (int64_t)limit->u.number;

		return (value->u.integer > bound) - (value->u.integer < bound);
	}
	return (value->u.number > value_number(limit)) - (value->u.number < value_number(limit));
}

static bool is_multiple(const struct value *value, const struct value *of)
{
	int64_t factor = of->type == VALUE_INT ? of->u.integer : (int64_t)of->u.number;
	double number = value_number(of);

	if (value->type == VALUE_INT && factor > 0)
		return value->u.integer % factor == 0;
	if (number <= 0)
		return true;
	return is_whole(number < 1 ? 1 / number * value_number(value) : value_number(value) / number);
}

static void check_number(struct validating *v, const struct crd_schema *schema, const struct value *value,
			 const struct spot *spot, struct verdict *verdict)
{
	if (schema->multiple_of && !is_multiple(value, schema->multiple_of))
		out_of_range(v, verdict, spot, value, "a multiple of", schema->multiple_of);
	if (schema->minimum && compare_to_limit(value, schema->minimum) < schema->exclusive_minimum)
		out_of_range(v, verdict, spot, value,
			     schema->exclusive_minimum ? "greater than" : "greater than or equal to", schema->minimum);
	if (schema->maximum && compare_to_limit(value, schema->maximum) > -(int)schema->exclusive_maximum)
		out_of_range(v, verdict, spot, value, schema->exclusive_maximum ? "less than" : "less than or equal to",
			     schema->maximum);
	verdict->matches++;
}

static int64_t characters(struct str text)
{
	int64_t count = 0;

	for (size_t i = 0, width; i < text.n; i += width, count++)
		utf8_decode(text.p + i, text.n - i, &width);
	return count;
}

static void check_string(struct validating *v, const struct crd_schema *schema, const struct value *value,
			 const struct spot *spot, struct verdict *verdict)
{
	struct str text = value_str(value), format;
	int64_t length = characters(text);

	if (schema->max_length.given && length > schema->max_length.limit) {
		add(v, verdict, spot, value,
		    str_format(v->arena, "Too long: may not be more than %lld byte%s",
			       (long long)schema->max_length.limit, schema->max_length.limit == 1 ? "" : "s"));
	} else if (schema->min_length.given && length < schema->min_length.limit) {
		add(v, verdict, spot, value,
		    str_format(v->arena,
			       "Invalid value: " STR_FMT ": " STR_FMT " in body should be at least %lld chars long",
			       STR_ARG(shown(v->arena, value)), STR_ARG(spot->name),
			       (long long)schema->min_length.limit));
	} else if (schema->pattern.n && !crd_pattern_fits(v->regexes, schema->pattern, text)) {
		add(v, verdict, spot, value,
		    str_format(v->arena, "Invalid value: " STR_FMT ": " STR_FMT " in body should match '" STR_FMT "'",
			       STR_ARG(shown(v->arena, value)), STR_ARG(spot->name), STR_ARG(schema->pattern)));
	}
	format = crd_format(schema->int_or_string ? STR("int-or-string") : schema->type, schema->format);
	if (format.n && !crd_format_fits(v->arena, v->regexes, format, text))
		add(v, verdict, spot, value,
		    str_format(v->arena,
			       "Invalid value: " STR_FMT ": " STR_FMT " in body must be of type " STR_FMT ": " STR_FMT,
			       STR_ARG(shown(v->arena, value)), STR_ARG(spot->name), STR_ARG(format),
			       STR_ARG(quote(v->arena, text))));
}

static void check_enumeration(struct validating *v, const struct crd_schema *schema, const struct value *value,
			      const struct spot *spot, struct verdict *verdict)
{
	struct buf buf = { 0 };

	if (!schema->enumeration)
		return;
	for (VALUE_EACH(allowed, schema->enumeration))
		if (value_equal(allowed, value))
			return;
	for (VALUE_EACH(allowed, schema->enumeration)) {
		buf_add(&buf, buf.n ? STR(", ") : STR(""));
		quote_add(&buf, allowed->type == VALUE_STRING ? value_str(allowed)
							      : json_text(v->arena, allowed, JSON_COMPACT));
	}
	add(v, verdict, spot, value,
	    str_format(v->arena, "Unsupported value: " STR_FMT ": supported values: " STR_FMT,
		       STR_ARG(shown(v->arena, value)), STR_ARG(buf_str(&buf))));
	buf_free(&buf);
}

/* -- lists and objects -------------------------------------------------------------------------------------------- */

static void check_count(struct validating *v, const struct spot *spot, const struct value *value,
			struct crd_bound least, struct crd_bound most, const char *things, struct verdict *verdict)
{
	long long count = (long long)value_count(value);

	if (least.given && count < least.limit)
		add(v, verdict, spot, value,
		    str_format(v->arena, "Invalid value: %lld: " STR_FMT " in body should have at least %lld %s", count,
			       STR_ARG(spot->name), (long long)least.limit, things));
	if (most.given && count > most.limit)
		add(v, verdict, spot, value,
		    str_format(v->arena, "Too many: %lld: must have at most %lld item%s", count, (long long)most.limit,
			       most.limit == 1 ? "" : "s"));
}

static void check_array(struct validating *v, const struct crd_schema *schema, const struct value *value,
			const struct spot *spot, struct verdict *verdict)
{
	size_t index = 0;

	for (VALUE_EACH(item, schema->items ? value : NULL)) {
		struct schema_step step = { .parent = spot->step, .index = index };
		struct spot below = {
			.name = str_format(v->arena, STR_FMT "[%zu]", STR_ARG(spot->name), index),
			.step = &step,
			.depth = spot->depth + 1,
		};

		validate(v, schema->items, item, &below, verdict);
		index++;
	}
	check_count(v, spot, value, schema->min_items, schema->max_items, "items", verdict);
	verdict->matches++;
}

static void check_member(struct validating *v, const struct crd_schema *schema, const struct member *member,
			 const struct spot *spot, struct verdict *verdict)
{
	struct str key = value_str(&member->key);
	const struct crd_property *property = crd_property_find(schema, key);
	struct schema_step step = { .parent = spot->step, .key = key, .of_map = !property };
	struct spot below = { .step = &step, .depth = spot->depth + 1 };

	if (!property && schema->additional_given && !schema->additional_allowed) {
		add(v, verdict, spot, &member->key,
		    str_format(v->arena, "Invalid value: \"\": " STR_FMT "." STR_FMT " in body is a forbidden property",
			       STR_ARG(spot->name), STR_ARG(key)));
		return;
	}
	if (!property && !schema->additional)
		return;
	if (property && spot->name.n == 0)
		below.name = key;
	else
		below.name = str_format(v->arena, STR_FMT "." STR_FMT, STR_ARG(spot->name), STR_ARG(key));
	validate(v, property ? property->schema : schema->additional, &member->value, &below, verdict);
}

static void check_object(struct validating *v, const struct crd_schema *schema, const struct value *value,
			 const struct spot *spot, struct verdict *verdict)
{
	check_count(v, spot, value, schema->min_properties, schema->max_properties, "properties", verdict);
	for (MEMBER_EACH(m, value))
		check_member(v, schema, m, spot, verdict);
	for (VALUE_EACH(required, schema->required)) {
		struct schema_step step = { .parent = spot->step, .key = value_str(required) };
		struct spot below = { .step = &step };

		if (value_get(value, value_str(required)))
			continue;
		below.name =
			str_format(v->arena, STR_FMT "." STR_FMT, STR_ARG(spot->name), STR_ARG(value_str(required)));
		add(v, verdict, &below, value, STR("Required value"));
	}
}

/* -- several schemas ---------------------------------------------------------------------------------------------- */

/* How many fit; *best is the verdict of the first that does, else of the one that nearly does. */
static size_t try_all(struct validating *v, const struct crd_list *list, const struct value *value,
		      const struct spot *spot, bool first_only, struct verdict *best)
{
	size_t fitting = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct verdict verdict = { 0 };

		validate(v, list->items[i], value, spot, &verdict);
		if (verdict.errors.count == 0) {
			if (fitting++ == 0)
				*best = verdict;
			if (first_only)
				break;
		} else if (fitting == 0 && (i == 0 || verdict.matches > best->matches)) {
			*best = verdict;
		}
	}
	return fitting;
}

static void check_several(struct validating *v, const struct crd_schema *schema, const struct value *value,
			  const struct spot *spot, struct verdict *verdict)
{
	struct str name = quote(v->arena, spot->name), why;
	struct verdict best = { 0 };
	size_t fitting;

	if (schema->any_of.count) {
		if (try_all(v, &schema->any_of, value, spot, true, &best) == 0)
			add_nowhere(v, verdict, spot, value,
				    str_format(v->arena, STR_FMT " must validate at least one schema (anyOf)",
					       STR_ARG(name)));
		merge(v, verdict, &best);
	}
	if (schema->one_of.count) {
		best = (struct verdict){ 0 };
		fitting = try_all(v, &schema->one_of, value, spot, false, &best);
		if (fitting != 1) {
			why = fitting == 0 ? STR("Found none valid")
					   : str_format(v->arena, "Found %zu valid alternatives", fitting);
			add_nowhere(v, verdict, spot, value,
				    str_format(v->arena,
					       STR_FMT " must validate one and only one schema (oneOf). " STR_FMT,
					       STR_ARG(name), STR_ARG(why)));
		}
		merge(v, verdict, &best);
	}
	fitting = 0;
	for (size_t i = 0; i < schema->all_of.count; i++) {
		struct verdict one = { 0 };

		validate(v, schema->all_of.items[i], value, spot, &one);
		fitting += one.errors.count == 0;
		merge(v, verdict, &one);
	}
	if (fitting < schema->all_of.count)
		add_nowhere(v, verdict, spot, value,
			    str_format(v->arena, STR_FMT " must validate all the schemas (allOf)%s", STR_ARG(name),
				       fitting ? "" : ". None validated"));
	if (schema->none_of) {
		struct verdict one = { 0 };

		validate(v, schema->none_of, value, spot, &one);
		if (one.errors.count == 0)
			add_nowhere(v, verdict, spot, value,
				    str_format(v->arena, STR_FMT " must not validate the schema (not)", STR_ARG(name)));
	}
	verdict->matches++;
}

/* -- one schema --------------------------------------------------------------------------------------------------- */

static void validate(struct validating *v, const struct crd_schema *schema, const struct value *value,
		     const struct spot *spot, struct verdict *verdict)
{
	if (spot->depth > DEPTH_MAX)
		return;
	check_type(v, schema, value, spot, verdict);
	if (value->type == VALUE_NULL) {
		check_enumeration(v, schema, value, spot, verdict);
		return;
	}
	check_several(v, schema, value, spot, verdict);
	if (value->type == VALUE_STRING)
		check_string(v, schema, value, spot, verdict);
	else if (value_is_number(value))
		check_number(v, schema, value, spot, verdict);
	else if (value->type == VALUE_ARRAY)
		check_array(v, schema, value, spot, verdict);
	check_enumeration(v, schema, value, spot, verdict);
	if (value->type == VALUE_OBJECT)
		check_object(v, schema, value, spot, verdict);
	verdict->matches++;
}

void crd_validate(struct arena *arena, struct regex_cache *regexes, const struct crd_schema *schema,
		  const struct value *object, struct crd_errors *errors)
{
	struct validating v = { .arena = arena, .regexes = regexes };
	struct schema_step root = { 0 };
	struct spot spot = { .step = &root };
	struct verdict verdict = { 0 };

	validate(&v, schema, object, &spot, &verdict);
	for (size_t i = 0; i < verdict.errors.count; i++)
		*ARENA_PUSH(arena, errors->items, errors->count, errors->capacity) = verdict.errors.items[i];
	crd_validate_lists(arena, schema, object, errors);
}
