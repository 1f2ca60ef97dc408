/* string.format: the text and its clauses (cel-go ext/formatting.go, and formatting_v2.go for the newest). */
#include "lang/cel/format.h"

/* What the newest allows, "%.100f". */
#define PLACES_MAX 100
/* Most results need no more. */
#define CAPACITY_MIN 256

/* -- writing ----------------------------------------------------------------------------------------------------- */

static void out_of_memory(struct format *out)
{
	out->failed = true;
	out->failure = cel_fail_memory(out->run);
}

char *format_room(struct format *out, size_t n)
{
	char *grown;
	size_t capacity;

	if (out->failed)
		return NULL;
	if (out->capacity - out->n >= n)
		return out->p + out->n;
	capacity = (out->n + n) * 2;
	if (capacity < CAPACITY_MIN)
		capacity = CAPACITY_MIN;
	if (!cel_can_hold(out->run, capacity)) {
		out_of_memory(out);
		return NULL;
	}
	grown = arena_alloc(out->run->arena, capacity);
	if (out->n)
		memcpy(grown, out->p, out->n);
	out->p = grown;
	out->capacity = capacity;
	return out->p + out->n;
}

void format_put(struct format *out, struct str text)
{
	char *room = format_room(out, text.n);

	if (!room || text.n == 0)
		return;
	memcpy(room, text.p, text.n);
	out->n += text.n;
}

void format_fail(struct format *out, const char *format, ...)
{
	struct str reason;
	va_list args;

	if (out->failed)
		return;
	va_start(args, format);
	reason = str_vformat(out->run->arena, format, args);
	va_end(args);
	out->failed = true;
	out->failure = cel_fail(out->run, "error during formatting: " STR_FMT, STR_ARG(reason));
}

static void fail_clause(struct format *out, struct str reason)
{
	out->failed = true;
	out->failure = cel_fail(out->run, "could not parse formatting clause: " STR_FMT, STR_ARG(reason));
}

static void fail_precision(struct format *out, struct str reason)
{
	fail_clause(out, str_concat(out->run->arena, STR("error while parsing precision: "), reason));
}

/* -- clauses ----------------------------------------------------------------------------------------------------- */

struct clause {
	char letter;
	uint32_t kinds;         /* that it takes; 0: it looks for itself */
	uint32_t newest_kinds;
	const char *name, *newest_name;         /* how it complains about others */
	void (*write)(struct format *out, const struct cel_value *v, int64_t places);
};

#define KIND(kind) (1u << (kind))
#define INTEGERS (KIND(CEL_INT) | KIND(CEL_UINT))
#define NUMBERS (INTEGERS | KIND(CEL_DOUBLE))
#define HEXABLE (INTEGERS | KIND(CEL_STRING) | KIND(CEL_BYTES))

static void write_string(struct format *out, const struct cel_value *v, int64_t places)
{
	(void)places;
	format_value(out, v);
}

static void write_decimal(struct format *out, const struct cel_value *v, int64_t places)
{
	(void)places;
	if (v->kind == CEL_DOUBLE)
		format_double(out, v->u.number);
	else
		format_integer(out, v, 10, false);
}

static void write_binary(struct format *out, const struct cel_value *v, int64_t places)
{
	(void)places;
	if (v->kind == CEL_BOOL)
		format_put(out, v->u.boolean ? STR("1") : STR("0"));
	else
		format_integer(out, v, 2, false);
}

static void write_octal(struct format *out, const struct cel_value *v, int64_t places)
{
	(void)places;
	format_integer(out, v, 8, false);
}

static void write_hex_bytes(struct format *out, const struct cel_value *v, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *room = format_room(out, 2 * (size_t)v->length);

	if (!room)
		return;
	for (size_t i = 0; i < v->length; i++) {
		unsigned char c = (unsigned char)v->u.text[i];

		room[2 * i] = digits[c >> 4];
		room[2 * i + 1] = digits[c & 15];
	}
	out->n += 2 * (size_t)v->length;
}

static void write_hex(struct format *out, const struct cel_value *v, int64_t places)
{
	(void)places;
	if (v->kind == CEL_STRING || v->kind == CEL_BYTES)
		write_hex_bytes(out, v, false);
	else
		format_integer(out, v, 16, false);
}

static void write_upper_hex(struct format *out, const struct cel_value *v, int64_t places)
{
	(void)places;
	if (v->kind == CEL_STRING || v->kind == CEL_BYTES)
		write_hex_bytes(out, v, true);
	else
		format_integer(out, v, 16, true);
}

static const struct clause clauses[] = {
	{ 's', 0, 0, NULL, NULL, write_string },
	{ 'd', INTEGERS, NUMBERS, "decimal clause can only be used on integers",
	  "decimal clause can only be used on ints, uints, and doubles", write_decimal },
	{ 'f', KIND(CEL_DOUBLE), NUMBERS, "fixed-point clause can only be used on doubles",
	  "fixed-point clause can only be used on ints, uints, and doubles", format_fixed },
	{ 'e', KIND(CEL_DOUBLE), NUMBERS, "scientific clause can only be used on doubles",
	  "scientific clause can only be used on ints, uints, and doubles", format_scientific },
	{ 'x', HEXABLE, HEXABLE, "only integers, byte buffers, and strings can be formatted as hex",
	  "only ints, uints, bytes, and strings can be formatted as hex", write_hex },
	{ 'X', HEXABLE, HEXABLE, "only integers, byte buffers, and strings can be formatted as hex",
	  "only ints, uints, bytes, and strings can be formatted as hex", write_upper_hex },
	{ 'b', INTEGERS | KIND(CEL_BOOL), INTEGERS | KIND(CEL_BOOL),
	  "only integers and bools can be formatted as binary",
	  "only ints, uints, and bools can be formatted as binary", write_binary },
	{ 'o', INTEGERS, INTEGERS, "octal clause can only be used on integers",
	  "octal clause can only be used on ints and uints", write_octal },
};

static const struct clause *clause_of(char letter)
{
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (clauses[i].letter == letter)
			return &clauses[i];
	return NULL;
}

/* Before the specification, the names of what is no number were taken for it. */
static bool names_no_number(const struct cel_value *v)
{
	struct str text = cel_str(v);

	return v->kind == CEL_STRING && (str_is(text, "NaN") || str_is(text, "Infinity") || str_is(text, "-Infinity"));
}

static void write_clause(struct format *out, const struct clause *clause, const struct cel_value *v, int64_t places)
{
	uint32_t kinds = out->newest ? clause->newest_kinds : clause->kinds;
	struct cel_value number;

	if (kinds && !(kinds & KIND(v->kind))) {
		if (out->newest || (clause->letter != 'f' && clause->letter != 'e') || !names_no_number(v)) {
			format_fail(out, "%s, was given " STR_FMT, out->newest ? clause->newest_name : clause->name,
				    STR_ARG(cel_type_of(v)->name));
			return;
		}
		number = cel_do_double(out->run, v, 1);
		v = &number;
	}
	clause->write(out, v, places);
}

/* ".3" before a letter; -1 when there is none. Returns the bytes read. */
static size_t read_places(struct format *out, struct str text, int64_t *places)
{
	size_t end = 1;
	struct str digits;

	*places = -1;
	if (text.p[0] != '.')
		return 0;
	while (end < text.n && text.p[end] >= '0' && text.p[end] <= '9')
		end++;
	if (end == text.n) {
		fail_precision(out, STR("could not find end of precision specifier"));
		return 0;
	}
	digits = str_slice(text, 1, end);
	if (digits.n == 0 || !str_to_int64(digits, places))
		fail_precision(out, str_format(out->run->arena,
					       "error while converting precision to integer: strconv.Atoi: parsing \""
					       STR_FMT "\": %s", STR_ARG(digits),
					       digits.n ? "value out of range" : "invalid syntax"));
	else if (out->newest && *places > PLACES_MAX)
		fail_precision(out, str_format(out->run->arena, "precision %lld exceeds maximum allowed precision %d",
					       (long long)*places, PLACES_MAX));
	return end;
}

/* A '%' and what belongs to it; returns the bytes read. */
static size_t format_clause(struct format *out, struct str text, const struct cel_value *list, size_t *next)
{
	const struct clause *clause;
	struct cel_value item;
	int64_t places;
	size_t length;

	if (*next >= cel_count(list)) {
		out->failed = true;
		out->failure = cel_fail(out->run, "index %zu out of range", *next);
		return 0;
	}
	if (text.n == 1) {
		out->failed = true;
		out->failure = cel_fail(out->run, "unexpected end of string");
		return 0;
	}
	length = 1 + read_places(out, str_skip(text, 1), &places);
	if (out->failed)
		return 0;
	clause = clause_of(text.p[length]);
	if (!clause) {
		/* cel-go takes the byte for a character. */
		char letter[4];
		size_t n = utf8_encode((unsigned char)text.p[length], letter);

		fail_clause(out, str_format(out->run->arena, "unrecognized formatting clause \"%.*s\"", (int)n,
					    letter));
		return 0;
	}
	item = cel_settle(out->run, cel_item(list, (*next)++));
	if (cel_is_error(item)) {
		out->failed = true;
		out->failure = item;
		return 0;
	}
	write_clause(out, clause, &item, places);
	return length + 1;
}

static struct cel_value format_text(struct cel_run *run, const struct cel_value *arguments, bool newest)
{
	struct str text = cel_str(&arguments[0]);
	struct format out = { .run = run, .newest = newest };
	size_t next = 0;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_LIST)
		return cel_no_overload(run);
	format_room(&out, text.n + 16 * cel_count(&arguments[1]));
	for (size_t i = 0, end; i < text.n && !out.failed; i = end) {
		end = str_find_char(text, '%', i);
		if (end == STR_NOT_FOUND)
			end = text.n;
		format_put(&out, str_slice(text, i, end));
		if (end == text.n)
			break;
		if (end + 1 < text.n && text.p[end + 1] == '%') {
			format_put(&out, STR("%"));
			end += 2;
		} else {
			end += format_clause(&out, str_skip(text, end), &arguments[1], &next);
		}
	}
	return out.failed ? out.failure : cel_of_str(str_make(out.p, out.n));
}

CEL_BODY(cel_do_format)
{
	return format_text(run, arguments, true);
}

CEL_BODY(cel_do_format_old)
{
	return format_text(run, arguments, false);
}
