/*
 * cmd/inputs.h: the documents in the PATHs of a command line, Helm charts and kustomizations rendered.
 *
 * data/documents.h does the walking; this puts rendered projects in their place, and names what came from them after
 * the template that it came from: "chart/templates/web.yaml (rendered)". One thread at a time.
 */
#ifndef CMD_INPUTS_H
#define CMD_INPUTS_H

#include "data/documents.h"

struct progress;
struct inputs;

/* Never fails: what cannot be rendered or read is an error of inputs_next(). Everything lives in the arena and until
 * inputs_close(). */
struct inputs *inputs_open(struct arena *arena, const char *const *paths, size_t count,
			   const struct decode_limits *limits, struct progress *progress);
void inputs_close(struct inputs *inputs);
/* As documents_next(). */
int inputs_next(struct inputs *inputs, struct document *document, struct error **err);
void inputs_rewind(struct inputs *inputs);
void inputs_progress(const struct inputs *inputs, size_t *done, size_t *total);
/* Whether the command line names this very file (rather than a folder above it). */
bool inputs_names(const struct inputs *inputs, struct str name);

#endif
