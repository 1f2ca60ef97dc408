/*
 * lang/cel/formats.h: texts of the formats that are no names. Private to the room. Semantics: kube-openapi's strfmt.
 */
#ifndef LANG_CEL_FORMATS_H
#define LANG_CEL_FORMATS_H

#include "base/str.h"

/* Dashes may be missing, one by one. */
bool cel_is_uuid(struct str text);
/* Not empty, with padding. */
bool cel_is_base64(struct str text);
/* "2006-01-02", a day that exists */
bool cel_is_date(struct str text);
/* A date, a "T" and a time with zone; what follows another "T" is not looked at. */
bool cel_is_date_time(struct str text);

#endif
