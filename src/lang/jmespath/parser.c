/*
 * A top-down operator precedence parser. Binding powers and the shapes of trees are those of go-jmespath (parser.go);
 * so is its leniency about commas between function arguments and between the pairs of a multi-select hash.
 */
#include "lang/jmespath/ast.h"

struct parser {
	struct lexer *lexer;
	struct arena *scratch;
	struct token now, next;
	struct ast_size size;
	unsigned depth;
};

enum {
	POWER_PROJECTION_STOPS = 10,    /* tokens that bind weaker end the right side of a projection */
	POWER_STAR = 20,
	POWER_FILTER = 21,
	POWER_FLATTEN = 9,
	POWER_DOT = 40,
	POWER_NOT = 45,
};

static const uint8_t powers[TOKEN_TYPES] = {
	[TOKEN_PIPE] = 1,
	[TOKEN_OR] = 2,
	[TOKEN_AND] = 3,
	[TOKEN_EQ] = 5,
	[TOKEN_NE] = 5,
	[TOKEN_LT] = 5,
	[TOKEN_LE] = 5,
	[TOKEN_GT] = 5,
	[TOKEN_GE] = 5,
	[TOKEN_FLATTEN] = POWER_FLATTEN,
	[TOKEN_STAR] = POWER_STAR,
	[TOKEN_FILTER] = POWER_FILTER,
	[TOKEN_DOT] = POWER_DOT,
	[TOKEN_NOT] = POWER_NOT,
	[TOKEN_LBRACE] = 50,
	[TOKEN_LBRACKET] = 55,
	[TOKEN_LPAREN] = 60,
};

static struct ast *parse_expression(struct parser *parser, int power);
static struct ast *parse_projection(struct parser *parser, int power);

static int advance(struct parser *parser)
{
	parser->now = parser->next;
	return lexer_next(parser->lexer, &parser->next);
}

/* NULL, with the error that `what` was wanted where the parser stands. */
static struct ast *wanted(struct parser *parser, const char *what)
{
	struct str found = token_describe(parser->lexer, &parser->now);

	syntax_error(parser->lexer, parser->now.offset, "expected %s, found " STR_FMT, what, STR_ARG(found));
	return NULL;
}

static int match(struct parser *parser, enum token_type type)
{
	if (parser->now.type != type) {
		wanted(parser, token_type_name(type));
		return -1;
	}
	return advance(parser);
}

static struct ast *too_deep(struct parser *parser, size_t offset)
{
	expression_error(parser->lexer, ERROR_LIMIT, "limit exceeded", offset,
			 "the expression nests deeper than %d levels", JMESPATH_MAX_DEPTH);
	return NULL;
}

static struct ast *node_new(struct parser *parser, enum ast_type type, uint32_t offset)
{
	struct ast *node = ARENA_NEW(parser->scratch, struct ast);

	node->type = type;
	node->offset = offset;
	node->depth = 1;
	parser->size.nodes++;
	if (type == AST_FIELD || type == AST_INDEX)
		parser->size.steps++;
	return node;
}

/* Children are set: note the depth, and fail when it is too large. */
static struct ast *node_finish(struct parser *parser, struct ast *node)
{
	const struct ast *const children[] = { node->left, node->right, node->condition };
	uint32_t deepest = 0;

	for (size_t i = 0; i < 3; i++) {
		if (children[i] && children[i]->depth > deepest)
			deepest = children[i]->depth;
	}
	for (size_t i = 0; i < node->count; i++) {
		if (node->items[i].value->depth > deepest)
			deepest = node->items[i].value->depth;
	}
	node->depth = deepest + 1;
	return node->depth > JMESPATH_MAX_DEPTH ? too_deep(parser, node->offset) : node;
}

/* A node of two children; NULL when the right one failed. */
static struct ast *node_join(struct parser *parser, enum ast_type type, uint32_t offset, struct ast *left,
			     struct ast *right)
{
	struct ast *node;

	if (!left || !right)
		return NULL;
	node = node_new(parser, type, offset);
	node->left = left;
	node->right = right;
	return node_finish(parser, node);
}

static struct ast *node_identity(struct parser *parser)
{
	return node_new(parser, AST_IDENTITY, parser->now.offset);
}

static void add_item(struct parser *parser, struct ast *node, struct str key, struct ast *value)
{
	*ARENA_PUSH(parser->scratch, node->items, node->count, node->capacity) = (struct ast_item){ key, value };
}

/* After "[": items up to "]". */
static struct ast *parse_list(struct parser *parser, uint32_t offset)
{
	struct ast *list = node_new(parser, AST_LIST, offset);

	for (;;) {
		struct ast *item = parse_expression(parser, 0);

		if (!item)
			return NULL;
		add_item(parser, list, STR_NULL, item);
		if (parser->now.type == TOKEN_RBRACKET)
			break;
		if (parser->now.type != TOKEN_COMMA)
			return wanted(parser, "\",\" or \"]\"");
		if (advance(parser))
			return NULL;
	}
	return advance(parser) ? NULL : node_finish(parser, list);
}

/* After "{": key: value pairs up to "}". */
static struct ast *parse_hash(struct parser *parser, uint32_t offset)
{
	struct ast *hash = node_new(parser, AST_HASH, offset);

	do {
		struct str key = parser->now.text;
		struct ast *value;

		if (parser->now.type != TOKEN_IDENTIFIER && parser->now.type != TOKEN_QUOTED)
			return wanted(parser, "a name");
		if (advance(parser) || match(parser, TOKEN_COLON))
			return NULL;
		value = parse_expression(parser, 0);
		if (!value)
			return NULL;
		add_item(parser, hash, key, value);
		if (parser->now.type == TOKEN_COMMA) {
			if (advance(parser))
				return NULL;
			if (parser->now.type == TOKEN_RBRACE)
				return wanted(parser, "a name");
		}
		if (parser->now.type == TOKEN_END)
			return wanted(parser, "\",\" or \"}\"");
	} while (parser->now.type != TOKEN_RBRACE);
	return advance(parser) ? NULL : node_finish(parser, hash);
}

/* After "name(": arguments up to ")". */
static struct ast *parse_call(struct parser *parser, const struct ast *name)
{
	struct ast *call = node_new(parser, AST_CALL, name->offset);

	call->name = name->name;
	while (parser->now.type != TOKEN_RPAREN) {
		struct ast *argument = parse_expression(parser, 0);

		if (!argument)
			return NULL;
		add_item(parser, call, STR_NULL, argument);
		if (parser->now.type == TOKEN_COMMA && advance(parser))
			return NULL;
		if (parser->now.type == TOKEN_END)
			return wanted(parser, "\",\" or \")\"");
	}
	return advance(parser) ? NULL : node_finish(parser, call);
}

/* What follows a dot: a name, a function call, [list] or {hash}. */
static struct ast *parse_after_dot(struct parser *parser, int power)
{
	uint32_t offset = parser->now.offset;

	switch (parser->now.type) {
	case TOKEN_IDENTIFIER:
	case TOKEN_QUOTED:
	case TOKEN_STAR:
		return parse_expression(parser, power);
	case TOKEN_LBRACKET:
		return advance(parser) ? NULL : parse_list(parser, offset);
	case TOKEN_LBRACE:
		return advance(parser) ? NULL : parse_hash(parser, offset);
	default:
		return wanted(parser, "a name, \"[\", \"{\" or \"*\" after \".\"");
	}
}

/* What a projection applies to each element: up to the first token that binds weaker. */
static struct ast *parse_projection(struct parser *parser, int power)
{
	if (powers[parser->now.type] < POWER_PROJECTION_STOPS)
		return node_identity(parser);
	switch (parser->now.type) {
	case TOKEN_LBRACKET:
	case TOKEN_FILTER:
		return parse_expression(parser, power);
	case TOKEN_DOT:
		return advance(parser) ? NULL : parse_after_dot(parser, power);
	default:
		return wanted(parser, "\".\", \"[\" or an operator");
	}
}

/* "a:b:c]" after "["; all parts are optional. */
static int parse_slice(struct parser *parser, struct slice *slice)
{
	size_t part = 0;

	while (parser->now.type != TOKEN_RBRACKET) {
		if (parser->now.type == TOKEN_COLON && part < 2) {
			part++;
		} else if (parser->now.type == TOKEN_NUMBER && !slice->given[part]) {
			slice->part[part] = parser->now.number;
			slice->given[part] = true;
		} else {
			wanted(parser, part < 2 ? "a number, \":\" or \"]\"" : "\"]\"");
			return -1;
		}
		if (advance(parser))
			return -1;
	}
	return advance(parser);
}

/* After "[", at a number or a colon: an index or a slice of `left`. */
static struct ast *parse_index(struct parser *parser, struct ast *left, uint32_t offset)
{
	struct ast *node;

	if (parser->now.type == TOKEN_COLON || parser->next.type == TOKEN_COLON) {
		struct slice slice = { 0 };

		if (parse_slice(parser, &slice))
			return NULL;
		node = node_join(parser, AST_SLICE, offset, left, parse_projection(parser, POWER_STAR));
		if (node)
			node->slice = slice;
		return node;
	}
	node = node_new(parser, AST_INDEX, offset);
	node->index = parser->now.number;
	if (advance(parser) || match(parser, TOKEN_RBRACKET))
		return NULL;
	return node_join(parser, AST_SUB, offset, left, node);
}

/* After "[?": the condition, "]" and what is applied to the elements that meet it. */
static struct ast *parse_filter(struct parser *parser, struct ast *left, uint32_t offset)
{
	struct ast *condition = parse_expression(parser, 0), *right, *node;

	if (!condition || match(parser, TOKEN_RBRACKET))
		return NULL;
	right = parser->now.type == TOKEN_FLATTEN ? node_identity(parser) : parse_projection(parser, POWER_FILTER);
	if (!right)
		return NULL;
	node = node_new(parser, AST_FILTER, offset);
	node->left = left;
	node->right = right;
	node->condition = condition;
	return node_finish(parser, node);
}

/* "[" where an expression may start. */
static struct ast *parse_bracket(struct parser *parser, uint32_t offset)
{
	if (parser->now.type == TOKEN_NUMBER || parser->now.type == TOKEN_COLON)
		return parse_index(parser, node_identity(parser), offset);
	if (parser->now.type == TOKEN_STAR && parser->next.type == TOKEN_RBRACKET) {
		struct ast *left = node_identity(parser);

		if (advance(parser) || advance(parser))
			return NULL;
		return node_join(parser, AST_PROJECT, offset, left, parse_projection(parser, POWER_STAR));
	}
	return parse_list(parser, offset);
}

/* A prefix operator's operand. */
static struct ast *parse_prefix(struct parser *parser, enum ast_type type, uint32_t offset, int power)
{
	struct ast *left = parse_expression(parser, power), *node;

	if (!left)
		return NULL;
	node = node_new(parser, type, offset);
	node->left = left;
	return node_finish(parser, node);
}

static struct ast *parse_field(struct parser *parser, const struct token *token)
{
	struct ast *field = node_new(parser, AST_FIELD, token->offset);

	field->name = token->text;
	if (parser->now.type == TOKEN_LPAREN) {
		if (token->type == TOKEN_QUOTED) {
			syntax_error(parser->lexer, token->offset, "a function's name cannot be quoted");
			return NULL;
		}
		parser->size.steps--;
		return advance(parser) ? NULL : parse_call(parser, field);
	}
	return field;
}

/* `token`, already passed, starts an expression. */
static struct ast *parse_start(struct parser *parser, const struct token *token)
{
	struct ast *node;

	switch (token->type) {
	case TOKEN_LITERAL:
		node = node_new(parser, AST_LITERAL, token->offset);
		node->literal = token->literal;
		return node;
	case TOKEN_IDENTIFIER:
	case TOKEN_QUOTED:
		return parse_field(parser, token);
	case TOKEN_CURRENT:
		return node_new(parser, AST_IDENTITY, token->offset);
	case TOKEN_STAR:
		node = node_identity(parser);
		return node_join(parser, AST_VALUES, token->offset, node, parse_projection(parser, POWER_STAR));
	case TOKEN_FLATTEN:
		node = node_identity(parser);
		return node_join(parser, AST_FLATTEN, token->offset, node, parse_projection(parser, POWER_FLATTEN));
	case TOKEN_FILTER:
		return parse_filter(parser, node_identity(parser), token->offset);
	case TOKEN_LBRACE:
		return parse_hash(parser, token->offset);
	case TOKEN_LBRACKET:
		return parse_bracket(parser, token->offset);
	case TOKEN_EXPRESSION:
		return parse_prefix(parser, AST_EXPRESSION, token->offset, 0);
	case TOKEN_NOT:
		return parse_prefix(parser, AST_NOT, token->offset, POWER_NOT);
	case TOKEN_LPAREN:
		node = parse_expression(parser, 0);
		return !node || match(parser, TOKEN_RPAREN) ? NULL : node;
	case TOKEN_NUMBER:
		syntax_error(parser->lexer, token->offset,
			     "a number stands only in [ ]; a literal number is written `" STR_FMT "`",
			     STR_ARG(str_slice(parser->lexer->source, token->offset,
					       (size_t)token->offset + token->length)));
		return NULL;
	default:
		syntax_error(parser->lexer, token->offset, "expected an expression, found " STR_FMT,
			     STR_ARG(token_describe(parser->lexer, token)));
		return NULL;
	}
}

static struct ast *parse_binary(struct parser *parser, enum ast_type type, const struct token *token, struct ast *left)
{
	struct ast *node = node_join(parser, type, token->offset, left, parse_expression(parser, powers[token->type]));

	if (node)
		node->comparator = token->type;
	return node;
}

/* `token`, already passed, continues the expression `left`. */
static struct ast *parse_continue(struct parser *parser, const struct token *token, struct ast *left)
{
	switch (token->type) {
	case TOKEN_DOT:
		if (parser->now.type != TOKEN_STAR)
			return node_join(parser, AST_SUB, token->offset, left, parse_after_dot(parser, POWER_DOT));
		if (advance(parser))
			return NULL;
		return node_join(parser, AST_VALUES, token->offset, left, parse_projection(parser, POWER_DOT));
	case TOKEN_PIPE:
		return parse_binary(parser, AST_PIPE, token, left);
	case TOKEN_OR:
		return parse_binary(parser, AST_OR, token, left);
	case TOKEN_AND:
		return parse_binary(parser, AST_AND, token, left);
	case TOKEN_EQ:
	case TOKEN_NE:
	case TOKEN_LT:
	case TOKEN_LE:
	case TOKEN_GT:
	case TOKEN_GE:
		return parse_binary(parser, AST_COMPARE, token, left);
	case TOKEN_FILTER:
		return parse_filter(parser, left, token->offset);
	case TOKEN_FLATTEN:
		return node_join(parser, AST_FLATTEN, token->offset, left, parse_projection(parser, POWER_FLATTEN));
	case TOKEN_LBRACKET:
		if (parser->now.type == TOKEN_NUMBER || parser->now.type == TOKEN_COLON)
			return parse_index(parser, left, token->offset);
		if (parser->now.type != TOKEN_STAR)
			return wanted(parser, "a number, \":\", \"*\", \"?\" or \"]\" after \"[\"");
		if (advance(parser) || match(parser, TOKEN_RBRACKET))
			return NULL;
		return node_join(parser, AST_PROJECT, token->offset, left, parse_projection(parser, POWER_STAR));
	case TOKEN_LPAREN:
		syntax_error(parser->lexer, token->offset, "only a name can be called as a function");
		return NULL;
	default:
		syntax_error(parser->lexer, token->offset, "expected an operator, found " STR_FMT,
			     STR_ARG(token_describe(parser->lexer, token)));
		return NULL;
	}
}

static struct ast *parse_expression(struct parser *parser, int power)
{
	struct token token = parser->now;
	struct ast *left;

	if (parser->depth == JMESPATH_MAX_DEPTH)
		return too_deep(parser, token.offset);
	parser->depth++;
	left = advance(parser) ? NULL : parse_start(parser, &token);
	while (left && power < powers[parser->now.type]) {
		token = parser->now;
		left = advance(parser) ? NULL : parse_continue(parser, &token, left);
	}
	parser->depth--;
	return left;
}

struct ast *jmespath_parse(struct lexer *lexer, struct arena *scratch, struct ast_size *size)
{
	struct parser parser = { .lexer = lexer, .scratch = scratch };
	struct ast *root;

	if (lexer_next(lexer, &parser.now) || lexer_next(lexer, &parser.next))
		return NULL;
	root = parse_expression(&parser, 0);
	if (root && parser.now.type != TOKEN_END)
		return wanted(&parser, "an operator or the end of the expression");
	*size = parser.size;
	return root;
}
