/*
 * The fast scanner: YAML in the plain block style, a line at a time.
 *
 * It knows block mappings and sequences (compact ones too), plain and quoted scalars that stay on their line, literal
 * blocks, anchors and aliases of values, flow collections that stay on their line, and comments. It gives up on
 * anything else, and on anything that libyaml would not take, so that it need not know what is wrong. What it takes
 * must give exactly the events that libyaml gives, with the same marks; a fuzz target compares the two.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "data/yaml_builder.h"

/* What is deeper is rare enough for libyaml. */
#define LEVELS_MAX 64
#define FLOW_DEPTH_MAX 16
/* libyaml looks 1,024 characters ahead for the ':' of a key. */
#define KEY_MAX 512

/* A block collection that has begun. */
struct level {
	size_t column;
	bool sequence;
};

struct scanner {
	struct yaml_builder *builder;
	const char *p, *line_end, *end;         /* the rest of the line, and of the text */
	const char *line_start;
	size_t line;
	struct level levels[LEVELS_MAX];
	size_t depth;
	bool rooted;
	bool marked;                            /* "---" was there */
	bool pending;                           /* "key:" or "-" whose value is still to come, on another line */
	struct yaml_mark pending_mark;          /* of the null that it is if nothing comes */
	struct str pending_anchor;
	struct yaml_mark anchor_mark;
	struct buf scratch;                     /* text that does not stand in the input as it is */
};

/* -- characters --------------------------------------------------------------------------------------------------- */

enum {
	IN_KEY = 1,             /* may stand anywhere in a key without quotes */
	FIRST = 2,              /* may begin a scalar without quotes */
	IN_ANCHOR = 4,
	IN_FLOW = 8,            /* may stand in a scalar without quotes within braces */
};

#define LETTER (IN_KEY | FIRST | IN_ANCHOR | IN_FLOW)

static const uint8_t classes[256] = {
	['a' ... 'z'] = LETTER,
	['A' ... 'Z'] = LETTER,
	['0' ... '9'] = LETTER,
	['_'] = LETTER,
	['-'] = IN_KEY | IN_ANCHOR | IN_FLOW,
	['.'] = IN_KEY | FIRST | IN_FLOW,
	['/'] = IN_KEY | FIRST | IN_FLOW,
	['<'] = IN_KEY | FIRST | IN_FLOW,
	['='] = FIRST | IN_FLOW,
	['+'] = FIRST | IN_FLOW,
	['~'] = FIRST | IN_FLOW,
	['$'] = FIRST | IN_FLOW,
	['('] = FIRST | IN_FLOW,
	[')'] = FIRST | IN_FLOW,
	['^'] = FIRST | IN_FLOW,
	[';'] = FIRST | IN_FLOW,
	['\\'] = FIRST | IN_FLOW,
	[' '] = IN_FLOW,
	['*'] = IN_FLOW,
	['@'] = IN_FLOW,
	['!'] = IN_FLOW,
};

static inline bool is(char c, unsigned class)
{
	return classes[(unsigned char)c] & class;
}

/* The byte at p, or the end of line that follows the line's last. */
static inline char at(const struct scanner *scanner, const char *p)
{
	return p < scanner->line_end ? *p : '\n';
}

static inline bool ends_word(char c)
{
	return c == ' ' || c == '\n';
}

static inline struct yaml_mark mark_at(const struct scanner *scanner, const char *p)
{
	/* The text is ASCII: characters are bytes. */
	return (struct yaml_mark){ 0, scanner->line, (size_t)(p - scanner->line_start) };
}

static inline void skip_blanks(struct scanner *scanner)
{
	while (scanner->p < scanner->line_end && *scanner->p == ' ')
		scanner->p++;
}

/* Nothing but a comment is left on the line. */
static bool at_rest(struct scanner *scanner)
{
	const char *before = scanner->p;

	skip_blanks(scanner);
	return scanner->p == scanner->line_end || (*scanner->p == '#' && scanner->p > before);
}

static void begin_line(struct scanner *scanner, const char *start)
{
	const char *found = memchr(start, '\n', (size_t)(scanner->end - start));

	scanner->line_start = scanner->p = start;
	scanner->line_end = found ? found : scanner->end;
}

/* False at the end of the text. */
static bool next_line(struct scanner *scanner)
{
	if (scanner->line_end >= scanner->end)
		return false;
	scanner->line++;
	begin_line(scanner, scanner->line_end + 1);
	return true;
}

/* -- events ------------------------------------------------------------------------------------------------------- */

static bool put_scalar(struct scanner *scanner, struct yaml_event *event, struct str text, bool plain)
{
	event->text = text;
	event->plain = event->resolves = plain;
	return yaml_builder_scalar(scanner->builder, event) == 0;
}

static bool start(struct scanner *scanner, const char *p, bool sequence)
{
	struct yaml_event event = { .mark = mark_at(scanner, p) };

	if (scanner->depth == LEVELS_MAX)
		return false;
	if (scanner->pending && scanner->pending_anchor.p) {
		event.anchor = scanner->pending_anchor;
		event.mark = scanner->anchor_mark;
	}
	scanner->pending = false;
	scanner->rooted = true;
	scanner->levels[scanner->depth++] = (struct level){ (size_t)(p - scanner->line_start), sequence };
	return yaml_builder_start(scanner->builder, &event, sequence ? VALUE_ARRAY : VALUE_OBJECT) == 0;
}

static bool put_pending(struct scanner *scanner)
{
	struct yaml_event event = { .mark = scanner->pending_mark };

	if (!scanner->pending)
		return true;
	scanner->pending = false;
	return !scanner->pending_anchor.p && put_scalar(scanner, &event, STR(""), true);
}

static void wait_for_value(struct scanner *scanner, const char *p)
{
	scanner->pending = true;
	scanner->pending_mark = mark_at(scanner, p);
	scanner->pending_anchor = STR_NULL;
}

static bool end_level(struct scanner *scanner)
{
	struct yaml_mark mark = mark_at(scanner, scanner->p);

	scanner->depth--;
	return put_pending(scanner) && yaml_builder_end(scanner->builder, &mark) == 0;
}

/* -- quoted scalars ----------------------------------------------------------------------------------------------- */

/* The frequent escapes of double quotes; 0 for the others. */
static char unescape(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == '"' || c == '\\' ? c : '\0';
}

static bool read_escapes(struct scanner *scanner, const char *p, struct str *text)
{
	buf_clear(&scanner->scratch);
	for (; at(scanner, p) != '"'; p++) {
		char c = at(scanner, p);

		if (c == '\\' && !(c = unescape(at(scanner, ++p))))
			return false;
		if (p >= scanner->line_end)
			return false;
		buf_add_char(&scanner->scratch, c);
	}
	scanner->p = p + 1;
	*text = buf_str(&scanner->scratch);
	return true;
}

/* From the opening quote to behind the closing one. */
static bool read_quoted(struct scanner *scanner, struct str *text)
{
	const char *from = scanner->p + 1, *p = from;
	char quote = *scanner->p;

	while (p < scanner->line_end && *p != quote && *p != '\\')
		p++;
	if (at(scanner, p) == '\\' && quote == '"')
		return read_escapes(scanner, from, text);
	while (p < scanner->line_end && *p != quote)
		p++;
	/* Two single quotes are one. */
	if (p == scanner->line_end || (quote == '\'' && at(scanner, p + 1) == '\''))
		return false;
	*text = str_make(from, (size_t)(p - from));
	scanner->p = p + 1;
	return true;
}

/* -- anchors and aliases ------------------------------------------------------------------------------------------ */

/* The name behind '&' or '*'. */
static bool read_name(struct scanner *scanner, struct str *name)
{
	const char *from = ++scanner->p;

	while (is(at(scanner, scanner->p), IN_ANCHOR))
		scanner->p++;
	*name = str_make(from, (size_t)(scanner->p - from));
	return name->n > 0;
}

/* -- flow collections on one line --------------------------------------------------------------------------------- */

static bool flow_value(struct scanner *scanner, struct yaml_event *event, unsigned depth);

static bool flow_plain(struct scanner *scanner, struct yaml_event *event)
{
	const char *from = scanner->p, *p = from, *end;

	if (!is(*p, FIRST) && !(*p == '-' && is(at(scanner, p + 1), IN_ANCHOR)))
		return false;
	/* A ':' within a word belongs to it. */
	for (;; p++) {
		char c = at(scanner, p);

		if (!is(c, IN_FLOW) && !(c == ':' && is(at(scanner, p + 1), IN_KEY)))
			break;
	}
	for (end = p; end[-1] == ' ';)
		end--;
	scanner->p = p;
	return put_scalar(scanner, event, str_make(from, (size_t)(end - from)), true);
}

static bool flow_key(struct scanner *scanner)
{
	struct yaml_event event = { .mark = mark_at(scanner, scanner->p) };
	const char *from = scanner->p;
	bool quoted = at(scanner, from) == '"' || at(scanner, from) == '\'';
	struct str text;

	if (quoted) {
		if (!read_quoted(scanner, &text))
			return false;
	} else {
		if (!is(at(scanner, from), FIRST))
			return false;
		while (is(at(scanner, scanner->p), IN_KEY))
			scanner->p++;
		text = str_make(from, (size_t)(scanner->p - from));
	}
	if (scanner->p - from > KEY_MAX || at(scanner, scanner->p) != ':' || at(scanner, scanner->p + 1) != ' ')
		return false;
	scanner->p++;
	return put_scalar(scanner, &event, text, !quoted);
}

/* From the opening bracket to behind the closing one. */
static bool flow_collection(struct scanner *scanner, struct yaml_event *event, unsigned depth)
{
	bool sequence = *scanner->p++ == '[';
	char close = sequence ? ']' : '}';
	struct yaml_mark end;

	if (depth == FLOW_DEPTH_MAX ||
	    yaml_builder_start(scanner->builder, event, sequence ? VALUE_ARRAY : VALUE_OBJECT) < 0)
		return false;
	skip_blanks(scanner);
	for (bool first = true; !(first && at(scanner, scanner->p) == close); first = false) {
		struct yaml_event item = { 0 };

		if (!sequence && !flow_key(scanner))
			return false;
		skip_blanks(scanner);
		item.mark = mark_at(scanner, scanner->p);
		if (!flow_value(scanner, &item, depth + 1))
			return false;
		skip_blanks(scanner);
		if (at(scanner, scanner->p) == close)
			break;
		if (at(scanner, scanner->p) != ',')
			return false;
		scanner->p++;
		skip_blanks(scanner);
	}
	end = mark_at(scanner, scanner->p++);
	return yaml_builder_end(scanner->builder, &end) == 0;
}

static bool flow_value(struct scanner *scanner, struct yaml_event *event, unsigned depth)
{
	char c = at(scanner, scanner->p);
	struct str text;

	if (c == '[' || c == '{')
		return flow_collection(scanner, event, depth);
	if (c == '"' || c == '\'')
		return read_quoted(scanner, &text) && put_scalar(scanner, event, text, false);
	return c != '\n' && flow_plain(scanner, event);
}

/* -- literal blocks ----------------------------------------------------------------------------------------------- */

/* Goes to the first line of the block with text; false when there is none, or blanks alone on one before it. */
static bool find_block(struct scanner *scanner, size_t parent, size_t *indent, size_t *empty)
{
	for (*empty = 0; next_line(scanner); ++*empty) {
		skip_blanks(scanner);
		*indent = (size_t)(scanner->p - scanner->line_start);
		if (scanner->p < scanner->line_end)
			return *indent > parent;
		if (*indent)
			return false;
	}
	return false;
}

static size_t count_blanks(const struct scanner *scanner)
{
	const char *p = scanner->line_start;

	while (p < scanner->line_end && *p == ' ')
		p++;
	return (size_t)(p - scanner->line_start);
}

/* Adds the lines of the block to the scratch text, up to the line behind it. False at the end of the text. */
static bool add_block_lines(struct scanner *scanner, size_t indent, size_t *breaks)
{
	for (;;) {
		size_t blanks = count_blanks(scanner), length = (size_t)(scanner->line_end - scanner->line_start);

		if (blanks == length && blanks <= indent) {
			*breaks += 1;
		} else if (blanks < indent) {
			return true;
		} else {
			for (; *breaks; --*breaks)
				buf_add_char(&scanner->scratch, '\n');
			buf_add_bytes(&scanner->scratch, scanner->line_start + indent, length - indent);
			*breaks = 1;
		}
		/* The last line of the text may lack its end. */
		if (scanner->line_end == scanner->end) {
			*breaks -= *breaks > 0;
			return false;
		}
		if (!next_line(scanner))
			return false;
	}
}

/* At '|'. Ends at the start of the line behind the block; *more says whether there is one. */
static bool read_block(struct scanner *scanner, struct yaml_event *event, size_t parent, bool *more)
{
	size_t indent, empty, breaks = 0;
	char chomp = at(scanner, scanner->p + 1);

	scanner->p += chomp == '-' || chomp == '+' ? 2 : 1;
	skip_blanks(scanner);
	if (scanner->p != scanner->line_end || !find_block(scanner, parent, &indent, &empty))
		return false;
	buf_clear(&scanner->scratch);
	for (; empty; empty--)
		buf_add_char(&scanner->scratch, '\n');
	*more = add_block_lines(scanner, indent, &breaks);
	if (chomp != '+' && breaks > 1)
		breaks = 1;
	if (chomp == '-')
		breaks = 0;
	for (; breaks; breaks--)
		buf_add_char(&scanner->scratch, '\n');
	return put_scalar(scanner, event, buf_str(&scanner->scratch), false);
}

/* -- lines -------------------------------------------------------------------------------------------------------- */

enum outcome { GIVE_UP, LINE_DONE, LINE_READ /* the next line is at hand already */, TEXT_DONE };

static enum outcome plain_value(struct scanner *scanner, struct yaml_event *event)
{
	const char *from = scanner->p, *p = from, *end;

	if (!is(*p, FIRST) && !(*p == '-' && !ends_word(at(scanner, p + 1))))
		return GIVE_UP;
	for (; p < scanner->line_end; p++) {
		/* A mapping where none may begin. */
		if (*p == ':' && ends_word(at(scanner, p + 1)))
			return GIVE_UP;
		if (*p == '#' && p[-1] == ' ')
			break;
	}
	for (end = p; end[-1] == ' ';)
		end--;
	scanner->p = p;
	return put_scalar(scanner, event, str_make(from, (size_t)(end - from)), true) ? LINE_DONE : GIVE_UP;
}

/* What stands behind "key:" or "-" on the line. */
static enum outcome value(struct scanner *scanner)
{
	struct yaml_event event = { .mark = mark_at(scanner, scanner->p) };
	bool more = false, fine;
	struct str text;

	if (*scanner->p == '&') {
		if (!read_name(scanner, &event.anchor) || !ends_word(at(scanner, scanner->p)))
			return GIVE_UP;
		if (at_rest(scanner)) {
			wait_for_value(scanner, scanner->p);
			scanner->pending_anchor = event.anchor;
			scanner->anchor_mark = event.mark;
			return LINE_DONE;
		}
	}
	switch (*scanner->p) {
	case '*':
		fine = !event.anchor.p && read_name(scanner, &event.text) && ends_word(at(scanner, scanner->p)) &&
		       yaml_builder_alias(scanner->builder, &event) == 0;
		break;
	case '"':
	case '\'':
		fine = read_quoted(scanner, &text) && put_scalar(scanner, &event, text, false);
		break;
	case '[':
	case '{':
		fine = flow_collection(scanner, &event, 0);
		break;
	case '|':
		if (!read_block(scanner, &event, scanner->levels[scanner->depth - 1].column, &more))
			return GIVE_UP;
		return more ? LINE_READ : TEXT_DONE;
	default:
		return plain_value(scanner, &event);
	}
	return fine && at_rest(scanner) ? LINE_DONE : GIVE_UP;
}

static enum outcome rest_of_entry(struct scanner *scanner, const char *null)
{
	if (!at_rest(scanner))
		return value(scanner);
	wait_for_value(scanner, null);
	return LINE_DONE;
}

/* Reads "key:" into the event and goes behind it; false (and where it was) when it is something else. */
static bool read_key(struct scanner *scanner, struct yaml_event *event)
{
	const char *from = scanner->p;

	event->mark = mark_at(scanner, from);
	if (*from == '"' || *from == '\'') {
		if (!read_quoted(scanner, &event->text))
			return false;
	} else if (is(*from, FIRST)) {
		while (is(at(scanner, scanner->p), IN_KEY))
			scanner->p++;
		event->text = str_make(from, (size_t)(scanner->p - from));
		event->plain = true;
	}
	if (scanner->p > from && scanner->p - from <= KEY_MAX && at(scanner, scanner->p) == ':' &&
	    ends_word(at(scanner, scanner->p + 1))) {
		scanner->p++;
		return true;
	}
	scanner->p = from;
	return false;
}

static enum outcome key_and_value(struct scanner *scanner, struct yaml_event *key)
{
	if (!put_scalar(scanner, key, key->text, key->plain))
		return GIVE_UP;
	return rest_of_entry(scanner, scanner->p);
}

static bool is_dash(const struct scanner *scanner)
{
	return *scanner->p == '-' && ends_word(at(scanner, scanner->p + 1));
}

/* At a '-' whose sequence is open. */
static enum outcome entry(struct scanner *scanner)
{
	struct yaml_event key = { 0 };
	const char *behind;

	for (;;) {
		behind = ++scanner->p;
		if (at_rest(scanner)) {
			wait_for_value(scanner, behind);
			return LINE_DONE;
		}
		if (!is_dash(scanner))
			break;
		if (!start(scanner, scanner->p, true))
			return GIVE_UP;
	}
	if (!read_key(scanner, &key))
		return value(scanner);
	if (!start(scanner, scanner->line_start + key.mark.column, false))
		return GIVE_UP;
	return key_and_value(scanner, &key);
}

static const struct level *top(const struct scanner *scanner)
{
	return scanner->depth ? &scanner->levels[scanner->depth - 1] : NULL;
}

/* A sequence whose dashes stand in the column of the key that it belongs to. */
static bool is_indentless(const struct scanner *scanner)
{
	const struct level *level = top(scanner);

	return level->sequence && scanner->depth > 1 && !level[-1].sequence && level[-1].column == level->column;
}

static bool end_deeper(struct scanner *scanner, size_t column)
{
	while (scanner->depth && top(scanner)->column > column)
		if (!end_level(scanner))
			return false;
	return put_pending(scanner);
}

static enum outcome dash_line(struct scanner *scanner, size_t column)
{
	const struct level *level = top(scanner);
	bool begins =
		level ? scanner->pending && (level->column < column || (level->column == column && !level->sequence))
		      : !scanner->rooted;

	if (begins)
		return start(scanner, scanner->p, true) ? entry(scanner) : GIVE_UP;
	if (!end_deeper(scanner, column))
		return GIVE_UP;
	level = top(scanner);
	return level && level->sequence && level->column == column ? entry(scanner) : GIVE_UP;
}

static enum outcome key_line(struct scanner *scanner, size_t column)
{
	const struct level *level = top(scanner);
	bool begins = level ? scanner->pending && level->column < column : !scanner->rooted;
	const char *from = scanner->p;
	struct yaml_event key = { 0 };

	if (!read_key(scanner, &key))
		return GIVE_UP;
	if (begins)
		return start(scanner, from, false) ? key_and_value(scanner, &key) : GIVE_UP;
	if (!end_deeper(scanner, column))
		return GIVE_UP;
	level = top(scanner);
	if (level && level->column == column && is_indentless(scanner)) {
		if (!end_level(scanner))
			return GIVE_UP;
		level = top(scanner);
	}
	return level && !level->sequence && level->column == column ? key_and_value(scanner, &key) : GIVE_UP;
}

/* "---" may stand once, before everything. */
static bool take_marker(struct scanner *scanner)
{
	if (scanner->marked || scanner->rooted || at(scanner, scanner->p + 1) != '-' ||
	    at(scanner, scanner->p + 2) != '-')
		return false;
	scanner->p += 3;
	scanner->marked = true;
	return ends_word(at(scanner, scanner->p)) && at_rest(scanner);
}

static enum outcome line(struct scanner *scanner)
{
	size_t column;

	skip_blanks(scanner);
	column = (size_t)(scanner->p - scanner->line_start);
	if (scanner->p == scanner->line_end || *scanner->p == '#')
		return LINE_DONE;
	if (is_dash(scanner))
		return dash_line(scanner, column);
	if (*scanner->p == '-' && column == 0)
		return take_marker(scanner) ? LINE_DONE : GIVE_UP;
	return key_line(scanner, column);
}

static bool read_all(struct scanner *scanner)
{
	enum outcome outcome = LINE_READ;

	begin_line(scanner, scanner->end - scanner->builder->text.n);
	while (outcome == LINE_READ || (outcome == LINE_DONE && next_line(scanner)))
		outcome = line(scanner);
	if (outcome == GIVE_UP)
		return false;
	while (scanner->depth)
		if (!end_level(scanner))
			return false;
	return scanner->rooted;
}

bool yaml_lines_read(struct yaml_builder *builder)
{
	struct scanner scanner = { .builder = builder, .end = builder->text.p + builder->text.n };
	bool done = builder->text.n > 0 && read_all(&scanner);

	buf_free(&scanner.scratch);
	return done;
}
