#include "cmd/request.h"

#include "cmd/load.h"

void request_init(struct request *request, struct arena *arena)
{
	*request = (struct request){ .arena = arena, .operation = OPERATION_CREATE };
	map_init(&request->old, arena);
}

/* -- files -------------------------------------------------------------------------------------------------------- */

/* An object whose keys are all among `keys` ("a|b|c"). */
static int check_keys(const struct value *root, const char *what, const char *keys, struct error **err)
{
	if (!value_is(root, VALUE_OBJECT))
		return error_set_at(err, ERROR_INVALID, value_place(root), "%s has to be an object, not %s", what,
				    value_type_name(root));
	for (MEMBER_EACH(member, root)) {
		struct str name = value_str(&member->key), rest = str_of(keys), key, near = STR_NULL;
		bool more = true, found = false;

		while (more && !found) {
			more = str_cut(rest, '|', &key, &rest);
			found = str_equal(key, name);
			if (str_distance(key, name, 3) <= 3)
				near = key;
		}
		if (!found && near.n > 0)
			return error_set_at(err, ERROR_INVALID, value_place(&member->key),
					    "%s has no field \"" STR_FMT "\" (did you mean \"" STR_FMT "\"?)", what,
					    STR_ARG(name), STR_ARG(near));
		if (!found)
			return error_set_at(err, ERROR_INVALID, value_place(&member->key),
					    "%s has no field \"" STR_FMT "\"; it has %s", what, STR_ARG(name), keys);
	}
	return 0;
}

int request_load_values(struct request *request, const char *path, struct error **err)
{
	const struct value *root = load_document(request->arena, path, err), *operation;

	if (!root)
		return -1;
	/* Some write the fields under spec, as for other kinds. */
	if (check_keys(root, "a values file",
		       "apiVersion|kind|metadata|spec|globalValues|policies|namespaceSelector|namespaces|subresources|"
		       "apiCallResponses|globalContextEntries|context",
		       err) < 0)
		return -1;
	if (value_is(value_field(root, "spec"), VALUE_OBJECT))
		root = value_field(root, "spec");
	request->lookup.values = root;
	operation = value_path(root, "globalValues", "request.operation");
	if (!request->operation_given && operation_parse(value_str(operation), &request->operation))
		request->operation_given = true;
	return 0;
}

/* "a=1,b=2": a piece without "=" belongs to the value before it, so that lists need no quoting. */
static int set_pairs(struct request *request, struct object_builder *object, struct str text, struct error **err)
{
	while (text.n > 0) {
		size_t equals = str_find_char(text, '=', 0), end = text.n;
		struct str name, value;

		if (equals == STR_NOT_FOUND || str_trim(str_slice(text, 0, equals)).n == 0)
			return error_set(err, ERROR_USAGE, "--set needs NAME=VALUE, not \"" STR_FMT "\"",
					 STR_ARG(text));
		for (size_t comma = str_find_char(text, ',', equals); comma != STR_NOT_FOUND && end == text.n;
		     comma = str_find_char(text, ',', comma + 1)) {
			size_t next = str_find_char(text, '=', comma), after = str_find_char(text, ',', comma + 1);

			if (next != STR_NOT_FOUND && (after == STR_NOT_FOUND || next < after))
				end = comma;
		}
		name = str_trim(str_slice(text, 0, equals));
		value = str_trim(str_slice(text, equals + 1, end));
		object_put(request->arena, object, name, value_of_str(request->arena, value));
		text = str_skip(text, end + 1);
	}
	return 0;
}

int request_set(struct request *request, const struct string_list *pairs, struct error **err)
{
	struct object_builder object = { 0 };

	for (size_t i = 0; i < pairs->count; i++)
		if (set_pairs(request, &object, str_of(pairs->items[i]), err) < 0)
			return -1;
	if (pairs->count > 0)
		request->lookup.set = object_finish(request->arena, &object);
	return 0;
}

int request_load_user(struct request *request, const char *path, struct error **err)
{
	static const char keys[] = "apiVersion|kind|metadata|spec|userInfo|roles|clusterRoles|synchronize";
	const struct value *root = load_document(request->arena, path, err);

	if (!root || check_keys(root, "a user info file", keys, err) < 0)
		return -1;
	if (value_is(value_field(root, "spec"), VALUE_OBJECT)) {
		root = value_field(root, "spec");
		if (check_keys(root, "a user info file", keys, err) < 0)
			return -1;
	}
	request->user = value_field(root, "userInfo");
	request->roles = value_field(root, "roles");
	request->cluster_roles = value_field(root, "clusterRoles");
	if (!request->user && !request->roles && !request->cluster_roles)
		return error_set_at(err, ERROR_INVALID, value_place(root),
				    "a user info file needs userInfo, roles or clusterRoles");
	if (request->user && check_keys(request->user, "userInfo", "username|uid|groups|extra", err) < 0)
		return -1;
	return 0;
}

/* -- old objects -------------------------------------------------------------------------------------------------- */

static struct str identity_of(struct arena *arena, const struct value *object)
{
	const struct value *api_version = value_field(object, "apiVersion"), *kind = value_field(object, "kind");
	struct str namespace = object_namespace(object);

	if (namespace.n == 0)
	namespace = STR("default");
	return str_format(arena, STR_FMT "|" STR_FMT "|" STR_FMT "|" STR_FMT, STR_ARG(value_str(api_version)),
			  STR_ARG(value_str(kind)), STR_ARG(namespace), STR_ARG(object_name(object)));
}

static int take_old(const struct value *object, void *context)
{
	struct request *request = context;

	map_put(&request->old, identity_of(request->arena, object), (void *)object);
	return 0;
}

int request_load_old(struct request *request, const struct string_list *paths, struct error **err)
{
	return load_objects(request->arena, paths->items, paths->count, take_old, request, err) < 0 ? -1 : 0;
}

void request_operation(struct request *request, const char *name)
{
	if (name && operation_parse(str_of(name), &request->operation))
		request->operation_given = request->operation_asked = true;
}

/* -- reviews ------------------------------------------------------------------------------------------------------ */

void request_review(const struct request *request, struct review *review, struct arena *arena,
		    const struct value *object)
{
	const struct value *old = request->old.count > 0 ? map_get(&request->old, identity_of(arena, object)) : NULL;

	review_init(review, arena, object);
	review->operation_given = request->operation_asked;
	review->operation = old && !request->operation_given ? OPERATION_UPDATE : request->operation;
	if (old) {
		/* The old object went through admission once, too. */
		struct review admitted;

		review_init(&admitted, arena, old);
		old = admitted.object;
	}
	if (review->operation == OPERATION_UPDATE) {
		review->old_object = old ? old : review->object;
	} else if (review->operation == OPERATION_DELETE) {
		review->old_object = old ? old : review->object;
		review->object = NULL;
	}
	review->user = request->user;
	review->roles = request->roles;
	review->cluster_roles = request->cluster_roles;
	review->lookup = &request->lookup;
}
