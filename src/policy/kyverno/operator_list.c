/* In, AnyIn and their kin. The order of the tests is Kyverno's: many of its answers follow from that alone. */
#include "policy/kyverno/operator_list.h"

#include "data/glob.h"
#include "data/json.h"
#include "policy/kyverno/gotext.h"
#include "policy/kyverno/leaf.h"

/* The texts of a list. */
struct texts {
	struct str *items;
	size_t count;
};

/* What became of looking for something: a value of the wrong type makes every operator false, the negated ones too. */
enum found { FOUND, NOT_FOUND, WRONG_TYPE };

static bool match_either_way(struct str a, struct str b)
{
	return glob_match(a, b) || glob_match(b, a);
}

static bool is_plain(const struct value *v)
{
	return value_is(v, VALUE_STRING) || value_is(v, VALUE_BOOL) || value_is_number(v);
}

static struct texts texts_of(struct arena *arena, const struct value *list)
{
	struct texts texts = { arena_array(arena, list->length, sizeof(struct str)), list->length };

	for (size_t i = 0; i < texts.count; i++)
		texts.items[i] = go_text(arena, &list->u.items[i]);
	return texts;
}

static struct texts one_text(struct arena *arena, struct str text)
{
	struct texts texts = { arena_copy(arena, &text, sizeof(text)), 1 };

	return texts;
}

/* A JSON text as a list of strings, as Go decodes one: null is no item, a null item is "". False for anything else. */
static bool decoded_texts(struct arena *arena, const struct value *json, struct texts *out)
{
	*out = (struct texts){ 0 };
	if (json->type == VALUE_NULL)
		return true;
	if (json->type != VALUE_ARRAY)
		return false;
	out->items = arena_array(arena, json->length, sizeof(struct str));
	for (; out->count < json->length; out->count++) {
		const struct value *item = &json->u.items[out->count];

		if (item->type != VALUE_STRING && item->type != VALUE_NULL)
			return false;
		out->items[out->count] = value_str(item);
	}
	return true;
}

/* -- In, NotIn ------------------------------------------------------------------------------------------------- */

static bool contains(struct texts texts, struct str text)
{
	for (size_t i = 0; i < texts.count; i++)
		if (str_equal(texts.items[i], text))
			return true;
	return false;
}

static bool contains_all(struct texts texts, struct texts wanted)
{
	for (size_t i = 0; i < wanted.count; i++)
		if (!contains(texts, wanted.items[i]))
			return false;
	return true;
}

static enum found find_one(struct arena *arena, struct str key, const struct value *value)
{
	const struct value *json;
	struct texts texts;

	if (value_is(value, VALUE_ARRAY)) {
		texts = texts_of(arena, value);
		for (size_t i = 0; i < texts.count; i++)
			if (match_either_way(texts.items[i], key))
				return FOUND;
		return NOT_FOUND;
	}
	if (!value_is(value, VALUE_STRING))
		return WRONG_TYPE;
	if (glob_match(value_str(value), key))
		return FOUND;
	json = json_parse(arena, value_str(value), NULL);
	if (!json || !decoded_texts(arena, json, &texts))
		return WRONG_TYPE;
	return contains(texts, key) ? FOUND : NOT_FOUND;
}

static bool strings_only(const struct value *list)
{
	for (VALUE_EACH(item, list))
		if (item->type != VALUE_STRING)
			return false;
	return true;
}

/* Keys and values are lists of strings; NotIn asks whether some key is missing. */
static bool set_in(struct arena *arena, bool negated, const struct value *keys, const struct value *value)
{
	struct texts wanted = texts_of(arena, keys), texts;

	if (!strings_only(keys))
		return false;
	if (value_is(value, VALUE_ARRAY)) {
		if (!strings_only(value))
			return false;
		texts = texts_of(arena, value);
	} else if (value_is(value, VALUE_STRING)) {
		const struct value *json;

		/* For both operators: Kyverno forgets the negation here. */
		if (wanted.count == 1 && str_equal(wanted.items[0], value_str(value)))
			return true;
		json = json_parse(arena, value_str(value), NULL);
		if (!json || !decoded_texts(arena, json, &texts))
			return false;
	} else {
		return false;
	}
	return contains_all(texts, wanted) != negated;
}

bool condition_in(struct arena *arena, bool negated, const struct value *key, const struct value *value)
{
	enum found found;

	if (value_is(key, VALUE_ARRAY))
		return set_in(arena, negated, key, value);
	if (!is_plain(key))
		return false;
	found = find_one(arena, go_text(arena, key), value);
	return found != WRONG_TYPE && (found == FOUND) != negated;
}

/* -- AnyIn, AllIn, AnyNotIn, AllNotIn -------------------------------------------------------------------------- */

static bool is_range(struct str text)
{
	return leaf_operator_of(text) == LEAF_IN_RANGE;
}

static bool in_range(struct arena *arena, const struct leaf *range, struct str text)
{
	struct value v = value_make_str(text);

	return leaf_matches(arena, range, &v);
}

/* A string as a list: JSON if it is that, else itself. */
static bool listed_texts(struct arena *arena, struct str text, struct texts *out)
{
	const struct value *json = json_parse(arena, text, NULL);

	if (json)
		return decoded_texts(arena, json, out);
	*out = one_text(arena, text);
	return true;
}

static enum found find_one_or_range(struct arena *arena, struct str key, const struct value *value)
{
	struct texts texts;
	struct leaf range;

	if (value_is(value, VALUE_ARRAY))
		return find_one(arena, key, value);
	if (!value_is(value, VALUE_STRING))
		return WRONG_TYPE;
	if (glob_match(value_str(value), key))
		return FOUND;
	if (is_range(value_str(value))) {
		leaf_compile(arena, value_str(value), &range);
		return in_range(arena, &range, key) ? FOUND : NOT_FOUND;
	}
	if (!listed_texts(arena, value_str(value), &texts))
		return WRONG_TYPE;
	return contains(texts, key) ? FOUND : NOT_FOUND;
}

static bool matches_some(struct texts texts, struct str key)
{
	for (size_t i = 0; i < texts.count; i++)
		if (match_either_way(key, texts.items[i]))
			return true;
	return false;
}

/* How many of the keys are among the texts. */
static size_t count_matching(struct texts keys, struct texts texts)
{
	size_t count = 0;

	for (size_t i = 0; i < keys.count; i++)
		count += matches_some(texts, keys.items[i]);
	return count;
}

static size_t count_in_range(struct arena *arena, struct texts keys, struct str range)
{
	struct leaf leaf;
	size_t count = 0;

	leaf_compile(arena, range, &leaf);
	for (size_t i = 0; i < keys.count; i++)
		count += in_range(arena, &leaf, keys.items[i]);
	return count;
}

/* From how many keys are in the list to the answer. */
static bool answer(enum condition_operator op, size_t in, size_t keys)
{
	switch (op) {
	case CONDITION_ANY_IN:
		return in > 0;
	case CONDITION_ALL_IN:
		return in == keys;
	case CONDITION_ANY_NOT_IN:
		return in < keys;
	default:
		return in == 0;
	}
}

static bool set_in_range(struct arena *arena, enum condition_operator op, struct texts keys, struct str range)
{
	/* Kyverno turns the first '-' into '!-', which for a range that starts with a sign is no range any more. */
	if (op == CONDITION_ANY_NOT_IN)
		return count_in_range(arena, keys, str_replace(arena, range, STR("-"), STR("!-"), 1)) > 0;
	return answer(op, count_in_range(arena, keys, range), keys.count);
}

static bool set_any_all_in(struct arena *arena, enum condition_operator op, const struct value *key_list,
			   const struct value *value)
{
	bool any = op == CONDITION_ANY_IN || op == CONDITION_ANY_NOT_IN;
	struct texts keys = texts_of(arena, key_list), texts;

	if (value_is(value, VALUE_ARRAY)) {
		texts = texts_of(arena, value);
	} else if (value_is(value, VALUE_STRING)) {
		struct str text = value_str(value);

		if (keys.count == 1 && str_equal(keys.items[0], text))
			return op == CONDITION_ANY_IN || op == CONDITION_ALL_IN;
		if (is_range(text))
			return set_in_range(arena, op, keys, text);
		if (!listed_texts(arena, text, &texts))
			return false;
	} else if (any && is_plain(value)) {
		texts = one_text(arena, go_text(arena, value));
	} else {
		return false;
	}
	return answer(op, count_matching(keys, texts), keys.count);
}

bool condition_any_all_in(struct arena *arena, enum condition_operator op, const struct value *key,
			  const struct value *value)
{
	bool negated = op == CONDITION_ANY_NOT_IN || op == CONDITION_ALL_NOT_IN;
	enum found found;

	if (value_is(key, VALUE_ARRAY))
		return set_any_all_in(arena, op, key, value);
	if (!is_plain(key))
		return false;
	found = find_one_or_range(arena, go_text(arena, key), value);
	return found != WRONG_TYPE && (found == FOUND) != negated;
}
