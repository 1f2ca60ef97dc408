#include "data/yaml_scalar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data/yaml.h"

/* What the first byte says: by far most scalars are strings, and this is all that is looked at. */
enum { LETTER = 0, WORD = 1, DIGIT, SIGN, DOT };

static const uint8_t hints[256] = {
	['y'] = WORD, ['Y'] = WORD, ['n'] = WORD, ['N'] = WORD, ['t'] = WORD, ['T'] = WORD, ['f'] = WORD, ['F'] = WORD,
	['o'] = WORD, ['O'] = WORD, ['~'] = WORD, ['+'] = SIGN, ['-'] = SIGN, ['.'] = DOT, ['0'] = DIGIT, ['1'] = DIGIT,
	['2'] = DIGIT, ['3'] = DIGIT, ['4'] = DIGIT, ['5'] = DIGIT, ['6'] = DIGIT, ['7'] = DIGIT, ['8'] = DIGIT,
	['9'] = DIGIT,
};

/* -- words -------------------------------------------------------------------------------------------------------- */

#define IS_TRUE { SCALAR_BOOL, { .boolean = true } }
#define IS_FALSE { SCALAR_BOOL, { .boolean = false } }
#define IS_NULL { SCALAR_NULL, { 0 } }
#define IS_NUMBER(value) { SCALAR_FLOAT, { .number = (value) } }

static const struct word {
	char text[8];
	uint8_t length;
	struct scalar scalar;
} words[] = {
	{ "true", 4, IS_TRUE },
	{ "false", 5, IS_FALSE },
	{ "True", 4, IS_TRUE },
	{ "False", 5, IS_FALSE },
	{ "TRUE", 4, IS_TRUE },
	{ "FALSE", 5, IS_FALSE },
	{ "null", 4, IS_NULL },
	{ "Null", 4, IS_NULL },
	{ "NULL", 4, IS_NULL },
	{ "~", 1, IS_NULL },
	{ "y", 1, IS_TRUE },
	{ "Y", 1, IS_TRUE },
	{ "n", 1, IS_FALSE },
	{ "N", 1, IS_FALSE },
	{ "yes", 3, IS_TRUE },
	{ "Yes", 3, IS_TRUE },
	{ "YES", 3, IS_TRUE },
	{ "no", 2, IS_FALSE },
	{ "No", 2, IS_FALSE },
	{ "NO", 2, IS_FALSE },
	{ "on", 2, IS_TRUE },
	{ "On", 2, IS_TRUE },
	{ "ON", 2, IS_TRUE },
	{ "off", 3, IS_FALSE },
	{ "Off", 3, IS_FALSE },
	{ "OFF", 3, IS_FALSE },
	{ ".nan", 4, IS_NUMBER((double)NAN) },
	{ ".NaN", 4, IS_NUMBER((double)NAN) },
	{ ".NAN", 4, IS_NUMBER((double)NAN) },
	{ ".inf", 4, IS_NUMBER((double)INFINITY) },
	{ ".Inf", 4, IS_NUMBER((double)INFINITY) },
	{ ".INF", 4, IS_NUMBER((double)INFINITY) },
	{ "+.inf", 5, IS_NUMBER((double)INFINITY) },
	{ "+.Inf", 5, IS_NUMBER((double)INFINITY) },
	{ "+.INF", 5, IS_NUMBER((double)INFINITY) },
	{ "-.inf", 5, IS_NUMBER((double)-INFINITY) },
	{ "-.Inf", 5, IS_NUMBER((double)-INFINITY) },
	{ "-.INF", 5, IS_NUMBER((double)-INFINITY) },
};

static const struct scalar *find_word(struct str text)
{
	if (text.n > 5)
		return NULL;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].length == text.n && memcmp(words[i].text, text.p, text.n) == 0)
			return &words[i].scalar;
	return NULL;
}

/* -- numbers ------------------------------------------------------------------------------------------------------ */

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* All of the text as digits. False when there is another character, no digit at all, or too much for 64 bits. */
static bool parse_natural(struct str digits, unsigned base, uint64_t *out)
{
	uint64_t n = 0;

	for (size_t i = 0; i < digits.n; i++) {
		unsigned digit = (unsigned)digit_value(digits.p[i]);

		if (digit >= base || __builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n))
			return false;
	}
	*out = n;
	return digits.n > 0;
}

static bool set_integer(bool negative, uint64_t n, struct scalar *out)
{
	if (n <= INT64_MAX || (negative && n == (uint64_t)INT64_MAX + 1)) {
		out->kind = SCALAR_INT;
		out->u.integer = (int64_t)(negative ? 0 - n : n);
		return true;
	}
	if (negative)
		return false;
	out->kind = SCALAR_UINT;
	out->u.natural = n;
	return true;
}

/* Go's strconv.ParseInt and ParseUint with base 0, and the "0b" of old that lets a sign follow. */
static bool parse_integer(struct str text, struct scalar *out)
{
	bool signed_ = text.p[0] == '-' || text.p[0] == '+', negative = text.p[0] == '-';
	struct str digits = str_skip(text, signed_);
	unsigned base = 10;
	uint64_t n;

	if (digits.n > 1 && digits.p[0] == '0') {
		char prefix = digits.p[1] | 0x20;

		base = prefix == 'x' ? 16 : prefix == 'b' ? 2 : 8;
		digits = str_skip(digits, prefix == 'x' || prefix == 'b' || prefix == 'o' ? 2 : 1);
	}
	if (parse_natural(digits, base, &n))
		/* A "+" is one of ParseInt only, so that what is beyond int64 then is a float. */
		return set_integer(negative, n, out) && (out->kind == SCALAR_INT || !signed_);
	if (!signed_ && base == 2 && text.p[1] == 'b' && digits.n > 1 && (digits.p[0] == '-' || digits.p[0] == '+') &&
	    parse_natural(str_skip(digits, 1), 2, &n))
		return set_integer(digits.p[0] == '-', n, out) && out->kind == SCALAR_INT;
	return false;
}

static size_t count_digits(struct str text, size_t from)
{
	size_t i = from;

	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
		i++;
	return i - from;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool looks_like_float(struct str text)
{
	size_t i = text.p[0] == '-' || text.p[0] == '+', whole = count_digits(text, i), digits;

	i += whole;
	if (i < text.n && text.p[i] == '.') {
		digits = count_digits(text, i + 1);
		if (whole == 0 && digits == 0)
			return false;
		i += 1 + digits;
	} else if (whole == 0) {
		return false;
	}
	if (i < text.n && (text.p[i] == 'e' || text.p[i] == 'E')) {
		i++;
		i += i < text.n && (text.p[i] == '-' || text.p[i] == '+');
		digits = count_digits(text, i);
		if (digits == 0)
			return false;
		i += digits;
	}
	return i == text.n;
}

/* `text` is NUL-terminated here. What is too large stays a string. */
static bool parse_float(struct str text, struct scalar *out)
{
	double number;

	if (!looks_like_float(text))
		return false;
	number = strtod(text.p, NULL);
	if (!isfinite(number))
		return false;
	out->kind = SCALAR_FLOAT;
	out->u.number = number;
	return true;
}

/* Only these can stand in a number; the first other byte ends the search for nearly everything ("100m", "1.2.3"). */
static bool could_be_number(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i], lower = c | 0x20;

		if (!((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'f') || c == '.' || c == '_' || c == '-' ||
		      c == '+' || lower == 'x' || lower == 'o'))
			return false;
	}
	return true;
}

/* Go's ParseFloat takes underscores between digits only; elsewhere they are taken out whatever their place. */
static bool underscores_fit(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '_' && (i == 0 || !count_digits(str_slice(text, i - 1, i), 0) ||
					 !count_digits(str_slice(text, i + 1, i + 2), 0)))
			return false;
	return true;
}

static bool parse_number(struct str text, bool dot_first, struct scalar *out)
{
	char few[128], *plain = few;
	size_t n = 0;
	bool found;

	if (!could_be_number(text) || (dot_first && !underscores_fit(text)))
		return false;
	if (text.n >= sizeof(few) && !(plain = malloc(text.n + 1)))
		abort();
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '_')
			plain[n++] = text.p[i];
	plain[n] = '\0';
	text = str_make(plain, n);
	found = n > 0 && ((!dot_first && parse_integer(text, out)) || parse_float(text, out));
	if (plain != few)
		free(plain);
	return found;
}

struct scalar scalar_resolve(struct str text)
{
	uint8_t hint = text.n ? hints[(unsigned char)text.p[0]] : WORD;
	const struct scalar *word;
	struct scalar scalar = { .kind = SCALAR_STRING };

	if (hint == LETTER)
		return scalar;
	if (text.n == 0)
		return (struct scalar){ .kind = SCALAR_NULL };
	if (hint != DIGIT && (word = find_word(text)))
		return *word;
	if (hint != WORD && !parse_number(text, hint == DOT, &scalar))
		scalar.kind = SCALAR_STRING;
	return scalar;
}

/* -- tags --------------------------------------------------------------------------------------------------------- */

static const struct str tag_prefix = { "tag:yaml.org,2002:", 18 };

/* The dates that explicit timestamps may have: 2001-12-14, with a time behind 'T', 't' or a blank. */
static bool is_timestamp(struct str text)
{
	size_t year = count_digits(text, 0), month, day;

	if (year != 4 || text.n < 8 || text.p[4] != '-')
		return false;
	month = count_digits(text, 5);
	if (month < 1 || month > 2 || 6 + month >= text.n || text.p[5 + month] != '-')
		return false;
	day = count_digits(text, 6 + month);
	text = str_skip(text, 6 + month + day);
	return day >= 1 && day <= 2 && (text.n == 0 || text.p[0] == 'T' || text.p[0] == 't' || text.p[0] == ' ');
}

static const char *const kind_names[] = {
	[SCALAR_STRING] = "str", [SCALAR_NULL] = "null", [SCALAR_BOOL] = "bool", [SCALAR_INT] = "int",
	[SCALAR_UINT] = "int", [SCALAR_FLOAT] = "float", [SCALAR_BINARY] = "binary",
};

int scalar_resolve_tagged(struct str text, struct str tag, struct scalar *out, struct error **err)
{
	struct str name;

	*out = (struct scalar){ .kind = SCALAR_STRING };
	if (!str_starts_with(tag, tag_prefix))
		return 0;
	name = str_skip(tag, tag_prefix.n);
	if (str_is(name, "binary"))
		out->kind = SCALAR_BINARY;
	if (str_is(name, "timestamp") && is_timestamp(text))
		return 0;
	if (!str_is(name, "bool") && !str_is(name, "int") && !str_is(name, "float") && !str_is(name, "null") &&
	    !str_is(name, "timestamp"))
		return 0;
	*out = scalar_resolve(text);
	if (str_is(name, "float") && out->kind == SCALAR_INT)
		*out = (struct scalar){ .kind = SCALAR_FLOAT, .u.number = (double)out->u.integer };
	if (str_equal(name, str_of(kind_names[out->kind])))
		return 0;
	return error_set(err, ERROR_INVALID, "\"" STR_FMT "\" is not a !!" STR_FMT,
			 STR_ARG(str_slice(text, 0, 100)), STR_ARG(name));
}

/* -- values and keys ---------------------------------------------------------------------------------------------- */

/* A float goes through JSON on its way into Kubernetes: one that is printed without a fraction comes back as an
 * integer. */
static void float_value(double d, struct value *out)
{
	struct buf text = { 0 };
	int64_t integer;

	if (fabs(d) < 0x1p53 && d == (double)(int64_t)d) {
		out->type = VALUE_INT;
		out->u.integer = (int64_t)d;
		return;
	}
	out->type = VALUE_FLOAT;
	out->u.number = d;
	if (fabs(d) < 0x1p53 || fabs(d) > 0x1p63)
		return;
	json_encode_double(&text, d);
	if (str_to_int64(buf_str(&text), &integer)) {
		out->type = VALUE_INT;
		out->u.integer = integer;
	}
	buf_free(&text);
}

int scalar_value(const struct scalar *scalar, struct value *out, struct error **err)
{
	switch (scalar->kind) {
	case SCALAR_NULL:
		out->type = VALUE_NULL;
		break;
	case SCALAR_BOOL:
		out->type = VALUE_BOOL;
		out->u.boolean = scalar->u.boolean;
		break;
	case SCALAR_INT:
		out->type = VALUE_INT;
		out->u.integer = scalar->u.integer;
		break;
	case SCALAR_UINT:
		out->type = VALUE_FLOAT;
		out->u.number = (double)scalar->u.natural;
		break;
	case SCALAR_FLOAT:
		if (!isfinite(scalar->u.number))
			return error_set(err, ERROR_INVALID,
					 "infinity and not-a-number have no place in a Kubernetes object");
		float_value(scalar->u.number, out);
		break;
	case SCALAR_STRING:
	case SCALAR_BINARY:
		break;
	}
	return 0;
}

/* As Go prints a float32 with 'g' and the fewest digits that identify it. */
static size_t print_float32(double d, char room[static SCALAR_KEY_MAX])
{
	float narrow = (float)d;
	int digits = 1, exponent, length;
	char *mark;

	if (isnan(d))
		return (size_t)snprintf(room, SCALAR_KEY_MAX, ".nan");
	if (isinf(narrow))
		return (size_t)snprintf(room, SCALAR_KEY_MAX, narrow > 0 ? ".inf" : "-.inf");
	for (; digits < 9; digits++) {
		snprintf(room, SCALAR_KEY_MAX, "%.*e", digits - 1, (double)narrow);
		if (strtof(room, NULL) == narrow)
			break;
	}
	length = snprintf(room, SCALAR_KEY_MAX, "%.*e", digits - 1, (double)narrow);
	mark = memchr(room, 'e', (size_t)length);
	exponent = mark ? atoi(mark + 1) : 0;
	if (exponent >= -4 && exponent < 6)
		length = snprintf(room, SCALAR_KEY_MAX, "%.*f", digits - 1 > exponent ? digits - 1 - exponent : 0,
				  (double)narrow);
	return (size_t)length;
}

int scalar_key(const struct scalar *scalar, char room[static SCALAR_KEY_MAX], struct str *out, struct error **err)
{
	switch (scalar->kind) {
	case SCALAR_BOOL:
		*out = scalar->u.boolean ? STR("true") : STR("false");
		return 0;
	case SCALAR_INT:
		*out = str_make(room, (size_t)snprintf(room, SCALAR_KEY_MAX, "%lld", (long long)scalar->u.integer));
		return 0;
	case SCALAR_FLOAT:
		*out = str_make(room, print_float32(scalar->u.number, room));
		return 0;
	case SCALAR_UINT:
		return error_set(err, ERROR_INVALID, "the key %llu is too large for a number; put it in quotes",
				 (unsigned long long)scalar->u.natural);
	case SCALAR_NULL:
		return error_set(err, ERROR_INVALID,
				 "a key is null; keys must be strings (put it in quotes if the text is meant)");
	case SCALAR_STRING:
	case SCALAR_BINARY:
		break;
	}
	return 0;
}

bool scalar_decode_base64(struct str text, char *out, size_t *length)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t group = 0;
	size_t n = 0, sextets = 0, padding = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		const char *found;

		if (c == '\n' || c == '\r')
			continue;
		if (c == '=') {
			padding++;
			continue;
		}
		found = c ? strchr(alphabet, c) : NULL;
		if (!found || padding)
			return false;
		group = group << 6 | (uint32_t)(found - alphabet);
		sextets++;
		if (sextets % 4 == 0) {
			out[n++] = (char)(group >> 16);
			out[n++] = (char)(group >> 8);
			out[n++] = (char)group;
		}
	}
	if (sextets % 4 == 1 || (sextets % 4 ? 4 - sextets % 4 : 0) != padding)
		return false;
	if (sextets % 4 == 2)
		out[n++] = (char)(group >> 4);
	if (sextets % 4 == 3) {
		out[n++] = (char)(group >> 10);
		out[n++] = (char)(group >> 2);
	}
	*length = n;
	return true;
}

bool yaml_resolve_plain(struct str text, struct value *out, struct error **err)
{
	struct scalar scalar = scalar_resolve(text);
	struct value v = value_null;

	if (scalar.kind == SCALAR_STRING || scalar_value(&scalar, &v, err) < 0)
		return false;
	*out = v;
	return true;
}
