/*
 * data/yaml_builder.h: from the events of a YAML text to values. Private to data/.
 *
 * Two scanners feed it: libyaml, which knows all of YAML, and yaml_lines.c, which knows the plain block style that
 * manifests are written in and is several times faster. What events mean is decided here, once.
 */
#ifndef DATA_YAML_BUILDER_H
#define DATA_YAML_BUILDER_H

#include "base/map.h"
#include "data/decode.h"

/* Where something begins; all count from 0, and `index` and `column` count characters. */
struct yaml_mark {
	size_t index, line, column;
};

struct yaml_event {
	struct yaml_mark mark;
	struct str text;                /* of a scalar; the name of an alias */
	struct str anchor, tag;         /* p is NULL when there is none */
	bool resolves;                  /* a scalar without a tag that need not be a string */
	bool plain;                     /* a scalar without quotes, no block */
};

/* What a value costs when written out, for caps on aliases. */
struct yaml_weight {
	size_t nodes, bytes, height;
};

struct yaml_builder {
	struct arena *arena;
	struct text_pool pool;
	struct str text;
	const struct source *source;    /* of the text; errors need it even when values do not */
	const struct source *places;    /* of the values; NULL when nobody wants places */
	const struct decode_limits *limits;
	struct decode_warnings *warnings;
	struct error **err;
	bool simple_text;               /* ASCII, lines end with \n: marks need no translation */
	/* Where the last mark was, in bytes. */
	struct yaml_cursor {
		size_t index, offset, line_start;
		uint32_t line;
	} cursor;

	struct value *stack;
	size_t count, capacity;
	struct yaml_frame *frames;
	size_t depth, depth_capacity, depth_max;
	size_t nodes;
	struct value root;

	struct yaml_anchor *anchors;
	size_t anchor_count, anchor_capacity;
	struct map anchor_names;        /* to position + 1 */
};

/* Each returns 0, or -1 with *err. A scalar that stands where a key belongs becomes one. */
int yaml_builder_scalar(struct yaml_builder *builder, const struct yaml_event *event);
int yaml_builder_alias(struct yaml_builder *builder, const struct yaml_event *event);
int yaml_builder_start(struct yaml_builder *builder, const struct yaml_event *event, enum value_type type);
int yaml_builder_end(struct yaml_builder *builder, const struct yaml_mark *at);

/* Frees what is not in the arena, and is ready for the first event (again). */
void yaml_builder_reset(struct yaml_builder *builder);
struct place yaml_builder_place(struct yaml_builder *builder, const struct yaml_mark *at);
/* The byte of the text where a mark is. */
size_t yaml_builder_offset(struct yaml_builder *builder, const struct yaml_mark *at);

/*
 * The fast scanner, for a text of printable ASCII and "\n" only. False when the text has anything that it does not
 * know, or that is wrong: nothing is said about it then, and libyaml shall read it from the start.
 */
bool yaml_lines_read(struct yaml_builder *builder);

/* For tests, which compare the two: yaml_decode() by one scanner only. By lines, NULL means that it gave up. */
const struct value *yaml_decode_by_lines(struct arena *arena, const struct source *source,
					 const struct decode_limits *limits, struct decode_warnings *warnings);
const struct value *yaml_decode_by_libyaml(struct arena *arena, const struct source *source,
					   const struct decode_limits *limits, struct decode_warnings *warnings,
					   struct error **err);

#endif
