#include "cmd/load.h"

/* The reader may let go of a document's text before its values are done with. */
static const struct value *decode(struct arena *arena, const struct document *document, struct error **err)
{
	struct document *copy = arena_copy(arena, document, sizeof(*document));

	copy->source.name = str_dup(arena, document->source.name);
	copy->source.text = str_dup(arena, document->source.text);
	return document_decode(arena, copy, &decode_limits_default, NULL, err);
}

int load_objects(struct arena *arena, const char *const *paths, size_t count,
		 int (*each)(const struct value *object, void *context), void *context, struct error **err)
{
	struct documents *documents;
	struct document document;
	int status;

	if (count == 0)
		return 0;
	documents = documents_open(paths, count, &decode_limits_default);
	while ((status = documents_next(documents, &document, err)) > 0) {
		const struct value *root = decode(arena, &document, err);

		if (!root || document_each_object(arena, root, each, context) != 0) {
			status = -1;
			break;
		}
	}
	documents_close(documents);
	return status;
}

const struct value *load_document(struct arena *arena, const char *path, struct error **err)
{
	struct documents *documents = documents_open(&path, 1, &decode_limits_default);
	const struct value *root = NULL;
	struct document document;

	if (documents_next(documents, &document, err) > 0)
		root = decode(arena, &document, err);
	documents_close(documents);
	if (!root)
		error_set(err, ERROR_INVALID, "%s: no document in it", path);
	return root;
}
