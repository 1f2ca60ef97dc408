#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/ip.h"
#include "data/url.h"
#include "kyverno_table.h"

#define TABLE "tests/lang/addresses.test"

/* -- answers as texts --------------------------------------------------------------------------------------------- */

static struct str answer_error(struct arena *arena, struct error *err)
{
	struct str text = str_format(arena, "! %s", err->message);

	error_free(err);
	return text;
}

static struct str answer_bool(bool b)
{
	return b ? STR("true") : STR("false");
}

static struct str answer_ip(struct arena *arena, const struct value *text)
{
	static const struct {
		bool (*holds)(const struct ip *ip);
		const char *name;
	} kinds[] = {
		{ ip_is_v4_mapped, "mapped" },
		{ ip_is_unspecified, "unspecified" },
		{ ip_is_loopback, "loopback" },
		{ ip_is_multicast, "multicast" },
		{ ip_is_link_local_multicast, "link-local-multicast" },
		{ ip_is_link_local_unicast, "link-local-unicast" },
		{ ip_is_global_unicast, "global-unicast" },
	};
	struct error *err = NULL;
	struct str answer;
	struct ip ip;

	if (ip_parse(value_str(text), &ip, &err))
		return answer_error(arena, err);
	answer = ip_text(arena, &ip);
	if (ip.is_v4)
		answer = str_concat(arena, answer, STR(" v4"));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].holds(&ip))
			answer = str_format(arena, STR_FMT " %s", STR_ARG(answer), kinds[i].name);
	return answer;
}

static struct str answer_prefix(struct arena *arena, const struct value *text)
{
	struct ip_prefix prefix, masked;
	struct error *err = NULL;
	struct str answer;

	if (ip_prefix_parse(value_str(text), &prefix, &err))
		return answer_error(arena, err);
	masked = ip_prefix_masked(&prefix);
	answer = str_concat(arena, ip_prefix_text(arena, &prefix), STR(" "));
	return str_concat(arena, answer, ip_prefix_text(arena, &masked));
}

static struct str answer_contains(struct arena *arena, const struct value *pair)
{
	struct ip_prefix prefix;
	struct ip ip;

	(void)arena;
	assert_int_equal(ip_prefix_parse(value_str(value_at(pair, 0)), &prefix, NULL), 0);
	assert_int_equal(ip_parse(value_str(value_at(pair, 1)), &ip, NULL), 0);
	return answer_bool(ip_prefix_contains(&prefix, &ip));
}

static struct str answer_overlaps(struct arena *arena, const struct value *pair)
{
	struct ip_prefix a, b;

	(void)arena;
	assert_int_equal(ip_prefix_parse(value_str(value_at(pair, 0)), &a, NULL), 0);
	assert_int_equal(ip_prefix_parse(value_str(value_at(pair, 1)), &b, NULL), 0);
	return answer_bool(ip_prefix_overlaps(&a, &b));
}

static void add(struct arena *arena, struct array_builder *array, struct str s)
{
	array_add(arena, array, value_of_str(arena, s.p ? s : STR("")));
}

static struct str answer_array(struct arena *arena, struct array_builder *array)
{
	return json_text(arena, array_finish(arena, array), 0);
}

static struct str answer_parts(struct arena *arena, const struct url *url)
{
	struct array_builder parts = { 0 };

	add(arena, &parts, url->scheme);
	add(arena, &parts, url->opaque);
	add(arena, &parts, url->user);
	add(arena, &parts, url->password);
	add(arena, &parts, url->host);
	add(arena, &parts, url_hostname(url));
	add(arena, &parts, url_port(url));
	add(arena, &parts, url->path);
	add(arena, &parts, url_escaped_path(arena, url));
	add(arena, &parts, url->query);
	add(arena, &parts, url->fragment);
	add(arena, &parts, url_text(arena, url));
	return answer_array(arena, &parts);
}

static struct str answer_url(struct arena *arena, const struct value *text)
{
	struct error *err = NULL;
	struct url url;

	return url_parse(arena, value_str(text), &url, &err) ? answer_error(arena, err) : answer_parts(arena, &url);
}

static struct str answer_request(struct arena *arena, const struct value *text)
{
	struct error *err = NULL;
	struct url url;

	if (url_parse_request(arena, value_str(text), &url, &err))
		return answer_error(arena, err);
	return answer_parts(arena, &url);
}

/* Go's answer is ordered by key; keys of the table are in that order already. */
static struct str answer_query(struct arena *arena, const struct value *text)
{
	struct array_builder pairs = { 0 };
	struct str rest = value_str(text), key, value;

	while (url_query_next(arena, &rest, &key, &value)) {
		struct array_builder pair = { 0 };

		add(arena, &pair, key);
		add(arena, &pair, value);
		array_add(arena, &pairs, array_finish(arena, &pair));
	}
	return answer_array(arena, &pairs);
}

static struct str answer(struct arena *arena, struct str what, const struct value *text)
{
	static const struct {
		const char *name;
		struct str (*answer)(struct arena *arena, const struct value *text);
	} kinds[] = {
		{ "ip", answer_ip },	       { "prefix", answer_prefix }, { "contains", answer_contains },
		{ "overlaps", answer_overlaps }, { "url", answer_url },	    { "request", answer_request },
		{ "query", answer_query },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_equal(what, str_of(kinds[i].name)))
			return kinds[i].answer(arena, text);
	fail_msg("unknown: %.*s", STR_ARG(what));
	return STR_NULL;
}

/* -- tests -------------------------------------------------------------------------------------------------------- */

static void test_table(void **state)
{
	struct arena *arena = arena_create();
	size_t count = 0, failed = 0;
	struct table table;
	struct row row;

	(void)state;
	table_open(&table, TABLE);
	while (table_next(&table, &row)) {
		const struct value *text = parse(arena, row.lines[1]);
		struct str got = answer(arena, row.lines[0], text), want = row.lines[2];

		count++;
		/* Lists are compared as such: they may be written with blanks. */
		if (want.n && want.p[0] == '[')
			want = json_text(arena, parse(arena, want), 0);
		if (!str_equal(got, want))
			failed += row_failed(TABLE, &row, got);
		arena_reset(arena);
	}
	assert_true(count > 400);
	assert_int_equal(failed, 0);
	buf_free(&table.text);
	arena_destroy(arena);
}

static void test_errors_need_not_be_asked_for(void **state)
{
	struct arena *arena = arena_create();
	struct ip_prefix prefix;
	struct url url;
	struct ip ip;

	(void)state;
	assert_int_equal(ip_parse(STR("1.2.3"), &ip, NULL), -1);
	assert_int_equal(ip_prefix_parse(STR("1.2.3/8"), &prefix, NULL), -1);
	assert_int_equal(url_parse(arena, STR("http://[1.2.3.4]/"), &url, NULL), -1);
	assert_int_equal(url_parse_request(arena, STR(""), &url, NULL), -1);
	arena_destroy(arena);
}

static void test_long_query(void **state)
{
	struct buf query = { 0 };

	(void)state;
	for (size_t i = 0; i < 9999; i++)
		buf_add_char(&query, '&');
	assert_false(url_query_too_long(buf_str(&query)));
	buf_add_char(&query, '&');
	assert_true(url_query_too_long(buf_str(&query)));
	buf_free(&query);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_errors_need_not_be_asked_for),
		cmocka_unit_test(test_long_query),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
