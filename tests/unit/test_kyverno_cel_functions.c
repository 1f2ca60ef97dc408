#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel_table.h"
#include "kube/store.h"
#include "policy/kyverno/cel/functions.h"

#define TABLE "tests/lang/kyverno-cel-functions.test"
#define SLOTS 16

struct fixture {
	struct arena *arena;
	struct cel_env *env;
	struct kyverno_cel_slots slots;
	struct cel_value variables[SLOTS];
	struct lookup lookup;
	struct kyverno_cel_context context;
};

static void open_fixture(struct fixture *f, unsigned libraries)
{
	struct error *err = NULL;

	*f = (struct fixture){ .arena = arena_create() };
	f->env = cel_env_create(f->arena, CEL_KYVERNO);
	if (kyverno_cel_add_functions(f->env, libraries, &f->slots, &err))
		fail_msg("%s", err->message);
	assert_true(cel_env_slots(f->env) <= SLOTS);
	kyverno_cel_bind(&f->slots, f->variables);
	f->context.lookup = &f->lookup;
}

static void set_text(struct fixture *f, const char *name, const struct value *text)
{
	uint32_t slot = cel_env_add_variable(f->env, str_of(name), &cel_string);

	assert_true(slot < SLOTS);
	f->variables[slot] = cel_of_data(text);
}

/* -- answers ------------------------------------------------------------------------------------------------------ */

static struct str ask(struct fixture *f, struct arena *arena, struct str source, struct str *type)
{
	static const struct cel_compile_options options;
	struct cel_run run = { .arena = arena, .variables = f->variables, .user = &f->context };
	const struct cel_program *program = cel_compile(arena, f->env, source, &options, NULL);
	struct cel_value value;
	struct str answer;

	*type = STR("-");
	if (!program)
		return STR("!compile");
	*type = cel_type_text(arena, cel_program_type(program));
	f->context.generated = (struct array_builder){ 0 };
	value = cel_evaluate(program, &run);
	answer = cel_answer(arena, &value);
	if (f->context.generated.count) {
		answer = str_concat(arena, answer, STR(" and "));
		answer = str_concat(arena, answer, json_text(arena, array_finish(arena, &f->context.generated), 0));
	}
	return answer;
}

/* Generated objects stand behind " and ". */
static bool same(struct arena *arena, struct str got, struct str want)
{
	size_t i = str_find(got, STR(" and ["), 0), j = str_find(want, STR(" and ["), 0);

	if (i != STR_NOT_FOUND && j != STR_NOT_FOUND)
		return str_equal(str_slice(got, 0, i), str_slice(want, 0, j)) &&
		       cel_same_json(arena, str_skip(got, i + 5), str_skip(want, j + 5));
	return cel_same(arena, got, want);
}

static void expect(struct fixture *f, const char *source, const char *want)
{
	struct str type, got = ask(f, f->arena, str_of(source), &type);

	if (!same(f->arena, got, str_of(want)))
		fail_msg("%s: want %s, got %.*s", source, want, STR_ARG(got));
}

/* -- tests -------------------------------------------------------------------------------------------------------- */

static void use_context(struct fixture *f, struct str json)
{
	const struct value *context = parse(f->arena, json);

	f->lookup.values = value_field(context, "values");
	set_text(f, "pem", value_field(context, "pem"));
	set_text(f, "csr", value_field(context, "csr"));
}

static void test_table(void **state)
{
	struct arena *arena = arena_create();
	size_t count = 0, failed = 0;
	struct fixture fixture;
	struct table table;
	struct row row;

	(void)state;
	open_fixture(&fixture, KYVERNO_CEL_USER | KYVERNO_CEL_X509 | KYVERNO_CEL_GENERATOR);
	table_open(&table, TABLE);
	while (table_next(&table, &row)) {
		struct str type, got;

		if (count++ == 0)
			use_context(&fixture, table.context);
		got = ask(&fixture, arena, row.lines[0], &type);
		if (!str_equal(type, row.lines[1])) {
			print_error("%s:%zu: type %.*s\n", TABLE, row.line, STR_ARG(type));
			failed++;
		}
		if (!same(arena, got, row.lines[2])) {
			print_error("%s:%zu: %.*s\n  want %.*s\n  got  %.*s\n", TABLE, row.line, STR_ARG(row.lines[0]),
				    STR_ARG(row.lines[2]), STR_ARG(got));
			failed++;
		}
		arena_reset(arena);
	}
	assert_true(count > 130);
	assert_int_equal(failed, 0);
	buf_free(&table.text);
	arena_destroy(fixture.arena);
	arena_destroy(arena);
}

static void test_namespaced(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, KYVERNO_CEL_NAMESPACED | KYVERNO_CEL_GENERATOR);
	f.context.policy_namespace = STR("shop");
	f.lookup.values = parse_text(f.arena,
				     "{\"context\": {\"spec\": {\"resources\": ["
				     "{\"apiVersion\": \"v1\", \"kind\": \"Secret\","
				     " \"metadata\": {\"name\": \"a\", \"namespace\": \"shop\"}},"
				     "{\"apiVersion\": \"v1\", \"kind\": \"Secret\","
				     " \"metadata\": {\"name\": \"b\", \"namespace\": \"other\"}}]}}}");
	expect(&f, "resource.Get('v1', 'secrets', 'a').metadata.name", "\"a\"");
	expect(&f, "resource.Get('v1', 'secrets', 'b')", "null");
	expect(&f, "resource.List('v1', 'secrets').items.size()", "1");
	expect(&f, "resource.get(resource.toGVR('v1', 'Secret'), 'a').kind", "\"Secret\"");
	expect(&f, "resource.Get('v1', 'secrets', 'shop', 'a')", "!compile");
	expect(&f, "generator.Apply([{'kind': 'A'}])",
	       "true and [{\"kind\":\"A\",\"metadata\":{\"namespace\":\"shop\"}}]");
	arena_destroy(f.arena);
}

/* Objects among the inputs; what is not there is an error unless the inputs are all there is. */
static void test_inputs(void **state)
{
	struct store *store;
	struct fixture f;

	(void)state;
	open_fixture(&f, 0);
	store = store_create(f.arena);
	store_put(store, parse_text(f.arena,
				    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"a\","
				    " \"namespace\": \"x\", \"labels\": {\"app\": \"one\"}},"
				    " \"data\": {\"k\": \"v\"}}"));
	store_put(store, parse_text(f.arena,
				    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"b\","
				    " \"namespace\": \"y\"}}"));
	f.lookup.store = store;
	expect(&f, "resource.Get('v1', 'configmaps', 'x', 'a').data.k", "\"v\"");
	expect(&f, "resource.Get('v1', 'configmaps', 'x', 'none')",
	       "! \"failed to get resource: configmaps \\\"none\\\" is not among the inputs\"");
	expect(&f, "resource.List('apps/v1', 'deployments', '')",
	       "! \"failed to list resource: no deployments.apps are among the inputs\"");
	expect(&f, "resource.List('v1', 'configmaps', '').items.size()", "2");
	expect(&f, "resource.List('v1', 'configmaps', 'y').items.size()", "1");
	expect(&f, "resource.List('v1', 'configmaps', '', {'app': 'one'}).items[0].metadata.name", "\"a\"");
	expect(&f, "resource.Post('v1', 'configmaps', 'x', {'a': 'b'})",
	       "! \"failed to create resource: nothing is made in a cluster here (configmaps)\"");
	f.lookup.whole = true;
	expect(&f, "resource.Get('v1', 'configmaps', 'x', 'none')", "null");
	expect(&f, "resource.List('apps/v1', 'deployments', '').items", "[]");
	expect(&f, "http.Client('pem').Get('https://a').body",
	       "! \"request failed: GET https://a: no request is made here; say in apiCallResponses what the answer "
	       "is\"");
	arena_destroy(f.arena);
}

/* -- images ------------------------------------------------------------------------------------------------------- */

static const struct value *known_image(void *data, struct arena *arena, struct str image, struct error **err)
{
	struct object_builder object = { 0 };

	(void)data;
	if (!str_is(image, "known")) {
		error_set(err, ERROR_NOT_FOUND, "no such image");
		return NULL;
	}
	object_put(arena, &object, STR("digest"), value_of_str(arena, STR("sha256:1")));
	return object_finish(arena, &object);
}

static int64_t signed_by_all(void *data, struct arena *arena, struct str image, const struct value *attestors,
			     struct error **err)
{
	(void)data, (void)arena;
	if (str_is(image, "broken"))
		return error_set(err, ERROR_IO, "registry is down");
	return str_is(image, "known") ? (int64_t)value_count(attestors) : 0;
}

static int64_t attested_by_all(void *data, struct arena *arena, struct str image, const struct value *attestation,
			       const struct value *attestors, struct error **err)
{
	(void)attestation;
	return signed_by_all(data, arena, image, attestors, err);
}

static const struct value *payload_of(void *data, struct arena *arena, struct str image,
				      const struct value *attestation, struct error **err)
{
	(void)data, (void)arena, (void)image, (void)err;
	return value_field(attestation, "payload");
}

static int concerns_all_but_other(struct kyverno_cel_context *context, struct str image, struct error **err)
{
	(void)context, (void)err;
	return !str_is(image, "other");
}

static void test_images(void **state)
{
	static const struct kyverno_image_engine engine = {
		.metadata = known_image, .verify_signatures = signed_by_all, .verify_attestation = attested_by_all,
		.payload = payload_of,
	};
	struct fixture f;

	(void)state;
	open_fixture(&f, KYVERNO_CEL_IMAGE_VERIFY);
	expect(&f, "verifyImageSignatures('known', [{'name': 'a'}])",
	       "! \"failed to get imagedata: verifyImageSignatures needs the image engine, which this build does not "
	       "have\"");
	expect(&f, "image.GetMetadata('known')",
	       "! \"failed to get image data: image.GetMetadata needs the image engine, which this build does not "
	       "have\"");
	f.context.images = &engine;
	f.context.concerns_image = concerns_all_but_other;
	f.context.attestations = parse_text(f.arena, "[{\"name\": \"sbom\", \"payload\": {\"n\": 1}}]");
	expect(&f, "image.getMetadata('known').digest", "\"sha256:1\"");
	expect(&f, "getImageData('unknown')", "! \"failed to get imagedata: no such image\"");
	expect(&f, "verifyImageSignatures('known', [{'name': 'a'}, {'name': 'b'}])", "2");
	expect(&f, "verifyImageSignatures('unsigned', [{'name': 'a'}])", "0");
	expect(&f, "verifyImageSignatures('other', [{'name': 'a'}])", "0");
	expect(&f, "verifyImageSignatures('known', [])", "0");
	expect(&f, "verifyImageSignatures('broken', [{'name': 'a'}])",
	       "! \"failed to get imagedata: registry is down\"");
	expect(&f, "verifyAttestationSignatures('known', 'sbom', [{'name': 'a'}])", "1");
	expect(&f, "verifyAttestationSignatures('known', 'none', [{'name': 'a'}])",
	       "! \"attestation not found in policy: none\"");
	expect(&f, "extractPayload('known', 'sbom').n", "1");
	assert_true(cel_same_json(f.arena, json_text(f.arena, object_finish(f.arena, &f.context.verified), 0),
			      STR("{\"known\": true, \"unsigned\": false}")));
	arena_destroy(f.arena);
}

/* Evaluations without anything around them fail; they do not crash. */
static void test_without_context(void **state)
{
	static const char *const sources[] = {
		"http.Get('https://a')", "globalContext.Get('a')", "resource.Get('v1', 'pods', 'a', 'b')",
		"resource.List('v1', 'pods', 'a')", "generator.Apply('a', [{'kind': 'A'}])", "image.GetMetadata('a')",
		"verifyImageSignatures('a', [])", "extractPayload('a', 'b')",
	};
	static const struct cel_compile_options options;
	struct fixture f;

	(void)state;
	open_fixture(&f, KYVERNO_CEL_GENERATOR | KYVERNO_CEL_IMAGE_VERIFY);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		struct cel_run run = { .arena = f.arena, .variables = f.variables };
		const struct cel_program *program = cel_compile(f.arena, f.env, str_of(sources[i]), &options, NULL);
		struct cel_value value;

		assert_non_null(program);
		value = cel_evaluate(program, &run);
		if (!str_starts_with(str_of(sources[i]), STR("globalContext")))
			assert_true(cel_is_error(value));
	}
	arena_destroy(f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_namespaced),
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_without_context),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
