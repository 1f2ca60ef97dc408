/* The verbs of biro: one line each. */
#include "cmd/command.h"

extern const struct command check_command, test_command, explain_command, eval_command, policies_command, help_command_entry,
	version_command, man_command_entry, completion_command;

const struct command *const commands[] = {
	&check_command,
	&test_command,
	&explain_command,
	&eval_command,
	&policies_command,
	&help_command_entry,
	&version_command,
	&completion_command,
	&man_command_entry,
	NULL,
};
