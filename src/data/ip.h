/*
 * data/ip.h: addresses and networks of the Internet Protocol. Semantics and messages: Go's net/netip (ParseAddr,
 * ParsePrefix, Addr.String), which Kubernetes' and cel-go's functions are made of.
 */
#ifndef DATA_IP_H
#define DATA_IP_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct ip {
	uint64_t high, low;             /* 128 bits; of an IPv4 address the last 32 */
	bool is_v4;
	struct str zone;                /* "eth0" of "fe80::1%eth0"; borrowed from the text */
};

/* 0, or -1 with Go's message: ParseAddr("1.2.3"): IPv4 address too short */
int ip_parse(struct str text, struct ip *out, struct error **err);
/* The canonical text: "::ffff:1.2.3.4", "2001:db8::1". */
struct str ip_text(struct arena *arena, const struct ip *ip);
bool ip_equal(const struct ip *a, const struct ip *b);
/* ::ffff:0:0/96 */
bool ip_is_v4_mapped(const struct ip *ip);

/*
 * As Addr.IsLoopback and so on: IPv4-mapped addresses are judged as the IPv4 address in them, IsUnspecified excepted.
 */
bool ip_is_unspecified(const struct ip *ip);
bool ip_is_loopback(const struct ip *ip);
bool ip_is_multicast(const struct ip *ip);
bool ip_is_link_local_multicast(const struct ip *ip);
bool ip_is_link_local_unicast(const struct ip *ip);
bool ip_is_global_unicast(const struct ip *ip);

struct ip_prefix {
	struct ip ip;                   /* as written: bits behind the prefix are kept */
	uint8_t bits;
};

/* 0, or -1 with Go's message: netip.ParsePrefix("10.0.0.0"): no '/' */
int ip_prefix_parse(struct str text, struct ip_prefix *out, struct error **err);
struct str ip_prefix_text(struct arena *arena, const struct ip_prefix *prefix);
bool ip_prefix_equal(const struct ip_prefix *a, const struct ip_prefix *b);
/* An address of the other family or with a zone is in no network. */
bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip *ip);
bool ip_prefix_overlaps(const struct ip_prefix *a, const struct ip_prefix *b);
/* With all bits behind the prefix cleared. */
struct ip_prefix ip_prefix_masked(const struct ip_prefix *prefix);

#endif
