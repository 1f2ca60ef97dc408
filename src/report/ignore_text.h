/*
 * report/ignore_text.h: what an annotation or a comment says; private to report/. The grammar is in ignore.h.
 */
#ifndef REPORT_IGNORE_TEXT_H
#define REPORT_IGNORE_TEXT_H

#include "base/arena.h"
#include "policy/policy.h"

struct ignore {
	struct str *targets;
	size_t target_count, target_capacity;
	struct str until, reason;       /* empty when not given */
	struct str problem;             /* why it is malformed; empty: it is not */
};

/* Parses one line. Strings borrow the text, but for `problem`, which lives in the arena. */
void ignore_parse(struct arena *arena, struct str text, struct ignore *ignore);

/* The names that a finding goes by; see ignore_names(). */
struct ignore_names {
	struct str items[10];
	size_t count;
};
void ignore_names(struct arena *arena, const struct result *result, struct ignore_names *names);
bool ignore_names_match(const struct ignore_names *names, struct str target);

/* YYYY-MM-DD, a day that exists. */
bool ignore_date_valid(struct str date);
bool ignore_expired(struct str until, struct str today);

#endif
