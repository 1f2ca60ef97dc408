/*
 * policy/kyverno/cel/library.h: what the files of Kyverno's CEL functions share. Private to them.
 */
#ifndef POLICY_KYVERNO_CEL_LIBRARY_H
#define POLICY_KYVERNO_CEL_LIBRARY_H

#include "policy/kyverno/cel/functions.h"

#define UNUSED __attribute__((unused))
#define BODY(name) \
	struct cel_value name(struct cel_run *run UNUSED, const struct cel_value *arguments UNUSED, size_t count UNUSED)

/* A function under a name of its own and, since 1.18, under another. */
#define BOTH(first, second, ...) { .name = first, __VA_ARGS__ }, { .name = second, __VA_ARGS__ }

/* The variables that functions hang on, in the order of struct kyverno_cel_slots. */
enum kyverno_cel_variable {
	VARIABLE_HTTP,
	VARIABLE_GLOBAL_CONTEXT,
	VARIABLE_RESOURCE,
	VARIABLE_GENERATOR,
	VARIABLE_IMAGE,
	VARIABLE_JSON,
	VARIABLE_YAML,
};

/* Their classes; there is nothing in the objects. */
extern const struct cel_class http_class, global_context_class, resource_class, generator_class, image_data_class,
	json_class, yaml_class;

extern const struct cel_library kyverno_hash_library, kyverno_math_library, kyverno_random_library,
	kyverno_time_library, kyverno_transform_library, kyverno_user_library;
extern const struct cel_library kyverno_json_library, kyverno_yaml_library, kyverno_gzip_library, kyverno_x509_library;
extern const struct cel_library kyverno_http_library, kyverno_global_context_library;
extern const struct cel_library kyverno_resource_library, kyverno_namespaced_resource_library,
	kyverno_generator_library, kyverno_namespaced_generator_library;
extern const struct cel_library kyverno_image_library, kyverno_image_data_library, kyverno_image_verify_library;

static inline struct kyverno_cel_context *context_of(const struct cel_run *run)
{
	return run->user;
}

/* A member of lookup->values; NULL when there is none. */
const struct value *context_values(const struct cel_run *run, struct str member);
/* Whether what is not found does not exist, as opposed to not being at hand. */
bool context_is_whole(const struct cel_run *run);
/* Fails with "before" and the message of *err, which it frees. */
struct cel_value fail_with(struct cel_run *run, const char *before, struct error *err);
/* What JSON makes of a value, where Go's decoder knows only float64. */
struct cel_value of_json(struct cel_run *run, const struct value *data);

#endif
