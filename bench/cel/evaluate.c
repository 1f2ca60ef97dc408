/*
 * The five expressions of cases.json in biro: compiled once in Kubernetes' environment, cost counted and limited, the
 * object as it was decoded. Prints "name nanoseconds answer" for each, as the Go program beside it does for cel-go.
 */
#include "base/buf.h"
#include "data/json.h"
#include "lang/cel/cel.h"

#include <time.h>

#define COST_LIMIT 1000000              /* Kubernetes' for one expression */
#define ROUNDS 5
#define ROUND_SECONDS 0.1

struct bench {
	struct arena *arena;            /* of the program; the run has its own */
	struct cel_env *env;
	struct cel_value object;
	struct cel_run run;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int fail(struct error *err)
{
	fprintf(stderr, "evaluate: %s\n", err ? err->message : "it fails");
	return 1;
}

static struct cel_value evaluate(struct bench *bench, const struct cel_program *program)
{
	arena_reset(bench->run.arena);
	bench->run.cost = 0;
	return cel_evaluate(program, &bench->run);
}

static double nanoseconds(struct bench *bench, const struct cel_program *program)
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		for (size_t count = 1000;; count *= 4) {
			double start = now(), took;

			for (size_t i = 0; i < count; i++)
				evaluate(bench, program);
			took = now() - start;
			if (took < ROUND_SECONDS)
				continue;
			if (best == 0 || took * 1e9 / (double)count < best)
				best = took * 1e9 / (double)count;
			break;
		}
	}
	return best;
}

static int measure(struct bench *bench, struct str name, struct str text)
{
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_program *program = cel_compile(bench->arena, bench->env, text, NULL, &err);
	struct cel_value answer;
	double took;

	if (!program)
		return fail(err);
	answer = evaluate(bench, program);
	if (cel_is_error(answer)) {
		error_set(&err, ERROR_INVALID, STR_FMT, STR_ARG(answer.u.error->message));
		return fail(err);
	}
	printf(STR_FMT " ", STR_ARG(name));
	took = nanoseconds(bench, program);
	answer = evaluate(bench, program);
	answer.kind == CEL_STRING ? printf("%.1f " STR_FMT "\n", took, STR_ARG(cel_str(&answer))) :
				    printf("%.1f " STR_FMT "\n", took, STR_ARG(cel_text(bench->run.arena, &answer)));
	return 0;
}

static struct buf read_file(const char *path)
{
	struct buf text = { 0 };
	FILE *file = fopen(path, "rb");
	char block[4096];
	size_t n;

	while (file && (n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add_bytes(&text, block, n);
	if (file)
		fclose(file);
	return text;
}

int main(int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create(), *scratch = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct buf text = read_file(argc > 1 ? argv[1] : "cases.json");
	const struct value *cases = json_parse(arena, buf_str(&text), &err), *list;
	struct bench bench = { .arena = arena, .run = { .arena = scratch, .cost_limit = COST_LIMIT } };
	int status = 0;

	if (!cases)
		return fail(err);
	bench.env = cel_env_create(arena, CEL_KUBERNETES);
	cel_env_add_variable(bench.env, STR("object"), &cel_dyn);
	bench.object = cel_of_data(value_get(cases, STR("object")));
	bench.run.variables = &bench.object;
	list = value_get(cases, STR("expressions"));
	for (size_t i = 0; status == 0 && i < value_count(list); i++)
		status = measure(&bench, value_str(value_get(value_at(list, i), STR("name"))),
				 value_str(value_get(value_at(list, i), STR("expression"))));
	buf_free(&text);
	return status;
}
