/* cel-go's addresses and networks (ext/network.go of v0.30). */
#include "lang/cel/env.h"

static const struct cel_type ip_type = { .kind = CEL_TYPE_OPAQUE, .name = { "net.IP", 6 } };
static const struct cel_type cidr_type = { .kind = CEL_TYPE_OPAQUE, .name = { "net.CIDR", 8 } };
static const struct cel_type *const types[] = { &ip_type, &cidr_type, NULL };

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
	{ .name = "isMask", .signature = "net.CIDR.() -> bool" },
	{ .name = NULL },
};

const struct cel_library cel_network_library = {
	.name = "cel.lib.ext.network",
	.functions = functions,
	.types = types,
};
