/* Kubernetes' networks (apiserver/pkg/cel/library/cidr.go). */
#include "lang/cel/env.h"

static const struct cel_type cidr_type = { .kind = CEL_TYPE_OPAQUE, .name = { "net.CIDR", 8 } };
static const struct cel_type *const types[] = { &cidr_type, NULL };

static const struct cel_function functions[] = {
	{ .name = "cidr", .signature = "(string) -> net.CIDR" },
	{ .name = "containsIP", .signature = "net.CIDR.(string) -> bool" },
	{ .name = "containsIP", .signature = "net.CIDR.(net.IP) -> bool" },
	{ .name = "containsCIDR", .signature = "net.CIDR.(string) -> bool" },
	{ .name = "containsCIDR", .signature = "net.CIDR.(net.CIDR) -> bool" },
	{ .name = "ip", .signature = "net.CIDR.() -> net.IP" },
	{ .name = "prefixLength", .signature = "net.CIDR.() -> int" },
	{ .name = "masked", .signature = "net.CIDR.() -> net.CIDR" },
	{ .name = "isCIDR", .signature = "(string) -> bool" },
	{ .name = "string", .signature = "(net.CIDR) -> string" },
	{ .name = NULL },
};

const struct cel_library cel_cidr_library = {
	.name = "kubernetes.net.cidr",
	.functions = functions,
	.types = types,
};
