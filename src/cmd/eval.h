/*
 * cmd/eval.h: what the files of biro eval share.
 *
 * Everything lives in the arena of the run.
 */
#ifndef CMD_EVAL_H
#define CMD_EVAL_H

#include "cmd/command.h"
#include "cmd/request.h"

enum eval_environment { EVAL_KUBERNETES, EVAL_KYVERNO, EVAL_PLAIN };

struct eval_options {
	const char *input, *file, *environment, *params, *values, *userinfo, *operation, *output;
	struct string_list old, with, variables;
	bool as_written, exit_status;
};

/* What an expression is evaluated on. */
struct eval_input {
	struct arena *arena;
	const struct eval_options *options;
	enum eval_environment environment;
	bool objects;                           /* the document is a Kubernetes object or an AdmissionReview */
	const struct value *document;           /* NULL: none given */
	const struct value *params;             /* NULL: none given */
	struct request request;
	struct store *store;
	struct review review;                   /* when there is an object */
	bool has_review;
	bool admitted;                          /* the document is an AdmissionReview: nothing is to be done to its object */
};

/* What came of it. */
struct eval_answer {
	const struct value *value;              /* NULL: it has no JSON, or there is none */
	struct str text;                        /* of what has no JSON */
	struct str type;                        /* CEL only */
	bool counted;                           /* cost and estimate are known */
	uint64_t cost, estimate_minimum, estimate_maximum;
	/* On failure. */
	const char *stage;                      /* "parse", "check", "program", "evaluate"; NULL: fine */
	struct str message;                     /* of a compilation: with lines and carets */
	struct str lines;                       /* of an evaluation: the line and a caret; may be empty */
	struct str hint;                        /* may be empty */
	uint32_t line, column;
};

/* Reads the files that the options name. -1 and *err. */
int eval_input_load(struct eval_input *input, struct error **err);

/* -1 and *err when the options do not fit the language; what is wrong with the expression is an answer. */
int eval_cel(struct eval_input *input, struct str expression, struct eval_answer *answer, struct error **err);
int eval_jmespath(struct eval_input *input, struct str expression, struct eval_answer *answer, struct error **err);

#endif
