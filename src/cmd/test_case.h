/*
 * cmd/test_case.h: one kyverno-test.yaml: what it refers to, run, and its rows of results.
 *
 * Semantics: Kyverno's command line v1.19, `kyverno test` (commands/test). Rows live in the arena given to test_file_run().
 */
#ifndef CMD_TEST_CASE_H
#define CMD_TEST_CASE_H

#include "policy/policy.h"

struct test_row {
	struct str directory;           /* of the test file, as it was reached */
	struct str policy, rule;
	struct str resource;            /* "apps/v1/Deployment/default/web" */
	bool pass;
	struct str reason;              /* Ok, Excluded, Not found, Want pass, got fail … */
	struct str message;
};

struct test_rows {
	struct test_row *items;
	size_t count, capacity;
};

/*
 * Runs every test in the file at `path` and appends its rows. -1 and *err when the test cannot be run at all (it or what
 * it names cannot be read). `strict`: a resource without any response fails the row that names it.
 */
int test_file_run(struct arena *arena, const char *path, bool strict, struct test_rows *rows, struct error **err);

#endif
