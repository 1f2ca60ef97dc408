/* Functions on objects and lists, and those that read a text into one. */
#include "kube/image.h"
#include "policy/kyverno/functions_core.h"
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
	const struct value *v = json_read(call->context->arena, argument_str(call, 0), &error);

	return v ? v : function_pass_error(call, error, false);
}

static const struct value *f_parse_yaml(struct jmespath_call *call)
{
	struct error *error = NULL;
	const struct value *v = yaml_read(call->context->arena, argument_str(call, 0), &error);

	return v ? v : function_pass_error(call, error, false);
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

const struct value *function_digest(struct jmespath_call *call, const char *algorithm)
{
	struct str text = digest_text(call->context->arena, algorithm, argument_str(call, 0));

	return text.p ? str_result(call, text) : function_fail(call, "%s is not available here", algorithm);
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
