/*
 * policy/kyverno/x509.h: certificates as the values that Kyverno makes of Go's x509.Certificate. Private to the
 * functions.
 *
 * Semantics: Go 1.26 crypto/x509 and its encoding as JSON; keys of other kinds than RSA are refused, as Kyverno does.
 * What Go checks about the domain names in constraints is not checked.
 */
#ifndef POLICY_KYVERNO_X509_H
#define POLICY_KYVERNO_X509_H

#include "policy/kyverno/der.h"

/* A field that is a list. */
struct x509_list {
	struct x509_list *next;
	const char *field;
	struct array_builder items;
};

/* A certificate, request or name in the making. */
struct x509 {
	struct arena *arena;
	struct object_builder fields;
	struct x509_list *lists;
	const char *wrong;      /* the first error, in Go's words */
};

/* Notes what is wrong; false. */
bool x509_fail(struct x509 *x, const char *why);
bool x509_fail_with(struct x509 *x, const char *format, ...) PRINTF_LIKE(2, 3);

const struct value *x509_bytes(struct x509 *x, struct str bytes);       /* base64; null for none */
const struct value *x509_text(struct x509 *x, struct str text);
void x509_put(struct x509 *x, const char *field, const struct value *v);
/* Adds to a list; it takes its place in x509_finish(). */
void x509_add(struct x509 *x, const char *field, const struct value *item);
const struct value *x509_finish(struct x509 *x);

/* A Name ("Subject", "Issuer"): its element in DER. */
bool x509_name(struct x509 *x, struct str element, const char *field);
/* A text of any of the string types; false when it breaks the type's rules. */
bool x509_string(struct x509 *x, uint8_t tag, struct str content, const struct value **out);

/* One extension as it was read, and the fields that it fills. */
struct x509_extension {
	struct str id;          /* content of the object identifier */
	bool critical;
	struct str content;
};
bool x509_apply_extension(struct x509 *x, const struct x509_extension *extension);
bool x509_alternative_names(struct x509 *x, const struct x509_extension *extension);

/* Everything in the DER text of a certificate, or of a certificate request. */
bool x509_read_certificate(struct x509 *x, struct str der);
bool x509_read_request(struct x509 *x, struct str der);
/* Parts that both have. */
bool x509_put_public_key(struct x509 *x, struct str element);
bool x509_put_signature_algorithm(struct x509 *x, struct str algorithm);
bool x509_put_signature(struct x509 *x, struct str *in);
void x509_put_all(struct x509 *x, const char *const *fields, const struct value *v);
/* The extensions of a list, each once; `apply` is called for each when all are read. */
bool x509_put_extensions(struct x509 *x, struct str list,
			 bool (*apply)(struct x509 *x, const struct x509_extension *extension));

/* A URL as Go's url.URL is encoded; NULL when it is none. */
const struct value *url_value(struct arena *arena, struct str text);

#endif
