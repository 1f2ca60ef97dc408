#include "cmd/hint.h"

#include "lang/cel/cel.h"

/* The first name that a message of CEL calls undeclared; empty when there is none. */
static struct str undeclared_name(struct str message)
{
	struct str before = STR("undeclared reference to '");
	size_t start = str_find(message, before, 0), end;

	if (start == STR_NOT_FOUND)
		return STR_NULL;
	start += before.n;
	end = str_find_char(message, '\'', start);
	return end == STR_NOT_FOUND ? STR_NULL : str_slice(message, start, end);
}

void hint_names(struct arena *arena, struct error **err)
{
	struct str name = undeclared_name(str_of((*err)->message)), hint;
	const struct cel_env *env;
	struct error *hinted = NULL;
	struct place place = { .line = (*err)->line, .column = (*err)->column };

	if (name.n == 0)
		return;
	env = cel_env_create(arena, CEL_KYVERNO);
	hint = cel_compile_hint(arena, env, str_concat(arena, name, STR("()")));
	if (hint.n == 0)
		return;
	if ((*err)->file)
		place.file = str_of((*err)->file);
	error_set_at(&hinted, (*err)->code, place, "%s\n" STR_FMT, (*err)->message, STR_ARG(hint));
	error_free(*err);
	*err = hinted;
}
