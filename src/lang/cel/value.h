/*
 * lang/cel/value.h: values of CEL expressions.
 *
 * Documents are not converted: a list or map may be a `struct value` read in place (CEL_DATA), seen through a view that
 * says what its schema makes of it (a string of format date-time is a timestamp). Values live in the arena of the
 * evaluation and share parts of the documents and the program.
 */
#ifndef LANG_CEL_VALUE_H
#define LANG_CEL_VALUE_H

#include "data/value.h"
#include "lang/cel/type.h"

enum cel_kind {
	CEL_NULL,
	CEL_BOOL,
	CEL_INT,
	CEL_UINT,
	CEL_DOUBLE,
	CEL_STRING,             /* UTF-8 (documents are; checked where bytes become strings) */
	CEL_BYTES,
	CEL_TIMESTAMP,          /* u.integer seconds since 1970 (UTC), length nanoseconds */
	CEL_DURATION,           /* u.integer nanoseconds */
	CEL_LIST,               /* u.items, or u.data and CEL_DATA */
	CEL_MAP,                /* u.map, or u.data and CEL_DATA */
	CEL_TYPE,               /* u.type */
	CEL_OPTIONAL,           /* u.optional; NULL: none */
	CEL_STRUCT,             /* u.message: what a struct literal made */
	CEL_OBJECT,             /* u.object, of->class: quantities, addresses, lazily computed things */
	CEL_ERROR,              /* u.error */
};

#define CEL_DATA 1              /* flags: u.data is a document's array or object, of->view (may be NULL) its schema */
#define CEL_ENCODED 2           /* flags: bytes that are still base64, errors without a place, as views give them; see cel_settle() */
#define CEL_GROWING 4           /* flags: a list or map that only its comprehension can see; private to the evaluator */

struct cel_value {
	union {
		struct {
			uint8_t kind;           /* enum cel_kind */
			uint8_t flags;
			int16_t zone;           /* a timestamp's minutes east of UTC as it was written: for its text; else 0 */
			uint32_t length;        /* bytes, items, entries; a timestamp's nanoseconds */
		};
		/* All of these at once: a processor passes on quickly only what was stored as wide as it is read. */
		uint64_t head;
	};
	union {
		bool boolean;
		int64_t integer;
		uint64_t uinteger;
		double number;
		const char *text;               /* strings and bytes */
		const struct cel_value *items;
		const struct cel_map *map;
		const struct value *data;
		const struct cel_type *type;
		const struct cel_value *optional;
		const struct cel_message *message;
		const void *object;
		const struct cel_failure *error;
	} u;
	union {
		const struct cel_view *view;
		const struct cel_class *class;
	} of;
};

/* A map that an expression made: entries in the order written. */
struct cel_entry {
	struct cel_value key, value;
};
struct cel_map {
	const struct cel_entry *entries;
	size_t count;
	const uint32_t *index;          /* search table of large maps; NULL for small ones; private to map.c */
};

/* A struct literal's value: the fields that it gave, in the order written. */
struct cel_message_field {
	struct str name;
	struct cel_value value;
};
struct cel_message {
	const struct cel_type *type;
	const struct cel_message_field *fields;
	size_t count;
};

/* Why an evaluation failed. */
struct cel_failure {
	struct str message;             /* "no such key: foo", "division by zero" */
	uint32_t offset;                /* in the source text, bytes */
	enum error_code code;           /* ERROR_LIMIT: cost, depth, memory; not absorbed by && and || */
};

struct cel_run;

/* What an object of a kind of its own can do. Functions that are NULL answer "no such overload". */
struct cel_class {
	const struct cel_type *type;    /* OPAQUE, or STRUCT for what has fields */
	/* A field: its value, or an error ("no such key: x"). */
	struct cel_value (*get)(struct cel_run *run, const struct cel_value *self, struct str field);
	/* has(self.field): 1, 0; -1: not an object with fields */
	int (*has)(struct cel_run *run, const struct cel_value *self, struct str field);
	bool (*equal)(const struct cel_value *a, const struct cel_value *b);    /* b is of the same class */
	/* As JSON, for answers, format("%s") and patches; NULL: not representable. */
	const struct value *(*to_data)(struct arena *arena, const struct cel_value *self);
};

/* How a document is seen: its schema in the terms of CEL. Immutable; a NULL view is dyn all the way down. */
enum cel_view_shape {
	CEL_VIEW_DYN,           /* as it is */
	CEL_VIEW_OBJECT,        /* an object with `fields`; others are not seen unless `open` */
	CEL_VIEW_MAP,           /* an object whose values are seen through `items` */
	CEL_VIEW_LIST,          /* an array whose items are seen through `items` */
	CEL_VIEW_DOUBLE,        /* a whole number is a double, too */
	CEL_VIEW_TIMESTAMP,     /* format date-time; date */
	CEL_VIEW_DURATION,
	CEL_VIEW_BYTES,         /* format byte: base64 */
};
/* What a document has to be there, when it may not be what its schema says: else the value is an error. */
enum cel_view_expects {
	CEL_EXPECTS_ANYTHING, CEL_EXPECTS_STRING, CEL_EXPECTS_INT, CEL_EXPECTS_FLOAT, CEL_EXPECTS_BOOL, CEL_EXPECTS_ARRAY,
	CEL_EXPECTS_MAP, CEL_EXPECTS_INT_OR_STRING,
};
enum cel_view_list { CEL_LIST_ATOMIC, CEL_LIST_SET, CEL_LIST_MAP };     /* x-kubernetes-list-type: how == and + work */

struct cel_view_field {
	struct str name;        /* as expressions write it: escaped ("__namespace__") */
	struct str key;         /* in the document */
	const struct cel_view *view;
};
struct cel_view {
	enum cel_view_shape shape;
	bool open;              /* OBJECT: unknown fields are seen as they are */
	bool nullable;          /* with `expects`: null is fine */
	uint8_t expects;        /* enum cel_view_expects */
	const struct cel_type *type;            /* what type() says; NULL: list or map */
	const struct cel_view *items;
	const struct cel_view_field *fields;    /* sorted by name */
	size_t field_count;
	enum cel_view_list list;
	const struct str *keys;                 /* of CEL_LIST_MAP */
	size_t key_count;
};

/* -- making values --------------------------------------------------------------------------------------------- */

/* The head of a value without flags. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define CEL_HEAD(kind, length) ((uint64_t)(kind) | (uint64_t)(length) << 32)
#define CEL_HEAD_DATA ((uint64_t)CEL_DATA << 8)
#define CEL_BOOL_WORD(b) ((uint64_t)(b))
#else
#define CEL_HEAD(kind, length) ((uint64_t)(kind) << 56 | (uint64_t)(uint32_t)(length))
#define CEL_HEAD_DATA ((uint64_t)CEL_DATA << 48)
#define CEL_BOOL_WORD(b) ((uint64_t)(b) << 56)
#endif

static inline struct cel_value cel_of_bool(bool b)
{
	return (struct cel_value){ .head = CEL_HEAD(CEL_BOOL, 0), .u.uinteger = CEL_BOOL_WORD(b) };
}
static inline struct cel_value cel_of_int(int64_t i)
{
	return (struct cel_value){ .head = CEL_HEAD(CEL_INT, 0), .u.integer = i };
}
static inline struct cel_value cel_of_uint(uint64_t i)
{
	return (struct cel_value){ .kind = CEL_UINT, .u.uinteger = i };
}
static inline struct cel_value cel_of_double(double d)
{
	return (struct cel_value){ .kind = CEL_DOUBLE, .u.number = d };
}
static inline struct cel_value cel_of_str(struct str s)
{
	return (struct cel_value){ .head = CEL_HEAD(CEL_STRING, (uint32_t)s.n), .u.text = s.p };
}
static inline struct cel_value cel_of_bytes(struct str s)
{
	return (struct cel_value){ .kind = CEL_BYTES, .length = (uint32_t)s.n, .u.text = s.p };
}
static inline struct cel_value cel_of_null(void)
{
	return (struct cel_value){ .kind = CEL_NULL };
}
static inline struct cel_value cel_of_timestamp(int64_t seconds, uint32_t nanoseconds)
{
	return (struct cel_value){ .kind = CEL_TIMESTAMP, .length = nanoseconds, .u.integer = seconds };
}
static inline struct cel_value cel_of_duration(int64_t nanoseconds)
{
	return (struct cel_value){ .kind = CEL_DURATION, .u.integer = nanoseconds };
}
static inline struct cel_value cel_of_type(const struct cel_type *type)
{
	return (struct cel_value){ .kind = CEL_TYPE, .u.type = type };
}
static inline struct cel_value cel_of_object(const struct cel_class *class, const void *object)
{
	return (struct cel_value){ .kind = CEL_OBJECT, .u.object = object, .of.class = class };
}
/* items is borrowed. */
static inline struct cel_value cel_of_items(const struct cel_value *items, size_t count)
{
	return (struct cel_value){ .kind = CEL_LIST, .length = (uint32_t)count, .u.items = items };
}
struct cel_value cel_of_entries(struct arena *arena, const struct cel_entry *entries, size_t count);
/* NULL: optional.none() */
struct cel_value cel_of_optional(struct arena *arena, const struct cel_value *value);
/* v = from, in words. */
static inline void cel_copy(struct cel_value *v, const struct cel_value *from)
{
	v->head = from->head;
	v->u.integer = from->u.integer;
	v->of.view = from->of.view;
}
/* A document as it is. Not NULL. */
static inline void cel_put_data(struct cel_value *v, const struct value *data)
{
	/* By value_type; scalars of both worlds have their payload in the same union, so one copy does for all. */
	static const uint64_t heads[] = {
		[VALUE_NULL] = CEL_HEAD(CEL_NULL, 0), [VALUE_BOOL] = CEL_HEAD(CEL_BOOL, 0),
		[VALUE_INT] = CEL_HEAD(CEL_INT, 0), [VALUE_FLOAT] = CEL_HEAD(CEL_DOUBLE, 0),
		[VALUE_STRING] = CEL_HEAD(CEL_STRING, 0), [VALUE_ARRAY] = CEL_HEAD(CEL_LIST, 0) | CEL_HEAD_DATA,
		[VALUE_OBJECT] = CEL_HEAD(CEL_MAP, 0) | CEL_HEAD_DATA,
	};

	v->head = heads[data->type] | CEL_HEAD(0, data->length);
	if (data->type >= VALUE_ARRAY)
		v->u.data = data;
	else
		v->u.integer = data->u.integer;
	v->of.view = NULL;
}
/* A document as it is, and through a view. NULL is CEL's null. */
static inline struct cel_value cel_of_data(const struct value *data)
{
	struct cel_value v = { .kind = CEL_NULL };

	if (data)
		cel_put_data(&v, data);
	return v;
}
struct cel_value cel_of_view(const struct value *data, const struct cel_view *view);

/* An error value; the evaluator gives it its place. */
struct cel_value cel_fail(struct cel_run *run, const char *format, ...) PRINTF_LIKE(2, 3);
struct cel_value cel_fail_code(struct cel_run *run, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);
/* "no such overload" */
struct cel_value cel_no_overload(struct cel_run *run);
/*
 * Decodes what cel_item() and cel_map_find() could not for want of an arena: the bytes of a view (CEL_ENCODED). The
 * evaluator does so for everything that it hands to functions; only who reads items himself has to.
 */
struct cel_value cel_settle(struct cel_run *run, struct cel_value v);

/* -- reading values -------------------------------------------------------------------------------------------- */

static inline struct str cel_str(const struct cel_value *v)
{
	return str_make(v->u.text, v->length);
}
static inline bool cel_is_error(struct cel_value v)
{
	return v.kind == CEL_ERROR;
}
/* Items of a list, entries of a map; both kinds of representation. */
static inline size_t cel_count(const struct cel_value *v)
{
	return v->length;
}
/* i < cel_count(list) */
struct cel_value cel_item(const struct cel_value *list, size_t i);
/* The i-th entry; for a view's object: of the members that are seen (use cel_map_count). */
void cel_entry_at(const struct cel_value *map, size_t i, struct cel_value *key, struct cel_value *value);
size_t cel_map_count(const struct cel_value *map);
/* False when absent. Numeric keys are found across int, uint and double. */
bool cel_map_find(const struct cel_value *map, const struct cel_value *key, struct cel_value *out);
bool cel_map_find_str(const struct cel_value *map, struct str key, struct cel_value *out);

/* CEL's ==: numbers across types; different types are not equal, never an error. */
bool cel_equal(const struct cel_value *a, const struct cel_value *b);
/*
 * -1, 0, 1 for what has an order (numbers across types, strings, bytes, bools, times); 2: no such overload; 3: "NaN
 * values cannot be ordered".
 */
#define CEL_NO_ORDER 2
#define CEL_NOT_A_NUMBER 3
int cel_compare(const struct cel_value *a, const struct cel_value *b);
/* cel-go's actualSize(): bytes of a string (in characters), items, entries; 1 for what has no size. For costs. */
uint64_t cel_size(const struct cel_value *v);
/* The run-time type. */
const struct cel_type *cel_type_of(const struct cel_value *v);
/*
 * As a document. uint and whole doubles keep their numbers; bytes are base64, timestamps RFC 3339, durations "3.5s"; none is null.
 * NULL and *err for what JSON cannot hold (types, NaN, keys that are not strings …).
 */
const struct value *cel_to_data(struct arena *arena, const struct cel_value *v, struct error **err);
/* As an expression would write it, for people: biro eval, explain. */
struct str cel_text(struct arena *arena, const struct cel_value *v);

#endif
