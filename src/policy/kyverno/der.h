/*
 * policy/kyverno/der.h: reading DER (X.690) step by step, for certificates. Private to the functions.
 *
 * A reader is the part not read yet; reading moves it on. Every function returns false, and may have moved,
 * when what is there is something else or not DER: lengths must be minimal and tags below 31. Nothing is
 * copied. Semantics: Go's golang.org/x/crypto/cryptobyte.
 */
#ifndef POLICY_KYVERNO_DER_H
#define POLICY_KYVERNO_DER_H

#include "data/value.h"

enum der_tag {
	DER_BOOLEAN = 0x01,
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_NULL = 0x05,
	DER_OID = 0x06,
	DER_UTF8 = 0x0c,
	DER_NUMERIC = 0x12,
	DER_PRINTABLE = 0x13,
	DER_T61 = 0x14,
	DER_IA5 = 0x16,
	DER_UTC_TIME = 0x17,
	DER_TIME = 0x18,
	DER_BMP = 0x1e,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,             /* | number */
	DER_CONTEXT_CONSTRUCTED = 0xa0, /* | number */
};

/* One element of any tag; *content without and *element with its head. Each of the outputs may be NULL. */
bool der_any(struct str *in, uint8_t *tag, struct str *content, struct str *element);
bool der_read(struct str *in, uint8_t tag, struct str *content);
bool der_element(struct str *in, uint8_t tag, struct str *element);
bool der_peek(struct str in, uint8_t tag);
/* True also when it is not there; *present tells. */
bool der_optional(struct str *in, uint8_t tag, struct str *content, bool *present);

bool der_boolean(struct str *in, bool *out);
/* Two's complement, big-endian. */
bool der_integer(struct str *in, uint8_t tag, struct str *bytes);
bool der_int64(struct str *in, uint8_t tag, int64_t *out);
/* The bytes, shifted to the right end as Go's RightAlign does; *bits is their number. */
bool der_bits(struct arena *arena, struct str *in, struct str *bytes, size_t *bits);
/* Checked: each of its numbers fits 31 bits. */
bool der_oid(struct str *in, struct str *content);

/* The content of an object identifier as "1.2.840"; p == NULL when it is none. */
struct str der_oid_text(struct arena *arena, struct str content);
/* The same as an array of numbers. */
const struct value *der_oid_value(struct arena *arena, struct str content);

#endif
