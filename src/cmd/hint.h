/*
 * cmd/hint.h: what a person may have meant.
 */
#ifndef CMD_HINT_H
#define CMD_HINT_H

#include "base/arena.h"
#include "base/error.h"

/*
 * Adds "did you mean 'size'?" to the error of a policy whose CEL names a function or variable that does not exist. The error stays
 * as it is when there is no such name in it, or none that is close.
 */
void hint_names(struct arena *arena, struct error **err);

#endif
