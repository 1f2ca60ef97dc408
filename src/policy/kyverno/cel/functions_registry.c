/* What images are made of and who signed them: questions for the image engine, or for a test's context file. */
#include "policy/kyverno/cel/library.h"

static struct cel_value no_engine(struct cel_run *run, const char *before, const char *function)
{
	return cel_fail(run, "%s%s needs the image engine, which this build does not have", before, function);
}

static const struct kyverno_image_engine *engine_of(const struct cel_run *run)
{
	static const struct kyverno_image_engine none;
	const struct kyverno_cel_context *context = context_of(run);

	return context && context->images ? context->images : &none;
}

/* -- image.GetMetadata -------------------------------------------------------------------------------------------- */

static const struct cel_type data_type = { .kind = CEL_TYPE_OPAQUE, .name = { "imagedata.Context", 17 } };
const struct cel_class image_data_class = { .type = &data_type };

/* As the context file has it, with all the members that Kyverno's type has. */
static const struct value *mocked_image(struct cel_run *run, struct str image)
{
	static const char *const texts[] = { "image", "resolvedImage", "registry", "repository" };
	const struct value *images = value_path(context_values(run, STR("context")), "spec", "images"), *found = NULL;
	struct object_builder object = { 0 };

	for (VALUE_EACH(item, images))
		if (str_equal(value_str(value_field(item, "image")), image))
			found = item;
	if (!found)
		return NULL;
	object_start_from(run->arena, &object, found);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!value_get(found, str_of(texts[i])))
			object_put(run->arena, &object, str_of(texts[i]), &value_empty_string);
	return object_finish(run->arena, &object);
}

static struct cel_value metadata(struct cel_run *run, struct str image, const char *before, const char *function)
{
	const struct kyverno_image_engine *engine = engine_of(run);
	struct error *error = NULL;
	const struct value *data;

	if (!engine->metadata)
		return no_engine(run, before, function);
	data = engine->metadata(engine->data, run->arena, image, &error);
	return data ? of_json(run, data) : fail_with(run, before, error);
}

static BODY(get_metadata)
{
	struct str image = cel_str(&arguments[1]);
	const struct value *mocked;

	if (arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	mocked = mocked_image(run, image);
	if (mocked)
		return of_json(run, mocked);
	if (context_values(run, STR("context")))
		return cel_fail(run, "failed to get image data: image data for " STR_FMT " not found in the context",
				STR_ARG(image));
	return metadata(run, image, "failed to get image data: ", "image.GetMetadata");
}

static const struct cel_function data_functions[] = {
	BOTH("GetMetadata", "getMetadata", .signature = "imagedata.Context.(string) -> dyn", .evaluate = get_metadata,
	     .flags = CEL_IMPURE, .note = "what a registry says of an image"),
	{ .name = NULL },
};

const struct cel_library kyverno_image_data_library = { .name = "kyverno.imagedata", .functions = data_functions };

/* -- verification ------------------------------------------------------------------------------------------------- */

static const struct value *attestation_of(struct cel_run *run, struct str name)
{
	const struct kyverno_cel_context *context = context_of(run);
	const struct value *found = NULL;

	for (VALUE_EACH(item, context ? context->attestations : NULL))
		if (str_equal(value_str(value_field(item, "name")), name))
			found = item;
	return found;
}

/* 1: the policy is about this image; 0: it is not; -1: *failure. */
static int concerns(struct cel_run *run, struct str image, struct cel_value *failure)
{
	struct kyverno_cel_context *context = context_of(run);
	struct error *error = NULL;
	int result;

	if (!context || !context->concerns_image)
		return 1;
	result = context->concerns_image(context, image, &error);
	if (result < 0)
		*failure = fail_with(run, "", error);
	return result;
}

/* How many attestors signed. That an image was checked stays known: a later failure does not undo a success. */
static struct cel_value conclude(struct cel_run *run, struct str image, const struct value *attestors,
				 int64_t signed_by, struct error *error)
{
	struct kyverno_cel_context *context = context_of(run);

	if (signed_by < 0)
		return fail_with(run, "failed to get imagedata: ", error);
	if (value_count(attestors)) {
		bool before = false;

		for (size_t i = 0; i < context->verified.count; i++)
			if (str_equal(value_str(&context->verified.members[i].key), image))
				before = value_bool(&context->verified.members[i].value, false);
		object_put(run->arena, &context->verified, image, value_of_bool(before || signed_by > 0));
	}
	return cel_of_int(signed_by);
}

static BODY(verify_signatures)
{
	const struct kyverno_image_engine *engine = engine_of(run);
	struct str image = cel_str(&arguments[0]);
	struct error *error = NULL;
	const struct value *attestors;
	struct cel_value failure;
	int64_t signed_by;
	int about;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_LIST)
		return cel_no_overload(run);
	about = concerns(run, image, &failure);
	if (about <= 0)
		return about < 0 ? failure : cel_of_int(0);
	if (!engine->verify_signatures)
		return no_engine(run, "failed to get imagedata: ", "verifyImageSignatures");
	attestors = cel_to_data(run->arena, &arguments[1], &error);
	if (!attestors)
		return fail_with(run, "", error);
	signed_by = engine->verify_signatures(engine->data, run->arena, image, attestors, &error);
	return conclude(run, image, attestors, signed_by, error);
}

static BODY(verify_attestations)
{
	const struct kyverno_image_engine *engine = engine_of(run);
	struct str image = cel_str(&arguments[0]);
	const struct value *attestors, *attestation;
	struct error *error = NULL;
	struct cel_value failure;
	int64_t signed_by;
	int about;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING || arguments[2].kind != CEL_LIST)
		return cel_no_overload(run);
	about = concerns(run, image, &failure);
	if (about <= 0)
		return about < 0 ? failure : cel_of_int(0);
	attestation = attestation_of(run, cel_str(&arguments[1]));
	if (!attestation)
		return cel_fail(run, "attestation not found in policy: " STR_FMT, STR_ARG(cel_str(&arguments[1])));
	if (!engine->verify_attestation)
		return no_engine(run, "failed to get imagedata: ", "verifyAttestationSignatures");
	attestors = cel_to_data(run->arena, &arguments[2], &error);
	if (!attestors)
		return fail_with(run, "", error);
	signed_by = engine->verify_attestation(engine->data, run->arena, image, attestation, attestors, &error);
	return conclude(run, image, attestors, signed_by, error);
}

static BODY(get_image_data)
{
	if (arguments[0].kind != CEL_STRING)
		return cel_no_overload(run);
	return metadata(run, cel_str(&arguments[0]), "failed to get imagedata: ", "getImageData");
}

static BODY(extract_payload)
{
	const struct kyverno_image_engine *engine = engine_of(run);
	const struct value *attestation, *payload;
	struct error *error = NULL;

	if (arguments[0].kind != CEL_STRING || arguments[1].kind != CEL_STRING)
		return cel_no_overload(run);
	attestation = attestation_of(run, cel_str(&arguments[1]));
	if (!attestation)
		return cel_fail(run, "attestation not found in policy: " STR_FMT, STR_ARG(cel_str(&arguments[1])));
	if (!engine->payload)
		return no_engine(run, "failed to get imagedata: ", "extractPayload");
	payload = engine->payload(engine->data, run->arena, cel_str(&arguments[0]), attestation, &error);
	return payload ? of_json(run, payload) : fail_with(run, "failed to get payload: ", error);
}

static const struct cel_function verify_functions[] = {
	{ .name = "verifyImageSignatures", .signature = "(string, list(dyn)) -> int", .evaluate = verify_signatures,
	  .flags = CEL_IMPURE, .note = "how many attestors signed an image" },
	{ .name = "verifyAttestationSignatures", .signature = "(string, string, list(dyn)) -> int",
	  .evaluate = verify_attestations, .flags = CEL_IMPURE,
	  .note = "how many attestors signed an attestation of an image" },
	{ .name = "getImageData", .signature = "(string) -> dyn", .evaluate = get_image_data, .flags = CEL_IMPURE,
	  .note = "what a registry says of an image" },
	{ .name = "extractPayload", .signature = "(string, string) -> dyn", .evaluate = extract_payload,
	  .flags = CEL_IMPURE, .note = "what an attestation of an image says" },
	{ .name = NULL },
};

const struct cel_library kyverno_image_verify_library = {
	.name = "kyverno.imageverify", .functions = verify_functions,
};
