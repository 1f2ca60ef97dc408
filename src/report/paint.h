/*
 * report/paint.h: colours, blanks and links on a terminal; private to report/.
 */
#ifndef REPORT_PAINT_H
#define REPORT_PAINT_H

#include "report/report.h"

enum style {
	PLAIN, BOLD, DIM, RED, YELLOW, GREEN, CYAN, RED_BOLD, YELLOW_BOLD, GREEN_BOLD, MAGENTA_BOLD
};

/* Nothing when the report has no colours. PLAIN ends a style. */
void paint(const struct report *report, struct buf *out, enum style style);
/* Shows the text (neutralised) in a style. */
void put_styled(const struct report *report, struct buf *out, enum style how, struct str s);
void pad(struct buf *out, size_t n);
size_t digits_of(uint32_t n);

/*
 * OSC 8 links, so that a click opens the file or the rule's page. False (and nothing is written) when there is nothing
 * to link to or the terminal does not want links; else close it behind the text.
 */
bool link_file(const struct report *report, struct buf *out, struct str file);
bool link_help(const struct report *report, struct buf *out, struct str uri);
void link_close(struct buf *out);

#endif
