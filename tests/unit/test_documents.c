#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <zlib.h>

#include "data/documents.h"

static char folder[64];

static int enter_folder(void **state)
{
	snprintf(folder, sizeof(folder), "/tmp/biro-documents-XXXXXX");
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static void write_bytes(const char *name, const void *bytes, size_t n)
{
	FILE *file = fopen(name, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void write_text(const char *name, const char *text)
{
	write_bytes(name, text, strlen(text));
}

static void write_gzip(const char *name, const char *mode, const void *bytes, size_t n)
{
	gzFile file = gzopen(name, mode);

	assert_non_null(file);
	assert_int_equal(gzwrite(file, bytes, (unsigned)n), n);
	assert_int_equal(gzclose(file), Z_OK);
}

/* All documents as "file:line format JSON;" and all failures as "! message;". */
static struct str describe_round(struct arena *arena, struct documents *documents)
{
	struct document document;
	struct buf out = { 0 };
	struct str text;
	int status;

	for (;;) {
		_cleanup_(error_freep) struct error *err = NULL;
		const struct value *root;

		status = documents_next(documents, &document, &err);
		if (status == 0)
			break;
		if (status < 0) {
			assert_non_null(err);
			buf_printf(&out, "! " STR_FMT ";", STR_ARG(error_text(arena, err)));
			continue;
		}
		root = document_decode(arena, &document, NULL, NULL, &err);
		buf_printf(&out, STR_FMT ":%u %s ", STR_ARG(document.source.name), document.source.first_line,
			   document.format == DOCUMENT_JSON ? "json" : "yaml");
		buf_add(&out, root ? json_text(arena, root, 0) : error_text(arena, err));
		buf_add_char(&out, ';');
	}
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

static const char *describe(struct arena *arena, const char *const *paths, size_t count)
{
	struct documents *documents = documents_open(paths, count, NULL);
	struct str first = describe_round(arena, documents), second;

	/* The same again after going back. */
	documents_rewind(documents);
	second = describe_round(arena, documents);
	assert_string_equal(str_cstr(arena, first), str_cstr(arena, second));
	documents_close(documents);
	return str_cstr(arena, first);
}

#define assert_documents(expected, ...) \
	do { \
		const char *const paths_[] = { __VA_ARGS__ }; \
		_cleanup_(arena_destroyp) struct arena *arena_ = arena_create(); \
		assert_string_equal(describe(arena_, paths_, sizeof(paths_) / sizeof(*paths_)), expected); \
	} while (0)

#define assert_cut(name, text, expected) \
	do { \
		write_text(name, text); \
		assert_documents(expected, name); \
	} while (0)

static void yaml_streams(void **state)
{
	assert_cut("a.yaml", "a: 1", "a.yaml:1 yaml {\"a\":1};");
	assert_cut("a.yaml", "a: 1\n---\nb: 2\n---\nc: 3\n",
		   "a.yaml:1 yaml {\"a\":1};a.yaml:2 yaml {\"b\":2};a.yaml:4 yaml {\"c\":3};");
	assert_cut("a.yaml", "---\na: 1\n...\n---\nb: 2\n...\n", "a.yaml:1 yaml {\"a\":1};a.yaml:4 yaml {\"b\":2};");
	assert_cut("a.yaml", "# only\n---\n# comments\n\n--- # here\n\n---\na: 1\n--- \n", "a.yaml:7 yaml {\"a\":1};");
	assert_cut("a.yaml", "# c\na: 1\n", "a.yaml:1 yaml {\"a\":1};");
	assert_cut("a.yaml", "--- text\n--- [1]\n---\ttab: 1\n",
		   "a.yaml:1 yaml \"text\";a.yaml:2 json [1];a.yaml:3 yaml a.yaml:3:"
		   "8: not valid YAML: mapping values are not allowed in this context;");
	assert_cut("a.yaml", "---a: 1\n----: 2\n", "a.yaml:1 yaml {\"---a\":1,\"----\":2};");
	assert_cut("a.yaml", "a: |\n ---\n x\n---\nb: '\n --- '\n",
		   "a.yaml:1 yaml {\"a\":\"---\\nx\\n\"};a.yaml:4 yaml {\"b\":\" --- \"};");
	assert_cut("a.yaml", "%YAML 1.1\n---\na: 1\n...\n# c\n%YAML 1.1\n---\nb: 2\n",
		   "a.yaml:1 yaml {\"a\":1};a.yaml:5 yaml {\"b\":2};");
	assert_cut("a.yaml", "a: 1\r\n---\r\nb: 2\r\n...\r\n", "a.yaml:1 yaml {\"a\":1};a.yaml:2 yaml {\"b\":2};");
	assert_cut("a.yaml", "\xef\xbb\xbf" "a: 1\n---\nb: 2", "a.yaml:1 yaml {\"a\":1};a.yaml:2 yaml {\"b\":2};");
	assert_cut("a.yaml", "  a: 1\n  b: 2\n", "a.yaml:1 yaml {\"a\":1,\"b\":2};");
	assert_cut("a.yaml", "a: 1\n---\nb: [\n---\nc: 3\n",
		   "a.yaml:1 yaml {\"a\":1};a.yaml:2 yaml a.yaml:4:1: not valid YAML: did not "
		   "find expected node content (while parsing a flow node that begins on line 4);a.yaml:4 yaml "
		   "{\"c\":3};");
	assert_cut("a.yaml", "\xc3\xa9: \xe6\x97\xa5\n---\nb: 2\n",
		   "a.yaml:1 yaml {\"\xc3\xa9\":\"\xe6\x97\xa5\"};a.yaml:2 yaml {\"b\":2};");
	assert_cut("no-ending", "a: 1\n", "no-ending:1 yaml {\"a\":1};");
}

static void json_streams(void **state)
{
	assert_cut("a.json", " {\"a\": 1}\n", "a.json:1 json {\"a\":1};");
	assert_cut("a.json", "{\"a\":1}\n{\"b\":\n2}\n\n[3]",
		   "a.json:1 json {\"a\":1};a.json:2 json {\"b\":2};a.json:5 json [3];");
	assert_cut("a.json", "{\"a\":\"}\\\"{\"}{\"b\":2} {}",
		   "a.json:1 json {\"a\":\"}\\\"{\"};a.json:1 json {\"b\":2};a.json:1 json {};");
	assert_cut(
		"a.yaml", "{\"a\":1}\n---\nb: 2\n---\n[{\"c\": 3}]\n---\nd: 4\n",
		"a.yaml:1 json {\"a\":1};a.yaml:2 yaml {\"b\":2};a.yaml:5 json [{\"c\":3}];a.yaml:6 yaml {\"d\":4};");
	assert_cut("a.yaml", "{a: 1}\n---\n[a, b]: c\n---\n[\"a\"]: x\n",
		   "a.yaml:1 yaml {\"a\":1};a.yaml:2 yaml a.yaml:3:1: a key must be a "
		   "string, not a list or mapping (a template in braces? put it in quotes);a.yaml:4 yaml a.yaml:5:1: a "
		   "key must be a "
		   "string, not a list or mapping (a template in braces? put it in quotes);");
	assert_cut("a.yaml", "{\"a\": b, # c\n \"d\": 'e'}\n", "a.yaml:1 json {\"a\":\"b\",\"d\":\"e\"};");
	assert_cut("a.yaml", "{\"a\": 'it\"s'}\n", "a.yaml:1 yaml {\"a\":\"it\\\"s\"};");
	assert_cut("a.json", "{\"a\": 1\n", "a.json:1 json a.json:2:1: not valid JSON: unexpected end of data;");
	assert_cut("a.json", "{\"a\" 1}\n{\"b\":2}",
		   "a.json:1 json a.json:1:6: not valid JSON: unexpected character, expected a colon after "
		   "object key;a.json:2 json {\"b\":2};");
	assert_cut("a.json", "\"text\"\n", "a.json:1 json \"text\";");
	assert_cut("a.json", "a: 1\n", "a.json:1 json {\"a\":1};");
	assert_cut("stream", "{\"a\":1}\n", "stream:1 json {\"a\":1};");
	assert_cut("t.yaml", "{{ if x }}\na: 1\n",
		   "t.yaml:1 yaml t.yaml:1:2: a key must be a string, not a list or mapping (a template in "
		   "braces? put it in quotes);");
}

/* Behind what is looked at before everything else. */
static void write_late_nul(const char *name)
{
	static char text[20000];

	memset(text, 'x', sizeof(text));
	text[15000] = '\0';
	write_bytes(name, text, sizeof(text));
}

static void refused(void **state)
{
	write_text("good.yaml", "a: 1\n");
	assert_cut("a.yaml", "", "! a.yaml: empty file: there is no document in it;");
	assert_cut("a.yaml", "# nothing\n---\n---\n", "! a.yaml: empty file: there is no document in it;");
	assert_cut("a.json", " \n", "! a.json: empty file: there is no document in it;");
	write_bytes("a.yaml", "a: 1\n---\nb\0: 2", 14);
	assert_documents("! a.yaml: binary file (there are NUL bytes in it);good.yaml:1 yaml {\"a\":1};", "a.yaml",
			 "good.yaml");
	assert_cut("a.yaml", "a: 1\n---\nb: \xff\n---\nc: 3\n",
		   "a.yaml:1 yaml {\"a\":1};! a.yaml:3:4: binary file or other encoding (byte "
		   "0xff is not UTF-8);a.yaml:4 yaml {\"c\":3};");
	write_late_nul("a.yaml");
	assert_documents("! a.yaml:1:1: binary file (there are NUL bytes in it);", "a.yaml");
	write_bytes("a.yaml", "\xff\xfe" "a\0:\0", 6);
	assert_documents("! a.yaml:1:1: the text is UTF-16; save it as UTF-8;", "a.yaml");
	assert_documents("! none.yaml: cannot be opened: No such file or directory;good.yaml:1 yaml {\"a\":1};",
			 "none.yaml", "good.yaml");
	if (geteuid() != 0) {
		write_text("secret.yaml", "a: 1");
		chmod("secret.yaml", 0);
		assert_documents("! secret.yaml: cannot be opened: Permission denied;", "secret.yaml");
	}
}

static struct str repeat(struct arena *arena, const char *part, size_t count)
{
	size_t n = strlen(part);
	char *text = arena_alloc(arena, n * count);

	for (size_t i = 0; i < count; i++)
		memcpy(text + i * n, part, n);
	return str_make(text, n * count);
}

static void write_repeated(const char *name, const char *part, size_t count)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str text = repeat(arena, part, count);

	write_bytes(name, text.p, text.n);
}

static void too_much(void **state)
{
	struct decode_limits limits = decode_limits_default;
	const char *const paths[] = { "a.yaml" };
	struct documents *documents;
	struct document document;
	struct error *err = NULL;

	write_repeated("a.yaml", "[", 100000);
	assert_documents("! a.yaml:1:513: nested deeper than 512 levels;", "a.yaml");
	write_repeated("a.yaml", "{", 100000);
	assert_documents("! a.yaml:1:513: nested deeper than 512 levels;", "a.yaml");
	write_repeated("a.yaml", "{\"a\":\n", 100000);
	assert_documents("! a.yaml:513:1: nested deeper than 512 levels;", "a.yaml");

	/* A cap on one document, not on the stream. */
	write_repeated("a.yaml", "a: 1\n---\n", 1000);
	limits.document = 20;
	documents = documents_open(paths, 1, &limits);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(documents_next(documents, &document, NULL), 1);
	assert_int_equal(documents_next(documents, &document, NULL), 0);
	documents_close(documents);

	write_text("a.yaml", "a: 1\n---\nbcd: [1, 2, 3, 4, 5, 6]\n---\nc: 3\n");
	documents = documents_open(paths, 1, &limits);
	assert_int_equal(documents_next(documents, &document, NULL), 1);
	assert_int_equal(documents_next(documents, &document, &err), -1);
	assert_int_equal(err->code, ERROR_LIMIT);
	assert_int_equal(err->line, 2);
	error_free(err);
	assert_int_equal(documents_next(documents, &document, NULL), 0);
	documents_close(documents);
}

/* A gigabyte of brackets, most of it a hole: refused without reading it, as a file and as a stream. */
static void one_gigabyte(void **state)
{
	char brackets[65536];
	int fd = open("huge.json", O_CREAT | O_WRONLY | O_TRUNC, 0600);

	memset(brackets, '{', sizeof(brackets));
	assert_int_equal(write(fd, brackets, sizeof(brackets)), sizeof(brackets));
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	close(fd);
	write_text("good.yaml", "a: 1\n");
	assert_documents("! huge.json:1:513: nested deeper than 512 levels;good.yaml:1 yaml {\"a\":1};", "huge.json",
			 "good.yaml");
	unlink("huge.json");
}

static void gzip(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct str text = repeat(arena, "a: 1\n---\nb: {\"c\": [1, 2]}\n---\n", 30000);
	const char *const paths[] = { "b.yaml.gz" };
	struct documents *documents;
	struct document document;
	char bytes[4096];
	size_t count = 0, n;
	FILE *file;

	write_gzip("a.yaml.gz", "wb", "a: 1\n", 5);
	write_gzip("a.yaml.gz", "ab", "---\nb: 2\n", 9);
	assert_documents("a.yaml.gz:1 yaml {\"a\":1};a.yaml.gz:2 yaml {\"b\":2};", "a.yaml.gz");

	write_gzip("b.yaml.gz", "wb", text.p, text.n);
	documents = documents_open(paths, 1, NULL);
	while (documents_next(documents, &document, NULL) > 0) {
		assert_int_equal(document.index, count);
		assert_int_equal(document.source.first_line, count ? count * 2 : 1);
		count++;
	}
	assert_int_equal(count, 60000);
	documents_close(documents);

	/* Large and hard to compress: a file that is mapped before it turns out to be gzip. */
	for (size_t i = 0; i < text.n; i++)
		((char *)(uintptr_t)text.p)[i] = (char)('a' + (i * i * 2654435761u >> 13) % 26);
	write_gzip("c.yaml.gz", "wb", text.p, text.n);
	documents = documents_open((const char *const[]){ "c.yaml.gz" }, 1, NULL);
	assert_int_equal(documents_next(documents, &document, NULL), 1);
	assert_true(str_equal(document.source.text, text));
	documents_close(documents);

	file = fopen("b.yaml.gz", "rb");
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	write_bytes("cut.yaml.gz", bytes, 12);
	assert_documents("! cut.yaml.gz: broken gzip: it ends in the middle;", "cut.yaml.gz");
	memset(bytes + 10, 0xff, 10);
	write_bytes("bad.yaml.gz", bytes, n);
	assert_documents("! bad.yaml.gz: broken gzip: invalid block type;", "bad.yaml.gz");
	write_text("plain.yaml.gz", "a: 1");
	assert_documents("plain.yaml.gz:1 yaml {\"a\":1};", "plain.yaml.gz");
}

static void standard_input(void **state)
{
	int saved = dup(STDIN_FILENO), ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_true(write(ends[1], "a: 1\n---\nb: 2\n", 14) == 14);
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	assert_documents("<stdin>:1 yaml {\"a\":1};<stdin>:2 yaml {\"b\":2};", "-");

	write_gzip("a.gz", "wb", "{\"a\":1}{\"b\":2}", 14);
	assert_non_null(freopen("a.gz", "rb", stdin));
	assert_documents("<stdin>:1 json {\"a\":1};<stdin>:1 json {\"b\":2};", "-");
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(ends[0]);
}

static void folders(void **state)
{
	mkdir("d", 0700);
	mkdir("d/b", 0700);
	mkdir("d/.hidden", 0700);
	mkdir("d/empty", 0700);
	write_text("d/a.yml", "f: 1");
	write_text("d/B.json", "{\"f\":2}");
	write_text("d/b/x.yaml", "f: 3");
	write_text("d/c.yaml.gz", "f: 4");
	write_text("d/readme.md", "f: 5");
	write_text("d/.yaml", "f: 6");
	write_text("d/.hidden/x.yaml", "f: 7");
	write_text("d/.also.yaml", "f: 8");
	assert_documents("d/B.json:1 json {\"f\":2};d/a.yml:1 yaml {\"f\":1};d/b/x.yaml:1 yaml {\"f\":3};d/c.yaml.gz:1 "
			 "yaml {\"f\":4};",
			 "d");
	assert_documents(
		"d/.hidden/x.yaml:1 yaml {\"f\":7};d/.also.yaml:1 yaml {\"f\":8};d/readme.md:1 yaml {\"f\":5};",
		"d/.hidden/", "d/.also.yaml", "d/readme.md");
	assert_documents("! d/empty: no .yaml, .yml or .json file in this folder;", "d/empty");
}

static void links(void **state)
{
	mkdir("l", 0700);
	mkdir("l/a", 0700);
	mkdir("other", 0700);
	write_text("l/a/x.yaml", "f: 1");
	write_text("other/y.yaml", "f: 2");
	assert_int_equal(symlink("..", "l/a/up"), 0);
	assert_int_equal(symlink("../other", "l/first"), 0);
	assert_int_equal(symlink("../other", "l/second"), 0);
	assert_int_equal(symlink("nowhere", "l/gone.yaml"), 0);
	assert_int_equal(symlink("../other/y.yaml", "l/z.yaml"), 0);
	assert_documents("! l/a/up: the link leads back to a folder that it lies in;l/a/x.yaml:1 yaml {\"f\":1};"
			 "l/first/y.yaml:1 yaml {\"f\":2};! l/gone.yaml: cannot be opened: No such file or directory;"
			 "l/z.yaml:1 yaml {\"f\":2};", "l");
}

static void counting(void **state)
{
	const char *const paths[] = { "one.yaml", "two.yaml" };
	struct documents *documents;
	struct document document;
	size_t done, total;

	write_text("one.yaml", "a: 1\n---\nb: 2\n");
	write_text("two.yaml", "c: 3\n");
	documents = documents_open(paths, 2, NULL);
	documents_progress(documents, &done, &total);
	assert_int_equal(done, 0);
	assert_int_equal(total, 0);
	assert_int_equal(documents_next(documents, &document, NULL), 1);
	assert_int_equal(documents_next(documents, &document, NULL), 1);
	assert_int_equal(document.file, 0);
	assert_int_equal(document.index, 1);
	assert_int_equal(documents_next(documents, &document, NULL), 1);
	assert_int_equal(document.file, 1);
	assert_int_equal(document.index, 0);
	documents_progress(documents, &done, &total);
	assert_int_equal(done, 19);
	assert_int_equal(total, 19);
	documents_rewind(documents);
	documents_progress(documents, &done, &total);
	assert_int_equal(done, 0);
	assert_int_equal(total, 19);
	documents_close(documents);
}

/* 16 MB in many documents: what was handed out leaves memory again, and can still be read. */
static void long_streams(void **state)
{
	const char *const paths[] = { "long.yaml" };
	struct documents *documents;
	struct document document, first;
	struct rusage before, after;
	size_t count = 0;

	write_repeated(
		"long.yaml",
		"apiVersion: v1\nkind: ConfigMap\ndata: {key: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}\n---\n",
		160000);
	getrusage(RUSAGE_SELF, &before);
	documents = documents_open(paths, 1, NULL);
	assert_int_equal(documents_next(documents, &first, NULL), 1);
	while (documents_next(documents, &document, NULL) > 0)
		count++;
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(count, 159999);
	assert_true(str_starts_with(first.source.text, STR("apiVersion: v1\nkind: ConfigMap\n")));
	assert_true(after.ru_maxrss - before.ru_maxrss < 12 * 1024);
	documents_close(documents);
}

/* -- objects ------------------------------------------------------------------------------------------------------ */

struct gathering {
	struct arena *arena;
	struct buf out;
	size_t stop_after;
};

static int gather(const struct value *object, void *context)
{
	struct gathering *gathering = context;
	struct str text = json_text(gathering->arena, object, 0);

	buf_printf(&gathering->out, "%u " STR_FMT ";", object->line, STR_ARG(text));
	return gathering->stop_after && --gathering->stop_after == 0 ? 7 : 0;
}

static void assert_objects(const char *yaml, const char *expected)
{
	struct gathering gathering = { .arena = arena_create() };
	struct source source = { .text = str_of(yaml), .first_line = 1 };
	const struct value *root = yaml_decode(gathering.arena, &source, NULL, NULL, NULL);

	assert_int_equal(document_each_object(gathering.arena, root, gather, &gathering), 0);
	buf_add_char(&gathering.out, '\0');
	assert_string_equal(gathering.out.p, expected);
	buf_free(&gathering.out);
	arena_destroy(gathering.arena);
}

static void objects(void **state)
{
	struct gathering gathering = { .arena = arena_create(), .stop_after = 2 };

	assert_objects("kind: Pod", "1 {\"kind\":\"Pod\"};");
	assert_objects("kind: List\napiVersion: v1\nitems:\n- {kind: Pod}\n-\n- {kind: Service}\n",
		       "4 {\"kind\":\"Pod\"};6 {\"kind\":\"Service\"};");
	assert_objects(
		"kind: PodList\napiVersion: v1\nitems:\n- {spec: {}}\n- {kind: Pod, apiVersion: v2}\n- {kind: Other}\n",
		"4 {\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{}};5 {\"kind\":\"Pod\",\"apiVersion\":\"v2\"};"
		"6 {\"apiVersion\":\"v1\",\"kind\":\"Other\"};");
	assert_objects("- {kind: Pod}\n- {kind: List, items: [{a: 1}, [{b: 2}]]}\n",
		       "1 {\"kind\":\"Pod\"};2 {\"a\":1};2 {\"b\":2};");
	assert_objects("kind: AllowList\nspec: {items: []}", "1 {\"kind\":\"AllowList\",\"spec\":{\"items\":[]}};");
	assert_objects("kind: List\nitems: []", "");
	assert_objects("# nothing", "");
	assert_objects("text", "1 \"text\";");
	assert_int_equal(document_each_object(gathering.arena,
					      yaml_parse(gathering.arena, STR("[{a: 1}, {b: 2}, {c: 3}]"), NULL),
					      gather, &gathering),
			 7);
	assert_true(str_is(buf_str(&gathering.out), "0 {\"a\":1};0 {\"b\":2};"));
	buf_free(&gathering.out);
	arena_destroy(gathering.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_streams), cmocka_unit_test(json_streams), cmocka_unit_test(refused),
		cmocka_unit_test(too_much), cmocka_unit_test(one_gigabyte), cmocka_unit_test(gzip),
		cmocka_unit_test(standard_input), cmocka_unit_test(folders), cmocka_unit_test(links),
		cmocka_unit_test(counting), cmocka_unit_test(long_streams), cmocka_unit_test(objects),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
