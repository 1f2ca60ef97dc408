/*
 * What the API server refuses in a CRD for its rules. Semantics: k8s.io/apiextensions-apiserver v0.36
 * pkg/apis/apiextensions/validation (validation.go, cel_validation.go).
 */
#include "data/json.h"
#include "policy/crd/rules.h"

#define RULE_LIMIT UINT64_C(10000000)
#define SCHEMA_LIMIT UINT64_C(100000000)
#define REQUEST_MAX 3145728
#define UNBOUNDED UINT64_MAX
#define EXPENSIVE_MAX 4

struct expensive {
	struct str path;
	uint64_t cost;
};

struct checking {
	struct arena *arena;
	struct crd_errors *errors;
	uint64_t total;
	struct expensive expensive[EXPENSIVE_MAX + 1];
	size_t expensive_count;
};

/* Where a node stands, how often its data can be there, and the list above it whose items have no identity. */
struct context {
	struct str path, loose;
	uint64_t cardinality;
};

static uint64_t multiply(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static void add(struct checking *checking, struct str path, const struct value *at, struct str body)
{
	struct crd_errors *errors = checking->errors;

	*ARENA_PUSH(checking->arena, errors->items, errors->count, errors->capacity) =
		(struct crd_error){ .field = path, .pointer = STR(""), .body = body, .at = at };
}

static struct str cost_text(struct arena *arena, const char *what, uint64_t cost, uint64_t limit)
{
	double factor = (double)cost / (double)limit;
	char text[64];

	if (factor > 100)
		snprintf(text, sizeof(text), "more than 100x");
	else
		snprintf(text, sizeof(text), factor < 1.5 ? "%fx" : "%.1fx", factor);
	return str_format(arena,
			  "Forbidden: %s exceeds budget by factor of %s (try simplifying the rule, or adding maxItems, "
			  "maxProperties, and maxLength where arrays, maps, and strings are declared)",
			  what, text);
}

/* The most expensive first; only a few are kept. */
static void observe(struct checking *checking, struct str path, uint64_t cost)
{
	size_t i = checking->expensive_count;

	checking->total = UINT64_MAX - checking->total < cost ? UINT64_MAX : checking->total + cost;
	if (cost < SCHEMA_LIMIT / 100)
		return;
	for (; i > 0 && checking->expensive[i - 1].cost < cost; i--)
		checking->expensive[i] = checking->expensive[i - 1];
	checking->expensive[i] = (struct expensive){ path, cost };
	if (checking->expensive_count < EXPENSIVE_MAX)
		checking->expensive_count++;
}

/* The rule as Go's internal type encodes it. */
static struct str rule_json(struct arena *arena, const struct value *source)
{
	static const struct {
		const char *name, *key;
		bool text;
	} fields[] = {
		{ "Rule", "rule", true },
		{ "Message", "message", true },
		{ "MessageExpression", "messageExpression", true },
		{ "Reason", "reason", false },
		{ "FieldPath", "fieldPath", true },
		{ "OptionalOldSelf", "optionalOldSelf", false },
	};
	struct object_builder builder = { 0 };

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct value *value = value_get(source, str_of(fields[i].key));

		if (!value)
			value = fields[i].text ? &value_empty_string : &value_null;
		object_put(arena, &builder, str_of(fields[i].name), value);
	}
	return json_text(arena, object_finish(arena, &builder), JSON_COMPACT | JSON_HTML_SAFE);
}

static void refuse(struct checking *checking, struct str path, const struct crd_rule *rule, struct str why)
{
	add(checking, path, rule->source,
	    str_format(checking->arena, "Invalid value: " STR_FMT ": " STR_FMT,
		       STR_ARG(rule_json(checking->arena, rule->source)), STR_ARG(why)));
}

static void check_rule(struct checking *checking, const struct crd_rules *rules, size_t i,
		       const struct context *context)
{
	const struct crd_rule *rule = &rules->rules[i];
	uint64_t least = rules->declaration ? rules->declaration->min_size : 1;
	uint64_t times = context->cardinality == UNBOUNDED ? REQUEST_MAX / (least + 1) : context->cardinality;
	struct arena *arena = checking->arena;
	struct str base = str_format(arena, STR_FMT ".x-kubernetes-validations[%zu]", STR_ARG(context->path), i);
	struct str path = str_concat(arena, base, STR(".rule"));
	uint64_t cost = multiply(rule->cost, times);

	if (cost > RULE_LIMIT)
		add(checking, path, rule->source, cost_text(arena, "estimated rule cost", cost, RULE_LIMIT));
	observe(checking, path, cost);
	if (rule->problem.n)
		refuse(checking, path, rule, rule->problem);
	if (rule->message_problem.n)
		refuse(checking, str_concat(arena, base, STR(".messageExpression")), rule, rule->message_problem);
	if (rule->message_cost > RULE_LIMIT)
		add(checking, str_concat(arena, base, STR(".messageExpression")), rule->source,
		    cost_text(arena, "estimated messageExpression cost", rule->message_cost, RULE_LIMIT));
	if (rule->message_program)
		observe(checking, str_concat(arena, base, STR(".messageExpression")), rule->message_cost);
	if (rule->uses_old && context->loose.n)
		add(checking, path, rule->source,
		    str_format(arena,
			       "Invalid value: " STR_FMT
			       ": oldSelf cannot be used on the uncorrelatable portion of the schema within " STR_FMT,
			       STR_ARG(json_text(arena, value_field(rule->source, "rule"), JSON_COMPACT)),
			       STR_ARG(context->loose)));
	else if (!rule->uses_old && rule->program && value_field(rule->source, "optionalOldSelf"))
		add(checking, str_concat(arena, base, STR(".optionalOldSelf")), rule->source,
		    str_format(arena, "Invalid value: %s: may not be set if oldSelf is not used in rule",
			       rule->optional_old ? "true" : "false"));
}

/* How often what is directly below can be there, for each time that this is. */
static uint64_t elements_of(const struct crd_schema *schema)
{
	const struct crd_bound *bound = NULL;

	if (str_is(schema->type, "object") && schema->additional_given)
		bound = &schema->max_properties;
	else if (str_is(schema->type, "array"))
		bound = &schema->max_items;
	if (!bound)
		return 1;
	return !bound->given ? UNBOUNDED : bound->limit < 0 ? 0 : (uint64_t)bound->limit;
}

static void check_node(struct checking *checking, const struct crd_rules *rules, const struct context *context)
{
	uint64_t elements = elements_of(rules->schema);
	struct arena *arena = checking->arena;
	struct context below = {
		.loose = context->loose,
		.cardinality = context->cardinality == UNBOUNDED || elements == UNBOUNDED
				       ? UNBOUNDED
				       : multiply(context->cardinality, elements),
	};

	for (size_t i = 0; i < rules->count; i++)
		check_rule(checking, rules, i, context);
	for (size_t i = 0; i < rules->all_of_count; i++) {
		struct context same = *context;

		same.path = str_format(arena, STR_FMT ".allOf[%zu]", STR_ARG(context->path), i);
		check_node(checking, rules->all_of[i], &same);
	}
	for (size_t i = 0; i < rules->property_count; i++) {
		below.path = str_format(arena, STR_FMT ".properties[" STR_FMT "]", STR_ARG(context->path),
					STR_ARG(rules->properties[i].name));
		check_node(checking, rules->properties[i].rules, &below);
	}
	if (rules->additional) {
		below.path = str_concat(arena, context->path, STR(".additionalProperties"));
		check_node(checking, rules->additional, &below);
	}
	if (rules->items) {
		below.path = str_concat(arena, context->path, STR(".items"));
		if (!below.loose.n && !(rules->schema->head.flags & NODE_MAP_LIST))
			below.loose = context->path;
		check_node(checking, rules->items, &below);
	}
}

void crd_rules_check(struct arena *arena, const struct crd_rules *rules, struct str path, struct crd_errors *errors)
{
	struct checking checking = { .arena = arena, .errors = errors };
	struct context context = { .path = path, .cardinality = 1 };

	if (!rules)
		return;
	check_node(&checking, rules, &context);
	if (checking.total <= SCHEMA_LIMIT)
		return;
	for (size_t i = 0; i < checking.expensive_count; i++)
		add(&checking, checking.expensive[i].path, NULL,
		    STR("Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 "
			"schema"));
	add(&checking, path, rules->schema->source,
	    cost_text(arena, "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema",
		      checking.total, SCHEMA_LIMIT));
}
