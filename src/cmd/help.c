/* biro help, --help and the overview, from the tables. */
#include "cmd/command.h"

#define WIDTH_DEFAULT 80
#define WIDTH_MAX 110
#define INDENT_MAX 34

/* -- text in columns ---------------------------------------------------------------------------------------------- */

/* Columns that a text takes: characters, as UTF-8 has them. Our own texts hold nothing wide or combining. */
static size_t columns_of(struct str s)
{
	size_t columns = 0;

	for (size_t i = 0; s.p && i < s.n; i++)
		columns += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return columns;
}

static void pad(struct buf *out, size_t from, size_t to)
{
	for (; from < to; from++)
		buf_add_char(out, ' ');
}

/* Words, wrapped; the cursor stands at `column` and later lines begin at `indent`. Ends with a newline. */
static void wrap(struct buf *out, struct str text, size_t column, size_t indent, size_t width)
{
	bool first = true;

	while (text.n > 0) {
		struct str word;
		size_t columns;

		str_cut(text, ' ', &word, &text);
		columns = columns_of(word);
		if (!first && column + 1 + columns > width) {
			buf_add_char(out, '\n');
			pad(out, 0, indent);
			column = indent;
			first = true;
		}
		if (!first) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, word);
		column += columns;
		first = false;
	}
	buf_add_char(out, '\n');
}

static void paragraphs(struct buf *out, const char *text, size_t indent, size_t width)
{
	struct str rest = str_of(text), line;

	while (rest.n > 0) {
		str_cut(rest, '\n', &line, &rest);
		if (line.n > 0) {
			pad(out, 0, indent);
			wrap(out, line, indent, indent, width);
		} else {
			buf_add_char(out, '\n');
		}
	}
}

static size_t fit_width(size_t width)
{
	if (width == 0)
		return WIDTH_DEFAULT;
	return width > WIDTH_MAX ? WIDTH_MAX : width < 40 ? 40 : width;
}

/* -- one command -------------------------------------------------------------------------------------------------- */

/* "  -o, --output FORMAT" */
static void option_head(const struct option_spec *option, struct buf *out)
{
	if (option->letter)
		buf_printf(out, "  -%c, --%s", option->letter, option->name);
	else
		buf_printf(out, "      --%s", option->name);
	if (option->argument)
		buf_printf(out, " %s", option->argument);
}

static size_t widest_head(const struct option_spec *options, size_t widest)
{
	for (const struct option_spec *option = options; option && option->name; option++) {
		struct buf head = { 0 };
		size_t columns;

		option_head(option, &head);
		columns = columns_of(buf_str(&head)) + 2;
		if (columns > widest && columns <= INDENT_MAX)
			widest = columns;
		buf_free(&head);
	}
	return widest;
}

/* "a|b|c" → "a, b, c" */
static void put_choices(struct buf *out, const struct option_spec *option)
{
	struct buf choices = { 0 };
	struct str rest, choice;
	bool more = true;

	option_choices(option, &choices);
	rest = buf_str(&choices);
	while (more) {
		more = str_cut(rest, '|', &choice, &rest);
		buf_printf(out, STR_FMT "%s", STR_ARG(choice), more ? ", " : "");
	}
	buf_free(&choices);
}

static void print_option(struct buf *out, const struct option_spec *option, size_t indent, size_t width)
{
	struct buf text = { 0 };
	size_t start = out->n, column;

	buf_add(&text, str_of(option->help));
	if (option->type == OPTION_CHOICE) {
		buf_add(&text, STR(" One of: "));
		put_choices(&text, option);
		buf_add_char(&text, '.');
	}
	option_head(option, out);
	column = columns_of(str_make(out->p + start, out->n - start));
	if (column + 2 > indent) {
		buf_add_char(out, '\n');
		column = 0;
	}
	pad(out, column, indent);
	wrap(out, buf_str(&text), indent, indent, width);
	buf_free(&text);
}

/* `group` is the heading that stands above; returns the one that stands there afterwards. */
static const char *print_options(struct buf *out, const struct option_spec *options, const char *group, size_t indent,
				 size_t width)
{
	for (const struct option_spec *option = options; option && option->name; option++) {
		const char *heading = option->group ? option->group : group ? group : "Options";

		if (!group || strcmp(heading, group) != 0)
			buf_printf(out, "\n%s\n", heading);
		group = heading;
		print_option(out, option, indent, width);
	}
	return group;
}

/* "command  # what it does", the second part in a column of its own where that fits. */
static void print_examples(struct buf *out, const char *text, size_t width)
{
	struct str rest = str_of(text), line;
	size_t widest = 0;

	for (struct str copy = rest; copy.n > 0;) {
		str_cut(copy, '\n', &line, &copy);
		size_t end = str_find(line, STR("  # "), 0);

		if (end != STR_NOT_FOUND && columns_of(str_slice(line, 0, end)) > widest)
			widest = columns_of(str_slice(line, 0, end));
	}
	while (rest.n > 0) {
		size_t end;

		str_cut(rest, '\n', &line, &rest);
		end = str_find(line, STR("  # "), 0);
		if (end == STR_NOT_FOUND) {
			buf_printf(out, "  " STR_FMT "\n", STR_ARG(line));
			continue;
		}
		if (2 + widest + columns_of(str_skip(line, end)) > width) {
			buf_printf(out, "  " STR_FMT "\n      " STR_FMT "\n", STR_ARG(str_slice(line, 0, end)),
				   STR_ARG(str_skip(line, end + 2)));
			continue;
		}
		buf_printf(out, "  " STR_FMT, STR_ARG(str_slice(line, 0, end)));
		pad(out, columns_of(str_slice(line, 0, end)), widest);
		buf_printf(out, STR_FMT "\n", STR_ARG(str_skip(line, end)));
	}
}

void help_command(struct buf *out, const struct command *command, size_t width)
{
	size_t indent = widest_head(command_common_options, widest_head(command->options, 0));
	const char *group;

	width = fit_width(width);
	buf_printf(out, "biro %s: %s\n\n", command->name, command->summary);
	buf_printf(out, "Usage: biro %s [OPTION…]%s%s\n", command->name, *command->arguments ? " " : "",
		   command->arguments);
	if (command->description) {
		buf_add_char(out, '\n');
		paragraphs(out, command->description, 0, width);
	}
	group = print_options(out, command->options, NULL, indent, width);
	print_options(out, command_common_options, group, indent, width);
	if (command->examples) {
		buf_add(out, STR("\nExamples\n"));
		print_examples(out, command->examples, width);
	}
}

/* -- all of them -------------------------------------------------------------------------------------------------- */

void help_overview(struct buf *out, size_t width)
{
	size_t indent = 0;

	width = fit_width(width);
	buf_add(out, STR("biro referees Kubernetes: it judges manifests by the policies that you already have.\n\n"
			 "Usage: biro COMMAND [OPTION…] [ARGUMENT…]\n\nCommands\n"));
	for (size_t i = 0; commands[i]; i++)
		if (strlen(commands[i]->name) + 4 > indent)
			indent = strlen(commands[i]->name) + 4;
	for (size_t i = 0; commands[i]; i++) {
		buf_printf(out, "  %s", commands[i]->name);
		pad(out, 2 + strlen(commands[i]->name), indent);
		wrap(out, str_of(commands[i]->summary), indent, indent, width);
	}
	buf_add(out, STR("\nTry\n"
			 "  biro check deployment.yaml             # by the Pod Security Standards\n"
			 "  biro check -p policies/ manifests/     # by your own policies\n"
			 "  helm template chart | biro check -     # what a pipe brings\n"
			 "\n\"biro help COMMAND\" tells more; \"biro man\" prints the whole manual.\n"));
}

static int help_main(const struct command *command, int argc, char **argv)
{
	const struct command *about = NULL;
	const char *suggestion = NULL;
	struct buf out = { 0 };
	char **arguments;
	int count, code = command_begin(command, argc, argv, NULL, &arguments, &count);

	if (code >= 0)
		return code;
	if (count > 0) {
		about = command_find(arguments[0], &suggestion);
		if (!about) {
			if (suggestion)
				complain("unknown command \"%s\" (did you mean \"%s\"?)", arguments[0], suggestion);
			else
				complain("unknown command \"%s\"; \"biro help\" lists them all", arguments[0]);
			free(arguments);
			return EXIT_TROUBLE;
		}
	}
	free(arguments);
	if (about)
		help_command(&out, about, terminal_width(1));
	else
		help_overview(&out, terminal_width(1));
	code = print_out(&out);
	buf_free(&out);
	return code;
}

const struct command help_command_entry = {
	.name = "help",
	.arguments = "[COMMAND]",
	.summary = "explain a command",
	.description = "Prints what \"biro COMMAND --help\" prints, or the list of all commands.",
	.examples = "biro help check  # every option of check\n",
	.maximum = 1,
	.complete = "command",
	.main = help_main,
};
