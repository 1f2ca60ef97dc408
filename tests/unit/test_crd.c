#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/json.h"
#include "data/yaml.h"
#include "policy/crd/crd.h"
#include "policy/crd/formats.h"

struct fixture {
	struct arena *arena;
	const struct crd_schema *schema;
	struct crd_errors errors;
};

static void start(struct fixture *fixture, const char *schema)
{
	struct error *err = NULL;

	*fixture = (struct fixture){ .arena = arena_create() };
	fixture->schema = crd_compile(fixture->arena, yaml_parse(fixture->arena, str_of(schema), &err), &err);
	assert_non_null(fixture->schema);
}

static const struct value *parse(struct fixture *fixture, const char *text)
{
	return text ? yaml_parse(fixture->arena, str_of(text), NULL) : NULL;
}

/* The errors, one a line. */
static void finish(struct fixture *fixture, const char *expected)
{
	struct str all = STR("");

	for (size_t i = 0; i < fixture->errors.count; i++)
		all = str_format(fixture->arena, STR_FMT STR_FMT ": " STR_FMT "%s\n", STR_ARG(all),
				 STR_ARG(fixture->errors.items[i].field), STR_ARG(fixture->errors.items[i].body),
				 fixture->errors.items[i].ratcheted ? " (ratcheted)" : "");
	assert_string_equal(str_cstr(fixture->arena, all), expected);
	arena_destroy(fixture->arena);
}

static int64_t judge(struct fixture *fixture, const char *object, const char *old, int64_t budget)
{
	struct crd_rules_run run = {
		.arena = fixture->arena,
		.ratcheting = true,
		.call_limit = CRD_CALL_LIMIT,
		.budget = budget,
	};

	crd_rules_judge(&run, crd_rules_compile(fixture->arena, fixture->schema, true), parse(fixture, object),
			parse(fixture, old), &fixture->errors);
	return budget - run.budget;
}

static void expect_rules(const char *schema, const char *object, const char *old, const char *expected)
{
	struct fixture fixture;

	start(&fixture, schema);
	judge(&fixture, object, old, CRD_BUDGET);
	finish(&fixture, expected);
}

#define RULE(rule)                                                                                                     \
	"type: object\nproperties: {a: {type: integer}, b: {type: string}, namespace: {type: string}, "                \
	"x-y.z: {type: string}}\nx-kubernetes-validations:\n- " rule "\n"

static void test_rules(void **state)
{
	expect_rules(RULE("rule: self.a > 1"), "{a: 2}", NULL, "");
	expect_rules(RULE("rule: self.a > 1"), "{a: 1}", NULL, "<nil>: Invalid value: failed rule: self.a > 1\n");
	expect_rules(RULE("{rule: self.a > 1, message: ' too small '}"), "{a: 1}", NULL,
		     "<nil>: Invalid value: too small\n");
	expect_rules(RULE("{rule: self.a > 1, message: m, messageExpression: \"'a is ' + string(self.a)\"}"), "{a: 1}",
		     NULL, "<nil>: Invalid value: a is 1\n");
	/* A message that cannot be had falls back. */
	expect_rules(RULE("{rule: self.a > 1, message: m, messageExpression: \"self.b\"}"), "{a: 1}", NULL,
		     "<nil>: Invalid value: m\n");
	expect_rules(RULE("{rule: self.a > 1, messageExpression: \"'x\\ny'\"}"), "{a: 1}", NULL,
		     "<nil>: Invalid value: failed rule: self.a > 1\n");
	expect_rules(RULE("{rule: self.a > 1, fieldPath: .a, reason: FieldValueRequired, message: m}"), "{a: 1}", NULL,
		     "a: Required value: m\n");
	expect_rules(RULE("{rule: self.a > 1, reason: FieldValueDuplicate, message: m}"), "{a: 1}", NULL,
		     "<nil>: Duplicate value\n");
	/* Names as CEL writes them; reserved words as they are, too. */
	expect_rules(RULE("rule: self.x__dash__y__dot__z == self.__namespace__ && self.namespace == 'm'"),
		     "{x-y.z: m, namespace: m}", NULL, "");
	/* Every resource has these. */
	expect_rules(RULE("rule: self.metadata.name.startsWith(self.kind)"), "{kind: a, metadata: {name: b}}", NULL,
		     "<nil>: Invalid value: failed rule: self.metadata.name.startsWith(self.kind)\n");
	expect_rules(RULE("rule: self.b.size() > 1"), "{a: 1}", NULL,
		     "<nil>: Invalid value: \"object\": no such key: b evaluating rule: self.b.size() > 1\n");
}

static void test_compile_errors(void **state)
{
	expect_rules(RULE("rule: self.a == 'x'"), "{a: 1}", NULL,
		     "<nil>: Invalid value: \"object\": rule compile error: compilation failed: ERROR: <input>:1:8: "
		     "found no matching "
		     "overload for '_==_' applied to '(int, string)'\n | self.a == 'x'\n | .......^\n");
	expect_rules(RULE("rule: self.a"), "{a: 1}", NULL,
		     "<nil>: Invalid value: \"object\": rule compile error: cel expression must evaluate to a bool\n");
	expect_rules(RULE("rule: ' '"), "{a: 1}", NULL, "");
}

static void test_old(void **state)
{
	const char *rule = RULE("{rule: self.a >= oldSelf.a, message: shrinks}");

	expect_rules(rule, "{a: 1}", NULL, "");
	expect_rules(rule, "{a: 1}", "{a: 1}", "");
	expect_rules(rule, "{a: 1}", "{a: 2}", "<nil>: Invalid value: shrinks\n");
	expect_rules(RULE("{rule: '!oldSelf.hasValue()', optionalOldSelf: true, message: m}"), "{a: 1}", NULL, "");
	expect_rules(RULE("{rule: '!oldSelf.hasValue()', optionalOldSelf: true, message: m}"), "{a: 1}", "{a: 2}",
		     "<nil>: Invalid value: m\n");
	/* What failed before and was not touched is a warning. */
	expect_rules(RULE("{rule: self.a > 1, message: m}"), "{a: 1}", "{a: 1}",
		     "<nil>: Invalid value: m (ratcheted)\n");
	expect_rules("type: object\nproperties:\n  l: {type: array, x-kubernetes-list-type: map, "
		     "x-kubernetes-list-map-keys: [k], "
		     "items: {type: object, properties: {k: {type: string}, v: {type: integer}}, "
		     "x-kubernetes-validations: [{rule: "
		     "self.v >= oldSelf.v, message: m}]}}\n",
		     "l: [{k: b, v: 1}, {k: a, v: 1}, {k: new, v: 0}]", "l: [{k: a, v: 2}, {k: b, v: 1}]",
		     "l[1]: Invalid value: m\n");
}

static void test_places(void **state)
{
	expect_rules("type: object\nproperties:\n  m: {type: object, additionalProperties: {type: integer, "
		     "x-kubernetes-validations: [{rule: self < 3}]}}\n  l: {type: array, items: {type: string, "
		     "x-kubernetes-validations: [{rule: self != 'x'}]}}\n",
		     "{m: {a/b: 3}, l: [v, x]}", NULL,
		     "m[a/b]: Invalid value: 3: failed rule: self < 3\nl[1]: Invalid value: \"x\": failed rule: self "
		     "!= 'x'\n");
	expect_rules("type: object\nallOf: [{properties: {a: {x-kubernetes-validations: [{rule: self > "
		     "1}]}}}]\nproperties: {a: {type: "
		     "integer}}\n",
		     "{a: 1}", NULL, "a: Invalid value: 1: failed rule: self > 1\n");
}

static void test_typed_values(void **state)
{
	const char *schema =
		"type: object\nproperties:\n  d: {type: string, format: date}\n  t: {type: string, format: date-time}\n"
		"  u: {type: string, format: duration}\n  z: {type: string, format: byte}\n  f: {type: number}\n"
		"  i: {x-kubernetes-int-or-string: true}\n  s: {type: array, x-kubernetes-list-type: set, items: "
		"{type: string}}\n"
		"x-kubernetes-validations:\n- rule: self.d < self.t && self.u == duration('1h') && self.z == b'ab' && "
		"self.f == 1.0\n"
		"- rule: \"type(self.i) == int ? self.i == 5 : self.i == 'x'\"\n- rule: self.s == ['b', 'a']\n";

	expect_rules(schema, "{d: '2026-01-01', t: '2026-01-02T03:04:05Z', u: 60m, z: YWI=, f: 1, i: 5, s: [a, b]}",
		     NULL, "");
	expect_rules(schema, "{d: '2026-01-01', t: '2026-01-02T03:04:05Z', u: 60m, z: YWI=, f: 1, i: x, s: 5}", NULL,
		     "<nil>: Invalid value: \"object\": invalid data, expected an array for the provided schema with "
		     "type=array "
		     "evaluating rule: self.s == ['b', 'a']\n");
}

static void test_budget(void **state)
{
	struct fixture fixture;

	start(&fixture, RULE("rule: self.a > 1\n- rule: self.a > 2"));
	assert_int_equal(judge(&fixture, "{a: 3}", NULL, CRD_BUDGET), 6);
	fixture.errors.count = 0;
	judge(&fixture, "{a: 3}", NULL, 4);
	finish(&fixture,
	       "<nil>: Invalid value: \"object\": validation failed due to running out of cost budget, no further "
	       "validation rules will be run\n");
}

static void test_estimates(void **state)
{
	struct fixture fixture;

	start(&fixture,
	      "type: object\nproperties:\n  l: {type: array, items: {type: string}, x-kubernetes-validations: [{rule: "
	      "'self.all(x, self.all(y, x == y))'}]}\n");
	crd_rules_check(fixture.arena, crd_rules_compile(fixture.arena, fixture.schema, true), STR("schema"),
			&fixture.errors);
	assert_int_equal(fixture.errors.count, 3);
	assert_true(str_is(fixture.errors.items[0].field, "schema.properties[l].x-kubernetes-validations[0].rule"));
	assert_true(
		str_starts_with(fixture.errors.items[0].body,
				STR("Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try")));
	fixture.errors.count = 0;
	finish(&fixture, "");
	start(&fixture,
	      "type: object\nproperties:\n  l: {type: array, maxItems: 10, items: {type: string, maxLength: 5}, "
	      "x-kubernetes-validations: [{rule: 'self.all(x, self.all(y, x == y))'}]}\n");
	crd_rules_check(fixture.arena, crd_rules_compile(fixture.arena, fixture.schema, true), STR("schema"),
			&fixture.errors);
	finish(&fixture, "");
}

static void expect_structure(const char *schema, const char *object, const char *expected)
{
	struct fixture fixture;

	start(&fixture, schema);
	crd_validate(fixture.arena, NULL, fixture.schema, parse(&fixture, object), &fixture.errors);
	finish(&fixture, expected);
}

static void test_structure(void **state)
{
	expect_structure("{type: object, required: [a], properties: {a: {type: integer}}}", "{}",
			 "a: Required value\n");
	expect_structure("{type: object, properties: {a: {type: integer}}}", "{a: x}",
			 "a: Invalid value: \"string\": a in body must be of type integer: \"string\"\n");
	expect_structure("{type: object, properties: {a: {type: integer, format: int32}}}", "{a: true}",
			 "a: Invalid value: \"\": a in body must be of type int32: \"\"\n");
	expect_structure("{type: object, properties: {a: {type: integer}}}", "{a: null}",
			 "a: Invalid value: \"null\": a in body must be of type integer: \"null\"\n");
	expect_structure("{type: object, properties: {a: {type: integer, nullable: true}}}", "{a: null}", "");
	expect_structure("{type: object, properties: {a: {type: integer}}}", "{a: 2.0}", "");
	expect_structure("{type: object, properties: {a: {type: number}}}", "{a: 2}", "");
	expect_structure("{type: object, properties: {a: {type: integer, minimum: 2, exclusiveMinimum: true}}}",
			 "{a: 2}", "a: Invalid value: 2: a in body should be greater than 2\n");
	expect_structure("{type: object, properties: {a: {type: number, maximum: 1.5}}}", "{a: 1.75}",
			 "a: Invalid value: 1.75: a in body should be less than or equal to 1.5\n");
	expect_structure("{type: object, properties: {a: {type: integer, multipleOf: 3}}}", "{a: 4}",
			 "a: Invalid value: 4: a in body should be a multiple of 3\n");
	expect_structure("{type: object, properties: {a: {type: string, maxLength: 1}}}", "{a: áb}",
			 "a: Too long: may not be more than 1 byte\n");
	expect_structure("{type: object, properties: {a: {type: string, maxLength: 1}}}", "{a: á}", "");
	expect_structure("{type: object, properties: {a: {type: string, pattern: ^b}}}", "{a: a}",
			 "a: Invalid value: \"a\": a in body should match '^b'\n");
	expect_structure("{type: object, properties: {a: {type: string, enum: [x, v]}}}", "{a: z}",
			 "a: Unsupported value: \"z\": supported values: \"x\", \"v\"\n");
	expect_structure("{type: object, properties: {a: {type: array, maxItems: 1, items: {type: string}}}}",
			 "{a: [x, 1]}",
			 "a[1]: Invalid value: \"integer\": a[1] in body must be of type string: \"integer\"\n"
			 "a: Too many: 2: must have at most 1 item\n");
	expect_structure("{type: object, properties: {a: {type: object, minProperties: 1, additionalProperties: {type: "
			 "string}}}}",
			 "{a: {}}", "a: Invalid value: 0: a in body should have at least 1 properties\n");
	expect_structure("{type: object, properties: {a: {x-kubernetes-int-or-string: true}}}", "{a: []}",
			 "a: Invalid value: \"array\": a in body must be of type integer,string: \"array\"\n");
}

static void test_several(void **state)
{
	const char *any = "{type: object, properties: {a: {type: object, anyOf: [{required: [x]}, {required: [v]}], "
			  "not: {required: "
			  "[z]}}}}";

	expect_structure(any, "{a: {v: 1}}", "");
	expect_structure(
		any, "{a: {}}",
		"<nil>: Invalid value: \"\": \"a\" must validate at least one schema (anyOf)\na.x: Required value\n");
	expect_structure(any, "{a: {x: 1, z: 1}}",
			 "<nil>: Invalid value: \"\": \"a\" must not validate the schema (not)\n");
	expect_structure(
		"{type: object, properties: {a: {type: object, oneOf: [{required: [x]}, {required: [v]}]}}}",
		"{a: {x: 1, v: 1}}",
		"<nil>: Invalid value: \"\": \"a\" must validate one and only one schema (oneOf). Found 2 valid "
		"alternatives\n");
	expect_structure("{type: object, properties: {a: {type: integer, allOf: [{minimum: 2}, {maximum: 5}]}}}",
			 "{a: 1}",
			 "a: Invalid value: 1: a in body should be greater than or equal to 2\n"
			 "<nil>: Invalid value: \"\": \"a\" must validate all the schemas (allOf)\n");
}

static void test_lists(void **state)
{
	expect_structure(
		"{type: object, properties: {a: {type: array, x-kubernetes-list-type: set, items: {type: string}}}}",
		"{a: [x, v, x, x]}", "a[2]: Duplicate value: \"x\"\n");
	expect_structure("{type: object, properties: {a: {type: array, x-kubernetes-list-type: map, "
			 "x-kubernetes-list-map-keys: [k, l], "
			 "items: {type: object}}}}",
			 "{a: [{k: 1, l: x}, {k: 1}, {l: x, k: 1}]}", "a[2]: Duplicate value: {\"k\":1,\"l\":\"x\"}\n");
}

static void test_formats(void **state)
{
	static const struct {
		const char *format, *text;
		bool fits;
	} cases[] = {
		{ "date", "2026-02-28", true },
		{ "date", "2026-02-30", false },
		{ "date-time", "2026-01-01T00:00:00Z", true },
		{ "date-time", "now", false },
		{ "duration", "1h30m", true },
		{ "duration", "soon", false },
		{ "ipv4", "1.2.3.4", true },
		{ "ipv4", "::1", false },
		{ "ipv6", "::1", true },
		{ "cidr", "10.0.0.0/8", true },
		{ "cidr", "10.0.0.0", false },
		{ "uuid", "123e4567-e89b-12d3-a456-426614174000", true },
		{ "uuid", "x", false },
		{ "byte", "YQ==", true },
		{ "byte", "a", false },
		{ "mac", "01:23:45:67:89:ab", true },
		{ "mac", "01", false },
		{ "email", "a@b.c", true },
		{ "email", "a", false },
		{ "hostname", "example.com", true },
		{ "hostname", "-x.", false },
		{ "uri", "http://a/b", true },
		{ "uri", "a b", false },
		{ "isbn10", "0321751043", true },
		{ "isbn13", "978-0321751041", true },
		{ "isbn", "1", false },
		{ "hexcolor", "#FFF", true },
		{ "rgbcolor", "rgb(255,0,0)", true },
		{ "ssn", "123-45-6789", true },
		{ "creditcard", "4111111111111111", true },
		{ "k8s-short-name", "a-b", true },
		{ "k8s-short-name", "a.b", false },
		{ "k8s-long-name", "a.b", true },
		{ "bsonobjectid", "507f1f77bcf86cd799439011", true },
		{ "password", "", true },
		{ "no-such-format", "x", true },
	};
	struct arena *arena = arena_create();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (crd_format_fits(arena, NULL, str_of(cases[i].format), str_of(cases[i].text)) != cases[i].fits)
			fail_msg("%s: %s", cases[i].format, cases[i].text);
	assert_int_equal(crd_format(STR("string"), STR("no-such-format")).n, 0);
	assert_int_equal(crd_format(STR("integer"), STR("date")).n, 0);
	assert_true(str_is(crd_format(STR("string"), STR("date-time")), "date-time"));
	arena_destroy(arena);
}

static void test_defaults(void **state)
{
	struct fixture fixture;
	const struct value *object, *done;

	start(&fixture, "{type: object, properties: {a: {type: object, default: {}, properties: {b: {type: integer, "
			"default: 5}, c: {type: "
			"string}}}, l: {type: array, items: {type: object, properties: {d: {type: string, default: "
			"x}}}}, e: {type: "
			"string, nullable: true, default: v}}}");
	object = parse(&fixture, "{a: {c: null}, l: [{}, {d: z}], e: null}");
	done = crd_defaulted(fixture.arena, fixture.schema, object);
	assert_true(str_is(json_text(fixture.arena, done, JSON_COMPACT | JSON_SORTED),
			   "{\"a\":{\"b\":5},\"e\":null,\"l\":[{\"d\":\"x\"},{\"d\":\"z\"}]}"));
	done = crd_defaulted(fixture.arena, fixture.schema, &value_empty_object);
	assert_true(
		str_is(json_text(fixture.arena, done, JSON_COMPACT | JSON_SORTED), "{\"a\":{\"b\":5},\"e\":\"v\"}"));
	object = parse(&fixture, "{a: {b: 1}, e: z}");
	assert_ptr_equal(crd_defaulted(fixture.arena, fixture.schema, object), object);
	finish(&fixture, "");
}

static void test_unknown(void **state)
{
	struct fixture fixture;

	start(&fixture,
	      "{type: object, properties: {spec: {type: object, properties: {size: {type: integer}, free: {type: "
	      "object, "
	      "x-kubernetes-preserve-unknown-fields: true, properties: {p: {type: object}}}, pod: {type: object, "
	      "x-kubernetes-embedded-resource: true, properties: {spec: {type: object}}}, map: {type: object, "
	      "additionalProperties: {type: object}}}}}}");
	crd_unknown_fields(
		fixture.arena, fixture.schema,
		parse(&fixture,
		      "{apiVersion: a, kind: b, metadata: {x: y}, status: {}, spec: {Size: 1, free: {a: {b: 1}, p: {q: "
		      "1}}, pod: {kind: Pod, metadata: {}, x: 1}, map: {k: {v: 1}}}}"),
		&fixture.errors);
	finish(&fixture,
	       "status: unknown field \"status\"\nspec.Size: unknown field \"spec.Size\" (did you mean \"size\"?)\n"
	       "spec.free.p.q: unknown field \"spec.free.p.q\"\nspec.pod.x: unknown field \"spec.pod.x\"\n"
	       "spec.map.k.v: unknown field \"spec.map.k.v\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),	     cmocka_unit_test(test_compile_errors),
		cmocka_unit_test(test_old),	     cmocka_unit_test(test_places),
		cmocka_unit_test(test_typed_values), cmocka_unit_test(test_budget),
		cmocka_unit_test(test_estimates),    cmocka_unit_test(test_structure),
		cmocka_unit_test(test_several),	     cmocka_unit_test(test_lists),
		cmocka_unit_test(test_formats),	     cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
