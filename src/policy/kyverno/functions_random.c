/*
 * random(): a text that a regular expression matches. Semantics: github.com/zach-klippenstein/goregen as
 * Kyverno calls it: `*` and `+` give up to 4,096 copies, a class or alternative is drawn evenly. Only '.'
 * differs: it gives a printable character instead of any code point.
 */
#include <sys/random.h>

#include "base/buf.h"
#include "data/utf8.h"
#include "policy/kyverno/functions_core.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/random_pattern.h"

#define RESULT_MAX ((size_t)1024 * 1024)

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
	return below ? (m->state * UINT64_C(2685821657736338717) >> 11) % below : 0;
}

static void draw_class(struct maker *m, const struct random_node *class)
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
static bool generate(struct maker *m, const struct random_node *node)
{
	char bytes[4];
	uint64_t times;

	if (m->out.n > RESULT_MAX || ++m->steps > 4 * RESULT_MAX)
		return false;
	switch (node->kind) {
	case RANDOM_NOTHING:
		return true;
	case RANDOM_LITERAL:
		buf_add_bytes(&m->out, bytes, utf8_encode(node->literal, bytes));
		return true;
	case RANDOM_CLASS:
		draw_class(m, node);
		return true;
	case RANDOM_ALTERNATE:
		return generate(m, node->children[node->count > 1 ? draw(m, node->count) : 0]);
	case RANDOM_CONCAT:
		for (size_t i = 0; i < node->count; i++)
			if (!generate(m, node->children[i]))
				return false;
		return true;
	case RANDOM_REPEAT:
		times = node->minimum + draw(m, node->maximum - node->minimum + 1);
		for (; times > 0; times--)
			if (!generate(m, node->children[0]))
				return false;
		return true;
	}
	return true;
}

bool random_text(struct arena *arena, struct str pattern, struct str *out, struct error **err)
{
	const struct random_node *root;
	struct maker m = { 0 };
	struct str message;
	bool ok;

	root = random_pattern_parse(arena, pattern, &message);
	if (!root) {
		error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(message));
		return false;
	}
	if (getrandom(&m.state, sizeof(m.state), 0) != (ssize_t)sizeof(m.state) || m.state == 0)
		m.state = (uint64_t)(uintptr_t)root | 1;
	ok = generate(&m, root);
	*out = str_dup(arena, buf_str(&m.out));
	buf_free(&m.out);
	if (!ok)
		error_set(err, ERROR_LIMIT, "the pattern gives more than %zu bytes", RESULT_MAX);
	return ok;
}

const struct value *function_random(struct jmespath_call *call)
{
	struct str pattern = argument_str(call, 0), text;
	struct error *error = NULL;

	if (pattern.n == 0)
		return jmespath_fail(call, "no pattern provided");
	if (pattern.n > RANDOM_PATTERN_MAX)
		return function_fail(call, "a pattern may have at most %d bytes", RANDOM_PATTERN_MAX);
	if (!random_text(call->context->arena, pattern, &text, &error))
		return function_pass_error(call, error, error->code == ERROR_LIMIT);
	return str_result(call, text);
}
