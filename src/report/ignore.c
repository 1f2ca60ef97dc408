#include "report/ignore.h"

#include "data/glob.h"
#include "kube/selector.h"
#include "report/ignore_text.h"
#include "report/outputs.h"

#define COMMENT "biro:ignore"
#define SEARCH_DEPTH 64

/* -- results -- */

void ignore_hide(struct arena *arena, struct result *result, struct str by, struct str reason, struct str until)
{
	struct property *properties = arena_array(arena, result->property_count + 4, sizeof(*properties));
	size_t n = result->property_count;

	if (n)
		memcpy(properties, result->properties, n * sizeof(*properties));
	properties[n++] = (struct property){ STR("ignored-by"), by };
	properties[n++] = (struct property){ STR("ignored-result"), str_of(outcome_names[result->outcome]) };
	if (reason.n)
		properties[n++] = (struct property){ STR("reason"), reason };
	if (until.n)
		properties[n++] = (struct property){ STR("until"), until };
	result->properties = properties;
	result->property_count = n;
	result->outcome = OUTCOME_SKIP;
}

static bool is_own(const struct result *result)
{
	return str_is(result->policy, "biro") &&
	       (str_is(result->rule, "expired-ignore") || str_is(result->rule, "invalid-ignore"));
}

static bool can_be_ignored(const struct result *result)
{
	return (result->outcome == OUTCOME_FAIL || result->outcome == OUTCOME_WARN ||
		result->outcome == OUTCOME_ERROR) &&
	       !is_own(result);
}

static void add_expired(struct arena *arena, struct result_list *results, const struct value *at, struct str what,
			struct str until)
{
	struct result *result = result_add(arena, results);

	result->policy = STR("biro");
	result->rule = STR("expired-ignore");
	result->outcome = OUTCOME_WARN;
	result->at = at;
	result->message = str_format(arena, "the ignore of " STR_FMT " ended on " STR_FMT " and hides nothing any more",
				     STR_ARG(what), STR_ARG(until));
	result->fix = STR("mend what it hid and remove the ignore, or move its date");
}

static void add_invalid(struct arena *arena, struct result_list *results, const struct value *at, struct str problem)
{
	struct result *result = result_add(arena, results);

	result->policy = STR("biro");
	result->rule = STR("invalid-ignore");
	result->outcome = OUTCOME_WARN;
	result->at = at;
	result->message = str_format(arena, "this ignore hides nothing: " STR_FMT, STR_ARG(problem));
}

#define NO_REASON STR("it gives no reason, and this project wants one: add reason=TEXT")

/* -- entries of the configuration file
 * ---------------------------------------------------------------------------------- */

enum criterion { BY_POLICY, BY_RULE, BY_KIND, BY_NAMESPACE, BY_NAME, CRITERIA };
static const char *const criterion_names[CRITERIA] = { "policy", "rule", "kind", "namespace", "name" };

struct entry {
	const struct value *criteria[CRITERIA]; /* a text or a list of texts; NULL: any */
	const struct selector *selector;	/* NULL: any */
	const struct value *at, *until_at;
	struct str reason, until;
};

struct ignore_entries {
	struct entry *items;
	size_t count;
};

static bool is_texts(const struct value *v)
{
	if (!value_is(v, VALUE_ARRAY))
		return value_is(v, VALUE_STRING) && v->length;
	for (VALUE_EACH(item, v))
		if (!value_is(item, VALUE_STRING) || item->length == 0)
			return false;
	return v->length > 0;
}

static int unknown_key(const struct member *m, struct error **err)
{
	static const char *const known[] = { "policy", "rule",	   "kind",   "namespace",
					     "name",   "selector", "reason", "until" };
	struct str key = value_str(&m->key);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_distance(key, str_of(known[i]), 2) <= 2)
			return error_set_at(err, ERROR_INVALID, value_place(&m->key),
					    "unknown key \"" STR_FMT "\" in an ignore (did you mean \"%s\"?)",
					    STR_ARG(key), known[i]);
	return error_set_at(err, ERROR_INVALID, value_place(&m->key),
			    "unknown key \"" STR_FMT
			    "\" in an ignore: it takes policy, rule, kind, namespace, name, selector, "
			    "reason and until",
			    STR_ARG(key));
}

static int compile_criterion(struct entry *entry, enum criterion criterion, const struct value *v, struct error **err)
{
	if (!is_texts(v))
		return error_set_at(err, ERROR_INVALID, value_place(v),
				    "\"%s\" of an ignore must be a text or a list of texts",
				    criterion_names[criterion]);
	entry->criteria[criterion] = v;
	return 0;
}

static int compile_member(struct arena *arena, struct entry *entry, const struct member *m, struct error **err)
{
	struct str key = value_str(&m->key);

	for (int i = 0; i < CRITERIA; i++)
		if (str_equal(key, str_of(criterion_names[i])))
			return compile_criterion(entry, i, &m->value, err);
	if (str_is(key, "selector")) {
		entry->selector = selector_compile(arena, &m->value, err);
		if (entry->selector)
			return 0;
		error_set_at(err, ERROR_INVALID, value_place(&m->value), "the selector of an ignore must be an object");
		error_wrap(err, "selector of an ignore");
		if (err)
			error_locate(*err, value_place(&m->value));
		return -1;
	}
	if (str_is(key, "reason")) {
		entry->reason = str_trim(value_str(&m->value));
		return 0;
	}
	if (!str_is(key, "until"))
		return unknown_key(m, err);
	entry->until = value_str(&m->value);
	entry->until_at = &m->value;
	if (!ignore_date_valid(entry->until))
		return error_set_at(err, ERROR_INVALID, value_place(&m->value),
				    "\"until\" of an ignore must be a date: YYYY-MM-DD");
	return 0;
}

static int compile_entry(struct arena *arena, struct entry *entry, const struct value *v, struct error **err)
{
	bool any = false;

	entry->at = v;
	if (!value_is(v, VALUE_OBJECT))
		return error_set_at(err, ERROR_INVALID, value_place(v), "an ignore must be an object");
	for (MEMBER_EACH(m, v))
		if (compile_member(arena, entry, m, err) < 0)
			return -1;
	for (int i = 0; i < CRITERIA; i++)
		any |= entry->criteria[i] != NULL;
	/* An empty selector selects everything. */
	if (!any && (!entry->selector || value_count(value_field(v, "selector")) == 0))
		return error_set_at(
			err, ERROR_INVALID, value_place(v),
			"this ignore would hide everything: say which policy, rule, kind, namespace, name or selector");
	return 0;
}

const struct ignore_entries *ignore_entries_compile(struct arena *arena, const struct value *entries,
						    struct error **err)
{
	struct ignore_entries *compiled = ARENA_NEW(arena, struct ignore_entries);

	if (value_is_null(entries))
		return compiled;
	if (entries->type != VALUE_ARRAY) {
		error_set_at(err, ERROR_INVALID, value_place(entries), "ignores must be a list");
		return NULL;
	}
	compiled->items = arena_zalloc(arena, (size_t)entries->length * sizeof(*compiled->items));
	for (VALUE_EACH(v, entries))
		if (compile_entry(arena, &compiled->items[compiled->count++], v, err) < 0)
			return NULL;
	return compiled;
}

/* What an entry is about, in a few words. */
static struct str describe(struct arena *arena, const struct entry *entry)
{
	for (int i = 0; i < CRITERIA; i++) {
		const struct value *v = entry->criteria[i];

		if (v)
			return str_format(arena, "%s \"" STR_FMT "\"", criterion_names[i],
					  STR_ARG(value_str(v->type == VALUE_ARRAY ? value_at(v, 0) : v)));
	}
	return STR("what a selector selects");
}

void ignore_entries_report(const struct ignoring *ignoring, struct arena *arena, struct result_list *results)
{
	for (size_t i = 0; ignoring->entries && i < ignoring->entries->count; i++) {
		const struct entry *entry = &ignoring->entries->items[i];

		if (ignore_expired(entry->until, ignoring->today))
			add_expired(arena, results, entry->until_at, describe(arena, entry), entry->until);
		if (ignoring->require_reason && entry->reason.n == 0)
			add_invalid(arena, results, entry->at, NO_REASON);
	}
}

static bool matches_any(const struct value *patterns, const struct str *names, size_t count)
{
	struct str single = value_str(patterns);

	for (size_t i = 0; i < count; i++) {
		if (single.n && glob_match(single, names[i]))
			return true;
		for (VALUE_EACH(pattern, patterns))
			if (glob_match(value_str(pattern), names[i]))
				return true;
	}
	return false;
}

static bool entry_wants_object(struct arena *arena, const struct entry *entry, const struct reported *reported)
{
	if (entry->criteria[BY_KIND]) {
		struct str group, version, names[3];

		gvk_split_api_version(reported->api_version, &group, &version);
		names[0] = reported->kind;
		names[1] =
			str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(reported->api_version), STR_ARG(reported->kind));
		names[2] = group.n ? str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(group), STR_ARG(reported->kind))
				   : names[0];
		if (!matches_any(entry->criteria[BY_KIND], names, 3))
			return false;
	}
	if (entry->criteria[BY_NAMESPACE] && !matches_any(entry->criteria[BY_NAMESPACE], &reported->namespace, 1))
		return false;
	if (entry->criteria[BY_NAME] && !matches_any(entry->criteria[BY_NAME], &reported->name, 1))
		return false;
	return !entry->selector || selector_matches(entry->selector, object_labels(reported->object));
}

static bool entry_wants_result(struct arena *arena, const struct entry *entry, const struct result *result)
{
	const struct str policies[] = { result->policy, report_policy_name(arena, result) };
	const struct str rules[] = { result->rule, written_rule(result) };

	return (!entry->criteria[BY_POLICY] || matches_any(entry->criteria[BY_POLICY], policies, 2)) &&
	       (!entry->criteria[BY_RULE] || matches_any(entry->criteria[BY_RULE], rules, 2));
}

static struct str place_text(struct arena *arena, const char *what, struct place place)
{
	return str_format(arena, "%s " STR_FMT ":%u", what, STR_ARG(place.file), place.line);
}

static size_t apply_entries(const struct ignoring *ignoring, struct arena *arena, const struct reported *reported,
			    struct result_list *results)
{
	size_t hidden = 0;

	for (size_t i = 0; ignoring->entries && i < ignoring->entries->count; i++) {
		const struct entry *entry = &ignoring->entries->items[i];

		if (ignore_expired(entry->until, ignoring->today) ||
		    (ignoring->require_reason && entry->reason.n == 0) || !entry_wants_object(arena, entry, reported))
			continue;
		for (size_t k = 0; k < results->count; k++) {
			struct result *result = &results->items[k];

			if (!can_be_ignored(result) || !entry_wants_result(arena, entry, result))
				continue;
			ignore_hide(arena, result, place_text(arena, "config", value_place(entry->at)), entry->reason,
				    entry->until);
			hidden++;
		}
	}
	return hidden;
}

/* -- annotations and comments
 * ------------------------------------------------------------------------------------------- */

/* One ignore that stands at (or in) the object. */
struct inline_ignore {
	struct ignore ignore;
	const struct value *at;
	const char *what; /* "annotation" */
	uint32_t line;	  /* of the findings that it hides; 0: anywhere in the object */
};

struct inline_list {
	struct inline_ignore *items;
	size_t count, capacity;
};

static void add_annotation(struct arena *arena, const struct reported *reported, struct inline_list *list)
{
	const struct value *at = value_get(object_annotations(reported->object), STR(IGNORE_ANNOTATION));
	struct str text = value_str(at), line;

	if (!at)
		return;
	while (text.n) {
		str_cut(text, '\n', &line, &text);
		if (str_trim(line).n == 0)
			continue;
		struct inline_ignore *item = ARENA_PUSH(arena, list->items, list->count, list->capacity);

		*item = (struct inline_ignore){ .at = at, .what = "annotation" };
		ignore_parse(arena, line, &item->ignore);
	}
}

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

/* A comment begins with '#' at the begin of the line or behind a blank, and not within double quotes. */
static bool begins_comment(struct str line, size_t hash)
{
	bool quoted = false;

	if (hash > 0 && line.p[hash - 1] != ' ' && line.p[hash - 1] != '\t')
		return false;
	for (size_t i = 0; i < hash; i++) {
		if (line.p[i] == '\\' && quoted)
			i++;
		else if (line.p[i] == '"')
			quoted = !quoted;
	}
	return !quoted;
}

/* Lines that hold nothing for an ignore to be about. */
static bool is_passed_over(struct str line)
{
	struct str text = str_trim(line);

	return text.n == 0 || text.p[0] == '#' || str_is(text, "---");
}

struct comment_scan {
	struct arena *arena;
	const struct reported *reported;
	struct inline_list *list;
	struct str text;
	uint32_t line; /* number of the line at `offset` */
	size_t offset;
	uint32_t last_line; /* of the object; found when first needed */
};

static struct str line_at(struct str text, size_t offset, size_t *next)
{
	size_t end = str_find_char(text, '\n', offset);

	*next = end == STR_NOT_FOUND ? text.n : end + 1;
	return str_slice(text, offset, end == STR_NOT_FOUND ? text.n : end);
}

/* The first line below a comment that stands alone which is not passed over; 0 when there is none. */
static uint32_t line_below(struct str text, size_t offset, uint32_t line)
{
	while (offset < text.n) {
		struct str content = line_at(text, offset, &offset);

		line++;
		if (!is_passed_over(content))
			return line;
	}
	return 0;
}

static uint32_t last_line_of(const struct value *v, int depth)
{
	uint32_t last = v->line;

	for (size_t i = 0; depth > 0 && i < value_count(v); i++) {
		uint32_t line = last_line_of(value_at(v, i), depth - 1);

		if (line > last)
			last = line;
	}
	return last;
}

/* A text may hold other objects too (a List): their comments are theirs. */
static bool is_within(struct comment_scan *scan, uint32_t line)
{
	if (scan->last_line == 0)
		scan->last_line = last_line_of(scan->reported->object, SEARCH_DEPTH);
	return line >= scan->reported->line && line <= scan->last_line;
}

static void take_comment(struct comment_scan *scan, struct str line, size_t hash, size_t body, size_t next)
{
	bool alone = is_blank(str_slice(line, 0, hash));
	uint32_t target = alone ? line_below(scan->text, next, scan->line) : scan->line;
	struct value *at;
	struct inline_ignore *item;

	if (!is_within(scan, target))
		return;
	at = ARENA_NEW(scan->arena, struct value);
	*at = value_make_str(str_trim(str_skip(line, hash)));
	at->line = scan->line;
	at->column = (uint16_t)(hash < UINT16_MAX ? hash + 1 : UINT16_MAX);
	at->source = scan->reported->source;
	item = ARENA_PUSH(scan->arena, scan->list->items, scan->list->count, scan->list->capacity);
	*item = (struct inline_ignore){ .at = at, .what = "comment", .line = target };
	ignore_parse(scan->arena, str_skip(line, body), &item->ignore);
}

/* The offset behind "# biro:ignore" when the line has it as a comment; *hash is where it begins. */
static size_t find_comment(struct str line, size_t *hash)
{
	size_t word = str_find(line, STR(COMMENT), 0), end = word + sizeof(COMMENT) - 1;

	if (word == STR_NOT_FOUND || !line.p)
		return STR_NOT_FOUND;
	*hash = word;
	while (*hash > 0 && (line.p[*hash - 1] == ' ' || line.p[*hash - 1] == '\t'))
		--*hash;
	if (*hash == 0 || line.p[*hash - 1] != '#')
		return STR_NOT_FOUND;
	--*hash;
	if (end < line.n && line.p[end] == ':')
		end++;
	if (end < line.n && line.p[end] != ' ' && line.p[end] != '\t' && line.p[end] != '\r')
		return STR_NOT_FOUND;
	return begins_comment(line, *hash) ? end : STR_NOT_FOUND;
}

static bool has_comments(struct str text, struct ignore_memo *memo)
{
	if (!memo)
		return str_contains(text, STR(COMMENT));
	if (memo->text != text.p || memo->length != text.n)
		*memo = (struct ignore_memo){ text.p, text.n, str_contains(text, STR(COMMENT)) };
	return memo->has_comments;
}

static void add_comments(struct arena *arena, struct ignore_memo *memo, const struct reported *reported,
			 struct inline_list *list)
{
	const struct source *source = reported->source;
	struct comment_scan scan = { arena, reported, list };
	size_t next;

	if (!source || !has_comments(source->text, memo))
		return;
	scan.text = source->text;
	scan.line = source->first_line ? source->first_line : 1;
	for (; scan.offset < scan.text.n; scan.offset = next, scan.line++) {
		struct str line = line_at(scan.text, scan.offset, &next);
		size_t hash, body = find_comment(line, &hash);

		if (body != STR_NOT_FOUND)
			take_comment(&scan, line, hash, body, next);
	}
}

static bool is_at(const struct reported *reported, const struct result *result, uint32_t line)
{
	return line == 0 || report_place(reported, result).line == line || (result->at && result->at->line == line);
}

static size_t apply_inline(struct arena *arena, const struct reported *reported, const struct inline_ignore *item,
			   struct result_list *results)
{
	size_t hidden = 0;

	for (size_t i = 0; i < results->count; i++) {
		struct result *result = &results->items[i];
		struct ignore_names names;

		if (!can_be_ignored(result) || !is_at(reported, result, item->line))
			continue;
		ignore_names(arena, result, &names);
		for (size_t k = 0; k < item->ignore.target_count; k++)
			if (ignore_names_match(&names, item->ignore.targets[k])) {
				ignore_hide(arena, result, place_text(arena, item->what, value_place(item->at)),
					    item->ignore.reason, item->ignore.until);
				hidden++;
				break;
			}
	}
	return hidden;
}

static struct str join_targets(struct arena *arena, const struct ignore *ignore)
{
	struct str text = ignore->targets[0];

	for (size_t i = 1; i < ignore->target_count; i++)
		text = str_format(arena, STR_FMT ", " STR_FMT, STR_ARG(text), STR_ARG(ignore->targets[i]));
	return text;
}

size_t ignore_apply(const struct ignoring *ignoring, struct ignore_memo *memo, struct arena *arena,
		    const struct reported *reported, struct result_list *results)
{
	struct inline_list list = { 0 };
	size_t hidden;

	if (!reported->object)
		return 0;
	if (!ignoring->entries_only) {
		add_annotation(arena, reported, &list);
		add_comments(arena, memo, reported, &list);
	}
	hidden = apply_entries(ignoring, arena, reported, results);
	for (size_t i = 0; i < list.count; i++) {
		const struct inline_ignore *item = &list.items[i];

		if (item->ignore.problem.n)
			add_invalid(arena, results, item->at, item->ignore.problem);
		else if (ignore_expired(item->ignore.until, ignoring->today))
			add_expired(arena, results, item->at, join_targets(arena, &item->ignore), item->ignore.until);
		else if (ignoring->require_reason && item->ignore.reason.n == 0)
			add_invalid(arena, results, item->at, NO_REASON);
		else
			hidden += apply_inline(arena, reported, item, results);
	}
	return hidden;
}
