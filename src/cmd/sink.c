#include "cmd/sink.h"

#include "cmd/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(struct sink *sink, const char *what, struct error **err)
{
	char reason[128];

	return error_set(err, ERROR_IO, "cannot %s %s: %s", what, sink->path ? sink->path : "to standard output",
			 strerror_r(errno, reason, sizeof(reason)));
}

/*
 * A regular file is written beside its place under a hidden name: a folder that is being checked never shows a half
 * written report, and a full disk does not cost the last good one. Devices and pipes are written directly.
 */
static char *temporary_name(const char *path)
{
	struct str whole = str_of(path);
	size_t slash = str_rfind_char(whole, '/');
	size_t base = slash == STR_NOT_FOUND ? 0 : slash + 1;
	struct buf name = { 0 };
	struct stat info;

	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return NULL;
	buf_add(&name, str_slice(whole, 0, base));
	buf_add_char(&name, '.');
	buf_add(&name, str_skip(whole, base));
	buf_add_bytes(&name, ".XXXXXX", sizeof(".XXXXXX"));
	return name.p;
}

int sink_open(struct sink *sink, const char *path, struct progress *progress, struct error **err)
{
	*sink = (struct sink){ .fd = STDOUT_FILENO, .progress = progress };
	if (!path || !strcmp(path, "-"))
		return 0;
	sink->path = path;
	sink->temporary = temporary_name(path);
	if (sink->temporary) {
		mode_t mask = umask(0);

		umask(mask);
		sink->fd = mkostemp(sink->temporary, O_CLOEXEC);
		if (sink->fd >= 0 && fchmod(sink->fd, 0666 & ~mask) < 0)
			errno = 0;
	} else {
		sink->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	}
	if (sink->fd < 0) {
		fail(sink, "write", err);
		free(sink->temporary);
		sink->temporary = NULL;
		return -1;
	}
	return 0;
}

int sink_write(struct sink *sink, struct str bytes, struct error **err)
{
	if (sink->progress && bytes.n > 0 && !sink->path)
		progress_clear(sink->progress);
	while (bytes.n > 0) {
		ssize_t written = write(sink->fd, bytes.p, bytes.n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0 && errno == EPIPE) {
			sink->quiet = true;
			return -1;
		}
		if (written < 0)
			return fail(sink, "write", err);
		bytes = str_skip(bytes, (size_t)written);
	}
	return 0;
}

int sink_close(struct sink *sink, struct error **err)
{
	int result = 0;

	if (!sink->path)
		return 0;
	if (close(sink->fd) < 0)
		result = fail(sink, "write", err);
	sink->fd = -1;
	if (result == 0 && sink->temporary && rename(sink->temporary, sink->path) < 0)
		result = fail(sink, "write", err);
	if (result < 0)
		sink_abandon(sink);
	free(sink->temporary);
	sink->temporary = NULL;
	return result;
}

void sink_abandon(struct sink *sink)
{
	if (sink->path && sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	if (sink->temporary)
		unlink(sink->temporary);
	free(sink->temporary);
	sink->temporary = NULL;
}
