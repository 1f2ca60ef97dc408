/*
 * cel-go's addresses and networks (ext/network.go of v0.30). IPv4 addresses that are written in IPv6 with a dotted
 * end are refused; written in hexadecimal they are the IPv4 address, as the specification's conformance tests have
 * it.
 */
#include "lang/cel/network.h"

#include "data/quote.h"

/* -- reading ------------------------------------------------------------------------------------------------------ */

static bool read_ip(struct str text, struct ip *out, struct error **err)
{
	if (ip_parse(text, out, NULL) || !ip_is_v4_mapped(out) || str_find_char(text, '.', 0) != STR_NOT_FOUND ||
	    out->zone.n)
		return cel_read_ip(text, out, err);
	*out = (struct ip){ .low = out->low & 0xffffffff, .is_v4 = true };
	return true;
}

/* NULL `run`: nobody asks for the reason. */
static bool read_cidr(struct cel_run *run, struct str text, struct ip_prefix *out, struct cel_value *failure)
{
	struct error *error = NULL;
	struct str quoted;

	if (ip_prefix_parse(text, out, run ? &error : NULL) == 0 && !ip_is_v4_mapped(&out->ip))
		return true;
	if (!run)
		return false;
	quoted = quote(run->arena, text);
	if (error)
		*failure = cel_fail(run, "CIDR " STR_FMT " parse error during conversion from string: %s",
				    STR_ARG(quoted), error->message);
	else
		*failure = cel_fail(run, "IPv4-mapped IPv6 address " STR_FMT " is not allowed", STR_ARG(quoted));
	error_free(error);
	return false;
}

static CEL_BODY(make_ip)
{
	return cel_make_ip(run, &arguments[0], read_ip);
}

static CEL_BODY(is_ip)
{
	return cel_is_ip(run, &arguments[0], read_ip);
}

static CEL_BODY(is_canonical)
{
	return cel_is_canonical(run, &arguments[0], read_ip);
}

static CEL_BODY(make_cidr)
{
	return cel_make_cidr(run, &arguments[0], read_cidr);
}

static CEL_BODY(is_cidr)
{
	return cel_is_cidr(run, &arguments[0], read_cidr);
}

/* -- networks ----------------------------------------------------------------------------------------------------- */

static CEL_BODY(contains_ip_text)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);
	struct error *error = NULL;
	struct ip ip;

	if (!cidr || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!read_ip(cel_str(&arguments[1]), &ip, &error))
		return cel_fail_error(run, error);
	return cel_of_bool(ip_prefix_contains(cidr, &ip));
}

static CEL_BODY(contains_cidr_text)
{
	struct cel_value pair[2] = { arguments[0], arguments[1] };

	pair[1] = make_cidr(run, &arguments[1], 1);
	return cel_is_error(pair[1]) ? pair[1] : cel_cidr_contains_cidr(run, pair, 2);
}

static CEL_BODY(is_mask)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);
	struct ip_prefix masked;

	if (!cidr)
		return cel_no_overload(run);
	masked = ip_prefix_masked(cidr);
	return cel_of_bool(ip_equal(&cidr->ip, &masked.ip));
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

static const struct cel_function functions[] = {
	{ .name = "ip", .signature = "(string) -> net.IP", .evaluate = make_ip, CEL_READ,
	  .note = "an address from its text" },
	{ .name = "isIP", .signature = "(string) -> bool", .evaluate = is_ip, CEL_READ,
	  .note = "whether a text is an address" },
	{ .name = "ip.isCanonical", .signature = "(string) -> bool", .evaluate = is_canonical, CEL_READ_TWICE,
	  .note = "whether an address is written in its canonical form" },
	CEL_IP_METHODS,
	{ .name = "cidr", .signature = "(string) -> net.CIDR", .evaluate = make_cidr, CEL_READ,
	  .note = "a network from its text" },
	{ .name = "isCIDR", .signature = "(string) -> bool", .evaluate = is_cidr, CEL_READ,
	  .note = "whether a text is a network" },
	{ .name = "containsIP", .signature = "net.CIDR.(string) -> bool", .evaluate = contains_ip_text,
	  CEL_CONTAINS_IP },
	{ .name = "containsCIDR", .signature = "net.CIDR.(string) -> bool", .evaluate = contains_cidr_text,
	  CEL_CONTAINS_CIDR },
	CEL_CIDR_METHODS,
	{ .name = "isMask", .signature = "net.CIDR.() -> bool", .evaluate = is_mask,
	  .note = "whether all bits behind the prefix are clear" },
	{ .name = NULL },
};

static const struct cel_type *const types[] = { &cel_ip_type, &cel_cidr_type, NULL };

const struct cel_library cel_network_library = {
	.name = "cel.lib.ext.network",
	.functions = functions,
	.types = types,
};
