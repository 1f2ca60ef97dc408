/*
 * policy/kyverno/functions_json.h: what Go's encoding/json says about a text that is not JSON. Private to functions.
 */
#ifndef POLICY_KYVERNO_FUNCTIONS_JSON_H
#define POLICY_KYVERNO_FUNCTIONS_JSON_H

#include "base/arena.h"
#include "base/str.h"

/* json.Unmarshal's message; empty when Go takes the text. Linear, without recursion. */
struct str function_json_error(struct arena *arena, struct str text);

#endif
