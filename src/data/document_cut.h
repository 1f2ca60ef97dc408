/*
 * data/document_cut.h: cuts one text into documents. Private to data/.
 *
 * YAML is cut at lines that are "---" or "..." (alone or before a blank); what begins with '{' or '[' and goes on like
 * JSON ends at its closing bracket, so that NDJSON and concatenated JSON come as several documents. A text may mix
 * both.
 */
#ifndef DATA_DOCUMENT_CUT_H
#define DATA_DOCUMENT_CUT_H

#include "data/document_text.h"
#include "data/documents.h"

struct document_cut {
	struct document_text *text;
	const struct decode_limits *limits;
	size_t position;        /* where the next document may begin */
	uint32_t line;          /* its line, from 1 */
	size_t index;           /* documents so far */
	bool json_name;         /* the file says that it is JSON */
	bool started, ended;
};

/* 1: source, format and index of *document are set. 0: no more. -1 with *err: this one cannot be read; call again. */
int document_cut_next(struct document_cut *cut, struct document *document, struct error **err);

#endif
