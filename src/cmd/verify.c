#include "cmd/verify.h"

#include "base/map.h"
#include "cmd/hint.h"
#include "cmd/load.h"
#include "policy/admissionpolicy/admissionpolicy.h"

struct verified {
	const struct value *object;
	bool usable;
};

struct verification {
	struct arena *arena;
	struct policy_set *set;
	struct buf *out;
	struct verified *policies;
	size_t count, capacity;
	size_t broken, warnings;
};

/* "FILE:LINE: VERDICT KIND NAME: MESSAGE"; further lines of the message are indented below. */
static void put_line(struct verification *verification, const struct value *object, const struct value *at,
		     const char *verdict, struct str message)
{
	struct place place = value_place(at ? at : object);
	struct buf *out = verification->out;

	buf_printf(out, STR_FMT ":%u: %s " STR_FMT " " STR_FMT, STR_ARG(place.file), place.line, verdict,
		   STR_ARG(gvk_of(object).kind), STR_ARG(object_name(object)));
	for (size_t i = 0; message.n > 0; i++) {
		size_t end = str_find_char(message, '\n', 0), size = end == STR_NOT_FOUND ? message.n : end;

		buf_printf(out, i == 0 ? ": " STR_FMT : "\n    " STR_FMT, (int)size, message.p);
		message = str_skip(message, size < message.n ? size + 1 : size);
	}
	buf_add_char(out, '\n');
}

/* Dialects begin a message with the policy's kind and name, which the line has said. */
static struct str without_name(struct arena *arena, const struct value *object, struct str message)
{
	struct str prefix = str_format(arena, STR_FMT " " STR_FMT ": ", STR_ARG(gvk_of(object).kind),
				       STR_ARG(object_name(object)));

	return str_starts_with(message, prefix) ? str_skip(message, prefix.n) : message;
}

static int take(const struct value *object, void *context)
{
	struct verification *verification = context;
	_cleanup_(error_freep) struct error *err = NULL;
	int status = policy_set_add(verification->set, object, &err);

	if (status == 0)
		return 0;
	*ARENA_PUSH(verification->arena, verification->policies, verification->count, verification->capacity) =
		(struct verified){ object, status > 0 };
	if (status < 0) {
		hint_names(verification->arena, &err);
		verification->broken++;
		put_line(verification, object, NULL, "broken", without_name(verification->arena, object, str_of(err->message)));
	}
	return 0;
}

/* -- Kubernetes' own policies: types, and what is bound to what ---------------------------------------------------- */

static bool is_kubernetes(const struct value *object)
{
	return str_is(gvk_of(object).group, "admissionregistration.k8s.io");
}

static bool is_binding(const struct value *object)
{
	return is_kubernetes(object) && str_ends_with(gvk_of(object).kind, STR("Binding"));
}

static void warn(struct verification *verification, const struct value *object, const struct value *at,
		 struct str message)
{
	verification->warnings++;
	put_line(verification, object, at, "warning", message);
}

static void check_types(struct verification *verification, const struct value *policy)
{
	struct admission_warnings warnings = { 0 };

	if (!str_is(gvk_of(policy).kind, "ValidatingAdmissionPolicy"))
		return;
	admission_typecheck(verification->arena, policy, admission_type_of_kind, NULL, &warnings);
	for (size_t i = 0; i < warnings.count; i++)
		warn(verification, policy, warnings.items[i].at,
		     str_format(verification->arena, STR_FMT ": " STR_FMT, STR_ARG(warnings.items[i].field),
				STR_ARG(warnings.items[i].message)));
}

static struct str bound_policy(const struct value *binding)
{
	return value_str(value_path(binding, "spec", "policyName"));
}

static void check_bindings(struct verification *verification)
{
	struct map policies, bound;

	map_init(&policies, verification->arena);
	map_init(&bound, verification->arena);
	for (size_t i = 0; i < verification->count; i++) {
		const struct value *object = verification->policies[i].object;

		if (is_binding(object))
			map_put(&bound, bound_policy(object), (void *)object);
		else if (is_kubernetes(object))
			map_put(&policies, object_name(object), (void *)object);
	}
	for (size_t i = 0; i < verification->count; i++) {
		const struct value *object = verification->policies[i].object;

		if (is_binding(object) && !map_has(&policies, bound_policy(object)))
			warn(verification, object, value_path(object, "spec", "policyName"),
			     str_format(verification->arena, "no policy \"" STR_FMT "\" among these files",
					STR_ARG(bound_policy(object))));
		else if (is_kubernetes(object) && !is_binding(object) && !map_has(&bound, object_name(object)))
			warn(verification, object, NULL, STR("no binding among these files: it is not in force"));
	}
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int load(struct verification *verification, const struct string_list *policies, char **paths, int count,
		struct error **err)
{
	if (load_objects(verification->arena, policies->items, policies->count, take, verification, err) < 0 ||
	    load_objects(verification->arena, (const char *const *)paths, (size_t)count, take, verification, err) < 0 ||
	    policy_set_seal(verification->set, err) < 0)
		return -1;
	if (verification->count == 0)
		return error_set(err, ERROR_NOT_FOUND, "no policy in what was named");
	return 0;
}

int verify_policies(struct arena *arena, const struct string_list *policies, char **paths, int count, struct buf *out)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct verification verification = { .arena = arena, .set = policy_set_create(), .out = out };

	if (load(&verification, policies, paths, count, &err) < 0) {
		complain(STR_FMT, STR_ARG(error_text(arena, err)));
		policy_set_destroy(verification.set);
		return EXIT_TROUBLE;
	}
	for (size_t i = 0; i < verification.count; i++)
		if (verification.policies[i].usable)
			check_types(&verification, verification.policies[i].object);
	check_bindings(&verification);
	buf_printf(out, "%zu %s, %zu broken, %zu %s\n", verification.count, verification.count == 1 ? "policy" : "policies",
		   verification.broken, verification.warnings, verification.warnings == 1 ? "warning" : "warnings");
	policy_set_destroy(verification.set);
	return verification.broken > 0 ? EXIT_VIOLATIONS : EXIT_FINE;
}
