/* Kubernetes' IP addresses (apiserver/pkg/cel/library/ip.go). */
#include "lang/cel/env.h"

static const struct cel_type ip_type = { .kind = CEL_TYPE_OPAQUE, .name = { "net.IP", 6 } };
static const struct cel_type *const types[] = { &ip_type, NULL };

static const struct cel_function functions[] = {
	{ .name = "ip", .signature = "(string) -> net.IP" },
	{ .name = "family", .signature = "net.IP.() -> int" },
	{ .name = "ip.isCanonical", .signature = "(string) -> bool" },
	{ .name = "isUnspecified", .signature = "net.IP.() -> bool" },
	{ .name = "isLoopback", .signature = "net.IP.() -> bool" },
	{ .name = "isLinkLocalMulticast", .signature = "net.IP.() -> bool" },
	{ .name = "isLinkLocalUnicast", .signature = "net.IP.() -> bool" },
	{ .name = "isGlobalUnicast", .signature = "net.IP.() -> bool" },
	{ .name = "isIP", .signature = "(string) -> bool" },
	{ .name = "string", .signature = "(net.IP) -> string" },
	{ .name = NULL },
};

const struct cel_library cel_ip_library = {
	.name = "kubernetes.net.ip",
	.functions = functions,
	.types = types,
};
