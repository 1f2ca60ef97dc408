/*
 * lang/cel/type.h: the types of CEL expressions.
 *
 * Immutable; they live in the arena that made them, or are static. Semantics: the CEL specification ("Gradual Type
 * Checking") and cel-go (common/types).
 */
#ifndef LANG_CEL_TYPE_H
#define LANG_CEL_TYPE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

enum cel_type_kind {
	CEL_TYPE_DYN,
	CEL_TYPE_NULL,
	CEL_TYPE_BOOL,
	CEL_TYPE_INT,
	CEL_TYPE_UINT,
	CEL_TYPE_DOUBLE,
	CEL_TYPE_STRING,
	CEL_TYPE_BYTES,
	CEL_TYPE_TIMESTAMP,
	CEL_TYPE_DURATION,
	CEL_TYPE_LIST,          /* one parameter */
	CEL_TYPE_MAP,           /* two */
	CEL_TYPE_TYPE,          /* type(T): one, or none when not known */
	CEL_TYPE_OPAQUE,        /* by name: "kubernetes.Quantity"; optional_type(T) has one parameter */
	CEL_TYPE_STRUCT,        /* by name, with fields */
	CEL_TYPE_WRAPPER,       /* google.protobuf.Int64Value …: null or its parameter */
	CEL_TYPE_ANY,           /* google.protobuf.Any: dyn with another name */
	CEL_TYPE_PARAMETER,     /* T in a signature */
	CEL_TYPE_ERROR,
};

struct cel_type;

struct cel_field {
	struct str name;                        /* as expressions write it */
	const struct cel_type *type;
};

#define CEL_TYPE_PARAMETERS_MAX 3               /* of abstract types */

struct cel_type {
	enum cel_type_kind kind;
	struct str name;                        /* "int", "google.protobuf.Timestamp", "list", "selfType.spec" */
	uint8_t parameter_count;
	const struct cel_type *parameters[CEL_TYPE_PARAMETERS_MAX];
	uint64_t max_size;                      /* for cost estimates: most bytes, items or entries; 0: not known */
	/* STRUCT only: fields by table (may be NULL) and then by callback (may be NULL). */
	const struct cel_field *fields;
	size_t field_count;
	const struct cel_type *(*find_field)(const struct cel_type *type, struct str field);
	void *data;                             /* of whoever declared the struct */
};

extern const struct cel_type cel_dyn, cel_null, cel_bool, cel_int, cel_uint, cel_double, cel_string, cel_bytes,
	cel_timestamp, cel_duration, cel_list_dyn, cel_map_dyn /* map(dyn, dyn) */, cel_map_string_dyn, cel_type_type,
	cel_optional_dyn, cel_any, cel_error;

const struct cel_type *cel_list_of(struct arena *arena, const struct cel_type *item);
const struct cel_type *cel_map_of(struct arena *arena, const struct cel_type *key, const struct cel_type *value);
const struct cel_type *cel_optional_of(struct arena *arena, const struct cel_type *item);
const struct cel_type *cel_opaque(struct arena *arena, struct str name);
/* type(T) */
const struct cel_type *cel_type_of_type(struct arena *arena, const struct cel_type *type);
/* Any kind, with up to two parameters (NULL: none). */
struct cel_type *cel_type_new(struct arena *arena, enum cel_type_kind kind, struct str name,
			      const struct cel_type *first, const struct cel_type *second);
bool cel_type_is_optional(const struct cel_type *type);
/* NULL when the struct has no such field. */
const struct cel_type *cel_type_field(const struct cel_type *type, struct str field);
/* Structs and opaques are the same when their names are; a wrapper is the same as what it wraps (as in cel-go). */
bool cel_type_equal(const struct cel_type *a, const struct cel_type *b);
/* As cel-go prints it in messages: "map(string, int)", "timestamp", "optional_type(dyn)". */
struct str cel_type_text(struct arena *arena, const struct cel_type *type);
void cel_type_print(struct buf *out, const struct cel_type *type);
/* With full names, as Kubernetes lists accepted types: "google.protobuf.Timestamp", "null_type". */
struct str cel_type_full_text(struct arena *arena, const struct cel_type *type);

#endif
