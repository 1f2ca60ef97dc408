/*
 * data/yaml_scalar.h: what a YAML scalar means. Private to data/.
 *
 * Semantics: resolve.go of go.yaml.in/yaml/v2 and the key conversion of sigs.k8s.io/yaml v1.6, by which Kubernetes
 * reads.
 */
#ifndef DATA_YAML_SCALAR_H
#define DATA_YAML_SCALAR_H

#include "data/value.h"

enum scalar_kind {
	SCALAR_STRING,          /* the text itself */
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_INT,
	SCALAR_UINT,            /* beyond int64_t */
	SCALAR_FLOAT,           /* also infinities and NaN */
	SCALAR_BINARY,          /* the text in base64 */
};

struct scalar {
	enum scalar_kind kind;
	union {
		bool boolean;
		int64_t integer;
		uint64_t natural;
		double number;
	} u;
};

/* A plain scalar without a tag. */
struct scalar scalar_resolve(struct str text);
/* With an explicit tag ("tag:yaml.org,2002:int"); tags that are not YAML's leave a string. -1: the text does not fit. */
int scalar_resolve_tagged(struct str text, struct str tag, struct scalar *out, struct error **err);
/* Sets type and content, not for strings and binaries. -1 for .inf and .nan, which JSON cannot hold. */
int scalar_value(const struct scalar *scalar, struct value *out, struct error **err);

#define SCALAR_KEY_MAX 40
/* The text of a key that is no string, in `room`. -1 for null and what else Kubernetes refuses. */
int scalar_key(const struct scalar *scalar, char room[static SCALAR_KEY_MAX], struct str *out, struct error **err);

/* Decodes base64 (with padding; ends of line are passed over) into `out` of at least n bytes. False: broken. */
bool scalar_decode_base64(struct str text, char *out, size_t *length);

#endif
