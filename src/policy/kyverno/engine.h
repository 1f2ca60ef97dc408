/*
 * policy/kyverno/engine.h: compiled Kyverno policies, shared by the files of the engine; private to the folder.
 *
 * Semantics: Kyverno v1.19 api/kyverno/v1, pkg/engine, pkg/autogen. Everything here is made when policies are loaded,
 * lives in the policy set's arena and is immutable while judging.
 */
#ifndef POLICY_KYVERNO_ENGINE_H
#define POLICY_KYVERNO_ENGINE_H

#include "lang/jmespath/jmespath.h"
#include "policy/kyverno/operator.h"
#include "policy/kyverno/pattern.h"
#include "policy/kyverno/substitute.h"
#include "policy/podsecurity/podsecurity.h"
#include "policy/admissionpolicy/admissionpolicy.h"
#include "policy/policy.h"

/* Nested foreach beyond this is refused when the policy is loaded. */
#define FOREACH_DEPTH_MAX 16
/* Elements that one rule visits in all its loops. */
#define FOREACH_ELEMENTS_MAX 100000
/* Steps of one policy when the review names no budget. */
#define STEPS_DEFAULT 10000000

struct exception;
struct kyverno_policy;
struct match;

/* -- conditions ---------------------------------------------------------------------------------------------------- */

/* A key or value: mostly static, then `constant` is all there is. */
struct operand {
	const struct value *constant;           /* NULL: render */
	const struct template *template;
};

struct condition {
	struct operand key, value;
	enum condition_operator op;
	struct str message;
	const struct template *message_template; /* NULL when the message has no variables */
	const struct value *at;
};

struct condition_list {
	struct condition *items;
	size_t count;
	bool present;                           /* an empty `any` holds for nothing, an absent one for everything */
};

struct conditions {
	bool old;                               /* the deprecated plain list: kept in `all` */
	struct condition_list any, all;
};

/* -- context entries ----------------------------------------------------------------------------------------------- */

enum context_kind { CONTEXT_VARIABLE, CONTEXT_CONFIG_MAP, CONTEXT_API_CALL, CONTEXT_GLOBAL, CONTEXT_IMAGE_REGISTRY };

struct context_entry {
	struct str name;
	enum context_kind kind;
	const struct value *at;
	/* variable */
	const struct template *value, *fallback;
	struct str jmespath;                    /* as written */
	const struct template *jmespath_template;
	const struct jmespath *program;         /* when the text has no variables */
	/* configMap: {name, namespace}; apiCall and globalReference: all their fields */
	const struct template *call;
};

struct context_entries {
	struct context_entry *items;
	size_t count;
};

/* -- what a rule checks -------------------------------------------------------------------------------------------- */

/* A pattern without variables is compiled once, one with variables after each rendering. */
struct pattern_source {
	const struct template *template;
	const struct pattern *compiled;
};

struct foreach;

/* What `validate` and each entry of `foreach` have in common. The first that is there counts, in this order. */
struct check {
	bool deny;
	const struct conditions *deny_conditions;       /* NULL denies always */
	bool has_pattern, has_any_pattern;
	struct pattern_source pattern;
	const struct template *any_pattern;             /* the whole list */
	const struct pattern **any_patterns;            /* when it is static */
	size_t any_pattern_count;
	bool any_pattern_is_list;
	struct foreach *foreach;
	size_t foreach_count;
	bool has_foreach;
};

enum element_scope { SCOPE_AUTOMATIC, SCOPE_ELEMENT, SCOPE_OBJECT };

struct foreach {
	struct str list_text;
	const struct jmespath *list;            /* NULL: no expression given */
	struct context_entries context;
	const struct conditions *preconditions;
	enum element_scope scope;
	struct check check;
	const struct value *at;
};

enum handler { HANDLER_VALIDATE, HANDLER_POD_SECURITY, HANDLER_CEL, HANDLER_UNSUPPORTED, HANDLER_NONE };

/* For which kinds of resources the rule is there at all (autogen). */
enum gate {
	GATE_ALWAYS,
	GATE_NOT_GENERATED,     /* an own rule named autogen-…: hidden where rules are generated */
	GATE_TEMPLATE,          /* generated: for pod controllers */
	GATE_CRON_JOB,          /* generated: for CronJobs */
};

struct action_override {
	bool enforce;
	const struct value *namespaces;         /* list of patterns, or NULL */
	const struct value *selector;           /* label selector with wildcards, or NULL */
};

/* A property whose value may hold variables. */
struct rule_property {
	struct str name;
	const struct template *template;
};

struct rule {
	const struct kyverno_policy *policy;
	struct str name;
	enum gate gate;
	enum handler handler;
	bool enforce;
	bool keeps_violations;                  /* allowExistingViolations */
	bool needs_context;                     /* anything but static patterns */
	const struct match *match, *exclude;    /* exclude: NULL for none */
	struct context_entries context;
	const struct conditions *preconditions; /* NULL: none */
	struct check check;
	struct str message;                     /* as written */
	const struct template *message_template;
	const struct cel_rule *cel;             /* validate_cel.c */
	const struct value *pod_security;       /* the subrule as written */
	struct ps_version version;
	enum ps_level level;
	struct str unsupported;                 /* why there is no verdict */
	struct str passed;                      /* validation rule 'x' passed. */
	struct str failed_at;                   /* all of a failure message but the path, when the message is static */
	const struct property *properties;
	size_t property_count;
	const struct rule_property *dynamic_properties;
	size_t dynamic_property_count;
	const struct action_override *overrides;
	size_t override_count;
	const struct exception **exceptions;    /* linked when the set is sealed */
	size_t exception_count, exception_capacity;
	const struct value *at;
};

struct kyverno_policy {
	struct policy head;
	struct str key;                         /* "namespace/name", or the name of a ClusterPolicy */
	size_t scratch;                         /* index of the dialect in review->scratch */
	struct str namespace;                   /* that a Policy is for: "default" when it names none */
	bool namespaced;
	bool apply_one;
	bool match_conditions;                  /* webhookConfiguration.matchConditions: CEL, not supported yet */
	bool enforce;
	struct rule *rules;
	size_t rule_count, rule_capacity;
	/* Kinds that rules were generated for; the others see the rules as written. */
	const struct str *controllers;
	size_t controller_count;
	bool generates_template, generates_cron_job;
};

struct exception {
	struct str key;                         /* "namespace/name" */
	const struct value *object;
	const struct match *match;
	const struct conditions *conditions;
	const struct value *pod_security;       /* non-empty list or NULL */
	const struct value *exceptions;
};

/* Kept by the policy set for this dialect. */
struct kyverno_state {
	struct arena *arena;
	size_t index;                           /* of the dialect in review->scratch */
	struct kyverno_policy **policies;
	size_t policy_count, policy_capacity;
	struct exception **exceptions;
	size_t exception_count, exception_capacity;
	struct cel_env *cel_base;               /* of validate.cel; NULL: not made yet */
};

/* -- loading ------------------------------------------------------------------------------------------------------- */

/* What compile functions share: where things are made and what they belong to. */
struct loader_context {
	struct arena *arena;
	struct kyverno_policy *policy;
	struct error **err;
	struct kyverno_state *state;
	struct policy_set *set;
	bool generated; /* Kyverno writes rules out and reads them again: empty lists are lost */
};

int policy_load(struct policy_set *set, struct kyverno_state *state, const struct value *object, struct error **err);
/* One rule (as written or generated) into *rule. */
int rule_load(struct loader_context *load, const struct value *object, enum gate gate, struct rule *rule);
int exception_load(struct kyverno_state *state, const struct value *object, struct error **err);
/* Tells every rule which exceptions name it. */
void exceptions_link(struct kyverno_state *state);

/* validate_cel.c: validate.cel and celPreconditions of the rule. */
int cel_rule_load(struct loader_context *load, const struct value *object, struct rule *rule);
int conditions_load(struct loader_context *load, const struct value *object, bool any_all_only,
		    const struct conditions **out);
int context_entries_load(struct loader_context *load, const struct value *list, struct context_entries *out);
int check_load(struct loader_context *load, const struct value *object, int depth, struct check *out);
/* Whether the conditions read anything from the context. */
bool conditions_are_static(const struct conditions *conditions);

/* -- autogen.c ----------------------------------------------------------------------------------------------------- */

/* May rules be generated for pod controllers, and for which? The names live in the arena. */
bool autogen_controllers(struct arena *arena, const struct value *policy, const struct str **controllers,
			 size_t *count);
/* The rule rewritten for the pod template of `controllers` or (cron_job) for CronJobs; NULL when there is none. */
const struct value *autogen_rule(struct arena *arena, const struct value *rule, const struct str *controllers,
				 size_t count, bool cron_job);
bool autogen_is_generated_name(struct str name);

/* -- match.c ------------------------------------------------------------------------------------------------------- */

/* What matching looks at; filled once per policy and review. */
struct match_subject {
	struct gvk kind;
	struct str subresource;
	enum operation operation;
	const struct value *object;             /* never NULL */
	struct str name, namespace;             /* of the object; name falls back to generateName */
	const struct value *labels, *annotations, *namespace_labels;
	const struct value *user, *roles, *cluster_roles;
	bool has_user;                          /* anything known of who asks */
	struct trace *trace;
	struct arena *arena;
};

int match_load(struct loader_context *load, const struct value *object, const struct match **out);
/* MatchesResourceDescription for match: any, else all, else the plain description. */
bool match_holds(const struct match *match, const struct match_subject *subject);
/* The same for exclude: true when the resource is excluded. */
bool match_excludes(const struct match *match, const struct match_subject *subject);
/* The stricter reading of exceptions. */
bool match_holds_for_exception(const struct match *match, const struct match_subject *subject);
/* Adds the kinds that may match; false when any kind may. */
bool match_kinds(struct arena *arena, const struct match *match, struct kind_pattern **kinds, size_t *count,
		 size_t *capacity);
bool match_selector(struct arena *arena, const struct value *selector, const struct value *labels);
struct kind_pattern kind_pattern_parse(struct arena *arena, struct str text);

/* -- judging ------------------------------------------------------------------------------------------------------- */

void policy_judge(const struct policy *policy, struct review *review, struct result_list *results);

/* path.c: "/spec/containers/0/image" of a value inside the object (by identity or by place); empty when it is not
 * there. */
struct str path_of(struct arena *arena, const struct value *object, const struct value *value);
/* The value itself, or the first item in it, that stands in the text of `object`; NULL when none does. */
const struct value *place_of(const struct value *object, const struct value *value);

#endif
