/*
 * report/report.h: outputs: how results are shown.
 *
 * In: results, object by object. Out: bytes in a buffer. An output is a table of functions; object() runs in worker
 * threads, each with a buffer of its own, and the writer concatenates the buffers in input order. So a stream of any
 * length is printed in constant memory, and an output keeps no state of its own but the shared, read-only struct report.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/buf.h"
#include "policy/policy.h"

/* One judged object, or a text that could not be judged (then `object` is NULL and the results say why). */
struct reported {
	const struct value *object;
	struct str api_version, kind, namespace, name;
	const struct source *source;    /* document it came from; its text is at hand for carets */
	uint32_t line, column;          /* of the object */
	const struct result *results;
	size_t count;
};

enum show { SHOW_DEFAULT, SHOW_ALL };

struct summary {
	size_t objects, files;
	size_t counts[5];               /* by enum outcome, after ignores */
	size_t ignored;                 /* findings hidden by an ignore or the baseline (they are counted as skip) */
	size_t unreadable;              /* inputs that could not be read or parsed */
	double seconds;                 /* wall time */
};

/* What an output may look at; constant while printing. */
struct report {
	const struct policy_set *policies;      /* for rule descriptions; may be NULL */
	enum show show;
	bool color;                     /* ANSI, table only */
	bool hyperlinks;                /* OSC 8, table only */
	size_t width;                   /* of the terminal; 0: unknown */
	struct str version;             /* of biro */
	struct str started;             /* RFC 3339; empty in tests for stable output */
};

struct report_output {
	const char *name;               /* "sarif" */
	const char *help;               /* one line */
	/* start: opening text. */
	void (*start)(const struct report *report, struct buf *out);
	/*
	 * One object. An output whose entries need a separator puts it *before* each entry (it is `separator` below); the
	 * writer drops the very first one.
	 */
	void (*object)(const struct report *report, struct buf *out, const struct reported *reported);
	void (*finish)(const struct report *report, struct buf *out, const struct summary *summary);
	const char *separator;          /* "" when none is needed */
	bool all_results;               /* holds passes and skips even without --show all */
};
extern const struct report_output *const report_outputs[];      /* outputs.c; ends with NULL */
const struct report_output *report_output_find(struct str name);

/* Whether a result is printed by this output under this report's `show`. */
bool report_shows(const struct report *report, const struct report_output *output, const struct result *result);
/* Where the result points: result->at, else the object's head. */
struct place report_place(const struct reported *reported, const struct result *result);
/* "namespace/name" for namespaced policies, else the name. */
struct str report_policy_name(struct arena *arena, const struct result *result);

#endif
