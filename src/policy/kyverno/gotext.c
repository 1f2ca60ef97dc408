#include "policy/kyverno/gotext.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>

/* Nothing that is decoded nests deeper; what is built from it stays below it as well. */
#define DEPTH_MAX 2048

/* Writes the shortest "d.ddde±dd" that reads back as `d`, with the exponent letter given. */
static size_t shortest(double d, bool upper, char *space)
{
	int n = 0;

	for (int precision = 0; precision <= 17; precision++) {
		n = upper ? snprintf(space, GO_NUMBER_MAX, "%.*E", precision, d)
			  : snprintf(space, GO_NUMBER_MAX, "%.*e", precision, d);
		if (strtod(space, NULL) == d)
			break;
	}
	return (size_t)n;
}

static struct str special(double d)
{
	return isnan(d) ? STR("NaN") : d > 0 ? STR("+Inf") : STR("-Inf");
}

static struct str int_text(int64_t i, char *space)
{
	return str_make(space, (size_t)snprintf(space, GO_NUMBER_MAX, "%" PRId64, i));
}

struct str go_number_text(const struct value *number, char space[GO_NUMBER_MAX])
{
	double d = number->u.number;
	const char *e;
	int exponent, digits;
	size_t n;

	if (number->type == VALUE_INT)
		return int_text(number->u.integer, space);
	if (!isfinite(d))
		return special(d);
	n = shortest(d, false, space);
	e = memchr(space, 'e', n);
	exponent = (int)strtol(e + 1, NULL, 10);
	/* 'g' with the shortest precision: Go decides on the exponent form as if the precision were 6. */
	if (exponent < -4 || exponent >= 6)
		return str_make(space, n);
	digits = (int)(e - space) - (space[0] == '-');
	if (digits > 1)
		digits--;
	n = (size_t)snprintf(space, GO_NUMBER_MAX, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 0, d);
	return str_make(space, n);
}

struct str go_number_text_e(const struct value *number, char space[GO_NUMBER_MAX])
{
	if (number->type == VALUE_INT)
		return int_text(number->u.integer, space);
	if (!isfinite(number->u.number))
		return special(number->u.number);
	return str_make(space, shortest(number->u.number, true, space));
}

struct str go_number_text_f(const struct value *number, char space[GO_NUMBER_MAX])
{
	if (number->type == VALUE_INT)
		return int_text(number->u.integer, space);
	if (!isfinite(number->u.number))
		return special(number->u.number);
	return str_make(space, (size_t)snprintf(space, GO_NUMBER_MAX, "%f", number->u.number));
}

const char *go_type_name(const struct value *v)
{
	static const char *const names[] = {
		[VALUE_NULL] = "<nil>", [VALUE_BOOL] = "bool", [VALUE_INT] = "int64", [VALUE_FLOAT] = "float64",
		[VALUE_STRING] = "string", [VALUE_ARRAY] = "[]interface {}", [VALUE_OBJECT] = "map[string]interface {}",
	};

	return v ? names[v->type] : names[VALUE_NULL];
}

static int by_key(const void *a, const void *b)
{
	const struct member *const *one = a, *const *other = b;

	return str_compare(value_str(&(*one)->key), value_str(&(*other)->key));
}

static void print(struct buf *out, const struct value *v, unsigned depth);

static void print_object(struct buf *out, const struct value *object, unsigned depth)
{
	const struct member **sorted = calloc(object->length + 1u, sizeof(*sorted));

	if (!sorted)
		abort();
	for (uint32_t i = 0; i < object->length; i++)
		sorted[i] = &object->u.members[i];
	qsort(sorted, object->length, sizeof(*sorted), by_key);
	buf_add(out, STR("map["));
	for (uint32_t i = 0; i < object->length; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add(out, value_str(&sorted[i]->key));
		buf_add_char(out, ':');
		print(out, &sorted[i]->value, depth + 1);
	}
	buf_add_char(out, ']');
	free(sorted);
}

static void print_array(struct buf *out, const struct value *array, unsigned depth)
{
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < array->length; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		print(out, &array->u.items[i], depth + 1);
	}
	buf_add_char(out, ']');
}

static void print(struct buf *out, const struct value *v, unsigned depth)
{
	char space[GO_NUMBER_MAX];

	if (value_is_null(v) || depth > DEPTH_MAX) {
		buf_add(out, STR("<nil>"));
		return;
	}
	switch ((enum value_type)v->type) {
	case VALUE_BOOL:
		buf_add(out, v->u.boolean ? STR("true") : STR("false"));
		break;
	case VALUE_INT:
	case VALUE_FLOAT:
		buf_add(out, go_number_text(v, space));
		break;
	case VALUE_STRING:
		buf_add(out, value_str(v));
		break;
	case VALUE_ARRAY:
		print_array(out, v, depth);
		break;
	case VALUE_OBJECT:
		print_object(out, v, depth);
		break;
	case VALUE_NULL:
		break;
	}
}

void go_print(struct buf *out, const struct value *v)
{
	print(out, v, 0);
}

struct str go_text(struct arena *arena, const struct value *v)
{
	struct buf out = { 0 };
	struct str text;

	if (value_is(v, VALUE_STRING))
		return value_str(v);
	if (value_is(v, VALUE_BOOL))
		return v->u.boolean ? STR("true") : STR("false");
	go_print(&out, v);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

/* Takes digits from *p; returns how many. */
static size_t take_digits(const char **p, const char *end, bool hexadecimal)
{
	size_t count = 0;

	for (; *p < end; (*p)++) {
		if (hexadecimal ? isxdigit((unsigned char)**p) : isdigit((unsigned char)**p))
			count++;
		else
			break;
	}
	return count;
}

/* Is it a decimal or hexadecimal floating-point number as Go writes them, without sign? */
static bool is_go_float(const char *p, const char *end)
{
	bool hexadecimal = end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x';
	size_t digits;

	if (hexadecimal)
		p += 2;
	digits = take_digits(&p, end, hexadecimal);
	if (p < end && *p == '.') {
		p++;
		digits += take_digits(&p, end, hexadecimal);
	}
	if (digits == 0)
		return false;
	if (p < end && (*p | 0x20) == (hexadecimal ? 'p' : 'e')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (take_digits(&p, end, false) == 0)
			return false;
	} else if (hexadecimal) {
		return false;
	}
	return p == end;
}

/* Copies a number without the '_' between its digits; 0 when one stands elsewhere or the number is too long. */
static size_t without_underscores(struct str text, char *space, size_t size)
{
	bool hexadecimal = false;
	char last = '^';
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool digit = hexadecimal ? isxdigit((unsigned char)c) : isdigit((unsigned char)c);

		if (c == '_' ? last != '0' : last == '_' && !digit)
			return 0;
		hexadecimal |= (c | 0x20) == 'x';
		last = c == '_' ? '_' : digit || (c | 0x20) == 'x' ? '0' : '!';
		if (c == '_')
			continue;
		if (n + 1 >= size)
			return 0;
		space[n++] = c;
	}
	space[n] = '\0';
	return last == '_' ? 0 : n;
}

bool go_parse_float(struct str text, double *out)
{
	char space[512];
	struct str bare = text;
	bool negative = text.n > 0 && text.p[0] == '-';
	size_t n;

	if (text.n > 0 && (text.p[0] == '+' || negative))
		bare = str_skip(text, 1);
	if (str_equal_fold(bare, STR("inf")) || str_equal_fold(bare, STR("infinity"))) {
		*out = negative ? -INFINITY : INFINITY;
		return true;
	}
	if (str_equal_fold(text, STR("nan"))) {
		*out = NAN;
		return true;
	}
	/* Longer numbers than the buffer are not what anybody compares with. */
	n = without_underscores(bare, space + 1, sizeof(space) - 1);
	if (n == 0 || !is_go_float(space + 1, space + 1 + n))
		return false;
	space[0] = negative ? '-' : '+';
	*out = strtod(space, NULL);
	return isfinite(*out);
}

int64_t go_int64_of(double d)
{
	return d >= -0x1p63 && d < 0x1p63 ? (int64_t)d : INT64_MIN;
}

int64_t go_multiply(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

double go_seconds(int64_t nanoseconds)
{
	/* Whole seconds apart from the rest, as Go's Duration.Seconds() adds them. */
	int64_t seconds = nanoseconds / 1000000000, rest = nanoseconds % 1000000000;

	return (double)seconds + (double)rest / 1e9;
}
