/*
 * The rules of a whole schema: a tree beside it that keeps what has rules. Semantics: NewValidator of
 * k8s.io/apiextensions-apiserver v0.36 pkg/apiserver/schema/cel/validation.go.
 */
#include "policy/crd/rules.h"

#include "policy/admissionpolicy/admissionpolicy.h"

struct building {
	struct arena *arena;
	struct cel_env *base;
};

static const struct crd_rules *build(struct building *building, const struct crd_schema *rules,
				     const struct crd_schema *node, bool root,
				     const struct crd_declaration *declaration);

bool crd_has_rules(const struct crd_schema *schema)
{
	if (!schema)
		return false;
	if (schema->rules || crd_has_rules(schema->items) || crd_has_rules(schema->additional))
		return true;
	for (size_t i = 0; i < schema->property_count; i++)
		if (crd_has_rules(schema->properties[i].schema))
			return true;
	return false;
}

static void build_own(struct building *building, struct crd_rules *out, const struct crd_schema *rules)
{
	struct crd_rule_scope scope;

	out->rules = arena_array(building->arena, value_count(rules->rules), sizeof(*out->rules));
	if (!out->declaration) {
		/* Said once, whatever the rules are. */
		out->count = 1;
		out->rules[0] = (struct crd_rule){
			.problem = STR("failed to convert to declType for CEL validation rules"),
			.source = value_at(rules->rules, 0),
		};
		return;
	}
	crd_rule_scope_init(&scope, building->arena, building->base, out->schema, out->declaration);
	for (VALUE_EACH(rule, rules->rules))
		crd_rule_compile(&scope, rule, &out->rules[out->count++]);
}

static const struct crd_rules *build_property(struct building *building, const struct crd_property *property,
					      const struct crd_schema *node, const struct crd_declaration *declaration)
{
	const struct crd_property *there = crd_property_find(node, property->name);
	struct str escaped = crd_escape(building->arena, property->name);
	const struct crd_declaration *below;

	if (!there || (escaped.n && (!declaration || declaration->kind != DECLARED_OBJECT)))
		return NULL;
	below = escaped.n ? crd_declared_field(declaration, escaped)
			  : crd_declare(building->arena, there->schema, there->schema->embedded);
	if (!below)
		return NULL;
	return build(building, property->schema, there->schema, there->schema->embedded, below);
}

static void build_properties(struct building *building, struct crd_rules *out, const struct crd_schema *rules)
{
	struct crd_named_rules *named = NULL;
	size_t capacity = 0;

	for (size_t i = 0; i < rules->property_count; i++) {
		const struct crd_rules *below =
			build_property(building, &rules->properties[i], out->schema, out->declaration);

		if (below)
			*ARENA_PUSH(building->arena, named, out->property_count, capacity) =
				(struct crd_named_rules){ rules->properties[i].name, below };
	}
	out->properties = named;
}

static void build_all_of(struct building *building, struct crd_rules *out, const struct crd_schema *rules, bool root)
{
	size_t capacity = 0;

	for (size_t i = 0; i < rules->all_of.count; i++) {
		const struct crd_rules *below =
			build(building, rules->all_of.items[i], out->schema, root, out->declaration);

		if (below)
			*ARENA_PUSH(building->arena, out->all_of, out->all_of_count, capacity) = below;
	}
}

/* `rules` says which rules there are, `node` what the data is: they differ within allOf. */
static const struct crd_rules *build(struct building *building, const struct crd_schema *rules,
				     const struct crd_schema *node, bool root,
				     const struct crd_declaration *declaration)
{
	struct crd_rules *out = ARENA_NEW(building->arena, struct crd_rules);
	const struct crd_declaration *items = declaration ? declaration->items : NULL;

	out->schema = node;
	out->declaration = declaration;
	if (rules->rules)
		build_own(building, out, rules);
	if (rules->items && node->items)
		out->items = build(building, rules->items, node->items, node->items->embedded, items);
	build_properties(building, out, rules);
	if (rules->additional && node->additional)
		out->additional =
			build(building, rules->additional, node->additional, node->additional->embedded, items);
	build_all_of(building, out, rules, root);
	if (out->count == 0 && !out->items && out->property_count == 0 && !out->additional && out->all_of_count == 0)
		return NULL;
	if (out->count > 0)
		out->view = crd_view(building->arena, root ? crd_with_metadata(building->arena, node) : node);
	return out;
}

const struct crd_rules *crd_rules_compile(struct arena *arena, const struct crd_schema *schema, bool root)
{
	struct building building = { .arena = arena, .base = cel_env_create(arena, CEL_KUBERNETES) };

	cel_env_add_library(building.base, &admission_authorizer_library, NULL);
	return build(&building, schema, schema, root, crd_declare(arena, schema, root));
}
