/*
 * The request of a review as policies see it, made once per review where values do not differ by policy.
 *
 * Semantics: Kyverno v1.19 cmd/cli/kubectl-kyverno/processor (makePolicyContext), pkg/engine/policycontext and
 * cmd/cli/kubectl-kyverno/resource (a missing namespace is "default", null maps are empty).
 */
#include "policy/kyverno/context.h"

#define NORMALIZE_DEPTH_MAX 512

/* -- the object, as the CLI reads it ------------------------------------------------------------------------------- */

static const struct str map_fields[] = {
	STR("annotations"), STR("labels"), STR("matchLabels"), STR("nodeSelector"), STR("data"), STR("stringData"),
};

static bool is_null_map(const struct member *m)
{
	if (m->value.type != VALUE_NULL)
		return false;
	for (size_t i = 0; i < sizeof(map_fields) / sizeof(*map_fields); i++)
		if (str_equal(value_str(&m->key), map_fields[i]))
			return true;
	return false;
}

/* Has a null where a map belongs? Lists are searched for objects only, as Kyverno does. */
static bool has_null_map(const struct value *object, int depth)
{
	if (depth > NORMALIZE_DEPTH_MAX)
		return false;
	for (uint32_t i = 0; i < object->length; i++) {
		const struct value *v = &object->u.members[i].value;

		if (v->type == VALUE_NULL && is_null_map(&object->u.members[i]))
			return true;
		if (v->type == VALUE_OBJECT && has_null_map(v, depth + 1))
			return true;
		for (uint32_t j = 0; v->type == VALUE_ARRAY && j < v->length; j++)
			if (v->u.items[j].type == VALUE_OBJECT && has_null_map(&v->u.items[j], depth + 1))
				return true;
	}
	return false;
}

static struct value without_null_maps(struct arena *arena, const struct value *object, int depth)
{
	struct value copy = *object;
	struct member *members;

	if (!has_null_map(object, depth))
		return copy;
	members = arena_copy(arena, object->u.members, object->length * sizeof(*members));
	for (uint32_t i = 0; i < object->length; i++) {
		struct value *v = &members[i].value;

		if (is_null_map(&members[i])) {
			*v = (struct value){
				.type = VALUE_OBJECT, .line = v->line, .column = v->column, .source = v->source
			};
		} else if (v->type == VALUE_OBJECT) {
			*v = without_null_maps(arena, v, depth + 1);
		} else if (v->type == VALUE_ARRAY) {
			struct value *items = arena_copy(arena, v->u.items, v->length * sizeof(*items));

			for (uint32_t j = 0; j < v->length; j++)
				if (items[j].type == VALUE_OBJECT)
					items[j] = without_null_maps(arena, &items[j], depth + 1);
			v->u.items = items;
		}
	}
	copy.u.members = members;
	return copy;
}

/* An object with one member put, at the same place in the source. */
static const struct value *with_member(struct arena *arena, const struct value *object, struct str key,
				       const struct value *value)
{
	struct object_builder builder = { 0 };
	struct value *v;

	object_start_from(arena, &builder, value_is(object, VALUE_OBJECT) ? object : &value_empty_object);
	object_put(arena, &builder, key, value);
	v = arena_copy(arena, object_finish(arena, &builder), sizeof(*v));
	if (object) {
		v->line = object->line;
		v->column = object->column;
		v->source = object->source;
	}
	return v;
}

static const struct value *prepared(struct shared *shared, const struct value *object)
{
	const struct value *metadata = value_field(object, "metadata");
	struct str namespace = shared->review->namespace;

	if (!value_is(object, VALUE_OBJECT))
		return object;
	if (namespace.n && !object_namespace(object).n) {
		metadata =
			with_member(shared->arena, metadata, STR("namespace"), value_of_str(shared->arena, namespace));
		object = with_member(shared->arena, object, STR("metadata"), metadata);
	}
	if (has_null_map(object, 0)) {
		struct value copy = without_null_maps(shared->arena, object, 0);

		object = arena_copy(shared->arena, &copy, sizeof(copy));
	}
	return object;
}

/* -- what match looks at ------------------------------------------------------------------------------------------- */

static void subject_init(struct shared *shared, struct request_base *base, const struct value *object,
			 struct match_subject *subject)
{
	struct review *review = shared->review;

	*subject = (struct match_subject){
		.kind = review->kind,
		.subresource = review->subresource,
		.operation = base->operation,
		.object = object,
		.name = object_name(object),
		.namespace = object_namespace(object),
		.labels = object_labels(object),
		.annotations = object_annotations(object),
		.namespace_labels = shared->namespace_labels,
		.user = review->user,
		.roles = review->roles,
		.cluster_roles = review->cluster_roles,
		.trace = review->trace,
		.arena = shared->arena,
	};
	if (!subject->name.n)
		subject->name = object_generate_name(object);
	subject->has_user =
		value_count(review->user) || value_count(review->roles) || value_count(review->cluster_roles);
}

static void subjects_init(struct shared *shared, struct request_base *base)
{
	if (base->object)
		subject_init(shared, base, base->object, &base->subject);
	if (base->old_object)
		subject_init(shared, base, base->old_object, &base->old_subject);
}

/* -- values -------------------------------------------------------------------------------------------------------- */

static void operation_from_values(struct shared *shared, struct request_base *base)
{
	const struct review *review = shared->review;
	struct str name = value_str(value_field(base->given, "request.operation"));
	const struct value *resource = review->object ? shared->object : shared->old_object;

	/* Who has a new and an old object knows better. */
	if (!name.n || review->operation_given ||
	    (review->object && review->old_object && review->object != review->old_object))
		return;
	base->operation = str_is(name, "DELETE") ? OPERATION_DELETE
			  : str_is(name, "UPDATE") ? OPERATION_UPDATE : OPERATION_CREATE;
	base->object = base->operation == OPERATION_DELETE ? NULL : resource;
	base->old_object = base->operation == OPERATION_CREATE ? NULL : resource;
}

static bool is_request_value(struct str name)
{
	return str_starts_with(name, STR("request.object")) || str_starts_with(name, STR("request.oldObject"));
}

/* Values may change the objects themselves. */
static int objects_from_values(struct shared *shared, struct request_base *base, struct error **err)
{
	struct object_builder builder = { 0 };
	const struct value *root, *request;
	bool some = false;

	for (MEMBER_EACH(m, base->given))
		some |= is_request_value(value_str(&m->key));
	if (!some)
		return 0;
	if (base->object)
		object_put(shared->arena, &builder, STR("object"), base->object);
	if (base->old_object)
		object_put(shared->arena, &builder, STR("oldObject"), base->old_object);
	request = object_finish(shared->arena, &builder);
	builder = (struct object_builder){ 0 };
	object_put(shared->arena, &builder, STR("request"), request);
	root = object_finish(shared->arena, &builder);
	for (MEMBER_EACH(m, base->given))
		if (is_request_value(value_str(&m->key)))
			root = values_set(shared->arena, root, value_str(&m->key), &m->value);
	request = value_field(root, "request");
	if (base->operation != OPERATION_DELETE)
		base->object = value_field(request, "object");
	if (base->operation != OPERATION_CREATE && base->operation != OPERATION_CONNECT)
		base->old_object = value_field(request, "oldObject");
	if ((base->object && !value_is(base->object, VALUE_OBJECT)) ||
	    (base->old_object && !value_is(base->old_object, VALUE_OBJECT)))
		return error_set(err, ERROR_INVALID, "the object retrieved from the json context is not valid");
	return 0;
}

static int base_make(struct shared *shared, struct request_base *base, struct error **err)
{
	base->made = true;
	base->operation = shared->review->operation;
	base->object = shared->object;
	base->old_object = shared->old_object;
	if (base->given) {
		operation_from_values(shared, base);
		if (objects_from_values(shared, base, err) < 0)
			return -1;
	}
	subjects_init(shared, base);
	return 0;
}

struct request_base *request_base_for(struct shared *shared, const struct kyverno_policy *policy, struct error **err)
{
	const struct lookup *lookup = shared->review->lookup;
	struct request_base *base = &shared->base;

	if (shared->values_per_policy) {
		base = ARENA_NEW(shared->arena, struct request_base);
		base->given = values_for_policy(shared->arena, lookup->values, lookup->set, policy->head.name,
						shared->review->name);
	} else if (!base->made && lookup) {
		base->given = values_for_policy(shared->arena, lookup->values, lookup->set, STR(""), STR(""));
	}
	return !base->made && base_make(shared, base, err) < 0 ? NULL : base;
}

/* -- the context's first members ----------------------------------------------------------------------------------- */

static void put_str(struct arena *arena, struct object_builder *builder, const char *key, struct str text)
{
	object_put(arena, builder, str_of(key), value_of_str(arena, text));
}

static const struct value *kind_value(struct arena *arena, const struct review *review)
{
	struct object_builder builder = { 0 };

	put_str(arena, &builder, "group", review->kind.group);
	put_str(arena, &builder, "version", review->kind.version);
	put_str(arena, &builder, "kind", review->kind.kind);
	return object_finish(arena, &builder);
}

static const struct value *resource_value(struct arena *arena, const struct review *review)
{
	struct object_builder builder = { 0 };

	put_str(arena, &builder, "group", review->resource.group);
	put_str(arena, &builder, "version", review->resource.version);
	put_str(arena, &builder, "resource", review->resource.resource);
	return object_finish(arena, &builder);
}

static const struct value *request_value(struct shared *shared, const struct request_base *base)
{
	const struct review *review = shared->review;
	struct object_builder builder = { 0 };
	struct arena *arena = shared->arena;

	if (base->object)
		object_put(arena, &builder, STR("object"), base->object);
	if (base->old_object)
		object_put(arena, &builder, STR("oldObject"), base->old_object);
	put_str(arena, &builder, "operation", str_of(operation_names[base->operation]));
	/* Kyverno's tests take it from the new object. */
	put_str(arena, &builder, "namespace",
		review->only_object && base->operation == OPERATION_DELETE ? STR("") : review->namespace);
	if (!review->only_object) {
		put_str(arena, &builder, "name", review->name);
		object_put(arena, &builder, STR("kind"), kind_value(arena, review));
		object_put(arena, &builder, STR("resource"), resource_value(arena, review));
		if (review->subresource.n)
			put_str(arena, &builder, "subResource", review->subresource);
		object_put(arena, &builder, STR("dryRun"), value_of_bool(review->dry_run));
	}
	if (review->user || review->roles || review->cluster_roles) {
		object_put(arena, &builder, STR("userInfo"), review->user ? review->user : &value_empty_object);
		object_put(arena, &builder, STR("roles"), review->roles);
		object_put(arena, &builder, STR("clusterRoles"), review->cluster_roles);
	}
	return object_finish(arena, &builder);
}

static void service_account(struct arena *arena, struct object_builder *builder, struct str user)
{
	const struct str prefix = STR("system:serviceaccount:");
	struct str namespace = STR(""), name = STR(""), head, rest, unused;

	if (user.n > prefix.n && str_cut(str_skip(user, prefix.n), ':', &head, &rest)) {
		namespace = head;
		str_cut(rest, ':', &name, &unused);
	}
	put_str(arena, builder, "serviceAccountName", name);
	put_str(arena, builder, "serviceAccountNamespace", namespace);
}

void request_members(struct shared *shared, struct request_base *base)
{
	struct object_builder builder = { 0 };
	const struct value *root;

	if (base->members_made)
		return;
	base->members_made = true;
	object_put(shared->arena, &builder, STR("request"), request_value(shared, base));
	if (shared->review->user || shared->review->roles || shared->review->cluster_roles)
		service_account(shared->arena, &builder, value_str(value_field(shared->review->user, "username")));
	root = object_finish(shared->arena, &builder);
	/* What is in the objects by now has been taken into account above; setting it again changes nothing. */
	for (MEMBER_EACH(m, base->given))
		root = values_set(shared->arena, root, value_str(&m->key), &m->value);
	if (base->given && shared->review->operation_given)
		root = values_set(shared->arena, root, STR("request.operation"),
				  value_of_str(shared->arena, str_of(operation_names[base->operation])));
	base->members = arena_copy(shared->arena, root->u.members, root->length * sizeof(*base->members));
	base->count = root->length;
}

/* -- per review ---------------------------------------------------------------------------------------------------- */

struct shared *shared_of(struct review *review, size_t index)
{
	struct shared *shared = review->scratch[index];

	if (shared)
		return shared;
	shared = ARENA_NEW(review->arena, struct shared);
	review->scratch[index] = shared;
	shared->review = review;
	shared->arena = review->arena;
	shared->values = review->lookup ? review->lookup->values : NULL;
	shared->values_per_policy = values_are_per_policy(shared->values);
	shared->object = prepared(shared, review->object);
	shared->old_object =
		review->old_object == review->object ? shared->object : prepared(shared, review->old_object);
	shared->namespace_labels = values_namespace_labels(
		review->lookup, object_namespace(shared->object ? shared->object : shared->old_object));
	shared->jmespath = (struct jmespath_context){ .arena = review->arena,
						      .mode = JMESPATH_STRICT,
						      .regexes = review->regexes };
	return shared;
}
