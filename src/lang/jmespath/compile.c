/*
 * From tree to program: chains of fields and indexes become one path, what is constant is computed now, and length() of
 * a projection only counts.
 */
#include "lang/jmespath/program.h"

/* A constant is only kept when it takes few steps to compute and is not large. */
#define FOLD_STEPS 10000
#define FOLD_WEIGHT 10000
/* Results nest at most this much deeper than the document; far below what the rest of the house can walk. */
#define NESTING_MAX 1000
/* From here on results are weighed, see analyse.c. */
#define COPIES_MAX 256
/* How far a misspelt name may be from a known one. */
#define SUGGEST_DISTANCE 3

struct compiler {
	struct lexer lexer;
	struct arena *arena;
	const struct jmespath_library *library;
	struct str source;
	struct node *nodes;
	size_t node_count, node_room;
	struct step *steps;
	size_t step_count, step_room;
};

static struct node *compile_node(struct compiler *compiler, const struct ast *ast);

static struct node *node_new(struct compiler *compiler, enum op op)
{
	struct node *node;

	/* One tree node may take a second program node: a path around something that is none. */
	if (compiler->node_count == compiler->node_room) {
		compiler->nodes = arena_array(compiler->arena, compiler->node_room, sizeof(*node));
		compiler->node_count = 0;
	}
	node = &compiler->nodes[compiler->node_count++];
	memset(node, 0, sizeof(*node));
	node->op = (uint8_t)op;
	node->pure = true;
	return node;
}

static struct node *node_literal(struct compiler *compiler, const struct value *literal)
{
	struct node *node = node_new(compiler, OP_LITERAL);

	node->u.literal = literal;
	node->constant = true;
	node->null_on_null = literal->type == VALUE_NULL;
	return node;
}

/* -- constants ---------------------------------------------------------------------------------------------------- */

static bool fold_in(struct compiler *compiler, const struct node *node, enum jmespath_mode mode,
		    const struct value **out)
{
	struct jmespath program = { .root = node, .heavy = true };
	struct jmespath_context context = { .arena = compiler->arena, .mode = mode, .step_limit = FOLD_STEPS };
	uint64_t budget = FOLD_WEIGHT;

	return jmespath_evaluate(&program, &context, &value_null, out, NULL) == JMESPATH_OK &&
	       value_weigh(*out, &budget);
}

/* A constant node becomes a literal when both modes agree on it; otherwise it is left for the evaluation to fail. */
static struct node *fold(struct compiler *compiler, struct node *node)
{
	const struct value *strict, *standard;

	if (!node->constant || node->op == OP_LITERAL)
		return node;
	if (!fold_in(compiler, node, JMESPATH_STRICT, &strict) ||
	    !fold_in(compiler, node, JMESPATH_STANDARD, &standard) || strict->type != standard->type ||
	    !value_equal(strict, standard))
		return node;
	return node_literal(compiler, strict);
}

/* -- paths -------------------------------------------------------------------------------------------------------- */

static void add_step(struct compiler *compiler, const struct ast *ast)
{
	struct step *step = &compiler->steps[compiler->step_count++];

	*step = (struct step){ 0 };
	if (ast->type == AST_FIELD) {
		step->text = ast->name.n ? ast->name.p : "";
		step->length = (uint32_t)ast->name.n;
	} else {
		step->index = ast->index;
	}
}

/* `right` applied to `left` (NULL: the current node) where right is no field and no index. */
static struct node *sub(struct compiler *compiler, struct node *left, struct node *right)
{
	struct node *node;

	if (!right || right->op == OP_IDENTITY)
		return left && right ? left : right;
	if (!left)
		return right;
	node = node_new(compiler, OP_SUB);
	node->left = left;
	node->right = right;
	node->pure = left->pure && right->pure;
	node->constant = left->constant && right->pure;
	node->null_on_null = left->null_on_null && right->null_on_null;
	return fold(compiler, node);
}

/* A path of the steps from `first` on, starting at `left` (NULL: the current node). */
static struct node *path(struct compiler *compiler, struct node *left, size_t first)
{
	struct node *node = node_new(compiler, OP_PATH);

	node->left = left;
	node->u.steps = compiler->steps + first;
	node->count = (uint32_t)(compiler->step_count - first);
	node->pure = !left || left->pure;
	node->constant = left && left->constant;
	node->null_on_null = !left || left->null_on_null;
	return fold(compiler, node);
}

/* What a chain has come to: what the steps from `first` on start at. */
struct chain {
	struct node *left;
	size_t first;
	bool open;              /* steps were added since `left` */
};

static int compile_chain(struct compiler *compiler, const struct ast *ast, struct chain *chain)
{
	struct node *node;

	if (ast->type == AST_SUB)
		return compile_chain(compiler, ast->left, chain) || compile_chain(compiler, ast->right, chain) ? -1 : 0;
	if (ast->type == AST_IDENTITY)
		return 0;
	if (ast->type == AST_FIELD || ast->type == AST_INDEX) {
		if (!chain->open)
			chain->first = compiler->step_count;
		chain->open = true;
		add_step(compiler, ast);
		return 0;
	}
	if (chain->open)
		chain->left = path(compiler, chain->left, chain->first);
	chain->open = false;
	node = compile_node(compiler, ast);
	if (!node)
		return -1;
	chain->left = sub(compiler, chain->left, node);
	return 0;
}

static struct node *compile_path(struct compiler *compiler, const struct ast *ast)
{
	struct chain chain = { 0 };

	if (compile_chain(compiler, ast, &chain))
		return NULL;
	if (chain.open)
		return path(compiler, chain.left, chain.first);
	if (chain.left)
		return chain.left;
	chain.left = node_new(compiler, OP_IDENTITY);
	chain.left->null_on_null = true;
	return chain.left;
}

/* -- the rest ----------------------------------------------------------------------------------------------------- */

static struct node *compile_two(struct compiler *compiler, const struct ast *ast, enum op op)
{
	struct node *left = compile_node(compiler, ast->left), *right, *node;

	right = left && ast->right ? compile_node(compiler, ast->right) : NULL;
	if (!left || (ast->right && !right))
		return NULL;
	node = node_new(compiler, op);
	node->left = left;
	node->right = right;
	node->pure = left->pure && (!right || right->pure);
	node->constant = left->constant && (!right || right->constant);
	return node;
}

static struct node *compile_logic(struct compiler *compiler, const struct ast *ast)
{
	static const uint8_t ops[] = { [AST_OR] = OP_OR, [AST_AND] = OP_AND, [AST_NOT] = OP_NOT, [AST_PIPE] = OP_PIPE };
	struct node *node = compile_two(compiler, ast, (enum op)ops[ast->type]);

	if (!node)
		return NULL;
	if (node->op == OP_PIPE)
		node->constant = node->left->constant && node->right->pure;
	if (node->op == OP_AND)
		node->null_on_null = node->left->null_on_null;
	else if (node->op != OP_NOT)
		node->null_on_null = node->left->null_on_null && node->right->null_on_null;
	return fold(compiler, node);
}

static struct node *compile_comparison(struct compiler *compiler, const struct ast *ast)
{
	static const uint8_t ops[TOKEN_TYPES] = {
		[TOKEN_EQ] = OP_EQ, [TOKEN_NE] = OP_NE, [TOKEN_LT] = OP_LT, [TOKEN_LE] = OP_LE, [TOKEN_GT] = OP_GT,
		[TOKEN_GE] = OP_GE,
	};
	struct node *node = compile_two(compiler, ast, (enum op)ops[ast->comparator]);

	return node ? fold(compiler, node) : NULL;
}

static struct node *compile_projection(struct compiler *compiler, const struct ast *ast)
{
	static const uint8_t ops[] = {
		[AST_PROJECT] = OP_PROJECT, [AST_FLATTEN] = OP_FLATTEN, [AST_SLICE] = OP_SLICE,
		[AST_FILTER] = OP_FILTER,   [AST_VALUES] = OP_VALUES,
	};
	struct node *node = compile_two(compiler, ast, (enum op)ops[ast->type]);

	if (!node)
		return NULL;
	node->constant = node->left->constant && node->right->pure;
	node->null_on_null = node->left->null_on_null;
	if (ast->type == AST_SLICE)
		node->u.slice = arena_copy(compiler->arena, &ast->slice, sizeof(ast->slice));
	if (ast->type == AST_FILTER) {
		node->u.condition = compile_node(compiler, ast->condition);
		if (!node->u.condition)
			return NULL;
		node->pure = node->pure && node->u.condition->pure;
		node->constant = node->constant && node->u.condition->pure;
	}
	return fold(compiler, node);
}

static struct node *compile_list(struct compiler *compiler, const struct ast *ast)
{
	const struct node **items = arena_array(compiler->arena, ast->count, sizeof(*items));
	struct node *node = node_new(compiler, OP_LIST);
	struct array_builder ready = { 0 };
	bool constant = true;

	for (size_t i = 0; i < ast->count; i++) {
		items[i] = compile_node(compiler, ast->items[i].value);
		if (!items[i])
			return NULL;
		node->pure = node->pure && items[i]->pure;
		constant = constant && items[i]->op == OP_LITERAL;
	}
	node->u.nodes = items;
	node->count = (uint32_t)ast->count;
	node->null_on_null = true;
	if (constant) {
		for (size_t i = 0; i < ast->count; i++)
			array_add(compiler->arena, &ready, items[i]->u.literal);
		node->ready = array_finish(compiler->arena, &ready);
	}
	return node;
}

/* The member that an earlier entry with the key gives, else the next one. */
static uint32_t hash_slot(const struct hash_entry *entries, size_t count, uint32_t next)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal(value_str(&entries[i].key), value_str(&entries[count].key)))
			return entries[i].slot;
	}
	return next;
}

static struct node *compile_hash(struct compiler *compiler, const struct ast *ast)
{
	struct hash_entry *entries = arena_array(compiler->arena, ast->count, sizeof(*entries));
	struct node *node = node_new(compiler, OP_HASH);
	struct object_builder ready = { 0 };
	bool constant = true;

	for (size_t i = 0; i < ast->count; i++) {
		entries[i].key = value_make_str(ast->items[i].key);
		entries[i].slot = hash_slot(entries, i, node->members);
		if (entries[i].slot == node->members)
			node->members++;
		entries[i].node = compile_node(compiler, ast->items[i].value);
		if (!entries[i].node)
			return NULL;
		node->pure = node->pure && entries[i].node->pure;
		constant = constant && entries[i].node->op == OP_LITERAL;
	}
	node->u.entries = entries;
	node->count = (uint32_t)ast->count;
	node->null_on_null = true;
	if (constant) {
		for (uint32_t i = 0; i < node->count; i++)
			object_put(compiler->arena, &ready, value_str(&entries[i].key), entries[i].node->u.literal);
		node->ready = object_finish(compiler->arena, &ready);
	}
	return node;
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static const struct jmespath_function *find_function(struct compiler *compiler, const struct ast *ast)
{
	const struct jmespath_function *nearest = NULL;
	size_t distance = SUGGEST_DISTANCE + 1;

	for (const struct jmespath_function *const *table = compiler->library->tables; *table; table++) {
		for (const struct jmespath_function *function = *table; function->name; function++) {
			struct str name = str_of(function->name);
			size_t d;

			if (str_equal(name, ast->name))
				return function;
			d = str_distance(name, ast->name, SUGGEST_DISTANCE);
			if (d < distance && d < ast->name.n) {
				distance = d;
				nearest = function;
			}
		}
	}
	expression_error(&compiler->lexer, ERROR_INVALID, "unknown function", ast->offset, STR_FMT "()%s%s%s",
			 STR_ARG(ast->name), nearest ? " (did you mean " : "", nearest ? nearest->name : "",
			 nearest ? "()?)" : "");
	return NULL;
}

static int check_arity(struct compiler *compiler, const struct jmespath_function *function, const struct ast *ast)
{
	char wanted[40];

	if (ast->count >= function->minimum && (function->maximum == 255 || ast->count <= function->maximum))
		return 0;
	if (function->maximum == 255)
		snprintf(wanted, sizeof(wanted), "at least %d argument%s", function->minimum,
			 function->minimum == 1 ? "" : "s");
	else if (function->maximum == function->minimum)
		snprintf(wanted, sizeof(wanted), "%d argument%s", function->minimum, function->minimum == 1 ? "" : "s");
	else
		snprintf(wanted, sizeof(wanted), "%d to %d arguments", function->minimum, function->maximum);
	return expression_error(&compiler->lexer, ERROR_INVALID, "wrong number of arguments", ast->offset,
				"%s() takes %s, not %zu", function->name, wanted, ast->count);
}

static const struct jmespath *compile_expression(struct compiler *compiler, const struct ast *ast)
{
	struct jmespath *program = ARENA_NEW(compiler->arena, struct jmespath);

	program->root = compile_node(compiler, ast->left);
	program->source = compiler->source;
	/* Only a call that is made without a run asks the expression itself. */
	program->heavy = true;
	return program->root ? program : NULL;
}

static int compile_arguments(struct compiler *compiler, const struct ast *ast, struct call_site *site,
			     struct node *node)
{
	node->constant = site->function->pure;
	node->pure = site->function->pure;
	for (size_t i = 0; i < ast->count; i++) {
		const struct ast *argument = ast->items[i].value;
		const struct node *body;

		site->arguments[i] = NULL;
		site->expressions[i] = NULL;
		if (argument->type == AST_EXPRESSION) {
			site->expressions[i] = compile_expression(compiler, argument);
			if (!site->expressions[i])
				return -1;
			site->has_expressions = true;
			body = site->expressions[i]->root;
			node->constant = node->constant && body->pure;
		} else {
			site->arguments[i] = compile_node(compiler, argument);
			if (!site->arguments[i])
				return -1;
			body = site->arguments[i];
			node->constant = node->constant && body->constant;
		}
		node->pure = node->pure && body->pure;
	}
	return 0;
}

static bool is_projection(const struct node *node)
{
	return node && node->op >= OP_PROJECT && node->op <= OP_VALUES;
}

static struct node *compile_call(struct compiler *compiler, const struct ast *ast)
{
	const struct jmespath_function *function = find_function(compiler, ast);
	struct call_site *site;
	struct node *node;

	if (!function || check_arity(compiler, function, ast))
		return NULL;
	site = ARENA_NEW(compiler->arena, struct call_site);
	site->function = function;
	site->count = ast->count;
	site->arguments = arena_array(compiler->arena, ast->count, sizeof(*site->arguments));
	site->expressions = arena_array(compiler->arena, ast->count, sizeof(*site->expressions));
	node = node_new(compiler, OP_CALL);
	node->u.call = site;
	if (compile_arguments(compiler, ast, site, node))
		return NULL;
	if (function->evaluate == jmespath_length && is_projection(site->arguments[0])) {
		node->op = OP_COUNT;
		node->left = site->arguments[0];
	}
	return fold(compiler, node);
}

static struct node *misplaced_expression(struct compiler *compiler, const struct ast *ast)
{
	syntax_error(&compiler->lexer, ast->offset,
		     "an expression reference (&…) can only be an argument of a function");
	return NULL;
}

static struct node *compile_node(struct compiler *compiler, const struct ast *ast)
{
	switch (ast->type) {
	case AST_IDENTITY:
	case AST_FIELD:
	case AST_INDEX:
	case AST_SUB:
		return compile_path(compiler, ast);
	case AST_LITERAL:
		return node_literal(compiler, ast->literal);
	case AST_PIPE:
	case AST_OR:
	case AST_AND:
	case AST_NOT:
		return compile_logic(compiler, ast);
	case AST_COMPARE:
		return compile_comparison(compiler, ast);
	case AST_PROJECT:
	case AST_FLATTEN:
	case AST_SLICE:
	case AST_FILTER:
	case AST_VALUES:
		return compile_projection(compiler, ast);
	case AST_LIST:
		return compile_list(compiler, ast);
	case AST_HASH:
		return compile_hash(compiler, ast);
	case AST_CALL:
		return compile_call(compiler, ast);
	case AST_EXPRESSION:
		return misplaced_expression(compiler, ast);
	}
	return NULL;
}

static const struct node *compile_source(struct compiler *compiler, struct arena *scratch)
{
	struct ast_size size = { 0 };
	struct ast *ast = jmespath_parse(&compiler->lexer, scratch, &size);

	if (!ast)
		return NULL;
	compiler->node_room = size.nodes;
	compiler->nodes = arena_array(compiler->arena, size.nodes, sizeof(*compiler->nodes));
	compiler->step_room = size.steps;
	compiler->steps = arena_array(compiler->arena, size.steps, sizeof(*compiler->steps));
	return compile_node(compiler, ast);
}

const struct jmespath *jmespath_compile(struct arena *arena, struct str expression,
					const struct jmespath_library *library, struct place place, struct error **err)
{
	struct compiler compiler = { .arena = arena, .library = library };
	struct jmespath *program;
	struct arena *scratch;
	struct cost cost;

	if (expression.n > JMESPATH_MAX_SOURCE) {
		error_set_at(err, ERROR_LIMIT, place, "the expression is longer than %d bytes", JMESPATH_MAX_SOURCE);
		return NULL;
	}
	compiler.source = str_dup(arena, expression);
	compiler.lexer = (struct lexer){ .arena = arena, .source = compiler.source, .place = place, .err = err };
	program = ARENA_NEW(arena, struct jmespath);
	program->source = compiler.source;
	scratch = arena_create();
	program->root = compile_source(&compiler, scratch);
	arena_destroy(scratch);
	if (!program->root)
		return NULL;
	cost = node_cost(program->root);
	if (cost.depth > NESTING_MAX) {
		error_set_at(err, ERROR_LIMIT, place, "the expression builds values that nest too deeply");
		return NULL;
	}
	program->heavy = cost.copies > COPIES_MAX;
	find_roots(arena, program);
	return program;
}

struct str jmespath_source(const struct jmespath *program)
{
	return program->source;
}
