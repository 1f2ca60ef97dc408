/* Values: making, counting, errors, run-time types. */
#include "lang/cel/value.h"

#include "data/utf8.h"
#include "data/yaml_scalar.h"
#include "lang/cel/function.h"

struct cel_value cel_of_optional(struct arena *arena, const struct cel_value *value)
{
	struct cel_value v = { .kind = CEL_OPTIONAL };

	if (value)
		v.u.optional = arena_copy(arena, value, sizeof(*value));
	return v;
}

/* -- errors ---------------------------------------------------------------------------------------------------- */

static struct cel_value fail(struct cel_run *run, enum error_code code, struct str message)
{
	struct cel_failure *failure = ARENA_NEW(run->arena, struct cel_failure);

	failure->message = message;
	failure->offset = run->offset;
	failure->code = code;
	return (struct cel_value){ .kind = CEL_ERROR, .u.error = failure };
}

struct cel_value cel_fail(struct cel_run *run, const char *format, ...)
{
	struct str message;
	va_list args;

	va_start(args, format);
	message = str_vformat(run->arena, format, args);
	va_end(args);
	return fail(run, ERROR_INVALID, message);
}

struct cel_value cel_fail_code(struct cel_run *run, enum error_code code, const char *format, ...)
{
	struct str message;
	va_list args;

	va_start(args, format);
	message = str_vformat(run->arena, format, args);
	va_end(args);
	return fail(run, code, message);
}

struct cel_value cel_no_overload(struct cel_run *run)
{
	return fail(run, ERROR_INVALID, STR("no such overload"));
}

/* -- reading --------------------------------------------------------------------------------------------------- */

struct cel_value cel_settle(struct cel_run *run, struct cel_value v)
{
	char *bytes;
	size_t n = 0;

	if (!(v.flags & CEL_ENCODED))
		return v;
	if (v.kind == CEL_ERROR)
		return cel_fail(run, STR_FMT, STR_ARG(v.u.error->message));
	if (v.kind != CEL_BYTES)
		return v;
	bytes = arena_alloc(run->arena, v.length + 1);
	if (!scalar_decode_base64(cel_str(&v), bytes, &n))
		return cel_fail(run, "Invalid byte formatted string " STR_FMT, STR_ARG(cel_str(&v)));
	return cel_of_bytes(str_make(bytes, n));
}

static uint64_t count_characters(const char *p, size_t n)
{
	uint64_t count = 0;

	if (ascii_only(p, n))
		return n;
	while (n > 0) {
		size_t width;

		utf8_decode(p, n, &width);
		p += width;
		n -= width;
		count++;
	}
	return count;
}

uint64_t cel_size(const struct cel_value *v)
{
	switch (v->kind) {
	case CEL_STRING:
		return count_characters(v->u.text, v->length);
	case CEL_BYTES:
		return v->flags & CEL_ENCODED ? (uint64_t)v->length / 4 * 3 : v->length;
	case CEL_LIST:
		return v->length;
	case CEL_MAP:
		return v->length;
	case CEL_OPTIONAL:
		/* An optional in an optional has one more level; nobody nests them deep enough to matter. */
		return v->u.optional ? cel_size(v->u.optional) : 1;
	default:
		return 1;
	}
}

const struct cel_type *cel_type_of(const struct cel_value *v)
{
	static const struct cel_type error = { .kind = CEL_TYPE_ERROR, .name = { "error", 5 } };

	switch ((enum cel_kind)v->kind) {
	case CEL_NULL:
		return &cel_null;
	case CEL_BOOL:
		return &cel_bool;
	case CEL_INT:
		return &cel_int;
	case CEL_UINT:
		return &cel_uint;
	case CEL_DOUBLE:
		return &cel_double;
	case CEL_STRING:
		return &cel_string;
	case CEL_BYTES:
		return &cel_bytes;
	case CEL_TIMESTAMP:
		return &cel_timestamp;
	case CEL_DURATION:
		return &cel_duration;
	case CEL_LIST:
		return v->flags & CEL_DATA && v->of.view && v->of.view->type ? v->of.view->type : &cel_list_dyn;
	case CEL_MAP:
		return v->flags & CEL_DATA && v->of.view && v->of.view->type ? v->of.view->type : &cel_map_dyn;
	case CEL_TYPE:
		return &cel_type_type;
	case CEL_OPTIONAL:
		return &cel_optional_dyn;
	case CEL_STRUCT:
		return v->u.message->type;
	case CEL_OBJECT:
		return v->of.class->type;
	case CEL_ERROR:
		break;
	}
	return &error;
}
