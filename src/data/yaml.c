/*
 * YAML to values. What is written in the plain block style goes through the fast scanner of yaml_lines.c; everything
 * else, and every error, through libyaml, whose events are translated here.
 */
#include "data/yaml.h"

#include <stdlib.h>

#include <yaml.h>

#include "data/utf8.h"
#include "data/yaml_builder.h"

#define DIRECTIVES_MAX 64

struct decoder {
	struct yaml_builder builder;
	yaml_parser_t parser;
};

/* -- errors ------------------------------------------------------------------------------------------------------- */

static struct yaml_mark mark_of(const yaml_mark_t *at)
{
	return (struct yaml_mark){ at->index, at->line, at->column };
}

static struct place place_of(struct decoder *decoder, const yaml_mark_t *at)
{
	struct yaml_mark mark = mark_of(at);

	return yaml_builder_place(&decoder->builder, &mark);
}

static int reader_error(struct decoder *decoder)
{
	const yaml_parser_t *parser = &decoder->parser;
	const struct source *source = decoder->builder.source;
	struct place place = decode_place(&(struct source){ source->name, decoder->builder.text, source->first_line },
					  parser->problem_offset);

	if (parser->problem_value >= 0)
		return error_set_at(decoder->builder.err, ERROR_INVALID, place, "not valid YAML: %s (#x%X)",
				    parser->problem, (unsigned)parser->problem_value);
	return error_set_at(decoder->builder.err, ERROR_INVALID, place, "not valid YAML: %s", parser->problem);
}

static int syntax_error(struct decoder *decoder)
{
	const yaml_parser_t *parser = &decoder->parser;
	struct yaml_builder *builder = &decoder->builder;
	struct yaml_mark mark = mark_of(&parser->problem_mark);
	struct place place = yaml_builder_place(builder, &mark), context;
	const char *problem = parser->problem ? parser->problem : "unknown reason", *hint = "";
	size_t offset;

	if (parser->error == YAML_MEMORY_ERROR)
		return error_set_at(builder->err, ERROR_LIMIT, place, "the document is too large for the YAML parser");
	if (parser->error == YAML_READER_ERROR)
		return reader_error(decoder);
	offset = yaml_builder_offset(builder, &mark);
	if (offset < builder->text.n && builder->text.p[offset] == '\t')
		hint = "; YAML is indented with blanks, and this is a tab";
	/* "While scanning for the next token" tells nothing. */
	if (!parser->context || strstr(parser->context, "next token"))
		return error_set_at(builder->err, ERROR_INVALID, place, "not valid YAML: %s%s", problem, hint);
	context = place_of(decoder, &parser->context_mark);
	return error_set_at(builder->err, ERROR_INVALID, place, "not valid YAML: %s (%s that begins on line %u)%s",
			    problem, parser->context, context.line, hint);
}

/* -- libyaml's events --------------------------------------------------------------------------------------------- */

static struct str str_from(const yaml_char_t *text)
{
	return str_of((const char *)text);
}

static int on_scalar(struct yaml_builder *builder, const yaml_event_t *event)
{
	struct yaml_event own = {
		.mark = mark_of(&event->start_mark),
		.text = { (const char *)event->data.scalar.value, event->data.scalar.length },
		.anchor = str_from(event->data.scalar.anchor), .tag = str_from(event->data.scalar.tag),
		.resolves = event->data.scalar.plain_implicit,
		.plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
	};

	return yaml_builder_scalar(builder, &own);
}

static int on_start(struct yaml_builder *builder, const yaml_event_t *event, enum value_type type)
{
	struct yaml_event own = {
		.mark = mark_of(&event->start_mark),
		.anchor = str_from(type == VALUE_OBJECT ? event->data.mapping_start.anchor
							: event->data.sequence_start.anchor),
	};

	return yaml_builder_start(builder, &own, type);
}

static int on_event(struct yaml_builder *builder, const yaml_event_t *event)
{
	struct yaml_event own = { .mark = mark_of(&event->start_mark) };

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(builder, event);
	case YAML_MAPPING_START_EVENT:
		return on_start(builder, event, VALUE_OBJECT);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(builder, event, VALUE_ARRAY);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		return yaml_builder_end(builder, &own.mark);
	case YAML_ALIAS_EVENT:
		own.text = str_from(event->data.alias.anchor);
		return yaml_builder_alias(builder, &own);
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

/* All events of the text, or of its first document. */
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
			status = error_set_at(decoder->builder.err, ERROR_INVALID, place_of(decoder, &event.start_mark),
					      "a second document begins here where one was expected");
		else
			status = on_event(&decoder->builder, &event);
		drop_event(&event);
		if (status < 0)
			return -1;
	} while (type != YAML_STREAM_END_EVENT && !(only_first && type == YAML_DOCUMENT_END_EVENT));
	return 0;
}

/* libyaml compares each %TAG with all before it. */
static int check_directives(struct yaml_builder *builder)
{
	struct str text = builder->text;
	size_t count = str_starts_with(text, STR("%TAG"));

	for (size_t at = 0; (at = str_find(text, STR("\n%TAG"), at)) != STR_NOT_FOUND; at++)
		if (++count > DIRECTIVES_MAX)
			return error_set_at(builder->err, ERROR_LIMIT, decode_place(&(struct source){
					builder->source->name, text, builder->source->first_line }, at + 1),
					"more than %d %%TAG directives", DIRECTIVES_MAX);
	return 0;
}

static int read_with_libyaml(struct decoder *decoder, bool only_first)
{
	struct str text = decoder->builder.text;
	int status;

	if (check_directives(&decoder->builder) < 0)
		return -1;
	if (!yaml_parser_initialize(&decoder->parser))
		abort();
	yaml_parser_set_encoding(&decoder->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&decoder->parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
	status = run(decoder, only_first);
	yaml_parser_delete(&decoder->parser);
	return status;
}

/* -- texts -------------------------------------------------------------------------------------------------------- */

#define BLOCK 16
typedef unsigned char bytes __attribute__((vector_size(BLOCK)));

/* Printable ASCII and "\n" only: what the fast scanner takes, and where all counts agree. */
static bool is_printable(struct str text)
{
	bytes bad = { 0 };
	uint64_t found[BLOCK / 8];
	size_t i = 0;

	for (; text.n - i >= BLOCK; i += BLOCK) {
		bytes some;

		memcpy(&some, text.p + i, BLOCK);
		bad |= (bytes)((some < 0x20) & (some != '\n')) | (bytes)(some >= 0x7f);
	}
	memcpy(found, &bad, BLOCK);
	if (found[0] | found[1])
		return false;
	for (; i < text.n; i++)
		if ((text.p[i] < 0x20 && text.p[i] != '\n') || text.p[i] == 0x7f)
			return false;
	return true;
}

/* Carriage returns alone are ends of line for libyaml, but not for editors; characters may take several bytes. */
static bool is_simple(struct str text)
{
	for (size_t at = 0; (at = str_find_char(text, '\r', at)) != STR_NOT_FOUND; at++)
		if (at + 1 == text.n || text.p[at + 1] != '\n')
			return false;
	return ascii_only(text.p, text.n);
}

/* The fast scanner's try; what it left behind when it gave up is forgotten. */
static bool read_lines(struct yaml_builder *builder)
{
	struct arena_point before = arena_mark(builder->arena);
	struct decode_warnings *warnings = builder->warnings, kept = { 0 };
	struct error **err = builder->err;
	bool done;

	if (warnings)
		kept = *warnings;
	builder->err = NULL;
	done = yaml_lines_read(builder);
	builder->err = err;
	if (done)
		return true;
	if (warnings)
		*warnings = kept;
	yaml_builder_reset(builder);
	arena_rewind(builder->arena, before);
	return false;
}

enum { BY_LINES = 1, BY_LIBYAML = 2, NO_PLACES = 4, ONLY_FIRST = 8 };

static const struct value *decode(struct arena *arena, const struct source *source, int how,
				  const struct decode_limits *limits, struct decode_warnings *warnings,
				  struct error **err)
{
	const struct source *kept;
	struct value *root = NULL;
	bool printable, done = false;

	if (decode_check_size(source, limits, err) < 0)
		return NULL;
	kept = decode_source(arena, source);
	struct decoder decoder = { .builder = {
		.arena = arena, .source = kept, .places = how & NO_PLACES ? NULL : kept,
		.text = str_skip(source->text, decode_skip_bom(source->text)), .limits = limits, .warnings = warnings,
		.err = err, .depth_max = limits->depth < DECODE_DEPTH_MAX ? limits->depth : DECODE_DEPTH_MAX,
	} };
	yaml_builder_reset(&decoder.builder);
	printable = is_printable(decoder.builder.text);
	decoder.builder.simple_text = printable || is_simple(decoder.builder.text);
	if (how & BY_LINES)
		done = printable && read_lines(&decoder.builder);
	if (!done && how & BY_LIBYAML)
		done = read_with_libyaml(&decoder, how & ONLY_FIRST) == 0;
	if (done)
		root = arena_copy(arena, &decoder.builder.root, sizeof(*root));
	yaml_builder_reset(&decoder.builder);
	return root && root->type == VALUE_NULL ? &value_null : root;
}

const struct value *yaml_decode(struct arena *arena, const struct source *source, const struct decode_limits *limits,
				struct decode_warnings *warnings, struct error **err)
{
	return decode(arena, source, BY_LINES | BY_LIBYAML, limits ? limits : &decode_limits_default, warnings, err);
}

const struct value *yaml_parse(struct arena *arena, struct str text, struct error **err)
{
	struct source source = { .text = text, .first_line = 1 };

	return decode(arena, &source, BY_LINES | BY_LIBYAML | NO_PLACES | ONLY_FIRST, &decode_limits_default, NULL,
		      err);
}

const struct value *yaml_decode_by_lines(struct arena *arena, const struct source *source,
					 const struct decode_limits *limits, struct decode_warnings *warnings)
{
	return decode(arena, source, BY_LINES, limits, warnings, NULL);
}

const struct value *yaml_decode_by_libyaml(struct arena *arena, const struct source *source,
					   const struct decode_limits *limits, struct decode_warnings *warnings,
					   struct error **err)
{
	return decode(arena, source, BY_LIBYAML, limits, warnings, err);
}
