/* Evaluation: the start and the end of it, limits, errors, constants and variables. */
#include <math.h>

#include "lang/cel/plan.h"

/* Nodes in nodes, over all evaluations that are inside one another; each takes some hundred bytes of the stack. */
#define DEPTH_MAX 6000
/* Programs with more locals have them in the arena. */
#define LOCALS 16

static const struct cel_failure cost_failure = {
	.message = { "operation cancelled: actual cost limit exceeded", 47 },
	.code = ERROR_LIMIT,
};
static const struct cel_failure depth_failure = {
	.message = { "operation cancelled: nested too deeply", 38 },
	.code = ERROR_LIMIT,
};
static const struct cel_failure memory_failure = {
	.message = { "operation cancelled: memory limit exceeded", 42 },
	.code = ERROR_LIMIT,
};

static struct cel_value stopped(const struct cel_failure *failure)
{
	return (struct cel_value){ .kind = CEL_ERROR, .u.error = failure };
}

bool run_within_limits(struct cel_run *run, struct cel_value *out)
{
	if (run->cost_limit && run->cost > run->cost_limit) {
		*out = stopped(&cost_failure);
		return false;
	}
	if (arena_used(run->arena) - run->memory > CEL_MEMORY_MAX) {
		*out = stopped(&memory_failure);
		return false;
	}
	return true;
}

struct cel_value cel_evaluate(const struct cel_program *program, struct cel_run *run)
{
	struct cel_value locals[LOCALS], *outer = run->locals, out;
	uint32_t offset = run->offset;
	const void *prepared = run->prepared;
	bool newest = run->newest;

	if (run->depth + program->depth > DEPTH_MAX)
		return stopped(&depth_failure);
	if (run->depth == 0)
		run->memory = arena_used(run->arena);
	run->depth += program->depth;
	run->newest = program->newest;
	run->locals = program->local_count <= LOCALS
			      ? locals
			      : arena_array(run->arena, program->local_count, sizeof(*run->locals));
	node_run(program->node, run, &out);
	if (run->cost_limit && run->cost > run->cost_limit)
		out = stopped(&cost_failure);
	run->locals = outer;
	run->depth -= program->depth;
	run->offset = offset;
	run->prepared = prepared;
	run->newest = newest;
	return out;
}

/* -- errors ---------------------------------------------------------------------------------------------------- */

struct cel_value fail_at(struct cel_run *run, uint32_t offset, struct str message)
{
	run->offset = offset;
	return cel_fail(run, STR_FMT, STR_ARG(message));
}

const char *go_type(const struct cel_value *v)
{
	static const char *const names[] = {
		[CEL_NULL] = "types.Null",
		[CEL_BOOL] = "types.Bool",
		[CEL_INT] = "types.Int",
		[CEL_UINT] = "types.Uint",
		[CEL_DOUBLE] = "types.Double",
		[CEL_STRING] = "types.String",
		[CEL_BYTES] = "types.Bytes",
		[CEL_TIMESTAMP] = "types.Timestamp",
		[CEL_DURATION] = "types.Duration",
		[CEL_LIST] = "*types.baseList",
		[CEL_MAP] = "*types.baseMap",
		[CEL_TYPE] = "*types.Type",
		[CEL_OPTIONAL] = "*types.Optional",
		[CEL_STRUCT] = "*types.protoObj",
		[CEL_OBJECT] = "ref.Val",
		[CEL_ERROR] = "*types.Err",
	};

	return v->kind < sizeof(names) / sizeof(*names) ? names[v->kind] : "ref.Val";
}

/* Go's %v of a float64: the shortest text that reads back, with an exponent below 1e-4 and from 1e21 on. */
static struct str double_text(struct arena *arena, double d)
{
	char digits[40];
	int precision = 0;

	if (isnan(d))
		return STR("NaN");
	if (isinf(d))
		return d < 0 ? STR("-Inf") : STR("+Inf");
	do
		snprintf(digits, sizeof(digits), "%.*e", precision, d);
	while (strtod(digits, NULL) != d && ++precision < 17);
	if (fabs(d) < 1e21 && (fabs(d) >= 1e-4 || d == 0)) {
		int exponent = atoi(strchr(digits, 'e') + 1), decimals = precision - exponent;

		return str_format(arena, "%.*f", decimals > 0 ? decimals : 0, d);
	}
	return str_dup(arena, str_of(digits));
}

struct str key_text(struct arena *arena, const struct cel_value *key)
{
	switch (key->kind) {
	case CEL_STRING:
		return cel_str(key);
	case CEL_INT:
		return str_format(arena, "%lld", (long long)key->u.integer);
	case CEL_UINT:
		return str_format(arena, "%llu", (unsigned long long)key->u.uinteger);
	case CEL_DOUBLE:
		return double_text(arena, key->u.number);
	case CEL_BOOL:
		return key->u.boolean ? STR("true") : STR("false");
	default:
		return cel_text(arena, key);
	}
}

struct cel_value fail_overload(struct cel_run *run, struct str name, const struct cel_value *arguments, size_t count)
{
	struct str types = STR("");

	for (size_t i = 0; i < count; i++)
		types = str_format(run->arena, STR_FMT "%s" STR_FMT, STR_ARG(types), i ? ", " : "",
				   STR_ARG(cel_type_of(&arguments[i])->name));
	return cel_fail(run, "no such overload: " STR_FMT "(" STR_FMT ")", STR_ARG(name), STR_ARG(types));
}

/* -- costs ----------------------------------------------------------------------------------------------------- */

uint64_t cost_of_pair(const struct cel_value *a, const struct cel_value *b)
{
	uint64_t x, y;

	/* Short strings are common: they need not be counted in characters. */
	if (a->kind == CEL_STRING && b->kind == CEL_STRING && a->length - 1 < 10)
		return b->length > 0;
	x = cel_size(a);
	y = cel_size(b);
	if (y < x)
		x = y;
	return x / 10 + (x % 10 != 0);
}

uint64_t cost_with_errors(cel_function_cost *cost, const struct cel_value *arguments, size_t count)
{
	struct cel_value plain[2] = { cel_of_null(), cel_of_null() }, result = cel_of_null();

	if (!cost || count > 2)
		return 1;
	/* A null has the size of an error. */
	for (size_t i = 0; i < count; i++)
		if (!cel_is_error(arguments[i]))
			plain[i] = arguments[i];
	return cost(plain, count, &result);
}

/* -- leaves ---------------------------------------------------------------------------------------------------- */

void evaluate_constant(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	(void)run;
	cel_copy(out, &((const struct node_constant *)node)->value);
}

void evaluate_known(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_constant *known = (const struct node_constant *)node;

	run->cost += known->cost;
	cel_copy(out, &known->value);
}

void evaluate_failure(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_constant *failure = (const struct node_constant *)node;

	run->cost += failure->cost;
	*out = fail_at(run, node->offset, cel_str(&failure->value));
}
