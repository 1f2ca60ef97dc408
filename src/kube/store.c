#include "kube/store.h"

/* One object under its names. `next` chains those of one hash bucket, `next_of_kind` those of one kind in put order. */
struct entry {
	struct str group, kind, namespace, name;
	const struct value *object;
	struct entry *next, *next_of_kind;
	uint64_t hash;
};

struct kind_list {
	struct str group, kind;
	struct entry *first, *last;
	size_t count;
};

struct store {
	struct arena *arena;
	struct entry **buckets; /* bucket_count is a power of two, or 0 at first */
	size_t bucket_count, count;
	struct kind_list *kinds; /* few, so a list is as good as a map */
	size_t kind_count, kind_capacity;
};

struct store *store_create(struct arena *arena)
{
	struct store *store = ARENA_NEW(arena, struct store);

	store->arena = arena;
	return store;
}

static uint64_t names_hash(struct str group, struct str kind, struct str namespace, struct str name)
{
	uint64_t hash = str_hash(name);

	hash = hash * 0x9e3779b97f4a7c15u + str_hash(namespace);
	hash = hash * 0x9e3779b97f4a7c15u + str_hash(kind);
	hash = hash * 0x9e3779b97f4a7c15u + str_hash(group);
	return hash ^ (hash >> 29);
}

/* Writers leave out "default"; a cluster-scoped object has none whatever it says. */
static struct str effective_namespace(struct str group, struct str kind, struct str namespace)
{
	const struct known_kind *known = known_kind_find(group, kind);

	if (known && !known->namespaced)
		return STR("");
	return namespace.n ? namespace : STR("default");
}

static struct entry *find(const struct store *store, uint64_t hash, struct str group, struct str kind,
			  struct str namespace, struct str name)
{
	if (store->bucket_count == 0)
		return NULL;
	for (struct entry *e = store->buckets[hash & (store->bucket_count - 1)]; e; e = e->next)
		if (e->hash == hash && str_equal(e->name, name) && str_equal(e->namespace, namespace) &&
		    str_equal(e->kind, kind) && str_equal(e->group, group))
			return e;
	return NULL;
}

static void grow(struct store *store)
{
	size_t count = store->bucket_count ? store->bucket_count * 2 : 64;
	struct entry **buckets = arena_array(store->arena, count, sizeof(struct entry *));

	memset(buckets, 0, count * sizeof(struct entry *));
	for (size_t i = 0; i < store->bucket_count; i++) {
		struct entry *next;

		for (struct entry *e = store->buckets[i]; e; e = next) {
			next = e->next;
			e->next = buckets[e->hash & (count - 1)];
			buckets[e->hash & (count - 1)] = e;
		}
	}
	store->buckets = buckets;
	store->bucket_count = count;
}

static struct kind_list *kind_list_find(const struct store *store, struct str group, struct str kind)
{
	for (size_t i = 0; i < store->kind_count; i++)
		if (str_equal(store->kinds[i].kind, kind) && str_equal(store->kinds[i].group, group))
			return &store->kinds[i];
	return NULL;
}

static void add_to_kind(struct store *store, struct entry *entry)
{
	struct kind_list *list = kind_list_find(store, entry->group, entry->kind);

	if (!list) {
		list = ARENA_PUSH(store->arena, store->kinds, store->kind_count, store->kind_capacity);
		*list = (struct kind_list){ .group = entry->group, .kind = entry->kind };
	}
	if (list->last)
		list->last->next_of_kind = entry;
	else
		list->first = entry;
	list->last = entry;
	list->count++;
}

void store_put(struct store *store, const struct value *given)
{
	const struct value *object = object_without_null_maps(store->arena, given);
	struct gvk gvk = gvk_of(object);
	struct str namespace = effective_namespace(gvk.group, gvk.kind, object_namespace(object));
	struct str name = object_name(object);
	uint64_t hash = names_hash(gvk.group, gvk.kind, namespace, name);
	struct entry *entry = find(store, hash, gvk.group, gvk.kind, namespace, name);

	if (entry) {
		entry->object = object;
		return;
	}
	if (store->count >= store->bucket_count)
		grow(store);
	entry = ARENA_NEW(store->arena, struct entry);
	*entry = (struct entry){ gvk.group, gvk.kind, namespace, name, object, NULL, NULL, hash };
	entry->next = store->buckets[hash & (store->bucket_count - 1)];
	store->buckets[hash & (store->bucket_count - 1)] = entry;
	store->count++;
	add_to_kind(store, entry);
}

const struct value *store_get(const struct store *store, struct str group, struct str kind, struct str namespace,
			      struct str name)
{
	struct entry *entry;

	if (!store || store->count == 0)
		return NULL;
	namespace = effective_namespace(group, kind, namespace);
	entry = find(store, names_hash(group, kind, namespace, name), group, kind, namespace, name);
	return entry ? entry->object : NULL;
}

const struct value **store_list(const struct store *store, struct arena *arena, struct str group, struct str kind,
				struct str namespace, size_t *count)
{
	const struct kind_list *list = store ? kind_list_find(store, group, kind) : NULL;
	const struct value **objects;

	*count = 0;
	if (!list)
		return NULL;
	objects = arena_array(arena, list->count, sizeof(*objects));
	for (const struct entry *e = list->first; e; e = e->next_of_kind)
		if (namespace.n == 0 || str_equal(e->namespace, namespace))
			objects[(*count)++] = e->object;
	return objects;
}

struct str store_kind_of(const struct store *store, struct arena *arena, struct str group, struct str resource)
{
	struct str kind = resource;
	char *text;

	for (size_t i = 0; store && i < store->kind_count; i++)
		if (str_equal(store->kinds[i].group, group) &&
		    str_equal(resource_of_kind(arena, group, store->kinds[i].kind), resource))
			return store->kinds[i].kind;
	if (str_ends_with(kind, STR("ies")))
		kind = str_concat(arena, str_slice(kind, 0, kind.n - 3), STR("y"));
	else if (str_ends_with(kind, STR("es")))
		kind = str_slice(kind, 0, kind.n - 2);
	else if (str_ends_with(kind, STR("s")))
		kind = str_slice(kind, 0, kind.n - 1);
	if (!kind.n)
		return kind;
	text = arena_copy(arena, kind.p, kind.n);
	if (text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	return str_make(text, kind.n);
}
