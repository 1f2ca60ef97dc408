/*
 * RE2 behind a C interface. Both RE2 and Go's regexp are by the same author from the same design; what differs is
 * handled here: the wording of errors, \C (any byte), which Go refuses, and (?<name>…), which older RE2 does not know.
 *
 * Nothing here throws: RE2 itself does not, and an allocation that fails ends the program like everywhere else.
 */
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>

/* C may name a function and a struct alike; C++ has a warning for it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
extern "C" {
#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
}
#pragma GCC diagnostic pop
#include "data/regex.h"
#include "data/utf8.h"

struct regex {
	explicit regex(const std::string &pattern, const RE2::Options &options) : re(pattern, options) {}
	RE2 re;
};

namespace {

const size_t pattern_max = 16 * 1024;
/* One program and its lazily built automata; beyond it RE2 falls back to its slower engine. */
const int64_t memory_max = 8 << 20;
/* Groups that are kept without an allocation. */
const size_t few_groups = 16;

const char *message(RE2::ErrorCode code)
{
	static const struct {
		RE2::ErrorCode code;
		const char *text;
	} messages[] = {
		{ RE2::ErrorBadEscape, "invalid escape sequence" },
		{ RE2::ErrorBadCharClass, "invalid character class" },
		{ RE2::ErrorBadCharRange, "invalid character class range" },
		{ RE2::ErrorMissingBracket, "missing closing ]" },
		{ RE2::ErrorMissingParen, "missing closing )" },
		{ RE2::ErrorUnexpectedParen, "unexpected )" },
		{ RE2::ErrorTrailingBackslash, "trailing backslash at end of expression" },
		{ RE2::ErrorRepeatArgument, "missing argument to repetition operator" },
		{ RE2::ErrorRepeatSize, "invalid repeat count" },
		{ RE2::ErrorRepeatOp, "invalid nested repetition operator" },
		{ RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax" },
		{ RE2::ErrorBadUTF8, "invalid UTF-8" },
		{ RE2::ErrorBadNamedCapture, "invalid named capture" },
		{ RE2::ErrorPatternTooLarge, "expression too large" },
	};

	for (const auto &m : messages)
		if (m.code == code)
			return m.text;
	return "regexp/syntax: internal error";
}

int fail(struct error **err, const char *what, const std::string &part)
{
	return error_set(err, ERROR_INVALID, "error parsing regexp: %s: `%.*s`", what, (int)part.size(), part.data());
}

RE2::Options options()
{
	RE2::Options o;

	o.set_log_errors(false);
	o.set_max_mem(memory_max);
	return o;
}

/* -- what Go's syntax has and RE2's has not ---------------------------------------------------------------------- */

/* The offset behind the class that opens at `at`; the end when it does not close. */
size_t skip_class(const std::string &s, size_t at)
{
	at++;
	if (at < s.size() && s[at] == '^')
		at++;
	for (bool first = true; at < s.size() && (s[at] != ']' || first); first = false) {
		if (s[at] == '\\') {
			at += 2;
		} else if (s.compare(at, 2, "[:") == 0 && s.find(":]", at + 2) != std::string::npos) {
			at = s.find(":]", at + 2) + 2;
		} else {
			at++;
		}
	}
	return at < s.size() ? at + 1 : s.size();
}

bool is_capture_name(const std::string &name)
{
	for (char c : name)
		if (!(c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			return false;
	return !name.empty();
}

/* An error at the end of `before`, unless what stands before is wrong already: Go reports the first one. */
int fail_behind(struct error **err, const std::string &in, const std::string &before, const char *what,
		const std::string &part)
{
	RE2 re(before, options());

	if (!re.ok() && re.error_code() != RE2::ErrorMissingParen)
		return fail(err, message(re.error_code()),
			    re.error_code() == RE2::ErrorUnexpectedParen ? in : re.error_arg());
	return fail(err, what, part);
}

/* The length of "(?<" or "(?P<" at `at`; 0 when there is neither. */
size_t capture_head(const std::string &in, size_t at)
{
	if (in.compare(at, 3, "(?<") == 0)
		return in.size() > at + 3 ? 3 : 0;
	return in.compare(at, 4, "(?P<") == 0 && in.size() > at + 4 ? 4 : 0;
}

/*
 * Rewrites (?<name> to (?P<name>, gives a name that is taken another one (RE2 wants them unique), and
 * refuses \C.
 */
int translate(const std::string &in, std::string *out, struct error **err)
{
	std::vector<std::string> names;

	for (size_t at = 0; at < in.size();) {
		size_t next = at + 1, head = capture_head(in, at);

		if (in.compare(at, 2, "\\C") == 0)
			return fail_behind(err, in, *out, "invalid escape sequence", "\\C");
		if (in.compare(at, 2, "\\Q") == 0) {
			next = in.find("\\E", at + 2);
			next = next == std::string::npos ? in.size() : next + 2;
		} else if (in[at] == '\\') {
			next = at + 2;
		} else if (in[at] == '[') {
			next = skip_class(in, at);
		} else if (head > 0) {
			size_t end = in.find('>', at);

			if (end == std::string::npos)
				return fail_behind(err, in, *out, "invalid named capture", in.substr(at));

			std::string name = in.substr(at + head, end - at - head);

			if (!is_capture_name(name))
				return fail_behind(err, in, *out, "invalid named capture", in.substr(at, end + 1 - at));
			while (std::find(names.begin(), names.end(), name) != names.end())
				name += '_';
			names.push_back(name);
			out->append("(?P<" + name + ">");
			at = end + 1;
			continue;
		}
		out->append(in, at, next - at);
		at = next;
	}
	return 0;
}

re2::StringPiece piece(struct str s)
{
	return re2::StringPiece(s.p ? s.p : "", s.n);
}

/* -- replacing --------------------------------------------------------------------------------------------------- */

/* Letters, digits and '_' at the front, in any script. */
size_t name_length(const char *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		unsigned char c = (unsigned char)p[at];

		if (c >= 0x80) {
			size_t width;

			utf8_decode(p + at, n - at, &width);
			/* Rare enough not to keep the pattern. */
			if (!RE2::FullMatch(re2::StringPiece(p + at, width), "[\\pL\\p{Nd}]"))
				break;
			at += width;
		} else if (c == '_' || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z')) {
			at++;
		} else {
			break;
		}
	}
	return at;
}

/* The group number that a name stands for, -1 when it is no number. */
int group_number(const std::string &name)
{
	int number = 0;

	if (name[0] == '0' && name.size() > 1)
		return -1;
	for (char c : name) {
		if (c < '0' || c > '9' || number >= 100000000)
			return -1;
		number = number * 10 + (c - '0');
	}
	return number;
}

/* One part of a replacement: fixed text, then (if group >= 0) what that group matched. */
struct piece_of_replacement {
	std::string text;
	int group;
};

/* A name that no group has stands for nothing. */
const int no_group = -1;

std::vector<piece_of_replacement> read_replacement(const RE2 &re, const char *p, size_t n, bool literal)
{
	std::vector<piece_of_replacement> parts;
	std::string text;

	for (size_t at = 0; at < n; at++) {
		if (literal || p[at] != '$') {
			text.push_back(p[at]);
			continue;
		}
		if (at + 1 < n && p[at + 1] == '$') {
			text.push_back('$');
			at++;
			continue;
		}

		bool brace = at + 1 < n && p[at + 1] == '{';
		size_t start = at + 1 + brace, length = start < n ? name_length(p + start, n - start) : 0;
		std::string name(p + (start < n ? start : n), length);
		int number;

		if (length == 0 || (brace && (start + length >= n || p[start + length] != '}'))) {
			text.push_back('$');
			continue;
		}
		at = start + length - 1 + brace;
		number = group_number(name);
		if (number < 0) {
			auto found = re.NamedCapturingGroups().find(name);

			number = found == re.NamedCapturingGroups().end() ? no_group : found->second;
		}
		if (number > re.NumberOfCapturingGroups())
			number = no_group;
		parts.push_back({ text, number });
		text.clear();
	}
	parts.push_back({ text, no_group });
	return parts;
}

bool add(std::string *out, const char *p, size_t n)
{
	if (n > REGEX_RESULT_MAX - out->size())
		return false;
	out->append(p, n);
	return true;
}

} // namespace

extern "C" {

struct regex *regex_compile(struct str pattern, struct error **err)
{
	std::string source(pattern.p ? pattern.p : "", pattern.n), translated;
	const std::string *used = &source;

	if (pattern.n > pattern_max) {
		error_set(err, ERROR_LIMIT, "a regular expression may have at most %zu bytes", pattern_max);
		return NULL;
	}
	if (source.find("\\C") != std::string::npos || source.find("(?<") != std::string::npos ||
	    source.find("(?P<") != std::string::npos) {
		if (translate(source, &translated, err))
			return NULL;
		used = &translated;
	}

	std::unique_ptr<struct regex> compiled(new regex(*used, options()));

	if (!compiled->re.ok()) {
		RE2::ErrorCode code = compiled->re.error_code();
		std::string part = compiled->re.error_arg();

		/* Where RE2 shows the whole pattern, show it as it was written; Go leaves these two parts out. */
		if (part == *used)
			part = source;
		if (code == RE2::ErrorTrailingBackslash)
			part.clear();
		if (code == RE2::ErrorRepeatSize && part.size() > 1 && part.back() == '?')
			part.pop_back();
		fail(err, message(code), part);
		return NULL;
	}
	return compiled.release();
}

void regex_free(struct regex *regex)
{
	delete regex;
}

bool regex_match(const struct regex *regex, struct str text)
{
	return regex->re.Match(piece(text), 0, text.n, RE2::UNANCHORED, NULL, 0);
}

bool regex_find(const struct regex *regex, struct str text, size_t from, struct str *groups, size_t count)
{
	re2::StringPiece few[few_groups];
	std::vector<re2::StringPiece> many;
	re2::StringPiece *found = few;

	if (from > text.n)
		return false;
	if (count > few_groups) {
		many.resize(count);
		found = many.data();
	}
	if (!regex->re.Match(piece(text), from, text.n, RE2::UNANCHORED, found, (int)count))
		return false;
	for (size_t i = 0; i < count; i++)
		groups[i] = str_make(found[i].data(), found[i].size());
	return true;
}

size_t regex_group_count(const struct regex *regex)
{
	return (size_t)regex->re.NumberOfCapturingGroups();
}

struct str regex_replace_all(struct arena *arena, const struct regex *regex, struct str text, struct str replacement,
			     bool literal)
{
	re2::StringPiece subject = piece(text);
	const char *p = subject.data();
	std::vector<piece_of_replacement> parts =
		read_replacement(regex->re, replacement.p, replacement.n, literal);
	std::vector<re2::StringPiece> groups((size_t)regex->re.NumberOfCapturingGroups() + 1);
	size_t copied = 0, from = 0;
	std::string out;
	bool any = false;

	/* How Go walks: an empty match right behind the last match does not count. */
	while (from <= text.n &&
	       regex->re.Match(subject, from, text.n, RE2::UNANCHORED, groups.data(), (int)groups.size())) {
		size_t start = (size_t)(groups[0].data() - p), end = start + groups[0].size(), width = 0;

		any = true;
		if (!add(&out, p + copied, start - copied))
			return STR_NULL;
		if (end > copied || start == 0) {
			for (const piece_of_replacement &part : parts) {
				if (!add(&out, part.text.data(), part.text.size()))
					return STR_NULL;
				if (part.group >= 0 && groups[part.group].data() &&
				    !add(&out, groups[part.group].data(), groups[part.group].size()))
					return STR_NULL;
			}
		}
		copied = end;
		if (from < text.n)
			utf8_decode(p + from, text.n - from, &width);
		if (from + width > end)
			from += width;
		else if (from + 1 > end)
			from++;
		else
			from = end;
	}
	if (!any)
		return text;
	if (!add(&out, p + copied, text.n - copied))
		return STR_NULL;
	return str_make((const char *)arena_copy(arena, out.data(), out.size()), out.size());
}

/* -- cache ------------------------------------------------------------------------------------------------------- */

struct regex_cache_entry {
	std::string pattern;
	std::unique_ptr<struct regex> regex;
	uint64_t used;
};

struct regex_cache {
	std::vector<regex_cache_entry> entries;
	size_t capacity;
	uint64_t clock;
};

struct regex_cache *regex_cache_create(size_t capacity)
{
	struct regex_cache *cache = new regex_cache();

	cache->capacity = capacity ? capacity : 1;
	return cache;
}

void regex_cache_destroy(struct regex_cache *cache)
{
	delete cache;
}

const struct regex *regex_cache_get(struct regex_cache *cache, struct str pattern, struct error **err)
{
	regex_cache_entry *oldest = NULL;

	/* A handful of entries: walking them costs less than hashing the pattern would. */
	for (regex_cache_entry &entry : cache->entries) {
		if (entry.pattern.size() == pattern.n &&
		    (pattern.n == 0 || memcmp(entry.pattern.data(), pattern.p, pattern.n) == 0)) {
			entry.used = ++cache->clock;
			return entry.regex.get();
		}
		if (!oldest || entry.used < oldest->used)
			oldest = &entry;
	}

	struct regex *regex = regex_compile(pattern, err);

	if (!regex)
		return NULL;
	if (cache->entries.size() < cache->capacity) {
		cache->entries.emplace_back();
		oldest = &cache->entries.back();
	}
	oldest->pattern.assign(pattern.p ? pattern.p : "", pattern.n);
	oldest->regex.reset(regex);
	oldest->used = ++cache->clock;
	return regex;
}

} // extern "C"
