/*
 * cmd/load.h: reading whole files of objects into memory, for verbs that need all of them at once (policies, tests).
 *
 * Objects and the texts that their places point to live as long as the arena.
 */
#ifndef CMD_LOAD_H
#define CMD_LOAD_H

#include "data/documents.h"

/*
 * Calls `each` for every API object in the files and folders, in order; lists are taken apart. Stops with -1 and *err at the
 * first file that cannot be read or parsed, or when `each` returns non-zero.
 */
int load_objects(struct arena *arena, const char *const *paths, size_t count,
		 int (*each)(const struct value *object, void *context), void *context, struct error **err);

/* The first document of one file; NULL and *err when there is none. */
const struct value *load_document(struct arena *arena, const char *path, struct error **err);

#endif
