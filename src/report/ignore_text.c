#include "report/ignore_text.h"

#include "data/glob.h"
#include "report/outputs.h"

static bool is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',' || c == ';' || c == '\r';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* -- dates -- */

static bool digits_at(struct str s, size_t from, size_t to, int *out)
{
	*out = 0;
	for (size_t i = from; i < to; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*out = *out * 10 + (s.p[i] - '0');
	}
	return true;
}

bool ignore_date_valid(struct str date)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day;

	if (!date.p || date.n != 10 || date.p[4] != '-' || date.p[7] != '-' || !digits_at(date, 0, 4, &year) ||
	    !digits_at(date, 5, 7, &month) || !digits_at(date, 8, 10, &day) || month < 1 || month > 12 || day < 1)
		return false;
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return day <= 29;
	return day <= days[month - 1];
}

bool ignore_expired(struct str until, struct str today)
{
	/* Dates of this form sort as they follow each other. */
	return until.n && today.n && str_compare(today, until) > 0;
}

/* -- the grammar -- */

struct scanner {
	struct arena *arena;
	struct str text;
	size_t at;
	struct ignore *ignore;
};

static void complain(struct scanner *scanner, const char *format, ...) PRINTF_LIKE(2, 3);
static void complain(struct scanner *scanner, const char *format, ...)
{
	va_list args;

	if (scanner->ignore->problem.n)
		return;
	va_start(args, format);
	scanner->ignore->problem = str_vformat(scanner->arena, format, args);
	va_end(args);
}

/* What is between the quote at `at` and the next one like it; moves behind it. */
static struct str take_quoted(struct scanner *scanner)
{
	char quote = scanner->text.p[scanner->at++];
	size_t end = str_find_char(scanner->text, quote, scanner->at);
	struct str inside;

	if (end == STR_NOT_FOUND) {
		complain(scanner, "a quote is not closed");
		end = scanner->text.n;
	}
	inside = str_slice(scanner->text, scanner->at, end);
	scanner->at = end < scanner->text.n ? end + 1 : end;
	return inside;
}

static struct str take_word(struct scanner *scanner)
{
	size_t from = scanner->at;

	while (scanner->at < scanner->text.n && !is_separator(scanner->text.p[scanner->at]))
		scanner->at++;
	return str_slice(scanner->text, from, scanner->at);
}

/* The offset of the word "until=" behind `from`, or the end of the text. */
static size_t find_until(struct str text, size_t from)
{
	size_t at = from;

	while ((at = str_find(text, STR("until="), at)) != STR_NOT_FOUND) {
		if (is_separator(text.p[at - 1]))
			return at;
		at++;
	}
	return text.n;
}

static struct str take_reason(struct scanner *scanner)
{
	size_t from = scanner->at, end;

	if (from < scanner->text.n && is_quote(scanner->text.p[from]))
		return take_quoted(scanner);
	scanner->at = find_until(scanner->text, from);
	end = scanner->at;
	while (end > from && is_separator(scanner->text.p[end - 1]))
		end--;
	return str_slice(scanner->text, from, end);
}

static void take_until(struct scanner *scanner)
{
	struct str date;

	if (scanner->at < scanner->text.n && is_quote(scanner->text.p[scanner->at]))
		date = take_quoted(scanner);
	else
		date = take_word(scanner);
	if (scanner->ignore->until.n)
		complain(scanner, "until= is given twice");
	if (!ignore_date_valid(date))
		complain(scanner, "\"" STR_FMT "\" is no date: write until=YYYY-MM-DD", STR_ARG(date));
	scanner->ignore->until = date;
}

static void add_target(struct scanner *scanner, struct str target)
{
	struct ignore *ignore = scanner->ignore;

	if (target.n)
		*ARENA_PUSH(scanner->arena, ignore->targets, ignore->target_count, ignore->target_capacity) = target;
}

void ignore_parse(struct arena *arena, struct str text, struct ignore *ignore)
{
	struct scanner scanner = { arena, text, 0, ignore };

	*ignore = (struct ignore){ 0 };
	while (scanner.at < text.n && text.p[scanner.at] != '#') {
		struct str rest = str_skip(text, scanner.at);
		size_t equals;

		if (is_separator(rest.p[0])) {
			scanner.at++;
		} else if (is_quote(rest.p[0])) {
			add_target(&scanner, take_quoted(&scanner));
		} else if (str_starts_with(rest, STR("until="))) {
			scanner.at += sizeof("until=") - 1;
			take_until(&scanner);
		} else if (str_starts_with(rest, STR("reason="))) {
			scanner.at += sizeof("reason=") - 1;
			ignore->reason = str_trim(take_reason(&scanner));
		} else {
			struct str word = take_word(&scanner);

			equals = str_find_char(word, '=', 0);
			if (equals != STR_NOT_FOUND)
				complain(&scanner, "unknown \"" STR_FMT "=\": write until=YYYY-MM-DD or reason=TEXT",
					 STR_ARG(str_slice(word, 0, equals)));
			add_target(&scanner, word);
		}
	}
	if (ignore->target_count == 0)
		complain(&scanner, "it names no rule: write the rule or policy to ignore, or * for all");
}

/* -- names -- */

static void add_name(struct ignore_names *names, struct str name)
{
	for (size_t i = 0; i < names->count; i++)
		if (str_equal(names->items[i], name))
			return;
	if (name.n && names->count < sizeof(names->items) / sizeof(names->items[0]))
		names->items[names->count++] = name;
}

/* Its policy, its rule, the rule as written in the policy, and each rule behind its policy. */
void ignore_names(struct arena *arena, const struct result *result, struct ignore_names *names)
{
	const struct str policies[] = { result->policy, report_policy_name(arena, result) };
	const struct str rules[] = { result->rule, written_rule(result) };

	names->count = 0;
	for (size_t i = 0; i < 2; i++) {
		add_name(names, policies[i]);
		add_name(names, rules[i]);
		for (size_t k = 0; k < 2; k++)
			add_name(names,
				 str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(policies[i]), STR_ARG(rules[k])));
	}
}

bool ignore_names_match(const struct ignore_names *names, struct str target)
{
	for (size_t i = 0; i < names->count; i++)
		if (glob_match(target, names->items[i]))
			return true;
	return false;
}
