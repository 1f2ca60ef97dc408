/*
 * policy/kyverno/pattern.h: Kyverno validation patterns: anchors, operators, wildcards.
 *
 * Semantics: Kyverno v1.19 pkg/engine/validate, pkg/engine/anchor, pkg/engine/pattern, pkg/engine/wildcards. A compiled
 * pattern is immutable and shared by threads; one without variables is compiled once with its policy, one with
 * variables after substitution, in the review's arena.
 */
#ifndef POLICY_KYVERNO_PATTERN_H
#define POLICY_KYVERNO_PATTERN_H

#include "data/value.h"
#include "policy/trace.h"

struct pattern;

/* Never fails on any value (what Kyverno refuses at evaluation becomes an error outcome there). */
const struct pattern *pattern_compile(struct arena *arena, const struct value *pattern);

enum pattern_status { PATTERN_PASS, PATTERN_FAIL, PATTERN_SKIP, PATTERN_ERROR };

struct pattern_outcome {
	enum pattern_status status;
	struct str path;                /* "/spec/containers/0/image/", as Kyverno prints it in messages; fail only */
	const struct value *at;         /* the resource's value there, or its closest parent */
	const struct value *pattern_at; /* the leaf of the pattern */
	struct str message;             /* of a skip or error, as Kyverno words it (PatternError.Error()) */
};

/* validate.MatchPattern. `trace` may be NULL. */
void pattern_match(const struct pattern *pattern, struct arena *arena, const struct value *resource,
		   struct trace *trace, struct pattern_outcome *outcome);

/* The words of a mismatch (PatternError.Error()), which a fail leaves out as few messages show them. */
struct str pattern_mismatch(const struct pattern *pattern, struct arena *arena, const struct value *resource);

/* One scalar against one scalar pattern, as pattern.Validate: also for conditions and functions (pattern_match()). */
bool pattern_leaf_matches(struct arena *arena, const struct value *value, const struct value *pattern);

#endif
