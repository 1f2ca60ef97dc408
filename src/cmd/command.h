/*
 * cmd/command.h: verbs and their options as data. Parsing, --help, the man page and the shell completions all come from
 * these tables.
 */
#ifndef CMD_COMMAND_H
#define CMD_COMMAND_H

#include "base/buf.h"
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
	const char *choices;            /* OPTION_CHOICE: "a|b"; NULL when list_choices makes it */
	const char *help;               /* one or more sentences; the man page shows all, --help too */
	const char *complete;           /* "file", "dir" or NULL: what shells complete the argument with */
	const char *group;              /* heading in --help and the man page; NULL: that of the option before */
	void (*list_choices)(struct buf *out);  /* appends "a|b" */
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
	const char *complete;           /* what shells complete the arguments with: "file", "command", "a|b" or NULL */
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
/* Frees what parsing put into `options`. */
void command_options_free(const struct command *command, void *options);
/* The usual frame: parses, prints usage errors to stderr; >= 0 is an exit code to return at once, -1: go on. */
int command_begin(const struct command *command, int argc, char **argv, void *options, char ***arguments, int *count);

/* Returns NULL when there is none of that name; *suggestion (if not NULL) may then get the nearest one. */
const struct command *command_find(const char *name, const char **suggestion);
/* "a|b|c" of an OPTION_CHOICE, appended. */
void option_choices(const struct option_spec *option, struct buf *out);

/* Options that every command has; ends with name == NULL. */
extern const struct option_spec command_common_options[];

/* -- texts, all made from the tables (help.c, man.c, completion.c) -- */
void help_overview(struct buf *out, size_t width);
void help_command(struct buf *out, const struct command *command, size_t width);
void man_page(struct buf *out);

/* `biro: message` on standard error, in one write. */
void complain(const char *format, ...) PRINTF_LIKE(1, 2);
/* Writes everything to standard output: an exit code, EXIT_TROUBLE with a message when it cannot be written. */
int print_out(const struct buf *out);
/* Whether --color WHEN (NULL: auto) asks for colours on `fd`; auto minds NO_COLOR and TERM=dumb. */
bool wants_color(const char *when, int fd);
/* Columns of the terminal at `fd` (COLUMNS overrides), 0 when it is none. */
size_t terminal_width(int fd);

#endif
