/*
 * data/letter_case.h: upper and lower case of all scripts, as Go's unicode and strings packages have them (Unicode 15,
 * one character for one character, no language rules). Bytes that are not UTF-8 become U+FFFD.
 */
#ifndef DATA_LETTER_CASE_H
#define DATA_LETTER_CASE_H

#include "base/arena.h"
#include "base/str.h"

uint32_t letter_upper(uint32_t c);
uint32_t letter_lower(uint32_t c);

/* strings.ToUpper, strings.ToLower: s itself when nothing changes. */
struct str text_upper(struct arena *arena, struct str s);
struct str text_lower(struct arena *arena, struct str s);
/* strings.EqualFold */
bool text_equal_fold(struct str a, struct str b);

#endif
