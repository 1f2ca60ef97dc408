/*
 * data/yaml.h: YAML text to struct value, and struct value to YAML.
 *
 * Scalars resolve as sigs.k8s.io/yaml v1.6 does for Kubernetes objects (YAML 1.1 booleans, 0777 and 0o777 octal, 1_000,
 * 0b101; 190:20:30 and dates stay strings; .inf, .nan and null keys are errors; keys of other types become strings as
 * that library converts them). `<<` merges as it does there: in the order of the text, so that a `<<` after a key
 * overrides it (of a list of mappings the first wins). "%YAML 1.2" is taken too.
 *
 * Strings borrow nothing from the text. Values point to a copy of the source; its name and text are borrowed and must
 * live as long as somebody asks for a place.
 */
#ifndef DATA_YAML_H
#define DATA_YAML_H

#include "data/json.h"

/* Things that are legal but smell: so far duplicate keys. Filled in order; lives in the arena of the document. */
struct decode_warning {
	struct place place, earlier;    /* of the key that wins, and of the one that it hides */
	struct str message;             /* key "x" is given twice; the one on line N is ignored */
};
struct decode_warnings {
	struct decode_warning *items;
	size_t count, capacity;
};

/*
 * Decodes the one document in source->text (which may begin with "---" and end with "..."). An empty document (only
 * comments and white space) gives &value_null. More than one document in the text is an error: documents.h cuts streams
 * first. NULL and *err with the place on failure.
 */
const struct value *yaml_decode(struct arena *arena, const struct source *source, const struct decode_limits *limits,
				struct decode_warnings *warnings, struct error **err);

/* A YAML text without places, for parse_yaml() and the like: the first document. */
const struct value *yaml_parse(struct arena *arena, struct str text, struct error **err);

/* Block style, keys in their order, strings quoted only where they must be. */
void yaml_encode(struct buf *out, const struct value *v, int indent);

/*
 * The value of one plain (unquoted) scalar by the rules above. False (and *out untouched) when it is a plain string.
 * .inf and .nan give *err.
 */
bool yaml_resolve_plain(struct str text, struct value *out, struct error **err);

#endif
