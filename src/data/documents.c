#include "data/documents.h"

#include <stdlib.h>

#include "data/document_cut.h"
#include "data/document_walk.h"

/* Lists within lists. */
#define LIST_DEPTH_MAX 16

/* What the walk came upon, kept for the next round: a file, or why there is none. */
struct stop {
	const char *path;
	struct document_text text;
	struct error *failure;
	size_t file;            /* its number among the files */
};

struct documents {
	struct arena *arena;
	struct decode_limits limits;
	struct document_walk walk;
	bool walked;            /* all stops are known */
	struct stop **stops;
	size_t count, capacity, next;
	struct stop *stop;      /* the file that is being cut */
	struct document_cut cut;
	bool complained;        /* about this file */
	size_t files;
	size_t done;            /* bytes of the files before this one */
};

struct documents *documents_open(const char *const *paths, size_t count, const struct decode_limits *limits)
{
	struct arena *arena = arena_create();
	struct documents *documents = ARENA_NEW(arena, struct documents);
	const char **kept = arena_array(arena, count, sizeof(*kept));

	for (size_t i = 0; i < count; i++)
		kept[i] = str_cstr(arena, str_of(paths[i]));
	documents->arena = arena;
	documents->limits = limits ? *limits : decode_limits_default;
	documents->walk = (struct document_walk){ .arena = arena, .paths = kept, .count = count };
	return documents;
}

void documents_close(struct documents *documents)
{
	if (!documents)
		return;
	for (size_t i = 0; i < documents->count; i++) {
		document_text_close(&documents->stops[i]->text);
		error_free(documents->stops[i]->failure);
	}
	arena_destroy(documents->arena);
}

void documents_rewind(struct documents *documents)
{
	documents->next = 0;
	documents->stop = NULL;
	documents->done = 0;
}

/* -- one file after the other ------------------------------------------------------------------------------------- */

static struct stop *add_stop(struct documents *documents)
{
	struct stop *stop = ARENA_NEW(documents->arena, struct stop);

	*ARENA_PUSH(documents->arena, documents->stops, documents->count, documents->capacity) = stop;
	return stop;
}

/* The next stop, from the walk or from the round before. 0: no more. */
static int next_stop(struct documents *documents, struct stop **stop)
{
	struct error *failure = NULL;
	const char *path = NULL;
	int status;

	if (documents->next == documents->count) {
		if (documents->walked)
			return 0;
		status = document_walk_next(&documents->walk, &path, &failure);
		documents->walked = status == 0;
		if (status == 0)
			return 0;
		*stop = add_stop(documents);
		(*stop)->path = path;
		(*stop)->failure = failure;
		if (status > 0)
			(*stop)->file = documents->files++;
	}
	*stop = documents->stops[documents->next++];
	return 1;
}

static int repeat_failure(const struct error *failure, struct error **err)
{
	return error_set_at(err, failure->code, (struct place){ str_of(failure->file), failure->line, failure->column },
			    "%s", failure->message);
}

static bool is_json_name(struct str name)
{
	if (str_ends_with(name, STR(".gz")))
		name.n -= 3;
	return str_ends_with(name, STR(".json"));
}

static int begin_file(struct documents *documents, struct stop *stop, struct error **err)
{
	struct document_text *text = &stop->text;

	if (stop->failure)
		return repeat_failure(stop->failure, err);
	text->name = strcmp(stop->path, "-") == 0 ? STR("<stdin>") : str_of(stop->path);
	if (document_text_open(text, documents->arena, stop->path, err) < 0)
		return -1;
	documents->stop = stop;
	documents->complained = false;
	documents->cut = (struct document_cut){
		.text = text, .limits = &documents->limits, .json_name = is_json_name(text->name),
	};
	return 0;
}

static int end_file(struct documents *documents, struct error **err)
{
	struct str name = documents->stop->text.name;
	bool empty = documents->cut.index == 0 && !documents->complained;

	documents->done += documents->stop->text.n;
	documents->stop = NULL;
	if (empty)
		return error_set_at(err, ERROR_INVALID, (struct place){ .file = name },
				    "empty file: there is no document in it");
	return 0;
}

int documents_next(struct documents *documents, struct document *document, struct error **err)
{
	struct stop *stop;
	int status;

	for (;;) {
		if (!documents->stop) {
			if (!next_stop(documents, &stop))
				return 0;
			if (begin_file(documents, stop, err) < 0)
				return -1;
		}
		status = document_cut_next(&documents->cut, document, err);
		if (status > 0)
			document->file = documents->stop->file;
		if (status < 0)
			documents->complained = true;
		if (status != 0)
			return status;
		if (end_file(documents, err) < 0)
			return -1;
	}
}

void documents_progress(const struct documents *documents, size_t *done, size_t *total)
{
	*done = documents->done + (documents->stop ? documents->cut.position : 0);
	*total = 0;
	if (!documents->walked && documents->walk.next < documents->walk.count)
		return;
	for (size_t i = 0; i < documents->count; i++) {
		const struct document_text *text = &documents->stops[i]->text;

		if ((text->opened && !text->complete) || documents->walk.folder) {
			*total = 0;
			return;
		}
		*total += text->n;
	}
}

/* -- decoding ----------------------------------------------------------------------------------------------------- */

const struct value *document_decode(struct arena *arena, const struct document *document,
				    const struct decode_limits *limits, struct decode_warnings *warnings,
				    struct error **err)
{
	const struct value *root;
	struct error *json_error = NULL;

	if (document->format == DOCUMENT_YAML)
		return yaml_decode(arena, &document->source, limits, warnings, err);
	root = json_decode(arena, &document->source, limits, warnings, &json_error);
	/* What is no JSON in spite of its looks or its name may still be YAML. */
	if (!root && json_error->code == ERROR_INVALID)
		root = yaml_decode(arena, &document->source, limits, warnings, NULL);
	if (!root)
		repeat_failure(json_error, err);
	error_free(json_error);
	return root;
}

/* -- objects ------------------------------------------------------------------------------------------------------ */

typedef int each_function(const struct value *object, void *context);

static int each_object(struct arena *arena, const struct value *root, each_function *each, void *context,
		       unsigned depth);

static bool is_list(const struct value *object)
{
	return str_ends_with(value_str(value_field(object, "kind")), STR("List")) &&
	       value_is(value_field(object, "items"), VALUE_ARRAY);
}

/* An item of a PodList is a Pod, also when it does not say so. */
static const struct value *typed_item(struct arena *arena, const struct value *list, const struct value *item)
{
	const struct value *version = value_field(list, "apiVersion");
	struct value kind = *value_field(list, "kind"), *typed;
	struct object_builder builder = { 0 };

	kind.length -= 4;
	if (!value_is(item, VALUE_OBJECT) || kind.length == 0 ||
	    (value_field(item, "kind") && value_field(item, "apiVersion")))
		return item;
	if (!value_field(item, "apiVersion") && version)
		object_put(arena, &builder, STR("apiVersion"), version);
	if (!value_field(item, "kind"))
		object_put(arena, &builder, STR("kind"), &kind);
	for (MEMBER_EACH(m, item))
		object_put_member(arena, &builder, &m->key, &m->value);
	typed = arena_copy(arena, object_finish(arena, &builder), sizeof(*typed));
	typed->line = item->line;
	typed->column = item->column;
	typed->source = item->source;
	return typed;
}

static int each_item(struct arena *arena, const struct value *root, const struct value *items, each_function *each,
		     void *context, unsigned depth)
{
	for (VALUE_EACH(item, items)) {
		const struct value *object = root == items ? item : typed_item(arena, root, item);
		int status = value_is_null(item) ? 0 : each_object(arena, object, each, context, depth + 1);

		if (status != 0)
			return status;
	}
	return 0;
}

static int each_object(struct arena *arena, const struct value *root, each_function *each, void *context,
		       unsigned depth)
{
	if (value_is_null(root))
		return 0;
	if (depth < LIST_DEPTH_MAX && root->type == VALUE_ARRAY)
		return each_item(arena, root, root, each, context, depth);
	if (depth < LIST_DEPTH_MAX && is_list(root))
		return each_item(arena, root, value_field(root, "items"), each, context, depth);
	return each(root, context);
}

int document_each_object(struct arena *arena, const struct value *root,
			 int (*each)(const struct value *object, void *context), void *context)
{
	return each_object(arena, root, each, context, 0);
}
