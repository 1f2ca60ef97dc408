/*
 * data/semver.h: semantic versions 2.0.0 and ranges. Semantics: github.com/blang/semver/v4 (Parse, ParseRange), which
 * Kyverno uses.
 */
#ifndef DATA_SEMVER_H
#define DATA_SEMVER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct semver {
	uint64_t major, minor, patch;
	struct str prerelease, build;   /* as written, without '-' and '+' */
};

int semver_parse(struct str text, struct semver *out, struct error **err);
int semver_compare(const struct semver *a, const struct semver *b);

struct semver_range;
/* ">=1.2.3 <2.0.0 || 1.x" */
const struct semver_range *semver_range_parse(struct arena *arena, struct str text, struct error **err);
bool semver_range_holds(const struct semver_range *range, const struct semver *version);

#endif
