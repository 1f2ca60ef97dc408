/* biro check: judges manifests by policies. */
#include "cmd/check.h"

#include "cmd/command.h"
#include "cmd/config.h"
#include "data/instant.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#define THREADS_MAX 256
/* Below this many bytes of input, starting threads costs more than they bring. */
#define BYTES_PER_THREAD ((size_t)256 << 10)

/* -- options ------------------------------------------------------------------------------------------------------ */

static void list_outputs(struct buf *out)
{
	for (size_t i = 0; report_outputs[i]; i++)
		buf_printf(out, "%s%s", i ? "|" : "", report_outputs[i]->name);
}

#define FIELD(name) offsetof(struct check_options, name)

/* clang-format off */
static const struct option_spec check_option_specs[] = {
	{ .group = "Policies", .letter = 'p', .name = "policy", .type = OPTION_LIST, .offset = FIELD(policies),
	  .argument = "POLICY", .complete = "file",
	  .help = "File or folder of policies and exceptions; may be given again. Policies among the inputs apply too. Without any"
		  " policy, the Pod Security Standards do: baseline fails, restricted warns." },
	{ .name = "values", .type = OPTION_STRING, .offset = FIELD(values), .argument = "FILE", .complete = "file",
	  .help = "Values of variables, as Kyverno's command line takes them (kind Values)." },
	{ .name = "set", .type = OPTION_LIST, .offset = FIELD(set), .argument = "NAME=VALUE",
	  .help = "Value of one variable; may be given again. Goes before --values." },
	{ .name = "assume-bound", .type = OPTION_FLAG, .offset = FIELD(assume_bound),
	  .help = "Judge by admission policies that no binding puts in force, too." },

	{ .group = "Requests", .name = "operation", .type = OPTION_CHOICE, .offset = FIELD(operation), .argument = "OPERATION",
	  .choices = "CREATE|UPDATE|DELETE|CONNECT",
	  .help = "What is being done with the objects (default: CREATE, or UPDATE where --old has the object)." },
	{ .name = "old", .type = OPTION_LIST, .offset = FIELD(old), .argument = "FILE", .complete = "file",
	  .help = "File or folder with the objects as they are now, matched by apiVersion, kind, namespace and name;"
		  " may be given again." },
	{ .name = "userinfo", .type = OPTION_STRING, .offset = FIELD(userinfo), .argument = "FILE", .complete = "file",
	  .help = "Who sends the requests: user, groups, roles (kind UserInfo)." },

	{ .group = "Output", .letter = 'o', .name = "output", .type = OPTION_CHOICE, .offset = FIELD(output),
	  .argument = "FORMAT", .list_choices = list_outputs, .help = "How to print results (default: table)." },
	{ .name = "output-file", .type = OPTION_STRING, .offset = FIELD(output_file), .argument = "FILE", .complete = "file",
	  .help = "Write results to FILE instead of standard output; it is replaced when all of them are there." },
	{ .name = "show", .type = OPTION_CHOICE, .offset = FIELD(show), .argument = "WHAT", .choices = "default|all",
	  .help = "With all, table, sarif and github also hold passes and skips." },
	{ .name = "color", .type = OPTION_CHOICE, .offset = FIELD(color), .argument = "WHEN", .choices = "auto|always|never",
	  .help = "Colour the table (default: auto, on a terminal and without NO_COLOR)." },

	{ .group = "Verdict", .name = "fail-on", .type = OPTION_CHOICE, .offset = FIELD(fail_on), .argument = "LEVEL",
	  .choices = "warn|fail|error|never",
	  .help = "The least result that makes the exit code 1 (default: fail; errors count as fails)." },
	{ .name = "strict", .type = OPTION_FLAG, .offset = FIELD(strict),
	  .help = "A key that stands twice is an error, not a warning; unknown fields, list items with the same key and removed or"
		  " deprecated API versions fail." },
	{ .name = "config", .type = OPTION_STRING, .offset = FIELD(config), .argument = "FILE", .complete = "file",
	  .help = "What to ignore and why (default: biro.yaml in the current folder, if there is one)." },
	{ .name = "baseline", .type = OPTION_STRING, .offset = FIELD(baseline), .argument = "FILE", .complete = "file",
	  .help = "Hide the findings that this file lists: only new ones count." },
	{ .name = "write-baseline", .type = OPTION_STRING, .offset = FIELD(write_baseline), .argument = "FILE", .complete = "file",
	  .help = "Write the findings of this run to FILE, for --baseline. The exit code is that of a run without it." },

	{ .group = "Other", .name = "threads", .type = OPTION_NUMBER, .offset = FIELD(threads), .argument = "N",
	  .help = "How many threads judge (default: one for each CPU, and only one when the input is small)." },
	{ .name = "statistics", .type = OPTION_FLAG, .offset = FIELD(statistics),
	  .help = "Print to standard error, in microseconds of CPU time, what decoding, judging and printing took." },
	{ 0 },
};
/* clang-format on */

/* -- setting up --------------------------------------------------------------------------------------------------- */

/* Terminals that are known to show OSC 8 links and not their text. */
static bool knows_hyperlinks(void)
{
	static const char *const marks[] = { "VTE_VERSION", "WT_SESSION", "KITTY_WINDOW_ID", "TERM_PROGRAM",
					     "KONSOLE_VERSION" };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (getenv(marks[i]))
			return isatty(STDOUT_FILENO);
	return false;
}

/* Now, or SOURCE_DATE_EPOCH for output that can be reproduced. */
static struct instant start_time(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	struct instant t = instant_now();
	int64_t seconds;

	t.nanoseconds = 0;
	if (epoch && str_to_int64(str_of(epoch), &seconds))
		t.seconds = seconds;
	return instant_utc(&t);
}

static void set_up_report(struct check *check, struct instant started)
{
	const struct check_options *options = check->options;

	check->output = report_output_find(str_of(options->output));
	check->report = (struct report){
		.policies = check->policies.set,
		.show = !strcmp(options->show, "all") ? SHOW_ALL : SHOW_DEFAULT,
		.color = options->output_file && !strcmp(options->color, "auto")
				 ? false
				 : wants_color(options->color, STDOUT_FILENO),
		.width = options->output_file ? 0 : terminal_width(STDOUT_FILENO),
		.version = STR(BIRO_VERSION),
		.started = instant_rfc3339(check->arena, &started),
	};
	check->report.hyperlinks = check->report.color && knows_hyperlinks();
}

static int load_baseline(struct check *check, const char *path, struct error **err)
{
	const char *const paths[] = { path };
	struct documents *documents = documents_open(paths, 1, &decode_limits_default);
	struct document document;
	int result = documents_next(documents, &document, err);

	if (result > 0)
		check->baseline = baseline_load(check->arena, &document.source, err);
	else if (result == 0)
		error_set(err, ERROR_INVALID, "%s: no baseline in it", path);
	documents_close(documents);
	if (!check->baseline && *err && (*err)->code != ERROR_IO && (*err)->code != ERROR_NOT_FOUND)
		error_wrap(err, "not a baseline, as --write-baseline makes them");
	return check->baseline ? 0 : -1;
}

/* What the command line names besides policies and inputs; anything wrong here ends the run. */
static int load_side_files(struct check *check, struct instant started, struct error **err)
{
	const struct check_options *options = check->options;
	struct config config;

	if (options->threads < 0 || options->threads > THREADS_MAX)
		return error_set(err, ERROR_USAGE, "--threads has to be between 1 and %d", THREADS_MAX);
	request_operation(&check->request, options->operation);
	if (options->values && request_load_values(&check->request, options->values, err) < 0)
		return -1;
	if (request_set(&check->request, &options->set, err) < 0)
		return -1;
	if (options->userinfo && request_load_user(&check->request, options->userinfo, err) < 0)
		return -1;
	if (request_load_old(&check->request, &options->old, err) < 0)
		return -1;
	if (config_load(&config, check->arena, options->config, err) < 0)
		return -1;
	check->ignoring = (struct ignoring){
		.entries = config.ignores,
		.require_reason = config.require_reason,
		.today = str_slice(instant_rfc3339(check->arena, &started), 0, strlen("2026-12-31")),
	};
	return options->baseline ? load_baseline(check, options->baseline, err) : 0;
}

static int online_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
}

static int choose_threads(const struct check *check)
{
	size_t done, total, most;
	int cpus;

	if (check->options->threads > 0)
		return (int)check->options->threads;
	inputs_progress(check->inputs, &done, &total);
	most = (total > done ? total : done) / BYTES_PER_THREAD;
	cpus = online_cpus();
	if (cpus > THREADS_MAX)
		cpus = THREADS_MAX;
	return most < 2 ? 1 : most < (size_t)cpus ? (int)most : cpus;
}

/* -- the run ------------------------------------------------------------------------------------------------------ */

static int write_baseline(struct check *check, struct baseline_builder *baseline, struct error **err)
{
	struct buf text = { 0 };
	struct sink sink;
	int result;

	baseline_write(baseline, &text);
	result = sink_open(&sink, check->options->write_baseline, NULL, err);
	if (result == 0) {
		result = sink_write(&sink, buf_str(&text), err);
		if (result < 0)
			sink_abandon(&sink);
		else
			result = sink_close(&sink, err);
	}
	buf_free(&text);
	return result;
}

/* Both passes, to the last byte of output. */
static int judge_all(struct check *check, struct summary *summary, struct step_times *times, struct error **err)
{
	const struct check_options *options = check->options;
	struct baseline_builder baseline = { .arena = check->arena };
	int threads, result;

	policies_load(&check->policies, options->policies.items, options->policies.count);
	if (policies_gather(&check->policies, check->inputs, err) < 0)
		return -1;
	threads = choose_threads(check);
	inputs_rewind(check->inputs);
	if (options->write_baseline) {
		check->write_baseline = true;
		check->kept = arena_array(check->arena, (size_t)threads + 1, sizeof(*check->kept));
		for (int i = 0; i <= threads; i++)
			check->kept[i].arena = arena_create();
	}
	if (sink_open(check->sink, options->output_file, isatty(STDOUT_FILENO) ? check->progress : NULL, err) < 0)
		return -1;
	result = check_run(check, threads, summary, times, &baseline, err);
	if (result < 0)
		sink_abandon(check->sink);
	else
		result = sink_close(check->sink, err);
	if (result == 0 && check->write_baseline)
		result = write_baseline(check, &baseline, err);
	for (int i = 0; check->kept && i <= threads; i++)
		arena_destroy(check->kept[i].arena);
	return result;
}

static int exit_code(const char *fail_on, const struct summary *summary)
{
	size_t errors = summary->counts[OUTCOME_ERROR];
	size_t fails = errors + summary->counts[OUTCOME_FAIL];
	size_t warns = fails + summary->counts[OUTCOME_WARN];
	const struct {
		const char *level;
		size_t count;
	} levels[] = { { "warn", warns }, { "fail", fails }, { "error", errors }, { "never", 0 } };

	if (summary->unreadable > 0)
		return EXIT_TROUBLE;
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(fail_on, levels[i].level))
			return levels[i].count > 0 ? EXIT_VIOLATIONS : EXIT_FINE;
	return EXIT_FINE;
}

/* Findings that a baseline lists and that are gone: said where a person reads, so that it can be made smaller. */
static void mention_unmet(const struct check *check)
{
	size_t unmet = check->baseline ? baseline_unmet(check->baseline) : 0;

	if (unmet > 0 && isatty(STDERR_FILENO))
		complain("%zu of the findings in %s %s gone; --write-baseline makes it smaller", unmet,
			 check->options->baseline, unmet == 1 ? "is" : "are");
}

static int run(const struct check_options *options, char **paths, int count, struct error **err)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	struct instant started = start_time();
	struct summary summary = { 0 };
	struct step_times times = { 0 };
	struct progress progress;
	struct sink sink = { .fd = -1 };
	struct check check = { .options = options, .arena = arena, .progress = &progress, .sink = &sink };
	int result;

	progress_start(&progress);
	request_init(&check.request, arena);
	if (load_side_files(&check, started, err) < 0)
		return EXIT_TROUBLE;
	policies_init(&check.policies, arena, &decode_limits_default);
	check.request.lookup.store = check.policies.store;
	check.request.lookup.assume_bound = check.policies.assume_bound = options->assume_bound;
	set_up_report(&check, started);
	check.inputs = inputs_open(arena, (const char *const *)paths, (size_t)count, &decode_limits_default, &progress);
	result = judge_all(&check, &summary, &times, err);
	progress_clear(&progress);
	inputs_close(check.inputs);
	policy_set_destroy(check.policies.set);
	if (result < 0)
		return EXIT_TROUBLE;
	mention_unmet(&check);
	if (options->statistics)
		fprintf(stderr, "objects=%zu compile_us=%.0f decode_us=%.0f judge_us=%.0f print_us=%.0f\n", summary.objects,
			(double)check.policies.compile / 1e3, (double)times.decode / 1e3, (double)times.judge / 1e3,
			(double)times.print / 1e3);
	return exit_code(options->fail_on, &summary);
}

static int check_main(const struct command *command, int argc, char **argv)
{
	_cleanup_(error_freep) struct error *err = NULL;
	struct check_options options = { .output = "table", .show = "default", .color = "auto", .fail_on = "fail" };
	char **paths;
	int count, code = command_begin(command, argc, argv, &options, &paths, &count);

	if (code >= 0)
		return code;
	code = run(&options, paths, count, &err);
	if (err && err->file && err->line)
		complain("%s:%u:%u: %s", err->file, err->line, err->column, err->message);
	else if (err)
		complain("%s%s%s", err->file ? err->file : "", err->file ? ": " : "", err->message);
	free(paths);
	command_options_free(command, &options);
	return code;
}

/* clang-format off */
const struct command check_command = {
	.name = "check",
	.arguments = "PATH…",
	.summary = "judge manifests by policies",
	.description =
		"Judges every Kubernetes object in the files and folders by all policies that match it, and prints what it"
		" finds with file, line and reason. A PATH is a YAML or JSON file (also with gzip), a folder (read with all"
		" folders below; names that end in .yaml, .yml or .json), a Helm chart or a kustomization (rendered by helm or"
		" kustomize), or - for standard input.\n"
		"\n"
		"Policies are Kyverno's ClusterPolicy, Policy and PolicyException; they come from -p or lie among the inputs."
		" Namespaces and ConfigMaps among the inputs serve look-ups.\n"
		"\n"
		"What cannot be read or parsed is an error result; everything else is judged all the same. The exit code is 0"
		" when nothing was found at or above --fail-on, 1 when something was, 2 when the command line is wrong or an"
		" input could not be read or parsed.",
	.examples =
		"biro check deployment.yaml  # by the Pod Security Standards\n"
		"biro check -p policies/ manifests/  # by your own policies\n"
		"helm template chart | biro check -  # what a pipe brings\n"
		"biro check -o html --output-file report.html manifests/  # for people\n"
		"biro check --write-baseline baseline.json manifests/  # accept what is there today\n"
		"biro check --baseline baseline.json manifests/  # and see only what is new\n",
	.minimum = 1,
	.maximum = -1,
	.complete = "file",
	.options = check_option_specs,
	.main = check_main,
};
/* clang-format on */
