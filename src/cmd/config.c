#include "cmd/config.h"

#include "cmd/load.h"

#include <unistd.h>

static int read_ignores(struct config *config, struct arena *arena, const struct value *value, struct error **err)
{
	if (!value_is(value, VALUE_ARRAY) && !value_is(value, VALUE_NULL))
		return error_set_at(err, ERROR_INVALID, value_place(value), "ignores has to be a list, not %s",
				    value_type_name(value));
	config->ignores = ignore_entries_compile(arena, value, err);
	return config->ignores ? 0 : -1;
}

static int read_require_reason(struct config *config, struct arena *arena, const struct value *value,
			       struct error **err)
{
	if (!value_is(value, VALUE_BOOL))
		return error_set_at(err, ERROR_INVALID, value_place(value), "requireReason has to be true or false");
	config->require_reason = value_bool(value, false);
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct config *config, struct arena *arena, const struct value *value, struct error **err);
} fields[] = {
	{ "ignores", read_ignores },
	{ "requireReason", read_require_reason },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static int read_field(struct config *config, struct arena *arena, const struct member *member, struct error **err)
{
	struct str name = value_str(&member->key);

	for (size_t i = 0; i < FIELDS; i++)
		if (str_equal(name, str_of(fields[i].name)))
			return fields[i].read(config, arena, &member->value, err);
	for (size_t i = 0; i < FIELDS; i++)
		if (str_distance(name, str_of(fields[i].name), 3) <= 3)
			return error_set_at(err, ERROR_INVALID, value_place(&member->key),
					    "unknown setting \"" STR_FMT "\" (did you mean \"%s\"?)", STR_ARG(name),
					    fields[i].name);
	return error_set_at(err, ERROR_INVALID, value_place(&member->key),
			    "unknown setting \"" STR_FMT "\"; there are ignores and requireReason", STR_ARG(name));
}

int config_load(struct config *config, struct arena *arena, const char *path, struct error **err)
{
	const struct value *root;

	*config = (struct config){ 0 };
	if (!path && access(CONFIG_NAME, F_OK) < 0)
		return 0;
	root = load_document(arena, path ? path : CONFIG_NAME, err);
	if (!root)
		return -1;
	if (!value_is(root, VALUE_OBJECT))
		return error_set_at(err, ERROR_INVALID, value_place(root),
				    "a configuration has to be an object, not %s", value_type_name(root));
	for (MEMBER_EACH(member, root))
		if (read_field(config, arena, member, err) < 0)
			return -1;
	return 0;
}
