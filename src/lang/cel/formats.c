/* Kubernetes' named formats (apiserver/pkg/cel/library/format.go, apiserver/pkg/cel/format.go). */
#include "data/name.h"
#include "data/string_format.h"
#include "data/url.h"
#include "lang/cel/library.h"

/* -- rules -------------------------------------------------------------------------------------------------------- */

struct faults {
	struct cel_value items[NAME_FAULTS_MAX];
	size_t count;
};

struct format {
	struct str name;
	void (*check)(const struct format *format, struct arena *arena, struct str text, struct faults *faults);
	double regex_size;              /* of the pattern that Kubernetes uses, or would have to use */
	/* for check_name() */
	enum name_rule rule;
	bool prefix;                    /* more may follow: a dash at the end is allowed */
	/* for check_text() */
	bool (*is_valid)(struct str text);
	struct str fault;
};

static void check_name(const struct format *format, struct arena *arena, struct str text, struct faults *faults)
{
	const char *why[NAME_FAULTS_MAX];

	if (format->prefix && text.n > 1 && str_ends_with(text, STR("-")))
		text = str_concat(arena, str_slice(text, 0, text.n - 2), STR("a"));
	faults->count = name_faults(format->rule, text, why);
	for (size_t i = 0; i < faults->count; i++)
		faults->items[i] = cel_of_str(str_of(why[i]));
}

static void check_text(const struct format *format, struct arena *arena, struct str text, struct faults *faults)
{
	(void)arena;
	if (!format->is_valid(text))
		faults->items[faults->count++] = cel_of_str(format->fault);
}

static void check_uri(const struct format *format, struct arena *arena, struct str text, struct faults *faults)
{
	struct error *error = NULL;
	struct url url;

	(void)format;
	if (url_parse_request(arena, text, &url, &error)) {
		faults->items[faults->count++] = cel_of_str(str_dup(arena, str_of(error->message)));
		error_free(error);
	}
}

#define NAME(text, name_rule, may_go_on, size) \
	{ .name = STR(text), .check = check_name, .regex_size = size, .rule = name_rule, .prefix = may_go_on }
#define TEXT(text, function, size, message) \
	{ .name = STR(text), .check = check_text, .regex_size = size, .is_valid = function, .fault = STR(message) }

static const struct format formats[] = {
	NAME("dns1123Label", NAME_DNS1123_LABEL, false, 30),
	NAME("dns1123Subdomain", NAME_DNS1123_SUBDOMAIN, false, 60),
	NAME("dns1035Label", NAME_DNS1035_LABEL, false, 30),
	NAME("qualifiedName", NAME_QUALIFIED, false, 60),
	NAME("dns1123LabelPrefix", NAME_DNS1123_LABEL, true, 30),
	NAME("dns1123SubdomainPrefix", NAME_DNS1123_SUBDOMAIN, true, 60),
	NAME("dns1035LabelPrefix", NAME_DNS1035_LABEL, true, 30),
	NAME("labelValue", NAME_LABEL_VALUE, false, 40),
	{ .name = STR("uri"), .check = check_uri, .regex_size = 1103 },
	TEXT("uuid", string_is_uuid, 70, "does not match the UUID format"),
	TEXT("byte", string_is_base64, 84, "invalid base64"),
	TEXT("date", string_is_date, 71, "invalid date"),
	TEXT("datetime", string_is_date_time, 71, "invalid datetime"),
};

/* -- values ------------------------------------------------------------------------------------------------------- */

static const struct cel_type format_type = { .kind = CEL_TYPE_STRUCT, .name = { "kubernetes.NamedFormat", 22 } };

static bool formats_equal(const struct cel_value *a, const struct cel_value *b)
{
	return a->u.object == b->u.object;
}

static const struct cel_class format_class = { .type = &format_type, .equal = formats_equal };

static const struct format *as_format(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &format_class ? v->u.object : NULL;
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static CEL_BODY(named)
{
	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct cel_value format = cel_of_object(&format_class, &formats[i]);

		if (str_equal(formats[i].name, cel_str(&arguments[0])))
			return cel_of_optional(run->arena, &format);
	}
	return cel_of_optional(run->arena, NULL);
}

static CEL_BODY(validate)
{
	const struct format *format = as_format(&arguments[0]);
	struct faults faults = { .count = 0 };
	struct cel_value list;

	if (!format || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	format->check(format, run->arena, cel_str(&arguments[1]), &faults);
	if (faults.count == 0)
		return cel_of_optional(run->arena, NULL);
	list = cel_of_items(arena_copy(run->arena, faults.items, faults.count * sizeof(faults.items[0])),
			    faults.count);
	return cel_of_optional(run->arena, &list);
}

static CEL_COST(cost_validate)
{
	const struct format *format = as_format(&arguments[0]);

	if (!format)
		return 1;
	return cel_round_up((1.0 + (double)cel_size(&arguments[1])) * CEL_STRING_FACTOR) *
	       cel_round_up(format->regex_size * CEL_REGEX_FACTOR);
}

/* The format is not known yet: a pattern of 128 characters. */
static CEL_ESTIMATE(estimate_validate)
{
	return cel_estimate_of(cel_range_scale(cel_range_scale(arguments[1].size, CEL_STRING_FACTOR),
					       128 * CEL_REGEX_FACTOR));
}

/* -- the table ---------------------------------------------------------------------------------------------------- */

#define FORMAT "kubernetes.NamedFormat"

/* One function for each format: () -> Format */
#define EACH_FORMAT(of) of(0) of(1) of(2) of(3) of(4) of(5) of(6) of(7) of(8) of(9) of(10) of(11) of(12)
#define GIVE(i) static CEL_BODY(give_##i) { return cel_of_object(&format_class, &formats[i]); }
EACH_FORMAT(GIVE)

#define CONSTANT(name_text, i) \
	{ .name = "format." name_text, .signature = "() -> " FORMAT, .evaluate = give_##i, \
	  .note = "the format of that name" }

static const struct cel_function functions[] = {
	{ .name = "validate", .signature = FORMAT ".(string) -> optional_type(list(string))", .evaluate = validate,
	  .cost = cost_validate, .estimate = estimate_validate,
	  .note = "what is wrong with a text; none when it is of the format" },
	{ .name = "format.named", .signature = "(string) -> optional_type(" FORMAT ")", .evaluate = named,
	  .note = "the format of that name, when there is one" },
	CONSTANT("dns1123Label", 0),
	CONSTANT("dns1123Subdomain", 1),
	CONSTANT("dns1035Label", 2),
	CONSTANT("qualifiedName", 3),
	CONSTANT("dns1123LabelPrefix", 4),
	CONSTANT("dns1123SubdomainPrefix", 5),
	CONSTANT("dns1035LabelPrefix", 6),
	CONSTANT("labelValue", 7),
	CONSTANT("uri", 8),
	CONSTANT("uuid", 9),
	CONSTANT("byte", 10),
	CONSTANT("date", 11),
	CONSTANT("datetime", 12),
	{ .name = NULL },
};

const struct cel_library cel_format_library = {
	.name = "kubernetes.format",
	.functions = functions,
};
