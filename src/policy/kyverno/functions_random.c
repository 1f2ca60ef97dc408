/*
 * random(): a text that a regular expression matches. Semantics: github.com/zach-klippenstein/goregen as Kyverno calls
 * it, which reads the pattern as POSIX (no \d, no (?:…), no lazy repetition): `*` and `+` give up to 4,096 copies, a
 * class or alternative is drawn evenly. Only '.' differs: it gives a printable character instead of any code point.
 */
#include <sys/random.h>

#include "base/buf.h"
#include "data/utf8.h"
#include "policy/kyverno/functions_util.h"

#define DEPTH_MAX 200
#define PATTERN_MAX 4096
#define REPEAT_MAX 1000
#define UNBOUNDED 4096
#define RESULT_MAX ((size_t)1024 * 1024)
#define LAST_CHARACTER 0x10ffff

enum node_kind { NOTHING, LITERAL, CLASS, CONCAT, ALTERNATE, REPEAT };

struct range {
	uint32_t first, last;
};

struct node {
	enum node_kind kind;
	uint32_t literal;
	struct range *ranges;           /* CLASS: sorted, apart */
	const struct node **children;   /* CONCAT, ALTERNATE; REPEAT has one */
	size_t count, capacity;
	unsigned minimum, maximum;
	char operator;                  /* REPEAT: '*', '+', '?' or '{' */
	unsigned weight;                /* the most copies that nested {n} ask for */
};

struct parser {
	struct arena *arena;
	struct str text;
	size_t at;
	unsigned depth;
	struct str message;
};

/* -- reading the pattern ------------------------------------------------------------------------------------------- */

static const struct node *parse_alternatives(struct parser *p);

static const struct node *fail(struct parser *p, const char *what, struct str part)
{
	if (p->message.n == 0)
		p->message = str_format(p->arena, "error parsing regexp: %s: `" STR_FMT "`", what, STR_ARG(part));
	return NULL;
}

static struct node *make(struct parser *p, enum node_kind kind)
{
	struct node *node = ARENA_NEW(p->arena, struct node);

	node->kind = kind;
	node->weight = 1;
	return node;
}

static void add_child(struct parser *p, struct node *node, const struct node *child)
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

/* -- classes ------------------------------------------------------------------------------------------------------- */

static const struct {
	struct str name;
	struct range ranges[4];
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

static void add_range(struct parser *p, struct node *class, uint32_t first, uint32_t last)
{
	*ARENA_PUSH(p->arena, class->ranges, class->count, class->capacity) = (struct range){ first, last };
}

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static void merge(struct node *class)
{
	size_t n = 0;

	if (class->count > 1)
		qsort(class->ranges, class->count, sizeof(*class->ranges), by_first);
	for (size_t i = 0; i < class->count; i++) {
		struct range range = class->ranges[i];

		if (n > 0 && range.first <= class->ranges[n - 1].last + 1) {
			if (range.last > class->ranges[n - 1].last)
				class->ranges[n - 1].last = range.last;
		} else {
			class->ranges[n++] = range;
		}
	}
	class->count = n;
}

static void complement(struct parser *p, struct node *class)
{
	struct node *out = make(p, CLASS);
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
static int take_named(struct parser *p, struct node *class)
{
	struct str rest = str_skip(p->text, p->at), name;
	struct node *named;
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
		named = make(p, CLASS);
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
static bool take_class_range(struct parser *p, size_t class_start, struct node *class)
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

static const struct node *parse_class(struct parser *p)
{
	size_t start = p->at++;
	struct node *class = make(p, CLASS);
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

/* -- repetition and groups ----------------------------------------------------------------------------------------- */

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
static bool take_counts(struct parser *p, struct node *repeat, bool *found)
{
	size_t start = p->at++;

	*found = false;
	if (take_count(p, &repeat->minimum)) {
		repeat->maximum = repeat->minimum;
		*found = here(p) == '}';
		if (here(p) == ',') {
			p->at++;
			repeat->maximum = UNBOUNDED;
			*found = here(p) == '}' || (take_count(p, &repeat->maximum) && here(p) == '}');
			if (*found && p->text.p[p->at - 1] == ',')
				repeat->maximum = UNBOUNDED;
		}
	}
	if (!*found) {
		p->at = start;
		return true;
	}
	p->at++;
	if (repeat->minimum > REPEAT_MAX || (repeat->maximum > REPEAT_MAX && repeat->maximum != UNBOUNDED) ||
	    repeat->minimum > repeat->maximum) {
		fail(p, "invalid repeat count", str_slice(p->text, start, p->at));
		return false;
	}
	return true;
}

/* The repetition operator here, if there is one; *found says. */
static bool take_operator(struct parser *p, struct node *repeat, bool *found)
{
	char c = here(p);

	*found = c == '*' || c == '+' || c == '?';
	repeat->operator = c;
	if (c == '{')
		return take_counts(p, repeat, found);
	if (*found) {
		repeat->minimum = c == '+';
		repeat->maximum = c == '?' ? 1 : UNBOUNDED;
		p->at++;
	}
	return true;
}

/* Of two operators in a row, "**" is "*", and two different ones are "*" too. */
static const struct node *squash(struct node *repeat, const struct node *inner)
{
	if (repeat->operator == inner->operator)
		return inner;
	repeat->operator = '*';
	repeat->minimum = 0;
	repeat->maximum = UNBOUNDED;
	repeat->children = inner->children;
	repeat->count = 1;
	return repeat;
}

static const struct node *parse_repeats(struct parser *p, const struct node *atom)
{
	for (;;) {
		struct node *repeat = make(p, REPEAT);
		size_t start = p->at;
		bool found;

		if (!take_operator(p, repeat, &found))
			return NULL;
		if (!found)
			return atom;
		if (repeat->operator != '{' && atom->kind == REPEAT && atom->operator != '{') {
			atom = squash(repeat, atom);
			continue;
		}
		add_child(p, repeat, atom);
		if (repeat->operator == '{') {
			unsigned copies = repeat->maximum == UNBOUNDED ? repeat->minimum : repeat->maximum;

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

static const struct node *parse_group(struct parser *p)
{
	const struct node *inner;

	p->at++;
	inner = parse_alternatives(p);
	if (inner && here(p) != ')')
		return fail(p, "missing closing )", p->text);
	p->at++;
	return inner;
}

static const struct node *parse_atom(struct parser *p)
{
	struct node *node;
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
		return make(p, NOTHING);
	case '.':
		p->at++;
		node = make(p, CLASS);
		add_range(p, node, ' ', '~');
		return node;
	case '*':
	case '+':
	case '?':
	case '{':
		node = make(p, REPEAT);
		if (!take_operator(p, node, &found))
			return NULL;
		if (found)
			return fail(p, "missing argument to repetition operator", str_slice(p->text, start, p->at));
		break;
	default:
		break;
	}
	node = make(p, LITERAL);
	if (here(p) == '\\')
		return take_escape(p, &node->literal) ? node : NULL;
	node->literal = take_char(p);
	return node;
}

static const struct node *parse_sequence(struct parser *p)
{
	struct node *sequence = make(p, CONCAT);

	while (more(p) && here(p) != '|' && here(p) != ')') {
		unsigned depth = p->depth;
		const struct node *atom = parse_atom(p);

		if (atom)
			atom = parse_repeats(p, atom);
		if (!atom)
			return NULL;
		p->depth = depth;
		add_child(p, sequence, atom);
	}
	return sequence;
}

static const struct node *parse_alternatives(struct parser *p)
{
	struct node *alternatives = make(p, ALTERNATE);
	const struct node *sequence;

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

/* -- making a text ------------------------------------------------------------------------------------------------- */

struct maker {
	struct buf out;
	uint64_t state;
	size_t steps;
};

/* xorshift64*: nobody's secrets depend on it, Kyverno's generator is of the same family. */
static uint64_t draw(struct maker *m, uint64_t below)
{
	m->state ^= m->state >> 12;
	m->state ^= m->state << 25;
	m->state ^= m->state >> 27;
	return (m->state * UINT64_C(2685821657736338717) >> 11) % below;
}

static void draw_class(struct maker *m, const struct node *class)
{
	uint64_t total = 0, chosen;
	char bytes[4];

	for (size_t i = 0; i < class->count; i++)
		total += class->ranges[i].last - class->ranges[i].first + 1;
	chosen = draw(m, total);
	for (size_t i = 0; i < class->count; i++) {
		uint64_t size = class->ranges[i].last - class->ranges[i].first + 1;

		if (chosen < size) {
			buf_add_bytes(&m->out, bytes, utf8_encode(class->ranges[i].first + (uint32_t)chosen, bytes));
			return;
		}
		chosen -= size;
	}
}

/* False when the text or the work grows too large. The depth is the parser's. */
static bool generate(struct maker *m, const struct node *node)
{
	char bytes[4];
	uint64_t times;

	if (m->out.n > RESULT_MAX || ++m->steps > 4 * RESULT_MAX)
		return false;
	switch (node->kind) {
	case NOTHING:
		return true;
	case LITERAL:
		buf_add_bytes(&m->out, bytes, utf8_encode(node->literal, bytes));
		return true;
	case CLASS:
		draw_class(m, node);
		return true;
	case ALTERNATE:
		return generate(m, node->children[node->count > 1 ? draw(m, node->count) : 0]);
	case CONCAT:
		for (size_t i = 0; i < node->count; i++)
			if (!generate(m, node->children[i]))
				return false;
		return true;
	case REPEAT:
		times = node->minimum + draw(m, node->maximum - node->minimum + 1);
		for (; times > 0; times--)
			if (!generate(m, node->children[0]))
				return false;
		return true;
	}
	return true;
}

const struct value *function_random(struct jmespath_call *call)
{
	struct parser p = { .arena = call->context->arena, .text = argument_str(call, 0) };
	const struct node *root;
	const struct value *result;
	struct maker m = { 0 };

	if (p.text.n == 0)
		return jmespath_fail(call, "no pattern provided");
	if (p.text.n > PATTERN_MAX)
		return function_fail(call, "a pattern may have at most %d bytes", PATTERN_MAX);
	root = parse_alternatives(&p);
	if (root && more(&p))
		root = fail(&p, "unexpected )", p.text);
	if (!root)
		return jmespath_fail(call, STR_FMT, STR_ARG(p.message));
	if (getrandom(&m.state, sizeof(m.state), 0) != (ssize_t)sizeof(m.state) || m.state == 0)
		m.state = (uint64_t)(uintptr_t)root | 1;
	result = generate(&m, root) ? str_result(call, str_dup(call->context->arena, buf_str(&m.out)))
				    : function_fail(call, "the pattern gives more than %zu bytes", RESULT_MAX);
	buf_free(&m.out);
	return result;
}
