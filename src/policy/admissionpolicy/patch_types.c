/*
 * The types of mutations: Object, Object.spec, Object.spec.containers … and JSONPatch.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/cel/mutation: any field, of any type; what fits is seen when the patch is
 * applied.
 */
#include "policy/admissionpolicy/engine.h"

#define S(literal)                                                                                                     \
	{                                                                                                              \
		"" literal, sizeof(literal) - 1                                                                        \
	}

static const struct cel_type *any_field(const struct cel_type *type, struct str field)
{
	return &cel_dyn;
}

const struct cel_type admission_object_type = { .kind = CEL_TYPE_STRUCT, .name = S("Object"), .find_field = any_field };

/* Of a field that there is not: no value has it. */
static const struct cel_type no_type = { .kind = CEL_TYPE_OPAQUE, .name = { "", 0 } };

static const struct cel_type *json_patch_field(const struct cel_type *type, struct str field)
{
	if (str_is(field, "value"))
		return &cel_dyn;
	return str_is(field, "op") || str_is(field, "path") || str_is(field, "from") ? &cel_string : &no_type;
}

static const struct cel_type json_patch_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = S("JSONPatch"),
	.find_field = json_patch_field,
};
const struct cel_type admission_json_patches_type = {
	.kind = CEL_TYPE_LIST,
	.name = S("list"),
	.parameter_count = 1,
	.parameters = { &json_patch_type },
};

/* Types are the same when their names are, so one made twice does no harm. */
static const struct cel_type *find_type(void *data, struct str name)
{
	struct cel_type *type;

	if (str_is(name, "JSONPatch"))
		return &json_patch_type;
	if (str_is(name, "Object"))
		return &admission_object_type;
	if (!str_starts_with(name, STR("Object.")))
		return NULL;
	type = ARENA_NEW(data, struct cel_type);
	*type = (struct cel_type){ .kind = CEL_TYPE_STRUCT, .name = str_dup(data, name), .find_field = any_field };
	return type;
}

void admission_patches_declare(struct cel_env *env, struct arena *arena)
{
	cel_env_set_provider(env, find_type, arena);
	cel_env_add_library(env, &cel_jsonpatch_library, NULL);
}
