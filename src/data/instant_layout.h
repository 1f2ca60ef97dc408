/*
 * data/instant_layout.h: Go's layouts ("2006-01-02T15:04:05Z07:00") cut into their elements. Private.
 */
#ifndef DATA_INSTANT_LAYOUT_H
#define DATA_INSTANT_LAYOUT_H

#include "base/str.h"

enum layout_element {
	LAYOUT_END,             /* no more elements: all is prefix */
	LAYOUT_LONG_MONTH,      /* January */
	LAYOUT_MONTH,           /* Jan */
	LAYOUT_NUM_MONTH,       /* 1 */
	LAYOUT_ZERO_MONTH,      /* 01 */
	LAYOUT_LONG_WEEKDAY,    /* Monday */
	LAYOUT_WEEKDAY,         /* Mon */
	LAYOUT_DAY,             /* 2 */
	LAYOUT_UNDER_DAY,       /* _2 */
	LAYOUT_ZERO_DAY,        /* 02 */
	LAYOUT_UNDER_YEAR_DAY,  /* __2 */
	LAYOUT_ZERO_YEAR_DAY,   /* 002 */
	LAYOUT_HOUR,            /* 15 */
	LAYOUT_HOUR12,          /* 3 */
	LAYOUT_ZERO_HOUR12,     /* 03 */
	LAYOUT_MINUTE,          /* 4 */
	LAYOUT_ZERO_MINUTE,     /* 04 */
	LAYOUT_SECOND,          /* 5 */
	LAYOUT_ZERO_SECOND,     /* 05 */
	LAYOUT_LONG_YEAR,       /* 2006 */
	LAYOUT_YEAR,            /* 06 */
	LAYOUT_PM,              /* PM */
	LAYOUT_LOWER_PM,        /* pm */
	LAYOUT_ZONE_NAME,       /* MST */
	LAYOUT_ZONE_OFFSET,     /* -0700 and its nine variants */
	LAYOUT_FRACTION,        /* .000 or .999 */
};

struct layout_chunk {
	struct str prefix;      /* what stands before the element */
	struct str text;        /* the element as the layout spells it */
	struct str rest;
	enum layout_element element;
	bool zulu;              /* offset: 'Z' stands for zero */
	bool colon;             /* offset: with colons */
	uint8_t parts;          /* offset: 1 hours, 2 and minutes, 3 and seconds */
	char separator;         /* fraction: '.' or ',' */
	bool trim;              /* fraction: of nines, so trailing zeros are left out */
	size_t digits;          /* fraction */
};

struct layout_chunk layout_next(struct str layout);

extern const struct str layout_months[12], layout_weekdays[7];

#endif
