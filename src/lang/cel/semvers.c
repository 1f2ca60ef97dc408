/* Kubernetes' semantic versions (apiserver/pkg/cel/library/semverlib.go, version 1). */
#include "lang/cel/env.h"

static const struct cel_function functions[] = {
	{ .name = "semver", .signature = "(string) -> kubernetes.Semver" },
	{ .name = "semver", .signature = "(string, bool) -> kubernetes.Semver" },
	{ .name = "isSemver", .signature = "(string) -> bool" },
	{ .name = "isSemver", .signature = "(string, bool) -> bool" },
	{ .name = "isGreaterThan", .signature = "kubernetes.Semver.(kubernetes.Semver) -> bool" },
	{ .name = "isLessThan", .signature = "kubernetes.Semver.(kubernetes.Semver) -> bool" },
	{ .name = "compareTo", .signature = "kubernetes.Semver.(kubernetes.Semver) -> int" },
	{ .name = "major", .signature = "kubernetes.Semver.() -> int" },
	{ .name = "minor", .signature = "kubernetes.Semver.() -> int" },
	{ .name = "patch", .signature = "kubernetes.Semver.() -> int" },
	{ .name = NULL },
};

const struct cel_library cel_semver_library = {
	.name = "kubernetes.Semver",
	.functions = functions,
};
