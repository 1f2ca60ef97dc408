/* The outputs of biro: one line each. */
#include "report/outputs.h"
#include "report/excerpt.h"

const struct report_output *const report_outputs[] = {
	&output_table,	&output_json,	      &output_yaml, &output_sarif, &output_junit,
	&output_github, &output_policyreport, &output_html, NULL,
};

const struct report_output *report_output_find(struct str name)
{
	for (size_t i = 0; report_outputs[i]; i++)
		if (str_equal(name, str_of(report_outputs[i]->name)))
			return report_outputs[i];
	return NULL;
}

bool report_shows(const struct report *report, const struct report_output *output, const struct result *result)
{
	if (output->all_results || report->show == SHOW_ALL)
		return true;
	return result->outcome != OUTCOME_PASS && result->outcome != OUTCOME_SKIP;
}

struct str report_policy_name(struct arena *arena, const struct result *result)
{
	if (result->policy_namespace.n == 0)
		return result->policy;
	return str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(result->policy_namespace), STR_ARG(result->policy));
}

struct str written_rule(const struct result *result)
{
	struct str rule = result->rule, written = value_str(value_field(result->policy_at, "name"));

	if (str_starts_with(rule, STR("autogen-cronjob-")))
		rule = str_skip(rule, sizeof("autogen-cronjob-") - 1);
	else if (str_starts_with(rule, STR("autogen-")))
		rule = str_skip(rule, sizeof("autogen-") - 1);
	/* Generated names are cut at 63 characters. */
	return written.n && str_starts_with(written, rule) ? written : rule;
}
