/*
 * policy/podsecurity/podsecurity.h: the Pod Security Standards, exactly as Kubernetes evaluates them.
 *
 * Semantics: k8s.io/pod-security-admission v0.36 (policy/, api/). In: a Pod (metadata and spec), a level and a version.
 * Out: the checks that fail, with Kubernetes' own reasons and details. Pods are judged as given, without defaulting.
 */
#ifndef POLICY_PODSECURITY_PODSECURITY_H
#define POLICY_PODSECURITY_PODSECURITY_H

#include "kube/podspec.h"
#include "policy/policy.h"

enum ps_level { PS_PRIVILEGED, PS_BASELINE, PS_RESTRICTED };
extern const char *const ps_level_names[];

/* A minor version 0…36 of v1.N; PS_LATEST is the newest known. */
#define PS_LATEST 36
struct ps_version {
	int minor;
	bool latest;            /* written "latest": shown so in messages */
};
/* "latest", "v1.24". False when malformed. Versions newer than known behave as latest. */
bool ps_version_parse(struct str text, struct ps_version *out);
bool ps_level_parse(struct str text, enum ps_level *out);

/* One field that offends; for excludes and carets. */
struct ps_offence {
	struct str path;                /* "spec.containers[0].securityContext.privileged", relative to the Pod */
	const struct value *at;         /* the value or its closest parent */
	const struct value *container;  /* the container it is in, or NULL for the Pod */
};

struct ps_failure {
	const char *check_id;           /* "capabilities_restricted" */
	enum ps_level level;            /* of the check */
	struct str reason;              /* "unrestricted capabilities" */
	struct str detail;              /* "container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]" */
	const struct ps_offence *offences;
	size_t offence_count;
};

struct ps_verdict {
	bool allowed;
	struct ps_failure *failures;
	size_t failure_count;
	struct str reasons;             /* all, joined with ", " as AggregateCheckResults.ForbiddenReason */
	struct str detail;              /* "privileged (…), host namespaces (…)" as ForbiddenDetail */
};

/* `metadata` may be NULL. Everything in the verdict lives in the arena. */
void ps_evaluate(struct arena *arena, const struct value *metadata, const struct value *spec, enum ps_level level,
		 struct ps_version version, struct ps_verdict *verdict);

/*
 * Kyverno's podSecurity subrule evaluates single checks with relaxations, so the table is open: each check by id, with
 * the control's name in the Pod Security Standards ("Host Namespaces", "Capabilities", …).
 */
struct ps_check {
	const char *id;                 /* "hostNamespaces" */
	const char *control;            /* "Host Namespaces" */
	enum ps_level level;
};
extern const struct ps_check ps_checks[];
extern const size_t ps_check_count;

/*
 * The built-in default: a policy set with one policy "pod-security" whose rules are the checks: `restricted` at warn,
 * `baseline` at fail; a Namespace among the inputs with pod-security.kubernetes.io/* labels chooses levels instead
 * (enforce → fail, warn and audit → warn) for the objects in it. Judges Pods and the templates of all workloads.
 */
int podsecurity_add_default(struct policy_set *set, struct error **err);
extern const struct policy_dialect podsecurity_dialect;

#endif
