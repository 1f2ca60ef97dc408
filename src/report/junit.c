/* JUnit XML, as CI servers read it: a test suite per resource, a test case per rule. */
#include "report/excerpt.h"
#include "report/outputs.h"

static void put_attribute(struct buf *out, const char *name, struct str value)
{
	buf_add_char(out, ' ');
	escape_put(out, str_of(name));
	PUT(out, "=\"");
	put_xml(out, value);
	buf_add_char(out, '"');
}

static void put_count(struct buf *out, const char *name, size_t n)
{
	buf_add_char(out, ' ');
	escape_put(out, str_of(name));
	PUT(out, "=\"");
	put_uint(out, n);
	buf_add_char(out, '"');
}

/* "Deployment web/shop", or the file when nothing could be read from it. */
static void put_suite_name(struct buf *out, const struct reported *reported)
{
	PUT(out, " name=\"");
	if (reported->kind.n || reported->name.n) {
		put_xml(out, reported->kind);
		buf_add_char(out, ' ');
		if (reported->namespace.n) {
			put_xml(out, reported->namespace);
			buf_add_char(out, '/');
		}
		put_xml(out, reported->name);
	} else if (reported->source) {
		put_xml(out, reported->source->name);
	}
	buf_add_char(out, '"');
}

static void put_text(struct buf *out, const struct reported *reported, const struct result *result)
{
	struct place place = report_place(reported, result);

	put_xml(out, result->message);
	PUT(out, "\n");
	if (place.file.n) {
		put_xml(out, place.file);
		buf_add_char(out, ':');
		put_uint(out, place.line);
		buf_add_char(out, ':');
		put_uint(out, place.column);
		if (result->path.n) {
			buf_add_char(out, ' ');
			put_xml(out, result->path);
		}
		buf_add_char(out, '\n');
	}
	if (result->fix.n) {
		PUT(out, "fix: ");
		put_xml(out, result->fix);
		buf_add_char(out, '\n');
	}
}

static void put_problem(struct buf *out, const char *element, const struct reported *reported,
			const struct result *result)
{
	PUT(out, "\n      <");
	escape_put(out, str_of(element));
	put_attribute(out, "message", result->message);
	put_attribute(out, "type", result->severity.n ? result->severity : str_of(outcome_names[result->outcome]));
	buf_add_char(out, '>');
	put_text(out, reported, result);
	PUT(out, "</");
	escape_put(out, str_of(element));
	PUT(out, ">\n    ");
}

static void put_outcome(struct buf *out, const struct reported *reported, const struct result *result)
{
	switch (result->outcome) {
	case OUTCOME_PASS:
		break;
	case OUTCOME_FAIL:
		put_problem(out, "failure", reported, result);
		break;
	case OUTCOME_ERROR:
		put_problem(out, "error", reported, result);
		break;
	case OUTCOME_SKIP:
		PUT(out, "\n      <skipped");
		put_attribute(out, "message", result->message);
		PUT(out, "/>\n    ");
		break;
	case OUTCOME_WARN:
		/* JUnit knows no warnings; a warning does not fail the case. */
		PUT(out, "\n      <system-out>warning: ");
		put_text(out, reported, result);
		PUT(out, "</system-out>\n    ");
		break;
	}
}

static void put_case(struct buf *out, const struct reported *reported, const struct result *result)
{
	struct place place = report_place(reported, result);

	PUT(out, "    <testcase classname=\"");
	put_policy_name(out, result->policy_namespace, result->policy, put_xml);
	buf_add_char(out, '"');
	put_attribute(out, "name", result->rule.n ? result->rule : result->policy);
	if (place.file.n)
		put_attribute(out, "file", place.file);
	if (place.line)
		put_count(out, "line", place.line);
	if (result->outcome == OUTCOME_PASS) {
		PUT(out, "/>\n");
		return;
	}
	buf_add_char(out, '>');
	put_outcome(out, reported, result);
	PUT(out, "</testcase>\n");
}

static void junit_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	size_t counts[OUTCOMES];

	if (reported->count == 0)
		return;
	count_outcomes(reported, counts);
	PUT(out, "  <testsuite");
	put_suite_name(out, reported);
	put_count(out, "tests", reported->count);
	put_count(out, "failures", counts[OUTCOME_FAIL]);
	put_count(out, "errors", counts[OUTCOME_ERROR]);
	put_count(out, "skipped", counts[OUTCOME_SKIP]);
	if (report->started.n)
		put_attribute(out, "timestamp", report->started);
	if (reported->source)
		put_attribute(out, "file", reported->source->name);
	PUT(out, ">\n");
	for (size_t i = 0; i < reported->count; i++)
		put_case(out, reported, &reported->results[i]);
	PUT(out, "  </testsuite>\n");
}

static void junit_start(const struct report *report, struct buf *out)
{
	PUT(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"biro\">\n");
}

static void junit_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
	PUT(out, "</testsuites>\n");
}

const struct report_output output_junit = {
	.name = "junit",
	.help = "JUnit XML for CI servers: a suite per resource, a case per rule",
	.start = junit_start,
	.object = junit_object,
	.finish = junit_finish,
	.separator = "",
	.all_results = true,
};
