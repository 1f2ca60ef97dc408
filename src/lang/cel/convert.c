/* int(), string() and the other conversions (cel-go common/types: ConvertToType of each type). */
#include <math.h>

#include "data/double_text.h"
#include "data/duration.h"
#include "data/instant.h"
#include "data/quote.h"
#include "data/utf8.h"
#include "lang/cel/library.h"

static struct cel_value inconvertible(struct cel_run *run, const char *from, const char *to)
{
	return cel_fail(run, "type conversion error from '%s' to '%s'", from, to);
}

CEL_BODY(cel_do_identity)
{
	return arguments[0];
}

CEL_BODY(cel_do_type)
{
	return cel_of_type(cel_type_of(&arguments[0]));
}

/* -- bool, bytes ------------------------------------------------------------------------------------------------- */

/* strconv.ParseBool */
static bool parse_bool(struct str text, bool *out)
{
	static const struct {
		struct str name;
		bool value;
	} names[] = {
		{ STR("true"), true }, { STR("false"), false }, { STR("1"), true }, { STR("0"), false },
		{ STR("t"), true }, { STR("f"), false }, { STR("T"), true }, { STR("F"), false },
		{ STR("TRUE"), true }, { STR("FALSE"), false }, { STR("True"), true }, { STR("False"), false },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_equal(text, names[i].name)) {
			*out = names[i].value;
			return true;
		}
	}
	return false;
}

CEL_BODY(cel_do_bool)
{
	const struct cel_value *v = &arguments[0];
	bool value;

	if (v->kind == CEL_BOOL)
		return *v;
	if (v->kind != CEL_STRING)
		return cel_no_overload(run);
	return parse_bool(cel_str(v), &value) ? cel_of_bool(value) : inconvertible(run, "string", "bool");
}

CEL_BODY(cel_do_bytes)
{
	const struct cel_value *v = &arguments[0];

	if (v->kind == CEL_BYTES)
		return *v;
	return v->kind == CEL_STRING ? cel_of_bytes(cel_str(v)) : cel_no_overload(run);
}

/* -- numbers ----------------------------------------------------------------------------------------------------- */

CEL_BODY(cel_do_double)
{
	const struct cel_value *v = &arguments[0];
	double number;

	switch (v->kind) {
	case CEL_DOUBLE:
		return *v;
	case CEL_INT:
		return cel_of_double((double)v->u.integer);
	case CEL_UINT:
		return cel_of_double((double)v->u.uinteger);
	case CEL_STRING:
		return double_parse(cel_str(v), &number) ? cel_of_double(number)
							 : inconvertible(run, "string", "double");
	default:
		return cel_no_overload(run);
	}
}

CEL_BODY(cel_do_int)
{
	const struct cel_value *v = &arguments[0];
	int64_t number;

	switch (v->kind) {
	case CEL_INT:
		return *v;
	case CEL_UINT:
		return v->u.uinteger <= INT64_MAX ? cel_of_int((int64_t)v->u.uinteger)
						  : cel_fail(run, "integer overflow");
	case CEL_DOUBLE:
		/* The smallest int itself is refused as well. */
		return v->u.number > -0x1p63 && v->u.number < 0x1p63 ? cel_of_int((int64_t)v->u.number)
								     : cel_fail(run, "integer overflow");
	case CEL_STRING:
		return str_to_int64(cel_str(v), &number) ? cel_of_int(number) : inconvertible(run, "string", "int");
	case CEL_TIMESTAMP:
	case CEL_DURATION:
		return cel_of_int(v->u.integer);
	default:
		return cel_no_overload(run);
	}
}

/* strconv.ParseUint: digits, no sign. */
static bool parse_uint(struct str text, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c < '0' || c > '9' || __builtin_mul_overflow(*out, 10u, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(c - '0'), out))
			return false;
	}
	return text.n > 0;
}

CEL_BODY(cel_do_uint)
{
	const struct cel_value *v = &arguments[0];
	uint64_t number;

	switch (v->kind) {
	case CEL_UINT:
		return *v;
	case CEL_INT:
		return v->u.integer < 0 ? cel_fail(run, "unsigned integer overflow") : cel_of_uint(v->u.uinteger);
	case CEL_DOUBLE:
		return v->u.number >= 0 && v->u.number < 0x1p64 ? cel_of_uint((uint64_t)v->u.number)
								: cel_fail(run, "unsigned integer overflow");
	case CEL_STRING:
		return parse_uint(cel_str(v), &number) ? cel_of_uint(number) : inconvertible(run, "string", "uint");
	default:
		return cel_no_overload(run);
	}
}

/* -- string ------------------------------------------------------------------------------------------------------ */

static struct str natural_text(struct arena *arena, uint64_t number, bool negative)
{
	char digits[21];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	if (negative)
		digits[--at] = '-';
	return str_dup(arena, str_make(digits + at, sizeof(digits) - at));
}

struct str cel_scalar_text(struct arena *arena, const struct cel_value *v)
{
	char number[DOUBLE_TEXT_MAX];
	size_t n;

	switch (v->kind) {
	case CEL_STRING:
	case CEL_BYTES:
		return cel_str(v);
	case CEL_BOOL:
		return v->u.boolean ? STR("true") : STR("false");
	case CEL_INT:
		return natural_text(arena, v->u.integer < 0 ? -v->u.uinteger : v->u.uinteger, v->u.integer < 0);
	case CEL_UINT:
		return natural_text(arena, v->u.uinteger, false);
	case CEL_DOUBLE:
		return str_dup(arena, str_make(number, double_text_general(v->u.number, number)));
	case CEL_DURATION:
		n = double_text_plain(duration_seconds(v->u.integer), number);
		number[n] = 's';
		return str_dup(arena, str_make(number, n + 1));
	case CEL_TIMESTAMP:
		return cel_timestamp_text(arena, v, false);
	default:
		return STR_NULL;
	}
}

static bool is_utf8(struct str bytes)
{
	if (ascii_only(bytes.p, bytes.n))
		return true;
	for (size_t i = 0, n; i < bytes.n; i += n) {
		n = utf8_length(bytes.p + i, bytes.n - i);
		if (n == 0)
			return false;
	}
	return true;
}

CEL_BODY(cel_do_string)
{
	const struct cel_value *v = &arguments[0];
	struct str text;

	if (v->kind == CEL_STRING)
		return *v;
	if (v->kind == CEL_BYTES && !is_utf8(cel_str(v)))
		return cel_fail(run, "invalid UTF-8 in bytes, cannot convert to string");
	text = cel_scalar_text(run->arena, v);
	return text.p ? cel_of_str(text) : cel_no_overload(run);
}

/* -- times ------------------------------------------------------------------------------------------------------- */

static bool two_digits(struct str text, size_t at, int least, int most)
{
	int number = (text.p[at] - '0') * 10 + text.p[at + 1] - '0';

	return text.p[at] >= '0' && text.p[at] <= '9' && text.p[at + 1] >= '0' && text.p[at + 1] <= '9' &&
	       number >= least && number <= most;
}

/* RFC 3339 to the letter, which time.Parse() is not: digits of hours, separators of fractions, ranges of offsets. */
static bool is_rfc3339(struct str text)
{
	size_t at = 19;

	if (text.n < 20 || !two_digits(text, 0, 0, 99) || !two_digits(text, 2, 0, 99) || text.p[4] != '-' ||
	    !two_digits(text, 5, 1, 12) || text.p[7] != '-' || !two_digits(text, 8, 1, 31) ||
	    (text.p[10] | 32) != 't' || !two_digits(text, 11, 0, 23) || text.p[13] != ':' ||
	    !two_digits(text, 14, 0, 59) || text.p[16] != ':' || !two_digits(text, 17, 0, 60))
		return false;
	if (text.p[at] == '.') {
		size_t digits = ++at;

		while (at < text.n && text.p[at] >= '0' && text.p[at] <= '9')
			at++;
		if (at == digits)
			return false;
	}
	if (text.n - at == 1)
		return (text.p[at] | 32) == 'z';
	return text.n - at == 6 && (text.p[at] == '+' || text.p[at] == '-') && two_digits(text, at + 1, 0, 23) &&
	       text.p[at + 3] == ':' && two_digits(text, at + 4, 0, 59);
}

static struct cel_value timestamp_of(struct cel_run *run, int64_t seconds, uint32_t nanoseconds)
{
	if (seconds < CEL_TIME_FIRST || seconds > CEL_TIME_LAST)
		return cel_fail(run, "timestamp overflow");
	return cel_of_timestamp(seconds, nanoseconds);
}

CEL_BODY(cel_do_timestamp)
{
	const struct cel_value *v = &arguments[0];
	struct cel_value timestamp;
	struct instant time;

	switch (v->kind) {
	case CEL_TIMESTAMP:
		return *v;
	case CEL_INT:
		return timestamp_of(run, v->u.integer, 0);
	case CEL_STRING:
		if (run->newest && !is_rfc3339(cel_str(v))) {
			struct str text = quote(run->arena, cel_str(v));

			return cel_fail(run, "invalid RFC 3339 timestamp " STR_FMT, STR_ARG(text));
		}
		if (instant_parse_rfc3339(cel_str(v), &time, NULL))
			return inconvertible(run, "string", "google.protobuf.Timestamp");
		timestamp = timestamp_of(run, time.seconds, (uint32_t)time.nanoseconds);
		if (timestamp.kind == CEL_TIMESTAMP)
			timestamp.zone = (int16_t)(time.offset / 60);
		return timestamp;
	default:
		return cel_no_overload(run);
	}
}

CEL_BODY(cel_do_duration)
{
	const struct cel_value *v = &arguments[0];
	int64_t nanoseconds;

	switch (v->kind) {
	case CEL_DURATION:
		return *v;
	case CEL_INT:
		/* Declared, but never done. */
		return inconvertible(run, "int", "google.protobuf.Duration");
	case CEL_STRING:
		return duration_parse(cel_str(v), &nanoseconds, NULL) == 0
			       ? cel_of_duration(nanoseconds)
			       : inconvertible(run, "string", "google.protobuf.Duration");
	default:
		return cel_no_overload(run);
	}
}
