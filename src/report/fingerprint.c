#include <openssl/evp.h>

#include "data/json.h"
#include "report/baseline.h"
#include "report/excerpt.h"

/* What is hashed: the parts of a finding's identity, each ended by a byte that no UTF-8 text holds. */
#define END_OF_PART '\xff'

static void add_part(struct buf *text, struct str part)
{
	buf_add(text, part);
	buf_add_char(text, END_OF_PART);
}

/*
 * The path with list items by name: inserting a container before this one, or taking its place with another, is told
 * apart. Returns the value at the path, or NULL when it is absent.
 */
static const struct value *add_path(struct buf *text, const struct value *object, struct str path)
{
	const struct value *v = object;

	while (path.n) {
		struct str step = path_next(&path);
		bool in_list = value_is(v, VALUE_ARRAY);
		const struct member *member;
		struct str name;

		if (step.n == 0)
			continue;
		v = path_step(v, step, &member);
		name = in_list ? value_str(value_field(v, "name")) : STR_NULL;
		buf_add_char(text, name.n ? '=' : '/');
		buf_add(text, name.n ? name : step);
	}
	buf_add_char(text, END_OF_PART);
	return v;
}

/* Messages often end in the path, whose indices the fingerprint must not depend on. */
static void add_message(struct buf *text, struct str message, struct str path)
{
	size_t at;

	while (path.n > 1 && (at = str_find(message, path, 0)) != STR_NOT_FOUND) {
		buf_add(text, str_slice(message, 0, at));
		message = str_skip(message, at + path.n);
	}
	add_part(text, message);
}

void fingerprint_make(const struct reported *reported, const struct result *result, char hex[32])
{
	static const char digits[] = "0123456789abcdef";
	struct buf text = { 0 };
	struct str group, version;
	unsigned char hash[EVP_MAX_MD_SIZE] = { 0 };
	const struct value *v;

	gvk_split_api_version(reported->api_version, &group, &version);
	add_part(&text, result->policy_namespace);
	add_part(&text, result->policy);
	add_part(&text, result->rule);
	add_part(&text, group);
	add_part(&text, reported->kind);
	add_part(&text, reported->namespace);
	add_part(&text, reported->name);
	v = add_path(&text, reported->object, result->path);
	if (result->path.n && v)
		json_encode(&text, v, JSON_COMPACT | JSON_SORTED);
	buf_add_char(&text, END_OF_PART);
	add_message(&text, result->message, result->path);
	EVP_Digest(text.p, text.n, hash, NULL, EVP_sha256(), NULL);
	buf_free(&text);
	for (size_t i = 0; i < 16; i++) {
		hex[2 * i] = digits[hash[i] >> 4];
		hex[2 * i + 1] = digits[hash[i] & 15];
	}
}
