#include "policy/kyverno/variable.h"

#include "data/json.h"
#include "data/utf8.h"

/* Caps on one rendering: what variables stand for may hold variables again, without end. */
#define QUERIES_MAX 10000
#define PASSES_MAX 200
#define BYTES_MAX (16 * 1024 * 1024)
#define DEPTH_MAX 600

/* -- finding --------------------------------------------------------------------------------------------------- */

/* Where the "{{…}}" that starts at `start` ends, or 0. Inside may be "{…}" without further braces. */
static size_t closing(struct str text, size_t start)
{
	size_t i = start + 2;

	while (i < text.n) {
		if (text.p[i] == '}')
			return i + 1 < text.n && text.p[i + 1] == '}' ? i + 2 : 0;
		if (text.p[i] == '{') {
			for (i++; i < text.n && text.p[i] != '{' && text.p[i] != '}'; i++)
				;
			if (i >= text.n || text.p[i] != '}')
				return 0;
		}
		i++;
	}
	return 0;
}

/* The start of the character that ends before `end`; not before `from`. */
static size_t character_before(struct str text, size_t from, size_t end)
{
	size_t start = end - 1, width;

	while (start > from && end - start < 4 && ((unsigned char)text.p[start] & 0xc0) == 0x80)
		start--;
	utf8_decode(text.p + start, text.n - start, &width);
	return start + width == end ? start : end - 1;
}

bool variable_find(struct str text, size_t from, struct variable *out)
{
	size_t at = from;

	while ((at = str_find(text, STR("{{"), at)) != STR_NOT_FOUND) {
		size_t end, front;

		if ((at == from && from != 0) || (at > 0 && text.p[at - 1] == '\\') || (end = closing(text, at)) == 0) {
			at++;
			continue;
		}
		front = at == 0 ? 0 : character_before(text, from, at);
		*out = (struct variable){
			.whole = str_slice(text, front, end), .initial = at == 0, .start = at, .end = end,
		};
		out->text = at == 0 ? out->whole : str_skip(out->whole, 1);
		return true;
	}
	return false;
}

struct str variable_expression(struct arena *arena, struct str text, bool *shallow)
{
	struct str s = str_replace(arena, text, STR("{{"), STR(""), SIZE_MAX);

	s = str_trim(str_replace(arena, s, STR("}}"), STR(""), SIZE_MAX));
	*shallow = s.n > 0 && s.p[0] == '-';
	return *shallow ? str_trim(str_skip(s, 1)) : s;
}

struct str variable_unescape(struct arena *arena, struct str text)
{
	return str_replace(arena, text, STR("\\{{"), STR("{{"), SIZE_MAX);
}

bool variable_possible(struct str text)
{
	return str_find(text, STR("{{"), 0) != STR_NOT_FOUND;
}

struct str variable_path(struct arena *arena, struct str path, struct str key)
{
	return str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(path),
			  STR_ARG(str_replace(arena, key, STR("/"), STR("\\/"), SIZE_MAX)));
}

struct str variable_path_index(struct arena *arena, struct str path, size_t index)
{
	return str_format(arena, STR_FMT "/%zu", STR_ARG(path), index);
}

const struct value *variable_moved(struct arena *arena, const struct value *v, const struct value *at)
{
	struct value *copy = arena_copy(arena, v, sizeof(*v));

	copy->source = at->source;
	copy->line = at->line;
	copy->column = at->column;
	return copy;
}

struct str variable_text(struct arena *arena, const struct value *v)
{
	return v->type == VALUE_STRING ? value_str(v)
				       : json_text(arena, v, JSON_COMPACT | JSON_SORTED | JSON_HTML_SAFE);
}

/* -- asking ---------------------------------------------------------------------------------------------------- */

static enum jmespath_status fail(struct rendering *r, enum jmespath_status status, struct str expression,
				 struct str path)
{
	error_wrap(r->err, "failed to resolve " STR_FMT " at path " STR_FMT, STR_ARG(expression), STR_ARG(path));
	return status;
}

static const struct jmespath *program_of(struct rendering *r, struct str expression)
{
	const struct substitution *s = r->substitution;

	for (size_t i = 0; i < r->known_count; i++)
		if (r->known[i].program && str_equal(r->known[i].text, expression))
			return r->known[i].program;
	if (expression.n == 0) {
		error_set(r->err, ERROR_INVALID, "invalid query (nil)");
		return NULL;
	}
	if (!s->compile) {
		error_set(r->err, ERROR_UNSUPPORTED, "no expression can be made here");
		return NULL;
	}
	return s->compile(s->user, expression, r->err);
}

enum jmespath_status variable_query(struct rendering *r, const struct expression *expression, struct str path,
				    const struct value **out)
{
	const struct substitution *s = r->substitution;
	const struct jmespath *program = expression->program;
	struct str text = expression->text;
	enum jmespath_status status;

	if (++r->queries > QUERIES_MAX) {
		error_set(r->err, ERROR_LIMIT, "more than %d variables to replace", QUERIES_MAX);
		return fail(r, JMESPATH_FAILED, text, path);
	}
	if (str_is(text, "@")) {
		text = pointer_expression(r->arena, path, s->has_target);
		program = NULL;
	}
	if (s->is_delete && str_contains(text, STR("request.object"))) {
		text = str_replace(r->arena, text, STR("request.object"), STR("request.oldObject"), SIZE_MAX);
		program = NULL;
	}
	if (!program)
		program = program_of(r, text);
	if (!program)
		return fail(r, JMESPATH_FAILED, text, path);
	status = s->query(s->user, program, out, r->err);
	if (status == JMESPATH_OK)
		return status;
	if (status == JMESPATH_MISSING && s->missing_is_null) {
		*out = &value_null;
		return JMESPATH_OK;
	}
	return fail(r, status, text, path);
}

/* -- replacing ------------------------------------------------------------------------------------------------- */

/* Kyverno makes the byte in front into a character of that number, which for ASCII is the character itself. */
static struct str front_of(struct arena *arena, const struct variable *variable)
{
	unsigned char c = (unsigned char)variable->whole.p[0];

	if (variable->initial)
		return STR("");
	if (c < 0x80)
		return str_slice(variable->whole, 0, 1);
	return str_format(arena, "%c%c", 0xc0 | c >> 6, 0x80 | (c & 0x3f));
}

struct pass {
	struct str before, text;        /* at its start and so far */
	bool found, shallow;
	const struct value *value;      /* when the text is one variable: what it stands for */
};

static enum jmespath_status replace_one(struct rendering *r, struct pass *pass, const struct variable *variable,
					struct str path)
{
	struct expression expression = { 0 };
	const struct value *value;
	struct str front, replacement;
	enum jmespath_status status;

	expression.text = variable_expression(r->arena, variable->text, &pass->shallow);
	status = variable_query(r, &expression, path, &value);
	if (status != JMESPATH_OK)
		return status;
	if (str_equal(pass->before, variable->text)) {
		pass->value = value_as_floats(r->arena, value);
		return JMESPATH_OK;
	}
	replacement = variable_text(r->arena, value);
	if (pass->shallow && value->type != VALUE_NULL)
		replacement = str_replace(r->arena, replacement, STR("{{"), STR("\\{{"), SIZE_MAX);
	r->bytes += pass->text.n + replacement.n;
	if (r->bytes > BYTES_MAX) {
		error_set(r->err, ERROR_LIMIT, "replacing variables takes more than %d bytes", BYTES_MAX);
		return fail(r, JMESPATH_FAILED, expression.text, path);
	}
	front = front_of(r->arena, variable);
	pass->text = str_replace(r->arena, pass->text, str_concat(r->arena, front, variable->text),
				 str_concat(r->arena, front, replacement), 1);
	return JMESPATH_OK;
}

static enum jmespath_status run_pass(struct rendering *r, struct pass *pass, struct str path)
{
	struct variable variable;

	pass->before = pass->text;
	pass->found = pass->shallow = false;
	for (size_t from = 0; variable_find(pass->before, from, &variable); from = variable.end) {
		enum jmespath_status status = replace_one(r, pass, &variable, path);

		if (status != JMESPATH_OK)
			return status;
		pass->found = true;
		if (pass->value)
			break;
	}
	return JMESPATH_OK;
}

enum jmespath_status variable_replace(struct rendering *r, const struct value *text, struct str path,
				      const struct value **out)
{
	struct pass pass = { .text = value_str(text) };
	struct value result;

	for (int passes = 0;; passes++) {
		enum jmespath_status status = run_pass(r, &pass, path);

		if (status != JMESPATH_OK)
			return status;
		if (pass.value) {
			*out = variable_moved(r->arena, pass.value, text);
			return JMESPATH_OK;
		}
		if (!pass.found || pass.shallow)
			break;
		if (passes >= PASSES_MAX) {
			error_set(r->err, ERROR_LIMIT, "variables at path " STR_FMT " stand for variables without end",
				  STR_ARG(path));
			return JMESPATH_FAILED;
		}
	}
	result = value_make_str(variable_unescape(r->arena, pass.text));
	*out = variable_moved(r->arena, &result, text);
	return JMESPATH_OK;
}

enum jmespath_status variable_key(struct rendering *r, const struct value *key, const struct value *replaced,
				  const struct value **out)
{
	if (value_is_null(replaced)) {
		*out = key;
		return JMESPATH_OK;
	}
	if (replaced->type != VALUE_STRING) {
		error_set(r->err, ERROR_INVALID, "expected string after substituting variables in key \"" STR_FMT "\"",
			  STR_ARG(value_str(key)));
		return JMESPATH_FAILED;
	}
	*out = replaced;
	return JMESPATH_OK;
}

/* Is there anything to replace in it? */
static bool any_possible(const struct value *v, int depth)
{
	if (depth > DEPTH_MAX)
		return true;
	if (v->type == VALUE_STRING)
		return variable_possible(value_str(v));
	for (VALUE_EACH(item, v))
		if (any_possible(item, depth + 1))
			return true;
	for (MEMBER_EACH(m, v))
		if (variable_possible(value_str(&m->key)) || any_possible(&m->value, depth + 1))
			return true;
	return false;
}

/* Lists and maps are looked into, strings looked at. */
static bool may_change(const struct value *v)
{
	return v->type == VALUE_STRING ? variable_possible(value_str(v))
				       : v->type == VALUE_ARRAY || v->type == VALUE_OBJECT;
}

static enum jmespath_status replace_inside(struct rendering *r, const struct value *v, struct str path, int depth,
					   const struct value **out);

static enum jmespath_status replace_in_array(struct rendering *r, const struct value *v, struct str path, int depth,
					     const struct value **out)
{
	struct value *items = arena_array(r->arena, v->length, sizeof(*items));

	for (uint32_t i = 0; i < v->length; i++) {
		const struct value *item = &v->u.items[i];

		if (may_change(item)) {
			struct str here = variable_path_index(r->arena, path, i);
			enum jmespath_status status = replace_inside(r, item, here, depth + 1, &item);

			if (status != JMESPATH_OK)
				return status;
		}
		items[i] = *item;
	}
	*out = variable_moved(r->arena, value_of_items(r->arena, items, v->length), v);
	return JMESPATH_OK;
}

static enum jmespath_status replace_in_object(struct rendering *r, const struct value *v, struct str path, int depth,
					      const struct value **out)
{
	struct object_builder object = { 0 };

	for (MEMBER_EACH(m, v)) {
		const struct value *key = &m->key, *value = &m->value, *new_key;
		enum jmespath_status status = JMESPATH_OK;

		if (variable_possible(value_str(key))) {
			status = replace_inside(r, key, path, depth, &new_key);
			if (status == JMESPATH_OK)
				status = variable_key(r, key, new_key, &key);
		}
		if (status == JMESPATH_OK && may_change(value))
			status = replace_inside(r, value, variable_path(r->arena, path, value_str(&m->key)), depth + 1,
						&value);
		if (status != JMESPATH_OK)
			return status;
		object_put_member(r->arena, &object, key, value);
	}
	*out = variable_moved(r->arena, object_finish(r->arena, &object), v);
	return JMESPATH_OK;
}

static enum jmespath_status replace_inside(struct rendering *r, const struct value *v, struct str path, int depth,
					   const struct value **out)
{
	const struct value *replaced;
	enum jmespath_status status;

	if (depth > DEPTH_MAX) {
		error_set(r->err, ERROR_LIMIT, "values at path " STR_FMT " are nested too deep", STR_ARG(path));
		return JMESPATH_FAILED;
	}
	if (v->type == VALUE_ARRAY)
		return replace_in_array(r, v, path, depth, out);
	if (v->type == VALUE_OBJECT)
		return replace_in_object(r, v, path, depth, out);
	status = variable_replace(r, v, path, &replaced);
	if (status != JMESPATH_OK)
		return status;
	*out = replaced;
	/* A string that a variable stood for is taken as it is; what is in a list or map is looked through. */
	return replaced->type == VALUE_STRING ? status : variable_replace_all(r, replaced, path, depth + 1, out);
}

enum jmespath_status variable_replace_all(struct rendering *r, const struct value *v, struct str path, int depth,
					  const struct value **out)
{
	*out = v;
	return may_change(v) && any_possible(v, depth) ? replace_inside(r, v, path, depth, out) : JMESPATH_OK;
}
