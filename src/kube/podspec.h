/*
 * kube/podspec.h: the Pod inside any workload.
 */
#ifndef KUBE_PODSPEC_H
#define KUBE_PODSPEC_H

#include "kube/kind.h"

struct pod_view {
	const struct value *metadata;   /* of the Pod or of its template; may be NULL */
	const struct value *spec;       /* never NULL when found */
	bool template;                  /* false for a Pod itself */
	const char *path;               /* of the Pod in the object, as a JSON pointer: "", "/spec/template", … */
};

/*
 * Pod, PodTemplate, Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet, Job, CronJob (any served
 * version). False for other kinds or when there is no spec.
 */
bool pod_view_of(const struct value *object, struct pod_view *view);

/* for each of containers, initContainers, ephemeralContainers */
enum container_list { CONTAINERS, INIT_CONTAINERS, EPHEMERAL_CONTAINERS, CONTAINER_LISTS };
extern const char *const container_list_names[CONTAINER_LISTS];

#endif
