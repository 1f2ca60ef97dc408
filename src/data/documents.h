/*
 * data/documents.h: files, folders and standard input, cut into documents.
 *
 * A reader walks the paths it is given, opens one file at a time (memory mapped; gzip is inflated; "-" is standard
 * input) and yields one document after the other as text, so that a stream of any length needs the memory of one
 * document (standard input and gzip: of one file). Decoding is a second step, in whatever thread and arena the caller
 * likes.
 */
#ifndef DATA_DOCUMENTS_H
#define DATA_DOCUMENTS_H

#include "data/yaml.h"

enum document_format { DOCUMENT_YAML, DOCUMENT_JSON };

/* One document, not decoded yet. Its name and text stay valid until documents_close(). */
struct document {
	struct source source;           /* name, text of this document, its first line */
	enum document_format format;
	size_t index;                   /* 0, 1, … in its file */
	size_t file;                    /* 0, 1, … in the walk */
};

struct documents;

/*
 * `paths` are files, folders (walked recursively in byte order; names ending in .yaml .yml .json, and these with .gz;
 * hidden files and folders are skipped unless named) or "-". A named file is read whatever its name; its format is
 * found by looking (JSON when the first byte that is no white space is '{' or '[', with NDJSON and concatenated JSON
 * as several documents). YAML streams are cut at "---" in column 0. A text begins where the document before it ended,
 * so with its own comments and its "---". A named folder without any such file is an error.
 */
struct documents *documents_open(const char *const *paths, size_t count, const struct decode_limits *limits);
void documents_close(struct documents *documents);

/*
 * 1: *document is the next one. 0: no more. -1: something cannot be read (*err with file; permission, a folder loop,
 * not UTF-8 or with NUL bytes ("binary file"), too large, broken gzip): the reader has already gone on to what follows,
 * call again. Empty documents (white space and comments) are passed over; a file without any document is an error
 * ("empty file").
 */
int documents_next(struct documents *documents, struct document *document, struct error **err);

/* Starts again at the first path; already inflated or standard input text is kept for this. */
void documents_rewind(struct documents *documents);

/* Bytes handed out so far and in all (0 when unknown yet), for a progress bar. */
void documents_progress(const struct documents *documents, size_t *done, size_t *total);

/* Decodes by format; what looked like JSON and is not may still be YAML. See yaml_decode() and json_decode(). */
const struct value *document_decode(struct arena *arena, const struct document *document,
				    const struct decode_limits *limits, struct decode_warnings *warnings,
				    struct error **err);

/*
 * Calls `each` for the API objects in a decoded document: itself, or the items of a List (kind ends in "List" and
 * items is an array; apiVersion v1 kind List, and typed lists whose items may lack apiVersion and kind: then these are
 * set from the list's) and of a top-level array. Stops at and returns the first non-zero result.
 */
int document_each_object(struct arena *arena, const struct value *root,
			 int (*each)(const struct value *object, void *context), void *context);

#endif
