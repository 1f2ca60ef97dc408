/*
 * policy/kyverno/pattern_node.h: the inside of a compiled pattern; private to pattern.c and pattern_match.c.
 *
 * Nodes borrow the strings of the tree they were made of and point at its values for places.
 */
#ifndef POLICY_KYVERNO_PATTERN_NODE_H
#define POLICY_KYVERNO_PATTERN_NODE_H

#include "policy/kyverno/leaf.h"
#include "policy/kyverno/pattern.h"

/* Deeper patterns are refused when they are matched. */
#define PATTERN_DEPTH_MAX 1024

enum node_kind {
	NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STRING, NODE_ARRAY, NODE_OBJECT,
	NODE_TOO_DEEP,
};

enum anchor {
	ANCHOR_NONE,
	ANCHOR_CONDITION,       /* (key) */
	ANCHOR_GLOBAL,          /* <(key) */
	ANCHOR_NEGATION,        /* X(key) */
	ANCHOR_ADD,             /* +(key): nothing special when validating */
	ANCHOR_EQUALITY,        /* =(key) */
	ANCHOR_EXISTENCE,       /* ^(key) */
};

#define NO_SLOT UINT32_MAX

struct entry {
	uint8_t anchor;                 /* enum anchor */
	bool star;                      /* a plain key with exactly "*": anything but null */
	uint32_t slot;                  /* among the anchors that must show up somewhere; NO_SLOT */
	struct str raw;                 /* the key as written */
	struct str key;                 /* the key in the resource */
	const struct pattern *child;
};

struct pattern {
	uint8_t kind;                   /* enum node_kind */
	bool expands; /* metadata labels or annotations: keys hold wildcards or some entries do not count */
	bool has_slots;                 /* object: some entry has one */
	bool anchored;                  /* an anchor other than "+()" stands somewhere in it */
	uint32_t count;                 /* items or entries */
	uint32_t anchors;               /* object: the first so many entries are anchors */
	uint32_t slots;                 /* root only: how many */
	const struct value *at;
	union {
		struct leaf leaf;
		const struct pattern *const *items;
		const struct entry *entries;    /* anchors sorted by key, then the rest in the order of evaluation */
	} u;
};

/* The anchor that a key is, and the key inside it (the key itself for ANCHOR_NONE). */
enum anchor anchor_parse(struct str key, struct str *inner);

/* Puts the entries of an object node into the order of evaluation and counts its anchors. */
void pattern_order(struct entry *entries, struct pattern *node);

#endif
