/*
 * The JSON context: names and values, checkpoints, and entries that are loaded when a query first mentions them.
 *
 * Semantics: Kyverno v1.19 pkg/engine/context (context.go, deferred.go, evaluate.go).
 */
#include "policy/kyverno/context.h"

#include "data/json.h"
#include "policy/kyverno/functions.h"
#include "policy/trace.h"

/* Entries that load each other: deeper than any real policy, shallow enough for a small stack. */
#define LOAD_DEPTH_MAX 64
#define TRACE_VALUE_MAX 200

/* -- members ------------------------------------------------------------------------------------------------------- */

static void root_update(struct context *context)
{
	context->root = (struct value){ .type = VALUE_OBJECT,
					.length = (uint32_t)context->count,
					.u.members = context->members };
}

static struct member *member_find(const struct context *context, struct str name)
{
	for (size_t i = 0; i < context->count; i++)
		if (str_equal(value_str(&context->members[i].key), name))
			return &context->members[i];
	return NULL;
}

const struct value *context_get(const struct context *context, struct str name)
{
	const struct member *member = member_find(context, name);

	return member ? &member->value : NULL;
}

/* The members of the request are shared until one is set. */
static void members_own(struct context *context)
{
	struct member *members;

	if (context->capacity)
		return;
	/* Room for a few entries, so that most rules never move their members. */
	context->capacity = context->count + 6;
	members = arena_array(context->arena, context->capacity, sizeof(*members));
	memcpy(members, context->members, context->count * sizeof(*members));
	context->members = members;
}

void context_set(struct context *context, struct str name, const struct value *value)
{
	struct value copy = value ? *value : value_null;
	struct member *member;

	members_own(context);
	member = member_find(context, name);
	if (!member) {
		member = ARENA_PUSH(context->arena, context->members, context->count, context->capacity);
		member->key = value_make_str(name);
	}
	member->value = copy;
	root_update(context);
}

void context_merge(struct context *context, struct str name, const struct value *value)
{
	const struct value *old = context_get(context, name);

	context_set(context, name, old ? value_merge(context->arena, old, value, 0) : value);
}

void context_add_variable(struct context *context, struct str name, const struct value *value)
{
	const struct value *tree = values_set(context->arena, &value_empty_object, name, value);

	for (MEMBER_EACH(m, tree))
		context_merge(context, value_str(&m->key), &m->value);
}

/* By nesting; deeper loops, which hardly exist, have their names made. */
static const struct str element_names[] = { STR("element0"), STR("element1"), STR("element2") };
static const struct str index_names[] = { STR("elementIndex0"), STR("elementIndex1"), STR("elementIndex2") };

void context_add_element(struct context *context, const struct value *element, size_t index, int nesting)
{
	struct value copy = *element, number = { .type = VALUE_INT, .u.integer = (int64_t)index };
	bool named = (size_t)nesting < sizeof(element_names) / sizeof(*element_names);

	context_set(context, STR("element"), &copy);
	context_set(context, named ? element_names[nesting] : str_format(context->arena, "element%d", nesting), &copy);
	context_set(context, STR("elementIndex"), &number);
	context_set(context, named ? index_names[nesting] : str_format(context->arena, "elementIndex%d", nesting),
		    &number);
}

void context_swap_objects(struct context *context, const struct value *object, const struct value *old_object,
			  enum operation operation)
{
	const struct value *request = context_get(context, STR("request"));
	struct object_builder builder = { 0 };

	context->object = object;
	context->old_object = old_object;
	context->operation = operation;
	context->substitution.is_delete = operation == OPERATION_DELETE;
	if (!request)
		return;
	object_start_from(context->arena, &builder, request);
	object_remove(&builder, STR("object"));
	object_remove(&builder, STR("oldObject"));
	object_put(context->arena, &builder, STR("object"), object);
	object_put(context->arena, &builder, STR("oldObject"), old_object);
	object_put(context->arena, &builder, STR("operation"),
		   value_of_str(context->arena, str_of(operation_names[operation])));
	context_set(context, STR("request"), object_finish(context->arena, &builder));
}

/* -- checkpoints --------------------------------------------------------------------------------------------------- */

void context_checkpoint(struct context *context)
{
	*ARENA_PUSH(context->arena, context->checkpoints, context->level,
		    context->checkpoint_capacity) = (struct checkpoint){
		.members = arena_copy(context->arena, context->members, context->count * sizeof(*context->members)),
		.count = context->count,
		.images_loaded = context->images_loaded,
	};
}

static void loader_remove(struct context *context, size_t i)
{
	memmove(&context->loaders[i], &context->loaders[i + 1],
		(context->loader_count - i - 1) * sizeof(*context->loaders));
	context->loader_count--;
}

static int loader_run(struct context *context, size_t index, struct error **err);

/*
 * Entries of an outer level that were loaded further in are loaded again, for the context that is in force now; Kyverno
 * does the same for all of them, but what was loaded before the checkpoint is part of it already.
 */
static void loaders_reset(struct context *context, bool restore)
{
	int level = (int)context->level;

	for (size_t i = 0; i < context->loader_count; i++)
		context->loaders[i].matched = false;
	for (size_t i = 0; i < context->loader_count; i++) {
		struct loader *loader = &context->loaders[i];

		if (loader->level <= level && loader->loaded && loader->loaded_level > (restore ? level : level - 1)) {
			_cleanup_(error_freep) struct error *ignored = NULL;

			if (restore || loader->level < level)
				loader_run(context, i, &ignored);
			loader = &context->loaders[i];
		}
		if (loader->level > level || (loader->level == level && (loader->loaded || !restore)))
			loader_remove(context, i--);
	}
}

static void checkpoint_apply(struct context *context, const struct checkpoint *checkpoint)
{
	members_own(context);
	if (context->capacity < checkpoint->count) {
		context->members = arena_array(context->arena, checkpoint->count, sizeof(*context->members));
		context->capacity = checkpoint->count;
	}
	memcpy(context->members, checkpoint->members, checkpoint->count * sizeof(*context->members));
	context->count = checkpoint->count;
	/* What went wrong goes wrong again, as with Kyverno's loaders. */
	context->images_loaded = checkpoint->images_loaded && !context->shared->images_error.n;
	root_update(context);
}

void context_reset(struct context *context)
{
	checkpoint_apply(context, &context->checkpoints[context->level - 1]);
	loaders_reset(context, false);
}

void context_restore(struct context *context)
{
	context->level--;
	checkpoint_apply(context, &context->checkpoints[context->level]);
	loaders_reset(context, true);
}

/* -- deferred entries ---------------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* x is mentioned in "x.y" and "f(x)", not in "y.x": (?:\A|\z|\s|[^.0-9A-Za-z])NAME\b. Asked for every query. */
static bool mentions(struct str query, struct str name)
{
	bool word = is_word(name.p[name.n - 1]);
	const char *p = query.p, *end = query.p + query.n;

	while (end - p >= (ptrdiff_t)name.n && (p = memchr(p, name.p[0], (size_t)(end - p) - name.n + 1))) {
		char before = p > query.p ? p[-1] : ' ';

		if (before != '.' && (before == '_' || !is_word(before)) && memcmp(p, name.p, name.n) == 0 &&
		    word != (p + name.n < end && is_word(p[name.n])))
			return true;
		p++;
	}
	return false;
}

static int loader_run(struct context *context, size_t index, struct error **err)
{
	struct loader *loader = &context->loaders[index];
	int status;

	if (context->load_depth >= LOAD_DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "context entries depend on each other more than %d deep",
				 LOAD_DEPTH_MAX);
	context->load_level = loader->level;
	context->load_index = (int)index;
	context->load_depth++;
	status = context_load_entry(context, loader, err);
	context->load_depth--;
	/* Not what it was before: an entry that has made another load sees all of them from then on, as in Kyverno. */
	context->load_level = context->load_index = -1;
	if (status == 0)
		context->loaders[index].loaded_level = (int)context->level;
	return status;
}

static size_t loader_match(struct context *context, struct str query, int level, size_t end)
{
	for (size_t i = 0; i < end && i < context->loader_count; i++) {
		struct loader *loader = &context->loaders[i];

		if (!loader->matched && !loader->loaded && loader->level <= level &&
		    mentions(query, loader->entry->name)) {
			loader->matched = true;
			return i;
		}
	}
	return STR_NOT_FOUND;
}

static int images_load(struct context *context, struct error **err)
{
	struct shared *shared = context->shared;

	if (!shared->images_made) {
		shared->images_made = true;
		shared->images = images_of(shared->arena, shared->object, &shared->images_error);
	}
	context->images_loaded = true;
	if (shared->images_error.n && context->operation != OPERATION_DELETE)
		return error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(shared->images_error));
	if (shared->images && context->operation != OPERATION_DELETE)
		context_merge(context, STR("images"), shared->images);
	return 0;
}

static int load_mentioned(struct context *context, struct str query, struct error **err)
{
	int level = context->load_level >= 0 ? context->load_level : (int)context->level;
	size_t end = context->load_index >= 0 ? (size_t)context->load_index : context->loader_count, index;

	if (!context->images_loaded && mentions(query, STR("images")) && images_load(context, err) < 0)
		return -1;
	while ((index = loader_match(context, query, level, end)) != STR_NOT_FOUND)
		if (loader_run(context, index, err) < 0)
			return -1;
	return 0;
}

int context_add_entries(struct context *context, const struct context_entries *entries, struct error **err)
{
	bool answered = entries->count && context_calls_answered(context);
	const struct lookup *lookup = context->review->lookup;

	for (MEMBER_EACH(m, context->rule_values))
		context_add_variable(context, value_str(&m->key), &m->value);
	for (MEMBER_EACH(m, context->foreach_values))
		if (value_count(&m->value) && m->value.type == VALUE_ARRAY)
			context_add_variable(context, value_str(&m->key), value_at(&m->value, 0));
	for (size_t i = 0; i < entries->count; i++) {
		const struct context_entry *entry = &entries->items[i];
		int done = answered && entry->kind == CONTEXT_API_CALL ? context_answer_call(context, entry, err) : 0;

		if (done < 0)
			return -1;
		/* Without a cluster there is no one to call: the name stays unknown unless values give it. */
		if (done || (entry->kind == CONTEXT_API_CALL && !(lookup && lookup->store && lookup->whole)))
			continue;
		*ARENA_PUSH(context->arena, context->loaders, context->loader_count, context->loader_capacity) =
			(struct loader){ .entry = entry, .level = (int)context->level };
	}
	return 0;
}

/* -- queries ------------------------------------------------------------------------------------------------------- */

static struct str trace_text(struct arena *arena, const struct value *v)
{
	struct str text = json_text(arena, v, JSON_COMPACT);

	return text.n <= TRACE_VALUE_MAX ? text : str_concat(arena, str_slice(text, 0, TRACE_VALUE_MAX), STR("…"));
}

static void trace_variable(struct context *context, struct str query, enum jmespath_status status,
			   const struct value *out, struct error **err)
{
	struct trace *trace = context->review->trace;

	if (status == JMESPATH_OK)
		trace_step(trace, TRACE_VARIABLE, true, place_of(context->object, out), NULL, STR_FMT " = " STR_FMT,
			   STR_ARG(query), STR_ARG(trace_text(trace->arena, out)));
	else
		trace_step(trace, TRACE_VARIABLE, false, NULL, NULL, STR_FMT ": %s", STR_ARG(query),
			   err && *err ? (*err)->message : "unknown");
}

/* A result must not change with the context: what stands directly in its own members is copied. */
static const struct value *detached(struct context *context, const struct value *v)
{
	const char *p = (const char *)v, *start = (const char *)context->members;

	if (p >= start && p < start + context->capacity * sizeof(*context->members))
		return arena_copy(context->arena, v, sizeof(*v));
	return v;
}

enum jmespath_status context_query(struct context *context, const struct jmespath *program, const struct value **out,
				   struct error **err)
{
	struct str query = jmespath_source(program);
	const struct value *root = &context->root;
	enum jmespath_status status;
	size_t count;
	bool all;

	if (load_mentioned(context, query, err) < 0) {
		if (context->review->trace)
			trace_variable(context, query, JMESPATH_FAILED, NULL, err);
		return JMESPATH_FAILED;
	}
	jmespath_roots(program, &count, &all);
	if (all) {
		const struct member *members =
			arena_copy(context->arena, context->members, context->count * sizeof(*members));

		root = value_of_members(context->arena, members, context->count);
	}
	status = jmespath_evaluate(program, &context->shared->jmespath, root, out, err);
	if (status == JMESPATH_OK)
		context->queried = *out = detached(context, *out);
	else
		error_wrap(err, "JMESPath query failed");
	if (context->review->trace)
		trace_variable(context, query, status, *out, err);
	return status;
}

const struct jmespath *context_compile(struct context *context, struct str expression, struct error **err)
{
	const struct jmespath *program;
	struct str query = str_trim(expression);

	if (!query.n) {
		error_set(err, ERROR_INVALID, "invalid query (nil)");
		return NULL;
	}
	program = jmespath_compile(context->arena, query, &kyverno_library, (struct place){ 0 }, err);
	if (!program)
		error_wrap(err, "incorrect query " STR_FMT, STR_ARG(query));
	return program;
}

enum jmespath_status context_render(struct context *context, const struct template *template, const struct value **out,
				    struct error **err)
{
	return template_render(template, &context->substitution, out, err);
}

static enum jmespath_status query_callback(void *user, const struct jmespath *program, const struct value **out,
					   struct error **err)
{
	return context_query(user, program, out, err);
}

static const struct jmespath *compile_callback(void *user, struct str expression, struct error **err)
{
	return context_compile(user, expression, err);
}

void context_start(struct context *context, struct shared *shared, struct request_base *base, const struct rule *rule)
{
	const struct value *values =
		shared->values ? values_for_rule(shared->values, rule->policy->head.name, rule->name) : NULL;

	*context = (struct context){
		.shared = shared, .arena = shared->arena, .review = shared->review, .rule = rule, .base = base,
		.rule_values = value_field(values, "values"), .foreach_values = value_field(values, "foreachValues"),
		.operation = base->operation, .object = base->object, .old_object = base->old_object,
		.load_level = -1, .load_index = -1,
	};
	context->substitution = (struct substitution){
		.arena = shared->arena, .query = query_callback, .compile = compile_callback, .user = context,
		.is_delete = base->operation == OPERATION_DELETE,
	};
	if (!rule->needs_context && !rule->exception_count)
		return;
	request_members(shared, base);
	context->members = base->members;
	context->count = base->count;
	root_update(context);
}
