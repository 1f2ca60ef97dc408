#include "data/semver.h"

#include "base/buf.h"

/* -- versions ---------------------------------------------------------------------------------------------------- */

/* A text in double quotes, as Go's %q shows it. */
static void quote(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_add_char(out, '\\');
		if ((unsigned char)text.p[i] < ' ')
			buf_printf(out, "\\x%02x", text.p[i]);
		else
			buf_add_char(out, text.p[i]);
	}
	buf_add_char(out, '"');
}

static struct str quoted(struct arena *arena, struct str text)
{
	struct buf out = { 0 };
	struct str copy;

	quote(&out, text);
	copy = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return copy;
}

static int invalid(struct error **err, const char *what, struct str part)
{
	struct buf text = { 0 };

	/* Whether a text is a version is often just tried. */
	if (!err)
		return -1;
	quote(&text, part);
	error_set(err, ERROR_INVALID, "%s" STR_FMT, what, STR_ARG(buf_str(&text)));
	buf_free(&text);
	return -1;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_numeric(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

static bool is_identifier(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i], lower = (char)(c | 32);

		if (!is_digit(c) && !(lower >= 'a' && lower <= 'z') && c != '-')
			return false;
	}
	return true;
}

static int read_number(struct str s, uint64_t *out, struct error **err)
{
	uint64_t value = 0;

	if (s.n == 0)
		return error_set(err, ERROR_INVALID, "strconv.ParseUint: parsing \"\": invalid syntax");
	for (size_t i = 0; i < s.n; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return error_set(err, ERROR_INVALID, "strconv.ParseUint: parsing \"" STR_FMT
					 "\": value out of range", STR_ARG(s));
	*out = value;
	return 0;
}

static int read_part(struct str s, const char *invalid_text, const char *zeros_text, uint64_t *out, struct error **err)
{
	if (!is_numeric(s))
		return invalid(err, invalid_text, s);
	if (s.n > 1 && s.p[0] == '0')
		return invalid(err, zeros_text, s);
	return read_number(s, out, err);
}

static int check_prerelease(struct str identifier, struct error **err)
{
	uint64_t number;

	if (identifier.n == 0)
		return error_set(err, ERROR_INVALID, "Prerelease is empty");
	if (is_numeric(identifier))
		return read_part(identifier, "", "Numeric PreRelease version must not contain leading zeroes ", &number,
				 err);
	if (!is_identifier(identifier))
		return invalid(err, "Invalid character(s) found in prerelease ", identifier);
	return 0;
}

static int check_build(struct str identifier, struct error **err)
{
	if (identifier.n == 0)
		return error_set(err, ERROR_INVALID, "Build meta data is empty");
	if (!is_identifier(identifier))
		return invalid(err, "Invalid character(s) found in build meta data ", identifier);
	return 0;
}

/* Checks each dotted identifier. */
static int check_all(struct str list, int (*check)(struct str identifier, struct error **err), struct error **err)
{
	struct str identifier;
	bool more = true;

	while (more) {
		more = str_cut(list, '.', &identifier, &list);
		if (check(identifier, err))
			return -1;
	}
	return 0;
}

int semver_parse(struct str text, struct semver *out, struct error **err)
{
	struct semver version = { 0 };
	struct str major, minor, patch, rest;
	bool has_build, has_prerelease;

	if (text.n == 0)
		return error_set(err, ERROR_INVALID, "Version string empty");
	if (!str_cut(text, '.', &major, &rest) || !str_cut(rest, '.', &minor, &patch))
		return error_set(err, ERROR_INVALID, "No Major.Minor.Patch elements found");
	if (read_part(major, "Invalid character(s) found in major number ",
		      "Major number must not contain leading zeroes ", &version.major, err) ||
	    read_part(minor, "Invalid character(s) found in minor number ",
		      "Minor number must not contain leading zeroes ", &version.minor, err))
		return -1;
	has_build = str_cut(patch, '+', &patch, &version.build);
	has_prerelease = str_cut(patch, '-', &patch, &version.prerelease);
	if (read_part(patch, "Invalid character(s) found in patch number ",
		      "Patch number must not contain leading zeroes ", &version.patch, err))
		return -1;
	if (has_prerelease && check_all(version.prerelease, check_prerelease, err))
		return -1;
	if (has_build && check_all(version.build, check_build, err))
		return -1;
	if (!has_build)
		version.build = STR_NULL;
	if (!has_prerelease)
		version.prerelease = STR_NULL;
	*out = version;
	return 0;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Numbers come before words; numbers have no leading zeros, so the longer one is larger. */
static int compare_identifiers(struct str a, struct str b)
{
	bool a_numeric = is_numeric(a), b_numeric = is_numeric(b);
	int order;

	if (a_numeric != b_numeric)
		return a_numeric ? -1 : 1;
	if (a_numeric && a.n != b.n)
		return a.n < b.n ? -1 : 1;
	order = str_compare(a, b);
	return (order > 0) - (order < 0);
}

static int compare_prereleases(struct str a, struct str b)
{
	bool more_a = true, more_b = true;
	int order = 0;

	/* A version without prerelease is the later one. */
	if (a.n == 0 || b.n == 0)
		return (a.n == 0) - (b.n == 0);
	while (order == 0 && more_a && more_b) {
		struct str x, y;

		more_a = str_cut(a, '.', &x, &a);
		more_b = str_cut(b, '.', &y, &b);
		order = compare_identifiers(x, y);
	}
	return order ? order : more_a - more_b;
}

int semver_compare(const struct semver *a, const struct semver *b)
{
	int order = compare_numbers(a->major, b->major);

	if (order == 0)
		order = compare_numbers(a->minor, b->minor);
	if (order == 0)
		order = compare_numbers(a->patch, b->patch);
	return order ? order : compare_prereleases(a->prerelease, b->prerelease);
}

/* -- ranges ------------------------------------------------------------------------------------------------------ */

enum comparator { EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL };

static const struct {
	struct str text;
	enum comparator comparator;
} comparators[] = {
	{ STR(""), EQUAL },	      { STR("="), EQUAL },	{ STR("=="), EQUAL },
	{ STR("!"), NOT_EQUAL },      { STR("!="), NOT_EQUAL }, { STR(">"), GREATER },
	{ STR(">="), GREATER_EQUAL }, { STR("<"), LESS },	{ STR("<="), LESS_EQUAL },
};

struct condition {
	enum comparator comparator;
	bool starts_alternative;        /* the first one behind "||" (or of all) */
	struct semver version;
};

struct semver_range {
	struct condition *conditions;
	size_t count, capacity;
};

struct words {
	struct str *items;
	size_t count, capacity;
};

/*
 * Cuts at blanks, except those behind an operator (">= 1.2.3" is one word). A word of one character is dropped, as the
 * library does.
 */
static void split_words(struct arena *arena, struct str text, struct words *words)
{
	size_t start = 0;
	char last = '\0';

	for (size_t i = 0; i <= text.n; i++) {
		bool end = i == text.n;

		if (!end && text.p[i] != ' ') {
			last = text.p[i];
			continue;
		}
		if (!end && (last == '>' || last == '<' || last == '='))
			continue;
		if (i > start + 1)
			*ARENA_PUSH(arena, words->items, words->count, words->capacity) =
				str_replace(arena, str_slice(text, start, i), STR(" "), STR(""), SIZE_MAX);
		start = i + 1;
	}
}

static int split_operator(struct str word, struct str *operator, struct str *version, struct error **err)
{
	size_t i = 0;

	while (i < word.n && !is_digit(word.p[i]))
		i++;
	if (i == word.n)
		return invalid(err, "Could not get version from string: ", word);
	*operator = str_trim(str_slice(word, 0, i));
	*version = str_skip(word, i);
	return 0;
}

static int add_condition(struct arena *arena, struct semver_range *range, struct str word, bool first,
			 struct error **err)
{
	struct condition condition = { .starts_alternative = first };
	struct str operator, version;

	if (split_operator(word, &operator, &version, err))
		return -1;
	for (size_t i = 0; i < sizeof(comparators) / sizeof(*comparators); i++) {
		if (!str_equal(comparators[i].text, operator))
			continue;
		condition.comparator = comparators[i].comparator;
		if (semver_parse(version, &condition.version, err)) {
			struct str whole = quoted(arena, word), part = quoted(arena, version);

			return error_wrap(err,
					  "Could not parse Range " STR_FMT ": Could not parse version " STR_FMT
					  " in " STR_FMT,
					  STR_ARG(whole), STR_ARG(part), STR_ARG(whole));
		}
		*ARENA_PUSH(arena, range->conditions, range->count, range->capacity) = condition;
		return 0;
	}

	struct str whole = quoted(arena, word), part = quoted(arena, operator);

	return error_set(err, ERROR_INVALID,
			 "Could not parse Range " STR_FMT ": Could not parse comparator " STR_FMT " in " STR_FMT,
			 STR_ARG(whole), STR_ARG(part), STR_ARG(whole));
}

/* The version with its part number `index` (0 major, 1 minor) raised by one; empty when that is no number. */
static struct str raise_part(struct arena *arena, struct str version, size_t index)
{
	struct str major, rest;
	int64_t number;

	if (!str_cut(version, '.', &major, &rest) && index > 0)
		return STR_NULL;
	if (index == 0) {
		if (!str_to_int64(major, &number) || number == INT64_MAX)
			return STR_NULL;
		return str_format(arena, "%lld%s" STR_FMT, (long long)number + 1, rest.p ? "." : "", STR_ARG(rest));
	}

	struct str minor, tail;
	bool more = str_cut(rest, '.', &minor, &tail);

	if (!str_to_int64(minor, &number) || number == INT64_MAX)
		return STR_NULL;
	return str_format(arena, STR_FMT ".%lld%s" STR_FMT, STR_ARG(major), (long long)number + 1, more ? "." : "",
			  STR_ARG(tail));
}

static size_t count_parts(struct str version)
{
	size_t count = 1;

	for (size_t i = 0; i < version.n; i++)
		count += version.p[i] == '.';
	return count;
}

/* How an operator with a wildcard version is spelled out: an extra condition before, the operator, and whether the
 * version is the next one up. */
static const struct {
	struct str operator, before, with;
	bool raise;
} wildcard_rules[] = {
	{ STR(">"), { NULL, 0 }, STR(">="), true },
	{ STR(">="), { NULL, 0 }, STR(">="), false },
	{ STR("<"), { NULL, 0 }, STR("<"), false },
	{ STR("<="), { NULL, 0 }, STR("<"), true },
	{ STR(""), STR(">="), STR("<"), true },
	{ STR("="), STR(">="), STR("<"), true },
	{ STR("=="), STR(">="), STR("<"), true },
	{ STR("!="), STR("<"), STR(">="), true },
	{ STR("!"), STR("<"), STR(">="), true },
};

/* A word that may hold a wildcard ("1.x", ">1.2.x") as one or two conditions. */
static int add_word(struct arena *arena, struct semver_range *range, struct str word, bool first, struct error **err)
{
	struct str operator, version, flat, with = STR_NULL, bound;
	size_t parts;
	bool wildcard, raise = false;

	if (str_find_char(word, 'x', 0) == STR_NOT_FOUND)
		return add_condition(arena, range, word, first, err);
	if (split_operator(word, &operator, &version, err))
		return -1;
	parts = count_parts(version);
	wildcard = str_is(version, "x") || str_ends_with(version, STR(".x"));
	flat = str_replace(arena, version, STR(".x.x"), STR(".x"), 1);
	flat = str_replace(arena, flat, STR(".x"), STR(".0"), 1);
	if (count_parts(flat) == 2)
		flat = str_concat(arena, flat, STR(".0"));
	for (size_t i = 0; i < sizeof(wildcard_rules) / sizeof(*wildcard_rules); i++) {
		if (!str_equal(wildcard_rules[i].operator, operator))
			continue;
		with = wildcard_rules[i].with;
		raise = wildcard_rules[i].raise;
		if (wildcard_rules[i].before.p) {
			if (add_condition(arena, range, str_concat(arena, wildcard_rules[i].before, flat), first, err))
				return -1;
			first = false;
		}
	}
	bound = flat;
	if (raise)
		bound = !wildcard || (parts != 2 && parts != 3) ? STR_NULL : raise_part(arena, flat, parts == 3);
	return add_condition(arena, range, str_concat(arena, with, bound), first, err);
}

const struct semver_range *semver_range_parse(struct arena *arena, struct str text, struct error **err)
{
	struct semver_range *range = ARENA_NEW(arena, struct semver_range);
	struct words words = { 0 };
	bool first = true;

	split_words(arena, text, &words);
	if (words.count > 0 && str_is(words.items[0], "||")) {
		error_set(err, ERROR_INVALID, "First element in range is '||'");
		return NULL;
	}
	if (words.count == 0 || str_is(words.items[words.count - 1], "||")) {
		error_set(err, ERROR_INVALID, "Last element in range is '||'");
		return NULL;
	}
	for (size_t i = 0; i < words.count; i++) {
		if (str_is(words.items[i], "||")) {
			if (first) {
				error_set(err, ERROR_INVALID, "Empty element in range between '||' and '||'");
				return NULL;
			}
			first = true;
			continue;
		}
		if (add_word(arena, range, words.items[i], first, err))
			return NULL;
		first = false;
	}
	return range;
}

static bool holds(const struct condition *condition, const struct semver *version)
{
	int order = semver_compare(version, &condition->version);

	switch (condition->comparator) {
	case EQUAL:
		return order == 0;
	case NOT_EQUAL:
		return order != 0;
	case GREATER:
		return order > 0;
	case GREATER_EQUAL:
		return order >= 0;
	case LESS:
		return order < 0;
	case LESS_EQUAL:
		return order <= 0;
	}
	return false;
}

bool semver_range_holds(const struct semver_range *range, const struct semver *version)
{
	bool good = false;

	for (size_t i = 0; i < range->count; i++) {
		const struct condition *condition = &range->conditions[i];

		if (condition->starts_alternative) {
			if (good)
				return true;
			good = true;
		}
		good = good && holds(condition, version);
	}
	return good;
}
