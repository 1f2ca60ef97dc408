/*
 * data/json.h: JSON text to struct value and back.
 *
 * Decoding is by yyjson; strings borrow nothing from `text` (they are copied to the arena with the tree). Values point
 * to a copy of the source; its name and text are borrowed and must live as long as somebody asks for a place.
 */
#ifndef DATA_JSON_H
#define DATA_JSON_H

#include "base/buf.h"
#include "data/value.h"

/* Caps shared by the decoders of JSON and YAML; a cap that is hit is ERROR_LIMIT. */
struct decode_limits {
	size_t depth;           /* nested arrays and objects: 512 */
	size_t nodes;           /* values after alias expansion: 2,000,000 */
	size_t document;        /* bytes of one document: 64 MiB */
	size_t key;             /* bytes of one key: 64 KiB */
};
extern const struct decode_limits decode_limits_default;

/*
 * Decodes exactly one JSON text (white space around it is fine). Every value gets its line and column (found from byte
 * offsets). Integers beyond int64 become doubles; the last duplicate key wins and is reported like in yaml.h. NULL and
 * *err (with place) on failure. 100,000 nested '[' fail in well under a millisecond.
 */
struct decode_warnings;
const struct value *json_decode(struct arena *arena, const struct source *source, const struct decode_limits *limits,
				struct decode_warnings *warnings, struct error **err);

/* A JSON text without places, for parse_json() and the like. */
const struct value *json_parse(struct arena *arena, struct str text, struct error **err);

enum json_style {
	JSON_COMPACT = 0,
	JSON_PRETTY = 1,        /* two blanks per level */
	JSON_SORTED = 2,        /* keys bytewise, as Go's encoding/json does for maps */
	JSON_HTML_SAFE = 4,     /* <, > and & as \u003c…, as Go's json.Marshal does */
};
void json_encode(struct buf *out, const struct value *v, int style);
struct str json_text(struct arena *arena, const struct value *v, int style);
/* One quoted, escaped string. Invalid UTF-8 becomes \ufffd; U+2028 and U+2029 are escaped, as Go does. */
void json_encode_str(struct buf *out, struct str s);
/* Numbers as Go prints a float64 in JSON ('g'-like: 1e21 and beyond, below 1e-6 with an exponent). */
void json_encode_double(struct buf *out, double d);

#endif
