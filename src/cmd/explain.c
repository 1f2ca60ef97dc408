/* biro explain: how a policy came to its verdict on a resource, step by step. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/load.h"
#include "data/json.h"
#include "policy/podsecurity/podsecurity.h"
#include "policy/trace.h"

struct explain_options {
	struct string_list policies;
	const char *rule, *name, *values, *user_info, *operation, *old, *color;
};

static const struct option_spec explain_option_specs[] = {
	{ 'p', "policy", OPTION_LIST, offsetof(struct explain_options, policies), "POLICY", NULL,
	  "File or folder of policies and exceptions; may be given again. Without it: the Pod Security Standards.", "file" },
	{ 'r', "rule", OPTION_STRING, offsetof(struct explain_options, rule), "RULE", NULL,
	  "Explain this rule only (also finds its autogen- forms).", NULL },
	{ 'n', "name", OPTION_STRING, offsetof(struct explain_options, name), "NAME", NULL,
	  "Explain the resource of this name only.", NULL },
	{ 0, "values", OPTION_STRING, offsetof(struct explain_options, values), "FILE", NULL,
	  "Values of variables, as for biro check.", "file" },
	{ 0, "userinfo", OPTION_STRING, offsetof(struct explain_options, user_info), "FILE", NULL,
	  "Who sends the request, as for biro check.", "file" },
	{ 0, "operation", OPTION_CHOICE, offsetof(struct explain_options, operation), "OPERATION", "CREATE|UPDATE|DELETE|CONNECT",
	  "The operation that is judged (default: CREATE).", NULL },
	{ 0, "old", OPTION_STRING, offsetof(struct explain_options, old), "FILE", NULL,
	  "The old object of an UPDATE.", "file" },
	{ 0, "color", OPTION_CHOICE, offsetof(struct explain_options, color), "WHEN", "auto|always|never",
	  "Colour the steps (default: auto, when standard output is a terminal).", NULL },
	{ 0 },
};

struct explanation {
	struct arena *arena;
	const struct explain_options *options;
	struct policy_set *set;
	struct store *store;
	struct lookup lookup;
	enum operation operation;
	const struct value *user_info, *old;
	const struct value **resources;
	size_t count, capacity;
	bool color;
	struct buf out;
	struct error **err;
};

static int take_policy(const struct value *object, void *context)
{
	struct explanation *explanation = context;
	int status = policy_set_add(explanation->set, object, explanation->err);

	if (status == 0)
		store_put(explanation->store, object);
	return status < 0 ? -1 : 0;
}

static int take_resource(const struct value *object, void *context)
{
	struct explanation *explanation = context;
	int status = policy_set_add(explanation->set, object, explanation->err);

	if (status != 0)
		return status < 0 ? -1 : 0;
	store_put(explanation->store, object);
	if (!explanation->options->name || str_equal(object_name(object), str_of(explanation->options->name)))
		*ARENA_PUSH(explanation->arena, explanation->resources, explanation->count, explanation->capacity) = object;
	return 0;
}

static const char *paint(const struct explanation *explanation, const char *code)
{
	return explanation->color ? code : "";
}

/* Texts come from files: nothing in them may steer the terminal. */
static void put_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c == '\n')
			buf_add(out, STR("⏎"));
		else if (c < 0x20 || c == 0x7f)
			buf_add_char(out, '?');
		else
			buf_add_char(out, (char)c);
	}
}

static void put_place(struct explanation *explanation, const char *what, const struct value *at)
{
	struct place place = value_place(at);

	if (at && place.line)
		buf_printf(&explanation->out, "  %s%s" STR_FMT ":%u:%u%s", paint(explanation, "\033[2m"), what, STR_ARG(place.file),
			   place.line, place.column, paint(explanation, "\033[0m"));
}

static void put_entry(struct explanation *explanation, const struct trace_entry *entry)
{
	static const char *const labels[] = {
		[TRACE_NOTE] = "", [TRACE_MATCH] = "match", [TRACE_VARIABLE] = "variable",
		[TRACE_CONDITION] = "condition", [TRACE_PATTERN] = "pattern", [TRACE_VERDICT] = "verdict",
	};
	struct buf *out = &explanation->out;
	const char *mark = entry->kind == TRACE_VARIABLE || entry->kind == TRACE_NOTE ? "·" : entry->holds ? "✓" : "✗";
	const char *color = *mark == "·"[0] ? "" : entry->holds ? "\033[32m" : "\033[31m";

	buf_printf(out, "  %*s%s%s%s %-10s", entry->depth * 2, "", paint(explanation, color), mark, paint(explanation, "\033[0m"),
		   labels[entry->kind]);
	put_text(out, entry->text);
	put_place(explanation, "", entry->at);
	put_place(explanation, "policy ", entry->policy_at);
	buf_add_char(out, '\n');
}

static bool is_wanted(const struct explain_options *options, struct str rule)
{
	if (!options->rule)
		return true;
	return str_equal(rule, str_of(options->rule)) || str_ends_with(rule, str_of(options->rule));
}

/* Steps stand between verdicts: those that lead to an unwanted rule's verdict are left out. */
static void put_trace(struct explanation *explanation, const struct trace *trace, const struct result_list *results)
{
	size_t start = 0, verdicts = 0;

	for (size_t i = 0; i < trace->count; i++) {
		bool last = trace->entries[i].kind == TRACE_VERDICT && trace->entries[i].depth == 0;

		if (!last && i + 1 < trace->count)
			continue;
		if (!explanation->options->rule || str_contains(trace->entries[i].text, str_of(explanation->options->rule)))
			for (size_t j = start; j <= i; j++)
				put_entry(explanation, &trace->entries[j]);
		start = i + 1;
		verdicts++;
	}
	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->items[i];

		if (!is_wanted(explanation->options, result->rule))
			continue;
		buf_printf(&explanation->out, "  %s=> " STR_FMT ": %s%s  ", paint(explanation, "\033[1m"), STR_ARG(result->rule),
			   outcome_names[result->outcome], paint(explanation, "\033[0m"));
		put_text(&explanation->out, result->message);
		put_place(explanation, "", result->at);
		buf_add_char(&explanation->out, '\n');
	}
	if (results->count == 0)
		buf_printf(&explanation->out, "  => no rule gave a response%s\n", verdicts ? "" : ": this policy cannot match this kind");
}

static void explain(struct explanation *explanation, const struct policy *policy, const struct value *object)
{
	struct review review;
	struct result_list results = { 0 };
	struct trace trace = { .arena = explanation->arena };

	review_init(&review, explanation->arena, object);
	review.operation = explanation->operation;
	if (review.operation == OPERATION_UPDATE)
		review.old_object = explanation->old ? explanation->old : review.object;
	if (review.operation == OPERATION_DELETE) {
		review.old_object = review.object;
		review.object = NULL;
	}
	review.lookup = &explanation->lookup;
	review.trace = &trace;
	review.user = value_field(explanation->user_info, "userInfo");
	review.roles = value_field(explanation->user_info, "roles");
	review.cluster_roles = value_field(explanation->user_info, "clusterRoles");
	policy->dialect->judge(policy, &review, &results);
	buf_printf(&explanation->out, "%s" STR_FMT " " STR_FMT "%s on " STR_FMT " " STR_FMT "%s" STR_FMT "\n",
		   paint(explanation, "\033[1m"), STR_ARG(policy->kind), STR_ARG(policy->name), paint(explanation, "\033[0m"),
		   STR_ARG(review.kind.kind), STR_ARG(review.namespace), review.namespace.n ? "/" : "", STR_ARG(review.name));
	put_trace(explanation, &trace, &results);
	buf_add_char(&explanation->out, '\n');
}

static int load(struct explanation *explanation, char **paths, int count, struct error **err)
{
	const struct explain_options *options = explanation->options;

	explanation->err = err;
	if (load_objects(explanation->arena, options->policies.items, options->policies.count, take_policy, explanation, err) < 0)
		return -1;
	if (load_objects(explanation->arena, (const char *const *)paths, (size_t)count, take_resource, explanation, err) < 0)
		return -1;
	if (options->values && !(explanation->lookup.values = load_document(explanation->arena, options->values, err)))
		return -1;
	if (options->user_info && !(explanation->user_info = load_document(explanation->arena, options->user_info, err)))
		return -1;
	if (options->old && !(explanation->old = load_document(explanation->arena, options->old, err)))
		return -1;
	if (policy_set_count(explanation->set) == 0 && podsecurity_add_default(explanation->set, err) < 0)
		return -1;
	return policy_set_seal(explanation->set, err);
}

static int explain_main(const struct command *command, int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct explain_options options = { 0 };
	struct explanation explanation = { .arena = arena, .options = &options };
	char **paths;
	int count, status = command_begin(command, argc, argv, &options, &paths, &count);

	if (status >= 0)
		return status;
	explanation.color = options.color && strcmp(options.color, "auto") != 0 ? strcmp(options.color, "always") == 0 :
										 isatty(STDOUT_FILENO);
	explanation.operation = OPERATION_CREATE;
	if (options.operation)
		operation_parse(str_of(options.operation), &explanation.operation);
	explanation.set = policy_set_create();
	explanation.store = store_create(arena);
	explanation.lookup.store = explanation.store;
	status = EXIT_FINE;
	if (load(&explanation, paths, count, &err) < 0) {
		fprintf(stderr, "biro: " STR_FMT "\n", STR_ARG(error_text(arena, err)));
		status = EXIT_TROUBLE;
	} else if (explanation.count == 0) {
		fprintf(stderr, "biro: no resource%s%s in what was named\n", options.name ? " named " : "", options.name ? options.name : "");
		status = EXIT_TROUBLE;
	}
	for (size_t i = 0; status == EXIT_FINE && i < explanation.count; i++)
		for (size_t j = 0; j < policy_set_count(explanation.set); j++)
			explain(&explanation, policy_set_at(explanation.set, j), explanation.resources[i]);
	if (fwrite(explanation.out.p, 1, explanation.out.n, stdout) != explanation.out.n || fflush(stdout) != 0) {
		fprintf(stderr, "biro: cannot write: %m\n");
		status = EXIT_TROUBLE;
	}
	buf_free(&explanation.out);
	policy_set_destroy(explanation.set);
	free(paths);
	return status;
}

const struct command explain_command = {
	.name = "explain",
	.arguments = "RESOURCE…",
	.summary = "show step by step how policies judge a resource",
	.description = "Prints, for each policy and each resource, which match clause held, which variable had which value, which "
		       "condition or pattern leaf decided, with the places in the resource and in the policy, and the result.",
	.examples = "biro explain -p policy.yaml pod.yaml  # every rule of the policy\n"
		    "biro explain -p policies/ -r require-limits -n web deploy.yaml  # one rule and one object\n",
	.minimum = 1,
	.maximum = -1,
	.complete = "file",
	.options = explain_option_specs,
	.main = explain_main,
};
