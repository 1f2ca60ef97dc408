/*
 * policy/crd/formats.h: the formats of strings that the API server checks. Private.
 */
#ifndef POLICY_CRD_FORMATS_H
#define POLICY_CRD_FORMATS_H

#include "data/regex.h"

/* The format as the API server takes it for a type; empty for one that it does not know and ignores. */
struct str crd_format(struct str type, struct str format);
/* Whether a text is of such a format. */
bool crd_format_fits(struct arena *arena, struct regex_cache *regexes, struct str format, struct str text);
/* A pattern that cannot be compiled matches everything. */
bool crd_pattern_fits(struct regex_cache *regexes, struct str pattern, struct str text);

#endif
