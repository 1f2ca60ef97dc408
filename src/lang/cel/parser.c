/*
 * Recursive descent along the rules of cel-go's grammar (CEL.g4), whose nesting is capped rule by rule as there: the
 * brackets of expressions and the right sides of operators each to 250, and so is the height of the tree that operators,
 * selections and calls make.
 *
 * On the first token that does not fit, the parse ends and syntax_error.c finds the words for it.
 */
#include "lang/cel/parser.h"

#include "data/utf8.h"

#define CODE_POINT_LIMIT 100000

/* A subexpression and how high the tree below it is, counted as cel-go counts its recursion. */
struct term {
	struct cel_expr *expr;
	uint32_t height;
};

struct list {
	struct cel_expr **items;
	size_t count, capacity;
	uint32_t height;
};

static struct term parse_expr(struct parser *parser);

/* -- nodes --------------------------------------------------------------------------------------------------------- */

struct cel_expr *cel_node(struct parser *parser, enum cel_expr_kind kind, uint32_t offset)
{
	struct cel_expr *expr = ARENA_NEW(parser->arena, struct cel_expr);

	parser->nodes++;
	expr->kind = (uint8_t)kind;
	expr->offset = offset;
	return expr;
}

struct cel_expr *cel_node_literal(struct parser *parser, uint32_t offset, struct cel_value value)
{
	struct cel_expr *expr = cel_node(parser, CEL_EXPR_LITERAL, offset);

	expr->u.literal = value;
	return expr;
}

struct cel_expr *cel_node_ident(struct parser *parser, uint32_t offset, struct str name)
{
	struct cel_expr *expr = cel_node(parser, CEL_EXPR_IDENT, offset);

	expr->u.ident.name = name;
	return expr;
}

struct cel_expr *cel_node_call(struct parser *parser, uint32_t offset, struct str function, struct cel_expr *target,
			       struct cel_expr **arguments, size_t count)
{
	struct cel_expr *expr = cel_node(parser, CEL_EXPR_CALL, offset);

	expr->u.call.function = function;
	expr->u.call.target = target;
	expr->u.call.arguments = arguments;
	expr->u.call.count = count;
	return expr;
}

struct cel_expr *cel_broken(struct parser *parser, uint32_t offset, const char *format, ...)
{
	struct cel_expr *expr = ARENA_NEW(parser->arena, struct cel_expr);
	va_list args;

	va_start(args, format);
	cel_issue_add(parser->issues, offset, STR_FMT, STR_ARG(str_vformat(parser->arena, format, args)));
	va_end(args);
	expr->kind = CEL_EXPR_BROKEN;
	expr->offset = offset;
	return expr;
}

static struct cel_expr *operator_call(struct parser *parser, uint32_t offset, struct str function, struct cel_expr *a,
				      struct cel_expr *b, struct cel_expr *c)
{
	struct cel_expr *const all[] = { a, b, c };
	size_t count = c ? 3 : b ? 2 : 1;

	return cel_node_call(parser, offset, function, NULL, arena_copy(parser->arena, all, count * sizeof(all[0])), count);
}

/* -- tokens -------------------------------------------------------------------------------------------------------- */

static bool stopped(const struct parser *parser)
{
	return parser->broken || parser->fatal;
}

static struct term give_up(struct parser *parser)
{
	parser->broken = true;
	return (struct term){ 0 };
}

static bool at(const struct parser *parser, enum cel_token_type type)
{
	return parser->now->type == type;
}

static bool accept(struct parser *parser, enum cel_token_type type)
{
	if (!at(parser, type))
		return false;
	parser->now++;
	return true;
}

/* The offset of the token that must follow. */
static uint32_t expect(struct parser *parser, enum cel_token_type type)
{
	uint32_t offset = parser->now->offset;

	if (!accept(parser, type))
		parser->broken = true;
	return offset;
}

static bool enter(struct parser *parser, uint32_t *depth)
{
	if (++*depth > CEL_DEPTH_LIMIT)
		parser->fatal = "expression recursion limit exceeded: 250";
	return !stopped(parser);
}

static uint32_t higher(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* The height of a node above such a tree. */
static uint32_t above(struct parser *parser, uint32_t height)
{
	parser->too_high |= height >= CEL_DEPTH_LIMIT;
	return height + 1;
}

static void list_add(struct parser *parser, struct list *list, struct term term)
{
	*ARENA_PUSH(parser->arena, list->items, list->count, list->capacity) = term.expr;
	list->height = higher(list->height, term.height);
}

/* -- primaries ----------------------------------------------------------------------------------------------------- */

static bool is_reserved(struct str name)
{
	static const struct {
		uint8_t n;
		char word[10];
	} words[] = {
		{ 2, "as" }, { 5, "break" }, { 5, "const" }, { 8, "continue" }, { 4, "else" }, { 3, "for" },
		{ 8, "function" }, { 2, "if" }, { 6, "import" }, { 3, "let" }, { 4, "loop" }, { 7, "package" },
		{ 9, "namespace" }, { 6, "return" }, { 3, "var" }, { 4, "void" }, { 5, "while" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_equal(name, str_make(words[i].word, words[i].n)))
			return true;
	return false;
}

static bool may_be_optional(const struct parser *parser)
{
	return parser->macros & CEL_MACRO_OPTIONAL;
}

/* The arguments of a call, behind its opening parenthesis. */
static struct list parse_arguments(struct parser *parser)
{
	struct list list = { 0 };

	if (accept(parser, TOKEN_RPAREN))
		return list;
	do {
		struct term term = parse_expr(parser);

		if (stopped(parser))
			return list;
		list_add(parser, &list, term);
	} while (accept(parser, TOKEN_COMMA));
	expect(parser, TOKEN_RPAREN);
	return list;
}

static struct cel_expr *call(struct parser *parser, uint32_t offset, struct str function, struct cel_expr *target,
			     const struct list *arguments)
{
	struct cel_expr *expansion = cel_expand(parser, offset, function, target, arguments->items, arguments->count);

	if (expansion)
		return expansion;
	return cel_node_call(parser, offset, function, target, arguments->items, arguments->count);
}

/* The name of a field behind a dot, a question mark or a comma. */
static struct str field_name(struct parser *parser, uint32_t blamed)
{
	const struct cel_token *token = parser->now;
	struct str text = cel_token_text(parser->source, token);

	if (accept(parser, TOKEN_IDENT))
		return text;
	if (!accept(parser, TOKEN_ESCAPED_IDENT)) {
		parser->broken = true;
		return STR("");
	}
	if (!(parser->macros & CEL_SYNTAX_ESCAPED))
		cel_broken(parser, blamed, "unsupported syntax: '`'");
	return str_slice(text, 1, text.n - 1);
}

/* The type's name, from `start` up to the brace at which the parser stands; without the blanks between. */
static struct str type_name(struct parser *parser, const struct cel_token *start)
{
	size_t length = 0;
	char *name;

	for (const struct cel_token *token = start; token < parser->now; token++)
		length += token->length;
	name = arena_alloc(parser->arena, length);
	length = 0;
	for (const struct cel_token *token = start; token < parser->now; token++) {
		memcpy(name + length, parser->source.p + token->offset, token->length);
		length += token->length;
	}
	return str_make(name, length);
}

struct entries {
	uint32_t start;                 /* of the first */
	struct cel_expr_entry *items;
	size_t count, capacity;
	uint32_t height;
};

static void parse_field(struct parser *parser, struct entries *entries)
{
	struct cel_expr_entry entry = { 0 };
	struct term value;

	entry.offset = parser->now->offset;
	entry.optional = accept(parser, TOKEN_QUESTION);
	if (entry.optional && !may_be_optional(parser))
		cel_broken(parser, entry.offset, "unsupported syntax '?'");
	entry.field = field_name(parser, entries->start);
	if (!parser->broken)
		entry.offset = expect(parser, TOKEN_COLON);
	if (parser->broken)
		return;
	value = parse_expr(parser);
	entry.value = value.expr;
	entries->height = higher(entries->height, value.height);
	*ARENA_PUSH(parser->arena, entries->items, entries->count, entries->capacity) = entry;
}

static void parse_entry(struct parser *parser, struct entries *entries)
{
	struct cel_expr_entry entry = { 0 };
	struct term key, value;

	entry.offset = parser->now->offset;
	entry.optional = accept(parser, TOKEN_QUESTION);
	if (entry.optional && !may_be_optional(parser))
		cel_broken(parser, entry.offset, "unsupported syntax '?'");
	key = parse_expr(parser);
	if (stopped(parser))
		return;
	entry.offset = expect(parser, TOKEN_COLON);
	if (parser->broken)
		return;
	value = parse_expr(parser);
	entry.key = key.expr;
	entry.value = value.expr;
	entries->height = higher(entries->height, higher(key.height, value.height));
	*ARENA_PUSH(parser->arena, entries->items, entries->count, entries->capacity) = entry;
}

/* At the bracket that closes a list; a comma may stand before it, even alone. */
static bool at_end(const struct parser *parser, enum cel_token_type close)
{
	return at(parser, close) || (at(parser, TOKEN_COMMA) && parser->now[1].type == close);
}

/* Past the comma before another item. */
static bool goes_on(struct parser *parser, enum cel_token_type close)
{
	return !at_end(parser, close) && accept(parser, TOKEN_COMMA);
}

/* What is between braces. */
static struct term braces(struct parser *parser, enum cel_expr_kind kind, struct str name,
			  void (*parse_one)(struct parser *, struct entries *))
{
	uint32_t offset = expect(parser, TOKEN_LBRACE);
	struct entries entries = { .start = parser->now->offset };
	struct cel_expr *expr;

	for (bool more = !at_end(parser, TOKEN_RBRACE); more; more = goes_on(parser, TOKEN_RBRACE)) {
		parse_one(parser, &entries);
		if (stopped(parser))
			return (struct term){ 0 };
	}
	accept(parser, TOKEN_COMMA);
	expect(parser, TOKEN_RBRACE);
	expr = cel_node(parser, kind, offset);
	expr->u.map.type_name = name;
	expr->u.map.entries = entries.items;
	expr->u.map.count = entries.count;
	return (struct term){ expr, entries.height };
}

static bool parse_item(struct parser *parser, struct list *list, struct list *optional)
{
	uint32_t offset = parser->now->offset;
	struct term item;
	bool marked = accept(parser, TOKEN_QUESTION);

	item = parse_expr(parser);
	if (stopped(parser))
		return false;
	if (marked && !may_be_optional(parser))
		cel_broken(parser, offset, "unsupported syntax '?'");
	list_add(parser, list, item);
	list_add(parser, optional, (struct term){ marked ? item.expr : NULL, 0 });
	return true;
}

static struct term parse_list(struct parser *parser)
{
	uint32_t offset = expect(parser, TOKEN_LBRACKET);
	struct list list = { 0 }, optional = { 0 };
	struct cel_expr *expr;
	bool any = false;

	for (bool more = !at_end(parser, TOKEN_RBRACKET); more; more = goes_on(parser, TOKEN_RBRACKET)) {
		if (!parse_item(parser, &list, &optional))
			return (struct term){ 0 };
	}
	accept(parser, TOKEN_COMMA);
	expect(parser, TOKEN_RBRACKET);
	expr = cel_node(parser, CEL_EXPR_LIST, offset);
	expr->u.list.items = list.items;
	expr->u.list.count = list.count;
	for (size_t i = 0; i < list.count; i++)
		any |= optional.items[i] != NULL;
	if (any) {
		expr->u.list.optional = arena_array(parser->arena, list.count, sizeof(bool));
		for (size_t i = 0; i < list.count; i++)
			expr->u.list.optional[i] = optional.items[i] != NULL;
	}
	return (struct term){ expr, list.height };
}

static bool begins_struct(const struct cel_token *name)
{
	while (name[1].type == TOKEN_DOT && name[2].type == TOKEN_IDENT)
		name += 2;
	return name[1].type == TOKEN_LBRACE;
}

/* A variable or a call; `start` is the name or the dot before it. */
static struct term parse_ident(struct parser *parser, const struct cel_token *start)
{
	struct str text = cel_token_text(parser->source, parser->now), name = text;
	uint32_t offset = parser->now->offset;
	size_t issues = parser->issues->count;
	struct list arguments = { 0 };
	struct cel_expr *expr;
	bool is_call;

	if (parser->now != start)
		name = str_format(parser->arena, "." STR_FMT, STR_ARG(text));
	parser->now++;
	is_call = at(parser, TOKEN_LPAREN);
	if (is_call) {
		offset = expect(parser, TOKEN_LPAREN);
		arguments = parse_arguments(parser);
		if (stopped(parser))
			return (struct term){ 0 };
	}
	if (is_reserved(text)) {
		parser->issues->count = issues;         /* nobody looks at the arguments then */
		expr = cel_broken(parser, start->offset, "reserved identifier: " STR_FMT, STR_ARG(text));
	} else {
		expr = is_call ? call(parser, offset, name, NULL, &arguments) : cel_node_ident(parser, offset, name);
	}
	return (struct term){ expr, arguments.height };
}

static struct term parse_name(struct parser *parser)
{
	const struct cel_token *start = parser->now;

	accept(parser, TOKEN_DOT);
	if (!at(parser, TOKEN_IDENT))
		return give_up(parser);
	if (!begins_struct(parser->now))
		return parse_ident(parser, start);
	while (!at(parser, TOKEN_LBRACE))
		parser->now++;
	return braces(parser, CEL_EXPR_STRUCT, type_name(parser, start), parse_field);
}

static bool is_number(enum cel_token_type type)
{
	return type == TOKEN_INT || type == TOKEN_FLOAT;
}

static struct term parse_primary(struct parser *parser)
{
	const struct cel_token *token = parser->now;
	struct term inner;

	switch (token->type) {
	case TOKEN_DOT:
	case TOKEN_IDENT:
		return parse_name(parser);
	case TOKEN_LPAREN:
		parser->now++;
		inner = parse_expr(parser);
		if (!stopped(parser))
			expect(parser, TOKEN_RPAREN);
		return inner;
	case TOKEN_LBRACKET:
		return parse_list(parser);
	case TOKEN_LBRACE:
		return braces(parser, CEL_EXPR_MAP, STR(""), parse_entry);
	case TOKEN_MINUS:
		if (!is_number(token[1].type))
			return give_up(parser);
		parser->now += 2;
		return (struct term){ cel_literal(parser, token + 1, token->offset, true), 0 };
	case TOKEN_TRUE ... TOKEN_BYTES:
		parser->now++;
		return (struct term){ cel_literal(parser, token, token->offset, false), 0 };
	default:
		return give_up(parser);
	}
}

/* -- members ------------------------------------------------------------------------------------------------------- */

static struct term optional_select(struct parser *parser, struct term operand, uint32_t dot)
{
	uint32_t offset = parser->now->offset;
	struct str field = field_name(parser, offset);
	struct cel_expr *expr;

	if (parser->broken)
		return operand;
	if (may_be_optional(parser))
		expr = operator_call(parser, dot, STR("_?._"), operand.expr,
				     cel_node_literal(parser, offset, cel_of_str(field)), NULL);
	else
		expr = cel_broken(parser, dot, "unsupported syntax '.?'");
	return (struct term){ expr, above(parser, operand.height) };
}

static struct term member_call(struct parser *parser, struct term target)
{
	struct str function = cel_token_text(parser->source, parser->now);
	uint32_t offset = parser->now[1].offset, height;
	struct list arguments;

	parser->now += 2;
	arguments = parse_arguments(parser);
	if (stopped(parser))
		return target;
	height = above(parser, higher(target.height, arguments.height));
	return (struct term){ call(parser, offset, function, target.expr, &arguments), height };
}

static struct term parse_select(struct parser *parser, struct term operand)
{
	uint32_t dot = expect(parser, TOKEN_DOT);
	struct cel_expr *expr;
	struct str field;

	if (accept(parser, TOKEN_QUESTION))
		return optional_select(parser, operand, dot);
	if (at(parser, TOKEN_IDENT) && parser->now[1].type == TOKEN_LPAREN)
		return member_call(parser, operand);
	field = field_name(parser, parser->now->offset);
	if (parser->broken)
		return operand;
	expr = cel_node(parser, CEL_EXPR_SELECT, dot);
	expr->u.select.operand = operand.expr;
	expr->u.select.field = field;
	return (struct term){ expr, above(parser, operand.height) };
}

static struct term parse_index(struct parser *parser, struct term operand)
{
	uint32_t offset = expect(parser, TOKEN_LBRACKET);
	bool optional = accept(parser, TOKEN_QUESTION);
	struct term index = parse_expr(parser);
	struct cel_expr *expr;

	if (!stopped(parser))
		expect(parser, TOKEN_RBRACKET);
	if (stopped(parser))
		return operand;
	if (optional && !may_be_optional(parser))
		expr = cel_broken(parser, offset, "unsupported syntax '[?'");
	else
		expr = operator_call(parser, offset, optional ? STR("_[?_]") : STR("_[_]"), operand.expr, index.expr, NULL);
	return (struct term){ expr, above(parser, higher(operand.height, index.height)) };
}

static struct term parse_member(struct parser *parser)
{
	struct term term = parse_primary(parser);

	while (!stopped(parser)) {
		if (at(parser, TOKEN_DOT))
			term = parse_select(parser, term);
		else if (at(parser, TOKEN_LBRACKET))
			term = parse_index(parser, term);
		else
			break;
	}
	return term;
}

/* -- operators ----------------------------------------------------------------------------------------------------- */

/* Chains of one sign cancel out in pairs; a single minus before a number belongs to the number. */
static struct term parse_unary(struct parser *parser)
{
	const struct cel_token *start = parser->now;
	enum cel_token_type sign = start->type;
	struct term term;
	bool odd;

	if (sign != TOKEN_EXCLAM && (sign != TOKEN_MINUS || is_number(start[1].type)))
		return parse_member(parser);
	while (accept(parser, sign))
		;
	odd = (parser->now - start) % 2;
	term = parse_member(parser);
	if (odd && !stopped(parser))
		term.expr = operator_call(parser, start->offset, sign == TOKEN_MINUS ? STR("-_") : STR("!_"),
					  term.expr, NULL, NULL);
	return term;
}

struct operator {
	uint8_t level;          /* 0: none */
	struct str function;
};

#define OPERATOR(level, name) { level, { name, sizeof(name) - 1 } }

static const struct operator relations[TOKEN_TYPES] = {
	[TOKEN_LESS] = OPERATOR(1, "_<_"),
	[TOKEN_LESS_EQUALS] = OPERATOR(1, "_<=_"),
	[TOKEN_GREATER_EQUALS] = OPERATOR(1, "_>=_"),
	[TOKEN_GREATER] = OPERATOR(1, "_>_"),
	[TOKEN_EQUALS] = OPERATOR(1, "_==_"),
	[TOKEN_NOT_EQUALS] = OPERATOR(1, "_!=_"),
	[TOKEN_IN] = OPERATOR(1, "@in"),
};

static const struct operator calculations[TOKEN_TYPES] = {
	[TOKEN_STAR] = OPERATOR(2, "_*_"),
	[TOKEN_SLASH] = OPERATOR(2, "_/_"),
	[TOKEN_PERCENT] = OPERATOR(2, "_%_"),
	[TOKEN_PLUS] = OPERATOR(1, "_+_"),
	[TOKEN_MINUS] = OPERATOR(1, "_-_"),
};

static struct term binary(struct parser *parser, const struct operator *operator, uint32_t offset, struct term left,
			  struct term right)
{
	if (stopped(parser))
		return left;
	return (struct term){
		operator_call(parser, offset, operator->function, left.expr, right.expr, NULL),
		above(parser, higher(left.height, right.height)),
	};
}

/* Operators of at least `level`; those of one level group to the left. */
static struct term parse_calc(struct parser *parser, uint8_t level)
{
	struct term term = { 0 };

	if (enter(parser, &parser->calc_depth))
		term = parse_unary(parser);
	while (!stopped(parser)) {
		const struct operator *operator = &calculations[parser->now->type];
		uint32_t offset = parser->now->offset;

		if (!operator->level || operator->level < level)
			break;
		parser->now++;
		term = binary(parser, operator, offset, term, parse_calc(parser, operator->level + 1));
	}
	parser->calc_depth--;
	return term;
}

static struct term parse_relation(struct parser *parser, uint8_t level)
{
	struct term term = { 0 };

	if (enter(parser, &parser->relation_depth))
		term = parse_calc(parser, 0);
	while (!stopped(parser)) {
		const struct operator *operator = &relations[parser->now->type];
		uint32_t offset = parser->now->offset;

		if (!operator->level || operator->level < level)
			break;
		parser->now++;
		term = binary(parser, operator, offset, term, parse_relation(parser, operator->level + 1));
	}
	parser->relation_depth--;
	return term;
}

/* Terms low … high + 1 around the operators low … high, as a balanced tree: the middle operator is its root. */
static struct cel_expr *balance(struct parser *parser, struct str function, struct cel_expr **terms,
				const uint32_t *offsets, size_t low, size_t high)
{
	size_t middle = (low + high + 1) / 2;
	struct cel_expr *left = middle == low ? terms[low] : balance(parser, function, terms, offsets, low, middle - 1);
	struct cel_expr *right = middle == high ? terms[high + 1] :
						  balance(parser, function, terms, offsets, middle + 1, high);

	return operator_call(parser, offsets[middle], function, left, right, NULL);
}

/* term (sign term)*, for signs that are commutative. */
static struct term parse_chain(struct parser *parser, enum cel_token_type sign, struct str function,
			       struct term (*parse_one)(struct parser *))
{
	struct term first = parse_one(parser);
	struct list terms = { 0 };
	uint32_t *offsets = NULL;
	size_t count = 0, capacity = 0;

	if (stopped(parser) || !at(parser, sign))
		return first;
	list_add(parser, &terms, first);
	while (at(parser, sign)) {
		*ARENA_PUSH(parser->arena, offsets, count, capacity) = parser->now->offset;
		parser->now++;
		first = parse_one(parser);
		if (stopped(parser))
			return first;
		list_add(parser, &terms, first);
	}
	return (struct term){ balance(parser, function, terms.items, offsets, 0, count - 1), terms.height };
}

static struct term parse_one_relation(struct parser *parser)
{
	return parse_relation(parser, 0);
}

static struct term parse_and(struct parser *parser)
{
	return parse_chain(parser, TOKEN_AND, STR("_&&_"), parse_one_relation);
}

static struct term parse_or(struct parser *parser)
{
	return parse_chain(parser, TOKEN_OR, STR("_||_"), parse_and);
}

static struct term parse_choice(struct parser *parser, struct term condition)
{
	uint32_t offset = expect(parser, TOKEN_QUESTION);
	struct term yes = parse_or(parser), no;

	if (!stopped(parser))
		expect(parser, TOKEN_COLON);
	if (stopped(parser))
		return condition;
	no = parse_expr(parser);
	if (stopped(parser))
		return condition;
	return (struct term){
		operator_call(parser, offset, STR("_?_:_"), condition.expr, yes.expr, no.expr),
		above(parser, higher(condition.height, higher(yes.height, no.height))),
	};
}

static struct term parse_expr(struct parser *parser)
{
	struct term term = { 0 };

	if (enter(parser, &parser->expr_depth))
		term = parse_or(parser);
	if (!stopped(parser) && at(parser, TOKEN_QUESTION))
		term = parse_choice(parser, term);
	parser->expr_depth--;
	return term;
}

/* -- the whole ----------------------------------------------------------------------------------------------------- */

static bool is_too_long(struct parser *parser)
{
	struct str source = parser->source;
	size_t count = 0;

	if (source.n <= CODE_POINT_LIMIT)
		return false;
	for (size_t i = 0, width; i < source.n; i += width, count++)
		utf8_decode(source.p + i, source.n - i, &width);
	if (count > CODE_POINT_LIMIT)
		cel_issue_add(parser->issues, CEL_NO_PLACE,
			      "expression code point size exceeds limit: size: %zu, limit %d", count, CODE_POINT_LIMIT);
	return count > CODE_POINT_LIMIT;
}

struct cel_expr *cel_parse(struct arena *arena, struct str source, uint32_t macros, bool no_macros,
			   struct cel_issues *issues)
{
	struct parser parser = {
		.arena = arena,
		.source = source,
		.issues = issues,
		.macros = macros,
		.no_macros = no_macros,
	};
	size_t before = issues->count, lexed;
	struct term root;

	if (is_too_long(&parser))
		return NULL;
	parser.now = parser.tokens = cel_lex(arena, source, issues);
	lexed = issues->count;
	root = parse_expr(&parser);
	if (!stopped(&parser))
		expect(&parser, TOKEN_EOF);
	if (parser.broken)
		cel_syntax_errors(arena, source, parser.tokens, issues);
	else if (parser.too_high && !parser.fatal)
		parser.fatal = "max recursion depth exceeded";
	if (parser.fatal) {
		issues->count = lexed;          /* a tree that is not visited says nothing else */
		cel_issue_add(issues, CEL_NO_PLACE, "%s", parser.fatal);
	}
	return issues->count > before ? NULL : root.expr;
}
