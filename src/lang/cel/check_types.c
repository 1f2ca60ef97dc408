/* Gradual types: what may stand for what, with type variables bound on the way. */
#include "lang/cel/check.h"

bool check_is_dyn(const struct cel_type *type)
{
	return type->kind == CEL_TYPE_DYN || type->kind == CEL_TYPE_ANY;
}

static bool is_dyn_or_error(const struct cel_type *type)
{
	return type->kind == CEL_TYPE_ERROR || check_is_dyn(type);
}

static struct type_variable *variable_of(const struct cel_type *type)
{
	return type->kind == CEL_TYPE_PARAMETER ? type->data : NULL;
}

static const struct cel_type *bound_to(const struct cel_type *type)
{
	const struct type_variable *variable = variable_of(type);

	return variable ? variable->bound : NULL;
}

const struct cel_type *check_new_variable(struct checker *c)
{
	struct type_variable *variable = ARENA_NEW(c->arena, struct type_variable);
	uint32_t number = c->variable_count++;
	size_t at = sizeof(variable->name);

	do
		variable->name[--at] = (char)('0' + number % 10);
	while (number /= 10);
	at -= 4;
	memcpy(variable->name + at, "_var", 4);
	variable->type.kind = CEL_TYPE_PARAMETER;
	variable->type.name = str_make(variable->name + at, sizeof(variable->name) - at);
	variable->type.data = variable;
	return &variable->type;
}

static void bind(struct checker *c, struct type_variable *variable, const struct cel_type *type)
{
	*ARENA_PUSH(c->arena, c->trail, c->trail_count, c->trail_capacity) =
		(struct rebinding){ variable, variable->bound };
	variable->bound = type;
}

/* The occurs check. */
static bool not_referenced_in(const struct cel_type *type, const struct cel_type *within)
{
	if (cel_type_equal(type, within))
		return false;
	switch (within->kind) {
	case CEL_TYPE_PARAMETER:
		return !bound_to(within) || not_referenced_in(type, bound_to(within));
	case CEL_TYPE_OPAQUE:
	case CEL_TYPE_LIST:
	case CEL_TYPE_MAP:
	case CEL_TYPE_TYPE:
		for (size_t i = 0; i < within->parameter_count; i++)
			if (!not_referenced_in(type, within->parameters[i]))
				return false;
		return true;
	default:
		return true;
	}
}

static bool is_equal_or_less_specific(const struct cel_type *a, const struct cel_type *b)
{
	if (check_is_dyn(a) || a->kind == CEL_TYPE_PARAMETER)
		return true;
	if (check_is_dyn(b) || b->kind == CEL_TYPE_PARAMETER)
		return false;
	switch (a->kind) {
	case CEL_TYPE_OPAQUE:
	case CEL_TYPE_LIST:
	case CEL_TYPE_MAP:
		if (a->kind != b->kind || a->parameter_count != b->parameter_count || !str_equal(a->name, b->name))
			return false;
		for (size_t i = 0; i < a->parameter_count; i++)
			if (!is_equal_or_less_specific(a->parameters[i], b->parameters[i]))
				return false;
		return true;
	case CEL_TYPE_TYPE:
		return b->kind == CEL_TYPE_TYPE;
	default:
		return cel_type_equal(a, b);
	}
}

const struct cel_type *check_most_general(const struct cel_type *a, const struct cel_type *b)
{
	return is_equal_or_less_specific(a, b) ? a : b;
}

static bool assign(struct checker *c, const struct cel_type *from, const struct cel_type *to);

struct substitution {
	bool valid, bound;      /* the type may stand for the variable; the variable had one before */
};

static struct substitution substitutes(struct checker *c, const struct cel_type *type, const struct cel_type *parameter)
{
	struct type_variable *variable = variable_of(parameter);
	const struct cel_type *bound;

	if (type == parameter || !variable)
		return (struct substitution){ true, true };
	bound = variable->bound;
	if (!bound) {
		if (!not_referenced_in(parameter, type))
			return (struct substitution){ false, false };
		bind(c, variable, type);
		return (struct substitution){ true, false };
	}
	if (cel_type_equal(type, bound))
		return (struct substitution){ true, true };
	if (assign(c, type, bound)) {
		const struct cel_type *general = check_most_general(type, bound);

		if (not_referenced_in(parameter, general))
			bind(c, variable, general);
		return (struct substitution){ true, true };
	}
	return (struct substitution){ false, true };
}

static bool is_nullable(const struct cel_type *type)
{
	switch (type->kind) {
	case CEL_TYPE_OPAQUE:
	case CEL_TYPE_STRUCT:
	case CEL_TYPE_ANY:
	case CEL_TYPE_DURATION:
	case CEL_TYPE_TIMESTAMP:
	case CEL_TYPE_WRAPPER:
	case CEL_TYPE_NULL:
		return true;
	default:
		return false;
	}
}

static bool assign(struct checker *c, const struct cel_type *from, const struct cel_type *to)
{
	if (from == to && from->kind != CEL_TYPE_PARAMETER && !from->parameter_count)
		return true;
	if (to->kind == CEL_TYPE_PARAMETER) {
		struct substitution s = substitutes(c, from, to);

		if (s.valid || s.bound)
			return s.valid;
	}
	if (from->kind == CEL_TYPE_PARAMETER)
		return substitutes(c, to, from).valid;
	if (is_dyn_or_error(from) || is_dyn_or_error(to))
		return true;
	if (from->kind == CEL_TYPE_NULL)
		return is_nullable(to);
	if (to->kind == CEL_TYPE_NULL)
		return is_nullable(from);
	switch (from->kind) {
	case CEL_TYPE_TYPE:
		return to->kind == CEL_TYPE_TYPE;
	case CEL_TYPE_OPAQUE:
		if (!from->parameter_count)
			return cel_type_accepts(to, from);
		/* fall through */
	case CEL_TYPE_LIST:
	case CEL_TYPE_MAP:
		if (from->kind != to->kind || from->parameter_count != to->parameter_count ||
		    !str_equal(from->name, to->name))
			return false;
		for (size_t i = 0; i < from->parameter_count; i++)
			if (!assign(c, from->parameters[i], to->parameters[i]))
				return false;
		return true;
	default:
		return cel_type_accepts(to, from);
	}
}

/* Keeps what an attempt bound, or takes it back. */
static bool settle(struct checker *c, bool assigned)
{
	while (c->trail_count) {
		struct rebinding *r = &c->trail[--c->trail_count];

		if (!assigned)
			r->variable->bound = r->before;
	}
	return assigned;
}

bool check_assignable(struct checker *c, const struct cel_type *from, const struct cel_type *to)
{
	return settle(c, assign(c, from, to));
}

bool check_assignable_list(struct checker *c, const struct cel_type *const *from, const struct cel_type *const *to,
			   size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!assign(c, from[i], to[i]))
			return settle(c, false);
	return settle(c, true);
}

/* The same type with other parameters. */
static const struct cel_type *with_parameters(struct arena *arena, const struct cel_type *type,
					      const struct cel_type *const *parameters)
{
	struct cel_type *copy;

	if (memcmp(parameters, type->parameters, type->parameter_count * sizeof(parameters[0])) == 0)
		return type;
	copy = arena_copy(arena, type, sizeof(*type));
	memcpy(copy->parameters, parameters, type->parameter_count * sizeof(parameters[0]));
	return copy;
}

static const struct cel_type *substitute(struct checker *c, const struct cel_type *type, bool to_dyn, unsigned depth)
{
	const struct cel_type *parameters[CEL_TYPE_PARAMETERS_MAX];

	if (type->kind == CEL_TYPE_PARAMETER) {
		if (bound_to(type) && depth < CHECK_DEPTH_MAX)
			return substitute(c, bound_to(type), to_dyn, depth + 1);
		return to_dyn ? &cel_dyn : type;
	}
	if (!type->parameter_count || type->kind == CEL_TYPE_WRAPPER)
		return type;
	for (size_t i = 0; i < type->parameter_count; i++)
		parameters[i] = substitute(c, type->parameters[i], to_dyn, depth + 1);
	return with_parameters(c->arena, type, parameters);
}

const struct cel_type *check_substitute(struct checker *c, const struct cel_type *type, bool to_dyn)
{
	return substitute(c, type, to_dyn, 0);
}

static const struct cel_type *instantiate(struct checker *c, const struct cel_type *type,
					  const struct cel_type **letters)
{
	const struct cel_type *parameters[CEL_TYPE_PARAMETERS_MAX];

	if (type->kind == CEL_TYPE_PARAMETER) {
		const struct cel_type **letter = &letters[type->name.p[0] - 'A'];

		if (!*letter)
			*letter = check_new_variable(c);
		return *letter;
	}
	if (!type->parameter_count)
		return type;
	for (size_t i = 0; i < type->parameter_count; i++)
		parameters[i] = instantiate(c, type->parameters[i], letters);
	return with_parameters(c->arena, type, parameters);
}

const struct cel_type *check_instantiate(struct checker *c, const struct cel_overload *overload,
					 const struct cel_type **parameters)
{
	const struct cel_type *letters[26] = { NULL };

	for (size_t i = 0; i < overload->parameter_count; i++)
		parameters[i] = instantiate(c, overload->parameters[i], letters);
	return instantiate(c, overload->result, letters);
}
