/*
 * policy/admissionpolicy/rules.h: the compiled expressions of a spec. Private to rules.c and evaluate.c.
 */
#ifndef POLICY_ADMISSIONPOLICY_RULES_H
#define POLICY_ADMISSIONPOLICY_RULES_H

#include "policy/admissionpolicy/engine.h"

struct rules_condition {
	struct str name, text;
	const struct cel_program *program;
};

struct rules_validation {
	const struct cel_program *program, *message_program; /* message_program: NULL: none */
	struct str text, message_text;
	struct str message; /* trimmed; empty: none */
	struct str reason;  /* never empty */
	uint16_t code;
	const struct value *at;
};

struct rules_annotation {
	struct str key, text;
	const struct cel_program *program;
};

struct admission_rules {
	struct admission_env env;
	const struct admission_variables *variables; /* NULL: none declared */
	size_t variable_count, message_count;
	struct rules_condition *conditions;
	size_t condition_count;
	struct rules_validation *validations;
	size_t validation_count;
	struct rules_annotation *annotations;
	size_t annotation_count;
	struct rules_mutation *mutations;
	size_t mutation_count;
	bool ignore; /* failurePolicy */
	bool asks_authorizer;
};

#endif
