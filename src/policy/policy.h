/*
 * policy/policy.h: what every policy language offers, and the set of compiled policies that judges.
 *
 * In: API objects (policies, exceptions) while the set is built; then reviews. Out: results. A set is built by one
 * thread, sealed, and then immutable and shared by all threads. Everything in it lives in the set's arena (sources of
 * the policy texts must outlive it); results live in the review's arena. No judge can tell who asked.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "kube/kind.h"
#include "kube/store.h"

/* -- what is judged --------------------------------------------------------------------------------------------- */

enum operation { OPERATION_CREATE, OPERATION_UPDATE, OPERATION_DELETE, OPERATION_CONNECT };
extern const char *const operation_names[];     /* "CREATE" … */
/* False when the name is none of the four (upper case). */
bool operation_parse(struct str name, enum operation *out);

/* Where judges look up what is not in the request. Any field may be NULL. */
struct lookup {
	const struct store *store;              /* Namespaces, ConfigMaps, params, other resources */
	bool assume_bound;                      /* admission policies without a binding are judged as if they had one */
	bool whole;                             /* the store is all there is: API calls read it, what it lacks does not exist */
	const struct value *values;             /* decoded Values of cli.kyverno.io (globalValues, policies, namespaceSelector, …) */
	const struct value *set;                /* --set K=V pairs: an object of strings */
};

/* A cap that is hit makes an error result. 0: no limit. */
struct budget {
	uint64_t steps;                         /* evaluation steps of one policy */
	size_t memory;                          /* bytes of review->arena */
};

struct trace;                                   /* policy/trace.h; NULL but for `biro explain` */
struct regex_cache;

/* What is judged when it is no Kubernetes object: any document, or the request that a proxy asks about. */
enum payload { PAYLOAD_NONE, PAYLOAD_JSON, PAYLOAD_ENVOY, PAYLOAD_HTTP };

/* Shaped like the AdmissionReview request that the API server would send. */
struct review {
	enum operation operation;
	enum payload payload;                   /* not PAYLOAD_NONE: `object` is it; there is no kind, name or namespace */
	bool operation_given;                   /* asked for: a values file's request.operation does not replace it */
	struct gvk kind;
	struct gvr resource;
	struct str subresource, name, namespace;  /* namespace is empty for cluster-scoped objects without one */
	const struct value *object;             /* NULL on DELETE */
	const struct value *old_object;         /* NULL on CREATE */
	const struct value *options;
	const struct value *user;               /* userInfo: {username, uid, groups, extra}; NULL: none known */
	const struct value *roles, *cluster_roles; /* arrays of strings; NULL: none known */
	bool dry_run;
	bool only_object;                       /* the request has no name, kind, resource and dryRun (Kyverno's tests give none) */
	const struct lookup *lookup;
	struct budget budget;
	struct arena *arena;
	struct regex_cache *regexes;            /* of this thread; may be NULL */
	struct trace *trace;
	void *scratch[8];                       /* per dialect (its index in the table): work shared by its policies for this review */
};

/*
 * A review as `biro check` makes it: kind, resource, name and namespace from the object; CREATE. What the API server does
 * to an object before admission is done here: a namespaced (or unknown) kind without namespace is in "default" (also in
 * review->object's metadata), and a null where a map of labels, annotations or data belongs is an empty map. Values keep their
 * places.
 */
void review_init(struct review *review, struct arena *arena, const struct value *object);
/* What the verdict is about: object, else old_object. */
const struct value *review_subject(const struct review *review);

/* -- what comes out ---------------------------------------------------------------------------------------------- */

enum outcome { OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_WARN, OUTCOME_ERROR, OUTCOME_SKIP };
extern const char *const outcome_names[];       /* "pass" … as PolicyReport spells them */

struct property {
	struct str name, value;
};

struct result {
	struct str policy;              /* metadata.name; "namespace/name" for a namespaced policy is made by outputs */
	struct str policy_namespace;
	struct str policy_kind;         /* ClusterPolicy, Policy, … or PodSecurity for the built-in default */
	struct str rule;
	enum outcome outcome;
	struct str severity;            /* critical high medium low info, or empty */
	struct str category;
	struct str message;
	struct str fix;                 /* one line: what to do; may be empty */
	bool unscored;                  /* policies.kyverno.io/scored: "false": a fail is reported as warn */
	const struct property *properties;
	size_t property_count;
	struct str path;                /* where in the object: "/spec/containers/0/image", or empty */
	const struct value *at;         /* the value (or its closest parent) at that path, for line and column; may be NULL */
	const struct value *policy_at;  /* the rule in its policy, for explain and SARIF's rule location; may be NULL */
	struct str help_uri;
	const struct value *patched;    /* the object after this rule changed it; NULL: not changed */
};

/* Results of one review, in order of policies and rules. Zero-initialise. */
struct result_list {
	struct result *items;
	size_t count, capacity;
};
/* A zeroed result at the end of the list. */
struct result *result_add(struct arena *arena, struct result_list *list);

/* -- policies ---------------------------------------------------------------------------------------------------- */

struct policy_set;

/* What a policy can match, for the index; patterns ('*', '?') allowed in each part. */
struct kind_pattern {
	struct str group, version, kind, subresource;   /* "*" for any */
};

/* The head of every compiled policy; a dialect embeds it first in its own struct. */
struct policy {
	const struct policy_dialect *dialect;
	struct str name, namespace, kind;
	struct str title, category, severity;
	bool unscored;
	bool mutates;                           /* judged before those that do not; may replace review->object */
	bool silent;                            /* for `biro test`: gives no response for what it does not match, not an empty one */
	unsigned payloads;                      /* 1 << enum payload: judges these, too */
	const struct value *object;             /* as written */
	const struct kind_pattern *kinds;       /* none: may match anything */
	size_t kind_count;
};

struct policy_dialect {
	const char *name;                       /* "kyverno" */
	/* Is this API object one of mine (a policy, an exception, a binding)? By apiVersion and kind alone. */
	bool (*claims)(const struct value *object);
	/*
	 * Compiles it into the set (policy_set_add_policy for each policy). -1 and *err when it is broken or of a version
	 * that is not known; the set stays usable without it.
	 */
	int (*compile)(struct policy_set *set, const struct value *object, struct error **err);
	/* After the last object; links exceptions, bindings. May be NULL. */
	int (*seal)(struct policy_set *set, struct error **err);
	/* Before the index is asked, once per review: may correct its kind and subresource from look-ups. May be NULL. */
	void (*prepare)(struct review *review);
	/* Judges one review by one policy that the index selected; appends results (none when no rule matches). */
	void (*judge)(const struct policy *policy, struct review *review, struct result_list *results);
};
extern const struct policy_dialect *const policy_dialects[];    /* dialects.c; ends with NULL */

struct policy_set *policy_set_create(void);
void policy_set_destroy(struct policy_set *set);
struct arena *policy_set_arena(struct policy_set *set);
/* Per-dialect state while building and judging; owned by the set's arena. */
void **policy_set_state(struct policy_set *set, const struct policy_dialect *dialect);

/*
 * 1: taken as a policy (or exception …). 0: not a policy of any dialect. -1: claimed but not usable (*err).
 * The object (and its source) must outlive the set.
 */
int policy_set_add(struct policy_set *set, const struct value *object, struct error **err);
/* Called by dialects. */
void policy_set_add_policy(struct policy_set *set, struct policy *policy);
/*
 * Called by dialects: objects of this kind are looked up while judging (params, quotas), so loaders keep them. The group is "*"
 * for any.
 */
void policy_set_want(struct policy_set *set, struct str group, struct str kind);
bool policy_set_wants(const struct policy_set *set, struct gvk kind);
/* Of any group. */
bool policy_set_wants_kind(const struct policy_set *set, struct str kind);
/* How many kinds are wanted: has it grown, documents that were passed over may be needed after all. */
size_t policy_set_want_count(const struct policy_set *set);
/*
 * Called by dialects while sealing: something is wrong with an object that was taken (a binding to no policy), but the set is
 * usable. Told as a finding. The message lives in the set's arena.
 */
struct policy_complaint {
	enum outcome outcome;           /* OUTCOME_ERROR; OUTCOME_WARN: a policy that no binding puts in force */
	const struct value *object;
	struct str message;
};
void policy_set_complain(struct policy_set *set, enum outcome outcome, const struct value *object, struct str message);
const struct policy_complaint *policy_set_complaints(const struct policy_set *set, size_t *count);
/* Builds the index. After this the set is read-only. */
int policy_set_seal(struct policy_set *set, struct error **err);
size_t policy_set_count(const struct policy_set *set);
const struct policy *policy_set_at(const struct policy_set *set, size_t i);

/* Is there any policy for such documents? */
bool policy_set_takes(const struct policy_set *set, enum payload payload);
/* All policies that can match: those that mutate first, then the others, each in the order they were added; appends results. */
void policy_set_judge(const struct policy_set *set, struct review *review, struct result_list *results);

#endif
