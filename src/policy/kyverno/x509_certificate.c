/* Certificates: keys, signatures, and the fields in their order. */
#include <openssl/bn.h>
#include <openssl/crypto.h>

#include "data/instant.h"
#include "policy/kyverno/x509.h"

/*
 * -- keys and signatures
 * -----------------------------------------------------------------------------------------
 */

/* A non-negative number as decimal text. */
static struct str decimal(struct arena *arena, struct str bytes)
{
	BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL);
	char *text = number ? BN_bn2dec(number) : NULL;
	struct str copy;

	/* Out of memory is the only way for these to fail. */
	if (!text)
		abort();
	copy = str_dup(arena, str_of(text));
	OPENSSL_free(text);
	BN_free(number);
	return copy;
}

static bool is_positive(struct str bytes)
{
	return !(bytes.p[0] & 0x80) && !(bytes.n == 1 && bytes.p[0] == 0);
}

/* The modulus and exponent of an RSA key, from its bits. */
static bool put_rsa_key(struct x509 *x, struct str bits)
{
	struct object_builder key = { 0 };
	struct str modulus;
	int64_t exponent;

	if (!der_read(&bits, DER_SEQUENCE, &bits))
		return x509_fail(x, "x509: invalid RSA public key");
	if (!der_integer(&bits, DER_INTEGER, &modulus))
		return x509_fail(x, "x509: invalid RSA modulus");
	if (!der_int64(&bits, DER_INTEGER, &exponent))
		return x509_fail(x, "x509: invalid RSA public exponent");
	if (!is_positive(modulus))
		return x509_fail(x, "x509: RSA modulus is not a positive number");
	if (exponent <= 0)
		return x509_fail(x, "x509: RSA public exponent is not a positive number");
	/* Larger numbers would only cost time. */
	if (exponent > INT32_MAX || modulus.n > 16 * 1024)
		return x509_fail(x, "failed to parse subject public key info");
	object_put(x->arena, &key, STR("N"), x509_text(x, decimal(x->arena, modulus)));
	object_put(x->arena, &key, STR("E"), value_of_int(x->arena, exponent));
	x509_put(x, "PublicKey", object_finish(x->arena, &key));
	return true;
}

/* SubjectPublicKeyInfo. */
bool x509_put_public_key(struct x509 *x, struct str element)
{
	struct str info, algorithm, id, bits;
	size_t count;

	x509_put(x, "RawSubjectPublicKeyInfo", x509_bytes(x, element));
	if (!der_read(&element, DER_SEQUENCE, &info))
		return x509_fail(x, "x509: malformed spki");
	if (!der_read(&info, DER_SEQUENCE, &algorithm))
		return x509_fail(x, "x509: malformed public key algorithm identifier");
	if (!der_oid(&algorithm, &id))
		return x509_fail(x, "x509: malformed OID");
	if (!der_bits(x->arena, &info, &bits, &count))
		return x509_fail(x, "x509: malformed subjectPublicKey");
	if (!str_is(der_oid_text(x->arena, id), "1.2.840.113549.1.1.1"))
		return x509_fail(x, "certificate should use rsa algorithm");
	if (!str_equal(algorithm, str_make("\x05\0", 2)))
		return x509_fail(x, "x509: RSA key missing NULL parameters");
	x509_put(x, "PublicKeyAlgorithm", value_of_int(x->arena, 1));
	return put_rsa_key(x, bits);
}

static const struct {
	const char *id;
	int number;
} signature_algorithms[] = {
	{ "1.2.840.113549.1.1.4", 2 },   { "1.2.840.113549.1.1.5", 3 },  { "1.3.14.3.2.29", 3 },
	{ "1.2.840.113549.1.1.11", 4 },  { "1.2.840.113549.1.1.12", 5 }, { "1.2.840.113549.1.1.13", 6 },
	{ "1.2.840.10040.4.3", 7 },      { "2.16.840.1.101.3.4.3.2", 8 }, { "1.2.840.10045.4.1", 9 },
	{ "1.2.840.10045.4.3.2", 10 },   { "1.2.840.10045.4.3.3", 11 },  { "1.2.840.10045.4.3.4", 12 },
	{ "1.3.101.112", 16 },
};

/* An AlgorithmIdentifier's object identifier as text, with what follows it; empty when it is none. */
static struct str algorithm_id(struct arena *arena, struct str *in, struct str *parameters)
{
	struct str sequence, id;

	if (!der_read(in, DER_SEQUENCE, &sequence) || !der_oid(&sequence, &id))
		return STR_NULL;
	*parameters = sequence;
	return der_oid_text(arena, id);
}

/* RSA-PSS with the same hash throughout and a salt as long as the hash. */
static int pss_algorithm(struct arena *arena, struct str parameters)
{
	static const struct {
		const char *hash;
		int64_t salt;
		int number;
	} known[] = {
		{ "2.16.840.1.101.3.4.2.1", 32, 13 },
		{ "2.16.840.1.101.3.4.2.2", 48, 14 },
		{ "2.16.840.1.101.3.4.2.3", 64, 15 },
	};
	struct str sequence, part, rest, hash, mask;
	int64_t salt;

	if (!der_read(&parameters, DER_SEQUENCE, &sequence) ||
	    !der_read(&sequence, DER_CONTEXT_CONSTRUCTED | 0, &part))
		return 0;
	hash = algorithm_id(arena, &part, &rest);
	if (hash.n == 0 || !der_read(&sequence, DER_CONTEXT_CONSTRUCTED | 1, &part))
		return 0;
	mask = algorithm_id(arena, &part, &rest);
	if (!str_is(mask, "1.2.840.113549.1.1.8") || !str_equal(algorithm_id(arena, &rest, &part), hash))
		return 0;
	if (!der_read(&sequence, DER_CONTEXT_CONSTRUCTED | 2, &part) || !der_int64(&part, DER_INTEGER, &salt))
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (str_equal(hash, str_of(known[i].hash)) && salt == known[i].salt)
			return known[i].number;
	return 0;
}

/* The content of an AlgorithmIdentifier. */
bool x509_put_signature_algorithm(struct x509 *x, struct str algorithm)
{
	struct str id, text;
	int number = 0;

	if (!der_oid(&algorithm, &id))
		return x509_fail(x, "x509: malformed OID");
	text = der_oid_text(x->arena, id);
	for (size_t i = 0; i < sizeof(signature_algorithms) / sizeof(*signature_algorithms); i++)
		if (str_equal(text, str_of(signature_algorithms[i].id)))
			number = signature_algorithms[i].number;
	if (str_is(text, "1.2.840.113549.1.1.10"))
		number = pss_algorithm(x->arena, algorithm);
	x509_put(x, "SignatureAlgorithm", value_of_int(x->arena, number));
	return true;
}

bool x509_put_signature(struct x509 *x, struct str *in)
{
	struct str bits;
	size_t count;

	if (!der_bits(x->arena, in, &bits, &count))
		return x509_fail(x, "x509: malformed signature");
	x509_put(x, "Signature", x509_bytes(x, bits));
	return true;
}

/*
 * -- certificates
 * ------------------------------------------------------------------------------------------------
 */

static const char *const null_fields[] = {
	"Extensions", "ExtraExtensions", "UnhandledCriticalExtensions", "ExtKeyUsage", "UnknownExtKeyUsage",
	"SubjectKeyId", "AuthorityKeyId", "OCSPServer", "IssuingCertificateURL", "DNSNames", "EmailAddresses",
	"IPAddresses", "URIs", "PermittedDNSDomains", "ExcludedDNSDomains", "PermittedIPRanges",
	"ExcludedIPRanges", "PermittedEmailAddresses", "ExcludedEmailAddresses", "PermittedURIDomains",
	"ExcludedURIDomains", "CRLDistributionPoints", "PolicyIdentifiers", "Policies", "PolicyMappings", NULL,
};
static const char *const false_fields[] = {
	"BasicConstraintsValid", "IsCA", "MaxPathLenZero", "PermittedDNSDomainsCritical", "InhibitAnyPolicyZero",
	"InhibitPolicyMappingZero", "RequireExplicitPolicyZero", NULL,
};
static const char *const zero_fields[] = {
	"KeyUsage", "MaxPathLen", "InhibitAnyPolicy", "InhibitPolicyMapping", "RequireExplicitPolicy", NULL,
};

void x509_put_all(struct x509 *x, const char *const *fields, const struct value *v)
{
	for (; *fields; fields++)
		x509_put(x, *fields, v);
}

/* UTCTime or GeneralizedTime, with seconds, exactly as it would be written. */
static bool put_time(struct x509 *x, struct str *in, const char *field)
{
	bool utc = der_peek(*in, DER_UTC_TIME);
	struct str layout = utc ? STR("060102150405Z0700") : STR("20060102150405Z0700"), text;
	struct instant t;

	if (!utc && !der_peek(*in, DER_TIME))
		return x509_fail(x, "x509: unsupported time format");
	if (!der_any(in, NULL, &text, NULL))
		return x509_fail(x, utc ? "x509: malformed UTCTime" : "x509: malformed GeneralizedTime");
	if (utc && (text.n == 11 || text.n == 15))
		layout = STR("0601021504Z0700");
	if (instant_parse(layout, text, &t, NULL) || !str_equal(instant_format(x->arena, &t, layout), text))
		return x509_fail(x, utc ? "x509: malformed UTCTime" : "x509: malformed GeneralizedTime");
	/* Two digits of a year are at most 2049. */
	if (utc && instant_calendar(&t).year >= 2050) {
		struct calendar c = instant_calendar(&t);

		t.seconds += instant_of_date(c.year - 100, c.month, c.day) - instant_of_date(c.year, c.month, c.day);
	}
	x509_put(x, field, x509_text(x, instant_rfc3339(x->arena, &t)));
	return true;
}

static bool put_version_and_serial(struct x509 *x, struct str *in, int64_t *version)
{
	struct str content, serial;
	bool present;

	*version = 0;
	if (!der_optional(in, DER_CONTEXT_CONSTRUCTED | 0, &content, &present) ||
	    (present && (!der_int64(&content, DER_INTEGER, version) || content.n > 0)) || *version < 0)
		return x509_fail(x, "x509: malformed version");
	if (++*version > 3)
		return x509_fail(x, "x509: invalid version");
	x509_put(x, "Version", value_of_int(x->arena, *version));
	if (!der_integer(in, DER_INTEGER, &serial))
		return x509_fail(x, "x509: malformed serial number");
	if (serial.p[0] & 0x80)
		return x509_fail(x, "x509: negative serial number");
	if (serial.n > 16 * 1024)
		return x509_fail(x, "x509: serial number too large");
	/* A JSON number: beyond 2^53 only its leading digits survive, in Kyverno as here. */
	x509_put(x, "SerialNumber",
		 value_of_double(x->arena, strtod(str_cstr(x->arena, decimal(x->arena, serial)), NULL)));
	return true;
}

static bool put_validity(struct x509 *x, struct str *in)
{
	struct str validity;

	if (!der_read(in, DER_SEQUENCE, &validity))
		return x509_fail(x, "x509: malformed validity");
	return put_time(x, &validity, "NotBefore") && put_time(x, &validity, "NotAfter");
}

/* `outer` is what follows the certificate proper: the algorithm again, then the signature. */
static bool read_tbs(struct x509 *x, struct str tbs, struct str *outer)
{
	struct str algorithm, outer_algorithm, name, key, extensions;
	int64_t version;
	bool present;

	if (!put_version_and_serial(x, &tbs, &version))
		return false;
	if (!der_read(&tbs, DER_SEQUENCE, &algorithm))
		return x509_fail(x, "x509: malformed signature algorithm identifier");
	if (!der_read(outer, DER_SEQUENCE, &outer_algorithm))
		return x509_fail(x, "x509: malformed algorithm identifier");
	if (!str_equal(algorithm, outer_algorithm))
		return x509_fail(x, "x509: inner and outer signature algorithm identifiers don't match");
	if (!x509_put_signature_algorithm(x, algorithm))
		return false;
	if (!der_element(&tbs, DER_SEQUENCE, &name))
		return x509_fail(x, "x509: malformed issuer");
	x509_put(x, "RawIssuer", x509_bytes(x, name));
	if (!x509_name(x, name, "Issuer") || !put_validity(x, &tbs))
		return false;
	if (!der_element(&tbs, DER_SEQUENCE, &name))
		return x509_fail(x, "x509: malformed issuer");
	x509_put(x, "RawSubject", x509_bytes(x, name));
	if (!x509_name(x, name, "Subject"))
		return false;
	if (!der_element(&tbs, DER_SEQUENCE, &key))
		return x509_fail(x, "x509: malformed spki");
	if (!x509_put_public_key(x, key) || version == 1)
		return x->wrong == NULL;
	if (!der_optional(&tbs, DER_CONTEXT | 1, &extensions, &present) ||
	    !der_optional(&tbs, DER_CONTEXT | 2, &extensions, &present))
		return x509_fail(x, "x509: malformed subjectUniqueID");
	if (version < 3)
		return true;
	if (!der_optional(&tbs, DER_CONTEXT_CONSTRUCTED | 3, &extensions, &present))
		return x509_fail(x, "x509: malformed extensions");
	if (!present)
		return true;
	if (!der_read(&extensions, DER_SEQUENCE, &extensions))
		return x509_fail(x, "x509: malformed extensions");
	return x509_put_extensions(x, extensions, x509_apply_extension);
}

bool x509_read_certificate(struct x509 *x, struct str der)
{
	struct str raw, inner, tbs_element, tbs;

	x509_put_all(x, null_fields, &value_null);
	x509_put_all(x, false_fields, &value_false);
	x509_put_all(x, zero_fields, value_of_int(x->arena, 0));
	if (!der_element(&der, DER_SEQUENCE, &raw))
		return x509_fail(x, "x509: malformed certificate");
	x509_put(x, "Raw", x509_bytes(x, raw));
	inner = raw;
	der_read(&inner, DER_SEQUENCE, &inner);
	if (!der_element(&inner, DER_SEQUENCE, &tbs_element))
		return x509_fail(x, "x509: malformed tbs certificate");
	x509_put(x, "RawTBSCertificate", x509_bytes(x, tbs_element));
	tbs = tbs_element;
	der_read(&tbs, DER_SEQUENCE, &tbs);
	if (!read_tbs(x, tbs, &inner) || !x509_put_signature(x, &inner))
		return false;
	return der.n == 0 || x509_fail(x, "x509: trailing data");
}
