/* Kubernetes' URLs (apiserver/pkg/cel/library/urls.go, apiserver/pkg/cel/url.go). */
#include "base/map.h"
#include "data/url.h"

#include "lang/cel/library.h"

/* -- values ------------------------------------------------------------------------------------------------------- */

static const struct cel_type url_type = { .kind = CEL_TYPE_STRUCT, .name = { "kubernetes.URL", 14 } };

static const struct value *url_data(struct arena *arena, const struct cel_value *v)
{
	return value_of_str(arena, url_text(arena, v->u.object));
}

static bool urls_equal(const struct cel_value *a, const struct cel_value *b)
{
	struct arena *arena = arena_create();
	bool equal = str_equal(url_text(arena, a->u.object), url_text(arena, b->u.object));

	arena_destroy(arena);
	return equal;
}

static const struct cel_class url_class = { .type = &url_type, .equal = urls_equal, .to_data = url_data };

static const struct url *as_url(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &url_class ? v->u.object : NULL;
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static CEL_BODY(make)
{
	struct error *error = NULL;
	struct str text = cel_str(&arguments[0]);
	struct cel_value failure;
	struct url url;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	/* The first reading decides what is a URL, the second knows of fragments. */
	if (url_parse_request(run->arena, text, &url, &error) == 0 && url_parse(run->arena, text, &url, &error) == 0)
		return cel_of_object(&url_class, arena_copy(run->arena, &url, sizeof(url)));
	failure = cel_fail(run, "URL parse error during conversion from string: %s", error->message);
	error_free(error);
	return failure;
}

static CEL_BODY(is_url)
{
	struct url url;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	return cel_of_bool(url_parse_request(run->arena, cel_str(&arguments[0]), &url, NULL) == 0);
}

static CEL_BODY(scheme)
{
	const struct url *url = as_url(&arguments[0]);

	return url ? cel_of_str(url->scheme) : cel_no_overload(run);
}

static CEL_BODY(host)
{
	const struct url *url = as_url(&arguments[0]);

	return url ? cel_of_str(url->host) : cel_no_overload(run);
}

static CEL_BODY(hostname)
{
	const struct url *url = as_url(&arguments[0]);

	return url ? cel_of_str(url_hostname(url)) : cel_no_overload(run);
}

static CEL_BODY(port)
{
	const struct url *url = as_url(&arguments[0]);

	return url ? cel_of_str(url_port(url)) : cel_no_overload(run);
}

static CEL_BODY(escaped_path)
{
	const struct url *url = as_url(&arguments[0]);

	return url ? cel_of_str(url_escaped_path(run->arena, url)) : cel_no_overload(run);
}

/* The values of one key while the query is read. */
struct parameter {
	struct str key;
	struct cel_value *values;
	size_t count, capacity;
};

static CEL_BODY(query)
{
	const struct url *url = as_url(&arguments[0]);
	struct parameter *parameters = NULL;
	size_t n = 0, capacity = 0;
	struct cel_entry *entries;
	struct str rest, key, value;
	struct map places;

	if (!url)
		return cel_no_overload(run);
	map_init(&places, run->arena);
	rest = url_query_too_long(url->query) ? STR_NULL : url->query;
	while (url_query_next(run->arena, &rest, &key, &value)) {
		struct parameter *parameter;
		void **place = map_slot(&places, key);

		/* Places count from 1: the array moves while it grows. */
		if (!*place) {
			*ARENA_PUSH(run->arena, parameters, n, capacity) = (struct parameter){ .key = key };
			*place = (void *)(uintptr_t)n;
		}
		parameter = &parameters[(uintptr_t)*place - 1];
		*ARENA_PUSH(run->arena, parameter->values, parameter->count, parameter->capacity) = cel_of_str(value);
	}
	entries = arena_array(run->arena, n, sizeof(*entries));
	for (size_t i = 0; i < n; i++) {
		entries[i].key = cel_of_str(parameters[i].key);
		entries[i].value = cel_of_items(parameters[i].values, parameters[i].count);
	}
	return cel_of_entries(run->arena, entries, n);
}

static CEL_ESTIMATE(estimate_url)
{
	return (struct cel_call_estimate){
		.cost = cel_range_scale(arguments[0].size, CEL_STRING_FACTOR),
		.size_known = true,
		.size = arguments[0].size,
	};
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

#define PART(function, body, text) \
	{ .name = function, .signature = "kubernetes.URL.() -> string", .evaluate = body, .note = text }

static const struct cel_function functions[] = {
	{ .name = "url", .signature = "(string) -> kubernetes.URL", .evaluate = make, .cost = cel_cost_read,
	  .estimate = estimate_url, .note = "a URL from its text" },
	{ .name = "isURL", .signature = "(string) -> bool", .evaluate = is_url, .note = "whether a text is a URL" },
	PART("getScheme", scheme, "\"https\""),
	PART("getHost", host, "host and port, \"example.com:80\""),
	PART("getHostname", hostname, "the host alone, without brackets"),
	PART("getPort", port, "\"80\""),
	PART("getEscapedPath", escaped_path, "\"/with%20space\""),
	{ .name = "getQuery", .signature = "kubernetes.URL.() -> map(string, list(string))", .evaluate = query,
	  .note = "the parameters behind '?', decoded" },
	{ .name = NULL },
};

const struct cel_library cel_url_library = {
	.name = "kubernetes.urls",
	.functions = functions,
};
