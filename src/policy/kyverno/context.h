/*
 * policy/kyverno/context.h: the JSON context that variables are looked up in; private to the folder.
 *
 * Semantics: Kyverno v1.19 pkg/engine/context (deferred loaders, checkpoints), pkg/engine/policycontext and, for what a
 * values file may set, cmd/cli/kubectl-kyverno/{variables,store,processor}. All of it lives in the review's arena.
 */
#ifndef POLICY_KYVERNO_CONTEXT_H
#define POLICY_KYVERNO_CONTEXT_H

#include "policy/kyverno/engine.h"

/* The request as one or all policies of a review see it. */
struct request_base {
	bool made, members_made;
	enum operation operation;
	const struct value *object, *old_object; /* NULL when there is none */
	struct match_subject subject, old_subject;
	const struct value *given;              /* values to set, by dotted name; NULL for none */
	struct member *members;                 /* request, serviceAccountName, … */
	size_t count;
};

/* Work shared by the policies of one review: review->scratch. */
struct shared {
	struct review *review;
	struct arena *arena;
	const struct value *object, *old_object; /* as Kyverno's CLI prepares them */
	const struct value *values;
	bool values_per_policy;
	struct request_base base;               /* for policies without values of their own */
	const struct value *namespace_labels;
	bool images_made;
	const struct value *images;             /* NULL: none */
	struct str images_error;
	struct jmespath_context jmespath;
	struct pod_judgement *pods;             /* pod_security.c: what levels came to, before exclusions */
};

/* The shared work of a review, made on first use. */
struct shared *shared_of(struct review *review, size_t index);
/* The request for a policy. NULL and *err when values make it something impossible. */
struct request_base *request_base_for(struct shared *shared, const struct kyverno_policy *policy, struct error **err);
/* Makes base->members, which only variables need. */
void request_members(struct shared *shared, struct request_base *base);

/* A context entry in force: loaded on the first query that mentions its name. */
struct loader {
	const struct context_entry *entry;
	int level;                              /* of checkpoints, when it was added */
	int loaded_level;                       /* at its last successful load */
	bool matched, loaded;
};

struct checkpoint {
	struct member *members;
	size_t count;
	bool images_loaded;
};

struct context {
	struct shared *shared;
	struct arena *arena;
	struct review *review;
	const struct rule *rule;
	struct request_base *base;
	const struct value *rule_values, *foreach_values;       /* from a values file; NULL for none */
	enum operation operation;
	const struct value *object, *old_object;
	const struct value *element;            /* what patterns are matched against inside foreach; else NULL */
	struct member *members; /* the context itself: name → value; the request's own while capacity is 0 */
	size_t count, capacity;
	struct value root;                      /* an object over members */
	bool images_loaded;
	struct loader *loaders;
	size_t loader_count, loader_capacity;
	int load_level, load_index, load_depth; /* while a loader runs, else -1 */
	struct checkpoint *checkpoints;
	size_t level, checkpoint_capacity;      /* checkpoints that are set */
	size_t elements;                        /* visited by foreach */
	const struct value *queried; /* result of the last query; rendering gives it the place of the variable */
	struct substitution substitution;
};

/* Starts the context of one rule; entries are not loaded yet. */
void context_start(struct context *context, struct shared *shared, struct request_base *base, const struct rule *rule);
/* contextLoader.Load: values of the rule, answered API calls, loaders for the rest. */
int context_add_entries(struct context *context, const struct context_entries *entries, struct error **err);

void context_set(struct context *context, struct str name, const struct value *value);
/* Objects are merged, everything else is replaced. */
void context_merge(struct context *context, struct str name, const struct value *value);
const struct value *context_get(const struct context *context, struct str name);
/* One dotted name ("request.object.metadata.name") as AddVariable reads it. */
void context_add_variable(struct context *context, struct str name, const struct value *value);
void context_add_element(struct context *context, const struct value *element, size_t index, int nesting);
/* request.object and request.oldObject become others; the operation too. */
void context_swap_objects(struct context *context, const struct value *object, const struct value *old_object,
			  enum operation operation);

void context_checkpoint(struct context *context);
void context_reset(struct context *context);
void context_restore(struct context *context);

/* Evaluates in the context; on failure *err is worded as Kyverno's Query. */
enum jmespath_status context_query(struct context *context, const struct jmespath *program, const struct value **out,
				   struct error **err);
/* Compiles at run time; "incorrect query …" on failure. */
const struct jmespath *context_compile(struct context *context, struct str expression, struct error **err);
enum jmespath_status context_render(struct context *context, const struct template *template, const struct value **out,
				    struct error **err);

/* context_load.c: runs one loader. */
int context_load_entry(struct context *context, struct loader *loader, struct error **err);
/* An API call that the values answer: 1 and the entry is set, 0 none, -1 *err. */
int context_answer_call(struct context *context, const struct context_entry *entry, struct error **err);
bool context_calls_answered(const struct context *context);
/* context_cluster.c: asks the store for what an API server would answer; only for a lookup that is whole. */
int context_call_cluster(struct context *context, struct loader *loader, struct error **err);

/* images.c: {containers: {NAME: {registry, path, …}}, …}; NULL for none or (with *error set) when an image is
 * malformed. */
const struct value *images_of(struct arena *arena, const struct value *resource, struct str *error);

/* values.c */
const struct value *values_for_policy(struct arena *arena, const struct value *values, const struct value *set,
				      struct str policy, struct str resource);
bool values_are_per_policy(const struct value *values);
const struct value *values_for_rule(const struct value *values, struct str policy, struct str rule);
/* Labels of a namespace: values before the store; NULL when nothing is known. */
const struct value *values_namespace_labels(const struct lookup *lookup, struct str namespace);
/* `into` with `value` put at the dotted name. */
const struct value *values_set(struct arena *arena, const struct value *into, struct str name,
			       const struct value *value);
const struct value *value_merge(struct arena *arena, const struct value *into, const struct value *from, int depth);
/* The static answer to an API call ({statusCode, body}) or NULL. */
const struct value *values_call_response(const struct value *values, struct str method, struct str url);
const struct value *values_global_entry(const struct value *values, struct str name);
/* A resource of a kind that the values call a subresource becomes a request for that subresource of its parent. */
void values_map_subresource(struct review *review);

/* conditions.c */
enum truth { TRUTH_NO, TRUTH_YES, TRUTH_ERROR = -1 };
/* EvaluateConditions. *message gets the messages of the conditions that decided; *at what the deciding condition looked
 * at. */
enum truth conditions_hold(struct context *context, const struct conditions *conditions, struct str *message,
			   const struct value **at, struct error **err);
/* As exceptions combine them: all, then any. */
enum truth conditions_hold_for_exception(struct context *context, const struct conditions *conditions,
					 struct error **err);

/* exceptions.c: exceptions in force for the rule and this resource; count 0 for none. */
const struct exception **exceptions_matching(struct context *context, size_t *count);

#endif
