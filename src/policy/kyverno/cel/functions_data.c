/* json, yaml, gzip and x509: texts and bytes as values, and back. */
#include <zlib.h>

#include "base/buf.h"
#include "data/json.h"
#include "data/utf8.h"
#include "policy/kyverno/cel/library.h"
#include "policy/kyverno/functions_core.h"

/* -- json, yaml --------------------------------------------------------------------------------------------------- */

static const struct cel_type json_type = { .kind = CEL_TYPE_OPAQUE, .name = { "json.Json", 9 } };
const struct cel_class json_class = { .type = &json_type };
static const struct cel_type yaml_type = { .kind = CEL_TYPE_OPAQUE, .name = { "yaml.Yaml", 9 } };
const struct cel_class yaml_class = { .type = &yaml_type };

static BODY(json_unmarshal)
{
	struct error *error = NULL;
	const struct value *data;

	if (arguments[1].kind != CEL_STRING) {
		struct str type = cel_type_text(run->arena, cel_type_of(&arguments[1]));

		return cel_fail(run, "unsupported type conversion from '" STR_FMT "' to string", STR_ARG(type));
	}
	data = json_read(run->arena, cel_str(&arguments[1]), &error);
	return data ? of_json(run, data) : fail_with(run, "", error);
}

static BODY(json_marshal)
{
	struct error *error = NULL;
	const struct value *data = cel_to_data(run->arena, &arguments[1], &error);

	if (!data)
		return fail_with(run, "json: ", error);
	return cel_of_str(json_text(run->arena, data, JSON_COMPACT | JSON_SORTED | JSON_HTML_SAFE));
}

static BODY(yaml_of)
{
	struct error *error = NULL;
	const struct value *data;

	if (arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	data = yaml_read(run->arena, cel_str(&arguments[1]), &error);
	return data ? of_json(run, data) : fail_with(run, "", error);
}

static const struct cel_function json_functions[] = {
	{ .name = "unmarshal", .signature = "json.Json.(dyn) -> dyn", .evaluate = json_unmarshal,
	  .note = "what a JSON text says" },
	{ .name = "marshal", .signature = "json.Json.(dyn) -> string", .evaluate = json_marshal,
	  .note = "a value as JSON text" },
	{ .name = NULL },
};
static const struct cel_function yaml_functions[] = {
	{ .name = "parse", .signature = "yaml.Yaml.(string) -> dyn", .evaluate = yaml_of,
	  .note = "what a YAML text says" },
	{ .name = NULL },
};

const struct cel_library kyverno_json_library = { .name = "kyverno.json", .functions = json_functions };
const struct cel_library kyverno_yaml_library = { .name = "kyverno.yaml", .functions = yaml_functions };

/* -- gzip --------------------------------------------------------------------------------------------------------- */

#define UNPACKED_MAX ((size_t)16 << 20)
#define GZIP_WINDOW (MAX_WBITS + 16)

/* One or more members, one behind the other. NULL or what is wrong, in Go's words. */
static const char *unpack(struct str packed, struct buf *out)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)packed.p, .avail_in = (uInt)packed.n };
	int result = Z_OK;

	if (packed.n == 0)
		return "EOF";
	if (packed.n < 2 || (unsigned char)packed.p[0] != 0x1f || (unsigned char)packed.p[1] != 0x8b)
		return packed.n < 10 ? "unexpected EOF" : "gzip: invalid header";
	if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
		return "gzip: invalid header";
	while (result == Z_OK && out->n <= UNPACKED_MAX) {
		buf_reserve(out, 65536);
		stream.next_out = (Bytef *)out->p + out->n;
		stream.avail_out = 65536;
		result = inflate(&stream, Z_NO_FLUSH);
		out->n += 65536 - stream.avail_out;
		if (result == Z_STREAM_END && stream.avail_in > 0)
			result = inflateReset(&stream);
	}
	inflateEnd(&stream);
	if (out->n > UNPACKED_MAX)
		return "gzip: the data is too large";
	if (result == Z_STREAM_END)
		return NULL;
	return result == Z_BUF_ERROR ? "unexpected EOF" : "gzip: invalid data";
}

static bool is_utf8(struct str s)
{
	for (size_t i = 0, n; i < s.n; i += n)
		if (!(n = utf8_length(s.p + i, s.n - i)))
			return false;
	return true;
}

static BODY(gzip_decompress)
{
	struct buf out = { 0 };
	struct cel_value result;
	const char *wrong;

	if (arguments[0].kind != CEL_BYTES)
		return cel_no_overload(run);
	wrong = unpack(cel_str(&arguments[0]), &out);
	if (wrong)
		result = cel_fail_code(run, out.n > UNPACKED_MAX ? ERROR_LIMIT : ERROR_INVALID, "%s", wrong);
	else if (!is_utf8(buf_str(&out)))
		result = cel_fail(run, "gzip: the data is no UTF-8 text");
	else
		result = cel_of_str(str_dup(run->arena, buf_str(&out)));
	buf_free(&out);
	return result;
}

static BODY(gzip_compress)
{
	/* As Go writes it: no time, operating system unknown. */
	gz_header header = { .os = 255 };
	z_stream stream = { 0 };
	struct str text = cel_str(&arguments[0]);
	uLong room;
	char *out;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return cel_fail(run, "gzip: the data cannot be compressed");
	deflateSetHeader(&stream, &header);
	room = deflateBound(&stream, text.n) + 64;
	out = arena_alloc(run->arena, room);
	stream.next_in = (Bytef *)(uintptr_t)text.p;
	stream.avail_in = (uInt)text.n;
	stream.next_out = (Bytef *)out;
	stream.avail_out = (uInt)room;
	deflate(&stream, Z_FINISH);
	deflateEnd(&stream);
	return cel_of_bytes(str_make(out, room - stream.avail_out));
}

static const struct cel_function gzip_functions[] = {
	{ .name = "gzip.decompress", .signature = "(bytes) -> string", .evaluate = gzip_decompress,
	  .note = "the text in gzipped bytes" },
	{ .name = "gzip.compress", .signature = "(dyn) -> bytes", .evaluate = gzip_compress,
	  .note = "a text as gzipped bytes" },
	{ .name = NULL },
};

const struct cel_library kyverno_gzip_library = { .name = "kyverno.gzip", .functions = gzip_functions };

/* -- x509 --------------------------------------------------------------------------------------------------------- */

#define CERTIFICATE_MAX ((size_t)1 << 20)

/* What Kyverno keeps of a certificate; of a request it keeps everything. */
static const char *const certificate_fields[] = {
	"Raw", "RawTBSCertificate", "RawSubjectPublicKeyInfo", "RawSubject", "RawIssuer", "Signature",
	"PublicKeyAlgorithm", "PublicKey", "SerialNumber", "Issuer", "NotBefore", "NotAfter", "KeyUsage", "Extensions",
	"ExtraExtensions", "ExtKeyUsage", "BasicConstraintsValid", "IsCA", "MaxPathLen", "MaxPathLenZero",
	"AuthorityKeyId", "OCSPServer", "IssuingCertificateURL", "DNSNames", "EmailAddresses", "IPAddresses",
	"PermittedDNSDomainsCritical", "PermittedDNSDomains", "ExcludedDNSDomains", "PermittedIPRanges",
	"ExcludedIPRanges", "PermittedEmailAddresses", "ExcludedEmailAddresses", "PermittedURIDomains",
	"ExcludedURIDomains", "CRLDistributionPoints", "PolicyIdentifiers",
};

static const struct value *certificate_data(struct arena *arena, const struct value *all)
{
	struct object_builder object = { 0 };

	for (size_t i = 0; i < sizeof(certificate_fields) / sizeof(certificate_fields[0]); i++) {
		struct str name = str_of(certificate_fields[i]);

		object_put(arena, &object, name, value_get(all, name));
	}
	return object_finish(arena, &object);
}

static BODY(x509_decode)
{
	struct error *error = NULL;
	const struct value *data;
	bool is_request;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (cel_str(&arguments[0]).n > CERTIFICATE_MAX)
		return cel_fail_code(run, ERROR_LIMIT, "a certificate may have at most %zu bytes", CERTIFICATE_MAX);
	data = x509_read(run->arena, cel_str(&arguments[0]), &is_request, &error);
	if (!data)
		return fail_with(run, "", error);
	return of_json(run, is_request ? data : certificate_data(run->arena, data));
}

static const struct cel_function x509_functions[] = {
	{ .name = "x509.decode", .signature = "(string) -> dyn", .evaluate = x509_decode,
	  .note = "the fields of a certificate or a certificate request with an RSA key" },
	{ .name = NULL },
};

const struct cel_library kyverno_x509_library = { .name = "kyverno.x509", .functions = x509_functions };
