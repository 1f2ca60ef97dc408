/*
 * cmd/config.h: biro.yaml, what a project has decided about its findings.
 *
 *     ignores: [ … ]           see report/ignore.h and docs/ignores.md
 *     requireReason: true      an ignore without a reason does not count
 */
#ifndef CMD_CONFIG_H
#define CMD_CONFIG_H

#include "base/arena.h"
#include "report/ignore.h"

#define CONFIG_NAME "biro.yaml"

struct config {
	const struct ignore_entries *ignores;
	bool require_reason;
};

/* `path` NULL: CONFIG_NAME in the current directory, if there is one. */
int config_load(struct config *config, struct arena *arena, const char *path, struct error **err);

#endif
