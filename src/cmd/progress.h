/*
 * cmd/progress.h: one line on a terminal's standard error that says how far a long run has come.
 *
 * Nothing is drawn before half a second has passed, nor when standard error is no terminal. One thread at a time.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "base/str.h"

struct progress {
	bool on, drawn, waiting;
	uint64_t started, last; /* monotonic nanoseconds */
};

void progress_start(struct progress *progress);
/* `done` of `total` bytes (0: unknown) and how many objects, or what is waited for. Cheap when nothing is due. */
void progress_tick(struct progress *progress, size_t done, size_t total, size_t objects);
void progress_wait(struct progress *progress, const char *for_what);
/* Takes the line away, before anything else is printed and at the end. */
void progress_clear(struct progress *progress);
double progress_seconds(const struct progress *progress);

#endif
