/* Functions on text: case, cutting, replacing, patterns, encodings. */
#include "base/buf.h"
#include "data/base64.h"
#include "data/glob.h"
#include "data/letter_case.h"
#include "data/semver.h"
#include "data/utf8.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/gotext.h"

static size_t char_width(struct str s, size_t i)
{
	size_t width;

	utf8_decode(s.p + i, s.n - i, &width);
	return width;
}

/* -- case and comparison ----------------------------------------------------------------------------------------- */

static const struct value *f_compare(struct jmespath_call *call)
{
	int order = str_compare(argument_str(call, 0), argument_str(call, 1));

	return value_of_int(call->context->arena, (order > 0) - (order < 0));
}

static const struct value *f_equal_fold(struct jmespath_call *call)
{
	return value_of_bool(text_equal_fold(argument_str(call, 0), argument_str(call, 1)));
}

static const struct value *f_to_upper(struct jmespath_call *call)
{
	return str_result(call, text_upper(call->context->arena, argument_str(call, 0)));
}

static const struct value *f_to_lower(struct jmespath_call *call)
{
	return str_result(call, text_lower(call->context->arena, argument_str(call, 0)));
}

static const struct value *f_to_boolean(struct jmespath_call *call)
{
	struct str lower = text_lower(call->context->arena, argument_str(call, 0));

	if (str_is(lower, "true"))
		return &value_true;
	if (str_is(lower, "false"))
		return &value_false;
	return function_fail(call, "lowercase argument must be 'true' or 'false' (provided: '" STR_FMT "')",
			     STR_ARG(argument_str(call, 0)));
}

/* -- replacing --------------------------------------------------------------------------------------------------- */

/* strings.Replace: at most `limit` occurrences. An empty `old` stands before each character and at the end. */
static bool replace(struct arena *arena, struct str s, struct str old, struct str with, size_t limit, struct str *out)
{
	struct buf text = { 0 };
	size_t done = 0, from = 0;
	bool fits = true;

	for (size_t i = 0; i < limit; i++) {
		size_t at = old.n	 ? str_find(s, old, from)
			    : i == 0	 ? 0
			    : from < s.n ? from + char_width(s, from)
					 : STR_NOT_FOUND;

		if (at == STR_NOT_FOUND)
			break;
		buf_add(&text, str_slice(s, from, at));
		buf_add(&text, with);
		from = at + old.n;
		done++;
		if (text.n > FUNCTION_RESULT_MAX) {
			fits = false;
			break;
		}
	}
	if (done > 0) {
		buf_add(&text, str_skip(s, from));
		s = str_dup(arena, buf_str(&text));
	}
	buf_free(&text);
	*out = s;
	return fits;
}

static const struct value *replace_result(struct jmespath_call *call, size_t limit)
{
	struct str result;

	if (!replace(call->context->arena, argument_str(call, 0), argument_str(call, 1), argument_str(call, 2), limit,
		     &result))
		return function_too_large(call);
	return str_result(call, result);
}

static const struct value *f_replace(struct jmespath_call *call)
{
	int64_t limit = go_int64_of(value_number(call->arguments[3]));

	return replace_result(call, limit < 0 ? SIZE_MAX : (size_t)limit);
}

static const struct value *f_replace_all(struct jmespath_call *call)
{
	return replace_result(call, SIZE_MAX);
}

/* -- cutting ----------------------------------------------------------------------------------------------------- */

static bool contains_char(struct str set, uint32_t c)
{
	size_t width;

	for (size_t i = 0; i < set.n; i += width)
		if (utf8_decode(set.p + i, set.n - i, &width) == c)
			return true;
	return false;
}

/* The character that ends at the end of s. */
static uint32_t last_char(struct str s, size_t *width)
{
	for (size_t n = s.n < 4 ? s.n : 4; n > 1; n--) {
		uint32_t c = utf8_decode(s.p + s.n - n, n, width);

		if (*width == n)
			return c;
	}
	return utf8_decode(s.p + s.n - 1, 1, width);
}

static const struct value *f_trim(struct jmespath_call *call)
{
	struct str s = argument_str(call, 0), set = argument_str(call, 1);
	size_t width;

	while (s.n > 0 && contains_char(set, utf8_decode(s.p, s.n, &width)))
		s = str_skip(s, width);
	while (s.n > 0 && contains_char(set, last_char(s, &width)))
		s.n -= width;
	return str_result(call, s);
}

static const struct value *f_trim_prefix(struct jmespath_call *call)
{
	struct str s = argument_str(call, 0), prefix = argument_str(call, 1);

	return str_starts_with(s, prefix) ? str_result(call, str_skip(s, prefix.n)) : call->arguments[0];
}

static const struct value *f_split(struct jmespath_call *call)
{
	struct arena *arena = call->context->arena;
	struct str s = argument_str(call, 0), separator = argument_str(call, 1);
	struct array_builder parts = { 0 };
	struct value part;

	/* Without separator, into characters. */
	for (size_t i = 0, width; separator.n == 0 && i < s.n; i += width) {
		width = char_width(s, i);
		part = value_make_str(str_slice(s, i, i + width));
		array_add(arena, &parts, &part);
	}
	while (separator.n > 0) {
		size_t at = str_find(s, separator, 0);

		part = value_make_str(str_slice(s, 0, at));
		array_add(arena, &parts, &part);
		if (at == STR_NOT_FOUND)
			break;
		s = str_skip(s, at + separator.n);
	}
	return array_finish(arena, &parts);
}

static const struct value *f_truncate(struct jmespath_call *call)
{
	struct str s = argument_str(call, 0);
	int64_t length = go_int64_of(value_number(call->arguments[1]));
	size_t i = 0;

	for (; length > 0 && i < s.n; length--)
		i += char_width(s, i);
	return str_result(call, str_slice(s, 0, i));
}

/* -- patterns ---------------------------------------------------------------------------------------------------- */

/* A number or a string as text; the evaluator lets nothing else through. */
static struct str text_argument(struct jmespath_call *call, size_t i)
{
	struct str text = STR_NULL;

	function_text(call->context->arena, call->arguments[i], &text);
	return text;
}

/*
 * The compiled pattern of argument 0; *owned must be freed when it is set. Errors are Go's, with the function's name
 * in front if `prefixed`.
 */
static const struct regex *regex_argument(struct jmespath_call *call, bool prefixed, struct regex **owned)
{
	struct regex_cache *cache = call->context->regexes;
	struct str pattern = argument_str(call, 0);
	struct error *error = NULL;
	const struct regex *regex;

	*owned = NULL;
	if (cache)
		regex = regex_cache_get(cache, pattern, &error);
	else
		regex = *owned = regex_compile(pattern, &error);
	if (!regex)
		function_pass_error(call, error, prefixed);
	return regex;
}

static const struct value *f_regex_match(struct jmespath_call *call)
{
	struct regex *owned;
	const struct regex *regex = regex_argument(call, false, &owned);
	bool matches;

	if (!regex)
		return NULL;
	matches = regex_match(regex, text_argument(call, 1));
	regex_free(owned);
	return value_of_bool(matches);
}

static const struct value *regex_replace(struct jmespath_call *call, bool literal)
{
	struct regex *owned;
	const struct regex *regex = regex_argument(call, true, &owned);
	struct str text = text_argument(call, 1), result;

	if (!regex)
		return NULL;
	/* An empty text is no missing result. */
	if (!text.p)
		text = STR("");
	result = regex_replace_all(call->context->arena, regex, text, text_argument(call, 2), literal);
	regex_free(owned);
	return result.p ? str_result(call, result) : function_too_large(call);
}

static const struct value *f_regex_replace_all(struct jmespath_call *call)
{
	return regex_replace(call, false);
}

static const struct value *f_regex_replace_all_literal(struct jmespath_call *call)
{
	return regex_replace(call, true);
}

static const struct value *f_pattern_match(struct jmespath_call *call)
{
	return value_of_bool(glob_match(argument_str(call, 0), text_argument(call, 1)));
}

/* -- encodings and forms ----------------------------------------------------------------------------------------- */

static const struct value *f_base64_decode(struct jmespath_call *call)
{
	struct str bytes;
	size_t wrong = base64_bytes(call->context->arena, argument_str(call, 0), &bytes);

	if (wrong != SIZE_MAX)
		return jmespath_fail(call, "illegal base64 data at input byte %zu", wrong);
	return str_result(call, bytes);
}

static const struct value *f_base64_encode(struct jmespath_call *call)
{
	return str_result(call, base64_text(call->context->arena, argument_str(call, 0)));
}

static const struct value *f_sha256(struct jmespath_call *call)
{
	return function_digest(call, "SHA256");
}

static const struct value *f_sha1(struct jmespath_call *call)
{
	return function_digest(call, "SHA1");
}

static const struct value *f_md5(struct jmespath_call *call)
{
	return function_digest(call, "MD5");
}

/* filepath.Clean, but nothing stays nothing: no empty elements, no ".", and ".." takes its parent away. */
static const struct value *f_path_canonicalize(struct jmespath_call *call)
{
	struct str path = argument_str(call, 0), element;
	bool rooted = path.n > 0 && path.p[0] == '/', more = true;
	char *out = arena_alloc(call->context->arena, path.n + 2);
	size_t n = 0, floor;

	if (path.n == 0)
		return call->arguments[0];
	if (rooted)
		out[n++] = '/';
	/* No ".." goes below this. */
	floor = n;
	while (more) {
		more = str_cut(path, '/', &element, &path);
		if (element.n == 0 || str_is(element, "."))
			continue;
		if (str_is(element, "..") && n > floor) {
			for (n--; n > floor && out[n] != '/'; n--)
				;
			continue;
		}
		if (str_is(element, "..") && rooted)
			continue;
		if (n > rooted)
			out[n++] = '/';
		memcpy(out + n, element.p, element.n);
		n += element.n;
		if (str_is(element, ".."))
			floor = n;
	}
	if (n == 0)
		out[n++] = '.';
	return str_result(call, str_make(out, n));
}

static const struct value *f_semver_compare(struct jmespath_call *call)
{
	struct error *error = NULL;
	const struct semver_range *range;
	struct semver version = { 0 };

	/* What is no version counts as 0.0.0. */
	semver_parse(argument_str(call, 0), &version, NULL);
	range = semver_range_parse(call->context->arena, argument_str(call, 1), &error);
	if (!range)
		return function_pass_error(call, error, false);
	return value_of_bool(semver_range_holds(range, &version));
}

#define S JMESPATH_STRING
#define N JMESPATH_NUMBER

const struct jmespath_function kyverno_string_functions[] = {
	{ "compare", 2, 2, { S, S }, f_compare,
	  "compare(string, string) → number",
	  "-1, 0 or 1: whether the first text sorts before, with or behind the second", true },
	{ "equal_fold", 2, 2, { S, S }, f_equal_fold,
	  "equal_fold(string, string) → boolean",
	  "whether two texts are equal but for upper and lower case", true },
	{ "replace", 4, 4, { S, S, S, N }, f_replace,
	  "replace(string, string, string, number) → string",
	  "the first N occurrences of the second text replaced by the third; all when N is negative", true },
	{ "replace_all", 3, 3, { S, S, S }, f_replace_all,
	  "replace_all(string, string, string) → string",
	  "every occurrence of the second text replaced by the third", true },
	{ "to_upper", 1, 1, { S }, f_to_upper,
	  "to_upper(string) → string",
	  "in upper case", true },
	{ "to_lower", 1, 1, { S }, f_to_lower,
	  "to_lower(string) → string",
	  "in lower case", true },
	{ "trim", 2, 2, { S, S }, f_trim,
	  "trim(string, string) → string",
	  "without the characters of the second text at both ends", true },
	{ "trim_prefix", 2, 2, { S, S }, f_trim_prefix,
	  "trim_prefix(string, string) → string",
	  "without the second text in front, where it stands there", true },
	{ "split", 2, 2, { S, S }, f_split,
	  "split(string, string) → array of strings",
	  "cut at every occurrence of the second text", true },
	{ "regex_replace_all", 3, 3, { S, NUMBER_OR_STRING, NUMBER_OR_STRING }, f_regex_replace_all,
	  "regex_replace_all(pattern string, string|number, string|number) → string",
	  "every match in the second text replaced by the third, in which $1 or ${name} stands for a group", true },
	{ "regex_replace_all_literal", 3, 3, { S, NUMBER_OR_STRING, NUMBER_OR_STRING }, f_regex_replace_all_literal,
	  "regex_replace_all_literal(pattern string, string|number, string|number) → string",
	  "every match in the second text replaced by the third as it stands", true },
	{ "regex_match", 2, 2, { S, NUMBER_OR_STRING }, f_regex_match,
	  "regex_match(pattern string, string|number) → boolean",
	  "whether the regular expression matches anywhere in the text", true },
	{ "pattern_match", 2, 2, { S, NUMBER_OR_STRING }, f_pattern_match,
	  "pattern_match(pattern string, string|number) → boolean",
	  "whether the text fits the pattern, in which * is any text and ? any character", true },
	{ "to_boolean", 1, 1, { S }, f_to_boolean,
	  "to_boolean(string) → boolean",
	  "\"true\" or \"false\" in any case", true },
	{ "base64_decode", 1, 1, { S }, f_base64_decode,
	  "base64_decode(string) → string",
	  "the text that was encoded", true },
	{ "base64_encode", 1, 1, { S }, f_base64_encode,
	  "base64_encode(string) → string",
	  "the text in base64", true },
	{ "path_canonicalize", 1, 1, { S }, f_path_canonicalize,
	  "path_canonicalize(string) → string",
	  "the path without empty elements, \".\" and \"..\"", true },
	{ "truncate", 2, 2, { S, N }, f_truncate,
	  "truncate(string, number) → string",
	  "the first N characters", true },
	{ "semver_compare", 2, 2, { S, S }, f_semver_compare,
	  "semver_compare(version string, range string) → boolean",
	  "whether a semantic version lies in a range such as \">=1.2.0 <2.0.0 || 3.x\"", true },
	{ "random", 1, 1, { S }, function_random,
	  "random(pattern string) → string",
	  "a random text that the (POSIX) regular expression matches", false },
	{ "sha256", 1, 1, { S }, f_sha256,
	  "sha256(string) → string",
	  "the SHA-256 digest in hexadecimal", true },
	{ "sha1", 1, 1, { S }, f_sha1,
	  "sha1(string) → string",
	  "the SHA-1 digest in hexadecimal", true },
	{ "md5", 1, 1, { S }, f_md5,
	  "md5(string) → string",
	  "the MD5 digest in hexadecimal", true },
	{ NULL },
};
