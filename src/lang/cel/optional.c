/* Optional values (cel-go cel/library.go, OptionalTypes of version 2). */
#include "lang/cel/library.h"

static CEL_BODY(of)
{
	return cel_of_optional(run->arena, &arguments[0]);
}

/* What cel-go's IsZeroValue() says; what has no such method is never zero. */
static bool is_zero(const struct cel_value *v)
{
	switch (v->kind) {
	case CEL_NULL:
		return true;
	case CEL_BOOL:
		return !v->u.boolean;
	case CEL_INT:
	case CEL_UINT:
	case CEL_DURATION:
		return v->u.integer == 0;
	case CEL_DOUBLE:
		return v->u.number == 0;
	case CEL_STRING:
	case CEL_BYTES:
		return v->length == 0;
	case CEL_LIST:
	case CEL_MAP:
		/* Kubernetes' values with a schema do not say. */
		return v->length == 0 && !(v->flags & CEL_DATA && v->of.view);
	case CEL_TIMESTAMP:
		/* Go's zero time. */
		return v->u.integer == CEL_TIME_FIRST && v->length == 0;
	case CEL_STRUCT:
		return v->u.message->count == 0;
	default:
		return false;
	}
}

static CEL_BODY(of_non_zero_value)
{
	return cel_of_optional(run->arena, is_zero(&arguments[0]) ? NULL : &arguments[0]);
}

static CEL_BODY(none)
{
	return cel_of_optional(run->arena, NULL);
}

static CEL_BODY(value)
{
	if (arguments[0].kind != CEL_OPTIONAL)
		return cel_no_overload(run);
	return arguments[0].u.optional ? *arguments[0].u.optional : cel_fail(run, "optional.none() dereference");
}

static CEL_BODY(has_value)
{
	return arguments[0].kind == CEL_OPTIONAL ? cel_of_bool(arguments[0].u.optional != NULL) : cel_no_overload(run);
}

static struct cel_value item_at(struct cel_run *run, const struct cel_value *list, size_t i)
{
	struct cel_value item = cel_settle(run, cel_item(list, i));

	return cel_is_error(item) ? item : cel_of_optional(run->arena, &item);
}

static CEL_BODY(first)
{
	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	return cel_count(&arguments[0]) ? item_at(run, &arguments[0], 0) : cel_of_optional(run->arena, NULL);
}

static CEL_BODY(last)
{
	size_t count_of_items = cel_count(&arguments[0]);

	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	return count_of_items ? item_at(run, &arguments[0], count_of_items - 1) : cel_of_optional(run->arena, NULL);
}

static CEL_BODY(unwrap)
{
	size_t size = cel_count(&arguments[0]), kept = 0;
	struct cel_value *items;

	if (arguments[0].kind != CEL_LIST)
		return cel_no_overload(run);
	items = arena_array(run->arena, size, sizeof(*items));
	for (size_t i = 0; i < size; i++) {
		struct cel_value item = cel_item(&arguments[0], i);

		/* cel-go looks at the first item when it chooses the function. */
		if (item.kind != CEL_OPTIONAL && i == 0)
			return cel_fail(run, "no such overload: optional.unwrap(list)");
		if (item.kind != CEL_OPTIONAL) {
			struct str text = cel_text(run->arena, &item);

			return cel_fail(run, "value " STR_FMT " is not optional", STR_ARG(text));
		}
		if (item.u.optional)
			items[kept++] = *item.u.optional;
	}
	return cel_of_items(items, kept);
}

#define PLANNED .flags = CEL_PLANNED

static const struct cel_function functions[] = {
	{ .name = "optional.of", .signature = "(V) -> optional_type(V)", .evaluate = of },
	{ .name = "optional.ofNonZeroValue", .signature = "(V) -> optional_type(V)", .evaluate = of_non_zero_value },
	{ .name = "optional.none", .signature = "() -> optional_type(V)", .evaluate = none },
	{ .name = "value", .signature = "optional_type(V).() -> V", .evaluate = value },
	{ .name = "hasValue", .signature = "optional_type(V).() -> bool", .evaluate = has_value },
	{ .name = "or", .signature = "optional_type(V).(optional_type(V)) -> optional_type(V)", PLANNED },
	{ .name = "orValue", .signature = "optional_type(V).(V) -> V", PLANNED },
	{ .name = "_?._", .signature = "(dyn, string) -> optional_type(V)", PLANNED },
	{ .name = "_[?_]", .signature = "(list(V), int) -> optional_type(V)", PLANNED },
	{ .name = "_[?_]", .signature = "(optional_type(list(V)), int) -> optional_type(V)", PLANNED },
	{ .name = "_[?_]", .signature = "(map(K, V), K) -> optional_type(V)", PLANNED },
	{ .name = "_[?_]", .signature = "(optional_type(map(K, V)), K) -> optional_type(V)", PLANNED },
	{ .name = "_[_]", .signature = "(optional_type(list(V)), int) -> optional_type(V)", PLANNED },
	{ .name = "_[_]", .signature = "(optional_type(map(K, V)), K) -> optional_type(V)", PLANNED },
	{ .name = "last", .signature = "list(V).() -> optional_type(V)", .evaluate = last },
	{ .name = "first", .signature = "list(V).() -> optional_type(V)", .evaluate = first },
	{ .name = "optional.unwrap", .signature = "(list(optional_type(V))) -> list(V)", .evaluate = unwrap },
	{ .name = "unwrapOpt", .signature = "list(optional_type(V)).() -> list(V)", .evaluate = unwrap },
	{ .name = NULL },
};

const struct cel_library cel_optional_library = {
	.name = "cel.lib.optional",
	.functions = functions,
	.macros = CEL_MACRO_OPTIONAL,
};
