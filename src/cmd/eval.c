/* biro eval: the value of one expression, with its type and what it costs. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/eval.h"
#include "data/json.h"
#include "report/text.h"

#define FIELD(name) offsetof(struct eval_options, name)
#define EXPRESSION_LIMIT ((size_t)4 << 20)

/* clang-format off */
static const struct option_spec eval_option_specs[] = {
	{ .group = "What to evaluate on", .letter = 'i', .name = "input", .type = OPTION_STRING, .offset = FIELD(input),
	  .argument = "FILE", .complete = "file",
	  .help = "The document, JSON or YAML; - is standard input. For CEL it is `object`; of an AdmissionReview, `request`,"
		  " `object` and `oldObject` are what it says. For JMESPath it is the root." },
	{ .name = "env", .type = OPTION_CHOICE, .offset = FIELD(environment), .argument = "ENVIRONMENT",
	  .choices = "kubernetes|kyverno|plain",
	  .help = "Whose functions and variables there are (default: kubernetes for CEL, kyverno for JMESPath). kubernetes: as in"
		  " an admission policy of Kubernetes 1.36. kyverno: with what Kyverno 1.19 adds. plain: the language itself with"
		  " its usual libraries; each member of the document is a variable and the whole is `self`." },
	{ .letter = 'f', .name = "file", .type = OPTION_STRING, .offset = FIELD(file), .argument = "FILE", .complete = "file",
	  .help = "The expression is in this file; - is standard input." },
	{ .name = "variable", .type = OPTION_LIST, .offset = FIELD(variables), .argument = "NAME=EXPRESSION",
	  .help = "CEL: what variables.NAME is, as in the `variables` of a policy; may be given again, and later ones see earlier"
		  " ones." },
	{ .name = "params", .type = OPTION_STRING, .offset = FIELD(params), .argument = "FILE", .complete = "file",
	  .help = "CEL: the object that `params` is." },
	{ .name = "values", .type = OPTION_STRING, .offset = FIELD(values), .argument = "FILE", .complete = "file",
	  .help = "CEL in Kyverno's environment: what calls answer, as for biro check." },
	{ .name = "as-written", .type = OPTION_FLAG, .offset = FIELD(as_written),
	  .help = "CEL: take the object as it is written, without the defaults that the API server sets before admission." },

	{ .group = "Requests", .name = "operation", .type = OPTION_CHOICE, .offset = FIELD(operation), .argument = "OPERATION",
	  .choices = "CREATE|UPDATE|DELETE|CONNECT",
	  .help = "The operation of the request (default: CREATE, or UPDATE where --old has the object)." },
	{ .name = "old", .type = OPTION_LIST, .offset = FIELD(old), .argument = "FILE", .complete = "file",
	  .help = "The object as it is now, as for biro check: `oldObject`." },
	{ .name = "userinfo", .type = OPTION_STRING, .offset = FIELD(userinfo), .argument = "FILE", .complete = "file",
	  .help = "Who sends the request, as for biro check: `request.userInfo`." },
	{ .name = "with", .type = OPTION_LIST, .offset = FIELD(with), .argument = "FILE", .complete = "file",
	  .help = "Objects that are at hand: the Namespace for `namespaceObject`, RBAC objects for `authorizer`." },

	{ .group = "Output", .letter = 'o', .name = "output", .type = OPTION_CHOICE, .offset = FIELD(output), .argument = "FORMAT",
	  .choices = "text|value|json",
	  .help = "text (default): the value as JSON, and for CEL its type and cost. value: the value alone, strings without"
		  " quotes. json: an object of all of it, errors too." },
	{ .letter = 'e', .name = "exit-status", .type = OPTION_FLAG, .offset = FIELD(exit_status),
	  .help = "Exit with 1 when the value is false or null." },
	{ 0 },
};
/* clang-format on */

static const struct language {
	const char *name;
	enum eval_environment environment;      /* unless one is asked for */
	bool objects;                           /* evaluates on objects, but for the plain environment */
	int (*evaluate)(struct eval_input *input, struct str expression, struct eval_answer *answer, struct error **err);
} languages[] = {
	{ "cel", EVAL_KUBERNETES, true, eval_cel },
	{ "jmespath", EVAL_KYVERNO, false, eval_jmespath },
};

static const struct language *find_language(const char *name)
{
	for (size_t i = 0; i < sizeof(languages) / sizeof(languages[0]); i++)
		if (!strcmp(languages[i].name, name))
			return &languages[i];
	return NULL;
}

static enum eval_environment environment_of(const char *name, enum eval_environment otherwise)
{
	static const char *const names[] = {
		[EVAL_KUBERNETES] = "kubernetes", [EVAL_KYVERNO] = "kyverno", [EVAL_PLAIN] = "plain",
	};

	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], name))
			return (enum eval_environment)i;
	return otherwise;
}

/* -- output -------------------------------------------------------------------------------------------------------- */

static struct str number_text(struct arena *arena, uint64_t n)
{
	return n == UINT64_MAX ? STR("unbounded") : str_format(arena, "%llu", (unsigned long long)n);
}

static void put_value(struct buf *out, const struct eval_answer *answer, int style)
{
	if (answer->value)
		json_encode(out, answer->value, style);
	else
		buf_add(out, answer->text);
}

static void put_text(struct buf *out, struct arena *arena, const struct eval_answer *answer)
{
	put_value(out, answer, JSON_PRETTY);
	buf_add_char(out, '\n');
	if (answer->type.n)
		buf_printf(out, "type: " STR_FMT "\n", STR_ARG(answer->type));
	if (answer->counted)
		buf_printf(out, "cost: %llu (estimated " STR_FMT " to " STR_FMT ")\n", (unsigned long long)answer->cost,
			   STR_ARG(number_text(arena, answer->estimate_minimum)),
			   STR_ARG(number_text(arena, answer->estimate_maximum)));
}

static void put_bare(struct buf *out, const struct eval_answer *answer)
{
	if (value_is(answer->value, VALUE_STRING))
		buf_add(out, value_str(answer->value));
	else
		put_value(out, answer, JSON_PRETTY);
	buf_add_char(out, '\n');
}

static void put_failure(struct buf *out, const struct eval_answer *answer)
{
	buf_printf(out, "{\"error\":{\"stage\":\"%s\",\"message\":", answer->stage);
	json_encode_str(out, answer->message);
	if (answer->line)
		buf_printf(out, ",\"line\":%u,\"column\":%u", answer->line, answer->column);
	if (answer->hint.n) {
		buf_add(out, STR(",\"hint\":"));
		json_encode_str(out, answer->hint);
	}
	buf_add(out, STR("}}\n"));
}

static void put_json(struct buf *out, const struct eval_answer *answer)
{
	buf_add(out, answer->value ? STR("{\"value\":") : STR("{\"text\":"));
	if (answer->value)
		json_encode(out, answer->value, JSON_COMPACT);
	else
		json_encode_str(out, answer->text);
	if (answer->type.n) {
		buf_add(out, STR(",\"type\":"));
		json_encode_str(out, answer->type);
	}
	if (answer->counted) {
		buf_printf(out, ",\"cost\":%llu,\"estimate\":{\"minimum\":%llu", (unsigned long long)answer->cost,
			   (unsigned long long)answer->estimate_minimum);
		if (answer->estimate_maximum != UINT64_MAX)
			buf_printf(out, ",\"maximum\":%llu", (unsigned long long)answer->estimate_maximum);
		buf_add_char(out, '}');
	}
	buf_add(out, STR("}\n"));
}

static void put_lines(struct buf *out, struct str text)
{
	struct str line;

	while (text.n) {
		str_cut(text, '\n', &line, &text);
		text_put(out, line);
		buf_add_char(out, '\n');
	}
}

static void complain_answer(const struct eval_answer *answer)
{
	struct buf out = { 0 };

	buf_printf(&out, "biro: the expression %s:\n",
		   strcmp(answer->stage, "evaluate") ? "does not compile" : "fails on this document");
	if (answer->lines.n)
		buf_printf(&out, "ERROR: <input>:%u:%u: ", answer->line, answer->column);
	put_lines(&out, answer->message);
	put_lines(&out, answer->lines);
	put_lines(&out, answer->hint);
	fwrite(out.p, 1, out.n, stderr);
	buf_free(&out);
}

/* 1: the expression fails on this input, or its value is none that --exit-status likes; 2: it does not compile. */
static int exit_code(const struct eval_options *options, const struct eval_answer *answer)
{
	if (answer->stage)
		return strcmp(answer->stage, "evaluate") ? EXIT_TROUBLE : EXIT_VIOLATIONS;
	if (options->exit_status && answer->value && !value_bool(answer->value, !value_is_null(answer->value)))
		return EXIT_VIOLATIONS;
	return EXIT_FINE;
}

static int show(const struct eval_options *options, struct arena *arena, const struct eval_answer *answer)
{
	bool json = options->output && !strcmp(options->output, "json");
	bool bare = options->output && !strcmp(options->output, "value");
	struct buf out = { 0 };
	int status;

	if (answer->stage && !json)
		complain_answer(answer);
	else if (answer->stage)
		put_failure(&out, answer);
	else if (json)
		put_json(&out, answer);
	else if (bare)
		put_bare(&out, answer);
	else
		put_text(&out, arena, answer);
	status = print_out(&out);
	buf_free(&out);
	return status == EXIT_FINE ? exit_code(options, answer) : status;
}

/* -- the command --------------------------------------------------------------------------------------------------- */

static int read_expression(struct arena *arena, const char *path, struct str *out, struct error **err)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	struct buf text = { 0 };
	char block[4096];
	size_t n;

	if (!file)
		return error_set(err, ERROR_NOT_FOUND, "%s: cannot be read", path);
	while (text.n < EXPRESSION_LIMIT && (n = fread(block, 1, sizeof(block), file)) > 0)
		buf_add_bytes(&text, block, n);
	if (file != stdin)
		fclose(file);
	*out = str_dup(arena, buf_str(&text));
	buf_free(&text);
	while (out->n && out->p[out->n - 1] == '\n')
		out->n--;
	return 0;
}

static int find_expression(struct eval_input *input, char **arguments, int count, struct str *out, struct error **err)
{
	const char *file = input->options->file;

	if (file && count > 1)
		return error_set(err, ERROR_USAGE, "an expression, or --file: not both");
	if (!file && count < 2)
		return error_set(err, ERROR_USAGE, "an expression is missing");
	if (file)
		return read_expression(input->arena, file, out, err);
	*out = str_of(arguments[1]);
	return 0;
}

static int evaluate(struct eval_input *input, char **arguments, int count, struct eval_answer *answer, struct error **err)
{
	const struct language *language = find_language(arguments[0]);
	struct str expression;

	if (!language)
		return error_set(err, ERROR_USAGE, "there is no language \"%s\": cel, jmespath", arguments[0]);
	input->environment = environment_of(input->options->environment, language->environment);
	input->objects = language->objects && input->environment != EVAL_PLAIN;
	if (find_expression(input, arguments, count, &expression, err) < 0 || eval_input_load(input, err) < 0)
		return -1;
	return language->evaluate(input, expression, answer, err);
}

static int eval_main(const struct command *command, int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct eval_options options = { 0 };
	struct eval_input input = { .arena = arena, .options = &options };
	struct eval_answer answer = { 0 };
	char **arguments;
	int count, status = command_begin(command, argc, argv, &options, &arguments, &count);

	if (status >= 0)
		return status;
	if (evaluate(&input, arguments, count, &answer, &err) < 0) {
		complain(STR_FMT, STR_ARG(error_text(arena, err)));
		status = EXIT_TROUBLE;
	} else {
		status = show(&options, arena, &answer);
	}
	free(arguments);
	command_options_free(command, &options);
	return status;
}

/* clang-format off */
const struct command eval_command = {
	.name = "eval",
	.arguments = "cel|jmespath EXPRESSION",
	.summary = "evaluate one expression on a document",
	.description = "Prints the value of a CEL or JMESPath expression; of CEL also its type, what it cost and what it could have cost. The"
		       " environments are those in which policies are judged, so what works here works there.\n\n"
		       "The exit code is 0 when there is a value, 1 when the expression fails on this document, and 2 when it does not"
		       " compile or an input cannot be read.",
	.examples = "biro eval cel 'object.spec.replicas > 1' -i deploy.yaml  # as an admission policy sees it\n"
		    "biro eval cel 'quantity(\"1.5Gi\").asInteger()'  # no document\n"
		    "biro eval cel 'items.map(i, i.name)' --env plain -i list.json  # members are variables\n"
		    "biro eval jmespath 'spec.containers[].image' -i pod.yaml -o value  # Kyverno's dialect\n",
	.minimum = 1,
	.maximum = 2,
	.complete = "cel|jmespath",
	.options = eval_option_specs,
	.main = eval_main,
};
/* clang-format on */
