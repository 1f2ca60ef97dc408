/* Which of Kyverno's functions and variables an environment gets, and what they share. */
#include "policy/kyverno/cel/library.h"

/* -- what they share ---------------------------------------------------------------------------------------------- */

const struct value *context_values(const struct cel_run *run, struct str member)
{
	const struct kyverno_cel_context *context = context_of(run);

	return context && context->lookup ? value_get(context->lookup->values, member) : NULL;
}

bool context_is_whole(const struct cel_run *run)
{
	const struct kyverno_cel_context *context = context_of(run);

	if (!context || !context->lookup)
		return false;
	return !context->lookup->store || context->lookup->whole || context_values(run, STR("context"));
}

struct cel_value fail_with(struct cel_run *run, const char *before, struct error *err)
{
	struct cel_value failure = cel_fail(run, "%s%s", before, err ? err->message : "failed");

	error_free(err);
	return failure;
}

struct cel_value of_json(struct cel_run *run, const struct value *data)
{
	return cel_of_data(data ? value_as_floats(run->arena, data) : NULL);
}

/* -- environments ------------------------------------------------------------------------------------------------- */

static const struct {
	const struct cel_library *library;
	unsigned needs;                 /* enum kyverno_cel_libraries; 0: always */
	bool clustered;                 /* not for namespaced policies, which have another one */
} libraries[] = {
	{ &kyverno_hash_library, 0, false },
	{ &kyverno_math_library, 0, false },
	{ &kyverno_random_library, 0, false },
	{ &kyverno_time_library, 0, false },
	{ &kyverno_transform_library, 0, false },
	{ &kyverno_json_library, 0, false },
	{ &kyverno_yaml_library, 0, false },
	{ &kyverno_gzip_library, 0, false },
	{ &kyverno_http_library, 0, false },
	{ &kyverno_global_context_library, 0, false },
	{ &kyverno_image_library, 0, false },
	{ &kyverno_image_data_library, 0, false },
	{ &kyverno_resource_library, 0, true },
	{ &kyverno_namespaced_resource_library, KYVERNO_CEL_NAMESPACED, false },
	{ &kyverno_generator_library, KYVERNO_CEL_GENERATOR, true },
	{ &kyverno_namespaced_generator_library, KYVERNO_CEL_GENERATOR | KYVERNO_CEL_NAMESPACED, false },
	{ &kyverno_user_library, KYVERNO_CEL_USER, false },
	{ &kyverno_x509_library, KYVERNO_CEL_X509, false },
	{ &kyverno_image_verify_library, KYVERNO_CEL_IMAGE_VERIFY, false },
};

static const struct {
	const char *name;
	const struct cel_class *class;
	unsigned needs;
} variables[KYVERNO_CEL_VARIABLES] = {
	[VARIABLE_HTTP] = { "http", &http_class, 0 },
	[VARIABLE_GLOBAL_CONTEXT] = { "globalContext", &global_context_class, 0 },
	[VARIABLE_RESOURCE] = { "resource", &resource_class, 0 },
	[VARIABLE_GENERATOR] = { "generator", &generator_class, KYVERNO_CEL_GENERATOR },
	[VARIABLE_IMAGE] = { "image", &image_data_class, 0 },
	[VARIABLE_JSON] = { "json", &json_class, 0 },
	[VARIABLE_YAML] = { "yaml", &yaml_class, 0 },
};

int kyverno_cel_add_functions(struct cel_env *env, unsigned wanted, struct kyverno_cel_slots *slots, struct error **err)
{
	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		if ((libraries[i].needs & wanted) != libraries[i].needs ||
		    (libraries[i].clustered && wanted & KYVERNO_CEL_NAMESPACED))
			continue;
		if (cel_env_add_library(env, libraries[i].library, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < KYVERNO_CEL_VARIABLES; i++) {
		const struct cel_type *type = variables[i].class->type;

		slots->slots[i] = UINT32_MAX;
		if ((variables[i].needs & wanted) == variables[i].needs)
			slots->slots[i] = cel_env_add_variable(env, str_of(variables[i].name), type);
	}
	return 0;
}

int kyverno_cel_add_image_functions(struct cel_env *env, struct error **err)
{
	return cel_env_add_library(env, &kyverno_image_library, err);
}

void kyverno_cel_bind(const struct kyverno_cel_slots *slots, struct cel_value *values)
{
	static const char nothing[1];

	for (size_t i = 0; i < KYVERNO_CEL_VARIABLES; i++)
		if (slots->slots[i] != UINT32_MAX)
			values[slots->slots[i]] = cel_of_object(variables[i].class, nothing);
}
