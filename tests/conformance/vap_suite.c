/*
 * The admission policy suite: what an API server answered. DIR/live/probes*.json (or DIR/probes*.json) are arrays of
 * {policy_spec, binding_spec, object, params, and policy_create, binding_create or result}; a case passes when code,
 * reason, message and warnings are the same. A case may also have old_object (an update), operation, user ("alice", of
 * group dev), and mutations in its policy_spec: then `patched` is the object that came of it. map-example.yaml is a
 * MutatingAdmissionPolicy, map-example-result.json the Pod that it made. Ends with "N passed, N failed".
 */
#include <stdio.h>

#include <dirent.h>
#include <unistd.h>

#include "data/documents.h"
#include "data/json.h"
#include "kube/schema.h"
#include "policy/admissionpolicy/admissionpolicy.h"

#define COMPLAINTS_MAX 30

struct suite {
	struct arena *arena;
	size_t passed, failed;
};

/* What the API server says to a request. */
struct answer {
	int code;
	struct str reason, message, warning;
};

static const struct value *read_json(struct arena *arena, struct str path)
{
	struct document document;
	const char *name = str_cstr(arena, path);
	struct documents *documents = documents_open(&name, 1, &decode_limits_default);
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *root = NULL;

	if (documents_next(documents, &document, &err) > 0) {
		struct document *kept = arena_copy(arena, &document, sizeof(document));

		kept->source.name = path;
		kept->source.text = str_dup(arena, document.source.text);
		root = document_decode(arena, kept, &decode_limits_default, NULL, &err);
	}
	if (!root)
		fprintf(stderr, STR_FMT ": %s\n", STR_ARG(path), err ? err->message : "empty");
	documents_close(documents);
	return root;
}

static const struct value *text_value(struct arena *arena, struct str text)
{
	return value_of_str(arena, text);
}

/* {apiVersion, kind, metadata: {name}, spec} */
static const struct value *object_of(struct arena *arena, struct str kind, struct str name, const struct value *spec)
{
	struct object_builder object = { 0 }, metadata = { 0 };

	object_put(arena, &metadata, STR("name"), text_value(arena, name));
	object_put(arena, &object, STR("apiVersion"), text_value(arena, STR("admissionregistration.k8s.io/v1")));
	object_put(arena, &object, STR("kind"), text_value(arena, kind));
	object_put(arena, &object, STR("metadata"), object_finish(arena, &metadata));
	object_put(arena, &object, STR("spec"), spec);
	return object_finish(arena, &object);
}

static struct answer creation(struct arena *arena, const struct value *object)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct answer answer = { .code = 201 };

	if (admission_validate(object, &err) == 0)
		return answer;
	answer.code = 422;
	answer.message =
		str_format(arena, STR_FMT ".admissionregistration.k8s.io \"" STR_FMT "\" is invalid: %s",
			   STR_ARG(value_str(value_field(object, "kind"))), STR_ARG(object_name(object)), err->message);
	return answer;
}

static struct str property(const struct result *result, const char *name)
{
	for (size_t i = 0; i < result->property_count; i++)
		if (str_equal(result->properties[i].name, str_of(name)))
			return result->properties[i].value;
	return STR("");
}

static bool warns(const struct value *binding_spec)
{
	for (VALUE_EACH(action, value_field(binding_spec, "validationActions")))
		if (str_is(value_str(action), "Warn"))
			return true;
	return false;
}

static struct answer answer_of(const struct review *review, const struct value *binding_spec,
			       const struct result_list *results)
{
	struct arena *arena = review->arena;
	struct answer answer = { .code = 201 };

	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->items[i];
		struct str binding = property(result, "binding");

		if (result->outcome == OUTCOME_WARN && warns(binding_spec))
			answer.warning =
				str_format(arena,
					   "299 - \"Validation failed for ValidatingAdmissionPolicy '" STR_FMT
					   "' with binding '" STR_FMT "': " STR_FMT "\"",
					   STR_ARG(result->policy), STR_ARG(binding), STR_ARG(result->message));
		if (answer.code != 201 || (result->outcome != OUTCOME_FAIL && result->outcome != OUTCOME_ERROR))
			continue;
		if (str_starts_with(result->policy_kind, STR("Mutating"))) {
			answer.code = 403;
			answer.reason = property(result, "reason").n ? property(result, "reason") : STR("Invalid");
			answer.message = admission_mutation_error_text(arena, result->policy, binding, result->message);
			if (str_is(answer.reason, "InternalError")) {
				answer.code = 500;
				answer.message = result->message;
			}
			continue;
		}
		answer.reason = property(result, "reason").n ? property(result, "reason") : STR("Invalid");
		answer.code = admission_reason_code(answer.reason);
		answer.message = admission_forbidden_text(
			arena, review, admission_denial_text(arena, result->policy, binding, result->message));
	}
	return answer;
}

static const struct value *user_of(struct arena *arena, struct str name)
{
	return json_parse(
		arena,
		str_is(name, "alice")
			? STR("{\"username\":\"alice\",\"uid\":\"u-alice\",\"groups\":[\"dev\",\"system:"
			      "authenticated\"]}")
			: STR("{\"username\":\"admin\",\"groups\":[\"system:masters\",\"system:authenticated\"]}"),
		NULL);
}

static struct store *store_of(struct arena *arena, const struct value *params)
{
	struct store *store = store_create(arena);

	store_put(store,
		  json_parse(arena,
			     STR("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"default\","
				 "\"labels\":{\"kubernetes.io/metadata.name\":\"default\"}}}"),
			     NULL));
	for (VALUE_EACH(param, params))
		store_put(store, param);
	return store;
}

static void judge(struct arena *arena, struct policy_set *set, const struct value *object, const struct value *item,
		  struct review *review, struct result_list *results)
{
	struct lookup *lookup = ARENA_NEW(arena, struct lookup);
	const struct value *old = value_field(item, "old_object");

	lookup->store = store_of(arena, value_field(item, "params"));
	review_init(review, arena, object);
	review->lookup = lookup;
	review->dry_run = true;
	review->user = user_of(arena, value_str(value_field(item, "user")));
	if (old) {
		struct review other;

		review_init(&other, arena, old);
		review->operation = OPERATION_UPDATE;
		review->old_object = other.object;
	}
	if (str_is(value_str(value_field(item, "operation")), "DELETE")) {
		review->operation = OPERATION_DELETE;
		review->old_object = review->object;
		review->object = NULL;
	}
	policy_set_judge(set, review, results);
}

static bool complain(struct suite *suite, struct str name, const char *what, struct str want, struct str got)
{
	if (suite->failed < COMPLAINTS_MAX)
		printf(STR_FMT ": %s\n  want " STR_FMT "\n  got  " STR_FMT "\n", STR_ARG(name), what, STR_ARG(want),
		       STR_ARG(got));
	return false;
}

static bool same_answer(struct suite *suite, struct str name, const struct value *want, const struct answer *got)
{
	const struct value *code = value_field(want, "code"), *warnings = value_field(want, "warnings");
	struct str warning = value_count(warnings) ? value_str(value_at(warnings, 0)) : STR("");

	if (!str_equal(value_str(value_field(want, "message")), got->message))
		return complain(suite, name, "message", value_str(value_field(want, "message")), got->message);
	if (value_is(code, VALUE_INT) && code->u.integer != got->code && (code->u.integer >= 300 || got->code >= 300))
		return complain(suite, name, "code", json_text(suite->arena, code, JSON_COMPACT),
				str_format(suite->arena, "%d", got->code));
	if (value_str(value_field(want, "reason")).n && !str_equal(value_str(value_field(want, "reason")), got->reason))
		return complain(suite, name, "reason", value_str(value_field(want, "reason")), got->reason);
	if (!str_equal(warning, got->warning))
		return complain(suite, name, "warning", warning, got->warning);
	return true;
}

static bool check_refusal(struct suite *suite, struct str name, const struct value *object, const struct value *want)
{
	struct answer answer = creation(suite->arena, object);

	if (want)
		return same_answer(suite, name, want, &answer);
	return answer.code == 201 || complain(suite, name, "refused", STR(""), answer.message);
}

static const struct value *without(struct arena *arena, const struct value *object, const char *const *names)
{
	struct object_builder builder = { 0 };

	object_start_from(arena, &builder, object);
	for (size_t i = 0; names[i]; i++)
		object_remove(&builder, str_of(names[i]));
	return object_finish(arena, &builder);
}

static const struct value *with(struct arena *arena, const struct value *object, const char *name,
				const struct value *value)
{
	struct object_builder builder = { 0 };

	object_start_from(arena, &builder, object);
	object_put(arena, &builder, str_of(name), value);
	return object_finish(arena, &builder);
}

/* The object without what the API server adds after mutation. */
static const struct value *stripped(struct arena *arena, const struct value *object)
{
	static const char *const top[] = { "status", NULL };
	static const char *const metadata[] = { "creationTimestamp", "uid", "generation", "managedFields", NULL };

	object = without(arena, object, top);
	return with(arena, object, "metadata", without(arena, value_field(object, "metadata"), metadata));
}

/* Equal once both have their defaults. */
static bool same_object(struct suite *suite, struct str name, const struct value *want, const struct value *got)
{
	got = stripped(suite->arena, schema_defaulted(suite->arena, got, NULL));
	want = stripped(suite->arena, want);
	return value_equal(want, got) ||
	       complain(suite, name, "object", json_text(suite->arena, want, JSON_COMPACT | JSON_SORTED),
			json_text(suite->arena, got, JSON_COMPACT | JSON_SORTED));
}

static bool check_case(struct suite *suite, const struct value *item)
{
	struct arena *arena = suite->arena;
	struct str name = value_str(value_field(item, "name"));
	const struct value *binding_spec = value_field(item, "binding_spec");
	struct str policy_name = value_str(value_field(binding_spec, "policyName"));
	bool mutating = value_path(item, "policy_spec", "mutations") != NULL;
	const struct value *policy =
		object_of(arena, mutating ? STR("MutatingAdmissionPolicy") : STR("ValidatingAdmissionPolicy"),
			  policy_name, value_field(item, "policy_spec"));
	const struct value *binding = object_of(
		arena, mutating ? STR("MutatingAdmissionPolicyBinding") : STR("ValidatingAdmissionPolicyBinding"),
		policy_name, binding_spec);
	struct result_list results = { 0 };
	struct policy_set *set;
	struct review review;
	struct answer answer;
	bool same;

	if (!check_refusal(suite, name, policy, value_field(item, "policy_create")))
		return false;
	if (value_field(item, "policy_create"))
		return true;
	if (!check_refusal(suite, name, binding, value_field(item, "binding_create")))
		return false;
	if (value_field(item, "binding_create"))
		return true;
	set = policy_set_create();
	same = policy_set_add(set, policy, NULL) == 1 && policy_set_add(set, binding, NULL) == 1 &&
	       policy_set_seal(set, NULL) == 0;
	if (same) {
		judge(arena, set, value_field(item, "object"), item, &review, &results);
		answer = answer_of(&review, binding_spec, &results);
		same = same_answer(suite, name, value_field(item, "result"), &answer) &&
		       (!value_field(item, "patched") ||
			same_object(suite, name, value_field(item, "patched"), review.object));
	} else {
		complain(suite, name, "does not compile", STR(""), STR(""));
	}
	policy_set_destroy(set);
	return same;
}

/* -- the mutating example ------------------------------------------------------------------------------------------ */

/* The Pod as it must have been before the example changed it. */
static const struct value *unmutated(struct arena *arena, const struct value *pod)
{
	static const char *const labels[] = { "biro", "a/b-c", NULL }, *const policy[] = { "imagePullPolicy", NULL };
	const struct value *metadata = value_field(pod, "metadata"), *spec = value_field(pod, "spec");
	struct array_builder containers = { 0 };

	metadata = with(arena, metadata, "labels", without(arena, value_field(metadata, "labels"), labels));
	for (VALUE_EACH(container, value_field(spec, "containers")))
		array_add(arena, &containers, without(arena, container, policy));
	spec = with(arena, spec, "containers", array_finish(arena, &containers));
	return with(arena, with(arena, pod, "metadata", metadata), "spec", spec);
}

static bool check_example(struct suite *suite, struct str folder)
{
	struct arena *arena = suite->arena;
	struct str path = str_concat(arena, folder, STR("/map-example.yaml"));
	const struct value *want = read_json(arena, str_concat(arena, folder, STR("/map-example-result.json")));
	const char *name = str_cstr(arena, path);
	struct documents *documents = documents_open(&name, 1, &decode_limits_default);
	struct policy_set *set = policy_set_create();
	struct result_list results = { 0 };
	struct document document;
	struct review review;
	bool same = want != NULL;

	while (documents_next(documents, &document, NULL) > 0) {
		struct document *kept = arena_copy(arena, &document, sizeof(document));
		const struct value *root;

		kept->source.name = path;
		kept->source.text = str_dup(arena, document.source.text);
		root = document_decode(arena, kept, &decode_limits_default, NULL, NULL);
		same = same && root && policy_set_add(set, root, NULL) == 1;
	}
	documents_close(documents);
	same = same && policy_set_seal(set, NULL) == 0;
	if (same) {
		judge(arena, set, unmutated(arena, stripped(arena, want)), NULL, &review, &results);
		same = same_object(suite, path, want, review.object);
	} else {
		complain(suite, path, "does not compile", STR(""), STR(""));
	}
	policy_set_destroy(set);
	return same;
}

/* -- files --------------------------------------------------------------------------------------------------------- */

static void count(struct suite *suite, bool same)
{
	if (same)
		suite->passed++;
	else
		suite->failed++;
}

static void run_file(struct suite *suite, struct str path)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct value *cases = read_json(arena, path);

	for (VALUE_EACH(item, cases)) {
		suite->arena = arena_create();
		count(suite, check_case(suite, item));
		arena_destroy(suite->arena);
	}
	if (!cases)
		suite->failed++;
}

static void run_folder(struct suite *suite, const char *folder)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct dirent **entries;
	int n = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct str name = str_of(entries[i]->d_name);

		if (str_starts_with(name, STR("probes")) && str_ends_with(name, STR(".json")))
			run_file(suite, str_format(arena, "%s/" STR_FMT, folder, STR_ARG(name)));
		if (str_is(name, "map-example.yaml")) {
			suite->arena = arena_create();
			count(suite, check_example(suite, str_of(folder)));
			arena_destroy(suite->arena);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct suite suite = { 0 };
	const char *live;

	if (argc != 2) {
		fprintf(stderr, "usage: vap_suite DIR\n");
		return 2;
	}
	live = str_cstr(arena, str_format(arena, "%s/live", argv[1]));
	run_folder(&suite, access(live, R_OK) == 0 ? live : argv[1]);
	printf("%zu passed, %zu failed\n", suite.passed, suite.failed);
	return suite.failed ? 1 : 0;
}
