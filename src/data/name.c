#include "data/name.h"

#define LABEL_REGEX "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define LABEL_HINT                                                                                                     \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "    \
	"end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "             \
	"'" LABEL_REGEX "')"
#define SUBDOMAIN_HINT                                                                                                 \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "          \
	"must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "         \
	"'" LABEL_REGEX "(\\." LABEL_REGEX ")*')"
#define DNS1035_HINT                                                                                                   \
	"a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "        \
	"character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation " \
	"is '[a-z]([-a-z0-9]*[a-z0-9])?')"

#define NAME_CHARACTERS                                                                                                \
	"alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
#define NAME_REGEX "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define NAME_HINT                                                                                                      \
	"must consist of " NAME_CHARACTERS                                                                             \
	" (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '" NAME_REGEX "')"
#define VALUE_HINT                                                                                                     \
	"a valid label must be an empty string or consist of " NAME_CHARACTERS                                         \
	" (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(" NAME_REGEX ")?')"

#define SUBDOMAIN_MAX 253
#define LABEL_MAX 63

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_lower_or_digit(char c)
{
	return is_lower(c) || (c >= '0' && c <= '9');
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

struct faults {
	const char **why;
	size_t count;
};

static void complain(struct faults *faults, bool wrong, const char *text)
{
	if (!wrong)
		return;
	if (faults->why)
		faults->why[faults->count] = text;
	faults->count++;
}

static void check_label(struct faults *faults, struct str s)
{
	bool subdomain = is_subdomain(s), dots = str_find_char(s, '.', 0) != STR_NOT_FOUND;

	complain(faults, s.n > LABEL_MAX, "must be no more than 63 characters");
	complain(faults, subdomain && dots, "must not contain dots");
	complain(faults, !subdomain, LABEL_HINT);
}

static void check_subdomain(struct faults *faults, struct str s)
{
	complain(faults, s.n > SUBDOMAIN_MAX, "must be no more than 253 characters");
	complain(faults, !is_subdomain(s), SUBDOMAIN_HINT);
}

static void check_dns1035(struct faults *faults, struct str s)
{
	complain(faults, s.n > LABEL_MAX, "must be no more than 63 characters");
	complain(faults, !is_subdomain(s) || str_find_char(s, '.', 0) != STR_NOT_FOUND || !is_lower(s.p[0]),
		 DNS1035_HINT);
}

static void check_qualified(struct faults *faults, struct str s)
{
	struct str prefix, name;

	if (str_cut(s, '/', &prefix, &name)) {
		if (str_find_char(name, '/', 0) != STR_NOT_FOUND) {
			complain(faults, true,
				 "a valid label key " NAME_HINT
				 " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
			return;
		}
		complain(faults, prefix.n == 0, "prefix part must be non-empty");
		complain(faults, prefix.n > SUBDOMAIN_MAX, "prefix part must be no more than 253 bytes");
		complain(faults, prefix.n && !is_subdomain(prefix), "prefix part " SUBDOMAIN_HINT);
	} else {
		name = s;
	}
	complain(faults, name.n == 0, "name part must be non-empty");
	complain(faults, name.n > LABEL_MAX, "name part must be no more than 63 bytes");
	complain(faults, !is_name(name), "name part " NAME_HINT);
}

static void check_label_value(struct faults *faults, struct str s)
{
	complain(faults, s.n > LABEL_MAX, "must be no more than 63 bytes");
	complain(faults, s.n && !is_name(s), VALUE_HINT);
}

size_t name_faults(enum name_rule rule, struct str name, const char *why[NAME_FAULTS_MAX])
{
	static void (*const checks[])(struct faults *faults, struct str s) = {
		[NAME_DNS1123_LABEL] = check_label,
		[NAME_DNS1123_SUBDOMAIN] = check_subdomain,
		[NAME_DNS1035_LABEL] = check_dns1035,
		[NAME_QUALIFIED] = check_qualified,
		[NAME_LABEL_VALUE] = check_label_value,
	};
	struct faults faults = { .why = why };

	checks[rule](&faults, name);
	return faults.count;
}
