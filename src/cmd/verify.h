/*
 * cmd/verify.h: biro policies verify: compiles and type-checks policies without judging anything.
 */
#ifndef CMD_VERIFY_H
#define CMD_VERIFY_H

#include "cmd/command.h"

/* Appends a report; an exit code: violations when a policy is broken. Everything but `out` lives in the arena. */
int verify_policies(struct arena *arena, const struct string_list *policies, char **paths, int count, struct buf *out);

#endif
