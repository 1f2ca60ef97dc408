/* Function calls: arguments, their types, and what is said when a type is wrong. */
#include "base/buf.h"
#include "data/json.h"
#include "lang/jmespath/program.h"

#define FEW_ARGUMENTS 4
/* How much of a wrong argument a message shows. */
#define SHOWN_MAX 4096
#define SHOWN_DEPTH 64

static const uint16_t type_of[] = {
	[VALUE_NULL] = JMESPATH_NULL,
	[VALUE_BOOL] = JMESPATH_BOOL,
	[VALUE_INT] = JMESPATH_NUMBER,
	[VALUE_FLOAT] = JMESPATH_NUMBER,
	[VALUE_STRING] = JMESPATH_STRING,
	[VALUE_ARRAY] = JMESPATH_ARRAY,
	[VALUE_OBJECT] = JMESPATH_OBJECT,
};

static const struct {
	uint16_t type;
	const char *name;       /* as the fork calls it */
	const char *text;       /* as we do */
} types[] = {
	{ JMESPATH_STRING, "string", "a string" },
	{ JMESPATH_NUMBER, "number", "a number" },
	{ JMESPATH_BOOL, "bool", "a boolean" },
	{ JMESPATH_OBJECT, "object", "an object" },
	{ JMESPATH_ARRAY, "array", "an array" },
	{ JMESPATH_ARRAY_OF_NUMBERS, "array[number]", "an array of numbers" },
	{ JMESPATH_ARRAY_OF_STRINGS, "array[string]", "an array of strings" },
	{ JMESPATH_NULL, "null", "null" },
	{ JMESPATH_EXPRESSION, "expref", "an &expression" },
};
#define TYPES (sizeof(types) / sizeof(*types))

/* Where the fork lists an argument's types in another order than the table above. */
static const struct {
	const char *function;
	const char *list;
} orders[] = {
	{ "length", "\"string\", \"array\", \"object\"" },
	{ "contains", "\"array\", \"string\"" },
	{ "reverse", "\"array\", \"string\"" },
	{ "sort", "\"array[string]\", \"array[number]\"" },
};

/* -- errors ------------------------------------------------------------------------------------------------------- */

/* A float64 as Go's %v writes it. */
static void add_go_number(struct buf *out, double d)
{
	char text[40];
	int precision = 1, exponent;
	const char *e;

	do {
		snprintf(text, sizeof(text), "%.*e", precision - 1, d);
	} while (strtod(text, NULL) != d && ++precision <= 17);
	e = strchr(text, 'e');
	exponent = e ? atoi(e + 1) : 0;
	if (exponent < -4 || exponent >= 6)
		buf_printf(out, "%s", text);
	else
		buf_printf(out, "%.*f", precision - 1 > exponent ? precision - 1 - exponent : 0, d);
}

static void add_go(struct buf *out, const struct value *v, struct arena *arena, unsigned depth);

static void add_go_object(struct buf *out, const struct value *v, struct arena *arena, unsigned depth)
{
	const struct member **sorted = value_sorted(arena, v);

	buf_printf(out, "map[");
	for (uint32_t i = 0; i < v->length && out->n < SHOWN_MAX; i++) {
		buf_printf(out, "%s" STR_FMT ":", i ? " " : "", STR_ARG(value_str(&sorted[i]->key)));
		add_go(out, &sorted[i]->value, arena, depth + 1);
	}
	buf_add_char(out, ']');
}

static void add_go_array(struct buf *out, const struct value *v, struct arena *arena, unsigned depth)
{
	buf_add_char(out, '[');
	for (uint32_t i = 0; i < v->length && out->n < SHOWN_MAX; i++) {
		if (i)
			buf_add_char(out, ' ');
		add_go(out, &v->u.items[i], arena, depth + 1);
	}
	buf_add_char(out, ']');
}

/* A value as Go's %v writes it; cut when it is long. */
static void add_go(struct buf *out, const struct value *v, struct arena *arena, unsigned depth)
{
	if (out->n >= SHOWN_MAX || depth > SHOWN_DEPTH) {
		buf_printf(out, "…");
		return;
	}
	switch ((enum value_type)v->type) {
	case VALUE_NULL:
		buf_printf(out, "<nil>");
		break;
	case VALUE_BOOL:
		buf_printf(out, v->u.boolean ? "true" : "false");
		break;
	case VALUE_INT:
	case VALUE_FLOAT:
		add_go_number(out, value_number(v));
		break;
	case VALUE_STRING:
		buf_add(out, str_slice(value_str(v), 0, SHOWN_MAX));
		break;
	case VALUE_ARRAY:
		add_go_array(out, v, arena, depth);
		break;
	case VALUE_OBJECT:
		add_go_object(out, v, arena, depth);
		break;
	}
}

static void add_go_types(struct buf *out, const struct jmespath_function *function, uint16_t wanted)
{
	const char *separator = "";

	for (size_t i = 0; i < sizeof(orders) / sizeof(*orders); i++) {
		if ((wanted & (wanted - 1)) && strcmp(orders[i].function, function->name) == 0) {
			buf_printf(out, "%s", orders[i].list);
			return;
		}
	}
	for (size_t i = 0; i < TYPES; i++) {
		if (wanted & types[i].type) {
			buf_printf(out, "%s\"%s\"", separator, types[i].name);
			separator = ", ";
		}
	}
}

static void add_types(struct buf *out, uint16_t wanted)
{
	bool first = true;

	for (size_t i = 0; i < TYPES; i++) {
		if (!(wanted & types[i].type))
			continue;
		wanted &= (uint16_t)~types[i].type;
		buf_printf(out, "%s%s", first ? "" : wanted ? ", " : " or ", types[i].text);
		first = false;
	}
}

static const char *type_text(const struct value *v)
{
	for (size_t i = 0; i < TYPES; i++) {
		if (types[i].type == type_of[v->type])
			return types[i].text;
	}
	return "null";
}

static uint16_t wanted_types(const struct jmespath_function *function, size_t index)
{
	size_t last = 0;

	for (size_t i = 0; i < JMESPATH_MAX_ARGUMENTS; i++) {
		if (function->types[i])
			last = i;
	}
	return function->types[index < last ? index : last];
}

const struct value *call_type_error(struct jmespath_run *run, const struct call_site *site, size_t index,
				    const struct value *argument)
{
	uint16_t wanted = wanted_types(site->function, index);
	struct buf message = { 0 };

	if (!run->err)
		return NULL;
	if (run->strict) {
		buf_printf(&message, "Invalid type for: ");
		if (site->expressions[index])
			buf_printf(&message, "&expression");
		else
			add_go(&message, argument, run->arena, 0);
		buf_printf(&message, ", expected: []jmespath.JpType{");
		add_go_types(&message, site->function, wanted);
		buf_add_char(&message, '}');
	} else {
		buf_printf(&message, "%s(): argument %zu must be ", site->function->name, index + 1);
		add_types(&message, wanted);
		buf_printf(&message, ", not %s", site->expressions[index] ? "an &expression" : type_text(argument));
		if (argument->type == VALUE_ARRAY && (wanted & (JMESPATH_ARRAY_OF_NUMBERS | JMESPATH_ARRAY_OF_STRINGS)))
			buf_printf(&message, " of other things");
	}
	error_set(run->err, ERROR_INVALID, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return NULL;
}

const struct value *jmespath_fail(struct jmespath_call *call, const char *format, ...)
{
	struct buf message = { 0 };
	va_list args;

	if (!call->err)
		return NULL;
	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	error_set(call->err, ERROR_INVALID, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	return NULL;
}

/* -- calls -------------------------------------------------------------------------------------------------------- */

static bool all_of(const struct value *array, uint16_t type)
{
	for (uint32_t i = 0; i < array->length; i++) {
		if (type_of[array->u.items[i].type] != type)
			return false;
	}
	return true;
}

static inline bool type_fits(const struct value *v, uint16_t wanted)
{
	if (type_of[v->type] & wanted)
		return true;
	if (v->type != VALUE_ARRAY)
		return false;
	return ((wanted & JMESPATH_ARRAY_OF_NUMBERS) && all_of(v, JMESPATH_NUMBER)) ||
	       ((wanted & JMESPATH_ARRAY_OF_STRINGS) && all_of(v, JMESPATH_STRING));
}

static bool weigh_arguments(struct jmespath_run *run, const struct value **arguments, size_t count)
{
	uint64_t budget = JMESPATH_MAX_WEIGHT;

	for (size_t i = 0; i < count; i++) {
		if (!value_weigh(arguments[i], &budget)) {
			run_limit(run, "a function's argument grows too large");
			return false;
		}
	}
	return true;
}

static bool check_types(struct jmespath_run *run, const struct call_site *site, const struct value **arguments)
{
	for (size_t i = 0; i < site->count; i++) {
		uint16_t wanted = i < JMESPATH_MAX_ARGUMENTS && site->function->types[i]
					  ? site->function->types[i]
					  : wanted_types(site->function, i);

		if (site->expressions[i] ? !(wanted & JMESPATH_EXPRESSION) : !type_fits(arguments[i], wanted)) {
			call_type_error(run, site, i, arguments[i]);
			return false;
		}
	}
	return true;
}

static const struct value *count_call(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	uint32_t count;

	switch (run_count(run, node->left, input, &count)) {
	case -1:
		return NULL;
	case 0:
		return call_type_error(run, node->u.call, 0, &value_null);
	default:
		return value_of_int(run->arena, count);
	}
}

const struct value *run_call(struct jmespath_run *run, const struct node *node, const struct value *input)
{
	const struct call_site *site = node->u.call;
	const struct value *few[FEW_ARGUMENTS], **arguments = few, *result;
	struct jmespath_call call;

	if (node->op == OP_COUNT)
		return count_call(run, node, input);
	if (site->count > FEW_ARGUMENTS)
		arguments = arena_array(run->arena, site->count, sizeof(*arguments));
	for (size_t i = 0; i < site->count; i++) {
		const struct value *v = site->expressions[i] ? &value_null : run_node(run, site->arguments[i], input);

		if (!v)
			return NULL;
		arguments[i] = v == &jmespath_missing ? &value_null : v;
	}
	if (!check_types(run, site, arguments) || (run->heavy && !weigh_arguments(run, arguments, site->count)))
		return NULL;
	call = (struct jmespath_call){
		.context = run->context,
		.function = site->function,
		.count = site->count,
		.arguments = arguments,
		.expressions = site->expressions,
		.err = run->err,
		.run = run,
	};
	result = site->function->evaluate(&call);
	return result && run_memory(run, 0) ? result : NULL;
}
