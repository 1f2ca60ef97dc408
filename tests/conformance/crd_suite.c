/*
 * The suite of rules in CRDs: each line of DIR/crd-rules.jsonl (or of the file itself) is {schema, is_root, obj, old,
 * errors, cost}, as Kubernetes' own validator answered. A case passes when the errors are the same, in any order (Go's
 * maps have none), and the cost is. The name of self's type ends in the moment when it was compiled; it is left out.
 */
#include <stdio.h>

#include "data/json.h"
#include "policy/crd/crd.h"

#define COMPLAINTS_MAX 40

struct suite {
	struct arena *arena;
	struct regex_cache *regexes;
	struct str known; /* known-failures.txt */
	size_t passed, failed, complaints;
};

/* Listed as "crd <TAB> test <TAB> reason". */
static bool is_known(const struct suite *suite, struct str test)
{
	struct str line, wanted = str_format(suite->arena, "crd\t" STR_FMT "\t", STR_ARG(test)), rest = suite->known;

	while (rest.n > 0) {
		str_cut(rest, '\n', &line, &rest);
		if (str_starts_with(line, wanted))
			return true;
	}
	return false;
}

/* "selfType202003493.objs" → "selfType.objs" */
static struct str without_moment(struct arena *arena, struct str text)
{
	static const struct str name = { "selfType", 8 };
	struct buf out = { 0 };
	struct str result;
	size_t from = 0, at;

	while ((at = str_find(text, name, from)) != STR_NOT_FOUND) {
		buf_add(&out, str_slice(text, from, at + name.n));
		from = at + name.n;
		while (from < text.n && text.p[from] >= '0' && text.p[from] <= '9')
			from++;
	}
	buf_add(&out, str_skip(text, from));
	result = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return result;
}

static bool has_error(struct suite *suite, const struct value *want, struct str text)
{
	for (VALUE_EACH(error, want))
		if (str_equal(without_moment(suite->arena, value_str(error)), text))
			return true;
	return false;
}

static void complain(struct suite *suite, const struct value *line, const struct crd_errors *errors, int64_t cost)
{
	if (suite->complaints++ >= COMPLAINTS_MAX)
		return;
	printf(STR_FMT ": " STR_FMT "\n", STR_ARG(value_str(value_field(line, "test"))),
	       STR_ARG(json_text(suite->arena, value_field(line, "rules"), JSON_COMPACT)));
	for (VALUE_EACH(error, value_field(line, "errors")))
		printf("  want " STR_FMT "\n", STR_ARG(value_str(error)));
	for (size_t i = 0; i < errors->count; i++)
		printf("  got  " STR_FMT ": " STR_FMT "\n", STR_ARG(errors->items[i].field),
		       STR_ARG(errors->items[i].body));
	printf("  cost " STR_FMT ", got %lld\n",
	       STR_ARG(json_text(suite->arena, value_field(line, "cost"), JSON_COMPACT)), (long long)cost);
}

static bool is_equal(struct suite *suite, const struct value *line, const struct crd_errors *errors, int64_t cost)
{
	const struct value *want = value_field(line, "errors"), *want_cost = value_field(line, "cost");

	if (errors->count != value_count(want) || (value_is(want_cost, VALUE_INT) && want_cost->u.integer != cost))
		return false;
	for (size_t i = 0; i < errors->count; i++) {
		struct str text = str_format(suite->arena, STR_FMT ": " STR_FMT, STR_ARG(errors->items[i].field),
					     STR_ARG(errors->items[i].body));

		if (!has_error(suite, want, without_moment(suite->arena, text)))
			return false;
	}
	return true;
}

/*
 * The objects were Go values: a float32 (format "float") was written with as few digits as tell it from other float32s,
 * and stands for the double that it converts to.
 */
static const struct value *with_floats(struct arena *arena, const struct crd_schema *schema, const struct value *object)
{
	struct object_builder builder;

	if (!schema || !object)
		return object;
	if (object->type == VALUE_FLOAT && str_is(schema->format, "float"))
		return value_of_double(arena, (double)(float)object->u.number);
	if (object->type != VALUE_OBJECT)
		return object;
	object_start_from(arena, &builder, object);
	for (MEMBER_EACH(m, object)) {
		const struct crd_property *property = crd_property_find(schema, value_str(&m->key));

		object_put(arena, &builder, value_str(&m->key),
			   with_floats(arena, property ? property->schema : NULL, &m->value));
	}
	return object_finish(arena, &builder);
}

static void run_case(struct suite *suite, struct str text)
{
	const struct value *line = json_parse(suite->arena, text, NULL);
	const struct crd_schema *schema = line ? crd_compile(suite->arena, value_field(line, "schema"), NULL) : NULL;
	struct crd_rules_run run = {
		.arena = suite->arena,
		.regexes = suite->regexes,
		.root = STR("root"),
		.call_limit = CRD_CALL_LIMIT,
		.budget = CRD_BUDGET,
	};
	struct crd_errors errors = { 0 };
	int64_t cost;

	if (!schema) {
		printf("cannot be read: " STR_FMT "\n", STR_ARG(str_slice(text, 0, 100)));
		suite->failed++;
		return;
	}
	crd_rules_judge(&run, crd_rules_compile(suite->arena, schema, value_bool(value_field(line, "is_root"), false)),
			with_floats(suite->arena, schema, value_field(line, "obj")), value_field(line, "old"), &errors);
	cost = CRD_BUDGET - run.budget;
	/* A listed case that passes is a failure, too. */
	if (is_equal(suite, line, &errors, cost) != is_known(suite, value_str(value_field(line, "test")))) {
		suite->passed++;
		return;
	}
	suite->failed++;
	complain(suite, line, &errors, cost);
}

static bool read_file(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "r");
	size_t n = 1;

	for (; file && n > 0; out->n += n) {
		buf_reserve(out, 4096);
		n = fread(out->p + out->n, 1, 4096, file);
	}
	if (file)
		fclose(file);
	return file != NULL;
}

int main(int argc, char **argv)
{
	struct suite suite = { .arena = arena_create(), .regexes = regex_cache_create(64) };
	char path[4096], *line = NULL;
	size_t capacity = 0;
	struct buf known = { 0 };
	ssize_t length;
	FILE *file;

	if (argc < 2 || argc > 3 || (argc == 3 && !read_file(argv[2], &known))) {
		fputs("usage: crd_suite DIR|FILE [KNOWN-FAILURES]\n", stderr);
		return 2;
	}
	suite.known = buf_str(&known);
	snprintf(path, sizeof(path), "%s/crd-rules.jsonl", argv[1]);
	file = fopen(path, "r");
	if (!file)
		file = fopen(argv[1], "r");
	if (!file) {
		perror(argv[1]);
		return 2;
	}
	while ((length = getline(&line, &capacity, file)) > 0) {
		run_case(&suite, str_trim(str_make(line, (size_t)length)));
		arena_reset(suite.arena);
	}
	free(line);
	fclose(file);
	buf_free(&known);
	regex_cache_destroy(suite.regexes);
	arena_destroy(suite.arena);
	printf("%zu passed, %zu failed\n", suite.passed, suite.failed);
	return suite.failed > 0;
}
