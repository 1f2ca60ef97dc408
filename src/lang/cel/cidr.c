/* Kubernetes' networks (apiserver/pkg/cel/library/cidr.go, apiserver/pkg/cel/cidr.go). */
#include "data/quote.h"

#include "lang/cel/network.h"

/* -- values ------------------------------------------------------------------------------------------------------- */

const struct cel_type cel_cidr_type = { .kind = CEL_TYPE_OPAQUE, .name = { "net.CIDR", 8 } };

static bool cidrs_equal(const struct cel_value *a, const struct cel_value *b)
{
	return ip_prefix_equal(a->u.object, b->u.object);
}

static const struct value *cidr_data(struct arena *arena, const struct cel_value *v)
{
	return value_of_str(arena, ip_prefix_text(arena, v->u.object));
}

static const struct cel_class cidr_class = { .type = &cel_cidr_type, .equal = cidrs_equal, .to_data = cidr_data };

struct cel_value cel_of_cidr(struct cel_run *run, const struct ip_prefix *cidr)
{
	return cel_of_object(&cidr_class, arena_copy(run->arena, cidr, sizeof(*cidr)));
}

const struct ip_prefix *cel_as_cidr(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &cidr_class ? v->u.object : NULL;
}

/* -- reading ------------------------------------------------------------------------------------------------------ */

/* The failure says twice what happened, as Kubernetes' does; NULL `run`: nobody asks. */
static bool read_cidr(struct cel_run *run, struct str text, struct ip_prefix *out, struct cel_value *failure)
{
	struct error *error = NULL;

	if (ip_prefix_parse(text, out, run ? &error : NULL) == 0 && !ip_is_v4_mapped(&out->ip))
		return true;
	if (run && error) {
		*failure = cel_fail(run,
				    "network address parse error during conversion from string: network address parse "
				    "error during conversion from string: %s",
				    error->message);
	} else if (run) {
		struct str quoted = quote(run->arena, text);

		*failure = cel_fail(run,
				    "network address parse error during conversion from string: IPv4-mapped IPv6 "
				    "address " STR_FMT " is not allowed",
				    STR_ARG(quoted));
	}
	error_free(error);
	return false;
}

struct cel_value cel_make_cidr(struct cel_run *run, const struct cel_value *text, cel_cidr_reader *read)
{
	struct cel_value failure;
	struct ip_prefix cidr;

	if (text->kind != CEL_STRING)
		return cel_no_overload(run);
	return read(run, cel_str(text), &cidr, &failure) ? cel_of_cidr(run, &cidr) : failure;
}

struct cel_value cel_is_cidr(struct cel_run *run, const struct cel_value *text, cel_cidr_reader *read)
{
	struct ip_prefix cidr;

	return text->kind == CEL_STRING ? cel_of_bool(read(NULL, cel_str(text), &cidr, NULL)) : cel_no_overload(run);
}

static CEL_BODY(make)
{
	return cel_make_cidr(run, &arguments[0], read_cidr);
}

static CEL_BODY(is_cidr)
{
	return cel_is_cidr(run, &arguments[0], read_cidr);
}

/* -- what is in it ------------------------------------------------------------------------------------------------ */

CEL_BODY(cel_cidr_contains_ip)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);
	const struct ip *ip = cel_as_ip(&arguments[1]);

	return cidr && ip ? cel_of_bool(ip_prefix_contains(cidr, ip)) : cel_no_overload(run);
}

CEL_BODY(cel_cidr_contains_cidr)
{
	const struct ip_prefix *outer = cel_as_cidr(&arguments[0]), *inner = cel_as_cidr(&arguments[1]);

	if (!outer || !inner)
		return cel_no_overload(run);
	return cel_of_bool(ip_prefix_overlaps(outer, inner) && outer->bits <= inner->bits);
}

static CEL_BODY(contains_ip_text)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);
	struct ip ip;

	/* The reason why the text is no address gets lost in Kubernetes. */
	if (!cidr || arguments[1].kind != CEL_STRING || !cel_read_ip(cel_str(&arguments[1]), &ip, NULL))
		return cel_no_overload(run);
	return cel_of_bool(ip_prefix_contains(cidr, &ip));
}

static CEL_BODY(contains_cidr_text)
{
	const struct ip_prefix *outer = cel_as_cidr(&arguments[0]);
	struct cel_value failure;
	struct ip_prefix inner;

	if (!outer || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!read_cidr(run, cel_str(&arguments[1]), &inner, &failure))
		return failure;
	return cel_of_bool(ip_prefix_overlaps(outer, &inner) && outer->bits <= inner.bits);
}

/* -- its parts ---------------------------------------------------------------------------------------------------- */

CEL_BODY(cel_cidr_ip)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);

	return cidr ? cel_of_ip(run, &cidr->ip) : cel_no_overload(run);
}

CEL_BODY(cel_cidr_prefix_length)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);

	return cidr ? cel_of_int(cidr->bits) : cel_no_overload(run);
}

CEL_BODY(cel_cidr_masked)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);
	struct ip_prefix masked;

	if (!cidr)
		return cel_no_overload(run);
	masked = ip_prefix_masked(cidr);
	return cel_of_cidr(run, &masked);
}

CEL_BODY(cel_cidr_to_string)
{
	const struct ip_prefix *cidr = cel_as_cidr(&arguments[0]);

	return cidr ? cel_of_str(ip_prefix_text(run->arena, cidr)) : cel_no_overload(run);
}

/* -- costs -------------------------------------------------------------------------------------------------------- */

/* Bytes of a network's prefix. */
static double prefix_size(const struct cel_value *v)
{
	const struct ip_prefix *cidr = cel_as_cidr(v);

	return cidr ? (cidr->bits + 7) / 8 : 1;
}

static uint64_t cost_of_text(const struct cel_value *v)
{
	return v->kind == CEL_STRING ? cel_round_up((double)cel_size(v) * CEL_STRING_FACTOR) : 0;
}

CEL_COST(cel_cost_contains_ip)
{
	return cel_round_up(prefix_size(&arguments[0]) * 2 * CEL_STRING_FACTOR) + cost_of_text(&arguments[1]);
}

CEL_COST(cel_cost_contains_cidr)
{
	double size = prefix_size(&arguments[0]);

	return cel_round_up(size * 2 * CEL_STRING_FACTOR) + cel_round_up(size * CEL_STRING_FACTOR) + 1 +
	       cost_of_text(&arguments[1]);
}

static struct cel_call_estimate estimate_contains(const struct cel_estimate_argument *arguments,
						  struct cel_range cost)
{
	if (arguments[1].type->kind == CEL_TYPE_STRING)
		cost = cel_range_add(cost, cel_range_scale(arguments[1].size, CEL_STRING_FACTOR));
	return cel_estimate_of(cost);
}

/* Addresses are of 4 to 16 bytes: two are compared for containsIP, three and one for containsCIDR. */
CEL_ESTIMATE(cel_estimate_contains_ip)
{
	return estimate_contains(arguments, cel_range_scale(cel_range_of(8, 32), CEL_STRING_FACTOR));
}

CEL_ESTIMATE(cel_estimate_contains_cidr)
{
	struct cel_range cost = cel_range_add(cel_range_scale(cel_range_of(8, 32), CEL_STRING_FACTOR),
					      cel_range_scale(cel_range_of(4, 16), CEL_STRING_FACTOR));

	return estimate_contains(arguments, cel_range_add(cost, cel_range_of(1, 1)));
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

static const struct cel_function functions[] = {
	{ .name = "cidr", .signature = "(string) -> net.CIDR", .evaluate = make, CEL_READ,
	  .note = "a network from its text" },
	{ .name = "isCIDR", .signature = "(string) -> bool", .evaluate = is_cidr, CEL_READ,
	  .note = "whether a text is a network" },
	{ .name = "containsIP", .signature = "net.CIDR.(string) -> bool", .evaluate = contains_ip_text,
	  CEL_CONTAINS_IP },
	{ .name = "containsCIDR", .signature = "net.CIDR.(string) -> bool", .evaluate = contains_cidr_text,
	  CEL_CONTAINS_CIDR },
	CEL_CIDR_METHODS,
	{ .name = NULL },
};

static const struct cel_type *const types[] = { &cel_cidr_type, NULL };

const struct cel_library cel_cidr_library = {
	.name = "kubernetes.net.cidr",
	.functions = functions,
	.types = types,
};
