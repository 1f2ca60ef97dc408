#include "data/document_cut.h"

#include "data/decode.h"
#include "data/utf8.h"

struct line {
	size_t start, end;      /* without "\n" */
	uint32_t number;
};

static int fail(struct document_cut *cut, enum error_code code, uint32_t line, uint32_t column, const char *what,
		struct error **err)
{
	cut->ended = true;
	return error_set_at(err, code, (struct place){ cut->text->name, line, column }, "%s", what);
}

static int fail_too_large(struct document_cut *cut, struct error **err)
{
	cut->ended = true;
	return error_set_at(err, ERROR_LIMIT, (struct place){ cut->text->name, cut->line, 1 },
			    "the document that begins here has more than the %zu bytes allowed", cut->limits->document);
}

static int more(struct document_cut *cut, struct error **err)
{
	int status = document_text_more(cut->text, err);

	if (status < 0)
		cut->ended = true;
	return status;
}

/* How far a document that begins at the cut may reach in what is at hand. */
static size_t reach(const struct document_cut *cut)
{
	size_t room = cut->text->n - cut->position;

	/* One byte more than allowed, so that being too large shows. */
	return cut->position + (room > cut->limits->document ? cut->limits->document + 1 : room);
}

static bool too_large(const struct document_cut *cut, size_t offset)
{
	return offset - cut->position > cut->limits->document;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The line at `start`. 1, 0 when the text ends there, -1. */
static int read_line(struct document_cut *cut, size_t start, uint32_t number, struct line *line, struct error **err)
{
	const struct document_text *text = cut->text;
	size_t from = start;

	*line = (struct line){ .start = start, .number = number };
	for (;;) {
		size_t stop = reach(cut);
		const char *found = stop > from ? memchr(text->p + from, '\n', stop - from) : NULL;
		int status;

		line->end = found ? (size_t)(found - text->p) : stop;
		if (found)
			break;
		if (too_large(cut, stop))
			return fail_too_large(cut, err);
		from = stop;
		status = more(cut, err);
		if (status < 0)
			return -1;
		if (status == 0)
			break;
	}
	return line->end > start || line->end < text->n;
}

/* The first byte from `offset` on that is no blank; the line's end when there is none. */
static size_t skip_blanks(const struct document_cut *cut, const struct line *line, size_t offset)
{
	while (offset < line->end && is_blank(cut->text->p[offset]))
		offset++;
	return offset;
}

static bool is_marker(const struct document_cut *cut, const struct line *line, const char *marker)
{
	const char *p = cut->text->p + line->start;
	size_t n = line->end - line->start;

	return n >= 3 && p[0] == marker[0] && p[1] == marker[1] && p[2] == marker[2] && (n == 3 || is_blank(p[3]));
}

/* The byte at `offset`, reading on when need be; -1 at the end, -2 on failure. */
static int byte_at(struct document_cut *cut, size_t offset, struct error **err)
{
	while (offset >= cut->text->n) {
		int status = more(cut, err);

		if (status <= 0)
			return status - 1;
	}
	return (unsigned char)cut->text->p[offset];
}

static int fail_too_deep(struct document_cut *cut, size_t offset, struct error **err)
{
	struct source source = { cut->text->name, str_make(cut->text->p + cut->position, cut->text->n - cut->position),
				 cut->line };

	cut->ended = true;
	return error_set_at(err, ERROR_LIMIT, decode_place(&source, offset - cut->position),
			    "nested deeper than %zu levels", cut->limits->depth);
}

/* Refuses a line that begins with more brackets than can be nested, before anything reads as far as they go. */
static int check_brackets(struct document_cut *cut, size_t offset, struct error **err)
{
	size_t depth = 0;
	int c;

	for (;; offset++) {
		c = byte_at(cut, offset, err);
		if (c == '{' || c == '[') {
			if (++depth > cut->limits->depth)
				return fail_too_deep(cut, offset, err);
		} else if (c < 0 || !(is_blank((char)c) || (depth && c == '\n'))) {
			return c == -2 ? -1 : 0;
		}
	}
}

/* -- JSON --------------------------------------------------------------------------------------------------------- */

/* What follows the first brackets is as in JSON, and mostly not in flow YAML and templates. 1, 0, -1. */
static int looks_like_json(struct document_cut *cut, size_t offset, struct error **err)
{
	bool json = true;
	int c = 0, before = 0;

	for (;; offset++) {
		c = byte_at(cut, offset, err);
		if (c == -2)
			return -1;
		if (c > 0 && (c == '\n' || is_blank((char)c)))
			continue;
		if (c != '{' && c != '[')
			break;
		/* A key is a string. */
		json = json && before != '{';
		before = c;
	}
	if (before == '{')
		return json && (c == '"' || c == '}');
	return json && c > 0 && strchr("\"]-0123456789tfn", c);
}

/* Finds the end of the value at `offset`. 1: *end is behind its last bracket. 0: the text ends before. -1: *err. */
static int find_json_end(struct document_cut *cut, size_t offset, size_t *end, struct error **err)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = offset;;) {
		const char *p = cut->text->p;
		size_t stop = reach(cut);
		int status;

		for (; i < stop; i++) {
			if (in_string) {
				if (p[i] == '\\')
					i++;
				else if (p[i] == '"')
					in_string = false;
			} else if (p[i] == '"') {
				in_string = true;
			} else if (p[i] == '{' || p[i] == '[') {
				if (++depth > cut->limits->depth)
					return fail_too_deep(cut, i, err);
			} else if ((p[i] == '}' || p[i] == ']') && --depth == 0) {
				*end = i + 1;
				return 1;
			}
		}
		if (too_large(cut, stop))
			return fail_too_large(cut, err);
		status = more(cut, err);
		if (status <= 0)
			return status;
	}
}

/* Nothing but the end of the line, a comment or more JSON may follow; else it was YAML ("[a]: b"). 1, 0, -1. */
static int ends_like_json(struct document_cut *cut, size_t end, struct error **err)
{
	size_t offset = end;
	int c;

	while ((c = byte_at(cut, offset, err)) > 0 && is_blank((char)c))
		offset++;
	if (c == -2)
		return -1;
	return c == -1 || c == '\n' || c == '{' || c == '[' || (c == '#' && offset > end) || cut->json_name;
}

static uint32_t count_lines(const char *p, size_t n)
{
	uint32_t lines = 0;
	const char *end = p + n;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		lines++;
		p++;
	}
	return lines;
}

/* A JSON document at `offset`. 1: done. 0: it is not one. -1. */
static int cut_json(struct document_cut *cut, const struct line *line, size_t offset, struct document *document,
		    struct error **err)
{
	/* Blanks before it stay, for its column. */
	size_t start = skip_blanks(cut, line, line->start) == offset ? line->start : offset, end = offset;
	int status = looks_like_json(cut, offset, err);

	if (status > 0)
		status = find_json_end(cut, offset, &end, err);
	if (status > 0)
		status = ends_like_json(cut, end, err);
	if (status <= 0)
		return status;
	document->format = DOCUMENT_JSON;
	document->source.text = str_make(cut->text->p + start, end - start);
	document->source.first_line = line->number;
	cut->position = end;
	cut->line = line->number + count_lines(cut->text->p + start, end - start);
	return 1;
}

/* -- YAML --------------------------------------------------------------------------------------------------------- */

/*
 * Goes to the first line with content from the cut on: *offset is where that begins. The cut moves over empty
 * documents. 1, 0 when the text ends before, -1.
 */
static int find_content(struct document_cut *cut, struct line *line, size_t *offset, struct error **err)
{
	size_t at = cut->position;
	uint32_t number = cut->line;
	bool marked = false;
	int status;

	while ((status = check_brackets(cut, at, err)) == 0 && (status = read_line(cut, at, number, line, err)) > 0) {
		const char *p = cut->text->p;

		*offset = skip_blanks(cut, line, line->start);
		at = line->end + 1;
		number++;
		if (is_marker(cut, line, "---")) {
			if (marked) {
				cut->position = line->start;
				cut->line = line->number;
			}
			marked = true;
			*offset = skip_blanks(cut, line, line->start + 3);
		} else if (is_marker(cut, line, "...")) {
			cut->position = at < cut->text->n ? at : cut->text->n;
			cut->line = number;
			marked = false;
			*offset = line->end;
		} else if (line->start < line->end && p[line->start] == '%' && !marked) {
			*offset = line->end;
		} else if (*offset == line->end && line->start == cut->position && line->end < cut->text->n) {
			cut->position = at;
			cut->line = number;
		}
		if (*offset < line->end && p[*offset] != '#')
			return 1;
		if (line->end >= cut->text->n)
			return 0;
	}
	return status;
}

static int cut_yaml(struct document_cut *cut, const struct line *content, struct document *document, struct error **err)
{
	struct line line = *content;
	size_t start = cut->position, end;

	document->format = cut->json_name ? DOCUMENT_JSON : DOCUMENT_YAML;
	document->source.first_line = cut->line;
	do {
		int status = line.end < cut->text->n ? read_line(cut, line.end + 1, line.number + 1, &line, err) : 0;

		if (status < 0)
			return -1;
		end = status > 0 ? line.start : cut->text->n;
	} while (end < cut->text->n && !is_marker(cut, &line, "---") && !is_marker(cut, &line, "..."));
	document->source.text = str_make(cut->text->p + start, end - start);
	cut->position = end;
	cut->line = line.number;
	return 1;
}

/* -- any ---------------------------------------------------------------------------------------------------------- */

static int start(struct document_cut *cut, struct error **err)
{
	struct document_text *text = cut->text;
	size_t head;

	cut->started = true;
	cut->line = 1;
	text->dropped = 0;
	if (text->n == 0 && more(cut, err) < 0)
		return -1;
	head = text->n < 8192 ? text->n : 8192;
	if (head >= 2 && (memcmp(text->p, "\xfe\xff", 2) == 0 || memcmp(text->p, "\xff\xfe", 2) == 0))
		return fail(cut, ERROR_INVALID, 1, 1, "the text is UTF-16; save it as UTF-8", err);
	if (head && memchr(text->p, '\0', head))
		return fail(cut, ERROR_INVALID, 0, 0, "binary file (there are NUL bytes in it)", err);
	cut->position = decode_skip_bom(str_make(text->p, text->n));
	return 0;
}

/* Text, as far as bytes tell. */
static int check_bytes(struct document_cut *cut, const struct source *source, struct error **err)
{
	struct str text = source->text;
	size_t n;

	if (memchr(text.p, '\0', text.n))
		return fail(cut, ERROR_INVALID, source->first_line, 1, "binary file (there are NUL bytes in it)", err);
	if (ascii_only(text.p, text.n))
		return 0;
	for (size_t i = 0; i < text.n; i += n) {
		n = utf8_length(text.p + i, text.n - i);
		if (n == 0)
			return error_set_at(err, ERROR_INVALID, decode_place(source, i),
					    "binary file or other encoding (byte 0x%02x is not UTF-8)",
					    (unsigned char)text.p[i]);
	}
	return 0;
}

int document_cut_next(struct document_cut *cut, struct document *document, struct error **err)
{
	struct line line;
	size_t offset = 0;
	int status;

	if (cut->ended)
		return 0;
	if (!cut->started && start(cut, err) < 0)
		return -1;
	status = find_content(cut, &line, &offset, err);
	if (status == 0)
		cut->ended = true;
	if (status <= 0)
		return status;
	*document = (struct document){ .source.name = cut->text->name, .index = cut->index };
	status = 0;
	if (cut->text->p[offset] == '{' || cut->text->p[offset] == '[')
		status = cut_json(cut, &line, offset, document, err);
	if (status == 0)
		status = cut_yaml(cut, &line, document, err);
	if (status < 0)
		return -1;
	cut->index++;
	document_text_forget(cut->text, cut->position);
	return check_bytes(cut, &document->source, err) < 0 ? -1 : 1;
}
