/*
 * data/duration.h: Go durations ("1h30m", "-1.5s", "100ms", "0") in nanoseconds. Semantics: Go's time.ParseDuration
 * and Duration.String.
 */
#ifndef DATA_DURATION_H
#define DATA_DURATION_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

int duration_parse(struct str text, int64_t *nanoseconds, struct error **err);
struct str duration_text(struct arena *arena, int64_t nanoseconds);
/* time.Duration.Seconds() */
double duration_seconds(int64_t nanoseconds);

/* Text in double quotes as Go's time package shows it in messages: control characters and non-ASCII as \xNN. */
void duration_quote(struct buf *out, struct str text);

#endif
