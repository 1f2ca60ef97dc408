/* cel-go's base64 functions (ext/encoders.go). */
#include "data/base64.h"
#include "lang/cel/library.h"

static CEL_BODY(encode)
{
	if (arguments[0].kind != CEL_BYTES)
		return cel_no_overload(run);
	if (!cel_can_hold(run, (uint64_t)arguments[0].length / 3 * 4 + 4))
		return cel_fail_memory(run);
	return cel_of_str(base64_text(run->arena, cel_str(&arguments[0])));
}

/* What is there without padding, for text that ends where a group does not. */
static struct str padded(struct arena *arena, struct str text)
{
	static const struct str padding[] = { STR(""), STR("==="), STR("=="), STR("=") };
	size_t digits = 0;

	for (size_t i = 0; i < text.n; i++)
		digits += text.p[i] != '\n' && text.p[i] != '\r';
	return digits % 4 ? str_concat(arena, text, padding[digits % 4]) : text;
}

static CEL_BODY(decode)
{
	struct str text = cel_str(&arguments[0]), bytes;
	size_t wrong;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	wrong = base64_bytes(run->arena, text, &bytes);
	if (wrong == SIZE_MAX)
		return cel_of_bytes(bytes);
	/* Then without padding, where a '=' is a wrong byte like others; what is wrong then is said. */
	if (str_find_char(text, '=', 0) < wrong)
		wrong = str_find_char(text, '=', 0);
	else if (base64_bytes(run->arena, padded(run->arena, text), &bytes) == SIZE_MAX)
		return cel_of_bytes(bytes);
	return cel_fail(run, "illegal base64 data at input byte %zu", wrong);
}

static const struct cel_function functions[] = {
	{ .name = "base64.decode", .signature = "(string) -> bytes", .evaluate = decode },
	{ .name = "base64.encode", .signature = "(bytes) -> string", .evaluate = encode },
	{ .name = NULL },
};

const struct cel_library cel_encoders_library = { .name = "cel.lib.ext.encoders", .functions = functions };
