/*
 * biro: finds the verb and hands over. There is nothing else here: a verb is one file and one line in commands.c.
 */
#include "cmd/command.h"

static int overview(void)
{
	struct buf out = { 0 };
	int code;

	help_overview(&out, terminal_width(1));
	code = print_out(&out);
	buf_free(&out);
	return code;
}

/* What people type before they know the verbs. */
static const char *verb_of(const char *word)
{
	static const struct {
		const char *word, *verb;
	} aliases[] = {
		{ "--version", "version" }, { "-V", "version" }, { "-v", "version" },
		{ "--help", "help" },	    { "-h", "help" },
	};

	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(aliases[i].word, word))
			return aliases[i].verb;
	return word;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *suggestion = NULL;

	if (argc < 2)
		return overview();
	command = command_find(verb_of(argv[1]), &suggestion);
	if (command)
		return command->main(command, argc - 1, argv + 1);
	if (suggestion)
		complain("unknown command \"%s\" (did you mean \"%s\"?)", argv[1], suggestion);
	else if (argv[1][0] == '-')
		complain("options come after a command, as in \"biro check %s\"; see \"biro help\"", argv[1]);
	else
		complain("unknown command \"%s\"; \"biro help\" lists them all", argv[1]);
	return EXIT_TROUBLE;
}
