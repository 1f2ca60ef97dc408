/*
 * policy/kyverno/functions_json.h: what Go's encoding/json says about a text that is not JSON. Private to functions.
 */
#ifndef POLICY_KYVERNO_FUNCTIONS_JSON_H
#define POLICY_KYVERNO_FUNCTIONS_JSON_H

#include "base/arena.h"
#include "base/str.h"

/* json.Unmarshal's message; empty when Go takes the text. Linear, without recursion. */
struct str function_json_error(struct arena *arena, struct str text);

/*
 * JSON that Go takes and stricter readers do not, made right as Go does: half a surrogate pair and bytes that
 * are no UTF-8 become U+FFFD. The text itself when there is nothing to do.
 */
struct str function_json_repair(struct arena *arena, struct str text);

#endif
