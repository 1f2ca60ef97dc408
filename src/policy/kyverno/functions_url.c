/* URLs as Go's net/url reads them; is_external_url(), which asks no network. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/buf.h"
#include "data/letter_case.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/x509.h"

/* -- errors ------------------------------------------------------------------------------------------------------ */

/* As strconv.Quote, for what may occur here. */
static void quote(struct buf *out, struct str s)
{
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c == '\n' || c == '\r' || c == '\t')
			buf_printf(out, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c < ' ' || c == 0x7f)
			buf_printf(out, "\\x%02x", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '"');
}

/* `message`, in which "%" stands for the quoted part. False, for the caller to return. */
static bool bad(struct buf *why, const char *message, struct str part)
{
	for (const char *p = message; *p; p++) {
		if (*p == '%')
			quote(why, part);
		else
			buf_add_char(why, *p);
	}
	return false;
}

struct url {
	struct str scheme, opaque, host, path, query, fragment;
	struct str name;        /* the host without port and brackets */
	bool has_user, lone_question_mark, no_authority;
};

/* -- the host of a URL ------------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

static bool is_host_char(char c)
{
	return (unsigned char)c >= 0x80 || is_letter_or_digit(c) || (c && strchr("-_.~!$&'()*+,;=:[]<>\"", c));
}

/* Checks %XX, and in a host the characters: there only bytes beyond ASCII (and %25) may be written that way. */
static bool check_escapes(struct str s, bool host, struct buf *why)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2]))
				return bad(why, "invalid URL escape %", str_slice(s, i, i + 3));
			if (host && s.p[i + 1] >= '0' && s.p[i + 1] < '8' && !str_is(str_slice(s, i, i + 3), "%25"))
				return bad(why, "invalid URL escape %", str_slice(s, i, i + 3));
			i += 2;
		} else if (host && !is_host_char(s.p[i])) {
			return bad(why, "invalid character % in host name", str_slice(s, i, i + 1));
		}
	}
	return true;
}

static bool is_port(struct str port)
{
	if (port.n == 0)
		return true;
	for (size_t i = 1; i < port.n; i++)
		if (port.p[i] < '0' || port.p[i] > '9')
			return false;
	return port.p[0] == ':';
}

/* "[::1]:80", or what must be said about it. */
static bool read_literal(struct str host, struct str *name, struct buf *why)
{
	size_t close = str_rfind_char(host, ']');
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN + 1] = "";

	if (close == STR_NOT_FOUND)
		return bad(why, "missing ']' in host", host);
	if (!is_port(str_skip(host, close + 1)))
		return bad(why, "invalid port % after host", str_skip(host, close + 1));
	*name = str_slice(host, 1, close);
	if (!check_escapes(*name, true, why))
		return false;

	/* A zone ("%25eth0") is part of the name and no address then. */
	struct str plain = str_slice(*name, 0, str_find_char(*name, '%', 0));

	if (plain.n < sizeof(text))
		memcpy(text, plain.p, plain.n);
	if (inet_pton(AF_INET6, text, &address) == 1)
		return true;
	if (inet_pton(AF_INET, text, &address) == 1)
		return bad(why, "invalid IP-literal", host);
	return bad(why, "invalid host: ParseAddr(%): unable to parse IP", *name);
}

static bool read_host(struct str scheme, struct str host, struct str *name, struct buf *why)
{
	size_t bracket = str_rfind_char(host, '['), colon = str_find_char(host, ':', 0);

	*name = host;
	if (bracket == 0)
		return read_literal(host, name, why);
	if (bracket != STR_NOT_FOUND)
		return bad(why, "invalid IP-literal", host);
	if (colon != STR_NOT_FOUND) {
		if (!str_equal_fold(scheme, STR("http")) && !str_equal_fold(scheme, STR("https")))
			colon = str_rfind_char(host, ':');
		if (!is_port(str_skip(host, colon)))
			return bad(why, "invalid port % after host", str_skip(host, colon));
		*name = str_slice(host, 0, colon);
	}
	return check_escapes(host, true, why);
}

static bool is_userinfo(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter_or_digit(s.p[i]) && !(s.p[i] && strchr("-._:~!$&'()*+,;=%@", s.p[i])))
			return false;
	return true;
}

static bool read_authority(struct url *url, struct str authority, struct buf *why)
{
	size_t at = str_rfind_char(authority, '@');
	struct str user = STR_NULL;

	url->host = authority;
	if (at != STR_NOT_FOUND) {
		url->has_user = true;
		user = str_slice(authority, 0, at);
		url->host = str_skip(authority, at + 1);
	}
	if (!read_host(url->scheme, url->host, &url->name, why))
		return false;
	if (!is_userinfo(user))
		return bad(why, "net/url: invalid userinfo", user);
	return check_escapes(user, false, why);
}

/* The length of "http" in "http:…"; 0 without scheme, STR_NOT_FOUND for a lone colon. */
static size_t scheme_length(struct str url)
{
	for (size_t i = 0; i < url.n; i++) {
		char c = url.p[i];

		if ((c | 32) >= 'a' && (c | 32) <= 'z')
			continue;
		if (c == ':')
			return i ? i : STR_NOT_FOUND;
		if (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))
			return 0;
	}
	return 0;
}

/* Without fragment. Parts are as they were written. */
static bool read_url(struct str text, struct url *url, struct buf *why)
{
	struct str rest = text, segment, ignored;
	size_t n = scheme_length(text), question;

	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return bad(why, "net/url: invalid control character in URL", text);
	if (n == STR_NOT_FOUND)
		return bad(why, "missing protocol scheme", text);
	if (n > 0) {
		url->scheme = str_slice(text, 0, n);
		rest = str_skip(text, n + 1);
	}
	question = str_find_char(rest, '?', 0);
	url->lone_question_mark = question != STR_NOT_FOUND && question + 1 == rest.n;
	str_cut(rest, '?', &rest, &url->query);
	if (!str_starts_with(rest, STR("/"))) {
		/* "mailto:someone" has no host. */
		if (n > 0) {
			url->opaque = rest;
			return true;
		}
		str_cut(rest, '/', &segment, &ignored);
		if (str_find_char(segment, ':', 0) != STR_NOT_FOUND)
			return bad(why, "first path segment in URL cannot contain colon", text);
	}
	if (str_starts_with(rest, STR("//")) && (n > 0 || !str_starts_with(rest, STR("///")))) {
		size_t slash = str_find_char(rest, '/', 2);

		if (!read_authority(url, str_slice(rest, 2, slash), why))
			return false;
		rest = slash == STR_NOT_FOUND ? STR_NULL : str_skip(rest, slash);
	} else {
		url->no_authority = n > 0 && rest.n > 0;
	}
	url->path = rest;
	return check_escapes(rest, false, why);
}

/* url.Parse: 0, or -1 with what is wrong and, in *shown, the text to show with it. */
static int parse_url(struct str text, struct url *url, struct str *shown, struct buf *why)
{
	struct str fragment;

	*url = (struct url){ 0 };
	str_cut(text, '#', shown, &fragment);
	if (!read_url(*shown, url, why))
		return -1;
	*shown = text;
	url->fragment = fragment;
	return check_escapes(fragment, false, why) ? 0 : -1;
}

/* -- addresses --------------------------------------------------------------------------------------------------- */

static bool is_inner_ipv4(const unsigned char *p)
{
	return p[0] == 127 || p[0] == 10 || (p[0] == 172 && (p[1] & 0xf0) == 16) || (p[0] == 192 && p[1] == 168);
}

static bool is_inner_ipv6(const unsigned char *p)
{
	static const unsigned char loopback[16] = { [15] = 1 }, mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(p, mapped, sizeof(mapped)) == 0)
		return is_inner_ipv4(p + 12);
	return memcmp(p, loopback, sizeof(loopback)) == 0 || (p[0] & 0xfe) == 0xfc;
}

const struct value *function_is_external_url(struct jmespath_call *call)
{
	struct buf why = { 0 }, quoted = { 0 };
	unsigned char address[16];
	struct str shown, name;
	struct url url;
	const char *text;

	if (parse_url(argument_str(call, 0), &url, &shown, &why)) {
		quote(&quoted, shown);
		jmespath_fail(call, "parse " STR_FMT ": " STR_FMT, STR_ARG(buf_str(&quoted)), STR_ARG(buf_str(&why)));
		buf_free(&quoted);
		buf_free(&why);
		return NULL;
	}
	name = url.name;
	text = str_cstr(call->context->arena, name);
	if (strlen(text) == name.n && inet_pton(AF_INET, text, address) == 1)
		return value_of_bool(!is_inner_ipv4(address));
	if (strlen(text) == name.n && inet_pton(AF_INET6, text, address) == 1)
		return value_of_bool(!is_inner_ipv6(address));
	if (text_equal_fold(name, STR("localhost")))
		return &value_false;
	if (name.n == 0)
		return jmespath_fail(call, "lookup : no such host");
	return function_fail(call,
			     "the address of the host '" STR_FMT "' is not known without a network; only addresses and "
			     "localhost can be judged here",
			     STR_ARG(name));
}

/* -- as a value -------------------------------------------------------------------------------------------------- */

static struct str unescape(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n) {
			const char hex[3] = { s.p[i + 1], s.p[i + 2], '\0' };

			out[n++] = (char)strtol(hex, NULL, 16);
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	return str_make(out, n);
}

/* How Go would write the part itself; `plain` are the marks that it leaves. */
static struct str escape(struct arena *arena, struct str s, const char *plain)
{
	struct buf out = { 0 };
	struct str text;

	for (size_t i = 0; i < s.n; i++) {
		if (is_letter_or_digit(s.p[i]) || (s.p[i] && strchr(plain, s.p[i])))
			buf_add_char(&out, s.p[i]);
		else
			buf_printf(&out, "%%%02X", (unsigned char)s.p[i]);
	}
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

/* A part without escapes, and beside it as it was written where Go would write it otherwise. */
static void put_part(struct arena *arena, struct object_builder *object, const char *field, const char *raw_field,
		     struct str part, const char *plain)
{
	struct str clear = unescape(arena, part);
	bool usual = str_equal(escape(arena, clear, plain), part);

	object_put(arena, object, str_of(field), value_of_str(arena, clear));
	object_put(arena, object, str_of(raw_field), usual ? &value_empty_string : value_of_str(arena, part));
}

const struct value *url_value(struct arena *arena, struct str text)
{
	struct object_builder object = { 0 };
	struct buf why = { 0 };
	struct str shown;
	struct url url;
	int result = parse_url(text, &url, &shown, &why);

	buf_free(&why);
	if (result)
		return NULL;
	object_put(arena, &object, STR("Scheme"), value_of_str(arena, str_lower(arena, url.scheme)));
	object_put(arena, &object, STR("Opaque"), value_of_str(arena, url.opaque));
	object_put(arena, &object, STR("User"), url.has_user ? &value_empty_object : &value_null);
	object_put(arena, &object, STR("Host"), value_of_str(arena, unescape(arena, url.host)));
	put_part(arena, &object, "Path", "RawPath", url.path, "-_.~$&+,/:;=@");
	put_part(arena, &object, "Fragment", "RawFragment", url.fragment, "-_.~$&+,/:;=?@!()*");
	object_put(arena, &object, STR("RawQuery"), value_of_str(arena, url.query));
	object_put(arena, &object, STR("ForceQuery"), value_of_bool(url.lone_question_mark));
	object_put(arena, &object, STR("OmitHost"), value_of_bool(url.no_authority));
	return object_finish(arena, &object);
}
