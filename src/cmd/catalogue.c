/* biro policies: the catalogue that comes with biro: what is in it, why, and as YAML for kubectl apply. */
#include <stdlib.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/verify.h"
#include "data/json.h"
#include "policy/builtin/builtin.h"
#include "report/text.h"

struct policies_options {
	struct string_list policies;
	const char *output, *action, *color;
	bool all;
};

#define FIELD(name) offsetof(struct policies_options, name)

/* clang-format off */
static const struct option_spec policies_option_specs[] = {
	{ .group = "list and show", .letter = 'o', .name = "output", .type = OPTION_CHOICE, .offset = FIELD(output),
	  .argument = "FORMAT", .choices = "text|json", .help = "How to print (default: text)." },
	{ .name = "color", .type = OPTION_CHOICE, .offset = FIELD(color), .argument = "WHEN", .choices = "auto|always|never",
	  .help = "Colour severities (default: auto, when standard output is a terminal)." },
	{ .group = "export", .letter = 'a', .name = "all", .type = OPTION_FLAG, .offset = FIELD(all),
	  .help = "Also those that are off by default." },
	{ .name = "action", .type = OPTION_CHOICE, .offset = FIELD(action), .argument = "ACTION", .choices = "deny|warn|audit",
	  .help = "What every binding does (default: deny for high and critical severity, else warn)." },
	{ .group = "verify", .letter = 'p', .name = "policy", .type = OPTION_LIST, .offset = FIELD(policies),
	  .argument = "POLICY", .complete = "file",
	  .help = "File or folder with the policies; the same as naming it after verify." },
	{ 0 },
};
/* clang-format on */

struct listing {
	struct arena *arena;
	const struct catalogue *catalogue;
	const struct policies_options *options;
	bool color;
	struct buf out;
};

/* -- list --------------------------------------------------------------------------------------------------------- */

static const char *severity_color(struct str severity)
{
	static const struct {
		const char *severity, *code;
	} colors[] = { { "critical", "\033[1;31m" }, { "high", "\033[31m" }, { "medium", "\033[33m" }, { "low", "\033[36m" } };

	for (size_t i = 0; i < sizeof(colors) / sizeof(*colors); i++)
		if (str_equal(severity, str_of(colors[i].severity)))
			return colors[i].code;
	return "";
}

static size_t id_width(const struct catalogue *catalogue)
{
	size_t width = 0;

	for (size_t i = 0; i < catalogue->count; i++)
		if (catalogue->entries[i].id.n > width)
			width = catalogue->entries[i].id.n;
	return width;
}

/* What the last column says of an entry, besides its title. */
static const char *mark(const struct catalogue_entry *entry)
{
	return entry->off.n > 0 ? "off" : entry->text.n == 0 ? "biro" : "";
}

static void list_text(struct listing *listing)
{
	const struct catalogue *catalogue = listing->catalogue;
	int width = (int)id_width(catalogue);
	size_t on = 0;

	for (size_t i = 0; i < catalogue->count; i++) {
		const struct catalogue_entry *entry = &catalogue->entries[i];
		const char *color = listing->color ? severity_color(entry->severity) : "";

		buf_printf(&listing->out, "%-*.*s  %s%-8.*s%s  %-4s  " STR_FMT "\n", width, STR_ARG(entry->id), color,
			   STR_ARG(entry->severity), *color ? "\033[0m" : "", mark(entry), STR_ARG(entry->title));
		on += entry->off.n == 0;
	}
	buf_printf(&listing->out,
		   "\n%zu policies, %zu of them judge by default beside Pod Security. off: not by default; biro: needs other\n"
		   "objects, so only biro can judge it. biro policies show ID tells why and how to fix.\n",
		   catalogue->count, on);
}

static const struct value *entry_as_value(struct arena *arena, const struct catalogue_entry *entry)
{
	struct object_builder object = { 0 };
	const struct {
		const char *key;
		struct str text;
	} texts[] = {
		{ "id", entry->id },   { "title", entry->title }, { "severity", entry->severity }, { "category", entry->category },
		{ "why", entry->why }, { "fix", entry->fix },	  { "podSecurity", entry->pss },   { "cis", entry->cis },
		{ "off", entry->off },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].text.n > 0)
			object_put(arena, &object, str_of(texts[i].key), value_of_str(arena, texts[i].text));
	object_put(arena, &object, STR("default"), value_of_bool(entry->off.n == 0));
	object_put(arena, &object, STR("exportable"), value_of_bool(entry->text.n > 0));
	return object_finish(arena, &object);
}

static int list(struct listing *listing, char **ids, int count)
{
	struct array_builder array = { 0 };

	if (!listing->options->output || !strcmp(listing->options->output, "text")) {
		list_text(listing);
		return EXIT_FINE;
	}
	for (size_t i = 0; i < listing->catalogue->count; i++)
		array_add(listing->arena, &array, entry_as_value(listing->arena, &listing->catalogue->entries[i]));
	json_encode(&listing->out, array_finish(listing->arena, &array), JSON_PRETTY);
	buf_add_char(&listing->out, '\n');
	return EXIT_FINE;
}

/* -- show --------------------------------------------------------------------------------------------------------- */

static const struct catalogue_entry *find(const struct listing *listing, const char *id)
{
	struct str closest;
	const struct catalogue_entry *entry = catalogue_find(listing->catalogue, str_of(id), &closest);

	if (entry)
		return entry;
	if (closest.n > 0)
		complain("no policy \"%s\" in the catalogue (did you mean \"" STR_FMT "\"?)", id, STR_ARG(closest));
	else
		complain("no policy \"%s\" in the catalogue; biro policies list shows them", id);
	return NULL;
}

static void put_field(struct buf *out, const char *label, struct str text)
{
	if (text.n > 0)
		buf_printf(out, "%-14s " STR_FMT "\n", label, STR_ARG(text));
}

static void show_text(struct listing *listing, const struct catalogue_entry *entry)
{
	struct buf *out = &listing->out;

	buf_printf(out, STR_FMT ": " STR_FMT "\n\n", STR_ARG(entry->id), STR_ARG(entry->title));
	put_field(out, "severity", entry->severity);
	put_field(out, "category", entry->category);
	put_field(out, "pod security", entry->pss);
	put_field(out, "CIS benchmark", entry->cis);
	put_field(out, "why", entry->why);
	put_field(out, "fix", entry->fix);
	put_field(out, "off, because", entry->off);
	if (entry->text.n == 0) {
		buf_add(out, STR("export         not possible: it compares the object with others, so only biro can judge it\n"));
		return;
	}
	buf_add_char(out, '\n');
	buf_add(out, entry->text);
}

static int show(struct listing *listing, char **ids, int count)
{
	bool as_json = listing->options->output && !strcmp(listing->options->output, "json");

	for (int i = 0; i < count; i++) {
		const struct catalogue_entry *entry = find(listing, ids[i]);

		if (!entry)
			return EXIT_TROUBLE;
		if (as_json) {
			json_encode(&listing->out, entry_as_value(listing->arena, entry), JSON_PRETTY);
			buf_add_char(&listing->out, '\n');
		} else {
			if (i > 0)
				buf_add_char(&listing->out, '\n');
			show_text(listing, entry);
		}
	}
	return EXIT_FINE;
}

/* -- export ------------------------------------------------------------------------------------------------------- */

/* The text, with another action in its binding. */
static struct str with_action(const struct listing *listing, const struct catalogue_entry *entry)
{
	static const char *const actions[] = { "Deny", "Warn", "Audit" };
	struct str key = STR("  validationActions: ["), text = entry->text;
	size_t start = str_find(text, key, 0), end;

	if (!listing->options->action || start == STR_NOT_FOUND)
		return text;
	start += key.n;
	end = str_find(text, STR("]"), start);
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (!strcasecmp(actions[i], listing->options->action))
			return str_format(listing->arena, STR_FMT "%s" STR_FMT, (int)start, text.p, actions[i],
					  STR_ARG(str_skip(text, end)));
	return text;
}

static void put_document(struct listing *listing, struct str text)
{
	if (listing->out.n > 0)
		buf_add(&listing->out, STR("---\n"));
	buf_add(&listing->out, text);
}

static bool has_parameters(const struct catalogue_entry *entry)
{
	return entry->object_count > 0 && value_path(entry->objects[0], "spec", "paramKind");
}

static int export(struct listing *listing, char **ids, int count)
{
	bool parameters = false;

	for (int i = 0; i < count; i++) {
		const struct catalogue_entry *entry = find(listing, ids[i]);

		if (!entry)
			return EXIT_TROUBLE;
		if (entry->text.n == 0) {
			complain(STR_FMT " cannot be exported: it compares the object with others, which an API server's "
					 "policies cannot",
				 STR_ARG(entry->id));
			return EXIT_TROUBLE;
		}
		put_document(listing, with_action(listing, entry));
		parameters |= has_parameters(entry);
	}
	for (size_t i = 0; count == 0 && i < listing->catalogue->count; i++) {
		const struct catalogue_entry *entry = &listing->catalogue->entries[i];

		if (entry->text.n == 0 || (entry->off.n > 0 && !listing->options->all))
			continue;
		put_document(listing, with_action(listing, entry));
		parameters |= has_parameters(entry);
	}
	if (parameters)
		put_document(listing, listing->catalogue->parameters);
	return EXIT_FINE;
}

static int verify(struct listing *listing, char **paths, int count)
{
	return verify_policies(listing->arena, &listing->options->policies, paths, count, &listing->out);
}

/* -- the verb ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int minimum;
	const char *needs;
	int (*run)(struct listing *listing, char **arguments, int count);
} actions[] = {
	{ "list", 0, NULL, list },
	{ "show", 1, "an ID; biro policies list shows them", show },
	{ "export", 0, NULL, export },
	{ "verify", 0, NULL, verify },
};

static int run(struct listing *listing, char **arguments, int count)
{
	const char *name = count > 0 ? arguments[0] : "list";

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (strcmp(actions[i].name, name) != 0)
			continue;
		if (count < actions[i].minimum + 1 && actions[i].needs) {
			complain("policies %s needs %s", name, actions[i].needs);
			return EXIT_TROUBLE;
		}
		return actions[i].run(listing, arguments + (count > 0), count > 0 ? count - 1 : 0);
	}
	complain("policies has no \"%s\": it is one of list, show, export, verify", name);
	return EXIT_TROUBLE;
}

static int policies_main(const struct command *command, int argc, char **argv)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct policies_options options = { 0 };
	struct listing listing = { .arena = arena, .options = &options };
	char **arguments;
	int count, status = command_begin(command, argc, argv, &options, &arguments, &count), written;

	if (status >= 0)
		return status;
	listing.color = wants_color(options.color, STDOUT_FILENO);
	listing.catalogue = catalogue_load(arena, &err);
	if (listing.catalogue) {
		status = run(&listing, arguments, count);
	} else {
		complain(STR_FMT, STR_ARG(error_text(arena, err)));
		status = EXIT_TROUBLE;
	}
	written = listing.out.n > 0 ? print_out(&listing.out) : EXIT_FINE;
	buf_free(&listing.out);
	free(arguments);
	command_options_free(command, &options);
	return written > status ? written : status;
}

/* clang-format off */
const struct command policies_command = {
	.name = "policies",
	.arguments = "[list | show ID… | export [ID…] | verify PATH…]",
	.summary = "show, export and verify policies",
	.description = "list: the policies that come with biro. They judge beside the Pod Security Standards when biro check is given "
		       "no policy.\n\n"
		       "show: what a policy asks for, why, how to fix what it finds, and its text.\n\n"
		       "export: ValidatingAdmissionPolicies and bindings as YAML; they apply in an API server of Kubernetes 1.30 or "
		       "later unchanged. Policies with parameters read them from the ConfigMap kube-system/biro-parameters; "
		       "without it they let everything pass.\n\n"
		       "verify: compiles the policies in the named files, type-checks ValidatingAdmissionPolicies as the API server "
		       "would, against the built-in kinds (not yet against CRDs), and warns of what can never match.",
	.examples = "biro policies  # the list\n"
		    "biro policies show image-tag  # one of them\n"
		    "biro policies export | kubectl apply -f -  # have the API server judge by them, too\n"
		    "biro policies verify policies/  # before they are applied\n",
	.minimum = 0,
	.maximum = -1,
	.complete = "list|show|export|verify",
	.options = policies_option_specs,
	.main = policies_main,
};
/* clang-format on */
