/*
 * data/value.h: the one document type: an immutable JSON-like tree.
 *
 * In: decoders (json.h, yaml.h) and the builders below. Out: every judge, language and output reads it directly.
 * Values and all they point to live as long as the arena that made them (string bytes may also borrow the decoder's
 * input buffer, see there). Nothing changes a value after it was handed out; to "change" one, build a new one that
 * shares the old parts. Objects keep the order of the source and hold each key once.
 */
#ifndef DATA_VALUE_H
#define DATA_VALUE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum value_type {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,    /* fits int64_t; 1 and 1.0 differ in type, not in value_equal() */
	VALUE_FLOAT,  /* finite double; also integers beyond int64_t */
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_OBJECT,
};

/* The text that values come from. `name` is what messages print: a path, or "<stdin>". */
struct source {
	struct str name;
	struct str text;        /* the whole text when it is at hand (for carets), else empty */
	uint32_t first_line;    /* line number of text's first line (streams are cut into documents), from 1 */
};

struct value {
	uint8_t type;           /* enum value_type */
	uint8_t flags;          /* VALUE_QUOTED … */
	uint16_t column;        /* from 1, in bytes; 0 unknown; saturates at 65535 */
	uint32_t line;          /* from 1; 0 unknown */
	uint32_t length;        /* bytes of a string, items of an array, members of an object */
	uint32_t reserved;
	union {
		bool boolean;
		int64_t integer;
		double number;
		const char *text;
		const struct value *items;
		const struct member *members;
	} u;
	const struct source *source; /* NULL for a value that was computed */
};

#define VALUE_QUOTED 1          /* a string that was quoted or a block scalar in YAML */
#define VALUE_INDEXED 2         /* a large object whose members have a search table behind them; internal: whoever makes
				 * a struct value for other members must not take this flag over */

struct member {
	struct value key;       /* always VALUE_STRING; knows its own line and column */
	struct value value;
};

/* Constants. */
extern const struct value value_null, value_true, value_false;
extern const struct value value_empty_array, value_empty_object, value_empty_string;

/* -- reading ------------------------------------------------------------------------------------------------------ */

static inline bool value_is(const struct value *v, enum value_type type)
{
	return v && v->type == type;
}

static inline bool value_is_null(const struct value *v)
{
	return !v || v->type == VALUE_NULL;
}

static inline bool value_is_number(const struct value *v)
{
	return v && (v->type == VALUE_INT || v->type == VALUE_FLOAT);
}

/* The text of a string, else an empty str. */
static inline struct str value_str(const struct value *v)
{
	return v && v->type == VALUE_STRING ? str_make(v->u.text, v->length) : STR_NULL;
}

static inline double value_number(const struct value *v)
{
	return v->type == VALUE_INT ? (double)v->u.integer : v->type == VALUE_FLOAT ? v->u.number : 0;
}

static inline bool value_bool(const struct value *v, bool otherwise)
{
	return v && v->type == VALUE_BOOL ? v->u.boolean : otherwise;
}

/* Items of an array, members of an object; 0 for anything else. */
static inline size_t value_count(const struct value *v)
{
	return v && (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT) ? v->length : 0;
}

/* i < value_count(v). */
static inline const struct value *value_at(const struct value *v, size_t i)
{
	return v->type == VALUE_ARRAY ? &v->u.items[i] : &v->u.members[i].value;
}

/* NULL when v is not an object or has no such key. */
const struct member *value_member(const struct value *v, struct str key);

static inline const struct value *value_get(const struct value *v, struct str key)
{
	const struct member *member = value_member(v, key);

	return member ? &member->value : NULL;
}

/* value_field(pod, "spec"): NULL when absent. */
#define value_field(v, literal) value_get((v), STR(literal))

/* value_path(pod, "spec", "securityContext"): NULL when any step is absent. */
const struct value *value_path_(const struct value *v, const char *first, ...) __attribute__((sentinel));
#define value_path(v, ...) value_path_((v), __VA_ARGS__, (const char *)NULL)

/* for (VALUE_EACH(item, array)) … ; nothing for what is not an array. */
#define VALUE_EACH(item, array) \
	const struct value *item = value_is((array), VALUE_ARRAY) ? (array)->u.items : NULL, \
			   *item##_end = item ? item + (array)->length : NULL; \
	item != item##_end; item++

/* for (MEMBER_EACH(m, object)) … m->key, m->value */
#define MEMBER_EACH(m, object) \
	const struct member *m = value_is((object), VALUE_OBJECT) ? (object)->u.members : NULL, \
			    *m##_end = m ? m + (object)->length : NULL; \
	m != m##_end; m++

/* Deep equality as reflect.DeepEqual on decoded JSON, except that 1 equals 1.0; the order of keys does not matter. */
bool value_equal(const struct value *a, const struct value *b);
/* "null", "bool", "number", "string", "array", "object": JSON's names. */
const char *value_type_name(const struct value *v);

struct place value_place(const struct value *v);

/*
 * The value at a JSON-pointer-like path ("/spec/containers/0/image", as Kyverno prints them; a trailing '/' is
 * ignored, "~1" is '/', "~0" is '~'). When a step is missing, *deepest (if not NULL) is the last value found.
 */
const struct value *value_at_pointer(const struct value *root, struct str pointer, const struct value **deepest);

/* -- building ----------------------------------------------------------------------------------------------------- */
/* Each returns a new value in the arena; strings, items and members are borrowed, not copied. */

const struct value *value_of_bool(bool b);
const struct value *value_of_int(struct arena *arena, int64_t i);
/* A double that is a whole number within +-2^53 becomes VALUE_INT. NaN and infinities become null. */
const struct value *value_of_double(struct arena *arena, double d);
const struct value *value_of_str(struct arena *arena, struct str s);
const struct value *value_of_items(struct arena *arena, const struct value *items, size_t count);
const struct value *value_of_members(struct arena *arena, const struct member *members, size_t count);

static inline struct value value_make_str(struct str s)
{
	return (struct value){ .type = VALUE_STRING, .length = (uint32_t)s.n, .u.text = s.p };
}

/* Growing arrays and objects; zero-initialise, then add, then finish. */
struct array_builder {
	struct value *items;
	size_t count, capacity;
};
void array_add(struct arena *arena, struct array_builder *array, const struct value *item); /* NULL adds null */
const struct value *array_finish(struct arena *arena, struct array_builder *array);

struct object_builder {
	struct member *members;
	size_t count, capacity;
	struct key_index *index; /* made when the object grows large; internal */
};
/* Puts or replaces (the key keeps its first position). NULL puts null. */
void object_put(struct arena *arena, struct object_builder *object, struct str key, const struct value *value);
/* The same for a key that knows its place. Returns the earlier member when the key was there already, else NULL. */
const struct member *object_put_member(struct arena *arena, struct object_builder *object, const struct value *key,
				       const struct value *value);
void object_remove(struct object_builder *object, struct str key);
const struct value *object_finish(struct arena *arena, struct object_builder *object);
/* A shallow copy of `object` (or of an empty one) to build on. */
void object_start_from(struct arena *arena, struct object_builder *builder, const struct value *object);

/* A deep copy that borrows nothing from elsewhere (sources excepted). */
const struct value *value_copy(struct arena *arena, const struct value *v);
/* The value with every VALUE_INT as a VALUE_FLOAT, as decoders of JSON that know only doubles read it; itself without one. */
const struct value *value_as_floats(struct arena *arena, const struct value *v);
/* The value with every VALUE_FLOAT that is whole and fits as a VALUE_INT, as JSON's text of it reads; itself without one. */
const struct value *value_as_ints(struct arena *arena, const struct value *v);
/* The members of an object ordered by key, bytewise, as Go prints maps. The array is in the arena. */
const struct member **value_sorted(struct arena *arena, const struct value *object);

#endif
