/*
 * Any JSON as a Pod: every level at versions where checks change, as Kubernetes and as Kyverno evaluate it. The members
 * `exclude`, `selector` and `image` of the same object feed what else reads objects on this floor.
 */
#include "data/json.h"
#include "kube/image.h"
#include "kube/selector.h"
#include "policy/podsecurity/podsecurity.h"

/* The room's policy code is linked in, and with it the set that wants to know all dialects. */
const struct policy_dialect *const policy_dialects[] = { &podsecurity_dialect, NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_kubernetes(struct arena *arena, const struct value *metadata, const struct value *spec)
{
	static const int minors[] = { 0, 18, 22, 24, 34, PS_LATEST };

	for (enum ps_level level = PS_PRIVILEGED; level <= PS_RESTRICTED; level++)
		for (size_t i = 0; i < sizeof(minors) / sizeof(minors[0]); i++) {
			struct ps_verdict verdict;

			ps_evaluate(arena, metadata, spec, level, (struct ps_version){ .minor = minors[i] }, &verdict);
			if (verdict.allowed != (verdict.failure_count == 0))
				abort();
			for (size_t j = 0; j < verdict.failure_count; j++)
				if (verdict.failures[j].offence_count == 0 || verdict.failures[j].reason.n == 0)
					abort();
		}
}

static void as_kyverno(struct arena *arena, const struct value *root, const struct value *metadata,
		       const struct value *spec)
{
	struct ps_kyverno_result result;
	struct error *err = NULL;
	size_t count;

	if (ps_evaluate_kyverno(arena, metadata, spec, PS_RESTRICTED, PS_VERSION_LATEST, value_field(root, "exclude"),
				&result, &err) == 0) {
		ps_kyverno_message(arena, STR("rule"), STR("restricted"), STR("latest"),
				   value_str(value_field(root, "kind")), &result);
		ps_kyverno_properties(arena, STR("restricted"), STR("latest"), spec, &result, &count);
	}
	error_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create();
	const struct value *root = json_parse(arena, str_make((const char *)data, size), NULL);
	const struct value *metadata = value_field(root, "metadata"), *spec = value_field(root, "spec");

	if (root) {
		struct error *err = NULL;
		const struct selector *selector;
		struct image image;

		as_kubernetes(arena, metadata, spec);
		as_kyverno(arena, root, metadata, spec);
		selector = selector_compile(arena, value_field(root, "selector"), &err);
		selector_matches(selector, object_labels(root));
		error_free(err);
		if (image_parse(arena, value_str(value_field(root, "image")), &image, NULL) == 0)
			image_text(arena, &image);
	}
	arena_destroy(arena);
	return 0;
}
