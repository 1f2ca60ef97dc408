/*
 * policy/podsecurity/podsecurity.h: the Pod Security Standards, exactly as Kubernetes evaluates them.
 *
 * Semantics: k8s.io/pod-security-admission v0.36 (policy/, api/). In: a Pod (metadata and spec), a level and a
 * version. Out: the checks that fail, with Kubernetes' own reasons and details. Pods are judged as given, without
 * defaulting. A value of a type that the field cannot have counts as null (the API server would refuse the object).
 */
#ifndef POLICY_PODSECURITY_PODSECURITY_H
#define POLICY_PODSECURITY_PODSECURITY_H

#include "kube/podspec.h"
#include "policy/policy.h"

/* -- levels and versions --------------------------------------------------------------------------------------- */

enum ps_level { PS_PRIVILEGED, PS_BASELINE, PS_RESTRICTED };
extern const char *const ps_level_names[];

/* A minor version 0…36 of v1.N; PS_LATEST is the newest known. */
#define PS_LATEST 36
struct ps_version {
	int minor;
	bool latest;            /* written "latest": shown so in messages */
};
#define PS_VERSION_LATEST ((struct ps_version){ PS_LATEST, true })
/* "latest", "v1.24". False when malformed. Versions newer than known behave as latest. */
bool ps_version_parse(struct str text, struct ps_version *out);
bool ps_level_parse(struct str text, enum ps_level *out);
/* "latest", "v1.24" */
struct str ps_version_text(struct arena *arena, struct ps_version version);

/* -- checks ---------------------------------------------------------------------------------------------------- */

struct ps_check {
	const char *id;                 /* "hostNamespaces": the API machinery's name, our rule */
	const char *control;            /* "Host Namespaces": its name in the standard and in Kyverno's exclude */
	enum ps_level level;
	const char *severity;
	const char *fix;                /* one line: what to do */
};
/* In the order of evaluation: baseline, then restricted, each by id. */
extern const struct ps_check ps_checks[];
extern const size_t ps_check_count;

/* One field that offends; for excludes and carets. */
struct ps_offence {
	struct str path;                /* "spec.containers[0].securityContext.privileged", relative to the Pod */
	const struct value *at;         /* the value or its closest parent; may be NULL */
	const struct value *container;  /* the container it is in, or NULL for the Pod */
	const struct str *values;       /* what is wrong there: "true", "0", "NET_ADMIN"; none when it is missing */
	size_t value_count;
	bool is_list;                   /* the values are a list of strings (of capabilities) */
	bool required;                  /* missing, not forbidden */
};

struct ps_failure {
	const struct ps_check *check;
	struct str reason;              /* "unrestricted capabilities" */
	struct str detail;              /* "container \"a\" must set securityContext.capabilities.drop=[\"ALL\"]" */
	struct ps_offence *offences;    /* at least one */
	size_t offence_count;
};

struct ps_verdict {
	bool allowed;
	struct ps_failure *failures;    /* in the order of ps_checks */
	size_t failure_count;
	struct str reasons;             /* all, joined with ", " as AggregateCheckResults.ForbiddenReason */
	struct str detail;              /* "privileged (…), host namespaces (…)" as ForbiddenDetail */
};

/*
 * `metadata` and `spec` may be NULL. Everything in the verdict lives in the arena or borrows from the Pod.
 * Allocates only when something fails (or when a Pod has more than a few containers).
 */
void ps_evaluate(struct arena *arena, const struct value *metadata, const struct value *spec, enum ps_level level,
		 struct ps_version version, struct ps_verdict *verdict);

/* -- as Kyverno's `validate.podSecurity` evaluates them -------------------------------------------------------- */
/*
 * Semantics: Kyverno 1.19 pkg/pss and its fork of pod-security-admission. It differs from Kubernetes: no check
 * overrides another (baseline and restricted ones are all run, for any level but baseline), a check runs at
 * versions older than its first, a user namespace relaxes nothing, procMount_restricted does not exist.
 */

struct ps_kyverno_result {
	bool allowed;
	struct ps_failure *failures;    /* what is left after exclusion; those of host probes have no offences */
	size_t failure_count;
};

/*
 * The Pod in a resource as Kyverno finds it: by kind alone, a CronJob's metadata being that of its jobTemplate.
 * False for a kind that has none ("could not find correct resource type"). *metadata and *spec may become NULL.
 */
bool ps_kyverno_pod(const struct value *resource, const struct value **metadata, const struct value **spec);

/*
 * `excludes` is podSecurity.exclude, an array of {controlName, images, restrictedField, values}, or NULL. -1 and
 * *err when it is of another type.
 */
int ps_evaluate_kyverno(struct arena *arena, const struct value *metadata, const struct value *spec,
			enum ps_level level, struct ps_version version, const struct value *excludes,
			struct ps_kyverno_result *out, struct error **err);
/* Applies further excludes (PolicyException's spec.podSecurity) to a result of the same Pod, level and version. */
int ps_exclude_kyverno(struct arena *arena, const struct value *metadata, const struct value *spec, enum ps_level level,
		       struct ps_version version, const struct value *excludes, struct ps_kyverno_result *result,
		       struct error **err);

/*
 * Validation rule 'x' failed. It violates PodSecurity "restricted:latest": (Forbidden reason: …, field error list: …)
 * `level` and `version` are as the policy writes them; `kind` is the resource's (paths of templates are relocated).
 */
struct str ps_kyverno_message(struct arena *arena, struct str rule, struct str level, struct str version,
			      struct str kind, const struct ps_kyverno_result *result);
/* Properties standard, version, controls and controlsJSON of a PolicyReport result; in the arena. */
const struct property *ps_kyverno_properties(struct arena *arena, struct str level, struct str version,
					     const struct value *spec, const struct ps_kyverno_result *result,
					     size_t *count);

/* -- the policy of a namespace --------------------------------------------------------------------------------- */

struct ps_level_version {
	enum ps_level level;
	struct ps_version version;
};

struct ps_policy {
	struct ps_level_version enforce, warn, audit;
};

/* A label that says nothing that can be understood. */
struct ps_label_error {
	struct str label, value;
	const char *expected;           /* must be one of privileged, baseline, restricted */
	const struct value *at;
};
#define PS_LABELS 6

/*
 * From labels pod-security.kubernetes.io/… (an object of strings, or NULL), as api.PolicyToEvaluate: a broken
 * enforce label counts as restricted, broken warn and audit labels as privileged, a broken version as latest.
 * `errors` has room for PS_LABELS.
 */
struct ps_policy ps_policy_of_labels(const struct value *labels, struct ps_policy defaults,
				     struct ps_label_error *errors, size_t *error_count);
/* Does any such label exist? */
bool ps_labels_present(const struct value *labels);

/* -- the policy set -------------------------------------------------------------------------------------------- */

/* Who and what is not judged, as in the API server's PodSecurityConfiguration. */
struct ps_exemptions {
	const struct str *usernames, *namespaces, *runtime_classes;
	size_t username_count, namespace_count, runtime_class_count;
};

struct ps_configuration {
	struct ps_policy defaults;      /* for namespaces without labels (or not known) */
	struct ps_exemptions exemptions;
};
/* restricted at warn, baseline at fail, no exemption */
extern const struct ps_configuration ps_configuration_default;

/*
 * A policy "pod-security" of kind PodSecurity whose rules are the checks: what breaks the enforced level fails, what
 * breaks only the warn or audit level warns; a level at which nothing breaks is one pass. A Namespace at hand with
 * labels pod-security.kubernetes.io/… chooses the levels of the objects in it as in a cluster (an absent label means
 * privileged); a Namespace with a broken label is an error result. Judges Pods and the templates of all workloads.
 * The configuration is copied, its strings are borrowed.
 */
int podsecurity_add(struct policy_set *set, const struct ps_configuration *configuration, struct error **err);
/* The built-in default: podsecurity_add() with ps_configuration_default. */
int podsecurity_add_default(struct policy_set *set, struct error **err);
extern const struct policy_dialect podsecurity_dialect;

#endif
