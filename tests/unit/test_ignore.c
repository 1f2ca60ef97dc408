#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/baseline.h"
#include "report/ignore.h"
#include "report/ignore_text.h"
#include "report_fixture.h"

#define TODAY STR("2026-05-04")

/* -- the grammar
 * --------------------------------------------------------------------------------------------------------- */

static void ignores_are_parsed(void **state)
{
	static const struct {
		const char *text, *targets, *until, *reason, *problem;
	} cases[] = {
		{ "rule", "rule", "", "", "" },
		{ "rule, policy/rule; until=2026-12-31; reason=see OPS-12", "rule|policy/rule", "2026-12-31",
		  "see OPS-12", "" },
		{ "rule until=2024-02-29 reason=see #12; really", "rule", "2024-02-29", "see #12; really", "" },
		{ "rule reason=because it is until=2026-01-01", "rule", "2026-01-01", "because it is", "" },
		{ "rule reason=\"quoted until=2020-01-01\" until=2026-01-01", "rule", "2026-01-01",
		  "quoted until=2020-01-01", "" },
		{ "reason='no devices' \"a rule with blanks\" b*", "a rule with blanks|b*", "", "no devices", "" },
		{ "*", "*", "", "", "" },
		{ "a\tb,,c ; d", "a|b|c|d", "", "", "" },
		{ "rule # not part of it", "rule", "", "", "" },
		{ "rule reason=", "rule", "", "", "" },
		{ "", "", "", "", "names no rule" },
		{ "until=2026-01-01", "", "2026-01-01", "", "names no rule" },
		{ "rule until=tomorrow", "rule", "tomorrow", "", "\"tomorrow\" is no date" },
		{ "rule until=2026-02-29", "rule", "2026-02-29", "", "is no date" },
		{ "rule until=2026-13-01", "rule", "2026-13-01", "", "is no date" },
		{ "rule until=", "rule", "", "", "is no date" },
		{ "rule until=2026-01-01 until=2027-01-01", "rule", "2027-01-01", "", "given twice" },
		{ "rule untill=2026-01-01", "rule|untill=2026-01-01", "", "", "unknown \"untill=\"" },
		{ "\"rule", "rule", "", "", "not closed" },
		{ "rule reason=\"open", "rule", "", "open", "not closed" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct ignore ignore;
		struct str targets = STR("");

		ignore_parse(arena, str_of(cases[i].text), &ignore);
		for (size_t k = 0; k < ignore.target_count; k++)
			targets = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(targets), k ? "|" : "",
					     STR_ARG(ignore.targets[k]));
		if (!str_equal(targets, str_of(cases[i].targets)) || !str_equal(ignore.until, str_of(cases[i].until)) ||
		    !str_equal(ignore.reason, str_of(cases[i].reason)) ||
		    !str_contains(ignore.problem, str_of(cases[i].problem)) ||
		    (ignore.problem.n > 0) != (cases[i].problem[0] != '\0'))
			fail_msg("\"%s\": targets \"%.*s\", until \"%.*s\", reason \"%.*s\", problem \"%.*s\"",
				 cases[i].text, STR_ARG(targets), STR_ARG(ignore.until), STR_ARG(ignore.reason),
				 STR_ARG(ignore.problem));
	}
}

static void findings_go_by_several_names(void **state)
{
	static const struct {
		const char *target;
		bool matches;
	} cases[] = {
		{ "check", true },
		{ "autogen-check", true },
		{ "p", true },
		{ "p/check", true },
		{ "p/autogen-check", true },
		{ "n/p", true },
		{ "n/p/check", true },
		{ "*", true },
		{ "p/*", true },
		{ "ch?ck", true },
		{ "n/*", true },
		{ "checks", false },
		{ "q/check", false },
		{ "p/", false },
		{ "n", false },
		{ "P", false },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct result result = { .policy = STR("p"), .policy_namespace = STR("n"), .rule = STR("autogen-check") };
	struct ignore_names names;

	ignore_names(arena, &result, &names);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (ignore_names_match(&names, str_of(cases[i].target)) != cases[i].matches)
			fail_msg("%s", cases[i].target);
}

/* -- annotations and comments
 * ---------------------------------------------------------------------------------------------- */

static struct str property(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->property_count; i++)
		if (str_equal(result->properties[i].name, str_of(name)))
			return result->properties[i].value;
	return STR_NULL;
}

static const struct result *find(const struct fixture *fixture, const char *rule)
{
	for (size_t i = 0; i < fixture->results.count; i++)
		if (str_equal(fixture->results.items[i].rule, str_of(rule)))
			return &fixture->results.items[i];
	return NULL;
}

static size_t apply(struct fixture *fixture, struct arena *arena, struct ignoring ignoring)
{
	struct ignore_memo memo = { 0 };
	size_t hidden;

	if (!ignoring.today.n)
		ignoring.today = TODAY;
	hidden = ignore_apply(&ignoring, &memo, arena, &fixture->reported, &fixture->results);
	fixture->reported.results = fixture->results.items;
	fixture->reported.count = fixture->results.count;
	return hidden;
}

static void an_annotation_hides(void **state)
{
	static const char text[] = "kind: Pod\nmetadata:\n  name: a\n  annotations:\n    biro.dev/ignore: |\n      "
				   "tag; until=2026-05-04; reason=mirror\n"
				   "      old, older; until=2026-05-03\n\n      broken until=soon\nspec: {}\n";
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;

	fixture_read(&fixture, arena, "a.yaml", 1, text);
	fixture_add(&fixture, arena, OUTCOME_FAIL, "p", "tag", "/spec", "m");
	fixture_add(&fixture, arena, OUTCOME_FAIL, "p", "old", "", "m");
	fixture_add(&fixture, arena, OUTCOME_WARN, "p", "broken", "", "m");
	fixture_add(&fixture, arena, OUTCOME_PASS, "q", "tag", "", "m");
	assert_int_equal(apply(&fixture, arena, (struct ignoring){ 0 }), 1);
	assert_int_equal(fixture.results.count, 6);
	assert_int_equal(fixture.results.items[0].outcome, OUTCOME_SKIP);
	assert_true(str_is(property(&fixture.results.items[0], "ignored-by"), "annotation a.yaml:5"));
	assert_true(str_is(property(&fixture.results.items[0], "ignored-result"), "fail"));
	assert_true(str_is(property(&fixture.results.items[0], "reason"), "mirror"));
	assert_true(str_is(property(&fixture.results.items[0], "until"), "2026-05-04"));
	assert_int_equal(fixture.results.items[1].outcome, OUTCOME_FAIL);
	assert_int_equal(fixture.results.items[2].outcome, OUTCOME_WARN);
	assert_int_equal(fixture.results.items[3].outcome, OUTCOME_PASS);
	assert_true(str_is(fixture.results.items[4].rule, "expired-ignore"));
	assert_true(str_is(fixture.results.items[4].policy, "biro"));
	assert_int_equal(fixture.results.items[4].outcome, OUTCOME_WARN);
	assert_true(str_contains(fixture.results.items[4].message, STR("old, older ended on 2026-05-03")));
	assert_int_equal(report_place(&fixture.reported, &fixture.results.items[4]).line, 5);
	assert_true(str_is(fixture.results.items[5].rule, "invalid-ignore"));
}

static void annotations_and_comments_can_be_switched_off(void **state)
{
	static const char text[] = "kind: Pod # biro:ignore tag\nmetadata:\n  annotations: {biro.dev/ignore: tag}\n";
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;

	fixture_read(&fixture, arena, "a.yaml", 1, text);
	fixture_add(&fixture, arena, OUTCOME_FAIL, "p", "tag", "/kind", "m");
	assert_int_equal(apply(&fixture, arena, (struct ignoring){ .entries_only = true }), 0);
	assert_int_equal(fixture.results.items[0].outcome, OUTCOME_FAIL);
	/* Without a reason it holds, unless reasons are required. */
	assert_int_equal(apply(&fixture, arena, (struct ignoring){ .require_reason = true }), 0);
	assert_int_equal(fixture.results.count, 3);
	assert_true(str_contains(fixture.results.items[1].message, STR("no reason")));
	fixture.results.count = 1;
	assert_int_equal(apply(&fixture, arena, (struct ignoring){ 0 }), 1);
}

static void comments_hide_what_is_on_their_line(void **state)
{
	static const char text[] = "# biro:ignore head reason=top\n" /* 101 */
				   "---\n"
				   "kind: Pod\n"
				   "spec:\n"
				   "  image: nginx  # biro:ignore tag reason=ours\n" /* 105 */
				   "  # biro:ignore below\n"
				   "  # another word\n"
				   "\n"
				   "  below: 1\n"
				   "  other: 1\n" /* 110 */
				   "  limits:   # biro:ignore block\n"
				   "    cpu: 1\n"
				   "  text: \"x # biro:ignore quoted\"\n"
				   "  glued: x# biro:ignore glued\n"
				   "  near: 1 # biro:ignored near\n" /* 115 */
				   "  colon: 1 # biro:ignore: colon\n"
				   "  empty: 1 # biro:ignore\n"
				   "  past: 1 # biro:ignore past until=2020-01-01\n";
	static const struct {
		const char *rule, *path;
		bool hidden;
	} cases[] = {
		{ "head", "", true },
		{ "tag", "/spec/image", true },
		{ "tag2", "/spec/image", false },
		{ "below", "/spec/below", true },
		{ "below", "/spec/other", false },
		{ "block", "/spec/limits", true },
		{ "block", "/spec/limits/cpu", false },
		{ "quoted", "/spec/text", false },
		{ "glued", "/spec/glued", false },
		{ "near", "/spec/near", false },
		{ "colon", "/spec/colon", true },
		{ "empty", "/spec/empty", false },
		{ "past", "/spec/past", false },
	};
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;
	const struct result *expired, *invalid;

	fixture_read(&fixture, arena, "a.yaml", 101, text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		fixture_add(&fixture, arena, OUTCOME_FAIL, "p", cases[i].rule, cases[i].path, "m");
	apply(&fixture, arena, (struct ignoring){ 0 });
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((fixture.results.items[i].outcome == OUTCOME_SKIP) != cases[i].hidden)
			fail_msg("%s at %s", cases[i].rule, cases[i].path);
	assert_true(str_is(property(&fixture.results.items[1], "ignored-by"), "comment a.yaml:105"));
	assert_true(str_is(property(&fixture.results.items[1], "reason"), "ours"));
	expired = find(&fixture, "expired-ignore");
	invalid = find(&fixture, "invalid-ignore");
	assert_non_null(expired);
	assert_non_null(invalid);
	assert_int_equal(report_place(&fixture.reported, expired).line, 118);
	assert_int_equal(report_place(&fixture.reported, expired).column, 11);
	assert_int_equal(report_place(&fixture.reported, invalid).line, 117);
	assert_int_equal(fixture.results.count, sizeof(cases) / sizeof(cases[0]) + 2);
}

/* Two objects in one text, as in a List: what is ignored in one is not reported for the other. */
static void comments_belong_to_the_object_they_stand_in(void **state)
{
	static const char text[] =
		"items:\n- kind: A # biro:ignore r until=2020-01-01\n- kind: B # biro:ignore r until=2020-01-01\n";
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;
	const struct value *items;

	fixture_read(&fixture, arena, "a.yaml", 1, text);
	items = value_field(fixture.reported.object, "items");
	for (size_t i = 0; i < 2; i++) {
		fixture.results = (struct result_list){ 0 };
		fixture.reported.object = &items->u.items[i];
		fixture.reported.line = items->u.items[i].line;
		apply(&fixture, arena, (struct ignoring){ 0 });
		assert_int_equal(fixture.results.count, 1);
		assert_int_equal(report_place(&fixture.reported, fixture.results.items).line, 2 + i);
	}
}

static void what_did_not_parse_cannot_be_ignored(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;

	fixture_read(&fixture, arena, "a.yaml", 1, "a: [ # biro:ignore *\n");
	assert_null(fixture.reported.object);
	assert_int_equal(apply(&fixture, arena, (struct ignoring){ 0 }), 0);
	assert_int_equal(fixture.results.items[0].outcome, OUTCOME_ERROR);
}

/* -- entries
 * --------------------------------------------------------------------------------------------------------------- */

static const struct ignore_entries *compile(struct arena *arena, struct source *source, const char *text,
					    struct error **err)
{
	const struct value *v;

	*source = (struct source){ STR("biro.yaml"), str_of(text), 1 };
	v = yaml_decode(arena, source, &decode_limits_default, NULL, err);
	assert_non_null(v);
	return ignore_entries_compile(arena, v, err);
}

static void entries_hide_what_meets_every_criterion(void **state)
{
	static const struct {
		const char *entries;
		bool hides;
	} cases[] = {
		{ "[]", false },
		{ "- policy: require-*", true },
		{ "- {policy: require-limits, rule: check}", true },
		{ "- {policy: require-limits, rule: autogen-check}", true },
		{ "- {policy: require-limits, rule: other}", false },
		{ "- policy: [x, require-limits]", true },
		{ "- kind: Deployment", true },
		{ "- kind: apps/v1/Deployment", true },
		{ "- kind: apps/Deployment", true },
		{ "- kind: batch/*", false },
		{ "- {kind: Deployment, namespace: web, name: 'shop-*'}", true },
		{ "- {kind: Deployment, namespace: prod}", false },
		{ "- selector: {matchLabels: {tier: test}}", true },
		{ "- selector: {matchExpressions: [{key: tier, operator: NotIn, values: [test]}]}", false },
		{ "- {policy: '*', until: 2026-05-04}", true },
		{ "- {policy: '*', until: 2026-05-03}", false },
		{ "- {policy: nothing}\n- {policy: require-limits, reason: x}", true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct source source;
		struct fixture fixture;
		struct error *err = NULL;
		const struct ignore_entries *entries = compile(arena, &source, cases[i].entries, &err);

		assert_non_null(entries);
		fixture_read(&fixture, arena, "a.yaml", 1,
			     "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop-1, namespace: web, labels: "
			     "{tier: test}}\n");
		fixture_add(&fixture, arena, OUTCOME_FAIL, "require-limits", "autogen-check", "", "m");
		if (apply(&fixture, arena, (struct ignoring){ .entries = entries }) != cases[i].hides)
			fail_msg("%s", cases[i].entries);
	}
}

static void expired_entries_are_reported_once(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct source source;
	struct error *err = NULL;
	struct result_list results = { 0 };
	struct reported none = { 0 };
	struct ignoring ignoring = { .today = TODAY };

	ignoring.entries = compile(
		arena, &source,
		"- {policy: a, until: 2020-01-01}\n- {rule: [b, c], reason: x}\n- {rule: d, until: 2030-01-01}\n",
		&err);
	ignore_entries_report(&ignoring, arena, &results);
	assert_int_equal(results.count, 1);
	assert_true(str_contains(results.items[0].message, STR("policy \"a\" ended on 2020-01-01")));
	assert_true(str_is(report_place(&none, results.items).file, "biro.yaml"));
	assert_int_equal(report_place(&none, results.items).line, 1);
	ignoring.require_reason = true;
	results.count = 0;
	ignore_entries_report(&ignoring, arena, &results);
	assert_int_equal(results.count, 3);
	/* Nothing expires when nobody says what day it is. */
	results.count = 0;
	ignoring = (struct ignoring){ .entries = ignoring.entries };
	ignore_entries_report(&ignoring, arena, &results);
	assert_int_equal(results.count, 0);
}

static void wrong_entries_are_refused(void **state)
{
	static const struct {
		const char *entries, *message;
		uint32_t line;
	} cases[] = {
		{ "a: b", "must be a list", 1 },
		{ "- a", "must be an object", 1 },
		{ "- policy: a\n- {}", "would hide everything", 2 },
		{ "- reason: x", "would hide everything", 1 },
		{ "- selector: {}", "would hide everything", 1 },
		{ "- policy: a\n  utnil: 2020-01-01", "did you mean \"until\"", 2 },
		{ "- policy: a\n  foo: 2020-01-01", "unknown key \"foo\"", 2 },
		{ "- policy: 1", "\"policy\" of an ignore must be a text", 1 },
		{ "- policy: []", "must be a text", 1 },
		{ "- policy: ['']", "must be a text", 1 },
		{ "- policy: a\n  until: soon", "must be a date", 2 },
		{ "- policy: a\n  until: 20260101", "must be a date", 2 },
		{ "- policy: a\n  selector: {matchExpressions: [{key: a, operator: Near}]}", "selector", 2 },
		{ "- policy: a\n  selector: x", "selector", 2 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		_cleanup_(error_freep) struct error *err = NULL;
		struct source source;

		assert_null(compile(arena, &source, cases[i].entries, &err));
		assert_non_null(err);
		if (!str_contains(str_of(err->message), str_of(cases[i].message)) || err->line != cases[i].line)
			fail_msg("%s: %u: %s", cases[i].entries, err->line, err->message);
	}
}

/* -- the baseline
 * ------------------------------------------------------------------------------------------------------------- */

static const char two_containers[] =
	"apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec:\n  containers:\n"
	"  - name: x\n    image: hunter2\n  - name: y\n    image: nginx\n";

static void add_findings(struct fixture *fixture, struct arena *arena)
{
	fixture_add(fixture, arena, OUTCOME_FAIL, "p", "tag", "/spec/containers/0/image",
		    "tag at /spec/containers/0/image");
	fixture_add(fixture, arena, OUTCOME_WARN, "p", "probes", "/spec/containers/0/livenessProbe", "m");
	fixture_add(fixture, arena, OUTCOME_ERROR, "p", "broken", "", "m");
	fixture_add(fixture, arena, OUTCOME_PASS, "p", "good", "", "m");
}

static struct str write_baseline(struct arena *arena, const struct fixture *fixture)
{
	struct baseline_builder builder = { .arena = arena }, other = { .arena = arena };
	struct buf out = { 0 };
	struct str text;

	baseline_add(&other, &fixture->reported);
	baseline_merge(&builder, &other);
	baseline_write(&builder, &out);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

static struct baseline *load(struct arena *arena, struct str text, struct error **err)
{
	struct source source = { STR("baseline.json"), text, 1 };

	return baseline_load(arena, &source, err);
}

static void a_baseline_hides_what_it_lists(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;
	struct baseline *baseline;
	struct error *err = NULL;
	struct str text;

	fixture_read(&fixture, arena, "a.yaml", 1, two_containers);
	add_findings(&fixture, arena);
	text = write_baseline(arena, &fixture);
	assert_false(str_contains(text, STR("hunter2")));
	assert_true(str_contains(text, STR("\"resource\":\"Pod/ns/a\"")));
	assert_true(str_contains(text, STR("\"count\":1")));
	baseline = load(arena, text, &err);
	assert_non_null(baseline);
	assert_int_equal(baseline_unmet(baseline), 2);
	assert_int_equal(baseline_apply(baseline, arena, &fixture.reported, &fixture.results), 2);
	assert_int_equal(baseline_unmet(baseline), 0);
	assert_true(str_is(property(&fixture.results.items[0], "ignored-by"), "baseline baseline.json"));
	assert_int_equal(fixture.results.items[2].outcome, OUTCOME_ERROR);
	/* The same finding once more is one too many. */
	fixture.results.items[0].outcome = OUTCOME_FAIL;
	assert_int_equal(baseline_apply(baseline, arena, &fixture.reported, &fixture.results), 0);
}

static void a_baseline_does_not_depend_on_the_order(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture a, b;
	struct result swap;

	fixture_read(&a, arena, "a.yaml", 1, two_containers);
	add_findings(&a, arena);
	add_findings(&a, arena);
	fixture_read(&b, arena, "elsewhere.yaml", 40, two_containers);
	add_findings(&b, arena);
	add_findings(&b, arena);
	swap = b.results.items[0];
	b.results.items[0] = b.results.items[5];
	b.results.items[5] = swap;
	assert_true(str_equal(write_baseline(arena, &a), write_baseline(arena, &b)));
	assert_true(str_contains(write_baseline(arena, &a), STR("\"count\":2")));
}

/* Whether a finding is hidden by the baseline of the first container's in two_containers. */
static void a_baseline_cannot_hide_what_is_new(void **state)
{
#define POD "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec:\n  containers:\n"
	static const struct {
		const char *what, *text, *rule, *path, *message;
		bool hidden;
	} cases[] = {
		{ "unchanged", two_containers, "tag", "/spec/containers/0/image", "tag at /spec/containers/0/image",
		  true },
		{ "another version of the API",
		  "apiVersion: v2\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec: {containers: [{name: x, image: "
		  "hunter2}]}",
		  "tag", "/spec/containers/0/image", "tag at /spec/containers/0/image", true },
		{ "reordered", POD "  - {name: y, image: nginx}\n  - {name: x, image: hunter2}\n", "tag",
		  "/spec/containers/1/image", "tag at /spec/containers/1/image", true },
		{ "another value", POD "  - {name: x, image: other}\n", "tag", "/spec/containers/0/image",
		  "tag at /spec/containers/0/image", false },
		{ "another container in its place", POD "  - {name: z, image: hunter2}\n", "tag",
		  "/spec/containers/0/image", "tag at /spec/containers/0/image", false },
		{ "the second container", two_containers, "tag", "/spec/containers/1/image",
		  "tag at /spec/containers/1/image", false },
		{ "another message", two_containers, "tag", "/spec/containers/0/image", "x", false },
		{ "another rule", two_containers, "tags", "/spec/containers/0/image", "tag at /spec/containers/0/image",
		  false },
		{ "another name",
		  "apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: ns}\nspec: {containers: [{name: x, image: "
		  "hunter2}]}",
		  "tag", "/spec/containers/0/image", "tag at /spec/containers/0/image", false },
		{ "another namespace",
		  "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: m}\nspec: {containers: [{name: x, image: "
		  "hunter2}]}",
		  "tag", "/spec/containers/0/image", "tag at /spec/containers/0/image", false },
		{ "another group",
		  "apiVersion: x/v1\nkind: Pod\nmetadata: {name: a, namespace: ns}\nspec: {containers: [{name: x, "
		  "image: hunter2}]}",
		  "tag", "/spec/containers/0/image", "tag at /spec/containers/0/image", false },
		{ "absent as before", POD "  - {name: x, image: other}\n", "probes", "/spec/containers/0/livenessProbe",
		  "m", true },
		{ "there now, but wrong", POD "  - {name: x, livenessProbe: {}}\n", "probes",
		  "/spec/containers/0/livenessProbe", "m", false },
		{ "absent in another one", two_containers, "probes", "/spec/containers/1/livenessProbe", "m", false },
	};
#undef POD

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct fixture before, now;
		struct baseline *baseline;

		fixture_read(&before, arena, "a.yaml", 1, two_containers);
		add_findings(&before, arena);
		baseline = load(arena, write_baseline(arena, &before), NULL);
		fixture_read(&now, arena, "a.yaml", 1, cases[i].text);
		fixture_add(&now, arena, str_is(str_of(cases[i].rule), "probes") ? OUTCOME_WARN : OUTCOME_FAIL, "p",
			    cases[i].rule, cases[i].path, cases[i].message);
		if (baseline_apply(baseline, arena, &now.reported, &now.results) != cases[i].hidden)
			fail_msg("%s", cases[i].what);
	}
}

static void expired_ignores_stay_out_of_baselines(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct fixture fixture;

	fixture_read(&fixture, arena, "a.yaml", 1, two_containers);
	fixture_add(&fixture, arena, OUTCOME_WARN, "biro", "expired-ignore", "", "m");
	assert_true(str_is(write_baseline(arena, &fixture), "{\"biro-baseline\": 1, \"findings\": [\n]}\n"));
}

static void broken_baselines_are_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{ "", "" },
		{ "[", "" },
		{ "{}", "not a baseline" },
		{ "{\"biro-baseline\": 1}", "not a baseline" },
		{ "{\"biro-baseline\": 2, \"findings\": []}", "format 2" },
		{ "{\"biro-baseline\": 1, \"findings\": [{}]}", "no fingerprint" },
		{ "{\"biro-baseline\": 1, \"findings\": [{\"fingerprint\": \"0123456789ABCDEF0123456789abcdef\", "
		  "\"count\": 1}]}",
		  "no fingerprint" },
		{ "{\"biro-baseline\": 1, \"findings\": [{\"fingerprint\": \"0123456789abcdef0123456789abcdef\"}]}",
		  "count" },
		{ "{\"biro-baseline\": 1, \"findings\": [{\"fingerprint\": \"0123456789abcdef0123456789abcdef\", "
		  "\"count\": 0}]}",
		  "count" },
		{ "{\"biro-baseline\": 1, \"findings\": [{\"fingerprint\": \"0123456789abcdef0123456789abcdef\", "
		  "\"count\": 1e30}]}",
		  "count" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		_cleanup_(error_freep) struct error *err = NULL;

		assert_null(load(arena, str_of(cases[i].text), &err));
		assert_non_null(err);
		assert_string_equal(err->file, "baseline.json");
		if (!str_contains(str_of(err->message), str_of(cases[i].message)))
			fail_msg("%s: %s", cases[i].text, err->message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ignores_are_parsed),
		cmocka_unit_test(findings_go_by_several_names),
		cmocka_unit_test(an_annotation_hides),
		cmocka_unit_test(annotations_and_comments_can_be_switched_off),
		cmocka_unit_test(comments_hide_what_is_on_their_line),
		cmocka_unit_test(comments_belong_to_the_object_they_stand_in),
		cmocka_unit_test(what_did_not_parse_cannot_be_ignored),
		cmocka_unit_test(entries_hide_what_meets_every_criterion),
		cmocka_unit_test(expired_entries_are_reported_once),
		cmocka_unit_test(wrong_entries_are_refused),
		cmocka_unit_test(a_baseline_hides_what_it_lists),
		cmocka_unit_test(a_baseline_does_not_depend_on_the_order),
		cmocka_unit_test(a_baseline_cannot_hide_what_is_new),
		cmocka_unit_test(expired_ignores_stay_out_of_baselines),
		cmocka_unit_test(broken_baselines_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
