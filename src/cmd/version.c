/* biro version */
#include "cmd/command.h"

static int version_main(const struct command *command, int argc, char **argv)
{
	struct buf out = { 0 };
	char **arguments;
	int count, code = command_begin(command, argc, argv, NULL, &arguments, &count);

	if (code >= 0)
		return code;
	free(arguments);
	buf_printf(&out, "biro %s\n", BIRO_VERSION);
	code = print_out(&out);
	buf_free(&out);
	return code;
}

const struct command version_command = {
	.name = "version",
	.arguments = "",
	.summary = "print the version",
	.description = "Prints one line: the name and the version.",
	.main = version_main,
};
