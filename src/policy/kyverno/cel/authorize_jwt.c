/*
 * jwt.Decode(token, secret): the claims of a JSON Web Token that is signed with a secret, and whether it is in force.
 *
 * Semantics: github.com/kyverno/kyverno-authz pkg/cel/libs/jwt. A token with a wrong signature is an error; one that is
 * signed well but not in force (exp, nbf, iat) is not Valid. Key sets are fetched from the network: not here.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "data/base64.h"
#include "data/instant.h"
#include "data/json.h"
#include "policy/kyverno/cel/authorize.h"

#define TOKEN_MAX ((size_t)1 << 20)

static const struct cel_field token_fields[] = { { STR("Claims"), &cel_map_string_dyn }, { STR("Valid"), &cel_bool } };
static const struct cel_type token_type = {
	.kind = CEL_TYPE_STRUCT,
	.name = STR("jwt.Token"),
	.fields = token_fields,
	.field_count = 2,
};
const struct cel_class token_class = {
	.type = &token_type,
	.get = document_get,
	.has = document_has,
	.equal = document_equal,
	.to_data = document_data,
};

/* base64url without padding. */
static bool part_decode(struct arena *arena, struct str part, struct str *out)
{
	size_t padded = (part.n + 3) / 4 * 4;
	char *text = arena_alloc(arena, padded + 1);

	for (size_t i = 0; i < padded; i++)
		text[i] = i >= part.n ? '=' : part.p[i] == '-' ? '+' : part.p[i] == '_' ? '/' : part.p[i];
	return part.n % 4 != 1 && base64_bytes(arena, str_make(text, padded), out) == STR_NOT_FOUND;
}

static const EVP_MD *digest_of(struct str algorithm)
{
	if (str_is(algorithm, "HS256"))
		return EVP_sha256();
	if (str_is(algorithm, "HS384"))
		return EVP_sha384();
	return str_is(algorithm, "HS512") ? EVP_sha512() : NULL;
}

static bool is_signed(struct str text, struct str signature, struct str algorithm, struct str secret)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	const EVP_MD *digest = digest_of(algorithm);
	unsigned n = 0;

	if (!digest || !HMAC(digest, secret.p, (int)secret.n, (const unsigned char *)text.p, text.n, mac, &n))
		return false;
	return n == signature.n && CRYPTO_memcmp(mac, signature.p, n) == 0;
}

/* Claims that are times hold from or up to then; one that is no number does not count. */
static bool in_force(const struct value *claims, int64_t now)
{
	const struct value *expires = value_field(claims, "exp"), *from = value_field(claims, "nbf");
	const struct value *issued = value_field(claims, "iat");

	return !(value_is_number(expires) && (double)now >= value_number(expires)) &&
	       !(value_is_number(from) && (double)now < value_number(from)) &&
	       !(value_is_number(issued) && (double)now < value_number(issued));
}

static struct cel_value decode(struct cel_run *run, const struct cel_value *arguments, size_t count)
{
	struct str token = cel_str(&arguments[0]), head, rest, body, sign, header_text, claims_text, signature;
	int64_t now = run->now ? run->now : instant_now().seconds;
	const struct value *header, *claims;
	struct object_builder out = { 0 };

	(void)count;
	if (token.n > TOKEN_MAX || !str_cut(token, '.', &head, &rest) || !str_cut(rest, '.', &body, &sign) ||
	    str_find_char(sign, '.', 0) != STR_NOT_FOUND)
		return cel_fail(run, "jwt.Parse: failed to parse token: invalid number of segments");
	if (!part_decode(run->arena, head, &header_text) || !part_decode(run->arena, body, &claims_text) ||
	    !part_decode(run->arena, sign, &signature))
		return cel_fail(run, "jwt.Parse: failed to parse token: failed to decode a segment");
	header = json_parse(run->arena, header_text, NULL);
	claims = json_parse(run->arena, claims_text, NULL);
	if (!value_is(header, VALUE_OBJECT) || !value_is(claims, VALUE_OBJECT))
		return cel_fail(run, "jwt.Parse: failed to parse token: a segment is no object");
	if (!is_signed(str_slice(token, 0, head.n + 1 + body.n), signature, value_str(value_field(header, "alg")),
		       cel_str(&arguments[1])))
		return cel_fail(run, "jwt.Parse: failed to parse token: could not verify message using any of the "
				     "signatures or keys");
	object_put(run->arena, &out, STR("Claims"), value_as_floats(run->arena, claims));
	object_put(run->arena, &out, STR("Valid"), value_of_bool(in_force(claims, now)));
	return document_value(&token_class, object_finish(run->arena, &out));
}

static const struct cel_function jwt_functions[] = {
	{ .name = "jwt.Decode", .signature = "(string, string) -> jwt.Token", .evaluate = decode, .flags = CEL_IMPURE },
	{ 0 },
};
static const struct cel_type *const jwt_types[] = { &token_type, NULL };
const struct cel_library authorize_jwt_library = { .name = "kyverno.jwt",
						   .functions = jwt_functions,
						   .types = jwt_types };
