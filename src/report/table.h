/*
 * report/table.h: what the files of the table share; private to report/.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "report/excerpt.h"
#include "report/paint.h"

#define TABLE_MARGIN 2          /* columns left of everything below a resource's head */

/* While one resource is printed. */
struct printer {
	const struct report *report;
	struct buf *out;
	const struct reported *reported;
	size_t width;
	size_t gutter;                  /* digits of the greatest line number shown in this group */
	struct line_cursor cursor;
};

/* The lines of source that a finding is about, with carets in the style `how`. at->text must be at hand. */
void put_excerpt(struct printer *printer, const struct excerpt *at, enum style how);

#endif
