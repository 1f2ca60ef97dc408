#include "policy/kyverno/functions_core.h"

#include <openssl/evp.h>

#include "data/json.h"
#include "data/yaml.h"
#include "policy/kyverno/functions_json.h"

const struct value *json_read(struct arena *arena, struct str text, struct error **err)
{
	struct error *error = NULL;
	const struct value *v = json_parse(arena, text, &error);
	struct str message;

	if (v)
		return v;
	/* Messages end up in reports, so they are the ones that Kyverno's users know. */
	message = function_json_error(arena, text);
	if (message.n == 0)
		v = json_parse(arena, function_json_repair(arena, text), NULL);
	if (!v)
		error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(message.n ? message : str_of(error->message)));
	error_free(error);
	return v;
}

const struct value *yaml_read(struct arena *arena, struct str text, struct error **err)
{
	struct error *error = NULL;
	const struct value *v = yaml_parse(arena, text, &error);

	if (v)
		return v;
	if (error && error->line > 0)
		error_set(err, ERROR_INVALID, "yaml: line %u: %s", error->line, error->message);
	else
		error_set(err, ERROR_INVALID, "yaml: %s", error ? error->message : "cannot be read");
	error_free(error);
	return NULL;
}

struct str digest_text(struct arena *arena, const char *algorithm, struct str bytes)
{
	static const char hexadecimal[] = "0123456789abcdef";
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t n = 0;
	char *out;

	if (!EVP_Q_digest(NULL, algorithm, NULL, bytes.p ? bytes.p : "", bytes.n, digest, &n))
		return STR_NULL;
	out = arena_alloc(arena, 2 * n);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hexadecimal[digest[i] >> 4];
		out[2 * i + 1] = hexadecimal[digest[i] & 15];
	}
	return str_make(out, 2 * n);
}
