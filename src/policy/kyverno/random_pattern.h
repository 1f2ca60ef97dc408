/*
 * policy/kyverno/random_pattern.h: the regular expressions of random(), parsed. Private to the functions.
 *
 * POSIX syntax as Go's regexp/syntax reads it without flags: no \d, no (?:…), no lazy repetition. Trees live in the
 * arena.
 */
#ifndef POLICY_KYVERNO_RANDOM_PATTERN_H
#define POLICY_KYVERNO_RANDOM_PATTERN_H

#include "base/arena.h"
#include "base/str.h"

/* What `*` and `+` go up to, as in goregen. */
#define RANDOM_UNBOUNDED 4096

enum random_kind { RANDOM_NOTHING, RANDOM_LITERAL, RANDOM_CLASS, RANDOM_CONCAT, RANDOM_ALTERNATE, RANDOM_REPEAT };

struct random_range {
	uint32_t first, last;
};

struct random_node {
	enum random_kind kind;
	uint32_t literal;
	struct random_range *ranges;    /* classes: sorted, apart */
	const struct random_node **children; /* concatenations, alternatives; a repetition has one */
	size_t count, capacity;
	unsigned minimum, maximum;
	char sign;                      /* repetition: '*', '+', '?' or '{' */
	unsigned weight;                /* the most copies that nested {n} ask for */
};

#define RANDOM_PATTERN_MAX 4096

/*
 * NULL and *message, in Go's words, when the pattern is wrong; trees are at most a few hundred levels deep. The caller
 * checks that a pattern has no more than RANDOM_PATTERN_MAX bytes.
 */
const struct random_node *random_pattern_parse(struct arena *arena, struct str pattern, struct str *message);

#endif
