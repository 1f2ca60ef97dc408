#include "cmd/progress.h"

#include "base/buf.h"
#include "cmd/command.h"
#include "report/text.h"

#include <errno.h>
#include <unistd.h>

#define PATIENCE 500000000u /* nothing is drawn earlier */
#define INTERVAL 80000000u  /* nor more often */
#define BAR 24

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void progress_start(struct progress *progress)
{
	const char *terminal = getenv("TERM");

	*progress = (struct progress){ .started = now() };
	progress->on = isatty(STDERR_FILENO) && !(terminal && !strcmp(terminal, "dumb"));
}

double progress_seconds(const struct progress *progress)
{
	return (double)(now() - progress->started) / 1e9;
}

static bool is_due(struct progress *progress)
{
	uint64_t t;

	if (!progress->on)
		return false;
	t = now();
	if (t - progress->started < PATIENCE || t - progress->last < INTERVAL)
		return false;
	progress->last = t;
	progress->waiting = false;
	return true;
}

static void emit(struct progress *progress, struct buf *line)
{
	progress->drawn = true;
	/* A line that cannot be drawn is not missed. */
	if (write(STDERR_FILENO, line->p, line->n) < 0)
		errno = 0;
	buf_free(line);
}

/* 12345 → 12,345 */
static void put_count(struct buf *out, size_t n)
{
	char digits[32];
	int length = snprintf(digits, sizeof(digits), "%zu", n);

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			buf_add_char(out, ',');
		buf_add_char(out, digits[i]);
	}
}

void progress_tick(struct progress *progress, size_t done, size_t total, size_t objects)
{
	struct buf line = { 0 };

	/* What was waited for is over: say so at once. */
	if (progress->waiting)
		progress->last = 0;
	if (!is_due(progress))
		return;
	buf_add(&line, STR("\r\033[Kbiro: "));
	if (total > 0) {
		size_t filled = done >= total ? BAR : (size_t)((double)done / (double)total * BAR);

		for (size_t i = 0; i < BAR; i++)
			buf_add(&line, i < filled ? STR("█") : STR("░"));
		buf_printf(&line, " %3d %%  ", done >= total ? 100 : (int)((double)done / (double)total * 100));
	}
	put_count(&line, objects);
	buf_printf(&line, " %s  %.1f s", objects == 1 ? "object" : "objects", progress_seconds(progress));
	emit(progress, &line);
}

void progress_wait(struct progress *progress, const char *for_what)
{
	struct buf line = { 0 };

	if (!is_due(progress))
		return;
	progress->waiting = true;
	buf_add(&line, STR("\r\033[Kbiro: waiting for "));
	text_put(&line, str_of(for_what));
	buf_printf(&line, "  %.1f s", progress_seconds(progress));
	emit(progress, &line);
}

void progress_clear(struct progress *progress)
{
	if (!progress->drawn)
		return;
	progress->drawn = false;
	if (write(STDERR_FILENO, "\r\033[K", 4) < 0)
		errno = 0;
}
