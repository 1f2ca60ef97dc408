/* The extensions of a certificate that have fields of their own. */
#include "policy/kyverno/x509.h"

/* Comparing each with all others must stay cheap. */
#define EXTENSIONS_MAX 1000

static bool read_extension(struct x509 *x, struct str *in, struct x509_extension *out)
{
	struct str extension;

	*out = (struct x509_extension){ 0 };
	if (!der_read(in, DER_SEQUENCE, &extension))
		return x509_fail(x, "x509: malformed extension");
	if (!der_oid(&extension, &out->id))
		return x509_fail(x, "x509: malformed extension OID field");
	if (der_peek(extension, DER_BOOLEAN) && !der_boolean(&extension, &out->critical))
		return x509_fail(x, "x509: malformed extension critical field");
	if (!der_read(&extension, DER_OCTET_STRING, &out->content))
		return x509_fail(x, "x509: malformed extension value field");
	return true;
}

static const struct value *extension_value(struct x509 *x, const struct x509_extension *extension)
{
	struct object_builder object = { 0 };

	object_put(x->arena, &object, STR("Id"), der_oid_value(x->arena, extension->id));
	object_put(x->arena, &object, STR("Critical"), value_of_bool(extension->critical));
	object_put(x->arena, &object, STR("Value"), x509_bytes(x, extension->content));
	return object_finish(x->arena, &object);
}

bool x509_put_extensions(struct x509 *x, struct str list,
			 bool (*apply)(struct x509 *x, const struct x509_extension *extension))
{
	struct x509_extension *extensions = NULL;
	size_t count = 0, capacity = 0;

	while (list.n > 0) {
		struct x509_extension extension;

		if (!read_extension(x, &list, &extension))
			return false;
		for (size_t i = 0; i < count; i++) {
			if (!str_equal(extensions[i].id, extension.id))
				continue;

			struct str id = der_oid_text(x->arena, extension.id);

			return x509_fail_with(x,
					      "x509: certificate contains duplicate extension with OID \"" STR_FMT "\"",
					      STR_ARG(id));
		}
		if (count == EXTENSIONS_MAX)
			return x509_fail(x, "x509: too many extensions");
		*ARENA_PUSH(x->arena, extensions, count, capacity) = extension;
		x509_add(x, "Extensions", extension_value(x, &extension));
	}
	for (size_t i = 0; i < count; i++)
		if (!apply(x, &extensions[i]))
			return false;
	return true;
}

static void note_unhandled(struct x509 *x, const struct x509_extension *extension)
{
	if (extension->critical)
		x509_add(x, "UnhandledCriticalExtensions", der_oid_value(x->arena, extension->id));
}

/*
 * -- addresses
 * ---------------------------------------------------------------------------------------------------
 */

static struct str ipv4_text(struct arena *arena, const unsigned char *p)
{
	return str_format(arena, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
}

/* The first longest run of two or more zero groups is "::" (RFC 5952). */
static struct str ipv6_text(struct arena *arena, const unsigned char *p)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct str text = STR("");
	int best = -1, best_length = 1;

	if (memcmp(p, mapped, sizeof(mapped)) == 0)
		return ipv4_text(arena, p + 12);
	for (int i = 0, run = 0; i < 8; i++) {
		run = p[2 * i] || p[2 * i + 1] ? 0 : run + 1;
		if (run > best_length) {
			best_length = run;
			best = i + 1 - run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			text = str_concat(arena, text, STR("::"));
			i += best_length - 1;
			continue;
		}
		text = str_format(arena, STR_FMT "%s%x", STR_ARG(text),
				  i > 0 && !str_ends_with(text, STR(":")) ? ":" : "", p[2 * i] << 8 | p[2 * i + 1]);
	}
	return text;
}

static const struct value *address_value(struct x509 *x, struct str bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.p;

	return x509_text(x, bytes.n == 4 ? ipv4_text(x->arena, p) : ipv6_text(x->arena, p));
}

/*
 * -- names
 * -------------------------------------------------------------------------------------------------------
 */

enum { NAME_EMAIL = 1, NAME_DNS = 2, NAME_URI = 6, NAME_IP = 7 };

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* *known tells whether it is of a kind that has a field. */
static bool add_alternative_name(struct x509 *x, uint8_t kind, struct str name, bool *known)
{
	const struct value *url;

	switch (kind) {
	case NAME_EMAIL:
		if (!is_ascii(name))
			return x509_fail(x, "x509: SAN rfc822Name is malformed");
		x509_add(x, "EmailAddresses", x509_text(x, name));
		break;
	case NAME_DNS:
		if (!is_ascii(name))
			return x509_fail(x, "x509: SAN dNSName is malformed");
		x509_add(x, "DNSNames", x509_text(x, name));
		break;
	case NAME_URI:
		if (!is_ascii(name))
			return x509_fail(x, "x509: SAN uniformResourceIdentifier is malformed");
		url = url_value(x->arena, name);
		if (!url)
			return x509_fail(x, "x509: cannot parse URI");
		x509_add(x, "URIs", url);
		break;
	case NAME_IP:
		if (name.n != 4 && name.n != 16)
			return x509_fail_with(x, "x509: cannot parse IP address of length %zu", name.n);
		x509_add(x, "IPAddresses", address_value(x, name));
		break;
	default:
		return true;
	}
	*known = true;
	return true;
}

bool x509_alternative_names(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, name;
	bool known = false;
	uint8_t tag;

	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid subject alternative names");
	while (content.n > 0) {
		if (!der_any(&content, &tag, &name, NULL))
			return x509_fail(x, "x509: invalid subject alternative name");
		if (!add_alternative_name(x, tag ^ DER_CONTEXT, name, &known))
			return false;
	}
	if (!known)
		note_unhandled(x, extension);
	return true;
}

/* Ones, then zeros. */
static bool is_mask(struct str mask)
{
	bool ended = false;

	for (size_t i = 0; i < 8 * mask.n; i++) {
		bool bit = (mask.p[i / 8] & 0x80 >> i % 8) != 0;

		if (bit && ended)
			return false;
		ended = !bit;
	}
	return true;
}

static struct str hex_text(struct arena *arena, struct str bytes)
{
	char *text = arena_alloc(arena, 2 * bytes.n + 1);

	for (size_t i = 0; i < bytes.n; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned char)bytes.p[i]);
	return str_make(text, 2 * bytes.n);
}

static bool bad_range(struct x509 *x, struct str name)
{
	struct str mask = hex_text(x->arena, str_skip(name, name.n / 2));

	if (name.n != 8 && name.n != 32)
		return x509_fail_with(x, "x509: IP constraint contained value of length %zu", name.n);
	return x509_fail_with(x, "x509: IP constraint contained invalid mask " STR_FMT, STR_ARG(mask));
}

static bool add_constraint(struct x509 *x, uint8_t kind, struct str name, const char *const fields[4], bool *known)
{
	struct object_builder range = { 0 };

	if ((kind == NAME_DNS || kind == NAME_EMAIL || kind == NAME_URI) && !is_ascii(name))
		return x509_fail(x, "x509: invalid constraint value: x509: string contains non-ASCII characters");
	switch (kind) {
	case NAME_DNS:
		x509_add(x, fields[0], x509_text(x, name));
		break;
	case NAME_IP:
		if ((name.n != 8 && name.n != 32) || !is_mask(str_skip(name, name.n / 2)))
			return bad_range(x, name);
		object_put(x->arena, &range, STR("IP"), address_value(x, str_slice(name, 0, name.n / 2)));
		object_put(x->arena, &range, STR("Mask"), x509_bytes(x, str_skip(name, name.n / 2)));
		x509_add(x, fields[1], object_finish(x->arena, &range));
		break;
	case NAME_EMAIL:
		x509_add(x, fields[2], x509_text(x, name));
		break;
	case NAME_URI:
		x509_add(x, fields[3], x509_text(x, name));
		break;
	default:
		*known = false;
		break;
	}
	return true;
}

static bool read_constraints(struct x509 *x, struct str subtrees, const char *const fields[4], bool *known)
{
	struct str subtree, name;
	uint8_t tag;

	while (subtrees.n > 0) {
		if (!der_read(&subtrees, DER_SEQUENCE, &subtree) || !der_any(&subtree, &tag, &name, NULL))
			return x509_fail(x, "x509: invalid NameConstraints extension");
		if (!add_constraint(x, tag ^ DER_CONTEXT, name, fields, known))
			return false;
	}
	return true;
}

static bool name_constraints(struct x509 *x, const struct x509_extension *extension)
{
	static const char *const permitted_fields[] = {
		"PermittedDNSDomains", "PermittedIPRanges", "PermittedEmailAddresses", "PermittedURIDomains",
	};
	static const char *const excluded_fields[] = {
		"ExcludedDNSDomains", "ExcludedIPRanges", "ExcludedEmailAddresses", "ExcludedURIDomains",
	};
	struct str content = extension->content, top, permitted = STR_NULL, excluded = STR_NULL;
	bool has_permitted, has_excluded, known = true;

	if (!der_read(&content, DER_SEQUENCE, &top) || content.n > 0 ||
	    !der_optional(&top, DER_CONTEXT_CONSTRUCTED | 0, &permitted, &has_permitted) ||
	    !der_optional(&top, DER_CONTEXT_CONSTRUCTED | 1, &excluded, &has_excluded) || top.n > 0)
		return x509_fail(x, "x509: invalid NameConstraints extension");
	if (permitted.n == 0 && excluded.n == 0)
		return x509_fail(x, "x509: empty name constraints extension");
	x509_put(x, "PermittedDNSDomainsCritical", value_of_bool(extension->critical));
	if (!read_constraints(x, permitted, permitted_fields, &known) ||
	    !read_constraints(x, excluded, excluded_fields, &known))
		return false;
	if (!known)
		note_unhandled(x, extension);
	return true;
}

/*
 * -- usage
 * -------------------------------------------------------------------------------------------------------
 */

static bool key_usage(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, raw;
	int64_t usage = 0;

	if (!der_read(&content, DER_BIT_STRING, &raw) || raw.n == 0 || (unsigned char)raw.p[0] > 7 ||
	    (raw.n == 1 && raw.p[0] != 0) || (raw.n > 1 && (raw.p[raw.n - 1] & ((1 << raw.p[0]) - 1))))
		return x509_fail(x, "x509: invalid key usage");
	for (size_t i = 0; i < 9 && 1 + i / 8 < raw.n; i++)
		if (raw.p[1 + i / 8] & 0x80 >> i % 8)
			usage |= 1 << i;
	x509_put(x, "KeyUsage", value_of_int(x->arena, usage));
	return true;
}

static bool extended_key_usage(struct x509 *x, const struct x509_extension *extension)
{
	static const char *const known[] = {
		"2.5.29.37.0", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4",
		"1.3.6.1.5.5.7.3.5", "1.3.6.1.5.5.7.3.6", "1.3.6.1.5.5.7.3.7", "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9",
		"1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1", "1.3.6.1.4.1.311.2.1.22", "1.3.6.1.4.1.311.61.1.1",
	};
	struct str content = extension->content, id;

	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid extended key usages");
	while (content.n > 0) {
		size_t i = 0;

		if (!der_oid(&content, &id))
			return x509_fail(x, "x509: invalid extended key usages");

		struct str text = der_oid_text(x->arena, id);

		while (i < sizeof(known) / sizeof(*known) && !str_equal(text, str_of(known[i])))
			i++;
		if (i < sizeof(known) / sizeof(*known))
			x509_add(x, "ExtKeyUsage", value_of_int(x->arena, (int64_t)i));
		else
			x509_add(x, "UnknownExtKeyUsage", der_oid_value(x->arena, id));
	}
	return true;
}

static bool basic_constraints(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content;
	bool is_ca = false;
	int64_t length = -1;

	if (!der_read(&content, DER_SEQUENCE, &content) ||
	    (der_peek(content, DER_BOOLEAN) && !der_boolean(&content, &is_ca)) ||
	    (der_peek(content, DER_INTEGER) && (!der_int64(&content, DER_INTEGER, &length) || length < 0)))
		return x509_fail(x, "x509: invalid basic constraints");
	x509_put(x, "BasicConstraintsValid", &value_true);
	x509_put(x, "IsCA", value_of_bool(is_ca));
	x509_put(x, "MaxPathLen", value_of_int(x->arena, length));
	x509_put(x, "MaxPathLenZero", value_of_bool(length == 0));
	return true;
}

/*
 * -- identifiers and addresses of the issuer
 * ---------------------------------------------------------------------
 */

static bool subject_key_id(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, id;

	if (extension->critical)
		return x509_fail(x, "x509: subject key identifier incorrectly marked critical");
	if (!der_read(&content, DER_OCTET_STRING, &id))
		return x509_fail(x, "x509: invalid subject key identifier");
	x509_put(x, "SubjectKeyId", x509_bytes(x, id));
	return true;
}

static bool authority_key_id(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content;

	if (extension->critical)
		return x509_fail(x, "x509: authority key identifier incorrectly marked critical");
	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid authority key identifier");
	if (!der_peek(content, DER_CONTEXT | 0))
		return true;
	if (!der_read(&content, DER_CONTEXT | 0, &content))
		return x509_fail(x, "x509: invalid authority key identifier");
	x509_put(x, "AuthorityKeyId", x509_bytes(x, content));
	return true;
}

static bool authority_info(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, access, id;

	if (extension->critical)
		return x509_fail(x, "x509: authority info access incorrectly marked critical");
	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid authority info access");
	while (content.n > 0) {
		if (!der_read(&content, DER_SEQUENCE, &access) || !der_oid(&access, &id))
			return x509_fail(x, "x509: invalid authority info access");
		if (!der_peek(access, DER_CONTEXT | NAME_URI))
			continue;
		if (!der_read(&access, DER_CONTEXT | NAME_URI, &access))
			return x509_fail(x, "x509: invalid authority info access");

		struct str method = der_oid_text(x->arena, id);

		if (str_is(method, "1.3.6.1.5.5.7.48.1"))
			x509_add(x, "OCSPServer", x509_text(x, access));
		else if (str_is(method, "1.3.6.1.5.5.7.48.2"))
			x509_add(x, "IssuingCertificateURL", x509_text(x, access));
	}
	return true;
}

static bool distribution_points(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, point, name = STR_NULL, url;
	bool present;

	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid CRL distribution points");
	while (content.n > 0) {
		if (!der_read(&content, DER_SEQUENCE, &point) ||
		    !der_optional(&point, DER_CONTEXT_CONSTRUCTED | 0, &name, &present))
			return x509_fail(x, "x509: invalid CRL distribution point");
		if (!present)
			continue;
		if (!der_read(&name, DER_CONTEXT_CONSTRUCTED | 0, &name))
			return x509_fail(x, "x509: invalid CRL distribution point");
		while (der_peek(name, DER_CONTEXT | NAME_URI)) {
			if (!der_read(&name, DER_CONTEXT | NAME_URI, &url))
				return x509_fail(x, "x509: invalid CRL distribution point");
			x509_add(x, "CRLDistributionPoints", x509_text(x, url));
		}
	}
	return true;
}

/*
 * -- policies
 * ----------------------------------------------------------------------------------------------------
 */

static bool policies(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, policy, id;

	x509_put(x, "PolicyIdentifiers", &value_empty_array);
	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid certificate policies");
	while (content.n > 0) {
		if (!der_read(&content, DER_SEQUENCE, &policy) || !der_oid(&policy, &id))
			return x509_fail(x, "x509: invalid certificate policies");
		x509_add(x, "Policies", x509_text(x, der_oid_text(x->arena, id)));
		x509_add(x, "PolicyIdentifiers", der_oid_value(x->arena, id));
	}
	return true;
}

static bool policy_mappings(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content, pair, issuer, subject;

	if (!der_read(&content, DER_SEQUENCE, &content))
		return x509_fail(x, "x509: invalid policy mappings extension");
	while (content.n > 0) {
		struct object_builder mapping = { 0 };

		if (!der_read(&content, DER_SEQUENCE, &pair) || !der_oid(&pair, &issuer) || !der_oid(&pair, &subject))
			return x509_fail(x, "x509: invalid policy mappings extension");
		object_put(x->arena, &mapping, STR("IssuerDomainPolicy"), x509_text(x, der_oid_text(x->arena, issuer)));
		object_put(x->arena, &mapping, STR("SubjectDomainPolicy"),
			   x509_text(x, der_oid_text(x->arena, subject)));
		x509_add(x, "PolicyMappings", object_finish(x->arena, &mapping));
	}
	return true;
}

static bool put_count(struct x509 *x, struct str *in, uint8_t tag, const char *field, const char *zero_field)
{
	int64_t count;

	if (!der_int64(in, tag, &count))
		return false;
	x509_put(x, field, value_of_int(x->arena, count));
	x509_put(x, zero_field, value_of_bool(count == 0));
	return true;
}

static bool policy_constraints(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content;

	if (!der_read(&content, DER_SEQUENCE, &content) ||
	    (der_peek(content, DER_CONTEXT | 0) &&
	     !put_count(x, &content, DER_CONTEXT | 0, "RequireExplicitPolicy", "RequireExplicitPolicyZero")) ||
	    (der_peek(content, DER_CONTEXT | 1) &&
	     !put_count(x, &content, DER_CONTEXT | 1, "InhibitPolicyMapping", "InhibitPolicyMappingZero")))
		return x509_fail(x, "x509: invalid policy constraints extension");
	return true;
}

static bool inhibit_any_policy(struct x509 *x, const struct x509_extension *extension)
{
	struct str content = extension->content;

	if (!put_count(x, &content, DER_INTEGER, "InhibitAnyPolicy", "InhibitAnyPolicyZero"))
		return x509_fail(x, "x509: invalid inhibit any policy extension");
	return true;
}

static const struct {
	const char *id;
	bool (*apply)(struct x509 *x, const struct x509_extension *extension);
} handlers[] = {
	{ "2.5.29.14", subject_key_id },
	{ "2.5.29.15", key_usage },
	{ "2.5.29.17", x509_alternative_names },
	{ "2.5.29.19", basic_constraints },
	{ "2.5.29.30", name_constraints },
	{ "2.5.29.31", distribution_points },
	{ "2.5.29.32", policies },
	{ "2.5.29.33", policy_mappings },
	{ "2.5.29.35", authority_key_id },
	{ "2.5.29.36", policy_constraints },
	{ "2.5.29.37", extended_key_usage },
	{ "2.5.29.54", inhibit_any_policy },
	{ "1.3.6.1.5.5.7.1.1", authority_info },
};

bool x509_apply_extension(struct x509 *x, const struct x509_extension *extension)
{
	struct str id = der_oid_text(x->arena, extension->id);

	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++)
		if (str_equal(id, str_of(handlers[i].id)))
			return handlers[i].apply(x, extension);
	note_unhandled(x, extension);
	return true;
}
