#include "cmd/policies.h"

#include "cmd/hint.h"
#include "policy/builtin/builtin.h"
#include "policy/podsecurity/podsecurity.h"

#include <sys/stat.h>

void policies_init(struct policies *policies, struct arena *arena, const struct decode_limits *limits)
{
	*policies = (struct policies){
		.arena = arena,
		.set = policy_set_create(),
		.store = store_create(arena),
		.findings = { .arena = arena },
		.limits = limits,
	};
	map_init(&policies->known, arena);
	map_init(&policies->gathered, arena);
}

/* -- what is a policy --------------------------------------------------------------------------------------------- */

/* API groups whose objects are policies. NULL: every kind of the group, else kinds that contain the word. */
static const struct {
	const char *group, *word;
} policy_groups[] = {
	{ "kyverno.io", "Polic" },
	{ "policies.kyverno.io", NULL },
	{ "admissionregistration.k8s.io", "AdmissionPolicy" },
	{ "constraints.gatekeeper.sh", NULL },
	{ "templates.gatekeeper.sh", NULL },
	{ "mutations.gatekeeper.sh", NULL },
	{ "externaldata.gatekeeper.sh", NULL },
};

static bool is_claimed(const struct value *object)
{
	for (size_t i = 0; policy_dialects[i]; i++)
		if (policy_dialects[i]->claims(object))
			return true;
	return false;
}

/* It judges the resources that it defines, and is a resource itself; with nothing else, the default policies apply. */
static bool is_definition(const struct value *object)
{
	struct gvk gvk = gvk_of(object);

	return str_is(gvk.group, "apiextensions.k8s.io") && str_is(gvk.kind, "CustomResourceDefinition");
}

bool policies_is_policy(const struct value *object)
{
	struct gvk gvk = gvk_of(object);

	if (is_definition(object))
		return false;
	if (gvk.group.n == 0 || gvk.kind.n == 0)
		return false;
	for (size_t i = 0; i < sizeof(policy_groups) / sizeof(policy_groups[0]); i++)
		if (str_equal(gvk.group, str_of(policy_groups[i].group)) &&
		    (!policy_groups[i].word || str_contains(gvk.kind, str_of(policy_groups[i].word))))
			return true;
	return is_claimed(object);
}

/* -- adding one --------------------------------------------------------------------------------------------------- */

static struct str identity_of(struct arena *arena, const struct value *object)
{
	struct gvk gvk = gvk_of(object);

	return str_format(arena, STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT, STR_ARG(gvk.group), STR_ARG(gvk.kind),
			  STR_ARG(object_namespace(object)), STR_ARG(object_name(object)));
}

/* The same policy reached twice (as -p and among the inputs) counts once; two different ones of one name are said. */
static bool is_repeated(struct policies *policies, const struct value *object, const struct source *source)
{
	void **known = map_slot(&policies->known, identity_of(policies->arena, object));
	_cleanup_(error_freep) struct error *err = NULL;

	if (!*known) {
		*known = (void *)object;
		return false;
	}
	if (!value_equal(*known, object)) {
		struct place first = value_place(*known);

		error_set_at(&err, ERROR_INVALID, value_place(object),
			     STR_FMT " \"" STR_FMT "\" is given twice; the one in " STR_FMT
				     ":%u is applied, not this one",
			     STR_ARG(value_str(value_field(object, "kind"))), STR_ARG(object_name(object)),
			     STR_ARG(first.file), first.line);
		findings_put(&policies->findings, OUTCOME_WARN, RULE_DUPLICATE_POLICY, object, source, err);
	}
	return true;
}

uint64_t cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* 1: it is a policy or belongs to one. 0: it is something else. */
static int take_policy(struct policies *policies, const struct value *object, const struct source *source)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct gvk gvk = gvk_of(object);
	uint64_t started;
	int result;

	if (!policies_is_policy(object) && !(is_definition(object) && is_claimed(object)))
		return 0;
	if (!str_contains(gvk.kind, STR("Exception")) && !is_definition(object))
		policies->count++;
	if (is_repeated(policies, object, source))
		return 1;
	started = cpu_now();
	result = policy_set_add(policies->set, object, &err);
	policies->compile += cpu_now() - started;
	if (result > 0)
		return 1;
	if (result == 0)
		error_set_at(&err, ERROR_UNSUPPORTED, value_place(object),
			     STR_FMT " of " STR_FMT " is not supported yet: nothing was judged by it",
			     STR_ARG(gvk.kind), STR_ARG(value_str(value_field(object, "apiVersion"))));
	/* A policy that does not compile is an input that cannot be parsed; one that is only unknown is not. */
	if (err->code != ERROR_UNSUPPORTED)
		policies->findings.unreadable++;
	hint_names(policies->arena, &err);
	findings_put(&policies->findings, OUTCOME_ERROR, RULE_POLICY, object, source, err);
	return 1;
}

/* -- -p ----------------------------------------------------------------------------------------------------------- */

struct taking {
	struct policies *policies;
	const struct source *source;
	bool among_inputs; /* copy what is kept, and keep only what is needed */
	bool again;        /* a second round: objects that look-ups want, no policies */
	size_t taken;
	struct gvk *others; /* kinds of what was put in the store */
	size_t other_count, other_capacity;
};

/* Points a fresh copy (nobody else has it yet) to another source; as deep as decoding allows. */
static void set_source(struct value *v, const struct source *source)
{
	v->source = source;
	if (v->type == VALUE_ARRAY)
		for (uint32_t i = 0; i < v->length; i++)
			set_source((struct value *)&v->u.items[i], source);
	if (v->type == VALUE_OBJECT)
		for (uint32_t i = 0; i < v->length; i++) {
			set_source((struct value *)&v->u.members[i].key, source);
			set_source((struct value *)&v->u.members[i].value, source);
		}
}

static const struct value *keep_object(struct arena *arena, const struct value *object, const struct source *source)
{
	const struct value *copy = value_copy(arena, object);

	set_source((struct value *)copy, source);
	return copy;
}

/* Namespaces and ConfigMaps always, RBAC for authorizers; others when a policy says so. */
static bool is_looked_up(const struct policies *policies, struct gvk gvk)
{
	if (gvk.group.n == 0 && (str_is(gvk.kind, "Namespace") || str_is(gvk.kind, "ConfigMap")))
		return true;
	return policy_set_wants(policies->set, gvk);
}

static int take_object(const struct value *object, void *context)
{
	struct taking *taking = context;
	struct gvk gvk = gvk_of(object);

	bool is_policy = policies_is_policy(object), looked_up = !is_policy && is_looked_up(taking->policies, gvk);
	bool judges = is_policy || is_definition(object);

	/* What has been taken already is not taken again in a second round. */
	if (taking->again && judges && !looked_up)
		return 0;
	/* An input may be a list of everything in a cluster: only what is needed is kept of it. */
	if (taking->among_inputs && (looked_up || judges))
		object = keep_object(taking->policies->arena, object, taking->source);
	if (!taking->again && take_policy(taking->policies, object, taking->source))
		taking->taken++;
	else if (!taking->among_inputs)
		looked_up = true;
	if (looked_up)
		store_put(taking->policies->store, object);
	if (!is_policy && !taking->among_inputs)
		*ARENA_PUSH(taking->policies->arena, taking->others, taking->other_count, taking->other_capacity) = gvk;
	return 0;
}

/* Keeps a document beyond the life of its reader. */
static const struct document *keep(struct arena *arena, const struct document *document)
{
	struct document *copy = arena_copy(arena, document, sizeof(*document));

	copy->source.name = str_dup(arena, document->source.name);
	copy->source.text = str_dup(arena, document->source.text);
	return copy;
}

static void put_error(struct policies *policies, const char *rule, const struct source *source, const struct error *err)
{
	policies->findings.unreadable++;
	findings_put(&policies->findings, OUTCOME_ERROR, rule, NULL, source, err);
}

static void put_duplicates(struct policies *policies, const struct source *source,
			   const struct decode_warnings *warnings)
{
	for (size_t i = 0; i < warnings->count; i++) {
		_cleanup_(error_freep) struct error *err = NULL;

		error_set_at(&err, ERROR_INVALID, warnings->items[i].place, STR_FMT,
			     STR_ARG(warnings->items[i].message));
		findings_put(&policies->findings, OUTCOME_WARN, RULE_DUPLICATE_KEY, NULL, source, err);
	}
}

/* Returns what there was besides policies, if there was no policy; nothing also after trouble, which has been told. */
static struct taking load_path(struct policies *policies, const char *path)
{
	struct documents *documents = documents_open(&path, 1, policies->limits);
	struct taking taking = { .policies = policies };
	struct document document;
	bool trouble = false;
	int result;

	for (;;) {
		_cleanup_(error_freep) struct error *err = NULL;
		struct decode_warnings warnings = { 0 };
		const struct document *kept;
		const struct value *root;

		result = documents_next(documents, &document, &err);
		if (result == 0)
			break;
		if (result < 0) {
			put_error(policies, RULE_READ, NULL, err);
			trouble = true;
			continue;
		}
		kept = keep(policies->arena, &document);
		root = document_decode(policies->arena, kept, policies->limits, &warnings, &err);
		if (!root) {
			put_error(policies, RULE_PARSE, &kept->source, err);
			trouble = true;
			continue;
		}
		taking.source = &kept->source;
		if (document_each_object(policies->arena, root, take_object, &taking) == 0 && taking.taken > 0)
			put_duplicates(policies, &kept->source, &warnings);
	}
	documents_close(documents);
	taking.taken += trouble;
	return taking;
}

/* Params and the like may come with -p, before or after the policies that want them; manifests to judge may not. */
static void demand_use(struct policies *policies, const char *path, const struct taking *taking)
{
	_cleanup_(error_freep) struct error *err = NULL;

	if (taking->taken > 0)
		return;
	for (size_t i = 0; i < taking->other_count; i++)
		if (is_looked_up(policies, taking->others[i]))
			return;
	error_set_at(&err, ERROR_NOT_FOUND, (struct place){ .file = str_of(path) },
		     "no policy in here; -p takes policies, what they judge is given without -p");
	put_error(policies, RULE_POLICY, NULL, err);
}

void policies_load(struct policies *policies, const char *const *paths, size_t count)
{
	struct taking *takings = arena_array(policies->arena, count, sizeof(*takings));

	for (size_t i = 0; i < count; i++)
		takings[i] = load_path(policies, paths[i]);
	for (size_t i = 0; i < count; i++)
		demand_use(policies, paths[i], &takings[i]);
}

/* -- among the inputs --------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Kinds that the first pass wants. "Policy" is within the names of all policies, "List" ends those of lists. */
static bool is_wanted(const struct policies *policies, struct str kind)
{
	static const char *const words[] = { "Policy", "Policies", "Exception", "GlobalContextEntry",
					     "CustomResourceDefinition" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_contains(kind, str_of(words[i])))
			return true;
	return str_is(kind, "Namespace") || str_is(kind, "ConfigMap") || str_ends_with(kind, STR("List")) ||
	       policy_set_wants_kind(policies->set, kind);
}

/*
 * What stands behind "kind", from offset i on: a wanted word, or something that only a decoder can tell (a value on the
 * next line, a tag, an anchor, an escape). Cheap and never wrong in the direction that would lose a policy, but for a
 * key that is itself escaped: the second pass complains of such.
 */
static bool kind_is_wanted(const struct policies *policies, struct str text, size_t i)
{
	size_t start;

	if (i < text.n && (text.p[i] == '"' || text.p[i] == '\''))
		i++;
	while (i < text.n && (is_blank(text.p[i]) || text.p[i] == '\n' || text.p[i] == '\r'))
		i++;
	if (i >= text.n || text.p[i] != ':')
		return false;
	i++;
	while (i < text.n && is_blank(text.p[i]))
		i++;
	if (i < text.n && (text.p[i] == '"' || text.p[i] == '\''))
		i++;
	start = i;
	while (i < text.n && ((text.p[i] >= 'A' && text.p[i] <= 'Z') || (text.p[i] >= 'a' && text.p[i] <= 'z') ||
			      (text.p[i] >= '0' && text.p[i] <= '9')))
		i++;
	if (i == start || (i < text.n && text.p[i] == '\\'))
		return true;
	return is_wanted(policies, str_slice(text, start, i));
}

static bool is_candidate(const struct policies *policies, struct str text)
{
	struct str kind = STR("kind");

	for (size_t at = str_find(text, kind, 0); at != STR_NOT_FOUND; at = str_find(text, kind, at + kind.n))
		if (kind_is_wanted(policies, text, at + kind.n))
			return true;
	/* Groups of which every kind is a policy, or at least needs an answer. */
	return str_contains(text, STR("kyverno.io/v")) || str_contains(text, STR("gatekeeper.sh/v"));
}

static struct str document_key(const struct document *document, char *room, size_t size)
{
	int n = snprintf(room, size, "%zu.%zu", document->file, document->index);

	return str_make(room, (size_t)n);
}

bool policies_gathered(const struct policies *policies, const struct document *document)
{
	char room[48];

	return map_has(&policies->gathered, document_key(document, room, sizeof(room)));
}

/* `scratch` holds the whole document for as long as it is looked through. */
static void gather_document(struct policies *policies, const struct document *document, bool again,
			    struct arena *scratch)
{
	struct document *kept = arena_copy(policies->arena, document, sizeof(*document));
	struct taking taking = { .policies = policies, .source = &kept->source, .among_inputs = true, .again = again };
	const struct value *root;
	char room[48];

	arena_reset(scratch);
	root = document_decode(scratch, kept, policies->limits, NULL, NULL);
	if (!root)
		return;
	document_each_object(scratch, root, take_object, &taking);
	map_put(&policies->gathered, str_dup(policies->arena, document_key(document, room, sizeof(room))), kept);
}

static void gather_round(struct policies *policies, struct inputs *inputs, bool again, struct arena *scratch)
{
	struct document document;
	int result;

	do {
		_cleanup_(error_freep) struct error *err = NULL;

		result = inputs_next(inputs, &document, &err);
		if (result > 0 && is_candidate(policies, document.source.text))
			gather_document(policies, &document, again, scratch);
	} while (result != 0);
}

int policies_add_default(struct policy_set *set, const struct store *store, struct error **err)
{
	return podsecurity_add_default(set, err) < 0 ? -1 : catalogue_add_default(set, store, err);
}

/* What sealing found: bindings to no policy, and the like. */
static void put_complaints(struct policies *policies)
{
	size_t count;
	const struct policy_complaint *complaints = policy_set_complaints(policies->set, &count);

	for (size_t i = 0; i < count; i++) {
		const struct value *object = complaints[i].object;
		_cleanup_(error_freep) struct error *err = NULL;

		if (complaints[i].outcome == OUTCOME_WARN && policies->assume_bound)
			continue;
		error_set_at(&err, ERROR_INVALID, value_place(object), STR_FMT, STR_ARG(complaints[i].message));
		findings_put(&policies->findings, complaints[i].outcome, RULE_POLICY, object, object->source, err);
	}
}

int policies_gather(struct policies *policies, struct inputs *inputs, struct error **err)
{
	_cleanup_(arena_destroyp) struct arena *scratch = arena_create();
	size_t wanted = policy_set_want_count(policies->set);
	uint64_t started;

	gather_round(policies, inputs, false, scratch);
	started = cpu_now();
	if (policies->count == 0 && policies_add_default(policies->set, policies->store, err) < 0)
		return -1;
	policies->compile += cpu_now() - started;
	/* Policies among the inputs, and the default ones, may look up what was passed over. */
	if (policy_set_want_count(policies->set) > wanted) {
		inputs_rewind(inputs);
		gather_round(policies, inputs, true, scratch);
	}
	started = cpu_now();
	if (policy_set_seal(policies->set, err) < 0)
		return -1;
	policies->compile += cpu_now() - started;
	put_complaints(policies);
	return 0;
}
