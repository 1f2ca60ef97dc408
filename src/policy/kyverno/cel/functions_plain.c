/* Kyverno's functions that look at nothing but their arguments (and the clock). */
#include <math.h>

#include "data/instant.h"
#include "policy/kyverno/cel/library.h"
#include "policy/kyverno/functions_core.h"
#include "policy/kyverno/random_pattern.h"

/* -- hash --------------------------------------------------------------------------------------------------------- */

static struct cel_value digest(struct cel_run *run, const struct cel_value *v, const char *algorithm)
{
	struct str text;

	if (v->kind != CEL_STRING)
		return cel_no_overload(run);
	text = digest_text(run->arena, algorithm, cel_str(v));
	return text.p ? cel_of_str(text) : cel_fail(run, "%s is not available here", algorithm);
}

static BODY(md5)
{
	return digest(run, &arguments[0], "MD5");
}

static BODY(sha1)
{
	return digest(run, &arguments[0], "SHA1");
}

static BODY(sha256)
{
	return digest(run, &arguments[0], "SHA256");
}

#define DIGEST(function) \
	BOTH(#function, "hash." #function, .signature = "(string) -> string", .evaluate = function, \
	     .note = "the hexadecimal digest of a text")

static const struct cel_function hash_functions[] = {
	DIGEST(md5),
	DIGEST(sha1),
	DIGEST(sha256),
	{ .name = NULL },
};

const struct cel_library kyverno_hash_library = { .name = "kyverno.hash", .functions = hash_functions };

/* -- math, random ------------------------------------------------------------------------------------------------- */

static BODY(round_to)
{
	double shift;

	if (arguments[0].kind != CEL_DOUBLE || arguments[1].kind != CEL_INT)
		return cel_no_overload(run);
	shift = pow(10, (double)arguments[1].u.integer);
	return cel_of_double(round(arguments[0].u.number * shift) / shift);
}

static const struct cel_function math_functions[] = {
	{ .name = "math.round", .signature = "(double, int) -> double", .evaluate = round_to,
	  .note = "rounded to so many decimal places" },
	{ .name = NULL },
};

const struct cel_library kyverno_math_library = { .name = "kyverno.math", .functions = math_functions };

static BODY(random_of)
{
	struct str pattern = count ? cel_str(&arguments[0]) : STR("[0-9a-z]{8}"), text;
	struct error *error = NULL;

	if (count && arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (pattern.n > RANDOM_PATTERN_MAX)
		return cel_fail_code(run, ERROR_LIMIT, "a pattern may have at most %d bytes", RANDOM_PATTERN_MAX);
	if (!random_text(run->arena, pattern, &text, &error))
		return fail_with(run, "", error);
	return cel_of_str(text);
}

static const struct cel_function random_functions[] = {
	BOTH("random", "random.random", .signature = "() -> string", .evaluate = random_of, .flags = CEL_IMPURE,
	     .note = "eight letters and digits"),
	BOTH("random", "random.random", .signature = "(string) -> string", .evaluate = random_of, .flags = CEL_IMPURE,
	     .note = "a text that matches a regular expression"),
	{ .name = NULL },
};

const struct cel_library kyverno_random_library = { .name = "kyverno.random", .functions = random_functions };

/* -- time --------------------------------------------------------------------------------------------------------- */

static struct instant instant_of(const struct cel_value *v)
{
	struct instant t = instant_from_unix(v->u.integer);

	t.nanoseconds = (int32_t)v->length;
	return t;
}

static struct cel_value of_instant(const struct instant *t)
{
	return cel_of_timestamp(t->seconds, (uint32_t)t->nanoseconds);
}

static BODY(now)
{
	struct instant t = run->now ? instant_from_unix(run->now) : instant_now();

	return of_instant(&t);
}

static BODY(truncate_time)
{
	struct instant t;

	if (arguments[0].kind != CEL_TIMESTAMP || arguments[1].kind != CEL_DURATION)
		return cel_no_overload(run);
	t = instant_of(&arguments[0]);
	t = instant_truncate(&t, arguments[1].u.integer);
	return of_instant(&t);
}

static BODY(to_cron)
{
	struct calendar calendar;
	struct instant t;

	if (arguments[0].kind != CEL_TIMESTAMP)
		return cel_no_overload(run);
	t = instant_of(&arguments[0]);
	calendar = instant_calendar(&t);
	return cel_of_str(str_format(run->arena, "%d %d %d %d %d", calendar.minute, calendar.hour, calendar.day,
				     calendar.month, calendar.weekday));
}

static const struct cel_function time_functions[] = {
	{ .name = "time.now", .signature = "() -> timestamp", .evaluate = now, .flags = CEL_IMPURE,
	  .note = "the present time" },
	{ .name = "time.truncate", .signature = "(timestamp, duration) -> timestamp", .evaluate = truncate_time,
	  .note = "down to a multiple of the duration" },
	{ .name = "time.toCron", .signature = "(timestamp) -> string", .evaluate = to_cron,
	  .note = "a cron expression for that time" },
	{ .name = NULL },
};

const struct cel_library kyverno_time_library = { .name = "kyverno.time", .functions = time_functions };

/* -- user --------------------------------------------------------------------------------------------------------- */

struct service_account {
	struct str name, namespace;
};

static const struct cel_field account_fields[] = {
	{ { "Name", 4 }, &cel_string },
	{ { "Namespace", 9 }, &cel_string },
};
static const struct cel_type account_type = {
	.kind = CEL_TYPE_STRUCT, .name = { "user.ServiceAccount", 19 }, .fields = account_fields, .field_count = 2,
};

static struct cel_value account_get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	const struct service_account *account = self->u.object;

	if (str_is(field, "Name"))
		return cel_of_str(account->name);
	if (str_is(field, "Namespace"))
		return cel_of_str(account->namespace);
	return cel_fail(run, "no such field '" STR_FMT "'", STR_ARG(field));
}

/* A field is set when it is not empty. */
static int account_has(struct cel_run *run UNUSED, const struct cel_value *self, struct str field)
{
	const struct service_account *account = self->u.object;

	return (str_is(field, "Name") && account->name.n) || (str_is(field, "Namespace") && account->namespace.n);
}

static bool account_equal(const struct cel_value *a, const struct cel_value *b)
{
	const struct service_account *x = a->u.object, *y = b->u.object;

	return str_equal(x->name, y->name) && str_equal(x->namespace, y->namespace);
}

static const struct value *account_data(struct arena *arena, const struct cel_value *self)
{
	const struct service_account *account = self->u.object;
	struct object_builder object = { 0 };

	object_put(arena, &object, STR("Name"), value_of_str(arena, account->name));
	object_put(arena, &object, STR("Namespace"), value_of_str(arena, account->namespace));
	return object_finish(arena, &object);
}

static const struct cel_class account_class = {
	.type = &account_type, .get = account_get, .has = account_has, .equal = account_equal, .to_data = account_data,
};

static BODY(parse_service_account)
{
	struct service_account *account = ARENA_NEW(run->arena, struct service_account);
	struct str prefix = STR("system:serviceaccount:"), namespace, name;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	account->name = account->namespace = STR("");
	if (str_starts_with(cel_str(&arguments[0]), prefix) &&
	    str_cut(str_skip(cel_str(&arguments[0]), prefix.n), ':', &namespace, &name)) {
		account->namespace = namespace;
		account->name = name;
	}
	return cel_of_object(&account_class, account);
}

static const struct cel_function user_functions[] = {
	BOTH("parseServiceAccount", "user.parseServiceAccount", .signature = "(string) -> user.ServiceAccount",
	     .evaluate = parse_service_account, .note = "Name and Namespace of a service account's user name"),
	{ .name = NULL },
};
static const struct cel_type *const user_types[] = { &account_type, NULL };

const struct cel_library kyverno_user_library = {
	.name = "kyverno.user", .functions = user_functions, .types = user_types,
};

/* -- transform ---------------------------------------------------------------------------------------------------- */

/* The text under a name in one of the objects that give the keys; false: there is none. */
static bool key_of(const struct cel_value *object, struct str name, struct cel_value *out)
{
	return object->kind == CEL_MAP && cel_map_find_str(object, name, out) && out->kind == CEL_STRING;
}

static bool is_list_to_map(const struct cel_value *arguments)
{
	return arguments[0].kind == CEL_LIST && arguments[1].kind == CEL_LIST && arguments[2].kind == CEL_STRING &&
	       arguments[3].kind == CEL_STRING;
}

static void put_entry(struct cel_entry *entries, size_t *n, const struct cel_value *key, const struct cel_value *value)
{
	size_t i = 0;

	while (i < *n && !str_equal(cel_str(&entries[i].key), cel_str(key)))
		i++;
	*n += i == *n;
	entries[i] = (struct cel_entry){ *key, *value };
}

static BODY(list_to_map)
{
	const struct cel_value *keys = &arguments[0], *values = &arguments[1];
	struct cel_entry *entries;
	size_t n = 0;

	if (!is_list_to_map(arguments))
		return cel_no_overload(run);
	if (cel_count(keys) != cel_count(values))
		return cel_fail(run, "listObjToMap must take lists of equal length. list1: %zu, list2: %zu",
				cel_count(keys), cel_count(values));
	entries = arena_array(run->arena, cel_count(keys), sizeof(*entries));
	for (size_t i = 0; i < cel_count(keys); i++) {
		struct cel_value from = cel_item(keys, i), to = cel_item(values, i), key, value = cel_of_null();

		if (!key_of(&from, cel_str(&arguments[2]), &key))
			return cel_fail(run,
					"the passed key name cannot be handled as a string in the key object list");
		if (to.kind != CEL_MAP)
			return cel_fail(run,
					"object cannot be handled as a map string to any in the value object list");
		if (cel_map_find_str(&to, cel_str(&arguments[3]), &value))
			value = cel_settle(run, value);
		put_entry(entries, &n, &key, &value);
	}
	return cel_of_entries(run->arena, entries, n);
}

static const struct cel_function transform_functions[] = {
	BOTH("listObjToMap", "transform.listObjToMap", .signature = "(list, list, string, string) -> map",
	     .evaluate = list_to_map,
	     .note = "a map from a field of the first list's objects to a field of the second's"),
	{ .name = NULL },
};

const struct cel_library kyverno_transform_library = { .name = "kyverno.transform", .functions = transform_functions };
