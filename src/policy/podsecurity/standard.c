/*
 * The built-in policy "pod-security": the checks as rules, the levels as outcomes.
 */
#include "policy/podsecurity/evaluate.h"
#include "policy/trace.h"

#define HELP_URI "https://kubernetes.io/docs/concepts/security/pod-security-standards/"
#define POLICY_NAME "pod-security"

const struct ps_configuration ps_configuration_default = {
	.defaults = {
		.enforce = { PS_BASELINE, { PS_LATEST, true } },
		.warn = { PS_RESTRICTED, { PS_LATEST, true } },
		.audit = { PS_PRIVILEGED, { PS_LATEST, true } },
	},
};

struct standard {
	struct policy head;
	struct ps_configuration configuration;
};

/* What labels mean for what they do not say, once there are any. */
static const struct ps_policy all_privileged = {
	{ PS_PRIVILEGED, { PS_LATEST, true } },
	{ PS_PRIVILEGED, { PS_LATEST, true } },
	{ PS_PRIVILEGED, { PS_LATEST, true } },
};

static struct result *add_result(struct review *review, struct result_list *results, struct str rule,
				 enum outcome outcome, struct str message)
{
	struct result *result = result_add(review->arena, results);

	result->policy = STR(POLICY_NAME);
	result->policy_kind = STR("PodSecurity");
	result->rule = rule;
	result->outcome = outcome;
	result->message = message;
	result->help_uri = STR(HELP_URI);
	return result;
}

/* -- namespaces ------------------------------------------------------------------------------------------------ */

static struct str label_path(struct arena *arena, struct str label)
{
	return str_concat(arena, STR("/metadata/labels/"), str_replace(arena, label, STR("/"), STR("~1"), SIZE_MAX));
}

static void judge_namespace(struct review *review, struct result_list *results)
{
	struct ps_label_error errors[PS_LABELS];
	size_t count;

	ps_policy_of_labels(object_labels(review->object), all_privileged, errors, &count);
	for (size_t i = 0; i < count; i++) {
		struct str message =
			str_format(review->arena, "metadata.labels[" STR_FMT "]: Invalid value: \"" STR_FMT "\": %s",
				   STR_ARG(errors[i].label), STR_ARG(errors[i].value), errors[i].expected);
		struct result *result = add_result(review, results, STR("namespace-labels"), OUTCOME_ERROR, message);

		result->path = label_path(review->arena, errors[i].label);
		result->at = errors[i].at;
		result->fix = STR("set privileged, baseline or restricted; for a -version label latest or v1.N");
	}
}

static struct ps_policy policy_in_force(const struct standard *standard, const struct review *review)
{
	const struct store *store = review->lookup ? review->lookup->store : NULL;
	const struct value *labels =
		object_labels(store_get(store, STR(""), STR("Namespace"), STR(""), review->namespace));
	struct ps_label_error errors[PS_LABELS];
	size_t count;

	if (!ps_labels_present(labels))
		return standard->configuration.defaults;
	return ps_policy_of_labels(labels, all_privileged, errors, &count);
}

/* -- exemptions ------------------------------------------------------------------------------------------------ */

static bool is_listed(const struct str *names, size_t count, struct str name)
{
	for (size_t i = 0; name.n && i < count; i++)
		if (str_equal(names[i], name))
			return true;
	return false;
}

/* What exempts, as in `namespace "kube-system"`; false when nothing does. */
static bool is_exempt(const struct ps_exemptions *exemptions, const struct review *review, const struct pod_view *view,
		      const char **what, struct str *name)
{
	*what = "namespace";
	*name = review->namespace;
	if (is_listed(exemptions->namespaces, exemptions->namespace_count, *name))
		return true;
	*what = "user";
	*name = value_str(value_field(review->user, "username"));
	if (is_listed(exemptions->usernames, exemptions->username_count, *name))
		return true;
	*what = "runtime class";
	*name = value_str(value_field(view->spec, "runtimeClassName"));
	return is_listed(exemptions->runtime_classes, exemptions->runtime_class_count, *name);
}

/* -- pods ------------------------------------------------------------------------------------------------------ */

/* "spec.containers[0].securityContext" → "/spec/containers/0/securityContext"; a key in brackets is one step. */
static struct str pointer_of(struct arena *arena, const char *prefix, struct str path)
{
	struct str annotations = STR("metadata.annotations[");
	struct buf out = { 0 };
	struct str pointer;

	buf_add(&out, str_of(prefix));
	if (str_starts_with(path, annotations)) {
		struct str key = str_slice(path, annotations.n, path.n - 1);

		buf_add(&out, STR("/metadata/annotations/"));
		key = str_replace(arena, key, STR("~"), STR("~0"), SIZE_MAX);
		buf_add(&out, str_replace(arena, key, STR("/"), STR("~1"), SIZE_MAX));
	} else {
		buf_add_char(&out, '/');
		for (size_t i = 0; i < path.n; i++)
			if (path.p[i] == '.' || path.p[i] == '[')
				buf_add_char(&out, '/');
			else if (path.p[i] != ']')
				buf_add_char(&out, path.p[i]);
	}
	pointer = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return pointer;
}

static void add_properties(struct arena *arena, struct result *result, struct ps_level_version level,
			   const char *control)
{
	struct property *properties = arena_array(arena, 3, sizeof(*properties));

	properties[0] = (struct property){ STR("standard"), str_of(ps_level_names[level.level]) };
	properties[1] = (struct property){ STR("version"), ps_version_text(arena, level.version) };
	properties[2] = (struct property){ STR("control"), str_of(control) };
	result->properties = properties;
	result->property_count = control ? 3 : 2;
}

static struct str category_of(enum ps_level level)
{
	return level == PS_RESTRICTED ? STR("Pod Security Standards (Restricted)")
				      : STR("Pod Security Standards (Baseline)");
}

static void add_failure(struct review *review, struct result_list *results, const struct pod_view *view,
			struct ps_level_version level, const struct ps_failure *failure, enum outcome outcome)
{
	const struct ps_check *check = failure->check;
	struct str message = failure->reason;
	struct result *result;

	if (failure->detail.n)
		message = str_format(review->arena, STR_FMT " (" STR_FMT ")", STR_ARG(failure->reason),
				     STR_ARG(failure->detail));
	result = add_result(review, results, str_of(check->id), outcome, message);
	result->severity = str_of(check->severity);
	result->category = category_of(check->level);
	result->fix = str_of(check->fix);
	add_properties(review->arena, result, level, check->control);
	if (failure->offence_count) {
		result->path = pointer_of(review->arena, view->path, failure->offences[0].path);
		result->at = failure->offences[0].at;
	}
	TRACE(review, TRACE_VERDICT, false, result->at, NULL, "%s: " STR_FMT, check->id, STR_ARG(message));
}

static void add_pass(struct review *review, struct result_list *results, struct ps_level_version level)
{
	const char *name = ps_level_names[level.level];
	struct str version = ps_version_text(review->arena, level.version);
	struct result *result =
		add_result(review, results, str_of(name), OUTCOME_PASS,
			   str_format(review->arena, "meets the Pod Security Standard \"%s:" STR_FMT "\"", name,
				      STR_ARG(version)));

	result->category = category_of(level.level);
	add_properties(review->arena, result, level, NULL);
	TRACE(review, TRACE_VERDICT, true, NULL, NULL, "%s:" STR_FMT ": every check passes", name, STR_ARG(version));
}

/* Is all that the failure names already said by the other? Both list their offences in the order of the Pod. */
static bool is_covered(const struct ps_failure *failure, const struct ps_failure *by)
{
	size_t j = 0;

	if (failure->offence_count == 0)
		return false;
	for (size_t i = 0; i < failure->offence_count; i++, j++) {
		while (j < by->offence_count && !str_equal(by->offences[j].path, failure->offences[i].path))
			j++;
		if (j == by->offence_count || (by->offences[j].value_count < failure->offences[i].value_count))
			return false;
	}
	return true;
}

/* A restricted check often repeats a baseline one (a hostPath is a restricted volume too): once is enough. */
static bool is_reported(const struct ps_failure *failure, const struct ps_failure *reported, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (reported[i].check == failure->check || is_covered(failure, &reported[i]))
			return true;
	return false;
}

static bool same_level(struct ps_level_version a, struct ps_level_version b)
{
	return a.level == b.level && a.version.minor == b.version.minor && a.version.latest == b.version.latest;
}

static void judge_pod(const struct standard *standard, struct review *review, const struct pod_view *view,
		      struct result_list *results)
{
	struct ps_policy policy = policy_in_force(standard, review);
	const struct {
		struct ps_level_version level;
		enum outcome outcome;
		bool again; /* the same level was judged before */
	} modes[] = {
		{ policy.enforce, OUTCOME_FAIL, false },
		{ policy.warn, OUTCOME_WARN, same_level(policy.warn, policy.enforce) },
		{ policy.audit, OUTCOME_WARN,
		  same_level(policy.audit, policy.enforce) || same_level(policy.audit, policy.warn) },
	};
	struct ps_failure reported[PS_CHECKS * 3];
	struct ps_pod pod;
	size_t reported_count = 0;

	ps_pod_read(&pod, review->arena, view->metadata, view->spec);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct ps_failure failures[PS_CHECKS];
		size_t count, before = reported_count;

		if (modes[i].level.level == PS_PRIVILEGED || modes[i].again)
			continue;
		count = ps_run(&pod, modes[i].level.level, modes[i].level.version, failures);
		if (count == 0)
			add_pass(review, results, modes[i].level);
		for (size_t j = 0; j < count; j++) {
			if (is_reported(&failures[j], reported, before))
				continue;
			add_failure(review, results, view, modes[i].level, &failures[j], modes[i].outcome);
			reported[reported_count++] = failures[j];
		}
	}
}

static void judge(const struct policy *policy, struct review *review, struct result_list *results)
{
	const struct standard *standard = (const struct standard *)policy;
	struct pod_view view;
	const char *what;
	struct str name;

	if (!review->object)
		return;
	if (review->subresource.n && !str_is(review->subresource, "ephemeralcontainers"))
		return;
	if (str_is(review->kind.kind, "Namespace") && review->kind.group.n == 0) {
		judge_namespace(review, results);
		return;
	}
	if (!pod_view_of(review->object, &view))
		return;
	if (is_exempt(&standard->configuration.exemptions, review, &view, &what, &name)) {
		add_result(review, results, STR("exempt"), OUTCOME_SKIP,
			   str_format(review->arena, "exempt by %s \"" STR_FMT "\"", what, STR_ARG(name)));
		return;
	}
	judge_pod(standard, review, &view, results);
}

/* -- the set --------------------------------------------------------------------------------------------------- */

static bool claims(const struct value *object)
{
	return false;
}

static int compile(struct policy_set *set, const struct value *object, struct error **err)
{
	return error_set(err, ERROR_UNSUPPORTED, "Pod Security has no policy objects: label the Namespace instead");
}

const struct policy_dialect podsecurity_dialect = {
	.name = "podsecurity",
	.claims = claims,
	.compile = compile,
	.judge = judge,
};

int podsecurity_add(struct policy_set *set, const struct ps_configuration *configuration, struct error **err)
{
	static const char *const kinds[] = {
		"Pod", "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob",
		"ReplicationController", "PodTemplate", "Namespace",
	};
	static const size_t count = sizeof(kinds) / sizeof(kinds[0]);
	struct arena *arena = policy_set_arena(set);
	struct standard *standard = ARENA_NEW(arena, struct standard);
	struct kind_pattern *patterns = arena_array(arena, count, sizeof(*patterns));

	for (size_t i = 0; i < count; i++)
		patterns[i] = (struct kind_pattern){ STR("*"), STR("*"), str_of(kinds[i]), STR("*") };
	standard->configuration = *configuration;
	standard->head = (struct policy){
		.dialect = &podsecurity_dialect,
		.name = STR(POLICY_NAME),
		.kind = STR("PodSecurity"),
		.title = STR("Pod Security Standards"),
		.category = STR("Pod Security Standards"),
		.kinds = patterns,
		.kind_count = count,
	};
	policy_set_add_policy(set, &standard->head);
	return 0;
}

int podsecurity_add_default(struct policy_set *set, struct error **err)
{
	return podsecurity_add(set, &ps_configuration_default, err);
}
