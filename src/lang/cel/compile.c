/* From text to program: parse, check, plan. */
#include "lang/cel/check.h"
#include "lang/cel/plan.h"

static void reached(const struct cel_compile_options *options, enum cel_stage stage)
{
	if (options->stage)
		*options->stage = stage;
}

static struct str accepted_text(struct arena *arena, const struct cel_compile_options *options)
{
	struct buf out = { 0 };
	struct str text;

	for (size_t i = 0; i < options->accept_count; i++) {
		if (i)
			buf_add_char(&out, ' ');
		buf_add(&out, cel_type_full_text(arena, options->accept[i]));
	}
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

static int accept(struct arena *arena, const struct cel_compile_options *options, const struct cel_type *type,
		  struct error **err)
{
	const char *pattern = options->accept_count == 1 ? "" : "one of [";

	if (!options->accept_count)
		return 0;
	for (size_t i = 0; i < options->accept_count; i++)
		if (options->accept[i]->kind == CEL_TYPE_ANY || cel_type_equal(type, options->accept[i]))
			return 0;
	return error_set(err, ERROR_INVALID, "must evaluate to %s" STR_FMT "%s but got " STR_FMT, pattern,
			 STR_ARG(accepted_text(arena, options)), *pattern ? "]" : "",
			 STR_ARG(cel_type_full_text(arena, type)));
}

const struct cel_program *cel_compile(struct arena *arena, const struct cel_env *env, struct str source,
				      const struct cel_compile_options *options, struct error **err)
{
	static const struct cel_compile_options defaults;
	struct cel_issues issues = { .arena = arena, .source = source };
	struct cel_program *program;
	struct cel_expr *root;

	if (!options)
		options = &defaults;
	reached(options, CEL_STAGE_PARSE);
	root = cel_parse(arena, source, cel_env_macros(env), options->no_macros, &issues);
	if (!root)
		return cel_issues_report(&issues, err), NULL;
	reached(options, CEL_STAGE_CHECK);
	if (!options->no_check && !cel_check(arena, env, root, &issues))
		return cel_issues_report(&issues, err), NULL;
	if (options->checked)
		*options->checked = root->type;
	if (!options->no_check && accept(arena, options, root->type, err) < 0)
		return NULL;
	reached(options, CEL_STAGE_PROGRAM);
	program = cel_plan(arena, env, root, source, err);
	if (!program)
		return NULL;
	program->type = options->no_check ? &cel_dyn : root->type;
	program->size_of = options->size_of;
	program->size_data = options->size_data;
	return program;
}

const struct cel_type *cel_type_of_expression(struct arena *arena, const struct cel_env *env, struct str source,
					      struct error **err)
{
	struct cel_issues issues = { .arena = arena, .source = source };
	struct cel_expr *root = cel_parse(arena, source, cel_env_macros(env), false, &issues);

	if (root && cel_check(arena, env, root, &issues))
		return root->type;
	cel_issues_report(&issues, err);
	return NULL;
}

struct str cel_compile_hint(struct arena *arena, const struct cel_env *env, struct str source)
{
	struct cel_issues issues = { .arena = arena, .source = source };
	struct cel_expr *root = cel_parse(arena, source, cel_env_macros(env), false, &issues);
	struct undeclared first = { .name = STR_NULL };
	struct str close;

	if (!root || check_tree(arena, env, root, &issues, &first) || !first.name.p)
		return STR("");
	if (first.is_function)
		close = cel_env_closest_function(env, first.name);
	else
		close = cel_env_closest_variable(env, first.name);
	if (!close.n || str_equal(close, first.name))
		return STR("");
	return str_format(arena, "did you mean '" STR_FMT "'?", STR_ARG(close));
}

const struct cel_type *cel_program_type(const struct cel_program *program)
{
	return program->type;
}

struct str cel_program_source(const struct cel_program *program)
{
	return program->source;
}
