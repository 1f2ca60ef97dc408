#include "data/document_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

/* Below this, a copy costs less than a mapping. */
#define SMALL_FILE (32u << 10)
/* What a stream may hold in all: one gigabyte. Only what is filled costs memory. */
#define STREAM_MAX ((size_t)1 << 30)
#define STREAM_MIN ((size_t)64 << 20)
#define READ_SIZE (256u << 10)
#define INPUT_SIZE (64u << 10)
/* How much of a mapping stays in memory behind the reader, for those who still decode it. */
#define KEEP_BEHIND (2u << 20)
#define FORGET_STEP (4u << 20) /* a multiple of any page size */

struct inflation {
	z_stream stream;
	bool ended;             /* at the end of a member; another one may follow */
	unsigned char input[INPUT_SIZE];
};

static int fail(struct document_text *text, enum error_code code, const char *what, struct error **err)
{
	return error_set_at(err, code, (struct place){ .file = text->name }, "%s", what);
}

static int fail_errno(struct document_text *text, const char *what, struct error **err)
{
	int number = errno;

	return error_set_at(err, number == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, (struct place){ .file = text->name },
			    "%s: %s", what, strerror(number));
}

/* -- opening ------------------------------------------------------------------------------------------------------ */

static int reserve(struct document_text *text, struct error **err)
{
	for (size_t size = STREAM_MAX; size >= STREAM_MIN; size /= 2) {
		void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p != MAP_FAILED) {
			text->p = p;
			text->capacity = size;
			text->mapped = true;
			return 0;
		}
	}
	return fail_errno(text, "no memory to read it into", err);
}

static int start_inflation(struct document_text *text, struct error **err)
{
	text->inflation = calloc(1, sizeof(*text->inflation));
	/* 16: gzip's header and trailer are expected and checked. */
	if (!text->inflation || inflateInit2(&text->inflation->stream, 16 + MAX_WBITS) != Z_OK)
		return fail(text, ERROR_IO, "gzip cannot be set up", err);
	return 0;
}

static int open_small(struct document_text *text, struct arena *arena, size_t size, struct error **err)
{
	char *p = arena_alloc(arena, size);

	while (text->n < size) {
		ssize_t got = read(text->fd, p + text->n, size - text->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(text, "cannot be read", err);
		if (got == 0)
			break;
		text->n += (size_t)got;
	}
	text->p = p;
	text->complete = true;
	return 0;
}

static int open_mapped(struct document_text *text, size_t size, struct error **err)
{
	void *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, text->fd, 0);

	if (p == MAP_FAILED)
		return fail_errno(text, "cannot be mapped", err);
	text->p = p;
	text->n = text->capacity = size;
	text->mapped = text->of_file = true;
	text->complete = true;
	return 0;
}

static bool is_gzip(const char *p, size_t n)
{
	return n >= 2 && (unsigned char)p[0] == 0x1f && (unsigned char)p[1] == 0x8b;
}

static int open_regular(struct document_text *text, struct arena *arena, size_t size, struct error **err)
{
	if ((size <= SMALL_FILE ? open_small(text, arena, size, err) : open_mapped(text, size, err)) < 0)
		return -1;
	if (!is_gzip(text->p, text->n))
		return 0;
	/* Back to the start, as a stream. */
	if (text->mapped)
		munmap((void *)(uintptr_t)text->p, text->capacity);
	*text = (struct document_text){ .name = text->name, .fd = text->fd };
	if (lseek(text->fd, 0, SEEK_SET) < 0)
		return fail_errno(text, "cannot be read", err);
	return reserve(text, err) < 0 ? -1 : start_inflation(text, err);
}

static int open_file(struct document_text *text, struct arena *arena, const char *path, struct error **err)
{
	struct stat info;

	text->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (text->fd < 0)
		return fail_errno(text, "cannot be opened", err);
	if (fstat(text->fd, &info) < 0)
		return fail_errno(text, "cannot be read", err);
	if (S_ISDIR(info.st_mode))
		return fail(text, ERROR_IO, "is a folder", err);
	/* Files of /proc say that they are empty. */
	if (!S_ISREG(info.st_mode) || info.st_size == 0)
		return reserve(text, err);
	return open_regular(text, arena, (size_t)info.st_size, err);
}

static void close_descriptor(struct document_text *text)
{
	if (text->fd > STDIN_FILENO)
		close(text->fd);
	text->fd = -1;
	if (text->inflation) {
		inflateEnd(&text->inflation->stream);
		free(text->inflation);
		text->inflation = NULL;
	}
}

int document_text_open(struct document_text *text, struct arena *arena, const char *path, struct error **err)
{
	int status;

	if (text->opened)
		return 0;
	text->fd = STDIN_FILENO;
	status = strcmp(path, "-") == 0 ? reserve(text, err) : open_file(text, arena, path, err);
	if (status < 0 || text->complete)
		close_descriptor(text);
	text->opened = status == 0;
	return status;
}

void document_text_close(struct document_text *text)
{
	if (text->opened)
		close_descriptor(text);
	if (text->mapped)
		munmap((void *)(uintptr_t)text->p, text->capacity);
	error_free(text->failure);
	*text = (struct document_text){ 0 };
}

/* -- streams ------------------------------------------------------------------------------------------------------ */

static ssize_t read_some(struct document_text *text, void *to, size_t size, struct error **err)
{
	ssize_t got;

	do
		got = read(text->fd, to, size);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		fail_errno(text, "cannot be read", err);
	return got;
}

/* Refills the compressed input. 1, 0 at its end, -1. */
static int refill(struct document_text *text, struct error **err)
{
	struct inflation *inflation = text->inflation;
	ssize_t got;

	if (inflation->stream.avail_in)
		return 1;
	got = read_some(text, inflation->input, sizeof(inflation->input), err);
	if (got > 0) {
		inflation->stream.next_in = inflation->input;
		inflation->stream.avail_in = (unsigned)got;
	}
	return got > 0 ? 1 : (int)got;
}

/* One step of inflating into `to`. 1 (also when no byte came of it), 0 at the end, -1. */
static int inflate_some(struct document_text *text, char *to, size_t size, size_t *got, struct error **err)
{
	struct inflation *inflation = text->inflation;
	z_stream *stream = &inflation->stream;
	int status = refill(text, err);

	if (status < 0)
		return -1;
	if (inflation->ended) {
		/* Another member, or padding, which gzip passes over too. */
		if (status == 0 || stream->next_in[0] != 0x1f)
			return 0;
		inflateReset(stream);
		inflation->ended = false;
	}
	if (status == 0)
		return fail(text, ERROR_INVALID, "broken gzip: it ends in the middle", err);
	stream->next_out = (unsigned char *)to;
	stream->avail_out = (unsigned)size;
	status = inflate(stream, Z_NO_FLUSH);
	*got = size - stream->avail_out;
	inflation->ended = status == Z_STREAM_END;
	if (status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR)
		return 1;
	return error_set_at(err, ERROR_INVALID, (struct place){ .file = text->name }, "broken gzip: %s",
			    stream->msg ? stream->msg : "its data cannot be inflated");
}

static int read_on(struct document_text *text, struct error **err)
{
	size_t room = text->capacity - text->n, got = 0;
	char *to = (char *)(uintptr_t)text->p + text->n;
	ssize_t n;
	int status = 1;

	if (room == 0)
		return error_set_at(err, ERROR_LIMIT, (struct place){ .file = text->name },
				    "more than %zu bytes in one stream; give it as a file", text->capacity);
	/* The first piece must fit into the input of the inflation that it may turn out to need. */
	if (room > (text->n ? READ_SIZE : INPUT_SIZE))
		room = text->n ? READ_SIZE : INPUT_SIZE;
	if (!text->inflation) {
		n = read_some(text, to, room, err);
		text->n += n > 0 ? (size_t)n : 0;
		return n > 0 ? 1 : (int)n;
	}
	while (status > 0 && got == 0)
		status = inflate_some(text, to, room, &got, err);
	text->n += got;
	return status;
}

/* Standard input may be compressed as well: the bytes read so far become the compressed input. */
static int detect_gzip(struct document_text *text, struct error **err)
{
	if (text->inflation || !is_gzip(text->p, text->n))
		return 1;
	if (start_inflation(text, err) < 0)
		return -1;
	memcpy(text->inflation->input, text->p, text->n);
	text->inflation->stream.next_in = text->inflation->input;
	text->inflation->stream.avail_in = (unsigned)text->n;
	text->n = 0;
	return read_on(text, err);
}

int document_text_more(struct document_text *text, struct error **err)
{
	bool first = text->n == 0;
	int status;

	if (!text->complete) {
		status = read_on(text, &text->failure);
		if (status > 0 && first)
			status = detect_gzip(text, &text->failure);
		if (status > 0)
			return 1;
		text->complete = true;
		close_descriptor(text);
	}
	if (!text->failure)
		return 0;
	return error_set_at(err, text->failure->code, (struct place){ .file = text->name }, "%s",
			    text->failure->message);
}

void document_text_forget(struct document_text *text, size_t offset)
{
	size_t upto;

	if (!text->of_file || offset < text->dropped + KEEP_BEHIND + FORGET_STEP)
		return;
	upto = (offset - KEEP_BEHIND) / FORGET_STEP * FORGET_STEP;
	madvise((void *)(uintptr_t)(text->p + text->dropped), upto - text->dropped, MADV_DONTNEED);
	text->dropped = upto;
}
