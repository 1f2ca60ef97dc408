#include "data/glob.h"

#include "data/utf8.h"

static size_t char_width(const char *p, const char *end)
{
	size_t width;

	if ((unsigned char)*p < 0x80)
		return 1;
	utf8_decode(p, (size_t)(end - p), &width);
	return width;
}

/*
 * The bytes of one character of the text that one character of the pattern matches, or 0. Bytes that are not UTF-8 are
 * U+FFFD on both sides, so the compare is by character where the bytes differ.
 */
static size_t match_char(const char *p, const char *p_end, const char *t, const char *t_end, size_t *p_width)
{
	size_t t_width;
	uint32_t want, got;

	*p_width = 1;
	if (*p == '?')
		return char_width(t, t_end);
	if ((unsigned char)*p < 0x80)
		return *p == *t;
	want = utf8_decode(p, (size_t)(p_end - p), p_width);
	got = utf8_decode(t, (size_t)(t_end - t), &t_width);
	return want == got ? t_width : 0;
}

/*
 * Only the last star seen ever needs another try: whatever an earlier star could give up, the later one can take. So
 * there is one place to go back to, and no recursion.
 */
static bool match(const char *p, const char *p_end, const char *t, const char *t_end)
{
	const char *star = NULL, *star_text = NULL;

	for (;;) {
		size_t p_width, t_width;

		if (p < p_end && *p == '*') {
			while (p < p_end && *p == '*')
				p++;
			if (p == p_end)
				return true;
			star = p;
			star_text = t;
			continue;
		}
		if (t == t_end) {
			/* Nothing left to give the star; a shorter text cannot help. */
			return p == p_end;
		}
		if (p < p_end && (t_width = match_char(p, p_end, t, t_end, &p_width)) != 0) {
			p += p_width;
			t += t_width;
			continue;
		}
		if (!star)
			return false;
		star_text += char_width(star_text, t_end);
		p = star;
		t = star_text;
	}
}

bool glob_match(struct str pattern, struct str text)
{
	if (pattern.n == 0)
		return text.n == 0;
	if (pattern.n == 1 && *pattern.p == '*')
		return true;
	if (text.n == 0)
		text = STR("");
	return match(pattern.p, pattern.p + pattern.n, text.p, text.p + text.n);
}

bool glob_is_pattern(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '*' || text.p[i] == '?')
			return true;
	return false;
}
