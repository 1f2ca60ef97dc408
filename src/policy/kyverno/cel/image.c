/*
 * ImageValidatingPolicy: which images, and what holds for them.
 *
 * Semantics: Kyverno v1.19 pkg/image/verification/evaluator, pkg/cel/compiler/{image,images}.go. The images of Pods and
 * of what makes Pods are known; other kinds say in spec.images where theirs are. What asks a registry is a function
 * (functions.h).
 */
#include "policy/kyverno/cel/policy.h"

#define GLOB_DEPTH_MAX 64

/* -- extractors ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *group, *resource, *path;
} known_paths[] = {
	{ "", "pods", "spec" },
	{ "batch", "jobs", "spec.template.spec" },
	{ "apps", "deployments", "spec.template.spec" },
	{ "apps", "statefulsets", "spec.template.spec" },
	{ "apps", "daemonsets", "spec.template.spec" },
	{ "apps", "replicasets", "spec.template.spec" },
	{ "batch", "cronjobs", "spec.jobTemplate.spec.template.spec" },
};
static const char *const container_fields[] = { "containers", "initContainers", "ephemeralContainers" };

/* The pod spec of a kind whose images are known; false for others. */
static bool known_pod_spec(const struct admitted *admitted, const struct value **spec)
{
	const struct value *object = value_count(admitted->object) ? admitted->object : admitted->old_object;
	struct str head, rest;

	if (!str_is(admitted->resource.version, "v1"))
		return false;
	for (size_t i = 0; i < sizeof(known_paths) / sizeof(*known_paths); i++) {
		if (!str_equal(admitted->resource.group, str_of(known_paths[i].group)) ||
		    !str_equal(admitted->resource.resource, str_of(known_paths[i].resource)))
			continue;
		rest = str_of(known_paths[i].path);
		for (bool more = true; more;) {
			more = str_cut(rest, '.', &head, &rest);
			object = value_get(object, head);
		}
		*spec = object;
		return true;
	}
	return false;
}

static int extractors_compile(struct compiling *compiling)
{
	struct expressions *out = &compiling->variant->images;
	const struct value *list = value_field(compiling->variant->spec, "images");

	out->items = arena_array(compiling->arena, value_count(list), sizeof(*out->items));
	for (VALUE_EACH(item, list)) {
		const struct value *text = value_field(item, "expression");
		struct str where = str_format(compiling->arena, "spec.images[%zu].expression", out->count);
		struct expression *extractor = &out->items[out->count];
		const struct cel_type *type;

		*extractor = (struct expression){ .name = value_str(value_field(item, "name")), .at = item };
		extractor->program = expression_compile(compiling, text ? text : &value_empty_string, where, NULL, 0);
		if (!extractor->program)
			return -1;
		type = cel_program_type(extractor->program);
		if (type->kind != CEL_TYPE_DYN &&
		    (type->kind != CEL_TYPE_LIST ||
		     (type->parameters[0]->kind != CEL_TYPE_STRING && type->parameters[0]->kind != CEL_TYPE_DYN)))
			return error_set_at(compiling->err, ERROR_INVALID, value_place(text),
					    STR_FMT ": output is expected to be of type list", STR_ARG(where));
		out->count++;
	}
	return 0;
}

/* -- matchImageReferences ------------------------------------------------------------------------------------------ */

static int reference_compile(struct compiling *compiling, const struct value *item, size_t i,
			     struct image_reference *out)
{
	struct str glob = value_str(value_field(item, "glob")), text = value_str(value_field(item, "expression"));
	struct cel_env *cel;

	*out = (struct image_reference){ .glob = glob };
	if (glob.n)
		return 0;
	if (!text.n)
		return error_set_at(compiling->err, ERROR_INVALID, value_place(item),
				    "spec.matchImageReferences[%zu]: either glob or expression must be set", i);
	cel = cel_env_create(compiling->arena, CEL_KYVERNO);
	out->slot = cel_env_add_variable(cel, STR("ref"), &cel_string);
	if (kyverno_cel_add_image_functions(cel, compiling->err) < 0)
		return -1;
	out->program = cel_compile(compiling->arena, cel, text, &(struct cel_compile_options){ 0 }, compiling->err);
	if (!out->program)
		return error_wrap(compiling->err, "spec.matchImageReferences[%zu].expression", i);
	if (!cel_type_equal(cel_program_type(out->program), &cel_bool))
		return error_set_at(compiling->err, ERROR_INVALID, value_place(item),
				    "spec.matchImageReferences[%zu].expression: output is expected to be of type bool",
				    i);
	return 0;
}

static void configuration_load(struct cel_policy *policy, const struct value *spec)
{
	const struct value *configuration = value_field(spec, "validationConfigurations");
	const struct value *list = value_field(spec, "attestations");

	policy->verifies_digest = value_bool(value_field(configuration, "verifyDigest"), true);
	policy->requires_verification = value_bool(value_field(configuration, "required"), true);
	policy->attestors = value_field(spec, "attestors");
	policy->attestations = list;
}

int images_compile(struct compiling *compiling)
{
	struct variant *variant = compiling->variant;
	const struct value *list = value_field(variant->spec, "matchImageReferences");

	configuration_load(variant->policy, variant->spec);
	variant->references = arena_array(compiling->arena, value_count(list), sizeof(*variant->references));
	for (VALUE_EACH(item, list)) {
		if (reference_compile(compiling, item, variant->reference_count,
				      &variant->references[variant->reference_count]) < 0)
			return -1;
		variant->reference_count++;
	}
	return extractors_compile(compiling);
}

/* -- globs: * and ** any text, ? one character, [a-z] [!a], {this,that}, \ takes the next as it is --------------------
 */

static bool glob_holds(struct str glob, struct str text, int depth);

static size_t closing(struct str glob)
{
	size_t level = 0;

	for (size_t i = 0; i < glob.n; i++) {
		if (glob.p[i] == '\\')
			i++;
		else if (glob.p[i] == '{')
			level++;
		else if (glob.p[i] == '}' && --level == 0)
			return i;
	}
	return STR_NOT_FOUND;
}

static bool alternatives_hold(struct str glob, struct str text, int depth)
{
	size_t end = closing(glob), from = 1, level = 0;

	if (end == STR_NOT_FOUND)
		return false;
	for (size_t i = 1; i <= end; i++) {
		char c = glob.p[i];
		char joined[4096];
		size_t n = i - from, rest = glob.n - end - 1;

		level += c == '{';
		if (i < end && (c != ',' || level > 0)) {
			level -= c == '}';
			continue;
		}
		if (n + rest <= sizeof(joined)) {
			memcpy(joined, glob.p + from, n);
			memcpy(joined + n, glob.p + end + 1, rest);
			if (glob_holds(str_make(joined, n + rest), text, depth + 1))
				return true;
		}
		from = i + 1;
	}
	return false;
}

/* A set like [a-c!] at the start of the glob: its length, and whether it has the character. 0: it has no end. */
static size_t set_holds(struct str glob, char c, bool *holds)
{
	bool negated = glob.n > 1 && glob.p[1] == '!', found = false;
	size_t i = negated ? 2 : 1;

	for (; i < glob.n && glob.p[i] != ']'; i++) {
		if (i + 2 < glob.n && glob.p[i + 1] == '-' && glob.p[i + 2] != ']') {
			found |= c >= glob.p[i] && c <= glob.p[i + 2];
			i += 2;
		} else {
			found |= c == glob.p[i];
		}
	}
	*holds = found != negated;
	return i < glob.n ? i + 1 : 0;
}

static bool star_holds(struct str glob, struct str text, int depth)
{
	while (glob.n && glob.p[0] == '*')
		glob = str_skip(glob, 1);
	for (size_t i = 0; i <= text.n; i++)
		if (glob_holds(glob, str_skip(text, i), depth + 1))
			return true;
	return false;
}

static bool glob_holds(struct str glob, struct str text, int depth)
{
	if (depth > GLOB_DEPTH_MAX)
		return false;
	while (glob.n) {
		char c = glob.p[0];
		size_t step = 1;
		bool holds;

		if (c == '*')
			return star_holds(glob, text, depth);
		if (c == '{')
			return alternatives_hold(glob, text, depth);
		if (!text.n)
			return false;
		if (c == '\\' && glob.n > 1) {
			glob = str_skip(glob, 1);
			holds = glob.p[0] == text.p[0];
		} else if (c == '[') {
			step = set_holds(glob, text.p[0], &holds);
			if (!step)
				return false;
		} else {
			holds = c == '?' || c == text.p[0];
		}
		if (!holds)
			return false;
		glob = str_skip(glob, step);
		text = str_skip(text, 1);
	}
	return text.n == 0;
}

/* 1: one of the references means it. -1: one cannot be evaluated. */
static int reference_holds(struct evaluation *evaluation, struct str image, struct str *message)
{
	const struct variant *variant = evaluation->variant;

	for (size_t i = 0; i < variant->reference_count; i++) {
		const struct image_reference *reference = &variant->references[i];
		struct cel_run run = evaluation->run;
		struct cel_value *slots, value;

		if (!reference->program) {
			if (glob_holds(reference->glob, image, 0))
				return 1;
			continue;
		}
		slots = arena_zalloc(evaluation->review->arena, (reference->slot + 1) * sizeof(*slots));
		slots[reference->slot] = cel_of_str(image);
		run.variables = slots;
		run.cost = 0;
		value = cel_evaluate(reference->program, &run);
		if (cel_is_error(value)) {
			*message = value.u.error->message;
			return -1;
		}
		if (value.kind == CEL_BOOL && value.u.boolean)
			return 1;
	}
	return variant->reference_count == 0;
}

/* For functions that are given an image. */
static int concerns_image(struct kyverno_cel_context *context, struct str image, struct error **err)
{
	struct evaluation *evaluation = (struct evaluation *)context;
	struct str message;
	int holds = reference_holds(evaluation, image, &message);

	return holds < 0 ? error_set(err, ERROR_INVALID, STR_FMT, STR_ARG(message)) : holds;
}

/* -- the images of an object --------------------------------------------------------------------------------------- */

struct found {
	struct object_builder by_name; /* name of the extractor → list */
	struct array_builder all;
};

static bool images_add(struct evaluation *evaluation, struct found *found, struct str name, const struct value *images,
		       struct str *message)
{
	struct arena *arena = evaluation->review->arena;
	struct array_builder list = { 0 };

	for (VALUE_EACH(image, images)) {
		int holds = reference_holds(evaluation, value_str(image), message);

		if (holds < 0)
			return false;
		if (holds == 0)
			continue;
		array_add(arena, &list, image);
		array_add(arena, &found->all, image);
	}
	object_put(arena, &found->by_name, name, array_finish(arena, &list));
	return true;
}

static const struct value *container_images(struct arena *arena, const struct value *containers, bool *complete)
{
	struct array_builder images = { 0 };

	*complete = true;
	for (VALUE_EACH(container, containers)) {
		const struct value *image = value_field(container, "image");

		*complete &= value_is(image, VALUE_STRING);
		array_add(arena, &images, image);
	}
	return array_finish(arena, &images);
}

static bool known_images(struct evaluation *evaluation, struct found *found, struct str *message)
{
	struct arena *arena = evaluation->review->arena;
	const struct value *spec;
	bool complete;

	if (evaluation->variant->policy->mode != MODE_KUBERNETES || !known_pod_spec(evaluation->admitted, &spec))
		return true;
	if (!spec) {
		*message = STR("no such key: spec");
		return false;
	}
	for (size_t i = 0; i < 3; i++) {
		struct str name = str_of(container_fields[i]);
		const struct value *images = container_images(arena, value_get(spec, name), &complete);

		if (!complete) {
			*message = STR("no such key: image");
			return false;
		}
		if (!images_add(evaluation, found, name, images, message))
			return false;
	}
	return true;
}

static bool images_find(struct evaluation *evaluation, struct found *found, struct str *message)
{
	const struct expressions *extractors = &evaluation->variant->images;

	if (!known_images(evaluation, found, message))
		return false;
	for (size_t i = 0; i < extractors->count; i++) {
		struct cel_value value = evaluation_run(evaluation, extractors->items[i].program);
		const struct value *images;

		if (cel_is_error(value)) {
			*message = value.u.error->message;
			return false;
		}
		images = cel_to_data(evaluation->review->arena, &value, NULL);
		if (!images_add(evaluation, found, extractors->items[i].name, images, message))
			return false;
	}
	return true;
}

/* -- judging ------------------------------------------------------------------------------------------------------- */

static bool digests_hold(struct evaluation *evaluation, const struct value *images, struct verdict *verdict)
{
	if (!evaluation->variant->policy->verifies_digest)
		return true;
	for (VALUE_EACH(image, images)) {
		if (str_contains(value_str(image), STR("@")))
			continue;
		verdict->conclusion = CONCLUSION_FAIL;
		verdict->message = str_format(evaluation->review->arena, "image " STR_FMT " does not have a digest",
					      STR_ARG(value_str(image)));
		return false;
	}
	return true;
}

static const struct value *by_name(struct arena *arena, const struct value *list, bool whole)
{
	struct object_builder out = { 0 };

	for (VALUE_EACH(item, list))
		object_put(arena, &out, value_str(value_field(item, "name")), whole ? item : value_field(item, "name"));
	return object_finish(arena, &out);
}

static void images_bind(struct evaluation *evaluation, struct found *found)
{
	const struct cel_policy *policy = evaluation->variant->policy;
	const struct environment *environment = policy->environment;
	struct arena *arena = evaluation->review->arena;

	evaluation->slots[environment->images] = cel_of_data(object_finish(arena, &found->by_name));
	evaluation->slots[environment->attestors] = cel_of_data(by_name(arena, policy->attestors, true));
	evaluation->slots[environment->attestations] = cel_of_data(by_name(arena, policy->attestations, false));
}

/* Somebody has to have verified every image. */
static void required_check(struct evaluation *evaluation, const struct value *images, struct verdict *verdict)
{
	const struct value *checked = object_finish(evaluation->review->arena, &evaluation->functions.verified);

	if (verdict->conclusion != CONCLUSION_PASS || !evaluation->variant->policy->requires_verification)
		return;
	for (VALUE_EACH(image, images)) {
		const struct value *verified = value_get(checked, value_str(image));

		if (value_bool(verified, false))
			continue;
		verdict->conclusion = CONCLUSION_FAIL;
		verdict->message =
			str_format(evaluation->review->arena, "image " STR_FMT " %s", STR_ARG(value_str(image)),
				   verified ? "failed signature or attestation verification"
					    : "is not verified: no policy performed a signature or "
					      "attestation check on it");
		return;
	}
}

void image_run(struct evaluation *evaluation, struct verdict *verdict)
{
	struct found found = { { 0 }, { 0 } };
	const struct value *images;
	int holds = clauses_hold(evaluation, &evaluation->variant->conditions, &verdict->message);

	if (holds <= 0) {
		verdict->conclusion = holds < 0 ? CONCLUSION_BROKEN : CONCLUSION_SILENT;
		return;
	}
	if (!exceptions_pass(evaluation, verdict))
		return;
	if (!images_find(evaluation, &found, &verdict->message)) {
		verdict->conclusion = CONCLUSION_BROKEN;
		return;
	}
	images = array_finish(evaluation->review->arena, &found.all);
	if (!digests_hold(evaluation, images, verdict))
		return;
	images_bind(evaluation, &found);
	evaluation->functions.attestations = evaluation->variant->policy->attestations;
	evaluation->functions.concerns_image = concerns_image;
	validations_run(evaluation, verdict);
	if (verdict->conclusion == CONCLUSION_ERROR)
		verdict->conclusion = CONCLUSION_BROKEN;
	required_check(evaluation, images, verdict);
}
