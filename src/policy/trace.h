/*
 * policy/trace.h: the evaluation step by step, for `biro explain`.
 *
 * Judges call trace_step() only when review->trace is set (TRACE does the test), so that it costs nothing otherwise.
 */
#ifndef POLICY_TRACE_H
#define POLICY_TRACE_H

#include "base/buf.h"
#include "data/value.h"

enum trace_kind {
	TRACE_NOTE,             /* plain text */
	TRACE_MATCH,            /* a match or exclude clause: yes or no */
	TRACE_VARIABLE,         /* a variable and its value */
	TRACE_CONDITION,        /* a precondition or deny condition: operands and outcome */
	TRACE_PATTERN,          /* a pattern leaf or anchor against a value */
	TRACE_VERDICT,          /* what a rule came to */
};

struct trace_entry {
	enum trace_kind kind;
	int depth;
	bool holds;             /* matched, held, passed */
	struct str text;
	const struct value *at;         /* in the resource; may be NULL */
	const struct value *policy_at;  /* in the policy; may be NULL */
};

struct trace {
	struct arena *arena;
	struct trace_entry *entries;
	size_t count, capacity;
	int depth;
};

void trace_step(struct trace *trace, enum trace_kind kind, bool holds, const struct value *at,
		const struct value *policy_at, const char *format, ...) PRINTF_LIKE(6, 7);
#define TRACE(review, ...) ((review)->trace ? trace_step((review)->trace, __VA_ARGS__) : (void)0)

#endif
