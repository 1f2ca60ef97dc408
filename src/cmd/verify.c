#include "cmd/verify.h"

#include "cmd/load.h"
#include "policy/policy.h"

struct verification {
	struct arena *arena;
	struct policy_set *set;
	struct buf *out;
	size_t policies, broken;
};

static void put_line(struct verification *verification, const struct value *object, const char *verdict,
		     struct str message)
{
	struct place place = value_place(object);

	buf_printf(verification->out, STR_FMT ":%u: %s " STR_FMT " " STR_FMT, STR_ARG(place.file), place.line, verdict,
		   STR_ARG(gvk_of(object).kind), STR_ARG(object_name(object)));
	if (message.n > 0)
		buf_printf(verification->out, ": " STR_FMT, STR_ARG(message));
	buf_add_char(verification->out, '\n');
}

static int take(const struct value *object, void *context)
{
	struct verification *verification = context;
	_cleanup_(error_freep) struct error *err = NULL;
	int status = policy_set_add(verification->set, object, &err);

	if (status == 0)
		return 0;
	verification->policies++;
	if (status > 0) {
		put_line(verification, object, "ok", STR_NULL);
		return 0;
	}
	verification->broken++;
	put_line(verification, object, "broken", str_of(err->message));
	return 0;
}

int verify_policies(struct arena *arena, const struct string_list *policies, char **paths, int count, struct buf *out)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct verification verification = { .arena = arena, .set = policy_set_create(), .out = out };
	int status = EXIT_FINE;

	if (load_objects(arena, policies->items, policies->count, take, &verification, &err) < 0 ||
	    load_objects(arena, (const char *const *)paths, (size_t)count, take, &verification, &err) < 0 ||
	    policy_set_seal(verification.set, &err) < 0) {
		complain(STR_FMT, STR_ARG(error_text(arena, err)));
		status = EXIT_TROUBLE;
	} else if (verification.policies == 0) {
		complain("no policy in what was named");
		status = EXIT_TROUBLE;
	} else {
		buf_printf(out, "%zu policies, %zu broken\n", verification.policies, verification.broken);
		status = verification.broken > 0 ? EXIT_VIOLATIONS : EXIT_FINE;
	}
	policy_set_destroy(verification.set);
	return status;
}
