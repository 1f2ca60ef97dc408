/*
 * Which library belongs to which flavour. Sources: cel-go's ext (PLAIN: the newest versions); Kubernetes 1.36's
 * apiserver/pkg/cel/environment/base.go; Kyverno 1.19's pkg/cel/compiler/env.go.
 */
#include "lang/cel/env.h"

#define PLAIN (1u << CEL_PLAIN)
#define KUBERNETES (1u << CEL_KUBERNETES)
#define KYVERNO (1u << CEL_KYVERNO)
#define ALL (PLAIN | KUBERNETES | KYVERNO)

const struct cel_flavour_library cel_flavour_libraries[] = {
	{ &cel_standard_library, ALL },
	{ &cel_optional_library, ALL },
	{ &cel_strings_library, KUBERNETES | KYVERNO },
	{ &cel_strings_plain_library, PLAIN },
	{ &cel_lists_library, KUBERNETES },
	{ &cel_lists_newer_library, PLAIN | KYVERNO },
	{ &cel_sets_library, ALL },
	{ &cel_two_variables_library, ALL },
	{ &cel_math_library, PLAIN | KYVERNO },
	{ &cel_encoders_library, PLAIN | KYVERNO },
	{ &cel_json_library, PLAIN | KYVERNO },
	{ &cel_bindings_library, PLAIN | KYVERNO },
	{ &cel_network_library, PLAIN },
	{ &cel_regex_library, KUBERNETES | KYVERNO },
	{ &cel_regex_extract_library, PLAIN | KYVERNO },
	{ &cel_kubernetes_lists_library, KUBERNETES | KYVERNO },
	{ &cel_url_library, KUBERNETES | KYVERNO },
	{ &cel_quantity_library, KUBERNETES | KYVERNO },
	{ &cel_ip_library, KUBERNETES | KYVERNO },
	{ &cel_cidr_library, KUBERNETES | KYVERNO },
	{ &cel_format_library, KUBERNETES | KYVERNO },
	{ &cel_semver_library, KUBERNETES | KYVERNO },
	{ &cel_authorization_library, KUBERNETES },
};
const size_t cel_flavour_library_count = sizeof(cel_flavour_libraries) / sizeof(cel_flavour_libraries[0]);

const uint32_t cel_flavour_macros[] = {
	[CEL_PLAIN] = CEL_MACRO_OPTIONAL | CEL_MACRO_TWO_VARIABLES | CEL_MACRO_BIND | CEL_MACRO_BLOCK | CEL_MACRO_MATH |
		      CEL_MACRO_SORT_BY | CEL_MACRO_PROTO | CEL_SYNTAX_ESCAPED,
	[CEL_KUBERNETES] = CEL_MACRO_OPTIONAL | CEL_MACRO_TWO_VARIABLES | CEL_MACRO_SORT_BY,
	[CEL_KYVERNO] = CEL_MACRO_OPTIONAL | CEL_MACRO_TWO_VARIABLES | CEL_MACRO_BIND | CEL_MACRO_MATH | CEL_MACRO_SORT_BY | CEL_MACRO_PROTO |
			CEL_SYNTAX_ESCAPED,
};
