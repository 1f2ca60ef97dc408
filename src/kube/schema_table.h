/*
 * kube/schema_table.h: the embedded table of built-in kinds, as tools/make-schema writes it. Private to kube/schema*.c.
 *
 * Numbers instead of pointers: nothing has to be relocated when the program starts. Names are numbered in their order.
 */
#ifndef KUBE_SCHEMA_TABLE_H
#define KUBE_SCHEMA_TABLE_H

#include "kube/schema.h"

/* flags of a node */
enum {
	NODE_ATOMIC = 1,
	NODE_INT32 = 2,
	NODE_BYTES = 4,
	NODE_SET = 8, /* with NODE_MAP_LIST the list type; neither: atomic */
	NODE_MAP_LIST = 16,
	NODE_CUSTOM = 32, /* no node of the table but the head of a struct crd_schema */
};

struct schema {
	uint8_t type; /* enum schema_type */
	uint8_t flags;
	uint16_t first;	    /* of an object: its first member; of arrays and maps: the node of their values */
	uint16_t count;	    /* members */
	uint16_t keys;	    /* in schema_key_sets */
	uint16_t merge_key; /* a name */
};

/* flags of a member */
enum {
	MEMBER_KEEP = 1, /* a struct that is written even when it is empty */
	MEMBER_REQUIRED = 2,
	MEMBER_ZERO = 4,    /* no omitempty: written even when it is zero or nil */
	MEMBER_POINTER = 8, /* an empty value is one that was given, and is written */
};

struct schema_member {
	uint16_t name, node;
	uint8_t flags, default_value; /* in schema_defaults; 0: none */
};

struct schema_kind {
	uint16_t kind, group, version; /* names; ordered by them in this order */
	uint16_t node;
};

struct schema_key_set {
	uint16_t first, count;
};

extern const char schema_text[];
extern const uint16_t schema_text_at[];
extern const struct schema schema_nodes[];
extern const struct schema_member schema_members[];
extern const struct schema_kind schema_kinds[];
extern const size_t schema_kind_count;
extern const struct str schema_keys[];
extern const struct schema_key_set schema_key_sets[];
extern const struct str schema_defaults[];

const struct schema_member *schema_member_find(const struct schema *schema, struct str name);

#define STR_INIT(literal)                                                                                              \
	{                                                                                                              \
		"" literal, sizeof(literal) - 1                                                                        \
	}

static inline struct str schema_name(uint16_t i)
{
	return str_make(schema_text + schema_text_at[i], (size_t)(schema_text_at[i + 1] - schema_text_at[i]));
}

#endif
