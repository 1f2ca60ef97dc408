#include "report/baseline.h"

#include <stdatomic.h>

#include "base/map.h"
#include "data/json.h"
#include "report/ignore.h"
#include "report/outputs.h"

#define FORMAT_KEY "biro-baseline"
#define FORMAT_VERSION 1
#define FINGERPRINT 32

struct baseline_entry {
	struct str policy, rule, resource, path;
	char fingerprint[FINGERPRINT];
	uint32_t count;
};

/* Warns of biro's own about ignores are for today's reader, not for a baseline. */
static bool belongs_in_baseline(const struct result *result)
{
	return (result->outcome == OUTCOME_FAIL || result->outcome == OUTCOME_WARN) && !str_is(result->policy, "biro");
}

/* -- writing -- */

static struct str resource_text(struct arena *arena, const struct reported *reported)
{
	struct str group, version;

	gvk_split_api_version(reported->api_version, &group, &version);
	return str_format(arena, STR_FMT "%s" STR_FMT "/" STR_FMT "%s" STR_FMT, STR_ARG(group), group.n ? "/" : "",
			  STR_ARG(reported->kind), STR_ARG(reported->namespace), reported->namespace.n ? "/" : "",
			  STR_ARG(reported->name));
}

void baseline_add(struct baseline_builder *builder, const struct reported *reported)
{
	struct str resource = STR_NULL;

	for (size_t i = 0; reported->object && i < reported->count; i++) {
		const struct result *result = &reported->results[i];
		struct baseline_entry *entry;

		if (!belongs_in_baseline(result))
			continue;
		if (resource.n == 0)
			resource = resource_text(builder->arena, reported);
		entry = ARENA_PUSH(builder->arena, builder->entries, builder->count, builder->capacity);
		*entry = (struct baseline_entry){ .resource = resource, .count = 1 };
		entry->policy = str_dup(builder->arena, report_policy_name(builder->arena, result));
		entry->rule = str_dup(builder->arena, result->rule);
		entry->path = str_dup(builder->arena, result->path);
		fingerprint_make(reported, result, entry->fingerprint);
	}
}

void baseline_merge(struct baseline_builder *into, const struct baseline_builder *from)
{
	for (size_t i = 0; i < from->count; i++)
		*ARENA_PUSH(into->arena, into->entries, into->count, into->capacity) = from->entries[i];
}

static int compare_entries(const void *a, const void *b)
{
	const struct baseline_entry *x = a, *y = b;
	int order = str_compare(x->policy, y->policy);

	if (!order)
		order = str_compare(x->rule, y->rule);
	if (!order)
		order = str_compare(x->resource, y->resource);
	if (!order)
		order = str_compare(x->path, y->path);
	return order ? order : memcmp(x->fingerprint, y->fingerprint, FINGERPRINT);
}

static void put_field(struct buf *out, const char *prefix, struct str value)
{
	escape_put(out, str_of(prefix));
	put_json(out, value);
	buf_add_char(out, '"');
}

static void put_entry(struct buf *out, const struct baseline_entry *entry, uint64_t count, bool first)
{
	escape_put(out, first ? STR("\n") : STR(",\n"));
	put_field(out, "{\"policy\":\"", entry->policy);
	put_field(out, ",\"rule\":\"", entry->rule);
	put_field(out, ",\"resource\":\"", entry->resource);
	put_field(out, ",\"path\":\"", entry->path);
	put_field(out, ",\"fingerprint\":\"", str_make(entry->fingerprint, FINGERPRINT));
	PUT(out, ",\"count\":");
	put_uint(out, count);
	buf_add_char(out, '}');
}

void baseline_write(struct baseline_builder *builder, struct buf *out)
{
	if (builder->count)
		qsort(builder->entries, builder->count, sizeof(*builder->entries), compare_entries);
	PUT(out, "{\"" FORMAT_KEY "\": 1, \"findings\": [");
	for (size_t i = 0, next; i < builder->count; i = next) {
		uint64_t count = 0;

		for (next = i;
		     next < builder->count && compare_entries(&builder->entries[i], &builder->entries[next]) == 0;
		     next++)
			count += builder->entries[next].count;
		put_entry(out, &builder->entries[i], count, i == 0);
	}
	PUT(out, "\n]}\n");
}

/* -- reading -- */

struct counter {
	_Atomic int64_t left;
};

struct baseline {
	struct map counters; /* fingerprint → struct counter */
	struct str by;	     /* "baseline FILE" */
};

static bool is_fingerprint(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!char_is_in(s.p[i], "0123456789abcdef"))
			return false;
	return s.n == FINGERPRINT;
}

static int load_entry(struct arena *arena, struct baseline *baseline, const struct value *v, struct error **err)
{
	struct str fingerprint = value_str(value_field(v, "fingerprint"));
	const struct value *count = value_field(v, "count");
	struct counter *counter;
	void **slot;

	if (!is_fingerprint(fingerprint))
		return error_set_at(err, ERROR_INVALID, value_place(v),
				    "a finding of the baseline has no fingerprint of 32 hexadecimal digits");
	if (!value_is(count, VALUE_INT) || count->u.integer < 1 || count->u.integer > UINT32_MAX)
		return error_set_at(err, ERROR_INVALID, value_place(count ? count : v),
				    "\"count\" of a finding must be a number from 1");
	slot = map_slot(&baseline->counters, fingerprint);
	if (!*slot)
		*slot = ARENA_NEW(arena, struct counter);
	counter = *slot;
	atomic_fetch_add_explicit(&counter->left, count->u.integer, memory_order_relaxed);
	return 0;
}

struct baseline *baseline_load(struct arena *arena, const struct source *source, struct error **err)
{
	const struct value *root = json_decode(arena, source, &decode_limits_default, NULL, err), *findings, *format;
	struct baseline *baseline;

	if (!root)
		return NULL;
	format = value_field(root, FORMAT_KEY);
	findings = value_field(root, "findings");
	if (!value_is(format, VALUE_INT) || !value_is(findings, VALUE_ARRAY)) {
		error_set_at(err, ERROR_INVALID, value_place(root),
			     "this is not a baseline: write one with --write-baseline");
		return NULL;
	}
	if (format->u.integer != FORMAT_VERSION) {
		error_set_at(err, ERROR_UNSUPPORTED, value_place(format),
			     "a baseline of format %lld, but this biro knows %d only", (long long)format->u.integer,
			     FORMAT_VERSION);
		return NULL;
	}
	baseline = ARENA_NEW(arena, struct baseline);
	map_init(&baseline->counters, arena);
	baseline->by = str_format(arena, "baseline " STR_FMT, STR_ARG(source->name));
	for (VALUE_EACH(v, findings))
		if (load_entry(arena, baseline, v, err) < 0)
			return NULL;
	return baseline;
}

/* Takes one off, unless none is left. */
static bool take(struct counter *counter)
{
	int64_t left = atomic_load_explicit(&counter->left, memory_order_relaxed);

	while (left > 0)
		if (atomic_compare_exchange_weak_explicit(&counter->left, &left, left - 1, memory_order_relaxed,
							  memory_order_relaxed))
			return true;
	return false;
}

size_t baseline_apply(struct baseline *baseline, struct arena *arena, const struct reported *reported,
		      struct result_list *results)
{
	size_t hidden = 0;

	for (size_t i = 0; reported->object && i < results->count; i++) {
		struct result *result = &results->items[i];
		char fingerprint[FINGERPRINT];
		struct counter *counter;

		if (!belongs_in_baseline(result))
			continue;
		fingerprint_make(reported, result, fingerprint);
		counter = map_get(&baseline->counters, str_make(fingerprint, FINGERPRINT));
		if (!counter || !take(counter))
			continue;
		ignore_hide(arena, result, baseline->by, STR_NULL, STR_NULL);
		hidden++;
	}
	return hidden;
}

size_t baseline_unmet(const struct baseline *baseline)
{
	size_t unmet = 0;

	for (size_t i = 0; i < baseline->counters.capacity; i++) {
		struct counter *counter = baseline->counters.entries[i].value;

		if (counter)
			unmet += (size_t)atomic_load_explicit(&counter->left, memory_order_relaxed);
	}
	return unmet;
}
