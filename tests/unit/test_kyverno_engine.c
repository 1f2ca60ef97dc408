#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/yaml.h"
#include "policy/policy.h"
#include "policy/trace.h"

/* -- a small court: policies and one object in, "rule outcome: message" lines out --------------------------------- */

struct court {
	struct arena *arena;
	struct policy_set *set;
	struct lookup lookup;
	struct trace *trace;
	const struct value *user;
	enum operation operation;
	const struct value *old_object;
	uint64_t steps;
};

static const struct value *parse(struct arena *arena, const char *text)
{
	struct source *source = ARENA_NEW(arena, struct source);
	struct error *err = NULL;
	const struct value *v;

	*source = (struct source){ STR("test.yaml"), str_of(text), 1 };
	v = yaml_decode(arena, source, &decode_limits_default, NULL, &err);
	if (!v)
		fail_msg("%s", err->message);
	return v;
}

static int open_court(void **state)
{
	struct court *court = calloc(1, sizeof(*court));

	court->arena = arena_create();
	court->set = policy_set_create();
	*state = court;
	return 0;
}

static int close_court(void **state)
{
	struct court *court = *state;

	policy_set_destroy(court->set);
	arena_destroy(court->arena);
	free(court);
	return 0;
}

static void add(struct court *court, const char *text)
{
	struct error *err = NULL;

	if (policy_set_add(court->set, parse(court->arena, text), &err) != 1)
		fail_msg("not taken: %s", err ? err->message : "no policy");
}

static struct str refused(struct court *court, const char *text)
{
	struct error *err = NULL;
	struct str message;

	assert_int_equal(policy_set_add(court->set, parse(court->arena, text), &err), -1);
	message = error_text(court->arena, err);
	error_free(err);
	return message;
}

static void judge(struct court *court, const char *text, struct result_list *results)
{
	struct review review;

	assert_int_equal(policy_set_seal(court->set, NULL), 0);
	review_init(&review, court->arena, parse(court->arena, text));
	review.lookup = &court->lookup;
	review.user = court->user;
	review.trace = court->trace;
	review.budget.steps = court->steps;
	review.operation = court->operation;
	review.old_object = court->old_object;
	if (court->operation == OPERATION_DELETE) {
		review.old_object = review.object;
		review.object = NULL;
	}
	policy_set_judge(court->set, &review, results);
}

static const char *verdicts(struct court *court, const char *text)
{
	struct result_list results = { 0 };
	struct buf out = { 0 };
	const char *all;

	judge(court, text, &results);
	for (size_t i = 0; i < results.count; i++)
		buf_printf(&out, "%s" STR_FMT " %s: " STR_FMT, i ? "\n" : "", STR_ARG(results.items[i].rule),
			   outcome_names[results.items[i].outcome], STR_ARG(results.items[i].message));
	all = str_cstr(court->arena, buf_str(&out));
	buf_free(&out);
	return all;
}

#define POLICY(name) "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: " name "}\n"

static const char pod[] =
	"apiVersion: v1\n"
	"kind: Pod\n"
	"metadata: {name: web, namespace: shop, labels: {app: web, tier: front}, annotations: {team: blue}}\n"
	"spec:\n"
	"  hostNetwork: true\n"
	"  containers:\n"
	"  - {name: a, image: 'nginx:latest'}\n"
	"  - {name: b, image: 'ghcr.io/x/y@sha256:0000000000000000000000000000000000000000000000000000000000000000'}\n";

static const char deployment[] =
	"apiVersion: apps/v1\n"
	"kind: Deployment\n"
	"metadata: {name: web}\n"
	"spec:\n"
	"  replicas: 3\n"
	"  template:\n"
	"    metadata: {labels: {app: web}}\n"
	"    spec:\n"
	"      containers: [{name: a, image: nginx}]\n";

/* -- patterns and messages ----------------------------------------------------------------------------------------- */

static void patterns(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
	    "  rules:\n"
	    "  - name: labelled\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate:\n"
	    "      message: label app is required\n"
	    "      pattern: {metadata: {labels: {app: '?*'}}}\n"
	    "  - name: private\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate:\n"
	    "      message: '{{ request.object.metadata.name }} shares the network.'\n"
	    "      pattern: {spec: {=(hostNetwork): false}}\n"
	    "  - name: silent\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate:\n"
	    "      anyPattern:\n"
	    "      - {metadata: {labels: {app: shop}}}\n"
	    "      - {metadata: {labels: {tier: back}}}\n");
	assert_string_equal(verdicts(court, pod),
			    "labelled pass: validation rule 'labelled' passed.\n"
			    "private fail: validation error: web shares the network. rule private failed at path "
			    "/spec/hostNetwork/\n"
			    "silent fail: validation error: rule silent[0] failed at path /metadata/labels/app/ "
			    "rule silent[1] failed at path /metadata/labels/tier/");
}

static void places(void **state)
{
	struct court *court = *state;
	struct result_list results = { 0 };

	add(court, POLICY("p") "spec:\n"
	    "  rules:\n"
	    "  - name: private\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate: {pattern: {spec: {=(hostNetwork): false}}}\n"
	    "  - name: tagged\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate:\n"
	    "      foreach:\n"
	    "      - list: request.object.spec.containers\n"
	    "        deny: {conditions: {any: [{key: '{{ element.image }}', operator: Equals, value: '*@*'}]}}\n");
	judge(court, pod, &results);
	assert_int_equal(results.count, 2);
	assert_true(str_is(results.items[0].path, "/spec/hostNetwork"));
	assert_int_equal(results.items[0].at->line, 5);
	assert_true(str_is(results.items[1].path, "/spec/containers/1/image"));
	assert_int_equal(results.items[1].at->line, 8);
	assert_int_equal(results.items[1].policy_at->line, 9);
	assert_true(str_is(results.items[0].properties[0].name, "failureAction"));
	assert_true(str_is(results.items[0].properties[0].value, "Audit"));
}

/* -- match and exclude --------------------------------------------------------------------------------------------- */

#define MATCHES(match) POLICY("m") "spec:\n  rules:\n  - name: r\n    " match "\n    validate: {pattern: {kind: '*'}}\n"

static bool matches(const char *policy, const char *object)
{
	void *state = NULL;
	bool some;

	open_court(&state);
	add(state, policy);
	some = *verdicts(state, object) != '\0';
	close_court(&state);
	return some;
}

static void matching(void **state)
{
	assert_true(matches(MATCHES("match: {resources: {kinds: [v1/Pod]}}"), pod));
	assert_true(matches(MATCHES("match: {resources: {kinds: ['*/Pod']}}"), pod));
	assert_true(matches(MATCHES("match: {resources: {kinds: ['P?d']}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [apps/v1/Pod]}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [Pod/status]}}"), pod));
	assert_true(matches(MATCHES("match: {resources: {kinds: ['*'], names: ['w*']}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [Pod], name: 'x*'}}"), pod));
	assert_true(matches(MATCHES("match: {resources: {namespaces: ['sh?p']}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [Pod], namespaces: [default]}}"), pod));
	assert_true(
		matches(MATCHES("match: {any: [{resources: {kinds: [Service]}}, {resources: {kinds: [Pod]}}]}"), pod));
	assert_false(
		matches(MATCHES("match: {all: [{resources: {kinds: [Service]}}, {resources: {kinds: [Pod]}}]}"), pod));
	assert_true(matches(MATCHES("match: {resources: {kinds: [Pod], selector: {matchLabels: {app: web}}}}"), pod));
	assert_true(
		matches(MATCHES("match: {resources: {kinds: [Pod], selector: {matchLabels: {'a*': '?eb'}}}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [Pod], selector: {matchLabels: {'b*': '*'}}}}"), pod));
	assert_true(matches(MATCHES("match: {resources: {kinds: [Pod], annotations: {'t*': 'b*'}}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [Pod], annotations: {team: red}}}"), pod));
	assert_true(matches(MATCHES("match: {resources: {kinds: [Pod], operations: [CREATE]}}"), pod));
	assert_false(matches(MATCHES("match: {resources: {kinds: [Pod], operations: [DELETE]}}"), pod));
	/* Nothing is known of the user: match does not ask, exclude does. */
	assert_true(matches(MATCHES("match: {any: [{resources: {kinds: [Pod]}, clusterRoles: [admin]}]}"), pod));
	assert_true(matches(
		MATCHES("match: {resources: {kinds: [Pod]}}\n    exclude: {any: [{clusterRoles: [admin]}]}"), pod));
	assert_false(matches(
		MATCHES("match: {resources: {kinds: [Pod]}}\n    exclude: {any: [{resources: {names: [web]}}]}"), pod));
	assert_true(
		matches(MATCHES("match: {resources: {kinds: [Pod]}}\n"
				"    exclude: {all: [{resources: {names: [web]}}, {resources: {namespaces: [x]}}]}"),
			pod));
	assert_false(matches(MATCHES("match: {resources: {namespaceSelector: {matchLabels: {a: b}}}}"), pod));
}

static void users(void **state)
{
	struct court *court = *state;

	add(court, MATCHES("match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: ServiceAccount, namespace: ci, "
			   "name: 'run*'}]}]}"));
	court->user = parse(court->arena, "{username: 'system:serviceaccount:ci:runner'}");
	assert_string_equal(verdicts(court, pod), "r pass: validation rule 'r' passed.");
	court->user = parse(court->arena, "{username: jane, groups: [ci]}");
	assert_string_equal(verdicts(court, pod), "");
}

static void namespaced_policy(void **state)
{
	struct court *court = *state;

	add(court,
	    "apiVersion: kyverno.io/v2beta1\nkind: Policy\nmetadata: {name: p, namespace: shop}\nspec:\n"
	    "  rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {pattern: {kind: Pod}}}]\n");
	add(court,
	    "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: q, namespace: other}\nspec:\n"
	    "  rules: [{name: s, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {pattern: {kind: Pod}}}]\n");
	assert_string_equal(verdicts(court, pod), "r pass: validation rule 'r' passed.");
}

/* -- conditions ---------------------------------------------------------------------------------------------------- */

static void preconditions(void **state)
{
	struct court *court = *state;

	add(court,
	    POLICY("p") "spec:\n"
			"  rules:\n"
			"  - name: unmet\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    preconditions: {all: [{key: '{{ request.operation }}', operator: Equals, value: DELETE, "
			"message: only deletes}]}\n"
			"    validate: {pattern: {kind: x}}\n"
			"  - name: unknown\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    preconditions: [{key: '{{ request.object.spec.nope }}', operator: Equals, value: a}]\n"
			"    validate: {pattern: {kind: x}}\n"
			"  - name: absorbed\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    preconditions: {any: [{key: \"{{ request.object.spec.nope || 'a' }}\", operator: equals, "
			"value: a}]}\n"
			"    validate: {pattern: {kind: Pod}}\n");
	assert_string_equal(
		verdicts(court, pod),
		"unmet skip: preconditions not met; only deletes\n"
		"unknown error: failed to evaluate preconditions: failed to substitute variables in condition key: "
		"failed to "
		"resolve request.object.spec.nope at path : JMESPath query failed: Unknown key \"nope\" in path\n"
		"absorbed pass: validation rule 'absorbed' passed.");
}

static void denials(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
			       "  rules:\n"
			       "  - name: denied\n"
			       "    match: {resources: {kinds: [Pod]}}\n"
			       "    validate:\n"
			       "      message: not {{ request.object.metadata.name }}\n"
			       "      deny: {conditions: {any: [{key: a, operator: Equals, value: b, message: never},\n"
			       "                                {key: a, operator: Equals, value: a, message: 'in {{ "
			       "request.namespace }}'}]}}\n"
			       "  - name: allowed\n"
			       "    match: {resources: {kinds: [Pod]}}\n"
			       "    validate: {deny: {conditions: [{key: a, operator: Equals, value: b}]}}\n"
			       "  - name: always\n"
			       "    match: {resources: {kinds: [Pod]}}\n"
			       "    validate: {deny: {}}\n");
	assert_string_equal(verdicts(court, pod),
			    "denied fail: not web; in shop\n"
			    "allowed pass: validation rule 'allowed' passed.\n"
			    "always fail: validation error: rule always failed");
}

/* -- context ------------------------------------------------------------------------------------------------------- */

static void variables(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
	    "  rules:\n"
	    "  - name: r\n"
	    "    match: {resources: {kinds: [Pod]}}\n"
	    "    context:\n"
	    "    - {name: broken, variable: {jmesPath: request.object.nope}}\n"
	    "    - {name: names, variable: {jmesPath: 'request.object.spec.containers[].name'}}\n"
	    "    - {name: first, variable: {value: {one: '{{ names[0] }}'}, jmesPath: one}}\n"
	    "    - {name: other, variable: {jmesPath: request.object.nope, default: none}}\n"
	    "    validate:\n"
	    "      message: '{{ first }} {{ other }} {{ length(names) }} {{ images.containers.b.path }}'\n"
	    "      deny: {}\n"
	    "  - name: s\n"
	    "    match: {resources: {kinds: [Pod]}}\n"
	    "    context: [{name: broken, variable: {jmesPath: request.object.nope}}]\n"
	    "    validate: {deny: {conditions: {any: [{key: '{{ broken }}', operator: Equals, value: x}]}}}\n");
	assert_string_equal(verdicts(court, pod), "r fail: a none 2 x/y\n"
						  "s error: failed to check deny conditions: failed to substitute "
						  "variables in condition key: failed to resolve "
						  "broken at path : failed to apply jmespath request.object.nope to "
						  "variable <nil>: JMESPath query failed: "
						  "Unknown key \"nope\" in path");
}

static void values(void **state)
{
	struct court *court = *state;

	court->lookup.values = parse(court->arena,
		"globalValues: {request.mode: wet, request.object.metadata.labels.extra: yes please}\n"
		"namespaceSelector: [{name: shop, labels: {env: prod}}]\n"
		"policies:\n"
		"- name: p\n"
		"  resources: [{name: web, values: {request.mode: dry}}]\n"
		"  rules: [{name: r, values: {table.data.key: found}}]\n"
		"apiCallResponses: [{urlPath: /api/v1/pods/web, response: {body: {items: [1, 2]}}}]\n"
		"globalContextEntries: [{name: g, data: {a: {b: 7}}, projections: [{name: b, path: a.b}]}]\n");
	court->lookup.set = parse(court->arena, "{request.colour: blue}");
	add(court,
	    POLICY("p") "spec:\n"
			"  rules:\n"
			"  - name: r\n"
			"    match: {resources: {kinds: [Pod], namespaceSelector: {matchLabels: {env: 'pr*'}}}}\n"
			"    context:\n"
			"    - {name: table, configMap: {name: x, namespace: space}}\n"
			"    - {name: pods, apiCall: {urlPath: '/api/v1/pods/{{ request.object.metadata.name }}', "
			"jmesPath: 'items[1]'}}\n"
			"    - {name: glob, globalReference: {name: g.b}}\n"
			"    validate:\n"
			"      message: >-\n"
			"        {{ table.data.key }} {{ pods }} {{ glob }} {{ request.mode }} {{ request.colour }} {{ "
			"request.object.metadata.labels.extra }}\n"
			"      deny: {}\n");
	assert_string_equal(verdicts(court, pod), "r fail: found 2 7 dry blue yes please");
}

static void config_maps(void **state)
{
	struct court *court = *state;
	struct store *store = store_create(court->arena);

	store_put(store,
		  parse(court->arena,
			"{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: space}, data: {k: v}}"));
	court->lookup.store = store;
	add(court, POLICY("p") "spec:\n"
	    "  rules:\n"
	    "  - name: r\n"
	    "    match: {resources: {kinds: [Pod]}}\n"
	    "    context: [{name: m, configMap: {name: x, namespace: space}}, {name: other, configMap: {name: z}}]\n"
	    "    validate: {message: 'got {{ m.data.k }}', deny: {}}\n"
	    "  - name: s\n"
	    "    match: {resources: {kinds: [Pod]}}\n"
	    "    context: [{name: other, configMap: {name: z}}]\n"
	    "    validate: {deny: {conditions: {any: [{key: '{{ other.data.k }}', operator: Equals, value: x}]}}}\n");
	assert_string_equal(verdicts(court, pod),
			    "r fail: got v\n"
			    "s error: failed to check deny conditions: failed to substitute variables in condition "
			    "key: failed to resolve "
			    "other.data.k at path : JMESPath query failed: Unknown key \"other\" in path");
}

/* -- foreach ------------------------------------------------------------------------------------------------------- */

static void loops(void **state)
{
	struct court *court = *state;

	add(court,
	    POLICY("p") "spec:\n"
			"  rules:\n"
			"  - name: tags\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    validate:\n"
			"      message: '{{ element.name }} {{ elementIndex }}'\n"
			"      foreach:\n"
			"      - list: request.object.spec.initContainers\n"
			"        deny: {}\n"
			"      - list: request.object.spec.containers\n"
			"        pattern: {image: '!*@*'}\n"
			"  - name: nested\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    validate:\n"
			"      message: bad\n"
			"      foreach:\n"
			"      - list: request.object.spec.containers\n"
			"        context: [{name: own, variable: {jmesPath: element.name}}]\n"
			"        foreach:\n"
			"        - list: \"[own, 'x']\"\n"
			"          preconditions: {all: [{key: '{{ element0.name }}', operator: Equals, value: b}]}\n"
			"          deny: {conditions: {any: [{key: '{{ element1 }}{{ elementIndex1 }}', operator: "
			"Equals, value: x1}]}}\n"
			"  - name: none\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    validate: {foreach: [{list: request.object.spec.volumes, deny: {}}]}\n"
			"  - name: fine\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    validate: {foreach: [{list: 'request.object.spec.containers[].name', elementScope: false, "
			"pattern: {kind: Pod}}]}\n"
			"  - name: scope\n"
			"    match: {resources: {kinds: [Pod]}}\n"
			"    validate: {foreach: [{list: 'request.object.spec.containers[].name', elementScope: true, "
			"pattern: {kind: Pod}}]}\n");
	assert_string_equal(verdicts(court, pod),
			    "tags fail: validation failure: validation error: b 1. rule tags failed at path /image/\n"
			    "nested fail: validation failure: validation failure: bad\n"
			    "fine pass: rule passed\n"
			    "scope error: failed to process foreach: cannot use elementScope=true foreach rules for "
			    "elements that are not maps, "
			    "expected type=map got type=string");
}

/* -- autogen ------------------------------------------------------------------------------------------------------- */

static const char cron_job[] =
	"apiVersion: batch/v1\n"
	"kind: CronJob\n"
	"metadata: {name: c}\n"
	"spec: {jobTemplate: {spec: {template: {spec: {hostNetwork: true, containers: [{name: a, image: nginx}]}}}}}\n";

static void generated(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
	    "  rules:\n"
	    "  - name: host\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate: {pattern: {spec: {=(hostNetwork): false}}}\n"
	    "  - name: images\n"
	    "    match: {any: [{resources: {kinds: [Pod]}}]}\n"
	    "    validate: {message: '{{ request.object.spec.containers[0].image }}', deny: {}}\n");
	assert_string_equal(verdicts(court, deployment),
			    "autogen-host pass: validation rule 'autogen-host' passed.\nautogen-images fail: nginx");
	assert_string_equal(verdicts(court, cron_job),
			    "autogen-cronjob-host fail: validation error: rule autogen-cronjob-host failed at path "
			    "/spec/jobTemplate/spec/template/spec/hostNetwork/\nautogen-cronjob-images fail: nginx");
}

static void not_generated(void **state)
{
	static const char *const policies[] = {
		POLICY("a") "spec: {rules: [{name: r, match: {resources: {kinds: [Pod], name: x}}, validate: {pattern: "
			    "{kind: x}}}]}",
		POLICY("b") "spec: {rules: [{name: r, match: {resources: {kinds: [Pod, Service]}}, validate: {pattern: "
			    "{kind: x}}}]}",
		POLICY("c") "spec: {rules: [{name: r, match: {resources: {kinds: [Pod]}}, exclude: {resources: "
			    "{selector: {}}}, validate: {pattern: {kind: x}}}]}",
		"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\n"
		"metadata: {name: d, annotations: {pod-policies.kyverno.io/autogen-controllers: none}}\n"
		"spec: {rules: [{name: r, match: {resources: {kinds: [Pod]}}, validate: {pattern: {kind: x}}}]}",
		"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\n"
		"metadata: {name: e, annotations: {pod-policies.kyverno.io/autogen-controllers: 'StatefulSet,Job'}}\n"
		"spec: {rules: [{name: r, match: {resources: {kinds: [Pod]}}, validate: {pattern: {kind: x}}}]}",
	};

	for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
		assert_false(matches(policies[i], deployment));
}

/* -- exceptions, pod security, what is not supported ----------------------------------------------------------------
 */

static void exceptions(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
	    "  rules:\n"
	    "  - {name: one, match: {resources: {kinds: [Pod]}}, validate: {pattern: {kind: x}}}\n"
	    "  - {name: two, match: {resources: {kinds: [Pod]}}, validate: {pattern: {kind: x}}}\n");
	add(court,
	    "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: e, namespace: team}\nspec:\n"
	    "  exceptions: [{policyName: p, ruleNames: ['o*']}]\n"
	    "  conditions: {any: [{key: '{{ request.object.metadata.labels.app }}', operator: Equals, value: web}]}\n"
	    "  match: {any: [{resources: {kinds: [Pod], names: [web]}}]}\n");
	add(court, "apiVersion: kyverno.io/v2beta1\nkind: PolicyException\nmetadata: {name: f}\nspec:\n"
		   "  exceptions: [{policyName: p, ruleNames: [two]}]\n"
		   "  match: {any: [{resources: {kinds: [Pod], names: [other]}}]}\n");
	assert_string_equal(verdicts(court, pod),
			    "one skip: rule is skipped due to policy exceptionsteam/e\n"
			    "two fail: validation error: rule two failed at path /kind/");
}

static void pod_security(void **state)
{
	struct court *court = *state;
	struct result_list results = { 0 };

	add(court, POLICY("p") "spec:\n"
			       "  rules:\n"
			       "  - {name: base, match: {resources: {kinds: [Pod]}}, validate: {podSecurity: {level: "
			       "baseline, version: latest}}}\n");
	judge(court, pod, &results);
	assert_int_equal(results.count, 1);
	assert_int_equal(results.items[0].outcome, OUTCOME_FAIL);
	assert_true(
		str_starts_with(results.items[0].message,
				STR("Validation rule 'base' failed. It violates PodSecurity \"baseline:latest\": ")));
	assert_int_equal(results.items[0].at->line, 5);
}

static void unsupported(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
			       "  rules:\n"
			       "  - {name: m, match: {resources: {kinds: [Pod]}}, mutate: {patchStrategicMerge: {a: "
			       "'{{ x( }}'}}}\n"
			       "  - {name: g, match: {resources: {kinds: [Pod]}}, generate: {kind: ConfigMap, apiVersion: "
			       "v1, name: a, namespace: b}}\n"
			       "  - {name: other, match: {resources: {kinds: [Service]}}, mutate: {patchStrategicMerge: "
			       "{a: b}}}\n");
	assert_string_equal(verdicts(court, pod),
			    "m error: mutate is not supported yet\ng error: generate is not supported yet");
}

static void bad_policies(void **state)
{
	struct court *court = *state;

	assert_string_equal(str_cstr(court->arena, refused(court, POLICY("p") "spec:\n"
		"  rules:\n"
		"  - name: r\n"
		"    match: {resources: {kinds: [Pod]}}\n"
		"    validate: {deny: {conditions: {any: [{key: a, operator: Equalz, value: b}]}}}\n")),
		"test.yaml:8:61: policy p: rule r: unknown operator \"Equalz\" (did you mean \"Equals\"?)");
	assert_true(str_starts_with(refused(court, POLICY("p") "spec:\n"
		"  rules:\n"
		"  - name: r\n"
		"    match: {resources: {kinds: [Pod]}}\n"
		"    validate: {message: '{{ a[ }}', deny: {}}\n"), STR("test.yaml:8:")));
	assert_true(
		str_contains(refused(court, "apiVersion: kyverno.io/v3\nkind: ClusterPolicy\nmetadata: {name: p}\n"),
			     STR("version \"v3\" of ClusterPolicy is not known")));
	assert_true(
		str_contains(refused(court, "apiVersion: kyverno.io/v1\nkind: ClusterPolice\nmetadata: {name: p}\n"),
			     STR("did you mean \"ClusterPolicy\"?")));
	assert_true(str_contains(
		refused(court, "apiVersion: kyverno.io/v2\nkind: CleanupPolicy\nmetadata: {name: p}\n"),
		STR("not supported yet")));
	assert_true(str_contains(refused(court, POLICY("p") "spec: {rules: []}\n"), STR("no rules")));
	assert_true(str_contains(refused(court, POLICY("p") "spec: {rules: [{name: r, match: {resources: {kinds: "
							    "Pod}}, validate: {deny: {}}}]}\n"),
				 STR("kinds must be a list")));
	assert_true(str_contains(refused(court, POLICY("p") "spec: {rules: [{name: r, match: {}}]}\n"),
				 STR("does nothing")));
}

/* -- requests ------------------------------------------------------------------------------------------------------ */

static void operations(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
			       "  validationFailureAction: Enforce\n"
			       "  rules:\n"
			       "  - {name: d, match: {resources: {kinds: [Pod]}}, validate: {message: '{{ "
			       "request.object.metadata.name }}', deny: {}}}\n"
			       "  - {name: p, match: {resources: {kinds: [Pod]}}, validate: {pattern: {kind: x}}}\n"
			       "  - {name: s, match: {resources: {kinds: [Pod]}}, validate: {podSecurity: {level: "
			       "baseline, version: latest}}}\n");
	court->operation = OPERATION_DELETE;
	assert_string_equal(verdicts(court, pod), "d fail: web");
	/* What was wrong before may stay wrong, when the rule says so (by default). */
	court->operation = OPERATION_UPDATE;
	court->old_object = parse(court->arena, pod);
	assert_string_equal(verdicts(court, pod),
			    "d skip: skipping the rule evaluation as pre-existing violations are allowed\n"
			    "p skip: skipping the rule evaluation as pre-existing violations are allowed\n"
			    "s skip: skipping the rule evaluation as pre-existing violations are allowed");
}

static void default_namespace(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
			       "  rules:\n"
			       "  - {name: r, match: {resources: {kinds: [Service]}}, validate: {pattern: {metadata: "
			       "{namespace: default, labels: '*'}}}}\n");
	assert_string_equal(verdicts(court, "{apiVersion: v1, kind: Service, metadata: {name: s, labels: null}}"),
			    "r pass: validation rule 'r' passed.");
}

static void limits(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
			       "  rules:\n"
			       "  - name: r\n"
			       "    match: {resources: {kinds: [Pod]}}\n"
			       "    validate: {foreach: [{list: 'request.object.spec.containers', preconditions: {all: "
			       "[{key: '{{ element.name }}', operator: Equals, "
			       "value: z}]}, deny: {}}]}\n");
	court->steps = 3;
	assert_string_equal(verdicts(court, pod), "r error: evaluation took more than 3 steps");
}

static void first_rule_only(void **state)
{
	struct court *court = *state;

	add(court, POLICY("p") "spec:\n"
	    "  applyRules: One\n"
	    "  rules:\n"
	    "  - {name: a, match: {resources: {kinds: [Service]}}, validate: {deny: {}}}\n"
	    "  - {name: b, match: {resources: {kinds: [Pod]}}, validate: {deny: {}}}\n"
	    "  - {name: c, match: {resources: {kinds: [Pod]}}, validate: {deny: {}}}\n");
	assert_string_equal(verdicts(court, pod), "b fail: validation error: rule b failed");
}

static void traces(void **state)
{
	struct court *court = *state;
	struct trace trace = { .arena = court->arena };
	bool matched = false, variable = false, condition = false, verdict = false;

	court->trace = &trace;
	add(court, POLICY("p") "spec:\n"
			       "  rules:\n"
			       "  - name: r\n"
			       "    match: {resources: {kinds: [Pod]}}\n"
			       "    validate: {deny: {conditions: {any: [{key: '{{ request.object.spec.hostNetwork "
			       "}}', operator: Equals, value: true}]}}}\n");
	verdicts(court, pod);
	for (size_t i = 0; i < trace.count; i++) {
		const struct trace_entry *entry = &trace.entries[i];

		matched |= entry->kind == TRACE_MATCH && entry->holds;
		variable |= entry->kind == TRACE_VARIABLE &&
			    str_is(entry->text, "request.object.spec.hostNetwork = true") && entry->at->line == 5;
		condition |= entry->kind == TRACE_CONDITION && entry->holds && entry->policy_at;
		verdict |= entry->kind == TRACE_VERDICT && !entry->holds;
	}
	assert_true(matched && variable && condition && verdict);
}

#define COURT_TEST(function) cmocka_unit_test_setup_teardown(function, open_court, close_court)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COURT_TEST(patterns),
		COURT_TEST(places),
		COURT_TEST(matching),
		COURT_TEST(users),
		COURT_TEST(namespaced_policy),
		COURT_TEST(preconditions),
		COURT_TEST(denials),
		COURT_TEST(variables),
		COURT_TEST(values),
		COURT_TEST(config_maps),
		COURT_TEST(loops),
		COURT_TEST(generated),
		COURT_TEST(not_generated),
		COURT_TEST(exceptions),
		COURT_TEST(pod_security),
		COURT_TEST(unsupported),
		COURT_TEST(bad_policies),
		COURT_TEST(operations),
		COURT_TEST(default_namespace),
		COURT_TEST(limits),
		COURT_TEST(first_rule_only),
		COURT_TEST(traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
