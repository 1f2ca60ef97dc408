/* x509_decode(): the first PEM block of a text as a certificate or a certificate request. */
#include "data/base64.h"
#include "policy/kyverno/functions_core.h"
#include "policy/kyverno/functions_util.h"
#include "policy/kyverno/x509.h"

#define PEM_MAX (1024 * 1024)
#define PEM_BEGIN STR("-----BEGIN ")
#define PEM_END STR("\n-----END ")
#define PEM_DASHES STR("-----")

/* The line at the front without white space at its end; *rest is what follows. */
static struct str take_line(struct str text, struct str *rest)
{
	struct str line;

	str_cut(text, '\n', &line, rest);
	while (line.n > 0 && strchr(" \t\r", line.p[line.n - 1]) && line.p[line.n - 1])
		line.n--;
	return line;
}

static size_t find_last(struct str s, struct str needle)
{
	size_t last = STR_NOT_FOUND, at = 0;

	while ((at = str_find(s, needle, at)) != STR_NOT_FOUND)
		last = at++;
	return last;
}

/*
 * The block whose last line begins at `end` (the line feed before it), and whose first is the last BEGIN
 * before that.
 */
static bool read_block(struct arena *arena, struct str text, size_t end, struct str *type, struct str *bytes)
{
	size_t begin = find_last(str_slice(text, 0, end), PEM_BEGIN);
	struct str body, line, rest, next;

	if (begin == STR_NOT_FOUND || (begin > 0 && text.p[begin - 1] != '\n'))
		return false;
	line = take_line(str_skip(text, begin + PEM_BEGIN.n), &rest);
	if (!str_ends_with(line, PEM_DASHES))
		return false;
	*type = str_slice(line, 0, line.n - PEM_DASHES.n);
	/* "Key: value" lines come before the data. */
	while (str_contains(take_line(rest, &next), STR(":")) && rest.p <= text.p + end)
		rest = next;
	line = take_line(str_skip(text, end + PEM_END.n), &next);
	if (!str_starts_with(line, *type) || !str_equal(str_skip(line, type->n), PEM_DASHES))
		return false;
	body = rest.p && rest.p < text.p + end ? str_make(rest.p, (size_t)(text.p + end - rest.p)) : STR_NULL;
	body = str_replace(arena, body, STR(" "), STR(""), SIZE_MAX);
	body = str_replace(arena, body, STR("\t"), STR(""), SIZE_MAX);
	return base64_bytes(arena, body, bytes) == SIZE_MAX;
}

static bool read_pem(struct arena *arena, struct str text, struct str *type, struct str *bytes)
{
	size_t end;

	/* What stands before the end of a block that was none is not looked at again. */
	while ((end = str_find(text, PEM_END, 0)) != STR_NOT_FOUND) {
		if (read_block(arena, text, end, type, bytes))
			return true;
		text = str_skip(text, end + PEM_END.n);
	}
	return false;
}

const struct value *x509_read(struct arena *arena, struct str text, bool *is_request, struct error **err)
{
	struct x509 x = { .arena = arena };
	struct str type, bytes;
	bool good, request;

	if (!read_pem(arena, text, &type, &bytes)) {
		error_set(err, ERROR_INVALID, "failed to decode PEM block");
		return NULL;
	}
	request = str_is(type, "CERTIFICATE REQUEST");
	if (is_request)
		*is_request = request;
	if (request)
		good = x509_read_request(&x, bytes);
	else if (str_is(type, "CERTIFICATE"))
		good = x509_read_certificate(&x, bytes);
	else
		good = x509_fail(&x, "PEM block neither contains a CERTIFICATE or CERTIFICATE REQUEST");
	if (good)
		return x509_finish(&x);
	error_set(err, ERROR_INVALID, "%s", x.wrong);
	return NULL;
}

const struct value *function_x509_decode(struct jmespath_call *call)
{
	struct error *error = NULL;
	const struct value *v;

	if (argument_str(call, 0).n > PEM_MAX)
		return function_fail(call, "a certificate may have at most %d bytes", PEM_MAX);
	v = x509_read(call->context->arena, argument_str(call, 0), NULL, &error);
	return v ? v : function_pass_error(call, error, false);
}
