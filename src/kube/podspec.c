#include "kube/podspec.h"

const char *const container_list_names[CONTAINER_LISTS] = { "containers", "initContainers", "ephemeralContainers" };

/* Where a workload keeps its Pod, from the object's root; a Pod is its own. */
enum pod_shape { POD_ITSELF, POD_TEMPLATE, POD_SPEC_TEMPLATE, POD_JOB_TEMPLATE };

struct workload {
	const char *kind, *groups[2];
	enum pod_shape shape;
};

static const struct workload workloads[] = {
	{ "Pod", { "", NULL }, POD_ITSELF },
	{ "Deployment", { "apps", "extensions" }, POD_SPEC_TEMPLATE },
	{ "ReplicaSet", { "apps", "extensions" }, POD_SPEC_TEMPLATE },
	{ "StatefulSet", { "apps", NULL }, POD_SPEC_TEMPLATE },
	{ "DaemonSet", { "apps", "extensions" }, POD_SPEC_TEMPLATE },
	{ "Job", { "batch", NULL }, POD_SPEC_TEMPLATE },
	{ "CronJob", { "batch", NULL }, POD_JOB_TEMPLATE },
	{ "ReplicationController", { "", NULL }, POD_SPEC_TEMPLATE },
	{ "PodTemplate", { "", NULL }, POD_TEMPLATE },
};

static const struct workload *workload_find(struct gvk gvk)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		const struct workload *workload = &workloads[i];

		if (!str_equal(gvk.kind, str_of(workload->kind)))
			continue;
		for (size_t j = 0; j < 2 && workload->groups[j]; j++)
			if (str_equal(gvk.group, str_of(workload->groups[j])))
				return workload;
	}
	return NULL;
}

static const char *const shape_paths[] = {
	[POD_ITSELF] = "",
	[POD_TEMPLATE] = "/template",
	[POD_SPEC_TEMPLATE] = "/spec/template",
	[POD_JOB_TEMPLATE] = "/spec/jobTemplate/spec/template",
};

static const struct value *pod_in(const struct value *object, enum pod_shape shape)
{
	switch (shape) {
	case POD_ITSELF:
		return object;
	case POD_TEMPLATE:
		return value_field(object, "template");
	case POD_SPEC_TEMPLATE:
		return value_field(value_field(object, "spec"), "template");
	case POD_JOB_TEMPLATE:
		return value_path(object, "spec", "jobTemplate", "spec", "template");
	}
	return NULL;
}

bool pod_view_of(const struct value *object, struct pod_view *view)
{
	const struct workload *workload = workload_find(gvk_of(object));
	const struct value *pod, *spec;

	if (!workload)
		return false;
	pod = pod_in(object, workload->shape);
	spec = value_field(pod, "spec");
	if (!value_is(spec, VALUE_OBJECT))
		return false;
	view->metadata = value_field(pod, "metadata");
	view->spec = spec;
	view->template = workload->shape != POD_ITSELF;
	view->path = shape_paths[workload->shape];
	return true;
}
