/*
 * cmd/render.h: Helm charts and kustomizations, rendered by the programs that own these formats.
 */
#ifndef CMD_RENDER_H
#define CMD_RENDER_H

#include "base/arena.h"
#include "base/error.h"

struct progress;

enum project {
	PROJECT_NONE,
	PROJECT_HELM,	   /* Chart.yaml */
	PROJECT_KUSTOMIZE, /* kustomization.yaml, kustomization.yml or Kustomization */
	PROJECT_COMPONENT, /* a kustomization of kind Component: only others can use it */
};

/* What a folder holds, by the files in it. */
enum project project_of(const char *folder);

/*
 * Runs `helm template` or `kustomize build` (else `kubectl kustomize`) on the folder, without a shell. Returns a
 * descriptor of an unnamed file with what came out, or -1 and *err: a program that is missing is named, one that fails
 * is quoted.
 */
int project_render(const char *folder, enum project project, struct progress *progress, struct error **err);

#endif
