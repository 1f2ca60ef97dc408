/*
 * The Pod Security suite: each line of DIR/oracle.jsonl is a Pod with Kubernetes' own verdicts, as runs of versions:
 * {pod, verdicts: [{level, from, to, allowed, reasons, detail, failures}]}. A Pod passes when every verdict is the
 * same, word for word, at every version of every run. Ends with "N passed, N failed".
 */
#include <stdio.h>

#include "data/json.h"
#include "policy/podsecurity/podsecurity.h"

#define COMPLAINTS_MAX 20

struct suite {
	struct arena *arena;
	size_t passed, failed, complaints, verdicts;
};

static bool complain(struct suite *suite, struct str pod, const char *level, struct ps_version version,
		     const char *what, struct str want, struct str got)
{
	if (suite->complaints++ < COMPLAINTS_MAX)
		printf("" STR_FMT ": %s:" STR_FMT ": %s\n  want " STR_FMT "\n  got  " STR_FMT "\n", STR_ARG(pod), level,
		       STR_ARG(ps_version_text(suite->arena, version)), what, STR_ARG(want), STR_ARG(got));
	return false;
}

/* Each failure alone, as "reason | detail". */
static bool same_failures(struct suite *suite, const struct ps_verdict *verdict, const struct value *want)
{
	if (value_count(want) != verdict->failure_count)
		return false;
	for (size_t i = 0; i < verdict->failure_count; i++) {
		const struct ps_failure *failure = &verdict->failures[i];
		struct str text = str_format(suite->arena, STR_FMT " | " STR_FMT, STR_ARG(failure->reason),
					     STR_ARG(failure->detail));

		if (failure->offence_count == 0 || !str_equal(value_str(value_at(want, i)), text))
			return false;
	}
	return true;
}

static bool check_at(struct suite *suite, struct str name, const struct value *pod, const struct value *want,
		     enum ps_level level, struct ps_version version)
{
	const char *level_name = ps_level_names[level];
	struct str reasons = value_str(value_field(want, "reasons")), detail = value_str(value_field(want, "detail"));
	bool allowed = value_bool(value_field(want, "allowed"), false);
	struct ps_verdict verdict;

	suite->verdicts++;
	ps_evaluate(suite->arena, value_field(pod, "metadata"), value_field(pod, "spec"), level, version, &verdict);
	if (verdict.allowed != allowed)
		return complain(suite, name, level_name, version, "allowed", allowed ? STR("yes") : STR("no"),
				verdict.detail);
	if (!str_equal(verdict.reasons, reasons))
		return complain(suite, name, level_name, version, "reasons", reasons, verdict.reasons);
	if (!str_equal(verdict.detail, detail))
		return complain(suite, name, level_name, version, "detail", detail, verdict.detail);
	if (!same_failures(suite, &verdict, value_field(want, "failures")))
		return complain(suite, name, level_name, version, "failures", detail, verdict.detail);
	return true;
}

/* A run goes from v1.N to v1.M or to latest, which comes after the last known version. */
static bool check_run(struct suite *suite, struct str name, const struct value *pod, const struct value *want)
{
	struct ps_version from, to;
	enum ps_level level;
	bool same = true;

	if (!ps_level_parse(value_str(value_field(want, "level")), &level) ||
	    !ps_version_parse(value_str(value_field(want, "from")), &from) ||
	    !ps_version_parse(value_str(value_field(want, "to")), &to))
		return complain(suite, name, "?", PS_VERSION_LATEST, "cannot be read", STR(""), STR(""));
	for (int minor = from.minor; minor <= to.minor; minor++)
		same = check_at(suite, name, pod, want, level, (struct ps_version){ .minor = minor }) && same;
	if (to.latest)
		same = check_at(suite, name, pod, want, level, PS_VERSION_LATEST) && same;
	return same;
}

static void check_line(struct suite *suite, struct str line, size_t number)
{
	struct error *err = NULL;
	const struct value *root = json_parse(suite->arena, line, &err);
	struct str name = value_str(value_field(root, "first_file"));
	bool same = root && value_count(value_field(root, "verdicts")) > 0;

	if (!same)
		printf("line %zu: %s\n", number, err ? err->message : "no verdicts");
	error_free(err);
	for (VALUE_EACH(want, value_field(root, "verdicts")))
		same = check_run(suite, name, value_field(root, "pod"), want) && same;
	*(same ? &suite->passed : &suite->failed) += 1;
}

int main(int argc, char **argv)
{
	struct suite suite = { .arena = arena_create() };
	char path[4096], *line = NULL;
	size_t capacity = 0, number = 0;
	ssize_t length;
	FILE *file;

	if (argc != 2) {
		fputs("usage: psa_suite DIR\n", stderr);
		return 2;
	}
	snprintf(path, sizeof(path), "%s/oracle.jsonl", argv[1]);
	file = fopen(path, "r");
	if (!file) {
		perror(path);
		return 2;
	}
	while ((length = getline(&line, &capacity, file)) > 0) {
		struct str text = str_trim(str_make(line, (size_t)length));

		number++;
		if (text.n)
			check_line(&suite, text, number);
		arena_reset(suite.arena);
	}
	fclose(file);
	free(line);
	arena_destroy(suite.arena);
	printf("%zu verdicts compared\n%zu passed, %zu failed\n", suite.verdicts, suite.passed, suite.failed);
	return suite.failed || !suite.passed;
}
