/* Names in certificates, and what all parts of a certificate are built with. */
#include "data/base64.h"
#include "data/utf8.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/x509.h"

/* -- building ---------------------------------------------------------------------------------------------------- */

bool x509_fail(struct x509 *x, const char *why)
{
	if (!x->wrong)
		x->wrong = why;
	return false;
}

bool x509_fail_with(struct x509 *x, const char *format, ...)
{
	struct str text;
	va_list args;

	va_start(args, format);
	text = str_vformat(x->arena, format, args);
	va_end(args);
	return x509_fail(x, str_cstr(x->arena, text));
}

const struct value *x509_text(struct x509 *x, struct str text)
{
	return value_of_str(x->arena, text);
}

const struct value *x509_bytes(struct x509 *x, struct str bytes)
{
	return x509_text(x, base64_text(x->arena, bytes));
}

void x509_put(struct x509 *x, const char *field, const struct value *v)
{
	object_put(x->arena, &x->fields, str_of(field), v);
}

void x509_add(struct x509 *x, const char *field, const struct value *item)
{
	struct x509_list *list = x->lists;

	while (list && strcmp(list->field, field) != 0)
		list = list->next;
	if (!list) {
		list = ARENA_NEW(x->arena, struct x509_list);
		*list = (struct x509_list){ .next = x->lists, .field = field };
		x->lists = list;
	}
	array_add(x->arena, &list->items, item);
}

const struct value *x509_finish(struct x509 *x)
{
	for (struct x509_list *list = x->lists; list; list = list->next)
		x509_put(x, list->field, array_finish(x->arena, &list->items));
	return object_finish(x->arena, &x->fields);
}

/* -- names ------------------------------------------------------------------------------------------------------- */

static bool is_printable(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c && strchr(" '()+,-./:=?*&", c));
}

static bool all_of(struct str s, bool (*allowed)(char c))
{
	for (size_t i = 0; i < s.n; i++)
		if (!allowed(s.p[i]))
			return false;
	return true;
}

static bool is_ascii(char c)
{
	return (unsigned char)c < 0x80;
}

static bool is_numeric(char c)
{
	return c == ' ' || (c >= '0' && c <= '9');
}

static bool is_utf8(struct str s)
{
	for (size_t i = 0, width; i < s.n; i += width) {
		width = utf8_length(s.p + i, s.n - i);
		if (width == 0)
			return false;
	}
	return true;
}

/* One (Latin-1) or two (UCS-2) bytes a character. */
static struct str widen(struct arena *arena, struct str s, size_t width)
{
	char *out = arena_alloc(arena, s.n / width * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; i + width <= s.n; i += width) {
		uint32_t c = (unsigned char)s.p[i];

		n += utf8_encode(width == 2 ? c << 8 | (unsigned char)s.p[i + 1] : c, out + n);
	}
	return str_make(out, n);
}

static bool is_ucs2(struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i += 2) {
		unsigned c = (unsigned)((unsigned char)s.p[i] << 8 | (unsigned char)s.p[i + 1]);

		if (c >= 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return s.n % 2 == 0;
}

bool x509_string(struct x509 *x, uint8_t tag, struct str content, const struct value **out)
{
	const char *wrong = NULL;

	switch (tag) {
	case DER_T61:
		content = widen(x->arena, content, 1);
		break;
	case DER_PRINTABLE:
		wrong = all_of(content, is_printable) ? NULL : "invalid PrintableString";
		break;
	case DER_UTF8:
		wrong = is_utf8(content) ? NULL : "invalid UTF-8 string";
		break;
	case DER_BMP:
		if (content.n % 2 == 0 && str_ends_with(content, str_make("\0\0", 2)))
			content.n -= 2;
		wrong = is_ucs2(content) ? NULL : "invalid BMPString";
		content = widen(x->arena, content, 2);
		break;
	case DER_IA5:
		wrong = all_of(content, is_ascii) ? NULL : "invalid IA5String";
		break;
	case DER_NUMERIC:
		wrong = all_of(content, is_numeric) ? NULL : "invalid NumericString";
		break;
	default:
		wrong = str_cstr(x->arena, str_format(x->arena, "unsupported string type: %u", tag));
	}
	if (wrong)
		return x509_fail_with(x, "x509: invalid RDNSequence: invalid attribute value: %s", wrong);
	*out = x509_text(x, content);
	return true;
}

static const struct {
	const char *type, *field;
	bool list;
} name_fields[] = {
	{ "2.5.4.6", "Country", true },
	{ "2.5.4.10", "Organization", true },
	{ "2.5.4.11", "OrganizationalUnit", true },
	{ "2.5.4.7", "Locality", true },
	{ "2.5.4.8", "Province", true },
	{ "2.5.4.9", "StreetAddress", true },
	{ "2.5.4.17", "PostalCode", true },
	{ "2.5.4.5", "SerialNumber", false },
	{ "2.5.4.3", "CommonName", false },
};
#define NAME_FIELDS (sizeof(name_fields) / sizeof(*name_fields))

static bool add_attribute(struct x509 *name, struct str attribute)
{
	struct object_builder pair = { 0 };
	const struct value *text;
	struct str id, content, type;
	uint8_t tag;

	if (!der_oid(&attribute, &id))
		return x509_fail(name, "x509: invalid RDNSequence: invalid attribute type");
	if (!der_any(&attribute, &tag, &content, NULL))
		return x509_fail(name, "x509: invalid RDNSequence: invalid attribute value");
	if (!x509_string(name, tag, content, &text))
		return false;
	object_put(name->arena, &pair, STR("Type"), der_oid_value(name->arena, id));
	object_put(name->arena, &pair, STR("Value"), text);
	x509_add(name, "Names", object_finish(name->arena, &pair));
	type = der_oid_text(name->arena, id);
	for (size_t i = 0; i < NAME_FIELDS; i++) {
		if (!str_equal(type, str_of(name_fields[i].type)))
			continue;
		if (name_fields[i].list)
			x509_add(name, name_fields[i].field, text);
		else
			x509_put(name, name_fields[i].field, text);
	}
	return true;
}

bool x509_name(struct x509 *x, struct str element, const char *field)
{
	struct x509 name = { .arena = x->arena };
	struct str sequence, set, attribute;

	for (size_t i = 0; i < NAME_FIELDS; i++)
		x509_put(&name, name_fields[i].field, name_fields[i].list ? &value_null : &value_empty_string);
	x509_put(&name, "Names", &value_null);
	x509_put(&name, "ExtraNames", &value_null);
	if (!der_read(&element, DER_SEQUENCE, &sequence))
		return x509_fail(x, "x509: invalid RDNSequence");
	while (sequence.n > 0) {
		if (!der_read(&sequence, DER_SET, &set))
			return x509_fail(x, "x509: invalid RDNSequence");
		while (set.n > 0) {
			if (!der_read(&set, DER_SEQUENCE, &attribute))
				return x509_fail(x, "x509: invalid RDNSequence: invalid attribute");
			if (!add_attribute(&name, attribute))
				return x509_fail(x, name.wrong);
		}
	}
	x509_put(x, field, x509_finish(&name));
	return true;
}
