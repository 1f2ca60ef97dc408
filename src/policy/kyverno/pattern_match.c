/*
 * Matching patterns. A first run decides and writes no messages, as most outcomes need none; a skip or an error, which
 * show them, are run again with messages.
 */
#include "policy/kyverno/pattern_node.h"

#include "data/glob.h"
#include "policy/kyverno/gotext.h"

enum verdict {
	HOLDS,
	MISMATCH,               /* the rule fails */
	NEGATED,                /* a negation anchor's key is there: fails as well */
	SKIP_CONDITION, SKIP_GLOBAL,    /* an anchor says that the pattern does not apply */
	SKIP_ALL,               /* a map or list of which nothing applied */
};

/* Where in the resource: a chain of steps on the stack, made into text when it is needed. */
struct step {
	const struct step *up;
	struct str key;                 /* p == NULL: index */
	size_t index;
	const struct value *inside;     /* the map or list that the step goes into */
};

#define SLOT_WORDS 4

struct matcher {
	struct arena *arena;
	struct trace *trace;
	bool messages;
	unsigned muted;                 /* the innermost anchors make of any error something that has no path */
	uint64_t *wanted, *found;       /* anchors seen in the pattern, and those whose key was somewhere */
	struct str path;
	const struct value *at, *pattern_at;
	struct str message;
};

static bool is_skip(enum verdict verdict)
{
	return verdict >= SKIP_CONDITION;
}

/* -- paths and messages ---------------------------------------------------------------------------------------- */

/* Joins texts: several times faster than a format, and skips of rules are common. */
static struct str join(struct arena *arena, const struct str *parts, size_t count)
{
	size_t n = 0;
	char *text, *end;

	for (size_t i = 0; i < count; i++)
		n += parts[i].n;
	text = end = arena_alloc(arena, n);
	for (size_t i = 0; i < count; i++) {
		if (parts[i].n)
			memcpy(end, parts[i].p, parts[i].n);
		end += parts[i].n;
	}
	return str_make(text, n);
}

#define JOIN(arena, ...)                                                                                               \
	join((arena), (const struct str[]){ __VA_ARGS__ },                                                             \
	     sizeof((const struct str[]){ __VA_ARGS__ }) / sizeof(struct str))

static struct str step_text(const struct step *step, char digits[24])
{
	char *start = digits + 24;
	size_t index = step->index;

	if (step->key.p)
		return step->key;
	do {
		*--start = (char)('0' + index % 10);
		index /= 10;
	} while (index > 0);
	return str_make(start, (size_t)(digits + 24 - start));
}

/* "/spec/containers/0/" */
static struct str path_of_step(struct arena *arena, const struct step *step)
{
	char digits[24], *text, *end;
	size_t n = 1;

	for (const struct step *s = step; s; s = s->up)
		n += step_text(s, digits).n + 1;
	text = arena_alloc(arena, n);
	end = text + n;
	for (const struct step *s = step; s; s = s->up) {
		struct str key = step_text(s, digits);

		*--end = '/';
		end -= key.n;
		if (key.n)
			memcpy(end, key.p, key.n);
	}
	*--end = '/';
	return str_make(text, n);
}

static struct step step_key(const struct step *up, struct str key, const struct value *inside)
{
	return (struct step){ .up = up, .key = key.p ? key : STR(""), .inside = inside };
}

static struct step step_index(const struct step *up, size_t index, const struct value *inside)
{
	return (struct step){ .up = up, .index = index, .inside = inside };
}

/* Notes where the mismatch is; true when the caller is to say why. */
static bool fails_at(struct matcher *m, const struct step *step, const struct value *value, const struct value *pattern)
{
	if (m->muted && !m->messages)
		return false;
	m->path = path_of_step(m->arena, step);
	m->at = value;
	for (const struct step *s = step; s && !m->at; s = s->up)
		m->at = s->inside;
	m->pattern_at = pattern;
	return m->messages;
}

#define SAY(m, ...) ((m)->message = JOIN((m)->arena, __VA_ARGS__))

static struct str quoted(struct matcher *m, const struct value *v)
{
	return go_text(m->arena, v);
}

/* A value in a trace, cut to what fits a line. */
static struct str brief(struct matcher *m, const struct value *v)
{
	struct str text = v ? go_text(m->arena, v) : STR("nothing");

	return text.n > 80 ? str_concat(m->arena, str_slice(text, 0, 77), STR("...")) : text;
}

static void trace_leaf(struct matcher *m, const struct step *step, const struct value *value,
		       const struct pattern *pattern, bool holds)
{
	struct str path = path_of_step(m->arena, step), is = brief(m, value), want = brief(m, pattern->at);
	const struct value *at = value;

	for (const struct step *s = step; s && !at; s = s->up)
		at = s->inside;
	trace_step(m->trace, TRACE_PATTERN, holds, at, pattern->at, STR_FMT ": " STR_FMT " %s " STR_FMT, STR_ARG(path),
		   STR_ARG(is), holds ? "matches" : "does not match", STR_ARG(want));
}

static void trace_anchor(struct matcher *m, const struct step *step, const struct value *value,
			 const struct entry *entry, bool holds, const char *what)
{
	struct str path = path_of_step(m->arena, step);
	const struct value *at = value;

	for (const struct step *s = step; s && !at; s = s->up)
		at = s->inside;
	trace_step(m->trace, TRACE_PATTERN, holds, at, entry->child->at, STR_FMT ": anchor " STR_FMT " %s",
		   STR_ARG(path), STR_ARG(entry->raw), what);
}

/* -- leaves ---------------------------------------------------------------------------------------------------- */

static bool scalar_matches(struct matcher *m, const struct pattern *pattern, const struct value *value)
{
	switch ((enum node_kind)pattern->kind) {
	case NODE_STRING:
		return leaf_matches(m->arena, &pattern->u.leaf, value);
	case NODE_BOOL:
		return value_is(value, VALUE_BOOL) && value->u.boolean == pattern->at->u.boolean;
	case NODE_INT:
		return leaf_int_matches(pattern->at->u.integer, value);
	case NODE_FLOAT:
		return leaf_float_matches(pattern->at->u.number, value);
	case NODE_NULL:
		return leaf_null_matches(value);
	default:
		return false;
	}
}

/* A scalar against a list asks every item. */
static enum verdict match_scalar(struct matcher *m, const struct pattern *pattern, const struct value *value,
				 const struct step *step)
{
	bool holds = true;

	if (value_is(value, VALUE_ARRAY)) {
		for (VALUE_EACH(item, value)) {
			holds = scalar_matches(m, pattern, item);
			if (!holds)
				break;
		}
	} else {
		holds = scalar_matches(m, pattern, value);
	}
	if (m->trace)
		trace_leaf(m, step, value, pattern, holds);
	if (holds)
		return HOLDS;
	if (fails_at(m, step, value, pattern->at))
		SAY(m, STR("resource value '"), quoted(m, value), STR("' does not match '"), quoted(m, pattern->at),
		    STR("' at path "), m->path);
	return MISMATCH;
}

/* -- skips ----------------------------------------------------------------------------------------------------- */

/* What was skipped among the parts of a map or list. */
struct skips {
	size_t count, applied;
	bool by_anchor;                 /* some anchor right here said so, not only something below */
	struct str message;
};

static void skips_add(struct matcher *m, struct skips *skips, enum verdict verdict)
{
	skips->by_anchor |= verdict != SKIP_ALL;
	if (m->messages)
		skips->message = skips->count == 0 ? m->message : JOIN(m->arena, skips->message, STR("; "), m->message);
	skips->count++;
}

static enum verdict skip_all(struct matcher *m, const struct skips *skips)
{
	m->message = skips->message;
	return SKIP_ALL;
}

/* -- maps ------------------------------------------------------------------------------------------------------ */

static enum verdict match(struct matcher *m, const struct pattern *pattern, const struct value *value,
			  const struct step *step);

static enum verdict anchor_failed(struct matcher *m, enum verdict verdict, struct str prefix)
{
	if (m->messages)
		SAY(m, prefix, m->message);
	return verdict;
}

/* (key): the rest applies only to what has the key and matches. */
static enum verdict match_condition(struct matcher *m, const struct entry *entry, const struct value *value,
				    const struct step *step)
{
	enum verdict verdict;

	if (!value) {
		if (m->trace)
			trace_anchor(m, step, value, entry, false, "does not apply: the key is missing");
		if (m->messages)
			m->message = STR(
				"conditional anchor mismatch: conditional anchor key doesn't exist in the resource");
		return SKIP_CONDITION;
	}
	m->muted++;
	verdict = match(m, entry->child, value, step);
	m->muted--;
	if (m->trace)
		trace_anchor(m, step, value, entry, verdict == HOLDS, verdict == HOLDS ? "applies" : "does not apply");
	return verdict == HOLDS ? HOLDS : anchor_failed(m, SKIP_CONDITION, STR("conditional anchor mismatch: "));
}

/* <(key): the whole pattern applies only if the key is missing or matches. */
static enum verdict match_global(struct matcher *m, const struct entry *entry, const struct value *value,
				 const struct step *step)
{
	enum verdict verdict;

	if (!value)
		return HOLDS;
	m->muted++;
	verdict = match(m, entry->child, value, step);
	m->muted--;
	if (m->trace)
		trace_anchor(m, step, value, entry, verdict == HOLDS,
			     verdict == HOLDS ? "holds" : "does not hold: the rule does not apply");
	return verdict == HOLDS ? HOLDS : anchor_failed(m, SKIP_GLOBAL, STR("global anchor mismatch: "));
}

/* X(key): the key must not be there. */
static enum verdict match_negation(struct matcher *m, const struct entry *entry, const struct value *value,
				   const struct step *step)
{
	if (m->trace)
		trace_anchor(m, step, value, entry, !value, value ? "forbids the key" : "holds: the key is missing");
	if (!value)
		return HOLDS;
	if (fails_at(m, step, value, entry->child->at))
		SAY(m, STR("negation anchor matched in resource: "), m->path, STR(" is not allowed"));
	return NEGATED;
}

static bool any_item_matches(struct matcher *m, const struct pattern *pattern, const struct value *list,
			     const struct step *step)
{
	enum verdict verdict = MISMATCH;

	m->muted++;
	for (uint32_t i = 0; i < list->length && verdict != HOLDS; i++) {
		struct step item = step_index(step, i, list);

		verdict = match(m, pattern, &list->u.items[i], &item);
	}
	m->muted--;
	return verdict == HOLDS;
}

/* ^(key): for every item of the pattern there is one in the list that matches. */
static enum verdict match_existence(struct matcher *m, const struct entry *entry, const struct value *value,
				    const struct step *step)
{
	const struct pattern *patterns = entry->child;

	if (!value)
		return HOLDS;
	if (!value_is(value, VALUE_ARRAY)) {
		if (fails_at(m, step, value, patterns->at))
			SAY(m, STR("invalid resource type "), str_of(go_type_name(value)),
			    STR(": Existence ^ () anchor can be used only on list/array type resource"));
		return MISMATCH;
	}
	if (patterns->kind != NODE_ARRAY) {
		if (fails_at(m, step, value, patterns->at))
			SAY(m, STR("invalid pattern type "), str_of(go_type_name(patterns->at)),
			    STR(": Pattern has to be of list to compare against resource"));
		return MISMATCH;
	}
	for (uint32_t i = 0; i < patterns->count; i++) {
		const struct pattern *pattern = patterns->u.items[i];
		bool exists;

		if (pattern->kind != NODE_OBJECT) {
			if (fails_at(m, step, value, pattern->at))
				SAY(m, STR("invalid pattern type "), str_of(go_type_name(patterns->at)),
				    STR(": Pattern has to be of type map to compare against items in resource"));
			return MISMATCH;
		}
		exists = any_item_matches(m, pattern, value, step);
		if (m->trace)
			trace_anchor(m, step, value, entry, exists,
				     exists ? "holds: an item matches" : "no item matches");
		if (exists)
			continue;
		if (fails_at(m, step, value, pattern->at))
			SAY(m, STR("existence anchor validation failed at path "), m->path);
		return MISMATCH;
	}
	return HOLDS;
}

/* "*" asks only that something is there. The path of its failure is the map's. */
static enum verdict match_star(struct matcher *m, const struct entry *entry, const struct value *value,
			       const struct value *map, const struct step *step)
{
	bool holds = !value_is_null(value);

	if (m->trace)
		trace_leaf(m, step, value, entry->child, holds);
	if (holds)
		return HOLDS;
	if (fails_at(m, step->up, value ? value : map, entry->child->at))
		SAY(m, m->path, STR("/"), entry->key, STR(" not found"));
	return MISMATCH;
}

static enum verdict match_entry(struct matcher *m, const struct entry *entry, const struct value *map,
				const struct step *up)
{
	const struct value *value = value_get(map, entry->key);
	struct step step = step_key(up, entry->key, map);

	switch ((enum anchor)entry->anchor) {
	case ANCHOR_CONDITION:
		return match_condition(m, entry, value, &step);
	case ANCHOR_GLOBAL:
		return match_global(m, entry, value, &step);
	case ANCHOR_NEGATION:
		return match_negation(m, entry, value, &step);
	case ANCHOR_EXISTENCE:
		return match_existence(m, entry, value, &step);
	case ANCHOR_EQUALITY:
		return value ? match(m, entry->child, value, &step) : HOLDS;
	case ANCHOR_NONE:
	case ANCHOR_ADD:
		break;
	}
	return entry->star ? match_star(m, entry, value, map, &step) : match(m, entry->child, value, &step);
}

/* Notes which anchors Kyverno has seen and which of their keys were anywhere in the resource. */
static void note_anchors(struct matcher *m, const struct pattern *pattern, const struct value *map)
{
	for (uint32_t i = 0; i < pattern->anchors; i++) {
		const struct entry *entry = &pattern->u.entries[i];
		uint64_t bit = UINT64_C(1) << (entry->slot % 64);

		if (entry->slot == NO_SLOT)
			continue;
		m->wanted[entry->slot / 64] |= bit;
		if (!(m->found[entry->slot / 64] & bit) && value_member(map, entry->key))
			m->found[entry->slot / 64] |= bit;
	}
}

/* The resource's first key, in order of bytes, that the wildcard matches, among those with strings; else `key`. */
static struct str expand_key(struct str key, const struct value *tags)
{
	struct str best = STR_NULL;

	for (MEMBER_EACH(m, tags)) {
		struct str candidate = value_str(&m->key);

		if (m->value.type == VALUE_STRING && (!best.p || str_compare(candidate, best) < 0) &&
		    glob_match(key, candidate))
			best = candidate;
	}
	return best.p ? best : key;
}

/* The pattern for these labels or annotations: wildcards in keys become keys, what is no string does not count. */
static const struct pattern *expand(struct matcher *m, const struct pattern *pattern, const struct value *tags)
{
	struct pattern *node = arena_copy(m->arena, pattern, sizeof(*pattern));
	struct entry *entries = arena_array(m->arena, pattern->count, sizeof(*entries));
	uint32_t n = 0;

	for (uint32_t i = 0; i < pattern->count; i++) {
		struct entry entry = pattern->u.entries[i];
		uint32_t same;

		if (entry.child->kind != NODE_STRING)
			continue;
		if (glob_is_pattern(entry.raw)) {
			struct str inner;

			if (entry.anchor == ANCHOR_ADD)
				anchor_parse(entry.raw, &inner);
			else
				inner = entry.key;
			inner = expand_key(inner, tags);
			if (entry.anchor == ANCHOR_NONE) {
				entry.raw = inner;
			} else {
				struct str modifier = str_trim(entry.raw);

				modifier.n = modifier.p[0] == '(' ? 0 : 1;
				entry.raw = str_format(m->arena, STR_FMT "(" STR_FMT ")", STR_ARG(modifier),
						       STR_ARG(inner));
			}
			entry.key = entry.anchor == ANCHOR_ADD ? entry.raw : inner;
		}
		for (same = 0; same < n && !str_equal(entries[same].raw, entry.raw); same++)
			;
		entries[same] = entry;
		n += same == n;
	}
	node->count = n;
	node->expands = false;
	pattern_order(entries, node);
	return node;
}

static enum verdict match_anchors(struct matcher *m, const struct pattern *pattern, const struct value *map,
				  const struct step *step)
{
	struct skips skips = { 0 };

	for (uint32_t i = 0; i < pattern->anchors; i++) {
		enum verdict verdict = match_entry(m, &pattern->u.entries[i], map, step);

		if (verdict == HOLDS)
			skips.applied++;
		else if (is_skip(verdict))
			skips_add(m, &skips, verdict);
		else if (!skips.by_anchor)
			return verdict;
	}
	return skips.count > 0 && (skips.applied == 0 || skips.by_anchor) ? skip_all(m, &skips) : HOLDS;
}

static enum verdict match_object(struct matcher *m, const struct pattern *pattern, const struct value *value,
				 const struct step *step)
{
	enum verdict verdict;

	if (!value_is(value, VALUE_OBJECT)) {
		if (m->trace)
			trace_leaf(m, step, value, pattern, false);
		if (fails_at(m, step, value, pattern->at))
			SAY(m, STR("pattern and resource have different structures. Path: "), m->path,
			    STR(". Expected "), str_of(go_type_name(pattern->at)), STR(", found "),
			    str_of(go_type_name(value)));
		return MISMATCH;
	}
	if (pattern->expands)
		pattern = expand(m, pattern, value);
	if (pattern->has_slots)
		note_anchors(m, pattern, value);
	if (pattern->anchors > 0) {
		verdict = match_anchors(m, pattern, value, step);
		if (verdict != HOLDS)
			return verdict;
	}
	for (uint32_t i = pattern->anchors; i < pattern->count; i++) {
		verdict = match_entry(m, &pattern->u.entries[i], value, step);
		if (verdict != HOLDS)
			return verdict;
	}
	return HOLDS;
}

/* -- lists ----------------------------------------------------------------------------------------------------- */

/* Item i against pattern i, or every item against the one pattern. */
static enum verdict match_items(struct matcher *m, const struct pattern *const *patterns, const struct pattern *every,
				size_t count, const struct value *list, const struct step *step)
{
	struct skips skips = { 0 };

	for (size_t i = 0; i < count; i++) {
		struct step item = step_index(step, i, list);
		enum verdict verdict = match(m, every ? every : patterns[i], &list->u.items[i], &item);

		if (verdict == HOLDS)
			skips.applied++;
		else if (is_skip(verdict))
			skips_add(m, &skips, verdict);
		else
			return verdict;
	}
	return skips.applied == 0 && skips.count > 0 ? skip_all(m, &skips) : HOLDS;
}

static enum verdict match_array(struct matcher *m, const struct pattern *pattern, const struct value *value,
				const struct step *step)
{
	const struct pattern *first;

	if (!value_is(value, VALUE_ARRAY)) {
		if (m->trace)
			trace_leaf(m, step, value, pattern, false);
		if (fails_at(m, step, value, pattern->at))
			SAY(m, STR("validation rule failed at path "), m->path,
			    STR(", resource does not satisfy the expected overlay pattern"));
		return MISMATCH;
	}
	if (pattern->count == 0) {
		if (fails_at(m, step, value, pattern->at))
			m->message = STR("pattern Array empty");
		return MISMATCH;
	}
	first = pattern->u.items[0];
	if (first->kind == NODE_OBJECT)
		return match_items(m, NULL, first, value->length, value, step);
	if (first->kind != NODE_ARRAY)
		return match_scalar(m, first, value, step);
	if (value->length < pattern->count) {
		/* Kyverno gives this one no path, which makes it an error. */
		if (fails_at(m, step, value, pattern->at))
			m->message =
				str_format(m->arena,
					   "validate Array failed, array length mismatch, resource Array len is %u "
					   "and pattern Array len is %u",
					   (unsigned)value->length, (unsigned)pattern->count);
		m->path = STR_NULL;
		return MISMATCH;
	}
	return match_items(m, pattern->u.items, NULL, pattern->count, value, step);
}

static enum verdict match(struct matcher *m, const struct pattern *pattern, const struct value *value,
			  const struct step *step)
{
	switch ((enum node_kind)pattern->kind) {
	case NODE_OBJECT:
		return match_object(m, pattern, value, step);
	case NODE_ARRAY:
		return match_array(m, pattern, value, step);
	case NODE_TOO_DEEP:
		if (fails_at(m, step, value, pattern->at))
			m->message = str_format(m->arena, "the pattern is nested more than %d levels deep",
						PATTERN_DEPTH_MAX);
		m->path = STR_NULL;
		return MISMATCH;
	default:
		return match_scalar(m, pattern, value, step);
	}
}

/* -- the whole ------------------------------------------------------------------------------------------------- */

static bool anchors_are_missing(const struct matcher *m, uint32_t slots)
{
	for (uint32_t i = 0; i < (slots + 63) / 64; i++)
		if (m->wanted[i] & ~m->found[i])
			return true;
	return false;
}

static enum pattern_status run(struct matcher *m, const struct pattern *pattern, const struct value *resource)
{
	uint64_t words[2 * SLOT_WORDS] = { 0 };
	size_t needed = (pattern->slots + 63) / 64;
	enum verdict verdict;
	bool missing;

	m->wanted = needed <= SLOT_WORDS ? words : arena_zalloc(m->arena, 2 * needed * sizeof(*words));
	m->found = m->wanted + (needed <= SLOT_WORDS ? SLOT_WORDS : needed);
	verdict = match(m, pattern, resource, NULL);
	missing = verdict == MISMATCH && (m->path.n == 0 || anchors_are_missing(m, pattern->slots));
	m->wanted = m->found = NULL;
	if (verdict == HOLDS)
		return PATTERN_PASS;
	if (is_skip(verdict))
		return PATTERN_SKIP;
	return missing ? PATTERN_ERROR : PATTERN_FAIL;
}

void pattern_match(const struct pattern *pattern, struct arena *arena, const struct value *resource,
		   struct trace *trace, struct pattern_outcome *outcome)
{
	struct matcher m = { .arena = arena, .trace = trace };
	enum pattern_status status = run(&m, pattern, resource);

	if (status == PATTERN_SKIP || status == PATTERN_ERROR) {
		m = (struct matcher){ .arena = arena, .messages = true };
		status = run(&m, pattern, resource);
	}
	*outcome = (struct pattern_outcome){ .status = status };
	if (status == PATTERN_PASS)
		return;
	outcome->at = m.at;
	outcome->pattern_at = m.pattern_at;
	if (status == PATTERN_FAIL)
		outcome->path = m.path;
	else
		outcome->message = m.message;
}

struct str pattern_mismatch(const struct pattern *pattern, struct arena *arena, const struct value *resource)
{
	struct matcher m = { .arena = arena, .messages = true };

	run(&m, pattern, resource);
	return m.message;
}
