/*
 * Mutates a request by all MutatingAdmissionPolicies that are about it, in order, and once more by those that ask for
 * it when something changed.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/policy/mutating (dispatcher, reinvocationcontext, patch) and
 * plugin/policy/generic/policy_dispatcher.go. All invocations of a pass are found first, against the object as it is
 * then.
 */
#include "data/json_patch.h"
#include "kube/apply.h"
#include "kube/crd.h"
#include "policy/admissionpolicy/engine.h"
#include "policy/trace.h"

#define DEPTH_MAX 256

struct invocation {
	const struct admission_policy *policy;
	const struct admission_binding *binding;
	const struct value *param;
	struct admission_matched as;
};

/* One review's way through the mutating policies. */
struct mutating {
	struct arena *arena;
	struct review *review;
	struct result_list *results;
	const struct schema *schema; /* of the kind; NULL: not known */
	bool built_in;
	const struct value *given;   /* as it came, and what it is now: as written, with the changes */
	const struct value *current; /* the same with the API server's defaults: what expressions see */
	struct invocation *invocations;
	size_t count, capacity;
	struct invocation *previous, *again; /* reinvocable: invoked already; to be invoked again */
	size_t previous_count, previous_capacity, again_count, again_capacity;
	bool reinvoking;
	bool dirty, stopped;
};

/* -- texts --------------------------------------------------------------------------------------------------------- */

struct str admission_mutation_error_text(struct arena *arena, struct str policy, struct str binding, struct str message)
{
	if (!binding.n)
		return str_format(arena, "policy \"" STR_FMT "\" denied request: " STR_FMT, STR_ARG(policy),
				  STR_ARG(message));
	return str_format(arena, "policy '" STR_FMT "' with binding '" STR_FMT "' denied request: " STR_FMT,
			  STR_ARG(policy), STR_ARG(binding), STR_ARG(message));
}

/* `reason`: as the response has it when it is not Invalid; NULL otherwise. */
static void report_problem(struct mutating *mutating, const struct admission_policy *policy,
			   const struct admission_binding *binding, struct str rule, struct str message,
			   const char *reason)
{
	struct result *result = admission_result_add(policy, binding, mutating->review, mutating->results);

	if (reason)
		admission_result_note(mutating->review, result, STR("reason"), str_of(reason));
	result->rule = rule;
	result->outcome = policy->ignore ? OUTCOME_SKIP : OUTCOME_ERROR;
	result->message = policy->ignore
				  ? str_concat(mutating->arena, message, STR(" (ignored: failurePolicy is Ignore)"))
				  : message;
}

static void report_skip(struct mutating *mutating, const struct admission_policy *policy,
			const struct admission_binding *binding, struct str rule, struct str message)
{
	struct result *result = admission_result_add(policy, binding, mutating->review, mutating->results);

	result->rule = rule;
	result->outcome = OUTCOME_SKIP;
	result->message = message;
}

/* -- which invocations --------------------------------------------------------------------------------------------- */

static void add_invocation(struct mutating *mutating, const struct invocation *invocation)
{
	*ARENA_PUSH(mutating->arena, mutating->invocations, mutating->count, mutating->capacity) = *invocation;
}

static void collect_binding(struct mutating *mutating, struct invocation invocation)
{
	const struct admission_binding *binding = invocation.binding;
	struct admission_params params;

	if (binding->match && !admission_match_review(binding->match, mutating->review))
		return;
	admission_params_collect(invocation.policy, binding, mutating->review, &params);
	if (params.error.n && !mutating->reinvoking)
		report_problem(mutating, invocation.policy, binding, STR("binding"),
			       str_concat(mutating->arena, STR("failed to configure binding: "), params.error),
			       "Forbidden");
	else if (!params.error.n && params.count == 0 && !mutating->reinvoking)
		report_skip(mutating, invocation.policy, binding, STR("paramRef"),
			    STR("no params found, which the binding allows (parameterNotFoundAction: Allow)"));
	for (size_t i = 0; i < params.count; i++) {
		invocation.param = params.items[i];
		add_invocation(mutating, &invocation);
	}
}

static void collect_unbound(struct mutating *mutating, struct invocation invocation)
{
	static const struct admission_binding assumed = { .name = { "", 0 }, .mutating = true };

	if (mutating->review->lookup && mutating->review->lookup->assume_bound) {
		invocation.binding = &assumed;
		add_invocation(mutating, &invocation);
	} else if (!mutating->reinvoking) {
		report_skip(mutating, invocation.policy, NULL, STR("policy"),
			    STR("not in force: no MutatingAdmissionPolicyBinding names this policy (--assume-bound "
				"mutates by it "
				"all the same)"));
	}
}

static void collect_policy(struct mutating *mutating, const struct admission_policy *policy)
{
	struct invocation invocation = { .policy = policy };
	bool matched = admission_match_find(policy->match, mutating->review, &invocation.as);
	struct str problem;

	TRACE(mutating->review, TRACE_MATCH, matched, NULL, policy->head.object, "matchConstraints of " STR_FMT,
	      STR_ARG(policy->head.name));
	if (!matched)
		return;
	if (policy->binding_count == 0) {
		collect_unbound(mutating, invocation);
		return;
	}
	problem = admission_params_problem(policy, mutating->review);
	if (problem.n) {
		if (!mutating->reinvoking)
			report_problem(mutating, policy, NULL, STR("policy"),
				       str_concat(mutating->arena, STR("failed to configure policy: "), problem),
				       "Forbidden");
		return;
	}
	for (size_t i = 0; i < policy->binding_count; i++) {
		invocation.binding = policy->bindings[i];
		collect_binding(mutating, invocation);
	}
}

static bool same_invocation(const struct invocation *a, const struct invocation *b)
{
	return a->policy == b->policy && a->binding == b->binding &&
	       str_equal(object_name(a->param), object_name(b->param)) &&
	       str_equal(object_namespace(a->param), object_namespace(b->param));
}

static bool is_due_again(const struct mutating *mutating, const struct invocation *invocation)
{
	for (size_t i = 0; i < mutating->again_count; i++)
		if (same_invocation(&mutating->again[i], invocation))
			return true;
	return false;
}

/* Something changed: whoever was invoked before and asks for it is invoked again in the second pass. */
static void require_again(struct mutating *mutating)
{
	for (size_t i = 0; i < mutating->previous_count; i++)
		if (!is_due_again(mutating, &mutating->previous[i]))
			*ARENA_PUSH(mutating->arena, mutating->again, mutating->again_count, mutating->again_capacity) =
				mutating->previous[i];
	mutating->previous_count = 0;
}

/* -- the patches of one mutation ----------------------------------------------------------------------------------- */

/* The API server checks that types are named as the fields they stand in: Object.spec for spec. */
static void check_type_names(struct arena *arena, const struct cel_value *v, struct str path, int depth,
			     struct str *errors)
{
	if (depth > DEPTH_MAX)
		return;
	if (v->kind == CEL_STRUCT) {
		const struct cel_message *message = v->u.message;

		if (!str_equal(message->type->name, path))
			*errors = str_format(arena,
					     STR_FMT "%sunexpected type name \"" STR_FMT "\", expected \"" STR_FMT
						     "\", which matches field name path from root Object type",
					     STR_ARG(*errors), errors->n ? "\n" : "", STR_ARG(message->type->name),
					     STR_ARG(path));
		for (size_t i = 0; i < message->count; i++)
			check_type_names(
				arena, &message->fields[i].value,
				str_format(arena, STR_FMT "." STR_FMT, STR_ARG(path), STR_ARG(message->fields[i].name)),
				depth + 1, errors);
	} else if (v->kind == CEL_LIST && !(v->flags & CEL_DATA)) {
		for (size_t i = 0; i < v->length; i++)
			check_type_names(arena, &v->u.items[i], path, depth + 1, errors);
	} else if (v->kind == CEL_MAP && !(v->flags & CEL_DATA)) {
		for (size_t i = 0; i < v->u.map->count; i++)
			check_type_names(arena, &v->u.map->entries[i].value, path, depth + 1, errors);
	}
}

static int check_types(struct arena *arena, const struct cel_value *v, struct error **err)
{
	struct str errors = STR("");

	if (v->kind == CEL_STRUCT)
		check_type_names(arena, v, v->u.message->type->name, 0, &errors);
	return errors.n ? error_set(err, ERROR_INVALID, "type mismatch: " STR_FMT, STR_ARG(errors)) : 0;
}

/* What the API server cannot read: a map or list that an expression made, within another. */
static const struct value unreadable = { .type = VALUE_BOOL, .u.boolean = true };

static const struct value *patch_data(struct arena *arena, const struct cel_value *v, bool within, int depth,
				      struct error **err);

static const struct value *struct_data(struct arena *arena, const struct cel_message *message, int depth,
				       struct error **err)
{
	struct object_builder object = { 0 };

	for (size_t i = 0; i < message->count; i++) {
		const struct value *data = patch_data(arena, &message->fields[i].value, false, depth + 1, err);

		if (!data)
			return NULL;
		object_put(arena, &object, message->fields[i].name, data);
	}
	return object_finish(arena, &object);
}

static const struct value *list_data(struct arena *arena, const struct cel_value *list, int depth, struct error **err)
{
	struct array_builder array = { 0 };

	for (size_t i = 0; i < list->length; i++) {
		const struct value *data = patch_data(arena, &list->u.items[i], true, depth + 1, err);

		if (!data)
			return NULL;
		array_add(arena, &array, data);
	}
	return array_finish(arena, &array);
}

static const struct value *map_data(struct arena *arena, const struct cel_value *map, int depth, struct error **err)
{
	struct object_builder object = { 0 };

	for (size_t i = 0; i < map->u.map->count; i++) {
		const struct cel_entry *entry = &map->u.map->entries[i];
		const struct value *data = patch_data(arena, &entry->value, true, depth + 1, err);

		if (!data)
			return NULL;
		if (entry->key.kind != CEL_STRING) {
			error_set(err, ERROR_INVALID, "map key " STR_FMT " is not string",
				  STR_ARG(cel_text(arena, &entry->key)));
			return NULL;
		}
		object_put(arena, &object, cel_str(&entry->key), data);
	}
	return object_finish(arena, &object);
}

/*
 * An apply configuration as a document. `within`: an item of a list or map that the expression made; there the API
 * server converts objects, but no other lists and maps (pkg/cel/mutation/dynamic, convertField).
 */
static const struct value *patch_data(struct arena *arena, const struct cel_value *v, bool within, int depth,
				      struct error **err)
{
	bool made = !(v->flags & CEL_DATA) && (v->kind == CEL_LIST || v->kind == CEL_MAP);

	if (depth > DEPTH_MAX) {
		error_set(err, ERROR_LIMIT, "nested more than %d deep", DEPTH_MAX);
		return NULL;
	}
	if (v->kind == CEL_STRUCT)
		return struct_data(arena, v->u.message, depth, err);
	if (made && within)
		return &unreadable;
	if (made)
		return v->kind == CEL_LIST ? list_data(arena, v, depth, err) : map_data(arena, v, depth, err);
	return cel_to_data(arena, v, err);
}

static const struct value *with_kind(struct arena *arena, const struct value *patch, const struct value *object)
{
	struct object_builder builder = { 0 };

	object_start_from(arena, &builder, patch);
	object_put(arena, &builder, STR("apiVersion"), value_field(object, "apiVersion"));
	object_put(arena, &builder, STR("kind"), value_field(object, "kind"));
	return object_finish(arena, &builder);
}

static const struct value *apply_configuration(struct mutating *mutating, struct cel_value value, struct error **err)
{
	const struct value *patch;

	if (check_types(mutating->arena, &value, err) < 0)
		return NULL;
	patch = patch_data(mutating->arena, &value, false, 0, err);
	if (!patch) {
		error_wrap(err, "invalid return type");
		return NULL;
	}
	patch = apply_merge(mutating->arena, mutating->schema, mutating->current,
			    with_kind(mutating->arena, patch, mutating->current), err);
	if (!patch)
		error_wrap(err, "error applying patch");
	return patch;
}

static int add_operation(struct mutating *mutating, struct array_builder *patch, const struct cel_value *v,
			 struct error **err)
{
	const struct cel_message *message = v->kind == CEL_STRUCT ? v->u.message : NULL;
	struct object_builder operation = { 0 };

	if (!message)
		return error_set(err, ERROR_INVALID,
				 "type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch");
	for (size_t i = 0; i < message->count; i++) {
		const struct cel_message_field *field = &message->fields[i];
		const struct value *data;

		if (str_is(field->name, "value") && check_types(mutating->arena, &field->value, err) < 0)
			return -1;
		data = cel_to_data(mutating->arena, &field->value, err);
		if (!data)
			return error_wrap(
				err, "JSONPath valueExpression evaluated to a type that could not marshal to JSON");
		if (str_is(field->name, "from") && !value_str(data).n)
			continue;
		object_put(mutating->arena, &operation, field->name, data);
	}
	if (!value_field(object_finish(mutating->arena, &operation), "op"))
		object_put(mutating->arena, &operation, STR("op"), &value_empty_string);
	if (!value_field(object_finish(mutating->arena, &operation), "path"))
		object_put(mutating->arena, &operation, STR("path"), &value_empty_string);
	array_add(mutating->arena, patch, object_finish(mutating->arena, &operation));
	return 0;
}

/* What a strict decoder says of the patched object. */
static int check_patched(struct mutating *mutating, const struct value *object, struct error **err)
{
	struct schema_findings findings = { 0 };
	struct str unknown = STR("");

	if (!mutating->built_in)
		return 0;
	schema_check(mutating->arena, mutating->schema, object, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct schema_finding *finding = &findings.items[i];

		if (finding->problem == SCHEMA_WRONG_TYPE)
			return error_set(err, ERROR_INVALID, "Internal error occurred: " STR_FMT,
					 STR_ARG(finding->message));
		if (finding->problem == SCHEMA_UNKNOWN_FIELD)
			unknown = str_format(mutating->arena, STR_FMT "%sunknown field \"" STR_FMT "\"",
					     STR_ARG(unknown), unknown.n ? ", " : "", STR_ARG(finding->field));
	}
	if (!unknown.n)
		return 0;
	return error_set(err, ERROR_INVALID, "Internal error occurred: strict decoding error: " STR_FMT,
			 STR_ARG(unknown));
}

static const struct value *apply_json_patch(struct mutating *mutating, struct cel_value value, struct error **err)
{
	struct array_builder patch = { 0 };
	struct error *why = NULL;
	const struct value *patched;

	if (value.kind != CEL_LIST) {
		error_set(err, ERROR_INVALID, "type mismatch: JSONPatchType.expression should evaluate to array");
		return NULL;
	}
	for (size_t i = 0; i < cel_count(&value); i++) {
		struct cel_value item = cel_item(&value, i);

		if (add_operation(mutating, &patch, &item, err) < 0)
			return NULL;
	}
	patched = json_patch_apply(mutating->arena, mutating->current, array_finish(mutating->arena, &patch), &why);
	if (!patched && json_patch_test_failed(why)) {
		error_free(why);
		return mutating->current;
	}
	if (!patched) {
		error_set(err, ERROR_INVALID, "JSON Patch: %s", why->message);
		error_free(why);
		return NULL;
	}
	if (check_patched(mutating, patched, err) < 0) {
		mutating->stopped = true;
		return NULL;
	}
	return patched;
}

/* -- one invocation ------------------------------------------------------------------------------------------------ */

static const struct value *without_nulls(struct arena *arena, const struct value *v, int depth)
{
	struct object_builder object = { 0 };
	struct array_builder array = { 0 };

	if (depth > DEPTH_MAX || v->type < VALUE_ARRAY)
		return v;
	for (VALUE_EACH(item, v))
		array_add(arena, &array, without_nulls(arena, item, depth + 1));
	for (MEMBER_EACH(m, v))
		if (m->value.type != VALUE_NULL)
			object_put(arena, &object, value_str(&m->key), without_nulls(arena, &m->value, depth + 1));
	return v->type == VALUE_ARRAY ? array_finish(arena, &array) : object_finish(arena, &object);
}

/* As the API server's types have it: null is not there, and what is new gets its defaults. */
static const struct value *settle(struct mutating *mutating, const struct value *object)
{
	if (mutating->built_in)
		object = without_nulls(mutating->arena, object, 0);
	return schema_defaulted(mutating->arena, object, NULL);
}

static void fill_slots(struct mutating *mutating, const struct invocation *invocation, struct cel_value *slots)
{
	const struct admission_env *env = &invocation->policy->env;

	admission_bind_as(env, mutating->review, &invocation->as, invocation->param, false, slots, env->slots);
	slots[env->object] = cel_of_data(mutating->current);
	slots[env->old_object] = cel_of_data(admission_old_object(mutating->review));
}

static int mutate(struct mutating *mutating, const struct invocation *invocation, const struct rules_mutation *mutation,
		  struct cel_value *slots, struct error **err)
{
	struct rules_run run;
	struct cel_value value;
	struct str error;
	const struct value *patched;

	rules_run_start(&run, invocation->policy->rules, mutating->review, slots, COST_PER_POLICY);
	slots[invocation->policy->env.object] = cel_of_data(mutating->current);
	value = rules_run_evaluate(&run, mutation->program, mutation->text, &error);
	if (cel_is_error(value))
		return error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(error));
	patched = mutation->json_patch ? apply_json_patch(mutating, value, err)
				       : apply_configuration(mutating, value, err);
	if (!patched)
		return -1;
	mutating->dirty = true;
	if (patched != mutating->current)
		mutating->current = settle(mutating, patched);
	return 0;
}

/* The changes made to the object as it was written: defaults that the API server would set do not get into it with
 * them. */
static const struct value *as_written(struct mutating *mutating, const struct value *changes)
{
	const struct value *written = json_patch_apply(mutating->arena, mutating->given, changes, NULL);

	return written ? written : mutating->current;
}

static void report_changes(struct mutating *mutating, const struct invocation *invocation, const struct value *before)
{
	const struct value *changes = json_patch_make(mutating->arena, before, mutating->current);
	size_t count = value_count(changes);
	struct result *result;

	if (count == 0 && mutating->reinvoking)
		return;
	result = admission_result_add(invocation->policy, invocation->binding, mutating->review, mutating->results);
	result->rule = STR("mutations");
	if (count == 0) {
		result->outcome = OUTCOME_SKIP;
		result->message = STR("nothing to change");
		return;
	}
	mutating->given = as_written(mutating, changes);
	result->outcome = OUTCOME_PASS;
	result->patched = mutating->given;
	result->message = str_format(mutating->arena, "%zu %s%s", count, count == 1 ? "change" : "changes",
				     mutating->reinvoking ? " (invoked again)" : "");
}

static void report_failure(struct mutating *mutating, const struct invocation *invocation, size_t i,
			   const struct value *at, const struct error *err)
{
	report_problem(mutating, invocation->policy, invocation->binding,
		       str_format(mutating->arena, "mutations[%zu]", i), str_dup(mutating->arena, str_of(err->message)),
		       mutating->stopped ? "InternalError" : NULL);
	mutating->results->items[mutating->results->count - 1].policy_at = at;
}

/* False when the policy's conditions do not hold, so that it was not invoked. */
static bool conditions_hold(struct mutating *mutating, const struct invocation *invocation, struct cel_value *slots)
{
	struct str text;

	switch (rules_match(invocation->policy->rules, mutating->review, slots, &text)) {
	case CONDITIONS_HOLD:
		return true;
	case CONDITIONS_FALSE:
		if (!mutating->reinvoking)
			report_skip(mutating, invocation->policy, invocation->binding, STR("matchConditions"),
				    str_format(mutating->arena, "matchCondition \"" STR_FMT "\" is not met",
					       STR_ARG(text)));
		return false;
	case CONDITIONS_ERROR:
		report_problem(mutating, invocation->policy, invocation->binding, STR("matchConditions"), text, NULL);
		return false;
	}
	return false;
}

static void invoke(struct mutating *mutating, const struct invocation *invocation)
{
	const struct admission_policy *policy = invocation->policy;
	struct cel_value *slots = arena_array(mutating->arena, policy->env.slots, sizeof(*slots));
	const struct value *before = mutating->current;
	const struct rules_mutation *mutations;
	size_t count, failures = 0;

	fill_slots(mutating, invocation, slots);
	if ((mutating->reinvoking && !is_due_again(mutating, invocation)) ||
	    !conditions_hold(mutating, invocation, slots))
		return;
	mutations = rules_mutations(policy->rules, &count);
	for (size_t i = 0; i < count && !mutating->stopped; i++) {
		_cleanup_(error_freep) struct error *err = NULL;

		if (mutate(mutating, invocation, &mutations[i], slots, &err) == 0)
			continue;
		failures++;
		report_failure(mutating, invocation, i, mutations[i].policy_at, err);
	}
	if (!failures || !value_equal(before, mutating->current))
		report_changes(mutating, invocation, before);
	if (!value_equal(before, mutating->current))
		require_again(mutating);
	if (policy->reinvoke)
		*ARENA_PUSH(mutating->arena, mutating->previous, mutating->previous_count,
			    mutating->previous_capacity) = *invocation;
}

/* -- schemas ------------------------------------------------------------------------------------------------------- */

/* Of a custom resource, by its CustomResourceDefinition at hand. */
static const struct schema *custom_schema(struct review *review)
{
	struct str name = str_format(review->arena, STR_FMT "." STR_FMT, STR_ARG(review->resource.resource),
				     STR_ARG(review->resource.group));
	const struct value *crd = store_get(review->lookup ? review->lookup->store : NULL, STR("apiextensions.k8s.io"),
					    STR("CustomResourceDefinition"), STR(""), name);

	for (VALUE_EACH(version, value_path(crd, "spec", "versions"))) {
		const struct value *written = value_path(version, "schema", "openAPIV3Schema");
		const struct crd_schema *schema = NULL;

		if (written && str_equal(value_str(value_field(version, "name")), review->resource.version))
			schema = crd_compile(review->arena, written, NULL);
		if (schema)
			return &crd_with_metadata(review->arena, schema)->head;
	}
	return NULL;
}

static void find_schema(struct mutating *mutating)
{
	mutating->schema = schema_of_kind(mutating->review->kind);
	mutating->built_in = mutating->schema != NULL;
	if (!mutating->schema && mutating->review->resource.group.n)
		mutating->schema = custom_schema(mutating->review);
}

/* -- passes -------------------------------------------------------------------------------------------------------- */

static void pass(struct mutating *mutating, const struct admission_state *state)
{
	mutating->count = 0;
	for (size_t i = 0; i < state->mutating_count; i++)
		collect_policy(mutating, state->mutating[i]);
	for (size_t i = 0; i < mutating->count && !mutating->stopped; i++)
		invoke(mutating, &mutating->invocations[i]);
	if (mutating->dirty)
		require_again(mutating);
	mutating->review->object = mutating->given;
}

void admission_judge_mutating(const struct admission_state *state, struct review *review, struct result_list *results)
{
	struct admission_shared *shared = admission_shared_of(review);
	struct mutating mutating = { .arena = review->arena, .review = review, .results = results };

	if (shared->mutated || review->operation == OPERATION_DELETE || !review->object)
		return;
	shared->mutated = true;
	find_schema(&mutating);
	mutating.given = review->object;
	mutating.current = schema_defaulted(review->arena, review->object, NULL);
	pass(&mutating, state);
	if (!mutating.again_count || mutating.stopped)
		return;
	mutating.reinvoking = true;
	pass(&mutating, state);
}

/* -- for other dialects -------------------------------------------------------------------------------------------- */

const struct value *admission_patch(struct arena *arena, const struct value *object, struct cel_value patch,
				    bool json_patch, struct error **err)
{
	/* Kyverno decodes what a JSON Patch made without a schema. */
	struct review review = { .kind = json_patch ? (struct gvk){ STR_NULL, STR_NULL, STR_NULL } : gvk_of(object) };
	struct mutating mutating = { .arena = arena, .review = &review, .current = object };

	return json_patch ? apply_json_patch(&mutating, patch, err) : apply_configuration(&mutating, patch, err);
}
