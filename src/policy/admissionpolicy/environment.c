/*
 * What expressions of admission policies can name, and its values for one review.
 *
 * Semantics: k8s.io/apiserver v0.36 pkg/admission/plugin/cel/{compile,activation,condition}.go.
 */
#include "data/instant.h"
#include "kube/schema.h"
#include "policy/admissionpolicy/engine.h"
#include "policy/trace.h"

/* -- types --------------------------------------------------------------------------------------------------------- */

#define S(literal)                                                                                                     \
	{                                                                                                              \
		"" literal, sizeof(literal) - 1                                                                        \
	}
#define STRUCT_TYPE(symbol, type_name, field_table)                                                                    \
	const struct cel_type symbol = {                                                                               \
		.kind = CEL_TYPE_STRUCT,                                                                               \
		.name = S(type_name),                                                                                  \
		.fields = field_table,                                                                                 \
		.field_count = sizeof(field_table) / sizeof(*(field_table)),                                           \
	}
#define LIST_TYPE(symbol, item)                                                                                        \
	static const struct cel_type symbol = {                                                                        \
		.kind = CEL_TYPE_LIST, .name = S("list"), .parameter_count = 1, .parameters = { item }                 \
	}
#define MAP_TYPE(symbol, item)                                                                                         \
	static const struct cel_type symbol = {                                                                        \
		.kind = CEL_TYPE_MAP, .name = S("map"), .parameter_count = 2, .parameters = { &cel_string, item }      \
	}

LIST_TYPE(list_of_string, &cel_string);
MAP_TYPE(map_of_string, &cel_string);
MAP_TYPE(map_of_lists, &list_of_string);

static const struct cel_field kind_fields[] = {
	{ S("group"), &cel_string },
	{ S("version"), &cel_string },
	{ S("kind"), &cel_string },
};
static STRUCT_TYPE(kind_type, "kubernetes.GroupVersionKind", kind_fields);

static const struct cel_field resource_fields[] = {
	{ S("group"), &cel_string },
	{ S("version"), &cel_string },
	{ S("resource"), &cel_string },
};
static STRUCT_TYPE(resource_type, "kubernetes.GroupVersionResource", resource_fields);

static const struct cel_field user_fields[] = {
	{ S("username"), &cel_string },
	{ S("uid"), &cel_string },
	{ S("groups"), &list_of_string },
	{ S("extra"), &map_of_lists },
};
static STRUCT_TYPE(user_type, "kubernetes.UserInfo", user_fields);

static const struct cel_field request_fields[] = {
	{ S("kind"), &kind_type },
	{ S("resource"), &resource_type },
	{ S("subResource"), &cel_string },
	{ S("requestKind"), &kind_type },
	{ S("requestResource"), &resource_type },
	{ S("requestSubResource"), &cel_string },
	{ S("name"), &cel_string },
	{ S("namespace"), &cel_string },
	{ S("operation"), &cel_string },
	{ S("userInfo"), &user_type },
	{ S("dryRun"), &cel_bool },
	{ S("options"), &cel_dyn },
};
STRUCT_TYPE(admission_request_type, "kubernetes.AdmissionRequest", request_fields);

static const struct cel_field namespace_metadata_fields[] = {
	{ S("name"), &cel_string },
	{ S("generateName"), &cel_string },
	{ S("namespace"), &cel_string },
	{ S("labels"), &map_of_string },
	{ S("annotations"), &map_of_string },
	{ S("UID"), &cel_string },
	{ S("creationTimestamp"), &cel_timestamp },
	{ S("deletionGracePeriodSeconds"), &cel_int },
	{ S("deletionTimestamp"), &cel_timestamp },
	{ S("generation"), &cel_int },
	{ S("resourceVersion"), &cel_string },
	{ S("finalizers"), &list_of_string },
};
static STRUCT_TYPE(namespace_metadata_type, "kubernetes.NamespaceMetadata", namespace_metadata_fields);

static const struct cel_field namespace_spec_fields[] = { { S("finalizers"), &list_of_string } };
static STRUCT_TYPE(namespace_spec_type, "kubernetes.NamespaceSpec", namespace_spec_fields);

static const struct cel_field namespace_condition_fields[] = {
	{ S("status"), &cel_string },  { S("type"), &cel_string },   { S("lastTransitionTime"), &cel_timestamp },
	{ S("message"), &cel_string }, { S("reason"), &cel_string },
};
static STRUCT_TYPE(namespace_condition_type, "kubernetes.NamespaceCondition", namespace_condition_fields);
LIST_TYPE(list_of_conditions, &namespace_condition_type);

static const struct cel_field namespace_status_fields[] = {
	{ S("conditions"), &list_of_conditions },
	{ S("phase"), &cel_string },
};
static STRUCT_TYPE(namespace_status_type, "kubernetes.NamespaceStatus", namespace_status_fields);

static const struct cel_field namespace_fields[] = {
	{ S("metadata"), &namespace_metadata_type },
	{ S("spec"), &namespace_spec_type },
	{ S("status"), &namespace_status_type },
};
STRUCT_TYPE(admission_namespace_type, "kubernetes.Namespace", namespace_fields);

static const struct cel_type *const all_types[] = {
	&kind_type,
	&resource_type,
	&user_type,
	&admission_request_type,
	&namespace_metadata_type,
	&namespace_spec_type,
	&namespace_condition_type,
	&namespace_status_type,
	&admission_namespace_type,
};

/* -- declaring ----------------------------------------------------------------------------------------------------- */

void admission_base_prepare(struct cel_env *base, unsigned declares)
{
	for (size_t i = 0; i < sizeof(all_types) / sizeof(*all_types); i++)
		cel_env_add_type(base, all_types[i]);
	if (declares & ADMISSION_AUTHORIZER)
		cel_env_add_library(base, &admission_authorizer_library, NULL);
}

static uint32_t declare(struct cel_env *env, bool wanted, struct str name, const struct cel_type *type)
{
	return wanted ? cel_env_add_variable(env, name, type) : ADMISSION_ABSENT;
}

static void declare_authorizer(struct cel_env *env, unsigned declares, struct admission_env *out)
{
	out->authorizer = declare(env, declares & ADMISSION_AUTHORIZER, STR("authorizer"), &admission_authorizer_type);
	out->request_resource = declare(env, declares & ADMISSION_AUTHORIZER, STR("authorizer.requestResource"),
					&admission_resource_check_type);
}

/* The slots of all environments are the same, so what one does not declare is declared under a name that nobody can
 * write. */
void admission_env_create(struct arena *arena, const struct cel_env *base, unsigned declares, struct admission_env *out)
{
	struct cel_env *common = cel_env_extend(arena, base);

	*out = (struct admission_env){ 0 };
	if (!(declares & ADMISSION_PREPARED))
		admission_base_prepare(common, declares);
	out->object = cel_env_add_variable(common, STR("object"), &cel_dyn);
	out->old_object = cel_env_add_variable(common, STR("oldObject"), &cel_dyn);
	out->request = cel_env_add_variable(common, STR("request"), &admission_request_type);
	out->namespace_object = cel_env_add_variable(common, STR("namespaceObject"), &admission_namespace_type);
	out->params = declare(common, declares & ADMISSION_PARAMS, STR("params"), &cel_dyn);
	out->variables = ADMISSION_ABSENT;
	out->messages = common;
	if (declares & ADMISSION_VARIABLES) {
		out->variables_type = ARENA_NEW(arena, struct cel_type);
		*out->variables_type =
			(struct cel_type){ .kind = CEL_TYPE_STRUCT, .name = STR("kubernetes.variables") };
		out->conditions = cel_env_extend(arena, common);
		cel_env_add_variable(out->conditions, STR(" variables"), &cel_dyn);
		declare_authorizer(out->conditions, declares, out);
		out->messages = cel_env_extend(arena, common);
		out->variables = cel_env_add_variable(out->messages, STR("variables"), out->variables_type);
	}
	out->cel = out->messages;
	if (declares & ADMISSION_AUTHORIZER) {
		out->cel = cel_env_extend(arena, out->messages);
		declare_authorizer(out->cel, declares, out);
	} else {
		out->authorizer = out->request_resource = ADMISSION_ABSENT;
	}
	if (!out->conditions)
		out->conditions = out->cel;
	if (declares & ADMISSION_PATCHES) {
		out->patches = cel_env_extend(arena, out->cel);
		admission_patches_declare(out->patches, arena);
	}
	out->slots = cel_env_slots(out->cel);
}

/* -- the object as admission sees it ------------------------------------------------------------------------------- */

struct admission_shared *admission_shared_of(struct review *review)
{
	struct admission_shared *shared;
	size_t i = 0;

	while (policy_dialects[i] && policy_dialects[i] != &admissionpolicy_dialect)
		i++;
	if (i >= sizeof(review->scratch) / sizeof(*review->scratch))
		return ARENA_NEW(review->arena, struct admission_shared);
	shared = review->scratch[i];
	if (!shared)
		review->scratch[i] = shared = ARENA_NEW(review->arena, struct admission_shared);
	return shared;
}

static const struct value *managed_fields(struct arena *arena, const struct value *object, const struct value *now)
{
	struct object_builder entry = { 0 };
	struct array_builder list = { 0 };

	object_put(arena, &entry, STR("manager"), value_of_str(arena, STR("biro")));
	object_put(arena, &entry, STR("operation"), value_of_str(arena, STR("Update")));
	object_put(arena, &entry, STR("apiVersion"), value_field(object, "apiVersion"));
	object_put(arena, &entry, STR("time"), now);
	object_put(arena, &entry, STR("fieldsType"), value_of_str(arena, STR("FieldsV1")));
	object_put(arena, &entry, STR("fieldsV1"), &value_empty_object);
	array_add(arena, &list, object_finish(arena, &entry));
	return array_finish(arena, &list);
}

static bool put_missing(struct arena *arena, struct object_builder *builder, const struct value *object, struct str key,
			const struct value *value)
{
	if (value_member(object, key))
		return false;
	object_put(arena, builder, key, value);
	return true;
}

/*
 * The members of metadata that the API server writes before admission: an uid, a creation time, the generation of what
 * has a spec, managedFields. Offline their values mean nothing, but policies ask whether they are there.
 */
static const struct value *with_system_metadata(struct arena *arena, const struct value *object,
						const struct value *old)
{
	struct object_builder root = { 0 }, builder = { 0 };
	const struct value *metadata = value_field(object, "metadata"), *old_metadata = value_field(old, "metadata");
	const struct value *uid = value_field(old_metadata, "uid"),
			   *created = value_field(old_metadata, "creationTimestamp");
	struct instant now = instant_now();
	const struct value *time;
	bool changed;

	if (!value_is(metadata, VALUE_OBJECT))
		return object;
	now.nanoseconds = 0;
	now = instant_utc(&now);
	time = value_of_str(arena, instant_rfc3339(arena, &now));
	object_start_from(arena, &builder, metadata);
	changed = put_missing(arena, &builder, metadata, STR("uid"),
			      uid ? uid : value_of_str(arena, STR("00000000-0000-0000-0000-000000000000")));
	changed |= put_missing(arena, &builder, metadata, STR("creationTimestamp"), created ? created : time);
	if (value_member(object, STR("spec")))
		changed |= put_missing(arena, &builder, metadata, STR("generation"), value_of_int(arena, 1));
	changed |= put_missing(arena, &builder, metadata, STR("managedFields"), managed_fields(arena, object, time));
	if (!changed)
		return object;
	object_start_from(arena, &root, object);
	object_put(arena, &root, STR("metadata"), object_finish(arena, &builder));
	return object_finish(arena, &root);
}

static const struct value *admit(struct review *review, const struct value *object, const struct value *old)
{
	struct schema_paths applied = { 0 };
	const struct value *admitted = schema_admitted(review->arena, object, review->trace ? &applied : NULL);

	for (size_t i = 0; i < applied.count; i++)
		TRACE(review, TRACE_NOTE, true, NULL, NULL, "default applied: " STR_FMT, STR_ARG(applied.items[i]));
	if (review->subresource.n)
		return admitted;
	return with_system_metadata(review->arena, admitted, old);
}

const struct value *admission_object(struct review *review)
{
	struct admission_shared *shared = admission_shared_of(review);

	if (!review->object)
		return NULL;
	if (shared->object != review->object) {
		shared->object = review->object;
		shared->admitted = admit(review, review->object, review->old_object);
	}
	return shared->admitted;
}

const struct value *admission_old_object(struct review *review)
{
	struct admission_shared *shared = admission_shared_of(review);

	if (!review->old_object)
		return NULL;
	if (shared->old_object != review->old_object) {
		shared->old_object = review->old_object;
		shared->old_admitted = admit(review, review->old_object, NULL);
	}
	return shared->old_admitted;
}

/* -- request ------------------------------------------------------------------------------------------------------- */

static const struct value *gvk_value(struct arena *arena, const struct gvk *gvk)
{
	struct object_builder builder = { 0 };

	object_put(arena, &builder, STR("group"), value_of_str(arena, gvk->group));
	object_put(arena, &builder, STR("version"), value_of_str(arena, gvk->version));
	object_put(arena, &builder, STR("kind"), value_of_str(arena, gvk->kind));
	return object_finish(arena, &builder);
}

static const struct value *gvr_value(struct arena *arena, const struct gvr *gvr)
{
	struct object_builder builder = { 0 };

	object_put(arena, &builder, STR("group"), value_of_str(arena, gvr->group));
	object_put(arena, &builder, STR("version"), value_of_str(arena, gvr->version));
	object_put(arena, &builder, STR("resource"), value_of_str(arena, gvr->resource));
	return object_finish(arena, &builder);
}

/* Fields that are empty do not exist. */
static void put_text(struct arena *arena, struct object_builder *builder, struct str key, struct str text)
{
	if (text.n)
		object_put(arena, builder, key, value_of_str(arena, text));
}

static void put_filled(struct arena *arena, struct object_builder *builder, const struct value *from, struct str key)
{
	const struct value *v = value_get(from, key);

	if (value_str(v).n || value_count(v))
		object_put(arena, builder, key, v);
}

static const struct value *user_value(struct review *review)
{
	struct object_builder builder = { 0 };

	put_filled(review->arena, &builder, review->user, STR("username"));
	put_filled(review->arena, &builder, review->user, STR("uid"));
	put_filled(review->arena, &builder, review->user, STR("groups"));
	put_filled(review->arena, &builder, review->user, STR("extra"));
	return object_finish(review->arena, &builder);
}

static const struct value *options_value(struct review *review)
{
	static const struct str kinds[] = { S("CreateOptions"), S("UpdateOptions"), S("DeleteOptions") };
	struct object_builder builder = { 0 };
	struct array_builder dry_run = { 0 };

	if (review->options)
		return review->options;
	if (review->operation == OPERATION_CONNECT || review->only_object)
		return &value_null;
	object_put(review->arena, &builder, STR("kind"), value_of_str(review->arena, kinds[review->operation]));
	object_put(review->arena, &builder, STR("apiVersion"), value_of_str(review->arena, STR("meta.k8s.io/v1")));
	if (review->dry_run) {
		array_add(review->arena, &dry_run, value_of_str(review->arena, STR("All")));
		object_put(review->arena, &builder, STR("dryRun"), array_finish(review->arena, &dry_run));
	}
	return object_finish(review->arena, &builder);
}

static const struct value *make_request(struct review *review, const struct admission_matched *as)
{
	struct arena *arena = review->arena;
	struct object_builder builder = { 0 };

	object_put(arena, &builder, STR("uid"), &value_empty_string);
	object_put(arena, &builder, STR("kind"), gvk_value(arena, &as->kind));
	object_put(arena, &builder, STR("resource"), gvr_value(arena, &as->resource));
	put_text(arena, &builder, STR("subResource"), review->subresource);
	object_put(arena, &builder, STR("requestKind"), gvk_value(arena, &review->kind));
	object_put(arena, &builder, STR("requestResource"), gvr_value(arena, &review->resource));
	put_text(arena, &builder, STR("requestSubResource"), review->subresource);
	put_text(arena, &builder, STR("name"), review->name);
	put_text(arena, &builder, STR("namespace"), admission_namespace(review));
	put_text(arena, &builder, STR("operation"), str_of(operation_names[review->operation]));
	object_put(arena, &builder, STR("userInfo"), user_value(review));
	object_put(arena, &builder, STR("dryRun"), value_of_bool(review->dry_run));
	object_put(arena, &builder, STR("options"), options_value(review));
	return object_finish(arena, &builder);
}

static const struct value *request_value(struct review *review, const struct admission_matched *as)
{
	struct admission_shared *shared = admission_shared_of(review);
	struct admission_matched own = { review->kind, review->resource };

	if (as && !(str_equal(as->resource.version, own.resource.version) &&
		    str_equal(as->resource.group, own.resource.group)))
		return make_request(review, as);
	if (!shared->request)
		shared->request = make_request(review, &own);
	return shared->request;
}

/* -- namespaceObject ----------------------------------------------------------------------------------------------- */

static const struct value *namespace_metadata(struct review *review, const struct value *object, struct str name)
{
	static const struct str copied[] = {
		S("generateName"),
		S("uid"),
		S("resourceVersion"),
		S("generation"),
		S("creationTimestamp"),
		S("deletionTimestamp"),
		S("deletionGracePeriodSeconds"),
		S("annotations"),
		S("finalizers"),
	};
	const struct value *metadata = value_field(object, "metadata"), *labels = admission_namespace_labels(review);
	struct object_builder builder = { 0 };

	object_put(review->arena, &builder, STR("name"), value_of_str(review->arena, name));
	for (size_t i = 0; i < sizeof(copied) / sizeof(*copied); i++)
		if (value_get(metadata, copied[i]))
			object_put(review->arena, &builder, copied[i], value_get(metadata, copied[i]));
	put_missing(review->arena, &builder, metadata, STR("creationTimestamp"), &value_null);
	if (value_count(labels))
		object_put(review->arena, &builder, STR("labels"), labels);
	return object_finish(review->arena, &builder);
}

/* What the API server's defaults make of spec and status; of a namespace that is not at hand, too. */
static const struct value *namespace_part(struct review *review, const struct value *object, struct str part,
					  struct str key, struct str text, bool list)
{
	const struct value *given = value_get(object, part), *value = value_of_str(review->arena, text);
	struct object_builder builder = { 0 };
	struct array_builder items = { 0 };

	if (review->only_object && !object)
		return &value_empty_object;
	if (value_member(given, key))
		return given;
	if (list) {
		array_add(review->arena, &items, value);
		value = array_finish(review->arena, &items);
	}
	object_start_from(review->arena, &builder, given);
	object_put(review->arena, &builder, key, value);
	return object_finish(review->arena, &builder);
}

static const struct value *make_namespace(struct review *review)
{
	struct str name = admission_namespace(review);
	const struct store *store = review->lookup ? review->lookup->store : NULL;
	struct object_builder builder = { 0 };
	const struct value *object;

	if (!name.n || (str_is(review->kind.kind, "Namespace") && !review->kind.group.n))
		return NULL;
	object = store_get(store, STR(""), STR("Namespace"), STR(""), name);
	object_put(review->arena, &builder, STR("metadata"), namespace_metadata(review, object, name));
	object_put(review->arena, &builder, STR("spec"),
		   namespace_part(review, object, STR("spec"), STR("finalizers"), STR("kubernetes"), true));
	object_put(review->arena, &builder, STR("status"),
		   namespace_part(review, object, STR("status"), STR("phase"), STR("Active"), false));
	return object_finish(review->arena, &builder);
}

static const struct value *namespace_value(struct review *review)
{
	struct admission_shared *shared = admission_shared_of(review);

	if (!shared->has_namespace_object) {
		shared->namespace_object = make_namespace(review);
		shared->has_namespace_object = true;
	}
	return shared->namespace_object;
}

/* -- binding ------------------------------------------------------------------------------------------------------- */

static void put_slot(struct cel_value *slots, size_t count, uint32_t slot, struct cel_value value)
{
	if (slot < count)
		slots[slot] = value;
}

void admission_bind_as(const struct admission_env *env, struct review *review, const struct admission_matched *as,
		       const struct value *params, bool defaulted, struct cel_value *slots, size_t count)
{
	put_slot(slots, count, env->object, cel_of_data(defaulted ? admission_object(review) : review->object));
	put_slot(slots, count, env->old_object,
		 cel_of_data(defaulted ? admission_old_object(review) : review->old_object));
	put_slot(slots, count, env->request, cel_of_data(request_value(review, as)));
	put_slot(slots, count, env->namespace_object, cel_of_data(namespace_value(review)));
	put_slot(slots, count, env->params, cel_of_data(params));
	if (env->authorizer != ADMISSION_ABSENT) {
		put_slot(slots, count, env->authorizer, admission_authorizer(review));
		put_slot(slots, count, env->request_resource, admission_request_resource(review));
	}
}

void admission_bind(const struct admission_env *env, struct review *review, const struct value *params, bool defaulted,
		    struct cel_value *slots, size_t count)
{
	admission_bind_as(env, review, NULL, params, defaulted, slots, count);
}
