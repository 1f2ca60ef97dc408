/*
 * Rules against objects: which are judged, what they cost, how their failures read. Semantics: validate() and
 * validateExpressions() of k8s.io/apiextensions-apiserver v0.36 pkg/apiserver/schema/cel/validation.go.
 */
#include "policy/crd/rules.h"

#include "data/json.h"
#include "data/quote.h"

#define MESSAGE_MAX 5120
#define OUT_OF_BUDGET "validation failed due to running out of cost budget, no further validation rules will be run"

/* The value that a node's old value is compared with, when there is one; else the nearest above that has one. */
struct correlation {
	const struct value *now, *old;
	const struct value *parent_now, *parent_old;
	bool known, parent_known;
};

struct judging {
	struct crd_rules_run *run;
	struct crd_errors *errors;
};

/* A value on the way down. */
struct spot {
	const struct value *value, *old; /* old: NULL when there is nothing to compare with */
	struct schema_step step;
	struct correlation correlation;
};

static void judge(struct judging *judging, const struct crd_rules *rules, const struct spot *spot);

/* -- words -------------------------------------------------------------------------------------------------------- */

static struct str field_text(struct judging *judging, const struct schema_step *step, struct str below)
{
	struct arena *arena = judging->run->arena;
	struct str root = judging->run->root, field = schema_step_field(arena, step);

	if (root.n && field.n)
		field = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(root), field.p[0] == '[' ? "" : ".",
				   STR_ARG(field));
	else if (root.n)
		field = root;
	if (below.n)
		field = str_format(arena, STR_FMT "%s" STR_FMT, STR_ARG(field), field.n ? "." : "", STR_ARG(below));
	return field.n ? field : STR("<nil>");
}

static void add(struct judging *judging, const struct spot *spot, struct str below, struct str body, bool ratcheted)
{
	struct arena *arena = judging->run->arena;
	struct crd_errors *errors = judging->errors;
	struct str field = field_text(judging, &spot->step, below);

	*ARENA_PUSH(arena, errors->items, errors->count, errors->capacity) = (struct crd_error){
		.field = field,
		.pointer = schema_step_pointer(arena, &spot->step),
		.body = body,
		.at = spot->value,
		.ratcheted = ratcheted,
	};
}

/* What went wrong with the rule itself: the type stands where a value would. */
static void PRINTF_LIKE(4, 5) trouble(struct judging *judging, const struct crd_rules *rules, const struct spot *spot,
				      const char *format, ...)
{
	struct arena *arena = judging->run->arena;
	struct str detail;
	va_list args;

	va_start(args, format);
	detail = str_vformat(arena, format, args);
	va_end(args);
	add(judging, spot, STR_NULL,
	    str_format(arena, "Invalid value: \"" STR_FMT "\": " STR_FMT, STR_ARG(rules->schema->type),
		       STR_ARG(detail)),
	    false);
}

static struct str rule_text(const struct crd_rule *rule)
{
	return rule->message.n ? rule->message : rule->text;
}

/* Structs and lists are not printed; scalars as Go prints them. */
static struct str value_text(struct arena *arena, const struct crd_schema *schema, const struct value *value)
{
	struct str text;

	if (str_is(schema->type, "object") || str_is(schema->type, "array"))
		return STR_NULL;
	text = value->type == VALUE_STRING ? quote(arena, value_str(value)) : json_text(arena, value, JSON_COMPACT);
	return str_concat(arena, STR(": "), text);
}

static struct str failure_body(struct arena *arena, const struct crd_rules *rules, const struct crd_rule *rule,
			       const struct value *value, struct str detail)
{
	struct str shown = value_text(arena, rules->schema, value);

	if (str_is(rule->reason, "FieldValueForbidden"))
		return str_concat(arena, STR("Forbidden: "), detail);
	if (str_is(rule->reason, "FieldValueRequired"))
		return str_concat(arena, STR("Required value: "), detail);
	if (str_is(rule->reason, "FieldValueDuplicate"))
		return str_concat(arena, STR("Duplicate value"), shown);
	return str_format(arena, "Invalid value" STR_FMT ": " STR_FMT, STR_ARG(shown), STR_ARG(detail));
}

/* -- one rule ----------------------------------------------------------------------------------------------------- */

/* False when the budget is spent; *cost is then of no interest. */
static bool spend(struct judging *judging, uint64_t cost)
{
	if (cost > INT64_MAX || (int64_t)cost > judging->run->budget)
		return false;
	judging->run->budget -= (int64_t)cost;
	return true;
}

enum message_outcome { MESSAGE_GIVEN, MESSAGE_UNUSABLE, MESSAGE_STOP };

static enum message_outcome evaluate_message(struct judging *judging, const struct crd_rule *rule, struct cel_run *run,
					     struct str *message)
{
	struct str source = cel_program_source(rule->message_program);
	struct arena *arena = judging->run->arena;
	struct cel_value value;

	run->cost = 0;
	value = cel_evaluate(rule->message_program, run);
	if (run->cost > INT64_MAX || (int64_t)run->cost > judging->run->budget) {
		*message = STR(
			"messageExpression evaluation failed due to running out of cost budget, no further validation "
			"rules will be run");
		return MESSAGE_STOP;
	}
	if (cel_is_error(value) && value.u.error->code == ERROR_LIMIT) {
		*message = str_format(arena,
				      "no further validation rules will be run due to call cost exceeds limit for "
				      "messageExpression: " STR_FMT,
				      STR_ARG(quote(arena, source)));
		return MESSAGE_STOP;
	}
	judging->run->budget -= (int64_t)run->cost;
	if (value.kind != CEL_STRING)
		return MESSAGE_UNUSABLE;
	*message = str_trim(cel_str(&value));
	if (message->n == 0 || message->n > MESSAGE_MAX || str_find_char(*message, '\n', 0) != STR_NOT_FOUND)
		return MESSAGE_UNUSABLE;
	return MESSAGE_GIVEN;
}

/* Whether the value was the same before, or what it is in was. */
static bool was_so_before(const struct correlation *correlation)
{
	if (correlation->known)
		return correlation->old && value_equal(correlation->now, correlation->old);
	return correlation->parent_known && correlation->parent_old &&
	       value_equal(correlation->parent_now, correlation->parent_old);
}

/* -1: no further rules are judged. */
static int fail(struct judging *judging, const struct crd_rules *rules, const struct crd_rule *rule,
		const struct spot *spot, struct cel_run *run)
{
	bool ratcheted = judging->run->ratcheting && !rule->uses_old && was_so_before(&spot->correlation);
	struct arena *arena = judging->run->arena;
	struct str detail = STR_NULL;
	enum message_outcome outcome = MESSAGE_UNUSABLE;

	if (rule->message_program)
		outcome = evaluate_message(judging, rule, run, &detail);
	if (outcome == MESSAGE_STOP) {
		add(judging, spot, rule->field_path,
		    str_format(arena, "Invalid value: \"" STR_FMT "\": " STR_FMT, STR_ARG(rules->schema->type),
			       STR_ARG(detail)),
		    ratcheted);
		return -1;
	}
	if (outcome == MESSAGE_UNUSABLE)
		detail = rule->message.n ? rule->message : str_concat(arena, STR("failed rule: "), rule->text);
	add(judging, spot, rule->field_path, failure_body(arena, rules, rule, spot->value, detail), ratcheted);
	return 0;
}

static int refuse(struct judging *judging, const struct crd_rules *rules, const struct crd_rule *rule,
		  const struct spot *spot, const struct cel_failure *failure)
{
	struct str text = rule_text(rule), why = failure->message;

	if (str_starts_with(why, STR("no such overload")))
		trouble(judging, rules, spot,
			"'" STR_FMT "': call arguments did not match a supported operator, function or macro signature "
				    "for rule: " STR_FMT,
			STR_ARG(why), STR_ARG(text));
	else if (failure->code != ERROR_LIMIT)
		trouble(judging, rules, spot, STR_FMT " evaluating rule: " STR_FMT, STR_ARG(why), STR_ARG(text));
	else
		trouble(judging, rules, spot,
			"'" STR_FMT
			"': no further validation rules will be run due to call cost exceeds limit for rule: " STR_FMT,
			STR_ARG(why), STR_ARG(text));
	return failure->code == ERROR_LIMIT ? -1 : 0;
}

static int judge_rule(struct judging *judging, const struct crd_rules *rules, const struct crd_rule *rule,
		      const struct spot *spot, struct cel_value *variables)
{
	struct cel_run run = {
		.arena = judging->run->arena,
		.variables = variables,
		.regexes = judging->run->regexes,
		.cost_limit = judging->run->call_limit,
	};
	struct cel_value value;

	if (rule->problem.n) {
		trouble(judging, rules, spot, "%s: " STR_FMT,
			rules->declaration ? "rule compile error" : "rule compiler initialization error",
			STR_ARG(rule->problem));
		return 0;
	}
	/* A rule on a change is judged only when there is something to compare with, or the rule says it needs nothing.
	 */
	if (!rule->program || (rule->uses_old && !spot->old && !rule->optional_old))
		return 0;
	if (rule->uses_old) {
		struct cel_value old = cel_of_view(spot->old, rules->view);

		if (!rule->optional_old)
			variables[SLOT_OLD_SELF] = old;
		else
			variables[SLOT_OLD_SELF] = cel_of_optional(run.arena, spot->old ? &old : NULL);
	}
	value = cel_evaluate(rule->program, &run);
	if (!spend(judging, run.cost)) {
		trouble(judging, rules, spot, OUT_OF_BUDGET);
		return -1;
	}
	if (cel_is_error(value))
		return refuse(judging, rules, rule, spot, value.u.error);
	if (value.kind == CEL_BOOL && value.u.boolean)
		return 0;
	return fail(judging, rules, rule, spot, &run);
}

static int judge_own(struct judging *judging, const struct crd_rules *rules, const struct spot *spot)
{
	struct cel_value variables[SLOTS] = { 0 };

	if (rules->count == 0)
		return 0;
	if (judging->run->budget <= 0) {
		trouble(judging, rules, spot, OUT_OF_BUDGET);
		return -1;
	}
	variables[SLOT_SELF] = cel_of_view(spot->value, rules->view);
	for (size_t i = 0; i < rules->count; i++)
		if (judge_rule(judging, rules, &rules->rules[i], spot, variables) < 0)
			return -1;
	return 0;
}

/* -- the way down ------------------------------------------------------------------------------------------------- */

static struct correlation correlation_below(const struct correlation *above, const struct value *now,
					    const struct value *old)
{
	struct correlation below = *above;

	if (!above->known)
		return below;
	below.parent_known = true;
	below.parent_now = above->now;
	below.parent_old = above->old;
	below.known = old != NULL;
	below.now = now;
	below.old = old;
	return below;
}

static bool same_item(const struct crd_schema *schema, const struct value *a, const struct value *b)
{
	for (size_t i = 0; i < schema->key_count; i++) {
		const struct value *x = value_get(a, schema->keys[i]), *y = value_get(b, schema->keys[i]);

		if (value_is_null(x) || value_is_null(y) || x->type >= VALUE_ARRAY || x->type != y->type ||
		    !value_equal(x, y))
			return false;
	}
	return schema->key_count > 0;
}

/* Only lists with keys know which old item an item was. */
static const struct value *old_item(const struct crd_schema *schema, const struct value *item, const struct value *list)
{
	if (!(schema->head.flags & NODE_MAP_LIST))
		return NULL;
	for (VALUE_EACH(old, list))
		if (old->type == VALUE_OBJECT && same_item(schema, item, old))
			return old;
	return NULL;
}

static void judge_items(struct judging *judging, const struct crd_rules *rules, const struct spot *spot)
{
	size_t index = 0;

	for (VALUE_EACH(item, spot->value)) {
		const struct value *old = old_item(rules->schema, item, spot->old);
		struct spot below = {
			.value = item,
			.old = old,
			.step = { .parent = &spot->step, .index = index },
			.correlation = correlation_below(&spot->correlation, item, old),
		};

		judge(judging, rules->items, &below);
		if (judging->run->budget < 0)
			return;
		index++;
	}
}

static const struct crd_rules *rules_of_property(const struct crd_rules *rules, struct str name)
{
	size_t low = 0, high = rules->property_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_compare(name, rules->properties[middle].name);

		if (order == 0)
			return rules->properties[middle].rules;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static void judge_members(struct judging *judging, const struct crd_rules *rules, const struct spot *spot,
			  bool additional)
{
	for (MEMBER_EACH(m, spot->value)) {
		struct str name = value_str(&m->key);
		const struct crd_rules *of_member = additional ? rules->additional : rules_of_property(rules, name);
		const struct value *old = value_get(spot->old, name);
		struct spot below = {
			.value = &m->value,
			.old = value_is_null(old) ? NULL : old,
			.step = { .parent = &spot->step, .key = name, .of_map = additional },
			.correlation = correlation_below(&spot->correlation, &m->value, old),
		};

		if (!of_member)
			continue;
		/* Old and new were converted to one version, so these two say nothing. */
		if (!spot->step.parent && (str_is(name, "apiVersion") || str_is(name, "kind")))
			below.correlation = (struct correlation){ 0 };
		judge(judging, of_member, &below);
		if (judging->run->budget < 0)
			return;
	}
}

static void judge(struct judging *judging, const struct crd_rules *rules, const struct spot *spot)
{
	if (!rules || value_is_null(spot->value))
		return;
	if (judge_own(judging, rules, spot) < 0) {
		judging->run->budget = -1;
		return;
	}
	for (size_t i = 0; i < rules->all_of_count; i++) {
		struct spot same = *spot;

		same.correlation.known = false;
		judge(judging, rules->all_of[i], &same);
		if (judging->run->budget < 0)
			return;
	}
	if (spot->value->type == VALUE_ARRAY && rules->items)
		judge_items(judging, rules, spot);
	if (spot->value->type == VALUE_OBJECT && rules->additional)
		judge_members(judging, rules, spot, true);
	if (spot->value->type == VALUE_OBJECT && rules->property_count && judging->run->budget >= 0)
		judge_members(judging, rules, spot, false);
}

void crd_rules_judge(struct crd_rules_run *run, const struct crd_rules *rules, const struct value *object,
		     const struct value *old, struct crd_errors *errors)
{
	struct judging judging = { .run = run, .errors = errors };
	struct spot root = { .value = object, .old = value_is_null(old) ? NULL : old };

	root.correlation = (struct correlation){ .now = object, .old = root.old, .known = root.old != NULL };
	judge(&judging, rules, &root);
}
