/*
 * Compiles the expressions of a spec and says what the API server would say of them.
 *
 * Semantics: k8s.io/kubernetes v1.36 pkg/apis/admissionregistration/validation (validateMatchCondition,
 * validateVariable, validateValidation, validateAuditAnnotation, validateMutation), k8s.io/apiserver v0.36
 * pkg/admission/plugin/cel/compile.go.
 */
#include "policy/admissionpolicy/rules.h"
#include "data/name.h"

#define CONDITIONS_MAX 64
#define ANNOTATIONS_MAX 20
#define ANNOTATION_EXPRESSION_MAX (5 * 1024)

struct compiler {
	struct arena *arena;
	const struct admission_env *env;
	struct problems *problems;
	struct admission_rules *rules;
	enum rules_kind kind;
	struct str policy_name;
};

static struct field child(struct compiler *compiler, struct field parent, const char *name)
{
	return field_child(compiler->arena, parent, name);
}

/* What an expression may be; the text is for the message. */
struct accepted {
	const struct cel_type *types[2];
	const char *text;
};
static const struct accepted accept_bool = { { &cel_bool }, "to bool" };
static const struct accepted accept_string = { { &cel_string }, "to string" };
static const struct accepted accept_annotation = { { &cel_string, &cel_null }, "to one of [string null_type]" };
static const struct accepted accept_object = { { &admission_object_type }, "to Object" };
static const struct accepted accept_patches = { { &admission_json_patches_type }, "to list(JSONPatch)" };

static bool is_accepted(const struct accepted *accepted, const struct cel_type *type)
{
	for (size_t i = 0; i < 2 && accepted->types[i]; i++)
		if (cel_type_equal(accepted->types[i], type))
			return true;
	return false;
}

static bool reads_authorizer(const struct admission_env *env, const struct cel_program *program)
{
	return env->authorizer != ADMISSION_ABSENT &&
	       (cel_program_reads(program, env->authorizer) || cel_program_reads(program, env->request_resource));
}

/* NULL and a problem told when the expression does not compile. `shown` is what the message shows of it. */
static const struct cel_program *compile(struct compiler *compiler, const struct cel_env *env, struct field field,
					 struct str text, struct str shown, const struct accepted *accepted)
{
	struct arena *arena = compiler->arena;
	enum cel_stage stage = CEL_STAGE_CHECK;
	struct cel_compile_options options = { .stage = &stage };
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_program *program = cel_compile(arena, env, text, &options, &err);

	if (!program) {
		struct str why =
			str_format(arena, "%s: %s",
				   stage == CEL_STAGE_PROGRAM ? "program instantiation failed" : "compilation failed",
				   err->message);

		if (stage == CEL_STAGE_PROGRAM)
			problem_internal(compiler->problems, field, why);
		else
			problem_invalid_text(compiler->problems, field, shown, why);
		return NULL;
	}
	if (env != compiler->env->messages && reads_authorizer(compiler->env, program))
		compiler->rules->asks_authorizer = true;
	if (is_accepted(accepted, cel_program_type(program)))
		return program;
	problem_invalid_text(compiler->problems, field, shown,
			     str_format(arena, "must evaluate %s but got " STR_FMT, accepted->text,
					STR_ARG(cel_type_text(arena, cel_program_type(program)))));
	return NULL;
}

static void check_qualified_name(struct compiler *compiler, struct field field, struct str name)
{
	const char *faults[NAME_FAULTS_MAX];
	size_t count = name_faults(NAME_QUALIFIED, name, faults);

	for (size_t i = 0; i < count; i++)
		problem_invalid_text(compiler->problems, field, name, str_of(faults[i]));
}

/* -- matchConditions ----------------------------------------------------------------------------------------------- */

static void compile_condition(struct compiler *compiler, struct field field, struct rules_condition *out)
{
	struct field expression = child(compiler, field, "expression"), name = child(compiler, field, "name");
	struct str trimmed = str_trim(value_str(expression.value));

	*out = (struct rules_condition){ .name = value_str(name.value), .text = value_str(expression.value) };
	if (!trimmed.n)
		problem_required(compiler->problems, expression, "");
	else
		out->program = compile(compiler, compiler->env->conditions, expression, trimmed, trimmed, &accept_bool);
	if (!out->name.n)
		problem_required(compiler->problems, name, "");
	else
		check_qualified_name(compiler, name, out->name);
}

static void compile_conditions(struct compiler *compiler, struct field list)
{
	struct admission_rules *rules = compiler->rules;
	size_t count = value_is(list.value, VALUE_ARRAY) ? value_count(list.value) : 0;

	if (count > CONDITIONS_MAX)
		problem_too_many(compiler->problems, list, count, CONDITIONS_MAX);
	rules->conditions = arena_array(compiler->arena, count, sizeof(*rules->conditions));
	for (size_t i = 0; i < count; i++) {
		struct field field = field_index(compiler->arena, list, i);
		struct rules_condition *condition = &rules->conditions[rules->condition_count++];

		compile_condition(compiler, field, condition);
		for (size_t j = 0; j < i && condition->name.n; j++)
			if (str_equal(rules->conditions[j].name, condition->name)) {
				problem_duplicate(compiler->problems, child(compiler, field, "name"));
				break;
			}
	}
}

/* -- variables ----------------------------------------------------------------------------------------------------- */

static bool is_identifier(struct str name)
{
	static const char *const reserved[] = {
		"true",	    "false",   "null",	    "in",	"as",  "break",	 "const",
		"continue", "else",    "for",	    "function", "if",  "import", "let",
		"loop",	    "package", "namespace", "return",	"var", "void",	 "while",
	};

	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (i && c >= '0' && c <= '9')))
			return false;
	}
	for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++)
		if (str_equal(name, str_of(reserved[i])))
			return false;
	return name.n > 0;
}

static void compile_variables(struct compiler *compiler, struct field list)
{
	struct admission_variables *variables;

	if (compiler->env->variables == ADMISSION_ABSENT)
		return;
	compiler->rules->variables = variables = admission_variables_create(compiler->arena, compiler->env);
	for (size_t i = 0; value_is(list.value, VALUE_ARRAY) && i < value_count(list.value); i++) {
		struct field field = field_index(compiler->arena, list, i);
		struct field name = child(compiler, field, "name"), expression = child(compiler, field, "expression");
		_cleanup_(error_freep) struct error *err = NULL;

		if (!str_trim(value_str(name.value)).n)
			problem_required(compiler->problems, name, "name is not specified");
		else if (!is_identifier(value_str(name.value)))
			problem_invalid(compiler->problems, name, STR("must be a valid CEL identifier"));
		compiler->rules->variable_count++;
		if (!str_trim(value_str(expression.value)).n)
			problem_required(compiler->problems, expression, "expression is not specified");
		else if (admission_variables_add(variables, value_str(name.value), value_str(expression.value), &err) <
			 0)
			problem_invalid(compiler->problems, expression, str_dup(compiler->arena, str_of(err->message)));
	}
}

/* -- validations --------------------------------------------------------------------------------------------------- */

static bool has_line_break(struct str s)
{
	return str_find_char(s, '\n', 0) != STR_NOT_FOUND || str_find_char(s, '\r', 0) != STR_NOT_FOUND;
}

uint16_t admission_reason_code(struct str reason)
{
	static const struct {
		const char *reason;
		uint16_t code;
	} codes[] = { { "Forbidden", 403 }, { "Unauthorized", 401 }, { "RequestEntityTooLarge", 413 } };

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (str_equal(reason, str_of(codes[i].reason)))
			return codes[i].code;
	return 422;
}

static void compile_message(struct compiler *compiler, struct field field, struct rules_validation *out)
{
	struct field expression = child(compiler, field, "messageExpression"),
		     message = child(compiler, field, "message");

	out->message_text = value_str(expression.value);
	if (out->message_text.n && !str_trim(out->message_text).n) {
		problem_invalid(compiler->problems, expression, STR("must be non-empty if specified"));
	} else if (out->message_text.n) {
		out->message_program = compile(compiler, compiler->env->messages, expression, out->message_text,
					       out->message_text, &accept_string);
		compiler->rules->message_count++;
	}
	out->message = str_trim(value_str(message.value));
	if (value_str(message.value).n && !out->message.n)
		problem_invalid(compiler->problems, message, STR("must be non-empty if specified"));
	else if (has_line_break(out->message))
		problem_invalid(compiler->problems, message, STR("must not contain line breaks"));
}

static void compile_validation(struct compiler *compiler, struct field field, struct rules_validation *out)
{
	static const char *const reasons[] = { "Forbidden", "Invalid", "RequestEntityTooLarge", NULL };
	struct field expression = child(compiler, field, "expression"), reason = child(compiler, field, "reason");
	size_t i = 0;

	*out = (struct rules_validation){ .text = value_str(expression.value),
					  .reason = STR("Invalid"),
					  .at = field.value };
	if (!str_trim(out->text).n)
		problem_required(compiler->problems, expression, "expression is not specified");
	else
		out->program = compile(compiler, compiler->env->cel, expression, out->text, out->text, &accept_bool);
	compile_message(compiler, field, out);
	if (!value_is_null(reason.value)) {
		while (reasons[i] && !str_equal(value_str(reason.value), str_of(reasons[i])))
			i++;
		if (!reasons[i])
			problem_unsupported(compiler->problems, reason, reasons);
		out->reason = value_str(reason.value);
	}
	out->code = admission_reason_code(out->reason);
}

static void compile_validations(struct compiler *compiler, struct field list)
{
	struct admission_rules *rules = compiler->rules;
	size_t count = value_is(list.value, VALUE_ARRAY) ? value_count(list.value) : 0;

	rules->validations = arena_array(compiler->arena, count, sizeof(*rules->validations));
	for (size_t i = 0; i < count; i++)
		compile_validation(compiler, field_index(compiler->arena, list, i),
				   &rules->validations[rules->validation_count++]);
}

/* -- auditAnnotations ---------------------------------------------------------------------------------------------- */

static void compile_annotation(struct compiler *compiler, struct field field, struct rules_annotation *out)
{
	struct field expression = child(compiler, field, "valueExpression"), key = child(compiler, field, "key");
	struct str trimmed = str_trim(value_str(expression.value));

	*out = (struct rules_annotation){ .key = value_str(key.value), .text = value_str(expression.value) };
	if (compiler->policy_name.n)
		check_qualified_name(compiler, key,
				     str_format(compiler->arena, STR_FMT "/" STR_FMT, STR_ARG(compiler->policy_name),
						STR_ARG(out->key)));
	else
		problem_invalid(compiler->problems, key, STR("requires metadata.name be non-empty"));
	if (!trimmed.n)
		problem_required(compiler->problems, expression, "valueExpression is not specified");
	else if (trimmed.n > ANNOTATION_EXPRESSION_MAX)
		problem_required(compiler->problems, expression, "must not exceed 5120 bytes in length");
	else
		out->program =
			compile(compiler, compiler->env->cel, expression, trimmed, out->text, &accept_annotation);
}

static void compile_annotations(struct compiler *compiler, struct field list)
{
	struct admission_rules *rules = compiler->rules;
	size_t count = value_is(list.value, VALUE_ARRAY) ? value_count(list.value) : 0;

	if (count > ANNOTATIONS_MAX)
		problem_invalid(compiler->problems, list, STR("must not have more than 20 auditAnnotations"));
	rules->annotations = arena_array(compiler->arena, count, sizeof(*rules->annotations));
	for (size_t i = 0; i < count; i++) {
		struct field field = field_index(compiler->arena, list, i);
		struct rules_annotation *annotation = &rules->annotations[rules->annotation_count++];

		compile_annotation(compiler, field, annotation);
		for (size_t j = 0; j < i; j++)
			if (str_equal(rules->annotations[j].key, annotation->key)) {
				problem_duplicate(compiler->problems, child(compiler, field, "key"));
				break;
			}
	}
}

/* -- mutations ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *type, *field, *other_field, *missing, *unwanted;
	const struct accepted *accepted;
	bool json_patch;
} patch_kinds[] = {
	{ "JSONPatch", "jsonPatch", "applyConfiguration", "must be specified when patchType is JSONPatch",
	  "must not be specified when patchType is JSONPatch", &accept_patches, true },
	{ "ApplyConfiguration", "applyConfiguration", "jsonPatch",
	  "must be specified when patchType is ApplyConfiguration",
	  "must not be specified when patchType is ApplyConfiguration", &accept_object, false },
};

static void compile_patch(struct compiler *compiler, struct field field, size_t kind, struct rules_mutation *out)
{
	struct field patch = child(compiler, field, patch_kinds[kind].field);
	struct field other = child(compiler, field, patch_kinds[kind].other_field);
	struct field expression = child(compiler, patch, "expression");
	struct str trimmed = str_trim(value_str(expression.value));

	out->json_patch = patch_kinds[kind].json_patch;
	out->text = value_str(expression.value);
	if (value_is_null(patch.value))
		problem_required(compiler->problems, patch, patch_kinds[kind].missing);
	else if (!trimmed.n)
		problem_required(compiler->problems, expression, "");
	else
		out->program = compile(compiler, compiler->env->patches, expression, trimmed, trimmed,
				       patch_kinds[kind].accepted);
	if (!value_is_null(other.value))
		problem_invalid_text(compiler->problems, other,
				     str_format(compiler->arena, "{%s}", patch_kinds[kind].other_field),
				     str_of(patch_kinds[kind].unwanted));
}

static void compile_mutation(struct compiler *compiler, struct field field, struct rules_mutation *out)
{
	static const char *const types[] = { "ApplyConfiguration", "JSONPatch", NULL };
	struct field type = child(compiler, field, "patchType");

	*out = (struct rules_mutation){ .policy_at = field.value };
	if (!value_str(type.value).n) {
		problem_required(compiler->problems, type, "");
		return;
	}
	for (size_t i = 0; i < sizeof(patch_kinds) / sizeof(*patch_kinds); i++)
		if (str_equal(value_str(type.value), str_of(patch_kinds[i].type))) {
			compile_patch(compiler, field, i, out);
			return;
		}
	problem_unsupported(compiler->problems, type, types);
}

static void compile_mutations(struct compiler *compiler, struct field list)
{
	struct admission_rules *rules = compiler->rules;
	size_t count = value_is(list.value, VALUE_ARRAY) ? value_count(list.value) : 0;

	if (count == 0)
		problem_required(compiler->problems, list, "mutations must contain at least one item");
	rules->mutations = arena_array(compiler->arena, count, sizeof(*rules->mutations));
	for (size_t i = 0; i < count; i++)
		compile_mutation(compiler, field_index(compiler->arena, list, i),
				 &rules->mutations[rules->mutation_count++]);
}

const struct rules_mutation *rules_mutations(const struct admission_rules *rules, size_t *count)
{
	*count = rules->mutation_count;
	return rules->mutations;
}

/* -- all of it ----------------------------------------------------------------------------------------------------- */

static void compile_validating(struct compiler *compiler, struct field spec)
{
	struct field validations = child(compiler, spec, "validations");
	struct field annotations = child(compiler, spec, "auditAnnotations");

	if (value_count(validations.value) == 0 && value_count(annotations.value) == 0) {
		problem_required(compiler->problems, validations,
				 "validations or auditAnnotations must contain at least one item");
		problem_required(compiler->problems, annotations,
				 "validations or auditAnnotations must contain at least one item");
		return;
	}
	compile_validations(compiler, validations);
	compile_annotations(compiler, annotations);
}

const struct admission_rules *rules_compile(struct arena *arena, const struct admission_env *env,
					    const struct value *spec, enum rules_kind kind, struct str policy_name,
					    struct problems *problems)
{
	struct admission_rules *rules = ARENA_NEW(arena, struct admission_rules);
	struct compiler compiler = {
		.arena = arena,
		.env = env,
		.problems = problems,
		.rules = rules,
		.kind = kind,
		.policy_name = policy_name,
	};
	struct field field = { STR("spec"), spec };

	rules->env = *env;
	rules->ignore = str_is(value_str(value_field(spec, "failurePolicy")), "Ignore");
	compile_conditions(&compiler, child(&compiler, field, "matchConditions"));
	compile_variables(&compiler, child(&compiler, field, "variables"));
	if (rules->variables && env->authorizer != ADMISSION_ABSENT)
		rules->asks_authorizer |= admission_variables_read(rules->variables, env->authorizer) ||
					  admission_variables_read(rules->variables, env->request_resource);
	if (kind == RULES_MUTATING)
		compile_mutations(&compiler, child(&compiler, field, "mutations"));
	else
		compile_validating(&compiler, field);
	return rules;
}

const struct admission_rules *admission_rules_compile(struct arena *arena, const struct admission_env *env,
						      const struct value *spec, struct error **err)
{
	struct problems problems = { .arena = arena };
	const struct admission_rules *rules = rules_compile(arena, env, spec, RULES_VALIDATING, STR("x"), &problems);

	return problems_report(&problems, err) < 0 ? NULL : rules;
}
