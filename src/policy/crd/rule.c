/*
 * One rule: its programs, its field path. Semantics: k8s.io/apiextensions-apiserver v0.36
 * pkg/apiserver/schema/cel/compilation.go, and ValidFieldPath of validation.go.
 */
#include "policy/crd/rules.h"

/* The real one ends in the nanoseconds of the moment, so that nobody comes to depend on it. */
#define SELF_TYPE STR("selfType0")

void crd_rule_scope_init(struct crd_rule_scope *scope, struct arena *arena, const struct cel_env *base,
			 const struct crd_schema *schema, const struct crd_declaration *declaration)
{
	const struct cel_type *self = crd_type(arena, declaration, SELF_TYPE);
	struct cel_env *env = cel_env_extend(arena, base), *optional = cel_env_extend(arena, base);

	cel_env_add_variable(env, STR("self"), self);
	cel_env_add_variable(env, STR("oldSelf"), self);
	cel_env_add_variable(optional, STR("self"), self);
	cel_env_add_variable(optional, STR("oldSelf"), cel_optional_of(arena, self));
	*scope = (struct crd_rule_scope){
		.arena = arena,
		.env = env,
		.optional_env = optional,
		.declaration = declaration,
		.schema = schema,
	};
}

/* NULL and *problem when it does not compile to the type. */
static const struct cel_program *compile(const struct crd_rule_scope *scope, const struct cel_env *env,
					 struct str source, const char *prefix, const struct cel_type *type,
					 const char *type_name, uint64_t *cost, struct str *problem)
{
	enum cel_stage stage = CEL_STAGE_PARSE;
	struct cel_compile_options options = {
		.size_of = crd_size_of,
		.size_data = (void *)(uintptr_t)scope->declaration,
		.stage = &stage,
	};
	struct error *err = NULL;
	const struct cel_program *program = cel_compile(scope->arena, env, source, &options, &err);

	if (!program) {
		*problem = str_format(scope->arena, "%s%s failed: %s", prefix,
				      stage != CEL_STAGE_PROGRAM ? "compilation"
				      : *prefix			 ? "instantiation"
								 : "program instantiation",
				      err ? err->message : "");
		error_free(err);
		return NULL;
	}
	if (cel_program_type(program)->kind != type->kind) {
		*problem = str_format(scope->arena, "%s must evaluate to a %s",
				      *prefix ? "messageExpression" : "cel expression", type_name);
		return NULL;
	}
	*cost = cel_program_estimate(program).maximum;
	return program;
}

void crd_rule_compile(const struct crd_rule_scope *scope, const struct value *source, struct crd_rule *rule)
{
	struct str text = value_str(value_field(source, "rule")), expression;
	const struct cel_env *env;

	*rule = (struct crd_rule){
		.text = str_trim(text),
		.message = str_trim(value_str(value_field(source, "message"))),
		.reason = value_str(value_field(source, "reason")),
		.optional_old = value_bool(value_field(source, "optionalOldSelf"), false),
		.source = source,
	};
	if (rule->text.n == 0)
		return;
	env = rule->optional_old ? scope->optional_env : scope->env;
	rule->program = compile(scope, env, text, "", &cel_bool, "bool", &rule->cost, &rule->problem);
	if (!rule->program)
		return;
	rule->uses_old = cel_program_reads(rule->program, SLOT_OLD_SELF);
	expression = value_str(value_field(source, "messageExpression"));
	if (expression.n > 0) {
		rule->message_program = compile(scope, env, expression, "messageExpression ", &cel_string, "string",
						&rule->message_cost, &rule->message_problem);
		if (!rule->message_program)
			return;
	}
	rule->field_path = crd_field_path(scope->arena, value_str(value_field(source, "fieldPath")), scope->schema);
}

/* -- field paths -------------------------------------------------------------------------------------------------- */

/* The next token: '.', '[', ']', a text in single quotes, or what is between them. */
static struct str next_token(struct str *rest)
{
	size_t n = 0;
	struct str token;

	if (rest->n == 0)
		return STR_NULL;
	if (rest->p[0] == '\'') {
		for (n = 1; n < rest->n && !(rest->p[n] == '\'' && rest->p[n - 1] != '\\'); n++)
			;
		n = n < rest->n ? n + 1 : n;
	} else if (rest->p[0] == '.' || rest->p[0] == '[' || rest->p[0] == ']') {
		n = 1;
	} else {
		while (n < rest->n && rest->p[n] != '.' && rest->p[n] != '[' && rest->p[n] != ']')
			n++;
	}
	token = str_slice(*rest, 0, n);
	*rest = str_skip(*rest, n);
	return token;
}

/* What is in the quotes; false for an escape that there is not. */
static bool unquote(struct arena *arena, struct str token, struct str *out)
{
	static const char letters[] = "abfnrtv'\\", bytes[] = "\a\b\f\n\r\t\v'\\";
	char *text = arena_alloc(arena, token.n + 1);
	size_t n = 0;

	for (size_t i = 1; i + 1 < token.n; i++) {
		const char *letter;

		if (token.p[i] != '\\' || i + 2 >= token.n) {
			text[n++] = token.p[i];
			continue;
		}
		letter = strchr(letters, token.p[++i]);
		if (!letter || !*letter)
			return false;
		text[n++] = bytes[letter - letters];
	}
	*out = str_make(text, n);
	return true;
}

struct str crd_field_path(struct arena *arena, struct str path, const struct crd_schema *schema)
{
	struct str out = STR_NULL, token, name;

	while ((token = next_token(&path)).n > 0) {
		const struct crd_property *property;

		if (str_is(token, "[")) {
			token = next_token(&path);
			if (token.n < 2 || token.p[0] != '\'' || token.p[token.n - 1] != '\'' ||
			    !unquote(arena, token, &name) || !str_is(next_token(&path), "]"))
				return STR_NULL;
		} else if (str_is(token, ".")) {
			name = next_token(&path);
			if (name.n == 0)
				return STR_NULL;
		} else {
			return STR_NULL;
		}
		if (schema->has_properties) {
			property = crd_property_find(schema, name);
			if (!property)
				return STR_NULL;
			out = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(out), out.n ? "." : "", STR_ARG(name));
			schema = property->schema;
		} else if (schema->additional) {
			out = str_format(arena, STR_FMT "[" STR_FMT "]", STR_ARG(out), STR_ARG(name));
			schema = schema->additional;
		} else {
			return STR_NULL;
		}
	}
	return out;
}
