#include "data/url.h"

#include "data/ip.h"
#include "data/quote.h"

/* -- what is escaped where ---------------------------------------------------------------------------------------- */

enum part { IN_PATH, IN_HOST, IN_ZONE, IN_USER, IN_QUERY, IN_FRAGMENT };

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* Stands for itself in this part of a URL. */
static bool is_plain(char c, enum part part)
{
	static const char *const marks[] = {
		[IN_PATH] = "-_.~$&+,/:;=@",
		[IN_HOST] = "-_.~!$&'()*+,;=:[]<>\"",
		[IN_ZONE] = "-_.~!$&'()*+,;=:[]<>\"",
		[IN_USER] = "-_.~$&+,;=",
		[IN_QUERY] = "-_.~",
		[IN_FRAGMENT] = "-_.~$&+,/:;=?@!()*",
	};

	return is_letter_or_digit(c) || (c && strchr(marks[part], c));
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 32;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* -- errors ------------------------------------------------------------------------------------------------------- */

/* A parser's surroundings: where it allocates and where it says what is wrong (NULL: nobody asks). */
struct reader {
	struct arena *arena;
	struct buf *why;
};

/* "before", the quoted part when there is one, "after"; -1. */
static int bad(const struct reader *reader, const char *before, struct str part, const char *after)
{
	if (!reader->why)
		return -1;
	buf_printf(reader->why, "%s", before);
	if (part.p)
		quote_add(reader->why, part);
	buf_printf(reader->why, "%s", after);
	return -1;
}

/* -- decoding and encoding ---------------------------------------------------------------------------------------- */

static int check_escape(const struct reader *reader, struct str s, size_t i, enum part part)
{
	struct str escape = str_slice(s, i, i + 3);
	int high, low;

	if (escape.n < 3 || hex_digit(escape.p[1]) < 0 || hex_digit(escape.p[2]) < 0)
		return bad(reader, "invalid URL escape ", escape, "");
	if (str_is(escape, "%25"))
		return 0;
	high = hex_digit(escape.p[1]);
	low = hex_digit(escape.p[2]);
	/* In a host only bytes beyond ASCII may be written that way, in a zone also what may stand there plainly. */
	if (part == IN_HOST && high < 8)
		return bad(reader, "invalid URL escape ", escape, "");
	if (part == IN_ZONE && (high << 4 | low) != ' ' && !is_plain((char)(high << 4 | low), IN_HOST))
		return bad(reader, "invalid URL escape ", escape, "");
	return 0;
}

static int unescape(const struct reader *reader, struct str s, enum part part, struct str *out)
{
	size_t escapes = 0, n = 0;
	bool spaces = false;
	char *text;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			if (check_escape(reader, s, i, part))
				return -1;
			escapes++;
			i += 2;
		} else if (s.p[i] == '+') {
			spaces |= part == IN_QUERY;
		} else if ((part == IN_HOST || part == IN_ZONE) && !((unsigned char)s.p[i] & 0x80) &&
			   !is_plain(s.p[i], part)) {
			return bad(reader, "invalid character ", str_slice(s, i, i + 1), " in host name");
		}
	}
	*out = s;
	if (escapes == 0 && !spaces)
		return 0;
	text = arena_alloc(reader->arena, s.n);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%') {
			text[n++] = (char)(hex_digit(s.p[i + 1]) << 4 | hex_digit(s.p[i + 2]));
			i += 2;
		} else {
			text[n++] = s.p[i] == '+' && part == IN_QUERY ? ' ' : s.p[i];
		}
	}
	*out = str_make(text, n);
	return 0;
}

static void escape_add(struct buf *out, struct str s, enum part part)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_plain(s.p[i], part))
			buf_add_char(out, s.p[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)s.p[i]);
	}
}

/* Whether Go, which knows only `clear`, writes `written`. */
static bool is_usual(struct str written, struct str clear, enum part part)
{
	struct buf out = { 0 };
	bool same;

	escape_add(&out, clear, part);
	same = str_equal(buf_str(&out), written);
	buf_free(&out);
	return same;
}

/* -- parsing ------------------------------------------------------------------------------------------------------ */

/* ":80" or nothing. */
static bool is_port(struct str port)
{
	for (size_t i = 0; i < port.n; i++)
		if (i == 0 ? port.p[i] != ':' : port.p[i] < '0' || port.p[i] > '9')
			return false;
	return true;
}

/* "[::1]:80" */
static int read_literal(const struct reader *reader, struct str host, struct str *out)
{
	size_t close = str_rfind_char(host, ']'), zone;
	struct str port, name, head, tail = STR_NULL;
	struct error *reason = NULL;
	struct ip ip;

	if (close == STR_NOT_FOUND)
		return bad(reader, "missing ']' in host", STR_NULL, "");
	port = str_skip(host, close + 1);
	if (!is_port(port))
		return bad(reader, "invalid port ", port, " after host");
	name = str_slice(host, 1, close);
	zone = str_find(name, STR("%25"), 0);
	if (unescape(reader, str_slice(name, 0, zone), IN_HOST, &head))
		return -1;
	if (zone != STR_NOT_FOUND && unescape(reader, str_skip(name, zone), IN_ZONE, &tail))
		return -1;
	name = str_concat(reader->arena, head, tail);
	if (ip_parse(name, &ip, reader->why ? &reason : NULL)) {
		bad(reader, "invalid host: ", STR_NULL, reason ? reason->message : "");
		error_free(reason);
		return -1;
	}
	if (ip.is_v4)
		return bad(reader, "invalid IP-literal", STR_NULL, "");
	*out = str_format(reader->arena, "[" STR_FMT "]" STR_FMT, STR_ARG(name), STR_ARG(port));
	return 0;
}

static int read_host(const struct reader *reader, struct str scheme, struct str host, struct str *out)
{
	size_t bracket = str_rfind_char(host, '['), colon = str_find_char(host, ':', 0);

	if (bracket == 0)
		return read_literal(reader, host, out);
	if (bracket != STR_NOT_FOUND)
		return bad(reader, "invalid IP-literal", STR_NULL, "");
	if (colon != STR_NOT_FOUND) {
		/* Lists of hosts with ports are let through but for http. */
		if (!str_is(scheme, "http") && !str_is(scheme, "https"))
			colon = str_rfind_char(host, ':');
		if (!is_port(str_skip(host, colon)))
			return bad(reader, "invalid port ", str_skip(host, colon), " after host");
	}
	return unescape(reader, host, IN_HOST, out);
}

static bool is_userinfo(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_letter_or_digit(s.p[i]) && !(s.p[i] && strchr("-._:~!$&'()*+,;=%@", s.p[i])))
			return false;
	return true;
}

static int read_authority(const struct reader *reader, struct str authority, struct url *url)
{
	size_t at = str_rfind_char(authority, '@');
	struct str user;

	if (read_host(reader, url->scheme, at == STR_NOT_FOUND ? authority : str_skip(authority, at + 1), &url->host))
		return -1;
	if (at == STR_NOT_FOUND)
		return 0;
	user = str_slice(authority, 0, at);
	if (!is_userinfo(user))
		return bad(reader, "net/url: invalid userinfo", STR_NULL, "");
	url->has_user = true;
	url->has_password = str_cut(user, ':', &user, &url->password);
	if (unescape(reader, user, IN_USER, &url->user))
		return -1;
	return url->has_password ? unescape(reader, url->password, IN_USER, &url->password) : 0;
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

static void cut_query(struct str *rest, struct url *url)
{
	size_t question = str_find_char(*rest, '?', 0);

	if (question == STR_NOT_FOUND)
		return;
	url->force_query = question + 1 == rest->n;
	url->query = str_skip(*rest, question + 1);
	*rest = str_slice(*rest, 0, question);
}

/* What must be said of a URL that goes on with neither '/' nor, behind a scheme, what is opaque. */
static int check_relative(const struct reader *reader, struct str rest, bool request)
{
	struct str segment, ignored;

	if (request)
		return bad(reader, "invalid URI for request", STR_NULL, "");
	str_cut(rest, '/', &segment, &ignored);
	if (str_find_char(segment, ':', 0) != STR_NOT_FOUND)
		return bad(reader, "first path segment in URL cannot contain colon", STR_NULL, "");
	return 0;
}

/* Behind the scheme, without fragment. */
static int read_rest(const struct reader *reader, struct str rest, bool request, struct url *url)
{
	bool has_scheme = url->scheme.n > 0;

	cut_query(&rest, url);
	if (!str_starts_with(rest, STR("/"))) {
		if (has_scheme) {
			url->opaque = rest;
			return 0;
		}
		if (check_relative(reader, rest, request))
			return -1;
	}
	if (str_starts_with(rest, STR("//")) && (has_scheme || (!request && !str_starts_with(rest, STR("///"))))) {
		size_t slash = str_find_char(rest, '/', 2);

		if (read_authority(reader, str_slice(rest, 2, slash), url))
			return -1;
		rest = slash == STR_NOT_FOUND ? STR("") : str_skip(rest, slash);
	} else {
		url->omit_host = has_scheme && rest.n > 0;
	}
	if (unescape(reader, rest, IN_PATH, &url->path))
		return -1;
	if (!is_usual(rest, url->path, IN_PATH))
		url->raw_path = rest;
	return 0;
}

static int read_url(const struct reader *reader, struct str text, bool request, struct url *url)
{
	size_t n;

	*url = (struct url){ 0 };
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return bad(reader, "net/url: invalid control character in URL", STR_NULL, "");
	if (text.n == 0 && request)
		return bad(reader, "empty url", STR_NULL, "");
	if (str_is(text, "*")) {
		url->path = text;
		return 0;
	}
	n = scheme_length(text);
	if (n == STR_NOT_FOUND)
		return bad(reader, "missing protocol scheme", STR_NULL, "");
	if (n > 0)
		url->scheme = str_lower(reader->arena, str_slice(text, 0, n));
	return read_rest(reader, n > 0 ? str_skip(text, n + 1) : text, request, url);
}

/* parse "text": why; -1 */
static int finish_error(struct str text, struct buf *why, struct error **err)
{
	struct buf message = { 0 };

	if (!err)
		return -1;
	buf_printf(&message, "parse ");
	quote_add(&message, text);
	buf_printf(&message, ": " STR_FMT, STR_ARG(buf_str(why)));
	error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(buf_str(&message)));
	buf_free(&message);
	buf_free(why);
	return -1;
}

int url_parse(struct arena *arena, struct str text, struct url *out, struct error **err)
{
	struct buf why = { 0 };
	struct reader reader = { .arena = arena, .why = err ? &why : NULL };
	struct str head, fragment;

	str_cut(text, '#', &head, &fragment);
	if (read_url(&reader, head, false, out))
		return finish_error(head, &why, err);
	if (fragment.n == 0)
		return 0;
	if (unescape(&reader, fragment, IN_FRAGMENT, &out->fragment))
		return finish_error(text, &why, err);
	if (!is_usual(fragment, out->fragment, IN_FRAGMENT))
		out->raw_fragment = fragment;
	return 0;
}

int url_parse_request(struct arena *arena, struct str text, struct url *out, struct error **err)
{
	struct buf why = { 0 };
	struct reader reader = { .arena = arena, .why = err ? &why : NULL };

	return read_url(&reader, text, true, out) ? finish_error(text, &why, err) : 0;
}

/* -- parts -------------------------------------------------------------------------------------------------------- */

static void split_host(struct str host, struct str *name, struct str *port)
{
	size_t colon = str_rfind_char(host, ':');

	*name = host;
	*port = STR_NULL;
	if (colon != STR_NOT_FOUND && is_port(str_skip(host, colon))) {
		*name = str_slice(host, 0, colon);
		*port = str_skip(host, colon + 1);
	}
	if (str_starts_with(*name, STR("[")) && str_ends_with(*name, STR("]")))
		*name = str_slice(*name, 1, name->n - 1);
}

struct str url_hostname(const struct url *url)
{
	struct str name, port;

	split_host(url->host, &name, &port);
	return name;
}

struct str url_port(const struct url *url)
{
	struct str name, port;

	split_host(url->host, &name, &port);
	return port;
}

/* Has only characters that may stand in a path or fragment as they are. */
static bool is_well_written(struct str s, enum part part)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_plain(s.p[i], part) && !(s.p[i] && strchr("!$&'()*+,;=:@[]%", s.p[i])))
			return false;
	return true;
}

/* `raw` decodes to `clear`: it was taken from the same text. */
static void part_add(struct buf *out, struct str raw, struct str clear, enum part part)
{
	if (raw.n && is_well_written(raw, part))
		buf_add(out, raw);
	else if (part == IN_PATH && str_is(clear, "*"))
		buf_add(out, clear);
	else
		escape_add(out, clear, part);
}

struct str url_escaped_path(struct arena *arena, const struct url *url)
{
	struct buf out = { 0 };
	struct str text;

	part_add(&out, url->raw_path, url->path, IN_PATH);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

static void authority_add(struct buf *out, const struct url *url)
{
	if (url->scheme.n == 0 && url->host.n == 0 && !url->has_user)
		return;
	if (url->omit_host && url->host.n == 0 && !url->has_user)
		return;
	if (url->host.n || url->path.n || url->has_user)
		buf_printf(out, "//");
	if (url->has_user) {
		escape_add(out, url->user, IN_USER);
		if (url->has_password) {
			buf_add_char(out, ':');
			escape_add(out, url->password, IN_USER);
		}
		buf_add_char(out, '@');
	}
	escape_add(out, url->host, IN_HOST);
}

struct str url_text(struct arena *arena, const struct url *url)
{
	struct buf out = { 0 };
	struct str text;

	if (url->scheme.n) {
		buf_add(&out, url->scheme);
		buf_add_char(&out, ':');
	}
	if (url->opaque.n) {
		buf_add(&out, url->opaque);
	} else {
		struct str path = url_escaped_path(arena, url), segment, ignored;

		authority_add(&out, url);
		if (path.n && path.p[0] != '/' && url->host.n)
			buf_add_char(&out, '/');
		str_cut(path, '/', &segment, &ignored);
		/* "this:that" would read as a scheme. */
		if (out.n == 0 && str_find_char(segment, ':', 0) != STR_NOT_FOUND)
			buf_printf(&out, "./");
		buf_add(&out, path);
	}
	if (url->force_query || url->query.n) {
		buf_add_char(&out, '?');
		buf_add(&out, url->query);
	}
	if (url->fragment.n) {
		buf_add_char(&out, '#');
		part_add(&out, url->raw_fragment, url->fragment, IN_FRAGMENT);
	}
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

bool url_query_next(struct arena *arena, struct str *query, struct str *key, struct str *value)
{
	const struct reader reader = { .arena = arena };

	while (query->n) {
		struct str pair;

		str_cut(*query, '&', &pair, query);
		if (pair.n == 0 || str_find_char(pair, ';', 0) != STR_NOT_FOUND)
			continue;
		str_cut(pair, '=', key, value);
		if (unescape(&reader, *key, IN_QUERY, key) == 0 && unescape(&reader, *value, IN_QUERY, value) == 0)
			return true;
	}
	return false;
}

bool url_query_too_long(struct str query)
{
	size_t pairs = 1;

	for (size_t i = 0; i < query.n; i++)
		pairs += query.p[i] == '&';
	return pairs > 10000;
}
