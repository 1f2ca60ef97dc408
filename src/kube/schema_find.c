/*
 * Names that are not here: what was meant, and what to call where we are.
 */
#include "kube/schema_find.h"

#define NODES_MAX 2048
#define DEPTH_MAX 8

static const char *const names[RULES] = {
	[RULE_POD] = "a Pod",
	[RULE_POD_SPEC] = "the spec of the Pod",
	[RULE_POD_TEMPLATE_SPEC] = "the template",
	[RULE_CONTAINER] = "a container",
	[RULE_EPHEMERAL_CONTAINER] = "an ephemeral container",
	[RULE_SECURITY_CONTEXT] = "the securityContext of a container",
	[RULE_POD_SECURITY_CONTEXT] = "the securityContext of the Pod",
	[RULE_CAPABILITIES] = "capabilities",
	[RULE_SE_LINUX_OPTIONS] = "seLinuxOptions",
	[RULE_SECCOMP_PROFILE] = "a profile",
	[RULE_APP_ARMOR_PROFILE] = "a profile",
	[RULE_WINDOWS_SECURITY_CONTEXT_OPTIONS] = "windowsOptions",
	[RULE_RESOURCE_REQUIREMENTS] = "resources",
	[RULE_EXEC_ACTION] = "exec",
	[RULE_HTTP_GET_ACTION] = "httpGet",
	[RULE_TCP_SOCKET_ACTION] = "tcpSocket",
	[RULE_PROBE] = "a probe",
	[RULE_CONTAINER_PORT] = "a port",
	[RULE_ENV_VAR] = "a variable of env",
	[RULE_ENV_VAR_SOURCE] = "valueFrom",
	[RULE_ENV_FROM_SOURCE] = "envFrom",
	[RULE_VOLUME_MOUNT] = "a volumeMount",
	[RULE_HOST_PATH_VOLUME_SOURCE] = "hostPath",
	[RULE_VOLUME] = "a volume",
	[RULE_TOLERATION] = "a toleration",
	[RULE_OBJECT_META] = "metadata",
	[RULE_SERVICE_PORT] = "a port of the Service",
};

static enum schema_rule rule_of(const struct schema *schema)
{
	return schema->flags & NODE_CUSTOM ? RULE_NONE : (enum schema_rule)schema_rules[schema - schema_nodes];
}

struct str schema_place_text(struct arena *arena, const struct schema_place *place)
{
	const char *name = names[rule_of(place->schema)];
	struct str field;

	if (name)
		return str_of(name);
	field = schema_step_field(arena, &place->step);
	return field.n ? field : STR("the object");
}

struct str schema_same_but_case(const struct schema *schema, struct str name)
{
	const struct schema *field;
	struct str other;

	for (size_t i = 0; schema_field_at(schema, i, &other, &field); i++)
		if (str_equal_fold(other, name))
			return other;
	return STR_NULL;
}

struct str schema_nearest_field(const struct schema *schema, struct str name)
{
	size_t limit = name.n <= 4 ? 1 : name.n <= 8 ? 2 : 3, best = limit + 1;
	const struct schema *field;
	struct str nearest = schema_same_but_case(schema, name), other;

	if (nearest.n)
		return nearest;
	for (size_t i = 0; schema_field_at(schema, i, &other, &field); i++) {
		size_t distance = str_distance(other, name, limit);

		if (distance < best) {
			best = distance;
			nearest = other;
		}
	}
	return nearest;
}

/* -- where else --------------------------------------------------------------------------------------------------- */

/* Names that many places have: to find one says nothing of what was meant. */
static const char *const common[] = {
	"apiGroup", "apiVersion", "description", "driver",  "host", "id",    "key",	 "kind",    "level",  "message",
	"mode",	    "name",	  "operator",	 "options", "path", "port",  "protocol", "reason",  "server", "size",
	"spec",	    "status",	  "type",	 "url",	    "user", "value", "values",	 "version",
};

static bool is_common(struct str name)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (str_equal(name, str_of(common[i])))
			return true;
	return false;
}

/* A breadth-first search over types; each is looked at once, where it comes first. */
struct found {
	const struct schema *schema;
	uint16_t parent; /* in the queue */
	uint8_t depth;
	struct str field; /* by which the parent has it */
};

struct search {
	struct found queue[NODES_MAX];
	size_t count;
	uint8_t seen[NODES_MAX / 8];
};

static void visit(struct search *search, size_t parent, struct str field, const struct schema *schema)
{
	uint8_t depth = search->count ? (uint8_t)(search->queue[parent].depth + 1) : 0;
	size_t node;

	while (schema_items(schema))
		schema = schema_items(schema);
	if (schema->type != SCHEMA_OBJECT || schema->flags & NODE_CUSTOM || search->count == NODES_MAX)
		return;
	node = (size_t)(schema - schema_nodes);
	if (node >= NODES_MAX || search->seen[node / 8] & 1u << node % 8)
		return;
	search->seen[node / 8] |= (uint8_t)(1u << node % 8);
	search->queue[search->count] =
		(struct found){ .schema = schema, .parent = (uint16_t)parent, .depth = depth, .field = field };
	search->count++;
}

/* Containers before ephemeral ones: what both have was meant for the usual kind. */
static bool better(const struct found *a, const struct found *b)
{
	return rule_of(a->schema) == RULE_CONTAINER && rule_of(b->schema) != RULE_CONTAINER;
}

static struct str home_text(struct arena *arena, const struct search *search, const struct found *found,
			    const struct schema_place *from)
{
	const char *name = names[rule_of(found->schema)];
	struct str text = STR_NULL, prefix;

	if (name && rule_of(found->schema) != RULE_OBJECT_META)
		return str_of(name);
	for (; found != search->queue; found = &search->queue[found->parent])
		text = text.n ? str_format(arena, STR_FMT "." STR_FMT, STR_ARG(found->field), STR_ARG(text))
			      : found->field;
	prefix = schema_step_field(arena, &from->step);
	if (text.n && prefix.n)
		return str_format(arena, STR_FMT "." STR_FMT, STR_ARG(prefix), STR_ARG(text));
	return text.n ? text : prefix.n ? prefix : STR("the object itself");
}

/* The one nearest type below `from` that has a field of the name; NULL when none has, or several kinds of things. */
static const struct found *search_below(struct search *search, const struct schema_place *from, struct str name)
{
	const struct found *best = NULL;
	const struct schema *field;
	struct str other;
	bool several = false;

	search->count = 0;
	memset(search->seen, 0, sizeof(search->seen));
	visit(search, 0, STR_NULL, from->schema);
	for (size_t i = 0; i < search->count; i++) {
		const struct found *at = &search->queue[i];

		if (best && at->depth > best->depth)
			break;
		if (schema_field(at->schema, name)) {
			several = several || (best && !better(best, at) && !better(at, best));
			if (!best || better(at, best))
				best = at;
		}
		for (size_t j = 0; at->depth < DEPTH_MAX && schema_field_at(at->schema, j, &other, &field); j++)
			if (!str_is(other, "status") && !str_is(other, "managedFields") &&
			    !str_is(other, "ownerReferences"))
				visit(search, i, other, field);
	}
	return several ? NULL : best;
}

struct str schema_home_of(struct arena *arena, const struct schema_place *place, struct str name)
{
	struct search *search;
	struct arena_point mark;
	struct str home = STR_NULL;

	if (is_common(name))
		return STR_NULL;
	if (rule_of(place->schema) == RULE_LABEL_SELECTOR)
		return STR("matchLabels");
	mark = arena_mark(arena);
	search = arena_alloc(arena, sizeof(*search));
	for (; place; place = place->parent) {
		const struct found *found;

		if (place->schema->type != SCHEMA_OBJECT)
			continue;
		found = search_below(search, place, name);
		if (!found)
			continue;
		home = home_text(arena, search, found, place);
		break;
	}
	/* Large, and rarely needed: only the answer is kept. */
	if (!home.n)
		arena_rewind(arena, mark);
	return home;
}

/* -- what the table cannot say ------------------------------------------------------------------------------------ */

bool schema_may_lack(const struct schema *schema, const struct schema_member *member)
{
	enum schema_rule rule = rule_of(schema);
	struct str name = schema_name(member->name);

	/* A Pod without containers is worded by those who know Pods. */
	if (rule == RULE_POD_SPEC && str_is(name, "containers"))
		return true;
	return defaults_has_constant(rule, name);
}

bool schema_refuses_duplicates(const struct schema_place *place)
{
	enum schema_rule rule = place->parent ? rule_of(place->parent->schema) : RULE_NONE;
	struct str field = place->step.key;

	switch (rule) {
	case RULE_POD_SPEC:
		return str_is(field, "containers") || str_is(field, "initContainers") || str_is(field, "volumes");
	case RULE_CONTAINER:
		return str_is(field, "volumeMounts") || str_is(field, "volumeDevices");
	case RULE_SERVICE_SPEC:
		return str_is(field, "ports");
	default:
		return false;
	}
}
