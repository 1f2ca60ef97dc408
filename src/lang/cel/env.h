/*
 * lang/cel/env.h: what an environment declares, as the checker and the planner look it up. Private to the room.
 */
#ifndef LANG_CEL_ENV_H
#define LANG_CEL_ENV_H

#include "lang/cel/ast.h"

/* A function's signature, parsed. */
struct cel_overload {
	const struct cel_function *function;
	bool member;
	uint8_t generic;                /* how many different type parameters it has */
	uint8_t parameter_count;        /* the receiver included */
	const struct cel_type *const *parameters;
	const struct cel_type *result;
};

/* All overloads of one name. */
struct cel_overload_set {
	struct str name;
	const struct cel_overload *const *overloads;
	size_t count;
};

struct cel_variable {
	struct str name;
	const struct cel_type *type;
	uint32_t slot;
	bool is_constant;               /* a type's name or an enum's value: `constant` */
	struct cel_value constant;
};

enum cel_flavour cel_env_flavour(const struct cel_env *env);
uint32_t cel_env_macros(const struct cel_env *env);
struct str cel_env_container(const struct cel_env *env);
/* By exact name (no container); NULL when absent. */
const struct cel_overload_set *cel_env_function(const struct cel_env *env, struct str name);
const struct cel_variable *cel_env_variable(const struct cel_env *env, struct str name);
/* The closest function name, for "did you mean"; empty when none is close. */
struct str cel_env_closest_function(const struct cel_env *env, struct str name);
const struct cel_type *cel_env_type(const struct cel_env *env, struct str name);

/*
 * Whether a qualified name that starts with `root` may be a variable, a type or a constant (CEL_QUALIFIED_VALUE) or a
 * function (CEL_QUALIFIED_FUNCTION), so that most chains of fields need not be looked up as names.
 */
#define CEL_QUALIFIED_VALUE 1
#define CEL_QUALIFIED_FUNCTION 2
unsigned cel_env_qualified(const struct cel_env *env, struct str root);
/* The closest variable name; empty when none is close. */
struct str cel_env_closest_variable(const struct cel_env *env, struct str name);
/* Lists and maps must be of one type. */
bool cel_env_is_homogeneous(const struct cel_env *env);

/* cel-go's IsAssignableType: whether a value of type `from` may stand for `to`; type parameters are like dyn. */
bool cel_type_accepts(const struct cel_type *to, const struct cel_type *from);

/*
 * "string.(int) -> string". `named` gives the types that are not built in; NULL from it, or without it: an opaque type.
 */
struct cel_signature {
	struct arena *arena;
	const struct cel_type *(*named)(void *data, struct str name);
	void *data;
};
int cel_signature_parse(const struct cel_signature *context, const struct cel_function *function,
			struct cel_overload *out, struct error **err);
/* One type, as in signatures: "map(string, list(int))". NULL and *err. */
const struct cel_type *cel_type_parse(const struct cel_signature *context, struct str text, struct error **err);
/* Types that every environment knows by name: int, google.protobuf.Int32Value …; NULL for others. */
const struct cel_variable *cel_well_known(struct str name);
/* Whether a literal of this type may be written as a message (google.protobuf.Duration{seconds: 1}), and its fields. */
bool cel_well_known_message(const struct cel_type *type);
const struct cel_type *cel_well_known_field(const struct cel_type *type, struct str field);

/* What a flavour is made of. libraries.c */
struct cel_flavour_library {
	const struct cel_library *library;
	uint32_t flavours;                      /* 1 << enum cel_flavour */
};
extern const struct cel_flavour_library cel_flavour_libraries[];
extern const size_t cel_flavour_library_count;
extern const uint32_t cel_flavour_macros[];     /* by enum cel_flavour: enum cel_macros */

/* The libraries of the flavours (libraries.c lists them). The standard one has the operators and conversions. */
extern const struct cel_library cel_standard_library, cel_optional_library, cel_strings_library /* version 2 */,
	cel_strings_plain_library /* the newest */, cel_regex_library, cel_regex_extract_library, cel_kubernetes_lists_library,
	cel_lists_library, cel_lists_newer_library /* cel-go 0.30 */, cel_sets_library, cel_url_library,
	cel_quantity_library, cel_ip_library, cel_cidr_library,
	cel_network_library, cel_format_library, cel_semver_library, cel_two_variables_library, cel_math_library,
	cel_encoders_library, cel_json_library, cel_bindings_library, cel_authorization_library;

/* Fills in types, variables and overloads; checks literals where the flavour does. False when there are issues. */
bool cel_check(struct arena *arena, const struct cel_env *env, struct cel_expr *root, struct cel_issues *issues);

struct cel_range cel_estimate(struct arena *arena, const struct cel_env *env, const struct cel_expr *root,
			      bool (*size_of)(void *data, struct str path, struct cel_range *out), void *data);

/* The planner: checked or unchecked tree → program, constants folded. NULL and *err: what fails already (CEL_STAGE_PROGRAM). */
struct cel_program;
struct cel_program *cel_plan(struct arena *arena, const struct cel_env *env, const struct cel_expr *root, struct str source,
			     struct error **err);

#endif
