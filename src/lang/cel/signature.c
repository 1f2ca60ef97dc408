/*
 * Signatures of functions: text → types. Environments parse some hundred of them when they are made, so this allocates
 * only what stays.
 */
#include "lang/cel/env.h"

#define PARAMETERS_MAX 16
#define DEPTH_MAX 8

struct reader {
	const struct cel_signature *context;
	struct str text;
	size_t at;
	unsigned depth;
};

static const struct cel_type *read_type(struct reader *r);

static void skip_blanks(struct reader *r)
{
	while (r->at < r->text.n && r->text.p[r->at] == ' ')
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at >= r->text.n || r->text.p[r->at] != c)
		return false;
	r->at++;
	return true;
}

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A name, dots included but not one before a parenthesis: that one parts a receiver from its arguments. */
static struct str read_name(struct reader *r)
{
	size_t start;

	skip_blanks(r);
	start = r->at;
	while (r->at < r->text.n) {
		char next = r->at + 1 < r->text.n ? r->text.p[r->at + 1] : 0;

		if (!is_name(r->text.p[r->at]) && !(r->text.p[r->at] == '.' && is_name(next)))
			break;
		r->at++;
	}
	return str_slice(r->text, start, r->at);
}

/* T, K, V: single capital letters are parameters, shared by all signatures. */
static const struct cel_type *parameter_type(char letter)
{
#define P(c) { .kind = CEL_TYPE_PARAMETER, .name = { c, 1 } }
	static const struct cel_type parameters[26] = {
		P("A"), P("B"), P("C"), P("D"), P("E"), P("F"), P("G"), P("H"), P("I"), P("J"), P("K"), P("L"), P("M"),
		P("N"), P("O"), P("P"), P("Q"), P("R"), P("S"), P("T"), P("U"), P("V"), P("W"), P("X"), P("Y"), P("Z"),
	};
#undef P
	return &parameters[letter - 'A'];
}

static const struct cel_type *simple_type(struct str name)
{
	static const struct {
		struct str name;
		const struct cel_type *type;
	} simple[] = {
		{ { "string", 6 }, &cel_string },
		{ { "int", 3 }, &cel_int },
		{ { "bool", 4 }, &cel_bool },
		{ { "dyn", 3 }, &cel_dyn },
		{ { "double", 6 }, &cel_double },
		{ { "uint", 4 }, &cel_uint },
		{ { "timestamp", 9 }, &cel_timestamp },
		{ { "duration", 8 }, &cel_duration },
		{ { "bytes", 5 }, &cel_bytes },
		{ { "type", 4 }, &cel_type_type },
		{ { "null", 4 }, &cel_null },
		{ { "null_type", 9 }, &cel_null },
		{ { "list", 4 }, &cel_list_dyn },
		{ { "map", 3 }, &cel_map_dyn },
		{ { "any", 3 }, &cel_any },
	};

	if (name.n == 1 && name.p[0] >= 'A' && name.p[0] <= 'Z')
		return parameter_type(name.p[0]);
	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
		if (simple[i].name.n == name.n && simple[i].name.p[0] == name.p[0] && str_equal(simple[i].name, name))
			return simple[i].type;
	return NULL;
}

static const struct cel_type *named_type(struct reader *r, struct str name)
{
	const struct cel_type *type = simple_type(name);
	const struct cel_variable *known;

	if (type)
		return type;
	if (r->context->named && (type = r->context->named(r->context->data, name)))
		return type;
	known = cel_well_known(name);
	if (known)
		return known->type->parameters[0];
	/* Kubernetes declares its own types as messages, those of other libraries are abstract. */
	return cel_type_new(r->context->arena,
			    str_starts_with(name, STR("kubernetes.")) ? CEL_TYPE_STRUCT : CEL_TYPE_OPAQUE,
			    str_dup(r->context->arena, name), NULL, NULL);
}

static const struct cel_type *compound_type(struct reader *r, struct str name, const struct cel_type *const *parameters,
					    size_t count)
{
	const struct cel_type *first = parameters[0], *second = count == 2 ? parameters[1] : NULL;
	struct arena *arena = r->context->arena;
	struct cel_type *type;

	if (str_is(name, "map"))
		return second ? cel_map_of(arena, first, second) : NULL;
	if (str_is(name, "list"))
		return count > 1 ? NULL : cel_list_of(arena, first);
	if (str_is(name, "optional_type"))
		return count > 1 ? NULL : cel_optional_of(arena, first);
	if (str_is(name, "type"))
		return count > 1 ? NULL : cel_type_of_type(arena, first);
	if (str_is(name, "wrapper"))
		return count > 1 ? NULL : cel_type_new(arena, CEL_TYPE_WRAPPER, first->name, first, NULL);
	type = cel_type_new(arena, CEL_TYPE_OPAQUE, str_dup(arena, name), NULL, NULL);
	memcpy(type->parameters, parameters, count * sizeof(parameters[0]));
	type->parameter_count = (uint8_t)count;
	return type;
}

/* NULL when it does not parse. */
static const struct cel_type *read_type(struct reader *r)
{
	const struct cel_type *parameters[CEL_TYPE_PARAMETERS_MAX];
	size_t count = 0;
	bool bracketed = take(r, '<');          /* <T>, as cel-go prints parameters */
	struct str name = read_name(r);

	if (!name.n || (bracketed && !take(r, '>')))
		return NULL;
	if (r->at >= r->text.n || r->text.p[r->at] != '(')
		return named_type(r, name);
	r->at++;
	if (++r->depth > DEPTH_MAX)
		return NULL;
	do
		if (count == CEL_TYPE_PARAMETERS_MAX || !(parameters[count++] = read_type(r)))
			return NULL;
	while (take(r, ','));
	r->depth--;
	return take(r, ')') ? compound_type(r, name, parameters, count) : NULL;
}

/* The letters of the type parameters, a bit each. */
static uint32_t letters(const struct cel_type *type)
{
	uint32_t found = type->kind == CEL_TYPE_PARAMETER ? 1u << (type->name.p[0] - 'A') : 0;

	for (size_t i = 0; i < type->parameter_count; i++)
		found |= letters(type->parameters[i]);
	return found;
}

static bool read_signature(struct reader *r, struct cel_overload *out)
{
	const struct cel_type *parameters[PARAMETERS_MAX];
	size_t count = 0;
	uint32_t generic;

	skip_blanks(r);
	if (r->at < r->text.n && r->text.p[r->at] != '(') {
		if (!(parameters[count++] = read_type(r)) || !take(r, '.'))
			return false;
		out->member = true;
	}
	if (!take(r, '('))
		return false;
	while (!take(r, ')')) {
		if (count > (out->member ? 1 : 0) && !take(r, ','))
			return false;
		if (count == PARAMETERS_MAX || !(parameters[count++] = read_type(r)))
			return false;
	}
	skip_blanks(r);
	if (!str_starts_with(str_skip(r->text, r->at), STR("->")))
		return false;
	r->at += 2;
	if (!(out->result = read_type(r)))
		return false;
	skip_blanks(r);
	out->parameter_count = (uint8_t)count;
	out->parameters = arena_copy(r->context->arena, parameters, count * sizeof(parameters[0]));
	generic = letters(out->result);
	for (size_t i = 0; i < count; i++)
		generic |= letters(parameters[i]);
	out->generic = (uint8_t)__builtin_popcount(generic);
	return r->at == r->text.n;
}

int cel_signature_parse(const struct cel_signature *context, const struct cel_function *function,
			struct cel_overload *out, struct error **err)
{
	struct reader r = { .context = context, .text = str_of(function->signature) };

	*out = (struct cel_overload){ .function = function };
	if (read_signature(&r, out))
		return 0;
	return error_set(err, ERROR_INVALID, "function %s: the signature \"%s\" does not parse at column %zu", function->name,
			 function->signature, r.at + 1);
}

const struct cel_type *cel_type_parse(const struct cel_signature *context, struct str text, struct error **err)
{
	struct reader r = { .context = context, .text = text };
	const struct cel_type *type = read_type(&r);

	skip_blanks(&r);
	if (type && r.at == text.n)
		return type;
	error_set(err, ERROR_INVALID, "the type \"" STR_FMT "\" does not parse at column %zu", STR_ARG(text), r.at + 1);
	return NULL;
}
