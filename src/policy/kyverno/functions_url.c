/* is_external_url(), which asks no network, and URLs as values. */
#include "data/ip.h"
#include "data/letter_case.h"
#include "data/url.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/x509.h"

static bool is_inner_ipv4(uint32_t ip)
{
	return ip >> 24 == 127 || ip >> 24 == 10 || ip >> 20 == 0xac1 || ip >> 16 == 0xc0a8;
}

static bool is_inner(const struct ip *ip)
{
	if (ip->is_v4 || ip_is_v4_mapped(ip))
		return is_inner_ipv4((uint32_t)ip->low);
	return ip_is_loopback(ip) || ip->high >> 57 == 0xfc >> 1;
}

const struct value *function_is_external_url(struct jmespath_call *call)
{
	struct error *error = NULL;
	struct str name;
	struct url url;
	struct ip ip;

	if (url_parse(call->context->arena, argument_str(call, 0), &url, &error)) {
		jmespath_fail(call, "%s", error->message);
		error_free(error);
		return NULL;
	}
	name = url_hostname(&url);
	if (ip_parse(name, &ip, NULL) == 0 && ip.zone.n == 0)
		return value_of_bool(!is_inner(&ip));
	if (text_equal_fold(name, STR("localhost")))
		return &value_false;
	if (name.n == 0)
		return jmespath_fail(call, "lookup : no such host");
	return function_fail(call,
			     "the address of the host '" STR_FMT "' is not known without a network; only addresses and "
			     "localhost can be judged here",
			     STR_ARG(name));
}

const struct value *url_value(struct arena *arena, struct str text)
{
	struct object_builder object = { 0 };
	struct url url;

	if (url_parse(arena, text, &url, NULL))
		return NULL;
	object_put(arena, &object, STR("Scheme"), value_of_str(arena, url.scheme));
	object_put(arena, &object, STR("Opaque"), value_of_str(arena, url.opaque));
	object_put(arena, &object, STR("User"), url.has_user ? &value_empty_object : &value_null);
	object_put(arena, &object, STR("Host"), value_of_str(arena, url.host));
	object_put(arena, &object, STR("Path"), value_of_str(arena, url.path));
	object_put(arena, &object, STR("RawPath"), value_of_str(arena, url.raw_path));
	object_put(arena, &object, STR("Fragment"), value_of_str(arena, url.fragment));
	object_put(arena, &object, STR("RawFragment"), value_of_str(arena, url.raw_fragment));
	object_put(arena, &object, STR("RawQuery"), value_of_str(arena, url.query));
	object_put(arena, &object, STR("ForceQuery"), value_of_bool(url.force_query));
	object_put(arena, &object, STR("OmitHost"), value_of_bool(url.omit_host));
	return object_finish(arena, &object);
}
