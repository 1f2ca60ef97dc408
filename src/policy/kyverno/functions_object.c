/* Functions on objects and lists, and those that read a text into one. */
#include <openssl/evp.h>

#include "data/json.h"
#include "data/yaml.h"
#include "kube/image.h"
#include "policy/kyverno/functions_json.h"
#include "policy/kyverno/functions_util.h"

/*
 * -- look-ups
 * ----------------------------------------------------------------------------------------------------
 */

static const struct value *f_lookup(struct jmespath_call *call)
{
	const struct value *from = call->arguments[0], *key = call->arguments[1], *found;
	char why[96];
	int64_t index;

	if (from->type == VALUE_OBJECT) {
		if (key->type != VALUE_STRING)
			return function_fail(call, "argument #2 is not of type String");
		found = value_get(from, value_str(key));
		return found ? found : &value_null;
	}
	if (!value_is_number(key))
		return function_fail(call, "argument #2 is not of type Number");
	if (!function_integer(value_number(key), &index, why))
		return function_fail(call, "argument #2: %s", why);
	if (index < 0 || (uint64_t)index >= value_count(from))
		return &value_null;
	return value_at(from, (size_t)index);
}

static const struct value *f_label_match(struct jmespath_call *call)
{
	for (MEMBER_EACH(label, call->arguments[0])) {
		const struct value *other = value_get(call->arguments[1], value_str(&label->key));

		if (!other || !value_equal(&label->value, other))
			return &value_false;
	}
	return &value_true;
}

/*
 * -- lists and objects
 * -------------------------------------------------------------------------------------------
 */

static void add_item(struct jmespath_call *call, struct array_builder *items, const struct value *key,
		     const struct value *value)
{
	struct arena *arena = call->context->arena;
	struct object_builder item = { 0 };

	object_put(arena, &item, argument_str(call, 1), key);
	object_put(arena, &item, argument_str(call, 2), value);
	array_add(arena, items, object_finish(arena, &item));
}

static const struct value *f_items(struct jmespath_call *call)
{
	struct arena *arena = call->context->arena;
	const struct value *from = call->arguments[0];
	struct array_builder items = { 0 };

	if (from->type == VALUE_OBJECT) {
		const struct member **members = value_sorted(arena, from);

		for (size_t i = 0; i < value_count(from); i++)
			add_item(call, &items, &members[i]->key, &members[i]->value);
	} else {
		for (size_t i = 0; i < value_count(from); i++)
			add_item(call, &items, value_of_int(arena, (int64_t)i), value_at(from, i));
	}
	return array_finish(arena, &items);
}

static const struct value *f_object_from_lists(struct jmespath_call *call)
{
	struct arena *arena = call->context->arena;
	const struct value *keys = call->arguments[0], *values = call->arguments[1];
	struct object_builder object = { 0 };

	for (size_t i = 0; i < value_count(keys); i++) {
		struct str key;

		if (!function_text(arena, value_at(keys, i), &key))
			return function_fail(call, "argument #1 is not of type StringArray");
		object_put(arena, &object, key, i < value_count(values) ? value_at(values, i) : NULL);
	}
	return object_finish(arena, &object);
}

/*
 * -- parsers
 * -----------------------------------------------------------------------------------------------------
 */

static const struct value *f_parse_json(struct jmespath_call *call)
{
	struct error *error = NULL;
	const struct value *v = json_parse(call->context->arena, argument_str(call, 0), &error);
	struct str message;

	if (v)
		return v;
	/* Messages end up in reports, so they are the ones that Kyverno's users know. */
	message = function_json_error(call->context->arena, argument_str(call, 0));
	if (message.n == 0) {
		v = json_parse(call->context->arena, function_json_repair(call->context->arena, argument_str(call, 0)),
			       NULL);
		if (!v)
			return function_pass_error(call, error, false);
	}
	error_free(error);
	return v ? v : jmespath_fail(call, STR_FMT, STR_ARG(message));
}

static const struct value *f_parse_yaml(struct jmespath_call *call)
{
	struct error *error = NULL;
	const struct value *v = yaml_parse(call->context->arena, argument_str(call, 0), &error);

	if (v)
		return v;
	if (error && error->line > 0)
		jmespath_fail(call, "yaml: line %u: %s", error->line, error->message);
	else
		jmespath_fail(call, "yaml: %s", error ? error->message : "cannot be read");
	error_free(error);
	return NULL;
}

static const struct value *f_image_normalize(struct jmespath_call *call)
{
	struct arena *arena = call->context->arena;
	struct error *error = NULL;
	struct image image;

	if (image_parse(arena, argument_str(call, 0), &image, &error))
		return function_pass_error(call, error, true);
	return str_result(call, image_text(arena, &image));
}

/*
 * -- digests
 * -----------------------------------------------------------------------------------------------------
 */

const struct value *function_digest(struct jmespath_call *call, const char *algorithm)
{
	static const char hexadecimal[] = "0123456789abcdef";
	struct str text = argument_str(call, 0);
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	char *out;

	/* A hardened OpenSSL may refuse MD5. */
	if (!EVP_Q_digest(NULL, algorithm, NULL, text.p ? text.p : "", text.n, digest, &n))
		return function_fail(call, "%s is not available here", algorithm);
	out = arena_alloc(call->context->arena, 2 * n);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hexadecimal[digest[i] >> 4];
		out[2 * i + 1] = hexadecimal[digest[i] & 15];
	}
	return str_result(call, str_make(out, 2 * n));
}

#define S JMESPATH_STRING
#define OBJECT_OR_ARRAY (JMESPATH_OBJECT | JMESPATH_ARRAY)

const struct jmespath_function kyverno_object_functions[] = {
	{ "label_match", 2, 2, { JMESPATH_OBJECT, JMESPATH_OBJECT }, f_label_match,
	  "label_match(object, object) → boolean",
	  "whether every label of the first object is in the second with the same value", true },
	{ "lookup", 2, 2, { OBJECT_OR_ARRAY, NUMBER_OR_STRING }, f_lookup,
	  "lookup(object|array, string|number) → any",
	  "the value of a key or at an index; null when there is none", true },
	{ "items", 3, 3, { OBJECT_OR_ARRAY, S, S }, f_items,
	  "items(object|array, key string, value string) → array of objects",
	  "one object a member, with its key (or index) and value under the names given", true },
	{ "object_from_lists", 2, 2, { JMESPATH_ARRAY, JMESPATH_ARRAY }, f_object_from_lists,
	  "object_from_lists(keys array, values array) → object",
	  "keys and values, paired up", true },
	{ "parse_json", 1, 1, { S }, f_parse_json,
	  "parse_json(string) → any",
	  "what the JSON text says", true },
	{ "parse_yaml", 1, 1, { S }, f_parse_yaml,
	  "parse_yaml(string) → any",
	  "what the YAML text says", true },
	{ "x509_decode", 1, 1, { S }, function_x509_decode,
	  "x509_decode(pem string) → object",
	  "the fields of a certificate or a certificate request with an RSA key", true },
	{ "image_normalize", 1, 1, { S }, f_image_normalize,
	  "image_normalize(string) → string",
	  "the image with registry and tag spelled out", true },
	{ "is_external_url", 1, 1, { S }, function_is_external_url,
	  "is_external_url(string) → boolean",
	  "whether a URL leads neither to this host nor to a private network; only for addresses and localhost", true },
	{ NULL },
};
