/* Environments: what is declared, in layers; a layer looks where it has nothing itself in its parent. */
#include "base/map.h"
#include "lang/cel/env.h"

/* A set that grows while its environment is made. */
struct overload_set {
	struct cel_overload_set set;
	size_t capacity;
};

/* A type that expressions may name: a constant of type type(T). */
struct named_type {
	struct cel_variable variable;
	struct cel_type type_of;
};

struct library_list {
	const struct cel_library *library;
	struct library_list *next;
};

struct cel_env {
	struct arena *arena;
	const struct cel_env *parent;
	enum cel_flavour flavour;
	uint32_t macros;
	bool homogeneous;
	struct str container;
	struct map functions;           /* struct overload_set, the parent's overloads included */
	struct map variables;           /* struct cel_variable */
	struct map types;               /* struct named_type */
	struct map unlisted;            /* struct cel_type: opaque types of signatures */
	struct map roots;               /* first part of a qualified name → CEL_QUALIFIED_* as a pointer */
	struct library_list *libraries, **last_library;
	const struct cel_type *(*find)(void *data, struct str name);
	void *find_data;
	size_t slots;
};

static struct cel_env *env_new(struct arena *arena, const struct cel_env *parent)
{
	struct cel_env *env = ARENA_NEW(arena, struct cel_env);

	env->arena = arena;
	env->parent = parent;
	map_init(&env->functions, arena);
	map_init(&env->variables, arena);
	map_init(&env->types, arena);
	map_init(&env->unlisted, arena);
	map_init(&env->roots, arena);
	env->last_library = &env->libraries;
	if (parent) {
		env->flavour = parent->flavour;
		env->macros = parent->macros;
		env->homogeneous = parent->homogeneous;
		env->container = parent->container;
		env->slots = parent->slots;
	}
	return env;
}

struct cel_env *cel_env_extend(struct arena *arena, const struct cel_env *parent)
{
	return env_new(arena, parent);
}

/* Notes that names which start like this one exist. */
static void note_root(struct cel_env *env, struct str name, unsigned what)
{
	size_t dot = str_find_char(name, '.', 0);
	void **slot;

	if (dot == STR_NOT_FOUND)
		return;
	slot = map_slot(&env->roots, str_slice(name, 0, dot));
	*slot = (void *)((uintptr_t)*slot | what);
}

/* -- functions -------------------------------------------------------------------------------------------------- */

static const struct cel_type *signature_type(void *data, struct str name)
{
	struct cel_env *env = data;
	struct named_type *named;
	struct cel_type *type;
	void **slot;

	for (const struct cel_env *e = env; e; e = e->parent) {
		if ((named = map_get(&e->types, name)))
			return named->variable.constant.u.type;
		if ((type = map_get(&e->unlisted, name)))
			return type;
	}
	if (cel_well_known(name))
		return NULL;
	/* Kubernetes declares its own types as messages, those of other libraries are abstract. */
	slot = map_slot(&env->unlisted, name);
	*slot = type = cel_type_new(env->arena,
				    str_starts_with(name, STR("kubernetes.")) ? CEL_TYPE_STRUCT : CEL_TYPE_OPAQUE, name,
				    NULL, NULL);
	return type;
}

static struct overload_set *own_set(struct cel_env *env, struct str name)
{
	const struct cel_overload_set *inherited;
	struct overload_set *own;
	void **slot = map_slot(&env->functions, name);

	if (*slot)
		return *slot;
	*slot = own = ARENA_NEW(env->arena, struct overload_set);
	own->set.name = name;
	inherited = env->parent ? cel_env_function(env->parent, name) : NULL;
	if (inherited) {
		own->set.overloads = inherited->overloads;
		own->set.count = own->capacity = inherited->count;
	} else {
		note_root(env, name, CEL_QUALIFIED_FUNCTION);
	}
	return own;
}

static bool same_parameters(const struct cel_overload *a, const struct cel_overload *b)
{
	for (size_t i = 0; i < a->parameter_count; i++)
		if (!cel_type_equal(a->parameters[i], b->parameters[i]))
			return false;
	return true;
}

static bool overlap(const struct cel_overload *a, const struct cel_overload *b)
{
	for (size_t i = 0; i < a->parameter_count; i++)
		if (!cel_type_accepts(a->parameters[i], b->parameters[i]) &&
		    !cel_type_accepts(b->parameters[i], a->parameters[i]))
			return false;
	return true;
}

/* -1: collides; 0: new; 1: takes the place of the same overload, declared before. */
static int place_overload(struct cel_env *env, struct overload_set *own, const struct cel_overload *overload,
			  struct error **err)
{
	for (size_t i = 0; i < own->set.count; i++) {
		const struct cel_overload *other = own->set.overloads[i];

		if (other->member != overload->member || other->parameter_count != overload->parameter_count)
			continue;
		if (same_parameters(other, overload)) {
			const struct cel_overload **copy = arena_copy(env->arena, own->set.overloads,
								      own->set.count * sizeof(*copy));

			copy[i] = overload;
			own->set.overloads = copy;
			own->capacity = own->set.count;
			return 1;
		}
		if (overlap(other, overload))
			return error_set(err, ERROR_INVALID, "function %s: the overloads \"%s\" and \"%s\" collide",
					 overload->function->name, other->function->signature,
					 overload->function->signature);
	}
	return 0;
}

static void append_overload(struct cel_env *env, struct overload_set *own, const struct cel_overload *overload)
{
	struct cel_overload_set *set = &own->set;

	if (set->count == own->capacity) {
		size_t capacity = set->count ? set->count * 2 : 2;
		const struct cel_overload **grown = arena_array(env->arena, capacity, sizeof(*grown));

		if (set->count)
			memcpy(grown, set->overloads, set->count * sizeof(*grown));
		set->overloads = grown;
		own->capacity = capacity;
	}
	((const struct cel_overload **)set->overloads)[set->count++] = overload;
}

/* `trusted`: the libraries of the flavours; that they do not collide is for the tests to show. */
static int add_functions(struct cel_env *env, const struct cel_function *functions, bool trusted, struct error **err)
{
	const struct cel_signature signature = { env->arena, signature_type, env };
	struct overload_set *own = NULL;

	for (const struct cel_function *f = functions; f && f->name; f++) {
		struct cel_overload *overload;
		struct str name = str_of(f->name);
		int placed = 0;

		if (!own || !str_equal(own->set.name, name))
			own = own_set(env, name);
		overload = ARENA_NEW(env->arena, struct cel_overload);
		if (cel_signature_parse(&signature, f, overload, err) < 0)
			return -1;
		if (!trusted)
			placed = place_overload(env, own, overload, err);
		if (placed < 0)
			return -1;
		if (!placed)
			append_overload(env, own, overload);
	}
	return 0;
}

static int add_library(struct cel_env *env, const struct cel_library *library, bool trusted, struct error **err)
{
	struct library_list *item = ARENA_NEW(env->arena, struct library_list);

	item->library = library;
	*env->last_library = item;
	env->last_library = &item->next;
	env->macros |= library->macros;
	for (const struct cel_type *const *type = library->types; type && *type; type++)
		cel_env_add_type(env, *type);
	return add_functions(env, library->functions, trusted, err);
}

int cel_env_add_library(struct cel_env *env, const struct cel_library *library, struct error **err)
{
	return add_library(env, library, false, err);
}

struct cel_env *cel_env_create(struct arena *arena, enum cel_flavour flavour)
{
	struct cel_env *env = env_new(arena, NULL);

	env->flavour = flavour;
	env->homogeneous = flavour != CEL_PLAIN;
	env->macros = cel_flavour_macros[flavour];
	for (size_t i = 0; i < cel_flavour_library_count; i++)
		if (cel_flavour_libraries[i].flavours & 1u << flavour)
			add_library(env, cel_flavour_libraries[i].library, true, NULL);
	return env;
}

const struct cel_overload_set *cel_env_function(const struct cel_env *env, struct str name)
{
	for (; env; env = env->parent) {
		const struct overload_set *own = map_get(&env->functions, name);

		if (own)
			return &own->set;
	}
	return NULL;
}

void cel_env_each_function(const struct cel_env *env, void (*visit)(void *data, const struct cel_function *function),
			   void *data)
{
	if (env->parent)
		cel_env_each_function(env->parent, visit, data);
	for (const struct library_list *item = env->libraries; item; item = item->next)
		for (const struct cel_function *f = item->library->functions; f && f->name; f++)
			visit(data, f);
}

/* -- variables and types ---------------------------------------------------------------------------------------- */

uint32_t cel_env_add_variable(struct cel_env *env, struct str name, const struct cel_type *type)
{
	struct cel_variable *variable = ARENA_NEW(env->arena, struct cel_variable);

	variable->name = str_dup(env->arena, name);
	variable->type = type;
	variable->slot = (uint32_t)env->slots++;
	map_put(&env->variables, variable->name, variable);
	note_root(env, variable->name, CEL_QUALIFIED_VALUE);
	return variable->slot;
}

size_t cel_env_slots(const struct cel_env *env)
{
	return env->slots;
}

void cel_env_add_type(struct cel_env *env, const struct cel_type *type)
{
	struct named_type *named = ARENA_NEW(env->arena, struct named_type);

	named->type_of = (struct cel_type){
		.kind = CEL_TYPE_TYPE, .name = cel_type_type.name, .parameter_count = 1, .parameters = { type },
	};
	named->variable = (struct cel_variable){
		.name = type->name, .type = &named->type_of, .is_constant = true, .constant = cel_of_type(type),
	};
	map_put(&env->types, type->name, named);
	note_root(env, type->name, CEL_QUALIFIED_VALUE);
}

void cel_env_set_provider(struct cel_env *env, const struct cel_type *(*find)(void *data, struct str name), void *data)
{
	env->find = find;
	env->find_data = data;
}

void cel_env_set_container(struct cel_env *env, struct str container)
{
	env->container = str_dup(env->arena, container);
}

void cel_env_set_homogeneous(struct cel_env *env, bool homogeneous)
{
	env->homogeneous = homogeneous;
}

enum cel_flavour cel_env_flavour(const struct cel_env *env)
{
	return env->flavour;
}

uint32_t cel_env_macros(const struct cel_env *env)
{
	return env->macros;
}

struct str cel_env_container(const struct cel_env *env)
{
	return env->container;
}

bool cel_env_is_homogeneous(const struct cel_env *env)
{
	return env->homogeneous;
}

unsigned cel_env_qualified(const struct cel_env *env, struct str root)
{
	unsigned what = str_is(root, "google") || str_is(root, "NullValue") ? CEL_QUALIFIED_VALUE : 0;

	for (; env; env = env->parent) {
		what |= (unsigned)(uintptr_t)map_get(&env->roots, root);
		if (env->find)
			what |= CEL_QUALIFIED_VALUE;
	}
	return what;
}

/* Plain CEL knows the messages by their short names, too (Int32Value{value: 1}): the specification's tests use them. */
static const struct cel_variable *well_known(const struct cel_env *env, struct str name)
{
	static const char package[] = "google.protobuf.";
	const struct cel_variable *known = cel_well_known(name);
	char full[sizeof(package) + 32];

	if (known || env->flavour != CEL_PLAIN || !name.n || name.n > 32 || name.p[0] < 'A' || name.p[0] > 'Z')
		return known;
	memcpy(full, package, sizeof(package) - 1);
	memcpy(full + sizeof(package) - 1, name.p, name.n);
	return cel_well_known(str_make(full, sizeof(package) - 1 + name.n));
}

const struct cel_variable *cel_env_variable(const struct cel_env *env, struct str name)
{
	const struct cel_variable *variable;
	const struct named_type *named;

	for (const struct cel_env *e = env; e; e = e->parent)
		if ((variable = map_get(&e->variables, name)))
			return variable;
	for (const struct cel_env *e = env; e; e = e->parent)
		if ((named = map_get(&e->types, name)))
			return &named->variable;
	return well_known(env, name);
}

const struct cel_type *cel_env_type(const struct cel_env *env, struct str name)
{
	const struct named_type *named;
	const struct cel_variable *known;
	const struct cel_type *type;

	for (const struct cel_env *e = env; e; e = e->parent)
		if ((named = map_get(&e->types, name)))
			return named->variable.constant.u.type;
	if ((known = well_known(env, name)))
		return known->type->kind == CEL_TYPE_TYPE ? known->type->parameters[0] : NULL;
	for (const struct cel_env *e = env; e; e = e->parent)
		if (e->find && (type = e->find(e->find_data, name)))
			return type;
	return NULL;
}

/* -- did you mean ------------------------------------------------------------------------------------------------ */

/* How far a name may be off: a third of it, at most 3 letters. */
static size_t tolerance(struct str name)
{
	return name.n >= 9 ? 3 : name.n >= 4 ? 2 : 1;
}

/* The closest key of a map; for equals the first by bytes, so that the order of the table does not show. */
static void closest_key(const struct map *map, struct str name, struct str *best, size_t *limit)
{
	for (size_t i = 0; i < map->capacity; i++) {
		struct str key = map->entries[i].key;
		size_t distance;

		if (!key.p || !key.n || key.p[0] == '_' || key.p[0] == '@' || key.p[0] == '!' || key.p[0] == '-')
			continue;
		distance = str_distance(name, key, *limit);
		if (distance > *limit || (best->n && distance == *limit && str_compare(*best, key) <= 0))
			continue;
		*best = key;
		*limit = distance;
	}
}

struct str cel_env_closest_function(const struct cel_env *env, struct str name)
{
	struct str best = STR("");
	size_t limit = tolerance(name);

	for (; env; env = env->parent)
		closest_key(&env->functions, name, &best, &limit);
	return best;
}

struct str cel_env_closest_variable(const struct cel_env *env, struct str name)
{
	struct str best = STR("");
	size_t limit = tolerance(name);

	for (; env; env = env->parent)
		closest_key(&env->variables, name, &best, &limit);
	return best;
}
