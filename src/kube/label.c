#include "kube/label.h"

#define NAME_CHARACTERS                                                                                                \
	"alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
#define NAME_REGEX "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define NAME_HINT                                                                                                      \
	"must consist of " NAME_CHARACTERS                                                                             \
	" (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" NAME_REGEX "')"
#define VALUE_HINT                                                                                                     \
	"a valid label must be an empty string or consist of " NAME_CHARACTERS                                         \
	" (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(" NAME_REGEX ")?')"
#define PREFIX_HINT                                                                                                    \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "          \
	"must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "         \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

#define PREFIX_MAX 253
#define NAME_MAX_LENGTH 63

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alphanumeric(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool is_name(struct str s)
{
	if (s.n == 0 || !is_alphanumeric(s.p[0]) || !is_alphanumeric(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alphanumeric(s.p[i]) && s.p[i] != '-' && s.p[i] != '_' && s.p[i] != '.')
			return false;
	return true;
}

/* Dot-separated labels, each of which starts and ends with a letter or digit. */
static bool is_subdomain(struct str s)
{
	char before = '.';

	for (size_t i = 0; i < s.n; i++) {
		bool plain = is_lower_or_digit(s.p[i]);

		if (!plain && s.p[i] != '-' && s.p[i] != '.')
			return false;
		if (!plain && before == '.')
			return false;
		if (s.p[i] == '.' && before == '-')
			return false;
		before = s.p[i];
	}
	return before != '.' && before != '-';
}

static bool complain(struct buf *why, const char *part, const char *text)
{
	if (why) {
		if (why->n)
			buf_add(why, STR("; "));
		buf_printf(why, "%s%s", part, text);
	}
	return false;
}

static bool complain_length(struct buf *why, const char *part, int most)
{
	char text[64];

	snprintf(text, sizeof(text), "must be no more than %d bytes", most);
	return complain(why, part, text);
}

bool label_key_is_valid(struct str key, struct buf *why)
{
	struct str prefix, name;
	bool ok = true;

	if (str_cut(key, '/', &prefix, &name)) {
		if (str_find_char(name, '/', 0) != STR_NOT_FOUND)
			return complain(why, "a valid label key ",
					NAME_HINT
					" with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
		if (prefix.n == 0)
			ok = complain(why, "prefix part ", "must be non-empty");
		else if (prefix.n > PREFIX_MAX)
			ok = complain_length(why, "prefix part ", PREFIX_MAX);
		if (prefix.n && !is_subdomain(prefix))
			ok = complain(why, "prefix part ", PREFIX_HINT);
	} else {
		name = key;
	}
	if (name.n == 0)
		ok = complain(why, "name part ", "must be non-empty");
	else if (name.n > NAME_MAX_LENGTH)
		ok = complain_length(why, "name part ", NAME_MAX_LENGTH);
	if (!is_name(name))
		ok = complain(why, "name part ", NAME_HINT);
	return ok;
}

bool label_value_is_valid(struct str value, struct buf *why)
{
	bool ok = true;

	if (value.n > NAME_MAX_LENGTH)
		ok = complain_length(why, "", NAME_MAX_LENGTH);
	if (value.n && !is_name(value))
		ok = complain(why, "", VALUE_HINT);
	return ok;
}
