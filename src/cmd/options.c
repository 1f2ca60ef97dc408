/* Command lines to option structs, by table. */
#include "cmd/command.h"

#include <errno.h>

const struct option_spec command_common_options[] = {
	{ .letter = 'h', .name = "help", .type = OPTION_FLAG, .group = "Other", .help = "Show this help." },
	{ 0 },
};

static const struct option_spec no_options[] = { { 0 } };

static const struct option_spec *options_of(const struct command *command)
{
	return command->options ? command->options : no_options;
}

void option_choices(const struct option_spec *option, struct buf *out)
{
	if (option->list_choices)
		option->list_choices(out);
	else
		buf_add(out, str_of(option->choices));
}

/* -- finding ------------------------------------------------------------------------------------------------------ */

static bool is_help(const struct option_spec *option)
{
	return option == &command_common_options[0];
}

static const struct option_spec *find_letter(const struct command *command, char letter)
{
	for (const struct option_spec *option = options_of(command); option->name; option++)
		if (option->letter == letter)
			return option;
	for (const struct option_spec *option = command_common_options; option->name; option++)
		if (option->letter == letter)
			return option;
	return NULL;
}

static const struct option_spec *find_name(const struct command *command, struct str name)
{
	for (const struct option_spec *option = options_of(command); option->name; option++)
		if (str_equal(str_of(option->name), name))
			return option;
	for (const struct option_spec *option = command_common_options; option->name; option++)
		if (str_equal(str_of(option->name), name))
			return option;
	return NULL;
}

/* How far off a word may be and still be what somebody meant. */
static size_t tolerance(struct str word)
{
	return word.n <= 3 ? 1 : word.n <= 8 ? 2 : 3;
}

struct nearest {
	struct str word, best;
	size_t distance;
};

static void consider(struct nearest *nearest, struct str candidate)
{
	size_t limit = tolerance(nearest->word), distance = str_distance(nearest->word, candidate, limit);

	if (distance <= limit && distance < nearest->distance) {
		nearest->best = candidate;
		nearest->distance = distance;
	}
}

static struct str nearest_option(const struct command *command, struct str name)
{
	struct nearest nearest = { .word = name, .distance = SIZE_MAX };

	for (const struct option_spec *option = options_of(command); option->name; option++)
		consider(&nearest, str_of(option->name));
	for (const struct option_spec *option = command_common_options; option->name; option++)
		consider(&nearest, str_of(option->name));
	return nearest.best;
}

static struct str nearest_choice(struct str choices, struct str value)
{
	struct nearest nearest = { .word = value, .distance = SIZE_MAX };
	struct str choice;
	bool more = true;

	while (more) {
		more = str_cut(choices, '|', &choice, &choices);
		consider(&nearest, choice);
	}
	return nearest.best;
}

const struct command *command_find(const char *name, const char **suggestion)
{
	struct nearest nearest = { .word = str_of(name), .distance = SIZE_MAX };

	for (size_t i = 0; commands[i]; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
		consider(&nearest, str_of(commands[i]->name));
	}
	if (suggestion)
		*suggestion = nearest.best.p;
	return NULL;
}

/* -- storing ------------------------------------------------------------------------------------------------------ */

static void list_add(struct string_list *list, const char *item)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 4;
		list->items = reallocarray(list->items, list->capacity, sizeof(*list->items));
		if (!list->items)
			abort();
	}
	list->items[list->count++] = item;
}

/* Choices are found in any case and kept as the table spells them (in argv itself: the length is the same). */
static int store_choice(const struct option_spec *option, const char **field, char *value, struct error **err)
{
	struct buf choices = { 0 };
	struct str rest, choice, near;
	bool more = true;
	int result = -1;

	option_choices(option, &choices);
	rest = buf_str(&choices);
	while (more && result < 0) {
		more = str_cut(rest, '|', &choice, &rest);
		if (str_equal_fold(choice, str_of(value))) {
			memcpy(value, choice.p, choice.n);
			result = 0;
		}
	}
	if (result == 0) {
		*field = value;
	} else {
		near = nearest_choice(buf_str(&choices), str_of(value));
		if (near.n > 0)
			error_set(err, ERROR_USAGE, "--%s cannot be \"%s\" (did you mean \"" STR_FMT "\"?)",
				  option->name, value, STR_ARG(near));
		else
			error_set(err, ERROR_USAGE, "--%s cannot be \"%s\"; it is one of " STR_FMT, option->name, value,
				  STR_ARG(buf_str(&choices)));
	}
	buf_free(&choices);
	return result;
}

static int store_number(const struct option_spec *option, long *field, const char *value, struct error **err)
{
	int64_t number;

	if (!str_to_int64(str_of(value), &number) || number < 0)
		return error_set(err, ERROR_USAGE, "--%s needs a whole number, not \"%s\"", option->name, value);
	*field = (long)number;
	return 0;
}

static int store(const struct option_spec *option, void *options, char *value, struct error **err)
{
	void *field = (char *)options + option->offset;

	switch (option->type) {
	case OPTION_FLAG:
		*(bool *)field = true;
		return 0;
	case OPTION_STRING:
		*(const char **)field = value;
		return 0;
	case OPTION_LIST:
		list_add(field, value);
		return 0;
	case OPTION_NUMBER:
		return store_number(option, field, value, err);
	case OPTION_CHOICE:
		return store_choice(option, field, value, err);
	}
	return 0;
}

void command_options_free(const struct command *command, void *options)
{
	for (const struct option_spec *option = options_of(command); option->name; option++)
		if (option->type == OPTION_LIST) {
			struct string_list *list = (struct string_list *)((char *)options + option->offset);

			free(list->items);
			*list = (struct string_list){ 0 };
		}
}

/* -- parsing ------------------------------------------------------------------------------------------------------ */

struct parser {
	const struct command *command;
	int argc, next;
	char **argv;
	void *options;
	bool help;
};

static int needs_argument(const struct option_spec *option, struct error **err)
{
	return error_set(err, ERROR_USAGE, "--%s needs an argument: --%s %s", option->name, option->name,
			 option->argument ? option->argument : "VALUE");
}

/* --name, --name=value, --name value */
static int parse_long(struct parser *parser, char *text, struct error **err)
{
	struct str name, value, near;
	bool joined = str_cut(str_of(text), '=', &name, &value);
	const struct option_spec *option = find_name(parser->command, name);

	if (!option) {
		near = nearest_option(parser->command, name);
		if (near.n > 0)
			return error_set(err, ERROR_USAGE, "unknown option --" STR_FMT " (did you mean --" STR_FMT "?)",
					 STR_ARG(name), STR_ARG(near));
		return error_set(err, ERROR_USAGE, "unknown option --" STR_FMT, STR_ARG(name));
	}
	if (option->type == OPTION_FLAG) {
		if (joined)
			return error_set(err, ERROR_USAGE, "--%s takes no argument", option->name);
		if (is_help(option)) {
			parser->help = true;
			return 0;
		}
		return store(option, parser->options, NULL, err);
	}
	if (joined)
		return store(option, parser->options, (char *)value.p, err);
	if (parser->next >= parser->argc)
		return needs_argument(option, err);
	return store(option, parser->options, parser->argv[parser->next++], err);
}

/* -a, -abc, -ovalue, -o value */
static int parse_letters(struct parser *parser, char *text, struct error **err)
{
	for (; *text; text++) {
		const struct option_spec *option = find_letter(parser->command, *text);

		if (!option)
			return error_set(err, ERROR_USAGE, "unknown option -%c", *text);
		if (is_help(option)) {
			parser->help = true;
		} else if (option->type == OPTION_FLAG) {
			if (store(option, parser->options, NULL, err) < 0)
				return -1;
		} else {
			char *value = text[1] ? text + 1 + (text[1] == '=') : NULL;

			if (!value && parser->next >= parser->argc)
				return needs_argument(option, err);
			return store(option, parser->options, value ? value : parser->argv[parser->next++], err);
		}
	}
	return 0;
}

static int check_count(const struct command *command, int count, char **arguments, struct error **err)
{
	if (count < command->minimum)
		return error_set(err, ERROR_USAGE, "%s missing; usage: biro %s [OPTION…] %s",
				 count == 0 ? "arguments are" : "an argument is", command->name, command->arguments);
	if (command->maximum >= 0 && count > command->maximum)
		return error_set(err, ERROR_USAGE, "\"%s\" is one argument too many", arguments[command->maximum]);
	return 0;
}

int command_parse(const struct command *command, int argc, char **argv, void *options, char ***arguments, int *count,
		  struct error **err)
{
	struct parser parser = { .command = command, .argc = argc, .next = 1, .argv = argv, .options = options };
	char **left = calloc((size_t)argc + 1, sizeof(*left));
	int found = 0;

	if (!left)
		abort();
	while (parser.next < argc) {
		char *word = argv[parser.next++];
		int result = 0;

		if (!strcmp(word, "--")) {
			while (parser.next < argc)
				left[found++] = argv[parser.next++];
		} else if (word[0] == '-' && word[1] == '-') {
			result = parse_long(&parser, word + 2, err);
		} else if (word[0] == '-' && word[1]) {
			result = parse_letters(&parser, word + 1, err);
		} else {
			left[found++] = word;
		}
		if (result < 0)
			goto failed;
	}
	if (!parser.help && check_count(command, found, left, err) < 0)
		goto failed;
	*arguments = left;
	*count = found;
	if (parser.help) {
		struct buf out = { 0 };

		help_command(&out, command, terminal_width(1));
		print_out(&out);
		buf_free(&out);
		return 1;
	}
	return 0;
failed:
	free(left);
	*arguments = NULL;
	*count = 0;
	command_options_free(command, options);
	return -1;
}

int command_begin(const struct command *command, int argc, char **argv, void *options, char ***arguments, int *count)
{
	_cleanup_(error_freep) struct error *err = NULL;
	int result = command_parse(command, argc, argv, options, arguments, count, &err);

	if (result == 0)
		return -1;
	if (result > 0) {
		free(*arguments);
		*arguments = NULL;
		command_options_free(command, options);
		return EXIT_FINE;
	}
	complain("%s; see \"biro %s --help\"", err->message, command->name);
	return EXIT_TROUBLE;
}
