/* Calls of functions. */
#include "lang/cel/plan.h"

/* More arguments than this are in the arena. */
#define ARGUMENTS 6

static bool same_name(const struct cel_type *parameter, const struct cel_value *v)
{
	const struct cel_type *type;

	if (v->kind != CEL_OBJECT && v->kind != CEL_STRUCT)
		return true;
	if (parameter->kind != CEL_TYPE_OPAQUE && parameter->kind != CEL_TYPE_STRUCT)
		return true;
	type = cel_type_of(v);
	return type == parameter || str_equal(type->name, parameter->name);
}

static bool accepts(const struct guard *guard, const struct cel_value *arguments, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!(guard->kinds[i] >> arguments[i].kind & 1) ||
		    !same_name(guard->overload->parameters[i], &arguments[i]))
			return false;
	return true;
}

static struct cel_value refuse(const struct node_call *call, struct cel_run *run, const struct cel_value *arguments)
{
	if (call->strict_text || !call->declared)
		return cel_fail(run, "no such overload: " STR_FMT, STR_ARG(call->name));
	return fail_overload(run, call->name, arguments, call->count);
}

/* The call itself, of arguments that are no errors. */
static void apply(const struct node_call *call, struct cel_run *run, const struct cel_value *arguments,
		  struct cel_value *out)
{
	cel_function_body *body = call->body;
	cel_function_cost *cost = call->cost;
	const struct guard *guard = call->guards;
	/* An error has the size of a null. */
	static const struct cel_value no_result = { .kind = CEL_NULL };

	run->offset = call->node.offset;
	if (call->strict_text) {
		if (!(call->first_kinds >> arguments[0].kind & 1))
			body = NULL;
	} else if (!call->unguarded) {
		const struct guard *end = guard + call->guard_count;

		while (guard != end && !accepts(guard, arguments, call->count))
			guard++;
		body = guard != end ? guard->overload->function->evaluate : NULL;
		if (guard != end && call->cost_by_guard)
			cost = guard->overload->function->cost;
	}
	if (call->prepares)
		run->prepared = call->prepared;
	if (__builtin_expect(body != NULL, 1)) {
		struct cel_value result = body(run, arguments, call->count);

		cel_copy(out, &result);
	} else {
		*out = refuse(call, run, arguments);
	}
	run->cost += cost ? cost(arguments, call->count, cel_is_error(*out) ? &no_result : out) : 1;
}

void evaluate_call_1(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_call *call = (const struct node_call *)node;
	struct cel_value argument;

	node_run(call->arguments[0], run, &argument);
	if (__builtin_expect(cel_is_error(argument), 0)) {
		*out = argument;
		if (!is_fatal(out))
			run->cost += cost_with_errors(call->cost, &argument, 1);
		return;
	}
	apply(call, run, &argument, out);
}

void evaluate_call_2(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_call *call = (const struct node_call *)node;
	struct cel_value arguments[2];

	node_run(call->arguments[0], run, &arguments[0]);
	node_run(call->arguments[1], run, &arguments[1]);
	if (__builtin_expect(cel_is_error(arguments[0]) || cel_is_error(arguments[1]), 0)) {
		*out = arguments[!cel_is_error(arguments[0])];
		if (!is_fatal(out))
			run->cost += cost_with_errors(call->cost, arguments, 2);
		return;
	}
	apply(call, run, arguments, out);
}

void evaluate_call(const struct cel_node *node, struct cel_run *run, struct cel_value *out)
{
	const struct node_call *call = (const struct node_call *)node;
	struct cel_value room[ARGUMENTS], *arguments = room;
	size_t failed = SIZE_MAX;

	if (call->count > ARGUMENTS)
		arguments = arena_array(run->arena, call->count, sizeof(*arguments));
	for (size_t i = 0; i < call->count; i++) {
		node_run(call->arguments[i], run, &arguments[i]);
		if (!cel_is_error(arguments[i]))
			continue;
		if (failed == SIZE_MAX)
			failed = i;
		if (call->stops || is_fatal(&arguments[i]))
			break;
	}
	if (failed == SIZE_MAX) {
		apply(call, run, arguments, out);
		return;
	}
	*out = arguments[failed];
	/* The stack of cel-go's tracker has all arguments only when the last one failed. */
	if (!call->stops || failed + 1 == call->count)
		run->cost += cost_with_errors(call->cost, arguments, call->count);
}
