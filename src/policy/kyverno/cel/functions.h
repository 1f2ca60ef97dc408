/*
 * policy/kyverno/cel/functions.h: the functions that Kyverno adds to CEL.
 *
 * An environment is given them, and the variables they hang on (http, resource, globalContext …), once; what they
 * look at and leave behind at run time is a struct kyverno_cel_context, which run->user must point to (or to
 * something that begins with it).
 *
 * Semantics: github.com/kyverno/sdk extensions/cel/libs and kyverno pkg/cel/libs, as v1.19 has them; without a
 * cluster, as its command line answers (pkg/cel/libs/fake_context.go, http_mock.go).
 */
#ifndef POLICY_KYVERNO_CEL_FUNCTIONS_H
#define POLICY_KYVERNO_CEL_FUNCTIONS_H

#include "lang/cel/cel.h"
#include "policy/policy.h"

/* What knows images and their signatures. A function that is NULL cannot be called: expressions fail and say so. */
struct kyverno_image_engine {
	void *data;
	/* {image, resolvedImage, registry, repository, tag, digest, imageIndex, manifest, config}; NULL and *err */
	const struct value *(*metadata)(void *data, struct arena *arena, struct str image, struct error **err);
	/* How many of the attestors (a list, as in spec.attestors) signed; -1 and *err when nobody can tell. */
	int64_t (*verify_signatures)(void *data, struct arena *arena, struct str image, const struct value *attestors,
				     struct error **err);
	/* The same for an attestation (an item of spec.attestations). */
	int64_t (*verify_attestation)(void *data, struct arena *arena, struct str image,
				      const struct value *attestation, const struct value *attestors,
				      struct error **err);
	/* What a verified attestation says; NULL and *err */
	const struct value *(*payload)(void *data, struct arena *arena, struct str image,
				       const struct value *attestation, struct error **err);
};

/*
 * Lives as long as the evaluation. Answers to calls come from lookup->values first (mocks of a test):
 *     apiCallResponses      [{url, method, response: {statusCode, body}}]
 *     globalContextEntries  [{name, data | resources, fieldPath, projections}]
 *     context               {spec: {resources, images}}
 * then from lookup->store. With lookup->whole, or with a `context`, what is not there does not exist; otherwise it is
 * an error.
 */
struct kyverno_cel_context {
	const struct lookup *lookup;                    /* may be NULL: nothing is known */
	struct str policy_namespace;                    /* of a namespaced policy: all that it may read and make */
	const struct value *attestations;               /* spec.attestations of an image policy; may be NULL */
	/* Whether an image policy is about this image (matchImageReferences): 1, 0; -1 and *err. NULL: about all. */
	int (*concerns_image)(struct kyverno_cel_context *context, struct str image, struct error **err);
	const struct kyverno_image_engine *images;      /* NULL: there is none */
	struct array_builder generated;                 /* out: objects that generator.Apply made, in review's arena */
	struct object_builder verified;                 /* out: images that were checked: whether somebody signed */
};

/* Libraries that not all kinds of policy have. */
enum kyverno_cel_libraries {
	KYVERNO_CEL_USER = 1,           /* parseServiceAccount: validating, mutating, image validating */
	KYVERNO_CEL_X509 = 2,           /* x509.decode: all but image validating */
	KYVERNO_CEL_GENERATOR = 4,      /* generator: generating */
	KYVERNO_CEL_IMAGE_VERIFY = 8,   /* verifyImageSignatures …: image validating */
	KYVERNO_CEL_NAMESPACED = 16,    /* resource and generator without a namespace argument: namespaced policies */
};

/* Where the variables are; kept with the environment. */
#define KYVERNO_CEL_VARIABLES 7
struct kyverno_cel_slots {
	uint32_t slots[KYVERNO_CEL_VARIABLES];  /* UINT32_MAX: not declared */
};

/* Everything that all kinds have and the libraries named. 0, or -1 and *err. */
int kyverno_cel_add_functions(struct cel_env *env, unsigned libraries, struct kyverno_cel_slots *slots,
			      struct error **err);
/* Image references alone, for matchImageReferences. */
int kyverno_cel_add_image_functions(struct cel_env *env, struct error **err);
/* Sets the variables of an evaluation. */
void kyverno_cel_bind(const struct kyverno_cel_slots *slots, struct cel_value *variables);

#endif
