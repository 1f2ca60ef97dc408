/*
 * A reference is [domain[:port]/]path[:tag][@digest]. Neither '@' nor ':' can be in a path, so the parts are cut first
 * and each is then checked on its own; that comes to the same as matching the grammar as one regular expression.
 */
#include "kube/image.h"

#define PATH_MAX_LENGTH 255
#define TAG_MAX_LENGTH 128

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || is_digit(c);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Runs of lower-case letters and digits, joined by '.', '_', '__' or any number of '-'. */
static bool is_path_component(struct str s)
{
	size_t i = 0;

	while (i < s.n && is_lower(s.p[i])) {
		while (i < s.n && is_lower(s.p[i]))
			i++;
		if (i == s.n)
			return true;
		if (s.p[i] == '-') {
			while (i < s.n && s.p[i] == '-')
				i++;
		} else if (s.p[i] == '_') {
			i += i + 1 < s.n && s.p[i + 1] == '_' ? 2 : 1;
		} else if (s.p[i] == '.') {
			i++;
		}
	}
	return false;
}

static bool is_path(struct str s)
{
	struct str component;

	while (str_cut(s, '/', &component, &s))
		if (!is_path_component(component))
			return false;
	return is_path_component(component);
}

static bool is_domain_component(struct str s)
{
	if (s.n == 0 || s.p[0] == '-' || s.p[s.n - 1] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '-')
			return false;
	return true;
}

static bool is_domain_name(struct str s)
{
	struct str component;

	while (str_cut(s, '.', &component, &s))
		if (!is_domain_component(component))
			return false;
	return is_domain_component(component);
}

static bool is_ipv6(struct str s)
{
	if (s.n < 3 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++)
		if (!is_hex(s.p[i]) && s.p[i] != ':')
			return false;
	return true;
}

/* host or host:port; the host is a name or an IPv6 address in brackets. */
static bool is_domain(struct str s)
{
	size_t bracket = str_rfind_char(s, ']');
	size_t colon = str_find_char(s, ':', bracket == STR_NOT_FOUND ? 0 : bracket);

	if (colon != STR_NOT_FOUND) {
		if (colon + 1 == s.n)
			return false;
		for (size_t i = colon + 1; i < s.n; i++)
			if (!is_digit(s.p[i]))
				return false;
		s = str_slice(s, 0, colon);
	}
	return is_domain_name(s) || is_ipv6(s);
}

static bool is_tag(struct str s)
{
	if (s.n == 0 || s.n > TAG_MAX_LENGTH || s.p[0] == '.' || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter(s.p[i]) && !is_digit(s.p[i]) && s.p[i] != '_' && s.p[i] != '.' && s.p[i] != '-')
			return false;
	return true;
}

/* algorithm[+algorithm…]:hex, at least 32 digits. */
static bool is_digest(struct str s)
{
	struct str algorithm, hex;
	bool at_start = true;

	if (!str_cut(s, ':', &algorithm, &hex) || hex.n < 32)
		return false;
	for (size_t i = 0; i < hex.n; i++)
		if (!is_hex(hex.p[i]))
			return false;
	for (size_t i = 0; i < algorithm.n; i++) {
		char c = algorithm.p[i];

		if (is_letter(c))
			at_start = false;
		else if (!at_start && (c == '-' || c == '_' || c == '+' || c == '.'))
			at_start = true;
		else if (at_start || !is_digit(c))
			return false;
	}
	return !at_start;
}

/* NULL, or what go-digest says against a digest that the grammar lets through. */
static const char *digest_problem(struct str s)
{
	static const struct {
		struct str name;
		size_t length;
	} algorithms[] = { { STR("sha256"), 64 }, { STR("sha384"), 96 }, { STR("sha512"), 128 } };
	struct str algorithm, hex;

	str_cut(s, ':', &algorithm, &hex);
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (!str_equal(algorithm, algorithms[i].name))
			continue;
		if (hex.n != algorithms[i].length)
			return "invalid checksum digest length";
		for (size_t j = 0; j < hex.n; j++)
			if (hex.p[j] >= 'A' && hex.p[j] <= 'F')
				return "invalid checksum digest format";
		return NULL;
	}
	for (size_t i = 0; i < algorithm.n; i++)
		if (algorithm.p[i] >= 'A' && algorithm.p[i] <= 'Z')
			return "invalid checksum digest format";
	return "unsupported digest algorithm";
}

/* Does the first part of the reference name no registry, so that the default one is meant? */
static bool lacks_registry(struct str reference)
{
	size_t slash = str_find_char(reference, '/', 0);
	struct str first;

	if (slash == STR_NOT_FOUND)
		return true;
	first = str_slice(reference, 0, slash);
	if (str_is(first, "localhost"))
		return false;
	for (size_t i = 0; i < first.n; i++)
		if (first.p[i] == '.' || first.p[i] == ':' || (first.p[i] >= 'A' && first.p[i] <= 'Z'))
			return false;
	return true;
}

/* Cuts and checks; false when it does not fit the grammar. `bare`: the default registry is to be thought before it. */
static bool parse(struct str reference, bool bare, struct image *image)
{
	struct str rest = reference, first, path;
	size_t slash, colon;

	*image = (struct image){ 0 };
	if (str_cut(rest, '@', &rest, &image->digest) && !is_digest(image->digest))
		return false;
	slash = str_rfind_char(rest, '/');
	colon = str_find_char(rest, ':', slash == STR_NOT_FOUND ? 0 : slash);
	if (colon != STR_NOT_FOUND) {
		image->tag = str_skip(rest, colon + 1);
		rest = str_slice(rest, 0, colon);
		if (!is_tag(image->tag))
			return false;
	}
	if (bare) {
		image->registry = STR("docker.io");
		image->path = rest;
	} else if (str_cut(rest, '/', &first, &path) && is_domain(first) && is_path(path)) {
		image->registry = first;
		image->path = path;
	} else {
		image->path = rest;
	}
	return is_path(image->path);
}

int image_parse(struct arena *arena, struct str reference, struct image *image, struct error **err)
{
	bool bare = lacks_registry(reference);
	const char *problem = NULL;
	struct str first, rest;

	if (!parse(reference, bare, image)) {
		struct image lower;

		problem = parse(str_lower(arena, reference), bare, &lower) ? "repository name must be lowercase"
									   : "invalid reference format";
	} else if (image->path.n > PATH_MAX_LENGTH) {
		problem = "repository name must not be more than 255 characters";
	} else if (image->digest.n) {
		problem = digest_problem(image->digest);
	}
	if (problem)
		return error_set(err, ERROR_INVALID,
				 "bad image: %s" STR_FMT
				 ", defaultRegistry: docker.io, enableDefaultRegistryMutation: true: %s",
				 bare ? "docker.io/" : "", STR_ARG(reference), problem);
	image->name = str_skip(image->path, str_rfind_char(image->path, '/') + 1);
	if (image->digest.n == 0 && image->tag.n == 0)
		image->tag = STR("latest");
	/* A registry whose name has an underscore is none to the grammar, but was meant as one. */
	if (image->registry.n == 0 && str_cut(image->path, '/', &first, &rest) && str_contains(first, STR("_"))) {
		image->registry = first;
		image->path = rest;
	}
	return 0;
}

static struct str repository(struct arena *arena, const struct image *image)
{
	if (image->registry.n == 0)
		return image->path;
	return str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(image->registry), STR_ARG(image->path));
}

struct str image_text(struct arena *arena, const struct image *image)
{
	struct str base = repository(arena, image);

	if (image->digest.n)
		return str_format(arena, STR_FMT "@" STR_FMT, STR_ARG(base), STR_ARG(image->digest));
	return image_text_with_tag(arena, image);
}

struct str image_text_with_tag(struct arena *arena, const struct image *image)
{
	return str_format(arena, STR_FMT ":" STR_FMT, STR_ARG(repository(arena, image)), STR_ARG(image->tag));
}
