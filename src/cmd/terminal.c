/* Standard output and error of the simple verbs. */
#include "cmd/command.h"

#include "report/text.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, p, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		p += written;
		n -= (size_t)written;
	}
	return 0;
}

void complain(const char *format, ...)
{
	struct buf message = { 0 }, text = { 0 };
	va_list args;

	va_start(args, format);
	buf_vprintf(&message, format, args);
	va_end(args);
	/* File names and contents come from strangers: nothing in them may steer the terminal. */
	buf_add(&text, STR("biro: "));
	text_put(&text, buf_str(&message));
	buf_free(&message);
	buf_add_char(&text, '\n');
	/* When standard error is gone there is nobody left to tell. */
	if (write_all(STDERR_FILENO, text.p, text.n) < 0)
		errno = 0;
	buf_free(&text);
}

int print_out(const struct buf *out)
{
	char reason[128];

	if (write_all(STDOUT_FILENO, out->p, out->n) == 0)
		return EXIT_FINE;
	if (errno != EPIPE)
		complain("cannot write to standard output: %s", strerror_r(errno, reason, sizeof(reason)));
	return EXIT_TROUBLE;
}

bool wants_color(const char *when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *terminal = getenv("TERM");

	if (when && strcmp(when, "auto") != 0)
		return !strcmp(when, "always");
	return isatty(fd) && !(no_color && *no_color) && !(terminal && !strcmp(terminal, "dumb"));
}

size_t terminal_width(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int64_t number;

	if (columns && str_to_int64(str_of(columns), &number) && number > 0 && number < 10000)
		return (size_t)number;
	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}
