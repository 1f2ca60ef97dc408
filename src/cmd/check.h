/*
 * cmd/check.h: the parts of `biro check`; private to check*.c.
 *
 * check.c reads the command line and puts everything in place; policies.c makes the first pass over the inputs;
 * check_run.c makes the second one, in one thread or several, and writes in input order; check_judge.c turns one
 * document into output bytes.
 */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include "cmd/finding.h"
#include "cmd/policies.h"
#include "cmd/progress.h"
#include "cmd/request.h"
#include "cmd/sink.h"
#include "report/baseline.h"
#include "report/ignore.h"

struct check_options {
	struct string_list policies, set, old;
	const char *values, *userinfo, *operation;
	const char *output, *output_file, *show, *fail_on, *color;
	const char *config, *baseline, *write_baseline;
	long threads;
	bool strict, statistics, assume_bound;
};

/* CPU time by step, in nanoseconds; counted only with --statistics. */
struct step_times {
	uint64_t decode, judge, print;
};

struct kept {
	struct arena *arena;
};

/* One run. Read-only while workers judge, but for what check_run.c guards. */
struct check {
	const struct check_options *options;
	struct arena *arena;
	struct inputs *inputs;
	struct policies policies;
	struct request request;
	struct ignoring ignoring;
	struct baseline *baseline; /* NULL: none */
	bool write_baseline;
	struct kept *kept; /* for the baseline that is written: one a thread and one more; else NULL */
	const struct report_output *output;
	struct report report;
	struct progress *progress;
	struct sink *sink;
};

/* What one thread needs to judge. */
struct worker {
	const struct check *check;
	struct arena *arena; /* of one document; reset for the next */
	struct regex_cache *regexes;
	struct ignore_memo memo;
	struct baseline_builder baseline;
	struct summary summary;
	struct step_times times;
	struct buf out; /* output of the batch at hand */
};

void worker_init(struct worker *worker, const struct check *check, struct arena *kept);
void worker_free(struct worker *worker);
/* Appends to worker->out and counts in worker->summary. */
void judge_document(struct worker *worker, const struct document *document);
void judge_unreadable(struct worker *worker, const struct error *err);
/* Findings made elsewhere: counted and printed as they are. */
void judge_findings(struct worker *worker, const struct findings *findings);
void judge_expired_ignores(struct worker *worker);

/* 0, or -1 and *err when the output cannot be written (no *err: nobody reads it any more). */
int check_run(struct check *check, int threads, struct summary *summary, struct step_times *times,
	      struct baseline_builder *baseline, struct error **err);

#endif
