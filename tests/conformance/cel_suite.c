/*
 * The cel suite: DIR/<name>.json, lists of {name, expr, bindings, type_env, disable_check, disable_macros, check_only,
 * container, want | want_error | want_type, k8s: {value | compile_error | program_error | eval_error, out_type, cost}}.
 * A case is judged in the plain environment by `want…` and in the Kubernetes environment by `k8s`: the same value, or
 * an error of the same stage with the same text, the same type and the same cost. One line per failure.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "data/instant.h"
#include "data/json.h"
#include "data/yaml_scalar.h"
#include "lang/cel/env.h"
#include "policy/admissionpolicy/engine.h"

#define COST_LIMIT 100000000

struct totals {
	size_t passed, failed;
	struct str known; /* known-failures.txt */
};

struct test {
	struct arena *arena;
	const char *file;
	const char *flavour_name;
	enum cel_flavour flavour;
	const struct value *test;
	struct totals *totals;
};

struct cel_outcome {
	const struct cel_program *program;
	struct error *err;
	enum cel_stage stage;
	const struct cel_type *type;
	struct cel_value value;
	uint64_t cost;
};

static bool read_file(const char *path, struct buf *text)
{
	FILE *file = fopen(path, "rb");
	char block[65536];
	size_t n;

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	while ((n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add_bytes(text, block, n);
	fclose(file);
	return true;
}

static struct str field(const struct test *test, const char *name)
{
	return value_str(value_get(test->test, str_of(name)));
}

static bool PRINTF_LIKE(2, 3) fail(const struct test *test, const char *format, ...)
{
	va_list args;

	printf("%s: " STR_FMT ": %s: " STR_FMT ": ", test->file, STR_ARG(field(test, "name")), test->flavour_name,
	       STR_ARG(field(test, "expr")));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	return false;
}

/* -- values of the corpus -------------------------------------------------------------------------------------- */

static double to_double(struct arena *arena, struct str text)
{
	return strtod(str_cstr(arena, text), NULL);
}

static uint64_t to_uint(struct arena *arena, struct str text)
{
	return strtoull(str_cstr(arena, text), NULL, 10);
}

static struct str to_bytes(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	scalar_decode_base64(text, out, &n);
	return str_make(out, n);
}

static struct cel_value to_value(struct arena *arena, const struct value *typed);

static struct cel_value to_list(struct arena *arena, const struct value *items)
{
	struct cel_value *out = arena_array(arena, value_count(items), sizeof(*out));
	size_t count = 0;

	for (VALUE_EACH(item, items))
		out[count++] = to_value(arena, item);
	return cel_of_items(out, count);
}

static struct cel_value to_map(struct arena *arena, const struct value *pairs)
{
	struct cel_entry *out = arena_array(arena, value_count(pairs), sizeof(*out));
	size_t count = 0;

	for (VALUE_EACH(pair, pairs)) {
		out[count].key = to_value(arena, value_at(pair, 0));
		out[count++].value = to_value(arena, value_at(pair, 1));
	}
	return cel_of_entries(arena, out, count);
}

static struct cel_value to_value(struct arena *arena, const struct value *typed)
{
	const struct member *member = typed->u.members;
	struct str kind = value_str(&member->key), text = value_str(&member->value);
	struct instant t;
	int64_t i = 0;

	if (str_is(kind, "int") && str_to_int64(text, &i))
		return cel_of_int(i);
	if (str_is(kind, "uint"))
		return cel_of_uint(to_uint(arena, text));
	if (str_is(kind, "double"))
		return cel_of_double(to_double(arena, text));
	if (str_is(kind, "string"))
		return cel_of_str(text);
	if (str_is(kind, "bool"))
		return cel_of_bool(value_bool(&member->value, false));
	if (str_is(kind, "bytes"))
		return cel_of_bytes(to_bytes(arena, text));
	if (str_is(kind, "duration") && str_to_int64(text, &i))
		return cel_of_duration(i);
	if (str_is(kind, "timestamp") && instant_parse_rfc3339(text, &t, NULL) == 0)
		return cel_of_timestamp(t.seconds, (uint32_t)t.nanoseconds);
	if (str_is(kind, "list"))
		return to_list(arena, &member->value);
	if (str_is(kind, "map"))
		return to_map(arena, &member->value);
	if (str_is(kind, "optional")) {
		struct cel_value inner;

		if (value_is_null(&member->value))
			return cel_of_optional(arena, NULL);
		inner = to_value(arena, &member->value);
		return cel_of_optional(arena, &inner);
	}
	return cel_of_null();
}

/* The same value of the same kind; CEL's own == would let 1 be 1.0. */
static bool same(struct arena *arena, const struct cel_value *v, const struct value *typed);

static bool same_list(struct arena *arena, const struct cel_value *v, const struct value *items)
{
	if (v->kind != CEL_LIST || cel_count(v) != value_count(items))
		return false;
	for (size_t i = 0; i < value_count(items); i++) {
		struct cel_value item = cel_item(v, i);

		if (!same(arena, &item, value_at(items, i)))
			return false;
	}
	return true;
}

static bool same_map(struct arena *arena, const struct cel_value *v, const struct value *pairs)
{
	if (v->kind != CEL_MAP || cel_map_count(v) != value_count(pairs))
		return false;
	for (VALUE_EACH(pair, pairs)) {
		struct cel_value key = to_value(arena, value_at(pair, 0)), found;

		if (!cel_map_find(v, &key, &found) || !same(arena, &found, value_at(pair, 1)))
			return false;
	}
	return true;
}

static bool same(struct arena *arena, const struct cel_value *v, const struct value *typed)
{
	const struct member *member = typed->u.members;
	struct str kind = value_str(&member->key), text = value_str(&member->value);
	struct cel_value wanted;

	if (str_is(kind, "list"))
		return same_list(arena, v, &member->value);
	if (str_is(kind, "map"))
		return same_map(arena, v, &member->value);
	if (str_is(kind, "type"))
		return v->kind == CEL_TYPE && str_equal(v->u.type->name, text);
	if (str_is(kind, "opaque"))
		return str_equal(cel_type_of(v)->name, text);
	if (str_is(kind, "optional"))
		return v->kind == CEL_OPTIONAL &&
		       (value_is_null(&member->value) ? !v->u.optional
						      : v->u.optional && same(arena, v->u.optional, &member->value));
	wanted = to_value(arena, typed);
	if (v->kind == CEL_DOUBLE && wanted.kind == CEL_DOUBLE && isnan(wanted.u.number))
		return isnan(v->u.number);
	return v->kind == wanted.kind && cel_equal(v, &wanted);
}

/* -- environments ---------------------------------------------------------------------------------------------- */

static const struct cel_type *named_type(void *data, struct str name)
{
	return cel_env_type(data, name);
}

static struct str signature_of(struct arena *arena, const struct value *overload)
{
	const struct value *parameters = value_field(overload, "params");
	bool member = value_bool(value_field(overload, "member"), false);
	struct buf text = { 0 };
	struct str all;

	for (size_t i = 0; i < value_count(parameters); i++) {
		if (member && i == 0)
			buf_printf(&text, STR_FMT ".(", STR_ARG(value_str(value_at(parameters, i))));
		else
			buf_printf(&text, "%s" STR_FMT,
				   i > member ? ", "
				   : member   ? ""
					      : "(",
				   STR_ARG(value_str(value_at(parameters, i))));
	}
	buf_printf(&text, ") -> " STR_FMT, STR_ARG(value_str(value_field(overload, "result"))));
	all = str_dup(arena, buf_str(&text));
	buf_free(&text);
	return all;
}

static int declare_function(struct arena *arena, struct cel_env *env, struct str name, const struct value *overloads,
			    struct error **err)
{
	struct cel_function *functions = arena_zalloc(arena, (value_count(overloads) + 1) * sizeof(*functions));
	struct cel_library *library = ARENA_NEW(arena, struct cel_library);

	for (size_t i = 0; i < value_count(overloads); i++) {
		functions[i].name = str_cstr(arena, name);
		functions[i].signature = str_cstr(arena, signature_of(arena, value_at(overloads, i)));
	}
	library->name = "case";
	library->functions = functions;
	return cel_env_add_library(env, library, err);
}

/* The environment of a case, and its variables by slot. */
static struct cel_env *declare(const struct test *test, const struct cel_env *base, struct cel_value **variables,
			       struct error **err)
{
	const struct value *types = value_field(test->test, "type_env"),
			   *bindings = value_field(test->test, "bindings");
	struct cel_env *env = cel_env_extend(test->arena, base);
	struct cel_signature context = { test->arena, named_type, env };

	if (field(test, "container").n)
		cel_env_set_container(env, field(test, "container"));
	for (MEMBER_EACH(m, types)) {
		struct str name = value_str(&m->key);
		const struct cel_type *type;

		if (m->value.type == VALUE_OBJECT) {
			if (declare_function(test->arena, env, name, value_field(&m->value, "function"), err) < 0)
				return NULL;
			continue;
		}
		type = cel_type_parse(&context, value_str(&m->value), err);
		if (!type)
			return NULL;
		cel_env_add_variable(env, name, type);
	}
	for (MEMBER_EACH(m, bindings))
		if (!value_get(types, value_str(&m->key)))
			cel_env_add_variable(env, value_str(&m->key), &cel_dyn);
	*variables = arena_zalloc(test->arena, (cel_env_slots(env) + 1) * sizeof(**variables));
	for (MEMBER_EACH(m, bindings))
		(*variables)[cel_env_variable(env, value_str(&m->key))->slot] = to_value(test->arena, &m->value);
	return env;
}

/* As cel-go's Type.String() prints types, which is not how its messages do. */
static void print_type(struct buf *out, const struct cel_type *type)
{
	buf_add(out, type->kind == CEL_TYPE_WRAPPER ? STR("wrapper") : type->name);
	for (size_t i = 0; i < type->parameter_count; i++) {
		buf_add(out, i ? STR(", ") : STR("("));
		print_type(out, type->parameters[i]);
	}
	if (type->parameter_count)
		buf_add_char(out, ')');
}

static bool same_type(const struct test *test, const struct cel_type *type, struct str wanted, const char *what)
{
	struct buf text = { 0 };
	bool equal;

	print_type(&text, type);
	equal = str_equal(buf_str(&text), wanted);
	if (!equal)
		fail(test, "%s type " STR_FMT ", wanted " STR_FMT, what, STR_ARG(buf_str(&text)), STR_ARG(wanted));
	buf_free(&text);
	return equal;
}

/* -- judging --------------------------------------------------------------------------------------------------- */

static bool check_value(const struct test *test, const struct cel_outcome *got, const struct value *wanted)
{
	if (got->err)
		return fail(test, "wanted a value, does not compile: %s", got->err->message);
	if (cel_is_error(got->value))
		return fail(test, "wanted " STR_FMT ", failed: " STR_FMT,
			    STR_ARG(json_text(test->arena, wanted, JSON_COMPACT)),
			    STR_ARG(got->value.u.error->message));
	if (!same(test->arena, &got->value, wanted))
		return fail(test, "wanted " STR_FMT ", got " STR_FMT,
			    STR_ARG(json_text(test->arena, wanted, JSON_COMPACT)),
			    STR_ARG(cel_text(test->arena, &got->value)));
	return true;
}

static bool judge_plain(const struct test *test, const struct cel_outcome *got)
{
	const struct value *want = value_field(test->test, "want"), *type = value_field(test->test, "want_type");
	bool check_only = value_bool(value_field(test->test, "check_only"), false);

	if (type) {
		if (got->err)
			return fail(test, "does not compile: %s", got->err->message);
		if (!same_type(test, got->type, value_str(type), "has"))
			return false;
	}
	if (value_field(test->test, "want_error")) {
		if (!got->err && !cel_is_error(got->value))
			return fail(test, "wanted an error, got " STR_FMT, STR_ARG(cel_text(test->arena, &got->value)));
		return true;
	}
	return !want || check_only || check_value(test, got, want);
}

static bool same_text(const struct test *test, const char *what, struct str got, struct str wanted)
{
	if (str_equal(got, wanted))
		return true;
	return fail(test, "%s differs; wanted\n" STR_FMT "\ngot\n" STR_FMT, what, STR_ARG(wanted), STR_ARG(got));
}

static bool judge_kubernetes(const struct test *test, const struct cel_outcome *got)
{
	const struct value *k8s = value_field(test->test, "k8s"), *wanted;
	int64_t cost;

	wanted = value_field(k8s, "compile_error");
	if (!wanted)
		wanted = value_field(k8s, "program_error");
	if (wanted) {
		bool program = value_field(k8s, "program_error") != NULL;

		if (!got->err && cel_is_error(got->value))
			return fail(test, "wanted a %s error: " STR_FMT "; failed when evaluated: " STR_FMT,
				    program ? "program" : "compile", STR_ARG(value_str(wanted)),
				    STR_ARG(got->value.u.error->message));
		if (!got->err)
			return fail(test, "wanted a %s error: " STR_FMT "; got " STR_FMT,
				    program ? "program" : "compile", STR_ARG(value_str(wanted)),
				    STR_ARG(cel_text(test->arena, &got->value)));
		if (program != (got->stage == CEL_STAGE_PROGRAM))
			return fail(test, "the error is of the wrong stage: %s", got->err->message);
		return same_text(test, "compile error", str_of(got->err->message), value_str(wanted));
	}
	wanted = value_field(k8s, "eval_error");
	if (wanted) {
		if (got->err)
			return fail(test, "wanted an error when evaluated: " STR_FMT "; does not compile: %s",
				    STR_ARG(value_str(wanted)), got->err->message);
		if (!cel_is_error(got->value))
			return fail(test, "wanted the error " STR_FMT ", got " STR_FMT, STR_ARG(value_str(wanted)),
				    STR_ARG(cel_text(test->arena, &got->value)));
		if (!same_text(test, "error", got->value.u.error->message, value_str(wanted)))
			return false;
	} else if (value_field(k8s, "value") && !check_value(test, got, value_field(k8s, "value"))) {
		return false;
	}
	wanted = value_field(k8s, "out_type");
	if (wanted && !same_type(test, got->type, value_str(wanted), "out"))
		return false;
	wanted = value_field(k8s, "cost");
	cost = value_is(wanted, VALUE_INT) ? wanted->u.integer : -1;
	if (cost >= 0 && got->cost != (uint64_t)cost)
		return fail(test, "cost %llu, wanted %lld", (unsigned long long)got->cost, (long long)cost);
	return true;
}

/* Listed as "cel <TAB> file: name: flavour <TAB> reason". */
static bool is_known(const struct test *test)
{
	struct str line, rest = test->totals->known;
	struct str wanted = str_format(test->arena, "cel\t%s: " STR_FMT ": %s\t", test->file,
				       STR_ARG(field(test, "name")), test->flavour_name);

	while (rest.n) {
		str_cut(rest, '\n', &line, &rest);
		if (str_starts_with(line, wanted))
			return true;
	}
	return false;
}

static void run_test(struct test *test, const struct cel_env *base, struct regex_cache *regexes)
{
	struct cel_compile_options options = {
		.no_check = value_bool(value_field(test->test, "disable_check"), false),
		.no_macros = value_bool(value_field(test->test, "disable_macros"), false),
	};
	struct cel_outcome got = { .type = &cel_dyn };
	struct cel_value *variables = NULL;
	struct cel_run run = { .arena = test->arena, .regexes = regexes, .cost_limit = COST_LIMIT };
	struct cel_env *env;
	bool passed;

	env = declare(test, base, &variables, &got.err);
	options.stage = &got.stage;
	options.checked = &got.type;
	if (env)
		got.program = cel_compile(test->arena, env, field(test, "expr"), &options, &got.err);
	if (got.program) {
		got.type = cel_program_type(got.program);
		run.variables = variables;
		got.value = cel_evaluate(got.program, &run);
		got.cost = run.cost;
	} else if (!got.err) {
		error_set(&got.err, ERROR_INVALID, "no program and no error");
	}
	passed = test->flavour == CEL_PLAIN ? judge_plain(test, &got) : judge_kubernetes(test, &got);
	if (is_known(test)) {
		if (passed)
			fail(test, "listed as a known failure, but passes");
		passed = !passed;
	}
	if (passed)
		test->totals->passed++;
	else
		test->totals->failed++;
	error_free(got.err);
}

static bool has_plain(const struct value *test)
{
	return value_field(test, "want") || value_field(test, "want_error") || value_field(test, "want_type");
}

static void run_file(const char *dir, const char *name, const struct cel_env *const *envs, struct totals *totals)
{
	static const char *const flavours[] = { "plain", "kubernetes" };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct regex_cache *regexes = regex_cache_create(64);
	const struct value *tests = NULL;
	struct buf text = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (read_file(path, &text))
		tests = json_parse(arena, buf_str(&text), &err);
	if (!value_is(tests, VALUE_ARRAY)) {
		printf("%s: %s\n", name, err ? err->message : "not a list of cases");
		totals->failed++;
	}
	for (VALUE_EACH(one, tests)) {
		for (int flavour = CEL_PLAIN; flavour <= CEL_KUBERNETES; flavour++) {
			_cleanup_(arena_destroyp) struct arena *own = arena_create();
			struct test test = { own, name, flavours[flavour], flavour, one, totals };

			if (flavour == CEL_PLAIN ? has_plain(one) : value_field(one, "k8s") != NULL)
				run_test(&test, envs[flavour], regexes);
		}
	}
	regex_cache_destroy(regexes);
	buf_free(&text);
}

static int is_suite(const struct dirent *entry)
{
	return str_ends_with(str_of(entry->d_name), STR(".json"));
}

int main(int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct cel_env *kubernetes = cel_env_create(arena, CEL_KUBERNETES);
	const struct cel_env *envs[2] = {
		[CEL_PLAIN] = cel_env_create(arena, CEL_PLAIN), [CEL_KUBERNETES] = kubernetes
	};
	struct totals totals = { 0 };
	struct buf known = { 0 };
	struct dirent **entries;
	int count;

	if (argc < 2 || argc > 3 || (argc == 3 && !read_file(argv[2], &known))) {
		fprintf(stderr, "usage: cel_suite DIR [KNOWN-FAILURES]\n");
		return 2;
	}
	totals.known = buf_str(&known);
	count = scandir(argv[1], &entries, is_suite, alphasort);
	if (count < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	/* What Kubernetes knows besides: its functions answer nothing here, but they are declared. */
	cel_env_add_library(kubernetes, &admission_authorizer_library, NULL);
	for (int i = 0; i < count; i++) {
		run_file(argv[1], entries[i]->d_name, envs, &totals);
		free(entries[i]);
	}
	free(entries);
	buf_free(&known);
	printf("%zu passed, %zu failed\n", totals.passed, totals.failed);
	return totals.failed || !totals.passed;
}
