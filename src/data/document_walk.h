/*
 * data/document_walk.h: from paths and folders to files, one after the other. Private to data/.
 */
#ifndef DATA_DOCUMENT_WALK_H
#define DATA_DOCUMENT_WALK_H

#include "base/arena.h"
#include "base/error.h"

struct document_walk {
	struct arena *arena;
	const char *const *paths;
	size_t count, next;
	struct folder *folder;          /* the innermost one that is open */
	size_t found;                   /* files of the path that is being walked */
	struct seen *seen;              /* folders reached through links under this path */
};

/* 1: *path (in the arena) is the next file, or "-". 0: no more. -1 with *err: a folder cannot be read; call again. */
int document_walk_next(struct document_walk *walk, const char **path, struct error **err);

#endif
