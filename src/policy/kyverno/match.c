/*
 * Which resources a rule or an exception is about: match and exclude.
 *
 * Semantics: Kyverno v1.19 pkg/engine/utils/match.go and exceptions.go, pkg/utils/match, pkg/utils/kube/kind.go.
 */
#include "policy/kyverno/engine.h"

#include "data/glob.h"
#include "kube/selector.h"
#include "policy/trace.h"

/* A wildcard that knows whether it is one: most are plain text or "*". */
struct text_test {
	struct str text;
	enum { TEXT_LITERAL, TEXT_ANY, TEXT_GLOB } how;
};

struct text_list {
	struct text_test *items;
	size_t count;
};

struct kind_test {
	struct text_test group, version, kind, subresource;
};

struct text_pair {
	struct text_test key, value;
};

struct text_pairs {
	struct text_pair *items;
	size_t count;
};

/* matchLabels with wildcards are tested one by one, all the rest is an ordinary selector. */
struct label_test {
	struct text_pairs wildcards;
	const struct selector *selector;
};

/* One block: everything that is given must hold; within a list one item is enough. */
struct filter {
	struct kind_test *kinds;
	size_t kind_count;
	bool has_name;
	struct text_test name;
	struct text_list names, namespaces, operations;
	struct text_pairs annotations;
	const struct label_test *selector, *namespace_selector;
	const struct value *roles, *cluster_roles, *subjects;
	bool any_kind;                          /* "*" is one of the kinds */
	bool has_description, has_user;
	const struct value *at;
};

struct match {
	struct filter *any, *all;
	size_t any_count, all_count;
	struct filter plain;
};

/* -- loading ------------------------------------------------------------------------------------------------------- */

static struct text_test text_test_of(struct str text)
{
	struct text_test test = { text, TEXT_LITERAL };

	if (str_is(text, "*"))
		test.how = TEXT_ANY;
	else if (glob_is_pattern(text))
		test.how = TEXT_GLOB;
	return test;
}

static inline bool text_holds(const struct text_test *test, struct str text)
{
	switch (test->how) {
	case TEXT_LITERAL:
		return str_equal(test->text, text);
	case TEXT_ANY:
		return true;
	default:
		return glob_match(test->text, text);
	}
}

static bool text_list_holds(const struct text_list *list, struct str text)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_holds(&list->items[i], text))
			return true;
	return false;
}

static int text_list_load(struct loader_context *load, const struct value *list, const char *what,
			  struct text_list *out)
{
	*out = (struct text_list){ 0 };
	if (value_is_null(list))
		return 0;
	if (!value_is(list, VALUE_ARRAY))
		return error_set_at(load->err, ERROR_INVALID, value_place(list), "%s must be a list of strings, not %s",
				    what, value_type_name(list));
	out->items = arena_array(load->arena, list->length, sizeof(*out->items));
	for (VALUE_EACH(item, list)) {
		if (!value_is(item, VALUE_STRING))
			return error_set_at(load->err, ERROR_INVALID, value_place(item), "%s must hold strings, not %s",
					    what, value_type_name(item));
		out->items[out->count++] = text_test_of(value_str(item));
	}
	return 0;
}

/* "v1", "v1beta2", "v2alpha1" or "*": what Kyverno takes for a version in a kind. */
static bool is_version(struct str text)
{
	size_t i = 2;

	if (str_is(text, "*"))
		return true;
	if (text.n < 2 || text.p[0] != 'v' || text.p[1] < '0' || text.p[1] > '9')
		return false;
	if (text.n == 2)
		return true;
	if (str_starts_with(str_skip(text, 2), STR("alpha")))
		i += 5;
	else if (str_starts_with(str_skip(text, 2), STR("beta")))
		i += 4;
	else
		return false;
	return i + 1 == text.n && text.p[i] >= '0' && text.p[i] <= '9';
}

static bool is_lower(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] >= 'A' && text.p[i] <= 'Z')
			return false;
	return true;
}

/* Cuts "group/version/Kind.sub" at '/', and the last part also at '.'. More than `most` parts give most + 1. */
static size_t kind_parts(struct str text, struct str *parts, size_t most)
{
	size_t count = 0;
	struct str head, rest = text;

	while (str_cut(rest, '/', &head, &rest)) {
		if (count == most)
			return most + 1;
		parts[count++] = head;
	}
	rest = head;
	for (bool more = true; more;) {
		if (count == most)
			return most + 1;
		more = str_cut(rest, '.', &parts[count++], &rest);
	}
	return count;
}

/* ParseKindSelector. */
struct kind_pattern kind_pattern_parse(struct arena *arena, struct str text)
{
	const struct str any = STR("*"), none = STR("");
	struct str parts[4];

	switch (kind_parts(text, parts, 4)) {
	case 1:
		return (struct kind_pattern){ any, any, parts[0], none };
	case 2:
		if (str_is(parts[0], "*") && str_is(parts[1], "*"))
			return (struct kind_pattern){ any, any, any, any };
		if (str_is(parts[0], "*") && is_lower(parts[1]))
			return (struct kind_pattern){ any, any, parts[0], parts[1] };
		if (is_version(parts[0]))
			return (struct kind_pattern){ any, parts[0], parts[1], none };
		return (struct kind_pattern){ any, any, parts[0], parts[1] };
	case 3:
		if (is_version(parts[0]))
			return (struct kind_pattern){ any, parts[0], parts[1], parts[2] };
		return (struct kind_pattern){ parts[0], parts[1], parts[2], none };
	case 4:
		return (struct kind_pattern){ parts[0], parts[1], parts[2], parts[3] };
	default:
		return (struct kind_pattern){ none, none, none, none };
	}
}

static int kinds_load(struct loader_context *load, const struct value *list, struct filter *filter)
{
	struct text_list names;

	if (text_list_load(load, list, "kinds", &names) < 0)
		return -1;
	filter->kinds = arena_array(load->arena, names.count, sizeof(*filter->kinds));
	filter->kind_count = names.count;
	for (size_t i = 0; i < names.count; i++) {
		struct kind_pattern kind = kind_pattern_parse(load->arena, names.items[i].text);

		filter->kinds[i] = (struct kind_test){ text_test_of(kind.group), text_test_of(kind.version),
						       text_test_of(kind.kind), text_test_of(kind.subresource) };
		if (str_is(names.items[i].text, "*"))
			filter->any_kind = true;
	}
	return 0;
}

static int pairs_load(struct loader_context *load, const struct value *object, const char *what, struct text_pairs *out)
{
	*out = (struct text_pairs){ 0 };
	if (value_is_null(object))
		return 0;
	if (!value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object), "%s must be an object, not %s", what,
				    value_type_name(object));
	out->items = arena_array(load->arena, object->length, sizeof(*out->items));
	for (MEMBER_EACH(m, object)) {
		if (!value_is(&m->value, VALUE_STRING))
			return error_set_at(load->err, ERROR_INVALID, value_place(&m->value),
					    "%s must be strings, not %s (quote it)", what, value_type_name(&m->value));
		out->items[out->count++] =
			(struct text_pair){ text_test_of(value_str(&m->key)), text_test_of(value_str(&m->value)) };
	}
	return 0;
}

static int label_test_load(struct loader_context *load, const struct value *selector, const struct label_test **out)
{
	struct label_test *test;
	struct object_builder exact = { 0 }, rest = { 0 };
	struct text_pairs labels;

	*out = NULL;
	if (value_is_null(selector))
		return 0;
	if (!value_is(selector, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(selector),
				    "a label selector must be an object, not %s", value_type_name(selector));
	if (pairs_load(load, value_field(selector, "matchLabels"), "matchLabels", &labels) < 0)
		return -1;
	test = ARENA_NEW(load->arena, struct label_test);
	test->wildcards.items = arena_array(load->arena, labels.count, sizeof(*test->wildcards.items));
	for (size_t i = 0; i < labels.count; i++) {
		const struct text_pair *pair = &labels.items[i];

		if (pair->key.how != TEXT_LITERAL || pair->value.how != TEXT_LITERAL)
			test->wildcards.items[test->wildcards.count++] = *pair;
		else
			object_put(load->arena, &exact, pair->key.text, value_of_str(load->arena, pair->value.text));
	}
	object_put(load->arena, &rest, STR("matchLabels"), object_finish(load->arena, &exact));
	if (!value_is_null(value_field(selector, "matchExpressions")))
		object_put(load->arena, &rest, STR("matchExpressions"), value_field(selector, "matchExpressions"));
	test->selector = selector_compile(load->arena, object_finish(load->arena, &rest), load->err);
	if (!test->selector) {
		if (load->err && *load->err)
			error_locate(*load->err, value_place(selector));
		return -1;
	}
	*out = test;
	return 0;
}

static bool has_items(const struct value *list)
{
	return value_is(list, VALUE_ARRAY) && list->length > 0;
}

static int description_load(struct loader_context *load, const struct value *object, struct filter *filter)
{
	struct str name = value_str(value_field(object, "name"));

	if (object && !value_is_null(object) && !value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object),
				    "resources must be an object, not %s", value_type_name(object));
	if (kinds_load(load, value_field(object, "kinds"), filter) < 0 ||
	    text_list_load(load, value_field(object, "names"), "names", &filter->names) < 0 ||
	    text_list_load(load, value_field(object, "namespaces"), "namespaces", &filter->namespaces) < 0 ||
	    text_list_load(load, value_field(object, "operations"), "operations", &filter->operations) < 0 ||
	    pairs_load(load, value_field(object, "annotations"), "annotations", &filter->annotations) < 0 ||
	    label_test_load(load, value_field(object, "selector"), &filter->selector) < 0 ||
	    label_test_load(load, value_field(object, "namespaceSelector"), &filter->namespace_selector) < 0)
		return -1;
	filter->has_name = name.n > 0;
	filter->name = text_test_of(name);
	filter->has_description = filter->kind_count || filter->has_name || filter->names.count ||
				  filter->namespaces.count || filter->operations.count || filter->annotations.count ||
				  filter->selector || filter->namespace_selector;
	return 0;
}

/* `user` holds subjects, roles, clusterRoles; `description` the resources. */
static int filter_load(struct loader_context *load, const struct value *object, struct filter *filter)
{
	*filter = (struct filter){ .at = object };
	if (value_is_null(object))
		return 0;
	if (!value_is(object, VALUE_OBJECT))
		return error_set_at(load->err, ERROR_INVALID, value_place(object),
				    "a match or exclude block must be an object, not %s", value_type_name(object));
	if (has_items(value_field(object, "roles")))
		filter->roles = value_field(object, "roles");
	if (has_items(value_field(object, "clusterRoles")))
		filter->cluster_roles = value_field(object, "clusterRoles");
	if (has_items(value_field(object, "subjects")))
		filter->subjects = value_field(object, "subjects");
	filter->has_user = filter->roles || filter->cluster_roles || filter->subjects;
	return description_load(load, value_field(object, "resources"), filter);
}

static int filters_load(struct loader_context *load, const struct value *list, struct filter **out, size_t *count)
{
	*count = 0;
	if (value_is_null(list))
		return 0;
	if (!value_is(list, VALUE_ARRAY))
		return error_set_at(load->err, ERROR_INVALID, value_place(list), "any and all must be lists, not %s",
				    value_type_name(list));
	*out = arena_array(load->arena, list->length, sizeof(**out));
	for (VALUE_EACH(item, list))
		if (filter_load(load, item, &(*out)[(*count)++]) < 0)
			return -1;
	return 0;
}

int match_load(struct loader_context *load, const struct value *object, const struct match **out)
{
	struct match *match = ARENA_NEW(load->arena, struct match);

	*out = match;
	if (filters_load(load, value_field(object, "any"), &match->any, &match->any_count) < 0 ||
	    filters_load(load, value_field(object, "all"), &match->all, &match->all_count) < 0)
		return -1;
	return filter_load(load, object, &match->plain);
}

static bool filter_kinds(struct arena *arena, const struct filter *filter, struct kind_pattern **kinds, size_t *count,
			 size_t *capacity)
{
	for (size_t i = 0; i < filter->kind_count; i++) {
		const struct kind_test *kind = &filter->kinds[i];

		*ARENA_PUSH(arena, *kinds, *count, *capacity) = (struct kind_pattern){
			kind->group.text, kind->version.text, kind->kind.text, kind->subresource.text };
	}
	return filter->kind_count > 0;
}

bool match_kinds(struct arena *arena, const struct match *match, struct kind_pattern **kinds, size_t *count,
		 size_t *capacity)
{
	bool limited = true, some = false;

	if (!match->any_count && !match->all_count)
		return filter_kinds(arena, &match->plain, kinds, count, capacity);
	for (size_t i = 0; i < match->any_count; i++)
		limited &= filter_kinds(arena, &match->any[i], kinds, count, capacity);
	if (match->any_count)
		return limited;
	for (size_t i = 0; i < match->all_count; i++)
		some |= filter_kinds(arena, &match->all[i], kinds, count, capacity);
	return some;
}

/* -- judging ------------------------------------------------------------------------------------------------------- */

static bool kind_holds(const struct filter *filter, const struct match_subject *subject)
{
	for (size_t i = 0; i < filter->kind_count; i++) {
		const struct kind_test *test = &filter->kinds[i];

		if (!text_holds(&test->kind, subject->kind.kind) || !text_holds(&test->group, subject->kind.group) ||
		    !text_holds(&test->version, subject->kind.version))
			continue;
		if (text_holds(&test->subresource, subject->subresource))
			return true;
		/* A rule for Pods is also one for their ephemeral containers. */
		if (str_is(subject->subresource, "ephemeralcontainers") && str_is(subject->kind.kind, "Pod") &&
		    subject->kind.group.n == 0 && str_is(subject->kind.version, "v1"))
			return true;
	}
	return false;
}

static bool pair_holds(const struct text_pair *pair, const struct value *map)
{
	for (MEMBER_EACH(m, map))
		if (text_holds(&pair->key, value_str(&m->key)) && text_holds(&pair->value, value_str(&m->value)))
			return true;
	return false;
}

static bool pairs_hold(const struct text_pairs *pairs, const struct value *map)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!pair_holds(&pairs->items[i], map))
			return false;
	return true;
}

static bool labels_hold(const struct label_test *test, const struct value *labels)
{
	return pairs_hold(&test->wildcards, labels) && selector_matches(test->selector, labels);
}

bool match_selector(struct arena *arena, const struct value *selector, const struct value *labels)
{
	struct loader_context load = { .arena = arena };
	const struct label_test *test;

	return label_test_load(&load, selector, &test) == 0 && test && labels_hold(test, labels);
}

static bool lists_meet(const struct value *wanted, const struct value *given)
{
	for (VALUE_EACH(want, wanted))
		for (VALUE_EACH(have, given))
			if (str_equal(value_str(want), value_str(have)))
				return true;
	return false;
}

static bool subject_is(struct arena *arena, const struct value *subject, struct str user, const struct value *groups)
{
	struct str kind = value_str(value_field(subject, "kind")), name = value_str(value_field(subject, "name"));

	if (str_is(kind, "User"))
		return glob_match(name, user);
	if (str_is(kind, "ServiceAccount")) {
		struct str space = value_str(value_field(subject, "namespace"));

		return glob_match(
			str_format(arena, "system:serviceaccount:" STR_FMT ":" STR_FMT, STR_ARG(space), STR_ARG(name)),
			user);
	}
	if (str_is(kind, "Group"))
		for (VALUE_EACH(group, groups))
			if (glob_match(name, value_str(group)))
				return true;
	return false;
}

static bool user_holds(const struct filter *filter, const struct match_subject *subject)
{
	struct str user = value_str(value_field(subject->user, "username"));
	const struct value *groups = value_field(subject->user, "groups");
	bool found = false;

	if (filter->roles && !lists_meet(filter->roles, subject->roles))
		return false;
	if (filter->cluster_roles && !lists_meet(filter->cluster_roles, subject->cluster_roles))
		return false;
	if (!filter->subjects)
		return true;
	for (VALUE_EACH(item, filter->subjects))
		found = found || subject_is(subject->arena, item, user, groups);
	return found;
}

static bool namespace_holds(const struct filter *filter, const struct match_subject *subject)
{
	bool is_namespace = str_is(value_str(value_field(subject->object, "kind")), "Namespace");

	return text_list_holds(&filter->namespaces, is_namespace ? object_name(subject->object) : subject->namespace);
}

/* The first thing that does not hold, for people; NULL when everything does. */
static const char *description_misses(const struct filter *filter, const struct match_subject *subject, bool exception)
{
	if (filter->operations.count && !exception &&
	    !text_list_holds(&filter->operations, str_of(operation_names[subject->operation])))
		return "operations";
	if (filter->kind_count && !kind_holds(filter, subject))
		return "kinds";
	if (filter->has_name && !text_holds(&filter->name, subject->name))
		return "name";
	if (filter->names.count && !text_list_holds(&filter->names, subject->name))
		return "names";
	if (filter->namespaces.count && !namespace_holds(filter, subject))
		return "namespaces";
	if (filter->annotations.count && !pairs_hold(&filter->annotations, subject->annotations))
		return "annotations";
	if (filter->selector && !labels_hold(filter->selector, subject->labels))
		return "selector";
	if (filter->namespace_selector) {
		struct str kind = value_str(value_field(subject->object, "kind"));

		/* A Namespace is in no namespace: rules do not match it, exceptions do not look. */
		if (str_is(kind, "Namespace"))
			return exception ? NULL : "namespaceSelector";
		if ((kind.n || (filter->any_kind && !exception)) &&
		    !labels_hold(filter->namespace_selector, subject->namespace_labels))
			return "namespaceSelector";
	}
	return NULL;
}

static bool filter_holds(const struct filter *filter, const struct match_subject *subject, bool exclude)
{
	/* When nothing is known of who asks, match looks at the resource alone; exclude does not. */
	bool with_user = filter->has_user && (exclude || subject->has_user);
	const char *missed;

	if (!filter->has_description && !with_user)
		return false;
	missed = description_misses(filter, subject, false);
	if (!missed && with_user && !user_holds(filter, subject))
		missed = "subjects or roles";
	if (subject->trace)
		trace_step(subject->trace, TRACE_MATCH, !missed, subject->object, filter->at, "%s: %s%s",
			   exclude ? "exclude" : "match", missed ? "no, by " : "yes", missed ? missed : "");
	return !missed;
}

bool match_holds(const struct match *match, const struct match_subject *subject)
{
	if (match->any_count) {
		for (size_t i = 0; i < match->any_count; i++)
			if (filter_holds(&match->any[i], subject, false))
				return true;
		return false;
	}
	if (match->all_count) {
		for (size_t i = 0; i < match->all_count; i++)
			if (!filter_holds(&match->all[i], subject, false))
				return false;
		return true;
	}
	return filter_holds(&match->plain, subject, false);
}

bool match_excludes(const struct match *match, const struct match_subject *subject)
{
	if (match->any_count) {
		for (size_t i = 0; i < match->any_count; i++)
			if (filter_holds(&match->any[i], subject, true))
				return true;
		return false;
	}
	if (match->all_count) {
		for (size_t i = 0; i < match->all_count; i++)
			if (!filter_holds(&match->all[i], subject, true))
				return false;
		return true;
	}
	return filter_holds(&match->plain, subject, true);
}

static bool exception_filter_holds(const struct filter *filter, const struct match_subject *subject)
{
	return (filter->has_description || filter->has_user) && !description_misses(filter, subject, true) &&
	       user_holds(filter, subject);
}

bool match_holds_for_exception(const struct match *match, const struct match_subject *subject)
{
	if (match->any_count) {
		for (size_t i = 0; i < match->any_count; i++)
			if (exception_filter_holds(&match->any[i], subject))
				return true;
		return false;
	}
	for (size_t i = 0; i < match->all_count; i++)
		if (!exception_filter_holds(&match->all[i], subject))
			return false;
	return match->all_count > 0;
}
