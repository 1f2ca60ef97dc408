/*
 * Schemas as CEL's types and views. Semantics: k8s.io/apiserver v0.36 pkg/cel/common/schemas.go, pkg/cel/types.go,
 * pkg/cel/escaping.go.
 */
#include "policy/crd/types.h"

#define REQUEST_MAX 3145728 /* bytes of one request */
#define TEXT_MAX (REQUEST_MAX - 2)

/* -- names -------------------------------------------------------------------------------------------------------- */

static const char *const reserved[] = {
	"true", "false",  "null", "in",	  "as",	     "break",	  "const",  "continue", "else", "for",	 "function",
	"if",	"import", "let",  "loop", "package", "namespace", "return", "var",	"void", "while",
};

static bool is_reserved(struct str name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (str_equal(name, str_of(reserved[i])))
			return true;
	return false;
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct str crd_escape(struct arena *arena, struct str name)
{
	struct buf out = { 0 };
	struct str text = STR_NULL;
	size_t i = 0;

	if (name.n == 0 || (name.p[0] >= '0' && name.p[0] <= '9'))
		return STR_NULL;
	if (is_reserved(name))
		return str_format(arena, "__" STR_FMT "__", STR_ARG(name));
	for (; i < name.n; i++) {
		char c = name.p[i];

		if (c == '_' && i + 1 < name.n && name.p[i + 1] == '_') {
			buf_add(&out, STR("__underscores__"));
			i++;
		} else if (c == '.' || c == '-' || c == '/') {
			buf_add(&out, c == '.' ? STR("__dot__") : c == '-' ? STR("__dash__") : STR("__slash__"));
		} else if (is_plain(c)) {
			buf_add_char(&out, c);
		} else {
			break;
		}
	}
	if (i == name.n)
		text = out.n == name.n ? name : str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

/* -- declarations ------------------------------------------------------------------------------------------------- */

static int compare_fields(const void *a, const void *b)
{
	return str_compare(((const struct crd_declared_field *)a)->name, ((const struct crd_declared_field *)b)->name);
}

static uint64_t at_least_zero(int64_t n)
{
	return n < 0 ? 0 : (uint64_t)n;
}

static uint64_t times_four(int64_t n)
{
	return n <= 0 ? 0 : (uint64_t)n > UINT64_MAX / 4 ? UINT64_MAX : (uint64_t)n * 4;
}

static uint64_t longest_of(const struct value *texts)
{
	uint64_t longest = 0;

	for (VALUE_EACH(text, texts))
		if (text->type == VALUE_STRING && text->length > longest)
			longest = text->length;
	return longest;
}

static void declare_string(struct crd_declaration *out, const struct crd_schema *schema)
{
	static const struct {
		const char *format;
		const struct cel_type *type;
		uint64_t max, min;
	} formats[] = {
		{ "duration", &cel_duration, 32, 3 },
		{ "date", &cel_timestamp, 12, 12 },
		{ "date-time", &cel_timestamp, 32, 21 },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!str_equal(schema->format, str_of(formats[i].format)))
			continue;
		out->type = formats[i].type;
		out->max_elements = formats[i].max;
		out->min_size = formats[i].min;
		return;
	}
	out->min_size = 2;
	out->max_elements = TEXT_MAX;
	if (str_is(schema->format, "byte")) {
		out->type = &cel_bytes;
		if (schema->max_length.given)
			out->max_elements = at_least_zero(schema->max_length.limit);
		return;
	}
	out->type = &cel_string;
	if (schema->max_length.given)
		out->max_elements = times_four(schema->max_length.limit);
	else if (schema->enumeration)
		out->max_elements = longest_of(schema->enumeration);
}

static bool declare_object(struct arena *arena, struct crd_declaration *out, const struct crd_schema *schema)
{
	struct crd_declared_field *fields;

	if (schema->additional) {
		out->kind = DECLARED_MAP;
		out->items = crd_declare(arena, schema->additional, schema->additional->embedded);
		if (!out->items)
			return false;
		out->max_elements = schema->max_properties.given ? at_least_zero(schema->max_properties.limit)
								 : TEXT_MAX / (out->items->min_size + 6);
		out->min_size = 2;
		return true;
	}
	out->kind = DECLARED_OBJECT;
	out->min_size = 2;
	out->fields = fields = arena_array(arena, schema->property_count + 1, sizeof(*fields));
	for (size_t i = 0; i < schema->property_count; i++) {
		const struct crd_property *property = &schema->properties[i];
		const struct crd_declaration *below = crd_declare(arena, property->schema, property->schema->embedded);
		struct str name;

		if (!below)
			continue;
		name = crd_escape(arena, property->name);
		if (name.n)
			fields[out->field_count++] = (struct crd_declared_field){ name, property->name, below };
		if (property->required && !property->schema->default_value)
			out->min_size += property->name.n + below->min_size + 4;
	}
	qsort(fields, out->field_count, sizeof(*fields), compare_fields);
	return true;
}

const struct crd_declaration *crd_declare(struct arena *arena, const struct crd_schema *schema, bool root)
{
	struct crd_declaration *out = ARENA_NEW(arena, struct crd_declaration);

	if (schema->int_or_string) {
		out->type = &cel_dyn;
		out->min_size = 1;
		out->max_elements = schema->max_length.given ? times_four(schema->max_length.limit) : TEXT_MAX;
		return out;
	}
	if (root)
		schema = crd_with_metadata(arena, schema);
	if (str_is(schema->type, "array")) {
		out->kind = DECLARED_LIST;
		out->items = schema->items ? crd_declare(arena, schema->items, schema->items->embedded) : NULL;
		if (!out->items)
			return NULL;
		out->max_elements = schema->max_items.given ? at_least_zero(schema->max_items.limit)
							    : TEXT_MAX / (out->items->min_size + 1);
		out->min_size = 2;
		return out;
	}
	if (str_is(schema->type, "object"))
		return declare_object(arena, out, schema) ? out : NULL;
	if (str_is(schema->type, "string")) {
		declare_string(out, schema);
		return out;
	}
	out->min_size = 1;
	if (str_is(schema->type, "boolean")) {
		out->type = &cel_bool;
		out->min_size = 4;
	} else if (str_is(schema->type, "number")) {
		out->type = &cel_double;
	} else if (str_is(schema->type, "integer")) {
		out->type = &cel_int;
	}
	return out->type ? out : NULL;
}

const struct crd_declaration *crd_declared_field(const struct crd_declaration *declaration, struct str name)
{
	size_t low = 0, high = declaration->field_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_compare(name, declaration->fields[middle].name);

		if (order == 0)
			return declaration->fields[middle].declaration;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct cel_type *crd_type(struct arena *arena, const struct crd_declaration *declaration, struct str name)
{
	struct cel_field *fields;
	struct cel_type *type;

	switch (declaration->kind) {
	case DECLARED_LIST:
		return cel_list_of(arena, crd_type(arena, declaration->items, str_concat(arena, name, STR(".@idx"))));
	case DECLARED_MAP:
		return cel_map_of(arena, &cel_string,
				  crd_type(arena, declaration->items, str_concat(arena, name, STR(".@elem"))));
	case DECLARED_OBJECT:
		type = cel_type_new(arena, CEL_TYPE_STRUCT, name, NULL, NULL);
		type->fields = fields = arena_array(arena, declaration->field_count * 2, sizeof(*fields));
		for (size_t i = 0; i < declaration->field_count; i++) {
			const struct crd_declared_field *field = &declaration->fields[i];
			struct str below = str_format(arena, STR_FMT "." STR_FMT, STR_ARG(name), STR_ARG(field->name));
			const struct cel_type *of_field = crd_type(arena, field->declaration, below);

			fields[type->field_count++] = (struct cel_field){ field->name, of_field };
			/* Words like "namespace" may be written as they are, too, where the grammar allows it. */
			if (is_reserved(field->key))
				fields[type->field_count++] = (struct cel_field){ field->key, of_field };
		}
		return type;
	default:
		return declaration->type;
	}
}

bool crd_size_of(void *data, struct str path, struct cel_range *out)
{
	const struct crd_declaration *at = data;
	struct str step;

	/* The first step is self or oldSelf. */
	str_cut(path, '.', &step, &path);
	while (at && path.n > 0) {
		str_cut(path, '.', &step, &path);
		if (str_is(step, "@items") || str_is(step, "@values")) {
			at = at->items;
		} else if (str_is(step, "@keys")) {
			if (at->kind != DECLARED_MAP)
				return false;
			*out = (struct cel_range){ 0, 0 };
			return true;
		} else {
			at = crd_declared_field(at, step);
		}
	}
	if (!at)
		return false;
	*out = (struct cel_range){ 0, at->max_elements };
	return true;
}

/* -- views -------------------------------------------------------------------------------------------------------- */

static int compare_view_fields(const void *a, const void *b)
{
	return str_compare(((const struct cel_view_field *)a)->name, ((const struct cel_view_field *)b)->name);
}

static uint8_t expects_of(const struct crd_schema *schema)
{
	static const struct {
		const char *type;
		enum cel_view_expects expects;
	} types[] = {
		{ "string", CEL_EXPECTS_STRING }, { "integer", CEL_EXPECTS_INT }, { "number", CEL_EXPECTS_FLOAT },
		{ "boolean", CEL_EXPECTS_BOOL },  { "array", CEL_EXPECTS_ARRAY }, { "object", CEL_EXPECTS_MAP },
	};

	if (schema->int_or_string)
		return CEL_EXPECTS_INT_OR_STRING;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_equal(schema->type, str_of(types[i].type)))
			return (uint8_t)types[i].expects;
	return CEL_EXPECTS_ANYTHING;
}

static enum cel_view_shape string_shape(struct str format)
{
	if (str_is(format, "date") || str_is(format, "date-time"))
		return CEL_VIEW_TIMESTAMP;
	if (str_is(format, "duration"))
		return CEL_VIEW_DURATION;
	return str_is(format, "byte") ? CEL_VIEW_BYTES : CEL_VIEW_DYN;
}

static void view_fields(struct arena *arena, struct cel_view *view, const struct crd_schema *schema)
{
	struct cel_view_field *fields = arena_array(arena, schema->property_count * 2, sizeof(*fields));

	view->shape = CEL_VIEW_OBJECT;
	for (size_t i = 0; i < schema->property_count; i++) {
		struct str key = schema->properties[i].name, name = crd_escape(arena, key);
		const struct cel_view *below = crd_view(arena, schema->properties[i].schema);

		if (name.n)
			fields[view->field_count++] = (struct cel_view_field){ name, key, below };
		/* Reserved words, and the keys of lists, are looked up by their own name, too. */
		if (!str_equal(name, key))
			fields[view->field_count++] = (struct cel_view_field){ key, key, below };
	}
	qsort(fields, view->field_count, sizeof(*fields), compare_view_fields);
	view->fields = fields;
}

const struct cel_view *crd_view(struct arena *arena, const struct crd_schema *schema)
{
	struct cel_view *view = ARENA_NEW(arena, struct cel_view);

	view->expects = expects_of(schema);
	view->nullable = schema->nullable;
	if (schema->int_or_string)
		return view;
	if (str_is(schema->type, "object")) {
		if (schema->embedded)
			schema = crd_with_metadata(arena, schema);
		if (schema->additional && !schema->has_properties) {
			view->shape = CEL_VIEW_MAP;
			view->items = crd_view(arena, schema->additional);
		} else {
			view_fields(arena, view, schema);
		}
	} else if (str_is(schema->type, "array")) {
		view->shape = CEL_VIEW_LIST;
		view->items = schema->items ? crd_view(arena, schema->items) : NULL;
		view->list = schema->head.flags & NODE_MAP_LIST ? CEL_LIST_MAP
			     : schema->head.flags & NODE_SET	? CEL_LIST_SET
								: CEL_LIST_ATOMIC;
		view->keys = schema->keys;
		view->key_count = schema->key_count;
	} else if (str_is(schema->type, "string")) {
		view->shape = string_shape(schema->format);
	} else if (str_is(schema->type, "number")) {
		view->shape = CEL_VIEW_DOUBLE;
	}
	return view;
}
