/*
 * policy/admissionpolicy/problems.h: what is wrong with an API object, in the words of the API server.
 *
 * Semantics: k8s.io/apimachinery v0.36 pkg/util/validation/field (Error.ErrorBody, ErrorList.ToAggregate).
 */
#ifndef POLICY_ADMISSIONPOLICY_PROBLEMS_H
#define POLICY_ADMISSIONPOLICY_PROBLEMS_H

#include "data/value.h"

/* Zero-initialise but for the arena. */
struct problems {
	struct arena *arena;
	struct str *items;
	size_t count, capacity;
	struct place place; /* of the first one */
	bool fatal;	    /* what is told from now on makes the object useless */
	size_t fatal_count;
};

/* Where a problem is: a path in Go's notation, "spec.validations[0].expression", and its value (may be NULL). */
struct field {
	struct str path;
	const struct value *value;
};
struct field field_child(struct arena *arena, struct field parent, const char *name);
struct field field_index(struct arena *arena, struct field parent, size_t i);

/* `detail` may be empty. */
void problem_required(struct problems *problems, struct field field, const char *detail);
void problem_forbidden(struct problems *problems, struct field field, const char *detail);
/* Shows the field's value: strings quoted, others as JSON. */
void problem_invalid(struct problems *problems, struct field field, struct str detail);
/* The same with another text for the value. */
void problem_invalid_text(struct problems *problems, struct field field, struct str text, struct str detail);
void problem_unsupported(struct problems *problems, struct field field, const char *const *supported);
void problem_duplicate(struct problems *problems, struct field field);
void problem_too_many(struct problems *problems, struct field field, size_t count, size_t most);
void problem_internal(struct problems *problems, struct field field, struct str detail);

/* 0 when there is none; else -1 and *err with all of them. */
int problems_report(const struct problems *problems, struct error **err);

#endif
