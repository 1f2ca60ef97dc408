/* biro test: runs kyverno-test.yaml files. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/test_case.h"
#include "data/json.h"

#define TEST_FILE "kyverno-test.yaml"
#define DEPTH_MAX 64

struct test_options {
	const char *output, *file_name, *color;
	bool strict, fail_only;
};

static const struct option_spec test_option_specs[] = {
	{ 'o', "output", OPTION_CHOICE, offsetof(struct test_options, output), "FORMAT", "table|json|junit",
	  "How to print the rows (default: table).", NULL },
	{ 'f', "file-name", OPTION_STRING, offsetof(struct test_options, file_name), "NAME", NULL,
	  "The name of test files in folders (default: " TEST_FILE ").", NULL },
	{ 0, "fail-only", OPTION_FLAG, offsetof(struct test_options, fail_only), NULL, NULL, "Print failed rows only.", NULL },
	{ 0, "strict", OPTION_FLAG, offsetof(struct test_options, strict), NULL, NULL,
	  "A row whose policy gave no response for the resource (reason Excluded) is a failure.", NULL },
	{ 0, "color", OPTION_CHOICE, offsetof(struct test_options, color), "WHEN", "auto|always|never",
	  "Colour the table (default: auto, when standard output is a terminal).", NULL },
	{ 0 },
};

struct found {
	const char **items;
	size_t count, capacity;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int walk(struct arena *arena, const char *path, const char *file_name, int depth, struct found *found, struct error **err)
{
	struct found here = { 0 };
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	if (stat(path, &st) < 0)
		return error_set(err, ERROR_NOT_FOUND, "%s: %m", path);
	if (!S_ISDIR(st.st_mode)) {
		*ARENA_PUSH(arena, found->items, found->count, found->capacity) = path;
		return 0;
	}
	if (depth > DEPTH_MAX)
		return error_set(err, ERROR_LIMIT, "%s: more than %d folders deep", path, DEPTH_MAX);
	dir = opendir(path);
	if (!dir)
		return error_set(err, ERROR_IO, "%s: %m", path);
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		*ARENA_PUSH(arena, here.items, here.count, here.capacity) = str_cstr(arena, str_format(arena, "%s/%s", path, name));
	}
	closedir(dir);
	if (here.count)
		qsort(here.items, here.count, sizeof(*here.items), by_name);
	for (size_t i = 0; i < here.count; i++) {
		struct str name = str_of(here.items[i]);
		bool is_test = str_equal(str_skip(name, strlen(path) + 1), str_of(file_name));

		/* lstat: a link to a folder above would never end. */
		if (lstat(here.items[i], &st) < 0 || (!is_test && !S_ISDIR(st.st_mode)))
			continue;
		if (walk(arena, here.items[i], file_name, depth + 1, found, err) < 0)
			return -1;
	}
	return 0;
}

/* -- printing ----------------------------------------------------------------------------------------------------- */

static void print_json(struct buf *out, const struct test_rows *rows)
{
	buf_add(out, STR("["));
	for (size_t i = 0; i < rows->count; i++) {
		const struct test_row *row = &rows->items[i];
		const struct {
			struct str key, value;
		} fields[] = {
			{ STR("test"), row->directory }, { STR("policy"), row->policy }, { STR("rule"), row->rule },
			{ STR("resource"), row->resource }, { STR("result"), row->pass ? STR("Pass") : STR("Fail") },
			{ STR("reason"), row->reason }, { STR("message"), row->message },
		};

		buf_add(out, i ? STR(",\n{") : STR("\n{"));
		for (size_t j = 0; j < sizeof(fields) / sizeof(*fields); j++) {
			if (j)
				buf_add(out, STR(", "));
			json_encode_str(out, fields[j].key);
			buf_add(out, STR(": "));
			json_encode_str(out, fields[j].value);
		}
		buf_add_char(out, '}');
	}
	buf_add(out, STR("\n]\n"));
}

static void xml_text(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '<')
			buf_add(out, STR("&lt;"));
		else if (c == '>')
			buf_add(out, STR("&gt;"));
		else if (c == '&')
			buf_add(out, STR("&amp;"));
		else if (c == '"')
			buf_add(out, STR("&quot;"));
		else if (c == '\n' || c == '\t')
			buf_printf(out, "&#%d;", c);
		else
			buf_add_char(out, c < 0x20 ? ' ' : (char)c);
	}
}

static void xml_attribute(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, " %s=\"", name);
	xml_text(out, value);
	buf_add_char(out, '"');
}

/* One suite a test folder: rows of a folder stand together. */
static void print_junit(struct buf *out, const struct test_rows *rows)
{
	buf_add(out, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"biro test\">\n"));
	for (size_t i = 0, end; i < rows->count; i = end) {
		size_t failures = 0;

		for (end = i; end < rows->count && str_equal(rows->items[end].directory, rows->items[i].directory); end++)
			failures += !rows->items[end].pass;
		buf_add(out, STR("\t<testsuite"));
		xml_attribute(out, "name", rows->items[i].directory);
		buf_printf(out, " tests=\"%zu\" failures=\"%zu\">\n", end - i, failures);
		for (size_t j = i; j < end; j++) {
			const struct test_row *row = &rows->items[j];

			buf_add(out, STR("\t\t<testcase"));
			xml_attribute(out, "classname", row->policy);
			xml_attribute(out, "name", row->resource);
			if (row->rule.n)
				xml_attribute(out, "rule", row->rule);
			if (row->pass) {
				buf_add(out, STR("/>\n"));
				continue;
			}
			buf_add(out, STR("><failure"));
			xml_attribute(out, "message", row->reason);
			buf_add(out, STR(">"));
			xml_text(out, row->message);
			buf_add(out, STR("</failure></testcase>\n"));
		}
		buf_add(out, STR("\t</testsuite>\n"));
	}
	buf_add(out, STR("</testsuites>\n"));
}

static void print_table(struct buf *out, const struct test_rows *rows, size_t files, size_t failed, bool color)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct test_row *row = &rows->items[i];
		const char *mark = row->pass ? (color ? "\033[32m✓\033[0m" : "✓") : (color ? "\033[31m✗\033[0m" : "✗");

		if (i == 0 || !str_equal(row->directory, rows->items[i - 1].directory))
			buf_printf(out, "%s%s" STR_FMT "%s\n", i ? "\n" : "", color ? "\033[1m" : "", STR_ARG(row->directory),
				   color ? "\033[0m" : "");
		buf_printf(out, "  %s " STR_FMT "%s" STR_FMT "  " STR_FMT, mark, STR_ARG(row->policy), row->rule.n ? "/" : "",
			   STR_ARG(row->rule), STR_ARG(row->resource));
		if (!row->pass || !str_is(row->reason, "Ok"))
			buf_printf(out, "  " STR_FMT, STR_ARG(row->reason));
		buf_add_char(out, '\n');
		if (!row->pass && row->message.n && !str_equal(row->message, row->reason))
			buf_printf(out, "      " STR_FMT "\n", STR_ARG(row->message));
	}
	buf_printf(out, "%s%zu passed, %zu failed, in %zu test file%s\n", rows->count ? "\n" : "", rows->count - failed, failed,
		   files, files == 1 ? "" : "s");
}

static void keep_failed(struct test_rows *rows)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (!rows->items[i].pass)
			rows->items[kept++] = rows->items[i];
	rows->count = kept;
}

static int print(const struct test_options *options, struct test_rows *rows, size_t files)
{
	struct buf out = { 0 };
	size_t failed = 0;
	bool color = wants_color(options->color, STDOUT_FILENO);
	int status;

	for (size_t i = 0; i < rows->count; i++)
		failed += !rows->items[i].pass;
	if (options->output && strcmp(options->output, "json") == 0) {
		if (options->fail_only)
			keep_failed(rows);
		print_json(&out, rows);
	} else if (options->output && strcmp(options->output, "junit") == 0) {
		print_junit(&out, rows);
	} else {
		struct test_rows shown = *rows;

		if (options->fail_only)
			keep_failed(&shown);
		print_table(&out, &shown, files, failed, color);
	}
	status = print_out(&out);
	buf_free(&out);
	return status;
}

/* -- the verb ----------------------------------------------------------------------------------------------------- */

static int test_main(const struct command *command, int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct test_options options = { 0 };
	struct test_rows rows = { 0 };
	struct found found = { 0 };
	char **paths;
	int count, trouble = 0, status = command_begin(command, argc, argv, &options, &paths, &count);

	if (status >= 0)
		return status;
	for (int i = 0; i < count; i++) {
		_cleanup_(error_freep) struct error *err = NULL;

		if (walk(arena, paths[i], options.file_name ? options.file_name : TEST_FILE, 0, &found, &err) < 0) {
			complain("%s", err->message);
			trouble = EXIT_TROUBLE;
		}
	}
	free(paths);
	if (found.count == 0 && !trouble) {
		complain("no %s found; name a test file or a folder that holds one",
			 options.file_name ? options.file_name : TEST_FILE);
		return EXIT_TROUBLE;
	}
	for (size_t i = 0; i < found.count; i++) {
		_cleanup_(error_freep) struct error *err = NULL;

		if (test_file_run(arena, found.items[i], options.strict, &rows, &err) < 0) {
			complain("test %s: " STR_FMT, found.items[i], STR_ARG(error_text(arena, err)));
			trouble = EXIT_TROUBLE;
		}
	}
	status = EXIT_FINE;
	for (size_t i = 0; i < rows.count; i++)
		if (!rows.items[i].pass)
			status = EXIT_VIOLATIONS;
	if (print(&options, &rows, found.count))
		return EXIT_TROUBLE;
	return trouble ? trouble : status;
}

const struct command test_command = {
	.name = "test",
	.arguments = "PATH…",
	.summary = "run kyverno-test.yaml files",
	.description = "Runs the tests that teams keep beside their policies, as `kyverno test` does: each PATH is a test file or a "
		       "folder that is searched for them. A row passes when the rule's result for the resource is the expected one. "
		       "Reason Excluded means that the rule gave no response for that resource; this passes unless --strict is given.",
	.examples = "biro test policies/  # every kyverno-test.yaml below policies\n"
		    "biro test -o junit policies/ > report.xml  # for a CI system\n",
	.minimum = 1,
	.maximum = -1,
	.complete = "file",
	.options = test_option_specs,
	.main = test_main,
};
