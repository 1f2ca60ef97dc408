/*
 * The object as admission sees it: the walk. What each type defaults stands in defaults_rules.c.
 *
 * The API server decodes into Go structs, sets defaults and encodes again, so that besides the defaults quantities
 * become canonical, unknown fields and nulls go, zero values of fields with omitempty go, and structs that are not
 * pointers appear even when they are empty.
 */
#include "kube/defaults.h"

#include "data/json.h"
#include "data/quantity.h"

#define DEPTH_MAX 64

static const struct value *admit(struct defaulting *d, const struct schema *schema, const struct value *value,
				 const struct schema_step *step, int depth);

static void note(struct defaulting *d, const struct schema_step *step)
{
	struct schema_paths *applied = d->applied;

	if (applied)
		*ARENA_PUSH(d->arena, applied->items, applied->count, applied->capacity) =
			schema_step_pointer(d->arena, step);
}

/* -- drafts ------------------------------------------------------------------------------------------------------- */

static void draft_open(struct draft *draft)
{
	if (draft->open)
		return;
	object_start_from(draft->defaulting->arena, &draft->builder, draft->object);
	draft->open = true;
}

static const struct value *draft_value(const struct draft *draft, size_t i, struct str *name)
{
	const struct member *members = draft->open ? draft->builder.members : draft->object->u.members;
	size_t count = draft->open ? draft->builder.count : value_count(draft->object);

	if (i >= count)
		return NULL;
	*name = value_str(&members[i].key);
	return &members[i].value;
}

const struct value *draft_get(const struct draft *draft, struct str name)
{
	struct str key;

	if (!draft->open)
		return value_get(draft->object, name);
	for (size_t i = 0; i < draft->builder.count; i++) {
		key = value_str(&draft->builder.members[i].key);
		if (str_equal(key, name))
			return &draft->builder.members[i].value;
	}
	return NULL;
}

void draft_put(struct draft *draft, struct str name, const struct value *value)
{
	struct schema_step step = { .parent = draft->step, .key = name };

	draft_open(draft);
	object_put(draft->defaulting->arena, &draft->builder, name, value);
	note(draft->defaulting, &step);
}

void draft_put_text(struct draft *draft, const char *name, const char *text)
{
	draft_put(draft, str_of(name), value_of_str(draft->defaulting->arena, str_of(text)));
}

void draft_put_int(struct draft *draft, const char *name, int64_t number)
{
	draft_put(draft, str_of(name), value_of_int(draft->defaulting->arena, number));
}

void draft_remove(struct draft *draft, struct str name)
{
	draft_open(draft);
	object_remove(&draft->builder, name);
}

void draft_touch(struct draft *draft, const char *name)
{
	if (!draft_get(draft, str_of(name)))
		draft_put(draft, str_of(name), &value_empty_object);
}

/* -- structs ------------------------------------------------------------------------------------------------------ */

static bool is_zero(const struct value *value)
{
	switch (value->type) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOL:
		return !value->u.boolean;
	case VALUE_INT:
		return value->u.integer == 0;
	case VALUE_FLOAT:
		return value->u.number == 0;
	default:
		return value->length == 0;
	}
}

/* What Go writes for a field without omitempty that nothing was set in. */
static const struct value *zero_of(struct arena *arena, const struct schema *schema, uint8_t flags)
{
	if (flags & MEMBER_POINTER)
		return &value_null;
	switch (schema->type) {
	case SCHEMA_STRING:
		return schema->flags & NODE_BYTES ? &value_null : &value_empty_string;
	case SCHEMA_QUANTITY:
		return value_of_str(arena, STR("0"));
	case SCHEMA_INTEGER:
	case SCHEMA_NUMBER:
	case SCHEMA_INT_OR_STRING:
		return value_of_int(arena, 0);
	case SCHEMA_BOOLEAN:
		return &value_false;
	case SCHEMA_OBJECT:
		return &value_empty_object;
	default:
		return &value_null;
	}
}

/* Whether Go would not write this value of the field. */
static bool is_omitted(const struct schema_member *member, const struct value *value)
{
	if (value->type == VALUE_NULL)
		return true;
	if (member->flags & (MEMBER_POINTER | MEMBER_ZERO | MEMBER_KEEP))
		return false;
	switch (schema_nodes[member->node].type) {
	case SCHEMA_ANY:
	case SCHEMA_OBJECT:
		return false;
	default:
		return is_zero(value);
	}
}

static void drop_what_is_not_written(struct draft *draft)
{
	const struct value *object = draft->object;

	for (MEMBER_EACH(m, object)) {
		struct str name = value_str(&m->key);
		const struct schema_member *member = schema_member_find(draft->schema, name);

		if (!member || is_omitted(member, &m->value))
			draft_remove(draft, name);
	}
}

static void add_what_is_always_written(struct draft *draft)
{
	const struct schema *schema = draft->schema;

	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_member *member = &schema_members[schema->first + i];
		const struct schema *node = &schema_nodes[member->node];

		if (!(member->flags & (MEMBER_KEEP | MEMBER_ZERO)) || draft_get(draft, schema_name(member->name)))
			continue;
		/* A Service's target port is 0 only until the port is copied to it. */
		if (node->type == SCHEMA_INT_OR_STRING && schema_rules[schema - schema_nodes] == RULE_SERVICE_PORT)
			continue;
		draft_put(draft, schema_name(member->name), zero_of(draft->defaulting->arena, node, member->flags));
	}
}

static void add_declared(struct draft *draft)
{
	const struct schema *schema = draft->schema;

	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_member *member = &schema_members[schema->first + i];

		if (!member->default_value || draft_get(draft, schema_name(member->name)))
			continue;
		draft_put(draft, schema_name(member->name),
			  json_parse(draft->defaulting->arena, schema_defaults[member->default_value], NULL));
	}
}

/* What was made out of `from` stands where that stands. */
static const struct value *placed(struct arena *arena, const struct value *made, const struct value *from)
{
	struct value *out = arena_copy(arena, made, sizeof(*out));

	out->line = from->line;
	out->column = from->column;
	out->source = from->source;
	return out;
}

static const struct value *admit_object(struct defaulting *d, const struct schema *schema, const struct value *value,
					const struct schema_step *step, int depth)
{
	struct draft draft = { .defaulting = d, .schema = schema, .step = step, .object = value };
	const struct value *part;
	struct str name;

	drop_what_is_not_written(&draft);
	add_declared(&draft);
	add_what_is_always_written(&draft);
	defaults_apply(&draft, schema_rules[schema - schema_nodes]);
	for (size_t i = 0; (part = draft_value(&draft, i, &name)); i++) {
		const struct schema_member *member = schema_member_find(schema, name);
		struct schema_step below = { .parent = step, .key = name };
		const struct value *admitted;

		if (!member)
			continue;
		admitted = admit(d, &schema_nodes[member->node], part, &below, depth + 1);
		if (admitted == part)
			continue;
		draft_open(&draft);
		draft.builder.members[i].value = *admitted;
	}
	return draft.open ? placed(d->arena, object_finish(d->arena, &draft.builder), value) : value;
}

/* -- the rest ----------------------------------------------------------------------------------------------------- */

static const struct value *admit_array(struct defaulting *d, const struct schema *schema, const struct value *value,
				       const struct schema_step *step, int depth)
{
	const struct schema *of = &schema_nodes[schema->first];
	struct value *copy = NULL, *out;

	for (size_t i = 0; i < value_count(value); i++) {
		struct schema_step below = { .parent = step, .index = i };
		const struct value *item = value_at(value, i), *admitted = admit(d, of, item, &below, depth + 1);

		if (admitted == item)
			continue;
		if (!copy) {
			copy = arena_array(d->arena, value_count(value), sizeof(*copy));
			memcpy(copy, value->u.items, value_count(value) * sizeof(*copy));
		}
		copy[i] = *admitted;
	}
	if (!copy)
		return value;
	out = arena_copy(d->arena, value, sizeof(*out));
	out->u.items = copy;
	return out;
}

static const struct value *admit_map(struct defaulting *d, const struct schema *schema, const struct value *value,
				     const struct schema_step *step, int depth)
{
	const struct schema *of = &schema_nodes[schema->first];
	struct object_builder builder = { 0 };
	bool open = false;
	size_t i = 0;

	for (MEMBER_EACH(m, value)) {
		struct schema_step below = { .parent = step, .key = value_str(&m->key), .of_map = true };
		const struct value *admitted = admit(d, of, &m->value, &below, depth + 1);

		if (admitted != &m->value) {
			if (!open)
				object_start_from(d->arena, &builder, value);
			open = true;
			builder.members[i].value = *admitted;
		}
		i++;
	}
	return open ? placed(d->arena, object_finish(d->arena, &builder), value) : value;
}

/* Lists of resources know no finer unit; away from zero, as quantities round. */
static void round_to_milli(struct quantity *quantity)
{
	while (quantity->exponent < -3 && !quantity->big && quantity->coefficient != 0) {
		int64_t rest = quantity->coefficient % 10;

		quantity->coefficient = quantity->coefficient / 10 + (rest > 0) - (rest < 0);
		quantity->exponent++;
	}
}

static const struct value *admit_quantity(struct defaulting *d, const struct value *value,
					  const struct schema_step *step, bool resource)
{
	struct quantity quantity;
	struct str text, canonical;
	struct value *out;

	if (value->type == VALUE_STRING)
		text = value_str(value);
	else if (value_is_number(value))
		text = json_text(d->arena, value, JSON_COMPACT);
	else
		return value;
	if (quantity_parse(d->arena, text, &quantity, NULL) < 0)
		return value;
	if (resource)
		round_to_milli(&quantity);
	canonical = quantity_text(d->arena, &quantity);
	if (value->type == VALUE_STRING && str_equal(text, canonical))
		return value;
	note(d, step);
	out = arena_copy(d->arena, value, sizeof(*out));
	out->type = VALUE_STRING;
	out->flags = 0;
	out->length = (uint32_t)canonical.n;
	out->u.text = canonical.p;
	return out;
}

static const struct value *admit(struct defaulting *d, const struct schema *schema, const struct value *value,
				 const struct schema_step *step, int depth)
{
	if (depth > DEPTH_MAX)
		return value;
	switch (schema->type) {
	case SCHEMA_OBJECT:
		return value->type == VALUE_OBJECT ? admit_object(d, schema, value, step, depth) : value;
	case SCHEMA_ARRAY:
		return value->type == VALUE_ARRAY ? admit_array(d, schema, value, step, depth) : value;
	case SCHEMA_MAP:
		return value->type == VALUE_OBJECT ? admit_map(d, schema, value, step, depth) : value;
	case SCHEMA_QUANTITY:
		return admit_quantity(d, value, step, step->of_map);
	default:
		return value;
	}
}

static const struct value *run(struct arena *arena, const struct value *object, struct schema_paths *applied,
			       bool creating)
{
	struct defaulting d = { .arena = arena, .applied = applied, .root = object, .creating = creating };
	const struct schema *schema = schema_of_kind(gvk_of(object));
	struct schema_step root = { 0 };
	uint8_t rule;

	if (!schema)
		return object;
	rule = schema_rules[schema - schema_nodes];
	d.is_pod = rule == RULE_POD;
	d.is_job = rule == RULE_JOB;
	d.host_network = d.is_pod && value_bool(value_path(object, "spec", "hostNetwork"), false);
	return defaults_finish(&d, admit(&d, schema, object, &root, 0));
}

const struct value *schema_admitted(struct arena *arena, const struct value *object, struct schema_paths *applied)
{
	return run(arena, object, applied, true);
}

const struct value *schema_defaulted(struct arena *arena, const struct value *object, struct schema_paths *applied)
{
	return run(arena, object, applied, false);
}
