/* Kubernetes' IP addresses (apiserver/pkg/cel/library/ip.go, apiserver/pkg/cel/ip.go). */
#include "data/quote.h"

#include "lang/cel/network.h"

/* -- values ------------------------------------------------------------------------------------------------------- */

const struct cel_type cel_ip_type = { .kind = CEL_TYPE_OPAQUE, .name = { "net.IP", 6 } };

static bool ips_equal(const struct cel_value *a, const struct cel_value *b)
{
	return ip_equal(a->u.object, b->u.object);
}

static const struct value *ip_data(struct arena *arena, const struct cel_value *v)
{
	return value_of_str(arena, ip_text(arena, v->u.object));
}

static const struct cel_class ip_class = { .type = &cel_ip_type, .equal = ips_equal, .to_data = ip_data };

struct cel_value cel_of_ip(struct cel_run *run, const struct ip *ip)
{
	return cel_of_object(&ip_class, arena_copy(run->arena, ip, sizeof(*ip)));
}

const struct ip *cel_as_ip(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &ip_class ? v->u.object : NULL;
}

/* -- reading ------------------------------------------------------------------------------------------------------ */

/* "before", the text in quotes, "after" and the reason, which it frees. False. */
static bool refuse(struct error **err, const char *before, struct str text, const char *after, struct error *reason)
{
	struct buf message = { 0 };

	if (!err)
		return false;
	buf_printf(&message, "%s", before);
	quote_add(&message, text);
	buf_printf(&message, "%s%s", after, reason ? reason->message : "");
	error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	error_free(reason);
	return false;
}

bool cel_read_ip(struct str text, struct ip *out, struct error **err)
{
	struct error *reason = NULL;

	if (ip_parse(text, out, err ? &reason : NULL))
		return refuse(err, "IP Address ", text, " parse error during conversion from string: ", reason);
	if (out->zone.n)
		return refuse(err, "IP address ", text, " with zone value is not allowed", NULL);
	if (ip_is_v4_mapped(out))
		return refuse(err, "IPv4-mapped IPv6 address ", text, " is not allowed", NULL);
	return true;
}

struct cel_value cel_make_ip(struct cel_run *run, const struct cel_value *text, cel_ip_reader *read)
{
	struct error *error = NULL;
	struct ip ip;

	if (text->kind != CEL_STRING)
		return cel_no_overload(run);
	return read(cel_str(text), &ip, &error) ? cel_of_ip(run, &ip) : cel_fail_error(run, error);
}

struct cel_value cel_is_ip(struct cel_run *run, const struct cel_value *text, cel_ip_reader *read)
{
	struct ip ip;

	return text->kind == CEL_STRING ? cel_of_bool(read(cel_str(text), &ip, NULL)) : cel_no_overload(run);
}

struct cel_value cel_is_canonical(struct cel_run *run, const struct cel_value *text, cel_ip_reader *read)
{
	struct error *error = NULL;
	struct ip ip;

	if (text->kind != CEL_STRING)
		return cel_no_overload(run);
	if (!read(cel_str(text), &ip, &error))
		return cel_fail_error(run, error);
	return cel_of_bool(str_equal(ip_text(run->arena, &ip), cel_str(text)));
}

static CEL_BODY(make)
{
	return cel_make_ip(run, &arguments[0], cel_read_ip);
}

static CEL_BODY(is_ip)
{
	return cel_is_ip(run, &arguments[0], cel_read_ip);
}

static CEL_BODY(is_canonical)
{
	return cel_is_canonical(run, &arguments[0], cel_read_ip);
}

/* -- questions ---------------------------------------------------------------------------------------------------- */

CEL_BODY(cel_ip_family)
{
	const struct ip *ip = cel_as_ip(&arguments[0]);

	return ip ? cel_of_int(ip->is_v4 ? 4 : 6) : cel_no_overload(run);
}

static struct cel_value ask(struct cel_run *run, const struct cel_value *v, bool (*question)(const struct ip *ip))
{
	const struct ip *ip = cel_as_ip(v);

	return ip ? cel_of_bool(question(ip)) : cel_no_overload(run);
}

CEL_BODY(cel_ip_is_unspecified)
{
	return ask(run, &arguments[0], ip_is_unspecified);
}

CEL_BODY(cel_ip_is_loopback)
{
	return ask(run, &arguments[0], ip_is_loopback);
}

CEL_BODY(cel_ip_is_link_local_multicast)
{
	return ask(run, &arguments[0], ip_is_link_local_multicast);
}

CEL_BODY(cel_ip_is_link_local_unicast)
{
	return ask(run, &arguments[0], ip_is_link_local_unicast);
}

CEL_BODY(cel_ip_is_global_unicast)
{
	return ask(run, &arguments[0], ip_is_global_unicast);
}

CEL_BODY(cel_ip_to_string)
{
	const struct ip *ip = cel_as_ip(&arguments[0]);

	return ip ? cel_of_str(ip_text(run->arena, ip)) : cel_no_overload(run);
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

static const struct cel_function functions[] = {
	{ .name = "ip", .signature = "(string) -> net.IP", .evaluate = make, CEL_READ,
	  .note = "an address from its text" },
	{ .name = "isIP", .signature = "(string) -> bool", .evaluate = is_ip, CEL_READ,
	  .note = "whether a text is an address" },
	{ .name = "ip.isCanonical", .signature = "(string) -> bool", .evaluate = is_canonical, CEL_READ_TWICE,
	  .note = "whether an address is written in its canonical form" },
	CEL_IP_METHODS,
	{ .name = NULL },
};

static const struct cel_type *const types[] = { &cel_ip_type, NULL };

const struct cel_library cel_ip_library = {
	.name = "kubernetes.net.ip",
	.functions = functions,
	.types = types,
};
