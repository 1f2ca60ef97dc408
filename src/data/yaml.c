/*
 * YAML to values: libyaml's events, straight into the arena.
 *
 * Children gather on one stack (for a mapping as key, value, key, value … which is how members lie in memory) and are
 * copied to the arena once, when their collection ends. An alias shares the children of what it names; what it would
 * have cost to write them out is counted against the caps all the same, since whoever walks the tree pays for it.
 */
#include "data/yaml.h"

#include <stdlib.h>

#include <yaml.h>

#include "base/map.h"
#include "data/decode.h"
#include "data/key_index.h"
#include "data/utf8.h"
#include "data/yaml_scalar.h"

/* Set on keys that came by "<<" until their mapping is finished. */
#define MERGED 0x80
/* This many bytes of text weigh as much as a value when an alias repeats them. */
#define BYTES_PER_NODE 64

#define NO_ANCHOR ((size_t)-1)

_Static_assert(sizeof(struct member) == 2 * sizeof(struct value), "key and value lie side by side");

/* What a value costs when written out, for caps on aliases. */
struct weight {
	size_t nodes, bytes, height;
};

/* A collection that has begun. */
struct frame {
	struct value start;             /* type and place */
	struct weight weight;
	size_t base;                    /* its first child on the stack */
	size_t anchor;
	bool wants_value;               /* a mapping whose last key has no value yet */
	bool merge_key;                 /* that key was "<<" */
	bool merged;                    /* has had a "<<" */
};

struct anchor {
	struct value value;
	struct weight weight;
	uint32_t line;
	bool open;                      /* its collection has not ended: an alias to it would be a cycle */
};

/* Where libyaml's position is in bytes; it counts characters. */
struct cursor {
	size_t index, offset, line_start;
	uint32_t line;
};

struct decoder {
	yaml_parser_t parser;
	struct arena *arena;
	struct text_pool pool;
	struct str text;
	const struct source *source;    /* of the text; errors need it even when values do not */
	const struct source *places;    /* of the values; NULL when nobody wants places */
	const struct decode_limits *limits;
	struct decode_warnings *warnings;
	struct error **err;
	bool simple_text;               /* ASCII, lines end with \n: libyaml's marks are ours */
	struct cursor cursor;

	struct value *stack;
	size_t count, capacity;
	struct frame *frames;
	size_t depth, depth_capacity, depth_max;
	struct weight total;            /* height unused */
	struct value root;

	struct anchor *anchors;
	size_t anchor_count, anchor_capacity;
	struct map anchor_names;        /* to position + 1 */
};

/* -- places and errors -------------------------------------------------------------------------------------------- */

/* Moves the cursor to libyaml's character `index`; marks come in the order of the text. */
static void move_cursor(struct decoder *decoder, size_t index)
{
	struct cursor *cursor = &decoder->cursor;
	struct str text = decoder->text;

	if (index < cursor->index)
		*cursor = (struct cursor){ .line = decoder->source->first_line };
	while (cursor->index < index && cursor->offset < text.n) {
		size_t n = utf8_length(text.p + cursor->offset, text.n - cursor->offset);

		if (text.p[cursor->offset] == '\n') {
			cursor->line++;
			cursor->line_start = cursor->offset + 1;
		}
		cursor->offset += n ? n : 1;
		cursor->index++;
	}
}

static struct place place_of(struct decoder *decoder, const yaml_mark_t *at)
{
	struct str name = decoder->source->name;

	if (decoder->simple_text)
		return (struct place){ name, decoder->source->first_line + (uint32_t)at->line, (uint32_t)at->column + 1 };
	move_cursor(decoder, at->index);
	return (struct place){ name, decoder->cursor.line,
			       (uint32_t)(decoder->cursor.offset - decoder->cursor.line_start) + 1 };
}

static void mark(struct decoder *decoder, const yaml_mark_t *at, struct value *v)
{
	struct place place;

	if (!decoder->places)
		return;
	place = place_of(decoder, at);
	v->source = decoder->places;
	v->line = place.line;
	v->column = decode_column(place.column);
}

/* Gives the place of an event to the error that was just set. */
static int fail_at(struct decoder *decoder, const yaml_mark_t *at)
{
	if (decoder->err)
		error_locate(*decoder->err, place_of(decoder, at));
	return -1;
}

static int reader_error(struct decoder *decoder)
{
	const yaml_parser_t *parser = &decoder->parser;
	struct place place = decode_place(&(struct source){ decoder->source->name, decoder->text,
							    decoder->source->first_line }, parser->problem_offset);

	if (parser->problem_value >= 0)
		return error_set_at(decoder->err, ERROR_INVALID, place, "not valid YAML: %s (#x%X)", parser->problem,
				    (unsigned)parser->problem_value);
	return error_set_at(decoder->err, ERROR_INVALID, place, "not valid YAML: %s", parser->problem);
}

static int syntax_error(struct decoder *decoder)
{
	const yaml_parser_t *parser = &decoder->parser;
	struct place place = place_of(decoder, &parser->problem_mark), context;
	const char *problem = parser->problem ? parser->problem : "unknown reason", *hint = "";

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set_at(decoder->err, ERROR_LIMIT, place, "the document is too large for the YAML parser");
	if (parser->error == YAML_READER_ERROR)
		return reader_error(decoder);
	move_cursor(decoder, parser->problem_mark.index);
	if (decoder->cursor.offset < decoder->text.n && decoder->text.p[decoder->cursor.offset] == '\t')
		hint = "; YAML is indented with blanks, and this is a tab";
	/* "While scanning for the next token" tells nothing. */
	if (!parser->context || strstr(parser->context, "next token"))
		return error_set_at(decoder->err, ERROR_INVALID, place, "not valid YAML: %s%s", problem, hint);
	context = place_of(decoder, &parser->context_mark);
	return error_set_at(decoder->err, ERROR_INVALID, place, "not valid YAML: %s (%s that begins on line %u)%s", problem,
			    parser->context, context.line, hint);
}

/* -- values into their collection --------------------------------------------------------------------------------- */

static void push(struct decoder *decoder, const struct value *v)
{
	if (decoder->count == decoder->capacity) {
		decoder->capacity = decoder->capacity ? decoder->capacity * 2 : 256;
		decoder->stack = realloc(decoder->stack, decoder->capacity * sizeof(*decoder->stack));
		if (!decoder->stack)
			abort();
	}
	decoder->stack[decoder->count++] = *v;
}

static int charge(struct decoder *decoder, struct weight weight, const yaml_mark_t *at)
{
	decoder->total.nodes += weight.nodes;
	if (decoder->total.nodes <= decoder->limits->nodes)
		return 0;
	return error_set_at(decoder->err, ERROR_LIMIT, place_of(decoder, at),
			    "more than %zu values in one document (aliases counted as what they stand for)",
			    decoder->limits->nodes);
}

static int merge_object(struct decoder *decoder, const struct value *object, const yaml_mark_t *at)
{
	if (object->type != VALUE_OBJECT)
		return error_set_at(decoder->err, ERROR_INVALID, place_of(decoder, at),
				    "\"<<\" needs a mapping, an alias of one, or a list of these");
	for (MEMBER_EACH(m, object)) {
		struct value key = m->key;

		key.flags |= MERGED;
		push(decoder, &key);
		push(decoder, &m->value);
	}
	return 0;
}

/* A later member of a mapping hides an earlier one; of a merged list the first mapping wins. */
static int merge(struct decoder *decoder, const struct value *v, bool by_alias, const yaml_mark_t *at)
{
	if (v->type != VALUE_ARRAY || by_alias)
		return merge_object(decoder, v, at);
	for (uint32_t i = v->length; i > 0; i--)
		if (merge_object(decoder, &v->u.items[i - 1], at) < 0)
			return -1;
	return 0;
}

/* A finished value goes where it belongs. Keys do not come here. */
static int deliver(struct decoder *decoder, const struct value *v, struct weight weight, bool by_alias,
		   const yaml_mark_t *at)
{
	struct frame *frame;

	if (decoder->depth == 0) {
		decoder->root = *v;
		return 0;
	}
	frame = &decoder->frames[decoder->depth - 1];
	frame->weight.nodes += weight.nodes;
	frame->weight.bytes += weight.bytes;
	if (weight.height >= frame->weight.height)
		frame->weight.height = weight.height + 1;
	frame->wants_value = false;
	if (!frame->merge_key) {
		push(decoder, v);
		return 0;
	}
	frame->merge_key = false;
	frame->merged = true;
	return merge(decoder, v, by_alias, at);
}

/* -- anchors ------------------------------------------------------------------------------------------------------ */

static size_t add_anchor(struct decoder *decoder, const yaml_char_t *name, const yaml_event_t *event,
			 const struct value *v, struct weight weight, bool open)
{
	struct str key = str_of((const char *)name);

	if (!name)
		return NO_ANCHOR;
	*ARENA_PUSH(decoder->arena, decoder->anchors, decoder->anchor_count, decoder->anchor_capacity) =
		(struct anchor){ *v, weight, place_of(decoder, &event->start_mark).line, open };
	map_put(&decoder->anchor_names, str_dup(decoder->arena, key), (void *)(uintptr_t)decoder->anchor_count);
	return decoder->anchor_count - 1;
}

static int take_alias(struct decoder *decoder, const yaml_event_t *event, struct value *v, struct weight *weight)
{
	struct str name = str_of((const char *)event->data.alias.anchor);
	size_t position = (size_t)(uintptr_t)map_get(&decoder->anchor_names, name);
	struct place place = place_of(decoder, &event->start_mark);
	const struct anchor *anchor;

	if (position == 0)
		return error_set_at(decoder->err, ERROR_INVALID, place, "alias *" STR_FMT " has no anchor &" STR_FMT
				    " before it", STR_ARG(name), STR_ARG(name));
	anchor = &decoder->anchors[position - 1];
	if (anchor->open)
		return error_set_at(decoder->err, ERROR_INVALID, place, "alias *" STR_FMT " stands inside of what it names (&"
				    STR_FMT " on line %u): that would never end", STR_ARG(name), STR_ARG(name),
				    anchor->line);
	if (decoder->depth + anchor->weight.height > decoder->depth_max)
		return error_set_at(decoder->err, ERROR_LIMIT, place, "nested deeper than %zu levels", decoder->depth_max);
	*weight = anchor->weight;
	*v = anchor->value;
	mark(decoder, &event->start_mark, v);
	return charge(decoder, (struct weight){ .nodes = weight->nodes + weight->bytes / BYTES_PER_NODE },
		      &event->start_mark);
}

/* -- scalars ------------------------------------------------------------------------------------------------------ */

/* Bytes that are no UTF-8 become U+FFFD, as they do on their way through Go's JSON. */
static void set_binary(struct decoder *decoder, const char *bytes, size_t n, struct value *v)
{
	char *text = arena_alloc(decoder->arena, n * 3);
	size_t used = 0;

	for (size_t i = 0; i < n;) {
		size_t length = utf8_length(bytes + i, n - i);

		memcpy(text + used, length ? bytes + i : "\xef\xbf\xbd", length ? length : 3);
		used += length ? length : 3;
		i += length ? length : 1;
	}
	v->length = (uint32_t)used;
	v->u.text = text;
}

static int decode_binary(struct decoder *decoder, struct str text, struct value *v)
{
	char *bytes = malloc(text.n + 1);
	size_t n = 0;

	if (!bytes)
		abort();
	if (!scalar_decode_base64(text, bytes, &n)) {
		free(bytes);
		return error_set(decoder->err, ERROR_INVALID, "a !!binary value is not valid base64");
	}
	set_binary(decoder, bytes, n, v);
	free(bytes);
	return 0;
}

static void set_string(struct decoder *decoder, struct str text, struct value *v)
{
	v->length = (uint32_t)text.n;
	v->u.text = text_pool_copy(&decoder->pool, text.p, text.n);
}

/* Type and content of a scalar, as a value or (numbers printed) as a key. */
static int set_scalar(struct decoder *decoder, const yaml_event_t *event, bool is_key, struct value *v)
{
	struct str text = { (const char *)event->data.scalar.value, event->data.scalar.length };
	const char *tag = (const char *)event->data.scalar.tag;
	struct scalar scalar = { .kind = SCALAR_STRING };
	char room[SCALAR_KEY_MAX];

	v->type = VALUE_STRING;
	if (tag) {
		if (scalar_resolve_tagged(text, str_of(tag), &scalar, decoder->err) < 0)
			return fail_at(decoder, &event->start_mark);
	} else if (event->data.scalar.plain_implicit) {
		scalar = scalar_resolve(text);
	}
	if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || tag)
		v->flags = VALUE_QUOTED;
	if (scalar.kind == SCALAR_STRING) {
		set_string(decoder, text, v);
		return 0;
	}
	if (scalar.kind == SCALAR_BINARY)
		return decode_binary(decoder, text, v) < 0 ? fail_at(decoder, &event->start_mark) : 0;
	v->flags = 0;
	if (!is_key)
		return scalar_value(&scalar, v, decoder->err) < 0 ? fail_at(decoder, &event->start_mark) : 0;
	if (scalar_key(&scalar, room, &text, decoder->err) < 0)
		return fail_at(decoder, &event->start_mark);
	set_string(decoder, text, v);
	return 0;
}

static bool is_merge_key(const yaml_event_t *event)
{
	const char *tag = (const char *)event->data.scalar.tag;

	return event->data.scalar.length == 2 && memcmp(event->data.scalar.value, "<<", 2) == 0 &&
	       (event->data.scalar.plain_implicit || (tag && strcmp(tag, "tag:yaml.org,2002:merge") == 0));
}

static int check_key(struct decoder *decoder, size_t length, const yaml_mark_t *at)
{
	if (length <= decoder->limits->key)
		return 0;
	return error_set_at(decoder->err, ERROR_LIMIT, place_of(decoder, at), "a key of %zu bytes, more than the %zu allowed",
			    length, decoder->limits->key);
}

static int add_key(struct decoder *decoder, struct frame *frame, const yaml_event_t *event, const struct value *key)
{
	if (check_key(decoder, key->length, &event->start_mark) < 0)
		return -1;
	frame->weight.bytes += key->length;
	frame->wants_value = true;
	push(decoder, key);
	return 0;
}

/* The mapping that waits for a key, else NULL. */
static struct frame *frame_for_key(struct decoder *decoder)
{
	struct frame *frame = decoder->depth ? &decoder->frames[decoder->depth - 1] : NULL;

	return frame && frame->start.type == VALUE_OBJECT && !frame->wants_value ? frame : NULL;
}

/* An alias of a key that is no string ("&a 1: x") stands for the value, not for the key's text. */
static int name_scalar(struct decoder *decoder, const yaml_event_t *event, const struct value *v, struct weight weight)
{
	struct value named = *v;

	if (set_scalar(decoder, event, false, &named) < 0)
		return -1;
	add_anchor(decoder, event->data.scalar.anchor, event, &named, weight, false);
	return 0;
}

static int on_scalar(struct decoder *decoder, const yaml_event_t *event)
{
	struct frame *frame = frame_for_key(decoder);
	struct weight weight = { .nodes = 1 };
	struct value v = value_null;

	mark(decoder, &event->start_mark, &v);
	if (frame && is_merge_key(event)) {
		frame->wants_value = true;
		frame->merge_key = true;
		return 0;
	}
	if (set_scalar(decoder, event, frame != NULL, &v) < 0)
		return -1;
	weight.bytes = v.type == VALUE_STRING ? v.length : 0;
	if (event->data.scalar.anchor && name_scalar(decoder, event, &v, weight) < 0)
		return -1;
	if (frame)
		return add_key(decoder, frame, event, &v);
	if (charge(decoder, weight, &event->start_mark) < 0)
		return -1;
	return deliver(decoder, &v, weight, false, &event->start_mark);
}

/* A key that is an alias of a scalar. */
static int alias_key(struct decoder *decoder, struct frame *frame, const yaml_event_t *event, struct value *v)
{
	struct scalar scalar = { .kind = SCALAR_NULL };
	char room[SCALAR_KEY_MAX];
	struct str text;

	if (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT)
		return error_set_at(decoder->err, ERROR_INVALID, place_of(decoder, &event->start_mark),
				    "a key must be a string, not a list or mapping");
	if (v->type == VALUE_STRING)
		return add_key(decoder, frame, event, v);
	if (v->type == VALUE_BOOL)
		scalar = (struct scalar){ SCALAR_BOOL, { .boolean = v->u.boolean } };
	else if (v->type == VALUE_INT)
		scalar = (struct scalar){ SCALAR_INT, { .integer = v->u.integer } };
	else if (v->type == VALUE_FLOAT)
		scalar = (struct scalar){ SCALAR_FLOAT, { .number = v->u.number } };
	if (scalar_key(&scalar, room, &text, decoder->err) < 0)
		return fail_at(decoder, &event->start_mark);
	v->type = VALUE_STRING;
	set_string(decoder, text, v);
	return add_key(decoder, frame, event, v);
}

static int on_alias(struct decoder *decoder, const yaml_event_t *event)
{
	struct frame *frame = frame_for_key(decoder);
	struct weight weight = { 0 };
	struct value v;

	if (take_alias(decoder, event, &v, &weight) < 0)
		return -1;
	if (frame)
		return alias_key(decoder, frame, event, &v);
	return deliver(decoder, &v, weight, true, &event->start_mark);
}

/* -- collections -------------------------------------------------------------------------------------------------- */

static int on_start(struct decoder *decoder, const yaml_event_t *event, enum value_type type)
{
	const yaml_char_t *anchor = type == VALUE_OBJECT ? event->data.mapping_start.anchor
							 : event->data.sequence_start.anchor;
	struct frame *frame;

	if (frame_for_key(decoder))
		return error_set_at(decoder->err, ERROR_INVALID, place_of(decoder, &event->start_mark),
				    "a key must be a string, not a list or mapping (a template in braces? put it in quotes)");
	if (decoder->depth >= decoder->depth_max)
		return error_set_at(decoder->err, ERROR_LIMIT, place_of(decoder, &event->start_mark),
				    "nested deeper than %zu levels", decoder->depth_max);
	if (charge(decoder, (struct weight){ .nodes = 1 }, &event->start_mark) < 0)
		return -1;
	if (decoder->depth == decoder->depth_capacity) {
		decoder->depth_capacity = decoder->depth_capacity ? decoder->depth_capacity * 2 : 16;
		decoder->frames = realloc(decoder->frames, decoder->depth_capacity * sizeof(*decoder->frames));
		if (!decoder->frames)
			abort();
	}
	frame = &decoder->frames[decoder->depth++];
	*frame = (struct frame){ .base = decoder->count, .weight = { .nodes = 1, .height = 1 } };
	frame->start.type = (uint8_t)type;
	mark(decoder, &event->start_mark, &frame->start);
	frame->anchor = add_anchor(decoder, anchor, event, &frame->start, frame->weight, true);
	return 0;
}

static void finish_array(struct decoder *decoder, const struct frame *frame, struct value *v)
{
	size_t count = decoder->count - frame->base;

	v->length = (uint32_t)count;
	v->u.items = count ? arena_copy(decoder->arena, decoder->stack + frame->base, count * sizeof(*v)) : NULL;
}

static void finish_object(struct decoder *decoder, const struct frame *frame, struct value *v)
{
	struct duplicate_context duplicate = { decoder->arena, decoder->warnings, MERGED };
	size_t count = (decoder->count - frame->base) / 2;
	struct member *members;

	if (count == 0)
		return;
	members = members_alloc(decoder->arena, count);
	memcpy(members, decoder->stack + frame->base, count * sizeof(*members));
	count = members_settle(members, count, &v->flags, decode_duplicate, &duplicate);
	for (size_t i = 0; frame->merged && i < count; i++)
		members[i].key.flags &= (uint8_t)~MERGED;
	v->length = (uint32_t)count;
	v->u.members = members;
}

static int on_end(struct decoder *decoder, const yaml_event_t *event)
{
	struct frame frame = decoder->frames[--decoder->depth];
	struct value v = frame.start;

	if (v.type == VALUE_ARRAY)
		finish_array(decoder, &frame, &v);
	else
		finish_object(decoder, &frame, &v);
	decoder->count = frame.base;
	if (frame.anchor != NO_ANCHOR) {
		struct anchor *anchor = &decoder->anchors[frame.anchor];

		*anchor = (struct anchor){ v, frame.weight, anchor->line, false };
	}
	return deliver(decoder, &v, frame.weight, false, &event->start_mark);
}

/* -- documents ---------------------------------------------------------------------------------------------------- */

static int on_event(struct decoder *decoder, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(decoder, event);
	case YAML_MAPPING_START_EVENT:
		return on_start(decoder, event, VALUE_OBJECT);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(decoder, event, VALUE_ARRAY);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return on_end(decoder, event);
	case YAML_ALIAS_EVENT:
		return on_alias(decoder, event);
	default:
		return 0;
	}
}

static void drop_event(yaml_event_t *event)
{
	if (event->type == YAML_SCALAR_EVENT && !event->data.scalar.anchor && !event->data.scalar.tag)
		/* By far the most frequent; libyaml takes its memory from malloc(). */
		free(event->data.scalar.value);
	else
		yaml_event_delete(event);
}

/* All events of the first document; 1 when the text holds another one behind it. */
static int run(struct decoder *decoder, bool only_first)
{
	yaml_event_type_t type;
	yaml_event_t event;
	size_t documents = 0;

	do {
		int status;

		if (!yaml_parser_parse(&decoder->parser, &event))
			return syntax_error(decoder);
		type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
			status = error_set_at(decoder->err, ERROR_INVALID, place_of(decoder, &event.start_mark),
					      "a second document begins here where one was expected");
		else
			status = on_event(decoder, &event);
		drop_event(&event);
		if (status < 0)
			return -1;
	} while (type != YAML_STREAM_END_EVENT && !(only_first && type == YAML_DOCUMENT_END_EVENT));
	return 0;
}

/* Carriage returns alone are ends of line for libyaml, but not for editors; characters may take several bytes. */
static bool is_simple(struct str text)
{
	for (size_t at = 0; (at = str_find_char(text, '\r', at)) != STR_NOT_FOUND; at++)
		if (at + 1 == text.n || text.p[at + 1] != '\n')
			return false;
	return ascii_only(text.p, text.n);
}

static const struct value *decode(struct arena *arena, const struct source *source, bool places, bool only_first,
				  const struct decode_limits *limits, struct decode_warnings *warnings, struct error **err)
{
	const struct source *kept;
	const struct value *root = NULL;

	if (decode_check_size(source, limits, err) < 0)
		return NULL;
	kept = decode_source(arena, source);
	struct decoder decoder = {
		.arena = arena, .pool = { .arena = arena }, .source = kept, .places = places ? kept : NULL,
		.text = str_skip(source->text, decode_skip_bom(source->text)), .limits = limits, .warnings = warnings,
		.err = err, .cursor = { .line = kept->first_line },
		.depth_max = limits->depth < DECODE_DEPTH_MAX ? limits->depth : DECODE_DEPTH_MAX,
	};
	decoder.simple_text = is_simple(decoder.text);
	map_init(&decoder.anchor_names, arena);
	if (!yaml_parser_initialize(&decoder.parser))
		abort();
	yaml_parser_set_encoding(&decoder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&decoder.parser, (const unsigned char *)(decoder.text.n ? decoder.text.p : ""),
				     decoder.text.n);
	if (run(&decoder, only_first) == 0)
		root = decoder.root.type == VALUE_NULL ? &value_null
						       : arena_copy(arena, &decoder.root, sizeof(decoder.root));
	yaml_parser_delete(&decoder.parser);
	free(decoder.stack);
	free(decoder.frames);
	return root;
}

const struct value *yaml_decode(struct arena *arena, const struct source *source, const struct decode_limits *limits,
				struct decode_warnings *warnings, struct error **err)
{
	return decode(arena, source, true, false, limits ? limits : &decode_limits_default, warnings, err);
}

const struct value *yaml_parse(struct arena *arena, struct str text, struct error **err)
{
	struct source source = { .text = text, .first_line = 1 };

	return decode(arena, &source, false, true, &decode_limits_default, NULL, err);
}
