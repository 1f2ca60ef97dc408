/*
 * policy/crd/rules.h: x-kubernetes-validations, compiled. Private.
 */
#ifndef POLICY_CRD_RULES_H
#define POLICY_CRD_RULES_H

#include "policy/crd/types.h"

enum { SLOT_SELF, SLOT_OLD_SELF, SLOTS };

struct crd_rule {
	const struct cel_program *program;	   /* NULL: an empty rule, or one that does not compile */
	const struct cel_program *message_program; /* NULL: none, or one that does not compile */
	struct str problem;			   /* why it did not compile; empty: it did */
	struct str message_problem;
	struct str text, message; /* trimmed; message is empty when none was given */
	struct str reason;
	struct str field_path; /* normalised; empty: none */
	bool uses_old, optional_old;
	uint64_t cost, message_cost; /* estimates */
	const struct value *source;
};

struct crd_named_rules {
	struct str name;
	const struct crd_rules *rules;
};

/* A node of the schema that has rules, or something below it has. */
struct crd_rules {
	const struct crd_schema *schema;
	const struct crd_declaration *declaration; /* NULL: nothing that CEL sees */
	const struct cel_view *view;
	struct crd_rule *rules;
	size_t count;
	const struct crd_rules *items, *additional;
	const struct crd_named_rules *properties; /* ordered by name */
	size_t property_count;
	const struct crd_rules **all_of;
	size_t all_of_count;
};

/* What the rules of one node are compiled in. */
struct crd_rule_scope {
	struct arena *arena;
	const struct cel_env *env, *optional_env; /* with oldSelf as it is, and as an optional */
	const struct crd_declaration *declaration;
	const struct crd_schema *schema;
};
void crd_rule_scope_init(struct crd_rule_scope *scope, struct arena *arena, const struct cel_env *base,
			 const struct crd_schema *schema, const struct crd_declaration *declaration);
void crd_rule_compile(const struct crd_rule_scope *scope, const struct value *source, struct crd_rule *rule);

/* Empty when the path is not one of the schema. */
struct str crd_field_path(struct arena *arena, struct str path, const struct crd_schema *schema);

#endif
