/*
 * Functions of policies that answer a proxy: responses are built up from envoy.Allowed(), http.Denied(…) and the like.
 *
 * Semantics: github.com/kyverno/kyverno-authz pkg/cel/libs/authz/{envoy,http}. A response is a document in the shape of
 * Envoy's CheckResponse, under the type that says what may be added to it.
 */
#include "policy/kyverno/cel/authorize.h"

#define UNUSED __attribute__((unused))
#define BODY(name)                                                                                                     \
	static struct cel_value name(struct cel_run *run UNUSED, const struct cel_value *arguments UNUSED,             \
				     size_t count UNUSED)

#define DOCUMENT_CLASS(linkage, symbol, type_name)                                                                     \
	static const struct cel_type symbol##_type = { .kind = CEL_TYPE_STRUCT, .name = STR(type_name) };              \
	linkage const struct cel_class symbol##_class = {                                                              \
		.type = &symbol##_type,                                                                                \
		.get = document_get,                                                                                   \
		.has = document_has,                                                                                   \
		.equal = document_equal,                                                                               \
		.to_data = document_data,                                                                              \
	}

DOCUMENT_CLASS(static, envoy_ok, "envoy.service.auth.v3.OkHttpResponse");
DOCUMENT_CLASS(static, envoy_denied, "envoy.service.auth.v3.DeniedHttpResponse");
DOCUMENT_CLASS(static, envoy_header, "envoy.config.core.v3.HeaderValueOption");
DOCUMENT_CLASS(static, envoy_query, "envoy.config.core.v3.QueryParameter");
DOCUMENT_CLASS(, envoy_response, "envoy.service.auth.v3.CheckResponse");
DOCUMENT_CLASS(static, http_ok, "http.CheckResponseOk");
DOCUMENT_CLASS(static, http_denied, "http.CheckResponseDenied");
DOCUMENT_CLASS(, http_response, "http.CheckResponse");

/* -- documents ----------------------------------------------------------------------------------------------------- */

static const struct value *with(struct arena *arena, const struct value *object, struct str key,
				const struct value *value)
{
	struct object_builder out = { 0 };

	object_start_from(arena, &out, object);
	object_put(arena, &out, key, value);
	return object_finish(arena, &out);
}

static const struct value *text_of(struct arena *arena, const struct cel_value *value)
{
	return value_of_str(arena, cel_str(value));
}

/* The object with one more item in the list under `key`. */
static const struct value *with_item(struct arena *arena, const struct value *object, struct str key,
				     const struct value *item)
{
	struct array_builder list = { 0 };

	for (VALUE_EACH(old, value_get(object, key)))
		array_add(arena, &list, old);
	array_add(arena, &list, item);
	return with(arena, object, key, array_finish(arena, &list));
}

static const struct value *pair(struct arena *arena, const struct cel_value *key, const struct cel_value *value)
{
	return with(arena, with(arena, &value_empty_object, STR("key"), text_of(arena, key)), STR("value"),
		    text_of(arena, value));
}

static const struct value *header_of(struct arena *arena, const struct cel_value *key, const struct cel_value *value)
{
	return with(arena, &value_empty_object, STR("header"), pair(arena, key, value));
}

/* A value of the same type with something added. */
static struct cel_value changed(const struct cel_value *self, const struct value *document)
{
	return document_value(self->of.class, document);
}

/* -- Envoy --------------------------------------------------------------------------------------------------------- */

BODY(envoy_allowed)
{
	return document_value(&envoy_ok_class, &value_empty_object);
}

BODY(envoy_deny)
{
	const struct value *code = value_of_int(run->arena, arguments[0].u.integer);
	const struct value *status = with(run->arena, &value_empty_object, STR("code"), code);

	return document_value(&envoy_denied_class, with(run->arena, &value_empty_object, STR("status"), status));
}

BODY(envoy_make_header)
{
	return document_value(&envoy_header_class, header_of(run->arena, &arguments[0], &arguments[1]));
}

BODY(envoy_make_query)
{
	return document_value(&envoy_query_class, pair(run->arena, &arguments[0], &arguments[1]));
}

BODY(with_body)
{
	return changed(&arguments[0],
		       with(run->arena, document_of(&arguments[0]), STR("body"), text_of(run->arena, &arguments[1])));
}

BODY(with_header)
{
	const struct value *header =
		count == 2 ? document_of(&arguments[1]) : header_of(run->arena, &arguments[1], &arguments[2]);

	return changed(&arguments[0], with_item(run->arena, document_of(&arguments[0]), STR("headers"), header));
}

BODY(with_response_header)
{
	const struct value *header =
		count == 2 ? document_of(&arguments[1]) : header_of(run->arena, &arguments[1], &arguments[2]);

	return changed(&arguments[0],
		       with_item(run->arena, document_of(&arguments[0]), STR("response_headers_to_add"), header));
}

BODY(without_header)
{
	return changed(&arguments[0], with_item(run->arena, document_of(&arguments[0]), STR("headers_to_remove"),
						text_of(run->arena, &arguments[1])));
}

BODY(with_query)
{
	const struct value *query =
		count == 2 ? document_of(&arguments[1]) : pair(run->arena, &arguments[1], &arguments[2]);

	return changed(&arguments[0],
		       with_item(run->arena, document_of(&arguments[0]), STR("query_parameters_to_set"), query));
}

BODY(without_query)
{
	return changed(&arguments[0], with_item(run->arena, document_of(&arguments[0]),
						STR("query_parameters_to_remove"), text_of(run->arena, &arguments[1])));
}

BODY(keep_empty)
{
	const struct value *keeps = value_of_bool(count == 1 || arguments[1].u.boolean);

	return changed(&arguments[0], with(run->arena, document_of(&arguments[0]), STR("keep_empty_value"), keeps));
}

/* gRPC's codes: OK and PERMISSION_DENIED. */
static struct cel_value envoy_respond(struct cel_run *run, const struct cel_value *part, struct str key, int code)
{
	const struct value *status = with(run->arena, &value_empty_object, STR("code"), value_of_int(run->arena, code));

	return document_value(
		&envoy_response_class,
		with(run->arena, with(run->arena, &value_empty_object, STR("status"), status), key, document_of(part)));
}

BODY(envoy_respond_ok)
{
	return envoy_respond(run, &arguments[0], STR("ok_response"), 0);
}

BODY(envoy_respond_denied)
{
	return envoy_respond(run, &arguments[0], STR("denied_response"), 7);
}

BODY(with_message)
{
	const struct value *response = document_of(&arguments[0]), *status = value_field(response, "status");

	status = with(run->arena, status, STR("message"), text_of(run->arena, &arguments[1]));
	return changed(&arguments[0], with(run->arena, response, STR("status"), status));
}

BODY(with_metadata)
{
	const struct value *metadata = cel_to_data(run->arena, &arguments[1], NULL);

	if (!metadata)
		return cel_fail(run, "metadata is no object");
	return changed(&arguments[0], with(run->arena, document_of(&arguments[0]), STR("dynamic_metadata"), metadata));
}

#define OK "envoy.service.auth.v3.OkHttpResponse"
#define DENIED "envoy.service.auth.v3.DeniedHttpResponse"
#define HEADER "envoy.config.core.v3.HeaderValueOption"
#define QUERY "envoy.config.core.v3.QueryParameter"
#define RESPONSE "envoy.service.auth.v3.CheckResponse"

static const struct cel_function envoy_functions[] = {
	{ .name = "envoy.Allowed", .signature = "() -> " OK, .evaluate = envoy_allowed },
	{ .name = "envoy.Denied", .signature = "(int) -> " DENIED, .evaluate = envoy_deny },
	{ .name = "envoy.Header", .signature = "(string, string) -> " HEADER, .evaluate = envoy_make_header },
	{ .name = "envoy.QueryParam", .signature = "(string, string) -> " QUERY, .evaluate = envoy_make_query },
	{ .name = "WithBody", .signature = DENIED ".(string) -> " DENIED, .evaluate = with_body },
	{ .name = "WithHeader", .signature = OK ".(" HEADER ") -> " OK, .evaluate = with_header },
	{ .name = "WithHeader", .signature = OK ".(string, string) -> " OK, .evaluate = with_header },
	{ .name = "WithHeader", .signature = DENIED ".(" HEADER ") -> " DENIED, .evaluate = with_header },
	{ .name = "WithHeader", .signature = DENIED ".(string, string) -> " DENIED, .evaluate = with_header },
	{ .name = "WithoutHeader", .signature = OK ".(string) -> " OK, .evaluate = without_header },
	{ .name = "WithResponseHeader", .signature = OK ".(" HEADER ") -> " OK, .evaluate = with_response_header },
	{ .name = "WithResponseHeader", .signature = OK ".(string, string) -> " OK, .evaluate = with_response_header },
	{ .name = "WithQueryParam", .signature = OK ".(" QUERY ") -> " OK, .evaluate = with_query },
	{ .name = "WithQueryParam", .signature = OK ".(string, string) -> " OK, .evaluate = with_query },
	{ .name = "WithoutQueryParam", .signature = OK ".(string) -> " OK, .evaluate = without_query },
	{ .name = "KeepEmptyValue", .signature = HEADER ".() -> " HEADER, .evaluate = keep_empty },
	{ .name = "KeepEmptyValue", .signature = HEADER ".(bool) -> " HEADER, .evaluate = keep_empty },
	{ .name = "Response", .signature = OK ".() -> " RESPONSE, .evaluate = envoy_respond_ok },
	{ .name = "Response", .signature = DENIED ".() -> " RESPONSE, .evaluate = envoy_respond_denied },
	{ .name = "WithMessage", .signature = RESPONSE ".(string) -> " RESPONSE, .evaluate = with_message },
	{ .name = "WithMetadata", .signature = RESPONSE ".(map(string, dyn)) -> " RESPONSE, .evaluate = with_metadata },
	{ 0 },
};
static const struct cel_type *const envoy_types[] = {
	&envoy_ok_type, &envoy_denied_type, &envoy_header_type, &envoy_query_type, &envoy_response_type, NULL,
};
const struct cel_library authorize_envoy_library = {
	.name = "kyverno.authz.envoy",
	.functions = envoy_functions,
	.types = envoy_types,
};

/* -- HTTP ---------------------------------------------------------------------------------------------------------- */

static const struct cel_type strings_type = {
	.kind = CEL_TYPE_LIST,
	.name = STR("list"),
	.parameter_count = 1,
	.parameters = { &cel_string },
};
static const struct cel_type lists_type = {
	.kind = CEL_TYPE_MAP,
	.name = STR("map"),
	.parameter_count = 2,
	.parameters = { &cel_string, &strings_type },
};
static const struct cel_field attributes_fields[] = {
	{ STR("method"), &cel_string },	  { STR("header"), &lists_type },     { STR("host"), &cel_string },
	{ STR("protocol"), &cel_string }, { STR("contentLength"), &cel_int }, { STR("body"), &cel_bytes },
	{ STR("scheme"), &cel_string },	  { STR("path"), &cel_string },	      { STR("query"), &lists_type },
	{ STR("fragment"), &cel_string },
};
static const struct cel_type attributes_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = STR("http.CheckRequestAttributes"),
	.fields = attributes_fields,
	.field_count = 10,
};
static const struct cel_field http_request_fields[] = { { STR("attributes"), &attributes_type } };
static const struct cel_type http_request_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = STR("http.CheckRequest"),
	.fields = http_request_fields,
	.field_count = 1,
};

static struct cel_value attributes_get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	struct cel_value value = document_get(run, self, field);

	/* Go's JSON has bytes as base64. */
	if (str_is(field, "body") && value.kind == CEL_STRING) {
		value.kind = CEL_BYTES;
		value.flags = CEL_ENCODED;
		return cel_settle(run, value);
	}
	return value;
}

static const struct cel_class attributes_class = {
	.type = &attributes_type,
	.get = attributes_get,
	.has = document_has,
	.equal = document_equal,
	.to_data = document_data,
};

static struct cel_value http_request_get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	if (!str_is(field, "attributes"))
		return document_get(run, self, field);
	return document_value(&attributes_class, value_get(document_of(self), field));
}

const struct cel_class http_request_class = {
	.type = &http_request_type,
	.get = http_request_get,
	.has = document_has,
	.equal = document_equal,
	.to_data = document_data,
};

BODY(http_allowed)
{
	return document_value(&http_ok_class, &value_empty_object);
}

BODY(http_deny)
{
	return document_value(&http_denied_class,
			      with(run->arena, &value_empty_object, STR("reason"), text_of(run->arena, &arguments[0])));
}

/* Names of headers are compared as HTTP does: their case does not matter. */
BODY(http_header)
{
	const struct value *headers = value_field(document_of(&arguments[0]), "header");

	for (MEMBER_EACH(m, headers))
		if (str_equal_fold(value_str(&m->key), cel_str(&arguments[1])))
			return cel_of_data(&m->value);
	return cel_of_data(&value_empty_array);
}

BODY(http_query)
{
	const struct value *found = value_get(value_field(document_of(&arguments[0]), "query"), cel_str(&arguments[1]));

	return cel_of_data(found ? found : &value_empty_array);
}

BODY(http_respond_ok)
{
	return document_value(&http_response_class,
			      with(run->arena, &value_empty_object, STR("ok"), document_of(&arguments[0])));
}

BODY(http_respond_denied)
{
	return document_value(&http_response_class,
			      with(run->arena, &value_empty_object, STR("denied"), document_of(&arguments[0])));
}

static const struct cel_function http_functions[] = {
	{ .name = "http.Allowed", .signature = "() -> http.CheckResponseOk", .evaluate = http_allowed },
	{ .name = "http.Denied", .signature = "(string) -> http.CheckResponseDenied", .evaluate = http_deny },
	{ .name = "Header",
	  .signature = "http.CheckRequestAttributes.(string) -> list(string)",
	  .evaluate = http_header },
	{ .name = "QueryParam",
	  .signature = "http.CheckRequestAttributes.(string) -> list(string)",
	  .evaluate = http_query },
	{ .name = "Response",
	  .signature = "http.CheckResponseOk.() -> http.CheckResponse",
	  .evaluate = http_respond_ok },
	{ .name = "Response",
	  .signature = "http.CheckResponseDenied.() -> http.CheckResponse",
	  .evaluate = http_respond_denied },
	{ 0 },
};
static const struct cel_type *const http_types[] = {
	&http_ok_type, &http_denied_type, &http_response_type, &http_request_type, &attributes_type, NULL,
};
const struct cel_library authorize_http_library = {
	.name = "kyverno.authz.http",
	.functions = http_functions,
	.types = http_types,
};
