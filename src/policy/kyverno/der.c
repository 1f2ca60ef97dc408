#include "policy/kyverno/der.h"

#include "base/buf.h"

bool der_any(struct str *in, uint8_t *tag, struct str *content, struct str *element)
{
	const unsigned char *p = (const unsigned char *)in->p;
	size_t head = 2, length;

	if (in->n < 2 || (p[0] & 0x1f) == 0x1f)
		return false;
	length = p[1];
	if (length & 0x80) {
		size_t bytes = length & 0x7f;

		if (bytes == 0 || bytes > 4 || in->n < 2 + bytes)
			return false;
		length = 0;
		for (size_t i = 0; i < bytes; i++)
			length = length << 8 | p[2 + i];
		if (length < 0x80 || length >> (bytes - 1) * 8 == 0)
			return false;
		head += bytes;
	}
	if (length > in->n - head)
		return false;
	if (tag)
		*tag = p[0];
	if (element)
		*element = str_slice(*in, 0, head + length);
	/* The reader itself may be one of the outputs. */
	struct str inner = str_slice(*in, head, head + length);

	*in = str_skip(*in, head + length);
	if (content)
		*content = inner;
	return true;
}

bool der_peek(struct str in, uint8_t tag)
{
	return in.n > 0 && (unsigned char)in.p[0] == tag;
}

bool der_read(struct str *in, uint8_t tag, struct str *content)
{
	return der_peek(*in, tag) && der_any(in, NULL, content, NULL);
}

bool der_element(struct str *in, uint8_t tag, struct str *element)
{
	return der_peek(*in, tag) && der_any(in, NULL, NULL, element);
}

bool der_optional(struct str *in, uint8_t tag, struct str *content, bool *present)
{
	*present = der_peek(*in, tag);
	return !*present || der_any(in, NULL, content, NULL);
}

bool der_boolean(struct str *in, bool *out)
{
	struct str content;

	if (!der_read(in, DER_BOOLEAN, &content) || content.n != 1)
		return false;
	*out = content.p[0] != 0;
	return content.p[0] == 0 || (unsigned char)content.p[0] == 0xff;
}

bool der_integer(struct str *in, uint8_t tag, struct str *bytes)
{
	if (!der_read(in, tag, bytes) || bytes->n == 0)
		return false;
	if (bytes->n == 1)
		return true;

	unsigned char first = (unsigned char)bytes->p[0];
	bool sign = (bytes->p[1] & 0x80) != 0;

	return !(first == 0 && !sign) && !(first == 0xff && sign);
}

bool der_int64(struct str *in, uint8_t tag, int64_t *out)
{
	struct str bytes;
	uint64_t value;

	if (!der_integer(in, tag, &bytes) || bytes.n > 8)
		return false;
	value = bytes.p[0] & 0x80 ? UINT64_MAX : 0;
	for (size_t i = 0; i < bytes.n; i++)
		value = value << 8 | (unsigned char)bytes.p[i];
	*out = (int64_t)value;
	return true;
}

bool der_bits(struct arena *arena, struct str *in, struct str *bytes, size_t *bits)
{
	struct str content;
	unsigned padding;
	char *shifted;

	if (!der_read(in, DER_BIT_STRING, &content) || content.n == 0)
		return false;
	padding = (unsigned char)content.p[0];
	*bytes = str_skip(content, 1);
	if (padding > 7 || (bytes->n == 0 && padding != 0))
		return false;
	*bits = bytes->n * 8 - padding;
	if (padding == 0)
		return true;
	if (bytes->p[bytes->n - 1] & ((1 << padding) - 1))
		return false;
	shifted = arena_alloc(arena, bytes->n);
	for (size_t i = 0; i < bytes->n; i++) {
		unsigned left = i > 0 ? (unsigned char)bytes->p[i - 1] : 0;

		shifted[i] = (char)((left << 8 | (unsigned char)bytes->p[i]) >> padding);
	}
	*bytes = str_make(shifted, bytes->n);
	return true;
}

/* -- object identifiers ------------------------------------------------------------------------------------------ */

/* One number of seven-bit groups; false when it has no end, a leading zero or more than 31 bits. */
static bool take_arc(struct str *in, uint32_t *out)
{
	*out = 0;
	for (size_t i = 0; i < in->n; i++) {
		unsigned char c = (unsigned char)in->p[i];

		if ((i == 0 && c == 0x80) || *out >= 1u << 24)
			return false;
		*out = *out << 7 | (c & 0x7f);
		if (!(c & 0x80)) {
			*in = str_skip(*in, i + 1);
			return true;
		}
	}
	return false;
}

static bool is_oid(struct str content)
{
	uint32_t arc;

	if (content.n == 0)
		return false;
	while (content.n > 0)
		if (!take_arc(&content, &arc))
			return false;
	return true;
}

bool der_oid(struct str *in, struct str *content)
{
	return der_read(in, DER_OID, content) && is_oid(*content);
}

/* The first number holds the first two arcs. */
static void split_first(uint32_t number, uint32_t *first, uint32_t *second)
{
	*first = number < 80 ? number / 40 : 2;
	*second = number - *first * 40;
}

struct str der_oid_text(struct arena *arena, struct str content)
{
	struct buf out = { 0 };
	uint32_t arc, first, second;
	struct str text;

	if (!is_oid(content))
		return STR_NULL;
	take_arc(&content, &arc);
	split_first(arc, &first, &second);
	buf_printf(&out, "%u.%u", first, second);
	while (content.n > 0 && take_arc(&content, &arc))
		buf_printf(&out, ".%u", arc);
	text = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return text;
}

const struct value *der_oid_value(struct arena *arena, struct str content)
{
	struct array_builder arcs = { 0 };
	uint32_t arc, first, second;

	if (!take_arc(&content, &arc))
		return &value_empty_array;
	split_first(arc, &first, &second);
	array_add(arena, &arcs, value_of_int(arena, first));
	array_add(arena, &arcs, value_of_int(arena, second));
	while (content.n > 0 && take_arc(&content, &arc))
		array_add(arena, &arcs, value_of_int(arena, arc));
	return array_finish(arena, &arcs);
}
