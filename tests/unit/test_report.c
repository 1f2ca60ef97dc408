#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/escape.h"
#include "report/excerpt.h"
#include "report/text.h"
#include "report_fixture.h"

/* -- the sample that every output prints -- */

static const char shop[] = "# the shop\n"
			   "apiVersion: apps/v1\n"
			   "kind: Deployment\n"
			   "metadata:\n"
			   "  name: shop\n"
			   "  namespace: web\n"
			   "spec:\n"
			   "  template:\n"
			   "    spec:\n"
			   "      containers:\n"
			   "      - name: shop\n"
			   "        image: \"registry.example/shop\"   # no tag\n"
			   "        securityContext:\n"
			   "          capabilities:\n"
			   "            add: [NET_ADMIN, SYS_TIME]\n"
			   "      - name: \u65e5\u672c\n"
			   "        image: nginx:1.27\n"
			   "        securityContext:\n"
			   "          privileged: true\n";

static const char namespaced[] = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n";

/* What an attacker writes who wants the reader's terminal or browser to do something. */
static const char hostile[] = "apiVersion: v1\n"
			      "kind: Pod\n"
			      "metadata:\n"
			      "  name: \"a\\e]0;owned\\a\\e[31m</script><b>%0A::error::x\"\n"
			      "  namespace: \"n&'\\\"<>\"\n"
			      "spec:\n"
			      "  hostname: \"\\u202Egpj.exe\\x9b2J\"\n";

static const char broken[] = "apiVersion: v1\nkind: [Pod\nmetadata: {}\n";

#define OBJECTS 4

struct sample {
	struct arena *arena;
	struct fixture fixtures[OBJECTS];
	struct summary summary;
};

static void add_shop(struct sample *sample)
{
	struct fixture *fixture = &sample->fixtures[0];
	struct arena *arena = sample->arena;
	struct property *property = ARENA_NEW(arena, struct property);
	struct result *result;

	fixture_read(fixture, arena, "manifests/shop.yaml", 1, shop);
	fixture_add(fixture, arena, OUTCOME_PASS, "disallow-host-path", "autogen-host-path", "",
		    "validation rule 'autogen-host-path' passed.");
	result = fixture_add(fixture, arena, OUTCOME_FAIL, "disallow-privileged", "autogen-privileged",
			     "/spec/template/spec/containers/1/securityContext/privileged/",
			     "validation error: Privileged mode is disallowed. rule autogen-privileged failed at path "
			     "/spec/template/spec/containers/1/securityContext/privileged/");
	result->severity = STR("high");
	result->category = STR("Pod Security Standards (Baseline)");
	result->fix = STR("set `privileged: false`, or drop the field");
	result->help_uri = STR("https://example.com/privileged");
	result = fixture_add(fixture, arena, OUTCOME_FAIL, "require-tag", "autogen-require-tag",
			     "/spec/template/spec/containers/0/image", "An image tag is required.");
	result->severity = STR("medium");
	result->policy_namespace = STR("web");
	result = fixture_add(fixture, arena, OUTCOME_WARN, "require-limits", "autogen-limits",
			     "/spec/template/spec/containers/0/resources/limits",
			     "CPU and memory limits are required for every container, so that one of them cannot "
			     "starve the others on its node.");
	result->unscored = true;
	result = fixture_add(fixture, arena, OUTCOME_SKIP, "check-supply-chain", "autogen-signed", "",
			     "preconditions not met");
	*property = (struct property){ STR("process"), STR("background scan: \"yes\"") };
	result->properties = property;
	result->property_count = 1;
	fixture_add(fixture, arena, OUTCOME_ERROR, "check-quota", "quota", "",
		    "failed to load context: variable \"quota\":\nConfigMap web/quota is not at hand");
}

static void sample_make(struct sample *sample)
{
	static const size_t counts[] = {
		[OUTCOME_PASS] = 2, [OUTCOME_FAIL] = 3, [OUTCOME_WARN] = 1, [OUTCOME_ERROR] = 2, [OUTCOME_SKIP] = 1
	};
	struct arena *arena = sample->arena = arena_create();
	struct result *result;

	add_shop(sample);
	fixture_read(&sample->fixtures[1], arena, "manifests/namespaces.yaml", 10, namespaced);
	fixture_add(&sample->fixtures[1], arena, OUTCOME_PASS, "require-labels", "check", "",
		    "validation rule 'check' passed.");
	fixture_read(&sample->fixtures[2], arena, "manifests/\033[2Jevil ,:%.yaml", 1, hostile);
	result = fixture_add(&sample->fixtures[2], arena, OUTCOME_FAIL, "p\033[0m,", "r:\n1", "/spec/hostname",
			     "bad \033]8;;http://x\033\\ & <i> \r\n%0A::set-output \xff\xc2\x9b' ]]> `code`");
	result->severity = STR("\033[5mhigh");
	result->fix = STR("no\033c");
	fixture_read(&sample->fixtures[3], arena, "manifests/broken.yaml", 21, broken);
	memcpy(sample->summary.counts, counts, sizeof(counts));
	sample->summary.objects = 3;
	sample->summary.files = 4;
	sample->summary.unreadable = 1;
	sample->summary.ignored = 1;
}

/* As the writer does it: the buffers of the objects one after the other, without the very first separator. */
static void print(const struct report *report, const struct report_output *output, const struct sample *sample,
		  size_t objects, struct buf *out)
{
	struct buf body = { 0 };
	size_t skip = strlen(output->separator);

	buf_clear(out);
	output->start(report, out);
	for (size_t i = 0; i < objects; i++)
		output->object(report, &body, &sample->fixtures[i].reported);
	if (body.n)
		assert_memory_equal(body.p, output->separator, skip);
	buf_add(out, str_skip(buf_str(&body), skip));
	output->finish(report, out, &sample->summary);
	buf_free(&body);
}

/* -- golden files
 * ------------------------------------------------------------------------------------------------------ */

/* Writes the file instead when UPDATE_GOLDEN is set; then look at the difference before committing it. */
static void assert_golden(const char *name, const struct buf *out)
{
	const char *root = getenv("SOURCE_ROOT");
	static char expected[1 << 20];
	char path[1024];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/golden/report/%s", root ? root : ".", name);
	file = fopen(path, getenv("UPDATE_GOLDEN") ? "wb" : "rb");
	if (!file)
		fail_msg("%s cannot be opened", path);
	if (getenv("UPDATE_GOLDEN")) {
		assert_int_equal(fwrite(out->p, 1, out->n, file), out->n);
		fclose(file);
		return;
	}
	n = fread(expected, 1, sizeof(expected), file);
	fclose(file);
	if (n != out->n || memcmp(expected, out->p, n) != 0)
		fail_msg("%s differs; what was printed:\n%.*s", path, (int)out->n, out->p);
}

static void outputs_are_golden(void **state)
{
	static const struct {
		const char *output, *file;
		enum show show;
		bool color, hyperlinks;
		size_t width;
	} cases[] = {
		{ "table", "table.txt", SHOW_DEFAULT, false, false, 0 },
		{ "table", "table-all.txt", SHOW_ALL, false, false, 80 },
		{ "table", "table-narrow-color.txt", SHOW_ALL, true, true, 48 },
		{ "json", "results.json", SHOW_DEFAULT },
		{ "yaml", "results.yaml", SHOW_DEFAULT },
		{ "sarif", "results.sarif", SHOW_DEFAULT },
		{ "sarif", "results-all.sarif", SHOW_ALL },
		{ "junit", "junit.xml", SHOW_DEFAULT },
		{ "github", "github.txt", SHOW_DEFAULT },
		{ "policyreport", "policyreport.yaml", SHOW_DEFAULT },
	};
	struct sample sample = { 0 };
	struct buf out = { 0 };

	sample_make(&sample);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct report_output *output = report_output_find(str_of(cases[i].output));
		struct report report = { .show = cases[i].show,
					 .color = cases[i].color,
					 .hyperlinks = cases[i].hyperlinks,
					 .width = cases[i].width,
					 .version = STR("1.2.3") };

		assert_non_null(output);
		print(&report, output, &sample, OBJECTS, &out);
		assert_golden(cases[i].file, &out);
	}
	buf_free(&out);
	arena_destroy(sample.arena);
}

/* -- what every output promises
 * ------------------------------------------------------------------------------------------ */

static void no_output_passes_control_characters_on(void **state)
{
	struct sample sample = { 0 };
	struct buf out = { 0 };
	struct report report = { .show = SHOW_ALL };

	sample_make(&sample);
	for (size_t i = 0; report_outputs[i]; i++) {
		print(&report, report_outputs[i], &sample, OBJECTS, &out);
		for (size_t k = 0; k < out.n;) {
			uint32_t c = utf8_next(buf_str(&out), &k);

			if ((c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0))
				fail_msg("%s: character 0x%x at byte %zu", report_outputs[i]->name, c, k);
		}
	}
	buf_free(&out);
	arena_destroy(sample.arena);
}

static void json_and_yaml_say_the_same(void **state)
{
	struct sample sample = { 0 };
	struct buf json = { 0 }, yaml = { 0 };
	struct report report = { 0 };
	const struct value *a, *b, *results;

	sample_make(&sample);
	for (size_t objects = 0; objects <= OBJECTS; objects++) {
		if (objects == 0)
			memset(sample.summary.counts, 0, sizeof(sample.summary.counts));
		else
			sample.summary.counts[OUTCOME_FAIL] = 3;
		print(&report, report_output_find(STR("json")), &sample, objects, &json);
		print(&report, report_output_find(STR("yaml")), &sample, objects, &yaml);
		a = json_parse(sample.arena, buf_str(&json), NULL);
		b = yaml_parse(sample.arena, buf_str(&yaml), NULL);
		assert_non_null(a);
		assert_non_null(b);
		assert_true(value_equal(a, b));
	}
	results = value_field(a, "results");
	assert_int_equal(value_count(results), 9);
	assert_int_equal(value_number(value_path(&results->u.items[1], "source", "line")), 19);
	assert_int_equal(value_number(value_path(&results->u.items[1], "source", "column")), 23);
	assert_true(str_is(value_str(value_path(&results->u.items[1], "resource", "namespace")), "web"));
	/* A path that leads nowhere points at the key of the container that it should be in. */
	assert_int_equal(value_number(value_path(&results->u.items[3], "source", "line")), 11);
	assert_int_equal(value_number(value_path(a, "summary", "fail")), 3);
	buf_free(&json);
	buf_free(&yaml);
	arena_destroy(sample.arena);
}

static const struct value *need(const struct value *v, const char *key, enum value_type type)
{
	const struct value *member = value_get(v, str_of(key));

	if (!value_is(member, type))
		fail_msg("%s is missing or of another type", key);
	return member;
}

/* What the schema of SARIF 2.1.0 requires of the parts that are used here. */
static void check_sarif_result(const struct value *result)
{
	const struct value *location, *physical;
	struct str kind = value_str(need(result, "kind", VALUE_STRING)),
		   level = value_str(need(result, "level", VALUE_STRING));

	need(result, "ruleId", VALUE_STRING);
	assert_true(value_str(need(need(result, "message", VALUE_OBJECT), "text", VALUE_STRING)).n > 0);
	assert_true(str_is(level, "none") == !str_is(kind, "fail"));
	assert_int_equal(
		value_str(need(need(result, "partialFingerprints", VALUE_OBJECT), "biroFinding/v1", VALUE_STRING)).n,
		32);
	for (VALUE_EACH(item, need(result, "locations", VALUE_ARRAY))) {
		location = item;
		need(need(location, "logicalLocations", VALUE_ARRAY)->u.items, "fullyQualifiedName", VALUE_STRING);
		physical = need(location, "physicalLocation", VALUE_OBJECT);
		for (VALUE_EACH(c, need(need(physical, "artifactLocation", VALUE_OBJECT), "uri", VALUE_STRING)))
			assert_non_null(c);
		assert_true(value_number(need(need(physical, "region", VALUE_OBJECT), "startLine", VALUE_INT)) >= 1);
		assert_true(value_number(need(need(physical, "region", VALUE_OBJECT), "startColumn", VALUE_INT)) >= 1);
	}
}

static void sarif_has_what_its_schema_requires(void **state)
{
	struct sample sample = { 0 };
	struct buf out = { 0 };
	struct report report = { .show = SHOW_ALL, .version = STR("1.2.3") };
	const struct value *root, *run, *driver, *results;

	sample_make(&sample);
	print(&report, report_output_find(STR("sarif")), &sample, OBJECTS, &out);
	root = json_parse(sample.arena, buf_str(&out), NULL);
	assert_true(str_is(value_str(need(root, "version", VALUE_STRING)), "2.1.0"));
	run = need(root, "runs", VALUE_ARRAY)->u.items;
	driver = need(need(run, "tool", VALUE_OBJECT), "driver", VALUE_OBJECT);
	assert_true(str_is(value_str(need(driver, "name", VALUE_STRING)), "biro"));
	for (VALUE_EACH(rule, need(driver, "rules", VALUE_ARRAY))) {
		need(rule, "id", VALUE_STRING);
		need(need(rule, "shortDescription", VALUE_OBJECT), "text", VALUE_STRING);
		need(need(rule, "fullDescription", VALUE_OBJECT), "text", VALUE_STRING);
		need(need(rule, "help", VALUE_OBJECT), "text", VALUE_STRING);
		need(need(rule, "defaultConfiguration", VALUE_OBJECT), "level", VALUE_STRING);
	}
	results = need(run, "results", VALUE_ARRAY);
	assert_int_equal(results->length, 9);
	for (VALUE_EACH(result, results))
		check_sarif_result(result);
	buf_free(&out);
	arena_destroy(sample.arena);
}

/* Tags nest, attributes are quoted, and no character is where XML forbids it. */
static void check_xml(struct arena *arena, struct str xml)
{
	struct str *open = NULL;
	size_t count = 0, capacity = 0, at = str_find(xml, STR("?>"), 0) + 2;

	while ((at = str_find_char(xml, '<', at)) != STR_NOT_FOUND) {
		size_t end = str_find_char(xml, '>', at);
		struct str tag = str_slice(xml, at + 1, end), name, rest;
		size_t quotes = 0;

		assert_true(end != STR_NOT_FOUND);
		for (size_t i = 0; i < tag.n; i++)
			quotes += tag.p[i] == '"';
		assert_int_equal(quotes % 2, 0);
		assert_true(str_find_char(tag, '<', 0) == STR_NOT_FOUND);
		if (tag.p[0] == '/') {
			assert_true(count > 0 && str_equal(open[count - 1], str_skip(tag, 1)));
			count--;
		} else if (tag.p[tag.n - 1] != '/') {
			str_cut(tag, ' ', &name, &rest);
			*ARENA_PUSH(arena, open, count, capacity) = name;
		}
		at = end;
	}
	assert_int_equal(count, 0);
}

static void junit_is_well_formed(void **state)
{
	struct sample sample = { 0 };
	struct buf out = { 0 };
	struct report report = { .started = STR("2026-05-04T10:11:12Z") };

	sample_make(&sample);
	print(&report, report_output_find(STR("junit")), &sample, OBJECTS, &out);
	check_xml(sample.arena, buf_str(&out));
	assert_true(str_contains(
		buf_str(&out),
		STR("name=\"Deployment web/shop\" tests=\"6\" failures=\"2\" errors=\"1\" skipped=\"1\"")));
	buf_free(&out);
	arena_destroy(sample.arena);
}

static void assert_dns_subdomain(struct str name)
{
	assert_true(name.n > 0 && name.n <= 253);
	for (size_t i = 0; i < name.n; i++) {
		bool alphanumeric = (name.p[i] >= 'a' && name.p[i] <= 'z') || (name.p[i] >= '0' && name.p[i] <= '9');

		assert_true(alphanumeric || name.p[i] == '-' || name.p[i] == '.');
		if (i == 0 || i == name.n - 1 || name.p[i - 1] == '.')
			assert_true(alphanumeric);
	}
}

static void policyreports_can_be_applied(void **state)
{
	struct sample sample = { 0 };
	struct buf out = { 0 };
	struct report report = { .started = STR("2026-05-04T10:11:12Z") };
	struct str documents, document;
	size_t count = 0, at;

	sample_make(&sample);
	print(&report, report_output_find(STR("policyreport")), &sample, OBJECTS, &out);
	documents = str_skip(buf_str(&out), 4);
	while (documents.n) {
		const struct value *root;

		at = str_find(documents, STR("\n---\n"), 0);
		document = str_slice(documents, 0, at == STR_NOT_FOUND ? documents.n : at + 1);
		documents = str_skip(documents, at == STR_NOT_FOUND ? documents.n : at + 5);
		root = yaml_parse(sample.arena, document, NULL);
		assert_true(str_is(value_str(value_field(root, "apiVersion")), "wgpolicyk8s.io/v1alpha2"));
		assert_dns_subdomain(object_name(root));
		assert_true(str_equal(value_str(value_field(root, "kind")),
				      count == 1 ? STR("ClusterPolicyReport") : STR("PolicyReport")));
		for (VALUE_EACH(result, need(root, "results", VALUE_ARRAY))) {
			need(result, "policy", VALUE_STRING);
			assert_int_equal(value_number(value_path(result, "timestamp", "seconds")), 1777889472);
			for (MEMBER_EACH(m, need(result, "properties", VALUE_OBJECT)))
				assert_true(value_is(&m->value, VALUE_STRING));
		}
		count++;
	}
	/* What did not parse is no resource and has no report. */
	assert_int_equal(count, 3);
	buf_free(&out);
	arena_destroy(sample.arena);
}

static void the_page_holds_the_data_and_nothing_foreign(void **state)
{
	struct sample sample = { 0 };
	struct buf out = { 0 };
	struct report report = { .version = STR("1.2.3") };
	const struct value *results, *summary;
	struct str page, data;
	size_t begin, end;

	sample_make(&sample);
	print(&report, report_output_find(STR("html")), &sample, OBJECTS, &out);
	page = buf_str(&out);
	assert_true(str_starts_with(page, STR("<!doctype html>")));
	assert_false(str_contains(page, STR("{{")));
	assert_false(str_contains(page, STR("http://x")) && !str_contains(page, STR("\\u001b]8;;http://x")));
	begin = str_find(page, STR("id=\"results\">"), 0) + 13;
	end = str_find(page, STR("</script>"), begin);
	data = str_slice(page, begin, end);
	assert_false(str_contains(data, STR("<")));
	results = json_parse(sample.arena, data, NULL);
	assert_int_equal(value_count(results), OBJECTS);
	/* The name closes a script element; it must come through as text. */
	assert_true(str_contains(value_str(value_field(&results->u.items[2], "n")), STR("</script>")));
	assert_int_equal(value_count(value_field(&results->u.items[0], "r")), 6);
	/* A source is only there when something is to be shown in it. */
	assert_non_null(value_field(&results->u.items[0], "t"));
	assert_null(value_field(&results->u.items[1], "t"));
	begin = str_find(page, STR("id=\"summary\">"), 0) + 13;
	summary = json_parse(sample.arena, str_slice(page, begin, str_find(page, STR("</script>"), begin)), NULL);
	assert_int_equal(value_count(value_field(summary, "counts")), 5);
	buf_free(&out);
	arena_destroy(sample.arena);
}

static void the_page_keeps_secrets(void **state)
{
	static const char secret[] =
		"apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  labels: {}\nstringData:\n  password: hunter2\n";
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct report report = { 0 };
	struct fixture fixture;
	struct buf out = { 0 };

	fixture_read(&fixture, arena, "s.yaml", 1, secret);
	fixture_add(&fixture, arena, OUTCOME_FAIL, "require-labels", "check", "/metadata/labels/team",
		    "a label is missing");
	report_output_find(STR("html"))->object(&report, &out, &fixture.reported);
	assert_true(str_contains(buf_str(&out), STR("labels: {}")));
	assert_false(str_contains(buf_str(&out), STR("hunter2")));
	buf_free(&out);
}

/* -- places and excerpts
 * -------------------------------------------------------------------------------------------------- */

struct excerpt_case {
	const char *text, *path;
	uint32_t line, column; /* where it points */
	const char *marked, *missing;
	uint32_t item;
};

static void excerpts_mark_what_is_meant(void **state)
{
	static const char list[] = "spec:\n  containers:\n  - name: a\n    image: 'x''y' # c\n  -\n    name: b\n    "
				   "ports: [{p: 1}, \"]\"]\n";
	static const struct excerpt_case cases[] = {
		{ list, "/spec/containers/0/image", 4, 12, "'x''y'", "", 3 },
		{ list, "/spec/containers/0/image/", 4, 12, "'x''y'", "", 3 },
		/* A block begins below its key; the key is what one looks for. */
		{ list, "/spec", 1, 1, "spec", "", 0 },
		{ list, "/spec/containers", 2, 3, "containers", "", 0 },
		{ list, "/spec/containers/0", 3, 5, "name: a", "", 0 },
		{ list, "/spec/containers/0/resources/limits", 3, 5, "name: a", "resources/limits", 0 },
		{ list, "/spec/containers/1/ports", 7, 12, "[{p: 1}, \"]\"]", "", 6 },
		{ list, "/spec/containers/1/ports/0/p", 7, 17, "1", "", 0 },
		{ list, "/metadata/name", 1, 1, "spec:", "metadata/name", 0 },
		{ "a: \"q\\\"r\" # c\r\n", "/a", 1, 4, "\"q\\\"r\"", "", 0 },
		{ "a: plain text # c\n", "/a", 1, 4, "plain text", "", 0 },
		{ "a: |\n  text\n", "/a", 1, 4, "|", "", 0 },
		{ "a: 1_000\n", "/a", 1, 4, "1_000", "", 0 },
		{ "{\"a\": true, \"b\": [1,2]}", "/a", 1, 7, "true", "", 0 },
		{ "{\"a\": true, \"b\": [1,2]}", "/b", 1, 18, "[1,2]", "", 0 },
		{ "a~b/c: x\n", "/a~0b~1c", 1, 8, "x", "", 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		_cleanup_(arena_destroyp) struct arena *arena = arena_create();
		struct line_cursor cursor = { 0 };
		struct fixture fixture;
		struct excerpt at;

		fixture_read(&fixture, arena, "f.yaml", 1, cases[i].text);
		fixture_add(&fixture, arena, OUTCOME_FAIL, "p", "r", cases[i].path, "m");
		excerpt_find(&fixture.reported, fixture.results.items, &cursor, &at);
		if (at.line != cases[i].line || at.column != cases[i].column || at.item_line != cases[i].item ||
		    !str_equal(str_slice(at.text, at.from, at.to), str_of(cases[i].marked)) ||
		    !str_equal(at.missing, str_of(cases[i].missing)))
			fail_msg("case %zu: %u:%u \"%.*s\" missing \"%.*s\" item %u", i, at.line, at.column,
				 STR_ARG(str_slice(at.text, at.from, at.to)), STR_ARG(at.missing), at.item_line);
		/* Without a path the value alone leads to the same place. */
		fixture.results.items[0].path = STR("");
		if (fixture.results.items[0].at)
			assert_int_equal(report_place(&fixture.reported, fixture.results.items).line, cases[i].line);
	}
}

static void lines_are_found_from_anywhere(void **state)
{
	struct source source = { STR("f"), STR("one\ntwo\r\n\nfour"), 7 };
	struct line_cursor cursor = { 0 };
	static const struct {
		uint32_t line;
		const char *text;
	} cases[] = { { 10, "four" }, { 7, "one" }, { 9, "" },	 { 8, "two" }, { 10, "four" },
		      { 11, NULL },   { 7, "one" }, { 6, NULL }, { 0, NULL } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str line = source_line(&cursor, &source, cases[i].line);

		assert_int_equal(line.p == NULL, cases[i].text == NULL);
		assert_true(str_equal(line, str_of(cases[i].text)));
	}
}

static void long_lines_are_cut_around_the_mark(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct report report = { .width = 60 };
	struct fixture fixture;
	struct buf out = { 0 }, text = { 0 };
	struct str line, rest;

	buf_add(&text, STR("{\"kind\": \"Pod\", "));
	for (int i = 0; i < 3000; i++)
		buf_printf(&text, "\"k%d\": \"\u00e9\", ", i);
	buf_add(&text, STR("\"bad\": \"value\", \"z\": 1}"));
	buf_add_char(&text, '\0');
	fixture_read(&fixture, arena, "f.json", 1, text.p);
	fixture_add(&fixture, arena, OUTCOME_FAIL, "p", "r", "/bad", "m");
	fixture_add(&fixture, arena, OUTCOME_FAIL, "p", "r", "/k900", "m");
	report_output_find(STR("table"))->object(&report, &out, &fixture.reported);
	rest = buf_str(&out);
	while (rest.n) {
		str_cut(rest, '\n', &line, &rest);
		assert_true(text_width(line) <= 60);
	}
	assert_true(str_contains(buf_str(&out), STR("...")));
	assert_true(str_contains(buf_str(&out), STR("\"k900\"")));
	buf_free(&out);
	buf_free(&text);
}

/* -- text
 * ----------------------------------------------------------------------------------------------------------------- */

static void text_is_wrapped_and_neutralised(void **state)
{
	static const struct {
		const char *text, *expected;
		size_t indent, width;
	} cases[] = {
		{ "one two three four five six", "one two three four\n  five six", 2, 22 },
		{ "two\nlines \n", "two\n  lines", 2, 40 },
		{ "a\n\nb", "a\n\n  b", 2, 40 },
		{ "list:\n  - first item of many words here", "list:\n    - first item of many\n    words here", 2,
		  25 },
		{ "aaaaaaaaaabbbbbbbbbbccccccccccdd",
		  "aaaaaaaaaabbbbbbbbbb\ncccccccccc"
		  "dd",
		  0, 20 },
		{ "\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e \u65e5\u672c\u8a9e\u65e5\u672c\u8a9e",
		  "\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e\n\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e", 0, 20 },
		{ "\x1b[31m", "\u241b[31m", 0, 40 },
		{ "a\xc2\x9b"
		  "b\x7f",
		  "a\ufffd"
		  "b\u2421",
		  0, 40 },
		{ "\u202eabc", "\\u{202e}abc", 0, 40 },
		{ "\xff\xfe", "\ufffd\ufffd", 0, 40 },
		{ "", "", 3, 40 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf out = { 0 };

		text_put_wrapped(&out, str_of(cases[i].text), cases[i].indent, cases[i].width);
		if (!str_equal(buf_str(&out), str_of(cases[i].expected)))
			fail_msg("case %zu: \"%.*s\"", i, STR_ARG(buf_str(&out)));
		buf_free(&out);
	}
	assert_int_equal(text_width(STR("a\u65e5\u0301\t")), 1 + 2 + 0 + TEXT_TAB);
}

/* -- escapes
 * ---------------------------------------------------------------------------------------------------------------- */

static void json_strings_come_back(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	uint64_t seed = 42;

	/* Every byte at every offset of the eight that are looked at at once, among plain ones. */
	for (int round = 0; round < 4000; round++) {
		char text[64];
		struct buf out = { 0 };
		struct str s = { text, (size_t)round % 40 };
		const struct value *v;

		memset(text, 'x', sizeof(text));
		for (size_t i = 0; i < s.n; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if (seed >> 62 == 0)
				text[i] = (char)((seed >> 40) & 0x7F);
		}
		buf_add_char(&out, '"');
		put_json(&out, s);
		buf_add_char(&out, '"');
		v = json_parse(arena, buf_str(&out), NULL);
		assert_non_null(v);
		assert_true(str_equal(value_str(v), s));
		buf_clear(&out);
		put_yaml(&out, s);
		v = yaml_parse(arena, buf_str(&out), NULL);
		assert_non_null(v);
		assert_true(value_is(v, VALUE_STRING) && str_equal(value_str(v), s));
		buf_free(&out);
	}
}

static void scalars_that_look_like_others_are_quoted(void **state)
{
	static const char *const texts[] = { "yes",  "No",   "ON",	   "null", "~",	 "1",  "0x1f",
					     "1.5",  ".inf", "2026-01-01", "",	   " a", "a ", "a: b",
					     "a #b", "-",    "- a",	   "?",	   "*x", "&x", "!x",
					     "@x",   "`x",   "[a",	   "{a",   "|",	 ">",  "true",
					     "y",    "a\nb", "\xc2\x85",   "/x",   "e1" };
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf out = { 0 };
		const struct value *v;

		put_yaml(&out, str_of(texts[i]));
		v = yaml_parse(arena, buf_str(&out), NULL);
		if (!value_is(v, VALUE_STRING) || !str_equal(value_str(v), str_of(texts[i])))
			fail_msg("\"%s\" became %.*s", texts[i], STR_ARG(buf_str(&out)));
		buf_free(&out);
	}
}

static void other_escapes(void **state)
{
	struct buf out = { 0 };

	put_uri(&out, STR("./a b/\u00e9%.yaml"));
	assert_true(str_is(buf_str(&out), "a%20b/%C3%A9%25.yaml"));
	buf_clear(&out);
	put_uri(&out, STR("/x.yaml"));
	assert_true(str_is(buf_str(&out), "file:///x.yaml"));
	buf_clear(&out);
	put_github(&out, STR("50%, a:b\r\n"), false);
	assert_true(str_is(buf_str(&out), "50%25, a:b%0D%0A"));
	buf_clear(&out);
	put_github(&out, STR("50%, a:b"), true);
	assert_true(str_is(buf_str(&out), "50%25%2C a%3Ab"));
	buf_clear(&out);
	put_json_html(&out, STR("</script><!--"));
	assert_true(str_is(buf_str(&out), "\\u003c/script>\\u003c!--"));
	buf_clear(&out);
	put_xml(&out, STR("<a b=\"c\">&'\x01\n"));
	assert_true(str_is(buf_str(&out), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\ufffd&#10;"));
	buf_clear(&out);
	put_grouped(&out, 0);
	buf_add_char(&out, ' ');
	put_grouped(&out, 1234567);
	buf_add_char(&out, ' ');
	put_uint(&out, UINT64_MAX);
	buf_add_char(&out, ' ');
	put_seconds(&out, 1.0005);
	buf_add_char(&out, ' ');
	put_seconds(&out, -3);
	assert_true(str_is(buf_str(&out), "0 1,234,567 18446744073709551615 1.001 0.000"));
	buf_free(&out);
}

static void shows_and_names(void **state)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	const struct report_output *table = report_output_find(STR("table")), *json = report_output_find(STR("json"));
	struct report report = { 0 };
	struct result result = { .policy = STR("p"), .policy_namespace = STR("n"), .outcome = OUTCOME_PASS };

	assert_null(report_output_find(STR("tab")));
	assert_false(report_shows(&report, table, &result));
	assert_true(report_shows(&report, json, &result));
	report.show = SHOW_ALL;
	assert_true(report_shows(&report, table, &result));
	assert_true(str_is(report_policy_name(arena, &result), "n/p"));
	result.policy_namespace = STR("");
	assert_true(str_is(report_policy_name(arena, &result), "p"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_are_golden),
		cmocka_unit_test(no_output_passes_control_characters_on),
		cmocka_unit_test(json_and_yaml_say_the_same),
		cmocka_unit_test(sarif_has_what_its_schema_requires),
		cmocka_unit_test(junit_is_well_formed),
		cmocka_unit_test(policyreports_can_be_applied),
		cmocka_unit_test(the_page_holds_the_data_and_nothing_foreign),
		cmocka_unit_test(the_page_keeps_secrets),
		cmocka_unit_test(excerpts_mark_what_is_meant),
		cmocka_unit_test(lines_are_found_from_anywhere),
		cmocka_unit_test(long_lines_are_cut_around_the_mark),
		cmocka_unit_test(text_is_wrapped_and_neutralised),
		cmocka_unit_test(json_strings_come_back),
		cmocka_unit_test(scalars_that_look_like_others_are_quoted),
		cmocka_unit_test(other_escapes),
		cmocka_unit_test(shows_and_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
