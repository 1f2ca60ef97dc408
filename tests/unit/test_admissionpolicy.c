#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "data/json.h"
#include "data/yaml.h"
#include "kube/apply.h"
#include "policy/admissionpolicy/admissionpolicy.h"
#include "policy/trace.h"

/* -- a small court: policies and objects in, "policy rule outcome: message {properties}" lines out ----------------- */

struct court {
	struct arena *arena;
	struct policy_set *set;
	struct store *store;
	struct lookup lookup;
	const struct value *user, *old_object, *after;
	enum operation operation;
	bool only_object;
};

static const struct value *parse(struct arena *arena, const char *text)
{
	struct error *err = NULL;
	const struct value *v = yaml_parse(arena, str_of(text), &err);

	if (!v)
		fail_msg("%s", err->message);
	return v;
}

static int open_court(void **state)
{
	struct court *court = calloc(1, sizeof(*court));

	court->arena = arena_create();
	court->set = policy_set_create();
	court->store = store_create(court->arena);
	court->lookup.store = court->store;
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

static const struct value *object_of(struct court *court, const char *kind, const char *name, const char *spec)
{
	return parse(court->arena,
		     str_cstr(court->arena, str_format(court->arena,
						       "{apiVersion: admissionregistration.k8s.io/v1, kind: %s, "
						       "metadata: {name: %s}, spec: %s}",
						       kind, name, spec)));
}

/* Both kinds of policies; `spec` without matchConstraints gets them for everything. */
static void add(struct court *court, const char *kind, const char *name, const char *spec)
{
	struct error *err = NULL;

	if (policy_set_add(court->set, object_of(court, kind, name, spec), &err) != 1)
		fail_msg("%s", err ? err->message : "not taken");
}

#define ALL                                                                                                            \
	"matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: "     \
	"['*']}]}"
#define PODS                                                                                                           \
	"matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: "    \
	"[pods]}]}"

static void add_policy(struct court *court, const char *name, const char *rest)
{
	add(court, "ValidatingAdmissionPolicy", name,
	    str_cstr(court->arena, str_format(court->arena, "{" ALL ", %s}", rest)));
}

static void bind(struct court *court, const char *name, const char *rest)
{
	add(court, "ValidatingAdmissionPolicyBinding", name,
	    str_cstr(court->arena, str_format(court->arena, "{policyName: %s, %s}", name, rest)));
}

static const char *verdict(struct court *court, const char *object)
{
	struct arena *arena = court->arena;
	struct result_list results = { 0 };
	struct str text = STR("");
	struct review review;

	assert_int_equal(policy_set_seal(court->set, NULL), 0);
	review_init(&review, arena, parse(arena, object));
	review.lookup = &court->lookup;
	review.user = court->user;
	review.old_object = court->old_object;
	review.operation = court->operation;
	review.only_object = court->only_object;
	if (review.operation == OPERATION_DELETE) {
		review.old_object = review.object;
		review.object = NULL;
	}
	policy_set_judge(court->set, &review, &results);
	court->after = review.object;
	for (size_t i = 0; i < results.count; i++) {
		const struct result *result = &results.items[i];

		text = str_format(arena, STR_FMT "%s" STR_FMT " " STR_FMT " %s", STR_ARG(text), i ? "\n" : "",
				  STR_ARG(result->policy), STR_ARG(result->rule), outcome_names[result->outcome]);
		if (result->message.n)
			text = str_format(arena, STR_FMT ": " STR_FMT, STR_ARG(text), STR_ARG(result->message));
		for (size_t j = 0; j < result->property_count; j++)
			if (!str_is(result->properties[j].name, "binding"))
				text = str_format(arena, STR_FMT " {" STR_FMT "=" STR_FMT "}", STR_ARG(text),
						  STR_ARG(result->properties[j].name),
						  STR_ARG(result->properties[j].value));
	}
	return str_cstr(arena, text);
}

#define POD                                                                                                            \
	"{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: x}}, spec: {containers: [{name: c, image: "     \
	"i}]}}"

/* -- bindings ------------------------------------------------------------------------------------------------------ */

static void not_in_force(void **state)
{
	struct court *court = *state;

	add_policy(court, "a", "validations: [{expression: 'false'}]");
	assert_string_equal(verdict(court, POD),
			    "a policy skip: not in force: no ValidatingAdmissionPolicyBinding names this policy "
			    "(--assume-bound judges by it all the same)");
	court->lookup.assume_bound = true;
	assert_string_equal(verdict(court, POD), "a a fail: failed expression: false");
}

static void unbound_policies_see_all_params(void **state)
{
	struct court *court = *state;

	store_put(court->store,
		  parse(court->arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {x: a}}"));
	store_put(court->store,
		  parse(court->arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: two}, data: {x: b}}"));
	court->lookup.assume_bound = true;
	add_policy(
		court, "a",
		"paramKind: {apiVersion: v1, kind: ConfigMap}, validations: [{expression: \"params.data.x == 'a'\"}]");
	assert_string_equal(verdict(court, POD),
			    "a a pass\na a fail: failed expression: params.data.x == 'a'");
}

static void bindings_without_a_policy_are_told(void **state)
{
	struct court *court = *state;
	const struct policy_complaint *complaints;
	size_t count;

	bind(court, "nowhere", "validationActions: [Deny]");
	assert_int_equal(policy_set_add(court->set,
					object_of(court, "ValidatingAdmissionPolicy", "broken",
						  "{" ALL ", validations: [{expression: '1 +'}]}"),
					NULL),
			 -1);
	bind(court, "broken", "validationActions: [Deny]");
	assert_int_equal(policy_set_seal(court->set, NULL), 0);
	complaints = policy_set_complaints(court->set, &count);
	assert_int_equal(count, 1);
	assert_string_equal(str_cstr(court->arena, complaints[0].message),
			    "ValidatingAdmissionPolicyBinding nowhere binds nothing: there is no "
			    "ValidatingAdmissionPolicy \"nowhere\"");
}

static void actions(void **state)
{
	struct court *court = *state;

	add_policy(
		court, "a",
		"validations: [{expression: 'false', message: m, reason: Forbidden}, {expression: 'object.x == 1'}], "
		"auditAnnotations: [{key: k, valueExpression: \"'v ' + object.metadata.name\"}]");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(verdict(court, POD),
			    "a validations[0] fail: m {reason=Forbidden} {a/k=v p}\n"
			    "a validations[1] error: expression 'object.x == 1' resulted in error: no such key: x");
}

static void warnings_and_audits(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "validations: [{expression: 'false'}, {expression: 'object.x == 1'}, {expression: 'true'}]");
	bind(court, "a", "validationActions: [Warn, Audit]");
	assert_string_equal(
		verdict(court, POD),
		"a validations[0] warn: failed expression: false {audit=true}\n"
		"a validations[1] warn: expression 'object.x == 1' resulted in error: no such key: x {audit=true}\n"
		"a validations[2] pass");
}

static void annotations(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "auditAnnotations: [{key: k, valueExpression: \"' v '\"}, {key: l, valueExpression: 'null'}, "
		   "{key: m, valueExpression: 'string(object.x)'}]");
	bind(court, "a", "validationActions: [Warn]");
	assert_string_equal(
		verdict(court, POD),
		"a auditAnnotations.m error: expression 'string(object.x)' resulted in error: no such key: x {a/k=v}");
}

static void ignored_errors(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "failurePolicy: Ignore, validations: [{expression: 'object.x == 1'}, {expression: 'false'}]");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(
		verdict(court, POD),
		"a validations[0] pass: expression 'object.x == 1' resulted in error: no such key: x (ignored: "
		"failurePolicy is Ignore)\n"
		"a validations[1] fail: failed expression: false");
}

static void conditions(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "matchConditions: [{name: one, expression: 'object.x == 1'}, {name: two, expression: 'false'}], "
		   "validations: [{expression: 'false'}]");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(verdict(court, POD), "a matchConditions skip: matchCondition \"two\" is not met");
}

/* -- matching ------------------------------------------------------------------------------------------------------ */

static const char *kinds_of(struct court *court, const char *match)
{
	const struct admission_match *compiled =
		admission_match_compile(court->arena, parse(court->arena, match), NULL);
	const struct kind_pattern *kinds;
	struct str text = STR("");
	size_t count;

	assert_non_null(compiled);
	kinds = admission_match_kinds(court->arena, compiled, &count);
	for (size_t i = 0; i < count; i++)
		text = str_format(court->arena, STR_FMT "%s" STR_FMT, STR_ARG(text), i ? " " : "",
				  STR_ARG(kinds[i].kind));
	return str_cstr(court->arena, text);
}

static void kinds_for_the_index(void **state)
{
	struct court *court = *state;

	assert_string_equal(
		kinds_of(court,
			 "{resourceRules: [{apiGroups: [apps], apiVersions: ['*'], operations: ['*'], "
			 "resources: [deployments, statefulsets]}, {apiGroups: [''], apiVersions: [v1], operations: "
			 "['*'], resources: [pods, pods/status]}]}"),
		"Deployment StatefulSet Pod Pod");
	/* Anything may be meant: no kinds. */
	assert_string_equal(
		kinds_of(court, "{resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: "
				"['*']}]}"),
		"");
	assert_string_equal(
		kinds_of(court, "{resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: "
				"[pods/exec]}]}"),
		"");
	assert_string_equal(
		kinds_of(court, "{resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: ['*'], "
				"resources: [widgets]}]}"),
		"");
}

static void broken_matches(void **state)
{
	struct court *court = *state;
	struct error *err = NULL;

	assert_null(admission_match_compile(court->arena,
					    parse(court->arena, "{resourceRules: [{operations: [READ]}]}"), &err));
	assert_string_equal(err->message, "operation \"READ\" is none of *, CREATE, UPDATE, DELETE, CONNECT");
	error_free(err);
	err = NULL;
	assert_null(admission_match_compile(
		court->arena, parse(court->arena, "{objectSelector: {matchExpressions: [{key: a, operator: Foo}]}}"),
		&err));
	assert_string_equal(err->message, "objectSelector: \"Foo\" is not a valid label selector operator");
	error_free(err);
}

static void versions_of_a_custom_resource(void **state)
{
	struct court *court = *state;

	add(court, "ValidatingAdmissionPolicy", "a",
	    "{matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v2], operations: [CREATE], "
	    "resources: "
	    "[widgets]}]}, validations: [{expression: 'false', messageExpression: 'request.resource.version + "
	    "request.requestKind.version'}]}");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(verdict(court, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}"), "");
	store_put(court->store,
		  parse(court->arena,
			"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
			"widgets.example.com}, spec: {group: example.com, names: {kind: Widget}, versions: [{name: v1, "
			"served: true}, {name: v2, served: true}]}}"));
	assert_string_equal(verdict(court, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}}"),
			    "a a fail: v2v1");
}

static void exempt_kinds(void **state)
{
	struct court *court = *state;

	add_policy(court, "a", "validations: [{expression: 'false'}]");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(
		verdict(court,
			"{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicyBinding, metadata: "
			"{name: x}}"),
		"");
	assert_string_equal(
		verdict(court, "{apiVersion: authorization.k8s.io/v1, kind: SubjectAccessReview, metadata: {name: x}}"),
		"");
	assert_string_equal(
		verdict(court,
			"{apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: "
			"{name: x}}"),
		"a a fail: failed expression: false");
}

static void namespaces_at_hand(void **state)
{
	struct court *court = *state;

	store_put(
		court->store,
		parse(court->arena, "{apiVersion: v1, kind: Namespace, metadata: {name: team, labels: {tier: gold}}}"));
	add(court, "ValidatingAdmissionPolicy", "a",
	    "{matchConstraints: {namespaceSelector: {matchLabels: {tier: gold}}, resourceRules: [{apiGroups: [''], "
	    "apiVersions: [v1], "
	    "operations: ['*'], resources: [pods]}]}, validations: [{expression: 'false', messageExpression: "
	    "\"namespaceObject.metadata.labels.tier + namespaceObject.metadata.labels['kubernetes.io/metadata.name'] + "
	    "namespaceObject.status.phase\"}]}");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(verdict(court, "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: team}}"),
			    "a a fail: goldteamActive");
	assert_string_equal(verdict(court, POD), "");
}

static void deletions(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "validations: [{expression: \"object == null && oldObject.metadata.name == 'p' && request.operation "
		   "== 'DELETE' "
		   "&& request.options.kind == 'DeleteOptions'\"}]");
	bind(court, "a", "validationActions: [Deny]");
	court->operation = OPERATION_DELETE;
	assert_string_equal(verdict(court, POD), "a a pass");
}

/* -- who asks ------------------------------------------------------------------------------------------------------ */

static void nobody_asks(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "validations: [{expression: \"authorizer.requestResource.check('create').allowed()\"}, "
		   "{expression: \"request.userInfo.username == 'x'\"}]");
	bind(court, "a", "validationActions: [Deny]");
	assert_string_equal(verdict(court, POD),
			    "a validations[0] error: expression 'authorizer.requestResource.check('create').allowed()' "
			    "resulted in error: "
			    "authorizer: nobody said who asks: the request has no user (give it with --userinfo)\n"
			    "a validations[1] error: expression 'request.userInfo.username == 'x'' resulted in error: "
			    "no such key: username");
	court->user = parse(court->arena, "{username: alice}");
	assert_string_equal(
		verdict(court, POD),
		"a validations[0] error: expression 'authorizer.requestResource.check('create').allowed()' resulted in "
		"error: "
		"authorizer: there are no RBAC objects (roles and bindings) among the inputs to answer from\n"
		"a validations[1] fail: failed expression: request.userInfo.username == 'x'");
	court->user = parse(court->arena, "{username: x, groups: ['system:masters']}");
	assert_string_equal(verdict(court, POD), "a validations[0] pass\na validations[1] pass");
}

/* -- params -------------------------------------------------------------------------------------------------------- */

static void custom_params(void **state)
{
	struct court *court = *state;

	add_policy(court, "a",
		   "paramKind: {apiVersion: example.com/v1, kind: Limit}, validations: [{expression: 'params.spec.most "
		   "== 3'}]");
	bind(court, "a", "validationActions: [Deny], paramRef: {name: l, parameterNotFoundAction: Allow}");
	assert_string_equal(verdict(court, POD), "a policy error: failed to configure policy: failed to find resource "
						 "referenced by paramKind: 'example.com/v1, "
						 "Kind=Limit'");
	store_put(
		court->store,
		parse(court->arena, "{apiVersion: example.com/v1, kind: Limit, metadata: {name: m}, spec: {most: 3}}"));
	assert_string_equal(
		verdict(court, POD),
		"a paramRef skip: no params found, which the binding allows (parameterNotFoundAction: Allow)");
	store_put(
		court->store,
		parse(court->arena, "{apiVersion: example.com/v1, kind: Limit, metadata: {name: l}, spec: {most: 3}}"));
	assert_string_equal(verdict(court, POD), "a a pass");
}

/* As Kyverno's tests have it: no constraints where there are bindings, no defaults, params in one list. */
static void kyvernos_tests(void **state)
{
	struct court *court = *state;

	court->only_object = true;
	store_put(court->store,
		  parse(court->arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: one, labels: {s: a}}}"));
	store_put(court->store,
		  parse(court->arena, "{apiVersion: v1, kind: ConfigMap, metadata: {name: two, labels: {s: a}}}"));
	add(court, "ValidatingAdmissionPolicy", "a",
	    "{" PODS ", paramKind: {apiVersion: v1, kind: ConfigMap}, validations: [{expression: 'size(params.items) "
		     "== 2'}, {expression: "
	    "'has(object.spec.restartPolicy)'}]}");
	bind(court, "a",
	     "validationActions: [Deny], paramRef: {selector: {matchLabels: {s: a}}, parameterNotFoundAction: Deny}");
	court->operation = OPERATION_UPDATE;
	assert_string_equal(
		verdict(court, POD),
		"a validations[0] pass\na validations[1] fail: failed expression: has(object.spec.restartPolicy)");
}

/* -- mutation ------------------------------------------------------------------------------------------------------ */

static void add_mutation(struct court *court, const char *name, const char *rest)
{
	add(court, "MutatingAdmissionPolicy", name,
	    str_cstr(court->arena, str_format(court->arena,
					      "{matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: "
					      "[v1], operations: ['*'], resources: "
					      "[pods]}]}, %s}",
					      rest)));
	add(court, "MutatingAdmissionPolicyBinding", name,
	    str_cstr(court->arena, str_format(court->arena, "{policyName: %s}", name)));
}

#define APPLY(expression) "{patchType: ApplyConfiguration, applyConfiguration: {expression: \"" expression "\"}}"
#define PATCH(expression) "{patchType: JSONPatch, jsonPatch: {expression: \"" expression "\"}}"

static void validations_see_mutations(void **state)
{
	struct court *court = *state;

	add_policy(court, "check",
		   "validations: [{expression: \"object.metadata.labels.team == 'a' && object.spec.dnsPolicy == "
		   "'ClusterFirst'\"}]");
	bind(court, "check", "validationActions: [Deny]");
	add_mutation(court, "label",
		     "reinvocationPolicy: Never, mutations: [" APPLY(
			     "Object{metadata: Object.metadata{labels: {'team': 'a'}}}") "]");
	assert_string_equal(verdict(court, POD), "label mutations pass: 1 change\ncheck check pass");
	/* What is judged is defaulted; what comes of it is as it was written. */
	assert_string_equal(str_cstr(court->arena, json_text(court->arena, court->after, JSON_COMPACT)),
			    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"p\",\"labels\":{\"app\":"
			    "\"x\",\"team\":\"a\"},"
			    "\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}");
}

static void reinvocation(void **state)
{
	struct court *court = *state;

	/* The first asks to be invoked again, and finds what the second did. */
	add_mutation(court, "first",
		     "reinvocationPolicy: IfNeeded, mutations: [" APPLY(
			     "Object{metadata: Object.metadata{labels: {'seen': has(object.metadata.labels.second) ? "
			     "'yes' : 'no'}}}") "]");
	add_mutation(court, "second",
		     "reinvocationPolicy: Never, mutations: [" APPLY(
			     "Object{metadata: Object.metadata{labels: {'second': 'x'}}}") "]");
	assert_string_equal(verdict(court, POD), "first mutations pass: 1 change\nsecond mutations pass: 1 "
						 "change\nfirst mutations pass: 1 change (invoked again)");
	assert_string_equal(str_cstr(court->arena, value_str(value_path(court->after, "metadata", "labels", "seen"))),
			    "yes");
}

static void mutations_that_fail(void **state)
{
	struct court *court = *state;

	add_mutation(court, "a",
		     "reinvocationPolicy: Never, mutations: [" PATCH(
			     "[JSONPatch{op: 'add', path: '/spec/oops', value: 1}]") ", " APPLY("Object{}") "]");
	add_mutation(court, "b",
		     "failurePolicy: Ignore, reinvocationPolicy: Never, mutations: [" APPLY(
			     "Object{spec: Object.spec{oops: 1}}") "]");
	assert_string_equal(
		verdict(court, POD),
		"a mutations[0] error: Internal error occurred: strict decoding error: unknown field \"spec.oops\" "
		"{reason=InternalError}");
}

static void ignored_mutation(void **state)
{
	struct court *court = *state;

	add_mutation(court, "b",
		     "failurePolicy: Ignore, reinvocationPolicy: Never, mutations: [" APPLY(
			     "Object{spec: Object.spec{oops: 1}}") "]");
	assert_string_equal(verdict(court, POD), "b mutations[0] skip: error applying patch: failed to convert patch "
						 "object to typed object: .spec.oops: field not "
						 "declared in schema (ignored: failurePolicy is Ignore)");
}

static void custom_resources_by_their_definition(void **state)
{
	struct court *court = *state;

	store_put(court->store,
		  parse(court->arena,
			"{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: "
			"widgets.example.com}, spec: {group: example.com, names: {kind: Widget}, versions: [{name: v1, "
			"served: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, "
			"properties: "
			"{parts: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [id], items: "
			"{type: "
			"object, required: [id], properties: {id: {type: string}, size: {type: integer}}}}, plain: "
			"{type: array, "
			"items: {type: string}}}}}}}}]}}"));
	add(
		court, "MutatingAdmissionPolicy", "a",
		"{matchConstraints: {resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: ['*'], "
		"resources: [widgets]}]}, "
		"reinvocationPolicy: Never, mutations: [" APPLY("Object{spec: Object.spec{parts: "
								"[Object.spec.parts{id: 'b', size: 2}, "
								"Object.spec.parts{id: 'c', size: 3}]}}") ", " APPLY("O"
														     "b"
														     "j"
														     "e"
														     "c"
														     "t"
														     "{"
														     "s"
														     "p"
														     "e"
														     "c"
														     ":"
														     " "
														     "O"
														     "b"
														     "j"
														     "e"
														     "c"
														     "t"
														     "."
														     "s"
														     "p"
														     "e"
														     "c"
														     "{"
														     "p"
														     "l"
														     "a"
														     "i"
														     "n"
														     ":"
														     " "
														     "["
														     "'"
														     "x"
														     "'"
														     "]"
														     "}"
														     "}") ", " APPLY(
			"Object{spec: Object.spec{oops: 1}}") ", " APPLY("Object{metadata: Object.metadata{labels: "
									 "{'l': 'm'}}}") "]}");
	add(court, "MutatingAdmissionPolicyBinding", "a", "{policyName: a}");
	assert_string_equal(verdict(court, "{apiVersion: example.com/v1, kind: Widget, metadata: {name: w}, spec: "
					   "{parts: [{id: a, size: 1}, {id: b, size: "
					   "1}]}}"),
			    "a mutations[1] error: error applying patch: invalid ApplyConfiguration: may not mutate "
			    "atomic arrays, maps or "
			    "structs: .spec.plain\n"
			    "a mutations[2] error: error applying patch: failed to convert patch object to typed "
			    "object: .spec.oops: field not "
			    "declared in schema\n"
			    "a mutations pass: 3 changes");
	assert_string_equal(
		str_cstr(court->arena, json_text(court->arena, value_field(court->after, "spec"), JSON_COMPACT)),
		"{\"parts\":[{\"id\":\"a\",\"size\":1},{\"id\":\"b\",\"size\":2},{\"id\":\"c\",\"size\":3}]}");
}

static void deletions_are_not_mutated(void **state)
{
	struct court *court = *state;

	add_mutation(court, "a",
		     "reinvocationPolicy: Never, mutations: [" APPLY(
			     "Object{metadata: Object.metadata{labels: {'a': 'b'}}}") "]");
	court->operation = OPERATION_DELETE;
	assert_string_equal(verdict(court, POD), "");
}

/* Without a schema maps are merged, and lists replaced. */
static void merging_without_a_schema(void **state)
{
	struct court *court = *state;
	const struct value *object = parse(court->arena, "{spec: {a: {b: 1}, list: [1]}}");
	const struct value *merged =
		apply_merge(court->arena, NULL, object, parse(court->arena, "{spec: {a: {c: 2}}}"), NULL);

	assert_string_equal(str_cstr(court->arena, json_text(court->arena, merged, JSON_COMPACT)),
			    "{\"spec\":{\"a\":{\"b\":1,\"c\":2},\"list\":[1]}}");
	merged = apply_merge(court->arena, NULL, object, parse(court->arena, "{spec: {list: [2]}}"), NULL);
	assert_string_equal(str_cstr(court->arena, json_text(court->arena, merged, JSON_COMPACT)),
			    "{\"spec\":{\"a\":{\"b\":1},\"list\":[2]}}");
}

static void deep_patches_end(void **state)
{
	struct court *court = *state;
	struct error *err = NULL;
	const struct value *deep = &value_empty_object;

	for (int i = 0; i < 1000; i++) {
		struct object_builder outer = { 0 };

		object_put(court->arena, &outer, STR("a"), deep);
		deep = object_finish(court->arena, &outer);
	}
	assert_null(apply_merge(court->arena, NULL, deep, deep, &err));
	assert_non_null(err);
	error_free(err);
}

/* -- parts for other dialects -------------------------------------------------------------------------------------- */

static void variables_are_lazy_and_cost_apart(void **state)
{
	struct court *court = *state;
	struct cel_env *base = cel_env_create(court->arena, CEL_KUBERNETES);
	struct admission_env env;
	struct admission_variables *variables;
	struct error *err = NULL;
	const struct cel_program *program;
	struct cel_value *slots, value;
	struct cel_run run = { .arena = court->arena };

	admission_env_create(court->arena, base, ADMISSION_VARIABLES, &env);
	variables = admission_variables_create(court->arena, &env);
	assert_int_equal(admission_variables_add(variables, STR("list"), STR("lists.range(1000)"), NULL), 0);
	assert_int_equal(admission_variables_add(variables, STR("bad"), STR("1/0"), NULL), 0);
	assert_int_equal(admission_variables_add(variables, STR("broken"), STR("1 +"), &err), -1);
	error_free(err);
	slots = arena_zalloc(court->arena, env.slots * sizeof(*slots));
	run.variables = slots;
	program = cel_compile(court->arena, env.cel, STR("size(variables.list) == 1000 || variables.bad == 1"),
			      &(struct cel_compile_options){ 0 }, NULL);
	assert_non_null(program);
	slots[env.variables] = admission_variables_start(variables, court->arena);
	value = cel_evaluate(program, &run);
	assert_int_equal(value.kind, CEL_BOOL);
	assert_true(value.u.boolean);
	assert_true(run.cost < 100);
	assert_true(admission_variables_cost(&slots[env.variables]) >= 1000);
	assert_int_equal(admission_variables_cost(&slots[env.variables]), 0);
	program =
		cel_compile(court->arena, env.cel, STR("variables.bad == 1"), &(struct cel_compile_options){ 0 }, NULL);
	value = cel_evaluate(program, &run);
	assert_int_equal(value.kind, CEL_ERROR);
	assert_string_equal(str_cstr(court->arena, value.u.error->message),
			    "composited variable \"bad\" fails to evaluate: division by zero");
}

static void texts(void **state)
{
	struct court *court = *state;
	struct review review;

	review_init(&review, court->arena,
		    parse(court->arena, "{apiVersion: apps/v1, kind: Deployment, metadata: {generateName: d-}}"));
	assert_string_equal(
		str_cstr(court->arena,
			 admission_forbidden_text(court->arena, &review,
						  admission_denial_text(court->arena, STR("p"), STR("b"), STR("m")))),
		"deployments.apps \"d-\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "
		"m");
	assert_string_equal(str_cstr(court->arena, admission_denial_text(court->arena, STR("p"), STR(""), STR("m"))),
			    "ValidatingAdmissionPolicy 'p' denied request: m");
	assert_string_equal(
		str_cstr(court->arena, admission_mutation_error_text(court->arena, STR("p"), STR("b"), STR("m"))),
		"policy 'p' with binding 'b' denied request: m");
	assert_int_equal(admission_reason_code(STR("Unauthorized")), 401);
	assert_int_equal(admission_reason_code(STR("Invalid")), 422);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_court, close_court)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(not_in_force),
		TEST(unbound_policies_see_all_params),
		TEST(bindings_without_a_policy_are_told),
		TEST(actions),
		TEST(warnings_and_audits),
		TEST(annotations),
		TEST(ignored_errors),
		TEST(conditions),
		TEST(kinds_for_the_index),
		TEST(broken_matches),
		TEST(versions_of_a_custom_resource),
		TEST(exempt_kinds),
		TEST(namespaces_at_hand),
		TEST(deletions),
		TEST(nobody_asks),
		TEST(custom_params),
		TEST(kyvernos_tests),
		TEST(validations_see_mutations),
		TEST(reinvocation),
		TEST(mutations_that_fail),
		TEST(ignored_mutation),
		TEST(deletions_are_not_mutated),
		TEST(custom_resources_by_their_definition),
		TEST(merging_without_a_schema),
		TEST(deep_patches_end),
		TEST(variables_are_lazy_and_cost_apart),
		TEST(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
