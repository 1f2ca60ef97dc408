/*
 * cmd/command.h: verbs and their options as data. Parsing, --help, the man page and the shell completions all come from
 * these tables.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "base/error.h"
#include "base/str.h"

enum option_type {
	OPTION_FLAG,            /* bool */
	OPTION_STRING,          /* const char *; the last one wins */
	OPTION_LIST,            /* struct string_list; may be given again */
	OPTION_NUMBER,          /* long */
	OPTION_CHOICE,          /* const char *; one of `choices` ("table|json|yaml") */
};

struct string_list {
	const char **items;
	size_t count, capacity;
};

struct option_spec {
	char letter;                    /* 0: none */
	const char *name;               /* "policy" for --policy */
	enum option_type type;
	size_t offset;                  /* of the field in the command's options struct */
	const char *argument;           /* "FILE", NULL for flags */
	const char *choices;            /* OPTION_CHOICE */
	const char *help;               /* one or more sentences; the man page shows all, --help too */
	const char *complete;           /* "file", "dir" or NULL: what shells complete the argument with */
};

/* Exit codes of every command. */
enum { EXIT_FINE = 0, EXIT_VIOLATIONS = 1, EXIT_TROUBLE = 2 };

struct command {
	const char *name;               /* "check" */
	const char *arguments;          /* "PATH…" */
	const char *summary;            /* one line */
	const char *description;        /* paragraphs for the man page */
	const char *examples;           /* lines: command, then "  # what it does" */
	int minimum, maximum;           /* arguments; maximum -1: any number */
	const struct option_spec *options;      /* ends with name == NULL */
	int (*main)(const struct command *command, int argc, char **argv);
};
extern const struct command *const commands[];          /* commands.c; ends with NULL */

/*
 * Parses argv[1…] (argv[0] is the verb) into `options` and the arguments left over (allocated, NULL-terminated, the
 * caller frees the array). Prints help and returns 1 when --help was given; 0 when fine; -1 and *err on a usage error
 * (with "did you mean").
 */
int command_parse(const struct command *command, int argc, char **argv, void *options, char ***arguments, int *count,
		  struct error **err);
/* The usual frame: parses, prints usage errors to stderr; >= 0 is an exit code to return at once, -1: go on. */
int command_begin(const struct command *command, int argc, char **argv, void *options, char ***arguments, int *count);

#endif
