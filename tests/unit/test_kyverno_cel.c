#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/yaml.h"
#include "policy/policy.h"
#include "policy/trace.h"

/* -- a small court: policies and one object in, "policy/rule outcome: message" lines out --------------------------- */

struct court {
	struct arena *arena;
	struct policy_set *set;
	struct lookup lookup;
	struct trace *trace;
	enum operation operation;
	enum payload payload;
	const struct value *object; /* as it was left */
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

static const char *refused(struct court *court, const char *text)
{
	struct error *err = NULL;
	struct str message;

	assert_int_equal(policy_set_add(court->set, parse(court->arena, text), &err), -1);
	message = error_text(court->arena, err);
	error_free(err);
	return str_cstr(court->arena, message);
}

static void judge(struct court *court, const char *text, struct result_list *results)
{
	struct review review;

	assert_int_equal(policy_set_seal(court->set, NULL), 0);
	review_init(&review, court->arena, parse(court->arena, text));
	review.lookup = &court->lookup;
	review.trace = court->trace;
	review.operation = court->operation;
	review.payload = court->payload;
	if (court->payload)
		review.object = parse(court->arena, text);
	if (court->operation == OPERATION_UPDATE)
		review.old_object = review.object;
	if (court->operation == OPERATION_DELETE) {
		review.old_object = review.object;
		review.object = NULL;
	}
	policy_set_judge(court->set, &review, results);
	court->object = review.object;
}

static const char *verdicts(struct court *court, const char *text)
{
	struct result_list results = { 0 };
	struct buf out = { 0 };
	const char *all;

	judge(court, text, &results);
	for (size_t i = 0; i < results.count; i++)
		buf_printf(&out, "%s" STR_FMT "%s" STR_FMT " %s: " STR_FMT, i ? "\n" : "",
			   STR_ARG(results.items[i].policy), results.items[i].rule.n ? "/" : "",
			   STR_ARG(results.items[i].rule), outcome_names[results.items[i].outcome],
			   STR_ARG(results.items[i].message));
	all = str_cstr(court->arena, buf_str(&out));
	buf_free(&out);
	return all;
}

#define POD                                                                                                            \
	"{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: shop, labels: {app: x}}, spec: {containers: "      \
	"[{name: c, image: nginx}]}}"
#define DEPLOYMENT                                                                                                     \
	"{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: shop}, spec: {template: {metadata: "   \
	"{labels: {app: z}}, "                                                                                         \
	"spec: {containers: [{name: c, image: 'nginx:1'}]}}}}"
#define CRON_JOB                                                                                                       \
	"{apiVersion: batch/v1, kind: CronJob, metadata: {name: j, namespace: shop}, spec: {jobTemplate: {spec: "      \
	"{template: {spec: "                                                                                           \
	"{containers: [{name: c, image: nginx}]}}}}}}"
#define PODS                                                                                                           \
	"matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE, UPDATE], "       \
	"resources: [pods]}]}\n"

/* A policy of the kind about Pods; `rest` is the rest of its spec, each line indented by two blanks. */
static const char *policy(struct court *court, const char *kind, const char *name, const char *rest)
{
	return str_cstr(court->arena,
			str_format(court->arena,
				   "apiVersion: policies.kyverno.io/v1\nkind: %s\nmetadata: {name: %s}\nspec:\n  %s%s",
				   kind, name, strstr(rest, "matchConstraints") ? "" : PODS, rest));
}

static void add_validating(struct court *court, const char *name, const char *rest)
{
	add(court, policy(court, "ValidatingPolicy", name, rest));
}

/* -- validating ---------------------------------------------------------------------------------------------------- */

static void validations(void **state)
{
	struct court *court = *state;

	add_validating(
		court, "tag",
		"  validations:\n"
		"  - {expression: 'object.spec.containers.all(c, c.image.contains(\":\"))', message: tag please}\n"
		"  - {expression: 'object.metadata.name != \"z\"', message: not z}\n");
	add_validating(court, "texts",
		       "  validations:\n"
		       "  - {expression: 'true'}\n"
		       "  - {expression: 'false'}\n");
	add_validating(court, "dynamic",
		       "  variables:\n"
		       "  - {name: first, expression: object.metadata.name}\n"
		       "  - {name: unused, expression: object.spec.nope}\n"
		       "  - {name: second, expression: 'variables.first + \"!\"'}\n"
		       "  validations: [{expression: 'variables.second == \"\"', messageExpression: '\"it is \" + "
		       "variables.second'}]\n");
	add_validating(court, "failing", "  validations: [{expression: 'object.spec.nope > 1'}]\n");
	add_validating(
		court, "failing-text",
		"  validations: [{expression: 'false', message: m, messageExpression: 'string(object.spec.nope)'}]\n");
	assert_string_equal(verdicts(court, POD),
			    "tag fail: tag please\n"
			    "texts fail: CEL expression validation failed at index 1\n"
			    "dynamic fail: it is a!\n"
			    "failing error: error: no such key: nope\n"
			    "failing-text fail: failed to evaluate message expression: no such key: nope");
}

static void conditions(void **state)
{
	struct court *court = *state;

	add_validating(
		court, "beaten",
		"  matchConditions: [{name: a, expression: 'object.spec.nope == 1'}, {name: b, expression: 'false'}]\n"
		"  validations: [{expression: 'false'}]\n");
	add_validating(court, "broken",
		       "  matchConditions: [{name: a, expression: 'object.spec.nope == 1'}]\n"
		       "  validations: [{expression: 'false'}]\n");
	add_validating(court, "ignored",
		       "  failurePolicy: Ignore\n"
		       "  matchConditions: [{name: a, expression: 'object.spec.nope == 1'}]\n"
		       "  validations: [{expression: 'false'}]\n");
	assert_string_equal(verdicts(court, POD), "beaten skip: skip\n"
						  "broken/evaluation error: failed to load context: no such key: nope\n"
						  "ignored skip: skip");
}

static void annotations(void **state)
{
	struct court *court = *state;
	struct result_list results = { 0 };

	add_validating(court, "audited",
		       "  auditAnnotations:\n"
		       "  - {key: who, valueExpression: 'string(object.metadata.name)'}\n"
		       "  - {key: none, valueExpression: '\"\"'}\n"
		       "  validations: [{expression: 'false', message: denied}]\n");
	add_validating(court, "unsaid",
		       "  auditAnnotations: [{key: who, valueExpression: 'null'}]\n"
		       "  validations: [{expression: 'true'}]\n");
	judge(court, POD, &results);
	assert_int_equal(results.count, 2);
	assert_int_equal(results.items[0].property_count, 2);
	assert_true(str_is(results.items[0].properties[0].name, "who"));
	assert_true(str_is(results.items[0].properties[0].value, "a"));
	assert_true(str_is(results.items[0].properties[1].name, "cel.validationIndex"));
	assert_true(str_is(results.items[0].properties[1].value, "0"));
	assert_true(str_is(results.items[1].message,
			   "failed to load context: failed to convert auditAnnotation 'who' expression: "
			   "type conversion error from 'null_type' to 'string'"));
}

/* -- what is judged ------------------------------------------------------------------------------------------------ */

static void controllers(void **state)
{
	struct court *court = *state;

	add_validating(court, "tag",
		       "  validations: [{expression: 'object.spec.containers.all(c, c.image.contains(\":\"))', "
		       "message: no tag}]\n");
	add_validating(court, "label",
		       "  validations: [{expression: 'object.metadata.labels.app == \"x\"', message: "
		       "object.metadata.labels}]\n");
	add_validating(court, "place",
		       "  validations: [{expression: 'object.metadata.namespace == \"\"', "
		       "messageExpression: 'string(object.metadata.namespace) + string(object.kind)'}]\n");
	add_validating(court, "bare",
		       "  autogen: {podControllers: {controllers: []}}\n"
		       "  validations: [{expression: 'false', message: bare}]\n");
	add_validating(court, "cron",
		       "  autogen: {podControllers: {controllers: [cronjobs]}}\n"
		       "  validations: [{expression: 'false', message: cron}]\n");
	assert_string_equal(
		verdicts(court, POD),
		"tag fail: no tag\nlabel pass: success\nplace fail: shopPod\nbare fail: bare\ncron fail: cron");
	assert_string_equal(verdicts(court, DEPLOYMENT),
			    "tag pass: success\nlabel fail: object.spec.template.metadata.labels\n"
			    "place fail: shopDeployment");
	assert_string_equal(verdicts(court, CRON_JOB), "tag fail: no tag\nlabel error: error: no such key: metadata\n"
						       "place fail: shopCronJob\ncron fail: cron");
}

static void custom_workloads(void **state)
{
	struct court *court = *state;

	add_validating(court, "tag",
		       "  autogen: {podControllers: {controllers: [widgets.v1.example.com]}}\n"
		       "  validations: [{expression: 'object.spec.containers.all(c, c.image.contains(\":\"))', "
		       "message: no tag}]\n");
	assert_string_equal(verdicts(court, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: "
					    "shop}, spec: {parts: "
					    "[{template: {spec: {containers: [{name: c, image: 'a:1'}]}}}, "
					    "{template: {spec: {containers: [{name: c, image: a}]}}}]}}"),
			    "tag fail: no tag (pod template at spec.parts[1].template)");
	assert_string_equal(
		verdicts(court,
			 "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w, namespace: shop}, spec: {}}"),
		"tag error: error: extraction mode: no pod template found in example.com/v1/Widget");
}

static void matching(void **state)
{
	struct court *court = *state;
	static const struct {
		const char *name, *constraints;
	} cases[] = {
		{ "any",
		  "resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]" },
		{ "update",
		  "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [UPDATE], resources: [pods]}]" },
		{ "named", "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: "
			   "[pods], resourceNames: [b]}]" },
		{ "cluster", "resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: "
			     "['*'], scope: Cluster}]" },
		{ "excluded",
		  "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}], "
		  "excludeResourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods], "
		  "resourceNames: [a]}]" },
		{ "labelled",
		  "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}], "
		  "objectSelector: {matchLabels: {app: x}}" },
		{ "other-label",
		  "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}], "
		  "objectSelector: {matchLabels: {app: z}}" },
		{ "space",
		  "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}], "
		  "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}" },
		{ "other-space",
		  "resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}], "
		  "namespaceSelector: {matchLabels: {env: prod}}" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		add_validating(court, cases[i].name,
			       str_cstr(court->arena, str_format(court->arena,
								 "matchConstraints: {%s}\n  validations: [{expression: "
								 "'false', message: denied}]\n",
								 cases[i].constraints)));
	assert_string_equal(verdicts(court, POD), "any fail: denied\nlabelled fail: denied\nspace fail: denied");
}

static void namespaced(void **state)
{
	struct court *court = *state;

	add(court, "apiVersion: policies.kyverno.io/v1\nkind: NamespacedValidatingPolicy\nmetadata: {name: mine, "
		   "namespace: shop}\nspec:\n  " PODS "  validations: [{expression: 'false', message: mine}]\n");
	add(court, "apiVersion: policies.kyverno.io/v1\nkind: NamespacedValidatingPolicy\nmetadata: {name: theirs, "
		   "namespace: other}\nspec:\n  " PODS "  validations: [{expression: 'false', message: theirs}]\n");
	assert_string_equal(verdicts(court, POD), "mine fail: mine");
}

static void requests(void **state)
{
	struct court *court = *state;

	add_validating(court, "create",
		       "  autogen: {podControllers: {controllers: []}}\n"
		       "  validations: [{expression: 'request.operation == \"CREATE\" && oldObject == {} && "
		       "request.oldObject == null && "
		       "request.object.spec == object.spec && namespaceObject.metadata.name == \"shop\" && "
		       "!has(request.userInfo.username)'}]\n");
	assert_string_equal(verdicts(court, POD), "create pass: success");
	court->operation = OPERATION_UPDATE;
	assert_string_equal(verdicts(court, POD), "create fail: CEL expression validation failed at index 0");
}

static void documents(void **state)
{
	struct court *court = *state;

	add_validating(court, "json",
		       "  evaluation: {mode: JSON}\n  validations: [{expression: 'object.count > 2', "
		       "messageExpression: '\"only \" + string(object.count)'}]\n");
	add_validating(court, "kubernetes", "  validations: [{expression: 'false'}]\n");
	court->payload = PAYLOAD_JSON;
	assert_string_equal(verdicts(court, "{count: 1}"), "json fail: only 1");
	assert_string_equal(verdicts(court, "{}"), "json error: error: no such key: count");
	court->payload = PAYLOAD_NONE;
	assert_string_equal(
		verdicts(court, POD),
		"json error: error: no such key: count\nkubernetes fail: CEL expression validation failed at index 0");
}

static void proxies(void **state)
{
	struct court *court = *state;

	add_validating(
		court, "envoy",
		"  evaluation: {mode: Envoy}\n"
		"  matchConditions: [{name: a, expression: 'object.attributes.request.http.method == \"GET\"'}]\n"
		"  validations:\n"
		"  - {expression: 'object.attributes.request.http.path == \"/no\" ? "
		"envoy.Denied(403).WithBody(\"no\").Response() : null'}\n"
		"  - {expression: 'envoy.Allowed().WithHeader(\"a\", \"b\").Response()'}\n");
	add_validating(court, "http",
		       "  evaluation: {mode: HTTP}\n"
		       "  validations:\n"
		       "  - {expression: 'object.attributes.Header(\"X-Role\") != [\"admin\"] ? http.Denied(\"not "
		       "you\").Response() : null'}\n");
	court->payload = PAYLOAD_ENVOY;
	assert_string_equal(verdicts(court, "{attributes: {request: {http: {method: GET, path: /no}}}}"),
			    "envoy/envoy fail: request denied with status code 403");
	assert_string_equal(verdicts(court, "{attributes: {request: {http: {method: GET}}}}"),
			    "envoy/envoy pass: request allowed");
	assert_string_equal(verdicts(court, "{attributes: {}}"), "envoy/envoy skip: request does not match");
	court->payload = PAYLOAD_HTTP;
	assert_string_equal(verdicts(court, "{attributes: {method: GET, header: {x-role: [user]}}}"),
			    "http/http fail: request denied, reason: not you");
	assert_string_equal(verdicts(court, "{attributes: {method: GET, header: {x-role: [admin]}}}"),
			    "http/http skip: request does not match");
}

static void tokens(void **state)
{
	struct court *court = *state;

	/* {"alg":"HS256"} {"role":"admin"} and {"exp":1}, signed with "secret". */
	add_validating(
		court, "jwt",
		"  evaluation: {mode: Envoy}\n"
		"  variables: [{name: token, expression: 'jwt.Decode(object.token, \"secret\")'}]\n"
		"  validations:\n"
		"  - {expression: '!variables.token.Valid ? envoy.Denied(401).Response() : null'}\n"
		"  - {expression: 'variables.token.Claims.role == \"admin\" ? envoy.Allowed().Response() : null'}\n");
	court->payload = PAYLOAD_ENVOY;
	assert_string_equal(
		verdicts(court,
			 "{token: "
			 "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYWRtaW4ifQ.VTOT4HnM0Sou4fHkG3u2QWpIart7cdHV8l_7aH0VmL0}"),
		"jwt/jwt pass: request allowed");
	assert_string_equal(
		verdicts(court,
			 "{token: eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.NED7FDrPJCtAvhJ-OxAe5ft0SIqmDbUaeKm7233QG3A}"),
		"jwt/jwt fail: request denied with status code 401");
	assert_non_null(strstr(verdicts(court, "{token: eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.AAAA}"), "jwt/jwt error: "));
	assert_non_null(strstr(verdicts(court, "{token: a.b}"), "jwt/jwt error: "));
}

/* -- exceptions ---------------------------------------------------------------------------------------------------- */

static void add_exception(struct court *court, const char *name, const char *policy_name, const char *rest)
{
	add(court,
	    str_cstr(court->arena,
		     str_format(court->arena,
				"apiVersion: policies.kyverno.io/v1beta1\nkind: PolicyException\n"
				"metadata: {name: %s, namespace: ops, labels: {polex.kyverno.io/priority: '%s'}}\n"
				"spec:\n  policyRefs: [{name: %s, kind: ValidatingPolicy}]\n%s",
				name, strstr(rest, "pass") ? "9" : "1", policy_name, rest)));
}

static void exceptions(void **state)
{
	struct court *court = *state;

	add_validating(court, "skipped", "  validations: [{expression: 'false', message: denied}]\n");
	add_validating(court, "passed", "  validations: [{expression: 'false', message: denied}]\n");
	add_validating(court, "partly",
		       "  validations: [{expression: 'object.metadata.name in exceptions.allowedValues', "
		       "messageExpression: 'exceptions.allowedImages.join(\",\")'}]\n");
	add_validating(court, "not-now", "  validations: [{expression: 'false', message: denied}]\n");
	add_validating(court, "broken", "  validations: [{expression: 'false', message: denied}]\n");
	add_exception(court, "one", "skipped", "");
	add_exception(court, "two", "passed", "");
	add_exception(court, "three", "passed", "  reportResult: pass\n");
	add_exception(court, "four", "partly", "  images: [a, b]\n  allowedValues: [b]\n");
	add_exception(court, "five", "not-now",
		      "  matchConditions: [{name: a, expression: 'object.metadata.name == \"b\"'}]\n");
	add_exception(court, "six", "not-now", "  expiresAt: '2020-01-01T00:00:00Z'\n");
	add_exception(court, "seven", "broken", "  matchConditions: [{name: a, expression: 'nope'}]\n");
	assert_string_equal(verdicts(court, POD),
			    "skipped/exception skip: rule is skipped due to policy exception: ops/one\n"
			    "passed/exception pass: rule is passed due to policy exception: ops/two, ops/three\n"
			    "partly fail: a,b\n"
			    "not-now fail: denied\n"
			    "broken/evaluation error: failed to load context: policy exception ops/seven: "
			    "spec.matchConditions[0].expression: "
			    "ERROR: <input>:1:1: undeclared reference to 'nope' (in container '')\n"
			    " | nope\n"
			    " | ^");
}

/* -- the other kinds ----------------------------------------------------------------------------------------------- */

static void mutations(void **state)
{
	struct court *court = *state;

	add(court, policy(court, "MutatingPolicy", "labels",
			  "  variables: [{name: who, expression: object.metadata.name}]\n"
			  "  matchConditions: [{name: a, expression: 'variables.who == \"a\"'}]\n"
			  "  mutations:\n"
			  "  - {patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{metadata: "
			  "Object.metadata{labels: Object.metadata.labels{one: variables.who}}}'}}\n"
			  "  - {patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: \"add\", path: "
			  "\"/metadata/labels/two\", value: object.metadata.labels.one + \"2\"}]'}}\n"));
	add(court, policy(court, "MutatingPolicy", "never",
			  "  matchConditions: [{name: a, expression: 'false'}]\n"
			  "  mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: \"remove\", "
			  "path: \"/metadata/labels\"}]'}}]\n"));
	add(court, policy(court, "MutatingPolicy", "impossible",
			  "  mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[JSONPatch{op: \"remove\", "
			  "path: \"/metadata/nope\"}]'}}]\n"));
	add_validating(court, "after", "  validations: [{expression: 'object.metadata.labels.two == \"a2\"'}]\n");
	assert_string_equal(verdicts(court, POD), "labels pass: success\nnever skip: skip\n"
						  "impossible/evaluation error: failed to evaluate policy: JSON Patch: "
						  "error in remove for path: '/metadata/nope': "
						  "Unable to remove nonexistent key: nope: missing value\n"
						  "after pass: success");
	assert_true(str_is(value_str(value_path(court->object, "metadata", "labels", "one")), "a"));
}

static void mutations_of_controllers(void **state)
{
	struct court *court = *state;

	add(court, policy(court, "MutatingPolicy", "grace",
			  "  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: "
			  "'Object{spec: Object.spec{terminationGracePeriodSeconds: 5}}'}}]\n"));
	assert_string_equal(verdicts(court, DEPLOYMENT), "grace pass: success");
	assert_int_equal(
		value_path(court->object, "spec", "template", "spec", "terminationGracePeriodSeconds")->u.integer, 5);
	assert_string_equal(verdicts(court, CRON_JOB), "grace pass: success");
	assert_non_null(value_path(court->object, "spec", "jobTemplate", "spec", "template", "spec",
				   "terminationGracePeriodSeconds"));
}

static void deletions(void **state)
{
	struct court *court = *state;

	add(court, policy(court, "DeletingPolicy", "old",
			  "  schedule: '* * * * *'\n"
			  "  variables: [{name: who, expression: object.metadata.name}]\n"
			  "  conditions: [{name: a, expression: 'variables.who == \"a\"'}]\n"));
	add(court, policy(court, "DeletingPolicy", "young",
			  "  schedule: '* * * * *'\n"
			  "  conditions: [{name: a, expression: 'object.metadata.name == \"b\"'}]\n"));
	add(court, policy(court, "DeletingPolicy", "unasked",
			  "  schedule: '* * * * *'\n"
			  "  conditions: [{name: a, expression: 'request.operation == \"CREATE\"'}]\n"));
	assert_string_equal(verdicts(court, POD),
			    "old/old pass: resource matched\nyoung/young fail: resource did not match\n"
			    "unasked/unasked error: no such attribute(s): request");
}

static void generations(void **state)
{
	struct court *court = *state;

	add(court, policy(court, "GeneratingPolicy", "made",
			  "  generate: [{expression: 'generator.Apply(\"shop\", [{\"apiVersion\": \"v1\", \"kind\": "
			  "\"ConfigMap\", \"metadata\": {\"name\": object.metadata.name}}])'}]\n"));
	add(court, policy(court, "GeneratingPolicy", "silent",
			  "  matchConditions: [{name: a, expression: 'false'}]\n"
			  "  generate: [{expression: 'generator.Apply(\"shop\", [])'}]\n"));
	add(court, policy(court, "GeneratingPolicy", "failing",
			  "  generate: [{expression: 'generator.Apply(object.spec.nope, [])'}]\n"));
	assert_string_equal(verdicts(court, POD),
			    "made/made pass: policy evaluated successfully\n"
			    "failing/failing error: failed to evaluate policy: no such key: nope");
}

static void images(void **state)
{
	struct court *court = *state;

	add(court, policy(court, "ImageValidatingPolicy", "digest",
			  "  matchImageReferences: [{glob: '{nginx,busybox}*'}]\n"
			  "  validations: [{expression: 'true'}]\n"));
	add(court, policy(court, "ImageValidatingPolicy", "elsewhere",
			  "  matchImageReferences: [{glob: 'ghcr.io/**'}, {expression: 'ref.startsWith(\"quay\")'}]\n"
			  "  validations: [{expression: 'images.containers == []', message: some}]\n"));
	add(court, policy(court, "ImageValidatingPolicy", "unverified",
			  "  validationConfigurations: {verifyDigest: false}\n"
			  "  validations: [{expression: 'images.containers == [\"nginx\"] && "
			  "images.initContainers.size() == 0'}]\n"));
	add(court, policy(court, "ImageValidatingPolicy", "optional",
			  "  validationConfigurations: {verifyDigest: false, required: false}\n"
			  "  images: [{name: own, expression: '[object.metadata.name]'}]\n"
			  "  validations: [{expression: 'images.own == [\"a\"]'}]\n"));
	assert_string_equal(verdicts(court, POD), "digest/digest fail: image nginx does not have a digest\n"
						  "elsewhere/elsewhere pass: success\n"
						  "unverified/unverified fail: image nginx is not verified: no policy "
						  "performed a signature or attestation check on it\n"
						  "optional/optional pass: success");
}

/* -- validate.cel -------------------------------------------------------------------------------------------------- */

static void classic(void **state)
{
	struct court *court = *state;
	static const char text[] =
		"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: c}\nspec:\n  rules:\n"
		"  - name: tag\n"
		"    match: {any: [{resources: {kinds: [Pod]}}]}\n"
		"    celPreconditions: [{name: of any name, expression: 'object.kind != \"Deployment\"'}]\n"
		"    validate:\n"
		"      message: |-\n"
		"        two\n"
		"        lines\n"
		"      cel:\n"
		"        variables: [{name: all, expression: object.spec.containers}]\n"
		"        expressions: [{expression: 'variables.all.all(c, c.image.contains(\":\"))'}]\n"
		"  - name: failing\n"
		"    match: {any: [{resources: {kinds: [Pod]}}]}\n"
		"    validate: {cel: {expressions: [{expression: 'object.spec.nope == 1', message: m}]}}\n";

	add(court, text);
	assert_string_equal(verdicts(court, POD),
			    "c/tag fail: two\nlines\n"
			    "c/failing fail: expression 'object.spec.nope == 1' resulted in error: no such key: nope");
	assert_string_equal(verdicts(court, DEPLOYMENT),
			    "c/autogen-tag skip: cel preconditions not met\n"
			    "c/autogen-failing fail: expression 'object.spec.template.spec.nope == 1' resulted in "
			    "error: no such key: nope");
	assert_string_equal(
		verdicts(court, CRON_JOB),
		"c/autogen-cronjob-tag fail: two\nlines\n"
		"c/autogen-cronjob-failing fail: expression 'object.spec.jobTemplate.spec.template.spec.nope == 1' "
		"resulted in error: no such key: nope");
}

static void params(void **state)
{
	struct court *court = *state;
	static const char text[] =
		"apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  rules:\n"
		"  - name: most\n"
		"    match: {any: [{resources: {kinds: [Pod]}}]}\n"
		"    validate:\n"
		"      cel:\n"
		"        paramKind: {apiVersion: v1, kind: ConfigMap}\n"
		"        paramRef: {name: limits, namespace: ops}\n"
		"        expressions: [{expression: 'object.spec.containers.size() <= int(params.data.most)', message: "
		"too many}]\n";
	struct store *store = store_create(court->arena);

	add(court, text);
	assert_string_equal(verdicts(court, POD),
			    "p/most error: error in parameterized resource: configmaps \"limits\" not found");
	store_put(store, parse(court->arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: limits, namespace: "
					     "ops}, data: {most: '0'}}"));
	court->lookup.store = store;
	assert_string_equal(verdicts(court, POD), "p/most fail: too many");
}

/* -- what is refused ----------------------------------------------------------------------------------------------- */

static void refusals(void **state)
{
	struct court *court = *state;
	static const struct {
		const char *kind, *rest, *why;
	} cases[] = {
		{ "ValidatingPolicy", "  validations: [{expression: 'object.name ==='}]\n",
		  "spec.validations[0].expression: ERROR: <input>:1:15: Syntax error" },
		{ "ValidatingPolicy", "  validations: [{expression: 'object.name'}]\n",
		  "spec.validations[0].expression: output is expected to be of type bool" },
		{ "ValidatingPolicy", "  validations: [{expression: 'true', messageExpression: '1'}]\n",
		  "spec.validations[0].messageExpression: output is expected to be of type string" },
		{ "ValidatingPolicy",
		  "  matchConditions: [{name: a, expression: 'variables.x'}]\n  variables: [{name: x, expression: "
		  "'true'}]\n",
		  "undefined field 'x'" },
		{ "ValidatingPolicy", "  auditAnnotations: [{key: a, valueExpression: '1'}]\n",
		  "output is expected to be either of type string or null_type" },
		{ "ValidatingPolicy", "  evaluation: {mode: Soap}\n", "is none of Kubernetes, JSON, Envoy, HTTP" },
		{ "ValidatingPolicy",
		  "matchConstraints: {namespaceSelector: {matchExpressions: [{key: a, operator: Like}]}}\n",
		  "spec.matchConstraints.namespaceSelector" },
		{ "MutatingPolicy", "  mutations: [{patchType: JSONPatch, jsonPatch: {expression: 'Object{}'}}]\n",
		  "spec.mutations[0].jsonPatch.expression" },
		{ "GeneratingPolicy", "  generate: [{expression: '1'}]\n",
		  "spec.generate[0].expression: output is expected to be of type bool" },
		{ "ImageValidatingPolicy", "  matchImageReferences: [{}]\n", "either glob or expression must be set" },
		{ "ValidatingPolitic", "", "did you mean \"ValidatingPolicy\"?" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *why = refused(court, policy(court, cases[i].kind, "p", cases[i].rest));

		if (!strstr(why, cases[i].why))
			fail_msg("case %zu: %s", i, why);
	}
	assert_non_null(strstr(
		refused(court,
			"{apiVersion: policies.kyverno.io/v9, kind: ValidatingPolicy, metadata: {name: a}, spec: {}}"),
		"is not known"));
	assert_non_null(strstr(refused(court, "{apiVersion: policies.kyverno.io/v1alpha1, kind: "
					      "NamespacedValidatingPolicy, metadata: {name: a}, spec: {}}"),
			       "is not known"));
	assert_non_null(strstr(
		refused(court,
			"{apiVersion: policies.kyverno.io/v1, kind: PolicyException, metadata: {name: a}, spec: {}}"),
		"spec.policyRefs names no policy"));
}

static void limits(void **state)
{
	struct court *court = *state;
	struct buf deep = { 0 };

	add_validating(
		court, "costly",
		"  validations: [{expression: 'lists.range(5000).all(i, lists.range(5000).all(j, i + j >= 0))'}]\n");
	assert_non_null(
		strstr(verdicts(court, POD), "costly error: error: operation cancelled: actual cost limit exceeded"));
	for (int i = 0; i < 1000; i++)
		buf_add_char(&deep, '(');
	buf_add(&deep, STR("true"));
	for (int i = 0; i < 1000; i++)
		buf_add_char(&deep, ')');
	refused(court,
		policy(court, "ValidatingPolicy", "deep",
		       str_cstr(court->arena, str_format(court->arena, "  validations: [{expression: '" STR_FMT "'}]\n",
							 STR_ARG(buf_str(&deep))))));
	buf_free(&deep);
}

static void traces(void **state)
{
	struct court *court = *state;
	struct trace trace = { .arena = court->arena };
	static const char *const wanted[] = { "matchConstraints: yes", "condition a: true", "variables.who = \"a\"",
					      "validation 0: false", "fail: denied" };
	size_t found = 0;

	add_validating(court, "traced",
		       "  autogen: {podControllers: {controllers: []}}\n"
		       "  matchConditions: [{name: a, expression: 'true'}]\n"
		       "  variables: [{name: who, expression: object.metadata.name}, {name: unread, expression: '1'}]\n"
		       "  validations: [{expression: 'variables.who == \"\"', message: denied}]\n");
	court->trace = &trace;
	verdicts(court, POD);
	for (size_t i = 0; i < trace.count && found < 5; i++)
		found += str_contains(trace.entries[i].text, str_of(wanted[found]));
	assert_int_equal(found, 5);
	for (size_t i = 0; i < trace.count; i++)
		assert_false(str_contains(trace.entries[i].text, STR("unread")));
}

#define COURT_TEST(name) cmocka_unit_test_setup_teardown(name, open_court, close_court)

int main(void)
{
	const struct CMUnitTest tests[] = {
		COURT_TEST(validations),      COURT_TEST(conditions),
		COURT_TEST(annotations),      COURT_TEST(controllers),
		COURT_TEST(custom_workloads), COURT_TEST(matching),
		COURT_TEST(namespaced),	      COURT_TEST(requests),
		COURT_TEST(documents),	      COURT_TEST(proxies),
		COURT_TEST(tokens),	      COURT_TEST(exceptions),
		COURT_TEST(mutations),	      COURT_TEST(mutations_of_controllers),
		COURT_TEST(deletions),	      COURT_TEST(generations),
		COURT_TEST(images),	      COURT_TEST(classic),
		COURT_TEST(params),	      COURT_TEST(refusals),
		COURT_TEST(limits),	      COURT_TEST(traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
