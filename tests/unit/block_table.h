/*
 * Reading tests/lang/NAME.test whose records are blocks of lines with empty lines between them.
 */
#ifndef TESTS_UNIT_BLOCK_TABLE_H
#define TESTS_UNIT_BLOCK_TABLE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"

struct block_table {
	struct buf text;
	struct str rest;
	size_t line;            /* of the block that block_next() gave */
	size_t next_line;
};

static inline void block_table_open(struct block_table *table, const char *path)
{
	struct buf name = { 0 };
	char part[4096];
	FILE *file;
	size_t n;

	*table = (struct block_table){ .next_line = 1 };
	buf_printf(&name, "%s/%s", getenv("SOURCE_ROOT"), path);
	buf_add_char(&name, '\0');
	file = fopen(name.p, "rb");
	assert_non_null(file);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add_bytes(&table->text, part, n);
	fclose(file);
	buf_free(&name);
	table->rest = buf_str(&table->text);
}

static inline void block_table_close(struct block_table *table)
{
	buf_free(&table->text);
}

/* The next block, without the newline at its end. */
static inline bool block_next(struct block_table *table, struct str *block)
{
	size_t end;

	if (!table->rest.n)
		return false;
	end = str_find(table->rest, STR("\n\n"), 0);
	*block = str_slice(table->rest, 0, end);
	table->rest = end == STR_NOT_FOUND ? STR("") : str_skip(table->rest, end + 2);
	table->line = table->next_line;
	for (size_t i = 0; i < block->n; i++)
		table->next_line += block->p[i] == '\n';
	table->next_line += 2;
	if (end == STR_NOT_FOUND && str_ends_with(*block, STR("\n")))
		block->n--;
	return true;
}

#endif
