/* biro explain: how a policy came to its verdict on a resource, step by step. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/load.h"
#include "cmd/policies.h"
#include "cmd/request.h"
#include "policy/trace.h"
#include "report/text.h"

struct explain_options {
	struct string_list policies, set, old;
	const char *rule, *name, *values, *userinfo, *operation, *color;
	bool assume_bound;
};

#define FIELD(name) offsetof(struct explain_options, name)

/* clang-format off */
static const struct option_spec explain_option_specs[] = {
	{ .group = "What to explain", .letter = 'p', .name = "policy", .type = OPTION_LIST, .offset = FIELD(policies),
	  .argument = "POLICY", .complete = "file",
	  .help = "File or folder of policies and exceptions; may be given again. Policies among the resources count too."
		  " Without any: the Pod Security Standards." },
	{ .letter = 'r', .name = "rule", .type = OPTION_STRING, .offset = FIELD(rule), .argument = "RULE",
	  .help = "Explain this rule only (also finds its autogen- forms)." },
	{ .letter = 'n', .name = "name", .type = OPTION_STRING, .offset = FIELD(name), .argument = "NAME",
	  .help = "Explain the resource of this name only." },
	{ .name = "color", .type = OPTION_CHOICE, .offset = FIELD(color), .argument = "WHEN", .choices = "auto|always|never",
	  .help = "Colour the steps (default: auto, when standard output is a terminal)." },
	{ .name = "assume-bound", .type = OPTION_FLAG, .offset = FIELD(assume_bound),
	  .help = "Explain admission policies that no binding puts in force, as if they were." },

	{ .group = "Requests", .name = "values", .type = OPTION_STRING, .offset = FIELD(values), .argument = "FILE",
	  .complete = "file", .help = "Values of variables, as for biro check." },
	{ .name = "set", .type = OPTION_LIST, .offset = FIELD(set), .argument = "NAME=VALUE",
	  .help = "Value of one variable, as for biro check." },
	{ .name = "userinfo", .type = OPTION_STRING, .offset = FIELD(userinfo), .argument = "FILE", .complete = "file",
	  .help = "Who sends the request, as for biro check." },
	{ .name = "operation", .type = OPTION_CHOICE, .offset = FIELD(operation), .argument = "OPERATION",
	  .choices = "CREATE|UPDATE|DELETE|CONNECT",
	  .help = "The operation that is judged (default: CREATE, or UPDATE where --old has the object)." },
	{ .name = "old", .type = OPTION_LIST, .offset = FIELD(old), .argument = "FILE", .complete = "file",
	  .help = "The objects as they are now, as for biro check." },
	{ 0 },
};
/* clang-format on */

struct explanation {
	struct arena *arena;
	const struct explain_options *options;
	struct policy_set *set;
	struct store *store;
	struct request request;
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
		*ARENA_PUSH(explanation->arena, explanation->resources, explanation->count, explanation->capacity) =
			object;
	return 0;
}

static const char *paint(const struct explanation *explanation, const char *code)
{
	return explanation->color ? code : "";
}

static void put_place(struct explanation *explanation, const char *what, const struct value *at)
{
	struct place place = value_place(at);

	if (at && place.line)
		buf_printf(&explanation->out, "  %s%s" STR_FMT ":%u:%u%s", paint(explanation, "\033[2m"), what,
			   STR_ARG(place.file), place.line, place.column, paint(explanation, "\033[0m"));
}

static void put_entry(struct explanation *explanation, const struct trace_entry *entry)
{
	static const char *const labels[] = {
		[TRACE_NOTE] = "",
		[TRACE_MATCH] = "match",
		[TRACE_VARIABLE] = "variable",
		[TRACE_CONDITION] = "condition",
		[TRACE_PATTERN] = "pattern",
		[TRACE_VERDICT] = "verdict",
	};
	struct buf *out = &explanation->out;
	const char *mark = entry->kind == TRACE_VARIABLE || entry->kind == TRACE_NOTE ? "·" : entry->holds ? "✓" : "✗";
	const char *color = !strcmp(mark, "·") ? "\033[2m" : entry->holds ? "\033[32m" : "\033[31m";

	buf_printf(out, "  %*s%s%s%s %-10s", entry->depth * 2, "", paint(explanation, color), mark,
		   paint(explanation, "\033[0m"), labels[entry->kind]);
	text_put(out, entry->text);
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

/* A note "rule NAME" opens the steps of each rule. */
static void put_trace(struct explanation *explanation, const struct trace *trace, const struct result_list *results)
{
	const struct explain_options *options = explanation->options;
	bool wanted = true;
	size_t shown = 0;

	for (size_t i = 0; i < trace->count; i++) {
		const struct trace_entry *entry = &trace->entries[i];

		if (entry->kind == TRACE_NOTE && entry->depth == 0 && str_starts_with(entry->text, STR("rule ")))
			wanted = is_wanted(options, str_skip(entry->text, strlen("rule ")));
		if (wanted)
			put_entry(explanation, entry);
	}
	for (size_t i = 0; i < results->count; i++) {
		const struct result *result = &results->items[i];

		if (!is_wanted(options, result->rule))
			continue;
		buf_printf(&explanation->out, "  %s=> " STR_FMT ": %s%s  ", paint(explanation, "\033[1m"),
			   STR_ARG(result->rule), outcome_names[result->outcome], paint(explanation, "\033[0m"));
		text_put(&explanation->out, result->message);
		put_place(explanation, "", result->at);
		buf_add_char(&explanation->out, '\n');
		shown++;
	}
	if (trace->count == 0 && results->count == 0)
		buf_add(&explanation->out, STR("  => no response: this policy cannot match this kind\n"));
	else if (shown == 0)
		buf_printf(&explanation->out, "  => no response from %s\n", options->rule ? "this rule" : "any rule");
}

static void explain(struct explanation *explanation, const struct policy *policy, const struct value *object)
{
	struct review review;
	struct result_list results = { 0 };
	struct trace trace = { .arena = explanation->arena };

	request_review(&explanation->request, &review, explanation->arena, object);
	review.trace = &trace;
	policy->dialect->judge(policy, &review, &results);
	buf_printf(&explanation->out, "%s" STR_FMT " " STR_FMT "%s on " STR_FMT " " STR_FMT "%s" STR_FMT "\n",
		   paint(explanation, "\033[1m"), STR_ARG(policy->kind), STR_ARG(policy->name),
		   paint(explanation, "\033[0m"), STR_ARG(review.kind.kind), STR_ARG(review.namespace),
		   review.namespace.n ? "/" : "", STR_ARG(review.name));
	put_trace(explanation, &trace, &results);
	buf_add_char(&explanation->out, '\n');
}

static int load(struct explanation *explanation, char **paths, int count, struct error **err)
{
	const struct explain_options *options = explanation->options;

	explanation->err = err;
	if (load_objects(explanation->arena, options->policies.items, options->policies.count, take_policy, explanation,
			 err) < 0)
		return -1;
	if (load_objects(explanation->arena, (const char *const *)paths, (size_t)count, take_resource, explanation,
			 err) < 0)
		return -1;
	request_operation(&explanation->request, options->operation);
	if (options->values && request_load_values(&explanation->request, options->values, err) < 0)
		return -1;
	if (request_set(&explanation->request, &options->set, err) < 0)
		return -1;
	if (options->userinfo && request_load_user(&explanation->request, options->userinfo, err) < 0)
		return -1;
	if (request_load_old(&explanation->request, &options->old, err) < 0)
		return -1;
	if (policy_set_count(explanation->set) == 0 && policies_add_default(explanation->set, explanation->store, err) < 0)
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
	explanation.color = wants_color(options.color, STDOUT_FILENO);
	explanation.set = policy_set_create();
	explanation.store = store_create(arena);
	request_init(&explanation.request, arena);
	explanation.request.lookup.store = explanation.store;
	explanation.request.lookup.assume_bound = options.assume_bound;
	status = EXIT_FINE;
	if (load(&explanation, paths, count, &err) < 0) {
		complain(STR_FMT, STR_ARG(error_text(arena, err)));
		status = EXIT_TROUBLE;
	} else if (explanation.count == 0) {
		complain("no resource%s%s in what was named", options.name ? " named " : "",
			 options.name ? options.name : "");
		status = EXIT_TROUBLE;
	}
	for (size_t i = 0; status == EXIT_FINE && i < explanation.count; i++)
		for (size_t j = 0; j < policy_set_count(explanation.set); j++)
			explain(&explanation, policy_set_at(explanation.set, j), explanation.resources[i]);
	if (status == EXIT_FINE)
		status = print_out(&explanation.out);
	buf_free(&explanation.out);
	policy_set_destroy(explanation.set);
	free(paths);
	command_options_free(command, &options);
	return status;
}

/* clang-format off */
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
/* clang-format on */
