#include "report/excerpt.h"

#include "report/escape.h"

#define COLUMN_MAX UINT16_MAX /* where struct value's column saturates */
#define SEARCH_DEPTH 64
#define UNDERLINE_MAX 4096      /* bytes; a whole document may stand in one line */

/* -- lines -- */

struct str source_line(struct line_cursor *cursor, const struct source *source, uint32_t line)
{
	struct str text = source ? source->text : STR_NULL;
	size_t end;

	if (text.n == 0 || line < source->first_line || line == 0)
		return STR_NULL;
	if (!cursor->source || cursor->source->text.p != source->text.p)
		*cursor = (struct line_cursor){ source, source->first_line ? source->first_line : 1, 0, 0 };
	if (cursor->line != line)
		cursor->end = 0;
	while (cursor->line > line) {
		/* offset is the begin of a line, so the byte before it ends the line before. */
		size_t begin = str_rfind_char(str_slice(text, 0, cursor->offset - 1), '\n');

		cursor->offset = begin == STR_NOT_FOUND ? 0 : begin + 1;
		cursor->line--;
	}
	while (cursor->line < line) {
		end = str_find_char(text, '\n', cursor->offset);
		if (end == STR_NOT_FOUND)
			return STR_NULL;
		cursor->offset = end + 1;
		cursor->line++;
	}
	if (cursor->end == 0) {
		end = str_find_char(text, '\n', cursor->offset);
		cursor->end = end == STR_NOT_FOUND ? text.n : end;
	}
	end = cursor->end;
	if (end > cursor->offset && text.p[end - 1] == '\r')
		end--;
	return str_slice(text, cursor->offset, end);
}

/* -- from a value to its key and its list item -- */

/* How a value hangs in its object. */
struct trail {
	const struct member *member; /* that holds it, or NULL: it is an item of a list, or the object itself */
	const struct value *item;    /* the innermost list item that is an object and holds it; may be NULL */
	const struct value *value;   /* the value itself */
	struct str rest;	     /* of the path, where it leads nowhere */
};

/* "~1" is '/', "~0" is '~'. */
static bool step_is(struct str step, struct str key)
{
	size_t k = 0;

	if (!memchr(step.p, '~', step.n))
		return str_equal(step, key);
	for (size_t i = 0; i < step.n; i++, k++) {
		char c = step.p[i];

		if (c == '~' && i + 1 < step.n)
			c = step.p[++i] == '1' ? '/' : '~';
		if (k >= key.n || key.p[k] != c)
			return false;
	}
	return k == key.n;
}

const struct value *path_step(const struct value *v, struct str step, const struct member **member)
{
	int64_t index;

	*member = NULL;
	for (MEMBER_EACH(m, v))
		if (step_is(step, value_str(&m->key))) {
			*member = m;
			return &m->value;
		}
	if (!value_is(v, VALUE_ARRAY) || !str_to_int64(step, &index) || index < 0 || (uint64_t)index >= v->length)
		return NULL;
	return &v->u.items[index];
}

struct str path_next(struct str *path)
{
	struct str step;

	if (path->n && path->p[0] == '/')
		*path = str_skip(*path, 1);
	str_cut(*path, '/', &step, path);
	return step;
}

/* A judge may have copied the value that it points at; then the place tells. */
static bool is_same(const struct value *v, const struct value *at)
{
	return v == at || (at && v->line == at->line && v->column == at->column && v->type == at->type && v->line);
}

/* Follows the path until `at` (NULL: as far as it leads). False when it does not lead there. */
static bool trail_by_path(const struct value *object, struct str path, const struct value *at, struct trail *trail)
{
	*trail = (struct trail){ .value = object };
	while (!is_same(trail->value, at) && path.n) {
		const struct member *member;
		struct str rest = path;
		const struct value *next = path_step(trail->value, path_next(&path), &member);

		if (!next) {
			trail->rest = rest;
			break;
		}
		if (trail->value->type == VALUE_ARRAY && next->type == VALUE_OBJECT)
			trail->item = next;
		trail->member = member;
		trail->value = next;
	}
	/* `at` may be the parent of what the path names. */
	if (is_same(trail->value, at))
		trail->rest = path;
	return is_same(trail->value, at) || !at;
}

/* Looks everywhere: for results whose path is written in another way. */
static bool trail_by_search(const struct value *v, const struct value *at, int depth, struct trail *trail)
{
	struct trail here = *trail;

	if (depth == 0)
		return false;
	for (size_t i = 0; i < value_count(v); i++) {
		const struct value *child = value_at(v, i);

		trail->member = v->type == VALUE_OBJECT ? &v->u.members[i] : NULL;
		trail->item = v->type == VALUE_ARRAY && child->type == VALUE_OBJECT ? child : here.item;
		trail->value = child;
		if (is_same(child, at) || trail_by_search(child, at, depth - 1, trail))
			return true;
	}
	*trail = here;
	return false;
}

static bool trail_find(const struct reported *reported, const struct result *result, struct trail *trail)
{
	const struct value *at = result->at && result->at->line ? result->at : NULL;

	if (!reported->object || (!at && result->path.n == 0))
		return false;
	if (trail_by_path(reported->object, result->path, at, trail))
		return true;
	*trail = (struct trail){ .value = reported->object };
	return trail_by_search(reported->object, at, SEARCH_DEPTH, trail);
}

/* A block mapping or list begins on its first entry's line; people look for the key above it. */
static bool points_at_key(const struct trail *trail)
{
	return trail->member && trail->member->key.line && trail->member->key.line < trail->value->line &&
	       (trail->value->type == VALUE_OBJECT || trail->value->type == VALUE_ARRAY);
}

/* -- public: place -- */

static bool needs_trail(const struct result *result)
{
	if (result->at && result->at->line)
		return result->at->type == VALUE_OBJECT || result->at->type == VALUE_ARRAY;
	return result->path.n > 0;
}

static struct str trim_path(struct str path)
{
	while (path.n && path.p[0] == '/')
		path = str_skip(path, 1);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

/* What the excerpt underlines: a key, or a value; NULL when neither is known. */
static const struct value *locate(const struct reported *reported, const struct result *result, bool want_item,
				  struct excerpt *excerpt, const struct value **item)
{
	const struct value *at = result->at && result->at->line ? result->at : NULL;
	struct trail trail;

	*item = NULL;
	*excerpt = (struct excerpt){ .source = reported->source, .line = reported->line, .column = reported->column };
	if ((want_item || needs_trail(result)) && trail_find(reported, result, &trail)) {
		at = points_at_key(&trail) ? &trail.member->key : trail.value;
		*item = trail.item;
		if (trail.value->type == VALUE_OBJECT && result->outcome != OUTCOME_ERROR)
			excerpt->missing = trim_path(trail.rest);
	}
	if (!at || at->line == 0)
		return NULL;
	excerpt->line = at->line;
	excerpt->column = at->column;
	if (at->source)
		excerpt->source = at->source;
	return at;
}

void excerpt_locate(const struct reported *reported, const struct result *result, struct excerpt *excerpt)
{
	const struct value *item;

	locate(reported, result, false, excerpt, &item);
}

struct place report_place(const struct reported *reported, const struct result *result)
{
	struct excerpt excerpt;

	excerpt_locate(reported, result, &excerpt);
	return (struct place){ excerpt.source ? excerpt.source->name : STR_NULL, excerpt.line, excerpt.column };
}

/* -- public: text
 * ------------------------------------------------------------------------------------------------------ */

/* The offset behind a quoted scalar that begins at `from`; the end of the line when it goes on in the next. */
static size_t end_of_quoted(struct str line, size_t from)
{
	char quote = line.p[from];

	for (size_t i = from + 1; i < line.n; i++) {
		if (line.p[i] == '\\' && quote == '"')
			i++;
		else if (line.p[i] == quote && quote == '\'' && i + 1 < line.n && line.p[i + 1] == quote)
			i++;
		else if (line.p[i] == quote)
			return i + 1;
	}
	return line.n;
}

/* The offset behind a [list] or {mapping}; likewise. */
static size_t end_of_flow(struct str line, size_t from)
{
	size_t depth = 0;

	for (size_t i = from; i < line.n; i++) {
		char c = line.p[i];

		if (c == '"' || (c == '\'' && char_is_in(line.p[i - 1], "[{,: ")))
			i = end_of_quoted(line, i) - 1;
		else if (c == '[' || c == '{')
			depth++;
		else if ((c == ']' || c == '}') && --depth == 0)
			return i + 1;
	}
	return line.n;
}

/* The rest of the line without a comment. */
static size_t end_of_rest(struct str line, size_t from)
{
	size_t end = str_find(line, STR(" #"), from);

	if (end == STR_NOT_FOUND)
		end = line.n;
	while (end > from && (line.p[end - 1] == ' ' || line.p[end - 1] == '\t'))
		end--;
	return end;
}

static size_t end_of_word(struct str line, size_t from)
{
	size_t end = from;

	while (end < line.n && !char_is_in(line.p[end], " \t,]}"))
		end++;
	return end;
}

static size_t end_of_value(struct str line, size_t from, const struct value *v)
{
	char first = line.p[from];

	if (first == '"' || first == '\'')
		return end_of_quoted(line, from);
	if (v->type == VALUE_STRING && v->length && line.n - from >= v->length &&
	    memcmp(line.p + from, v->u.text, v->length) == 0)
		return from + v->length;
	if (first == '[' || first == '{')
		return end_of_flow(line, from);
	if (v->type == VALUE_BOOL || v->type == VALUE_INT || v->type == VALUE_FLOAT || v->type == VALUE_NULL)
		return end_of_word(line, from);
	return end_of_rest(line, from);
}

void excerpt_find(const struct reported *reported, const struct result *result, struct line_cursor *cursor,
		  struct excerpt *excerpt)
{
	const struct value *item, *at = locate(reported, result, true, excerpt, &item);
	struct str line;

	/* The item first: it stands above, and the cursor likes to go down. */
	if (item && item->line && item->line < excerpt->line && item->source == excerpt->source) {
		excerpt->item_text = source_line(cursor, excerpt->source, item->line);
		excerpt->item_line = excerpt->item_text.p ? item->line : 0;
	}
	excerpt->text = source_line(cursor, excerpt->source, excerpt->line);
	if (!excerpt->text.p || excerpt->column == 0 || excerpt->column >= COLUMN_MAX ||
	    excerpt->column > excerpt->text.n + 1)
		return;
	excerpt->from = excerpt->to = excerpt->column - 1;
	if (excerpt->from == excerpt->text.n)
		return;
	line = str_slice(excerpt->text, 0, excerpt->from + UNDERLINE_MAX);
	if (at)
		excerpt->to = end_of_value(line, excerpt->from, at);
	else if (reported->object)
		excerpt->to = end_of_rest(line, excerpt->from);
	if (excerpt->to <= excerpt->from)
		excerpt->to = excerpt->from + 1;
}
