/* Certificate requests (PKCS #10). */
#include "policy/kyverno/x509.h"

static const char *const request_null_fields[] = {
	"Attributes", "Extensions", "ExtraExtensions", "DNSNames", "EmailAddresses", "IPAddresses", "URIs", NULL,
};

/* What Go makes of an element whose type is not known beforehand. */
static const struct value *any_value(struct x509 *x, struct str element)
{
	const struct value *text;
	struct str content, rest = element;
	uint8_t tag;
	int64_t number;
	bool boolean;

	if (!der_any(&rest, &tag, &content, NULL))
		return NULL;
	switch (tag) {
	case DER_BOOLEAN:
		return der_boolean(&element, &boolean) ? value_of_bool(boolean) : NULL;
	case DER_INTEGER:
		return der_int64(&element, DER_INTEGER, &number) ? value_of_int(x->arena, number) : NULL;
	case DER_OCTET_STRING:
		return x509_bytes(x, content);
	case DER_OID:
		return der_oid(&element, &content) ? der_oid_value(x->arena, content) : NULL;
	case DER_UTF8:
	case DER_NUMERIC:
	case DER_PRINTABLE:
	case DER_T61:
	case DER_IA5:
	case DER_BMP:
		return x509_string(&(struct x509){ .arena = x->arena }, tag, content, &text) ? text : NULL;
	default:
		return &value_null;
	}
}

/* An attribute whose values are lists of (type, value), as requested extensions are; NULL for any other. */
static const struct value *attribute_value(struct x509 *x, struct str attribute)
{
	struct array_builder sets = { 0 };
	struct object_builder object = { 0 };
	struct str id, set, list, pair, pair_id, element;

	if (!der_oid(&attribute, &id) || !der_read(&attribute, DER_SET, &set))
		return NULL;
	while (set.n > 0) {
		struct array_builder pairs = { 0 };

		if (!der_read(&set, DER_SEQUENCE, &list))
			return NULL;
		while (list.n > 0) {
			struct object_builder item = { 0 };
			const struct value *v;

			if (!der_read(&list, DER_SEQUENCE, &pair) || !der_oid(&pair, &pair_id) ||
			    !der_any(&pair, NULL, NULL, &element) || !(v = any_value(x, element)))
				return NULL;
			object_put(x->arena, &item, STR("Type"), der_oid_value(x->arena, pair_id));
			object_put(x->arena, &item, STR("Value"), v);
			array_add(x->arena, &pairs, object_finish(x->arena, &item));
		}
		array_add(x->arena, &sets, array_finish(x->arena, &pairs));
	}
	object_put(x->arena, &object, STR("Type"), der_oid_value(x->arena, id));
	object_put(x->arena, &object, STR("Value"), array_finish(x->arena, &sets));
	return object_finish(x->arena, &object);
}

static bool apply_requested(struct x509 *x, const struct x509_extension *extension)
{
	struct x509_extension names = *extension;

	if (!str_is(der_oid_text(x->arena, extension->id), "2.5.29.17"))
		return true;
	/* A request has no list of extensions that were not understood. */
	names.critical = false;
	return x509_alternative_names(x, &names);
}

static bool put_attributes(struct x509 *x, struct str attributes)
{
	struct str attribute, id, set;

	while (attributes.n > 0) {
		const struct value *v;

		if (!der_read(&attributes, DER_SEQUENCE, &attribute))
			return x509_fail(x, "x509: malformed attributes");
		v = attribute_value(x, attribute);
		if (v)
			x509_add(x, "Attributes", v);
		if (!der_oid(&attribute, &id) || !der_read(&attribute, DER_SET, &set) || set.n == 0 ||
		    !str_is(der_oid_text(x->arena, id), "1.2.840.113549.1.9.14"))
			continue;
		if (!der_read(&set, DER_SEQUENCE, &set))
			return x509_fail(x, "x509: malformed extensions");
		if (!x509_put_extensions(x, set, apply_requested))
			return false;
	}
	return true;
}

bool x509_read_request(struct x509 *x, struct str der)
{
	struct str raw, inner, tbs_element, tbs, subject, key, algorithm, attributes = STR_NULL;
	int64_t version;
	bool present;

	x509_put_all(x, request_null_fields, &value_null);
	if (!der_element(&der, DER_SEQUENCE, &raw) || der.n > 0)
		return x509_fail(x, "x509: malformed certificate request");
	inner = raw;
	der_read(&inner, DER_SEQUENCE, &inner);
	if (!der_element(&inner, DER_SEQUENCE, &tbs_element))
		return x509_fail(x, "x509: malformed certificate request");
	tbs = tbs_element;
	der_read(&tbs, DER_SEQUENCE, &tbs);
	if (!der_int64(&tbs, DER_INTEGER, &version) || !der_element(&tbs, DER_SEQUENCE, &subject) ||
	    !der_element(&tbs, DER_SEQUENCE, &key) ||
	    !der_optional(&tbs, DER_CONTEXT_CONSTRUCTED | 0, &attributes, &present) ||
	    !der_read(&inner, DER_SEQUENCE, &algorithm))
		return x509_fail(x, "x509: malformed certificate request");
	x509_put(x, "Raw", x509_bytes(x, raw));
	x509_put(x, "RawTBSCertificateRequest", x509_bytes(x, tbs_element));
	x509_put(x, "RawSubject", x509_bytes(x, subject));
	x509_put(x, "Version", value_of_int(x->arena, version));
	return x509_put_signature(x, &inner) && x509_put_signature_algorithm(x, algorithm) &&
	       x509_put_public_key(x, key) && x509_name(x, subject, "Subject") && put_attributes(x, attributes);
}
