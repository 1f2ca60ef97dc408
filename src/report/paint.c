#include "report/paint.h"

#include <stdlib.h>

#include "report/escape.h"
#include "report/text.h"

static const char *const escapes[] = {
	[PLAIN] = "0",		 [BOLD] = "1",	[DIM] = "2",	     [RED] = "31",	     [YELLOW] = "33",
	[GREEN] = "32",		 [CYAN] = "36", [RED_BOLD] = "1;31", [YELLOW_BOLD] = "1;33", [GREEN_BOLD] = "1;32",
	[MAGENTA_BOLD] = "1;35",
};

void paint(const struct report *report, struct buf *out, enum style style)
{
	if (!report->color)
		return;
	PUT(out, "\033[");
	escape_put(out, str_of(escapes[style]));
	buf_add_char(out, 'm');
}

void put_styled(const struct report *report, struct buf *out, enum style how, struct str s)
{
	if (s.n == 0)
		return;
	paint(report, out, how);
	text_put(out, s);
	paint(report, out, PLAIN);
}

void pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_add_char(out, ' ');
}

size_t digits_of(uint32_t n)
{
	size_t digits = 1;

	while (n /= 10)
		digits++;
	return digits;
}

/* -- links: OSC 8, so that a click on a place opens the file -- */

static void link_open(struct buf *out, const char *scheme, struct str target)
{
	PUT(out, "\033]8;;");
	escape_put(out, str_of(scheme));
	/* put_uri() leaves nothing in it that could end the sequence. */
	put_uri(out, target);
	PUT(out, "\033\\");
}

void link_close(struct buf *out)
{
	PUT(out, "\033]8;;\033\\");
}

bool link_file(const struct report *report, struct buf *out, struct str file)
{
	char name[4096], *full;

	if (!report->hyperlinks || file.n == 0 || file.n >= sizeof(name) || memchr(file.p, '\0', file.n))
		return false;
	memcpy(name, file.p, file.n);
	name[file.n] = '\0';
	full = realpath(name, NULL);
	if (!full)
		return false;
	link_open(out, "", str_of(full));
	free(full);
	return true;
}

/* The rule's page, when it has one on the web. */
bool link_help(const struct report *report, struct buf *out, struct str uri)
{
	if (!report->hyperlinks || !str_starts_with(uri, STR("https://")))
		return false;
	for (size_t i = 0; i < uri.n; i++)
		if (uri.p[i] <= ' ' || uri.p[i] > '~')
			return false;
	PUT(out, "\033]8;;");
	escape_put(out, uri);
	PUT(out, "\033\\");
	return true;
}
