/* Names, fields, indexes and ?:. Documents are walked in place. */
#include "lang/cel/plan.h"

void evaluate_variable(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_chain *chain = (const struct node_chain *)node;

	run->cost += (uint64_t)chain->cost;
	cel_copy(out, &run->variables[chain->slot]);
}

void evaluate_local(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_chain *chain = (const struct node_chain *)node;

	run->cost += (uint64_t)chain->cost;
	cel_copy(out, &run->locals[chain->slot]);
}

/* -- one step -------------------------------------------------------------------------------------------------- */

enum found { FOUND, ABSENT, FAILED };

static enum found missing(struct cel_run *run, const char *what, const struct cel_value *key, struct cel_value *out)
{
	*out = cel_fail(run, "%s: " STR_FMT, what, STR_ARG(key_text(run->arena, key)));
	return FAILED;
}

static inline void settle(struct cel_run *run, struct cel_value *v)
{
	if (__builtin_expect(v->flags & CEL_ENCODED, 0))
		*v = cel_settle(run, *v);
}

static bool to_index(const struct cel_value *key, int64_t *out)
{
	switch (key->kind) {
	case CEL_INT:
		*out = key->u.integer;
		return true;
	case CEL_UINT:
		*out = (int64_t)key->u.uinteger;
		return key->u.uinteger <= INT64_MAX;
	case CEL_DOUBLE:
		if (!(key->u.number >= -9007199254740992.0 && key->u.number <= 9007199254740992.0))
			return false;
		*out = (int64_t)key->u.number;
		return (double)*out == key->u.number;
	default:
		return false;
	}
}

static enum found index_list(struct cel_run *run, const struct cel_value *list, const struct cel_value *key, bool test,
			     struct cel_value *out)
{
	int64_t i;

	if (!to_index(key, &i)) {
		if (key->kind == CEL_DOUBLE || key->kind == CEL_UINT)
			*out = cel_fail(run, "unsupported index value " STR_FMT " in list",
					STR_ARG(key_text(run->arena, key)));
		else
			*out = cel_fail(run, "unsupported index type '" STR_FMT "' in list",
					STR_ARG(cel_type_of(key)->name));
		return FAILED;
	}
	if (i >= 0 && (uint64_t)i < list->length) {
		if (list->flags & CEL_DATA && !list->of.view) {
			cel_put_data(out, &list->u.data->u.items[i]);
			return FOUND;
		}
		*out = cel_item(list, (size_t)i);
		settle(run, out);
		return FOUND;
	}
	return test ? ABSENT : missing(run, "index out of bounds", key, out);
}

static enum found select_object(struct cel_run *run, const struct cel_value *object, const struct cel_value *key,
				bool test, bool only_test, struct cel_value *out)
{
	const struct cel_class *class = object->of.class;

	if (key->kind != CEL_STRING || (!class->get && !class->has))
		return test ? ABSENT : missing(run, "no such key", key, out);
	if (test && class->has) {
		int has = class->has(run, object, cel_str(key));

		if (has <= 0)
			return ABSENT;
		if (only_test)
			return FOUND;
	}
	if (!class->get)
		return missing(run, "no such key", key, out);
	*out = class->get(run, object, cel_str(key));
	return cel_is_error(*out) ? FAILED : FOUND;
}

static enum found select_message(struct cel_run *run, const struct cel_value *v, const struct cel_value *key, bool test,
				 struct cel_value *out)
{
	const struct cel_message *message = v->u.message;

	for (size_t i = 0; key->kind == CEL_STRING && i < message->count; i++) {
		if (str_equal(message->fields[i].name, cel_str(key))) {
			*out = message->fields[i].value;
			return FOUND;
		}
	}
	return test ? ABSENT : missing(run, "no such key", key, out);
}

/*
 * refQualify: what a value has under a key. `test`: absence is an answer; `strict`: not for what can have no fields
 * (EnableErrorOnBadPresenceTest).
 */
static enum found step(struct cel_run *run, const struct cel_value *v, const struct cel_value *key, bool test,
		       bool only_test, bool strict, struct cel_value *out)
{
	switch (v->kind) {
	case CEL_MAP:
		if (key->kind == CEL_STRING ? cel_map_find_str(v, cel_str(key), out) : cel_map_find(v, key, out)) {
			settle(run, out);
			return cel_is_error(*out) ? FAILED : FOUND;
		}
		break;
	case CEL_LIST:
		return index_list(run, v, key, test, out);
	case CEL_OBJECT:
		return select_object(run, v, key, test, only_test, out);
	case CEL_STRUCT:
		return select_message(run, v, key, test, out);
	case CEL_ERROR:
		*out = *v;
		return FAILED;
	case CEL_OPTIONAL:
		break;
	default:
		test = test && !strict;
		break;
	}
	return test ? ABSENT : missing(run, "no such key", key, out);
}

/* -- chains ---------------------------------------------------------------------------------------------------- */

static void read_base(const struct node_chain *chain, struct cel_run *run, struct cel_value *out)
{
	switch ((enum chain_base)chain->base) {
	case BASE_VARIABLE:
		cel_copy(out, &run->variables[chain->slot]);
		return;
	case BASE_LOCAL:
		cel_copy(out, &run->locals[chain->slot]);
		return;
	case BASE_LAZY:
		*out = run->locals[chain->slot];
		if (out->kind != LOCAL_UNSET)
			return;
		node_run(chain->operand, run, out);
		run->locals[chain->slot] = *out;
		return;
	case BASE_NODE:
		node_run(chain->operand, run, out);
		return;
	}
}

static bool is_key(const struct cel_value *v)
{
	return v->kind == CEL_STRING || v->kind == CEL_BOOL || (v->kind >= CEL_INT && v->kind <= CEL_DOUBLE);
}

/* As Go's %T prints what an attribute resolves to: what is in variables is not converted yet. */
static const char *native_type(const struct cel_node *node, const struct cel_value *v)
{
	if (node->kind != NODE_CHAIN || ((const struct node_chain *)node)->base != BASE_VARIABLE)
		return go_type(v);
	if (v->kind == CEL_NULL)
		return "<nil>";
	if (v->flags & CEL_DATA && !v->of.view)
		return v->kind == CEL_LIST ? "[]interface {}" : "map[string]interface {}";
	return go_type(v);
}

/* The key of a step, in *room when it is computed; NULL: *out is why there is none. */
static const struct cel_value *read_key(const struct qualifier *q, bool optional, struct cel_run *run,
					struct cel_value *room, struct cel_value *out)
{
	if (q->kind != QUALIFIER_NODE)
		return &q->key;
	node_run(q->node, run, room);
	if (!cel_is_error(*room) && is_key(room))
		return room;
	/* It is observed, unless it is optional. */
	run->cost += !optional;
	run->offset = q->offset;
	if (cel_is_error(*room))
		*out = *room;
	else
		*out = cel_fail(run, "invalid qualifier type: %s", native_type(q->node, room));
	return NULL;
}

static void put_optional(struct cel_run *run, const struct cel_value *v, struct cel_value *out)
{
	struct cel_value *inner = arena_alloc(run->arena, sizeof(*inner));

	cel_copy(inner, v);
	out->head = CEL_HEAD(CEL_OPTIONAL, 0);
	out->u.optional = inner;
	out->of.view = NULL;
}

void evaluate_chain(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_chain *chain = (const struct node_chain *)node;
	struct cel_value v, room;
	bool optional = false;

	read_base(chain, run, &v);
	run->cost += (uint64_t)(int64_t)chain->cost;
	if (cel_is_error(v)) {
		*out = v;
		return;
	}
	if (v.kind == CEL_OPTIONAL && chain->count > 0) {
		if (!v.u.optional) {
			*out = chain->test_only ? cel_of_bool(false) : v;
			return;
		}
		v = *v.u.optional;
		optional = true;
	}
	for (size_t i = 0; i < chain->count; i++) {
		const struct qualifier *q = &chain->qualifiers[i];
		bool last_test = chain->test_only && i + 1 == chain->count;
		const struct cel_value *key;
		enum found found;

		optional |= q->optional;
		key = read_key(q, optional, run, &room, out);
		if (!key)
			return;
		run->offset = q->offset;
		found = step(run, &v, key, optional || last_test, last_test, chain->strict_test, out);
		/* An optional step is only observed when it finds something. */
		run->cost += found == FOUND || !optional;
		if (found == FAILED)
			return;
		if (last_test) {
			*out = cel_of_bool(found == FOUND);
			return;
		}
		if (found == ABSENT) {
			*out = chain->test_only ? cel_of_bool(false) : cel_of_optional(run->arena, NULL);
			return;
		}
		cel_copy(&v, out);
	}
	if (optional)
		put_optional(run, &v, out);
	else
		cel_copy(out, &v);
}

static inline const struct value *find_member(const struct value *object, const struct cel_value *key)
{
	const struct member *m = object->u.members, *end = m + object->length;

	if (__builtin_expect(object->flags & VALUE_INDEXED, 0))
		return value_get(object, cel_str(key));
	for (; m != end; m++)
		if (m->key.length == key->length && bytes_equal(m->key.u.text, key->u.text, key->length))
			return &m->value;
	return NULL;
}

/*
 * Constant fields and indexes of a document without a view, from a variable. Whatever is not plain sailing is left to
 * evaluate_chain, from the start.
 */
void evaluate_fields(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_chain *chain = (const struct node_chain *)node;
	const struct cel_value *base =
		chain->base == BASE_VARIABLE ? &run->variables[chain->slot] : &run->locals[chain->slot];
	const struct qualifier *q = chain->qualifiers, *end = q + chain->count;
	const struct value *data;

	if (!(base->flags & CEL_DATA) || base->of.view) {
		evaluate_chain(node, run, out);
		return;
	}
	for (data = base->u.data; q != end; q++) {
		const struct value *next = NULL;

		if (q->kind == QUALIFIER_FIELD && data->type == VALUE_OBJECT)
			next = find_member(data, &q->key);
		else if (q->kind == QUALIFIER_INDEX && data->type == VALUE_ARRAY &&
			 (uint64_t)q->key.u.integer < data->length)
			next = &data->u.items[q->key.u.integer];
		if (!next)
			break;
		data = next;
	}
	if (q != end &&
	    !(chain->test_only && q + 1 == end && data->type == VALUE_OBJECT && q->kind == QUALIFIER_FIELD)) {
		evaluate_chain(node, run, out);
		return;
	}
	run->cost += chain->count + (uint64_t)(int64_t)chain->cost;
	if (chain->test_only)
		put_bool(out, q == end);
	else
		cel_put_data(out, data);
}

void evaluate_conditional(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_conditional *conditional = (const struct node_conditional *)node;

	node_run(conditional->condition, run, out);
	run->cost += (uint64_t)(int64_t)conditional->cost;
	if (out->kind == CEL_BOOL)
		node_run(out->u.boolean ? conditional->truthy : conditional->falsy, run, out);
	else if (!cel_is_error(*out))
		*out = fail_at(run, node->offset, STR("no such overload"));
}
