/*
 * What expressions of each kind of policy can read and call, and compiling them.
 *
 * Semantics: Kyverno v1.19 pkg/cel/compiler (env.go, compiler.go) and the compilers of pkg/cel/policies and
 * pkg/image/verification/evaluator. An environment is made once for all policies of a kind; a policy adds its
 * `variables`.
 */
#include "policy/kyverno/cel/authorize.h"
#include "policy/trace.h"

/* apiserver's PerCallLimit, which Kyverno takes over where it builds on the API server's environment. */
#define COST_PER_EXPRESSION 1000000
/* Where Kyverno has no limit, biro has one. */
#define COST_OTHERWISE 10000000

/* -- types --------------------------------------------------------------------------------------------------------- */

static const struct cel_type list_of_strings = {
	.kind = CEL_TYPE_LIST,
	.name = STR("list"),
	.parameter_count = 1,
	.parameters = { &cel_string },
};
static const struct cel_type images_type = {
	.kind = CEL_TYPE_MAP,
	.name = STR("map"),
	.parameter_count = 2,
	.parameters = { &cel_string, &list_of_strings },
};
static const struct cel_type strings_by_name = {
	.kind = CEL_TYPE_MAP,
	.name = STR("map"),
	.parameter_count = 2,
	.parameters = { &cel_string, &cel_string },
};
static const struct cel_field exception_fields[] = {
	{ STR("allowedImages"), &list_of_strings },
	{ STR("allowedValues"), &list_of_strings },
};
static const struct cel_type exceptions_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = STR("libs.Exception"),
	.fields = exception_fields,
	.field_count = 2,
};

/* The API server's type of `request` with what Kyverno adds to it. */
static const struct cel_type *request_field(const struct cel_type *type, struct str field)
{
	(void)type;
	if (str_is(field, "object") || str_is(field, "oldObject"))
		return &cel_dyn;
	return cel_type_field(&admission_request_type, field);
}

static const struct cel_type request_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = STR("kubernetes.AdmissionRequest"),
	.find_field = request_field,
};

/* -- environments -------------------------------------------------------------------------------------------------- */

static const struct class_traits {
	unsigned declares, libraries;
	bool mixed_literals; /* lists and maps may be of several types */
	bool limited;	     /* by the API server's cost limit */
} traits[POLICY_CLASSES] = {
	[POLICY_VALIDATING] = { 0, KYVERNO_CEL_USER | KYVERNO_CEL_X509, false, true },
	[POLICY_MUTATING] = { ADMISSION_PATCHES, KYVERNO_CEL_USER | KYVERNO_CEL_X509, false, true },
	[POLICY_GENERATING] = { 0, KYVERNO_CEL_X509 | KYVERNO_CEL_GENERATOR, true, false },
	[POLICY_DELETING] = { 0, KYVERNO_CEL_X509, false, false },
	[POLICY_IMAGE_VALIDATING] = { 0, KYVERNO_CEL_USER | KYVERNO_CEL_IMAGE_VERIFY, false, true },
};

static void image_variables(struct environment *environment)
{
	environment->images = cel_env_add_variable(environment->cel, STR("images"), &images_type);
	environment->attestors = cel_env_add_variable(environment->cel, STR("attestors"), &cel_map_string_dyn);
	environment->attestations = cel_env_add_variable(environment->cel, STR("attestations"), &strings_by_name);
}

/* What answers a proxy has functions of its own, and its request is of a type of its own. */
static int authorize_declare(enum evaluation_mode mode, struct environment *out, struct error **err)
{
	const struct cel_library *responses = mode == MODE_ENVOY ? &authorize_envoy_library : &authorize_http_library;

	if (cel_env_add_library(out->cel, responses, err) < 0 ||
	    cel_env_add_library(out->cel, &authorize_jwt_library, err) < 0)
		return -1;
	if (mode == MODE_HTTP)
		out->object = cel_env_add_variable(out->cel, STR("object"), http_request_class.type);
	return 0;
}

static int environment_make(struct cel_state *state, const struct cel_policy *policy, struct environment *out,
			    struct error **err)
{
	enum policy_class class = policy->class;
	unsigned libraries = traits[class].libraries | (policy->namespaced ? KYVERNO_CEL_NAMESPACED : 0);
	struct cel_env *base = cel_env_create(state->arena, CEL_KYVERNO);
	struct admission_env admission;

	if (traits[class].mixed_literals)
		cel_env_set_homogeneous(base, false);
	admission_env_create(state->arena, base, traits[class].declares, &admission);
	*out = (struct environment){
		.cel = admission.patches ? admission.patches : admission.cel,
		.namespace_object = admission.namespace_object,
		.object = admission.object,
		.old_object = admission.old_object,
		.exceptions = CEL_ABSENT,
		.images = CEL_ABSENT,
		.attestors = CEL_ABSENT,
		.attestations = CEL_ABSENT,
		.cost_limit = traits[class].limited ? COST_PER_EXPRESSION : COST_OTHERWISE,
	};
	out->request = cel_env_add_variable(out->cel, STR("request"), &request_type);
	if (class != POLICY_DELETING && class != POLICY_IMAGE_VALIDATING)
		out->exceptions = cel_env_add_variable(out->cel, STR("exceptions"), &exceptions_type);
	if (class == POLICY_IMAGE_VALIDATING)
		image_variables(out);
	if (policy->mode >= MODE_ENVOY && authorize_declare(policy->mode, out, err) < 0)
		return -1;
	if (kyverno_cel_add_functions(out->cel, libraries, &out->functions, err) < 0)
		return -1;
	map_init(&out->programs, state->arena);
	out->variables = (uint32_t)cel_env_slots(out->cel);
	out->slots = out->variables + 1;
	return 0;
}

struct environment *environment_of(struct cel_state *state, const struct cel_policy *policy, struct error **err)
{
	struct environment *environment = &state->environments[policy->class][policy->mode][policy->namespaced];

	if (!environment->cel && environment_make(state, policy, environment, err) < 0)
		return NULL;
	return environment;
}

/* -- variables ----------------------------------------------------------------------------------------------------- */

/* Of two variables of one name the later one counts, as in a map that is filled in order. */
static size_t variable_find(const struct variant *variant, struct str name)
{
	for (size_t i = variant->variables.count; i-- > 0;)
		if (str_equal(variant->variables.items[i].name, name))
			return i;
	return SIZE_MAX;
}

static const struct cel_type *variable_type(const struct cel_type *type, struct str field)
{
	const struct variant *variant = type->data;
	size_t i = variable_find(variant, field);

	return i == SIZE_MAX ? NULL : cel_program_type(variant->variables.items[i].program);
}

void environment_for_variant(struct compiling *compiling)
{
	struct variant *variant = compiling->variant;

	variant->variables_type = (struct cel_type){
		.kind = CEL_TYPE_STRUCT,
		.name = STR("kyverno.variables"),
		.find_field = variable_type,
		.data = variant,
	};
	variant->cel = cel_env_extend(compiling->arena, compiling->environment->cel);
	cel_env_add_variable(variant->cel, STR("variables"), &variant->variables_type);
}

static struct cel_value variable_get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	struct evaluation *evaluation = (struct evaluation *)(uintptr_t)self->u.object;
	size_t i = variable_find(evaluation->variant, field);

	if (i == SIZE_MAX)
		return cel_fail(run, "no such key: " STR_FMT, STR_ARG(field));
	return evaluation_variable(evaluation, i);
}

static int variable_has(struct cel_run *run, const struct cel_value *self, struct str field)
{
	const struct evaluation *evaluation = self->u.object;

	(void)run;
	return variable_find(evaluation->variant, field) != SIZE_MAX;
}

static const struct cel_type variables_type = { .kind = CEL_TYPE_STRUCT, .name = STR("kyverno.variables") };
static const struct cel_class variables_class = {
	.type = &variables_type,
	.get = variable_get,
	.has = variable_has,
};

struct cel_value evaluation_run(struct evaluation *evaluation, const struct cel_program *program)
{
	struct cel_value value;
	uint64_t cost = evaluation->run.cost;

	evaluation->run.cost = 0;
	value = cel_evaluate(program, &evaluation->run);
	evaluation->run.cost = cost;
	return value;
}

/* In a trace a value is shown as far as a line or two go. */
#define SHOWN_MAX 200

static void variable_trace(struct evaluation *evaluation, size_t i)
{
	const struct expression *variable = &evaluation->variant->variables.items[i];
	const struct cel_value *value = &evaluation->values[i];
	struct str text;
	bool failed = cel_is_error(*value);

	if (!evaluation->review->trace)
		return;
	text = failed ? value->u.error->message : cel_text(evaluation->review->arena, value);
	if (text.n > SHOWN_MAX) {
		size_t end = SHOWN_MAX;

		/* Not in the middle of a character. */
		while (end > 0 && ((unsigned char)text.p[end] & 0xc0) == 0x80)
			end--;
		text = str_concat(evaluation->review->arena, str_slice(text, 0, end), STR("…"));
	}
	TRACE(evaluation->review, TRACE_VARIABLE, !failed, NULL, variable->at, "variables." STR_FMT " = " STR_FMT,
	      STR_ARG(variable->name), STR_ARG(text));
}

struct cel_value evaluation_variable(struct evaluation *evaluation, size_t i)
{
	if (evaluation->done[i] == 1)
		return cel_fail(&evaluation->run, "variable " STR_FMT " refers to itself",
				STR_ARG(evaluation->variant->variables.items[i].name));
	if (!evaluation->done[i]) {
		evaluation->done[i] = 1;
		evaluation->values[i] = evaluation_run(evaluation, evaluation->variant->variables.items[i].program);
		evaluation->done[i] = 2;
		variable_trace(evaluation, i);
	}
	return evaluation->values[i];
}

static struct cel_value *slots_of(struct shared *shared, struct arena *arena, size_t count)
{
	if (count > shared->slot_count) {
		shared->slots = arena_array(arena, count, sizeof(*shared->slots));
		shared->slot_count = count;
	}
	memset(shared->slots, 0, count * sizeof(*shared->slots));
	return shared->slots;
}

static void bind(struct cel_value *slots, uint32_t slot, const struct value *value)
{
	if (slot != CEL_ABSENT)
		slots[slot] = cel_of_data(value);
}

void evaluation_start(struct evaluation *evaluation, struct review *review, const struct variant *variant,
		      struct shared *shared, struct admitted *admitted)
{
	const struct environment *environment = variant->policy->environment;
	struct arena *arena = review->arena;

	*evaluation = (struct evaluation){
		.functions = { .lookup = review->lookup, .policy_namespace = variant->policy->namespace },
		.review = review, .variant = variant, .shared = shared, .admitted = admitted,
		.run = {
			.arena = arena, .regexes = review->regexes, .user = evaluation,
			.cost_limit = environment->cost_limit,
		},
	};
	evaluation->slots = slots_of(shared, arena, environment->slots);
	evaluation->run.variables = evaluation->slots;
	evaluation->values = arena_array(arena, variant->variables.count, sizeof(*evaluation->values));
	evaluation->done = arena_zalloc(arena, variant->variables.count);
	bind(evaluation->slots, environment->object, admitted->object ? admitted->object : admitted->absent);
	bind(evaluation->slots, environment->old_object,
	     admitted->old_object ? admitted->old_object : admitted->absent);
	if (variant->policy->mode == MODE_KUBERNETES && variant->reads_namespace)
		bind(evaluation->slots, environment->namespace_object, namespace_object_of(shared, review));
	if (variant->policy->mode == MODE_KUBERNETES && variant->reads_request)
		bind(evaluation->slots, environment->request, request_of(admitted, review));
	kyverno_cel_bind(&environment->functions, evaluation->slots);
	evaluation->slots[environment->variables] = cel_of_object(&variables_class, evaluation);
}

/* -- expressions --------------------------------------------------------------------------------------------------- */

static bool is_one_of(const struct cel_type *type, const struct cel_type *const *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (cel_type_equal(type, types[i]))
			return true;
	return count == 0;
}

static int wrong_type(struct compiling *compiling, const struct value *at, struct str path,
		      const struct cel_type *const *types, size_t count)
{
	return error_set_at(compiling->err, ERROR_INVALID, value_place(at),
			    STR_FMT ": output is expected to be %sof type " STR_FMT "%s" STR_FMT, STR_ARG(path),
			    count > 1 ? "either " : "", STR_ARG(types[0]->name), count > 1 ? " or " : "",
			    STR_ARG(count > 1 ? types[1]->name : STR_NULL));
}

static const struct cel_program *program_of(struct compiling *compiling, struct str text, struct error **err)
{
	static const struct cel_compile_options options = { 0 };
	void **slot;

	if (str_contains(text, STR("variables")))
		return cel_compile(compiling->arena, compiling->variant->cel, text, &options, err);
	slot = map_slot(&compiling->environment->programs, text);
	if (!*slot)
		*slot = (void *)cel_compile(compiling->arena, compiling->environment->cel, text, &options, err);
	return *slot;
}

const struct cel_program *expression_compile(struct compiling *compiling, const struct value *at, struct str path,
					     const struct cel_type *const *types, size_t type_count)
{
	const struct environment *environment = compiling->environment;
	struct variant *variant = compiling->variant;
	_cleanup_(error_freep) struct error *err = NULL;
	const struct cel_program *program;

	if (!value_is(at, VALUE_STRING)) {
		error_set_at(compiling->err, ERROR_INVALID, value_place(at),
			     STR_FMT ": an expression is a string, not %s", STR_ARG(path), value_type_name(at));
		return NULL;
	}
	program = program_of(compiling, value_str(at), &err);
	if (!program) {
		error_set_at(compiling->err, ERROR_INVALID, value_place(at), STR_FMT ": %s", STR_ARG(path),
			     err ? err->message : "it does not compile");
		return NULL;
	}
	if (!is_one_of(cel_program_type(program), types, type_count)) {
		wrong_type(compiling, at, path, types, type_count);
		return NULL;
	}
	variant->reads_request |= cel_program_reads(program, environment->request);
	variant->reads_namespace |= cel_program_reads(program, environment->namespace_object);
	return program;
}

int conditions_compile(struct compiling *compiling, const struct value *list, const char *path, struct expressions *out)
{
	static const struct cel_type *const types[] = { &cel_bool };

	out->items = arena_array(compiling->arena, value_count(list), sizeof(*out->items));
	for (VALUE_EACH(item, list)) {
		struct str where = str_format(compiling->arena, "%s[%zu].expression", path, out->count);
		const struct value *text = value_field(item, "expression");
		struct expression *expression = &out->items[out->count];

		*expression = (struct expression){ .name = value_str(value_field(item, "name")), .at = item };
		expression->program = expression_compile(compiling, text ? text : &value_empty_string, where, types, 1);
		if (!expression->program)
			return -1;
		out->count++;
	}
	return 0;
}
