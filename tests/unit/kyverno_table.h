/*
 * Reading tests/lang/kyverno-*.test: records of three lines, with comments and blank lines between them. A line
 * "context =" is followed by a JSON text that a table needs once.
 */
#ifndef TESTS_UNIT_KYVERNO_TABLE_H
#define TESTS_UNIT_KYVERNO_TABLE_H

#include "base/buf.h"
#include "data/json.h"

struct table {
	struct buf text;
	struct str rest, context;
	size_t line;
};

struct row {
	struct str lines[3];
	size_t line;                    /* number of the first one */
};

static inline void table_open(struct table *table, const char *path)
{
	struct buf name = { 0 };
	char block[4096];
	size_t n;
	FILE *file;

	*table = (struct table){ 0 };
	buf_printf(&name, "%s/%s", getenv("SOURCE_ROOT"), path);
	buf_add_char(&name, '\0');
	file = fopen(name.p, "rb");
	assert_non_null(file);
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add_bytes(&table->text, block, n);
	fclose(file);
	buf_free(&name);
	table->rest = buf_str(&table->text);
}

static inline bool table_line(struct table *table, struct str *line)
{
	while (table->rest.n > 0) {
		str_cut(table->rest, '\n', line, &table->rest);
		table->line++;
		if (str_is(*line, "context =")) {
			str_cut(table->rest, '\n', &table->context, &table->rest);
			table->line++;
		} else if (line->n > 0 && line->p[0] != '#') {
			return true;
		}
	}
	return false;
}

static inline bool table_next(struct table *table, struct row *row)
{
	if (!table_line(table, &row->lines[0]))
		return false;
	row->line = table->line;
	assert_true(table_line(table, &row->lines[1]));
	assert_true(table_line(table, &row->lines[2]));
	return true;
}

static inline const struct value *parse(struct arena *arena, struct str json)
{
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *v = json_parse(arena, json, &err);

	if (!v)
		fail_msg("%.*s: %s", STR_ARG(json), err->message);
	return v;
}

static inline const struct value *parse_text(struct arena *arena, const char *json)
{
	return parse(arena, str_of(json));
}

/* Prints what was wanted and what came; returns 1, for counting. */
static inline size_t row_failed(const char *path, const struct row *row, struct str got)
{
	print_error("%s:%zu: %.*s  %.*s\n  want %.*s\n  got  %.*s\n", path, row->line, STR_ARG(row->lines[0]),
		    STR_ARG(row->lines[1]), STR_ARG(row->lines[2]), STR_ARG(got));
	return 1;
}

#endif
