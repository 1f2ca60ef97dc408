#include "policy/podsecurity/finding.h"

void names_add(struct arena *arena, struct ps_names *names, struct str name)
{
	*ARENA_PUSH(arena, names->items, names->count, names->capacity) = name;
}

void names_insert(struct arena *arena, struct ps_names *names, struct str name)
{
	if (names->count && str_equal(names->items[names->count - 1], name))
		return;
	names_add(arena, names, name);
	names->unsettled = true;
}

static int compare_names(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

void names_settle(struct ps_names *names)
{
	size_t kept = 0;

	if (!names->unsettled)
		return;
	qsort(names->items, names->count, sizeof(*names->items), compare_names);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || !str_equal(names->items[kept - 1], names->items[i]))
			names->items[kept++] = names->items[i];
	names->count = kept;
	names->unsettled = false;
}

static struct str join(struct arena *arena, const struct ps_names *names, struct str open, struct str between,
		       struct str close)
{
	size_t size = open.n + close.n, used = 0;
	char *text;

	if (names->count == 0)
		return STR("");
	for (size_t i = 0; i < names->count; i++)
		size += names->items[i].n + (i ? between.n : 0);
	text = arena_alloc(arena, size);
	memcpy(text, open.p, open.n);
	used = open.n;
	for (size_t i = 0; i < names->count; i++) {
		if (i) {
			memcpy(text + used, between.p, between.n);
			used += between.n;
		}
		if (names->items[i].n)
			memcpy(text + used, names->items[i].p, names->items[i].n);
		used += names->items[i].n;
	}
	memcpy(text + used, close.p, close.n);
	return str_make(text, size);
}

struct str names_quoted(struct arena *arena, const struct ps_names *names)
{
	return join(arena, names, STR("\""), STR("\", \""), STR("\""));
}

struct str names_joined(struct arena *arena, const struct ps_names *names, struct str separator)
{
	return join(arena, names, STR(""), separator, STR(""));
}

static struct ps_offence *add_offence(struct ps_finding *finding, struct str path, const struct value *at,
				      const struct value *container)
{
	struct ps_offence *offence = ARENA_PUSH(finding->arena, finding->offences, finding->count, finding->capacity);

	*offence = (struct ps_offence){ .path = path, .at = at, .container = container };
	return offence;
}

struct ps_offence *finding_in_pod(struct ps_finding *finding, struct str path, const struct value *at)
{
	return add_offence(finding, path, at, NULL);
}

/* "spec.containers[0].FIELD", put together by hand: a Pod that fails makes dozens of these. */
static struct str container_path(struct arena *arena, const struct ps_container *container, struct str field)
{
	struct str list = str_of(container_list_names[container->list]);
	char digits[24], *digit = digits + sizeof(digits), *path, *end;
	size_t index = container->index, count;

	do {
		*--digit = (char)('0' + index % 10);
	} while (index /= 10);
	count = (size_t)(digits + sizeof(digits) - digit);
	path = arena_alloc(arena, list.n + count + field.n + strlen("spec.[]."));
	end = mempcpy(path, "spec.", 5);
	end = mempcpy(end, list.p, list.n);
	*end++ = '[';
	end = mempcpy(end, digit, count);
	end = mempcpy(end, "].", 2);
	end = mempcpy(end, field.p, field.n);
	return str_make(path, (size_t)(end - path));
}

struct ps_offence *finding_in_container(struct ps_finding *finding, const struct ps_container *container,
					const char *field, const struct value *at)
{
	struct str path = container_path(finding->arena, container, str_of(field));

	return add_offence(finding, path, deepest(at, container->security.self, container->self), container->self);
}

void finding_name(struct ps_finding *finding, const struct ps_container *container)
{
	names_add(finding->arena, &finding->containers, value_str(container->name));
}

void offence_value(struct arena *arena, struct ps_offence *offence, struct str value)
{
	struct str *values = arena_alloc(arena, sizeof(*values));

	*values = value;
	offence->values = values;
	offence->value_count = 1;
}

void offence_values(struct arena *arena, struct ps_offence *offence, struct ps_names *values)
{
	names_settle(values);
	offence->values = arena_copy(arena, values->items, values->count * sizeof(*values->items));
	offence->value_count = values->count;
	offence->is_list = true;
}

struct str finding_containers(const struct ps_finding *finding)
{
	struct str names = names_quoted(finding->arena, &finding->containers);

	return str_format(finding->arena, "%s " STR_FMT, plural("container", "containers", finding->containers.count),
			  STR_ARG(names));
}

struct str finding_setters(const struct ps_finding *finding, const char *more)
{
	struct ps_names setters = { 0 };

	if (finding->pod)
		names_add(finding->arena, &setters, STR("pod"));
	if (finding->containers.count)
		names_add(finding->arena, &setters, finding_containers(finding));
	if (more)
		names_add(finding->arena, &setters, str_of(more));
	return names_joined(finding->arena, &setters, STR(" and "));
}

const struct value *deepest(const struct value *a, const struct value *b, const struct value *c)
{
	return a ? a : b ? b : c;
}

bool finding_fail(struct ps_finding *finding, struct ps_failure *failure, const char *reason, struct str detail)
{
	failure->reason = str_of(reason);
	failure->detail = detail;
	failure->offences = finding->offences;
	failure->offence_count = finding->count;
	return false;
}
