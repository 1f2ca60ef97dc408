/* Literals of protocol buffers' well-known messages: Duration{seconds: 1} is a duration, Int32Value{value: 1} is 1. */
#include "lang/cel/plan.h"

static struct cel_value field_of(const struct cel_message *message, const char *name, struct cel_value otherwise)
{
	for (size_t i = 0; i < message->count; i++)
		if (str_equal(message->fields[i].name, str_of(name)))
			return message->fields[i].value;
	return otherwise;
}

static int64_t integer_of(const struct cel_message *message, const char *name)
{
	struct cel_value v = field_of(message, name, cel_of_int(0));

	return v.kind == CEL_INT ? v.u.integer : 0;
}

static struct cel_value time_of(struct cel_run *run, const struct cel_message *message)
{
	int64_t seconds = integer_of(message, "seconds"), nanos = integer_of(message, "nanos"), total;

	if (message->type->kind == CEL_TYPE_DURATION) {
		if (__builtin_mul_overflow(seconds, INT64_C(1000000000), &total) ||
		    __builtin_add_overflow(total, nanos, &total))
			return cel_fail(run, "duration overflow");
		return cel_of_duration(total);
	}
	if (nanos < 0 || nanos > 999999999 || seconds < INT64_C(-62135596800) || seconds > INT64_C(253402300799))
		return cel_fail(run, "timestamp overflow");
	return cel_of_timestamp(seconds, (uint32_t)nanos);
}

static struct cel_value wrapped(struct cel_run *run, const struct cel_message *message)
{
	static const struct cel_value zeros[] = {
		[CEL_TYPE_BOOL] = { .kind = CEL_BOOL },
		[CEL_TYPE_INT] = { .kind = CEL_INT },
		[CEL_TYPE_UINT] = { .kind = CEL_UINT },
		[CEL_TYPE_DOUBLE] = { .kind = CEL_DOUBLE },
		[CEL_TYPE_STRING] = { .kind = CEL_STRING, .u.text = "" },
		[CEL_TYPE_BYTES] = { .kind = CEL_BYTES, .u.text = "" },
	};
	const struct cel_type *inner = message->type->parameters[0];
	struct cel_value zero = { .kind = CEL_NULL };

	(void)run;
	if (inner->kind < sizeof(zeros) / sizeof(*zeros))
		zero = zeros[inner->kind];
	return field_of(message, "value", zero);
}

bool evaluate_well_known(struct cel_run *run, const struct cel_message *message, struct cel_value *out)
{
	switch (message->type->kind) {
	case CEL_TYPE_WRAPPER:
		*out = wrapped(run, message);
		return true;
	case CEL_TYPE_TIMESTAMP:
	case CEL_TYPE_DURATION:
		*out = time_of(run, message);
		return true;
	case CEL_TYPE_LIST:
		*out = field_of(message, "values", cel_of_items(NULL, 0));
		return true;
	case CEL_TYPE_MAP:
		*out = field_of(message, "fields", cel_of_entries(run->arena, NULL, 0));
		return true;
	case CEL_TYPE_DYN:
		/* google.protobuf.Value: one of its fields, which is the value. */
		*out = message->count ? message->fields[0].value : cel_of_null();
		if (message->count && str_is(message->fields[0].name, "null_value"))
			*out = cel_of_null();
		return true;
	default:
		return false;
	}
}
