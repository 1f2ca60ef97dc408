/* What a name means: a comprehension's variable, a declared variable, a type, a constant, a function. */
#include "lang/cel/check.h"

/* The names that `name` may stand for in a container: a.b.c.x, a.b.x, a.x, x. With a leading dot: itself only. */
struct candidates {
	struct arena *arena;
	struct str container, name;
	bool done;
};

static struct candidates candidates_of(struct checker *c, struct str name)
{
	struct candidates list = { .arena = c->arena, .container = cel_env_container(c->env), .name = name };

	if (name.n && name.p[0] == '.') {
		list.name = str_skip(name, 1);
		list.container = STR("");
	}
	return list;
}

static bool next_candidate(struct candidates *list, struct str *out)
{
	size_t dot;

	if (list->done)
		return false;
	if (!list->container.n) {
		*out = list->name;
		list->done = true;
		return true;
	}
	*out = str_format(list->arena, STR_FMT "." STR_FMT, STR_ARG(list->container), STR_ARG(list->name));
	dot = str_rfind_char(list->container, '.');
	list->container = str_slice(list->container, 0, dot == STR_NOT_FOUND ? 0 : dot);
	return true;
}

static const struct local *find_local(const struct checker *c, struct str name)
{
	for (const struct local *local = c->locals; local; local = local->outer)
		if (str_equal(local->name, name))
			return local;
	return NULL;
}

static struct resolved from_local(const struct local *local)
{
	return (struct resolved){ .name = local->name, .type = local->type };
}

static struct resolved find_global(struct checker *c, struct str name)
{
	const struct cel_variable *variable = cel_env_variable(c->env, name);
	struct cel_variable *constant;
	const struct cel_type *type;

	if (variable) {
		/* "list" is a type(list(A)); newer versions of cel-go print type(list(dyn)). */
		type = c->locals_first && variable->is_constant ? check_substitute(c, variable->type, true) : variable->type;
		return (struct resolved){ variable->name, type, variable };
	}
	type = cel_env_type(c->env, name);
	if (!type)
		return (struct resolved){ 0 };
	constant = ARENA_NEW(c->arena, struct cel_variable);
	constant->name = str_dup(c->arena, name);
	constant->type = cel_type_of_type(c->arena, type);
	constant->is_constant = true;
	constant->constant = cel_of_type(type);
	return (struct resolved){ constant->name, constant->type, constant };
}

struct resolved check_resolve(struct checker *c, struct str name)
{
	struct candidates list = candidates_of(c, name);
	const struct local *local;
	struct resolved found;
	struct str candidate;

	if (c->locals_first && (local = find_local(c, name)))
		return from_local(local);
	while (next_candidate(&list, &candidate)) {
		if (!c->locals_first && (local = find_local(c, candidate)))
			return from_local(local);
		found = find_global(c, candidate);
		if (found.name.p)
			return found;
	}
	return (struct resolved){ 0 };
}

/* A chain's first identifier and, in *length, the bytes of the dotted name; p == NULL when it is none. */
static struct str chain_root(const struct cel_expr *e, size_t *length)
{
	size_t n = 0;

	for (; e->kind == CEL_EXPR_SELECT && !e->u.select.test_only; e = e->u.select.operand)
		n += e->u.select.field.n + 1;
	if (e->kind != CEL_EXPR_IDENT)
		return STR_NULL;
	*length = n + e->u.ident.name.n;
	return e->u.ident.name;
}

static struct str chain_name(struct checker *c, const struct cel_expr *e, size_t length, struct str last)
{
	size_t end = length + (last.n ? last.n + 1 : 0);
	char *text = arena_alloc(c->arena, end);
	struct str name = { text, end };

	if (last.n) {
		memcpy(text + length + 1, last.p, last.n);
		text[length] = '.';
	}
	end = length;
	for (; e->kind == CEL_EXPR_SELECT; e = e->u.select.operand) {
		struct str field = e->u.select.field;

		end -= field.n;
		memcpy(text + end, field.p, field.n);
		text[--end] = '.';
	}
	memcpy(text, e->u.ident.name.p, e->u.ident.name.n);
	return name;
}

/* Whether a dotted name with this first part may be declared at all. */
static bool may_be_qualified(struct checker *c, struct str root, unsigned what)
{
	if (root.n && root.p[0] == '.')
		root = str_skip(root, 1);
	root = str_slice(root, 0, str_find_char(root, '.', 0));
	return cel_env_container(c->env).n || cel_env_qualified(c->env, root) & what;
}

struct resolved check_resolve_chain(struct checker *c, const struct cel_expr *select)
{
	size_t length;
	struct str root = chain_root(select, &length);
	struct candidates list;
	struct resolved found = { 0 };
	struct str candidate;

	if (!root.p || !may_be_qualified(c, root, CEL_QUALIFIED_VALUE))
		return found;
	if (c->locals_first && find_local(c, root))
		return found;
	list = candidates_of(c, chain_name(c, select, length, STR("")));
	while (!found.name.p && next_candidate(&list, &candidate))
		found = find_global(c, candidate);
	return found;
}

struct resolved check_resolve_type(struct checker *c, struct str name)
{
	struct candidates list = candidates_of(c, name);
	struct resolved found;
	struct str candidate;

	if (!c->locals_first)
		return check_resolve(c, name);
	while (next_candidate(&list, &candidate)) {
		found = find_global(c, candidate);
		if (found.name.p && found.variable->is_constant && found.type->kind == CEL_TYPE_TYPE)
			return found;
	}
	return (struct resolved){ 0 };
}

const struct cel_overload_set *check_resolve_function(struct checker *c, struct str name)
{
	struct candidates list = candidates_of(c, name);
	const struct cel_overload_set *set = NULL;
	struct str candidate;

	while (!set && next_candidate(&list, &candidate))
		set = cel_env_function(c->env, candidate);
	return set;
}

const struct cel_overload_set *check_resolve_qualified_function(struct checker *c, const struct cel_expr *target,
								struct str name)
{
	size_t length;
	struct str root = chain_root(target, &length);

	if (!root.p || !may_be_qualified(c, root, CEL_QUALIFIED_FUNCTION))
		return NULL;
	return check_resolve_function(c, chain_name(c, target, length, name));
}

struct str check_qualified_name(struct checker *c, const struct cel_expr *target, struct str name)
{
	size_t length;
	struct str root = chain_root(target, &length);

	if (!root.p || check_resolve(c, root).name.p)
		return STR("");
	return chain_name(c, target, length, name);
}
