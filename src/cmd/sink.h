/*
 * cmd/sink.h: where results go: standard output, or a file that appears under its name only when it is complete.
 */
#ifndef CMD_SINK_H
#define CMD_SINK_H

#include "base/buf.h"
#include "base/error.h"

struct progress;

struct sink {
	int fd;
	const char *path;	   /* NULL: standard output */
	char *temporary;	   /* what is written until all is there; NULL: written directly */
	struct progress *progress; /* cleared before output that would mix with it; may be NULL */
	bool quiet;		   /* the reader has gone (EPIPE): not an error worth a message */
};

/* `path` NULL or "-" is standard output. */
int sink_open(struct sink *sink, const char *path, struct progress *progress, struct error **err);
/* -1 when it cannot be written; with sink->quiet set and no *err when nobody reads any more. */
int sink_write(struct sink *sink, struct str bytes, struct error **err);
/* Puts the file in place. */
int sink_close(struct sink *sink, struct error **err);
/* Leaves what was there before. */
void sink_abandon(struct sink *sink);

#endif
