/*
 * The images of a Pod or pod controller, as `images` in the context.
 *
 * Semantics: Kyverno v1.19 pkg/utils/api/image.go with its standard extractors.
 */
#include "policy/kyverno/context.h"

#include "kube/image.h"

static const struct { const char *kind; const char *path[5]; } extractors[] = {
	{ "Pod", { "spec" } },
	{ "DaemonSet", { "spec", "template", "spec" } },
	{ "Deployment", { "spec", "template", "spec" } },
	{ "ReplicaSet", { "spec", "template", "spec" } },
	{ "ReplicationController", { "spec", "template", "spec" } },
	{ "StatefulSet", { "spec", "template", "spec" } },
	{ "Job", { "spec", "template", "spec" } },
	{ "CronJob", { "spec", "jobTemplate", "spec", "template", "spec" } },
};

static const char *const lists[] = { "initContainers", "containers", "ephemeralContainers" };

static void put_text(struct arena *arena, struct object_builder *object, const char *key, struct str text)
{
	if (text.n)
		object_put(arena, object, str_of(key), value_of_str(arena, text));
}

static const struct value *image_value(struct arena *arena, const struct image *image, struct str pointer)
{
	struct object_builder object = { 0 };
	struct str path = image->path, registry = image->registry, head, rest;

	/* Without a registry, a first part with '_' is taken for one, though not in the readable references. */
	if (!registry.n && str_cut(path, '/', &head, &rest) && str_find_char(head, '_', 0) != STR_NOT_FOUND) {
		registry = head;
		path = rest;
	}
	put_text(arena, &object, "registry", registry);
	object_put(arena, &object, STR("name"), value_of_str(arena, image->name));
	object_put(arena, &object, STR("path"), value_of_str(arena, path));
	put_text(arena, &object, "tag", image->tag);
	put_text(arena, &object, "digest", image->digest);
	put_text(arena, &object, "reference", image_text(arena, image));
	put_text(arena, &object, "referenceWithTag", image_text_with_tag(arena, image));
	object_put(arena, &object, STR("jsonPointer"), value_of_str(arena, pointer));
	return object_finish(arena, &object);
}

/* -1 with *error on what Kyverno refuses. */
static int container_add(struct arena *arena, struct object_builder *out, const struct value *container,
			 struct str prefix, size_t index, struct str *error)
{
	const struct value *name = value_field(container, "name");
	struct str text = value_str(value_field(container, "image"));
	_cleanup_(error_freep) struct error *err = NULL;
	struct image image;

	if (!value_is(name, VALUE_STRING)) {
		*error = STR("invalid key");
		return -1;
	}
	if (!str_trim(text).n)
		return 0;
	if (image_parse(arena, text, &image, &err) < 0) {
		*error = str_format(arena, "invalid image '" STR_FMT "' (%s)", STR_ARG(text), err->message);
		return -1;
	}
	object_put(arena, out, value_str(name),
		   image_value(arena, &image, str_format(arena, STR_FMT "/%zu/image", STR_ARG(prefix), index)));
	return 0;
}

static int list_add(struct arena *arena, struct object_builder *out, const struct value *spec, const char *list,
		    struct str prefix, struct str *error)
{
	const struct value *containers = value_get(spec, str_of(list));
	struct object_builder images = { 0 };
	size_t index = 0;

	if (value_is_null(containers))
		return 0;
	if (!value_is(containers, VALUE_ARRAY) && !value_is(containers, VALUE_OBJECT)) {
		*error = STR("invalid image config");
		return -1;
	}
	prefix = str_format(arena, STR_FMT "/%s", STR_ARG(prefix), list);
	for (VALUE_EACH(container, containers)) {
		if (value_is(container, VALUE_OBJECT) &&
		    container_add(arena, &images, container, prefix, index, error) < 0)
			return -1;
		index++;
	}
	if (images.count)
		object_put(arena, out, str_of(list), object_finish(arena, &images));
	return 0;
}

const struct value *images_of(struct arena *arena, const struct value *resource, struct str *error)
{
	struct str kind = value_str(value_field(resource, "kind")), prefix = STR("");
	struct object_builder out = { 0 };
	const struct value *spec = resource;
	size_t i;

	*error = STR_NULL;
	for (i = 0; i < sizeof(extractors) / sizeof(*extractors); i++)
		if (str_equal(kind, str_of(extractors[i].kind)))
			break;
	if (i == sizeof(extractors) / sizeof(*extractors))
		return NULL;
	for (size_t j = 0; j < 5 && extractors[i].path[j]; j++) {
		spec = value_get(spec, str_of(extractors[i].path[j]));
		prefix = str_format(arena, STR_FMT "/%s", STR_ARG(prefix), extractors[i].path[j]);
	}
	if (!value_is_null(spec) && !value_is(spec, VALUE_OBJECT)) {
		*error = STR("invalid image config");
		return NULL;
	}
	for (i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (list_add(arena, &out, spec, lists[i], prefix, error) < 0)
			return NULL;
	return out.count ? object_finish(arena, &out) : NULL;
}
