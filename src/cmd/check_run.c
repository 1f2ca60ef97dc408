/*
 * biro check: the second pass. Documents go out in batches; each batch is judged into one buffer; buffers are written
 * in input order. With one thread all of this happens in place; with more, a worker takes the next batch, judges it
 * without any lock, and puts its buffer into a ring that whoever holds the oldest one empties. The ring bounds the
 * memory: who is too far ahead waits.
 */
#include "cmd/check.h"

#include <pthread.h>

#define BATCH_DOCUMENTS 32
#define BATCH_BYTES ((size_t)64 << 10)
#define RING_PER_THREAD 4
#define WRITE_BYTES ((size_t)256 << 10)

/* -- reading ------------------------------------------------------------------------------------------------------ */

struct entry {
	struct document document;
	struct error *err; /* set: this could not be read, and there is no document */
};

struct batch {
	struct entry entries[BATCH_DOCUMENTS];
	size_t count, files;
};

/* False when there is nothing left. */
static bool batch_read(struct batch *batch, struct inputs *inputs, size_t *last_file)
{
	size_t bytes = 0;

	batch->count = 0;
	batch->files = 0;
	while (batch->count < BATCH_DOCUMENTS && bytes < BATCH_BYTES) {
		struct entry *entry = &batch->entries[batch->count];
		int result;

		entry->err = NULL;
		result = inputs_next(inputs, &entry->document, &entry->err);
		if (result == 0)
			break;
		if (result > 0) {
			bytes += entry->document.source.text.n;
			if (entry->document.file != *last_file)
				batch->files++;
			*last_file = entry->document.file;
		}
		batch->count++;
	}
	return batch->count > 0;
}

static void batch_judge(struct batch *batch, struct worker *worker)
{
	worker->summary.files += batch->files;
	for (size_t i = 0; i < batch->count; i++) {
		struct entry *entry = &batch->entries[i];

		if (entry->err) {
			worker->summary.files++;
			judge_unreadable(worker, entry->err);
			error_free(entry->err);
		} else {
			judge_document(worker, &entry->document);
		}
	}
}

/* -- writing ------------------------------------------------------------------------------------------------------ */

struct writer {
	struct sink *sink;
	struct str separator; /* in front of every entry; the first one does without */
	bool begun;
};

static int writer_put(struct writer *writer, struct str bytes, struct error **err)
{
	if (bytes.n == 0)
		return 0;
	if (!writer->begun && str_starts_with(bytes, writer->separator))
		bytes = str_skip(bytes, writer->separator.n);
	writer->begun = true;
	return sink_write(writer->sink, bytes, err);
}

static void add_summary(struct summary *into, const struct summary *from)
{
	into->objects += from->objects;
	into->files += from->files;
	into->ignored += from->ignored;
	into->unreadable += from->unreadable;
	for (size_t i = 0; i < sizeof(into->counts) / sizeof(into->counts[0]); i++)
		into->counts[i] += from->counts[i];
}

static void add_times(struct step_times *into, const struct step_times *from)
{
	into->decode += from->decode;
	into->judge += from->judge;
	into->print += from->print;
}

static void show_progress(struct check *check, size_t objects)
{
	size_t done, total;

	if (!check->progress->on)
		return;
	inputs_progress(check->inputs, &done, &total);
	progress_tick(check->progress, done, total, objects);
}

/* -- one thread --------------------------------------------------------------------------------------------------- */

static int run_alone(struct check *check, struct worker *worker, struct writer *writer, struct error **err)
{
	struct batch batch;
	size_t last_file = SIZE_MAX;

	while (batch_read(&batch, check->inputs, &last_file)) {
		batch_judge(&batch, worker);
		show_progress(check, worker->summary.objects);
		if (worker->out.n < WRITE_BYTES)
			continue;
		if (writer_put(writer, buf_str(&worker->out), err) < 0)
			return -1;
		buf_clear(&worker->out);
	}
	return writer_put(writer, buf_str(&worker->out), err);
}

/* -- several ------------------------------------------------------------------------------------------------------ */

struct slot {
	bool ready;
	struct buf out;
};

struct crew {
	struct check *check;
	struct writer *writer;
	pthread_mutex_t lock;
	pthread_cond_t room; /* a slot became free */
	struct slot *ring;
	size_t ring_size;
	uint64_t next_read, next_write; /* batches; next_read - next_write <= ring_size */
	bool writing;			/* somebody empties the ring, without the lock */
	bool stop;			/* the output is gone */
	size_t last_file, objects;
	struct error *err;
};

struct member_of_crew {
	struct crew *crew;
	struct worker worker;
	pthread_t thread;
	bool started;
};

/* With the lock held. Takes a batch and its number; false when there is none. */
static bool take_batch(struct crew *crew, struct batch *batch, uint64_t *number)
{
	while (!crew->stop && crew->next_read - crew->next_write >= crew->ring_size)
		pthread_cond_wait(&crew->room, &crew->lock);
	if (crew->stop || !batch_read(batch, crew->check->inputs, &crew->last_file))
		return false;
	*number = crew->next_read++;
	return true;
}

/* With the lock held, which is let go while writing: order is kept because only one writes at a time. */
static void empty_ring(struct crew *crew)
{
	if (crew->writing)
		return;
	crew->writing = true;
	for (;;) {
		struct slot *slot = &crew->ring[crew->next_write % crew->ring_size];
		int result;

		if (!slot->ready || crew->stop)
			break;
		pthread_mutex_unlock(&crew->lock);
		result = writer_put(crew->writer, buf_str(&slot->out), &crew->err);
		pthread_mutex_lock(&crew->lock);
		buf_clear(&slot->out);
		slot->ready = false;
		crew->next_write++;
		if (result < 0)
			crew->stop = true;
		pthread_cond_broadcast(&crew->room);
	}
	crew->writing = false;
}

static void *work(void *context)
{
	struct member_of_crew *member = context;
	struct crew *crew = member->crew;
	struct worker *worker = &member->worker;
	struct batch *batch = malloc(sizeof(*batch));
	uint64_t number;

	if (!batch)
		abort();
	pthread_mutex_lock(&crew->lock);
	while (take_batch(crew, batch, &number)) {
		size_t before = worker->summary.objects;
		struct slot *slot = &crew->ring[number % crew->ring_size];
		struct buf empty;

		pthread_mutex_unlock(&crew->lock);
		batch_judge(batch, worker);
		pthread_mutex_lock(&crew->lock);
		empty = slot->out;
		slot->out = worker->out;
		worker->out = empty;
		slot->ready = true;
		crew->objects += worker->summary.objects - before;
		empty_ring(crew);
		if (!crew->writing)
			show_progress(crew->check, crew->objects);
	}
	pthread_mutex_unlock(&crew->lock);
	free(batch);
	return NULL;
}

static int run_crew(struct check *check, int threads, struct writer *writer, struct summary *summary,
		    struct step_times *times, struct baseline_builder *baseline, struct error **err)
{
	struct crew crew = {
		.check = check,
		.writer = writer,
		.ring_size = (size_t)threads * RING_PER_THREAD,
		.last_file = SIZE_MAX,
	};
	struct member_of_crew *members = calloc((size_t)threads, sizeof(*members));
	int result;

	crew.ring = calloc(crew.ring_size, sizeof(*crew.ring));
	if (!members || !crew.ring)
		abort();
	pthread_mutex_init(&crew.lock, NULL);
	pthread_cond_init(&crew.room, NULL);
	for (int i = 0; i < threads; i++) {
		members[i].crew = &crew;
		worker_init(&members[i].worker, check, check->kept ? check->kept[i + 1].arena : NULL);
		/* The last one works in this thread; so does all that no thread could be made for. */
		members[i].started =
			i + 1 < threads && pthread_create(&members[i].thread, NULL, work, &members[i]) == 0;
	}
	work(&members[threads - 1]);
	for (int i = 0; i < threads; i++) {
		if (members[i].started)
			pthread_join(members[i].thread, NULL);
		add_summary(summary, &members[i].worker.summary);
		add_times(times, &members[i].worker.times);
	}
	for (int i = 0; i < threads; i++) {
		if (check->write_baseline)
			baseline_merge(baseline, &members[i].worker.baseline);
		worker_free(&members[i].worker);
	}
	for (size_t i = 0; i < crew.ring_size; i++)
		buf_free(&crew.ring[i].out);
	result = crew.stop ? -1 : 0;
	if (crew.err)
		*err = crew.err;
	pthread_mutex_destroy(&crew.lock);
	pthread_cond_destroy(&crew.room);
	free(crew.ring);
	free(members);
	return result;
}

/* -- all of it ---------------------------------------------------------------------------------------------------- */

int check_run(struct check *check, int threads, struct summary *summary, struct step_times *times,
	      struct baseline_builder *baseline, struct error **err)
{
	struct writer writer = { .sink = check->sink, .separator = str_of(check->output->separator) };
	struct worker worker;
	int result;

	worker_init(&worker, check, check->kept ? check->kept[0].arena : NULL);
	check->output->start(&check->report, &worker.out);
	result = sink_write(check->sink, buf_str(&worker.out), err);
	buf_clear(&worker.out);
	judge_findings(&worker, &check->policies.findings);
	judge_expired_ignores(&worker);
	if (result == 0 && threads > 1) {
		result = writer_put(&writer, buf_str(&worker.out), err);
		buf_clear(&worker.out);
		if (result == 0)
			result = run_crew(check, threads, &writer, summary, times, baseline, err);
	} else if (result == 0) {
		result = run_alone(check, &worker, &writer, err);
		buf_clear(&worker.out);
	}
	add_summary(summary, &worker.summary);
	add_times(times, &worker.times);
	if (check->write_baseline)
		baseline_merge(baseline, &worker.baseline);
	summary->seconds = progress_seconds(check->progress);
	if (result == 0) {
		check->output->finish(&check->report, &worker.out, summary);
		result = sink_write(check->sink, buf_str(&worker.out), err);
	}
	progress_clear(check->progress);
	worker_free(&worker);
	return result;
}
