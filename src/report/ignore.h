/*
 * report/ignore.h: findings that somebody decided to live with.
 *
 * In: the results of one object, as a list that the caller may change. Out: what an ignore names is no longer fail,
 * warn or error but `skip`, with the properties ignored-by (where the ignore stands), ignored-result (what it was),
 * and reason and until when given. Nothing here reads a clock or a file; all memory is in the caller's arena.
 *
 * An ignore stands in one of three places.
 *
 *   annotation    on the object, metadata.annotations; one ignore a line:
 *                     biro.dev/ignore: "require-limits, disallow-latest-tag; until=2026-12-31; reason=see OPS-12"
 *   comment       at the end of the offending line, or alone on a line above it (other comment lines may lie between);
 *                 the line is that of the offending value or of its key:
 *                     image: nginx   # biro:ignore disallow-latest-tag until=2026-12-31 reason=pinned by the mirror
 *   entry         of the configuration file; every criterion given must hold; each is a text or a list of texts, with
 *                 * and ?:
 *                     - {policy: "require-*", rule: x, kind: Deployment, namespace: dev, name: "web-*",
 *                        selector: {matchLabels: {tier: test}}, reason: see OPS-12, until: 2026-12-31}
 *
 * Annotation and comment share one grammar:
 *
 *     ignore = target *( separator target ) [ separator "until=" DATE ] [ separator "reason=" TEXT ]
 *     separator is any run of white space, "," and ";".
 *     target is RULE, POLICY, POLICY/RULE or NAMESPACE/POLICY/RULE, with * and ?; "*" is everything. A rule may be
 *     named without its "autogen-" or "autogen-cronjob-". A target with blanks is quoted, with ' or ".
 *     DATE is YYYY-MM-DD, the last day on which the ignore holds.
 *     TEXT is quoted, or goes on to the end of the line, or to a word that begins with "until=".
 *
 * An ignore that has expired or is malformed hides nothing and is itself a result: warn, policy "biro", rule
 * "expired-ignore" or "invalid-ignore"; these two cannot be ignored. An ignore without a reason holds, unless
 * `require_reason` is set: then it is an invalid one.
 */
#ifndef REPORT_IGNORE_H
#define REPORT_IGNORE_H

#include "report/report.h"

#define IGNORE_ANNOTATION "biro.dev/ignore"

/* The compiled entries of a configuration file; immutable, shared by threads. */
struct ignore_entries;

/*
 * `entries` is the array of a configuration file (NULL or null: none). NULL and *err with the place when an entry is
 * wrong: an unknown key, no criterion at all, a bad date or selector. The value must outlive the entries.
 */
const struct ignore_entries *ignore_entries_compile(struct arena *arena, const struct value *entries,
						    struct error **err);
/*
 * Adds an "expired-ignore" (or, with require_reason, "invalid-ignore") for each such entry, placed in the
 * configuration file. Call once per run and report them with object NULL.
 */
struct ignoring;
void ignore_entries_report(const struct ignoring *ignoring, struct arena *arena, struct result_list *results);

/* What one run of biro goes by; constant while judging. */
struct ignoring {
	const struct ignore_entries *entries;   /* may be NULL */
	struct str today;               /* "YYYY-MM-DD"; empty: nothing ever expires */
	bool require_reason;
	bool entries_only;              /* annotations and comments do not count */
};

/* Remembers between calls whether a text has any ignore comment. Zero-initialise one per thread; may be NULL. */
struct ignore_memo {
	const char *text;
	size_t length;
	bool has_comments;
};

/*
 * Applies all ignores to `results`, which are those of `reported` (whose own results and count are not looked at).
 * Returns how many it hid. May add results at the end of the list.
 */
size_t ignore_apply(const struct ignoring *ignoring, struct ignore_memo *memo, struct arena *arena,
		    const struct reported *reported, struct result_list *results);

/* Changes one result to a skip that says why: shared with baseline.h. */
void ignore_hide(struct arena *arena, struct result *result, struct str by, struct str reason, struct str until);

#endif
