/* Kubernetes' semantic versions (apiserver/pkg/cel/library/semverlib.go, version 1; apiserver/pkg/cel/semver.go). */
#include "data/semver.h"

#include "lang/cel/library.h"

/* -- values ------------------------------------------------------------------------------------------------------- */

static const struct cel_type semver_type = { .kind = CEL_TYPE_STRUCT, .name = { "kubernetes.Semver", 17 } };

static bool semvers_equal(const struct cel_value *a, const struct cel_value *b)
{
	return semver_compare(a->u.object, b->u.object) == 0;
}

static const struct value *semver_data(struct arena *arena, const struct cel_value *v)
{
	const struct semver *s = v->u.object;

	return value_of_str(arena, str_format(arena, "%llu.%llu.%llu%s" STR_FMT "%s" STR_FMT,
					      (unsigned long long)s->major, (unsigned long long)s->minor,
					      (unsigned long long)s->patch, s->prerelease.n ? "-" : "",
					      STR_ARG(s->prerelease), s->build.n ? "+" : "", STR_ARG(s->build)));
}

static const struct cel_class semver_class = {
	.type = &semver_type,
	.equal = semvers_equal,
	.to_data = semver_data,
};

static const struct semver *as_semver(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &semver_class ? v->u.object : NULL;
}

/* -- reading ------------------------------------------------------------------------------------------------------ */

static struct str without_zeros(struct arena *arena, struct str part)
{
	size_t zeros = 0;

	if (part.n < 2)
		return part;
	while (zeros < part.n && part.p[zeros] == '0')
		zeros++;
	if (zeros < part.n && part.p[zeros] >= '0' && part.p[zeros] <= '9')
		return str_skip(part, zeros);
	/* "00" and "0-alpha" keep one; "-alpha" is given one. */
	return zeros ? str_skip(part, zeros - 1) : str_concat(arena, STR("0"), part);
}

/* "v01.2" → "1.2.0". False, with the reason: only a whole version has more than numbers. */
static bool normalize(struct arena *arena, struct str text, struct str *out, struct error **err)
{
	struct str parts[3] = { STR(""), STR("0"), STR("0") };
	size_t n = 0;
	bool more = true;

	if (str_starts_with(text, STR("v")))
		text = str_skip(text, 1);
	while (more && n < 2) {
		more = str_cut(text, '.', &parts[n], &text);
		n++;
	}
	if (more)
		parts[n++] = text;
	for (size_t i = 0; i < n; i++)
		parts[i] = without_zeros(arena, parts[i]);
	if (n < 3 && (str_find_char(parts[n - 1], '+', 0) != STR_NOT_FOUND ||
		      str_find_char(parts[n - 1], '-', 0) != STR_NOT_FOUND)) {
		error_set(err, ERROR_INVALID, "short version cannot contain PreRelease/Build meta data");
		return false;
	}
	*out = str_format(arena, STR_FMT "." STR_FMT "." STR_FMT, STR_ARG(parts[0]), STR_ARG(parts[1]),
			  STR_ARG(parts[2]));
	return true;
}

static bool read_semver(struct arena *arena, const struct cel_value *arguments, size_t count, struct semver *out,
			struct error **err)
{
	struct str text = cel_str(&arguments[0]);

	if (count == 2 && arguments[1].u.boolean && !normalize(arena, text, &text, err))
		return false;
	return semver_parse(text, out, err) == 0;
}

static bool is_readable(const struct cel_value *arguments, size_t count)
{
	return arguments[0].kind == CEL_STRING && (count < 2 || arguments[1].kind == CEL_BOOL);
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static CEL_BODY(make)
{
	struct error *error = NULL;
	struct semver semver;

	if (!is_readable(arguments, count))
		return cel_no_overload(run);
	if (!read_semver(run->arena, arguments, count, &semver, &error))
		return cel_fail_error(run, error);
	return cel_of_object(&semver_class, arena_copy(run->arena, &semver, sizeof(semver)));
}

static CEL_BODY(is_semver)
{
	struct semver semver;

	if (!is_readable(arguments, count))
		return cel_no_overload(run);
	return cel_of_bool(read_semver(run->arena, arguments, count, &semver, NULL));
}

static CEL_BODY(is_greater)
{
	const struct semver *a = as_semver(&arguments[0]), *b = as_semver(&arguments[1]);

	return a && b ? cel_of_bool(semver_compare(a, b) > 0) : cel_no_overload(run);
}

static CEL_BODY(is_less)
{
	const struct semver *a = as_semver(&arguments[0]), *b = as_semver(&arguments[1]);

	return a && b ? cel_of_bool(semver_compare(a, b) < 0) : cel_no_overload(run);
}

static CEL_BODY(compare)
{
	const struct semver *a = as_semver(&arguments[0]), *b = as_semver(&arguments[1]);

	return a && b ? cel_of_int(semver_compare(a, b)) : cel_no_overload(run);
}

static CEL_BODY(major)
{
	const struct semver *s = as_semver(&arguments[0]);

	return s ? cel_of_int((int64_t)s->major) : cel_no_overload(run);
}

static CEL_BODY(minor)
{
	const struct semver *s = as_semver(&arguments[0]);

	return s ? cel_of_int((int64_t)s->minor) : cel_no_overload(run);
}

static CEL_BODY(patch)
{
	const struct semver *s = as_semver(&arguments[0]);

	return s ? cel_of_int((int64_t)s->patch) : cel_no_overload(run);
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

#define SEMVER "kubernetes.Semver"
#define READ .cost = cel_cost_read, .estimate = cel_estimate_read

static const struct cel_function functions[] = {
	{ .name = "semver", .signature = "(string) -> " SEMVER, .evaluate = make, READ,
	  .note = "a semantic version from its text" },
	{ .name = "semver", .signature = "(string, bool) -> " SEMVER, .evaluate = make, READ,
	  .note = "with true: \"v1\" and \"01.2\" are versions, too" },
	{ .name = "isSemver", .signature = "(string) -> bool", .evaluate = is_semver, READ,
	  .note = "whether a text is a semantic version" },
	{ .name = "isSemver", .signature = "(string, bool) -> bool", .evaluate = is_semver, READ,
	  .note = "with true: \"v1\" and \"01.2\" are versions, too" },
	{ .name = "isGreaterThan", .signature = SEMVER ".(" SEMVER ") -> bool", .evaluate = is_greater,
	  .note = "whether one version comes after another" },
	{ .name = "isLessThan", .signature = SEMVER ".(" SEMVER ") -> bool", .evaluate = is_less,
	  .note = "whether one version comes before another" },
	{ .name = "compareTo", .signature = SEMVER ".(" SEMVER ") -> int", .evaluate = compare,
	  .note = "-1, 0 or 1 as one version comes before, with or after another" },
	{ .name = "major", .signature = SEMVER ".() -> int", .evaluate = major, .note = "1 of 1.2.3" },
	{ .name = "minor", .signature = SEMVER ".() -> int", .evaluate = minor, .note = "2 of 1.2.3" },
	{ .name = "patch", .signature = SEMVER ".() -> int", .evaluate = patch, .note = "3 of 1.2.3" },
	{ .name = NULL },
};

const struct cel_library cel_semver_library = {
	.name = "kubernetes.Semver",
	.functions = functions,
};
