/*
 * The document that biro eval works on, and the request that it stands for: an object is taken as it would be created;
 * of an AdmissionReview everything is taken as the API server sent it.
 */
#include "cmd/eval.h"
#include "cmd/load.h"

static int take_other(const struct value *object, void *context)
{
	struct eval_input *input = context;

	store_put(input->store, object);
	return 0;
}

static struct str text_of(const struct value *v, struct str otherwise)
{
	return value_is(v, VALUE_STRING) ? value_str(v) : otherwise;
}

static void take_kinds(struct review *review, const struct value *request)
{
	const struct value *kind = value_field(request, "kind"), *resource = value_field(request, "resource");

	if (value_is(kind, VALUE_OBJECT))
		review->kind = (struct gvk){
			.group = value_str(value_field(kind, "group")),
			.version = value_str(value_field(kind, "version")),
			.kind = value_str(value_field(kind, "kind")),
		};
	if (value_is(resource, VALUE_OBJECT))
		review->resource = (struct gvr){
			.group = value_str(value_field(resource, "group")),
			.version = value_str(value_field(resource, "version")),
			.resource = value_str(value_field(resource, "resource")),
		};
}

static const struct value *object_or_none(const struct value *v)
{
	return value_is(v, VALUE_OBJECT) ? v : NULL;
}

/* The request of an AdmissionReview. */
static int take_request(struct eval_input *input, const struct value *request, struct error **err)
{
	const struct value *object = object_or_none(value_field(request, "object"));
	const struct value *old = object_or_none(value_field(request, "oldObject"));
	struct review *review = &input->review;
	struct str operation = value_str(value_field(request, "operation"));

	review_init(review, input->arena, object ? object : old ? old : &value_empty_object);
	review->object = object;
	review->old_object = old;
	if (!operation_parse(operation, &review->operation))
		return error_set_at(err, ERROR_INVALID, value_place(request), "this AdmissionReview has no operation");
	take_kinds(review, request);
	review->subresource = text_of(value_field(request, "subResource"), STR(""));
	review->name = text_of(value_field(request, "name"), review->name);
	review->namespace = text_of(value_field(request, "namespace"), STR(""));
	review->options = object_or_none(value_field(request, "options"));
	review->user = object_or_none(value_field(request, "userInfo"));
	review->dry_run = value_bool(value_field(request, "dryRun"), false);
	input->admitted = true;
	return 0;
}

/* What of the command line overrides the document. */
static void take_options(struct eval_input *input)
{
	if (input->request.user)
		input->review.user = input->request.user;
	input->request.lookup.store = input->store;
	input->review.lookup = &input->request.lookup;
}

static int take_document(struct eval_input *input, struct error **err)
{
	const struct value *request = value_field(input->document, "request");

	if (input->document && !value_is(input->document, VALUE_OBJECT))
		return error_set_at(err, ERROR_INVALID, value_place(input->document),
				    "the document has to be an object, not %s (any goes with --env plain)",
				    value_type_name(input->document));
	if (str_is(value_str(value_field(input->document, "kind")), "AdmissionReview") && value_is(request, VALUE_OBJECT)) {
		if (take_request(input, request, err) < 0)
			return -1;
	} else {
		request_review(&input->request, &input->review, input->arena,
			       input->document ? input->document : &value_empty_object);
		if (!input->document)
			input->review.object = NULL;
	}
	take_options(input);
	input->has_review = true;
	return 0;
}

int eval_input_load(struct eval_input *input, struct error **err)
{
	const struct eval_options *options = input->options;

	request_init(&input->request, input->arena);
	input->store = store_create(input->arena);
	request_operation(&input->request, options->operation);
	if (options->input) {
		input->document = load_document(input->arena, options->input, err);
		if (!input->document)
			return -1;
	}
	if (options->params) {
		input->params = load_document(input->arena, options->params, err);
		if (!input->params)
			return -1;
	}
	if (options->values && request_load_values(&input->request, options->values, err) < 0)
		return -1;
	if (options->userinfo && request_load_user(&input->request, options->userinfo, err) < 0)
		return -1;
	if (request_load_old(&input->request, &options->old, err) < 0 ||
	    load_objects(input->arena, options->with.items, options->with.count, take_other, input, err) < 0)
		return -1;
	return input->objects ? take_document(input, err) : 0;
}
