/*
 * data/quote.h: strings quoted the way Go's messages quote them (%q, strconv.Quote).
 */
#ifndef DATA_QUOTE_H
#define DATA_QUOTE_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * In double quotes; quotes, backslashes, control characters, bytes that are not UTF-8 and the common invisible
 * characters are escaped. (Unassigned code points, which Go also escapes, are left as they are.)
 */
void quote_add(struct buf *out, struct str s);
struct str quote(struct arena *arena, struct str s);

#endif
