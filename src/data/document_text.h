/*
 * data/document_text.h: the bytes of one file or of standard input. Private to data/.
 *
 * A regular file is mapped (a small one is read); what cannot be mapped (pipes, gzip) arrives piece by piece in a
 * region that is reserved once, so that pointers into it stay valid while it grows.
 */
#ifndef DATA_DOCUMENT_TEXT_H
#define DATA_DOCUMENT_TEXT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct inflation;

struct document_text {
	struct str name;                /* what messages print */
	const char *p;
	size_t n;                       /* bytes at hand */
	bool complete;                  /* no more will come */
	bool opened;
	bool mapped;                    /* p is to be unmapped */
	bool of_file;                   /* the mapping is a file's: its pages come back when they are needed */
	size_t dropped;                 /* bytes of a mapping that were given back to the system */
	size_t capacity;                /* of the reserved region, or of a small file's copy */
	int fd;                         /* while a stream is being read, else -1 */
	struct inflation *inflation;    /* of a gzip stream */
	struct error *failure;          /* why a stream ended early; for whoever reads it again */
};

/* `path` is a file, or "-". -1 with *err when it cannot be opened. Opening again what is open does nothing. */
int document_text_open(struct document_text *text, struct arena *arena, const char *path, struct error **err);
void document_text_close(struct document_text *text);
/* Reads on: 1 when there are more bytes now, 0 at the end, -1 with *err. */
int document_text_more(struct document_text *text, struct error **err);
/* Nobody needs the bytes before `offset` soon. They are still there when somebody does. */
void document_text_forget(struct document_text *text, size_t offset);

#endif
