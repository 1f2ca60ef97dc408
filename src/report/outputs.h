/*
 * report/outputs.h: what the outputs share; private to report/.
 */
#ifndef REPORT_OUTPUTS_H
#define REPORT_OUTPUTS_H

#include "report/escape.h"
#include "report/report.h"

extern const struct report_output output_table, output_json, output_yaml, output_sarif, output_junit, output_github,
	output_policyreport, output_html;

/* Indices by enum outcome. */
#define OUTCOMES 5

/* A namespaced policy goes by "namespace/name"; `put` is one of escape.h's functions. */
static inline void put_policy_name(struct buf *out, struct str namespace, struct str name,
				   void (*put)(struct buf *out, struct str s))
{
	if (namespace.n) {
		put(out, namespace);
		buf_add_char(out, '/');
	}
	put(out, name);
}

/* The rule as its policy names it: rules generated for controllers go by the rule that they were made from. */
struct str written_rule(const struct result *result);

/* How many results of each outcome. */
static inline void count_outcomes(const struct reported *reported, size_t counts[OUTCOMES])
{
	for (size_t i = 0; i < OUTCOMES; i++)
		counts[i] = 0;
	for (size_t i = 0; i < reported->count; i++)
		counts[reported->results[i].outcome]++;
}

#endif
