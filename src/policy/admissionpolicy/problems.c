#include "policy/admissionpolicy/problems.h"

#include "data/json.h"
#include "data/quote.h"

struct field field_child(struct arena *arena, struct field parent, const char *name)
{
	return (struct field){
		.path = parent.path.n ? str_format(arena, STR_FMT ".%s", STR_ARG(parent.path), name) : str_of(name),
		.value = value_get(parent.value, str_of(name)),
	};
}

struct field field_index(struct arena *arena, struct field parent, size_t i)
{
	return (struct field){
		.path = str_format(arena, STR_FMT "[%zu]", STR_ARG(parent.path), i),
		.value = i < value_count(parent.value) ? value_at(parent.value, i) : NULL,
	};
}

static void add(struct problems *problems, struct field field, struct str body, struct str detail)
{
	struct str text = str_format(problems->arena, STR_FMT ": " STR_FMT "%s" STR_FMT, STR_ARG(field.path),
				     STR_ARG(body), detail.n ? ": " : "", STR_ARG(detail));

	for (size_t i = 0; i < problems->count; i++)
		if (str_equal(problems->items[i], text))
			return;
	if (!problems->count && field.value)
		problems->place = value_place(field.value);
	*ARENA_PUSH(problems->arena, problems->items, problems->count, problems->capacity) = text;
	problems->fatal_count += problems->fatal;
}

void problem_required(struct problems *problems, struct field field, const char *detail)
{
	add(problems, field, STR("Required value"), str_of(detail));
}

void problem_forbidden(struct problems *problems, struct field field, const char *detail)
{
	add(problems, field, STR("Forbidden"), str_of(detail));
}

void problem_internal(struct problems *problems, struct field field, struct str detail)
{
	add(problems, field, STR("Internal error"), detail);
}

static struct str shown(struct arena *arena, const struct value *v)
{
	if (value_is(v, VALUE_STRING))
		return quote(arena, value_str(v));
	return v ? json_text(arena, v, JSON_COMPACT | JSON_HTML_SAFE) : STR("\"\"");
}

static void add_value(struct problems *problems, struct field field, const char *what, struct str detail)
{
	add(problems, field,
	    str_format(problems->arena, "%s: " STR_FMT, what, STR_ARG(shown(problems->arena, field.value))), detail);
}

void problem_invalid(struct problems *problems, struct field field, struct str detail)
{
	add_value(problems, field, "Invalid value", detail);
}

void problem_invalid_text(struct problems *problems, struct field field, struct str text, struct str detail)
{
	add(problems, field,
	    str_format(problems->arena, "Invalid value: " STR_FMT, STR_ARG(quote(problems->arena, text))), detail);
}

void problem_unsupported(struct problems *problems, struct field field, const char *const *supported)
{
	struct str list = STR("supported values: ");

	for (size_t i = 0; supported[i]; i++)
		list = str_format(problems->arena, STR_FMT "%s\"%s\"", STR_ARG(list), i ? ", " : "", supported[i]);
	add_value(problems, field, "Unsupported value", list);
}

void problem_duplicate(struct problems *problems, struct field field)
{
	add_value(problems, field, "Duplicate value", STR(""));
}

void problem_too_many(struct problems *problems, struct field field, size_t count, size_t most)
{
	add(problems, field, str_format(problems->arena, "Too many: %zu", count),
	    str_format(problems->arena, "must have at most %zu items", most));
}

int problems_report(const struct problems *problems, struct error **err)
{
	struct str text = STR("");

	if (problems->count == 0)
		return 0;
	if (problems->count == 1)
		return error_set_at(err, ERROR_INVALID, problems->place, STR_FMT, STR_ARG(problems->items[0]));
	for (size_t i = 0; i < problems->count; i++)
		text = str_format(problems->arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? ", " : "",
				  STR_ARG(problems->items[i]));
	return error_set_at(err, ERROR_INVALID, problems->place, "[" STR_FMT "]", STR_ARG(text));
}
