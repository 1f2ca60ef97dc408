/*
 * Custom workloads: each pod template inside is judged as a Pod.
 *
 * Semantics: Kyverno v1.19 pkg/cel/autogen/extract and evaluateExtracted of pkg/cel/policies/vpol/engine. A template is
 * whatever looks like one: an object with spec.containers, each with a name and an image. Only `spec` is searched: what
 * stands in `status` was seen, not asked for.
 */
#include "policy/kyverno/cel/policy.h"

#define TEMPLATES_MAX 1000
#define SEARCH_DEPTH_MAX 600

struct template
{
	struct str path;
	const struct value *value;
};

struct templates {
	struct arena *arena;
	struct template *items;
	size_t count, capacity;
};

/* -- finding them -------------------------------------------------------------------------------------------------- */

static bool is_template(const struct value *v)
{
	const struct value *metadata = value_field(v, "metadata"), *containers = value_path(v, "spec", "containers");

	if ((metadata && metadata->type != VALUE_OBJECT) || !value_is(containers, VALUE_ARRAY) || !containers->length)
		return false;
	for (VALUE_EACH(container, containers))
		if (!value_str(value_field(container, "name")).n ||
		    !value_is(value_field(container, "image"), VALUE_STRING))
			return false;
	return true;
}

static void search(struct templates *found, const struct value *v, struct str path, int depth)
{
	size_t i = 0;

	if (depth > SEARCH_DEPTH_MAX || found->count == TEMPLATES_MAX)
		return;
	if (value_is(v, VALUE_OBJECT) && is_template(v)) {
		*ARENA_PUSH(found->arena, found->items, found->count, found->capacity) = (struct template){ path, v };
		return;
	}
	for (MEMBER_EACH(m, v))
		if (m->value.type >= VALUE_ARRAY)
			search(found, &m->value,
			       str_format(found->arena, STR_FMT "." STR_FMT, STR_ARG(path),
					  STR_ARG(value_str(&m->key))),
			       depth + 1);
	for (VALUE_EACH(item, v)) {
		if (item->type >= VALUE_ARRAY)
			search(found, item, str_format(found->arena, STR_FMT "[%zu]", STR_ARG(path), i), depth + 1);
		i++;
	}
}

static void templates_find(struct templates *found, const struct value *object)
{
	if (value_is(value_field(object, "spec"), VALUE_OBJECT))
		search(found, value_field(object, "spec"), STR("spec"), 0);
}

/* -- a Pod of each ------------------------------------------------------------------------------------------------- */

static void put_missing(struct arena *arena, struct object_builder *metadata, const struct value *given,
			const char *field, struct str text)
{
	if (!value_str(value_get(given, str_of(field))).n)
		object_put(arena, metadata, str_of(field), value_of_str(arena, text));
}

static const struct value *pod_of(struct arena *arena, const struct value *template, const struct admitted *parent)
{
	const struct value *given = value_field(template, "metadata");
	struct object_builder pod = { 0 }, metadata = { 0 };

	if (!template)
		return NULL;
	object_start_from(arena, &metadata, given ? given : &value_empty_object);
	put_missing(arena, &metadata, given, "name", parent->name);
	put_missing(arena, &metadata, given, "namespace", parent->namespace);
	object_put(arena, &pod, STR("apiVersion"), value_of_str(arena, STR("v1")));
	object_put(arena, &pod, STR("kind"), value_of_str(arena, STR("Pod")));
	object_put(arena, &pod, STR("metadata"), object_finish(arena, &metadata));
	object_put(arena, &pod, STR("spec"), value_field(template, "spec"));
	return object_finish(arena, &pod);
}

static const struct value *at_path(const struct templates *templates, struct str path)
{
	for (size_t i = 0; i < templates->count; i++)
		if (str_equal(templates->items[i].path, path))
			return templates->items[i].value;
	return NULL;
}

static void pod_judge(struct evaluation *parent, const struct value *object, const struct value *old_object,
		      struct verdict *verdict)
{
	struct arena *arena = parent->review->arena;
	struct admitted admitted = *parent->admitted;
	struct evaluation evaluation;
	const struct value *subject;

	admitted.object = pod_of(arena, object, parent->admitted);
	admitted.old_object = pod_of(arena, old_object, parent->admitted);
	subject = admitted.object ? admitted.object : admitted.old_object;
	admitted.kind = (struct gvk){ STR(""), STR("v1"), STR("Pod") };
	admitted.resource = (struct gvr){ STR(""), STR("v1"), STR("pods") };
	admitted.name = object_name(subject);
	admitted.namespace = object_namespace(subject);
	admitted.request = NULL;
	evaluation_start(&evaluation, parent->review, parent->variant, parent->shared, &admitted);
	validate_run(&evaluation, verdict);
}

/* -- all of them --------------------------------------------------------------------------------------------------- */

static void place_add(struct arena *arena, struct verdict *verdict, struct str path)
{
	verdict->message =
		str_format(arena, STR_FMT " (pod template at " STR_FMT ")", STR_ARG(verdict->message), STR_ARG(path));
}

static void exceptions_add(struct arena *arena, struct verdict *all, const struct verdict *one)
{
	const struct policy_exception **list =
		arena_array(arena, all->exception_count + one->exception_count, sizeof(*list));

	if (all->exception_count)
		memcpy(list, all->exceptions, all->exception_count * sizeof(*list));
	memcpy(list + all->exception_count, one->exceptions, one->exception_count * sizeof(*list));
	all->exceptions = list;
	all->exception_count += one->exception_count;
}

/* The first that does not pass decides; an exception for one template says nothing of the others. */
static void each_judge(struct evaluation *evaluation, const struct templates *mine, const struct templates *others,
		       bool old, struct verdict *verdict)
{
	struct arena *arena = evaluation->review->arena;
	struct verdict last = { .conclusion = CONCLUSION_SKIP }, excepted = { .conclusion = CONCLUSION_EXCEPTED };

	for (size_t i = 0; i < mine->count; i++) {
		const struct value *template = mine->items[i].value, *other = at_path(others, mine->items[i].path);
		struct verdict one = { 0 };

		pod_judge(evaluation, old ? other : template, old ? template : other, &one);
		if (one.conclusion == CONCLUSION_EXCEPTED) {
			exceptions_add(arena, &excepted, &one);
			continue;
		}
		if (one.conclusion == CONCLUSION_FAIL || one.conclusion == CONCLUSION_ERROR) {
			place_add(arena, &one, mine->items[i].path);
			*verdict = one;
			return;
		}
		if (one.conclusion == CONCLUSION_BROKEN) {
			one.message = str_format(arena, "pod template at " STR_FMT ": " STR_FMT,
						 STR_ARG(mine->items[i].path), STR_ARG(one.message));
			*verdict = one;
			return;
		}
		if (one.conclusion == CONCLUSION_PASS)
			last = one;
	}
	*verdict = last.conclusion == CONCLUSION_SKIP && excepted.exception_count ? excepted : last;
}

void extracted_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct admitted *admitted = evaluation->admitted;
	bool old = !value_count(admitted->object);
	struct templates mine = { .arena = evaluation->review->arena }, others = mine;

	templates_find(&mine, old ? admitted->old_object : admitted->object);
	templates_find(&others, old ? admitted->object : admitted->old_object);
	if (mine.count) {
		each_judge(evaluation, &mine, &others, old, verdict);
		return;
	}
	verdict->conclusion = CONCLUSION_ERROR;
	verdict->message =
		str_format(mine.arena, "extraction mode: no pod template found in " STR_FMT "/" STR_FMT,
			   STR_ARG(gvk_api_version(mine.arena, admitted->kind)), STR_ARG(admitted->kind.kind));
}
