/*
 * data/glob.h: wildcards '*' (any run of bytes, also none, also '/') and '?' (exactly one character), nothing else.
 * Semantics: github.com/IGLOU-EU/go-wildcard as Kyverno calls it. Linear time in practice, never exponential.
 */
#ifndef DATA_GLOB_H
#define DATA_GLOB_H

#include "base/str.h"

bool glob_match(struct str pattern, struct str text);
/* Has '*' or '?'. */
bool glob_is_pattern(struct str text);

#endif
