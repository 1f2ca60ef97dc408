/*
 * Documents as values, in place: with their schema's view (k8s.io/apiserver/pkg/cel/common, UnstructuredToVal) or as
 * they are; and the items, entries and keys of both kinds of lists and maps.
 */
#include "data/duration.h"
#include "data/instant.h"
#include "lang/cel/value.h"

static const struct cel_view_field *view_field(const struct cel_view *view, struct str name)
{
	size_t low = 0, high = view->field_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = str_compare(view->fields[middle].name, name);

		if (order == 0)
			return &view->fields[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const struct cel_view_field *view_field_of_key(const struct cel_view *view, struct str key)
{
	for (size_t i = 0; i < view->field_count; i++)
		if (str_equal(view->fields[i].key, key))
			return &view->fields[i];
	return NULL;
}

/* "2006-01-02", too, as strfmt's format "date" is a timestamp. */
static bool parse_time(struct str text, struct instant *out)
{
	char full[32];

	if (text.n != 10)
		return instant_parse_rfc3339(text, out, NULL) == 0;
	memcpy(full, text.p, 10);
	memcpy(full + 10, "T00:00:00Z", 10);
	return instant_parse_rfc3339(str_make(full, 20), out, NULL) == 0;
}

/*
 * Go's durations, or strfmt's: numbers with units in words ("3 days", "1 week 2h"). Numbers are whole.
 */
static bool parse_span(struct str text, int64_t *out)
{
	static const struct {
		const char *names; /* each with a comma behind */
		int64_t nanoseconds;
	} units[] = {
		{ "nanos,nano,ns,", 1 },
		{ "micros,micro,µs,us,", 1000 },
		{ "millis,milli,ms,", 1000000 },
		{ "seconds,second,secs,sec,s,", INT64_C(1000000000) },
		{ "minutes,minute,mins,min,m,", INT64_C(60000000000) },
		{ "hours,hour,hrs,hr,h,", INT64_C(3600000000000) },
		{ "days,day,d,", INT64_C(86400000000000) },
		{ "weeks,week,wks,wk,w,", INT64_C(604800000000000) },
	};
	size_t i = 0;
	int64_t total = 0;

	if (duration_parse(text, out, NULL) == 0)
		return true;
	while (i < text.n) {
		int64_t number = 0, part;
		size_t start, unit;
		char name[16];

		while (i < text.n && text.p[i] == ' ')
			i++;
		for (start = i; i < text.n && text.p[i] >= '0' && text.p[i] <= '9' && i - start < 18; i++)
			number = number * 10 + (text.p[i] - '0');
		if (i == start)
			return false;
		while (i < text.n && text.p[i] == ' ')
			i++;
		for (start = i; i < text.n && text.p[i] != ' ' && !(text.p[i] >= '0' && text.p[i] <= '9'); i++)
			;
		if (i == start || i - start > sizeof(name) - 2)
			return false;
		memcpy(name, text.p + start, i - start);
		name[i - start] = ',';
		for (unit = 0; unit < sizeof(units) / sizeof(*units); unit++)
			if (str_contains(str_of(units[unit].names), str_make(name, i - start + 1)))
				break;
		if (unit == sizeof(units) / sizeof(*units) ||
		    __builtin_mul_overflow(number, units[unit].nanoseconds, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return false;
	}
	*out = total;
	return text.n > 0;
}

static struct cel_value view_scalar(const struct value *data, const struct cel_view *view)
{
	struct cel_value plain = cel_of_data(data);
	struct instant time;
	int64_t span;

	switch (view->shape) {
	case CEL_VIEW_DOUBLE:
		return data->type == VALUE_INT ? cel_of_double((double)data->u.integer) : plain;
	case CEL_VIEW_TIMESTAMP:
		if (plain.kind == CEL_STRING && parse_time(cel_str(&plain), &time)) {
			plain = cel_of_timestamp(time.seconds, (uint32_t)time.nanoseconds);
			plain.zone = (int16_t)(time.offset / 60);
		}
		return plain;
	case CEL_VIEW_DURATION:
		return plain.kind == CEL_STRING && parse_span(cel_str(&plain), &span) ? cel_of_duration(span) : plain;
	case CEL_VIEW_BYTES:
		if (plain.kind == CEL_STRING) {
			plain.kind = CEL_BYTES;
			plain.flags = CEL_ENCODED;
		}
		return plain;
	default:
		return plain;
	}
}

/* -- documents that are not what their schema says ------------------------------------------------------------- */

#define FAILURE(text)                                                                                                  \
	{                                                                                                              \
		.message = { "" text, sizeof(text) - 1 }, .code = ERROR_INVALID                                        \
	}
/* By value_type, as Go's %T. */
#define GOT(expected)                                                                                                  \
	{                                                                                                              \
		FAILURE(""), FAILURE(expected ", got bool"), FAILURE(expected ", got int64"),                          \
			FAILURE(expected ", got float64"), FAILURE(expected ", got string"),                           \
			FAILURE(expected ", got []interface {}"), FAILURE(expected ", got map[string]interface {}")    \
	}

static struct cel_value not_as_expected(const struct value *data, enum cel_view_expects expects)
{
	static const struct cel_failure null = FAILURE("invalid data, got null for schema with nullable=false");
	static const struct cel_failure array =
		FAILURE("invalid data, expected an array for the provided schema with type=array");
	static const struct cel_failure map =
		FAILURE("invalid data, expected a map for the provided schema with type=object");
	static const struct cel_failure int_or_string =
		FAILURE("invalid data, expected XIntOrString value to be either a string or integer");
	static const struct cel_failure scalars[][VALUE_OBJECT + 1] = {
		[CEL_EXPECTS_STRING] = GOT("invalid data, expected string"),
		[CEL_EXPECTS_INT] = GOT("invalid data, expected int"),
		[CEL_EXPECTS_FLOAT] = GOT("invalid data, expected float"),
		[CEL_EXPECTS_BOOL] = GOT("invalid data, expected bool"),
	};
	struct cel_value error = { .kind = CEL_ERROR, .flags = CEL_ENCODED };

	error.u.error = data->type == VALUE_NULL	       ? &null
			: expects == CEL_EXPECTS_ARRAY	       ? &array
			: expects == CEL_EXPECTS_MAP	       ? &map
			: expects == CEL_EXPECTS_INT_OR_STRING ? &int_or_string
							       : &scalars[expects][data->type];
	return error;
}

static bool is_as_expected(const struct value *data, const struct cel_view *view)
{
	static const uint8_t fitting[] = {
		[CEL_EXPECTS_ANYTHING] = 0xff,	       [CEL_EXPECTS_STRING] = 1 << VALUE_STRING,
		[CEL_EXPECTS_INT] = 1 << VALUE_INT,    [CEL_EXPECTS_FLOAT] = 1 << VALUE_INT | 1 << VALUE_FLOAT,
		[CEL_EXPECTS_BOOL] = 1 << VALUE_BOOL,  [CEL_EXPECTS_ARRAY] = 1 << VALUE_ARRAY,
		[CEL_EXPECTS_MAP] = 1 << VALUE_OBJECT, [CEL_EXPECTS_INT_OR_STRING] = 1 << VALUE_INT | 1 << VALUE_STRING,
	};

	return fitting[view->expects] >> data->type & 1 || (data->type == VALUE_NULL && view->nullable);
}

struct cel_value cel_of_view(const struct value *data, const struct cel_view *view)
{
	struct cel_value v;

	if (!view || !data)
		return cel_of_data(data);
	if (!is_as_expected(data, view))
		return not_as_expected(data, view->expects);
	v = data->type == VALUE_ARRAY || data->type == VALUE_OBJECT ? cel_of_data(data) : view_scalar(data, view);
	if ((v.kind == CEL_LIST && view->shape == CEL_VIEW_LIST) ||
	    (v.kind == CEL_MAP && (view->shape == CEL_VIEW_MAP || view->shape == CEL_VIEW_OBJECT)))
		v.of.view = view;
	return v;
}

struct cel_value cel_item(const struct cel_value *list, size_t i)
{
	const struct value *item;

	if (!(list->flags & CEL_DATA))
		return list->u.items[i];
	item = &list->u.data->u.items[i];
	return list->of.view ? cel_of_view(item, list->of.view->items) : cel_of_data(item);
}

/* Whether a member of an object is seen, and how. A null is as good as absent in an object with fields. */
static bool view_member(const struct cel_view *view, const struct member *member, struct str *name,
			struct cel_value *out)
{
	const struct cel_view_field *field;

	if (view->shape == CEL_VIEW_MAP) {
		*name = value_str(&member->key);
		*out = cel_of_view(&member->value, view->items);
		return true;
	}
	field = view_field_of_key(view, value_str(&member->key));
	if ((!field && !view->open) || (field && member->value.type == VALUE_NULL))
		return false;
	*name = field ? field->name : value_str(&member->key);
	*out = cel_of_view(&member->value, field ? field->view : NULL);
	return true;
}

size_t cel_map_count(const struct cel_value *map)
{
	size_t count = 0;

	if (!(map->flags & CEL_DATA) || !map->of.view || map->of.view->shape != CEL_VIEW_OBJECT)
		return map->length;
	for (MEMBER_EACH(m, map->u.data)) {
		struct str name;
		struct cel_value value;

		count += view_member(map->of.view, m, &name, &value);
	}
	return count;
}

void cel_entry_at(const struct cel_value *map, size_t i, struct cel_value *key, struct cel_value *value)
{
	const struct cel_view *view = map->flags & CEL_DATA ? map->of.view : NULL;
	const struct member *member;

	if (!(map->flags & CEL_DATA)) {
		*key = map->u.map->entries[i].key;
		*value = map->u.map->entries[i].value;
		return;
	}
	member = map->u.data->u.members;
	if (view && view->shape == CEL_VIEW_OBJECT) {
		struct str name = STR_NULL;
		size_t seen = 0;

		for (;; member++)
			if (view_member(view, member, &name, value) && seen++ == i)
				break;
		*key = cel_of_str(name);
		return;
	}
	member += i;
	*key = cel_of_str(value_str(&member->key));
	*value = view ? cel_of_view(&member->value, view->items) : cel_of_data(&member->value);
}

static bool view_find(const struct cel_value *map, struct str key, struct cel_value *out)
{
	const struct cel_view *view = map->of.view;
	const struct cel_view_field *field = NULL;
	const struct value *value;

	if (view->shape == CEL_VIEW_OBJECT) {
		field = view_field(view, key);
		if (!field && !view->open)
			return false;
		value = value_get(map->u.data, field ? field->key : key);
		if (!value || (field && value->type == VALUE_NULL))
			return false;
		*out = cel_of_view(value, field ? field->view : NULL);
		return true;
	}
	value = value_get(map->u.data, key);
	if (value)
		*out = cel_of_view(value, view->items);
	return value != NULL;
}

bool cel_map_find_str(const struct cel_value *map, struct str key, struct cel_value *out)
{
	if (map->flags & CEL_DATA) {
		const struct value *value;

		if (map->of.view)
			return view_find(map, key, out);
		value = value_get(map->u.data, key);
		if (value)
			cel_put_data(out, value);
		return value != NULL;
	}

	struct cel_value wanted = cel_of_str(key);

	return cel_map_find(map, &wanted, out);
}
