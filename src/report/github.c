/* GitHub workflow commands: an annotation on the line of each finding. */
#include "report/excerpt.h"
#include "report/outputs.h"

static const char *const commands[OUTCOMES] = {
	[OUTCOME_PASS] = "::notice ", [OUTCOME_FAIL] = "::error ",  [OUTCOME_WARN] = "::warning ",
	[OUTCOME_ERROR] = "::error ", [OUTCOME_SKIP] = "::notice ",
};

static void put_data(struct buf *out, struct str s)
{
	put_github(out, s, false);
}

static void put_property(struct buf *out, struct str s)
{
	put_github(out, s, true);
}

static void put_place(struct buf *out, const struct excerpt *at)
{
	PUT(out, "file=");
	put_property(out, at->source ? at->source->name : STR_NULL);
	if (at->line) {
		PUT(out, ",line=");
		put_uint(out, at->line);
	}
	if (at->line && at->column) {
		PUT(out, ",col=");
		put_uint(out, at->column);
		if (at->to > at->from) {
			PUT(out, ",endColumn=");
			put_uint(out, at->to + 1);
		}
	}
}

static void put_resource(struct buf *out, const struct reported *reported)
{
	if (reported->kind.n == 0 && reported->name.n == 0)
		return;
	put_data(out, reported->kind);
	buf_add_char(out, ' ');
	if (reported->namespace.n) {
		put_data(out, reported->namespace);
		buf_add_char(out, '/');
	}
	put_data(out, reported->name);
	PUT(out, ": ");
}

static void github_object(const struct report *report, struct buf *out, const struct reported *reported)
{
	struct line_cursor cursor = { 0 };

	for (size_t i = 0; i < reported->count; i++) {
		const struct result *result = &reported->results[i];
		struct excerpt at;

		if (!report_shows(report, &output_github, result))
			continue;
		excerpt_find(reported, result, &cursor, &at);
		escape_put(out, str_of(commands[result->outcome]));
		put_place(out, &at);
		PUT(out, ",title=");
		put_policy_name(out, result->policy_namespace, result->policy, put_property);
		if (!str_equal(result->policy, result->rule)) {
			if (result->policy.n && result->rule.n)
				buf_add_char(out, '/');
			put_property(out, result->rule);
		}
		if (result->severity.n) {
			PUT(out, " (");
			put_property(out, result->severity);
			buf_add_char(out, ')');
		}
		PUT(out, "::");
		put_resource(out, reported);
		put_data(out, result->message);
		if (result->fix.n) {
			PUT(out, "%0AFix: ");
			put_data(out, result->fix);
		}
		buf_add_char(out, '\n');
	}
}

static void github_start(const struct report *report, struct buf *out)
{
}

static void github_finish(const struct report *report, struct buf *out, const struct summary *summary)
{
}

const struct report_output output_github = {
	.name = "github",
	.help = "GitHub Actions annotations on the lines of a pull request",
	.start = github_start,
	.object = github_object,
	.finish = github_finish,
	.separator = "",
};
