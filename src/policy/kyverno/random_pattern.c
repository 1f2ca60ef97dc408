#include "policy/kyverno/random_pattern.h"

#include "data/utf8.h"

#define DEPTH_MAX 200
#define REPEAT_MAX 1000
#define LAST_CHARACTER 0x10ffff

struct parser {
	struct arena *arena;
	struct str text;
	size_t at;
	unsigned depth;
	struct str message;
};

/*
 * -- reading the pattern
 * -----------------------------------------------------------------------------------------
 */

static const struct random_node *parse_alternatives(struct parser *p);

static const struct random_node *fail(struct parser *p, const char *what, struct str part)
{
	if (p->message.n == 0)
		p->message = str_format(p->arena, "error parsing regexp: %s: `" STR_FMT "`", what, STR_ARG(part));
	return NULL;
}

static struct random_node *make(struct parser *p, enum random_kind kind)
{
	struct random_node *node = ARENA_NEW(p->arena, struct random_node);

	node->kind = kind;
	node->weight = 1;
	return node;
}

static void add_child(struct parser *p, struct random_node *node, const struct random_node *child)
{
	*ARENA_PUSH(p->arena, node->children, node->count, node->capacity) = child;
	if (child->weight > node->weight)
		node->weight = child->weight;
}

static bool more(const struct parser *p)
{
	return p->at < p->text.n;
}

static char here(const struct parser *p)
{
	return more(p) ? p->text.p[p->at] : '\0';
}

static uint32_t take_char(struct parser *p)
{
	size_t width;
	uint32_t c = utf8_decode(p->text.p + p->at, p->text.n - p->at, &width);

	p->at += width;
	return c;
}

static int hex_digit(uint32_t c)
{
	return c >= '0' && c <= '9' ? (int)c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (int)(c | 32) - 'a' + 10 : -1;
}

/* \x41 or \x{1F600}, behind the x. */
static bool take_hex(struct parser *p, uint32_t *out)
{
	bool brace = here(p) == '{';
	int digits = 0;

	*out = 0;
	p->at += brace;
	while (more(p) && digits < (brace ? 8 : 2)) {
		int digit = hex_digit((unsigned char)here(p));

		if (digit < 0)
			break;
		*out = *out * 16 + (uint32_t)digit;
		p->at++;
		digits++;
	}
	if (!brace)
		return digits == 2;
	if (here(p) != '}' || digits == 0 || *out > LAST_CHARACTER)
		return false;
	p->at++;
	return true;
}

static bool take_escape(struct parser *p, uint32_t *out)
{
	static const char letters[] = "afnrtv", meanings[] = "\a\f\n\r\t\v";
	size_t start = p->at++;
	const char *letter;
	uint32_t c;

	if (!more(p)) {
		fail(p, "trailing backslash at end of expression", STR_NULL);
		return false;
	}
	c = take_char(p);
	letter = c && c < 0x80 ? strchr(letters, (int)c) : NULL;
	if (letter) {
		*out = (unsigned char)meanings[letter - letters];
		return true;
	}
	if (c == 'x' && take_hex(p, out))
		return true;
	if (c == '0' || (c >= '1' && c <= '7' && here(p) >= '0' && here(p) <= '7')) {
		*out = c - '0';
		for (int i = 0; i < 2 && here(p) >= '0' && here(p) <= '7'; i++)
			*out = *out * 8 + (uint32_t)(p->text.p[p->at++] - '0');
		return true;
	}
	if (c < 0x80 && hex_digit(c) < 0 && !((c | 32) >= 'a' && (c | 32) <= 'z')) {
		*out = c;
		return true;
	}
	fail(p, "invalid escape sequence", str_slice(p->text, start, p->at));
	return false;
}

/*
 * -- classes
 * -----------------------------------------------------------------------------------------------------
 */

static const struct {
	struct str name;
	struct random_range ranges[4];
} named_classes[] = {
	{ STR("alnum"), { { '0', '9' }, { 'A', 'Z' }, { 'a', 'z' } } },
	{ STR("alpha"), { { 'A', 'Z' }, { 'a', 'z' } } },
	{ STR("ascii"), { { 0, 0x7f } } },
	{ STR("blank"), { { '\t', '\t' }, { ' ', ' ' } } },
	{ STR("cntrl"), { { 0, 0x1f }, { 0x7f, 0x7f } } },
	{ STR("digit"), { { '0', '9' } } },
	{ STR("graph"), { { '!', '~' } } },
	{ STR("lower"), { { 'a', 'z' } } },
	{ STR("print"), { { ' ', '~' } } },
	{ STR("punct"), { { '!', '/' }, { ':', '@' }, { '[', '`' }, { '{', '~' } } },
	{ STR("space"), { { '\t', '\r' }, { ' ', ' ' } } },
	{ STR("upper"), { { 'A', 'Z' } } },
	{ STR("word"), { { '0', '9' }, { 'A', 'Z' }, { '_', '_' }, { 'a', 'z' } } },
	{ STR("xdigit"), { { '0', '9' }, { 'A', 'F' }, { 'a', 'f' } } },
};

static void add_range(struct parser *p, struct random_node *class, uint32_t first, uint32_t last)
{
	*ARENA_PUSH(p->arena, class->ranges, class->count, class->capacity) = (struct random_range){ first, last };
}

static int by_first(const void *a, const void *b)
{
	const struct random_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void merge(struct random_node *class)
{
	size_t n = 0;

	if (class->count > 1)
		qsort(class->ranges, class->count, sizeof(*class->ranges), by_first);
	for (size_t i = 0; i < class->count; i++) {
		struct random_range range = class->ranges[i];

		if (n > 0 && range.first <= class->ranges[n - 1].last + 1) {
			if (range.last > class->ranges[n - 1].last)
				class->ranges[n - 1].last = range.last;
		} else {
			class->ranges[n++] = range;
		}
	}
	class->count = n;
}

static void complement(struct parser *p, struct random_node *class)
{
	struct random_node *out = make(p, RANDOM_CLASS);
	uint32_t next = 0;

	for (size_t i = 0; i < class->count; i++) {
		if (class->ranges[i].first > next)
			add_range(p, out, next, class->ranges[i].first - 1);
		next = class->ranges[i].last + 1;
	}
	if (next <= LAST_CHARACTER)
		add_range(p, out, next, LAST_CHARACTER);
	*class = *out;
}

/* "[:alpha:]" and "[:^alpha:]" here: 1; something else: 0; an unknown name: -1. */
static int take_named(struct parser *p, struct random_node *class)
{
	struct str rest = str_skip(p->text, p->at), name;
	struct random_node *named;
	size_t end;
	bool negated;

	if (!str_starts_with(rest, STR("[:")) || (end = str_find(rest, STR(":]"), 2)) == STR_NOT_FOUND)
		return 0;
	name = str_slice(rest, 2, end);
	negated = name.n > 0 && name.p[0] == '^';
	name = str_skip(name, negated);
	for (size_t i = 0; i < sizeof(named_classes) / sizeof(*named_classes); i++) {
		if (!str_equal(named_classes[i].name, name))
			continue;
		named = make(p, RANDOM_CLASS);
		for (size_t k = 0; k < 4 && (k == 0 || named_classes[i].ranges[k].last); k++)
			add_range(p, named, named_classes[i].ranges[k].first, named_classes[i].ranges[k].last);
		if (negated)
			complement(p, named);
		for (size_t k = 0; k < named->count; k++)
			add_range(p, class, named->ranges[k].first, named->ranges[k].last);
		p->at += end + 2;
		return 1;
	}
	fail(p, "invalid character class range", str_slice(rest, 0, end + 2));
	return -1;
}

static bool take_class_char(struct parser *p, size_t class_start, uint32_t *out)
{
	if (!more(p)) {
		fail(p, "missing closing ]", str_skip(p->text, class_start));
		return false;
	}
	if (here(p) == '\\')
		return take_escape(p, out);
	*out = take_char(p);
	return true;
}

/* One character or range of a class. */
static bool take_class_range(struct parser *p, size_t class_start, struct random_node *class)
{
	size_t start = p->at;
	uint32_t first, last;

	if (!take_class_char(p, class_start, &first))
		return false;
	last = first;
	if (p->at + 1 < p->text.n && here(p) == '-' && p->text.p[p->at + 1] != ']') {
		p->at++;
		if (!take_class_char(p, class_start, &last))
			return false;
		if (last < first) {
			fail(p, "invalid character class range", str_slice(p->text, start, p->at));
			return false;
		}
	}
	add_range(p, class, first, last);
	return true;
}

static const struct random_node *parse_class(struct parser *p)
{
	size_t start = p->at++;
	struct random_node *class = make(p, RANDOM_CLASS);
	bool negated = here(p) == '^', first = true;

	p->at += negated;
	/* A negated class of POSIX does not match the end of a line. */
	if (negated)
		add_range(p, class, '\n', '\n');
	for (; !more(p) || here(p) != ']' || first; first = false) {
		int named;

		if (here(p) == '-' && !first && p->at + 1 < p->text.n && p->text.p[p->at + 1] != ']')
			return fail(p, "invalid character class range", str_slice(p->text, p->at, p->at + 2));
		named = take_named(p, class);
		if (named < 0 || (named == 0 && !take_class_range(p, start, class)))
			return NULL;
	}
	p->at++;
	merge(class);
	if (negated)
		complement(p, class);
	/* A zero byte is never wanted. */
	if (class->count > 0 && class->ranges[0].first == 0)
		class->ranges[0].first = 1;
	if (class->count == 0 || class->ranges[0].last == 0)
		return fail(p, "empty character class", str_slice(p->text, start, p->at));
	return class;
}

/*
 * -- repetition and groups
 * ---------------------------------------------------------------------------------------
 */

/* The number here, at most REPEAT_MAX + 1; false when there is none. */
static bool take_count(struct parser *p, unsigned *out)
{
	size_t start = p->at;

	*out = 0;
	while (here(p) >= '0' && here(p) <= '9') {
		*out = *out * 10 + (unsigned)(here(p) - '0');
		if (*out > REPEAT_MAX)
			*out = REPEAT_MAX + 1;
		p->at++;
	}
	/* "007" is no count. */
	return p->at > start && !(p->text.p[start] == '0' && p->at > start + 1);
}

/* {n}, {n,} or {n,m} here. What looks otherwise is plain text: *found stays false and nothing is taken. */
static bool take_counts(struct parser *p, struct random_node *repeat, bool *found)
{
	size_t start = p->at++;

	*found = false;
	if (take_count(p, &repeat->minimum)) {
		repeat->maximum = repeat->minimum;
		*found = here(p) == '}';
		if (here(p) == ',') {
			p->at++;
			repeat->maximum = RANDOM_UNBOUNDED;
			*found = here(p) == '}' || (take_count(p, &repeat->maximum) && here(p) == '}');
			if (*found && p->text.p[p->at - 1] == ',')
				repeat->maximum = RANDOM_UNBOUNDED;
		}
	}
	if (!*found) {
		p->at = start;
		return true;
	}
	p->at++;
	if (repeat->minimum > REPEAT_MAX || (repeat->maximum > REPEAT_MAX && repeat->maximum != RANDOM_UNBOUNDED) ||
	    repeat->minimum > repeat->maximum) {
		fail(p, "invalid repeat count", str_slice(p->text, start, p->at));
		return false;
	}
	return true;
}

/* The repetition operator here, if there is one; *found says. */
static bool take_operator(struct parser *p, struct random_node *repeat, bool *found)
{
	char c = here(p);

	*found = c == '*' || c == '+' || c == '?';
	repeat->sign = c;
	if (c == '{')
		return take_counts(p, repeat, found);
	if (*found) {
		repeat->minimum = c == '+';
		repeat->maximum = c == '?' ? 1 : RANDOM_UNBOUNDED;
		p->at++;
	}
	return true;
}

/* Of two operators in a row, "**" is "*", and two different ones are "*" too. */
static const struct random_node *squash(struct random_node *repeat, const struct random_node *inner)
{
	if (repeat->sign == inner->sign)
		return inner;
	repeat->sign = '*';
	repeat->minimum = 0;
	repeat->maximum = RANDOM_UNBOUNDED;
	repeat->children = inner->children;
	repeat->count = 1;
	return repeat;
}

static const struct random_node *parse_repeats(struct parser *p, const struct random_node *atom)
{
	for (;;) {
		struct random_node *repeat = make(p, RANDOM_REPEAT);
		size_t start = p->at;
		bool found;

		if (!take_operator(p, repeat, &found))
			return NULL;
		if (!found)
			return atom;
		if (repeat->sign != '{' && atom->kind == RANDOM_REPEAT && atom->sign != '{') {
			atom = squash(repeat, atom);
			continue;
		}
		add_child(p, repeat, atom);
		if (repeat->sign == '{') {
			unsigned copies = repeat->maximum == RANDOM_UNBOUNDED ? repeat->minimum : repeat->maximum;

			repeat->weight = copies ? repeat->weight * copies : 1;
			if (repeat->weight > REPEAT_MAX)
				return fail(p, "invalid repeat count", str_slice(p->text, start, p->at));
		}
		atom = repeat;
		/* Towers of operators are as deep as towers of groups. */
		if (++p->depth > DEPTH_MAX)
			return fail(p, "expression nests too deeply", p->text);
	}
}

static const struct random_node *parse_group(struct parser *p)
{
	const struct random_node *inner;

	p->at++;
	inner = parse_alternatives(p);
	if (inner && here(p) != ')')
		return fail(p, "missing closing )", p->text);
	p->at++;
	return inner;
}

static const struct random_node *parse_atom(struct parser *p)
{
	struct random_node *node;
	size_t start = p->at;
	bool found;

	switch (here(p)) {
	case '(':
		return parse_group(p);
	case '[':
		return parse_class(p);
	case '^':
	case '$':
		p->at++;
		return make(p, RANDOM_NOTHING);
	case '.':
		p->at++;
		node = make(p, RANDOM_CLASS);
		add_range(p, node, ' ', '~');
		return node;
	case '*':
	case '+':
	case '?':
	case '{':
		node = make(p, RANDOM_REPEAT);
		if (!take_operator(p, node, &found))
			return NULL;
		if (found)
			return fail(p, "missing argument to repetition operator", str_slice(p->text, start, p->at));
		break;
	default:
		break;
	}
	node = make(p, RANDOM_LITERAL);
	if (here(p) == '\\')
		return take_escape(p, &node->literal) ? node : NULL;
	node->literal = take_char(p);
	return node;
}

static const struct random_node *parse_sequence(struct parser *p)
{
	struct random_node *sequence = make(p, RANDOM_CONCAT);

	while (more(p) && here(p) != '|' && here(p) != ')') {
		unsigned depth = p->depth;
		const struct random_node *atom = parse_atom(p);

		if (atom)
			atom = parse_repeats(p, atom);
		if (!atom)
			return NULL;
		p->depth = depth;
		add_child(p, sequence, atom);
	}
	return sequence;
}

static const struct random_node *parse_alternatives(struct parser *p)
{
	struct random_node *alternatives = make(p, RANDOM_ALTERNATE);
	const struct random_node *sequence;

	if (++p->depth > DEPTH_MAX)
		return fail(p, "expression nests too deeply", p->text);
	for (;;) {
		sequence = parse_sequence(p);
		if (!sequence)
			return NULL;
		add_child(p, alternatives, sequence);
		if (here(p) != '|')
			break;
		p->at++;
	}
	p->depth--;
	return alternatives;
}

const struct random_node *random_pattern_parse(struct arena *arena, struct str pattern, struct str *message)
{
	struct parser p = { .arena = arena, .text = pattern };
	const struct random_node *root = parse_alternatives(&p);

	if (root && more(&p))
		root = fail(&p, "unexpected )", p.text);
	*message = p.message;
	return root;
}
