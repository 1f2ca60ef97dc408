#include "policy/kyverno/leaf.h"

#include <ctype.h>
#include <math.h>

#include "data/double_text.h"
#include "data/duration.h"
#include "data/glob.h"
#include "policy/kyverno/gotext.h"
#include "policy/kyverno/pattern.h"

const char *const leaf_operator_texts[] = {
	[LEAF_EQUAL] = "", [LEAF_NOT_EQUAL] = "!", [LEAF_MORE] = ">", [LEAF_LESS] = "<", [LEAF_MORE_EQUAL] = ">=",
	[LEAF_LESS_EQUAL] = "<=", [LEAF_IN_RANGE] = "-", [LEAF_NOT_IN_RANGE] = "!-",
};

/* -- ranges ---------------------------------------------------------------------------------------------------- */

/* One end of a range: a sign ('|' counts as one, too), digits, a fraction, a unit. Returns its length or 0. */
static size_t range_end(struct str s)
{
	size_t i = 0, digits;

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+' || s.p[i] == '|'))
		i++;
	digits = i;
	while (i < s.n && isdigit((unsigned char)s.p[i]))
		i++;
	if (i == digits)
		return 0;
	if (i + 1 < s.n && s.p[i] == '.' && isdigit((unsigned char)s.p[i + 1])) {
		i++;
		while (i < s.n && isdigit((unsigned char)s.p[i]))
			i++;
	}
	while (i < s.n && isalpha((unsigned char)s.p[i]))
		i++;
	return i;
}

/* Splits "low-high" or "low!-high". A unit takes every letter it can, so there is one way to split. */
static bool split_range(struct str s, struct str separator, struct str *low, struct str *high)
{
	size_t n = range_end(s);
	struct str rest = str_skip(s, n);

	if (n == 0 || !str_starts_with(rest, separator))
		return false;
	*low = str_slice(s, 0, n);
	*high = str_skip(rest, separator.n);
	return high->n > 0 && range_end(*high) == high->n;
}

static enum leaf_operator split(struct str pattern, struct str *low, struct str *high)
{
	if (pattern.n < 2)
		return LEAF_EQUAL;
	switch (pattern.p[0]) {
	case '>':
		return pattern.p[1] == '=' ? LEAF_MORE_EQUAL : LEAF_MORE;
	case '<':
		return pattern.p[1] == '=' ? LEAF_LESS_EQUAL : LEAF_LESS;
	case '!':
		return LEAF_NOT_EQUAL;
	}
	if (split_range(pattern, STR("!-"), low, high))
		return LEAF_NOT_IN_RANGE;
	if (split_range(pattern, STR("-"), low, high))
		return LEAF_IN_RANGE;
	return LEAF_EQUAL;
}

enum leaf_operator leaf_operator_of(struct str pattern)
{
	struct str low, high;

	return split(pattern, &low, &high);
}

/* -- compiling ------------------------------------------------------------------------------------------------- */

/* Go trims these parts of blanks only, not of tabs. */
static struct str trim_blanks(struct str s)
{
	while (s.n > 0 && s.p[0] == ' ')
		s = str_skip(s, 1);
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

static enum leaf_text text_kind(struct str operand, struct str *literal)
{
	*literal = operand;
	if (!glob_is_pattern(operand))
		return LEAF_TEXT_EXACT;
	if (str_is(operand, "*"))
		return LEAF_TEXT_ANY;
	if (str_is(operand, "?*"))
		return LEAF_TEXT_SOME;
	if (operand.p[operand.n - 1] == '*' && !glob_is_pattern(str_slice(operand, 0, operand.n - 1))) {
		*literal = str_slice(operand, 0, operand.n - 1);
		return LEAF_TEXT_PREFIX;
	}
	if (operand.p[0] == '*' && !glob_is_pattern(str_skip(operand, 1))) {
		*literal = str_skip(operand, 1);
		return LEAF_TEXT_SUFFIX;
	}
	return LEAF_TEXT_GLOB;
}

/* Neither durations nor quantities start otherwise; saves trying to parse every name. */
static bool may_be_number(struct str s)
{
	return s.n > 0 && (isdigit((unsigned char)s.p[0]) || s.p[0] == '-' || s.p[0] == '+' || s.p[0] == '.');
}

static void compile_operand(struct arena *arena, struct str operand, enum leaf_operator operator,
			    struct leaf_atom * atom)
{
	operand = str_trim(operand);
	atom->operator = (uint8_t)operator;
	atom->operand = operand;
	atom->text = (uint8_t)text_kind(operand, &atom->literal);
	if (may_be_number(operand)) {
		atom->has_duration = duration_parse(operand, &atom->duration, NULL) == 0;
		atom->has_quantity = quantity_parse(arena, operand, &atom->quantity, NULL) == 0;
	}
}

/* Appends one or two atoms: both bounds of a range have to hold. At most two. */
static size_t compile_atom(struct arena *arena, struct str condition, struct leaf_atom *atoms)
{
	struct str low, high;
	enum leaf_operator operator = split(condition, &low, &high);

	switch (operator) {
	case LEAF_IN_RANGE:
		compile_operand(arena, low, LEAF_MORE_EQUAL, &atoms[0]);
		compile_operand(arena, high, LEAF_LESS_EQUAL, &atoms[1]);
		return 2;
	case LEAF_NOT_IN_RANGE:
		compile_operand(arena, low, LEAF_LESS, &atoms[0]);
		atoms[0].high = ARENA_NEW(arena, struct leaf_atom);
		compile_operand(arena, high, LEAF_MORE, atoms[0].high);
		atoms[0].operator = LEAF_NOT_IN_RANGE;
		return 1;
	default:
		compile_operand(arena, str_skip(condition, strlen(leaf_operator_texts[operator])), operator, &atoms[0]);
		return 1;
	}
}

void leaf_compile(struct arena *arena, struct str pattern, struct leaf *leaf)
{
	size_t parts = 1;
	struct str any = pattern;
	bool more_any;

	for (size_t i = 0; i < pattern.n; i++)
		parts += pattern.p[i] == '|' || pattern.p[i] == '&';
	leaf->pattern = pattern;
	leaf->count = 0;
	leaf->atoms = arena_array(arena, 2 * parts, sizeof(*leaf->atoms));
	memset(leaf->atoms, 0, 2 * parts * sizeof(*leaf->atoms));
	do {
		struct str all;
		bool more_all;

		more_any = str_cut(any, '|', &all, &any);
		all = trim_blanks(all);
		do {
			struct str one;

			more_all = str_cut(all, '&', &one, &all);
			leaf->count += compile_atom(arena, trim_blanks(one), &leaf->atoms[leaf->count]);
		} while (more_all);
		leaf->atoms[leaf->count - 1].ends_all = true;
	} while (more_any);
}

/* -- matching -------------------------------------------------------------------------------------------------- */

/* The value in the forms that atoms compare; each is made when it is first asked for. */
struct subject {
	struct arena *arena;
	const struct value *value;      /* NULL for null */
	struct str number_text;         /* as given to the parsers of durations and quantities */
	struct str text;                /* as wildcards see it */
	int8_t duration_state, quantity_state; /* 0 not tried, 1 there, -1 none */
	int64_t duration;
	struct quantity quantity;
	char number_space[GO_NUMBER_MAX], text_space[GO_NUMBER_MAX];
};

static struct str number_text(struct subject *subject)
{
	const struct value *v = subject->value;

	if (subject->number_text.p)
		return subject->number_text;
	if (!v)
		subject->number_text = STR("0");
	else if (v->type == VALUE_STRING)
		subject->number_text = value_str(v);
	else if (value_is_number(v))
		subject->number_text = go_number_text_f(v, subject->number_space);
	return subject->number_text;
}

static bool has_duration(struct subject *subject)
{
	const struct value *v = subject->value;

	if (subject->duration_state == 0) {
		subject->duration_state = -1;
		if (!v || (v->type == VALUE_INT && v->u.integer == 0)) {
			subject->duration_state = 1;
		} else if (v->type == VALUE_STRING) {
			/* Other numbers have no unit, which Go asks for. */
			struct str s = value_str(v);

			if (may_be_number(s) && duration_parse(s, &subject->duration, NULL) == 0)
				subject->duration_state = 1;
		}
	}
	return subject->duration_state > 0;
}

static bool has_quantity(struct subject *subject)
{
	const struct value *v = subject->value;

	if (subject->quantity_state == 0) {
		subject->quantity_state = -1;
		if (!v || v->type == VALUE_INT) {
			subject->quantity = quantity_from_int(v ? v->u.integer : 0, QUANTITY_DECIMAL_SI);
			subject->quantity_state = 1;
		} else if (v->type == VALUE_STRING || v->type == VALUE_FLOAT) {
			struct str s = number_text(subject);

			if (may_be_number(s) && quantity_parse(subject->arena, s, &subject->quantity, NULL) == 0)
				subject->quantity_state = 1;
		}
	}
	return subject->quantity_state > 0;
}

static bool order_holds(enum leaf_operator operator, int order)
{
	switch (operator) {
	case LEAF_EQUAL:
		return order == 0;
	case LEAF_NOT_EQUAL:
		return order != 0;
	case LEAF_MORE:
		return order > 0;
	case LEAF_LESS:
		return order < 0;
	case LEAF_MORE_EQUAL:
		return order >= 0;
	case LEAF_LESS_EQUAL:
		return order <= 0;
	default:
		return false;
	}
}

static bool text_of(struct subject *subject, struct str *out)
{
	const struct value *v = subject->value;

	if (!v || v->type == VALUE_ARRAY || v->type == VALUE_OBJECT)
		return false;
	if (!subject->text.p) {
		if (v->type == VALUE_STRING)
			subject->text = v->length ? value_str(v) : STR("");
		else if (v->type == VALUE_BOOL)
			subject->text = v->u.boolean ? STR("true") : STR("false");
		else
			subject->text = go_number_text_e(v, subject->text_space);
	}
	*out = subject->text;
	return true;
}

static bool text_matches(const struct leaf_atom *atom, struct str text)
{
	switch ((enum leaf_text)atom->text) {
	case LEAF_TEXT_EXACT:
		return str_equal(atom->literal, text);
	case LEAF_TEXT_ANY:
		return true;
	case LEAF_TEXT_SOME:
		return text.n > 0;
	case LEAF_TEXT_PREFIX:
		return str_starts_with(text, atom->literal);
	case LEAF_TEXT_SUFFIX:
		return str_ends_with(text, atom->literal);
	case LEAF_TEXT_GLOB:
		break;
	}
	return glob_match(atom->operand, text);
}

static bool compare(const struct leaf_atom *atom, enum leaf_operator operator, struct subject *subject)
{
	struct str text;

	if (atom->has_duration && has_duration(subject))
		return order_holds(operator,(subject->duration > atom->duration) -
						    (subject->duration < atom->duration));
	if (atom->has_quantity && has_quantity(subject))
		return order_holds(operator, quantity_compare(&subject->quantity, &atom->quantity));
	if ((operator != LEAF_EQUAL && operator != LEAF_NOT_EQUAL) || !text_of(subject, &text))
		return false;
	return text_matches(atom, text) == (operator == LEAF_EQUAL);
}

static bool atom_matches(const struct leaf_atom *atom, struct subject *subject)
{
	if (atom->operator == LEAF_NOT_IN_RANGE)
		return compare(atom, LEAF_LESS, subject) || compare(atom->high, LEAF_MORE, subject);
	return compare(atom, (enum leaf_operator)atom->operator, subject);
}

bool leaf_matches(struct arena *arena, const struct leaf *leaf, const struct value *value)
{
	struct subject subject;
	bool all = true;

	if (value_is(value, VALUE_STRING) && str_equal(value_str(value), leaf->pattern))
		return true;
	/* Not the spaces: they are large. */
	subject.arena = arena;
	subject.value = value_is_null(value) ? NULL : value;
	subject.number_text = subject.text = STR_NULL;
	subject.duration_state = subject.quantity_state = 0;
	subject.duration = 0;
	for (size_t i = 0; i < leaf->count; i++) {
		all = all && atom_matches(&leaf->atoms[i], &subject);
		if (leaf->atoms[i].ends_all) {
			if (all)
				return true;
			all = true;
		}
	}
	return false;
}

bool leaf_int_matches(int64_t pattern, const struct value *value)
{
	int64_t parsed;

	if (value_is(value, VALUE_INT))
		return value->u.integer == pattern;
	if (value_is(value, VALUE_FLOAT))
		return value->u.number == trunc(value->u.number) && go_int64_of(value->u.number) == pattern;
	return value_is(value, VALUE_STRING) && str_to_int64(value_str(value), &parsed) && parsed == pattern;
}

bool leaf_float_matches(double pattern, const struct value *value)
{
	double parsed;

	if (value_is(value, VALUE_INT))
		return pattern == trunc(pattern) && go_int64_of(pattern) == value->u.integer;
	if (value_is(value, VALUE_FLOAT))
		return value->u.number == pattern;
	return value_is(value, VALUE_STRING) && double_parse(value_str(value), &parsed) && parsed == pattern;
}

bool leaf_null_matches(const struct value *value)
{
	if (value_is_null(value))
		return true;
	switch ((enum value_type)value->type) {
	case VALUE_INT:
		return value->u.integer == 0;
	case VALUE_FLOAT:
		return value->u.number == 0;
	case VALUE_STRING:
		return value->length == 0;
	case VALUE_BOOL:
		return !value->u.boolean;
	default:
		return false;
	}
}

bool pattern_leaf_matches(struct arena *arena, const struct value *value, const struct value *pattern)
{
	struct leaf leaf;

	if (value_is_null(pattern))
		return leaf_null_matches(value);
	switch ((enum value_type)pattern->type) {
	case VALUE_BOOL:
		return value_is(value, VALUE_BOOL) && value->u.boolean == pattern->u.boolean;
	case VALUE_INT:
		return leaf_int_matches(pattern->u.integer, value);
	case VALUE_FLOAT:
		return leaf_float_matches(pattern->u.number, value);
	case VALUE_OBJECT:
		return value_is(value, VALUE_OBJECT);
	case VALUE_STRING:
		leaf_compile(arena, value_str(pattern), &leaf);
		return leaf_matches(arena, &leaf, value);
	default:
		return false;
	}
}
