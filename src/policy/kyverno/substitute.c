/* Templates: compiled once, rendered many times. */
#include "policy/kyverno/substitute.h"

#include "base/map.h"
#include "policy/kyverno/variable.h"

/* No decoder lets anything deeper through. */
#define DEPTH_MAX 1024

enum node_kind {
	NODE_STATIC,
	NODE_WHOLE,             /* a string that is one variable: becomes any value */
	NODE_TEXT,              /* literals and variables whose values cannot join into new ones: see below */
	NODE_ANY_TEXT,          /* everything else: replaced pass by pass */
	NODE_ARRAY,
	NODE_OBJECT,
};

/* A stretch of literal text, or a variable (expression set). */
struct part {
	struct str literal;
	const struct expression *expression;
};

struct node;

/* An item or member that is not static. */
struct child {
	uint32_t index;
	const struct node *key, *value; /* NULL for what is static */
};

struct node {
	enum node_kind kind;
	uint32_t count;                 /* parts or children */
	const struct value *at;         /* of the tree */
	struct str path;
	union {
		const struct expression *expression;
		const struct part *parts;
		const struct child *children;
	} u;
};

struct template {
	const struct value *tree;
	const struct node *root;
	struct str problem;             /* a reference that does not resolve is an error of each rendering */
	const struct expression *expressions;
	size_t expression_count;
	const struct str *roots;
	size_t root_count;
	bool reads_all;
};

struct compiler {
	struct arena *arena;
	const struct jmespath_library *library;
	struct error **err;
	struct map expressions;         /* text → struct expression */
	bool failed, reads_all;
};

/* -- compiling ------------------------------------------------------------------------------------------------- */

static const struct expression *compile_expression(struct compiler *c, struct str text, const struct value *at)
{
	void **slot = map_slot(&c->expressions, text);
	struct expression *expression;

	if (*slot)
		return *slot;
	*slot = expression = ARENA_NEW(c->arena, struct expression);
	expression->text = text;
	if (str_is(text, "@")) {
		c->reads_all = true;
		return expression;
	}
	if (text.n == 0) {
		error_set_at(c->err, ERROR_INVALID, value_place(at), "the variable {{ }} is empty");
		c->failed = true;
		return expression;
	}
	expression->program = jmespath_compile(c->arena, text, c->library, value_place(at), c->err);
	c->failed |= !expression->program;
	return expression;
}

static bool has_brace(struct str s)
{
	return str_find_char(s, '{', 0) != STR_NOT_FOUND || str_find_char(s, '}', 0) != STR_NOT_FOUND;
}

struct text_parts {
	struct part *items;
	size_t count, capacity;
	bool simple;
};

static void add_literal(struct compiler *c, struct text_parts *parts, struct str literal)
{
	if (literal.n == 0)
		return;
	parts->simple = parts->simple && !has_brace(literal);
	*ARENA_PUSH(c->arena, parts->items, parts->count, parts->capacity) = (struct part){ .literal = literal };
}

/* Kyverno takes the first byte off the character in front and the rest of it for a part of the expression. */
static bool is_readable(struct compiler *c, const struct variable *variable, const struct value *at)
{
	struct str front = str_slice(variable->whole, 0, variable->whole.n - (variable->end - variable->start));

	if (variable->initial || (unsigned char)front.p[0] < 0x80)
		return true;
	error_set_at(c->err, ERROR_INVALID, value_place(at), "Kyverno cannot read a variable right behind \"" STR_FMT
		     "\" (a character that is not ASCII): put a blank in between", STR_ARG(front));
	c->failed = true;
	return false;
}

/*
 * Cuts a text at its variables. Kyverno replaces them in passes over the whole text, finding a variable right behind
 * another only in the next pass. As long as no literal has a brace, that comes to the same as putting values in place;
 * rendering checks the same of the values.
 */
static struct text_parts cut(struct compiler *c, const struct value *v)
{
	struct str text = value_str(v);
	struct text_parts parts = { .simple = true };
	struct variable variable;
	size_t from = 0;

	for (;;) {
		struct str rest = str_skip(text, from), expression;
		bool shallow;

		/* A variable right at the start of the rest is one, too. */
		if (!variable_find(rest, 0, &variable))
			break;
		add_literal(c, &parts, str_slice(rest, 0, variable.start));
		if (!is_readable(c, &variable, v))
			break;
		expression = variable_expression(c->arena, variable.text, &shallow);
		*ARENA_PUSH(c->arena, parts.items, parts.count, parts.capacity) =
			(struct part){ .expression = compile_expression(c, expression, v) };
		parts.simple = parts.simple && !shallow;
		from += variable.end;
	}
	add_literal(c, &parts, str_skip(text, from));
	return parts;
}

static bool is_whole(struct str text)
{
	struct variable variable;

	return variable_find(text, 0, &variable) && variable.initial && variable.end == text.n;
}

static const struct node *compile_string(struct compiler *c, const struct value *v, struct str path)
{
	struct node *node = ARENA_NEW(c->arena, struct node);
	struct variable variable;
	struct text_parts parts;

	node->at = v;
	node->path = path;
	if (!variable_find(value_str(v), 0, &variable)) {
		/* Escaped braces only. */
		struct value plain = value_make_str(variable_unescape(c->arena, value_str(v)));

		node->at = variable_moved(c->arena, &plain, v);
		return node;
	}
	parts = cut(c, v);
	if (is_whole(value_str(v))) {
		node->kind = NODE_WHOLE;
		node->u.expression = parts.items[0].expression;
		return node;
	}
	node->kind = parts.simple ? NODE_TEXT : NODE_ANY_TEXT;
	c->reads_all |= !parts.simple;
	node->count = (uint32_t)parts.count;
	node->u.parts = parts.items;
	return node;
}

static const struct node *compile(struct compiler *c, const struct value *v, struct str path, int depth);

/* NULL for what has nothing to replace. */
static const struct node *compile_key(struct compiler *c, const struct value *key, struct str path)
{
	return variable_possible(value_str(key)) ? compile_string(c, key, path) : NULL;
}

static const struct node *compile_tree(struct compiler *c, const struct value *v, struct str path, int depth)
{
	struct child *children = NULL;
	size_t count = 0, capacity = 0;
	struct node *node;

	for (uint32_t i = 0; i < v->length; i++) {
		struct child child = { .index = i };

		if (v->type == VALUE_ARRAY) {
			child.value = compile(c, &v->u.items[i], variable_path_index(c->arena, path, i), depth + 1);
		} else {
			const struct member *m = &v->u.members[i];

			child.key = compile_key(c, &m->key, path);
			child.value =
				compile(c, &m->value, variable_path(c->arena, path, value_str(&m->key)), depth + 1);
		}
		if (child.key || child.value)
			*ARENA_PUSH(c->arena, children, count, capacity) = child;
	}
	if (count == 0)
		return NULL;
	node = ARENA_NEW(c->arena, struct node);
	node->kind = v->type == VALUE_ARRAY ? NODE_ARRAY : NODE_OBJECT;
	node->count = (uint32_t)count;
	node->at = v;
	node->path = path;
	node->u.children = children;
	return node;
}

static const struct node *compile(struct compiler *c, const struct value *v, struct str path, int depth)
{
	if (v->type == VALUE_STRING)
		return variable_possible(value_str(v)) ? compile_string(c, v, path) : NULL;
	if ((v->type != VALUE_ARRAY && v->type != VALUE_OBJECT) || depth > DEPTH_MAX)
		return NULL;
	return compile_tree(c, v, path, depth);
}

/* Collects the expressions, and what they read. */
static void finish(struct compiler *c, struct template *template)
{
	struct expression *expressions = arena_array(c->arena, c->expressions.count, sizeof(*expressions));
	struct map seen;
	struct str *roots = NULL;
	size_t count = 0, capacity = 0;

	map_init(&seen, c->arena);
	template->expressions = expressions;
	template->reads_all = c->reads_all;
	for (size_t i = 0; i < c->expressions.capacity; i++) {
		const struct expression *expression = c->expressions.entries[i].value;
		const struct str *names;
		size_t name_count;
		bool all = false;

		if (!expression)
			continue;
		expressions[template->expression_count++] = *expression;
		if (!expression->program)
			continue;
		names = jmespath_roots(expression->program, &name_count, &all);
		template->reads_all |= all;
		for (size_t j = 0; j < name_count; j++) {
			void **slot = map_slot(&seen, names[j]);

			if (!*slot)
				*ARENA_PUSH(c->arena, roots, count, capacity) = names[j];
			*slot = template;
		}
	}
	template->roots = roots;
	template->root_count = count;
}

const struct template *template_compile(struct arena *arena, const struct value *tree, struct str path,
					const struct jmespath_library *library, struct error **err)
{
	struct compiler c = { .arena = arena, .library = library, .err = err };
	struct template *template = ARENA_NEW(arena, struct template);

	if (!tree)
		tree = &value_null;
	template->tree = reference_replace_all(arena, tree, path, &template->problem);
	if (!template->tree) {
		template->tree = tree;
		return template;
	}
	map_init(&c.expressions, arena);
	template->root = compile(&c, template->tree, path, 0);
	if (c.failed)
		return NULL;
	if (template->root && template->root->kind == NODE_STATIC) {
		template->tree = template->root->at;
		template->root = NULL;
	}
	finish(&c, template);
	return template;
}

bool template_is_static(const struct template *template)
{
	return !template->root && template->problem.n == 0;
}

const struct value *template_tree(const struct template *template)
{
	return template->tree;
}

const struct str *template_roots(const struct template *template, size_t *count, bool *all)
{
	*count = template->root_count;
	*all = template->reads_all;
	return template->roots;
}

/* -- rendering ------------------------------------------------------------------------------------------------- */

static enum jmespath_status render(struct rendering *r, const struct node *node, const struct value **out);

/* What came of a text may be any value, and may hold variables itself; a string is taken as it is. */
static enum jmespath_status look_through(struct rendering *r, const struct node *node, const struct value **out)
{
	return (*out)->type == VALUE_STRING ? JMESPATH_OK : variable_replace_all(r, *out, node->path, 0, out);
}

static enum jmespath_status render_any_text(struct rendering *r, const struct node *node, const struct value **out)
{
	enum jmespath_status status = variable_replace(r, node->at, node->path, out);

	return status == JMESPATH_OK ? look_through(r, node, out) : status;
}

static enum jmespath_status render_whole(struct rendering *r, const struct node *node, const struct value **out)
{
	enum jmespath_status status = variable_query(r, node->u.expression, node->path, out);

	if (status != JMESPATH_OK)
		return status;
	/* Kyverno's context knows no integers. */
	*out = value_as_floats(r->arena, *out);
	return look_through(r, node, out);
}

/*
 * May the value be put in place? Not what could make a new variable together with its surroundings, nor (Kyverno cuts
 * the character in front of a variable at its first byte) what ends in a character of several bytes.
 */
static bool is_harmless(struct str value, bool variable_follows)
{
	unsigned char last = value.n > 0 ? (unsigned char)value.p[value.n - 1] : 0;

	return !has_brace(value) && (!variable_follows || (last > 0 && last < 0x80 && last != '\\'));
}

/* The most parts that are joined on the stack; texts with more are made pass by pass. */
#define PARTS_MAX 32

static enum jmespath_status render_text(struct rendering *r, const struct node *node, const struct value **out)
{
	struct str texts[PARTS_MAX];
	size_t n = 0;
	char *p, *end;
	struct value result;

	if (node->count > PARTS_MAX)
		return render_any_text(r, node, out);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct part *part = &node->u.parts[i];
		const struct value *value;
		enum jmespath_status status;

		texts[i] = part->literal;
		if (part->expression) {
			status = variable_query(r, part->expression, node->path, &value);
			if (status != JMESPATH_OK)
				return status;
			texts[i] = variable_text(r->arena, value);
			if (!is_harmless(texts[i], i + 1 < node->count && part[1].expression))
				return render_any_text(r, node, out);
		}
		n += texts[i].n;
	}
	p = end = arena_alloc(r->arena, n);
	for (uint32_t i = 0; i < node->count; i++) {
		if (texts[i].n)
			memcpy(end, texts[i].p, texts[i].n);
		end += texts[i].n;
	}
	result = value_make_str(str_make(p, n));
	*out = variable_moved(r->arena, &result, node->at);
	return JMESPATH_OK;
}

static struct value placed(const struct value *v, const struct value *at)
{
	struct value copy = *v;

	copy.source = at->source;
	copy.line = at->line;
	copy.column = at->column;
	return copy;
}

static enum jmespath_status render_array(struct rendering *r, const struct node *node, const struct value **out)
{
	struct value *items = arena_copy(r->arena, node->at->u.items, node->at->length * sizeof(*items));

	for (uint32_t i = 0; i < node->count; i++) {
		const struct child *child = &node->u.children[i];
		const struct value *item;
		enum jmespath_status status = render(r, child->value, &item);

		if (status != JMESPATH_OK)
			return status;
		items[child->index] = placed(item, &items[child->index]);
	}
	*out = variable_moved(r->arena, value_of_items(r->arena, items, node->at->length), node->at);
	return JMESPATH_OK;
}

static enum jmespath_status render_key(struct rendering *r, const struct node *node, const struct value *key,
				       const struct value **out)
{
	const struct value *replaced;
	enum jmespath_status status = render(r, node, &replaced);

	return status == JMESPATH_OK ? variable_key(r, key, replaced, out) : status;
}

/* With new keys, which may be equal to others: the later one stays. */
static const struct value *settle(struct rendering *r, const struct member *members, uint32_t count)
{
	struct object_builder object = { 0 };

	for (uint32_t i = 0; i < count; i++)
		object_put_member(r->arena, &object, &members[i].key, &members[i].value);
	return object_finish(r->arena, &object);
}

static enum jmespath_status render_object(struct rendering *r, const struct node *node, const struct value **out)
{
	uint32_t length = node->at->length;
	struct member *members = arena_copy(r->arena, node->at->u.members, length * sizeof(*members));
	bool new_keys = false;

	for (uint32_t i = 0; i < node->count; i++) {
		const struct child *child = &node->u.children[i];
		struct member *member = &members[child->index];
		const struct value *value;
		enum jmespath_status status = JMESPATH_OK;

		if (child->key) {
			status = render_key(r, child->key, &member->key, &value);
			if (status != JMESPATH_OK)
				return status;
			member->key = placed(value, &member->key);
			new_keys = true;
		}
		if (!child->value)
			continue;
		status = render(r, child->value, &value);
		if (status != JMESPATH_OK)
			return status;
		member->value = placed(value, &member->value);
	}
	*out = new_keys ? settle(r, members, length) : value_of_members(r->arena, members, length);
	*out = variable_moved(r->arena, *out, node->at);
	return JMESPATH_OK;
}

static enum jmespath_status render(struct rendering *r, const struct node *node, const struct value **out)
{
	switch (node->kind) {
	case NODE_STATIC:
		break;
	case NODE_WHOLE:
		return render_whole(r, node, out);
	case NODE_TEXT:
		return render_text(r, node, out);
	case NODE_ANY_TEXT:
		return render_any_text(r, node, out);
	case NODE_ARRAY:
		return render_array(r, node, out);
	case NODE_OBJECT:
		return render_object(r, node, out);
	}
	*out = node->at;
	return JMESPATH_OK;
}

static enum jmespath_status fail_by_reference(struct str problem, struct error **err)
{
	error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(problem));
	return JMESPATH_FAILED;
}

enum jmespath_status template_render(const struct template *template, const struct substitution *substitution,
				     const struct value **out, struct error **err)
{
	struct rendering r = {
		.substitution = substitution, .arena = substitution->arena, .err = err,
		.known = template->expressions, .known_count = template->expression_count,
	};
	enum jmespath_status status;

	if (template->problem.n > 0)
		return fail_by_reference(template->problem, err);
	*out = template->tree;
	if (!template->root)
		return JMESPATH_OK;
	status = render(&r, template->root, out);
	if (status == JMESPATH_OK && template->tree->type == VALUE_STRING)
		*out = variable_moved(r.arena, *out, template->tree);
	return status;
}

enum jmespath_status template_render_str(const struct template *template, const struct substitution *substitution,
					 struct str *out, struct error **err)
{
	const struct value *value;
	enum jmespath_status status = template_render(template, substitution, &value, err);

	if (status != JMESPATH_OK)
		return status;
	if (value->type != VALUE_STRING) {
		error_set(err, ERROR_INVALID,
			  "the produced message didn't resolve to a string, check your policy definition.");
		return JMESPATH_FAILED;
	}
	*out = value_str(value);
	return JMESPATH_OK;
}

enum jmespath_status template_substitute(const struct value *tree, struct str path,
					 const struct substitution *substitution, const struct value **out,
					 struct error **err)
{
	struct rendering r = { .substitution = substitution, .arena = substitution->arena, .err = err };
	struct str problem = STR_NULL;
	const struct value *resolved = reference_replace_all(r.arena, tree ? tree : &value_null, path, &problem);

	return resolved ? variable_replace_all(&r, resolved, path, 0, out) : fail_by_reference(problem, err);
}
