/*
 * lang/cel/network.h: addresses and networks as values, and what the libraries of Kubernetes and of cel-go have in
 * common. Private to the room. They differ in how texts are read.
 */
#ifndef LANG_CEL_NETWORK_H
#define LANG_CEL_NETWORK_H

#include "data/ip.h"

#include "lang/cel/library.h"

extern const struct cel_type cel_ip_type, cel_cidr_type;

struct cel_value cel_of_ip(struct cel_run *run, const struct ip *ip);
struct cel_value cel_of_cidr(struct cel_run *run, const struct ip_prefix *cidr);
/* NULL when it is something else. */
const struct ip *cel_as_ip(const struct cel_value *v);
const struct ip_prefix *cel_as_cidr(const struct cel_value *v);

/* The text of an address that is not written as an IPv4 one in IPv6 and has no zone; messages are Kubernetes'. */
bool cel_read_ip(struct str text, struct ip *out, struct error **err);

/* ip.c: ip(), isIP() and ip.isCanonical() for one way of reading or another. */
typedef bool cel_ip_reader(struct str text, struct ip *out, struct error **err);
struct cel_value cel_make_ip(struct cel_run *run, const struct cel_value *text, cel_ip_reader *read);
struct cel_value cel_is_ip(struct cel_run *run, const struct cel_value *text, cel_ip_reader *read);
struct cel_value cel_is_canonical(struct cel_run *run, const struct cel_value *text, cel_ip_reader *read);
cel_function_body cel_ip_family, cel_ip_is_unspecified, cel_ip_is_loopback, cel_ip_is_link_local_multicast,
	cel_ip_is_link_local_unicast, cel_ip_is_global_unicast, cel_ip_to_string;

#define CEL_IP_KIND(function, body, text) \
	{ .name = function, .signature = "net.IP.() -> bool", .evaluate = body, .note = text }
#define CEL_IP_METHODS \
	{ .name = "family", .signature = "net.IP.() -> int", .evaluate = cel_ip_family, .note = "4 or 6" }, \
	CEL_IP_KIND("isUnspecified", cel_ip_is_unspecified, "0.0.0.0, ::"), \
	CEL_IP_KIND("isLoopback", cel_ip_is_loopback, "127.0.0.0/8, ::1"), \
	CEL_IP_KIND("isLinkLocalMulticast", cel_ip_is_link_local_multicast, "224.0.0.0/24, ff02::/16"), \
	CEL_IP_KIND("isLinkLocalUnicast", cel_ip_is_link_local_unicast, "169.254.0.0/16, fe80::/10"), \
	CEL_IP_KIND("isGlobalUnicast", cel_ip_is_global_unicast, "none of these, no multicast and no broadcast"), \
	{ .name = "string", .signature = "(net.IP) -> string", .evaluate = cel_ip_to_string, \
	  .note = "an address as text" }

/* cidr.c: cidr() and isCIDR(); a reader leaves its reason in *failure, but without a `run` nobody asks for it. */
typedef bool cel_cidr_reader(struct cel_run *run, struct str text, struct ip_prefix *out, struct cel_value *failure);
struct cel_value cel_make_cidr(struct cel_run *run, const struct cel_value *text, cel_cidr_reader *read);
struct cel_value cel_is_cidr(struct cel_run *run, const struct cel_value *text, cel_cidr_reader *read);
cel_function_body cel_cidr_ip, cel_cidr_prefix_length, cel_cidr_masked, cel_cidr_to_string, cel_cidr_contains_ip,
	cel_cidr_contains_cidr;
cel_function_cost cel_cost_contains_ip, cel_cost_contains_cidr;
cel_function_estimate cel_estimate_contains_ip, cel_estimate_contains_cidr;

#define CEL_CONTAINS_IP .cost = cel_cost_contains_ip, .estimate = cel_estimate_contains_ip, \
	.note = "whether an address is in a network"
#define CEL_CONTAINS_CIDR .cost = cel_cost_contains_cidr, .estimate = cel_estimate_contains_cidr, \
	.note = "whether a network is in another"
#define CEL_CIDR_METHODS \
	{ .name = "containsIP", .signature = "net.CIDR.(net.IP) -> bool", .evaluate = cel_cidr_contains_ip, \
	  CEL_CONTAINS_IP }, \
	{ .name = "containsCIDR", .signature = "net.CIDR.(net.CIDR) -> bool", .evaluate = cel_cidr_contains_cidr, \
	  CEL_CONTAINS_CIDR }, \
	{ .name = "ip", .signature = "net.CIDR.() -> net.IP", .evaluate = cel_cidr_ip, \
	  .note = "the address in front of the slash" }, \
	{ .name = "prefixLength", .signature = "net.CIDR.() -> int", .evaluate = cel_cidr_prefix_length, \
	  .note = "the number behind the slash" }, \
	{ .name = "masked", .signature = "net.CIDR.() -> net.CIDR", .evaluate = cel_cidr_masked, \
	  .note = "with all bits behind the prefix cleared" }, \
	{ .name = "string", .signature = "(net.CIDR) -> string", .evaluate = cel_cidr_to_string, \
	  .note = "a network as text" }

#define CEL_READ .cost = cel_cost_read, .estimate = cel_estimate_read
#define CEL_READ_TWICE .cost = cel_cost_read_twice, .estimate = cel_estimate_read_twice

#endif
