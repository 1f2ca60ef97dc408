/*
 * policy/kyverno/functions_core.h: what Kyverno's functions come to, whichever language calls them: JMESPath's and
 * CEL's are wrappers. Private to the folder. Each fails with NULL (false) and *err; messages are Kyverno's.
 */
#ifndef POLICY_KYVERNO_FUNCTIONS_CORE_H
#define POLICY_KYVERNO_FUNCTIONS_CORE_H

#include "data/value.h"

/* json.Unmarshal, with Go's messages. */
const struct value *json_read(struct arena *arena, struct str text, struct error **err);
/* sigs.k8s.io/yaml. */
const struct value *yaml_read(struct arena *arena, struct str text, struct error **err);
/* Hexadecimal digest by OpenSSL's name of the algorithm, which a hardened OpenSSL may refuse: p == NULL. */
struct str digest_text(struct arena *arena, const char *algorithm, struct str bytes);
/* The fields of the first certificate or certificate request in a PEM text; *is_request tells which (may be NULL). */
const struct value *x509_read(struct arena *arena, struct str text, bool *is_request, struct error **err);
/* A text that the regular expression matches (goregen.Generate). */
bool random_text(struct arena *arena, struct str pattern, struct str *out, struct error **err);

#endif
