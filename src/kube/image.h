/*
 * kube/image.h: container image references. Semantics: github.com/distribution/reference normalised as Kyverno's
 * pkg/utils/image does (default registry docker.io, default tag latest).
 */
#ifndef KUBE_IMAGE_H
#define KUBE_IMAGE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct image {
	struct str registry;    /* docker.io */
	struct str path;        /* library/nginx */
	struct str name;        /* nginx */
	struct str tag;         /* latest when neither tag nor digest is given; else may be empty */
	struct str digest;      /* sha256:…, or empty */
};

int image_parse(struct arena *arena, struct str reference, struct image *out, struct error **err);

#endif
