/*
 * Objects against their schema, as the API server's strict decoding judges them. Semantics: sigs.k8s.io/json (names are
 * case-sensitive, null stands for absent) and the UnmarshalJSON of Quantity, IntOrString, Time.
 */
#include "kube/schema_find.h"

#include "data/instant.h"
#include "data/json.h"
#include "data/quantity.h"
#include "data/yaml_scalar.h"

#define DEPTH_MAX 64

struct checking {
	struct arena *arena;
	struct schema_findings *findings;
};

static void check(struct checking *checking, const struct schema_place *place, const struct value *value, int depth);

static struct schema_finding *add(struct checking *checking, enum schema_problem problem,
				  const struct schema_step *step, const struct value *at)
{
	struct schema_findings *findings = checking->findings;
	struct schema_finding *finding =
		ARENA_PUSH(checking->arena, findings->items, findings->count, findings->capacity);

	*finding = (struct schema_finding){
		.problem = problem,
		.path = schema_step_pointer(checking->arena, step),
		.field = schema_step_field(checking->arena, step),
		.at = at,
	};
	return finding;
}

/* -- unknown fields ----------------------------------------------------------------------------------------------- */

static void unknown(struct checking *checking, const struct schema_place *place, const struct value *key)
{
	struct str name = value_str(key), near, home;
	struct schema_step step = { .parent = &place->step, .key = name };
	struct schema_finding *finding = add(checking, SCHEMA_UNKNOWN_FIELD, &step, key);
	struct arena *arena = checking->arena;
	struct str where = schema_place_text(arena, place);

	near = schema_same_but_case(place->schema, name);
	home = near.n ? STR_NULL : schema_home_of(arena, place, name);
	if (!near.n && !home.n)
		near = schema_nearest_field(place->schema, name);
	if (home.n) {
		finding->message = str_format(arena,
					      "unknown field \"" STR_FMT "\" in " STR_FMT ": it belongs to " STR_FMT
					      ", and has no effect here",
					      STR_ARG(name), STR_ARG(where), STR_ARG(home));
		finding->fix = str_format(arena, "move it to " STR_FMT, STR_ARG(home));
	} else if (near.n) {
		finding->message = str_format(
			arena, "unknown field \"" STR_FMT "\" in " STR_FMT " (did you mean \"" STR_FMT "\"?)",
			STR_ARG(name), STR_ARG(where), STR_ARG(near));
		finding->fix = str_format(arena, "write " STR_FMT, STR_ARG(near));
	} else {
		finding->message =
			str_format(arena, "unknown field \"" STR_FMT "\" in " STR_FMT ": Kubernetes drops it",
				   STR_ARG(name), STR_ARG(where));
	}
}

/* -- types -------------------------------------------------------------------------------------------------------- */

static const char *const expected[] = {
	[SCHEMA_ANY] = "",
	[SCHEMA_STRING] = "a string",
	[SCHEMA_INTEGER] = "an integer",
	[SCHEMA_NUMBER] = "a number",
	[SCHEMA_BOOLEAN] = "true or false",
	[SCHEMA_OBJECT] = "an object",
	[SCHEMA_MAP] = "an object",
	[SCHEMA_ARRAY] = "a list",
	[SCHEMA_INT_OR_STRING] = "an integer or a string",
	[SCHEMA_QUANTITY] = "a quantity like 500m or 1Gi",
	[SCHEMA_TIME] = "a time like 2006-01-02T15:04:05Z",
};

static const char *expected_of(const struct schema *schema, const struct value *value)
{
	if (schema->type == SCHEMA_STRING && value->type == VALUE_STRING)
		return "base64";
	if (schema->flags & NODE_INT32 && value->type == VALUE_INT)
		return "an integer of 32 bits";
	return expected[schema->type];
}

static struct str shown(struct arena *arena, const struct value *value)
{
	static const char *const types[] = { "null",	 "a boolean", "a number", "a number",
					     "a string", "a list",    "an object" };
	struct str text;

	if (value->type >= VALUE_ARRAY)
		return str_of(types[value->type]);
	text = json_text(arena, value, JSON_COMPACT);
	if (text.n > 40)
		return str_of(types[value->type]);
	return str_format(arena, "%s (" STR_FMT ")", types[value->type], STR_ARG(text));
}

static void wrong(struct checking *checking, const struct schema_place *place, const struct value *value)
{
	struct schema_finding *finding = add(checking, SCHEMA_WRONG_TYPE, &place->step, value);
	enum schema_type type = place->schema->type;
	struct arena *arena = checking->arena;

	finding->refused = true;
	finding->message = str_format(arena, STR_FMT ": expected %s, got " STR_FMT, STR_ARG(finding->field),
				      expected_of(place->schema, value), STR_ARG(shown(arena, value)));
	if (type == SCHEMA_STRING && value->type < VALUE_STRING)
		finding->fix = STR("write it in quotes");
	else if ((type == SCHEMA_INTEGER || type == SCHEMA_BOOLEAN) && value->type == VALUE_STRING)
		finding->fix = STR("write it without quotes");
	else if (type == SCHEMA_ARRAY && value->type == VALUE_OBJECT)
		finding->fix = STR("write a list: begin the item with \"- \"");
}

static bool is_whole(const struct value *value, const struct schema *schema)
{
	double number = value_number(value);

	if (value->type == VALUE_FLOAT && (number != (double)(int64_t)number || number > 9e18 || number < -9e18))
		return false;
	return !(schema->flags & NODE_INT32) || (number >= INT32_MIN && number <= INT32_MAX);
}

static bool is_quantity(struct arena *arena, const struct value *value)
{
	struct quantity quantity;
	struct str text = value->type == VALUE_STRING ? value_str(value) : json_text(arena, value, JSON_COMPACT);

	/* Quotes without anything in them stand for 0. */
	return text.n == 0 || quantity_parse(arena, text, &quantity, NULL) == 0;
}

static bool is_base64(struct arena *arena, struct str text)
{
	size_t length;

	return scalar_decode_base64(text, arena_alloc(arena, text.n + 4), &length);
}

static bool fits(struct arena *arena, const struct schema *schema, const struct value *value)
{
	struct instant instant;

	switch (schema->type) {
	case SCHEMA_STRING:
		return value->type == VALUE_STRING &&
		       (!(schema->flags & NODE_BYTES) || is_base64(arena, value_str(value)));
	case SCHEMA_INTEGER:
		return value_is_number(value) && is_whole(value, schema);
	case SCHEMA_NUMBER:
		return value_is_number(value);
	case SCHEMA_BOOLEAN:
		return value->type == VALUE_BOOL;
	case SCHEMA_OBJECT:
	case SCHEMA_MAP:
		return value->type == VALUE_OBJECT;
	case SCHEMA_ARRAY:
		return value->type == VALUE_ARRAY;
	case SCHEMA_INT_OR_STRING:
		return value->type == VALUE_STRING || (value_is_number(value) && is_whole(value, schema));
	case SCHEMA_QUANTITY:
		return (value->type == VALUE_STRING || value_is_number(value)) && is_quantity(arena, value);
	case SCHEMA_TIME:
		return value->type == VALUE_STRING && instant_parse_rfc3339(value_str(value), &instant, NULL) == 0;
	default:
		return true;
	}
}

/* -- what is missing ---------------------------------------------------------------------------------------------- */

static void missing(struct checking *checking, const struct schema_place *place, struct str name,
		    const struct value *at)
{
	struct schema_step step = { .parent = &place->step, .key = name };
	struct schema_finding *finding = add(checking, SCHEMA_MISSING_FIELD, &step, at);

	finding->refused = true;
	finding->message =
		str_format(checking->arena, STR_FMT ": Required value: Kubernetes refuses the object without it",
			   STR_ARG(finding->field));
	finding->fix = str_format(checking->arena, "give " STR_FMT, STR_ARG(name));
}

/* What `at` points to says where the message stands: the value itself, or what it would be in. */
static void check_required(struct checking *checking, const struct schema_place *place, const struct value *value,
			   const struct value *at)
{
	const struct schema *schema = place->schema;

	for (size_t i = 0; !(schema->flags & NODE_CUSTOM) && i < schema->count; i++) {
		const struct schema_member *member = &schema_members[schema->first + i];
		struct str name = schema_name(member->name);
		struct schema_place below = { .parent = place, .schema = &schema_nodes[member->node] };

		if (!(member->flags & (MEMBER_REQUIRED | MEMBER_KEEP)) || !value_is_null(value_get(value, name)))
			continue;
		if (member->flags & MEMBER_REQUIRED) {
			if (!schema_may_lack(schema, member))
				missing(checking, place, name, at);
		} else if (member->flags & MEMBER_KEEP && str_is(name, "spec")) {
			below.step = (struct schema_step){ .parent = &place->step, .key = name };
			if (below.schema->type == SCHEMA_OBJECT)
				check_required(checking, &below, &value_empty_object, at);
		}
	}
}

/* -- lists -------------------------------------------------------------------------------------------------------- */

static const struct value *key_of(const struct value *item, struct str key)
{
	const struct value *value = value_get(item, key);

	/* The one key with a default that matters: a port's protocol. */
	static const struct value tcp = { .type = VALUE_STRING, .length = 3, .u.text = "TCP" };

	return value_is_null(value) && str_is(key, "protocol") ? &tcp : value;
}

static bool same_keys(const struct value *a, const struct value *b, const struct str *keys, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct value *x = key_of(a, keys[i]), *y = key_of(b, keys[i]);

		if (value_is_null(x) != value_is_null(y) || (x && y && !value_equal(x, y)))
			return false;
	}
	return true;
}

/* Lists beyond this many items are left to the API server. */
#define ITEMS_MAX 1000

static void check_duplicates(struct checking *checking, const struct schema_place *place, const struct value *list)
{
	size_t count, length = value_count(list);
	const struct str *keys = schema_list_keys(place->schema, &count);

	if (schema_list_type(place->schema) != SCHEMA_LIST_MAP || length > ITEMS_MAX)
		return;
	for (size_t i = 1; i < length; i++) {
		const struct value *item = value_at(list, i);
		struct schema_step step = { .parent = &place->step, .index = i };
		struct schema_finding *finding;
		struct str text = STR(""), first;
		size_t j = 0;

		while (j < i && !same_keys(value_at(list, j), item, keys, count))
			j++;
		if (j == i || item->type != VALUE_OBJECT || value_is_null(value_get(item, keys[0])))
			continue;
		for (size_t k = 0; k < count; k++)
			text = str_format(checking->arena, STR_FMT "%s" STR_FMT " " STR_FMT, STR_ARG(text),
					  k ? ", " : "", STR_ARG(keys[k]),
					  STR_ARG(json_text(checking->arena, key_of(item, keys[k]), JSON_COMPACT)));
		finding = add(checking, SCHEMA_DUPLICATE_ITEM, &step, item);
		finding->refused = schema_refuses_duplicates(place);
		first = schema_step_field(checking->arena, &(struct schema_step){ .parent = &place->step, .index = j });
		finding->message = str_format(checking->arena, STR_FMT ": the same " STR_FMT " as in " STR_FMT,
					      STR_ARG(finding->field), STR_ARG(text), STR_ARG(first));
		finding->fix = STR("keep one of the two");
	}
}

/* -- the walk ----------------------------------------------------------------------------------------------------- */

static void check_object(struct checking *checking, const struct schema_place *place, const struct value *object,
			 int depth)
{
	/* What controllers write there is not the user's to complete. */
	if (!str_is(place->step.key, "status"))
		check_required(checking, place, object, object);
	for (MEMBER_EACH(m, object)) {
		struct str name = value_str(&m->key);
		struct schema_place below = { .parent = place, .schema = schema_field(place->schema, name) };

		below.step = (struct schema_step){ .parent = &place->step, .key = name };
		if (below.schema)
			check(checking, &below, &m->value, depth + 1);
		else
			unknown(checking, place, &m->key);
	}
}

static void check(struct checking *checking, const struct schema_place *place, const struct value *value, int depth)
{
	const struct schema *schema = place->schema;
	struct schema_place below = { .parent = place, .schema = schema_items(schema) };
	size_t index = 0;

	if (value->type == VALUE_NULL || schema->type == SCHEMA_ANY || depth > DEPTH_MAX)
		return;
	if (!fits(checking->arena, schema, value)) {
		wrong(checking, place, value);
		return;
	}
	if (schema->type == SCHEMA_OBJECT) {
		check_object(checking, place, value, depth);
		return;
	}
	for (VALUE_EACH(item, value)) {
		below.step = (struct schema_step){ .parent = &place->step, .index = index };
		check(checking, &below, item, depth + 1);
		index++;
	}
	for (MEMBER_EACH(m, value)) {
		below.step = (struct schema_step){ .parent = &place->step, .key = value_str(&m->key), .of_map = true };
		check(checking, &below, &m->value, depth + 1);
	}
	if (schema->type == SCHEMA_ARRAY)
		check_duplicates(checking, place, value);
}

void schema_check(struct arena *arena, const struct schema *schema, const struct value *object,
		  struct schema_findings *findings)
{
	struct checking checking = { .arena = arena, .findings = findings };
	struct schema_place root = { .schema = schema };

	check(&checking, &root, object, 0);
}
