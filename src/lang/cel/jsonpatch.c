/* Kubernetes' jsonpatch.escapeKey (apiserver/pkg/cel/library/jsonpatch.go). */
#include "base/buf.h"
#include "lang/cel/library.h"

static CEL_BODY(escape_key)
{
	struct str key = cel_str(&arguments[0]), escaped;
	struct buf out = { 0 };

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (str_find_char(key, '/', 0) == STR_NOT_FOUND && str_find_char(key, '~', 0) == STR_NOT_FOUND)
		return arguments[0];
	for (size_t i = 0; i < key.n; i++) {
		if (key.p[i] == '/' || key.p[i] == '~')
			buf_add(&out, key.p[i] == '/' ? STR("~1") : STR("~0"));
		else
			buf_add_char(&out, key.p[i]);
	}
	escaped = str_dup(run->arena, buf_str(&out));
	buf_free(&out);
	return cel_of_str(escaped);
}

static CEL_ESTIMATE(estimate_escape)
{
	return (struct cel_call_estimate){
		.cost = cel_range_scale(arguments[0].size, CEL_STRING_FACTOR),
		.size_known = true,
		.size = arguments[0].size,
	};
}

static const struct cel_function functions[] = {
	{ .name = "jsonpatch.escapeKey", .signature = "(string) -> string", .evaluate = escape_key,
	  .cost = cel_cost_read, .estimate = estimate_escape, .note = "a key as part of a JSON Patch path" },
	{ .name = NULL },
};

const struct cel_library cel_jsonpatch_library = {
	.name = "kubernetes.jsonpatch",
	.functions = functions,
};
