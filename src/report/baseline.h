/*
 * report/baseline.h: findings that were there when biro was introduced.
 *
 * A baseline file lists the fails and warns of one run by fingerprint; a later run hides those and shows what is new.
 * A fingerprint covers policy, rule, the resource (group, kind, namespace, name), the path of the offending value
 * (items of lists go by their `name` where they have one, so that a reordered list changes nothing), the value itself
 * (or that it is absent) and the message. Values appear only hashed: a baseline holds no secrets. Each fingerprint has
 * a count, and only so many are hidden: a second identical finding shows. Errors are never in a baseline.
 *
 * The file is JSON, one finding a line, sorted, without dates or line numbers, so that it diffs and merges well:
 *
 *     {"biro-baseline": 1, "findings": [
 *     {"policy":"p","rule":"r","resource":"apps/Deployment/web/shop","path":"/spec/…","fingerprint":"…","count":1},
 *     …
 *     ]}
 */
#ifndef REPORT_BASELINE_H
#define REPORT_BASELINE_H

#include "report/report.h"

/* -- writing: one builder per thread, merged at the end -- */

struct baseline_entry;
/* Zero-initialise and set `arena`; it must last until the baseline is written. */
struct baseline_builder {
	struct arena *arena;
	struct baseline_entry *entries;
	size_t count, capacity;
};
/* Notes the fails and warns in reported->results. Call after ignore_apply() and before baseline_apply(). */
void baseline_add(struct baseline_builder *builder, const struct reported *reported);
/* Both arenas must last until the baseline is written. */
void baseline_merge(struct baseline_builder *into, const struct baseline_builder *from);
/* Sorts and writes the whole file; the order of the calls above does not matter. */
void baseline_write(struct baseline_builder *builder, struct buf *out);

/* -- reading -- */

/* Its counts go down as findings are hidden; threads may share it. */
struct baseline;

/* `source` is the file, read; it is not needed afterwards. NULL and *err when it is not a baseline. */
struct baseline *baseline_load(struct arena *arena, const struct source *source, struct error **err);
/*
 * Turns findings of `reported` (whose own results are not looked at) that the baseline knows into skips with the
 * property ignored-by. Returns how many.
 */
size_t baseline_apply(struct baseline *baseline, struct arena *arena, const struct reported *reported,
		      struct result_list *results);
/* How many findings of the baseline were not met so far: fixed since. */
size_t baseline_unmet(const struct baseline *baseline);

/* -- for outputs -- */

/* 32 lower-case hexadecimal digits, not NUL-terminated. */
void fingerprint_make(const struct reported *reported, const struct result *result, char hex[32]);

#endif
