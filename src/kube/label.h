/*
 * kube/label.h: what may be the key or the value of a label. Semantics and wording: apimachinery's IsLabelKey and
 * IsLabelValue.
 */
#ifndef KUBE_LABEL_H
#define KUBE_LABEL_H

#include "base/buf.h"

/* True when valid; else the reasons, joined with "; ", are appended to `why` (which may be NULL). */
bool label_key_is_valid(struct str key, struct buf *why);
bool label_value_is_valid(struct str value, struct buf *why);

#endif
