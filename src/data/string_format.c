#include "data/string_format.h"

#include "data/instant.h"
#include "data/utf8.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

bool string_is_uuid(struct str text)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	size_t at = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (i > 0 && at < text.n && text.p[at] == '-')
			at++;
		for (size_t n = 0; n < groups[i]; n++, at++)
			if (at == text.n || !is_hex(text.p[at]))
				return false;
	}
	return at == text.n;
}

bool string_is_base64(struct str text)
{
	size_t padding = 0;

	if (text.n == 0 || text.n % 4)
		return false;
	while (padding < 2 && text.p[text.n - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < text.n - padding; i++) {
		char c = text.p[i];

		if (!is_digit(c) && !((c | 32) >= 'a' && (c | 32) <= 'z') && c != '+' && c != '/')
			return false;
	}
	return true;
}

bool string_is_date(struct str text)
{
	struct instant t;

	return instant_parse(STR("2006-01-02"), text, &t, NULL) == 0;
}

/* Two digits at `at`, at most `most`. */
static bool is_pair(struct str s, size_t at, const char *most)
{
	return at + 2 <= s.n && is_digit(s.p[at]) && is_digit(s.p[at + 1]) && memcmp(s.p + at, most, 2) <= 0;
}

/* "z" or "+00:00", to the end. */
static bool is_zone(struct str s)
{
	if (s.n == 1)
		return (s.p[0] | 32) == 'z';
	return s.n == 6 && (s.p[0] == '+' || s.p[0] == '-') && is_pair(s, 1, "99") && s.p[3] == ':' &&
	       is_pair(s, 4, "99");
}

/* A fraction may start with any character. */
static bool is_fraction_and_zone(struct str s)
{
	size_t width, at;

	if (is_zone(s))
		return true;
	if (s.n == 0 || s.p[0] == '\n')
		return false;
	utf8_decode(s.p, s.n, &width);
	for (at = width; at < s.n && is_digit(s.p[at]); at++)
		;
	return at > width && is_zone(str_skip(s, at));
}

bool string_is_date_time(struct str text)
{
	size_t t = 0, end;
	struct str time;

	while (t < text.n && (text.p[t] | 32) != 't')
		t++;
	if (t == text.n || !string_is_date(str_slice(text, 0, t)))
		return false;
	for (end = t + 1; end < text.n && (text.p[end] | 32) != 't'; end++)
		;
	time = str_slice(text, t + 1, end);
	return is_pair(time, 0, "23") && time.n > 2 && time.p[2] == ':' && is_pair(time, 3, "59") && time.n > 5 &&
	       time.p[5] == ':' && is_pair(time, 6, "59") && is_fraction_and_zone(str_skip(time, 8));
}
