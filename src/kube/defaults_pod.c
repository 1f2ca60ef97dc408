/*
 * Resources of a Pod as a whole. Semantics: defaultPodRequests() of k8s.io/kubernetes v1.36
 * pkg/apis/core/v1/defaults.go with AggregateContainerRequests() of component-helpers/resource: containers and sidecars
 * add up; an init container runs alone, but beside the sidecars that started before it.
 */
#include "kube/defaults.h"

#include "data/json.h"
#include "data/quantity.h"

struct sum {
	struct quantity quantity;
	bool any;
};

static void add(struct arena *arena, struct sum *sum, const struct quantity *more)
{
	sum->quantity = sum->any ? quantity_add(arena, &sum->quantity, more) : *more;
	sum->any = true;
}

static void keep_larger(struct sum *sum, const struct sum *other)
{
	if (other->any && (!sum->any || quantity_compare(&other->quantity, &sum->quantity) > 0))
		*sum = *other;
}

/* A limit is a request, too, where none is given. */
static bool request_of(struct arena *arena, const struct value *container, struct str name, struct quantity *out)
{
	const struct value *resources = value_field(container, "resources");
	const struct value *value = value_get(value_field(resources, "requests"), name);

	if (value_is_null(value))
		value = value_get(value_field(resources, "limits"), name);
	if (value_is_number(value))
		return quantity_parse(arena, json_text(arena, value, JSON_COMPACT), out, NULL) == 0;
	return value_is(value, VALUE_STRING) && quantity_parse(arena, value_str(value), out, NULL) == 0;
}

static struct sum requests_of_containers(struct arena *arena, const struct draft *spec, struct str name)
{
	struct sum sum = { 0 }, sidecars = { 0 }, largest = { 0 };
	struct quantity quantity;

	for (VALUE_EACH(container, draft_get(spec, STR("containers"))))
		if (request_of(arena, container, name, &quantity))
			add(arena, &sum, &quantity);
	for (VALUE_EACH(container, draft_get(spec, STR("initContainers")))) {
		struct sum alone = sidecars;

		if (!request_of(arena, container, name, &quantity))
			continue;
		add(arena, &alone, &quantity);
		keep_larger(&largest, &alone);
		if (!str_is(value_str(value_field(container, "restartPolicy")), "Always"))
			continue;
		add(arena, &sum, &quantity);
		sidecars = alone;
	}
	keep_larger(&sum, &largest);
	return sum;
}

void defaults_pod_resources(struct draft *spec)
{
	static const char *const names[] = { "cpu", "memory" };
	const struct value *resources = draft_get(spec, STR("resources")), *limits = value_field(resources, "limits");
	struct arena *arena = spec->defaulting->arena;
	struct object_builder requests, builder;
	size_t before;

	if (value_count(limits) == 0)
		return;
	object_start_from(arena, &requests, value_field(resources, "requests"));
	before = requests.count;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct str name = str_of(names[i]);
		struct sum sum = requests_of_containers(arena, spec, name);

		if (value_get(value_field(resources, "requests"), name))
			continue;
		if (sum.any)
			object_put(arena, &requests, name, value_of_str(arena, quantity_text(arena, &sum.quantity)));
		else if (value_get(limits, name))
			object_put(arena, &requests, name, value_get(limits, name));
	}
	if (requests.count == before)
		return;
	object_start_from(arena, &builder, resources);
	object_put(arena, &builder, STR("requests"), object_finish(arena, &requests));
	draft_put(spec, STR("resources"), object_finish(arena, &builder));
}
