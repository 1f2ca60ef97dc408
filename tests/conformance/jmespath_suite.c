/*
 * The jmespath suite: DIR/<name>.json in the layout of the language's own compliance tests
 * ([{given, cases: [{expression, result | error | bench}]}]). Each case runs in standard mode, where the outcome must be
 * the one that is written there, and in strict mode, where it must be the same but for what a missing key changes. One
 * line per failure.
 */
#include <dirent.h>
#include <errno.h>

#include "base/buf.h"
#include "data/json.h"
#include "lang/jmespath/jmespath.h"

enum { SYNTAX, ARITY, UNKNOWN_FUNCTION, COMPILED };

/*
 * Where strict mode may differ for another reason than a missing key: what the expression then contains, and what
 * go-jmespath's interpreter.go does there. A case that differs must contain one of these.
 */
static const struct {
	const char *part;
	const char *reason;
} differences[] = {
	{ "*.", "a value projection applies its right side to as many nulls first as there are members" },
	{ "[]", "a flatten takes any error of its left side for null" },
	{ "[?", "a filter takes any error of its left side for null" },
	{ ".*", "a value projection takes any error of its left side for null" },
	{ "to_number(", "to_number() reads what Go's strconv.ParseFloat reads, not only JSON's numbers" },
	{ "to_string(", "to_string() sorts keys and escapes <, > and &" },
};

struct totals {
	size_t passed, failed;
};

struct test {
	struct arena *arena;
	const char *file;
	const struct value *given, *test;
	struct str expression;
	struct totals *totals;
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

static void PRINTF_LIKE(2, 3) report(const struct test *test, const char *format, ...)
{
	va_list args;

	printf("%s: " STR_FMT ": ", test->file, STR_ARG(test->expression));
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* What kind of error a program that does not compile has. */
static int kind_of(const struct error *err)
{
	if (strncmp(err->message, "unknown function", strlen("unknown function")) == 0)
		return UNKNOWN_FUNCTION;
	if (strncmp(err->message, "wrong number", strlen("wrong number")) == 0)
		return ARITY;
	return SYNTAX;
}

/* What the suite calls errors, and which of ours each one is. */
static int kind_named(struct str name)
{
	return str_is(name, "syntax")		? SYNTAX
	       : str_is(name, "invalid-arity")	  ? ARITY
	       : str_is(name, "unknown-function") ? UNKNOWN_FUNCTION
						  : COMPILED;
}

/* Whether the strict outcome may differ; says so, as these are rare. */
static bool explained(const struct test *test)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(*differences); i++) {
		if (str_contains(test->expression, str_of(differences[i].part))) {
			report(test, "differs in strict mode, as it should: %s", differences[i].reason);
			return true;
		}
	}
	return false;
}

static bool check_error(const struct test *test, const struct jmespath *program, const struct error *err,
			struct str wanted)
{
	static const enum jmespath_mode modes[] = { JMESPATH_STANDARD, JMESPATH_STRICT };
	int kind = program ? COMPILED : kind_of(err);

	if (kind != kind_named(wanted)) {
		report(test, "wanted the error " STR_FMT ", %s", STR_ARG(wanted),
		       err ? err->message : "but it compiles");
		return false;
	}
	for (size_t i = 0; program && i < 2; i++) {
		struct jmespath_context context = { .arena = test->arena, .mode = modes[i] };
		const struct value *out;
		_cleanup_(error_freep) struct error *why = NULL;

		if (jmespath_evaluate(program, &context, test->given, &out, &why) == JMESPATH_FAILED && why)
			continue;
		if (modes[i] == JMESPATH_STRICT && explained(test))
			continue;
		report(test, "wanted the error " STR_FMT ", got a result", STR_ARG(wanted));
		return false;
	}
	return true;
}

static bool check_result(const struct test *test, const struct jmespath *program, const struct value *wanted)
{
	struct jmespath_context context = { .arena = test->arena, .mode = JMESPATH_STANDARD };
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *out, *strict;
	enum jmespath_status status;

	if (jmespath_evaluate(program, &context, test->given, &out, &err) != JMESPATH_OK) {
		report(test, "%s", err ? err->message : "failed without a reason");
		return false;
	}
	if (wanted && !value_equal(out, wanted)) {
		report(test, "wanted " STR_FMT ", got " STR_FMT, STR_ARG(json_text(test->arena, wanted, JSON_COMPACT)),
		       STR_ARG(json_text(test->arena, out, JSON_COMPACT)));
		return false;
	}
	context.mode = JMESPATH_STRICT;
	status = jmespath_evaluate(program, &context, test->given, &strict, &err);
	if (status == JMESPATH_MISSING ? value_is_null(out) : status == JMESPATH_OK && value_equal(strict, out))
		return true;
	if (status != JMESPATH_MISSING && explained(test))
		return true;
	if (status != JMESPATH_OK)
		report(test, "strict: %s", err ? err->message : "failed without a reason");
	else
		report(test, "strict: wanted " STR_FMT ", got " STR_FMT,
		       STR_ARG(json_text(test->arena, out, JSON_COMPACT)),
		       STR_ARG(json_text(test->arena, strict, JSON_COMPACT)));
	return false;
}

static void run_test(struct test *test)
{
	const struct value *wanted = value_field(test->test, "result"), *error = value_field(test->test, "error");
	_cleanup_(error_freep) struct error *err = NULL;
	const struct jmespath *program;
	bool passed;

	test->expression = value_str(value_field(test->test, "expression"));
	program =
		jmespath_compile(test->arena, test->expression, &jmespath_standard_library, (struct place){ 0 }, &err);
	if (error) {
		passed = check_error(test, program, err, value_str(error));
	} else if (!program) {
		report(test, "%s", err->message);
		passed = false;
	} else {
		/* A benchmark has no result written down: it must compile and run. */
		passed = check_result(test, program, wanted);
	}
	if (passed)
		test->totals->passed++;
	else
		test->totals->failed++;
}

static void run_file(const char *dir, const char *name, struct totals *totals)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	const struct value *suites = NULL;
	struct buf text = { 0 };
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (read_file(path, &text))
		suites = json_parse(arena, buf_str(&text), &err);
	if (!value_is(suites, VALUE_ARRAY)) {
		printf("%s: %s\n", name, err ? err->message : "not a list of suites");
		totals->failed++;
	}
	for (VALUE_EACH(suite, suites)) {
		for (VALUE_EACH(one, value_field(suite, "cases"))) {
			struct test test = { arena, name, value_field(suite, "given"), one, STR_NULL, totals };

			run_test(&test);
		}
	}
	buf_free(&text);
}

static int is_suite(const struct dirent *entry)
{
	return str_ends_with(str_of(entry->d_name), STR(".json"));
}

int main(int argc, char **argv)
{
	struct totals totals = { 0 };
	struct dirent **entries;
	int count;

	if (argc != 2) {
		fprintf(stderr, "usage: jmespath_suite DIR\n");
		return 2;
	}
	count = scandir(argv[1], &entries, is_suite, alphasort);
	if (count < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	for (int i = 0; i < count; i++) {
		run_file(argv[1], entries[i]->d_name, &totals);
		free(entries[i]);
	}
	free(entries);
	printf("%zu passed, %zu failed\n", totals.passed, totals.failed);
	return totals.failed || !totals.passed;
}
