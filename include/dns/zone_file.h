/* SPDX-License-Identifier: MIT */
/*
 * A master file (RFC 1035 section 5) to the records of a zone. Pure but for zone_load().
 *
 * One record an entry: `name [ttl] [IN] type rdata`; "@", a leading space = the previous name, ";"
 * comments, parentheses, strings in quotes, \X and \DDD; $ORIGIN, $TTL, $INCLUDE and BIND's $GENERATE. Times
 * may carry units ("1h30m"). Types A AAAA CNAME MX PTR TXT SPF, also in the form of RFC 3597 ("TYPE16 \# 2
 * 0178"), and our own pseudo type FAIL (no rdata). The other types that zones commonly hold are read over;
 * their names exist.
 */
#ifndef DNS_ZONE_FILE_H
#define DNS_ZONE_FILE_H

#include "dns/zone.h"

enum {
	ZONE_FILE_MAX = 16 * 1024 * 1024
}; /* bytes of a file, and of all that is included and generated */

struct zone_source {
	const char *label; /* for messages */
	struct span text;
	const char *origin; /* of relative names until $ORIGIN; NULL: the root */
};

/* Returns NULL with "FILE:LINE: what is wrong" in error (size > 0) when it cannot be used. */
struct zone *zone_load(const char *path, const char *origin, char *error, size_t size);

/* The same for text in memory, without $INCLUDE. Returns false with "LABEL:LINE: what is wrong" in error (size > 0). */
bool zone_file_read(struct zone *zone, const struct zone_source *source, char *error, size_t size);

#endif
