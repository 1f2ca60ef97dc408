/*
 * Addresses, networks and URLs. The first line of the input is one operand, the second another. Besides not crashing,
 * what was printed must read back as the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "data/ip.h"
#include "data/name.h"
#include "data/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void try_addresses(struct arena *arena, struct str a, struct str b)
{
	struct ip_prefix prefix, other, masked;
	struct error *err = NULL;
	struct ip ip, back;

	if (ip_parse(a, &ip, &err) == 0) {
		check(ip_parse(ip_text(arena, &ip), &back, NULL) == 0 && ip_equal(&ip, &back));
		ip_is_global_unicast(&ip);
		ip_is_link_local_multicast(&ip);
	}
	error_free(err);
	err = NULL;
	if (ip_prefix_parse(b, &prefix, &err) == 0) {
		masked = ip_prefix_masked(&prefix);
		check(ip_prefix_contains(&prefix, &prefix.ip) && ip_prefix_contains(&prefix, &masked.ip));
		check(ip_prefix_overlaps(&prefix, &masked));
		check(ip_prefix_parse(ip_prefix_text(arena, &prefix), &other, NULL) == 0 &&
		      ip_prefix_equal(&prefix, &other));
	}
	error_free(err);
}

static void try_url(struct arena *arena, struct str text)
{
	struct error *err = NULL;
	struct str query, key, value;
	struct url url, back;

	if (url_parse(arena, text, &url, &err) == 0) {
		struct str whole = url_text(arena, &url);

		/* A host with escapes is written so that not all of it may be read again. */
		if (url_parse(arena, whole, &back, NULL) == 0)
			check(str_equal(url.path, back.path) && str_equal(url.fragment, back.fragment));
		url_hostname(&url);
		url_port(&url);
		query = url.query;
		while (url_query_next(arena, &query, &key, &value))
			;
	}
	error_free(err);
	url_parse_request(arena, text, &url, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	struct str text = str_make((const char *)data, size), a, b;
	const char *why[NAME_FAULTS_MAX];

	str_cut(text, '\n', &a, &b);
	try_addresses(arena, a, b);
	try_url(arena, a);
	try_url(arena, b);
	for (int rule = NAME_DNS1123_LABEL; rule <= NAME_LABEL_VALUE; rule++)
		check(name_faults((enum name_rule)rule, a, why) == name_faults((enum name_rule)rule, a, NULL));
	arena_destroy(arena);
	return 0;
}
