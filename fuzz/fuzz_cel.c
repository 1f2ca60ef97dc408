/*
 * Compiles the first line of the input (a backslash and n stand for a newline in it) in every flavour, checked and
 * unchecked, estimates its cost and evaluates it on the JSON text of the rest, or on a document of our own when the rest
 * is none. Whatever the expression is, it gives a value or an error; the cost stops it at most one call late.
 */
#include <stdlib.h>

#include "data/json.h"
#include "lang/cel/cel.h"

#define COST_LIMIT 20000
/* What one call may cost on top: it reads what was paid for before, at worst each part of it against each other one. */
#define ONE_CALL ((uint64_t)COST_LIMIT * COST_LIMIT * 4)

static const char fallback[] =
	"{\"spec\":{\"list\":[1,2.5,\"x\",null,true,[3,[4]],{\"c\":\"d\"}],\"text\":\"h\\u00e9llo\",\"n\":-3},\"quantity\":\"100Mi\","
	"\"numbers\":[3,1,2],\"ip\":\"10.0.0.1\",\"cidr\":\"10.0.0.0/8\",\"version\":\"1.2.3\",\"labels\":{\"a\":\"b\",\"b\":\"c\"},"
	"\"time\":\"2024-02-29T12:00:00Z\",\"url\":\"https://example.com:80/p?a=b\"}";

struct base {
	struct arena *arena;
	struct cel_env *envs[3];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Environments are made once: they are what programs share. */
static const struct base *shared(void)
{
	static struct base base;

	if (base.arena)
		return &base;
	base.arena = arena_create();
	for (int flavour = CEL_PLAIN; flavour <= CEL_KYVERNO; flavour++) {
		struct cel_env *env = cel_env_create(base.arena, (enum cel_flavour)flavour);

		cel_env_add_variable(env, STR("object"), &cel_dyn);
		cel_env_add_variable(env, STR("numbers"), cel_list_of(base.arena, &cel_int));
		cel_env_add_variable(env, STR("labels"), cel_map_of(base.arena, &cel_string, &cel_string));
		cel_env_add_variable(env, STR("a.b"), &cel_string);
		base.envs[flavour] = env;
	}
	return &base;
}

static void evaluate(const struct cel_program *program, const struct value *document, struct regex_cache *regexes)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_value variables[] = {
		cel_of_data(document),
		cel_of_data(value_field(document, "numbers")),
		cel_of_data(value_field(document, "labels")),
		cel_of_str(STR("text")),
	};
	struct cel_run run = {
		.arena = arena, .variables = variables, .regexes = regexes, .now = 1700000000, .cost_limit = COST_LIMIT,
	};
	struct cel_value result = cel_evaluate(program, &run);

	if (run.cost > COST_LIMIT && (result.kind != CEL_ERROR || result.u.error->code != ERROR_LIMIT))
		abort();
	if (run.cost > COST_LIMIT + ONE_CALL)
		abort();
	if (result.kind == CEL_ERROR) {
		struct str source = cel_program_source(program);

		if (!result.u.error->message.n)
			abort();
		cel_caret(arena, source, result.u.error->offset, NULL, NULL);
		return;
	}
	cel_text(arena, &result);
	if (!cel_to_data(arena, &result, &err) != !!err)
		abort();
}

static void compile(const struct cel_env *env, struct str source, const struct value *document, bool no_check)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct cel_compile_options options = { .no_check = no_check };
	const struct cel_program *program = cel_compile(arena, env, source, &options, &err);
	struct regex_cache *regexes;

	if (!program != !!err)
		abort();
	if (!program) {
		cel_compile_hint(arena, env, source);
		return;
	}
	if (!no_check) {
		struct cel_range cost = cel_program_estimate(program);

		if (cost.minimum > cost.maximum)
			abort();
		cel_type_text(arena, cel_program_type(program));
	}
	regexes = regex_cache_create(4);
	evaluate(program, document, regexes);
	evaluate(program, document, regexes);
	regex_cache_destroy(regexes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str input = str_make((const char *)data, size), line, rest;
	const struct base *base = shared();
	const struct value *document;

	str_cut(input, '\n', &line, &rest);
	line = str_replace(arena, line, STR("\\n"), STR("\n"), SIZE_MAX);
	document = rest.n ? json_parse(arena, rest, NULL) : NULL;
	if (!document || document->type != VALUE_OBJECT)
		document = json_parse(arena, str_of(fallback), NULL);
	for (int flavour = CEL_PLAIN; flavour <= CEL_KYVERNO; flavour++)
		compile(base->envs[flavour], line, document, false);
	compile(base->envs[CEL_PLAIN], line, document, true);
	return 0;
}
