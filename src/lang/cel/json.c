/* cel-go's json.encode (ext/encoders.go). */
#include "data/json.h"
#include "lang/cel/library.h"

/* Beyond 2^53 doubles are not exact: such integers are written as strings. */
#define SAFE_INTEGER INT64_C(9007199254740991)

static bool is_safe(const struct value *v)
{
	for (VALUE_EACH(item, v))
		if (!is_safe(item))
			return false;
	for (MEMBER_EACH(m, v))
		if (!is_safe(&m->value))
			return false;
	return v->type != VALUE_INT || (v->u.integer >= -SAFE_INTEGER && v->u.integer <= SAFE_INTEGER);
}

static const struct value *with_safe_integers(struct arena *arena, const struct value *v)
{
	struct object_builder object = { 0 };
	struct array_builder array = { 0 };

	if (is_safe(v))
		return v;
	if (v->type == VALUE_INT)
		return value_of_str(arena, str_format(arena, "%lld", (long long)v->u.integer));
	if (v->type == VALUE_ARRAY) {
		for (VALUE_EACH(item, v))
			array_add(arena, &array, with_safe_integers(arena, item));
		return array_finish(arena, &array);
	}
	for (MEMBER_EACH(m, v))
		object_put(arena, &object, value_str(&m->key), with_safe_integers(arena, &m->value));
	return object_finish(arena, &object);
}

static CEL_BODY(encode)
{
	struct cel_value v = arguments[0];
	struct error *error = NULL;
	const struct value *data;

	if (v.kind == CEL_OPTIONAL && !v.u.optional)
		return cel_fail(run, "optional.none() dereference");
	if (v.kind == CEL_UINT && v.u.uinteger > (uint64_t)SAFE_INTEGER)
		return cel_of_str(str_format(run->arena, "\"%llu\"", (unsigned long long)v.u.uinteger));
	data = cel_to_data(run->arena, &v, &error);
	if (!data)
		return cel_fail_error(run, error);
	return cel_of_str(json_text(run->arena, with_safe_integers(run->arena, data),
				    JSON_COMPACT | JSON_SORTED | JSON_HTML_SAFE));
}

/* cel-go says UINT64_MAX, which no limit lets pass; here it is what reading the text costs. */
static CEL_COST(cost_encode)
{
	return 1 + cel_round_up((double)cel_size(result) * CEL_STRING_FACTOR);
}

static CEL_ESTIMATE(estimate_encode)
{
	return cel_estimate_of(cel_range_of(0, UINT64_MAX));
}

static const struct cel_function functions[] = {
	{ .name = "json.encode", .signature = "(dyn) -> string", .evaluate = encode, .cost = cost_encode,
	  .estimate = estimate_encode, .note = "the value as JSON" },
	{ .name = NULL },
};

const struct cel_library cel_json_library = { .name = "cel.lib.ext.encoders.json", .functions = functions };
