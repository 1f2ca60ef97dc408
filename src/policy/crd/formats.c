/*
 * Formats of strings. Semantics: k8s.io/apiextensions-apiserver v0.36 pkg/apiserver/validation/formats.go (which
 * formats count) and k8s.io/kube-openapi/pkg/validation/strfmt with govalidator (what they are).
 */
#include "policy/crd/formats.h"

#include "data/base64.h"
#include "data/duration.h"
#include "data/instant.h"
#include "data/ip.h"
#include "data/name.h"
#include "data/url.h"

static bool is_date(struct arena *arena, struct str text)
{
	struct instant instant;

	return text.n == 10 && instant_parse_rfc3339(str_concat(arena, text, STR("T00:00:00Z")), &instant, NULL) == 0;
}

/* With seconds or without, with a zone or without: strfmt tries some layouts. */
static bool is_datetime(struct arena *arena, struct str text)
{
	struct instant instant;

	return instant_parse_rfc3339(text, &instant, NULL) == 0 ||
	       instant_parse_rfc3339(str_concat(arena, text, STR("Z")), &instant, NULL) == 0 || is_date(arena, text);
}

static bool is_duration(struct arena *arena, struct str text)
{
	int64_t nanoseconds;

	(void)arena;
	return duration_parse(text, &nanoseconds, NULL) == 0;
}

static bool is_bytes(struct arena *arena, struct str text)
{
	struct str bytes;

	return text.n > 0 && base64_bytes(arena, text, &bytes) == SIZE_MAX;
}

static bool is_ipv4(struct arena *arena, struct str text)
{
	struct ip ip;

	(void)arena;
	return ip_parse(text, &ip, NULL) == 0 && ip.is_v4;
}

static bool is_ipv6(struct arena *arena, struct str text)
{
	struct ip ip;

	(void)arena;
	return ip_parse(text, &ip, NULL) == 0 && !ip.is_v4;
}

static bool is_cidr(struct arena *arena, struct str text)
{
	struct ip_prefix prefix;

	(void)arena;
	return ip_prefix_parse(text, &prefix, NULL) == 0;
}

static bool is_uri(struct arena *arena, struct str text)
{
	struct url url;

	return url_parse_request(arena, text, &url, NULL) == 0;
}

static bool is_short_name(struct arena *arena, struct str text)
{
	(void)arena;
	return name_faults(NAME_DNS1123_LABEL, text, NULL) == 0;
}

static bool is_long_name(struct arena *arena, struct str text)
{
	(void)arena;
	return name_faults(NAME_DNS1123_SUBDOMAIN, text, NULL) == 0;
}

static bool is_anything(struct arena *arena, struct str text)
{
	(void)arena;
	(void)text;
	return true;
}

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : -1;
}

/* Without the blanks and dashes that people put between the digits; n is SIZE_MAX for anything longer than the room. */
static size_t bare_digits(struct str text, char room[static 20])
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ' || text.p[i] == '-')
			continue;
		if (n == 20)
			return SIZE_MAX;
		room[n++] = text.p[i];
	}
	return n;
}

static bool is_isbn10(struct arena *arena, struct str text)
{
	char room[20];
	int sum = 0;

	(void)arena;
	if (bare_digits(text, room) != 10)
		return false;
	for (int i = 0; i < 10; i++) {
		int digit = i == 9 && room[i] == 'X' ? 10 : digit_of(room[i]);

		if (digit < 0)
			return false;
		sum += (i + 1) * digit;
	}
	return sum % 11 == 0;
}

static bool is_isbn13(struct arena *arena, struct str text)
{
	char room[20];
	int sum = 0;

	(void)arena;
	if (bare_digits(text, room) != 13)
		return false;
	for (int i = 0; i < 13; i++) {
		if (digit_of(room[i]) < 0)
			return false;
		sum += (i % 2 ? 3 : 1) * digit_of(room[i]);
	}
	return sum % 10 == 0;
}

static bool is_isbn(struct arena *arena, struct str text)
{
	return is_isbn10(arena, text) || is_isbn13(arena, text);
}

#define CARD                                                                                                           \
	"^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-"  \
	"9])"                                                                                                          \
	"[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11})$"
#define COLOUR "(0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])"
#define LETTERS "a-zA-Z0-9\\p{S}\\p{L}"

/* Names without dashes, ordered. */
static const struct {
	const char *name, *pattern;
	bool (*fits)(struct arena *arena, struct str text);
} formats[] = {
	{ "bsonobjectid", "^[0-9a-fA-F]{24}$", NULL },
	{ "byte", NULL, is_bytes },
	{ "cidr", NULL, is_cidr },
	{ "creditcard", CARD, NULL },
	{ "date", NULL, is_date },
	{ "datetime", NULL, is_datetime },
	{ "duration", NULL, is_duration },
	{ "email", "^[^@ \\t\\n]+@[^@ \\t\\n]+$", NULL },
	{ "hexcolor", "^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$", NULL },
	{ "hostname",
	  "^([" LETTERS "]((-?[" LETTERS "]{0,62})?)|([" LETTERS "](([a-zA-Z0-9-\\p{S}\\p{L}]{0,61}[" LETTERS
	  "])?)(\\.)){1,}([a-zA-Z\\p{L}]){2,63})$",
	  NULL },
	{ "ipv4", NULL, is_ipv4 },
	{ "ipv6", NULL, is_ipv6 },
	{ "isbn", NULL, is_isbn },
	{ "isbn10", NULL, is_isbn10 },
	{ "isbn13", NULL, is_isbn13 },
	{ "k8slongname", NULL, is_long_name },
	{ "k8sshortname", NULL, is_short_name },
	{ "mac", "^([0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5,7}|[0-9a-fA-F]{4}(\\.[0-9a-fA-F]{4}){2,3})$", NULL },
	{ "password", NULL, is_anything },
	{ "rgbcolor", "^rgb\\( *" COLOUR " *, *" COLOUR " *, *" COLOUR " *\\)$", NULL },
	{ "ssn", "^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$", NULL },
	{ "uri", NULL, is_uri },
	{ "uuid", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$", NULL },
	{ "uuid3", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$", NULL },
	{ "uuid4", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$", NULL },
	{ "uuid5", "(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$", NULL },
};
#define FORMATS (sizeof(formats) / sizeof(formats[0]))

/* Whether b, with its dashes taken out, is a. */
static bool is_named(const char *a, struct str b)
{
	size_t i = 0;

	for (; *a; a++, i++) {
		while (i < b.n && b.p[i] == '-')
			i++;
		if (i == b.n || b.p[i] != *a)
			return false;
	}
	while (i < b.n && b.p[i] == '-')
		i++;
	return i == b.n;
}

static size_t format_find(struct str format)
{
	size_t i = 0;

	while (i < FORMATS && !is_named(formats[i].name, format))
		i++;
	return i;
}

struct str crd_format(struct str type, struct str format)
{
	bool known = false;

	if (type.n == 0 || str_is(type, "string"))
		known = format_find(format) < FORMATS;
	else if (str_is(type, "integer"))
		known = str_is(format, "int32") || str_is(format, "int64");
	else if (str_is(type, "number"))
		known = str_is(format, "float") || str_is(format, "double");
	return known ? format : STR_NULL;
}

bool crd_pattern_fits(struct regex_cache *regexes, struct str pattern, struct str text)
{
	struct regex *own = regexes ? NULL : regex_compile(pattern, NULL);
	const struct regex *regex = regexes ? regex_cache_get(regexes, pattern, NULL) : own;
	bool fits = !regex || regex_match(regex, text);

	regex_free(own);
	return fits;
}

bool crd_format_fits(struct arena *arena, struct regex_cache *regexes, struct str format, struct str text)
{
	size_t i = format_find(format);

	if (i == FORMATS)
		return true;
	if (formats[i].pattern)
		return crd_pattern_fits(regexes, str_of(formats[i].pattern), text);
	return formats[i].fits(arena, text);
}
