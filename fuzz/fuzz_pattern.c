/*
 * A JSON text {pattern, resource}: matches the pattern, holds the two against each other with every operator, and
 * renders the pattern as a template whose variables read the resource.
 */
#include "data/json.h"
#include "policy/kyverno/operator.h"
#include "policy/kyverno/pattern.h"
#include "policy/kyverno/substitute.h"

struct context {
	struct arena *arena;
	const struct value *root;
	uint64_t steps;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum jmespath_status query(void *user, const struct jmespath *program, const struct value **out,
				  struct error **err)
{
	struct context *context = user;
	struct jmespath_context jmespath = {
		.arena = context->arena, .mode = JMESPATH_STRICT, .steps = context->steps, .step_limit = 20000,
	};
	enum jmespath_status status = jmespath_evaluate(program, &jmespath, context->root, out, err);

	context->steps = jmespath.steps;
	return status;
}

static const struct jmespath *compile(void *user, struct str expression, struct error **err)
{
	struct context *context = user;

	/* Each is a step, too: texts may stand for one another for long. */
	if (++context->steps > 20000) {
		error_set(err, ERROR_LIMIT, "enough");
		return NULL;
	}
	return jmespath_compile(context->arena, expression, &jmespath_standard_library, (struct place){ 0 }, err);
}

static void match(struct arena *arena, const struct value *pattern, const struct value *resource)
{
	const struct pattern *compiled = pattern_compile(arena, pattern);
	struct trace trace = { .arena = arena };
	struct pattern_outcome outcome, traced;

	pattern_match(compiled, arena, resource, NULL, &outcome);
	pattern_match(compiled, arena, resource, &trace, &traced);
	if (outcome.status != traced.status || !str_equal(outcome.path, traced.path) ||
	    !str_equal(outcome.message, traced.message))
		abort();
	if ((outcome.status == PATTERN_FAIL) != (outcome.path.n > 0))
		abort();
	pattern_leaf_matches(arena, resource, pattern);
	pattern_leaf_matches(arena, pattern, resource);
}

static void compare(struct arena *arena, const struct value *key, const struct value *value)
{
	for (int i = 0; i <= CONDITION_NEVER; i++) {
		condition_holds(arena, (enum condition_operator)i, key, value);
		condition_holds(arena, (enum condition_operator)i, value, key);
	}
	/* A key that is not null either equals or does not. */
	if (!value_is_null(key) && condition_holds(arena, CONDITION_EQUALS, key, value) ==
				   condition_holds(arena, CONDITION_NOT_EQUALS, key, value))
		abort();
}

static void render(struct arena *arena, const struct value *tree, const struct value *root, bool is_delete)
{
	_cleanup_(error_freep) struct error *err = NULL, *late_err = NULL;
	struct context context = { .arena = arena, .root = root }, late_context = context;
	struct substitution substitution = {
		.arena = arena, .query = query, .compile = compile, .user = &context, .is_delete = is_delete,
	};
	const struct value *out = NULL, *late = NULL;
	const struct template *template = template_compile(arena, tree, STR(""), &jmespath_standard_library, &err);
	enum jmespath_status status;
	size_t count;
	bool all;

	if (!template != !!err)
		abort();
	if (!template)
		return;
	template_roots(template, &count, &all);
	status = template_render(template, &substitution, &out, &err);
	if ((status == JMESPATH_OK) != !err)
		abort();
	substitution.user = &late_context;
	if (template_substitute(tree, STR(""), &substitution, &late, &late_err) != status &&
	    context.steps < 20000 && late_context.steps < 20000)
		abort();
	if (status == JMESPATH_OK && !late_err && !value_equal(out, late))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *input = json_parse(arena, str_make((const char *)data, size), NULL);
	const struct value *pattern = value_field(input, "pattern"), *resource = value_field(input, "resource");

	if (!pattern || !resource)
		return 0;
	match(arena, pattern, resource);
	compare(arena, pattern, resource);
	render(arena, pattern, resource, false);
	render(arena, pattern, resource, true);
	return 0;
}
