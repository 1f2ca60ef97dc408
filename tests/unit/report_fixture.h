/* Objects with findings, made from YAML texts; for the tests of report/. */
#ifndef TESTS_UNIT_REPORT_FIXTURE_H
#define TESTS_UNIT_REPORT_FIXTURE_H

#include "data/yaml.h"
#include "report/report.h"

struct fixture {
	struct source source;
	struct reported reported;
	struct result_list results;
};

/* Decodes the text; when it does not parse, the object is NULL and the only result is biro/parse. */
static inline void fixture_read(struct fixture *fixture, struct arena *arena, const char *name, uint32_t first_line,
				const char *text)
{
	struct error *err = NULL;
	const struct value *object;
	struct reported *reported = &fixture->reported;

	*fixture = (struct fixture){ .source = { str_of(name), str_of(text), first_line } };
	object = yaml_decode(arena, &fixture->source, &decode_limits_default, NULL, &err);
	*reported = (struct reported){ .object = object, .source = &fixture->source };
	if (object) {
		reported->api_version = value_str(value_field(object, "apiVersion"));
		reported->kind = value_str(value_field(object, "kind"));
		reported->namespace = object_namespace(object);
		reported->name = object_name(object);
		reported->line = object->line;
		reported->column = object->column;
		return;
	}
	struct result *result = result_add(arena, &fixture->results);

	*result = (struct result){ .policy = STR("biro"), .rule = STR("parse"), .outcome = OUTCOME_ERROR,
				   .message = str_dup(arena, str_of(err->message)) };
	reported->line = err->line;
	reported->column = err->column;
	reported->results = fixture->results.items;
	reported->count = fixture->results.count;
	error_free(err);
}

/* A result at a path; `at` is the value there or its closest parent, as judges give it. */
static inline struct result *fixture_add(struct fixture *fixture, struct arena *arena, enum outcome outcome,
					 const char *policy, const char *rule, const char *path,
					 const char *message)
{
	struct result *result = result_add(arena, &fixture->results);
	const struct value *deepest = NULL;

	*result = (struct result){ .policy = str_of(policy), .policy_kind = STR("ClusterPolicy"), .rule = str_of(rule),
				   .outcome = outcome, .message = str_of(message), .path = str_of(path) };
	if (*path && fixture->reported.object) {
		result->at = value_at_pointer(fixture->reported.object, result->path, &deepest);
		if (!result->at)
			result->at = deepest;
	}
	fixture->reported.results = fixture->results.items;
	fixture->reported.count = fixture->results.count;
	return result;
}

#endif
