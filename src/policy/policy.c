#include "policy/policy.h"

#include "base/map.h"
#include "data/glob.h"

#define DIALECTS_MAX 16

/* Policies that may match a kind, by number, in the order they were added. */
struct bucket {
	uint32_t *policies;
	size_t count, capacity;
};

struct policy_set {
	struct arena *arena;
	const struct policy **policies;
	size_t count, capacity;
	void *states[DIALECTS_MAX];
	struct map by_kind;             /* kind → struct bucket: named there, or with a pattern that fits */
	struct bucket rest;             /* for kinds that no policy names: only those with patterns */
	struct gvk *wanted;             /* kinds that judges look up; version unused */
	size_t wanted_count, wanted_capacity;
	struct policy_complaint *complaints;
	size_t complaint_count, complaint_capacity;
};

struct policy_set *policy_set_create(void)
{
	struct arena *arena = arena_create();
	struct policy_set *set = ARENA_NEW(arena, struct policy_set);

	set->arena = arena;
	map_init(&set->by_kind, arena);
	return set;
}

void policy_set_destroy(struct policy_set *set)
{
	if (set)
		arena_destroy(set->arena);
}

struct arena *policy_set_arena(struct policy_set *set)
{
	return set->arena;
}

void **policy_set_state(struct policy_set *set, const struct policy_dialect *dialect)
{
	size_t i = 0;

	while (policy_dialects[i] != dialect)
		i++;
	return &set->states[i];
}

int policy_set_add(struct policy_set *set, const struct value *object, struct error **err)
{
	for (size_t i = 0; policy_dialects[i]; i++) {
		if (!policy_dialects[i]->claims(object))
			continue;
		if (policy_dialects[i]->compile(set, object, err) < 0) {
			if (err && *err)
				error_locate(*err, value_place(object));
			return -1;
		}
		return 1;
	}
	return 0;
}

void policy_set_add_policy(struct policy_set *set, struct policy *policy)
{
	*ARENA_PUSH(set->arena, set->policies, set->count, set->capacity) = policy;
}

static bool wants(const struct policy_set *set, struct str group, struct str kind)
{
	for (size_t i = 0; i < set->wanted_count; i++)
		if (str_equal(set->wanted[i].kind, kind) &&
		    (str_is(set->wanted[i].group, "*") || str_equal(set->wanted[i].group, group)))
			return true;
	return false;
}

void policy_set_want(struct policy_set *set, struct str group, struct str kind)
{
	if (!wants(set, group, kind))
		*ARENA_PUSH(set->arena, set->wanted, set->wanted_count, set->wanted_capacity) =
			(struct gvk){ .group = group, .kind = kind };
}

bool policy_set_wants(const struct policy_set *set, struct gvk kind)
{
	return wants(set, kind.group, kind.kind);
}

bool policy_set_wants_kind(const struct policy_set *set, struct str kind)
{
	for (size_t i = 0; i < set->wanted_count; i++)
		if (str_equal(set->wanted[i].kind, kind))
			return true;
	return false;
}

size_t policy_set_want_count(const struct policy_set *set)
{
	return set->wanted_count;
}

void policy_set_complain(struct policy_set *set, enum outcome outcome, const struct value *object, struct str message)
{
	*ARENA_PUSH(set->arena, set->complaints, set->complaint_count, set->complaint_capacity) =
		(struct policy_complaint){ outcome, object, message };
}

const struct policy_complaint *policy_set_complaints(const struct policy_set *set, size_t *count)
{
	*count = set->complaint_count;
	return set->complaints;
}

static bool is_pattern_for(const struct policy *policy, struct str kind)
{
	if (policy->kind_count == 0)
		return true;
	for (size_t i = 0; i < policy->kind_count; i++)
		if (glob_match(policy->kinds[i].kind, kind))
			return true;
	return false;
}

static bool has_pattern(const struct policy *policy)
{
	if (policy->kind_count == 0)
		return true;
	for (size_t i = 0; i < policy->kind_count; i++)
		if (glob_is_pattern(policy->kinds[i].kind))
			return true;
	return false;
}

static void name_kinds(struct policy_set *set, const struct policy *policy)
{
	for (size_t i = 0; i < policy->kind_count; i++) {
		void **slot;

		if (glob_is_pattern(policy->kinds[i].kind))
			continue;
		slot = map_slot(&set->by_kind, policy->kinds[i].kind);
		if (!*slot)
			*slot = ARENA_NEW(set->arena, struct bucket);
	}
}

int policy_set_seal(struct policy_set *set, struct error **err)
{
	set->complaint_count = 0;
	for (size_t i = 0; policy_dialects[i]; i++)
		if (policy_dialects[i]->seal && policy_dialects[i]->seal(set, err) < 0)
			return -1;
	set->rest.count = 0;
	for (size_t i = 0; i < set->by_kind.capacity; i++)
		if (set->by_kind.entries[i].value)
			((struct bucket *)set->by_kind.entries[i].value)->count = 0;
	for (size_t i = 0; i < set->count; i++)
		name_kinds(set, set->policies[i]);
	for (uint32_t i = 0; i < set->count; i++) {
		if (has_pattern(set->policies[i]))
			*ARENA_PUSH(set->arena, set->rest.policies, set->rest.count, set->rest.capacity) = i;
		for (size_t j = 0; j < set->by_kind.capacity; j++) {
			struct bucket *bucket = set->by_kind.entries[j].value;

			if (bucket && is_pattern_for(set->policies[i], set->by_kind.entries[j].key))
				*ARENA_PUSH(set->arena, bucket->policies, bucket->count, bucket->capacity) = i;
		}
	}
	return 0;
}

size_t policy_set_count(const struct policy_set *set)
{
	return set->count;
}

const struct policy *policy_set_at(const struct policy_set *set, size_t i)
{
	return set->policies[i];
}

static void judge_bucket(const struct policy_set *set, const struct bucket *bucket, bool mutating,
			 struct review *review, struct result_list *results)
{
	for (size_t i = 0; i < bucket->count; i++) {
		const struct policy *policy = set->policies[bucket->policies[i]];

		if (policy->mutates == mutating)
			policy->dialect->judge(policy, review, results);
	}
}

bool policy_set_takes(const struct policy_set *set, enum payload payload)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->policies[i]->payloads >> payload & 1)
			return true;
	return false;
}

static void judge_payload(const struct policy_set *set, struct review *review, struct result_list *results)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->policies[i]->payloads >> review->payload & 1)
			set->policies[i]->dialect->judge(set->policies[i], review, results);
}

void policy_set_judge(const struct policy_set *set, struct review *review, struct result_list *results)
{
	const struct bucket *bucket;

	if (review->payload != PAYLOAD_NONE) {
		judge_payload(set, review, results);
		return;
	}
	for (size_t i = 0; policy_dialects[i]; i++)
		if (policy_dialects[i]->prepare)
			policy_dialects[i]->prepare(review);
	bucket = map_get(&set->by_kind, review->kind.kind);
	if (!bucket)
		bucket = &set->rest;
	judge_bucket(set, bucket, true, review, results);
	judge_bucket(set, bucket, false, review, results);
}
