/*
 * What may be wrong with literals and is said when an expression is compiled: times and patterns that do not parse, lists
 * and maps of mixed types (Kubernetes), format strings that do not fit their arguments (wherever format() is cel-go's).
 * Semantics: cel-go's cel/validator.go and ext/formatting.go.
 */
#include "data/utf8.h"
#include "lang/cel/check.h"

struct validation {
	struct arena *arena;
	struct cel_issues *issues;
	bool convert;           /* check times and patterns: Kubernetes */
	bool homogeneous;       /* lists and maps must be of one type: Kubernetes and Kyverno */
	bool formats;           /* check format strings: not in plain CEL, which only fails when it runs */
	unsigned exempt;        /* inside calls of format(), whose arguments may be mixed */
};

/* -- times and patterns ------------------------------------------------------------------------------------------- */

static bool converts(struct validation *v, const struct cel_expr *call, const struct cel_value *literal)
{
	struct cel_run run = { .arena = v->arena };

	for (size_t i = 0; i < call->u.call.overload_count; i++) {
		cel_function_body *body = call->u.call.overloads[i]->function->evaluate;

		if (body && cel_is_error(body(&run, literal, 1)))
			return false;
	}
	return true;
}

static bool compiles(struct validation *v, const struct cel_expr *call, const struct cel_value *literal)
{
	struct regex *regex;

	(void)v;
	(void)call;
	if (literal->kind != CEL_STRING)
		return true;
	regex = regex_compile(cel_str(literal), NULL);
	regex_free(regex);
	return regex != NULL;
}

/* The first argument of these calls, when it is a literal. */
static void check_converted(struct validation *v, const struct cel_expr *call)
{
	static const struct {
		struct str function;
		bool (*valid)(struct validation *v, const struct cel_expr *call, const struct cel_value *literal);
	} rules[] = {
		{ { "duration", 8 }, converts },
		{ { "timestamp", 9 }, converts },
		{ { "matches", 7 }, compiles },
	};
	const struct cel_expr *first;

	if (!call->u.call.count)
		return;
	first = call->u.call.arguments[0];
	if (first->kind != CEL_EXPR_LITERAL)
		return;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (str_equal(call->u.call.function, rules[i].function) && !rules[i].valid(v, call, &first->u.literal))
			cel_issue_add(v->issues, first->offset, "invalid " STR_FMT " argument", STR_ARG(rules[i].function));
}

/* -- lists and maps of one type ------------------------------------------------------------------------------------ */

static void report_mixed(struct validation *v, const struct cel_expr *e, const struct cel_type *expected,
			 const struct cel_type *found)
{
	cel_issue_add(v->issues, e->offset, "expected type '" STR_FMT "' but found '" STR_FMT "'",
		      STR_ARG(cel_type_text(v->arena, expected)), STR_ARG(cel_type_text(v->arena, found)));
}

/* The type of what an optional item holds. */
static const struct cel_type *held(const struct cel_type *type, bool optional)
{
	return optional && type->parameter_count ? type->parameters[0] : type;
}

static void check_list_items(struct validation *v, const struct cel_expr *e)
{
	const struct cel_type *first = NULL;

	for (size_t i = 0; i < e->u.list.count; i++) {
		const struct cel_expr *item = e->u.list.items[i];
		const struct cel_type *type = held(item->type, e->u.list.optional && e->u.list.optional[i]);

		if (!first) {
			first = type;
		} else if (!cel_type_equal(first, type)) {
			report_mixed(v, item, first, type);
			return;
		}
	}
}

static void check_map_entries(struct validation *v, const struct cel_expr *e)
{
	const struct cel_expr_entry *entries = e->u.map.entries;
	const struct cel_type *key, *value;

	if (!e->u.map.count)
		return;
	key = entries[0].key->type;
	value = held(entries[0].value->type, entries[0].optional);
	for (size_t i = 1; i < e->u.map.count; i++) {
		const struct cel_type *type = held(entries[i].value->type, entries[i].optional);

		if (!cel_type_equal(key, entries[i].key->type))
			report_mixed(v, entries[i].key, key, entries[i].key->type);
		if (!cel_type_equal(value, type))
			report_mixed(v, entries[i].value, value, type);
	}
}

/* -- format strings ------------------------------------------------------------------------------------------------ */

#define KIND(kind) (1u << (kind))

static const struct clause {
	char letter;
	uint32_t kinds;         /* of types that it takes, KIND(CEL_TYPE_*) */
	const char *complaint;
} clauses[] = {
	{ 's', KIND(CEL_TYPE_LIST) | KIND(CEL_TYPE_MAP) | KIND(CEL_TYPE_INT) | KIND(CEL_TYPE_UINT) | KIND(CEL_TYPE_DOUBLE) |
	       KIND(CEL_TYPE_BOOL) | KIND(CEL_TYPE_STRING) | KIND(CEL_TYPE_TIMESTAMP) | KIND(CEL_TYPE_BYTES) |
	       KIND(CEL_TYPE_DURATION) | KIND(CEL_TYPE_TYPE) | KIND(CEL_TYPE_NULL),
	  "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and "
	  "timestamps" },
	{ 'd', KIND(CEL_TYPE_INT) | KIND(CEL_TYPE_UINT), "decimal clause can only be used on integers" },
	{ 'f', KIND(CEL_TYPE_DOUBLE) | KIND(CEL_TYPE_STRING), "fixed-point clause can only be used on doubles" },
	{ 'e', KIND(CEL_TYPE_DOUBLE) | KIND(CEL_TYPE_STRING), "scientific clause can only be used on doubles" },
	{ 'b', KIND(CEL_TYPE_INT) | KIND(CEL_TYPE_UINT) | KIND(CEL_TYPE_BOOL),
	  "only integers and bools can be formatted as binary" },
	{ 'x', KIND(CEL_TYPE_INT) | KIND(CEL_TYPE_UINT) | KIND(CEL_TYPE_STRING) | KIND(CEL_TYPE_BYTES),
	  "only integers, byte buffers, and strings can be formatted as hex" },
	{ 'o', KIND(CEL_TYPE_INT) | KIND(CEL_TYPE_UINT), "octal clause can only be used on integers" },
};

static const struct clause *clause_of(char letter)
{
	if (letter == 'X')
		letter = 'x';
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (clauses[i].letter == letter)
			return &clauses[i];
	return NULL;
}

/* The part of an argument that a clause does not take; %s looks into lists and maps. */
static const struct cel_expr *misfit(const struct clause *clause, const struct cel_expr *argument)
{
	const struct cel_type *type = argument->type;
	const struct cel_expr *found = NULL;

	if (type->kind == CEL_TYPE_WRAPPER)
		type = type->parameters[0];
	if (type->kind != CEL_TYPE_DYN && !(KIND(type->kind) & clause->kinds))
		return argument;
	if (clause->letter != 's')
		return NULL;
	if (argument->kind == CEL_EXPR_LIST)
		for (size_t i = 0; i < argument->u.list.count && !found; i++)
			found = misfit(clause, argument->u.list.items[i]);
	if (argument->kind == CEL_EXPR_MAP)
		for (size_t i = 0; i < argument->u.map.count && !found; i++) {
			found = misfit(clause, argument->u.map.entries[i].key);
			if (!found)
				found = misfit(clause, argument->u.map.entries[i].value);
		}
	return found;
}

/* ".3": the bytes of it; NULL or what is wrong. */
static const char *read_precision(struct validation *v, struct str text, size_t *length)
{
	size_t end = 1;
	struct str digits;
	int64_t precision;

	*length = 0;
	if (text.p[0] != '.')
		return NULL;
	while (end < text.n && text.p[end] >= '0' && text.p[end] <= '9')
		end++;
	if (end == text.n)
		return "error while parsing precision: could not find end of precision specifier";
	digits = str_slice(text, 1, end);
	*length = end;
	if (digits.n && str_to_int64(digits, &precision))
		return NULL;
	return str_cstr(v->arena, str_format(v->arena, "error while parsing precision: error while converting precision to "
					     "integer: strconv.Atoi: parsing \"" STR_FMT "\": %s", STR_ARG(digits),
					     digits.n ? "value out of range" : "invalid syntax"));
}

/* One "%…" at the start of the text; its length, or 0 when something was reported. */
static size_t check_clause(struct validation *v, const struct cel_expr *call, struct str text,
			   const struct cel_expr *argument)
{
	const struct cel_expr *wrong;
	const struct clause *clause;
	const char *complaint;
	size_t precision;

	complaint = read_precision(v, str_skip(text, 1), &precision);
	if (complaint) {
		cel_issue_add(v->issues, call->offset, "could not parse formatting clause: %s", complaint);
		return 0;
	}
	clause = clause_of(text.p[1 + precision]);
	if (!clause) {
		/* cel-go takes the byte for a character. */
		char letter[4];
		size_t n = utf8_encode((unsigned char)text.p[1 + precision], letter);

		cel_issue_add(v->issues, call->offset,
			      "could not parse formatting clause: unrecognized formatting clause \"%.*s\"", (int)n, letter);
		return 0;
	}
	wrong = misfit(clause, argument);
	if (wrong) {
		cel_issue_add(v->issues, wrong->offset, "error during formatting: %s, was given " STR_FMT, clause->complaint,
			      STR_ARG(wrong->type->name));
		return 0;
	}
	return 2 + precision;
}

static void check_format(struct validation *v, const struct cel_expr *call)
{
	const struct cel_expr *list;
	struct str text;
	size_t used = 0;

	if (!call->u.call.target || call->u.call.count != 1 || call->u.call.target->kind != CEL_EXPR_LITERAL ||
	    call->u.call.target->u.literal.kind != CEL_STRING || call->u.call.arguments[0]->kind != CEL_EXPR_LIST)
		return;
	text = cel_str(&call->u.call.target->u.literal);
	list = call->u.call.arguments[0];
	for (size_t i = 0, n; i < text.n; i += n) {
		n = 1;
		if (text.p[i] != '%')
			continue;
		if (i + 1 < text.n && text.p[i + 1] == '%') {
			n = 2;
			continue;
		}
		if (i + 1 == text.n) {
			cel_issue_add(v->issues, call->offset, "unexpected end of string");
			return;
		}
		if (used == list->u.list.count) {
			cel_issue_add(v->issues, call->offset, "index %zu out of range", used);
			return;
		}
		n = check_clause(v, call, str_skip(text, i), list->u.list.items[used++]);
		if (!n)
			return;
	}
	if (list->u.list.count > used)
		cel_issue_add(v->issues, call->offset,
			      "too many arguments supplied to string.format (expected %zu, got %zu)", used,
			      list->u.list.count);
}

/* -- the walk ------------------------------------------------------------------------------------------------------ */

static void visit(struct validation *v, const struct cel_expr *e);

static void visit_call(struct validation *v, const struct cel_expr *e)
{
	bool format = str_is(e->u.call.function, "format");

	v->exempt += format;
	if (e->u.call.target)
		visit(v, e->u.call.target);
	for (size_t i = 0; i < e->u.call.count; i++)
		visit(v, e->u.call.arguments[i]);
	v->exempt -= format;
	if (v->convert)
		check_converted(v, e);
	if (format && v->formats)
		check_format(v, e);
}

static void visit(struct validation *v, const struct cel_expr *e)
{
	switch (e->kind) {
	case CEL_EXPR_SELECT:
		visit(v, e->u.select.operand);
		break;
	case CEL_EXPR_CALL:
		visit_call(v, e);
		break;
	case CEL_EXPR_LIST:
		for (size_t i = 0; i < e->u.list.count; i++)
			visit(v, e->u.list.items[i]);
		if (v->homogeneous && !v->exempt)
			check_list_items(v, e);
		break;
	case CEL_EXPR_MAP:
	case CEL_EXPR_STRUCT:
		for (size_t i = 0; i < e->u.map.count; i++) {
			if (e->u.map.entries[i].key)
				visit(v, e->u.map.entries[i].key);
			visit(v, e->u.map.entries[i].value);
		}
		if (e->kind == CEL_EXPR_MAP && v->homogeneous && !v->exempt)
			check_map_entries(v, e);
		break;
	case CEL_EXPR_COMPREHENSION:
		visit(v, e->u.fold.range);
		visit(v, e->u.fold.start);
		visit(v, e->u.fold.condition);
		visit(v, e->u.fold.step);
		visit(v, e->u.fold.result);
		break;
	default:
		break;
	}
}

void cel_check_literals(struct arena *arena, const struct cel_env *env, const struct cel_expr *root,
			struct cel_issues *issues)
{
	struct validation v = {
		.arena = arena, .issues = issues,
		.convert = cel_env_flavour(env) == CEL_KUBERNETES,
		.homogeneous = cel_env_is_homogeneous(env),
		.formats = cel_env_flavour(env) != CEL_PLAIN,
	};

	visit(&v, root);
}
