/*
 * References: `$(./../requests/memory)` in a leaf or key stands for another leaf of the same tree. They are replaced
 * before variables and read nothing but the tree, so that a template does it once.
 */
#include "policy/kyverno/leaf.h"
#include "policy/kyverno/pattern_node.h"
#include "policy/kyverno/variable.h"

#include "data/utf8.h"
#include "policy/kyverno/gotext.h"

/* No decoder lets anything deeper through; what is below is left alone. */
#define DEPTH_MAX 1024

struct resolver {
	struct arena *arena;
	const struct value *root;
	struct str root_path;
	struct str *problem;
};

/* -- finding --------------------------------------------------------------------------------------------------- */

/*
 * "$(" at `start`, one character that is no line break, and everything up to the last ')' before a space. Where that
 * ends, or 0. `stop_at_first`: up to the first ')' (Kyverno's expression for escaped references).
 */
static size_t closing(struct str text, size_t start, bool stop_at_first)
{
	size_t i = start + 2, width, end = 0;

	if (i >= text.n || text.p[i] == '\n')
		return 0;
	utf8_decode(text.p + i, text.n - i, &width);
	for (i += width; i < text.n && text.p[i] != ' '; i++) {
		if (text.p[i] != ')')
			continue;
		end = i + 1;
		if (stop_at_first)
			break;
	}
	return end;
}

struct reference {
	struct str whole, text;         /* with and without the character in front */
	bool initial;
	size_t end;
};

static bool find(struct str text, size_t from, struct reference *out)
{
	size_t at = from;

	while ((at = str_find(text, STR("$("), at)) != STR_NOT_FOUND) {
		size_t end, front;

		if ((at == from && from != 0) || (at > 0 && text.p[at - 1] == '\\') ||
		    (end = closing(text, at, false)) == 0) {
			at++;
			continue;
		}
		front = at > 0 ? at - 1 : 0;
		while (front > from && ((unsigned char)text.p[front] & 0xc0) == 0x80)
			front--;
		*out = (struct reference){ .whole = str_slice(text, front, end), .initial = at == 0, .end = end };
		out->text = at == 0 ? out->whole : str_skip(out->whole, 1);
		return true;
	}
	return false;
}

/* "\$(…)" becomes "$(…)". */
static struct str unescape(struct arena *arena, struct str text)
{
	struct str source = text;

	for (size_t at = 0; (at = str_find(source, STR("\\$("), at)) != STR_NOT_FOUND;) {
		size_t end = closing(source, at + 1, true);

		if (end == 0) {
			at++;
			continue;
		}
		text = str_replace(arena, text, str_slice(source, at, end), str_slice(source, at + 1, end), SIZE_MAX);
		at = end;
	}
	return text;
}

/* -- paths ----------------------------------------------------------------------------------------------------- */

/* Go's path.Clean of parts joined by slashes; empty parts and "." fall away. */
static struct str clean(struct arena *arena, struct str path, bool without_anchors)
{
	bool absolute = path.n > 0 && path.p[0] == '/', more;
	struct str *parts = arena_array(arena, path.n + 1, sizeof(*parts)), part, rest = path;
	size_t count = 0, n = 1;
	char *text, *end;

	do {
		more = str_cut(rest, '/', &part, &rest);
		if (without_anchors)
			anchor_parse(part, &part);
		if (part.n == 0 || str_is(part, "."))
			continue;
		if (str_is(part, "..") && (count > 0 ? !str_is(parts[count - 1], "..") : absolute))
			count -= count > 0;
		else
			parts[count++] = part;
	} while (more);
	for (size_t i = 0; i < count; i++)
		n += parts[i].n + 1;
	text = end = arena_alloc(arena, n);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 || absolute)
			*end++ = '/';
		memcpy(end, parts[i].p, parts[i].n);
		end += parts[i].n;
	}
	if (count == 0 && absolute)
		*end++ = '/';
	return str_make(text, (size_t)(end - text));
}

/* -- reading --------------------------------------------------------------------------------------------------- */

struct search {
	struct arena *arena;
	struct str path;
	const struct value *found;      /* the last one that stands there */
};

/* A path is compared without its anchors. What stands at the path of a map are its keys. */
static bool is_at(struct search *search, struct str path)
{
	return str_equal(clean(search->arena, path, true), search->path);
}

static void look(struct search *search, const struct value *v, struct str path, int depth)
{
	if (depth > DEPTH_MAX)
		return;
	if (v->type == VALUE_ARRAY) {
		for (uint32_t i = 0; i < v->length; i++)
			look(search, &v->u.items[i], variable_path_index(search->arena, path, i), depth + 1);
	} else if (v->type == VALUE_OBJECT) {
		if (v->length > 0 && is_at(search, path))
			search->found = &v->u.members[v->length - 1].key;
		for (MEMBER_EACH(m, v))
			look(search, &m->value, variable_path(search->arena, path, value_str(&m->key)), depth + 1);
	} else if (is_at(search, path)) {
		search->found = v;
	}
}

/* The text of a value behind an operator. */
static bool operand_text(struct arena *arena, const struct value *v, struct str *out)
{
	char space[GO_NUMBER_MAX];

	if (value_is(v, VALUE_STRING))
		*out = value_str(v);
	else if (value_is_number(v))
		*out = str_dup(arena, go_number_text_f(v, space));
	else
		return false;
	return true;
}

static struct str trim_marks(struct str s)
{
	while (s.n > 0 && strchr("$()", s.p[0]) && s.p[0])
		s = str_skip(s, 1);
	while (s.n > 0 && strchr("$()", s.p[s.n - 1]) && s.p[s.n - 1])
		s.n--;
	return s;
}

__attribute__((format(printf, 2, 3))) static bool refuse(struct resolver *r, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	*r->problem = str_vformat(r->arena, format, args);
	va_end(args);
	return false;
}

/* The value behind a reference as text, with the operator in front. False and the problem. */
static bool text_behind(struct resolver *r, const struct value *found, enum leaf_operator operator,
			struct str reference, struct str path, struct str *out)
{
	const char *sign = leaf_operator_texts[operator];
	struct str operand;

	if (operator == LEAF_EQUAL) {
		*out = value_str(found);
		if (value_is_null(found))
			return refuse(r, "got nil resolved variable " STR_FMT " at path " STR_FMT ": <nil>",
				      STR_ARG(reference), STR_ARG(path));
		if (found->type != VALUE_STRING)
			return refuse(r, "NotResolvedReferenceErr,reference " STR_FMT " not resolved at path " STR_FMT,
				      STR_ARG(reference), STR_ARG(path));
		return true;
	}
	if (!operand_text(r->arena, found, &operand))
		return refuse(r,
			      "failed to resolve " STR_FMT " at path " STR_FMT
			      ": incorrect expression: operator %s does not match with value " STR_FMT,
			      STR_ARG(reference), STR_ARG(path), sign, STR_ARG(go_text(r->arena, found)));
	*out = str_concat(r->arena, str_of(sign), operand);
	return true;
}

/* What one reference stands for, as text. False and the problem. */
static bool resolve(struct resolver *r, struct str reference, struct str path, struct str *out)
{
	struct str target = trim_marks(reference);
	enum leaf_operator operator = leaf_operator_of(target);
	struct search search = { .arena = r->arena };

	target = str_skip(target, strlen(leaf_operator_texts[operator]));
	if (target.n == 0)
		return refuse(r,
			      "failed to resolve " STR_FMT " at path " STR_FMT ": expected path, found empty reference",
			      STR_ARG(reference), STR_ARG(path));
	if (target.p[0] != '/')
		target = clean(r->arena, str_format(r->arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(target)),
			       false);
	search.path = target;
	look(&search, r->root, r->root_path, 0);
	return text_behind(r, search.found, operator, reference, path, out);
}

/* -- replacing ------------------------------------------------------------------------------------------------- */

static bool replace_text(struct resolver *r, struct str source, struct str path, struct str *out)
{
	struct reference reference;
	struct str text = source;

	for (size_t from = 0; find(source, from, &reference); from = reference.end) {
		struct str replacement;

		if (!resolve(r, reference.text, path, &replacement))
			return false;
		if (!reference.initial)
			replacement = str_concat(r->arena, str_slice(reference.whole, 0, 1), replacement);
		text = str_replace(r->arena, text, reference.whole, replacement, 1);
	}
	*out = unescape(r->arena, text);
	return true;
}

static bool possible(const struct value *v, int depth)
{
	if (depth > DEPTH_MAX)
		return false;
	if (v->type == VALUE_STRING)
		return str_find(value_str(v), STR("$("), 0) != STR_NOT_FOUND;
	for (VALUE_EACH(item, v))
		if (possible(item, depth + 1))
			return true;
	for (MEMBER_EACH(m, v))
		if (possible(&m->key, depth) || possible(&m->value, depth + 1))
			return true;
	return false;
}

static const struct value *replace_string(struct resolver *r, const struct value *v, struct str path)
{
	struct value result;
	struct str text;

	if (!possible(v, 0))
		return v;
	if (!replace_text(r, value_str(v), path, &text))
		return NULL;
	result = value_make_str(text);
	return variable_moved(r->arena, &result, v);
}

static const struct value *replace(struct resolver *r, const struct value *v, struct str path, int depth);

static const struct value *replace_array(struct resolver *r, const struct value *v, struct str path, int depth)
{
	struct value *items = arena_array(r->arena, v->length, sizeof(*items));

	for (uint32_t i = 0; i < v->length; i++) {
		const struct value *item =
			replace(r, &v->u.items[i], variable_path_index(r->arena, path, i), depth + 1);

		if (!item)
			return NULL;
		items[i] = *item;
	}
	return variable_moved(r->arena, value_of_items(r->arena, items, v->length), v);
}

static const struct value *replace_object(struct resolver *r, const struct value *v, struct str path, int depth)
{
	struct object_builder object = { 0 };

	for (MEMBER_EACH(m, v)) {
		const struct value *key = replace_string(r, &m->key, path), *value;

		value = key ? replace(r, &m->value, variable_path(r->arena, path, value_str(&m->key)), depth + 1)
			    : NULL;
		if (!value)
			return NULL;
		object_put_member(r->arena, &object, key, value);
	}
	return variable_moved(r->arena, object_finish(r->arena, &object), v);
}

static const struct value *replace(struct resolver *r, const struct value *v, struct str path, int depth)
{
	if (depth > DEPTH_MAX)
		return v;
	if (v->type == VALUE_STRING)
		return replace_string(r, v, path);
	if (v->type == VALUE_ARRAY)
		return replace_array(r, v, path, depth);
	return v->type == VALUE_OBJECT ? replace_object(r, v, path, depth) : v;
}

const struct value *reference_replace_all(struct arena *arena, const struct value *tree, struct str path,
					  struct str *problem)
{
	struct resolver resolver = { .arena = arena, .root = tree, .root_path = path, .problem = problem };

	return possible(tree, 0) ? replace(&resolver, tree, path, 0) : tree;
}
