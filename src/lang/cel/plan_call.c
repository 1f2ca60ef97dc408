/* Planning of calls: which overload, what is known already, what the function prepares. */
#include "lang/cel/plan.h"

#define BIT(kind) (UINT32_C(1) << (kind))
#define ANY_KIND UINT32_MAX
#define NUMBERS (BIT(CEL_INT) | BIT(CEL_UINT) | BIT(CEL_DOUBLE))
#define TIMES (BIT(CEL_TIMESTAMP) | BIT(CEL_DURATION))
#define TEXTS (BIT(CEL_STRING) | BIT(CEL_BYTES))

/* What cel-go's interpreter asks for a member function of the operator's name when it has no such operator. */
#define RECEIVERS (BIT(CEL_STRING) | TIMES)

/*
 * CEL's own operators are one function each (cel-go's singletons): what the first argument must be for it to be tried,
 * else "no such overload: _+_"; it refuses other arguments itself.
 */
static const struct {
	const char *name;
	uint32_t first;
} singletons[] = {
	{ "_+_", NUMBERS | TIMES | TEXTS | BIT(CEL_LIST) },
	{ "_-_", NUMBERS | RECEIVERS },
	{ "_*_", NUMBERS | RECEIVERS },
	{ "_/_", NUMBERS | RECEIVERS },
	{ "_%_", BIT(CEL_INT) | BIT(CEL_UINT) | RECEIVERS },
	{ "-_", BIT(CEL_INT) | BIT(CEL_DOUBLE) | BIT(CEL_BOOL) | RECEIVERS },
	{ "!_", ANY_KIND },
	{ "_<_", NUMBERS | TIMES | TEXTS | BIT(CEL_BOOL) },
	{ "_<=_", NUMBERS | TIMES | TEXTS | BIT(CEL_BOOL) },
	{ "_>_", NUMBERS | TIMES | TEXTS | BIT(CEL_BOOL) },
	{ "_>=_", NUMBERS | TIMES | TEXTS | BIT(CEL_BOOL) },
	{ "@in", ANY_KIND },
	{ "size", TEXTS | BIT(CEL_LIST) | BIT(CEL_MAP) },
	{ "matches", ANY_KIND },
	{ "type", ANY_KIND },
	{ "dyn", ANY_KIND },
};

static const char *const conversions[] = { "bool", "bytes",  "double",	  "duration", "dyn",
					   "int",  "string", "timestamp", "type",     "uint" };

static uint32_t kinds_of(const struct cel_type *type)
{
	static const uint32_t kinds[] = {
		[CEL_TYPE_NULL] = BIT(CEL_NULL),
		[CEL_TYPE_BOOL] = BIT(CEL_BOOL),
		[CEL_TYPE_INT] = BIT(CEL_INT),
		[CEL_TYPE_UINT] = BIT(CEL_UINT),
		[CEL_TYPE_DOUBLE] = BIT(CEL_DOUBLE),
		[CEL_TYPE_STRING] = BIT(CEL_STRING),
		[CEL_TYPE_BYTES] = BIT(CEL_BYTES),
		[CEL_TYPE_TIMESTAMP] = BIT(CEL_TIMESTAMP),
		[CEL_TYPE_DURATION] = BIT(CEL_DURATION),
		[CEL_TYPE_LIST] = BIT(CEL_LIST),
		[CEL_TYPE_MAP] = BIT(CEL_MAP),
		[CEL_TYPE_TYPE] = BIT(CEL_TYPE),
		[CEL_TYPE_STRUCT] = BIT(CEL_STRUCT) | BIT(CEL_OBJECT) | BIT(CEL_MAP),
	};

	if (cel_type_is_optional(type))
		return BIT(CEL_OPTIONAL);
	if (type->kind == CEL_TYPE_OPAQUE)
		return BIT(CEL_OBJECT);
	if (type->kind == CEL_TYPE_WRAPPER && type->parameter_count)
		return kinds_of(type->parameters[0]) | BIT(CEL_NULL);
	if (type->kind < sizeof(kinds) / sizeof(*kinds) && kinds[type->kind])
		return kinds[type->kind];
	return ANY_KIND;
}

static void fill_guard(struct planner *p, struct guard *guard, const struct cel_overload *overload)
{
	guard->overload = overload;
	guard->kinds = arena_array(p->arena, overload->parameter_count, sizeof(*guard->kinds));
	for (size_t i = 0; i < overload->parameter_count; i++)
		guard->kinds[i] =
			overload->function->flags & CEL_UNGUARDED ? ANY_KIND : kinds_of(overload->parameters[i]);
}

static bool is_standard(const struct cel_function *function)
{
	for (const struct cel_function *f = cel_standard_library.functions; f->name; f++)
		if (f == function)
			return true;
	return false;
}

/* Its cost is an overload's: cel-go counts 1 when the overload is found only while the program runs. */
static bool costs_by_overload(const struct cel_function *function)
{
	return function->flags & CEL_TRACKED || is_standard(function);
}

/* Functions from above may need what is only there when a program runs, so they are never called before. */
static bool is_built_in(const struct cel_function *function)
{
	for (size_t i = 0; i < cel_flavour_library_count; i++) {
		const struct cel_function *f = cel_flavour_libraries[i].library->functions;

		for (; f && f->name; f++)
			if (f == function)
				return true;
	}
	return false;
}

/* -- constants ------------------------------------------------------------------------------------------------- */

static bool is_conversion(struct str name)
{
	for (size_t i = 0; i < sizeof(conversions) / sizeof(*conversions); i++)
		if (str_equal(name, str_of(conversions[i])))
			return true;
	return false;
}

static bool all_known(const struct node_call *call, bool *constant)
{
	*constant = true;
	for (size_t i = 0; i < call->count; i++) {
		if (!plan_value(call->arguments[i]))
			return false;
		*constant &= plan_is_constant(call->arguments[i]);
	}
	return true;
}

static bool is_pure(const struct node_call *call)
{
	for (size_t i = 0; i < call->guard_count; i++) {
		const struct cel_function *function = call->guards[i].overload->function;

		if (function->flags & (CEL_IMPURE | CEL_PLANNED) || !is_built_in(function))
			return false;
	}
	return call->guard_count > 0;
}

/*
 * A call with known arguments is made here. Conversions of constants are constants (and free, and if they fail, so
 * does the program); other calls keep their cost and, when they fail, fail each time. False: the program is refused.
 */
bool plan_fold_call(struct planner *p, struct node_call *call, struct cel_node **out)
{
	bool conversion = call->count == 1 && is_conversion(call->name), constant;
	struct cel_value value;

	if (!all_known(call, &constant) || !is_pure(call))
		return true;
	p->run.cost = 0;
	p->run.offset = call->node.offset;
	(*out)->evaluate(*out, &p->run, &value);
	if (conversion && constant && p->refuses && cel_is_error(value)) {
		error_set(p->err, ERROR_INVALID, STR_FMT, STR_ARG(value.u.error->message));
		return false;
	}
	if (cel_is_error(value))
		return true;
	if (conversion && constant) {
		*out = plan_constant(p, call->node.offset, value);
		return true;
	}
	*out = plan_known(p, call->node.offset, value, p->run.cost);
	return true;
}

/* -- calls ----------------------------------------------------------------------------------------------------- */

/* What a function makes of constant arguments once and for all. */
static bool prepare(struct planner *p, struct node_call *call, const struct cel_function *function)
{
	const struct cel_value **constants = arena_zalloc(p->arena, call->count * sizeof(*constants));
	struct error *err = NULL;
	bool any = false, written = true;

	if (!function->prepare)
		return true;
	for (size_t i = 0; i < call->count; i++) {
		constants[i] = plan_value(call->arguments[i]);
		any |= constants[i] != NULL;
		written &= !constants[i] || plan_is_constant(call->arguments[i]);
	}
	call->prepares = true;
	if (!any)
		return true;
	call->prepared = function->prepare(p->arena, constants, call->count, &err);
	/* What had to be computed first, 'a' + '(', fails each time that it is called. */
	if (err && p->refuses && written) {
		if (p->err && !*p->err)
			*p->err = err;
		else
			error_free(err);
		return false;
	}
	error_free(err);
	return true;
}

static bool plan_arguments(struct planner *p, const struct cel_expr *e, const struct cel_expr *target,
			   struct node_call *call)
{
	size_t n = 0;

	if (target && !(call->arguments[n++] = plan_expression(p, target)))
		return false;
	for (size_t i = 0; i < e->u.call.count; i++)
		if (!(call->arguments[n++] = plan_expression(p, e->u.call.arguments[i])))
			return false;
	return true;
}

/* The overloads that take as many arguments; all there are in *total. */
static void collect(struct planner *p, struct node_call *call, const struct cel_overload *const *overloads,
		    size_t count)
{
	struct guard *guards = arena_array(p->arena, count, sizeof(*guards));

	for (size_t i = 0; i < count; i++)
		if (overloads[i]->parameter_count == call->count)
			fill_guard(p, &guards[call->guard_count++], overloads[i]);
	call->guards = guards;
}

/* Where an operator of CEL's own stands in the table; NULL: it is none. */
static const uint32_t *singleton_of(struct str name, const struct cel_overload *overload)
{
	for (size_t i = 0; i < sizeof(singletons) / sizeof(*singletons); i++)
		if (str_equal(name, str_of(singletons[i].name)))
			return is_standard(overload->function) ? &singletons[i].first : NULL;
	return NULL;
}

static void choose_style(struct node_call *call, bool single, size_t declared)
{
	const uint32_t *first = call->guard_count ? singleton_of(call->name, call->guards[0].overload) : NULL;

	if (first) {
		call->first_kinds = *first;
		call->body = call->guards[0].overload->function->evaluate;
		call->strict_text = true;
		call->cost = single ? call->guards[0].overload->function->cost : NULL;
		call->stops = call->count > 2;
		return;
	}
	/* cel-go dispatches by a function of any number of arguments when there are several overloads. */
	call->stops = call->count > 2 || (!single && declared > 1);
	call->cost_by_guard = call->guard_count > 1 && !costs_by_overload(call->guards[0].overload->function);
	/* When no overload takes the arguments, Kubernetes' cost goes by the name all the same. */
	if (call->cost_by_guard)
		call->cost = call->guards[0].overload->function->cost;
	if (call->guard_count == 1) {
		const struct cel_function *function = call->guards[0].overload->function;

		call->body = function->evaluate;
		call->cost = single || !costs_by_overload(function) ? function->cost : NULL;
	}
}

static void choose_evaluate(struct node_call *call)
{
	call->node.evaluate = evaluate_call;
	if (call->body && !call->stops && call->count == 1)
		call->node.evaluate = evaluate_call_1;
	if (call->body && !call->stops && call->count == 2)
		call->node.evaluate = evaluate_call_2;
}

/* A call that is not checked may be of a qualified function: a.b.f(x). */
static const struct cel_overload_set *find_function(struct planner *p, const struct cel_expr *e,
						    const struct cel_expr **target, struct str *name)
{
	const struct cel_overload_set *set = NULL;
	struct str qualified = *name, candidate;

	if (!*target || plan_dotted(p, *target, &qualified)) {
		if (*target)
			qualified = str_format(p->arena, STR_FMT "." STR_FMT, STR_ARG(qualified), STR_ARG(*name));
		for (size_t i = 0; !set && plan_candidate(p, qualified, i, &candidate); i++)
			set = cel_env_function(p->env, candidate);
		if (set)
			*target = NULL;
	}
	if (!set && *target)
		set = cel_env_function(p->env, e->u.call.function);
	if (set)
		*name = set->name;
	return set;
}

static void refuse_arity(struct planner *p, struct str name, size_t count)
{
	error_set(p->err, ERROR_INVALID, "no such overload: " STR_FMT "(%s)", STR_ARG(name),
		  count == 0   ? ""
		  : count == 1 ? "arg"
		  : count == 2 ? "lhs, rhs"
			       : "...");
}

/* -- functions without a body ---------------------------------------------------------------------------------- */

struct numbering {
	const struct cel_expr *wanted;
	size_t count;
	bool found;
};

static void number_all(struct numbering *numbering, struct cel_expr *const *expressions, size_t count);

/* cel-go numbers expressions as its parser comes across them: an operator after what stands before it. */
static void number(struct numbering *numbering, const struct cel_expr *e)
{
	bool before = e->kind == CEL_EXPR_CALL && !e->u.call.target && e->u.call.function.p[0] != '_';
	size_t operands = e->kind == CEL_EXPR_CALL && !e->u.call.target && !before ? 1 : 0;

	if (e->kind == CEL_EXPR_SELECT)
		number(numbering, e->u.select.operand);
	if (e->kind == CEL_EXPR_CALL && e->u.call.target)
		number(numbering, e->u.call.target);
	if (e->kind == CEL_EXPR_CALL)
		number_all(numbering, e->u.call.arguments, operands);
	if (numbering->found)
		return;
	numbering->count++;
	numbering->found = e == numbering->wanted;
	if (e->kind == CEL_EXPR_CALL)
		number_all(numbering, e->u.call.arguments + operands, e->u.call.count - operands);
	if (e->kind == CEL_EXPR_LIST)
		number_all(numbering, e->u.list.items, e->u.list.count);
}

static void number_all(struct numbering *numbering, struct cel_expr *const *expressions, size_t count)
{
	for (size_t i = 0; i < count && !numbering->found; i++)
		number(numbering, expressions[i]);
}

static bool has_body(const struct cel_overload *const *overloads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (overloads[i]->function->evaluate || overloads[i]->function->flags & CEL_PLANNED)
			return true;
	return false;
}

/* A function that is only declared: cel-go says its name and the number of the call. */
static void refuse_always(struct planner *p, struct node_call *call, const struct cel_expr *e)
{
	struct numbering numbering = { .wanted = e };

	number(&numbering, p->root);
	call->declared = false;
	call->name = str_format(p->arena, STR_FMT " %zu", STR_ARG(call->name), numbering.count);
}

/* -------------------------------------------------------------------------------------------------------------- */

static struct cel_node *plan_function(struct planner *p, const struct cel_expr *e)
{
	const struct cel_overload *const *overloads = e->u.call.overloads;
	size_t declared = e->u.call.overload_count;
	const struct cel_expr *target = e->u.call.target;
	struct str name = e->u.call.function;
	struct node_call *call;
	struct cel_node *node;
	size_t count;
	bool single;

	if (!p->checked) {
		const struct cel_overload_set *set = find_function(p, e, &target, &name);

		overloads = set ? set->overloads : NULL;
		declared = set ? set->count : 0;
	}
	count = e->u.call.count + (target != NULL);
	call = plan_node(p, sizeof(*call) + count * sizeof(*call->arguments), e, evaluate_call);
	call->name = name;
	call->count = count;
	call->declared = declared > 0;
	if (!plan_arguments(p, e, target, call))
		return NULL;
	single = p->checked && declared == 1;
	if (overloads)
		collect(p, call, overloads, declared);
	if (!call->guard_count && (count == 0 || (declared && (declared == 1 || singleton_of(name, overloads[0]))))) {
		refuse_arity(p, name, count);
		return NULL;
	}
	if (declared && !call->guard_count && !is_standard(overloads[0]->function) &&
	    overloads[0]->parameter_count <= count)
		/* Kubernetes' costs go by the name, also when no overload takes so many arguments. */
		call->cost = overloads[0]->function->cost;
	choose_style(call, single, declared);
	if (declared && !has_body(overloads, declared))
		refuse_always(p, call, e);
	choose_evaluate(call);
	if (call->guard_count == 1 || call->strict_text) {
		if (call->guard_count && !prepare(p, call, call->guards[0].overload->function))
			return NULL;
	}
	/* A pattern that is known makes the call one that stops (interpreter/optimizations.go). */
	if (call->prepared && p->refuses) {
		call->stops = true;
		/* The bodies of these look at what they are given. */
		call->unguarded = call->guards[0].overload->function->prepare == cel_prepare_pattern;
		choose_evaluate(call);
	}
	node = plan_operator(p, call, e, single);
	if (node && !plan_fold_call(p, call, &node))
		return NULL;
	return node;
}

static struct cel_node *plan_logic(struct planner *p, const struct cel_expr *e, bool decides)
{
	struct node_logic *logic = plan_node(p, sizeof(*logic), e, evaluate_logic);
	size_t capacity = 0;

	logic->decides = decides;
	for (size_t i = 0; i < e->u.call.count; i++) {
		struct cel_node *term = plan_expression(p, e->u.call.arguments[i]);
		const struct node_logic *inner = (const struct node_logic *)term;

		if (!term)
			return NULL;
		if (term->evaluate != evaluate_logic || inner->decides != decides) {
			*ARENA_PUSH(p->arena, logic->terms, logic->count, capacity) = term;
			continue;
		}
		for (size_t k = 0; k < inner->count; k++)
			*ARENA_PUSH(p->arena, logic->terms, logic->count, capacity) = inner->terms[k];
	}
	return &logic->node;
}

static struct cel_node *plan_or(struct planner *p, const struct cel_expr *e, bool unwraps)
{
	struct node_or *node = plan_node(p, sizeof(*node), e, evaluate_or);

	node->unwraps = unwraps;
	node->left = plan_expression(p, e->u.call.target);
	node->right = node->left ? plan_expression(p, e->u.call.arguments[0]) : NULL;
	return node->right ? &node->node : NULL;
}

/* Whether a member call is optional's own: not another function of the same name. */
static bool is_optional_or(const struct cel_expr *e)
{
	if (!e->u.call.target || e->u.call.count != 1)
		return false;
	return e->u.call.overload_count != 1 || e->u.call.overloads[0]->function->flags & CEL_PLANNED;
}

struct cel_node *plan_call(struct planner *p, const struct cel_expr *e)
{
	struct str name = e->u.call.function;
	size_t count = e->u.call.count + (e->u.call.target != NULL);

	if (count == 2) {
		if (str_is(name, "_&&_") || str_is(name, "_||_"))
			return plan_logic(p, e, str_is(name, "_||_"));
		if (str_is(name, "_[_]"))
			return plan_index(p, e, false);
		if (str_is(name, "_[?_]") || str_is(name, "_?._"))
			return plan_index(p, e, true);
		if ((str_is(name, "or") || str_is(name, "orValue")) && is_optional_or(e))
			return plan_or(p, e, str_is(name, "orValue"));
		if (str_is(name, "cel.@block"))
			return plan_block(p, e);
	}
	if (count == 3 && str_is(name, "_?_:_"))
		return plan_conditional(p, e);
	return plan_function(p, e);
}
