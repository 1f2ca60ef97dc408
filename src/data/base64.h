/*
 * data/base64.h: base64 with padding, as Go's base64.StdEncoding.
 */
#ifndef DATA_BASE64_H
#define DATA_BASE64_H

#include "base/arena.h"
#include "base/str.h"

struct str base64_text(struct arena *arena, struct str bytes);
/* The offset of the first wrong byte, or SIZE_MAX when all is well. Ends of line are passed over. */
size_t base64_bytes(struct arena *arena, struct str text, struct str *out);

#endif
