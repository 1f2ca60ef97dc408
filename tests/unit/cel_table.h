/*
 * What CEL comes to as the tables of tests/lang have it: a value as JSON, or "! " and the message of an error as
 * JSON.
 */
#ifndef TESTS_UNIT_CEL_TABLE_H
#define TESTS_UNIT_CEL_TABLE_H

#include "kyverno_table.h"
#include "lang/cel/cel.h"

static inline struct str cel_quoted(struct arena *arena, const char *before, struct str message)
{
	return str_concat(arena, str_of(before), json_text(arena, value_of_str(arena, message), 0));
}

static inline struct str cel_answer(struct arena *arena, const struct cel_value *v)
{
	struct error *err = NULL;
	const struct value *data;

	if (cel_is_error(*v))
		return cel_quoted(arena, "! ", v->u.error->message);
	if (v->kind == CEL_TYPE)
		return json_text(arena, value_of_str(arena, v->u.type->name), 0);
	data = cel_to_data(arena, v, &err);
	error_free(err);
	return data ? json_text(arena, data, 0) : STR("no JSON");
}

static inline bool cel_same_json(struct arena *arena, struct str got, struct str want)
{
	const struct value *a = json_parse(arena, got, NULL), *b = json_parse(arena, want, NULL);

	return a && b && value_equal(a, b);
}

/* Values are compared as JSON: they may be written with blanks, and keys in any order. */
static inline bool cel_same(struct arena *arena, struct str got, struct str want)
{
	if (str_equal(got, want))
		return true;
	if (got.n == 0 || want.n == 0 || got.p[0] == '!' || want.p[0] == '!')
		return false;
	return cel_same_json(arena, got, want);
}

#endif
