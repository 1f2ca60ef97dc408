/* biro completion: scripts for bash, zsh and fish, from the tables. */
#include "cmd/command.h"

/* "a|b" with blanks between */
static void choices_spaced(const struct option_spec *option, struct buf *out)
{
	size_t start = out->n;

	option_choices(option, out);
	for (size_t i = start; i < out->n; i++)
		if (out->p[i] == '|')
			out->p[i] = ' ';
}

/* The first sentence, for shells that show one line. */
static struct str first_sentence(const char *help)
{
	struct str text = str_of(help);
	size_t end = str_find(text, STR(". "), 0);

	if (end == STR_NOT_FOUND)
		end = str_ends_with(text, STR(".")) ? text.n - 1 : text.n;
	return str_slice(text, 0, end);
}

static void command_names(struct buf *out)
{
	for (size_t i = 0; commands[i]; i++)
		buf_printf(out, "%s%s", i ? " " : "", commands[i]->name);
}

/* What a command's plain arguments complete with, spaced: choices, commands, or nothing for files. */
static bool argument_words(const struct command *command, struct buf *out)
{
	size_t start = out->n;

	if (!command->complete || !strcmp(command->complete, "file") || !strcmp(command->complete, "dir"))
		return false;
	if (!strcmp(command->complete, "command")) {
		command_names(out);
		return true;
	}
	buf_add(out, str_of(command->complete));
	for (size_t i = start; i < out->n; i++)
		if (out->p[i] == '|')
			out->p[i] = ' ';
	return true;
}

static bool completes_files(const struct command *command)
{
	return command->complete && !strcmp(command->complete, "file");
}

/* -- bash --------------------------------------------------------------------------------------------------------- */

static void bash_words(struct buf *out, const struct option_spec *options)
{
	for (const struct option_spec *option = options; option && option->name; option++) {
		if (option->letter)
			buf_printf(out, "-%c ", option->letter);
		buf_printf(out, "--%s ", option->name);
	}
}

static void bash_values(struct buf *out, const struct command *command)
{
	for (const struct option_spec *option = command->options; option && option->name; option++) {
		if (!option->argument)
			continue;
		buf_printf(out, "\t%s:--%s", command->name, option->name);
		if (option->letter)
			buf_printf(out, "|%s:-%c", command->name, option->letter);
		buf_add(out, STR(") "));
		if (option->type == OPTION_CHOICE) {
			buf_add(out, STR("COMPREPLY=($(compgen -W \""));
			choices_spaced(option, out);
			buf_add(out, STR("\" -- \"$current\"))"));
		} else if (option->complete) {
			buf_printf(out, "compopt -o filenames; mapfile -t COMPREPLY < <(compgen %s -- \"$current\")",
				   !strcmp(option->complete, "dir") ? "-d" : "-f");
		} else {
			buf_add(out, STR("COMPREPLY=()"));
		}
		buf_add(out, STR("; return ;;\n"));
	}
}

static void bash_script(struct buf *out)
{
	buf_add(out, STR("# bash completion for biro; made by \"biro completion bash\"\n_biro()\n{\n"
			 "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} "
			 "verb=${COMP_WORDS[1]} words=\n"
			 "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \""));
	command_names(out);
	buf_add(out, STR("\" -- \"$current\"))\n\t\treturn\n\tfi\n"
			 "\t# \"--name=value\" comes as three words\n"
			 "\tif [ \"$current\" = = ]; then\n\t\tcurrent=\n"
			 "\telif [ \"$previous\" = = ]; then\n\t\tprevious=${COMP_WORDS[COMP_CWORD-2]}\n\tfi\n"
			 "\tcase $verb:$previous in\n"));
	for (size_t i = 0; commands[i]; i++)
		bash_values(out, commands[i]);
	buf_add(out, STR("\tesac\n\tcase $verb in\n"));
	for (size_t i = 0; commands[i]; i++) {
		struct buf words = { 0 };

		buf_printf(out, "\t%s)\n\t\twords=\"", commands[i]->name);
		bash_words(out, commands[i]->options);
		bash_words(out, command_common_options);
		out->n--;
		buf_add(out, STR("\"\n"));
		if (argument_words(commands[i], &words))
			buf_printf(out, "\t\t[[ $current == -* ]] || words=\"" STR_FMT "\"\n",
				   STR_ARG(buf_str(&words)));
		else if (completes_files(commands[i]))
			buf_add(out, STR("\t\tif [[ $current != -* ]]; then compopt -o filenames;"
					 " mapfile -t COMPREPLY < <(compgen -f -- \"$current\"); return; fi\n"));
		else
			buf_add(out, STR("\t\t[[ $current == -* ]] || return\n"));
		buf_add(out, STR("\t\t;;\n"));
		buf_free(&words);
	}
	buf_add(out,
		STR("\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\ncomplete -F _biro biro\n"));
}

/* -- zsh ---------------------------------------------------------------------------------------------------------- */

/* Inside single quotes and an _arguments specification. */
static void zsh_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'')
			buf_add(out, STR("'\\'"));
		else if (strchr("[]:\\", text.p[i]))
			buf_add_char(out, '\\');
		buf_add_char(out, text.p[i]);
	}
}

static void zsh_option(struct buf *out, const struct option_spec *option)
{
	bool repeats = option->type == OPTION_LIST;

	buf_add(out, STR("\t\t"));
	if (option->letter && !repeats)
		buf_printf(out, "'(-%c --%s)'", option->letter, option->name);
	else if (repeats)
		buf_add(out, STR("'*'"));
	if (option->letter)
		buf_printf(out, "{-%c%s,--%s%s}", option->letter, option->argument ? "+" : "", option->name,
			   option->argument ? "=" : "");
	else
		buf_printf(out, "--%s%s", option->name, option->argument ? "=" : "");
	buf_add(out, STR("'["));
	zsh_text(out, first_sentence(option->help));
	buf_add_char(out, ']');
	if (option->argument) {
		buf_add_char(out, ':');
		zsh_text(out, str_of(option->argument));
		buf_add_char(out, ':');
		if (option->type == OPTION_CHOICE) {
			buf_add_char(out, '(');
			choices_spaced(option, out);
			buf_add_char(out, ')');
		} else if (option->complete) {
			buf_add(out, !strcmp(option->complete, "dir") ? STR("_files -/") : STR("_files"));
		}
	}
	buf_add(out, STR("' \\\n"));
}

static void zsh_command(struct buf *out, const struct command *command)
{
	struct buf words = { 0 };

	buf_printf(out, "\t%s) _arguments -s \\\n", command->name);
	for (const struct option_spec *option = command->options; option && option->name; option++)
		zsh_option(out, option);
	for (const struct option_spec *option = command_common_options; option->name; option++)
		zsh_option(out, option);
	if (argument_words(command, &words))
		buf_printf(out, "\t\t'*:argument:(" STR_FMT ")' ;;\n", STR_ARG(buf_str(&words)));
	else if (completes_files(command))
		buf_add(out, STR("\t\t'*:file:_files' ;;\n"));
	else
		buf_add(out, STR("\t\t&& return ;;\n"));
	buf_free(&words);
}

static void zsh_script(struct buf *out)
{
	buf_add(out, STR("#compdef biro\n# made by \"biro completion zsh\"\n_biro() {\n"
			 "\tlocal -a verbs\n\tverbs=(\n"));
	for (size_t i = 0; commands[i]; i++) {
		buf_printf(out, "\t\t'%s:", commands[i]->name);
		zsh_text(out, str_of(commands[i]->summary));
		buf_add(out, STR("'\n"));
	}
	buf_add(out, STR("\t)\n\tif (( CURRENT == 2 )); then\n\t\t_describe command verbs\n\t\treturn\n\tfi\n"
			 "\tlocal verb=$words[2]\n\tshift words\n\t(( CURRENT-- ))\n\tcase $verb in\n"));
	for (size_t i = 0; commands[i]; i++)
		zsh_command(out, commands[i]);
	buf_add(out, STR("\tesac\n}\nif [ \"$funcstack[1]\" = _biro ]; then\n\t_biro \"$@\"\nelse\n\tcompdef _biro "
			 "biro\nfi\n"));
}

/* -- fish --------------------------------------------------------------------------------------------------------- */

static void fish_quoted(struct buf *out, struct str text)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\'' || text.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '\'');
}

static void fish_option(struct buf *out, const char *verb, const struct option_spec *option)
{
	buf_printf(out, "complete -c biro -n '__fish_seen_subcommand_from %s'", verb);
	if (option->letter)
		buf_printf(out, " -s %c", option->letter);
	buf_printf(out, " -l %s", option->name);
	if (option->type == OPTION_CHOICE) {
		buf_add(out, STR(" -xa '"));
		choices_spaced(option, out);
		buf_add_char(out, '\'');
	} else if (option->argument) {
		buf_add(out, option->complete ? STR(" -rF") : STR(" -x"));
	}
	buf_add(out, STR(" -d "));
	fish_quoted(out, first_sentence(option->help));
	buf_add_char(out, '\n');
}

static void fish_script(struct buf *out)
{
	buf_add(out, STR("# fish completion for biro; made by \"biro completion fish\"\ncomplete -c biro -f\n"));
	for (size_t i = 0; commands[i]; i++) {
		buf_printf(out, "complete -c biro -n __fish_use_subcommand -a %s -d ", commands[i]->name);
		fish_quoted(out, str_of(commands[i]->summary));
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; commands[i]; i++) {
		struct buf words = { 0 };

		if (completes_files(commands[i]))
			buf_printf(out, "complete -c biro -n '__fish_seen_subcommand_from %s' -F\n", commands[i]->name);
		else if (argument_words(commands[i], &words))
			buf_printf(out, "complete -c biro -n '__fish_seen_subcommand_from %s' -a '" STR_FMT "'\n",
				   commands[i]->name, STR_ARG(buf_str(&words)));
		buf_free(&words);
		for (const struct option_spec *option = commands[i]->options; option && option->name; option++)
			fish_option(out, commands[i]->name, option);
		for (const struct option_spec *option = command_common_options; option->name; option++)
			fish_option(out, commands[i]->name, option);
	}
}

/* ----------------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *shell;
	void (*script)(struct buf *out);
} shells[] = {
	{ "bash", bash_script },
	{ "zsh", zsh_script },
	{ "fish", fish_script },
};

static int completion_main(const struct command *command, int argc, char **argv)
{
	struct buf out = { 0 };
	char **arguments;
	int count, code = command_begin(command, argc, argv, NULL, &arguments, &count);

	if (code >= 0)
		return code;
	code = -1;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (!strcmp(arguments[0], shells[i].shell)) {
			shells[i].script(&out);
			code = print_out(&out);
		}
	if (code < 0) {
		complain("no completion for \"%s\"; there is bash, zsh and fish", arguments[0]);
		code = EXIT_TROUBLE;
	}
	buf_free(&out);
	free(arguments);
	return code;
}

const struct command completion_command = {
	.name = "completion",
	.arguments = "bash|zsh|fish",
	.summary = "print a completion script for a shell",
	.description = "Prints a script that teaches the shell biro's commands and options.",
	.examples = "source <(biro completion bash)  # for this bash\n"
		    "biro completion zsh >~/.zfunc/_biro  # for zsh, with ~/.zfunc in fpath\n"
		    "biro completion fish >~/.config/fish/completions/biro.fish  # for fish\n",
	.minimum = 1,
	.maximum = 1,
	.complete = "bash|zsh|fish",
	.main = completion_main,
};
