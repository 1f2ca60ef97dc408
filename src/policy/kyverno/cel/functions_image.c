/*
 * Image references: image(), isImage(), registry() and so on. Semantics:
 * github.com/google/go-containerregistry/pkg/name (ParseReference, not strict), which is not what Kyverno's JMESPath
 * functions read images with.
 */
#include "data/url.h"
#include "policy/kyverno/cel/library.h"

#define HUB "index.docker.io"

struct reference {
	struct str text;                /* as written */
	struct str registry;            /* "index.docker.io" when there is none */
	struct str repository;          /* with "library/" where the hub has it so */
	struct str tag;                 /* "latest" when neither tag nor digest is given; else may be empty */
	struct str digest;
};

/* -- reading ------------------------------------------------------------------------------------------------------ */

static bool consists_of(struct str s, const char *others, bool upper)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper && c >= 'A' && c <= 'Z') ||
		      (c && strchr(others, c))))
			return false;
	}
	return true;
}

static bool is_tag(struct str s)
{
	return s.n >= 1 && s.n <= 128 && consists_of(s, "_-.", true);
}

static bool is_repository(struct str s)
{
	return s.n >= 2 && s.n <= 255 && consists_of(s, "_-./", false);
}

static bool is_registry(struct arena *arena, struct str s)
{
	struct url url;

	return url_parse(arena, str_concat(arena, STR("//"), s), &url, NULL) == 0 && str_equal(url.host, s);
}

static bool is_digest(struct str s)
{
	struct str hex = str_skip(s, 7);

	if (!str_starts_with(s, STR("sha256:")) || hex.n != 64)
		return false;
	for (size_t i = 0; i < hex.n; i++)
		if (!((hex.p[i] >= '0' && hex.p[i] <= '9') || (hex.p[i] >= 'a' && hex.p[i] <= 'f')))
			return false;
	return true;
}

/* "registry/repository" */
static bool read_repository(struct arena *arena, struct str name, struct reference *out)
{
	struct str first, rest;

	out->registry = STR(HUB);
	out->repository = name;
	if (str_cut(name, '/', &first, &rest) &&
	    (str_is(first, "localhost") || str_contains(first, STR(".")) || str_contains(first, STR(":")))) {
		out->repository = rest;
		if (first.n && !str_is(first, "docker.io"))
			out->registry = first;
	}
	if (!is_repository(out->repository) || !is_registry(arena, out->registry))
		return false;
	if (str_is(out->registry, HUB) && !str_contains(out->repository, STR("/")))
		out->repository = str_concat(arena, STR("library/"), out->repository);
	return true;
}

/* Cuts ":tag" off a name; false: there is none. */
static bool cut_tag(struct str *name, struct str *tag)
{
	size_t colon = str_rfind_char(*name, ':');

	if (colon == STR_NOT_FOUND || str_find_char(*name, '/', colon) != STR_NOT_FOUND)
		return false;
	*tag = str_skip(*name, colon + 1);
	*name = str_slice(*name, 0, colon);
	return true;
}

static bool read_tagged(struct arena *arena, struct str name, struct reference *out)
{
	out->tag = STR("latest");
	if (cut_tag(&name, &out->tag) && !is_tag(out->tag))
		return false;
	return read_repository(arena, name, out);
}

static bool read_digested(struct arena *arena, struct str text, struct reference *out)
{
	struct str base, tag;

	if (!str_cut(text, '@', &base, &out->digest) || !is_digest(out->digest))
		return false;
	/* A name that is wrong with a tag may be right when all of it is the repository. */
	if (!read_tagged(arena, base, out) && !read_repository(arena, base, out))
		return false;
	out->tag = STR_NULL;
	if (cut_tag(&base, &tag))
		out->tag = tag;
	return true;
}

static bool reference_read(struct arena *arena, struct str text, struct reference *out)
{
	*out = (struct reference){ .text = text };
	if (read_tagged(arena, text, out))
		return true;
	*out = (struct reference){ .text = text };
	return read_digested(arena, text, out);
}

/* -- values ------------------------------------------------------------------------------------------------------- */

static const struct cel_type image_type = { .kind = CEL_TYPE_OPAQUE, .name = { "kyverno.image", 13 } };

static bool images_equal(const struct cel_value *a, const struct cel_value *b)
{
	const struct reference *x = a->u.object, *y = b->u.object;

	return str_equal(x->text, y->text);
}

static const struct value *image_text_data(struct arena *arena, const struct cel_value *self)
{
	return value_of_str(arena, ((const struct reference *)self->u.object)->text);
}

static const struct cel_class image_class = { .type = &image_type, .equal = images_equal, .to_data = image_text_data };

static const struct reference *as_reference(const struct cel_value *v)
{
	return v->kind == CEL_OBJECT && v->of.class == &image_class ? v->u.object : NULL;
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static BODY(make)
{
	struct reference reference;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	if (!reference_read(run->arena, cel_str(&arguments[0]), &reference))
		return cel_fail(run, "could not parse reference: " STR_FMT, STR_ARG(cel_str(&arguments[0])));
	return cel_of_object(&image_class, arena_copy(run->arena, &reference, sizeof(reference)));
}

static BODY(is_image)
{
	struct reference reference;

	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	return cel_of_bool(reference_read(run->arena, cel_str(&arguments[0]), &reference));
}

static BODY(contains_digest)
{
	const struct reference *image = as_reference(&arguments[0]);

	return image ? cel_of_bool(image->digest.n > 0) : cel_no_overload(run);
}

static BODY(registry)
{
	const struct reference *image = as_reference(&arguments[0]);

	return image ? cel_of_str(image->registry) : cel_no_overload(run);
}

static BODY(repository)
{
	const struct reference *image = as_reference(&arguments[0]);

	return image ? cel_of_str(image->repository) : cel_no_overload(run);
}

static BODY(tag)
{
	const struct reference *image = as_reference(&arguments[0]);

	return image ? cel_of_str(image->tag) : cel_no_overload(run);
}

static BODY(digest)
{
	const struct reference *image = as_reference(&arguments[0]);

	return image ? cel_of_str(image->digest) : cel_no_overload(run);
}

static BODY(identifier)
{
	const struct reference *image = as_reference(&arguments[0]);

	if (!image)
		return cel_no_overload(run);
	if (image->digest.n == 0)
		return cel_of_str(image->tag);
	if (image->tag.n == 0)
		return cel_of_str(image->digest);
	return cel_of_str(str_format(run->arena, STR_FMT "@" STR_FMT, STR_ARG(image->tag), STR_ARG(image->digest)));
}

static BODY(identifier_with_separator)
{
	const struct reference *image = as_reference(&arguments[0]);

	if (!image)
		return cel_no_overload(run);
	if (image->digest.n)
		return cel_of_str(str_concat(run->arena, STR("@"), image->digest));
	return cel_of_str(str_concat(run->arena, STR(":"), image->tag));
}

#define PART(function, body, text) \
	{ .name = function, .signature = "kyverno.image.() -> string", .evaluate = body, .note = text }

static const struct cel_function functions[] = {
	BOTH("image", "parseImageReference", .signature = "(string) -> kyverno.image", .evaluate = make,
	     .note = "an image reference from its text"),
	{ .name = "isImage", .signature = "(string) -> bool", .evaluate = is_image,
	  .note = "whether a text is an image reference" },
	{ .name = "containsDigest", .signature = "kyverno.image.() -> bool", .evaluate = contains_digest,
	  .note = "whether the digest is given" },
	PART("registry", registry, "index.docker.io when none is given"),
	PART("repository", repository, "library/nginx"),
	PART("tag", tag, "latest when neither tag nor digest is given"),
	PART("digest", digest, "sha256:…, or empty"),
	PART("identifier", identifier, "tag, digest, or both with @ between them"),
	PART("identifierWithSeparator", identifier_with_separator, ":tag or @digest"),
	{ .name = NULL },
};
static const struct cel_type *const types[] = { &image_type, NULL };

const struct cel_library kyverno_image_library = { .name = "kyverno.image", .functions = functions, .types = types };
