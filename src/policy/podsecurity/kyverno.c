/*
 * The Pod Security Standards as Kyverno's `validate.podSecurity` evaluates them: every check is run, then what the
 * rule excludes is taken from the failures field by field. Semantics: Kyverno 1.19 pkg/pss/evaluate.go.
 */
#include "data/glob.h"
#include "data/json.h"
#include "kube/image.h"
#include "policy/podsecurity/evaluate.h"

bool ps_kyverno_pod(const struct value *resource, const struct value **metadata, const struct value **spec)
{
	static const char *const template_kinds[] = {
		"DaemonSet", "Deployment", "Job", "StatefulSet", "ReplicaSet", "ReplicationController",
	};
	struct str kind = value_str(value_field(resource, "kind"));
	const struct value *template = NULL;

	if (str_is(kind, "Pod")) {
		*metadata = value_field(resource, "metadata");
		*spec = value_field(resource, "spec");
		return true;
	}
	if (str_is(kind, "CronJob")) {
		*metadata = value_path(resource, "spec", "jobTemplate", "metadata");
		*spec = value_path(resource, "spec", "jobTemplate", "spec", "template", "spec");
		return true;
	}
	for (size_t i = 0; i < sizeof(template_kinds) / sizeof(template_kinds[0]); i++) {
		if (!str_equal(kind, str_of(template_kinds[i])))
			continue;
		template = value_path(resource, "spec", "template");
		*metadata = value_field(template, "metadata");
		*spec = value_field(template, "spec");
		return true;
	}
	return false;
}

/* -- excludes -------------------------------------------------------------------------------------------------- */

struct exclude {
	struct str control, field;
	const struct value *images, *values; /* arrays of strings, or NULL when there are none */
};

static int wrong_type(const struct value *v, const char *what, const char *expected, struct error **err)
{
	return error_set_at(err, ERROR_INVALID, value_place(v), "podSecurity exclude: %s must be %s, not %s", what,
			    expected, value_type_name(v));
}

static int read_string(const struct value *exclude, const char *key, struct str *out, struct error **err)
{
	const struct value *v = value_get(exclude, str_of(key));

	if (!value_is_null(v) && v->type != VALUE_STRING)
		return wrong_type(v, key, "a string", err);
	*out = value_str(v);
	return 0;
}

static int read_strings(const struct value *exclude, const char *key, const struct value **out, struct error **err)
{
	const struct value *v = value_get(exclude, str_of(key));

	if (!value_is_null(v) && v->type != VALUE_ARRAY)
		return wrong_type(v, key, "an array of strings", err);
	for (VALUE_EACH(item, v))
		if (item->type != VALUE_STRING && item->type != VALUE_NULL)
			return wrong_type(item, key, "an array of strings", err);
	*out = value_count(v) ? v : NULL;
	return 0;
}

static int read_exclude(const struct value *v, struct exclude *out, struct error **err)
{
	if (v->type != VALUE_OBJECT)
		return wrong_type(v, "an item", "an object", err);
	if (read_string(v, "controlName", &out->control, err) < 0 ||
	    read_string(v, "restrictedField", &out->field, err) < 0 ||
	    read_strings(v, "images", &out->images, err) < 0 || read_strings(v, "values", &out->values, err) < 0)
		return -1;
	return 0;
}

static bool matches_any(const struct value *patterns, struct str text)
{
	for (VALUE_EACH(pattern, patterns))
		if (glob_match(value_str(pattern), text))
			return true;
	return false;
}

/* The Pod without its containers but for one that says nothing: what then fails fails for the Pod's own fields. */
static void pod_alone(struct ps_pod *alone, const struct ps_pod *pod)
{
	memcpy(alone, pod, offsetof(struct ps_pod, few));
	alone->containers = alone->few;
	alone->container_count = 1;
	alone->few[0] = (struct ps_container){ .self = &value_empty_object, .list = CONTAINERS };
}

/* The containers with such an image and nothing else of the Pod. */
static void pod_matching(struct ps_pod *matching, const struct ps_pod *pod, const struct value *images)
{
	memset(matching, 0, offsetof(struct ps_pod, few));
	matching->arena = pod->arena;
	matching->for_kyverno = true;
	matching->containers = arena_array(pod->arena, pod->container_count, sizeof(*pod->containers));
	for (PS_EACH_CONTAINER(c, pod))
		if (matches_any(images, value_str(c->image)))
			matching->containers[matching->container_count++] = *c;
}

/* The next character of a path whose runs of digits read as '*'; 0 at its end. */
static char next_wild(struct str path, size_t *at)
{
	char c;

	if (*at >= path.n)
		return 0;
	c = path.p[(*at)++];
	if (c < '0' || c > '9')
		return c;
	while (*at < path.n && path.p[*at] >= '0' && path.p[*at] <= '9')
		++*at;
	return '*';
}

static bool same_field(struct str a, struct str b)
{
	size_t i = 0, j = 0;
	char c, d;

	do {
		c = next_wild(a, &i);
		d = next_wild(b, &j);
	} while (c && c == d);
	return c == d;
}

static bool field_is(struct str path, struct str text)
{
	size_t i = 0, j = 0;
	char c;

	while ((c = next_wild(path, &i)))
		if (j >= text.n || text.p[j++] != c)
			return false;
	return j == text.n;
}

/* A rule that lists values excludes only what is wrong with these values (nothing wrong with any: excluded too). */
static bool values_excluded(const struct exclude *exclude, const struct ps_offence *offence)
{
	if (!exclude->values)
		return true;
	for (size_t i = 0; i < offence->value_count; i++) {
		/* A single empty string stands for no value. */
		if (!offence->is_list && offence->values[i].n == 0)
			continue;
		if (!matches_any(exclude->values, offence->values[i]))
			return false;
	}
	return true;
}

static struct str container_name(const struct ps_offence *offence)
{
	return value_str(value_field(offence->container, "name"));
}

/* Takes the first offence that is like `excluded` from the failure; the last one moves into its place, as upstream. */
static void remove_alike(struct ps_failure *failure, const struct ps_offence *excluded, bool by_container)
{
	for (size_t i = 0; i < failure->offence_count; i++) {
		const struct ps_offence *offence = &failure->offences[i];

		if (!same_field(offence->path, excluded->path))
			continue;
		if (by_container && offence->container && !str_equal(container_name(offence), container_name(excluded)))
			continue;
		failure->offences[i] = failure->offences[--failure->offence_count];
		return;
	}
}

static struct ps_failure *failure_of(struct ps_kyverno_result *result, const struct ps_check *check)
{
	for (size_t i = 0; i < result->failure_count; i++)
		if (result->failures[i].check == check)
			return &result->failures[i];
	return NULL;
}

static void drop_failure(struct ps_kyverno_result *result, struct ps_failure *failure)
{
	size_t after = (size_t)(result->failures + result->failure_count - (failure + 1));

	memmove(failure, failure + 1, after * sizeof(*failure));
	result->failure_count--;
}

/* `excluded` is one failure of the reduced Pod, of the control that the rule names. */
static void exempt(struct ps_kyverno_result *result, const struct ps_failure *excluded, const struct exclude *exclude)
{
	for (size_t i = 0; i < excluded->offence_count; i++) {
		const struct ps_offence *offence = &excluded->offences[i];
		struct ps_failure *failure = failure_of(result, excluded->check);

		if (!failure)
			return;
		if ((exclude->field.n && !field_is(offence->path, exclude->field)) ||
		    !values_excluded(exclude, offence))
			continue;
		remove_alike(failure, offence, exclude->images != NULL);
		if (failure->offence_count == 0)
			drop_failure(result, failure);
	}
}

static void apply_exclude(const struct ps_pod *pod, enum ps_level level, struct ps_version version,
			  const struct exclude *exclude, struct ps_kyverno_result *result)
{
	struct ps_failure failures[PS_CHECKS];
	struct ps_pod reduced;
	size_t count;

	if (exclude->images)
		pod_matching(&reduced, pod, exclude->images);
	else
		pod_alone(&reduced, pod);
	count = ps_run_kyverno(&reduced, level, version, &exclude->control, failures);
	for (size_t i = 0; i < count; i++)
		exempt(result, &failures[i], exclude);
}

static int apply_excludes(const struct ps_pod *pod, enum ps_level level, struct ps_version version,
			  const struct value *excludes, struct ps_kyverno_result *result, struct error **err)
{
	if (!value_is_null(excludes) && excludes->type != VALUE_ARRAY)
		return wrong_type(excludes, "it", "an array", err);
	for (VALUE_EACH(item, excludes)) {
		struct exclude exclude;

		if (read_exclude(item, &exclude, err) < 0)
			return -1;
		apply_exclude(pod, level, version, &exclude, result);
	}
	result->allowed = result->failure_count == 0;
	return 0;
}

int ps_evaluate_kyverno(struct arena *arena, const struct value *metadata, const struct value *spec,
			enum ps_level level, struct ps_version version, const struct value *excludes,
			struct ps_kyverno_result *out, struct error **err)
{
	struct ps_failure failures[PS_CHECKS];
	struct ps_pod pod;

	*out = (struct ps_kyverno_result){ .allowed = true };
	ps_pod_read(&pod, arena, metadata, spec);
	pod.for_kyverno = true;
	out->failure_count = ps_run_kyverno(&pod, level, version, NULL, failures);
	if (out->failure_count)
		out->failures = arena_copy(arena, failures, out->failure_count * sizeof(*failures));
	return apply_excludes(&pod, level, version, excludes, out, err);
}

int ps_exclude_kyverno(struct arena *arena, const struct value *metadata, const struct value *spec, enum ps_level level,
		       struct ps_version version, const struct value *excludes, struct ps_kyverno_result *result,
		       struct error **err)
{
	struct ps_pod pod;

	ps_pod_read(&pod, arena, metadata, spec);
	pod.for_kyverno = true;
	return apply_excludes(&pod, level, version, excludes, result, err);
}

/* -- texts ----------------------------------------------------------------------------------------------------- */

/* What "spec" reads in paths of a Pod that is the template of `kind`. */
static struct str spec_of_kind(struct str kind)
{
	static const char *const template_kinds[] = {
		"DaemonSet", "Deployment", "Job", "StatefulSet", "ReplicaSet", "ReplicationController",
	};

	for (size_t i = 0; i < sizeof(template_kinds) / sizeof(template_kinds[0]); i++)
		if (str_equal(kind, str_of(template_kinds[i])))
			return STR("spec.template.spec");
	return str_is(kind, "CronJob") ? STR("spec.jobTemplate.spec.template.spec") : STR("spec");
}

static bool word_at(struct str text, size_t at, struct str word)
{
	return text.n - at >= word.n && memcmp(text.p + at, word.p, word.n) == 0;
}

/* The path as the owner of the Pod would write it; upstream replaces the words wherever they stand. */
static void add_path(struct buf *out, struct str path, struct str spec)
{
	size_t done = 0;

	for (size_t i = 0; i < path.n; i++) {
		bool is_spec = path.p[i] == 's' && word_at(path, i, STR("spec"));

		if (!is_spec && (path.p[i] != 'm' || !word_at(path, i, STR("metadata"))))
			continue;
		buf_add(out, str_slice(path, done, i));
		buf_add(out, is_spec ? spec : STR("spec.template.metadata"));
		done = i + (is_spec ? 4 : 8);
		i = done - 1;
	}
	buf_add(out, str_skip(path, done));
}

static void add_offence(struct buf *out, struct str spec, const struct ps_offence *offence)
{
	add_path(out, offence->path, spec);
	if (offence->required) {
		buf_add(out, STR(": Required value"));
	} else if (offence->is_list) {
		buf_add(out, STR(" is forbidden, forbidden values found: ["));
		for (size_t i = 0; i < offence->value_count; i++) {
			if (i)
				buf_add_char(out, ' ');
			buf_add(out, offence->values[i]);
		}
		buf_add_char(out, ']');
	} else if (offence->value_count && offence->values[0].n) {
		buf_add(out, STR(" is forbidden, forbidden values found: "));
		buf_add(out, offence->values[0]);
	} else {
		buf_add(out, STR(": Forbidden"));
	}
}

struct str ps_kyverno_message(struct arena *arena, struct str rule, struct str level, struct str version,
			      struct str kind, const struct ps_kyverno_result *result)
{
	struct str message, spec = spec_of_kind(kind);
	struct buf out = { 0 };

	buf_reserve(&out, 2048);
	buf_printf(&out, "Validation rule '" STR_FMT "' failed. It violates PodSecurity \"" STR_FMT ":" STR_FMT "\": ",
		   STR_ARG(rule), STR_ARG(level), STR_ARG(version));
	for (size_t i = 0; i < result->failure_count; i++) {
		const struct ps_failure *failure = &result->failures[i];

		buf_add(&out, STR("(Forbidden reason: "));
		buf_add(&out, failure->reason);
		buf_add(&out, STR(", field error list: ["));
		for (size_t j = 0; j < failure->offence_count; j++) {
			if (j)
				buf_add(&out, STR(", "));
			add_offence(&out, spec, &failure->offences[j]);
		}
		buf_add(&out, STR("])"));
	}
	message = str_dup(arena, buf_str(&out));
	buf_free(&out);
	return message;
}

/* The image of the first container of that name, as a whole reference; the name when there is none. */
static struct str image_of(struct arena *arena, const struct ps_pod *pod, struct str name)
{
	static const enum container_list order[] = { CONTAINERS, INIT_CONTAINERS, EPHEMERAL_CONTAINERS };

	for (size_t i = 0; i < CONTAINER_LISTS; i++)
		for (PS_EACH_CONTAINER(c, pod)) {
			struct image image;

			if (c->list != order[i] || !str_equal(value_str(c->name), name))
				continue;
			if (image_parse(arena, value_str(c->image), &image, NULL) == 0)
				return image_text(arena, &image);
		}
	return name;
}

/* What a detail says between "container(s)" and "must" are names; other details name none. */
static bool cut_names(struct str detail, struct str *names)
{
	for (size_t at = str_find(detail, STR("container"), 0); at != STR_NOT_FOUND;
	     at = str_find(detail, STR("container"), at + 1)) {
		struct str rest = str_skip(detail, at + strlen("container"));
		size_t must;

		if (rest.n && rest.p[0] == 's')
			rest = str_skip(rest, 1);
		must = str_find(rest, STR("must"), 0);
		if (must == STR_NOT_FOUND)
			return false;
		*names = str_trim(str_slice(rest, 0, must));
		if (str_find_char(*names, '\n', 0) == STR_NOT_FOUND)
			return true;
	}
	return false;
}

static const struct value *images_of(struct arena *arena, const struct ps_pod *pod, struct str detail)
{
	struct array_builder images = { 0 };
	struct str names, name;
	bool more;

	if (!cut_names(detail, &names))
		return &value_null;
	names = str_replace(arena, names, STR("\""), STR(""), SIZE_MAX);
	names = str_replace(arena, names, STR(" "), STR(""), SIZE_MAX);
	do {
		more = str_cut(names, ',', &name, &names);
		array_add(arena, &images, value_of_str(arena, image_of(arena, pod, name)));
	} while (more);
	return array_finish(arena, &images);
}

const struct property *ps_kyverno_properties(struct arena *arena, struct str level, struct str version,
					     const struct value *spec, const struct ps_kyverno_result *result,
					     size_t *count)
{
	struct property *properties;
	struct array_builder controls = { 0 };
	struct ps_names ids = { 0 };
	struct ps_pod pod;

	*count = 0;
	if (result->failure_count == 0)
		return NULL;
	ps_pod_read(&pod, arena, NULL, spec);
	for (size_t i = 0; i < result->failure_count; i++) {
		const struct ps_failure *failure = &result->failures[i];
		/* A check without field errors is one that Kyverno has no control for. */
		const char *name = failure->offence_count ? failure->check->control : "";
		struct object_builder control = { 0 };

		names_add(arena, &ids, str_of(failure->check->id));
		object_put(arena, &control, STR("ID"), value_of_str(arena, str_of(failure->check->id)));
		object_put(arena, &control, STR("Name"), value_of_str(arena, str_of(name)));
		object_put(arena, &control, STR("Images"), images_of(arena, &pod, failure->detail));
		array_add(arena, &controls, object_finish(arena, &control));
	}
	properties = arena_array(arena, 4, sizeof(*properties));
	properties[0] = (struct property){ STR("standard"), level };
	properties[1] = (struct property){ STR("version"), version };
	properties[2] = (struct property){ STR("controls"), names_joined(arena, &ids, STR(",")) };
	properties[3] = (struct property){ STR("controlsJSON"), json_text(arena, array_finish(arena, &controls),
									  JSON_COMPACT | JSON_HTML_SAFE) };
	*count = 4;
	return properties;
}
