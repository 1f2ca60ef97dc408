/*
 * http and globalContext. Nothing is asked for over a network here: calls are answered from a test's apiCallResponses
 * and globalContextEntries.
 */
#include "policy/kyverno/cel/library.h"
#include "policy/kyverno/context.h"
#include "policy/kyverno/functions.h"

/* -- http --------------------------------------------------------------------------------------------------------- */

static const struct cel_type http_type = { .kind = CEL_TYPE_OPAQUE, .name = { "http.Context", 12 } };
const struct cel_class http_class = { .type = &http_type };

static struct cel_value request(struct cel_run *run, const char *method, const struct cel_value *url)
{
	const struct kyverno_cel_context *context = context_of(run);
	const struct value *response = NULL, *status;
	struct object_builder answer = { 0 };

	if (url->kind != CEL_STRING)
		return cel_no_overload(run);
	if (context && context->lookup)
		response = values_call_response(context->lookup->values, str_of(method), cel_str(url));
	if (!response)
		return cel_fail(run,
				"request failed: %s " STR_FMT
				": no request is made here; say in apiCallResponses what the answer is",
				method, STR_ARG(cel_str(url)));
	status = value_field(response, "statusCode");
	object_put(run->arena, &answer, STR("body"), value_as_floats(run->arena, value_field(response, "body")));
	object_put(run->arena, &answer, STR("statusCode"),
		   value_is(status, VALUE_INT) && status->u.integer ? status : value_of_int(run->arena, 200));
	return cel_of_data(object_finish(run->arena, &answer));
}

static BODY(http_get)
{
	return request(run, "GET", &arguments[1]);
}

static BODY(http_post)
{
	return request(run, "POST", &arguments[1]);
}

/* Certificates of authorities do not matter where nothing is asked. */
static BODY(http_client)
{
	return arguments[1].kind == CEL_STRING ? arguments[0] : cel_no_overload(run);
}

static const struct cel_function http_functions[] = {
	BOTH("Get", "get", .signature = "http.Context.(string) -> any", .evaluate = http_get, .flags = CEL_IMPURE,
	     .note = "what a GET request is answered"),
	BOTH("Get", "get", .signature = "http.Context.(string, map(string, string)) -> any", .evaluate = http_get,
	     .flags = CEL_IMPURE, .note = "the same, with headers"),
	BOTH("Post", "post", .signature = "http.Context.(string, any) -> any", .evaluate = http_post,
	     .flags = CEL_IMPURE, .note = "what a POST request is answered"),
	BOTH("Post", "post", .signature = "http.Context.(string, any, map(string, string)) -> any",
	     .evaluate = http_post, .flags = CEL_IMPURE, .note = "the same, with headers"),
	BOTH("Client", "client", .signature = "http.Context.(string) -> http.Context", .evaluate = http_client,
	     .note = "requests that trust an authority's certificate"),
	{ .name = NULL },
};

const struct cel_library kyverno_http_library = { .name = "kyverno.http", .functions = http_functions };

/* -- globalContext ------------------------------------------------------------------------------------------------ */

static const struct cel_type global_type = { .kind = CEL_TYPE_OPAQUE, .name = { "globalcontext.Context", 21 } };
const struct cel_class global_context_class = { .type = &global_type };

static const struct value *search(struct cel_run *run, struct str expression, const struct value *in,
				  struct error **err)
{
	struct jmespath_context context = { .arena = run->arena, .mode = JMESPATH_STRICT, .regexes = run->regexes };
	const struct jmespath *program;
	const struct value *out = NULL;

	program = jmespath_compile(run->arena, expression, &kyverno_library, (struct place){ 0 }, err);
	if (!program || jmespath_evaluate(program, &context, in, &out, err) != JMESPATH_OK)
		return NULL;
	return out;
}

/* What an entry holds: its data or its resources, under fieldPath, as projections show them. */
static const struct value *entry_value(struct cel_run *run, const struct value *entry, struct error **err)
{
	const struct value *value = value_field(entry, "resources");
	struct str path = value_str(value_field(entry, "fieldPath"));
	struct object_builder projected = { 0 };

	if (value_is_null(value))
		value = value_field(entry, "data");
	if (value_is_null(value))
		return &value_null;
	value = value_as_floats(run->arena, value);
	if (path.n && !(value = search(run, path, value, err)))
		return NULL;
	if (!value_count(value_field(entry, "projections")))
		return value;
	for (VALUE_EACH(projection, value_field(entry, "projections"))) {
		const struct value *part = search(run, value_str(value_field(projection, "path")), value, err);

		if (!part)
			return NULL;
		object_put(run->arena, &projected, value_str(value_field(projection, "name")), part);
	}
	return object_finish(run->arena, &projected);
}

static struct cel_value project(struct cel_run *run, const struct value *value, struct str name, struct str projection)
{
	const struct value *part = value_get(value, projection);

	if (part)
		return cel_of_data(part);
	return cel_fail(run,
			"failed to get global reference: projection \"" STR_FMT
			"\" not found in global context entry \"" STR_FMT "\"%s",
			STR_ARG(projection), STR_ARG(name),
			value_is(value, VALUE_OBJECT) ? "" : ": stored value is not an object");
}

static BODY(global_get)
{
	const struct kyverno_cel_context *context = context_of(run);
	const struct value *entry = NULL, *value;
	struct error *error = NULL;

	if (arguments[1].kind != CEL_STRING || (count == 3 && arguments[2].kind != CEL_STRING))
		return cel_no_overload(run);
	if (context && context->lookup)
		entry = values_global_entry(context->lookup->values, cel_str(&arguments[1]));
	/* An entry that there is not is null for Kyverno, too. */
	if (!entry)
		return cel_of_null();
	value = entry_value(run, entry, &error);
	if (!value)
		return fail_with(run, "failed to get global reference: ", error);
	if (count == 3 && arguments[2].length)
		return project(run, value, cel_str(&arguments[1]), cel_str(&arguments[2]));
	return cel_of_data(value);
}

static const struct cel_function global_functions[] = {
	BOTH("Get", "get", .signature = "globalcontext.Context.(string) -> dyn", .evaluate = global_get,
	     .flags = CEL_IMPURE, .note = "what a GlobalContextEntry holds"),
	BOTH("Get", "get", .signature = "globalcontext.Context.(string, string) -> dyn", .evaluate = global_get,
	     .flags = CEL_IMPURE, .note = "a projection of a GlobalContextEntry"),
	{ .name = NULL },
};

const struct cel_library kyverno_global_context_library = {
	.name = "kyverno.globalcontext", .functions = global_functions,
};
