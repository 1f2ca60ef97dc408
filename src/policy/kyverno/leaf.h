/*
 * policy/kyverno/leaf.h: string patterns of leaves ("!nginx*", ">=1Gi & <4Gi | 0", "10-20"), split and parsed once.
 *
 * Semantics: Kyverno v1.19 pkg/engine/pattern and pkg/engine/operator. A leaf borrows the text it was made of and lives
 * as long as the arena. Matching needs the arena only for quantities beyond 64 bits.
 */
#ifndef POLICY_KYVERNO_LEAF_H
#define POLICY_KYVERNO_LEAF_H

#include "data/quantity.h"
#include "data/value.h"

enum leaf_operator {
	LEAF_EQUAL,
	LEAF_NOT_EQUAL,
	LEAF_MORE,
	LEAF_LESS,
	LEAF_MORE_EQUAL,
	LEAF_LESS_EQUAL,
	LEAF_IN_RANGE,
	LEAF_NOT_IN_RANGE,
};

/* The operator that a pattern starts with (or is, for ranges) and how Kyverno spells it, "" for LEAF_EQUAL. */
enum leaf_operator leaf_operator_of(struct str pattern);
extern const char *const leaf_operator_texts[];

enum leaf_text {
	LEAF_TEXT_EXACT,        /* no wildcards */
	LEAF_TEXT_ANY,          /* * */
	LEAF_TEXT_SOME,         /* ?* */
	LEAF_TEXT_PREFIX,       /* abc* */
	LEAF_TEXT_SUFFIX,       /* *abc */
	LEAF_TEXT_GLOB,
};

/* One comparison. The atoms of "a & b" follow each other, and the last has ends_all set; "|" starts the next. */
struct leaf_atom {
	uint8_t operator;               /* enum leaf_operator; never LEAF_IN_RANGE (two atoms) */
	uint8_t text;                   /* enum leaf_text */
	bool has_duration, has_quantity;
	bool ends_all;
	struct str operand;
	struct str literal;             /* the operand without its star */
	int64_t duration;
	struct quantity quantity;
	struct leaf_atom *high; /* LEAF_NOT_IN_RANGE: this atom is the lower bound's, `high` the upper bound's */
};

struct leaf {
	struct str pattern;
	struct leaf_atom *atoms;
	size_t count;
};

void leaf_compile(struct arena *arena, struct str pattern, struct leaf *leaf);
/* pattern.Validate(value, pattern) for a string pattern; NULL is null. */
bool leaf_matches(struct arena *arena, const struct leaf *leaf, const struct value *value);

/* The same for patterns of other types. */
bool leaf_int_matches(int64_t pattern, const struct value *value);
bool leaf_float_matches(double pattern, const struct value *value);
bool leaf_null_matches(const struct value *value);

#endif
