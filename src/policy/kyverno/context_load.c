/*
 * Loading one entry of a rule's context.
 *
 * Semantics: Kyverno v1.19 pkg/engine/context/loaders (variable, configMap, globalReference) and, for API calls,
 * cmd/cli/kubectl-kyverno/store/contextloader.go: without a cluster a call has only the answers that values give.
 */
#include "policy/kyverno/context.h"

#include "policy/kyverno/functions.h"
#include "policy/kyverno/gotext.h"

/* Renders a part of a variable; *err as the loader words it. */
static int part_render(struct context *context, const struct context_entry *entry, const struct template *template,
		       const struct value **out, struct error **err)
{
	if (template_is_static(template)) {
		*out = template_tree(template);
		return 0;
	}
	if (context_render(context, template, out, err) == JMESPATH_OK)
		return 0;
	return error_wrap(err, "failed to substitute variables in context entry " STR_FMT " " STR_FMT,
			  STR_ARG(entry->name), STR_ARG(go_text(context->arena, template_tree(template))));
}

static enum jmespath_status apply(struct context *context, struct str text, const struct jmespath *program,
				  const struct value *input, const struct value **out, struct error **err)
{
	enum jmespath_status status;

	if (!program) {
		program = jmespath_compile(context->arena, text, &kyverno_library, (struct place){ 0 }, err);
		if (!program) {
			error_wrap(err, "failed to compile JMESPath: " STR_FMT ", error", STR_ARG(text));
			return JMESPATH_FAILED;
		}
	}
	status = jmespath_evaluate(program, &context->shared->jmespath, input, out, err);
	return status;
}

static enum jmespath_status query(struct context *context, struct str text, const struct jmespath *program,
				  const struct value **out, struct error **err)
{
	if (!program)
		program = context_compile(context, text, err);
	return program ? context_query(context, program, out, err) : JMESPATH_FAILED;
}

/* The value of a variable entry; NULL (nil) is possible, -1 and *err too. */
static int variable_value(struct context *context, const struct context_entry *entry, struct str path,
			  const struct value *fallback, const struct value **out, struct error **err)
{
	const struct value *value = NULL, *found = NULL;
	enum jmespath_status status = JMESPATH_OK;

	*out = fallback;
	if (entry->value && part_render(context, entry, entry->value, &value, err) < 0)
		return -1;
	if (entry->value && !path.n) {
		*out = value;
		return 0;
	}
	if (!path.n)
		return 0;
	if (entry->value)
		status = apply(context, path, entry->program, value, &found, err);
	else
		status = query(context, path, entry->program, &found, err);
	if (status != JMESPATH_OK) {
		if (value_is_null(fallback))
			return error_wrap(err, "failed to apply jmespath " STR_FMT " to variable <nil>", STR_ARG(path));
		if (err && *err) {
			error_free(*err);
			*err = NULL;
		}
		return 0;
	}
	if (entry->value || !value_is_null(found))
		*out = found;
	return 0;
}

static int load_variable(struct context *context, struct loader *loader, struct error **err)
{
	const struct context_entry *entry = loader->entry;
	const struct value *text = NULL, *fallback = NULL, *out;
	struct str path = STR_NULL;

	if (entry->jmespath_template) {
		if (part_render(context, entry, entry->jmespath_template, &text, err) < 0)
			return -1;
		if (!value_is(text, VALUE_STRING))
			return error_set(err, ERROR_INVALID,
					 "jmespath value must be a string " STR_FMT " " STR_FMT ": <nil>",
					 STR_ARG(entry->name), STR_ARG(entry->jmespath));
		path = value_str(text);
	}
	if (entry->fallback && part_render(context, entry, entry->fallback, &fallback, err) < 0)
		return -1;
	if (variable_value(context, entry, path, fallback, &out, err) < 0)
		return -1;
	if (value_is_null(out))
		return error_set(err, ERROR_INVALID,
				 "failed to add context entry for variable " STR_FMT " since it evaluated to nil",
				 STR_ARG(entry->name));
	context_set(context, entry->name, value_as_floats(context->arena, out));
	loader->loaded = true;
	return 0;
}

/* -- ConfigMaps ---------------------------------------------------------------------------------------------------- */

static const struct value *config_map_value(struct arena *arena, const struct value *object)
{
	struct object_builder builder = { 0 };

	object_put(arena, &builder, STR("data"), value_field(object, "data"));
	object_put(arena, &builder, STR("metadata"), value_field(object, "metadata"));
	return object_finish(arena, &builder);
}

/* A ConfigMap that is not at hand stays unknown (values may have given it), as with Kyverno's CLI without a cluster. */
static int load_config_map(struct context *context, struct loader *loader, struct error **err)
{
	const struct context_entry *entry = loader->entry;
	const struct lookup *lookup = context->review->lookup;
	const struct kyverno_policy *policy = context->rule->policy;
	_cleanup_(error_freep) struct error *ignored = NULL;
	const struct value *reference, *object;
	struct str namespace;

	if (!lookup || !lookup->store || context_render(context, entry->call, &reference, &ignored) != JMESPATH_OK)
		return 0;
	namespace = value_str(value_field(reference, "namespace"));
	if (!namespace.n)
		namespace = policy->namespaced ? policy->namespace : STR("default");
	object = store_get(lookup->store, STR(""), STR("ConfigMap"), namespace,
			   value_str(value_field(reference, "name")));
	if (!object && lookup->whole)
		return error_set(err, ERROR_NOT_FOUND,
				 "failed to retrieve config map for context entry " STR_FMT ": failed to get configmap " STR_FMT
				 "/" STR_FMT " : configmaps \"" STR_FMT "\" not found",
				 STR_ARG(entry->name), STR_ARG(namespace), STR_ARG(value_str(value_field(reference, "name"))),
				 STR_ARG(value_str(value_field(reference, "name"))));
	if (!object)
		return 0;
	if (policy->namespaced && !str_equal(namespace, policy->namespace))
		return error_set(
			err, ERROR_INVALID,
			"failed to retrieve config map for context entry " STR_FMT ": context entry " STR_FMT
			": configMap namespace \"" STR_FMT "\" is different from policy namespace \"" STR_FMT "\"",
			STR_ARG(entry->name), STR_ARG(entry->name), STR_ARG(namespace), STR_ARG(policy->namespace));
	context_merge(context, entry->name, config_map_value(context->arena, object));
	loader->loaded = true;
	return 0;
}

/* -- global context entries ---------------------------------------------------------------------------------------- */

static int path_apply(struct context *context, struct str path, const struct value **value, struct error **err)
{
	if (!path.n)
		return 0;
	return apply(context, path, NULL, *value, value, err) == JMESPATH_OK ? 0 : -1;
}

static int projections_apply(struct context *context, const struct value *entry, const struct value **value,
			     struct error **err)
{
	const struct value *projections = value_field(entry, "projections");
	struct str name = value_str(value_field(entry, "name"));
	struct object_builder builder = { 0 };

	if (!value_count(projections))
		return 0;
	for (VALUE_EACH(projection, projections)) {
		struct str key = value_str(value_field(projection, "name")),
			   path = value_str(value_field(projection, "path"));
		const struct value *out = *value;

		if (path_apply(context, path, &out, err) < 0)
			return error_wrap(err,
					  "globalContextEntries \"" STR_FMT "\" projection \"" STR_FMT
					  "\" path \"" STR_FMT "\"",
					  STR_ARG(name), STR_ARG(key), STR_ARG(path));
		object_put(context->arena, &builder, key, out);
	}
	*value = object_finish(context->arena, &builder);
	return 0;
}

/* The whole entry, or with a projection's name that part of it. */
static int global_value(struct context *context, struct str reference, const struct value **out, struct error **err)
{
	struct str name, projection, unused;
	bool projected = str_cut(reference, '.', &name, &projection);
	const struct value *entry = values_global_entry(context->shared->values, name), *value;
	struct str field_path = value_str(value_field(entry, "fieldPath"));

	if (!entry)
		return error_set(err, ERROR_NOT_FOUND, "failed to fetch entry key=" STR_FMT, STR_ARG(name));
	value = value_field(entry, "resources");
	if (value_is_null(value))
		value = value_field(entry, "data");
	if (value_is_null(value)) {
		if (value_count(value_field(entry, "projections")))
			return error_set(err, ERROR_INVALID,
					 "globalContextEntries \"" STR_FMT
					 "\": data is required when projections are set",
					 STR_ARG(name));
		*out = &value_null;
	} else {
		if (path_apply(context, field_path, &value, err) < 0)
			return error_wrap(err, "globalContextEntries \"" STR_FMT "\" fieldPath", STR_ARG(name));
		if (projections_apply(context, entry, &value, err) < 0)
			return -1;
		*out = value;
	}
	if (!projected || !projection.n)
		return 0;
	str_cut(projection, '.', &projection, &unused);
	if (!value_is(*out, VALUE_OBJECT))
		return error_set(err, ERROR_INVALID,
				 "global context mock: projection \"" STR_FMT "\" requested but value is not an object",
				 STR_ARG(projection));
	*out = value_get(*out, projection);
	return *out ? 0
		    : error_set(err, ERROR_NOT_FOUND, "global context mock: projection \"" STR_FMT "\" not found",
				STR_ARG(projection));
}

static int global_data(struct context *context, const struct context_entry *entry, const struct value **out,
		       struct error **err)
{
	const struct value *reference;
	struct str path;

	if (context_render(context, entry->call, &reference, err) != JMESPATH_OK ||
	    global_value(context, value_str(value_field(reference, "name")), out, err) < 0)
		return -1;
	path = value_str(value_field(reference, "jmesPath"));
	if (path_apply(context, path, out, err) < 0)
		return error_wrap(err, "failed to apply JMESPath " STR_FMT " for context entry " STR_FMT, STR_ARG(path),
				  STR_ARG(entry->name));
	return 0;
}

static int load_global(struct context *context, struct loader *loader, struct error **err)
{
	const struct context_entry *entry = loader->entry;
	const struct value *out;

	if (!value_count(value_field(context->shared->values, "globalContextEntries")))
		return 0;
	if (context->rule->policy->namespaced)
		return error_set(err, ERROR_INVALID,
				 "context entry " STR_FMT ": globalReference is not allowed in namespaced policies",
				 STR_ARG(entry->name));
	if (global_data(context, entry, &out, err) < 0)
		return error_wrap(err, "failed to marshal APICall data for context entry " STR_FMT,
				  STR_ARG(entry->name));
	context_merge(context, entry->name, out);
	loader->loaded = true;
	return 0;
}

/* -- API calls ----------------------------------------------------------------------------------------------------- */

bool context_calls_answered(const struct context *context)
{
	return value_count(value_field(context->shared->values, "apiCallResponses")) > 0;
}

static int answer_set(struct context *context, const struct context_entry *entry, const struct value *call,
		      const struct value *response, struct error **err)
{
	const struct value *code = value_field(response, "statusCode"), *body = value_field(response, "body");
	struct str path = value_str(value_field(call, "jmesPath"));
	int64_t status = value_is(code, VALUE_INT) && code->u.integer ? code->u.integer : 200;

	if (status < 200 || status >= 300)
		return error_set(err, ERROR_INVALID, "HTTP %lld from apiCall mock for context entry \"" STR_FMT
				 "\" (v1 apiCall treats non-2xx as failure)", (long long)status, STR_ARG(entry->name));
	if (!body)
		body = &value_null;
	if (path_apply(context, path, &body, err) < 0)
		return error_wrap(err, "failed to apply JMESPath \"" STR_FMT "\" for context entry \"" STR_FMT "\"",
				  STR_ARG(path), STR_ARG(entry->name));
	context_merge(context, entry->name, body);
	return 1;
}

int context_answer_call(struct context *context, const struct context_entry *entry, struct error **err)
{
	const struct value *call, *response;
	struct str url, method;

	if (context_render(context, entry->call, &call, err) != JMESPATH_OK)
		return error_wrap(err, "failed to substitute variables in apiCall context entry \"" STR_FMT "\"",
				  STR_ARG(entry->name));
	url = value_str(value_path(call, "service", "url"));
	if (value_is_null(value_field(call, "service")))
		url = value_str(value_field(call, "urlPath"));
	method = value_str(value_field(call, "method"));
	if (!url.n)
		return 0;
	response = values_call_response(context->shared->values, method.n ? method : STR("GET"), url);
	return response ? answer_set(context, entry, call, response, err) : 0;
}

/* -- all ----------------------------------------------------------------------------------------------------------- */

int context_load_entry(struct context *context, struct loader *loader, struct error **err)
{
	switch (loader->entry->kind) {
	case CONTEXT_VARIABLE:
		return load_variable(context, loader, err);
	case CONTEXT_CONFIG_MAP:
		return load_config_map(context, loader, err);
	case CONTEXT_GLOBAL:
		return load_global(context, loader, err);
	case CONTEXT_API_CALL:
		return context_call_cluster(context, loader, err);
	default:
		/* No registry is asked: the name stays unknown unless values give it. */
		return 0;
	}
}
