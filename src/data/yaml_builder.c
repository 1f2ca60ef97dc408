/*
 * Children gather on one stack (for a mapping as key, value, key, value … which is how members lie in memory) and are
 * copied to the arena once, when their collection ends. An alias shares the children of what it names; what it would
 * have cost to write them out is counted against the caps all the same, since whoever walks the tree pays for it.
 */
#include "data/yaml_builder.h"

#include <stdlib.h>

#include "data/key_index.h"
#include "data/utf8.h"
#include "data/yaml_scalar.h"

/* Set on keys that came by "<<" until their mapping is finished. */
#define MERGED 0x80
/* This many bytes of text weigh as much as a value when an alias repeats them. */
#define BYTES_PER_NODE 64

#define NO_ANCHOR ((size_t)-1)

_Static_assert(sizeof(struct member) == 2 * sizeof(struct value), "key and value lie side by side");

/* A collection that has begun. */
struct yaml_frame {
	struct value start;             /* type and place */
	struct yaml_weight weight;
	size_t base;                    /* its first child on the stack */
	size_t anchor;
	bool wants_value;               /* a mapping whose last key has no value yet */
	bool merge_key;                 /* that key was "<<" */
	bool merged;                    /* has had a "<<" */
};

struct yaml_anchor {
	struct value value;
	struct yaml_weight weight;
	uint32_t line;
	bool open;                      /* its collection has not ended: an alias to it would be a cycle */
};

/* -- places and errors -------------------------------------------------------------------------------------------- */

/* Moves the cursor to libyaml's character `index`; marks come in the order of the text. */
static void move_cursor(struct yaml_builder *builder, size_t index)
{
	struct yaml_cursor *cursor = &builder->cursor;
	struct str text = builder->text;

	if (index < cursor->index)
		*cursor = (struct yaml_cursor){ .line = builder->source->first_line };
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

static struct place place_of(struct yaml_builder *builder, const struct yaml_mark *at)
{
	struct str name = builder->source->name;

	if (builder->simple_text)
		return (struct place){ name, builder->source->first_line + (uint32_t)at->line,
				       (uint32_t)at->column + 1 };
	move_cursor(builder, at->index);
	return (struct place){ name, builder->cursor.line,
			       (uint32_t)(builder->cursor.offset - builder->cursor.line_start) + 1 };
}

static void mark(struct yaml_builder *builder, const struct yaml_mark *at, struct value *v)
{
	struct place place;

	if (!builder->places)
		return;
	place = place_of(builder, at);
	v->source = builder->places;
	v->line = place.line;
	v->column = decode_column(place.column);
}

/* Gives the place of an event to the error that was just set. */
static int fail_at(struct yaml_builder *builder, const struct yaml_mark *at)
{
	if (builder->err)
		error_locate(*builder->err, place_of(builder, at));
	return -1;
}

/* -- values into their collection --------------------------------------------------------------------------------- */

static void push(struct yaml_builder *builder, const struct value *v)
{
	if (builder->count == builder->capacity) {
		builder->capacity = builder->capacity ? builder->capacity * 2 : 256;
		builder->stack = realloc(builder->stack, builder->capacity * sizeof(*builder->stack));
		if (!builder->stack)
			abort();
	}
	builder->stack[builder->count++] = *v;
}

static int charge(struct yaml_builder *builder, struct yaml_weight weight, const struct yaml_mark *at)
{
	builder->nodes += weight.nodes;
	if (builder->nodes <= builder->limits->nodes)
		return 0;
	return error_set_at(builder->err, ERROR_LIMIT, place_of(builder, at),
			    "more than %zu values in one document (aliases counted as what they stand for)",
			    builder->limits->nodes);
}

static int merge_object(struct yaml_builder *builder, const struct value *object, const struct yaml_mark *at)
{
	if (object->type != VALUE_OBJECT)
		return error_set_at(builder->err, ERROR_INVALID, place_of(builder, at),
				    "\"<<\" needs a mapping, an alias of one, or a list of these");
	for (MEMBER_EACH(m, object)) {
		struct value key = m->key;

		key.flags |= MERGED;
		push(builder, &key);
		push(builder, &m->value);
	}
	return 0;
}

/* A later member of a mapping hides an earlier one; of a merged list the first mapping wins. */
static int merge(struct yaml_builder *builder, const struct value *v, bool by_alias, const struct yaml_mark *at)
{
	if (v->type != VALUE_ARRAY || by_alias)
		return merge_object(builder, v, at);
	for (uint32_t i = v->length; i > 0; i--)
		if (merge_object(builder, &v->u.items[i - 1], at) < 0)
			return -1;
	return 0;
}

/* A finished value goes where it belongs. Keys do not come here. */
static int deliver(struct yaml_builder *builder, const struct value *v, struct yaml_weight weight, bool by_alias,
		   const struct yaml_mark *at)
{
	struct yaml_frame *frame;

	if (builder->depth == 0) {
		builder->root = *v;
		return 0;
	}
	frame = &builder->frames[builder->depth - 1];
	frame->weight.nodes += weight.nodes;
	frame->weight.bytes += weight.bytes;
	if (weight.height >= frame->weight.height)
		frame->weight.height = weight.height + 1;
	frame->wants_value = false;
	if (!frame->merge_key) {
		push(builder, v);
		return 0;
	}
	frame->merge_key = false;
	frame->merged = true;
	return merge(builder, v, by_alias, at);
}

/* -- anchors ------------------------------------------------------------------------------------------------------ */

static size_t add_anchor(struct yaml_builder *builder, const struct yaml_event *event, const struct value *v,
			 struct yaml_weight weight, bool open)
{
	if (!event->anchor.p)
		return NO_ANCHOR;
	*ARENA_PUSH(builder->arena, builder->anchors, builder->anchor_count, builder->anchor_capacity) =
		(struct yaml_anchor){ *v, weight, place_of(builder, &event->mark).line, open };
	map_put(&builder->anchor_names, str_dup(builder->arena, event->anchor),
		(void *)(uintptr_t)builder->anchor_count);
	return builder->anchor_count - 1;
}

static int take_alias(struct yaml_builder *builder, const struct yaml_event *event, struct value *v,
		      struct yaml_weight *weight)
{
	struct str name = event->text;
	size_t position = (size_t)(uintptr_t)map_get(&builder->anchor_names, name);
	struct place place = place_of(builder, &event->mark);
	const struct yaml_anchor *anchor;

	if (position == 0)
		return error_set_at(builder->err, ERROR_INVALID, place, "alias *" STR_FMT " has no anchor &" STR_FMT
				    " before it", STR_ARG(name), STR_ARG(name));
	anchor = &builder->anchors[position - 1];
	if (anchor->open)
		return error_set_at(builder->err, ERROR_INVALID, place,
				    "alias *" STR_FMT " stands inside of what it names (&" STR_FMT
				    " on line %u): that would never end",
				    STR_ARG(name), STR_ARG(name), anchor->line);
	if (builder->depth + anchor->weight.height > builder->depth_max)
		return error_set_at(builder->err, ERROR_LIMIT, place, "nested deeper than %zu levels",
				    builder->depth_max);
	*weight = anchor->weight;
	*v = anchor->value;
	mark(builder, &event->mark, v);
	return charge(builder, (struct yaml_weight){ .nodes = weight->nodes + weight->bytes / BYTES_PER_NODE },
		      &event->mark);
}

/* -- scalars ------------------------------------------------------------------------------------------------------ */

/* Bytes that are no UTF-8 become U+FFFD, as they do on their way through Go's JSON. */
static void set_binary(struct yaml_builder *builder, const char *bytes, size_t n, struct value *v)
{
	char *text = arena_alloc(builder->arena, n * 3);
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

static int decode_binary(struct yaml_builder *builder, struct str text, struct value *v)
{
	char *bytes = malloc(text.n + 1);
	size_t n = 0;

	if (!bytes)
		abort();
	if (!scalar_decode_base64(text, bytes, &n)) {
		free(bytes);
		return error_set(builder->err, ERROR_INVALID, "a !!binary value is not valid base64");
	}
	set_binary(builder, bytes, n, v);
	free(bytes);
	return 0;
}

static void set_string(struct yaml_builder *builder, struct str text, struct value *v)
{
	v->length = (uint32_t)text.n;
	v->u.text = text_pool_copy(&builder->pool, text.p, text.n);
}

/* Type and content of a scalar, as a value or (numbers printed) as a key. */
static int set_scalar(struct yaml_builder *builder, const struct yaml_event *event, bool is_key, struct value *v)
{
	struct str text = event->text;
	struct scalar scalar = { .kind = SCALAR_STRING };
	char room[SCALAR_KEY_MAX];

	v->type = VALUE_STRING;
	if (event->tag.p) {
		if (scalar_resolve_tagged(text, event->tag, &scalar, builder->err) < 0)
			return fail_at(builder, &event->mark);
	} else if (event->resolves) {
		scalar = scalar_resolve(text);
	}
	if (!event->plain || event->tag.p)
		v->flags = VALUE_QUOTED;
	if (scalar.kind == SCALAR_STRING) {
		set_string(builder, text, v);
		return 0;
	}
	if (scalar.kind == SCALAR_BINARY)
		return decode_binary(builder, text, v) < 0 ? fail_at(builder, &event->mark) : 0;
	v->flags = 0;
	if (!is_key)
		return scalar_value(&scalar, v, builder->err) < 0 ? fail_at(builder, &event->mark) : 0;
	if (scalar_key(&scalar, room, &text, builder->err) < 0)
		return fail_at(builder, &event->mark);
	set_string(builder, text, v);
	return 0;
}

static bool is_merge_key(const struct yaml_event *event)
{
	return str_is(event->text, "<<") && (event->resolves || str_is(event->tag, "tag:yaml.org,2002:merge"));
}

static int check_key(struct yaml_builder *builder, size_t length, const struct yaml_mark *at)
{
	if (length <= builder->limits->key)
		return 0;
	return error_set_at(builder->err, ERROR_LIMIT, place_of(builder, at),
			    "a key of %zu bytes, more than the %zu allowed", length, builder->limits->key);
}

static int add_key(struct yaml_builder *builder, struct yaml_frame *frame, const struct yaml_event *event,
		   const struct value *key)
{
	if (check_key(builder, key->length, &event->mark) < 0)
		return -1;
	frame->weight.bytes += key->length;
	frame->wants_value = true;
	push(builder, key);
	return 0;
}

/* The mapping that waits for a key, else NULL. */
static struct yaml_frame *frame_for_key(struct yaml_builder *builder)
{
	struct yaml_frame *frame = builder->depth ? &builder->frames[builder->depth - 1] : NULL;

	return frame && frame->start.type == VALUE_OBJECT && !frame->wants_value ? frame : NULL;
}

/* An alias of a key that is no string ("&a 1: x") stands for the value, not for the key's text. */
static int name_scalar(struct yaml_builder *builder, const struct yaml_event *event, const struct value *v,
		       struct yaml_weight weight)
{
	struct value named = *v;

	if (set_scalar(builder, event, false, &named) < 0)
		return -1;
	add_anchor(builder, event, &named, weight, false);
	return 0;
}

int yaml_builder_scalar(struct yaml_builder *builder, const struct yaml_event *event)
{
	struct yaml_frame *frame = frame_for_key(builder);
	struct yaml_weight weight = { .nodes = 1 };
	struct value v = value_null;

	mark(builder, &event->mark, &v);
	if (frame && is_merge_key(event)) {
		frame->wants_value = true;
		frame->merge_key = true;
		return 0;
	}
	if (set_scalar(builder, event, frame != NULL, &v) < 0)
		return -1;
	weight.bytes = v.type == VALUE_STRING ? v.length : 0;
	if (event->anchor.p && name_scalar(builder, event, &v, weight) < 0)
		return -1;
	if (frame)
		return add_key(builder, frame, event, &v);
	if (charge(builder, weight, &event->mark) < 0)
		return -1;
	return deliver(builder, &v, weight, false, &event->mark);
}

/* A key that is an alias of a scalar. */
static int alias_key(struct yaml_builder *builder, struct yaml_frame *frame, const struct yaml_event *event,
		     struct value *v)
{
	struct scalar scalar = { .kind = SCALAR_NULL };
	char room[SCALAR_KEY_MAX];
	struct str text;

	if (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT)
		return error_set_at(builder->err, ERROR_INVALID, place_of(builder, &event->mark),
				    "a key must be a string, not a list or mapping");
	if (v->type == VALUE_STRING)
		return add_key(builder, frame, event, v);
	if (v->type == VALUE_BOOL)
		scalar = (struct scalar){ SCALAR_BOOL, { .boolean = v->u.boolean } };
	else if (v->type == VALUE_INT)
		scalar = (struct scalar){ SCALAR_INT, { .integer = v->u.integer } };
	else if (v->type == VALUE_FLOAT)
		scalar = (struct scalar){ SCALAR_FLOAT, { .number = v->u.number } };
	if (scalar_key(&scalar, room, &text, builder->err) < 0)
		return fail_at(builder, &event->mark);
	v->type = VALUE_STRING;
	set_string(builder, text, v);
	return add_key(builder, frame, event, v);
}

int yaml_builder_alias(struct yaml_builder *builder, const struct yaml_event *event)
{
	struct yaml_frame *frame = frame_for_key(builder);
	struct yaml_weight weight = { 0 };
	struct value v;

	if (take_alias(builder, event, &v, &weight) < 0)
		return -1;
	if (frame)
		return alias_key(builder, frame, event, &v);
	return deliver(builder, &v, weight, true, &event->mark);
}

/* -- collections -------------------------------------------------------------------------------------------------- */

int yaml_builder_start(struct yaml_builder *builder, const struct yaml_event *event, enum value_type type)
{
	struct yaml_frame *frame;

	if (frame_for_key(builder))
		return error_set_at(
			builder->err, ERROR_INVALID, place_of(builder, &event->mark),
			"a key must be a string, not a list or mapping (a template in braces? put it in quotes)");
	if (builder->depth >= builder->depth_max)
		return error_set_at(builder->err, ERROR_LIMIT, place_of(builder, &event->mark),
				    "nested deeper than %zu levels", builder->depth_max);
	if (charge(builder, (struct yaml_weight){ .nodes = 1 }, &event->mark) < 0)
		return -1;
	if (builder->depth == builder->depth_capacity) {
		builder->depth_capacity = builder->depth_capacity ? builder->depth_capacity * 2 : 16;
		builder->frames = realloc(builder->frames, builder->depth_capacity * sizeof(*builder->frames));
		if (!builder->frames)
			abort();
	}
	frame = &builder->frames[builder->depth++];
	*frame = (struct yaml_frame){ .base = builder->count, .weight = { .nodes = 1, .height = 1 } };
	frame->start.type = (uint8_t)type;
	mark(builder, &event->mark, &frame->start);
	frame->anchor = add_anchor(builder, event, &frame->start, frame->weight, true);
	return 0;
}

static void finish_array(struct yaml_builder *builder, const struct yaml_frame *frame, struct value *v)
{
	size_t count = builder->count - frame->base;

	v->length = (uint32_t)count;
	v->u.items = count ? arena_copy(builder->arena, builder->stack + frame->base, count * sizeof(*v)) : NULL;
}

static void finish_object(struct yaml_builder *builder, const struct yaml_frame *frame, struct value *v)
{
	struct duplicate_context duplicate = { builder->arena, builder->warnings, MERGED };
	size_t count = (builder->count - frame->base) / 2;
	struct member *members;

	if (count == 0)
		return;
	members = members_alloc(builder->arena, count);
	memcpy(members, builder->stack + frame->base, count * sizeof(*members));
	count = members_settle(members, count, &v->flags, decode_duplicate, &duplicate);
	for (size_t i = 0; frame->merged && i < count; i++)
		members[i].key.flags &= (uint8_t)~MERGED;
	v->length = (uint32_t)count;
	v->u.members = members;
}

int yaml_builder_end(struct yaml_builder *builder, const struct yaml_mark *end)
{
	struct yaml_frame frame = builder->frames[--builder->depth];
	struct value v = frame.start;

	if (v.type == VALUE_ARRAY)
		finish_array(builder, &frame, &v);
	else
		finish_object(builder, &frame, &v);
	builder->count = frame.base;
	if (frame.anchor != NO_ANCHOR) {
		struct yaml_anchor *anchor = &builder->anchors[frame.anchor];

		*anchor = (struct yaml_anchor){ v, frame.weight, anchor->line, false };
	}
	return deliver(builder, &v, frame.weight, false, end);
}

void yaml_builder_reset(struct yaml_builder *builder)
{
	free(builder->stack);
	free(builder->frames);
	builder->stack = NULL;
	builder->frames = NULL;
	builder->anchors = NULL;
	builder->count = builder->capacity = builder->depth = builder->depth_capacity = builder->nodes = 0;
	builder->anchor_count = builder->anchor_capacity = 0;
	builder->root = value_null;
	builder->pool = (struct text_pool){ .arena = builder->arena };
	builder->cursor = (struct yaml_cursor){ .line = builder->source->first_line };
	map_init(&builder->anchor_names, builder->arena);
}

struct place yaml_builder_place(struct yaml_builder *builder, const struct yaml_mark *at)
{
	return place_of(builder, at);
}

size_t yaml_builder_offset(struct yaml_builder *builder, const struct yaml_mark *at)
{
	move_cursor(builder, at->index);
	return builder->cursor.offset;
}
