/*
 * cmd/finding.h: what biro itself has to say about an input: that it cannot be read, that a policy is broken, that a
 * key stands twice. Such a finding is a result like any other, of policy "biro".
 */
#ifndef CMD_FINDING_H
#define CMD_FINDING_H

#include "report/report.h"

/* The rules of policy "biro" that are made here; ignores make some more. */
#define RULE_READ "read"	     /* cannot be read */
#define RULE_PARSE "parse"	     /* is not YAML or JSON */
#define RULE_OBJECT "not-kubernetes" /* has no apiVersion or kind */
#define RULE_POLICY "policy"	     /* a policy that is broken or not supported yet */
#define RULE_DUPLICATE_KEY "duplicate-key"
#define RULE_DUPLICATE_POLICY "duplicate-policy"

/* Fills everything but the results. `object` may be NULL. */
void reported_init(struct reported *reported, const struct value *object, const struct source *source);

/* Adds a result of policy "biro" that points at `place` in `source` (NULL: only the file is known). All strings are
 * borrowed. */
struct result *finding_add(struct arena *arena, struct result_list *results, enum outcome outcome, const char *rule,
			   struct place place, const struct source *source, struct str message);

/* Findings that are kept until they can be printed. The message and the place of an error are copied. */
struct findings {
	struct arena *arena;
	struct reported *items;
	size_t count, capacity;
	size_t unreadable; /* how many of them make the exit code 2 */
};
void findings_put(struct findings *findings, enum outcome outcome, const char *rule, const struct value *object,
		  const struct source *source, const struct error *err);

#endif
