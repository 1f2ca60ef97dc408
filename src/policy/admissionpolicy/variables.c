/*
 * Variables of a policy: evaluated when first read, once in an evaluation; later ones see earlier ones.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/cel/composition.go and pkg/cel/lazy.
 */
#include "policy/admissionpolicy/engine.h"

#define DEPTH_MAX 200

struct variable {
	struct str name;
	const struct cel_program *program; /* NULL: it did not compile */
	struct str problem;
};

struct admission_variables {
	struct arena *arena;
	struct admission_env env;
	struct variable *items;
	size_t count, capacity;
	struct cel_field *fields;
	size_t field_count, field_capacity;
	bool plain;
};

enum state { STATE_UNREAD, STATE_READING, STATE_READ };

/* The variables of one evaluation. */
struct started {
	const struct admission_variables *variables;
	uint64_t cost;
	unsigned depth;
	struct cel_value *values;
	uint8_t *states;
};

/* Types of what is declared so far. */
static const struct cel_type *find_field(const struct cel_type *type, struct str field)
{
	const struct admission_variables *variables = type->data;

	for (size_t i = 0; variables && i < variables->field_count; i++)
		if (str_equal(variables->fields[i].name, field))
			return variables->fields[i].type;
	return NULL;
}

struct admission_variables *admission_variables_create(struct arena *arena, const struct admission_env *env)
{
	struct admission_variables *variables = ARENA_NEW(arena, struct admission_variables);

	variables->arena = arena;
	variables->env = *env;
	env->variables_type->find_field = find_field;
	env->variables_type->data = variables;
	return variables;
}

void admission_variables_plain(struct admission_variables *variables)
{
	variables->plain = true;
}

/* What the API server keeps of a type: the simple ones, and lists and maps of them. Quantities and the like become dyn.
 */
static const struct cel_type *simple_type(struct arena *arena, const struct cel_type *type, int depth)
{
	switch (type->kind) {
	case CEL_TYPE_NULL:
	case CEL_TYPE_BOOL:
	case CEL_TYPE_INT:
	case CEL_TYPE_UINT:
	case CEL_TYPE_DOUBLE:
	case CEL_TYPE_STRING:
	case CEL_TYPE_BYTES:
	case CEL_TYPE_TIMESTAMP:
	case CEL_TYPE_DURATION:
	case CEL_TYPE_ANY:
		return type;
	case CEL_TYPE_LIST:
		if (depth > DEPTH_MAX)
			return &cel_list_dyn;
		return cel_list_of(arena, simple_type(arena, type->parameters[0], depth + 1));
	case CEL_TYPE_MAP:
		if (depth > DEPTH_MAX)
			return &cel_map_dyn;
		return cel_map_of(arena, simple_type(arena, type->parameters[0], depth + 1),
				  simple_type(arena, type->parameters[1], depth + 1));
	default:
		return &cel_dyn;
	}
}

static void declare(struct admission_variables *variables, struct str name, const struct cel_type *type)
{
	for (size_t i = 0; i < variables->field_count; i++)
		if (str_equal(variables->fields[i].name, name)) {
			variables->fields[i].type = type;
			return;
		}
	*ARENA_PUSH(variables->arena, variables->fields, variables->field_count, variables->field_capacity) =
		(struct cel_field){ name, type };
}

static struct variable *find(const struct admission_variables *variables, struct str name)
{
	for (size_t i = 0; i < variables->count; i++)
		if (str_equal(variables->items[i].name, name))
			return &variables->items[i];
	return NULL;
}

static struct str compile_problem(struct arena *arena, enum cel_stage stage, const struct error *err)
{
	return str_format(arena, "%s: %s",
			  stage == CEL_STAGE_PROGRAM ? "program instantiation failed" : "compilation failed",
			  err->message);
}

int admission_variables_add(struct admission_variables *variables, struct str name, struct str expression,
			    struct error **err)
{
	enum cel_stage stage = CEL_STAGE_CHECK;
	const struct cel_type *type = &cel_dyn;
	struct cel_compile_options options = { .stage = &stage };
	struct variable *variable = find(variables, name);
	struct error *why = NULL;

	if (!variable) {
		variable = ARENA_PUSH(variables->arena, variables->items, variables->count, variables->capacity);
		variable->name = name;
	}
	variable->problem = STR("");
	variable->program = cel_compile(variables->arena, variables->env.cel, expression, &options, &why);
	if (variable->program) {
		type = cel_program_type(variable->program);
		declare(variables, name, variables->plain ? type : simple_type(variables->arena, type, 0));
		return 0;
	}
	variable->problem = compile_problem(variables->arena, stage, why);
	declare(variables, name, &cel_dyn);
	error_set(err, why->code, STR_FMT, STR_ARG(variable->problem));
	error_free(why);
	return -1;
}

bool admission_variables_read(const struct admission_variables *variables, uint32_t slot)
{
	for (size_t i = 0; i < variables->count; i++)
		if (variables->items[i].program && cel_program_reads(variables->items[i].program, slot))
			return true;
	return false;
}

/* -- evaluating ---------------------------------------------------------------------------------------------------- */

static struct cel_value evaluate(struct cel_run *run, struct started *started, const struct variable *variable)
{
	uint64_t cost = run->cost;
	struct cel_value value;

	if (!variable->program)
		return cel_fail(run, "composited variable \"" STR_FMT "\" fails to compile: " STR_FMT,
				STR_ARG(variable->name), STR_ARG(variable->problem));
	if (started->depth == DEPTH_MAX)
		return cel_fail_code(run, ERROR_LIMIT, "variables are built on each other more than %d deep",
				     DEPTH_MAX);
	started->depth++;
	run->cost = 0;
	value = cel_evaluate(variable->program, run);
	started->cost += run->cost;
	run->cost = cost;
	started->depth--;
	if (cel_is_error(value) && !started->variables->plain)
		return cel_fail(run, "composited variable \"" STR_FMT "\" fails to evaluate: " STR_FMT,
				STR_ARG(variable->name), STR_ARG(value.u.error->message));
	return value;
}

static struct cel_value get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	struct started *started = (struct started *)self->u.object;
	const struct variable *variable = find(started->variables, field);
	size_t i;

	if (!variable)
		return cel_fail(run, "no such key: " STR_FMT, STR_ARG(field));
	i = (size_t)(variable - started->variables->items);
	if (started->states[i] == STATE_READING)
		return cel_fail(run, "variable \"" STR_FMT "\" is built on itself", STR_ARG(field));
	if (started->states[i] == STATE_UNREAD) {
		started->states[i] = STATE_READING;
		started->values[i] = evaluate(run, started, variable);
		started->states[i] = STATE_READ;
	}
	return started->values[i];
}

/* As the API server does: whoever asks for a variable has it evaluated, and pays for it. */
static int has(struct cel_run *run, const struct cel_value *self, struct str field)
{
	const struct started *started = self->u.object;

	if (!find(started->variables, field))
		return 0;
	get(run, self, field);
	return 1;
}

static const struct cel_type variables_type = { .kind = CEL_TYPE_STRUCT, .name = { "kubernetes.variables", 20 } };
static const struct cel_class variables_class = { .type = &variables_type, .get = get, .has = has };

struct cel_value admission_variables_start(const struct admission_variables *variables, struct arena *arena)
{
	size_t count = variables->count;
	struct started *started = ARENA_NEW(arena, struct started);

	started->variables = variables;
	started->values = arena_array(arena, count, sizeof(*started->values));
	started->states = arena_zalloc(arena, count);
	return cel_of_object(&variables_class, started);
}

uint64_t admission_variables_cost(const struct cel_value *value)
{
	struct started *started = (struct started *)value->u.object;
	uint64_t cost = started->cost;

	started->cost = 0;
	return cost;
}
