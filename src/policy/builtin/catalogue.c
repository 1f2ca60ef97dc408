/* The catalogue: texts that the build embedded, and the native policies beside them. */
#include "policy/builtin/catalogue_texts.h"
#include "data/documents.h"
#include "policy/builtin/native.h"

#define PREFIX "biro-"

struct text {
	const char *name, *bytes;
	size_t size;
};

#define ROW(identifier, file) { file, identifier, sizeof(identifier) },
static const struct text texts[] = { EMBEDDED_FILES(ROW) };

#define TEXT_COUNT (sizeof(texts) / sizeof(*texts))

/* -- reading a text ----------------------------------------------------------------------------------------------- */

struct reading {
	struct arena *arena;
	const struct value **objects;
	size_t count, capacity;
};

static struct str annotation(const struct value *policy, const char *name)
{
	return value_str(value_get(object_annotations(policy), str_of(name)));
}

static void describe(struct catalogue_entry *entry, const struct value *policy)
{
	entry->id = object_name(policy);
	entry->title = annotation(policy, "biro/title");
	entry->severity = annotation(policy, "biro/severity");
	entry->category = annotation(policy, "biro/category");
	entry->why = annotation(policy, "biro/why");
	entry->fix = annotation(policy, "biro/fix");
	entry->pss = annotation(policy, "biro/pss");
	entry->cis = annotation(policy, "biro/cis");
	entry->off = annotation(policy, "biro/off");
}

/* Cuts at lines that are "---": the texts are our own, and nothing else is in them. */
static int read_text(struct reading *reading, struct str text, const char *name, struct error **err)
{
	struct source *source;
	const struct value *object;
	uint32_t line = 1;

	while (text.n > 0) {
		size_t end = str_find(text, STR("\n---\n"), 0), size = end == STR_NOT_FOUND ? text.n : end + 1;

		source = ARENA_NEW(reading->arena, struct source);
		source->name = str_format(reading->arena, "biro:%s", name);
		source->text = str_make(text.p, size);
		source->first_line = line;
		object = yaml_decode(reading->arena, source, &decode_limits_default, NULL, err);
		if (!object)
			return -1;
		*ARENA_PUSH(reading->arena, reading->objects, reading->count, reading->capacity) = object;
		for (size_t i = 0; i < size; i++)
			line += text.p[i] == '\n';
		text = str_skip(text, end == STR_NOT_FOUND ? text.n : size + strlen("---\n"));
		line++;
	}
	return 0;
}

/* -- the list ----------------------------------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
	return str_compare(((const struct catalogue_entry *)a)->id, ((const struct catalogue_entry *)b)->id);
}

static size_t native_count(void)
{
	size_t count = 0;

	while (native_policies[count].about.id.n > 0)
		count++;
	return count;
}

const struct catalogue *catalogue_load(struct arena *arena, struct error **err)
{
	struct catalogue *catalogue = ARENA_NEW(arena, struct catalogue);
	struct catalogue_entry *entries = arena_array(arena, TEXT_COUNT + native_count(), sizeof(*entries));
	size_t count = 0;

	for (size_t i = 0; i < TEXT_COUNT; i++) {
		struct reading reading = { .arena = arena };
		struct str text = str_make(texts[i].bytes, texts[i].size);

		if (!strcmp(texts[i].name, "parameters.yaml")) {
			catalogue->parameters = text;
			continue;
		}
		if (read_text(&reading, text, texts[i].name, err) < 0)
			return NULL;
		entries[count] = (struct catalogue_entry){
			.name = str_of(texts[i].name),
			.text = text,
			.objects = reading.objects,
			.object_count = reading.count,
		};
		describe(&entries[count++], reading.objects[0]);
	}
	for (size_t i = 0; i < native_count(); i++)
		entries[count++] = native_policies[i].about;
	qsort(entries, count, sizeof(*entries), compare_entries);
	catalogue->entries = entries;
	catalogue->count = count;
	return catalogue;
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, struct str id, struct str *closest)
{
	size_t best = SIZE_MAX;
	struct str wanted = str_starts_with(id, STR(PREFIX)) ? str_skip(id, strlen(PREFIX)) : id;

	if (closest)
		*closest = STR_NULL;
	for (size_t i = 0; i < catalogue->count; i++) {
		struct str name = str_skip(catalogue->entries[i].id, strlen(PREFIX));
		size_t distance = str_distance(name, wanted, 2 + wanted.n / 4);

		if (distance == 0)
			return &catalogue->entries[i];
		if (closest && distance < best && distance <= 2 + wanted.n / 4) {
			best = distance;
			*closest = catalogue->entries[i].id;
		}
	}
	return NULL;
}

/* -- the default -------------------------------------------------------------------------------------------------- */

static const struct native_policy *native_of(struct str id)
{
	for (size_t i = 0; native_policies[i].about.id.n > 0; i++)
		if (str_equal(native_policies[i].about.id, id))
			return &native_policies[i];
	return NULL;
}

static bool has_parameters(const struct store *store)
{
	return store && store_get(store, STR(""), STR("ConfigMap"), STR("kube-system"), STR(PREFIX "parameters"));
}

static bool is_wanted(const struct catalogue_entry *entry, const struct store *store)
{
	bool parameters = entry->object_count > 0 && value_path(entry->objects[0], "spec", "paramKind");

	return entry->off.n == 0 && (!parameters || has_parameters(store));
}

int catalogue_add_default(struct policy_set *set, const struct store *store, struct error **err)
{
	const struct catalogue *catalogue = catalogue_load(policy_set_arena(set), err);

	for (size_t i = 0; catalogue && i < catalogue->count; i++) {
		const struct catalogue_entry *entry = &catalogue->entries[i];

		if (!is_wanted(entry, store))
			continue;
		if (entry->object_count == 0)
			native_add(set, native_of(entry->id));
		for (size_t j = 0; j < entry->object_count; j++)
			if (policy_set_add(set, entry->objects[j], err) < 0)
				return -1;
	}
	return catalogue ? 0 : -1;
}
