/*
 * policy/kyverno/cel/authorize.h: what policies that answer a proxy can read and call. Private to the room.
 */
#ifndef POLICY_KYVERNO_CEL_AUTHORIZE_H
#define POLICY_KYVERNO_CEL_AUTHORIZE_H

#include "policy/kyverno/cel/policy.h"

/* The types of responses, of requests and of tokens; values are documents under a type of their own. */
extern const struct cel_class envoy_response_class, http_response_class, http_request_class, token_class;
extern const struct cel_library authorize_envoy_library, authorize_http_library, authorize_jwt_library;

/* authorize.c: a value of the class that is this document. */
struct cel_value document_value(const struct cel_class *class, const struct value *document);
const struct value *document_of(const struct cel_value *value);
struct cel_value document_get(struct cel_run *run, const struct cel_value *self, struct str field);
int document_has(struct cel_run *run, const struct cel_value *self, struct str field);
const struct value *document_data(struct arena *arena, const struct cel_value *self);
bool document_equal(const struct cel_value *a, const struct cel_value *b);

#endif
