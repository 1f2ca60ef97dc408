/*
 * Compiles the first line of the input and evaluates it, in both modes, on the JSON text of the rest (or on a document
 * of our own when the rest is none). Whatever the program is, it gives a value, a missing key or an error.
 */
#include "data/json.h"
#include "lang/jmespath/jmespath.h"

static const char fallback[] =
	"{\"a\":{\"b\":[1,2.5,\"x\",null,true,[3,[4]],{\"c\":\"d\"}],\"s\":\"h\\u00e9llo\"},\"n\":[3,1,2],"
	"\"o\":[{\"k\":\"b\",\"v\":2},{\"k\":\"a\",\"v\":1}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void evaluate(const struct jmespath *program, enum jmespath_mode mode, const struct value *document)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct jmespath_context context = { .arena = arena, .mode = mode, .step_limit = 20000 };
	const struct value *out = NULL;
	enum jmespath_status status = jmespath_evaluate(program, &context, document, &out, &err);

	if ((status == JMESPATH_OK) != !err || !out || context.steps > 20000)
		abort();
	if (status == JMESPATH_MISSING && (mode != JMESPATH_STRICT || err->code != ERROR_NOT_FOUND))
		abort();
	if (status == JMESPATH_OK)
		value_copy(arena, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(arena_destroyp) struct arena *arena = arena_create();
	_cleanup_(error_freep) struct error *err = NULL;
	struct str input = str_make((const char *)data, size), line, rest;
	const struct value *document;
	const struct jmespath *program;
	const struct str *roots;
	size_t count;
	bool all;

	str_cut(input, '\n', &line, &rest);
	document = json_parse(arena, rest, NULL);
	if (!document)
		document = json_parse(arena, str_of(fallback), NULL);
	program = jmespath_compile(arena, line, &jmespath_standard_library, (struct place){ 0 }, &err);
	if (!program != !!err)
		abort();
	if (!program)
		return 0;
	roots = jmespath_roots(program, &count, &all);
	for (size_t i = 0; i < count; i++) {
		if (roots[i].n && !roots[i].p)
			abort();
	}
	if (jmespath_is_path(program) && count + all != 1)
		abort();
	evaluate(program, JMESPATH_STANDARD, document);
	evaluate(program, JMESPATH_STRICT, document);
	return 0;
}
