/*
 * data/url.h: URLs. Semantics and messages: Go's net/url (Parse, ParseRequestURI and the methods of URL).
 *
 * The parts borrow the text that was parsed, or live in the arena where they had to be decoded.
 */
#ifndef DATA_URL_H
#define DATA_URL_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct url {
	struct str scheme;              /* in lower case */
	struct str opaque;              /* "mailto:OPAQUE", as written */
	bool has_user, has_password;
	struct str user, password;      /* decoded */
	struct str host;                /* decoded; with port and brackets */
	struct str path;                /* decoded */
	struct str raw_path;            /* as written, where Go would not write the path that way; else empty */
	struct str query;               /* as written, without '?' */
	struct str fragment, raw_fragment;
	bool force_query;               /* ends with a lone '?' */
	bool omit_host;                 /* "file:/path" */
};

/* url.Parse. 0, or -1 with Go's message: parse "::": missing protocol scheme */
int url_parse(struct arena *arena, struct str text, struct url *out, struct error **err);
/* url.ParseRequestURI: absolute URLs and absolute paths only; a fragment is not told apart. */
int url_parse_request(struct arena *arena, struct str text, struct url *out, struct error **err);

/* Without port and brackets; without the host and its colon. */
struct str url_hostname(const struct url *url);
struct str url_port(const struct url *url);
struct str url_escaped_path(struct arena *arena, const struct url *url);
/* URL.String() */
struct str url_text(struct arena *arena, const struct url *url);
/*
 * Takes the next "key=value" off the query (start with *query = url->query) and decodes it; false at the end. Broken
 * pairs are left out, as URL.Query() does. Of more than 10,000 there are none.
 */
bool url_query_next(struct arena *arena, struct str *query, struct str *key, struct str *value);
bool url_query_too_long(struct str query);

#endif
