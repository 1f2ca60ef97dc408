/*
 * Requests that a proxy asks about: policies of evaluation.mode Envoy and HTTP.
 *
 * Semantics: Kyverno v1.19 cmd/cli/kubectl-kyverno/processor/authz_processor.go and github.com/kyverno/kyverno-authz
 * pkg/engine. The first validation that gives a response decides; one that gives null has nothing to say.
 */
#include "policy/kyverno/cel/authorize.h"
#include "policy/trace.h"

/* -- values that are documents ------------------------------------------------------------------------------------- */

struct cel_value document_value(const struct cel_class *class, const struct value *document)
{
	return cel_of_object(class, document);
}

const struct value *document_of(const struct cel_value *value)
{
	return value->u.object;
}

struct cel_value document_get(struct cel_run *run, const struct cel_value *self, struct str field)
{
	const struct value *found = value_get(document_of(self), field);

	return found ? cel_of_data(found) : cel_fail(run, "no such key: " STR_FMT, STR_ARG(field));
}

int document_has(struct cel_run *run, const struct cel_value *self, struct str field)
{
	(void)run;
	return !value_is_null(value_get(document_of(self), field));
}

const struct value *document_data(struct arena *arena, const struct cel_value *self)
{
	(void)arena;
	return document_of(self);
}

bool document_equal(const struct cel_value *a, const struct cel_value *b)
{
	return value_equal(document_of(a), document_of(b));
}

/* -- requests: fields that are not given have their zero values -----------------------------------------------------
 */

struct request_field {
	const char *name, *also;  /* also: the name in JSON, when it differs; NULL */
	const struct value *zero; /* NULL: `fields` */
	const struct request_field *fields;
};

static const struct value zero_number = { .type = VALUE_INT };
#define TEXT(name, also)                                                                                               \
	{                                                                                                              \
		name, also, &value_empty_string, NULL                                                                  \
	}
#define NUMBER(name)                                                                                                   \
	{                                                                                                              \
		name, NULL, &zero_number, NULL                                                                         \
	}
#define MAP(name, also)                                                                                                \
	{                                                                                                              \
		name, also, &value_empty_object, NULL                                                                  \
	}
#define MESSAGE(name, also, fields)                                                                                    \
	{                                                                                                              \
		name, also, NULL, fields                                                                               \
	}
#define END                                                                                                            \
	{                                                                                                              \
		NULL, NULL, NULL, NULL                                                                                 \
	}

static const struct request_field http_fields[] = {
	TEXT("id", NULL),
	TEXT("method", NULL),
	MAP("headers", NULL),
	TEXT("path", NULL),
	TEXT("host", NULL),
	TEXT("scheme", NULL),
	TEXT("query", NULL),
	TEXT("fragment", NULL),
	NUMBER("size"),
	TEXT("protocol", NULL),
	TEXT("body", NULL),
	TEXT("raw_body", "rawBody"),
	END,
};
static const struct request_field request_fields[] = { MESSAGE("http", NULL, http_fields), END };
static const struct request_field peer_fields[] = {
	TEXT("service", NULL), MAP("labels", NULL), TEXT("principal", NULL), TEXT("certificate", NULL), END,
};
static const struct request_field attribute_fields[] = {
	MESSAGE("source", NULL, peer_fields),
	MESSAGE("destination", NULL, peer_fields),
	MESSAGE("request", NULL, request_fields),
	MAP("context_extensions", "contextExtensions"),
	END,
};
static const struct request_field envoy_fields[] = { MESSAGE("attributes", NULL, attribute_fields), END };

static const struct request_field check_fields[] = {
	TEXT("method", NULL),
	MAP("header", NULL),
	TEXT("host", NULL),
	TEXT("protocol", NULL),
	NUMBER("contentLength"),
	TEXT("body", NULL),
	TEXT("scheme", NULL),
	TEXT("path", NULL),
	MAP("query", NULL),
	TEXT("fragment", NULL),
	END,
};
static const struct request_field http_request_fields[] = { MESSAGE("attributes", NULL, check_fields), END };

static const struct value *completed(struct arena *arena, const struct value *given, const struct request_field *fields)
{
	struct object_builder out = { 0 };

	object_start_from(arena, &out, value_is(given, VALUE_OBJECT) ? given : &value_empty_object);
	for (; fields->name; fields++) {
		const struct value *value = value_get(given, str_of(fields->name));

		if (!value && fields->also)
			value = value_get(given, str_of(fields->also));
		if (fields->fields)
			object_put(arena, &out, str_of(fields->name), completed(arena, value, fields->fields));
		else
			object_put(arena, &out, str_of(fields->name), value ? value : fields->zero);
	}
	return object_finish(arena, &out);
}

/* -- judging ------------------------------------------------------------------------------------------------------- */

static void denied_envoy(struct arena *arena, const struct value *denied, struct verdict *verdict)
{
	const struct value *code = value_path(denied, "status", "code");

	verdict->message = str_format(arena, "request denied with status code %lld",
				      (long long)(value_is(code, VALUE_INT) ? code->u.integer : 0));
}

static void decide(struct evaluation *evaluation, const struct cel_value *response, struct verdict *verdict)
{
	bool envoy = evaluation->variant->policy->mode == MODE_ENVOY;
	const struct value *document = document_of(response);
	const struct value *denied = value_get(document, envoy ? STR("denied_response") : STR("denied"));

	verdict->conclusion = denied ? CONCLUSION_FAIL : CONCLUSION_PASS;
	verdict->message = STR("request allowed");
	if (denied && envoy)
		denied_envoy(evaluation->review->arena, denied, verdict);
	else if (denied)
		verdict->message = str_format(evaluation->review->arena, "request denied, reason: " STR_FMT,
					      STR_ARG(value_str(value_field(denied, "reason"))));
}

static void undecided(struct verdict *verdict)
{
	verdict->conclusion = CONCLUSION_SKIP;
	verdict->message = STR("request does not match");
}

static void failed(struct evaluation *evaluation, struct str message, struct verdict *verdict)
{
	if (evaluation->variant->policy->ignores_failures) {
		undecided(verdict);
		return;
	}
	verdict->conclusion = CONCLUSION_ERROR;
	verdict->message = message;
}

static void request_bind(struct evaluation *evaluation)
{
	struct arena *arena = evaluation->review->arena;
	const struct value *object = evaluation->admitted->object;
	uint32_t slot = evaluation->variant->policy->environment->object;

	if (evaluation->variant->policy->mode == MODE_ENVOY)
		evaluation->slots[slot] = cel_of_data(completed(arena, object, envoy_fields));
	else
		evaluation->slots[slot] =
			document_value(&http_request_class, completed(arena, object, http_request_fields));
}

static void rules_run(struct evaluation *evaluation, struct verdict *verdict)
{
	const struct variant *variant = evaluation->variant;

	for (size_t i = 0; i < variant->validation_count; i++) {
		const struct validation *validation = &variant->validations[i];
		struct cel_value value = evaluation_run(evaluation, validation->program);

		TRACE(evaluation->review, TRACE_CONDITION, value.kind == CEL_NULL, NULL, validation->at,
		      "validation %zu: " STR_FMT, i,
		      STR_ARG(cel_is_error(value) ? value.u.error->message
						  : cel_text(evaluation->review->arena, &value)));
		if (value.kind == CEL_NULL)
			continue;
		verdict->validation = i;
		verdict->at = validation->at;
		if (cel_is_error(value))
			failed(evaluation, value.u.error->message, verdict);
		else
			decide(evaluation, &value, verdict);
		return;
	}
	undecided(verdict);
}

void authorize_run(struct evaluation *evaluation, struct verdict *verdict)
{
	int holds;

	request_bind(evaluation);
	holds = clauses_hold(evaluation, &evaluation->variant->conditions, &verdict->message);
	if (holds < 0) {
		failed(evaluation, verdict->message, verdict);
		return;
	}
	if (holds == 0 || !exceptions_pass(evaluation, verdict)) {
		undecided(verdict);
		return;
	}
	rules_run(evaluation, verdict);
}
