/*
 * Type checking beyond what a policy needs to be created. Semantics: k8s.io/apiserver v0.36
 * pkg/admission/plugin/policy/validating/typechecking.go; rules that can match nothing are our own addition.
 */
#include "kube/schema.h"
#include "policy/admissionpolicy/admissionpolicy.h"

#define KINDS_MAX 10    /* as many as the API server checks */
#define CLOSE 3

static void warn(struct arena *arena, struct admission_warnings *warnings, struct str field, struct str message,
		 const struct value *at)
{
	*ARENA_PUSH(arena, warnings->items, warnings->count, warnings->capacity) =
		(struct admission_warning){ field, message, at };
}

/* -- built-in kinds as types -------------------------------------------------------------------------------------- */

/* What a struct type carries, to make the types of its fields when they are asked for. */
struct typed_schema {
	struct arena *arena;
	const struct schema *schema;
};

static const struct cel_type *type_of_schema(struct arena *arena, const struct schema *schema, struct str name);

static const struct cel_type *find_field(const struct cel_type *type, struct str field)
{
	const struct typed_schema *typed = type->data;
	const struct schema *schema = schema_field(typed->schema, field);
	struct str name;

	if (!schema)
		return NULL;
	name = str_format(typed->arena, STR_FMT "." STR_FMT, STR_ARG(type->name), STR_ARG(field));
	return type_of_schema(typed->arena, schema, name);
}

static const struct cel_type *struct_of_schema(struct arena *arena, const struct schema *schema, struct str name)
{
	struct typed_schema *typed = ARENA_NEW(arena, struct typed_schema);
	struct cel_type *type = ARENA_NEW(arena, struct cel_type);

	*typed = (struct typed_schema){ arena, schema };
	*type = (struct cel_type){ .kind = CEL_TYPE_STRUCT, .name = name, .find_field = find_field, .data = typed };
	return type;
}

static const struct cel_type *type_of_items(struct arena *arena, const struct schema *schema, struct str name,
					    const char *suffix)
{
	const struct schema *items = schema_items(schema);

	return items ? type_of_schema(arena, items, str_format(arena, STR_FMT "%s", STR_ARG(name), suffix)) : &cel_dyn;
}

static const struct cel_type *type_of_schema(struct arena *arena, const struct schema *schema, struct str name)
{
	switch (schema_type(schema)) {
	case SCHEMA_STRING:
		return &cel_string;
	case SCHEMA_INTEGER:
		return &cel_int;
	case SCHEMA_NUMBER:
		return &cel_double;
	case SCHEMA_BOOLEAN:
		return &cel_bool;
	case SCHEMA_TIME:
		return &cel_timestamp;
	case SCHEMA_OBJECT:
		return struct_of_schema(arena, schema, name);
	case SCHEMA_MAP:
		return cel_map_of(arena, &cel_string, type_of_items(arena, schema, name, ".@elem"));
	case SCHEMA_ARRAY:
		return cel_list_of(arena, type_of_items(arena, schema, name, ".@idx"));
	default:
		return &cel_dyn;
	}
}

const struct cel_type *admission_type_of_kind(void *data, struct arena *arena, struct gvk gvk)
{
	const struct schema *schema = schema_of_kind(gvk);

	return schema ? struct_of_schema(arena, schema, gvk.kind) : NULL;
}

/* -- expressions -------------------------------------------------------------------------------------------------- */

struct typecheck {
	struct arena *arena;
	struct cel_env *base;
	const struct value *spec;
	admission_type_source *type_of;
	void *data;
	const struct cel_type *params;
	struct admission_warnings *warnings;
};

static struct gvk params_kind(const struct value *spec)
{
	const struct value *kind = value_field(spec, "paramKind");
	struct gvk gvk = { .kind = value_str(value_field(kind, "kind")) };

	gvk_split_api_version(value_str(value_field(kind, "apiVersion")), &gvk.group, &gvk.version);
	return gvk;
}

/* The environment of the policy's expressions, with the object (and params) of these types. Variables that fail are dyn. */
static const struct cel_env *typed_environment(struct typecheck *check, const struct cel_type *object)
{
	unsigned declares = ADMISSION_AUTHORIZER | ADMISSION_VARIABLES;
	struct admission_variables *variables;
	struct admission_env env;

	if (value_field(check->spec, "paramKind"))
		declares |= ADMISSION_PARAMS;
	admission_env_create(check->arena, check->base, declares, &env);
	env.cel = cel_env_extend(check->arena, env.cel);
	cel_env_add_variable(env.cel, STR("object"), object);
	cel_env_add_variable(env.cel, STR("oldObject"), object);
	if (check->params)
		cel_env_add_variable(env.cel, STR("params"), check->params);
	variables = admission_variables_create(check->arena, &env);
	for (VALUE_EACH(variable, value_field(check->spec, "variables")))
		admission_variables_add(variables, value_str(value_field(variable, "name")),
					value_str(value_field(variable, "expression")), NULL);
	return env.cel;
}

static void check_expression(struct typecheck *check, const struct cel_env *env, struct gvk gvk, size_t index,
			     const char *name, const struct value *expression)
{
	static const struct cel_compile_options any = { 0 };
	_cleanup_(error_freep) struct error *err = NULL;

	if (value_str(expression).n == 0 ||
	    cel_compile(check->arena, env, str_trim(value_str(expression)), &any, &err))
		return;
	warn(check->arena, check->warnings, str_format(check->arena, "spec.validations[%zu].%s", index, name),
	     str_format(check->arena, STR_FMT ", Kind=" STR_FMT ": %s", STR_ARG(gvk_api_version(check->arena, gvk)),
			STR_ARG(gvk.kind), err->message),
	     expression);
}

static void check_kind(struct typecheck *check, struct gvk gvk)
{
	const struct cel_type *object = check->type_of(check->data, check->arena, gvk);
	const struct cel_env *env;
	size_t index = 0;

	if (!object)
		return;
	env = typed_environment(check, object);
	for (VALUE_EACH(validation, value_field(check->spec, "validations"))) {
		check_expression(check, env, gvk, index, "expression", value_field(validation, "expression"));
		check_expression(check, env, gvk, index, "messageExpression",
				 value_field(validation, "messageExpression"));
		index++;
	}
}

/* -- rules that match nothing ------------------------------------------------------------------------------------- */

static bool is_exact(struct str text)
{
	return !str_contains(text, STR("*")) && !str_contains(text, STR("/"));
}

/* The closest plural of the same group, or the group that has this one; empty when nothing is near. */
static struct str suggest(struct arena *arena, struct str group, struct str resource)
{
	struct str best = STR_NULL;
	size_t distance = CLOSE + 1;

	for (size_t i = 0; known_kind_at(i); i++) {
		const struct known_kind *known = known_kind_at(i);
		size_t away;

		if (str_equal(str_of(known->resource), resource))
			return str_format(arena, " (" STR_FMT " are in the group \"%s\")", STR_ARG(resource), known->group);
		if (!str_equal(str_of(known->group), group))
			continue;
		away = str_distance(str_of(known->resource), resource, CLOSE);
		if (away < distance) {
			distance = away;
			best = str_format(arena, " (did you mean \"%s\"?)", known->resource);
		}
	}
	return best;
}

static bool group_is_built_in(struct str group)
{
	for (size_t i = 0; known_kind_at(i); i++)
		if (str_equal(str_of(known_kind_at(i)->group), group))
			return true;
	return false;
}

/* A resource of built-in groups that none of them has. A wildcard, or a group of CRDs, may have anything. */
static void check_resource(struct typecheck *check, const struct value *groups, struct str field,
			   const struct value *resource)
{
	struct str name = value_str(resource);
	const struct value *first = NULL;

	if (!is_exact(name))
		return;
	for (VALUE_EACH(group, groups)) {
		if (!group_is_built_in(value_str(group)) || known_resource_find(value_str(group), name))
			return;
		if (!first)
			first = group;
	}
	if (first)
		warn(check->arena, check->warnings, field,
		     str_format(check->arena, "no resource \"" STR_FMT "\" in the group \"" STR_FMT "\"" STR_FMT
					      ": this can never match",
				STR_ARG(name), STR_ARG(value_str(first)),
				STR_ARG(suggest(check->arena, value_str(first), name))),
		     resource);
}

static void check_rules(struct typecheck *check, const struct value *rules)
{
	size_t i = 0;

	for (VALUE_EACH(rule, rules)) {
		size_t j = 0;

		for (VALUE_EACH(resource, value_field(rule, "resources")))
			check_resource(check, value_field(rule, "apiGroups"),
				       str_format(check->arena, "spec.matchConstraints.resourceRules[%zu].resources[%zu]",
						  i, j++),
				       resource);
		i++;
	}
}

/* -- a policy ----------------------------------------------------------------------------------------------------- */

/* Kinds that rules name without wildcards: what a wildcard matches is not known at this point. */
static void check_resources(struct typecheck *check, const struct value *rule, size_t *checked)
{
	for (VALUE_EACH(group, value_field(rule, "apiGroups")))
		for (VALUE_EACH(version, value_field(rule, "apiVersions")))
			for (VALUE_EACH(resource, value_field(rule, "resources"))) {
				const struct known_kind *known =
					known_resource_find(value_str(group), value_str(resource));

				if (!known || !is_exact(value_str(version)) || *checked == KINDS_MAX)
					continue;
				check_kind(check, (struct gvk){ value_str(group), value_str(version), str_of(known->kind) });
				(*checked)++;
			}
}

void admission_typecheck(struct arena *arena, const struct value *policy, admission_type_source *type_of, void *data,
			 struct admission_warnings *warnings)
{
	struct typecheck check = { arena, NULL, value_field(policy, "spec"), type_of, data, NULL, warnings };
	const struct value *rules = value_path(check.spec, "matchConstraints", "resourceRules");
	size_t checked = 0;

	check_rules(&check, rules);
	check.base = cel_env_create(arena, CEL_KUBERNETES);
	if (value_field(check.spec, "paramKind"))
		check.params = type_of(data, arena, params_kind(check.spec));
	for (VALUE_EACH(rule, rules))
		check_resources(&check, rule, &checked);
}
