/*
 * The types of mutations: Object, Object.spec, Object.spec.containers … and JSONPatch.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/cel/mutation: any field, of any type; what fits is seen when the patch is applied.
 */
#include "policy/admissionpolicy/engine.h"

#define S(literal) { "" literal, sizeof(literal) - 1 }

static const struct cel_type *any_field(const struct cel_type *type, struct str field)
{
	return &cel_dyn;
}

const struct cel_type admission_object_type = { .kind = CEL_TYPE_STRUCT, .name = S("Object"), .find_field = any_field };

static const struct cel_field json_patch_fields[] = {
	{ S("op"), &cel_string }, { S("path"), &cel_string }, { S("from"), &cel_string }, { S("value"), &cel_dyn },
};
static const struct cel_type json_patch_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = S("JSONPatch"),
	.fields = json_patch_fields,
	.field_count = sizeof(json_patch_fields) / sizeof(*json_patch_fields),
};
const struct cel_type admission_json_patches_type = {
	.kind = CEL_TYPE_LIST, .name = S("list"), .parameter_count = 1, .parameters = { &json_patch_type },
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
