/* biro man: biro(1) as roff, from the tables. */
#include "cmd/command.h"

/* -- roff --------------------------------------------------------------------------------------------------------- */

/* Text as roff wants it: no request at the start of a line, real hyphens, no ligatures for quotes and backslashes. */
static void roff(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		bool line_start = out->n == 0 || out->p[out->n - 1] == '\n';

		if (line_start && (text.p[i] == '.' || text.p[i] == '\''))
			buf_add(out, STR("\\&"));
		if (text.p[i] == '\\')
			buf_add(out, STR("\\e"));
		else if (text.p[i] == '-')
			buf_add(out, STR("\\-"));
		else if (text.p[i] == '\'')
			buf_add(out, STR("\\(aq"));
		else if (str_starts_with(str_skip(text, i), STR("…"))) {
			buf_add(out, STR("..."));
			i += strlen("…") - 1;
		} else {
			buf_add_char(out, text.p[i]);
		}
	}
}

/* Lines to paragraphs: an empty line ends one. */
static void roff_paragraphs(struct buf *out, const char *text)
{
	struct str rest = str_of(text), line;

	while (rest.n > 0) {
		str_cut(rest, '\n', &line, &rest);
		if (line.n == 0) {
			buf_add(out, STR(".PP\n"));
		} else {
			roff(out, line);
			buf_add_char(out, '\n');
		}
	}
}

static void man_option(struct buf *out, const struct option_spec *option)
{
	buf_add(out, STR(".TP\n"));
	if (option->letter)
		buf_printf(out, "\\fB\\-%c\\fR, ", option->letter);
	buf_add(out, STR("\\fB\\-\\-"));
	roff(out, str_of(option->name));
	buf_add(out, STR("\\fR"));
	if (option->argument) {
		buf_add(out, STR(" \\fI"));
		roff(out, str_of(option->argument));
		buf_add(out, STR("\\fR"));
	}
	buf_add_char(out, '\n');
	roff(out, str_of(option->help));
	if (option->type == OPTION_CHOICE) {
		struct buf choices = { 0 };
		struct str rest, choice;
		bool more = true;

		option_choices(option, &choices);
		rest = buf_str(&choices);
		buf_add(out, STR(" One of: "));
		while (more) {
			more = str_cut(rest, '|', &choice, &rest);
			buf_add(out, STR("\\fB"));
			roff(out, choice);
			buf_add(out, more ? STR("\\fR, ") : STR("\\fR."));
		}
		buf_free(&choices);
	}
	buf_add_char(out, '\n');
}

static void man_options(struct buf *out, const struct option_spec *options)
{
	for (const struct option_spec *option = options; option && option->name; option++) {
		if (option->group) {
			buf_add(out, STR(".PP\n\\fI"));
			roff(out, str_of(option->group));
			buf_add(out, STR("\\fR\n"));
		}
		man_option(out, option);
	}
}

/* -- the page ----------------------------------------------------------------------------------------------------- */

static void man_command(struct buf *out, const struct command *command)
{
	buf_add(out, STR(".SS \"biro "));
	roff(out, str_of(command->name));
	if (*command->arguments) {
		buf_add_char(out, ' ');
		roff(out, str_of(command->arguments));
	}
	buf_add(out, STR("\"\n"));
	if (command->description) {
		roff_paragraphs(out, command->description);
	} else {
		roff(out, str_of(command->summary));
		buf_add_char(out, '\n');
	}
	man_options(out, command->options);
	if (command->examples) {
		buf_add(out, STR(".PP\n\\fIExamples\\fR\n.PP\n.nf\n.RS 4\n"));
		roff_paragraphs(out, command->examples);
		buf_add(out, STR(".RE\n.fi\n"));
	}
}

static const char page_start[] =
	".SH NAME\nbiro \\- a referee for Kubernetes: judges manifests by policies\n"
	".SH SYNOPSIS\n\\fBbiro\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]\n"
	".SH DESCRIPTION\n"
	"biro takes the policies that a team already has, in the language in which they are written, and judges\n"
	"Kubernetes objects by them. Policies are never changed or converted first. Every finding names the file,\n"
	"the line and the reason.\n"
	".SH COMMANDS\n";

static const char page_end[] =
	".SH EXIT STATUS\n"
	".TP\n\\fB0\\fR\nNothing was found at or above the level that \\fB\\-\\-fail\\-on\\fR names.\n"
	".TP\n\\fB1\\fR\nSomething was found.\n"
	".TP\n\\fB2\\fR\nThe command line is wrong, or an input could not be read, parsed or written. What could be "
	"judged was judged.\n"
	".SH FILES\n"
	".TP\n\\fBbiro.yaml\\fR\nThe configuration of \\fBbiro check\\fR, looked for in the current directory: what to "
	"ignore, and why.\n"
	".SH ENVIRONMENT\n"
	".TP\n\\fBNO_COLOR\\fR\nWhen set to anything but an empty text, \\fB\\-\\-color auto\\fR means never.\n"
	".TP\n\\fBCOLUMNS\\fR\nThe width of help texts and tables, when the terminal does not say or to overrule it.\n";

void man_page(struct buf *out)
{
	buf_printf(out, ".TH BIRO 1 \"\" \"biro %s\" \"User Commands\"\n", BIRO_VERSION);
	buf_add(out, str_of(page_start));
	for (size_t i = 0; commands[i]; i++)
		man_command(out, commands[i]);
	buf_add(out, STR(".SS \"Options of every command\"\n"));
	for (const struct option_spec *option = command_common_options; option->name; option++)
		man_option(out, option);
	buf_add(out, str_of(page_end));
}

static int man_main(const struct command *command, int argc, char **argv)
{
	struct buf out = { 0 };
	char **arguments;
	int count, code = command_begin(command, argc, argv, NULL, &arguments, &count);

	if (code >= 0)
		return code;
	free(arguments);
	man_page(&out);
	code = print_out(&out);
	buf_free(&out);
	return code;
}

const struct command man_command_entry = {
	.name = "man",
	.arguments = "",
	.summary = "print the manual page",
	.description = "Prints biro(1) for man(1) or groff.",
	.examples = "biro man | man -l -  # read it\n",
	.main = man_main,
};
