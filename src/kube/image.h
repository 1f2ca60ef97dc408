/*
 * kube/image.h: container image references. Semantics: Kyverno 1.19 pkg/utils/image (default registry docker.io,
 * default tag latest, no "library/" is added) over github.com/distribution/reference v0.6.
 */
#ifndef KUBE_IMAGE_H
#define KUBE_IMAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

/* Parts borrow from the reference. */
struct image {
	struct str registry;    /* docker.io */
	struct str path;        /* bitnami/nginx */
	struct str name;        /* nginx */
	struct str tag;         /* latest when neither tag nor digest is given; else may be empty */
	struct str digest;      /* sha256:…, or empty */
};

/* -1 and *err (as Kyverno words it) when it is not a reference. `arena` is not used unless a copy is needed. */
int image_parse(struct arena *arena, struct str reference, struct image *out, struct error **err);
/* "docker.io/bitnami/nginx:1.25"; with a digest "…@sha256:…" and no tag (Kyverno's `reference`). */
struct str image_text(struct arena *arena, const struct image *image);
/* Always with ":tag", which is empty for an image by digest alone (Kyverno's `referenceWithTag`). */
struct str image_text_with_tag(struct arena *arena, const struct image *image);

#endif
