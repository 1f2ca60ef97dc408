#include "data/json_patch.h"

#include "base/buf.h"

#define DEPTH_MAX 512
#define TEST_FAILED "test failed"

/* One operation; a path is what stands in it, not yet cut. */
struct operation {
	struct str op, path, from;
	bool has_path, has_from;
	const struct value *value; /* NULL: none given, which writes null */
};

/* The containers from the root to the one that the last token of a path is about. */
struct walk {
	const struct value *nodes[DEPTH_MAX];
	size_t indexes[DEPTH_MAX]; /* of the next node in this one */
	size_t count;		   /* 0: the path leads nowhere */
	struct str key;
};

static struct str decode_token(struct arena *arena, struct str token)
{
	char *text;
	size_t n = 0;

	if (str_find_char(token, '~', 0) == STR_NOT_FOUND)
		return token;
	text = arena_alloc(arena, token.n);
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] == '~' && i + 1 < token.n && (token.p[i + 1] == '0' || token.p[i + 1] == '1'))
			text[n++] = token.p[++i] == '0' ? '~' : '/';
		else
			text[n++] = token.p[i];
	}
	return str_make(text, n);
}

/* As strconv.Atoi; the reason in *why. */
static bool parse_index(struct arena *arena, struct str key, int64_t *index, struct str *why)
{
	size_t digits = 0, start = key.n && (key.p[0] == '-' || key.p[0] == '+');

	for (size_t i = start; i < key.n && key.p[i] >= '0' && key.p[i] <= '9'; i++)
		digits++;
	if (digits && start + digits == key.n && str_to_int64(key, index))
		return true;
	*why = str_format(arena, "strconv.Atoi: parsing \"" STR_FMT "\": %s", STR_ARG(key),
			  digits && start + digits == key.n ? "value out of range" : "invalid syntax");
	return false;
}

/* An existing item of an array of `count`; negative ones count from the end. */
static bool find_index(struct arena *arena, struct str key, size_t count, size_t *out, struct str *why)
{
	int64_t index;

	if (!parse_index(arena, key, &index, why))
		return false;
	if (index >= (int64_t)count || index < -(int64_t)count) {
		*why = str_format(arena, "Unable to access invalid index: %lld: invalid index referenced",
				  (long long)index);
		return false;
	}
	*out = (size_t)(index < 0 ? index + (int64_t)count : index);
	return true;
}

static bool find_member(const struct value *object, struct str key, size_t *out)
{
	const struct member *member = value_member(object, key);

	if (!member)
		return false;
	*out = (size_t)(member - object->u.members);
	return true;
}

/* Walks to the container of the last token. What stands before the first '/' is not looked at. */
static void walk_to(struct arena *arena, const struct value *document, struct str path, struct walk *walk)
{
	size_t start = str_find_char(path, '/', 0), end;
	struct str why;

	walk->count = 0;
	if (start == STR_NOT_FOUND)
		return;
	for (const struct value *node = document;; node = value_at(node, walk->indexes[walk->count - 1])) {
		if (walk->count == DEPTH_MAX || node->type < VALUE_ARRAY) {
			walk->count = 0;
			return;
		}
		end = str_find_char(path, '/', start + 1);
		walk->key = decode_token(arena, str_slice(path, start + 1, end == STR_NOT_FOUND ? path.n : end));
		walk->nodes[walk->count++] = node;
		if (end == STR_NOT_FOUND)
			return;
		start = end;
		if (node->type == VALUE_ARRAY
			    ? !find_index(arena, walk->key, node->length, &walk->indexes[walk->count - 1], &why)
			    : !find_member(node, walk->key, &walk->indexes[walk->count - 1])) {
			walk->count = 0;
			return;
		}
	}
}

/* The last container of the walk replaced, and with it all above it. */
static const struct value *rebuild(struct arena *arena, const struct walk *walk, struct value last)
{
	struct value *out = arena_copy(arena, &last, sizeof(last));

	for (size_t i = walk->count - 1; i-- > 0;) {
		struct value copy = *walk->nodes[i];

		copy.flags &= (uint8_t)~VALUE_INDEXED;
		if (copy.type == VALUE_ARRAY) {
			struct value *items = arena_array(arena, copy.length, sizeof(*items));

			memcpy(items, copy.u.items, copy.length * sizeof(*items));
			items[walk->indexes[i]] = *out;
			copy.u.items = items;
		} else {
			struct member *members = arena_array(arena, copy.length, sizeof(*members));

			memcpy(members, copy.u.members, copy.length * sizeof(*members));
			members[walk->indexes[i]].value = *out;
			copy.u.members = members;
		}
		out = arena_copy(arena, &copy, sizeof(copy));
	}
	return out;
}

static struct value without_member(struct arena *arena, const struct value *object, size_t index)
{
	struct value copy = *object;
	struct member *members = arena_array(arena, copy.length, sizeof(*members));

	memcpy(members, copy.u.members, index * sizeof(*members));
	memcpy(members + index, copy.u.members + index + 1, (copy.length - index - 1) * sizeof(*members));
	copy.u.members = members;
	copy.length--;
	copy.flags &= (uint8_t)~VALUE_INDEXED;
	return copy;
}

static struct value with_member(struct arena *arena, const struct value *object, struct str key,
				const struct value *value)
{
	struct value copy = *object;
	struct member *members = arena_array(arena, (size_t)copy.length + 1, sizeof(*members));
	size_t index;

	if (copy.length)
		memcpy(members, copy.u.members, copy.length * sizeof(*members));
	if (!find_member(object, key, &index)) {
		index = copy.length++;
		members[index].key = value_make_str(key);
	}
	members[index].value = *value;
	copy.u.members = members;
	copy.flags &= (uint8_t)~VALUE_INDEXED;
	return copy;
}

static struct value without_item(struct arena *arena, const struct value *array, size_t index)
{
	struct value copy = *array;
	struct value *items = arena_array(arena, copy.length, sizeof(*items));

	memcpy(items, copy.u.items, index * sizeof(*items));
	memcpy(items + index, copy.u.items + index + 1, (copy.length - index - 1) * sizeof(*items));
	copy.u.items = items;
	copy.length--;
	return copy;
}

/* `insert`: before the item at index, which may be the end; else instead of it. */
static struct value with_item(struct arena *arena, const struct value *array, size_t index, bool insert,
			      const struct value *value)
{
	struct value copy = *array;
	struct value *items = arena_array(arena, (size_t)copy.length + 1, sizeof(*items));

	if (index)
		memcpy(items, copy.u.items, index * sizeof(*items));
	items[index] = *value;
	if (index < copy.length)
		memcpy(items + index + 1, copy.u.items + index + !insert,
		       (copy.length - index - !insert) * sizeof(*items));
	copy.u.items = items;
	copy.length += insert;
	return copy;
}

/* The value that the walk's key names; *value is NULL for a missing key of an object, which is no error. */
static bool walk_get(struct arena *arena, const struct walk *walk, const struct value **value, struct str *why)
{
	const struct value *node = walk->nodes[walk->count - 1];
	size_t index;

	if (node->type == VALUE_OBJECT) {
		*value = value_get(node, walk->key);
		return true;
	}
	if (!find_index(arena, walk->key, node->length, &index, why))
		return false;
	*value = &node->u.items[index];
	return true;
}

/* NULL and *why when the key is no place in the container. */
static const struct value *walk_add(struct arena *arena, const struct walk *walk, const struct value *value,
				    struct str *why)
{
	const struct value *node = walk->nodes[walk->count - 1];
	int64_t index = node->length, sizes = (int64_t)node->length + 1;

	if (!value)
		value = &value_null;
	if (node->type == VALUE_OBJECT)
		return rebuild(arena, walk, with_member(arena, node, walk->key, value));
	if (!str_is(walk->key, "-")) {
		if (!parse_index(arena, walk->key, &index, why)) {
			*why = str_format(arena, "value was not a proper array index: '" STR_FMT "': " STR_FMT,
					  STR_ARG(walk->key), STR_ARG(*why));
			return NULL;
		}
		if (index >= sizes || index < -sizes) {
			*why = str_format(arena, "Unable to access invalid index: %lld: invalid index referenced",
					  (long long)index);
			return NULL;
		}
		if (index < 0)
			index += sizes;
	}
	return rebuild(arena, walk, with_item(arena, node, (size_t)index, true, value));
}

static const struct value *walk_set(struct arena *arena, const struct walk *walk, const struct value *value,
				    struct str *why)
{
	const struct value *node = walk->nodes[walk->count - 1];
	size_t index;

	if (!value)
		value = &value_null;
	if (node->type == VALUE_OBJECT)
		return rebuild(arena, walk, with_member(arena, node, walk->key, value));
	if (!find_index(arena, walk->key, node->length, &index, why))
		return NULL;
	return rebuild(arena, walk, with_item(arena, node, index, false, value));
}

static const struct value *walk_remove(struct arena *arena, const struct walk *walk, struct str *why)
{
	const struct value *node = walk->nodes[walk->count - 1];
	size_t index;

	if (node->type == VALUE_OBJECT) {
		if (find_member(node, walk->key, &index))
			return rebuild(arena, walk, without_member(arena, node, index));
		*why = str_format(arena, "Unable to remove nonexistent key: " STR_FMT ": missing value",
				  STR_ARG(walk->key));
		return NULL;
	}
	if (!find_index(arena, walk->key, node->length, &index, why))
		return NULL;
	return rebuild(arena, walk, without_item(arena, node, index));
}

/* -- operations ---------------------------------------------------------------------------------------------------- */

#define FAIL(err, ...) (error_set((err), ERROR_INVALID, __VA_ARGS__), NULL)

static bool has_path(const struct operation *op, const char *what, const char *why, struct error **err)
{
	if (!op->has_path)
		error_set(err, ERROR_INVALID, "%s operation failed to decode path: %s", what, why);
	return op->has_path;
}

static const struct value *apply_add(struct arena *arena, const struct value *document, const struct operation *op,
				     struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *out;

	if (!has_path(op, "add", "missing value", err))
		return NULL;
	walk_to(arena, document, op->path, &walk);
	if (!walk.count)
		return FAIL(err, "add operation does not apply: doc is missing path: \"" STR_FMT "\": missing value",
			    STR_ARG(op->path));
	out = walk_add(arena, &walk, op->value, &why);
	return out ? out : FAIL(err, "error in add for path: '" STR_FMT "': " STR_FMT, STR_ARG(op->path), STR_ARG(why));
}

static const struct value *apply_remove(struct arena *arena, const struct value *document, const struct operation *op,
					struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *out;

	if (!has_path(op, "remove", "missing value", err))
		return NULL;
	walk_to(arena, document, op->path, &walk);
	if (!walk.count)
		return FAIL(err, "remove operation does not apply: doc is missing path: \"" STR_FMT "\": missing value",
			    STR_ARG(op->path));
	out = walk_remove(arena, &walk, &why);
	return out ? out
		   : FAIL(err, "error in remove for path: '" STR_FMT "': " STR_FMT, STR_ARG(op->path), STR_ARG(why));
}

static const struct value *apply_replace(struct arena *arena, const struct value *document, const struct operation *op,
					 struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *out, *old;

	if (!has_path(op, "replace", "operation missing path field: missing value", err))
		return NULL;
	if (!op->path.n)
		return op->value && op->value->type >= VALUE_ARRAY
			       ? op->value
			       : FAIL(err, "replace operation value must be object or array");
	walk_to(arena, document, op->path, &walk);
	if (!walk.count)
		return FAIL(err, "replace operation does not apply: doc is missing path: " STR_FMT ": missing value",
			    STR_ARG(op->path));
	if (!walk_get(arena, &walk, &old, &why))
		return FAIL(err, "replace operation does not apply: doc is missing key: " STR_FMT ": missing value",
			    STR_ARG(op->path));
	out = walk_set(arena, &walk, op->value, &why);
	return out ? out
		   : FAIL(err, "error in remove for path: '" STR_FMT "': " STR_FMT, STR_ARG(op->path), STR_ARG(why));
}

/* The value at `from`, and the document without it. */
static const struct value *take(struct arena *arena, const struct value *document, struct str from,
				const struct value **value, struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *out;

	walk_to(arena, document, from, &walk);
	if (!walk.count)
		return FAIL(err, "move operation does not apply: doc is missing from path: " STR_FMT ": missing value",
			    STR_ARG(from));
	if (walk_get(arena, &walk, value, &why)) {
		out = walk_remove(arena, &walk, &why);
		if (out)
			return out;
	}
	return FAIL(err, "error in move for path: '" STR_FMT "': " STR_FMT, STR_ARG(walk.key), STR_ARG(why));
}

static const struct value *apply_move(struct arena *arena, const struct value *document, const struct operation *op,
				      struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *value, *out;

	if (!op->has_from)
		return FAIL(err, "move operation failed to decode from: operation, missing from field: missing value");
	document = take(arena, document, op->from, &value, err);
	if (!document || !has_path(op, "move", "operation missing path field: missing value", err))
		return NULL;
	walk_to(arena, document, op->path, &walk);
	if (!walk.count)
		return FAIL(err,
			    "move operation does not apply: doc is missing destination path: " STR_FMT
			    ": missing value",
			    STR_ARG(op->path));
	out = walk_add(arena, &walk, value, &why);
	return out ? out
		   : FAIL(err, "error in move for path: '" STR_FMT "': " STR_FMT, STR_ARG(op->path), STR_ARG(why));
}

static const struct value *apply_copy(struct arena *arena, const struct value *document, const struct operation *op,
				      struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *value, *out;

	if (!op->has_from)
		return FAIL(err, "copy operation failed to decode from: operation, missing from field: missing value");
	walk_to(arena, document, op->from, &walk);
	if (!walk.count)
		return FAIL(err, "copy operation does not apply: doc is missing from path: " STR_FMT ": missing value",
			    STR_ARG(op->from));
	if (!walk_get(arena, &walk, &value, &why))
		return FAIL(err, "error in copy for from: '" STR_FMT "': " STR_FMT, STR_ARG(op->from), STR_ARG(why));
	if (!has_path(op, "copy", "missing value", err))
		return NULL;
	walk_to(arena, document, op->path, &walk);
	if (!walk.count)
		return FAIL(err,
			    "copy operation does not apply: doc is missing destination path: " STR_FMT
			    ": missing value",
			    STR_ARG(op->path));
	out = walk_add(arena, &walk, value, &why);
	return out ? out : FAIL(err, "error while adding value during copy: " STR_FMT, STR_ARG(why));
}

static const struct value *apply_test(struct arena *arena, const struct value *document, const struct operation *op,
				      struct error **err)
{
	struct walk walk;
	struct str why;
	const struct value *value = document;

	if (!has_path(op, "test", "operation missing path field: missing value", err))
		return NULL;
	if (op->path.n) {
		walk_to(arena, document, op->path, &walk);
		if (!walk.count)
			return FAIL(err, "test operation does not apply: is missing path: " STR_FMT ": missing value",
				    STR_ARG(op->path));
		if (!walk_get(arena, &walk, &value, &why))
			return FAIL(err, "error in test for path: '" STR_FMT "': " STR_FMT, STR_ARG(op->path),
				    STR_ARG(why));
	}
	if (value_is_null(value) ? value_is_null(op->value) : op->value && value_equal(value, op->value))
		return document;
	return FAIL(err, "testing value " STR_FMT " failed: " TEST_FAILED, STR_ARG(op->path));
}

static const struct {
	const char *name;
	const struct value *(*apply)(struct arena *arena, const struct value *document, const struct operation *op,
				     struct error **err);
} operations[] = {
	{ "add", apply_add },	{ "remove", apply_remove }, { "replace", apply_replace },
	{ "move", apply_move }, { "test", apply_test },	    { "copy", apply_copy },
};

static struct operation operation_of(const struct value *object)
{
	const struct value *path = value_field(object, "path"), *from = value_field(object, "from");

	return (struct operation){
		.op = value_str(value_field(object, "op")),
		.path = value_str(path),
		.from = value_str(from),
		.has_path = value_is(path, VALUE_STRING),
		.has_from = value_is(from, VALUE_STRING),
		.value = value_field(object, "value"),
	};
}

const struct value *json_patch_apply(struct arena *arena, const struct value *document, const struct value *patch,
				     struct error **err)
{
	for (VALUE_EACH(item, patch)) {
		struct operation op = operation_of(item);
		size_t i = 0, count = sizeof(operations) / sizeof(*operations);

		while (i < count && !str_equal(op.op, str_of(operations[i].name)))
			i++;
		if (i == count)
			return FAIL(err, "Unexpected kind: " STR_FMT,
				    STR_ARG(value_is(value_field(item, "op"), VALUE_STRING) ? op.op : STR("unknown")));
		document = operations[i].apply(arena, document, &op, err);
		if (!document)
			return NULL;
	}
	return document;
}

bool json_patch_test_failed(const struct error *err)
{
	return err && str_ends_with(str_of(err->message), STR(": " TEST_FAILED));
}

/* -- making patches ------------------------------------------------------------------------------------------------ */

struct maker {
	struct arena *arena;
	struct array_builder operations;
};

static void put_operation(struct maker *maker, const char *op, struct str path, const struct value *value)
{
	struct object_builder object = { 0 };
	struct value name = value_make_str(str_of(op)), where = value_make_str(path);

	object_put(maker->arena, &object, STR("op"), &name);
	object_put(maker->arena, &object, STR("path"), &where);
	if (value)
		object_put(maker->arena, &object, STR("value"), value);
	array_add(maker->arena, &maker->operations, object_finish(maker->arena, &object));
}

static struct str path_of_key(struct arena *arena, struct str path, struct str key)
{
	key = str_replace(arena, key, STR("~"), STR("~0"), SIZE_MAX);
	key = str_replace(arena, key, STR("/"), STR("~1"), SIZE_MAX);
	return str_format(arena, STR_FMT "/" STR_FMT, STR_ARG(path), STR_ARG(key));
}

static struct str path_of_index(struct arena *arena, struct str path, size_t index)
{
	return str_format(arena, STR_FMT "/%zu", STR_ARG(path), index);
}

static void compare(struct maker *maker, struct str path, const struct value *from, const struct value *to, int depth);

static void compare_objects(struct maker *maker, struct str path, const struct value *from, const struct value *to,
			    int depth)
{
	for (MEMBER_EACH(m, from)) {
		struct str key = value_str(&m->key);
		const struct value *new = value_get(to, key);

		if (!new)
			put_operation(maker, "remove", path_of_key(maker->arena, path, key), NULL);
		else if (!value_equal(&m->value, new))
			compare(maker, path_of_key(maker->arena, path, key), &m->value, new, depth + 1);
	}
	for (MEMBER_EACH(m, to))
		if (!value_member(from, value_str(&m->key)))
			put_operation(maker, "add", path_of_key(maker->arena, path, value_str(&m->key)), &m->value);
}

/* What is equal at both ends stays; between them items change in place, and the rest is removed or added. */
static void compare_arrays(struct maker *maker, struct str path, const struct value *from, const struct value *to,
			   int depth)
{
	size_t start = 0, old = from->length, new = to->length;

	while (start < old && start < new &&value_equal(&from->u.items[start], &to->u.items[start]))
		start++;
	while (old > start && new > start && value_equal(&from->u.items[old - 1], &to->u.items[new - 1])) {
		old--;
		new --;
	}
	for (; start < old && start < new; start++)
		if (!value_equal(&from->u.items[start], &to->u.items[start]))
			compare(maker, path_of_index(maker->arena, path, start), &from->u.items[start],
				&to->u.items[start], depth + 1);
	for (size_t i = old; i > start; i--)
		put_operation(maker, "remove", path_of_index(maker->arena, path, i - 1), NULL);
	for (; start < new; start++)
		put_operation(maker, "add", path_of_index(maker->arena, path, start), &to->u.items[start]);
}

static void compare(struct maker *maker, struct str path, const struct value *from, const struct value *to, int depth)
{
	if (depth < DEPTH_MAX && from->type == VALUE_OBJECT && to->type == VALUE_OBJECT)
		compare_objects(maker, path, from, to, depth);
	else if (depth < DEPTH_MAX && from->type == VALUE_ARRAY && to->type == VALUE_ARRAY)
		compare_arrays(maker, path, from, to, depth);
	else
		put_operation(maker, "replace", path, to);
}

const struct value *json_patch_make(struct arena *arena, const struct value *from, const struct value *to)
{
	struct maker maker = { .arena = arena };

	if (!value_equal(from, to))
		compare(&maker, STR(""), from, to, 0);
	return array_finish(arena, &maker.operations);
}
